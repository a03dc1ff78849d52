"""How near each stage comes to its floor: the terms it sums, at the measured speed of bare sums of the same terms."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import hotsprings as hs
from benchmarks import bare
from benchmarks.results import Section, Table
from benchmarks.systems import fresh, random_mean_field
from benchmarks.timing import Timing, duration, medians
from hotsprings import stationary
from hotsprings.kernels import cauchy, gaps, multipole, residues, secular
from hotsprings.response import mean_field

POINTS = 2000  # of the bare sums: everything in cache, long loops
Count = Callable[[tuple[Any, ...], Any], float]  # terms of a call, from its arguments and its result


@dataclass(frozen=True)
class Stage:
    """Functions (module, name) that make up one stage, the kind of its terms, and how many a call sums."""

    name: str
    functions: tuple[tuple[Any, str], ...]
    kind: str
    count: Count


def _nearby(field: Any, targets: int) -> float:
    """Return the number of nearby terms of so many targets."""
    near = float(np.sum(field.near[:, 1] - field.near[:, 0]))
    return targets * near / float(field.near_begin.size - 1)


def _none(arguments: tuple[Any, ...], result: Any) -> float:
    return 0.0


STAGES = (
    Stage("sites: κ/m, sorted and merged", ((mean_field, "secular_problem"),), "sorted number",
          lambda a, r: float(a[0].n_sites)),
    Stage("tree", ((multipole, "intervals"), (multipole, "interactions")), "", _none),
    Stage("far fields: between nodes", ((multipole, "far_values"),), "real",
          lambda a, r: float(a[4].size * multipole.ORDER**2)),
    Stage("far fields: up and down the tree",
          tuple((multipole, name) for name in ("real_moments", "complex_moments", "charges", "polynomials")), "",
          _none),
    Stage("starts", ((gaps, "starts"),), "real, 3 powers", lambda a, r: _nearby(a[3], a[8].size)),
    Stage("complex passes", ((gaps, "complex_pass"),), "complex, 3 powers", lambda a, r: _nearby(a[3], a[11].size)),
    Stage("the few other roots", ((secular, "aberth"), (secular, "anchor_roots")), "complex",
          lambda a, r: 2.0 * a[0].shape[1] * a[7].shape[0] * r[0] if r is not None else 0.0),
    Stage("roots and residues in 32 digits", ((secular, "refine"), (residues, "precise_sums")), "32 digits",
          lambda a, r: float(a[0].shape[1]) * (2 * a[6].shape[0] if isinstance(r, tuple) else a[6].shape[0])),
    Stage("residues of each zero", ((residues, "gap_growth"), (residues, "gap_sums")), "", _none),
    Stage("sums of residues at each site", ((cauchy, "squared_sums"),), "squared, 2 weights",
          lambda a, r: _nearby(a[8], a[7] - a[6])),
    Stage("resonances collected and sorted", ((stationary, "found_resonances"),), "sorted number",
          lambda a, r: float(len(r))),
)


@dataclass
class Stopwatch:
    """Seconds and terms of each stage, those of stages within it left out."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    terms: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    within: list[float] = field(default_factory=list)

    def watched(self, stage: Stage, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that is timed."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.within.append(0.0)
            start = time.perf_counter()
            try:
                result = function(*arguments, **named)
            finally:
                elapsed = time.perf_counter() - start
                inner = self.within.pop()
            self.seconds[stage.name] += elapsed - inner
            if self.within:
                self.within[-1] += elapsed
            self.terms[stage.name] += stage.count(arguments, result)
            return result

        return call


@contextmanager
def watching() -> Iterator[Stopwatch]:
    """Time all stages of what is solved within."""
    watch = Stopwatch()
    usual = [(module, name, getattr(module, name)) for stage in STAGES for module, name in stage.functions]
    for stage in STAGES:
        for module, name in stage.functions:
            setattr(module, name, watch.watched(stage, getattr(module, name)))
    try:
        yield watch
    finally:
        for module, name, function in usual:
            setattr(module, name, function)


def speeds(budget: float, n_sorted: int) -> dict[str, Timing]:
    """Return the timings of bare sums of POINTS² terms (and of sorting), by kind."""
    rng = np.random.default_rng(0)
    y, x = np.sort(rng.uniform(1.0, 2.0, POINTS)), np.sort(rng.uniform(1.0, 2.0, POINTS))
    c, h, out = rng.uniform(0.0, 1.0, POINTS), np.full(POINTS, 1e-6), np.empty((2, POINTS))
    keys = rng.uniform(1.0, 2.0, n_sorted)
    calls: dict[str, Callable[[], object]] = {
        "real": lambda: bare.real_sum(y, c, x, out[0]),
        "real, 3 powers": lambda: bare.real_powers(y, c, x, out[0]),
        "complex": lambda: bare.complex_sum(y, c, x, h, out[0], out[1]),
        "complex, 3 powers": lambda: bare.complex_powers(y, c, x, h, out[0]),
        "squared, 2 weights": lambda: bare.squared_pair(y, c, x, h, out[0]),
        "32 digits": lambda: bare.double_double_sum(y, c, x, h, out[0]),
        "sorted number": lambda: np.argsort(keys, kind="stable"),
    }
    return dict(zip(calls, medians(budget, *calls.values()), strict=True))


def measure(full: bool) -> Section:
    """Time the stages of one solve (the median of several) against their floors."""
    n = 10**6
    timings = speeds(1.0 if full else 0.3, n)
    rate = {kind: (n if kind == "sorted number" else POINTS**2) / t.seconds for kind, t in timings.items()}
    system = random_mean_field(n)
    hs.steady_state(random_mean_field(3000))
    runs = []
    for _ in range(5 if full else 2):
        with watching() as watch:
            start = time.perf_counter()
            hs.steady_state(fresh(system))
            runs.append((time.perf_counter() - start, watch))
    total, watch = sorted(runs, key=lambda run: run[0])[(len(runs) - 1) // 2]
    rows, floor = [], 0.0
    for stage in STAGES:
        seconds, terms = watch.seconds[stage.name], watch.terms[stage.name]
        least = terms / rate[stage.kind] if stage.kind else 0.0
        floor += least
        rows.append((stage.name, duration(seconds), f"{terms:.2g} {stage.kind}" if terms else "",
                     f"{rate[stage.kind]:.1e}/s" if terms else "", duration(least) if terms else "",
                     f"{100.0 * least / seconds:.0f} %" if terms else ""))
    rest = total - sum(watch.seconds.values())
    rows.append(("the rest (arrays, certificate)", duration(rest), "", "", "", ""))
    rows.append(("together", duration(total), "", "", duration(floor), f"{100.0 * floor / total:.0f} %"))
    direct = float(n) ** 2
    note = (f"Terms: nearby ones of sums over points, Chebyshev nodes of far ones ({multipole.ORDER}² for each pair of "
            f"nodes). Bare: loops over {POINTS} points in cache on all cores, and numpy's sort. The floor leaves out "
            f"what is not a sum. One direct pass over all {direct:.0e} terms would take "
            f"{duration(direct / rate['complex, 3 powers'])} at bare speed.")
    return Section([Table("floor", f"One solve, N = {n:,} (Kac, k0 = 1), by stage",
                          ("stage", "time", "terms", "bare speed", "floor", "floor/time"), rows, note)],
                   {"rates": rate, "total": total, "seconds": dict(watch.seconds), "terms": dict(watch.terms)})
