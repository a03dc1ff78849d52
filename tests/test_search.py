"""The oracle of the wide search against another road, and the judge of its verdicts (needs the extra ``search``)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import hotsprings as hs

pytest.importorskip("flint")

from tests.oracles.network_cases import cases
from tests.search.exact import Case
from tests.search.families import FAMILIES, case_of
from tests.search.oracle import Oracle
from tests.search.trial import Line, Trial, judge, try_case

STORED = json.loads((Path(__file__).parent / "oracles" / "network_references.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("record", [r for r in STORED if len(r["bath_weight"]) <= 16], ids=lambda r: r["name"])
def test_exact_fractions_agree_with_smiths_doubling(record):
    """Neither knows of the other: 25 digits of a Lyapunov equation, stored, and Routh's table."""
    oracle = Oracle(Case(cases()[record["name"]]))
    np.testing.assert_allclose(oracle.bath_weight(), np.array(record["bath_weight"], dtype=object).astype(float),
                               rtol=0, atol=4e-16)
    C = np.array(record["conductance"], dtype=object).astype(float)
    np.testing.assert_allclose(oracle.conductance(), C, rtol=1e-15)


def test_resonances_and_green_elements_of_one_oscillator():
    """ω = (iγ ± sqrt(4km - γ²))/2m and G = 1/(k - mω² + iωγ)."""
    oracle = Oracle(Case(hs.OpenNetwork(hs.Chain([2.0], k0=3.0), [hs.Bath(0, 1.0, 0.5)])))
    expected = (0.5j + np.array([-1.0, 1.0]) * np.sqrt(24.0 - 0.25)) / 4.0
    np.testing.assert_allclose(np.sort_complex(oracle.resonances()), np.sort_complex(expected), rtol=1e-15)
    assert oracle.green(0.7, 0, 0)[0] == pytest.approx(1.0 / (3.0 - 2.0 * 0.49 + 0.35j), rel=1e-15)
    assert oracle.closed.tolist() == [1.5]


def test_undamped_motion_is_counted():
    """Five equal sites joined all to all, two baths: two relative motions of three sites are dark; nothing holds it."""
    oracle = Oracle(Case(hs.OpenNetwork(hs.Springs(np.ones(5), 5.0 * np.eye(5) - np.ones((5, 5))),
                                        [hs.Bath(0, 1.0), hs.Bath(1, 0.5, 2.0)])))
    assert (oracle.n_dark, oracle.n_free, oracle.n_resonances) == (2, 1, 5)


def test_the_whole_flux_is_the_conductance():
    system = hs.OpenNetwork(hs.Chain([1.0, 2.0, 1.5], [1.0, 0.7], 0.2), [hs.Bath(0, 1.5), hs.Bath(2, 0.5, 0.3)])
    oracle = Oracle(Case(system))
    assert oracle.cumulative(1e9, 0, 1) == pytest.approx(oracle.conductance()[0, 1], rel=1e-14)


@pytest.mark.parametrize(("error", "allowed", "warned", "certified", "outcome"), [
    (1e-9, 0.0, False, True, "right"), (1.1e-9, 0.0, False, True, "wrong"), (1.1e-9, 0.0, True, True, "told"),
    (1e-6, 3.4e-7, False, True, "told"), (1e-6, 3.3e-7, False, True, "wrong"), (1e-6, 1e-6, False, False, "allowed"),
    (float("inf"), 1.0, False, True, "wrong")])
def test_verdicts(error, allowed, warned, certified, outcome):
    assert judge(error, allowed, warned, certified) == outcome


def test_a_system_counts_by_its_worst():
    lines = [Line("a", "right", ""), Line("b", "wrong", ""), Line("c", "no reference", "")]
    assert Trial(0, "chain", "", lines).outcome == "wrong"
    assert Trial(0, "chain", "", lines[:1]).outcome == "right"


def wrong(trial):
    return [line.quantity for line in trial.lines if line.outcome == "wrong"]


def test_a_wrong_answer_is_found(monkeypatch):
    """Negative control: a conductance off by 1e-8 is called wrong, as it stands it is right."""
    system = hs.OpenNetwork(hs.MeanField([1.0, 1.5, 0.7], k0=0.3), [hs.Bath(0, 1.5), hs.Bath(2, 0.5)])
    case = Case(system, np.full((3, 3), 0.5), system.network.k0)
    assert wrong(try_case(0, "mean field", case, ("steady_state",))) == []
    solve = hs.steady_state

    def off(asked):
        state = solve(asked)
        object.__setattr__(state, "conductance", state.conductance * (1.0 + 1e-8))
        return state

    monkeypatch.setattr(hs, "steady_state", off, raising=False)
    assert wrong(try_case(0, "mean field", case, ("steady_state",))) == ["conductance"]


def test_a_seed_says_all_of_a_system():
    for seed in range(len(FAMILIES)):
        (name, one), (again, two) = case_of(seed), case_of(seed)
        assert name == again == list(FAMILIES)[seed]
        assert one.system.parameters() == two.system.parameters()
