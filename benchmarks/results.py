"""What a section of the benchmarks returns: tables to read, and the raw numbers behind them."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table as RichTable

PACKAGES = ("hotsprings", "numpy", "scipy", "numba", "control", "slycot", "kwant", "pyfmmlib", "mpmath")
IDLE = 0.5  # load average above which a note says that others were at work


@dataclass(frozen=True)
class Table:
    """One table; ``name`` is its place in docs/performance.md."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""
    measured: str = ""  # where, and by which command, for the page

    def rich(self) -> RichTable:
        """Return it for a terminal."""
        table = RichTable(title=self.title, caption=self.note or None, title_justify="left", caption_justify="left")
        for column in self.columns:
            table.add_column(column)
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """Return it for the page."""
        lines = [self.columns, tuple("---" for _ in self.columns), *self.rows]
        text = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        return "\n\n".join(part for part in (text, self.note, self.measured) if part)


@dataclass(frozen=True)
class Section:
    """The tables of one section and its raw numbers."""

    tables: list[Table]
    raw: dict[str, Any] = field(default_factory=dict)


def versions() -> dict[str, str]:
    """Return the versions of the packages that take part; "not installed" where one is missing."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def environment() -> dict[str, Any]:
    """Return what the numbers depend on."""
    return {"processor": _processor(), "cores": _cores(), "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(), "load_before": _load(), "versions": versions()}


def measured(environment: dict[str, Any], name: str, full: bool) -> str:
    """Return where a section was measured, with which versions and by which command, as a line of the page."""
    used = ", ".join(f"{package} {version}" for package, version in environment["versions"].items()
                     if version != "not installed")
    text = (f"*{environment['processor']}, {environment['cores']} cores, {environment['system']}, Python "
            f"{environment['python']}, {used}: `python -m benchmarks {name}{' --full' if full else ''}`.")
    load = environment["load_before"]
    if load is not None and load > IDLE:
        text += f" Other processes were at work (load {load:.1f} at the start): times are upper bounds."
    return text + "*"


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _load() -> float | None:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
