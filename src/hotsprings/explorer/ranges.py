"""Ranges of axes: sent with the numbers, so that the browser neither works them out nor lays out the page anew."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from bokeh.models import Range1d

from hotsprings.checks import FloatArray

__all__ = ["axis_range", "fit", "room", "span"]

MARGIN = 0.08  # beside the numbers, each way
FILLED = 0.6  # of a range that numbers must fill to keep it
LEAST = 1e-3  # of a value: what four digits on an axis tell apart


def axis_range(low: float, high: float) -> Range1d:
    """Return the range of an axis."""
    return Range1d(low, high, reset_start=low, reset_end=high)


def room(values: FloatArray, now: tuple[float, float], logarithmic: bool = False) -> tuple[float, float]:
    """Return a range for numbers: the present one where they fill it, else one with a margin around them.

    Parameters
    ----------
    values : ndarray
        Those that are not finite are left out, on a logarithmic axis also those that are not positive.
    now : (float, float)
        The present range.
    logarithmic : bool
        Whether distances are ratios.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = room(np.array([0.0, 1.0]), (0.0, 0.1))
    >>> round(low, 2), round(high, 2)
    (-0.08, 1.08)
    >>> room(np.array([0.0, 1.05]), (low, high)) == (low, high)
    True
    """
    shown = values[np.isfinite(values) & ((values > 0.0) | (not logarithmic))]
    if not shown.size:
        return now
    low, high = float(shown.min()), float(shown.max())
    if not logarithmic:
        return _around(low, high, now, LEAST * max(abs(low), abs(high)) or 1.0)
    before = (math.log10(now[0]), math.log10(now[1]))
    after = _around(math.log10(low), math.log10(high), before, 1.0)
    return now if after == before else (10.0 ** after[0], 10.0 ** after[1])


def _around(low: float, high: float, now: tuple[float, float], least: float) -> tuple[float, float]:
    wide = max(high - low, least)
    if now[0] <= low and high <= now[1] and wide >= FILLED * (now[1] - now[0]):
        return now
    middle, half = 0.5 * (low + high), (0.5 + MARGIN) * wide
    return middle - half, middle + half


def fit(axis: Range1d, values: FloatArray, logarithmic: bool = False) -> None:
    """Give the range of an axis room for numbers."""
    span(axis, *room(values, (axis.reset_start, axis.reset_end), logarithmic))


def span(axis: Range1d, low: float, high: float) -> None:
    """Set the range of an axis; where the reader has zoomed, only what it goes back to."""
    zoomed = (axis.start, axis.end) != (axis.reset_start, axis.reset_end)
    new: dict[str, Any] = {"reset_start": low, "reset_end": high} | ({} if zoomed else {"start": low, "end": high})
    axis.update(**{name: value for name, value in new.items() if getattr(axis, name) != value})
