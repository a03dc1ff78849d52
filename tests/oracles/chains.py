"""Closed forms for other networks (physics.md, section 7); nothing of the engines is used."""

from __future__ import annotations

import numpy as np


def rieder_lebowitz_lieb(n, k, mass, friction, hot, cold):
    """Return J and all T_n of the ordered chain with wall springs k at both ends (1967), at finite n."""
    nu = mass * k / friction**2
    alpha = np.arccosh(1.0 + nu / 2.0)
    j = np.arange(1, n + 1)
    phi = np.exp(-j * alpha) * -np.expm1(-2 * (n - j) * alpha) / -np.expm1(-2 * n * alpha)  # sinh((n-j)α)/sinh(nα)
    mean, half = 0.5 * (hot + cold), 0.5 * (hot - cold)
    profile = np.empty(n)
    profile[0] = mean + half * (1.0 - nu * phi[0])
    for i in range(2, n // 2 + 1):
        profile[i - 1] = mean - half * nu * phi[2 * i - 2]
    if n % 2:
        profile[n // 2] = mean
    profile[n - n // 2:] = 2.0 * mean - profile[: n // 2][::-1]
    return k * half / friction * phi[0], profile


def roy_dhar(k, end, k0, mass, friction):
    """Return J/ΔT of the long ordered chain, pinning k0 in the bulk and k0 + end on the two end sites (2008)."""
    ratio = friction**2 / mass
    lam = 2 * k * (k - end) + end**2 + (k0 + 2 * k) * ratio
    omega = 2 * k * (k - end) + 2 * k * ratio
    return friction * k**2 * (lam - np.sqrt(lam**2 - omega**2)) / (mass * omega**2)


def weak_coupling(system):
    """Return C_ab = Σ_j Γ_a Γ_b/Σ Γ_c over modes, Γ_a = γ_a φ_j(a)²/m_a: right to second order in the friction."""
    root = np.sqrt(system.network.masses)
    _, phi = np.linalg.eigh(system.network.stiffness() / np.outer(root, root))
    rate = phi[system.bath_sites] ** 2 * (system.friction / system.network.masses[system.bath_sites])[:, None]
    return (rate / rate.sum(axis=0)) @ rate.T
