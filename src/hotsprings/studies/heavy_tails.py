"""Study 5: chains of heavy-tailed random springs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotsprings.studies.curves import BATHS, against, curve, fitted, guide, in_words, panel, points
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

TAILS = (0.3, 0.5, 0.7)
FRICTIONS = {"weak, γ = 0.01": 0.01, "strong, γ = 100": 100.0, "matched, γ = 1": 1.0}
MISMATCHED = ("weak, γ = 0.01", "strong, γ = 100")


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    base = {"network": {"kind": "random-chain", "distribution": "power"}, "masses": {"kind": "identical", "n": 8},
            "baths": BATHS}
    axes = [Axis("masses.n", [2**p for p in (range(4, 9) if quick else range(4, 12))]),
            Axis("network.exponent", TAILS, "tail"),
            Axis("baths.friction", list(FRICTIONS.values()), "friction", list(FRICTIONS))]
    return {"springs": sweeper("springs", Plan(base, axes, 40 if quick else 300, seed=5, title="Heavy-tailed springs"))}


def _judge(data: Data) -> Findings:
    largest = int(data["springs"]["n"].values[-1])
    fits = {f"μ = {tail:g}, {friction}": fitted(data["springs"], largest // 8, tail=tail, friction=friction)
            for friction in FRICTIONS for tail in TAILS}
    said = "; ".join(f"{name}: 1/N {against(fit, -1.0)}, {in_words(fit)}" for name, fit in fits.items()
                     if name.partition(", ")[2] in MISMATCHED)
    other = "; ".join(f"{name}: {in_words(fit)}" for name, fit in fits.items()
                      if name.partition(", ")[2] not in MISMATCHED)
    return Findings(f"Mismatched baths: {said}. For comparison, {other}.", fits)


def _draw(data: Data, _: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    figure = new_figure(178.0, 70.0)
    for ax, friction, letter in zip(figure.subplots(1, 3, sharey=True), FRICTIONS, "abc", strict=True):
        panel(ax, f"({letter}) {friction}", r"$N\,J/\Delta T$")
        for i, tail in enumerate(TAILS):
            n, y, error = curve(data["springs"], tail=tail, friction=friction)
            points(ax, n, n * y, None if error is None else n * error, i, rf"$\mu={tail:g}$")
        guide(ax, n, n[-1] * y[-1], 0.0, r"$1/N$")
        ax.legend()
    return figure


STUDY = Study(
    name="heavy-tails", title="Chains of heavy-tailed random springs",
    claim="When the distribution of springs has a heavy tail (p(k) ~ k^(μ-1) at small k, μ < 1, so that ⟨1/k⟩ is "
          "infinite) and the baths are badly matched, the conductance scales as 1/N, as Fourier's law has it (Ash, "
          "Amir, Bar-Sinai, Oreg, Imry, PRB 101, 121403 (2020)).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(30.0, 3000.0))
