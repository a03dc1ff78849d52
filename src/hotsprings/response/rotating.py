"""Sums Σ_k A_k exp(iω_k t) over poles, and what memory of the baths makes of the friction in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.response.response import Poles
from hotsprings.system import OpenNetwork

CHUNK = 4_000_000  # complex numbers held at a time


def cutoffs(system: OpenNetwork) -> FloatArray:
    """Return ω_D of every bath, infinite where its noise is white, shape (n_baths,)."""
    return np.array([np.inf if (edge := getattr(bath, "cutoff", None)) is None else edge for bath in system.baths])


def damping(system: OpenNetwork, omega: Any) -> ComplexArray:
    """Return γ_a'(ω) = γ ω_D²/(ω_D² + ω²) as a rational function of complex frequencies, shape (n_baths, n_omega)."""
    return np.asarray(system.friction[:, None] / (1.0 + (omega / cutoffs(system)[:, None]) ** 2))


def refuse_leads(system: OpenNetwork, what: str) -> None:
    """Refuse what is no finite sum over resonances where leads have a band that ends."""
    for i, bath in enumerate(system.baths):
        if hasattr(bath, "band_edge"):
            raise ArgumentError(f"baths[{i}]", f"be a Bath, with a cutoff perhaps, for {what}: a lead takes heat in a band "
                                "that ends, and only conductances and local temperatures are finite sums there",
                                "a Lead was given")


def rotating(poles: Poles, amplitude: ComplexArray, times: FloatArray) -> FloatArray:
    """Return 2 Re Σ_k share_k A_k exp(iω_k t) at times ≥ 0; amplitudes (n_poles,) or (n, n_poles), times on axis 0."""
    weighted = np.asarray(2.0 * poles.share * amplitude).T
    out = np.empty((times.size, *weighted.shape[1:]))
    step = max(1, CHUNK // max(1, poles.omega.size))
    for k in range(0, times.size, step):
        phase = np.exp(1j * np.multiply.outer(times[k : k + step], poles.omega))
        out[k : k + step] = phase.real @ weighted.real - phase.imag @ weighted.imag
    return out
