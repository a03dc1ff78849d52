"""The quantum heat current between two baths as a sum over the poles of their transmittance.

    E(T) = (1/2π) ∫_0^∞ ħω 𝒯(ω) n(ω, T) dω = (ħ/π) Σ_k ω_kρ_k B(x_k),   x_k = ħω_k/(2πiT),
    B(x) = ½[ln x - 1/(2x) - ψ(x)] = ½[ln x + 1/(2x) - ψ(1 + x)],        J_ab = E(T_a) - E(T_b)

``HIGH`` and above, in units of the lowest |ħω_k|, the second form leaves C (T_a - T_b) and a correction; below it the
first terms of the series of B, which cancel between poles, are taken from 𝒯 at ω = 0 instead,

    E(T) = Σ_{j<J} t_2j (ħ/2π) (2j+1)! ζ(2j+2) (T/ħ)^(2j+2) + (ħ/π) Σ_k ω_kρ_k B_J(x_k),   𝒯 = t_0 + t_2ω² + …

with J = 2 where t_0 = 0 (pinned networks), else 1. Far below, the sum vanishes beside its exact terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import CertificateError
from hotsprings.response.resolved import Weight, resolved_mean
from hotsprings.response.tolerances import DOUBTED_FLUX, EPS, FAINT

__all__ = ["PairSum", "pair_sum"]

HIGH = 0.3  # temperature, in units of the lowest |ħω_k|, from which nothing of ψ(1 + x) cancels
COLD = 1e8  # |x| of every pole from which the exact terms are all there is: the next is 1e-16 of them
NEAR = 0.05  # |T_a - T_b| over the larger, below which the conductance is integrated: E(T_a) - E(T_b) would cancel
MOMENTS = 1e-9  # what Σρ, Σωρ and Σω³ρ may miss, relative to the sums of the moduli
MISSED = 1e3  # times what errors of the poles at hand explain of Σωρ, from which there must be others
SURE = 1e-12  # relative doubt of C_ab up to which it is what residues and last bits are known to anyway
LOST = 1e-14  # relative doubt from which the classical part may hide what is asked, and the sum without it is tried
FAR = 10.0  # |x| from which the kernels sum the series of L and P (kernels.digamma)
DIRECT = 3.0  # |x| up to which they raise x by its logarithm
STILL = 1e-200  # in units of T/ħ: stands for ω = 0
NEAR_AXIS = 1e-4  # |Re ω|/|ω|
ZETA = (math.pi**2 / 6.0, math.pi**4 / 90.0)  # ζ(2), ζ(4)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(6)


@dataclass(frozen=True, eq=False)
class PairSum:
    """𝒯_ab = Σ_k 2 ω_k ρ_k/(ω² - ω_k²) of one pair of baths, over one of each two poles ω, -ω*.

    Attributes
    ----------
    omega : ndarray of complex
        Poles.
    weight : ndarray of complex
        ω_k ρ_k, twice where a pole stands for its mirror too: sums are to be taken real.
    conductance : float
        C_ab, the classical one.
    noise : float
        By how much it may be off: what the residues miss it by, or rounding.
    unsure : float
        Relative doubt of C_ab as a whole, which all residues share.
    missed : ndarray
        By how much each weight, or what stands near it and was missed, may be off: more would show in the sums.
    static : tuple of float
        t_0; or t_0 = 0 and t_2.
    mean : callable, optional
        Returns (1/2π) ∫_0^∞ w(ω) 𝒯_ab dω and its error for a weight, and scales on which it is smooth; asked where the
        poles leave fewer than ten digits.
    """

    omega: ComplexArray
    weight: ComplexArray
    conductance: float
    noise: float
    unsure: float
    missed: FloatArray
    static: tuple[float, ...]
    mean: Callable[[Weight, tuple[float, ...]], tuple[float, float]] | None = None

    @property
    def lowest(self) -> float:
        """The lowest |ω_k|."""
        return float(np.abs(self.omega).min())

    def _arguments(self, temperature: float, hbar: float) -> ComplexArray:
        return np.asarray(-1j * self.omega * (hbar / (2.0 * np.pi * temperature)))

    def _sum(self, function: Any, temperature: float, hbar: float, *more: Any) -> tuple[float, float]:
        """Return (ħ/2π) Re Σ ω_kρ_k f(x_k), and what rounding, and what the weights miss, may make of it."""
        function = function(self._arguments(temperature, hbar), *more)
        terms, factor = self.weight * function, hbar / (2.0 * np.pi)
        lost = float(np.max(self.missed * np.abs(function)))
        return factor * float(terms.real.sum()), factor * (EPS * float(np.abs(terms).sum()) + lost)

    def _correction(self, temperature: float, hbar: float) -> tuple[float, float]:
        """Return (ħ/2π) Re Σ ω_kρ_k ψ(1 + x_k), and its uncertainty."""
        from hotsprings.kernels.digamma import digammas_above

        return self._sum(digammas_above, temperature, hbar, False)

    def _subtracted(self, temperature: float, hbar: float, slope: bool) -> float:
        """Return the rounding of first terms that are taken from L or x P below |x| = 10, where no series serves."""
        x = np.abs(self._arguments(temperature, hbar))
        near = x < FAR
        size = float(np.sum(np.abs(self.weight[near]) / x[near] ** 2)) / (6.0 if slope else 12.0)
        size += 0.0 if slope else self._raised(x)
        return hbar / (2.0 * np.pi) * EPS * size

    def _raised(self, x: FloatArray) -> float:
        """Return the moduli from which L(x) - L(x + 1) is taken where no series serves, Σ |ω_kρ_k| ln(1 + 1/x)."""
        return 2.0 * float(np.sum(np.where(x < DIRECT, np.abs(self.weight) / np.maximum(x, 1.0), 0.0)))

    def _is_high(self, temperature: float, hbar: float) -> bool:
        return temperature >= HIGH * hbar * self.lowest

    def _exact(self, temperature: float, hbar: float, slope: bool) -> float:
        """Return what 𝒯 near ω = 0 gives to E or to dE/dT."""
        total, ratio = 0.0, temperature / hbar
        for j, t in enumerate(self.static):
            term = t / (2.0 * np.pi) * math.factorial(2 * j + 1) * ZETA[j] * ratio ** (2 * j + 1)
            total += term * (2 * j + 2 if slope else temperature)
        return total

    def energy(self, temperature: float, hbar: float) -> tuple[float, float]:
        """Return E(T) and its uncertainty."""
        from hotsprings.kernels.digamma import excesses

        if temperature == 0.0:
            return 0.0, 0.0
        if self._is_high(temperature, hbar):
            value, doubt = self._sum(excesses, temperature, hbar, 0, False)
            raised = self._raised(np.abs(self._arguments(temperature, hbar)))
            return value, doubt + hbar / (2.0 * np.pi) * EPS * raised
        exact = self._exact(temperature, hbar, False)
        if hbar * self.lowest > COLD * 2.0 * np.pi * temperature:
            return exact, 4.0 * EPS * exact
        rest, doubt = self._sum(excesses, temperature, hbar, len(self.static), False)
        return exact + rest, doubt + self._subtracted(temperature, hbar, False) + 4.0 * EPS * abs(exact)

    def slope(self, temperature: float, hbar: float, enough: float = 0.0) -> tuple[float, float]:
        """Return 𝒢(T) = dE/dT and its uncertainty; one of ``enough`` will do."""
        if temperature == 0.0:
            return 0.0, 0.0
        return self._better(self._slope(temperature, hbar), enough, partial(slope_weight, temperature / hbar),
                            (2.0 * np.pi * temperature / hbar,))

    def _better(self, known: tuple[float, float], enough: float, weight: Weight, scales: tuple[float, ...],
                sign: float = 1.0) -> tuple[float, float]:
        """Return a value and its uncertainty, by an integral where the poles leave too few digits."""
        value, doubt = known
        known = value, doubt + self.unsure * abs(value) if self.unsure > SURE else doubt
        if self.mean is None or known[1] <= max(enough, DOUBTED_FLUX * abs(value)):
            return known
        integral, error = self.mean(weight, scales)
        return min(known, (sign * integral, error), key=_doubt)

    def _slope(self, temperature: float, hbar: float) -> tuple[float, float]:
        """Return 𝒢(T) from the poles."""
        from hotsprings.kernels.digamma import digammas_above, excesses

        if self._is_high(temperature, hbar):
            rest, lost = self._sum(lambda x: x * digammas_above(x, True), temperature, hbar)
            value, doubt = self.conductance + rest / temperature, lost / temperature + self.noise
            if doubt > LOST * abs(value):
                whole, its = (part / temperature for part in self._sum(excesses, temperature, hbar, 0, True))
                value, doubt = min((value, doubt), (whole, its), key=_doubt)
            return value, doubt
        exact = self._exact(temperature, hbar, True)
        if hbar * self.lowest > COLD * 2.0 * np.pi * temperature:
            return exact, 4.0 * EPS * exact
        rest, doubt = self._sum(excesses, temperature, hbar, len(self.static), True)
        doubt += self._subtracted(temperature, hbar, True)
        return exact + rest / temperature, doubt / temperature + 4.0 * EPS * abs(exact)

    def flux(self, hot: float, cold: float, hbar: float, enough: float = 0.0) -> tuple[float, float]:
        """Return E(T_a) - E(T_b) and its uncertainty; one of ``enough`` will do."""
        difference = hot - cold
        if difference == 0.0:
            return 0.0, 0.0
        first, last = max(hot, cold) / hbar, min(hot, cold) / hbar
        return self._better(self._flux(hot, cold, hbar), enough, partial(flux_weight, first, last, hbar),
                            tuple(2.0 * np.pi * t for t in (first, last) if t), math.copysign(1.0, difference))

    def _flux(self, hot: float, cold: float, hbar: float) -> tuple[float, float]:
        """Return it from the poles."""
        difference = hot - cold
        if abs(difference) < NEAR * max(hot, cold):
            values = np.array([self._slope(cold + 0.5 * (1.0 + node) * difference, hbar) for node in NODES])
            value, doubt = 0.5 * difference * (WEIGHTS @ values)
            return float(value), abs(float(doubt))
        if self._is_high(hot, hbar) and self._is_high(cold, hbar):
            (at_hot, doubt_hot), (at_cold, doubt_cold) = self._correction(hot, hbar), self._correction(cold, hbar)
            value = self.conductance * difference - at_hot + at_cold
            doubt = doubt_hot + doubt_cold + self.noise * abs(difference)
            if doubt <= LOST * abs(value):
                return value, doubt
            return min((value, doubt), self._difference(hot, cold, hbar), key=_doubt)
        return self._difference(hot, cold, hbar)

    def _difference(self, hot: float, cold: float, hbar: float) -> tuple[float, float]:
        """Return E(T_a) - E(T_b), each by itself: what few poles carry is not lost in C (T_a - T_b)."""
        (at_hot, doubt_hot), (at_cold, doubt_cold) = self.energy(hot, hbar), self.energy(cold, hbar)
        return at_hot - at_cold, doubt_hot + doubt_cold


def slope_weight(temperature: float, omega: FloatArray) -> FloatArray:
    """Return ħω ∂n/∂T = x²eˣ/(eˣ - 1)², x = ω/T, of a temperature in units of ħ."""
    x = np.maximum(omega / temperature, STILL)
    return np.asarray((x / np.expm1(-x)) ** 2 * np.exp(-x))


def flux_weight(hot: float, cold: float, hbar: float, omega: FloatArray) -> FloatArray:
    """Return ħω [n(ω, T_hot) - n(ω, T_cold)] without cancellation, temperatures in units of ħ, the cold one ≥ 0."""
    omega = np.maximum(omega, STILL * hot)
    x = omega / hot
    energy = -hbar * omega * np.exp(-x) / np.expm1(-x)
    return np.asarray(energy * (np.expm1(-omega * ((hot - cold) / hot / cold)) / np.expm1(-omega / cold)) if cold
                      else energy)


def _doubt(known: tuple[float, float]) -> float:
    return known[1]


def pair_sum(response: Any, a: int, b: int, conductance: float, unsure: float = 0.0) -> PairSum:
    """Return the poles and residues of 𝒯_ab of a response, its moments checked.

    Where poles coincide the weighted mean of detuned responses stands for it. ``unsure`` is the relative doubt of C_ab.

    Raises
    ------
    CertificateError
        If Σ ρ_k misses C_ab, or Σ ω_kρ_k or Σ ω_k³ρ_k, which vanish.
    """
    parts = [(weight, *branch.transmittance_residues(a, b)) for weight, branch in response.branches()]
    omega = np.concatenate([poles for _, poles, _ in parts])
    rho = np.concatenate([weight * residues for weight, _, residues in parts])
    system = response.system
    rate = float((system.friction / system.network.masses[system.bath_sites])[[a, b]].min())
    miss = abs(-0.5 * float(rho.imag.sum()) - conductance)
    moments = [_moment(omega, rho, n, rate) for n in (1, 3)]
    if not (miss <= MOMENTS * conductance + FAINT * rate and max(moments) <= MOMENTS):
        raise CertificateError(
            f"the residues of the transmittance between baths {a} and {b} miss the conductance {conductance:.3g} by "
            f"{miss:.1e}, and the moments that vanish by {max(moments):.1e} of their terms (tolerance {MOMENTS:.0e}): "
            "resonances nearly coincide. Try frictions changed by 1 part in 1e4, and report the system as an issue")
    noise = max(miss, EPS * float(np.abs(rho).sum()))
    weight = omega * rho
    left = abs(float(weight.sum().real))
    if left > MOMENTS * float(np.abs(weight).sum()) and left > MISSED * noise * float(np.abs(omega).sum()):
        raise CertificateError(f"poles of the transmittance between baths {a} and {b} are missing: their first moment, "
                               f"which vanishes, is {left:.1e}. Try frictions changed by 1 part in 1e4, and report the "
                               "system as an issue")
    axis = np.abs(omega.real) <= NEAR_AXIS * np.abs(omega)  # mirrors cannot be told from poles on it
    half = axis | (omega.real > 0.0)
    share = np.where(axis[half], 1.0, 2.0)
    spread = noise + (unsure * conductance if unsure > SURE else 0.0)
    seen = miss - unsure * conductance - EPS * float(np.abs(rho).sum())
    missed = _missed(omega, rho, spread, seen, response.turns) + response.residue_doubt(omega) * np.abs(omega * rho)
    return PairSum(omega[half], share * omega[half] * rho[half], conductance, noise, unsure, missed[half],
                   _static(response, a, b), partial(resolved_mean, response, a, b))


def _missed(omega: ComplexArray, rho: ComplexArray, noise: float, seen: float, turns: float) -> FloatArray:
    """Return δ(ω_kρ_k) ≤ 2 noise |ω_k| and |Σ ωρ| + |Σ ω³ρ|/max |ω|², the sums at least what rounding leaves of them.

    Of what rings, Σ ρ sees the imaginary part of ρ alone: rounding of ω may turn it by ε |ω|/Im ω (``turns`` of that).

    What two groups of overdamped poles are off by may hide in one of the two sums, not in both. A pole that stands for
    two as near to each other as those are hides from the second, with weights ±w far above what is left in the first.

    Errors ≤ δ of all ω_kρ_k make Σ ρ_k miss C by at most δ Σ 1/|ω_k|: where it is ``seen`` to miss more, slow poles and
    ringing ones hide from both sums beside a fast one, and the first bound alone holds.
    """
    top, left = float(np.abs(omega).max()), 0.0
    for power in (0, 2):
        terms = (omega / top) ** power * omega * rho
        left += max(abs(float(terms.sum().real)), EPS * float(np.abs(terms).sum()))
    turned = turns * np.abs(omega.real) / omega.imag * np.abs(omega * rho)
    most = np.asarray(2.0 * noise * np.abs(omega) + turned)
    return most if seen > left * float(np.sum(1.0 / np.abs(omega))) else np.minimum(most, left)


def _moment(omega: ComplexArray, rho: ComplexArray, power: int, rate: float) -> float:
    """Return |Σ ω^n ρ|, relative to the moduli of its terms, or to 1e-4 (γ/m) ω_max^n where these are fainter."""
    top = float(np.abs(omega).max(initial=0.0))
    terms = (omega / top) ** power * rho
    return abs(complex(terms.sum())) / max(float(np.abs(terms).sum()), FAINT / MOMENTS * rate)


def _static(response: Any, a: int, b: int) -> tuple[float, ...]:
    """Return (t_0,), or (0, t_2) where t_0 vanishes; () where ω = 0 is a pole of a dark mode."""
    gamma, sites = response.system.friction, response.system.bath_sites
    zero, factor = np.zeros(1), 4.0 * float(gamma[a] * gamma[b])
    with np.errstate(all="ignore"):
        first = float(np.abs(response.element(zero, int(sites[a]), int(sites[b]), times_omega=True)[0]))
        if not math.isfinite(first):
            return ()
        if first > 0.0:
            return (factor * first**2,)
        second = float(np.abs(response.element(zero, int(sites[a]), int(sites[b]))[0]))
    return (0.0, factor * second**2) if math.isfinite(second) else (0.0,)
