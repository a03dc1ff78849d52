"""Medians of alternating runs, after a warm-up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

REST = 0.2  # seconds; BLAS threads spin for about 0.1 s after a call before they sleep
SHORT = 0.1  # seconds; a call shorter than this is made once more before it is timed
MOST = 7  # runs


@dataclass(frozen=True)
class Timing:
    """Wall and processor seconds of each timed run of one call."""

    wall: list[float]
    processor: list[float]

    @property
    def seconds(self) -> float:
        """The median wall time."""
        return median(self.wall)

    @property
    def busy(self) -> float:
        """The median processor time, of all threads together."""
        return median(self.processor)

    @property
    def spread(self) -> float:
        """Half the range of the wall times over their median; 0 for one run."""
        return 0.5 * (max(self.wall) - min(self.wall)) / self.seconds

    def __str__(self) -> str:
        return duration(self.seconds) + (f" ± {100.0 * self.spread:.0f} %" if len(self.wall) > 1 else " (once)")


def duration(seconds: float) -> str:
    """Return seconds to three digits in a handy unit."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.{max(0, 2 - int(len(str(int(seconds * factor))) - 1))}f} {unit}"
    return f"{1e6 * seconds:.0f} µs"


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor seconds of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - processor


def medians(budget: float, *calls: Callable[[], object]) -> list[Timing]:
    """Return the timings of each call; the calls alternate, so that drift hits all of them.

    The first call of each is a warm-up and never counts: it may compile, load libraries, or start threads. Then follow
    as many as last ``budget`` seconds, at least one and at most ``MOST``. Before each timed run there is a rest, and an
    untimed call of what is short: threads of the one before are asleep, its own awake.
    """
    for call in calls:
        call()
    samples: list[list[tuple[float, float]]] = [[] for _ in calls]
    for run in range(MOST):
        for call, kept in zip(calls, samples, strict=True):
            if run < (1 if not kept else int(budget / max(kept[0][0], 1e-9))):
                time.sleep(REST)
                if kept and kept[-1][0] < SHORT:
                    call()
                kept.append(timed(call))
    return [Timing(*(list(column) for column in zip(*kept, strict=True))) for kept in samples]
