"""Units: every factor by a second way, from constants written down here (CODATA 2018)."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest

import hotsprings as hs
from hotsprings import config

EV, AMU, KB, HBAR = 1.602176634e-19, 1.66053906660e-27, 1.380649e-23, 1.054571817e-34
AU_TIME, AU_MASS = 2.4188843265857e-17, 9.1093837015e-31


def test_electronvolts_angstroms_and_atomic_masses():
    units = hs.Units()
    time = 1e-10 * np.sqrt(AMU / EV)
    assert units.time == pytest.approx(time, rel=1e-9)
    assert units.time == pytest.approx(10.18e-15, rel=1e-3)
    assert units.temperature(300.0) == pytest.approx(300.0 * KB / EV, rel=1e-12)
    assert units.to_kelvin(units.temperature(77.0)) == pytest.approx(77.0, rel=1e-15)
    assert units.hbar == pytest.approx(HBAR / (EV * time), rel=1e-9)
    assert units.friction(1.0, 28.085) == pytest.approx(28.085 * time * 1e12, rel=1e-9)
    assert units.to_watt(1.0) == pytest.approx(EV / time, rel=1e-9)
    assert units.to_watt_per_kelvin(1.0) == pytest.approx(KB / time, rel=1e-9)
    assert units.to_terahertz(units.frequency(15.6)) == pytest.approx(15.6, rel=1e-15)
    assert units.frequency(1.0) == pytest.approx(2e12 * np.pi * time, rel=1e-9)


def test_atomic_units_have_hbar_one():
    units = hs.Units("electron mass", "bohr", "hartree")
    assert units.time == pytest.approx(AU_TIME, rel=1e-9)
    assert units.hbar == pytest.approx(1.0, rel=1e-9)  # by the definition of the hartree
    rydberg = hs.Units(2.0 * AU_MASS, "bohr", "rydberg")
    assert rydberg.time == pytest.approx(2.0 * AU_TIME, rel=1e-9)


def test_the_same_system_in_other_units_conducts_the_same():
    """K in eV/Å² and amu, or in hartree/bohr² and electron masses: one conductance in W/K."""
    pages = []
    K, m = np.array([[3.0, -1.2], [-1.2, 2.5]]), np.array([12.011, 15.999])
    electronvolt, atomic = hs.Units(), hs.Units("m_e", "bohr", "hartree")
    length, energy, mass = 0.529177210903, 27.211386245988, AU_MASS / AMU
    for units, stiffness, masses in ((electronvolt, K, m), (atomic, K * length**2 / energy, m / mass)):
        baths = [hs.Bath(i, units.temperature(T), units.friction(2.0, masses[i])) for i, T in ((0, 310.0), (1, 290.0))]
        state = hs.steady_state(hs.OpenNetwork(hs.Springs(masses, stiffness), baths))
        pages.append((units.to_watt(state.heat_flux[0]), units.to_watt_per_kelvin(state.conductance[0, 1])))
    np.testing.assert_allclose(pages[0], pages[1], rtol=1e-7)
    assert pages[0][0] == pytest.approx(20.0 * pages[0][1], rel=1e-12)


def test_one_oscillator_between_two_baths_by_hand():
    """J = ΔT γ₁γ₂/(m (γ₁ + γ₂)) whatever k: with rates of 1/ps each, k_B · 0.5/ps = 6.9 pW/K."""
    units = hs.Units()
    gamma = units.friction(1.0, 40.0)
    pair = hs.Springs([40.0, 1e-3], [[50.0, -49.0], [-49.0, 50.0]])
    baths = [hs.Bath(0, units.temperature(310.0), gamma), hs.Bath(1, units.temperature(290.0), gamma)]
    state = hs.steady_state(hs.OpenNetwork(pair, baths))
    assert units.to_watt_per_kelvin(state.conductance[0, 1]) == pytest.approx(0.5e12 * KB, rel=1e-2)


def test_arrays_and_words():
    units = hs.Units(mass="AMU", length="Angstrom", energy="ev")
    assert units.time == hs.Units().time
    np.testing.assert_allclose(units.to_watt([1.0, 2.0]), [units.to_watt(1.0), units.to_watt(2.0)])
    assert pickle.loads(pickle.dumps(units)) == units
    assert hs.Units(energy="kJ/mol").to_kelvin(1.0) == pytest.approx(1e3 / (6.02214076e23 * KB), rel=1e-9)
    assert hs.Units(energy="kcal/mol").to_kelvin(1.0) == pytest.approx(4.184e3 / (6.02214076e23 * KB), rel=1e-9)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: hs.Units(mass="stone"), "'mass' must be one of 'amu'"),
    (lambda: hs.Units(length=0), "'length' must be a positive"),
    (lambda: hs.Units(energy=None), "'energy' must be a positive"),
    (lambda: hs.Units(1e-300, 1e-300, 1e300), "floating"),
    (lambda: hs.Units().to_watt("3"), "'J' must be a finite number"), (lambda: hs.Units(energy="mev2"), "'energy'"),
    (lambda: hs.Units().temperature([1, "a"]), "'kelvin' must be a number or an array"),
    (lambda: hs.Units().temperature(-3.0), "'kelvin' must be 0 or more, but -3 was given"),
    (lambda: hs.Units().temperature([3.0, -3.0]), "'kelvin' must be 0 or more, but -3 is among them"),
    (lambda: hs.Units().friction(-1.0), "'per_ps' must be 0 or more"),
])
def test_what_is_no_unit_is_refused(call, message):
    with pytest.raises(hs.ArgumentError, match=message):
        call()


MODEL = """
[network]
kind = "file"
path = "K.csv"
masses = ["C", "O"]
symmetrize = true
[[baths]]
site = 0
temperature = 0.027
[[baths]]
site = 1
temperature = 0.025
[units]
{}
"""


def model(tmp_path, units='mass = "amu"'):
    (tmp_path / "K.csv").write_text("3.0;-1.2\n-1.2;2.5\n")
    (tmp_path / "model.toml").write_text(MODEL.format(units))
    return tmp_path / "model.toml"


def test_model_files_print_watts_and_keep_their_units(tmp_path, capsys):
    from hotsprings.cli import main
    from hotsprings.io import read_dataset

    assert main(["run", str(model(tmp_path)), "-o", str(tmp_path / "a.nc")]) == 0
    out = capsys.readouterr().out
    data = read_dataset(tmp_path / "a.nc")
    flux = float(data.heat_flux[0])
    assert "heat flux [W]" in out
    assert f"{hs.Units().to_watt(flux):.8g}" in out
    assert f"{hs.Units().to_watt_per_kelvin(float(data.conductance[0, 1])):.8g} W/K" in out
    assert f"{hs.Units().to_kelvin(0.027):.8g}" in out
    assert data.attrs["units_energy"] == "eV"
    assert data.attrs["watt_per_heat_flux"] == hs.Units().to_watt(1.0)
    assert "W/K" not in _without_units(tmp_path, capsys)


def _without_units(tmp_path, capsys):
    from hotsprings.cli import main

    plain = tmp_path / "plain.toml"
    plain.write_text(model(tmp_path).read_text().split("[units]")[0])
    assert main(["run", str(plain), "-o", str(tmp_path / "b.nc")]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(("units", "message"), [
    ('mass = "stone"', "units.mass: must be one of"), ("length = -1.0", "units.length: must be a positive"),
    ("time = 1", "units.time: is not a key"), ("energy = true", "units.energy: must be"),
])
def test_wrong_units_in_model_files(tmp_path, units, message):
    with pytest.raises(config.ModelError) as caught:
        config.load_model(model(tmp_path, units))
    assert len(caught.value.problems) == 1
    assert message in caught.value.problems[0]


@pytest.mark.parametrize(("old", "new", "message"), [
    ('masses = ["C", "O"]', 'masses = ["C", "Xx"]', "network.masses[1]: must be a number or the symbol"),
    ('masses = ["C", "O"]', 'masses = "none.txt"', "network.masses: must be the name of a file"),
    ('masses = ["C", "O"]', "masses = [1.0, -1.0]", "network.masses[1]: must be a positive"),
    ("symmetrize = true", 'symmetrize = "yes"', "network.symmetrize: must be True or False"),
    ("symmetrize = true", "acoustic_sum_rule = 1", "network.acoustic_sum_rule: must be True or False"),
    ("symmetrize = true", 'structure = "none.yaml"', "network.structure: must be the name of a file"),
    ("symmetrize = true", "supercell = [2, 2]", "network.supercell: must be three whole numbers"),
    ("symmetrize = true", 'format = "orca"', "network.path: must have a line '$hessian'"),
])
def test_keys_of_files_in_models(tmp_path, old, new, message):
    path = model(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(config.ModelError) as caught:
        config.load_model(path)
    assert [line for line in caught.value.problems if message in line] == list(caught.value.problems)


def test_files_in_models_are_beside_them(tmp_path):
    path = model(tmp_path)
    (tmp_path / "m.txt").write_text("12.011\n15.999\n")
    path.write_text(path.read_text().replace('["C", "O"]', '"m.txt"'))
    np.testing.assert_allclose(config.load_model(path).system().network.masses, [12.011, 15.999])
    path.write_text(path.read_text().replace('"m.txt"', '"Si"'))
    assert config.load_model(path).system().network.masses.tolist() == [28.085] * 2


def test_words_of_other_kinds_are_no_files(tmp_path):
    path = tmp_path / "ions.toml"
    path.write_text('[network]\nkind = "ion-crystal"\nn = 3\nmasses = "heavy"\n[[baths]]\nsite = 0\ntemperature = 1\n')
    with pytest.raises(config.ModelError, match=r"network\.masses: must be a positive .*'heavy'"):
        config.load_model(path)


GROUPS = """
[network]
kind = "lattice"
shape = [3, 2]
k0 = 0.2
[masses]
kind = "identical"
[[baths]]
name = "hot"
face = [0, "low"]
temperature = [0.027, 0.028]
[[baths]]
name = "cold"
face = [0, "high"]
temperature = 0.025
[bonds]
[units]
"""


def test_groups_and_questions_stand_beside_units(tmp_path, capsys):
    """A row per group: the range of its temperatures in K, its whole flux in W; conductance between the two groups."""
    from hotsprings.cli import main
    from hotsprings.io import read_dataset
    from hotsprings.tables import contact_rows

    path, units = tmp_path / "model.toml", hs.Units()
    path.write_text(GROUPS, encoding="utf-8")
    assert main(["run", str(path), "-o", str(tmp_path / "a.nc")]) == 0
    out = capsys.readouterr().out
    state = hs.steady_state(config.load_model(path).system())
    hot, cold = contact_rows(state, units)
    assert hot[-2] == f"{units.to_kelvin(0.027):.6g} … {units.to_kelvin(0.028):.6g}"
    assert cold[-2] == f"{units.to_kelvin(0.025):.8g}"
    assert float(hot[-1]) == pytest.approx(float(np.sum(state.heat_flux[:2])) * EV / units.time, rel=1e-7)
    assert float(hot[-1]) == pytest.approx(-float(cold[-1]), rel=1e-7)
    assert [row[:-2] for row in (hot, cold)] == contact_rows(state)
    between = state.group_conductance["hot", "cold"] * KB / units.time
    found = re.search(r"conductance in SI +(\S+) W/K", out)
    assert found is not None
    assert float(found[1]) == pytest.approx(between, rel=1e-7)
    assert "heat flux 0 → " in out
    assert read_dataset(tmp_path / "a.nc").attrs["watt_per_heat_flux"] == units.to_watt(1.0)


def test_quantum_conductance_is_drawn_in_kelvin_and_picowatt():
    units = hs.Units()
    system = hs.OpenNetwork(hs.Chain([12.0, 12.0], 5.0, 0.1), [hs.Bath(0, 0.02, 0.3), hs.Bath(1, 0.01, 0.3)])
    T = units.temperature(np.array([10.0, 300.0]))
    ax = hs.quantum.plot_conductance(system, T, units=units)
    line = next(line for line in ax.lines if line.get_label() == "quantum conductance")
    assert np.allclose(line.get_xdata(), [10.0, 300.0], rtol=1e-14)
    expected = 1e12 * units.to_watt_per_kelvin(hs.quantum.conductance(system, T, units.hbar, 0, 1))
    assert np.allclose(line.get_ydata(), expected, rtol=1e-14)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("temperature (K)", "conductance (pW/K)")
    with pytest.raises(hs.ArgumentError, match="'hbar' must be that of the units"):
        hs.quantum.plot_conductance(system, T, hbar=1.0, units=units)
