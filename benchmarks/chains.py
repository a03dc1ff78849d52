"""Fluxes of long chains: by division, by modes one by one, and by transfer matrices and quadrature."""

from __future__ import annotations

import math
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, prange

import hotsprings as hs
from benchmarks.children import ChildError, measured
from benchmarks.results import Section, Table
from benchmarks.systems import BATHS, fresh
from benchmarks.timing import Timing, duration, medians, timed
from hotsprings.response.modal import ModalResponse

Array = npt.NDArray[np.float64]
DIGITS = 1e-3  # relative error at which quadrature stops
ONE_BY_ONE = 3000  # sites up to which the road by modes of a matrix is timed
SINGLE = ("disordered, free",)  # and which
LIMIT = 4.0  # seconds from which quadrature is not refined again
ONCE = 1_000_000  # sites from which a chain is solved once, in a process of its own
HUGE = 1e100
GROWTH = 13.0  # at most, from one decade to the next
GOALS = {10_000: 0.4, 100_000: 3.0, 1_000_000: 45.0}
OVERLAPPING = {1_000_000: 90.0}
GIB = 2.0**30


@njit(cache=True, parallel=True)
def transfer(stiffness: Array, k: Array, masses: Array, friction: Array, omega: Array) -> Array:
    """Return 4 γ_1 γ_N ω² |G_1N|² at each frequency, by the recursion from the first site to the last."""
    n = masses.size
    out = np.empty(omega.size)
    for w in prange(omega.size):
        x = omega[w] * omega[w]
        before, here, shrunk = 0.0j, 1.0 + 0.0j, 0.0
        for i in range(n):
            force = complex(stiffness[i] - masses[i] * x, omega[w] * friction[i]) * here
            if i > 0:
                force -= k[i - 1] * before
            before, here = here, force if i == n - 1 else force / k[i]
            size = abs(here.real) + abs(here.imag)
            if size > HUGE:
                before, here, shrunk = before / size, here / size, shrunk + math.log(size)
        size = 2.0 * math.log(abs(here)) + 2.0 * shrunk
        out[w] = 4.0 * friction[0] * friction[n - 1] * x * math.exp(-min(size, 700.0))
    return out


def quadrature(system: hs.OpenNetwork, points: int) -> float:
    """Return the conductance by the midpoint rule in ω, from 0 to above the highest frequency."""
    network: Any = system.network
    diagonal, off = network.bands()
    friction = np.zeros(system.n_sites)
    friction[system.bath_sites] = system.friction
    top = 1.01 * float(np.sqrt(2.0 * np.max(diagonal / network.masses)))
    omega = (np.arange(points) + 0.5) * top / points
    return float(transfer(diagonal, -off, network.masses, friction, omega).sum() * top / points / (2.0 * np.pi))


@dataclass(frozen=True)
class Quadrature:
    """How many frequencies three digits took, how long the last of these sums took, and what it was off by."""

    points: int
    seconds: float
    error: float


def three_digits(system: hs.OpenNetwork, exact: float, limit: float) -> Quadrature:
    """Double the frequencies until three digits are right twice in a row (once may be chance), or ``limit`` s pass.

    Where the first 4096 would take longer, that time alone is told, from 64 of them.
    """
    points, right, first = 4096, 0, Quadrature(0, 0.0, math.inf)
    quadrature(system, 16)
    seconds, _ = timed(lambda: quadrature(system, 64))
    if seconds * points > 64.0 * limit:
        return Quadrature(points, seconds * points / 64.0, math.nan)
    while True:
        start = time.perf_counter()
        error = abs(quadrature(system, points) / exact - 1.0)
        found = Quadrature(points, time.perf_counter() - start, error)
        right, first = (right + 1, first if right else found) if error < DIGITS else (0, found)
        if right == 2:
            return first
        if 2.0 * found.seconds > limit:
            return found
        points *= 2


def systems(n: int) -> dict[str, hs.OpenNetwork]:
    """Return the chains that are timed, by name."""
    disordered, equal = hs.masses.random(n, 1.0, 0.5, seed=5), hs.masses.identical(n)
    two = np.where(np.arange(n) % 2 == 0, 1.0, 2.0)
    made = {"disordered, free": hs.Chain(disordered), "disordered, fixed": hs.Chain(disordered, ends="fixed"),
            "ordered, fixed": hs.Chain(equal, ends="fixed"), "ordered, pinned": hs.Chain(equal, k0=0.5),
            "alternating, free": hs.Chain(two)}
    return {name: hs.OpenNetwork(chain, BATHS) for name, chain in made.items()}


def once(n: int, name: str) -> dict[str, Any]:
    """Solve one chain after a warm-up, and return seconds and the conductance: run in a process of its own."""
    answer: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.PrecisionWarning)
        hs.conductance(systems(20_001)[name])
        wall, busy = timed(lambda: answer.append(float(hs.conductance(systems(n)[name])[0, 1])))
    return {"wall": wall, "busy": busy, "conductance": answer[0]}


def measure(full: bool) -> Section:
    """Time every kind of chain at every size; the others where they take less than the limit."""
    sizes = (3000, 10_000, 100_000, 1_000_000) if full else (3000, 10_000, 100_000)
    rows, raw = [], []
    before: dict[str, tuple[int, float]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.PrecisionWarning)
        for n in sizes:
            for name, system in systems(n).items():
                row, numbers = compare(name, system, LIMIT, before)
                rows.append(row)
                raw.append(numbers)
        if full:
            rows.append(_huge(before))
        profiles = [_profile(n, name) for n in (3000, 10_000) for name in ("disordered, free", "ordered, fixed")]
    return Section(tables(rows, profiles), {"chains": raw})


def tables(rows: list[tuple[str, ...]], profiles: list[tuple[str, ...]]) -> list[Table]:
    """Return the tables of the page."""
    note = ("J/ΔT with its certificate, wall and processor time. Goals on two quiet cores: "
            + ", ".join(f"{n:,} sites in {goal:g} s" for n, goal in GOALS.items())
            + f"; where every mode is bright, {OVERLAPPING[1_000_000]:g} s for a million and 3 GiB; growth "
            f"≤ {GROWTH:g} × a decade, here in processor time. Transfer matrices: midpoint rule, compiled, all cores, "
            f"the frequencies doubled until the error stays below {DIGITS:.0e}; where it says more, that was not "
            f"reached within the limit. Modes one by one up to {ONE_BY_ONE} sites.")
    columns = ("chain", "N", "hotsprings", "growth", "peak memory", "modes one by one", "transfer matrices",
               "times ours", "difference of J")
    return [Table("chains", "Fluxes of long chains", columns, rows, note),
            Table("profiles", "All local temperatures of long chains", ("chain", "N", "steady_state", "certificate"),
                  profiles, "Goals on two quiet cores: 3000 sites in 1.5 s, 10,000 in 20 s.")]


def _profile(n: int, name: str) -> tuple[str, ...]:
    """Return the row of one chain all of whose local temperatures are asked for."""
    system, error = systems(n)[name], [0.0]

    def solve() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", hs.DarkModeWarning)
            error[0] = hs.steady_state(fresh(system)).certificate.error

    hs.steady_state(systems(1000)["disordered, free"])
    wall, busy = timed(solve)
    return name, f"{n:,}", f"{duration(wall)}, processor {duration(busy)}", f"{error[0]:.0e}"


def _huge(before: dict[str, tuple[int, float]]) -> tuple[str, ...]:
    """Return the row of ten million sites."""
    name, n = "disordered, free", 10_000_000
    try:
        found = measured("chains.once", n=n, name=name)
    except ChildError as err:
        return name, f"{n:,}", str(err), *[""] * 6
    return (name, f"{n:,}", f"{duration(found['wall'])} (once), processor {duration(found['busy'])}",
            f"{found['busy'] / before[name][1]:.1f} ×", f"{found['peak_bytes'] / GIB:.1f} GiB", *[""] * 4)


def _own(name: str, system: hs.OpenNetwork, limit: float) -> tuple[Timing, float, str]:
    """Return the times of ours, the conductance, and the peak memory where the chain was solved by itself."""
    n = system.n_sites
    if n >= ONCE:
        found = measured("chains.once", n=n, name=name)
        return Timing([found["wall"]], [found["busy"]]), found["conductance"], f"{found['peak_bytes'] / GIB:.2f} GiB"
    answer = [0.0]

    def solve() -> None:
        answer[0] = float(hs.conductance(fresh(system))[0, 1])

    (own,) = medians(0.25 * limit, solve)
    return own, answer[0], ""


def compare(name: str, system: hs.OpenNetwork, limit: float, before: dict[str, tuple[int, float]]
            ) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the row of one chain; ``before`` holds the size and the processor time of the last one of its name."""
    n = system.n_sites
    try:
        own, exact, peak = _own(name, system, limit)
    except (ChildError, hs.CertificateError) as err:
        return (name, f"{n:,}", str(err), *[""] * 6), {"chain": name, "n": n}
    growth = ""
    if name in before and before[name][0] * 10 == n:
        growth = f"{own.busy / before[name][1]:.1f} ×"
    before[name] = (n, own.busy)
    single, difference = "", ""
    if n <= ONE_BY_ONE and name in SINGLE:
        answer: list[float] = []
        ModalResponse(systems(400)[name], False, "search").stationary_sums()
        seconds, _ = timed(lambda: answer.append(
            float(ModalResponse(fresh(system), False, "search").stationary_sums()[0][0, 1])))
        single = f"{duration(seconds)}, {seconds / own.seconds:.0f} ×"
        difference = f"{abs(answer[0] / exact - 1.0):.0e}"
    other = three_digits(system, exact, limit)
    more = "" if other.error < DIGITS else "more than "
    error = "" if math.isnan(other.error) else f", off by {other.error:.0e}"
    row = (name, f"{n:,}", f"{own}, processor {duration(own.busy)}", growth, peak, single,
           f"{more}{duration(other.seconds)}, {other.points:,} frequencies{error}",
           f"{more}{other.seconds / own.seconds:,.1f} ×", difference)
    return row, {"chain": name, "n": n, "wall": own.wall, "processor": own.processor, "points": other.points,
                 "quadrature": other.seconds, "error": other.error}
