"""The integrators against what they must do, without noise: order in dt, the exact propagator, random numbers."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import scipy.stats

import hotsprings as hs
from hotsprings.dynamics.integrator import Exact, Splitting, initial_state
from tests.oracles import splittings

STEP = "BAOOA"  # ours: the temperature is read between the two halves of the bath's part
BATHS = [hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 2.0)]


def networks(n=10):
    m = hs.masses.random(n, spread=0.3, seed=1)
    return [hs.MeanField(m, k0=0.5), hs.Chain(m, ends="fixed"), hs.PowerLaw(m, 1.5, k0=0.2),
            hs.PowerLaw(m, 0.7, k0=0.2, periodic=True), hs.random_springs(m, seed=1, k0=0.2)]


@pytest.fixture(params=networks(), ids=lambda net: type(net).__name__ + ("-ring" if "ring" in repr(net) else ""))
def network(request):
    return request.param


def advanced(system, integrator, q, v, n_steps=1):
    state = initial_state(system, len(q), 0, 0.0)
    state.q[:], state.v[:] = q, v
    integrator.advance(state, n_steps, 1)
    return state


def test_one_step_of_the_kernel_is_the_word(network):
    cold = hs.OpenNetwork(network, [hs.Bath(0, 0.0, 1.0), hs.Bath(-1, 0.0, 2.0)])  # no noise
    rng = np.random.default_rng(0)
    q, v = rng.normal(size=(2, 3, network.n_sites))
    state = advanced(cold, Splitting(cold, 0.13), q, v)
    matrix = splittings.whole(cold, STEP, 0.13)[0]
    np.testing.assert_allclose(np.hstack([state.q, state.v]), np.hstack([q, v]) @ matrix.T, rtol=0, atol=1e-14)


def test_heat_and_readings_of_one_step(network):
    """Over many replicas of one start the mean heat and temperature are those of the word, to five standard errors."""
    system, n, replicas, dt = hs.OpenNetwork(network, BATHS), network.n_sites, 4000, 0.4
    rng = np.random.default_rng(0)
    q, v = rng.normal(size=(2, n))
    state = advanced(system, Splitting(system, dt), np.tile(q, (replicas, 1)), np.tile(v, (replicas, 1)))
    x, C, m, sites = np.append(q, v), np.zeros((2 * n, 2 * n)), network.masses, system.bath_sites
    for k, (matrix, noise) in enumerate(splittings.step(system, STEP, dt)):
        before = 0.5 * m * (x[n:] ** 2 + np.diag(C)[n:])
        x, C = matrix @ x, matrix @ C @ matrix.T + noise
        after = 0.5 * m * (x[n:] ** 2 + np.diag(C)[n:])
        if k == 2:
            heat, square = after - before, (x[n:] ** 2 + np.diag(C)[n:])[sites]
        if k == 3:
            heat = (heat + after - before)[sites]
    for measured, expected in ((state.heat[:, 0], heat), (state.at_bath[:, 0], square)):
        error = measured.std(axis=0, ddof=1) / np.sqrt(replicas)
        assert np.all(np.abs(measured.mean(axis=0) - expected) < 5.0 * error)
    other = np.setdiff1d(np.arange(n), sites)
    np.testing.assert_allclose(state.square[:, other], np.tile(state.v[0, other] ** 2, (replicas, 1)), rtol=1e-14)


def errors(system, word, place, dt):
    exact = hs.steady_state(system)
    temperatures, heat = splittings.stationary(system, word, dt)
    return np.abs(temperatures[place] - exact.local_temperature).max(), np.abs(heat - exact.heat_flux).max()


def test_the_splitting_is_of_second_order(network):
    system = hs.OpenNetwork(network, BATHS)
    coarse, fine = (np.array(errors(system, STEP, 3, dt)) for dt in (0.04, 0.02))
    order = np.log2(coarse / fine)
    assert np.all(np.abs(order - 2.0) < 0.02)
    finer = np.log2(fine / np.array(errors(system, STEP, 3, 0.01)))
    assert np.all(np.abs(finer - 2.0) < np.abs(order - 2.0) + 1e-3)  # and ever closer to 2


def test_negative_control_a_one_sided_splitting_is_of_first_order(network):
    system = hs.OpenNetwork(network, BATHS)
    coarse, fine = (errors(system, "ABO", 0, dt)[0] for dt in (0.02, 0.01))
    assert abs(np.log2(coarse / fine) - 1.0) < 0.1


def test_the_middle_of_the_step_is_the_place_to_read(network):
    system = hs.OpenNetwork(network, BATHS)
    exact, middle = hs.steady_state(system), errors(system, STEP, 3, 0.2)[0]
    for word in ("BAOAB", "ABOBA", "OBABO", "OABAO", STEP):
        for temperature in splittings.stationary(system, word, 0.2)[0]:
            assert np.abs(temperature - exact.local_temperature).max() > middle * (1.0 - 1e-6)
    for word in ("BAOAB", "ABOBA"):  # read at the end of their steps, as is usual
        assert errors(system, word, 0, 0.2)[0] > 4.0 * middle


@pytest.mark.parametrize("dt", [0.01, 1.0, 7.0])
def test_the_exact_propagator_has_the_exact_covariance(network, dt):
    system, n = hs.OpenNetwork(network, BATHS), network.n_sites
    power, root = Exact(system, dt)._matrices
    C = scipy.linalg.solve_discrete_lyapunov(power.T, root.T @ root)
    lost = 1e-15 * n / (min(dt, 1.0) * hs.resonances(system).slowest.imag)  # rounding, kept as long as the slowest mode
    np.testing.assert_allclose(network.masses * np.diag(C)[n:], hs.steady_state(system).local_temperature, rtol=0,
                               atol=1e-13 + 10.0 * lost)


def test_the_exact_propagator_is_a_semigroup(network):
    system = hs.OpenNetwork(network, BATHS)
    (p, r), (p2, r2) = Exact(system, 0.7)._matrices, Exact(system, 1.4)._matrices
    np.testing.assert_allclose(p2, p @ p, rtol=0, atol=1e-13)
    np.testing.assert_allclose(r2.T @ r2, r.T @ r + p.T @ (r.T @ r) @ p, rtol=0, atol=1e-12)


def test_splitting_tends_to_the_exact_propagator(network):
    cold = hs.OpenNetwork(network, [hs.Bath(0, 0.0, 1.0), hs.Bath(-1, 0.0, 2.0)])
    q, v = np.random.default_rng(0).normal(size=(2, 3, network.n_sites))
    exact = advanced(cold, Exact(cold, 2.0), q, v).q
    pull = q @ network.stiffness() / network.masses
    # a step that begins in the middle of the kick is symmetric in time: take half a kick back first
    gaps = [np.abs(advanced(cold, Splitting(cold, 2.0 / k), q, v + pull / k, k).q - exact).max() for k in (100, 200)]
    assert gaps[0] < 1e-3
    assert np.log2(gaps[0] / gaps[1]) == pytest.approx(2.0, abs=0.05)


def test_energy_is_conserved_far_from_baths():
    """Without friction worth the name a long run keeps its energy to O(dt²), whatever the springs."""
    from hotsprings.dynamics.forces import force_field

    m = hs.masses.random(12, spread=0.3, seed=2)
    for base in (hs.MeanField(m), hs.Chain(m), hs.PowerLaw(m, 1.2), hs.random_springs(m, seed=1)):
        for network in (hs.Anharmonic(base, cubic=0.2, quartic=0.5, onsite_quartic=0.3), hs.Rotors(base)):
            system = hs.OpenNetwork(network, [hs.Bath(0, 0.0, 1e-30)])
            drift = []
            for dt in (0.02, 0.01):
                state = initial_state(system, 2, 5, 0.5)
                start = 0.5 * (m * state.v**2).sum(axis=1)
                Splitting(system, dt).advance(state, round(4.0 / dt), 1)
                # to the time of the velocities: half a kick more gives those at the time of the positions
                v = state.v + 0.5 * dt * force_field(network).forces(state.q) / m
                drift.append(np.abs(0.5 * (m * v**2).sum(axis=1) + potential(network, state.q) - start).max())
            assert drift[0] < 1e-2
            assert drift[1] < 0.6 * drift[0]


def potential(network, q):
    from tests.test_forces import energy

    return np.array([float(energy(network, row)) for row in q])


def test_random_numbers_are_those_of_their_authors_and_normal():
    from hotsprings.kernels.random import draw, fill_normal

    state = np.array([1, 2, 3, 4], dtype=np.uint64)
    # xoshiro256++ from the state 1, 2, 3, 4, as in the test vectors of the rand_xoshiro and other implementations
    assert [int(draw(state)) for _ in range(4)] == [41943041, 58720359, 3588806011781223, 3591011842654386]
    states = np.array([np.random.SeedSequence(s).generate_state(4, np.uint64) for s in (1, 2)])
    out, spare = np.empty((2, 200_000)), np.full((2, 1), np.nan)
    fill_normal(states, spare, out)
    for row in out:
        assert scipy.stats.kstest(row, "norm").pvalue > 1e-6
    assert abs(np.corrcoef(out)[0, 1]) < 5.0 / np.sqrt(out.shape[1])
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert np.all(np.abs((out**power).mean(axis=1) - mean) < 5.0 * np.sqrt(variance / out.shape[1]))
