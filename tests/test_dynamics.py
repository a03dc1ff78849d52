"""Molecular dynamics against the exact stationary states, and what a run must refuse, keep and say."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import scipy.stats

import hotsprings as hs
from hotsprings.dynamics.relaxation import _damped, _modal, fastest_frequency, relaxation
from hotsprings.dynamics.statistics import estimate

CHANCE = 1e-6  # of a false alarm of each statistical check, were its seed drawn anew
TWO = [hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 0.7)]
THREE = [*TWO, hs.Bath(2, 1.0, 2.0)]
simulate = hs.dynamics.simulate


def systems():
    m, pinned = np.array([0.5, 1.3, 0.8, 2.0]), np.linspace(0.1, 1.0, 4)
    return {
        "mean field": hs.OpenNetwork(hs.MeanField(m, k=3.0, k0=pinned), TWO),
        "mean field, free": hs.OpenNetwork(hs.MeanField(m, kac=False), TWO),
        "mean field, one bath": hs.OpenNetwork(hs.MeanField(m[:3], k=3.0, k0=pinned[:3]), TWO[:1]),
        "power law": hs.OpenNetwork(hs.PowerLaw(m, 1.5, k=2.0, k0=0.3), THREE),
        "ring": hs.OpenNetwork(hs.PowerLaw(m, 0.7, k=2.0, k0=0.3, periodic=True), THREE),
        "chain": hs.OpenNetwork(hs.Chain(m, ends="fixed"), TWO),
        "springs": hs.OpenNetwork(hs.random_springs(m, seed=1, mean=3.0, k0=0.2), THREE),
    }


def scores(system, seeds, integrator="splitting", exact=None, duration=2500.0, dt=0.05):
    """Return z of the flux of bath 0, of its kinetic estimate and of the temperature of site 1, one row per seed."""
    exact = exact or hs.steady_state(system)
    rows = []
    for seed in seeds:
        run = simulate(system, duration, dt, replicas=8, seed=seed, warmup=400.0, integrator=integrator, sample_every=4
                       if integrator == "splitting" else 1)
        rows.append([(run.heat_flux[0] - exact.heat_flux[0]) / run.heat_flux_error[0] if system.n_baths > 1 else 0.0,
                     (run.heat_flux_kinetic[0] - exact.heat_flux[0]) / run.heat_flux_kinetic_error[0],
                     (run.local_temperature[1] - exact.local_temperature[1]) / run.local_temperature_error[1]])
    return np.array(rows)


def refuse_wrong_scores(z):
    """Fail unless z looks like independent deviations in standard errors, each from 64 blocks (Student's t, 63)."""
    t = scipy.stats.t(63)
    for limit in (1.0, 2.0, 3.0):
        beyond = int(np.sum(np.abs(z) > limit))
        law = scipy.stats.binom(z.size, 2.0 * t.sf(limit))
        assert law.cdf(beyond) > CHANCE, f"too few beyond {limit}: {beyond} of {z.size}"
        assert law.sf(beyond - 1) > CHANCE, f"too many beyond {limit}: {beyond} of {z.size}"
    assert abs(z.mean()) < 5.0 / np.sqrt(z.size)


@pytest.fixture(scope="module")
def histogram():
    return {name: scores(system, range(100 * k, 100 * k + 16)) for k, (name, system) in enumerate(systems().items())}


@pytest.mark.parametrize("column", [0, 1, 2], ids=["flux", "kinetic flux", "temperature"])
def test_harmonic_networks_against_the_exact_answer(histogram, column):
    kept = [z for name, z in histogram.items() if column > 0 or "one bath" not in name]
    refuse_wrong_scores(np.concatenate([z[:, column] for z in kept]))


@pytest.mark.parametrize("name", list(systems()))
def test_each_kind_of_network_against_the_exact_answer(histogram, name):
    columns = histogram[name] if "one bath" not in name else histogram[name][:, 1:]
    assert np.all(np.abs(columns.mean(axis=0)) < 5.0 / np.sqrt(len(columns)))
    assert np.abs(columns).max() < scipy.stats.t(63).isf(0.5 * CHANCE / columns.size)


def test_the_exact_propagator_against_the_exact_answer():
    system = systems()["chain"]
    z = scores(system, range(20), "exact", duration=3200.0, dt=1.0)
    refuse_wrong_scores(z[:, 1])
    refuse_wrong_scores(z[:, 2])


def test_negative_control_friction_read_as_a_rate():
    for name in ("mean field", "chain"):
        system = systems()[name]
        wrong = [dataclasses.replace(b, friction=b.friction * system.network.masses[b.site]) for b in system.baths]
        z = scores(hs.OpenNetwork(system.network, wrong), range(12), exact=hs.steady_state(system), duration=5000.0)
        with pytest.raises(AssertionError):
            refuse_wrong_scores(z[:, 0])


def test_negative_control_errors_that_are_too_small(histogram):
    with pytest.raises(AssertionError, match="too many"):
        refuse_wrong_scores(2.0 * np.concatenate([z[:, 2] for z in histogram.values()]))


def test_a_cold_anharmonic_network_is_its_harmonic_limit():
    m = np.array([0.5, 1.3, 0.8, 1.1, 0.9, 2.0])
    for base in (hs.MeanField(m, k=3.0, k0=0.3), hs.Chain(m, ends="fixed")):
        for network in (hs.Anharmonic(base, quartic=1.0), hs.Anharmonic(base, cubic=0.3, quartic=1.0), hs.Rotors(base)):
            deviation = {}
            for scale in (1e-4, 4.0):
                baths = [dataclasses.replace(b, temperature=scale * b.temperature) for b in TWO]
                run = simulate(hs.OpenNetwork(network, baths), 20000.0, 0.05, seed=3, warmup=400.0)
                exact = hs.steady_state(hs.OpenNetwork(base, baths))
                deviation[scale] = np.abs(run.deviation(exact.heat_flux)).max()
            assert deviation[1e-4] < scipy.stats.t(63).isf(0.25 * CHANCE)
            assert deviation[4.0] > 6.0  # hot, it is another network


def test_equipartition_whatever_the_springs():
    m = np.array([0.5, 1.3, 0.8, 1.1, 0.9, 2.0])
    for base in (hs.MeanField(m, k0=0.3), hs.Chain(m, ends="fixed"), hs.PowerLaw(m, 1.5, k0=0.3, periodic=True),
                 hs.random_springs(m, seed=1, k0=0.3)):
        for network in (hs.Anharmonic(base, quartic=1.0, onsite_quartic=0.5), hs.Rotors(base)):
            run = simulate(hs.OpenNetwork(network, [hs.Bath(0, 0.8), hs.Bath(3, 0.8, 2.0)]), 10000.0, 0.05, seed=2)
            z = (run.local_temperature - 0.8) / run.local_temperature_error
            assert np.abs(z).max() < scipy.stats.t(63).isf(0.5 * CHANCE / z.size)
            assert np.abs(run.deviation(0.0)).max() < scipy.stats.t(63).isf(0.5 * CHANCE)


def magnetisation(temperature):
    """Return M = I1(M/T)/I0(M/T), the order parameter of the mean-field XY model with coupling 1 per site."""
    ratio = scipy.special.ive
    return scipy.optimize.brentq(lambda M: ratio(1, M / temperature) / ratio(0, M / temperature) - M, 1e-3, 1.0)


def test_magnetisation_of_the_mean_field_of_rotors():
    """M(T) of Antoni, Ruffo (1995); finite size adds O(1/N), so that two sizes are extrapolated."""
    for temperature in (0.1, 0.25, 0.35):
        measured, error = [], []
        for n in (100, 200):
            network = hs.Rotors(hs.MeanField(np.ones(n), n_tilde=n))
            baths = hs.bath_group(range(n), temperature, 1.0)
            run = simulate(hs.OpenNetwork(network, baths), 1500.0, 0.1, replicas=8, seed=5, warmup=50.0, sample_every=5)
            measured.append(run.order.value[0])
            error.append(run.order.error[0])
        limit, spread = 2.0 * measured[1] - measured[0], np.hypot(2.0 * error[1], error[0])
        remainder = 0.2 * abs(measured[1] - measured[0])  # of the next orders
        assert abs(limit - magnetisation(temperature)) < 5.0 * spread + remainder
        assert spread < 0.003


# statistics

def correlated(tau, replicas, length, n, seed):
    """Return Gaussian series of variance 1 with correlation exp(-|t|/τ')  whose sum over all t is τ."""
    rng = np.random.default_rng(seed)
    a = (tau - 1.0) / (tau + 1.0)
    x = np.empty((replicas, length, n))
    x[:, 0] = rng.standard_normal((replicas, n))
    for i in range(1, length):
        x[:, i] = a * x[:, i - 1] + np.sqrt(1.0 - a * a) * rng.standard_normal((replicas, n))
    return x


def test_standard_errors_of_correlated_series():
    series = correlated(10.0, 4, 4096, 200, 0)
    found = estimate("x", series, 1.0, np.ones(200))
    refuse_wrong_scores(found.value / found.error)
    assert 10.0 < found.autocorrelation_time.mean() < 22.0  # the largest of estimates of 10 that scatter
    naive = series.std() / np.sqrt(4 * 4096)
    with pytest.raises(AssertionError, match="too many"):
        refuse_wrong_scores(found.value / naive)


def test_short_runs_have_no_error_and_say_how_long_they_must_be():
    for replicas, length in ((1, 512), (4, 1024), (100, 1024)):
        found = estimate("x", correlated(200.0, replicas, length, 50, 1), 0.5, np.ones(50))
        # a single short series can happen to stay where it is and look shorter-lived; several do not all
        assert np.isnan(found.spread).mean() > (0.8 if replicas == 1 else 0.99)
        with pytest.raises(hs.ShortRunError, match=r"x has no standard error.*duration of at least") as caught:
            _ = found.error
        assert float(str(caught.value).rsplit(" ", 1)[1]) > 0.5 * length
    enough = estimate("x", correlated(4.0, 8, 1024, 50, 1), 0.5, np.ones(50))
    assert np.isfinite(enough.error).all()


def test_a_single_series_without_blocks_has_no_error():
    found = estimate("x", np.ones((2, 4, 1)), 1.0)
    with pytest.raises(hs.ShortRunError):
        _ = found.error


def test_a_simulation_that_is_too_short_refuses():
    with pytest.warns(hs.RelaxationWarning):
        run = simulate(systems()["mean field"], 20.0, 0.05, replicas=2)
    for name in ("heat_flux_kinetic_error", "local_temperature_error"):
        with pytest.raises(hs.ShortRunError, match="autocorrelation times"):
            getattr(run, name)
    assert "± ?" in repr(run)
    assert np.isnan(run.to_dataset()["local_temperature_error"]).any()


# before the start

def test_relaxation_is_that_of_the_slowest_resonance():
    for system in systems().values():
        found, exact = relaxation(system), hs.resonances(system)
        assert found.time == pytest.approx(1.0 / exact.slowest.imag, rel=1e-9)
        assert found.n_dark == 0
    for n in (40, 160):
        for friction in (0.1, 1.0, 20.0):
            system = hs.OpenNetwork(hs.Chain(np.ones(n), ends="fixed"), [hs.Bath(0, 1.0, friction), hs.Bath(-1, 0.0)])
            slowest = hs.resonances(system).slowest.imag
            assert _damped(system)[0].min() == pytest.approx(slowest, rel=1e-6)
            assert _modal(system)[0].min() == pytest.approx(slowest, rel=0.05)
    dark = hs.OpenNetwork(hs.MeanField(np.ones(160), k0=0.3), TWO)
    assert relaxation(dark).n_dark == 157
    assert relaxation(hs.OpenNetwork(hs.MeanField(np.ones(20), k0=0.3), TWO)).n_dark == 17
    assert relaxation(hs.OpenNetwork(hs.MeanField(np.ones(1001)), TWO)) is None


def test_hopeless_runs_are_warned_of():
    system = hs.OpenNetwork(hs.MeanField(hs.masses.random(20, spread=0.1, seed=1), k0=1.0), TWO)
    lifetime = 1.0 / hs.resonances(system).slowest.imag
    with pytest.warns(hs.RelaxationWarning, match=f"of 20 modes.*{re.escape(f'{lifetime:.4g}')}.*N²"):
        simulate(system, 10.0, 0.1, replicas=1)
    with pytest.warns(hs.RelaxationWarning, match="4321"):
        simulate(systems()["chain"], 10.0, 0.1, replicas=1, relaxation_time=4321.0)
    dark = hs.OpenNetwork(hs.MeanField(np.ones(20), k0=0.3), TWO)
    with pytest.warns(hs.DarkModeWarning, match="17 of 20 normal modes never feel a bath"):
        simulate(dark, 2000.0, 0.1, replicas=1)


def test_dark_modes_at_rest_stay_at_rest():
    system = hs.OpenNetwork(hs.MeanField(np.ones(8), k=4.0, k0=0.3), TWO)
    run = simulate(system, 20000.0, 0.05, seed=1, initial_temperature=0.0)
    exact = hs.steady_state(system)
    z = (run.local_temperature - exact.local_temperature) / run.local_temperature_error
    assert np.abs(z).max() < scipy.stats.t(63).isf(0.5 * CHANCE / z.size)


def test_the_fastest_frequency():
    for n in (5, 600):
        m = hs.masses.random(n, spread=0.4, seed=1)
        for network in (hs.MeanField(m, k0=0.3), hs.Chain(m), hs.PowerLaw(m, 1.5)):
            fastest = np.sqrt(np.linalg.eigvalsh(network.stiffness() / np.sqrt(np.outer(m, m)))[-1])
            assert fastest_frequency(network) == pytest.approx(fastest, rel=2e-3 if n > 500 else 1e-12)
            assert fastest_frequency(hs.Rotors(network)) == fastest_frequency(network)


def test_a_time_step_beyond_the_stability_limit_is_refused():
    network = hs.Chain(np.ones(50))  # ω_max = 2 cos(π/100)
    limit = 1.0 / np.cos(np.pi / 100)
    with pytest.raises(hs.ArgumentError, match=rf"'dt' must be below the stability limit 2/ω_max = {limit:.4g}"):
        simulate(hs.OpenNetwork(network, TWO), 10.0, 1.001 * limit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        simulate(hs.OpenNetwork(network, TWO), 100.0, 0.99 * limit, replicas=1)


def test_energy_that_runs_away_is_an_error():
    stiff = hs.Anharmonic(hs.Chain(np.ones(10)), quartic=100.0)
    with pytest.raises(hs.InstabilityError, match=r"ran away .* time step 0.9 is too large"):
        simulate(hs.OpenNetwork(stiff, TWO), 1000.0, 0.9)
    breaks = hs.Anharmonic(hs.Chain(np.ones(10)), cubic=1.0)
    with pytest.raises(hs.InstabilityError, match="spring without lower bound"):
        simulate(hs.OpenNetwork(breaks, TWO), 1000.0, 0.02)
    simulate(hs.OpenNetwork(hs.Anharmonic(hs.Chain(np.ones(10)), cubic=1.0, quartic=1.0), TWO), 1000.0, 0.05)


def test_arguments_are_checked():
    system = systems()["chain"]
    for wrong, words in [({"duration": 0.0}, "duration"), ({"dt": -1.0}, "dt"), ({"replicas": 0}, "replicas"),
                         ({"seed": -1}, "seed"), ({"warmup": -1.0}, "warmup"), ({"integrator": "euler"}, "splitting"),
                         ({"sample_every": 0}, "sample_every"), ({"initial_temperature": -1.0}, "initial_temperature"),
                         ({"relaxation_time": 0.0}, "relaxation_time"), ({"trajectory": "a.nc"}, "Trajectory"),
                         ({"dt": 1e-300}, "steps")]:
        with pytest.raises(hs.ArgumentError, match=words):
            simulate(system, **{"duration": 10.0, "dt": 0.1, **wrong})
    with pytest.raises(hs.ArgumentError, match="OpenNetwork"):
        simulate(system.network, 10.0, 0.1)
    with pytest.raises(hs.ArgumentError, match="'splitting' where springs are anharmonic"):
        simulate(hs.OpenNetwork(hs.Rotors(system.network), TWO), 10.0, 0.1, integrator="exact")
    with pytest.raises(hs.ArgumentError, match="observables"):
        hs.dynamics.Trajectory("a.nc", observables=("mood",))


# bits, files, interruptions

def bits(run):
    return [run.heat_flux.tobytes(), run.local_temperature.tobytes(), run.flux.spread.tobytes(),
            run.heat_flux_kinetic.tobytes()]


def some_runs():
    m = hs.masses.random(24, spread=0.2, seed=1)
    bases = [hs.MeanField(m, k0=0.5), hs.Chain(m), hs.PowerLaw(m, 1.5), hs.random_springs(m, seed=1)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [bits(simulate(hs.OpenNetwork(net, TWO), 20.0, 0.1, replicas=5, seed=7))
                for base in bases for net in (base, hs.Anharmonic(base, cubic=0.1, quartic=0.2), hs.Rotors(base))]


def test_the_same_bits_from_the_same_seed_in_any_number_of_threads():
    import numba

    before, results = numba.get_num_threads(), []
    for threads in {1, numba.config.NUMBA_NUM_THREADS}:
        numba.set_num_threads(threads)
        results.append(some_runs())
    numba.set_num_threads(before)
    assert all(result == results[0] for result in results)
    assert len({run[0] for run in results[0]}) == len(results[0])


def test_replicas_are_independent_of_their_number_and_seeds_differ():
    from hotsprings.dynamics.integrator import initial_state

    few, many = (initial_state(systems()["chain"], r, 3, 1.0) for r in (2, 7))
    np.testing.assert_array_equal(few.random, many.random[:2])
    np.testing.assert_array_equal(few.v, many.v[:2])
    assert not np.array_equal(few.v, initial_state(systems()["chain"], 2, 4, 1.0).v)
    assert len(np.unique(many.random)) == many.random.size


PROGRAM = textwrap.dedent("""
    import os, sys, warnings
    import numpy as np
    import hotsprings as hs
    from hotsprings.dynamics import run as running
    warnings.simplefilter("ignore")
    write, written = running.write_checkpoint, []

    def told(*arguments):
        write(*arguments)
        written.append(None)
        if len(written) == int(os.environ.get("TELL_AT", "0")):
            print("here", flush=True)
            sys.stdin.readline()  # goes on when it is told to, if ever

    running.write_checkpoint = told
    system = hs.OpenNetwork(hs.MeanField(hs.masses.random(200, spread=0.2, seed=1), k0=0.5),
                            [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    trajectory = hs.dynamics.Trajectory(sys.argv[2], ("heat_flux", "position", "velocity", "kinetic_temperature"),
                                        [3, -1])
    run = hs.dynamics.simulate(system, float(sys.argv[3]), 0.1, replicas=3, seed=7, checkpoint=sys.argv[1],
                               checkpoint_interval=0.0, trajectory=trajectory)
    print(run.complete)
    run.to_dataset().to_netcdf(sys.argv[1] + ".nc", engine="h5netcdf")
""")


def program(folder, name, duration="2000.0", **kwargs):
    command = [sys.executable, "-c", PROGRAM, str(folder / name), str(folder / f"{name}-path.nc"), duration]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, **kwargs)


def finished(process):
    out, err = process.communicate()
    assert process.returncode == 0, err
    return out.split()[-1]


def stopped_at(folder, name, blocks, **kwargs):
    """Return a running program that waits after it has written its checkpoint so many times."""
    process = program(folder, name, env={**os.environ, "TELL_AT": str(blocks)}, **kwargs)
    assert process.stdout.readline() == "here\n", process.communicate()
    return process


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path):
    import xarray as xr

    whole = program(tmp_path, "whole")
    killed = stopped_at(tmp_path, "killed", 20)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed.nc").exists()
    with np.load(tmp_path / "killed") as stored:
        assert 0 < json.loads(str(stored["head"]))["done"] < 80  # some blocks of 80
    assert finished(program(tmp_path, "killed")) == "True"
    assert finished(whole) == "True"
    one, two = (xr.load_dataset(tmp_path / f"{name}.nc", engine="h5netcdf") for name in ("whole", "killed"))
    for name in one:
        np.testing.assert_array_equal(one[name].values, two[name].values, err_msg=name)
    paths = [xr.load_dataset(tmp_path / f"{name}-path.nc", engine="h5netcdf") for name in ("whole", "killed")]
    assert paths[0].sizes == {"time": 64, "replica": 3, "bath": 2, "site": 2}
    for name in paths[0].variables:
        np.testing.assert_array_equal(paths[0][name].values, paths[1][name].values, err_msg=name)
    flux = paths[0]["heat_flux"].mean(("time", "replica"))
    np.testing.assert_allclose(flux, one["heat_flux"], rtol=1e-12)
    assert paths[0]["time"].values[-1] == pytest.approx(one.attrs["warmup"] + one.attrs["duration"])


def test_ctrl_c_keeps_what_there_is(tmp_path):
    process = stopped_at(tmp_path, "run", 40, duration="1e6")
    process.send_signal(signal.SIGINT)  # seen when the loop goes on
    process.stdin.write("\n")
    process.stdin.flush()
    assert finished(process) == "False"
    import xarray as xr

    kept = xr.load_dataset(tmp_path / "run.nc", engine="h5netcdf")
    assert 0.0 < kept.attrs["duration"] < 1e6
    assert kept.attrs["complete"] == 0
    assert np.all(np.isfinite(kept["heat_flux"]))


def test_checkpoints_of_other_runs_and_damaged_ones_are_refused(tmp_path):
    from hotsprings.io import FileError

    system, path = systems()["chain"], tmp_path / "checkpoint"
    arguments = {"duration": 50.0, "dt": 0.1, "replicas": 2, "warmup": 800.0, "checkpoint": path}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = simulate(system, **arguments)
        again = simulate(system, **arguments)  # nothing is left to do
        assert bits(one) == bits(again)
        assert again.wall_time == one.wall_time
        for change in ({"seed": 1}, {"dt": 0.05}, {"replicas": 3}):
            with pytest.raises(hs.ArgumentError, match=f"differs in .*{next(iter(change))}"):
                simulate(system, **arguments | change)
        with pytest.raises(hs.ArgumentError, match="differs in system"):
            simulate(systems()["springs"], **arguments)
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(FileError, match="not a checkpoint"):
            simulate(system, **arguments)
        trajectory = hs.dynamics.Trajectory(tmp_path / "there.nc")
        (tmp_path / "there.nc").write_text("mine")
        with pytest.raises(FileError, match="exists already"):
            simulate(system, 10.0, 0.1, trajectory=trajectory)
    assert (tmp_path / "there.nc").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint", "there.nc"]


def test_results_tell_what_they_are(tmp_path):
    system = hs.OpenNetwork(hs.Rotors(hs.MeanField(np.ones(6))), TWO)
    run = simulate(system, 500.0, 0.1, seed=4)
    text = repr(run)
    for words in ("Rotors", "heat flux", "order parameter", "particle-steps", "seed 4"):
        assert words in text
    assert run.particle_steps == 6 * 8 * round((run.duration + run.plan.warmup) / 0.1)
    data = run.to_dataset()
    data.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    assert data["heat_flux"].dims == ("bath",)
    assert data.attrs["seed"] == 4
    assert '"rotors": true' in data.attrs["model"]
    for variable in data.variables.values():
        assert not np.issubdtype(variable.dtype, np.bool_)
    run.plot()
    harmonic = simulate(systems()["chain"], 2000.0, 0.1, warmup=400.0)
    harmonic.plot(exact=hs.steady_state(systems()["chain"]))
    with pytest.raises(ValueError, match="read-only"):
        harmonic.heat_flux[0] = 1.0
