"""Baths that remember, drawn: Drude cutoffs on some or all baths, semi-infinite leads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import hotsprings as hs


def with_drude(rng, case):
    """Return the case with cutoffs: one for all, one per bath, near the band or over sixteen powers of ten."""
    baths = list(case.system.baths)
    kind = rng.choice(["one", "near band", "wild", "twins"], p=[0.3, 0.3, 0.25, 0.15])
    edges = 10.0 ** rng.uniform(-1.0, 1.0, len(baths))
    if kind == "one":
        edges[:] = float(rng.choice([0.3, 1.0, 2.0, 30.0]))
    elif kind == "wild":
        edges = 10.0 ** rng.uniform(-8.0, 8.0, len(baths))
    elif kind == "twins":
        edges = edges[0] * (1.0 + 10.0 ** rng.uniform(-14.0, -2.0) * rng.uniform(-1.0, 1.0, len(baths)))
    white = rng.random(len(baths)) < 0.4 if rng.random() < 0.4 else np.zeros(len(baths), bool)
    if white.all():
        white[rng.integers(len(baths))] = False
    made = [bath if w else hs.Bath(bath.site, bath.temperature, bath.friction, cutoff=float(edge))
            for bath, edge, w in zip(baths, edges, white, strict=True)]
    return replace(case, system=hs.OpenNetwork(case.system.network, made))


def with_leads(rng, case):
    """Return the case between equal leads: usual, weak or stiff, as heavy as one of the sites, or nearly so."""
    network, baths = case.system.network, case.system.baths
    kind = rng.choice(["usual", "wild", "continues", "nearly", "stiff"], p=[0.35, 0.2, 0.2, 0.15, 0.1])
    k, mass = float(rng.choice([1.0, 1.3, 0.5])), float(rng.choice([1.0, 0.7, 2.0]))
    at = float(network.masses[baths[int(rng.integers(len(baths)))].site])
    if kind == "wild":
        k, mass = (float(x) for x in 10.0 ** rng.uniform(-4.0, 4.0, 2))
    elif kind == "continues":
        mass = at
    elif kind == "nearly":
        mass = at * (1.0 + float(10.0 ** rng.uniform(-14.0, -1.0)))
    elif kind == "stiff":
        k = float(10.0 ** rng.uniform(2.0, 8.0))
    made = [hs.Lead(bath.site, bath.temperature, k, mass) for bath in baths]
    return replace(case, system=hs.OpenNetwork(network, made))
