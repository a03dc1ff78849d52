"""What is known before the first step: the fastest frequency, the slowest decay, modes that never decay.

Found here from the matrices alone, by other ways than those of the exact engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.dynamics.forces import force_field
from hotsprings.network import AnharmonicNetwork, Network
from hotsprings.system import OpenNetwork

__all__ = ["Relaxation", "fastest_frequency", "relaxation"]

DIRECT = 150  # sites up to which all eigenvalues of the damped motion are computed
DENSEST = 500  # sites up to which there is a matrix at all
VANISHING = 1e-12  # of the fastest frequency: a decay rate that counts as none


@dataclass(frozen=True, eq=False)
class Relaxation:
    """How a harmonic network forgets.

    Attributes
    ----------
    rates : ndarray, shape (n_modes,)
        Decay rates of the amplitudes of the modes, ascending; 0 for dark ones, which do not decay.
    """

    rates: FloatArray

    @property
    def n_dark(self) -> int:
        """Modes that do not decay."""
        return int(np.sum(self.rates == 0.0))

    @property
    def time(self) -> float:
        """Lifetime of the slowest mode that decays."""
        return 1.0 / float(self.rates[self.n_dark]) if self.n_dark < self.rates.size else np.inf

    def alive(self, time: float) -> int:
        """Return how many of the modes that decay live longer than a time."""
        return int(np.sum(self.rates * time < 1.0)) - self.n_dark


def _dynamical(network: Network) -> FloatArray:
    root = np.sqrt(network.masses)
    return np.asarray(network.stiffness() / root[:, None] / root[None, :])


def fastest_frequency(network: Network) -> float:
    """Return the largest ω of the harmonic part, without baths; from Lanczos (to 1e-3) in large networks."""
    base = network.harmonic if isinstance(network, AnharmonicNetwork) else network
    n, root = base.n_sites, np.sqrt(base.masses)
    if n <= DENSEST:
        return float(np.sqrt(max(np.linalg.eigvalsh(_dynamical(base))[-1], 0.0)))
    from scipy.sparse.linalg import LinearOperator, eigsh

    field = force_field(base)

    def times(x: Any) -> Any:
        return -field.forces((np.ravel(x) / root)[None])[0] / root

    start = np.random.default_rng(0).standard_normal(n)
    operator = LinearOperator((n, n), matvec=times, dtype=np.float64)
    return float(np.sqrt(eigsh(operator, k=1, which="LA", tol=1e-3, v0=start, return_eigenvectors=False)[0]))


def relaxation(system: OpenNetwork) -> Relaxation | None:
    """Return the decay rates of the modes of the harmonic part; None beyond 500 sites."""
    if system.n_sites > DENSEST:
        return None
    rates, top = (_damped if system.n_sites <= DIRECT else _modal)(system)
    return Relaxation(np.sort(np.where(rates <= VANISHING * top, 0.0, rates)))


def _damped(system: OpenNetwork) -> tuple[FloatArray, float]:
    """Return the decay rates from the eigenvalues of the damped motion, one per pair, and the fastest frequency."""
    n, m, sites = system.n_sites, system.network.masses, system.bath_sites
    A = np.zeros((2 * n, 2 * n))
    A[:n, n:], A[n:, :n] = np.eye(n), -_dynamical(system.network)
    A[n + sites, n + sites] = -system.friction / m[sites]
    values = np.linalg.eigvals(A)
    top = float(np.sqrt(np.abs(A[n:, :n]).sum(axis=1).max()) + np.abs(values).max())
    moving = values[np.abs(values) > 1e-7 * top]  # not the free motion of an unpinned network
    dark = -moving.real <= VANISHING * top
    still = np.zeros(int(dark.sum()) // 2)
    decaying = moving[~dark]
    real = np.sort(-decaying.real[decaying.imag == 0.0])  # of each overdamped pair the slower one
    return np.concatenate([-decaying.real[decaying.imag > 0.0], real[:(real.size + 1) // 2], still]), top


def _modal(system: OpenNetwork) -> tuple[FloatArray, float]:
    """Return the decay rate of each mode in the presence of all others: ½ Re cᵀ [1 + iω Σ_l c_l c_lᵀ/(λ_l - ω²)]⁻¹ c.

    Exact for modes that are narrower than their distance, and the slow ones are.
    """
    values, modes = np.linalg.eigh(_dynamical(system.network))
    sites, m = system.bath_sites, system.network.masses
    c = modes[sites] * np.sqrt(system.friction / m[sites])[:, None]
    top = float(np.sqrt(values[-1]))
    cuts = np.flatnonzero(np.diff(values) > 1e-9 * values[-1]) + 1
    for start, stop in zip(np.append(0, cuts), np.append(cuts, values.size), strict=True):
        if stop - start > 1:  # of modes with one frequency as few as possible feel the baths
            c[:, start:stop] = c[:, start:stop] @ np.linalg.svd(c[:, start:stop])[2].T
    omega = np.sqrt(np.maximum(values, 0.0))
    with np.errstate(divide="ignore"):
        inverse = 1.0 / (values[:, None] - values[None, :])  # of mode l, at ω_j
    inverse[~np.isfinite(inverse) | (np.abs(inverse) > 1e9 / values[-1])] = 0.0
    D = np.eye(sites.size) + 1j * omega[:, None, None] * np.einsum("al,bl,lj->jab", c, c, inverse, optimize=True)
    answer = np.linalg.solve(D, c.T[:, :, None])[:, :, 0]
    rates = 0.5 * np.einsum("aj,ja->j", c, answer).real
    return np.maximum(rates[omega > 1e-7 * top], 0.0), top
