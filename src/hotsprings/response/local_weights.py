"""Bath weights of sites from the zeros of det D: h_n^a = Σ_jl φ_j(n) φ_l(n) P_jl^a, P_jl^a = ⟨v_j v_l⟩ by bath a alone.

With ⟨q_j v_l⟩ = -⟨q_l v_j⟩ and z_jb = Σ_l ⟨q_j v_l⟩ c_bl, what the motion of two modes keeps stationary says

    (λ_j - λ_l) P_jl = Σ_b (λ_j z_jb c_bl - λ_l z_lb c_bj),

so that residues are asked for n_modes n_baths² numbers, and what is left to sum over pairs of modes is real and the
same for all baths. Modes close to each other beside what they owe to the baths are summed over the zeros as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.progress import report
from hotsprings.response.bath_matrices import inverse_gaps, parts, times
from hotsprings.response.modes import ModalProblem
from hotsprings.response.tolerances import EPS

HELD, SITES = 1_000_000, 16  # numbers at a time; sites, at least: what all of them ask for is read each time
COLUMNS, LEAST = 256, 32  # of baths and modes at a time, with all later ones; modes, at least
BLOCKS, WORTH = 8, 20  # of columns; rows for each mode, and the root of modes, from which these are worth it
CLOSE = 1e-2  # of ω |c_j| |c_l|: distance of modes from which their difference has lost two digits
@dataclass(frozen=True, eq=False)
class Residues:
    """Zeros with Re ω ≥ 0: x = λ_anchor + offset, ω, and there y (D y = 0), 4i share/(yᵀ D' y) and (2 - D)⁻¹."""

    problem: ModalProblem
    anchors: IntArray
    offsets: ComplexArray
    omega: ComplexArray
    vector: ComplexArray
    factor: ComplexArray
    mirrored: ComplexArray

    def weights(self, rows: FloatArray) -> FloatArray:
        """Return the bath weights of sites with these mode amplitudes, shape (n_rows, n_baths)."""
        c, n = self.problem.coupling, self.problem.stiffness.size
        rows = np.ascontiguousarray(rows)
        if len(rows) <= len(c):
            return self._directly(rows)
        first, second = self._close()
        if first.size > n:
            return self._directly(rows)
        felt, together = self._felt(first, second)
        close = rows**2 @ together[-n:] + 2.0 * (rows[:, first] * rows[:, second]) @ together[:-n]
        many = len(rows) * len(c) > WORTH * n > WORTH**3
        return np.asarray(close + (self._by_blocks if many else self._by_pairs)(rows, felt, first, second))

    def _by_pairs(self, rows: FloatArray, felt: FloatArray, first: IntArray, second: IntArray) -> FloatArray:
        """Return 2 Σ_{j>l} φ_j(n) φ_l(n) P_jl^a of pairs that are not close, columns l in blocks side by side."""
        from hotsprings.kernels.threads import side_by_side

        c, n = self.problem.coupling, self.problem.stiffness.size
        size = max(LEAST, COLUMNS // len(c))
        columns = [slice(k, min(k + size, n)) for k in range(0, n, size)]
        out, step = np.empty((len(rows), len(c))), max(SITES, 4 * HELD // n)
        for k in range(0, len(rows), step):
            report(f"bath weights, {k / len(rows):.0%}")
            some = rows[k : k + step]
            found = np.empty((len(columns), len(some), len(c)))
            side_by_side(partial(self._columns, some, felt, first, second, own, found[i])
                         for i, own in enumerate(columns))
            out[k : k + step] = found.sum(axis=0)
        return out

    def _columns(self, rows: FloatArray, felt: FloatArray, first: IntArray, second: IntArray, own: slice,
                 out: FloatArray) -> None:
        """Fill 2 Σ φ_j φ_l P_jl^a over the columns l = ``own`` and j > l, shape (n_rows, n_baths).

        P_jl^a = Σ_b (c_bj f_lb^a - c_bl f_jb^a)/(λ_l - λ_j), ``felt``: f_jb^a, shape (n_baths n_modes, n_baths).
        """
        c, lam = self.problem.coupling, self.problem.stiffness
        gap = lam[own] - lam[own.start :, None]
        here = slice(*np.searchsorted(first, [own.start, own.stop]))
        gap[second[here] - own.start, first[here] - own.start] = np.inf
        gap[np.triu_indices(gap.shape[1])] = np.inf
        pairs = np.empty((len(gap), len(c), gap.shape[1]))
        for a, f in enumerate(np.moveaxis(felt.reshape(*c.shape, -1), 2, 0)):
            pairs[:, a] = np.concatenate([c, -f])[:, own.start :].T @ np.concatenate([f, c])[:, own]
        pairs /= gap[:, None]
        moved = rows[:, own.start :] @ pairs.reshape(len(gap), -1)
        out[:] = 2.0 * np.einsum("sal,sl->sa", moved.reshape(len(rows), *pairs.shape[1:]), rows[:, own])

    def _by_blocks(self, rows: FloatArray, felt: FloatArray, first: IntArray, second: IntArray) -> FloatArray:
        """Return the same for many baths: 2 Σ_l φ_l f_lb^a Σ_j φ_j c_bj/(λ_l - λ_j)."""
        from hotsprings.kernels.threads import product

        c, lam = self.problem.coupling, self.problem.stiffness
        gap = lam - lam[:, None]
        gap[first, second] = gap[second, first] = np.inf
        np.fill_diagonal(gap, np.inf)
        inverse, step = _Gaps(1.0 / gap), min(len(rows), max(SITES, HELD // c.size))
        some, moved = _aligned(step, *c.shape), _aligned(step, *c.shape)
        out = np.empty((len(rows), len(c)))
        for k in range(0, len(rows), step):
            report(f"bath weights, {k / len(rows):.0%}")
            sites = rows[k : k + step, None]
            np.multiply(sites, c, out=some[: len(sites)])
            inverse.applied(some.reshape(-1, lam.size), moved.reshape(-1, lam.size))
            moved[: len(sites)] *= 2.0 * sites
            out[k : k + step] = product(moved[: len(sites)].reshape(len(sites), -1), felt)
        return out

    def _close(self) -> tuple[IntArray, IntArray]:
        """Return the pairs of modes j < l, shape (n_pairs,) each, whose difference says too little of P_jl."""
        lam = self.problem.stiffness
        size = np.sqrt(np.sqrt(lam)) * np.linalg.norm(self.problem.coupling, axis=0)
        after = np.arange(1, lam.size + 1)
        reach = lam + CLOSE * size * size.max(initial=0.0) * (1.0 + lam.size * EPS)
        count = np.maximum(np.searchsorted(lam, reach, side="right") - after, 0)
        first = np.repeat(after - 1, count)
        second = np.arange(first.size) + np.repeat(after - np.cumsum(count) + count, count)
        near = lam[second] - lam[first] <= CLOSE * size[first] * size[second]
        return first[near], second[near]

    def _felt(self, first: IntArray, second: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return λ_j z_jb^a, shape (n_baths n_modes, n_baths), and P_jl^a of some pairs, then of all j = l."""
        c, lam = self.problem.coupling, self.problem.stiffness
        n_b, n = c.shape
        sums, own = np.zeros((2 * n + first.size, n_b * n_b)), np.zeros((n, n_b))
        for part in parts(self.omega.size):
            report(f"what modes owe to the baths, {part.start / self.omega.size:.0%}")
            inverse = inverse_gaps(lam, self.anchors[part], self.offsets[part])
            one = inverse * times(c.T, self.vector[part].T)
            factor = self.factor[part, None] * self.vector[part]
            right = (self.mirrored[part] * factor[:, None]).reshape(-1, n_b * n_b)
            sums[:n] += _real(one, right)
            own += _real(one, factor)
            inverse *= self.omega[part] ** 2
            sums[n:-n] += _real(one[first] * inverse[second], right)
            sums[-n:] += _real(np.multiply(one, inverse, out=one), right)
        felt, together = sums[:n].reshape(n, n_b, n_b), sums[n:].reshape(-1, n_b, n_b)
        felt[:, np.arange(n_b), np.arange(n_b)] -= own
        felt *= -lam[:, None, None]
        return (np.ascontiguousarray(felt.swapaxes(0, 1)).reshape(-1, n_b),
                np.einsum("bp,pba->pa", np.append(c[:, second], c, axis=1), together))

    def _directly(self, rows: FloatArray) -> FloatArray:
        """Return the bath weights summed over the zeros site by site."""
        c = self.problem.coupling
        out, step = np.zeros((len(rows), len(c))), max(1, HELD // c.size)
        for part in parts(self.omega.size):
            inverse = inverse_gaps(self.problem.stiffness, self.anchors[part], self.offsets[part])
            factor = self.factor[part, None] * self.omega[part, None] ** 2 * self.vector[part]
            for k in range(0, len(rows), step):
                some = rows[k : k + step]
                felt = times((some[:, None] * c).reshape(-1, c.shape[1]), inverse).reshape(len(some), len(c), -1)
                felt = np.ascontiguousarray(np.moveaxis(felt, 2, 0))
                left = np.matmul(felt, self.vector[part, :, None])
                out[k : k + step] += np.einsum("kra,ka->ra", np.matmul(felt, self.mirrored[part]) * left, factor).real
        return out


class _Gaps:
    """1/(λ_j - λ_l), (n, n): in columns of blocks, of which what is off the diagonal has a rank of some thirty.

    References
    ----------
    Beckermann, Townsend, SIAM Rev. 61, 319 (2019): singular values of matrices 1/(x - y).
    """

    def __init__(self, matrix: FloatArray) -> None:
        from hotsprings.kernels.threads import one_blas_thread

        n = len(matrix)
        self.blocks = []
        lefts, used, size = [], 0, -(-n // BLOCKS)
        for k in range(0, n, size):
            own = slice(k, min(k + size, n))
            far = matrix[:, own].copy()
            far[own] = 0.0
            with one_blas_thread(n):
                left, strength, right = np.linalg.svd(far, full_matrices=False)
            rank = int(np.sum(strength > EPS * strength[0]))
            lefts.append(left[:, :rank] * strength[:rank])
            self.blocks.append((own, slice(used, used + rank), np.concatenate([matrix[own, own], right[:rank]])))
            used += rank
        self.left = np.concatenate(lefts, axis=1)

    def applied(self, rows: FloatArray, out: FloatArray) -> None:
        """Fill rows times the matrix."""
        from hotsprings.kernels.threads import product

        far = product(rows, self.left)
        for own, place, block in self.blocks:
            product(np.concatenate([rows[:, own], far[:, place]], axis=1), block, out[:, own])


def _aligned(*shape: int) -> FloatArray:
    """Return an array that begins where a cache line does: elementwise products are five times faster."""
    size = 8 * int(np.prod(shape))
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(np.float64).reshape(shape)


def _real(left: ComplexArray, right: ComplexArray) -> FloatArray:
    """Return the real part of a product of complex matrices."""
    from hotsprings.kernels.threads import product

    turned = np.stack([right.real, -right.imag], axis=1).reshape(-1, right.shape[1])
    return product(np.ascontiguousarray(left).view(np.float64), turned)
