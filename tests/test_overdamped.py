"""Faint currents between baths that damp much faster, or much slower, than a network rings: mpmath beside each sum."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mpmath import mp

import hotsprings as hs
from hotsprings.bonds import chosen_bonds, springs
from hotsprings.response import counted
from hotsprings.response.bose import pair_sum
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.choice import flux_response, response_of
from hotsprings.response.doubled import Doubled
from hotsprings.response.modal import ModalResponse
from hotsprings.response.precise import precise_flows
from hotsprings.response.precise_modal import PreciseResponse
from hotsprings.response.scattering import Scattering, scatterings_of
from hotsprings.response.shot import resolved_noise
from hotsprings.response.transfer import Transfer

FAST = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, [0.3, 40.0]), [hs.Bath(0, 1.5, 1e7), hs.Bath(1, 0.5, 1e7)])
THREE = hs.OpenNetwork(hs.Chain([1.0, 1.3, 0.8], [1.0, 0.7], 0.3),
                       [hs.Bath(0, 1.5, 1e8), hs.Bath(1, 20.0, 3e6), hs.Bath(2, 1e-3, 1e8)])


def moved(system):
    """Return ⟨q_i v_j⟩ of a held network from its Lyapunov equation in 60 digits."""
    n = system.n_sites
    with mp.workdps(60):
        m = [mp.mpf(float(x)) for x in system.network.masses]
        K, gamma, noise = system.network.stiffness(), [mp.mpf(0)] * n, [mp.mpf(0)] * n
        for site, g, t in zip(system.bath_sites, system.friction, system.temperature, strict=True):
            gamma[site], noise[site] = mp.mpf(float(g)), 2 * mp.mpf(float(g)) * mp.mpf(float(t))
        A = mp.zeros(2 * n)
        for i in range(n):
            A[i, n + i], A[n + i, n + i] = 1, -gamma[i] / m[i]
            for j in range(n):
                A[n + i, j] = -mp.mpf(float(K[i, j])) / m[i]
        place = {(i, j): k for k, (i, j) in enumerate((i, j) for i in range(2 * n) for j in range(i, 2 * n))}
        equations, right = mp.zeros(len(place)), mp.zeros(len(place), 1)
        for (i, j), row in place.items():
            for k in range(2 * n):
                equations[row, place[min(k, j), max(k, j)]] += A[i, k]
                equations[row, place[min(k, i), max(k, i)]] += A[j, k]
            if i == j >= n:
                right[row] = -noise[i - n] / m[i - n] ** 2
        found = mp.lu_solve(equations, right)
        return np.array([[float(found[place[i, n + j]]) for j in range(n)] for i in range(n)])


@pytest.mark.parametrize(("temperature", "hbar"), [(1.0, 1e-3), (1e-3, 1.0), (10.0, 300.0)])
def test_quantum_conductance_between_overdamped_sites(temperature, hbar):
    """Residues of two poles at 1e7, as large as the conductance, cancel to 1e-12 of it."""
    def carried(w):
        x = hbar * w / mp.mpf(temperature)
        slope = x**2 * mp.exp(x) / mp.expm1(x) ** 2 if x < 1000 else mp.mpf(0)
        own = [1 + mp.mpf(k0) - w * w + 1j * w * mp.mpf(1e7) for k0 in (0.3, 40.0)]
        return slope * 4 * mp.mpf(1e14) * w**2 / abs(own[0] * own[1] - 1) ** 2

    found = hs.quantum.conductance(FAST, temperature, hbar)[0, 1]
    with mp.workdps(25):
        exact = mp.quad(carried, [0, *(mp.mpf(10) ** k for k in range(-9, 10)), mp.inf]) / (2 * mp.pi)
    assert found == pytest.approx(float(exact), rel=1e-11)


class Lost:
    """The response of FAST, two of whose residues are left out, or nought."""

    system, turns = FAST, response_of(FAST).turns

    def __init__(self, out):
        self.response, self.out = response_of(FAST), out

    def transmittance_residues(self, a, b):
        poles, rho = self.response.transmittance_residues(a, b)
        fast = np.abs(poles) > 1e6
        return (poles[~fast], rho[~fast]) if self.out else (poles, np.where(fast, 0.0, rho))

    def branches(self):
        return [(1.0, self)]

    def residue_doubt(self, poles):
        return self.response.residue_doubt(poles)

    def element(self, *args, **more):
        return self.response.element(*args, **more)


def test_certificate_sees_two_poles_that_were_missed():
    """Negative control: without the two fast residues Σ ρ is right to 1e-12, what they carry is in the doubt."""
    conductance = float(response_of(FAST).stationary_sums()[0][0, 1])
    with pytest.raises(hs.CertificateError, match="missing"):
        pair_sum(Lost(True), 0, 1, conductance)
    right, wrong = pair_sum(response_of(FAST), 0, 1, conductance), pair_sum(Lost(False), 0, 1, conductance)
    assert wrong.noise < 1e-11 * conductance
    for temperature in (1e-3, 1.0, 1e3):
        (known, sure), (found, doubt) = right._correction(temperature, 1.0), wrong._correction(temperature, 1.0)
        assert sure < abs(found - known) <= doubt
        assert abs(found - known) > 1e-9 * conductance * temperature or temperature > 1e-3
        for pair in (right, wrong):  # what is not lost in C is taken without it
            exact = hs.quantum.conductance(FAST, temperature)[0, 1]
            assert pair.slope(temperature, 1.0)[0] == pytest.approx(exact, rel=1e-11)


def test_noise_of_faint_currents():
    """Sums over poles leave rounding of γT²/m; the integral has nothing that cancels. Three baths, against balls."""
    pytest.importorskip("flint", reason="the oracle needs the extra 'search'")
    from tests.search.exact import of_system
    from tests.search.moments import Moments
    from tests.search.oracle import Oracle

    found, exact = hs.statistics.noise(THREE), Moments(Oracle(of_system(THREE))).noise()
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-10 * np.abs(exact).max())
    np.testing.assert_allclose(found.sum(axis=1), 0.0, atol=1e-14 * np.abs(found).max())
    matrix = scatterings_of(response_of(THREE))[0][1]
    by_poles, doubt = matrix.noise
    assert np.abs(by_poles - exact).max() <= doubt
    assert resolved_noise(response_of(THREE), THREE.temperature)[2] < 1e-12


@pytest.mark.parametrize(("off", "told"), [(1e-10, "PrecisionWarning"), (0.02, "CertificateError")])
def test_noise_whose_conductances_are_others_is_not_trusted(monkeypatch, off, told):
    """Negative control: residues that lose a part of what passes."""
    system = hs.OpenNetwork(hs.MeanField([1.0, 1.3, 0.7], k0=0.3), [hs.Bath(i, t) for i, t in enumerate((1.5, 1, 0.5))])
    right = Scattering.conductance.func
    monkeypatch.setattr(Scattering, "conductance", property(lambda self: right(self) * (1.0 - off)))
    monkeypatch.setattr(counted, "resolved_noise", lambda *given: (np.eye(3), np.eye(3), np.inf))
    monkeypatch.setattr(counted, "_precisely", lambda *given: (np.eye(3), np.inf))
    expected = pytest.warns if told == "PrecisionWarning" else pytest.raises
    with expected(getattr(hs, told), match="known to|not those of the state"):
        hs.statistics.noise(system)


def test_poles_of_one_frequency_that_ring_at_either_end():
    """Two baths that damp alike: both fast poles are i γ/m to the last bit, each with a motion of its own."""
    pytest.importorskip("flint", reason="the oracle needs the extra 'search'")
    from tests.search.exact import of_system
    from tests.search.moments import Moments
    from tests.search.oracle import Oracle

    k = [0.02, 1e-8, 3e-4, 2e-9, 0.01, 1e-6]
    system = hs.OpenNetwork(hs.Chain([1.0, 0.3, 1e-6, 0.2, 2e-8, 0.5, 1.0], k, 1e-5),
                            [hs.Bath(0, 0.8, 1e8), hs.Bath(6, 0.5, 1e8)])
    response = ChainResponse(system, chain_data(system))
    oracle = Oracle(of_system(system))
    assert np.sum(np.abs(response.poles.omega - 1e8j) <= 4e-16 * 1e8) == 2
    np.testing.assert_allclose(response.plain_sums()[0], oracle.conductance(), rtol=1e-11)
    np.testing.assert_allclose(response.plain_sums()[1], oracle.bath_weight(), rtol=0, atol=1e-13)
    assert response.flux_doubt() < 1e-12
    assert Scattering(response).unitarity < 1e-12
    exact = Moments(oracle).noise()
    np.testing.assert_allclose(hs.statistics.noise(system), exact, rtol=0, atol=1e-9 * np.abs(exact).max())


def test_noise_of_two_baths_is_the_second_cumulant():
    for gamma, hot, cold in ((1e6, 1.5, 0.5), (1e9, 1e3, 1e-6), (1e4, 2.0, 0.0)):
        system = hs.OpenNetwork(hs.from_graph(np.ones((3, 3)) - np.eye(3), [1.0, 0.7, 1.4], k0=0.3),
                                [hs.Bath(0, hot, gamma), hs.Bath(1, cold, gamma)])
        assert hs.statistics.noise(system)[0, 0] == pytest.approx(hs.statistics.cumulants(system, 2)[1], rel=1e-9)
        matrix, conductance, error = resolved_noise(response_of(system), system.temperature)
        assert matrix[0, 0] == pytest.approx(hs.statistics.cumulants(system, 2)[1], rel=1e-9 + 10.0 * error)
        assert conductance[0, 1] == pytest.approx(hs.conductance(system)[0, 1], rel=1e-9 + 10.0 * error)


CURRENTS = {
    "near twins": hs.OpenNetwork(hs.PowerLaw(1.0 + 1e-9 * np.arange(4), 0.0, 10.0, 0.3), [
        hs.Bath(0, 1.5, 4e-6), hs.Bath(1, 1.5, 4e-6), hs.Bath(3, 0.5, 4e-6)]),
    "mean field": hs.OpenNetwork(hs.MeanField([1.0, 1.003, 1.001, 1.002], 0.1, 0.1), [
        hs.Bath(0, 1.5, 1e-6), hs.Bath(3, 0.5, 1e-9)]),
    "stiff spring": hs.OpenNetwork(hs.Chain([7.0] * 3, [1.0, 2.767e9], 30.0), [
        hs.Bath(0, 0.7, 1.1), hs.Bath(1, 0.57, 1.1), hs.Bath(2, 1.1, 1.1)]),
    "weak baths": hs.OpenNetwork(hs.Chain([1.0] * 4, [1.0, 1.118e4, 1.0], 0.3), [
        hs.Bath(0, 1.5, 1.00002e-7), hs.Bath(3, 0.5, 1.00003e-7)])}


@pytest.mark.parametrize("name", list(CURRENTS))
def test_bond_currents_far_below_what_their_sums_hold(name):
    """Currents of γT/m and less, in sums over resonances of kT: 32 digits, or Kirchhoff's law; Lyapunov in 60."""
    system = CURRENTS[name]
    found, motion = hs.bond_currents(system), moved(system)
    exact = np.array([-k * motion[i, j] for (i, j), k in zip(found.bonds, springs(system, found.bonds), strict=True)])
    top = float(np.abs(hs.steady_state(system).heat_flux).max())
    np.testing.assert_allclose(found.heat_flux, exact, rtol=0, atol=1e-10 * top)


def test_cuts_give_the_currents_of_bridges_alone():
    """Two triangles joined by a spring: the heat between the sides passes through it, not through their own springs."""
    from hotsprings.bonds import _by_cuts

    A = np.zeros((6, 6))
    for i, j in ((0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3)):
        A[i, j] = A[j, i] = 1.0
    system = hs.OpenNetwork(hs.from_graph(A, [1.0, 1.3, 0.8, 1.1, 0.9, 1.2], k0=0.2), [
        hs.Bath(0, 1.5, 0.7), hs.Bath(1, 1.0), hs.Bath(4, 0.5, 1.2)])
    pairs = chosen_bonds(system, [(3, 2), (0, 1), (3, 4)])
    found = {place: flux for place, flux, _ in _by_cuts(system, pairs, springs(system, pairs))}
    assert list(found) == [0]
    assert found[0] == pytest.approx(hs.bond_heat_flux(system, [(3, 2)])[0], rel=1e-12)


def test_stretches_in_32_digits_are_those_of_doubles():
    """An even network: both routes have all digits."""
    from hotsprings.bonds import _stretches
    from hotsprings.response.modal import ModalResponse
    from hotsprings.response.precise_modal import PreciseResponse

    A = np.ones((4, 4)) - np.eye(4)
    system = hs.OpenNetwork(hs.from_graph(A, [1.0, 1.3, 0.8, 1.1], k0=0.2), [hs.Bath(0, 1.5, 0.7), hs.Bath(3, 0.5)])
    pairs = chosen_bonds(system, None)
    first, second = (_stretches(kind(system), pairs, system.temperature) for kind in (PreciseResponse, ModalResponse))
    np.testing.assert_allclose(first, second, rtol=0, atol=1e-13)
    assert np.abs(first[0]).max() > 1e-3


ALIKE = {  # the first row of the noise, 500 digits
    "chain": (hs.OpenNetwork(hs.Chain([7.0] * 7), [hs.Bath(i, 1.5 if i < 4 else 0.5, 5e7) for i in range(7)]),
              [3.500885040108909e-08, -3.0031424726371564e-08, -3.5639306643642026e-09, -9.332952178929856e-10,
               -2.0171795201525875e-10, -1.4365282401826887e-10, -1.348290164268144e-10]),
    "graph": (hs.OpenNetwork(hs.from_graph(np.ones((6, 6)) - np.eye(6), k0=0.2),
                             [hs.Bath(i, 1.5 if i < 3 else 0.5, 3e7 * (1 + i)) for i in range(6)]),
              [2.5287921408529568e-08, -9.991151508714275e-09, -7.941949726434457e-09, -2.7088856637426335e-09,
               -2.4271488466555366e-09, -2.218785662982666e-09]),
}


@pytest.mark.parametrize("name", ALIKE)
def test_noise_of_many_overdamped_baths(name):
    """Integrals of all elements between the baths at once: one by one they cost more than is waited for."""
    system, row = ALIKE[name]
    np.testing.assert_allclose(hs.statistics.noise(system)[0], row, rtol=0, atol=1e-11 * row[0])


@pytest.mark.parametrize("name", ALIKE)
def test_elements_between_baths_all_at_once(name):
    system, _ = ALIKE[name]
    response, omega = PreciseResponse(system), np.array([3e-9, 0.4, 2.0, 1e8])
    flows = response.flows(omega)
    assert response.flows_work < 0.5 * response.element_work * system.n_baths * (system.n_baths + 1)
    for a, b in ((0, 0), (0, 5), (3, 2)):
        np.testing.assert_allclose(flows[a, b], response.element(omega, a, b, times_omega=True), rtol=1e-13)
    np.testing.assert_allclose(flows, super(PreciseResponse, response).flows(omega), rtol=1e-13)


def test_flows_of_separate_parts():
    """Nothing between two parts, and each as it is alone."""
    parts = hs.Springs(np.ones(4), np.kron(np.eye(2), [[1.3, -1.0], [-1.0, 1.3]]))
    alone = hs.OpenNetwork(hs.Springs(np.ones(2), [[1.3, -1.0], [-1.0, 1.3]]), [hs.Bath(0, 1.0), hs.Bath(1, 1.0, 3.0)])
    both = hs.OpenNetwork(parts, [hs.Bath(0, 1.0), hs.Bath(3, 1.0, 3.0), hs.Bath(1, 1.0, 3.0), hs.Bath(2, 1.0)])
    omega = np.array([0.2, 1.5])
    one, found = precise_flows(alone, omega), precise_flows(both, omega)
    np.testing.assert_array_equal(found[np.ix_([0, 2], [0, 2])], one)
    np.testing.assert_array_equal(found[np.ix_([3, 1], [3, 1])], one)
    assert not found[np.ix_([0, 2], [1, 3])].any()


def test_doubt_of_a_flux_that_quanta_freeze():
    """Through a site held by 1e12 most of C rings at 1e6, frozen; what is left are near twins, of which C says little.

    500 digits. The whole doubt of C may sit in them.
    """
    system = hs.OpenNetwork(hs.Chain([1.55, 1.68, 1.1], [1.0, 1.0000001], [0.1, 1e12, 0.1]),
                            [hs.Bath(0, 1.5, 250.0), hs.Bath(2, 0.5, 250.0)])
    exact = 1.8127233818495388e-27
    with pytest.warns(hs.PrecisionWarning, match="quantum heat flux"):
        found = hs.quantum.heat_flux(system)[0]
    response = response_of(system)
    conductance, unsure = response.certified_sums()[0][0, 1], response.flux_doubts()[0, 1]
    assert unsure > 1e-12
    value, doubt = pair_sum(response, 0, 1, conductance, unsure).flux(1.5, 0.5, 1.0)
    assert abs(value - exact) <= 3.0 * doubt
    assert abs(found - exact) <= 3e-5 * exact
    silent = pair_sum(response, 0, 1, conductance).flux(1.5, 0.5, 1.0)  # negative control: with no doubt of C
    assert abs(silent[0] - exact) > 3.0 * silent[1]


def test_covariances_beyond_what_their_identities_miss():
    """Two motions of a star that decay by 1e-8: identities hold to 4e-10 in 16 digits, ⟨v²⟩ of quanta to 2e-9."""
    star = hs.OpenNetwork(hs.from_graph([[0, 1, 1], [1, 0, 0], [1, 0, 0]], [1.0, 2.0, 1.0]), [hs.Bath(0, 1.0, 6.12e7)])
    exact = 1.0819767067176331  # 500 digits
    assert hs.quantum.covariance(star, [2]).velocity[0, 0] == pytest.approx(exact, rel=1e-12)


def test_a_covariance_known_to_rounding_is_not_refused():
    """Pinning of 1e-12 of the springs: K⟨qq⟩ keeps four digits of its terms, and no identity is to keep more."""
    unit = 2.844e-19
    ring = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]])
    masses = [1.487e-10, 1.468e-7, 3.295e-12, 1.551e-11]
    system = hs.OpenNetwork(hs.from_graph(unit * ring, masses, k0=1e-12 * unit), [hs.Bath(0, 1.5, 2.66e-18)])
    np.testing.assert_allclose(np.diag(hs.covariance(system).velocity) * masses, 1.5, rtol=1e-12)


def test_a_free_part_beside_one_that_is_held():
    """Each part by itself has its covariances; of both together it is said which sites no springs join."""
    system = hs.OpenNetwork(hs.Springs([1.0, 2.0], np.diag([0.8, 0.0])), [hs.Bath(0, 1.0), hs.Bath(1, 0.5)])
    assert hs.covariance(system, [0]).position[0, 0] == pytest.approx(1.25, rel=1e-14)
    assert hs.covariance(system, [1]).velocity[0, 0] == pytest.approx(0.25, rel=1e-14)
    with pytest.raises(hs.ArgumentError, match="one with a free part"):
        hs.covariance(system)
    with pytest.raises(hs.ArgumentError, match="held in place"):
        _ = hs.quantum.covariance(system, [1]).position


def test_counting_where_a_strong_damping_turns_residues():
    """16 digits miss a moment of the residues by 1e-8; of a small network 32 are asked: against eigenvalues of μ."""
    rng = np.random.default_rng(4)
    joined = np.triu(rng.random((28, 28)) < 0.5, 1)
    joined |= np.eye(28, k=1, dtype=bool)
    springs = -(joined + joined.T).astype(float)
    network = hs.Springs(np.full(28, 7.0), springs - np.diag(springs.sum(axis=0) - 0.5))
    system = hs.OpenNetwork(network, [hs.Bath(0, 0.8, 1e6), hs.Bath(27, 1.4, 1e6)])
    assert isinstance(flux_response(system), ModalResponse)
    assert not isinstance(flux_response(system), PreciseResponse)
    with pytest.raises(hs.CertificateError, match="or their moment"):
        Transfer.of(flux_response(system))
    found, step, doubled = hs.statistics.cumulants(system), 1e-3, Doubled(system)
    expected = sum(found[n - 1] * step**n / math.factorial(n) for n in (1, 2, 3, 4))
    assert doubled.exponent(np.array([step, 0.0]))[0] == pytest.approx(expected, rel=1e-12)
    assert found[1] == pytest.approx(hs.statistics.noise(system)[0, 0], rel=1e-10)


def beside_a_light_site(mass, friction=10.0):
    """Return a free power law whose first site, on a bath, is this light."""
    network = hs.PowerLaw([mass, 1.0, 1.0, 1.0, 1.0], 1.0)
    return hs.OpenNetwork(network, [hs.Bath(0, 1.5, friction), hs.Bath(1, 0.5, 0.3)])


def test_resonances_far_below_a_damping_rate_are_told_apart():
    """At 1e17 the others lie within 1e-17 of it of each other, and of the axis: none of them is dark."""
    light, lighter = hs.resonances(beside_a_light_site(1e-10)), hs.resonances(beside_a_light_site(1e-16))
    assert len(light) == len(lighter) == 9
    slow = [found.frequency[np.abs(found.frequency) < 1e3] for found in (light, lighter)]
    np.testing.assert_allclose(slow[1], slow[0], rtol=1e-8)
    flux = [hs.conductance(beside_a_light_site(mass))[0, 1] for mass in (1e-10, 1e-16)]
    assert flux[1] == pytest.approx(flux[0], rel=1e-8)


@pytest.mark.parametrize("ask", [hs.resonances, hs.steady_state, hs.conductance])
def test_damping_rates_beside_which_32_digits_lose_the_others_are_refused_as_such(ask):
    with pytest.raises(hs.CertificateError, match="Take a smaller friction, or a heavier site"):
        ask(beside_a_light_site(1e-20))


@pytest.mark.parametrize("n", [20, 50, 200])
@pytest.mark.parametrize("friction", [1e7, 1.6e8, 1e9])
def test_equal_strong_baths_of_a_mean_field_are_not_detuned(n, friction):
    """What their residues lose in 32 digits is less than what frictions moved by 1e-8 leave: against another engine."""
    baths = [hs.Bath(0, 1.5, friction), hs.Bath(1, 0.5, friction)]
    state = hs.steady_state(hs.OpenNetwork(hs.MeanField(np.ones(n), k0=1.0), baths))
    assert state.certificate.flux_doubt < 1e-9
    rigid = 1.0 / (2.0 * n * friction)  # (k/N)² of both springs over what holds a site still, as γ → ∞
    assert state.conductance[0, 1] == pytest.approx(rigid, rel=1e-11, abs=0.0)
    if n <= 50:
        other = hs.conductance(hs.OpenNetwork(hs.PowerLaw(np.ones(n), 0.0, k0=1.0), baths))
        assert state.conductance[0, 1] == pytest.approx(other[0, 1], rel=1e-11, abs=0.0)
