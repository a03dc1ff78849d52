"""What a sweep varies: one parameter, or several that change together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.errors import ArgumentError

__all__ = ["RESERVED", "Axis", "grid_values"]

RESERVED = {"site", "bath", "bath_to", "bond", "omega", "realisation", "seed", "solver_seconds"}  # names of the results


@dataclass(frozen=True)
class Axis:
    """One direction of a sweep.

    Parameters
    ----------
    parameter : str or sequence of str
        What changes: a key of the model ("masses.n", "network.k0", "baths[0].friction", "baths.friction" for all baths)
        or an argument of the function that builds the system; several, if they change together.
    values : sequence
        The values: numbers, texts, true or false, or lists of these; for several parameters one tuple of values each.
    name : str, optional
        The dimension of the results; the last part of the parameter by default ("n" for "masses.n").
    labels : sequence of str, optional
        What the values are called in the results, where they are no numbers or several.

    Raises
    ------
    ArgumentError
        If there is no value, one is there twice or is of another kind, or a tuple or the labels have the wrong length.

    Examples
    --------
    >>> import hotsprings as hs
    >>> axis = hs.Axis("masses.n", [10, 100, 1000])
    >>> axis.name, len(axis)
    ('n', 3)
    """

    parameter: str | tuple[str, ...]
    values: tuple[Any, ...]
    name: str = ""
    labels: tuple[str, ...] = ()

    def __init__(self, parameter: str | Sequence[str], values: Any, name: str = "", labels: Sequence[str] = ()) -> None:
        put = object.__setattr__
        put(self, "parameter", _parameter(parameter))
        put(self, "values", tuple(plain(value) for value in _sequence("values", values)))
        if isinstance(name, str) and not name:
            name = self.parameters[0].rpartition(".")[2]
        if not isinstance(name, str) or not name.isidentifier() or name in RESERVED:
            raise ArgumentError("name", "be a name such as \"size\" (not one of "
                                f"{', '.join(sorted(RESERVED))})", f"{checks.shown(name)} was given")
        put(self, "name", name)
        put(self, "labels", tuple(str(label) for label in checks.items("labels", labels, "be a list of texts")))
        self._refuse()

    def _refuse(self) -> None:
        if not self.values:
            raise ArgumentError("values", "hold at least one value", "it is empty")
        several = len(self.parameters)
        seen: set[Any] = set()
        for i, value in enumerate(self.values):
            if not _is_plain(value):
                raise ArgumentError(f"values[{i}]", "be a number, a text, true or false, or a list of these",
                                    f"{checks.shown(value)} was given")
            if several > 1 and (not isinstance(value, tuple) or len(value) != several):
                raise ArgumentError(f"values[{i}]", f"hold one value for each of the {several} parameters "
                                    f"({', '.join(self.parameters)})", f"{checks.shown(value)} was given")
            if value in seen:
                raise ArgumentError(f"values[{i}]", "differ from the values before it",
                                    f"{checks.shown(value)} is there twice")
            seen.add(value)
        if self.labels and len(self.labels) != len(self.values):
            raise ArgumentError("labels", f"have one label per value ({len(self.values)})",
                                f"{len(self.labels)} were given")
        if len(set(self.labels)) < len(self.labels):
            raise ArgumentError("labels", "differ from each other", f"{checks.shown(list(self.labels))} were given")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that change along this axis."""
        return (self.parameter,) if isinstance(self.parameter, str) else self.parameter

    def at(self, i: int) -> dict[str, Any]:
        """Return the parameters and their values at one place.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Axis("n", [10, 100]).at(1)
        {'n': 100}
        """
        i = checks.index("i", i, len(self), "value")
        value = self.values[i] if len(self.parameters) > 1 else (self.values[i],)
        return dict(zip(self.parameters, value, strict=True))

    @property
    def coordinate(self) -> list[Any]:
        """The coordinate along the dimension: labels, or numbers, or what the values look like."""
        if self.labels:
            return list(self.labels)
        if all(_is_number(value) for value in self.values):
            return _numbers(self.values)
        texts = [", ".join(f"{key.rpartition('.')[2]}={_short(v)}" for key, v in self.at(i).items())
                 if len(self.parameters) > 1 else _short(self.values[i]) for i in range(len(self))]
        return texts if len(set(texts)) == len(texts) else [f"{i}: {text}" for i, text in enumerate(texts)]

    @property
    def columns(self) -> dict[str, list[Any]]:
        """The values of each of several parameters that is a number everywhere, by the names of the results."""
        found = {}
        for j, parameter in enumerate(self.parameters if len(self.parameters) > 1 else ()):
            values = [value[j] for value in self.values]
            if all(_is_number(value) for value in values):
                found[parameter.replace("[", "_").replace("]", "").replace(".", "_")] = _numbers(values)
        return found

    def identity(self) -> dict[str, Any]:
        """Return the axis as plain values.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Axis("n", [10, 100]).identity()["values"]
        [10, 100]
        """
        return {"parameter": list(self.parameters), "values": [_listed(v) for v in self.values], "name": self.name,
                "labels": list(self.labels)}


def grid_values(kind: str, ends: Any) -> tuple[Any, ...]:
    """Return "linspace" or "geomspace" values [first, last, number]; whole numbers where both ends are whole.

    Parameters
    ----------
    kind : {"linspace", "geomspace"}
        Equal differences or equal ratios.
    ends : sequence of three
        First value, last value, how many.

    Returns
    -------
    tuple

    Raises
    ------
    ArgumentError
        If they are not three numbers, or the ends of a geomspace are not positive.
    """
    if not isinstance(ends, list | tuple) or len(ends) != 3:
        raise ArgumentError(kind, "be [first, last, number]", f"{checks.shown(ends)} was given")
    check = checks.positive if kind == "geomspace" else checks.number
    first, last = (check(f"{kind}[{i}]", ends[i]) for i in range(2))
    count = checks.integer(f"{kind}[2]", ends[2], 1)
    values = getattr(np, kind)(first, last, count)
    if all(isinstance(end, int) for end in ends[:2]):
        return tuple(dict.fromkeys(int(v) for v in np.rint(values)))
    return tuple(float(v) for v in values)


def _parameter(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, Sequence) and value and all(isinstance(v, str) and v for v in value):
        if len(set(value)) < len(value):
            raise ArgumentError("parameter", "name each parameter once", f"{checks.shown(value)} was given")
        return value[0] if len(value) == 1 else tuple(value)
    raise ArgumentError("parameter", 'be the name of a parameter, such as "masses.n", or a list of names',
                        f"{checks.shown(value)} was given")


def _sequence(name: str, value: Any) -> list[Any]:
    if isinstance(value, np.ndarray) and value.ndim and not np.ma.is_masked(value):
        return list(value.tolist())
    if isinstance(value, str | bytes) or not isinstance(value, Sequence | range):
        raise ArgumentError(name, "be a list of values", f"{checks.shown(value)} was given")
    return list(value)


def plain(value: Any) -> Any:
    """Return a value without NumPy's types, lists as tuples."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    return tuple(plain(v) for v in value) if isinstance(value, list | tuple) else value


def plain_baths(value: Any) -> Any:
    """Return a bath, a group, or a list of these as plain values; what they are is known with the system."""
    several = isinstance(value, list | tuple | range | np.ndarray) and not checks.is_single(value)
    return [plain_baths(part) for part in value] if several else plain(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_plain(v) for v in value)
    return isinstance(value, str | int) or (isinstance(value, float) and not math.isnan(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(values: Sequence[Any]) -> list[Any]:
    """Return numbers; as floats where an integer is too long for a file."""
    return [float(v) for v in values] if any(abs(v) >= 2**63 for v in values) else list(values)


def _listed(value: Any) -> Any:
    return [_listed(v) for v in value] if isinstance(value, tuple) else value


def _short(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
