"""What is compared beyond the stationary state: quantum heat, statistics, covariances, bonds, probes, relaxation.

``allowed`` is what 2⁻⁵² in every number of the network does, found by asking the oracle once more for a network changed
so; it is asked only where an answer is off.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from flint import fmpq
from scipy.sparse.csgraph import connected_components

import hotsprings as hs
from hotsprings.response.choice import response_of
from tests.search import counted
from tests.search.exact import rational
from tests.search.moments import Moments
from tests.search.oracle import float_of

# sites: the oracle takes long
MOST = {"cumulants": 8, "relaxation": 8, "noise": 8, "quantum_probes": 8, "quantum_variance": 3}
MOST_SITES = 12
DRAWS, UNIT = 2, fmpq(1, 2**52)


def changed(case, draw):
    """Return a case whose every number is changed by a part of 2⁻⁵² at most."""
    rng, system, n = np.random.default_rng(draw), case.system, case.system.n_sites

    def near(x):
        return rational(x) * (1 + UNIT * fmpq(int(rng.integers(-1000, 1001)), 1000))

    if case.springs is None:
        K = case.stiffness()
        for i in range(n):
            for j in range(i + 1):
                K[i][j] = K[j][i] = near(K[i][j])
    else:
        K = [[fmpq(0)] * n for _ in range(n)]
        for i in range(n):
            for j in range(i):
                K[i][j] = K[j][i] = -near(case.springs[i][j])
        for i in range(n):
            K[i][i] = near(case.pinning[i]) - sum(K[i], fmpq(0))
    network = SimpleNamespace(masses=[near(m) for m in system.network.masses])
    made = SimpleNamespace(network=network, friction=[near(g) for g in system.friction], bath_sites=system.bath_sites,
                           temperature=system.temperature, n_sites=n)
    if not system.white:
        made.cutoffs = [None if edge is None else near(edge) for edge in (bath.cutoff for bath in system.baths)]
    return SimpleNamespace(system=made, stiffness=lambda: K)


def line(label, case, oracle, given, ask, size=None):
    """Return the verdict's numbers: how far ``given`` is from ``ask`` of the oracle, relative to ``size`` of it."""
    right = np.atleast_1d(ask(Moments(oracle)))
    scale = np.maximum(np.abs(right) if size is None else size(right), 1e-280)
    off = np.abs(np.atleast_1d(given) - right) / scale
    off = np.where(np.isnan(off), np.inf, off)
    k, allowed = int(np.argmax(off)), 0.0
    if off[k] > 1e-9:
        for draw in range(DRAWS):
            other = np.atleast_1d(ask(Moments(type(oracle)(changed(case, draw)))))
            allowed = max(allowed, float(np.max(np.abs(other - right) / scale)))
    return label, float(off[k]), allowed


def _largest(right):
    return np.full(right.shape, np.abs(right).max())


def quantum_heat_flux(case, oracle, ask):
    """Quantum heat flux from every bath, relative to the largest, ħ small, usual and large."""
    system = case.system
    if system.n_baths < 2 or system.n_sites > MOST_SITES or not np.ptp(system.temperature):
        return
    hbar = float(10.0 ** np.random.default_rng(ask.seed + 3).uniform(-3.0, 3.0))
    given = ask(lambda: hs.quantum.heat_flux(system, hbar))
    if oracle.conductance().any():
        yield line("quantum heat flux", case, oracle, given, lambda m: m.quantum_flux(hbar), _largest)


def quantum_conductance(case, oracle, ask):
    """Quantum conductance between the first and the last bath, relative to itself, from cold to hot."""
    system = case.system
    if system.n_baths < 2 or system.n_sites > MOST_SITES or not oracle.conductance()[0, -1]:
        return
    rng = np.random.default_rng(ask.seed + 7)
    hbar, temperature = (float(10.0 ** x) for x in rng.uniform(-3.0, 3.0, 2))
    given = ask(lambda: hs.quantum.conductance(system, temperature, hbar))[0, -1]
    yield line("quantum conductance", case, oracle, given, lambda m: m.quantum_conductance(temperature, hbar))


def quantum_covariances(case, oracle, ask):
    """Covariances of two sites with zero-point motion, velocities away from baths, relative to the bound of Schwarz."""
    system = case.system
    if not 2 <= system.n_sites <= MOST_SITES:
        return
    rng = np.random.default_rng(ask.seed + 8)
    hbar = float(10.0 ** rng.uniform(-3.0, 3.0))
    i, j = two_sites(system, rng)
    if j is None:
        return
    found = ask(lambda: hs.quantum.covariance(system, [i, j], hbar))
    ask.told |= ask.dark and taken_for_dark(case, oracle)
    if not found.free:
        given = np.array([found.position[0, 0], found.position[1, 1], found.position[0, 1]])
        yield line("quantum covariance of positions", case, oracle, given, lambda m: np.array(
            [m.quantum_motion(*pair, hbar, 0) for pair in ((i, i), (j, j), (i, j))]), _schwarz)
    if not {i, j} & {s for s, bath in zip(oracle.sites, system.baths, strict=True) if bath.white}:
        given = np.array([found.velocity[0, 0], found.velocity[1, 1], found.velocity[0, 1]])
        yield line("quantum covariance of velocities", case, oracle, given, lambda m: np.array(
            [m.quantum_motion(*pair, hbar, 2) for pair in ((i, i), (j, j), (i, j))]), _schwarz)


def noise(case, oracle, ask):
    """Noise of the heat currents, relative to the largest."""
    system = case.system
    if system.n_baths < 2 or system.n_sites > MOST["noise"] or not oracle.conductance().any():
        return
    if system.temperature.any():
        given = ask(lambda: hs.statistics.noise(system))
        yield line("noise", case, oracle, given.ravel(), lambda m: m.noise().ravel(), _largest)


def quantum_variance(case, oracle, ask):
    """Variance of the heat that quanta carry between two baths, relative to itself."""
    system = case.system
    if system.n_baths != 2 or system.n_sites > MOST["quantum_variance"] or not oracle.conductance().any():
        return
    if system.temperature.any():
        hbar = float(10.0 ** np.random.default_rng(ask.seed + 9).uniform(-3.0, 3.0))
        given = ask(lambda: hs.statistics.cumulants(system, 2, True, hbar))[1]
        yield line("variance of quanta", case, oracle, given, lambda m: m.quantum_variance(hbar))


def cumulants(case, oracle, ask):
    """Mean, variance and third cumulant of the heat between two baths, relative to themselves."""
    system = case.system
    if system.n_baths != 2 or system.n_sites > MOST["cumulants"] or not oracle.conductance().any():
        return
    given = ask(lambda: hs.statistics.cumulants(system, order=3))
    if np.ptp(system.temperature):
        yield line("cumulants", case, oracle, given, Moments.cumulants)


def scaled_cumulant(case, oracle, ask):
    """Scaled cumulant function of the heat from all baths, relative to itself."""
    system = case.system
    if system.n_baths < 2 or system.n_sites > MOST_SITES or not oracle.conductance().any():
        return
    counting = counted.drawn(system, np.random.default_rng(ask.seed + 10))
    given = ask(lambda: hs.statistics.scaled_cumulant(system, counting if system.n_baths > 2 else np.ptp(counting)))
    if system.n_baths == 2:
        counting = np.array([np.ptp(counting), 0.0])
    yield line("scaled cumulant function", case, oracle, given, lambda m: counted.exponent(m.oracle, counting))


def quantum_probes(case, oracle, ask):
    """Temperatures of floating baths where heat is carried by quanta, relative to the hottest."""
    system = case.system
    C, floating = oracle.conductance(), list(range(1, system.n_baths - 1))
    if not floating or system.n_sites > MOST["quantum_probes"] or not (C[0] > 0.0)[floating].all():
        return
    hbar = float(10.0 ** np.random.default_rng(ask.seed + 11).uniform(-3.0, 3.0))
    found = ask(lambda: hs.self_consistent(system, floating, True, hbar)).temperature
    yield line("temperature without a flux of quanta", case, oracle, np.zeros(len(floating)),
                lambda m: counted.step(m.at(found), floating, hbar), lambda right: np.ones(right.shape))


def covariances(case, oracle, ask):
    """Covariances of two sites, relative to the bound of Schwarz."""
    system = case.system
    if system.n_sites < 2 or system.n_sites > MOST_SITES:
        return
    i, j = two_sites(system, np.random.default_rng(ask.seed + 4))
    if j is None:
        return
    found = ask(lambda: hs.covariance(system, [i, j]))

    def velocities(m):
        return np.array([m.velocity(i, i), m.velocity(j, j), m.velocity(i, j)])

    ask.told |= ask.dark and taken_for_dark(case, oracle)
    given = np.array([found.velocity[0, 0], found.velocity[1, 1], found.velocity[0, 1]])
    yield line("covariance of velocities", case, oracle, given, velocities, _schwarz)
    if not found.free:
        given = np.array([found.position[0, 0], found.position[1, 1], found.position[0, 1]])
        yield line("covariance of positions", case, oracle, given,
                    lambda m: np.array([m.position(i, i), m.position(j, j), m.position(i, j)]), _schwarz)


def two_sites(system, rng):
    """Return two sites that springs join, the second None where there is none."""
    part = connected_components(np.array(system.network.stiffness()) != 0.0, directed=False)[1]
    i, *rest = (int(s) for s in rng.permutation(system.n_sites))
    return i, next((s for s in rest if part[s] == part[i]), None)


def taken_for_dark(case, oracle):
    """Return whether modes that hardly feel a bath are dark in all but name, which a warning says."""
    return response_of(case.system).dark_modes()[0] > oracle.n_dark


def _schwarz(right):
    return np.array([right[0], right[1], np.sqrt(abs(right[0] * right[1]))])


def bond_currents(case, oracle, ask):
    """Heat through two of the springs, relative to the largest flux, from a bath or, in a vortex, through them."""
    system = case.system
    flux = oracle.conductance() * (system.temperature[:, None] - system.temperature)
    top = float(np.abs(flux.sum(axis=1)).max())
    if system.n_sites < 2 or system.n_sites > MOST_SITES or top == 0.0:
        return
    found = ask(lambda: hs.bond_currents(system))
    some = np.random.default_rng(ask.seed + 5).permutation(len(found.bonds))[:2]
    pairs = [tuple(int(s) for s in found.bonds[k]) for k in some]

    def currents(m):
        return np.array([-float_of(m.oracle.K[i][j]) * m.stretch_velocity(i, j) for i, j in pairs])

    if pairs:
        yield line("heat through two springs", case, oracle, found.heat_flux[some], currents,
                    lambda right: np.full(right.shape, max(top, float(np.abs(right).max()))))


def self_consistent(case, oracle, ask):
    """Temperatures of floating baths between two fixed ones, relative to the hottest."""
    system = case.system
    if system.n_baths < 3 or system.n_sites > MOST_SITES:
        return
    floating = list(range(1, system.n_baths - 1))
    C = oracle.conductance()
    if not (C[0] > 0.0)[floating].all():
        return
    given = ask(lambda: hs.self_consistent(system, floating)).temperature
    yield line("self-consistent temperature", case, oracle, given, lambda m: m.self_consistent(floating), _largest)


def relaxation(case, oracle, ask):
    """Local temperatures on the way, at a time like the life of a middle resonance, relative to the hottest."""
    system = case.system
    if system.n_sites > MOST["relaxation"]:
        return
    rates = np.sort(np.abs(oracle.resonances().imag))
    time = float(np.random.default_rng(ask.seed + 6).uniform(0.1, 2.0) / rates[rates.size // 2])
    given = ask(lambda: hs.relaxation(system, [time], 0.9))[0]
    ask.told |= ask.dark and taken_for_dark(case, oracle)
    yield line("temperature on the way", case, oracle, given, lambda m: m.relaxation(time, 0.9), _largest)


QUANTITIES = {f.__name__: f for f in (
    quantum_heat_flux, quantum_conductance, quantum_covariances, quantum_variance, cumulants, noise, covariances,
    scaled_cumulant, bond_currents, self_consistent, quantum_probes, relaxation)}
