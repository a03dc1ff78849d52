"""Zeros of det D(ω), D = 1 + iω Σ_j c_j c_jᵀ/(λ_j - x), x = ω², for very many modes: all sums through the tree.

A zero is kept as the nearest pole, the complex offset η of x from it, and ω = sqrt(x) on its branch. In a leaf the
far modes are a polynomial, where the zero is no broader than ``BROAD`` of its radius; any other zero walks down the
tree from the root. Zeros are pushed apart by their neighbours (Ehrlich-Aberth with a window): poles and zeros further
away come in pairs and cancel, and what is left of them has no zeros there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from hotsprings.kernels.double_double import difference
from hotsprings.kernels.gaps import BROAD
from hotsprings.kernels.modal import over, solve_in_place
from hotsprings.kernels.multipole import NODES, ORDER, SEPARATION, Field, complex_far, leaf_of

FAST = {"contract", "reassoc", "arcp", "nsz"}
PARTS = 64  # shares of a loop that threads take
AWAY = 1.0 + 2.0 * SEPARATION  # radii between a point and the centre of a node that is far from it
CLOSE = 1e-6  # relative distance from which zeros are told apart by their offsets


class Modes(NamedTuple):
    """Modes in a tree: what the sums at any x are made of.

    ``high``, ``low`` (n,): λ as double-doubles, ascending; ``coupling`` (n_baths, n); ``products`` (n_pairs + 1, n):
    c_a c_b for a ≤ b, and ones; ``centre``, ``radius``, ``near_begin``, ``near``: the leaves, and what is near, as in
    Field; ``fars`` (n_pairs, n_leaves, order): polynomials of what is far; ``charges`` (n_pairs + 1, 2 n_leaves,
    order): on the Chebyshev nodes of every node; ``widest``: most modes near a leaf.
    """

    high: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    coupling: npt.NDArray[np.float64]
    products: npt.NDArray[np.float64]
    centre: npt.NDArray[np.float64]
    radius: npt.NDArray[np.float64]
    near_begin: npt.NDArray[np.int64]
    near: npt.NDArray[np.int64]
    fars: npt.NDArray[np.float64]
    charges: npt.NDArray[np.float64]
    widest: int


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _inverse(high, low, ah, e, y, qr, qi):
    """Fill 1/(λ - x), x = ah + e + iy; 0 at x itself."""
    for r in range(high.size):
        t = difference(high[r], low[r], ah, e)
        n = t * t + y * y
        inverse = 1.0 / n if n > 0.0 else 0.0
        qr[r] = t * inverse
        qi[r] = y * inverse


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _weighted(p, qr, qi):
    """Return Σ p q and Σ p q² as four doubles."""
    ar = ai = br = bi = 0.0
    for r in range(p.size):
        ar += p[r] * qr[r]
        ai += p[r] * qi[r]
        br += p[r] * (qr[r] * qr[r] - qi[r] * qi[r])
        bi += p[r] * (2.0 * qr[r] * qi[r])
    return ar, ai, br, bi


@njit(cache=True, error_model="numpy")
def _near(modes, p, q, a, eta, work, first, second):
    """Add the sums over modes p … q-1."""
    qr, qi = work[0, : q - p], work[1, : q - p]
    _inverse(modes.high[p:q], modes.low[p:q], modes.high[a], modes.low[a] + eta.real, eta.imag, qr, qi)
    for k in range(first.size):
        ar, ai, br, bi = _weighted(modes.products[k, p:q], qr, qi)
        first[k] += complex(ar, ai)
        second[k] += complex(br, bi)


@njit(cache=True, error_model="numpy")
def _descend(modes, a, eta, work, first, second):
    """Add all sums, walking down the tree."""
    n, n_leaves = modes.high.size, modes.radius.size // 2
    stack = np.empty(128, np.int64)
    stack[0], top = 1, 1
    qr, qi = np.empty(ORDER), np.empty(ORDER)
    while top > 0:
        top -= 1
        node = stack[top]
        x = difference(modes.high[a], modes.low[a], modes.centre[0, node], modes.centre[1, node]) + eta.real
        radius = modes.radius[node]
        if math.hypot(x, eta.imag) >= AWAY * radius:
            for j in range(ORDER):
                t = radius * NODES[j] - x
                inverse = 1.0 / (t * t + eta.imag * eta.imag)
                qr[j], qi[j] = t * inverse, eta.imag * inverse
            for k in range(first.size):
                ar, ai, br, bi = _weighted(modes.charges[k, node], qr, qi)
                first[k] += complex(ar, ai)
                second[k] += complex(br, bi)
        elif node >= n_leaves:
            leaf = node - n_leaves
            _near(modes, leaf * n // n_leaves, (leaf + 1) * n // n_leaves, a, eta, work, first, second)
        else:
            stack[top], stack[top + 1] = 2 * node, 2 * node + 1
            top += 2


@njit(cache=True, error_model="numpy")
def sums(modes, a, eta, work, first, second):
    """Fill Σ p/(λ - x) and Σ p/(λ - x)² of the first rows of the products at x = λ_a + η."""
    first[:] = 0.0
    second[:] = 0.0
    n, n_leaves = modes.high.size, modes.near_begin.size - 1
    place = a if eta.real >= 0.0 else a - 1
    leaf = leaf_of(max(place, 0), n, n_leaves)
    if modes.fars.shape[1] == 0:
        _near(modes, 0, n, a, eta, work, first, second)
    elif (first.size > len(modes.fars) or place < 0 or (place == n - 1 and eta.real > 0.0)
          or abs(eta.imag) > BROAD * modes.radius[n_leaves + leaf]):
        _descend(modes, a, eta, work, first, second)
    else:
        for k in range(modes.near_begin[leaf], modes.near_begin[leaf + 1]):
            _near(modes, modes.near[k, 0], modes.near[k, 1], a, eta, work, first, second)
        for k in range(first.size):
            row = Field(modes.centre, modes.radius, modes.near_begin, modes.near, modes.fars[k])
            f = complex_far(row, leaf, modes.high[a], modes.low[a] + eta.real, eta.imag)
            first[k] += complex(f[0], f[1])
            second[k] += complex(f[2], f[3])


@njit(cache=True, error_model="numpy")
def fill(first, second, omega, d, slope):
    """Fill D and dD/dω from the sums over modes."""
    row = 0
    for a in range(len(d)):
        for b in range(a, len(d)):
            d[a, b] = d[b, a] = 1j * omega * first[row]
            slope[a, b] = slope[b, a] = 1j * (first[row] + 2.0 * omega * omega * second[row])
            row += 1
        d[a, a] += 1.0


@njit(cache=True, error_model="numpy")
def _trace(d, slope):
    """Return tr D⁻¹ D', d and slope are used up."""
    solve_in_place(d, slope)
    total = 0.0j
    for a in range(len(d)):
        total += slope[a, a]
    return total


@njit(cache=True, error_model="numpy", parallel=True)
def starts(modes, offsets):
    """Fill iω c_jᵀ D_j⁻¹ c_j, D_j without the mode itself, at ω² = λ_j > 0."""
    n_b, n = modes.coupling.shape
    pairs = n_b * (n_b + 1) // 2
    for part in prange(PARTS):
        work = np.empty((2, modes.widest))
        first, second = np.empty(pairs, np.complex128), np.empty(pairs, np.complex128)
        d, slope = np.empty((n_b, n_b), np.complex128), np.empty((n_b, n_b), np.complex128)
        c = np.empty((n_b, 1), np.complex128)
        for i in range(part * n // PARTS, (part + 1) * n // PARTS):
            omega = math.sqrt(max(modes.high[i], 0.0))
            sums(modes, i, 0.0j, work, first, second)
            fill(first, second, omega + 0.0j, d, slope)
            for a in range(n_b):
                c[a, 0] = modes.coupling[a, i]
            solve_in_place(d, c)
            total = 0.0j
            for a in range(n_b):
                total += modes.coupling[a, i] * c[a, 0]
            offsets[i] = 1j * omega * total


@njit(cache=True, error_model="numpy")
def _apart(modes, anchors, offsets, i, k):
    """Return x_i - x_k."""
    a, b = anchors[i], anchors[k]
    base = difference(modes.high[a], modes.low[a], modes.high[b], modes.low[b])
    return complex(base + (offsets[i].real - offsets[k].real), offsets[i].imag - offsets[k].imag)


@njit(cache=True, error_model="numpy")
def _window(modes, window, anchors, offsets, known, i):
    """Return Σ 1/(x - λ) - Σ 1/(x - x_k) over the modes and the other zeros near by."""
    a, eta = anchors[i], offsets[i]
    total = 0.0j
    for r in range(max(0, i - window), min(anchors.size, i + window + 1)):
        base = difference(modes.high[a], modes.low[a], modes.high[r], modes.low[r])
        total += over(1.0 + 0.0j, complex(base + eta.real, eta.imag))
        if r != i and known[r]:
            q = over(1.0 + 0.0j, _apart(modes, anchors, offsets, i, r))
            if math.isfinite(q.real) and math.isfinite(q.imag):
                total -= q
    return total


@njit(cache=True, error_model="numpy", parallel=True)
def sweep(modes, window, todo, known, anchors, offsets, omegas, moves):
    """Fill the correction of each zero in ``todo``, pushed away by the zeros ``known`` among its neighbours."""
    n_b = len(modes.coupling)
    pairs = n_b * (n_b + 1) // 2
    for part in prange(PARTS):
        work = np.empty((2, modes.widest))
        first, second = np.empty(pairs, np.complex128), np.empty(pairs, np.complex128)
        d, slope = np.empty((n_b, n_b), np.complex128), np.empty((n_b, n_b), np.complex128)
        for t in range(part * todo.size // PARTS, (part + 1) * todo.size // PARTS):
            i = todo[t]
            w = omegas[i]
            sums(modes, anchors[i], offsets[i], work, first, second)
            fill(first, second, w, d, slope)
            total = _trace(d, slope) + 2.0 * w * _window(modes, window, anchors, offsets, known, i)
            moves[i] = over(-1.0 + 0.0j, total)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _repulsion(wr, wi, re, im):
    """Return Σ_l 1/(ω - ω_l) + 1/(ω + ω_l*)."""
    sr = si = 0.0
    for m in range(re.size):
        b = wi - im[m]
        for sign in (1.0, -1.0):
            a = wr - sign * re[m]
            n = a * a + b * b
            q = 1.0 / n if n > 0.0 else 0.0
            sr += a * q
            si -= b * q
    return sr, si


@njit(cache=True, error_model="numpy", parallel=True)
def full_sweep(modes, re, im, n_free, todo, anchors, offsets, omegas, moves):
    """Fill the correction of each of few zeros in ``todo``, pushed away by all: re + i im, their mirrors, others."""
    n_b = len(modes.coupling)
    pairs = n_b * (n_b + 1) // 2
    for t in prange(todo.size):
        work = np.empty((2, modes.widest))
        first, second = np.empty(pairs + 1, np.complex128), np.empty(pairs + 1, np.complex128)
        d, slope = np.empty((n_b, n_b), np.complex128), np.empty((n_b, n_b), np.complex128)
        i = todo[t]
        w = omegas[i]
        sums(modes, anchors[i], offsets[i], work, first, second)
        fill(first, second, w, d, slope)
        sr, si = _repulsion(w.real, w.imag, re, im)
        total = _trace(d, slope) - 2.0 * w * first[pairs] - complex(sr, si)
        if n_free > 0:
            total -= n_free * over(1.0 + 0.0j, w)
        for k in range(omegas.size):
            if k != i:
                apart = w - omegas[k]
                if abs(apart) <= CLOSE * abs(w):
                    apart = over(_apart(modes, anchors, offsets, i, k), w + omegas[k])
                q = over(1.0 + 0.0j, apart)
                if math.isfinite(q.real) and math.isfinite(q.imag):
                    total -= q
        moves[i] = over(-1.0 + 0.0j, total)


@njit(cache=True, error_model="numpy")
def _anchored(modes, a, eta):
    """Return the pole nearest to λ_a + η, and the offset from it."""
    n = modes.high.size
    while a + 1 < n:
        gap = difference(modes.high[a + 1], modes.low[a + 1], modes.high[a], modes.low[a])
        if not eta.real > 0.5 * gap:
            break
        eta -= gap
        a += 1
    while a > 0:
        gap = difference(modes.high[a], modes.low[a], modes.high[a - 1], modes.low[a - 1])
        if not eta.real < -0.5 * gap:
            break
        eta += gap
        a -= 1
    return a, eta


@njit(cache=True, error_model="numpy")
def apply_moves(modes, todo, limits, anchors, offsets, omegas, moves, last):
    """Move the zeros, each by at most its limit in x, and fill the relative size of each move of an offset."""
    for t in range(todo.size):
        i = todo[t]
        w, m = omegas[i], moves[i]
        if not (math.isfinite(m.real) and math.isfinite(m.imag)):
            m = 1e-3 * (0.6 + 0.8j) * (abs(w) + 1e-30)
        m *= min(1.0, 0.5 * abs(w) / abs(m)) if m != 0.0 else 1.0
        by = m * (2.0 * w + m)
        if abs(by) > limits[i]:
            m *= limits[i] / abs(by)
            by = m * (2.0 * w + m)
        eta = offsets[i] + by
        last[i] = abs(by) / abs(eta) if eta != 0.0 else 1.0
        anchors[i], offsets[i] = _anchored(modes, anchors[i], eta)
        x = complex(modes.high[anchors[i]] + (modes.low[anchors[i]] + offsets[i].real), offsets[i].imag)
        root = np.sqrt(x)
        omegas[i] = root if abs(root - (w + m)) <= abs(root + (w + m)) else -root


@njit(cache=True, error_model="numpy")
def _null_vector(d, y):
    """Fill y with D y = 0 by inverse iteration."""
    n_b = len(d)
    for a in range(n_b):
        y[a, 0] = 1.0 + 0.37 * a
    for _ in range(3):
        solve_in_place(d.copy(), y)
        size = 0.0
        for a in range(n_b):
            size = max(size, abs(y[a, 0]))
        if not 0.0 < size < math.inf:
            return
        for a in range(n_b):
            y[a, 0] *= 1.0 / size


@njit(cache=True, error_model="numpy", parallel=True)
def null_vectors(modes, first_row, last_row, anchors, offsets, omegas, matrices, vectors, slopes, mirrored):
    """Fill D, y (D y = 0, y zero but for rows first_row … last_row-1), yᵀ D' y and (2 - D)⁻¹ at each zero."""
    n_b, n = len(modes.coupling), omegas.size
    pairs = n_b * (n_b + 1) // 2
    for part in prange(PARTS):
        work = np.empty((2, modes.widest))
        first, second = np.empty(pairs, np.complex128), np.empty(pairs, np.complex128)
        slope, y = np.empty((n_b, n_b), np.complex128), np.empty((last_row - first_row, 1), np.complex128)
        for i in range(part * n // PARTS, (part + 1) * n // PARTS):
            d = matrices[i]
            a, eta = _anchored(modes, anchors[i], offsets[i])
            sums(modes, a, eta, work, first, second)
            fill(first, second, omegas[i], d, slope)
            _null_vector(d[first_row:last_row, first_row:last_row], y)
            quadratic = 0.0j
            vectors[i, :] = 0.0
            for k in range(first_row, last_row):
                vectors[i, k] = y[k - first_row, 0]
                for q in range(first_row, last_row):
                    quadratic += y[k - first_row, 0] * slope[k, q] * y[q - first_row, 0]
            slopes[i] = quadratic
            rest, inverse = -d, np.eye(n_b) + 0.0j
            for k in range(n_b):
                rest[k, k] += 2.0
            solve_in_place(rest, inverse)
            mirrored[i] = inverse


@njit(cache=True, error_model="numpy", parallel=True)
def direct_moves(modes, anchors, offsets, omegas, moves):
    """Fill the relative change of each offset by a Newton step with all modes summed."""
    n_b, n = modes.coupling.shape
    pairs = n_b * (n_b + 1) // 2
    for i in prange(omegas.size):
        work, first, second = np.empty((2, n)), np.zeros(pairs, np.complex128), np.zeros(pairs, np.complex128)
        d, slope = np.empty((n_b, n_b), np.complex128), np.empty((n_b, n_b), np.complex128)
        a, eta, w = anchors[i], offsets[i], omegas[i]
        _near(modes, 0, n, a, eta, work, first, second)
        fill(first, second, w, d, slope)
        moves[i] = abs(over(2.0 * w, eta * (_trace(d, slope) + over(2.0 * w, eta))))
