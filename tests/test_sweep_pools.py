"""Who does the work: workers that die, scripts of all kinds, executors, Dask, the job of SLURM."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.errors import SweepError
from hotsprings.sweeps import ExecutorPool, LocalPool, batches, cluster
from hotsprings.sweeps.clusters import made_cluster
from hotsprings.sweeps.pools import default_workers
from hotsprings.sweeps.store import Record
from hotsprings.sweeps.worker import ONE_THREAD, run_batch
from tests.sweep_cases import MODEL, network, same


def test_a_task_that_kills_its_worker_is_recorded_and_the_rest_is_done(tmp_path):
    def base(n, seed):
        if n == 5:
            os.kill(os.getpid(), signal.SIGKILL)  # as the system does when memory runs out
        return network(n, seed=seed)

    plan = hs.Plan(base, {"n": [4, 5, 6, 7]}, 1, 1)
    data = hs.sweep(plan, tmp_path, workers=2)
    assert data.attrs["failures"] == "task 1: the worker process died (killed, out of memory, or a crash)"
    assert np.isfinite(data.conductance.values[:, 0]).tolist() == [True, False, True, True]
    for number in (0, 2, 3):
        assert float(data.conductance[number, 0]) == float(plan.task(number).measure()["conductance"])


def test_an_innocent_task_beside_a_killer_is_not_blamed(tmp_path):
    flag = str(tmp_path / "flag")

    def base(n, seed):
        if not os.path.exists(flag):  # noqa: PTH110
            open(flag, "a").close()  # noqa: PTH123
            os.kill(os.getpid(), signal.SIGKILL)  # once: too much memory of all workers together, say
        return network(n, seed=seed)

    data = hs.sweep(hs.Plan(base, {"n": [4, 5, 6]}, 2, 1), workers=2)
    assert (data.attrs["n_finished"], data.attrs["n_failed"]) == (6, 0)


def test_workers_that_cannot_live_end_the_sweep():
    class Dead:
        n_workers = 1

        def submit(self, plan, tasks, budget):
            from concurrent.futures import Future
            from concurrent.futures.process import BrokenProcessPool

            future = Future()
            future.set_exception(BrokenProcessPool("no memory to start"))
            return future

        def close(self):
            self.closed = True

    pool = Dead()
    with pytest.raises(SweepError, match=r"before they have done anything .no memory to start"):
        hs.sweep(hs.Plan(MODEL, seed=1, realisations=50), pool=pool)
    assert pool.closed


def test_an_error_that_is_no_death_is_not_taken_for_one():
    def base(seed):
        return network(4)

    class Unreadable:
        def __reduce__(self):
            return int, ("no number",)

    base.__kwdefaults__ = {"also": Unreadable()}
    with pytest.raises(ValueError, match="no number"):
        hs.sweep(hs.Plan(base, seed=1, realisations=4), workers=1)


def test_batches_grow_to_half_a_second_and_what_did_not_fit_comes_back():
    waiting = batches._Waiting(list(range(10_000)), 2)
    first = waiting.take()
    assert first == [0]
    waiting.done(first, [Record(0, None, None, 0.001)])
    batch = waiting.take()
    assert len(batch) == 500
    waiting.done(batch, [Record(i, None, None, 0.1) for i in batch[:5]])
    assert waiting.take() == [6, 7, 8, 9, 10]
    rest = []
    while waiting.tasks:
        rest.append(waiting.take())
    assert sorted(task for batch in rest for task in batch) == list(range(11, 10_000))


SCRIPTS = {
    "no guard": "import hotsprings as hs\nk = 0.3\n{}",
    "guard": "import hotsprings as hs\nk = 0.3\nif __name__ == '__main__':\n    {}",
}
CALL = ("print(hs.sweep(hs.Plan(lambda n, seed: hs.OpenNetwork(hs.MeanField(hs.masses.random(n, seed=seed), k=k), "
        "[hs.Bath(0, 1.0), hs.Bath(1, 0.0)]), dict(n=[5, 6]), 3, 1), workers=2).conductance.values.tolist())")


@pytest.mark.parametrize("way", ["no guard", "guard", "standard input"])
def test_scripts_with_and_without_a_guard_and_none(tmp_path, way):
    script = SCRIPTS.get(way, SCRIPTS["no guard"]).format(CALL)
    (tmp_path / "script.py").write_text(script)
    argv = [sys.executable, "-"] if way == "standard input" else [sys.executable, "script.py"]
    found = subprocess.run(argv, input=script if way == "standard input" else "", capture_output=True, text=True,
                           cwd=tmp_path, timeout=900)
    assert "Traceback" not in found.stderr
    assert found.returncode == 0, found.stderr
    (line,) = found.stdout.splitlines()  # the script ran once
    values = np.array(eval(line))
    task = hs.Plan(lambda n, seed: None, {"n": [5, 6]}, 3, 1).task(4)
    system = hs.OpenNetwork(hs.MeanField(hs.masses.random(6, seed=task.seeds["seed"]), k=0.3),
                            [hs.Bath(0, 1.0), hs.Bath(1, 0.0)])
    assert values[1, 1] == pytest.approx(hs.conductance(system)[0, 1], rel=1e-12)


def test_workers_have_one_thread_each():
    def base(seed):
        import numba

        counts = [numba.get_num_threads(), *(int(os.environ[name]) for name in ONE_THREAD)]
        return hs.OpenNetwork(hs.MeanField([1.0, *counts], k0=1.0), [hs.Bath(0, 1.0)])

    most = {"most": lambda state: state.system.network.masses.max()}
    data = hs.sweep(hs.Plan(base, seed=1, observables=most), workers=1)
    assert float(data.most[0]) == 1.0
    assert default_workers() == len(os.sched_getaffinity(0))
    assert LocalPool().n_workers == default_workers()


def test_any_executor_does_and_is_left_open():
    plan = hs.Plan(MODEL, {"masses.n": [5, 6]}, 4, 1)
    with ThreadPoolExecutor(2) as executor:
        data = hs.sweep(plan, pool=ExecutorPool(executor, 2))
        assert executor.submit(int, "3").result() == 3
    same(data, hs.sweep(plan, workers=1))


def test_the_local_cluster_of_dask_gives_the_same_bits(tmp_path):
    pytest.importorskip("distributed")

    def base(n, seed):
        if n == 6:
            raise ArithmeticError("no six")
        return network(n, seed=seed)

    plan = hs.Plan(base, {"n": [5, 6, 7]}, 4, 1, {"conductance": None, "heat_flux": None,
                                                  "threads": lambda state: int(os.environ["OMP_NUM_THREADS"])})
    with cluster("local", 2) as pool:
        data = hs.sweep(plan, tmp_path, pool=pool)
    assert data.attrs["n_failed"] == 4
    assert np.nanmax(data.threads) == 1.0
    assert "ArithmeticError: no six" in data.attrs["failures"]
    same(data, hs.sweep(plan, workers=1))
    assert hs.sweep_status(plan, tmp_path).done == 8


def test_the_job_of_slurm(monkeypatch):
    pytest.importorskip("dask_jobqueue")
    from dask import config

    with config.set({"jobqueue.slurm.queue": "long", "jobqueue.slurm.job-script-prologue": ["module load python"]}), \
            made_cluster("slurm", 3, {"account": "physics", "walltime": "02:00:00"}) as made:
        script = made.job_script()
    for words in ["#SBATCH -p long", "#SBATCH -A physics", "#SBATCH -t 02:00:00", "#SBATCH --cpus-per-task=1",
                  "export OMP_NUM_THREADS=1", "export NUMBA_NUM_THREADS=1", "module load python", "--nthreads 1",
                  "#SBATCH --mem=4G"]:
        assert words in script, words
    assert script.index("NUMBA_NUM_THREADS") < script.index("distributed.cli.dask_worker")
    with made_cluster("slurm", 3, {"cores": 8, "memory": "16GB"}) as made:
        script = made.job_script()
    for words in ["--cpus-per-task=8", "--nthreads 1", "--nworkers 8", "--mem=15G"]:
        assert words in script, words


def test_unknown_clusters_and_missing_packages_are_told(monkeypatch):
    with pytest.raises(hs.ArgumentError, match="be one of local, slurm"), cluster("cloud"):
        pass
    for kind, package in (("local", "distributed"), ("slurm", "dask_jobqueue")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(hs.ArgumentError, match=r"pip install .*hotsprings\[cluster\]"), cluster(kind):
            pass


@pytest.mark.parametrize("shard", [(2, 2), (-1, 2), (0, 0), 3, (0.5, 2), "0/2"])
def test_wrong_shards_and_plans_are_refused(shard):
    with pytest.raises(hs.ArgumentError, match="shard"):
        hs.sweep(hs.Plan(MODEL, seed=1), shard=shard)
    with pytest.raises(hs.ArgumentError, match="'plan' must be a Plan"):
        hs.sweep(MODEL)
    with pytest.raises(hs.ArgumentError, match="workers"):
        hs.sweep(hs.Plan(MODEL, seed=1), workers=0)


def test_a_batch_ends_when_its_time_is_over():
    import cloudpickle

    pickled = cloudpickle.dumps(hs.Plan(MODEL, realisations=5, seed=1))
    assert [record.task for record in run_batch(pickled, [3, 1, 4], 0.0)] == [3]
    assert [record.task for record in run_batch(pickled, [3, 1, 4], 60.0)] == [3, 1, 4]
    assert run_batch(pickled, [], 1.0) == []


class Held(Executor):
    """An executor that begins nothing."""

    def __init__(self):
        self.futures = []

    def submit(self, *args, **keys):
        self.futures.append(Future())
        return self.futures[-1]


def test_what_has_not_begun_is_taken_back_by_the_pool_alone():
    """A batch that is cancelled while loky closes, kills loky's thread with a traceback: a closed pool stops them."""
    held = Held()
    pool = ExecutorPool(held, 1)
    plan = hs.Plan(network, {"n": [4, 5, 6, 7, 8, 9, 10, 11]}, 1, 1)
    found = batches.finished(plan, list(range(8)), pool)
    held.submit = lambda *args, plain=held.submit: _first_done(plain(*args), held)
    assert len(next(found)) == 1
    found.close()
    running = [future for future in held.futures if not future.done()]
    assert running
    assert not any(future.cancelled() for future in running)
    pool.close()
    assert all(future.cancelled() for future in running)
    assert not held.futures[0].cancelled()


def _first_done(future, held):
    """Let the first batch be done at once."""
    if len(held.futures) == 1:
        future.set_result([Record(0, np.zeros(1), None, 0.1)])
    return future
