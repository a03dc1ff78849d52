"""The explorer: one page on which a network between baths is changed by hand and answers at once.

``hotsprings explore`` serves it to a browser on this machine, :func:`explore` shows it in a notebook. Panel and Bokeh
(``pip install "hotsprings[explore]"``) are imported when a page is made, not before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotsprings.explorer.subject import Subject

if TYPE_CHECKING:
    from hotsprings.system import OpenNetwork

__all__ = ["explore", "panel"]


def explore(model: str | Path | OpenNetwork | None = None) -> Any:
    """Return the explorer of a model, to be shown in a notebook.

    Parameters
    ----------
    model : path-like or OpenNetwork, optional
        A model file, or a system that is there already; the paper's network of 100 particles by default.

    Returns
    -------
    panel Viewable
        Shown where it is the last line of a cell; its ``.servable()`` puts it on a page of Panel's own server.

    Raises
    ------
    ArgumentError
        If the model is neither, is too large to follow by hand, or Panel is not installed.
    ModelError
        If the file is wrong; it carries all mistakes at once.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain(hs.masses.identical(20)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> page = hs.explore(system)                       # doctest: +SKIP
    """
    subject = Subject.of(model)
    from hotsprings.explorer.needs import panel_module

    pn = panel_module()
    if pn.state.curdoc is None:  # in a notebook: scripts come with the page, from this machine
        pn.extension()
    from hotsprings.explorer.page import Page

    return Page(subject).layout


panel = explore
