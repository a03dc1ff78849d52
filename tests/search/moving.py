"""What is compared in time: correlations, power spectra, kicks, energy currents, large deviations."""

from __future__ import annotations

import numpy as np

import hotsprings as hs
from hotsprings.response.modes import parts_of
from tests.search import counted
from tests.search.compared import TINY, relative, worst
from tests.search.fluctuating import line, taken_for_dark, two_sites
from tests.search.moments import Moments
from tests.search.propagation import correlated, energy_current, moved

MOST_SITES = 8  # the oracle takes long


def _time(oracle, rng):
    """Return a time like the life of a middle resonance, or one of the fastest period."""
    found = oracle.resonances()
    rates = np.sort(np.abs(found.imag))
    slow, fast = 1.0 / rates[rates.size // 2], 1.0 / np.abs(found).max()
    return float(rng.uniform(0.1, 2.0) * (slow if rng.random() < 0.5 else min(slow, 10.0 * fast)))


def correlations(case, oracle, ask):
    """Correlations of two velocities and positions, before and after, relative to the bound of Schwarz."""
    system, rng = case.system, np.random.default_rng(ask.seed + 13)
    if system.n_sites > MOST_SITES or not system.temperature.any():
        return
    i, j = two_sites(system, rng)
    j = i if j is None or rng.random() < 0.3 else j
    time = _time(oracle, rng)
    for of in ("velocity", "position"):
        speed = of == "velocity"
        if not speed and (_free(system, oracle, i) or _free(system, oracle, j)):
            return
        given = ask(lambda of=of: hs.correlation(system, i, j, [time, -time], of))
        ask.told |= ask.dark and taken_for_dark(case, oracle)

        def exact(m, speed=speed):
            return np.array([correlated(m, i, j, t, speed) for t in (time, -time)])

        def size(right, speed=speed):
            m = Moments(oracle)
            own = [m.velocity(k, k) if speed else m.position(k, k) for k in (i, j)]
            return np.full(right.shape, np.sqrt(own[0] * own[1]))

        yield line(f"correlation in time of {'velocities' if speed else 'positions'}", case, oracle, given, exact, size)


def _free(system, oracle, site):
    """Return whether nothing holds what springs join to a site."""
    part = parts_of(np.array(system.network.stiffness()))
    return not any(sum(row, 0) for row, number in zip(oracle.K, part, strict=True) if number == part[site])


def power_spectrum(case, oracle, ask):
    """Power spectrum of a velocity, relative to itself."""
    system, rng = case.system, np.random.default_rng(ask.seed + 14)
    found, site, rows = oracle.resonances(), int(rng.integers(system.n_sites)), []
    omega = np.array([np.abs(found.real)[rng.integers(found.size)], np.abs(found).max() * rng.uniform(0.0, 3.0),
                      1e3 * np.abs(found).max()])
    omega = omega[omega > 0.0]
    given = ask(lambda: hs.power_spectrum(system, omega, site))
    for w, s in zip(omega, given, strict=True):
        parts = [(2.0 * g * t, *oracle.green(float(w), site, at)) for g, t, at in zip(
            oracle.drag(w), system.temperature, oracle.sites, strict=True)]
        right = sum(weight * (w * abs(g)) ** 2 for weight, g, _ in parts)
        if right > TINY:
            slack = sum(2.0 * weight * w**2 * abs(g) * doubt for weight, g, doubt in parts)
            rows.append((float(relative(s, right)), slack / right))
    yield worst("power spectrum", *np.array(rows).reshape(-1, 2).T)


def mean_motion(case, oracle, ask):
    """Where a kick or a displacement of one site takes the others, relative to the start."""
    system, rng = case.system, np.random.default_rng(ask.seed + 15)
    if system.n_sites > MOST_SITES:
        return
    site, time = int(rng.integers(system.n_sites)), _time(oracle, rng)
    found = ask(lambda: hs.mean_motion(system, [time], kick=site))
    ask.told |= ask.dark and taken_for_dark(case, oracle)
    start = 1.0 / float(system.network.masses[site])
    yield line("velocity after a kick", case, oracle, found.velocity[0],
               lambda m: moved(m.oracle, site, time, True)[1], lambda right: np.full(right.shape, start))
    fastest = float(np.abs(oracle.resonances()).max())
    yield line("position after a kick", case, oracle, found.position[0],
               lambda m: moved(m.oracle, site, time, True)[0],
               lambda right: np.full(right.shape, max(np.abs(right).max(), start / fastest)))
    found = ask(lambda: hs.mean_motion(system, [time], displacement=site))
    yield line("position after a displacement", case, oracle, found.position[0],
               lambda m: moved(m.oracle, site, time, False)[0], lambda right: np.ones(right.shape))


def _separations(network):
    """Return x_j - x_i of chains and power laws, on a ring the shorter way round; None for other networks."""
    n = network.n_sites
    if not isinstance(network, hs.Chain | hs.PowerLaw):
        return None
    steps = np.subtract.outer(-np.arange(n), -np.arange(n))
    if getattr(network, "periodic", False):
        steps = (steps + n // 2) % n - n // 2
        steps[2 * np.abs(steps) == n] = 0
    return steps


def current_correlation(case, oracle, ask):
    """Correlation of the total energy current, closed and between equal baths, relative to its start."""
    system, rng = case.system, np.random.default_rng(ask.seed + 16)
    steps = _separations(system.network)
    if steps is None or not 2 <= system.n_sites <= MOST_SITES:
        return
    time, top = _time(oracle, rng), energy_current(oracle, steps, 0.0, False)
    equal = hs.OpenNetwork(system.network, [_at(bath, 0.8) for bath in system.baths])
    for label, asked, damped in (("closed", system.network, False), ("between baths", equal, True)):
        given = ask(lambda asked=asked: hs.current_correlation(asked, [time], 0.8)) / 0.64
        yield line(f"energy current, {label}", case, oracle, given,
                   lambda m, damped=damped: energy_current(m.oracle, steps, time, damped),
                   lambda right: np.full(right.shape, top))


def _at(bath, temperature):
    return hs.Bath(bath.site, temperature, bath.friction, bath.cutoff)


def rate_function(case, oracle, ask):
    """Large-deviation function at a flux on either side of the mean, relative to the larger of its two terms."""
    system, rng = case.system, np.random.default_rng(ask.seed + 17)
    if system.n_baths != 2 or system.n_sites > MOST_SITES or not system.temperature.all():
        return
    if not oracle.conductance().any():
        return
    first, last = system.temperature
    end = 1.0 / first if rng.random() < 0.5 else -1.0 / last
    counting = float(end * (1.0 - 10.0 ** rng.uniform(-2.0, -0.01)))
    flux, right = counted.rate(oracle, counting)
    given = ask(lambda: hs.statistics.rate_function(system, flux))
    yield line("large-deviation function", case, oracle, given, lambda m: counted.at_flux(m.oracle, counting, flux),
               lambda r: np.full(r.shape, max(abs(counting * flux), abs(right))))


QUANTITIES = {f.__name__: f for f in (correlations, power_spectrum, mean_motion, current_correlation, rate_function)}
