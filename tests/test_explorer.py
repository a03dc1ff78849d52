"""The explorer without its page: what the controls change, what is computed, what is written."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tomllib
import types

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.config import ModelError, example, parse_model
from hotsprings.errors import ArgumentError
from hotsprings.explorer import answers, sizes, words
from hotsprings.explorer.motion import motion
from hotsprings.explorer.presets import NETWORKS, PRESETS, fresh_network
from hotsprings.explorer.subject import Subject, most_sites, toml_text

KINDS = ("mean-field", "power-law", "lattice", "chain", "random-springs", "random-chain", "ion-crystal")


def two_ends(network):
    return hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])


# Presets

@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_model_file_that_run_takes(name):
    subject = Subject(PRESETS[name])
    again = parse_model(subject.text()).system()
    assert again.parameters() == subject.system().parameters()
    assert tomllib.loads(subject.text()) == PRESETS[name]


@pytest.mark.parametrize(("name", "flux"), [
    ("Fig. 2: free, identical masses", hs.theory.heat_flux_identical(100)),
    ("Fig. 2: the same without Kac factor", hs.theory.heat_flux_identical(100, n_tilde=1.0)),
    ("Fig. 3: pinned, identical masses", hs.theory.heat_flux_identical(100, k0=1.0)),
    ("Fig. 5: graded profile, free", 0.02506873816),  # from 50-digit arithmetic, known here to its last digit
])
def test_a_preset_carries_the_exact_flux(name, flux):
    found = answers.answer(Subject(PRESETS[name]).system())
    assert found.state.heat_flux[0] == pytest.approx(flux, rel=1e-12, abs=5e-12)


def test_the_closed_form_is_exact_for_identical_masses_only():
    for name, exact in (("Fig. 3: pinned, identical masses", True), ("Fig. 5: graded profile, free", False)):
        system = Subject(PRESETS[name]).system()
        form, flux = answers.closed_form(system), hs.steady_state(system).heat_flux[0]
        assert form is not None
        assert form.exact is exact
        assert bool(flux == pytest.approx(form.heat_flux, rel=1e-12)) is exact
    assert answers.closed_form(two_ends(hs.Chain(np.ones(4)))) is None
    assert answers.closed_form(two_ends(hs.MeanField(np.ones(3), k0=[0.0, 1.0, 0.0]))) is None


# Subjects

@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_can_be_turned_to(kind):
    document = fresh_network(kind, PRESETS["Fig. 4: random masses, bare"], 30)
    system = Subject(document).system()
    assert system.network.n_sites == (48 if kind == "lattice" else 30)
    assert answers.answer(system).state.certificate.holds


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_opens_and_keeps_its_system(kind, tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(example(kind), encoding="utf-8")
    subject = Subject.of(path)
    assert subject.system().parameters() == parse_model(example(kind)).system().parameters()
    assert parse_model(subject.text()).system().parameters() == subject.system().parameters()


def test_what_a_file_leaves_out_gets_a_control(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text('[network]\nkind = "mean-field"\n[masses]\nkind = "random"\nn = 9\n[[baths]]\nsite = 0\n'
                    "temperature = 1.0\n[dynamics]\nduration = 10.0\ndt = 0.1\n", encoding="utf-8")
    document = Subject.of(path).document
    assert document["network"] == {"kind": "mean-field", "k": 1.0, "k0": 0.0, "kac": True}
    assert document["masses"] == {"kind": "random", "n": 9, "mean": 1.0, "spread": 0.1, "seed": 0}
    assert document["baths"] == [{"site": 0, "temperature": 1.0, "friction": 1.0}]
    assert "dynamics" not in document


def test_a_system_made_in_python_keeps_its_network():
    system = two_ends(hs.Springs(np.ones(3), [[1, -1, 0], [-1, 2, -1], [0, -1, 1]]))
    subject = Subject.of(system)
    hotter = subject.with_entry(("baths", 0, "temperature"), 3.0).system()
    assert hotter.network is system.network
    assert hotter.temperature.tolist() == [3.0, 0.5]
    with pytest.raises(ArgumentError, match="made in Python"):
        subject.text()


def test_sizes_are_bounded_before_anything_is_built(tmp_path):
    for kind in NETWORKS:
        subject = Subject(fresh_network(kind, PRESETS["Fig. 5: graded profile, free"], 20))
        key = subject.size_key or ("network", "shape", 0)
        with pytest.raises(ArgumentError, match="be at most"):
            subject.with_entry(key, most_sites(kind) + 1).system()
        with pytest.raises(ArgumentError, match="be at most"):
            subject.with_entry(key, 10**15).system()
    path = tmp_path / "large.toml"
    path.write_text(example("mean-field").replace("n = 100 ", "n = 5000000 "), encoding="utf-8")
    with pytest.raises(ArgumentError, match="be at most"):
        Subject.of(path)
    with pytest.raises(ArgumentError, match="at most 8 here"):
        Subject.of(hs.OpenNetwork(hs.Chain(np.ones(20)), hs.bath_group(range(9), 1.0)))
    with pytest.raises(ArgumentError, match="followed by hand"):
        Subject.of(two_ends(hs.Springs(np.ones(401), np.eye(401))))


@pytest.mark.parametrize(("text", "part"), [("[network", "not valid TOML"), ("network = 3", "network"),
                                            ('[network]\nkind = "nonsense"', "kind")])
def test_a_wrong_file_is_told_as_run_tells_it(tmp_path, text, part):
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=part):
        Subject.of(path)


def test_what_is_neither_file_nor_system_is_refused():
    with pytest.raises(ArgumentError, match="'model' must be the path"):
        Subject.of(3)


def test_toml_keeps_every_value():
    document = {"title": 'a "b" \\ \n é', "network": {"kind": "x", "k": 1e-300, "on": True, "list": [1.5, 2.0],
                                                      "inner": {"a": -1}}, "baths": [{"site": 0}, {"site": -1}]}
    assert tomllib.loads(toml_text(document)) == document


# Spectra

def test_the_grid_holds_the_centre_of_every_resonance_it_resolves():
    system = two_ends(hs.MeanField(hs.masses.random(300, seed=2)))
    frequency = hs.resonances(system).frequency
    omega, resolved = answers.resolving_grid(frequency, 0.0, 2.0)
    right = frequency[(frequency.real >= 0.0) & (frequency.real <= 2.0)]
    assert resolved == right.size
    assert omega.size <= 2000
    assert np.isin(right.real, omega).all()
    assert np.all(np.diff(omega) > 0.0)


def test_a_crowd_is_thinned_and_a_narrow_window_is_not():
    system = two_ends(hs.MeanField(hs.masses.random(5000, seed=2)))
    state = hs.steady_state(system)
    whole = answers.spectrum(state, 0, 1)
    assert whole.n_resolved < whole.n_inside
    assert whole.omega.size <= 2000
    narrow = answers.spectrum(state, 0, 1, (1.0, 1.001))
    assert narrow.n_resolved == narrow.n_inside > 10
    assert narrow.transmittance == pytest.approx(hs.transmittance(system, narrow.omega), rel=1e-15)


def test_a_resolved_peak_reaches_one():
    system = Subject(PRESETS["Fig. 3: pinned, identical masses"]).system()
    found = answers.spectrum(hs.steady_state(system), 0, 1)
    assert found.transmittance.max() == pytest.approx(1.0, abs=1e-3)  # linewidth/24 off the top: (1/24)² of it


def test_drawn_keeps_the_extremes():
    values = np.random.default_rng(1).standard_normal(10_001)
    shown = answers.drawn(values, 100, always=np.array([7]))
    assert shown.size <= 101
    assert {values.argmin(), values.argmax(), 7} <= set(shown)
    assert answers.drawn(values[:50], 100).size == 50


# Motion

NETS = {
    "mean-field": lambda: hs.MeanField(hs.masses.random(12, seed=3), k0=0.1),
    "equal": lambda: hs.MeanField(np.ones(6)),
    "chain": lambda: hs.Chain(hs.masses.graded(9), ends="fixed"),
    "dense": lambda: hs.random_springs(hs.masses.random(10, seed=1), seed=2),
}


@pytest.mark.parametrize("name", NETS)
def test_motion_is_the_eigenvector_of_the_damped_motion(name):
    system = two_ends(NETS[name]())
    K, m, n = system.network.stiffness(), system.network.masses, system.n_sites
    gamma = np.zeros(n)
    gamma[system.bath_sites] = system.friction
    companion = np.block([[np.zeros((n, n)), np.eye(n)], [-K / m[:, None], -np.diag(gamma / m)]])
    values, vectors = np.linalg.eig(companion)
    for omega in hs.resonances(system).frequency:
        found = motion(system, omega)
        assert found.residual < 1e-12
        expected = vectors[:n, np.argmin(np.abs(values - 1j * omega))]
        overlap = abs(np.vdot(expected, found.amplitude)) / np.linalg.norm(expected) / np.linalg.norm(found.amplitude)
        assert overlap == pytest.approx(1.0, abs=1e-8)
        assert np.abs(found.amplitude).max() == pytest.approx(1.0, rel=1e-14)
        assert 1.0 <= found.participation <= n * (1.0 + 1e-12)


def test_a_wrong_frequency_has_a_residual():
    system = two_ends(NETS["chain"]())
    assert motion(system, hs.resonances(system).slowest * 1.1).residual > 1e-4


# J(N)

def test_flux_against_size_is_the_conductance_of_each_size():
    subject = Subject(PRESETS["Fig. 2: free, identical masses"])
    points = list(sizes.flux_against_size(subject, 0, 1))
    assert len(points) == 14
    for n, value, closed in points:
        assert value == pytest.approx(hs.theory.heat_flux_identical(n), rel=1e-12)
        assert closed == pytest.approx(value, rel=1e-12)


def test_the_curve_depends_on_neither_size_nor_temperature():
    subject = Subject(PRESETS["Fig. 4: graded masses, Kac"])
    key = sizes.curve_key(subject, 0, 1)
    assert sizes.curve_key(subject.with_entry(("masses", "n"), 77), 0, 1) == key
    assert sizes.curve_key(subject.with_entry(("baths", 0, "temperature"), 9.0), 0, 1) == key
    assert sizes.curve_key(subject.with_entry(("network", "k"), 9.0), 0, 1) != key
    assert sizes.curve_key(subject, 1, 0) != key


def test_a_network_without_a_size_has_no_curve():
    assert sizes.sizes_of(Subject.of(two_ends(hs.Chain(np.ones(5))))) == []


# Words

def test_what_was_typed_is_escaped():
    text = words.mistake(ArgumentError("k", "be a number", "<script>alert(1)</script> was given"))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


# The command

def test_importing_the_package_and_help_leave_panel_alone():
    code = ("import sys, hotsprings, hotsprings.cli; hotsprings.explore; hotsprings.cli.main(['--help']);"
            "sys.exit(any(name.split('.')[0] in ('panel', 'bokeh') for name in sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("arguments", "part"), [
    (["no-such.toml"], "there is no such file"), (["--port", "70000"], "'port' must be from 0"),
    (["--port", "-1"], "port"),
])
def test_wrong_arguments_are_refused(arguments, part, capsys, monkeypatch, tmp_path):
    from hotsprings.cli import main

    monkeypatch.chdir(tmp_path)
    assert main(["explore", "--no-browser", *arguments]) == 2
    assert part in capsys.readouterr().err


def test_without_panel_the_command_says_what_to_install(capsys, monkeypatch):
    from hotsprings.cli import main

    monkeypatch.setitem(sys.modules, "panel", None)
    assert main(["explore", "--no-browser"]) == 2
    assert 'pip install "hotsprings[explore]"' in capsys.readouterr().err


def test_only_a_page_that_went_is_passed_over():
    import asyncio

    pytest.importorskip("panel")
    from tornado.websocket import WebSocketClosedError

    from hotsprings.explorer.server import quiet_where_a_page_went

    loop, told = asyncio.new_event_loop(), []
    loop.default_exception_handler = told.append
    for error in (WebSocketClosedError(), ValueError("other")):
        quiet_where_a_page_went(loop, {"message": "lost", "exception": error})
    quiet_where_a_page_went(loop, {"message": "no exception"})
    loop.close()
    assert [each.get("exception").__class__ for each in told] == [ValueError, type(None)]


def test_a_line_of_the_log_is_passed_over_only_where_a_page_went():
    import logging

    from hotsprings.explorer.server import not_of_a_page_that_went

    def told(text):
        return not_of_a_page_that_went(logging.LogRecord("bokeh", logging.WARNING, "", 0, text, (), None))

    assert not told("Failed sending message as connection was closed")
    assert told("Failed sending message due to following error: other")


def test_work_starts_when_the_browser_has_the_page(monkeypatch):
    pn = pytest.importorskip("panel")
    from bokeh.document import Document
    from panel.io.document import MockSessionContext
    from panel.io.state import set_curdoc

    from hotsprings.explorer.page import Page

    document, loaded = Document(), []
    document._session_context = lambda: MockSessionContext(document=document)
    with set_curdoc(document):
        monkeypatch.setattr(pn.state, "onload", loaded.append)
        page = Page(Subject(PRESETS["Fig. 5: graded profile, free"]))
        assert not document.session_callbacks
        assert page.answer is None
        loaded.pop()()
        assert len(document.session_callbacks) == 1
    assert not loaded


@pytest.fixture
def page():
    pytest.importorskip("panel")
    from hotsprings.explorer.page import Page

    return Page(Subject(PRESETS["Fig. 5: graded profile, free"]))


def marks(page):
    return {name: panel.styles.get("--mark", "none") for name, panel in page.cards.panels.items()}


def test_panels_are_marked_as_old_until_each_is_new(page):
    assert "all is shown" in page.cards.status.object
    assert set(marks(page).values()) == {"none"}
    next_one = Subject(PRESETS["Fig. 4: graded masses, Kac"])
    page._schedule = lambda wait=0.0: None
    page._changed(next_one)
    assert set(marks(page).values()) == {'"out of date"'}
    assert "shown: mean-field, N = 20; at work: mean-field, N = 300" in page.cards.status.object
    assert page._advance()
    old = {name for name, mark in marks(page).items() if mark != "none"}
    assert old == {"motion", "flux", "size"}
    assert "mean-field, N = 300 solved in" in page.cards.status.object
    page.finish()
    assert set(marks(page).values()) == {"none"}


def test_what_is_solved_at_once_is_not_announced(page):
    """A mark on each card has the browser style the page twice; a hand on a slider would wait for that."""
    page._schedule = lambda wait=0.0: None
    page.answer = dataclasses.replace(page.answer, seconds=0.01)
    page._changed(page.shown.with_entry(("network", "k"), 1.1))
    assert set(marks(page).values()) == {"none"}
    assert page._advance()
    assert {name for name, mark in marks(page).items() if mark != "none"} == {"motion", "flux", "size"}
    page.answer = dataclasses.replace(page.answer, seconds=1.0)
    page._changed(page.shown.with_entry(("network", "k"), 1.2))
    assert set(marks(page).values()) == {'"out of date"'}
    page.finish()
    assert set(marks(page).values()) == {"none"}


class Bell:
    """A stand-in for the browser, and for the loop that wakes the page."""

    def __init__(self, page):
        self.page, self.waits, self.dropped = page, [], 0
        page._schedule = self.schedule
        page.cards.ask_painted = lambda: True

    def schedule(self, wait=0.0, work=None):
        self.page._drop()
        self.page._drop = self.drop
        self.waits.append(wait)
        self.work = work or self.page._step

    def drop(self):
        self.dropped += 1


def test_a_change_waits_for_nothing_that_was_left_to_do(page):
    bell = Bell(page)
    page._changed(page.shown.with_entry(("network", "k"), 1.1))
    page._changed(page.shown.with_entry(("network", "k"), 1.2))
    assert len(bell.waits) == 1  # the first of two that come together is not worked on
    page._step()
    assert page.answer.state.system.network.k == 1.2
    assert bell.waits[1] >= 1.0  # time for the browser to tell that it has painted that
    page._painted()
    assert bell.dropped == 1
    page._changed(page.shown.with_entry(("network", "k"), 1.3))
    assert bell.dropped == 2
    assert bell.waits[3] < 0.1 * bell.waits[2] < 0.1 * bell.waits[1]
    page._painted()  # told of the picture before
    assert len(bell.waits) == 4
    page._step()
    assert page.answer.state.system.network.k == 1.3
    page.finish()
    assert "all is shown" in page.cards.status.object


def test_one_more_word_follows_the_last_change(page, monkeypatch):
    """Panel may keep a message until another one comes: the last one, that all is shown, would never come."""
    bell, asked = Bell(page), []
    session = types.SimpleNamespace(curdoc=types.SimpleNamespace(session_context="a browser's"))
    monkeypatch.setattr("hotsprings.explorer.page.pn.state", session)
    page.cards.ask_painted = lambda: bool(asked.append(page.cards.status.object)) or True
    page._changed(page.shown.with_entry(("network", "k"), 1.1))
    while bell.work == page._step:
        bell.work()
    assert len(asked) == 1  # after the first step
    bell.work()
    assert "all is shown" in asked[1]
    waits = len(bell.waits)
    page._painted()  # the browser answers: nothing is left to do
    assert len(bell.waits) == waits
    page._ranked(1)  # another motion, and one more word
    assert len(bell.waits) == waits + 1
    bell.work()
    assert len(asked) == 3


def test_a_cumulative_flux_is_found_in_pieces_that_make_a_whole(page, monkeypatch):
    whole = page.cards.flux.curve.data["y"]
    monkeypatch.setattr("hotsprings.explorer.page.PIECE", 1e3)
    assert len(list(page._cumulative())) >= 16
    assert page.cards.flux.curve.data["y"] == pytest.approx(whole, rel=1e-12, abs=1e-15)


def test_what_a_spectrum_warns_of_stands_below_it(page, recwarn):
    masses = {"kind": "random", "n": 100, "spread": 0.1, "seed": 1}
    baths = PRESETS["Fig. 5: graded profile, free"]["baths"]
    state = hs.steady_state(Subject({"network": {"kind": "power-law", "k": 1.0, "alpha": 1.5}, "masses": masses,
                                     "baths": baths}).system())
    found = answers.spectrum(state, 0, 1)
    assert found.warnings
    page.cards.spectrum(found, state, answers.heat_window(state), True)
    assert "known to" in page.cards.notes["spectrum"].object
    assert not [each for each in recwarn if "known to" in str(each.message)]


def test_ranges_follow_the_numbers_but_not_each_of_them():
    pytest.importorskip("bokeh")
    from hotsprings.explorer.ranges import axis_range, fit, room

    axis = axis_range(0.0, 1.0)
    fit(axis, np.array([2.0, 4.0]))
    first = (axis.start, axis.end)
    assert first[0] < 2.0 < 4.0 < first[1]
    fit(axis, np.array([2.05, 4.1]))
    assert (axis.start, axis.end) == first  # it has room for these
    fit(axis, np.array([2.05, 5.0]))
    assert axis.end > 5.0
    fit(axis, np.array([2.05, 2.5]))
    assert axis.end < 3.0
    low, high = room(np.array([0.0, 1e-12, 1e-3, np.inf]), (1.0, 10.0), logarithmic=True)
    assert 1e-14 < low < 1e-12 < 1e-3 < high < 1.0
    assert room(np.array([np.nan]), (1.0, 2.0)) == (1.0, 2.0)
    low, high = room(np.full(3, 1.5), (0.0, 1.0))
    assert low < 1.5 < high
    assert high - low > 1e-3


def test_a_range_the_reader_has_zoomed_stays():
    pytest.importorskip("bokeh")
    from hotsprings.explorer.ranges import axis_range, fit

    axis = axis_range(0.0, 1.0)
    axis.update(start=0.4, end=0.6)
    fit(axis, np.array([2.0, 4.0]))
    assert (axis.start, axis.end) == (0.4, 0.6)
    assert axis.reset_end > 4.0
    axis.update(start=axis.reset_start, end=axis.reset_end)  # as the button does
    fit(axis, np.array([20.0, 40.0]))
    assert axis.start < 20.0 < 40.0 < axis.end


def test_what_is_there_already_is_not_sent_again():
    pytest.importorskip("bokeh")
    from bokeh.models import ColumnDataSource

    from hotsprings.explorer.pictures import put

    source, sent = ColumnDataSource({"x": [], "y": []}), []
    source.on_change("data", lambda attr, old, new: sent.append(new))
    for column in ([], [1.0, np.nan], [1.0, np.nan], [1.0, 2.0]):
        put(source, x=np.arange(len(column)), y=np.array(column))
    assert len(sent) == 2


def test_panels_stay_marked_where_the_next_system_is_refused(page):
    page._changed(page.shown.with_entry(("network", "k"), -1.0))
    assert "not solved" in page.cards.status.object
    assert set(marks(page).values()) == {'"out of date"'}
    page._changed(page.shown)
    assert set(marks(page).values()) == {"none"}


def test_baths_between_the_hottest_and_the_coldest_have_a_colour_of_their_own():
    pytest.importorskip("bokeh")
    from hotsprings.explorer.pictures import bath_colours

    assert len(set(bath_colours(np.array([1.5, 0.5, 1.0])))) == 3
    assert len(set(bath_colours(np.array([1.0, 1.0])))) == 1


def test_the_closed_form_has_its_difference_named():
    system = Subject(PRESETS["Fig. 2: free, identical masses"]).system()
    table = words.numbers_table(answers.answer(system), answers.closed_form(system), "bath 0", "bath 1")
    assert "relative difference of the exact flux from the closed form" in table
