"""What other processes at work make of the time: as many endless loops as there are cores, beside each call."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from scipy.linalg import eigh

import hotsprings as hs
from benchmarks.lattices import disordered
from benchmarks.results import Section, Table
from benchmarks.systems import fresh, random_power_law
from benchmarks.timing import medians

MOST = 2.0  # times the quiet time; a fair share of the cores alone makes 1.5 of one thread, 2 of as many as cores
SITES, SIDE, ADDITIONS = 1000, 24, 10_000_000


@contextmanager
def others_at_work() -> Iterator[None]:
    """Keep every core busy with a loop of another process."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def measure(full: bool) -> Section:
    """Return the table of quiet and busy times."""
    power_law, lattice, budget = random_power_law(SITES), disordered(SIDE), 30.0 if full else 6.0
    root = np.sqrt(power_law.network.masses)
    matrix = power_law.network.stiffness() / np.outer(root, root)
    calls: dict[str, Callable[[], object]] = {
        f"power law 1.5, N = {SITES}: conductance": lambda: hs.conductance(fresh(power_law)),
        f"power law 1.5, N = {SITES}: J, all T_n": lambda: hs.steady_state(fresh(power_law)),
        f"disordered {SIDE} × {SIDE}, {lattice.n_baths} baths: J, all T_n": lambda: hs.steady_state(fresh(lattice)),
        f"scipy's eigh of {SITES} rows": lambda: eigh(matrix),
        "for comparison: additions in Python, one thread": lambda: sum(range(ADDITIONS))}
    quiet = medians(budget, *calls.values())
    with others_at_work():
        busy = medians(budget, *calls.values())
    rows = []
    for name, alone, beside in zip(calls, quiet, busy, strict=True):
        ratio, ours = beside.seconds / alone.seconds, not name.startswith(("scipy", "for comparison"))
        verdict = (f"≤ {MOST:g} ×", "yes" if ratio <= MOST else "no") if ours else ("", "")
        rows.append((name, str(alone), str(beside), f"{ratio:.2g} ×", *verdict))
    note = "Busy: as many endless loops of other processes as there are cores."
    return Section([Table("busy", "A busy machine", ("what", "quiet", "busy", "ratio", "goal", "reached"), rows, note)])
