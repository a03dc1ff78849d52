"""``hotsprings sweep``: what it prints, what it writes, how it refuses, where it goes on."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from hotsprings import cli
from hotsprings.config import example
from hotsprings.io import read_dataset
from hotsprings.sweeps import Progress, Store, load_plan
from hotsprings.sweeps.tables import progress_line
from tests.sweep_cases import same, start

PLAN = example("sweep").replace("realisations = 50", "realisations = 6").replace("[10, 300, 6]", "[4, 9, 2]")
CORNER = PLAN.replace("geomspace = [4, 9, 2]", "values = [5, 4]") + """
[[sweep.axes]]
parameter = "baths[1].site"
values = [1, 4]
name = "where"
"""  # no site 4 of 4: at one corner, which is not tried beforehand


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Return a plan file in an empty current directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def _refused(capsys, argv, code, *words):
    assert cli.main(argv) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("hotsprings: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for word in words:
        assert word in err, err


def test_a_sweep_from_the_first_to_the_last_and_again(plan, capsys):
    assert cli.main(["sweep", "plan.toml"]) == 0
    out, err = capsys.readouterr()
    for words in ["Heat flux against size", "scaled_conductance", "Kac, pinned", "±", "store   plan.sweep",
                  "data    plan.nc"]:
        assert words in out, words
    assert err == ""
    data = read_dataset("plan.nc")
    assert dict(data.sizes) == {"n": 2, "case": 3, "realisation": 6}
    row = next(line for line in out.splitlines() if line.split()[:2] == ["9", "bare"])
    assert float(row.split()[2]) == pytest.approx(float(data.conductance_mean.sel(n=9, case="bare")), rel=1e-5)
    _refused(capsys, ["sweep", "plan.toml"], 2, "plan.nc", "exists already", "--force")
    assert cli.main(["sweep", "plan.toml", "--force"]) == 0  # nothing is computed again
    same(read_dataset("plan.nc"), data)
    np.testing.assert_array_equal(read_dataset("plan.nc").solver_seconds, data.solver_seconds)
    capsys.readouterr()
    assert cli.main(["sweep", "plan.toml", "--status"]) == 0
    assert "36 done, 0 failed, 0 missing\nno run is working on it" in capsys.readouterr().out
    assert cli.main(["sweep", "plan.toml", "--task", "20"]) == 0
    out = capsys.readouterr().out
    assert "masses.n = 9, network.kac = True, network.k0 = 0.0" in out
    value = float(out.partition("\nconductance = ")[2].split()[0])
    assert value == float(f"{float(data.conductance[1, 0, 2]):.15g}")
    plan.write_text(PLAN.replace("k = 0.1", "k = 0.2"))
    for argv in (["sweep", "plan.toml", "--force"], ["sweep", "plan.toml", "--status"]):
        _refused(capsys, argv, 2, "plan.sweep: holds the results of another plan: base.model.network.k is 0.1 in the "
                 "store and 0.2 in the plan", "another store")
    same(read_dataset("plan.nc"), data)


def test_two_shards_at_once(plan, capsys):
    argv = ("-m", "hotsprings.cli", "sweep", "plan.toml", "--workers", "1", "--shard")
    runs = [start(*argv, f"{i}/2") for i in range(2)]
    told = [run.communicate(timeout=900) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told
    assert any("data    plan.nc" in out for out, _ in told)
    plan_ = load_plan(plan)
    assert Store("plan.sweep", plan_.identity).finished().size == 36
    divided = read_dataset("plan.nc")
    assert cli.main(["sweep", "plan.toml", "--store", "other", "-o", "other.nc", "--workers", "1"]) == 0
    same(read_dataset("other.nc"), divided)


def test_a_shard_alone_leaves_the_rest_and_writes_nothing(plan, capsys):
    assert cli.main(["sweep", "plan.toml", "--shard", "1/4", "--workers", "1"]) == 0
    assert "27 of 36 tasks are left for other shards" in capsys.readouterr().out
    assert not (plan.parent / "plan.nc").exists()
    assert cli.main(["sweep", "plan.toml", "--status"]) == 0
    assert "9 done, 0 failed, 27 missing" in capsys.readouterr().out


def test_failures_are_shown_and_the_rest_is_written(plan, capsys):
    plan.write_text(CORNER)
    assert cli.main(["sweep", "plan.toml"]) == 0
    out = capsys.readouterr().out
    assert "18 tasks failed; the means are over the others" in out
    assert out.count("ArgumentError: Argument 'baths[1].site' must be a site of the 4 there are") == 5
    assert "missing ± unknown" in out
    data = read_dataset("plan.nc")
    assert np.isnan(data.conductance.sel(n=4, where=4)).all()
    assert np.isfinite(data.conductance.sel(n=[4, 5], where=1)).all()
    assert cli.main(["sweep", "plan.toml", "--status"]) == 0
    out = capsys.readouterr().out
    assert "54 done, 18 failed, 0 missing" in out
    assert "baths[1].site = 4, masses.seed = " in out


def test_a_sweep_of_which_nothing_came_is_a_failure(plan, capsys):
    weak = PLAN.replace("geomspace = [4, 9, 2]", "values = [4]").replace("[[baths]]", "[[baths]]\nfriction = 1e-30")
    plan.write_text(weak)  # a friction that a model may have, and no solution in double precision
    assert cli.main(["sweep", "plan.toml", "--workers", "1"]) == 1
    out, err = capsys.readouterr()
    assert "18 tasks failed" in out
    assert err == "hotsprings: all 18 tasks failed\n"


@pytest.mark.parametrize(("argv", "words"), [
    (["none.toml"], ["none.toml", "no such file"]),
    (["plan.toml", "--shard", "2/2"], ["shard", "from 0/2 to 1/2", "2/2 was given"]),
    (["plan.toml", "--shard", "two"], ["shard", "i/n", "'two'"]),
    (["plan.toml", "--workers", "0"], ["workers", "1 or more"]),
    (["plan.toml", "--workers", "many"], ["workers", "many"]),
    (["plan.toml", "--task", "36"], ["Argument 'task' must be from 0 to 35", "36 was given"]),
    (["plan.toml", "--cluster", "cloud"], ["cluster", "local, slurm", "'cloud'"]),
    (["plan.toml", "--status"], ["plan.sweep", "no store"]),
    (["plan.toml", "-o", "plan.txt"], ["plan.txt", ".nc"]),
    (["plan.toml", "-o", "none/plan.nc"], ["no directory"]),
    (["plan.toml", "--store", "plan.toml"], ["plan.toml", "cannot be used"]),
    (["plan.toml", "--stor", "x"], ["--stor"]),
])
def test_mistakes_are_one_message(plan, capsys, argv, words):
    _refused(capsys, ["sweep", *argv], 2, *words)
    assert not (plan.parent / "plan.nc").exists()


def test_a_bar_on_a_terminal_and_lines_in_a_pipe(plan, monkeypatch, capsys):
    code = "import pty, sys; sys.exit(pty.spawn([sys.executable, '-m', 'hotsprings.cli', 'sweep', 'plan.toml']) >> 8)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=900,
                           stdin=subprocess.DEVNULL, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"})
    assert shown.returncode == 0
    assert "starting the workers" in shown.stdout
    assert "36 of 36 tasks" in shown.stdout
    assert "data    plan.nc" in shown.stdout
    monkeypatch.setattr("hotsprings.cli.sweeps.QUIET", 0.0)
    assert cli.main(["sweep", "plan.toml", "--store", "other", "--force", "--workers", "1"]) == 0
    err = capsys.readouterr().err
    assert err.splitlines()[-1].startswith("hotsprings: Heat flux against size, with disorder: 36 of 36")
    assert "\x1b" not in err


def test_progress_in_words():
    assert progress_line(Progress(5, 20, 0, 90.0, 7200.0, 0.9)) == "5 of 20 tasks, 1.5 min so far, about 2.0 h left"
    assert "2 failed" in progress_line(Progress(5, 20, 2, 1.0, 3.0, 0.9))


def test_the_example_and_help(capsys):
    assert cli.main(["example", "sweep"]) == 0
    assert capsys.readouterr().out == example("sweep")
    assert cli.main(["sweep", "--help"]) == 0
    out = capsys.readouterr().out
    for words in ["--store", "--shard", "--retry-failed", "--cluster", "--status"]:
        assert words in out
