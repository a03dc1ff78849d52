"""The command line: what it prints, what it writes, how it refuses; exit codes 0, 1, 2, 130."""

from __future__ import annotations

import os
import subprocess
import sys
import types
import warnings
from pathlib import Path

import numpy as np
import pytest

import hotsprings as hs
from hotsprings import cli, errors
from hotsprings.cli.shell import guarded
from hotsprings.config import example
from hotsprings.dataset import state_dataset
from hotsprings.errors import CertificateError, DarkModeWarning
from hotsprings.io import read_dataset
from tests.test_io import made_up_state

EXAMPLE = example()


@pytest.fixture
def model(tmp_path, monkeypatch):
    """Return a model file in an empty current directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    return path


@pytest.fixture
def solver(monkeypatch):
    """Put a made-up solver in place of the real one, so that these tests are about the doors only."""
    def plot(ax=None):
        from matplotlib.figure import Figure

        return Figure().subplots()

    def steady_state(system, dark_temperature=0.0):
        module.calls += 1
        if module.action is not None:
            module.action()
        state = made_up_state(system.n_sites)
        state.system, state.dark_temperature = system, dark_temperature
        state.n_dark_modes = module.n_dark_modes
        state.dark_sites = np.arange(1, 99) if module.n_dark_modes else state.dark_sites
        state.to_dataset, state.plot = lambda: state_dataset(state), plot
        return state

    module = types.ModuleType("hotsprings.stationary")
    module.steady_state, module.calls, module.action, module.n_dark_modes = steady_state, 0, None, 0
    monkeypatch.setitem(sys.modules, "hotsprings.stationary", module)
    return module


def _names():
    return sorted(path.name for path in Path().iterdir())


def _refused(capsys, argv, code, *words):
    """Run and expect one message on stderr, nothing on stdout, and the exit code."""
    assert cli.main(argv) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("hotsprings: ")
    assert "Traceback" not in err
    for word in words:
        assert word in err
    return err


# run

def test_run_prints_the_table_and_writes_the_file(model, solver, capsys):
    assert cli.main(["run", "model.toml"]) == 0
    out, err = capsys.readouterr()
    for words in ["Graded mean-field network", "MeanField(N=100", "heat flux into network", "conductance J/ΔT", "0.25",
                  "N·J/ΔT", "25", "warmest site", "coldest site", "slowest resonance", "lifetime 10", "dark modes",
                  "every mode feels a bath", "certificate", "1e-13", "computing time", "data    model.nc"]:
        assert words in out, words
    assert err == ""
    dataset = read_dataset("model.nc")
    assert dataset.sizes["site"] == 100
    assert dataset.attrs["title"] == "Graded mean-field network between two baths"
    assert dataset.attrs["model_toml"] == EXAMPLE
    assert "seed" not in dataset.attrs


def test_run_with_every_option(model, solver, capsys):
    model.write_text(EXAMPLE.replace('kind = "graded"', 'kind = "random"').replace("# seed = 1 ", "seed = 7 "))
    argv = ["run", str(model), "-o", "data.nc", "--figure", "profile.png"]
    assert cli.main(argv) == 0
    assert "figure  profile.png" in capsys.readouterr().out
    assert read_dataset("data.nc").attrs["seed"] == 7
    assert _names() == ["data.nc", "model.toml", "profile.png"]
    _refused(capsys, argv, 2, "data.nc", "exists already", "--force")
    assert solver.calls == 1  # refused before the computation
    assert cli.main([*argv, "--force"]) == 0
    assert solver.calls == 2


@pytest.mark.parametrize(("argv", "words"), [
    (["-o", "none/out.nc"], ["none/out.nc", "no directory"]),
    (["-o", "out.txt"], ["out.txt", ".nc"]),
    (["-o", "."], ["netCDF"]),
    (["--figure", "picture.doc"], ["picture.doc", ".png"]),
    (["--figure", "taken.png"], ["taken.png", "exists already"]),
    (["-o", "directory.nc"], ["directory.nc", "is a directory"]),
    (["-o", "loop.nc"], ["loop.nc", "symbolic links"]),
])
def test_bad_outputs_are_refused_before_the_computation(model, solver, capsys, argv, words):
    (model.parent / "taken.png").write_text("")
    (model.parent / "directory.nc").mkdir()
    (model.parent / "loop.nc").symlink_to("loop.nc")
    _refused(capsys, ["run", "model.toml", *argv], 2, *words)
    assert solver.calls == 0


def test_the_model_itself_is_never_overwritten(model, solver, capsys):
    model.rename("model.nc")
    _refused(capsys, ["run", "model.nc", "--force"], 2, "is the model file itself")


def test_all_mistakes_of_a_model_are_shown(model, solver, capsys):
    model.write_text(EXAMPLE.replace("k = 1.0 ", "k = 'a' ").replace("site = -1", "site = 100"))
    for command in ("run", "check"):
        err = _refused(capsys, [command, "model.toml"], 2, "2 errors", "network.k: must", "baths[1].site: must")
        assert err.count("\n") == 3
    _refused(capsys, ["run", "nothing.toml"], 2, "nothing.toml: there is no such file")
    assert solver.calls == 0
    assert _names() == ["model.toml"]


def test_dark_modes_are_told_in_one_line(model, solver, capsys):
    solver.n_dark_modes = 97

    def warn():
        for _ in range(3):
            warnings.warn("97 modes never feel\n  a bath", DarkModeWarning, stacklevel=2)

    solver.action = warn
    assert cli.main(["run", "model.toml"]) == 0
    out, err = capsys.readouterr()
    assert err == "hotsprings: warning: 97 modes never feel a bath\n"
    assert "97 modes never feel a bath and keep their initial energy" in " ".join(out.split())
    assert "98 sites" in out


def _raise(error):
    raise error


@pytest.mark.parametrize(("error", "code", "words"), [
    (CertificateError("the sum rule does not hold; try fewer sites"), 1, "the sum rule does not hold"),
    (KeyboardInterrupt(), 130, "no file was left half written"),
    (MemoryError(), 1, "not enough memory"),
    (OSError(28, "No space left on device", "out.nc"), 2, "out.nc: No space left on device"),
    (ZeroDivisionError("oh"), 1, "ZeroDivisionError: oh"),
    (hs.ArgumentError("k", "be small", "it is large"), 2, "Argument 'k' must be small"),
])
def test_failures_end_in_one_message_and_an_exit_code(model, solver, capsys, error, code, words):
    solver.action = lambda: _raise(error)
    err = _refused(capsys, ["run", "model.toml"], code, words)
    assert err.count("\n") == 1
    assert _names() == ["model.toml"]


def test_ctrl_c_while_writing_leaves_the_old_result(model, solver, capsys, monkeypatch):
    import xarray as xr

    assert cli.main(["run", "model.toml"]) == 0
    before = (model.parent / "model.nc").read_bytes()

    def half(self, path, **_):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.Dataset, "to_netcdf", half)
    assert cli.main(["run", "model.toml", "--force"]) == 130
    assert (model.parent / "model.nc").read_bytes() == before
    assert _names() == ["model.nc", "model.toml"]


@pytest.mark.parametrize("n_baths", [1, 3, 25])
def test_any_number_of_baths(model, solver, capsys, monkeypatch, n_baths):
    head = EXAMPLE.split("[[baths]]")[0]
    model.write_text(head + "".join(f"[[baths]]\nsite = {i}\ntemperature = 1\n" for i in range(n_baths)))
    real = solver.steady_state

    def steady_state(system, **keywords):
        state = real(system, **keywords)
        state.heat_flux, state.conductance = np.zeros(n_baths), np.zeros((n_baths, n_baths))
        state.bath_weight = np.ones((100, n_baths)) / n_baths
        return state

    solver.steady_state = steady_state
    assert cli.main(["run", "model.toml"]) == 0
    out = capsys.readouterr().out
    assert "N·J/ΔT" not in out
    assert ("from bath 0" in out) == (n_baths == 3)
    assert ("and 5 more in the file" in out) == (n_baths == 25)


def test_the_paper_s_fig_5_from_a_model_file(model, capsys):
    text = EXAMPLE.replace('"graded" ', '"identical" ').replace("n = 100", "n = 20").replace("spread = 0.1", "")
    model.write_text(text.replace("k0 = 1.0", "k0 = 0"))
    assert cli.main(["run", "model.toml", "--figure", "profile.png"]) == 0
    out, err = capsys.readouterr()
    assert "17 modes never feel a bath" in out
    assert err.count("\n") == 1
    assert err.startswith("hotsprings: warning: 17 normal modes")
    dataset = read_dataset("model.nc")
    np.testing.assert_allclose(dataset.local_temperature, [1.475, *[1 / 18] * 18, 0.525], rtol=1e-12)
    np.testing.assert_allclose(dataset.heat_flux, [0.025, -0.025], rtol=1e-12)
    assert dataset.attrs["n_dark_modes"] == 17
    assert "profile.png" in _names()


# check, example, paper

def test_check_says_temperatures_in_kelvin_where_there_are_units(model, capsys):
    model.write_text(model.read_text() + '[units]\nenergy = "eV"\n')
    assert cli.main(["check", "model.toml"]) == 0
    assert "Temperatures of the baths: 5802, 1.741e+04 K" in capsys.readouterr().out  # 0.5 and 1.5 eV


def test_check_says_what_the_model_is(model, capsys):
    assert cli.main(["check", "model.toml"]) == 0
    out = capsys.readouterr().out
    assert "OpenNetwork of MeanField(N=100" in out
    assert "model.toml: no errors" in out


def test_example_is_printed_or_written_and_checks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["example"]) == 0
    assert capsys.readouterr().out == EXAMPLE
    assert cli.main(["example", "-o", "mine.toml"]) == 0
    assert "hotsprings run mine.toml" in capsys.readouterr().out
    assert cli.main(["check", "mine.toml"]) == 0
    capsys.readouterr()
    _refused(capsys, ["example", "-o", "mine.toml"], 2, "exists already", "--force")
    assert cli.main(["example", "-o", "mine.toml", "--force"]) == 0


def test_paper_passes_on_what_is_asked(tmp_path, monkeypatch, capsys):
    asked = []

    def reproduce(figures, directory, console, overwrite):
        asked.append((figures, str(directory)))
        return directory / "report.html"

    module = types.ModuleType("hotsprings.studies.paper")
    module.reproduce = reproduce
    monkeypatch.setitem(sys.modules, "hotsprings.studies.paper", module)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["paper"]) == 0
    assert cli.main(["paper", "4", "2", "4", "-o", "here"]) == 0
    assert "report  here/report.html" in capsys.readouterr().out
    _refused(capsys, ["paper", "6"], 2, "from 1 to 5", "6 was given")
    (tmp_path / "file").write_text("")
    _refused(capsys, ["paper", "-o", "file"], 2, "file: is a file")
    assert asked == [((1, 2, 3, 4, 5), "paper"), ((4, 2), "here")]


# the command itself

@pytest.mark.parametrize(("argv", "words"), [
    (["rn"], ['Did you mean "run"?']), (["run"], ["MODEL"]), (["run", "a", "b"], ["b"]),
    (["run", "a", "--outptu", "b"], ["--outptu", "--output"]), (["paper", "x"], ['"x"']),
])
def test_a_wrong_command_line_is_one_line(capsys, argv, words):
    assert _refused(capsys, argv, 2, *words).count("\n") == 1


@pytest.mark.parametrize("argv", [[], ["-h"], ["run", "--help"], ["check", "-h"], ["example", "-h"], ["paper", "-h"]])
def test_help_shows_an_example(capsys, argv):
    assert cli.main(argv) == 0
    out = capsys.readouterr().out
    assert "Usage: hotsprings" in out
    assert "hotsprings example" in out if len(argv) < 2 else "Example: hotsprings" in out


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == hs.__version__


def test_the_arguments_of_the_process_are_the_default(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hotsprings", "--version"])
    assert cli.main() == 0
    assert capsys.readouterr().out.strip() == hs.__version__


def test_help_imports_nothing_heavy():
    program = ("import sys; from hotsprings import cli; code = cli.main(['--help']); heavy = set(sys.modules) & "
               "{'numpy', 'numba', 'xarray', 'matplotlib', 'pydantic', 'scipy'}; sys.exit(str(heavy or '') or code)")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_early_is_no_error():
    command = f"(sleep 0.5; {sys.executable} -m hotsprings.cli example) | head -c 0"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_terminal_without_greek_letters(model):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "hotsprings.cli", "check", "model.toml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no errors" in done.stdout


def test_large_models_tell_their_time(tmp_path, capsys):
    model = tmp_path / "large.toml"
    text = EXAMPLE.replace("n = 100 ", "n = 3000000 ")
    assert text != EXAMPLE
    model.write_text(text)
    assert cli.main(["check", str(model)]) == 0
    assert "3,000,000 sites take about 12 s on two cores and 1.5 GiB" in capsys.readouterr().out


@pytest.mark.parametrize("kind", sorted(name for name in vars(errors) if name.endswith("Error") and name[0] != "_"))
def test_every_error_of_the_package_is_told_as_it_is(kind, capsys):
    error = getattr(errors, kind)
    given = {errors.ArgumentError: ("n", "be 1", "2 was given"), errors.UnstableError: ("n", "be 1", "2 was given"),
             errors.FileError: ("a.txt", "cannot be read"), errors.StoreError: ("a", "cannot be read"),
             errors.ModelError: ("a.toml", ["n must be 1"])}.get(error, ("no answer",))

    def fail():
        raise error(*given)

    assert guarded(fail) == (1 if issubclass(error, ArithmeticError | RuntimeError) else 2)
    told = capsys.readouterr().err
    assert told.startswith("hotsprings: ")
    assert "error of the program" not in told


def test_other_errors_are_called_errors_of_the_program(capsys):
    def fail():
        raise ZeroDivisionError("in a formula")

    assert guarded(fail) == 1
    assert "an error of the program, not of your input: ZeroDivisionError" in capsys.readouterr().err


def test_the_package_is_a_command_too(capsys, monkeypatch):
    import runpy

    monkeypatch.setattr("sys.argv", ["hotsprings", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("hotsprings", run_name="__main__")
    assert ended.value.code == 0
    assert hs.__version__ in capsys.readouterr().out
