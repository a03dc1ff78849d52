"""Interatomic force constants of Quantum ESPRESSO (q2r.x)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import constants

from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.network.formats.bounds import MOST_COORDINATES
from hotsprings.network.formats.found import Found
from hotsprings.network.formats.text import numbers, read_text

__all__ = ["from_espresso"]

AMU = constants.atomic_mass / constants.electron_mass / 2.0  # in Rydberg units, where the electron has mass 1/2


class _Lines:
    """The lines of a file one after the other, as words."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.lines: Iterator[str] = iter([line for line in text.splitlines() if line.strip()])

    def line(self, what: str) -> str:
        found = next(self.lines, None)
        if found is None:
            raise self.wrong(what, "it ends before")
        return found

    def wrong(self, what: str, given: str) -> ArgumentError:
        return ArgumentError("path", "be force constants as q2r.x of Quantum ESPRESSO writes them",
                             f"in {self.path.name} there is no {what} where one belongs ({given[:60]})")

    def whole(self, what: str, count: int, most: int) -> list[int]:
        """Return the first ``count`` whole numbers of a line, each from 1 to ``most``."""
        line = self.line(what)
        words = line.split()[:count]
        if len(words) < count or not all(re.fullmatch(r"\d{1,9}", word) and 1 <= int(word) <= most for word in words):
            raise self.wrong(what, line.strip())
        return [int(word) for word in words]

    def table(self, what: str, rows: int, columns: int) -> FloatArray:
        words = [self.line(what).split() for _ in range(rows)]
        if any(len(row) != columns for row in words):
            raise self.wrong(what, f"{columns} numbers a line")
        return numbers([word for row in words for word in row], self.path).reshape(rows, columns)


def from_espresso(path: Path) -> Found:
    """Read ``.fc``: C(R)[α, β, a, b] in Ry/bohr², as the matrix of the whole supercell, and masses (amu).

    Atoms follow each other cell by cell, the first axis of the supercell fastest. Files that hold Born charges lack the
    part of the dipoles, and are refused.
    """
    lines = _Lines(path, read_text(path))
    head = lines.line("line of sizes")
    if "<?xml" in head:
        raise ArgumentError("path", "be the text form of force constants (flfrc='name.fc' in the input of q2r.x)",
                            f"{path.name} is XML")
    masses = _structure(lines, head)
    _refuse_dipoles(lines, len(masses))
    cells = lines.whole("line of the supercell", 3, MOST_COORDINATES)
    n_atoms, n_cells = len(masses), int(np.prod([float(length) for length in cells]))
    if 3 * n_atoms * n_cells > MOST_COORDINATES:
        raise ArgumentError("path", f"hold a supercell of at most {MOST_COORDINATES} coordinates",
                            f"{path.name} declares {n_atoms} atoms in {n_cells} cells")
    blocks = _blocks(lines, n_atoms, n_cells, cells)
    return Found(_supercell(blocks, cells), np.tile(masses, n_cells), triples=True)


def _structure(lines: _Lines, head: str) -> FloatArray:
    """Read sizes, lattice, kinds of atoms and atoms; return the masses of the atoms of a cell in amu."""
    words = head.split()
    sizes = [int(word) for word in words[:2] if re.fullmatch(r"\d{1,6}", word)]
    if len(sizes) != 2 or len(words) < 9 or not 1 <= sizes[0] <= sizes[1] <= MOST_COORDINATES // 3:
        raise lines.wrong("line 'kinds, atoms, ibrav, celldm(6)'", head.strip())
    if words[2] == "0":
        lines.table("lattice vector", 3, 3)
    kinds = [lines.line("kind of atom").split("'") for _ in range(sizes[0])]
    if any(len(parts) != 3 or parts[0].split() != [str(i + 1)] for i, parts in enumerate(kinds)):
        raise lines.wrong("kind of atom \"1 'Si' mass\", one after another", "'".join(kinds[0]).strip())
    mass = numbers([parts[2].strip() for parts in kinds], lines.path) / AMU
    atoms = lines.table("atom 'number kind x y z'", sizes[1], 5)
    if not np.array_equal(atoms[:, 0], np.arange(sizes[1]) + 1.0) or np.any(atoms[:, 1] % 1.0 != 0.0):
        raise lines.wrong("atom 'number kind x y z', one after another", "")
    kind = atoms[:, 1].astype(np.int64) - 1
    if np.any(kind < 0) or np.any(kind >= len(mass)):
        raise lines.wrong("atom of a kind that there is", "")
    return np.asarray(mass[kind])


def _refuse_dipoles(lines: _Lines, n_atoms: int) -> None:
    """Read dielectric tensor and Born charges; charges that are not zero mean that a part is missing."""
    if lines.line("T or F").split()[0].strip(".").upper()[:1] != "T":
        return
    lines.table("dielectric tensor", 3, 3)
    charges = 0.0
    for _ in range(n_atoms):
        lines.whole("number of an atom", 1, n_atoms)
        charges = max(charges, float(np.abs(lines.table("Born charge", 3, 3)).max()))
    if charges > 0.0:
        raise ArgumentError(
            "path", "hold whole force constants (run q2r.x on dynamical matrices without Born charges, epsil=.false. "
            "in ph.x; or phonopy, with --nac left out)",
            f"{lines.path.name} has Born charges (up to {charges:.3g}), so that q2r.x took the forces of dipoles out")


def _blocks(lines: _Lines, n_atoms: int, n_cells: int, cells: list[int]) -> FloatArray:
    """Return C[α, β, a, b, cell]; the first axis of the cells runs fastest."""
    blocks = np.full((3, 3, n_atoms, n_atoms, n_cells), np.nan)
    for _ in range(9 * n_atoms**2):
        i, j, a, b = lines.whole("block 'i j a b'", 4, max(3, n_atoms))
        if max(i, j) > 3 or max(a, b) > n_atoms:
            raise lines.wrong("block of a pair that there is", f"{i} {j} {a} {b}")
        rows = lines.table("force constant 'm1 m2 m3 value'", n_cells, 4)
        place = (rows[:, 0] - 1) + cells[0] * ((rows[:, 1] - 1) + cells[1] * (rows[:, 2] - 1))
        if not np.array_equal(place, np.arange(n_cells)):
            raise lines.wrong("complete list of cells", f"block {i} {j} {a} {b}")
        blocks[i - 1, j - 1, a - 1, b - 1] = rows[:, 3]
    if np.isnan(blocks).any():
        raise lines.wrong("block of every pair of atoms", "some stand twice")
    return blocks


def _supercell(blocks: FloatArray, cells: list[int]) -> FloatArray:
    """Return K[(R, a, α), (R', b, β)] = C[α, β, a, b](R - R'), periodic."""
    n_atoms, n_cells = blocks.shape[2], blocks.shape[4]
    place = np.stack(np.unravel_index(np.arange(n_cells), cells[::-1])[::-1], axis=1)  # m1, m2, m3 of each cell
    gap = (place[:, None, :] - place[None, :, :]) % np.array(cells)
    cell = gap[..., 0] + cells[0] * (gap[..., 1] + cells[1] * gap[..., 2])
    K = blocks[..., cell].transpose(4, 2, 0, 5, 3, 1)  # R, a, α, R', b, β
    n = 3 * n_atoms * n_cells
    return np.ascontiguousarray(K).reshape(n, n)
