"""Stationary sums over resonances: conductances and bath weights from the zeros of the secular function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.progress import report
from hotsprings.response.blocks import blocks
from hotsprings.response.grouping import SecularProblem
from hotsprings.response.zeros import SecularZeros, half_frequencies, mirrored_secular, split_pairs

TRUSTED_LOSS = 1e15  # growth of a double-double rounding error up to which residues are good to 1e-16
KEPT_LOSS = 1e21  # the same up to which they are kept, and doubted: to 1e-9, where detuned equal baths leave 1e-8


@dataclass(frozen=True, eq=False)
class GroupSums:
    """Sums over zeros: ``bulk`` (n_groups, n_bath_groups), ``between`` and ``own`` over bath groups (see kernels)."""

    bulk: FloatArray
    between: FloatArray
    own: FloatArray
    loss: float


def group_sums(problem: SecularProblem, zeros: SecularZeros) -> GroupSums:
    """Return the sums of residues of both kinds of zeros together."""
    from hotsprings.kernels import residues, secular

    weights, between, own, loss = residues.precise_sums(
        problem.poles, problem.baths, problem.static, problem.lowest,
        zeros.precise_anchors, zeros.precise_offsets, zeros.precise_roots, zeros.precise_share,
        secular.threads(problem.poles))
    bulk = residues.bulk_residues(problem.poles, zeros.precise_anchors, zeros.precise_offsets, weights,
                                  zeros.precise_share)
    between, own = between.sum(axis=2), own[0].sum(axis=1)
    if zeros.anchors.size:
        more = _gap_sums(problem, zeros)
        bulk, between, own = bulk + more[0], between + more[1], own + more[2]
    return GroupSums(bulk, between, own, float(loss.max(initial=0.0)))


def _gap_sums(problem: SecularProblem, zeros: SecularZeros) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the sums of residues over the gap zeros, in double precision."""
    from hotsprings.kernels import residues

    weights, between, own = residues.gap_sums(problem.poles, problem.baths, zeros.anchors, zeros.offsets, zeros.slopes)
    return bulk_sums(problem, zeros, weights), between.sum(axis=0), own.sum(axis=0)


def bulk_sums(problem: SecularProblem, zeros: SecularZeros, weights: FloatArray) -> FloatArray:
    """Return Re Σ_k weights[g, k]/(d_r - x_k)² over the gap zeros, shape (n_groups, n_bath_groups)."""
    from hotsprings.kernels import cauchy

    p, nearby = problem.poles, problem.tree.own
    n, n_g = p.shape[1], weights.shape[0]
    gap, height, rest, depth = in_gaps(problem, zeros)
    bulk = np.empty((n, n_g))
    for g in range(0, n_g, 2):
        report(f"local temperatures, bath {g + 1}")
        parts = np.zeros((4, n))
        parts[:, gap] = weights[[g, min(g + 1, n_g - 1)]].reshape(4, -1)
        fields = [nearby.squared_field(height, rest, depth, *parts[i : i + 2]) for i in (0, 2)]
        for block in blocks(n, nearby.near_cost):
            both = cauchy.squared_sums(p[0], p[1], height, rest, depth, parts, block.start, block.stop, *fields)
            bulk[block, g : g + 2] = both[:, : min(2, n_g - g)]
    return bulk


def in_gaps(problem: SecularProblem, zeros: SecularZeros) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Return the gap of each zero, and zeros x = height + rest + i depth at the place of every gap."""
    p = problem.poles
    gap = zeros.anchors - (zeros.offsets.real < 0.0)
    height, rest, depth = p[0].copy(), p[1].copy(), np.diff(p[0], append=2.0 * p[0, -1] - p[0, -2])
    np.maximum(0.5 * depth, 1e-30 * p[0], out=depth)  # where one is missing: off the poles, without weight
    height[gap], rest[gap] = p[0, zeros.anchors], p[1, zeros.anchors] + zeros.offsets.real
    depth[gap] = zeros.offsets.imag
    return gap, height, rest, depth


def single_sums(problem: SecularProblem, zeros: SecularZeros, weights: ComplexArray) -> FloatArray:
    """Return Re Σ_k weights[k]/(d_r - x_k) over the gap zeros, shape (n_groups,)."""
    from hotsprings.kernels import cauchy

    p, nearby = problem.poles, problem.tree.own
    n = p.shape[1]
    gap, height, rest, depth = in_gaps(problem, zeros)
    real, imaginary = np.zeros(n), np.zeros(n)
    real[gap], imaginary[gap] = weights.real, weights.imag
    field = nearby.complex_field(height, rest, depth, real, imaginary)
    out = np.empty(n)
    for block in blocks(n, nearby.near_cost):
        out[block] = cauchy.complex_sums(p[0], p[1], height, rest, depth, real, imaginary, block.start, block.stop,
                                         field)
    return out


def assemble(problem: SecularProblem, sums: GroupSums, n_sites: int, bath_sites: IntArray
             ) -> tuple[FloatArray, FloatArray]:
    """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths)."""
    from hotsprings.kernels import residues, secular

    group, n_b = problem.bath_group, bath_sites.size
    share, strength = problem.share[bath_sites], problem.strength[bath_sites]
    nu = problem.baths[2, group]
    weight = np.empty((n_sites, n_b))
    weight[problem.bulk_sites] = (
        problem.strength[problem.bulk_sites, None] * share * sums.bulk[problem.bulk_group][:, group])
    conductance = share[:, None] * strength * sums.between[np.ix_(group, group)]
    own = strength * (share * sums.between[group, group] / nu + sums.own[group])
    for g in np.flatnonzero(np.bincount(group) > 1):
        term = residues.split_pole_term(problem.poles, problem.baths, problem.static, problem.lowest, g,
                                        secular.threads(problem.poles))
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
    """Return the poles of 𝒯_ab in the upper half plane, mirrors included, and its residues there."""
    from hotsprings.kernels import residues, secular

    p, baths = problem, problem.baths
    ga, gb = p.bath_group[a], p.bath_group[b]
    half, share = half_frequencies(p, zeros)
    high, low = p.poles[:2, zeros.anchors, None]
    drag = 1j * half[: zeros.anchors.size, None] * baths[2]
    alpha = (baths[0] - high) + (baths[1] - low) - zeros.offsets[:, None] + drag
    over = 1.0 / (alpha * (alpha - 2.0 * drag))
    y = baths[4] * baths[2] * over
    gap = -y[:, ga] / y.sum(axis=1) * baths[2, gb] * over[:, gb] / zeros.slopes
    precise = residues.precise_residues(p.poles, baths, p.static, p.lowest, zeros.precise_anchors,
                                        zeros.precise_offsets, zeros.precise_roots, ga, gb,
                                        secular.threads(p.poles))
    factor = p.share[bath_sites[a]] * p.strength[bath_sites[b]]
    rho = -1j * factor * np.concatenate([gap, precise])
    pair = share == 1.0
    poles, values = [half, -np.conj(half[pair])], [rho, -np.conj(rho[pair])]
    for g, _, split in split_pairs(p):
        if g == ga == gb:
            s = np.array([mirrored_secular(p, g, complex(z)) for z in split])
            poles.append(split)
            values.append(-factor / ((2.0 * split - 1j * baths[2, g]) * s))
    return np.concatenate(poles), np.concatenate(values)
