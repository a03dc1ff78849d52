"""The secular function of a diagonal plus a rank-one part, and its zeros, in twice the precision.

    s(ω) = 1 - Σ_r w_r/(d_r - x) - Σ_g u_g/α_g,    α_g = D_g - x + iων_g,    x = ω²

``poles`` has the rows d, w, w/d and ``baths`` the rows D, ν, u, each as (high, low): shape (6, n).
For small x the constant is taken from ``static`` = s(0), known without cancellation:

    s(ω) = s(0) - x Σ_r (w_r/d_r)/(d_r - x) - Σ_g u_g (x - iων_g)/(α_g D_g)

A zero is kept as ω, and as the offset η = x - d_anchor from a pole (anchor -1: none, η = x).
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.kernels import double_double as dd
from hotsprings.kernels.compiled import alone, exclusive, njit, prange
from hotsprings.kernels.lanes import Lane, lane_sums

QUADRATIC = 1e-17  # a Newton step this small leaves an error of its square
THREADED = 10_000  # poles from which sums in double-double use all threads
PARTS = 64  # pieces they are cut into
ONE_BY_ONE = 1  # as ``threads``: the pieces one after the other; any other number: on all threads; None: no pieces
SMALL = 0.25  # below this fraction of the lowest pole the form with s(0) is used


@njit(cache=True, error_model="numpy")
def bath_factor(baths, g, shift, x, omega):
    """Return α_g = (D_g - shift) - (x - shift) + iων_g with x - shift given in ``x``."""
    gh, gl = dd.add(baths[0, g], baths[1, g], -shift[0], -shift[1])
    damping = dd.cscale(omega, baths[2, g], baths[3, g])
    return dd.cadd((gh, gl, 0.0, 0.0), dd.cadd(dd.cneg(x), (-damping[2], -damping[3], damping[0], damping[1])))


@njit(cache=True, error_model="numpy")
def lowest_pole(poles, baths):
    """Return the smallest of all d and D (0 where there is none, which cannot happen)."""
    low = np.inf
    for r in range(poles.shape[1]):
        low = min(low, poles[0, r])
    for g in range(baths.shape[1]):
        low = min(low, baths[0, g])
    return low


@njit(cache=True, error_model="numpy")
def _part(poles, row, start, stop, shift, eta, full):
    """Return Σ v/(d-x) of one row v, Σ w/(d-x)² (double-double), Σ w/(d-x)³, -Σ 1/(d-x), max |w/(d-x)| over a range.

    Not ``full``: the second sum in double precision.
    """
    total = (0.0, 0.0, 0.0, 0.0)
    first = (0.0, 0.0, 0.0, 0.0)
    rough = 0.0j
    second = 0.0j
    log_slope = 0.0j
    largest = 1.0
    for r in range(start, stop):
        th, tl = dd.add(poles[0, r], poles[1, r], -shift[0], -shift[1])
        th, tl = dd.add(th, tl, -eta[0], -eta[1])
        q = dd.cinv((th, tl, -eta[2], -eta[3]))
        total = dd.gather(total, dd.cscale(q, poles[row, r], poles[row + 1, r]))
        simple = complex(q[0], q[2])
        wq = poles[2, r] * simple
        rough += wq * simple
        second += wq * simple * simple
        log_slope -= simple
        largest = max(largest, wq.real * wq.real + wq.imag * wq.imag)
        if full:
            first = dd.gather(first, dd.cmul(q, dd.cscale(q, poles[2, r], poles[3, r])))
    return dd.settle(total), dd.settle(first) if full else dd.cfrom(rough), second, log_slope, math.sqrt(largest)


def threads(poles: FloatArray) -> int | None:
    """Return in how many pieces sums over these poles are done: None, ``ONE_BY_ONE``, or ``PARTS`` on all threads."""
    return None if poles.shape[1] < THREADED else ONE_BY_ONE if alone() else PARTS


@njit(cache=True, error_model="numpy", parallel=True)
def _parts(poles, row, shift, eta, full, totals, firsts, rest, largest):
    """Fill the sums of ``_part`` over equal ranges, one row each, on all threads."""
    n, count = poles.shape[1], largest.size
    for k in prange(count):
        total, first, second, log_slope, top = _part(poles, row, k * n // count, (k + 1) * n // count, shift, eta,
                                                       full)
        dd.store(totals, k, total)
        dd.store(firsts, k, first)
        rest[k, 0], rest[k, 1], largest[k] = second, log_slope, top


_parts_alone = _parts.alone


@njit(cache=True, error_model="numpy")
def _bulk(poles, row, shift, eta, full, threads):
    """Return what ``_part`` does, over all poles."""
    if threads is None:  # known when it is compiled: small systems do without what threads need
        return _part(poles, row, np.int64(0), poles.shape[1], shift, eta, full)
    totals, firsts = np.empty((PARTS, 4)), np.empty((PARTS, 4))
    rest, largest = np.empty((PARTS, 2), np.complex128), np.empty(PARTS)
    if threads == ONE_BY_ONE:
        _parts_alone(poles, row, shift, eta, full, totals, firsts, rest, largest)
    else:
        _parts(poles, row, shift, eta, full, totals, firsts, rest, largest)
    total = (0.0, 0.0, 0.0, 0.0)
    first = (0.0, 0.0, 0.0, 0.0)
    second, log_slope, top = 0.0j, 0.0j, 1.0
    for k in range(PARTS):
        total, first = dd.cadd(total, dd.load(totals, k)), dd.cadd(first, dd.load(firsts, k))
        second += rest[k, 0]
        log_slope += rest[k, 1]
        top = max(top, largest[k])
    return total, first, second, log_slope, top


@njit(cache=True, error_model="numpy")
def evaluate(poles, baths, static, lowest, anchor, eta, omega, full, threads):
    """Return s, ds/dx, 1 - Σ w/(d-x) (double-double), d²s/dx², d ln[Π(d-x) Πα]/dx (complex), the largest term.

    Not ``full``: ds/dx in double precision, enough for a Newton step.
    """
    shift = (poles[0, anchor], poles[1, anchor]) if anchor >= 0 else (0.0, 0.0)
    xh, xl = dd.add(shift[0], shift[1], eta[0], eta[1])
    x = (xh, xl, eta[2], eta[3])
    small = dd.cabs(x) < SMALL * lowest
    total, first, second, log_slope, largest = _bulk(poles, 4 if small else 2, shift, eta, full, threads)
    if small:
        s = dd.cadd((static[0], static[1], 0.0, 0.0), dd.cneg(dd.cmul(x, total)))
    else:
        s = dd.cadd((1.0, 0.0, 0.0, 0.0), dd.cneg(total))
    rest = s
    if small:
        largest = max(dd.cabs(s), abs(static[0]))
    s_x = dd.cneg(first)
    s_xx = -2.0 * second
    inverse = dd.cinv(omega)
    for g in range(baths.shape[1]):
        alpha = bath_factor(baths, g, shift, eta, omega)
        q = dd.cinv(alpha)
        u_q = dd.cscale(q, baths[4, g], baths[5, g])
        if small:
            d_over = dd.div(1.0, 0.0, baths[0, g], baths[1, g])
            drag = dd.cscale(omega, baths[2, g], baths[3, g])
            change = dd.cadd(x, (drag[2], drag[3], -drag[0], -drag[1]))
            term = dd.cscale(dd.cmul(u_q, change), d_over[0], d_over[1])
            s = dd.cadd(s, dd.cneg(term))
            largest = max(largest, dd.cabs(term))
            uh, ul = dd.mul(baths[4, g], baths[5, g], d_over[0], d_over[1])
            rest = dd.cadd(rest, (uh, ul, 0.0, 0.0))
        else:
            s = dd.cadd(s, dd.cneg(u_q))
            largest = max(largest, dd.cabs(u_q))
        half = dd.cscale(inverse, 0.5 * baths[2, g], 0.5 * baths[3, g])
        alpha_x = dd.cadd((-1.0, 0.0, 0.0, 0.0), (-half[2], -half[3], half[0], half[1]))
        s_x = dd.cadd(s_x, dd.cmul(dd.cmul(u_q, q), alpha_x))
        a_x, q_c, w = dd.capprox(alpha_x), dd.capprox(q), dd.capprox(omega)
        a_xx = -0.25j * baths[2, g] / (w * w * w)
        log_slope += a_x * q_c
        s_xx += dd.capprox(u_q) * q_c * (a_xx - 2.0 * a_x * a_x * q_c)
    return s, s_x, rest, s_xx, log_slope, largest


@lane_sums
def _terms(d: Lane, w: Lane, xr: Lane, xi: Lane) -> tuple[Lane, Lane, Lane, Lane, Lane, Lane]:
    t = d - xr
    n = 1.0 / t.fma(t, xi * xi)
    qr, qi = t * n, xi * n
    sr, si = qr.fma(qr, -(qi * qi)), (qr + qr) * qi
    return w * qr, w * qi, w * sr, w * si, qr, qi


@njit(cache=True, error_model="numpy", fastmath=False)
def bulk_sums(d, w, xr, xi):
    """Return Σ w/(d-x), Σ w/(d-x)², Σ 1/(d-x) for one complex x, as six doubles."""
    return _terms((d, w), 0, d.size, (xr, xi))


@njit(cache=True, error_model="numpy")
def evaluate_double(poles, baths, static, lowest, omega):
    """Return s, ds/dω, d ln Π(d-x)Πα/dω and the largest term, in double precision."""
    x = omega * omega
    small = abs(x) < SMALL * lowest
    ar, ai, br, bi, cr, ci = bulk_sums(poles[0], poles[4] if small else poles[2], x.real, x.imag)
    total, plain = complex(ar, ai), complex(cr, ci)
    if small:
        s = static[0] - x * total
        _, _, br, bi, cr, ci = bulk_sums(poles[0], poles[2], x.real, x.imag)
    else:
        s = 1.0 - total
    s_omega = -2.0 * omega * complex(br, bi)
    log_slope = -2.0 * omega * plain
    largest = 1e-3 if small else 1.0
    for g in range(baths.shape[1]):
        alpha = (baths[0, g] - x) + 1j * omega * baths[2, g]
        if alpha == 0.0:
            alpha = 1e-17 * baths[0, g] + 0.0j
        slope = -2.0 * omega + 1j * baths[2, g]
        if small:
            s -= baths[4, g] * (x - 1j * omega * baths[2, g]) / (alpha * baths[0, g])
        else:
            s -= baths[4, g] / alpha
        s_omega += baths[4, g] * slope / (alpha * alpha)
        log_slope += slope / alpha
        largest = max(largest, abs(baths[4, g] / alpha))
    return s, s_omega, log_slope, largest


@lane_sums
def _known_terms(kr: Lane, ki: Lane, wr: Lane, wi: Lane) -> tuple[Lane, Lane]:
    a, c, e = wr - kr, wr + kr, wi - ki
    square = e * e
    n, m = 1.0 / a.fma(a, square), 1.0 / c.fma(c, square)
    return a.fma(n, c * m), -(e * (n + m))


@njit(cache=True, error_model="numpy", fastmath=False)
def deflation_known(kr, ki, wr, wi):
    """Return Σ_l 1/(ω-ω_l) + 1/(ω+ω_l*) over known zeros ω_l = kr + i ki."""
    return _known_terms((kr, ki), 0, kr.size, (wr, wi))


@exclusive
@njit(cache=True, error_model="numpy")
def aberth(poles, baths, static, lowest, known_r, known_i, free, roots, precise, max_sweeps, threads):
    """Move ``roots`` (n, 4) onto the zeros of s that are not among ``known``; return sweeps and the last steps.

    Ehrlich-Aberth, one root after the other. ``precise`` evaluates s in double-double; None: in double.
    ``free``: ω = 0 is a zero, left out.
    """
    n = roots.shape[0]
    step = np.empty(n)
    step[:] = np.inf
    done = np.zeros(n, dtype=np.bool_)
    floor = 64.0 * dd.EPSILON if precise is not None else 4e-16
    target = 1e-29 if precise is not None else 1e-13
    sweeps, left = 0, n
    while sweeps < max_sweeps and left:
        sweeps += 1
        for i in range(n):
            if done[i]:
                continue
            w = dd.load(roots, i)
            omega = dd.capprox(w)
            if precise is not None:  # known when it is compiled
                s_dd, s_x, _, _, log_slope, largest = evaluate(poles, baths, static, lowest, np.int64(-1),
                                                               dd.cmul(w, w), w, bool(0), threads)
                s, s_omega = dd.capprox(s_dd), 2.0 * omega * dd.capprox(s_x)
                log_slope = 2.0 * omega * log_slope
            else:
                s, s_omega, log_slope, largest = evaluate_double(poles, baths, static, lowest, omega)
            if s == 0.0:
                step[i], done[i] = 0.0, True
                left -= 1
                continue
            kr, ki = deflation_known(known_r, known_i, omega.real, omega.imag)
            repel = complex(kr, ki)
            if free:
                repel += 1.0 / omega
            for j in range(n):
                if j != i:
                    gap = complex((roots[i, 0] - roots[j, 0]) + (roots[i, 1] - roots[j, 1]),
                                  (roots[i, 2] - roots[j, 2]) + (roots[i, 3] - roots[j, 3]))
                    if gap == 0.0:
                        gap = 1e-9 * (1.0 + 1.0j) * omega if precise is None else 1e-22 * (1.0 + 1.0j) * omega
                    repel += 1.0 / gap
            move = -1.0 / (s_omega / s + log_slope - repel)
            if not (math.isfinite(move.real) and math.isfinite(move.imag)):
                move = 1e-3 * omega * (0.6 + 0.8j)
            dd.store(roots, i, dd.cadd(w, dd.cfrom(move)))
            step[i] = abs(move) / abs(omega)
            done[i] = step[i] < target or abs(s) < floor * largest
            left -= done[i]
    return sweeps, step


@njit(cache=True, error_model="numpy")
def nearest_pole(poles, xh, xl, xi):
    """Return the pole nearest to x, or -1 where 0 is about as near."""
    n = poles.shape[1]
    if n == 0:
        return -1
    lo, hi = 0, n
    while lo < hi:
        mid = (lo + hi) // 2
        if poles[0, mid] < xh or (poles[0, mid] == xh and poles[1, mid] < xl):
            lo = mid + 1
        else:
            hi = mid
    best = min(lo, n - 1)
    if lo > 0:
        below = math.hypot((xh - poles[0, lo - 1]) + (xl - poles[1, lo - 1]), xi)
        above = math.hypot((xh - poles[0, best]) + (xl - poles[1, best]), xi)
        if below < above:
            best = lo - 1
    distance = math.hypot((xh - poles[0, best]) + (xl - poles[1, best]), xi)
    return best if distance < 0.5 * poles[0, best] else -1


@njit(cache=True, error_model="numpy")
def anchor_roots(poles, roots, anchors, etas):
    """Fill anchor and offset of each zero ω of ``roots`` (n, 4)."""
    for i in range(roots.shape[0]):
        x = dd.cmul(dd.load(roots, i), dd.load(roots, i))
        a = nearest_pole(poles, x[0], x[1], x[2])
        anchors[i] = a
        if a >= 0:
            h, low = dd.add(x[0], x[1], -poles[0, a], -poles[1, a])
            dd.store(etas, i, (h, low, x[2], x[3]))
        else:
            dd.store(etas, i, x)


@exclusive
@njit(cache=True, error_model="numpy")
def refine(poles, baths, static, lowest, anchors, etas, roots, max_steps, threads):
    """Take Newton steps in η (anchored, on η s) or in ω (no anchor, on s), in place; return the last relative ones."""
    last = np.zeros(roots.shape[0])
    for i in range(roots.shape[0]):
        a = anchors[i]
        eta, w = dd.load(etas, i), dd.load(roots, i)
        for _ in range(max_steps):
            if a >= 0:
                xh, xl = dd.add(poles[0, a], poles[1, a], eta[0], eta[1])
                w = dd.csqrt((xh, xl, eta[2], eta[3]))
                s, s_x, _, _, _, _ = evaluate(poles, baths, static, lowest, a, eta, w, bool(0), threads)
                slope = dd.cadd(s, dd.cmul(eta, s_x))
                move = dd.cneg(dd.cmul(dd.cmul(eta, s), dd.cinv(slope)))
                last[i] = dd.cabs(move) / dd.cabs(eta)
                eta = dd.cadd(eta, move)
                xh, xl = dd.add(poles[0, a], poles[1, a], eta[0], eta[1])
                w = dd.csqrt((xh, xl, eta[2], eta[3]))
            else:
                s, s_x, _, _, _, _ = evaluate(poles, baths, static, lowest, np.int64(-1), eta, w, bool(0), threads)
                move = dd.cneg(dd.cmul(s, dd.cinv(dd.cmul(dd.cscale(w, 2.0, 0.0), s_x))))
                last[i] = dd.cabs(move) / dd.cabs(w)
                w = dd.cadd(w, move)
                eta = dd.cmul(w, w)
            if last[i] < QUADRATIC:
                break
        dd.store(etas, i, eta)
        dd.store(roots, i, w)
    return last


@njit(cache=True, error_model="numpy")
def roots_at(poles, anchors, offsets_r, offsets_i, roots):
    """Fill ``roots`` with ω = sqrt(d_anchor + offset) in double-double."""
    for i in range(anchors.size):
        h, low = dd.add(poles[0, anchors[i]], poles[1, anchors[i]], offsets_r[i], 0.0)
        dd.store(roots, i, dd.csqrt((h, low, offsets_i[i], 0.0)))
