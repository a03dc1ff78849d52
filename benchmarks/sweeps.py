"""Sweeps: how much of the workers' time goes into the solver, and what is lost against bare loops.

"In the solver" is the time from an open network to its certified observables (``conductance`` here), as each record has
it; drawing the masses, building and checking the network, the store and the main process are not counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hotsprings as hs
from benchmarks.results import Section, Table
from hotsprings.sweeps import Progress
from hotsprings.sweeps.pools import default_workers
from hotsprings.sweeps.worker import ONE_THREAD

__all__ = ["measure"]

BATHS = [{"site": 0, "temperature": 1.5}, {"site": -1, "temperature": 0.5}]
BARE = """
import sys, time
import hotsprings as hs
n, count = int(sys.argv[1]), int(sys.argv[2])
for first, last in ((count, count + 5), (0, count)):
    start = time.perf_counter()
    for seed in range(first, last):
        network = hs.MeanField(hs.masses.random(n, 1.0, 0.1, seed), k=0.1, k0=0.5)
        hs.conductance(hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]))
print(time.perf_counter() - start)
"""


def plan(n: int, realisations: int) -> hs.Plan:
    """Return a plan of random mean-field networks of n particles."""
    model = {"network": {"kind": "mean-field", "k": 0.1, "k0": 0.5}, "baths": BATHS,
             "masses": {"kind": "random", "n": n, "spread": 0.1}}
    return hs.Plan(model, realisations=realisations, seed=1)


def swept(n: int, realisations: int) -> tuple[float, float]:
    """Return tasks per second and the share of the solver in workers × wall time, both after a tenth of the tasks.

    The start-up (processes, imports, compiled loops from the disk) is left out: it is a matter of seconds, once.
    """
    seen: list[tuple[float, Progress]] = []
    with tempfile.TemporaryDirectory() as store:
        hs.sweep(plan(n, realisations), Path(store), listener=lambda now: seen.append((time.perf_counter(), now)))
    warm = next(i for i, (_, now) in enumerate(seen) if now.done >= 0.1 * realisations)
    (begin, first), (end, last) = seen[warm], seen[-1]
    solver = last.share * last.seconds - first.share * first.seconds  # per worker
    return (last.done - first.done) / (end - begin), solver / (end - begin)


def bare(n: int, count: int) -> float:
    """Return tasks per second of bare loops in processes of one thread, one per core, all at the same time."""
    loops = [subprocess.Popen([sys.executable, "-c", BARE, str(n), str(count)], stdout=subprocess.PIPE, text=True,
                              env=os.environ | ONE_THREAD) for _ in range(default_workers())]
    return sum(count / float(loop.communicate()[0]) for loop in loops)


def measure(full: bool) -> Section:
    """Return the table."""
    workers = default_workers()
    rows, raw = [], {}
    for n, realisations in ((100, 100_000 if full else 10_000), (1000, 5000 if full else 1000)):
        alone = bare(n, realisations // 10)
        speed, share = swept(n, realisations)
        raw[str(n)] = {"realisations": realisations, "workers": workers, "bare_per_second": alone,
                       "sweep_per_second": speed, "solver_share": share}
        rows.append((f"{n}", f"{realisations:,}", f"{alone:.0f}", f"{speed:.0f}", f"{100 * speed / alone:.0f} %",
                     f"{100 * share:.0f} %"))
    columns = ("N", "realisations", f"{workers} bare loops (1/s)", f"sweep, {workers} workers (1/s)",
               "sweep against bare loops", "of the workers' time in the solver")
    note = ("Mean field, random masses, conductance; with a store on the disk, after the start-up. In the solver: from "
            "the open network to its certified conductance.")
    return Section([Table("sweeps", "Ensembles: small tasks in batches, a thread per core", columns, rows, note)], raw)
