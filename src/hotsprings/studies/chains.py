"""Study 3: nearest neighbours: identical, graded and random masses, free and fixed ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotsprings.studies.curves import BATHS, against, curve, fitted, guide, in_words, panel, points
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

DISORDER = 0.5
KNOWN = {4096: (0.01873, 0.00009)}  # free ends, masses uniform on [0.5, 1.5], by transfer matrices
CLAIMED = {"free": -0.5, "fixed": -1.5}
ENDS = Axis("network.ends", list(CLAIMED))


def _base(kind: str, spread: float) -> dict[str, object]:
    return {"network": {"kind": "chain"}, "masses": {"kind": kind, "n": 8, "spread": spread}, "baths": BATHS}


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    n = Axis("masses.n", [2**p for p in (range(3, 9) if quick else range(3, 13))])
    ordered = Plan(_base("graded", 0.0), [n, ENDS, Axis("masses.spread", [0.0, 0.1, 0.3])], title="Ordered chains")
    random = Plan(_base("random", DISORDER), [n, ENDS], 60 if quick else 100, seed=3, title="Chains of random masses")
    return {"ordered": sweeper("ordered", ordered), "random": sweeper("random", random)}


def _judge(data: Data) -> Findings:
    largest = int(data["random"]["n"].values[-1])
    fits = {}
    for ends in CLAIMED:
        for spread, name in ((0.0, "identical"), (0.3, "graded, δ = 0.3")):
            fits[f"{name}, {ends}"] = fitted(data["ordered"], largest // 8, ends=ends, spread=spread)
        fits[f"random, {ends}"] = fitted(data["random"], largest // 16, ends=ends)
    steady = "; ".join(f"{name}: a constant current {against(fit, 0.0)}, {in_words(fit)}" for name, fit in fits.items()
                       if not name.startswith("random"))
    loose = "; ".join(f"random masses, {ends} ends: N^{claimed:g} {against(fits[f'random, {ends}'], claimed)}, "
                      f"{in_words(fits[f'random, {ends}'])}" for ends, claimed in CLAIMED.items())
    return Findings(f"{steady}. {loose}.{_known(data)}", fits)


def _known(data: Data) -> str:
    """Return how far J is from the known values, where a size has one."""
    n, y, error = curve(data["random"], ends="free")
    assert error is not None
    words = []
    for size, (value, doubt) in KNOWN.items():
        for i in np.flatnonzero(n == size):
            apart = abs(y[i] - value) / np.hypot(error[i], doubt)
            words.append(f" At N = {size}, free ends, J/ΔT = {y[i]:.5f} ± {error[i]:.5f}; by transfer matrices {value} "
                         f"± {doubt}, {apart:.1f} standard errors apart.")
    return "".join(words)


def _draw(data: Data, _: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    figure = new_figure(178.0, 75.0)
    for ax, ends, letter in zip(figure.subplots(1, 2, sharey=True), CLAIMED, "ab", strict=True):
        panel(ax, f"({letter}) {ends} ends", data["random"]["n"].values)
        for i, (spread, name) in enumerate(((0.0, "identical"), (0.1, r"graded, $\delta=0.1$"),
                                            (0.3, r"graded, $\delta=0.3$"))):
            points(ax, *curve(data["ordered"], ends=ends, spread=spread), i, name)
        n, y, error = curve(data["random"], ends=ends)
        points(ax, n, y, error, 3, rf"random, $\delta={DISORDER:g}$")
        guide(ax, n, 0.6 * y[-1], CLAIMED[ends], rf"$N^{{{CLAIMED[ends]:g}}}$")
        ax.legend()
    return figure


STUDY = Study(
    name="chains", title="Nearest neighbours: ordered, graded and disordered chains",
    claim="Identical masses carry a constant current (Rieder, Lebowitz, Lieb 1967), and so do mass-graded chains (as "
          "arXiv:2111.01332 recalls); with random masses J ~ N^-1/2 with free ends and N^-3/2 with fixed ones "
          "(Casher, Lebowitz 1971; Dhar, Adv. Phys. 57, 457 (2008)).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(9.0, 900.0))
