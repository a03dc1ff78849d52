"""What was found for the last system asked about is kept, and for no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from typing import Generic, TypeVar

from hotsprings.system import OpenNetwork

__all__ = ["LastKept", "last_kept"]

T = TypeVar("T")


class LastKept(Generic[T]):
    """A function of a system, with what it returned for the last one.

    Two systems that are equal are two, so that whoever makes a fresh one measures a fresh solve.
    """

    def __init__(self, function: Callable[[OpenNetwork], T]) -> None:
        self._function = function
        self._last: tuple[OpenNetwork, T] | None = None
        update_wrapper(self, function)

    def __call__(self, system: OpenNetwork) -> T:
        """Return what the function returns."""
        last = self._last
        if last is None or last[0] is not system:
            last = self._last = system, self._function(system)
        return last[1]

    @contextmanager
    def instead(self, system: OpenNetwork, value: T) -> Iterator[None]:
        """Return another value for a system, for a while."""
        last, self._last = self._last, (system, value)
        try:
            yield
        finally:
            self._last = last

    def known(self, system: OpenNetwork) -> T | None:
        """Return what it returned, if this was the last system."""
        last = self._last
        return last[1] if last is not None and last[0] is system else None


def last_kept(function: Callable[[OpenNetwork], T]) -> LastKept[T]:
    """Return the function of a system, with what it returned for the last one."""
    return LastKept(function)
