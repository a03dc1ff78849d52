"""What is compared between leads: conductance, bath weights, resonances, Green elements, transmittance, probes."""

from __future__ import annotations

import numpy as np

import hotsprings as hs
from tests.search.compared import TINY, matched, near_and_far, relative, resonances_off

UNDAMPED = 1e-24  # relative width that 32 digits do not tell from 0


def steady_state(case, oracle, ask):
    """Conductances of two pairs relative to themselves, weights of a lead at two sites."""
    system, rng = case.system, np.random.default_rng(ask.seed + 12)
    state = ask(lambda: hs.steady_state(system))
    n, n_b = system.n_sites, system.n_baths
    undamped = oracle.n_dark + oracle.n_bound
    ask.told |= state.n_dark_modes > undamped and ask.dark
    for a, b in {(0, n_b - 1), tuple(sorted(int(x) for x in rng.permutation(n_b)[:2]))} if n_b > 1 else ():
        right = oracle.conductance(a, b)
        if right > TINY:
            yield "conductance", float(relative(state.conductance[a, b], right)), state.certificate.flux_doubt
        else:
            yield "vanishing conductance", float(abs(state.conductance[a, b])) * 1e6 / system.baths[0].band_edge, 0.0
    a = int(rng.integers(n_b))
    for site in {int(rng.integers(n)), oracle.sites[a]}:
        off = abs(float(state.bath_weight[site, a]) - oracle.bath_weight(site, a))
        yield "bath weight", off if off == off else np.inf, state.certificate.conditioning
    if oracle.told_apart and state.n_dark_modes != undamped and not ask.told:
        yield "number of undamped modes", np.inf, 0.0


def resonances(case, oracle, ask):
    """Resonances and decay rates relative to themselves."""
    found = ask(lambda: hs.resonances(case.system))
    right, doubt = oracle.resonances()
    rings, seen = (w.imag > UNDAMPED * np.abs(w) for w in (right, found.frequency))  # others may count as dark modes
    right, doubt = right[rings], doubt[rings]
    given = matched(found.frequency[seen], right)
    if given is None:
        yield "number of resonances", np.inf, 0.0
        return
    yield from resonances_off(found, given, right, doubt, ask)


def _frequencies(oracle, rng):
    """Return frequencies in the band of the leads, at its edge but one part in 1e6, on a resonance, and far above."""
    edge = oracle.system.baths[0].band_edge
    right = oracle.resonances()[0] if oracle.told_apart else np.empty(0)
    some = float(np.abs(right.real)[rng.integers(right.size)]) if right.size else edge / 3.0
    return np.array([edge * rng.uniform(0.0, 1.0), some or 0.1 * edge, edge * (1.0 - 1e-6), 1e3 * edge])


def green(case, oracle, ask):
    """Green elements between sites relative to themselves."""
    rng, n = np.random.default_rng(ask.seed), case.system.n_sites
    omega, rows = _frequencies(oracle, rng), []
    for i, j in {(oracle.sites[0], oracle.sites[-1]), tuple(int(x) for x in rng.integers(n, size=2))}:
        given = ask(lambda i=i, j=j: hs.green(case.system, omega, i, j))
        for w, g in zip(omega, given, strict=True):
            right = ask.oracle(lambda w=w, i=i, j=j: oracle.green(float(w), i, j))
            if right is not None and abs(right[0]) > TINY:
                rows.append((w == omega[-1], float(relative(g, right[0])), right[1] / abs(right[0])))
    yield from near_and_far("Green element", rows)


def transmittance(case, oracle, ask):
    """Transmittance of a pair of leads, and the density of states of a site, in the band."""
    system, rng = case.system, np.random.default_rng(ask.seed + 1)
    omega, rows, b = _frequencies(oracle, rng)[:3], [], system.n_baths - 1
    omega = omega[omega < system.baths[0].band_edge]
    if b:
        given = ask(lambda: hs.transmittance(system, omega, 0, b))
        for w, t in zip(omega, given, strict=True):
            g, doubt = oracle.green(float(w), oracle.sites[0], oracle.sites[b])
            right = (2.0 * oracle.drag(w) * w * abs(g)) ** 2
            if right > TINY:
                rows.append((False, float(relative(t, right)), 2.0 * doubt / abs(g) + _at_edge(system, w)))
    yield from near_and_far("transmittance", rows)
    site, rows, mass = int(rng.integers(system.n_sites)), [], system.network.masses
    given = ask(lambda: hs.spectrum.local_density_of_states(system, omega, site))
    for w, d in zip(omega, given, strict=True):
        parts = [oracle.green(float(w), site, s) for s in oracle.sites]
        right = 2.0 * mass[site] / np.pi * oracle.drag(w) * sum((w * abs(g)) ** 2 for g, _ in parts)
        if right > TINY:
            slack = sum(2.0 * abs(g) * doubt for g, doubt in parts) / sum(abs(g) ** 2 for g, _ in parts)
            rows.append((False, float(relative(d, right)), slack + _at_edge(system, w)))
    yield from near_and_far("density of states", rows)


def _at_edge(system, w):
    """Return by how much last bits move sin²θ near the edge of the band."""
    part = (w / system.baths[0].band_edge) ** 2
    return 2.0**-50 * part / max(1.0 - part, 2.0**-52)


def self_consistent(case, oracle, ask):
    """Temperatures of floating leads between two fixed ones, relative to the hottest."""
    system = case.system
    n_b = system.n_baths
    if n_b not in (3, 4):
        return
    C = np.array([[oracle.conductance(min(a, b), max(a, b)) if a != b else 0.0 for b in range(n_b)]
                  for a in range(n_b)])
    floating = list(range(1, n_b - 1))
    if not (C[0] > TINY)[floating].all():
        return
    found = ask(lambda: hs.self_consistent(system, floating)).temperature
    laplacian = np.diag(C.sum(axis=1)) - C
    ends = [0, n_b - 1]
    right = np.linalg.solve(laplacian[np.ix_(floating, floating)],
                            C[np.ix_(floating, ends)] @ system.temperature[ends])
    yield ("self-consistent temperature", float(np.abs(found[floating] - right).max()) / float(system.temperature.max()
           or 1.0), 0.0)


LEADING = {f.__name__: f for f in (steady_state, resonances, green, transmittance, self_consistent)}
