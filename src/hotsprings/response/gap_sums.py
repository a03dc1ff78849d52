"""Sums Σ_l ρ_l/(ω_k ± ω_l) over the poles of a large mean field in O(N): one pole per gap, through the tree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.response.blocks import blocks
from hotsprings.response.grouping import SecularProblem
from hotsprings.response.zeros import SecularZeros

PARTS = 16
DIGITS = 36.7  # -ln of the rounding error that a Chebyshev series is cut at


@dataclass(frozen=True, eq=False)
class GapPoles:
    """The poles of a mean field in units of its scale: gap zeros in the tree, and a few others summed one by one.

    ``omega`` lists those with Re ω ≥ 0 (gap zeros first), the mirrors of pairs in the same order, then the rest.
    """

    problem: SecularProblem
    zeros: SecularZeros
    omega: ComplexArray
    rho: ComplexArray

    @property
    def n_gap(self) -> int:
        """Number of zeros in gaps."""
        return int(self.zeros.anchors.size)

    @property
    def mirror_of_gap(self) -> slice:
        """Where the mirrors of the gap zeros are."""
        half = self.n_gap + self.zeros.precise_share.size
        return slice(half, half + self.n_gap)

    @property
    def few(self) -> IntArray:
        """Numbers of the poles that are neither in a gap nor the mirror of one that is."""
        mask = np.ones(self.omega.size, dtype=bool)
        mask[: self.n_gap] = False
        mask[self.mirror_of_gap] = False
        return np.flatnonzero(mask)

    @property
    def _places(self) -> tuple[IntArray, FloatArray, FloatArray, FloatArray, BoolArray]:
        """Gap of each gap zero; place (high, rest, depth) of one point per gap, and which gaps hold a zero."""
        p, z = self.problem.poles, self.zeros
        gap = z.anchors - (z.offsets.real < 0.0)
        high, rest, depth = p[0].copy(), p[1].copy(), np.diff(p[0], append=2.0 * p[0, -1] - p[0, -2])
        np.maximum(0.5 * depth, 1e-30 * p[0], out=depth)
        high[gap], rest[gap] = p[0, z.anchors], p[1, z.anchors] + z.offsets.real
        depth[gap] = z.offsets.imag
        used = np.zeros(high.size, dtype=bool)
        used[gap] = True
        return gap, high, rest, depth, used

    def _tree_sums(self, a: ComplexArray, b: ComplexArray, sign: float) -> ComplexArray:
        """Return Σ a/t, Σ a/t², Σ b/t, Σ b/t² over gap zeros (``sign`` 1) or their conjugates (-1), t = z_s - z."""
        from hotsprings.kernels.complex_cauchy import complex_sums

        gap, high, rest, depth, used = self._places
        nearby = self.problem.tree.own
        weights = np.zeros((2, high.size), np.complex128)
        weights[0, gap], weights[1, gap] = a, b
        fields = []
        for w in (weights[0], -1j * weights[0], weights[1], -1j * weights[1]):
            moments = None
            if nearby.far_source.size:
                real, imaginary = np.ascontiguousarray(w.real), np.ascontiguousarray(w.imag)
                moments = nearby.source.complex_moments(high, rest, sign * depth, real, imaginary)
            fields.append(nearby._field(moments, False))
        out = np.empty((high.size, 4), np.complex128)
        for block in blocks(high.size, 4.0 * nearby.near_cost):
            complex_sums(high, rest, depth, sign, *weights, used, block.start, block.stop, *fields,
                         out[block])
        return out[gap]

    @staticmethod
    def _smooth(source: ComplexArray, weights: ComplexArray, target: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        """Return Σ w/(ω_k + ω_l) and Σ w/(ω_k + ω_l)² for ω in the right half plane, by a Chebyshev series in ln ω."""
        from hotsprings.kernels.complex_cauchy import chebyshev_moments, chebyshev_values

        sizes = np.abs(np.concatenate([source, target]))
        middle, reach = 0.5 * np.log(sizes.max() * sizes.min()), max(0.5 * np.log(sizes.max() / sizes.min()), 0.1)
        height = np.pi / reach
        order = int(np.ceil((DIGITS + 5.0) / np.arcsinh(height))) + 4
        angle = (np.arange(order) + 0.5) * np.pi / order
        node = np.exp(middle + reach * np.cos(angle))
        transform = 2.0 / order * np.cos(np.outer(np.arange(order), angle))
        transform[0] *= 0.5  # [j, i]: values on nodes to coefficients
        t = (np.log(source) - middle) / reach
        charge = transform.T @ chebyshev_moments(t, weights, order, PARTS).sum(axis=0)
        kernel = 1.0 / (node[:, None] + node)
        at = (np.log(target) - middle) / reach
        out = np.empty((2, target.size), np.complex128)
        for power, values in enumerate(out, start=1):
            chebyshev_values(at, transform @ (kernel**power @ charge), values)
        return out[0], out[1]

    def sums(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return Σ_l ρ_l/(ω_k + ω_l), Σ_l ρ_l/(ω_k + ω_l)² and Σ_{l≠k} ρ_l/(ω_k - ω_l) at every pole."""
        from hotsprings.kernels.counting import upper_sums

        n = self.n_gap
        w, r = self.omega[:n], self.rho[:n]
        beside = self._tree_sums(r, r * w, 1.0)
        mirrored, _ = self._smooth(np.conj(w), np.conj(r), w)
        upper = -w * beside[:, 0] - beside[:, 2] - mirrored
        out = self._lower_sums(upper)
        upper_sums(self.omega, self.rho, self.few, out[2])
        return out[0], out[1], out[2]

    def lower(self) -> ComplexArray:
        """Return Σ_l ρ_l/(ω_k + ω_l) at every pole."""
        return np.asarray(self._lower_sums(np.zeros(self.n_gap, np.complex128))[0])

    def _lower_sums(self, upper: ComplexArray) -> ComplexArray:
        """Return Σ_l ρ_l/(ω_k + ω_l), its square, and the sum over differences, begun with ``upper``; (3, n_poles)."""
        from hotsprings.kernels.complex_cauchy import few_sums
        from hotsprings.kernels.counting import lower_sums

        n, mirror = self.n_gap, self.mirror_of_gap
        w, r = self.omega[:n], self.rho[:n]
        out = np.zeros((3, self.omega.size), np.complex128)
        below = self._tree_sums(np.conj(r), np.conj(r * w), -1.0)
        value, slope = self._smooth(w, r, w)
        # the mirror of l adds -ρ*/(ω - ω_l*) = ρ*(ω + ω_l*)/(x_l* - x)
        value += w * below[:, 0] + below[:, 2]
        slope -= below[:, 0] + 2.0 * w * (w * below[:, 1] + below[:, 3])
        for row, part, odd in zip(out, (value, slope, upper), (1.0, -1.0, 1.0), strict=True):
            row[:n], row[mirror] = part, odd * np.conj(part)
        few = self.few
        few_sums(self.omega, self.rho, few, *out)
        lower_sums(self.omega, self.rho, few, out[0], out[1])
        return out
