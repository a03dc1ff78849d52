"""Bare sums, no tree and nothing around them: the speed of their terms is what no method can beat.

Each function does with all sources at each target what one stage of the package does with those nearby.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from hotsprings.kernels import double_double as dd

Array = npt.NDArray[np.float64]
FAST = {"contract", "reassoc", "arcp", "nsz"}


@njit(error_model="numpy", fastmath=FAST, parallel=True)
def real_sum(y: Array, c: Array, x: Array, out: Array) -> None:
    """Σ_j c_j/(y_j - x_i), real."""
    for i in prange(x.size):
        total = 0.0
        for j in range(y.size):
            total += c[j] / (y[j] - x[i])
        out[i] = total


@njit(error_model="numpy", fastmath=FAST, parallel=True)
def complex_sum(y: Array, c: Array, x: Array, height: Array, out_re: Array, out_im: Array) -> None:
    """Σ_j c_j/(y_j - x_i - i h_i), the bare N × M Cauchy sum of every direct method."""
    for i in prange(x.size):
        re = im = 0.0
        for j in range(y.size):
            t = y[j] - x[i]
            q = c[j] / (t * t + height[i] * height[i])
            re += t * q
            im += height[i] * q
        out_re[i], out_im[i] = re, im


@njit(error_model="numpy", fastmath=FAST, parallel=True)
def real_powers(y: Array, c: Array, x: Array, out: Array) -> None:
    """Σ_j c_j/(y_j - x_i)^p for p = 1, 2, 3, added."""
    for i in prange(x.size):
        first = second = third = 0.0
        for j in range(y.size):
            q = 1.0 / (y[j] - x[i])
            cq = c[j] * q
            first += cq
            second += cq * q
            third += cq * (q * q)
        out[i] = first + second + third


@njit(error_model="numpy", fastmath=FAST, parallel=True)
def complex_powers(y: Array, c: Array, x: Array, height: Array, out: Array) -> None:
    """Σ_j c_j/(y_j - x_i - i h_i)^p for p = 1, 2, 3, all parts added."""
    for i in prange(x.size):
        ar = ai = br = bi = cr = ci = 0.0
        for j in range(y.size):
            t = y[j] - x[i]
            n = 1.0 / (t * t + height[i] * height[i])
            qr, qi = t * n, height[i] * n
            wr, wi = c[j] * qr, c[j] * qi
            ar += wr
            ai += wi
            sr, si = wr * qr - wi * qi, wr * qi + wi * qr
            br += sr
            bi += si
            cr += sr * qr - si * qi
            ci += sr * qi + si * qr
        out[i] = ar + ai + br + bi + cr + ci


@njit(error_model="numpy", fastmath=FAST, parallel=True)
def squared_pair(y: Array, c: Array, x: Array, height: Array, out: Array) -> None:
    """Re Σ_j c_j/(y_j + i h_j - x_i)² for two complex weights, added."""
    for i in prange(x.size):
        a = b = 0.0
        for j in range(y.size):
            t = y[j] - x[i]
            n = 1.0 / (t * t + height[j] * height[j])
            qr, qi = t * n, height[j] * n
            sr, si = qr * qr - qi * qi, 2.0 * qr * qi
            a += c[j] * sr - height[j] * si
            b += height[j] * sr - c[j] * si
        out[i] = a + b


@njit(error_model="numpy", parallel=True)
def double_double_sum(y: Array, c: Array, x: Array, height: Array, out: Array) -> None:
    """Σ_j c_j/(y_j - x_i - i h_i) in 32 digits, all parts added."""
    for i in prange(x.size):
        total = (0.0, 0.0, 0.0, 0.0)
        for j in range(y.size):
            th, tl = dd.add(y[j], 0.0, -x[i], 0.0)
            total = dd.cadd(total, dd.cscale(dd.cinv((th, tl, -height[i], 0.0)), c[j], 0.0))
        out[i] = total[0] + total[1] + total[2] + total[3]
