"""The systems that are timed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import hotsprings as hs
from hotsprings.response import tree

BATHS = (hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 1.0))
DIRECTLY, THROUGH_TREE = 10**12, 0  # values of tree.DIRECT


def random_mean_field(n: int, k0: float = 1.0, kac: bool = True) -> hs.OpenNetwork:
    """Return random masses (δ = 0.1) between two baths."""
    return hs.OpenNetwork(hs.MeanField(hs.masses.random(n, 1.0, 0.1, seed=1), k=1.0, k0=k0, kac=kac), BATHS)


def random_power_law(n: int) -> hs.OpenNetwork:
    """Return random masses with springs that fall as r^-1.5 between two baths."""
    return hs.OpenNetwork(hs.PowerLaw(hs.masses.random(n, 1.0, 0.1, seed=1), 1.5, k0=1.0), BATHS)


def random_chain(n: int, spread: float = 0.1) -> hs.OpenNetwork:
    """Return a chain of random masses with fixed ends between two baths."""
    return hs.OpenNetwork(hs.Chain(hs.masses.random(n, 1.0, spread, seed=1), ends="fixed"), BATHS)


def fresh(system: hs.OpenNetwork) -> hs.OpenNetwork:
    """Return the same system anew: the engine of the last one is kept, and would answer at once."""
    return hs.OpenNetwork(system.network, system.baths)


@contextmanager
def summed(direct: int) -> Iterator[None]:
    """Sum ``DIRECTLY`` or ``THROUGH_TREE``, whatever the number of points."""
    usual = tree.DIRECT
    tree.DIRECT = direct
    try:
        yield
    finally:
        tree.DIRECT = usual
