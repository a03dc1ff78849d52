"""Stiffness matrices and masses as they stand in files; :mod:`hotsprings.network.files` makes networks of them."""

from __future__ import annotations

import importlib
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError

__all__ = ["contents", "format_of", "read_table"]

Contents = tuple[Any, Any, bool]  # stiffness, masses or None, whether coordinates come in threes (x, y, z of an atom)
_KEYS = {"stiffness": ("stiffness", "K", "hessian"), "masses": ("masses", "m")}


def _optional(module: str, what: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as err:
        raise ArgumentError("path", f"be of a format that can be read here ('pip install {package}' adds this one)",
                            f"{what} need {package}, which is not installed") from err


def read_table(path: Path, flat: bool = False) -> FloatArray:
    """Read numbers separated by commas or blanks, a row per line (or one after the other); # starts a remark."""
    lines = [line.split("#")[0].replace(",", " ").split() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    rows = [[word for line in lines for word in line]] if flat else [line for line in lines if line]
    try:
        table = np.array([[float(word) for word in row] for row in rows])
    except ValueError as err:
        raise ArgumentError("path", "be a table of numbers, every row of the same length",
                            f"{path.name} is not ({str(err).split('.')[0]})") from err
    if not table.size:
        raise ArgumentError("path", "be a table of numbers, every row of the same length", f"{path.name} is empty")
    return table


def _from_table(path: Path) -> Contents:
    return read_table(path), None, False


def _from_npy(path: Path) -> Contents:
    return np.load(path, allow_pickle=False), None, False


def _from_npz(path: Path) -> Contents:
    with np.load(path, allow_pickle=False) as stored:
        if "format" in stored.files:  # scipy.sparse.save_npz
            return _optional("scipy.sparse", "sparse matrices", "scipy").load_npz(path), None, False
        found = {noun: next((stored[key] for key in keys if key in stored.files), None) for noun, keys in _KEYS.items()}
        if found["stiffness"] is None:
            raise ArgumentError("path", "hold an array 'stiffness' (or 'K'), and may hold 'masses' (or 'm')",
                                f"{path.name} holds {', '.join(stored.files) or 'nothing'}")
    return found["stiffness"], found["masses"], False


def _from_matrix_market(path: Path) -> Contents:
    try:
        reader = importlib.import_module("fast_matrix_market")
    except ImportError:
        reader = _optional("scipy.io", "Matrix Market files", "scipy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # sparse matrix or array: both are taken
        return reader.mmread(path), None, False


def _blocks(path: Path, blocks: FloatArray) -> FloatArray:
    """Return force constants Φ[i, j, α, β] as K[3i + α, 3j + β]."""
    full = blocks.ndim == 4 and blocks.shape[0] == blocks.shape[1] and blocks.shape[2:] == (3, 3)
    if not full:
        raise ArgumentError("path", "hold the force constants of all pairs, shape (n, n, 3, 3) (phonopy --full-fc)",
                            f"{path.name} holds shape {blocks.shape}")
    n = 3 * blocks.shape[0]
    return np.asarray(blocks.transpose(0, 2, 1, 3).reshape(n, n))


def _from_phonopy(path: Path) -> Contents:
    first, _, rest = path.read_text(encoding="utf-8").strip().partition("\n")
    try:
        counts = [int(word) for word in first.split()]
        table = np.array(rest.split(), dtype=np.float64).reshape(-1, 11)  # i, j, and nine elements, row by row
        rows, columns = np.unique(table[:, 0]), np.unique(table[:, 1])
        blocks = np.full((rows.size, columns.size, 3, 3), np.nan)
        places = np.searchsorted(rows, table[:, 0]), np.searchsorted(columns, table[:, 1])
        blocks[places] = table[:, 2:].reshape(-1, 3, 3)
        complete = table.shape[0] == rows.size * columns.size and [rows.size, columns.size] == (counts * 2)[:2]
    except ValueError as err:
        raise ArgumentError("path", "be phonopy's FORCE_CONSTANTS: the numbers of atoms, then for each pair a line "
                            "'i j' and three lines of three numbers", f"{path.name} is not ({err})") from err
    if not complete:
        raise ArgumentError("path", f"hold one block for each pair of atoms, {first.strip()} by its first line",
                            f"{path.name} has {table.shape[0]} blocks")
    return _blocks(path, blocks), None, True


def _from_hdf5(path: Path) -> Contents:
    with importlib.import_module("h5py").File(path, "r") as stored:
        key = next((name for name in ("force_constants", "fc2") if name in stored), None)
        if key is None:
            raise ArgumentError("path", "hold a dataset 'force_constants' (phonopy) or 'fc2' (phono3py)",
                                f"{path.name} holds {', '.join(stored) or 'nothing'}")
        blocks = np.asarray(stored[key][()], dtype=np.float64)
    return _blocks(path, blocks), None, True


def _from_ase(path: Path) -> Contents:
    data = _optional("ase.io.jsonio", "ASE's JSON files", "ase").read_json(path)
    if not hasattr(data, "get_hessian_2d"):
        raise ArgumentError("path", "hold an ase.vibrations.VibrationsData",
                            f"{path.name} holds a {type(data).__name__}")
    return data.get_hessian_2d(), data.get_atoms().get_masses()[data.get_indices()], True


READERS: dict[str, Callable[[Path], Contents]] = {
    "npz": _from_npz, "npy": _from_npy, "mtx": _from_matrix_market, "table": _from_table,
    "phonopy": _from_phonopy, "hdf5": _from_hdf5, "ase": _from_ase,
}
_SUFFIXES = {".npz": "npz", ".npy": "npy", ".mtx": "mtx", ".csv": "table", ".txt": "table", ".dat": "table",
             ".hdf5": "hdf5", ".h5": "hdf5", ".json": "ase"}


def contents(path: Path, name: str) -> Contents:
    """Return what is in a file of the format of this name."""
    try:
        return READERS[name](path)
    except ArgumentError:
        raise
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as err:
        raise ArgumentError("path", f"be a file of format '{name}'",
                            f"{path.name} cannot be read as one ({str(err).strip().splitlines()[0]})") from err


def format_of(path: Path, given: str | None) -> str:
    """Return the format that was asked for, or that the name of the file tells."""
    names = ", ".join(f"'{name}'" for name in READERS)
    if given is not None:
        if given not in READERS:
            raise ArgumentError("format", f"be one of {names}", f"{given!r} was given")
        return given
    if path.name.startswith("FORCE_CONSTANTS"):
        return "phonopy"
    plain = path.with_suffix("") if path.suffix == ".gz" and path.with_suffix("").suffix == ".mtx" else path
    if plain.suffix.lower() not in _SUFFIXES:
        raise ArgumentError("path", f"have a suffix that tells its format ({', '.join(_SUFFIXES)}) or be called "
                            f"FORCE_CONSTANTS, where 'format' (one of {names}) does not", f"{path.name} was given")
    return _SUFFIXES[plain.suffix.lower()]
