"""The speed goals of small and middling networks: against Lyapunov equations, bare Cauchy sums, diagonalisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import eigh

import hotsprings as hs
from benchmarks.bare import complex_sum
from benchmarks.peers import scipy_lyapunov
from benchmarks.results import Section, Table
from benchmarks.systems import BATHS, fresh, random_mean_field, random_power_law
from benchmarks.timing import duration, medians, timed

Row = tuple[str, ...]
POINTS = 10_000


def goal(what: str, times: str, ratio: float, least: float | None = None, most: float | None = None) -> Row:
    """Return a row: what, both times, the ratio, the goal, whether it was reached."""
    if least is not None:
        return what, times, f"{ratio:.0f} × faster", f"≥ {least:g} ×", "yes" if ratio >= least else "no"
    assert most is not None
    return what, times, f"{ratio:.2g} ×", f"≤ {most:g} ×", "yes" if ratio <= most else "no"


def against_lyapunov(name: str, system: hs.OpenNetwork, least: float, budget: float) -> Row:
    """Compare J and all T_n with one dense Lyapunov equation."""
    ours, theirs = medians(budget, lambda: hs.steady_state(fresh(system)), lambda: scipy_lyapunov(system))
    return goal(f"{name}, N = {system.n_sites}: against scipy's Lyapunov solver", f"{ours}, {theirs}",
                theirs.seconds / ours.seconds, least=least)


def against_cauchy_sums(budget: float) -> list[Row]:
    """Compare a solve and a transmittance at N = 10⁴ with bare sums over N × N terms."""
    rng, out = np.random.default_rng(0), np.empty((2, POINTS))
    y, x = np.sort(rng.uniform(1.0, 2.0, POINTS)), np.sort(rng.uniform(1.0, 2.0, POINTS))
    c, height = rng.uniform(0.0, 1.0, POINTS), np.full(POINTS, 1e-6)
    system, omega = random_mean_field(POINTS), np.linspace(0.0, 3.0, POINTS)
    bare, solve, sweep = medians(budget, lambda: complex_sum(y, c, x, height, out[0], out[1]),
                                 lambda: hs.steady_state(fresh(system)),
                                 lambda: hs.transmittance(fresh(system), omega))
    return [goal("mean field, N = 10⁴: against a bare N × N Cauchy sum", f"{solve}, {bare}",
                 solve.seconds / bare.seconds, most=40.0),
            goal("transmittance, 10⁴ frequencies × 10⁴ sites: against the same", f"{sweep}, {bare}",
                 sweep.seconds / bare.seconds, most=1.5)]


def against_eigh(n: int, what: str, ask: Callable[[hs.OpenNetwork], object], most: float, budget: float) -> Row:
    """Compare what is asked of a power-law network with the bare diagonalisation of its matrix."""
    system = random_power_law(n)
    root = np.sqrt(system.network.masses)
    matrix = system.network.stiffness() / np.outer(root, root)
    ours, theirs = medians(budget, lambda: ask(fresh(system)), lambda: eigh(matrix))
    return goal(f"power law 1.5, N = {n}: {what}, against scipy's eigh alone",
                f"{ours}, {theirs}; processor {duration(ours.busy)}, {duration(theirs.busy)}",
                ours.seconds / theirs.seconds, most=most)


def long_chain(n: int) -> Row:
    """Time the flux of a long ordered chain, once."""
    system = hs.OpenNetwork(hs.Chain(hs.masses.identical(n), ends="fixed"), BATHS)
    seconds, _ = timed(lambda: hs.conductance(system))
    return f"chain, N = {n:,}: flux", f"{duration(seconds)} (once)", "", "≤ 60 s", "yes" if seconds <= 60.0 else "no"


def measure(full: bool) -> Section:
    """Return the table of ratios and goals."""
    budget = 6.0 if full else 2.0
    rows = [against_lyapunov("mean field", random_mean_field(400), 300.0, budget), *against_cauchy_sums(budget),
            against_eigh(1000, "J, all T_n", hs.steady_state, 2.5, budget),
            against_eigh(1000, "conductance", hs.conductance, 2.0, budget),
            *([against_eigh(4000, "conductance", hs.conductance, 1.0, budget)] if full else []),
            against_lyapunov("power law 1.5", random_power_law(400), 100.0, budget), long_chain(10_000)]
    raw: dict[str, Any] = {"rows": rows}
    return Section([Table("speed", "Networks of 400 to 10 000 sites", ("what", "times", "ratio", "goal", "reached"),
                          rows)], raw)
