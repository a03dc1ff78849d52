"""Chains site by site, as in ``impedance``, for many resonances side by side: a lane of a vector is a resonance.

The recursions of one resonance wait for each other from site to site; those of sixteen do not. Arrays ending in ``r``
and ``i`` are real and imaginary parts, of one row for each site and one column for each resonance.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.impedance import NEARBY, over
from hotsprings.kernels.lanes import Lane, lane_sums

NARROW = 1e-4  # Im ω/Re ω below which v*Γv/(2 v*Mv) tells more of it than a difference of frequencies


def _held(wr: Lane, wi: Lane, p: Lane, m: Lane, gamma: Lane) -> tuple[Lane, Lane]:
    """Return what holds a site itself, p - mω² + iωγ."""
    xr, xi = wr * wr - wi * wi, (wr + wr) * wi
    return p - m * xr - gamma * wi, gamma * wr - m * xi


def _shared(k: Lane, r: Lane, i: Lane) -> tuple[Lane, Lane, Lane, Lane]:
    """Return k/(k + L) and k L/(k + L)."""
    t = r + k
    n = k / t.fma(t, i * i)
    sr, si = t * n, -(i * n)
    return sr, si, sr * r - si * i, sr * i + si * r


def _from_left_terms(own_r: Lane, own_i: Lane, left_r: Lane, left_i: Lane, br: Lane, bi: Lane, wr: Lane, wi: Lane,
                     p: Lane, m: Lane, gamma: Lane, k: Lane) -> tuple[Lane, Lane, Lane, Lane, Lane, Lane, Lane]:
    r, i = _held(wr, wi, p, m, gamma)
    r, i = r + br, i + bi
    sr, si, nr, ni = _shared(k, r, i)
    return r, i, sr, si, nr, ni, r


def _from_right_terms(own_r: Lane, own_i: Lane, right_r: Lane, right_i: Lane, ar: Lane, ai: Lane, best: Lane,
                      twist: Lane, wr: Lane, wi: Lane, p: Lane, m: Lane, gamma: Lane, k: Lane, site: Lane
                      ) -> tuple[Lane, Lane, Lane, Lane, Lane, Lane, Lane, Lane, Lane]:
    r, i = _held(wr, wi, p, m, gamma)
    sr, si, nr, ni = _shared(k, r + ar, i + ai)
    own_r, own_i = own_r + ar, own_i + ai
    size, moves = own_r.fma(own_r, own_i * own_i), (m + m) * (m + m) * (wr * wr + wi * wi) + gamma * gamma
    weight = moves / size
    return (own_r, own_i, sr, si, nr, ni, weight.exceeds(best, weight, best), weight.exceeds(best, site, twist), size)


def _down_terms(vr: Lane, vi: Lane, zr: Lane, zi: Lane, left_r: Lane, left_i: Lane, twist: Lane, site: Lane
                ) -> tuple[Lane, Lane, Lane, Lane, Lane]:
    nr, ni = left_r * zr - left_i * zi, left_r * zi + left_i * zr
    here = (site - twist) * (site - twist)
    nr, ni = here.exceeds(0.0, nr, 1.0), here.exceeds(0.0, ni, 0.0)
    return nr, ni, nr, ni, nr


def _up_terms(vr: Lane, vi: Lane, zr: Lane, zi: Lane, sr: Lane, si: Lane, inertia: Lane, right_r: Lane, right_i: Lane,
              twist: Lane, site: Lane, m: Lane) -> tuple[Lane, Lane, Lane, Lane, Lane, Lane, Lane, Lane]:
    nr, ni = right_r * zr - right_i * zi, right_r * zi + right_i * zr
    here = (site - twist) * (site - twist)
    nr, ni = here.exceeds(0.0, nr, 1.0), here.exceeds(0.0, ni, 0.0)
    beyond = site - twist
    vr, vi = beyond.exceeds(0.0, nr, vr), beyond.exceeds(0.0, ni, vi)
    return (vr, vi, nr, ni, sr + m * (vr * vr - vi * vi), si + m * (vr + vr) * vi, inertia + m * (vr * vr + vi * vi),
            vr)


def _inverse_terms(dr: Lane, di: Lane, er: Lane, ei: Lane, share_r: Lane, share_i: Lane, pr: Lane, pi: Lane,
                   twist: Lane, k: Lane, site: Lane, bound: Lane) -> tuple[Lane, Lane, Lane, Lane, Lane]:
    qr, qi = share_r * share_r - share_i * share_i, (share_r + share_r) * share_i
    nr, ni = share_r / k + (qr * er - qi * ei), share_i / k + (qr * ei + qi * er)
    place = site - twist
    square = place * place
    nr, ni = square.exceeds(0.0, nr, pr), square.exceeds(0.0, ni, pi)
    kept = bound - place
    return kept.exceeds(0.0, dr, nr), kept.exceeds(0.0, di, ni), nr, ni, nr


def _column_terms(pr: Lane, pi: Lane, cr: Lane, ci: Lane, near_r: Lane, near_i: Lane, far_r: Lane, far_i: Lane,
                  dr: Lane, di: Lane, vr: Lane, vi: Lane, hr: Lane, hi: Lane, twist: Lane, sign: Lane, shift: Lane
                  ) -> tuple[Lane, Lane, Lane, Lane, Lane]:
    before = sign * twist + shift  # above 0 where the site is not beyond the twist
    fr, fi = before.exceeds(0.0, near_r, far_r), before.exceeds(0.0, near_i, far_i)
    pr, pi = pr * fr - pi * fi, pr * fi + pi * fr
    cr, ci = before.exceeds(0.0, dr, cr), before.exceeds(0.0, di, ci)
    gr, gi = pr * cr - pi * ci, pr * ci + pi * cr
    tr, ti = hr * vr - hi * vi, hr * vi + hi * vr
    return pr, pi, cr, ci, tr * gr - ti * gi


_from_left = lane_sums(_from_left_terms, stores=6)
_from_right = lane_sums(_from_right_terms, stores=8)
_down = lane_sums(_down_terms, stores=4)
_up = lane_sums(_up_terms, stores=7)
_inverse = lane_sums(_inverse_terms, stores=4)
_column = lane_sums(_column_terms, stores=4)


@njit(error_model="numpy", fastmath=False)
def _sides(k, p, m, gamma, count, sign, w, left, right, own, work):
    """Fill the shares that springs pass on leftwards and rightwards, and 1/G_ii, at sign ω; work[6] is the twist.

    ``left``, ``right``, ``own`` (2, n, 16); ``w`` (2, 16); ``work`` (10, 16).
    """
    n = m.size
    for q in range(16):
        work[0, q], work[1, q], work[2, q], work[3, q], work[5, q], work[6, q] = 0.0, 0.0, 0.0, 0.0, -1.0, 0.0
        work[7, q], work[8, q] = sign * w[0, q], sign * w[1, q]
    for i in range(n):
        spring = k[i] if i + 1 < n else 0.0
        _from_left((own[0, i], own[1, i], left[0, i], left[1, i], work[0], work[1], work[7], work[8]), np.int64(0),
                   count, (p[i], m[i], gamma[i], spring))
    for i in range(n - 1, -1, -1):
        spring = k[i - 1] if i > 0 else 0.0
        _from_right((own[0, i], own[1, i], right[0, i], right[1, i], work[2], work[3], work[5], work[6], work[7],
                     work[8]), np.int64(0), count, (p[i], m[i], gamma[i], spring, float(i)))


@njit(error_model="numpy", fastmath=False)
def _summit(left, right, t, q):
    """Return the site near t from which the motion falls off on both sides.

    On a resonance of an ordered chain 1/G_ii may be rounding alone at a thousand sites, and the largest any of them.
    """
    n = len(left[0])
    while t > 0 and left[0, t - 1, q] ** 2 + left[1, t - 1, q] ** 2 > 1.0:
        t -= 1
    while t + 1 < n and right[0, t + 1, q] ** 2 + right[1, t + 1, q] ** 2 > 1.0:
        t += 1
    return t


@njit(error_model="numpy", fastmath=False)
def _motion(m, count, twist, left, right, v, work):
    """Fill the displacements that a unit displacement of the twist causes; work[2…4] are Σ mv² and Σ m|v|²."""
    n = m.size
    for q in range(16):
        for row in range(5):
            work[row, q] = 0.0
    for i in range(n - 1, -1, -1):
        _down((v[0, i], v[1, i], work[0], work[1], left[0, i], left[1, i], twist), np.int64(0), count, (float(i),))
    for q in range(16):
        work[0, q], work[1, q] = 0.0, 0.0
    for i in range(n):
        _up((v[0, i], v[1, i], work[0], work[1], work[2], work[3], work[4], right[0, i], right[1, i], twist),
            np.int64(0), count, (float(i), m[i]))


@njit(error_model="numpy", fastmath=False)
def _inverses(k, count, twist, left, right, pivot, d, work):
    """Fill the diagonal of G from 1/G at the twist, which is ``pivot`` inverted already."""
    n = len(d[0])
    for i in range(n - 1, -1, -1):
        spring = k[i] if i + 1 < n else 0.0
        _inverse((d[0, i], d[1, i], work[0], work[1], left[0, i], left[1, i], pivot[0], pivot[1], twist), np.int64(0),
                 count, (spring, float(i), -1e18))
    for i in range(n):
        spring = k[i - 1] if i > 0 else 0.0
        _inverse((d[0, i], d[1, i], work[0], work[1], right[0, i], right[1, i], pivot[0], pivot[1], twist), np.int64(0),
                 count, (spring, float(i), 0.5))


@njit(error_model="numpy", fastmath=False)
def _columns(a, sites, m, count, twist, left, right, v, d, here, g, work, weight):
    """Add m Re(h v G_·a) to ``weight`` (n,), and fill G at the other sites asked for, ``g`` (n_sites, 2, 16)."""
    n = m.size
    for sign in (1.0, -1.0):
        for q in range(16):
            work[0, q], work[1, q], work[2, q], work[3, q] = 1.0, 0.0, d[0, a, q], d[1, a, q]
        i = a
        while 0 <= i < n:
            if i != a:
                near, far = (left, right) if sign > 0.0 else (right, left)
                j = i - 1 if sign > 0.0 else i + 1
                weight[i] += m[i] * _column(
                    (work[0], work[1], work[2], work[3], near[0, j], near[1, j], far[0, i], far[1, i], d[0, i], d[1, i],
                     v[0, i], v[1, i], here[0], here[1], twist), np.int64(0), count, (sign, 0.5 - sign * i))[0]
            for s in range(sites.size):
                if sites[s] == i:
                    for q in range(count):
                        g[s, 0, q] = work[0, q] * work[2, q] - work[1, q] * work[3, q]
                        g[s, 1, q] = work[0, q] * work[3, q] + work[1, q] * work[2, q]
            i += 1 if sign > 0.0 else -1
    for q in range(count):
        r = here[0, q] * v[0, a, q] - here[1, q] * v[1, a, q]
        i = here[0, q] * v[1, a, q] + here[1, q] * v[0, a, q]
        weight[a] += m[a] * (r * d[0, a, q] - i * d[1, a, q])


@njit(error_model="numpy", fastmath=False)
def _slope(sites, gamma, w, v, sums, q):
    """Return vᵀ Z' v, Z' = -2ωM + iΓ, and v*Γv."""
    total, damping = -2.0 * complex(w[0, q], w[1, q]) * complex(sums[2, q], sums[3, q]), 0.0
    for i in sites:
        z = complex(v[0, i, q], v[1, i, q])
        total += complex(0.0, gamma[i]) * z * z
        damping += gamma[i] * (z.real * z.real + z.imag * z.imag)
    return total, damping


@njit(error_model="numpy", fastmath=False)
def _pivot(k, p, m, gamma, sites, t, w, left, right, own, v, u, pivot, q):
    """Fill G_tt(-ω): beside the real axis 1/G_tt cancels, and is -2iω Σ γ v u from Z(-ω) = Z(ω) - 2iωΓ instead."""
    z = complex(w[0, q], w[1, q])
    damped, size = 0.0j, 0.0
    for i in sites:
        term = gamma[i] * complex(v[0, i, q], v[1, i, q]) * complex(u[0, i, q], u[1, i, q])
        damped += term
        size += abs(term)
    largest = abs(p[t]) + m[t] * abs(z) ** 2 + gamma[t] * abs(z)
    if t > 0:
        largest += k[t - 1] * abs(complex(1.0 - left[0, t - 1, q], left[1, t - 1, q]))
    if t + 1 < m.size:
        largest += k[t] * abs(complex(1.0 - right[0, t + 1, q], right[1, t + 1, q]))
    at = -2.0j * z * damped if 2.0 * abs(z) * size < largest else complex(own[0, t, q], own[1, t, q])
    size = max(abs(at.real), abs(at.imag))  # its square may leave floating point
    inverse = over(1.0 + 0.0j, at / size) / size if size > 0.0 else complex(math.inf, 0.0)
    pivot[0, q], pivot[1, q] = inverse.real, inverse.imag
    if w[1, q] == 0.0:
        pivot[0, q], pivot[1, q] = 0.0, 0.0


@njit(error_model="numpy", fastmath=False)
def profiles(k, p, m, gamma, sites, steps, weakest, omegas, shares, last, between, weights):
    """Refine zeros ω of det Z and sum what they give; ``sites`` are those of the baths.

    Newton's steps on 1/G of the site that moves most, ``steps`` times, with Im ω = v*Γv/(2 v*Mv) of narrow ones;
    ``last``: the relative size of the last correction, one above 1e-6 is not made. Fills ω² Res G_ab · G_ab(-ω), shape
    (zeros, n_b, n_b), and adds the bath weights, shape (n_b, n_sites); ``shares``: how often each zero counts. A zero
    that decays no faster than ``weakest`` is put on the real axis and gives nothing.
    """
    n, n_b = m.size, sites.size
    left, right, own = np.zeros((2, n, 16)), np.zeros((2, n, 16)), np.zeros((2, n, 16))
    v, d, work, w = np.zeros((2, n, 16)), np.zeros((2, n, 16)), np.zeros((10, 16)), np.zeros((2, 16))
    here, pivot, g = np.zeros((2, 16)), np.zeros((2, 16)), np.zeros((n_b, 2, 16))
    twist, factor = np.zeros(16), np.zeros(16, np.complex128)
    for begin in range(0, omegas.size, 16):
        count = min(16, omegas.size - begin)
        for q in range(count):
            w[0, q], w[1, q] = omegas[begin + q].real, omegas[begin + q].imag
        for step in range(steps + 1):
            _sides(k, p, m, gamma, count, 1.0, w, left, right, own, work)
            for q in range(count):
                twist[q] = _summit(left, right, int(work[6, q]), q)
            _motion(m, count, twist, left, right, v, work)
            for q in range(count):
                slope, damping = _slope(sites, gamma, w, v, work, q)
                at, z = int(twist[q]), complex(w[0, q], w[1, q])
                factor[q] = over(z * z, slope)
                if step < steps:
                    move = over(complex(own[0, at, q], own[1, at, q]), slope) if slope != 0.0 else 0.0j
                    last[begin + q] = abs(move) / abs(z)
                    if last[begin + q] <= NEARBY:
                        z -= move
                        w[0, q], w[1, q] = z.real, z.imag
                        if z.imag < NARROW * z.real:
                            w[1, q] = 0.5 * damping / work[4, q]
        _sides(k, p, m, gamma, count, -1.0, w, left, right, own, work)
        _motion(m, count, twist, left, right, d, work)
        for q in range(count):
            if w[1, q] <= weakest:
                w[1, q], factor[q] = 0.0, 0.0j
            omegas[begin + q] = complex(w[0, q], w[1, q])
            _pivot(k, p, m, gamma, sites, int(twist[q]), w, left, right, own, v, d, pivot, q)
        _inverses(k, count, twist, left, right, pivot, d, work)
        for b in range(n_b):
            a = sites[b]
            for q in range(count):
                h = 4.0j * shares[begin + q] * gamma[a] * factor[q] * complex(v[0, a, q], v[1, a, q])
                here[0, q], here[1, q] = h.real, h.imag
            _columns(a, sites, m, count, twist, left, right, v, d, here, g, work, weights[b])
            for q in range(count):
                h = factor[q] * complex(v[0, a, q], v[1, a, q])
                for c in range(n_b):
                    other = complex(v[0, sites[c], q], v[1, sites[c], q])
                    between[begin + q, b, c] = h * other * complex(g[c, 0, q], g[c, 1, q])
