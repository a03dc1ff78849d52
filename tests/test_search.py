"""The oracle of the wide search against another road, and the judge of its verdicts (needs the extra ``search``)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hotsprings as hs

pytest.importorskip("flint")

from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.mirror import MirrorResponse, halves
from tests.oracles.network_cases import cases
from tests.oracles.open_cases import case
from tests.search import counted
from tests.search.exact import Case, of_system
from tests.search.families import FAMILIES, case_of
from tests.search.fluctuating import changed
from tests.search.moments import Moments
from tests.search.oracle import NoReferenceError, Oracle
from tests.search.trial import Line, Trial, judge, try_case
from tests.search_cases import wrong_conductances

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
    (float("inf"), 0.29, False, True, "wrong"), (float("inf"), 0.31, False, False, "allowed")])
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
    wrong_conductances(monkeypatch)
    assert wrong(try_case(0, "mean field", case, ("steady_state",))) == ["conductance"]


def test_a_seed_says_all_of_a_system():
    for seed in range(len(FAMILIES)):
        (name, one), (again, two) = case_of(seed), case_of(seed)
        assert name == again == list(FAMILIES)[seed]
        assert one.system.parameters() == two.system.parameters()


def moments(system):
    """Return the oracle of a case whose masses and springs are the doubles, not the decimals, of the theory page."""
    return Moments(Oracle(of_system(system)))


def test_more_of_the_oracle_against_the_theory_page():
    """25 digits of another calculation; the numbers of a double network differ from it in the sixteenth."""
    near = {"rel": 1e-14, "abs": 0.0}
    A, C, E = (moments(case(name)) for name in "ACE")
    assert A.powers(0, 1, 4)[1:] == pytest.approx([0.04447042663284241868342, 0.03376736447959084452883,
                                                   0.02719570135486107116927], **near)
    assert A.cumulants()[1:] == pytest.approx([0.1481210577702940901287, 0.2676516488069725731331], **near)
    assert A.quantum_flux(1.0)[0] == pytest.approx(0.06375300032218501224405, **near)
    assert E.quantum_flux(1.0)[0] == pytest.approx(0.09753409753473940739541, **near)
    assert A.position(0, 1) == pytest.approx(0.2181736597655809551449, **near)
    assert A.relaxation(3.0, 0.9)[1] == pytest.approx(0.906501433502298312, **near)
    stiffness = case("C").network.stiffness()
    currents = [-stiffness[i, j] * C.stretch_velocity(i, j) for i, j in ((0, 1), (1, 2), (1, 3))]
    assert currents == pytest.approx([0.03606858305840393360854, 0.006777325623655798165554,
                                      0.006460765545434895168698], **near)
    chain = hs.OpenNetwork(hs.Chain(np.ones(6), k0=1.0), [hs.Bath(i, t) for i, t in enumerate([1.5, 1, 1, 1, 1, 0.5])])
    found = moments(chain).self_consistent([1, 2, 3, 4])
    assert found[2:4] == pytest.approx([1.0968540167101610292, 2.0 - 1.0968540167101610292], **near)


def test_counting_against_the_theory_page():
    near = {"rel": 1e-14, "abs": 0.0}
    for name, counting, value in (("A", [0.2, 0.0], 0.01722879186543611009238),
                                  ("E", [0.2, 0.0], 0.02710763574190456893754),
                                  ("C", [0.1, -0.3, 0.25], 0.02207244151459926042743)):
        assert counted.exponent(moments(case(name)).oracle, counting) == pytest.approx(value, **near)


def test_beyond_the_interval_there_is_no_reference():
    with pytest.raises(NoReferenceError, match="interval"):
        counted.exponent(moments(case("A")).oracle, [3.0, 0.0])


def test_last_bits_are_changed_everywhere():
    for seed in (0, 1, 3):
        _, one = case_of(seed)
        other = changed(one, 0)
        K, near = np.array(one.stiffness(), dtype=object), np.array(other.stiffness(), dtype=object)
        apart = [abs(float(int(x.p) / int(x.q))) for x in ((near - K) / (K + (K == 0))).ravel()]
        assert 0.0 < max(apart) < 1e-10
        assert all(0 < abs(a / Moments(Oracle(one)).oracle.m[i] - 1) * 2**52 <= 1
                   for i, a in enumerate(other.system.network.masses))


@pytest.mark.parametrize(("name", "attribute", "label"), [
    ("quantum_heat_flux", "heat_flux", "quantum heat flux"), ("cumulants", "cumulants", "cumulants"),
    ("scaled_cumulant", "scaled_cumulant", "scaled cumulant function")])
def test_a_wrong_fluctuation_is_found(monkeypatch, name, attribute, label):
    """Negative control: 1e-8 too much."""
    system = hs.OpenNetwork(hs.MeanField([1.0, 1.5, 0.7], k0=0.3), [hs.Bath(0, 1.5), hs.Bath(2, 0.5)])
    assert wrong(try_case(0, "mean field", of_system(system), (name,))) == []
    module = hs.quantum if name == "quantum_heat_flux" else hs.statistics
    right = getattr(module, attribute)
    monkeypatch.setattr(module, attribute, lambda *args, **more: right(*args, **more) * (1.0 + 1e-8))
    assert wrong(try_case(0, "mean field", of_system(system), (name,))) == [label]


def test_temperatures_that_let_quanta_pass_are_found(monkeypatch):
    """Negative control: a floating bath 1e-8 too warm."""
    baths = [hs.Bath(0, 1.5), hs.Bath(1, 1.0, 0.7), hs.Bath(2, 0.5)]
    system = hs.OpenNetwork(hs.MeanField([1.0, 1.5, 0.7], k0=0.3), baths)
    assert wrong(try_case(0, "mean field", of_system(system), ("quantum_probes",))) == []
    right = hs.self_consistent

    def off(*arguments):
        found = right(*arguments)
        first, floating, last = found.baths
        warm = replace(floating, temperature=floating.temperature * (1.0 + 1e-8))
        return hs.OpenNetwork(found.network, [first, warm, last])

    monkeypatch.setattr(hs, "self_consistent", off)
    trial = try_case(0, "mean field", of_system(system), ("quantum_probes",))
    assert wrong(trial) == ["temperature without a flux of quanta"]


@pytest.mark.parametrize(("seed", "name"), [
    (90000002, "scaled_cumulant"), (90000009, "scaled_cumulant"), (90000029, "scaled_cumulant"),
    (90000062, "scaled_cumulant"), (90000124, "scaled_cumulant"), (91000149, "noise"), (91000194, "noise"),
    (92000260, "bond_currents"),
    (90000178, "quantum_probes"), (90000168, "quantum_probes"),
    (0, "relaxation"), (1, "quantum_heat_flux"), (1000010, "quantum_heat_flux"), (1000014, "cumulants"),
    (1000066, "cumulants"), (1000066, "quantum_heat_flux"), (2000028, "cumulants"), (7000105, "self_consistent"),
    (1000005, "quantum_heat_flux"), (7000037, "quantum_heat_flux"), (7000226, "quantum_heat_flux"),
    (7000345, "quantum_heat_flux"), (8000000213, "cumulative_heat_flux"), (8000000263, "thermodynamics"),
    (20261000125, "resonances"), (20261000916, "steady_state"),
    (20261001427, "cumulative_heat_flux"), (20261003702, "green"),
    (20261003672, "cumulative_heat_flux"), (20261006033, "steady_state"), (20261006033, "resonances"),
    (20261007629, "steady_state"), (20261007697, "green"), (20261008698, "green"), (31000693, "green"),
    (20261000256, "green"),
    (31001061, "resonances"), (20261004099, "steady_state"), (31000076, "steady_state"), (7000014, "covariances"),
    (3200000000115, "quantum_heat_flux"),
    (1000000002000026, "quantum_conductance"), (1000000002000115, "quantum_conductance"),
    (1000000001000085, "quantum_conductance"), (1000000001000003, "noise"), (1000000001000008, "noise"),
    (781000285, "mean_motion"), (778002829, "cumulative_heat_flux"),
    (780005935, "cumulative_heat_flux"), (780009468, "steady_state"), (778003853, "resonances"),
    (1003002023, "steady_state"), (1003002023, "resonances"), (1004005142, "cumulative_heat_flux"),
    (1004007291, "thermodynamics"), (1004009475, "green"), (1007000725, "green"), (1021000278, "steady_state"),
    (1030004542, "steady_state"), (1009002208, "green"),
    (1009004500, "cumulative_heat_flux"),
    (777008936, "transmittance"), (1001006191, "transmittance"),
    (781000696, "covariances"), (781002700, "covariances"),
    (1000000001000026, "noise"), (1000000001000056, "noise"), (7000036, "bond_currents"), (7000133, "bond_currents"),
    (7000170, "bond_currents"), (83000110, "bond_currents"), (7000254, "bond_currents"), (2000142, "bond_currents"),
    (779000307, "covariances"), (779001002, "covariances"), (883000309, "covariances"), (884000007, "covariances"),
    (884000546, "covariances"),
    (7000345, "relaxation"), (7000310, "self_consistent"), (7000147, "self_consistent")])
def test_what_the_search_found_is_right_now(seed, name):
    """Overdamped twins whose residues cancel, slow pairs, baths on every site of a mean field."""
    trial = try_case(seed, *case_of(seed), (name,))
    assert [line.outcome for line in trial.lines if line.outcome not in ("right", "slow", "no reference")] == []
    assert "right" in [line.outcome for line in trial.lines]


@pytest.mark.parametrize(("seed", "name"), [
    (20261000475, "green"), (20261008791, "steady_state"), (2000133, "cumulants"),
    (31001196, "steady_state"), (1001009340, "steady_state"), (1003000056, "steady_state"),
    (1003000056, "cumulative_heat_flux")])
def test_what_cannot_be_known_is_told(seed, name):
    trial = try_case(seed, *case_of(seed), (name,))
    assert "told" in [line.outcome for line in trial.lines]
    assert wrong(trial) == []


@pytest.mark.parametrize(("n", "at"), [(12, (0,)), (12, (1, 3)), (13, (0,)), (13, (1, 3)), (13, ())])
def test_mirrored_chains_in_thick_disorder(n, at):
    """Localised pairs split by less than the last bits, with baths at mirrored sites or in the middle alone (13)."""
    rng = np.random.default_rng(n)
    m, k = 10.0 ** rng.uniform(-3.0, 3.0, n), 10.0 ** rng.uniform(-2.0, 2.0, n - 1)
    m, k = (np.where(np.arange(a.size) < a.size // 2, a, a[::-1]) for a in (m, k))
    middle = [hs.Bath(n // 2, 1.0, 30.0)] if n % 2 else []
    baths = [hs.Bath(site, t, 1e3) for s in at for site, t in ((s, 1.5), (n - 1 - s, 0.5))] + middle
    system = hs.OpenNetwork(hs.Chain(m, k, 2.0), baths)
    data = chain_data(system)
    engine = MirrorResponse(system, data, halves(data), lambda half: ChainResponse(half.system(), half.data))
    oracle = Oracle(of_system(system))
    conductance, weight = engine.stationary_sums()
    np.testing.assert_allclose(weight, oracle.bath_weight(), rtol=0, atol=1e-13)
    assert engine.dark_modes()[0] == oracle.n_dark == (0 if at else n // 2)
    known = np.abs(conductance - oracle.conductance()) <= max(1e-9, 3.0 * engine.flux_doubt()) * oracle.conductance()
    assert np.all(known)
    assert engine.conditioning() < 1e-12


def test_mirrored_chains_are_answered_whatever_their_length():
    """Two hundred sites in thick disorder: what rings at one end has the temperature of that end, or the mean."""
    half = np.random.default_rng(2).uniform(0.3, 1.7, 100)
    system = hs.OpenNetwork(hs.Chain(np.append(half, half[::-1]), 1.0, 3.0), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    state = hs.steady_state(system, dark_temperature=1.0)
    assert state.certificate.conditioning < 1e-9
    np.testing.assert_allclose(state.local_temperature + state.local_temperature[::-1], 2.0, rtol=0, atol=1e-12)
    assert state.local_temperature[0] > 1.2 > 0.8 > state.local_temperature[-1]


def test_parts_that_diffuse_apart_are_named():
    with pytest.raises(hs.ArgumentError, match="one connected part of a free network"):
        hs.covariance(case_of(26)[1].system)


def test_counts_are_written_into_their_section_of_a_page():
    from tests.search.report import section, written

    page = "# Page\n\nText.\n\n## One\n\nold\n\n## Two\n\nkept\n"
    assert written(page, "One", "new") == "# Page\n\nText.\n\n## One\n\nnew\n\n## Two\n\nkept\n"
    assert written(page, "Two", "new") == "# Page\n\nText.\n\n## One\n\nold\n\n## Two\n\nnew\n"
    assert written(page, "Three", "new") == page + "\n## Three\n\nnew\n"
    bad = Trial(5, "chain", "", [Line("a", "wrong", "off by 1")])
    assert "--replay 5   # chain: a: off by 1" in section([bad], "command")
    assert "Nothing wrong" in section([Trial(5, "chain", "", [Line("a", "right", "")])], "command")
