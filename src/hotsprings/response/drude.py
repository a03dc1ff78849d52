"""Baths with Drude memory: the eigenvectors of the damped motion, enlarged by one variable for every such bath."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from hotsprings.baths import Bath
from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.bath_matrices import BathMatrices, inverse_gaps, quadratic
from hotsprings.response.damped import drift
from hotsprings.response.modes import cutoffs
from hotsprings.response.remembered import RememberingResponse
from hotsprings.response.response import MEAN, Poles, Response, Sums, without_diagonal
from hotsprings.response.tolerances import EPS, ON_AXIS, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["DrudeBaths", "DrudeResponse", "damping"]

TURNED = 1e3  # roundings of the fastest rate by which a rate that rings or decays slowly has been found off
SLOW, STEPS = 1e-3, 3  # of the fastest rate, below which a motion that does not ring is found anew; in so many steps
BLOCK = 1 << 20  # numbers held at a time
CONDITION = 1e5  # of an eigenvector, above which two resonances are taken to coincide


def damping(system: OpenNetwork, omega: FloatArray | ComplexArray) -> ComplexArray:
    """Return γ_a'(ω) = γ ω_D²/(ω_D² + ω²) as a rational function of complex frequencies, shape (n_baths, n_omega)."""
    edge = cutoffs(system)[:, None]
    return np.asarray(system.friction[:, None] / (1.0 + (omega / edge) ** 2), np.complex128)


class DrudeBaths(RememberingResponse):
    """What baths with Drude memory do, whatever finds the poles: γ̃_a = γ_a ω_D/(ω_D + iω), γ_a without a cutoff."""

    dark_means: ClassVar[str] = "feel no bath"

    def _added(self, omega: float | FloatArray) -> ComplexArray:
        """Return iωγ̃_a(ω), what baths add to the stiffness of their sites, shape (..., n_baths)."""
        each = np.asarray(omega)[..., None]
        x = each / cutoffs(self.system)
        return np.asarray(each * self.system.friction * (x + 1j) / (1.0 + x * x))

    def flows(self, omega: FloatArray) -> ComplexArray:
        """Return ω G between the bath sites at frequencies ω > 0, shape (n_baths, n_baths, n_omega), in 16 digits.

        From the springs, scaled to unit diagonals: normal modes would mix a strong friction into all of their elements.
        """
        out = np.empty((self.system.n_baths, self.system.n_baths, omega.size), np.complex128)
        step = max(1, BLOCK // self.system.n_sites**2)
        for part in (slice(k, k + step) for k in range(0, omega.size, step)):
            out[:, :, part] = (omega[part, None, None] * self._between_baths(omega[part])).transpose(1, 2, 0)
        return out

    def _between_baths(self, omega: FloatArray) -> ComplexArray:
        """Return G between the bath sites, shape (n_omega, n_baths, n_baths)."""
        network, at = self.system.network, self.system.bath_sites
        K, m, every = network.stiffness(), network.masses, np.arange(self.system.n_sites)
        added, size = self._added(omega), np.abs(K.diagonal()) + omega[:, None] ** 2 * m
        Z = np.repeat(K[None].astype(np.complex128), omega.size, axis=0)
        Z[:, every, every] -= omega[:, None] ** 2 * m
        Z[:, at, at] += added
        size[:, at] += np.abs(added)
        scale = 1.0 / np.sqrt(size)
        forced = np.zeros((omega.size, m.size, at.size), np.complex128)
        forced[:, at, np.arange(at.size)] = scale[:, at]
        moved = np.linalg.solve(scale[:, :, None] * Z * scale[:, None], forced)
        return np.asarray(scale[:, at, None] * moved[:, at])

    def drag(self, omega: FloatArray) -> FloatArray:
        """Return γ_a'(ω) at real frequencies, shape (n_baths, ...)."""
        flat = np.asarray(omega, dtype=np.complex128).ravel()
        return np.asarray(damping(self.system, flat).reshape(-1, *np.shape(omega)).real)

    def pole_damping(self) -> ComplexArray:
        """Return γ_a'(ω_k) at the poles, shape (n_baths, n_poles)."""
        return damping(self.system, self.poles.omega)

    def handed_on(self) -> ComplexArray:
        """Return ω_D/(ω_D + iω_k), or 1 of white noise, shape (n_baths, n_poles)."""
        behind = 1.0 - 1j * self.poles.omega / cutoffs(self.system)[:, None]
        return np.asarray(self.pole_damping() / self.system.friction[:, None] * behind)

    def decay_sum(self) -> float:
        """Return what the decay rates of all resonances add up to: Σ ω_D, and Σ γ/m of white baths."""
        edge = cutoffs(self.system)
        return float(np.where(np.isinf(edge), self.rate, edge).sum())

    def expected_resonances(self) -> int:
        """Return how many resonances there must be: two for each bright mode, one if free, one for each memory."""
        return 2 * self.modes.stiffness.size - self.modes.n_free + int(np.isfinite(cutoffs(self.system)).sum())

    @cached_property
    def _at_modes(self) -> FloatArray:
        """φ_j(i)/sqrt(m_i), shape (n_sites, n_modes)."""
        return np.asarray(self.modes.modes / np.sqrt(self.system.network.masses)[:, None])

    @cached_property
    def _at_baths(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Left and right factors and G(-ω_k) of the bath sites."""
        at = self.system.bath_sites
        return self.left(at), self.right(), self.mirrored(at)

    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane, mirrors included, and its residues there."""
        omega, share = self.poles
        left, right, mirrored = self._at_baths
        drag = self.pole_damping()
        rho = 4.0 * drag[a] * drag[b] * omega**2 * left[a] * right[b] * mirrored[a, b]
        pair = share == 1.0
        return np.concatenate([omega, -np.conj(omega[pair])]), np.concatenate([rho, -np.conj(rho[pair])])

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site, shape (n_sites,)."""
        dark = self.modes.dark_modes
        return dark.shape[1], np.asarray(1.0 - (dark**2).sum(axis=1))


class DrudeResponse(DrudeBaths):
    """G(ω) = [K - ω²M + iωγ̃(ω)]⁻¹ as a sum over poles, γ̃_a = γ_a ω_D/(ω_D + iω), or γ_a where there is no cutoff.

    In normal coordinates u, with x = Ω u, v = u', c_aj = φ_j(a) sqrt(γ_a/m_a) and one g_a for each bath with memory,

        x' = Ω v,   v' = -Ω x - Σ_white c cᵀ v - Σ_a sqrt(ω_D) c_a g_a,   g_a' = sqrt(ω_D) c_aᵀ v - ω_D g_a.

    The eigenvalues are iω_k; residues come from X and X⁻¹ together, so that poles which nearly coincide do no harm.
    """

    @cached_property
    def _motion(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Eigenvalues s_k, velocities of the modes (n_modes, n), and the answer to forces on them (n, n_modes)."""
        p, edge = self.modes, cutoffs(self.system)
        A, _ = drift(p)
        memory, white = np.flatnonzero(np.isfinite(edge)), p.coupling[np.isinf(edge)]
        last = len(A) - memory.size
        first, keeping = last - p.stiffness.size, A[last:, last - p.stiffness.size:last]
        try:
            s, x = np.linalg.eig(A)
            inverse = np.linalg.inv(x)
        except np.linalg.LinAlgError as err:
            raise CertificateError("two resonances coincide: change a friction by 1 part in 1e6") from err
        s, x, inverse = (part.astype(np.complex128) for part in (s, x, inverse))
        s[np.abs(s.imag) <= ON_AXIS * np.abs(s)] = s[np.abs(s.imag) <= ON_AXIS * np.abs(s)].real
        # A loses energy in white baths and memories alone: a sum of positive terms, which keeps narrow widths
        remembered = edge[memory][:, None] * np.abs((keeping @ x[first:last]) / (s + edge[memory][:, None])) ** 2
        lost = (np.abs(white @ x[first:last]) ** 2).sum(axis=0) + remembered.sum(axis=0)
        decay = lost / (np.abs(x) ** 2).sum(axis=0)
        rings = np.abs(s.imag) > decay
        s[rings] = -decay[rings] + 1j * s.imag[rings]
        slow = np.flatnonzero(~rings & (np.abs(s) < SLOW * np.abs(s).max()))
        s[slow] = self._polished(s, slow)
        self._refuse(s, A)
        return s, x[first:last], inverse[:, first:last]

    def _polished(self, s: ComplexArray, slow: IntArray) -> ComplexArray:
        """Return some s_k to rounding of themselves; as they are where that takes them too far."""
        apart = np.array([np.abs(np.delete(s, k) - s[k]).min(initial=np.inf) for k in slow])
        most = np.minimum(0.5 * apart, TURNED * EPS * np.abs(s).max())
        found = s[slow]
        for _ in range(STEPS):
            found = found + self._steps(found)
        good = np.abs(found - s[slow]) <= most
        return np.where(good, found, s[slow])

    def _steps(self, s: ComplexArray) -> ComplexArray:
        """Return Newton's steps of s = iω on yᵀ D y, y what D takes to 0."""
        p, omega = self.modes, -1j * s
        inverse = inverse_gaps(p.stiffness, np.full(s.size, -1), omega**2)
        D = np.eye(self.system.n_baths) + 1j * omega[:, None, None] * BathMatrices(p, p.products).felt(inverse)
        value, slope = quadratic(p, np.conj(np.linalg.svd(D)[2][:, -1]), inverse, omega)
        steps = -1j * value / slope
        return np.where(np.isfinite(steps), steps, 0.0)

    def resonance_doubt(self) -> float:
        """Return the largest relative change of a resonance, and what is not known of one that does not ring."""
        s = self._motion[0]
        still = s[(np.abs(s.imag) <= -s.real) & (np.abs(s) < SLOW * np.abs(s).max(initial=0.0))]
        return max(super().resonance_doubt(), float(np.max(np.abs(self._steps(still) / still), initial=0.0)))

    def _refuse(self, s: ComplexArray, matrix: FloatArray) -> None:
        """Refuse poles that do not decay, or do not add up to Σ Im ω_k = Σ ω_D + Σ_white γ/m."""
        gap = abs(float(s.real.sum()) / float(np.trace(matrix)) - 1.0)
        if not (np.all(s.real < 0.0) and gap <= TOLERANCE):
            raise CertificateError(f"the decay rates add up to the friction and the cutoffs to {gap:.1e} only, or a "
                                   "resonance does not decay: a mode hardly feels the baths. Try frictions or cutoffs "
                                   "changed by 1 part in 1e6, and report the system as an issue")

    @cached_property
    def _half(self) -> tuple[Any, FloatArray]:
        s = self._motion[0]
        keep = np.flatnonzero(s.imag >= 0.0)
        return keep, np.where(s.imag[keep] > 0.0, 1.0, 0.5)

    @property
    def poles(self) -> Poles:
        """The poles that decay, Re ω ≥ 0."""
        keep, share = self._half
        return Poles(-1j * self._motion[0][keep], share)

    def _forced(self) -> ComplexArray:
        """Return how each eigenvector answers to a force on a bath site, shape (n_baths, n)."""
        return np.asarray((self._motion[2] @ self._at_modes[self.system.bath_sites].T).T)

    def left(self, sites: Any) -> ComplexArray:
        """Return left factors of the residues, shape (len(sites), n_poles)."""
        keep, _ = self._half
        s, x, _ = self._motion
        return np.asarray(-1j / s[keep] * (self._at_modes[np.asarray(sites)] @ x[:, keep]))

    def right(self) -> ComplexArray:
        """Return right factors of the residues, shape (n_baths, n_poles)."""
        return self._forced()[:, self._half[0]]

    def mirrored(self, sites: Any) -> ComplexArray:
        """Return G_ja(-ω_k), shape (len(sites), n_baths, n_poles)."""
        keep, _ = self._half
        s, x, _ = self._motion
        velocity, answer = self._at_modes[np.asarray(sites)] @ x, self._forced()
        cauchy = 1.0 / (s[keep] * (s[:, None] + s[keep]))
        return np.stack([(velocity * answer[a]) @ cauchy for a in range(self.system.n_baths)], axis=1)

    def branches(self) -> list[tuple[float, Response]]:
        """Return the response itself; where poles coincide, detuned ones whose weighted mean stands for it."""
        try:
            _, x, answer = self._motion
        except CertificateError:
            return [(weight, self.detuned(shift)) for weight, shift in MEAN]
        size = np.linalg.norm(x, axis=0) * np.linalg.norm(answer, axis=1)
        if size.max(initial=0.0) < CONDITION:
            return [(1.0, self)]
        return [(weight, self.detuned(shift)) for weight, shift in MEAN]

    def detuned(self, shift: float) -> DrudeResponse:
        """Return the response with every friction changed by its own small factor."""
        change = self.detuning(shift)
        return DrudeResponse(OpenNetwork(self.system.network, [
            replace(bath, friction=float(bath.friction * factor))
            for bath, factor in zip(self.system.baths, change, strict=True) if isinstance(bath, Bath)]))

    def rounding(self) -> float:
        """Return how large a conductance, in the largest γ/m, may be rounding of eigenvectors."""
        return 4.0 * EPS * float(np.abs(self.poles.omega).max() / self.rate.max())

    def pole_doubt(self) -> FloatArray:
        """Return by how much each pole may be off: roundings of the fastest."""
        size = np.abs(self.poles.omega)
        return np.full(size.size, TURNED * EPS * float(size.max(initial=0.0)))

    def plain_sums(self) -> Sums:
        """Return conductances (n_baths, n_baths) and bath weights (n_sites, n_baths) from the residues as they are."""
        omega, share = self.poles
        drag = self.pole_damping()
        weight = 2j * (drag * omega**2).T
        local = self.system.network.masses[:, None] * self.local_sums(weight)
        left, right, mirrored = self._at_baths
        matrix = np.einsum("k,ak,bk,ak,bk,abk->ab", 4j * share * omega**2, drag, drag, left, right, mirrored).real
        return without_diagonal(matrix), local
