"""Stationary sums over resonances: conductances and bath weights from the zeros of the secular function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.engines.grouping import SecularProblem
from hotsprings.engines.zeros import SecularZeros, bath_factors, square_root

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
        both = cauchy.squared_sums(p[0], p[1], height, rest, depth, re[0], im[0], re[1], im[1])
        bulk[:, g : g + 2] = both[:, : min(2, n_g - g)]
    return bulk, between, own


def assemble(problem: SecularProblem, sums: GroupSums, n_sites: int, bath_sites: FloatArray
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
