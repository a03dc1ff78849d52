"""Cauchy sums Σ c/(y - x)^p over points on a line."""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.lanes import Lane, lane_sums
from hotsprings.kernels.multipole import leaf_of, real_far

TINY = 1e-300
NEARBY = 1500  # terms of a sum through a tree, about


@lane_sums
def _real_terms(dh: Lane, dl: Lane, w: Lane, xh: Lane, xl: Lane) -> tuple[Lane]:
    return (w / ((dh - xh) + (dl - xl)),)


@njit(cache=True, error_model="numpy", fastmath=False)
def _real(dh, dl, w, xh, xl):
    return _real_terms((dh, dl, w), 0, dh.size, (xh, xl))[0]


def _terms(dh, dl, w, xh, *_):
    return xh.size * min(dh.size, NEARBY)


@njit(cache=True, error_model="numpy", parallel=True, work=_terms)
def real_sums(dh, dl, w, xh, xl, first, n_targets, field):
    """Return Σ_r w_r/(d_r - x_i) for real double-double poles and targets ``first`` … of ``n_targets`` sorted ones."""
    out = np.empty(xh.size)
    n_leaves = field.near_begin.size - 1
    for i in prange(xh.size):
        leaf = leaf_of(first + np.int64(i), n_targets, n_leaves)
        total = real_far(field, leaf, xh[i], xl[i])[0]
        for k in range(field.near_begin[leaf], field.near_begin[leaf + 1]):
            a, b = field.near[k]
            total += _real(dh[a:b], dl[a:b], w[a:b], xh[i], xl[i])
        out[i] = total
    return out


@lane_sums
def _square_terms(zh: Lane, ze: Lane, zy: Lane, ar: Lane, ai: Lane, br: Lane, bi: Lane, th: Lane, tl: Lane
                  ) -> tuple[Lane, Lane]:
    t = (th - zh) + (tl - ze)
    n = 1.0 / t.fma(t, zy * zy)
    qr, qi = t * n, zy * n
    sr, si = qr.fma(qr, -(qi * qi)), (qr + qr) * qi
    return ar.fma(sr, -(ai * si)), br.fma(sr, -(bi * si))


@njit(cache=True, error_model="numpy", fastmath=False)
def squares(th, tl, zh, ze, zy, ar, ai, br, bi):
    """Return Re Σ_k a_k/(t - z_k)² and the same with b, z = zh + ze + i zy."""
    return _square_terms((zh, ze, zy, ar, ai, br, bi), 0, zh.size, (th, tl))


def _squared_terms(dh, dl, zh, ze, zy, weights, first, last, *_):
    return (last - first) * min(zh.size, NEARBY)


@njit(cache=True, error_model="numpy", parallel=True, work=_squared_terms)
def squared_sums(dh, dl, zh, ze, zy, weights, first, last, field_a, field_b):
    """Return Re Σ_k a_k/(d_r - z_k)² and the same with b at poles first … last-1, shape (n, 2).

    z = zh + ze + i zy; ``weights`` has the rows Re a, Im a, Re b, Im b; the fields are those of the same two sums.
    """
    out = np.empty((last - first, 2))
    ar, ai, br, bi = weights[0], weights[1], weights[2], weights[3]
    n_leaves = field_a.near_begin.size - 1
    for i in prange(last - first):
        r = first + np.int64(i)
        leaf = leaf_of(r, dh.size, n_leaves)
        a = real_far(field_a, leaf, dh[r], dl[r])[0]
        b = real_far(field_b, leaf, dh[r], dl[r])[0]
        for k in range(field_a.near_begin[leaf], field_a.near_begin[leaf + 1]):
            p, q = field_a.near[k]
            more = squares(dh[r], dl[r], zh[p:q], ze[p:q], zy[p:q], ar[p:q], ai[p:q], br[p:q], bi[p:q])
            a += more[0]
            b += more[1]
        out[i, 0], out[i, 1] = a, b
    return out


@lane_sums
def _first_terms(zh: Lane, ze: Lane, zy: Lane, wr: Lane, wi: Lane, th: Lane, tl: Lane) -> tuple[Lane]:
    t = (th - zh) + (tl - ze)
    return (wr.fma(t, -(wi * zy)) / t.fma(t, zy * zy),)


@njit(cache=True, error_model="numpy", fastmath=False)
def _firsts(th, tl, zh, ze, zy, wr, wi):
    return _first_terms((zh, ze, zy, wr, wi), 0, zh.size, (th, tl))[0]


def _first_work(dh, dl, zh, ze, zy, wr, wi, first, last, _):
    return (last - first) * min(zh.size, NEARBY)


@njit(cache=True, error_model="numpy", parallel=True, work=_first_work)
def complex_sums(dh, dl, zh, ze, zy, wr, wi, first, last, field):
    """Return Re Σ_k w_k/(d_r - z_k) at poles first … last-1; z = zh + ze + i zy, w = wr + i wi; ``field`` of it."""
    out = np.empty(last - first)
    n_leaves = field.near_begin.size - 1
    for i in prange(last - first):
        r = first + np.int64(i)
        leaf = leaf_of(r, dh.size, n_leaves)
        total = -real_far(field, leaf, dh[r], dl[r])[0]
        for k in range(field.near_begin[leaf], field.near_begin[leaf + 1]):
            p, q = field.near[k]
            total += _firsts(dh[r], dl[r], zh[p:q], ze[p:q], zy[p:q], wr[p:q], wi[p:q])
        out[i] = total
    return out


@njit(cache=True, error_model="numpy", parallel=True, work=lambda x, poles, _: 10.0 * x.size * poles.size)
def logarithmic_sums(x, poles, residues):
    """Return Σ_k 2 Re{ρ_k [ln(z_k - x) - ln z_k]} for real x ≥ 0 and poles z_k in the upper half plane."""
    out = np.empty(x.size)
    for i in prange(x.size):
        total = 0.0
        for k in range(poles.size):
            a, b = poles[k].real, poles[k].imag
            ratio = x[i] * (x[i] - 2.0 * a) / (a * a + b * b)  # |z - x|²/|z|² - 1; -1 beside a narrow resonance
            if ratio > -0.5:
                size = 0.5 * math.log1p(ratio)
            else:
                size = math.log(max(math.hypot(a - x[i], b), TINY) / math.hypot(a, b))
            angle = math.atan2(b, a - x[i]) - math.atan2(b, a)
            total += residues[k].real * size - residues[k].imag * angle
        out[i] = 2.0 * total
    return out
