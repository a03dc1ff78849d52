"""The paper's Figs. 1-5, drawn from their data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from hotsprings.figures.sketch import draw_system
from hotsprings.figures.style import DARK_LILAC, GREY, LIGHT_ORANGE, SERIES, new_figure
from hotsprings.network import MeanField
from hotsprings.studies.paper.data import two_ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_1", "draw_2", "draw_3", "draw_4", "draw_5"]

_OMEGA, _T = r"$\omega$", r"$\mathcal{T}(\omega)$"
_NAMES = {"Kac": r"$\tilde{N} = N-1$", "bare": r"$\tilde{N} = 1$"}
_PINNING_COLOURS = (DARK_LILAC, LIGHT_ORANGE)  # k0 = 0 and k0 > 0, the same in Figs. 4 and 5
_MARKERS = {"identical": "o", "graded": "^", "random": "s"}


def draw_1() -> Figure:
    """Return Fig. 1: the system, six pinned particles between two baths."""
    figure = new_figure(110, 54)
    draw_system(two_ends(MeanField(np.ones(6), k0=1.0)), figure.add_subplot())
    return figure


def draw_2(ds: xr.Dataset) -> Figure:
    """Return Fig. 2 from :func:`data_2`: wide view with the tail as inset (a, c), the main peak (b, d)."""
    figure = new_figure(178, 140)
    panels = figure.subplots(2, 2)
    for row, factor in zip(panels, ("Kac", "bare"), strict=True):
        _draw_wide(row[0], ds.sel(factor=factor))
        _draw_peak(row[1], ds.sel(factor=factor), "Eq. 23")
        row[1].set_xscale("log")
        row[1].set_xlim(1e-4, 2.0)
        row[1].set_ylim(0.0, 1.08)
        row[1].legend(loc="lower left")
    _title_panels(panels)
    return figure


def draw_3(ds: xr.Dataset) -> Figure:
    """Return Fig. 3 from :func:`data_3`: as Fig. 2 for k0 = 1, with Eqs. 25, 27 and 28 in black."""
    figure = new_figure(178, 140)
    panels = figure.subplots(2, 2)
    for row, factor in zip(panels, ("Kac", "bare"), strict=True):
        _draw_wide(row[0], ds.sel(factor=factor))
        _draw_peak(row[1], ds.sel(factor=factor), "Eq. 27")
        row[1].set_xlim(0.9, 1.2)
        _log_below_one(row[1], 1e-5, 80.0)
        row[1].legend(loc="upper center", ncols=2)
    _title_panels(panels)
    return figure


def _curves(ax: Axes, ds: xr.Dataset, scaled: bool = False, width: float = 1.2) -> None:
    """Plot 𝒯, or Ñ²𝒯 where ``scaled``, of every size against ω."""
    kac = str(ds["factor"].values) == "Kac"
    for n, (colour, style, _) in zip(ds["size"].values, SERIES, strict=True):
        one = ds.sel(size=n)
        scale = (n - 1.0) ** 2 if scaled and kac else 1.0
        ax.plot(one["omega"], one["transmittance"] * scale, ls=style, color=colour, lw=width, label=f"$N = {n}$")


def _log_below_one(ax: Axes, floor: float, top: float) -> None:
    """Make the axis of 𝒯 logarithmic, with room above 1 (for an inset or a legend) but no ticks there."""
    ax.set_yscale("log")
    ax.set_ylim(floor, top)
    decades = np.arange(np.ceil(np.log10(floor)), 1.0)
    ax.set_yticks(10.0**decades[decades % 2 == 0], minor=False)
    ax.set_yticks([], minor=True)


def _draw_wide(ax: Axes, ds: xr.Dataset) -> None:
    """Draw all of 𝒯(ω) with the tail as inset: Ñ²𝒯 against ω, log-log, and the law 4γ²k²/(m⁴ω⁶)."""
    bare = str(ds["factor"].values) == "bare"
    _curves(ax, ds)
    _log_below_one(ax, 1e-11, 1e10)
    ax.set_xlim(0.0, 45.0 if bare else 3.0)
    ax.set_xlabel(_OMEGA)
    ax.set_ylabel(_T)
    inset = ax.inset_axes((0.36, 0.665, 0.61, 0.305))
    _curves(inset, ds, scaled=True, width=0.9)
    omega = np.geomspace(10.0 if bare else 3.0, 1e3, 20)
    inset.loglog(omega, 4.0 / omega**6, color="black", lw=0.8)  # γ = k = m = 1
    inset.text(0.95, 0.88, r"$4\gamma^2k^2/(m^4\omega^6)$", transform=inset.transAxes, ha="right", va="top",
               fontsize=7.5)
    inset.set_xlim(0.3, 500.0 if bare else 30.0)
    inset.set_ylim(*((1e-15, 1e2) if bare else (1e-8, 1e4)))
    inset.set_yticks([1e-13, 1e-7, 1e-1] if bare else [1e-6, 1e-2, 1e2])
    inset.set_yticks([], minor=True)
    inset.tick_params(labelsize=6.5, pad=2)
    inset.set_ylabel(r"$\tilde{N}^2\,\mathcal{T}$", fontsize=7.5, labelpad=1)
    inset.set_xlabel(_OMEGA, fontsize=7.5, labelpad=-1)


def _draw_peak(ax: Axes, ds: xr.Dataset, approximation: str) -> None:
    """Draw the main peak with the Lorentzian approximation in thin black."""
    _curves(ax, ds, width=2.0)
    for n in ds["size"].values:
        one = ds.sel(size=n)
        ax.plot(one["omega"], one["lorentzian"], color="black", lw=0.7,
                label=approximation if n == ds["size"].values[-1] else None)
    ax.set_xlabel(_OMEGA)
    ax.set_ylabel(_T)


def _title_panels(panels: Any) -> None:
    """Write (a)-(d) and the factor above every panel."""
    for letter, ax, factor in zip("abcd", panels.flat, ("Kac", "Kac", "bare", "bare"), strict=True):
        ax.set_title(f"({letter})  {_NAMES[factor]}", loc="left")


def draw_4(ds: xr.Dataset) -> Figure:
    """Return Fig. 4 from :func:`data_4`: J/ΔT against N, bare network inset; below, bare over the theory line."""
    figure = new_figure(120, 132)
    main, below = figure.subplots(2, 1, height_ratios=(3.0, 1.0), sharex=True)
    _draw_flux(main, ds.sel(factor="Kac"), 4.5)
    main.set_ylim(3e-6, 0.45)
    main.set_ylabel(r"$J/\Delta T$")
    main.set_title(_NAMES["Kac"], loc="left")
    _legend_4(main, [float(p) for p in ds["pinning"].values])
    inset = main.inset_axes((0.115, 0.115, 0.46, 0.4))
    _draw_flux(inset, ds.sel(factor="bare"), 2.8)
    inset.set_title(_NAMES["bare"], fontsize=8, pad=3, loc="left")
    inset.set_xlabel("$N$", fontsize=7.5, labelpad=-1)
    inset.set_ylabel(r"$J/\Delta T$", fontsize=7.5, labelpad=0)
    inset.tick_params(labelsize=6.5)
    below.set_title(_NAMES["bare"], loc="left")
    _draw_ratio(below, ds.sel(factor="bare"))
    return figure


def _draw_symbols(ax: Axes, n: Any, values: xr.DataArray, colour: str, size: float) -> None:
    """Plot one symbol per size and configuration: filled discs inside open triangles and squares."""
    for name, (marker, scale) in {"identical": ("o", 0.6), "graded": ("^", 1.2), "random": ("s", 1.0)}.items():
        ax.plot(n, values.sel(masses=name), marker, ms=size * scale, mfc=colour if name == "identical" else "none",
                mec=colour, mew=0.7, zorder=2)


def _draw_flux(ax: Axes, ds: xr.Dataset, size: float) -> None:
    """Plot J/ΔT of all configurations and both pinnings, the theory lines and the guide 1/N."""
    n = ds["size"].values
    for p, colour in enumerate(_PINNING_COLOURS):
        one = ds.isel(pinning=p)
        ax.plot(n, one["theory"], "-", color=colour, lw=1.0, zorder=1)
        _draw_symbols(ax, n, one["conductance"], colour, size)
    guide = np.array([60.0, 1000.0])
    ax.plot(guide, 1.1 / guide, "--", color="black", lw=0.7)
    ax.text(260.0, 1.25 / 260.0, r"$\sim 1/N$", ha="left", va="bottom", fontsize=8 if size > 4 else 7)
    ax.set_xscale("log")
    ax.set_yscale("log")


def _legend_4(ax: Axes, pinning: list[float]) -> None:
    for name, marker in _MARKERS.items():
        ax.plot([], [], marker, color=GREY, mfc="none" if name != "identical" else GREY, label=name)
    for value, colour in zip(pinning, _PINNING_COLOURS, strict=True):
        ax.plot([], [], "-", color=colour, label=f"theory, $k_0 = {value:g}$")
    ax.legend(loc="upper right")


def _draw_ratio(ax: Axes, ds: xr.Dataset) -> None:
    """Plot J over the theory line for the bare network, with the range of ten random networks as a band."""
    n = ds["size"].values
    for p, colour in enumerate(_PINNING_COLOURS):
        one = ds.isel(pinning=p)
        ratio = one["random_conductance"] / one["theory"]
        ax.fill_between(n, ratio.min("seed"), ratio.max("seed"), color=colour, alpha=0.25, lw=0,
                        label=f"ten random networks, $k_0 = {float(one['pinning']):g}$")
        _draw_symbols(ax, n, one["conductance"] / one["theory"], colour, 3.8)
    ax.axhline(1.0, color="black", lw=0.7)
    ax.legend(loc="lower right", fontsize=6.5, ncols=2)
    ax.set_xlabel("$N$")
    ax.set_ylabel(r"$J/J_{\mathrm{theory}}$")
    ax.set_ylim(0.85, 1.03 * float((ds["random_conductance"] / ds["theory"]).max()))


def draw_5(ds: xr.Dataset) -> Figure:
    """Return Fig. 5 from :func:`data_5`: local temperatures against i/N, with the Kac factor."""
    figure = new_figure(110, 82)
    ax = figure.add_subplot()
    kac = ds.sel(factor="Kac")
    _draw_profiles(ax, kac, 5.5)
    for name, marker in _MARKERS.items():
        ax.plot([], [], marker, color=GREY, mfc=GREY if name == "identical" else "white", label=name)
    for value, colour in zip(kac["pinning"].values, _PINNING_COLOURS, strict=True):
        ax.plot([], [], "-", color=colour, lw=2.0, label=f"$k_0 = {value:g}$")
    ax.set_xlabel("$i/N$")
    ax.set_ylabel("$T$")
    ax.set_ylim(0.0, 1.6)
    ax.legend(loc="upper right", bbox_to_anchor=(0.92, 0.98), ncols=2)
    inset = ax.inset_axes((0.24, 0.18, 0.58, 0.34))
    _draw_profiles(inset, kac, 3.5)
    inset.set_xlim(0.03, 0.92)
    inset.set_ylim(0.972, 1.028)
    inset.tick_params(labelsize=6.5)
    return figure


def _draw_profiles(ax: Axes, ds: xr.Dataset, size: float) -> None:
    """Plot the local temperature of all configurations and both pinnings against i/N."""
    place = np.arange(ds.sizes["site"]) / ds.sizes["site"]
    for p, colour in enumerate(_PINNING_COLOURS):
        for name, marker in _MARKERS.items():
            ax.plot(place, ds["temperature"].isel(pinning=p).sel(masses=name), marker=marker, color=colour, lw=0.6,
                    ms=size * (1.0 - 0.25 * p), mfc=colour if name == "identical" else "white", mew=0.8)
