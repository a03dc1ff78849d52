"""What notebooks show: tables in the colours of the page, escaped, and short."""

from __future__ import annotations

import sys
import types
from html.parser import HTMLParser

import numpy as np
import pytest

import hotsprings as hs


class Balanced(HTMLParser):
    """Counts tags, and fails where they do not close in order."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.rows = [], "", 0

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.rows += tag == "tr"

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(thing):
    html = thing._repr_html_()
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert "#" not in html.replace("&#x27;", "'")  # no colour of its own: the page's, light or dark
    assert "color:inherit" in html
    return parser


@pytest.fixture(scope="module")
def state():
    baths = hs.bath_group([0, 1], 1.5, name="hot <b>") + hs.bath_group([5, 6], 0.5, name="cold")
    return hs.steady_state(hs.OpenNetwork(hs.MeanField(np.linspace(0.8, 1.3, 7), k0=0.2), baths))


def test_every_noun_has_a_table(state):
    plan = hs.Plan(lambda n: state.system, {"n": [4, 8]}, title="sizes")
    words = {state.system.network: "N=7", state.system: "cold", state: "J/ΔT", state.resonances: "lifetime",
             state.certificate: "pole sum", plan: "2"}
    for thing, word in words.items():
        assert word in read(thing).text
    assert "Rotors" in read(hs.Rotors(hs.Chain([1, 1]))).text
    assert "Kirchhoff" in read(hs.bond_currents(state.system)).text
    assert "7 sites" in read(hs.covariance(state.system)).text
    assert "interval" in read(hs.fit_exponent([1, 2, 4, 8], [1.0, 0.5, 0.25, 0.126], [0.01] * 4)).text


def test_currents_name_the_springs_that_carry_most(state):
    currents = hs.bond_currents(state.system)
    k = int(np.abs(currents.heat_flux).argmax())
    i, j = currents.bonds[k]
    parser = read(currents)
    assert f"{i} → {j}{currents.heat_flux[k]:+.10g}" in parser.text
    assert parser.rows == 7


def test_a_card_says_its_name_once(state):
    assert read(hs.covariance(state.system)).text.count("Covariance") == 1


def test_a_motion_is_told_in_a_line():
    system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    assert repr(hs.mean_motion(system, [0.0, 1.0], kick=0)) == (
        "MeanMotion of 2 sites at 2 times, positions up to 0.5197, velocities up to 1")


def test_names_are_escaped(state):
    for thing in (state, state.system):
        assert "hot <b>" in read(thing).text  # as text, not as a tag


def test_long_tables_are_cut():
    system = hs.OpenNetwork(hs.Chain(np.ones(64)), hs.bath_group(range(64), 1.0))
    parser = read(system)
    assert parser.rows == 13
    assert "… 52 more …" in parser.text


def test_a_certificate_is_a_sentence(state):
    text = str(state.certificate)
    assert text.startswith("Certified: all 14 resonances were found, the identities of the stationary state hold to ")
    assert text.endswith(".")
    from dataclasses import replace

    missing = str(replace(state.certificate, n_resonances=13))
    assert missing.startswith("Not certified: 13 of 14 resonances were found")
    assert "fail to inf" in missing


# Progress in a notebook: by its own display, which a module of this name stands for here.

@pytest.fixture
def page(monkeypatch):
    shown: list[str] = []

    class Handle:
        def update(self, html):
            shown.append(html)

    def display(html, display_id):
        assert display_id
        shown.append(html)
        return Handle()

    shell = type("ZMQInteractiveShell", (), {})()
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: shell
    pages = types.ModuleType("IPython.display")
    pages.HTML, pages.display = str, display
    ipython.display = pages
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", pages)
    return shown


def two(n):
    return hs.OpenNetwork(hs.Chain(np.ones(n)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])


def test_a_sweep_shows_a_bar_in_a_notebook_and_takes_it_away(page):
    hs.sweep(hs.Plan(two, {"n": [4, 5]}, title="a < b"), workers=1)
    assert page[0] == "a &lt; b"
    assert any("2 of 2 tasks" in html and '<progress value="1.0000"' in html for html in page)
    assert page[-1] == ""


def test_a_simulation_shows_a_bar_with_the_time_left(page):
    hs.dynamics.simulate(two(4), 500.0, 0.1, replicas=2)
    assert page[0] == "4 sites, 2 replicas"
    assert any('value="1.0000"' in html and " left" in html for html in page)
    assert page[-1] == ""


def test_a_large_solution_tells_its_stages(page):
    from hotsprings import progress

    with progress.shown(progress.LARGE):
        progress.report("sorting the sites")
    assert page[0] == f"{progress.LARGE:,} sites"
    assert "sorting the sites" in page[1]
    del page[:]
    with progress.shown(progress.LARGE - 1):
        progress.report("sorting the sites")
    assert page == []


def test_without_a_notebook_nothing_is_displayed(capsys):
    hs.sweep(hs.Plan(two, {"n": [4]}), workers=1)
    assert capsys.readouterr() == ("", "")
