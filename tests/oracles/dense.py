"""Dense linear algebra: the stationary state by Lyapunov on the bright subspace, and by pole-resolved quadrature."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy.linalg


def friction_matrix(system):
    gamma = np.zeros(system.n_sites)
    gamma[system.bath_sites] = system.friction
    return np.diag(gamma)


def drift(system):
    """Return A of x' = A x + noise for x = (sqrt(M) q, sqrt(M) q')."""
    n, root = system.n_sites, np.sqrt(system.network.masses)
    W = system.network.stiffness() / np.outer(root, root)
    rate = friction_matrix(system) / np.outer(root, root)
    return np.block([[np.zeros((n, n)), np.eye(n)], [-W, -rate]])


def companion_frequencies(system):
    """Return the eigenfrequencies ω = -iλ of the drift, shape (2 n_sites,)."""
    return -1j * np.linalg.eigvals(drift(system))


def bright_basis(system):
    """Return an orthonormal basis of the span of {W^j e_a}: the modes that feel a bath, by block Krylov."""
    n, root = system.n_sites, np.sqrt(system.network.masses)
    W = system.network.stiffness() / np.outer(root, root)
    basis = np.zeros((n, 0))
    new = np.eye(n)[:, system.bath_sites]
    while new.shape[1]:
        for _ in range(2):
            new = new - basis @ (basis.T @ new)
        u, size, _ = np.linalg.svd(new, full_matrices=False)
        new = u[:, size > 1e-9]
        basis = np.concatenate([basis, new], axis=1)
        new = W @ new / np.linalg.norm(W)
    return basis


def lyapunov_state(system):
    """Return conductances and bath weights from scipy's Lyapunov solver, bath by bath, pinned networks only."""
    basis = bright_basis(system)
    n, b = system.n_sites, basis.shape[1]
    root = np.sqrt(system.network.masses)
    W = basis.T @ (system.network.stiffness() / np.outer(root, root)) @ basis
    A = np.zeros((2 * b, 2 * b))
    A[:b, b:], A[b:, :b] = np.eye(b), -W
    A[b:, b:] = -basis.T @ (friction_matrix(system) / np.outer(root, root)) @ basis
    weight = np.empty((n, system.n_baths))
    for a, (site, gamma) in enumerate(zip(system.bath_sites, system.friction, strict=True)):
        kick = basis[site] * np.sqrt(2.0 * gamma / system.network.masses[site])
        D = np.zeros_like(A)
        D[b:, b:] = np.outer(kick, kick)
        covariance = scipy.linalg.solve_continuous_lyapunov(A, -D)
        weight[:, a] = np.einsum("ni,ij,nj->n", basis, covariance[b:, b:], basis)
    conductance = weight[system.bath_sites] * (system.friction / system.network.masses[system.bath_sites])[:, None]
    np.fill_diagonal(conductance, 0.0)
    return conductance, weight


def lyapunov_condition(system):
    """Return how much a rounding error can grow in the Lyapunov equation: |A| / smallest decay rate (bright ones)."""
    w = companion_frequencies(system)
    return np.abs(w).max() / (2.0 * w.imag[w.imag > 1e-12].min())


def green_matrix(system, omega):
    net = system.network
    Z = net.stiffness() - omega**2 * np.diag(net.masses) + 1j * omega * friction_matrix(system)
    return np.linalg.inv(Z)


def quadrature_conductance(system, a=0, b=1, order=40):
    """Return (1/4π) ∫ 4γ_aγ_b ω² |G_ab|² dω by Gauss-Legendre between marks at every resonance ± a few widths."""
    w = companion_frequencies(system)
    w = w[(w.real >= 0.0) & (w.imag > 1e-13)]
    steps = np.concatenate([[0.0], np.geomspace(0.3, 3e4, 60)])
    marks = (w.real[:, None] + w.imag[:, None] * np.concatenate([-steps, steps])).ravel()
    top = 30.0 * np.abs(w).max()
    marks = marks[(marks > 0) & (marks < top)]
    marks = np.unique(np.concatenate([[0.0, top], np.geomspace(top / 1e3, top, 20), marks]))
    x, weights = np.polynomial.legendre.leggauss(order)
    i, j = system.bath_sites[a], system.bath_sites[b]
    total = 0.0
    for low, high in pairwise(marks):
        nodes = 0.5 * (high + low) + 0.5 * (high - low) * x
        g = np.array([green_matrix(system, node)[i, j] for node in nodes])
        total += 0.5 * (high - low) * np.sum(weights * nodes**2 * np.abs(g) ** 2)
    tail = abs(top**4 * green_matrix(system, top)[i, j]) ** 2 / (5.0 * top**5)  # 𝒯 ~ ω⁻⁶ beyond
    return 4.0 * system.friction[a] * system.friction[b] * (total + tail) / (2.0 * np.pi)
