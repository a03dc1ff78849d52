"""From which N on the tree is faster than direct sums: what ``hotsprings.response.tree.DIRECT`` should be."""

from __future__ import annotations

from typing import Any

import numpy as np

import hotsprings as hs
from benchmarks.results import Section, Table
from benchmarks.systems import DIRECTLY, THROUGH_TREE, fresh, random_mean_field, summed
from benchmarks.timing import duration, medians
from hotsprings.response import tree

SIZES = (200, 400, 700, 1000, 1400, 2000, 3000, 5000, 10_000)
CALLS = ("steady_state", "transmittance")


def measure(full: bool) -> Section:
    """Time both roads at each size, in turns."""
    budget = 3.0 if full else 0.4
    rows, ratios, raw = [], [], []
    for n in SIZES:
        system, omega = random_mean_field(n), np.linspace(0.01, 3.0, n)

        def solve(direct: int, system: hs.OpenNetwork = system) -> None:
            with summed(direct):
                hs.steady_state(fresh(system))

        def sweep(direct: int, system: hs.OpenNetwork = system, omega: Any = omega) -> None:
            with summed(direct):
                hs.transmittance(fresh(system), omega)

        times = medians(budget, lambda: solve(THROUGH_TREE), lambda: solve(DIRECTLY), lambda: sweep(THROUGH_TREE),
                        lambda: sweep(DIRECTLY))
        seconds = [t.seconds for t in times]
        ratio = seconds[1] / seconds[0], seconds[3] / seconds[2]
        ratios.append(ratio)
        rows.append((f"{n}", duration(seconds[0]), duration(seconds[1]), f"{ratio[0]:.2f}", duration(seconds[2]),
                     duration(seconds[3]), f"{ratio[1]:.2f}"))
        raw.append({"n": n, "wall": [t.wall for t in times]})
    equal = [crossing(np.array(SIZES, dtype=float), np.array(ratios)[:, i]) for i in range(len(CALLS))]
    said = "; ".join(f"{call}: {_said(n)}" for call, n in zip(CALLS, equal, strict=True))
    table = Table("crossover", "Through the tree or directly (N sites; N frequencies on N sites)",
                  ("N", "solve, tree", "direct", "direct/tree", "transmittance, tree", "direct", "direct/tree"), rows,
                  f"Both are equally fast at N ≈ … {said}. The package changes over at {tree.DIRECT}.")
    return Section([table], {"sizes": raw, "crossing": equal})


def crossing(n: np.ndarray[Any, np.dtype[np.float64]], ratio: np.ndarray[Any, np.dtype[np.float64]]) -> float | None:
    """Return the N where the ratio direct/tree last passes 1 upwards, on logarithmic scales; None if it does not."""
    for i in range(n.size - 1, 0, -1):
        low, high = np.log(ratio[i - 1 : i + 1])
        if low < 0.0 <= high:
            return float(n[i - 1] * (n[i] / n[i - 1]) ** (-low / (high - low)))
    return None


def _said(n: float | None) -> str:
    return "not among these" if n is None else f"{n:.0f}"
