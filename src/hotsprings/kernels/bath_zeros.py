"""Zeros of det D(ω), D = 1 + iω Σ_j c_j c_jᵀ/(λ_j - x), x = ω², for very many modes: all sums through the tree.

A zero is kept as the nearest pole, the complex offset η of x from it, and ω = sqrt(x) on its branch. In a leaf the
far modes are a polynomial, where the zero is no broader than ``BROAD`` of its radius; any other zero walks down the
tree from the root. Zeros are pushed apart by their neighbours (Ehrlich-Aberth with a window): poles and zeros further
away come in pairs and cancel, and what is left of them has no zeros there.

The sums are one loop, compiled once; what is made of them is done in numpy.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.double_double import difference
from hotsprings.kernels.gaps import BROAD
from hotsprings.kernels.lanes import Lane, lane_sums
from hotsprings.kernels.multipole import NODES, ORDER, SEPARATION, Field, complex_far, leaf_of

AWAY = 1.0 + 2.0 * SEPARATION  # radii between a point and the centre of a node that is far from it


class Modes(NamedTuple):
    """Modes in a tree: what the sums at any x are made of.

    ``high``, ``low`` (n,): λ as double-doubles, ascending; ``coupling`` (n_baths, n); ``products`` (n_pairs + 1, n):
    c_a c_b for a ≤ b, and ones; ``centre``, ``radius``, ``near_begin``, ``near``: the leaves, and what is near, as in
    Field; ``fars`` (n_pairs, n_leaves, order): polynomials of what is far; ``charges`` (n_pairs + 1, 2 n_leaves,
    order): on the Chebyshev nodes of every node.
    """

    high: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    coupling: npt.NDArray[np.float64]
    products: npt.NDArray[np.float64]
    centre: npt.NDArray[np.float64]
    radius: npt.NDArray[np.float64]
    near_begin: npt.NDArray[np.int64]
    near: npt.NDArray[np.int64]
    fars: npt.NDArray[np.float64]
    charges: npt.NDArray[np.float64]


def _inverse_terms(qr: Lane, qi: Lane, high: Lane, low: Lane, ah: Lane, e: Lane, y: Lane) -> tuple[Lane, Lane, Lane]:
    t = (high - ah) + (low - e)
    n = t.fma(t, y * y)
    q = n.above(_nothing(n), 1.0 / n)
    return t * q, y * q, q


def _nothing(lane: Lane) -> Lane:
    return lane * 0.0


_inverses = lane_sums(_inverse_terms, stores=2)


@lane_sums
def _weighted(p: Lane, qr: Lane, qi: Lane) -> tuple[Lane, Lane, Lane, Lane]:
    ar, ai = p * qr, p * qi
    return ar, ai, ar.fma(qr, -(ai * qi)), (ar + ar) * qi


@lane_sums
def _node_terms(charge: Lane, node: Lane, x: Lane, y: Lane, radius: Lane) -> tuple[Lane, Lane, Lane, Lane]:
    t = radius.fma(node, -x)
    q = 1.0 / t.fma(t, y * y)
    qr, qi = t * q, y * q
    ar, ai = charge * qr, charge * qi
    return ar, ai, ar.fma(qr, -(ai * qi)), (ar + ar) * qi


@njit(error_model="numpy", fastmath=False)
def _near(modes, p, q, a, eta, work, first, second):
    """Add the sums over modes p … q-1; a mode at x itself adds nothing. ``work`` (2, n) is written from p to q."""
    qr, qi = work[0], work[1]
    _inverses((qr, qi, modes.high, modes.low), p, q, (modes.high[a], modes.low[a] + eta.real, eta.imag))
    for k in range(first.size):
        ar, ai, br, bi = _weighted((modes.products[k], qr, qi), p, q, ())
        first[k] += complex(ar, ai)
        second[k] += complex(br, bi)


@njit(error_model="numpy", fastmath=False, inline="always")
def _descend(modes, a, eta, work, first, second):
    """Add all sums, walking down the tree."""
    n, n_leaves = modes.high.size, modes.radius.size // 2
    stack = np.empty(128, np.int64)
    stack[0], top = 1, 1
    while top > 0:
        top -= 1
        node = stack[top]
        x = difference(modes.high[a], modes.low[a], modes.centre[0, node], modes.centre[1, node]) + eta.real
        radius = modes.radius[node]
        if math.hypot(x, eta.imag) >= AWAY * radius:
            for k in range(first.size):
                ar, ai, br, bi = _node_terms((modes.charges[k, node], NODES), 0, ORDER, (x, eta.imag, radius))
                first[k] += complex(ar, ai)
                second[k] += complex(br, bi)
        elif node >= n_leaves:
            leaf = node - n_leaves
            _near(modes, leaf * n // n_leaves, (leaf + 1) * n // n_leaves, a, eta, work, first, second)
        else:
            stack[top], stack[top + 1] = 2 * node, 2 * node + 1
            top += 2


@njit(error_model="numpy", fastmath=False)
def sums(modes, anchors, offsets, first, second):
    """Fill Σ p/(λ - x) and Σ p/(λ - x)² of the first rows of the products at x = λ_anchor + offset.

    Without any rows of ``fars`` all modes are summed one by one.
    """
    n, n_leaves = modes.high.size, modes.near_begin.size - 1
    work = np.empty((2, n))
    for i in range(anchors.size):
        a, eta, one, two = anchors[i], offsets[i], first[i], second[i]
        one[:] = 0.0
        two[:] = 0.0
        at = a if eta.real >= 0.0 else a - 1
        leaf = leaf_of(max(at, 0), n, n_leaves)
        if modes.fars.shape[1] == 0:
            _near(modes, np.int64(0), n, a, eta, work, one, two)
        elif (one.size > len(modes.fars) or at < 0 or (at == n - 1 and eta.real > 0.0)
              or abs(eta.imag) > BROAD * modes.radius[n_leaves + leaf]):
            _descend(modes, a, eta, work, one, two)
        else:
            for k in range(modes.near_begin[leaf], modes.near_begin[leaf + 1]):
                _near(modes, modes.near[k, 0], modes.near[k, 1], a, eta, work, one, two)
            for k in range(one.size):
                row = Field(modes.centre, modes.radius, modes.near_begin, modes.near, modes.fars[k])
                f = complex_far(row, leaf, modes.high[a], modes.low[a] + eta.real, eta.imag)
                one[k] += complex(f[0], f[1])
                two[k] += complex(f[2], f[3])
