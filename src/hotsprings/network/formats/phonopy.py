"""Force constants of phonopy and phono3py: text, HDF5, YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hotsprings.errors import ArgumentError
from hotsprings.network.formats.bounds import refuse_size
from hotsprings.network.formats.found import Found
from hotsprings.network.formats.hdf5 import from_hdf5
from hotsprings.network.formats.structures import safe_yaml
from hotsprings.network.formats.text import head_of, numbers, read_text, unpacked_name

__all__ = ["from_phonopy"]


def from_phonopy(path: Path) -> Found:
    """Read FORCE_CONSTANTS, force_constants.hdf5, fc2.hdf5 or phonopy_params.yaml, whichever the file is."""
    if head_of(path, 8) == b"\x89HDF\r\n\x1a\n":
        return from_hdf5(path)
    if unpacked_name(path).suffix.lower() in (".yaml", ".yml"):
        return _from_yaml(path)
    return _from_text(path)


def _from_text(path: Path) -> Found:
    """Read a line with the numbers of atoms, then for each pair 'i j' and three lines of three numbers."""
    first, _, rest = read_text(path).strip().partition("\n")
    try:
        counts = [int(word) for word in first.split()]
        refuse_size(path, tuple(3 * count for count in (counts * 2)[:2]))
        table = numbers(rest.split(), path).reshape(-1, 11)  # i, j, and nine elements, row by row
        rows, columns = np.unique(table[:, 0]), np.unique(table[:, 1])
        whole = bool(np.all(table[:, :2] % 1.0 == 0.0)) and counts and min(counts) > 0
    except ValueError as err:
        if isinstance(err, ArgumentError):
            raise
        raise ArgumentError("path", "be phonopy's FORCE_CONSTANTS: the numbers of atoms, then for each pair a line "
                            "'i j' and three lines of three numbers", f"{path.name} is not ({err})") from err
    if not whole or table.shape[0] != rows.size * columns.size or [rows.size, columns.size] != (counts * 2)[:2]:
        raise ArgumentError("path", f"hold one block for each pair of atoms, {first.strip()[:60]} by its first line",
                            f"{path.name} has {table.shape[0]} blocks")
    blocks = np.full((rows.size, columns.size, 3, 3), np.nan)
    blocks[np.searchsorted(rows, table[:, 0]), np.searchsorted(columns, table[:, 1])] = table[:, 2:].reshape(-1, 3, 3)
    if np.isnan(blocks).any():
        raise ArgumentError("path", "hold one block of numbers for each pair of atoms",
                            f"{path.name} lacks one, or holds no number there")
    return Found(blocks, triples=True, pairs=True, rows=_first_atoms(rows, columns.size))


def _first_atoms(rows: Any, n: int) -> Any:
    """Return the atoms, from 0, that compact rows name; None where they are only counted."""
    if rows.size == n or np.array_equal(rows, np.arange(rows.size) + 1.0):
        return None
    return rows.astype(np.int64) - 1


def _from_yaml(path: Path) -> Found:
    document = safe_yaml(path)
    table = document.get("force_constants") if isinstance(document, dict) else None
    if not isinstance(table, dict) or "elements" not in table or "shape" not in table:
        names = ", ".join(map(str, document))[:100] if isinstance(document, dict) else "no table"
        raise ArgumentError("path", "hold 'force_constants' (phonopy --include-fc; forces and displacements are made "
                            "constants by phonopy --writefc)", f"{path.name} holds {names}")
    shape = (*(int(length) for length in table["shape"]), 3, 3)
    refuse_size(path, shape)
    values = np.array(table["elements"], dtype=np.float64).reshape(shape)
    primitive = document.get("supercell", {}).get("points", [])
    reduced = sorted({point["reduced_to"] - 1 for point in primitive if isinstance(point.get("reduced_to"), int)})
    rows = np.array(reduced, dtype=np.int64) if len(reduced) == shape[0] < shape[1] else None
    masses = [point.get("mass") for point in primitive]
    known = len(masses) == shape[1] and None not in masses
    return Found(values, np.array(masses, dtype=np.float64) if known else None, triples=True, pairs=True, rows=rows)
