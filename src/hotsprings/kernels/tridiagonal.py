"""Eigenvectors of a symmetric tridiagonal matrix from its eigenvalues, by twisted factorisation.

Forward and backward recursions meet where the residual is smallest; each runs in the direction in which the vector
grows, so that components of 1e-100 have as many digits as the large ones.

References
----------
Dhillon, Parlett, Linear Algebra Appl. 387, 1 (2004).
"""

from __future__ import annotations

import math

from hotsprings.kernels.arrays import floats
from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.scalars import higher

TINY = 1e-300
NODE = 1e-14  # per site: a component this much smaller than its neighbours is a node, zero but for rounding


@njit(cache=True, error_model="numpy", fastmath=False)
def pivots(d, e, value, forward, backward):
    """Fill the pivots of the forward and the backward factorisation; return the twist index and its residual."""
    n = d.size
    forward[0] = d[0] - value
    for i in range(1, n):
        p = forward[i - 1] if abs(forward[i - 1]) > TINY else TINY
        forward[i] = (d[i] - value) - e[i - 1] * (e[i - 1] / p)
    backward[n - 1] = d[n - 1] - value
    for i in range(n - 2, -1, -1):
        p = backward[i + 1] if abs(backward[i + 1]) > TINY else TINY
        backward[i] = (d[i] - value) - e[i] * (e[i] / p)
    twist, best = 0, math.inf
    for i in range(n):
        gamma = abs(forward[i] + backward[i] - (d[i] - value))
        if gamma < best:
            twist, best = i, gamma
    return twist, forward[twist] + backward[twist] - (d[twist] - value)


@njit(cache=True, error_model="numpy", fastmath=False)
def twisted(d, e, value, forward, backward, z):
    """Fill the eigenvector (not normalised) and return Σ z² and the residual at the twist."""
    n = d.size
    twist, gamma = pivots(d, e, value, forward, backward)
    z[twist] = 1.0
    total = 1.0
    for i in range(twist - 1, -1, -1):
        p = forward[i] if abs(forward[i]) > TINY else TINY
        z[i] = -(e[i] / p) * z[i + 1]
        total += z[i] * z[i]
    for i in range(twist + 1, n):
        p = backward[i] if abs(backward[i]) > TINY else TINY
        z[i] = -(e[i - 1] / p) * z[i - 1]
        total += z[i] * z[i]
    return total, gamma


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def eigenvectors(d, e, values, width, rows, out):
    """Fill ``out[r, j]`` with component ``rows[r]`` of the normalised eigenvector of ``values[j]``, in place refined.

    Each value is moved by its Rayleigh correction, at most ``width``.
    """
    n = d.size
    for j in prange(values.size):
        forward, backward, z = floats(n), floats(n), floats(n)
        total = 1.0
        for _ in range(2):
            total, gamma = twisted(d, e, values[j], forward, backward, z)
            step = gamma / total
            if values[j] != 0.0 and abs(step) < width:
                values[j] += step
        total, _ = twisted(d, e, values[j], forward, backward, z)
        norm = 1.0 / math.sqrt(total)
        for r in range(rows.size):
            i = rows[r]
            beside = higher(abs(z[i - 1]) if i > 0 else 0.0, abs(z[i + 1]) if i + 1 < n else 0.0)
            out[r, j] = 0.0 if abs(z[i]) <= NODE * n * beside else z[i] * norm
