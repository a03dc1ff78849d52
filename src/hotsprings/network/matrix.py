"""What is done to a stiffness matrix that comes from a file before it is a network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError

__all__ = ["WRITTEN", "asymmetry", "needed_noise", "obeying_sum_rule", "symmetrised", "without_noise"]

WRITTEN = 1e-6  # largest asymmetry of a matrix that went through a file or through finite differences
LARGEST = 0.1  # largest asymmetry that may be averaged away; beyond it something else is wrong


def asymmetry(K: FloatArray) -> tuple[float, int, int]:
    """Return the largest of K_ij - K_ji over the largest of K_ij, by size, and where it is."""
    gap = np.abs(K - K.T)
    i, j = np.unravel_index(int(np.argmax(gap)), K.shape) if K.size else (0, 0)
    largest = float(np.abs(K).max(initial=0.0))
    return float(gap[i, j] / largest) if largest > 0.0 else 0.0, int(i), int(j)


def symmetrised(K: FloatArray, symmetrize: bool) -> tuple[FloatArray, float]:
    """Return (K + Kᵀ)/2 and the asymmetry of K, where that is within 1e-6, or, if asked for, within a tenth."""
    unequal, i, j = asymmetry(K)
    limit = LARGEST if symmetrize else WRITTEN
    _refuse_triangle(K, limit)
    if unequal > limit:
        advice = "" if symmetrize or unequal > LARGEST else (
            "; symmetrize=True takes the mean of the matrix and its transpose")
        raise ArgumentError(
            "path", f"hold a matrix that is symmetric to {limit:.0e} of its largest element{advice}",
            f"its asymmetry is {unequal:.3g}: element ({i}, {j}) is {K[i, j]:.10g} and ({j}, {i}) is {K[j, i]:.10g}")
    return np.asarray(0.5 * K + 0.5 * K.T), unequal


def _refuse_triangle(K: FloatArray, limit: float) -> None:
    """Refuse a matrix of which one triangle is empty and the other is not."""
    lower, upper = bool(np.tril(K, -1).any()), bool(np.triu(K, 1).any())
    if lower != upper:
        there = "lower" if lower else "upper"
        raise ArgumentError("path", f"hold a matrix that is symmetric to {limit:.0e} of its largest element, both "
                            "triangles there (numpy: K + K.T - numpy.diag(numpy.diag(K)))",
                            f"only the {there} triangle has elements other than zero")


def obeying_sum_rule(K: FloatArray, triples: bool) -> FloatArray:
    """Return P K P, P = 1 - Σ e eᵀ over the uniform displacements e: the nearest symmetric K that they cost nothing."""
    step = 3 if triples else 1
    K = K.copy()
    for axis in range(step):
        K[axis::step, :] -= K[axis::step, :].mean(axis=0)
        K[:, axis::step] -= K[:, axis::step].mean(axis=1)[:, None]
    return np.asarray(0.5 * (K + K.T))


def without_noise(K: FloatArray, noise: Any) -> FloatArray:
    """Return K with its soft modes made free: those whose eigenvalue is within noise times the largest of zero."""
    noise = checks.non_negative("noise", noise)
    if noise >= 1.0:
        raise ArgumentError("noise", "be less than 1, a part of the largest eigenvalue", f"{noise:g} was given")
    if noise == 0.0:
        return K
    values, vectors = np.linalg.eigh(K)
    soft = vectors[:, np.abs(values) <= noise * np.abs(values).max()]
    K = K - soft @ (soft.T @ K)
    K = K - (K @ soft) @ soft.T
    return np.asarray(0.5 * (K + K.T))


def needed_noise(lowest: float, highest: float) -> str:
    """Return the ``noise`` that makes the unstable modes of a matrix with these eigenvalues free; "" if none does."""
    ratio = -lowest / max(abs(lowest), abs(highest))
    if not 0.0 < ratio < 1.0:
        return ""
    digits = 1 - math.floor(math.log10(ratio))
    rounded = math.ceil(ratio * 10.0**digits * (1.0 + 1e-9)) / 10.0**digits  # two digits, upwards
    return f"{rounded:.2g}" if rounded < 1.0 else ""
