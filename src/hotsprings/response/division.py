"""Modes of long chains by division: all eigenvalues, and rows of the eigenvectors at a few sites, in N log N."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings.checks import FloatArray, IntArray
from hotsprings.progress import report
from hotsprings.response.tree import Tree

BLOCK = 1024  # sites up to which parts are solved by direct sums, each in one thread


@dataclass(frozen=True, eq=False)
class Parts:
    """Eigenvalues (2, n) as double-doubles, ascending within each part, and rows (2 + n_sites, n) of eigenvectors."""

    values: FloatArray
    rows: FloatArray


def tridiagonal_modes(diagonal: FloatArray, off: FloatArray, sites: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return all eigenvalues (2, n), double-doubles ascending, and the eigenvectors at some sites (n_sites, n)."""
    from hotsprings.kernels import division

    n = diagonal.size
    inner = np.array([s for s in sites if 0 < s < n - 1], dtype=np.int64)
    parts = Parts(np.empty((2, n)), np.empty((2 + inner.size, n)))
    count = 1
    while n // count > BLOCK:
        count *= 2
    division.solve_blocks(diagonal, off, count, inner, parts.values, parts.rows)
    edge = np.arange(count + 1) * n // count
    step = 1
    while step < count:
        report(f"modes, parts of {2 * step * n // count:,} sites")
        for i in range(0, count, 2 * step):
            merge(parts, edge[i], edge[i + step], edge[i + 2 * step], float(off[edge[i + step] - 1]))
        step *= 2
    where = {0: 0, n - 1: 1} | {int(s): 2 + q for q, s in enumerate(inner)}
    return parts.values, parts.rows[[where[int(s)] for s in sites]]


def merge(parts: Parts, start: int, middle: int, stop: int, e: float) -> None:
    """Merge two neighbouring parts in place, sums through the tree."""
    from hotsprings.kernels import division

    d, rows, strength = parts.values, parts.rows, abs(e)
    joint, z, joint_rows = division.joined(d, rows, start, middle, stop, e)
    keep = division.coupled(joint, z, joint_rows, strength)
    kept, z, products = division.select(keep, joint, z, joint_rows)
    anchors, offsets, values = np.empty(z.size, np.int64), np.empty(z.size), np.zeros((len(rows), z.size))
    if z.size:
        used = np.flatnonzero(products.any(axis=1))
        w, products = strength * z * z, np.ascontiguousarray(products[used])
        tree = Tree.of_gaps(kept)
        field = tree.own.real_field(kept, w)
        division.gap_zeros(kept[0], kept[1], w, field, anchors, offsets)
        fars = np.array([tree.own.real_field(kept, row).far for row in products])
        found = np.empty((used.size, z.size))
        division.row_values(kept[0], kept[1], w, products, strength, field, fars, anchors, offsets, found)
        values[used] = found
    division.place(d, rows, start, joint, joint_rows, keep, kept, anchors, offsets, values)
