"""A whole mean field of few sites, all of them different, in one call: what a first answer compiles, and no more.

The zeros in the gaps by Newton steps with all poles summed, the few others by Ehrlich-Aberth, residues and sums: the
loops of ``secular`` and ``residues``, one after the other, without a tree and without threads. Where a step is not as
it should be the call says so, and the general road decides.

Arrays are filled element by element: what numpy's shorter forms do takes numba some tenths of a second each.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels import double_double as dd
from hotsprings.kernels import residues, secular
from hotsprings.kernels.arrays import floats, integers, waves, zero_floats
from hotsprings.kernels.cauchy import squares
from hotsprings.kernels.compiled import njit
from hotsprings.kernels.formulas import Complex, Formula
from hotsprings.kernels.gap_terms import bath_terms, bent_step, complex_powers, first_guess, real_powers
from hotsprings.kernels.scalars import higher, lower

SAME = 1e-30  # relative difference of κ/m below which two ratios of doubles are the same number
STEPS = 30
NEAR = 8  # poles on either side among which the largest term of s is
RESTS = 1e-14  # last relative step of a zero in 32 digits, whose square is left
SWEEPS = 120
_ratios, _aberth = dd.spring_ratios.alone, secular.aberth.__wrapped__
_precise_sums, _gap_sums = residues.precise_sums.__wrapped__, residues.gap_sums.alone
_bulk_residues = residues.bulk_residues.alone


@Formula
def _in_unit(site, scale):
    """Return κ/m and (k/Ñ)/m of a site in the unit of frequency, a power of two."""
    unit = 1.0 / (scale * scale)
    return site[0] * unit, site[1] * unit, site[2] * unit, site[3] * unit


@Formula
def _bath(site, friction, mass, scale):
    """Return the column D, ν, u of a bath."""
    high, low = dd.div(friction, 0.0, mass, 0.0)
    return site[0], site[1], high / scale, low / scale, site[2], site[3]


@Formula
def _pole(site):
    """Return the column d, w, w/d of a pole."""
    return (*site, *dd.div(site[2], site[3], site[0], site[1]))


@njit(error_model="numpy")
def _put(rows, j, column):
    """Write a column of an array (6, n)."""
    for row in range(6):
        rows[row, j] = column[row]


@njit(error_model="numpy")
def _columns(ratios, masses, sites, friction, scale, order, poles, baths):
    """Fill ``poles`` (6, n_poles), sorted, with the site of each, and ``baths`` (6, n_baths); whether all differ."""
    n, different = 0, True
    for i in range(masses.size):
        bath = -1
        for b in range(sites.size):
            if sites[b] == i:
                bath = b
        site = _in_unit(dd.load(ratios.T, i), scale)
        if bath >= 0:
            _put(baths, bath, _bath(site, friction[bath], masses[i], scale))
            continue
        j = n
        while j > 0 and (poles[0, j - 1] - site[0]) + (poles[1, j - 1] - site[1]) > 0.0:
            _put(poles, j, dd.column(poles, j - 1))
            order[j] = order[j - 1]
            j -= 1
        order[j] = i
        _put(poles, j, _pole(site))
        n += 1
    for j in range(1, n):
        different &= (poles[0, j] - poles[0, j - 1]) + (poles[1, j] - poles[1, j - 1]) > SAME * poles[0, j]
    for b in range(sites.size):
        for a in range(b):
            same = abs((baths[0, a] - baths[0, b]) + (baths[1, a] - baths[1, b])) <= SAME * baths[0, b]
            nu = abs((baths[2, a] - baths[2, b]) + (baths[3, a] - baths[3, b])) <= SAME * baths[2, b]
            different &= not (same and nu)
    return different


@Formula
def _halley(here, eta, p, value, by_x):
    """Return a step on η s(η), and ds/dx of what is left without the anchor, each as (real, imaginary)."""
    h, slope = 1.0 - (Complex(*p[:2]) + Complex(*value)), -(Complex(*p[2:4]) + Complex(*by_x))
    step = bent_step(here, Complex(*eta), h, slope, -Complex(*p[4:]))
    return *step.parts, *slope.parts


@njit(error_model="numpy")
def gap_zero(poles, baths, w, j):
    """Return anchor and offset of the zero in gap j, ds/dx without the anchor, whether it was found; ``w``: weights."""
    dh, dl = poles[0], poles[1]
    gap = (dh[j + 1] - dh[j]) + (dl[j + 1] - dl[j])
    middle = 1.0 - real_powers(dh, dl, w, dh[j], dl[j] + 0.5 * gap)[0]
    a, other, sign = j, j + 1, 1.0
    if middle > 0.0:
        a, other, sign = j + 1, j, -1.0
    here = w[a]
    er, ei = sign * first_guess(middle, here, w[other], gap, sign), 0.0
    w[a] = 0.0  # summed by itself
    converged, before, sr, si = False, 0.0, 0.0, 0.0
    for _ in range(STEPS):
        x = complex(dh[a] + (dl[a] + er), ei)
        p = complex_powers(dh, dl, w, dh[a], dl[a] + er, ei)
        value, by_x = bath_terms(baths[0], baths[1], baths[2], baths[4], dh[a], complex(dl[a] + er, ei), x)
        mr, mi, sr, si = _halley(here, (er, ei), p, (value.real, value.imag), (by_x.real, by_x.imag))
        place = sign * (er + mr)
        if not 0.0 < place < gap:  # half as far as the end of the gap
            er *= 0.5
            if place > 0.0:
                er += 0.5 * sign * gap
            continue
        er, ei = er + mr, ei + mi
        if converged:
            break
        moved = (mr * mr + mi * mi) / (er * er + ei * ei)
        converged = moved <= 1e-14 or moved * moved * moved <= 1e-30 * before * before  # 1e-15 is left, and a step
        before = moved
    w[a] = here
    place = sign * er
    found = converged and 0.0 < place < gap and ei >= 0.0 and math.isfinite(ei)
    return a, complex(er, ei), complex(sr, si), found


@njit(error_model="numpy")
def _growth(poles, baths, j, a, eta, slope, over, y):
    """Return by how much a rounding error grows at the zero in gap j."""
    largest, square = 1.0, eta.imag * eta.imag
    for r in range(higher(0, j - NEAR + 1), lower(poles.shape[1], j + NEAR + 1)):
        apart = ((poles[0, r] - poles[0, a]) + (poles[1, r] - poles[1, a])) - eta.real
        largest = higher(largest, poles[2, r] * poles[2, r] / (apart * apart + square))
    return higher(residues.gap_baths(poles, baths, a, eta, over, y)[2], math.sqrt(largest) / abs(slope * eta))


@njit(error_model="numpy")
def _refined(poles, baths, static, lowest, a, eta, etas, roots, k):
    """Refine a zero in a gap, write its offset and ω to row k; whether it rests."""
    moved = np.inf
    for _ in range(secular.MAX_STEPS):
        eta, w, moved = secular.anchored_step(poles, baths, static, lowest, a, eta, None)
        if moved < RESTS:
            break
    dd.store(etas, k, eta)
    dd.store(roots, k, w)
    return moved < RESTS


@njit(error_model="numpy")
def _mirror(others):
    """Make guesses of pairs that ring exact mirrors: they stay so, and one of them is moved."""
    for i in range(0, others.shape[0] - 1, 2):
        if others[i, 0] > abs(others[i, 2]):
            others[i + 1, 0], others[i + 1, 2] = -others[i, 0], others[i, 2]


@njit(error_model="numpy")
def _nearest(others, i):
    """Return how far the next zero is from one, relative to it, 1 at most: steps below that say where it is."""
    w, near = dd.load(others, i), math.inf
    for j in range(others.shape[0]):
        if j != i:
            near = lower(near, dd.cabs(dd.cadd(w, dd.cneg(dd.load(others, j)))))
    return lower(near / dd.cabs(w), 1.0)


@njit(error_model="numpy")
def _kept(others, etas, roots, anchors, share, n):
    """Write those of the other zeros with Re ω ≥ 0 to rows n …; return where they end, and how many lack a mirror."""
    alone = 0
    for i in range(others.shape[0]):
        w = dd.load(others, i)
        axis = abs(w[0]) <= secular.ON_AXIS * dd.cabs(w)
        alone += 0 if axis else 1 if w[0] > 0.0 else -1
        if axis or w[0] > 0.0:
            if axis:
                w = (0.0, 0.0, w[2], w[3])
            anchors[n], share[n] = -1, 0.5 if axis else 1.0
            dd.store(etas, n, dd.cmul(w, w))
            dd.store(roots, n, w)
            n += 1
    return n, alone


@njit(error_model="numpy")
def _at_sites(order, sites, poles, baths, scale, bulk, between, own, conductance, weight):
    """Fill conductances (n_baths, n_baths) and bath weights (n_sites, n_baths); return what the sum rules miss."""
    missed, n_b = 0.0, sites.size
    for r in range(order.size):
        total = 0.0
        for b in range(n_b):
            weight[order[r], b] = poles[2, r] * bulk[r, b]
            total += weight[order[r], b]
        missed = higher(missed, abs(total - 1.0))
    for a in range(n_b):
        total = 0.0
        for b in range(n_b):
            value = 0.5 * (baths[4, b] * between[a, b, 0] + baths[4, a] * between[b, a, 0])
            conductance[a, b] = 0.0 if a == b else value * scale
            weight[sites[a], b] = (baths[4, a] * (between[a, a, 0] / baths[2, a] + own[0, a, 0]) if a == b else
                                   value / baths[2, a])
            total += weight[sites[a], b]
        missed = higher(missed, abs(total - 1.0))
    return missed


@njit(error_model="numpy")
def zeros(masses, k, n_tilde, k0, static, scale, sites, friction, limit):
    """Return the problem of a mean field and all its zeros.

    Parameters
    ----------
    masses, k0 : (n_sites,); k, n_tilde, static : float
        m, pinning, k, Ñ and s(0).
    scale : float
        Unit of frequency, a power of two.
    sites, friction : (n_baths,)
    limit : float or None
        Growth of a rounding error from which a zero in a gap is refined in 32 digits; None: every one is.

    Returns
    -------
    good : bool
        Whether all sites differ and every zero was found, one in each gap.
    lowest : float
    poles (6, n), baths (6, n_baths), order (n,)
        As in ``secular``, and the site of each pole.
    n_found, n_near : int
        Numbers of zeros: the first elements of what follows.
    anchors, share, etas, roots
        Those in 32 digits: pole or -1, what part of a pair, offset and ω (…, 4).
    near, offsets, slopes
        The others, in gaps: pole, offset, ds/dx.
    """
    n_b = sites.size
    n, s0, free = masses.size - n_b, (static, 0.0), static == 0.0
    ratios = _ratios(k, n_tilde, float(masses.size), k0, masses)
    poles, baths, order = floats((6, n)), floats((6, n_b)), integers(n)
    good = _columns(ratios, masses, sites, friction, scale, order, poles, baths)
    lowest = secular.lowest_pole(poles, baths)

    gaps, most = n - 1 if good and n > 0 else 0, n + 2 * n_b + 2
    etas, roots, anchors, share = floats((most, 4)), floats((most, 4)), integers(most), floats(most)
    real, imaginary, w = floats(gaps), floats(gaps), floats(n)
    near, offsets, slopes = integers(n), waves(n), waves(n)
    over, y = waves(n_b), waves(n_b)
    n_found, n_near = np.int64(0), np.int64(0)
    for r in range(n):
        w[r] = poles[2, r]
    for j in range(gaps):
        a, eta, slope, settled = gap_zero(poles, baths, w, j)
        good &= settled
        if limit is not None:  # known when it is compiled
            slope -= w[a] / (eta * eta)
            if _growth(poles, baths, j, a, eta, slope, over, y) < limit:
                near[n_near], offsets[n_near], slopes[n_near] = a, eta, slope
                omega = secular.square_root(poles, a, eta)
                real[j], imaginary[j] = omega.real, omega.imag
                n_near += 1
                continue
        good &= _refined(poles, baths, s0, lowest, a, (eta.real, 0.0, eta.imag, 0.0), etas, roots, n_found)
        anchors[n_found], share[n_found] = a, 1.0
        real[j], imaginary[j] = roots[n_found, 0], roots[n_found, 2]
        n_found += 1
    others = zero_floats((2 * (n + n_b - gaps) - int(free) if good else 0, 4))
    secular.bath_starts(poles, baths, s0, others, 0)
    _mirror(others)
    sweeps, last = _aberth(poles, baths, s0, lowest, real, imaginary, free, others, True, SWEEPS, None)
    for i in range(last.size):
        good &= last[i] < (RESTS if sweeps < SWEEPS else RESTS * _nearest(others, i))
    n_found, alone = _kept(others, etas, roots, anchors, share, n_found)
    good &= alone == 0
    return (good, lowest, poles, baths, order, n_found, n_near, anchors, share, etas, roots, near, offsets,
            slopes)


@njit(error_model="numpy")
def _add_near(poles, baths, near, offsets, slopes, bulk, between, own):
    """Add the sums over zeros that are good enough in double precision."""
    n_g, n = baths.shape[1], near.size
    weights, of_pairs, of_own = _gap_sums(poles, baths, near, offsets, slopes)
    for part in range(of_own.shape[0]):
        for g in range(n_g):
            own[0, g, 0] += of_own[part, g]
            for h in range(n_g):
                between[g, h, 0] += of_pairs[part, g, h]
    height, rest, depth = floats(n), floats(n), floats(n)
    for i in range(n):
        height[i], rest[i], depth[i] = poles[0, near[i]], poles[1, near[i]] + offsets[i].real, offsets[i].imag
    for g in range(0, n_g, 2):
        a, b = weights[g], weights[lower(g + 1, n_g - 1)]
        for r in range(poles.shape[1]):
            both = squares(poles[0, r], poles[1, r], height, rest, depth, a[0], a[1], b[0], b[1])
            bulk[r, g] += both[0]
            if g + 1 < n_g:
                bulk[r, g + 1] += both[1]


@njit(error_model="numpy")
def sorted_in(frequency, n, value):
    """Put a number among n sorted by their real parts, and on the axis by their imaginary ones."""
    while n > 0 and (frequency[n - 1].real > value.real or (frequency[n - 1].real == value.real
                                                            and frequency[n - 1].imag > value.imag)):
        frequency[n] = frequency[n - 1]
        n -= 1
    frequency[n] = value


@njit(error_model="numpy")
def _resonances(poles, scale, anchors, share, etas, roots, near, offsets):
    """Return all resonances, mirrors included, sorted by their real parts."""
    upper, n, axis = waves(anchors.size + near.size), np.int64(0), np.int64(0)
    for i in range(near.size):
        omega = secular.square_root(poles, near[i], offsets[i])
        sorted_in(upper, n, complex(omega.real * scale, omega.imag * scale))
        n += 1
    for i in range(anchors.size):
        real, imaginary = roots[i, 0] + roots[i, 1], roots[i, 2] + roots[i, 3]
        if anchors[i] >= 0:
            imaginary = (etas[i, 2] + etas[i, 3]) / (2.0 * real)
        sorted_in(upper, n, complex(real * scale, imaginary * scale))
        n += 1
        axis += share[i] != 1.0
    found = waves(2 * n - axis)
    for i in range(n):
        found[n - axis + i] = upper[i]
        if i >= axis:
            found[n - 1 - i] = complex(-upper[i].real, upper[i].imag)
    return found


@njit(error_model="numpy")
def sums(static, sites, scale, lowest, poles, baths, order, anchors, share, etas, roots, near, offsets, slopes,
         limit):
    """Return conductances (n_baths, n_baths), bath weights (n_sites, n_baths), all resonances; two measures of error.

    These are what the sum rules miss, and the largest growth of a rounding error.

    The arguments are those and the results of ``zeros``.
    """
    n_b, s0 = sites.size, (static, 0.0)
    weights, between, own, losses = _precise_sums(poles, baths, s0, lowest, anchors, etas, roots, share, None)
    bulk = _bulk_residues(poles, anchors, etas, weights, share)
    if limit is not None:
        _add_near(poles, baths, near, offsets, slopes, bulk, between, own)
    conductance, weight = floats((n_b, n_b)), floats((order.size + n_b, n_b))
    missed = _at_sites(order, sites, poles, baths, scale, bulk, between, own, conductance, weight)
    loss = 0.0
    for value in losses:
        loss = higher(loss, value)
    return conductance, weight, _resonances(poles, scale, anchors, share, etas, roots, near, offsets), missed, loss
