"""Points on a line in a tree of intervals: what is far is summed through polynomials, in O(N)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from hotsprings.checks import FloatArray, IntArray
from hotsprings.kernels.multipole import Field

LEAF = 20  # points of a leaf: from this to twice this many
DIRECT = 1500  # points up to which everything is nearby: the tree costs more than it saves (see docs/performance.md)


@dataclass(frozen=True, eq=False)
class Tree:
    """Sorted points in leaves of equal number; ``centre`` (2, 2 n_leaves) and ``radius`` of each node of the heap."""

    n_points: int
    centre: FloatArray
    radius: FloatArray

    @classmethod
    def _from_leaves(cls, points: FloatArray, n_leaves: int, to_next: bool) -> Tree:
        from hotsprings.kernels import multipole

        n = points.shape[1]
        first = np.arange(n_leaves) * n // n_leaves
        last = np.append(first[1:], n - 1) if to_next else np.append(first[1:] - 1, n - 1)
        lower, upper = np.ascontiguousarray(points[:2, first]), np.ascontiguousarray(points[:2, last])
        return cls(n, *multipole.intervals(lower, upper))

    @classmethod
    def of_points(cls, points: FloatArray, direct: bool = False) -> Tree:
        """Return the tree of sorted double-double points, rows (high, low); ``direct``: of a single leaf."""
        return cls._from_leaves(points, 1 if direct else _leaves(points.shape[1]), False)

    @classmethod
    def of_gaps(cls, points: FloatArray) -> Tree:
        """Return a tree whose leaves also hold the gap behind their last point, and what lies in it."""
        n = points.shape[1]
        return cls._from_leaves(points, _leaves(n) if worth_a_tree(n, n) else 1, True)

    @property
    def is_leaf(self) -> bool:
        """Whether everything is near everything."""
        return self.radius.size == 2

    @cached_property
    def own(self) -> Interactions:
        """The interactions of its points, or of what lies in their gaps, with each other."""
        return Interactions.between(self, self)

    def fields(self, points: FloatArray, rows: Iterable[FloatArray]) -> list[Field]:
        """Return the fields of rows of real weights on its points, or in their gaps, threads together."""
        from hotsprings.kernels.threads import side_by_side

        own, found = self.own, dict[int, Field]()

        def fill(number: int, row: FloatArray) -> None:
            found[number] = own.real_field(points, row)

        side_by_side(partial(fill, number, row) for number, row in enumerate(rows))
        return [found[number] for number in sorted(found)]

    def real_moments(self, points: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the moments of real weights on points (2, n)."""
        from hotsprings.kernels import multipole

        return np.asarray(multipole.real_moments(points[0], points[1], weights, self.centre, self.radius))

    def complex_moments(self, high: FloatArray, rest: FloatArray, depth: FloatArray, real: FloatArray,
                        imaginary: FloatArray) -> FloatArray:
        """Return the real part of the moments of complex weights on points high + rest + i depth."""
        from hotsprings.kernels import multipole

        return np.asarray(multipole.complex_moments(high, rest, depth, real, imaginary, self.centre, self.radius))


def worth_a_tree(n_targets: int, n_sources: int) -> bool:
    """Return whether summing through a tree is faster than summing all terms."""
    return n_targets * n_sources > DIRECT**2 and min(n_targets, n_sources) > 2 * LEAF


def _leaves(n: int) -> int:
    """Return the number of leaves, a power of two."""
    return 1 << max(0, (n // LEAF).bit_length() - 1)


@dataclass(frozen=True, eq=False)
class Interactions:
    """Which nodes of two trees are far from each other, and which points are near a leaf."""

    target: Tree
    source: Tree
    far_begin: IntArray
    far_source: IntArray
    far_offset: FloatArray
    near_begin: IntArray
    near: IntArray

    @classmethod
    def between(cls, target: Tree, source: Tree) -> Interactions:
        """Walk both trees from their roots; a leaf is always near a leaf."""
        from hotsprings.kernels import multipole

        if target.is_leaf and source.is_leaf:
            none = np.zeros(3, dtype=np.int64)
            return cls(target, source, none, none[:0], np.empty(0), np.array([0, 1]), np.array([[0, source.n_points]]))
        return cls(target, source, *multipole.interactions(target.centre, target.radius, source.centre, source.radius,
                                                           source.n_points))

    @property
    def near_cost(self) -> float:
        """Number of sources near a target, on average."""
        return float(np.sum(self.near[:, 1] - self.near[:, 0])) / (self.near_begin.size - 1)

    def _field(self, moments: FloatArray | None, squared: bool) -> Field:
        """Return the field of sources with these moments, which are used up; None where nothing is far."""
        from hotsprings.kernels import multipole

        target, source = self.target, self.source
        far = np.empty((0, multipole.ORDER))
        if moments is not None:
            charge = multipole.charges(moments, source.centre, source.radius)
            values = multipole.far_values(charge, target.radius, source.radius, self.far_begin, self.far_source,
                                          self.far_offset, squared)
            far = multipole.polynomials(values, target.centre, target.radius)
        return multipole.Field(target.centre, target.radius, self.near_begin, self.near, far)

    def real_field(self, points: FloatArray, weights: FloatArray) -> Field:
        """Return the field of Σ w/(y - x), real weights on real points (2, n)."""
        return self._field(self.source.real_moments(points, weights) if self.far_source.size else None, False)

    def squared_field(self, high: FloatArray, rest: FloatArray, depth: FloatArray, real: FloatArray,
                      imaginary: FloatArray) -> Field:
        """Return the field of Re Σ w/(z - x)², complex weights on points z = high + rest + i depth."""
        moments = None
        if self.far_source.size:
            moments = self.source.complex_moments(high, rest, depth, real, imaginary)
        return self._field(moments, True)

    def complex_field(self, high: FloatArray, rest: FloatArray, depth: FloatArray, real: FloatArray,
                      imaginary: FloatArray) -> Field:
        """Return the field of Re Σ w/(z - x), as :meth:`squared_field`."""
        moments = None
        if self.far_source.size:
            moments = self.source.complex_moments(high, rest, depth, real, imaginary)
        return self._field(moments, False)
