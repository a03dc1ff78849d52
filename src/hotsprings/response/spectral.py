"""The transmittance as a sum over its poles, also where poles coincide and single residues diverge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray
from hotsprings.errors import CertificateError, PrecisionWarning, tell
from hotsprings.response.blocks import blocks
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.elements import kept_doubts, tell_elements, told_once
from hotsprings.response.precise import SMALL
from hotsprings.response.resolved import INTEGRAL_WORK, resolved_flux
from hotsprings.response.response import MEAN, Response
from hotsprings.response.tolerances import CLOSED, CONDITIONING, DOUBTED_FLUX, EPS, FAINT, TOLERANCE
from hotsprings.system import OpenNetwork

FEW = 4096  # elements times sites of which all are tried
LOGARITHM = 8.0  # of 1 - ω/z at frequencies that are asked for
OFF = 2.0**-26  # of a frequency: far from a resonance that its last bits decide
NARROW = 1e-7  # part of an element that the last bits of a frequency on a resonance may change, untried


def element(response: Response, omega: FloatArray, i: int, j: int, times_omega: bool = False) -> ComplexArray:
    """Return :meth:`Response.element`; tell where the last bits of ω decide it, on a resonance narrower than these.

    Few elements of small networks are all tried at the next frequencies above and below, of many those on resonances.
    What is smaller there than further off is a zero of the element, known to as little beside itself and no less.
    """
    with told_once():
        return _element(response, omega, i, j, times_omega)


def _element(response: Response, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
    out = response.element(omega, i, j, times_omega)
    some = _delicate(response, omega)
    if some.any():
        at, here, doubt = omega[some], out[some], np.zeros(int(some.sum()))
        peak = np.zeros(at.size, dtype=bool)
        with np.errstate(all="ignore"), kept_doubts():  # of the others nothing is told
            off = np.abs(response.element(at * (1.0 + OFF), i, j, times_omega))
            for side in (-np.inf, np.inf):
                there = response.element(np.nextafter(at, side), i, j, times_omega)
                doubt = np.fmax(doubt, np.abs(there - here) / np.abs(here))
                peak |= np.maximum(np.abs(there), np.abs(here)) > off
        lost = np.isfinite(here) & (here != 0.0) & (doubt > CONDITIONING) & peak
        if lost.any():
            tell_elements(float(doubt[lost].max()), at[lost])
    return out


def _delicate(response: Response, omega: FloatArray) -> BoolArray:
    """Return at which frequencies the last bits may decide elements."""
    n_sites = response.system.n_sites
    if n_sites > SMALL:
        return np.zeros(omega.shape, dtype=bool)
    if omega.size * n_sites <= FEW:
        return np.asarray(omega != 0.0)
    try:
        poles = response.poles.omega
    except CertificateError:  # elements need no poles
        return np.zeros(omega.shape, dtype=bool)
    x = np.abs(omega)[..., None]
    apart = np.abs(x - np.abs(poles.real)) + poles.imag
    return np.asarray(np.any(apart < EPS / NARROW * x, axis=-1))


@dataclass(frozen=True, eq=False)
class PoleSum:
    """𝒯(ω) = Σ_k ρ_k/(ω - z_k) + conjugate over poles z_k in the upper half plane, and what its integrals are worth.

    ``error``: |(i/2) Σ ρ_k - C_ab|, or what rounding makes of residues that cancel, eps Σ |ρ_k|, in units of C_ab or of
    1e-13 γ/m where C_ab is smaller; ``relative``, in units of C_ab always; ``moved``: the part of itself by which a
    pole may be elsewhere, known to last bits.
    """

    poles: ComplexArray
    residues: ComplexArray
    error: float
    relative: float
    conductance: float
    moved: float

    def doubt(self, omega: FloatArray) -> FloatArray:
        """Return what an integral up to each ω is unsure of, in units of C_ab: ``relative``, |ρ_k| δz_k/|ω - z_k|."""
        shifts = self.moved * np.abs(self.residues) * np.abs(self.poles)
        if not self.conductance:
            return np.zeros(omega.size)
        if float(np.sum(shifts / self.poles.imag)) <= DOUBTED_FLUX * self.conductance:
            return np.full(omega.size, self.relative)
        out = np.empty(omega.size)
        for block in blocks(omega.size, 100 * self.poles.size):
            out[block] = np.sum(shifts / np.abs(omega[block, None] - self.poles), axis=1)
        return np.maximum(self.relative, out / self.conductance)

    def fluxes(self, omega: FloatArray) -> FloatArray:
        """Return (1/2π) ∫_0^ω 𝒯 at each ω."""
        from hotsprings.kernels.cauchy import logarithmic_sums

        below = np.empty(omega.size)
        for block in blocks(omega.size, 10 * self.poles.size):
            below[block] = logarithmic_sums(omega[block], self.poles, self.residues)
        return below / (2.0 * np.pi)


def _pole_sum(parts: list[tuple[float, Response]], a: int, b: int, conductance: float, least: float,
              moved: float) -> PoleSum:
    """Return the weighted mean of the pole sums of some operators, whose resonances may move by a part ``moved``."""
    found = [(weight, *operator.transmittance_residues(a, b)) for weight, operator in parts]
    residues = np.concatenate([weight * rho for weight, _, rho in found])
    gap, size = abs(-0.5 * float(residues.imag.sum()) - conductance), EPS * float(np.abs(residues).sum())
    poles = np.concatenate([poles for _, poles, _ in found])
    error = max(gap, size)
    error = error if error >= 0.0 and conductance >= 0.0 else np.inf  # below zero: all its digits are lost
    turned = LOGARITHM * max(float(np.max(np.abs(rho) * operator.residue_doubt(z), initial=0.0))
                             for (_, operator), (_, z, rho) in zip(parts, found, strict=True))
    unsure = max(error, turned, max(_unsettled(z, rho, moved) for _, z, rho in found))
    return PoleSum(poles, residues, error / max(conductance, least),
                   float(np.divide(unsure, abs(conductance))) if conductance else 0.0, conductance, moved)


@np.errstate(all="ignore")
def _unsettled(poles: ComplexArray, residues: ComplexArray, moved: float) -> float:
    """Return what a flux below a frequency may owe to residues of poles close to each other, δρ |ln(1 - ω/z)|.

    δρ is what the last bits of z do to 1/(z - z'), and no more than Σ zρ, which vanishes, shows: the sum of residues,
    the whole flux, knows nothing of their real parts.
    """
    if poles.size < 2:
        return 0.0
    order = np.argsort(poles.real, kind="stable")
    z, rho = poles[order], np.abs(residues[order])
    gap = np.append(np.abs(np.diff(z)), np.inf)
    shown = abs(complex(np.sum(poles * residues))) / np.abs(z)
    return LOGARITHM * float(np.fmax.reduce(np.fmin(moved * np.abs(z) * rho / np.minimum(gap, np.roll(gap, 1)), shown)))


def _detuned(operator: Response, a: int, b: int, best: PoleSum, conductance: float, least: float,
             moved: float) -> PoleSum:
    """Return the better of a pole sum and of the mean of four detuned ones at ±δ and ±2δ.

    Where poles coincide (critical damping, equal or nearly equal baths) their residues cancel each other's digits
    although the sum is smooth in the friction.
    """
    detuned: list[tuple[float, Response]] = [(weight, operator.detuned(shift)) for weight, shift in MEAN]
    return min(best, _pole_sum(detuned, a, b, conductance, least, moved), key=lambda found: found.error)


def fluxes_below(system: OpenNetwork, pairs: list[tuple[int, int]], omega: FloatArray) -> FloatArray:
    """Return (1/2π) ∫_0^ω 𝒯_ab of all pairs of baths together, shape (n_omega,); tell what of one is doubtful."""
    whole = _known_wholes(response_of(system))
    total, doubt, a, b = with_more_digits(system, lambda: _all_below(response_of(system), pairs, omega, whole),
                                          itemgetter(1))
    if doubt > TOLERANCE:
        tell(f"the heat flux between baths {a} and {b} below a frequency is known to {doubt:.1e} of "
             "the whole only: it is a tiny part of their γ/m, or the frequency is on a narrow resonance",
             PrecisionWarning)
    return total


def _known_wholes(operator: Response) -> FloatArray:
    """Return the conductances, NaN where they are not known to more digits than an integral is held to."""
    try:
        return np.where(operator.flux_doubts() <= DOUBTED_FLUX, operator.certified_sums()[0], np.nan)
    except CertificateError:
        return np.full((operator.rate.size, operator.rate.size), np.nan)


def _all_below(operator: Response, pairs: list[tuple[int, int]], omega: FloatArray, whole: FloatArray
               ) -> tuple[FloatArray, float, int, int]:
    """Return the same, the largest part of one that is not known, and the baths of that one."""
    total, doubts = np.zeros(omega.size), []
    for below, doubt in _each_below(operator, pairs, omega, whole):
        total += below
        doubts.append(doubt)
    worst = int(np.argmax(doubts))
    return total, doubts[worst], *pairs[worst]


def _each_below(operator: Response, pairs: list[tuple[int, int]], omega: FloatArray, whole: FloatArray
                ) -> Iterator[tuple[FloatArray, float]]:
    """Give the flux of each pair from the poles, and the part of the whole that is not known of it.

    Where their residues cancel too many digits, or ω is on a narrow one, it is an integral, held against the whole
    where that is known, or the mean over detuned frictions; where neither does, what is left is told, or refused where
    the poles miss the whole.
    """
    rate = operator.rate
    matrix = np.where(np.isfinite(whole), whole, operator.certified_sums()[0])
    moved, separate, unsure = operator.resonance_doubt() + EPS, operator.apart(), operator.flux_doubts()
    for a, b in pairs:
        if separate[a, b]:
            yield np.zeros(omega.size), 0.0
            continue
        conductance, least = float(matrix[a, b]), FAINT * float(min(rate[a], rate[b]))
        found, integral, error = _pole_sum([(1.0, operator)], a, b, conductance, least, moved), None, np.inf
        doubt = found.doubt(omega)
        if operator.element_work and (found.error > CLOSED or doubt.max(initial=0.0) > DOUBTED_FLUX):
            most = int(INTEGRAL_WORK / operator.element_work / len(pairs))
            values, error = resolved_flux(operator, a, b, np.append(omega, np.inf), most)
            integral = values[:-1]
            with np.errstate(all="ignore"):
                error = float(np.fmax(error, np.abs(values[-1] / whole[a, b] - 1.0)))
        if found.error > CLOSED and error > DOUBTED_FLUX:
            found = _detuned(operator, a, b, found, conductance, least, moved)
            doubt = found.doubt(omega)
        if found.error > TOLERANCE and error >= found.relative:
            raise CertificateError(
                f"the residues of the transmittance between baths {a} and {b} miss the conductance by a relative "
                f"{found.error:.1e} (tolerance {TOLERANCE:.0e}): resonances nearly coincide. Try frictions changed by "
                "1 part in 1e4, and report the system as an issue")
        below = found.fluxes(omega) if integral is None or np.any(doubt <= error) else integral
        if integral is not None:
            below = np.where(doubt <= error, below, integral)
        yield below, max(float(np.minimum(doubt, error).max(initial=0.0)), float(unsure[a, b]))
