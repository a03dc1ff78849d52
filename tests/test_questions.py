"""Questions in model files: checked before anything is solved, answered by run, written to netCDF; figures."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.cli import main
from hotsprings.config import ModelError, parse_model
from hotsprings.config.questions import QUESTIONS, answers
from hotsprings.io import read_dataset
from tests.oracles.cases import case_c, mean_field

BASE = """
[network]
kind = "chain"
k = 1.0
k0 = 0.3
ends = "free"
[masses]
kind = "list"
values = [1.0, 1.3, 0.8, 1.1]
[[baths]]
site = 0
temperature = 1.5
[[baths]]
site = 2
temperature = 0.0
[[baths]]
site = 3
temperature = 0.5
"""
ASKED = BASE + """
[quantum]
hbar = 0.5
temperatures = [0.1, 1.0]
[covariance]
sites = [1, 2]
[bonds]
[self_consistent]
floating = [1]
quantum = true
"""


def test_run_answers_every_question(tmp_path, capsys):
    path, out = tmp_path / "model.toml", tmp_path / "out.nc"
    path.write_text(ASKED, encoding="utf-8")
    assert main(["run", str(path), "-o", str(out)]) == 0
    screen, data = capsys.readouterr().out, read_dataset(out)
    system = parse_model(ASKED).system()
    np.testing.assert_array_equal(data["quantum_heat_flux"], hs.quantum.heat_flux(system, 0.5))
    np.testing.assert_array_equal(data["quantum_conductance"], hs.quantum.conductance(system, [0.1, 1.0], 0.5))
    np.testing.assert_array_equal(data["quantum_temperature"], [0.1, 1.0])
    np.testing.assert_array_equal(data["covariance_position"], hs.covariance(system, [1, 2]).position)
    np.testing.assert_array_equal(data["bond_heat_flux"], hs.bond_heat_flux(system))
    np.testing.assert_array_equal(data["bond_site_to"], [1, 2, 3])
    probed = hs.self_consistent(system, [1], quantum=True)
    np.testing.assert_array_equal(data["self_consistent_temperature"], probed.temperature)
    assert abs(float(data["self_consistent_heat_flux"][1])) < 1e-14
    for name in QUESTIONS.keys() - {"quantum", "bonds", "covariance", "self_consistent"}:
        assert not [variable for variable in data if str(variable).startswith(f"{name}_")]
    for text in ("quantum heat flux of bath 0", "heat flux 0 → 1", "temperature of bath 1", "covariances"):
        assert text in screen
    assert all(data[name].attrs["long_name"] for name in data)


def test_files_without_questions_are_as_before(tmp_path, capsys):
    path, out = tmp_path / "model.toml", tmp_path / "out.nc"
    path.write_text(BASE, encoding="utf-8")
    assert main(["run", str(path), "-o", str(out)]) == 0
    assert not [name for name in read_dataset(out) if str(name).startswith(("quantum", "bond_heat", "covariance"))]
    assert list(answers(parse_model(BASE), parse_model(BASE).system())) == []


@pytest.mark.parametrize(("table", "line"), [
    ("[quantum]\nhbar = 0", "quantum.hbar"), ("[quantum]\ntemperatures = [-1]", "quantum.temperatures[0]"),
    ("[quantum]\nplanck = 1", "did you mean|known here: hbar"), ("[covariance]\nsites = [4]", "covariance.sites[0]"),
    ("[bonds]\nbonds = [[0, 4]]", "bonds.bonds[0]"), ("[bonds]\nbonds = [[0, 1, 2]]", "bonds.bonds[0]"),
    ("[self_consistent]\nfloating = [3]", "self_consistent.floating[0]"),
    ("[self_consistent]\nfloating = [0, 1, 2]", "self_consistent.floating"), ("[self_consistent]", "floating"),
    ("[self_consistent]\nfloating = 'inner'", "self_consistent.floating")])
def test_mistakes_are_named_before_anything_is_solved(table, line):
    with pytest.raises(ModelError) as error:
        parse_model(BASE + table)
    assert any(part in str(error.value) for part in line.split("|"))


def test_figures():
    a = mean_field(0.5)
    ax = hs.quantum.plot_conductance(a, [0.01, 0.1, 1.0])
    assert [line.get_label() for line in ax.lines][-1] == "quantum conductance"
    np.testing.assert_allclose(ax.lines[-1].get_ydata(), hs.quantum.conductance(a, [0.01, 0.1, 1.0])[:, 0, 1])
    found = hs.bond_currents(case_c())
    widths = [line.get_linewidth() for line in found.plot().lines]
    assert widths[-1] == max(widths)  # the strongest is drawn last, and thickest
    assert len(widths) == len(found.bonds)
    ring = hs.OpenNetwork(hs.Lattice((3, 3), np.ones(9), k0=0.1), [hs.Bath(0, 1.0), hs.Bath(8, 0.0)])
    assert len(hs.bond_currents(ring).plot().lines) == 12


def test_observables_of_sweeps():
    import tomllib

    document = tomllib.loads(ASKED)
    plan = hs.Plan(document, {"network.k0": [0.1, 0.3]}, observables=[
        "quantum_heat_flux", "quantum_conductance", "bond_heat_flux", "self_consistent_temperature",
        "self_consistent_heat_flux"])
    assert plan.sizes == {"bath": 3, "bond": 3}
    task = plan.task(1)
    system, found = task.system(), task.measure()
    np.testing.assert_array_equal(found["quantum_heat_flux"], hs.quantum.heat_flux(system, 0.5))
    np.testing.assert_array_equal(found["bond_heat_flux"], hs.bond_heat_flux(system))
    np.testing.assert_array_equal(found["self_consistent_temperature"],
                                  hs.self_consistent(system, [1], quantum=True).temperature)
    assert abs(found["self_consistent_heat_flux"][1]) < 1e-14
    assert found["quantum_conductance"] == hs.quantum.conductance(system, 0.75, 0.5, 0, 1)
    with pytest.raises(hs.ArgumentError, match="floating"):
        hs.Plan(tomllib.loads(BASE), observables=["self_consistent_temperature"])
