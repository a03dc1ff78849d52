"""Molecular dynamics of a model file, its fluxes beside the exact ones where there are any."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hotsprings.cli.app import Output, Switch, app, checked_output, console
from hotsprings.cli.shell import interruptible, printable, tidy_warnings

if TYPE_CHECKING:
    from rich.table import Table

    from hotsprings.dynamics import Simulation
    from hotsprings.stationary import SteadyState
    from hotsprings.system import OpenNetwork

__all__ = ["simulate"]


@app.command
def simulate(
    model: Path, /, *, output: Output = None, figure: Annotated[Path | None, Parameter(name="--figure")] = None,
    checkpoint: Annotated[Path | None, Parameter(name="--checkpoint")] = None,
    trajectory: Annotated[Path | None, Parameter(name="--trajectory")] = None, force: Switch = False,
) -> None:
    """Simulate a model by molecular dynamics: fluxes with standard errors, beside the exact ones where there are any.

    The model file needs a table [dynamics]; `hotsprings example dynamics` writes one. Ctrl-C keeps what there is.

    Example: `hotsprings simulate model.toml -o out.nc --checkpoint run.ckpt`

    Parameters
    ----------
    model
        The model file (TOML).
    output
        The netCDF file to write. Default: the model's name with .nc, in the current directory.
    figure
        Draw the temperatures too, to this file (.png, .pdf, .svg or .eps).
    checkpoint
        A file to go on from after a kill, to the same bits; written every minute.
    trajectory
        A netCDF file of heat fluxes and temperatures at the baths, which grows with the run.
    force
        Replace output and figure if they exist already.
    """
    from hotsprings import dynamics
    from hotsprings.config import parse_model, read_model
    from hotsprings.errors import ModelError
    from hotsprings.figures.style import paper_style
    from hotsprings.io import write_figure, write_or_keep

    text = read_model(model)
    loaded = parse_model(text, str(model), directory=model.parent)
    if loaded.dynamics is None:
        raise ModelError(str(model), ["dynamics: must be given (a table headed [dynamics] with duration and dt; "
                                      "hotsprings example dynamics writes a model with one), but it is missing"])
    output = checked_output(model, output, figure, force)
    _refuse_shared({"--output": output, "--checkpoint": checkpoint, "--trajectory": trajectory, "the model": model})
    system = loaded.system()
    with tidy_warnings(), interruptible():
        exact, lifetime = _exact(system, loaded.dynamics.initial_temperature)
        result = dynamics.simulate(system, **loaded.dynamics.model_dump(), relaxation_time=lifetime,
                                   checkpoint=checkpoint,
                                   trajectory=None if trajectory is None else dynamics.Trajectory(trajectory))
        dataset = result.to_dataset()
        dataset.attrs |= {"model_file": str(model), "model_toml": text}
        if loaded.title:
            dataset.attrs["title"] = loaded.title
        try:
            write_or_keep(dataset, output, overwrite=force)
            if figure is not None:
                with paper_style():
                    write_figure(_drawn(result, exact), figure, overwrite=force)
        finally:  # a full disk does not take the numbers away
            _print(result, exact, printable(loaded.title))
    if result.unwritten is not None:
        raise result.unwritten
    print(f"data    {output}" + (f"\nfigure  {figure}" if figure is not None else ""))


def _refuse_shared(files: dict[str, Path | None]) -> None:
    """Refuse two files of one name before anything is computed."""
    from hotsprings.io import FileError, check_target

    seen: dict[Path, str] = {}
    for name, path in files.items():
        if path is None:
            continue
        target = path.resolve() if name == "the model" else check_target(path)
        if target in seen:
            raise FileError(path, f"is both {seen[target]} and {name}; give one of them another name")
        seen[target] = name


def _exact(system: OpenNetwork, initial_temperature: float | None) -> tuple[SteadyState | None, float | None]:
    """Return the exact state and the lifetime of its slowest mode, where there are any."""
    import numpy as np

    from hotsprings.errors import CertificateError
    from hotsprings.network import AnharmonicNetwork
    from hotsprings.stationary import steady_state

    if isinstance(system.network, AnharmonicNetwork):
        return None, None
    start = float(np.mean(system.temperature)) if initial_temperature is None else initial_temperature
    try:
        state = steady_state(system, dark_temperature=start)
    except CertificateError as err:
        print(f"hotsprings: no exact state to compare with: {err}", file=sys.stderr)
        return None, None
    return state, 1.0 / state.resonances.slowest.imag


def _print(result: Simulation, exact: SteadyState | None, title: str) -> None:
    screen = console(sys.stdout)
    if title:
        screen.print(title, style="bold", markup=False)
    screen.print(repr(result), markup=False)
    screen.print(_fluxes(result, exact))


def _fluxes(result: Simulation, exact: SteadyState | None) -> Table:
    """Return measured and exact fluxes, and their difference in standard errors."""
    import numpy as np
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    grouped = bool(result.system.groups)
    head = ("group" if grouped else "bath", "heat flux", "standard error")
    for name in (*head, *(("exact", "deviation/error") if exact is not None else ())):
        table.add_column(name, justify="right")
    known = None if exact is None else list(exact.contact_heat_flux.values())
    flux = result.contact_flux
    for a, (name, value, error) in enumerate(zip(result.system.contacts, flux.value, flux.spread, strict=True)):
        row = [escape(name) if grouped else str(a), f"{value:.6g}",
               "run too short" if np.isnan(error) else f"{error:.2g}"]
        if known is not None:
            row += [f"{known[a]:.6g}", "" if not error > 0.0 else f"{(value - known[a]) / error:+.2f}"]
        table.add_row(*row)
    return table


def _drawn(result: Simulation, exact: SteadyState | None) -> Any:
    from hotsprings.figures.style import new_figure

    figure = new_figure(117.0, 76.0)
    result.plot(figure.add_subplot(), exact)
    return figure
