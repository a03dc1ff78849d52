"""Green elements of the mean field at real frequencies, in 32 digits.

With α = D - ω² + iων of a site (ν = 0 without a bath) and t = (u/D)(ω - iν),

    s = s(0) - ω Σ t/α,     G_ij = (k/Ñ)/(m_i m_j) / (α_i α_j s) + δ_ij/(m_i α_i),

the terms of i and j taken together with α_i and α_j, so that nothing is infinite at their poles.
"""

from __future__ import annotations

from math import inf

from hotsprings.kernels import double_double as dd
from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.formulas import Formula, fma
from hotsprings.kernels.lanes import lane_folds

ACROSS, TOGETHER, SELF = 0, 1, 2  # i and j are merged with others each, with each other, the same site
BEYOND = 1e150  # stands for the sum over other sites at one of their poles


def _carried(th, tl, d, dl, v, vl, xh, xl):
    """Add v/(d - x) to a gathered sum."""
    rh, rl = dd.add(d, dl, -xh, -xl)
    ph, pl = dd.div(v, vl, rh, rl)
    h, low = dd.two_sum(th, ph)
    return h, tl + (low + pl)


def _both(ah, al, bh, bl):
    h, low = dd.two_sum(ah, bh)
    return h, low + (al + bl)


_folded = lane_folds(_carried, _both, (0.0, 0.0))


@njit(error_model="numpy", parallel=True, work=lambda poles, omegas, out: 10.0 * omegas.size * poles.shape[1])
def pole_sums(poles, omegas, out):
    """Fill Σ_r (w/d)_r/(d_r - ω²), ``out`` (n_omega, 2)."""
    for t in prange(omegas.size):
        x = omegas[t] * omegas[t]
        h, low = _folded((poles[0], poles[1], poles[4], poles[5]), 0, poles.shape[1],
                         (x, fma(omegas[t], omegas[t], -x)))
        out[t, 0], out[t, 1] = dd.two_sum(h, low)


@Formula
def _factor(site, omega):
    """Return α of a site (D, ν, u)."""
    x = omega * omega
    h, low = dd.add(site[0], site[1], -x, -fma(omega, omega, -x))
    return (h, low, *dd.mul(site[2], site[3], omega, 0.0))


@Formula
def _term(site, omega):
    """Return t of a site, and u/D."""
    h, low = dd.div(site[4], site[5], site[0], site[1])
    ih, il = dd.mul(h, low, site[2], site[3])
    return (*dd.mul(h, low, omega, 0.0), -ih, -il), (h, low, 0.0, 0.0)


@Formula
def _less(a, b):
    """Return a - b."""
    return dd.cadd(a, dd.cneg(b))


@njit(error_model="numpy")
def elements(bulk, baths, pair, omegas, static, kind, unit, left_out, out, loss):
    """Fill G_ij of two sites, or ω G_ij where nothing holds the network, and what cancels in it, (n_omega,).

    Parameters
    ----------
    bulk : ndarray, shape (n_omega, 2)
        Σ (w/d)/(d - ω²) over the merged sites without a bath that i and j are not among.
    baths : ndarray, shape (6, n_groups)
        D, ν, u of merged bath sites that i and j are not among.
    pair : ndarray, shape (6, 2)
        D, ν, u of the sites that i and j are merged in.
    static : tuple of float
        s(0) as (high, low); 0 where nothing holds the network.
    kind : int
        ``ACROSS``, ``TOGETHER`` or ``SELF``.
    unit, left_out : float
        (k/Ñ)/(m_i m_j), or 1/m_i of the same site; u (1 - share) of a site that is merged with others.
    """
    here, there = dd.column(pair, 0), dd.column(pair, 1)
    for t in range(omegas.size):
        w = omegas[t]
        h, low = dd.mul(bulk[t, 0], bulk[t, 1], w, 0.0)
        total = (h, low, 0.0, 0.0)
        size = abs(h)
        for g in range(baths.shape[1]):
            part = dd.cmul(_term(dd.column(baths, g), w)[0], dd.cinv(_factor(dd.column(baths, g), w)))
            size = max(size, dd.cabs(part))
            total = dd.cadd(total, part)
        if not dd.cabs(total) < BEYOND:
            total = (BEYOND, 0.0, 0.0, 0.0)
        scale = w if static[0] != 0.0 else 1.0
        total = dd.cadd((static[0], static[1], 0.0, 0.0), dd.cneg(dd.cscale(total, scale, 0.0)))
        a, b = _factor(here, w), _factor(there, w)
        first, constant = _term(here, w)
        second = dd.cscale(_term(there, w)[0], scale, 0.0)
        below = _less(dd.cmul(b, total), second)
        grown = abs(scale) * size * dd.cabs(b)
        top = (unit, 0.0, 0.0, 0.0)
        if kind == SELF:
            top = dd.cadd(total if static[0] != 0.0 else dd.cscale(total, w, 0.0), constant)
            if left_out > 0.0:
                top = _less(dd.cmul(a, top), (left_out, 0.0, 0.0, 0.0))
            top = dd.cscale(top, unit, 0.0)
        if kind != SELF or left_out > 0.0:
            below, grown = dd.cmul(a, below), grown * dd.cabs(a)
        if kind == ACROSS:
            below = _less(below, dd.cmul(dd.cscale(first, scale, 0.0), b))
        if dd.cabs(below) == 0.0:  # exactly on a dark frequency of merged sites
            out[t], loss[t] = complex(inf, 0.0), 0.0
            continue
        out[t] = dd.capprox(top) / dd.capprox(below)
        loss[t] = grown / dd.cabs(below)
