"""Networks of few sites by their own road: what it finds is what the general road finds, and it knows its bounds."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.kernels import few_modes as kernels
from hotsprings.response import few_modes as road
from hotsprings.response import tolerances
from hotsprings.response.choice import response_of
from hotsprings.response.few_modes import few_modes
from hotsprings.response.modal import ModalResponse
from hotsprings.response.precise_modal import PreciseResponse
from tests.oracles.dense import lyapunov_state

EPS = np.finfo(float).eps
BATHS = [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]


def masses(n, seed=2):
    return hs.masses.random(n, 1.0, 0.3, seed)


def graph(n, seed):
    links = np.triu(np.random.default_rng(seed).uniform(0.2, 1.0, (n, n)), 1)
    return hs.from_graph(links + links.T, masses(n), k0=0.3)


SYSTEMS = {
    "two sites": (hs.PowerLaw([1.0, 1.7], 1.0, k0=0.4), BATHS),
    "power law": (hs.PowerLaw(masses(10), 1.5, k0=1.0), BATHS),
    "free power law": (hs.PowerLaw(masses(10), 1.5), BATHS),
    "three baths in no order": (hs.PowerLaw(masses(10), 1.5, k0=0.2),
                                [hs.Bath(7, 1.0, 0.3), hs.Bath(2, 2.0), hs.Bath(4, 0.0, 0.8)]),
    "weak baths": (hs.PowerLaw(masses(10), 1.5, k0=0.2), [hs.Bath(0, 1.5, 1e-6), hs.Bath(-1, 0.5, 1e-4)]),
    "one bath": (hs.PowerLaw(masses(8), 0.5, k0=1.0), BATHS[:1]),
    "a bath everywhere": (hs.PowerLaw(masses(4), 1.0, k0=2.0), [hs.Bath(i, 1.0 + i, 0.3 + 0.1 * i) for i in range(4)]),
    "free chain": (hs.Chain(masses(12)), BATHS),
    "ring": (hs.PowerLaw(masses(9), 2.0, k0=0.3, periodic=True), BATHS),
    "graph": (graph(8, 5), BATHS),
    "square": (hs.Lattice((3, 3), masses(9), k0=0.2), BATHS),
    "thirty": (hs.PowerLaw(masses(30), 1.5, k0=0.2), BATHS),
}


def system(name):
    return hs.OpenNetwork(*SYSTEMS[name])


@pytest.fixture(params=list(SYSTEMS))
def both(request):
    """The response by its own road, and in 32 digits."""
    few = few_modes(system(request.param))
    assert few is not None
    return few, PreciseResponse(few.system)


def test_what_it_finds_is_known_as_well_as_it_says(both):
    """Against 32 digits: to some draws of last bits, and to roundings of sums over the modes."""
    few, precise = both
    rounding = 4 * EPS * few.values.size
    (here, mine), (there, its) = few.stationary_sums(), precise.stationary_sums()
    weights, fluxes, poles = few.moved
    np.testing.assert_allclose(here, there, rtol=10 * max(fluxes, few.doubt) + rounding)
    np.testing.assert_allclose(mine, its, rtol=0, atol=10 * weights + rounding)
    found, known = few.resonances_in_order(), precise.resonances_in_order()
    assert found.size == few.expected_resonances() == precise.expected_resonances()
    np.testing.assert_allclose(found.imag, known.imag, rtol=10 * poles + rounding)
    np.testing.assert_allclose(found, known, rtol=10 * poles + rounding)


def test_it_is_what_a_lyapunov_equation_says(both):
    few, _ = both
    if few.free:
        return  # the equation has no solution
    state = hs.steady_state(few.system)
    conductance, weight = lyapunov_state(few.system)
    slow = np.abs(state.resonances.frequency).max() / state.resonances.decay_rate.min()
    tolerance = 100 * EPS * slow  # what the equation loses to the slowest resonance
    np.testing.assert_allclose(state.conductance, conductance, rtol=0, atol=tolerance * few.rate.max())
    np.testing.assert_allclose(state.bath_weight, weight, rtol=0, atol=tolerance)


def test_the_response_is_its_own(both):
    few, _ = both
    assert type(response_of(few.system)) is road.FewModesResponse
    state = hs.steady_state(few.system)
    assert state.certificate.error < 1e-12
    assert state.n_dark_modes == 0
    assert state.certificate.flux_doubt == few.flux_doubt() >= few.doubts[1]
    np.testing.assert_array_equal(hs.conductance(few.system), state.conductance)


def test_the_rest_of_the_house_takes_its_zeros(both):
    few, _ = both
    other = ModalResponse(few.system)
    last, omega = few.system.n_baths - 1, np.linspace(0.05, 3.0, 7)
    np.testing.assert_allclose(few.element(omega, 0, 1), other.element(omega, 0, 1), rtol=1e-10)
    for mine, its in zip(few.local_sums(np.ones((few.poles.omega.size, last + 1), complex)).T,
                         other.local_sums(np.ones((other.poles.omega.size, last + 1), complex)).T, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-9, atol=1e-9 * np.abs(its).max())
    mine, its = (np.sum(r.transmittance_residues(0, last)[1]) for r in (few, other))
    assert mine == pytest.approx(its, rel=1e-9, abs=1e-9 * np.abs(other.transmittance_residues(0, last)[1]).max())


REFUSED = {
    "sites very unequal": (hs.PowerLaw([1.0, 1.1, 1e-3, 1.3], 2.0, k0=1.0), BATHS),
    "a soft mode": (hs.PowerLaw(masses(6), 2.0, k0=1e-9), BATHS),
    "a dark mode": (hs.PowerLaw(np.ones(5), 1.0, k0=0.5), [hs.Bath(2, 1.0)]),
    "modes that coincide": (hs.PowerLaw(np.ones(6), 0.0, k0=0.5), BATHS),
    "two parts": (hs.Springs([1.0, 1.2, 1.4, 1.7], np.kron(np.eye(2), [[2.0, -1.0], [-1.0, 2.0]])), BATHS),
    "overdamped": (hs.PowerLaw(masses(6), 2.0, k0=0.3), [hs.Bath(0, 1.5, 20.0), hs.Bath(-1, 0.5)]),
    "many baths": (hs.PowerLaw(masses(9), 2.0, k0=0.3), [hs.Bath(i, 1.0) for i in range(9)]),
    "one site": (hs.Springs([1.0], [[1.0]]), [hs.Bath(0, 1.0)]),
}


@pytest.mark.parametrize("name", list(REFUSED))
@pytest.mark.filterwarnings("ignore::hotsprings.DarkModeWarning")
def test_what_is_close_soft_or_extreme_is_left_to_the_general_road(name):
    asked = hs.OpenNetwork(*REFUSED[name])
    assert few_modes(asked) is None
    assert hs.steady_state(asked).certificate.holds


def test_a_second_solve_has_the_same_bits():
    one, other = (few_modes(system("power law")) for _ in range(2))
    for mine, its in zip(one.stationary_sums(), other.stationary_sums(), strict=True):
        np.testing.assert_array_equal(mine, its)
    np.testing.assert_array_equal(one.resonances, other.resonances)


def parts(few):
    """Return what the sums take: λ, c_a c_b and φ_n c_b over the modes, and the zeros."""
    n, n_b = few.values.size, few.rate.size
    coupling, products = np.empty((n_b, n)), np.empty((n_b * (n_b + 1) // 2, n))
    pairs = np.empty((n * n_b, n))
    kernels._couplings(few.vectors, few.system.bath_sites, np.sqrt(few.rate), coupling, products, pairs)
    return few.values, products, pairs, few.anchors.copy(), few.offsets.copy(), few.omega.copy()


@pytest.mark.parametrize("harm", [None, "twice", "shift", "coupling"])
@pytest.mark.parametrize("name", ["power law", "free power law", "three baths in no order"])
def test_damaged_zeros_are_noticed(name, harm):
    """A zero counted twice, moved by 1e-9 of its width, or a mode whose coupling is off by 1e-9: the sums say so."""
    few = few_modes(system(name))
    lam, products, pairs, anchors, etas, omegas = parts(few)
    if harm == "twice":
        anchors[3], etas[3], omegas[3] = anchors[4], etas[4], omegas[4]
    elif harm == "shift":
        etas[3] *= 1.0 + 1e-9
        omegas[3] = np.sqrt(lam[anchors[3]] + etas[3])
    elif harm == "coupling":
        products[0, 3] *= 1.0 + 1e-9
    there = kernels._all_there(lam, np.sqrt(few.rate), few.free, etas, omegas)
    weight, conductance = np.empty((lam.size, few.rate.size)), np.empty((few.rate.size,) * 2)
    missed = kernels._sums(lam, products, pairs, few.free, anchors, etas, omegas, conductance, weight)
    assert (max(there, missed) <= road.MISSED) == (harm is None)


@pytest.mark.parametrize(("which", "limit"), [
    ("missed", road.MISSED), (0, 0.1 * tolerances.DOUBTED), (1, 0.1 * tolerances.DOUBTED),
    (2, tolerances.DOUBTED_RATES), ("small", tolerances.TOLERANCE / ModalResponse.vectors_lose)])
@pytest.mark.parametrize(("factor", "known"), [(0.99, True), (1.01, False), (np.nan, False), (np.inf, False)])
def test_each_measure_refuses_alone(monkeypatch, which, limit, factor, known):
    solve = kernels.solve

    def said(*arguments):
        missed, small, moved, *found = solve(*arguments)
        value = factor * limit
        moved = tuple(value if k == which else part for k, part in enumerate(moved))
        return value if which == "missed" else missed, value if which == "small" else small, moved, *found

    monkeypatch.setattr(kernels, "solve", said)
    assert (few_modes(system("power law")) is not None) == known


def test_conductances_of_baths_in_any_order():
    """A bath on every site, not in the order of the sites."""
    for network in (hs.MeanField([1.0, 3.0], k0=0.1), hs.PowerLaw([1.0, 3.0], 1.5, k0=0.1),
                    hs.Chain([1.0, 3.0], k0=0.1)):
        asked = hs.OpenNetwork(network, [hs.Bath(1, 1.5), hs.Bath(0, 0.5, 2.0)])
        expected = lyapunov_state(asked)[0]
        np.testing.assert_allclose(hs.conductance(asked), expected, rtol=1e-12)


def test_detuned_frictions_are_those_of_the_general_road():
    """Where residues are lost the mean over detuned frictions is asked for, of this engine too."""
    system = hs.OpenNetwork(hs.Chain([1.0, 1.3, 0.8], k0=0.2), [hs.Bath(0, 1.5), hs.Bath(2, 0.5, 0.7)])
    few = response_of(system)
    assert isinstance(few, road.FewModesResponse)
    for mine, its in zip(few.detuned(1e-4).stationary_sums(), ModalResponse(system).detuned(1e-4).stationary_sums(),
                         strict=True):
        np.testing.assert_allclose(mine, its, rtol=0, atol=1e-13)
