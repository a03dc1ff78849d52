"""Numbers behind the paper's statements that are in none of its figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from hotsprings.baths import Bath
from hotsprings.checks import FloatArray
from hotsprings.masses import alternating
from hotsprings.network import MeanField
from hotsprings.studies.paper.data import conductance, configuration, solve, two_ends
from hotsprings.system import OpenNetwork

__all__ = ["algebra_errors", "alternating_state", "bath_choice", "bulk_of", "entropy_shift", "equal_ends",
           "heterogeneous_bare", "highest_frequency", "minimal_disorder", "plateau", "slope", "tilted_profiles",
           "walls"]


def slope(n: Any, values: Any) -> float:
    """Return the exponent of a power law fitted to values against n (least squares of the logarithms)."""
    return float(np.polynomial.Polynomial.fit(np.log(n), np.log(values), 1).convert().coef[1])


def algebra_errors() -> dict[str, float]:
    """Return the largest relative deviation of Eqs. 12, 13, 14 and 18 from determinants and inverses of Z.

    N = 7 random masses (identical ones for Eq. 18), Ñ = N - 1, 1 and 3.7, k0 = 0 and 0.3, three frequencies.
    """
    worst = dict.fromkeys(("12", "13", "14", "18"), 0.0)
    for n_tilde, k0, omega in np.array(np.meshgrid([6.0, 1.0, 3.7], [0.0, 0.3], [0.31, 0.9, 1.7])).reshape(3, -1).T:
        for equation, error in _errors_at(configuration("random", 7), n_tilde, k0, omega).items():
            worst[equation] = max(worst[equation], error)
        worst["18"] = max(worst["18"], _error_18(7, n_tilde, k0, omega))
    return worst


def _dynamical_matrix(network: MeanField, omega: float) -> Any:
    """Return Z = K - ω² M + iωΓ (Eq. 7) with γ = 1 on the first and the last site."""
    Z = network.stiffness() - omega**2 * np.diag(network.masses) + 0j
    Z[0, 0] += 1j * omega
    Z[-1, -1] += 1j * omega
    return Z


def _errors_at(m: FloatArray, n_tilde: float, k0: float, omega: float) -> dict[str, float]:
    network = MeanField(m, k0=k0, n_tilde=n_tilde)
    Z = _dynamical_matrix(network, omega)
    b = -network.coupling
    A = np.diag(Z) - b
    s = 1.0 + b * np.sum(1.0 / A)
    G = np.linalg.inv(Z)
    errors = {"12": 0.0, "13": abs(abs(s * np.prod(A)) / abs(np.linalg.det(Z)) - 1.0), "14": 0.0}
    for i, j in [(0, m.size - 1), (0, 3), (2, 5)]:
        minor = abs(np.linalg.det(np.delete(np.delete(Z, i, 0), j, 1)))
        errors["12"] = max(errors["12"], abs(abs(b * np.prod(A) / (A[i] * A[j])) / minor - 1.0))
        errors["14"] = max(errors["14"], abs(abs(b / (A[i] * A[j] * s)) / abs(G[i, j]) - 1.0))
    return errors


def _error_18(n: int, n_tilde: float, k0: float, omega: float) -> float:
    network = MeanField(np.ones(n), k0=k0, n_tilde=n_tilde)
    b, c = -network.coupling, 1j * omega
    a = (n - 1) / n_tilde + k0 - omega**2
    paper = abs(b * (a - b)) / (abs(a - b + c) * abs((a - b + n * b) * (a - b + c) - 2 * c * b))
    return float(abs(paper / abs(np.linalg.inv(_dynamical_matrix(network, omega))[0, -1]) - 1.0))


def heterogeneous_bare() -> xr.DataArray:
    """Return N·J/ΔT of the bare graded and random networks of Fig. 4, k0 = 0, N = 100 … 3000."""
    sizes, names = (100, 300, 1000, 3000), ("graded", "random")
    table = [[n * conductance(configuration(name, n), 0.1, 0.0, 1.0) for n in sizes] for name in names]
    return xr.DataArray(table, coords={"masses": list(names), "size": list(sizes)}, dims=("masses", "size"))


def equal_ends() -> dict[int, float]:
    """Return N·J/ΔT of the bare network, k = 0.1, k0 = 0: random bulk (δ = 0.1, seed 5), bath particles of mass 1."""
    values = {}
    for n in (300, 1000, 3000, 10_000, 30_000):
        m = configuration("random", n, seed=5).copy()
        m[[0, -1]] = 1.0
        values[n] = n * conductance(m, 0.1, 0.0, 1.0)
    return values


def plateau() -> dict[int, float]:
    """Return J/ΔT over k/(2γ) for the Kac network, k0 = 0, k = 10⁻⁴, far below N = γ²/(mk) = 10⁴."""
    k = 1e-4
    return {n: conductance(np.ones(n), k, 0.0, n - 1.0) / (k / 2.0) for n in (3, 10, 30, 100)}


def walls() -> xr.DataArray:
    """Return N·J/ΔT with walls: a spring to a fixed wall on the two bath sites only; m = k = γ = 1, k0 = 0.

    Three kinds: Kac network with wall springs k; Kac with k/Ñ; bare with k.
    """
    sizes = (10, 30, 100, 300, 1000, 3000)
    kinds = {"Kac, wall k": (True, False), "Kac, wall k/Ñ": (True, True), "bare, wall k": (False, False)}
    table = np.empty((len(kinds), len(sizes)))
    for row, (kac, scaled) in enumerate(kinds.values()):
        for column, n in enumerate(sizes):
            n_tilde = n - 1.0 if kac else 1.0
            k0 = np.zeros(n)
            k0[[0, -1]] = 1.0 / n_tilde if scaled else 1.0
            table[row, column] = n * conductance(np.ones(n), 1.0, k0, n_tilde)
    return xr.DataArray(table, coords={"kind": list(kinds), "size": list(sizes)}, dims=("kind", "size"))


def bath_choice() -> dict[float, tuple[float, float]]:
    """Return {δ: (J/ΔT at the ends, J/ΔT at two neighbours in the middle)}, graded, N = 20, k = γ = 1, k0 = 0, Kac."""
    pairs = {}
    for spread in (0.0, 0.1, 0.5):
        network = MeanField(configuration("graded", 20, spread))
        middle = OpenNetwork(network, [Bath(9, 1.5), Bath(10, 0.5)])
        pairs[spread] = (float(solve(two_ends(network)).conductance[0, 1]), float(solve(middle).conductance[0, 1]))
    return pairs


def highest_frequency() -> xr.DataArray:
    """Return the largest |Re ω| of the resonances, identical masses, m = k = γ = 1, k0 = 0, with and without Kac."""
    sizes, factors = (100, 400, 1600), ("Kac", "bare")
    table = np.empty((2, len(sizes)))
    for row, column in np.ndindex(table.shape):
        n = sizes[column]
        state = solve(two_ends(MeanField(np.ones(n), kac=factors[row] == "Kac")))
        table[row, column] = np.max(np.abs(np.real(state.resonances.frequency)))
    return xr.DataArray(table, coords={"factor": list(factors), "size": list(sizes)}, dims=("factor", "size"))


def entropy_shift() -> dict[str, float]:
    """Return how the entropy per particle, -(1/N) Σ ln ω_j + const, changes from N = 100 to 400 (closed, k0 = 1)."""
    def mean_log(n: int, kac: bool) -> float:
        network = MeanField(np.ones(n), k0=1.0, kac=kac)
        return float(np.mean(0.5 * np.log(np.linalg.eigvalsh(network.stiffness()))))

    return {"Kac": mean_log(100, True) - mean_log(400, True), "bare": mean_log(100, False) - mean_log(400, False)}


def bulk_of(masses: FloatArray, k0: float = 0.0, kac: bool = True) -> tuple[FloatArray, int]:
    """Return the bulk temperatures and the number of dark modes between baths at 1.5 and 0.5, k = γ = 1."""
    state = solve(two_ends(MeanField(masses, k0=k0, kac=kac)))
    return np.asarray(state.local_temperature[1:-1]), int(state.n_dark_modes)


def alternating_state() -> dict[str, tuple[FloatArray, int]]:
    """Return bulk temperatures and dark modes of alternating masses, N = 20, δ = 0.1, Kac, k0 = 0 and 1."""
    return {f"k0 = {k0:g}": bulk_of(alternating(20, 1.0, 0.1), k0) for k0 in (0.0, 1.0)}


def minimal_disorder() -> tuple[FloatArray, int]:
    """Return the same for masses that differ in the bulk by 10⁻⁵ and less (graded), k0 = 1."""
    m = configuration("graded", 20, 1e-5).copy()
    m[[0, -1]] = 1.0
    return bulk_of(m, 1.0)


def tilted_profiles() -> dict[float, tuple[float, float]]:
    """Return {δ: (first, last bulk temperature)} of graded masses, N = 20, Kac, k0 = 0."""
    profiles = {spread: bulk_of(configuration("graded", 20, spread))[0] for spread in (0.1, 0.3, 0.5)}
    return {spread: (float(T[0]), float(T[-1])) for spread, T in profiles.items()}
