"""What runs in a worker process: batches of tasks, one thread, gone when its parent is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotsprings.sweeps.plan import Plan
    from hotsprings.sweeps.store import Record

__all__ = ["ONE_THREAD", "PARENTS", "run_batch", "start_worker"]

ONE_THREAD = dict.fromkeys(("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS",
                            "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
PARENTS = (signal.SIGINT, signal.SIGTERM)  # a terminal or a queue sends them to the whole group
WATCH = 0.5  # seconds between looks at the parent
LONGEST = 2000  # characters of an error


def start_worker(parent: int) -> None:
    """Leave Ctrl-C and SIGTERM to the parent, and end when it has ended, however that was."""
    for number in PARENTS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, PARENTS)
    _die_with_parent()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH)
        os._exit(1)

    if os.getppid() != parent:  # it has gone already
        os._exit(1)
    threading.Thread(target=watch, daemon=True, name="parent watch").start()


def _die_with_parent() -> None:
    """Have Linux kill this process when its parent dies; a thread would have to wait for a long kernel to end."""
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
        ctypes.CDLL(None).prctl(set_death_signal, int(signal.SIGKILL), 0, 0, 0)


@lru_cache(maxsize=2)
def _plan(pickled: bytes) -> Plan:
    import cloudpickle

    plan: Plan = cloudpickle.loads(pickled)
    return plan


def run_batch(pickled: bytes, tasks: list[int], budget: float) -> list[Record]:
    """Return the records of the first tasks of a pickled plan, as many as fit into ``budget`` seconds, one at least.

    An error of a task is its record, and the rest goes on.
    """
    if os.environ.get("NUMBA_NUM_THREADS") != "1":  # someone else's worker
        import numba

        numba.set_num_threads(1)
    from hotsprings.sweeps.realisations import records as records_of

    plan = _plan(pickled)
    end = time.perf_counter() + budget
    records: list[Record] = []
    for record in records_of(plan, tasks, _record):
        records.append(record)
        if time.perf_counter() > end:
            break
    return records


def _record(plan: Plan, number: int) -> Record:
    import numpy as np

    from hotsprings.sweeps.store import Record

    start = time.perf_counter()
    try:
        task = plan.task(number)
        system = task.system()
        start = time.perf_counter()
        values = np.concatenate([value.ravel() for value in task.measure(system).values()])
    except (Exception, SystemExit) as err:
        message = " ".join(f"{type(err).__name__}: {err}".split())
        return Record(number, None, message[:LONGEST], time.perf_counter() - start)
    return Record(number, values, None, time.perf_counter() - start)
