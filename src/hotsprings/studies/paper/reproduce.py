"""The paper, reproduced: figures, data and a report that puts every statement beside the exact one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotsprings import checks
from hotsprings.errors import ArgumentError

if TYPE_CHECKING:
    from rich.console import Console

    from hotsprings.studies.paper.rows import Section

__all__ = ["reproduce"]

FIGURES = (1, 2, 3, 4, 5)


def reproduce(
    figures: Sequence[int] = FIGURES, directory: Path = Path("paper"), console: Console | None = None,
    overwrite: bool = False,
) -> Path:
    """Make the paper's figures, their data, and the report on its statements.

    Writes ``figure-1.png`` and ``.pdf`` … ``figure-5.png`` and ``.pdf``, ``figure-2.nc`` … ``figure-5.nc``,
    ``report.md`` and ``report.html``; the report covers the figures asked for.

    Parameters
    ----------
    figures : sequence of int
        Which of the figures 1 to 5.
    directory : Path
        Where to write; made if it is not there.
    console : rich Console, optional
        Where progress is shown; standard error by default.
    overwrite : bool
        Whether files may be replaced that no earlier run has made (those of an earlier run may).

    Returns
    -------
    Path
        The HTML report.

    Raises
    ------
    ArgumentError
        If a figure is not one of 1 to 5, or none is asked for.
    FileError
        If a file cannot be written, or is there already and not of an earlier run.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332.
    """
    wanted = _wanted(figures)
    directory = Path(directory)
    if not overwrite:
        _refuse_foreign(directory, wanted)
    directory.mkdir(parents=True, exist_ok=True)
    from hotsprings.io import write_text
    from hotsprings.studies.paper import claims
    from hotsprings.studies.paper.report import as_html, as_markdown

    with _progress(console) as progress:
        task = progress.add_task("Green operator", total=len(wanted) + 1)
        sections = [claims.algebra()]
        progress.advance(task)
        for figure in wanted:
            progress.update(task, description=f"Figure {figure}")
            sections.append(_figure(figure, directory))
            progress.advance(task)
        text = as_markdown([*sections, claims.misprints()])
        write_text(text, directory / "report.md", overwrite=True)
        write_text(as_html(text), directory / "report.html", overwrite=True)
        progress.update(task, description="Report written")
    return directory / "report.html"


def _wanted(figures: Sequence[int]) -> list[int]:
    """Return the figures asked for, ascending, each once."""
    wanted = sorted({checks.integer("figures", figure) for figure in figures})
    if not wanted:
        raise ArgumentError("figures", "name at least one figure, 1 to 5", "none was given")
    for figure in wanted:
        if figure not in FIGURES:
            raise ArgumentError("figures", "be figures of the paper, 1 to 5", f"{figure} was given")
    return wanted


def _refuse_foreign(directory: Path, wanted: Sequence[int]) -> None:
    """Refuse to replace files, unless the report beside them says that an earlier run made them."""
    from hotsprings.io import check_target
    from hotsprings.studies.paper.report import MADE_BY

    report = directory / "report.md"
    if report.is_file() and MADE_BY in report.read_text(encoding="utf-8", errors="replace"):
        return
    names = [f"figure-{figure}.{suffix}" for figure in wanted for suffix in ("png", "pdf", "nc")]
    for name in ("report.md", "report.html", *names):
        if (directory / name).exists():
            check_target(directory / name, overwrite=False)


def _progress(console: Console | None) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                    console=console or Console(stderr=True))


def _figure(figure: int, directory: Path) -> Section:
    """Compute, write and draw one figure; return its section of the report."""
    from hotsprings.figures.style import paper_style
    from hotsprings.io import write_dataset, write_figure
    from hotsprings.studies.paper import claims, claims_heat, data, figures

    steps: dict[int, tuple[Any, Any, Any]] = {
        1: (None, figures.draw_1, claims.figure_1),
        2: (data.data_2, figures.draw_2, claims.figure_2),
        3: (data.data_3, figures.draw_3, claims.figure_3),
        4: (data.data_4, figures.draw_4, claims_heat.figure_4),
        5: (data.data_5, figures.draw_5, claims_heat.figure_5),
    }
    compute, draw, judge = steps[figure]
    computed: list[Any] = [compute()] if compute is not None else []
    for dataset in computed:
        write_dataset(dataset, directory / f"figure-{figure}.nc", overwrite=True)
    with paper_style():
        picture = draw(*computed)
        for suffix in ("png", "pdf"):
            write_figure(picture, directory / f"figure-{figure}.{suffix}", overwrite=True)
    section: Section = judge(*computed)
    return section
