"""Chains whose springs span many powers of ten: against 160-digit references, and many of them by their identities."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hotsprings as hs
from hotsprings.kernels.twins import sturm_counts
from hotsprings.response.chain_data import ChainData, chain_data, starts
from hotsprings.response.chains import ChainResponse
from hotsprings.response.modal import ModalResponse
from tests.oracles import chains, dense

CASES = json.loads((Path(__file__).parent / "oracles" / "chain_references.json").read_text())


def ends(network, friction=(1.0, 1.0)):
    return hs.OpenNetwork(network, [hs.Bath(0, 1.5, friction[0]), hs.Bath(-1, 0.5, friction[1])])


def by_springs(system):
    return ChainResponse(system, chain_data(system))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_against_references(case):
    """Each C_ab to a relative 1e-12, down to 1e-21, and temperatures to 1e-12."""
    given_ = {key: value for key, value in case["chain"].items() if key != "kind"}
    baths = [hs.Bath(site, 1.0 + site, friction) for site, friction in case["baths"]]
    state = hs.steady_state(hs.OpenNetwork(hs.Chain(**given_), baths))
    exact = np.array(case["conductance"], dtype=object).astype(float)
    off = ~np.eye(len(exact), dtype=bool)
    np.testing.assert_allclose(state.conductance[off], exact[off], rtol=1e-12)
    np.testing.assert_allclose(state.bath_weight, np.array(case["bath_weight"], dtype=object).astype(float), rtol=0,
                               atol=1e-12)


@given(n=st.integers(2, 60), exponent=st.floats(0.1, 2.0), seed=st.integers(0, 10**6), held=st.sampled_from(
    ["free", "fixed", "pinned"]), friction=st.tuples(st.floats(-2, 2), st.floats(-2, 2)))
def test_heavy_tails_never_fail(n, exponent, seed, held, friction):
    k0 = np.random.default_rng(seed).random(n) ** (1.0 / exponent) if held == "pinned" else 0.0
    chain = hs.random_chain(np.ones(n), "power", exponent=exponent, seed=seed, k0=k0,
                            ends="fixed" if held == "fixed" else "free")
    state = hs.steady_state(ends(chain, 10.0 ** np.array(friction)))
    assert state.certificate.error < 1e-9
    assert np.all(state.conductance >= 0.0)


@pytest.mark.parametrize("friction", [0.01, 1.0, 100.0])
def test_long_heavy_tails(friction):
    for seed in range(3):
        chain = hs.random_chain(np.ones(300), "power", exponent=0.3, seed=seed)
        assert hs.conductance(ends(chain, (friction, friction)))[0, 1] > 0.0


@pytest.mark.parametrize("springs", [1e-8, 1e-30, 1e-100])
def test_a_spring_between_two_damped_particles(springs):
    """C of two particles (physics of two sites, closed form), however weak the spring."""
    g, m = (0.7, 30.0), (1.3, 0.4)
    state = hs.steady_state(ends(hs.Chain(m, k=[springs]), g))
    s = g[0] * m[1] + g[1] * m[0]
    # N = 2 with K1 = K2 = k: γ₁γ₂k²s/{γ₁γ₂[k²(m₂-m₁)² + s k(γ₁+γ₂)] + k²s²}, divided through by k
    exact = g[0] * g[1] * springs * s / (g[0] * g[1] * (springs * (m[1] - m[0]) ** 2 + s * sum(g)) + springs * s**2)
    assert state.conductance[0, 1] == pytest.approx(exact, rel=1e-13)


def test_both_engines_agree_on_ordinary_chains():
    for held in ("free", "fixed"):
        chain = hs.Chain(hs.masses.random(30, 1.0, 0.4, seed=3), k=np.linspace(0.5, 1.5, 29), ends=held)
        system = hs.OpenNetwork(chain, [hs.Bath(0, 1.0, 0.4), hs.Bath(17, 2.0, 0.9), hs.Bath(-1, 0.5, 0.2)])
        one, two = by_springs(system), ModalResponse(system, road="search")
        for a, b in zip(one.stationary_sums(), two.stationary_sums(), strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-13)
        omega = np.array([0.0, 1e-3, 0.3, 1.1, 7.0, -0.4])
        for i, j in ((0, 17), (17, 3), (5, 5), (29, 0)):
            flow = two.element(omega, i, j, times_omega=True)
            np.testing.assert_allclose(one.element(omega, i, j, times_omega=True), flow, atol=1e-12)
        residues = one.transmittance_residues(0, 1)[1]
        assert (0.5j * residues.sum()).real == pytest.approx(one.stationary_sums()[0][0, 1], rel=1e-12)
        exact = dense.green_matrix(system, 0.7)
        assert one.element(np.array([0.7]), 3, 22)[0] == pytest.approx(exact[3, 22], rel=1e-10)


@pytest.mark.parametrize("n", [2, 3, 10, 40])
def test_closed_form_by_springs(n):
    system = ends(hs.Chain(np.ones(n), ends="fixed"))
    conductance, weight = by_springs(system).stationary_sums()
    flux, profile = chains.rieder_lebowitz_lieb(n, 1.0, 1.0, 1.0, 1.5, 0.5)
    assert conductance[0, 1] == pytest.approx(flux, rel=1e-12)
    np.testing.assert_allclose(weight @ [1.5, 0.5], profile, atol=1e-11)


def test_frequencies_of_a_chain_are_right_to_relative_accuracy():
    """Two soft links between three stiff pairs: twins without friction are the frequencies, soft ones to all digits."""
    weak = 1e-24
    chain = hs.Chain(np.ones(6), k=[1.0, weak, 1.0, weak, 1.0])
    system = ends(chain, (1e-30, 1e-30))
    found = np.sort(starts(chain_data(system), np.array([0, 5])).omega.real)
    low = found[found > 1e-20][:2]
    np.testing.assert_allclose(low**2, [weak / 2, 3 * weak / 2], rtol=1e-13)  # three masses of 2


def test_modes_that_feel_no_bath_are_named():
    chain = hs.random_chain(np.ones(200), "power", exponent=0.1, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.DarkModeWarning)
        state = hs.steady_state(ends(chain), dark_temperature=1.0)
    assert state.n_dark_modes > 50
    assert len(state.resonances) == 2 * (200 - state.n_dark_modes) - 1
    np.testing.assert_allclose(state.bath_weight.sum(axis=1), state.bright_weight, atol=1e-9)
    assert np.all((state.local_temperature > 0.5 - 1e-9) & (state.local_temperature < 1.5 + 1e-9))


def test_equal_pinning_beside_weak_springs_is_beyond_double_precision():
    """λ = 1 + 1e-17: doubles do not tell which sites move together, 32 digits do (exact fractions of polynomials)."""
    system = ends(hs.Chain(np.ones(6), k=[1e-8, 1e-8, 1e-17, 1e-8, 1e-8], k0=1.0))
    assert by_springs(system).conditioning() > 1e-3
    state = hs.steady_state(system)
    assert state.conductance[0, 1] == pytest.approx(9.391645630110577e-19, rel=1e-9, abs=0.0)
    assert state.bath_weight[[2, 4], 0] == pytest.approx([0.9765909727621566, 0.009391645677769676], rel=1e-9)


def test_without_baths_only_one_frequency_is_zero():
    from hotsprings.response.closed import squared_frequencies

    weak = 1e-24
    values = squared_frequencies(hs.Chain(np.ones(6), k=[1.0, weak, 1.0, weak, 1.0]))
    np.testing.assert_allclose(values, [0.0, weak / 2, 1.5 * weak, 2.0, 2.0, 2.0], rtol=1e-13)


def test_matrices_and_negative_pinning_take_the_same_road_where_they_can():
    k = np.array([1.0, 1e-3, 2.0])
    chain = hs.Chain(np.ones(4), k)
    same = hs.steady_state(ends(hs.Springs(np.ones(4), chain.stiffness())))
    np.testing.assert_allclose(same.conductance, hs.steady_state(ends(chain)).conductance, rtol=1e-11)
    assert chain_data(ends(hs.Chain(np.ones(4), k, k0=[-1e-5, 0.1, 0.1, 0.1]))) is None
    assert chain_data(ends(hs.MeanField(np.ones(4)))) is None


@pytest.mark.parametrize("mu", [0.3, 1.0])
def test_shared_brackets_lead_to_the_same_zeros_as_brackets_of_their_own(mu, monkeypatch):
    rng, n = np.random.default_rng(8), 150
    halves = rng.random(n // 2 - 1) ** (1.0 / mu)
    friction = np.zeros(n)
    friction[[0, -1]] = 0.7
    twice = np.concatenate([halves, [1e-40], halves[::-1]])  # in pairs that no double tells apart
    data = ChainData(twice, np.full(n, 1e-3), np.ones(n), friction)
    shared = starts(data, np.array([0, n - 1]))
    monkeypatch.setattr("hotsprings.response.chain_data.SHORT", n)
    alone = starts(data, np.array([0, n - 1]))
    assert np.array_equal(shared.omega, alone.omega)
    assert np.array_equal(shared.dark, alone.dark)


def test_counts_side_by_side_are_those_of_the_eigenvalues():
    rng, n = np.random.default_rng(9), 40
    k, p, m = rng.random(n - 1), 0.1 * rng.random(n), 0.5 + rng.random(n)
    matrix = np.diag(np.append(0.0, k) + np.append(k, 0.0) + p) - np.diag(k, 1) - np.diag(k, -1)
    w = np.sqrt(np.linalg.eigvalsh(matrix / np.sqrt(np.outer(m, m))))
    asked = np.concatenate([w * (1.0 - 1e-9), w * (1.0 + 1e-9)])
    counts = np.empty(asked.size, dtype=np.int64)
    sturm_counts(k, p, m, np.zeros(n), asked, counts)
    assert np.array_equal(counts, np.concatenate([np.arange(n), np.arange(1, n + 1)]))


@pytest.mark.parametrize(("n", "weak"), [(3, 1e-13), (5, 1e-12), (6, 1e-12), (5, 1e-15)])
def test_modes_that_are_close_and_hardly_feel_a_bath_are_not_dark(n, weak):
    """Rounding turns those of the pinned sites by 1e-15 into each other, but not into the one that the bath is on."""
    chain = hs.Chain(np.ones(n), np.full(n - 1, weak), np.r_[0.0, np.full(n - 1, 100.0)])
    state = hs.steady_state(hs.OpenNetwork(chain, [hs.Bath(0, 1.0, 1.0)]))
    assert state.n_dark_modes == 0
    np.testing.assert_allclose(state.local_temperature, 1.0, rtol=1e-9)
    own = np.linalg.eigh(np.diag(np.r_[np.full(n - 2, 2.0), 1.0]) - np.eye(n - 1, k=1) - np.eye(n - 1, k=-1))[1][0]
    rates = np.sort((weak * own) ** 2 / (2.0 * (100.0**2 + 100.0)))  # what site 0 is given by each of them
    np.testing.assert_allclose(np.unique(state.resonances.decay_rate)[: n - 1], rates, rtol=1e-9)
