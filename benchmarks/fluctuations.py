"""Correlations in time beside molecular dynamics, and the statistics of heat beside quadrature on a grid."""

from __future__ import annotations

import time

import numpy as np

import hotsprings as hs

DIGITS = 1e-2  # two digits of a correlation, of its size at t = 0
GRID = 5e-4  # three digits of an integral over frequencies


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


def main() -> None:
    """Print both comparisons."""
    system = _system(100)
    hs.correlation(system, 0, 0, 2.0)
    begin = time.perf_counter()
    exact = float(hs.correlation(system, 0, 0, 2.0))
    took = time.perf_counter() - begin
    size = float(hs.correlation(system, 0, 0, 0.0))
    value, spread, seconds = correlation_by_dynamics(system, 0, 2.0, DIGITS * size)
    print(f"correlation at one time, N = 100: sum {took:.2g} s; dynamics to two digits {seconds:.2g} s, "
          f"z = {(value - exact) / spread:.1f}")
    hs.statistics.cumulants(system, order=2)
    fresh = _system(100)
    begin = time.perf_counter()
    variance = float(hs.statistics.cumulants(fresh, order=2)[1])
    took = time.perf_counter() - begin
    n, seconds = grid_for(fresh, variance, GRID)
    print(f"variance of the heat, N = 100: sum {took:.2g} s; grid to three digits {n} frequencies, {seconds:.2g} s")


if __name__ == "__main__":
    main()
