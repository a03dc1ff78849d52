"""Small systems: one thread, warm, against scipy's Lyapunov solver; and what the first one on a machine compiles."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import hotsprings as hs
from benchmarks.children import measured
from benchmarks.feel import COMMAND, SESSION, python
from benchmarks.peers import scipy_lyapunov
from benchmarks.results import Section, Table
from benchmarks.systems import fresh, random_mean_field, random_power_law
from benchmarks.timing import duration

__all__ = ["first", "measure", "warm"]

GOALS = {"mean field, N = 10": 0.15e-3, "mean field, N = 25": 0.2e-3, "mean field, N = 100": 0.5e-3,
         "power law 1.5, N = 10": 0.4e-3}  # seconds
TURN = 0.02  # seconds of one method before it is the other's turn
FIRST = 12.0  # seconds


def _system(name: str) -> hs.OpenNetwork:
    kind, n = name.split(", N = ")
    return random_mean_field(int(n)) if kind == "mean field" else random_power_law(int(n))


def _solve(system: hs.OpenNetwork) -> object:
    return hs.steady_state(fresh(system))


def warm(turns: int) -> dict[str, Any]:
    """Return seconds of a solve, and of scipy's, for each system: the mean of each of many turns."""
    found: dict[str, Any] = {}
    for name in GOALS:
        system = _system(name)
        calls: list[Callable[[], object]] = [partial(_solve, system), partial(scipy_lyapunov, system)]
        counts = []
        for call in calls:
            call()
            start = time.perf_counter()
            call()
            counts.append(max(1, int(TURN / (time.perf_counter() - start))))
        kept: list[list[float]] = [[], []]
        for _ in range(turns):
            for call, count, seconds in zip(calls, counts, kept, strict=True):
                call()
                start = time.perf_counter()
                for _ in range(count):
                    call()
                seconds.append((time.perf_counter() - start) / count)
        found[name] = kept
    return found


def first(n: int) -> dict[str, Any]:
    """Return where the seconds of a first mean field of n random masses go, where nothing was compiled before."""
    from numba.core import event

    rows: list[tuple[str, float]] = []
    begun: list[float] = []

    class Stopwatch(event.Listener):
        def on_start(self, event: Any) -> None:
            begun.append(time.perf_counter())

        def on_end(self, event: Any) -> None:
            seconds = time.perf_counter() - begun.pop()
            if not begun:
                rows.append((event.data["dispatcher"].py_func.__name__, seconds))

    event.register("numba:compile", Stopwatch())  # type: ignore[no-untyped-call]
    start = time.perf_counter()
    network = hs.MeanField(np.random.default_rng(0).uniform(0.5, 1.5, n))
    hs.steady_state(hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]))
    return {"solve": time.perf_counter() - start, "compiled": rows}


def _first_table(raw: dict[str, Any]) -> Table:
    with tempfile.TemporaryDirectory() as directory:
        whole = python(SESSION.format(n=10), cache=Path(directory) / "script")
        model = Path(directory) / "model.toml"
        python(COMMAND, "example", "-o", str(model))
        model.write_text(re.sub(r"(?m)^n = \d+", "n = 10", model.read_text(encoding="utf-8")), encoding="utf-8")
        command = python(COMMAND, "run", str(model), "--force", cache=Path(directory) / "command", cwd=Path(directory))
        found = measured("small.first", n=10, cache=str(Path(directory) / "stages"))
    raw["first"] = found | {"script": whole, "command": command}
    compiled = sum(seconds for _, seconds in found["compiled"])
    rows = [(what, duration(seconds), f"≤ {FIRST:g} s: {'yes' if seconds <= FIRST else 'no'}")
            for what, seconds in (("a script, N = 10", whole), ("hotsprings run, N = 10", command))]
    rows += [(f"… of the script: compiling {name}", duration(seconds), "") for name, seconds in found["compiled"]]
    rows += [("… engines imported, a second process waited for", duration(found["solve"] - compiled), ""),
             ("… Python and all that is imported before", duration(max(0.0, whole - found["solve"])), "")]
    return Table("first", "The first mean field on a machine", ("what", "time", "goal"), rows,
                 "Whole processes with an empty cache; a second process compiles what comes last meanwhile.")


def measure(full: bool) -> Section:
    """Return the tables."""
    raw: dict[str, Any] = {}
    raw["warm"] = times = measured("small.warm", threads=1, turns=15 if full else 7)
    rows = []
    for name, goal in GOALS.items():
        ours, theirs = (median(seconds) for seconds in times[name])
        rows.append((name, duration(ours), duration(theirs), f"{theirs / ours:.2f}", f"≤ {1e3 * goal:g} ms",
                     "yes" if ours <= goal else "no"))
    columns = ("what", "time", "scipy, Lyapunov", "their time over ours", "goal", "reached")
    note = ("One thread, everything loaded, a fresh system every time; both in turns of "
            f"{1e3 * TURN:g} ms, the median. Ours comes with all resonances and its certificate.")
    small = Table("small", "Small systems: J and all T_n", columns, rows, note)
    return Section([small, _first_table(raw)], raw)
