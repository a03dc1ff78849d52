"""The contract every engine answers."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainGreen
from hotsprings.response.door import harmonic_only
from hotsprings.response.long_chains import long_chain
from hotsprings.response.mean_field import MeanFieldGreen
from hotsprings.response.modal import ModalGreen
from hotsprings.network import MeanField
from hotsprings.system import OpenNetwork


class GreenOperator(Protocol):
    """ω ↦ G(ω) = [K - ω²M + iωΓ]⁻¹ of one open network, its poles, and the sums over them."""

    system: OpenNetwork
    dark_means: str  # what is said of modes that count as dark

    def element(self, omega: FloatArray, i: int, j: int, times_omega: bool = False) -> ComplexArray:
        """Return G_ij at real frequencies, shape of omega; or ω G_ij, finite at ω = 0 in free networks too."""
        ...

    def resonance_frequencies(self) -> ComplexArray:
        """Return every pole of G that decays, mirrors included, unsorted."""
        ...

    def expected_resonances(self) -> int:
        """Return how many resonances there must be."""
        ...

    def conditioning(self) -> float:
        """Return how far the bath weights can be off because the network is known in double precision only."""
        ...

    def flux_doubt(self) -> float:
        """Return by what part of itself a conductance can be off for the same reason."""
        ...

    def sampled_error(self) -> float:
        """Return by how much a sample of resonances moves when it is solved again in twice the precision."""
        ...

    def stationary_sums(self) -> tuple[FloatArray, FloatArray]:
        """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths)."""
        ...

    def detuned(self, shift: float) -> GreenOperator:
        """Return the operator with every friction changed by a factor near 1 + shift."""
        ...

    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane and its residues there."""
        ...

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site, shape (n_sites,)."""
        ...


@lru_cache(maxsize=1)
def green_operator(system: OpenNetwork) -> GreenOperator:
    """Return the engine for the structure of this network; the last one is kept, with the modes and zeros it found."""
    network = harmonic_only(system.network)
    if isinstance(network, MeanField):
        return MeanFieldGreen(system)
    return _chain(system, True) or ModalGreen(system)


def flux_operator(system: OpenNetwork) -> GreenOperator:
    """Return an engine for what passes between baths: chains and rings keep their modes at the bath sites only."""
    if harmonic_only(system.network).structure in ("tridiagonal", "circulant"):
        return _chain(system, False) or long_chain(system) or ModalGreen(system, everywhere=False)
    return green_operator(system)


def _chain(system: OpenNetwork, everywhere: bool) -> ChainGreen | None:
    """Return the engine of chains without modes, where the modes would be uncertain."""
    data = chain_data(system)
    return ChainGreen(system, data, everywhere) if data is not None and data.uneven else None
