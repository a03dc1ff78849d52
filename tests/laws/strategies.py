"""Random open networks, the hard corners among them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import hotsprings as hs

seeds = st.integers(0, 2**32 - 1)


@st.composite
def mass_arrays(draw, n):
    rng = np.random.default_rng(draw(seeds))
    kinds = ["equal", "graded", "random", "alternating", "log-uniform", "close", "species", "impurity"]
    kind = draw(st.sampled_from(kinds))
    if kind == "equal":
        return np.full(n, draw(st.sampled_from([1.0, 0.3, 7.0])))
    if kind == "graded":
        return hs.masses.graded(n, 1.0, 0.3)
    if kind == "random":
        return rng.uniform(0.9, 1.1, n)
    if kind == "alternating":
        return hs.masses.alternating(n, 1.0, 0.25)
    if kind == "log-uniform":  # ratios up to 1e6
        return 10.0 ** rng.uniform(-3.0, 3.0, n)
    if kind == "close":  # a few 1e-7 apart
        return 1.0 + 1e-7 * rng.uniform(-1.0, 1.0, n)
    if kind == "species":  # equal ones, and some a few rounding errors apart
        return rng.choice([1.0, 1.0 + 1e-12, 2.0, 2.0 + 4e-16], n)
    masses = np.ones(n)
    masses[rng.integers(n)] = 10.0 ** rng.uniform(-3.0, 3.0)
    return masses


@st.composite
def mean_fields(draw, max_sites=30):
    n = draw(st.integers(2, max_sites))
    masses = draw(mass_arrays(n))
    rng = np.random.default_rng(draw(seeds))
    k0 = draw(st.sampled_from([0.0, 0.0, 1.0, 1e-12, 1e-3, 30.0, "sites"]))
    if k0 == "sites":
        k0 = rng.uniform(0.0, 1.0, n) * rng.integers(0, 2, n)
    n_tilde = draw(st.sampled_from([None, 1.0, 0.37, 7.0, 3.0 * n]))
    return hs.MeanField(masses, k=draw(st.sampled_from([1.0, 0.1, 10.0])), k0=k0, n_tilde=n_tilde)


@st.composite
def other_networks(draw, max_sites=30):
    """Chains, power laws, random springs; masses that a stiffness matrix in double precision can tell apart."""
    n = draw(st.integers(2, max_sites))
    rng = np.random.default_rng(draw(seeds))
    masses = draw(st.sampled_from([np.ones(n), rng.uniform(0.5, 1.5, n), hs.masses.alternating(n, 1.0, 0.25),
                                   10.0 ** rng.uniform(-1.0, 1.0, n)]))
    k0 = draw(st.sampled_from([0.0, 1.0, 1e-3]))
    kind = draw(st.sampled_from(["chain", "power law", "ring", "random springs", "springs"]))
    if kind == "chain":
        k, ends = draw(st.sampled_from([1.0, 0.1])), draw(st.sampled_from(["free", "fixed"]))
        return hs.Chain(masses, k=k, k0=k0, ends=ends)
    if kind in ("power law", "ring"):
        return hs.PowerLaw(masses, draw(st.sampled_from([0.0, 0.5, 1.5, 3.0])), k0=k0, kac=draw(st.booleans()),
                           periodic=kind == "ring")
    if kind == "random springs":
        return hs.random_springs(masses, 1.0, 0.9, seed=draw(st.integers(0, 1000)), k0=k0)
    A = rng.normal(size=(n, n))
    return hs.Springs(masses, A @ A.T / n + (0.05 + k0) * np.eye(n))


networks = st.one_of(mean_fields(), other_networks())


@st.composite
def systems(draw, networks=networks, min_baths=1, max_baths=5):
    network = draw(networks)
    n = network.n_sites
    count = draw(st.integers(min(min_baths, n), min(max_baths, n)))
    rng = np.random.default_rng(draw(seeds))
    sites = rng.permutation(n)[:count]
    kind = draw(st.sampled_from(["same", "mild", "wild"]))
    if kind == "same":
        friction = np.full(count, draw(st.sampled_from([1.0, 1e-3, 1e3, 2.0])))
    else:
        friction = 10.0 ** rng.uniform(-0.5, 0.5, count) if kind == "mild" else 10.0 ** rng.uniform(-3.0, 3.0, count)
    temperature = rng.uniform(0.0, 2.0, count)
    return hs.OpenNetwork(network, [hs.Bath(int(s), float(t), float(g))
                                    for s, t, g in zip(sites, temperature, friction, strict=True)])


def mean_field_systems(max_sites=30, **kwargs):
    return systems(mean_fields(max_sites), **kwargs)


def other_systems(max_sites=30, **kwargs):
    return systems(other_networks(max_sites), **kwargs)
