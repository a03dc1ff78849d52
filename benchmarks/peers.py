"""What everybody else does: dense Lyapunov equations; and the bare sums that bound any direct method from below."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, prange
from scipy.linalg import solve_continuous_lyapunov

import hotsprings as hs

Array = npt.NDArray[np.float64]
FAST = {"contract", "reassoc", "arcp", "nsz"}


def lyapunov(system: hs.OpenNetwork) -> tuple[float, Array]:
    """Return J/ΔT and all T_n of a pinned network between two baths from scipy's dense solver (one solve)."""
    n, masses, sites = system.n_sites, system.network.masses, system.bath_sites
    A = np.zeros((2 * n, 2 * n))
    A[:n, n:] = np.eye(n)
    A[n:, :n] = -system.network.stiffness() / masses[:, None]
    D = np.zeros((2 * n, 2 * n))
    for site, gamma, temperature in zip(sites, system.friction, system.temperature, strict=True):
        A[n + site, n + site] = -gamma / masses[site]
        D[n + site, n + site] = 2.0 * gamma * temperature / masses[site] ** 2
    covariance = solve_continuous_lyapunov(A, -D)
    local = masses * np.diag(covariance)[n:]
    flux = system.friction[0] / masses[sites[0]] * (system.temperature[0] - local[sites[0]])
    return float(flux / (system.temperature[0] - system.temperature[1])), local


@njit(error_model="numpy", fastmath=FAST, parallel=True)
def complex_sum(y: Array, c: Array, x: Array, height: Array, out_re: Array, out_im: Array) -> None:
    """Σ_j c_j/(y_j - x_i - i h_i), the bare N × M Cauchy sum of every direct method."""
    for i in prange(x.size):
        re = im = 0.0
        for j in range(y.size):
            t = y[j] - x[i]
            q = c[j] / (t * t + height[i] * height[i])
            re += t * q
            im += height[i] * q
        out_re[i], out_im[i] = re, im


@njit(error_model="numpy", fastmath=FAST, parallel=True)
def real_sum(y: Array, c: Array, x: Array, out: Array) -> None:
    """Σ_j c_j/(y_j - x_i), real."""
    for i in prange(x.size):
        total = 0.0
        for j in range(y.size):
            total += c[j] / (y[j] - x[i])
        out[i] = total
