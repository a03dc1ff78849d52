"""Poles of the mean field as factors, at a zero of s and at its mirror.

G_ij = strength_i/(m_j α_i α_j s) + δ_ij/(m_i α_i)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.response.grouping import SecularProblem
from hotsprings.response.response import Poles
from hotsprings.response.zeros import SecularZeros, from_split, half_frequencies, mirrored_secular, split_pairs


@dataclass(frozen=True, eq=False)
class ZeroFactors:
    """What residues are made of, in the unit of frequency of the problem; split-off pairs of equal baths come last.

    Attributes
    ----------
    poles : Poles
    anchors : ndarray of int, shape (n_zeros,)
        Columns from which ``offsets`` count; -1: from 0.
    offsets : ndarray of complex, shape (n_zeros,)
    slopes : ndarray of complex, shape (n_zeros,)
        ds/dx.
    mirror : ndarray of complex, shape (n_poles,)
        s(-ω_k) = -2iω_k Σ_g y_g.
    alphas : ndarray of complex, shape (n_bath_groups, n_poles)
        α_g(ω_k).
    split : list of (int, ndarray)
        For each pole of a split-off pair its bath group and its vector over all baths, Σ vvᵀ = δ/m - (1/m)(1/m)/Σ(1/m).
    """

    poles: Poles
    anchors: IntArray
    offsets: ComplexArray
    slopes: ComplexArray
    mirror: ComplexArray
    alphas: ComplexArray
    split: list[tuple[int, FloatArray]]


def zero_factors(problem: SecularProblem, zeros: SecularZeros, masses: FloatArray) -> ZeroFactors:
    """Return the factors at every zero, and at the poles that split off from equal baths of masses (n_baths,)."""
    from hotsprings.kernels import residues, secular

    p, baths, z = problem.poles, problem.baths, zeros
    omega, share = half_frequencies(problem, zeros)
    n_gap = z.anchors.size
    drag = 1j * omega[:n_gap] * baths[2, :, None]
    base_high, base_low = p[0, z.anchors], p[1, z.anchors]
    distance = (baths[0, :, None] - base_high) + (baths[1, :, None] - base_low) - z.offsets
    gap_alpha = distance + drag
    gap_total = (baths[4, :, None] * baths[2, :, None] / (gap_alpha * (distance - drag))).sum(axis=0)
    slopes, totals, alphas = residues.zero_factors(p, baths, problem.static, problem.lowest, z.precise_anchors,
                                                   z.precise_offsets, z.precise_roots, secular.threads(p))
    mirror = -2j * omega * np.concatenate([gap_total, totals])
    precise = z.precise_offsets
    offsets = np.concatenate([z.offsets, (precise[:, 0] + precise[:, 1]) + 1j * (precise[:, 2] + precise[:, 3])])
    found = ZeroFactors(Poles(omega, share), np.concatenate([z.anchors, z.precise_anchors]), offsets,
                        np.concatenate([z.slopes, slopes]), mirror, np.concatenate([gap_alpha, alphas.T], axis=1), [])
    return _with_split(problem, found, masses)


def _with_split(problem: SecularProblem, found: ZeroFactors, masses: FloatArray) -> ZeroFactors:
    """Return the same with the pairs that split off from groups of equal baths."""
    omega, share, mirror, alphas = [found.poles.omega], [found.poles.share], [found.mirror], [found.alphas]
    split: list[tuple[int, FloatArray]] = []
    for g, _, pair in split_pairs(problem):
        members = np.flatnonzero(problem.bath_group == g)
        for w in pair[(pair.real > 0.0) | (np.abs(pair.real) == 0.0)]:
            s = mirrored_secular(problem, g, complex(w))
            alpha = from_split(problem, g, w, *problem.baths[:2]) + 1j * w * problem.baths[2]
            for vector in _relative_motions(masses[members]):
                whole = np.zeros(masses.size)
                whole[members] = vector
                split.append((g, whole))
                omega.append(np.array([w]))
                share.append(np.array([1.0 if w.real > 0.0 else 0.5]))
                mirror.append(np.array([s]))
                alphas.append(alpha[:, None])
    return ZeroFactors(Poles(np.concatenate(omega), np.concatenate(share)), found.anchors, found.offsets, found.slopes,
                       np.concatenate(mirror), np.concatenate(alphas, axis=1), split)


def _relative_motions(masses: FloatArray) -> FloatArray:
    """Return vectors v, one a row, with Σ v vᵀ = δ_ij/m_i - (1/m_i)(1/m_j)/Σ(1/m)."""
    common = np.sqrt(1.0 / masses) / np.sqrt(np.sum(1.0 / masses))
    basis = np.linalg.svd(common[None], full_matrices=True)[2][1:]
    return np.asarray(basis / np.sqrt(masses))
