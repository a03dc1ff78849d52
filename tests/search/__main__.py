"""``python -m tests.search``: draw systems, compare, count."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from contextlib import suppress
from pathlib import Path

BASE = 1_000_000  # seeds of one --seed


def parsed():
    """Return the command line."""
    from tests.search.families import GROUPS
    from tests.search.quantities import QUANTITIES

    parser = argparse.ArgumentParser(prog="python -m tests.search", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="systems, in equal shares of every family")
    every = [name for group in GROUPS for name in group]
    parser.add_argument("--family", action="append", choices=every, help="of these families only")
    parser.add_argument("--quantity", action="append", choices=list(QUANTITIES), help="these quantities only")
    parser.add_argument("--least", type=int, default=0, metavar="N", help="systems of N sites and more only")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other systems")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the counts into a section of a page")
    parser.add_argument("--section", default="Counts", metavar="TITLE", help="the section, replaced (Counts)")
    parser.add_argument("--replay", type=int, metavar="SEED", help="one system, with all its comparisons")
    parser.add_argument("--quiet", action="store_true", help="the tables at the end only")
    return parser.parse_args()


def _told(arguments):
    """Return the arguments that decide what is counted: not where the counts go, nor how many work at it."""
    out, skip = [], False
    for word in arguments:
        skip, here = word in ("--report", "--section", "--jobs"), skip
        if not (skip or here or word == "--quiet"):
            out.append(word)
    return out


def replay(seed, names):
    """Print one system and every comparison."""
    from tests.search.trial import try_seed

    try_seed(seed, names)  # compiles; what is timed is the second
    trial = try_seed(seed, names)
    print(f"{trial.family}, seed {seed}\n{trial.text}")
    for line in trial.lines:
        print(f"  {line.outcome:14s} {line.quantity}: {line.detail}")
    return trial


def chosen_seeds(count, seed, families, least):
    """Return seeds of the families and sizes asked for."""
    from tests.search.families import FIRST, GROUPS, case_of, group_of

    group = group_of(families[0]) if families else 0
    if families and any(group_of(name) != group for name in families):
        raise SystemExit("these families have seeds of their own: ask for them one at a time")
    names, seeds, k = list(GROUPS[group]), [], seed * BASE + group * FIRST
    while len(seeds) < count:
        asked = families is None or names[k % len(names)] in families
        if asked and (not least or case_of(k)[1].system.n_sites >= least):
            seeds.append(k)
        k += 1
    return seeds


def show(trial, count, seconds):
    """Print what is not right, and now and then how far the search is."""
    from tests.search import report

    if trial.outcome not in ("right", "told"):
        for line in report.found([trial], trial.outcome):
            print(f"[{count}] {trial.outcome}: {line}", flush=True)
    if count % 100 == 0:
        print(f"[{count}] {seconds:.0f} s", flush=True)


def main():
    asked = parsed()
    from tests.search import report
    from tests.search.pool import trials
    from tests.search.quantities import QUANTITIES

    names = tuple(asked.quantity or QUANTITIES)
    if asked.replay is not None:
        return int(replay(asked.replay, names).outcome in ("wrong", "bare exception"))
    done, start = [], time.monotonic()
    with suppress(KeyboardInterrupt):  # then what there is is counted
        for trial in trials(chosen_seeds(asked.count, asked.seed, asked.family, asked.least), names, asked.jobs):
            done.append(trial)
            if not asked.quiet:
                show(trial, len(done), time.monotonic() - start)
    print(report.summary(done))
    if asked.report is not None:
        page = asked.report.read_text(encoding="utf-8") if asked.report.exists() else ""
        counts = report.section(done, shlex.join(["python", "-m", "tests.search", *_told(sys.argv[1:])]))
        asked.report.write_text(report.written(page, asked.section, counts), encoding="utf-8")
    return int(any(t.outcome in ("wrong", "bare exception") for t in done))


if __name__ == "__main__":
    sys.exit(main())
