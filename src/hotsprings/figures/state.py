"""What a stationary state looks like: the profile of local temperatures, the transmittance."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hotsprings.figures.maps import contact_colours, contact_label, places_of, plot_map, said_of_others
from hotsprings.figures.style import DARK_LILAC, GREY, styled_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_cumulative", "plot_profile", "plot_resonances", "plot_transmittance"]

_FloatArray = npt.NDArray[np.float64]
_NAMED = 4  # groups and baths named in a legend
_LINE, _WIDE = 40, 72  # letters of fluxes beside the rest of a headline, and in lines of their own


def plot_profile(state: Any, ax: Axes | None = None) -> Axes:
    """Plot the local temperature against the site, or in colour at the places of the sites, with the baths marked.

    Sites that dark modes touch (bright weight below 1) are open symbols, and a note counts the dark modes.

    Parameters
    ----------
    state : SteadyState
        Its ``system``, ``local_temperature``, ``bright_weight`` and ``n_dark_modes`` are used.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax, height=3.0) as ax:
        system, T = state.system, np.asarray(state.local_temperature)
        places = places_of(system.network)
        if places is not None:
            plot_map(state, places, ax)
            ax.set_title(_headline(state, lines=2), fontsize=8)
            return ax
        ax.set_title(_headline(state), loc="left", fontsize=8)
        n = T.size
        site = np.arange(n)
        dark = np.asarray(state.bright_weight) < 1.0 - 1e-6
        size = 4.0 if n <= 100 else 2.0
        ax.plot(site[~dark], T[~dark], "o", ms=size, color=DARK_LILAC, label="site" if n < 3 else "sites", zorder=3)
        if dark.any():
            ax.plot(site[dark], T[dark], "o", ms=size, mfc="white", mec=DARK_LILAC, zorder=3,
                    label=f"sites touched by {state.n_dark_modes} dark modes")
        _mark_baths(ax, system, T)
        ax.set_xlabel("site")
        ax.locator_params(axis="x", integer=True)
        ax.set_ylabel("local temperature $T_n$")
        ax.margins(x=0.04, y=0.12)
        ax.legend(loc="best")
    return ax


def _headline(state: Any, lines: int = 1) -> str:
    flux = list(state.contact_heat_flux.items())
    grouped = bool(state.system.groups)
    told = ", ".join(f"{name} {value:.6g}" if grouped else f"{value:.6g}" for name, value in flux[:3])
    text = f"$N$ = {state.system.n_sites}, heat flux into the network:"
    if lines > 1 or len(told) > _LINE:
        return text + "\n" + "\n".join(wrap(told + (", …" if len(flux) > 3 else ""), _WIDE))
    return f"{text} {told}" + (", …" if len(flux) > 3 else "")


def _mark_baths(ax: Axes, system: Any, T: _FloatArray) -> None:
    """Draw each bath's temperature as a short line beside its site, and circle the site; a legend entry per group."""
    colours = contact_colours(system)
    reach = 0.06 * max(T.size - 1, 1) if system.n_baths <= 8 else 0.3
    for i, (name, baths) in enumerate(system.contacts.items()):
        colour = colours[name]
        label = None if i >= _NAMED else contact_label(system, name)
        for bath in baths:
            site, warm = int(system.bath_sites[bath]), float(system.temperature[bath])
            ax.plot([site - reach, site + reach], [warm] * 2, "-", color=colour, lw=1.6, label=label, zorder=2)
            ax.plot([site, site], [warm, T[site]], ":", color=colour, lw=0.9, zorder=1)
            ax.plot(site, T[site], "o", ms=8 if system.n_baths <= 8 else 5, mfc="none", mec=colour, mew=1.1, zorder=4)
            label = None
    said_of_others(ax, len(system.contacts), _NAMED)


def plot_transmittance(
    omega: _FloatArray, transmittance: _FloatArray, ax: Axes | None = None, resonances: Any = None
) -> Axes:
    """Plot the transmittance against the frequency, with the resonances as ticks on the floor.

    Parameters
    ----------
    omega : array_like, shape (n_omega,)
        Angular frequencies, ascending.
    transmittance : array_like, shape (n_omega,)
        Transmittance on them.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.
    resonances : array_like of complex, or an object with ``frequency``, optional
        Resonances; those within the range of omega are marked at their real part.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax, height=3.0) as ax:
        omega = np.asarray(omega, dtype=np.float64)
        ax.plot(omega, transmittance, "-", color=DARK_LILAC, lw=1.1)
        if resonances is not None:
            frequency = np.real(np.asarray(getattr(resonances, "frequency", resonances)))
            inside = frequency[(frequency >= omega.min()) & (frequency <= omega.max())]
            ax.plot(inside, np.full(inside.shape, -0.03), "|", ms=5, color=GREY, clip_on=False, label="resonances")
            ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)  # peaks leave no room within
        ax.set_xlabel(r"angular frequency $\omega$")
        ax.set_ylabel(r"transmittance $\mathcal{T}(\omega)$")
        ax.set_xlim(float(omega.min()), float(omega.max()))
        ax.set_ylim(-0.06, None)
    return ax


def plot_cumulative(omega: _FloatArray, flux: _FloatArray, ax: Axes | None = None, total: float | None = None) -> Axes:
    """Plot the heat flux carried below a frequency, per temperature difference, with the conductance it tends to.

    Parameters
    ----------
    omega, flux : array_like, shape (n_omega,)
        Angular frequencies, ascending, and the flux below them.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.
    total : float, optional
        The conductance, drawn as a line.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax, height=3.0) as ax:
        omega = np.asarray(omega, dtype=np.float64)
        ax.plot(omega, flux, "-", color=DARK_LILAC, lw=1.1, label="carried below $\\omega$")
        if total is not None:
            ax.axhline(total, color=GREY, lw=0.8, ls="--", label=f"conductance {total:.6g}")
        ax.legend(loc="best")
        ax.set_xlabel(r"angular frequency $\omega$")
        ax.set_ylabel(r"heat flux below $\omega$ / $\Delta T$")
        ax.set_xlim(float(omega.min()), float(omega.max()))
        ax.set_ylim(0.0, None)
    return ax


def plot_resonances(resonances: Any, ax: Axes | None = None) -> Axes:
    """Plot the decay rate of each resonance against its frequency, Re ω ≥ 0, logarithmic upwards.

    Parameters
    ----------
    resonances : Resonances
        Its complex ``frequency`` is used.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax, height=3.0) as ax:
        frequency = np.asarray(resonances.frequency)
        right = frequency[(frequency.real >= 0.0) & (frequency.imag > 0.0)]
        ax.plot(right.real, right.imag, "o", ms=4.0 if right.size <= 100 else 2.0, color=DARK_LILAC)
        ax.set_yscale("log")
        ax.set_xlabel(r"angular frequency Re $\omega$")
        ax.set_ylabel(r"decay rate Im $\omega$")
        ax.margins(x=0.04, y=0.08)
    return ax
