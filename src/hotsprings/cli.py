"""The command ``hotsprings``. Everything heavy is imported inside the commands, so that ``--help`` is quick."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from hotsprings import __version__
from hotsprings.progress import listening
from hotsprings.shell import guarded, orderly_end, tidy_warnings

if TYPE_CHECKING:
    from rich.console import Console

    from hotsprings.stationary import SteadyState

__all__ = ["app", "main"]

LARGE = 1_000_000  # sites from which time and memory are told before the start
DATA_SUFFIXES = (".nc", ".nc4", ".cdf", ".h5", ".hdf5")

app = App(
    name="hotsprings",
    help="Exact heat transport through harmonic networks between Langevin heat baths.\n\n"
         "First steps: `hotsprings paper` draws the paper's figures; `hotsprings example -o model.toml` and "
         "`hotsprings run model.toml` solve a network of your own.",
    version=__version__,
    help_format="markdown",
    print_error=False,
    exit_on_error=False,
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)

Output = Annotated[Path | None, Parameter(name=["--output", "-o"])]
Switch = Annotated[bool, Parameter(negative=())]


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
        Draw the state too, to this file (.png, .pdf, .svg or .eps).
    force
        Replace files that exist already.
    """
    from hotsprings.config import parse_model, read_model
    from hotsprings.io import write_dataset, write_figure
    from hotsprings.tables import print_state

    text = read_model(model)
    loaded = parse_model(text, str(model), directory=model.parent)
    output = _output(model, output, figure, force)
    system = loaded.system()
    with tidy_warnings():
        state, seconds = _solved(system, loaded.state.dark_temperature)
        dataset = state.to_dataset()
        dataset.attrs |= {"model_file": str(model), "model_toml": text} | (
            {"title": loaded.title} if loaded.title else {}) | {
            ("seed" if key == "masses.seed" else key.replace(".", "_")): seed for key, seed in loaded.seeds.items()}
        try:
            write_dataset(dataset, output, overwrite=force)
            if figure is not None:
                write_figure(_drawn(state, loaded.title), figure, overwrite=force)
        finally:  # a full disk does not take the numbers away
            print_state(state, loaded.title, seconds, _console(sys.stdout))
    print(f"data    {output}" + (f"\nfigure  {figure}" if figure is not None else ""))


@app.command
def check(model: Path, /) -> None:
    """Check a model file without solving it; every mistake is named.

    Example: `hotsprings check model.toml`

    Parameters
    ----------
    model
        The model file (TOML).
    """
    from hotsprings.config import load_model

    loaded = load_model(model)
    system = loaded.system()
    print(system)
    if system.n_sites > LARGE:
        print(_estimate(system.n_sites))
    print(f"{model}: no errors")


@app.command
def example(kind: str = "mean-field", /, *, output: Output = None, force: Switch = False) -> None:
    """Write a commented model file to start from.

    Example: `hotsprings example chain -o model.toml`

    Parameters
    ----------
    kind
        Its network: mean-field, power-law, chain, random-springs, random-chain, file or ion-crystal.
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
    print(f"{output} written; solve it with: hotsprings run {output}")


@app.command
def paper(*figures: int, output: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("paper"),
          force: Switch = False) -> None:
    """Reproduce the paper (arXiv:2111.01332): figures, their data, and a report that compares every number.

    Files of an earlier run in the same directory are replaced, other files are not.

    Example: `hotsprings paper 4 5 -o paper`

    Parameters
    ----------
    figures
        Which figures, 1 to 5. Default: all.
    output
        The directory to write to; made if it does not exist.
    force
        Replace files that are not of an earlier run too.
    """
    from hotsprings.errors import ArgumentError
    from hotsprings.io import FileError

    for number in figures:
        if not 1 <= number <= 5:
            raise ArgumentError("figures", "be numbers from 1 to 5", f"{number} was given")
    if output.exists() and not output.is_dir():
        raise FileError(output, "is a file, and the figures go into a directory")
    from hotsprings.studies.paper import reproduce

    with tidy_warnings():
        report = reproduce(figures=tuple(dict.fromkeys(figures)) or (1, 2, 3, 4, 5), directory=output,
                           console=_console(sys.stderr), overwrite=force)
    print(f"report  {report}")


def _estimate(n_sites: int) -> str:
    seconds, memory = 4e-6 * n_sites, 5e-7 * n_sites  # measured on two cores for masses that all differ
    return f"{n_sites:,} sites with different masses take about {seconds:.0f} s on two cores and {memory:.1f} GiB"


def _output(model: Path, output: Path | None, figure: Path | None, force: bool) -> Path:
    """Return the file to write; everything that could refuse the output does so before the computation."""
    from hotsprings.io import FIGURE_SUFFIXES, FileError, check_target

    output = Path(f"{model.stem}.nc") if output is None else output
    if output.suffix.lower() not in DATA_SUFFIXES:
        raise FileError(output, f"the data are netCDF, so the name must end in one of {', '.join(DATA_SUFFIXES)}")
    if figure is not None and figure.suffix.lower() not in FIGURE_SUFFIXES:
        raise FileError(figure, f"the figure's name must end in one of {', '.join(FIGURE_SUFFIXES)}")
    targets = [path for path in (output, figure) if path is not None]
    for path in targets:
        if path.resolve() == model.resolve():
            raise FileError(path, "is the model file itself; give the output another name with -o")
        check_target(path, overwrite=force)
    return output


def _solved(system: Any, dark_temperature: float) -> tuple[SteadyState, float]:
    """Return the state and the seconds it took."""
    from time import perf_counter

    console = _console(sys.stderr)
    if system.n_sites > LARGE:
        print(f"hotsprings: {_estimate(system.n_sites)}; Ctrl-C stops it at any time", file=sys.stderr)
    about = f"solving N = {system.n_sites:,}"
    with console.status(f"{about} (the first run on a machine compiles the kernels)") as status, \
            listening(lambda stage: status.update(f"{about}: {stage}")):
        from hotsprings.stationary import steady_state

        start = perf_counter()
        state = steady_state(system, dark_temperature=dark_temperature)
    return state, perf_counter() - start


def _drawn(state: SteadyState, title: str) -> Any:
    from hotsprings.figures.style import new_figure

    figure = new_figure(117.0, 76.0)
    ax = state.plot(figure.add_subplot())
    if title:
        figure.suptitle(title, fontsize=9, family=ax.xaxis.label.get_fontfamily(), parse_math=False)
    return figure


def _console(stream: Any) -> Console:
    from rich.console import Console

    return Console(file=stream, highlight=False, width=None if stream.isatty() else 400)  # no wrapping in a pipe


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        0: done. 1: the computation failed. 2: bad input. 130: stopped by Ctrl-C.
    """
    tokens = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows ? for them
    with orderly_end():
        return guarded(lambda: app(tokens or ["--help"]))


if __name__ == "__main__":
    sys.exit(main())
