"""What a splitting of the Langevin equation does to a harmonic network: its stationary covariance, without noise.

A word such as "BAOA" names the pieces of a step in order: A drifts, B kicks, O is the bath; each letter takes dt over
the number of times it appears.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg


def _pieces(system, dt):
    n, m, K = system.n_sites, system.network.masses, system.network.stiffness()

    def drift(part):
        M = np.eye(2 * n)
        M[:n, n:] = part * dt * np.eye(n)
        return M, np.zeros((2 * n, 2 * n))

    def kick(part):
        M = np.eye(2 * n)
        M[n:, :n] = -part * dt * K / m[:, None]
        return M, np.zeros((2 * n, 2 * n))

    def bath(part):
        M, D = np.eye(2 * n), np.zeros((2 * n, 2 * n))
        for s, g, T in zip(system.bath_sites, system.friction, system.temperature, strict=True):
            c = np.exp(-g / m[s] * dt * part)
            M[n + s, n + s], D[n + s, n + s] = c, (1.0 - c * c) * T / m[s]
        return M, D

    return {"A": drift, "B": kick, "O": bath}


def step(system, word, dt):
    """Return the (matrix, noise covariance) of each letter."""
    pieces = _pieces(system, dt)
    return [pieces[letter](1.0 / word.count(letter)) for letter in word]


def whole(system, word, dt):
    """Return matrix and noise covariance of a whole step on (q, v)."""
    M = np.eye(2 * system.n_sites)
    D = np.zeros_like(M)
    for matrix, noise in step(system, word, dt):
        M, D = matrix @ M, matrix @ D @ matrix.T + noise
    return M, D


def stationary(system, word, dt):
    """Return the kinetic temperatures before each letter and after the last, and the heat flux from each bath."""
    n, m = system.n_sites, system.network.masses
    C = scipy.linalg.solve_discrete_lyapunov(*whole(system, word, dt))
    temperatures, heat = [m * np.diag(C)[n:]], np.zeros(system.n_baths)
    for letter, (matrix, noise) in zip(word, step(system, word, dt), strict=True):
        C = matrix @ C @ matrix.T + noise
        temperatures.append(m * np.diag(C)[n:])
        if letter == "O":
            heat += 0.5 * (temperatures[-1] - temperatures[-2])[system.bath_sites] / dt
    return temperatures, heat
