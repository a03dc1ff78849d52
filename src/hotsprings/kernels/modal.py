"""Zeros of det D(ω), D = 1 + iω Σ_j c_j c_jᵀ/(λ_j - x), x = ω²: a diagonal plus a low rank, many times over.

``products`` has one row for each element a ≤ b of c_a c_b over the poles, shape (n_b (n_b + 1)/2, n).
A zero is kept as the offset η = x - λ_anchor from a pole (anchor -1: from 0), and as ω = sqrt(x) on its branch.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit, prange

FAST = {"contract", "reassoc", "arcp", "nsz"}
TINY = 1e-150  # stands for pivots whose square would vanish
NEAR = 1e-6  # relative distance from which two zeros are told apart by their offsets


@njit(cache=True, error_model="numpy", fastmath=False)
def gaps_from(lam, anchor, eta_r, out):
    """Fill λ_j - x (real part) for x = λ_anchor + η."""
    base = lam[anchor] if anchor >= 0 else 0.0
    for j in range(lam.size):
        out[j] = (lam[j] - base) - eta_r


@njit(cache=True, error_model="numpy", fastmath=FAST)
def reciprocals(gap, eta_i, qr, qi):
    """Fill 1/(λ - x) and return its sum."""
    sr = si = 0.0
    for j in range(gap.size):
        n = 1.0 / (gap[j] * gap[j] + eta_i * eta_i)
        qr[j] = gap[j] * n
        qi[j] = eta_i * n
        sr += qr[j]
        si += qi[j]
    return sr, si


@njit(cache=True, error_model="numpy", fastmath=FAST)
def weighted(p, qr, qi):
    """Return Σ p q and Σ p q² as four doubles."""
    ar = ai = br = bi = 0.0
    for j in range(p.size):
        ar += p[j] * qr[j]
        ai += p[j] * qi[j]
        br += p[j] * (qr[j] * qr[j] - qi[j] * qi[j])
        bi += p[j] * (2.0 * qr[j] * qi[j])
    return ar, ai, br, bi


@njit(cache=True, error_model="numpy", fastmath=False)
def matrices(lam, products, n_b, anchor, eta, omega):
    """Return D, dD/dω and Σ_j 1/(λ_j - x)."""
    n = lam.size
    gap, qr, qi = np.empty(n), np.empty(n), np.empty(n)
    gaps_from(lam, anchor, eta.real, gap)
    sr, si = reciprocals(gap, eta.imag, qr, qi)
    d, slope = np.empty((n_b, n_b), np.complex128), np.empty((n_b, n_b), np.complex128)
    row = 0
    for a in range(n_b):
        for b in range(a, n_b):
            ar, ai, br, bi = weighted(products[row], qr, qi)
            first, second = complex(ar, ai), complex(br, bi)
            value = 1j * omega * first
            by = 1j * (first + 2.0 * omega * omega * second)
            d[a, b] = d[b, a] = value
            slope[a, b] = slope[b, a] = by
            row += 1
        d[a, a] += 1.0
    return d, slope, complex(sr, si)


@njit(cache=True, error_model="numpy", fastmath=False)
def over(a, b):
    """Return a/b of complex numbers; infinite where b is 0 (numba's own division raises)."""
    n = b.real * b.real + b.imag * b.imag
    if n == 0.0:
        return complex(math.inf, math.inf)
    return a * complex(b.real / n, -b.imag / n)


@njit(cache=True, error_model="numpy", fastmath=False)
def solve_in_place(a, b):
    """Overwrite b with a⁻¹ b, by elimination with partial pivoting; return the smallest pivot's modulus."""
    n = a.shape[0]
    smallest = math.inf
    for k in range(n):
        best, size = k, abs(a[k, k])
        for i in range(k + 1, n):
            if abs(a[i, k]) > size:
                best, size = i, abs(a[i, k])
        if best != k:
            for j in range(n):
                a[k, j], a[best, j] = a[best, j], a[k, j]
            for j in range(b.shape[1]):
                b[k, j], b[best, j] = b[best, j], b[k, j]
        if size < TINY:
            a[k, k] = TINY + 0.0j
        smallest = min(smallest, size)
        for i in range(k + 1, n):
            f = over(a[i, k], a[k, k])
            if f != 0.0:
                for j in range(k + 1, n):
                    a[i, j] -= f * a[k, j]
                for j in range(b.shape[1]):
                    b[i, j] -= f * b[k, j]
    for j in range(b.shape[1]):
        for i in range(n - 1, -1, -1):
            t = b[i, j]
            for k in range(i + 1, n):
                t -= a[i, k] * b[k, j]
            b[i, j] = over(t, a[i, i])
    return smallest


@njit(cache=True, error_model="numpy", fastmath=FAST)
def repulsion(wr, wi, re, im, near):
    """Return Σ_l 1/(ω - ω_l) over distances above ``near``."""
    sr = si = 0.0
    for m in range(re.size):
        a, b = wr - re[m], wi - im[m]
        n = a * a + b * b
        q = 0.0 if n <= near * near else 1.0 / n
        sr += a * q
        si -= b * q
    return sr, si


@njit(cache=True, error_model="numpy", fastmath=False)
def close_repulsion(lam, anchors, etas, omegas, i, near):
    """Return the same over distances up to ``near``, which their offsets from poles still tell apart."""
    total = 0.0j
    w = omegas[i]
    base = lam[anchors[i]] if anchors[i] >= 0 else 0.0
    for m in range(omegas.size):
        if abs(w.real - omegas[m].real) <= near and abs(w - omegas[m]) <= near and m != i:
            other = lam[anchors[m]] if anchors[m] >= 0 else 0.0
            apart = complex((base - other) + (etas[i].real - etas[m].real), etas[i].imag - etas[m].imag)
            q = over(w + omegas[m], apart)
            if math.isfinite(q.real) and math.isfinite(q.imag):
                total += q
    return total


@njit(cache=True, error_model="numpy", fastmath=False)
def reanchor(lam, anchor, eta):
    """Return the pole nearest to x = λ_anchor + η (-1: none is as near as 0) and the offset from it."""
    a = anchor
    if a < 0:
        if abs(eta) <= abs(eta - lam[0]):
            return -1, eta
        a, eta = 0, eta - lam[0]
    while a + 1 < lam.size and abs((lam[a + 1] - lam[a]) - eta) < abs(eta):
        eta -= lam[a + 1] - lam[a]
        a += 1
    while a > 0 and abs((lam[a - 1] - lam[a]) - eta) < abs(eta):
        eta -= lam[a - 1] - lam[a]
        a -= 1
    if a == 0 and abs(lam[0] + eta) < abs(eta):
        return -1, lam[0] + eta
    return a, eta


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def sweep(lam, products, n_b, n_zero, todo, anchors, etas, omegas, moves):
    """Fill the Ehrlich-Aberth correction of each zero in ``todo`` (all from the same old positions)."""
    re, im = omegas.real.copy(), omegas.imag.copy()
    for t in prange(todo.size):
        i = todo[t]
        w = omegas[i]
        d, slope, plain = matrices(lam, products, n_b, anchors[i], etas[i], w)
        solve_in_place(d, slope)
        trace = 0.0j
        for a in range(n_b):
            trace += slope[a, a]
        near = NEAR * abs(w)
        sr, si = repulsion(w.real, w.imag, re, im, near)
        total = trace - 2.0 * w * plain - complex(sr, si) - close_repulsion(lam, anchors, etas, omegas, i, near)
        if n_zero > 0:
            total -= n_zero * over(1.0 + 0.0j, w)
        moves[i] = over(-1.0 + 0.0j, total)


@njit(cache=True, error_model="numpy", fastmath=False)
def apply_moves(lam, todo, anchors, etas, omegas, moves, last, limit):
    """Move the zeros, keep their offsets to full relative accuracy, and fill the relative size of each move."""
    for t in range(todo.size):
        i = todo[t]
        w, m = omegas[i], moves[i]
        if not (math.isfinite(m.real) and math.isfinite(m.imag)):
            m = 1e-3 * (0.6 + 0.8j) * (abs(w) + 1e-30)
        if abs(m) > limit * abs(w) and abs(w) > 0.0:
            m *= limit * abs(w) / abs(m)
        new = w + m
        eta = etas[i] + m * (2.0 * w + m)
        last[i] = abs(m * (2.0 * w + m)) / abs(eta) if eta != 0.0 else 1.0
        anchors[i], etas[i] = reanchor(lam, anchors[i], eta)
        omegas[i] = branch(lam, anchors[i], etas[i], new)


@njit(cache=True, error_model="numpy", fastmath=False)
def branch(lam, anchor, eta, guess):
    """Return the square root of λ_anchor + η nearer to the guess."""
    root = np.sqrt((lam[anchor] if anchor >= 0 else 0.0) + eta)
    return root if abs(root - guess) <= abs(root + guess) else -root


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def null_vectors(lam, products, n_b, anchors, etas, omegas, vectors, slopes, mirrored):
    """Fill y (D y = 0), yᵀ D' y and (2 - D)⁻¹ at each zero."""
    for i in prange(omegas.size):
        d, slope, _ = matrices(lam, products, n_b, anchors[i], etas[i], omegas[i])
        y = np.ones((n_b, 1), np.complex128)
        for a in range(n_b):
            y[a, 0] = 1.0 + 0.37 * a
        for _ in range(3):
            copy = d.copy()
            solve_in_place(copy, y)
            size = 0.0
            for a in range(n_b):
                size = max(size, abs(y[a, 0]))
            if not (0.0 < size < math.inf):
                break
            for a in range(n_b):
                y[a, 0] *= 1.0 / size
        quadratic = 0.0j
        for a in range(n_b):
            for b in range(n_b):
                quadratic += y[a, 0] * slope[a, b] * y[b, 0]
            vectors[i, a] = y[a, 0]
        slopes[i] = quadratic
        inverse = np.eye(n_b) + 0.0j
        for a in range(n_b):
            for b in range(n_b):
                d[a, b] = (2.0 if a == b else 0.0) - d[a, b]
        solve_in_place(d, inverse)
        mirrored[i] = inverse


@njit(cache=True, error_model="numpy", fastmath=FAST)
def dot(p, q):
    """Return Σ p q."""
    total = 0.0
    for j in range(p.size):
        total += p[j] * q[j]
    return total


@njit(cache=True, error_model="numpy", fastmath=False)
def nearest_block(lam, x):
    """Return the run of equal poles nearest to x, as start and stop."""
    best = 0
    lo, hi = 0, lam.size
    while lo < hi:
        mid = (lo + hi) // 2
        if lam[mid] < x:
            lo = mid + 1
        else:
            hi = mid
    best = min(lo, lam.size - 1)
    if lo > 0 and x - lam[lo - 1] < abs(lam[best] - x):
        best = lo - 1
    start, stop = best, best + 1
    while start > 0 and lam[start - 1] == lam[best]:
        start -= 1
    while stop < lam.size and lam[stop] == lam[best]:
        stop += 1
    return start, stop


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def response(lam, coupling, products, f, g, omegas, times_omega, out):
    """Fill fᵀ [(λ - ω²) + iω C Cᵀ]⁻¹ g over modes (times ω if asked), C the couplings (n_b, n), for real ω.

    The run of poles nearest to ω² is eliminated last, so that nothing cancels beside it.
    """
    n_b, n = coupling.shape
    for t in prange(omegas.size):
        w = omegas[t]
        x = w * w
        start, stop = nearest_block(lam, x)
        q = np.empty(n)
        for j in range(n):
            q[j] = 0.0 if start <= j < stop else 1.0 / (lam[j] - x)
        d = np.empty((n_b, n_b), np.complex128)
        row = 0
        for a in range(n_b):
            for b in range(a, n_b):
                d[a, b] = d[b, a] = 1j * w * dot(products[row], q)
                row += 1
            d[a, a] += 1.0
        m = stop - start
        # right-hand sides: what g and the modes of the run do to the baths
        rhs = np.empty((n_b, 1 + m), np.complex128)
        fb = np.empty(n_b)
        for a in range(n_b):
            fq = q * f
            fb[a] = dot(coupling[a], fq)
            rhs[a, 0] = dot(coupling[a], q * g)
            for k in range(m):
                rhs[a, 1 + k] = coupling[a, start + k]
        solve_in_place(d, rhs)
        total = complex(dot(f * q, g), 0.0)
        for a in range(n_b):
            total -= 1j * w * fb[a] * rhs[a, 0]
        block = np.zeros((m, m), np.complex128)
        right = np.empty((m, 1), np.complex128)
        left = np.empty(m, np.complex128)
        free = times_omega and lam[start] == 0.0
        for k in range(m):
            block[k, k] = -w if free else lam[start] - x
            right[k, 0] = g[start + k]
            left[k] = f[start + k]
            for a in range(n_b):
                right[k, 0] -= 1j * w * coupling[a, start + k] * rhs[a, 0]
                left[k] -= 1j * w * fb[a] * rhs[a, 1 + k]
                for h in range(m):
                    block[k, h] += (1j if free else 1j * w) * coupling[a, start + k] * rhs[a, 1 + h]
        solve_in_place(block, right)
        tail = 0.0j
        for k in range(m):
            tail += left[k] * right[k, 0]
        if free:
            out[t] = w * total + tail
        else:
            out[t] = w * (total + tail) if times_omega else total + tail


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def dressed_damping(lam, coupling, products, out):
    """Fill c_jᵀ D_j⁻¹ c_j, D_j without the run of poles equal to λ_j, at ω² = λ_j: how strongly each mode is damped."""
    n_b, n = coupling.shape
    for i in prange(n):
        w = math.sqrt(lam[i])
        start, stop = nearest_block(lam, lam[i])
        q = np.empty(n)
        for j in range(n):
            q[j] = 0.0 if start <= j < stop else 1.0 / (lam[j] - lam[i])
        d = np.empty((n_b, n_b), np.complex128)
        c = np.empty((n_b, 1), np.complex128)
        row = 0
        for a in range(n_b):
            c[a, 0] = coupling[a, i]
            for b in range(a, n_b):
                d[a, b] = d[b, a] = 1j * w * dot(products[row], q)
                row += 1
            d[a, a] += 1.0
        solve_in_place(d, c)
        total = 0.0j
        for a in range(n_b):
            total += coupling[a, i] * c[a, 0]
        out[i] = total


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def row_sums(lam, pairs, n_rows, n_b, anchors, etas, vectors, mirrored, factors, out):
    """Fill Re Σ over one zero of factor_a (S y)_r (S P)_ra, S_rb = Σ_j φ_rj c_bj/(λ_j - x), for few rows r.

    ``pairs`` are the products φ_rj c_bj, shape (n_rows n_b, n); ``out`` is (zeros, n_rows, n_b).
    """
    n = lam.size
    for k in prange(etas.size):
        gap, qr, qi = np.empty(n), np.empty(n), np.empty(n)
        gaps_from(lam, anchors[k], etas[k].real, gap)
        reciprocals(gap, etas[k].imag, qr, qi)
        for r in range(n_rows):
            left = 0.0j
            s = np.empty(n_b, np.complex128)
            for b in range(n_b):
                s[b] = complex(dot(pairs[r * n_b + b], qr), dot(pairs[r * n_b + b], qi))
                left += s[b] * vectors[k, b]
            for a in range(n_b):
                right = 0.0j
                for b in range(n_b):
                    right += s[b] * mirrored[k, b, a]
                out[k, r, a] = (left * right * factors[k, a]).real
