"""What a simulation measured: the profile of local temperatures with error bars, the exact one over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.figures.maps import places_of, plot_map
from hotsprings.figures.state import _mark_baths
from hotsprings.figures.style import DARK_LILAC, LIGHT_ORANGE, styled_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_simulation"]


def plot_simulation(result: Any, ax: Axes | None = None, exact: Any = None) -> Axes:
    """Plot measured local temperatures against the site, with one standard error where there is one, or on a map.

    Parameters
    ----------
    result : Simulation
        The simulation.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.
    exact : SteadyState, optional
        Its ``local_temperature`` is drawn as a line beneath.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax, height=3.0) as ax:
        title = f"$N$ = {result.system.n_sites}, {result.plan.replicas} replicas of time {result.duration:.4g}"
        ax.set_title(title, loc="left", fontsize=8)
        places = places_of(result.system.network)
        if places is not None:
            plot_map(result, places, ax)
            return ax
        T, error = result.temperature.value, result.temperature.spread
        site, known = np.arange(T.size), np.isfinite(error)
        size = 3.5 if T.size <= 100 else 1.8
        style: dict[str, Any] = {"fmt": "o", "ms": size, "color": DARK_LILAC, "elinewidth": 0.8, "capsize": 0.0}
        if known.any():
            ax.errorbar(site[known], T[known], error[known], label="measured", zorder=3, **style)
        if not known.all():
            ax.plot(site[~known], T[~known], "o", ms=size, mfc="white", mec=DARK_LILAC, zorder=3,
                    label="measured, run too short for an error")
        if exact is not None:
            if not hasattr(exact, "local_temperature"):
                raise ArgumentError("exact", "be a SteadyState", f"{checks.shown(exact)} was given")
            ax.plot(site, exact.local_temperature, "-", color=LIGHT_ORANGE, lw=1.4, label="exact", zorder=2)
        _mark_baths(ax, result.system, T)
        ax.set_xlabel("site")
        ax.locator_params(axis="x", integer=True)
        ax.set_ylabel("local temperature $T_n$")
        ax.margins(x=0.04, y=0.12)
        ax.legend(loc="best")
    return ax
