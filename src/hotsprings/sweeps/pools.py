"""Who does the work: processes on this machine (loky), or any executor."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, Protocol

from hotsprings import checks
from hotsprings.sweeps.worker import ONE_THREAD, PARENTS, run_batch, start_worker

MOST_WORKERS = 10_000  # beyond it a slip of the pen

__all__ = ["ExecutorPool", "LocalPool", "Pool", "default_workers"]


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

    Examples
    --------
    >>> import hotsprings as hs
    >>> def chain(n):
    ...     return hs.OpenNetwork(hs.Chain([1.0] * n), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    ...
    >>> plan = hs.Plan(chain, {"n": [4, 8]})
    >>> pool = hs.sweeps.LocalPool(1)
    >>> data = hs.sweep(plan, pool=pool)
    >>> pool.close()
    >>> data.conductance.shape
    (2, 1)
    """

    def __init__(self, n_workers: int | None = None) -> None:
        self.n_workers = default_workers() if n_workers is None else checks.count("workers", n_workers, 1, MOST_WORKERS)
        self._executor: Any = None

    def submit(self, plan: bytes, tasks: list[int], budget: float) -> Future[Any]:
        """Start a batch."""
        from loky.process_executor import BrokenProcessPool

        with _without_interrupts():
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
        """Stop everything at once; batches cancelled before would be failures of loky's own thread."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=True)
            self._executor = None
            gc.collect()  # loky's semaphores are given back here, not by whichever thread is there when Python ends


class ExecutorPool:
    """Anything that is a ``concurrent.futures.Executor``, such as ``dask.distributed.Client.get_executor()``.

    Parameters
    ----------
    executor : Executor
        It is not shut down.
    n_workers : int
        How many batches it runs at a time.

    Examples
    --------
    >>> from concurrent.futures import ProcessPoolExecutor
    >>> import hotsprings as hs
    >>> hs.sweeps.ExecutorPool(ProcessPoolExecutor(2), 2).n_workers
    2
    """

    def __init__(self, executor: Executor, n_workers: int) -> None:
        self.executor = executor
        self.n_workers = checks.count("workers", n_workers, 1, MOST_WORKERS)
        self._running: set[Future[Any]] = set()

    def submit(self, plan: bytes, tasks: list[int], budget: float) -> Future[Any]:
        """Start a batch."""
        future = self.executor.submit(run_batch, plan, tasks, budget)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return future

    def close(self) -> None:
        """Take back what has not begun, and leave the executor to whoever made it."""
        for future in list(self._running):
            future.cancel()


def default_workers() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back while processes are started: they inherit that until they ignore both."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PARENTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
