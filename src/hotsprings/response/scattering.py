"""The scattering matrix S = 1 - 2iω √Γ G √Γ between the baths as a sum over poles, and what is counted with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import ArgumentError, CertificateError
from hotsprings.response.choice import response_of
from hotsprings.response.counting import SETTLED, CountingSearch, beside
from hotsprings.response.memory import last_kept
from hotsprings.response.modes import cutoffs
from hotsprings.response.response import Response, balanced
from hotsprings.response.tolerances import EPS, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

LEAST = 1e-12  # relative change of a width from which the search may start
ROUNDED = 4.0 * EPS  # of each factor of a residue, in 16 digits


class Scattering:
    """S(ω) = 1 + Σ_k u_k v_kᵀ/(ω - ω_k) over all poles in the upper half plane, mirrors included.

    u_k v_kᵀ = -2iω_k √Γ R_k √Γ; ω = 0 of free networks drops out, for Σ_k R_k = 0 with it. Heat of baths with memory is
    counted where their noise is white: ω_D/(ω_D + iω_k) in u_k and v_k, which is S between the sites but for phases.
    """

    def __init__(self, response: Response) -> None:
        system = response.system
        omega, share = response.poles
        root = np.sqrt(system.friction)[:, None] * response.handed_on()
        left, right = root * response.left(system.bath_sites), root * response.right()
        right[np.isfinite(cutoffs(system))] *= -1.0  # S(∞) = 1
        pair = share == 1.0
        self.temperature = system.temperature
        self.pair = pair
        self.omega = self._with_mirrors(omega)
        left = np.concatenate([left, np.conj(left[:, pair])], axis=1)
        self.v = np.ascontiguousarray(np.concatenate([right, -np.conj(right[:, pair])], axis=1).T)
        self.u = np.ascontiguousarray((-2j * self.omega * left).T)
        self.unsure = ROUNDED + response.residue_doubt(self.omega)

    def _with_mirrors(self, omega: ComplexArray) -> ComplexArray:
        return np.append(omega, -np.conj(omega[self.pair]))

    @cached_property
    def mirrored(self) -> ComplexArray:
        """S(-ω_k), shape (n_poles, n_baths, n_baths)."""
        sums = np.empty((self.omega.size, *2 * (self.u.shape[1],)), np.complex128)
        for k, w in enumerate(self.omega):
            sums[k] = np.eye(self.u.shape[1]) - self.u.T @ (self.v / (w + self.omega)[:, None])
        return sums

    @cached_property
    def unitarity(self) -> float:
        """The largest element of S(-ω_k)ᵀ u_k, which vanishes with S(-ω)ᵀ S(ω) = 1, beside |u_k|."""
        miss = np.einsum("kba,kb->ka", self.mirrored, self.u)
        return float(np.max(np.linalg.norm(miss, axis=1) / np.linalg.norm(self.u, axis=1)))

    @cached_property
    def conductance(self) -> FloatArray:
        """C_ab = (i/2) Σ_k ρ_k, ρ_k the residues of S_ab(ω) S_ab(-ω), a ≠ b."""
        found = np.einsum("ka,kb,kab->ab", self.u, self.v, self.mirrored)
        matrix = -0.5 * np.asarray(found.imag)
        matrix = 0.5 * (matrix + matrix.T)
        np.fill_diagonal(matrix, 0.0)
        return matrix

    @cached_property
    def noise(self) -> tuple[FloatArray, float]:
        """∂²μ/∂λ_a∂λ_b at λ = 0, shape (n_baths, n_baths), and what of it rounding makes.

        W = S T S†, with T_a taken off all temperatures in row a.
        """
        from hotsprings.kernels.counting import lower_sums

        t, n_b = self.temperature, self.temperature.size
        w = np.einsum("ka,kb,ab,kcb->kac", self.u, self.v, t - t[:, None], self.mirrored)
        size = np.einsum("ka,kb,ab,kcb->kac", *map(np.abs, (self.u, self.v, t - t[:, None], self.mirrored)))
        square, doubt = np.zeros((n_b, n_b)), 0.0
        value, slope, every = np.empty_like(self.omega), np.empty_like(self.omega), np.arange(self.omega.size)
        for a in range(n_b):
            for b in range(n_b):
                if a == b:
                    continue
                part = np.ascontiguousarray(w[:, a, b])
                lower_sums(self.omega, part, every, value, slope)
                square[a, b] = 0.5 * float(np.sum(part * value).imag)
                doubt = max(doubt, 2.0 * EPS * float(np.abs(size[:, a, b] * value).sum()))
        square += square.T
        doubt += EPS * float((np.abs(self.u[:, :, None] * self.v[:, None] * self.mirrored)).sum(axis=0).max()
                             ) * float(t.max()) ** 2
        return balanced(square - (t[:, None] ** 2 + t**2) * self.conductance), doubt

    def strongest(self, counting: FloatArray) -> float:
        """Return the largest x of 1 - s x, an eigenvalue of 1 - s √T (Λ - S†ΛS) √T at a real frequency: s x < 1."""
        from hotsprings.kernels.counting import scattering

        root, n_b, top = np.sqrt(self.temperature), self.temperature.size, 0.0
        m = np.empty((4, n_b, n_b), np.complex128)
        for w in beside(self.omega)[0]:
            scattering(self.omega, self.u, self.v, complex(w), -1, 0.0j, m)
            inner = np.diag(counting) - np.conj(m[0].T) @ (counting[:, None] * m[0])
            top = max(top, float(np.linalg.eigvalsh(root[:, None] * inner * root)[-1]))
        return top

    def exponent(self, counting: FloatArray) -> tuple[float, float]:
        """Return μ(λ) = -½ Σ_k Im (z_k - ω_k) over the zeros of det[1 - T(Λ - S†ΛS)], and what of it is not known.

        Zeros move by as much of themselves as their sum of squares misses, and by what rounding makes of residues.
        """
        offsets = self._zeros(counting)
        parts = offsets * (2.0 * self.omega + offsets)
        trace = float(abs(parts.sum())) / max(float(np.abs(parts).sum()), TINY)
        if not trace <= TOLERANCE:
            raise CertificateError("the zeros of the doubled network do not keep their sum of squares: report the "
                                   "system as an issue")
        rise = np.where((self.omega + offsets).imag < 0.0, -offsets - 2.0 * self.omega, offsets)  # -z is a zero with z
        lost = max(trace, SETTLED) * float(np.abs(rise.imag).sum()) + self._turned(counting, offsets)
        return -0.5 * float(rise.imag.sum()), 0.5 * lost

    def _turned(self, counting: FloatArray, offsets: ComplexArray) -> float:
        """Return how far zeros move up or down, all together, when poles and residues change as they are not known.

        Offsets of near poles from each other are rounded; what did not settle moves anyway.
        """
        from hotsprings.kernels.counting import doubled_sweep

        draw, every, moves = np.random.default_rng(0), np.arange(offsets.size), np.empty((2, offsets.size), complex)
        known = self.omega[: self.pair.size]
        omega = self._with_mirrors(known + EPS * known.real * draw.standard_normal(known.size))
        u, v = (x * (1.0 + self.unsure[:, None] * draw.standard_normal(x.shape)) for x in (self.u, self.v))
        for row, poles in zip(moves, ((self.omega, self.u, self.v), (omega, u, v)), strict=True):
            doubled_sweep(*poles, self.temperature, counting, offsets, every, row)
        return float(np.abs(moves[0].imag).sum() + np.abs((moves[1] - moves[0]).imag).sum())

    def _zeros(self, counting: FloatArray) -> ComplexArray:
        from hotsprings.kernels.counting import doubled_sweep

        fixed = self.omega, self.u, self.v, self.temperature, counting
        return CountingSearch(self._guesses(counting), lambda *moving: doubled_sweep(*fixed, *moving)).found()

    def _guesses(self, counting: FloatArray) -> ComplexArray:
        """Return the offsets of single resonances, whose width shrinks by a factor sqrt(Σ_ab p_a p_b (1 - 2c_ab))."""
        part = np.abs(self.u * self.v)
        part /= part.sum(axis=1)[:, None]
        t, apart = self.temperature, counting[:, None] - counting
        c = apart * (t[:, None] * t * apart + t[:, None] - t)
        lost = 2.0 * np.einsum("ka,kb,ab->k", part, part, c)
        shrunk = -lost / (1.0 + np.sqrt(np.maximum(1.0 - lost, 1e-4)))
        shrunk[shrunk == 0.0] = -LEAST
        return np.asarray(1j * self.omega.imag * shrunk * (1.0 + 1e-2j))


@last_kept
def scatterings(system: OpenNetwork) -> list[tuple[float, Scattering]]:
    """Return the scattering matrices of a system and their weights; the last ones are kept."""
    return scatterings_of(response_of(system))


def scatterings_of(response: Response) -> list[tuple[float, Scattering]]:
    """Return the scattering matrices of the branches of a response and their weights."""
    found = [(weight, Scattering(branch)) for weight, branch in response.branches()]
    for _, matrix in found:
        if not matrix.unitarity <= TOLERANCE:
            raise CertificateError(f"the scattering matrix is unitary only to {matrix.unitarity:.1e} (tolerance "
                                   f"{TOLERANCE:.0e}): resonances nearly coincide; report the system as an issue")
    return found


def by_bath(system: OpenNetwork, counting: Any) -> Any:
    """Return one λ per bath where names of groups were given, 0 for those not named; anything else as it is."""
    if not isinstance(counting, Mapping):
        return counting
    if not counting:
        raise ArgumentError("counting", "name at least one group of baths", "it is empty")
    groups, out = system.groups, np.zeros(system.n_baths)
    for name, value in counting.items():
        if name not in groups:
            raise ArgumentError("counting", f"name groups of baths ({', '.join(groups) or 'there are none'})",
                                f"{checks.shown(name)} was given")
        out[list(groups[name])] = checks.number(f"counting[{name!r}]", value)
    return out
