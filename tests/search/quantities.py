"""What is compared: a line of the registry for each quantity, with what it may be off by and what tells.

Each yields (label, relative error, allowed): wrong where error > 1e-9 and error > 3 × allowed, unless it was told.
``allowed`` is what the certificate says (``CERTIFIED``), else what 2⁻⁵² in every number of the network can do. A new
quantity is a function here and its name in the registry below.
"""

from __future__ import annotations

import numpy as np

import hotsprings as hs
from tests.search.compared import TINY, matched, near_and_far, relative, resonances_off, worst
from tests.search.fluctuating import QUANTITIES as FLUCTUATING
from tests.search.moving import QUANTITIES as MOVING


def steady_state(case, oracle, ask):
    """Conductances relative to themselves, bath weights and temperatures of 1 and of the hottest bath."""
    state = ask(lambda: hs.steady_state(case.system))
    C, h = oracle.conductance(), oracle.bath_weight()
    rate = case.system.friction / case.system.network.masses[case.system.bath_sites]
    n_b = len(rate)
    if n_b > 1:
        off = ~np.eye(n_b, dtype=bool)
        floor = max(float(rate.min()) * 1e-15, TINY)
        zero = off & (C == 0.0)
        yield "conductance", float(relative(state.conductance, C)[off & ~zero].max(initial=0.0)), \
            state.certificate.flux_doubt
        yield "vanishing conductance", float((np.abs(state.conductance[zero]) / floor).max(initial=0.0)) * 1e-9, 0.0
    doubt = state.certificate.conditioning
    found = np.abs(state.bath_weight - h)
    known_dark = state.n_dark_modes == oracle.n_dark
    ask.told |= state.n_dark_modes > oracle.n_dark and ask.dark  # "dark in all but name", said by a warning
    yield "bath weight", float(np.where(np.isnan(found), np.inf, found).max()), doubt
    if known_dark:
        T = case.system.temperature
        local = h @ T
        top = float(T.max()) or 1.0
        yield "local temperature", float(np.abs(state.local_temperature - local).max()) / top, doubt


def resonances(case, oracle, ask):
    """Resonances relative to themselves, decay rates too, beyond what the last bits of the network allow."""
    found = ask(lambda: hs.resonances(case.system))
    right, doubt = oracle.resonances(), oracle.root_doubts()
    given = matched(found.frequency, right)
    if given is None:
        ask.told |= 2 * oracle.n_dark < 2 * case.system.n_sites - found.n_expected - 1  # some dark in all but name
        yield "number of resonances", np.inf, 0.0
        return
    yield from resonances_off(found, given, right, doubt, ask)
    yield "decay rates above zero", float(np.any(found.decay_rate < 0.0)), 0.0


def _frequencies(case, oracle, rng):
    """Return real frequencies: 0, in the band, on a resonance, and two far above (the last 1e5 times the band)."""
    right = oracle.resonances()
    band = float(np.sqrt(oracle.closed.max(initial=0.0))) or 1.0
    some = float(np.abs(right.real)[rng.integers(right.size)])
    return np.array([0.0, band * rng.uniform(0.0, 1.0), some, 1e2 * band, 1e5 * band])


def green(case, oracle, ask):
    """Green elements between sites, baths or not, relative to themselves."""
    rng, n = np.random.default_rng(ask.seed), case.system.n_sites
    omega = _frequencies(case, oracle, rng)
    top = omega[-1] / 1e4
    pairs = {(int(oracle.sites[0]), int(oracle.sites[-1])), tuple(int(x) for x in rng.integers(n, size=2))}
    rows = []
    for i, j in sorted(pairs):
        given = ask(lambda i=i, j=j: hs.green(case.system, omega, i, j))
        for w, g in zip(omega, given, strict=True):
            right = ask.oracle(lambda w=w, i=i, j=j: oracle.green(float(w), i, j))
            if right is not None and abs(right[0]) > TINY:
                rows.append((w > top, float(relative(g, right[0])), right[1] / abs(right[0])))
    yield from near_and_far("Green element", rows)


def transmittance(case, oracle, ask):
    """Transmittance of a pair of baths, and the density of states of a site, relative to themselves."""
    system, rng = case.system, np.random.default_rng(ask.seed + 1)
    omega = _frequencies(case, oracle, rng)[1:]
    top, rows = omega[-1] / 1e4, []
    if system.n_baths > 1:
        a, b = 0, system.n_baths - 1
        given = ask(lambda: hs.transmittance(system, omega, a, b))
        for w, t in zip(omega, given, strict=True):
            g, doubt = oracle.green(float(w), oracle.sites[a], oracle.sites[b])
            right = 4.0 * oracle.drag(w)[a] * oracle.drag(w)[b] * (w * abs(g)) ** 2
            if right > TINY:
                rows.append((w > top, float(relative(t, right)), 2.0 * doubt / abs(g)))
    yield from near_and_far("transmittance", rows)
    site, rows = int(rng.integers(system.n_sites)), []
    given = ask(lambda: hs.spectrum.local_density_of_states(system, omega, site))
    mass = system.network.masses[site]
    for w, d in zip(omega, given, strict=True):
        parts = [(f, *oracle.green(float(w), site, s)) for f, s in zip(oracle.drag(w), oracle.sites, strict=True)]
        right = 2.0 * mass / np.pi * sum(f * (w * abs(g)) ** 2 for f, g, _ in parts)
        if right > TINY:
            slack = 2.0 * mass / np.pi * sum(2.0 * f * w**2 * abs(g) * doubt for f, g, doubt in parts)
            rows.append((w > top, float(relative(d, right)), slack / right))
    yield from near_and_far("density of states", rows)


def cumulative_heat_flux(case, oracle, ask):
    """Heat flux below a frequency, of the conductance."""
    system = case.system
    if system.n_baths < 2 or oracle.conductance()[0, -1] == 0.0:
        return
    rng = np.random.default_rng(ask.seed + 2)
    omega = _frequencies(case, oracle, rng)[1:4]
    b = system.n_baths - 1
    given = ask(lambda: hs.spectrum.cumulative_heat_flux(system, omega, 0, b))
    whole = oracle.conductance()[0, b]
    for w, j in zip(omega, given, strict=True):
        right = ask.oracle(lambda w=w: oracle.cumulative(float(w), 0, b))
        if right is not None:
            g = oracle.green(float(w), oracle.sites[0], oracle.sites[b])[0]
            step = 2.0 / np.pi * oracle.drag(w)[0] * oracle.drag(w)[b] * (w * abs(g)) ** 2
            yield ("cumulative heat flux", float(abs(j - right) / whole),
                   _sampled_doubt(case, ask) + 2.0**-51 * w * step / whole)


def _sampled_doubt(case, ask):
    return ask.certificate.flux_doubt if ask.certificate is not None else 0.0


def thermodynamics(case, oracle, ask):
    """Frequencies of the network without baths, relative to themselves, and the classical entropy."""
    network = case.system.network
    found = ask(lambda: hs.thermodynamics(network, 0.7))
    right = np.sqrt(oracle.closed)
    if right.size != found.omega.size:
        yield "number of bound modes", np.inf, 0.0
        return
    scale = 2.0**-52 * right.max(initial=0.0) ** 2 / right**2 if case.springs is None else np.full(right.size, 2.0**-50)
    yield worst("closed frequency", relative(np.sort(found.omega), right), scale)
    entropy = np.sum(1.0 + np.log(0.7 / right))
    if right.size:
        yield "entropy", float(abs(found.entropy - entropy)) / max(abs(entropy), right.size), float(scale.sum())


CERTIFIED = {"steady_state", "cumulative_heat_flux"}
QUANTITIES = {f.__name__: f for f in (
    steady_state, resonances, green, transmittance, cumulative_heat_flux, thermodynamics)} | FLUCTUATING | MOVING
