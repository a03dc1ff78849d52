"""Baths with Drude memory in 32 digits: small networks that 16 digits do not resolve.

In the coordinates of :class:`DrudeResponse` with memories g_a beside velocities, the motion is x' = (A₀ - B Bᵀ) x with
A₀ᵀ = -A₀: white baths take energy by B = c_a, memories by B = sqrt(ω_D) e_a, and the noise comes in the same way. So
conductances and bath weights are the sums of white baths, 2 Σ_kl over B, and decay rates |Bᵀx|²/|x|²; residues of G are
what forces on velocities do.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.damped import TOO_FAST, Motion, in_pairs, polish_still, rounded, undecided
from hotsprings.response.drude import DrudeResponse
from hotsprings.response.modes import ModalProblem, cutoffs
from hotsprings.response.precise import PreciseModes, as_problem, precise_modes
from hotsprings.response.remembered import eliminated
from hotsprings.response.response import Poles, Response, Sums, balanced, without_diagonal
from hotsprings.response.tolerances import EPS, PRECISE_DARK, PRECISE_UNIT, TINY

__all__ = ["PreciseDrudeResponse", "drift", "heard"]


UNHEARD = 1e-20  # of the strongest coupling: of what is fainter 32 digits leave fewer than twelve


class _Solved(NamedTuple):
    """Poles, sums of the stationary state, and what is left of 32 digits.

    B of memories and modes (n_moving, 2, n_baths), rows of these (n_moving, 4, n) and of v alone, X⁻¹c and X⁻¹B, what
    forces and noise do (n_baths, 4, n), 1/(-s_k - s_l) (n, 4, n), s_k (n, 4); and the relative doubt of the slowest
    decay rate.
    """

    motion: Motion
    sums: Sums
    taken: FloatArray
    moving: FloatArray
    velocity: FloatArray
    forced: FloatArray
    noisy: FloatArray
    over: FloatArray
    rate: FloatArray
    doubt: float


class PreciseDrudeResponse(DrudeResponse):
    """The same by the QR algorithm in 32 digits."""

    dark_means: ClassVar[str] = f"feel no bath to a relative coupling of {PRECISE_DARK:.0e}"

    @cached_property
    def precise_modes(self) -> PreciseModes:
        """The modes in 32 digits."""
        return heard(precise_modes(self.system), cutoffs(self.system))

    @cached_property
    def modes(self) -> ModalProblem:
        """The normal modes that feel a bath, rounded."""
        return as_problem(self.precise_modes, cutoffs(self.system))

    @cached_property
    def _solved(self) -> _Solved:
        from hotsprings.kernels import damped
        from hotsprings.kernels.precise import in_rows

        modes, edge = self.precise_modes, cutoffs(self.system)
        A, taken = drift(modes, edge)
        top = float(np.abs(A[:, 0]).max())
        Z, found = damped.schur(A)
        if not found:
            raise CertificateError("the damped motion was not resolved in 32 digits: report the system as an issue")
        vectors, n_memory = damped.triangle_vectors(A), int(np.isfinite(edge).sum())
        force = np.concatenate([np.zeros((n_memory, 2, edge.size)), in_rows(modes.coupling)])
        parts, left, right, decay = damped.moving_parts(Z, vectors, taken)
        _, _, forced, _ = damped.moving_parts(Z, vectors, force)
        moving = parts[-len(taken):]
        s = np.ascontiguousarray(A[np.arange(len(A)), :, np.arange(len(A))])
        ringing = np.abs(s[:, 2]) > decay[:, 0]
        s[ringing, :2] = -decay[ringing]
        doubt = polish_still(s, in_rows(parts), modes, PRECISE_UNIT * top, edge)
        if undecided(s, decay[:, 0], top).any() or np.any(s[:, 0] >= 0.0):
            raise CertificateError(TOO_FAST)
        s, *rows = in_pairs(s, np.ones(len(s), dtype=bool), *map(in_rows, (moving, left, right, forced)))
        moving, left, right, forced = map(in_rows, rows)
        over, amplitude = damped.inverse_gaps(s), in_rows(modes.shape)
        amplitude = np.concatenate([np.zeros((n_memory, *amplitude.shape[1:])), amplitude])
        conductance, weight = damped.sums(amplitude, moving, left, right, over)
        motion = Motion(rounded(s), rounded(rows[0]), rounded(rows[2]), rounded(rows[1]))
        sums = without_diagonal(conductance), weight
        return _Solved(motion, sums, taken, moving, moving[n_memory:], forced, right, over, s, doubt)

    @property
    def solved(self) -> bool:
        """Whether 32 digits hold all motions, and nothing of the stationary state is lost."""
        try:
            return self.closes(self._solved.sums)
        except CertificateError:
            return False

    @property
    def poles(self) -> Poles:
        """The poles that decay, Re ω ≥ 0."""
        return self._solved.motion.poles

    @property
    def _half(self) -> tuple[Any, FloatArray]:
        keep, share = self._solved.motion.half
        return np.flatnonzero(keep), share

    def pole_damping(self) -> ComplexArray:
        """Return γ_a'(ω_k) at the poles, shape (n_baths, n_poles): s_k + ω_D, which may nearly vanish, in 32 digits."""
        s, edge = self._solved.rate[self._half[0]], cutoffs(self.system)[:, None]
        out = np.repeat(self.system.friction[:, None].astype(np.complex128), len(s), axis=1)
        known = np.isfinite(edge[:, 0])
        near = ((s[:, 0] + edge[known]) + s[:, 1]) + 1j * rounded(s).imag
        out[known] *= edge[known] ** 2 / (near * (edge[known] - rounded(s)))
        return out

    def _at(self, sites: Any) -> tuple[ComplexArray, ComplexArray]:
        """Return what a site moves by, and what it answers to forces on baths at -s_k, without masses and frictions."""
        from hotsprings.kernels import damped
        from hotsprings.kernels.precise import in_rows

        solved = self._solved
        shape = in_rows(self.precise_modes.shape[:, np.asarray(sites)])
        left, mirrored = damped.site_factors(shape, solved.velocity, solved.forced, solved.over, self._half[0])
        return left, mirrored

    def left(self, sites: Any) -> ComplexArray:
        """Return left factors of the residues, shape (len(sites), n_poles)."""
        root = np.sqrt(self.system.network.masses[np.asarray(sites)])[:, None]
        return np.asarray(-self._at(sites)[0] / self.poles.omega / root)

    def right(self) -> ComplexArray:
        """Return right factors of the residues, shape (n_baths, n_poles)."""
        return np.asarray(rounded(np.swapaxes(self._solved.forced, 1, 2))[:, self._half[0]]
                          / np.sqrt(self.system.friction)[:, None])

    def mirrored(self, sites: Any) -> ComplexArray:
        """Return G_ja(-ω_k), shape (len(sites), n_baths, n_poles)."""
        scale = np.sqrt(np.multiply.outer(self.system.network.masses[np.asarray(sites)], self.system.friction))
        return np.asarray(self._at(sites)[1] / (-1j * self.poles.omega) / scale[:, :, None])

    def stretch_velocities(self, pairs: IntArray, temperature: FloatArray) -> FloatArray:
        """Return ⟨(q_i - q_j) v_j⟩ and ⟨(q_j - q_i) v_i⟩ of pairs of sites, summed in 32 digits, shape (n_pairs, 2)."""
        from hotsprings.kernels.precise import in_rows
        from hotsprings.kernels.stretches import stretch_velocities

        solved, masses = self._solved, np.array(self.system.network.masses)
        return np.asarray(stretch_velocities(in_rows(self.precise_modes.shape), masses, solved.velocity, solved.noisy,
                                             solved.over, temperature, pairs))

    def noise(self) -> FloatArray:
        """Return the noise of the heat currents, rows summing to zero, in 32 digits, shape (n_baths, n_baths)."""
        from hotsprings.kernels.noise import noise

        found = self._solved
        return balanced(noise(found.taken, found.moving, found.noisy, found.over, self.system.temperature))

    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij at real frequencies, or ω G_ij, by elimination in 32 digits."""
        still, out = (omega == 0.0) & (self.modes.n_free > 0), np.empty(np.shape(omega), np.complex128)
        out[~still] = eliminated(self.system, self._added, omega[~still], i, j, times_omega)
        out[still] = super()._element(np.zeros(int(still.sum())), i, j, times_omega)
        return out

    def branches(self) -> list[tuple[float, Any]]:
        """Return the response itself: pairs of poles that nearly coincide are known together."""
        return [(1.0, self)]

    def changed(self, draw: int) -> PreciseDrudeResponse:
        """Return the response with springs and pinnings changed at the end of 32 digits."""
        other = PreciseDrudeResponse(self.system)
        other.precise_modes = heard(precise_modes(self.system, np.random.default_rng(draw)), cutoffs(self.system))
        if other.modes.stiffness.size != self.modes.stiffness.size:
            raise CertificateError("even 32 digits do not tell which modes feel a bath")
        return other

    def pole_doubt(self) -> FloatArray:
        """Return by how much each pole may be off: roundings of itself."""
        return Response.pole_doubt(self)

    def resonance_doubt(self) -> float:
        """Return the largest relative change of a resonance, or of its decay rate."""
        return max(super().resonance_doubt(), self._solved.doubt)

    def rounding(self) -> float:
        """Return how large a conductance, in the largest γ/m, may be rounding of eigenvectors."""
        return super().rounding() / (4.0 * EPS) * PRECISE_UNIT

    def plain_sums(self) -> Sums:
        """Return the conductances and the bath weights, summed in 32 digits."""
        return self._solved.sums


def heard(modes: PreciseModes, edge: FloatArray) -> PreciseModes:
    """Return modes with those too fast for the memory of every bath to feel, (ω_D/ω) c, among the dark ones."""
    slow = np.minimum(1.0, edge / np.maximum(modes.frequency[:, :1], TINY))
    felt = np.abs(modes.coupling[:, :, 0] * slow).max(axis=1)
    part = felt / np.abs(modes.coupling[:, :, 0]).max(initial=TINY)
    dark = part < UNHEARD
    if not dark.any():
        return modes
    return replace(modes, stiffness=modes.stiffness[~dark], frequency=modes.frequency[~dark],
                   coupling=modes.coupling[~dark], shape=modes.shape[~dark],
                   dark_stiffness=np.append(modes.dark_stiffness, modes.stiffness[dark, 0]),
                   dark_shape=np.concatenate([modes.dark_shape, modes.shape[dark, :, 0]]),
                   unresolved=max(modes.unresolved, float(part[dark].max())))


def drift(modes: PreciseModes, edge: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the matrix of the motion (n, 4, n), and B, what takes energy of memories and modes, (n_moving, 2, n_b)."""
    from hotsprings.kernels import damped, precise

    memory, coupling = np.flatnonzero(np.isfinite(edge)), precise.in_rows(modes.coupling)
    n, n_memory = len(coupling), memory.size
    white = coupling.copy()
    white[:, :, memory] = 0.0
    base = damped.drift(modes.frequency, white)
    bound = len(base) - n
    A = np.zeros((len(base) + n_memory, 4, len(base) + n_memory))
    old = np.append(np.arange(bound), bound + n_memory + np.arange(n))
    A[np.ix_(old, np.arange(4), old)] = base
    root = precise.roots(np.stack([edge[memory], np.zeros(n_memory)], axis=1))
    taken = np.concatenate([np.zeros((n_memory, 2, edge.size)), white])
    for k, a in enumerate(memory):
        row, moving = bound + k, bound + n_memory + np.arange(n)
        kept = precise.multiples(np.ascontiguousarray(coupling[:, :, a]), root[k])
        A[row, :2, moving], A[moving, :2, row] = kept, -kept
        A[row, 0, row] = -edge[a]
        taken[k, :, a] = root[k]
    return A, taken
