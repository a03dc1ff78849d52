"""Each tolerance of ``response/tolerances`` just inside and just outside its edge (those of certificates: there)."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import hotsprings as hs
from hotsprings import bonds
from hotsprings.response import choice, resolved, tolerances
from hotsprings.response.chains import ChainResponse
from hotsprings.response.choice import response_of
from hotsprings.response.damped import Motion
from hotsprings.response.modal import ModalResponse
from hotsprings.response.modes import moved_freely, split_modes
from hotsprings.response.precise_modal import PreciseResponse
from hotsprings.response.response import Response, displacement
from hotsprings.response.search import Search

BATHS = [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]


def power_law(n, **keys):
    return hs.OpenNetwork(hs.PowerLaw(np.linspace(0.7, 1.9, n), 1.2, k0=0.2, **keys), BATHS)


class Pretender(ModalResponse):
    """A modal response whose doubts are what one says."""

    says = (0.0, 0.0, 0.0)

    @property
    def doubts(self):
        return self.says


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize(("n", "limit"), [(12, 0.1 * tolerances.DOUBTED), (30, tolerances.DOUBTED)])
def test_sixteen_digits_are_enough_up_to_their_doubt(n, limit, part):
    found = Pretender(power_law(n))
    for factor, sure in ((0.99, True), (1.01, False)):
        found.says = tuple(factor * limit if k == part else 0.0 for k in range(3))
        assert found.sure == sure


@pytest.mark.parametrize(("factor", "sure"), [(0.99, True), (1.01, False)])
def test_decay_rates_may_be_doubted_a_digit_more(factor, sure):
    found = Pretender(power_law(12))
    found.says = (0.0, 0.0, factor * tolerances.DOUBTED_RATES)
    assert found.sure == sure


@pytest.mark.parametrize(("factor", "sure"), [(0.99, True), (1.01, False)])
def test_unequal_sites_are_doubted_earlier(factor, sure):
    masses = np.ones(12)
    masses[5] = 1e-4
    found = Pretender(hs.OpenNetwork(hs.PowerLaw(masses, 1.2, k0=0.2), BATHS))
    found.says = (factor * tolerances.DOUBTED_UNEVEN, 0.0, 0.0)
    assert found.sure == sure


@pytest.mark.parametrize(("doubt", "kind"), [(0.0, ModalResponse), (1.0, PreciseResponse)])
def test_a_small_network_that_is_doubted_is_solved_in_32_digits(monkeypatch, doubt, kind):
    monkeypatch.setattr("hotsprings.response.choice.few_modes", lambda system: None)
    monkeypatch.setattr(ModalResponse, "doubts", property(lambda self: (doubt, 0.0, 0.0)))
    assert type(response_of(power_law(10))) is kind


@pytest.mark.parametrize(("n", "kind"), [(choice.SMALL, PreciseResponse), (choice.SMALL + 1, ModalResponse)])
def test_up_to_how_many_sites(monkeypatch, n, kind):
    monkeypatch.setattr("hotsprings.response.choice.few_modes", lambda system: None)
    monkeypatch.setattr(ModalResponse, "sure", property(lambda self: False))
    assert type(response_of(power_law(n))) is kind


@pytest.mark.parametrize(("factor", "closes"), [(0.99, True), (1.01, False)])
def test_sums_close_to_a_hundredth_of_the_tolerance(factor, closes):
    response = response_of(power_law(8))
    conductance, weight = response.stationary_sums()
    weight[3, 0] += factor * tolerances.CLOSED - (weight[3].sum() - response.dark_modes()[1][3])
    assert response.closes((conductance, weight)) == closes
    assert pytest.approx(1e-2 * tolerances.TOLERANCE) == tolerances.CLOSED


@pytest.mark.parametrize(("factor", "share"), [(0.99, [0.5, 0.5]), (1.01, [1.0])])
def test_near_the_axis_each_of_a_pair_counts_half(factor, share):
    rate = np.array([-1.0 + 1j * factor * tolerances.NEAR_AXIS, -1.0 - 1j * factor * tolerances.NEAR_AXIS])
    empty = np.empty((0, 2), complex)
    np.testing.assert_array_equal(Motion(rate, empty, empty, empty).poles.share, share)


def uncoupled(coupling):
    """Return the problem of two modes at two sites, the second of which feels the bath by a part of the first."""
    lam, top = np.array([1.0, 2.0]), np.array([np.sqrt(1.0 - coupling**2), coupling])
    system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 0.5, 1.0), [hs.Bath(0, 1.0)])
    return split_modes(lam, np.array([top, [-top[1], top[0]]]), system)


@pytest.mark.parametrize(("factor", "n_dark"), [(1.01, 0), (0.99, 1)])
def test_a_coupling_below_the_root_of_eps_is_dark(factor, n_dark):
    found = uncoupled(factor * tolerances.DARK)
    assert found.dark_stiffness.size == n_dark
    assert found.unresolved == pytest.approx(factor * tolerances.DARK if n_dark else 0.0)
    assert found.uncertain == bool(n_dark)  # not by rounding: 32 digits are asked
    assert np.finfo(float).eps > tolerances.DARK**2  # a decay rate below rounding of the bath's


@pytest.mark.parametrize(("factor", "n_dark"), [(1.01, 0), (0.99, 1)])
def test_in_chains_what_vanishes_when_squared_is_dark(factor, n_dark):
    lam, top = np.array([1.0, 2.0]), np.array([1.0, factor * tolerances.VANISHING])
    system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 0.5, 1.0), [hs.Bath(0, 1.0)])
    found = split_modes(lam, np.array([top, [-top[1], top[0]]]), system, exact_tails=True)
    assert found.dark_stiffness.size == n_dark


@pytest.mark.parametrize(("link", "n_dark"), [(3e-24, 0), (0.3e-24, 1)])
def test_in_32_digits_couplings_are_known_down_to_1e_24(link, n_dark):
    """Two sites joined by a weak spring w: the mode of the far one is felt through w/(k2 - k1)."""
    network = hs.from_graph([[0.0, link], [link, 0.0]], 1.0, k0=[1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = PreciseResponse(hs.OpenNetwork(network, [hs.Bath(0, 1.0)]))
    assert found.dark_modes()[0] == n_dark
    assert 0.3e-24 < tolerances.PRECISE_DARK < 3e-24


def test_the_rounding_of_32_digits_is_above_that_of_one_operation():
    assert 2.0**-106 < tolerances.PRECISE_UNIT <= 64 * 2.0**-106


@pytest.mark.parametrize(("doubt", "integrals"), [(0.99, 0), (1.01, 1)])
def test_a_doubted_conductance_is_an_integral(monkeypatch, doubt, integrals):
    asked = []

    def counted(response, a, b, most):
        asked.append((a, b))
        return resolved.resolved_conductance(response, a, b, most)

    monkeypatch.setattr("hotsprings.response.response.resolved_conductance", counted)
    found = PreciseResponse(power_law(6))
    exact = found._stationary[0][0, 1]
    change = np.array([[0.0, doubt], [doubt, 0.0]]) * tolerances.DOUBTED_FLUX
    found.__dict__["_moves"] = (0.0, change, 0.0)
    assert found.stationary_sums()[0][0, 1] == pytest.approx(exact, rel=1e-12)
    assert len(asked) == integrals
    assert found.flux_doubt() < (1e-12 if integrals else 1e-10)


@pytest.mark.parametrize(("conductance", "doubt", "integrals"), [(0.99, 1.01, 1), (0.99, 0.99, 0), (1.01, 1.01, 0)])
def test_a_faint_conductance_is_an_integral_sooner(monkeypatch, conductance, doubt, integrals):
    asked = []
    monkeypatch.setattr("hotsprings.response.response.resolved_conductance",
                        lambda response, a, b, most: asked.append((a, b)) or (1.0, np.inf))
    found = PreciseResponse(power_law(6))
    faint = conductance * tolerances.FAINT_FLUX * found.rate.max() * (np.ones((2, 2)) - np.eye(2))
    found.__dict__["_stationary"] = (faint, found._stationary[1])
    found.__dict__["_moves"] = (0.0, doubt * tolerances.SOONER * tolerances.DOUBTED_FLUX * (1.0 - np.eye(2)), 0.0)
    monkeypatch.setattr(type(found), "_of_fluxes", lambda self, part: np.zeros((2, 2)))
    found.flux_doubt()
    assert len(asked) == integrals


def test_integrals_beyond_their_work_are_left(monkeypatch):
    found = PreciseResponse(power_law(6))
    found.element_work = 1e9
    found.__dict__["_moves"] = (0.0, np.array([[0.0, 1e-3], [1e-3, 0.0]]), 0.0)
    assert found.flux_doubt() == 1e-3


class Walk(Search):
    """A zero that moves by what it is told, sweep by sweep."""

    def __init__(self, moves):
        super().__init__(np.ones(1, complex))
        self.moves, self.sweeps = moves, 0

    def sweep(self, todo):
        self.last[todo] = self.moves[min(self.sweeps, len(self.moves) - 1)]
        self.sweeps += 1


def test_a_zero_rests_when_it_moves_by_some_roundings():
    inside, outside = Walk([0.99 * tolerances.SETTLED]), Walk([1.01 * tolerances.SETTLED])
    for walk in (inside, outside):
        walk.settle(np.arange(1))
    assert inside.sweeps == 1
    assert outside.sweeps > 1


def test_zeros_that_circle_within_rounding_are_left():
    inside, outside = Walk([0.99 * tolerances.RESTING]), Walk([1.01 * tolerances.RESTING])
    for walk in (inside, outside):
        walk.settle(np.arange(1), 40)
    assert inside.sweeps < 10
    assert outside.sweeps == 40


@pytest.mark.parametrize(("factor", "good"), [(0.99, True), (1.01, False)])
def test_what_does_not_rest_is_refused(factor, good):
    walk = Walk([factor * tolerances.GOOD_ENOUGH])
    if good:
        assert walk.found().size == 1
    else:
        with pytest.raises(hs.CertificateError, match="1 of 1 resonances did not converge"):
            walk.found()


@pytest.mark.parametrize(("factor", "accepted"), [(0.99, True), (1.01, False)])
def test_what_damps_too_fast_is_refused(factor, accepted):
    """Just inside, C of equal sites is right as far as it is told, and no decay rate is negative; κ/m = 7."""
    network = hs.MeanField([1.0, 1.0, 1.0], 2.0, 1.0, n_tilde=1.0)
    friction = factor * tolerances.FASTEST * np.sqrt(7.0)
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, friction), hs.Bath(1, 0.5, friction)])
    if accepted:
        state = hs.steady_state(system)
        right = hs.theory.heat_flux_identical(3, 2.0, 1.0, friction=friction, n_tilde=1.0)
        assert abs(state.conductance[0, 1] / right - 1.0) <= state.certificate.flux_doubt
        assert 1e-6 < state.certificate.flux_doubt < 1.0
        assert np.all(state.resonances.decay_rate > 0.0)
    else:
        with pytest.raises(hs.ArgumentError, match="times the highest frequency"):
            hs.conductance(system)


def test_poles_are_put_on_the_axis_within_rounding_of_a_critical_root():
    """A chain of two critically damped sites: the pair is on the axis, or apart by the root of rounding."""
    system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 1.0), [hs.Bath(0, 1.5, 2.0), hs.Bath(1, 0.5, 2.0)])
    frequency = hs.resonances(system).frequency
    on = np.abs(frequency.real) <= tolerances.ON_AXIS * np.abs(frequency)
    assert np.all(frequency.real[on] == 0.0)
    assert np.all(np.abs(frequency[~on].real) > 1e-3)


@pytest.mark.parametrize(("part", "accepted"), [(0.5, True), (2.0, False)])
def test_fluxes_are_not_asked_to_be_better_than_a_faint_part_of_what_baths_give(part, accepted):
    """In equilibrium nothing flows, and a current through the one spring is what Kirchhoff's law is missed by."""
    system = hs.OpenNetwork(hs.Chain([1.0, 2.0], 1.0, 0.3), [hs.Bath(0, 0.7, 3.0), hs.Bath(1, 0.7, 1.0)])
    flux = np.array([part * tolerances.FAINT * 3.0 * 0.7])
    if accepted:
        assert bonds._certified(system, np.array([[0, 1]]), flux, np.zeros(1))[0].heat_flux == flux
    else:
        with pytest.raises(hs.CertificateError, match="Kirchhoff"):
            bonds._certified(system, np.array([[0, 1]]), flux, np.zeros(1))


@pytest.mark.parametrize(("part", "moving"), [(0.5, False), (2.0, True)])
def test_free_motions_that_two_sites_hardly_share(part, moving):
    """Two parts that are free, each site in one of them but for a rounding."""
    first, second = np.array([1.0, 0.0, 0.3]), np.array([part * tolerances.SHARED, 1.0, 0.2])
    assert moved_freely(first, second, np.array([True, True, False])) is moving


def test_every_tolerance_is_tried():
    """One more tolerance needs one more test: this list and the module say the same."""
    here = Path(__file__).read_text(encoding="utf-8")
    # numbers of IEEE 754; tests/test_certificate.py; tests/test_few_sites.py
    elsewhere = {"EPS", "TINY", "CONDITIONING", "COINCIDING"}
    names = {name for name in vars(tolerances) if name.isupper()} - elsewhere
    assert not {name for name in names if f"tolerances.{name}" not in here}


def test_engines_share_one_base():
    assert all(issubclass(kind, Response) for kind in (ChainResponse, ModalResponse, PreciseResponse))


@pytest.mark.parametrize("spread", [1.0, 1e-9])
def test_resonances_are_compared_with_the_nearest_of_all(spread):
    """Also where many share their real part, so that none of those beside it in order is the nearest."""
    rng = np.random.default_rng(0)
    here = spread * rng.standard_normal(200) + 1j * rng.uniform(0.1, 1.0, 200)
    there = here[rng.permutation(200)] * (1.0 + 1e-12)
    near = there[np.abs(here[:, None] - there).argmin(axis=1)]
    expected = np.max([np.abs(near - here) / np.abs(here), np.abs(near.imag - here.imag) / here.imag])
    assert displacement(here, there) == expected
    there[0] += 0.5
    assert displacement(here, there) > 1e-3  # negative control: one that moved is seen
    assert displacement(here, there[1:]) == np.inf
    assert displacement(here[:0], there[:0]) == 0.0


def test_what_eps_of_stiffness_does_to_the_narrowest_resonances_is_their_doubt():
    """The mean square of decay rates moved by random changes of all λ_ij, a million roundings large."""
    net = hs.Lattice((9, 8), hs.masses.random(72, spread=0.9, seed=3), k0=0.5)
    baths = [hs.Bath(0, 1.5, 0.1), hs.Bath(-1, 0.5, 0.1)]
    found = ModalResponse(hs.OpenNetwork(net, baths), True, "search")
    narrow = np.argmin(found.poles.omega.imag / np.abs(found.poles.omega))
    rate, rng, moved = found.poles.omega[narrow], np.random.default_rng(0), []
    root, size = np.sqrt(net.masses), 1e6 * tolerances.EPS * found.problem.stiffness.max()
    for _ in range(12):
        noise = size * rng.standard_normal((72, 72))
        noise = (noise + noise.T) / np.sqrt(2.0) * np.outer(root, root)
        other = ModalResponse(hs.OpenNetwork(hs.Springs(net.masses, net.stiffness() + noise), baths), True, "search")
        there = other.poles.omega[np.abs(other.poles.omega - rate).argmin()]
        moved.append((there.imag - rate.imag) / rate.imag)
    assert 0.4 < np.sqrt(np.mean(np.square(moved))) / (1e6 * found._mixed_into_rates()) < 2.0  # 12 draws: 20 %


def test_states_say_what_their_resonances_are_known_to():
    system = power_law(70)
    said = hs.resonances(system).doubt
    assert hs.steady_state(hs.OpenNetwork(system.network, system.baths)).resonances.doubt == said > 0.0
