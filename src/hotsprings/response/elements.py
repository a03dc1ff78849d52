"""Doubts of Green elements: what is taken from the springs instead, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from hotsprings.checks import FloatArray, IntArray
from hotsprings.errors import PrecisionWarning, tell
from hotsprings.response.precise import to_eliminate
from hotsprings.response.tolerances import CONDITIONING, DOUBTED

_doubts: ContextVar[list[tuple[float, FloatArray]] | None] = ContextVar("doubts", default=None)


@contextmanager
def kept_doubts() -> Iterator[list[tuple[float, FloatArray]]]:
    """Give a list to which, inside, relative doubts of Green elements and their frequencies go untold."""
    found: list[tuple[float, FloatArray]] = []
    before = _doubts.set(found)
    try:
        yield found
    finally:
        _doubts.reset(before)


@contextmanager
def told_once() -> Iterator[None]:
    """Tell at the end, once, of all Green elements that are doubted inside."""
    with kept_doubts() as found:
        yield
    before = _doubts.get()
    if before is not None:
        before.extend(found)
    elif found:
        tell_elements(max(doubt for doubt, _ in found), np.unique(np.concatenate([omega for _, omega in found])))


def settle_elements(unknown: FloatArray, omega: FloatArray, n_sites: int, eliminate: Callable[[IntArray], None]
                    ) -> None:
    """Have those of Green elements taken from the springs that modes know too poorly; tell of what is left.

    ``unknown``: the relative doubt of each, (n_omega,); ``eliminate`` is called with the numbers of the former.
    """
    unknown = np.where(np.isnan(unknown), np.inf, unknown)
    hard = to_eliminate(unknown, n_sites)
    if hard.size:
        eliminate(hard)
        unknown[hard] = 0.0
    left = unknown > DOUBTED
    if left.any():
        tell_elements(float(unknown.max()), omega[left])


def tell_elements(doubt: float, omega: FloatArray) -> None:
    """Tell by a PrecisionWarning where fewer than six digits of Green elements are known."""
    kept = _doubts.get()
    if kept is not None:
        kept.append((doubt, omega))
    elif not doubt <= CONDITIONING:
        tell(f"Green elements at {omega.size} frequencies between {omega.min():.6g} and {omega.max():.6g} are "
             f"known to a relative {doubt:.1e} only: they are small beside what the last bits of the network "
             "change there", PrecisionWarning)
