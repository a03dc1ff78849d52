"""Eigenvalues of a tridiagonal matrix, and a few rows of its eigenvectors, by division: parts, and how they are joined.

A cut at the off-diagonal element e leaves diag(T₁, T₂) - |e| v vᵀ, v = (last unit vector of T₁, -sign(e) first of T₂),
if |e| is added to both diagonal elements beside it: a spring cut and replaced by two walls. With the eigenvalues d of
both parts and z = (last row of Q₁, -sign(e) first row of Q₂), those of the whole are the zeros of
1 - Σ |e| z²/(d - x).

Parts lie in place: ``d`` (2, n), double-doubles ascending within each part; ``rows`` (2 + n_vectors, n), the first and
the last row of the eigenvectors of the part, and products of the eigenvectors with what the vectors asked for (unit
vectors of sites, or others) have in the part.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.division import Merge, merged
from hotsprings.kernels.division_leaves import solve_leaf
from hotsprings.kernels.double_double import add, difference
from hotsprings.kernels.multipole import Field

COUPLING = 4e-16  # |e z| over the largest eigenvalue from which on a mode feels the cut
EQUAL = 1e-22  # distance of eigenvalues, over the largest, up to which they are taken as equal
LEAST = 16  # sites of a leaf: from this to twice this many


@njit(error_model="numpy", fastmath=False)
def _less(ah, al, bh, bl):
    return ah < bh or (ah == bh and al < bl)


@njit(error_model="numpy", fastmath=False, inline="always")
def _joined(d, rows, start, middle, stop, e):
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


@njit(error_model="numpy", fastmath=False, inline="always")
def _coupled(d, z, rows, strength, keep):
    """Fill which modes feel the cut, and return how many; of equal eigenvalues all but one are turned out of it."""
    n = z.size
    scale = max(abs(d[0, 0]), abs(d[0, n - 1]))
    before, count = -1, 0
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
            count -= 1
        before = k
        count += 1
    return count


@njit(error_model="numpy", fastmath=False)
def join(d, rows, start, middle, stop, e):
    """Return two parts as one: eigenvalues (2, n) and rows ascending, which modes feel the cut, d, w, f z of those."""
    joint, z, joint_rows = _joined(d, rows, start, middle, stop, e)
    keep = np.empty(stop - start, np.bool_)
    m, strength = _coupled(joint, z, joint_rows, abs(e), keep), abs(e)
    kept, w, products = np.empty((2, m)), np.empty(m), np.empty((rows.shape[0], m))
    k = 0
    for i in range(keep.size):
        if keep[i]:
            kept[0, k], kept[1, k], w[k] = joint[0, i], joint[1, i], strength * z[i] * z[i]
            for q in range(rows.shape[0]):
                products[q, k] = joint_rows[q, i] * z[i]
            k += 1
    return joint, joint_rows, keep, kept, w, products


@njit(error_model="numpy", fastmath=False)
def place(d, rows, start, joint, joint_rows, keep, kept, anchors, offsets, values):
    """Write eigenvalues and rows of the whole over those of its parts, ascending."""
    n, m = keep.size, anchors.size
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


@njit(error_model="numpy", fastmath=False, inline="always")
def _merge(d, rows, start, middle, stop, e):
    """Merge two neighbouring small parts in place, all terms summed."""
    joint, joint_rows, keep, kept, w, products = join(d, rows, start, middle, stop, e)
    m = w.size
    near, begin = np.zeros((1, 2), np.int64), np.zeros(2, np.int64)
    near[0, 1], begin[1] = m, 1
    field = Field(np.zeros((2, 2)), np.ones(2), begin, near, np.zeros((0, 0)))
    anchors, offsets, values = np.empty(m, np.int64), np.empty(m), np.empty((rows.shape[0], m))
    whole = Merge(kept[0], kept[1], w, products, abs(e), field, np.zeros((0, 0, 0)))
    merged(np.int64(0), m, whole, anchors, offsets, values)
    place(d, rows, start, joint, joint_rows, keep, kept, anchors, offsets, values)


@njit(error_model="numpy", fastmath=False)
def solve_blocks(first, last, diagonal, off, n_blocks, d, rows):
    """Fill eigenvalues and rows of the blocks first … last-1 of ``n_blocks`` of about equal size, all terms summed."""
    n = diagonal.size
    for block in range(first, last):
        start, stop = block * n // n_blocks, (block + 1) * n // n_blocks
        size = stop - start
        n_leaves = 1
        while size // (2 * n_leaves) >= LEAST:
            n_leaves *= 2
        for i in range(n_leaves):
            solve_leaf(diagonal, off, d, rows, start + i * size // n_leaves, start + (i + 1) * size // n_leaves)
        step = 1
        while step < n_leaves:
            for i in range(0, n_leaves, 2 * step):
                a, b, c = i * size // n_leaves, (i + step) * size // n_leaves, (i + 2 * step) * size // n_leaves
                _merge(d, rows, start + a, start + b, start + c, off[start + b - 1])
            step *= 2
