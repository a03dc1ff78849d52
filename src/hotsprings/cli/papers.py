"""The paper and the studies of what it says of other networks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hotsprings.cli.app import Switch, app, console
from hotsprings.cli.shell import interruptible, tidy_warnings
from hotsprings.studies import MODULES


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

    with tidy_warnings(), interruptible():
        report = reproduce(figures=tuple(dict.fromkeys(figures)) or (1, 2, 3, 4, 5), directory=output,
                           console=console(sys.stderr), overwrite=force)
    print(f"report  {report}")


@app.command
def study(name: Annotated[str, Parameter(help=f"One of {', '.join(MODULES)}; or all.")], /, *, quick: Switch = False,
          output: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("studies"), workers: int | None = None,
          force: Switch = False) -> None:
    """Check what the paper says of other networks: figure, data, fitted exponents, and a paragraph on what came out.

    Example: `hotsprings study chains --quick`

    Parameters
    ----------
    quick
        Under a minute each, with larger errors; without it the full setting, which says how long it takes.
    output
        The directory to write to; made if it does not exist. A study that was killed goes on where it was.
    workers
        Processes, one thread each. Default: one per core.
    force
        Replace files that exist already.
    """
    from hotsprings.cli.sweeps import told
    from hotsprings.io import FileError
    from hotsprings.studies.catalogue import NAMES
    from hotsprings.studies.catalogue import study as found
    from hotsprings.studies.study import run_study

    chosen = [found(each) for each in (NAMES if name == "all" else (name,))]
    if output.exists() and not output.is_dir():
        raise FileError(output, "is a file, and the studies go into a directory")
    seconds = sum(each.estimate(quick, workers) for each in chosen)
    print(f"hotsprings: about {_duration(seconds)}; Ctrl-C keeps what is done, the same command goes on from there",
          file=sys.stderr)
    for each in chosen:
        with tidy_warnings(), told(each.title) as listener:
            findings = run_study(each, output, quick, workers, force, listener)
        print(f"{each.title}\n  claimed: {each.claim}\n  found: {findings.text}")
        print(f"figure  {output / each.name}.png\ndata    {output / each.name}.nc\npage    {output / each.name}.md\n")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90.0 else f"{seconds / 60.0:.0f} min"
