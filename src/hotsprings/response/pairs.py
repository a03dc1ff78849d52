"""What each two chains of a layered lattice have in common: sums over the poles of one, the other at -ω_k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.progress import report
from hotsprings.response.response import Response, places
from hotsprings.response.stack import Springs, Stack

__all__ = ["Pairs"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Chains of a stack, two at a time.

    Attributes
    ----------
    stack : Stack
    springs : Springs
        What the chains are at -ω_k.
    chains : sequence of Response
        What gives their poles and residues.
    sites : ndarray of int
        Where sums are wanted.
    once : bool
        Whether sums over the poles of one of two chains do.
    """

    stack: Stack
    springs: Springs
    chains: Sequence[Response]
    sites: IntArray
    once: bool = False

    @property
    def known(self) -> tuple[IntArray, IntArray]:
        """Layers, and sites within a layer, of which the sites are some; all covered layers among them."""
        x, y = self.stack.place[:, self.sites]
        return np.union1d(x, self.stack.at), np.unique(y)

    def joined(self, layers: IntArray, factors: list[ComplexArray]) -> FloatArray:
        """Return 2 Re Σ_k share_k factor_bk (r_k)_xb g'_xb(-ω_k) of each two chains, no chain with itself.

        ``factors``: (n_at, n_poles) of each chain. Shape (n_layers, n_at, n_kappa, n_kappa), the third axis that of the
        chain whose poles these are; above the diagonal only, where once is enough.
        """
        n, at = self.springs.kappa.size, self.stack.at
        out = np.zeros((layers.size, at.size, n, n))
        for one, (chain, factor) in enumerate(zip(self.chains, factors, strict=True)):
            report(f"chain {one + 1} of {n} with the others")
            first = one + 1 if self.once else 0
            omega, share = chain.poles
            weights = 2.0 * share * factor * chain.right() * chain.left(layers)[:, None, :]
            others = self.springs._replace(kappa=self.springs.kappa[first:])
            out[:, :, one, first:] = others.weighted(at, layers, omega, weights)
            out[:, :, one, one] = 0.0
        return out

    def both_ways(self, layers: IntArray) -> tuple[FloatArray, float]:
        """Return H of each two chains, and half of what the two orders differ at most, in bath weights."""
        s = self.stack
        pairs = self.joined(layers, [np.tile(2j * chain.poles.omega**2, (s.at.size, 1)) for chain in self.chains])
        units = s.layers.masses[layers][:, None] * s.friction
        off, part = 0.0, 1.0 if self.once else 0.5
        for row, size in zip(pairs.reshape(-1, *pairs.shape[2:]), units.ravel(), strict=True):
            if not self.once:
                off = max(off, float(np.nan_to_num(0.5 * size * np.abs(row - row.T), nan=np.inf).max()))
            row += row.T.copy()
            row *= part
        for one, chain in enumerate(self.chains):
            pairs[:, :, one, one] = chain.plain_sums()[1][places(chain.rows, layers)] / units
        return pairs, off

    def at_sites(self, found: FloatArray) -> FloatArray:
        """Return what was found for layers and sites within them at the sites, (n_sites, n_baths)."""
        (layers, some), (number, across) = self.known, self.stack.bath
        x, y = self.stack.place[:, self.sites]
        x, y = np.searchsorted(layers, x), np.searchsorted(some, y)
        out = np.empty((self.sites.size, number.size))
        for b in range(self.stack.at.size):
            here = np.flatnonzero(number == b)
            out[:, here] = found[:, b][x, y][:, across[here]]
        return out

    def local_sums(self, weights: list[ComplexArray]) -> FloatArray:
        """Return 2 Re Σ_k share_k weight_ka (R_k)_na G_na(-ω_k), weights (n_poles, n_baths) of each chain.

        Baths of one layer that weigh all poles alike are summed together.
        """
        (layers, some), (number, _) = self.known, self.stack.bath
        out, left = np.empty((self.sites.size, number.size)), np.ones(number.size, dtype=bool)
        while left.any():
            order = np.argsort(~left, kind="stable")
            one = order[np.unique(number[order], return_index=True)[1]]  # of each layer, if possible one that is left
            same = left & np.all([np.all(part == part[:, one[number]], axis=0) for part in weights], axis=0)
            pairs = self.joined(layers, [part[:, one].T for part in weights])
            for place, (chain, part) in enumerate(zip(self.chains, weights, strict=True)):
                pairs[:, :, place, place] = chain.local_sums(part[:, one])[places(chain.rows, layers)]
            out[:, same] = self.at_sites(self.stack.contracted(pairs, some))[:, same]
            left &= ~same
        return out
