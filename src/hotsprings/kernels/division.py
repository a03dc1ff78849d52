"""Eigenvalues of a tridiagonal matrix, and a few rows of its eigenvectors, by division.

A cut at the off-diagonal element e leaves diag(T₁, T₂) - |e| v vᵀ, v = (last unit vector of T₁, -sign(e) first of T₂),
if |e| is added to both diagonal elements beside it: a spring cut and replaced by two walls. With the eigenvalues d of
both parts and z = (last row of Q₁, -sign(e) first row of Q₂), those of the whole are the zeros of
1 - Σ |e| z²/(d - x): one below the lowest d, one in every gap. Each is kept as the nearer d and the offset from it.

Parts lie in place: ``d`` (2, n), double-doubles ascending within each part; ``rows`` (2 + n_sites, n), the first and
the last row of the eigenvectors of the part, and those of sites asked for, zero where these lie in another part.

References
----------
Cuppen, Numer. Math. 36, 177 (1981); Gu, Eisenstat, SIAM J. Matrix Anal. Appl. 16, 172 (1995).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from hotsprings.kernels.division_leaves import solve_leaf
from hotsprings.kernels.double_double import add, difference
from hotsprings.kernels.gaps import WINDOW, _real_side, effective_pole, real_powers
from hotsprings.kernels.multipole import Field, leaf_of, real_far

FAST = {"contract", "reassoc", "arcp", "nsz"}
COUPLING = 4e-16  # |e z| over the largest eigenvalue from which on a mode feels the cut
EQUAL = 1e-22  # distance of eigenvalues, over the largest, up to which they are taken as equal
SETTLED = 1e-6  # last move over the distance to the nearest far pole; its cube is left
PASSES, STEPS = 24, 80
PARTS = 64  # shares of a loop that threads take
LEAST = 16  # sites of a leaf: from this to twice this many


@njit(cache=True, error_model="numpy")
def _beyond(dh, dl, w, field, leaf, lo, hi, a, eta):
    """Return what lies left and right of the window, as effective poles, and far away, seen from d_a + η."""
    e = dl[a] + eta
    p = _real_side(field, leaf, 0, lo, dh, dl, w, dh[a], e)
    q = _real_side(field, leaf, hi, dh.size, dh, dl, w, dh[a], e)
    return effective_pole(p[0], p[1], p[2]), effective_pole(q[0], q[1], q[2]), real_far(field, leaf, dh[a], e)


@njit(cache=True, error_model="numpy")
def _model_zero(dh, dl, w, lo, hi, a, sign, start, y, high, beyond):
    """Return |η| < high of the zero of the local model; what is beyond the window was summed at η = ``start``."""
    left, right, far = beyond
    low, top = 0.0, high
    settled = False
    for _ in range(STEPS):
        eta = sign * y
        t = eta - start
        ql, qr = 1.0 / (left[2] - t), 1.0 / (right[2] - t)
        h = 1.0 - left[0] - right[0] - left[1] * ql - right[1] * qr - (far[0] + t * (far[1] + t * far[2]))
        slope = -left[1] * ql * ql - right[1] * qr * qr - (far[1] + 2.0 * t * far[2])
        below = real_powers(dh[lo:a], dl[lo:a], w[lo:a], dh[a], dl[a] + eta)
        above = real_powers(dh[a + 1 : hi], dl[a + 1 : hi], w[a + 1 : hi], dh[a], dl[a] + eta)
        h -= below[0] + above[0]
        slope -= below[1] + above[1]
        phi = w[a] + eta * h  # η s(η): positive between the pole and the zero
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


@njit(cache=True, error_model="numpy")
def gap_zero(j, dh, dl, w, field):
    """Return the nearer pole, and the offset from it, of the zero between poles j and j + 1."""
    n = dh.size
    leaf = leaf_of(j, n, field.near_begin.size - 1)
    gap = difference(dh[j + 1], dl[j + 1], dh[j], dl[j])
    lo, hi = max(0, j - WINDOW + 1), min(n, j + WINDOW + 1)
    left, right, far = _beyond(dh, dl, w, field, leaf, lo, hi, j, 0.5 * gap)
    near = real_powers(dh[lo:hi], dl[lo:hi], w[lo:hi], dh[j], dl[j] + 0.5 * gap)[0]
    outside = left[0] + left[1] / left[2] + right[0] + right[1] / right[2] + far[0]
    a, sign = (j + 1, -1.0) if 1.0 - near - outside > 0.0 else (j, 1.0)
    y = _model_zero(dh, dl, w, lo, hi, a, sign, sign * 0.5 * gap, 0.25 * gap, 0.75 * gap, (left, right, far))
    reach = np.inf
    if lo > 0:
        reach = min(reach, difference(dh[j], dl[j], dh[lo - 1], dl[lo - 1]))
    if hi < n:
        reach = min(reach, difference(dh[hi], dl[hi], dh[j + 1], dl[j + 1]))
    for _ in range(PASSES):
        start = sign * y
        beyond = _beyond(dh, dl, w, field, leaf, lo, hi, a, start)
        new = _model_zero(dh, dl, w, lo, hi, a, sign, start, y, 0.75 * gap, beyond)
        moved, y = abs(new - y), new
        if moved <= SETTLED * reach:
            break
    return a, sign * y


@njit(cache=True, error_model="numpy")
def lowest_zero(dh, dl, w):
    """Return the offset, from the lowest pole, of the zero below it; all poles are summed."""
    n = dh.size
    hi = min(n, WINDOW)
    high = w.sum() * (1.0 + 1e-12)
    y = min(w[0], 0.5 * high)
    none = (0.0, 0.0, 1.0)
    for _ in range(4 * PASSES):
        q = real_powers(dh[hi:], dl[hi:], w[hi:], dh[0], dl[0] - y)
        beyond = (none, effective_pole(q[0], q[1], q[2]), (0.0, 0.0, 0.0))
        new = _model_zero(dh, dl, w, 0, hi, 0, -1.0, -y, y, high, beyond)
        moved, y = abs(new - y), new
        if moved <= 1e-15 * y or hi == n:
            break
    return -y


@njit(cache=True, error_model="numpy")
def _zeros(first, last, dh, dl, w, field, anchors, offsets):
    """Fill anchor and offset of the zeros first … last-1; 0 is the one below all poles, i the one behind pole i - 1."""
    for i in range(first, last):
        if i == 0:
            anchors[0], offsets[0] = 0, lowest_zero(dh, dl, w)
        else:
            anchors[i], offsets[i] = gap_zero(i - 1, dh, dl, w, field)


@njit(cache=True, error_model="numpy", parallel=True)
def gap_zeros(dh, dl, w, field, anchors, offsets):
    """Fill anchor and offset of all zeros of 1 - Σ w/(d - x), threads together."""
    n = dh.size
    for part in prange(PARTS):
        _zeros(part * n // PARTS, (part + 1) * n // PARTS, dh, dl, w, field, anchors, offsets)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _reciprocals(dh, dl, ah, e, out):
    for r in range(dh.size):
        out[r] = 1.0 / difference(dh[r], dl[r], ah, e)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _dot(p, q):
    total = 0.0
    for r in range(p.size):
        total += p[r] * q[r]
    return total


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _dot_squares(p, q):
    total = 0.0
    for r in range(p.size):
        total += p[r] * (q[r] * q[r])
    return total


@njit(cache=True, error_model="numpy")
def _near_sums(p, q, dh, dl, w, products, a, eta, work, sums):
    """Add the sums over poles p … q-1 of the rows to ``sums`` and return Σ w/(d - x)²; the pole a is at -η exactly."""
    _reciprocals(dh[p:q], dl[p:q], dh[a], dl[a] + eta, work[: q - p])
    if p <= a < q:
        work[a - p] = -1.0 / eta
    for k in range(sums.size):
        sums[k] += _dot(products[k, p:q], work[: q - p])
    return _dot_squares(w[p:q], work[: q - p])


@njit(cache=True, error_model="numpy")
def _rows(first, last, dh, dl, w, products, strength, field, fars, anchors, offsets, out):
    """Fill the rows of the eigenvectors first … last-1, Σ f z/(d - x) over the norm, shape (n_rows, n)."""
    n, n_leaves = dh.size, field.near_begin.size - 1
    work, sums = np.empty(n), np.empty(len(products))
    for i in range(first, last):
        a, eta = anchors[i], offsets[i]
        sums[:] = 0.0
        if i == 0:
            square = _near_sums(0, n, dh, dl, w, products, a, eta, work, sums)
        else:
            leaf = leaf_of(i - 1, n, n_leaves)
            square = real_far(field, leaf, dh[a], dl[a] + eta)[1]
            for k in range(field.near_begin[leaf], field.near_begin[leaf + 1]):
                square += _near_sums(field.near[k, 0], field.near[k, 1], dh, dl, w, products, a, eta, work, sums)
            if fars.shape[1]:
                for k in range(sums.size):
                    of_row = Field(field.centre, field.radius, field.near_begin, field.near, fars[k])
                    sums[k] += real_far(of_row, leaf, dh[a], dl[a] + eta)[0]
        norm = math.sqrt(square / strength)
        for k in range(sums.size):
            out[k, i] = sums[k] / norm


@njit(cache=True, error_model="numpy", parallel=True)
def row_values(dh, dl, w, products, strength, field, fars, anchors, offsets, out):
    """Fill the same rows of all eigenvectors, threads together; ``fars`` (n_rows, n_leaves, order) are their fields."""
    n = dh.size
    for part in prange(PARTS):
        _rows(part * n // PARTS, (part + 1) * n // PARTS, dh, dl, w, products, strength, field, fars, anchors, offsets,
              out)


@njit(cache=True, error_model="numpy")
def _less(ah, al, bh, bl):
    return ah < bh or (ah == bh and al < bl)


@njit(cache=True, error_model="numpy")
def joined(d, rows, start, middle, stop, e):
    """Return eigenvalues, z and rows of two parts as one, in ascending order."""
    n = stop - start
    dd, z, out = np.empty((2, n)), np.empty(n), np.empty((rows.shape[0], n))
    i, j = start, middle
    turn = 1.0 if e < 0.0 else -1.0
    for k in range(n):
        if j >= stop or (i < middle and not _less(d[0, j], d[1, j], d[0, i], d[1, i])):
            r, z[k], out[0, k], out[1, k] = i, rows[1, i], rows[0, i], 0.0
            i += 1
        else:
            r, z[k], out[0, k], out[1, k] = j, turn * rows[0, j], 0.0, rows[1, j]
            j += 1
        dd[0, k], dd[1, k] = d[0, r], d[1, r]
        for q in range(2, rows.shape[0]):
            out[q, k] = rows[q, r]
    return dd, z, out


@njit(cache=True, error_model="numpy")
def coupled(d, z, rows, strength):
    """Return which modes feel the cut; of equal eigenvalues, all but the last are turned out of it, in place."""
    n = z.size
    scale = max(abs(d[0, 0]), abs(d[0, n - 1]))
    keep = np.empty(n, np.bool_)
    before = -1
    for k in range(n):
        keep[k] = strength * abs(z[k]) > COUPLING * scale
        if not keep[k]:
            continue
        if before >= 0 and difference(d[0, k], d[1, k], d[0, before], d[1, before]) <= EQUAL * scale:
            r = math.hypot(z[before], z[k])
            c, s = z[k] / r, z[before] / r
            for q in range(rows.shape[0]):
                f, g = rows[q, before], rows[q, k]
                rows[q, before], rows[q, k] = c * f - s * g, s * f + c * g
            z[before], z[k] = 0.0, r
            keep[before] = False
        before = k
    return keep


@njit(cache=True, error_model="numpy")
def place(d, rows, start, joint, joint_rows, keep, kept, anchors, offsets, values):
    """Write eigenvalues and rows of the whole over those of its parts, ascending."""
    n, m, k = keep.size, anchors.size, start
    i, j = 0, 0
    while j < n and keep[j]:
        j += 1
    h, low = 0.0, 0.0
    if m:
        h, low = add(kept[0, anchors[0]], kept[1, anchors[0]], offsets[0], 0.0)
    for k in range(start, start + n):
        if i < m and (j >= n or _less(h, low, joint[0, j], joint[1, j])):
            d[0, k], d[1, k] = h, low
            for q in range(rows.shape[0]):
                rows[q, k] = values[q, i]
            i += 1
            if i < m:
                h, low = add(kept[0, anchors[i]], kept[1, anchors[i]], offsets[i], 0.0)
        else:
            d[0, k], d[1, k] = joint[0, j], joint[1, j]
            for q in range(rows.shape[0]):
                rows[q, k] = joint_rows[q, j]
            j += 1
            while j < n and keep[j]:
                j += 1


@njit(cache=True, error_model="numpy")
def select(keep, d, z, rows):
    """Return the modes that feel the cut."""
    index = np.flatnonzero(keep)
    m = index.size
    dd, zz, products = np.empty((2, m)), np.empty(m), np.empty((rows.shape[0], m))
    for k in range(m):
        i = index[k]
        dd[0, k], dd[1, k], zz[k] = d[0, i], d[1, i], z[i]
        for q in range(rows.shape[0]):
            products[q, k] = rows[q, i] * z[i]
    return dd, zz, products


@njit(cache=True, error_model="numpy")
def _merge(d, rows, start, middle, stop, e):
    """Merge two neighbouring small parts in place, all terms summed."""
    strength = abs(e)
    joint, z, joint_rows = joined(d, rows, start, middle, stop, e)
    keep = coupled(joint, z, joint_rows, strength)
    kept, z, products = select(keep, joint, z, joint_rows)
    m = z.size
    w = strength * z * z
    near = np.zeros((1, 2), np.int64)
    near[0, 1] = m
    begin = np.zeros(2, np.int64)
    begin[1] = 1
    field = Field(np.zeros((2, 2)), np.ones(2), begin, near, np.zeros((0, 0)))
    anchors, offsets, values = np.empty(m, np.int64), np.empty(m), np.empty((rows.shape[0], m))
    _zeros(0, m, kept[0], kept[1], w, field, anchors, offsets)
    _rows(0, m, kept[0], kept[1], w, products, strength, field, np.zeros((0, 0, 0)), anchors, offsets, values)
    place(d, rows, start, joint, joint_rows, keep, kept, anchors, offsets, values)


@njit(cache=True, error_model="numpy", parallel=True)
def solve_blocks(diagonal, off, n_blocks, sites, d, rows):
    """Fill eigenvalues and rows of ``n_blocks`` parts of about equal size, each in one thread, all terms summed."""
    n = diagonal.size
    for block in prange(n_blocks):
        start, stop = block * n // n_blocks, (block + 1) * n // n_blocks
        size = stop - start
        n_leaves = 1
        while size // (2 * n_leaves) >= LEAST:
            n_leaves *= 2
        for i in range(n_leaves):
            solve_leaf(diagonal, off, d, rows, start + i * size // n_leaves, start + (i + 1) * size // n_leaves, sites)
        step = 1
        while step < n_leaves:
            for i in range(0, n_leaves, 2 * step):
                a, b, c = i * size // n_leaves, (i + step) * size // n_leaves, (i + 2 * step) * size // n_leaves
                _merge(d, rows, start + a, start + b, start + c, off[start + b - 1])
            step *= 2


@njit(cache=True, error_model="numpy")
def direct_move(dh, dl, w, a, eta):
    """Return the relative change of the offset of a zero by a Newton step with all terms summed."""
    below = real_powers(dh[:a], dl[:a], w[:a], dh[a], dl[a] + eta)
    above = real_powers(dh[a + 1 :], dl[a + 1 :], w[a + 1 :], dh[a], dl[a] + eta)
    h = 1.0 - below[0] - above[0]
    return abs((w[a] + eta * h) / (eta * (h - eta * (below[1] + above[1]))))
