"""Zeros of det D(ω), D = 1 + iωE + iω Σ_j c_j c_jᵀ/(λ_j - x), x = ω²: a diagonal plus a low rank, many times over.

``memory`` is the diagonal of E, 1/ω_D of each bath, 0 of white noise; ``products`` has one row for each element a ≤ b
of c_a c_b over the poles, shape (n_b (n_b + 1)/2, n).
A zero is kept as the offset η = x - λ_anchor from a pole (anchor -1: from 0), and as ω = sqrt(x) on its branch.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.arrays import floats, waves, zero_waves
from hotsprings.kernels.compiled import apart, njit, prange
from hotsprings.kernels.lanes import Lane, lane_sums
from hotsprings.kernels.scalars import higher, lower

TINY = 1e-150  # stands for pivots whose square would vanish
FAIR = 1e-9  # part of an element beyond which what its elimination lost is not of first order: it is done once more
UNIT = 2.0**-52
NEAR = 1e-6  # relative distance from which two zeros are told apart by their offsets


@njit(cache=True, error_model="numpy", fastmath=False)
def gaps_from(lam, anchor, eta_r, out):
    """Fill λ_j - x (real part) for x = λ_anchor + η."""
    base = lam[anchor] if anchor >= 0 else 0.0
    for j in range(lam.size):
        out[j] = (lam[j] - base) - eta_r


def _reciprocal_terms(qr: Lane, qi: Lane, gap: Lane, eta_i: Lane) -> tuple[Lane, Lane, Lane, Lane]:
    n = 1.0 / gap.fma(gap, eta_i * eta_i)
    a, b = gap * n, eta_i * n
    return a, b, a, b


_reciprocals = lane_sums(_reciprocal_terms, stores=2)


@njit(cache=True, error_model="numpy", fastmath=False)
def reciprocals(gap, eta_i, qr, qi):
    """Fill 1/(λ - x) and return its sum."""
    return _reciprocals((qr, qi, gap), 0, gap.size, (eta_i,))


@lane_sums
def _weighted_terms(p: Lane, qr: Lane, qi: Lane) -> tuple[Lane, Lane, Lane, Lane]:
    ar, ai = p * qr, p * qi
    return ar, ai, ar.fma(qr, -(ai * qi)), (ar + ar) * qi


@njit(cache=True, error_model="numpy", fastmath=False)
def weighted(p, qr, qi):
    """Return Σ p q and Σ p q² as four doubles."""
    return _weighted_terms((p, qr, qi), 0, p.size, ())


@njit(cache=True, error_model="numpy", fastmath=False)
def matrices(lam, products, memory, anchor, eta, omega):
    """Return D, dD/dω and Σ_j 1/(λ_j - x)."""
    n, n_b = lam.size, memory.size
    d, slope = waves((n_b, n_b)), waves((n_b, n_b))
    plain = fill_matrices(lam, products, anchor, eta, omega, floats(n), floats(n), floats(n), d, slope)
    for a in range(n_b):
        d[a, a] += 1j * omega * memory[a]
        slope[a, a] += 1j * memory[a]
    return d, slope, plain


@njit(cache=True, error_model="numpy", fastmath=False)
def fill_matrices(lam, products, anchor, eta, omega, gap, qr, qi, d, slope):
    """Fill λ_j - x, 1/(λ_j - x), D and dD/dω of baths without memory; return Σ_j 1/(λ_j - x)."""
    n_b, row = d.shape[0], 0
    gaps_from(lam, anchor, eta.real, gap)
    sr, si = reciprocals(gap, eta.imag, qr, qi)
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
    return complex(sr, si)


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
    apart()
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
        smallest = lower(smallest, size)
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


@lane_sums
def _repulsion_terms(re: Lane, im: Lane, wr: Lane, wi: Lane, least: Lane) -> tuple[Lane, Lane]:
    a, b = wr - re, im - wi
    n = a.fma(a, b * b)
    q = n.above(least, 1.0 / n)
    return a * q, b * q


@njit(cache=True, error_model="numpy", fastmath=False)
def repulsion(wr, wi, re, im, near):
    """Return Σ_l 1/(ω - ω_l) over distances above ``near``."""
    return _repulsion_terms((re, im), 0, re.size, (wr, wi, near * near))


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
    """Return the pole nearest to λ_anchor + η, of equal ones the lowest (-1: none is as near as 0), and the offset."""
    a = anchor
    if a < 0:
        if abs(eta) <= abs(eta - lam[0]):
            return -1, eta
        a, eta = 0, eta - lam[0]
    while a + 1 < lam.size and abs((lam[a + 1] - lam[a]) - eta) <= abs(eta):
        eta -= lam[a + 1] - lam[a]
        a += 1
    while a > 0 and abs((lam[a - 1] - lam[a]) - eta) <= abs(eta):
        eta -= lam[a - 1] - lam[a]
        a -= 1
    if a == 0 and abs(lam[0] + eta) < abs(eta):
        return -1, lam[0] + eta
    return a, eta


@njit(cache=True, error_model="numpy", fastmath=False)
def correction(lam, n_zero, i, anchors, etas, omegas, re, im, slope):
    """Return the Ehrlich-Aberth correction of a zero; ``slope`` is tr D⁻¹ D' - 2ω Σ 1/(λ - x), re and im all zeros."""
    w = omegas[i]
    near = NEAR * abs(w)
    sr, si = repulsion(w.real, w.imag, re, im, near)
    total = slope - complex(sr, si) - close_repulsion(lam, anchors, etas, omegas, i, near)
    if n_zero > 0:
        total -= n_zero * over(1.0 + 0.0j, w)
    return over(-1.0 + 0.0j, total)


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def sweep(lam, products, memory, n_zero, todo, anchors, etas, omegas, others, moves):
    """Fill the correction of each zero in ``todo``, all from the same old positions; ``others``: all, mirrors too."""
    re, im = others.real.copy(), others.imag.copy()
    for t in prange(todo.size):
        i = todo[t]
        d, slope, plain = matrices(lam, products, memory, anchors[i], etas[i], omegas[i])
        solve_in_place(d, slope)
        trace = 0.0j
        for a in range(memory.size):
            trace += slope[a, a]
        moves[i] = correction(lam, n_zero, i, anchors, etas, omegas, re, im, trace - 2.0 * omegas[i] * plain)


@njit(cache=True, error_model="numpy", fastmath=False)
def corrections(lam, n_zero, todo, anchors, etas, omegas, others, slopes, moves):
    """Fill the same where the derivatives of log det D are known, (todo.size,)."""
    re, im = others.real.copy(), others.imag.copy()
    for t in range(todo.size):
        moves[todo[t]] = correction(lam, n_zero, todo[t], anchors, etas, omegas, re, im, slopes[t])


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
def null_vectors(lam, products, memory, anchors, etas, omegas, vectors, slopes, mirrored):
    """Fill y (D y = 0), yᵀ D' y and (2 - D)⁻¹ at each zero."""
    n_b = memory.size
    for i in prange(omegas.size):
        d, slope, _ = matrices(lam, products, memory, anchors[i], etas[i], omegas[i])
        y, copy, inverse = waves((n_b, 1)), waves((n_b, n_b)), waves((n_b, n_b))
        for a in range(n_b):
            y[a, 0] = 1.0 + 0.37 * a
        for _ in range(3):
            for a in range(n_b):
                for b in range(n_b):
                    copy[a, b] = d[a, b]
            solve_in_place(copy, y)
            size = 0.0
            for a in range(n_b):
                size = higher(size, abs(y[a, 0]))
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
        for a in range(n_b):
            for b in range(n_b):
                d[a, b], inverse[a, b] = (2.0 - d[a, b], 1.0) if a == b else (0.0 - d[a, b], 0.0)
        solve_in_place(d, inverse)
        for a in range(n_b):
            for b in range(n_b):
                mirrored[i, a, b] = inverse[a, b]


@lane_sums
def _products(p: Lane, q: Lane) -> tuple[Lane]:
    return (p * q,)


@njit(cache=True, error_model="numpy", fastmath=False)
def dot(p, q):
    """Return Σ p q."""
    return _products((p, q), 0, p.size, ())[0]


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
    best = lower(lo, lam.size - 1)
    if lo > 0 and x - lam[lo - 1] < abs(lam[best] - x):
        best = lo - 1
    start, stop = best, best + 1
    while start > 0 and lam[start - 1] == lam[best]:
        start -= 1
    while stop < lam.size and lam[stop] == lam[best]:
        stop += 1
    return start, stop


@njit(cache=True, error_model="numpy", fastmath=False)
def column(lam, coupling, products, g, w, times_omega, u):
    """Fill u = [(λ - ω²) + iω C Cᵀ]⁻¹ g over modes (times ω if asked), C the couplings (n_b, n), for real ω.

    The run of poles nearest to ω² is eliminated last, so that nothing cancels beside it.
    """
    apart()
    n_b, n = coupling.shape
    x = w * w
    start, stop = nearest_block(lam, x)
    m = stop - start
    q = floats(n)
    for j in range(n):
        q[j] = 0.0 if start <= j < stop else 1.0 / (lam[j] - x)
    d = waves((n_b, n_b))
    row = 0
    for a in range(n_b):
        for b in range(a, n_b):
            d[a, b] = d[b, a] = 1j * w * dot(products[row], q)
            row += 1
        d[a, a] += 1.0
    rhs = waves((n_b, 1 + m))  # what g and the modes of the run do to the baths
    for a in range(n_b):
        rhs[a, 0] = dot(coupling[a], q * g)
        for k in range(m):
            rhs[a, 1 + k] = coupling[a, start + k]
    solve_in_place(d, rhs)
    block, right = zero_waves((m, m)), waves((m, 1))
    free = times_omega and lam[start] == 0.0
    for k in range(m):
        block[k, k] = -w if free else lam[start] - x
        right[k, 0] = g[start + k]
        for a in range(n_b):
            right[k, 0] -= 1j * w * coupling[a, start + k] * rhs[a, 0]
            for h in range(m):
                block[k, h] += (1j if free else 1j * w) * coupling[a, start + k] * rhs[a, 1 + h]
    solve_in_place(block, right)
    scale = w if times_omega else 1.0
    flow = waves(n_b)
    for k in range(m):
        u[start + k] = right[k, 0] if free else scale * right[k, 0]
    for a in range(n_b):
        flow[a] = scale * rhs[a, 0]
        for k in range(m):
            flow[a] += rhs[a, 1 + k] * u[start + k]
    for j in range(n):
        if not start <= j < stop:
            total = complex(scale * g[j], 0.0)
            for a in range(n_b):
                total -= 1j * w * coupling[a, j] * flow[a]
            u[j] = q[j] * total


@njit(cache=True, error_model="numpy", fastmath=False)
def norm(u):
    """Return the Euclidean norm of a complex vector."""
    total = 0.0
    for j in range(u.size):
        total += u[j].real * u[j].real + u[j].imag * u[j].imag
    return math.sqrt(total)


@njit(cache=True, error_model="numpy", fastmath=False)
def _missed(lam, coupling, g, scale, w, u, felt, out):
    """Fill what the baths feel of u, Cᵀu (n_b,), and what is missed of the equations, scale g - [..]u (n,)."""
    n_b, n = coupling.shape
    for a in range(n_b):
        felt[a] = 0.0j
        for j in range(n):
            felt[a] += coupling[a, j] * u[j]
    for j in range(n):
        out[j] = scale * g[j] - (lam[j] - w * w) * u[j]
        for a in range(n_b):
            out[j] -= 1j * w * coupling[a, j] * felt[a]


@njit(cache=True, error_model="numpy", fastmath=False)
def _improve(lam, coupling, products, w, missed, u):
    """Add to u what the same elimination makes of what it missed."""
    part, more = floats(u.size), waves(u.size)
    for side in range(2):
        for j in range(u.size):
            part[j] = missed[j].real if side == 0 else missed[j].imag
        column(lam, coupling, products, part, w, np.bool_(False), more)
        for j in range(u.size):
            u[j] += more[j] if side == 0 else 1j * more[j]


@njit(cache=True, error_model="numpy", fastmath=False)
def element(lam, coupling, products, f, g, w, times_omega, missed):
    """Return fᵀ [(λ - ω²) + iω C Cᵀ]⁻¹ g over modes (times ω if asked) at one real ω, and its relative uncertainty.

    With u = [..]⁻¹ g and v = [..]⁻¹ f, a change E of the matrix moves it by vᵀE u: the last bits of K (eps λ_max), of
    the couplings (eps ω |C| on either side of what the baths feel, Cᵀu), of f and g, and what cancels in the sum;
    and ``missed``, what fᵀg of all modes misses of what orthonormal ones have. What the elimination lost of u,
    vᵀ(g - [..]u), is added; where that is much, both are found better before, and what they still miss of each other,
    (f - [..]v)ᵀ [..]⁻¹ (g - [..]u), is not known.
    """
    n_b, n = coupling.shape
    u, v, remaining = waves(n), waves(n), 0.0
    column(lam, coupling, products, g, w, times_omega, u)
    column(lam, coupling, products, f, w, np.bool_(False), v)
    scale = w if times_omega else 1.0
    here, there, right, left = waves(n_b), waves(n_b), waves(n), waves(n)
    _missed(lam, coupling, f, 1.0, w, v, there, left)
    _missed(lam, coupling, g, scale, w, u, here, right)
    total, unsure = 0.0j, 0.0
    for j in range(n):
        total += f[j] * u[j]
        unsure += abs(v[j] * right[j])
    if unsure > FAIR * abs(total) and math.isfinite(unsure):
        _improve(lam, coupling, products, w, left, v)
        _missed(lam, coupling, f, 1.0, w, v, there, left)
        _improve(lam, coupling, products, w, right, u)
        _missed(lam, coupling, g, scale, w, u, here, right)
        more = zero_waves(n)
        _improve(lam, coupling, products, w, right, more)
        for j in range(n):
            remaining += abs(left[j] * more[j])
    total, size, lost, lost_too = 0.0j, 0.0, 0.0j, 0.0j
    for j in range(n):
        total += f[j] * u[j]
        size += abs(f[j] * u[j])
        lost += v[j] * right[j]
        lost_too += u[j] * left[j]
    first, second, felt_u, felt_v = norm(u), norm(v), 0.0, 0.0
    for a in range(n_b):
        felt_u += abs(here[a])
        felt_v += abs(there[a])
    if math.isfinite(abs(lost)) and math.isfinite(abs(lost_too)):
        total += lost
    else:  # ω = 0 of a free network, where v is infinite
        lost = lost_too = 0.0j
    norm_f, norm_g = math.sqrt(np.sum(f * f)), math.sqrt(np.sum(g * g))
    moved = size + lam[n - 1] * first * second + norm_f * first + norm_g * second
    moved += missed / UNIT * max(first / max(norm_g, TINY), abs(scale) * second / max(norm_f, TINY))
    moved += abs(w) * math.sqrt(np.sum(coupling * coupling)) * (felt_u * second + felt_v * first)
    if total == 0.0:
        return total, math.inf if moved > 0.0 else 0.0
    return total, (UNIT * moved + remaining) / abs(total) + abs(lost) * abs(lost_too) / abs(total) ** 2


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def response(lam, coupling, products, f, g, omegas, times_omega, missed, out, doubt):
    """Fill :func:`element` at many frequencies, out and doubt (n_omega,)."""
    for t in prange(omegas.size):
        out[t], doubt[t] = element(lam, coupling, products, f, g, omegas[t], times_omega, missed)


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def dressed_damping(lam, coupling, products, memory, out):
    """Fill c_jᵀ D_j⁻¹ c_j, D_j without the run of poles equal to λ_j, at ω² = λ_j: how strongly each mode is damped."""
    n_b, n = coupling.shape
    for i in prange(n):
        w = math.sqrt(lam[i])
        start, stop = nearest_block(lam, lam[i])
        q = floats(n)
        for j in range(n):
            q[j] = 0.0 if start <= j < stop else 1.0 / (lam[j] - lam[i])
        d = waves((n_b, n_b))
        c = waves((n_b, 1))
        row = 0
        for a in range(n_b):
            c[a, 0] = coupling[a, i]
            for b in range(a, n_b):
                d[a, b] = d[b, a] = 1j * w * dot(products[row], q)
                row += 1
            d[a, a] += complex(1.0, w * memory[a])
        solve_in_place(d, c)
        total = 0.0j
        for a in range(n_b):
            total += coupling[a, i] * c[a, 0]
        out[i] = total
