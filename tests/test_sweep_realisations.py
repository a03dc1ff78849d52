"""Realisations that differ in random masses only: done together, to the bits that each has alone."""

from functools import partial

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.sweeps.realisations import records
from hotsprings.sweeps.seeds import generator_states
from hotsprings.sweeps.worker import _record

BATHS = [{"site": 0, "temperature": 1.5}, {"site": -1, "temperature": 0.5, "friction": 2.0}]
MANY = 20


def plan_of(observables=("conductance",), network=None, masses=None, axes=(), baths=BATHS):
    model = {"network": {"kind": "mean-field", "k": 0.1, "k0": 0.5} | (network or {}), "baths": baths,
             "masses": {"kind": "random", "n": 30, "spread": 0.1} | (masses or {})}
    return hs.Plan(model, axes, realisations=MANY, seed=5, observables=list(observables))


def together(plan):
    """Return the records of all tasks, and which of them were done one by one."""
    one_by_one = []

    def alone(plan, number):
        one_by_one.append(number)
        return _record(plan, number)

    return list(records(plan, list(range(plan.n_tasks)), alone)), one_by_one


def same(plan, found):
    for record, number in zip(found, range(plan.n_tasks), strict=True):
        other = _record(plan, number)
        assert (record.task, record.error) == (number, other.error)
        assert (record.values is None) == (other.values is None)
        if record.values is not None:
            np.testing.assert_array_equal(record.values, other.values)


@pytest.mark.parametrize("plan", [
    plan_of(),
    plan_of(network={"k0": 0.0}),
    plan_of(masses={"n": 10}),  # every zero in 32 digits
    plan_of(("heat_flux", "scaled_conductance", "conductance_matrix")),
    plan_of(axes={"masses.n": [12, 40]}),
    plan_of(baths=[*BATHS, {"site": 3, "temperature": 1.0}], observables=["heat_flux"]),
], ids=["pinned", "free", "few", "fluxes", "sizes", "three baths"])
def test_what_is_done_together_has_the_bits_of_what_is_done_alone(plan):
    found, one_by_one = together(plan)
    assert one_by_one == [point * MANY for point in range(plan.n_points)]  # the first of each point shows the way
    same(plan, found)


@pytest.mark.parametrize("plan", [
    plan_of(masses={"spread": 0.0}),  # equal sites
    plan_of(baths=[BATHS[0], {"site": 1, "temperature": 0.5, "friction": 1e40}]),
    plan_of(["local_temperature"]),
    plan_of(masses={"n": 150}),
    plan_of(network={"kind": "chain"}),
    plan_of(baths=[{"site": 0, "temperature": 1.5, "cutoff": 2.0}, BATHS[1]]),
], ids=["equal", "overdamped", "temperatures", "many sites", "chain", "memory"])
def test_what_the_general_road_is_to_decide_is_left_to_it(plan):
    found, one_by_one = together(plan)
    assert one_by_one == list(range(MANY))
    same(plan, found)


def test_a_certificate_that_fails_leaves_the_task_to_the_general_road(monkeypatch):
    from hotsprings.certificate import Certificate
    from hotsprings.sweeps import alike

    plan = plan_of()
    monkeypatch.setattr(alike, "Certificate", partial(Certificate, tolerance=1e-30))
    found, one_by_one = together(plan)
    assert one_by_one == list(range(MANY))
    same(plan, found)


def test_the_states_of_generators_are_those_of_numpy():
    seeds = np.array([0, 1, 2**32 - 1, 2**32, 2**63 - 1, *np.random.default_rng(0).integers(0, 2**63, 200)])
    for seed, state in zip(seeds.tolist(), generator_states(seeds), strict=True):
        assert state == np.random.default_rng(seed).bit_generator.state


def test_a_part_of_a_point_has_the_seeds_of_its_own_tasks():
    plan = plan_of(axes={"network.k0": [0.5, 1.0]})
    tasks = list(range(MANY - 10, MANY + 10))
    for record in records(plan, tasks, _record):
        np.testing.assert_array_equal(record.values, _record(plan, record.task).values)
