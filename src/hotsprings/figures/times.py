"""Fluctuations and motion in time: distribution of heat with its symmetry, correlation and spectrum, relaxation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hotsprings.figures.style import COLD, DARK_LILAC, GREY, HOT, LIGHT_ORANGE, shade, styled_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_correlation", "draw_motion", "draw_rate_function", "draw_relaxation", "draw_spectrum"]

MOST = 8  # profiles that are drawn
_FloatArray = npt.NDArray[np.float64]


def draw_rate_function(flux: _FloatArray, rate: _FloatArray, mean: float, affinity: float,
                       ax: Axes | None = None) -> Axes:
    """Draw h(q) of the heat that passes, and h(-q) - qΔβ upon it, which the symmetry says is the same.

    Parameters
    ----------
    flux : ndarray, shape (n,)
        q, symmetric about 0.
    rate : ndarray, shape (n,)
        h(q).
    mean : float
        The mean flux, where h = 0.
    affinity : float
        Δβ = 1/T_1 - 1/T_0.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax) as ax:
        ax.axvline(mean, color=GREY, lw=0.8, ls=(0, (1.2, 1.2)), label="mean flux")
        ax.plot(flux, rate, "-", color=DARK_LILAC, label="$h(q)$")
        ax.plot(flux, rate[::-1] - flux * affinity, "--", color=LIGHT_ORANGE, label=r"$h(-q) - q\,\Delta\beta$")
        ax.set_xlabel("flux $q$")
        ax.set_ylabel(r"$h(q) = -\ln P(qt)/t$")
        ax.legend(loc="upper right")
    return ax


def draw_correlation(times: _FloatArray, values: _FloatArray, ax: Axes | None = None) -> Axes:
    """Draw a correlation against time.

    Parameters
    ----------
    times, values : ndarray, shape (n,)
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax) as ax:
        ax.axhline(0.0, color=GREY, lw=0.6)
        ax.plot(times, values, "-", color=DARK_LILAC)
        ax.set_xlabel("time $t$")
        ax.set_ylabel("correlation")
    return ax


def draw_spectrum(omega: _FloatArray, values: _FloatArray, ax: Axes | None = None) -> Axes:
    """Draw a power spectrum against frequency, on a logarithmic scale where it spans more than two decades.

    Parameters
    ----------
    omega, values : ndarray, shape (n,)
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax) as ax:
        ax.plot(omega, values, "-", color=DARK_LILAC)
        seen = values[values > 0.0]
        if seen.size and seen.max() > 100.0 * seen.min():
            ax.set_yscale("log")
        ax.set_xlabel(r"angular frequency $\omega$")
        ax.set_ylabel(r"power spectrum $S(\omega)$")
    return ax


def draw_motion(times: _FloatArray, position: _FloatArray, ax: Axes | None = None) -> Axes:
    """Draw mean positions as a map over sites and times.

    Parameters
    ----------
    times : ndarray, shape (n_times,)
    position : ndarray, shape (n_times, n_sites)
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes
    """
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("motion", [COLD, "white", HOT])
    top = float(np.abs(position).max()) or 1.0
    with styled_axes(ax) as ax:
        order = np.argsort(times)
        drawn = ax.pcolormesh(np.arange(position.shape[1]), times[order], position[order], cmap=colours, vmin=-top,
                              vmax=top, shading="nearest", rasterized=True)
        ax.figure.colorbar(drawn, ax=ax, label="mean position")
        ax.set_xlabel("site")
        ax.locator_params(axis="x", integer=True)
        ax.set_ylabel("time $t$")
    return ax


def draw_relaxation(times: _FloatArray, temperature: _FloatArray, ax: Axes | None = None) -> Axes:
    """Draw the local temperatures of all sites at some times, from early (dark) to late (light).

    Parameters
    ----------
    times : ndarray, shape (n_times,)
    temperature : ndarray, shape (n_times, n_sites)
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes
    """
    with styled_axes(ax) as ax:
        shown = np.unique(np.linspace(0, times.size - 1, min(times.size, MOST)).astype(int))
        for rank, k in enumerate(shown):
            ax.plot(np.arange(temperature.shape[1]), temperature[k], "-", lw=0.9, label=f"$t$ = {times[k]:.4g}",
                    color=shade(rank / max(1, shown.size - 1)))
        ax.set_xlabel("site")
        ax.locator_params(axis="x", integer=True)
        ax.set_ylabel("local temperature $T_n$")
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax
