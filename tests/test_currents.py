"""Covariances and heat through springs: references to 19 digits, dense Lyapunov equations, cuts, closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

import hotsprings as hs
from hotsprings import bonds as bonds_module
from hotsprings import covariances as covariances_module
from tests.oracles.cases import case_c, case_d, case_e, covariance_matrix, mean_field

A, B, C, D, E = mean_field(0.5), mean_field(0.0), case_c(), case_d(), case_e()
DRUDE = mean_field(0.5, memory=True)


def close(values, exact, rel=1e-12):
    np.testing.assert_allclose(values, exact, rtol=rel, atol=0.0)


@pytest.mark.parametrize(("system", "flux"), [
    (A, [0.015184764559924934071, 0.018863233304679750686, 0.017942346981340563933, 0.01711007591235586560684]),
    (B, [0.020646627890899131680, 0.029384214933523541166, 0.024818604449904922569, 0.02346625872504077436667])])
def test_mean_field_star(system, flux):
    star = hs.bond_currents(system)
    assert star.bonds[:4].tolist() == [[0, 1], [0, 2], [0, 3], [0, 4]]
    close(star.heat_flux[:4], flux)
    close(star.heat_flux[:4].sum(), hs.steady_state(system).heat_flux[0])
    assert star.n_complete == 5


def test_three_baths():
    close(hs.bond_heat_flux(C, [(0, 1), (1, 2), (1, 3)]),
          [0.03606858305840393360854, 0.006777325623655798165554, 0.006460765545434895168698])
    close(hs.bond_heat_flux(D, [(0, 3), (0, 7), (3, 7)]),
          [0.00572949386118291782, 0.00928835506892870429, 0.000267155974512890937], 1e-12)
    close(hs.bond_heat_flux(D, [(3, 0)]), [-0.00572949386118291782], 1e-12)


def test_sites_of_a_mean_field_without_baths_exchange_nothing():
    inner = [(i, j) for i in (1, 2, 4, 5, 6) for j in (1, 2, 4, 5, 6) if i < j]
    assert np.abs(hs.bond_heat_flux(D, inner)).max() < 1e-15


def test_covariance_references():
    c = hs.covariance(A)
    close([c.position[0, 0], c.position[0, 1], c.position_velocity[0, 1]],
          [1.105686046028287966144, 0.2181736597655809551449, 0.06073905823969973628426])
    close(hs.covariance(B).difference(0, 1), 2.098009924402548698419)


@pytest.mark.parametrize("system", [A, C, D, E, hs.OpenNetwork(
    hs.PowerLaw(hs.masses.random(7, 1.0, 0.3, seed=4), 1.5, k0=0.3), [hs.Bath(0, 1.0), hs.Bath(-1, 2.0, 0.5)])])
def test_covariance_is_that_of_the_lyapunov_equation(system):
    """Small networks: the dense equation loses digits with the square of the slowest lifetime, 1e-8 at N = 24."""
    q, qv, v = covariance_matrix(system)
    c = hs.covariance(system)
    np.testing.assert_allclose(c.position, q, rtol=0.0, atol=1e-10 * np.abs(q).max())
    np.testing.assert_allclose(c.position_velocity, qv, rtol=0.0, atol=1e-10 * np.abs(v).max())
    np.testing.assert_allclose(c.velocity, v, rtol=0.0, atol=1e-10 * np.abs(v).max())


def test_chosen_sites_are_those_of_all():
    some, every = hs.covariance(C, [4, 0, -3]), hs.covariance(C)
    order = [4, 0, 3]
    close(some.velocity, every.velocity[np.ix_(order, order)], 1e-13)
    close(some.position, every.position[np.ix_(order, order)], 1e-13)


def test_free_network_is_the_limit_of_weak_pinning():
    """Pinning 1e-5 changes differences by its ratio to the springs, below 1e-4."""
    weak = hs.OpenNetwork(hs.MeanField(B.network.masses, 1.0, 1e-5, n_tilde=4.0), B.baths)
    free, pinned = hs.covariance(B), hs.covariance(weak)
    close(free.difference(1, 3), pinned.difference(1, 3), 1e-4)
    close(free.velocity, pinned.velocity, 1e-4)
    close(hs.bond_heat_flux(B)[:4], hs.bond_heat_flux(weak)[:4], 1e-4)
    np.testing.assert_allclose(free.position_velocity, -free.position_velocity.T, atol=1e-16)
    for bond, flux in zip(hs.bond_currents(B).bonds, hs.bond_heat_flux(B), strict=True):
        assert flux == pytest.approx(0.25 * free.position_velocity[tuple(bond)], rel=1e-12)
    with pytest.raises(hs.ArgumentError, match="difference"):
        free.position  # noqa: B018


def test_equal_temperatures_are_equilibrium():
    still = hs.OpenNetwork(C.network, [hs.Bath(b.site, 0.7, b.friction) for b in C.baths])
    c = hs.covariance(still)
    np.testing.assert_allclose(c.position, 0.7 * np.linalg.inv(C.network.stiffness()), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(c.velocity, np.diag(0.7 / C.network.masses), atol=1e-13)
    assert np.all(hs.bond_heat_flux(still) == 0.0)


@pytest.mark.parametrize("cut", [[0], [0, 1], [2, 4], [0, 3, 4]])
def test_heat_through_any_cut(cut):
    """What passes between two parts is what the baths of the one give."""
    found = hs.bond_currents(C)
    inside = np.isin(found.bonds, cut)
    out = found.heat_flux[inside[:, 0] & ~inside[:, 1]].sum() - found.heat_flux[inside[:, 1] & ~inside[:, 0]].sum()
    given = hs.steady_state(C).heat_flux[np.isin(C.bath_sites, cut)].sum()
    assert out == pytest.approx(given, abs=1e-14)


def test_chain_carries_the_same_through_every_spring():
    through = hs.bond_heat_flux(E)
    close(through, np.full(5, hs.steady_state(E).heat_flux[0]))


def test_a_ring_with_a_vortex():
    """Heat may flow against the temperatures on one side of a ring; Kirchhoff's law holds all the same."""
    ring = hs.PowerLaw([1.0] * 8, 9.0, periodic=True)
    system = hs.OpenNetwork(ring, [hs.Bath(0, 1.5), hs.Bath(3, 0.5)])
    found = hs.bond_currents(system)
    assert found.n_complete == 8
    assert found.error < 1e-12


def test_drude_baths_obey_kirchhoff():
    found = hs.bond_currents(DRUDE)
    assert found.n_complete == 5
    close(found.heat_flux[:4].sum(), 0.05925815677719407395144)


def test_blocks_and_matrix_are_the_same(monkeypatch):
    whole = hs.bond_heat_flux(C)
    monkeypatch.setattr(bonds_module, "WHOLE", 0)
    close(hs.bond_heat_flux(C), whole, 1e-12)


def test_certificates_refuse():
    """Negative controls: fluxes and kinetic temperatures off by 1e-7."""
    pairs = hs.bond_currents(C).bonds
    flux = hs.bond_heat_flux(C) * np.where(np.arange(len(pairs)) == 2, 1.0 + 1e-7, 1.0)
    into = hs.steady_state(C).heat_flux
    error, complete = bonds_module._kirchhoff(C, pairs, flux, np.zeros(len(pairs)), into)
    assert error > bonds_module.TOLERANCE
    assert complete == 6
    sums = covariances_module.Sums(C, np.arange(6))
    c = hs.covariance(C)
    wrong = c.velocity.copy()
    wrong[3, 3] *= 1.0 + 1e-7
    assert covariances_module._classical_error(sums, c.position, c.position, c.position_velocity, wrong) > 1e-9
    wrong = c.velocity.copy()
    wrong[3, 4] = wrong[4, 3] = wrong[3, 4] * (1.0 + 1e-5)
    assert covariances_module._motion_error(sums, c.position, c.position, c.position_velocity, wrong) > 1e-9


@pytest.mark.parametrize("call", [
    lambda: hs.bond_heat_flux(C, [(0, 0)]), lambda: hs.bond_heat_flux(C, [(0, 6)]),
    lambda: hs.bond_heat_flux(C, [0, 1]), lambda: hs.bond_heat_flux(C, 3),
    lambda: hs.bond_heat_flux(C, [(0, 1, 2)]), lambda: hs.bond_heat_flux("C"),
    lambda: hs.covariance(C, [6]), lambda: hs.covariance(C, 3), lambda: hs.covariance(C, "all"),
    lambda: hs.covariance(C, [1, 2]).difference(1, 0)])
def test_bad_arguments(call):
    with pytest.raises(hs.ArgumentError):
        call()


@pytest.mark.parametrize("asked", [hs.covariance, lambda system: hs.bond_correlation(system, 0, 3, [0.0, 1.0]),
                                   hs.quantum.covariance])
def test_what_moves_freely_in_several_ways_is_told_to_be_held(asked):
    """Two atoms in the plane, as every molecule: x of one and y of the other drift apart."""
    K = np.kron([[1.0, -1.0], [-1.0, 1.0]], [[1.0, 0.3], [0.3, 1.0]])
    baths = [hs.Bath(0, 1.5, 0.7), hs.Bath(1, 1.3, 0.6), hs.Bath(2, 0.5), hs.Bath(3, 0.4, 0.8)]
    with pytest.raises(hs.ArgumentError, match=r"'system' must be held in place .* moves freely in 2 ways"):
        asked(hs.OpenNetwork(hs.Springs([1.0, 1.2, 0.9, 1.1], K), baths))
    asked(hs.OpenNetwork(hs.Springs([1.0, 1.2, 0.9, 1.1], K + 1e-3 * np.eye(4)),
                         [hs.Bath(b.site, b.temperature, b.friction, cutoff=20.0) for b in baths[:3]]
                         if asked is hs.quantum.covariance else baths))


def planar_molecule(cutoffs=(None,) * 4, temperatures=(1.5, 1.5, 0.5, 0.5)):
    """Four atoms in the plane, each pair joined by a spring along the line between them: free in three ways."""
    rng, places = np.random.default_rng(3), np.array([[0.0, 0.0], [1.0, 0.2], [1.1, 1.1], [-0.1, 0.9]])
    K = np.zeros((8, 8))
    for a, b in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)):
        along = np.zeros(8)
        along[2 * a:2 * a + 2] = (places[a] - places[b]) / np.linalg.norm(places[a] - places[b])
        along[2 * b:2 * b + 2] = -along[2 * a:2 * a + 2]
        K += rng.uniform(0.5, 2.0) * np.outer(along, along)
    baths = [hs.Bath(site, T, gamma, cutoff=edge) for site, T, gamma, edge in
             zip((0, 1, 4, 5), temperatures, (0.7, 0.7, 0.9, 0.9), cutoffs, strict=True)]
    return hs.OpenNetwork(hs.Springs(np.repeat(rng.uniform(1.0, 2.0, 4), 2), K), baths)


def covariances_late(system, doublings=24):
    """Return ⟨q vᵀ⟩ after a long time, by doubling of the motion's own integral (Van Loan)."""
    n, masses, K = system.n_sites, system.network.masses, system.network.stiffness()
    gamma, noise = np.zeros((2, n))
    gamma[system.bath_sites] = system.friction
    noise[system.bath_sites] = 2.0 * system.friction * system.temperature
    A = np.block([[np.zeros((n, n)), np.eye(n)], [-K / masses[:, None], -np.diag(gamma / masses)]])
    Q = np.diag(np.append(np.zeros(n), noise / masses**2))
    both = expm(1e-2 * np.block([[-A, Q], [np.zeros_like(A), A.T]]))
    step = both[2 * n:, 2 * n:].T
    total = step @ both[: 2 * n, 2 * n:]
    for _ in range(doublings):
        total, step = total + step @ total @ step.T, step @ step
    return total[:n, n:]


@pytest.mark.parametrize("cutoffs", [(None,) * 4, (2.0, 3.0, None, 1.5)])
def test_heat_through_the_springs_of_a_free_molecule(cutoffs):
    """It turns, and its springs between coordinates stretch for ever: the rest of ⟨q vᵀ⟩, antisymmetric, carries."""
    system = planar_molecule(cutoffs)
    currents = hs.bond_currents(system)
    assert (currents.n_complete, currents.error < 1e-9) == (8, True)
    net = np.zeros(8)
    np.add.at(net, currents.bonds[:, 0], currents.heat_flux)
    np.add.at(net, currents.bonds[:, 1], -currents.heat_flux)
    net[system.bath_sites] -= hs.steady_state(system).heat_flux
    np.testing.assert_allclose(net, 0.0, atol=1e-13)
    if cutoffs[0] is None:
        late, (i, j) = covariances_late(system), currents.bonds.T
        expected = -0.5 * system.network.stiffness()[i, j] * (late[i, j] - late[j, i])
        np.testing.assert_allclose(currents.heat_flux, expected, atol=1e-8)  # of terms that grow: rounding times time
    equal = hs.bond_heat_flux(planar_molecule(cutoffs, (0.8,) * 4))
    np.testing.assert_allclose(equal, 0.0, atol=1e-13)


@pytest.mark.parametrize("system", [B, C, E], ids="BCE")
def test_covariances_as_they_gather(system, monkeypatch):
    """Their integrals over the past by doubling against sums over resonances; wrong noise is refused."""
    some = np.array([3, 0, 1])
    known, found = hs.covariance(system, some), covariances_module._gathered(system, some)
    np.testing.assert_allclose(found.velocity, known.velocity, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.position_velocity, known.position_velocity, rtol=0, atol=1e-14)
    assert found.difference(0, 3) == pytest.approx(known.difference(0, 3), rel=1e-13)
    right = covariances_module.Evolution._noise
    monkeypatch.setattr(covariances_module.Evolution, "_noise", lambda self, w: 1.000001 * right(self, w))
    with pytest.raises(hs.CertificateError, match="identities of what baths bring"):
        covariances_module._gathered(system, some)


@pytest.mark.parametrize(("k", "joined", "at"), [(1.0, [(0, 1)], (0, 1)), (
    1.0, [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)], (0, 5))], ids=["two sites", "a lattice"])
def test_heat_through_springs_at_critical_damping(k, joined, at):
    """The mode that moves all sites alike decays at twice its frequency: what baths bring needs no eigenvectors."""
    n, (a, b) = max(map(max, joined)) + 1, at
    K = np.eye(n)
    for i, j in joined:
        K[[i, j], [i, j]] += k
        K[i, j] = K[j, i] = -k
    exact, near = (hs.OpenNetwork(hs.Springs(np.ones(n), K), [hs.Bath(a, 1.5, gamma), hs.Bath(b, 0.5, gamma)])
                   for gamma in (2.0, 2.0 + 1e-7))
    np.testing.assert_allclose(hs.bond_heat_flux(exact), hs.bond_heat_flux(near), atol=1e-7)
    assert hs.bond_currents(exact).error < 1e-12
