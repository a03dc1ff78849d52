"""The paper and the studies of what it says of other networks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hotsprings.cli.app import Switch, app, console
from hotsprings.cli.shell import tidy_warnings


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
                           console=console(sys.stderr), overwrite=force)
    print(f"report  {report}")
