"""JSON files: ASE's, QCSchema's, and any other that has a matrix under a known name."""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings.errors import ArgumentError
from hotsprings.network.elements import symbol_masses
from hotsprings.network.formats.bounds import refuse_size
from hotsprings.network.formats.found import Found
from hotsprings.network.formats.keys import MASSES, PAIRS, STIFFNESS, SYMBOLS, first_key, only_key
from hotsprings.network.formats.text import read_text, square_of

__all__ = ["found_in", "from_json", "optional", "tables"]

MOST_TABLES = 10_000


def optional(module: str, what: str, package: str) -> Any:
    """Return a module of an optional library, or say how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as err:
        raise ArgumentError("path", f"be of a format that can be read here ('pip install {package}' adds this one)",
                            f"{what} need {package}, which is not installed") from err


def from_json(path: Path) -> Found:
    """Read ``ase.vibrations.VibrationsData``, QCSchema results, or a matrix under a known name."""
    text = read_text(path)
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ArgumentError("path", "be a file of format 'json'", f"{path.name} is nested too deeply") from None
    kind = document.get("__ase_objtype__") if isinstance(document, dict) else None
    if kind is not None:
        return _from_ase(path, text, kind)
    return found_in(path, document, "ase")


def _once(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a table whose names stand there once each."""
    table = dict(items)
    if len(table) < len(items):
        raise ValueError("a name stands twice in one table")
    return table


def _from_ase(path: Path, text: str, kind: Any) -> Found:
    if kind != "vibrationsdata":
        raise ArgumentError("path", "hold an ase.vibrations.VibrationsData", f"{path.name} holds {kind!r:.60}")
    data = optional("ase.io.jsonio", "ASE's JSON files", "ase").decode(text)
    if not hasattr(data, "get_hessian_2d"):
        raise ArgumentError("path", "hold an ase.vibrations.VibrationsData",
                            f"{path.name} holds a {type(data).__name__}")
    return Found(data.get_hessian_2d(), data.get_atoms().get_masses()[data.get_indices()], True)


def tables(document: Any) -> Iterator[dict[str, Any]]:
    """Yield the tables of a document, outer ones first."""
    waiting, count = [document], 0
    while waiting and count < MOST_TABLES:
        table = waiting.pop(0)
        if isinstance(table, dict):
            count += 1
            yield table
            waiting += [value for value in table.values() if isinstance(value, dict | list)]
        elif isinstance(table, list):
            waiting += [value for value in table[:MOST_TABLES] if isinstance(value, dict)]


def found_in(path: Path, document: Any, hint: str) -> Found:
    """Return the matrix that stands under a known name in a document, and masses or symbols beside it or outside."""
    inner = list(tables(document))
    for table in inner:
        there = {key: value for key, value in table.items() if isinstance(value, list | dict)}
        key = only_key(path, list(there), STIFFNESS)
        if key is None and table.get("driver") == "hessian" and isinstance(table.get("return_result"), list):
            key = "return_result"
        if key is not None and (values := _array(path, there[key])) is not None:
            flat = values.ndim == 1
            masses = _masses(path, [table, *inner])
            return Found(square_of(values, path) if flat else values, masses, pairs=key in PAIRS)
    names = ", ".join(dict.fromkeys(str(key)[:40] for table in inner[:20] for key in list(table)[:20]))
    raise ArgumentError("path", f"hold a matrix 'hessian', 'force_constants' or 'stiffness' (format '{hint}')",
                        f"{path.name} holds {names[:300] or 'none'}")


def _array(path: Path, value: Any) -> Any:
    """Return lists of numbers, or ASE's form of an array, as an array; None where it is something else."""
    shape = None
    if isinstance(value, dict):
        parts = value.get("__ndarray__")
        if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[0], list):
            return None
        shape, value = parts[0], parts[2]
    try:
        array = np.array(value)
        if array.dtype.kind not in "iuf":
            raise ValueError(f"numbers of type {array.dtype}")
        if shape is None:
            return array
        lengths = tuple(int(length) for length in shape)
        refuse_size(path, lengths)
        if math.prod(lengths) != array.size:
            raise ValueError(f"{array.size} numbers for shape {lengths}")
        return array.reshape(lengths)
    except (ValueError, TypeError, OverflowError) as err:
        raise ArgumentError("path", "hold a matrix of numbers under its name",
                            f"in {path.name} it is not one ({str(err).splitlines()[0][:80]})") from None


def _masses(path: Path, inner: list[dict[str, Any]]) -> Any:
    for table in inner:
        key = first_key([name for name, value in table.items() if isinstance(value, list)], MASSES)
        if key is not None:
            return _array(path, table[key])
    for table in inner:
        key = first_key([name for name, value in table.items() if isinstance(value, list)], SYMBOLS)
        if key is not None and (masses := symbol_masses(map(str, table[key]))) is not None:
            return np.array(masses)
    return None
