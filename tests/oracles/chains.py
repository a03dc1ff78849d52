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


def long_ordered(k, k0, mass, friction, n_waves=4096):
    """Return J/ΔT of the long ordered chain with free ends and any two frictions, from waves of phases at random.

    An end absorbs A = 4kωγ sin q/|k - (k + iωγ)e^{iq}|² of a wave; with all reflections between both ends, and the
    phase of a round trip averaged over, 1/(1/A₁ + 1/A₂ - 1) of it passes. What N sites add falls exponentially with N,
    as does the error of the trapezoidal rule in q.
    """
    q = (np.arange(n_waves) + 0.5) * np.pi / n_waves
    omega = np.sqrt((k0 + 4.0 * k * np.sin(0.5 * q) ** 2) / mass)
    inverse = [np.abs(k - (k + 1j * omega * g) * np.exp(1j * q)) ** 2 / (4.0 * k * omega * g * np.sin(q))
               for g in friction]
    group_velocity = k * np.sin(q) / (mass * omega)
    return float(np.mean(group_velocity / (inverse[0] + inverse[1] - 1.0))) / 2.0


def weak_coupling(system):
    """Return C_ab = Σ_j Γ_a Γ_b/Σ Γ_c over modes, Γ_a = γ_a φ_j(a)²/m_a: right to second order in the friction."""
    root = np.sqrt(system.network.masses)
    _, phi = np.linalg.eigh(system.network.stiffness() / np.outer(root, root))
    rate = phi[system.bath_sites] ** 2 * (system.friction / system.network.masses[system.bath_sites])[:, None]
    return (rate / rate.sum(axis=0)) @ rate.T
