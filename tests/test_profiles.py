"""Local temperatures of long even chains, site by site: against modes, closed forms, and by what must not pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.choice import response_of
from hotsprings.response.long_chains import SHORT
from hotsprings.response.modal import ModalResponse
from hotsprings.response.profiles import ProfileResponse, profile
from hotsprings.response.response import Poles, Response
from tests.oracles import chains

SUMS = 1e-11  # N ε of sums over 500 resonances and sites


def response(system):
    return ProfileResponse(system, chain_data(system))


def random_system(seed, n=300, sites=(0, -1)):
    rng = np.random.default_rng(seed)
    chain = hs.Chain(rng.uniform(0.7, 1.3, n), rng.uniform(0.7, 1.3, n - 1), rng.uniform(0.0, 0.2, n) * (seed % 2),
                     "fixed" if seed % 4 > 1 else "free")
    return hs.OpenNetwork(chain, [hs.Bath(s, 1.0 + i, rng.uniform(0.2, 3.0)) for i, s in enumerate(sites)])


@pytest.mark.parametrize("sites", [(0, -1), (40,), (0, 150, -1), (70, 71, 200, 299)])
@pytest.mark.parametrize("seed", range(4))
def test_random_chains(seed, sites):
    """Against all modes of the matrix: conductances, the bath weights of every site, dark modes and the bright part."""
    system = random_system(seed, sites=sites)
    found, other = response(system), ModalResponse(system, road="search")
    (c, h), (c_modes, h_modes) = found.stationary_sums(), other.stationary_sums()
    np.testing.assert_allclose(c, c_modes, rtol=1e-10)
    np.testing.assert_allclose(h, h_modes, rtol=0.0, atol=SUMS)
    assert found.dark_modes()[0] == other.dark_modes()[0]
    np.testing.assert_allclose(found.dark_modes()[1], other.dark_modes()[1], rtol=0.0, atol=SUMS)
    assert found.expected_resonances() == found.resonance_frequencies().size
    assert found.sure


@pytest.mark.parametrize("friction", [1.0, 5.0])
@pytest.mark.parametrize("n", [400, 401])
def test_ordered_chains(n, friction):
    """Rieder, Lebowitz and Lieb's profile; even and odd resonances coincide, so that detuned frictions are needed."""
    system = hs.OpenNetwork(hs.Chain(np.ones(n), 1.0, ends="fixed"),
                            [hs.Bath(0, 1.5, friction), hs.Bath(-1, 0.5, friction)])
    flux, profile = chains.rieder_lebowitz_lieb(n, 1.0, 1.0, friction, 1.5, 0.5)
    found = response(system)
    c, h = found.stationary_sums()
    assert c[0, 1] == pytest.approx(flux, rel=1e-11)
    np.testing.assert_allclose(h @ system.temperature, profile, rtol=0.0, atol=SUMS)


def test_only_zeros_that_coincide_are_detuned():
    """Matched baths: one even and one odd resonance coincide; their sums alone are a mean, and it is that of all."""
    system = hs.OpenNetwork(hs.Chain(np.ones(400), 1.0, ends="fixed"), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    found = response(system)
    assert found.solved.meeting.sum() == 2
    assert not found.closes(found.plain_sums())  # the control: without the mean the sum rules see it
    (c, h), (c_all, h_all) = found._mean(), Response._mean(found)
    np.testing.assert_allclose(c, c_all, rtol=1e-12)
    np.testing.assert_allclose(h, h_all, rtol=0.0, atol=SUMS)
    assert found.flux_doubt() < 1e-11  # finite: what coincides is not in the rounding of the others
    assert not response(random_system(1)).solved.meeting.any()


def test_poles_and_residues_are_those_of_the_chain():
    """The contract that motion in time and elements stand on: factors and mirrored elements of any site."""
    system = random_system(1, n=120)
    found, other = response(system), ModalResponse(system, road="search")
    sites = np.array([0, 17, 60, 119])
    np.testing.assert_allclose(np.sort(found.poles.omega.real), np.sort(other.poles.omega.real), rtol=1e-11)
    order, others = (np.lexsort((w.imag, np.where(np.abs(w.real) < 1e-12, 0.0, w.real)))  # those on the axis by decay
                     for w in (found.poles.omega, other.poles.omega))
    residues = np.einsum("ik,ak->iak", found.left(sites), found.right())[:, :, order]
    expected = np.einsum("ik,ak->iak", other.left(sites), other.right())[:, :, others]
    np.testing.assert_allclose(residues, expected, rtol=0.0, atol=1e-9 * np.abs(expected).max())


def test_the_choice_of_engine():
    rng = np.random.default_rng(0)
    ends = [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]
    system = hs.OpenNetwork(hs.Chain(rng.uniform(0.8, 1.2, SHORT)), ends)
    assert isinstance(response_of(system), ProfileResponse)
    state = hs.steady_state(system)
    assert state.certificate.holds
    assert state.local_temperature.max() < 1.5
    assert profile(hs.OpenNetwork(hs.Chain(np.ones(SHORT - 1)), ends)) is None
    assert profile(hs.OpenNetwork(hs.Chain(np.ones(SHORT)), [hs.Bath(i, 1.0) for i in range(9)])) is None
    uneven = hs.OpenNetwork(hs.Chain(np.ones(20), 10.0 ** rng.uniform(-3.0, 0.0, 19)), ends)
    assert type(response_of(uneven)) is ChainResponse


class TestControls:
    """What must not be trusted."""

    def test_a_zero_that_is_missing(self):
        found = response(random_system(1))
        assert found.sure
        other = response(found.system)
        keep = np.arange(found.guesses.omega.size) != 100
        other.guesses = Poles(found.guesses.omega[keep], found.guesses.share[keep])
        assert not other.sure

    def test_a_zero_that_is_found_twice(self):
        found = response(random_system(1))
        other = response(found.system)
        omega = found.guesses.omega.copy()
        omega[100] = omega[101]
        other.guesses = Poles(omega, found.guesses.share)
        assert not other.sure

    def test_a_mass_that_is_another(self):
        """Resonances of another chain are not polished into those of this one."""
        found = response(random_system(1))
        masses = found.data.m.copy()
        masses[50] *= 1.01
        other = ProfileResponse(found.system, replace(found.data, m=masses), found.flux)
        other.guesses = found.guesses
        assert not other.sure
