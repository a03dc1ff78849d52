"""What a stationary state looks like: the profile of local temperatures, the transmittance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hotsprings.figures.style import COLD, DARK_LILAC, GREY, HOT, ROSE, paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_profile", "plot_resonances", "plot_transmittance"]

_FloatArray = npt.NDArray[np.float64]


def _new_axes() -> Axes:
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(4.6, 3.0), layout="constrained")[1]


def plot_profile(state: Any, ax: Axes | None = None) -> Axes:
    """Plot the local temperature against the site, with the bath sites and bath temperatures marked.

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
    with paper_style():
        ax = _new_axes() if ax is None else ax
        system, T = state.system, np.asarray(state.local_temperature)
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
        ax.set_title(_headline(state), loc="left", fontsize=8)
        ax.legend(loc="best")
    return ax


def _headline(state: Any) -> str:
    flux = ", ".join(f"{value:.6g}" for value in np.asarray(state.heat_flux)[:3])
    more = ", …" if len(state.heat_flux) > 3 else ""
    return f"$N$ = {state.system.n_sites}, heat flux into the network: {flux}{more}"


def _mark_baths(ax: Axes, system: Any, T: _FloatArray) -> None:
    """Draw each bath's temperature as a short line beside its site, and circle the site."""
    mean = float(np.mean(system.temperature))
    reach = 0.06 * max(T.size - 1, 1)
    label: str | None = "bath temperature"
    for site, bath_temperature in zip(system.bath_sites, system.temperature, strict=True):
        colour = HOT if bath_temperature > mean else COLD if bath_temperature < mean else ROSE
        ax.plot([site - reach, site + reach], [bath_temperature] * 2, "-", color=colour, lw=1.6, label=label, zorder=2)
        ax.plot([site, site], [bath_temperature, T[site]], ":", color=colour, lw=0.9, zorder=1)
        ax.plot(site, T[site], "o", ms=8, mfc="none", mec=colour, mew=1.1, zorder=4)
        label = None


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
    with paper_style():
        ax = _new_axes() if ax is None else ax
        omega = np.asarray(omega, dtype=np.float64)
        ax.plot(omega, transmittance, "-", color=DARK_LILAC, lw=1.1)
        if resonances is not None:
            frequency = np.real(np.asarray(getattr(resonances, "frequency", resonances)))
            inside = frequency[(frequency >= omega.min()) & (frequency <= omega.max())]
            ax.plot(inside, np.full(inside.shape, -0.03), "|", ms=5, color=GREY, clip_on=False, label="resonances")
            ax.legend(loc="best")
        ax.set_xlabel(r"angular frequency $\omega$")
        ax.set_ylabel(r"transmittance $\mathcal{T}(\omega)$")
        ax.set_xlim(float(omega.min()), float(omega.max()))
        ax.set_ylim(-0.06, None)
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
    with paper_style():
        ax = _new_axes() if ax is None else ax
        frequency = np.asarray(resonances.frequency)
        right = frequency[(frequency.real >= 0.0) & (frequency.imag > 0.0)]
        ax.plot(right.real, right.imag, "o", ms=4.0 if right.size <= 100 else 2.0, color=DARK_LILAC)
        ax.set_yscale("log")
        ax.set_xlabel(r"angular frequency Re $\omega$")
        ax.set_ylabel(r"decay rate Im $\omega$")
        ax.margins(x=0.04, y=0.08)
    return ax
