"""Counting quanta of heat between two baths: no finite sum over resonances, but integrals that resolve each of them.

    μ(λ) = -(1/2π) ∫_0^∞ ln{1 - 𝒯(ω) X(λ)} dω,   X = n_L(1 + n_R)(e^{λħω} - 1) + n_R(1 + n_L)(e^{-λħω} - 1)

The zeros of 1 - 𝒯X are transcendental and infinitely many. Gauss-Legendre panels are no longer than their distance from
every resonance and every pole of the Bose functions, so that no line is missed, and are halved until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import CertificateError
from hotsprings.response.bose import pair_sum
from hotsprings.response.choice import response_of
from hotsprings.response.leads import refuse_leads
from hotsprings.response.tolerances import EPS, TOLERANCE
from hotsprings.system import OpenNetwork

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
ABOVE = 40.0  # times the highest resonance, from where the tail is mapped to an interval
EXACT = 1e-13  # of the whole, to which a panel and its halves agree
DEEPEST = 60  # times that a panel may be halved
FAR = 1.0  # |λ|ħω up to which X is taken from hyperbolic functions, in which nothing cancels
Integrand = Callable[[FloatArray, FloatArray], FloatArray]


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

    def _panels(self) -> tuple[FloatArray, FloatArray, float]:
        """Return the ends of panels no longer than their distance from every resonance and Matsubara frequency."""
        from scipy.spatial import cKDTree

        omega = response_of(self.system).poles.omega
        T = self.system.temperature
        warm = 2.0 * np.pi * T[T > 0.0] / self.hbar
        poles = np.stack([np.append(omega.real, np.zeros(warm.size)), np.append(omega.imag, warm)], axis=1)
        end, near = ABOVE * float(np.abs(omega).max()), cKDTree(poles)
        left, right, done = np.zeros(1), np.array([end]), [np.array([0.0, end])]
        while left.size:
            middle = 0.5 * (left + right)
            apart = near.query(np.stack([middle, np.zeros(middle.size)], axis=1))[0]
            split = (apart < right - left) & (right - left > 4.0 * EPS * right)
            done.append(middle[split])
            left, right = (np.concatenate(pair) for pair in (
                (left[split], middle[split]), (middle[split], right[split])))
        cuts = np.unique(np.concatenate(done))
        return cuts[:-1], cuts[1:], end

    def _transmittance(self, omega: FloatArray) -> FloatArray:
        response = response_of(self.system)
        here, there = (int(site) for site in self.system.bath_sites)
        flow, drag = response.element(omega, here, there, times_omega=True), response.drag(omega)
        return np.asarray(np.minimum(4.0 * drag[0] * drag[1] * np.abs(flow) ** 2, 1.0))

    def _occupation(self, energy: FloatArray, bath: int) -> FloatArray:
        T = float(self.system.temperature[bath])
        with np.errstate(over="ignore"):
            return np.asarray(1.0 / np.expm1(energy / T)) if T > 0.0 else np.zeros_like(energy)

    def _values(self, integrand: Integrand, left: FloatArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the integrals of the rows over each panel, and of their moduli, shape (n_rows, n_panels)."""
        half = 0.5 * (right - left)
        omega = (0.5 * (left + right))[:, None] + half[:, None] * NODES
        rows = integrand(self.hbar * omega.ravel(), self._transmittance(omega.ravel()))
        rows = rows.reshape(len(rows), *omega.shape)
        return rows @ WEIGHTS * half, np.abs(rows) @ WEIGHTS * half

    def _integrals(self, integrand: Integrand) -> FloatArray:
        """Return (1/2π) ∫_0^∞ of rows of an integrand (ħω, 𝒯): panels are halved until they and their halves agree."""
        left, right, end = self._panels()
        u = 0.5 * (NODES + 1.0)
        tail = integrand(self.hbar * end / u, self._transmittance(end / u)) @ (0.5 * WEIGHTS * end / u**2)
        whole, moduli = self._values(integrand, left, right)
        size, total = moduli.sum(axis=1), tail
        for _ in range(DEEPEST):
            middle = 0.5 * (left + right)
            first, second = self._values(integrand, left, middle)[0], self._values(integrand, middle, right)[0]
            loose = np.any(np.abs(first + second - whole) > EXACT * size[:, None], axis=0)
            total = total + (first + second)[:, ~loose].sum(axis=1)
            if not loose.any():
                return np.asarray(total / (2.0 * np.pi))
            left, right = (np.concatenate(ends) for ends in (
                (left[loose], middle[loose]), (middle[loose], right[loose])))
            whole = np.concatenate([first[:, loose], second[:, loose]], axis=1)
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
        response = response_of(self.system)
        classical = float(response.certified_sums()[0][0, 1])
        mean, doubt = 0.0, 0.0
        if classical > 0.0:
            mean, doubt = pair_sum(response, 0, 1, classical).flux(first, last, self.hbar)
        size = max(abs(mean), TOLERANCE * float(np.sqrt(found[1] * max(classical, 0.0))))
        if not abs(found[0] - mean) <= TOLERANCE * size + 10.0 * abs(doubt):
            raise CertificateError(f"the mean heat flux of quanta, {found[0]:.12g} by an integral, is not that of the "
                                   f"sum over resonances, {mean:.12g}: report the system as an issue")
        return found

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
