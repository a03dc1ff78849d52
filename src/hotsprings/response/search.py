"""The Ehrlich-Aberth iteration on all zeros of one function at once: how it is driven, whatever the function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.tolerances import GOOD_ENOUGH, RESTING, SETTLED

FEW = 16  # zeros that are moved in turn: together they may go in circles
MAX_SWEEPS = 60
IDLE = 3  # sweeps without progress after which zeros circle within rounding
PROGRESS = 0.95  # of the last moves, in a sweep: a cluster of n zeros closes by (n - 1)/(n + 1)


class Search(ABC):
    """Zeros ω (n,), or their offsets from something, and by how much of itself each moved last, (n,).

    Attributes
    ----------
    what : str
        How errors call them.
    settled, good_enough : float
        Move at which one rests, and the largest last move that the certificate is let to judge.
    few, patience : int
        Up to how many are moved in turn, and after how many sweeps in which they came no nearer to rest.
    """

    what: ClassVar[str] = "resonances"
    settled: ClassVar[float] = SETTLED
    good_enough: ClassVar[float] = GOOD_ENOUGH
    few: ClassVar[int] = FEW
    patience: ClassVar[int] = 0

    def __init__(self, omega: ComplexArray) -> None:
        self.omega = omega
        self.last: FloatArray = np.full(omega.size, np.inf)

    @abstractmethod
    def sweep(self, todo: IntArray) -> None:
        """Move these zeros once, from the same old positions of all, and note by how much."""

    def settle(self, todo: IntArray, sweeps: int = MAX_SWEEPS) -> None:
        """Sweep until these zeros rest, or circle within rounding."""
        best, idle = np.inf, 0
        for _ in range(sweeps):
            for some in todo[:, None] if todo.size <= self.few and idle >= self.patience else (todo,):
                self.sweep(some)
            todo = todo[~(self.last[todo] <= self.settled)]
            worst = float(self.last[todo].max(initial=0.0))
            idle = idle + 1 if worst >= PROGRESS * best else 0
            best = min(best, worst)
            if not todo.size or (worst < RESTING and idle > IDLE):
                return

    def restless(self, among: IntArray) -> IntArray:
        """Return which of some zeros moved last by more than the certificate is let to judge."""
        return among[~(self.last[among] < self.good_enough)]

    def found(self, among: IntArray | None = None) -> ComplexArray:
        """Return all zeros, some of them or all moved until they rest; refuse where they do not."""
        among = np.arange(self.omega.size) if among is None else among
        self.settle(among)
        if self.restless(among).size:
            self.settle(self.restless(among))
        if self.restless(among).size:
            raise CertificateError(f"{self.restless(among).size} of {among.size} {self.what} did not converge: "
                                   "change a mass or a friction by 1 part in 1e6, and report the system as an issue")
        return self.omega
