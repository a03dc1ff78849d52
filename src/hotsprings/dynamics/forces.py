"""The forces of a network as plain arrays for the compiled loops: which sum is done how, and its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.network import Anharmonic, AnharmonicNetwork, Chain, MeanField, Network, PowerLaw, Rotors

__all__ = ["ForceField", "force_field"]

HARMONIC, POLYNOMIAL, ROTOR = 0, 1, 2  # as in kernels.forces
MEAN_FIELD, CHAIN, LATTICE, DENSE = 0, 1, 2, 3
TOGETHER = 4  # replicas that share a pass over a matrix


@dataclass(frozen=True, eq=False)
class ForceField:
    """What the kernels need to know of a network.

    Attributes
    ----------
    network, interaction : int
        How the springs are arranged, and what they are.
    terms : ndarray, shape (3,)
        Cubic and quartic coefficient of the springs, quartic on site.
    pinning : ndarray, shape (n_sites,)
        Linear on-site stiffness, without walls.
    tables : ndarray
        Mean field: w, (1, 1). Chain: springs with those of the walls, (1, n + 1). Lattice: spectra of w(r) and s w(r),
        and the turns of the transform, (4, length). Else W and under it s_ji w_ij, (2n, n).
    sums : ndarray, shape (2, n_sites)
        Σ_j w_ij and Σ_j s_ij w_ij.
    group : int
        Replicas that go together.
    scratch : tuple of int
        Shape of the memory that a group needs.
    """

    network: int
    interaction: int
    terms: FloatArray
    pinning: FloatArray
    tables: FloatArray
    sums: FloatArray
    group: int
    scratch: tuple[int, int]

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The first arguments of the kernels."""
        return (self.network, self.interaction, self.terms, self.pinning, self.tables, self.sums, self.group,
                *self.scratch)

    def forces(self, q: FloatArray) -> FloatArray:
        """Return the forces on positions, shapes (replicas, n_sites)."""
        from hotsprings.kernels.langevin import forces_of

        compiled: Any = forces_of
        return np.asarray(compiled(*self.arguments, np.ascontiguousarray(q, dtype=np.float64)))


def force_field(network: Network) -> ForceField:
    """Return the force field of a harmonic network, of :class:`Anharmonic` springs or of :class:`Rotors`."""
    base = network.harmonic if isinstance(network, AnharmonicNetwork) else network
    terms, interaction = np.zeros(3), HARMONIC
    if isinstance(network, Anharmonic):
        terms[:] = network.cubic, network.quartic, network.onsite_quartic
        interaction = POLYNOMIAL if network.cubic or network.quartic else HARMONIC
    elif isinstance(network, Rotors):
        interaction = ROTOR
    n = base.n_sites
    if isinstance(base, MeanField):
        table, sums = np.full((1, 1), base.coupling), np.zeros((2, n))
        return ForceField(MEAN_FIELD, interaction, terms, base.k0.copy(), table, sums, 1, (2, n))
    if isinstance(base, Chain):
        springs = np.concatenate([base.walls[:1], base.k, base.walls[1:]])[None]
        return ForceField(CHAIN, interaction, terms, base.k0.copy(), springs, np.zeros((2, n)), 1, (3, n + 1))
    if isinstance(base, PowerLaw):
        return _lattice(base, interaction, terms)
    return _dense(base, interaction, terms)


def _lattice(base: PowerLaw, interaction: int, terms: FloatArray) -> ForceField:
    """Return the sums over a line or a ring as convolutions, padded with zeros up to a power of two where need be."""
    n = base.n_sites
    wraps = base.periodic and n & (n - 1) == 0
    length = n if wraps else 1 << int(2 * n - 2).bit_length()
    distance = np.arange(1, n)
    r = np.minimum(distance, n - distance) if base.periodic else distance
    with np.errstate(under="ignore"):
        w = base.k / base.n_tilde * r.astype(np.float64) ** -base.alpha  # of the site at j - i = distance
    s = np.sign(n - 2 * distance) if base.periodic else np.ones(n - 1)
    kernel, directed = np.zeros((2, length))
    for sign in (1, -1):  # Φ_i = Σ_d kernel(-d) u_{i+d}
        kernel[-sign * distance % length] = w
        directed[-sign * distance % length] = sign * s * w
    turns = _turns(length)
    tables = np.vstack([_spectrum(kernel, turns)[0], _spectrum(directed, turns)[1], turns])
    above, below = np.append(0.0, np.cumsum(w))[::-1], np.append(0.0, np.cumsum(w))
    sums = np.array([np.full(n, w.sum()), np.zeros(n)] if base.periodic else [above + below, above - below])
    return ForceField(LATTICE, interaction, terms, base.k0.copy(), tables, sums, 2, (20, length))


def _turns(length: int) -> FloatArray:
    """Return exp(-iπ j/h) at h + j for h = 1, 2, 4, … length/2, rows real and imaginary."""
    turns = np.zeros((2, length))
    h = 1
    while h < length:
        angle = np.pi * np.arange(h) / h
        turns[:, h:2 * h] = np.cos(angle), -np.sin(angle)
        h *= 2
    return turns


def _spectrum(kernel: FloatArray, turns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the transform of a real kernel over its length, in the order that the transforms of the kernels have."""
    from hotsprings.kernels.fourier import forward

    re, im = kernel / kernel.size, np.zeros(kernel.size)
    forward(re, im, turns)
    return re, im


def _dense(base: Network, interaction: int, terms: FloatArray) -> ForceField:
    W = -base.stiffness()
    np.fill_diagonal(W, 0.0)
    directed = np.triu(W) - np.tril(W)  # s_ij w_ij, s = +1 towards higher numbers
    tables = np.vstack([W, directed.T])
    sums = np.array([W.sum(axis=1), directed.sum(axis=1)])
    scratch = (9 * TOGETHER, base.n_sites)
    return ForceField(DENSE, interaction, terms, np.array(base.pinning), tables, sums, TOGETHER, scratch)
