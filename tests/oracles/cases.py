"""The test cases whose quantum, bond and covariance values are known to 19 digits (60-digit Lyapunov, mpmath)."""

from __future__ import annotations

import numpy as np

import hotsprings as hs

MASSES = [0.9, 1.3, 0.7, 1.1, 1.6]


def springs(n: int) -> np.ndarray:
    """Return the free stiffness matrix with springs 1/(1 + ((ij + i + j) mod 7))."""
    i, j = np.indices((n, n))
    weights = np.where(i == j, 0.0, 1.0 / (1.0 + (i * j + i + j) % 7))
    return np.diag(weights.sum(axis=1)) - weights


def mean_field(k0: float, **memory: float) -> hs.OpenNetwork:
    """Return cases A (k0 = 0.5) and B (0), with Drude cutoffs ω_D = 2, 3.5 perhaps."""
    first, second = ({"cutoff": 2.0}, {"cutoff": 3.5}) if memory else ({}, {})
    return hs.OpenNetwork(hs.MeanField(MASSES, 1.0, k0, n_tilde=4.0),
                          [hs.Bath(0, 1.5, 0.8, **first), hs.Bath(4, 0.5, 1.3, **second)])


def case_c(pinned: bool = True) -> hs.OpenNetwork:
    """Return case C: six sites, dense springs, three baths."""
    K = springs(6) + pinned * np.diag(0.2 + 0.1 * np.arange(6))
    return hs.OpenNetwork(hs.Springs([1.2, 0.8, 1.0, 1.5, 0.6, 1.1], K),
                          [hs.Bath(0, 1.5, 0.7), hs.Bath(2, 0.8, 1.1), hs.Bath(5, 0.4, 0.5)])


def case_d() -> hs.OpenNetwork:
    """Return case D: a mean field of eight with three baths."""
    network = hs.MeanField([0.9, 1.3, 0.7, 1.1, 1.6, 1.05, 0.85, 1.2], 0.7, 0.3, n_tilde=3.0)
    return hs.OpenNetwork(network, [hs.Bath(0, 1.5, 0.8), hs.Bath(3, 0.8, 1.3), hs.Bath(7, 0.4, 0.4)])


def case_e() -> hs.OpenNetwork:
    """Return case E: a chain between walls."""
    chain = hs.Chain([1.0, 1.7, 0.8, 1.2, 0.9, 1.4], ends="fixed")
    return hs.OpenNetwork(chain, [hs.Bath(0, 1.5), hs.Bath(5, 0.5, 0.6)])


def covariance_matrix(system: hs.OpenNetwork) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ⟨qq⟩, ⟨qv⟩, ⟨vv⟩ of a pinned system with white baths by a dense Lyapunov equation."""
    from scipy.linalg import solve_continuous_lyapunov

    n, m = system.n_sites, system.network.masses
    gamma, heat = np.zeros(n), np.zeros(n)
    gamma[system.bath_sites], heat[system.bath_sites] = system.friction, system.friction * system.temperature
    A = np.block([[np.zeros((n, n)), np.eye(n)], [-system.network.stiffness() / m[:, None], -np.diag(gamma / m)]])
    noise = np.diag(np.concatenate([np.zeros(n), 2.0 * heat / m**2]))
    S = solve_continuous_lyapunov(A, -noise)
    return S[:n, :n], S[:n, n:], S[n:, n:]
