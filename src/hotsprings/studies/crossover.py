"""Study 6: power-law couplings, from the mean field to the chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from hotsprings.fits import ExponentFit
from hotsprings.studies.curves import BATHS, COLOURS, MARKERS, curve, fitted, in_words, panel, sizes
from hotsprings.studies.study import Data, Findings, Study, Sweeper, ladder
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

QUICK = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 8.0)
FULL = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 8.0)
FACTORS = {"Kac": True, "bare": False}
SPREAD = 0.1
RUNGS = ([(sizes(16, 128, 7), 4)],
         [(sizes(16, 512, 6), 100), ([1024], 24), ([2048], 8), ([4096], 4)])  # quick, full: sizes and realisations


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    identical = _plan("identical", QUICK if quick else FULL, sizes(16, 128, 7) if quick else sizes(16, 4096, 9), 1, 0)

    def random(sites: Sequence[int], realisations: int, rung: int) -> Plan:
        return _plan("random", QUICK if quick else FULL, sites, realisations, rung)

    return {"identical": sweeper("identical", identical), "random": ladder(sweeper, "random", random, RUNGS[not quick])}


def _plan(masses: str, alphas: Sequence[float], sites: Sequence[int], realisations: int, rung: int) -> Plan:
    axes = [Axis("masses.n", sites), Axis("network.alpha", alphas),
            Axis("network.kac", list(FACTORS.values()), "factor", list(FACTORS))]
    base = {"network": {"kind": "power-law", "alpha": 1.0}, "baths": BATHS,
            "masses": {"kind": masses, "n": 16, **({"spread": SPREAD} if masses == "random" else {})}}
    return Plan(base, axes, realisations, seed=6 + rung, title=f"Power laws, {masses} masses")


def _fits(data: xr.Dataset, masses: str) -> dict[str, ExponentFit]:
    half = float(np.sqrt(data["n"].values[0] * data["n"].values[-1]))
    return {f"{masses}, {factor}, α = {alpha:g}": fitted(data, int(half), factor=factor, alpha=alpha)
            for factor in FACTORS for alpha in data["alpha"].values}


def _judge(data: Data) -> Findings:
    fits = {name: fit for masses in data for name, fit in _fits(data[masses], masses).items()}
    alphas = [float(a) for a in data["identical"]["alpha"].values]
    sentences = []
    for masses in data:
        for factor in FACTORS:
            ends = "; ".join(f"α = {a:g}: {in_words(fits[f'{masses}, {factor}, α = {a:g}'])}"
                             for a in (alphas[0], 1.0, 2.0, alphas[-1]))
            steepest = min(alphas, key=lambda a: fits[f"{masses}, {factor}, α = {a:g}"].exponent)
            sentences.append(f"{masses} masses, {factor}: {ends}; steepest at α = {steepest:g}")
    largest = int(data["identical"]["n"].values[-1])
    text = f"Effective exponents over the upper half of N ≤ {largest}. {'. '.join(sentences)}."
    return Findings(text, fits)


def _draw(data: Data, findings: Findings) -> Figure:
    from hotsprings.figures.style import new_figure, shade

    figure = new_figure(178.0, 120.0)
    axes = figure.subplots(2, 2)
    for i, factor in enumerate(FACTORS):
        ax = axes[0, i]
        panel(ax, f"({'ab'[i]}) {factor}, identical masses", data["identical"]["n"].values)
        alphas = data["identical"]["alpha"].values
        for j, alpha in enumerate(alphas):
            n, y, _ = curve(data["identical"], factor=factor, alpha=alpha)
            ax.plot(n, y, color=shade(j / max(1, len(alphas) - 1)), marker=MARKERS[j % 5], markersize=2.5,
                    linewidth=0.8, label=rf"$\alpha={alpha:g}$")
        if i == 1:  # one legend for both, beside the curves
            ax.legend(fontsize=6.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
    for i, masses in enumerate(data):
        ax = axes[1, i]
        for j, factor in enumerate(FACTORS):
            mine = [findings.fits[f"{masses}, {factor}, α = {a:g}"] for a in alphas]
            ax.errorbar(alphas, [fit.exponent for fit in mine], yerr=[fit.error for fit in mine], color=COLOURS[j],
                        marker=MARKERS[j], markersize=3.5, linewidth=0.9, capsize=1.5, label=factor)
        ax.set(xlabel=r"$\alpha$", ylabel=r"effective exponent of $J(N)$")
        ax.set_title(f"({'cd'[i]}) {masses} masses", loc="left")
        ax.axhline(-1.0, color="#6b6b6b", linewidth=0.8, linestyle=":")
        ax.axhline(0.0, color="#6b6b6b", linewidth=0.8, linestyle=":")
        ax.legend()
    return figure


STUDY = Study(
    name="crossover", title="Power-law couplings: from the mean field to the chain",
    claim="Left open: \"it would be interesting to obtain results for finite range of the interactions, decaying "
          "algebraically; the transition between the first-neighbor and mean-field limits\" (arXiv:2111.01332, section "
          "IV). At the ends, J ~ 1/N (α = 0) and a constant current (the ordered chain).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(4.0, 4500.0))
