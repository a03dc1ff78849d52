"""The explorer, served to a browser on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hotsprings.cli.app import Switch, app


@app.command
def explore(model: Path | None = None, /, *, port: int = 0,
            no_browser: Annotated[Switch, Parameter(name="--no-browser")] = False) -> None:
    """Explore a model in the browser: sliders for everything, and the exact answer at once.

    The first line printed is the address. The page is served to this machine only, until Ctrl-C.

    Example: `hotsprings explore model.toml`

    Parameters
    ----------
    model
        A model file (TOML) to start from. Default: the paper's network of 100 particles.
    port
        The port to serve on. Default: one that is free.
    no_browser
        Print the address and open no browser.
    """
    for library in ("OPENBLAS", "MKL", "BLIS"):  # networks this small gain nothing by threads, and wait for busy cores
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from hotsprings.explorer.server import serve
    from hotsprings.explorer.subject import Subject

    serve(Subject.of(model), port, browser=not no_browser)
