"""Study 4: all-to-all springs with random constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hotsprings.studies.curves import BATHS, against, curve, fitted, guide, in_words, panel, points, sizes
from hotsprings.studies.study import Data, Findings, Study, Sweeper, ladder
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

SPREADS = (0.1, 0.5)
CLAIMED = {"bare": 0.0, "Kac": -1.0}
RUNGS = ([(sizes(10, 120, 5), 10)],
         [(sizes(10, 1000, 8), 60), ([2000], 20), ([4000], 8)])  # quick, full: sizes and realisations


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    return {"springs": ladder(sweeper, "springs", _plan, RUNGS[not quick])}


def _plan(sites: Sequence[int], realisations: int, rung: int) -> Plan:
    base = {"network": {"kind": "random-springs"}, "masses": {"kind": "identical", "n": 10}, "baths": BATHS}
    axes = [Axis("masses.n", sites), Axis("network.kac", [False, True], "factor", list(CLAIMED)),
            Axis("network.spread", SPREADS)]
    return Plan(base, axes, realisations, seed=4 + rung, title="Random springs")


def _judge(data: Data) -> Findings:
    largest = int(data["springs"]["n"].values[-1])
    fits = {f"{factor}, spread {spread:g}": fitted(data["springs"], largest // 10, factor=factor, spread=spread)
            for factor in CLAIMED for spread in SPREADS}
    text = "; ".join(f"{name}: N^{CLAIMED[name.partition(',')[0]]:g} {against(fit, CLAIMED[name.partition(',')[0]])}, "
                     f"{in_words(fit)}" for name, fit in fits.items())
    return Findings(f"{text}. Without disorder in the springs the bare network has J ~ 1/N.", fits)


def _draw(data: Data, _: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    figure = new_figure(178.0, 75.0)
    for ax, factor, letter in zip(figure.subplots(1, 2), CLAIMED, "ab", strict=True):
        panel(ax, f"({letter}) {factor}", data["springs"]["n"].values)
        for i, spread in enumerate(SPREADS):
            n, y, error = curve(data["springs"], factor=factor, spread=spread)
            points(ax, n, y, error, i, f"$k_{{ij}} = 1 \\pm {spread:g}$")
        guide(ax, n, 0.7 * y[-1], CLAIMED[factor], rf"$N^{{{CLAIMED[factor]:g}}}$")
        ax.legend()
    return figure


STUDY = Study(
    name="random-springs", title="All-to-all springs with random constants",
    claim="With random springs between all pairs the current is constant at large N without the Kac factor (Schmidt, "
          "Kottos, Shapiro, PRE 88, 022126 (2013)), and ~ 1/N with it (arXiv:2111.01332, section IV).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(2.0, 560.0))
