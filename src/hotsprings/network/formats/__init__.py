"""Stiffness matrices and masses as they stand in files; :mod:`hotsprings.network.files` makes networks of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.network.formats.arrays import from_npy, from_npz
from hotsprings.network.formats.compact import expanded
from hotsprings.network.formats.conversions import conversion_of
from hotsprings.network.formats.espresso import from_espresso
from hotsprings.network.formats.found import Contents, Found
from hotsprings.network.formats.hdf5 import from_hdf5
from hotsprings.network.formats.keyed import from_json
from hotsprings.network.formats.market import from_matrix_market
from hotsprings.network.formats.molecules import (
    from_dftb,
    from_gaussian,
    from_lammps,
    from_orca,
    from_turbomole,
)
from hotsprings.network.formats.phonopy import from_phonopy
from hotsprings.network.formats.shapes import flattened
from hotsprings.network.formats.structures import Structure
from hotsprings.network.formats.text import read_table, unpacked_name

__all__ = ["READERS", "Contents", "contents", "expanded_contents", "format_of", "read_table"]


def _from_table(path: Path) -> Found:
    table = read_table(path)
    if table.shape[0] != table.shape[1] and math.isqrt(table.size) ** 2 == table.size and min(table.shape) > 1:
        raise ArgumentError("path", "be a square table (a matrix wrapped over several lines: format='dftb+', 'lammps' "
                            "or 'xtb')", f"{path.name} has {table.shape[0]} rows of {table.shape[1]} numbers")
    return Found(table)


READERS: dict[str, Callable[[Path], Found]] = {
    "npz": from_npz, "npy": from_npy, "mtx": from_matrix_market, "table": _from_table,
    "phonopy": from_phonopy, "hdf5": from_hdf5, "ase": from_json, "json": from_json,
    "dftb+": from_dftb, "lammps": from_lammps, "xtb": from_turbomole, "turbomole": from_turbomole,
    "gaussian": from_gaussian, "orca": from_orca, "qe": from_espresso,
}
_SUFFIXES = {
    ".npz": "npz", ".npy": "npy", ".mtx": "mtx", ".csv": "table", ".tsv": "table", ".txt": "table", ".dat": "table",
    ".hdf5": "hdf5", ".h5": "hdf5", ".json": "json", ".yaml": "phonopy", ".yml": "phonopy", ".fchk": "gaussian",
    ".fch": "gaussian", ".hess": "orca", ".fc": "qe", ".ifc2": "qe", ".form": "lammps",
}
_NAMES = (("(?i)hessian\\.out$", "dftb+"), ("(?i)hessian$", "turbomole"))
_TEXT = {"mtx", "table", "phonopy", "json", "dftb+", "lammps", "turbomole", "gaussian", "orca", "qe"}


def contents(path: Path, name: str) -> Contents:
    """Return what is in a file of the format of this name."""
    return expanded_contents(path, name, None, None)[0]


def expanded_contents(path: Path, name: str, structure: Structure | None,
                      supercell: Any) -> tuple[Contents, str]:
    """Return what is in a file, compact force constants made whole; and the file that this took, found beside it."""
    wanted = f"be a file of format '{name}'"
    try:
        found = READERS[name](path)
        values, masses, beside = found.values, found.masses, ""
        if found.pairs and np.ndim(values) == 4 and np.shape(values)[2:] == (3, 3) and (
                np.shape(values)[0] < np.shape(values)[1]):
            values, cell, beside = expanded(path, values, found.rows, structure, supercell)
            masses = cell.masses if masses is None else masses
        matrix, threes = flattened(path, values, found.pairs)
        per_atom = masses is not None and np.ndim(masses) == 1 and 3 * np.size(masses) == np.shape(matrix)[0]
        return Contents(matrix, masses, found.triples or threes or per_atom), beside
    except ArgumentError:
        raise
    except (MemoryError, RecursionError) as err:
        raise ArgumentError("path", wanted, f"{path.name} needs too much memory to be read") from err
    except Exception as err:  # libraries raise whatever they please on damaged files
        why = (str(err).strip() or type(err).__name__).splitlines()[0][:120]
        raise ArgumentError("path", wanted, f"{path.name} cannot be read as one ({why})") from err


def format_of(path: Path, given: str | None) -> str:
    """Return the format that was asked for, or that the name of the file tells."""
    names = ", ".join(f"'{name}'" for name in READERS)
    if given is not None:
        if not isinstance(given, str) or given not in READERS:
            raise ArgumentError("format", f"be one of {names}", f"{checks.shown(given)} was given")
        return given
    plain = unpacked_name(path)
    found = _SUFFIXES.get(plain.suffix.lower())
    if "FORCE_CONSTANTS" in plain.name and found in (None, "table"):
        found = None if "_3RD" in plain.name else "phonopy"
    elif found is None:
        found = next((name for pattern, name in _NAMES if re.search(pattern, plain.name)), None)
    if found is None or (unpacked_name(path).name != path.name and found not in _TEXT):
        advice = conversion_of(path)
        raise ArgumentError(
            "path", f"have a suffix that tells its format ({', '.join(_SUFFIXES)}; text also with .gz) or be called "
            f"FORCE_CONSTANTS, hessian.out or hessian, where 'format' (one of {names}) does not",
            f"{path.name} was given" + (f" ({advice})" if advice else ""))
    return found
