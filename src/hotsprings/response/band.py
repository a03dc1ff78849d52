"""Integrals over the band of equal leads, by Gauss and Legendre between the resonances."""

from __future__ import annotations

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.response.response import Sums, without_diagonal
from hotsprings.system import OpenNetwork

__all__ = ["band_sums"]

NO_ANGLE = 1e-3  # |y| of zeros below which, at the centre of the circle, they are far from it
NARROWEST = 1e-13  # width of a resonance, of its angle, below which panels need not be
STILLEST = 1e-20  # width of a slow motion, the same
BLOCK = 1 << 20  # numbers held at a time


def band_sums(system: OpenNetwork, k: float, mass: float, zeros: ComplexArray, n_nodes: int) -> Sums:
    """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths).

    C_ab = (1/2π) ∫ (2k sin θ |G_ab|)² dω, h_n^a = (2m_n/π) ∫ k sin θ ω |G_na|² dω, ω = W sin(θ/2); ``zeros``: x = y - 1
    of resonances and bound states, near whose angles the panels are as narrow as these.
    """
    edges = _edges(zeros)
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    half = 0.5 * np.diff(edges)
    theta = (edges[:-1, None] + half[:, None] * (1.0 + nodes)).ravel()
    share = (half[:, None] * weights).ravel() * np.sqrt(k / mass) * np.cos(0.5 * theta) / np.pi
    omega, drag, at = 2.0 * np.sqrt(k / mass) * np.sin(0.5 * theta), k * np.sin(theta), system.bath_sites
    matrix, local = np.zeros((at.size, at.size)), np.zeros((system.n_sites, at.size))
    step = max(1, BLOCK // system.n_sites**2)
    for start in range(0, theta.size, step):
        some = slice(start, start + step)
        square = np.abs(_columns(system, mass, omega[some], drag[some])) ** 2
        matrix += np.einsum("t,tab->ab", 2.0 * share[some] * drag[some] ** 2, square[:, at])
        local += np.einsum("t,tna->na", 2.0 * share[some] * drag[some] * omega[some], square)
    return without_diagonal(matrix), local * system.network.masses[:, None]


def _edges(zeros: ComplexArray) -> FloatArray:
    """Return where panels meet between 0 and π: each half as long as it begins away from the nearest zero, in θ."""
    z = np.log1p(zeros[np.abs(1.0 + zeros) > NO_ANGLE]) / 1j
    z = z.real + 1j * np.maximum(np.abs(z.imag), NARROWEST * np.abs(z.real) + STILLEST)
    z = np.concatenate([z, -np.conj(z), [1j]])
    edges = [0.0]
    while edges[-1] < np.pi:
        edges.append(edges[-1] + 0.5 * float(np.abs(z - edges[-1]).min()))
    return np.array([*edges[:-1], np.pi])


def _columns(system: OpenNetwork, mass: float, omega: FloatArray, drag: FloatArray) -> ComplexArray:
    """Return G_na in the band, (n_omega, n_sites, n_baths): a lead is friction, and half a mass of its own less."""
    K, m, at = system.network.stiffness(), system.network.masses.copy(), system.bath_sites
    m[at] -= 0.5 * mass
    Z = np.repeat(K[None].astype(np.complex128), omega.size, axis=0)
    every = np.arange(m.size)
    Z[:, every, every] -= omega[:, None] ** 2 * m
    Z[:, at, at] += 1j * drag[:, None]
    scale = 1.0 / np.sqrt(K.diagonal() + omega[:, None] ** 2 * np.abs(m))
    scale[:, at] = 1.0 / np.sqrt(1.0 / scale[:, at] ** 2 + drag[:, None])
    sides = np.zeros((omega.size, m.size, at.size), np.complex128)
    sides[:, at, np.arange(at.size)] = scale[:, at]
    return np.asarray(scale[:, :, None] * np.linalg.solve(scale[:, :, None] * Z * scale[:, None], sides))
