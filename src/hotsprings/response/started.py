"""Motion after kicks and displacements of small networks: eigenvectors of the whole motion in 32 digits.

Nothing is left out: modes that feel no bath ring on, parts that nothing holds drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import CertificateError
from hotsprings.response.damped import rounded
from hotsprings.response.evolution import every_mode
from hotsprings.response.modes import cutoffs
from hotsprings.response.precise import PreciseModes
from hotsprings.response.precise_drude import drift
from hotsprings.response.response import ROUNDINGS
from hotsprings.response.rotating import turned
from hotsprings.response.tolerances import EPS
from hotsprings.system import OpenNetwork

__all__ = ["Started"]


@dataclass(frozen=True, eq=False)
class Started:
    """The motion of all sites from momenta and displacements at t = 0.

    Attributes
    ----------
    system : OpenNetwork
    kicks, shifts : dict of int to float
        Momentum, displacement by site.
    """

    system: OpenNetwork
    kicks: dict[int, float]
    shifts: dict[int, float]

    @cached_property
    def _modes(self) -> PreciseModes:
        return every_mode(self.system)

    def _start(self, n_memory: int) -> FloatArray:
        """Return the state at t = 0, ω_j u_j of the modes that are held, memories, velocities, shape (n, 2, 1)."""
        modes, root = self._modes, np.sqrt(self.system.network.masses)
        kick, shift = np.zeros((2, root.size))
        for site, size in self.kicks.items():
            kick[site] = size / root[site]
        for site, size in self.shifts.items():
            shift[site] = size * root[site]
        held = modes.frequency[:, 0] > 0.0
        position = (modes.frequency[:, 0] * (modes.shape[:, :, 0] @ shift))[held]
        state = np.concatenate([position, np.zeros(n_memory), modes.shape[:, :, 0] @ kick])
        return np.stack([state, np.zeros(state.size)], axis=1)[:, :, None]

    @cached_property
    def amplitudes(self) -> tuple[ComplexArray, ComplexArray]:
        """Rates s_k (n,) and V_ik of the velocities Σ_k V_ik exp(s_k t), shape (n_sites, n)."""
        from hotsprings.kernels import damped
        from hotsprings.kernels.precise import in_rows

        modes, edge = self._modes, cutoffs(self.system)
        A, _ = drift(modes, edge)
        Z, found = damped.schur(A)
        if not found:
            raise CertificateError("the damped motion was not resolved in 32 digits: report the system as an issue")
        start = self._start(int(np.isfinite(edge).sum()))
        vectors, _, answer, _ = damped.moving_parts(Z, damped.triangle_vectors(A), start)
        moving = vectors[-len(start):]
        s = rounded(np.ascontiguousarray(A[np.arange(len(A)), :, np.arange(len(A))]))
        velocity = np.ascontiguousarray(moving[len(moving) - len(modes.frequency):])
        none = np.zeros((0, 4, s.size))
        shape, _ = damped.site_factors(in_rows(modes.shape), velocity, none, none, np.arange(s.size))
        root = np.sqrt(self.system.network.masses)[:, None]
        return np.minimum(s.real, 0.0) + 1j * s.imag, np.asarray(shape * rounded(answer[0].T) / root)

    def position(self, times: FloatArray) -> FloatArray:
        """Return the positions, q(0) + Σ_k V_k (exp(s_k t) - 1)/s_k, shape (n_times, n_sites)."""
        s, velocity = self.amplitudes
        still = s == 0.0
        turns = np.expm1(np.multiply.outer(times, s)) / np.where(still, 1.0, s)
        turns[:, still] = times[:, None]
        out = (turns @ velocity.T).real
        for site, size in self.shifts.items():
            out[:, site] += size
        return np.asarray(out)

    def velocity(self, times: FloatArray) -> FloatArray:
        """Return the velocities, shape (n_times, n_sites)."""
        s, velocity = self.amplitudes
        return np.asarray((np.exp(np.multiply.outer(times, s)) @ velocity.T).real)

    def reach(self) -> float:
        """Return how fast the terms of a site are together."""
        return float(np.abs(self.amplitudes[1]).sum(axis=1).max())

    def turned(self, times: FloatArray) -> float:
        """Return what part of the motion a rounding of the rates turns at some time."""
        s, velocity = self.amplitudes
        return turned(-1j * s, ROUNDINGS * EPS * np.abs(s), np.abs(velocity).T, times)
