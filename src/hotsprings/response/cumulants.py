"""Integrals of powers of the transmittance, I_n = (1/4π) ∫ 𝒯ⁿ dω, as sums over its poles."""

from __future__ import annotations

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.response.counting import PoleSum


def powers(poles: PoleSum, order: int) -> FloatArray:
    """Return I_1 … I_order, order ≤ 4.

    With 𝒯₋(ω_k) = -Σ_l ρ_l/(ω_k + ω_l) and r_k = Σ_{l≠k} ρ_l/(ω_k - ω_l): I_1 = (i/2) Σ ρ_k, I_2 = i Σ ρ_k 𝒯₋,
    I_3 = 3i Σ ρ_k 𝒯₋², I_4 = (i/2) [8 Σ ρ_k 𝒯₋³ + 12 Σ (ρ_k² 𝒯₋ 𝒯₋' + ρ_k r_k 𝒯₋²)].
    """
    out = [poles.conductance]
    if order > 1:
        below, slope, others = poles.sums()
        rho, below = poles.rho, -below
        near = 12.0 * np.sum(rho * below * (rho * slope + others * below))
        out += [-float(np.sum(rho * below).imag), -3.0 * float(np.sum(rho * below**2).imag),
                -0.5 * float((8.0 * np.sum(rho * below**3) + near).imag)]
    return np.array(out[:order])
