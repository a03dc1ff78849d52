"""Baths with memory: Drude cutoffs and semi-infinite leads against references, quadrature, limits; refusals."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.response.choice import response_of
from hotsprings.response.drude import DrudeResponse
from hotsprings.response.drude_zeros import SearchedDrudeResponse
from hotsprings.response.evolution import Evolution
from hotsprings.response.precise_drude import PreciseDrudeResponse
from tests.oracles.cases import case_c, case_e, mean_field, springs

A, B = mean_field(0.5), mean_field(0.0)
DRUDE, FREE = mean_field(0.5, memory=True), mean_field(0.0, memory=True)
K4, PINNED = springs(4), springs(4) + np.diag([0.2, 0.3, 0.1, 0.25])


def close(value, exact, rel=1e-12):
    np.testing.assert_allclose(value, exact, rtol=rel, atol=0.0)


def leads(masses, stiffness, sites=(0, 3), k=1.3, mass=1.0):
    network = stiffness if hasattr(stiffness, "masses") else hs.Springs(masses, stiffness)
    return hs.OpenNetwork(network, [hs.Lead(s, float(i == 0), k, mass) for i, s in enumerate(sites)])


def test_drude_references():
    state = hs.steady_state(DRUDE)
    close(state.heat_flux[0], 0.05925815677719407395144)
    close(state.local_temperature, [1.41880831339958153, 0.897631960198617395, 1.19969490541100960,
                                    0.949639638994990399, 0.578122333012887364])
    close(hs.conductance(FREE)[0, 1], 0.09520733024301363081437)
    found = hs.resonances(DRUDE)
    assert len(found) == 12
    close(found.decay_rate.sum(), 5.5, 1e-13)


@pytest.mark.parametrize("system", [A, B, case_c(), case_c(False), case_e()])
def test_without_memory_the_embedding_is_the_engine(system):
    """The same poles and sums by eigenvectors alone, where no bath has a cutoff."""
    here, there = DrudeResponse(system), response_of(system)
    for found, exact in zip(here.stationary_sums(), there.stationary_sums(), strict=True):
        np.testing.assert_allclose(found, exact, rtol=0.0, atol=1e-12)
    omega = np.array([0.3, 1.1])
    for times in (False, True):
        np.testing.assert_allclose(here.element(omega, 0, 3, times), there.element(omega, 0, 3, times), rtol=1e-10)
        with np.errstate(all="ignore"):
            still = [np.abs(r.element(np.zeros(1), 0, 3, times))[0] for r in (here, there)]
        assert still[0] == pytest.approx(still[1], rel=1e-12)


def test_a_high_cutoff_is_white_noise():
    """To first order in γ/(m ω_D), here 1e-6."""
    fast = hs.OpenNetwork(A.network, [hs.Bath(0, 1.5, 0.8, cutoff=1e6), hs.Bath(4, 0.5, 1.3, cutoff=2e6)])
    close(hs.steady_state(fast).heat_flux, hs.steady_state(A).heat_flux, 1e-5)
    close(hs.quantum.heat_flux(fast), hs.quantum.heat_flux(A), 1e-5)


@pytest.mark.parametrize("polished", [False, True])
class TestZerosOfBathsWithMemory:
    """Networks of many modes: zeros of det D, searched from guesses or from eigenvalues, where noise is white."""

    def test_references(self, polished):
        found = SearchedDrudeResponse(DRUDE, polished)
        conductance, weight = found.plain_sums()
        close(conductance[0, 1], 0.05925815677719407395144)  # temperatures 1.5 and 0.5
        close(weight @ [1.5, 0.5], [1.41880831339958153, 0.897631960198617395, 1.19969490541100960,
                                    0.949639638994990399, 0.578122333012887364])
        close(SearchedDrudeResponse(FREE, polished).plain_sums()[0][0, 1], 0.09520733024301363081437)

    @pytest.mark.parametrize("network", [
        hs.PowerLaw(np.linspace(0.6, 1.7, 20), alpha=1.5, k0=0.1), hs.Chain(np.linspace(0.6, 1.7, 20)),
        hs.Lattice((4, 5), np.linspace(0.8, 1.2, 20), k0=0.1)], ids=["power law", "free chain", "lattice"])
    @pytest.mark.parametrize("sites", [(0, 7, 19), (0, 1, 2, 3, 4, 9, 15, 16, 17, 18, 19)], ids=["few", "many"])
    def test_are_the_eigenvectors(self, polished, network, sites):
        friction = 0.7 if len(sites) < 9 else 0.07  # windows of modes tell no resonance that is broad
        baths = [hs.Bath(site, 1.0, friction + 0.01 * k, None if k % 3 == 1 else 1.5 + k)
                 for k, site in enumerate(sites)]
        system, every = hs.OpenNetwork(network, baths), np.arange(20)
        found, exact = SearchedDrudeResponse(system, polished), DrudeResponse(system)
        for here, there in zip(found.plain_sums(), exact.plain_sums(), strict=True):
            np.testing.assert_allclose(here, there, rtol=0.0, atol=1e-12)
        order = [np.lexsort((r.poles.omega.imag.round(8), np.abs(r.poles.omega.real).round(8))) for r in (found, exact)]
        parts = [((r.left(every)[:, None] * r.right())[..., k], r.mirrored(every)[..., k], r.handed_on()[:, k],
                  r.poles.omega[k]) for r, k in zip((found, exact), order, strict=True)]
        for here, there in zip(*parts, strict=True):
            np.testing.assert_allclose(here, there, rtol=0.0, atol=1e-10 * np.abs(there).max())
        assert found.resonance_frequencies().imag.sum() == pytest.approx(found.decay_sum(), rel=1e-12)


def test_disordered_chains_between_baths_with_memory():
    """Widths of 1e-9, which eigenvectors lose: of short memory as white noise has them, from springs one by one."""
    network = hs.Chain(np.random.default_rng(0).uniform(0.5, 1.5, 150))
    for edge in (2.0, 0.7):
        system = hs.OpenNetwork(network, hs.bath_group([0, 149], [1.5, 0.5], cutoff=edge))
        assert isinstance(response_of(system), SearchedDrudeResponse)
        assert hs.steady_state(system).certificate.error < 1e-12
    short, white = (hs.steady_state(hs.OpenNetwork(network, hs.bath_group([0, 149], [1.5, 0.5], cutoff=edge)))
                    for edge in (1e11, None))
    close(short.heat_flux, white.heat_flux, 1e-9)
    np.testing.assert_allclose(short.local_temperature, white.local_temperature, rtol=0.0, atol=1e-9)


def test_ordered_chains_between_baths_with_memory():
    """Even and odd zeros nearly coincide: detuned. The flux of a long one does not depend on its length."""
    flux = [hs.conductance(hs.OpenNetwork(hs.Chain(np.ones(n), k0=0.2), hs.bath_group([0, n - 1], 1.0, cutoff=20.0)))
            for n in (70, 150)]
    assert flux[0][0, 1] == pytest.approx(flux[1][0, 1], rel=1e-9)


MIXED = hs.OpenNetwork(case_c().network, [
    hs.Bath(0, 1.5, 0.7, cutoff=1.5), hs.Bath(2, 0.8, 1.1), hs.Bath(5, 0.4, 0.5, 4.0)])


def over_the_line(system, integrand, top=None):
    """Return ∫_0^top f dω by Gauss-Legendre between resonances."""
    grid = hs.spectrum.frequency_grid(system, 64)
    edges = np.concatenate([grid, grid[-1] * np.geomspace(1.0, 1e3, 60)[1:]]) if top is None else np.append(
        grid[grid < top], top)
    nodes, weights = np.polynomial.legendre.leggauss(10)
    half = 0.5 * np.diff(edges)
    omega = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    return float((integrand(omega) @ weights) @ half)


def test_white_and_drude_baths_mix():
    state = hs.steady_state(MIXED)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        close(over_the_line(MIXED, lambda w, a=a, b=b: hs.transmittance(MIXED, w, a, b)) / (2.0 * np.pi),
              state.conductance[a, b], 1e-9)
    np.testing.assert_allclose(state.bath_weight.sum(axis=1), 1.0, atol=1e-12)
    assert hs.bond_currents(MIXED).n_complete == 6
    with pytest.raises(hs.ArgumentError, match="cutoff"):
        hs.quantum.covariance(MIXED, [2]).velocity  # noqa: B018
    assert np.isfinite(hs.quantum.covariance(MIXED, [0, 5]).velocity).all()


def test_critical_damping_with_memory():
    """One particle, γ̃ of Drude: s³ + ω_D s² + (k/m + γω_D/m) s + k ω_D/m with a triple root -1 at ω_D = 3, k = 1/3."""
    triple = hs.OpenNetwork(hs.Springs([1.0], [[1.0 / 3.0]]), [hs.Bath(0, 0.7, (3.0 - 1.0 / 3.0) / 3.0, cutoff=3.0)])
    state = hs.steady_state(triple)
    np.testing.assert_allclose(state.local_temperature, 0.7, atol=1e-9)


@pytest.mark.parametrize(("stiffness", "conductance", "first", "second"), [
    (PINNED, 0.1478126992987955366523, 0.8171716223718695670223, 0.2710469848199446244749),
    (K4, 0.1820489390025715446502, 0.7866997813070125306634, 0.2693651132533726734528)])
def test_lead_references(stiffness, conductance, first, second):
    state = hs.steady_state(leads([1.2, 0.8, 1.5, 0.9], stiffness))
    close(state.conductance[0, 1], conductance)
    close(state.bath_weight[:2, 0], [first, second])


def test_more_lead_references():
    close(hs.conductance(leads([1.0, 0.8, 1.5, 1.0], PINNED))[0, 1], 0.1449395179418983483038)
    state = hs.steady_state(leads(None, A.network, (0, 4), 2.0, 1.5))
    close(state.conductance[0, 1], 0.05654750903083357727488)
    close(state.bath_weight[0, 0], 0.5849100480085204397759)
    uniform = leads(None, hs.Chain([1.0, 1.0]), (0, 1), 1.0, 1.0)
    close(hs.conductance(uniform)[0, 1], 1.0 / np.pi)  # 𝒯 = 1 within the band


@pytest.mark.parametrize(("masses", "sites"), [
    ([1.0, 0.8, 1.5, 1.0], (0, 3)), ([1.0, 0.8, 1.0, 1.0], (0, 2, 3)), ([1.0, 0.8, 1.3, 1.7], (0, 2, 3)),
    ([1.0001, 0.8, 1.3, 1.7], (0, 2, 3)), ([1.01, 0.8, 1.3, 1.0], (0, 2, 3))])
def test_leads_against_quadrature(masses, sites):
    """Midpoint rule in θ, ω = W sin(θ/2): exponentially accurate, |y|^(2M)."""
    system = leads(masses, PINNED, sites)
    state, r = hs.steady_state(system), response_of(system)
    theta = np.pi * (np.arange(4000) + 0.5) / 4000
    omega = 2.0 * np.sqrt(1.3) * np.sin(0.5 * theta)
    weight = np.sqrt(1.3) * np.cos(0.5 * theta) * np.pi / 4000 / (2.0 * np.pi)
    for a in range(len(sites)):
        for b in range(a):
            close(hs.transmittance(system, omega, a, b) @ weight, state.conductance[a, b], 1e-9)
        for n in range(4):
            g = np.abs(r.element(omega, n, sites[a])) ** 2
            exact = 4.0 * masses[n] * (omega * 1.3 * np.sin(theta) * g) @ weight
            np.testing.assert_allclose(state.bath_weight[n, a], exact, atol=1e-10)


@pytest.mark.parametrize("n", [2, 3, 5, 12])
def test_a_chain_that_its_leads_continue(n):
    """y = 0 is a zero of any multiplicity there: 𝒯 = 1 within the band, equal shares of both leads at every site."""
    state = hs.steady_state(leads(None, hs.Chain(np.ones(n)), (0, n - 1), 1.0, 1.0))
    close(state.conductance[0, 1], 1.0 / np.pi, 1e-11)
    np.testing.assert_allclose(state.bath_weight, 0.5, atol=1e-11)


def test_one_site_continues_its_lead():
    """Site 0 is a link more of the lead: without it the heat flux is the same."""
    longer = leads(None, hs.Chain([1.0, 2.0, 1.5], [1.3, 1.0], [0.0, 0.3, 0.3]), (0, 2))
    shorter = leads(None, hs.Chain([2.0, 1.5], [1.0], [0.3, 0.3]), (0, 1))
    close(hs.conductance(longer)[0, 1], hs.conductance(shorter)[0, 1], 1e-11)


def test_bound_states_are_told():
    state = hs.steady_state(leads([1.2, 0.8, 1.5, 0.9], PINNED))
    assert state.n_dark_modes == 1
    assert state.bright_weight.min() < 0.91


def test_self_consistent_leads():
    system = hs.OpenNetwork(A.network, [hs.Lead(site, float(site == 0), 2.0, 1.5) for site in (0, 2, 4)])
    flux = hs.steady_state(hs.self_consistent(system, 1)).heat_flux
    assert abs(flux[1]) < 1e-14
    assert flux[0] > 0.04


LEADS = leads([1.2, 0.8, 1.5, 0.9], PINNED)


@pytest.mark.parametrize(("call", "why"), [
    (lambda: hs.quantum.heat_flux(LEADS), "band"), (lambda: hs.quantum.conductance(LEADS, 1.0), "band"),
    (lambda: hs.quantum.covariance(LEADS), "band"), (lambda: hs.covariance(LEADS), "band"),
    (lambda: hs.bond_heat_flux(LEADS), "band"), (lambda: hs.self_consistent(LEADS, 1, quantum=True), "band"),
    (lambda: hs.steady_state(hs.OpenNetwork(A.network, [hs.Lead(0, 1.0, 2.0, 1.5), hs.Lead(4, 0.0, 2.0, 1.4)])),
     "elliptic"),
    (lambda: hs.steady_state(hs.OpenNetwork(A.network, [hs.Lead(0, 1.0, 2.0, 1.5), hs.Bath(4, 0.0)])), "irrational")])
def test_refusals_say_why(call, why):
    with pytest.raises(hs.ArgumentError, match=why):
        call()


CHAIN = hs.Chain([1.0, 1.3, 0.8], [1.0, 0.7], 0.3)
HARD = {  # baths; conductance, three cumulants, quantum flux, ⟨q_0²⟩ of quanta, μ(0.2), ⟨v_0(2) v_1⟩: 500 digits
    "overdamped": ([hs.Bath(0, 1.5, 1e6, 40.0), hs.Bath(2, 0.5, 3e5, 200.0)], 4.332421627106605e-07,
                   [4.332421627106605e-07, 8.050973351499516e-07, 9.070541778928602e-07], 3.8705182340379597e-07,
                   2.27539851273535, 1.0424152597750684e-07, 3.2154454584154267e-07),
    "faint and white": ([hs.Bath(0, 1.5, 1e-7, 4.0), hs.Bath(2, 0.5, 3e7)], 1.1445350816379652e-08,
                        [1.1445350816379652e-08, 1.98331794317629e-08, 1.3954058566965134e-08],
                        1.0361084541332165e-08, 1.9210783772742828, 2.7072162602953097e-09, 0.6790942320497688),
}


@pytest.mark.parametrize("name", HARD)
def test_memory_that_16_digits_do_not_resolve(name):
    baths, conductance, cumulants, flux, position, exponent, moved = HARD[name]
    system = hs.OpenNetwork(CHAIN, baths)
    assert isinstance(response_of(system), PreciseDrudeResponse)
    close(hs.conductance(system)[0, 1], conductance)
    close(hs.statistics.cumulants(system, 3), cumulants, 1e-11)
    close(hs.statistics.scaled_cumulant(system, 0.2), exponent, 1e-11)
    close(hs.quantum.heat_flux(system), [flux, -flux], 1e-11)
    close(hs.quantum.covariance(system, [0]).position, position)
    close(hs.correlation(system, 0, 1, 2.0), moved, 1e-10)
    close(hs.bond_heat_flux(system, [(0, 1), (1, 2)]), conductance, 1e-10)


@pytest.mark.parametrize("system", [DRUDE, FREE, hs.OpenNetwork(CHAIN, [hs.Bath(0, 1.5, 0.7, 3.0), hs.Bath(1, 1.0)])])
def test_32_digits_are_the_eigenvectors(system):
    """Poles, residues, mirrored and real elements, γ'(ω_k) and sums: the same by LAPACK and by QR in 32 digits."""
    plain, precise = DrudeResponse(system), PreciseDrudeResponse(system)
    assert plain.sure
    assert precise.sure
    every, frequency = np.arange(system.n_sites), np.array([0.3, -1.1, 5.0])
    order = [np.lexsort((r.poles.omega.imag.round(9), np.abs(r.poles.omega.real).round(9))) for r in (plain, precise)]
    for parts in zip(*[(r.poles.omega[k], (r.left(every)[:, None] * r.right())[..., k], r.mirrored(every)[..., k],
                        r.pole_damping()[:, k]) for r, k in zip((plain, precise), order, strict=True)], strict=True):
        np.testing.assert_allclose(parts[1], parts[0], rtol=0, atol=1e-12 * np.abs(parts[0]).max())
    for first, last in zip(plain.plain_sums(), precise.plain_sums(), strict=True):
        np.testing.assert_allclose(last, first, rtol=0, atol=1e-12)
    close(precise.element(frequency, 0, 1), plain.element(frequency, 0, 1), 1e-11)
    close(precise.element(np.zeros(1), 0, 1, times_omega=True), plain.element(np.zeros(1), 0, 1, times_omega=True))


def test_what_16_digits_lose_is_seen(monkeypatch):
    """Negative control: the eigenvectors of LAPACK are not sure; damping at the poles off by 1e-7 is not taken.

    Covariances are then those that baths bring in time; where these are off too, they are refused.
    """
    system = hs.OpenNetwork(CHAIN, HARD["overdamped"][0])
    assert not DrudeResponse(system).sure
    expected, right = hs.covariance(system), PreciseDrudeResponse.pole_damping
    monkeypatch.setattr(PreciseDrudeResponse, "pole_damping", lambda self: right(self) * (1.0 + 1e-7))
    found = hs.covariance(system)
    close(found.velocity, expected.velocity, 1e-12)
    assert found.error != expected.error
    noise = Evolution._noise
    monkeypatch.setattr(Evolution, "_noise", lambda self, weight: (1.0 + 1e-7) * noise(self, weight))
    with pytest.raises(hs.CertificateError, match="identities"):
        hs.covariance(system)


def test_modes_too_fast_for_a_memory_are_dark():
    """One site held by springs of 1e12, far above the cutoff: it feels 1e-25 of its bath. Others are nearly alike."""
    network = hs.MeanField([1.00000072, 1.00000564, 1.00000013, 1.00000445, 1.00000041], 1e-6,
                           [0.1, 0.1, 1e12, 0.1, 0.1], n_tilde=1.0)
    system, some = hs.OpenNetwork(network, [hs.Bath(4, 1.1, 2.4, 0.1)]), [0, 1, 3, 4]
    with pytest.warns(hs.DarkModeWarning, match="1 normal mode"):
        found = hs.covariance(system).position[np.ix_(some, some)]
    np.testing.assert_allclose(found, 1.1 * np.linalg.inv(network.stiffness())[np.ix_(some, some)], rtol=1e-9)
