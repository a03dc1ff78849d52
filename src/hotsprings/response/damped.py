"""Eigenvectors of the damped motion: all resonances of a network at once, coinciding ones too.

In coordinates of the modes, x = (ω_j q_j, v_j) obeys x' = A x with A = [[0, Ω], [-Ω, -Σ_a c_a c_aᵀ]], and the
response of velocities is V(z) = Σ_k v_k r_kᵀ/(z - s_k), s = iω, with r from the inverse of the eigenvectors. Members of
a pair of coinciding resonances are not known each, but their sum is, as long as v and r come from one matrix and its
inverse.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.modes import ModalProblem
from hotsprings.response.precise import PreciseModes
from hotsprings.response.response import Poles, Sums, without_diagonal
from hotsprings.response.tolerances import EPS, FASTEST, NEAR_AXIS, PRECISE_UNIT, TOLERANCE

CHUNK = 2.0e7  # complex numbers held at a time
TOO_FAST = (f"a bath damps so much faster than the network rings that 32 digits do not hold both: they do up to "
            f"{FASTEST:.0e} times its frequencies. Take a smaller friction, or a heavier site for that bath")
FAINT, CLOSE = 1e-18, 1e-19  # of the fastest rate: decay, and distance, of poles that 32 digits do not tell apart


@dataclass(frozen=True, eq=False)
class Motion:
    """Eigenvalues and eigenvectors of the damped motion, mirrors included.

    Attributes
    ----------
    rate : ndarray of complex, shape (n,)
        s_k = iω_k, Re s < 0.
    velocity : ndarray of complex, shape (n_modes, n)
        v_k, over modes.
    inverse : ndarray of complex, shape (n_baths, n)
        r_k at the baths, c_aᵀ r_k.
    at_baths : ndarray of complex, shape (n_baths, n)
        c_aᵀ v_k.
    doubt : float
        Largest relative uncertainty of the decay rate of a motion that does not ring: rounding of the fastest one.
    """

    rate: ComplexArray
    velocity: ComplexArray
    inverse: ComplexArray
    at_baths: ComplexArray
    doubt: float = 0.0

    @cached_property
    def half(self) -> tuple[BoolArray, FloatArray]:
        """Which have Re ω ≥ 0, and their shares."""
        axis = np.abs(self.rate.imag) <= NEAR_AXIS * np.abs(self.rate)
        keep = (self.rate.imag > 0.0) | axis
        return keep, np.where(axis[keep], 0.5, 1.0)

    @cached_property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0."""
        keep, share = self.half
        omega = -1j * self.rate[keep]
        return Poles(omega, share)

    @property
    def right(self) -> ComplexArray:
        """Factors at the baths, shape (n_baths, n_poles)."""
        return -self.inverse[:, self.half[0]] / self.poles.omega

    def left(self, rows: FloatArray) -> ComplexArray:
        """Return factors at sites with these mode amplitudes, shape (n_rows, n_poles)."""
        return np.asarray(rows @ self.velocity[:, self.half[0]])

    def motions(self, numbers: IntArray) -> ComplexArray:
        """Return what some poles move, any factor, shape (n_modes, n_numbers)."""
        return self.velocity[:, np.flatnonzero(self.half[0])[numbers]]

    def mirrored(self, rows: FloatArray) -> ComplexArray:
        """Return G at -ω_k from sites with these mode amplitudes to the baths, shape (n_rows, n_baths, n_poles)."""
        return self._velocities(rows @ self.velocity) / (-1j * self.poles.omega)

    def _velocities(self, rows: ComplexArray) -> ComplexArray:
        """Return V at -s_k for the poles of one half, from rows (n_rows, n) of left factors to all baths."""
        keep = self.half[0]
        over = -1.0 / (self.rate[keep, None] + self.rate)
        out = np.empty((len(rows), len(self.inverse), over.shape[0]), np.complex128)
        for i, row in enumerate(rows):
            out[i] = (over @ (row * self.inverse).T).T
        return out

    def conductances(self) -> FloatArray:
        """Return C_ab = 2 Re Σ_k L_ak R_kb V_ab(-s_k), shape (n_baths, n_baths)."""
        keep, share = self.half
        total = np.empty((len(self.inverse), len(self.inverse)))
        for a in range(len(self.at_baths)):
            row = self._velocities(self.at_baths[a : a + 1])[0]
            total[a] = (4.0 * share * self.at_baths[a, keep] * self.inverse[:, keep] * row).sum(axis=1).real
        return without_diagonal(total)

    def weights(self, modes: FloatArray) -> FloatArray:
        """Return the bath weights h_n^a = 2 Re Σ_k x_nk r_ka V_na(-s_k) of sites with these mode amplitudes."""
        keep, share = self.half
        out = np.empty((len(modes), len(self.inverse)))
        step = max(1, int(CHUNK / (len(self.inverse) * self.rate.size)))
        for part in (slice(k, k + step) for k in range(0, len(modes), step)):
            rows = modes[part] @ self.velocity
            factor = 4.0 * share * self.inverse[:, keep]
            out[part] = np.einsum("nk,ak,nak->na", rows[:, keep], factor, self._velocities(rows)).real
        return out


def drift(problem: ModalProblem) -> tuple[FloatArray, FloatArray]:
    """Return A of x' = A x (n, n), and B, what takes its energy, (n, n_baths): A = A₀ - B Bᵀ, A₀ᵀ = -A₀.

    x: positions of the modes that are held, times their frequencies, velocities of all, and memories g_a,
    v' = … - Σ_a sqrt(ω_D) c_a g_a, g_a' = sqrt(ω_D) c_aᵀ v - ω_D g_a.
    """
    omega, c, memory = np.sqrt(problem.stiffness), problem.coupling, np.flatnonzero(problem.memory)
    held, edge = np.flatnonzero(omega > 0.0), 1.0 / problem.memory[memory]
    first, last = held.size, held.size + omega.size
    A, taken = np.zeros((last + memory.size, last + memory.size)), np.zeros((last + memory.size, len(c)))
    rows, white = np.arange(first), problem.memory == 0.0
    A[rows, first + held], A[first + held, rows] = omega[held], -omega[held]
    keeping = np.sqrt(edge)[:, None] * c[memory]
    A[last:, first:last], A[first:last, last:] = keeping, -keeping.T
    taken[first:last, white] = c[white].T
    taken[last + np.arange(memory.size), memory] = np.sqrt(edge)
    A[first:last, first:last] = -c[white].T @ c[white]
    A[last:, last:] = -np.diag(edge)
    return A, taken


def damped_motion(problem: ModalProblem) -> Motion:
    """Return the eigenvectors of the damped motion, by LAPACK.

    Decay rates are -Re s = Σ_a |c_a v|²/|x|², a sum of positive terms that keeps the digits of narrow resonances.
    """
    from hotsprings.kernels.threads import one_blas_thread

    c, bound = problem.coupling, problem.stiffness.size - problem.n_free
    A = drift(problem)[0]
    try:
        with one_blas_thread(len(A)):
            s, X = np.linalg.eig(A)
            inverse = np.linalg.inv(X)
    except np.linalg.LinAlgError as err:
        raise CertificateError("two resonances coincide (critical damping): change a friction by 1 part in 1e6"
                               ) from err
    s, X, inverse = s.astype(np.complex128), X.astype(np.complex128), inverse.astype(np.complex128)
    velocity = np.ascontiguousarray(X[bound:])
    at_baths = c @ velocity
    decay = (np.abs(at_baths) ** 2).sum(axis=0) / (np.abs(X) ** 2).sum(axis=0)
    ringing = np.abs(s.imag) > decay
    s = np.where(ringing, -decay + 1j * s.imag, s)
    condition = np.linalg.norm(X, axis=0) * np.linalg.norm(inverse, axis=1)
    with np.errstate(divide="ignore"):  # a rate of exactly 0: nothing is known of it
        lost = EPS * float(np.abs(s).max(initial=0.0)) * condition[~ringing] / np.abs(s[~ringing])
    return Motion(s, velocity, c @ inverse[:, bound:].T, at_baths, float(np.max(lost, initial=0.0)))


@dataclass(frozen=True, eq=False)
class PreciseMotion:
    """The same in 32 digits: what is left of it in doubles, the sums, and what decays too slowly to be told apart.

    ``dark`` are orthonormal mode amplitudes, shape (n_dark, n_modes): motions that decay by less than 1e-18 of the
    fastest rate and coincide to 1e-19 of it, between which 32 digits do not decide.
    """

    motion: Motion
    sums: Sums
    dark: FloatArray
    factors: tuple[FloatArray, FloatArray, FloatArray]  # v (n_modes, 4, n), r (n_b, 4, n), -1/(s_k + s_l) (n, 4, n)

    def at_sites(self, amplitude: FloatArray) -> tuple[ComplexArray, ComplexArray]:
        """Return :meth:`Motion.left` and :meth:`Motion.mirrored` of amplitudes (n_modes, n_sites, 2), in 32 digits."""
        from hotsprings.kernels import damped
        from hotsprings.kernels.precise import in_rows

        keep = np.flatnonzero(self.motion.half[0])
        left, mirrored = damped.site_factors(in_rows(amplitude), *self.factors, keep)
        return left, mirrored / (-1j * self.motion.poles.omega)


def precise_motion(modes: PreciseModes) -> PreciseMotion:
    """Return eigenvectors of the damped motion and the sums over them in 32 digits."""
    from hotsprings.kernels import damped
    from hotsprings.kernels.precise import in_rows

    coupling = in_rows(modes.coupling)
    A = damped.drift(modes.frequency, coupling)
    top = float(np.abs(A[:, 0]).max())
    Z, found = damped.schur(A)
    if not found:
        raise CertificateError("the damped motion was not resolved in 32 digits: report the system as an issue")
    vectors, left, right, decay = damped.moving_parts(Z, damped.triangle_vectors(A), coupling)
    velocity = vectors[-len(coupling):]
    s = A[np.arange(len(A)), :, np.arange(len(A))]
    ringing = np.abs(s[:, 2]) > decay[:, 0]
    s[ringing, :2] = -decay[ringing]
    lost = undecided(s, decay[:, 0], top)
    if lost.any() and top > FASTEST * np.abs(s[lost, 2]).max():
        raise CertificateError(TOO_FAST)
    doubt = polish_still(s, in_rows(vectors), modes, PRECISE_UNIT * top)
    dark = _orthonormal(rounded(in_rows(velocity)[:, lost & (s[:, 2] > 0.0)]).T)
    s, *rows = in_pairs(s, ~lost, *map(in_rows, (velocity, left, right)))
    velocity, left, right = map(in_rows, rows)
    over = damped.inverse_gaps(s)
    conductance, weight = damped.sums(in_rows(modes.shape), velocity, left, right, over)
    motion = Motion(rounded(s), rounded(rows[0]), rounded(rows[2]), rounded(rows[1]), doubt)
    return PreciseMotion(motion, (without_diagonal(conductance), weight), dark, (velocity, right, over))


def undecided(s: FloatArray, decay: FloatArray, top: float) -> BoolArray:
    """Return which poles decay so slowly, and lie so close to another one, that their decay rates are not known.

    Rounding turns the motion of each by an angle towards every other one, and √(decay rate) with it.
    """
    rate = rounded(s)
    apart = np.abs((s[:, None, 0] - s[None, :, 0]) + (s[:, None, 1] - s[None, :, 1])
                   + 1j * ((s[:, None, 2] - s[None, :, 2]) + (s[:, None, 3] - s[None, :, 3])))
    np.fill_diagonal(apart, np.inf)
    close = (decay < FAINT * top) & (apart.min(axis=1, initial=np.inf) < CLOSE * top)
    with np.errstate(divide="ignore", invalid="ignore"):  # of poles that coincide, or do not decay, nothing is known
        angle = len(s) * PRECISE_UNIT * top / apart
        known = 2.0 * np.sqrt((angle**2 @ decay) / decay) <= TOLERANCE
    return np.asarray(close & ~known & (np.abs(rate.imag) > NEAR_AXIS * np.abs(rate)))


@np.errstate(divide="ignore", invalid="ignore")  # a rate of exactly 0: nothing is known of it
def polish_still(s: FloatArray, vectors: FloatArray, modes: PreciseModes, rounding: float,
                 edge: FloatArray | None = None) -> float:
    """Put motions that do not ring, and are small beside the fastest, on the root of their Rayleigh quotient.

    s² Σ v² + s Σ_a (c_a v)² + Σ λ v² = 0, in exact fractions: its error is the square of that of v, which is known from
    the positions ω_j q_j (first in ``vectors``, free modes have none) of modes faster than s, and from the velocities
    (last) of others. Returns what is left, relative to the smallest. Baths with memory damp by 1/(1 + s/ω_D) of that;
    near -ω_D nothing is changed.
    """
    rate = rounded(s)
    apart = np.abs(rate[:, None] - rate)
    np.fill_diagonal(apart, np.inf)
    lost = rounding / np.abs(rate)
    edge = np.full(modes.coupling.shape[1], np.inf) if edge is None else edge
    away = np.all(np.abs(rate[:, None]) < 0.5 * edge, axis=1)
    poor = np.flatnonzero((np.abs(rate.imag) <= NEAR_AXIS * np.abs(rate)) & (lost > EPS))
    slower = [Fraction(1.0 / x) if np.isfinite(x) else Fraction(0) for x in edge]
    stiffness, coupling = _exact(modes.stiffness), [_exact(row) for row in np.swapaxes(modes.coupling, 0, 1)]
    frequency, n, bound = _exact(modes.frequency), len(modes.frequency), int(np.sum(modes.frequency[:, 0] > 0.0))
    for k in poor[away[poor]]:
        moving = _exact(vectors[-n:, k, :2])
        held_back = [Fraction(0)] * (n - bound) + _exact(vectors[:bound, k, :2])
        root = Fraction(rate[k].real)
        for _ in range(3):
            v = [_short(root * x / w) if w > abs(root) else y
                 for x, y, w in zip(held_back, moving, frequency, strict=True)]
            squares = [x * x for x in v]
            inertia, springs = sum(squares), sum(map(operator.mul, stiffness, squares))
            taken = [sum(map(operator.mul, c, v)) ** 2 for c in coupling]
            held = [1 + root * x for x in slower]
            drag = sum(x / y for x, y in zip(taken, held, strict=True))
            slope = 2 * root * inertia + sum(x / y**2 for x, y in zip(taken, held, strict=True))
            root = _short(root - (root * (root * inertia + drag) + springs) / slope) if slope else root
        s[k] = float(root), float(root - Fraction(float(root))), 0.0, 0.0
    left = lost[poor] * np.minimum(1.0, rounding / apart[poor].min(axis=1, initial=np.inf))
    return float(left.max(initial=0.0))


def _exact(parts: FloatArray) -> list[Fraction]:
    """Return the double-doubles (n, 2) as exact numbers."""
    return [Fraction(float(high)) + Fraction(float(low)) for high, low in parts]


def _short(number: Fraction) -> Fraction:
    """Return a number in 32 digits."""
    high = float(number)
    return Fraction(high) + Fraction(float(number - Fraction(high)))


def in_pairs(s: FloatArray, keep: BoolArray, *rows: FloatArray) -> tuple[FloatArray, ...]:
    """Return poles and rows (…, n, 4) as those above the axis, their exact mirrors, and those beside it."""
    size = np.hypot(s[:, 0], s[:, 2])
    upper = keep & (s[:, 2] > NEAR_AXIS * size)
    beside = keep & (np.abs(s[:, 2]) <= NEAR_AXIS * size)
    if 2 * upper.sum() + beside.sum() != keep.sum():
        raise CertificateError(TOO_FAST)
    conj = np.array([1.0, 1.0, -1.0, -1.0])
    return tuple(np.ascontiguousarray(np.concatenate([a[..., upper, :], conj * a[..., upper, :], a[..., beside, :]],
                                                     axis=-2)) for a in (s, *rows))


def _orthonormal(rows: ComplexArray) -> FloatArray:
    """Return an orthonormal basis of what some complex rows span together with their conjugates, as real rows."""
    if not len(rows):
        return np.empty(rows.shape)
    _, size, basis = np.linalg.svd(np.concatenate([rows.real, rows.imag]), full_matrices=False)
    return np.asarray(basis[: len(rows)] if len(size) >= len(rows) else basis)


def rounded(parts: FloatArray) -> ComplexArray:
    """Return complex double-doubles (…, 4) as doubles."""
    return np.asarray((parts[..., 0] + parts[..., 1]) + 1j * (parts[..., 2] + parts[..., 3]))
