"""``hotsprings simulate`` and its tables in a model file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import hotsprings as hs
from hotsprings import cli
from hotsprings.config import ModelError, example, parse_model
from hotsprings.io import read_dataset


def changed(text, changes):
    """Return the text with each key of changes, which must be there once, replaced."""
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


SIZES = {"spread = 0.1": "spread = 0.6", "duration = 20000.0": "duration = 4000.0",
         "# warmup = 5000.0": "warmup = 300.0"}
SMALL = changed(example("dynamics"), {"n = 8 ": "n = 4 "} | SIZES)
MEAN_FIELD = changed(example("mean-field") + "\n[dynamics]" + example("dynamics").partition("\n[dynamics]")[2],
                     {"n = 100 ": "n = 4 "} | SIZES)


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def with_terms(text, terms):
    head, _, tail = text.partition("[masses]")
    return f"{head}\n{terms}\n[masses]{tail}"


def test_the_measured_flux_beside_the_exact_one(model, capsys):
    assert cli.main(["simulate", "model.toml", "--figure", "a.png"]) == 0
    out = capsys.readouterr().out
    assert "deviation/error" in out
    data, loaded = read_dataset("model.nc"), parse_model(SMALL)
    exact = hs.steady_state(loaded.system())
    assert f"{exact.heat_flux[0]:.6g}" in out
    deviation = (data["heat_flux"].values - exact.heat_flux) / data["heat_flux_error"].values
    assert f"{deviation[0]:+.2f}" in out
    assert np.abs(deviation).max() < 5.5
    run = hs.dynamics.simulate(loaded.system(), 4000.0, 0.05, replicas=8, seed=1, warmup=300.0)
    np.testing.assert_array_equal(run.heat_flux, data["heat_flux"].values)
    assert data.attrs["model_toml"] == SMALL
    assert (model.parent / "a.png").stat().st_size > 1000


def test_nothing_is_overwritten_without_force(model, capsys):
    (model.parent / "model.nc").write_text("mine")
    assert cli.main(["simulate", "model.toml"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (model.parent / "model.nc").read_text() == "mine"


@pytest.mark.parametrize("argv", [
    ["-o", "a.nc", "--trajectory", "a.nc"], ["-o", "a.nc", "--checkpoint", "./a.nc"],
    ["--checkpoint", "a.nc", "--trajectory", "a.nc"], ["--trajectory", "model.toml"], ["--checkpoint", "loop"]])
def test_two_files_of_one_name_are_refused_before_the_run(model, capsys, monkeypatch, argv):
    Path("loop").symlink_to("loop")
    monkeypatch.setattr(hs.dynamics, "simulate", None)
    assert cli.main(["simulate", "model.toml", *argv]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert sorted(path.name for path in Path().iterdir()) == ["loop", "model.toml"]


def test_a_checkpoint_is_no_trajectory():
    system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    with pytest.raises(hs.ArgumentError, match="another name than the checkpoint"):
        hs.dynamics.simulate(system, 50.0, 0.1, checkpoint="a", trajectory=hs.dynamics.Trajectory("a"))


def test_a_model_without_the_table_is_refused(model, capsys):
    model.write_text(example(), encoding="utf-8")
    assert cli.main(["simulate", "model.toml"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("hotsprings: model.toml: dynamics: must be given (a table headed [dynamics]")
    assert "hotsprings example dynamics" in told


@pytest.mark.parametrize(("small", "harmonic"), [(SMALL, hs.Chain), (MEAN_FIELD, hs.MeanField)])
def test_anharmonic_models_are_simulated_and_not_solved(model, capsys, small, harmonic):
    terms_of = {"[network.anharmonic]\nquartic = 1.0\ncubic = 0.1": hs.Anharmonic, "rotors = true": hs.Rotors}
    for terms, kind in terms_of.items():
        text = with_terms(small, terms)
        network = parse_model(text).system().network
        assert isinstance(network, kind)
        assert isinstance(network.harmonic, harmonic)
        model.write_text(text, encoding="utf-8")
        assert cli.main(["simulate", "model.toml", "--force"]) == 0
        out = capsys.readouterr().out
        assert "exact" not in out
        assert kind.__name__ in out
        assert cli.main(["run", "model.toml", "--force"]) == 2
        assert "hs.dynamics.simulate" in capsys.readouterr().err


def test_every_mistake_is_named(model):
    wrong = changed(SMALL, {"replicas = 8": "replicas = 0", "dt = 0.05": "dt = -1",
                            "seed = 1\nwarmup": "sed = 1\nwarmup"})
    wrong = with_terms(wrong, "[network.anharmonic]\nquartic = -1.0\ncubik = 2.0")
    with pytest.raises(ModelError) as caught:
        parse_model(wrong)
    text = str(caught.value)
    for words in ("dynamics.replicas: must be an integer, 1 or more", "dynamics.dt: must be a positive", "dynamics.sed",
                  "network.anharmonic.quartic: must be a finite number, zero or more", "did you mean 'cubic'"):
        assert words in text
    both = with_terms(SMALL, "rotors = true\n[network.anharmonic]\nquartic = 1.0")
    with pytest.raises(ModelError, match=r"network\.rotors: must stand without"):
        parse_model(both)


def test_the_example_is_what_it_says():
    dynamics = parse_model(example("dynamics")).dynamics
    assert dynamics.duration == 20000.0
    assert parse_model(example()).dynamics is None
