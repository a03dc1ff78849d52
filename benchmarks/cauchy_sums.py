"""The sums themselves, Σ c_j/(y_j - x_i): this package's tree, bare loops, and pyfmmlib (two-dimensional)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.bare import real_sum
from benchmarks.extended import WIDE
from benchmarks.optional import optional
from benchmarks.peers import fmmlib_sum
from benchmarks.results import Section, Table
from benchmarks.timing import medians
from hotsprings.kernels import cauchy
from hotsprings.response.tree import Interactions, Tree

Array = npt.NDArray[np.float64]
BARE_UP_TO = 10**5
SAMPLE = 100
SPACINGS = ("uniform", "pairs 1e-12 apart", "log-normal")


def sources(spacing: str, n: int) -> tuple[Array, Array, Array]:
    """Return sorted sources, their weights, and sorted targets among them."""
    rng = np.random.default_rng(0)
    y, x = np.sort(rng.uniform(1.0, 2.0, n)), np.sort(rng.uniform(1.0, 2.0, n))
    if spacing == "pairs 1e-12 apart":
        y = np.sort(np.concatenate([y[: n // 2], y[: n // 2] * (1.0 + 1e-12)]))
        x = np.sort(y + 0.3e-12 * rng.choice([-1.0, 1.0], n))
    elif spacing == "log-normal":
        y, x = np.sort(np.exp(2.0 * rng.normal(size=n))), np.sort(np.exp(2.0 * rng.normal(size=n)))
    return y, rng.uniform(0.0, 1.0, n), x


def tree_sum(y: Array, c: Array, x: Array) -> Array:
    """Return the sums through this package's tree, trees included."""
    points, targets = np.array([y, np.zeros_like(y)]), np.array([x, np.zeros_like(x)])
    nearby = Interactions.between(Tree.of_points(targets), Tree.of_points(points))
    field = nearby.real_field(points, c)
    return np.asarray(cauchy.real_sums(y, points[1], c, x, targets[1], 0, x.size, field))


def bare_sum(y: Array, c: Array, x: Array) -> Array:
    """Return the sums by a bare loop over everything, on all cores."""
    out = np.empty(x.size)
    real_sum(y, c, x, out)
    return out


def error(got: Array, y: Array, c: Array, x: Array) -> float:
    """Return the largest error of a sample, over Σ |c/(y - x)|, in extended precision."""
    worst = 0.0
    for i in np.random.default_rng(1).integers(0, x.size, SAMPLE):
        terms = c / (y.astype(WIDE) - x[i])
        worst = max(worst, float(np.abs(got[i] - terms.sum()) / np.abs(terms).sum()))
    return worst


def measure(full: bool) -> Section:
    """Time the three roads in turns."""
    rows: list[tuple[str, ...]] = []
    raw: list[dict[str, Any]] = []
    budget = 6.0 if full else 1.0
    have = optional("pyfmmlib") is not None
    for spacing in SPACINGS:
        for n in (10**4, 10**5, 10**6) if spacing == "uniform" else (10**5,):
            points = sources(spacing, n)
            roads = {"hotsprings": tree_sum}
            if n <= BARE_UP_TO:
                roads["bare sum"] = bare_sum
            if have:
                roads["pyfmmlib, 2D"] = fmmlib_sum
            times = medians(budget, *(lambda road=road, points=points: road(*points) for road in roads.values()))
            for (name, road), time in zip(roads.items(), times, strict=True):
                wrong = error(road(*points), *points)
                ratio = time.seconds / times[0].seconds
                rows.append((f"{n:,}, {spacing}", name, str(time), "" if name == "hotsprings" else f"{ratio:.1f} ×",
                             f"{wrong:.0e}"))
                raw.append({"n": n, "spacing": spacing, "road": name, "wall": time.wall, "error": wrong})
    if not have:
        rows.append(("", "pyfmmlib", "not installed", "", ""))
    note = (f"Errors over Σ |c/(y - x)|, the largest of {SAMPLE} sums in extended precision; trees are built anew each "
            "time.")
    return Section([Table("sums", "Cauchy sums, N targets among N sources", ("N", "by", "time", "times ours", "error"),
                          rows, note)], {"sums": raw})
