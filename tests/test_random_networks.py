"""Random springs, random chains and graphs: what they are made of, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
import scipy.stats

import hotsprings as hs
from hotsprings.response import modal_zeros
from hotsprings.response.modal import ModalResponse

# Random springs.

def test_random_springs_are_uniform_and_seeded():
    n = 60
    net = hs.random_springs(np.ones(n), 2.0, 0.5, seed=7, k0=0.3)
    k = -(n - 1) * net.stiffness()[np.triu_indices(n, 1)]
    assert k.min() >= 1.5
    assert k.max() <= 2.5
    assert k.mean() == pytest.approx(2.0, abs=5 * 0.5 / np.sqrt(3 * k.size))
    assert k.std() == pytest.approx(0.5 / np.sqrt(3), rel=0.05)
    np.testing.assert_allclose(net.pinning, 0.3, rtol=1e-13)
    assert net.parameters() == hs.random_springs(np.ones(n), 2.0, 0.5, seed=7, k0=0.3).parameters()
    assert net.parameters()["sha256"] != hs.random_springs(np.ones(n), 2.0, 0.5, seed=8).parameters()["sha256"]
    bare = hs.random_springs(np.ones(n), 2.0, 0.5, seed=7, kac=False)
    np.testing.assert_allclose(bare.stiffness(), (n - 1) * hs.random_springs(np.ones(n), 2.0, 0.5, 7).stiffness())
    np.testing.assert_allclose(hs.random_springs(np.ones(4), spread=0.0, n_tilde=2.0).stiffness(),
                               hs.MeanField(np.ones(4), n_tilde=2.0).stiffness())
    assert hs.random_springs(np.ones(3), 1.0, 0.0, k0=[-0.01, 1, 1]).pinning[0] == pytest.approx(-0.01)


def test_random_springs_from_any_distribution():
    net = hs.random_springs(np.ones(4), distribution=lambda rng, size: rng.exponential(2.0, size), seed=5, kac=False)
    drawn = np.random.default_rng(5).exponential(2.0, 6)
    np.testing.assert_array_equal(-net.stiffness()[np.triu_indices(4, 1)], drawn)
    same = hs.random_springs(np.ones(4), distribution=scipy.stats.expon(scale=2.0), seed=5, kac=False)
    np.testing.assert_allclose(same.stiffness(), net.stiffness(), rtol=1e-14)


def test_random_chains():
    n, mu = 20001, 0.5
    chain = hs.random_chain(np.ones(n), "power", mean=3.0, exponent=mu, seed=2)
    u = (chain.k / 3.0) ** mu
    assert scipy.stats.kstest(u, "uniform").pvalue > 1e-3
    assert scipy.stats.kstest((chain.k / 3.0) ** 0.45, "uniform").pvalue < 1e-3  # the test sees another exponent
    fixed = hs.random_chain(np.ones(5), seed=2, ends="fixed", k0=0.2)
    assert len({*fixed.k, *fixed.walls}) == 6
    assert np.all((fixed.k >= 0.5) & (fixed.k <= 1.5))
    drawn = hs.random_chain(np.ones(4), scipy.stats.gamma(2.0), seed=3).k
    np.testing.assert_array_equal(drawn, scipy.stats.gamma(2.0).rvs(3, random_state=np.random.default_rng(3)))


# Graphs.

def test_adjacency_gives_the_laplacian():
    A = np.array([[0, 2.0, 0], [2.0, 0, 1.0], [0, 1.0, 0]])
    K = hs.from_graph(scipy.sparse.coo_array(A), k=3.0, k0=[0, 0, 0.5]).stiffness()
    np.testing.assert_allclose(K, hs.Chain(np.ones(3), [6.0, 3.0], [0, 0, 0.5]).stiffness())
    assert hs.from_graph(A, masses=2.0).masses.tolist() == [2.0, 2.0, 2.0]
    complete = hs.from_graph(np.ones((4, 4)) - np.eye(4), k=0.5)
    np.testing.assert_allclose(complete.stiffness(), hs.MeanField(np.ones(4), 0.5, kac=False).stiffness())


class Graph:
    """As much of a networkx graph as is used."""

    def __init__(self, edges, directed=False):
        self._edges, self._directed = edges, directed
        self.nodes = list(dict.fromkeys(node for edge in edges for node in edge[:2]))

    def is_directed(self):
        return self._directed

    def edges(self, data):
        assert data is True
        return self._edges


def test_graphs():
    graph = Graph([("a", "b", {"weight": 2.0}), ("b", "c", {}), ("a", "b", {"weight": 0.5, "k": 9.0})])
    np.testing.assert_array_equal(hs.from_graph(graph).stiffness(), hs.Chain(np.ones(3), [2.5, 1.0]).stiffness())
    plain = hs.from_graph(graph, weight=None)
    assert plain.stiffness()[0].tolist() == [2.0, -2.0, 0.0]
    assert hs.from_graph(graph, weight="k").stiffness()[0, 1] == -10.0
    assert "from a graph of 3 nodes and 2 edges" in repr(plain)


def test_networkx_graphs():
    nx = pytest.importorskip("networkx")
    ring = hs.PowerLaw(np.ones(6), 1e5, k0=0.1, kac=False, periodic=True)
    np.testing.assert_allclose(hs.from_graph(nx.cycle_graph(6), k0=0.1).stiffness(), ring.stiffness(), atol=1e-15)
    lattice = hs.from_graph(nx.grid_2d_graph(3, 4))
    assert (lattice.n_sites, np.count_nonzero(np.triu(lattice.stiffness(), 1))) == (12, 17)
    with pytest.raises(hs.ArgumentError, match="'graph' must be undirected"):
        hs.from_graph(nx.DiGraph([(0, 1)]))


EYE = np.eye(2)
BAD = [
    (lambda: hs.random_springs([1, 1], mean=0.0), "'mean' must be a positive"),
    (lambda: hs.random_springs([1, 1], spread=1.0), "'spread' must be less than the mean"),
    (lambda: hs.random_springs([1, 1], seed=-1), "'seed' must be an integer"),
    (lambda: hs.random_springs([1, 1], n_tilde=-1), "'n_tilde' must be a positive"),
    (lambda: hs.random_springs([1, 1], k0=-1.0), "'k0' must keep the stiffness matrix positive semidefinite"),
    (lambda: hs.random_springs([1, 1], distribution="power"), "'distribution' must be 'uniform', a function"),
    (lambda: hs.random_springs([1, 1], distribution=lambda rng, size: [0.0]), "must return positive .* 0 is"),
    (lambda: hs.random_springs([1, 1], distribution=lambda rng, size: [1.0, 1.0]),
     r"one spring constant per spring \(1\)"),
    (lambda: hs.random_springs([1, 1], distribution=lambda rng, size: None), "'distribution' must return a one-dim"),
    (lambda: hs.random_chain([1]), "'masses' must have at least 2"),
    (lambda: hs.random_chain([1, 1], "gauss"), "'distribution' must be 'uniform', 'power', a function"),
    (lambda: hs.random_chain([1, 1], "power", exponent=0.0), "'exponent' must be a positive"),
    (lambda: hs.random_chain([1, 1], ends="loose"), "'ends' must be 'free' or 'fixed'"),
    (lambda: hs.from_graph(3.0), "'graph' must be a square matrix"),
    (lambda: hs.from_graph(np.zeros((0, 0))), "'graph' must have at least one node"),
    (lambda: hs.from_graph(EYE), "'graph' must have no edge from a node to itself, but node 0 has one"),
    (lambda: hs.from_graph([[0, -1], [-1, 0]]), r"'graph' must have positive weights, but element \(0, 1\) is -1"),
    (lambda: hs.from_graph([[0, 1], [0, 0]]), "'graph' must be symmetric"),
    (lambda: hs.from_graph([[0, 1], [1, 0]], masses=[1.0]), r"'masses' must have one element per node \(2\)"),
    (lambda: hs.from_graph([[0, 1], [1, 0]], masses=-1.0), "'masses' must be a positive"),
    (lambda: hs.from_graph([[0, 1], [1, 0]], k=0), "'k' must be a positive"),
    (lambda: hs.from_graph(Graph([(0, 1, {})], directed=True)), "'graph' must be undirected"),
    (lambda: hs.from_graph(Graph([(0, 0, {})])), "node 0 has one"),
    (lambda: hs.from_graph(Graph([(0, 1, {"weight": -2.0})])), r"'graph.edges\[0, 1\]\['weight'\]' must be a positive"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_gets_one_clear_error(call, message):
    with pytest.raises(hs.ArgumentError, match=message) as caught:
        call()
    assert str(caught.value).startswith("Argument '")


def test_resonances_that_overlap_a_hundredfold_are_all_found():
    """All-to-all springs that differ little: a band much narrower than what a bath makes of it."""
    network = hs.random_springs(hs.masses.identical(1000), spread=0.1, seed=1)
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    state = hs.steady_state(system)
    assert state.certificate.holds
    assert len(state.resonances) == 1999
    assert state.conductance[0, 1] == pytest.approx(hs.theory.heat_flux_identical(1000), rel=1e-2)
    search = modal_zeros.ModalSearch(ModalResponse(system).problem)  # negative control: guesses mode by mode fail
    search.settle(np.arange(search.omega.size))
    assert search.restless(np.arange(search.omega.size)).size > 100
