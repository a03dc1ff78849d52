"""Closed forms: one function per result of the paper (Eqs. 19-29), and the exact forms behind them.

Everything here is algebra on a handful of numbers. Nothing uses the engines, so that either can judge the other.
Unless a docstring says otherwise the masses are identical, the two baths are on two different sites and each function
takes the number of sites ``n``, springs k/Ñ, pinning k0 and one friction γ; ``n_tilde=None`` is the Kac factor N - 1.
"""

from __future__ import annotations

from hotsprings.theory.heat_flux import (
    heat_flux_equal_baths,
    heat_flux_free_large,
    heat_flux_graded_bare,
    heat_flux_identical,
    heat_flux_large,
)
from hotsprings.theory.peaks import (
    peak_frequency,
    peak_sharpness,
    single_peak_bound,
    transmittance_lorentzian,
    transmittance_two_peaks,
)
from hotsprings.theory.temperature import bulk_temperature_identical, bulk_temperature_large
from hotsprings.theory.transmittance import (
    factor_delta,
    factor_f,
    transmittance_by_mismatch,
    transmittance_free,
    transmittance_identical,
)

__all__ = [
    "bulk_temperature_identical", "bulk_temperature_large", "factor_delta", "factor_f", "heat_flux_equal_baths",
    "heat_flux_free_large", "heat_flux_graded_bare", "heat_flux_identical", "heat_flux_large", "peak_frequency",
    "peak_sharpness", "single_peak_bound", "transmittance_by_mismatch", "transmittance_free",
    "transmittance_identical", "transmittance_lorentzian", "transmittance_two_peaks",
]


def __dir__() -> list[str]:
    return sorted(__all__)
