"""The store: of one plan alone, for one run per shard, read by anyone; and what makes plans differ."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from filelock import FileLock

import hotsprings as hs
from hotsprings.sweeps.fingerprints import fingerprint
from hotsprings.sweeps.store import Record, Store, StoreError, differences
from tests.sweep_cases import MODEL, network, start

IDENTITY = {"seed": 1, "axes": [{"name": "n", "values": [1, 2]}]}


def _record(task, value=1.0, error=None):
    return Record(task, None if error else np.array([value, np.nan]), error, 0.5)


def test_records_come_back_bit_for_bit(tmp_path):
    values = np.array([0.1, -0.0, np.inf, np.nan, 5e-324])
    for path in (None, tmp_path / "new" / "store"):
        store = Store(path, IDENTITY)
        with store.writing():
            store.put([Record(3, values, None, 0.25), _record(1, error="it failed")])
            records = {record.task: record for record in store.records()}
            assert store.finished().tolist() == [1, 3]
            assert store.finished(failures=False).tolist() == [3]
        assert records[3].values.tobytes() == values.tobytes()
        assert (records[3].seconds, records[3].error) == (0.25, None)
        assert (records[1].values, records[1].error) == (None, "it failed")


def test_another_plan_is_refused_with_the_difference(tmp_path):
    plan = hs.Plan(MODEL, {"masses.n": [5, 6]}, 3, 1)
    hs.sweep(plan, tmp_path, workers=1)
    for changed, words in [
        (hs.Plan(MODEL, {"masses.n": [5, 6]}, 4, 1), "realisations is 3 in the store and 4 in the plan"),
        (hs.Plan(MODEL, {"masses.n": [5, 6]}, 3, 2), "seed is 1 in the store and 2 in the plan"),
        (hs.Plan(MODEL, {"masses.n": [5, 7]}, 3, 1), r"axes\[0\].values\[1\] is 6 in the store and 7 in the plan"),
        (hs.Plan(MODEL | {"network": {"kind": "mean-field", "k": 0.2, "k0": 0.5}}, {"masses.n": [5, 6]}, 3, 1),
         r"base.model.network.k is 0.1 in the store and 0.2 in the plan"),
        (hs.Plan(MODEL | {"network": {"kind": "chain"}}, {"masses.n": [5, 6]}, 3, 1),
         r'network.kac is .*nothing.*Give this plan another store'),
        (hs.Plan(MODEL, {"masses.n": [5, 6]}, 3, 1, ["heat_flux"]), r'observables\[0\] is "conductance"'),
    ]:
        for call in (hs.sweep, hs.sweep_status):
            with pytest.raises(StoreError, match=words):
                call(changed, tmp_path)
    named = hs.Plan(MODEL | {"title": "another title"}, {"masses.n": [5, 6]}, 3, 1, title="of no weight")
    assert hs.sweep_status(named, tmp_path).done == 6


def test_a_network_file_counts_by_what_is_in_it(tmp_path, monkeypatch):
    K = hs.Chain([1.0, 1.1, 1.2], k0=1.0).stiffness()
    for folder, matrix in (("a", K), ("b", K), ("c", 2.0 * K)):
        (tmp_path / folder).mkdir()
        np.savez(tmp_path / folder / "K.npz", stiffness=matrix)
    plans = []
    for folder in "abc":
        monkeypatch.chdir(tmp_path / folder)
        plans.append(hs.Plan({"network": {"kind": "file", "path": "K.npz", "masses": 1.0},
                              "baths": [{"site": 0, "temperature": 1.0}, {"site": -1, "temperature": 0.0}]}))
    assert plans[0].identity == plans[1].identity != plans[2].identity
    monkeypatch.chdir(tmp_path)
    assert plans[0].task(0).system().n_sites == 3  # found from anywhere


def test_differences_name_the_place():
    assert differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}) == []
    assert differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}) == ["a[1].b is 2 in the store and 3 in the plan"]
    assert differences({"a": [1]}, {"a": [1, 2]}) == ["a is [1] in the store and [1, 2] in the plan"]
    assert differences({}, {"a": 1}) == ['a is "nothing" in the store and 1 in the plan']


def test_a_store_that_was_half_made_is_made_and_a_strange_one_refused(tmp_path):
    (tmp_path / "plan.lock").touch()  # killed before the plan was written
    (tmp_path / ".plan-0123456789ab.json").write_text("{")
    Store(tmp_path, IDENTITY)
    (tmp_path / "plan.json").write_text('{"seed": 1, ')
    with pytest.raises(StoreError, match=r"plan\.json: is damaged"):
        Store(tmp_path, IDENTITY)
    (tmp_path / "plan.json").unlink()
    (tmp_path / "records-0-of-1.sqlite").touch()
    with pytest.raises(StoreError, match=r"has records but no plan\.json"):
        Store(tmp_path, IDENTITY)
    with pytest.raises(StoreError, match="there is no store"):
        Store(tmp_path / "none", IDENTITY, create=False)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used: File exists"):
        Store(tmp_path / "file", IDENTITY)


def test_one_run_per_shard_and_no_two_ways_to_divide_the_work(tmp_path):
    first, second = (Store(tmp_path, IDENTITY, (i, 2)) for i in range(2))
    with first.writing(), second.writing():
        first.put([_record(0)])
        second.put([_record(1)])
        assert sorted(Store(tmp_path, IDENTITY).active()) == ["0/2", "1/2"]
        assert Store(tmp_path, IDENTITY, create=False).finished().tolist() == [0, 1]
        for shard, words in [((0, 2), "another run is working on shard 0/2"), ((0, 1), r"shard 0/2 .* shares tasks"),
                             ((2, 3), r"shares tasks\s+with 2/3")]:
            with pytest.raises(StoreError, match=words), Store(tmp_path, IDENTITY, shard).writing():
                pass
    assert Store(tmp_path, IDENTITY).active() == []
    with Store(tmp_path, IDENTITY, (2, 3)).writing():
        assert Store(tmp_path, IDENTITY).finished().tolist() == [0, 1]


def test_a_result_counts_before_an_error_of_another_shard(tmp_path):
    one, other = Store(tmp_path, IDENTITY, (0, 2)), Store(tmp_path, IDENTITY, (0, 3))
    with one.writing():
        one.put([_record(0, error="failed"), _record(6, error="failed"), _record(2)])
    with other.writing():
        other.put([_record(0, 2.0), _record(6, error="failed again")])
        assert [record.task for record in other.failures()] == [6]
    (found,) = [record for record in one.records() if record.task == 0]
    assert found.error is None
    assert sorted(record.task for record in one.records()) == [0, 2, 6]
    assert one.finished(failures=False).tolist() == [0, 2]


def test_failed_tasks_are_tried_again_on_demand(tmp_path):
    switch = tmp_path / "switch"

    def base(n, seed, path=str(switch)):
        if n == 4 and not os.path.exists(path):  # noqa: PTH110
            raise ArithmeticError("not yet")
        return network(n, seed=seed)

    plan = hs.Plan(base, {"n": [3, 4]}, 2, 1)
    seen = []
    data = hs.sweep(plan, tmp_path / "store", workers=1, listener=seen.append)
    assert data.attrs["failures"] == "task 2: ArithmeticError: not yet\ntask 3: ArithmeticError: not yet"
    assert (seen[-1].done, seen[-1].total, seen[-1].failed) == (4, 4, 2)
    switch.touch()
    assert hs.sweep(plan, tmp_path / "store", workers=1).attrs["n_failed"] == 2  # not of itself
    data = hs.sweep(plan, tmp_path / "store", workers=1, retry_failed=True, shard=(0, 2))
    assert data.attrs["n_failed"] == 1
    data = hs.sweep(plan, tmp_path / "store", workers=1, retry_failed=True)
    assert (data.attrs["n_failed"], data.attrs["n_finished"]) == (0, 4)


READER = """
import os, sys
from hotsprings.sweeps.store import Store, StoreError
early = Store(sys.argv[1], {"seed": 1}, create=False)
early.finished(), early.active(), early.failures()  # load what is loaded late, which others may not read
os.setuid(65534)
store = Store(sys.argv[1], {"seed": 1}, create=False)
print(store.finished().tolist(), store.active(), len(store.failures()))
try:
    with store.writing():
        pass
except StoreError as err:
    print(err)
try:
    Store(sys.argv[1] + "/new", {"seed": 1})
except StoreError as err:
    print(err)
"""


@pytest.mark.skipif(not hasattr(os, "setuid") or os.getuid() != 0, reason="only root can become someone without rights")
def test_others_may_look_but_not_write(tmp_path):
    store = Store(tmp_path / "store", {"seed": 1})
    with store.writing():
        store.put([_record(4), _record(5, error="failed")])
    for path in (tmp_path, *tmp_path.parents):
        if not path.stat().st_mode & 0o001:
            os.chmod(path, 0o711)  # noqa: PTH101
    found = subprocess.run([sys.executable, "-c", READER, str(tmp_path / "store")], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    looked, refused, none = found.stdout.splitlines()
    assert looked == "[4, 5] [] 1"
    assert "cannot be written: Permission denied" in refused
    assert "cannot be used: Permission denied" in none


def test_a_lock_of_a_dead_run_holds_nobody_up(tmp_path):
    store = Store(tmp_path, IDENTITY)
    code = ("import os, sys; from hotsprings.sweeps.store import Store\n"
            f"with Store(sys.argv[1], {json.dumps(IDENTITY)}).writing():\n    print('in', flush=True)\n    input()")
    process = start("-c", code, tmp_path, stdin=subprocess.PIPE)
    assert process.stdout.readline() == "in\n"
    assert store.active() == ["0/1"]
    with pytest.raises(StoreError, match="another run is working on this store"), store.writing():
        pass
    process.kill()
    process.communicate()
    with store.writing():
        pass
    with FileLock(tmp_path / "records-0-of-1.lock", timeout=0):
        assert store.active() == ["0/1"]


# fingerprints

SPREAD = 0.2


def _mass(n):
    return SPREAD * n


def _system(n):
    return _mass(n)


def test_functions_differ_where_anything_they_use_does(monkeypatch):
    def closure(k, weights):
        return lambda n: n * k + weights.sum()

    class Caller:
        def __init__(self, k):
            self.k = k

        def __call__(self, n):
            return n * self.k

    one = fingerprint(_system)
    assert one == fingerprint(_system)
    monkeypatch.setattr(sys.modules[__name__], "SPREAD", 0.3)  # two calls down
    assert fingerprint(_system) != one
    zeros, ones = np.zeros(3), np.ones(3)
    prints = [fingerprint(f) for f in (
        closure(1, zeros), closure(2, zeros), closure(1, ones), Caller(1), Caller(2), Caller(1).__call__,
        functools.partial(_system, 1), functools.partial(_system, n=1), functools.partial(_system, 2), np.mean, max)]
    assert len(set(prints)) == len(prints)
    assert fingerprint(closure(1, np.zeros(3))) == prints[0]
    assert fingerprint(Caller(2)) == prints[4]


def test_fingerprints_are_the_same_in_every_process():
    text = "lambda n: [(lambda x: x + n)(i) for i in range(3) if str(n) in {'a', 'b', 'c', 'd'}]"
    code = f"from hotsprings.sweeps.fingerprints import fingerprint; print(fingerprint(eval({text!r})))"
    found = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                            env=os.environ | {"PYTHONHASHSEED": seed}).stdout for seed in "12"}
    assert len(found) == 1
