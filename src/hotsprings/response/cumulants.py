"""Integrals of powers of the transmittance, I_n = (1/4π) ∫ 𝒯ⁿ dω, as sums over its poles."""

from __future__ import annotations

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.response.counting import PoleSum
from hotsprings.response.tolerances import EPS


def powers(poles: PoleSum, order: int) -> FloatArray:
    """Return I_1 … I_order, order ≤ 4.

    With 𝒯₋(ω_k) = -Σ_l ρ_l/(ω_k + ω_l) and r_k = Σ_{l≠k} ρ_l/(ω_k - ω_l): I_1 = (i/2) Σ ρ_k, I_2 = i Σ ρ_k 𝒯₋,
    I_3 = 3i Σ ρ_k 𝒯₋², I_4 = (i/2) [8 Σ ρ_k 𝒯₋³ + 12 Σ (ρ_k² 𝒯₋ 𝒯₋' + ρ_k r_k 𝒯₋²)].
    """
    out = [poles.conductance]
    if order > 1:
        rho, below = poles.rho, -poles.lower()
        out += [-float(np.sum(rho * below).imag), -3.0 * float(np.sum(rho * below**2).imag)]
    if order > 3:
        _, slope, others = poles.sums()
        near = 12.0 * np.sum(rho * below * (rho * slope + others * below))
        out.append(-0.5 * float((8.0 * np.sum(rho * below**3) + near).imag))
    return np.array(out[:order])


def doubts(poles: PoleSum, order: int) -> FloatArray:
    """Return what rounding makes of I_1 … I_order: 𝒯₋ is a sum whose terms cancel where little passes."""
    rho = np.abs(poles.rho)
    size = np.array([np.sum(rho / np.abs(w + poles.omega)) for w in poles.omega])
    below, lost = np.abs(poles.lower()), rho * (EPS + poles.unsure)
    found = [lost.sum(), 2.0 * np.sum(lost * size), 6.0 * np.sum(lost * below * size),
             12.0 * np.sum(lost * below**2 * size)]
    return np.array(found[:order])
