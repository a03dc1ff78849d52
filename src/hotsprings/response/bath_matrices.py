"""The secular matrix of many baths at many frequencies: products of matrices, and small systems by LAPACK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.progress import report
from hotsprings.response.modes import ModalProblem
from hotsprings.response.tolerances import EPS

__all__ = ["BathMatrices", "inverse_gaps", "parts", "times"]

CHUNK = 512  # zeros summed at a time
SYSTEMS = 32  # solved by a thread before it looks up
STEPS = 3  # of inverse iteration


def parts(n: int) -> Iterator[slice]:
    """Yield slices of n zeros."""
    return (slice(k, min(k + CHUNK, n)) for k in range(0, n, CHUNK))


def times(real: FloatArray, amplitude: ComplexArray) -> ComplexArray:
    """Return the product of a real and a complex matrix, as one of real ones."""
    from hotsprings.kernels.threads import product

    return product(real, np.ascontiguousarray(amplitude).view(np.float64)).view(np.complex128)


def inverse_gaps(stiffness: FloatArray, anchors: IntArray, offsets: ComplexArray) -> ComplexArray:
    """Return 1/(λ_j - x_k), shape (n_modes, n_zeros), x = λ_anchor + offset (anchor -1: the offset)."""
    base = np.append(stiffness, 0.0)[anchors]
    return np.asarray(1.0 / ((stiffness[:, None] - base) - offsets))


@dataclass(frozen=True, eq=False)
class BathMatrices:
    """D(ω) = 1 + iωE + iω Σ_j c_j c_jᵀ/(λ_j - ω²), shape (n_zeros, n_baths, n_baths), and what is asked of it."""

    problem: ModalProblem
    products: FloatArray

    def _sums(self, terms: ComplexArray) -> ComplexArray:
        """Return Σ_j c_j c_jᵀ term_jk, shape (n_zeros, n_baths, n_baths)."""
        n_b = len(self.problem.coupling)
        pair = np.empty((n_b, n_b), dtype=np.int64)
        above = np.triu_indices(n_b)
        pair[above] = pair.T[above] = np.arange(len(self.products))
        return np.asarray(times(self.products, terms).T[:, pair])

    def felt(self, inverse: ComplexArray) -> ComplexArray:
        """Return E + Σ_j c_j c_jᵀ/(λ_j - x), shape (n_zeros, n_baths, n_baths), of 1/(λ - x): D = 1 + iω times it."""
        return self._sums(inverse) + np.diag(self.problem.memory)

    @np.errstate(all="ignore")
    def slopes(self, anchors: IntArray, offsets: ComplexArray, omega: ComplexArray) -> ComplexArray:
        """Return tr D⁻¹ D' - 2ω Σ_j 1/(λ_j - x), shape (n_zeros,)."""
        out = np.empty(omega.size, np.complex128)
        for part in parts(omega.size):
            inverse, w = inverse_gaps(self.problem.stiffness, anchors[part], offsets[part]), omega[part, None, None]
            first, second = self.felt(inverse), self._sums(inverse * inverse)
            derivative = 1j * first + 2j * w * w * second
            solved = inverted(1j * w * first + np.eye(len(self.problem.coupling)))
            out[part] = np.einsum("kab,kba->k", solved, derivative) - 2.0 * omega[part] * inverse.sum(axis=0)
        return out

    @np.errstate(all="ignore")
    def vectors(self, anchors: IntArray, offsets: ComplexArray, omega: ComplexArray
                ) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return y (n_zeros, n_baths) with D y = 0, yᵀ D' y and (2 - D)⁻¹ at zeros."""
        c = self.problem.coupling
        y, slope = np.empty((omega.size, len(c)), np.complex128), np.empty(omega.size, np.complex128)
        mirrored = np.empty((omega.size, len(c), len(c)), np.complex128)
        for part in parts(omega.size):
            report(f"residues, {part.start / omega.size:.0%}")
            inverse, w = inverse_gaps(self.problem.stiffness, anchors[part], offsets[part]), omega[part, None, None]
            first, eye = self.felt(inverse), np.eye(len(c))
            mirrored[part] = inverted(eye - 1j * w * first)
            y[part] = null_vectors(inverted(eye + 1j * w * first))
            slope[part] = quadratic(self.problem, y[part], inverse, omega[part])[1]
        return y, slope, mirrored


def quadratic(problem: ModalProblem, vectors: ComplexArray, inverse: ComplexArray, omega: ComplexArray
              ) -> tuple[ComplexArray, ComplexArray]:
    """Return yᵀ D y and yᵀ D' y of vectors y (n_zeros, n_baths) at zeros, of 1/(λ - x) there."""
    terms = inverse * times(problem.coupling.T, vectors.T) ** 2
    first, second = terms.sum(axis=0) + vectors**2 @ problem.memory, np.einsum("jk,jk->k", terms, inverse)
    return (vectors**2).sum(axis=1) + 1j * omega * first, 1j * first + 2j * omega**2 * second


def null_vectors(inverse: ComplexArray) -> ComplexArray:
    """Return y, A y = 0, from inverses of nearly singular matrices (n_systems, n, n), by inverse iteration."""
    n = inverse.shape[1]
    y = np.broadcast_to(1.0 + 0.37 * np.arange(n) + 0j, (len(inverse), n))
    for _ in range(STEPS):
        y = np.matmul(inverse, y[:, :, None])[:, :, 0]
        y = y / np.abs(y).max(axis=1, keepdims=True)
    return y


def inverted(matrices: ComplexArray) -> ComplexArray:
    """Return inverses of matrices (n_systems, n, n), threads together; a singular one is changed in its last bits."""
    from hotsprings.kernels.threads import side_by_side

    out = np.empty_like(matrices)
    side_by_side(partial(_invert, matrices[k : k + SYSTEMS], out[k : k + SYSTEMS])
                 for k in range(0, len(matrices), SYSTEMS))
    return out


def _invert(matrices: ComplexArray, out: ComplexArray) -> None:
    try:
        out[:] = np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        size = EPS * np.abs(matrices).max(axis=(1, 2), keepdims=True)
        out[:] = np.linalg.inv(matrices + size * np.eye(matrices.shape[1]))
