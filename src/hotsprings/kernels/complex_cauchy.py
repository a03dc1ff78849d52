"""Cauchy sums between complex points near a line, one per gap between real poles, through the tree of the poles."""

from __future__ import annotations

import numpy as np

from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.lanes import Lane, lane_sums
from hotsprings.kernels.multipole import complex_far, leaf_of

NEARBY = 1500  # terms of a sum through a tree, about


@lane_sums
def _terms(zh: Lane, ze: Lane, zy: Lane, ar: Lane, ai: Lane, br: Lane, bi: Lane, xh: Lane, xe: Lane, xy: Lane
           ) -> tuple[Lane, Lane, Lane, Lane, Lane, Lane, Lane, Lane]:
    t, v = (zh - xh) + (ze - xe), xy - zy
    n = 1.0 / t.fma(t, v * v)
    qr, qi = t * n, v * n
    cr, ci = ar.fma(qr, -(ai * qi)), ar.fma(qi, ai * qr)
    dr, di = br.fma(qr, -(bi * qi)), br.fma(qi, bi * qr)
    return (cr, ci, cr.fma(qr, -(ci * qi)), cr.fma(qi, ci * qr),
            dr, di, dr.fma(qr, -(di * qi)), dr.fma(qi, di * qr))


@njit(cache=True, error_model="numpy", fastmath=False)
def _nearby(zh, ze, zy, weights, start, stop, xh, xe, xy, out):
    """Add Σ a/t, Σ a/t², Σ b/t, Σ b/t² with t = z - x to out; ``weights``: a and b, real and imaginary parts (4, n)."""
    s = _terms((zh, ze, zy, weights[0], weights[1], weights[2], weights[3]), start, stop, (xh, xe, xy))
    for k in range(4):
        out[k] += complex(s[2 * k], s[2 * k + 1])


@njit(cache=True, error_model="numpy")
def _far(real, imaginary, leaf, xh, xe, xy):
    """Return the far sum of complex weights and its derivative, from those of their real and imaginary parts."""
    a = complex_far(real, leaf, xh, xe, xy)
    b = complex_far(imaginary, leaf, xh, xe, xy)
    return complex(a[0] - b[1], a[1] + b[0]), complex(a[2] - b[3], a[3] + b[2])


@njit(cache=True, error_model="numpy")
def _at_point(j, zh, ze, zy, depth, own, weights, leaf, field, out):
    """Fill the nearby part of the four sums at point j; ``own``: it is among the sources itself, and left out."""
    out[:] = 0.0
    for k in range(field.near_begin[leaf], field.near_begin[leaf + 1]):
        p, q = field.near[k]
        if own and p <= j < q:
            _nearby(zh, ze, depth, weights, p, j, zh[j], ze[j], zy[j], out)
            p = j + 1
        _nearby(zh, ze, depth, weights, p, q, zh[j], ze[j], zy[j], out)


def _work(zh, ze, zy, sign, a, b, used, first, last, *_):
    return (last - first) * min(zh.size, NEARBY)


@njit(cache=True, error_model="numpy", parallel=True, work=_work)
def complex_sums(zh, ze, zy, sign, a, b, used, first, last, field_a, field_ia, field_b, field_ib, out):
    """Fill Σ a/t, Σ a/t², Σ b/t, Σ b/t² at the points first … last-1 that are used, t = z_s - z.

    Points z = zh + ze + i zy, one per gap; the sources are the points (``sign`` 1, each without itself) or their
    complex conjugates (-1). The fields are those of a, -i a, b and -i b: each gives the real part of its sum on the
    line. out (last - first, 4).
    """
    n, n_leaves = zh.size, field_a.near_begin.size - 1
    depth = sign * zy
    weights = np.empty((4, n))
    weights[0], weights[1], weights[2], weights[3] = a.real, a.imag, b.real, b.imag
    for i in prange(last - first):
        j = first + np.int64(i)
        if used[j]:
            leaf = leaf_of(j, n, n_leaves)
            _at_point(j, zh, ze, zy, depth, sign > 0.0, weights, leaf, field_a, out[i])
            more = _far(field_a, field_ia, leaf, zh[j], ze[j], zy[j])
            out[i, 0] += more[0]
            out[i, 1] += more[1]
            more = _far(field_b, field_ib, leaf, zh[j], ze[j], zy[j])
            out[i, 2] += more[0]
            out[i, 3] += more[1]


@njit(cache=True, error_model="numpy", parallel=True, work=lambda omega, rho, few, *_: omega.size * len(few))
def few_sums(omega, rho, few, lower, lower_slope, upper):
    """Add to all other poles what a few of them contribute to Σ ρ_l/(ω_k + ω_l), its square, and Σ ρ_l/(ω_k - ω_l)."""
    for k in prange(omega.size):
        for j in few:
            q = 1.0 / (omega[k] + omega[j])
            lower[k] += rho[j] * q
            lower_slope[k] += rho[j] * q * q
            if j != k:
                upper[k] += rho[j] / (omega[k] - omega[j])


@njit(cache=True, error_model="numpy", parallel=True, work=lambda t, weights, order, parts: t.size * order)
def chebyshev_moments(t, weights, order, parts):
    """Return Σ w T_j(t) for j < order, in parts to be added up; complex points near [-1, 1]."""
    out = np.zeros((parts, order), np.complex128)
    for part in prange(parts):
        for k in range(part * t.size // parts, (part + 1) * t.size // parts):
            old, new = t[k], 1.0 + 0.0j
            for j in range(order):
                out[part, j] += weights[k] * new
                old, new = new, 2.0 * t[k] * new - old
    return out


@njit(cache=True, error_model="numpy", parallel=True, work=lambda t, series, out: t.size * series.size)
def chebyshev_values(t, series, out):
    """Fill Σ_j c_j T_j(t) by Clenshaw's recurrence."""
    for k in prange(t.size):
        new, old = 0.0j, 0.0j
        for j in range(series.size - 1, 0, -1):
            new, old = series[j] + 2.0 * t[k] * new - old, new
        out[k] = series[0] + t[k] * new - old
