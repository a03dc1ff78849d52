"""Transmittance per frequency: kwant, one dense inverse each, and this package; errors against better arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

import hotsprings as hs
from benchmarks import extended
from benchmarks.optional import optional
from benchmarks.peers import inverse_transmittance, kwant_system, kwant_transmittance
from benchmarks.results import Section, Table
from benchmarks.systems import fresh, random_chain, random_mean_field
from benchmarks.timing import duration, medians

Array = npt.NDArray[np.float64]
COUNT = 20  # frequencies the others are given
OURS = 1000  # and this package
INVERSE_UP_TO = 1000


def measure(full: bool) -> Section:
    """Time every method on mean fields and on chains."""
    rows: list[tuple[str, ...]] = []
    raw: list[dict[str, Any]] = []
    have = optional("kwant") is not None
    for n in (50, 100, 200, 400) if full else (50, 100, 200):
        _compare(f"mean field, N = {n}", random_mean_field(n), 2.5, extended.transmittance, full, rows, raw)
    for n in (100, 1000, 3000) if full else (100, 1000):
        _compare(f"chain, N = {n}", random_chain(n), 1.8, extended.chain_transmittance, full, rows, raw)
    if not have:
        rows.append(("", "kwant", "not installed", "", ""))
    note = (f"Time per frequency, the making of the system included for hotsprings ({OURS} frequencies), not for the "
            f"others ({COUNT}). Largest relative error among {COUNT}, against extended precision (mean field) and 50 "
            "digits (chain).")
    columns = "system", "by", "per frequency", "times ours", "error"
    return Section([Table("frequencies", "Transmittance", columns, rows, note)], {"frequencies": raw})


def _compare(what: str, system: hs.OpenNetwork, top: float, reference: Callable[[hs.OpenNetwork, Array], Array | None],
             full: bool, rows: list[tuple[str, ...]], raw: list[dict[str, Any]]) -> None:
    few, many = np.linspace(0.05, top, COUNT), np.linspace(0.05, top, OURS)
    answers: dict[str, Callable[[], Array]] = {"hotsprings": lambda: hs.transmittance(fresh(system), few)}
    timed_calls: list[Callable[[], object]] = [lambda: hs.transmittance(fresh(system), many)]
    counts = [OURS]
    if optional("kwant") is not None:
        built = kwant_system(system)
        answers["kwant"] = lambda: kwant_transmittance(built, few)
    if system.n_sites <= (INVERSE_UP_TO if full else INVERSE_UP_TO // 4):
        answers["np.linalg.inv"] = lambda: inverse_transmittance(system, few)
    for name, call in answers.items():
        if name != "hotsprings":
            timed_calls.append(call)
            counts.append(COUNT)
    times = medians(3.0 if full else 1.0, *timed_calls)
    exact = reference(system, few)
    own = times[0].seconds / OURS
    for (name, call), time, count in zip(answers.items(), times, counts, strict=True):
        each = time.seconds / count
        wrong = None if exact is None else float(np.max(np.abs(call() / exact - 1.0)))
        rows.append((what, name, duration(each), "" if name == "hotsprings" else f"{each / own:,.0f} ×",
                     "" if wrong is None else f"{wrong:.0e}"))
        raw.append({"system": what, "method": name, "seconds": each, "error": wrong})
