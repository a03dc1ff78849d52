"""Eigenvalues of small tridiagonal matrices, and a few rows of their eigenvectors: where division ends.

Implicit QL with Wilkinson's shift, the rows turned along.

References
----------
Bowdler, Martin, Reinsch, Wilkinson, Numer. Math. 11, 293 (1968): tql2.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit


@njit(error_model="numpy", fastmath=False, inline="always")
def _shift(a, b, c):
    """Return the eigenvalue of [[a, b], [b, c]] nearer to a (Wilkinson)."""
    g = (c - a) / (2.0 * b)
    r = math.hypot(g, 1.0)
    return a - b / (g + (r if g >= 0.0 else -r))


@njit(error_model="numpy", fastmath=False, inline="always")
def _leaf(values, off, rows):
    """Turn a small tridiagonal matrix into its eigenvalues, in place, ``rows`` (n_rows, n) along; implicit QL."""
    n = values.size
    for first in range(n):
        for _ in range(200):
            m = first
            while m < n - 1 and abs(off[m]) > 1e-17 * (abs(values[m]) + abs(values[m + 1])):
                m += 1
            if m == first:
                break
            g = values[m] - _shift(values[first], off[first], values[first + 1])
            s = c = 1.0
            p = 0.0
            i = m - 1
            while i >= first:
                f, b = s * off[i], c * off[i]
                r = math.hypot(f, g)
                off[i + 1] = r
                if r == 0.0:
                    values[i + 1] -= p
                    off[m] = 0.0
                    break
                s, c = f / r, g / r
                g = values[i + 1] - p
                r = (values[i] - g) * s + 2.0 * c * b
                p = s * r
                values[i + 1] = g + p
                g = c * r - b
                for q in range(rows.shape[0]):
                    f = rows[q, i + 1]
                    rows[q, i + 1] = s * rows[q, i] + c * f
                    rows[q, i] = c * rows[q, i] - s * f
                i -= 1
            if i < first:
                values[first] -= p
                off[first] = g
                off[m] = 0.0


@njit(error_model="numpy", fastmath=False, inline="always")
def solve_leaf(diagonal, off, d, rows, start, stop):
    """Fill eigenvalues and rows of one leaf, the springs at its ends cut and replaced by walls.

    ``rows`` from the third on hold, at first, the vectors whose products with the eigenvectors they become.
    """
    n = stop - start
    values, e, r = np.empty(n), np.zeros(n), np.zeros((rows.shape[0], n))
    for i in range(n):
        values[i] = diagonal[start + i]
        if i + 1 < n:
            e[i] = off[start + i]
    if start > 0:
        values[0] += abs(off[start - 1])
    if stop < diagonal.size:
        values[n - 1] += abs(off[stop - 1])
    r[0, 0] = r[1, n - 1] = 1.0
    r[2:] = rows[2:, start:stop]
    _leaf(values, e, r)
    for k in range(n):
        d[0, start + k], d[1, start + k] = values[k], 0.0
        for q in range(rows.shape[0]):
            rows[q, start + k] = r[q, k]
        i = start + k
        while i > start and d[0, i - 1] > d[0, i]:
            d[0, i - 1], d[0, i] = d[0, i], d[0, i - 1]
            for q in range(rows.shape[0]):
                rows[q, i - 1], rows[q, i] = rows[q, i], rows[q, i - 1]
            i -= 1
