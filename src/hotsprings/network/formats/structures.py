"""Where atoms are and what they are: for masses, and to expand compact force constants."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hotsprings.checks import FloatArray, IntArray
from hotsprings.errors import ArgumentError
from hotsprings.network.elements import symbol_masses
from hotsprings.network.formats.bounds import MOST_COORDINATES
from hotsprings.network.formats.keyed import optional
from hotsprings.network.formats.text import read_text, unpacked_name

__all__ = ["Structure", "is_structure", "neighbours_of", "read_structure"]

_NAMES = ("POSCAR", "CONTCAR", "SPOSCAR")
_ASE = {".gen": "gen", ".xyz": "xyz", ".cif": "cif", ".vasp": "vasp", ".poscar": "vasp"}
_YAML = (".yaml", ".yml")
_BESIDE = ("phonopy_params.yaml", "phonopy.yaml", "phonopy_disp.yaml", "phono3py_params.yaml", "phono3py.yaml",
           "phono3py_disp.yaml", "SPOSCAR", "POSCAR", "POSCAR-unitcell")


class Structure(NamedTuple):
    """Atoms of a cell: lattice (3, 3), a row per vector; positions (n, 3) in its units; symbols; masses in amu.

    ``supercells``: matrices of the supercell that force constants are of, where this is the cell that it is made of and
    the file says it; ``whole``: it is known to be the supercell itself.
    """

    lattice: FloatArray
    positions: FloatArray
    symbols: tuple[str, ...]
    masses: FloatArray
    supercell: IntArray | None = None
    whole: bool = False
    primitive_of: IntArray | None = None  # atom of the primitive cell that each one is a copy of, where known
    places: FloatArray | None = None  # (n, 3), a length; of molecules, which have no lattice

    def cartesian(self) -> FloatArray:
        """Return where the atoms are, (n, 3), a length."""
        return self.positions @ self.lattice if self.places is None else self.places


def is_structure(path: Path) -> bool:
    """Return whether a file's name says that it holds a structure."""
    name = unpacked_name(path).name
    return name.startswith(_NAMES) or name == "coord" or Path(name).suffix.lower() in (*_ASE, *_YAML)


def neighbours_of(path: Path) -> list[Path]:
    """Return where the structure of force constants may be: their own file, phonopy's others beside it."""
    own = [path] if unpacked_name(path).suffix.lower() in _YAML else []
    return own + [path.with_name(name) for name in _BESIDE if path.with_name(name).is_file()]


def read_structure(path: Path, argument: str = "structure") -> Structure:
    """Read phonopy's YAML, a POSCAR, or another structure file (by ASE)."""
    try:
        if unpacked_name(path).suffix.lower() in _YAML:
            return _from_yaml(path)
        return _from_ase(path)
    except ArgumentError as err:
        raise ArgumentError(argument, err.requirement, err.given) from None
    except Exception as err:
        why = (str(err).strip() or type(err).__name__).splitlines()[0][:100]
        raise ArgumentError(argument, "be phonopy's YAML, a POSCAR, or a .gen, .xyz or .cif file",
                            f"{path.name} cannot be read as one ({why})") from err


def _from_ase(path: Path) -> Structure:
    reader = optional("ase.io", "files of structures", "ase")
    name = unpacked_name(path).name
    kind = "turbomole" if name == "coord" else _ASE.get(Path(name).suffix.lower(), "vasp")
    atoms = reader.read(io.StringIO(read_text(path)), format=kind, index=0)
    symbols = tuple(atoms.get_chemical_symbols())
    lattice = np.asarray(atoms.get_cell()[:], dtype=np.float64)
    flat = abs(np.linalg.det(lattice)) < 1e-12
    positions = np.zeros((len(symbols), 3)) if flat else atoms.get_scaled_positions(wrap=False)
    return _checked(lattice, positions, symbols, None, places=np.asarray(atoms.get_positions(), dtype=np.float64))


def _checked(lattice: Any, positions: Any, symbols: tuple[str, ...], masses: Any, **known: Any) -> Structure:
    where, box = np.asarray(positions, dtype=np.float64), np.asarray(lattice, dtype=np.float64)
    if not 0 < len(symbols) <= MOST_COORDINATES or where.shape != (len(symbols), 3) or box.shape != (3, 3):
        raise ArgumentError("structure", "hold a lattice and atoms", f"{len(symbols)} atoms were found")
    if not all(np.isfinite(numbers).all() for numbers in (where, box, known.get("places", where))):
        raise ArgumentError("structure", "hold finite positions", "some are not")
    if masses is None:
        masses = symbol_masses(symbols)
        if masses is None:
            raise ArgumentError("structure", "name elements", f"its symbols are {', '.join(sorted(set(symbols)))[:60]}")
    return Structure(box, where, symbols, np.asarray(masses, dtype=np.float64), **known)


def safe_yaml(path: Path) -> Any:
    """Return a YAML document: numbers, texts, lists and tables only."""
    yaml = optional("yaml", "YAML files", "phonopy")
    return yaml.load(read_text(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _from_yaml(path: Path) -> Structure:
    document = safe_yaml(path)
    table = document if isinstance(document, dict) else {}
    for name in ("supercell", "phonon_supercell", "unit_cell", "primitive_cell"):
        cell = table.get(name)
        if isinstance(cell, dict):
            return _cell(table, name, cell)
    raise ArgumentError("structure", "be phonopy's YAML with a 'supercell' or a 'unit_cell'",
                        f"{path.name} holds {', '.join(map(str, table))[:100] or 'no table'}")


def _cell(table: dict[str, Any], name: str, cell: dict[str, Any]) -> Structure:
    """Return the supercell that phonopy's file holds, or the unit cell with the matrix of the supercell."""
    second = table.get("phonon_supercell") if name == "supercell" else None
    if isinstance(second, dict):  # phono3py with another supercell for the second-order constants
        cell = second
    points = cell["points"]
    masses = [point.get("mass") for point in points]
    known: dict[str, Any] = {"whole": "supercell" in name}
    if name == "unit_cell" and "supercell_matrix" in table:
        known["supercell"] = np.array(table["supercell_matrix"], dtype=np.int64)
    reduced = [point.get("reduced_to") for point in points]
    if known["whole"] and all(isinstance(number, int) for number in reduced):
        known["primitive_of"] = np.array(reduced, dtype=np.int64) - 1
    return _checked(cell["lattice"], [point["coordinates"] for point in points],
                    tuple(str(point["symbol"]) for point in points),
                    None if None in masses else masses, **known)


def repeated(structure: Structure, matrix: Any) -> Structure:
    """Return the supercell of a unit cell in phonopy's order: copies of an atom together, the first axis fastest."""
    matrix = np.asarray(matrix, dtype=np.int64)
    times = np.diag(matrix)
    if np.array_equal(matrix, np.diag(times)) and np.all(times > 0):
        c, b, a = (axis.ravel() for axis in np.meshgrid(*map(np.arange, times[::-1]), indexing="ij"))
        where = (structure.positions[:, None, :] + np.stack([a, b, c], axis=1)) / times
        copies = a.size
        return Structure(structure.lattice * times[:, None], where.reshape(-1, 3),
                         tuple(symbol for symbol in structure.symbols for _ in range(copies)),
                         np.repeat(structure.masses, copies), whole=True)
    optional("phonopy", "supercells of compact force constants", "phonopy")
    atoms = importlib.import_module("phonopy.structure.atoms").PhonopyAtoms
    cells = importlib.import_module("phonopy.structure.cells")
    unit = atoms(symbols=list(structure.symbols), cell=structure.lattice, scaled_positions=structure.positions,
                 masses=structure.masses)
    large = cells.get_supercell(unit, matrix)
    return Structure(np.array(large.cell), np.array(large.scaled_positions), tuple(large.symbols),
                     np.array(large.masses), whole=True)
