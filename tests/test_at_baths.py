"""Fluxes of dense networks without eigenvectors: against LAPACK's, elimination, Lyapunov, and what must be noticed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.kernels.threads import one_blas_thread
from hotsprings.response import modes, reduction
from hotsprings.response.at_baths import AtBathsResponse, at_baths
from hotsprings.response.choice import flux_response, response_of
from hotsprings.response.modal import ModalResponse
from hotsprings.response.modes import parts_of
from hotsprings.response.reduction import CLOSE, LEAST, reduced_modes, row_error
from hotsprings.response.tolerances import EPS
from tests.oracles.dense import lyapunov_state

TOLERANCE = 1e-9  # of a certificate
BATHS = (hs.Bath(0, 1.5), hs.Bath(-1, 0.5))


def graph(n, part, seed=0):
    """Return a random graph of unit springs, each there with this probability."""
    upper = np.triu(np.random.default_rng(seed).random((n, n)) < part, 1).astype(float)
    return hs.from_graph(upper + upper.T, k0=0.1)


def uniform(n, low=0.5, high=1.5):
    return np.random.default_rng(n).uniform(low, high, n)


NETWORKS = {
    "power law": hs.PowerLaw(uniform(300), 1.5, k0=0.3),
    "equal masses": hs.PowerLaw(np.ones(301), 0.5),
    "masses of two decades": hs.PowerLaw(10.0 ** uniform(300, -1.0, 1.0), 1.0),
    "random graph": graph(300, 0.05),
    "free graph": hs.from_graph(1.0 - np.eye(250) + (abs(np.subtract.outer(range(250), range(250))) == 1)),
    "complete graph": hs.from_graph(np.ones((250, 250)) - np.eye(250), k0=0.1),
    "through the tree": hs.PowerLaw(uniform(1800), 1.2),
}


def matrix_of(network):
    root = np.sqrt(network.masses)
    return network.stiffness() / np.outer(root, root)


@pytest.mark.parametrize("name", NETWORKS)
def test_modes_of_a_matrix(name):
    """Eigenvalues to some roundings of the largest, as LAPACK; rows by what they are coefficients of."""
    matrix = matrix_of(NETWORKS[name])
    n = len(matrix)
    sites = np.array([0, n // 3, n - 1])
    values, rows = reduced_modes(matrix, sites)
    exact = np.linalg.eigvalsh(matrix)
    roundings = CLOSE * EPS * np.sqrt(n)
    np.testing.assert_allclose(values, exact, rtol=0.0, atol=roundings * exact[-1])
    assert row_error(matrix[:, sites], sites, values, rows) <= roundings
    shift = 0.1 * exact[-1]  # (W + shift)⁻¹ by elimination: known to a condition of 11
    inverse = np.linalg.solve(matrix + shift * np.eye(n), np.eye(n)[:, sites])[sites]
    np.testing.assert_allclose((rows / (values + shift)) @ rows.T, inverse, rtol=0.0, atol=100.0 * roundings / shift)


@pytest.mark.parametrize(("friction", "name"), [
    (1.0, "power law"), (100.0, "power law"), (1e-4, "equal masses"), (5.0, "random graph"), (1.0, "free graph"),
    (1.0, "complete graph"), (0.3, "masses of two decades"), (1.0, "through the tree")])
def test_fluxes_are_those_of_all_modes(friction, name):
    """The road on which every mode is known at every site, and zeros are found from guesses and in other steps."""
    baths = [hs.Bath(0, 1.5, friction), hs.Bath(100, 1.0, 0.3), hs.Bath(-1, 0.5, 2.0 * friction)]
    system = hs.OpenNetwork(NETWORKS[name], baths)
    found = flux_response(system)
    assert isinstance(found, AtBathsResponse)
    expected = ModalResponse(system, road="search").stationary_sums()[0]
    assert found.flux_doubt() < 1e-8
    rtol = max(1e-11, 10.0 * found.flux_doubt())
    np.testing.assert_allclose(found.stationary_sums()[0], expected, rtol=rtol, atol=0.0)


@pytest.mark.parametrize("name", ["power law", "random graph"])
def test_fluxes_by_a_lyapunov_equation(name):
    """Strong baths, whose resonances are so broad that the equation is known to eight digits."""
    network = hs.PowerLaw(uniform(220), 1.5, k0=0.3) if name == "power law" else graph(220, 0.05)
    system = hs.OpenNetwork(network, [hs.Bath(i, 1.0, 0.5) for i in range(0, 220, 30)])
    assert isinstance(flux_response(system), AtBathsResponse)
    np.testing.assert_allclose(hs.conductance(system), lyapunov_state(system)[0], rtol=1e-6)


def test_lattices_whose_modes_coincide():
    """Eight equal layers both ways: the reduction is not sure of itself, LAPACK serves, and the flux is that of all."""
    spring = np.diag(np.full(15, 2.0)) - np.diag(np.ones(14), 1) - np.diag(np.ones(14), -1)
    whole = np.kron(spring, np.eye(15)) + np.kron(np.eye(15), spring)
    assert reduced_modes(whole, np.array([3, 224])) is None
    system = hs.OpenNetwork(hs.Lattice((15, 15), 1.0, k0=0.1), [hs.Bath(3, 1.5), hs.Bath(-1, 0.5), hs.Bath(100, 0.5)])
    found = flux_response(system)
    assert isinstance(found, AtBathsResponse)
    np.testing.assert_allclose(found.stationary_sums()[0], response_of(system).stationary_sums()[0], rtol=1e-11)


def test_where_the_reduction_is_refused(monkeypatch):
    system = hs.OpenNetwork(NETWORKS["power law"], BATHS)
    expected = hs.conductance(system)
    monkeypatch.setattr(reduction, "reduced_modes", lambda matrix, sites: None)
    np.testing.assert_allclose(hs.conductance(hs.OpenNetwork(system.network, BATHS)), expected, rtol=1e-11)


def test_elements_beyond_squares_are_left_to_lapack():
    matrix = matrix_of(NETWORKS["power law"])
    assert reduced_modes(matrix * 1e101, np.array([0])) is None
    assert reduced_modes(matrix * 1e-103, np.array([0])) is None
    assert reduced_modes(np.zeros((LEAST, LEAST)), np.array([0])) is None


def test_which_networks():
    """Small ones, many baths, baths with memory keep their road; a state that is known serves."""
    assert at_baths(hs.OpenNetwork(hs.PowerLaw(uniform(LEAST - 1), 1.5), BATHS)) is None
    assert at_baths(hs.OpenNetwork(NETWORKS["power law"], [hs.Bath(i, 1.0) for i in range(9)])) is None
    drude = hs.OpenNetwork(NETWORKS["power law"], [hs.Bath(0, 1.5, cutoff=3.0), hs.Bath(-1, 0.5)])
    assert not isinstance(flux_response(drude), AtBathsResponse)
    system = hs.OpenNetwork(NETWORKS["power law"], BATHS)
    first = flux_response(system)
    assert isinstance(first, AtBathsResponse)
    assert flux_response(system) is first
    known = response_of(system)
    assert flux_response(system) is known


def test_parts_that_nothing_joins():
    """What rounding would let pass between them is nothing that this road may tell."""
    clique = np.ones((120, 120)) - np.eye(120)
    apart = np.kron(np.eye(2), clique)
    assert parts_of(apart).tolist() == [0] * 120 + [1] * 120
    system = hs.OpenNetwork(hs.from_graph(apart, k0=0.1), BATHS)
    assert at_baths(system) is None
    assert hs.conductance(system)[0, -1] == 0.0  # without a warning
    apart[0, 239] = apart[239, 0] = 1.0
    assert not parts_of(apart).any()
    assert not parts_of(hs.Chain(np.ones(300)).stiffness()).any()
    assert at_baths(hs.OpenNetwork(hs.from_graph(apart, k0=0.1), BATHS)) is not None


def test_statistics_take_it_too():
    system = hs.OpenNetwork(NETWORKS["random graph"], BATHS)
    mean = hs.statistics.cumulants(system, order=2)
    whole = hs.OpenNetwork(NETWORKS["random graph"], BATHS)
    state = hs.steady_state(whole)
    np.testing.assert_allclose(mean[0], state.heat_flux[0], rtol=1e-11)
    np.testing.assert_allclose(mean, hs.statistics.cumulants(whole, order=2), rtol=1e-10)


def loudest(problem):
    """Return the mode that the first bath feels most."""
    return int(np.argmax(np.abs(problem.modes[0])))


class TestControls:
    """What the identities must notice."""

    @staticmethod
    def disturbed(**changes):
        """Return the engine with its problem changed."""
        system = hs.OpenNetwork(NETWORKS["power law"], BATHS)
        found = AtBathsResponse(system, everywhere=False, road="search")
        assert found.sure
        assert found.sampled_error() < 1e-13
        other = AtBathsResponse(system, everywhere=False, road="search")
        other.problem = replace(found.problem, **{name: change(found.problem) for name, change in changes.items()})
        return other

    def test_an_eigenvalue(self):
        def moved(problem):
            values = problem.stiffness.copy()
            k = loudest(problem)
            values[k] += 0.3 * (values[k + 1] - values[k])
            return values

        other = self.disturbed(stiffness=moved)
        assert other.sampled_error() > TOLERANCE
        assert not other.sure

    def test_a_component(self):
        def moved(problem):
            rows = problem.modes.copy()
            rows[0, loudest(problem)] *= 1.0 + 1e-5
            return rows

        assert self.disturbed(modes=moved).sampled_error() > TOLERANCE

    def test_a_coupling(self):
        def moved(problem):
            coupling = problem.coupling.copy()
            coupling[0, loudest(problem)] *= 1.0 + 1e-5
            return coupling

        assert not self.disturbed(coupling=moved).sure

    def test_a_resonance(self):
        other = self.disturbed()
        solution = other.solution
        offsets = solution.offsets.copy()
        offsets[np.argmax(solution.omega.imag)] *= 1.0 + 1e-5
        other.solution = replace(solution, offsets=offsets)
        assert not other.sure

    def test_rows_that_are_not_orthonormal(self, monkeypatch):
        """Then LAPACK's eigenvectors are taken."""
        whole = reduction.whole
        monkeypatch.setattr(reduction, "whole", lambda parts: (whole(parts)[0], whole(parts)[1] * (1.0 + 1e-11)))
        matrix = matrix_of(NETWORKS["power law"])
        assert reduced_modes(matrix, np.array([0, 5])) is None
        with one_blas_thread():  # its bits
            values, vectors = np.linalg.eigh(matrix)
        found = modes._some_rows(matrix, np.array([0, 5]))
        np.testing.assert_array_equal(found[0], values)
        np.testing.assert_array_equal(found[1], vectors[[0, 5]])
