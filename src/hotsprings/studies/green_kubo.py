"""Study: the equilibrium correlation of the energy current of power-law chains, the road of Green and Kubo."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.fits import ExponentFit, fit_exponent
from hotsprings.studies.curves import BATHS, COLOURS, MARKERS, against, in_words, panel
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["STUDY", "expected"]

QUICK = (0.0, 0.5, 1.0, 1.25, 1.5, 2.0, 3.0, 8.0)
FULL = (0.0, 0.25, 0.5, 0.75, 1.0, 1.125, 1.25, 1.375, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 8.0)
SHOWN = (0.0, 1.0, 1.5, 2.0, 8.0)
FACTORS = {"Kac": True, "bare": False}
PINNING = {"pinned": 1.0, "free": 0.0}
UNTIL, POINTS = 20.0, 201


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    base = {"network": {"kind": "power-law", "alpha": 1.0}, "masses": {"kind": "identical", "n": 16}, "baths": BATHS,
            "current_correlation": {"until": UNTIL, "points": POINTS, "temperature": 1.0}}
    axes = [Axis("masses.n", [2**p for p in range(4, 8 if quick else 11)]),
            Axis("network.alpha", QUICK if quick else FULL),
            Axis("network.kac", list(FACTORS.values()), "factor", list(FACTORS)),
            Axis("network.k0", list(PINNING.values()), "pinning", list(PINNING))]
    return {"chains": sweeper("chains", Plan(base, axes, observables=["current_correlation_value"],
                                             title="Energy current of power-law chains"))}


def _per_site(data: xr.Dataset, **where: object) -> FloatArray:
    """Return C(t)/(N T²), shape (n_sizes, n_times)."""
    part = data["current_correlation_value"].sel(where).isel(realisation=0)
    return np.asarray(part.transpose("n", "current_correlation_time").values / data["n"].values[:, None])


def _times(data: xr.Dataset) -> FloatArray:
    return np.linspace(0.0, UNTIL, data.sizes["current_correlation_time"])


def kept(per_site: FloatArray) -> FloatArray:
    """Return which part of the correlation at t = 0 is left on average in the second half of the times."""
    half = per_site.shape[1] // 2
    return np.asarray(per_site[:, half:].mean(axis=1) / per_site[:, 0])


def expected(alpha: float) -> float:
    """Return the exponent of C(0)/N in N with the Kac factor: Σ_r r² k_r², springs k_r = r^-α/Ñ, pinned sites."""
    return 1.0 if alpha <= 1.0 else max(3.0 - 2.0 * alpha, 0.0)


def _fits(data: xr.Dataset) -> dict[str, ExponentFit]:
    n = data["n"].values
    upper = n >= n[-1] // 8
    return {f"{factor}, {pinning}, α = {alpha:g}": fit_exponent(
        n[upper], _per_site(data, factor=factor, pinning=pinning, alpha=alpha)[upper, 0])
        for factor, pinning, alpha in product(FACTORS, PINNING, data["alpha"].values)}


def _judge(data: Data) -> Findings:
    found = data["chains"]
    fits, n = _fits(found), int(found["n"].values[-1])
    alphas = [float(a) for a in found["alpha"].values]
    sentences = []
    for factor, pinning in product(FACTORS, PINNING):
        mine = {a: fits[f"{factor}, {pinning}, α = {a:g}"] for a in alphas}
        steady = [a for a in alphas if abs(mine[a].local_exponent[-1]) <= 0.05]
        some = "; ".join(f"α = {a:g}: {in_words(mine[a])}" for a in alphas if a in (0.0, 1.0, 1.25, 2.0))
        sentences.append(f"{factor}, {pinning}: {some}; settled (|ν| ≤ 0.05 between the largest N) from α = "
                         f"{min(steady):g}" if steady else f"{factor}, {pinning}: {some}; not settled at any α")
    left = kept(_per_site(found, factor="Kac", pinning="pinned", alpha=alphas[-1]))[-1]
    first = kept(_per_site(found, factor="Kac", pinning="pinned", alpha=0.0))[-1]
    law = against(fits["Kac, pinned, α = 1.25"], expected(1.25))
    return Findings(
        f"C(0)/N ~ N^ν up to N = {n}: {'. '.join(sentences)}. With pinned sites and the Kac factor ν = 1 up to α = 1 and "
        f"3 - 2α up to 3/2 is expected (at α = 1.25 it {law}): below α = 3/2 nothing converges with size, whatever the "
        f"time. In time nothing decays to zero either, for harmonic modes do not scatter: of C(0), {left:.2f} is left in "
        f"the chain and {first:.2f} at α = 0 between t = {UNTIL / 2:g} and {UNTIL:g}, so that κ(t) grows as t.", fits)


def _draw(data: Data, findings: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    found = data["chains"]
    figure = new_figure(178.0, 68.0)
    left, middle, right = figure.subplots(1, 3)
    shown = [a for a in SHOWN if a in found["alpha"].values]
    for i, alpha in enumerate(shown):
        per_site = _per_site(found, factor="Kac", pinning="pinned", alpha=alpha)
        left.plot(_times(found), per_site[-1] / per_site[-1, 0], color=COLOURS[i], linewidth=0.9)
        middle.plot(found["n"].values, per_site[:, 0], color=COLOURS[i], marker=MARKERS[i], markersize=3.5,
                    linewidth=0.9, label=rf"$\alpha={alpha:g}$")
    left.axhline(0.0, color="#6b6b6b", linewidth=0.6)
    left.set(xlabel="time $t$", ylabel="$C(t)/C(0)$")
    left.set_title(f"(a) in time, $N={int(found['n'].values[-1])}$", loc="left")
    panel(middle, "(b) with size", found["n"].values, "$C(0)/NT^2$")
    middle.set_ylim(top=20.0 * middle.get_ylim()[1])
    middle.legend(ncols=2, loc="upper left", fontsize=7, columnspacing=1.0)
    _draw_exponents(right, found, findings)
    return figure


def _draw_exponents(ax: Axes, found: xr.Dataset, findings: Findings) -> None:
    """Draw the exponents of C(0)/N against α, over those expected of pinned sites with the Kac factor."""
    alphas = found["alpha"].values[found["alpha"].values <= 4.0]
    fine = np.linspace(0.0, alphas[-1], 301)
    ax.plot(fine, [expected(a) for a in fine], color="black", linewidth=0.8, linestyle=":", label="expected, (a), (b)")
    for i, (factor, pinning) in enumerate(product(FACTORS, PINNING)):
        y = [findings.fits[f"{factor}, {pinning}, α = {a:g}"].exponent for a in alphas]
        ax.plot(alphas, y, color=COLOURS[i], marker=MARKERS[i], markersize=3.5, linewidth=0.9,
                label=f"{factor}, {pinning}")
    ax.set(xlabel=r"$\alpha$", ylabel=r"exponent of $C(0)/N$ in $N$")
    ax.set_title("(c) exponents", loc="left")
    ax.legend(fontsize=7)


STUDY = Study(
    name="green-kubo", title="Energy-current correlation of power-law chains",
    claim="For long-range interactions there is a regime in which the correlation of the energy current diverges with "
          "the system size at fixed time, with momentum conserved or not (Tamaki, Saito, Phys. Rev. E 101, 042118 "
          "(2020), for chains with momentum exchange).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(4.0, 250.0))
