"""The parts of the benchmarks that time nothing."""

from __future__ import annotations

import re
import types

import numpy as np
import pytest
from benchmarks import crossover, explorer, feel, methods, page, timing
from benchmarks.results import Table
from benchmarks.speed import goal
from benchmarks.timing import Timing, duration, medians


def test_crossing_lies_where_the_ratio_passes_one():
    n = np.array([100.0, 200.0, 400.0, 800.0])
    assert crossover.crossing(n, (n / 300.0) ** 2) == pytest.approx(300.0)
    assert crossover.crossing(n, n / 50.0) is None


def test_exponents_are_those_of_the_power_law():
    points = [methods.Point("a", n, Timing([1e-9 * n**3], [0.0])) for n in (10, 100, 1000)]
    points.append(methods.Point("b", 10, failure="singular"))
    assert methods.exponents(points) == {"a": pytest.approx(3.0)}


def test_a_goal_is_reached_or_not():
    assert goal("", "", 300.0, least=300.0)[-1] == "yes"
    assert goal("", "", 6.1, most=6.0)[-1] == "no"


def test_a_goal_of_the_explorer_is_judged_by_the_speed_of_the_machine():
    assert explorer.reached(0.14, 0.15, loop=1.0) == "yes"
    assert explorer.reached(0.29, 0.15, loop=1.0) == "yes at that speed"  # half a second on a core of today
    assert explorer.reached(0.31, 0.15, loop=1.0) == "no"
    assert explorer.reached(0.16, 0.15, loop=0.4) == "no"


def test_an_import_takes_time():
    """It was once the difference of two noisy times, and came out below zero."""
    assert 0.0 < feel.imported() < 60.0


def test_page_replaces_what_is_between_the_markers_only(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    page.PAGE.write_text("before\n<!-- begin t -->\nold\n<!-- end t -->\nafter\n")
    page.write([Table("t", "", ("a", "b"), [("1", "x|y")], "Note.")])
    assert page.PAGE.read_text() == (
        "before\n<!-- begin t -->\n| a | b |\n| --- | --- |\n| 1 | x\\|y |\n\nNote.\n<!-- end t -->\nafter\n")
    with pytest.raises(ValueError, match="begin u"):
        page.write([Table("u", "", ("a",), [])])


def test_the_page_has_each_marker_once():
    names = re.findall(r"<!-- begin (\w+) -->", page.PAGE.read_text(encoding="utf-8"))
    assert len(set(names)) == len(names) == len(re.findall(r"<!-- end \w+ -->", page.PAGE.read_text(encoding="utf-8")))


def test_first_call_never_counts(monkeypatch):
    """It may compile: counted as a peer's time it would make this package look faster than it is."""
    now, calls = [0.0], []

    def passes(seconds):
        now[0] += seconds

    def slow_at_first():
        passes(0.004 if calls else 0.3)
        calls.append(None)

    monkeypatch.setattr(timing, "time", types.SimpleNamespace(
        perf_counter=lambda: now[0], process_time=lambda: now[0], sleep=passes))
    (found,) = medians(0.01, slow_at_first)
    assert len(found.wall) >= 1
    assert max(found.wall) == pytest.approx(0.004)


def test_durations_are_told_in_handy_units():
    assert [duration(s) for s in (12.34, 0.01234, 1.2e-5)] == ["12.3 s", "12.3 ms", "12 µs"]
