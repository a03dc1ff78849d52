"""Plans and what comes of them: axes, tasks, seeds, datasets; the same bits however the work is divided."""

from __future__ import annotations

import json
import math

import cloudpickle
import numba
import numpy as np
import pytest

import hotsprings as hs
from hotsprings.config import ModelError
from hotsprings.io import read_dataset, write_dataset
from hotsprings.sweeps import OBSERVABLES, LocalPool, Store
from hotsprings.sweeps.seeds import seed_table
from hotsprings.sweeps.worker import run_batch
from tests.sweep_cases import BATHS, MODEL, network, same

SIZES = hs.Axis("masses.n", [6, 9])


@pytest.fixture(scope="module")
def pool():
    """Give two workers to all tests of this module: a pool is closed at the end of each sweep, so not this one."""
    class Kept(LocalPool):
        def close(self):
            pass

    kept = Kept(2)
    yield kept
    LocalPool.close(kept)


def _plan(**changes):
    given = {"base": MODEL, "axes": [SIZES, hs.Axis("network.k0", [0.1, 0.5, 1.0])], "realisations": 6, "seed": 4}
    return hs.Plan(**(given | changes))


def _random(n, k0=0.5, seed=0):
    return network(n, k0, seed)


# plans

def test_tasks_are_points_in_row_major_order_with_the_realisations_of_each_in_turn():
    plan = _plan()
    assert (plan.shape, plan.n_points, plan.n_tasks) == ((2, 3), 6, 36)
    task = plan.task(4 * 6 + 5)
    assert (task.place, task.realisation) == ((1, 1), 5)
    assert task.parameters == {"masses.n": 9, "network.k0": 0.5}
    assert task.system().network.n_sites == 9
    assert task.system().network.k0[0] == 0.5
    drawn = hs.masses.random(9, 1.0, 0.2, task.seeds["masses.seed"])
    np.testing.assert_array_equal(task.system().network.masses, drawn)


def test_every_task_has_a_seed_of_its_own_which_its_place_and_the_root_alone_decide():
    plan = _plan(base=MODEL | {"network": {"kind": "random-springs"}}, realisations=200, axes=[SIZES])
    seeds = [seed for number in range(plan.n_tasks) for seed in plan.task(number).seeds.values()]
    assert len(seeds) == len(set(seeds)) == 800  # masses and springs
    assert all(0 <= seed < 2**63 for seed in seeds)
    again = _plan(base=MODEL | {"network": {"kind": "random-springs"}}, realisations=200, axes=[SIZES])
    assert [again.task(i).seeds for i in range(5)] == [plan.task(i).seeds for i in range(5)]
    more = _plan(base=MODEL | {"network": {"kind": "random-springs"}}, realisations=300, axes=[SIZES])
    assert more.seeds(1, 7) == plan.seeds(1, 7)  # more realisations leave the first as they are
    other = _plan(base=MODEL | {"network": {"kind": "random-springs"}}, realisations=200, axes=[SIZES], seed=5)
    assert not set(seeds) & {seed for number in range(400) for seed in other.task(number).seeds.values()}
    bits = np.array(seeds, dtype=np.uint64)[:, None] >> np.arange(63, dtype=np.uint64) & 1
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 5.0 * 0.5 / math.sqrt(800)  # each bit a fair coin


@pytest.mark.parametrize("root", [0, 1, 2**32 - 1, 2**32, 2**63 - 1])
def test_the_seeds_of_all_tasks_are_those_of_each(root):
    for base in (MODEL, MODEL | {"network": {"kind": "random-springs"}}):
        plan = hs.Plan(base, {"masses.n": [4, 5, 6]}, 7, root)
        wanted = [list(plan.task(number).seeds.values()) for number in range(plan.n_tasks)]
        assert seed_table(root, 3, 7, len(wanted[0])).tolist() == wanted
    task = plan.task(20)
    state = np.random.SeedSequence(root, spawn_key=(2, 6)).generate_state(2, np.uint64)
    assert list(task.seeds.values()) == [int(word) >> 1 for word in state]


def test_a_seed_that_is_given_stays():
    fixed = MODEL | {"masses": MODEL["masses"] | {"seed": 3}}
    plan = hs.Plan(fixed, {"network.k0": [0.1, 0.2]})
    assert [plan.task(i).system().network.masses.tolist() for i in range(2)] == [
        hs.masses.random(8, 1.0, 0.2, 3).tolist()] * 2
    with pytest.raises(hs.ArgumentError, match=r"be 1 where nothing is random.*leave out the seeds"):
        hs.Plan(fixed, realisations=2, seed=1)
    half = hs.Plan(fixed | {"network": {"kind": "random-springs"}}, realisations=3, seed=1)
    assert list(half.task(2).seeds) == ["network.seed"]


def test_baths_one_and_all_and_parameters_that_change_together():
    plan = hs.Plan(MODEL, [hs.Axis("baths[1].friction", [2.0, 3.0]), hs.Axis("baths.temperature", [7.0], name="T"),
                           hs.Axis(["masses.n", "masses.spread"], [(5, 0.1), (6, 0.3)])], seed=1)
    system = plan.task(3).system()
    assert system.friction.tolist() == [1.0, 3.0]
    assert system.temperature.tolist() == [7.0, 7.0]
    assert system.n_sites == 6
    assert np.ptp(system.network.masses) > 0.2


@pytest.mark.parametrize(("changes", "words"), [
    ({"axes": {"masses.m": [1, 2]}}, "masses.m: is not a key"),
    ({"axes": {"mases.n": [5, 6]}}, "'parameter' must be a key of the model.*'mases.n'"),
    ({"axes": {"baths[2].friction": [1.0]}}, "bath of the 2 there are"),
    ({"axes": hs.Axis("masses.seed", [1, 2], name="s")}, "be no seed"),
    ({"axes": {"masses.n": [5, 1]}}, "at masses.n = 1: masses.n: must be an integer, 2 or more"),
    ({"axes": {"masses.spread": [0.1, 1.5]}}, "at masses.spread = 1.5.*less than the mean"),
    ({"axes": {"masses.n": []}}, "at least one value"),
    ({"axes": {"masses.n": [5, 5]}}, "5 is there twice"),
    ({"axes": {"network.k0": [0.1, math.nan]}}, r"'values\[1\]' must be a number"),
    ({"axes": {"network.k0": [0.1, object()]}}, r"'values\[1\]' must be a number"),
    ({"axes": {"masses.n": 5}}, "'values' must be a list"),
    ({"axes": [SIZES, SIZES]}, "'n' is taken"),
    ({"axes": [SIZES, hs.Axis("masses.n", [7, 8], name="m")]}, "change parameters that no other axis changes"),
    ({"axes": [hs.Axis("network.k0", [1.0], name="conductance_mean")]}, "'conductance_mean' is taken"),
    ({"axes": [hs.Axis("network.k0", [1.0], name="masses_seed")]}, "'masses_seed' is taken"),
    ({"axes": 5}, "'axes' must be a list of Axis"),
    ({"observables": []}, "at least one"), ({"observables": ["heat"]}, "be among conductance"),
    ({"observables": ["conductance", "conductance"]}, "once each"),
    ({"observables": ["local_temperature"]}, "without local_temperature"),
    ({"observables": ["transmittance"]}, "'omega' must be given"), ({"omega": [1.0]}, "'omega' must be given.*only"),
    ({"observables": {"mine": 3}}, "be a function"), ({"observables": {"site": np.mean}}, "'site' is taken"),
    ({"realisations": 0}, "1 or more"), ({"seed": None}, "'seed' must be given"), ({"seed": -1}, "0 or more"),
    ({"seed": 2**63}, "less than"), ({"base": 5}, "'base' must be the tables"),
    ({"base": {}}, "network: must be given"),
    ({"base": _random, "axes": {"m": [1]}}, r"be an argument of _random\(n, k0=0.5, seed=0\)"),
    ({"base": _random, "axes": hs.Axis("seed", [1], name="s")}, "other than seed"),
])
def test_mistakes_are_refused_when_the_plan_is_made(changes, words):
    with pytest.raises((hs.ArgumentError, ModelError), match=words):
        _plan(**changes)


@pytest.mark.parametrize(("arguments", "words"), [
    ((["a", "b"], [(1, 2), (3,)]), r"values\[1\].*one value for each of the 2"),
    ((["a", "a"], [(1, 2)]), "each parameter once"), ((3, [1]), "'parameter'"), (("", [1]), "'parameter'"),
    (("a", [1], "two words"), "'name'"), (("a", [1], "omega"), "'name'"), (("a", "text"), "'values'"),
    (("a", [1, 2], "", ["x"]), "one label per value"), (("a", [1, 2], "", ["x", "x"]), "differ"),
])
def test_mistakes_of_an_axis(arguments, words):
    with pytest.raises(hs.ArgumentError, match=words):
        hs.Axis(*arguments)


def test_an_unknown_task_is_refused():
    for number in (-1, 36, 1.5):
        with pytest.raises(hs.ArgumentError, match="number"):
            _plan().task(number)


# results

def test_one_bit_of_the_results_depends_on_nothing_but_the_plan(pool, tmp_path):
    plan = _plan(observables=[
        name for name, o in OBSERVABLES.items() if not o.needs and not {"site", "bond"} & set(o.dims)],
        omega=np.linspace(0.1, 2.0, 7))
    data = hs.sweep(plan, pool=pool)
    same(hs.sweep(plan, workers=1), data)
    for shard in ((2, 3), (0, 3)):
        hs.sweep(plan, tmp_path, pool=pool, shard=shard)
    partial = Store(tmp_path, plan.identity).finished()
    assert partial.tolist() == [i for i in range(36) if i % 3 != 1]
    same(hs.sweep(plan, tmp_path, pool=pool), data)  # what is left, undivided
    numba.set_num_threads(1)
    for number in (0, 17, 35):  # one task alone
        task = plan.task(number)
        for name, value in task.measure().items():
            stored = data[name].values[(*task.place, task.realisation)]
            assert np.asarray(stored).tobytes() == value.tobytes(), name
            assert int(data.masses_seed[(*task.place, task.realisation)]) == task.seeds["masses.seed"]


def test_values_are_those_of_the_solver(pool):
    known = dict.fromkeys(["conductance", "heat_flux", "n_dark_modes", "conductance_matrix", "local_temperature"])
    mine = {"warmest": lambda state: state.local_temperature.max()}
    plan = hs.Plan(_random, {"n": [7], "k0": [0.3]}, 5, 1, known | mine)
    data = hs.sweep(plan, pool=pool)
    state = hs.steady_state(_random(7, 0.3, int(data.seed[0, 0, 3])))
    at = data.isel(n=0, k0=0, realisation=3)
    np.testing.assert_allclose(at.local_temperature, state.local_temperature, rtol=1e-13)
    np.testing.assert_allclose(at.heat_flux, state.heat_flux, rtol=1e-12)
    np.testing.assert_allclose(at.conductance_matrix, state.conductance, rtol=1e-12)
    assert float(at.conductance) == pytest.approx(state.conductance[0, 1], rel=1e-12)
    assert float(at.warmest) == pytest.approx(state.local_temperature.max(), rel=1e-13)
    assert float(at.n_dark_modes) == 0.0
    assert data.local_temperature_mean.dims == ("n", "k0", "site")
    np.testing.assert_allclose(data.local_temperature_mean, data.local_temperature.mean("realisation"), rtol=1e-14)


def test_errors_of_tasks_are_recorded_and_the_rest_goes_on(tmp_path, pool):
    def base(n, seed):
        if n == 5:
            raise SystemExit("no system of five\nsites")
        return network(n, seed=seed)

    plan = hs.Plan(base, {"n": [4, 5, 6, 7]}, 2, 1, ["conductance", "local_temperature"])
    data = hs.sweep(plan, tmp_path, pool=pool)
    assert (data.attrs["n_finished"], data.attrs["n_failed"]) == (2, 6)
    assert "task 2: SystemExit: no system of five sites" in data.attrs["failures"]
    assert "(local_temperature: (4,)), but here it is (6,)" in data.attrs["failures"]
    assert np.isnan(data.conductance.values[1:]).all()
    assert np.isfinite(data.conductance.values[0]).all()
    assert np.isnan(data.conductance_mean.values[1])
    status = hs.sweep_status(plan, tmp_path)
    assert (status.done, status.failed, status.missing, status.active) == (2, 6, 0, [])


def test_infinities_and_numbers_that_are_none_are_kept_and_left_out_of_the_statistics(pool):
    def odd(state):
        size = state.system.network.masses.sum() % 0.1
        return math.inf if size < 0.03 else math.nan if size < 0.05 else size

    data = hs.sweep(_plan(axes=(), realisations=60, observables={"odd": odd, "text": lambda state: "hot"}), pool=pool)
    assert data.attrs["n_failed"] == 60
    assert "'observables['text']' must return a number" in data.attrs["failures"]
    data = hs.sweep(_plan(axes=(), realisations=60, observables={"odd": odd}), pool=pool)
    finite = data.odd.values[np.isfinite(data.odd.values)]
    assert np.isinf(data.odd.values).any()
    assert np.isnan(data.odd.values).any()
    assert float(data.odd_mean) == pytest.approx(finite.mean(), rel=1e-14)
    assert float(data.odd_error) == pytest.approx(finite.std(ddof=1) / math.sqrt(finite.size), rel=1e-12)
    assert 0.03 < float(data.odd_low) < float(data.odd_mean) < float(data.odd_high) < 0.1


def test_the_dataset_goes_through_a_file_and_comes_back(tmp_path, pool):
    long = [[0.1 + i] * 8 for i in range(2)]
    together = hs.Axis(["masses.mean", "masses.spread"], [(1.0, 0.1), (2, 0.2)], labels=["light", "Ñ heavy"])
    axes = [hs.Axis("network.kac", [True, False]), hs.Axis("network.k0", [0.5, *long]), together]
    plan = hs.Plan(MODEL, axes, 5, 2**63 - 1, ["conductance", "heat_flux"], title="")
    data = hs.sweep(plan, pool=pool)
    write_dataset(data, tmp_path / "data.nc")
    back = read_dataset(tmp_path / "data.nc")
    assert set(back.variables) == set(data.variables)
    for name in data.variables:
        np.testing.assert_array_equal(back[name].values, data[name].values)
    assert back.attrs["failures"] == ""
    assert back["mean"].values.tolist() == ["light", "Ñ heavy"]
    assert back.masses_spread.values.tolist() == [0.1, 0.2]
    assert back.kac.values.tolist() == ["true", "false"]
    assert len(set(back.k0.values)) == 3
    assert json.loads(back.attrs["plan"]) == plan.identity
    assert float(back.conductance_mean.sel(kac="true", mean="light").isel(k0=0)) > 0.0


def test_one_system_without_axes_or_chance(pool):
    data = hs.sweep(hs.Plan(MODEL | {"masses": {"kind": "graded", "n": 8}}), pool=pool)
    assert data.conductance.dims == ("realisation",)
    assert data.conductance.shape == (1,)
    assert "conductance_mean" not in data


def test_a_plan_of_many_tasks_is_light():
    plan = hs.Plan(MODEL, [hs.Axis("masses.n", [4, 5])], 50_000, 1)
    assert plan.task(99_999).parameters == {"masses.n": 5}
    assert run_batch(cloudpickle.dumps(plan), [99_999, 99_998], 0.0)[0].task == 99_999  # one at least
    assert repr(plan).startswith("Plan(n (2) × 50000 realisations = 100,000 tasks, seed=1")
    hs.Axis("x", range(100_000))
    assert hs.Plan(_random, {"n": range(2, 1000)}, seed=1).n_tasks == 998
    assert BATHS[0].site == 0
