"""Rows of the report: what the paper says, what is exact, and the verdict, computed from the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["FAILS", "HOLDS", "Row", "Section", "exactly", "holds_if", "leading"]

HOLDS, LEADING, FAILS = "holds", "holds to leading order", "does not hold"


@dataclass(frozen=True)
class Row:
    """One statement of the paper beside the exact answer."""

    statement: str
    exact: str
    verdict: str


@dataclass(frozen=True)
class Section:
    """A heading, the figure it belongs to (0: none), its caption, and the table."""

    title: str
    figure: int
    caption: str
    rows: Sequence[Row]


def exactly(error: float, tolerance: float = 1e-9) -> str:
    """Return the verdict on an identity: it holds if its error is rounding."""
    return HOLDS if error <= tolerance else FAILS


def holds_if(condition: bool, remark: str = "") -> str:
    """Return the verdict on a statement that is true or not, with a remark in brackets."""
    return (HOLDS if condition else FAILS) + (f" ({remark})" if remark else "")


def leading(errors: Mapping[int, float], limit: float = 0.05) -> str:
    """Return the verdict on an asymptotic law from its relative errors by size.

    It holds to leading order if the error at the largest size is below ``limit`` and below that at the smallest.
    """
    smallest, largest = min(errors), max(errors)
    error = errors[largest]
    if error <= 1e-12:
        return HOLDS
    if error < limit and error < errors[smallest]:
        return f"{LEADING} ({percent(error)} at N = {largest})"
    return f"{FAILS} ({percent(error)} off at N = {largest})"


def percent(value: float) -> str:
    """Return a relative number in per cent, two significant digits."""
    return f"{100.0 * value:.2g} %"


def by_size(values: Mapping[int, float], digits: int = 7) -> str:
    """Return ``N: value`` for every size, for a cell of the table."""
    return "; ".join(f"N = {n}: {value:.{digits}g}" for n, value in values.items())
