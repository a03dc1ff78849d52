"""Studies: their systems, their verdicts on made-up data, and the files they write; small plans stand for the real."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xarray as xr

import hotsprings as hs
from hotsprings import cli
from hotsprings.io import FileError
from hotsprings.studies import (
    chains,
    crossover,
    currents,
    diode,
    fixed_ends,
    green_kubo,
    heavy_tails,
    lattices,
    mean_field_disorder,
    probes,
    quantum,
    random_springs,
)
from hotsprings.studies.catalogue import NAMES, study
from hotsprings.studies.curves import against, curve, fitted, in_words, sure
from hotsprings.studies.study import Findings, Study, run_study
from hotsprings.sweeps import Axis, ExecutorPool, Plan
from hotsprings.sweeps.runner import sweep

FEW = 3


def small(plan):
    """Return a plan with the smallest sizes and few realisations of each."""
    axes = [Axis(a.parameter, *((a.values[:FEW], a.name, a.labels[:FEW]) if a.name == "n" else
                                (a.values, a.name, a.labels))) for a in plan.axes]
    base = plan.base if not hasattr(plan.base, "document") else plan.base.document
    base = getattr(base, "function", base)
    return Plan(base, axes, min(FEW, plan.realisations), plan.seed, title=plan.title, source=plan.source,
                drain=plan.drain, observables={o.name: o.own for o in plan.observables})


@pytest.fixture(scope="module")
def results():
    """Return the data of every study for its smallest systems, solved in this process."""
    with ThreadPoolExecutor(1) as one:
        def swept(_, plan):
            return sweep(small(plan), pool=ExecutorPool(one, 1))

        return {name: study(name).compute(True, swept) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_study_says_what_was_claimed_and_what_came_out(results, name):
    one = study(name)
    data = results[name]
    assert all(part.attrs["n_failed"] == 0 for part in data.values()) or name == "heavy-tails"
    findings = one.judge(data)
    assert findings.fits or name == "diode"  # of one size in its quick setting
    assert all(np.isfinite(fit.exponent) for fit in findings.fits.values())
    assert all(word in findings.text for word in ("ν = " if findings.fits else "J₊", "."))
    assert len(one.draw(data, findings).axes) >= 2
    assert one.name == name
    assert one.estimate(True) < min(60.0, one.estimate(False))


def test_the_chain_with_equal_masses_carries_the_current_of_the_closed_form(results):
    """A free ordered chain: J/ΔT = kγ/(2(mk + γ²)) = 1/4 for every N."""
    _, y, error = curve(results["chains"]["ordered"], ends="free", spread=0.0)
    np.testing.assert_allclose(y, 0.25, rtol=1e-12)
    assert error is None


def test_the_plateau_is_that_of_the_closed_form(results):
    n, y, _ = curve(results["fixed-ends"]["plateau"])
    exact = [hs.theory.heat_flux_identical(int(m), k=fixed_ends.SOFT) for m in n]
    np.testing.assert_allclose(y, exact, rtol=1e-11)


@pytest.mark.parametrize(("wall", "pin", "n_tilde"), [
    ("Kac, wall k", 1.0, 9.0), ("Kac, wall k/Ñ", 1.0 / 9.0, 9.0), ("bare, wall k", 1.0, 1.0)])
def test_walls_hold_the_two_bath_sites_only(wall, pin, n_tilde):
    network = fixed_ends.walled(10, wall, "random", 3).network
    assert network.k0[[0, -1]].tolist() == [pin, pin]
    assert not network.k0[1:-1].any()
    assert network.n_tilde == n_tilde
    np.testing.assert_array_equal(network.masses, hs.masses.random(10, 1.0, 0.1, 3))
    assert np.all(fixed_ends.walled(10, wall, "identical", 3).network.masses == 1.0)


def test_the_open_crossover_ends_where_it_is_known(results):
    """α = 0 is the mean field, by its own closed form."""
    n, y, _ = curve(results["crossover"]["identical"], factor="Kac", alpha=0.0)
    np.testing.assert_allclose(y, [hs.theory.heat_flux_identical(int(m)) for m in n], rtol=1e-9)


def made_up(exponent, later=None, relative=0.01, n_real=50):
    """Return a sweep whose conductance follows a power, another one from the middle on, with scatter."""
    n = np.array([10, 20, 40, 80, 160, 320])
    y = n**exponent if later is None else n**exponent + 160.0 ** (exponent - later) * n**later
    rng = np.random.default_rng(1)
    values = y[:, None] * (1.0 + relative * np.sqrt(n_real) * rng.normal(size=(n.size, n_real)))
    mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(n_real)
    return xr.Dataset({"conductance": (("n", "realisation"), values), "conductance_mean": ("n", mean),
                       "conductance_error": ("n", error)}, {"n": n})


def test_verdicts_on_made_up_data():
    assert against(fitted(made_up(-1.0)), -1.0) == "agrees"
    assert against(fitted(made_up(-0.5)), -0.5) == "agrees"
    assert against(fitted(made_up(-0.7)), -1.0) == "does not agree"  # negative control
    assert against(fitted(made_up(-1.0)), -0.5) == "does not agree"
    assert against(fitted(made_up(-1.5, -0.5)), 0.0) == "is approached, not reached"
    assert "no single power" in in_words(fitted(made_up(-1.5, -0.5)))
    assert "no single power" not in in_words(fitted(made_up(-1.0)))


def test_what_is_not_known_is_left_out_of_a_fit():
    data = made_up(-1.0)
    data["conductance_error"][1] = 10.0
    assert fitted(data).local_x.size == 4
    assert sure(data)
    data["conductance_error"][:] = 10.0
    assert not sure(data)
    same = made_up(-1.0, relative=0.0)
    assert np.isnan(fitted(same).p_value)  # realisations that are all the same are exact


def _toy_system(n: int, seed: int) -> hs.OpenNetwork:
    return hs.OpenNetwork(hs.MeanField(hs.masses.random(n, seed=seed)), [hs.Bath(0, 1.0), hs.Bath(-1, 0.5)])


def _toy(compute_count):
    def compute(quick, sweeper):
        compute_count.append(quick)
        return {"toy": sweeper("toy", Plan(_toy_system, {"n": [4, 8, 16]}, 3, seed=1))}

    def draw(data, findings):
        from matplotlib.figure import Figure

        return Figure()

    return Study("toy", "A toy", "Nothing.", compute, lambda data: Findings("It is so.", {"all": fitted(data["toy"])}),
                 draw, (1.0, 100.0))


def test_a_study_writes_picture_data_and_page_and_goes_on_where_it_was(tmp_path):
    count = []
    told = []
    run_study(_toy(count), tmp_path, workers=1, listener=told.append)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["toy.md", "toy.nc", "toy.png", "toy.sweep"]
    tree = xr.open_datatree(tmp_path / "toy.nc", engine="h5netcdf")
    assert tree.attrs["finding"] == "It is so."
    assert tree.attrs["setting"] == "quick"
    assert tree["toy"]["conductance"].shape == (3, 3)
    assert float(tree["fits"]["exponent"].sel(curve="all")) < 0.0
    tree.close()
    page = (tmp_path / "toy.md").read_text()
    assert "| all |" in page
    assert "*Claimed:* Nothing." in page
    assert told[-1].done == 9
    with pytest.raises(FileError, match="exists already"):
        run_study(_toy(count), tmp_path, workers=1)
    told.clear()
    run_study(_toy(count), tmp_path, workers=1, overwrite=True, listener=told.append)
    assert not told  # all of it was in the store
    assert len(count) == 2  # a refused run does not begin to work


def test_probed_networks_have_the_flux_of_the_closed_forms(results):
    for kind in ("free chain", "mean field"):
        n, y, _ = curve(results["probes"]["ordered"], "probe_flux", kind=kind)
        np.testing.assert_allclose(y, [probes.closed_form(int(m), kind) for m in n], rtol=1e-11)


def test_the_conductivity_of_probed_chains_is_that_of_the_infinite_one():
    """Bonetto, Lebowitz, Lukkarinen: its distance falls exponentially with N, to 3e-8 at N = 20."""
    apart = [probes.probe_conductivity(hs.steady_state(probes.probed(n, "pinned chain"))) / probes.conductivity(
        1.0, 1.0, 1.0) - 1.0 for n in (10, 20)]
    assert abs(apart[1]) < 1e-7 < 1e-5 < abs(apart[0]) < 1e-3


def test_the_quantum_study_turns_temperatures_into_hbar(results):
    """J(T) at ħ = 1 from baths at 1.5 and 0.5 and ħ = 1/T."""
    temperature, flux, conductance, classical = quantum._series(results["quantum"]["mean_field"], "pinned", 16)
    network = hs.MeanField(np.ones(16), k0=0.5)
    for i in (0, 8, 15):
        system = hs.OpenNetwork(network, [hs.Bath(0, 1.5 * temperature[i]), hs.Bath(-1, 0.5 * temperature[i])])
        assert flux[i] == pytest.approx(hs.quantum.heat_flux(system)[0], rel=1e-9)
        assert conductance[i] == pytest.approx(hs.quantum.conductance(system, temperature[i])[0, 1], rel=1e-9)
    assert classical == pytest.approx(hs.conductance(system)[0, 1], rel=1e-12)
    assert quantum.crossing(temperature, temperature**2, 0.02) == pytest.approx(0.1, rel=1e-12)


def test_rings_keep_their_current_and_the_exponent_of_its_size_is_known(results):
    per_site = green_kubo._per_site(results["green-kubo"]["identical"], factor="Kac", pinning="pinned", alpha=0.0)
    np.testing.assert_allclose(per_site, np.broadcast_to(per_site[..., :1], per_site.shape), rtol=1e-11)
    kappa = green_kubo.conductivity(per_site)
    np.testing.assert_allclose(kappa[..., -1], green_kubo.UNTIL * per_site[..., 0], rtol=1e-11)
    assert [green_kubo.expected(a) for a in (0.5, 1.25, 1.5, 4.0)] == [1.0, 0.5, 0.0, 0.0]


def test_a_face_of_a_lattice_is_the_sum_over_its_sites(results):
    """Without disorder J per area is that of chains of the transverse momenta; with it, of the system itself."""
    data = results["lattices"]["square"]
    one = lattices._plan("square", (4, 6, 8), 3, 0).task(0).system()
    row = data["conductance"].sel(k0=0.0, n=4).values
    hot, cold = one.source_and_drain("hot", "cold")
    assert row[0] == pytest.approx(hs.conductance(one)[np.ix_(hot, cold)].sum() / 4.0, rel=1e-12)


def test_a_diode_is_told_from_its_control(results):
    data = results["diode"]["diode"]
    part, doubt = diode._rectification(data, "anharmonic")
    assert float((part / doubt).sel(n=12, alpha=0.0)) < -3.0  # more heat where the light end is hot
    control, its = diode._rectification(data, "harmonic")
    assert float((abs(control) / its).max()) < 3.5
    harmonic = data["heat_flux"].sel(springs="harmonic")
    z = (harmonic - data["exact"]) / data["heat_flux_error"].sel(springs="harmonic")
    assert float(abs(z).max()) < 4.0
    part, doubt = diode._rectification(data.assign(heat_flux=abs(data["heat_flux"]) * 0.0 + [[[[1.0]], [[3.0]]]] * 2,
                                                   heat_flux_error=0.0 * data["heat_flux"] + 0.1), "anharmonic")
    np.testing.assert_allclose(part, -0.5)
    np.testing.assert_allclose(doubt, 2.0 * np.hypot(0.3, 0.1) / 16.0)


@pytest.mark.parametrize("kind", list(currents.KINDS))
def test_currents_across_the_middle_add_up_to_the_heat(kind):
    matrix = currents.current_matrix(currents.between(10, kind))
    assert matrix[:5, 5:].sum() == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_array_equal(matrix, -matrix.T)
    if kind == "mean field":
        assert not matrix[1:-1, 1:-1].any()


def test_the_help_of_the_command_names_every_study(capsys):
    assert cli.main(["study", "--help"]) == 0
    text = "".join(capsys.readouterr().out.replace("│", " ").split())  # lines break at hyphens
    assert all(name in text for name in NAMES)


def test_every_module_is_in_the_catalogue():
    modules = (mean_field_disorder, fixed_ends, chains, random_springs, heavy_tails, crossover, quantum, probes,
               green_kubo, currents, lattices, diode)
    assert {module.STUDY.name for module in modules} <= set(NAMES)
    with pytest.raises(hs.ArgumentError, match="mean-field, fixed-ends"):
        study("astrology")


def test_the_command_refuses_unknown_studies_and_files_for_directories(tmp_path, capsys):
    assert cli.main(["study", "astrology"]) == 2
    assert "must be one of mean-field" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert cli.main(["study", "chains", "-o", str(tmp_path / "file")]) == 2
    assert "is a file" in capsys.readouterr().err
