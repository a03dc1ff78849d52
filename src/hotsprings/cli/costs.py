"""What a solution takes, told before it starts: measured on two cores, to a factor of two or so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotsprings.response.stack import Stack
    from hotsprings.system import OpenNetwork

__all__ = ["Cost", "estimate"]

MEAN_FIELD = 4e-6  # seconds a site, where all masses differ
CHAIN = 7e-8  # seconds a pair of sites; five times that where resonances coincide
DENSE = 8e-10  # seconds a triple of sites
ACROSS, STEP, PRODUCT = 0.03, 1e-8, 1e-10  # seconds a chain, a site of a chain beside another, a product of matrices
GIB = 2.0**30


@dataclass(frozen=True)
class Cost:
    """Time and memory of a solution.

    Attributes
    ----------
    n_sites : int
    seconds : float
    memory : float
        GiB.
    """

    n_sites: int
    seconds: float
    memory: float

    def __str__(self) -> str:
        time = f"{self.seconds:.0f} s" if self.seconds < 90.0 else (
            f"{self.seconds / 60.0:.0f} min" if self.seconds < 5400.0 else f"{self.seconds / 3600.0:.1f} h")
        return f"{self.n_sites:,} sites take about {time} on two cores and {self.memory:.1f} GiB"


def estimate(system: OpenNetwork) -> Cost:
    """Return what the stationary state of a system takes.

    Parameters
    ----------
    system : OpenNetwork

    Returns
    -------
    Cost
    """
    from hotsprings.network import Chain, MeanField
    from hotsprings.response.modal_zeros import FEW_BATHS, seconds
    from hotsprings.response.stack import stack_of

    n, n_baths = float(system.n_sites), system.n_baths
    if system.white and isinstance(system.network, MeanField):
        return Cost(system.n_sites, MEAN_FIELD * n, 540.0 * n / GIB)
    if isinstance(system.network, Chain):
        return Cost(system.n_sites, CHAIN * n * n, 3000.0 * n / GIB)
    stack = stack_of(system) if system.white else None
    if stack is not None:
        return _layered(stack, n)
    if n_baths > FEW_BATHS:
        return Cost(system.n_sites, seconds(system.n_sites, n_baths), (100.0 * n * n + 64.0 * n * n_baths**2) / GIB)
    return Cost(system.n_sites, DENSE * n**3, 32.0 * n * n / GIB)


def _layered(stack: Stack, n: float) -> Cost:
    """Return what equal layers take: chains, each beside all others, and modes across a layer put together again."""
    length, covered, different = float(len(stack.layers.sites)), stack.at.size, float(stack.modes[0].size)
    seconds = (ACROSS * different * (1.0 + (length / 200.0) ** 2) + STEP * (different * length) ** 2
               + PRODUCT * (different * stack.n_across) ** 2 * length * covered)
    together = 16.0 * length * covered * different**2
    return Cost(int(n), seconds, (together + 32.0 * n * stack.n_across * covered) / GIB)
