"""The transmittance as a sum over its poles, also where poles coincide and single residues diverge."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import CertificateError, PrecisionWarning
from hotsprings.response.blocks import blocks
from hotsprings.response.resolved import resolved_flux
from hotsprings.response.response import INTEGRAL_WORK, MEAN, Response
from hotsprings.response.tolerances import CLOSED, DOUBTED_FLUX, EPS, TOLERANCE

FAINT = 1e-13  # of the damping rate: what a conductance cannot be asked to be better than


@dataclass(frozen=True, eq=False)
class PoleSum:
    """𝒯(ω) = Σ_k ρ_k/(ω - z_k) + conjugate over poles z_k in the upper half plane, and what its integrals are worth.

    ``error``: |(i/2) Σ ρ_k - C_ab|, or what rounding makes of residues that cancel, eps Σ |ρ_k|, in units of C_ab or of
    1e-13 γ/m where C_ab is smaller; ``relative``, in units of C_ab always, and at least what the places of resonances,
    known to last bits, do to an integral that ends on one: |ρ_k| δω_k/Im ω_k.
    """

    poles: ComplexArray
    residues: ComplexArray
    error: float
    relative: float


def _pole_sum(parts: list[tuple[float, Response]], a: int, b: int, conductance: float, least: float,
              moved: float) -> PoleSum:
    """Return the weighted mean of the pole sums of some operators, whose resonances may move by a part ``moved``."""
    found = [(weight, *operator.transmittance_residues(a, b)) for weight, operator in parts]
    residues = np.concatenate([weight * rho for weight, _, rho in found])
    gap, size = abs(-0.5 * float(residues.imag.sum()) - conductance), EPS * float(np.abs(residues).sum())
    poles = np.concatenate([poles for _, poles, _ in found])
    error = max(gap, size)
    error = error if error >= 0.0 else np.inf
    places = moved * float(np.max(np.abs(residues) * np.abs(poles) / poles.imag, initial=0.0))
    return PoleSum(poles, residues, error / max(conductance, least),
                   float(np.divide(max(error, places), conductance)) if conductance else 0.0)


def _detuned(operator: Response, a: int, b: int, best: PoleSum, conductance: float, least: float,
             moved: float) -> PoleSum:
    """Return the better of a pole sum and of the mean of four detuned ones at ±δ and ±2δ.

    Where poles coincide (critical damping, equal or nearly equal baths) their residues cancel each other's digits
    although the sum is smooth in the friction.
    """
    detuned: list[tuple[float, Response]] = [(weight, operator.detuned(shift)) for weight, shift in MEAN]
    return min(best, _pole_sum(detuned, a, b, conductance, least, moved), key=lambda found: found.error)


def fluxes_below(operator: Response, pairs: list[tuple[int, int]], omega: FloatArray) -> Iterator[FloatArray]:
    """Give (1/2π) ∫_0^ω 𝒯_ab of each pair of baths, shape (n_omega,), from the poles.

    Where their residues cancel too many digits it is an integral, or the mean over detuned frictions; where neither
    does, a small one comes with a warning, and any other is refused.
    """
    from hotsprings.kernels.cauchy import logarithmic_sums

    rate, matrix = operator.rate, operator.stationary_sums()[0]
    moved = operator.resonance_doubt() + EPS
    for a, b in pairs:
        conductance, least = float(matrix[a, b]), FAINT * float(min(rate[a], rate[b]))
        found = _pole_sum([(1.0, operator)], a, b, conductance, least, moved)
        if operator.element_work and (found.error > CLOSED or found.relative > DOUBTED_FLUX):
            below, error = resolved_flux(operator, a, b, omega, int(INTEGRAL_WORK / operator.element_work))
            if error < max(found.relative, DOUBTED_FLUX):
                yield below
                continue
        if found.error > CLOSED:
            found = _detuned(operator, a, b, found, conductance, least, moved)
        _tell(found, a, b)
        below = np.empty(omega.size)
        for block in blocks(omega.size, 10 * found.poles.size):
            below[block] = logarithmic_sums(omega[block], found.poles, found.residues)
        yield below / (2.0 * np.pi)


def _tell(found: PoleSum, a: int, b: int) -> None:
    """Refuse what is wrong, tell what is doubtful."""
    if found.error > TOLERANCE:
        raise CertificateError(
            f"the residues of the transmittance between baths {a} and {b} miss the conductance by a relative "
            f"{found.error:.1e} (tolerance {TOLERANCE:.0e}): resonances nearly coincide. Try frictions changed by "
            "1 part in 1e4, and report the system as an issue")
    if found.relative > TOLERANCE:
        warnings.warn(f"the heat flux between baths {a} and {b} below a frequency is known to {found.relative:.1e} of "
                      "the whole only: it is a tiny part of their γ/m, or the frequency is on a narrow resonance",
                      PrecisionWarning, stacklevel=5)
