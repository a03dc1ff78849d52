"""Mean fields of few sites by their own road: what it finds is what the general road finds, and it knows its bounds."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.kernels import few_sites as kernels
from hotsprings.response import few_sites as road
from hotsprings.response import tolerances
from hotsprings.response.few_sites import few_sites
from hotsprings.response.mean_field import MeanFieldResponse

EPS = np.finfo(float).eps
BATHS = [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]
SYSTEMS = {
    "one bath, two sites": ([1.0, 2.0], 0.0, [hs.Bath(0, 1.5, 0.3)]),
    "ten": (hs.masses.random(10, seed=1), 0.0, BATHS),
    "ten, pinned": (hs.masses.random(10, seed=1), 0.5, BATHS),
    "pinned unevenly, one of them negative": (hs.masses.random(9, seed=2), np.linspace(-0.02, 0.3, 9), BATHS),
    "masses over six decades": (10.0 ** np.linspace(-3.0, 3.0, 12), 0.1, BATHS),
    "masses 1e-9 apart": (1.0 + 1e-9 * np.arange(12.0), 0.1, BATHS),
    "weak baths": (hs.masses.random(20, seed=3), 0.1, [hs.Bath(0, 1.5, 1e-9), hs.Bath(-1, 0.5, 2e-9)]),
    "overdamped": (hs.masses.random(20, seed=3), 0.1, [hs.Bath(0, 1.5, 1e4), hs.Bath(-1, 0.5, 2e4)]),
    "four baths": (hs.masses.random(25, seed=4), 0.0, [hs.Bath(i, 1.0 + i, 0.3 + i) for i in range(4)]),
    "a bath everywhere": (hs.masses.random(5, seed=5), 0.2, [hs.Bath(i, 1.0 + i, 0.3 + i) for i in range(5)]),
    "forty": (hs.masses.random(40, seed=6), 0.0, BATHS),
    "fifty": (hs.masses.random(50, seed=6), 0.0, BATHS),
    "a hundred": (hs.masses.random(100, seed=7), 0.5, BATHS),
    "a hundred, 1e-6 apart": (1.0 + 1e-6 * np.arange(100.0), 0.5, BATHS),
    "a hundred and one bath": (hs.masses.random(100, seed=8), 0.0, [hs.Bath(3, 1.0, 0.1)]),
}


def system(name):
    masses, pinning, baths = SYSTEMS[name]
    return hs.OpenNetwork(hs.MeanField(masses, k0=pinning), baths)


@pytest.fixture(params=list(SYSTEMS))
def both(request):
    """The response by its own road, and by the general one."""
    few, general = (MeanFieldResponse(system(request.param)) for _ in range(2))
    general.few = None
    assert few.few is not None
    return few, general


def test_conductances_and_weights_are_those_of_the_general_road(both):
    """To rounding of sums over n zeros in double precision; those in 32 digits end in the same doubles, or nearly."""
    few, general = both
    (here, mine), (there, its) = few.stationary_sums(), general.stationary_sums()
    rounding = 8 * EPS * (few.system.n_sites if few.system.n_sites > road.ALL_PRECISE else 1)
    np.testing.assert_allclose(here, there, rtol=rounding, atol=rounding * few.rate.max())
    np.testing.assert_allclose(mine, its, rtol=0, atol=rounding)
    assert few.dark_modes()[0] == general.dark_modes()[0] == 0
    assert few.expected_resonances() == general.expected_resonances() == len(few.resonance_frequencies())


def test_resonances_are_those_of_the_general_road(both):
    few, general = both
    here, there = few.resonance_frequencies(), np.sort_complex(general.resonance_frequencies())
    assert np.all(np.diff(here.real) >= 0.0)
    here = np.sort_complex(here)
    np.testing.assert_allclose(here.real, there.real, rtol=4 * EPS)
    np.testing.assert_allclose(here.imag, there.imag, rtol=600 * EPS)  # zeros that lose more are in 32 digits
    omega, share = few.poles
    assert omega.size + np.sum(share == 1.0) == here.size
    np.testing.assert_allclose(np.sort_complex(np.append(omega, -omega[share == 1.0].conj())), here, rtol=8 * EPS)


def test_the_rest_of_the_house_takes_its_zeros(both):
    few, general = both
    omega, last = np.linspace(0.05, 3.0, 7), few.system.n_baths - 1
    np.testing.assert_allclose(few.element(omega, 0, 1), general.element(omega, 0, 1), rtol=1e-12)
    for mine, its in zip(few.transmittance_residues(0, last), general.transmittance_residues(0, last), strict=True):
        order, other = np.argsort(mine.real), np.argsort(its.real)
        assert mine[order].sum() == pytest.approx(its[other].sum(), rel=1e-9, abs=1e-9 * np.abs(its).max())
    sites = np.arange(min(3, few.system.n_sites))
    residues = [np.einsum("nk,ak,nak->na", r.left(sites), r.right() * r.poles.share, r.mirrored(sites)).real
                for r in both]
    np.testing.assert_allclose(residues[0], residues[1], rtol=1e-9, atol=1e-9 * np.abs(residues[1]).max())


def test_zeros_in_no_gap_are_anchored():
    found, general = few_sites(system("weak baths")), MeanFieldResponse(system("weak baths"))
    general.few = None
    assert found is not None
    mine, its = found.zeros(), general.zeros
    assert sorted([*mine.anchors, *mine.precise_anchors]) == sorted([*its.anchors, *its.precise_anchors])
    assert mine.precise_anchors.size


@pytest.mark.parametrize("masses", [np.ones(10), [1.0, 1.0, 2.0, 3.0], [2.0, 3.0, 1.0, 1.0]])
def test_equal_sites_are_left_to_the_general_road(masses):
    asked = hs.OpenNetwork(hs.MeanField(masses, k0=0.1), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    assert few_sites(asked) is None
    with pytest.warns(hs.DarkModeWarning) if len(set(masses)) == 1 else pytest.MonkeyPatch.context():
        assert hs.steady_state(asked).certificate.error < 1e-13


def test_zeros_that_coincide_are_left_to_the_general_road():
    """Two masses, each with a bath that damps it critically."""
    asked = hs.OpenNetwork(hs.MeanField([1.0, 1.0 + 1e-15], k0=1.0, kac=False),
                           [hs.Bath(0, 1.5, 2.0), hs.Bath(1, 0.5, 2.0)])
    assert few_sites(asked) is None
    assert hs.steady_state(asked).certificate.error < 1e-9


def test_what_is_too_extreme_is_refused_all_the_same():
    asked = hs.OpenNetwork(hs.MeanField([1.0, 2.0, 3.0]), [hs.Bath(0, 1.5, 1e-30), hs.Bath(1, 0.5)])
    assert few_sites(asked) is None
    with pytest.raises(hs.ArgumentError, match="friction"):
        hs.steady_state(asked)


@pytest.mark.parametrize("name", ["ten", "a hundred"])
def test_a_second_solve_has_the_same_bits(name):
    one, other = hs.steady_state(system(name)), hs.steady_state(system(name))
    np.testing.assert_array_equal(one.bath_weight, other.bath_weight)
    np.testing.assert_array_equal(one.resonances.frequency, other.resonances.frequency)


@pytest.mark.parametrize("harm", ["drop", "twice", "shift", "slope"])
@pytest.mark.parametrize("name", ["ten", "a hundred"])
def test_damaged_zeros_are_noticed(monkeypatch, name, harm):
    """A zero dropped, counted twice, moved by 1e-6 of itself, or with a wrong slope: the general road decides."""
    zeros, few = kernels.zeros, name == "ten"

    def damaged(*arguments):
        found = list(zeros(*arguments))
        columns = (7, 8, 9, 10) if few else (11, 12, 13)
        if harm == "drop":
            found[5 if few else 6] -= 1
            for i in columns:
                found[i] = found[i][1:].copy()
        elif harm == "twice":
            for i in columns:
                found[i][2] = found[i][3]
        elif harm == "shift":
            found[9 if few else 12][2] *= 1.0 + 1e-6
        elif few:
            found[2][2, 4] *= 1.0 + 1e-6  # the weight of a pole: every slope with it
        else:
            found[13][2] *= 1.0 + 1e-6
        return tuple(found)

    assert few_sites(system(name)) is not None
    monkeypatch.setattr(kernels, "zeros", damaged)
    assert few_sites(system(name)) is None


@pytest.mark.parametrize(("factor", "known"), [(0.99, True), (1.01, False)])
def test_sum_rules_in_32_digits_hold_to_some_roundings(monkeypatch, factor, known):
    sums = kernels.sums

    def missing(*arguments):
        return *sums(*arguments)[:3], factor * tolerances.COINCIDING, 1.0

    monkeypatch.setattr(kernels, "sums", missing)
    assert (few_sites(system("ten")) is not None) == known


def test_many_sites_are_not_few():
    masses = hs.masses.random(road.FEW + 1, seed=1)
    assert few_sites(hs.OpenNetwork(hs.MeanField(masses[:-1]), BATHS)) is not None
    assert few_sites(hs.OpenNetwork(hs.MeanField(masses), BATHS)) is None


def test_hardly_any_is_left_to_the_general_road():
    """Steps that leave a gap are cut short; a zero that leaves its own, beside a bath's, is for the general road."""
    left = [seed for seed in range(200) if few_sites(hs.OpenNetwork(
        hs.MeanField(hs.masses.random(100, 1.0, 0.1, seed), k=0.1, k0=0.5), BATHS)) is None]
    assert len(left) <= 4


@pytest.mark.parametrize("friction", np.geomspace(0.4, 12.0, 18))
def test_pairs_of_zeros_part_where_they_come_to_the_axis(friction):
    """From ringing to overdamped, the crossing between: mirrors that were moved together are told apart again."""
    asked = hs.OpenNetwork(hs.MeanField([1.0, 1.4, 0.8, 1.1, 1.7], k0=0.2),
                           [hs.Bath(0, 1.5, friction), hs.Bath(2, 0.5, 0.7 * friction)])
    few, general = MeanFieldResponse(asked), MeanFieldResponse(asked)
    general.few = None
    assert few.few is not None
    np.testing.assert_allclose(np.sort_complex(few.resonance_frequencies()),
                               np.sort_complex(general.resonance_frequencies()), rtol=1e-13)


@pytest.mark.parametrize("friction", [1.0, 1e9, 1e13, 1e15])
def test_what_32_digits_leave_of_a_conductance_is_told_as_on_the_general_road(friction):
    asked = hs.OpenNetwork(hs.MeanField([1.0, 1.4, 0.8, 1.1], k0=0.2),
                           [hs.Bath(0, 1.5, friction), hs.Bath(2, 0.5, 0.7 * friction)])
    few, general = MeanFieldResponse(asked), MeanFieldResponse(asked)
    general.few = None
    assert few.flux_doubt() == pytest.approx(general.flux_doubt(), rel=1e-6, abs=1e-16)
    np.testing.assert_allclose(few.stationary_sums()[0], general.stationary_sums()[0], rtol=1e-9)


@pytest.mark.parametrize("seed", [9, 14, 48, 58])
def test_zeros_that_crowd_closer_than_their_last_step_are_found(seed):
    """Slow poles of six equal strong baths lie within 1e-14 of each other: every pair exchanges the same heat."""
    masses = np.random.default_rng(seed).uniform(0.05, 0.15, 33)
    asked = hs.OpenNetwork(hs.MeanField(masses, k0=1e-5), [hs.Bath(site, 1.0, 1e6) for site in range(6)])
    between = hs.conductance(asked)[~np.eye(6, dtype=bool)]
    np.testing.assert_allclose(between, between[0], rtol=1e-11)
