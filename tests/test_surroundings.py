"""Broken surroundings: no place for compiled code, full disks, damaged stores and checkpoints, Ctrl-C, fork, pipes."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import hotsprings as hs
from hotsprings import cli, dynamics
from hotsprings.config import example
from hotsprings.dynamics.plan import planned
from hotsprings.errors import ArgumentError, DamageWarning, FileWarning
from hotsprings.io import FileError
from hotsprings.kernels import cauchy, compiled
from hotsprings.studies.catalogue import NAMES
from hotsprings.sweeps.store import Record, Store

SYSTEM = hs.OpenNetwork(hs.Chain([1.0, 1.1, 0.9], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
posix = pytest.mark.skipif(os.name != "posix", reason="signals, pipes and limits of POSIX")


def _python(program, *arguments, **options):
    """Run a program; return what came of it."""
    return subprocess.run([sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True,
                          check=False, **options)


# compiled code

PLACES = """
import sys, tempfile, warnings
import numba
from hotsprings.kernels import compiled

class Nowhere(compiled.FunctionCache):
    def __init__(self, function):
        if not numba.config.CACHE_DIR:
            raise RuntimeError("no locator available")
        super().__init__(function)

numba.config.CACHE_DIR = ""
compiled.FunctionCache = Nowhere
compiled._Cache.__bases__ = (Nowhere,)
if sys.argv[1] == "no temporary files":
    def refuse(**_):
        raise OSError("read-only")
    tempfile.mkdtemp = refuse
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    kernels = [compiled.njit(lambda x, k=k: x + k) for k in range(3)]
print(kernels[1](1), len(told), "NUMBA_CACHE_DIR" in str(told[0].message), bool(numba.config.CACHE_DIR))
"""


@pytest.mark.parametrize(("where", "kept"), [("temporary files", True), ("no temporary files", False)])
def test_without_a_place_for_compiled_code_it_works_and_says_so_once(where, kept):
    found = _python(PLACES, where)
    assert found.stdout.split() == ["2", "1", "True", str(kept)], found.stderr


def test_a_damaged_cache_is_none(tmp_path):
    program = ("import numba, sys; numba.config.CACHE_DIR = sys.argv[1]; import hotsprings; "
               "from hotsprings.kernels.multipole import leaf_of; print(leaf_of(3, 10, 2))")
    assert _python(program, tmp_path).stdout == "0\n"
    files = [path for path in tmp_path.rglob("*leaf_of*") if path.is_file()]
    assert {path.suffix for path in files} == {".nbi", ".nbc"}
    for path in files:
        path.write_bytes(path.read_bytes()[:40])
    found = _python(program, tmp_path)
    assert (found.stdout, found.returncode) == ("0\n", 0), found.stderr


def _field():
    from hotsprings.response.tree import Interactions, Tree

    points = np.sort(np.random.default_rng(1).uniform(1.0, 2.0, (2, 300)), axis=1) * np.array([[1.0], [1e-17]])
    targets = points + np.array([[1e-4], [0.0]])
    weights = np.random.default_rng(2).uniform(0.5, 1.0, 300)
    nearby = Interactions.between(Tree.of_points(targets, True), Tree.of_points(points, True))
    field = nearby.real_field(points, weights)
    return points[0], points[1], weights, targets[0], targets[1], 0, 300, field


def test_one_thread_and_all_give_the_same_bits():
    arguments = _field()
    assert np.array_equal(cauchy.real_sums.alone(*arguments), cauchy.real_sums.all(*arguments))
    shifted = (arguments[0] * (1.0 + 2.0**-52), *arguments[1:])
    assert not np.array_equal(cauchy.real_sums.alone(*shifted), cauchy.real_sums.all(*arguments))  # could differ


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 16, 45])
def test_the_order_of_a_sum_is_that_of_eight_lanes(n):
    from hotsprings.kernels.multipole import dot

    x = np.random.default_rng(n).standard_normal(n) * 10.0 ** np.random.default_rng(n).integers(-8, 8, n)
    lanes = np.zeros(8)
    for i, value in enumerate(x):
        lanes[i % 8] += value
    while lanes.size > 1:
        lanes = lanes[: lanes.size // 2] + lanes[lanes.size // 2:]
    assert dot(x, np.ones(n)) == lanes[0]
    many = np.random.default_rng(n).standard_normal((50, n))
    assert n < 9 or any(dot(y, np.ones(n)) != np.cumsum(y)[-1] for y in many)  # another order, other bits


def _child(pipe, arguments):
    pipe.send(cauchy.real_sums(*arguments))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_of_fork_computes_after_its_parent_did():
    arguments = _field()
    expected = cauchy.real_sums.all(*arguments)
    context = multiprocessing.get_context("fork")
    mine, other = context.Pipe(False)
    process = context.Process(target=_child, args=(other, arguments))
    process.start()
    assert mine.poll(120)  # a child that hung would never send
    assert np.array_equal(mine.recv(), expected)
    process.join()
    assert not compiled._forked[0]


def test_no_kernel_is_compiled_past_the_one_door():
    for path in Path(compiled.__file__).parent.glob("*.py"):
        if path.name not in ("compiled.py", "watch.py"):
            text = path.read_text(encoding="utf-8")
            assert "from numba import njit" not in text
            assert "numba.njit" not in text


# stores

def _store(path, n=400):
    store = Store(path, {"seed": 1}, width=2)
    with store.writing():
        store.put([Record(i, np.array([float(i), 0.5 * i]), None, 0.25) for i in range(n)])
    return store, path / "records-0-of-1.sqlite"


def _reopened(path):
    """Return what a new run finds in a store, and what it says."""
    store = Store(path, {"seed": 1}, width=2)
    with pytest.warns(DamageWarning, match="damaged"), store.writing():
        return list(store.records())


@pytest.mark.parametrize("share", [0.99, 0.7, 0.3])
def test_a_store_that_was_cut_keeps_what_is_whole(tmp_path, share):
    _, file = _store(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:int(share * len(whole))])
    records = _reopened(tmp_path)
    assert len(records) < 400
    assert all(np.array_equal(record.values, [record.task, 0.5 * record.task]) for record in records)
    store = Store(tmp_path, {"seed": 1}, width=2)  # mended: nothing more to say
    with store.writing():
        assert len(list(store.records())) == len(records)
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1


@pytest.mark.parametrize(("column", "value"), [('"values"', np.array([1.0, 2.0]).tobytes()), ("error", "none"),
                                               ('"values"', b"123"), ("seconds", 1.0), ('"values"', b"")])
def test_a_record_that_is_not_what_was_written_is_computed_again(tmp_path, column, value):
    _, file = _store(tmp_path, 5)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(f"UPDATE records SET {column} = ? WHERE task = 3", (value,))
    assert [record.task for record in _reopened(tmp_path)] == [0, 1, 2, 4]


def test_a_store_of_before_the_digests_is_read(tmp_path):
    _, file = _store(tmp_path, 5)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DROP TABLE digests")
    store = Store(tmp_path, {"seed": 1}, width=2)
    with store.writing():
        assert store.finished().tolist() == [0, 1, 2, 3, 4]


# checkpoints

def _checkpoint(path, **changes):
    dynamics.simulate(SYSTEM, 40.0, 0.1, replicas=2, integrator="exact", checkpoint=path, relaxation_time=0.1)
    with np.load(path) as stored:
        arrays = dict(stored)
    head = json.loads(str(arrays["head"]))
    for key, value in changes.items():
        if key in head:
            head[key] = value
        else:
            arrays[key] = value(arrays[key])
    arrays["head"] = np.array(json.dumps(head))
    with path.open("wb") as file:
        np.savez(file, **arrays)


@pytest.mark.parametrize("changes", [
    {"done": -5}, {"done": 3}, {"done": 10**9}, {"done": 20.0}, {"seconds": -1.0}, {"seconds": float("nan")},
    {"q": lambda q: q[:, :1]}, {"q": lambda q: q[0]}, {"v": lambda v: v.astype(np.float32)}, {"v": lambda v: v * 1.01},
    {"heat": lambda h: np.zeros((3, 3))}, {"random": lambda r: 0 * r}, {"q": lambda q: q * np.nan},
    {"done": 70, "digest": None}, {"done": -5, "digest": None}], ids=", ".join)
def test_a_checkpoint_that_cannot_be_is_refused(tmp_path, changes):
    path = tmp_path / "run.ckpt"
    _checkpoint(path, **changes)
    with pytest.raises(FileError, match="checkpoint"):
        dynamics.simulate(SYSTEM, 40.0, 0.1, replicas=2, integrator="exact", checkpoint=path, relaxation_time=0.1)


def test_a_checkpoint_of_before_the_digest_is_read(tmp_path):
    path = tmp_path / "run.ckpt"
    _checkpoint(path, digest=None)
    result = dynamics.simulate(SYSTEM, 40.0, 0.1, replicas=2, integrator="exact", checkpoint=path, relaxation_time=0.1)
    assert result.complete


# full disks

FULL = """
import resource, signal, sys
import numpy as np, xarray as xr
from hotsprings.io import FileError, write_dataset
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
for n in (1_000, 200_000):
    try:
        write_dataset(xr.Dataset({"x": ("site", np.arange(float(n)))}), sys.argv[1])
        print("written")
    except FileError as err:
        print(err)
"""


@posix
def test_a_disk_without_room_is_an_error_and_no_crash(tmp_path):
    found = _python(FULL, tmp_path / "out.nc")
    assert found.returncode == 0, found.stderr
    first, second = found.stdout.splitlines()
    assert first == "written"
    assert "out.nc: cannot be written: File too large" in second
    assert [path.name for path in tmp_path.iterdir()] == ["out.nc"]  # the old one, whole


def test_a_simulation_outlives_its_disk(tmp_path, monkeypatch):
    from hotsprings.dynamics import run

    def full(path, *_):
        if path.parent == tmp_path:
            raise FileError(path, "cannot be written: No space left on device") from OSError(28, "full")
        path.write_text("kept")

    monkeypatch.setattr(run, "write_checkpoint", full)
    with pytest.warns(FileWarning, match="goes on"):
        result = dynamics.simulate(SYSTEM, 40.0, 0.1, replicas=2, integrator="exact", checkpoint=tmp_path / "c",
                                   relaxation_time=0.1)
    assert result.complete
    assert "the checkpoint is kept in" in str(result.unwritten)


# Ctrl-C

HELD = """
import sys
from hotsprings.cli.shell import guarded, interruptible, orderly_end
from hotsprings.io import write_aside
import ctypes

def command():
    with orderly_end(), interruptible(), write_aside(sys.argv[1]) as aside:
        aside.write_text("half")
        print("ready", flush=True)
        ctypes.PyDLL(None).sleep(600)  # holds the interpreter, as LAPACK does

sys.exit(guarded(command))
"""


DROPPED = """
import ctypes, sys
from hotsprings.cli.shell import guarded, interruptible, orderly_end

@ctypes.CFUNCTYPE(None)
def callback():  # what is raised in it is lost, as in one of the compiler's
    print("ready", flush=True)
    signalled = time.monotonic() + 600
    while time.monotonic() < signalled:
        pass

def command():
    with orderly_end(), interruptible():
        callback()
        while True:
            time.sleep(600)

import time
sys.exit(guarded(command))
"""


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_that_a_callback_drops_ends_the_command(number, code):
    with subprocess.Popen([sys.executable, "-c", DROPPED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=300)
    assert (process.returncode, err.strip()) == (code, "hotsprings: stopped; no file was left half written")


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_where_python_cannot_act(tmp_path, number, code):
    with subprocess.Popen([sys.executable, "-c", HELD, str(tmp_path / "out")], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, start_new_session=True,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler)) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=300)
    assert process.returncode == code
    assert "stopped; no file was left half written" in err
    assert list(tmp_path.iterdir()) == []


# the command

def _checked(tmp_path, text, capsys):
    path = tmp_path / "file.toml"
    path.write_text(text, encoding="utf-8")
    code = cli.main(["check", str(path)])
    return (code, *capsys.readouterr())


@pytest.mark.parametrize("kind", ["chain", "sweep", "dynamics"])
def test_check_takes_every_kind_of_file(tmp_path, capsys, kind):
    code, out, err = _checked(tmp_path, example(kind), capsys)
    assert (code, err) == (0, "")
    assert "no errors" in out


def test_check_takes_a_store(tmp_path, capsys):
    _, file = _store(tmp_path)
    assert cli.main(["check", str(tmp_path)]) == 0
    assert "400 tasks finished" in capsys.readouterr().out
    file.write_bytes(file.read_bytes()[:-5000])
    assert cli.main(["check", str(tmp_path)]) == 2
    assert "damaged" in capsys.readouterr().err
    assert cli.main(["check", str(tmp_path / "none")]) == 2


@pytest.mark.parametrize(("kind", "old", "new", "named"), [
    ("dynamics", "dt = 0.05 ", "dt = 5.0 ", "dynamics.dt"),
    ("dynamics", "# integrator = \"exact\"", "integrator = \"exact\"\n[network.anharmonic]\nquartic = 1.0\n#",
     "dynamics.integrator"),
    ("chain", "[masses]", "[network.anharmonic]\nquartic = 1.0\n[masses]", "dynamics: must be given"),
    ("mean-field", "friction = 1.0", "friction = 1e30", "baths[0].friction"),
    ("mean-field", "kind = \"graded\" ", "seed = 18446744073709551616\nkind = \"random\" ", "masses.seed"),
    ("ion-crystal", "n = 20 ", "n = 1000000 ", "network.n"),
    ("mean-field", "title", ".".join(["a"] * 900) + " = 1\ntitle", "nested too deeply"),
    ("chain", "title", "quantum.hbar = 1e300\ntitle", "quantum.hbar"),
    ("chain", "title", "correlation = {i = 0, until = 1e99}\ntitle", "correlation.until"),
    ("chain", "title", "correlation = {i = 0, until = 1.0, points = 99999999999}\ntitle", "correlation.points"),
    ("chain", "title", "covariance.sites = [0, 0]\ntitle", "covariance.sites[1]"),
    ("chain", "temperature = 1.5", "temperature = 1e99", "baths[0].temperature"),
    ("sweep", "observables = [\"conductance\"", "observables = [\"nothing\"", "observables"),
    ("mean-field", "title", "\"\\u001b[31mkey\" = 1\ntitle", "\\x1b[31mkey"),
])
def test_check_refuses_what_running_it_would(tmp_path, capsys, kind, old, new, named):
    text = example(kind)
    assert old in text
    code, out, err = _checked(tmp_path, text.replace(old, new, 1), capsys)
    assert (code, out) == (2, "")
    assert named in err
    assert "\x1b" not in err


@posix
@pytest.mark.parametrize("command", ["run", "check", "sweep", "simulate"])
def test_pipes_and_devices_are_no_files(tmp_path, capsys, command):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        assert cli.main([command, str(path)]) == 2
        assert "is not a regular file" in capsys.readouterr().err


@posix
@pytest.mark.parametrize("line", [
    "{python} -m hotsprings.cli --help | head -1 > /dev/null", "{python} -m hotsprings.cli example >&-",
    "COLUMNS=0 {python} -m hotsprings.cli --help > /dev/null", "COLUMNS=99999999999 {python} -m hotsprings.cli -h >&-",
    "{python} -m hotsprings.cli study --help | head -c 1"])
def test_streams_that_end_are_no_errors(line):
    command = line.format(python=sys.executable)
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_help_lists_every_study(capsys):
    assert cli.main(["study", "--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in NAMES)


def test_a_state_is_printed_where_there_are_no_greek_letters():
    program = "import hotsprings as hs; print(hs.OpenNetwork(hs.MeanField([1.0, 1.2]), [hs.Bath(0, 1.0)]))"
    found = _python(program, env=os.environ | {"PYTHONIOENCODING": "cp1252"})
    assert found.returncode == 0, found.stderr
    assert "gamma=1" in found.stdout


def test_seeds_have_64_bits():
    with pytest.raises(ArgumentError, match="seed"):
        dynamics.simulate(SYSTEM, 1.0, 0.1, seed=2**64)


# stiff baths

@pytest.mark.parametrize("friction", [20.0, 200.0])
def test_a_stiff_bath_is_refused(friction):
    system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5, friction)])
    with pytest.raises(ArgumentError, match=r"'dt' must be below m/γ = .* of bath 1") as refused:
        dynamics.simulate(system, 100.0, 0.05)
    assert refused.value.argument == "dt"
    planned(system, 100.0, 0.9 / friction, 1, 0, None, "splitting", None, 1)


def test_the_exact_integrator_takes_a_stiff_bath():
    system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5, 200.0), hs.Bath(1, 0.5, 200.0)])
    result = dynamics.simulate(system, 1000.0, 0.05, replicas=2, integrator="exact", relaxation_time=0.1)
    assert result.complete
