"""Springs that are not harmonic: what molecular dynamics takes and the exact theory does not."""

from __future__ import annotations

from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, IntArray, legible
from hotsprings.errors import ArgumentError
from hotsprings.network.base import Immutable, Network, bonds_of, checked_network, positions_of
from hotsprings.network.chain import Chain
from hotsprings.network.mean_field import MeanField
from hotsprings.network.power_law import PowerLaw

__all__ = ["Anharmonic", "AnharmonicNetwork", "Rotors"]


class AnharmonicNetwork(Immutable):
    """A harmonic network whose springs w_ij = -K_ij are the weights of another interaction."""

    __slots__ = ("harmonic",)
    harmonic: Network

    def __init__(self, network: Any) -> None:
        if isinstance(network, AnharmonicNetwork):
            raise ArgumentError("network", "be harmonic", f"{type(network).__name__} was given; wrap its '.harmonic'")
        object.__setattr__(self, "harmonic", checked_network(network))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.harmonic,)

    def _repr_html_(self) -> str:
        from hotsprings.notebook import network_html

        return network_html(self)

    @property
    def n_sites(self) -> int:
        """Number of particles N."""
        return self.harmonic.n_sites

    @property
    def masses(self) -> FloatArray:
        """Masses, shape (n_sites,), read-only."""
        return self.harmonic.masses

    @property
    def pinning(self) -> FloatArray:
        """Row sums of the harmonic part of the stiffness matrix, shape (n_sites,), read-only."""
        return self.harmonic.pinning

    @property
    def bonds(self) -> IntArray | None:
        """Pairs of sites that springs join, shape (n_bonds, 2), where the harmonic part knows them."""
        return bonds_of(self.harmonic)

    @property
    def positions(self) -> FloatArray | None:
        """Where the sites are, shape (n_sites, dimension), where the harmonic part knows it."""
        return positions_of(self.harmonic)

    def stiffness(self) -> FloatArray:
        """Return the stiffness matrix at q = 0, that of the harmonic part, shape (n_sites, n_sites)."""
        return self.harmonic.stiffness()

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from: that of the harmonic part, and the interaction."""
        raise NotImplementedError


class Anharmonic(AnharmonicNetwork):
    """Fermi-Pasta-Ulam-Tsingou springs (α: cubic, β: quartic) and φ⁴ on each site, around a harmonic network.

    V = Σ_{i<j} w_ij [r²/2 + cubic r³/3 + quartic r⁴/4] + Σ_i [k0_i q_i²/2 + onsite_quartic q_i⁴/4],   r = q_j - q_i,

    w_ij = -K_ij of the harmonic network. In a ring r runs along the shorter way round, and sites opposite each other,
    where there is none, have no cubic term. The walls of a chain with fixed ends are springs like the others, between
    the first and the last site and resting ones beyond them.

    Parameters
    ----------
    network : Network
        The harmonic part: MeanField, PowerLaw, Chain, or any other.
    cubic : float
        Of each spring (1/length). With cubic² > 4 quartic a spring has a second minimum, and without a quartic term it
        breaks when r passes -1/cubic: then the state is metastable.
    quartic : float
        Of each spring, ≥ 0 (1/length²).
    onsite_quartic : float
        φ⁴ on each site, ≥ 0 (energy/length⁴).

    Raises
    ------
    ArgumentError
        If an argument is out of range, or a quartic term meets a negative spring, so that energy is unbounded.

    References
    ----------
    Iubini, Di Cintio, Lepri, Livi, Casetti, Phys. Rev. E 97, 032102 (2018); Lepri, Livi, Politi, Phys. Rep. 377, 1
    (2003).

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.Anharmonic(hs.Chain([1, 1, 1]), quartic=0.1)
    Anharmonic(Chain(N=3, m=1, k=1, k0=0, free ends), quartic=0.1)
    """

    __slots__ = ("cubic", "onsite_quartic", "quartic")
    cubic: float
    quartic: float
    onsite_quartic: float

    def __init__(self, network: Any, cubic: float = 0.0, quartic: float = 0.0, onsite_quartic: float = 0.0) -> None:
        super().__init__(network)
        put = object.__setattr__
        put(self, "cubic", checks.number("cubic", cubic))
        put(self, "quartic", checks.non_negative("quartic", quartic))
        put(self, "onsite_quartic", checks.non_negative("onsite_quartic", onsite_quartic))
        if (self.quartic or self.cubic) and _has_negative_spring(self.harmonic):
            raise ArgumentError("network", "have no negative spring -K_ij where springs are anharmonic",
                                "it has one, and the energy would have no lower bound")

    def __reduce__(self) -> tuple[Any, ...]:
        return Anharmonic, (self.harmonic, self.cubic, self.quartic, self.onsite_quartic)

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from: that of the harmonic part, and the terms in ``anharmonic``.

        Examples
        --------
        >>> import hotsprings as hs
        >>> chain = hs.Anharmonic(hs.Chain([1, 1]), quartic=0.5)
        >>> chain.parameters()["anharmonic"]
        {'cubic': 0.0, 'quartic': 0.5, 'onsite_quartic': 0.0}
        """
        terms = {"cubic": self.cubic, "quartic": self.quartic, "onsite_quartic": self.onsite_quartic}
        return {**self.harmonic.parameters(), "anharmonic": terms}

    @legible
    def __repr__(self) -> str:
        terms = [f"{name}={value:.4g}" for name, value in (
            ("cubic", self.cubic), ("quartic", self.quartic), ("onsite_quartic", self.onsite_quartic)) if value]
        return f"Anharmonic({', '.join([repr(self.harmonic), *terms])})"


class Rotors(AnharmonicNetwork):
    """Rotors (the XY model with inertia) on the springs of a harmonic network: q_i is an angle, m_i its inertia.

    V = Σ_{i<j} w_ij [1 - cos(q_j - q_i)] + Σ_i k0_i q_i²/2,   w_ij = -K_ij of the harmonic network,

    which is its limit at low temperature; the walls of a chain with fixed ends are bonds like the others.

    Parameters
    ----------
    network : Network
        MeanField (with the Kac factor: the Hamiltonian mean field model), PowerLaw, Chain, or any other.

    Raises
    ------
    ArgumentError
        If ``network`` is not a harmonic network.

    References
    ----------
    Antoni, Ruffo, Phys. Rev. E 52, 2361 (1995); Iubini et al., Phys. Rev. E 97, 032102 (2018).

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.Rotors(hs.Chain([1, 1, 1]))
    Rotors(Chain(N=3, m=1, k=1, k0=0, free ends))
    """

    __slots__ = ()

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from: that of the harmonic part, and ``rotors``.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Rotors(hs.Chain([1, 1])).parameters()["rotors"]
        True
        """
        return {**self.harmonic.parameters(), "rotors": True}

    @legible
    def __repr__(self) -> str:
        return f"Rotors({self.harmonic!r})"


def _has_negative_spring(network: Network) -> bool:
    if isinstance(network, MeanField | PowerLaw | Chain):
        return False
    return bool(np.any(np.triu(network.stiffness(), 1) > 0.0))
