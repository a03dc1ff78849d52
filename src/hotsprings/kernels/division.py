"""Zeros of 1 - Σ w/(d - x), w = |e| z², below the lowest d and in every gap, and rows of the eigenvectors there.

Each zero is kept as the nearer d and the offset from it. The poles within ``WINDOW`` are summed at every step, those
nearby (see ``multipole``) act as one effective pole on either side, the far ones by their polynomial.

References
----------
Cuppen, Numer. Math. 36, 177 (1981); Gu, Eisenstat, SIAM J. Matrix Anal. Appl. 16, 172 (1995).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.double_double import difference, fma
from hotsprings.kernels.gap_terms import real_terms
from hotsprings.kernels.gaps import WINDOW
from hotsprings.kernels.lanes import Lane, lane_sums
from hotsprings.kernels.multipole import ORDER, Field, leaf_of, real_far

SETTLED = 1e-6  # last move over the distance to the nearest far pole; its cube is left
PASSES, STEPS = 24, 80


class Merge(NamedTuple):
    """Two parts of a chain that are joined, seen by the zeros of the whole.

    ``high``, ``low`` (n,): d as double-doubles, ascending; ``weights`` (n,): w; ``products`` (n_rows, n): f z, the rows
    of the eigenvectors of the parts times z; ``strength``: |e|; ``field`` of w, and ``fars`` (n_rows, n_leaves, order):
    the polynomials of f z.
    """

    high: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    products: npt.NDArray[np.float64]
    strength: float
    field: Field
    fars: npt.NDArray[np.float64]


@njit(error_model="numpy")
def _effective_pole(first, second, third):
    """Return a, b, p of the model a + b/(p - t) with these three sums at t = 0."""
    if second == 0.0:
        return first, 0.0 * first, 1.0 + 0.0 * first
    p = second / third
    b = second * p * p
    return first - b / p, b, p


@njit(error_model="numpy", fastmath=False)
def _side(s, leaf, first, last, a, e):
    """Return Σ w/t, Σ w/t², Σ w/t³ over the nearby poles among first … last-1, t = d - (d_a high + e)."""
    x = y = z = 0.0
    near, begin = s.field.near, s.field.near_begin
    for k in range(begin[leaf], begin[leaf + 1]):
        p, q = max(near[k, 0], first), min(near[k, 1], last)
        if p < q:
            more = real_terms((s.high, s.low, s.weights), p, q, (s.high[a], e))
            x, y, z = x + more[0], y + more[1], z + more[2]
    return x, y, z


@njit(error_model="numpy", fastmath=False)
def _beyond(s, leaf, lo, hi, a, eta):
    """Return what lies left and right of the window, as effective poles, and far away, seen from d_a + η."""
    e = s.low[a] + eta
    p, q = _side(s, leaf, np.int64(0), lo, a, e), _side(s, leaf, hi, s.high.size, a, e)
    return _effective_pole(p[0], p[1], p[2]), _effective_pole(q[0], q[1], q[2]), real_far(s.field, leaf, s.high[a], e)


@njit(error_model="numpy", fastmath=False)
def _model(s, lo, hi, a, eta, start, beyond):
    """Return h = 1 - Σ w/(d - x) without the pole a, and its slope, at η; the rest was summed at ``start``."""
    left, right, far = beyond
    t = eta - start
    ql, qr = 1.0 / (left[2] - t), 1.0 / (right[2] - t)
    poles, place = (s.high, s.low, s.weights), (s.high[a], s.low[a] + eta)
    below, above = real_terms(poles, lo, a, place), real_terms(poles, a + 1, hi, place)
    h = 1.0 - left[0] - right[0] - left[1] * ql - right[1] * qr - (far[0] + t * (far[1] + t * far[2]))
    slope = -left[1] * ql * ql - right[1] * qr * qr - (far[1] + 2.0 * t * far[2])
    return h - (below[0] + above[0]), slope - (below[1] + above[1])


@njit(error_model="numpy", fastmath=False)
def _model_zero(s, lo, hi, a, sign, start, y, high, beyond):
    """Return |η| < high of the zero of the local model; what is beyond the window was summed at η = ``start``."""
    low, top = 0.0, high
    settled = False
    for _ in range(STEPS):
        eta = sign * y
        h, slope = _model(s, lo, hi, a, eta, start, beyond)
        phi = s.weights[a] + eta * h  # η s(η): positive between the pole and the zero
        if phi > 0.0:
            low = y
        else:
            top = y
        new = y - sign * phi / (h + eta * slope)
        if settled:
            return new if 0.0 < new <= high else y
        settled = abs(new - y) <= 1e-7 * y  # its square is left, and one more step is taken
        if not low < new < top:
            settled = False
            new = 0.5 * (low + top)
            if not low < new < top:
                return y
        y = new
    return y


@njit(error_model="numpy", fastmath=False, inline="always")
def _gap_zero(s, j):
    """Return the nearer pole, and the offset from it, of the zero between poles j and j + 1."""
    dh, dl, n = s.high, s.low, s.high.size
    leaf = leaf_of(j, n, s.field.near_begin.size - 1)
    gap = difference(dh[j + 1], dl[j + 1], dh[j], dl[j])
    lo, hi = max(0, j - WINDOW + 1), min(n, j + WINDOW + 1)
    beyond = _beyond(s, leaf, lo, hi, j, 0.5 * gap)
    h = _model(s, lo, hi, j, 0.5 * gap, 0.5 * gap, beyond)[0] - s.weights[j] / (-0.5 * gap)
    a, sign = (j + 1, -1.0) if h > 0.0 else (j, 1.0)
    y = _model_zero(s, lo, hi, a, sign, sign * 0.5 * gap, 0.25 * gap, 0.75 * gap, beyond)
    reach = np.inf
    if lo > 0:
        reach = min(reach, difference(dh[j], dl[j], dh[lo - 1], dl[lo - 1]))
    if hi < n:
        reach = min(reach, difference(dh[hi], dl[hi], dh[j + 1], dl[j + 1]))
    for _ in range(PASSES):
        start = sign * y
        new = _model_zero(s, lo, hi, a, sign, start, y, 0.75 * gap, _beyond(s, leaf, lo, hi, a, start))
        moved, y = abs(new - y), new
        if moved <= SETTLED * reach:
            break
    return a, sign * y


@njit(error_model="numpy", fastmath=False, inline="always")
def _lowest_zero(s):
    """Return the offset, from the lowest pole, of the zero below it; all poles are summed."""
    n, zero = s.high.size, np.int64(0)
    hi = min(n, WINDOW)
    high = s.weights.sum() * (1.0 + 1e-12)
    y = min(s.weights[0], 0.5 * high)
    none = (0.0, 0.0, 1.0)
    for _ in range(4 * PASSES):
        q = real_terms((s.high, s.low, s.weights), hi, n, (s.high[0], s.low[0] - y))
        beyond = (none, _effective_pole(q[0], q[1], q[2]), (0.0, 0.0, 0.0))
        new = _model_zero(s, zero, hi, zero, -1.0, -y, y, high, beyond)
        moved, y = abs(new - y), new
        if moved <= 1e-15 * y or hi == n:
            break
    return -y


def _inverse_terms(q: Lane, dh: Lane, dl: Lane, ah: Lane, e: Lane) -> tuple[Lane, Lane]:
    inverse = 1.0 / ((dh - ah) + (dl - e))
    return inverse, inverse


_inverses = lane_sums(_inverse_terms, stores=1)


@lane_sums
def _products(p: Lane, q: Lane) -> tuple[Lane]:
    return (p * q,)


@lane_sums
def _squares(w: Lane, q: Lane) -> tuple[Lane]:
    return (w * (q * q),)


@njit(error_model="numpy", fastmath=False)
def _near_sums(s, p, q, a, eta, work, sums):
    """Add the sums over poles p … q-1 of the rows to ``sums`` and return Σ w/(d - x)²; the pole a is at -η exactly.

    ``work`` (n,) is written between p and q.
    """
    _inverses((work, s.high, s.low), p, q, (s.high[a], s.low[a] + eta))
    if p <= a < q:
        work[a] = -1.0 / eta
    for k in range(sums.size):
        sums[k] += _products((s.products[k], work), p, q, ())[0]
    return _squares((s.weights, work), p, q, ())[0]


@njit(error_model="numpy", fastmath=False, inline="always")
def _far_rows(s, leaf, a, eta, sums):
    """Add the sums over what is far."""
    node = s.field.radius.size // 2 + leaf
    t = difference(s.high[a], s.low[a] + eta, s.field.centre[0, node], s.field.centre[1, node]) / s.field.radius[node]
    for k in range(sums.size):
        total = 0.0
        for m in range(ORDER - 1, -1, -1):
            total = fma(total, t, s.fars[k, leaf, m])
        sums[k] += total


@njit(error_model="numpy", fastmath=False)
def merged(first, last, s, anchors, offsets, rows):
    """Fill anchor and offset of the zeros first … last-1, and the rows of their eigenvectors, Σ f z/(d - x) / norm.

    Zero 0 is the one below all poles, i the one behind pole i - 1. ``anchors``, ``offsets`` (n,), ``rows`` (n_rows, n).
    """
    n, n_leaves = s.high.size, s.field.near_begin.size - 1
    work, sums = np.empty(n), np.empty(len(rows))
    for i in range(first, last):
        sums[:] = 0.0
        if i == 0:
            a, eta = np.int64(0), _lowest_zero(s)
            square = _near_sums(s, np.int64(0), n, a, eta, work, sums)
        else:
            a, eta = _gap_zero(s, i - 1)
            leaf = leaf_of(i - 1, n, n_leaves)
            square = real_far(s.field, leaf, s.high[a], s.low[a] + eta)[1]
            for k in range(s.field.near_begin[leaf], s.field.near_begin[leaf + 1]):
                square += _near_sums(s, s.field.near[k, 0], s.field.near[k, 1], a, eta, work, sums)
            if s.fars.shape[1]:
                _far_rows(s, leaf, a, eta, sums)
        anchors[i], offsets[i] = a, eta
        norm = math.sqrt(square / s.strength)
        for k in range(sums.size):
            rows[k, i] = sums[k] / norm


def moved(s: Merge, a: int, eta: float) -> float:
    """Return the relative change of the offset of a zero by a Newton step with all terms summed."""
    t = (s.high - s.high[a]) + (s.low - (s.low[a] + eta))
    t[a] = -eta
    w = s.weights / t
    return float(abs((1.0 - w.sum()) / (eta * np.sum(w / t))))
