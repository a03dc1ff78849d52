"""Put measured tables into docs/performance.md, between their markers."""

from __future__ import annotations

from benchmarks.children import ROOT
from benchmarks.results import Table

PAGE = ROOT / "docs" / "performance.md"
FIGURE = ROOT / "docs" / "images" / "performance-methods.png"


def write(tables: list[Table]) -> None:
    """Replace what is between the markers of each table; the words around them stay."""
    text = PAGE.read_text(encoding="utf-8")
    for table in tables:
        begin, end = f"<!-- begin {table.name} -->", f"<!-- end {table.name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{PAGE.name} must have the markers {begin} and {end} once")
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{table.markdown()}\n{end}{rest.split(end)[1]}"
    PAGE.write_text(text, encoding="utf-8")
