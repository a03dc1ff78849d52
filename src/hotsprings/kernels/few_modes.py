"""A whole network of few sites from its normal modes, in one call: zeros of det D, residues, sums, and what moves them.

The loops of ``modal``, one after the other, without threads: once as the network is, then with its last bits changed.
Only zeros with Re ω > 0 are moved, their mirrors with them, and one along the imaginary axis where a mode is free.
Where anything is not as it should be the call says so, and the general road decides.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels import modal, secular
from hotsprings.kernels.arrays import floats, integers, waves, zero_floats, zero_truths
from hotsprings.kernels.compiled import njit
from hotsprings.kernels.few_sites import sorted_in
from hotsprings.kernels.identities import larger
from hotsprings.kernels.scalars import higher

SWEEPS = 25
APART = 1e3  # gaps between modes, in units of the noise, from which the first order has three digits of the change
FAR = 1e300  # where a zero is put that is not to repel itself
RESTING = 1e-8  # last relative step of a zero, whose square is left
OFF_AXIS = 0.03  # least |Re ω|/|ω| of a zero that rings


@njit(error_model="numpy")
def _turned(values, vectors, draw, free, lam, modes):
    """Fill eigenvalues and eigenvectors after a small change, to first order, a free mode kept free."""
    n = values.size
    for j in range(n):
        lam[j] = 0.0 if j < free else values[j] + draw[j, j]
        for r in range(n):
            modes[r, j] = vectors[r, j]
        for i in range(n):
            if i != j:
                angle = draw[i, j] / (values[j] - values[i])
                for r in range(n):
                    modes[r, j] += vectors[r, i] * angle


@njit(error_model="numpy")
def _couplings(modes, sites, rate, coupling, products, pairs):
    """Fill c_a, c_a c_b for a ≤ b, and φ_n c_b over the modes."""
    n, n_b, row = modes.shape[1], sites.size, 0
    for a in range(n_b):
        for j in range(n):
            coupling[a, j] = modes[sites[a], j] * rate[a]
        for r in range(n):
            for j in range(n):
                pairs[r * n_b + a, j] = modes[r, j] * coupling[a, j]
    for a in range(n_b):
        for b in range(a, n_b):
            for j in range(n):
                products[row, j] = coupling[a, j] * coupling[b, j]
            row += 1


@njit(error_model="numpy")
def _guess(lam, coupling, free, anchors, etas, omegas):
    """Fill guesses x = λ + iω c², as if each mode were alone; i c² for a free mode."""
    for j in range(lam.size):
        w, bare = math.sqrt(lam[j]), 0.0
        for a in range(coupling.shape[0]):
            bare += coupling[a, j] * coupling[a, j]
        anchors[j], etas[j] = j, complex(-bare * bare if j < free else 0.0, w * bare)
        omegas[j] = modal.branch(lam, j, etas[j], complex(w, bare))


@njit(error_model="numpy")
def _repelled(re, im, i, free, w):
    """Return Σ 1/(ω - ω_l) + 1/(ω + ω_l*) over all zeros but one, with the mirror of that one and ω = 0."""
    here, on_axis = re[i], 0.0
    re[i] = FAR
    if free:
        on_axis, re[0] = im[0], FAR
    sr, si = secular.deflation_known(re, im, w.real, w.imag)
    total = complex(sr, si)
    re[i] = here
    if free:
        re[0] = 0.0
        total += modal.over(complex(1.0, 0.0), w)
        if i > 0:
            total += modal.over(complex(1.0, 0.0), complex(w.real, w.imag - on_axis))
    return total if i < free else total + 0.5 / w.real


@njit(error_model="numpy")
def _settle(lam, products, n_b, free, anchors, etas, omegas):
    """Move the zeros by Ehrlich-Aberth, one by one, until they rest; return 0, or infinity where one does not."""
    n = lam.size
    re, im, last, resting = floats(n), floats(n), floats(n), zero_truths(n)
    moves, one = waves(n), integers(1)
    gap, qr, qi = floats(n), floats(n), floats(n)
    d, slope = waves((n_b, n_b)), waves((n_b, n_b))
    for i in range(n):
        re[i], im[i] = omegas[i].real, omegas[i].imag
    left = n
    for _ in range(SWEEPS):
        for i in range(n):
            if resting[i]:
                continue
            w = omegas[i]
            plain = modal.fill_matrices(lam, products, anchors[i], etas[i], w, gap, qr, qi, d, slope)
            modal.solve_in_place(d, slope)
            total = -2.0 * w * plain - _repelled(re, im, i, free, w)
            for a in range(n_b):
                total += slope[a, a]
            moves[i], one[0] = modal.over(complex(-1.0, 0.0), total), i
            modal.apply_moves(lam, one, anchors, etas, omegas, moves, last, 0.5)
            if i < free:
                y = abs(omegas[i].imag)
                anchors[i], etas[i], omegas[i] = 0, complex(-y * y, 0.0), complex(0.0, y)
            re[i], im[i] = omegas[i].real, omegas[i].imag
            if last[i] <= RESTING:
                resting[i] = True
                left -= 1
        if left == 0:
            break
    return 0.0 if left == 0 else np.inf


@njit(error_model="numpy")
def _all_there(lam, rate, free, etas, omegas):
    """Return what Σ Im ω = Σ γ/m and Σ ω² = 2 Σ λ - Σ (γ/m)² miss; infinite where a zero is beside the axis."""
    decay, square, widths, stiffness, fastest = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(lam.size):
        w = omegas[i]
        if i < free:
            widths += w.imag
            square -= w.imag * w.imag
        else:
            if not (w.real > OFF_AXIS * abs(w) and w.imag > 0.0):
                return np.inf
            omegas[i] = complex(w.real, etas[i].imag / (2.0 * w.real))
            widths += 2.0 * omegas[i].imag
            square += 2.0 * (w.real * w.real - w.imag * w.imag)
        stiffness += 2.0 * lam[i]
    for a in range(rate.size):
        decay += rate[a] ** 2
        fastest += rate[a] ** 4
    return larger(abs(widths / decay - 1.0), abs(square - stiffness + fastest) / (stiffness + fastest))


@njit(error_model="numpy")
def _null_vector(d, copy, y):
    """Fill y, D y = 0, by inverse iteration."""
    n_b = d.shape[0]
    for a in range(n_b):
        y[a, 0] = 1.0 + 0.37 * a
    for _ in range(2):
        size = 0.0
        for a in range(n_b):
            for b in range(n_b):
                copy[a, b] = d[a, b]
        modal.solve_in_place(copy, y)
        for a in range(n_b):
            size = higher(size, abs(y[a, 0]))
        for a in range(n_b):
            y[a, 0] *= 1.0 / size


@njit(error_model="numpy")
def _sums(lam, products, pairs, free, anchors, etas, omegas, conductance, weight):
    """Fill conductances and bath weights; return what the sum rules miss."""
    n, n_b = weight.shape
    gap, qr, qi = floats(n), floats(n), floats(n)
    d, slope = waves((n_b, n_b)), waves((n_b, n_b))
    copy, mirror = waves((n_b, n_b)), waves((n_b, n_b))
    y, part, seen = waves((n_b, 1)), waves(n_b), waves(n_b)
    for r in range(n):
        for a in range(n_b):
            weight[r, a] = 0.0
    for a in range(n_b):
        for b in range(n_b):
            conductance[a, b] = 0.0
    for k in range(n):
        modal.fill_matrices(lam, products, anchors[k], etas[k], omegas[k], gap, qr, qi, d, slope)
        _null_vector(d, copy, y)
        quadratic, square = complex(0.0, 0.0), omegas[k] * omegas[k]
        for a in range(n_b):
            for b in range(n_b):
                quadratic += y[a, 0] * slope[a, b] * y[b, 0]
                copy[a, b], mirror[a, b] = (2.0 - d[a, b], 1.0) if a == b else (-d[a, b], 0.0)
        modal.solve_in_place(copy, mirror)
        unit = modal.over(complex(0.0, 2.0 if k < free else 4.0), quadratic)
        for a in range(n_b):
            part[a] = unit * y[a, 0]
        for a in range(n_b):
            for b in range(a):
                value = 0.5 * (part[a] * y[b, 0] * (mirror[a, b] + mirror[b, a])).real
                conductance[a, b] += value
                conductance[b, a] += value
            part[a] *= square
        for r in range(n):
            left = complex(0.0, 0.0)
            for b in range(n_b):
                seen[b] = complex(modal.dot(pairs[r * n_b + b], qr), modal.dot(pairs[r * n_b + b], qi))
                left += seen[b] * y[b, 0]
            for a in range(n_b):
                right = complex(0.0, 0.0)
                for b in range(n_b):
                    right += seen[b] * mirror[b, a]
                weight[r, a] += (left * right * part[a]).real
    missed = 0.0
    for r in range(n):
        total = 0.0
        for a in range(n_b):
            total += weight[r, a]
        missed = larger(missed, abs(total - 1.0))
    return missed


@njit(error_model="numpy")
def _moved(rate, here, there):
    """Return how far weights, or fluxes in γ/m, conductances beside themselves, and resonances have moved."""
    weights, fluxes, poles = 0.0, 0.0, 0.0
    for r in range(here[1].shape[0]):
        for a in range(rate.size):
            weights = larger(weights, abs(here[1][r, a] - there[1][r, a]))
    for a in range(rate.size):
        for b in range(rate.size):
            if a != b:
                change = abs(here[0][a, b] - there[0][a, b])
                weights = larger(weights, change / (rate[a] * rate[a]))
                fluxes = larger(fluxes, change / higher(abs(here[0][a, b]), abs(there[0][a, b])))
    for i in range(here[2].size):
        one, other = here[2][i], there[2][i]
        poles = larger(poles, abs(one - other) / abs(one))
        poles = larger(poles, abs(one.imag - other.imag) / one.imag)
    return weights, fluxes, poles


@njit(error_model="numpy")
def _all_resonances(omegas, free):
    """Return all resonances, mirrors included, sorted by their real parts."""
    n = omegas.size
    found = waves(2 * n - free)
    for i in range(n):
        sorted_in(found[n - free :], i, omegas[i])
    for i in range(free, n):
        w = found[n - free + i]
        found[n - 1 - i] = complex(-w.real, w.imag)
    return found


@njit(error_model="numpy")
def _clear(values, coupling, rate, free, noise, least):
    """Return whether all modes are held (but a free one), apart and felt by a bath."""
    n, top = values.size, 0.0
    apart = higher(least * values[n - 1], APART * noise)
    clear = free > 0 or values[0] > apart
    for a in range(rate.size):
        top = higher(top, rate[a])
    for j in range(n):
        felt = 0.0
        for a in range(rate.size):
            felt += coupling[a, j] * coupling[a, j]
        clear &= felt > (least * top) ** 2
        clear &= j == 0 or values[j] - values[j - 1] > apart
    return clear


@njit(error_model="numpy")
def solve(values, vectors, sites, rate, free, draws, size, least):
    """Return all about a network whose modes are apart and bright.

    Parameters
    ----------
    values (n,), vectors (n_sites, n)
        Its modes, ascending; λ = 0 of a free one.
    sites, rate : (n_baths,)
        Bath sites, and sqrt(γ/m) there.
    free : int
        1 where the first mode is free, else 0.
    draws : (n_draws, n, n)
        Changes of the matrix between modes, in units of ``size``.
    size, least : float
        Part of the highest λ from which modes are held and apart, and of the largest rate from which they are felt.

    Returns
    -------
    missed : float
        What sum rules of resonances and of bath weights miss; infinite where the general road is to decide.
    small : float
        The largest γ/m over the smallest conductance.
    moved : tuple of float
        How far weights, fluxes and resonances move with the last bits.
    conductance (n_b, n_b), weight (n_sites, n_b)
    anchors, etas, omegas : (n,)
        Zeros with Re ω ≥ 0 as offsets from modes, and ω.
    resonances : (2n - free,)
    """
    n, n_b = values.size, sites.size
    lam, modes, draw, noise = floats(n), floats((n, n)), zero_floats((n, n)), 0.0
    coupling, products = floats((n_b, n)), floats((n_b * (n_b + 1) // 2, n))
    pairs = floats((n * n_b, n))
    first = (floats((n_b, n_b)), floats((n, n_b)), waves(n))
    other = (floats((n_b, n_b)), floats((n, n_b)), waves(n))
    anchors, etas = integers(n), waves(n)
    places, offsets = integers(n), waves(n)
    missed, weights, fluxes, poles, small, top = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(draws.shape[0] + 1):
        for i in range(n):
            for j in range(n):
                if k > 0:
                    draw[i, j] = size * draws[k - 1, i, j]
                    noise = higher(noise, abs(draw[i, j]))
        _turned(values, vectors, draw, free, lam, modes)
        _couplings(modes, sites, rate, coupling, products, pairs)
        now = other if k > 0 else first
        if not _clear(lam, coupling, rate, free, noise, least):
            missed = np.inf
            break
        if k == 0:
            _guess(lam, coupling, free, places, offsets, now[2])
        else:
            for i in range(n):
                places[i], offsets[i] = anchors[i], etas[i]
                now[2][i] = modal.branch(lam, places[i], offsets[i], first[2][i])
        missed = larger(missed, _settle(lam, products, n_b, free, places, offsets, now[2]))
        missed = larger(missed, _all_there(lam, rate, free, offsets, now[2]))
        if not missed < 1.0:
            break
        missed = larger(missed, _sums(lam, products, pairs, free, places, offsets, now[2], now[0], now[1]))
        if k == 0:
            for i in range(n):
                anchors[i], etas[i] = places[i], offsets[i]
        else:
            a, b, c = _moved(rate, first, other)
            weights, fluxes, poles = larger(weights, a), larger(fluxes, b), larger(poles, c)
    for a in range(n_b):
        top = higher(top, rate[a])
    for a in range(n_b):
        for b in range(a):
            small = larger(small, top * top / abs(first[0][a, b]))
    return (missed, small, (weights, fluxes, poles), first[0], first[1], anchors, etas, first[2],
            _all_resonances(first[2], free))
