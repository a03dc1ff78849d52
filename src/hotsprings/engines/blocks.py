"""Long sums in blocks: between two of them Python sees Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator

TERMS = 2e9  # of a compiled sum in one go: some tenths of a second


def blocks(n_targets: int, n_sources: float) -> Iterator[slice]:
    """Yield slices of the targets, each of at most ``TERMS`` terms."""
    step = max(1, int(TERMS / max(n_sources, 1)))
    for start in range(0, n_targets, step):
        yield slice(start, min(start + step, n_targets))
