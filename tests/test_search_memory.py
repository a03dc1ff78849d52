"""The oracles of baths with memory and of motion in time against the theory page, and what the search found there."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs

pytest.importorskip("flint")

from tests.oracles.cases import mean_field, springs
from tests.oracles.open_cases import case
from tests.search import counted
from tests.search.exact import Case, of_system
from tests.search.families import FIRST, case_of
from tests.search.leads import LeadOracle
from tests.search.moments import Moments
from tests.search.oracle import Oracle
from tests.search.propagation import correlated, energy_current, moved
from tests.search.remembering import RememberingOracle
from tests.search.trial import try_case
from tests.search_cases import wrong_conductances

NEAR = {"rel": 1e-14, "abs": 0.0}
PINNED = springs(4) + np.diag([0.2, 0.3, 0.1, 0.25])


def wrong(trial):
    return [line.quantity for line in trial.lines if line.outcome == "wrong"]


def test_drude_baths_against_the_theory_page():
    o = RememberingOracle(of_system(mean_field(0.5, memory=True)))
    m = Moments(o)
    assert o.conductance()[0, 1] == pytest.approx(0.05925815677719407395144, **NEAR)
    assert (o.bath_weight() @ o.system.temperature)[1] == pytest.approx(0.897631960198617395, **NEAR)
    assert m.quantum_flux(1.0)[0] == pytest.approx(0.05416088100769326749616, **NEAR)
    assert m.quantum_motion(0, 0, 1.0, 2) == pytest.approx(1.778731397905526393671, **NEAR)
    assert counted.exponent(o, [0.2, 0.0]) == pytest.approx(0.01459706626646822259922, **NEAR)
    assert o.resonances().imag.sum() == pytest.approx(5.5, rel=1e-14)


@pytest.mark.parametrize(("masses", "stiffness", "conductance", "weights"), [
    ([1.2, 0.8, 1.5, 0.9], PINNED, 0.1478126992987955366523, [0.8171716223718695670223, 0.2710469848199446244749]),
    ([1.2, 0.8, 1.5, 0.9], springs(4), 0.1820489390025715446502, [0.7866997813070125306634, 0.2693651132533726734528]),
    ([1.0, 0.8, 1.5, 1.0], PINNED, 0.1449395179418983483038, [])])
def test_leads_against_the_theory_page(masses, stiffness, conductance, weights):
    leads = [hs.Lead(0, 1.0, 1.3, 1.0), hs.Lead(3, 0.0, 1.3, 1.0)]
    o = LeadOracle(Case(hs.OpenNetwork(hs.Springs(masses, stiffness), leads)))
    assert o.conductance(0, 1) == pytest.approx(conductance, rel=1e-14)
    assert [o.bath_weight(n, 0) for n in range(len(weights))] == pytest.approx(weights, rel=1e-14)


def test_motion_in_time_against_the_theory_page():
    o = Oracle(of_system(case("A")))
    found = [correlated(Moments(o), *pair, 1.7, True) for pair in ((0, 0), (1, 1), (0, 3), (3, 0))]
    assert found == pytest.approx([-0.5811553675577265746375, -0.1880756144910828472909, 0.1123571270243232636403,
                                   0.2331086837284547267539], **NEAR)
    assert correlated(Moments(o), 0, 3, -1.7, True) == pytest.approx(found[3], **NEAR)
    assert moved(o, 1, 3.0, True)[1] == pytest.approx(
        [0.0267450464871047463, -0.633741051594786559, -0.0646183214868425735, 0.0623503467979339077,
         0.0629174769216310904], **NEAR)
    assert counted.rate(o, 0.2)[0] == pytest.approx(0.1059816846024885905141, **NEAR)
    network = hs.PowerLaw([1.0, 1.7, 0.8, 1.2, 0.9, 1.4], 1.3, k0=0.3, n_tilde=1.0)
    line = Oracle(of_system(hs.OpenNetwork(network, [hs.Bath(0, 0.8)])))
    steps = np.subtract.outer(-np.arange(6), -np.arange(6))
    assert [0.64 * energy_current(line, steps, t, False) for t in (0.0, 0.7, 3.1)] == pytest.approx(
        [3.52874834362484, 0.860521809741866, -0.348270296362726], rel=1e-13)


@pytest.mark.parametrize(("name", "module", "attribute", "label"), [
    ("rate_function", hs.statistics, "rate_function", "large-deviation function"),
    ("correlations", hs, "correlation", "correlation in time of velocities"),
    ("power_spectrum", hs, "power_spectrum", "power spectrum"),
    ("current_correlation", hs, "current_correlation", "energy current, closed")])
def test_a_wrong_answer_in_time_is_found(monkeypatch, name, module, attribute, label):
    """Negative control: 1e-7 too much."""
    one = of_system(hs.OpenNetwork(hs.Chain([1.0, 1.5, 0.7], k0=0.3), [hs.Bath(0, 1.5), hs.Bath(2, 0.5)]))
    assert wrong(try_case(0, "chain", one, (name,))) == []
    right = getattr(module, attribute)
    monkeypatch.setattr(module, attribute, lambda *args, **more: right(*args, **more) * (1.0 + 1e-7))
    assert label in wrong(try_case(0, "chain", one, (name,)))


@pytest.mark.parametrize("baths", [[hs.Bath(0, 1.5, 1.0, cutoff=2.0), hs.Bath(2, 0.5)],
                                   [hs.Lead(0, 1.5, 1.3, 1.1), hs.Lead(2, 0.5, 1.3, 1.1)]])
def test_a_wrong_conductance_of_baths_with_memory_is_found(monkeypatch, baths):
    one = of_system(hs.OpenNetwork(hs.Chain([1.0, 1.5, 0.7], k0=0.3), baths))
    assert wrong(try_case(0, "chain", one, ("steady_state", "resonances", "green", "transmittance"))) == []
    wrong_conductances(monkeypatch)
    assert wrong(try_case(0, "chain", one, ("steady_state",))) == ["conductance"]


DRUDE, LEADS = 2 * FIRST, 3 * FIRST


@pytest.mark.parametrize(("seed", "name"), [
    (DRUDE + 2, "green"), (DRUDE + 4, "transmittance"), (DRUDE + 78, "mean_motion"), (DRUDE + 5000038, "mean_motion"),
    (DRUDE + 5000045, "correlations"), (35, "mean_motion"),
    (779000427, "mean_motion"), (779001256, "mean_motion"), (779000657, "mean_motion"), (779000944, "mean_motion"),
    (779000406, "current_correlation"), (779001890, "current_correlation"), (779000391, "current_correlation"),
    (779001896, "current_correlation"), (779003716, "current_correlation"), (779001939, "current_correlation"),
    (779002084, "relaxation"), (883000062, "relaxation"), (779003851, "relaxation"), (779002757, "correlations"),
    (779000402, "correlations"), (779001193, "covariances"), (779001472, "correlations"), (779001980, "power_spectrum"),
    (37, "mean_motion"), (11, "mean_motion"), (26, "mean_motion"), (22, "mean_motion"), (37, "current_correlation"),
    (FIRST + 2, "rate_function"), (FIRST + 17, "rate_function"), (LEADS + 6, "resonances"), (LEADS + 6, "green"),
    (LEADS + 19, "green"), (LEADS + 5, "steady_state")])
def test_what_the_search_found_is_right_now(seed, name):
    """Far above the band, early and late times, critical damping, springs of 1e12, slow motions, coinciding states."""
    trial = try_case(seed, *case_of(seed), (name,))
    assert [line.outcome for line in trial.lines if line.outcome not in ("right", "slow", "no reference")] == []
    assert "right" in [line.outcome for line in trial.lines]


@pytest.mark.parametrize(("seed", "name"), [(22, "current_correlation"), (107, "power_spectrum"),
                                            (779000042, "power_spectrum")])
def test_what_rounding_of_the_frequencies_turns_is_told(seed, name):
    assert {line.outcome for line in try_case(seed, *case_of(seed), (name,)).lines} <= {"told", "right", "slow"}


def test_an_overdamped_resonance_between_leads_is_counted_once():
    """Real y in the circle: ω on the imaginary axis; y < 0 there is no resonance at all, for it never decays."""
    leads = [hs.Lead(0, 1.0, 1.3, 1.0), hs.Lead(3, 0.0, 1.3, 1.0)]
    found = hs.resonances(hs.OpenNetwork(hs.Springs([1.0, 0.8, 1.5, 1.0], PINNED), leads)).frequency
    assert np.sum(found.real == 0.0) == 1
    assert found.imag.min() > 0.1


def test_modes_that_no_lead_moves_are_in_elements_between_other_sites():
    """Two equal sites on one lead: their difference rings alone, G_11 - G_12 = 1/(κ - mω²)."""
    star = hs.OpenNetwork(hs.Springs(np.ones(3), [[2.5, -1.0, -1.0], [-1.0, 1.5, 0.0], [-1.0, 0.0, 1.5]]),
                          [hs.Lead(0, 1.0, 1.3, 1.1)])
    apart = hs.green(star, 0.6, 1, 1) - hs.green(star, 0.6, 1, 2)
    assert apart == pytest.approx(1.0 / (1.5 - 0.36), rel=1e-12)
