"""A lattice as equal layers, some of which baths cover, and the chains that it falls apart into."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hotsprings.baths import Bath
from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.network import Chain
from hotsprings.network.layers import Layers, layers_of
from hotsprings.response.tolerances import EPS
from hotsprings.system import OpenNetwork

__all__ = ["Springs", "Stack", "stack_of"]

SAME = 8.0 * EPS  # of the largest eigenvalue across a layer, some roundings of it: closer ones are one
AT_ONCE = 4e6  # products of modes in one block


class Springs(NamedTuple):
    """Springs, pinnings, masses and frictions of chains that are alike, and by how much their pinnings differ."""

    k: FloatArray
    p: FloatArray
    m: FloatArray
    gamma: FloatArray
    kappa: FloatArray

    def _numbered(self, rows: IntArray) -> IntArray:
        """Return the place of each site in a list of some, -1 where it is not in it."""
        out = np.full(self.m.size, -1)
        out[rows] = np.arange(rows.size)
        return out

    def mirrored(self, at: IntArray, rows: IntArray, omega: ComplexArray) -> ComplexArray:
        """Return G_xb(-ω) of every chain, x of ``rows``, b of ``at``, shape (n_omega, n_rows, n_at, n_kappa)."""
        from hotsprings.kernels.layers import elements

        out = np.empty((omega.size, rows.size, at.size, self.kappa.size), np.complex128)
        elements(*self, at, self._numbered(rows), omega, out)
        return out

    def weighted(self, at: IntArray, rows: IntArray, omega: ComplexArray, weights: ComplexArray) -> FloatArray:
        """Return Re Σ_k w_xbk G_xb(-ω_k) of every chain, (n_rows, n_at, n_kappa); weights (n_rows, n_at, n_omega)."""
        from hotsprings.kernels.layers import weighted_sums

        out = np.zeros((rows.size, at.size, self.kappa.size))
        weighted_sums(*self, at, self._numbered(rows), omega, weights, out)
        return out


@dataclass(frozen=True, eq=False)
class Stack:
    """A lattice of equal layers, each with a bath of one friction at every site, or with none.

    Attributes
    ----------
    layers : Layers
    at : ndarray of int, shape (n_covered,)
        Layers that baths cover, ascending.
    friction : ndarray, shape (n_covered,)
    place : ndarray of int, shape (2, n_sites)
        Layer of each site, and its number within the layer.
    bath : ndarray of int, shape (2, n_baths)
        Which of the covered layers each bath is in, and its number within it.
    """

    layers: Layers
    at: IntArray
    friction: FloatArray
    place: IntArray
    bath: IntArray

    @property
    def n_across(self) -> int:
        """Sites of a layer."""
        return int(self.layers.sites.shape[1])

    @cached_property
    def springs(self) -> Springs:
        """Its chains."""
        one, gamma = self.layers, np.zeros(len(self.layers.masses))
        gamma[self.at] = self.friction
        return Springs(one.springs, one.pinning, one.masses, gamma, self.modes[0])

    @cached_property
    def modes(self) -> tuple[FloatArray, list[FloatArray]]:
        """Different eigenvalues κ across a layer, and the modes φ_s(y) of each, (n_across, how many)."""
        values, vectors = self.layers.across()
        width = SAME * float(values[-1])
        values = np.where(values <= width, 0.0, values)
        first = np.flatnonzero(np.append(True, np.diff(values) > width))
        return values[first], np.split(vectors, first[1:], axis=1)

    def overlaps(self, one: IntArray, other: IntArray) -> FloatArray:
        """Return Q_κ(y, y') = Σ_s φ_s(y) φ_s(y') over the modes of each κ, shape (len(one), n_kappa)."""
        return np.stack([np.einsum("ps,ps->p", phi[one], phi[other]) for phi in self.modes[1]], axis=1)

    def chain(self, kappa: float) -> OpenNetwork:
        """Return the chain that a mode of this κ is."""
        one = self.layers
        network = Chain(one.masses, one.springs, one.pinning + kappa)
        return OpenNetwork(network, [Bath(int(x), 1.0, float(g)) for x, g in zip(self.at, self.friction, strict=True)])

    def contracted(self, pairs: FloatArray, some: IntArray) -> FloatArray:
        """Return Σ_κκ' Q_κ(y, y') Q_κ'(y, y') of each matrix over (κ, κ'), y among ``some``, y' any.

        ``pairs`` has shape (..., n_kappa, n_kappa), the result (..., len(some), n_across).
        """
        n, whole = self.n_across, some.size == self.n_across
        first, second = np.triu_indices(n) if whole else (a.ravel() for a in np.mgrid[: some.size, :n])
        flat = pairs.reshape(-1, *pairs.shape[-2:])
        out = np.empty((len(flat), some.size, n))
        step = max(1, int(AT_ONCE / n))
        for part in (slice(k, k + step) for k in range(0, first.size, step)):
            i, j = first[part], second[part]
            q = self.overlaps(some[i], j)
            for matrix, filled in zip(flat, out, strict=True):
                filled[i, j] = np.einsum("ps,ps->p", q @ matrix, q)
                if whole:
                    filled[j, i] = filled[i, j]
        return out.reshape(*pairs.shape[:-2], some.size, n)


def stack_of(system: OpenNetwork) -> Stack | None:
    """Return a lattice as equal layers, some covered by baths, the way with most layers; None where there is none."""
    ways = sorted(layers_of(system.network), key=lambda layers: -len(layers.sites))
    return next((stack for stack in (_covered(system, layers) for layers in ways) if stack is not None), None)


def _covered(system: OpenNetwork, layers: Layers) -> Stack | None:
    n_layers, n_across = layers.sites.shape
    place = np.empty((2, system.n_sites), dtype=np.int64)
    place[:, layers.sites] = np.mgrid[:n_layers, :n_across]
    x, y = place[:, system.bath_sites]
    at, first, number = np.unique(x, return_index=True, return_inverse=True)
    friction = system.friction
    if np.any(np.bincount(number) != n_across) or np.any(friction != friction[first][number]):
        return None
    return Stack(layers, at, friction[first], place, np.stack([number, y]))
