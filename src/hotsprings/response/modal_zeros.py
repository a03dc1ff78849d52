"""The zeros of det D: resonances of many modes between few baths, each an offset from its mode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.response.damped import damped_matrix
from hotsprings.response.modes import ModalProblem
from hotsprings.response.response import Poles, without_diagonal
from hotsprings.response.search import FEW, Search
from hotsprings.response.tolerances import EPS, NEAR_AXIS, ON_AXIS

LARGEST_STEP = 0.5  # of |ω|, in one sweep
OVERLAPPING = 16.0  # width over distance of resonances from which they are followed from weaker baths
STRONGER, FOLLOWING = 4.0, 30  # factor from one strength to the next; sweeps at each
CHUNK = 512  # zeros summed at a time


class Start(NamedTuple):
    """Where zeros are looked for: x = λ_anchor + offset, and ω on its branch.

    A resonance that is narrower than the rounding of ω has its width in the offset alone; started from ω it would begin
    far from its zero and its pole, where these cancel, and find neither.
    """

    anchors: IntArray
    offsets: ComplexArray
    omega: ComplexArray


def guesses(problem: ModalProblem) -> Start:
    """Return guesses x = λ + iω cᵀ D⁻¹ c, D without the mode itself, and their mirrors; one for a free mode."""
    from hotsprings.kernels import modal

    lam = problem.stiffness
    dressed = np.empty(lam.size, np.complex128)
    modal.dressed_damping(lam, problem.coupling, problem.products, dressed)
    pinned = np.flatnonzero(lam > 0.0)
    bare = (problem.coupling**2).sum(axis=0)
    right = 1j * np.sqrt(lam[pinned]) * dressed[pinned]
    right = right.real + 1j * np.maximum(right.imag, 1e-3 * np.abs(right))
    turn = 1e-2 * np.exp(2.4j * np.arange(2 * right.size))  # apart from each other, and no exact mirrors, which would
    left = np.conj(right) * (1.0 + turn[right.size :])      # stay mirrors and never part along the imaginary axis
    right = right * (1.0 + turn[: right.size])
    omega, mirror = np.sqrt(lam[pinned] + right), np.sqrt(lam[pinned] + left)
    free = np.flatnonzero(lam == 0.0)
    fall = 1j * bare[free] * (1.0 + 1e-3 * np.arange(free.size))
    return Start(np.concatenate([pinned, pinned, free]), np.concatenate([right, left, fall**2]),
                 np.concatenate([omega, np.where(mirror.imag < 0.0, -mirror, mirror), fall]))


def anchored(problem: ModalProblem, omega: ComplexArray) -> Start:
    """Return zeros as offsets from the nearest modes."""
    lam = problem.stiffness
    above = np.clip(np.searchsorted(lam, (omega**2).real), 1, lam.size - 1) if lam.size > 1 else np.zeros(
        omega.size, dtype=np.int64)
    anchors = np.where(np.abs(lam[above - 1] - omega**2) < np.abs(lam[above] - omega**2), above - 1, above)
    root = np.sqrt(lam[anchors])
    return Start(anchors, (omega - root) * (omega + root), omega.copy())


class ModalSearch(Search):
    """Ehrlich-Aberth on det D, in offsets from the modes."""

    def __init__(self, problem: ModalProblem, start: Start | None = None) -> None:
        self.problem, self.products = problem, problem.products
        start = guesses(problem) if start is None else start
        self.anchors, self.offsets = start.anchors.copy(), start.offsets.copy()
        super().__init__(start.omega.copy())
        self.moves = np.zeros_like(self.omega)

    @property
    def place(self) -> Start:
        """Where the zeros are."""
        return Start(self.anchors, self.offsets, self.omega)

    def sweep(self, todo: IntArray) -> None:
        """Move these zeros once."""
        from hotsprings.kernels import modal

        p = self.problem
        modal.sweep(p.stiffness, self.products, len(p.coupling), p.n_free, todo, self.anchors, self.offsets,
                    self.omega, self.moves)
        modal.apply_moves(p.stiffness, todo, self.anchors, self.offsets, self.omega, self.moves, self.last,
                          LARGEST_STEP)


@dataclass(frozen=True, eq=False)
class SearchedMotion:
    """Zeros of det D in the upper half plane (ω = 0 left out): x = λ_anchor + offset, and ω; residues from D y = 0."""

    problem: ModalProblem
    anchors: IntArray
    offsets: ComplexArray
    omega: ComplexArray

    def start(self, problem: ModalProblem) -> Start:
        """Return where the zeros of a problem with almost the same modes are looked for: as far from each."""
        base = np.append(problem.stiffness, 0.0)[self.anchors]  # anchor -1: 0
        root = np.sqrt(base + self.offsets)
        return Start(self.anchors, self.offsets, np.where((root * self.omega.conj()).real < 0.0, -root, root))

    @cached_property
    def _half(self) -> tuple[IntArray, FloatArray]:
        """Numbers of the zeros with Re ω ≥ 0, and their shares."""
        axis = np.abs(self.omega.real) <= NEAR_AXIS * np.abs(self.omega)
        keep = np.flatnonzero((self.omega.real > 0.0) | axis)
        return keep, np.where(axis[keep], 0.5, 1.0)

    @cached_property
    def _vectors(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Y (D y = 0), yᵀ D' y and (2 - D)⁻¹ at the zeros of one half."""
        from hotsprings.kernels import modal

        p, (keep, _) = self.problem, self._half
        n_b = len(p.coupling)
        y, slope = np.empty((keep.size, n_b), np.complex128), np.empty(keep.size, np.complex128)
        inverse = np.empty((keep.size, n_b, n_b), np.complex128)
        modal.null_vectors(p.stiffness, p.products, n_b, self.anchors[keep], self.offsets[keep], self.omega[keep], y,
                           slope, inverse)
        return y, slope, inverse

    @cached_property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0, decay rates from the offsets."""
        keep, share = self._half
        omega = self.omega[keep].copy()
        near = np.abs(omega.real) > omega.imag
        omega[near] = omega.real[near] + 1j * (self.offsets.imag[keep][near] / (2.0 * omega.real[near]))
        alone = np.abs(omega.real) <= ON_AXIS * np.abs(omega)
        omega[alone] = 1j * omega.imag[alone]
        return Poles(omega, share)

    @property
    def right(self) -> ComplexArray:
        """Factors at the baths, shape (n_baths, n_poles)."""
        y, slope, _ = self._vectors
        return np.asarray((y / slope[:, None]).T)

    def _inverse(self, part: slice) -> ComplexArray:
        """Return 1/(λ_j - x_k), shape (n_modes, zeros of the part)."""
        keep = self._half[0][part]
        base = np.append(self.problem.stiffness, 0.0)[self.anchors[keep]]  # anchor -1: 0
        return np.asarray(1.0 / ((self.problem.stiffness[:, None] - base) - self.offsets[keep]))

    def left(self, rows: FloatArray) -> ComplexArray:
        """Return factors at sites with these mode amplitudes, shape (n_rows, n_poles)."""
        y, c = self._vectors[0], self.problem.coupling
        out = np.empty((len(rows), len(y)), np.complex128)
        for part in self._parts():
            out[:, part] = _project(rows, self._inverse(part) * (c.T @ y[part].T))
        return out

    def mirrored(self, rows: FloatArray) -> ComplexArray:
        """Return G at -ω_k from sites with these mode amplitudes to the baths, shape (n_rows, n_baths, n_poles)."""
        mirror, c = self._vectors[2], self.problem.coupling
        out = np.empty((len(rows), len(c), len(mirror)), np.complex128)
        for part in self._parts():
            inverse = self._inverse(part)
            for a in range(len(c)):
                out[:, a, part] = _project(rows, inverse * (c.T @ mirror[part, :, a].T))
        return out

    def _parts(self) -> list[slice]:
        return [slice(k, k + CHUNK) for k in range(0, self._half[0].size, CHUNK)]

    def conductances(self) -> FloatArray:
        """Return C_ab = Re 2i Σ_k (y_a y_b/s) [(2 - D)⁻¹]_ab, shape (n_baths, n_baths)."""
        y, slope, mirror = self._vectors
        weight = (2.0 * self._half[1] / slope)[:, None] * y
        return without_diagonal((1j * np.einsum("ka,kb,kab->ab", 2.0 * weight, y, mirror)).real)

    def weights(self, rows: FloatArray) -> FloatArray:
        """Return the bath weights of sites with these mode amplitudes, shape (n_rows, n_baths)."""
        y, slope, mirror = self._vectors
        c, (keep, share) = self.problem.coupling, self._half
        factors = 2j * self.omega[keep, None] ** 2 * (2.0 * share / slope)[:, None] * y
        if len(rows) <= len(c):
            return self._few_rows(rows, factors)
        out = np.zeros((len(rows), len(c)))
        for part in self._parts():
            inverse = self._inverse(part)
            left = _project(rows, inverse * (c.T @ y[part].T))
            for a in range(len(c)):
                right = _project(rows, inverse * (c.T @ mirror[part, :, a].T))
                out[:, a] += ((left * right) @ factors[part, a]).real
        return out

    def _few_rows(self, rows: FloatArray, factors: ComplexArray) -> FloatArray:
        """Return the bath weights of so few sites that a loop over modes serves."""
        from hotsprings.kernels import modal
        from hotsprings.response.blocks import blocks

        p, (keep, _) = self.problem, self._half
        y, _, mirror = self._vectors
        n_b = len(p.coupling)
        pairs = np.array([row * c for row in rows for c in p.coupling])
        out = np.empty((keep.size, len(rows), n_b))
        for part in blocks(keep.size, pairs.size):
            modal.row_sums(p.stiffness, pairs, len(rows), n_b, self.anchors[keep[part]], self.offsets[keep[part]],
                           y[part], mirror[part], factors[part], out[part])
        return np.asarray(out.sum(axis=0))


def _project(modes: FloatArray, amplitude: ComplexArray) -> ComplexArray:
    """Return modes @ amplitude, as two real products."""
    return np.asarray(modes @ amplitude.real + 1j * (modes @ amplitude.imag))


def _overlap(problem: ModalProblem) -> float:
    """Return the width of a typical resonance, were it alone, over its distance from the next."""
    lam = problem.stiffness
    if lam.size < FEW:
        return 0.0
    width = np.sqrt(lam[1:]) * (problem.coupling[:, 1:] ** 2).sum(axis=0)
    gap = np.diff(lam)
    gap = gap[gap > EPS * lam[-1]]  # equal modes are no crowd
    return float(np.median(width) / np.median(gap)) if gap.size else 0.0


def _followed(problem: ModalProblem, overlap: float) -> Start:
    """Return zeros that were followed from baths so weak that resonances are apart, coupling fourfold at each step.

    Where they overlap strongly, those of N modes crowd into the gaps but for a few broad ones, and the guesses for
    single modes are far from all of them.
    """
    search: ModalSearch | None = None
    for k in range(int(np.ceil(np.log(4.0 * overlap) / np.log(STRONGER))), 0, -1):
        weaker = replace(problem, coupling=problem.coupling * STRONGER ** (-0.5 * k))
        search = ModalSearch(weaker, None if search is None else search.place)
        search.settle(np.arange(search.omega.size), FOLLOWING)
    assert search is not None
    return search.place


def resonances_of(problem: ModalProblem) -> ComplexArray:
    """Return all resonances to the digits that LAPACK has for them: eigenvalues of the damped motion."""
    s = np.linalg.eigvals(damped_matrix(problem))
    omega = -1j * s
    return np.where(omega.imag > 0.0, omega, omega.real + 1j * EPS * np.abs(s).max(initial=0.0))


def searched_motion(problem: ModalProblem, start: Start | None = None) -> SearchedMotion:
    """Return all zeros of det D that decay, by Ehrlich-Aberth on all of them at once.

    From guesses mode by mode, where resonances overlap more than sixteenfold from those of weaker baths, or from
    ``start``.
    """
    overlap = _overlap(problem) if start is None else 0.0
    search = ModalSearch(problem, _followed(problem, overlap) if overlap > OVERLAPPING else start)
    return _motion(problem, search)


def _motion(problem: ModalProblem, search: ModalSearch) -> SearchedMotion:
    omega = search.found()
    return SearchedMotion(problem, search.anchors, search.offsets, omega)
