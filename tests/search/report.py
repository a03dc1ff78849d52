"""Counts as a table, and the page of the documentation."""

from __future__ import annotations

from collections import Counter

from tests.search.families import FAMILIES
from tests.search.trial import OUTCOMES

SHOWN = 40


def table(trials, key):
    """Return lines of a Markdown table: outcomes of systems by ``key`` (a family or …), the sum below."""
    rows = [(key(t), t.outcome) for t in trials]
    return _table(rows, "systems")


def quantity_table(trials):
    """Return the same for every quantity that was compared."""
    return _table([(line.quantity, line.outcome) for t in trials for line in t.lines], "comparisons")


def _table(rows, what):
    names = list(dict.fromkeys([name for name in FAMILIES if any(r[0] == name for r in rows)] + [r[0] for r in rows]))
    lines = [f"| | {what} | " + " | ".join(OUTCOMES) + " |", "|---|" + "---:|" * (len(OUTCOMES) + 1)]
    for name in [*names, "all"]:
        count = Counter(outcome for key, outcome in rows if name in (key, "all"))
        lines.append(f"| {name} | {sum(count.values())} | " + " | ".join(str(count[o]) for o in OUTCOMES) + " |")
    return lines


def found(trials, outcome):
    """Return a reproducible line for each system that came out so."""
    lines = []
    for t in sorted(trials, key=lambda t: t.seed):
        worst = [line for line in t.lines if line.outcome == outcome]
        if worst and t.outcome == outcome:
            says = "; ".join(f"{line.quantity}: {line.detail[:90]}" for line in worst[:2])
            lines.append(f"python -m tests.search --replay {t.seed}   # {t.family}: {says}")
    return lines


def section(trials, command):
    """Return the counts as Markdown, below the command that made them."""
    lines = [line for outcome in ("wrong", "bare exception") for line in found(trials, outcome)]
    more = [f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    shown = ["```", *lines[:SHOWN], *more, "```"] if lines else ["Nothing wrong, no bare exception."]
    return "\n".join([f"`{command}`", "", *table(trials, lambda t: t.family), "", *quantity_table(trials), "", *shown])


def written(text, title, counts):
    """Return a page with the section of this title, up to the next one, replaced; at its end where there is none."""
    head = f"## {title}\n"
    before, found_head, rest = text.partition(head)
    after = rest[rest.index("\n## ") + 1 :] if "\n## " in rest else ""
    return f"{before.rstrip()}\n\n{head}\n{counts}\n" + (f"\n{after}" if found_head and after else "")


def summary(trials):
    """Return what the terminal shows."""
    parts = [*table(trials, lambda t: t.family), "", *quantity_table(trials)]
    for outcome in ("wrong", "bare exception", "refused", "slow"):
        parts += ["", f"{outcome}:", *found(trials, outcome)] if found(trials, outcome) else []
    return "\n".join(parts)
