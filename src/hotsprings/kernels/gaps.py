"""One zero of the secular function in every gap between neighbouring poles, in double precision.

A zero is kept as the index of the nearer pole and its complex offset η from it. The poles within ``WINDOW`` of the gap
are summed exactly at every step; those further to the left and to the right act as one effective pole each, chosen
so that value, slope and curvature are right where they were last summed (a third-order, monotone model). Where poles
are in a tree (see ``multipole``), only the nearby ones are summed so; the far ones enter by their polynomial to second
order. Two full sums per zero are usually enough.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.double_double import difference
from hotsprings.kernels.lanes import Lane, lane_sums
from hotsprings.kernels.multipole import complex_far, leaf_of, real_far

WINDOW = 8
NEARBY = 1500  # terms of a sum through a tree, about
BROAD = 0.1  # imaginary part over the radius of a leaf up to which the polynomial of the far poles keeps its digits
SETTLED = 1e-6  # last move over the distance to the nearest far pole; its cube is left (in the slope, its square/10)


@lane_sums
def real_terms(dh: Lane, dl: Lane, w: Lane, ah: Lane, e: Lane) -> tuple[Lane, Lane, Lane]:
    """Return Σ w/t, Σ w/t², Σ w/t³ with t = d - (ah + e), over a range."""
    q = 1.0 / ((dh - ah) + (dl - e))
    first = w * q
    return first, first * q, first * (q * q)


@njit(cache=True, error_model="numpy", fastmath=False)
def real_powers(dh, dl, w, ah, e):
    """Return Σ w/t, Σ w/t², Σ w/t³ with t = d - (ah + e)."""
    return real_terms((dh, dl, w), 0, dh.size, (ah, e))


@lane_sums
def _complex_terms(dh: Lane, dl: Lane, w: Lane, ah: Lane, e: Lane, y: Lane
                   ) -> tuple[Lane, Lane, Lane, Lane, Lane, Lane]:
    t = (dh - ah) + (dl - e)
    n = 1.0 / t.fma(t, y * y)
    qr, qi = t * n, y * n
    ar, ai = w * qr, w * qi
    br, bi = ar.fma(qr, -(ai * qi)), ar.fma(qi, ai * qr)
    return ar, ai, br, bi, br.fma(qr, -(bi * qi)), br.fma(qi, bi * qr)


@njit(cache=True, error_model="numpy", fastmath=False)
def complex_powers(dh, dl, w, ah, e, y):
    """Return Σ w/t, Σ w/t², Σ w/t³ with t = d - (ah + e + iy), as six doubles."""
    return _complex_terms((dh, dl, w), 0, dh.size, (ah, e, y))


@njit(cache=True, error_model="numpy", fastmath=False)
def _real_side(field, leaf, first, last, dh, dl, w, ah, e):
    """Return the real powers over the nearby poles among first … last-1."""
    a = b = c = 0.0
    for k in range(field.near_begin[leaf], field.near_begin[leaf + 1]):
        p, q = max(field.near[k, 0], first), min(field.near[k, 1], last)
        if p < q:
            more = real_powers(dh[p:q], dl[p:q], w[p:q], ah, e)
            a += more[0]
            b += more[1]
            c += more[2]
    return a, b, c


@njit(cache=True, error_model="numpy", fastmath=False)
def _complex_side(field, leaf, first, last, dh, dl, w, ah, e, y):
    """Return the complex powers over the nearby poles among first … last-1, as three complex numbers."""
    a = b = c = 0.0j
    for k in range(field.near_begin[leaf], field.near_begin[leaf + 1]):
        p, q = max(field.near[k, 0], first), min(field.near[k, 1], last)
        if p < q:
            more = complex_powers(dh[p:q], dl[p:q], w[p:q], ah, e, y)
            a += complex(more[0], more[1])
            b += complex(more[2], more[3])
            c += complex(more[4], more[5])
    return a, b, c


@njit(cache=True, error_model="numpy")
def effective_pole(first, second, third):
    """Return a, b, p of the model a + b/(p - t) with these three sums at t = 0."""
    if second == 0.0:
        return first, 0.0 * first, 1.0 + 0.0 * first
    p = second / third
    b = second * p * p
    return first - b / p, b, p


@njit(cache=True, error_model="numpy")
def _local_zero(dh, dl, w, lo, hi, anchor, sign, gap, left, right, far):
    """Return |η| of the zero of the local real model between the anchor and mid-gap, by bracketed Newton steps."""
    low, high = 0.0, 0.5 * gap
    y = 0.5 * high
    for _ in range(60):
        eta = sign * y
        t = eta - 0.5 * gap * sign  # seen from the middle, where the far poles were summed
        ql, qr = 1.0 / (left[2] - t), 1.0 / (right[2] - t)
        h = 1.0 - left[0] - right[0] - left[1] * ql - right[1] * qr - (far[0] + t * (far[1] + t * far[2]))
        slope = -left[1] * ql * ql - right[1] * qr * qr - (far[1] + 2.0 * t * far[2])
        below = real_powers(dh[lo:anchor], dl[lo:anchor], w[lo:anchor], dh[anchor], dl[anchor] + eta)
        above = real_powers(dh[anchor + 1 : hi], dl[anchor + 1 : hi], w[anchor + 1 : hi], dh[anchor], dl[anchor] + eta)
        h -= below[0] + above[0]
        slope -= below[1] + above[1]
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


def _terms_of_gaps(dh, dl, w, field, first, last, *_):
    return (last - first) * min(dh.size, NEARBY)


@njit(cache=True, error_model="numpy", parallel=True, work=_terms_of_gaps)
def real_starts(dh, dl, w, field, first, last, anchors, offsets):
    """Fill anchor and real offset of the zero of 1 - Σ w/(d-x) in gaps first … last-1, from one full sum per gap."""
    n, n_leaves = dh.size, field.near_begin.size - 1
    for index in prange(last - first):
        j = first + np.int64(index)
        leaf = leaf_of(j, n, n_leaves)
        gap = (dh[j + 1] - dh[j]) + (dl[j + 1] - dl[j])
        lo, hi = max(0, j - WINDOW + 1), min(n, j + WINDOW + 1)
        centre = dl[j] + 0.5 * gap
        a1, a2, a3 = _real_side(field, leaf, np.int64(0), lo, dh, dl, w, dh[j], centre)
        b1, b2, b3 = _real_side(field, leaf, hi, n, dh, dl, w, dh[j], centre)
        far = real_far(field, leaf, dh[j], centre)
        near, _, _ = real_powers(dh[lo:hi], dl[lo:hi], w[lo:hi], dh[j], centre)
        anchor = j
        sign = 1.0
        if 1.0 - a1 - near - b1 - far[0] > 0.0:
            anchor = j + 1
            sign = -1.0
        left, right = effective_pole(a1, a2, a3), effective_pole(b1, b2, b3)
        anchors[j] = anchor
        offsets[j] = sign * _local_zero(dh, dl, w, lo, hi, anchor, sign, gap, left, right, far)


@njit(cache=True, error_model="numpy", fastmath=False)
def bath_terms(bath_d, bath_dl, nu, u, ah, eta, x):
    """Return Σ u/α and its derivative by x = ah + eta, for α = D - x + iν sqrt(x) and Re x > 0."""
    wr = math.sqrt(0.5 * (math.sqrt(x.real * x.real + x.imag * x.imag) + x.real))
    wi = x.imag / (2.0 * wr)
    scale = 0.5 / (wr * wr + wi * wi)
    hr, hi = wi * scale, wr * scale  # i/(2ω)
    ar = ai = br = bi = 0.0
    for g in range(bath_d.size):
        tr = difference(bath_d[g], bath_dl[g], ah, eta.real) - nu[g] * wi
        ti = nu[g] * wr - eta.imag
        n = 1.0 / (tr * tr + ti * ti)
        qr, qi = tr * n, -ti * n
        ur, ui = u[g] * qr, u[g] * qi
        ar += ur
        ai += ui
        sr, si = ur * qr - ui * qi, ur * qi + ui * qr  # u/α²
        cr, ci = 1.0 - nu[g] * hr, -nu[g] * hi  # -dα/dx
        br += sr * cr - si * ci
        bi += sr * ci + si * cr
    return complex(ar, ai), complex(br, bi)


@njit(cache=True, error_model="numpy", fastmath=False)
def doubled_terms(bath_d, bath_dl, nu, u, ah, eta, x, cross, left, right):
    """Return the bath term of the doubled network, Σ u a/p - iωW, and its derivative by x.

    W² = (Σ uν/p)² - cross/(p p'), a = D - x, p = a² + ν²x; p p' of the bath groups ``left`` and ``right``. Without
    ``cross`` it is Σ u/α.
    """
    omega = np.sqrt(x)
    even = even_slope = odd = odd_slope = 0.0j
    product, relative = 1.0 + 0.0j, 0.0j  # 1/(p p'), and the logarithmic derivative of p p'
    for g in range(bath_d.size):
        a = difference(bath_d[g], bath_dl[g], ah, eta.real) - 1j * eta.imag
        q = 1.0 / (a * a + nu[g] * nu[g] * x)
        slope = (nu[g] * nu[g] - 2.0 * a) * q  # p'/p by x
        even += u[g] * a * q
        even_slope -= u[g] * q * (1.0 + a * slope)
        odd += u[g] * nu[g] * q
        odd_slope -= u[g] * nu[g] * q * slope
        for side in (left, right):
            if side == g:
                product *= q
                relative += slope
    root = np.sqrt(odd * odd - cross * product)
    root_slope = (2.0 * odd * odd_slope + cross * product * relative) / (2.0 * root)
    return even - 1j * omega * root, even_slope - 1j * (root / (2.0 * omega) + omega * root_slope)


def _terms_of_zeros(dh, dl, w, field, bath_d, bath_dl, nu, u, cross, group, other, todo, *_):
    return todo.size * min(dh.size, NEARBY)


@njit(cache=True, error_model="numpy", parallel=True, work=_terms_of_zeros)
def complex_pass(dh, dl, w, field, bath_d, bath_dl, nu, u, cross, group, other, todo, anchors, offsets, slopes, largest,
                 state):
    """Sum all poles once at each zero named in ``todo``, solve the local model, update in place.

    ``cross``: None, or that of the doubled network (see ``doubled_terms``).
    ``state``: 0 go on, 1 settled, 2 lost (left its gap, or the local solution did not converge).
    """
    n, n_leaves = dh.size, field.near_begin.size - 1
    for k in prange(todo.size):
        j = todo[k]
        leaf = leaf_of(j, n, n_leaves)
        a = anchors[j]
        start = offsets[j]
        lo, hi = max(0, j - WINDOW + 1), min(n, j + WINDOW + 1)
        e, y = dl[a] + start.real, start.imag
        l1, l2, l3 = _complex_side(field, leaf, np.int64(0), lo, dh, dl, w, dh[a], e, y)
        r1, r2, r3 = _complex_side(field, leaf, hi, n, dh, dl, w, dh[a], e, y)
        left, right = effective_pole(l1, l2, l3), effective_pole(r1, r2, r3)
        f = complex_far(field, leaf, dh[a], e, y)
        far1, far2, far3 = complex(f[0], f[1]), complex(f[2], f[3]), complex(f[4], f[5])
        reach = np.inf
        if lo > 0:
            reach = min(reach, abs((dh[lo - 1] - dh[a]) + (dl[lo - 1] - e) - 1j * y))
        if hi < n:
            reach = min(reach, abs((dh[hi] - dh[a]) + (dl[hi] - e) - 1j * y))
        eta = start
        converged = False
        slope = 0.0j
        for _ in range(30):
            t = eta - start
            ql, qr = 1.0 / (left[2] - t), 1.0 / (right[2] - t)
            h = 1.0 - left[0] - right[0] - left[1] * ql - right[1] * qr - (far1 + t * (far2 + t * far3))
            slope = -left[1] * ql * ql - right[1] * qr * qr - (far2 + 2.0 * t * far3)
            e, y = dl[a] + eta.real, eta.imag
            p = complex_powers(dh[lo:a], dl[lo:a], w[lo:a], dh[a], e, y)
            q = complex_powers(dh[a + 1 : hi], dl[a + 1 : hi], w[a + 1 : hi], dh[a], e, y)
            h -= complex(p[0] + q[0], p[1] + q[1])
            slope -= complex(p[2] + q[2], p[3] + q[3])
            x = dh[a] + (dl[a] + eta)
            if cross is None:  # known when it is compiled
                value, by_x = bath_terms(bath_d, bath_dl, nu, u, dh[a], dl[a] + eta, x)
            else:
                value, by_x = doubled_terms(bath_d, bath_dl, nu, u, dh[a], dl[a] + eta, x, cross, group,
                                             other)
            h -= value
            slope -= by_x
            step = -(w[a] + eta * h) / (h + eta * slope)
            eta += step
            if converged:
                break
            converged = abs(step) <= 1e-7 * abs(eta)  # its square is left, and one more step is taken
        slopes[j] = slope - w[a] / (eta * eta)
        top = max(1.0, abs(w[a] / eta))
        for r in range(lo, hi):
            if r != a:
                top = max(top, w[r] / abs((dh[r] - dh[a]) + (dl[r] - dl[a]) - eta))
        largest[j] = top
        gap = (dh[j + 1] - dh[j]) + (dl[j + 1] - dl[j])
        place = eta.real if a == j else eta.real + gap
        if field.far.shape[0] and eta.imag > BROAD * field.radius[n_leaves + leaf]:
            state[j] = 2
            continue
        if not (converged and 0.0 < place < gap and eta.imag >= 0.0 and math.isfinite(eta.imag)):
            state[j] = 2
            continue
        moved = abs(eta - start)
        state[j] = 1 if moved <= SETTLED * reach else 0
        offsets[j] = eta
