"""Worker processes with a time limit per system: one that overruns is ended, and another takes its place."""

from __future__ import annotations

import multiprocessing as mp
import os
import time
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path

from tests.search.trial import Line, Trial

LIMITS = {"package": 20.0, "oracle": 240.0, "start": 900.0}  # seconds of processor time in one stage
WARMING = 28
THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def _work(pipe, names):
    from tests.search.families import SMALL, case_of
    from tests.search.trial import try_case, try_seed

    for seed in range(WARMING):  # compiled loops are loaded before any clock runs
        family, case = case_of(seed)
        if case.system.n_sites <= SMALL:
            try_case(seed, family, case, names)
    pipe.send(("ready", None))
    while True:
        seed = pipe.recv()
        if seed is None:
            return
        pipe.send(("done", try_seed(seed, names, lambda stage: pipe.send(("stage", stage)))))


class _Worker:
    def __init__(self, names):
        context = mp.get_context("spawn")
        self.pipe, end = context.Pipe()
        self.process = context.Process(target=_work, args=(end, names), daemon=True)
        self.process.start()
        end.close()
        self.seed = None
        self.enter("start")

    def enter(self, stage):
        self.stage, self.since = stage, self.seconds()

    def give(self, seed):
        self.seed = seed
        self.enter("oracle")
        self.pipe.send(seed)

    def seconds(self):
        """Return the processor time of the process, so that a busy machine is not taken for a slow package."""
        with suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return time.monotonic()

    def overdue(self):
        return self.stage != "idle" and self.seconds() - self.since > LIMITS[self.stage]

    def end(self):
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _lost(worker):
    """Return the trial of a system whose worker was ended or died."""
    from tests.search.families import case_of

    family, case = case_of(worker.seed)
    if worker.stage == "package":
        line = Line("no answer", "slow", f"no answer in {LIMITS['package']:.0f} s")
        if worker.process.exitcode is not None:
            line = Line("no answer", "bare exception", f"the process died (exit code {worker.process.exitcode})")
    else:
        line = Line("all", "no reference", f"the oracle took longer than {LIMITS['oracle']:.0f} s")
    return Trial(worker.seed, family, repr(case.system), [line])


def trials(seeds, names, jobs):
    """Yield the trial of every seed, in the order in which they end."""
    for name in THREADS:
        os.environ[name] = "1"
    left, workers = list(reversed(seeds)), []
    missing = len(left)
    try:
        while missing:
            while left and len(workers) < jobs:
                workers.append(_Worker(names))
            ready = wait([w.pipe for w in workers], timeout=1.0)
            for worker in list(workers):
                ended = None
                if worker.pipe in ready:
                    ended = _heard(worker, left)
                elif worker.overdue():
                    ended = _lost(worker) if worker.seed is not None else None
                    worker.end()
                    workers.remove(worker)
                if worker.stage == "dead":
                    workers.remove(worker)
                if ended is not None:
                    missing -= 1
                    yield ended
    finally:
        for worker in workers:
            worker.end()


def _heard(worker, left):
    """Return the trial that a worker has sent, None for any other word; hand it the next seed."""
    try:
        word, value = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        ended = _lost(worker) if worker.seed is not None else None
        if worker.seed is None:
            raise RuntimeError("a worker of the search died before it began") from None
        worker.stage = "dead"
        return ended
    if word == "stage":
        worker.enter(value)
        return None
    worker.seed = None
    worker.enter("idle")
    if left:
        worker.give(left.pop())
    return value if word == "done" else None
