"""The zeros of det D: resonances of many modes between few baths, each an offset from its mode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.progress import report
from hotsprings.response.bath_matrices import BathMatrices, inverse_gaps, parts, quadratic, times
from hotsprings.response.damped import drift
from hotsprings.response.local_weights import Residues
from hotsprings.response.modes import ModalProblem
from hotsprings.response.response import Poles, without_diagonal
from hotsprings.response.search import FEW, Search
from hotsprings.response.starts import Start, anchored, guesses, windowed
from hotsprings.response.tolerances import EPS, NEAR_AXIS, ON_AXIS, SETTLED

LARGEST_STEP = 0.5  # of |ω|, in one sweep
OVERLAPPING = 16.0  # width over distance of resonances from which they are followed from weaker baths
STRONGER, FOLLOWING = 4.0, 30  # factor from one strength to the next; sweeps at each
FEW_BATHS = 8  # up to which D is summed zero by zero, and guessed mode by mode; of more by products of matrices
WORTH = 8  # sweeps over all zeros that cost less than eigenvalues do
CLEAR = 1e-8  # relative move of an offset whose square is nothing


def seconds(n_modes: int, n_baths: int) -> float:
    """Return what modes, zeros and residues of many baths take on two cores, to a factor of two or so."""
    return 3e-9 * float(n_modes) ** 3 + 1e-9 * (float(n_modes) * n_baths) ** 2


class ModalSearch(Search):
    """Ehrlich-Aberth on det D, in offsets from the modes; some of which stand for their mirrors too.

    ``most``: zeros moved, summed over all sweeps, after which it is given up.
    """

    def __init__(self, problem: ModalProblem, start: Start | None = None, most: float = np.inf) -> None:
        self.problem, self.products = problem, problem.products
        start = guesses(problem) if start is None else start
        self.anchors, self.offsets = start.anchors.copy(), start.offsets.copy()
        super().__init__(start.omega.copy())
        self.moves = np.zeros_like(self.omega)
        self.paired, self.most = start.paired, most
        self.many = BathMatrices(problem, self.products) if len(problem.coupling) > FEW_BATHS else None

    @property
    def settled(self) -> float:  # type: ignore[override]
        """Move at which a zero rests: of many baths the certificate judges what its square is."""
        return CLEAR if self.many is not None else SETTLED

    @property
    def place(self) -> Start:
        """Where the zeros are."""
        return Start(self.anchors, self.offsets, self.omega, self.paired)

    def sweep(self, todo: IntArray) -> None:
        """Move these zeros once."""
        from hotsprings.kernels import modal

        self.most -= todo.size
        if self.most < 0.0:
            raise CertificateError("resonances do not settle from guesses")
        report(f"{todo.size:,} of {self.omega.size:,} resonances")
        p, place = self.problem, (self.anchors, self.offsets, self.omega)
        others = np.append(self.omega, -np.conj(self.omega[self.paired]))
        if self.many is None:
            modal.sweep(p.stiffness, self.products, p.memory, p.n_free, todo, *place, others, self.moves)
        else:
            slopes = self.many.slopes(self.anchors[todo], self.offsets[todo], self.omega[todo])
            modal.corrections(p.stiffness, p.n_free, todo, *place, others, slopes, self.moves)
        modal.apply_moves(p.stiffness, todo, *place, self.moves, self.last, LARGEST_STEP)


@dataclass(frozen=True, eq=False)
class SearchedMotion:
    """Zeros of det D in the upper half plane (ω = 0 left out): x = λ_anchor + offset, and ω; residues from D y = 0."""

    problem: ModalProblem
    anchors: IntArray
    offsets: ComplexArray
    omega: ComplexArray

    def moved(self, problem: ModalProblem) -> SearchedMotion:
        """Return the zeros of a problem with almost the same modes: as far from each, and one Newton step of yᵀ D y.

        With the null vectors y of this problem its error is of second order; zeros that it moves by more are searched.
        """
        keep, (y, _, _) = self._half[0], self._vectors
        anchors, offsets = self.anchors[keep], self.offsets[keep].copy()
        base = np.append(problem.stiffness, 0.0)[anchors]  # anchor -1: 0
        root = np.sqrt(base + offsets)
        omega = np.where((root * self.omega[keep].conj()).real < 0.0, -root, root)
        move = np.empty_like(omega)
        for part in parts(omega.size):
            inverse = inverse_gaps(problem.stiffness, anchors[part], offsets[part])
            value, slope = quadratic(problem, y[part], inverse, omega[part])
            move[part] = -value / slope
        by = move * (2.0 * omega + move)
        if not np.all(np.abs(by) <= CLEAR * np.abs(offsets)):
            return searched_motion(problem, Start(anchors, offsets, omega, omega.real > NEAR_AXIS * np.abs(omega)))
        return SearchedMotion(problem, anchors, offsets + by, omega + move)

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
        if n_b > FEW_BATHS:
            return BathMatrices(p, p.products).vectors(self.anchors[keep], self.offsets[keep], self.omega[keep])
        y, slope = np.empty((keep.size, n_b), np.complex128), np.empty(keep.size, np.complex128)
        inverse = np.empty((keep.size, n_b, n_b), np.complex128)
        modal.null_vectors(p.stiffness, p.products, p.memory, self.anchors[keep], self.offsets[keep], self.omega[keep],
                           y, slope, inverse)
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
        return inverse_gaps(self.problem.stiffness, self.anchors[keep], self.offsets[keep])

    def left(self, rows: FloatArray) -> ComplexArray:
        """Return factors at sites with these mode amplitudes, shape (n_rows, n_poles)."""
        y, c = self._vectors[0], self.problem.coupling
        out = np.empty((len(rows), len(y)), np.complex128)
        for part in parts(self._half[0].size):
            out[:, part] = times(rows, self._inverse(part) * (c.T @ y[part].T))
        return out

    def motions(self, numbers: IntArray) -> ComplexArray:
        """Return what some poles move, any factor, shape (n_modes, n_numbers)."""
        keep = self._half[0][numbers]
        inverse = inverse_gaps(self.problem.stiffness, self.anchors[keep], self.offsets[keep])
        return np.asarray(inverse * (self.problem.coupling.T @ self._vectors[0][numbers].T))

    def mirrored(self, rows: FloatArray) -> ComplexArray:
        """Return G at -ω_k from sites with these mode amplitudes to the baths, shape (n_rows, n_baths, n_poles)."""
        mirror, c = self._vectors[2], self.problem.coupling
        out = np.empty((len(rows), len(c), len(mirror)), np.complex128)
        for part in parts(self._half[0].size):
            inverse = self._inverse(part)
            for a in range(len(c)):
                out[:, a, part] = times(rows, inverse * (c.T @ mirror[part, :, a].T))
        return out

    def conductances(self) -> FloatArray:
        """Return C_ab = Re 2i Σ_k (y_a y_b/s) [(2 - D)⁻¹]_ab, shape (n_baths, n_baths)."""
        y, slope, mirror = self._vectors
        weight = (2.0 * self._half[1] / slope)[:, None] * y
        return without_diagonal((1j * np.einsum("ka,kb,kab->ab", 2.0 * weight, y, mirror)).real)

    def weights(self, rows: FloatArray) -> FloatArray:
        """Return the bath weights of sites with these mode amplitudes, shape (n_rows, n_baths)."""
        (keep, share), (y, slope, mirrored) = self._half, self._vectors
        return Residues(self.problem, self.anchors[keep], self.offsets[keep], self.omega[keep], y, 4j * share / slope,
                        mirrored).weights(rows)


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
    from hotsprings.kernels.threads import one_blas_thread

    A = drift(problem)[0]
    with one_blas_thread(len(A)):
        s = np.linalg.eigvals(A)
    omega = -1j * s
    return np.where(omega.imag > 0.0, omega, omega.real + 1j * EPS * np.abs(s).max(initial=0.0))


def searched_motion(problem: ModalProblem, start: Start | None = None) -> SearchedMotion:
    """Return all zeros of det D that decay, by Ehrlich-Aberth on all of them at once.

    From guesses mode by mode, where resonances overlap more than sixteenfold from those of weaker baths, of many baths
    from windows, or from ``start``.
    """
    if start is None and len(problem.coupling) > FEW_BATHS:
        return _motion(problem, ModalSearch(problem, windowed(problem), WORTH * problem.stiffness.size))
    overlap = _overlap(problem) if start is None else 0.0
    search = ModalSearch(problem, _followed(problem, overlap) if overlap > OVERLAPPING else start)
    return _motion(problem, search)


def polished_motion(problem: ModalProblem) -> SearchedMotion:
    """Return the same from the eigenvalues of the damped motion."""
    return searched_motion(problem, anchored(problem, resonances_of(problem)))


def _motion(problem: ModalProblem, search: ModalSearch) -> SearchedMotion:
    omega = search.found()
    left = search.paired & (omega.real < 0.0)
    return SearchedMotion(problem, search.anchors, np.where(left, search.offsets.conj(), search.offsets),
                          np.where(left, -omega.conj(), omega))
