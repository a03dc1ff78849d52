"""Groups of baths by name: in functions, states, tables, datasets, model files and sweeps."""

from __future__ import annotations

import io
import pickle
import warnings
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

import hotsprings as hs
from hotsprings.config import ModelError, example, parse_model
from hotsprings.sweeps.files import parse_plan
from hotsprings.tables import print_state

MASSES = np.linspace(0.8, 1.3, 7)


def grouped():
    baths = [*hs.bath_group([0, 1], [1.5, 1.4], [1.0, 0.6], name="left lead"), hs.Bath(3, 1.0),
             *hs.bath_group([5, -1], 0.5, name="right lead")]
    return hs.OpenNetwork(hs.MeanField(MASSES, k0=0.2), baths)


@pytest.fixture(scope="module")
def state():
    return hs.steady_state(grouped())


def test_groups_and_contacts():
    system = grouped()
    assert system.groups == {"left lead": (0, 1), "right lead": (3, 4)}
    assert system.contacts == {"left lead": (0, 1), "right lead": (3, 4), "bath 2": (2,)}
    assert hs.OpenNetwork(system.network, [hs.Bath(0, 1.0), hs.Bath(1, 2.0)]).groups == {}


@pytest.mark.parametrize(("value", "numbers"), [
    ("left lead", [0, 1]), (2, [2]), (-1, [4]), (["left lead", 2], [0, 1, 2]), (range(2), [0, 1]), ((3, -1), [3, 4]),
])
def test_names_are_taken_wherever_numbers_are(value, numbers):
    assert grouped().bath_numbers("source", value) == numbers


@pytest.mark.parametrize(("value", "message"), [
    ("middle", r"'source' must be a bath of the 5 there are or a group \('left lead', 'right lead'\), but 'middle'"),
    (5, "'source' must be a bath of the 5"),
    ([0, "left lead"], r"'source\[1\]' must differ from the baths before it, but bath 0 is there twice"),
    ([], "'source' must hold at least one bath"),
    (None, "'source' must be an integer"),
])
def test_wrong_names_and_numbers_are_refused(value, message):
    with pytest.raises(hs.ArgumentError, match=message):
        grouped().bath_numbers("source", value)


def test_two_baths_need_no_names_and_more_do():
    two = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(2, 0.5)])
    assert two.source_and_drain() == ([0], [1])
    assert two.source_and_drain(source=1) == two.source_and_drain(drain=0) == ([1], [0])
    with pytest.raises(hs.ArgumentError, match="'source' must leave a bath for the other side"):
        two.source_and_drain([0, 1])
    for given, missing in (((None, None), "source"), ((0, None), "drain"), ((None, "left lead"), "source")):
        message = rf"'{missing}' must be given, .* 5 baths: the two groups .* \('left lead', 'right lead'\)"
        with pytest.raises(hs.ArgumentError, match=message):
            grouped().source_and_drain(*given)
    for function in (hs.transmittance, hs.spectrum.cumulative_heat_flux):
        with pytest.raises(hs.ArgumentError, match="'source' must be given"):
            function(grouped(), 1.0)
    alone = hs.OpenNetwork(hs.Chain([1, 1]), hs.Bath(0, 1.0))
    with pytest.raises(hs.ArgumentError, match="'source' must be given"):
        hs.transmittance(alone, 1.0)


def test_functions_by_name_are_those_by_number():
    system, omega = grouped(), [0.3, 1.1]
    for function in (hs.transmittance, hs.spectrum.cumulative_heat_flux):
        by_name = function(system, omega, "left lead", "right lead")
        np.testing.assert_array_equal(by_name, function(system, omega, [0, 1], [3, 4]))
        pairs = sum(function(system, omega, a, b) for a in (0, 1) for b in (3, 4))
        np.testing.assert_allclose(by_name, pairs, rtol=1e-12)


def test_fluxes_and_conductances_of_groups_are_sums(state):
    assert state.group_heat_flux["left lead"] == pytest.approx(state.heat_flux[0] + state.heat_flux[1], rel=1e-14)
    both = state.group_conductance["left lead", "right lead"]
    assert both == pytest.approx(state.conductance[:2, 3:].sum(), rel=1e-14)
    assert both == pytest.approx(state.group_conductance["right lead", "left lead"], rel=1e-12)
    assert sum(state.contact_heat_flux.values()) == pytest.approx(0.0, abs=1e-13)
    total = hs.spectrum.cumulative_heat_flux(state.system, 1e9, "left lead", "right lead")
    assert total == pytest.approx(both, rel=1e-8)


def test_group_flux_is_conductance_times_difference_where_temperatures_are_uniform():
    baths = hs.bath_group([0, 1], 1.5, name="hot") + hs.bath_group([5, 6], 0.5, name="cold")
    state = hs.steady_state(hs.OpenNetwork(hs.MeanField(MASSES), baths))
    assert state.group_heat_flux["hot"] == pytest.approx(state.group_conductance["hot", "cold"], rel=1e-10)
    text = repr(state)
    assert "J/ΔT = " in text
    assert text.count("heat flux") == 2
    assert "hot: 2 sites (0, 1), T=1.5, γ=1" in text


def test_many_baths_are_not_many_lines():
    network = hs.Chain(np.ones(64))
    bare = hs.OpenNetwork(network, hs.bath_group(range(64), 1.0))
    named = hs.OpenNetwork(network, hs.bath_group(range(64), 1.0, name="all"))
    assert repr(named).count("\n") == 1
    assert repr(bare).count("\n") == 13
    assert "… 52 more baths …" in repr(bare)


def test_the_table_of_the_command_speaks_of_groups(state):
    out = io.StringIO()
    print_state(state, "", 1.0, Console(file=out, width=120))
    text = out.getvalue()
    for words in ("left lead", "right lead", "bath 2", "to left lead", "2 sites"):
        assert words in text


def test_datasets_have_the_names(state, tmp_path):
    from hotsprings.io import read_dataset, write_dataset

    write_dataset(state.to_dataset(), tmp_path / "state.nc")
    back = read_dataset(tmp_path / "state.nc")
    assert back.bath_name.values.tolist() == ["left lead", "left lead", "", "right lead", "right lead"]
    assert float(back.group_heat_flux.sel(group="left lead")) == state.group_heat_flux["left lead"]
    between = back.group_conductance.sel(group="left lead", group_to="right lead")
    assert float(between) == state.group_conductance["left lead", "right lead"]
    nameless = hs.steady_state(hs.OpenNetwork(hs.MeanField(MASSES), [hs.Bath(0, 1.0)])).to_dataset()
    assert "group" not in nameless.dims


def test_simulations_measure_the_flux_of_a_group():
    system = hs.OpenNetwork(hs.Chain([1.0] * 4), hs.bath_group([0, 1], 1.5, name="hot")
                            + hs.bath_group([2, 3], 0.5, name="cold"))
    result = hs.dynamics.simulate(system, 2000.0, 0.1, replicas=4, seed=3)
    assert result.contact_flux.value == pytest.approx(result.heat_flux.reshape(2, 2).sum(axis=1), rel=1e-12)
    exact = list(hs.steady_state(system).group_heat_flux.values())
    assert np.all(np.abs(result.contact_flux.value - exact) < 5.0 * result.contact_flux.error)
    assert repr(result).count("kinetic") == 2


# Nouns.

def test_leads_and_cutoffs_stand_in_a_system_and_are_refused_where_baths_must_be_white():
    lead, coloured = hs.Lead(0, 1.5, k=2.0, mass=1.5, name="hot"), hs.Bath(-1, 0.5, cutoff=2.0)
    system = hs.OpenNetwork(hs.MeanField(MASSES), [lead, coloured])
    assert (system.n_baths, system.white, lead.white, coloured.white) == (2, False, False, False)
    assert system.friction == pytest.approx([np.sqrt(3.0), 1.0])
    assert "hot: site 0, T=1.5, lead, k=2, m=1.5" in repr(system)
    assert "ω_D=2" in repr(system)
    assert pickle.loads(pickle.dumps(system)) == system
    with pytest.raises(hs.ArgumentError, match=r"'baths\[0\]' must be a Langevin bath here"):
        hs.dynamics.simulate(system, 100.0, 0.1)
    with pytest.raises(hs.ArgumentError, match=r"'baths\[0\].cutoff' must be left out here"):
        hs.dynamics.simulate(hs.OpenNetwork(hs.MeanField(MASSES), [replace(coloured, site=1)]), 100.0, 0.1)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: hs.Bath(0, 1.0, cutoff=0.0), "'cutoff' must be a positive finite number"),
    (lambda: hs.Bath(0, 1.0, name=""), "'name' must be a name such as 'hot'"),
    (lambda: hs.Bath(0, 1.0, name="a\nb"), "'name' must be a name"),
    (lambda: hs.Bath(0, 1.0, name=3), "'name' must be a name .* but 3"),
    (lambda: hs.Lead(0, 1.0, k=0.0, mass=1.0), "'k' must be a positive"),
    (lambda: hs.Lead(0, 1.0, k=1.0, mass=-1.0), "'mass' must be a positive"),
    (lambda: hs.Lead(0, -1.0, k=1.0, mass=1.0), "'temperature' must be a finite number, zero or more"),
    (lambda: hs.bath_group([0, 1], [1.0]), r"'temperature' must be a number, or one per site \(2\), but 1"),
    (lambda: hs.bath_group([0, 1], [1.0, -1.0]), r"'temperature\[1\]' must be a finite number"),
    (lambda: hs.bath_group([0, 1], 1.0, [1.0, 0.0]), r"'friction\[1\]' must be a positive"),
    (lambda: hs.bath_group([0, 1], 1.0, cutoff=[1.0, None]), r"'cutoff\[1\]' must be a positive"),
    (lambda: hs.MeanField([1, 1], kac=True, n_tilde=2.0), "'n_tilde' must stand without 'kac'"),
    (lambda: hs.PowerLaw([1, 1], 1.0, kac=False, n_tilde=2.0), "'n_tilde' must stand without 'kac'"),
    (lambda: hs.random_springs([1, 1], kac=True, n_tilde=2.0), "'n_tilde' must stand without 'kac'"),
    (lambda: hs.Springs("1", np.eye(2)), "'masses' must be"),
    (lambda: hs.Springs(1.0, np.eye(2), positions=[[0.0]]), "'positions' must be an array of finite numbers, a row"),
    (lambda: hs.Chain([1, 1, 1], [1, 2, 3, 4], ends=("free", "fixed")), r"\(2, or 3 with that of the wall\), but 4"),
    (lambda: hs.Chain([1, 1], ends=("free", "open")), "'ends' must be 'free' or 'fixed', or a pair of these"),
])
def test_bad_nouns_get_one_clear_error(call, message):
    with pytest.raises(hs.ArgumentError, match=message):
        call()


def test_a_chain_held_at_one_end():
    chain = hs.Chain([1, 2, 3], [5.0, 1.0, 2.0], 0.1, ends=("fixed", "free"))
    expected = np.array([[6.1, -1.0, 0.0], [-1.0, 3.1, -2.0], [0.0, -2.0, 2.1]])
    np.testing.assert_allclose(chain.stiffness(), expected, rtol=1e-15)
    assert hs.Chain([1, 1], ends=("fixed", "fixed")) == hs.Chain([1, 1], ends="fixed")
    baths = [hs.Bath(0, 1.5), hs.Bath(2, 0.5)]
    np.testing.assert_allclose(hs.conductance(hs.OpenNetwork(chain, baths)),
                               hs.conductance(hs.OpenNetwork(hs.Springs([1, 2, 3], expected), baths)), rtol=1e-10)
    assert hs.random_chain([1, 1, 1], ends=("free", "fixed")).walls[1] > 0.0


NETWORKS = [
    lambda x: hs.MeanField([1, 1, x]), lambda x: hs.MeanField([1, 1, 1], k0=[0, 0, x]), lambda x: hs.Chain([1, 1], [x]),
    lambda x: hs.Chain([1, 1], ends=("free", "fixed" if x > 1.5 else "free")), lambda x: hs.PowerLaw([1, 1, 1], x),
    lambda x: hs.Springs(1.0, [[x, -1], [-1, 1]]), lambda x: hs.Lattice((3, 2), x),
    lambda x: hs.Anharmonic(hs.Chain([1, 1]), quartic=x), lambda x: hs.Rotors(hs.Chain([1, x])),
    lambda x: hs.random_springs([1, 1, 1], seed=int(x)),
]


@pytest.mark.parametrize("make", NETWORKS)
def test_networks_and_systems_are_equal_by_value(make):
    one, same, other = make(1.0), make(1.0), make(2.0)
    assert one == same
    assert hash(one) == hash(same) == hash(pickle.loads(pickle.dumps(one)))
    assert one != other
    assert len({one, same, other}) == 2
    assert one != "one"
    last = one.n_sites - 1
    system = hs.OpenNetwork(one, [hs.Bath(-1, 1.0)])
    assert system == hs.OpenNetwork(same, [hs.Bath(last, 1.0)])
    assert hash(system) == hash(hs.OpenNetwork(same, (hs.Bath(last, 1.0),)))
    assert system != hs.OpenNetwork(other, [hs.Bath(-1, 1.0)])
    assert system != hs.OpenNetwork(one, [hs.Bath(-1, 1.1)])
    assert system != hs.OpenNetwork(one, [hs.Bath(-1, 1.0, name="a")])


def test_zero_and_minus_zero_are_one():
    one, other = hs.MeanField([1, 1], k0=0.0), hs.MeanField([1, 1], k0=-0.0)
    assert one == other
    assert hash(one) == hash(other)


def test_positions_and_bonds():
    chain = hs.Chain([1, 1, 1])
    assert chain.positions.tolist() == [[0.0], [1.0], [2.0]]
    assert chain.bonds.tolist() == [[0, 1], [1, 2]]
    springs = hs.Springs(1.0, [[2, 0, -1], [0, 1, -1], [-1, -1, 3]], positions=[[0, 0], [0, 1], [1, 1]])
    assert springs.bonds.tolist() == [[0, 2], [1, 2]]
    assert springs.positions.tolist() == [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    assert hs.Springs(1.0, np.eye(2)).positions is None


# Model files and plans.

GROUPS = """
[network]
kind = "chain"
[masses]
kind = "identical"
n = 6
[[baths]]
name = "left"
sites = [0, 1]
temperature = [1.5, 1.4]
friction = [1.0, 0.5]
[[baths]]
kind = "lead"
name = "right"
site = -1
temperature = 0.5
k = 2.0
mass = 1.5
[[baths]]
site = 3
temperature = 1.0
cutoff = 2.5
"""


def test_groups_leads_and_cutoffs_in_a_model_file():
    system = parse_model(GROUPS).system()
    assert system.baths == (hs.Bath(0, 1.5, name="left"), hs.Bath(1, 1.4, 0.5, name="left"),
                            hs.Lead(-1, 0.5, 2.0, 1.5, "right"), hs.Bath(3, 1.0, cutoff=2.5))


@pytest.mark.parametrize(("old", "new", "message"), [
    ("sites = [0, 1]", "", "baths[0].site: must be given (the particle it touches"),
    ("sites = [0, 1]", "sites = [0, 9]", "baths[0].sites[1]: must be a site of the 6"),
    ("sites = [0, 1]", "sites = [0, 0]", "baths[0].sites[1]: must differ from the sites before it, but 0 is there"),
    ("sites = [0, 1]", "sites = [0, 3]", "baths[2].site: must differ from the sites of the other baths, but baths[0]"),
    ("sites = [0, 1]", "sites = []", "baths[0].sites: must hold at least one site"),
    ("sites = [0, 1]", 'face = [0, "low"]', "baths[0].face: must be left out on a network that has none"),
    ("sites = [0, 1]", 'face = [0, "left"]', "baths[0].face[1]: must be 'low' or 'high', but 'left'"),
    ("temperature = [1.5, 1.4]", "temperature = [1.5]", "baths[0].temperature: must be a number, or one per site (2)"),
    ("k = 2.0\n", "", 'baths[1].k: must be given where kind = "lead"'),
    ("k = 2.0\n", "k = 2.0\nfriction = 1.0\n", 'baths[1].friction: must be left out where it is not kind = "bath"'),
    ("cutoff = 2.5", "k = 2.5", 'baths[2].k: must be left out where it is not kind = "lead"'),
    ('name = "left"', 'nam = "left"', "baths[0].nam: is not a key of a model file, did you mean 'name'?"),
])
def test_mistakes_in_bath_tables_are_named(old, new, message):
    assert old in GROUPS
    with pytest.raises(ModelError) as caught:
        parse_model(GROUPS.replace(old, new, 1))
    assert message in str(caught.value)


def test_the_example_of_a_lattice_fits_its_own_masses():
    text = example("lattice")
    system = parse_model(text).system()
    assert system.network == hs.Lattice((8, 8), hs.masses.graded(64), 1.0, 0.1, periodic=(1,))
    assert system.groups == {"hot": tuple(range(8)), "cold": tuple(range(8, 16))}
    with pytest.raises(ModelError, match=r"masses\.n: must be the number of sites of the network"):
        parse_model(text.replace('kind = "graded"', 'kind = "graded"\nn = 9'))


PLAN = GROUPS.partition('[[baths]]\nkind = "lead"')[0] + """
[[baths]]
name = "right"
sites = [4, 5]
temperature = 0.5
[sweep]
observables = ["conductance", "transmittance"]
source = "left"
drain = ["right"]
[sweep.omega]
values = [0.5, 1.0]
[[sweep.axes]]
parameter = "network.k0"
values = [0.0, 0.3]
"""


def test_sweeps_measure_between_groups():
    plan = parse_plan(PLAN)
    found = plan.task(1).measure()
    system = plan.task(1).system()
    assert found["conductance"] == pytest.approx(hs.steady_state(system).group_conductance["left", "right"], rel=1e-9)
    direct = hs.transmittance(system, [0.5, 1.0], "left", "right")
    np.testing.assert_allclose(found["transmittance"], direct, rtol=1e-12)
    with pytest.raises(ModelError, match=r"sweep\.source: must be given, .* 4 baths"):
        parse_plan(PLAN.replace('source = "left"\n', ""))
    with pytest.raises(ModelError, match=r"sweep\.source: must be a bath of the 4 there are or a group"):
        parse_plan(PLAN.replace('source = "left"\n', 'source = "lefty"\n'))


def test_plans_of_earlier_versions_keep_their_identity():
    """What a store of the first version holds for this plan, so that it goes on."""
    plan = parse_plan(example("sweep"))
    assert plan.identity["base"]["model"]["baths"] == [
        {"site": 0, "temperature": 1.5, "friction": 1.0}, {"site": -1, "temperature": 0.5, "friction": 1.0}]
    assert plan.identity["base"]["model"]["network"] == {
        "anharmonic": None, "rotors": False, "k0": 0.0, "kac": None, "n_tilde": None, "kind": "mean-field", "k": 0.1}
    assert "source" not in plan.identity


def test_a_name_that_there_is_not_is_told_with_those_that_there_are():
    baths = [hs.Bath(0, 1.5, name="hot"), hs.Bath(1, 0.5, name="cold")]
    state = hs.steady_state(hs.OpenNetwork(hs.Chain([1, 1]), baths))
    with pytest.raises(KeyError, match="'warm' is none of 'hot', 'cold'"):
        state.group_heat_flux["warm"]
    with pytest.raises(KeyError, match=r"\('hot', 'warm'\) is none of \('hot', 'cold'\)"):
        state.group_conductance["hot", "warm"]


@pytest.mark.parametrize(("doubt", "told"), [(2e-5, False), (0.2, True)])
def test_an_uncertain_pair_is_told_only_where_the_sum_is_uncertain(monkeypatch, doubt, told):
    """Pairs of a lattice that exchange next to nothing were told one by one, between groups that are known well."""
    from hotsprings import spectrum
    from hotsprings.response.elements import tell_elements

    def element(operator, omega, i, j, times_omega):
        faint = (i, j) == (0, 6)
        if faint:
            tell_elements(doubt, omega[1:])
        return np.full(omega.shape, 1e-3 if faint else 0.1 + 0.0j)

    monkeypatch.setattr(spectrum, "element", element)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        hs.transmittance(grouped(), [0.5, 1.0, 1.5], "left lead", "right lead")
    assert [str(w.message).partition(" is known")[0] for w in caught] == (
        ["the transmittance at 2 frequencies between 1 and 1.5"] if told else [])


def dark():
    return hs.OpenNetwork(hs.MeanField(np.ones(5)), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])


@pytest.mark.parametrize("asked", [
    lambda: hs.steady_state(dark()), lambda: hs.correlation(dark(), 2, 2, [0.0, 1.0]),
    lambda: hs.relaxation(dark(), [1.0], 1.0), lambda: hs.power_spectrum(dark(), [1.0], 2),
    lambda: hs.dynamics.simulate(dark(), duration=20, dt=0.05, replicas=2, seed=1)])
def test_a_warning_names_the_line_that_asked(asked):
    """Not one of the package, which helps nobody and, on a page or in a notebook, shows where it is installed."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asked()
    assert caught
    assert {w.filename for w in caught} == {__file__}
