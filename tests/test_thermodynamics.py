"""Equilibrium thermodynamics: derivatives, limits, one oscillator, and the paper's remarks on extensivity."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import hotsprings as hs
from hotsprings.response.closed import squared_frequencies

NETWORKS = [hs.MeanField([1.0, 2.0, 0.5], k0=0.3), hs.Chain(np.ones(8), ends="fixed"), hs.PowerLaw(np.ones(9), 1.5),
            hs.random_springs([1, 2, 3, 4.0], seed=1, k0=[0, 1, 0, 0]), hs.ion_crystal(5)]
kinds = pytest.mark.parametrize("quantum", [False, True])
networks = pytest.mark.parametrize("net", NETWORKS, ids=lambda net: type(net).__name__)


@networks
@kinds
def test_derivatives_of_the_free_energy(net, quantum):
    T, h = 0.7, 1e-4
    state = hs.thermodynamics(net, T + h * np.array([-2, -1, 0, 1, 2]), quantum)
    five_points = np.array([1, -8, 0, 8, -1]) / (12 * h)
    assert state.entropy[2] == pytest.approx(-five_points @ state.free_energy, rel=1e-9, abs=1e-9)
    assert state.heat_capacity[2] == pytest.approx(five_points @ state.energy, rel=1e-9)
    assert state.heat_capacity[2] == pytest.approx(T * five_points @ state.entropy, rel=1e-9)
    np.testing.assert_allclose(state.free_energy, state.energy - state.temperature * state.entropy, rtol=1e-12)


@networks
def test_hot_oscillators_are_classical(net):
    ratios = []
    for T in (20.0, 200.0):
        quantum, classical = hs.thermodynamics(net, T, quantum=True), hs.thermodynamics(net, T)
        assert quantum.energy == pytest.approx(classical.energy, rel=1e-2)
        ratios.append((quantum.entropy - classical.entropy) * T**2)
    # S_q - S_cl = Σ (ω/T)²/24 + O(T^-4)
    assert ratios[1] == pytest.approx(np.sum(quantum.omega**2) / 24, rel=1e-3)
    assert abs(ratios[0] / ratios[1] - 1) > abs(ratios[1] / (np.sum(quantum.omega**2) / 24) - 1)


def test_cold_oscillators_stand_still():
    state = hs.thermodynamics(NETWORKS[1], [0.0, 1e-320, 1e-4], quantum=True)
    np.testing.assert_allclose(state.energy, 0.5 * state.omega.sum(), rtol=1e-15)
    np.testing.assert_allclose(state.free_energy, state.energy, rtol=1e-15)
    assert np.all(state.entropy == 0.0)
    assert np.all(state.heat_capacity == 0.0)


@pytest.mark.parametrize("x", [1e-9, 1e-3, 0.5, 5.0, 40.0, 600.0])
def test_one_oscillator_against_50_digits(x):
    state = hs.thermodynamics(hs.Chain([1.0], k0=4.0), 2.0 / x, quantum=True)
    with mpmath.workdps(50):
        y, T = 2 / mpmath.mpf(2.0 / x), mpmath.mpf(2.0 / x)
        n = 1 / mpmath.expm1(y)
        exact = {"energy": 2 * (n + 0.5), "entropy": y * n - mpmath.log(-mpmath.expm1(-y)),
                 "free_energy": 1 + T * mpmath.log(-mpmath.expm1(-y)), "heat_capacity": y**2 * n * (n + 1)}
        for name, value in exact.items():
            assert getattr(state, name) == pytest.approx(float(value), rel=1e-13), name


def test_classical_values():
    state = hs.thermodynamics(hs.Chain([4.0], k0=1.0), 2.0)
    assert (state.energy, state.heat_capacity, state.n_free) == (2.0, 1.0, 0)
    assert state.omega.tolist() == [0.5]
    assert state.entropy == pytest.approx(1 + np.log(4), rel=1e-15)
    assert isinstance(state.entropy, float)
    assert repr(state) == "Thermodynamics(classical, 1 modes, T=2: E=2, S=2.38629, F=-2.77259, C=1)"


@kinds
def test_free_modes_are_counted_apart(quantum):
    free = hs.thermodynamics(hs.Chain([1, 2, 3.0]), 1.0, quantum)
    assert (free.n_free, free.omega.size) == (1, 2)
    apart = hs.Springs(np.ones(4), np.kron(np.eye(2), [[1, -1], [-1, 1]]))
    two = hs.thermodynamics(apart, 1.0, quantum)
    assert two.n_free == 2
    one = hs.thermodynamics(hs.Chain([0.5], k0=1.0), 1.0, quantum)  # each pair: reduced mass 1/2
    assert two.entropy == pytest.approx(2 * one.entropy, rel=1e-14)
    assert hs.thermodynamics(hs.MeanField(np.ones(3)), 1.0, quantum).n_free == 1
    assert hs.thermodynamics(hs.Chain([1, 2, 3.0], k0=1e-9), 1.0, quantum).n_free == 0
    assert "2 free, 3 temperatures" in repr(hs.thermodynamics(apart, [1, 2, 3], quantum))


@pytest.mark.parametrize("net", [
    hs.MeanField(hs.masses.random(60, spread=0.4, seed=1), k0=0.3), hs.MeanField(hs.masses.alternating(40, spread=0.2)),
    hs.MeanField(np.array([1.0, 2.0])), hs.MeanField(np.ones(9), k0=0.5, kac=False),
    hs.MeanField(1.0 + 1e-13 * np.arange(30.0), k0=np.linspace(0.0, 1e-12, 30)),
    hs.MeanField(hs.masses.random(3000, spread=0.1, seed=2), k0=np.linspace(-1e-4, 1e-3, 3000)),
    hs.Chain(hs.masses.random(50, spread=0.4, seed=1), ends="fixed"), hs.Chain(np.ones(30)),
    hs.PowerLaw(np.ones(31), 1.5, periodic=True, k0=0.1), hs.PowerLaw(hs.masses.random(40, spread=0.1, seed=1), 0.5)])
def test_frequencies_by_structure_or_by_diagonalisation(net):
    """The short road of each structure against dense eigenvalues, which are good to n roundings of the largest."""
    root = np.sqrt(net.masses)
    dense = np.linalg.eigvalsh(net.stiffness() / np.outer(root, root))
    short = squared_frequencies(net)
    np.testing.assert_allclose(short, dense, rtol=0.0, atol=net.n_sites * 4e-16 * dense[-1])


def test_a_weak_pinning_is_not_taken_for_none():
    """k0 = 1e-12 of the springs: below what a matrix can hold, and its collective frequency still exact."""
    network = hs.MeanField(np.ones(500), k0=1e-12)
    found = hs.thermodynamics(network, 1.0)
    assert found.n_free == 0
    assert found.omega[0] == pytest.approx(1e-6, rel=1e-14)


def test_extensivity_with_and_without_the_kac_factor():
    sizes = np.array([50, 200, 800])
    per_site = {}
    for kac in (True, False):
        states = [hs.thermodynamics(hs.MeanField(np.ones(n), k0=1.0, kac=kac), 1.0) for n in sizes]
        np.testing.assert_allclose([s.energy / n for s, n in zip(states, sizes, strict=True)], 1.0)
        entropy = np.array([s.entropy / n for s, n in zip(states, sizes, strict=True)])
        per_site[kac] = entropy, [s.omega[-1] for s in states]
    entropy, highest = per_site[True]
    assert np.all(np.abs(np.diff(entropy)) < [0.02, 0.005])
    np.testing.assert_allclose(highest, np.sqrt(2), rtol=0.01)
    entropy, highest = per_site[False]
    np.testing.assert_allclose(np.diff(entropy), -0.5 * np.log(4), atol=0.06)  # the highest frequencies grow as √N
    np.testing.assert_allclose(highest, np.sqrt(1 + sizes), rtol=1e-12)


BAD = [
    (lambda: hs.thermodynamics(np.eye(2), 1.0), "'network' must be a network such as MeanField"),
    (lambda: hs.thermodynamics(hs.Chain, 1.0), "'network' must be a network"),
    (lambda: hs.thermodynamics(NETWORKS[0], 0.0), "'temperature' must be a positive finite number"),
    (lambda: hs.thermodynamics(NETWORKS[0], -1.0, True), "'temperature' must be a finite number, zero or more"),
    (lambda: hs.thermodynamics(NETWORKS[0], [1.0, 0.0]), "'temperature' must be finite numbers, above zero, but 0 is"),
    (lambda: hs.thermodynamics(NETWORKS[0], [1.0, np.nan], True), "zero or more, but nan is among them"),
    (lambda: hs.thermodynamics(NETWORKS[0], ["hot"]), "'temperature' must be finite numbers"),
    (lambda: hs.thermodynamics(NETWORKS[0], 1.0, "yes"), "'quantum' must be True or False"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_gets_one_clear_error(call, message):
    with pytest.raises(hs.ArgumentError, match=message):
        call()


SOFT = {
    "lattice": lambda m, k0: hs.Lattice((10, 10), m, k0=k0),
    "chain": lambda m, k0: hs.Chain(m, k0=k0),
    "ring": lambda m, k0: hs.PowerLaw(np.ones(100), 1.5, k0=k0, periodic=True),
    "power law": lambda m, k0: hs.PowerLaw(m, 1.5, k0=k0),
    "any": lambda m, k0: hs.Springs(m, hs.Lattice((10, 10), m).stiffness() + k0 * np.eye(100)),
}


@pytest.mark.parametrize("kind", SOFT)
@pytest.mark.parametrize("k0", [2.0**-30, 2.0**-40])
def test_weak_pinning_holds_networks_of_any_size(kind, k0):
    """λ = N k0/Σm to first order in k0: pinnings far below the rounding of the highest λ are kept."""
    net = SOFT[kind](np.random.default_rng(0).uniform(0.5, 1.5, 100), k0)
    assert squared_frequencies(net)[0] == pytest.approx(100 * k0 / net.masses.sum(), rel=10 * k0 + 1e-12)
    free = SOFT[kind](np.random.default_rng(0).uniform(0.5, 1.5, 100), 0.0)
    soft, still = hs.thermodynamics(net, 1.0), hs.thermodynamics(free, 1.0)
    assert soft.energy == pytest.approx(100.0)
    assert still.energy == pytest.approx(99.0)  # negative control: what nothing holds is left out
    gained = 1.0 - 0.5 * np.log(100 * k0 / net.masses.sum())  # S = Σ (1 - log ω)
    assert soft.entropy - still.entropy == pytest.approx(gained, rel=1e-6)
