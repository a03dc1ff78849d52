"""The command ``hotsprings``. Everything heavy is imported inside the commands, so that ``--help`` is quick."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from hotsprings import __version__
from hotsprings.cli.shell import guarded, orderly_end

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["DATA_SUFFIXES", "Output", "Switch", "app", "checked_output", "console", "main"]

DATA_SUFFIXES = (".nc", ".nc4", ".cdf", ".h5", ".hdf5")

NARROWEST, WIDEST = 20, 10_000  # columns

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


def console(stream: Any) -> Console:
    """Return a rich console on a stream; in a pipe nothing is wrapped."""
    from rich.console import Console

    return Console(file=stream, highlight=False, width=None if stream.isatty() else 400)  # no wrapping in a pipe


def checked_output(source: Path, output: Path | None, figure: Path | None, force: bool) -> Path:
    """Return the data file to write; everything that could refuse the output does so before the computation."""
    from hotsprings.io import FIGURE_SUFFIXES, FileError, check_target

    output = Path(f"{source.stem}.nc") if output is None else output
    if output.suffix.lower() not in DATA_SUFFIXES:
        raise FileError(output, f"the data are netCDF, so the name must end in one of {', '.join(DATA_SUFFIXES)}")
    if figure is not None and figure.suffix.lower() not in FIGURE_SUFFIXES:
        raise FileError(figure, f"the figure's name must end in one of {', '.join(FIGURE_SUFFIXES)}")
    targets = [path for path in (output, figure) if path is not None]
    for path in targets:
        if check_target(path, overwrite=True) == source.resolve():
            raise FileError(path, "is the model file itself; give the output another name with -o")
        check_target(path, overwrite=force)
    return output


def _mend_surroundings() -> None:
    """Give closed streams an end to write to, take away a width that no text fits into; figures go to files only."""
    os.environ["MPLBACKEND"] = "agg"
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - open to the end
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and not NARROWEST <= int(columns) <= WIDEST:
        del os.environ["COLUMNS"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        0: done. 1: the computation failed. 2: bad input. 130: stopped by Ctrl-C, 143: by SIGTERM.
    """
    tokens = list(sys.argv[1:] if argv is None else argv)
    _mend_surroundings()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows ? for them
    if tokens[:1] == ["example"]:
        from hotsprings.cli.models import name_kinds

        name_kinds()
    with orderly_end():
        return guarded(lambda: app(tokens or ["--help"]))
