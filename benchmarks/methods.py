"""The stationary state by every method, over N: time beside error, because several of them are wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import hotsprings as hs
from benchmarks import extended
from benchmarks.optional import optional
from benchmarks.peers import METHODS, Answer, ours
from benchmarks.results import Section, Table
from benchmarks.systems import random_mean_field
from benchmarks.timing import Timing, medians

DENSE = (25, 50, 100, 200, 400, 800, 1600)
SPARSE = (3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
FREE = (50, 100, 200)
GROWS = 8.0  # at least, when N doubles: a method whose next size would take longer than the limit stops
MISSING = "not installed"


@dataclass(frozen=True)
class Point:
    """One method at one N; errors are None where they are not known, ``failure`` says what went wrong."""

    method: str
    n: int
    time: Timing | None = None
    ratio: float | None = None
    flux_error: float | None = None
    temperature_error: float | None = None
    failure: str = ""

    def raw(self) -> dict[str, Any]:
        """Return it for the file of raw numbers."""
        return {"method": self.method, "n": self.n, "wall": self.time.wall if self.time else None,
                "flux_error": self.flux_error, "temperature_error": self.temperature_error, "failure": self.failure}


def available() -> dict[str, Callable[[hs.OpenNetwork], Answer]]:
    """Return the methods whose packages are installed."""
    return {name: call for name, (call, needed) in METHODS.items() if all(optional(p) is not None for p in needed)}


def missing() -> list[str]:
    """Return the methods whose packages are not."""
    return [name for name in METHODS if name not in available()]


def errors(system: hs.OpenNetwork, answer: Answer, exact: Answer) -> tuple[float, float | None]:
    """Return the relative error of J and the largest error of a T_n over T_L - T_R."""
    hot, cold = system.temperature
    flux = abs(answer[0] / exact[0] - 1.0)
    if answer[1] is None or exact[1] is None:
        return flux, None
    return flux, float(np.abs(answer[1] - exact[1]).max() / abs(hot - cold))


def own_point(system: hs.OpenNetwork, digits_up_to: int, time: Timing) -> Point:
    """Return the point of this package: its errors against 50 digits where that is affordable, at five sites."""
    n = system.n_sites
    if n > digits_up_to:
        return Point("hotsprings", n, time)
    sites = sorted({1, n // 4, n // 2, 3 * n // 4, n - 2})
    exact = extended.stationary(system, sites)
    if exact is None:
        return Point("hotsprings", n, time)
    flux, local = ours(system)
    assert local is not None
    return Point("hotsprings", n, time, None, *errors(system, (flux, local[sites]), exact))


def compare(k0: float, kac: bool, sizes: tuple[int, ...], limit: float, digits_up_to: int) -> list[Point]:
    """Return every method at every size until it takes too long; peers are timed in turns with this package."""
    points = []
    methods = {name: call for name, call in available().items() if name != "hotsprings"}
    for n in sizes:
        system = random_mean_field(n, k0, kac)
        exact = ours(system)
        calls = {name: _Caught(call, system) for name, call in methods.items()}
        own, *theirs = medians(0.25 * limit, partial(ours, system), *calls.values())
        points.append(own_point(system, digits_up_to, own))
        for (name, call), time in zip(calls.items(), theirs, strict=True):
            if call.failure:
                points.append(Point(name, n, failure=call.failure))
            else:
                assert call.answer is not None
                points.append(Point(name, n, time, time.seconds / own.seconds, *errors(system, call.answer, exact)))
            if GROWS * time.seconds > limit:
                del methods[name]
    return points


class _Caught:
    """A method at one system that keeps its last answer, or what it failed with."""

    def __init__(self, call: Callable[[hs.OpenNetwork], Answer], system: hs.OpenNetwork) -> None:
        self.call, self.system = call, system
        self.answer: Answer | None = None
        self.failure = ""

    def __call__(self) -> None:
        try:
            self.answer = self.call(self.system)
        except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
            self.failure = f"{type(error).__name__}: {str(error).strip().splitlines()[0][:60]}"


def alone(sizes: tuple[int, ...], limit: float) -> list[Point]:
    """Return the points of this package at sizes where nobody else is left."""
    points = []
    for n in sizes:
        system = random_mean_field(n)
        (time,) = medians(0.25 * limit, partial(ours, system))
        points.append(Point("hotsprings", n, time))
    return points


def exponents(points: list[Point]) -> dict[str, float]:
    """Return the growth exponent of the time of each method between its two largest sizes."""
    found = {}
    for name in dict.fromkeys(p.method for p in points):
        mine = [(p.n, p.time.seconds) for p in points if p.method == name and p.time]
        if len(mine) > 1:
            (n, a), (m, b) = mine[-2:]
            found[name] = float(np.log(b / a) / np.log(m / n))
    return found


def table(name: str, title: str, points: list[Point], note: str) -> Table:
    """Return the table of some points."""
    rows = []
    for p in points:
        if p.failure:
            rows.append((f"{p.n:,}", p.method, p.failure, "", "", ""))
            continue
        rows.append((f"{p.n:,}", p.method, str(p.time), f"{p.ratio:,.0f} ×" if p.ratio else "", _error(p.flux_error),
                     _error(p.temperature_error)))
    rows += [("", method, MISSING, "", "", "") for method in missing()]
    return Table(name, title, ("N", "method", "time", "times ours", "error of J", "error of T_n"), rows, note)


def _error(value: float | None) -> str:
    return "" if value is None else f"{value:.0e}" if value else "0"


def measure(full: bool) -> Section:
    """Compare on pinned networks with the Kac factor, and on free bare ones."""
    limit, digits = (60.0, 800) if full else (3.0, 100)
    pinned = compare(1.0, True, DENSE if full else DENSE[:5], limit, digits)
    pinned += alone(SPARSE if full else SPARSE[:4], limit)
    free = compare(0.0, False, FREE, limit, digits)
    growth = ", ".join(f"{name} {value:.2f}" for name, value in exponents(pinned).items())
    about = ("Errors of others are against hotsprings at all sites, those of hotsprings against 50 digits at five "
             f"sites (up to N = {digits}).")
    return Section(
        [table("pinned", "J and all T_n, random masses, Kac, k0 = 1", pinned,
               f"Growth exponents of the time, between the two largest sizes: {growth}. {about}"),
         table("free", "The same, bare and free (k0 = 0)", free, "Lyapunov equations of free networks are singular: "
               "the centre of mass drifts.")],
        {"pinned": [p.raw() for p in pinned], "free": [p.raw() for p in free], "exponents": exponents(pinned)})
