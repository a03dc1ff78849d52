"""Study 1: the mean field with random and graded masses, with the Kac factor and bare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotsprings.studies.curves import BATHS, against, curve, fitted, in_words, panel, points, sizes
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan
from hotsprings.theory import heat_flux_identical

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

SPRING = 0.1
SPREADS = (0.05, 0.1, 0.3)
CASES = {"Kac": (True, 0.0), "Kac, pinned": (True, 0.02), "bare": (False, 0.0)}
FITTED_FROM = 100


def _plan(kind: str, quick: bool) -> Plan:
    masses = {"kind": kind, "n": 10, "spread": 0.1}
    base = {"network": {"kind": "mean-field", "k": SPRING}, "masses": masses, "baths": BATHS}
    axes = [Axis("masses.n", sizes(10, 1000, 5) if quick else sizes(10, 3000, 8)),
            Axis(("network.kac", "network.k0"), list(CASES.values()), "case", list(CASES)),
            Axis("masses.spread", SPREADS)]
    if kind == "graded":
        return Plan(base, axes, title="Mean field, graded masses")
    return Plan(base, axes, 20 if quick else 2000, seed=1, title="Mean field, random masses")


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    return {kind: sweeper(kind, _plan(kind, quick)) for kind in ("random", "graded")}


def _judge(data: Data) -> Findings:
    fits = {f"{kind}, {case}, δ = {spread:g}": fitted(data[kind], FITTED_FROM, case=case, spread=spread)
            for kind in data for case in CASES for spread in SPREADS}
    sentences = []
    for case in CASES:
        mine = {name: fit for name, fit in fits.items() if f", {case}," in name}
        worst = max(mine, key=lambda name: abs(mine[name].exponent + 1.0))
        n, y, _ = curve(data["graded"], case=case, spread=SPREADS[-1])
        law = _law(int(n[-1]), case)
        sentences.append(f"{case}: 1/N {against(mine[worst], -1.0)} in the worst case ({worst}: "
                         f"{in_words(mine[worst])}), and J of graded masses with δ = {SPREADS[-1]:g} is "
                         f"{y[-1] / law:.4f} times that of identical ones at N = {int(n[-1])}")
    return Findings("; ".join(sentences) + ".", fits)


def _law(n: int, case: str) -> float:
    """Return J/ΔT of identical masses."""
    kac, k0 = CASES[case]
    return heat_flux_identical(n, k=SPRING, k0=k0, n_tilde=None if kac else 1.0)


def _draw(data: Data, _: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    figure = new_figure(178.0, 110.0)
    axes = figure.subplots(2, 3, sharex=True)
    for row, kind in enumerate(data):
        for column, case in enumerate(CASES):
            ax = axes[row, column]
            panel(ax, f"{kind}, {case}", data[kind]["n"].values, r"$N\,J/\Delta T$", "linear")
            for i, spread in enumerate(SPREADS):
                n, y, error = curve(data[kind], case=case, spread=spread)
                points(ax, n, n * y, None if error is None else n * error, i, rf"$\delta={spread:g}$")
            ax.plot(n, [m * _law(int(m), case) for m in n], color="black", linewidth=0.8, linestyle=":",
                    label="identical masses")
    axes[0, 0].legend()
    return figure


STUDY = Study(
    name="mean-field", title="Heat flux of the mean field with disordered masses",
    claim="J ~ 1/N whatever the pinning, the Kac factor and a small heterogeneity of the masses, and the expressions "
          "for identical masses still hold (Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Fig. 4).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(4.0, 1050.0))
