"""Parts of a network that no springs join, and frequencies near zero: nothing passes, nothing is doubted."""

import warnings

import numpy as np
import pytest

import hotsprings as hs


def two_parts(first, last, shuffled, k0):
    """Return two power laws that no springs join, and where their sites are."""
    rng = np.random.default_rng(first + last)
    K = np.zeros((first + last, first + last))
    K[:first, :first] = hs.PowerLaw(np.ones(first), 0.5, k0=k0).stiffness()
    K[first:, first:] = hs.PowerLaw(np.ones(last), 1.5, k0=k0).stiffness()
    order = rng.permutation(first + last) if shuffled else np.arange(first + last)
    return hs.Springs(rng.uniform(0.9, 1.1, first + last), K[np.ix_(order, order)]), np.argsort(order)


@pytest.fixture(autouse=True)
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("k0", [0.0, 0.1])
@pytest.mark.parametrize(("first", "last", "shuffled"), [(3, 4, False), (20, 30, True), (40, 30, False),
                                                         (60, 80, True)])
@pytest.mark.parametrize("cutoff", [None, 3.0])
def test_nothing_passes_between_parts(first, last, shuffled, k0, cutoff):
    network, at = two_parts(first, last, shuffled, k0)
    system = hs.OpenNetwork(network, [hs.Bath(int(at[0]), 1.5, cutoff=cutoff), hs.Bath(int(at[first]), 0.5, 0.7)])
    state = hs.steady_state(system)
    assert not state.heat_flux.any()
    part = np.isin(np.arange(network.n_sites), at[:first])
    np.testing.assert_allclose(state.local_temperature, np.where(part, 1.5, 0.5), rtol=1e-9)
    currents = hs.bond_currents(system)
    assert not currents.heat_flux.any()
    assert currents.error == 0.0
    assert not hs.quantum.heat_flux(system).any()
    assert not hs.statistics.cumulants(system).any()
    assert hs.statistics.scaled_cumulant(system, 0.1) == 0.0
    assert not hs.transmittance(system, [0.0, 0.5, 1.0], 0, 1).any()
    assert not hs.spectrum.cumulative_heat_flux(system, [0.5, 1.0]).any()
    if cutoff is None:
        assert not hs.statistics.noise(system).any()


@pytest.mark.parametrize("last", [4, 70])
def test_what_passes_within_a_part_is_as_if_it_were_alone(last):
    network, _ = two_parts(5, last, False, 0.1)
    alone = hs.Springs(network.masses[:5], network.stiffness()[:5, :5])
    pair = [hs.Bath(0, 1.5), hs.Bath(1, 0.5)]
    both = hs.OpenNetwork(network, [*pair, hs.Bath(5, 1.0)])
    own = hs.OpenNetwork(alone, pair)
    np.testing.assert_allclose(hs.steady_state(both).heat_flux, [*hs.steady_state(own).heat_flux, 0.0], rtol=1e-12)
    np.testing.assert_allclose(hs.quantum.heat_flux(both)[:2], hs.quantum.heat_flux(own), rtol=1e-11)
    np.testing.assert_allclose(hs.statistics.noise(both)[:2, :2], hs.statistics.noise(own), rtol=1e-10)
    assert not hs.statistics.noise(both)[2].any()


def test_leads_on_parts():
    network, _ = two_parts(3, 4, False, 0.3)
    system = hs.OpenNetwork(network, [hs.Lead(0, 1.5, 4.0, 1.5), hs.Lead(3, 0.5, 4.0, 1.5)])
    assert not hs.steady_state(system).conductance.any()


@pytest.mark.parametrize("k0", [0.0, 0.1])
@pytest.mark.parametrize("n", [50, 70])
def test_no_digit_of_a_green_element_is_doubted_at_rest(n, k0):
    """At ω = 0 a network that is held gives K⁻¹, one that is free moves as a whole: ω G_ij = -i/Σγ."""
    network = hs.Springs(np.random.default_rng(n).uniform(0.9, 1.1, n), hs.PowerLaw(np.ones(n), 0.5, k0=k0).stiffness())
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(n - 1, 0.5, 0.7)])
    held = k0 > 0.0
    if held:
        inverse = np.linalg.inv(network.stiffness())[0, n - 1]
        np.testing.assert_allclose(hs.green(system, 0.0, 0, n - 1), inverse, rtol=1e-10)
    expected = 0.0 if held else 4.0 * 0.7 / 1.7**2
    np.testing.assert_allclose(hs.transmittance(system, 0.0), expected, rtol=1e-10)
    if held:
        ratio = hs.transmittance(system, 1e-9) / hs.transmittance(system, 1e-6)
        np.testing.assert_allclose(ratio, 1e-6, rtol=1e-9)
    hs.quantum.conductance(system, 0.5)
    hs.covariance(system)


def test_a_spectrum_may_vanish():
    """At ω² = K_11/m_1 of a site beside the end the end stands still: G_00 = 0."""
    system = hs.OpenNetwork(hs.Springs([1.0, 2.0], [[2.0, -1.0], [-1.0, 2.0]]), [hs.Bath(0, 1.0, 0.7)])
    np.testing.assert_allclose(hs.power_spectrum(system, 1.0, 0), 0.0, atol=1e-30)
    assert hs.power_spectrum(system, 1.1, 0) > 0.01


HELD, FREE = np.array([[0.8, -0.3], [-0.3, 0.9]]), np.array([[1.0, -1.0], [-1.0, 1.0]])
BESIDE = hs.Springs([1.0, 2.0, 1.0, 1.5], np.kron([[1, 0], [0, 0]], HELD) + np.kron([[0, 0], [0, 1]], FREE))
ENDS = {"white": [hs.Bath(0, 1.0, 3.0), hs.Bath(2, 0.5)], "memory": [hs.Bath(0, 1.0, 1.0, 2.0), hs.Bath(3, 0.5)],
        "leads": [hs.Lead(0, 1.0, 1.0, 2.0), hs.Lead(3, 0.5, 1.0, 2.0)]}


@pytest.mark.parametrize("name", ENDS)
def test_static_response_of_what_is_held_beside_a_free_part(name):
    """G(0) is K⁻¹ in the one part, infinite in the other, 0 between them."""
    system = hs.OpenNetwork(BESIDE, ENDS[name])
    found = np.array([[complex(hs.green(system, 0.0, i, j)) for j in range(4)] for i in range(4)])
    np.testing.assert_allclose(found[:2, :2], np.linalg.inv(HELD), rtol=1e-13)
    assert np.all(np.isinf(found[2:, 2:]))
    assert not found[:2, 2:].any()
    assert not found[2:, :2].any()


@pytest.mark.parametrize("light", [1.0, 1e-9])
def test_static_response_of_many_sites(light):
    """Beyond 64 sites free modes leave rounding at sites that are held; a site of 1e-9 of the mass moves freely."""
    n = 40
    held = 2.0 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    free = held - np.diag(np.eye(n)[0] + np.eye(n)[-1])
    order = np.random.default_rng(1).permutation(2 * n)
    K = np.kron([[1, 0], [0, 0]], held) + np.kron([[0, 0], [0, 1]], free)
    masses, at = np.ones(2 * n), [int(x) for x in np.argsort(order)]
    masses[2 * n - 1] = light
    system = hs.OpenNetwork(hs.Springs(masses[order], K[np.ix_(order, order)]),
                            [hs.Bath(at[0], 1.0), hs.Bath(at[n], 0.5)])
    if light == 1.0:
        found = complex(hs.green(system, 0.0, at[3], at[30]))
        np.testing.assert_allclose(found, np.linalg.inv(held)[3, 30], rtol=1e-11)
    assert np.isinf(hs.green(system, 0.0, at[2 * n - 1], at[2 * n - 1]))
    assert np.isinf(hs.green(system, 0.0, at[2 * n - 1], at[n + 5]))


@pytest.mark.parametrize("cutoff", [None, 3.0])
def test_what_no_bath_reaches_has_no_covariance(cutoff):
    """Three equal pairs, a bath on one: their modes coincide, and rounding mixes them."""
    pair = [[2.0, -1.0], [-1.0, 2.0]]
    network = hs.Springs([4.7, 18.6] * 3, np.kron(np.eye(3), pair))
    system = hs.OpenNetwork(network, [hs.Bath(2, 1.5, 0.1, cutoff=cutoff)])
    with pytest.warns(hs.DarkModeWarning):
        found = hs.covariance(system)
    reached = np.array([False, False, True, True, False, False])
    assert not found.velocity[~reached].any()
    assert not found.position[~reached].any()
    assert found.position[2, 2] > 0.0
    with pytest.warns(hs.DarkModeWarning):
        assert not hs.correlation(system, 1, 4, [0.3, -2.0]).any()


def test_positions_of_a_free_part_have_no_correlation():
    system = hs.OpenNetwork(hs.Springs([1.0, 1.0], np.diag([1.0, 0.0])), [hs.Bath(0, 1.0), hs.Bath(1, 1.0)])
    assert hs.correlation(system, 0, 0, [0.0], "position")[0] == pytest.approx(1.0, rel=1e-12)
    for i, j in ((1, 1), (0, 1)):
        with pytest.raises(hs.ArgumentError, match="nothing holds site 1"):
            hs.correlation(system, i, j, [0.0], "position")


@pytest.mark.parametrize("friction", [1.0, 3e7])
def test_distances_in_a_trap_that_hardly_holds(friction):
    """Both sites swing 1e12 times farther than apart: ⟨(q_0 - q_1)²⟩ = 2T/(2k + k0) has its own digits."""
    system = hs.OpenNetwork(hs.Chain([1.0, 2.0], 1.0, 1e-12), [hs.Bath(0, 0.8, 700.0), hs.Bath(1, 0.8, friction)])
    found = hs.covariance(system)
    assert found.difference(0, 1) == pytest.approx(0.8, rel=1e-13)
    assert found.position[0, 0] == pytest.approx(0.8 / 2e-12, rel=1e-11)
