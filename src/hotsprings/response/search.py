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


class Search(ABC):
    """Zeros ω (n,), and by how much of itself each moved last, (n,)."""

    settled: ClassVar[float] = SETTLED  # move at which a zero rests

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
            for some in (todo,) if todo.size > FEW else todo[:, None]:
                self.sweep(some)
            todo = todo[~(self.last[todo] <= self.settled)]
            worst = float(self.last[todo].max(initial=0.0))
            idle = idle + 1 if worst >= 0.5 * best else 0
            best = min(best, worst)
            if not todo.size or (worst < RESTING and idle > IDLE):
                return

    @property
    def restless(self) -> IntArray:
        """Zeros that moved last by more than the certificate is let to judge."""
        return np.flatnonzero(~(self.last < GOOD_ENOUGH))

    def found(self) -> ComplexArray:
        """Return all zeros; refuse where some do not rest."""
        self.settle(np.arange(self.omega.size))
        if self.restless.size:
            self.settle(self.restless)
        if self.restless.size:
            raise CertificateError(f"{self.restless.size} of {self.last.size} resonances did not converge: change a "
                                   "mass or a friction by 1 part in 1e6, and report the system as an issue")
        return self.omega
