"""One zero of the secular function in every gap between neighbouring poles, in double precision.

A zero is kept as the index of the nearer pole and its complex offset η from it. The poles within ``WINDOW`` of the gap
are summed exactly at every step; those further to the left and to the right act as one effective pole each, chosen
so that value, slope and curvature are right where they were last summed (a third-order, monotone model). Two full
sums per zero are usually enough.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from hotsprings.kernels.double_double import difference

WINDOW = 8
FAST = {"contract", "reassoc", "arcp", "nsz"}
SETTLED = 1e-7  # last move over the distance to the nearest far pole; what is left is its cube (square in the slope)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def real_powers(dh, dl, w, ah, e):
    """Return Σ w/t, Σ w/t², Σ w/t³ with t = d - (ah + e)."""
    a = b = c = 0.0
    for r in range(dh.size):
        q = 1.0 / difference(dh[r], dl[r], ah, e)
        wq = w[r] * q
        a += wq
        b += wq * q
        c += wq * (q * q)
    return a, b, c


@njit(cache=True, error_model="numpy", fastmath=FAST)
def complex_powers(dh, dl, w, ah, e, y):
    """Return Σ w/t, Σ w/t², Σ w/t³ with t = d - (ah + e + iy), as six doubles."""
    ar = ai = br = bi = cr = ci = 0.0
    for r in range(dh.size):
        t = difference(dh[r], dl[r], ah, e)
        n = 1.0 / (t * t + y * y)
        qr, qi = t * n, y * n
        wr, wi = w[r] * qr, w[r] * qi
        ar += wr
        ai += wi
        sr, si = wr * qr - wi * qi, wr * qi + wi * qr
        br += sr
        bi += si
        cr += sr * qr - si * qi
        ci += sr * qi + si * qr
    return ar, ai, br, bi, cr, ci


@njit(cache=True, error_model="numpy")
def effective_pole(first, second, third):
    """Return a, b, p of the model a + b/(p - t) with these three sums at t = 0."""
    if second == 0.0:
        return first, 0.0 * first, 1.0 + 0.0 * first
    p = second / third
    b = second * p * p
    return first - b / p, b, p


@njit(cache=True, error_model="numpy")
def _local_zero(dh, dl, w, lo, hi, anchor, sign, gap, left, right):
    """Return |η| of the zero of the local real model between the anchor and mid-gap, by bracketed Newton steps."""
    low, high = 0.0, 0.5 * gap
    y = 0.5 * high
    for _ in range(60):
        eta = sign * y
        t = eta - 0.5 * gap * sign  # seen from the middle, where the far poles were summed
        ql, qr = 1.0 / (left[2] - t), 1.0 / (right[2] - t)
        h = 1.0 - left[0] - right[0] - left[1] * ql - right[1] * qr
        slope = -left[1] * ql * ql - right[1] * qr * qr
        for r in range(lo, hi):
            if r != anchor:
                q = 1.0 / ((dh[r] - dh[anchor]) + (dl[r] - dl[anchor]) - eta)
                h -= w[r] * q
                slope -= w[r] * q * q
        phi = w[anchor] + eta * h  # η s(η): positive between the pole and the zero
        if phi > 0.0:
            low = y
        else:
            high = y
        new = y - sign * phi / (h + eta * slope)
        if not (low < new < high):
            new = 0.5 * (low + high)
        done = abs(new - y) <= 1e-6 * y
        y = new
        if done:
            break
    return y


@njit(cache=True, error_model="numpy", parallel=True)
def real_starts(dh, dl, w, first, last, anchors, offsets):
    """Fill anchor and real offset of the zero of 1 - Σ w/(d-x) in gaps first … last-1, from one full sum per gap."""
    n = dh.size
    for index in prange(last - first):
        j = first + np.int64(index)
        gap = (dh[j + 1] - dh[j]) + (dl[j + 1] - dl[j])
        lo, hi = max(0, j - WINDOW + 1), min(n, j + WINDOW + 1)
        centre = dl[j] + 0.5 * gap
        a1, a2, a3 = real_powers(dh[:lo], dl[:lo], w[:lo], dh[j], centre)
        b1, b2, b3 = real_powers(dh[hi:], dl[hi:], w[hi:], dh[j], centre)
        near, _, _ = real_powers(dh[lo:hi], dl[lo:hi], w[lo:hi], dh[j], centre)
        anchor = j
        sign = 1.0
        if 1.0 - a1 - near - b1 > 0.0:
            anchor = j + 1
            sign = -1.0
        left, right = effective_pole(a1, a2, a3), effective_pole(b1, b2, b3)
        anchors[j] = anchor
        offsets[j] = sign * _local_zero(dh, dl, w, lo, hi, anchor, sign, gap, left, right)


@njit(cache=True, error_model="numpy")
def bath_terms(bath_d, bath_dl, nu, u, ah, eta, x):
    """Return Σ u/α and its derivative by x = ah + eta, for α = D - x + iν sqrt(x)."""
    value, slope = 0.0j, 0.0j
    omega = np.sqrt(x)
    if omega.imag < 0.0:
        omega = -omega
    for g in range(bath_d.size):
        q = 1.0 / (((bath_d[g] - ah) + bath_dl[g]) - eta + 1j * nu[g] * omega)
        value += u[g] * q
        slope -= u[g] * q * q * (-1.0 + 0.5j * nu[g] / omega)
    return value, slope


@njit(cache=True, error_model="numpy", parallel=True)
def complex_pass(dh, dl, w, bath_d, bath_dl, nu, u, todo, anchors, offsets, slopes, largest, state):
    """Sum all poles once at each zero named in ``todo``, solve the local model, update in place.

    ``state``: 0 go on, 1 settled, 2 lost (left its gap, or the local solution did not converge).
    """
    n = dh.size
    for k in prange(todo.size):
        j = todo[k]
        a = anchors[j]
        start = offsets[j]
        lo, hi = max(0, j - WINDOW + 1), min(n, j + WINDOW + 1)
        e, y = dl[a] + start.real, start.imag
        l1, li1, l2, li2, l3, li3 = complex_powers(dh[:lo], dl[:lo], w[:lo], dh[a], e, y)
        r1, ri1, r2, ri2, r3, ri3 = complex_powers(dh[hi:], dl[hi:], w[hi:], dh[a], e, y)
        left = effective_pole(complex(l1, li1), complex(l2, li2), complex(l3, li3))
        right = effective_pole(complex(r1, ri1), complex(r2, ri2), complex(r3, ri3))
        far = np.inf
        if lo > 0:
            far = min(far, abs((dh[lo - 1] - dh[a]) + (dl[lo - 1] - e) - 1j * y))
        if hi < n:
            far = min(far, abs((dh[hi] - dh[a]) + (dl[hi] - e) - 1j * y))
        eta = start
        converged = False
        slope, top = 0.0j, 1.0
        for _ in range(30):
            t = eta - start
            ql, qr = 1.0 / (left[2] - t), 1.0 / (right[2] - t)
            h = 1.0 - left[0] - right[0] - left[1] * ql - right[1] * qr
            slope = -left[1] * ql * ql - right[1] * qr * qr
            top = 1.0
            for r in range(lo, hi):
                if r != a:
                    q = 1.0 / ((dh[r] - dh[a]) + (dl[r] - dl[a]) - eta)
                    h -= w[r] * q
                    slope -= w[r] * q * q
                    top = max(top, abs(w[r] * q))
            value, by_x = bath_terms(bath_d, bath_dl, nu, u, dh[a], dl[a] + eta, dh[a] + (dl[a] + eta))
            h -= value
            slope -= by_x
            step = -(w[a] + eta * h) / (h + eta * slope)
            eta += step
            if converged:
                break
            converged = abs(step) <= 1e-9 * abs(eta)
        slopes[j] = slope - w[a] / (eta * eta)
        largest[j] = max(top, abs(w[a] / eta))
        gap = (dh[j + 1] - dh[j]) + (dl[j + 1] - dl[j])
        place = eta.real if a == j else eta.real + gap
        if not (converged and 0.0 < place < gap and eta.imag >= 0.0 and math.isfinite(eta.imag)):
            state[j] = 2
            continue
        moved = abs(eta - start)
        state[j] = 1 if moved <= SETTLED * far else 0
        offsets[j] = eta
