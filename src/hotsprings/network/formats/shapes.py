"""Arrays of any usual shape as square matrices: (n, n), (1, n, n), (n, n, 3, 3), (n, 3, n, 3), …."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hotsprings.errors import ArgumentError

__all__ = ["flattened", "without_imaginary_part"]

EQUAL = 1e-6  # of the largest element: symmetric as far as files are


def flattened(path: Path, values: Any, pairs: bool) -> tuple[Any, bool]:
    """Return a matrix of what is one in another shape, and whether the shape says that coordinates are x, y, z."""
    if np.ndim(values) <= 2:
        return without_imaginary_part(path, values), False
    array = without_imaginary_part(path, np.asarray(values))
    short = array.reshape([length for length in array.shape if length != 1])
    if short.ndim <= 2:
        side = int(array.size**0.5 + 0.5)
        return array.reshape(side, side) if side * side == array.size and short.ndim != 1 else short, False
    for shape in (array.shape, short.shape):
        matrix = _four_axes(path, array.reshape(shape), pairs) if len(shape) == 4 else None
        if matrix is not None:
            return matrix, True
    raise ArgumentError("path", "hold a matrix, shape (n, n), or one of the shapes (1, n, n), (n, n, 3, 3) and "
                        "(n, 3, n, 3)", f"{path.name} holds shape {array.shape}")


def _four_axes(path: Path, array: Any, pairs: bool) -> Any:
    """Return K of Φ[i, j, α, β] or of H[i, α, j, β], by the shape; with three atoms by the symmetry too."""
    n = array.shape[0]
    as_pairs = array.shape == (n, n, 3, 3)
    as_coordinates = array.shape == (n, 3, n, 3)
    first = array.transpose(0, 2, 1, 3).reshape(3 * n, -1) if as_pairs else None
    second = array.reshape(3 * n, -1) if as_coordinates else None
    if as_pairs and as_coordinates and not pairs:
        return _the_symmetric(path, first, second)
    return first if as_pairs else second


def _the_symmetric(path: Path, first: Any, second: Any) -> Any:
    """Return the one of two readings of a 3 × 3 × 3 × 3 array that is a symmetric matrix."""
    both = [bool(np.abs(K - K.T).max() <= EQUAL * np.abs(K).max()) for K in (first, second)]
    if all(both) and not np.array_equal(first, second):
        raise ArgumentError("path", "hold a matrix of shape (9, 9), where three atoms leave open what the axes "
                            "of shape (3, 3, 3, 3) are", f"{path.name} holds an array that is symmetric both ways")
    return first if both[0] else second


def without_imaginary_part(path: Path, values: Any) -> Any:
    """Return a complex matrix whose imaginary part vanishes as a real one; refuse any other."""
    if hasattr(values, "toarray"):
        values = values.toarray()
    array = np.asarray(values)
    if array.dtype.kind != "c":
        return values
    i = int(np.argmax(np.abs(array.imag))) if array.size else 0
    largest = float(np.abs(array.imag.ravel()[i])) if array.size else 0.0
    if not largest <= 0.0:
        place = ", ".join(str(int(part)) for part in np.unravel_index(i, array.shape))
        raise ArgumentError("path", "be real, as stiffness is (dynamical matrices away from Γ are not)",
                            f"{path.name} has an imaginary part, up to {largest:.6g} at element ({place})")
    return array.real.copy()
