"""Random open networks of every family, the hard corners among them; a seed says all of a network."""

from __future__ import annotations

import numpy as np

import hotsprings as hs
from tests.search.exact import of_system
from tests.search.memory import with_drude, with_leads

SMALL, LARGE, LARGE_SHARE = 8, 40, 0.1
FRICTION = (-8.0, 8.0)  # powers of ten


def size(rng, least=2):
    """Return a number of sites: nine tenths up to 8, the rest to 40."""
    if rng.random() >= LARGE_SHARE:
        return int(rng.integers(least, SMALL + 1))
    return round(float(np.exp(rng.uniform(np.log(SMALL + 1), np.log(LARGE)))))


def masses(rng, n):
    """Return equal, nearly equal (1e-14 … 1e-2), alternating, random, wide masses, or one light or heavy one."""
    kind = rng.choice(["equal", "near", "one near", "species", "alternating", "random", "wide", "one"],
                      p=[0.3, 0.17, 0.08, 0.08, 0.08, 0.13, 0.08, 0.08])
    unit = float(rng.choice([1.0, 1.0, 1.0, 0.1, 7.0]))
    m = np.ones(n)
    if kind == "near":
        m = 1.0 + 10.0 ** rng.uniform(-14.0, -2.0) * rng.uniform(-1.0, 1.0, n)
    elif kind == "one near":
        m[rng.integers(n)] += 10.0 ** rng.uniform(-14.0, -2.0)
    elif kind == "species":
        m = rng.choice([1.0, 1.0 + 1e-12, 2.0, 2.0 + 4e-16], n)
    elif kind == "alternating":
        m = 1.0 + np.arange(n) % 2
    elif kind == "random":
        m = rng.uniform(0.5, 1.5, n)
    elif kind == "wide":
        m = 10.0 ** rng.uniform(-3.0, 3.0, n)
    elif kind == "one":
        m[rng.integers(n)] = 10.0 ** rng.uniform(-14.0, 14.0)
    return unit * m


def pinning(rng, n):
    """Return none, weak, usual, uneven pinning, one site of it, or a stiff or a soft site."""
    kind = rng.choice(["none", "weak", "usual", "sites", "one", "stiff"], p=[0.25, 0.25, 0.3, 0.08, 0.06, 0.06])
    if kind == "none":
        return np.zeros(n)
    if kind == "weak":
        return np.full(n, rng.choice([1e-12, 1e-5]))
    usual = float(rng.choice([0.1, 1.0, 30.0]))
    if kind == "usual":
        return np.full(n, usual)
    if kind == "sites":
        return rng.uniform(0.0, 1.0, n) * rng.integers(0, 2, n)
    k0 = np.zeros(n) if kind == "one" else np.full(n, usual)
    k0[rng.integers(n)] = 10.0 ** rng.uniform(-12.0, 0.0) if kind == "one" else 10.0 ** rng.uniform(2.0, 14.0)
    return k0


def frictions(rng, count):
    """Return one friction, one of each of two groups, nearly one, or one per bath, over sixteen powers of ten."""
    kind = rng.choice(["one", "groups", "near", "wild", "usual"], p=[0.35, 0.15, 0.1, 0.25, 0.15])
    if kind == "usual":
        return np.full(count, float(rng.choice([1.0, 0.5, 2.0, 1.1])))
    if kind == "wild":
        return 10.0 ** rng.uniform(*FRICTION, count)
    base = 10.0 ** rng.uniform(*FRICTION)
    if rng.random() < 0.5:
        base = 10.0 ** round(np.log10(base))
    if kind == "groups":
        return np.where(np.arange(count) < (count + 1) // 2, base, base * rng.choice([1.7, 1e-3, 1e3]))
    if kind == "near":
        return base * (1.0 + 10.0 ** rng.uniform(-14.0, -2.0) * rng.uniform(-1.0, 1.0, count))
    return np.full(count, base)


def open_network(rng, network, groups=None, springs=None, pins=None, family=""):
    """Return the case of a network with baths: on natural groups, at the ends, anywhere, or everywhere."""
    n = network.n_sites
    kind = rng.choice(["groups", "ends", "some", "all"], p=[0.35, 0.25, 0.3, 0.1])
    if kind == "groups" and groups is not None:
        sites = [int(s) for group in groups for s in group]
    elif kind == "all" and n <= 12:
        sites = list(range(n))
    elif kind == "some":
        sites = [int(s) for s in rng.permutation(n)[: int(rng.integers(1, min(n, 6) + 1))]]
    else:
        sites = [0, n - 1]
    sites = list(dict.fromkeys(sites))
    temperatures = rng.uniform(0.0, 2.0, len(sites))
    if rng.random() < 0.5:
        temperatures = np.where(np.arange(len(sites)) < (len(sites) + 1) // 2, 1.5, 0.5)
    baths = [hs.Bath(s, float(t), float(g)) for s, t, g in zip(sites, temperatures, frictions(rng, len(sites)),
                                                              strict=True)]
    return of_system(hs.OpenNetwork(network, baths), springs, pins, family)


def _ends(n, width):
    width = max(1, min(width, n // 2))
    return [range(width), range(n - width, n)]


def mean_field(rng):
    n = size(rng)
    kac = [None, 1.0, 0.37, 7.0, 3.0 * n][rng.integers(5)]
    net = hs.MeanField(masses(rng, n), float(rng.choice([1.0, 0.1, 10.0])), pinning(rng, n), n_tilde=kac)
    return open_network(rng, net, _ends(n, int(rng.integers(1, 4))))


def power_law(rng):
    n = size(rng)
    alpha = float(rng.choice([0.0, 0.5, 1.5, 3.0, rng.uniform(0.0, 4.0)]))
    net = hs.PowerLaw(masses(rng, n), alpha, float(rng.choice([1.0, 0.1, 10.0])), pinning(rng, n),
                      kac=bool(rng.integers(2)), periodic=bool(rng.integers(2)))
    return open_network(rng, net, _ends(n, int(rng.integers(1, 4))))


def chain(rng):
    n = size(rng, 1)
    kind = rng.choice(["even", "random", "uneven", "weak link", "stiff link"], p=[0.4, 0.15, 0.2, 0.15, 0.1])
    k = np.ones(max(n - 1, 0))
    if kind == "random":
        k = rng.uniform(0.5, 1.5, k.size)
    elif kind == "uneven":
        k = 10.0 ** rng.uniform(-12.0, 1.0, k.size)
    elif kind != "even" and k.size:
        k[rng.integers(k.size)] = 10.0 ** (rng.uniform(-14.0, -2.0) if kind == "weak link" else rng.uniform(2.0, 14.0))
    fixed = bool(rng.random() < 0.35)
    if fixed:
        k = np.concatenate([[1.0], k, [1.0]])
    k0 = pinning(rng, n)
    if rng.random() < 0.1:  # an uneven floor: modes that hardly feel a bath
        k0 = 10.0 ** rng.uniform(-6.0, 3.0, n)
    net = hs.Chain(masses(rng, n), k, k0, "fixed" if fixed else "free")
    return open_network(rng, net, _ends(n, int(rng.integers(1, 3))) if n > 1 else None)


def random_springs(rng):
    n = size(rng)
    kind = rng.choice(["uniform", "narrow", "tail", "matrix", "whole", "soft"], p=[0.25, 0.2, 0.15, 0.2, 0.1, 0.1])
    m = masses(rng, n)
    if kind == "matrix":  # Springs(K), positive definite
        A = rng.normal(size=(n, n))
        return open_network(rng, hs.Springs(m, A @ A.T / n + float(rng.choice([0.05, 1.0])) * np.eye(n)), _ends(n, 2))
    if kind == "whole":  # Springs(K) of small whole numbers, exact as doubles
        W = np.triu(rng.integers(0, 4, (n, n)), 1).astype(float)
        W += W.T
        K = np.diag(W.sum(axis=1) + float(rng.choice([0.0, 1.0, 2.0**-20]))) - W
        return open_network(rng, hs.Springs(m, K), _ends(n, 2))
    if kind == "soft":  # a light site moves much faster than the others
        m[rng.integers(n)] = 10.0 ** rng.uniform(-15.0, -6.0)
        return open_network(rng, hs.Springs(m, (n + 1.0) * np.eye(n) - np.ones((n, n))), _ends(n, 1))
    k0 = pinning(rng, n)
    seed = int(rng.integers(1000))
    if kind == "tail":
        net = hs.random_springs(m, seed=seed, k0=k0, distribution=lambda g, c: 10.0 ** g.uniform(-8.0, 2.0, c))
    else:
        spread = 0.9 if kind == "uniform" else 10.0 ** rng.uniform(-14.0, -1.0)
        net = hs.random_springs(m, 1.0, spread, seed, k0, kac=bool(rng.integers(2)))
    return open_network(rng, net, _ends(n, 2), -net.stiffness(), k0)


def _graph(rng, n):
    """Return an adjacency matrix and two natural groups of its nodes."""
    kind = rng.choice(["complete", "ring", "star", "bipartite", "tree", "random", "parts"],
                      p=[0.25, 0.2, 0.1, 0.15, 0.1, 0.12, 0.08])
    A, half = np.zeros((n, n)), max(1, n // 2)
    if kind == "complete":
        A[:] = 1.0
    elif kind == "ring":
        for i in range(n):
            A[i, (i + 1) % n] = A[(i + 1) % n, i] = 1.0
    elif kind == "star":
        A[0, 1:] = A[1:, 0] = 1.0
    elif kind == "bipartite":
        A[:half, half:] = A[half:, :half] = 1.0
    elif kind == "tree":
        for i in range(1, n):
            A[i, (i - 1) // 2] = A[(i - 1) // 2, i] = 1.0
    elif kind == "random":
        A = np.triu(rng.random((n, n)) < 0.5, 1).astype(float)
        A += A.T
    else:  # disconnected parts
        A[:half, :half] = A[half:, half:] = 1.0
    np.fill_diagonal(A, 0.0)
    width = int(rng.integers(1, half + 1))
    return A, [range(width), range(n - width, n)]


def graph(rng):
    n = size(rng, 3)
    A, groups = _graph(rng, n)
    weights = rng.choice(["equal", "random", "near", "uneven"], p=[0.6, 0.15, 0.1, 0.15])
    if weights != "equal":
        W = {"random": rng.uniform(0.5, 1.5, (n, n)), "uneven": 10.0 ** rng.uniform(-12.0, 0.0, (n, n)),
             "near": 1.0 + 10.0 ** rng.uniform(-14.0, -2.0) * rng.random((n, n))}[weights]
        A = A * (np.triu(W, 1) + np.triu(W, 1).T)
    k0 = pinning(rng, n)
    return open_network(rng, hs.from_graph(A, masses(rng, n), k0=k0), groups, A, k0)


def _grid(shape, periodic):
    """Return the adjacency of a grid, and its two faces along the first axis."""
    sites = np.arange(int(np.prod(shape))).reshape(shape)
    A = np.zeros((sites.size, sites.size))
    for axis, closed in enumerate(periodic):
        for u, v in zip(sites.ravel(), np.roll(sites, -1, axis).ravel(), strict=True):
            A[u, v] = A[v, u] = 1.0
        if not closed and shape[axis] > 1:
            for u, v in zip(np.take(sites, -1, axis).ravel(), np.take(sites, 0, axis).ravel(), strict=True):
                A[u, v] = A[v, u] = 1.0 if shape[axis] == 2 else 0.0
    np.fill_diagonal(A, 0.0)
    return A, [np.take(sites, 0, 0).ravel(), np.take(sites, -1, 0).ravel()]


SHAPES = ((2, 2), (2, 2, 2), (2, 3), (3, 2), (2, 4), (4, 2), (2, 2, 2))
LARGE_SHAPES = ((3, 3), (3, 4), (4, 4), (3, 3, 3), (5, 3), (2, 2, 2, 2), (5, 5), (3, 2, 3), (6, 6), (8, 4))


def lattice(rng):
    """Return a grid, open or closed, or a chain of three directions, kron(chain, I₃)."""
    large = rng.random() < LARGE_SHARE
    if rng.random() < 0.3:
        length = int(rng.integers(3, 7)) if large else 2
        K = np.kron(2.0 * np.eye(length) - np.eye(length, k=1) - np.eye(length, k=-1), np.eye(3))
        K -= np.diag(K.sum(axis=1) * (rng.random() < 0.5))
        m = masses(rng, 3 * length) if rng.random() < 0.5 else np.repeat(masses(rng, length), 3)
        return open_network(rng, hs.Springs(m, K), [range(3), range(3 * length - 3, 3 * length)])
    shapes = LARGE_SHAPES if large else SHAPES
    shape = shapes[rng.integers(len(shapes))]
    A, groups = _grid(shape, [bool(rng.integers(2)) and length > 2 for length in shape])
    n = len(A)
    k0 = pinning(rng, n)
    m = np.ones(n) if rng.random() < 0.4 else masses(rng, n)
    return open_network(rng, hs.from_graph(A, m, k0=k0), groups, A, k0)


def ions(rng):
    n = size(rng, 1)
    m = masses(rng, n)
    if rng.random() < 0.6:
        net = hs.ion_crystal(n, m)
    else:
        net = hs.ion_crystal(n, m, branch="x", ratio=(0.8 * n**0.86 + 0.5) * float(rng.choice([1.0, 2.0, 10.0])))
    return open_network(rng, net, _ends(n, int(rng.integers(1, 4))) if n > 1 else None)


def overdamped(rng):
    """Return a chain, a graph or a lattice of 2 to 5 sites, baths that damp by 1e4 to 1e12, from 1e-6 to 1e3 hot."""
    n, kind = int(rng.integers(2, 6)), rng.choice(["chain", "graph", "lattice"])
    A = np.zeros((n, n))
    if kind == "chain":
        A[np.arange(n - 1), np.arange(1, n)] = 1.0
        A += A.T
    elif kind == "graph":
        A, _ = _graph(rng, max(n, 3))
    else:
        A, _ = _grid((2, 2), [False, False])
    n = len(A)
    if rng.random() < 0.5:
        W = np.triu(10.0 ** rng.uniform(-3.0, 3.0, (n, n)), 1)
        A = A * (W + W.T)
    m, k0 = (np.ones(n), np.full(n, 0.3)) if rng.random() < 0.4 else (masses(rng, n), pinning(rng, n))
    sites = [int(s) for s in rng.permutation(n)[: int(rng.integers(2, n + 1))]]
    friction = 10.0 ** rng.uniform(4.0, 12.0, len(sites))
    if rng.random() < 0.5:
        friction[:] = friction[0] if rng.random() < 0.5 else 10.0 ** np.round(np.log10(friction[0]))
    if rng.random() < 0.3:
        friction[-1] = 1.0
    baths = [hs.Bath(s, float(10.0 ** rng.uniform(-6.0, 3.0)), float(g)) for s, g in zip(sites, friction, strict=True)]
    if kind == "chain":
        return of_system(hs.OpenNetwork(hs.Chain(m, np.diag(A, 1).copy(), k0), baths), A, k0)
    return of_system(hs.OpenNetwork(hs.from_graph(A, m, k0=k0), baths), A, k0)


FAMILIES = {"mean field": mean_field, "power law": power_law, "chain": chain, "random springs": random_springs,
            "graph": graph, "lattice": lattice, "ions": ions}
LATER = {"overdamped": overdamped}  # families with seeds of their own, from FIRST on: those of the others stay
FIRST = 10**15


def _of_any(rng):
    """Return a small case of one of the families above."""
    while True:
        case = list(FAMILIES.values())[rng.integers(len(FAMILIES))](rng)
        if case.system.n_sites <= SMALL:
            return case


def drude(rng):
    return with_drude(rng, _of_any(rng))


def leads(rng):
    return with_leads(rng, _of_any(rng))


GROUPS = [FAMILIES, LATER, {"drude": drude}, {"leads": leads}]  # seeds of group k start at k FIRST


def group_of(name):
    """Return the number of the group of a family."""
    return next(k for k, group in enumerate(GROUPS) if name in group)


def case_of(seed):
    """Return the family and the case of a seed: families of a group take turns."""
    every = GROUPS[seed // FIRST]
    name = list(every)[seed % len(every)]
    rng = np.random.default_rng(seed)
    while True:  # a network that the package rightly turns away (buckling ions, …) is drawn again
        try:
            return name, every[name](rng)
        except hs.ArgumentError:
            continue
