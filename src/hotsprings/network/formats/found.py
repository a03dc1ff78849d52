"""What a reader finds in a file."""

from __future__ import annotations

from typing import Any, NamedTuple

from hotsprings.checks import IntArray

__all__ = ["Contents", "Found"]


class Contents(NamedTuple):
    """A stiffness matrix as a file has it, masses or None, and whether coordinates come in threes (x, y, z)."""

    stiffness: Any
    masses: Any
    triples: bool


class Found(NamedTuple):
    """Numbers of a file before they are a matrix.

    ``values`` of any shape; ``pairs``: four axes mean Φ[i, j, α, β] for certain; ``rows``: the atoms that the first
    axis of compact force constants stands for; ``masses`` per atom or coordinate, where the file has them.
    """

    values: Any
    masses: Any = None
    triples: bool = False
    pairs: bool = False
    rows: IntArray | None = None
