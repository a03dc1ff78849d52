"""How much a file may declare: sizes are looked at before memory is asked for."""

from __future__ import annotations

import math
from pathlib import Path

from hotsprings.errors import ArgumentError

__all__ = ["MOST_BYTES", "MOST_COORDINATES", "refuse_size", "refuse_text", "refuse_unpacked"]

MOST_COORDINATES = 20_000  # a dense matrix of more takes over 3 GiB, and its modes hours
MOST_BYTES = 8 * MOST_COORDINATES**2
MOST_TEXT = 2**31  # bytes; as numbers in memory some five times that
FREE = 2**27  # bytes that any file may unpack to
PACKED = 200  # times that numbers shrink when packed; text of real matrices 3 to 30


def refuse_size(path: Path, shape: tuple[int, ...], itemsize: int = 8) -> None:
    """Refuse an array whose declared shape has more elements than a dense matrix may have."""
    if any(length < 0 for length in shape) or math.prod(shape) * max(itemsize, 8) > MOST_BYTES:
        raise ArgumentError("path", f"hold a matrix of at most {MOST_COORDINATES} coordinates",
                            f"{path.name} declares an array of shape {_short(shape)}")


def _short(shape: tuple[int, ...]) -> str:
    text = " × ".join(map(str, shape[:8]))
    return text if len(text) <= 100 else text[:97] + "..."


def refuse_unpacked(path: Path, packed: int, unpacked: int) -> None:
    """Refuse what is over 128 MiB and over 200 times as large unpacked as packed: a matrix of next to nothing."""
    if unpacked > max(FREE, PACKED * packed) or unpacked > MOST_BYTES:
        raise ArgumentError(
            "path", f"unpack to no more than {PACKED} times its size, where that is over {FREE >> 20} MiB "
            "(a sparse matrix is best kept by scipy.sparse.save_npz)",
            f"{path.name} turns {packed} bytes into {unpacked} or more")


def refuse_text(path: Path, size: int) -> None:
    """Refuse text of over 2 GiB."""
    if size > MOST_TEXT:
        raise ArgumentError("path", f"be text of at most {MOST_TEXT >> 30} GiB (numpy.save writes a matrix in less)",
                            f"{path.name} has {size} bytes")
