"""What a solution takes, told before it starts: measured on two cores, to a factor of two or so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotsprings.system import OpenNetwork

__all__ = ["Cost", "estimate"]

MEAN_FIELD = 4e-6  # seconds a site, where all masses differ
CHAIN = 2e-6  # seconds a pair of sites
DENSE = 1e-9  # seconds a triple of sites, two baths
CROWDED = 2e-8  # the same with so many baths that the damped motion is diagonalised
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
    from hotsprings.response.choice import FEW_BATHS

    n = float(system.n_sites)
    if system.white and isinstance(system.network, MeanField):
        return Cost(system.n_sites, MEAN_FIELD * n, 540.0 * n / GIB)
    if isinstance(system.network, Chain):
        return Cost(system.n_sites, CHAIN * n * n, 32.0 * n * n / GIB)
    few = system.white and system.n_baths <= FEW_BATHS
    return Cost(system.n_sites, (DENSE if few else CROWDED) * n**3, 32.0 * n * n / GIB)
