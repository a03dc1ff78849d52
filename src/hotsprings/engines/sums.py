"""Stationary sums over resonances: conductances and bath weights from the zeros of the secular function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.engines.blocks import blocks
from hotsprings.engines.grouping import SecularProblem
from hotsprings.engines.zeros import SecularZeros, bath_factors, half_frequencies, split_pairs, square_root

TRUSTED_LOSS = 1e15  # growth of a double-double rounding error up to which residues are good to 1e-16


@dataclass(frozen=True, eq=False)
class GroupSums:
    """Sums over zeros: ``bulk`` (n_groups, n_bath_groups), ``between`` and ``own`` over bath groups (see kernels)."""

    bulk: FloatArray
    between: FloatArray
    own: FloatArray
    loss: float


def group_sums(problem: SecularProblem, zeros: SecularZeros) -> GroupSums:
    """Return the sums of residues of both kinds of zeros together."""
    from hotsprings.kernels import residues

    bulk, between, own, _, loss = residues.precise_sums(
        problem.poles, problem.baths, problem.static, problem.lowest,
        zeros.precise_anchors, zeros.precise_offsets, zeros.precise_roots, zeros.precise_share)
    if zeros.anchors.size:
        more = _gap_sums(problem, zeros)
        bulk, between, own = bulk + more[0], between + more[1], own + more[2]
    return GroupSums(bulk, between, own, float(loss.max(initial=0.0)))


def _gap_sums(problem: SecularProblem, zeros: SecularZeros) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the sums of residues over the gap zeros, in double precision."""
    from hotsprings.kernels import cauchy

    p, b = problem.poles, problem.baths
    omega = square_root(problem, zeros.anchors, zeros.offsets)
    alpha, _ = bath_factors(problem, zeros.anchors, zeros.offsets, omega)
    drag = 2j * b[2] * omega[:, None]
    over = 1.0 / (alpha * (alpha - drag))  # 1/p_g
    y = b[4] * b[2] * over
    c = -1.0 / zeros.slopes
    cf = c[:, None] * y / y.sum(axis=1)[:, None]
    between = (cf.T @ (b[2] * over)).real
    own = -(c[:, None] * drag / alpha * over).real.sum(axis=0)
    n_g = b.shape[1]
    bulk = np.empty((p.shape[1], n_g))
    height, rest = p[0, zeros.anchors], p[1, zeros.anchors] + zeros.offsets.real
    depth = np.ascontiguousarray(zeros.offsets.imag)
    for g in range(0, n_g, 2):
        pair = cf[:, [g, min(g + 1, n_g - 1)]]
        re, im = np.ascontiguousarray(pair.real.T), np.ascontiguousarray(pair.imag.T)
        for block in blocks(p.shape[1], height.size):
            both = cauchy.squared_sums(p[0, block], p[1, block], height, rest, depth, re[0], im[0], re[1], im[1])
            bulk[block, g : g + 2] = both[:, : min(2, n_g - g)]
    return bulk, between, own


def assemble(problem: SecularProblem, sums: GroupSums, n_sites: int, bath_sites: IntArray
             ) -> tuple[FloatArray, FloatArray]:
    """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths)."""
    from hotsprings.kernels import residues

    group, n_b = problem.bath_group, bath_sites.size
    share, strength = problem.share[bath_sites], problem.strength[bath_sites]
    nu = problem.baths[2, group]
    weight = np.empty((n_sites, n_b))
    weight[problem.bulk_sites] = (
        problem.strength[problem.bulk_sites, None] * share * sums.bulk[problem.bulk_group][:, group])
    conductance = share[:, None] * strength * sums.between[np.ix_(group, group)]
    own = strength * (share * sums.between[group, group] / nu + sums.own[group])
    for g in np.flatnonzero(np.bincount(group) > 1):
        term = residues.split_pole_term(problem.poles, problem.baths, problem.static, problem.lowest, g)
        members = np.flatnonzero(group == g)
        block = np.ix_(members, members)
        conductance[block] -= share[members][:, None] * strength[members] * term
        own[members] += (1.0 - share[members]) * (1.0 + strength[members] * term / nu[members])
    conductance = 0.5 * (conductance + conductance.T)
    np.fill_diagonal(conductance, 0.0)
    at_baths = conductance / nu[:, None]
    np.fill_diagonal(at_baths, own)
    weight[bath_sites] = at_baths
    return conductance * problem.scale, weight


def zero_conductances(problem: SecularProblem, zeros: SecularZeros, bath_sites: IntArray, a: int, b: int
                      ) -> tuple[ComplexArray, ComplexArray]:
    """Return the poles of 𝒯_ab in the upper half plane, mirrors included, and its residues there (double precision)."""
    from hotsprings.kernels import residues, secular

    p, baths = problem, problem.baths
    slopes = residues.precise_sums(p.poles, baths, p.static, p.lowest, zeros.precise_anchors, zeros.precise_offsets,
                                   zeros.precise_roots, zeros.precise_share)[3]
    half, share = half_frequencies(p, zeros)
    precise = zeros.precise_offsets
    anchor = np.concatenate([zeros.anchors, zeros.precise_anchors])
    high, low = np.append(p.poles[0], 0.0)[anchor], np.append(p.poles[1], 0.0)[anchor]  # anchor -1: none
    eta = np.concatenate([zeros.offsets, (precise[:, 0] + precise[:, 1]) + 1j * (precise[:, 2] + precise[:, 3])])
    drag = 1j * half[:, None] * baths[2]
    alpha = (baths[0] - high[:, None]) + (baths[1] - low[:, None]) - eta[:, None] + drag
    over = 1.0 / (alpha * (alpha - 2.0 * drag))
    y = baths[4] * baths[2] * over
    c = -1.0 / np.concatenate([zeros.slopes, slopes])
    ga, gb = p.bath_group[a], p.bath_group[b]
    factor = p.share[bath_sites[a]] * p.strength[bath_sites[b]]
    rho = -1j * factor * c * y[:, ga] / y.sum(axis=1) * baths[2, gb] * over[:, gb]
    pair = share == 1.0
    poles, values = [half, -np.conj(half[pair])], [rho, -np.conj(rho[pair])]
    for g, _, split in split_pairs(p):
        if g == ga == gb:
            s = np.array([secular.evaluate_double(p.poles, baths, p.static, p.lowest, -z)[0] for z in split])
            poles.append(split)
            values.append(-factor / ((2.0 * split - 1j * baths[2, g]) * s))
    return np.concatenate(poles), np.concatenate(values)
