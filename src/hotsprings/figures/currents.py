"""Where heat goes: quantum conductance beside its quantum, a network whose springs are as thick as their currents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hotsprings.figures.style import COLD, DARK_LILAC, GREY, HOT, LIGHT_ORANGE, ROSE, styled_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hotsprings.units import Units

__all__ = ["draw_bonds", "draw_conductance"]

MOST = 4000  # springs drawn, the strongest
WIDEST = 5.0  # points
_FloatArray = npt.NDArray[np.float64]


def draw_conductance(temperature: _FloatArray, conductance: _FloatArray, classical: float, hbar: float,
                     ax: Axes | None = None, units: Units | None = None) -> Axes:
    """Draw a quantum conductance against temperature, beside the quantum of conductance and the classical value.

    Parameters
    ----------
    temperature, conductance : ndarray, shape (n,)
        T > 0 and 𝒢(T).
    classical : float
        What it tends to at high temperature.
    hbar : float
        ħ; the quantum of conductance is πT/6ħ.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.
    units : Units, optional
        What the numbers are in; the axes are in kelvin and pW/K then.

    Returns
    -------
    matplotlib Axes
    """
    quantum = np.pi * temperature / (6.0 * hbar)
    kelvin, picowatt = (1.0, 1.0) if units is None else (units.to_kelvin(1.0), 1e12 * units.to_watt_per_kelvin(1.0))
    temperature, conductance, quantum = kelvin * temperature, picowatt * conductance, picowatt * quantum
    classical *= picowatt
    with styled_axes(ax, 4.6, 3.2) as ax:
        ax.loglog(temperature, quantum, "--", color=GREY, lw=0.9,
                  label=r"quantum of conductance $\pi k_B^2T/6\hbar$")
        ax.axhline(classical, color=LIGHT_ORANGE, lw=0.9, ls=(0, (1.2, 1.2)), label="classical")
        shown = conductance > 0.0
        ax.loglog(temperature[shown], conductance[shown], "-", color=DARK_LILAC, label="quantum conductance")
        low = conductance[shown].min() if shown.any() else classical
        ax.set_ylim(0.5 * min(low, classical), 4.0 * classical)
        ax.set_xlabel("temperature $k_BT$" if units is None else "temperature (K)")
        ax.set_ylabel("conductance $dJ/dT$" if units is None else "conductance (pW/K)")
        ax.legend(loc="lower right")
    return ax


def draw_bonds(currents: Any, ax: Axes | None = None) -> Axes:
    """Draw a network with springs as thick as the heat through them, an arrow on each of the strongest.

    Sites stand where the network has them (its first two coordinates), in a row in chains, on a circle otherwise.

    Parameters
    ----------
    currents : BondCurrents
        Its ``system``, ``bonds`` and ``heat_flux`` are used.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax, 4.4, 4.0) as ax:
        system = currents.system
        place, flux = _places(system.network), np.asarray(currents.heat_flux)
        order = np.argsort(np.abs(flux), kind="stable")[-MOST:]
        top = float(np.abs(flux).max(initial=0.0)) or 1.0
        for k in order:
            i, j = currents.bonds[k] if flux[k] >= 0.0 else currents.bonds[k][::-1]
            part = abs(flux[k]) / top
            ax.plot(*place[[i, j]].T, "-", color=ROSE, lw=max(0.2, WIDEST * part), alpha=0.25 + 0.6 * part, zorder=1,
                    solid_capstyle="butt")
            if part > 0.15:
                _arrow(ax, place[i], place[j])
        _mark_sites(ax, system, place)
        ax.set_title(f"largest heat flux through a spring: {top:.4g}", loc="left", fontsize=8)
        ax.set_aspect("equal", adjustable="datalim")
        ax.set_axis_off()
    return ax


def _arrow(ax: Axes, start: _FloatArray, end: _FloatArray) -> None:
    middle = 0.5 * (start + end)
    ax.annotate("", tuple(middle + 0.02 * (end - start)), tuple(middle - 0.02 * (end - start)), zorder=2,
                arrowprops={"arrowstyle": "-|>", "color": DARK_LILAC, "lw": 0.7})


def _mark_sites(ax: Axes, system: Any, place: _FloatArray) -> None:
    size = 22.0 if len(place) <= 100 else 5.0
    ax.scatter(place[:, 0], place[:, 1], s=size, color="white", edgecolors=DARK_LILAC, linewidths=0.8, zorder=3)
    mean = float(np.mean(system.temperature))
    for site, temperature in zip(system.bath_sites, system.temperature, strict=True):
        colour = HOT if temperature > mean else COLD if temperature < mean else GREY
        ax.scatter(place[site, 0], place[site, 1], s=2.0 * size, color=colour, zorder=4)


def _places(network: Any) -> _FloatArray:
    """Return where the sites are drawn, shape (n_sites, 2)."""
    given = getattr(network, "positions", None)
    n = network.n_sites
    if given is not None and np.ndim(given) == 2 and np.shape(given)[1] >= 2:
        return np.asarray(given, dtype=np.float64)[:, :2]
    bands = network.bands() if hasattr(network, "bands") else None
    return _circle(n) if bands is None else np.stack([np.arange(n, dtype=np.float64), np.zeros(n)], axis=1)


def _circle(n: int) -> _FloatArray:
    angle = 2.0 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)
