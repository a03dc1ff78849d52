"""The transmittance as a sum over its poles, also where poles coincide and single residues diverge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hotsprings.checks import ComplexArray
from hotsprings.errors import CertificateError
from hotsprings.response.response import MEAN, Response
from hotsprings.response.tolerances import CLOSED, EPS, TOLERANCE

FAINT = 1e-13  # of the damping rate: what a conductance cannot be asked to be better than


@dataclass(frozen=True, eq=False)
class PoleSum:
    """𝒯(ω) = Σ_k ρ_k/(ω - z_k) + conjugate over poles z_k in the upper half plane, and what its integrals are worth.

    ``error``, in units of C_ab: |(i/2) Σ ρ_k - C_ab|, or what rounding makes of residues that cancel, eps Σ |ρ_k|.
    """

    poles: ComplexArray
    residues: ComplexArray
    error: float


def _pole_sum(parts: list[tuple[float, Response]], a: int, b: int, conductance: float, least: float) -> PoleSum:
    """Return the weighted mean of the pole sums of some operators."""
    found = [(weight, *operator.transmittance_residues(a, b)) for weight, operator in parts]
    residues = np.concatenate([weight * rho for weight, _, rho in found])
    gap, size = abs(-0.5 * float(residues.imag.sum()) - conductance), EPS * float(np.abs(residues).sum())
    error = max(gap, size) / max(conductance, least)
    return PoleSum(np.concatenate([poles for _, poles, _ in found]), residues, error if error >= 0.0 else np.inf)


def transmittance_poles(operator: Response, pairs: list[tuple[int, int]]) -> Iterator[PoleSum]:
    """Give the poles and residues of 𝒯_ab for each pair of baths, checked against the conductance.

    Where poles coincide (critical damping, equal or nearly equal baths) their residues cancel each other's digits
    although the sum is smooth in the friction: then the mean of four detuned sums at ±δ and ±2δ is taken.
    """
    rate = operator.rate
    matrix = operator.stationary_sums()[0]
    detuned: list[tuple[float, Response]] = []
    for a, b in pairs:
        conductance, least = float(matrix[a, b]), FAINT * float(min(rate[a], rate[b]))
        best = _pole_sum([(1.0, operator)], a, b, conductance, least)
        if best.error > CLOSED:
            detuned = detuned or [(weight, operator.detuned(shift)) for weight, shift in MEAN]
            best = min(best, _pole_sum(detuned, a, b, conductance, least), key=lambda found: found.error)
        if best.error > TOLERANCE:
            raise CertificateError(
                f"the residues of the transmittance between baths {a} and {b} miss the conductance by a relative "
                f"{best.error:.1e} (tolerance {TOLERANCE:.0e}): resonances nearly coincide. Try frictions changed by "
                "1 part in 1e4, and report the system as an issue")
        yield best
