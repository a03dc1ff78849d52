"""Sums Σ_k A_k exp(iω_k t) over poles."""

from __future__ import annotations

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.response.response import Poles

CHUNK = 4_000_000  # complex numbers held at a time


def rotating(poles: Poles, amplitude: ComplexArray, times: FloatArray) -> FloatArray:
    """Return 2 Re Σ_k share_k A_k exp(iω_k t) at times ≥ 0; amplitudes (n_poles,) or (n, n_poles), times on axis 0."""
    weighted = np.asarray(2.0 * poles.share * amplitude).T
    out = np.empty((times.size, *weighted.shape[1:]))
    step = max(1, CHUNK // max(1, poles.omega.size))
    for k in range(0, times.size, step):
        phase = np.exp(1j * np.multiply.outer(times[k : k + step], poles.omega))
        out[k : k + step] = phase.real @ weighted.real - phase.imag @ weighted.imag
    return out
