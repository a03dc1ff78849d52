"""Very many small systems of equations at once, each as large as there are baths."""

from __future__ import annotations

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray

__all__ = ["null_vectors", "solved"]

LEAST = 1e-150  # its square is still a number


def solved(matrix: ComplexArray, right: ComplexArray | FloatArray) -> ComplexArray:
    """Return A⁻¹ B of matrices A (n, n, n_systems) and B (n, m, n_systems), by elimination with partial pivoting.

    A pivot that vanishes is taken as ``LEAST``: the solution then is the null vector, and very long.
    """
    a, b, n = matrix.copy(), right.astype(np.complex128), len(matrix)
    for k in range(n):
        if k + 1 < n:
            _pivot(a, b, k)
        a[k, k, np.abs(a[k, k]) < LEAST] = LEAST
        a[k, k + 1 :] /= a[k, k]
        b[k] /= a[k, k]
        for i in range(k + 1, n):
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
            b[i] -= a[i, k] * b[k]
    for k in range(n - 1, 0, -1):
        b[:k] -= a[:k, k, None] * b[k]
    return b


def _pivot(a: ComplexArray, b: ComplexArray, k: int) -> None:
    """Exchange row k of each system with the one below whose element in column k is the largest."""
    best = k + np.abs(a[k:, k]).argmax(axis=0)
    for row in range(k + 1, len(a)):
        some = np.flatnonzero(best == row)
        for array in (a, b) if some.size else ():
            array[k][:, some], array[row][:, some] = array[row][:, some], array[k][:, some]


def null_vectors(matrix: ComplexArray) -> ComplexArray:
    """Return y, A y = 0, of nearly singular matrices (n, n, n_systems) by inverse iteration, shape (n, n_systems)."""
    n, number = matrix.shape[1:]
    y = np.broadcast_to((1.0 + 0.37 * np.arange(n))[:, None, None], (n, 1, number)).astype(np.complex128)
    for _ in range(3):
        better = solved(matrix, y)
        size = np.abs(better).max(axis=0)
        y = np.where((size > 0.0) & (size < np.inf), better / size, y)
    return y[:, 0]
