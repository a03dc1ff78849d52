"""Loops compiled for one thread, run on ranges of their targets side by side: half the compilation, the same bits.

BLAS in one of these, and for small matrices, has one thread: its own wait for each other at every step, on a busy
machine for whole slices of time (eigenvectors of 1000 sites took five times longer, on a quiet one a third less).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from typing import Any

import numba
import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.kernels.compiled import alone, beside

__all__ = ["SMALL_MATRIX", "in_ranges", "one_blas_thread", "product", "side_by_side"]

SMALL_MATRIX = 1500  # rows of a matrix up to which LAPACK's threads gain little
BLOCK = 256  # rows or columns of a product that one thread takes
WORTH = 1e7  # multiplications from which a product is shared
ALONE = 2e5  # up to which OpenBLAS uses one thread by itself


class _Calm:
    """How many calls keep BLAS at one thread, and what gives it its own number back: the last one does."""

    def __init__(self) -> None:
        self.lock, self.calls = threading.Lock(), 0
        self.limit: Any = None

    def begin(self) -> None:
        """Count one more."""
        with self.lock:
            self.calls += 1
            if self.calls == 1:
                self.limit = _controller().limit(limits=1, user_api="blas")

    def end(self) -> None:
        """Count one less."""
        with self.lock:
            self.calls -= 1
            if self.calls == 0:
                self.limit.restore_original_limits()


_calm = _Calm()


@cache
def _controller() -> Any:
    """Return the controller of the BLAS libraries that numpy and scipy have loaded."""
    import scipy.linalg  # noqa: F401 - it has one of its own
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def one_blas_thread(rows: int = 0) -> Iterator[None]:
    """Keep BLAS at one thread, for matrices of up to ``SMALL_MATRIX`` rows."""
    if rows > SMALL_MATRIX:
        yield
        return
    _calm.begin()
    try:
        yield
    finally:
        _calm.end()


def side_by_side(calls: Iterable[Callable[[], Any]]) -> None:
    """Make calls that release the GIL, as many at a time as there are threads; a single one in this thread.

    Ctrl-C ends it with the calls that have begun, so each should take some tenths of a second at most.
    """
    threads, calls = 1 if alone() else numba.get_num_threads(), list(calls)
    if threads == 1 or len(calls) == 1:
        with one_blas_thread():
            for call in calls:
                call()
        return
    with one_blas_thread(), ThreadPoolExecutor(threads, initializer=_begin) as pool:
        futures = [pool.submit(call) for call in calls]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done():
                    future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    beside.on = True


def in_ranges(kernel: Any, n: int, each: int, *args: Any) -> None:
    """Call ``kernel(first, last, *args)`` on ranges that make up 0 … n, of about ``each`` targets."""
    count = -(-n // each)
    if count <= 1:
        kernel(0, n, *args)
        return
    side_by_side(_call(kernel, i * n // count, (i + 1) * n // count, args) for i in range(count))


def _call(kernel: Any, first: int, last: int, args: tuple[Any, ...]) -> Callable[[], Any]:
    return lambda: kernel(first, last, *args)


def product(left: FloatArray, right: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Return the product of real matrices (n, m) and (m, l), rows or columns in blocks of their own side by side.

    Blocks are the same whatever the number of threads, and so are bits.
    """
    n, m = left.shape
    length = right.shape[1]
    whole = np.empty((n, length)) if out is None else out
    if n * m * length < WORTH:
        with one_blas_thread() if n * m * length > ALONE else nullcontext():
            np.matmul(left, right, out=whole)
    elif n > length:
        side_by_side(partial(np.matmul, left[k : k + BLOCK], right, out=whole[k : k + BLOCK])
                     for k in range(0, n, BLOCK))
    else:
        side_by_side(partial(np.matmul, left, right[:, k : k + BLOCK], out=whole[:, k : k + BLOCK])
                     for k in range(0, length, BLOCK))
    return whole
