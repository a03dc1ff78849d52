"""Statistics, correlations and relaxation in model files, in sweeps, and as figures."""

import tomllib

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.cli import main
from hotsprings.config import ModelError, parse_model
from hotsprings.io import read_dataset

from .oracles.open_cases import case

BASE = """
[network]
kind = "chain"
k = 1.0
k0 = 0.3
[masses]
kind = "list"
values = [1.0, 1.3, 0.8, 1.1]
[[baths]]
site = 0
temperature = 1.5
[[baths]]
site = 3
temperature = 0.5
"""
ASKED = BASE + """
[statistics]
counting = [0.1, -0.3]
fluxes = [0.2, -0.2]
[correlation]
i = 1
j = 2
until = 10.0
points = 5
[bond_correlation]
i = 1
j = 2
until = 6.0
points = 4
[relaxation]
times = [0.0, 1.0, 100.0]
initial_temperature = 0.7
[power_spectrum]
i = 2
until = 2.0
points = 5
[mean_motion]
times = [0.0, 3.0]
kick = [1, 0.5]
displacement = [0, 0.2]
[current_correlation]
until = 4.0
points = 3
temperature = 0.8
"""


def test_run_answers(tmp_path, capsys):
    path, out = tmp_path / "model.toml", tmp_path / "out.nc"
    path.write_text(ASKED, encoding="utf-8")
    assert main(["run", str(path), "-o", str(out)]) == 0
    screen, data = capsys.readouterr().out, read_dataset(out)
    system = parse_model(ASKED).system()
    np.testing.assert_array_equal(data["statistics_cumulant"], hs.statistics.cumulants(system))
    np.testing.assert_array_equal(data["statistics_scaled_cumulant"],
                                  hs.statistics.scaled_cumulant(system, [0.1, -0.3]))
    np.testing.assert_array_equal(data["statistics_rate_function"], hs.statistics.rate_function(system, [0.2, -0.2]))
    np.testing.assert_array_equal(data["correlation_value"], hs.correlation(system, 1, 2, np.linspace(0.0, 10.0, 5)))
    np.testing.assert_array_equal(data["bond_correlation_value"],
                                  hs.bond_correlation(system, 1, 2, [0.0, 2.0, 4.0, 6.0]))
    np.testing.assert_array_equal(data["relaxation_temperature"], hs.relaxation(system, [0.0, 1.0, 100.0], 0.7))
    assert float(data["statistics_uncertainty"]) == hs.statistics.uncertainty(system)
    np.testing.assert_array_equal(data["power_spectrum_value"],
                                  hs.power_spectrum(system, np.linspace(0.0, 2.0, 5), 2))
    motion = hs.mean_motion(system, [0.0, 3.0], kick=(1, 0.5), displacement=(0, 0.2))
    np.testing.assert_array_equal(data["mean_motion_position"], motion.position)
    np.testing.assert_array_equal(data["mean_motion_velocity"], motion.velocity)
    np.testing.assert_array_equal(data["current_correlation_value"],
                                  hs.current_correlation(system.network, [0.0, 2.0, 4.0], 0.8))
    for text in ("power spectrum of the velocity of site 2", "mean motion", "energy current of the closed network",
                 "variance (noise)", "uncertainty product", "relaxation from T = 0.7", "correlation of velocity",
                 "through the spring between sites 1 and 2"):
        assert text in screen


def test_the_figure_of_a_run_shows_every_answer_that_has_a_picture(tmp_path, monkeypatch):
    """Once they were computed, written, and never drawn."""
    from hotsprings import io

    kept = []
    real = io.write_figure
    monkeypatch.setattr(io, "write_figure", lambda figure, path, overwrite: kept.append(figure) or real(figure, path))
    path = tmp_path / "model.toml"
    path.write_text(ASKED + "[quantum]\n[bonds]\n", encoding="utf-8")
    assert main(["run", str(path), "-o", str(tmp_path / "out.nc"), "--figure", str(tmp_path / "all.png")]) == 0
    (figure,) = kept
    axes = [part.axes[0] for part in figure.subfigs]
    titles = [ax.get_title() or ax.get_title("left") for ax in axes]
    assert len(set(titles)) == len(titles) == 10
    assert "correlation of velocity between sites 1 and 2" in titles
    beyond = {title: ax.get_tightbbox().x1 - figure.bbox.width for title, ax in zip(titles, axes, strict=True)}
    assert all(past <= 1.0 for past in beyond.values()), {t: p for t, p in beyond.items() if p > 1.0}


def test_many_baths_are_answered_by_their_noise(tmp_path):
    path, out = tmp_path / "model.toml", tmp_path / "out.nc"
    text = BASE + "[[baths]]\nsite = 1\ntemperature = 1.0\n[statistics]\n"
    path.write_text(text, encoding="utf-8")
    assert main(["run", str(path), "-o", str(out)]) == 0
    np.testing.assert_array_equal(read_dataset(out)["statistics_noise"],
                                  hs.statistics.noise(parse_model(text).system()))


def test_quanta_are_counted_on_request(tmp_path, capsys):
    path, out = tmp_path / "model.toml", tmp_path / "out.nc"
    text = BASE + "[statistics]\norder = 2\ncounting = [0.1]\nquantum = true\nhbar = 0.5\n"
    path.write_text(text, encoding="utf-8")
    assert main(["run", str(path), "-o", str(out)]) == 0
    system, data = parse_model(text).system(), read_dataset(out)
    right = hs.statistics.cumulants(system, 2, quantum=True, hbar=0.5)
    np.testing.assert_array_equal(data["statistics_cumulant"], right)
    np.testing.assert_array_equal(data["statistics_scaled_cumulant"],
                                  hs.statistics.scaled_cumulant(system, [0.1], quantum=True, hbar=0.5))
    assert "statistics_uncertainty" not in data  # a bound of classical heat
    assert "statistics of quanta of heat, ħ = 0.5" in capsys.readouterr().out
    plan = hs.Plan(tomllib.loads(text), {"network.k0": [0.1]}, observables=["statistics_cumulant"])
    task = plan.task(0)
    np.testing.assert_array_equal(task.measure()["statistics_cumulant"],
                                  hs.statistics.cumulants(task.system(), 2, quantum=True, hbar=0.5))


@pytest.mark.parametrize(("table", "key"), [
    ("[statistics]\nquantum = true\nfluxes = [0.1]", "statistics.fluxes"),
    ("[statistics]\nquantum = true\nhbar = 0", "statistics.hbar"),
    ("[bond_correlation]\nj = 0\nuntil = 1.0", "bond_correlation.j"), ("[bond_correlation]", "bond_correlation"),
    ("[bond_correlation]\nj = 4\nuntil = 1.0", "bond_correlation.j"),
    ("[statistics]\norder = 5", "statistics.order"), ("[statistics]\ncounting = ['a']", "statistics.counting"),
    ("[correlation]\ni = 4\nuntil = 1.0", "correlation.i"), ("[correlation]\nuntil = 0.0", "correlation.until"),
    ("[correlation]\nuntil = 1.0\nof = 'heat'", "correlation.of"), ("[relaxation]\ntimes = [1.0]", "relaxation"),
    ("[relaxation]\ntimes = [-1.0]\ninitial_temperature = 1.0", "relaxation.times"),
    ("[power_spectrum]\ni = 4\nuntil = 1.0", "power_spectrum.i"), ("[power_spectrum]", "power_spectrum"),
    ("[mean_motion]\ntimes = [1.0]", "mean_motion.kick"),
    ("[mean_motion]\ntimes = [1.0]\nkick = [7, 1.0]", "mean_motion.kick"),
    ("[mean_motion]\ntimes = [1.0]\nkick = 1", "mean_motion.kick"),
    ("[current_correlation]\nuntil = 1.0\nclosed = false", "current_correlation.temperature"),
    ("[current_correlation]\nuntil = -1.0", "current_correlation.until")])
def test_mistakes_are_named_before_anything_is_solved(table, key):
    with pytest.raises(ModelError) as error:
        parse_model(BASE + table)
    assert key in str(error.value)


def test_observables_of_sweeps():
    plan = hs.Plan(tomllib.loads(ASKED), {"network.k0": [0.1, 0.3]},
                   observables=["statistics_cumulant", "statistics_uncertainty", "relaxation_temperature",
                                "correlation_value", "bond_correlation_value", "power_spectrum_value",
                                "mean_motion_position",
                                "mean_motion_velocity", "current_correlation_value"])
    task = plan.task(1)
    system, found = task.system(), task.measure()
    np.testing.assert_array_equal(found["statistics_cumulant"], hs.statistics.cumulants(system))
    assert found["statistics_uncertainty"] == hs.statistics.uncertainty(system)
    np.testing.assert_array_equal(found["relaxation_temperature"], hs.relaxation(system, [0.0, 1.0, 100.0], 0.7))
    np.testing.assert_array_equal(found["correlation_value"], hs.correlation(system, 1, 2, np.linspace(0.0, 10.0, 5)))
    np.testing.assert_array_equal(found["bond_correlation_value"],
                                  hs.bond_correlation(system, 1, 2, [0.0, 2.0, 4.0, 6.0]))
    np.testing.assert_array_equal(found["power_spectrum_value"],
                                  hs.power_spectrum(system, np.linspace(0.0, 2.0, 5), 2))
    motion = hs.mean_motion(system, [0.0, 3.0], kick=(1, 0.5), displacement=(0, 0.2))
    np.testing.assert_array_equal(found["mean_motion_position"], motion.position)
    np.testing.assert_array_equal(found["mean_motion_velocity"], motion.velocity)
    np.testing.assert_array_equal(found["current_correlation_value"],
                                  hs.current_correlation(system.network, [0.0, 2.0, 4.0], 0.8))


def test_an_observable_without_its_table_is_refused():
    with pytest.raises(hs.ArgumentError, match=r"table \[power_spectrum\] in the model that says until"):
        hs.Plan(tomllib.loads(BASE), {"network.k0": [0.1]}, observables=["power_spectrum_value"])


def test_a_network_without_a_line_has_no_energy_current():
    text = BASE.replace('kind = "chain"\nk = 1.0', 'kind = "mean-field"\nk = 1.0')
    with pytest.raises(ModelError, match=r"current_correlation\.closed"):
        parse_model(text + "[current_correlation]\nuntil = 1.0\n")


def test_figures_of_motion():
    from hotsprings.figures.times import draw_motion, draw_spectrum

    omega = np.linspace(0.1, 2.0, 50)
    values = hs.power_spectrum(case("A"), omega, 0)
    np.testing.assert_array_equal(draw_spectrum(omega, values).lines[0].get_ydata(), values)
    times = np.linspace(0.0, 5.0, 11)
    position = hs.mean_motion(case("A"), times, kick=0).position
    ax = draw_motion(times, position)
    np.testing.assert_array_equal(ax.collections[0].get_array(), position)


def test_figures():
    from hotsprings.figures.times import draw_correlation, draw_relaxation

    ax = hs.statistics.plot_rate_function(case("A"), [0.0, 0.1, 0.3])
    curve, mirrored = ax.lines[1], ax.lines[2]
    np.testing.assert_allclose(curve.get_ydata(), mirrored.get_ydata(), atol=1e-12)  # the symmetry
    times = np.linspace(0.0, 5.0, 11)
    assert len(draw_relaxation(times, hs.relaxation(case("A"), times, 1.0)).lines) == 8
    assert len(draw_correlation(times, hs.correlation(case("A"), 0, 0, times)).lines) == 2
