"""The exponential of the motion of small networks in 32 digits: resonances that coincide are nothing special to it.

exp(Ah) - 1 by its series where h is short, then as often doubled as it takes: F → 2F + F². In coordinates in which the
motion only loses energy, ‖exp(At)‖ ≤ 1, rounding u grows to u ‖A‖ t. Matrices are rows (n, 2, m) as in :mod:`precise`.

References
----------
Higham, *Functions of Matrices*, chapter 10 (scaling and squaring).
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels import double_double as dd
from hotsprings.kernels.compiled import njit
from hotsprings.kernels.rows import along_rows

SHORT = 0.0625  # largest ‖A‖ h of the series
TERMS = 20  # of it: what follows is below 1e-42


@along_rows(2, 2)
def _add_multiple(out, x, factor):
    """Return out + factor x."""
    h, low = dd.mul(factor[0], factor[1], x[0], x[1])
    return (dd.add(out[0], out[1], h, low),)


@njit(error_model="numpy")
def add_product(out, a, b):
    """Add the product of a (n, 2, k) and b (k, 2, m) to out (n, 2, m)."""
    for i in range(a.shape[0]):
        for k in range(a.shape[2]):
            if a[i, 0, k] != 0.0:
                _add_multiple((out[i], b[k]), 0, b.shape[2], ((a[i, 0, k], a[i, 1, k]),))


@njit(error_model="numpy")
def _scale(a, number):
    """Multiply a matrix by a double, given with its last bits."""
    for i in range(a.shape[0]):
        for j in range(a.shape[2]):
            a[i, 0, j], a[i, 1, j] = dd.mul(a[i, 0, j], a[i, 1, j], number[0], number[1])


@njit(error_model="numpy")
def _add_transposed(out, x):
    """Add x + xᵀ to a square matrix."""
    for i in range(x.shape[0]):
        for j in range(x.shape[0]):
            h, low = dd.add(x[i, 0, j], x[i, 1, j], x[j, 0, i], x[j, 1, i])
            out[i, 0, j], out[i, 1, j] = dd.add(out[i, 0, j], out[i, 1, j], h, low)


@njit(error_model="numpy")
def _mirror(a):
    """Make a symmetric matrix exactly so: what is not would double with every step."""
    for i in range(a.shape[0]):
        for j in range(i):
            a[i, 0, j], a[i, 1, j] = a[j, 0, i], a[j, 1, i]


@njit(error_model="numpy")
def _short(a, t):
    """Return how often a time is halved until ‖A‖ h ≤ SHORT, and A h."""
    size = 0.0
    for i in range(a.shape[0]):
        row = 0.0
        for j in range(a.shape[2]):
            row += abs(a[i, 0, j])
        size = max(size, row)
    halved = 0
    if size * t > SHORT:
        halved = math.ceil(math.log2(size * t / SHORT))
    step = a.copy()
    _scale(step, (math.ldexp(t, -halved), 0.0))
    return halved, step


@njit(error_model="numpy")
def _double(first):
    """Return exp(2Ah) - 1 from exp(Ah) - 1."""
    new = first.copy()
    _scale(new, (2.0, 0.0))
    add_product(new, first, first)
    return new


@njit(error_model="numpy")
def grown(a, t):
    """Return exp(At) - 1 of rows (n, 2, n)."""
    halved, step = _short(a, t)
    out = np.zeros(a.shape)
    for k in range(TERMS, 0, -1):
        new = step.copy()
        add_product(new, step, out)
        _scale(new, dd.div(1.0, 0.0, float(k), 0.0))
        out = new
    for _ in range(halved):
        out = _double(out)
    return out


@njit(error_model="numpy")
def _begin(step, noise, h):
    """Return ∫_0^h exp(As) N exp(As)ᵀ ds by its series; ``step``: A h, short."""
    n = step.shape[0]
    out, term = np.zeros(step.shape), noise.copy()
    _mirror(term)
    _scale(term, (h, 0.0))
    for k in range(2, TERMS + 2):
        for i in range(n):
            for j in range(n):
                out[i, 0, j], out[i, 1, j] = dd.add(out[i, 0, j], out[i, 1, j], term[i, 0, j], term[i, 1, j])
        moved, new = np.zeros(step.shape), np.zeros(step.shape)
        add_product(moved, step, term)
        _add_transposed(new, moved)
        _scale(new, dd.div(1.0, 0.0, float(k), 0.0))
        term = new
    return out


@njit(error_model="numpy")
def _double_heat(first, old):
    """Overwrite P(h) by P(h) + exp(Ah) P(h) exp(Ah)ᵀ; ``first``: exp(Ah) - 1."""
    n = first.shape[0]
    back, moved = np.zeros(first.shape), np.zeros(first.shape)
    for i in range(n):
        for j in range(n):
            back[i, 0, j], back[i, 1, j] = first[j, 0, i], first[j, 1, i]
    add_product(moved, first, old)
    _scale(old, (2.0, 0.0))
    _add_transposed(old, moved)
    add_product(old, moved, back)
    _mirror(old)


@njit(error_model="numpy")
def heated(a, noise, t):
    """Return exp(At) - 1, and ∫_0^t exp(As) N exp(As)ᵀ ds of symmetric matrices N, rows (n, 2, n) one under another.

    The second by P(2h) = P(h) + exp(Ah) P(h) exp(Ah)ᵀ.
    """
    n, count = a.shape[0], noise.shape[0] // a.shape[0]
    halved, step = _short(a, t)
    first, gathered = grown(a, math.ldexp(t, -halved)), np.zeros(noise.shape)
    for c in range(count):
        gathered[c * n : (c + 1) * n] = _begin(step, noise[c * n : (c + 1) * n], math.ldexp(t, -halved))
    for _ in range(halved):
        for c in range(count):
            _double_heat(first, gathered[c * n : (c + 1) * n])
        first = _double(first)
    return first, gathered


@njit(error_model="numpy")
def stationary(a, noise, fastest, doublings, least, faint):
    """Return ∫_0^∞ exp(As) N exp(As)ᵀ ds as :func:`heated` does, and whether all of it has come to rest.

    It has where a doubling moves nothing by more than the part ``least`` of √(P_ii P_jj); what has gathered less than
    ``faint`` feels no noise.
    """
    n, count, h = a.shape[0], noise.shape[0] // a.shape[0], 0.5 * SHORT / fastest
    _, step = _short(a, h)
    first, gathered = grown(a, h), np.zeros(noise.shape)
    for c in range(count):
        gathered[c * n : (c + 1) * n] = _begin(step, noise[c * n : (c + 1) * n], h)
    for _ in range(doublings):
        moves = False
        for c in range(count):
            new = gathered[c * n : (c + 1) * n]
            old = new.copy()
            _double_heat(first, new)
            for i in range(n):
                for j in range(n):
                    size = math.sqrt(max(new[i, 0, i], faint) * max(new[j, 0, j], faint))
                    moves = moves or abs(new[i, 0, j] - old[i, 0, j]) > least * size
        if not moves:
            return gathered, True
        first = _double(first)
    return gathered, False
