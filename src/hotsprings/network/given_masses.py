"""Masses as people give them: a number, numbers, symbols of elements, or a file of any of these."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.network.elements import element_mass, symbol_masses
from hotsprings.network.formats.structures import Structure, is_structure, read_structure
from hotsprings.network.formats.text import numbers, words_of

__all__ = ["coordinate_masses", "existing", "resolved_masses", "structure_of"]


def existing(argument: str, path: Any) -> Path:
    """Return a path where there is a regular file."""
    file = checks.file_name(argument, path)
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError) as err:
        missing = isinstance(err, FileNotFoundError | NotADirectoryError)
        why = f"there is none at {str(file)!r}" if missing else (
            f"{checks.shown(str(file))} cannot be read ({getattr(err, 'strerror', None) or err})")
        raise ArgumentError(argument, "be the name of a file", why) from None
    if not stat.S_ISREG(mode):
        raise ArgumentError(argument, "be the name of a file",
                            f"{str(file)!r} is " + ("a directory" if stat.S_ISDIR(mode) else "no regular file"))
    return file


def resolved_masses(masses: Any) -> Any:
    """Return masses with symbols of elements and names of files turned into numbers; None stays None."""
    if isinstance(masses, str):
        element = element_mass(masses)
        if element is None and "." not in masses and _is_missing(masses):
            raise ArgumentError("masses", "be numbers, the symbol of an element, or the name of a file",
                                f"{checks.shown(masses)} is none")
        return _from_file(existing("masses", masses)) if element is None else element
    if isinstance(masses, os.PathLike):
        return _from_file(existing("masses", masses))
    listed = isinstance(masses, list | tuple) or (isinstance(masses, np.ndarray) and masses.ndim)
    if listed and any(isinstance(mass, str) for mass in masses):
        return np.array([_one(i, mass) for i, mass in enumerate(masses)])
    return masses


def _is_missing(name: str) -> bool:
    try:
        return not Path(name).exists()
    except (OSError, ValueError):
        return False  # of which more is said where it is opened


def structure_of(masses: Any) -> Structure | None:
    """Return the structure that is given for its masses, where a file of one is."""
    if not isinstance(masses, str | os.PathLike) or (isinstance(masses, str) and element_mass(masses) is not None):
        return None
    path = existing("masses", masses)
    return read_structure(path, "masses") if is_structure(path) else None


def _one(i: int, mass: Any) -> float:
    if isinstance(mass, str):
        element = element_mass(mass)
        if element is None:
            raise ArgumentError(f"masses[{i}]", "be a number or the symbol of an element",
                                f"{checks.shown(mass)} was given")
        return element
    return checks.positive(f"masses[{i}]", mass)


def _from_file(path: Path) -> FloatArray:
    """Return the numbers or symbols of a text file, or the masses of the atoms of a structure."""
    if is_structure(path):
        return read_structure(path, "masses").masses
    try:
        words = [word for line in words_of(path, strict=True) for word in line]
        known = symbol_masses(words)
        values = numbers(words, path) if known is None else np.array(known)
    except ArgumentError as err:
        raise ArgumentError("masses", err.requirement, err.given) from None
    except Exception as err:  # a damaged gzip file
        raise ArgumentError("masses", "be a text file of numbers, or of symbols of elements",
                            f"{path.name} cannot be read ({str(err)[:80] or type(err).__name__})") from err
    if not values.size:
        raise ArgumentError("masses", "be a text file of numbers, or of symbols of elements", f"{path.name} is empty")
    return values


def coordinate_masses(masses: Any, n: int, triples: bool) -> FloatArray:
    """Return one mass per coordinate, shape (n,)."""
    if triples and n % 3:
        raise ArgumentError("coordinates", "be 'xyz' only where their number is a multiple of three", f"there are {n}")
    if checks.is_single(masses):
        return np.full(n, checks.positive("masses", masses))
    clean = checks.positive_array("masses", masses)
    if triples and clean.size == n // 3:
        return np.repeat(clean, 3)
    if clean.size != n:
        atoms = f"atom ({n // 3}) or " if triples else ""
        hint = ' (one per atom goes with coordinates="xyz")' if not triples and 3 * clean.size == n else ""
        raise ArgumentError("masses", f"have one element per {atoms}coordinate ({n}){hint}",
                            f"{clean.size} were given")
    return clean
