"""Modes of long chains by division: all eigenvalues, and rows of the eigenvectors at a few sites, in N log N."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from hotsprings.checks import FloatArray, IntArray
from hotsprings.progress import report
from hotsprings.response.modes import ROUNDINGS
from hotsprings.response.tolerances import EPS
from hotsprings.response.tree import Tree

COUPLING = 4e-16  # by which components of eigenvectors may be off, as they are left out of a merge below it
LEAST = 16  # sites of the smallest part
BLOCK = 1024  # sites up to which parts are solved by direct sums, each in one thread
AT_A_TIME = 5000  # zeros that a thread finds before it looks up
SIDE_BY_SIDE = 16  # merges of a level from which each has one thread


@dataclass(eq=False)
class Parts:
    """A chain in parts: ``values`` (2, n), double-doubles ascending within each part, and ``rows`` of eigenvectors.

    ``rows`` (2 + n_inner, n): the first and the last row of each part, and those of the inner sites asked for;
    ``order`` (n_sites,): which of them, of the whole, belong to the sites asked for; ``middle``, ``coupling``: where
    the last two parts meet, and the off-diagonal element there; ``moved``: by how much a sample of eigenvalues changed
    when all terms were summed, relative to their distance from the nearest eigenvalue of a part.
    """

    values: FloatArray
    rows: FloatArray
    order: IntArray
    middle: int = 0
    coupling: float = 0.0
    moved: float = 0.0


def chain_parts(diagonal: FloatArray, off: FloatArray, sites: IntArray) -> Parts:
    """Return a tridiagonal matrix as two solved parts, ready for the last merge; or one, where it is small."""
    n = diagonal.size
    inner = np.array([s for s in sites if 0 < s < n - 1], dtype=np.int64)
    where = {0: 0, n - 1: 1} | {int(s): 2 + q for q, s in enumerate(inner)}
    parts = Parts(np.empty((2, n)), np.zeros((2 + inner.size, n)), np.array([where[int(s)] for s in sites]))
    parts.rows[2 + np.arange(inner.size), inner] = 1.0
    _solve_parts(parts, diagonal, off)
    return parts


def projected_parts(diagonal: FloatArray, off: FloatArray, vectors: FloatArray) -> Parts:
    """Return the same with products of the eigenvectors with any vectors (n_vectors, n) in place of their rows."""
    parts = Parts(np.empty((2, diagonal.size)), np.concatenate([np.zeros((2, diagonal.size)), vectors]),
                  2 + np.arange(len(vectors)))
    _solve_parts(parts, diagonal, off)
    return parts


def _solve_parts(parts: Parts, diagonal: FloatArray, off: FloatArray) -> None:
    """Solve a tridiagonal matrix up to the last merge, ``parts.rows`` along."""
    from hotsprings.kernels.division_parts import solve_blocks
    from hotsprings.kernels.threads import in_ranges, side_by_side

    n = diagonal.size
    count = 1
    while n // count > BLOCK or (count == 1 and n > 2 * LEAST):
        count *= 2
    report(f"modes, parts of {n // count:,} sites")
    in_ranges(solve_blocks, count, 1 + AT_A_TIME * count // n, diagonal, off, count, parts.values, parts.rows)
    edge = np.arange(count + 1) * n // count
    step = 1
    while 2 * step < count:
        report(f"modes, parts of {2 * step * n // count:,} sites")
        level = [partial(_merge, parts, edge[i], edge[i + step], edge[i + 2 * step], float(off[edge[i + step] - 1]))
                 for i in range(0, count, 2 * step)]
        _solve(level, side_by_side)
        step *= 2
    if count > 1:
        parts.middle, parts.coupling = int(edge[count // 2]), float(off[edge[count // 2] - 1])


def _solve(level: list[partial[None]], side_by_side: Callable[[list[partial[None]]], None]) -> None:
    """Make the merges of one level: many side by side, few one after the other with threads within."""
    if len(level) >= SIDE_BY_SIDE:
        side_by_side(level)
        return
    for merge in level:
        merge()


def whole(parts: Parts, last_bits: np.random.Generator | None = None) -> tuple[FloatArray, FloatArray]:
    """Return all eigenvalues (2, n), double-doubles ascending, and the eigenvectors at the sites (n_sites, n).

    ``last_bits`` changes the eigenvalues and rows of both parts in their last bits before they are merged.
    """
    report("modes of the whole")
    final = replace(parts, values=parts.values.copy(), rows=parts.rows.copy())
    if last_bits is not None:
        size = ROUNDINGS * EPS * np.abs(final.values[0]).max()
        final.values[1] += size * last_bits.standard_normal(final.values.shape[1])
        final.rows += ROUNDINGS * COUPLING * last_bits.standard_normal(final.rows.shape) * (final.rows != 0.0)
        _settle(final, final.middle)
    if parts.middle:
        _merge(final, 0, parts.middle, parts.values.shape[1], parts.coupling)
    if last_bits is None:
        parts.moved = max(parts.moved, final.moved)
    return final.values, final.rows[parts.order]


def _settle(parts: Parts, middle: int) -> None:
    """Put changed double-doubles back in order."""
    for part in (slice(0, middle), slice(middle, None)):
        high, low = parts.values[:, part]
        total = high + low
        rest = low - (total - high)
        order = np.lexsort((rest, total))
        parts.values[:, part] = total[order], rest[order]
        parts.rows[:, part] = parts.rows[:, part][:, order]


def _merge(parts: Parts, start: int, middle: int, stop: int, e: float) -> None:
    """Merge two neighbouring parts in place, sums through the tree."""
    from hotsprings.kernels import division
    from hotsprings.kernels.division_parts import join, place
    from hotsprings.kernels.threads import in_ranges

    joint, joint_rows, keep, kept, w, products = join(parts.values, parts.rows, start, middle, stop, e)
    anchors, offsets, values = np.empty(w.size, np.int64), np.empty(w.size), np.zeros(products.shape)
    if w.size:
        used = np.flatnonzero(products.any(axis=1))
        products = np.ascontiguousarray(products[used])
        tree = Tree.of_gaps(kept)
        fields = tree.fields(kept, (w, *products))
        fars = np.array([field.far for field in fields[1:]]).reshape(used.size, *fields[0].far.shape)
        whole = division.Merge(kept[0], kept[1], w, products, abs(e), fields[0], fars)
        found = np.empty((used.size, w.size))
        in_ranges(division.merged, w.size, AT_A_TIME, whole, anchors, offsets, found)
        values[used] = found
        for i in (w.size // 3, w.size - 1 - w.size // 5):
            parts.moved = max(parts.moved, division.moved(whole, int(anchors[i]), float(offsets[i])))
    place(parts.values, parts.rows, start, joint, joint_rows, keep, kept, anchors, offsets, values)
