"""Checks of arguments: each returns the clean value or raises :class:`ArgumentError`."""

from __future__ import annotations

import functools
import math
import numbers
import sys
from collections.abc import Callable
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
HIGHEST = 1e60  # a frequency whose powers stay within floating point


def shown(value: Any) -> str:
    """Return a value as an error message shows it, shortened."""
    text = repr(value)
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


def number(name: str, value: Any, requirement: str = "be a finite number") -> float:
    """Return ``value`` as a finite float; strings, booleans, NaN and infinities are refused."""
    if type(value) is float and math.isfinite(value):  # most often, and quickly
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
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
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
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
    try:
        raw = np.asarray(value)
    except ValueError as err:
        raise ArgumentError(name, requirement, f"{shown(value)} is not a regular array") from err
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


def frequencies(name: str, value: Any) -> FloatArray:
    """Return real angular frequencies as a float64 array of any shape."""
    requirement = f"be a real, finite angular frequency or an array of them, below {HIGHEST:.0e}"
    try:
        raw = np.asarray(value)
    except ValueError as err:
        raise ArgumentError(name, requirement, f"{shown(value)} is not a regular array") from err
    if raw.dtype.kind not in "iuf":
        raise ArgumentError(name, requirement, f"{shown(value)} ({raw.dtype}) was given")
    clean = raw.astype(np.float64)
    if not np.all(np.isfinite(clean)):
        raise ArgumentError(name, requirement, f"{clean[~np.isfinite(clean)][0]} is among them")
    if np.any(np.abs(clean) > HIGHEST):
        raise ArgumentError(name, requirement, f"{clean[np.abs(clean) > HIGHEST][0]} is among them")
    return clean


def real_array(name: str, value: Any) -> FloatArray:
    """Return a real, finite number or a regular array of them as a fresh float64 array of any shape."""
    requirement = "be a finite number or an array of them"
    try:
        raw = np.asarray(value)
    except ValueError as err:
        raise ArgumentError(name, requirement, f"{shown(value)} is not a regular array") from err
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
                            f"{clean} was given")
    return clean % length


def instance(name: str, value: Any, kind: type[T]) -> T:
    """Return ``value`` if it is a ``kind``."""
    if not isinstance(value, kind):
        raise ArgumentError(name, f"be an {kind.__name__}" if kind.__name__[0] in "AEIOU" else f"be a {kind.__name__}",
                            f"{shown(value)} ({type(value).__name__}) was given")
    return value
