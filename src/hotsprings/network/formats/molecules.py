"""Hessians as programs of quantum chemistry and force fields write them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.network.formats.bounds import MOST_COORDINATES
from hotsprings.network.formats.found import Found
from hotsprings.network.formats.text import flat_square, numbers, read_text, square_of

__all__ = ["from_dftb", "from_gaussian", "from_lammps", "from_orca", "from_turbomole"]

_ENTRY = re.compile(r"^(.{40}) {3}([IRCHL]) (?:  N= *(\d+)| +(\S+))\s*$")  # a line of a formatted checkpoint file
_REAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+)([eEdD][+-]?\d+)?")


def from_dftb(path: Path) -> Found:
    """Read ``hessian.out``: n² numbers in Hartree/bohr², four a line."""
    return Found(flat_square(path), triples=True)


def from_lammps(path: Path) -> Found:
    """Read what ``dynamical_matrix`` writes: n² numbers, three a line, divided by √(m_i m_j)."""
    return Found(flat_square(path), triples=True)


def _section(path: Path, text: str, *names: str) -> list[str]:
    """Return the lines of the first section ($name …) there is; up to the next line with a $."""
    lines = text.splitlines()
    starts = [line.strip().casefold() for line in lines]
    for name in names:
        for i, start in enumerate(starts):
            if start == name or start.startswith(name + " "):
                end = next((j for j in range(i + 1, len(lines)) if starts[j].startswith("$")), len(lines))
                return lines[i + 1:end]
    raise ArgumentError("path", f"have a line '{names[0]}'", f"{path.name} has none")


def from_turbomole(path: Path) -> Found:
    """Read a ``$hessian`` of Turbomole (row and part of the row before the numbers) or xtb (numbers alone)."""
    text = read_text(path)
    if "$" not in text:
        return Found(flat_square(path), triples=True)
    lines = [line.split() for line in _section(path, text, "$nprhessian", "$hessian", "$hessian (projected)")]
    lines = [words for words in lines if words and not words[0].startswith("#")]
    numbered = bool(lines) and not any(_REAL.fullmatch(words[0]) for words in lines)
    kept = [[word for word in words if "." in word] if numbered else words for words in lines]
    values = square_of(numbers([word for words in kept for word in words], path), path)
    if numbered:
        _refuse_misplaced(path, lines, kept, len(values))
    return Found(values, triples=True)


def _refuse_misplaced(path: Path, lines: list[list[str]], kept: list[list[str]], n: int) -> None:
    """Refuse numbers that are not in the rows that their lines name (row and part may be run together)."""
    before = 0
    for words, numbers_of_line in zip(lines, kept, strict=True):
        row, label = before // n + 1, "".join(words[:len(words) - len(numbers_of_line)])
        if not label.startswith(str(row)) or (before + len(numbers_of_line) - 1) // n + 1 != row:
            raise ArgumentError("path", "hold the rows of a Hessian in their order",
                                f"{path.name} has a line {' '.join(words)[:40]!r} where row {row} belongs")
        before += len(numbers_of_line)


def _count(path: Path, text: str, most: int, what: str) -> int:
    """Return a number that a file declares, refused where it cannot be."""
    word = text.strip()
    if not re.fullmatch(r"\d{1,12}", word) or not 0 < int(word) <= most:
        raise ArgumentError("path", f"declare how many {what} it holds, 1 to {most}",
                            f"{path.name} says {word[:40]!r}")
    return int(word)


def from_gaussian(path: Path) -> Found:
    """Read a formatted checkpoint file: the lower triangle of the Hessian, and atomic weights."""
    lines = read_text(path).splitlines()
    triangle = _entry(path, lines, "Cartesian Force Constants", MOST_COORDINATES * (MOST_COORDINATES + 1) // 2)
    if triangle is None:
        raise ArgumentError("path", "hold 'Cartesian Force Constants' (of a calculation with Freq)",
                            f"{path.name} holds none")
    n = int((np.sqrt(8.0 * triangle.size + 1.0) - 1.0) / 2.0 + 0.5)
    if n * (n + 1) // 2 != triangle.size:
        raise ArgumentError("path", "hold n (n + 1)/2 Cartesian Force Constants", f"{path.name} holds {triangle.size}")
    K = np.zeros((n, n))
    K[np.tril_indices(n)] = triangle
    K = K + np.tril(K, -1).T
    return Found(K, _entry(path, lines, "Real atomic weights", MOST_COORDINATES), triples=True)


def _entry(path: Path, lines: list[str], name: str, most: int) -> FloatArray | None:
    """Return the real numbers of one entry, None where there is none."""
    for i, line in enumerate(lines):
        if not line.startswith(name):
            continue
        found = _ENTRY.match(line)
        if found is None or found[1].strip() != name or found[2] != "R" or found[3] is None:
            continue
        count = _count(path, found[3], most, f"numbers of '{name}'")
        words: list[str] = []
        for following in lines[i + 1:]:
            if len(words) >= count or _ENTRY.match(following):
                break
            words += following.split()
        if len(words) != count:
            raise ArgumentError("path", f"hold the {count} numbers of '{name}' that it declares",
                                f"{path.name} holds {len(words)}")
        return numbers(words, path)
    return None


def from_orca(path: Path) -> Found:
    """Read a ``.hess`` file: ``$hessian`` in blocks of columns, and masses from ``$atoms``."""
    text = read_text(path)
    lines = [line.split() for line in _section(path, text, "$hessian") if line.strip()]
    n = _count(path, " ".join(lines[0]) if lines else "", MOST_COORDINATES, "coordinates")
    K, column, at = np.full((n, n), np.nan), 0, 1
    while column < n:
        head, rows = lines[at] if at < len(lines) else [], lines[at + 1:at + 1 + n]
        wide = [row for row in rows if len(row) != len(head) + 1]
        named = [row[0] for row in rows] == [str(i) for i in range(n)]
        if head != [str(column + i) for i in range(len(head))] or not head or wide or not named or (
                column + len(head) > n):
            raise ArgumentError("path", f"hold {n} rows of every column of its $hessian, under the columns' numbers",
                                f"{path.name} does not from column {column} on")
        K[:, column:column + len(head)] = numbers(
            [word for row in rows for word in row[1:]], path).reshape(n, len(head))
        column, at = column + len(head), at + 1 + n
    return Found(K, _orca_masses(path, text, n), triples=True)


def _orca_masses(path: Path, text: str, n: int) -> FloatArray | None:
    if not any(line.strip().casefold() == "$atoms" for line in text.splitlines()):
        return None
    lines = [line.split() for line in _section(path, text, "$atoms") if line.strip()]
    count = _count(path, " ".join(lines[0]) if lines else "", MOST_COORDINATES, "atoms")
    rows = lines[1:]
    if len(rows) != count or any(len(row) < 5 for row in rows) or 3 * count != n:
        raise ArgumentError("path", f"hold {n // 3} lines 'symbol mass x y z' in its $atoms",
                            f"{path.name} holds {len(rows)}, or shorter ones")
    return numbers([row[1] for row in rows], path)
