"""Model files: solved, checked, written to start from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hotsprings.cli.app import Output, Switch, app, checked_output, console
from hotsprings.cli.costs import estimate
from hotsprings.cli.shell import interruptible, printable, tidy_warnings
from hotsprings.progress import listening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotsprings.config.questions.question import Answer
    from hotsprings.stationary import SteadyState

__all__ = ["check", "example", "name_kinds", "run"]

LONG = 20.0  # seconds from which time and memory are told before the start


@app.command
def run(
    model: Path, /, *, output: Output = None, figure: Annotated[Path | None, Parameter(name="--figure")] = None,
    force: Switch = False,
) -> None:
    """Solve a model: fluxes, conductances, temperatures, resonances, as a table and a netCDF file.

    Example: `hotsprings run model.toml -o out.nc --figure profile.png`

    Parameters
    ----------
    model
        The model file (TOML); `hotsprings example` writes one to start from.
    output
        The netCDF file to write. Default: the model's name with .nc, in the current directory.
    figure
        Draw the state too, and what else the model asks for, to this file (.png, .pdf, .svg or .eps).
    force
        Replace files that exist already.
    """
    from hotsprings.config import parse_model, read_model
    from hotsprings.config.questions import answers
    from hotsprings.figures.style import paper_style
    from hotsprings.io import write_figure, write_or_keep
    from hotsprings.tables import print_answer, print_state

    text = read_model(model)
    loaded = parse_model(text, str(model), directory=model.parent)
    output = checked_output(model, output, figure, force)
    system = loaded.system()
    with tidy_warnings(), interruptible():
        state, seconds = _solved(system, loaded.state.dark_temperature)
        dataset = state.to_dataset()
        dataset.attrs |= {"model_file": str(model), "model_toml": text} | (
            {"title": loaded.title} if loaded.title else {}) | {
            ("seed" if key == "masses.seed" else key.replace(".", "_")): seed for key, seed in loaded.seeds.items()}
        units = None if loaded.units is None else loaded.units.build()
        if units is not None:
            dataset.attrs |= units.attributes()
        more = []
        try:
            for _, answer in answers(loaded, system):
                more.append(answer)
                dataset = answer.added_to(dataset)
            write_or_keep(dataset, output, overwrite=force)
            if figure is not None:
                with paper_style():
                    write_figure(_drawn(state, loaded.title, more), figure, overwrite=force)
        finally:  # a full disk, or a question without an answer, does not take the numbers away
            print_state(state, printable(loaded.title), seconds, console(sys.stdout), units)
            for answer in more:
                print_answer(answer.title, answer.rows, console(sys.stdout))
    print(f"data    {output}" + (f"\nfigure  {figure}" if figure is not None else ""))


@app.command
def check(model: Path, /) -> None:
    """Check a file without computing anything: a model, a plan of a sweep, or the store of one; every mistake is named.

    Example: `hotsprings check model.toml`

    Parameters
    ----------
    model
        The model file or the plan (TOML), or the directory of a store.
    """
    from hotsprings.cli.checking import checked_model, checked_plan, checked_store, is_plan
    from hotsprings.config import read_model

    if model.is_dir():
        print(checked_store(model))
    else:
        text = read_model(model)
        print((checked_plan if is_plan(text) else checked_model)(text, model))
    print(f"{model}: no errors")


@app.command
def example(kind: str = "mean-field", /, *, output: Output = None, force: Switch = False) -> None:
    """Write a commented model file to start from.

    Example: `hotsprings example chain -o model.toml`

    Parameters
    ----------
    kind
        Its network: KINDS. Or sweep: a plan; dynamics: a model to simulate.
    output
        Where to write it. Default: the screen.
    force
        Replace a file that exists already.
    """
    from hotsprings import config
    from hotsprings.io import write_text

    text = config.example(kind)
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    write_text(text, output, overwrite=force)
    verb = {"sweep": "run it with: hotsprings sweep", "dynamics": "run it with: hotsprings simulate"}.get(
        kind, "solve it with: hotsprings run")
    print(f"{output} written; {verb} {output}")


def name_kinds() -> None:
    """Put the kinds of network that are registered into the help of ``example``."""
    from hotsprings.network.kinds import KINDS

    *most, last = KINDS
    example.__doc__ = (example.__doc__ or "").replace("KINDS", f"{', '.join(most)} or {last}")


def _solved(system: Any, dark_temperature: float) -> tuple[SteadyState, float]:
    """Return the state and the seconds it took."""
    from time import perf_counter

    screen = console(sys.stderr)
    cost = estimate(system)
    if cost.seconds > LONG:
        print(f"hotsprings: {cost}; Ctrl-C stops it at any time", file=sys.stderr)
    about = f"solving N = {system.n_sites:,}"
    with screen.status(f"{about} (the first run on a machine compiles the kernels)") as status, \
            listening(lambda stage: status.update(f"{about}: {stage}")):
        from hotsprings.stationary import steady_state

        start = perf_counter()
        state = steady_state(system, dark_temperature=dark_temperature)
    return state, perf_counter() - start


def _drawn(state: SteadyState, title: str, more: Sequence[Answer]) -> Any:
    from hotsprings.figures.style import new_figure

    drawn = [(answer.draw, answer.title) for answer in more if answer.draw is not None]
    figure = new_figure(117.0, 76.0 * (1 + len(drawn)))
    first, *others = figure.subfigures(1 + len(drawn), squeeze=False)[:, 0]
    state.plot(first.add_subplot())
    for (draw, what), part in zip(drawn, others, strict=True):
        ax = draw(part.add_subplot())
        if not ax.get_title():
            ax.set_title(what, loc="left", fontsize=8, parse_math=False)
    if title:
        first.suptitle(title, fontsize=9, parse_math=False)
    return figure
