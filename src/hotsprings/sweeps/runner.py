"""Running a plan: what is missing, in batches, each on the disk as soon as it is done."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.sweeps.plan import Plan
from hotsprings.sweeps.pools import LocalPool, Pool
from hotsprings.sweeps.store import Record, Store

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Progress", "Status", "run", "sweep", "sweep_status"]

BATCH = 0.5  # seconds of work that a batch is made to hold: what a kill can cost each worker
MOST = 5000  # tasks in a batch
AHEAD = 2  # batches in flight for each worker


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes
    ----------
    done, total : int
        Tasks of this shard that are finished, and all of them.
    failed : int
        Those that ended with an error.
    seconds : float
        Time since the start of this run.
    left : float
        Seconds that the rest will take, at the speed so far; NaN before the first is done.
    share : float
        Part of the workers' time that went into the solver.
    """

    done: int
    total: int
    failed: int
    seconds: float
    left: float
    share: float


@dataclass(frozen=True)
class Status:
    """What is in a store.

    Attributes
    ----------
    total, done, failed : int
        Tasks of the plan; finished well; ended with an error.
    active : list of str
        Shards that some run is working on now.
    failures : list of Record
        The failed tasks with their errors.
    """

    total: int
    done: int
    failed: int
    active: list[str]
    failures: list[Record]

    @property
    def missing(self) -> int:
        """Tasks that no run has finished."""
        return self.total - self.done - self.failed


def sweep(plan: Plan, store: str | Path | None = None, *, workers: int | None = None, shard: tuple[int, int] = (0, 1),
          pool: Pool | None = None, retry_failed: bool = False,
          listener: Callable[[Progress], None] | None = None) -> xr.Dataset:
    """Run what is missing of a plan on all cores, and return all results with means, errors and intervals.

    Each finished batch (half a second of work, or one task) is on the disk before the next is looked at. A run that was
    killed is continued by the same call: what is in the store is not computed again, and the results are the same, bit
    for bit. A task that fails is recorded with its error, and the rest goes on.

    Parameters
    ----------
    plan : Plan
    store : path-like, optional
        A directory for the results, made if it is not there; without one they are in memory only.
    workers : int, optional
        Processes, one thread each; one per core by default.
    shard : (int, int)
        (i, n): compute tasks i, i + n, i + 2n, … only, for n runs on one store (a job array, say).
    pool : Pool, optional
        Others who do the work: ``hotsprings.sweeps.cluster("slurm")``, or an ExecutorPool.
    retry_failed : bool
        Compute failed tasks again.
    listener : callable, optional
        Called with a :class:`Progress` after each batch.

    Returns
    -------
    xarray.Dataset
        Of all tasks in the store, NaN where one is missing or failed. For each observable the values, shape
        (axes …, realisation, …); and where the base is random and there are two realisations or more, ``_mean``,
        ``_error`` (standard error of the mean) and, for numbers, ``_low`` and ``_high`` (95 % bootstrap interval).

    Raises
    ------
    ArgumentError
        If an argument is out of range.
    StoreError
        If the store is of another plan, in use by another run, or cannot be written.
    """
    from hotsprings.sweeps.results import dataset

    kept = run(plan, store, workers=workers, shard=shard, pool=pool, retry_failed=retry_failed, listener=listener)
    return dataset(plan, kept)


def run(plan: Plan, store: str | Path | None = None, *, workers: int | None = None, shard: tuple[int, int] = (0, 1),
        pool: Pool | None = None, retry_failed: bool = False,
        listener: Callable[[Progress], None] | None = None) -> list[Record]:
    """Run what is missing of a plan as :func:`sweep` does, and return the records."""
    checks.instance("plan", plan, Plan)
    part = _checked_shard(shard)
    kept = Store(store, plan.identity, part)
    with kept.writing():
        _compute(plan, kept, pool or LocalPool(workers), retry_failed, listener)
        return list(kept.records())


def _checked_shard(shard: Any) -> tuple[int, int]:
    if not isinstance(shard, tuple | list) or len(shard) != 2:
        raise ArgumentError("shard", "be (i, n)", f"{checks.shown(shard)} was given")
    count = checks.integer("shard[1]", shard[1], 1)
    part = checks.integer("shard[0]", shard[0], 0)
    if part >= count:
        raise ArgumentError("shard", f"be from 0/{count} to {count - 1}/{count}", f"{part}/{count} was given")
    return part, count


def sweep_status(plan: Plan, store: str | Path) -> Status:
    """Return what is in the store of a plan; nothing is computed.

    Parameters
    ----------
    plan : Plan
    store : path-like
        Its directory.

    Returns
    -------
    Status

    Raises
    ------
    StoreError
        If the store is of another plan, or cannot be read.
    """
    kept = Store(store, plan.identity, create=False)
    failures = kept.failures()
    return Status(plan.n_tasks, kept.finished(failures=False).size, len(failures), kept.active(), failures)


def _compute(plan: Plan, store: Store, pool: Pool, retry_failed: bool,
             listener: Callable[[Progress], None] | None) -> None:
    part, count = store.shard
    mine = np.arange(part, plan.n_tasks, count)
    missing = np.setdiff1d(mine, store.finished(failures=not retry_failed), assume_unique=True)
    meter = _Meter(mine.size, mine.size - missing.size, pool.n_workers, listener)
    if not missing.size:
        return
    try:
        for records in _finished(plan, missing.tolist(), pool):
            store.put(records)
            meter.add(records)
    finally:
        pool.close()


class _Meter:
    """Counts what is done and tells the listener."""

    def __init__(self, total: int, before: int, n_workers: int, listener: Callable[[Progress], None] | None) -> None:
        self.total, self.before, self.n_workers, self.listener = total, before, n_workers, listener
        self.new = self.failed = 0
        self.solver = 0.0
        self.start = time.perf_counter()

    def add(self, records: list[Record]) -> None:
        self.new += len(records)
        self.failed += sum(record.error is not None for record in records)
        self.solver += sum(record.seconds for record in records)
        if self.listener is None:
            return
        seconds = time.perf_counter() - self.start
        left = seconds / self.new * (self.total - self.before - self.new)
        self.listener(Progress(self.before + self.new, self.total, self.failed, seconds, left,
                               self.solver / (seconds * self.n_workers)))


class _Work:
    """Tasks that wait, in batches of about half a second; those whose worker died are run alone."""

    def __init__(self, tasks: list[int], n_workers: int) -> None:
        self.waiting = deque(tasks)
        self.doubtful: deque[int] = deque()
        self.n_workers = n_workers
        self.cost = BATCH  # seconds of a task, as the last batch had it

    def take(self) -> list[int]:
        """Return the next batch; the last ones are small, so that all workers end together."""
        share = -(-len(self.waiting) // (2 * self.n_workers))
        size = min(MOST, share, max(1, int(BATCH / self.cost)))
        return [self.waiting.popleft() for _ in range(size)]

    def done(self, batch: list[int], records: list[Record]) -> None:
        """Learn what tasks cost, and take back those that the time of the batch did not suffice for."""
        self.cost = max(1e-5, sum(record.seconds for record in records) / len(records))
        self.waiting.extendleft(reversed(batch[len(records):]))


def _finished(plan: Plan, tasks: list[int], pool: Pool) -> Iterator[list[Record]]:
    """Yield the records of each batch as it is done."""
    import cloudpickle

    pickled = cloudpickle.dumps(plan)
    work = _Work(tasks, pool.n_workers)
    running: dict[Future[Any], list[int]] = {}
    while True:
        while work.waiting and not work.doubtful and len(running) < AHEAD * pool.n_workers:
            batch = work.take()
            running[pool.submit(pickled, batch, BATCH)] = batch
        alone = bool(work.doubtful) and not running
        if alone:
            batch = [work.doubtful.popleft()]
            running[pool.submit(pickled, batch, BATCH)] = batch
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            batch = running.pop(future)
            try:
                records: list[Record] = future.result()
            except Exception as err:  # the worker died, or its answer could not be read
                if alone:
                    died = f"the worker process died ({type(err).__name__}: killed, out of memory, or a crash)"
                    yield [Record(batch[0], None, died, 0.0)]
                else:
                    work.doubtful.extend(batch)
                continue
            work.done(batch, records)
            yield records
