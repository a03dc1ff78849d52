"""How the particles move in one resonance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.network import MeanField
from hotsprings.system import OpenNetwork

__all__ = ["Motion", "motion"]

Solve = Callable[[ComplexArray], ComplexArray]


@dataclass(frozen=True, eq=False)
class Motion:
    """One resonance: q_n(t) = Re{v_n e^{iωt}}.

    Attributes
    ----------
    frequency : complex
        ω, its imaginary part the rate of decay.
    amplitude : ndarray of complex, shape (n_sites,)
        v_n; the largest is 1.
    residual : float
        ‖(K - ω²M + iωΓ) v‖ beside the sum of the norms of its three terms.
    """

    frequency: complex
    amplitude: ComplexArray
    residual: float

    @property
    def participation(self) -> float:
        """How many sites move: (Σ|v|²)²/Σ|v|⁴."""
        square = np.abs(self.amplitude) ** 2
        return float(square.sum() ** 2 / (square**2).sum())


def motion(system: OpenNetwork, frequency: complex) -> Motion:
    """Return the motion of one resonance, the null vector of K - ω²M + iωΓ, by inverse iteration.

    A mean field costs O(N), any other network one LU factorisation.

    Parameters
    ----------
    system : OpenNetwork
    frequency : complex
        One of its resonances.
    """
    system.refuse_memory()
    diagonal = _dynamic_diagonal(system, frequency)
    solve, applied = _mean_field(system, diagonal) if isinstance(system.network, MeanField) else _other(
        system, diagonal)
    v: ComplexArray = np.random.default_rng(0).standard_normal(system.n_sites).astype(np.complex128)
    for _ in range(4):
        v = solve(v)
        v = np.asarray(v / v[np.argmax(np.abs(v))])
    scale = float(np.linalg.norm(diagonal * v)) + float(np.linalg.norm(applied(v) - diagonal * v))
    return Motion(complex(frequency), v, float(np.linalg.norm(applied(v))) / scale)


def _dynamic_diagonal(system: OpenNetwork, frequency: complex) -> ComplexArray:
    """Return -ω²m + iωγ at every site."""
    diagonal = -(frequency**2) * system.network.masses.astype(np.complex128)
    diagonal[system.bath_sites] += 1j * frequency * system.friction
    return np.asarray(diagonal)


def _away_from_zero(values: ComplexArray, scale: FloatArray) -> ComplexArray:
    """Return values with those that vanish moved by a rounding error, as inverse iteration wants it."""
    least = 4.0 * np.finfo(float).eps * scale
    return np.where(np.abs(values) < least, least, values)


def _mean_field(system: OpenNetwork, dynamic: ComplexArray) -> tuple[Solve, Solve]:
    network = system.network
    assert isinstance(network, MeanField)
    coupling = network.coupling
    exact = network.kappa + dynamic
    A = _away_from_zero(exact, network.kappa)
    bare = 1.0 - coupling * np.sum(1.0 / A)
    secular = bare if abs(bare) > np.finfo(float).eps else np.finfo(float).eps

    def solve(b: ComplexArray) -> ComplexArray:
        own = b / A
        return np.asarray(own + coupling * own.sum() / (A * secular))

    return solve, lambda v: np.asarray(exact * v - coupling * v.sum())


def _other(system: OpenNetwork, dynamic: ComplexArray) -> tuple[Solve, Solve]:
    from scipy.linalg import lu_factor, lu_solve

    K = system.network.stiffness()
    Z = K + np.diag(dynamic)
    nudge = 4.0 * np.finfo(float).eps * float(np.abs(Z).max())
    factors = lu_factor(Z + nudge * np.eye(len(Z)), check_finite=False)
    return (lambda b: np.asarray(lu_solve(factors, b, check_finite=False))), lambda v: np.asarray(Z @ v)
