"""Counting quanta of heat between two baths: no finite sum over resonances, but integrals that resolve each of them.

    μ(λ) = -(1/2π) ∫_0^∞ ln{1 - 𝒯(ω) X(λ)} dω,   X = n_L(1 + n_R)(e^{λħω} - 1) + n_R(1 + n_L)(e^{-λħω} - 1)

The zeros of 1 - 𝒯X are transcendental and infinitely many. Gauss-Legendre panels are no longer than their distance from
every resonance and every pole of the Bose functions, so that no line is missed, and are halved until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.bose import pair_sum
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.leads import refuse_leads
from hotsprings.response.precise import SMALL
from hotsprings.response.precise_modal import PreciseResponse
from hotsprings.response.resolved import rounded_values
from hotsprings.response.response import Response
from hotsprings.response.tolerances import EPS, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
ABOVE = 40.0  # times the highest resonance, from where the tail is mapped to an interval
EXACT = 1e-13  # of the whole, to which a panel and its halves agree
NARROW = 1e-5  # of the frequency: shorter panels are offsets from a resonance, which roundings would move
CLOSED = 1e-11  # of the height of a line, what residues may leave beside it
DEEPEST = 60  # times that a panel may be halved
FAR = 1.0  # |λ|ħω up to which X is taken from hyperbolic functions, in which nothing cancels
Integrand = Callable[[FloatArray, FloatArray], FloatArray]


def _halves(left: FloatArray, middle: FloatArray, right: FloatArray, split: BoolArray) -> tuple[FloatArray, FloatArray]:
    return np.append(left[split], middle[split]), np.append(middle[split], right[split])


def _mirrored_too(response: Response, residues: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Return poles and residues of an amplitude, mirrors included."""
    omega, share = response.poles
    pair = share == 1.0
    return np.append(omega, -np.conj(omega[pair])), np.append(residues, np.conj(residues[pair]))


class Panels(NamedTuple):
    """Panels of frequencies: ends of each, offsets from the real part of a resonance where one is named (else -1)."""

    pole: IntArray
    left: FloatArray
    right: FloatArray

    def with_those(self, others: Panels) -> Panels:
        """Return these and others."""
        return Panels(np.append(self.pole, others.pole), np.append(self.left, others.left),
                      np.append(self.right, others.right))

    def some(self, which: BoolArray) -> Panels:
        """Return some of them."""
        return Panels(self.pole[which], self.left[which], self.right[which])

    def halved(self) -> Panels:
        """Return the first halves of all and the second ones."""
        middle = 0.5 * (self.left + self.right)
        return Panels(np.append(self.pole, self.pole), np.append(self.left, middle), np.append(middle, self.right))

    def rounding(self) -> FloatArray:
        """Return what rounding of frequencies makes of integrals over each, of themselves."""
        low = np.where(self.pole >= 0, 0.0, self.left)
        high = np.where(self.pole >= 0, 1.0, self.right)
        return rounded_values(low, high, np.ones(low.size))


@dataclass(frozen=True, eq=False)
class Quanta:
    """The quanta that pass between two baths.

    Attributes
    ----------
    system : OpenNetwork
    hbar : float
    """

    system: OpenNetwork
    hbar: float

    @cached_property
    def _near_lines(self) -> Response | None:
        """The response whose residues say what is near its resonances; none with memory, or where many coincide."""
        response = response_of(self.system)
        if not self.system.white:
            return None
        if response.turns == 0.0 or (len(response.branches()) == 1 and self._is_closed(response)):
            return response
        return PreciseResponse(self.system) if self.system.n_sites <= SMALL else None

    def _is_closed(self, response: Response) -> bool:
        """Return whether residues of the amplitude, which add up to 0, miss that by little beside any line's height.

        Those of overdamped twins are large and opposite: what is left of them stands beside the lines of others.
        """
        omega, residues = _mirrored_too(response, self._residues(response))
        rings = np.abs(omega.real) > omega.imag
        height = np.abs(residues * omega)[rings] / omega.imag[rings]
        return bool(abs(residues.sum()) <= CLOSED * height.min(initial=np.inf))

    @cached_property
    def _lines(self) -> ComplexArray:
        """Resonances about which frequencies may be offsets, mirrors included."""
        if self._near_lines is None:
            return np.empty(0, np.complex128)
        return _mirrored_too(self._near_lines, self._near_lines.poles.omega)[0]

    @cached_property
    def _amplitudes(self) -> ComplexArray:
        """Residues of the amplitude 2ω sqrt(γ_0γ_1) G_01 at these."""
        response = self._near_lines
        assert response is not None
        return _mirrored_too(response, self._residues(response))[1]

    def _residues(self, response: Response) -> ComplexArray:
        """Return residues of the amplitude at the poles with Re ω ≥ 0."""
        left = response.left(self.system.bath_sites[:1])[0] * response.right()[1]
        return np.asarray(2.0 * np.sqrt(float(self.system.friction.prod())) * response.poles.omega * left)

    def _panels(self) -> tuple[Panels, float]:
        """Return panels no longer than their distance from every resonance and Matsubara frequency.

        Those that would be as short as few roundings of a frequency are offsets from the resonance next to them.
        """
        from scipy.spatial import cKDTree

        omega = response_of(self.system).poles.omega
        T = self.system.temperature
        warm = 2.0 * np.pi * T[T > 0.0] / self.hbar
        poles = np.stack([np.append(omega.real, np.zeros(warm.size)), np.append(omega.imag, warm)], axis=1)
        end, near = ABOVE * float(np.abs(omega).max()), cKDTree(poles)
        least = NARROW if self._lines.size else 4.0 * EPS
        stiff, rings = float(np.abs(omega.real).max()), np.append(np.abs(omega.real) > omega.imag, warm < 0.0)
        left, right, done = np.zeros(1), np.array([end]), []
        while left.size:
            middle = 0.5 * (left + right)
            apart, pole = near.query(np.stack([middle, np.zeros(middle.size)], axis=1))
            blurred = np.where(rings[pole], np.maximum(right, stiff * (stiff / right)), right)  # as springs know lines
            split = (apart < right - left) & (right - left > least * blurred)
            done.append((left[~split], right[~split], apart[~split]))
            left, right = _halves(left, middle, right, split)
        left, right, apart = (np.concatenate(part) for part in zip(*done, strict=True))
        far = np.ones(left.size, dtype=bool) if not self._lines.size else apart >= right - left
        plain = Panels(np.full(int(far.sum()), -1), left[far], right[far])
        return plain.with_those(self._about_lines(left[~far], right[~far])), end

    def _about_lines(self, left: FloatArray, right: FloatArray) -> Panels:
        """Return panels as offsets from the resonance next to each, no longer than their distance from all."""
        if not left.size:
            return Panels(np.empty(0, dtype=np.int64), left, right)
        middle = 0.5 * (left + right)
        pole: IntArray = np.abs(middle[:, None] - self._lines).argmin(axis=1)
        left, right = left - self._lines.real[pole], right - self._lines.real[pole]
        found = Panels(pole[:0], left[:0], right[:0])
        while left.size:
            middle = 0.5 * (left + right)
            apart = np.abs(self._from_lines(pole, middle)).min(axis=0)
            split = (apart < right - left) & (right - left > TINY)
            found = found.with_those(Panels(pole, left, right).some(~split))
            left, right = _halves(left, middle, right, split)
            pole = np.append(pole[split], pole[split])
        return found

    def _from_lines(self, pole: IntArray, offset: FloatArray) -> ComplexArray:
        """Return how far frequencies, offsets from the real part of a resonance, are from each of them."""
        return np.asarray((self._lines.real[pole] - self._lines[:, None]) + offset)

    def _transmittance(self, omega: FloatArray) -> FloatArray:
        response = response_of(self.system)
        here, there = (int(site) for site in self.system.bath_sites)
        flow, drag = response.element(omega, here, there, times_omega=True), response.drag(omega)
        return np.asarray(np.minimum(4.0 * drag[0] * drag[1] * np.abs(flow) ** 2, 1.0))

    def _of_lines(self, pole: IntArray, offset: FloatArray) -> FloatArray:
        """Return the transmittance at frequencies that are offsets from a resonance, from all residues."""
        amplitude = (self._amplitudes[:, None] / self._from_lines(pole, offset)).sum(axis=0)
        return np.asarray(np.minimum(np.abs(amplitude) ** 2, 1.0))

    def _occupation(self, energy: FloatArray, bath: int) -> FloatArray:
        T = float(self.system.temperature[bath])
        with np.errstate(over="ignore"):
            return np.asarray(1.0 / np.expm1(energy / T)) if T > 0.0 else np.zeros_like(energy)

    def _values(self, integrand: Integrand, panels: Panels) -> tuple[FloatArray, FloatArray]:
        """Return the integrals of the rows over each panel, and of their moduli, shape (n_rows, n_panels)."""
        half = 0.5 * (panels.right - panels.left)
        omega = (0.5 * (panels.left + panels.right))[:, None] + half[:, None] * NODES
        passed, near = np.empty(omega.shape), panels.pole >= 0
        passed[~near] = self._transmittance(omega[~near].ravel()).reshape(-1, NODES.size)
        if near.any():
            pole = np.repeat(panels.pole[near], NODES.size)
            passed[near] = self._of_lines(pole, omega[near].ravel()).reshape(-1, NODES.size)
            omega[near] += self._lines.real[panels.pole[near], None]
        rows = integrand(self.hbar * omega.ravel(), passed.ravel())
        rows = rows.reshape(len(rows), *omega.shape)
        return rows @ WEIGHTS * half, np.abs(rows) @ WEIGHTS * half

    def _integrals(self, integrand: Integrand) -> FloatArray:
        """Return (1/2π) ∫_0^∞ of rows of an integrand (ħω, 𝒯): panels are halved until they and their halves agree."""
        panels, end = self._panels()
        u = 0.5 * (NODES + 1.0)
        tail = integrand(self.hbar * end / u, self._transmittance(end / u)) @ (0.5 * WEIGHTS * end / u**2)
        whole, moduli = self._values(integrand, panels)
        size, total = moduli.sum(axis=1), tail
        for _ in range(DEEPEST):
            halves = panels.halved()
            parts, sizes = (x.reshape(len(x), 2, -1) for x in self._values(integrand, halves))
            both = parts.sum(axis=1)
            allowed = np.maximum(EXACT * size[:, None], panels.rounding() * sizes.sum(axis=1))
            loose = np.any(np.abs(both - whole) > allowed, axis=0)
            total = total + both[:, ~loose].sum(axis=1)
            if not loose.any():
                return np.asarray(total / (2.0 * np.pi))
            panels, whole = halves.some(np.tile(loose, 2)), parts[:, :, loose].reshape(len(parts), -1)
        raise CertificateError("an integral over frequencies does not settle: λ is at the edge of what is allowed, or "
                               "report the system as an issue")

    @cached_property
    def cumulants(self) -> FloatArray:
        """The first four cumulants of the heat from bath 0 to bath 1, per unit of time; the mean is checked."""
        first, last = (float(t) for t in self.system.temperature)

        def integrand(energy: FloatArray, p: FloatArray) -> FloatArray:
            left, right = self._occupation(energy, 0), self._occupation(energy, 1)
            f1 = p * (left - right) * energy
            f2 = p * (left * (1.0 + right) + right * (1.0 + left)) * energy**2
            f3, f4 = f1 * energy**2, f2 * energy**2
            return np.array([f1, f2 + f1**2, f3 + 3.0 * f1 * f2 + 2.0 * f1**3,
                             f4 + 4.0 * f1 * f3 + 3.0 * f2**2 + 12.0 * f1**2 * f2 + 6.0 * f1**4])

        found = self._integrals(integrand)
        mean, doubt = with_more_digits(self.system, partial(self._mean, first, last),
                                       lambda known: known[1] / (abs(known[0]) or 1.0))
        classical = float(response_of(self.system).certified_sums()[0][0, 1])
        size = max(abs(mean), TOLERANCE * float(np.sqrt(found[1] * max(classical, 0.0))))
        if not abs(found[0] - mean) <= TOLERANCE * size + 10.0 * abs(doubt):
            raise CertificateError(f"the mean heat flux of quanta, {found[0]:.12g} by an integral, is not that of the "
                                   f"sum over resonances, {mean:.12g}: report the system as an issue")
        return found

    def _mean(self, first: float, last: float) -> tuple[float, float]:
        """Return the heat flux as a sum over resonances, and what of it is not known."""
        response = response_of(self.system)
        classical = float(response.certified_sums()[0][0, 1])
        return pair_sum(response, 0, 1, classical).flux(first, last, self.hbar) if classical > 0.0 else (0.0, 0.0)

    @property
    def interval(self) -> tuple[float, float]:
        """Between these λ, -1/T_1 and 1/T_0, μ is finite whatever the transmittance."""
        first, last = (float(t) for t in self.system.temperature)
        return (-1.0 / last if last > 0.0 else -np.inf, 1.0 / first if first > 0.0 else np.inf)

    def exponent(self, counting: float) -> float:
        """Return μ(λ), λ inside the interval."""
        if counting == 0.0:
            return 0.0

        def integrand(energy: FloatArray, p: FloatArray) -> FloatArray:
            return -np.log1p(-p * self._passing(energy, counting))[None]

        _ = self.cumulants  # refuses where the resonances are not resolved
        return float(self._integrals(integrand)[0])

    def _passing(self, energy: FloatArray, counting: float) -> FloatArray:
        """Return X(λ)."""
        left, right = self._occupation(energy, 0), self._occupation(energy, 1)
        x, out = counting * energy, np.empty_like(energy)
        near = np.abs(x) <= FAR
        n, m, s = left[near], right[near], x[near]
        out[near] = (n - m) * np.sinh(s) + 2.0 * (n * (1.0 + m) + m * (1.0 + n)) * np.sinh(0.5 * s) ** 2
        far = ~near
        n, m, e = left[far], right[far], energy[far]
        out[far] = self._raised(e, 0, counting) * (1.0 + m) + self._raised(e, 1, -counting) * (1.0 + n)
        out[far] -= n * (1.0 + m) + m * (1.0 + n)
        return out

    def _raised(self, energy: FloatArray, bath: int, counting: float) -> FloatArray:
        """Return n(ħω) exp(λħω)."""
        T = float(self.system.temperature[bath])
        if T == 0.0:
            return np.zeros_like(energy)
        return np.asarray(np.exp((counting - 1.0 / T) * energy) / -np.expm1(-energy / T))


@lru_cache(maxsize=1)
def quanta_of(system: OpenNetwork, hbar: float) -> Quanta:
    """Return the quanta that pass between two baths; the last ones are kept."""
    refuse_leads(system, "the statistics of heat")
    return Quanta(system, hbar)
