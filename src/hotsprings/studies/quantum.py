"""Study: quantum heat through the mean field, between the classical 1/N and the quantum of conductance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.fits import ExponentFit, fit_exponent
from hotsprings.studies.curves import BATHS, against, guide, in_words, panel, points
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["STUDY", "crossing"]

PINNING = {"free": 0.0, "pinned": 0.5}
COLDEST, HOTTEST = 1e-5, 10.0  # mean temperatures of the baths, ħ = 1
COLD = {"free": 1e-3, "pinned": 0.02}  # below it the powers of T are looked for
FEW = 4  # temperatures of a fit at least


def _temperatures(quick: bool) -> FloatArray:
    return np.geomspace(COLDEST, HOTTEST, 16 if quick else 61)


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    base = {"network": {"kind": "mean-field", "k": 1.0}, "masses": {"kind": "identical", "n": 8}, "baths": BATHS,
            "quantum": {"hbar": 1.0}}
    last = 10 if quick else 13
    axes = [Axis("masses.n", [2**p for p in range(4, last, 2)]),
            Axis("network.k0", list(PINNING.values()), "pinning", list(PINNING)),
            Axis("quantum.hbar", [float(1.0 / t) for t in _temperatures(quick)[::-1]])]
    return {"mean_field": sweeper("mean-field", Plan(base, axes, observables=[
        "conductance", "quantum_heat_flux", "quantum_conductance"], title="Quantum mean field"))}


def _series(data: xr.Dataset, pinning: str, n: int) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return T, J(T) between 1.5 T and 0.5 T, and 𝒢(T), at ħ = 1, and the classical conductance.

    The plan has baths at 1.5 and 0.5 and ħ = 1/T: J(T, 1) = T J(1, 1/T), 𝒢(T, 1) = 𝒢(1, 1/T).
    """
    part = data.sel(pinning=pinning, n=n).isel(realisation=0).sortby("hbar", ascending=False)
    temperature = 1.0 / part["hbar"].values
    flux = temperature * part["quantum_heat_flux"].isel(bath=0).values
    return temperature, flux, part["quantum_conductance"].values, float(part["conductance"][0])


def crossing(temperature: FloatArray, conductance: FloatArray, classical: float) -> float:
    """Return the temperature at which a quantum conductance is half of the classical one, on a rising grid."""
    return float(np.exp(np.interp(np.log(0.5 * classical), np.log(conductance), np.log(temperature))))


def _fits(data: xr.Dataset) -> dict[str, ExponentFit]:
    sizes = data["n"].values
    fits = {}
    for pinning in PINNING:
        temperature, flux, _, _ = _series(data, pinning, int(sizes[0]))
        most = max(FEW, int(np.sum(temperature <= COLD[pinning])))
        fits[f"{pinning}, J against T at low T"] = fit_exponent(temperature[:most], flux[:most])
        series = [_series(data, pinning, int(n)) for n in sizes]
        crossings = [crossing(t, g, classical) for t, _, g, classical in series]
        fits[f"{pinning}, T* against N"] = fit_exponent(sizes, np.array(crossings))
        for name, place in (("highest", -1), ("lowest", 0)):
            at = np.array([flux[place] for _, flux, _, _ in series])
            fits[f"{pinning}, J against N at the {name} T"] = fit_exponent(sizes, at)
    return fits


def _judge(data: Data) -> Findings:
    found = data["mean_field"]
    fits, n = _fits(found), int(found["n"].values[-1])
    temperature, _, conductance, _ = _series(found, "free", n)
    quanta = float(conductance[0] / (np.pi * temperature[0] / 6.0))
    law = {"free": 2.0, "pinned": 4.0}
    low = "; ".join(f"{pinning}: T^{power:g} {against(fits[f'{pinning}, J against T at low T'], power)}, "
                    f"{in_words(fits[f'{pinning}, J against T at low T'])}" for pinning, power in law.items())
    high = "; ".join(f"{pinning}: 1/N {against(fits[f'{pinning}, J against N at the highest T'], -1.0)}, "
                     f"{in_words(fits[f'{pinning}, J against N at the highest T'])}" for pinning in PINNING)
    return Findings(
        f"Where it is warm, {high}. Half the classical conductance is reached at T* ~ N^ν, free: "
        f"{in_words(fits['free, T* against N'])}, as claimed; pinned: {in_words(fits['pinned, T* against N'])}, where "
        f"the lowest frequency, not N, decides. At low T, {low}; without pinning the conductance at "
        f"T = {temperature[0]:.1g}, N = {n}, is {quanta:.4f} quanta π²k_B²T/3h, and does not depend on N "
        f"({in_words(fits['free, J against N at the lowest T'])}).", fits)


def _draw(data: Data, findings: Findings) -> Figure:
    from hotsprings.figures.style import new_figure, shade

    found = data["mean_field"]
    sizes = [int(n) for n in found["n"].values]
    figure = new_figure(178.0, 68.0)
    left, middle, right = figure.subplots(1, 3)
    for ax, pinning, letter in ((left, "free", "a"), (middle, "pinned", "b")):
        for i, n in enumerate(sizes):
            temperature, flux, _, classical = _series(found, pinning, n)
            colour = shade(i / max(1, len(sizes) - 1))
            ax.loglog(temperature, flux, color=colour, marker=".", markersize=3.0, label=rf"$N={n}$")
            ax.loglog(temperature, classical * temperature, color=colour, linestyle=":", linewidth=0.8)
        low = temperature[temperature <= (0.03 if pinning == "free" else 0.3)]
        if pinning == "free":  # π t_0 (T_a² - T_b²)/12ħ, t_0 = 1
            ax.loglog(low, np.pi / 6.0 * low**2, color="black", linestyle="--", linewidth=0.9, label="quantum")
        ax.set(xlabel="temperature $T$", ylabel="heat flux $J$")
        ax.set_title(f"({letter}) {pinning}; dotted: classical", loc="left")
    middle.loglog(low, 0.03 * flux[0] * (low / low[0]) ** 4, color="black", linestyle="--", linewidth=0.9,
                  label="$T^4$")
    for ax in (left, middle):
        ax.legend(loc="lower right", fontsize=7)
    _draw_crossings(right, found, sizes)
    return figure


def _draw_crossings(ax: Axes, found: xr.Dataset, sizes: list[int]) -> None:
    """Draw the temperature of half the classical conductance against N."""
    n = np.array(sizes, dtype=np.float64)
    panel(ax, "(c) half the classical value", n, "temperature $T^*$")
    for i, pinning in enumerate(PINNING):
        series = [_series(found, pinning, size) for size in sizes]
        y = np.array([crossing(t, g, classical) for t, _, g, classical in series])
        points(ax, n, y, None, i, pinning)
        if pinning == "free":
            guide(ax, n, 0.6 * float(y[-1]), -1.0, "$1/N$")
    ax.legend()


STUDY = Study(
    name="quantum", title="Quantum heat through the mean field",
    claim="Quantum effects matter only below a temperature that vanishes as 1/N; at low temperature the flux is "
          "proportional to the universal quantum of thermal conductance (Andreucci, Lepri, Ruffo, Trombettoni, SciPost "
          "Phys. Core 5, 036 (2022), intensive coupling to the baths).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(6.0, 13.0))
