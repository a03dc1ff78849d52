"""All zeros of the secular function, none lost, none twice.

One zero per gap between neighbouring poles is found by local iteration in double precision. The others (the
collective pair, one pair per bath, and whatever left its gap) are found together by Ehrlich-Aberth with the known
ones deflated. Zeros whose double-precision value cannot carry the digits are refined in twice the precision;
in small networks all are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.progress import report
from hotsprings.response.blocks import blocks
from hotsprings.response.grouping import SecularProblem

ALL_PRECISE = 40  # up to this many poles every zero is found in double-double
DIGITS_LOST = 300.0  # growth of a rounding error from which a zero is refined in double-double
MAX_PASSES = 12
MOST_SWEEPS = 400  # in 32 digits: zeros of a crowd come to it together, by a constant factor a sweep
SAMPLE = 8  # zeros that are checked by direct sums in double-double


@dataclass(frozen=True, eq=False)
class SecularZeros:
    """Zeros with Re ω ≥ 0 (each stands for itself and -ω*, on the imaginary axis for itself).

    ``anchors, offsets, slopes``: those in gaps, x = d_anchor + offset, ds/dx. ``precise_*``: those kept as
    double-double ``(re_h, re_l, im_h, im_l)``; ``precise_share`` is 1/2 on the imaginary axis.
    """

    anchors: IntArray
    offsets: ComplexArray
    slopes: ComplexArray
    precise_anchors: IntArray
    precise_offsets: FloatArray
    precise_roots: FloatArray
    precise_share: FloatArray


def _empty(n: int = 0) -> FloatArray:
    return np.zeros((n, 4))


def square_root(problem: SecularProblem, anchors: IntArray, offsets: ComplexArray) -> ComplexArray:
    """Return ω = sqrt(d_anchor + offset) with Re ω ≥ 0; the imaginary part keeps its relative accuracy."""
    x = problem.poles[0, anchors] + (problem.poles[1, anchors] + offsets)
    real = np.sqrt(x).real
    return np.asarray(real + 1j * (offsets.imag / (2.0 * real)))


@dataclass(frozen=True, eq=False)
class GapZeros:
    """Zeros in gaps: x = d_anchor + offset, ds/dx, the largest term of s there, and whether the search settled."""

    anchors: IntArray
    offsets: ComplexArray
    slopes: ComplexArray
    largest: FloatArray
    settled: BoolArray

    def take(self, keep: BoolArray) -> GapZeros:
        """Return those chosen by a mask."""
        return GapZeros(self.anchors[keep], self.offsets[keep], self.slopes[keep], self.largest[keep],
                         self.settled[keep])


def gap_zeros(problem: SecularProblem) -> GapZeros:
    """Return one zero per gap; those that left their gap or did not converge are not settled."""
    from hotsprings.kernels import gaps

    p, b = problem.poles, problem.baths
    n = max(p.shape[1] - 1, 0)
    anchors, offsets = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.complex128)
    if not n:
        return GapZeros(anchors, offsets, offsets, offsets.real, offsets.real > 0.0)
    nearby = problem.tree.own
    field, cost, todo = nearby.real_field(p, p[2]), nearby.near_cost, np.arange(n)
    given = p[0], p[1], p[2], field, b[0], b[1], b[2], b[4]
    for block in blocks(n, cost):
        report(f"where the resonances are, {block.start / n:.0%}")
        gaps.starts(*given, todo[block], anchors, offsets)
    slopes, largest = np.zeros(n, dtype=np.complex128), np.zeros(n)
    state = np.zeros(n, dtype=np.int64)
    for _ in range(MAX_PASSES):
        for block in blocks(todo.size, cost):
            report(f"{todo.size:,} resonances, {block.start / todo.size:.0%}")
            gaps.complex_pass(*given, None, 0, 0, todo[block], anchors, offsets, slopes, largest, state)
        todo = np.flatnonzero(state == 0)
        if not todo.size:
            break
    return GapZeros(anchors, offsets, slopes, largest, state == 1)


def _spread_twins(roots: FloatArray, near: float) -> int:
    """Move guesses apart, in place, where two agree to a relative ``near``: equal ones would stay together."""
    w = roots[:, 0] + 1j * roots[:, 2]
    order = np.lexsort((w.imag, w.real))
    twins = 0
    for k in range(1, w.size):
        i, j = order[k - 1], order[k]
        if abs(w[i] - w[j]) < near * abs(w[j]):
            shift = 0.1 * near * w[j] * np.exp(2.4j * k)
            roots[j, 1] += shift.real
            roots[j, 3] += shift.imag
            twins += 1
    return twins


def _search(problem: SecularProblem, known: ComplexArray, roots: FloatArray) -> FloatArray:
    """Return the zeros that are not known, as double-double ω, shape (n, 4), no symmetry imposed.

    Double precision first; twice of it where that does not settle, or leaves zeros together.
    """
    from hotsprings.kernels import secular

    parts = np.ascontiguousarray(known.real), np.ascontiguousarray(known.imag)
    arguments = problem.poles, problem.baths, problem.static, problem.lowest, *parts, problem.free
    threads = secular.threads(problem.poles)
    _, step = secular.aberth(*arguments, roots, None, 60, threads)
    if known.size and np.all(step < 1e-9) and not _spread_twins(roots, 1e-6):
        return roots
    _spread_twins(roots, 1e-12)
    sweeps, step = secular.aberth(*arguments, roots, True, MOST_SWEEPS, threads)
    lost = ~(step < (1e-12 if sweeps < MOST_SWEEPS else np.minimum(1e-12, 1e-6 * _nearest(roots))))
    if lost.any():
        raise CertificateError(
            f"{int(lost.sum())} of {roots.shape[0]} resonances did not converge: change a mass or a "
            "friction by 1 part in 1e9, and report the system as an issue"
        )
    return roots


def _nearest(roots: FloatArray) -> FloatArray:
    """Return how far the next zero is from each, relative to it: steps below that say where a zero of a crowd is."""
    w = roots[:, 0] + 1j * roots[:, 2]
    apart = np.abs((w[:, None] - w) + ((roots[:, None, 1] - roots[:, 1]) + 1j * (roots[:, None, 3] - roots[:, 3])))
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart.min(axis=1) / np.abs(w))


def _half(problem: SecularProblem, roots: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the zeros with Re ω ≥ 0 and their share, after checking that the mirrors are all there."""
    from hotsprings.kernels import secular

    size = np.hypot(roots[:, 0], roots[:, 2])
    axis = np.abs(roots[:, 0]) <= secular.ON_AXIS * size
    right = (roots[:, 0] > 0.0) & ~axis
    left = (roots[:, 0] < 0.0) & ~axis
    if right.sum() != left.sum():
        raise CertificateError(f"{right.sum()} resonances found with Re ω > 0, but {left.sum()} with Re ω < 0: "
                               "report the system as an issue")
    roots = roots.copy()
    roots[axis, :2] = 0.0
    keep = right | axis
    return roots[keep], np.where(axis[keep], 0.5, 1.0)


def find_zeros(problem: SecularProblem) -> SecularZeros:
    """Return all zeros of the secular function in the upper half plane (ω = 0 left out)."""
    from hotsprings.kernels import residues, secular

    found = gap_zeros(problem)
    settled = found.settled & (problem.n_zeros > 2 * ALL_PRECISE)
    lost, gap = found.take(~settled), found.take(settled)
    omega = square_root(problem, gap.anchors, gap.offsets)
    count = problem.n_zeros - 2 * omega.size - int(problem.free)
    starts = secular.starts(problem.poles, problem.baths, problem.static, lost.anchors, lost.offsets.real.copy(), count)
    roots, share = _half(problem, _search(problem, omega, starts))
    anchors, offsets = np.empty(share.size, dtype=np.int64), _empty(share.size)
    secular.anchor_roots(problem.poles, roots, anchors, offsets)

    growth = residues.gap_growth(problem.poles, problem.baths, gap.anchors, gap.offsets, gap.slopes, gap.largest)
    hard = ~(growth < DIGITS_LOST)
    extra = _empty(int(hard.sum()))
    extra[:, 0], extra[:, 2] = gap.offsets[hard].real, gap.offsets[hard].imag
    anchors = np.concatenate([anchors, gap.anchors[hard]])
    offsets, roots = np.concatenate([offsets, extra]), np.concatenate([roots, extra])
    share = np.concatenate([share, np.ones(len(extra))])
    secular.refine(problem.poles, problem.baths, problem.static, problem.lowest, anchors, offsets, roots,
                   secular.MAX_STEPS, secular.threads(problem.poles))
    if not np.all(np.isfinite(roots)):
        raise CertificateError("resonances coincide to more digits than 32: change a mass or a friction by 1 part in "
                               "1e9")
    gap = gap.take(~hard)
    return SecularZeros(gap.anchors, gap.offsets, gap.slopes, anchors, offsets, roots, share)


def sampled_error(problem: SecularProblem, zeros: SecularZeros) -> float:
    """Return how far a random sample of the zeros found through the tree moves when all terms are summed directly.

    The sums are in double-double; the larger of the relative changes of the offset and of its imaginary part.
    """
    from hotsprings.kernels import secular

    if not zeros.anchors.size or problem.tree.is_leaf:
        return 0.0
    report("checking a sample of resonances in 32 digits")
    pick = np.random.default_rng(0).choice(zeros.anchors.size, min(SAMPLE, zeros.anchors.size), replace=False)
    anchors, old = zeros.anchors[pick], zeros.offsets[pick]
    offsets, roots = _empty(pick.size), _empty(pick.size)
    offsets[:, 0], offsets[:, 2] = old.real, old.imag
    secular.refine(problem.poles, problem.baths, problem.static, problem.lowest, anchors, offsets, roots, 1,
                   secular.threads(problem.poles))
    real, imaginary = (offsets[:, 0] - old.real) + offsets[:, 1], (offsets[:, 2] - old.imag) + offsets[:, 3]
    return float(np.max([np.hypot(real, imaginary) / np.abs(old), np.abs(imaginary) / old.imag]))


def half_frequencies(problem: SecularProblem, zeros: SecularZeros) -> tuple[ComplexArray, FloatArray]:
    """Return the zeros with Re ω ≥ 0 as complex numbers, gap zeros first, and their share."""
    gap = square_root(problem, zeros.anchors, zeros.offsets)
    roots, offsets = zeros.precise_roots, zeros.precise_offsets
    real, imaginary = roots[:, 0] + roots[:, 1], roots[:, 2] + roots[:, 3]
    near = (zeros.precise_anchors >= 0) & (real > imaginary)
    imaginary[near] = (offsets[near, 2] + offsets[near, 3]) / (2.0 * real[near])
    share = np.concatenate([np.ones(gap.size), zeros.precise_share])
    return np.concatenate([gap, real + 1j * imaginary]), share


def split_pairs(problem: SecularProblem) -> list[tuple[int, int, ComplexArray]]:
    """Return for each group of equal baths its column, its number of baths, and the two zeros of its α."""
    pairs = []
    for g in np.flatnonzero(np.bincount(problem.bath_group) > 1):
        nu = problem.baths[2, g]
        d, count = float(problem.baths[0, g]), int(np.sum(problem.bath_group == g))
        if 4.0 * d >= nu * nu:
            root = np.sqrt(4.0 * d - nu * nu)
            pair = 0.5 * (np.array([root, -root]) + 1j * nu)
        else:  # the slow one by the product of both: a difference would lose it beside strong friction
            fast = 0.5 * (nu + np.sqrt((nu - 2.0 * np.sqrt(d)) * (nu + 2.0 * np.sqrt(d))))
            pair = 1j * np.array([fast, d / fast])
        pairs.append((int(g), count, pair))
    return pairs


def from_split(problem: SecularProblem, g: Any, omega: Any, high: Any, low: Any) -> ComplexArray:
    """Return d - ω² of some d = high + low at a zero ω of α_g, or zeros of several, where ω² = D_g + iων_g.

    What it counts from is D_g: a difference to ω² is lost beside a resonance far narrower than ω.
    """
    top, rest, nu = problem.baths[:3, g]
    return np.asarray((high - top) + (low - rest) - 1j * omega * nu)


def mirrored_secular(problem: SecularProblem, g: int, omega: complex) -> complex:
    """Return s(-ω) at a zero ω of α_g."""
    from hotsprings.kernels.secular import SMALL

    weight, share, x = problem.poles[2], problem.poles[4], omega * omega
    top, drag, strength = problem.baths[0], 1j * omega * problem.baths[2], problem.baths[4]
    apart = from_split(problem, g, omega, *problem.poles[:2])
    alpha = from_split(problem, g, omega, *problem.baths[:2]) - drag
    if abs(x) < SMALL * problem.lowest:
        return complex(problem.static[0] - x * np.sum(share / apart) - np.sum(strength * (x + drag) / (alpha * top)))
    return complex(1.0 - np.sum(weight / apart) - np.sum(strength / alpha))
