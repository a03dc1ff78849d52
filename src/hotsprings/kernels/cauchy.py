"""Cauchy sums Σ c/(y - x)^p over points on a line."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from hotsprings.kernels.double_double import difference

FAST = {"contract", "reassoc", "arcp", "nsz"}


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _real(dh, dl, w, xh, xl):
    total = 0.0
    for r in range(dh.size):
        total += w[r] / difference(dh[r], dl[r], xh, xl)
    return total


@njit(cache=True, error_model="numpy", parallel=True)
def real_sums(dh, dl, w, xh, xl):
    """Return Σ_r w_r/(d_r - x_i) for real double-double poles and targets."""
    out = np.empty(xh.size)
    for i in prange(xh.size):
        out[i] = _real(dh, dl, w, xh[i], xl[i])
    return out


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _squares(th, tl, zh, ze, zy, ar, ai, br, bi):
    a = b = 0.0
    for k in range(zh.size):
        t = difference(th, tl, zh[k], ze[k])
        n = 1.0 / (t * t + zy[k] * zy[k])
        qr, qi = t * n, zy[k] * n
        sr, si = qr * qr - qi * qi, 2.0 * qr * qi
        a += ar[k] * sr - ai[k] * si
        b += br[k] * sr - bi[k] * si
    return a, b


@njit(cache=True, error_model="numpy", parallel=True)
def squared_sums(dh, dl, zh, ze, zy, ar, ai, br, bi):
    """Return Re Σ_k a_k/(d_r - z_k)² and the same with b, for z = zh + ze + i zy, shape (n, 2)."""
    out = np.empty((dh.size, 2))
    for r in prange(dh.size):
        out[r, 0], out[r, 1] = _squares(dh[r], dl[r], zh, ze, zy, ar, ai, br, bi)
    return out


@njit(cache=True, error_model="numpy", parallel=True)
def logarithmic_sums(x, poles, residues):
    """Return Σ_k 2 Re{ρ_k [ln(z_k - x) - ln z_k]} for real x ≥ 0 and poles z_k in the upper half plane."""
    out = np.empty(x.size)
    for i in prange(x.size):
        total = 0.0
        for k in range(poles.size):
            a, b = poles[k].real, poles[k].imag
            size = 0.5 * math.log1p(x[i] * (x[i] - 2.0 * a) / (a * a + b * b))
            angle = math.atan2(b, a - x[i]) - math.atan2(b, a)
            total += residues[k].real * size - residues[k].imag * angle
        out[i] = 2.0 * total
    return out
