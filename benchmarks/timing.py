"""Medians of alternating runs, after a warm-up."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

REST = 0.25  # seconds; BLAS threads spin for about 0.1 s after a call before they sleep


def medians(runs: int, *calls: Callable[[], object]) -> list[float]:
    """Return the median seconds of each call; the calls alternate, so that drift hits all of them.

    Before each timed call there is a rest and an untimed call: threads of the one before are asleep, its own awake.
    """
    for call in calls:
        call()
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(runs):
        for call, kept in zip(calls, seconds, strict=True):
            time.sleep(REST)
            call()
            start = time.perf_counter()
            call()
            kept.append(time.perf_counter() - start)
    return [float(np.median(kept)) for kept in seconds]
