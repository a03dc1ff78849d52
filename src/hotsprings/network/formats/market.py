"""Matrix Market files."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings.errors import ArgumentError
from hotsprings.network.formats.bounds import MOST_COORDINATES, refuse_size
from hotsprings.network.formats.found import Found
from hotsprings.network.formats.text import read_bytes

__all__ = ["from_matrix_market"]

_BANNER = "%%matrixmarket matrix"


def from_matrix_market(path: Path) -> Found:
    """Read a matrix; where only one triangle is to be stored ("symmetric"), both are refused."""
    raw = read_bytes(path)
    head, _, rest = raw.partition(b"\n")
    words = head.decode("latin-1").casefold().split()
    if words[:2] != _BANNER.split() or len(words) != 5:
        raise ArgumentError("path", "be a file of format 'mtx'",
                            f"{path.name} does not begin with '%%MatrixMarket matrix <format> <field> <symmetry>'")
    layout, field, symmetry = words[2:]
    if field == "pattern":
        raise ArgumentError("path", "hold numbers", f"{path.name} is a 'pattern': it says only where some are")
    size = _size(path, rest, 3 if layout == "coordinate" else 2)
    if symmetry not in ("general", "symmetric"):
        raise ArgumentError("path", "be a general or a symmetric matrix", f"{path.name} says '{symmetry}'")
    parts = 2 if field == "complex" else 1
    if layout == "array":
        return Found(_whole(_numbers(path, rest, 2, parts), size[0], symmetry == "symmetric", path))
    table = _numbers(path, rest, 3, 2 + parts)
    i, j, values = _entries(path, table, size)
    _refuse_repeated(path, i, j, size[1])
    dense = np.zeros(size[:2], dtype=values.dtype)
    dense[i, j] = values
    if symmetry == "symmetric":
        upper = i < j
        if upper.any() and (i > j).any():
            a, b = int(i[upper][0]), int(j[upper][0])
            raise ArgumentError("path", 'store one triangle of a "symmetric" matrix ("general" may store both)',
                                f"{path.name} stores both: element ({a + 1}, {b + 1}) lies above the diagonal")
        dense[j, i] = values
    return Found(dense)


def _size(path: Path, rest: bytes, expected: int) -> tuple[int, ...]:
    """Return rows, columns and the number of entries as the file declares them, refused where they cannot be."""
    lines = (line for line in io.BytesIO(rest) if line.strip() and not line.lstrip().startswith(b"%"))
    words = next(lines, b"").split()
    if len(words) != expected or not all(re.fullmatch(rb"\d{1,18}", word) for word in words):
        text = b" ".join(words)[:60].decode("latin-1")
        raise ArgumentError("path", f"declare its size by {expected} whole numbers, at most {MOST_COORDINATES} rows",
                            f"{path.name} has {text!r}")
    size = tuple(int(word) for word in words)
    refuse_size(path, size[:2])
    if size[0] != size[1]:
        raise ArgumentError("path", "be a square matrix of finite numbers", f"{path.name} declares {size[0]} rows and "
                            f"{size[1]} columns")
    if expected == 3 and size[2] > min(size[0] * size[1], len(rest)):
        raise ArgumentError("path", "declare no more entries than it has", f"{path.name} declares {size[2]}")
    if expected == 2 and size[0] * (size[0] + 1) // 2 > len(rest):
        raise ArgumentError("path", "hold all numbers that it declares", f"{path.name} declares {size[0]} rows")
    return size


def _refuse_repeated(path: Path, i: Any, j: Any, n: int) -> None:
    places = np.sort(i.astype(np.int64) * n + j)
    twice = np.flatnonzero(places[1:] == places[:-1])
    if twice.size:
        a, b = divmod(int(places[twice[0]]), n)
        raise ArgumentError("path", "store each element once", f"{path.name} stores ({a + 1}, {b + 1}) twice")


def _numbers(path: Path, rest: bytes, skipped: int, columns: int) -> Any:
    """Return the numbers after the line of sizes, a row for each entry.

    Read here and not by scipy.io.mmread, which takes the interpreter down with it where a number is damaged.
    """
    words = b"\n".join(line for line in rest.splitlines() if not line.lstrip().startswith(b"%")).split()[skipped:]
    try:
        if b"_" in rest:  # 1_000 is a number in Python only
            raise ValueError("'_' in a number")
        return np.array([float(word) for word in words]).reshape(-1, columns)
    except ValueError as err:
        raise ArgumentError("path", f"hold {columns} numbers for each element",
                            f"{path.name} does not ({str(err)[:100]})") from err


def _entries(path: Path, table: Any, size: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Return rows, columns and values."""
    if len(table) != size[2]:
        raise ArgumentError("path", "hold as many entries as it declares",
                            f"{path.name} declares {size[2]} and holds {len(table)}")
    places = table[:, :2]
    if not np.all((places >= 1.0) & (places <= size[0]) & (places % 1.0 == 0.0)):
        raise ArgumentError("path", f"name rows and columns from 1 to {size[0]}", f"{path.name} names others")
    i, j = places.T.astype(np.int64) - 1
    return i, j, _values(table[:, 2:])


def _values(table: Any) -> Any:
    return table[:, 0] + 1j * table[:, 1] if table.shape[1] == 2 else table[:, 0]


def _whole(table: Any, n: int, triangle: bool, path: Path) -> Any:
    """Return the matrix from its columns, one after the other, from the diagonal on where only a triangle is stored."""
    wanted = n * (n + 1) // 2 if triangle else n * n
    if len(table) != wanted:
        raise ArgumentError("path", f"hold {wanted} numbers", f"{path.name} holds {len(table)}")
    values = _values(table)
    if not triangle:
        return values.reshape(n, n).T
    dense = np.zeros((n, n), dtype=values.dtype)
    j, i = np.triu_indices(n)
    dense[i, j] = dense[j, i] = values
    return dense
