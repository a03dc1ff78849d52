"""HDF5 files, of phonopy, phono3py and others; nothing that a file says is looked for in another file."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings.errors import ArgumentError
from hotsprings.network.formats.bounds import refuse_size, refuse_unpacked
from hotsprings.network.formats.found import Found
from hotsprings.network.formats.keys import MASSES, PAIRS, STIFFNESS, only_key

__all__ = ["from_hdf5"]

MOST_OBJECTS = 10_000  # groups and datasets that are looked at
_KEYS = (*PAIRS, *(key for key in STIFFNESS if key not in PAIRS))


def from_hdf5(path: Path) -> Found:
    """Read ``force_constants`` (phonopy), ``fc2`` (phono3py), ``hessian`` and the like, at the top or in groups."""
    h5py = importlib.import_module("h5py")
    with h5py.File(path, "r") as stored:
        names: list[str] = []
        for group, where in _groups(h5py, stored):
            names += [f"{where}{name}" for name in group][:50]
            key = only_key(path, list(group), _KEYS)
            if key is not None:
                return _found(h5py, path, group, where, key)
        shown = ", ".join(names[:20]) or "nothing"
        third = " (third-order constants: the second-order ones are in fc2.hdf5)" if "fc3" in names else ""
    raise ArgumentError("path", "hold a dataset 'force_constants' (phonopy), 'fc2' (phono3py) or 'hessian'",
                        f"{path.name} holds {shown}{third}")


def _groups(h5py: Any, stored: Any) -> Iterator[tuple[Any, str]]:
    """Yield the groups of a file, outer ones first, each once; links of other kinds are not followed."""
    waiting = [(stored, "")]
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < MOST_OBJECTS:
        group, where = waiting.pop(0)
        info = h5py.h5o.get_info(group.id)
        if (info.fileno, info.addr) in seen:
            continue
        seen.add((info.fileno, info.addr))
        yield group, where
        for name in list(group)[:MOST_OBJECTS]:
            hard = isinstance(group.get(name, getlink=True), h5py.HardLink)
            if hard and group.get(name, getclass=True) is h5py.Group:
                waiting.append((group[name], f"{where}{name}/"))


def _found(h5py: Any, path: Path, group: Any, where: str, key: str) -> Found:
    """Return a dataset with the rows (``p2s_map``) and the masses beside it."""
    values = _numbers(h5py, path, group, key, where)
    rows = _numbers(h5py, path, group, "p2s_map", where) if "p2s_map" in group else None
    beside = only_key(path, list(group), MASSES)
    masses = None if beside is None else _numbers(h5py, path, group, beside, where)
    pairs = key.casefold() in PAIRS
    if rows is not None and (rows.ndim != 1 or rows.dtype.kind not in "iu"):
        raise ArgumentError("path", "have whole numbers in its p2s_map", f"{path.name} has {rows.dtype}")
    return Found(values, masses, pairs and np.ndim(values) == 4, pairs, None if rows is None else rows.astype(np.int64))


def _numbers(h5py: Any, path: Path, group: Any, key: str, where: str) -> Any:
    """Return the numbers of a dataset that lies in this very file, of a size that can be."""
    label = f"'{where}{key}'"
    link = group.get(key, getlink=True)
    if isinstance(link, h5py.ExternalLink):
        _refuse(path, label, f"an external link to {link.filename!r}")
    if isinstance(link, h5py.SoftLink):
        _refuse(path, label, f"a soft link to {link.path!r}")
    if group.get(key, getclass=True) is not h5py.Dataset:
        raise ArgumentError("path", f"hold numbers in {label}", f"in {path.name} it is no dataset")
    dataset = group[key]
    if dataset.external:
        _refuse(path, label, f"stored outside, in {dataset.external[0][0]!r}")
    if dataset.is_virtual:
        files = sorted({source.file_name for source in dataset.virtual_sources()})
        _refuse(path, label, f"a virtual dataset of {', '.join(map(repr, files[:3]))}")
    if dataset.shape is None or dataset.dtype.kind not in "iufc":
        raise ArgumentError("path", f"hold numbers in {label}", f"in {path.name} it is of type {dataset.dtype}")
    refuse_size(path, dataset.shape, dataset.dtype.itemsize)
    refuse_unpacked(path, dataset.id.get_storage_size(), dataset.size * dataset.dtype.itemsize)
    if dataset.size and not dataset.id.get_storage_size():
        raise ArgumentError("path", f"hold numbers in {label}", f"in {path.name} none were ever written there")
    return np.asarray(dataset[()])


def _refuse(path: Path, label: str, what: str) -> None:
    raise ArgumentError("path", "hold its numbers itself (links are not followed; h5repack or h5copy make one file)",
                        f"{label} of {path.name} is {what}")
