"""What is asked beyond the stationary state: beside it in time, and beside quadrature and molecular dynamics."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import hotsprings as hs
from benchmarks.children import measured
from benchmarks.results import Section, Table
from benchmarks.systems import fresh, random_power_law
from benchmarks.timing import duration, medians, timed

DIGITS = 1e-2  # two digits of a correlation, of its size at t = 0
GRID = 5e-4  # three digits of an integral over frequencies
WARM = 3000  # sites of the calls that load the compiled loops


def _system(n: int) -> hs.OpenNetwork:
    masses = np.random.default_rng(5).uniform(0.5, 1.5, n)
    return hs.OpenNetwork(hs.MeanField(masses, k0=0.3), [hs.Bath(0, 1.5), hs.Bath(n - 1, 0.5, 1.4)])


def correlation_by_dynamics(system: hs.OpenNetwork, site: int, lag: float, error: float) -> tuple[float, float, float]:
    """Return ⟨v(lag) v(0)⟩ of a site from trajectories, its standard error, and the seconds until that is small."""
    begin, rng, replicas, dt = time.perf_counter(), np.random.default_rng(3), 64, 0.05
    m, k = system.network.masses[:, None], system.network.stiffness()
    sites = system.bath_sites
    decay = np.exp(-system.friction[:, None] * dt / m[sites])
    width = np.sqrt(system.temperature[:, None] / m[sites] * (1.0 - decay**2))
    v = rng.standard_normal((system.n_sites, replicas)) / np.sqrt(m)
    q = np.zeros_like(v)
    steps, keep, sums, count = round(lag / dt), [], np.zeros(replicas), 0
    while True:
        v -= dt * (k @ q) / m
        q += 0.5 * dt * v
        v[sites] = decay * v[sites] + width * rng.standard_normal((sites.size, replicas))
        q += 0.5 * dt * v
        keep.append(v[site].copy())
        if len(keep) > steps:
            sums += keep.pop(0) * v[site]
            count += 1
            spread = float(np.std(sums / count) / np.sqrt(replicas))
            if count % 2000 == 0 and spread < error:
                return float(np.mean(sums / count)), spread, time.perf_counter() - begin


def grid_for(system: hs.OpenNetwork, exact: float, tolerance: float) -> tuple[int, float]:
    """Return how many equal steps in frequency the variance of the heat needs, and the seconds."""
    top = 1.5 * float(np.abs(hs.resonances(system).frequency.real).max())
    n = 1000
    while True:
        begin = time.perf_counter()
        omega = (np.arange(n) + 0.5) * top / n
        t = hs.transmittance(system, omega)
        product, step = system.temperature.prod(), system.temperature[0] - system.temperature[1]
        value = float(np.sum(2.0 * product * t + step**2 * t**2) * top / n / (2.0 * np.pi))
        if abs(value / exact - 1.0) < tolerance:
            return n, time.perf_counter() - begin
        n *= 2


def beyond_the_state(n: int, k0: float) -> dict[str, Any]:
    """Return seconds of the stationary state of a mean field, and of what is asked beyond it on the same resonances."""
    warm = _mean_field(WARM, k0)
    for ask in (*ASKED.values(), hs.steady_state):
        ask(warm)
    system = _mean_field(n, k0)
    seconds = {"state": timed(lambda: hs.steady_state(system))[0]}
    for name, ask in ASKED.items():
        seconds[name] = timed(lambda ask=ask: ask(system))[0]  # type: ignore[misc]
    return {"seconds": seconds}


def _mean_field(n: int, k0: float = 1.0) -> hs.OpenNetwork:
    masses = hs.masses.random(n, 1.0, 0.1, seed=1)
    return hs.OpenNetwork(hs.MeanField(masses, k0=k0), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])


def _ten_temperatures(system: hs.OpenNetwork) -> None:
    hs.quantum.conductance(system, np.geomspace(1e-2, 10.0, 10))


ASKED: dict[str, Callable[[hs.OpenNetwork], object]] = {
    "quantum heat flux": hs.quantum.heat_flux, "quantum conductance at ten temperatures": _ten_temperatures,
    "cumulants to the third": lambda system: hs.statistics.cumulants(system, order=3),
    "currents to every site": hs.bond_heat_flux}


def all_covariances(n: int) -> dict[str, Any]:
    """Return seconds of the stationary state of a power law, and of all its covariances, each from the start."""
    def whole(system: hs.OpenNetwork) -> object:
        return hs.covariance(fresh(system))

    system = random_power_law(n)
    state, covariance = medians(12.0, lambda: hs.steady_state(fresh(system)), lambda: whole(system))
    return {"state": state.seconds, "covariance": covariance.seconds}


def quantum_by_grid(n: int) -> dict[str, Any]:
    """Return how many equal steps in frequency three digits of a quantum heat flux need, and both times."""
    system = _system(n)
    hs.quantum.heat_flux(system)
    (exact,) = medians(1.0, lambda: hs.quantum.heat_flux(fresh(system)))
    value = float(hs.quantum.heat_flux(system)[0])
    top = 1.5 * float(np.abs(hs.resonances(system).frequency.real).max())
    first, last = system.temperature
    steps = 1000
    while True:
        omega = (np.arange(steps) + 0.5) * top / steps
        hs.transmittance(system, omega)  # loads the loops
        begin = time.perf_counter()
        passing = omega * (1.0 / np.expm1(omega / first) - 1.0 / np.expm1(omega / last))
        flux = float(np.sum(hs.transmittance(system, omega) * passing)) * top / steps / (2.0 * np.pi)
        if abs(flux / value - 1.0) < GRID:
            return {"exact": exact.seconds, "grid": time.perf_counter() - begin, "steps": steps}
        steps *= 2


def by_dynamics(n: int) -> dict[str, Any]:
    """Return the seconds of a correlation at one time as a sum, and until trajectories have two digits of it."""
    system = _system(n)
    (exact,) = medians(1.0, lambda: hs.correlation(fresh(system), 0, 0, 2.0))
    value, size = float(hs.correlation(system, 0, 0, 2.0)), float(hs.correlation(system, 0, 0, 0.0))
    found, spread, seconds = correlation_by_dynamics(system, 0, 2.0, DIGITS * size)
    return {"exact": exact.seconds, "dynamics": seconds, "z": (found - value) / spread}


def variance_by_grid(n: int) -> dict[str, Any]:
    """Return the seconds of the variance of the heat, and the steps and seconds of a grid with three digits of it."""
    system = _system(n)
    variance = float(hs.statistics.cumulants(system, order=2)[1])
    (exact,) = medians(1.0, lambda: hs.statistics.cumulants(fresh(system), order=2))
    steps, seconds = grid_for(system, variance, GRID)
    return {"exact": exact.seconds, "grid": seconds, "steps": steps}


def measure(full: bool) -> Section:
    """Return what is asked beyond the stationary state, beside it, and beside quadrature and dynamics."""
    large = 10**6 if full else 10**5
    raw: dict[str, Any] = {}
    rows = []
    for k0 in (1.0, 0.0):
        raw[f"k0 = {k0:g}"] = found = measured("fluctuations.beyond_the_state", n=large, k0=k0)
        seconds = dict(found["seconds"])
        state = seconds.pop("state")
        what = f"mean field, N = {large:,}, k0 = {k0:g}: stationary state"
        rows.append((what, duration(state), "", "", ""))
        rows += [(f"… {name}", duration(s), f"{s / state:.2f} ×", "≤ 1 ×", "yes" if s <= state else "no")
                 for name, s in seconds.items()]
    raw["covariances"] = found = measured("fluctuations.all_covariances", n=1000)
    ratio = found["covariance"] / found["state"]
    rows += [("power law, N = 1000: stationary state", duration(found["state"]), "", "", ""),
             ("… all covariances, from the start", duration(found["covariance"]), f"{ratio:.2f} ×", "≤ 5 ×",
              "yes" if ratio <= 5.0 else "no")]
    beyond = Table("beyond", "Beyond the stationary state", ("what", "time", "beside it", "goal", "reached"), rows,
                   "Each once, on the resonances of the state, in one process.")
    return Section([beyond, _beside_others(raw)], raw)


def _beside_others(raw: dict[str, Any]) -> Table:
    rows = []
    for n in (30, 100):
        raw[f"quantum {n}"] = q = quantum_by_grid(n)
        steps = f"equal steps: {q['steps']:,} to three digits"
        rows.append((f"quantum heat flux, N = {n}", duration(q["exact"]), steps, duration(q["grid"]),
                     f"{q['grid'] / q['exact']:.0f} ×"))
    raw["variance"] = q = variance_by_grid(100)
    rows.append(("variance of the heat, N = 100", duration(q["exact"]), f"equal steps: {q['steps']:,} to three digits",
                 duration(q["grid"]), f"{q['grid'] / q['exact']:.0f} ×"))
    raw["correlation"] = q = by_dynamics(100)
    rows.append(("⟨v(2) v(0)⟩ of one site, N = 100", duration(q["exact"]), f"64 trajectories to two digits, z = "
                 f"{q['z']:.1f}", duration(q["dynamics"]), f"{q['dynamics'] / q['exact']:.0f} ×"))
    return Table("beside", "Beside quadrature and dynamics", ("what", "from resonances", "otherwise", "time", "ratio"),
                 rows, "From resonances: each from the open network on. Three digits: until the grid is within 5e-4.")
