"""NumPy's files: .npy, .npz, and sparse matrices of scipy.sparse.save_npz."""

from __future__ import annotations

import importlib
import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from hotsprings.errors import ArgumentError
from hotsprings.network.formats.bounds import MOST_COORDINATES, refuse_size, refuse_unpacked
from hotsprings.network.formats.found import Found
from hotsprings.network.formats.keys import MASSES, PAIRS, STIFFNESS, only_key

__all__ = ["from_npy", "from_npz"]

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def _checked_header(path: Path, file: IO[bytes], available: int) -> None:
    """Refuse an array whose header declares more than there is, Python objects, or too much."""
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ArgumentError("path", "hold arrays of version 1 or 2 of the .npy format",
                            f"{path.name} has version {version}")
    shape, _, dtype = _HEADERS[version](file)
    if dtype.hasobject:
        raise ArgumentError("path", "hold arrays of numbers", f"{path.name} holds Python objects (they are never read)")
    refuse_size(path, shape, dtype.itemsize)
    needed = math.prod(shape) * dtype.itemsize
    if needed > available - file.tell():
        raise ArgumentError("path", "hold all numbers that its header declares",
                            f"{path.name} declares {needed} bytes and has {max(available - file.tell(), 0)}")


def from_npy(path: Path) -> Found:
    """Read an array of numpy.save."""
    with path.open("rb") as file:
        _checked_header(path, file, path.stat().st_size)
    return Found(np.load(path, allow_pickle=False))


def _checked_members(path: Path) -> None:
    """Refuse members of an .npz that are larger than they can be, before any is unpacked."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            refuse_unpacked(path, member.compress_size, member.file_size)
            if member.filename.endswith(".npy"):
                with archive.open(member) as file:
                    _checked_header(path, file, member.file_size)


def from_npz(path: Path) -> Found:
    """Read arrays of numpy.savez, or a sparse matrix."""
    _checked_members(path)
    with np.load(path, allow_pickle=False) as stored:
        names = list(stored.files)
        if "format" in names and "data" in names:
            return Found(_sparse(path, {name: stored[name] for name in names}))
        key, masses = only_key(path, names, STIFFNESS), only_key(path, names, MASSES)
        if key is None:
            raise ArgumentError("path", "hold an array 'stiffness' (or 'K', 'hessian', 'force_constants'), and may "
                                "hold 'masses' (or 'm')", f"{path.name} holds {', '.join(names) or 'nothing'}")
        return Found(stored[key], None if masses is None else stored[masses], pairs=key in PAIRS)


def _sparse(path: Path, arrays: dict[str, Any]) -> Any:
    """Return the matrix of scipy.sparse.save_npz as a dense one; its indices are checked before they are used."""
    sparse = importlib.import_module("scipy.sparse")
    word = arrays["format"].item() if arrays["format"].ndim == 0 else None
    kind = word.decode("ascii", "replace") if isinstance(word, bytes) else word
    if kind not in ("csr", "csc", "coo", "bsr", "dia"):
        raise ArgumentError("path", "hold a sparse matrix of format 'csr', 'csc', 'coo', 'bsr' or 'dia'",
                            f"{path.name} says {word!r}")
    shape = tuple(int(length) for length in np.asarray(arrays["shape"], dtype=np.int64).ravel())
    if len(shape) != 2 or max(shape) > MOST_COORDINATES or min(shape) < 0:
        refuse_size(path, (*shape, MOST_COORDINATES))
        raise ArgumentError("path", "hold a matrix", f"{path.name} declares shape {shape}")
    if kind == "coo":
        matrix = sparse.coo_array((arrays["data"], (arrays["row"], arrays["col"])), shape=shape)
    elif kind == "dia":
        matrix = sparse.dia_array((arrays["data"], arrays["offsets"]), shape=shape)
    else:
        maker = {"csr": sparse.csr_array, "csc": sparse.csc_array, "bsr": sparse.bsr_array}[kind]
        matrix = maker((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
        matrix.check_format(full_check=True)
    return matrix.toarray()
