"""What studies share: curves of J against N out of sweeps, their exponents in words, panels to draw them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from hotsprings.checks import FloatArray
from hotsprings.figures.style import DARK_LILAC, LIGHT_ORANGE, ROSE
from hotsprings.fits import FEWEST, ExponentFit, fit_exponent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hotsprings.dynamics import Simulation

__all__ = ["BATHS", "COLOURS", "MARKERS", "against", "curve", "fitted", "guide", "in_words", "panel", "points",
           "sizes", "sure", "through"]

COLOURS = (DARK_LILAC, LIGHT_ORANGE, ROSE, "#2f6f9f", "#6b6b6b")
MARKERS = ("o", "^", "s", "D", "v")
BATHS = [{"site": 0, "temperature": 1.5}, {"site": -1, "temperature": 0.5}]
ROUNDING = 1e-10
UNSURE = 0.4  # relative standard error of a mean from which a point is left out of a fit
AGREES = 0.05  # distance of exponents that is called agreement, or two standard errors if they are more
DECADES = 120.0
MOST_TICKS = 5
KNOWN = 0.2  # two standard errors of a local exponent beyond which it says nothing
DRIFTS = 0.02  # by which a local exponent must have come nearer, or three standard errors, to be called on its way


def sizes(first: int, last: int, number: int) -> list[int]:
    """Return sizes in equal ratios."""
    return [int(n) for n in np.unique(np.rint(np.geomspace(first, last, number)))]


def curve(data: xr.Dataset, name: str = "conductance",
          **where: Any) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Return N, the observable and its standard error (None where nothing is random) along dimension ``n``."""
    part = data.sel(where)
    if f"{name}_mean" in part:
        return part["n"].values, part[f"{name}_mean"].values, part[f"{name}_error"].values
    return part["n"].values, part[name].isel(realisation=0).values, None


def sure(data: xr.Dataset, **where: Any) -> bool:
    """Return whether at least three means are known well enough for a fit."""
    _, y, error = curve(data, **where)
    return error is None or int(np.count_nonzero(error < UNSURE * y)) >= FEWEST


def fitted(data: xr.Dataset, smallest: int = 0, name: str = "conductance", **where: Any) -> ExponentFit:
    """Return the exponent of J(N), or of another observable, for N ≥ smallest, or for the three largest N at least.

    Points whose mean is not known to 40 % are left out.
    """
    n, y, error = curve(data, name, **where)
    if error is not None and np.all(error <= ROUNDING * y):  # every realisation is the same
        error = None
    if error is not None:
        known = error < UNSURE * y
        n, y, error = n[known], y[known], error[known]
    start = max(0, min(int(np.searchsorted(n, smallest)), n.size - 3))
    return fit_exponent(n[start:], y[start:], None if error is None else error[start:])


def against(fit: ExponentFit, claimed: float) -> str:
    """Return whether an exponent agrees with a claimed one: all along, at the largest N, nearly, or not."""
    first, last = float(fit.local_exponent[0]), float(fit.local_exponent[-1])
    doubt = 0.0 if np.isnan(fit.local_error[-1]) else 2.0 * float(fit.local_error[-1])
    if abs(fit.exponent - claimed) <= max(AGREES, 2.0 * fit.error):
        return "agrees"
    if abs(last - claimed) <= max(AGREES, min(doubt, KNOWN)):
        return "agrees at the largest N"
    errors = float(np.nan_to_num(np.hypot(fit.local_error[0], fit.local_error[-1])))
    nearer = abs(first - claimed) - abs(last - claimed)
    return "is approached, not reached" if nearer > max(DRIFTS, 3.0 * errors) else "does not agree"


def in_words(fit: ExponentFit) -> str:
    """Return ν = -1.000 ± 0.001 (and where the exponent ends, if there is no single one)."""
    text = f"ν = {fit.exponent:.3f} ± {max(fit.error, 5e-4):.1g}"
    if fit.single_power:
        return text
    last = f"{fit.local_exponent[-1]:.3f}"
    if np.isfinite(fit.local_error[-1]):
        last += f" ± {fit.local_error[-1]:.1g}"
    return f"{text} (no single power: {last} between the two largest N)"


def through(run: Simulation) -> tuple[float, float]:
    """Return the heat flux from bath 0 to bath 1, the mean of what goes in and what comes out, and its error."""
    return 0.5 * float(run.heat_flux[0] - run.heat_flux[1]), float(run.heat_flux_error.max())


def panel(ax: Axes, title: str, n: FloatArray, ylabel: str = r"$J/\Delta T$", yscale: str = "log") -> None:
    """Label a panel over N, logarithmic, with ticks at some of the sizes where they span less than two decades."""
    ax.set(xscale="log", yscale=yscale, xlabel=r"$N$", ylabel=ylabel)
    ax.set_title(title, loc="left")
    if n[-1] < DECADES * n[0]:
        from matplotlib.ticker import NullFormatter

        ticks = n[:: -(-len(n) // MOST_TICKS)]
        ax.set_xticks(ticks, [str(int(m)) for m in ticks])
        ax.xaxis.set_minor_formatter(NullFormatter())


def points(ax: Axes, n: FloatArray, y: FloatArray, error: FloatArray | None, index: int, label: str,
           filled: bool = True) -> None:
    """Draw a curve with its error bars; colour and marker by its index, told apart in grey too."""
    colour = COLOURS[index % len(COLOURS)]
    ax.errorbar(n, y, yerr=error, color=colour, marker=MARKERS[index % len(MARKERS)], markersize=3.5, linewidth=0.9,
                capsize=1.5, markerfacecolor=colour if filled else "white", linestyle="-" if filled else "--",
                label=label)


def guide(ax: Axes, n: FloatArray, anchor: float, exponent: float, label: str) -> None:
    """Draw a grey power law over the upper half of N, through a value at the largest."""
    upper = np.asarray(n[n.size // 2:], dtype=np.float64)
    ax.plot(upper, anchor * (upper / upper[-1]) ** exponent, color="#6b6b6b", linewidth=0.8, linestyle=":", label=label)
