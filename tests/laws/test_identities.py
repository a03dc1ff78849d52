"""Identities that every result satisfies, on every network, whatever the method (physics.md, section 1)."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

import hotsprings as hs
from tests.laws.strategies import mean_field_systems, seeds, systems

EPS = np.finfo(float).eps


def rates(system):
    return system.friction / system.network.masses[system.bath_sites]


def solved(system, **kwargs):
    """Return the state; other networks than the mean field may be refused where rounding of K decides."""
    try:
        return hs.steady_state(system, **kwargs)
    except hs.CertificateError:
        if isinstance(system.network, hs.MeanField):
            raise
        reject()


def slack(state):
    """Return what rounding may do to weights: 1e-13 in the mean field, what its certificate says elsewhere."""
    if isinstance(state.system.network, hs.MeanField):
        return 1e-13
    return 1e-11 + 100 * state.certificate.conditioning + 10 * state.certificate.error


def with_network(system, **changes):
    net = system.network
    old = {"masses": net.masses, "k": net.k, "k0": net.k0, "n_tilde": net.n_tilde}
    return hs.OpenNetwork(hs.MeanField(**(old | changes)), system.baths)


@given(systems())
def test_currents_balance(system):
    state = solved(system)
    scale = np.abs(state.conductance).sum() * max(system.temperature.max(), 1e-300)
    assert abs(state.heat_flux.sum()) <= 8 * EPS * scale
    np.testing.assert_array_equal(state.conductance, state.conductance.T)
    assert np.all(state.conductance >= -slack(state) * rates(system)[:, None])
    kinetic = state.local_temperature[system.bath_sites]
    # J = (γ/m)(T - T_kin): rounding of T_kin (a sum of n_baths terms below 2 max T) times γ/m
    np.testing.assert_allclose(state.heat_flux, rates(system) * (system.temperature - kinetic),
                               rtol=1e-12, atol=(32 * EPS + slack(state)) * float((rates(system) * 2.0).max()))


@given(systems())
def test_bath_weights_fill_the_bright_weight(system):
    state = solved(system)
    np.testing.assert_allclose(state.bath_weight.sum(axis=1), state.bright_weight, rtol=0, atol=slack(state))
    assert state.bath_weight.min() >= -slack(state)
    assert state.bright_weight.sum() == pytest.approx(system.n_sites - state.n_dark_modes, rel=1e-12)


@given(systems(), st.floats(0.0, 3.0, allow_subnormal=False))
def test_equal_baths_give_one_temperature(system, temperature):
    baths = [dataclasses.replace(b, temperature=temperature) for b in system.baths]
    state = solved(hs.OpenNetwork(system.network, baths), dark_temperature=temperature)
    np.testing.assert_allclose(state.local_temperature, temperature, rtol=1e-12 + 10 * slack(state))
    assert np.all(np.abs(state.heat_flux) == 0.0)


@given(systems())
def test_temperatures_lie_between_those_of_the_baths(system):
    low, high = system.temperature.min(), system.temperature.max()
    state = solved(system, dark_temperature=0.5 * (low + high))
    t, margin = state.local_temperature, 5 * slack(state) * high
    assert t.min() >= low - margin
    assert t.max() <= high + margin


@given(mean_field_systems())
def test_resonances_are_complete_and_decay(system):
    found = hs.resonances(system)
    state = hs.steady_state(system)
    expected = 2 * (system.n_sites - state.n_dark_modes) - int(system.network.free)
    assert len(found) == expected
    assert np.all(found.decay_rate >= 0.0)
    np.testing.assert_array_equal(np.sort(found.frequency.real), found.frequency.real)
    mirrored = -np.conj(found.frequency)
    np.testing.assert_allclose(np.sort_complex(mirrored), np.sort_complex(found.frequency), rtol=1e-12)
    assert found.decay_rate.sum() == pytest.approx(rates(system).sum(), rel=1e-12)


@given(systems(min_baths=2), st.lists(st.floats(-20.0, 20.0, allow_subnormal=False), min_size=1, max_size=20))
def test_transmittance_is_a_probability_and_reciprocal(system, omega):
    omega = np.array([*omega, 0.0])
    forth = hs.transmittance(system, omega, 0, 1)
    assert np.all((forth >= 0.0) & (forth <= 1.0))
    # sums over modes cancel far from them: an amplitude is good to eps of its terms, which are below 1
    atol = 1e-300 if isinstance(system.network, hs.MeanField) else 1e-14
    np.testing.assert_allclose(hs.transmittance(system, omega, 1, 0), forth, rtol=1e-10, atol=atol)
    np.testing.assert_allclose(hs.transmittance(system, -omega, 0, 1), forth, rtol=1e-12, atol=atol)


@given(systems(min_baths=2), st.floats(-2.0, 2.0))
def test_conductance_is_the_whole_of_the_spectral_current(system, exponent):
    state = solved(system)
    top = 1e12 * np.abs(state.resonances.frequency).max()
    current = hs.spectrum.cumulative_heat_flux(system, np.array([0.0, top * 10**exponent]), 0, 1)
    assert current[0] == 0.0
    # a logarithm of 1e12 … 1e14 times what is left of Σ Re ρ
    assert current[1] == pytest.approx(state.conductance[0, 1], rel=1e-7, abs=1e-11 * rates(system).min())


@given(mean_field_systems(), st.sampled_from([2.0, 0.3, 1e-20, 1e15]), st.sampled_from([4.0, 1e12, 1e-9]))
def test_units_scale(system, mass, stiffness):
    """m → a m, K → c K, γ → sqrt(a c) γ: frequencies and fluxes scale by sqrt(c/a), temperatures stay."""
    net = system.network
    moved = with_network(system, masses=net.masses * mass, k=net.k * stiffness, k0=net.k0 * stiffness)
    factor = np.sqrt(mass * stiffness)
    moved = hs.OpenNetwork(moved.network, [dataclasses.replace(b, friction=b.friction * factor) for b in system.baths])
    one, two = hs.steady_state(system), hs.steady_state(moved)
    unit = np.sqrt(stiffness / mass)
    if one.n_dark_modes != two.n_dark_modes:
        return  # rounding of m·a made equal masses different, or the other way round: another network
    tolerance = 1e-9 if mass in (2.0,) and stiffness == 4.0 else 1e-4
    # powers of two are exact but for sqrt(2 · 4); the others move masses 1e-7 … 1e-16 apart against each other
    if np.unique(net.masses).size == 1 or np.diff(np.unique(net.masses)).min() > 1e-3:
        tolerance = 1e-11
        np.testing.assert_allclose(two.local_temperature, one.local_temperature, rtol=0, atol=1e-10)
    np.testing.assert_allclose(two.conductance, unit * one.conductance, rtol=tolerance,
                               atol=tolerance * unit * rates(system).max())


@given(mean_field_systems(), seeds)
def test_sites_have_no_order(system, seed):
    n = system.n_sites
    order = np.random.default_rng(seed).permutation(n)  # site i of the new network was order[i]
    place = np.argsort(order)
    net = system.network
    moved = hs.OpenNetwork(hs.MeanField(net.masses[order], k=net.k, k0=net.k0[order], n_tilde=net.n_tilde),
                           [dataclasses.replace(b, site=int(place[b.site])) for b in system.baths])
    one, two = hs.steady_state(system), hs.steady_state(moved)
    np.testing.assert_allclose(two.local_temperature, one.local_temperature[order], rtol=0, atol=1e-12)
    np.testing.assert_allclose(two.conductance, one.conductance, rtol=1e-12, atol=1e-15 * rates(system).max())


def found_by_search():
    """Return 28 random springs of wide masses, one bath: low modes lose digits to the highest (seed 28)."""
    rng = np.random.default_rng(0)
    rng.uniform(0.5, 1.5, 28)
    network = hs.random_springs(10.0 ** rng.uniform(-1.0, 1.0, 28), 1.0, 0.9, seed=28, k0=1.0)
    return hs.OpenNetwork(network, [hs.Bath(19, 0.0566)])


@given(systems(), st.floats(0.05, 6.0))
@example(found_by_search(), 0.5)
def test_green_operator_inverts_the_dynamical_matrix(system, omega):
    net, n = system.network, system.n_sites
    Z = (net.stiffness() - omega**2 * np.diag(net.masses)).astype(complex)
    Z[system.bath_sites, system.bath_sites] += 1j * omega * system.friction
    G = np.array([[hs.green(system, omega, i, j) for j in range(n)] for i in range(n)])
    if not np.all(np.isfinite(G)):
        return  # exactly on a dark mode
    # row sums of |Z| times the error of G: eps of its largest element, or of the undamped response it is formed from;
    # modes are those of W + δW, |δW| = ε λ_max, W = M^{-1/2} K M^{-1/2}, so that Z G - 1 has δK = M^{1/2} δW M^{1/2} G
    size = np.abs(G).max()
    bound = 64 * EPS * np.abs(Z) @ np.full((n, n), size)
    if not isinstance(net, hs.MeanField):
        size = max(size, np.abs(np.linalg.inv(Z.real)).max())
        root = np.sqrt(net.masses)
        highest = np.linalg.eigvalsh(net.stiffness() / np.outer(root, root))[-1]
        bound = 64 * EPS * (np.abs(Z) + highest * np.outer(root, root)) @ np.full((n, n), size)
    assert np.all(np.abs(Z @ G - np.eye(n)) <= bound + 64 * EPS)
    atol = 0.0 if isinstance(net, hs.MeanField) else 64 * EPS * size
    np.testing.assert_allclose(G, G.T, rtol=1e-12, atol=atol)


@given(systems(), seeds)
def test_sites_have_no_order_in_any_network(system, seed):
    n = system.n_sites
    order = np.random.default_rng(seed).permutation(n)
    place, net = np.argsort(order), system.network
    moved = hs.OpenNetwork(hs.Springs(net.masses[order], net.stiffness()[np.ix_(order, order)]),
                           [dataclasses.replace(b, site=int(place[b.site])) for b in system.baths])
    one, two = solved(system), solved(moved)
    if one.n_dark_modes == two.n_dark_modes:
        atol = 4 * (slack(one) + slack(two))
        np.testing.assert_allclose(two.local_temperature, one.local_temperature[order], rtol=0, atol=atol)
        np.testing.assert_allclose(two.conductance, one.conductance, rtol=1e-9, atol=atol * rates(system).max())


@given(systems(), st.sampled_from([2.0, 1e-20]), st.sampled_from([4.0, 1e12]))
def test_units_scale_in_any_network(system, mass, stiffness):
    net = system.network
    moved = hs.OpenNetwork(hs.Springs(net.masses * mass, net.stiffness() * stiffness),
                           [dataclasses.replace(b, friction=b.friction * np.sqrt(mass * stiffness))
                            for b in system.baths])
    one, two, unit = solved(system), solved(moved), np.sqrt(stiffness / mass)
    if one.n_dark_modes == two.n_dark_modes:
        atol = 4 * (slack(one) + slack(two))
        np.testing.assert_allclose(two.local_temperature, one.local_temperature, rtol=0, atol=atol)
        np.testing.assert_allclose(two.conductance, unit * one.conductance, rtol=1e-9,
                                   atol=atol * unit * rates(system).max())


# Negative controls: each law must notice a result that breaks it.


def broken(state, **changes):
    return dataclasses.replace(state.certificate, **changes)


def test_certificate_refuses_a_lost_resonance():
    system = hs.OpenNetwork(hs.MeanField(hs.masses.random(60, seed=4)), [hs.Bath(0, 1.0), hs.Bath(-1, 0.5)])
    state = hs.steady_state(system)
    assert state.certificate.error < 1e-12
    with pytest.raises(hs.CertificateError, match="resonances"):
        broken(state, n_resonances=state.certificate.n_resonances - 1).refuse()
    for name in ("pole_sum", "sum_rule", "flux_balance", "positivity"):
        with pytest.raises(hs.CertificateError, match="No result is returned"):
            broken(state, **{name: 1e-8}).refuse()
        with pytest.raises(hs.CertificateError):
            broken(state, **{name: float("nan")}).refuse()


@pytest.mark.parametrize("harm", ["drop", "twice", "shift", "slope"])
def test_sums_notice_a_damaged_zero(monkeypatch, harm):
    """A zero dropped, counted twice, moved by 1e-6 of its gap, or with a wrong slope never passes."""
    from hotsprings.response import mean_field

    find = mean_field.find_zeros

    def damaged(problem):
        z = find(problem)
        a, o, s = z.anchors.copy(), z.offsets.copy(), z.slopes.copy()
        if harm == "drop":
            a, o, s = a[1:], o[1:], s[1:]
        elif harm == "twice":
            a[7], o[7], s[7] = a[8], o[8], s[8]
        elif harm == "shift":
            o[7] *= 1 + 1e-6
        else:
            s[7] *= 1 + 1e-6
        return dataclasses.replace(z, anchors=a, offsets=o, slopes=s)

    network = hs.MeanField(hs.masses.random(200, seed=4))
    baths = [hs.Bath(0, 1.0), hs.Bath(-1, 0.5)]
    hs.steady_state(hs.OpenNetwork(network, baths))
    monkeypatch.setattr(mean_field, "find_zeros", damaged)
    system = hs.OpenNetwork(network, baths)  # a new one: the engine of the last is kept
    with pytest.raises(hs.CertificateError):
        hs.steady_state(system)
    if harm in ("drop", "twice"):
        with pytest.raises(hs.CertificateError):
            hs.resonances(system)
