"""Loops compiled for one thread, run on ranges of their targets side by side: half the compilation, the same bits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any

import numba

from hotsprings.kernels.compiled import alone, beside

__all__ = ["in_ranges", "side_by_side"]


def side_by_side(calls: Iterable[Callable[[], Any]]) -> None:
    """Make calls that release the GIL, as many at a time as there are threads.

    Ctrl-C ends it with the calls that have begun, so each should take some tenths of a second at most.
    """
    threads = 1 if alone() else numba.get_num_threads()
    if threads == 1:
        for call in calls:
            call()
        return
    with ThreadPoolExecutor(threads, initializer=_begin) as pool:
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
