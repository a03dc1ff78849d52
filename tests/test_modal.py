"""The modal engine: against the mean-field engine, closed forms, dense algebra, 50-digit references."""

from __future__ import annotations

import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import hotsprings as hs
from hotsprings.kernels import modal
from hotsprings.response import modal_zeros, modes
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.mean_field import MeanFieldResponse
from hotsprings.response.modal import ModalResponse
from hotsprings.response.precise_modal import PreciseResponse
from tests.laws.strategies import mean_field_systems
from tests.oracles import chains, dense


def ends(network, friction=(1.0, 1.0), temperature=(1.5, 0.5)):
    return hs.OpenNetwork(network, [hs.Bath(0, temperature[0], friction[0]), hs.Bath(-1, temperature[1], friction[1])])


# The mean field through both engines.

@given(mean_field_systems())
def test_both_engines_agree_or_the_modal_one_knows_that_it_cannot(system):
    """Masses within rounding of each other are beyond a matrix in double precision; then conditioning must say so."""
    one, two = MeanFieldResponse(system), ModalResponse(system)
    try:
        found, weight = two.stationary_sums()
        doubt = two.conditioning()
    except hs.CertificateError:
        return
    violated = np.abs(weight.sum(axis=1) - two.dark_modes()[1]).max()
    if not doubt <= 1e-9 or violated > 1e-9:
        return
    exact, exact_weight = one.stationary_sums()
    rate = system.friction / system.network.masses[system.bath_sites]
    more = two.dark_modes()[0] - one.dark_modes()[0]
    if more:  # dark in all but name: so many pairs of resonances hardly decay
        assert np.sum(one.resonance_frequencies().imag < 1e-11 * rate.max()) >= 2 * more > 0
        return
    # conditioning is one draw of rounding errors, another may be a hundred times larger; what nearly coinciding
    # zeros lose in their residues shows in the sum rule, and differs from weight to weight by a few times that
    atol = 1e-12 + 100 * doubt + 10 * violated
    if two.problem.n_free and not one.problem.free:  # pinned by less than the rounding of K, and so taken as free
        atol += 1e-10
    np.testing.assert_allclose(weight, exact_weight, rtol=0, atol=atol)
    np.testing.assert_allclose(found / rate[:, None], exact / rate[:, None], rtol=0, atol=atol)


@pytest.mark.parametrize("kwargs", [{"k0": 1.0}, {"k0": 0.0}, {"k0": 0.3, "kac": False}])
def test_response_agrees(kwargs):
    system = ends(hs.MeanField([1.0, 2.0, 2.0, 1.0, 2.0, 1.5, 1.1], **kwargs), (0.7, 1.9))
    omega = np.array([1e-6, 0.01, 0.3, 0.9, 1.0, 1.3, 2.5, 17.0, -0.4])
    one, two = MeanFieldResponse(system), ModalResponse(system)
    for i in range(7):
        for j in range(7):
            np.testing.assert_allclose(two.element(omega, i, j), one.element(omega, i, j), rtol=1e-11)
    for i, j in ((0, 6), (0, 0), (2, 3), (4, 4)):
        flow = one.element(np.append(omega, 0.0), i, j, times_omega=True)
        np.testing.assert_allclose(two.element(np.append(omega, 0.0), i, j, times_omega=True), flow, atol=1e-12)
    poles, residues = two.transmittance_residues(0, 1)
    assert (0.5j * residues.sum()).real == pytest.approx(one.stationary_sums()[0][0, 1], rel=1e-12)
    assert poles.size == two.expected_resonances()


def test_fifty_digit_references_through_the_modal_engine():
    """Those that a stiffness matrix in double precision can carry: J to 1e-11, or what ``flux_doubt`` says.

    Sums over modes are right in units of γ/m, so that a J of 1e-6 of it has six digits less; three draws of noise tell
    the size of that, not its largest value, hence the factor 100. T to 1e-10.
    """
    cases = json.loads((Path(__file__).parent / "oracles" / "references.json").read_text())
    carried = told = 0
    for case in cases:
        network = hs.MeanField(case["masses"], k=case["k"], k0=case["k0"], n_tilde=case["n_tilde"])
        system = hs.OpenNetwork(network, [hs.Bath(**b) for b in case["baths"]])
        engine = ModalResponse(system)
        try:
            conductance, weight = engine.stationary_sums()
            certain = engine.conditioning() < 1e-12 and engine.problem.unresolved < 1e-12
        except hs.CertificateError:
            certain = False
        if not certain:
            continue
        carried += 1
        exact = np.array(case["conductance"], dtype=object).astype(float)
        off = ~np.eye(len(exact), dtype=bool)
        doubt = engine.doubts[1]
        told += 33 * doubt > 1e-11  # doubts are those of three roundings
        np.testing.assert_allclose(conductance[off], exact[off], rtol=max(1e-11, 33 * doubt), err_msg=case["name"])
        exact = np.array(case["bath_weight"], dtype=object).astype(float)
        np.testing.assert_allclose(weight[case["sites"]], exact, rtol=0, atol=1e-10, err_msg=case["name"])
    assert carried >= 25
    assert told <= 6  # an exception, not an excuse


# Closed forms.

@pytest.mark.parametrize("n", [2, 3, 10, 41])
@pytest.mark.parametrize(("k", "mass", "friction"), [(1.0, 1.0, 1.0), (0.4, 2.0, 0.3), (2.0, 0.5, 5.0)])
def test_rieder_lebowitz_lieb(n, k, mass, friction):
    system = ends(hs.Chain(hs.masses.identical(n, mass), k=k, ends="fixed"), (friction, friction))
    state = hs.steady_state(system)
    flux, profile = chains.rieder_lebowitz_lieb(n, k, mass, friction, 1.5, 0.5)
    assert state.heat_flux[0] == pytest.approx(flux, rel=1e-12)
    np.testing.assert_allclose(state.local_temperature, profile, atol=1e-11)


def test_rieder_lebowitz_lieb_limit():
    system = ends(hs.Chain(hs.masses.identical(200), ends="fixed"))
    assert hs.steady_state(system).heat_flux[0] == pytest.approx(0.1909830056, abs=0.51e-10)


@pytest.mark.parametrize(("k", "end", "k0"), [(1.0, 0.7, 0.5), (1.0, 1.4, 0.2), (2.0, 1.0, 1.0)])
def test_roy_dhar(k, end, k0):
    n, pin = 300, np.full(300, k0)
    pin[[0, -1]] += end
    state = hs.steady_state(ends(hs.Chain(hs.masses.identical(n, 1.3), k=k, k0=pin), (0.8, 0.8)))
    assert state.heat_flux[0] == pytest.approx(chains.roy_dhar(k, end, k0, 1.3, 0.8), rel=1e-9)


@pytest.mark.parametrize("n", [2, 3, 7, 50, 151])
def test_free_ordered_chain(n):
    k, mass, friction = 1.3, 0.7, 0.6
    state = hs.steady_state(ends(hs.Chain(hs.masses.identical(n, mass), k=k), (friction, friction)))
    assert state.heat_flux[0] == pytest.approx(k * friction / (2 * (mass * k + friction**2)), rel=1e-12)
    np.testing.assert_allclose(state.local_temperature[1:-1], 1.0, atol=1e-11)
    assert len(state.resonances) == 2 * n - 1


@pytest.mark.parametrize(("ends_", "n", "flux"), [
    ("fixed", 100, 0.08864490967565), ("fixed", 101, 0.08048835272014),
    ("free", 100, 0.15034325663435), ("free", 101, 0.15470655771275)])
def test_alternating_masses(ends_, n, flux):
    masses = np.where(np.arange(n) % 2 == 0, 1.0, 2.0)
    assert hs.steady_state(ends(hs.Chain(masses, ends=ends_))).heat_flux[0] == pytest.approx(flux, rel=1e-11)


def test_weak_coupling_error_is_second_order():
    masses = hs.masses.random(12, 1.0, 0.3, seed=3)
    errors = []
    for g in (1e-2, 1e-3):
        system = ends(hs.PowerLaw(masses, 1.5, k0=0.5), (g, 2 * g))
        exact = hs.steady_state(system).conductance[0, 1]
        errors.append(abs(chains.weak_coupling(system)[0, 1] / exact - 1))
    assert errors[0] < 1e-2
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.1)


# Dense algebra, every kind of network.

NETWORKS = {
    "power law": lambda m: hs.PowerLaw(m, 1.5, k0=0.4),
    "power law, bare, periodic": lambda m: hs.PowerLaw(m, 0.5, k0=0.4, kac=False, periodic=True),
    "chain": lambda m: hs.Chain(m, k=1.3, ends="fixed"),
    "random springs": lambda m: hs.random_springs(m, 1.0, 0.8, seed=4, k0=0.3),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_lyapunov_agrees(name):
    n = 20
    network = NETWORKS[name](hs.masses.random(n, 1.0, 0.4, seed=2))
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.0, 0.8), hs.Bath(7, 0.2, 1.7), hs.Bath(-1, 2.0, 0.3)])
    conductance, weight = dense.lyapunov_state(system)
    state = hs.steady_state(system)
    tolerance = 16 * np.finfo(float).eps * dense.lyapunov_condition(system)
    np.testing.assert_allclose(state.bath_weight, weight, atol=tolerance)
    np.testing.assert_allclose(state.conductance, conductance, atol=6 * tolerance)
    exact = np.array([dense.green_matrix(system, w) for w in (0.3, 1.1, 2.0)])
    np.testing.assert_allclose(hs.green(system, [0.3, 1.1, 2.0], 3, 9), exact[:, 3, 9], rtol=1e-11)


def test_symmetric_rings_have_dark_modes_by_rank():
    """A ring of equal particles with one bath: half of each degenerate pair never reaches it."""
    n = 12
    system = hs.OpenNetwork(hs.PowerLaw(hs.masses.identical(n), 2.0, k0=0.1, periodic=True), [hs.Bath(0, 1.0, 0.5)])
    with pytest.warns(hs.DarkModeWarning):
        state = hs.steady_state(system)
    assert state.n_dark_modes == n // 2 - 1
    np.testing.assert_allclose(state.bath_weight.sum(axis=1), state.bright_weight, atol=1e-12)
    basis = dense.bright_basis(system)
    np.testing.assert_allclose(state.bright_weight, (basis**2).sum(axis=1), atol=1e-10)


def test_transmittance_at_rest_beside_a_free_mode_that_feels_no_bath():
    """Two chains, baths on one: the other diffuses, and is not heard at ω = 0, where rounding is divided by 0."""
    order = np.random.default_rng(3).permutation(16)
    K = np.zeros((16, 16))
    K[:8, :8], K[8:, 8:] = hs.Chain(np.ones(8)).stiffness(), hs.Chain(np.ones(8), k=1.3).stiffness()
    network = hs.Springs(hs.masses.random(16, seed=1), K[np.ix_(order, order)])
    sites = [int(np.flatnonzero(order == n)[0]) for n in (0, 5)]
    system = hs.OpenNetwork(network, [hs.Bath(sites[0], 1.5, 0.7), hs.Bath(sites[1], 0.5, 1.9)])
    limit = 4 * 0.7 * 1.9 / 2.6**2
    np.testing.assert_allclose(hs.transmittance(system, [0.0, 1e-9]), limit, rtol=1e-9)


def test_particles_without_springs():
    """K = 0: every particle takes the temperature of its own bath, no heat flows, the one without a bath is dark."""
    system = hs.OpenNetwork(hs.Springs([1.0, 1.3, 2.0], np.zeros((3, 3))), [hs.Bath(0, 1.5, 0.7), hs.Bath(2, 0.5, 1.9)])
    state = hs.steady_state(system)
    np.testing.assert_allclose(state.local_temperature, [1.5, 0.0, 0.5], atol=1e-14)
    np.testing.assert_allclose(state.heat_flux, 0.0, atol=1e-14)
    assert state.n_dark_modes == 1
    np.testing.assert_allclose(np.sort(state.resonances.frequency.imag), np.sort([0.7, 1.9 / 2.0]), rtol=1e-14)
    assert hs.transmittance(system, [0.0, 0.5]).tolist() == [0.0, 0.0]


def test_a_transmittance_above_one_is_refused(monkeypatch):
    element = ModalResponse.element
    monkeypatch.setattr(ModalResponse, "element", lambda *args, **kwargs: 1.01 * element(*args, **kwargs))
    with pytest.raises(hs.CertificateError, match="and 1 is its bound"):
        hs.transmittance(ends(hs.Chain(np.ones(3))), 0.0)


def test_equal_baths_on_equal_sites_where_resonances_coincide():
    system = hs.OpenNetwork(hs.MeanField(hs.masses.identical(6), k0=0.4), [hs.Bath(i, float(i), 0.9) for i in range(4)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.DarkModeWarning)
        exact = hs.steady_state(system)
    conductance, weight = ModalResponse(system).stationary_sums()
    np.testing.assert_allclose(conductance, exact.conductance, rtol=1e-9)
    np.testing.assert_allclose(weight, exact.bath_weight, atol=1e-10)


def test_a_matrix_whose_last_bits_decide_is_refused_where_it_is_large():
    """Masses 1e-9 apart in a matrix of doubles: eight sites are answered in 32 digits, two hundred refused."""
    masses = 1.0 + 1e-9 * np.arange(8)
    masses[[0, -1]] = 1.0, 1.3
    exact = hs.MeanField(masses, k0=0.4)
    small = hs.steady_state(ends(hs.Springs(masses, exact.stiffness())))
    assert small.conductance[0, 1] == pytest.approx(hs.steady_state(ends(exact)).conductance[0, 1], rel=1e-9)
    masses = 1.0 + 1e-12 * np.arange(200)
    masses[[0, -1]] = 1.0, 1.3
    exact = hs.MeanField(masses, k0=0.4)
    assert hs.steady_state(ends(exact)).certificate.error < 1e-12
    with pytest.raises(hs.CertificateError, match="use MeanField"):
        hs.steady_state(ends(hs.Springs(masses, exact.stiffness())))


# Chains and rings: tails with all their digits, Fourier modes, fluxes alone.

@pytest.mark.parametrize("ends_", ["free", "fixed"])
def test_localised_chain_keeps_every_digit(ends_):
    """Against 60-digit arithmetic (sums over pairs of eigenvectors of the drift matrix)."""
    from mpmath import mp

    n = 14
    masses = np.where(np.arange(n) % 2 == 0, 1.0, 40.0) * (1.0 + 0.1 * np.arange(n))
    chain = hs.Chain(masses, ends=ends_)
    system = ends(chain, (0.5, 0.8))
    state = hs.steady_state(system)
    with mp.workdps(60):
        root = [mp.sqrt(mp.mpf(float(m))) for m in masses]
        K = chain.stiffness()
        A = mp.matrix(2 * n, 2 * n)
        for i in range(n):
            A[i, n + i] = 1
            for j in range(n):
                A[n + i, j] = -mp.mpf(float(K[i, j])) / (root[i] * root[j])
        A[n, n], A[2 * n - 1, 2 * n - 1] = -mp.mpf(0.5) / masses[0], -mp.mpf(0.8) / masses[-1]
        values, left, right = mp.eig(A, left=True, right=True)
        exact = np.empty((n, 2))
        order = [k for k in range(2 * n) if abs(values[k]) > 1e-40]
        norm = {k: (left[k, :] * right[:, k])[0] for k in order}
        for a, (site, gamma) in enumerate(((0, 0.5), (n - 1, 0.8))):
            kick = 2 * mp.mpf(gamma) / mp.mpf(float(masses[site]))
            amplitude = {k: left[k, n + site] / norm[k] for k in order}
            for row in range(n):
                exact[row, a] = mp.re(mp.fsum(
                    right[n + row, k] * right[n + row, m] * amplitude[k] * amplitude[m] * kick
                    / -(values[k] + values[m]) for k in order for m in order))
    np.testing.assert_allclose(state.bath_weight, exact, rtol=0, atol=1e-10)
    assert state.n_dark_modes == 0
    assert state.certificate.conditioning < 1e-11


@pytest.mark.parametrize("n", [5, 21, 100])
def test_a_bath_on_a_node_of_a_symmetric_chain(n):
    """The bath in the middle never sees the odd modes; with n even every mode is seen."""
    system = hs.OpenNetwork(hs.Chain(hs.masses.identical(n), k0=0.3, ends="fixed"), [hs.Bath(n // 2, 1.0, 0.6)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.DarkModeWarning)
        state = hs.steady_state(system)
    assert state.n_dark_modes == (n // 2 if n % 2 else 0)
    basis = dense.bright_basis(system)
    if n < 50:
        np.testing.assert_allclose(state.bright_weight, (basis**2).sum(axis=1), atol=1e-9)
    np.testing.assert_allclose(state.local_temperature, state.bright_weight, atol=1e-11)


def test_localised_chain_of_three_hundred_sites():
    masses = np.random.default_rng(5).uniform(0.5, 1.5, 300)
    state = hs.steady_state(ends(hs.Chain(masses, ends="fixed")))
    assert state.resonances.decay_rate.min() < 1e-60
    assert state.certificate.conditioning < 1e-11
    assert state.certificate.error < 1e-11


@pytest.mark.parametrize("structure", ["chain", "ring", "dense", "mean field"])
def test_conductance_alone_is_the_same(structure):
    masses = hs.masses.random(40, 1.0, 0.4, seed=3)
    network = {"chain": hs.Chain(masses, k0=0.1), "dense": hs.PowerLaw(masses, 2.0),
               "ring": hs.PowerLaw(hs.masses.identical(40), 1.5, periodic=True),
               "mean field": hs.MeanField(masses)}[structure]
    system = hs.OpenNetwork(network, [hs.Bath(3, 1.0, 0.4), hs.Bath(17, 2.0, 0.9), hs.Bath(-1, 0.5, 0.2)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.DarkModeWarning)
        full = hs.steady_state(system).conductance
    np.testing.assert_allclose(hs.conductance(system), full, rtol=1e-11, atol=1e-15)
    with pytest.raises(hs.ArgumentError, match="'system' must be an OpenNetwork"):
        hs.conductance(network)


def test_ring_modes_are_the_eigenvectors():
    from hotsprings.response.modes import _ring_modes

    for n in (2, 5, 8):
        ring = hs.PowerLaw(hs.masses.identical(n, 2.0), 1.5, k0=0.3, periodic=True)
        values, vectors, _ = _ring_modes(ring, np.arange(n))
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(n), atol=1e-14)
        np.testing.assert_allclose(ring.stiffness() / 2.0 @ vectors, vectors * values, atol=1e-13)


def test_long_chain_fluxes_in_memory_of_order_n():
    import tracemalloc

    n = 4000
    system = ends(hs.Chain(hs.masses.identical(n), ends="fixed"))
    hs.conductance(ends(hs.Chain(hs.masses.identical(n + 1), ends="fixed")))  # what compiles takes memory of its own
    tracemalloc.start()
    flux = hs.conductance(system)[0, 1]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert flux == pytest.approx(chains.rieder_lebowitz_lieb(n, 1.0, 1.0, 1.0, 1.0, 0.0)[0], rel=1e-12)
    assert peak < 400 * 8 * n  # one matrix would be 4000 × 8 n


def test_zero_whose_real_part_is_below_floating_point():
    """Far overdamped, on the imaginary axis to 1e-315: D vanishes but for a number whose square is 0."""
    for friction in (100.0, 300.0, 992.0, 1000.0):
        for m in (0.02636, 0.026363):
            system = hs.OpenNetwork(hs.MeanField([0.003265, m], k=10.0), [hs.Bath(1, 1.0, friction)])
            np.testing.assert_allclose(ModalResponse(system, road="search").stationary_sums()[1], 1.0, rtol=1e-13)


def test_a_slow_zero_among_equal_modes_keeps_its_digits():
    """An offset is taken from the nearest mode, past equal ones: from one at 32 a zero at 1e-11 would be lost."""
    assert modal.reanchor(np.array([1.0, 2.0, 2.0, 2.0]), 3, -2.0 + 1e-9j)[0] == -1
    assert modal.reanchor(np.array([1.0, 2.0, 2.0, 3.0]), 0, 1.9 + 0j) == (3, pytest.approx(-0.1))
    ring = hs.Lattice((28,), np.tile([1.0, 2.0], 14), 1.0, 30.0, periodic=(0,))
    system = hs.OpenNetwork(ring, [hs.Bath(0, 1.0, 80.0), hs.Bath(1, 1.0, 200.0), hs.Bath(27, 1.0, 6e6)])
    found, exact = ModalResponse(system, road="search"), PreciseResponse(system)
    slowest = exact.poles.omega.imag.min()
    assert found.poles.omega.imag.min() == pytest.approx(slowest, rel=1e-12)


def test_equal_modes_are_no_crowd_of_overlapping_resonances():
    """Three chains side by side, whose modes are equal in threes: zeros need not be followed from weaker baths."""
    i = np.arange(15)
    K = 2.0 * np.eye(18)
    K[i, i + 3] = K[i + 3, i] = -1.0
    system = hs.OpenNetwork(hs.Springs(0.1 * np.ones(18), K), [hs.Bath(s, 1.0, 10.0) for s in (0, 1, 2, 15, 16, 17)])
    assert modal_zeros._overlap(ModalResponse(system).problem) < 1e3
    assert hs.steady_state(system).certificate.error < 1e-9


def test_soft_modes_beside_one_stiff_spring_are_not_free():
    """One part that nothing pins has one free mode, though others are slower than the last bits of a stiff spring."""
    k = np.ones(22)
    k[12] = 6e13
    system = hs.OpenNetwork(hs.Chain(np.ones(23), k), [hs.Bath(s, 1.0 + s, 1e3) for s in (3, 4, 7, 12, 20)])
    found, other = PreciseResponse(system), ChainResponse(system, chain_data(system))
    assert found.problem.n_free == 1
    assert found.expected_resonances() == other.expected_resonances() == 45
    np.testing.assert_allclose(found.stationary_sums()[0], other.stationary_sums()[0], rtol=1e-8)


@pytest.mark.parametrize("k0", [1e13, 1e14, 7e14])
@pytest.mark.parametrize("site", [1, 2])
def test_soft_modes_beside_a_stiff_site_are_not_taken_for_degenerate(k0, site):
    """Within 4Nε of the highest λ they all are; what they owe to the baths says that this is doubtful."""
    pinning = np.where(np.arange(4) == site, k0, 1.0)
    system = hs.OpenNetwork(hs.PowerLaw([1.0, 1.1, 0.9, 1.3], 2.0, k0=pinning), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    rigid = hs.OpenNetwork(hs.PowerLaw(system.network.masses, 2.0, k0=np.where(pinning > 1.0, 1e9, 1.0)), system.baths)
    exact = hs.conductance(rigid)[0, 1]  # what is left of the stiff site is k/k0
    assert hs.conductance(system)[0, 1] == pytest.approx(exact, rel=1e-8)
    assert k0 < 1e14 or modes.modal_problem(system).uncertain


@pytest.mark.parametrize("n", [70, 160])
@pytest.mark.parametrize("unequal", ["stiff", "light", "heavy"])
def test_one_very_unequal_site_among_many(n, unequal):
    """Its own motion is beyond what others see of it: the limit is reached as 1e-9, and no λ is lost to the highest."""
    def flux(factor):
        m, k0 = np.random.default_rng(n).uniform(0.5, 1.5, n), np.full(n, 0.7)
        (k0 if unequal == "stiff" else m)[n // 3] *= factor if unequal != "light" else 1.0 / factor
        system = hs.OpenNetwork(hs.PowerLaw(m, 1.5, k0=k0), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        state = hs.steady_state(system)
        assert max(state.certificate.conditioning, state.certificate.flux_doubt) < 1e-8
        return state.conductance[0, 1]

    assert flux(1e13) == pytest.approx(flux(1e10), rel=1e-7)


WEAK = 1e-12


@pytest.mark.parametrize("cutoff", [None, 1.0])
@pytest.mark.parametrize("network", [
    hs.Lattice((10, 15), 1.0, k0=WEAK), hs.PowerLaw(np.ones(150), 1.0, k0=WEAK, periodic=True),
    hs.Chain(np.linspace(0.9, 1.1, 150), k0=WEAK), hs.random_springs(np.ones(99), seed=1, k0=WEAK)])
def test_a_pinning_below_rounding_of_the_springs_keeps_its_digits(network, cutoff):
    """All sites together sink back by N k0/Σγ; diagonalisation of larger networks takes 1e-12 for nothing."""
    baths, n = [hs.Bath(site, 1.5, 0.5, cutoff=cutoff) for site in (0, -1)], network.n_sites
    system = hs.OpenNetwork(network, baths)
    assert hs.green(system, 0.0, 0, 5) == pytest.approx(1.0 / (n * WEAK), rel=1e-7)
    found = hs.resonances(system)
    slowest = found.frequency[np.argmin(np.abs(found.frequency))]
    assert slowest == pytest.approx(1j * n * WEAK, rel=1e-7, abs=0.0)
    if not isinstance(network, hs.Chain) or cutoff is None:
        assert hs.covariance(system, [0]).position[0, 0] == pytest.approx(1.5 / (n * WEAK), rel=1e-7)


@pytest.mark.parametrize("cutoff", [None, 3.0])
def test_elements_of_larger_networks_far_above_the_band(cutoff):
    """Modes lose what is small beside -1/mω²; elimination loses nothing where the diagonal is so much larger."""
    network = hs.random_springs(hs.masses.random(80, spread=0.3, seed=1), seed=1, k0=1.0)
    K, m = network.stiffness(), network.masses
    omega = 1e3 * np.sqrt(np.max(K.diagonal() / m))
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, cutoff=cutoff), hs.Bath(-1, 0.5)])
    motion = (K - omega**2 * np.diag(m)).astype(complex)
    motion[0, 0] += 1j * omega * (1.0 if cutoff is None else cutoff / (cutoff + 1j * omega))
    motion[-1, -1] += 1j * omega
    exact = np.linalg.inv(motion)
    for i, j in ((3, 7), (20, 50), (0, 79)):
        assert hs.green(system, omega, i, j) == pytest.approx(exact[i, j], rel=1e-11, abs=0.0)


def shuffled(network, baths):
    """Return the same springs as a graph whose sites have other numbers, and these numbers."""
    n = network.n_sites
    order = 5 * np.arange(n) % n
    number, weights = np.argsort(order), -np.array(network.stiffness())
    np.fill_diagonal(weights, 0.0)
    graph = hs.from_graph(weights[np.ix_(order, order)], network.masses[order], k0=network.pinning[order])
    return hs.OpenNetwork(graph, [hs.Bath(int(number[b.site]), b.temperature, b.friction) for b in baths]), number


@pytest.mark.parametrize(("seed", "omega"), [(0, 2.2), (4, 2.2), (5, 2.142)])
def test_elements_beside_modes_that_hardly_feel_a_bath(seed, omega):
    """A localised mode taken for dark, 1e-8 of it at the baths, passes on as much through them as past them."""
    chain = hs.Chain(np.random.default_rng(seed).uniform(0.5, 1.5, 67), 1.0, 0.3)
    baths = [hs.Bath(0, 1.5), hs.Bath(66, 0.5)]
    system, number = shuffled(chain, baths)
    exact = hs.green(hs.OpenNetwork(chain, baths), omega, 1, 33)
    with warnings.catch_warnings(action="error", category=hs.PrecisionWarning):
        assert hs.green(system, omega, int(number[1]), int(number[33])) == pytest.approx(exact, rel=1e-9, abs=0.0)



def test_what_last_bits_move_is_told_of_correlations_and_covariances():
    """Two masses off by 1e-8 ring alone and hardly feel a bath: what they do there is rounding of K to 1e-7."""
    masses = np.where(np.isin(np.arange(85), (20, 60)), 1.0 + 2e-10 * np.arange(1, 86), 1.0)
    field, baths = hs.MeanField(masses, 1.0, 1.0), [hs.Bath(0, 1.5), hs.Bath(84, 0.5)]
    exact = hs.correlation(hs.OpenNetwork(field, baths), 60, 60, 0.0)
    system, number = shuffled(field, baths)
    at = int(number[60])
    with pytest.warns(hs.PrecisionWarning, match="last bits of the stiffness matrix move"):
        found = hs.correlation(system, at, at, 0.0)
    assert abs(found - exact) > 1e-8


def test_nothing_passes_where_nothing_is_known_of_conductances(monkeypatch):
    """0 of what is known to ∞ is 0: no warning of NumPy's."""
    system = hs.OpenNetwork(hs.Chain(np.ones(5)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    monkeypatch.setattr(ModalResponse, "flux_doubts", lambda self: np.full((2, 2), np.inf))
    found = ModalResponse(system).unsure(np.array([[0.0, -1.0], [1.0, 0.0]]))
    np.testing.assert_array_equal(found, [[0.0, np.inf], [np.inf, 0.0]])


def test_slow_decays_between_strong_baths_are_doubted_as_they_are_off():
    """Two sites that hardly move drift apart as k/γ: det D leaves two digits of it beside a free motion."""
    network, friction = hs.PowerLaw(np.ones(100), 3.0), np.array([185619660.0, 7718890.0])
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, friction[0]), hs.Bath(-1, 0.5, friction[1])])
    found = hs.resonances(system)
    inverse = np.linalg.pinv(network.stiffness())
    spring = 1.0 / (inverse[0, 0] + inverse[-1, -1] - 2.0 * inverse[0, -1])
    exact = spring * float(np.sum(1.0 / friction))
    slowest = found.frequency[np.argmin(np.abs(found.frequency))]
    assert abs(slowest.imag / exact - 1.0) < max(3.0 * found.doubt, 3e-9)


def test_matrices_keep_pinnings_below_the_rounding_of_the_highest_stiffness():
    """Row sums of K, exact ones here, hold a network as the pinnings of a lattice do."""
    k0, m = 2.0**-39, np.random.default_rng(0).uniform(0.5, 1.5, 256)
    lattice = hs.Lattice((16, 16), m, k0=k0)
    baths = [hs.Bath(0, 1.5), hs.Bath(255, 0.5)]
    one, other = (hs.OpenNetwork(net, baths) for net in (lattice, hs.Springs(m, lattice.stiffness())))
    assert hs.green(other, 0.0, 3, 7).real == pytest.approx(1.0 / (256 * k0), rel=1e-7)
    assert hs.green(other, 0.0, 3, 7) == pytest.approx(hs.green(one, 0.0, 3, 7), rel=1e-9)
    assert len(hs.resonances(other)) == 512
    assert hs.transmittance(other, 0.0) == 0.0
    free = hs.OpenNetwork(hs.Springs(m, hs.Lattice((16, 16), m).stiffness()), baths)
    assert len(hs.resonances(free)) == 511  # negative control
    assert np.isinf(hs.green(free, 0.0, 3, 7))


def test_rows_of_both_signs_hold_no_free_motion():
    """A bent elastic ladder of 120 coordinates, one end held in place, turns freely, whatever its rows add up to."""
    at = np.array([[x + 0.1 * np.sin(x), y + 0.05 * x] for x in range(30) for y in range(2)])
    K = np.zeros((120, 120))
    for i, j in itertools.combinations(range(60), 2):
        if (length := np.linalg.norm(at[i] - at[j])) < 1.7:
            e = (at[i] - at[j]) / length
            u = np.zeros(120)
            u[2 * i : 2 * i + 2], u[2 * j : 2 * j + 2] = e, -e
            K += np.outer(u, u)
    K[[0, 1], [0, 1]] += 1.0
    net = hs.Springs(np.ones(120), K)
    assert np.any(net.pinning)
    assert hs.thermodynamics(net, 1.0).n_free == 1
    found = modes.modal_problem(hs.OpenNetwork(net, [hs.Bath(0, 1.5), hs.Bath(119, 0.5)]))
    assert np.count_nonzero(np.append(found.stiffness, found.dark_stiffness) == 0.0) == 1


@pytest.mark.parametrize("cutoff", [None, 40.0])
def test_elements_between_a_light_and_a_heavy_site_beside_the_resonance_of_the_light_one(cutoff):
    """The heavy site's row, 1e24, as the pivot of the light one's column, 0.1, would leave eight of 32 digits."""
    masses = np.array([7.0, 7.0, 2.17e-10, 8.07e13, 7.0])
    K, omega = 6.0 * np.eye(5) - 1.0, 1.5e5 * np.linspace(0.98, 1.02, 41)
    baths = [hs.Bath(0, 0.9, 90.0, cutoff=cutoff), hs.Bath(4, 0.4, 0.0135)]
    found = hs.green(hs.OpenNetwork(hs.Springs(masses, K), baths), omega, 2, 3)
    exact = hs.green(hs.OpenNetwork(hs.MeanField(masses, 1.0, k0=1.0, kac=False), baths), omega, 2, 3)
    np.testing.assert_allclose(found, exact, rtol=2e-11)


@pytest.mark.parametrize("cutoff", [None, 3.0])
@pytest.mark.parametrize("masses", [[2e-16, 5e15, 1.0, 1.0, 1.0], [1.0, 2e-20, 1.0, 3e-9, 1.0]])
def test_a_free_network_takes_its_lightest_site_along(masses, cutoff):
    """Its part in the free motion, √(m/Σm), is less than rounding; the springs say that nothing holds it."""
    baths = [hs.Bath(0, 1.5, cutoff=cutoff), hs.Bath(4, 0.5)]
    for network in (hs.PowerLaw(masses, 1.0), hs.Springs(masses, 5.0 * np.eye(5) - 1.0)):
        system = hs.OpenNetwork(network, baths)
        assert all(np.isinf(hs.green(system, 0.0, site, other)) for site in range(5) for other in range(site, 5))
        parts = np.kron(np.eye(2), network.stiffness()) + np.diag([0.0] * 5 + [1.0] * 5)
        both = hs.OpenNetwork(hs.Springs(masses * 2, parts), [hs.Bath(0, 1.5, cutoff=cutoff), hs.Bath(9, 0.5)])
        assert np.isinf(hs.green(both, 0.0, 0, 1))
        assert hs.green(both, 0.0, 0, 5) == 0.0
        assert np.isfinite(hs.green(both, 0.0, 5, 6))


def test_an_element_of_a_site_that_rounding_leaves_no_bright_mode():
    """A stiff site takes 3e-15 part in what its neighbour does: modes in 16 digits have exactly 0 of it."""
    weights = np.zeros((3, 3))
    weights[1, 2] = weights[2, 1] = 5e-4
    network = hs.from_graph(weights, masses=[0.1, 0.2, 0.1], k0=[1.0, 2e11, 1.0])
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 5e-3), hs.Bath(2, 0.5, 2e-6)])
    for omega in (0.0, 0.5, 1e7):
        own, other = 2e11 + 5e-4 - 0.2 * omega**2, 1.0 + 5e-4 - 0.1 * omega**2 + 2e-6j * omega
        assert hs.green(system, omega, 2, 1) == pytest.approx(5e-4 / (own * other - 25e-8), rel=1e-9, abs=0.0)
        assert hs.green(system, omega, 0, 1) == 0.0
