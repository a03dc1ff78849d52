"""The report: every number and statement of the paper beside the exact one, as Markdown and HTML."""

from __future__ import annotations

from collections.abc import Sequence

from hotsprings import __version__
from hotsprings.studies.paper.rows import FAILS, Row, Section

__all__ = ["MADE_BY", "as_html", "as_markdown"]

MADE_BY = "Made by hotsprings"
N_FIGURES = 5

_INTRODUCTION = """\
Every number and statement of L. Defaveri, C. Olivares and C. Anteneodo,
[arXiv:2111.01332](https://arxiv.org/abs/2111.01332), beside the exact answer. "Exact" are finite sums
over the resonances of the network, each certified by the identities it must satisfy; no integral is done by
quadrature. Units: k_B = 1, mean mass 1. T_L = 1.5, T_R = 0.5 where temperatures matter.

*Holds*: to rounding, or to the digits shown. *Holds to leading order*: with the accuracy given. *Does not hold*: with
the number that says so.
"""

_STYLE = """\
body{font:16px/1.5 Georgia,serif;color:#222;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1,h2{color:#4b2a6f;line-height:1.2}table{border-collapse:collapse;width:100%;font-size:.86rem;margin:1rem 0}
th,td{border:1px solid #ddd;padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#f4eef8}td:first-child{width:32%}td:last-child{width:18%}tr:nth-child(even){background:#fbfafc}
img{max-width:100%}td strong{color:#b3261e}
"""


def as_markdown(sections: Sequence[Section]) -> str:
    """Return the report as Markdown: what does not hold first, then a section per topic."""
    made = f"{MADE_BY} {__version__}, `hotsprings paper`."
    parts = ["# The paper, checked", _INTRODUCTION, made, _summary(sections)]
    parts += [_section(section) for section in sections]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _summary(sections: Sequence[Section]) -> str:
    """Return the count of verdicts and the list of what does not hold."""
    rows = [row for section in sections for row in section.rows if row.verdict != "misprint"]
    failing = [row for row in rows if FAILS in row.verdict]
    n_leading = sum("leading" in row.verdict for row in rows if row not in failing)
    figures = [section.figure for section in sections if section.figure]
    lines = ["## In short"]
    if len(figures) < N_FIGURES:
        lines.append(f"Only the statements on Fig. {', '.join(map(str, figures))}; `hotsprings paper` makes them all.")
    lines.append(f"{len(rows)} statements: {len(rows) - n_leading - len(failing)} hold, {n_leading} hold to "
                 f"leading order, {len(failing)} do not hold, at all or everywhere" + (":" if failing else "."))
    lines.append("\n".join(f"- {row.statement}: {row.exact}. **{row.verdict}**" for row in failing))
    return "\n\n".join(lines)


def _section(section: Section) -> str:
    heading = f"## Fig. {section.figure}: {section.title}" if section.figure else f"## {section.title}"
    parts = [heading]
    if section.figure:
        name = f"figure-{section.figure}"
        data = f", [data]({name}.nc)" if section.figure > 1 else ""
        parts += [f"![Fig. {section.figure}]({name}.png)", f"{section.caption} ([PDF]({name}.pdf){data})"]
    elif section.caption:
        parts.append(section.caption)
    if section.rows:
        parts.append("\n".join(["| the paper | exact | verdict |", "|---|---|---|", *map(_line, section.rows)]))
    return "\n\n".join(parts)


def _line(row: Row) -> str:
    """Return one row of a table; what does not hold is bold."""
    verdict = f"**{row.verdict}**" if FAILS in row.verdict else row.verdict
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (row.statement, row.exact, verdict)) + " |"


def as_html(markdown: str) -> str:
    """Return the Markdown report as one self-contained page (figures are linked beside it)."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark").enable("table").render(markdown)
    return ("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            f"<title>The paper, checked</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n")
