"""Modes that feel a bath, very many of them, and the secular matrix of the baths summed over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.response.small_systems import solved
from hotsprings.response.tree import Tree

if TYPE_CHECKING:
    from hotsprings.kernels.bath_zeros import Modes


@dataclass(frozen=True, eq=False)
class BrightModes:
    """Modes that feel a bath: λ (2, n) as double-doubles, ascending, c_aj (n_baths, n), and how many are free."""

    values: FloatArray
    coupling: FloatArray
    n_free: int

    @cached_property
    def tree(self) -> Modes:
        """The modes as the kernels take them."""
        from hotsprings.kernels import multipole
        from hotsprings.kernels.bath_zeros import Modes
        from hotsprings.kernels.threads import side_by_side

        c, n = self.coupling, self.values.shape[1]
        pairs = [c[a] * c[b] for a in range(len(c)) for b in range(a, len(c))]
        products = np.array([*pairs, np.ones(n)])
        tree = Tree.of_gaps(self.values)
        fields = tree.fields(self.values, products[:-1])
        charges = np.zeros((len(products), tree.radius.size, multipole.ORDER))

        def fill(out: FloatArray, row: FloatArray) -> None:
            out[:] = multipole.charges(tree.real_moments(self.values, row), tree.centre, tree.radius)

        if not tree.is_leaf:
            side_by_side(partial(fill, out, row) for out, row in zip(charges, products, strict=True))
        return Modes(self.values[0], self.values[1], c, products, *fields[0][:4], np.array([f.far for f in fields]),
                     charges)

    @cached_property
    def gaps(self) -> FloatArray:
        """Distances between neighbouring λ, shape (n - 1,)."""
        return np.asarray(np.diff(self.values[0]) + np.diff(self.values[1]))

    def sums(self, anchors: IntArray, offsets: ComplexArray, rows: int = 0, directly: bool = False
             ) -> tuple[ComplexArray, ComplexArray]:
        """Return Σ p/(λ - x) and Σ p/(λ - x)² of the products of couplings, or the first ``rows``, (n, n_rows) each."""
        from hotsprings.kernels import bath_zeros

        tree = self.tree
        if directly:
            tree = tree._replace(fars=tree.fars[:, :0, :])
        first, second = (np.empty((anchors.size, rows or len(tree.fars)), np.complex128) for _ in range(2))
        bath_zeros.sums(tree, anchors, offsets, first, second)
        return first, second


    def damping(self, omega: ComplexArray, anchors: IntArray, offsets: ComplexArray, directly: bool = False
                ) -> tuple[ComplexArray, ComplexArray]:
        """Return D and dD/dω at some zeros, shape (n_baths, n_baths, n) each."""
        return damping(omega, *self.sums(anchors, offsets, directly=directly), len(self.coupling))

    def anchored(self, anchors: IntArray, offsets: ComplexArray) -> tuple[IntArray, ComplexArray]:
        """Return each zero as an offset from the mode nearest to it."""
        gap, (high, low) = self.gaps, self.values
        around = np.searchsorted(high, high[anchors] + offsets.real).clip(0, high.size - 1)
        far = np.abs(around - anchors) > 2
        offsets = np.where(far, offsets - ((high[around] - high[anchors]) + (low[around] - low[anchors])), offsets)
        anchors = np.where(far, around, anchors)
        for step in (1, -1):
            todo = np.arange(anchors.size)
            while todo.size:
                a = anchors[todo]
                todo = todo[a < gap.size] if step > 0 else todo[a > 0]
                between = gap[anchors[todo] - (step < 0)]
                over = step * offsets[todo].real > 0.5 * between
                todo, between = todo[over], between[over]
                offsets[todo] -= step * between
                anchors[todo] += step
        return anchors, offsets


def damping(omega: ComplexArray, first: ComplexArray, second: ComplexArray, n_baths: int
            ) -> tuple[ComplexArray, ComplexArray]:
    """Return D = 1 + iω S and dD/dω from sums S over modes, of pairs a ≤ b of baths."""
    d, slope = (np.empty((n_baths, n_baths, omega.size), np.complex128) for _ in range(2))
    row, factor, square = 0, 1j * omega, 2j * omega * omega
    for a in range(n_baths):
        for b in range(a, n_baths):
            d[a, b] = d[b, a] = factor * first[:, row]
            slope[a, b] = slope[b, a] = 1j * first[:, row] + square * second[:, row]
            row += 1
        d[a, a] += 1.0
    return d, slope


def corrections(d: ComplexArray, slope: ComplexArray, rest: ComplexArray) -> ComplexArray:
    """Return the steps -1/(tr D⁻¹ D' + rest) of zeros of det D."""
    return np.asarray(-1.0 / (np.einsum("aak->k", solved(d, slope)) + rest))
