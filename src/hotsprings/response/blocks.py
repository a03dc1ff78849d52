"""Long sums in blocks: between two of them Python sees Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator

TERMS = 1e9  # of a compiled sum in one go: some tenths of a second
EACH = 400  # terms that a target costs besides its own


def blocks(n_targets: int, n_sources: float) -> Iterator[slice]:
    """Yield slices of the targets, each of at most ``TERMS`` terms."""
    step = max(1, int(TERMS / (n_sources + EACH)))
    for start in range(0, n_targets, step):
        yield slice(start, min(start + step, n_targets))
