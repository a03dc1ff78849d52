"""Files are written whole or not at all, and the dataset of a state survives the way to the disk and back."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import stat
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.dataset import LISTED_SITES, provenance, state_dataset
from hotsprings.io import FileError, check_target, read_dataset, write_aside, write_dataset, write_figure, write_text


class MadeUp(SimpleNamespace):
    """Plain numbers under the names of a SteadyState, and what a SteadyState sums of them."""

    contact_heat_flux = hs.SteadyState.contact_heat_flux
    contact_conductance = hs.SteadyState.contact_conductance
    group_heat_flux = hs.SteadyState.group_heat_flux
    group_conductance = hs.SteadyState.group_conductance


def made_up_state(n_sites=6, k0=0.5):
    """Return an object with the names of a SteadyState and plain numbers; no physics is needed here."""
    network = hs.MeanField(np.linspace(1.0, 2.0, n_sites), k0=k0)
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 2.0)])
    rng = np.random.default_rng(1)
    weight = rng.uniform(0.1, 0.9, n_sites)
    return MadeUp(
        system=system, heat_flux=np.array([0.25, -0.25]), conductance=np.array([[0.0, 0.25], [0.25, 0.0]]),
        bath_weight=np.column_stack([weight, 1.0 - weight]), local_temperature=rng.uniform(0.5, 1.5, n_sites),
        bright_weight=np.ones(n_sites), n_dark_modes=0, dark_temperature=0.0, dark_sites=np.array([], dtype=np.int64),
        certificate=SimpleNamespace(error=1e-13, tolerance=1e-9, pole_sum=1e-15, sum_rule=1e-13, flux_balance=1e-14,
                                    positivity=0.0, sampled_error=0.0, conditioning=0.0, flux_doubt=0.0),
        resonances=SimpleNamespace(frequency=np.array([-1.0 + 0.1j, 0.3j, 1.0 + 0.1j])),
    )


def _names(directory):
    return sorted(path.name for path in directory.iterdir())


# the dataset

def test_a_state_goes_to_netcdf_and_back_unchanged(tmp_path):
    state = made_up_state()
    dataset = state_dataset(state, seed=3)
    again = read_dataset(write_dataset(dataset, tmp_path / "out.nc"))
    assert again.identical(dataset)
    assert set(again.sizes.items()) == {("site", 6), ("bath", 2), ("bath_to", 2), ("resonance", 3)}
    np.testing.assert_array_equal(again.local_temperature, state.local_temperature)
    np.testing.assert_array_equal(again.bath_weight.sel(bath=1), state.bath_weight[:, 1])
    frequency = again.resonance_frequency_re.values + 1j * again.resonance_frequency_im.values
    np.testing.assert_array_equal(frequency, state.resonances.frequency)
    assert again.bath_site.values.tolist() == [0, 5]
    assert again.pinning.values.tolist() == [0.5] * 6


def test_every_variable_has_units_and_a_name():
    dataset = state_dataset(made_up_state())
    for name, variable in dataset.data_vars.items():
        assert variable.attrs["units"], name
        assert variable.attrs["long_name"], name
        assert variable.dtype == np.float64
    values = list(dataset.attrs.values()) + [v for var in dataset.variables.values() for v in var.attrs.values()]
    assert all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values)


def test_provenance_remakes_the_system():
    state = made_up_state()
    attrs = state_dataset(state, seed=3).attrs
    assert attrs["hotsprings_version"] == hs.__version__
    assert attrs["seed"] == 3
    assert attrs["certificate_error"] == 1e-13
    assert attrs["created"].endswith("+00:00")
    model = json.loads(attrs["model"])
    network = hs.MeanField(model["network"]["masses"], model["network"]["k"], model["network"]["k0"],
                           n_tilde=model["network"]["n_tilde"])
    again = hs.OpenNetwork(network, [hs.Bath(**bath) for bath in model["baths"]])
    assert again.parameters() == state.system.parameters()
    assert "seed" not in provenance(state.system.parameters())


@pytest.mark.parametrize(("n_sites", "listed"), [(LISTED_SITES, True), (LISTED_SITES + 1, False)])
def test_long_lists_are_left_to_the_variables(tmp_path, n_sites, listed):
    dataset = state_dataset(made_up_state(n_sites, k0=np.linspace(1 / 3, 2 / 3, n_sites)))
    model = json.loads(read_dataset(write_dataset(dataset, tmp_path / "out.nc")).attrs["model"])
    assert ("masses" in model["network"]) == listed
    assert ("k0" in model["network"]) == listed
    assert "k" in model["network"]


def test_the_dataset_does_not_change_with_the_state():
    state = made_up_state()
    dataset = state_dataset(state)
    state.heat_flux[0] = 9.0
    assert dataset.heat_flux.values[0] == 0.25


# writing aside

def _write_and_raise(path, error, aside=write_aside):
    """Write half a file, then stop; ``aside`` is the way of writing."""
    with aside(path) as target:
        target.write_text("ne")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError, MemoryError, OSError(28, "No space")])
def test_an_interrupted_write_leaves_the_old_file_whole(tmp_path, error):
    path = write_text("old", tmp_path / "a.txt")
    with pytest.raises(FileError if isinstance(error, OSError) else error):
        _write_and_raise(path, error)
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["a.txt"]


def test_an_interrupted_first_write_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        _write_and_raise(tmp_path / "a.nc", KeyboardInterrupt)
    assert _names(tmp_path) == []


def test_negative_control_a_plain_write_does_break_the_file(tmp_path):
    path = write_text("old", tmp_path / "a.txt")
    with pytest.raises(KeyboardInterrupt):
        _write_and_raise(path, KeyboardInterrupt, aside=contextlib.nullcontext)
    assert path.read_text() != "old"


def test_ctrl_c_while_netcdf_is_written(tmp_path, monkeypatch):
    import h5netcdf

    dataset = state_dataset(made_up_state())
    path = write_dataset(dataset, tmp_path / "out.nc")
    before = path.read_bytes()
    close = h5netcdf.File.close

    def interrupted(self):
        close(self)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(h5netcdf.File, "close", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_dataset(dataset * 2, path)
    assert path.read_bytes() == before
    assert _names(tmp_path) == ["out.nc"]


def test_a_killed_process_leaves_the_old_file_whole(tmp_path):
    path = write_text("old", tmp_path / "a.txt")
    program = textwrap.dedent(f"""
        import signal, sys
        from hotsprings.io import write_aside
        with write_aside({str(path)!r}) as aside:
            aside.write_text("ne")
            print("writing", flush=True)
            signal.pause()
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGKILL)
    assert path.read_text() == "old"


def test_writing_replaces_and_keeps_permissions(tmp_path):
    path = write_text("old", tmp_path / "a.txt")
    path.chmod(0o640)
    assert write_text("new ω", path).read_text(encoding="utf-8") == "new ω"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert _names(tmp_path) == ["a.txt"]


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").write_text("")
    path = write_text("new", tmp_path / "a.txt")
    assert path.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "data").mkdir()
    path = write_text("old", tmp_path / "data" / "a.txt")
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    write_text("new", link)
    assert link.is_symlink()
    assert path.read_text() == "new"


# refusals

def test_existing_files_are_left_alone_unless_asked(tmp_path):
    path = write_text("old", tmp_path / "a.txt")
    with pytest.raises(FileError, match="--force"):
        write_text("new", path, overwrite=False)
    assert path.read_text() == "old"


def test_a_file_that_appears_meanwhile_is_left_alone(tmp_path):
    path = tmp_path / "a.txt"

    def compete():
        with write_aside(path, overwrite=False) as aside:
            aside.write_text("mine")
            path.write_text("theirs")

    with pytest.raises(FileError, match="exists already"):
        compete()
    assert path.read_text() == "theirs"
    assert _names(tmp_path) == ["a.txt"]


def test_targets_that_cannot_be_written(tmp_path):
    file = write_text("x", tmp_path / "file")
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    for path, words in [(tmp_path, "is a directory"), (tmp_path / "none" / "a.nc", "no directory"),
                        (file / "a.nc", "no directory|Not a directory"), ("/dev/null", "regular file"),
                        ("a\0b", "cannot be written"), (tmp_path / ("x" * 300), "cannot be written"),
                        (circle, "cannot be written")]:
        with pytest.raises(FileError, match=words) as caught:
            check_target(path)
        assert "\n" not in str(caught.value)
    assert _names(tmp_path) == ["circle", "file"]


def test_a_directory_without_permission(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(FileError, match="no permission"):
        check_target(tmp_path / "a.nc")


def test_files_that_cannot_be_read(tmp_path):
    text = write_text("no netCDF at all", tmp_path / "text.nc")
    half = write_dataset(state_dataset(made_up_state()), tmp_path / "half.nc")
    half.write_bytes(half.read_bytes()[:3000])
    empty = write_text("", tmp_path / "empty.nc")
    for path, words in [(tmp_path / "none.nc", "no such file"), (tmp_path, "directory"), (text, "netCDF"),
                        (half, "damaged"), (empty, "damaged"), ("a\0b", "cannot be read")]:
        with pytest.raises(FileError, match=words) as caught:
            read_dataset(path)
        assert "\n" not in str(caught.value)


def test_file_errors_survive_pickling():
    assert str(pickle.loads(pickle.dumps(FileError("a.nc", "is odd")))) == "a.nc: is odd"


# figures

def test_figures_take_their_format_from_the_name(tmp_path):
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([0, 1])
    assert write_figure(figure, tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    assert write_figure(figure, tmp_path / "a.pdf").read_bytes()[:4] == b"%PDF"
    with pytest.raises(FileError, match=r"must end in \.png"):
        write_figure(figure, tmp_path / "a.doc")
    assert _names(tmp_path) == ["a.pdf", "a.png"]


def test_sigterm_while_the_command_writes(tmp_path):
    path = write_text("old", tmp_path / "a.txt")
    program = textwrap.dedent(f"""
        import signal, sys
        from hotsprings import cli
        from hotsprings.io import write_aside

        @cli.app.command
        def wait():
            with write_aside({str(path)!r}) as aside:
                aside.write_text("ne")
                print("writing", flush=True)
                while True:
                    signal.pause()
        sys.exit(cli.main(["wait"]))
    """)
    for number, code in [(signal.SIGTERM, 143), (signal.SIGINT, 130)]:
        pipe = subprocess.PIPE
        with subprocess.Popen([sys.executable, "-c", program], stdout=pipe, stderr=pipe) as process:
            assert process.stdout.readline() == b"writing\n"
            process.send_signal(number)
            _, errors = process.communicate()
        assert process.returncode == code
        assert b"Traceback" not in errors
        assert path.read_text() == "old"
        assert _names(tmp_path) == ["a.txt"]
