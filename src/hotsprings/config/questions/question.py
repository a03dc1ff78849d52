"""What a question in a model file is made of: its table, how it is checked, and its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic import Field

from hotsprings.checks import FloatArray
from hotsprings.config.fields import Points, Span, Table
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["Answer", "Quantity", "Question", "Timed"]


class Timed(Table):
    """Keys of a table that asks at equally spaced times."""

    until: Span = Field(description="the last time, > 0")
    points: Points = 201

    @property
    def times(self) -> FloatArray:
        """The times, shape (points,)."""
        return np.linspace(0.0, self.until, self.points)


class Quantity(NamedTuple):
    """A variable of the netCDF file: dimensions, values, long name, units."""

    dims: tuple[str, ...]
    values: Any
    long_name: str
    units: str


@dataclass(frozen=True)
class Answer:
    """What one question came to.

    Attributes
    ----------
    title : str
        Heads the table on the screen.
    rows : list of (str, str)
        The table: what, and its value.
    quantities : mapping of str to Quantity
        Variables of the netCDF file; their names begin with that of the question.
    coordinates : mapping of str to Quantity
        Their coordinates, where a dimension is none of the stationary state's.
    draw : callable, optional
        Draws the answer on matplotlib axes.
    """

    title: str
    rows: list[tuple[str, str]]
    quantities: Mapping[str, Quantity]
    coordinates: Mapping[str, Quantity] = field(default_factory=dict)
    draw: Callable[[Axes], Axes] | None = None

    def added_to(self, dataset: xr.Dataset) -> xr.Dataset:
        """Return the dataset with these quantities."""
        def described(found: Mapping[str, Quantity]) -> dict[str, Any]:
            return {name: (q.dims, np.asarray(q.values), {"long_name": q.long_name, "units": q.units})
                    for name, q in found.items()}

        return dataset.assign_coords(described(self.coordinates)).assign(described(self.quantities))


def _anything(system: OpenNetwork, table: Any) -> None:
    """Accept every table."""


@dataclass(frozen=True)
class Question:
    """A table of a model file that asks for more than the stationary state.

    Attributes
    ----------
    table : type of Table
        Its keys, with their defaults.
    ask : callable
        Takes the system and the table, returns the answer.
    check : callable
        Takes the same before anything is solved; raises ArgumentError, whose argument is the key.
    """

    table: type[Table]
    ask: Callable[[OpenNetwork, Any], Answer]
    check: Callable[[OpenNetwork, Any], None] = _anything
