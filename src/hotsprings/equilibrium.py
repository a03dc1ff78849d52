"""Thermodynamics of a closed network in equilibrium, from its normal modes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, legible
from hotsprings.errors import ArgumentError
from hotsprings.network import Network, is_network
from hotsprings.response.closed import squared_frequencies

__all__ = ["Thermodynamics", "thermodynamics"]

COLD = 1e4  # ω/T beyond it: exp(-ω/T) is zero in floating point


@dataclass(frozen=True, eq=False)
class Thermodynamics:
    """Equilibrium of the bound modes of a network; free modes are counted apart.

    A free mode (no restoring force) has no equilibrium of its own: its entropy grows with the room it has. It adds T/2
    to the energy and 1/2 to the heat capacity, which are not included, so that F = E - TS holds for what is.

    Attributes
    ----------
    temperature : float or ndarray
        T (energy, k_B = 1).
    quantum : bool
        Whether the modes are quantum oscillators (ħ = 1).
    omega : ndarray, shape (n_modes,)
        Angular frequencies of the bound modes, ascending.
    n_free : int
        Number of free modes; n_modes + n_free = n_sites.
    energy, free_energy : float or ndarray, as temperature
        E and F = E - TS.
    entropy, heat_capacity : float or ndarray, as temperature
        S = -∂F/∂T and C = ∂E/∂T.

    Examples
    --------
    >>> import hotsprings as hs
    >>> found = hs.thermodynamics(hs.MeanField([1, 1, 1], k0=1.0), temperature=0.5)
    >>> print(f"{float(found.energy):.10f}")
    1.5000000000
    """

    temperature: float | FloatArray
    quantum: bool
    omega: FloatArray
    n_free: int
    energy: float | FloatArray
    entropy: float | FloatArray
    free_energy: float | FloatArray
    heat_capacity: float | FloatArray

    @legible
    def __repr__(self) -> str:
        kind = "quantum" if self.quantum else "classical"
        free = f", {self.n_free} free" if self.n_free else ""
        if np.ndim(self.temperature):
            return f"Thermodynamics({kind}, {self.omega.size} modes{free}, {np.size(self.temperature)} temperatures)"
        return (f"Thermodynamics({kind}, {self.omega.size} modes{free}, T={self.temperature:.6g}: E={self.energy:.6g}, "
                f"S={self.entropy:.6g}, F={self.free_energy:.6g}, C={self.heat_capacity:.6g})")


def thermodynamics(network: Network, temperature: Any, quantum: bool = False) -> Thermodynamics:
    """Return energy, entropy, free energy and heat capacity of a network in equilibrium, k_B = ħ = 1.

    Classical:  E = Σ_j T,              S = Σ_j [1 + ln(T/ω_j)],               F = T Σ_j ln(ω_j/T).
    Quantum:    E = Σ_j ω_j (n_j + ½),  S = Σ_j [x_j n_j - ln(1 - e^{-x_j})],  F = Σ_j [ω_j/2 + T ln(1 - e^{-x_j})],
    with x_j = ω_j/T, n_j = 1/(e^{x_j} - 1), over the bound modes of M^{-1/2} K M^{-1/2}.

    Parameters
    ----------
    network : Network
        Any network.
    temperature : float or array_like
        T > 0 (energy); 0 too where quantum.
    quantum : bool
        Whether the modes are quantum oscillators.

    Returns
    -------
    Thermodynamics

    Raises
    ------
    ArgumentError
        If an argument is not of its kind or a temperature out of range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, section IV: without the Kac factor the energy is extensive and the
    entropy is not. Landau, Lifshitz, *Statistical Physics* I, section 49.

    Examples
    --------
    >>> import hotsprings as hs
    >>> found = hs.thermodynamics(hs.MeanField([1, 1, 1], k0=1.0), temperature=[0.5, 1.0])
    >>> found.heat_capacity.round(10)
    array([3., 3.])
    """
    if not is_network(network):
        raise ArgumentError("network", "be a network such as MeanField",
                            f"{checks.shown(network)} ({type(network).__name__}) was given")
    T = checks.temperatures("temperature", temperature, zero=checks.boolean("quantum", quantum))
    omega, n_free = _frequencies(network)
    energy, entropy, free_energy, capacity = (_quantum if quantum else _classical)(omega, T[..., None])

    def same(values: FloatArray) -> float | FloatArray:
        return values if T.ndim else float(values)

    return Thermodynamics(same(T), bool(quantum), omega, n_free, same(energy), same(entropy), same(free_energy),
                          same(capacity))


def _frequencies(network: Network) -> tuple[FloatArray, int]:
    """Return the frequencies of the bound modes, ascending, and the number of free ones (λ = 0 to rounding)."""
    values = squared_frequencies(network)
    return np.sqrt(values[values > 0.0]), int(np.sum(values == 0.0))


_Sums = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def _classical(omega: FloatArray, T: FloatArray) -> _Sums:
    entropy = np.sum(1.0 + np.log(T / omega), axis=-1)
    energy = omega.size * T[..., 0]
    return energy, entropy, np.sum(T * np.log(omega / T), axis=-1), np.full(energy.shape, float(omega.size))


def _quantum(omega: FloatArray, T: FloatArray) -> _Sums:
    with np.errstate(divide="ignore", over="ignore"):
        x = np.minimum(omega / T, COLD)
    weight, rest = np.exp(-x), -np.expm1(-x)  # e^{-x}, and 1 - e^{-x} without cancellation
    energy = np.sum(omega * (0.5 + weight / rest), axis=-1)
    entropy = np.sum(x * weight / rest - np.log(rest), axis=-1)
    free_energy = np.sum(0.5 * omega + T * np.log(rest), axis=-1)
    return energy, entropy, free_energy, np.sum((x / rest) ** 2 * weight, axis=-1)
