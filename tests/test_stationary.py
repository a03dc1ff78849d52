"""The stationary state against independent routes: dense algebra, quadrature, closed numbers, its own other road."""

from __future__ import annotations

import pickle
import tracemalloc
import warnings

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.response import zeros
from tests.oracles import dense

EPS = np.finfo(float).eps


def ends(network, hot=1.5, cold=0.5, friction=1.0):
    return hs.OpenNetwork(network, [hs.Bath(0, hot, friction), hs.Bath(-1, cold, friction)])


def rough(n, seed, kac=True, k0=0.7):
    return hs.MeanField(hs.masses.random(n, 1.0, 0.4, seed=seed), k=1.3, k0=k0, kac=kac)


# Numbers of physics.md, sections 4 and 6, to every digit quoted there.

@pytest.mark.parametrize(("masses", "k0", "kac", "value", "digits"), [
    ("identical", 0.0, True, 0.49554013875124, 14), ("identical", 0.02, True, 0.16627868307283, 14),
    ("identical", 0.0, False, 0.50049548552070, 14), ("identical", 0.02, False, 0.50049448253680, 14),
    ("graded", 0.0, True, 0.49570313346, 11), ("graded", 0.0, False, 0.57457421, 8),
])
def test_fluxes_at_a_thousand_sites(masses, k0, kac, value, digits):
    m = hs.masses.identical(1000) if masses == "identical" else hs.masses.graded(1000)
    state = hs.steady_state(ends(hs.MeanField(m, k=0.1, k0=k0, kac=kac)))
    assert 1000 * state.conductance[0, 1] == pytest.approx(value, abs=0.51 * 10.0**-digits)


@pytest.mark.parametrize(("n", "value"), [(100, 0.51899147), (300, 0.53764566), (3000, 0.60644148)])
def test_bare_graded_flux_grows_beyond_the_identical_law(n, value):
    # at 3000 sites zeros in gaps and all zeros in double-double give 0.6064414840675 both; the note says 0.60644151
    state = hs.steady_state(ends(hs.MeanField(hs.masses.graded(n), k=0.1, kac=False)))
    assert n * state.conductance[0, 1] == pytest.approx(value, abs=0.51e-8)


def test_profiles_of_figure_5():
    state = hs.steady_state(ends(hs.MeanField(hs.masses.graded(20))))
    assert state.conductance[0, 1] == pytest.approx(0.02506873816, abs=0.51e-11)
    T = state.local_temperature
    np.testing.assert_allclose(T[[0, 1, 17, 18, 19]], [1.477438, 1.008889, 0.992962, 0.992149, 0.527576], atol=0.51e-6)
    state = hs.steady_state(ends(hs.MeanField(hs.masses.graded(20), k0=1.0)))
    assert state.conductance[0, 1] == pytest.approx(0.01276577520, abs=0.51e-11)
    np.testing.assert_allclose(state.local_temperature[[0, 1, 18, 19]], [1.488511, 1.015646, 0.982175, 0.514042],
                               atol=0.51e-6)


# Dense linear algebra and quadrature.

@pytest.mark.parametrize("kac", [True, False])
@pytest.mark.parametrize("n", [3, 8, 24])
def test_lyapunov_agrees_as_far_as_it_can(n, kac):
    system = hs.OpenNetwork(rough(n, n, kac), [hs.Bath(0, 1.0, 0.8), hs.Bath(n // 2, 0.2, 1.7), hs.Bath(-1, 2.0, 0.3)])
    conductance, weight = dense.lyapunov_state(system)
    state = hs.steady_state(system)
    tolerance = 16 * EPS * dense.lyapunov_condition(system)  # backward error times the condition of the equation
    assert tolerance < 1e-3
    np.testing.assert_allclose(state.bath_weight, weight, rtol=0, atol=tolerance)
    np.testing.assert_allclose(state.conductance, conductance, rtol=0, atol=6 * tolerance)
    wrong = hs.steady_state(hs.OpenNetwork(system.network, [hs.Bath(0, 1.0, 0.808), *system.baths[1:]]))
    with pytest.raises(AssertionError):  # the check sees a friction that is off by 1 %
        np.testing.assert_allclose(wrong.bath_weight, weight, rtol=0, atol=tolerance)


def test_lyapunov_on_the_bright_subspace_with_dark_modes():
    masses = np.array([1.0, 2.0, 1.5, 2.0, 1.5, 2.0, 1.0, 3.0])
    system = ends(hs.MeanField(masses, k=0.8, k0=0.4))
    state = hs.steady_state(system)
    assert state.n_dark_modes == 3  # three sites of mass 2, two of 1.5
    basis = dense.bright_basis(system)
    assert basis.shape[1] == 8 - state.n_dark_modes
    np.testing.assert_allclose(state.bright_weight, (basis**2).sum(axis=1), atol=1e-12)
    conductance, weight = dense.lyapunov_state(system)
    np.testing.assert_allclose(state.bath_weight, weight, atol=1e-11)
    np.testing.assert_allclose(state.conductance, conductance, atol=1e-11)


@pytest.mark.parametrize("k0", [0.0, 0.6])
def test_pole_resolved_quadrature_agrees(k0):
    system = hs.OpenNetwork(rough(5, 3, k0=k0), [hs.Bath(0, 1.0, 0.8), hs.Bath(3, 0.2, 1.7)])
    assert hs.steady_state(system).conductance[0, 1] == pytest.approx(dense.quadrature_conductance(system), rel=1e-9)


def test_resonances_are_the_eigenvalues_of_the_companion_matrix():
    system = ends(rough(30, 5))
    ours = hs.resonances(system).frequency
    theirs = dense.companion_frequencies(system)
    distance = np.abs(ours[:, None] - theirs)
    assert distance.min(axis=1).max() < 1e-11
    assert np.unique(distance.argmin(axis=1)).size == 60


def test_two_sites_formula():
    rng = np.random.default_rng(0)
    for _ in range(50):
        m1, m2, k, a, b, g1, g2 = 10.0 ** rng.uniform(-2, 2, 7)
        system = hs.OpenNetwork(hs.MeanField([m1, m2], k=k, k0=[a, b]), [hs.Bath(0, 1, g1), hs.Bath(1, 0, g2)])
        K1, K2, s = a + k, b + k, g1 * m2 + g2 * m1
        exact = g1 * g2 * k**2 * s / (g1 * g2 * ((K1 * m2 - K2 * m1) ** 2 + s * (K1 * g2 + K2 * g1)) + k**2 * s**2)
        assert hs.steady_state(system).conductance[0, 1] == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("detuning", [0.0, 2e-16, 1e-13, 1e-9, 1e-5])
def test_critical_damping_where_resonances_coincide(detuning):
    """k0 = 1, γ = 2, m = 1: the centre of mass is critically damped; residues diverge, the flux does not."""
    g = 2.0 * (1.0 + detuning)
    system = hs.OpenNetwork(hs.MeanField([1.0, 1.0], k=1.0, k0=1.0), [hs.Bath(0, 1.5, g), hs.Bath(1, 0.5, g)])
    state = hs.steady_state(system)
    exact = g * g * 2 * g / (g * g * 2 * g * 4 * g + 4 * g * g)
    assert state.conductance[0, 1] == pytest.approx(exact, rel=1e-13)
    np.testing.assert_allclose(state.bath_weight.sum(axis=1), 1.0, atol=1e-13)


# The two roads of the engine: zeros in gaps (double) and all of them in twice the precision.

@pytest.mark.parametrize("kind", ["random", "log-uniform", "close", "impurity", "weak", "strong"])
def test_both_roads_agree(kind, monkeypatch):
    n, rng, friction = 150, np.random.default_rng(7), 1.0
    masses = {"random": rng.uniform(0.9, 1.1, n), "log-uniform": 10.0 ** rng.uniform(-3, 3, n),
              "close": 1.0 + 1e-7 * rng.uniform(-1, 1, n)}.get(kind, hs.masses.graded(n))
    if kind == "impurity":
        masses = np.where(np.arange(n) == 70, 1e5, masses)
    friction = {"weak": 1e-3, "strong": 1e3}.get(kind, 1.0)
    system = hs.OpenNetwork(hs.MeanField(masses, k0=0.0 if kind in ("random", "close") else 0.3),
                            [hs.Bath(0, 1.5, friction), hs.Bath(40, 0.1, 2 * friction), hs.Bath(-1, 0.5, friction)])
    gaps = hs.steady_state(system)
    monkeypatch.setattr(zeros, "ALL_PRECISE", 10**6)
    precise = hs.steady_state(hs.OpenNetwork(system.network, system.baths))
    np.testing.assert_allclose(gaps.local_temperature, precise.local_temperature, rtol=0, atol=1e-12)
    np.testing.assert_allclose(gaps.conductance, precise.conductance, rtol=1e-12)


def test_ten_thousand_sites_are_certified_in_memory_of_order_n():
    system = ends(hs.MeanField(hs.masses.random(10_000, seed=1), k0=1.0))
    hs.steady_state(system)
    tracemalloc.start()
    state = hs.steady_state(system)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert state.certificate.error < 1e-9
    assert peak < 150 * 8 * system.n_sites  # 150 arrays of N numbers; one matrix would be 10 000


# Dark modes.

def test_dark_modes_of_identical_and_alternating_masses():
    n = 12
    with pytest.warns(hs.DarkModeWarning, match="9 normal modes never feel a bath"):
        state = hs.steady_state(ends(hs.MeanField(hs.masses.identical(n))))
    assert state.n_dark_modes == n - 3
    np.testing.assert_array_equal(state.dark_sites, np.arange(1, n - 1))
    np.testing.assert_allclose(state.local_temperature[1:-1], 2.0 / (2 * (n - 2)), rtol=1e-13)
    with pytest.warns(hs.DarkModeWarning):
        alternating = hs.steady_state(ends(hs.MeanField(hs.masses.alternating(n))))
    assert alternating.n_dark_modes == n - 4


def test_dark_modes_keep_their_temperature():
    system = ends(hs.MeanField(hs.masses.identical(12), k0=0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.DarkModeWarning)
        cold, warm = hs.steady_state(system), hs.steady_state(system, dark_temperature=3.0)
    np.testing.assert_allclose(warm.local_temperature - cold.local_temperature, 3.0 * (1 - cold.bright_weight))
    np.testing.assert_array_equal(warm.heat_flux, cold.heat_flux)


def test_no_warning_without_dark_modes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hs.steady_state(ends(rough(20, 1)))


def test_sites_of_equal_frequency_but_different_mass_share_a_dark_mode():
    """κ/m equal with κ and m different: the dark mode moves both, and the bright weights are (1/m)/Σ(1/m)."""
    even = hs.MeanField([1.0, 2.0, 4.0, 2.0], k0=[0.0, 0.0, 4.0, 0.0], k=4.0, n_tilde=4.0)
    with pytest.warns(hs.DarkModeWarning):
        state = hs.steady_state(hs.OpenNetwork(even, [hs.Bath(0, 1.0), hs.Bath(3, 2.0)]))
    assert state.n_dark_modes == 1
    np.testing.assert_allclose(state.bright_weight, [1.0, 2.0 / 3.0, 1.0 / 3.0, 1.0])
    conductance, weight = dense.lyapunov_state(state.system)
    np.testing.assert_allclose(state.bath_weight, weight, atol=1e-11)
    np.testing.assert_allclose(state.conductance, conductance, atol=1e-11)


# One bath, all baths, free networks, what comes back.

def test_one_bath_thermalises_everything():
    state = hs.steady_state(hs.OpenNetwork(rough(9, 2), [hs.Bath(4, 0.7, 1.0)]))
    np.testing.assert_allclose(state.local_temperature, 0.7, rtol=1e-13)
    assert state.heat_flux.tolist() == [0.0]


@pytest.mark.parametrize("k0", [0.0, 1e-300, 1e-30, 1e-12])
def test_free_and_nearly_free_networks(k0):
    state = hs.steady_state(ends(rough(50, 8, k0=k0)))
    free = hs.steady_state(ends(rough(50, 8, k0=0.0)))
    assert len(state.resonances) == 100 - (k0 < 1e-60)  # weaker pinning than that is none
    # a pinning of k0 moves J by a relative k0 N/γ² at most, and rounding by 1e-14
    np.testing.assert_allclose(state.heat_flux, free.heat_flux, rtol=1e-13 + 1e3 * k0)


def test_a_bath_on_every_site():
    n = 20
    system = hs.OpenNetwork(rough(n, 3), [hs.Bath(i, float(i), 0.1 + i) for i in range(n)])
    state = hs.steady_state(system)
    conductance, weight = dense.lyapunov_state(system)
    np.testing.assert_allclose(state.bath_weight, weight, atol=1e-12)
    np.testing.assert_allclose(state.conductance, conductance, atol=1e-12)


def test_results_are_read_only_and_pickle():
    state = hs.steady_state(ends(rough(10, 1)))
    for name in ("heat_flux", "conductance", "bath_weight", "local_temperature", "bright_weight"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(state, name)[0] = 1.0
    again = pickle.loads(pickle.dumps(state))
    assert not again.heat_flux.flags.writeable
    assert not again.resonances.frequency.flags.writeable
    np.testing.assert_array_equal(again.local_temperature, state.local_temperature)
    assert again.certificate == state.certificate


def test_repr_shows_the_physics():
    text = repr(hs.steady_state(ends(rough(10, 1))))
    for part in ("N=10", "Ñ=9 (Kac)", "bath 1: site 9", "heat flux", "N·J/ΔT", "lifetime", "certificate"):
        assert part in text
    with pytest.warns(hs.DarkModeWarning):
        assert "dark modes" in repr(hs.steady_state(ends(hs.MeanField(hs.masses.identical(9), n_tilde=1.0))))


@pytest.mark.parametrize(("call", "message"), [
    (lambda s: hs.steady_state("x"), "'system' must be an OpenNetwork"),
    (lambda s: hs.steady_state(s.network), "'system' must be an OpenNetwork"),
    (lambda s: hs.steady_state(s, dark_temperature=-1.0), "'dark_temperature' must be a finite number, zero or more"),
    (lambda s: hs.steady_state(s, dark_temperature=float("nan")), "'dark_temperature'"),
    (lambda s: hs.steady_state(ends(s.network, friction=1e40)), r"'baths\[0\].friction' must give a damping rate"),
    (lambda s: hs.steady_state(ends(s.network, friction=1e-40)), r"'baths\[0\].friction' must give a damping rate"),
    (lambda s: hs.OpenNetwork(s.network, [hs.Bath(0, 1.0, 1e300)]), r"'baths\[0\].friction' must give a damping rate"),
    (lambda s: hs.steady_state(ends(hs.MeanField([1e-60, 1.0, 1.0]))), "'masses' must keep the frequencies"),
    (lambda s: hs.steady_state(ends(hs.MeanField([1.0, 2.0], k=1e-60, k0=1.0))), "'k' must be no weaker than"),
])
def test_bad_arguments_are_named(call, message):
    with pytest.raises(hs.ArgumentError, match=message):
        call(ends(rough(5, 1)))


@pytest.mark.parametrize("system", [
    ends(rough(300, 3)), ends(rough(300, 3, k0=0.0)), ends(rough(40, 5), friction=30.0),
    ends(hs.Chain(np.ones(9), 1.0, 0.3)), ends(hs.Chain(np.ones(3)), friction=9.0),
    ends(hs.Lattice((4, 4), 1.0), friction=0.3), ends(hs.PowerLaw(np.ones(80), 0.8)),
    ends(hs.Chain(hs.masses.random(90, 1.0, 0.5, seed=1), k0=1e-3))])
def test_resonances_come_in_order_with_their_mirrors(system):
    """By Re ω, then Im ω; each pair twice, what decays without ringing once and on the axis."""
    found = hs.resonances(system).frequency
    np.testing.assert_array_equal(np.lexsort((found.imag, found.real)), np.arange(found.size))
    mirrors = -np.conj(found)
    np.testing.assert_array_equal(found, mirrors[np.lexsort((mirrors.imag, mirrors.real))])
