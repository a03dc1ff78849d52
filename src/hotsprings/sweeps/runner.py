"""Running a plan: what is missing, in batches, each on the disk as soon as it is done."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.progress import line
from hotsprings.sweeps.batches import finished
from hotsprings.sweeps.plan import Plan
from hotsprings.sweeps.pools import MOST_WORKERS, LocalPool, Pool
from hotsprings.sweeps.store import Record, Store

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Progress", "Status", "run", "sweep", "sweep_status"]


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

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.sweeps.Progress(done=3, total=10, failed=0, seconds=1.5, left=3.5, share=0.9).done
    3
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

    Examples
    --------
    >>> import hotsprings as hs
    >>> def chain(n):
    ...     return hs.OpenNetwork(hs.Chain([1.0] * n), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    ...
    >>> plan = hs.Plan(chain, {"n": [4, 8]})
    >>> data = hs.sweep(plan, "chains.sweep", workers=1)
    >>> status = hs.sweep_status(plan, "chains.sweep")
    >>> status.done, status.total, status.failures
    (2, 2, [])
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
        Others who do the work: ``hotsprings.sweeps.cluster("slurm")``, or an ExecutorPool. It stays open for the next
        plan, unless this one does not end well.
    retry_failed : bool
        Compute failed tasks again.
    listener : callable, optional
        Called with a :class:`Progress` after each batch; by default a bar in notebooks and a line on terminals.

    Returns
    -------
    xarray.Dataset
        Of all tasks in the store, NaN where one is missing or failed. For each observable the values, shape
        (axes …, realisation, …); and where the base is random and there are two realisations or more, ``_mean``,
        ``_error`` (standard error of the mean) and, for numbers and five realisations or more, ``_low`` and ``_high``
        (95 % bootstrap interval), all of the finite values.

    Raises
    ------
    ArgumentError
        If an argument is out of range.
    StoreError
        If the store is of another plan, in use by another run, or cannot be written.
    SweepError
        If workers die before they have done anything.

    Examples
    --------
    >>> import hotsprings as hs
    >>> def chain(n):
    ...     return hs.OpenNetwork(hs.Chain([1.0] * n), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    ...
    >>> data = hs.sweep(hs.Plan(chain, {"n": [4, 8]}), workers=1)
    >>> data.conductance.dims, data.conductance.shape
    (('n', 'realisation'), (2, 1))
    """
    from hotsprings.sweeps.results import dataset

    checks.instance("plan", plan, Plan)
    with _told(plan, listener) as told:
        kept = run(plan, store, workers=workers, shard=shard, pool=pool, retry_failed=retry_failed, listener=told)
    return dataset(plan, kept)


@contextmanager
def _told(plan: Plan, listener: Callable[[Progress], None] | None) -> Iterator[Callable[[Progress], None] | None]:
    """Give the listener, or one that shows a line where there is none and somebody looks."""
    if listener is not None:
        yield listener
        return
    with line(plan.title or "sweep") as tell:
        if tell is None:
            yield None
            return
        from hotsprings.sweeps.tables import progress_line

        yield lambda found: tell(progress_line(found), found.done / max(1, found.total))


def run(plan: Plan, store: str | Path | None = None, *, workers: int | None = None, shard: tuple[int, int] = (0, 1),
        pool: Pool | None = None, retry_failed: bool = False,
        listener: Callable[[Progress], None] | None = None) -> list[Record]:
    """Run what is missing of a plan as :func:`sweep` does, and return the records."""
    checks.instance("plan", plan, Plan)
    part, retry_failed = _checked_shard(shard), checks.boolean("retry_failed", retry_failed)
    if pool is not None and not (hasattr(pool, "submit") and hasattr(pool, "close")):
        raise ArgumentError("pool", "be a pool of workers (LocalPool, ExecutorPool, sweeps.cluster)",
                            f"{checks.shown(pool)} was given")
    workers = None if workers is None else checks.count("workers", workers, 1, MOST_WORKERS)
    kept = Store(store, plan.identity, part, width=_width(plan))
    workforce = LocalPool(workers) if pool is None else pool
    ended_well = False
    try:
        with kept.writing():
            _compute(plan, kept, workforce, retry_failed, listener)
            ended_well = True
            return list(kept.records())
    finally:
        if pool is None or not ended_well:  # a pool that was given is ready for the next plan
            workforce.close()


def _checked_shard(shard: Any) -> tuple[int, int]:
    if not isinstance(shard, tuple | list) or len(shard) != 2:
        raise ArgumentError("shard", "be (i, n)", f"{checks.shown(shard)} was given")
    count = checks.count("shard[1]", shard[1], 1)
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

    Examples
    --------
    >>> import hotsprings as hs
    >>> def chain(n):
    ...     return hs.OpenNetwork(hs.Chain([1.0] * n), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    ...
    >>> plan = hs.Plan(chain, {"n": [4, 8]})
    >>> data = hs.sweep(plan, "chains.sweep", workers=1)
    >>> hs.sweep_status(plan, "chains.sweep")
    Status(total=2, done=2, failed=0, active=[], failures=[])
    """
    checks.instance("plan", plan, Plan)
    kept = Store(checks.file_name("store", store, "directory"), plan.identity, create=False, width=_width(plan))
    records = list(kept.records())
    failures = [record for record in records if record.error is not None]
    return Status(plan.n_tasks, len(records) - len(failures), len(failures), kept.active(), failures)


def _width(plan: Plan) -> int:
    """Return how many numbers a result has."""
    return sum(math.prod(plan.inner_shapes[observable.name]) for observable in plan.observables)


def _compute(plan: Plan, store: Store, pool: Pool, retry_failed: bool,
             listener: Callable[[Progress], None] | None) -> None:
    part, count = store.shard
    mine = np.arange(part, plan.n_tasks, count)
    missing = np.setdiff1d(mine, store.finished(failures=not retry_failed), assume_unique=True)
    meter = _Meter(mine.size, mine.size - missing.size, pool.n_workers, listener)
    if not missing.size:
        return
    for records in finished(plan, missing.tolist(), pool):
        store.put(records)
        meter.add(records)


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
