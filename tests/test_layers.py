"""Lattices of equal layers, taken apart into chains, against the dense engine and against sums over momenta."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.certificate import certify
from hotsprings.network import layers_of
from hotsprings.network.layers import Side, modes_across
from hotsprings.response.choice import _across, flux_response, response_of
from hotsprings.response.layered import LayeredResponse
from hotsprings.response.mirror import MirrorResponse
from hotsprings.response.modal import ModalResponse
from hotsprings.response.resonances import found_resonances
from hotsprings.response.response import Response
from hotsprings.response.stack import _alike, stack_of
from hotsprings.system import OpenNetwork

RNG = np.random.default_rng(14)

def across(values, other):
    """One value per layer along the first axis, the same at all its sites."""
    return np.multiply.outer(np.asarray(values), np.ones(other))


def faces(lattice, axis, low=1.0, high=1.0):
    """Baths on both faces; those of the first one differ in temperature."""
    first, last = lattice.face(axis, "low"), lattice.face(axis, "high")
    return OpenNetwork(lattice, hs.bath_group(first, np.linspace(1.2, 1.7, first.size), low, name="hot")
                       + hs.bath_group(last, 0.5, high, name="cold"))


GRADED = across(np.linspace(0.6, 1.5, 6), 6)
CASES = {
    "square": lambda: faces(hs.Lattice((6, 6), 1.0), 0),
    "other axis, unequal frictions": lambda: faces(hs.Lattice((6, 6), 1.0), 1, 1.0, 0.7),
    "frictions a rounding error apart": lambda: faces(hs.Lattice((6, 6), 1.0, 1.3, 0.2), 0, 1.0, 1.0 + 1e-10),
    "periodic side": lambda: faces(hs.Lattice((6, 6), 1.0, periodic=1), 0),
    "fixed ends": lambda: faces(hs.Lattice((6, 6), 1.0, 0.7, ends="fixed"), 0),
    "fixed sides, free ends": lambda: faces(hs.Lattice((6, 6), 1.0, ends=("free", "fixed")), 0),
    "negative pinning": lambda: faces(hs.Lattice((6, 6), 1.0, k0=-0.05, ends="fixed"), 0),
    "layers of different masses": lambda: faces(hs.Lattice((6, 6), GRADED, 1.1, 0.3), 0, 0.8),
    "layers of different pinning": lambda: faces(hs.Lattice((6, 6), 1.0, 1.1, across(RNG.uniform(0, 1, 6), 6)), 0),
    "uneven layers": lambda: faces(hs.Lattice((6, 6), across([1, 300, 1, 2, 500, 1], 6)), 0),
    "cubic": lambda: faces(hs.Lattice((5, 4, 3), 1.0), 0),
    "cubic, periodic sides": lambda: faces(hs.Lattice((5, 4, 3), 1.0, 0.9, 0.1, (0, 1)), 2),
    "cubic, equal sides": lambda: faces(hs.Lattice((3, 4, 4), 1.0, ends="fixed"), 0),
    "weak baths": lambda: faces(hs.Lattice((6, 6), 1.0), 0, 1e-5),
    "strong baths": lambda: faces(hs.Lattice((6, 6), 1.0), 0, 30.0),
    "one face": lambda: OpenNetwork(hs.Lattice((6, 6), 1.0), hs.bath_group(range(6), 1.5)),
    "layer in the middle: dark modes": lambda: OpenNetwork(hs.Lattice((5, 7), 1.0), hs.bath_group(range(14, 21), 1.5)),
    "every layer": lambda: OpenNetwork(hs.Lattice((6, 6), 1.0), hs.bath_group(range(36), 1.0, 0.3)),
    "two layers side by side": lambda: OpenNetwork(hs.Lattice((6, 6), 1.0), hs.bath_group(range(12), 1.0, 0.3)),
}


@pytest.fixture(params=CASES, scope="module")
def pair(request):
    """The engine of equal layers, and the dense one in the digits that it takes."""
    system = CASES[request.param]()
    return LayeredResponse(system, stack_of(system), _across), response_of(system)


def test_sums_are_those_of_the_dense_engine(pair):
    layered, dense = pair
    (conductance, weight), (expected, weights) = layered.stationary_sums(), dense.stationary_sums()
    limit = 1e-12 + 10.0 * dense.conditioning()
    np.testing.assert_allclose(conductance, expected, rtol=0, atol=limit * layered.rate.max())
    np.testing.assert_allclose(weight, weights, rtol=0, atol=limit)
    assert layered.mismatch() < 1e-12
    assert layered.conditioning() < 1e-11


def test_resonances_and_dark_modes_are_those_of_the_dense_engine(pair):
    layered, dense = pair
    mine, its = layered.resonance_frequencies(), dense.resonance_frequencies()
    assert mine.size == its.size == layered.expected_resonances() == dense.expected_resonances()
    left = list(its)
    for one in mine:  # with their multiplicities
        near = int(np.argmin(np.abs(np.array(left) - one)))
        assert abs(left.pop(near) - one) < 1e-7 * abs(one)
    assert layered.dark_modes()[0] == dense.dark_modes()[0]
    np.testing.assert_allclose(layered.dark_modes()[1], dense.dark_modes()[1], rtol=0, atol=1e-12)


class Contract(LayeredResponse):
    """The same, summed as the base class sums what every engine answers."""

    plain_sums = Response.plain_sums
    local_sums = Response.local_sums


def test_residues_and_mirrors_add_up_to_the_same(pair):
    layered, _ = pair
    if not layered.closes(layered.plain_sums()):
        pytest.skip("poles coincide")
    plain = Contract(layered.system, layered.stack, _across)
    plain.chains = layered.chains
    for mine, its in zip(layered.plain_sums(), plain.plain_sums(), strict=True):
        np.testing.assert_allclose(mine, its, rtol=0, atol=1e-11)
    omega = layered.poles.omega
    weight = np.exp(-omega[:, None] * np.linspace(0.5, 1.0, layered.system.n_baths))  # each bath with its own
    np.testing.assert_allclose(layered.local_sums(weight), plain.local_sums(weight), rtol=0, atol=1e-11)
    for a, b in ((0, 1), (0, -1)):
        b %= layered.system.n_baths
        for mine, its in zip(layered.transmittance_residues(a, b), plain_residues(plain, a, b), strict=True):
            np.testing.assert_allclose(mine, its, rtol=0, atol=1e-11)


def plain_residues(response, a, b):
    return Response.transmittance_residues(response, a, b)


@pytest.mark.parametrize("times_omega", [False, True])
def test_elements_are_those_of_the_dense_engine(pair, times_omega):
    system = pair[0].system
    sites, omega = system.bath_sites, np.linspace(0.05, 3.2, 40)
    for i, j in ((sites[0], sites[-1]), (sites[0], 7), (7, 8)):
        mine, its = (r.element(omega, int(i), int(j), times_omega) for r in pair)
        np.testing.assert_allclose(mine, its, rtol=1e-9, atol=1e-10 * np.abs(its[np.isfinite(its)]).max())
    free = not np.any(system.network.pinning)
    still = np.inf if free else np.linalg.inv(system.network.stiffness())[sites[0], 7]
    expected = (-1j / system.friction.sum() if free else 0.0) if times_omega else still
    mine = pair[0].element(np.zeros(1), int(sites[0]), 7, times_omega)
    np.testing.assert_allclose(mine, expected, rtol=1e-10, atol=1e-14)


def roy_dhar(k, k0, mass, friction):
    """J/ΔT of a long ordered chain with free ends (Roy, Dhar, J. Stat. Phys. 131, 535 (2008)); exact where k0 = 0."""
    big = 2.0 * k**2 + (k0 + 2.0 * k) * friction**2 / mass
    small = 2.0 * k**2 + 2.0 * k * friction**2 / mass
    return friction * k**2 / mass / (big + np.sqrt(big**2 - small**2))


@pytest.mark.parametrize(("shape", "axis", "k", "k0", "friction", "periodic"), [
    ((40, 8), 0, 1.0, 0.0, 1.0, ()), ((7, 60), 1, 1.3, 0.2, 0.6, ()), ((60, 5, 4), 0, 1.0, 0.1, 1.7, 1),
])
def test_flux_is_the_sum_over_transverse_momenta_of_closed_forms(shape, axis, k, k0, friction, periodic):
    mass = 1.2
    lattice = hs.Lattice(shape, mass, k, k0, periodic)
    system = faces(lattice, axis, friction, friction)
    flux = flux_response(system)
    assert isinstance(flux, LayeredResponse)
    half = lattice.face(axis, "low").size
    across = [4.0 * k * np.sin(np.pi * np.arange(n) / (n if other in np.atleast_1d(periodic) else 2 * n)) ** 2
              for other, n in enumerate(shape) if other != axis]
    kappa = np.add.outer(*across).ravel() if len(across) == 2 else across[0]
    expected = sum(roy_dhar(k, k0 + one, mass, friction) for one in kappa)
    assert hs.conductance(system)[:half, half:].sum() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("system", [
    faces(hs.Lattice((9, 8), 1.0), 0), faces(hs.Lattice((9, 8), 1.0), 0, 1.0, 0.7),
    faces(hs.Lattice((8, 9), 1.0, k0=1e4), 1), faces(hs.Lattice((8, 9), 1.0, k0=-0.05, ends="fixed"), 1),
    OpenNetwork(hs.Lattice((9, 8), 1.0), hs.bath_group(range(32, 40), 1.5)),
    OpenNetwork(hs.Lattice((9, 8), 1.0), hs.bath_group([*range(8, 16), *range(32, 40), *range(56, 64)], 1.5)),
], ids=["free", "unequal frictions", "uneven", "negative pinning", "middle", "three layers, one in the middle"])
def test_fluxes_alone_are_those_of_the_whole(system):
    """Chains that know their modes at the baths only, odd halves without the bath in the middle among them."""
    flux, whole = flux_response(system), response_of(system)
    assert isinstance(flux, LayeredResponse)
    assert flux.rows.size == system.n_baths
    np.testing.assert_allclose(hs.conductance(system), whole.stationary_sums()[0], rtol=0, atol=1e-13)
    assert flux.dark_modes()[0] == whole.dark_modes()[0]


def test_large_square_against_the_dense_engine():
    """Each of 32 baths at its own temperature; 16 digits on both sides."""
    system = faces(hs.Lattice((12, 16), across(RNG.uniform(0.8, 1.2, 12), 16), k0=0.05), 0)
    dense = ModalResponse(system)
    state = hs.steady_state(system)
    conductance, weight = dense.stationary_sums()
    np.testing.assert_allclose(state.conductance, conductance, rtol=0, atol=1e-11)
    np.testing.assert_allclose(state.bath_weight, weight, rtol=0, atol=1e-10)
    np.testing.assert_allclose(hs.conductance(system), conductance, rtol=0, atol=1e-11)
    assert state.certificate.holds


def test_wrong_chain_beside_the_others_is_refused():
    """Sum rules see each chain by itself; that the two orders of summing agree is seen by the certificate."""
    system = faces(hs.Lattice((10, 8), 1.0, k0=0.1), 0)
    response = LayeredResponse(system, stack_of(system), _across)
    wrong = response.springs.kappa.copy()
    wrong[3] += 1e-6
    response.springs = response.springs._replace(kappa=wrong)
    sums = response.plain_sums()
    assert np.abs(sums[1].sum(axis=1) - 1.0).max() < 1e-12
    assert 1e-9 < response._plain[1] < 1e-5
    assert not response.closes(sums)
    good = LayeredResponse(system, stack_of(system), _across)
    assert good._plain[1] < 1e-13
    found = found_resonances(response)
    mean = response.stationary_sums()
    refused = certify(response, found, *mean, response.dark_modes()[1], mean[1][system.bath_sites])
    assert refused.sampled_error > 1e-9
    assert not refused.holds


def test_lattice_is_taken_apart_only_where_it_is_one_of_equal_layers():
    lattice = hs.Lattice((10, 9), 1.0)
    assert isinstance(response_of(faces(lattice, 0)), LayeredResponse)
    spoilt = np.ones((10, 9))
    spoilt[4, 4] = np.nextafter(1.0, 2.0)
    some = hs.bath_group(lattice.face(0, "low"), 1.0)
    for system in (
        faces(hs.Lattice((10, 9), spoilt), 0), faces(hs.Lattice((10, 9), 1.0, k0=spoilt), 0),
        faces(hs.Lattice((10, 9), 1.0, periodic=(0, 1)), 0), faces(lattice, 0, np.linspace(1.0, 1.1, 9)),
        OpenNetwork(lattice, some[:-1]), OpenNetwork(lattice, [*some, hs.Bath(50, 1.0)]),
        OpenNetwork(lattice, hs.bath_group(lattice.face(0, "low"), 1.0, cutoff=3.0)),
    ):
        assert stack_of(system) is None or not system.white
    both = OpenNetwork(lattice, hs.bath_group(range(90), 1.0))
    assert stack_of(both).layers.sites.shape == (10, 9)  # the longer axis
    assert layers_of(hs.Chain(np.ones(4))) == ()


@pytest.mark.parametrize("sides", [
    [Side(7, "free")], [Side(6, "fixed")], [Side(7, "periodic")], [Side(8, "periodic")], [Side(1, "fixed")],
    [Side(3, "free"), Side(4, "periodic"), Side(2, "fixed")], [Side(300, "free")],
])
def test_modes_across_are_those_of_the_springs(sides):
    shape = tuple(side.length for side in sides)
    periodic = [axis for axis, side in enumerate(sides) if side.ends == "periodic"]
    ends = [side.ends for side in sides if side.ends != "periodic"]
    lattice = hs.Lattice(shape, 1.0, 1.3, 0.0, periodic, ends or "free")
    values, vectors = modes_across(sides, 1.3)()
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(values.size), rtol=0, atol=2e-14)
    np.testing.assert_allclose(lattice.stiffness() @ vectors, vectors * values, rtol=0, atol=1e-13)
    assert np.all(np.diff(values) >= 0.0)


@pytest.mark.parametrize("n", [4, 5, 12, 13])
@pytest.mark.parametrize("extra", [False, True])
def test_half_chains_are_the_chain(n, extra):
    """A chain that is its mirror image, with a bath near each end and perhaps in the middle, against eigenvectors."""
    half = RNG.uniform(0.5, 1.5, n)
    chain = hs.Chain(half + half[::-1], np.ones(n - 1), 0.1)
    baths = [hs.Bath(1, 1.0, 0.7), hs.Bath(n - 2, 1.0, 0.7)] + ([hs.Bath(n // 2, 1.0)] if extra and n % 2 else [])
    system = OpenNetwork(chain, baths)
    mirror, whole = _across(system), ModalResponse(system)
    assert isinstance(mirror, MirrorResponse)
    for mine, its in zip(mirror.stationary_sums(), whole.stationary_sums(), strict=True):
        np.testing.assert_allclose(mine, its, rtol=0, atol=1e-12)
    assert mirror.expected_resonances() == mirror.resonance_frequencies().size == whole.expected_resonances()
    assert mirror.dark_modes()[0] == whole.dark_modes()[0]
    np.testing.assert_allclose(mirror.dark_modes()[1], whole.dark_modes()[1], rtol=0, atol=1e-12)
    moved = mirror.detuned(1e-4).stationary_sums()[0]
    assert 1e-7 < np.abs(moved - mirror.stationary_sums()[0]).max() < 1e-3


def test_questions_of_a_free_lattice_know_that_it_is_free():
    """G(0) is infinite of eigenvectors and of layers alike: covariances are those of differences."""
    lattice = hs.Lattice((10, 7), 1.0)
    layered = faces(lattice, 0)
    dense = OpenNetwork(hs.Springs(lattice.masses, lattice.stiffness()), layered.baths)
    mine, its = (hs.covariance(system, [0, 5, 33]) for system in (layered, dense))
    assert mine.free
    assert its.free
    np.testing.assert_allclose(mine.velocity, its.velocity, rtol=0, atol=1e-11)
    assert mine.difference(0, 33) == pytest.approx(its.difference(0, 33), rel=1e-10)
    np.testing.assert_allclose(hs.bond_heat_flux(layered), hs.bond_heat_flux(dense), rtol=0, atol=1e-11)


def test_sites_that_see_each_other_alike_are_summed_once():
    """In a square layer eight pairs in one; rows that only throw the same shadow stay what they are."""
    stack = stack_of(faces(hs.Lattice((3, 6, 6), 1.0), 0))
    i, j = np.triu_indices(36)
    rows = stack.overlaps(i, j)
    few, back = _alike(rows)
    assert len(few) < len(rows) / 4
    np.testing.assert_allclose(few[back], rows, rtol=0, atol=1e-14)
    direction = np.random.default_rng(0).standard_normal(2)
    others = np.array([[0.0, 0.0], [direction[1], -direction[0]]])
    np.testing.assert_array_equal(_alike(others)[0], others)


def test_what_lattices_take_is_told_before_they_start():
    """Seconds, measured on two cores, within a factor of three: ordered ones by their chains, others by all modes."""
    from hotsprings.cli.costs import estimate

    square, large = (faces(hs.Lattice((n, n), 1.0), 0) for n in (64, 200))
    assert 1.0 < estimate(square).seconds < 9.0
    assert 30.0 < estimate(large).seconds < 270.0
    assert estimate(square).memory < 0.5
    spread = faces(hs.Lattice((64, 64), RNG.uniform(0.8, 1.2, (64, 64))), 0)
    assert 300.0 < estimate(spread).seconds < 1800.0
    assert "4,096 sites take about 8 min on two cores" in str(estimate(spread))


@pytest.mark.parametrize("k0", [0.0, 0.1])
def test_a_mirrored_disordered_chain_is_answered(k0):
    """Modes at one end have twins at the other: eigenvectors of the whole lose them, the halves do not."""
    half = np.random.default_rng(3).uniform(0.8, 1.2, 151)
    masses = np.concatenate([half, half[-2::-1]])
    system = hs.OpenNetwork(hs.Chain(masses, 1.0, k0), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    assert isinstance(flux_response(system), MirrorResponse)
    omega = np.sort(np.concatenate([hs.spectrum.frequency_grid(system, 512)]))
    passed = hs.transmittance(system, omega)
    area = np.trapezoid(passed, omega) / (2.0 * np.pi)
    assert hs.conductance(system)[0, 1] == pytest.approx(area, rel=1e-3)  # 512 points a resonance: 1e-4
