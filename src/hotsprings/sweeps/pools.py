"""Who does the work: processes on this machine (loky), or a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, Protocol

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.sweeps.worker import ONE_THREAD, run_batch, start_worker

__all__ = ["CLUSTERS", "ExecutorPool", "LocalPool", "Pool", "cluster", "default_workers"]

CLUSTERS = ("local", "slurm")


class Pool(Protocol):
    """Runs batches; a batch whose worker died comes back as an exception of its future."""

    n_workers: int

    def submit(self, plan: bytes, tasks: list[int], budget: float) -> Future[Any]:
        """Start a batch."""
        ...

    def close(self) -> None:
        """Stop everything at once."""
        ...


class LocalPool:
    """Processes on this machine, one thread each; a pool whose worker died is made anew.

    Parameters
    ----------
    n_workers : int, optional
        How many; one per core by default.
    """

    def __init__(self, n_workers: int | None = None) -> None:
        self.n_workers = default_workers() if n_workers is None else checks.integer("workers", n_workers, 1)
        self._executor: Any = None

    def submit(self, plan: bytes, tasks: list[int], budget: float) -> Future[Any]:
        """Start a batch."""
        from loky.process_executor import BrokenProcessPool

        try:
            return self._pool().submit(run_batch, plan, tasks, budget)  # type: ignore[no-any-return]
        except BrokenProcessPool:
            self.close()
            return self._pool().submit(run_batch, plan, tasks, budget)  # type: ignore[no-any-return]

    def _pool(self) -> Any:
        if self._executor is None:
            from loky import ProcessPoolExecutor

            self._executor = ProcessPoolExecutor(self.n_workers, initializer=start_worker, initargs=(os.getpid(),),
                                                 env=ONE_THREAD)
        return self._executor

    def close(self) -> None:
        """Stop everything at once."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=True)
            self._executor = None


class ExecutorPool:
    """Anything that is a ``concurrent.futures.Executor``, such as ``dask.distributed.Client.get_executor()``.

    Parameters
    ----------
    executor : Executor
        It is not shut down.
    n_workers : int
        How many batches it runs at a time.
    """

    def __init__(self, executor: Executor, n_workers: int) -> None:
        self.executor = executor
        self.n_workers = checks.integer("workers", n_workers, 1)

    def submit(self, plan: bytes, tasks: list[int], budget: float) -> Future[Any]:
        """Start a batch."""
        return self.executor.submit(run_batch, plan, tasks, budget)

    def close(self) -> None:
        """Leave it to whoever made it."""


def default_workers() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def cluster(kind: str, n_workers: int | None = None, **options: Any) -> Iterator[ExecutorPool]:
    """Give a pool on a Dask cluster, and take the cluster down at the end.

    Parameters
    ----------
    kind : {"local", "slurm"}
        "local": Dask's local cluster. "slurm": ``dask_jobqueue.SLURMCluster``, one worker of one thread per job, as
        Dask's configuration says (``~/.config/dask/jobqueue.yaml``).
    n_workers : int, optional
        How many workers (jobs); one per core of this machine by default.
    **options
        Passed to the cluster.

    Yields
    ------
    ExecutorPool

    Raises
    ------
    ArgumentError
        If there is no such kind, or the packages of the extra ``[cluster]`` are not installed.
    """
    if kind not in CLUSTERS:
        raise ArgumentError("cluster", f"be one of {', '.join(CLUSTERS)}", f"{checks.shown(kind)} was given")
    workers = default_workers() if n_workers is None else checks.integer("workers", n_workers, 1)
    with _cluster(kind, workers, options) as made:
        import distributed

        with distributed.Client(made) as client:  # type: ignore[no-untyped-call]
            yield ExecutorPool(client.get_executor(pure=False, retries=0), workers)


def _cluster(kind: str, workers: int, options: dict[str, Any]) -> Any:
    try:
        if kind == "local":
            import distributed

            local: Any = distributed.LocalCluster
            return local(n_workers=workers, threads_per_worker=1, dashboard_address=None, env=ONE_THREAD, **options)
        import dask_jobqueue
    except ImportError as err:
        raise ArgumentError("cluster", "have its packages installed (pip install \"hotsprings[cluster]\")",
                            f"{err.name} is missing") from err
    lines = [f"export {name}={value}" for name, value in ONE_THREAD.items()]
    given = {"cores": 1, "processes": 1, "memory": "4GB", "job_script_prologue": lines} | options
    made: Any = vars(dask_jobqueue)["SLURMCluster"](**given)
    made.scale(jobs=workers)
    return made
