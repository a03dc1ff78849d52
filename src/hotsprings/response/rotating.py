"""Sums Σ_k A_k exp(iω_k t) over poles."""

from __future__ import annotations

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import PrecisionWarning, tell
from hotsprings.response.response import Poles
from hotsprings.response.tolerances import TOLERANCE

CHUNK = 4_000_000  # complex numbers held at a time
SLIGHT = 1e-3 * TOLERANCE  # what is turned less is not looked at
TRIED = 64  # late times, of many


def rotating(poles: Poles, amplitude: ComplexArray, times: FloatArray, grown: bool = False) -> FloatArray:
    """Return 2 Re Σ_k share_k A_k exp(iω_k t) at times ≥ 0; amplitudes (n_poles,) or (n, n_poles), times on axis 0.

    ``grown``: less what it is at t = 0, so that nothing cancels at early times.
    """
    weighted = np.asarray(2.0 * poles.share * amplitude).T
    out = np.empty((times.size, *weighted.shape[1:]))
    step = max(1, CHUNK // max(1, poles.omega.size))
    for k in range(0, times.size, step):
        phase = (np.expm1 if grown else np.exp)(1j * np.multiply.outer(times[k : k + step], poles.omega))
        out[k : k + step] = phase.real @ weighted.real - phase.imag @ weighted.imag
    return out


def turned(omega: ComplexArray, doubt: FloatArray, size: FloatArray, times: FloatArray) -> float:
    """Return the largest part of its first size by which doubts of the poles turn what still rings at some times ≥ 0.

    Σ_k |A_k| δω_k t e^{-Im ω t}/Σ_k |A_k|; ``doubt``: δω_k; ``size``: |A_k|, (n_poles,) or (n_poles, n).
    """
    late = times[float(doubt.max(initial=0.0)) * times > SLIGHT]
    whole, worst = size.sum(axis=0), 0.0
    for t in np.unique(late)[:: max(1, late.size // TRIED)]:
        with np.errstate(under="ignore"):
            moved = (doubt * t * np.exp(-omega.imag * t)) @ size
        worst = max(worst, float(np.max(moved / np.where(whole > 0.0, whole, 1.0), initial=0.0)))
    return worst


def tell_turned(part: float, times: FloatArray) -> None:
    """Tell where a rounding of the frequencies turns what rings on by more than the ninth digit."""
    if part > TOLERANCE:
        tell(f"at times up to {times.max():.3g} a motion is known to {part:.1e} of its first size only: a rounding of "
             "the frequencies turns what still rings there", PrecisionWarning)


def turns(frequency: FloatArray, times: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return cos ωt and sin ωt of frequencies in 32 digits (n, 2), however late, shape (n, n_times) each."""
    high, low = frequency[:, :1], frequency[:, 1:]
    phase = high * times
    (a, b), (c, d) = _halves(high), _halves(times)
    rest = ((a * c - phase) + a * d + b * c) + b * d + low * times  # exactly what rounding took of the product
    cos, sin = np.cos(phase), np.sin(phase)
    return cos * np.cos(rest) - sin * np.sin(rest), sin * np.cos(rest) + cos * np.sin(rest)


def _halves(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the upper and the lower half of the digits of doubles (Veltkamp)."""
    wide = 134217729.0 * x
    upper = wide - (wide - x)
    return upper, x - upper
