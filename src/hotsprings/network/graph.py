"""Springs on the edges of a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.network.base import per_site
from hotsprings.network.disorder import of_weights
from hotsprings.network.springs import Springs, square_matrix, symmetric

__all__ = ["from_graph"]


def from_graph(graph: Any, masses: Any = None, k: float = 1.0, k0: Any = 0.0, weight: str | None = "weight") -> Springs:
    """Return the network with a spring k w on every edge of weight w: K = k L + k0, L the weighted Laplacian.

    Parameters
    ----------
    graph : networkx graph, or array_like or scipy.sparse adjacency matrix, shape (n_sites, n_sites)
        Sites are the nodes in the order of ``graph.nodes``. Parallel edges of a multigraph add up. An adjacency matrix
        is symmetric, with zero diagonal; its elements are the weights. Weights are positive. Where every node has an
        attribute ``pos``, that is its place (in pictures).
    masses : float or array_like, shape (n_sites,), optional
        Positive masses, in the order of the nodes; 1 by default.
    k : float
        Spring constant of an edge of weight 1, > 0 (energy/length²).
    k0 : float or array_like, shape (n_sites,)
        Pinning stiffness, in the order of the nodes.
    weight : str or None
        Edge attribute that holds the weight; edges without it have weight 1, as all have with None.

    Returns
    -------
    Springs

    Raises
    ------
    ArgumentError
        If the graph is directed, has an edge from a node to itself or a weight that is not positive, or another
        argument is out of range.

    References
    ----------
    Chung, *Spectral Graph Theory* (AMS, 1997), section 1.4: weighted graphs.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.from_graph([[0, 1, 1], [1, 0, 1], [1, 1, 0]], k=2.0, k0=0.1)
    Springs(N=3, m=1, 3 springs k=2, k0=0.1, from a graph of 3 nodes and 3 edges)
    """
    if not (weight is None or isinstance(weight, str)):
        raise ArgumentError("weight", "be the name of an attribute of edges, or None",
                            f"{checks.shown(weight)} was given")
    networkx = hasattr(graph, "nodes") and hasattr(graph, "edges")
    weights = _edge_weights(graph, weight) if networkx else _adjacency(graph)
    n = len(weights)
    if n == 0:
        raise ArgumentError("graph", "have at least one node", "it has none")
    m = _node_masses(masses, n)
    pinning = per_site("k0", k0, n)
    with np.errstate(over="ignore"):
        springs = checks.positive("k", k) * weights
    source = f"a graph of {n} nodes and {np.count_nonzero(np.triu(weights))} edges"
    found = of_weights(m, springs, pinning, source, "k")
    places = [data.get("pos") for _, data in graph.nodes(data=True)] if callable(getattr(graph, "nodes", 0)) else [None]
    return found if any(place is None for place in places) else found.placed(places)


def _node_masses(masses: Any, n: int) -> FloatArray:
    clean = checks.positive_array("masses", np.ones(n) if masses is None else
                                  np.full(n, checks.positive("masses", masses)) if checks.is_single(masses) else masses)
    if clean.size != n:
        raise ArgumentError("masses", f"have one element per node ({n})", f"{clean.size} were given")
    return clean


def _edge_weights(graph: Any, weight: str | None) -> FloatArray:
    """Return the weights of a networkx graph as a symmetric matrix."""
    if graph.is_directed():
        raise ArgumentError("graph", "be undirected, as springs are (graph.to_undirected() makes it so)",
                            "a directed graph was given")
    place = {node: i for i, node in enumerate(graph.nodes)}
    checks.room("graph", len(place), len(place), 1)
    weights = np.zeros((len(place), len(place)))
    for u, v, data in graph.edges(data=True):
        if u == v:
            raise ArgumentError("graph", "have no edge from a node to itself", f"node {u!r} has one")
        value = data.get(weight, 1.0) if weight is not None else 1.0
        value = checks.positive(f"graph.edges[{u!r}, {v!r}][{weight!r}]", value)
        weights[place[u], place[v]] += value
        weights[place[v], place[u]] += value
    return weights


def _adjacency(graph: Any) -> FloatArray:
    """Return a checked adjacency matrix."""
    weights = symmetric("graph", square_matrix("graph", graph), 1e-12)
    loops = np.flatnonzero(np.diag(weights))
    if loops.size:
        raise ArgumentError("graph", "have no edge from a node to itself", f"node {loops[0]} has one")
    if np.any(weights < 0.0):
        i, j = np.argwhere(weights < 0.0)[0]
        raise ArgumentError("graph", "have positive weights", f"element ({i}, {j}) is {weights[i, j]:g}")
    return weights
