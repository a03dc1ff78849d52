"""Small files in the forms that programs write, made from any matrix: for the tests of reading."""

from __future__ import annotations

import numpy as np


def molecule():
    """Four atoms that attract each other along the lines between them: K with six free modes, masses in amu."""
    r = np.array([[0.0, 0.0, 0.0], [1.1, 0.2, 0.0], [0.3, 1.0, 0.4], [-0.6, 0.5, 0.9]])
    K = np.zeros((12, 12))
    for i in range(4):
        for j in range(i):
            e = np.zeros(12)
            e[3 * i:3 * i + 3] = (r[i] - r[j]) / np.linalg.norm(r[i] - r[j])
            e[3 * j:3 * j + 3] = -e[3 * i:3 * i + 3]
            K += (1.0 + 0.3 * i - 0.1 * j) * np.outer(e, e)
    return 0.5 * (K + K.T), np.array([12.011, 1.008, 15.999, 1.008])


def wrapped(values, per_line, form="%22.15E"):
    values = np.asarray(values).ravel()
    return "\n".join(" ".join(form % x for x in values[i:i + per_line]) for i in range(0, values.size, per_line)) + "\n"


def rows_wrapped(K, per_line, form="%22.15E"):
    return "".join(wrapped(row, per_line, form) for row in K)


def dftb(K):
    return rows_wrapped(K, 4)


def lammps(K):
    return rows_wrapped(K, 3)


def xtb(K):
    return "$hessian\n" + rows_wrapped(K, 5) + "$end\n"


def turbomole(K):
    lines = ["$title", "$hessian (projected)"]
    for i, row in enumerate(K):
        for part, start in enumerate(range(0, len(row), 5)):
            lines.append(f"{i + 1:3d}{part + 1:3d} " + " ".join(f"{x:22.15f}" for x in row[start:start + 5]))
    return "\n".join([*lines, "$end"]) + "\n"


def gaussian(K, masses):
    triangle = K[np.tril_indices(len(K))]
    entry = "{:<40}   {}   N={:12d}\n".format
    return ("a molecule\nFreq      RHF       STO-3G\n"
            + "{:<40}   I     {:12d}\n".format("Number of atoms", len(masses))
            + entry("Real atomic weights", "R", len(masses)) + wrapped(masses, 5, "%16.8E")
            + entry("Cartesian Force Constants", "R", triangle.size) + wrapped(triangle, 5)
            + entry("Dipole Moment", "R", 3) + wrapped([0, 0, 0], 5))


def orca(K, masses, width=5):
    lines = ["", "$orca_hessian_file", "", "$hessian", str(len(K))]
    for start in range(0, len(K), width):
        lines.append(" ".join(f"{j:18d}" for j in range(start, min(start + width, len(K)))))
        lines += [f"{i:5d} " + " ".join(f"{x:22.15E}" for x in row[start:start + width]) for i, row in enumerate(K)]
    lines += ["", "$atoms", str(len(masses))] + [f" X {m:12.6f} 0.0 0.0 0.0" for m in masses] + ["", "$end", ""]
    return "\n".join(lines)


def force_constants(blocks, rows=None):
    """Write Φ[i, j, α, β] as phonopy's text; ``rows`` are the atoms of the first axis."""
    rows = range(len(blocks)) if rows is None else rows
    lines = [f"{blocks.shape[0]:4d} {blocks.shape[1]:4d}"]
    for number, i in enumerate(rows):
        for j in range(blocks.shape[1]):
            lines += [f"{i + 1} {j + 1}", *(" ".join(f"{x:22.15f}" for x in row) for row in blocks[number, j])]
    return "\n".join(lines) + "\n"


def pairs(K):
    n = len(K) // 3
    return K.reshape(n, 3, n, 3).transpose(0, 2, 1, 3)


class Crystal:
    """Rock salt of springs, 2 × 1 × 1 conventional cells of 8 atoms: phonopy's order, full and compact constants."""

    def __init__(self, cells=(2, 1, 1), lattice=5.6):
        unit = np.array([[0, 0, 0], [0, .5, .5], [.5, 0, .5], [.5, .5, 0],
                         [.5, .5, .5], [.5, 0, 0], [0, .5, 0], [0, 0, .5]])
        shifts = [(a, b, c) for c in range(cells[2]) for b in range(cells[1]) for a in range(cells[0])]
        self.unit, self.lattice, self.cells = unit, lattice, cells
        self.fractional = np.array([(u + s) / cells for u in unit for s in shifts])
        self.symbols = ["Na"] * (4 * len(shifts)) + ["Cl"] * (4 * len(shifts))
        self.rows = np.arange(8) * len(shifts)
        self.K = self._stiffness(np.array(cells) * lattice)
        self.blocks = pairs(self.K)

    def _stiffness(self, box):
        n, K = len(self.symbols), np.zeros((3 * len(self.symbols),) * 2)
        images = np.array([(a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)])
        for i in range(n):
            for j in range(n):
                for image in images:
                    d = (self.fractional[j] + image - self.fractional[i]) * box
                    distance = np.linalg.norm(d)
                    if 0.1 < distance < 0.8 * self.lattice:
                        k = 1.0 if distance < 0.6 * self.lattice else 0.3 if self.symbols[i] == "Na" else 0.2
                        block = k * (np.outer(d, d) / distance**2 + 0.05 * np.eye(3))
                        K[3 * i:3 * i + 3, 3 * j:3 * j + 3] -= block
                        K[3 * i:3 * i + 3, 3 * i:3 * i + 3] += block
        return 0.5 * (K + K.T)

    def poscar(self, whole=True):
        size = np.array(self.cells) * self.lattice if whole else np.full(3, self.lattice)
        where = self.fractional if whole else self.unit
        half = len(where) // 2
        lines = ["rock salt", "1.0", *(" ".join(f"{x:.10f}" for x in row) for row in np.diag(size)), "Na Cl",
                 f"{half} {half}", "Direct", *(" ".join(f"{x:.12f}" for x in row) for row in where)]
        return "\n".join(lines) + "\n"

    def yaml(self):
        size = np.diag(np.array(self.cells) * self.lattice).tolist()
        lines = ["supercell:", "  lattice:", *(f"  - {row}" for row in size), "  points:"]
        per = len(self.symbols) // 8
        for i, (symbol, where) in enumerate(zip(self.symbols, self.fractional, strict=True)):
            mass = 22.98976928 if symbol == "Na" else 35.453
            lines.append(f"  - {{symbol: {symbol}, coordinates: {where.tolist()}, mass: {mass}, "
                         f"reduced_to: {i // per * per + 1}}}")
        return "\n".join(lines) + "\n"


def espresso(cells=(3, 2, 1), charges=False):
    """Write force constants of two kinds of atoms on a line; return the text and the matrix of the supercell."""
    n_atoms, amu = 2, 911.444242132
    rng = np.random.default_rng(3)
    place = [(a, b, c) for c in range(cells[2]) for b in range(cells[1]) for a in range(cells[0])]
    C = rng.normal(size=(3, 3, n_atoms, n_atoms, len(place)))
    index = {p: k for k, p in enumerate(place)}
    for k, p in enumerate(place):  # C(R)[α, β, a, b] = C(-R)[β, α, b, a]
        back = index[tuple(-x % n for x, n in zip(p, cells, strict=True))]
        turned = C[..., k].transpose(1, 0, 3, 2)
        C[..., back] = turned if back != k else 0.5 * (C[..., k] + turned)
    for a in range(n_atoms):
        C[:, :, a, a, 0] += 60.0 * np.eye(3)
    lines = [f"  2    2   1  {' '.join(['7.98'] + ['0.0'] * 5)}", f"  1  'Mg '  {24.305 * amu}",
             f"  2  'O  '  {15.999 * amu}", "  1  1  0.0 0.0 0.0", "  2  2  0.5 0.5 0.5"]
    if charges is False:
        lines.append(" F")
    else:
        lines.append(" T")
        lines += ["3.0 0.0 0.0", "0.0 3.0 0.0", "0.0 0.0 3.0"]
        for a in range(n_atoms):
            lines += [f"  {a + 1}", f"{charges} 0.0 0.0", f"0.0 {charges} 0.0", f"0.0 0.0 {charges}"]
    lines.append("  " + "  ".join(map(str, cells)))
    for i, j, a, b in np.ndindex(3, 3, n_atoms, n_atoms):
        lines.append(f"{i + 1} {j + 1} {a + 1} {b + 1}")
        lines += [f"{p[0] + 1} {p[1] + 1} {p[2] + 1} {C[i, j, a, b, k]:.17E}" for k, p in enumerate(place)]
    K = np.zeros((len(place), n_atoms, 3, len(place), n_atoms, 3))
    for r, p in enumerate(place):
        for s, q in enumerate(place):
            k = index[tuple((x - y) % n for x, y, n in zip(p, q, cells, strict=True))]
            K[r, :, :, s] = C[..., k].transpose(2, 0, 3, 1)
    n = 3 * n_atoms * len(place)
    return "\n".join(lines) + "\n", K.reshape(n, n)
