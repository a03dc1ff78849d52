"""Self-consistent baths: closed forms at every N, 20-digit references, quantum against mpmath values, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.probes import _classical, _classical_doubt, flux_of


def close(value, exact, rel=1e-12):
    assert float(value) == pytest.approx(exact, rel=rel, abs=0.0)


def probed(network, hot=1.5, cold=0.5, friction=1.0, **options):
    n = network.n_sites
    gamma = np.broadcast_to(friction, n)
    baths = [hs.Bath(i, {0: hot, n - 1: cold}.get(i, 0.0), float(gamma[i])) for i in range(n)]
    return hs.self_consistent(hs.OpenNetwork(network, baths), range(1, n - 1), **options)


def test_chain_references():
    s = probed(hs.Chain(np.ones(6), k0=1.0))
    close(flux_of(s)[0], 0.03693571833873355235870)
    close(s.temperature[1], 1.2905768314766655334)
    close(s.temperature[2], 1.0968540167101610292)
    close(flux_of(probed(hs.Chain(np.ones(6), ends="fixed")))[0], 0.05812082696484594964202)
    assert np.abs(flux_of(s)[1:-1]).max() < 1e-16


@pytest.mark.parametrize("n", [3, 4, 9, 17])
def test_closed_forms_at_every_size(n):
    gamma, k, k0, factor = 0.7, 1.3, 0.4, 2.0
    s = probed(hs.Chain(np.ones(n), k), friction=gamma)
    close(flux_of(s)[0], k * gamma / (2.0 * (k + (n - 1) * gamma**2)))
    kappa = k / (2.0 * gamma)  # steps J/κ in the bulk, (J/κ)(1 + mk/2γ²) at both ends
    steps = -np.diff(s.temperature) / (flux_of(s)[0] / kappa)
    np.testing.assert_allclose(steps[1:-1], 1.0, rtol=1e-11)
    np.testing.assert_allclose(steps[[0, -1]], 1.0 + k / (2.0 * gamma**2) if n > 2 else steps, rtol=1e-11)
    s = probed(hs.MeanField(np.ones(n), k, k0, n_tilde=factor), friction=gamma)
    alpha = n * k / factor
    close(flux_of(s)[0], gamma / n * alpha**2 / (alpha**2 + 2.0 * gamma**2 * (2.0 * k0 + alpha)))
    np.testing.assert_allclose(s.temperature[1:-1], 1.0, rtol=1e-12)


def test_infinite_chain():
    """Bonetto, Lebowitz, Lukkarinen: at N = 40 the middle is infinitely far from the ends, to 2e-14."""
    s = probed(hs.Chain(np.ones(40), k0=1.0, ends="fixed"))
    close(flux_of(s)[0] / (s.temperature[19] - s.temperature[20]), 1.0 / (3.0 + 5.0**0.5), 3e-13)


@pytest.mark.parametrize(("hot", "cold", "inner", "flux"), [
    (1.5, 0.5, 1.045724891624054953547, 0.1089256218089191130783),
    (0.15, 0.05, 0.1232758205384119213120, 0.0005854586657295382299154)])
def test_quantum_references(hot, cold, inner, flux):
    chain = hs.Chain([1.0, 1.3, 0.8], k0=0.5)
    s = probed(chain, hot, cold, [1.0, 0.7, 1.2], quantum=True)
    close(s.temperature[1], inner)
    close(flux_of(s, True)[0], flux)
    again = hs.self_consistent(s, 1, quantum=True)  # a warm start ends at the same root
    close(again.temperature[1], inner, 1e-13)
    classical = (hot + cold) / 2 + 0.002219757713831655032 * (hot - cold)
    close(probed(chain, hot, cold, [1.0, 0.7, 1.2]).temperature[1], classical)


def test_quantum_becomes_classical():
    chain = hs.Chain([1.0, 1.3, 0.8, 1.1], k0=0.5)
    nearly = probed(chain, quantum=True, hbar=1e-6)
    np.testing.assert_allclose(nearly.temperature, probed(chain).temperature, rtol=1e-11)


@pytest.mark.parametrize("quantum", [False, True])
def test_some_float_and_some_are_fixed(quantum):
    chain = hs.Chain(hs.masses.random(7, 1.0, 0.3, seed=5), k0=0.2)
    system = hs.OpenNetwork(chain, [hs.Bath(0, 1.5), hs.Bath(2, 0.3, 0.4), hs.Bath(4, 0.9), hs.Bath(6, 0.5, 2.0)])
    s = hs.self_consistent(system, [1, -1], quantum=quantum, hbar=0.7)
    flux = flux_of(s, quantum, 0.7)
    assert np.abs(flux[[1, 3]]).max() < 1e-14
    assert s.temperature[0] == 1.5
    assert s.temperature[2] == 0.9
    assert 0.9 < s.temperature[1] < 1.5
    assert 0.9 < s.temperature[3] < 1.5
    if not quantum:
        np.testing.assert_allclose(flux, hs.steady_state(s).heat_flux, atol=1e-15)


def test_cold_end_at_zero():
    s = probed(hs.Chain(np.ones(4), k0=1.0), 0.2, 0.0, quantum=True)
    assert np.all(np.diff(s.temperature) < 0.0)
    assert np.abs(flux_of(s, True)[1:-1]).max() < 1e-9 * flux_of(s, True)[0]


def test_equal_ends():
    for quantum in (False, True):
        np.testing.assert_allclose(probed(hs.Chain(np.ones(4)), 0.8, 0.8, quantum=quantum).temperature, 0.8, rtol=4e-16)


SYSTEM = hs.OpenNetwork(hs.Chain([1.0, 1.0, 1.0]), [hs.Bath(0, 1.0), hs.Bath(1, 1.0), hs.Bath(2, 2.0)])
TWO = hs.OpenNetwork(hs.Springs([1.0] * 4, np.kron(np.eye(2), [[2.0, -1.0], [-1.0, 2.0]])),
                     [hs.Bath(0, 1.0), hs.Bath(1, 1.0), hs.Bath(2, 2.0), hs.Bath(3, 1.0)])


@pytest.mark.parametrize(("call", "argument"), [
    (lambda: hs.self_consistent(SYSTEM, []), "floating"), (lambda: hs.self_consistent(SYSTEM, [0, 1, 2]), "floating"),
    (lambda: hs.self_consistent(SYSTEM, [1, 1]), "floating[1]"),
    (lambda: hs.self_consistent(SYSTEM, [3]), "floating[0]"),
    (lambda: hs.self_consistent(SYSTEM, "inner"), "floating"), (lambda: hs.self_consistent(TWO, [2, 3]), "floating"),
    (lambda: hs.self_consistent(SYSTEM, 1, quantum=1), "quantum"),
    (lambda: hs.self_consistent(SYSTEM, 1, hbar=0), "hbar"),
    (lambda: hs.self_consistent(None, 1), "system")])
def test_bad_arguments(call, argument):
    with pytest.raises(hs.ArgumentError) as error:
        call()
    assert error.value.argument == argument


def test_groups_by_name():
    chain = hs.Chain(np.ones(6), k0=1.0)
    inner = hs.bath_group(range(1, 5), 0.0, name="probes")
    system = hs.OpenNetwork(chain, [hs.Bath(0, 1.5, name="hot"), *inner, hs.Bath(5, 0.5, name="cold")])
    close(flux_of(hs.self_consistent(system, "probes"))[0], 0.03693571833873355235870)
    close(hs.quantum.heat_flux(system, 1.0, "hot", ["probes", "cold"]), hs.quantum.heat_flux(system)[0], 1e-14)


def test_what_conductances_do_not_know_moves_temperatures():
    """Conductances moved at random by what they are not known to move temperatures by at most what is told, and the
    worst signs by as much."""
    rng = np.random.default_rng(3)
    matrix = np.exp(rng.uniform(-12.0, 0.0, (5, 5)))
    matrix = np.triu(matrix, 1) + np.triu(matrix, 1).T
    doubts = np.triu(10.0 ** rng.uniform(-7.0, -5.0, (5, 5)), 1)
    doubts, loose = doubts + doubts.T, np.array([1, 2, 3])
    T = _classical(matrix, np.array([2.0, 0.0, 0.0, 0.0, 1.0]), loose)
    told = _classical_doubt(matrix, doubts, T, loose)
    moved = []
    for _ in range(200):
        signs = np.triu(rng.choice([-1.0, 1.0], (5, 5)), 1)
        moved.append(np.abs(_classical(matrix * (1.0 + doubts * (signs + signs.T)), T, loose) - T).max() / 2.0)
    assert 0.3 * told < max(moved) < 1.01 * told
    assert _classical_doubt(matrix, np.zeros((5, 5)), T, loose) == 0.0
    assert _classical_doubt(matrix, np.full((5, 5), 1e20), T, loose) == 0.5  # between the fixed ones, 1 and 2
