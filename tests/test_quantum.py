"""Quantum heat and zero-point motion: references to 20 digits, resolved quadrature, mpmath, limits, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mpmath import mp

import hotsprings as hs
from hotsprings.kernels import digamma
from hotsprings.response.bose import pair_sum
from hotsprings.response.choice import response_of
from tests.oracles.cases import case_c, case_e, mean_field

A, B, C, E = mean_field(0.5), mean_field(0.0), case_c(), case_e()
DRUDE = mean_field(0.5, memory=True)


def close(value, exact, rel=1e-12):
    assert float(value) == pytest.approx(exact, rel=rel, abs=0.0)


@pytest.mark.parametrize(("system", "flux"), [
    (A, 0.06375300032218501224405), (B, 0.09543790760749575532575), (E, 0.09753409753473940739541),
    (DRUDE, 0.05416088100769326749616)])
def test_heat_flux_references(system, flux):
    close(hs.quantum.heat_flux(system)[0], flux)
    assert hs.quantum.heat_flux(system).sum() == 0.0


def test_conductance_and_pair_references():
    close(hs.quantum.conductance(A, 1.0)[0, 1], 0.06490482542306542961704)
    close(hs.quantum.conductance(B, 1.0)[1, 0], 0.09607607429727946254737)
    close(hs.quantum.heat_flux(C, 1.0, 0, 1), 0.04428634280070606964733)


def test_covariance_references():
    a, b = hs.quantum.covariance(A, [0, 1]), hs.quantum.covariance(B, [1, 3])
    close(a.velocity_product(1, 1), 0.8629594174747740094836)
    close(a.velocity_product(0, 1), -0.1048845136441516912240)
    close(a.position[1, 1], 0.8978467264244494469917)
    close(b.difference(1, 3), 1.935096874627096227072)
    c = hs.quantum.covariance(C, [3, 4])
    close(c.velocity[0, 1], 0.01412540049525351407351)
    close(c.position[0, 1], 0.2914664093861104335762)
    close(hs.quantum.covariance(DRUDE, [0]).velocity[0, 0], 1.778731397905526393671)


def quadrature(system, a, b, integrand):
    """Return (1/2π) ∫_0^∞ 𝒯_ab f dω by Gauss-Legendre between the resonances, refined around each."""
    grid = hs.spectrum.frequency_grid(system, 64)
    top = grid[-1]
    edges = np.concatenate([grid, top * np.geomspace(1.0, 1e3, 60)[1:]])
    nodes, weights = np.polynomial.legendre.leggauss(8)
    half = 0.5 * np.diff(edges)
    omega = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    values = hs.transmittance(system, omega, a, b) * integrand(omega)
    return float((values @ weights) @ half) / (2.0 * np.pi)


@pytest.mark.parametrize(("system", "pair"), [(A, (0, 1)), (B, (0, 1)), (C, (1, 2)), (E, (0, 1))])
@pytest.mark.parametrize(("hot", "cold", "hbar"), [(1.5, 0.5, 1.0), (0.3, 0.2, 2.0), (0.05, 0.0, 1.0), (4.0, 1.0, 0.1)])
def test_flux_is_the_integral(system, pair, hot, cold, hbar):
    """Eight nodes an interval of a grid with 64 points a resonance: 1e-10 and better; the tail falls as ω^-5."""
    def bose(omega, T):
        return omega * hbar / np.expm1(np.minimum(omega * hbar / T, 700.0)) if T else np.zeros_like(omega)

    exact = quadrature(system, *pair, lambda w: bose(w, hot) - bose(w, cold))
    temperatures = {pair[0]: hot, pair[1]: cold}
    baths = [hs.Bath(b.site, temperatures.get(i, 1.0), b.friction) for i, b in enumerate(system.baths)]
    close(hs.quantum.heat_flux(hs.OpenNetwork(system.network, baths), hbar, *pair), exact, 2e-9)


def pairs_of(system):
    response = response_of(system)
    return pair_sum(response, 0, 1, float(response.stationary_sums()[0][0, 1]))


@pytest.mark.parametrize("system", [A, B, E, DRUDE, hs.OpenNetwork(
    hs.Chain(hs.masses.random(30, 1.0, 0.4, seed=3), k0=0.2), [hs.Bath(0, 1.0), hs.Bath(-1, 1.0, 0.4)])])
def test_ranges_of_temperature_agree_where_they_meet(system):
    """Both sides of T = 0.3 min|ħω|: the form with ψ(1 + x), and that with exact terms, both good to 1e-12."""
    pair = pairs_of(system)
    edge = 0.3 * pair.lowest
    below, above = edge * (1.0 - 1e-9), edge * (1.0 + 1e-9)
    for function, slope in ((pair.energy, pair.slope(edge, 1.0)[0]),
                            (pair.slope, (pair.slope(2 * edge, 1.0)[0] - pair.slope(edge, 1.0)[0]) / edge)):
        low, high = function(below, 1.0)[0], function(above, 1.0)[0]
        assert high - low == pytest.approx(slope * (above - below), abs=3e-12 * high + abs(slope) * 4e-9 * edge)


def test_derivative_of_the_flux_is_the_conductance():
    """A symmetric difference of relative width 1e-3: its error is (1e-3)²/6 of T²E'''/E', below 1e-5."""
    for T in (0.02, 0.2, 1.0, 30.0):
        for system in (A, B):
            pair = pairs_of(system)
            step = 1e-3 * T
            slope = (pair.energy(T + step, 1.0)[0] - pair.energy(T - step, 1.0)[0]) / (2.0 * step)
            close(pair.slope(T, 1.0)[0], slope, 1e-5)


def test_near_equal_temperatures_keep_their_digits():
    """E(T_a) - E(T_b) would lose nine digits; against the conductance at the mean, error (ΔT/T)²."""
    for system in (A, B, E):
        baths = [hs.Bath(b.site, T, b.friction) for b, T in zip(system.baths, (1.0 + 1e-9, 1.0), strict=True)]
        difference = (1.0 + 1e-9) - 1.0
        flux = hs.quantum.heat_flux(hs.OpenNetwork(system.network, baths))[0]
        close(flux, hs.quantum.conductance(system, 1.0)[0, 1] * difference, 1e-8)
        close(flux, hs.quantum.conductance(system, 1.0 + 0.5 * difference)[0, 1] * difference, 1e-13)


@pytest.mark.parametrize("T", [1e-4, 1e-3, 1e-2])
def test_low_temperature_of_a_pinned_network(T):
    """π³ t_2 T⁴/30ħ³, t_2 = 4γγ (K⁻¹)², the next term 20π²/… (T/ω)² smaller: 1e-2 at T = 1e-2, all digits at 1e-4."""
    inverse = np.linalg.inv(A.network.stiffness())[0, 4]
    t2 = 4.0 * 0.8 * 1.3 * inverse**2
    baths = [hs.Bath(0, T, 0.8), hs.Bath(4, 0.0, 1.3)]
    flux = hs.quantum.heat_flux(hs.OpenNetwork(A.network, baths))[0]
    close(flux, math.pi**3 * t2 * T**4 / 30.0, 300.0 * T**2 + 1e-12)


def test_quantum_of_conductance():
    close(hs.quantum.conductance(B, 0.0, quanta=True)[0, 1], 4.0 * 0.8 * 1.3 / 2.1**2)
    close(hs.quantum.conductance(B, 1e-5, quanta=True)[0, 1], 4.0 * 0.8 * 1.3 / 2.1**2, 1e-8)
    equal = hs.OpenNetwork(hs.Chain(np.ones(50)), [hs.Bath(0, 1.0), hs.Bath(-1, 1.0)])
    assert hs.quantum.conductance(equal, 0.0, source=0, drain=1, quanta=True) == pytest.approx(1.0, rel=1e-13)
    assert hs.quantum.conductance(A, 0.0, quanta=True)[0, 1] == 0.0
    T = np.array([0.01, 0.1])
    np.testing.assert_allclose(hs.quantum.conductance(A, T, quanta=True)[:, 0, 1],
                               hs.quantum.conductance(A, T)[:, 0, 1] * 6.0 / (np.pi * T), rtol=1e-14)


def test_classical_limit_and_its_first_correction():
    """J = C ΔT + (ħ²/48π) ∫ω²𝒯 dω (1/T_a - 1/T_b) + O(ħ³ or ħ⁴): the integral is 2π (i/2·…) by quadrature."""
    J = hs.steady_state(A).heat_flux[0]
    integral = 2.0 * quadrature(A, 0, 1, lambda w: 2.0 * np.pi * w**2)
    hbar = 0.02
    difference = hs.quantum.heat_flux(A, hbar)[0] - J
    close(difference, hbar**2 / (48.0 * np.pi) * integral * (1.0 / 1.5 - 1.0 / 0.5), 1e-3)
    close(hs.quantum.heat_flux(A, 1e-9)[0], J, 1e-13)


def test_groups_are_sums_of_pairs():
    pairs = hs.quantum.conductance(C, 0.7)
    close(hs.quantum.conductance(C, 0.7, source=[0, 1], drain=2), pairs[0, 2] + pairs[1, 2], 1e-15)
    both = hs.quantum.heat_flux(C, 1.0, [0, 1], 2)
    close(both, -hs.quantum.heat_flux(C)[2], 1e-14)
    close(hs.quantum.heat_flux(C, 1.0, 2, [1, 0]), -both, 1e-14)


def test_all_at_zero_temperature():
    cold = hs.OpenNetwork(A.network, [hs.Bath(0, 0.0, 0.8), hs.Bath(4, 0.0, 1.3)])
    assert np.all(hs.quantum.heat_flux(cold) == 0.0)
    assert np.all(hs.quantum.conductance(A, 0.0) == 0.0)
    zero = hs.quantum.covariance(cold, [1, 2])
    nearly = hs.quantum.covariance(
        hs.OpenNetwork(A.network, [hs.Bath(0, 1e-6, 0.8), hs.Bath(4, 1e-6, 1.3)]), [1, 2])
    np.testing.assert_allclose(zero.position, nearly.position, rtol=1e-10)
    np.testing.assert_allclose(zero.velocity, nearly.velocity, rtol=1e-10)
    for i in range(2):  # uncertainty: m² ⟨q²⟩⟨v²⟩ ≥ ħ²/4
        assert zero.position[i, i] * zero.velocity[i, i] * [1.3, 0.7][i] ** 2 >= 0.25


def test_quantum_covariance_is_the_integral():
    """⟨q_iq_j⟩ = Σ_a (γ_aħ/π) ∫_0^∞ ω coth(ħω/2T_a) 2 Re[G_ia G_ja*]/2 dω, three baths; odd part for ⟨q_i v_j⟩."""
    grid = hs.spectrum.frequency_grid(C, 64)
    edges = np.concatenate([grid, grid[-1] * np.geomspace(1.0, 1e4, 100)[1:]])
    nodes, weights = np.polynomial.legendre.leggauss(8)
    half = 0.5 * np.diff(edges)
    omega = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    motion = hs.quantum.covariance(C, [1, 3, 4])
    totals = np.zeros((3, 3))
    for bath in C.baths:
        g3, g4 = (hs.green(C, omega, site, bath.site) for site in (3, 4))
        g1 = hs.green(C, omega, 1, bath.site)
        noise = 2.0 * bath.friction / np.pi * 0.5 * omega / np.tanh(0.5 * omega / bath.temperature)
        for place, first, second, power in ((0, g3, g4, 0), (1, g3, g4, 2), (2, g1, g3, 1)):
            product = first * np.conj(second)
            part = product.real if power != 1 else product.imag
            totals[0, place] += float(((noise * omega**power * part) @ weights) @ half)
    close(motion.position[1, 2], totals[0, 0], 1e-8)
    close(motion.velocity[1, 2], totals[0, 1], 1e-7)  # the tail beyond 1e4 ω_max falls as ω^-2
    close(abs(motion.position_velocity[0, 1]), abs(totals[0, 2]), 1e-8)


def test_quantum_covariance_becomes_classical():
    classical, quantum = hs.covariance(C), hs.quantum.covariance(C, hbar=1e-7)
    np.testing.assert_allclose(quantum.position, classical.position, rtol=0, atol=1e-12)
    np.testing.assert_allclose(quantum.position_velocity, classical.position_velocity, rtol=0, atol=1e-12)
    assert quantum.velocity_product(3, 3) == pytest.approx(classical.velocity[3, 3], rel=1e-12)


def test_what_diverges_names_the_cutoff():
    with pytest.raises(hs.ArgumentError, match="cutoff"):
        hs.quantum.covariance(A, [0, 1]).velocity  # noqa: B018
    with pytest.raises(hs.ArgumentError, match="cutoff"):
        hs.quantum.covariance(A, [0, 1]).velocity_product(0, 0)
    assert np.all(np.isfinite(hs.quantum.covariance(DRUDE).velocity))


@pytest.mark.parametrize("call", [
    lambda: hs.quantum.heat_flux(A, 0.0), lambda: hs.quantum.heat_flux(A, -1.0), lambda: hs.quantum.heat_flux("A"),
    lambda: hs.quantum.conductance(A, -1.0), lambda: hs.quantum.conductance(A, np.nan),
    lambda: hs.quantum.conductance(A, 1.0, quanta=1), lambda: hs.quantum.heat_flux(C, 1.0, 0),
    lambda: hs.quantum.heat_flux(A, 1.0, 0, 0), lambda: hs.quantum.covariance(A, []),
    lambda: hs.quantum.covariance(A, [0, 0]), lambda: hs.quantum.covariance(A, [7])])
def test_bad_arguments(call):
    with pytest.raises(hs.ArgumentError):
        call()


@pytest.mark.parametrize("hbar", [0.3, 3.0, 40.0])
def test_overdamped_baths_beside_each_other_keep_the_digits_of_a_faint_flux(hbar):
    """Two slow decays that differ by 2e-6 carry residues 1e5 times the flux: an integral takes their place."""
    link, pinning, friction = 2.4e-12, 1e-12, 651.0
    system = hs.OpenNetwork(hs.Chain(np.ones(3), [link, 1.0], pinning, ends="fixed"),
                            [hs.Bath(0, 0.5, friction), hs.Bath(2, 1.5, friction)])
    springs = [mp.mpf(x) for x in (*system.network.k,)]
    walls = np.diag(system.network.stiffness())
    with mp.workdps(40):
        def current(w):
            own = [mp.mpf(float(x)) - w * w for x in walls]
            own[0] += 1j * w * friction
            own[2] += 1j * w * friction
            det = own[0] * (own[1] * own[2] - springs[1] ** 2) - springs[0] ** 2 * own[2]
            passed = (2 * friction * w * springs[0] * springs[1] / abs(det)) ** 2
            return hbar * w * passed * (1 / mp.expm1(hbar * w / mp.mpf(1.5)) - 1 / mp.expm1(2 * hbar * w))

        marks = [0, *(mp.mpf(10) ** k for k in range(-8, -3)), 0.001, 0.0015, 0.002, 0.01, 0.1, 0.5, 0.9, 0.99, 0.995,
                 0.998, 0.999, 1, 1.001, 1.002, 1.005, 1.01, 1.1, 1.5, 3, 10, 100]
        marks += [m for z in hs.resonances(system).frequency for m in (abs(z), 0.999 * abs(z.real))]
        right = mp.quad(current, sorted({mp.mpf(m) for m in marks})) / (2 * mp.pi)
    assert hs.quantum.heat_flux(system, hbar=hbar)[1] == pytest.approx(float(right), rel=1e-11)
    pair = next(pair for _, _, pair in hs.quantum.pair_sums(system))
    value, doubt = pair._flux(0.5, 1.5, hbar)
    assert abs(-value - float(right)) <= doubt  # what the poles say of themselves holds, where it is much too


def test_certificate_refuses_wrong_residues():
    """Negative control: one residue off by 1e-6 of the conductance."""
    class Wrong:
        system = A

        def __init__(self):
            self.right = response_of(A)

        def transmittance_residues(self, a, b):
            poles, rho = self.right.transmittance_residues(a, b)
            return poles, np.where(np.arange(rho.size) == 0, rho * (1.0 + 1e-6), rho)

        def branches(self):
            return [(1.0, self)]

    matrix = response_of(A).stationary_sums()[0]
    with pytest.raises(hs.CertificateError, match="conductance"):
        pair_sum(Wrong(), 0, 1, float(matrix[0, 1]))


def test_digamma_kernels_against_mpmath():
    rng = np.random.default_rng(1)
    x = 10.0 ** rng.uniform(-3, 3, 60) * np.exp(1j * rng.uniform(-0.4999, 0.4999, 60) * np.pi)
    with mp.workdps(40):
        exact = [mp.mpc(z) for z in x]
        for first, loss in ((0, 1e-13), (1, 1e-11), (2, 1e-9)):
            series = [[mp.bernoulli(2 * j) / z ** (2 * j) for j in range(1, first + 1)] for z in exact]
            L = [mp.log(z) - 1 / (2 * z) - mp.psi(0, z) - sum(t / (2 * j + 2) for j, t in enumerate(terms))
                 for z, terms in zip(exact, series, strict=True)]
            P = [z * mp.psi(1, z) - 1 - 1 / (2 * z) - sum(terms) for z, terms in zip(exact, series, strict=True)]
            for slope, values in ((False, L), (True, P)):
                got = digamma.excesses(x, first, slope)
                assert max(abs(mp.mpc(g) / v - 1) for g, v in zip(got, values, strict=True)) < loss
        for slope, order in ((False, 0), (True, 1)):
            got = digamma.digammas_above(x, slope)
            values = [mp.psi(order, 1 + z) for z in exact]
            assert max(abs(mp.mpc(g) - v) / max(abs(v), 1) for g, v in zip(got, values, strict=True)) < 1e-15 * 4


def test_residues_that_strong_damping_turns_are_doubted():
    """A hundredth of the classical conductance beside γ/m = 2.5e7: two orders of sites tell what they differ by."""
    lattice = hs.Lattice((15, 8), 1.0, k0=0.3)
    order = np.random.default_rng(1).permutation(120)
    place = np.argsort(order)
    mixed = hs.Springs(np.ones(120), lattice.stiffness()[np.ix_(order, order)])
    found = []
    for network, first, last in ((lattice, 0, 119), (mixed, int(place[0]), int(place[119]))):
        system = hs.OpenNetwork(network, [hs.Bath(first, 1.5, 2.5e7), hs.Bath(last, 0.5, 1.3e4)])
        (_, _, pair), = hs.quantum.pair_sums(system)
        found.append(pair.slope(0.1, 1.0))
    (one, doubt), (other, too) = found
    assert 1e-9 * one < max(doubt, too) < 1e-6 * one
    assert abs(one - other) <= doubt + too
