"""Sums of residues over zeros of the secular function, in twice the precision.

With y_g = u_g ν_g/p_g, p_g = (D_g - x)² + ν_g² x, Y = Σ y_g, f_g = y_g/Y and c = -1/(ds/dx), one zero adds

    c f_g/(d_r - x)²            to  bulk[r, g]
    c f_g ν_h/p_h               to  between[g, h]
    -2i c ν_g ω/(α_g p_g)       to  own[g]

(real parts; ``share`` is 1 for a zero that stands for the pair ω, -ω*, and 1/2 on the imaginary axis).
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels import double_double as dd
from hotsprings.kernels.arrays import floats, waves, zero_floats
from hotsprings.kernels.compiled import exclusive, njit, prange
from hotsprings.kernels.formulas import Formula
from hotsprings.kernels.lanes import lane_stores
from hotsprings.kernels.scalars import higher, lower
from hotsprings.kernels.secular import PARTS, bath_factor, evaluate, square_root


@njit(cache=True, error_model="numpy")
def _accumulate(out, i, j, value, share):
    """Add share · Re value to the double-double out[i, j, :]."""
    h, low = dd.add(out[i, j, 0], out[i, j, 1], share * value[0], share * value[1])
    out[i, j, 0], out[i, j, 1] = h, low


@Formula
def _of_bath(bath, shift, eta, omega):
    """Return α at ω and at -ω, 1/p, y, u/α(-ω) and ων of a bath (D, ν, u)."""
    here = bath_factor(bath, shift, eta, omega)
    drag = dd.cscale(omega, bath[2], bath[3])
    there = dd.cadd(here, (2.0 * drag[2], 2.0 * drag[3], -2.0 * drag[0], -2.0 * drag[1]))
    over = dd.cinv(dd.cmul(here, there))
    uh, ul = dd.mul(bath[4], bath[5], bath[2], bath[3])
    return here, there, over, dd.cscale(over, uh, ul), dd.cscale(dd.cmul(here, over), bath[4], bath[5]), drag


@njit(cache=True, error_model="numpy")
def _bath_sum(baths, shift, eta, omega, rest, error):
    """Return y_g, 1/p_g, α_g and Y, the last by the better conditioned of Σ y_g and s(-ω)/(-2iω)."""
    n = baths.shape[1]
    y, over, alpha = floats((n, 4)), floats((n, 4)), floats((n, 4))
    total = (0.0, 0.0, 0.0, 0.0)
    mirrored = rest
    noise, noise_mirrored = 0.0, error
    for g in range(n):
        a, b, inverse, yg, u_b, drag = _of_bath(dd.column(baths, g), shift, eta, omega)
        total = dd.cadd(total, yg)
        mirrored = dd.cadd(mirrored, dd.cneg(u_b))
        size = abs(baths[0, g]) + dd.cabs(eta) + dd.cabs(drag)
        noise = higher(noise, dd.cabs(yg) * size / lower(dd.cabs(a), dd.cabs(b)))
        noise_mirrored = higher(noise_mirrored, dd.cabs(u_b) * size / dd.cabs(b))
        dd.store(y, g, yg)
        dd.store(over, g, inverse)
        dd.store(alpha, g, a)
    if noise_mirrored < 2.0 * dd.cabs(omega) * noise:
        inverse = dd.cinv(dd.cscale(omega, 2.0, 0.0))
        half = dd.cmul(mirrored, inverse)
        total = (-half[2], -half[3], half[0], half[1])  # times i: s(-ω)/(-2iω)
    return y, over, alpha, total


@njit(cache=True, error_model="numpy")
def gap_baths(poles, baths, anchor, offset, over, y):
    """Fill 1/p_g and y_g at x = d_anchor + offset, in double precision; return ω, Y, the growth of a rounding error."""
    high, low = poles[0, anchor], poles[1, anchor]
    omega = square_root(poles, anchor, offset)
    growth, size = 0.0, 0.0
    total = 0.0j
    for g in range(baths.shape[1]):
        distance = ((baths[0, g] - high) + (baths[1, g] - low)) - offset
        drag = 1j * omega * baths[2, g]
        alpha = distance + drag
        over[g] = 1.0 / (alpha * (distance - drag))
        y[g] = baths[4, g] * baths[2, g] * over[g]
        growth = higher(growth, (abs(distance) + abs(drag)) / abs(alpha))
        size += abs(y[g])
        total += y[g]
    return omega, total, higher(growth, size / abs(total))


def _terms(poles, baths, anchors, *_):
    return 100 * anchors.size * baths.shape[1] ** 2


@njit(cache=True, error_model="numpy", parallel=True, work=_terms)
def gap_growth(poles, baths, anchors, offsets, slopes, largest):
    """Return by how much a rounding error grows at each gap zero: in its offset, in a bath factor, or in Y."""
    out = floats(anchors.size)
    n_g = baths.shape[1]
    for part in prange(PARTS):
        over, y = waves(n_g), waves(n_g)
        for i in range(part * anchors.size // PARTS, (part + 1) * anchors.size // PARTS):
            _, _, growth = gap_baths(poles, baths, anchors[i], offsets[i], over, y)
            out[i] = higher(growth, largest[i] / abs(slopes[i] * offsets[i]))
    return out


@njit(cache=True, error_model="numpy", parallel=True, work=_terms)
def gap_sums(poles, baths, anchors, offsets, slopes):
    """Return c f_g as real and imaginary parts (n_g, 2, n_zeros), and ``between`` and ``own`` in parts, for gap zeros.

    In double precision; the first axis of the sums is to be summed over.
    """
    n, n_g = anchors.size, baths.shape[1]
    weights = floats((n_g, 2, n))
    between, own = zero_floats((PARTS, n_g, n_g)), zero_floats((PARTS, n_g))
    for part in prange(PARTS):
        over, y = waves(n_g), waves(n_g)
        for i in range(part * n // PARTS, (part + 1) * n // PARTS):
            omega, total, _ = gap_baths(poles, baths, anchors[i], offsets[i], over, y)
            c = -1.0 / slopes[i]
            scaled = c / total
            for g in range(n_g):
                f = scaled * y[g]
                weights[g, 0, i], weights[g, 1, i] = f.real, f.imag
                for h in range(n_g):
                    between[part, g, h] += (f * over[h]).real * baths[2, h]
                distance = ((baths[0, g] - poles[0, anchors[i]]) + (baths[1, g] - poles[1, anchors[i]])) - offsets[i]
                drag = 1j * omega * baths[2, g]
                own[part, g] -= (2.0 * c * drag / (distance + drag) * over[g]).real
    return weights, between, own


def _precise_terms(poles, anchors, etas, weights, share):
    return 50 * poles.shape[1] * weights.shape[0] * weights.shape[1]


def _squared(rh, rl, ih, il, d, dl, ah, al, er, el, ei, em):
    """Return 1/(d - a - η)² ."""
    th, tl = dd.add(d, dl, -ah, -al)
    th, tl = dd.add(th, tl, -er, -el)
    q = dd.cinv((th, tl, -ei, -em))
    return dd.cmul(q, q)


def _gathered(high, low, rh, rl, ih, il, ah, al, bh, bl):
    """Add the real part of q (a + ib) to a sum that is gathered."""
    ph, pl = dd.mul(rh, rl, ah, al)
    qh, ql = dd.mul(ih, il, bh, bl)
    sh, sl = dd.add(ph, pl, -qh, -ql)
    total, error = dd.two_sum(high, sh)
    return total, low + (error + sl)


_squares = lane_stores(_squared, 4)
_gather = lane_stores(_gathered, 2)


@njit(cache=True, error_model="numpy", parallel=True, work=_precise_terms)
def bulk_residues(poles, anchors, etas, weights, share):
    """Return Re Σ_i share_i weights[i, g]/(d_r - x_i)², shape (n_poles, n_g)."""
    n, n_g = poles.shape[1], weights.shape[1]
    out = floats((n, n_g))
    parts = PARTS if n > 64 * PARTS else 1
    for part in prange(parts):
        first, last = part * n // parts, (part + 1) * n // parts
        dh, dl = poles[0][first:last], poles[1][first:last]
        q, total = floats((4, last - first)), zero_floats((2 * n_g, last - first))
        for i in range(anchors.size):
            a = anchors[i]
            ah, al = (poles[0, a], poles[1, a]) if a >= 0 else (0.0, 0.0)
            _squares((q[0], q[1], q[2], q[3], dh, dl), 0, last - first,
                     (ah, al, etas[i, 0], etas[i, 1], etas[i, 2], etas[i, 3]))
            for g in range(n_g):
                w = dd.cscale(dd.load(weights[i], g), share[i], 0.0)
                _gather((total[2 * g], total[2 * g + 1], q[0], q[1], q[2], q[3]), 0, last - first, w)
        for g in range(n_g):
            for r in range(last - first):
                out[first + r, g] = total[2 * g, r] + total[2 * g + 1, r]
    return out


@exclusive
@njit(cache=True, error_model="numpy")
def precise_sums(poles, baths, static, lowest, anchors, etas, roots, share, threads):
    """Return weights (n_zeros, n_g, 4) for ``bulk_residues``, between (n_g, n_g, 2), own (1, n_g, 2), a loss of digits.

    All but the last, an estimate, are double-doubles.
    """
    n_g, n = baths.shape[1], roots.shape[0]
    between, own = zero_floats((n_g, n_g, 2)), zero_floats((1, n_g, 2))
    weights = floats((n, n_g, 4))
    loss = floats(n)
    for i in range(n):
        a = anchors[i]
        shift = (poles[0, a], poles[1, a]) if a >= 0 else (0.0, 0.0)
        eta, w = dd.load(etas, i), dd.load(roots, i)
        _, s_x, rest, s_xx, _, largest = evaluate(poles, baths, static, lowest, a, eta, w, threads)
        loss[i] = _loss(a, dd.capprox(eta), dd.capprox(w), dd.capprox(s_x), s_xx, largest)
        c = dd.cneg(dd.cinv(s_x))
        y, over, alpha, total = _bath_sum(baths, shift, eta, w, rest, largest)
        inverse_total = dd.cinv(total)
        cf = weights[i]
        for g in range(n_g):
            dd.store(cf, g, dd.cmul(c, dd.cmul(dd.load(y, g), inverse_total)))
        for g in range(n_g):
            inverse_p = dd.load(over, g)
            damping = dd.cscale(w, -2.0 * baths[2, g], -2.0 * baths[3, g])
            drag = (-damping[2], -damping[3], damping[0], damping[1])  # -2iων
            inverse_a = dd.cmul(dd.cadd(dd.load(alpha, g), drag), inverse_p)
            for k in range(n_g):
                value = dd.cscale(dd.cmul(dd.load(cf, k), inverse_p), baths[2, g], baths[3, g])
                _accumulate(between, k, g, value, share[i])
            _accumulate(own, np.int64(0), g, dd.cmul(dd.cmul(dd.cmul(c, inverse_a), drag), inverse_p), share[i])
    return weights, between, own, loss


@exclusive
@njit(cache=True, error_model="numpy")
def precise_residues(poles, baths, static, lowest, anchors, etas, roots, k, g, threads):
    """Return c (y_k/Σy) ν_g/p_g of each zero, the terms of ``between[k, g]``, rounded to complex128."""
    out = waves(roots.shape[0])
    for i in range(roots.shape[0]):
        a = anchors[i]
        shift = (poles[0, a], poles[1, a]) if a >= 0 else (0.0, 0.0)
        eta, w = dd.load(etas, i), dd.load(roots, i)
        _, s_x, rest, _, _, largest = evaluate(poles, baths, static, lowest, a, eta, w, threads)
        y, over, _, total = _bath_sum(baths, shift, eta, w, rest, largest)
        value = dd.cmul(dd.cmul(dd.load(y, k), dd.load(over, g)), dd.cinv(dd.cmul(s_x, total)))
        out[i] = -dd.capprox(dd.cscale(value, baths[2, g], baths[3, g]))
    return out


@njit(cache=True, error_model="numpy")
def _loss(anchor, eta, omega, s_x, s_xx, largest):
    """Return how much a rounding error grows in this zero's residue (1/separation³ near a double zero)."""
    if anchor >= 0:
        spread = abs(2.0 * s_x + eta * s_xx) / abs(2.0 * s_x)  # |η| / distance to the next zero, about
        growth = largest / abs(s_x * eta)
    else:
        x = omega * omega
        spread = abs(omega) * abs(2.0 * s_x + 4.0 * x * s_xx) / abs(4.0 * omega * s_x)
        growth = largest / abs(2.0 * x * s_x)
    return growth * higher(spread, 1.0) ** 2


@exclusive
@njit(cache=True, error_model="numpy")
def split_pole_term(poles, baths, static, lowest, g, threads):
    """Return (i/2) [1/s(-p₊) - 1/s(-p₋)]/r with α_g(p±) = 0, r = p₊ - p₋, for a group of equal baths.

    Where the two poles meet (critical damping) the quotient is a derivative, taken as a symmetric difference whose
    error is (r/ν)² = 1e-16.
    """
    ph, pl = dd.mul(baths[2, g], baths[3, g], baths[2, g], baths[3, g])
    rh, rl = dd.add(4.0 * baths[0, g], 4.0 * baths[1, g], -ph, -pl)
    nu = baths[2, g]
    if abs(rh) < 1e-16 * nu * nu:
        rh, rl = 1e-16 * nu * nu, 0.0
    root = dd.csqrt((abs(rh), math.copysign(1.0, rh) * rl, 0.0, 0.0))
    r = root if rh > 0.0 else (0.0, 0.0, root[0], root[1])
    values = floats((2, 4))
    for k in range(2):
        sign = 1.0 - 2.0 * k
        p = dd.cadd((0.0, 0.0, baths[2, g], baths[3, g]), dd.cscale(r, sign, 0.0))
        p = dd.cscale(p, -0.5, 0.0)  # -p
        s, _, _, _, _, _ = evaluate(poles, baths, static, lowest, np.int64(-1), dd.cmul(p, p), p, threads)
        dd.store(values, k, dd.cinv(s))
    quotient = dd.cmul(dd.cadd(dd.load(values, 0), dd.cneg(dd.load(values, 1))), dd.cinv(r))
    return -0.5 * (quotient[2] + quotient[3])  # Re(i q) = -Im q


@exclusive
@njit(cache=True, error_model="numpy")
def zero_factors(poles, baths, static, lowest, anchors, etas, roots, threads):
    """Return ds/dx (n,), Σ_g y_g (n,), and α_g (n, n_g) at zeros kept in 32 digits, rounded to complex128."""
    n, n_g = roots.shape[0], baths.shape[1]
    slopes, totals = waves(n), waves(n)
    alphas = waves((n, n_g))
    for i in range(n):
        a = anchors[i]
        shift = (poles[0, a], poles[1, a]) if a >= 0 else (0.0, 0.0)
        eta, w = dd.load(etas, i), dd.load(roots, i)
        _, s_x, rest, _, _, largest = evaluate(poles, baths, static, lowest, a, eta, w, threads)
        _, _, alpha, total = _bath_sum(baths, shift, eta, w, rest, largest)
        slopes[i], totals[i] = dd.capprox(s_x), dd.capprox(total)
        for g in range(n_g):
            alphas[i, g] = dd.capprox(dd.load(alpha, g))
    return slopes, totals, alphas
