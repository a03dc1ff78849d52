"""Tasks in batches, through a pool, whatever dies."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any

from hotsprings.errors import SweepError
from hotsprings.sweeps.plan import Plan
from hotsprings.sweeps.pools import Pool
from hotsprings.sweeps.store import Record

__all__ = ["finished"]

BATCH = 0.5  # seconds of work that a batch is made to hold: what a kill can cost each worker
MOST = 5000  # tasks in a batch
AHEAD = 2  # batches in flight for each worker
_DIED = "the worker process died"


class _Waiting:
    """Tasks that wait, in batches of about half a second; those whose worker died are run alone."""

    def __init__(self, tasks: list[int], n_workers: int) -> None:
        self.tasks = deque(tasks)
        self.doubtful: deque[int] = deque()
        self.n_workers = n_workers
        self.cost = BATCH  # seconds of a task, as the last batch had it

    def take(self) -> list[int]:
        """Return the next batch; the last ones are small, so that all workers end together."""
        share = -(-len(self.tasks) // (2 * self.n_workers))
        size = min(MOST, share, max(1, int(BATCH / self.cost)))
        return [self.tasks.popleft() for _ in range(size)]

    def done(self, batch: list[int], records: list[Record]) -> None:
        """Learn what tasks cost, and take back those that the time of the batch did not suffice for."""
        self.cost = max(1e-5, sum(record.seconds for record in records) / len(records))
        self.tasks.extendleft(reversed(batch[len(records):]))


def finished(plan: Plan, tasks: list[int], pool: Pool) -> Iterator[list[Record]]:
    """Yield the records of each batch as it is done.

    Where a worker dies (killed, out of memory, a crash), the tasks that it may have been at are run one at a time; one
    that kills its worker again is recorded as failed.

    Parameters
    ----------
    plan : Plan
    tasks : list of int
    pool : Pool

    Yields
    ------
    list of Record

    Raises
    ------
    SweepError
        If workers die without any task. What is running then, or when nobody asks on, is for the pool to stop.
    """
    import cloudpickle

    pickled = cloudpickle.dumps(plan)
    work = _Waiting(tasks, pool.n_workers)
    running: dict[Future[Any], list[int]] = {}
    while work.tasks or work.doubtful or running:
        if work.doubtful and not running:
            yield [_alone(pool, pickled, work.doubtful.popleft())]
            continue
        while work.tasks and not work.doubtful and len(running) < AHEAD * pool.n_workers:
            batch = work.take()
            running[pool.submit(pickled, batch, BATCH)] = batch
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            batch = running.pop(future)
            try:
                records: list[Record] = future.result()
            except Exception as err:
                if not _death(err):
                    raise
                work.doubtful.extend(batch)
            else:
                work.done(batch, records)
                yield records


def _alone(pool: Pool, pickled: bytes, task: int) -> Record:
    """Return the record of a task that runs while no other does."""
    try:
        record: Record = pool.submit(pickled, [task], BATCH).result()[0]
    except Exception as err:
        if not _death(err):
            raise
    else:
        return record
    try:  # whether a worker lives that has nothing to do
        pool.submit(pickled, [], BATCH).result()
    except Exception as err:
        if not _death(err):
            raise
        raise SweepError(f"worker processes die before they have done anything ({err})") from err
    return Record(task, None, f"{_DIED} (killed, out of memory, or a crash)", 0.0)


def _death(err: Exception) -> bool:
    """Whether an error means that a worker has died: of any process pool (loky's too), or of Dask."""
    return isinstance(err, BrokenExecutor) or type(err).__name__ in {"KilledWorker", "CancelledError"}
