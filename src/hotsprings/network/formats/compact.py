"""Compact force constants (one row of blocks per atom of the primitive cell) made whole by translations."""

from __future__ import annotations

from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings.checks import FloatArray, IntArray
from hotsprings.errors import ArgumentError
from hotsprings.network.formats.bounds import MOST_COORDINATES
from hotsprings.network.formats.structures import Structure, neighbours_of, read_structure, repeated

__all__ = ["expanded"]

SAMPLED = 12  # atoms that a cell is tried on first
NEAR = 1e-3  # how far a translated atom may be from another, in parts of the cell
UNEQUAL = 1e-2  # asymmetry, of the largest element, of constants that translations of the wrong cell made
_COMMAND = ("; with phono3py too); or give their structure=, phonopy's YAML, or a POSCAR of the supercell or of its "
            "unit cell with supercell=(n1, n2, n3")


def expanded(path: Path, blocks: FloatArray, rows: IntArray | None, structure: Structure | None,
             supercell: Any) -> tuple[FloatArray, Structure, str]:
    """Return force constants Φ[i, j] of all pairs from those whose first atom is in the primitive cell.

    Parameters
    ----------
    path : Path
        Their file; structures beside it are tried where none is given.
    blocks : ndarray, shape (n_primitive, n, 3, 3)
    rows : ndarray, shape (n_primitive,), or None
        The atoms that the first axis stands for (``p2s_map``).
    structure : Structure or None
        The supercell, or its unit cell.
    supercell : sequence of int or None
        How often the unit cell is repeated.

    Returns
    -------
    tuple
        Φ, shape (n, n, 3, 3); the structure of the supercell; where it was found, "" for a given one.
    """
    n_rows, n = blocks.shape[:2]
    wanted = f"hold the force constants of all pairs, shape (n, n, 3, 3) (phonopy --full-fc{_COMMAND})"
    compact = f"{path.name} holds shape {blocks.shape}, the compact ones of {n_rows} atoms"
    if 3 * n > MOST_COORDINATES or n_rows > n or n % n_rows:
        raise ArgumentError("path", wanted, compact)
    rows = np.arange(n_rows) * (n // n_rows) if rows is None else rows
    if rows.size != n_rows or np.unique(rows).size != n_rows or rows.min() < 0 or rows.max() >= n:
        raise ArgumentError("path", f"name {n_rows} of the {n} atoms in its p2s_map", f"{path.name} has another one")
    if structure is not None:
        return (*_whole(blocks, rows, structure, supercell), "")
    for beside in neighbours_of(path):
        try:
            return (*_whole(blocks, rows, read_structure(beside), supercell), "" if beside == path else beside.name)
        except ArgumentError:
            continue
    raise ArgumentError("path", wanted, compact)


def _whole(blocks: FloatArray, rows: IntArray, structure: Structure, supercell: Any) -> tuple[FloatArray, Structure]:
    """Return Φ by the one supercell that makes it symmetric."""
    n, fits = blocks.shape[1], []
    limit = UNEQUAL * float(np.abs(blocks).max(initial=1e-300))
    sample = np.linspace(0, n - 1, SAMPLED).astype(int)
    for cell in _candidates(structure, n, supercell):
        crystal = _Crystal(blocks, rows, cell)
        full = crystal.whole() if crystal.is_symmetric(sample, limit) else None
        if full is not None and _asymmetry(full) <= limit:
            fits.append((full, cell))
    if not fits:
        raise ArgumentError("structure", f"be the cell of these force constants ({n} atoms, rows of "
                            f"{', '.join(map(str, rows[:8]))}{' …' if rows.size > 8 else ''})",
                            f"the translations of the {len(structure.symbols)} atoms given do not lead from row to row")
    if any(not np.allclose(full, fits[0][0], rtol=0.0, atol=1e-9 * np.abs(full).max()) for full, _ in fits[1:]):
        raise ArgumentError("supercell", "be given, how often the unit cell is repeated, such as (2, 2, 2)",
                            f"{len(fits)} supercells of {n} atoms fit")
    return fits[0]


def _candidates(structure: Structure, n: int, supercell: Any) -> list[Structure]:
    """Return the supercells of n atoms that a structure may mean."""
    count = len(structure.symbols)
    if count == n and supercell is None and structure.supercell is None:
        return [structure]
    matrix = structure.supercell if supercell is None else _matrix(supercell)
    if matrix is not None:
        if matrix.shape != (3, 3) or abs(round(float(np.linalg.det(matrix)))) * count != n:
            raise ArgumentError("supercell", f"make {n} atoms of {count}", f"{matrix.tolist()} was given")
        return [repeated(structure, matrix)]
    if n % count or structure.whole:
        return []
    times = n // count
    sizes = [s for s in range(1, times + 1) if times % s == 0]
    return [repeated(structure, np.diag([a, b, times // (a * b)]))
            for a, b in product(sizes, sizes) if times % (a * b) == 0]


def _matrix(supercell: Any) -> IntArray:
    raw = np.asarray(supercell)
    if raw.dtype.kind not in "iu" or raw.shape not in ((3,), (3, 3)) or np.abs(raw).max() > MOST_COORDINATES:
        raise ArgumentError("supercell", "be three whole numbers, or a 3 × 3 matrix of them",
                            f"{str(supercell)[:60]} was given")
    return np.diag(raw).astype(np.int64) if raw.ndim == 1 else raw.astype(np.int64)


class _Crystal:
    """Compact constants in a supercell: Φ[i, t(j)] = Φ[p, j], t the translation that takes atom p of a row to i."""

    def __init__(self, blocks: FloatArray, rows: IntArray, cell: Structure) -> None:
        self.blocks, self.rows, self.origin = blocks, rows, cell.primitive_of
        self.wrapped = _wrapped(cell.positions)
        self.tree = import_module("scipy.spatial").cKDTree(self.wrapped, boxsize=1.0)
        self.kinds = np.unique(cell.symbols, return_inverse=True)[1]
        self.known: dict[tuple[int, ...], IntArray | None] = {}

    def row(self, i: int) -> FloatArray | None:
        """Return Φ[i, :], shape (n, 3, 3); None where no translation leads to i."""
        for number in self._likely(i):
            p = self.rows[number]
            moved = self._moved(self.wrapped[i] - self.wrapped[p]) if self.kinds[p] == self.kinds[i] else None
            if moved is not None and moved[p] == i:
                row: FloatArray = np.empty(self.blocks.shape[1:])
                row[moved] = self.blocks[number]
                return row
        return None

    def is_symmetric(self, sites: Any, limit: float) -> bool:
        """Return whether Φ[i, p] = Φ[p, i]ᵀ for some atoms i and the atoms p of the rows, up to a limit."""
        for i in sites:
            row = self.row(int(i))
            if row is None or np.abs(row[self.rows] - self.blocks[:, i].transpose(0, 2, 1)).max() > limit:
                return False
        return True

    def whole(self) -> FloatArray | None:
        """Return Φ, shape (n, n, 3, 3)."""
        moves = self._translations()
        if not np.array_equal(np.sort(moves[:, self.rows], axis=None), np.arange(len(self.kinds))):
            return None
        full = np.empty((len(self.kinds), *self.blocks.shape[1:]))
        for moved in moves:
            full[moved[self.rows][:, None], moved] = self.blocks
        return full

    def _translations(self) -> IntArray:
        """Return where each atom goes under all translations of the crystal, shape (n_translations, n).

        They are a group, made of some of them: one more, and its powers after those that are there.
        """
        p, n = self.rows[0], len(self.kinds)
        found = np.arange(n)[None, :]
        near = np.array([self._likely(i)[0] == 0 for i in range(n)])
        for i in np.argsort(~near, kind="stable"):
            if len(found) * len(self.rows) >= n:
                break
            if self.kinds[i] != self.kinds[p] or i in found[:, p]:
                continue
            step = self._moved(self.wrapped[i] - self.wrapped[p])
            if step is None:
                continue
            power, powers = step, [found]
            while power[p] not in found[:, p]:
                powers.append(power[found])
                power = step[power]
            found = np.concatenate(powers)
        return found

    def _likely(self, i: int) -> list[int]:
        """Return the numbers of rows, the one that atom i should be a copy of first (phonopy: the nearest before)."""
        if self.origin is not None:
            return [int(number) for number in np.flatnonzero(self.rows == self.origin[i])]
        return [int(number) for number in np.lexsort((np.abs(self.rows - i), self.rows > i))]

    def _moved(self, shift: FloatArray) -> IntArray | None:
        """Return where each atom goes under a translation, None where it is none of the crystal; found once each."""
        key = tuple(np.round(_wrapped(shift) / NEAR).astype(int).tolist())
        if key not in self.known:
            self.known[key] = self._translation(shift)
        return self.known[key]

    def _translation(self, shift: FloatArray) -> IntArray | None:
        distance, where = self.tree.query(_wrapped(self.wrapped + shift), distance_upper_bound=NEAR)
        if not np.isfinite(distance).all() or np.any(self.kinds[where] != self.kinds):
            return None
        return np.asarray(where, dtype=np.int64) if np.unique(where).size == where.size else None


def _asymmetry(full: FloatArray) -> float:
    """Return max |Φ[i, j] - Φ[j, i]ᵀ|, some rows at a time."""
    parts = [slice(k, k + 64) for k in range(0, len(full), 64)]
    return max(float(np.abs(full[part] - full[:, part].transpose(1, 0, 3, 2)).max()) for part in parts)


def _wrapped(positions: FloatArray) -> FloatArray:
    """Return positions in the cell, 0 ≤ x < 1."""
    inside = positions % 1.0
    inside[inside >= 1.0] = 0.0
    return np.asarray(inside)
