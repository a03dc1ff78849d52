"""Sums Σ_k A_k exp(iω_k t) over poles."""

from __future__ import annotations

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import PrecisionWarning, tell
from hotsprings.response.response import Poles
from hotsprings.response.tolerances import EPS, TOLERANCE

CHUNK = 4_000_000  # complex numbers held at a time
ROUNDINGS = 4.0  # of a frequency, by which it may be off
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
    tell_phases(poles.omega, np.abs(weighted), times)
    return out


def tell_phases(omega: ComplexArray, size: FloatArray, times: FloatArray) -> None:
    """Tell where a rounding of the frequencies turns what rings on by more than the ninth digit: ω t ε e^{-Im ω t}.

    ``size``: |A_k|, (n_poles,) or (n_poles, n).
    """
    fastest = float(np.abs(omega).max(initial=0.0))
    late = times[ROUNDINGS * EPS * fastest * times > TOLERANCE]
    if not late.size:
        return
    whole, worst = size.sum(axis=0), 0.0
    for t in np.unique(late)[:: max(1, late.size // TRIED)]:
        with np.errstate(under="ignore"):
            turned = (ROUNDINGS * EPS * np.abs(omega) * t * np.exp(-omega.imag * t)) @ size
        worst = max(worst, float(np.max(turned / np.where(whole > 0.0, whole, 1.0), initial=0.0)))
    if worst > TOLERANCE:
        tell(f"at times up to {late.max():.3g} a motion is known to {worst:.1e} of its first size only: a "
             "rounding of the frequencies turns what still rings there", PrecisionWarning)
