"""Runs that are killed at random moments, stopped, or out of disk: nothing is lost, nothing computed twice."""

from __future__ import annotations

import os
import random
import resource
import runpy
import signal
import sqlite3
import sys
import time

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.sweeps.results import dataset
from hotsprings.sweeps.store import Record, Store, StoreError
from tests.sweep_cases import SCRIPT, group, lines, same, start, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
KILLS = {"starting": 12, "running": 30, "finishing": 8}  # 50 in all


@pytest.fixture
def script(tmp_path):
    """Return the script of a sweep, and what is in it."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def _inside(script):
    """Return the plan as the script makes it; the source is the script's, so the store is its own."""
    return runpy.run_path(str(script), run_name="inside")["plan"]


def _finished(store, plan, seeds):
    """Return the seeds of what is in the store."""
    if not (store / "plan.json").exists():
        return set()
    return set(seeds[Store(store, plan.identity, create=False).finished()].tolist())


def _seeds(plan):
    return np.array([plan.task(number).seeds["seed"] for number in range(plan.n_tasks)])


def _without_tracker(err):
    """Leave out what loky's resource tracker says of a semaphore that is gone already (seen once in some 2000 runs)."""
    told = [line for line in err.splitlines() if line.strip() and not line.startswith("  warnings.warn(")]
    return "\n".join(line for line in told if "resource_tracker.py" not in line)


def _kill(process):
    """Kill the parent alone, and see that all the others end."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    try:
        until(lambda: not group(process.pid), 5.0)
    finally:
        if group(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _interrupted(script, store, log, realisations, moment, rng):
    """Start the script and kill it, the parent alone, at a random moment."""
    process = start(script, store, log, realisations, pause=0.003)
    if moment == "starting":
        time.sleep(rng.uniform(0.0, 1.5))
    else:
        wanted = 1 if moment == "running" else 3 * realisations
        until(lambda: len(lines(log)) >= wanted or process.poll() is not None)
        time.sleep(rng.uniform(0.0, 0.5 if moment == "running" else 0.1))
    _kill(process)


def test_fifty_kills_lose_nothing_and_compute_nothing_twice(script, tmp_path):
    rng, realisations = random.Random(5), 2500
    plan, store = _inside(script)(realisations), tmp_path / "store"
    moments = [name for name in ("starting", "running") for _ in range(KILLS[name])]
    rng.shuffle(moments)
    done, progress, seeds = set(), 0, _seeds(plan)
    for i, moment in enumerate([*moments, "last"]):
        log = tmp_path / f"log-{i}"
        if moment == "last":
            out, err = start(script, store, log, realisations).communicate(timeout=900)
            assert (out, _without_tracker(err)) == ("done\n", "")
        else:
            _interrupted(script, store, log, realisations, moment, rng)
        computed = [int(line) for line in lines(log) if line]
        assert not done & set(computed[:-1])  # what was in the store is not computed again (a last line may be half)
        assert len(set(computed)) == len(computed)
        now = _finished(store, plan, seeds)
        assert done <= now  # nothing is lost
        progress += len(now) > len(done)
        done = now
    assert progress > KILLS["running"] // 2  # the kills came while results were being written
    same(dataset(plan, list(Store(store, plan.identity).records())), hs.sweep(plan, workers=1, pool=_Here()))


def test_kills_at_the_end(script, tmp_path):
    rng, realisations = random.Random(6), 20
    plan = _inside(script)(realisations)
    wanted, seeds = hs.sweep(plan, pool=_Here()), _seeds(plan)
    for i in range(KILLS["finishing"]):
        store = tmp_path / f"store-{i}"
        _interrupted(script, store, tmp_path / f"log-{i}", realisations, "finishing", rng)
        before = _finished(store, plan, seeds)
        resumed = _Here()
        same(hs.sweep(plan, store, pool=resumed), wanted)
        assert before.isdisjoint(seeds[resumed.tasks].tolist())
        assert len(before) + len(resumed.tasks) == plan.n_tasks


class _Here:
    """A pool in this process."""

    n_workers = 1

    def __init__(self):
        self.tasks = []

    def submit(self, plan, tasks, budget):
        from concurrent.futures import Future

        from hotsprings.sweeps.worker import run_batch

        before, sys.argv = sys.argv, ["", "", os.devnull]
        future = Future()
        future.set_result(run_batch(plan, tasks, 60.0))
        sys.argv = before
        self.tasks += tasks
        return future

    def close(self):
        pass


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_command_keeps_what_is_finished_and_leaves_no_worker(tmp_path, number, code):
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN)
    process = start("-m", "hotsprings.cli", "sweep", "plan.toml", cwd=tmp_path)
    records = tmp_path / "plan.sweep" / "records-0-of-1.sqlite"
    until(lambda: records.exists() and _count(records) > 0)
    assert len(group(process.pid)) > 1
    os.killpg(process.pid, number)  # as a terminal does: the whole group
    out, err = process.communicate(timeout=900)
    assert process.returncode == code
    assert out == ""
    assert "what was finished is in plan.sweep" in err
    assert "Traceback" not in err, err
    until(lambda: not group(process.pid))
    kept = _count(records)
    assert 0 < kept < 20_000
    assert not (tmp_path / "plan.nc").exists()


PLAN = """
[network]
kind = "mean-field"
k0 = 0.5
[masses]
kind = "random"
n = 10
[[baths]]
site = 0
temperature = 1.5
[[baths]]
site = -1
temperature = 0.5
[sweep]
realisations = 20000
seed = 3
"""


def _count(path):
    try:
        connection = sqlite3.connect(path)
        return connection.execute("SELECT count(*) FROM records").fetchone()[0]
    except sqlite3.OperationalError:  # no table yet
        return 0
    finally:
        connection.close()


BUSY = '''
import sys
import numba, numpy as np
import hotsprings as hs

def system(seed):
    @numba.njit
    def loop(x):
        while x[0] == 0:
            x[1] = (x[1] + 1) % 1000
    loop(np.ones(2, dtype=np.int64))  # compiled
    open(sys.argv[1], "a").close()
    loop(np.zeros(2, dtype=np.int64))  # for ever

hs.sweep(hs.Plan(system, realisations=2, seed=1), workers=2)
'''


def test_workers_in_a_kernel_that_holds_the_lock_of_the_interpreter_die_with_their_parent(tmp_path):
    (tmp_path / "busy.py").write_text(BUSY)
    process = start(tmp_path / "busy.py", tmp_path / "began")
    until((tmp_path / "began").exists)
    time.sleep(0.2)
    assert process.poll() is None
    _kill(process)


def test_a_full_disk_is_told_and_the_rest_is_done_later(script, tmp_path):
    realisations = 400
    plan, store = _inside(script)(realisations), tmp_path / "store"

    def little():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    process = start(script, store, "/dev/null", realisations, preexec_fn=little)
    out, err = process.communicate(timeout=900)
    assert process.returncode == 1
    assert out == ""
    (message,) = [line for line in err.splitlines() if "StoreError" in line and "store" in line][-1:]
    assert "is the disk full?" in message
    assert "What was finished before is safe" in message
    until(lambda: not group(process.pid))
    kept = {record.task: record for record in Store(store, plan.identity).records()}
    assert 0 < len(kept) < plan.n_tasks
    resumed = _Here()
    data = hs.sweep(plan, store, pool=resumed)
    assert not kept.keys() & set(resumed.tasks)
    assert data.attrs["n_finished"] == plan.n_tasks
    same(data, hs.sweep(plan, pool=_Here()))


WRITER = '''
import sys, numpy as np
from hotsprings.sweeps.store import Record, Store
store = Store(sys.argv[1], {"plan": 1})
with store.writing():
    print("on", flush=True)
    task = store.finished().size
    while True:
        store.put([Record(task + i, np.full(500, float(task + i)), None, 0.0) for i in range(7)])
        print(task + 7, flush=True)
        task += 7
'''


def test_kills_in_the_middle_of_a_commit_leave_whole_batches(tmp_path):
    (tmp_path / "writer.py").write_text(WRITER)
    rng, told = random.Random(9), 0
    for _ in range(6):
        process = start(tmp_path / "writer.py", tmp_path / "store")
        assert process.stdout.readline() == "on\n"
        time.sleep(rng.uniform(0.0, 0.2))
        process.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in process.communicate()[0].split())])
        store = Store(tmp_path / "store", {"plan": 1})
        records = list(store.records())
        assert len(records) >= told  # what was said to be written is
        assert len(records) % 7 == 0  # a batch whole or not at all
        assert all(np.all(record.values == record.task) and record.values.size == 500 for record in records)
    assert told > 7


def test_a_damaged_database_is_told(tmp_path):
    store = Store(tmp_path, {"plan": 1})
    with store.writing():
        store.put([Record(i, np.zeros(1000), None, 0.0) for i in range(10)])
    path = tmp_path / "records-0-of-1.sqlite"
    whole = path.read_bytes()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="is damaged: file is not a database"):
        list(store.records())
    path.write_bytes(whole[:20_000])
    with pytest.raises(StoreError, match="damaged"):
        list(store.records())
    path.write_bytes(whole)
    assert len(list(store.records())) == 10


def test_a_row_that_is_read_from_both_ends_is_lost_once(monkeypatch):
    from hotsprings.sweeps import records

    whole = Record(1, np.ones(3), None, 0.5)
    rows = [(1, whole.values.tobytes(), None, 0.5, whole.digest), (2, b"cut", None, 0.5, "another"),
            (3, None, None, 0.5, "none")]
    monkeypatch.setattr(records, "_readable", lambda database, sound: iter([*rows, *rows[::-1]]))
    kept, lost = records.sorted_out(None, False, 3)
    assert ([record.task for record in kept], lost) == ([1], 2)
