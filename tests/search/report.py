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


PAGE = """# The wide search

`python -m tests.search` draws open networks at random, the hard corners among them, and compares every answer with
an oracle of a hundred digits and more: exact fractions of polynomials with whole coefficients (determinant and
cofactors), undamped motion divided out exactly, integrals by Routh's table in ball arithmetic whose precision rises
until the radius leaves forty digits ([python-flint](https://python-flint.readthedocs.io), extra `search`). It shares
nothing with the package's own road: no modes, no iteration, no quadrature. Powers of the transmittance and covariances
are integrals of the same kind; quantum heat and relaxation take the zeros of the denominator and their residues, in
balls (no reference where zeros coincide). The numbers of a network are its masses, springs, pinnings and frictions as
doubles; where a stiffness matrix is given, the doubles of that matrix.

*Wrong* is an error beyond 1e-9 (of conductances, resonances, decay rates, Green elements and transmittance relative to
themselves, of temperatures and bath weights relative to the hottest bath) and beyond three times what the certificate
or, where there is none, the last bits of the network's numbers allow, without a warning. *Told*: such an error with a
warning or within what the certificate says. *Allowed*: within what those last bits can do, not told. *Refused*: a clear
error. *Slow*: more than {slow:g} s of processor time. A system counts by its worst quantity. The search is no part of
the test command; `--replay SEED` repeats one system.

This run: seeds {first} to {last}, {count} systems.

## By family

{families}

## By quantity

{quantities}

## Found

{found}
"""


def page(trials):
    """Return the page as Markdown."""
    from tests.search.trial import SLOW

    lines = [line for outcome in ("wrong", "bare exception") for line in found(trials, outcome)]
    more = f"… and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    seeds = [t.seed for t in trials]
    return PAGE.format(
        slow=SLOW, first=min(seeds), last=max(seeds), count=len(trials),
        families="\n".join(table(trials, lambda t: t.family)), quantities="\n".join(quantity_table(trials)),
        found="\n".join(["```", *lines[:SHOWN], *([more] if more else []), "```"]) if lines else "Nothing wrong.")


def summary(trials):
    """Return what the terminal shows."""
    parts = [*table(trials, lambda t: t.family), "", *quantity_table(trials)]
    for outcome in ("wrong", "bare exception", "refused", "slow"):
        parts += ["", f"{outcome}:", *found(trials, outcome)] if found(trials, outcome) else []
    return "\n".join(parts)
