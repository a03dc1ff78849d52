"""``python -m benchmarks``: print tables of times and errors, under two minutes; ``--full`` for all of them."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console

from benchmarks import figure, page
from benchmarks.results import Section, environment, measured

SECTIONS = ("targets", "speed", "small", "crossover", "methods", "sums", "frequencies", "floor", "feel",
            "networks", "busy", "chains", "lattices", "sweeps", "dynamics", "fluctuations", "explorer")
MODULES = {"sums": "cauchy_sums"}
Switch = Annotated[bool, Parameter(negative=())]

app = App(name="python -m benchmarks", help="Measure speed and accuracy of hotsprings and of others.",
          result_action="return_value")


@app.default
def run(*sections: str, full: Switch = False, output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
        write_page: Annotated[bool, Parameter(name="--page", negative=())] = False) -> None:
    """Run the benchmarks and print their tables.

    Parameters
    ----------
    sections
        Which: targets, speed, small, crossover, methods, sums, frequencies, floor, feel, networks, busy, chains,
        lattices, sweeps, dynamics, fluctuations, explorer. Default: all.
    full
        Larger systems, more runs, ten million particles: about half an hour.
    output
        A directory for the figure and the raw numbers (benchmarks.json).
    write_page
        Put the tables, each section's as it is measured, and the figure into docs/performance.md.
    """
    unknown = set(sections) - set(SECTIONS)
    if unknown:
        raise SystemExit(f"sections must be among {', '.join(SECTIONS)}: {', '.join(sorted(unknown))} was given")
    console = Console(width=170)
    where = environment()
    console.print(f"{where['processor']}, {where['cores']} cores, Python {where['python']}")
    raw: dict[str, Any] = {"environment": where, "full": full}
    for name in sections or SECTIONS:
        section: Section = importlib.import_module(f"benchmarks.{MODULES.get(name, name)}").measure(full)
        for table in section.tables:
            console.print(table.rich())
        raw[name] = section.raw
        if write_page and section.tables:  # at once: a long run may be ended
            *others, last = section.tables
            page.write([*others, replace(last, measured=measured(where, name, full))])
    pictures = [output / "methods.png"] if output else []
    if write_page:
        pictures.append(page.FIGURE)
    if "methods" in raw:
        for path in pictures:
            figure.draw(raw["methods"]["pinned"], path)
    if output:
        output.mkdir(parents=True, exist_ok=True)
        (output / "benchmarks.json").write_text(json.dumps(raw, indent=1), encoding="utf-8")


if __name__ == "__main__":
    app()
