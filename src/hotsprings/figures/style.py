"""The look of the pictures: sizes in millimetres, the paper's colours, marks that survive a grey printer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hotsprings import checks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DARK_LILAC", "LIGHT_ORANGE", "ROSE", "SERIES", "new_figure", "paper_style", "shade", "styled_axes"]

DARK_LILAC = "#4b2a6f"
ROSE = "#b8487c"
LIGHT_ORANGE = "#f6a04d"
HOT = "#d1495b"
COLD = "#2f6f9f"
GREY = "#6b6b6b"

#: Colour, line style and marker of the first, second and third curve: told apart in grey, too.
SERIES: tuple[tuple[str, str | tuple[int, tuple[float, float]], str], ...] = (
    (LIGHT_ORANGE, "-", "o"),
    (ROSE, (0, (5.0, 1.5)), "^"),
    (DARK_LILAC, (0, (1.2, 1.2)), "s"),
)

_STYLE: Any = {  # keys are matplotlib's
    "font.family": ["STIXGeneral", "DejaVu Serif"],
    "mathtext.fontset": "stix",
    "font.size": 8.5,
    "axes.labelsize": 9.5,
    "axes.titlesize": 9.5,
    "axes.linewidth": 0.7,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "savefig.dpi": 250,
    "figure.dpi": 110,
    "pdf.fonttype": 42,
    "axes.grid": False,
}


@contextmanager
def paper_style() -> Iterator[None]:
    """Give everything drawn (and saved) inside the ``with`` block the look of the paper's figures.

    The global settings of matplotlib are as before when the block ends.
    """
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        yield


@contextmanager
def styled_axes(ax: Axes | None, width: float = 4.6, height: float = 3.2) -> Iterator[Axes]:
    """Give the axes as they are, or those of a new pyplot figure in the look of the paper's figures.

    Letters on given axes are those of the caller: half of them (ticks) have theirs already.

    Parameters
    ----------
    ax : matplotlib Axes or None
        Where to draw; None for a new figure.
    width, height : float
        Size of the new figure in inches.
    """
    if ax is not None:
        yield given_axes(ax)
        return
    import matplotlib.pyplot as plt

    with paper_style():
        yield plt.subplots(figsize=(width, height), layout="constrained")[1]


def given_axes(ax: Any) -> Axes:
    """Return what is drawn on, if it is the axes of a figure."""
    from matplotlib.axes import Axes

    return checks.instance("ax", ax, Axes)


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """Return an empty figure of that size, laid out by itself and unknown to pyplot.

    Parameters
    ----------
    width_mm, height_mm : float
        Size in millimetres; a journal column is about 86 wide, a page 178.

    Returns
    -------
    matplotlib Figure
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained")


def shade(part: float) -> tuple[float, float, float, float]:
    """Return the colour of a curve in a family of many, told by 0 ≤ part ≤ 1: dark violet over red to light orange."""
    from matplotlib import colormaps

    return tuple(float(c) for c in colormaps["plasma"](0.02 + 0.84 * part))  # type: ignore[return-value]
