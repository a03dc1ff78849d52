"""Where heat goes: quantum conductance beside its quantum, a network whose springs are as thick as their currents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hotsprings.figures.maps import Places, framed, mark_contacts, places_of, stubs
from hotsprings.figures.style import DARK_LILAC, GREY, LIGHT_ORANGE, ROSE, styled_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hotsprings.units import Units

__all__ = ["draw_bonds", "draw_conductance"]

MOST = 4000  # springs drawn, the strongest
WIDEST = 5.0  # points
_WIDTH = 4.4  # inches of a figure
_FloatArray = npt.NDArray[np.float64]
_IntArray = npt.NDArray[np.int64]


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

    Sites stand where the network has them, in a row in chains, on a circle otherwise; between two atoms, what passes by
    all their coordinates is one line.

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
    system = currents.system
    places = _places(system.network)
    pairs, flux = _between_places(np.asarray(currents.bonds), np.asarray(currents.heat_flux), places)
    across, upwards = np.ptp(places.point, axis=0) + 2.2 * places.spacing
    with styled_axes(ax, _WIDTH, 0.7 + float(np.clip(_WIDTH * upwards / across, 0.5, _WIDTH))) as ax:
        framed(ax, places)
        top = float(np.abs(flux).max(initial=0.0))
        for k in np.argsort(np.abs(flux), kind="stable")[-MOST:]:
            line = places.point[pairs[k] if flux[k] >= 0.0 else pairs[k][::-1]]
            closing = hasattr(system.network, "shape") and np.hypot(*(line[1] - line[0])) > 3.0 * places.spacing
            out, back = stubs(line[0], line[1], places.spacing) if closing else (line, line[::-1])
            _draw_current(ax, np.asarray(out), abs(flux[k]) / (top or 1.0))
            if closing:
                _draw_current(ax, np.asarray(back)[::-1], abs(flux[k]) / (top or 1.0))
        size = 22.0 if len(places.point) <= 100 else 5.0
        ax.scatter(places.point[:, 0], places.point[:, 1], s=size, color="white", edgecolors=DARK_LILAC,
                   linewidths=0.8, zorder=3)
        mark_contacts(ax, system, places, 2.0 * size, filled=True)
        where = "through a spring" if len(places.point) == system.n_sites else "between two atoms"
        ax.set_title(f"largest heat flux {where}: {top:.4g}", fontsize=8)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=min(3, len(system.contacts)), frameon=False)
    return ax


def _draw_current(ax: Axes, line: _FloatArray, part: float) -> None:
    start, end = line
    ax.plot(*line.T, "-", color=ROSE, lw=max(0.2, WIDEST * part), alpha=0.25 + 0.6 * part, zorder=1,
            solid_capstyle="butt")
    if part > 0.15:
        middle, step = 0.5 * (start + end), 0.02 * (end - start)
        ax.annotate("", tuple(middle + step), tuple(middle - step), zorder=2,
                    arrowprops={"arrowstyle": "-|>", "color": DARK_LILAC, "lw": 0.7})


def _between_places(bonds: _IntArray, flux: _FloatArray, places: Places) -> tuple[_IntArray, _FloatArray]:
    """Return pairs of different places, each once, and the heat that passes from the first to the second."""
    ends = places.place[bonds.reshape(-1, 2)]
    forwards = ends[:, 0] < ends[:, 1]
    pairs, which = np.unique(np.sort(ends, axis=1), axis=0, return_inverse=True)
    total = np.bincount(np.asarray(which).ravel(), np.where(forwards, flux, -flux), minlength=len(pairs))
    apart = pairs[:, 0] != pairs[:, 1]
    return pairs[apart], total[apart]


def _places(network: Any) -> Places:
    """Return where the sites are drawn: at their places, in a row, on a circle."""
    found = places_of(network)
    if found is not None:
        return found
    site = np.arange(network.n_sites)
    bands = network.bands() if hasattr(network, "bands") else None
    if bands is not None:
        return Places(np.stack([site.astype(np.float64), np.zeros(site.size)], axis=1), site, 1.0)
    angle = 2.0 * np.pi * site / site.size
    return Places(np.stack([np.cos(angle), np.sin(angle)], axis=1), site, min(0.3, 2.0 * np.pi / site.size))
