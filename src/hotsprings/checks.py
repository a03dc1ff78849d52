"""Checks of arguments: each returns the clean value or raises :class:`ArgumentError`."""

from __future__ import annotations

import functools
import math
import numbers
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from hotsprings.errors import ArgumentError

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
T = TypeVar("T")
_SPELT = str.maketrans({"α": "alpha", "γ": "gamma", "κ": "kappa", "λ": "lambda", "ω": "omega", "Δ": "Delta", "Ñ": "N~",
                        "Σ": "sum", "ħ": "hbar", "·": " ", "…": "...", "±": "+-", "≈": "~", "≤": "<=", "≥": ">=",
                        "→": "->", "⟨": "<", "⟩": ">", "×": "x", "²": "^2", "½": "1/2"})
LOWEST, HIGHEST = 1e-60, 1e60  # of a number whose powers stay within floating point
MOST = 10**9  # sites, points, replicas: beyond it a slip of the pen
NO_NUMBERS = (bool, np.bool_, np.timedelta64)  # though Python counts them among the integers
GIB = 2.0**30


def shown(value: Any) -> str:
    """Return a value as an error message shows it, shortened."""
    try:
        text = repr(value)
    except Exception:  # an object of others raises anything
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."


def legible(show: Callable[[Any], str]) -> Callable[[Any], str]:
    """Return a ``__repr__`` that spells out letters which the encoding of stdout lacks: γ as gamma."""

    @functools.wraps(show)
    def spelt(self: Any) -> str:
        text = show(self)
        try:
            text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
        except (UnicodeEncodeError, LookupError):
            text = text.translate(_SPELT).encode("ascii", "replace").decode()
        return text

    return spelt


def seed(name: str, value: Any) -> int:
    """Return ``value`` as an int from 0 to 2^64 - 1."""
    clean = integer(name, value, 0)
    if clean >= 2**64:
        raise ArgumentError(name, "be an integer from 0 to 2^64 - 1", f"{shown(value)} was given")
    return clean


def _single(value: Any) -> Any:
    """Return what an array without dimensions holds, unless it is masked."""
    bare = isinstance(value, np.ndarray) and value.ndim == 0 and not np.ma.is_masked(value)
    return value.item() if bare and value.dtype.kind != "m" else value


def is_single(value: Any) -> bool:
    """Return whether a value has no elements: a number, a text, None, an array without dimensions."""
    try:
        return np.ndim(value) == 0
    except Exception:  # lists of unequal length; an object of others raises anything
        return False


def regular(name: str, value: Any, requirement: str) -> npt.NDArray[Any]:
    """Return ``value`` as NumPy takes it; lists of unequal lengths and masked elements are refused."""
    if np.ma.is_masked(value):
        raise ArgumentError(name, requirement, "elements of it are masked")
    try:
        return np.asarray(value)
    except Exception as err:  # an object of others raises anything
        raise ArgumentError(name, requirement, f"{shown(value)} is not a regular array") from err


def items(name: str, value: Any, requirement: str) -> list[Any]:
    """Return the elements of a list, a range, an array, a set, or whatever gives them one by one."""
    none = isinstance(value, str | bytes | bytearray | Mapping) or not isinstance(value, Iterable)
    if none or np.ma.is_masked(value) or (isinstance(value, np.ndarray) and value.ndim == 0):
        raise ArgumentError(name, requirement, f"{shown(value)} was given")
    return list(value)


def within(name: str, value: Any, low: float = LOWEST, high: float = HIGHEST) -> float:
    """Return ``value`` as a positive float whose powers stay within floating point."""
    clean = positive(name, value)
    if not low <= clean <= high:
        raise ArgumentError(name, f"be a positive number from {low:.0e} to {high:.0e}", f"{shown(value)} was given")
    return clean


def moderate(name: str, value: Any, highest: float = HIGHEST) -> float:
    """Return ``value`` as a float >= 0 whose powers stay within floating point."""
    clean = non_negative(name, value)
    if clean > highest:
        raise ArgumentError(name, f"be a number from zero to {highest:.0e}", f"{shown(value)} was given")
    return clean


def temperatures(name: str, value: Any, zero: bool = True) -> FloatArray:
    """Return temperatures ≥ 0, or > 0, as a float64 array of any shape."""
    requirement = "be finite numbers, " + ("zero or more" if zero else "above zero")
    if is_single(value):
        check = moderate if zero else within
        return np.array(check(name, value))
    raw = regular(name, value, requirement)
    if raw.dtype.kind not in "iuf":
        raise ArgumentError(name, requirement, f"an array of {raw.dtype} was given")
    clean = raw.astype(np.float64)
    bad = clean[~(np.isfinite(clean) & ((clean >= 0.0) if zero else (clean > 0.0)))]
    if bad.size:
        raise ArgumentError(name, requirement, f"{bad[0]:g} is among them")
    far = clean[(clean > HIGHEST) | ((clean < LOWEST) & (not zero))]
    if far.size:
        raise ArgumentError(name, f"be from {'zero' if zero else f'{LOWEST:.0e}'} to {HIGHEST:.0e}",
                            f"{far[0]:g} is among them")
    return clean


def count(name: str, value: Any, minimum: int, maximum: int = MOST) -> int:
    """Return ``value`` as an int from ``minimum`` to what memory could hold."""
    clean = integer(name, value, minimum)
    if clean > maximum:
        raise ArgumentError(name, f"be an integer from {minimum} to {maximum}", f"{shown(clean)} was given")
    return clean


def number(name: str, value: Any, requirement: str = "be a finite number") -> float:
    """Return ``value`` as a finite float; strings, booleans, NaN and infinities are refused."""
    if type(value) is float and math.isfinite(value):  # most often, and quickly
        return value
    value = _single(value)
    if isinstance(value, NO_NUMBERS) or not isinstance(value, numbers.Real):
        raise ArgumentError(name, requirement, f"{shown(value)} ({type(value).__name__}) was given")
    try:
        clean = float(value)
    except OverflowError:
        clean = math.inf
    if not math.isfinite(clean):
        raise ArgumentError(name, requirement, f"{shown(value)} was given")
    return clean


def positive(name: str, value: Any) -> float:
    """Return ``value`` as a finite float > 0."""
    clean = number(name, value, "be a positive finite number")
    if clean <= 0.0:
        raise ArgumentError(name, "be a positive finite number", f"{shown(value)} was given")
    return clean


def non_negative(name: str, value: Any) -> float:
    """Return ``value`` as a finite float >= 0."""
    clean = number(name, value, "be a finite number, zero or more")
    if clean < 0.0:
        raise ArgumentError(name, "be a finite number, zero or more", f"{shown(value)} was given")
    return clean


def integer(name: str, value: Any, minimum: int | None = None) -> int:
    """Return ``value`` as an int, at least ``minimum`` where one is given."""
    if type(value) is int and (minimum is None or value >= minimum):  # most often, and quickly
        return value
    requirement = "be an integer" + (f", {minimum} or more" if minimum is not None else "")
    value = _single(value)
    if isinstance(value, NO_NUMBERS) or not isinstance(value, numbers.Integral):
        raise ArgumentError(name, requirement, f"{shown(value)} ({type(value).__name__}) was given")
    if minimum is not None and value < minimum:
        raise ArgumentError(name, requirement, f"{shown(value)} was given")
    return int(value)


def boolean(name: str, value: Any) -> bool:
    """Return ``value`` as a bool; numbers and strings are refused."""
    if not isinstance(value, bool | np.bool_):
        raise ArgumentError(name, "be True or False", f"{shown(value)} ({type(value).__name__}) was given")
    return bool(value)


def array(name: str, value: Any, requirement: str) -> FloatArray:
    """Return ``value`` as a fresh, read-only one-dimensional float64 array of finite numbers."""
    raw = regular(name, value, requirement)
    if raw.dtype.kind not in "iuf" or raw.ndim != 1:
        kind = f"shape {raw.shape} of {raw.dtype}" if raw.ndim else shown(value)
        raise ArgumentError(name, requirement, f"{kind} was given")
    clean = raw.astype(np.float64)  # always a copy
    bad = np.flatnonzero(~np.isfinite(clean))
    if bad.size:
        raise ArgumentError(name, requirement, f"element {bad[0]} is {clean[bad[0]]}")
    clean.setflags(write=False)
    return clean


def positive_array(name: str, value: Any, minimum_length: int = 1) -> FloatArray:
    """Return ``value`` as a read-only array ``(n,)`` of positive numbers."""
    requirement = "be a one-dimensional array of positive finite numbers"
    clean = array(name, value, requirement)
    if clean.size < minimum_length:
        raise ArgumentError(name, f"have at least {minimum_length} elements", f"{clean.size} were given")
    bad = np.flatnonzero(clean <= 0.0)
    if bad.size:
        raise ArgumentError(name, requirement, f"element {bad[0]} is {clean[bad[0]]}")
    return clean


def frequencies(name: str, value: Any, highest: float = HIGHEST) -> FloatArray:
    """Return real angular frequencies as a float64 array of any shape."""
    requirement = f"be a real, finite angular frequency or an array of them, below {highest:.0e}"
    raw = regular(name, value, requirement)
    if raw.dtype.kind not in "iuf":
        raise ArgumentError(name, requirement, f"{shown(value)} ({raw.dtype}) was given")
    clean = raw.astype(np.float64)
    if not np.all(np.isfinite(clean)):
        raise ArgumentError(name, requirement, f"{clean[~np.isfinite(clean)][0]} is among them")
    if np.any(np.abs(clean) > highest):
        raise ArgumentError(name, requirement, f"{clean[np.abs(clean) > highest][0]} is among them")
    return clean


def times(name: str, value: Any) -> FloatArray:
    """Return times of either sign as a float64 array of any shape."""
    clean = real_array(name, value)
    if np.any(np.abs(clean) > HIGHEST):
        raise ArgumentError(name, f"be a finite number or an array of them, within ±{HIGHEST:.0e}",
                            f"{clean[np.abs(clean) > HIGHEST][0]:g} is among them")
    return clean


def real_array(name: str, value: Any) -> FloatArray:
    """Return a real, finite number or a regular array of them as a fresh float64 array of any shape."""
    requirement = "be a finite number or an array of them"
    raw = regular(name, value, requirement)
    if raw.dtype.kind not in "iuf":
        raise ArgumentError(name, requirement, f"{shown(value)} ({raw.dtype}) was given")
    clean = raw.astype(np.float64)
    if not np.all(np.isfinite(clean)):
        raise ArgumentError(name, requirement, f"{clean[~np.isfinite(clean)][0]} is among them")
    return clean


def index(name: str, value: Any, length: int, noun: str = "site") -> int:
    """Return a site (or bath) number as 0 <= index < length; negative ones count from the end."""
    clean = integer(name, value)
    if not -length <= clean < length:
        article = "an" if noun[0] in "aeiou" else "a"
        raise ArgumentError(name, f"be {article} {noun} of the {length} there are ({-length} to {length - 1})",
                            f"{shown(clean)} was given")
    return clean % length


def file_name(name: str, value: Any, what: str = "file") -> Path:
    """Return the name of a file or a directory."""
    if not isinstance(value, str | os.PathLike):
        raise ArgumentError(name, f"be the name of a {what}", f"{shown(value)} ({type(value).__name__}) was given")
    return Path(value)


def instance(name: str, value: Any, kind: type[T]) -> T:
    """Return ``value`` if it is a ``kind``."""
    if not isinstance(value, kind):
        raise ArgumentError(name, f"be an {kind.__name__}" if kind.__name__[0] in "AEIOU" else f"be a {kind.__name__}",
                            f"{shown(value)} ({type(value).__name__}) was given")
    return value


def memory() -> float:
    """Return the bytes of this machine, or of the container that it is in; infinite where nothing tells."""
    try:
        found = float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return math.inf
    try:
        allowed = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return found
    return min(found, float(allowed)) if allowed.isdigit() else found


def room(name: str, n_sites: int, rows: int, matrices: int) -> None:
    """Refuse sites whose matrices (rows, n_sites), so many at once, are larger than the memory."""
    needed = 8.0 * matrices * rows * n_sites
    if needed > GIB and needed > (there := memory()):
        raise ArgumentError(name, f"fit into the {there / GIB:.3g} GiB of this machine (chains between white baths, "
                            "mean fields and lattices of equal layers need no matrices)",
                            f"{matrices} of {rows:,} × {n_sites:,} numbers, {needed / GIB:.3g} GiB, are needed")
