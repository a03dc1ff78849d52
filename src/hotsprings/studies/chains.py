"""Study 3: nearest neighbours: identical, graded and random masses, free and fixed ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hotsprings.studies.curves import BATHS, against, curve, fitted, guide, in_words, panel, points
from hotsprings.studies.study import Data, Findings, Study, Sweeper, ladder
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

DISORDER = 0.5
KNOWN = {4096: (0.01873, 0.00009)}  # free ends, masses uniform on [0.5, 1.5], by transfer matrices
CLAIMED = {"free": -0.5, "fixed": -1.5}
ENDS = Axis("network.ends", list(CLAIMED))


def _powers(first: int, last: int) -> list[int]:
    return [2**p for p in range(first, last + 1)]


RUNGS = ([(_powers(3, 8), 60)],
         [(_powers(3, 12), 100), ([2**14, 2**16], 40), ([2**18, 2**20], 8)])  # quick, full: sizes and realisations


def _base(kind: str, spread: float) -> dict[str, object]:
    return {"network": {"kind": "chain"}, "masses": {"kind": kind, "n": 8, "spread": spread}, "baths": BATHS}


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    n = Axis("masses.n", _powers(3, 8 if quick else 12))
    ordered = Plan(_base("graded", 0.0), [n, ENDS, Axis("masses.spread", [0.0, 0.1, 0.3])], title="Ordered chains")
    return {"ordered": sweeper("ordered", ordered), "random": ladder(sweeper, "random", _random, RUNGS[not quick])}


def _random(sizes: Sequence[int], realisations: int, rung: int) -> Plan:
    axes = [Axis("masses.n", sizes), ENDS]
    return Plan(_base("random", DISORDER), axes, realisations, seed=3 + rung, title="Chains of random masses")


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

    figure = new_figure(178.0, 120.0)
    axes = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(3, 2))
    for (upper, lower), ends, letters in zip(axes.T, CLAIMED, ("ac", "bd"), strict=True):
        panel(upper, f"({letters[0]}) {ends} ends", data["random"]["n"].values)
        for i, (spread, name) in enumerate(((0.0, "identical"), (0.1, r"graded, $\delta=0.1$"),
                                            (0.3, r"graded, $\delta=0.3$"))):
            points(upper, *curve(data["ordered"], ends=ends, spread=spread), i, name)
        n, y, error = curve(data["random"], ends=ends)
        points(upper, n, y, error, 3, rf"random, $\delta={DISORDER:g}$")
        below = 0.6 * float((y * (n / n[-1]) ** -CLAIMED[ends])[n.size // 2 :].min())
        guide(upper, n, below, CLAIMED[ends], rf"$N^{{{CLAIMED[ends]:g}}}$")
        upper.legend()
        upper.set_xlabel("")
        fit = fitted(data["random"], int(n[0]), ends=ends)
        panel(lower, f"({letters[1]}) random masses", data["random"]["n"].values, "local exponent", "linear")
        points(lower, fit.local_x, fit.local_exponent, fit.local_error, 3, "")
        lower.axhline(CLAIMED[ends], color="#6b6b6b", linewidth=0.8, linestyle=":")
    return figure


STUDY = Study(
    name="chains", title="Nearest neighbours: ordered, graded and disordered chains",
    claim="Identical masses carry a constant current (Rieder, Lebowitz, Lieb 1967), and so do mass-graded chains (as "
          "arXiv:2111.01332 recalls); with random masses J ~ N^-1/2 with free ends and N^-3/2 with fixed ones "
          "(Casher, Lebowitz 1971; Dhar, Adv. Phys. 57, 457 (2008)).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(9.0, 800.0))
