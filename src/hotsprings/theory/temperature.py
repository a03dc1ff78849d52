"""Local temperatures of the bulk in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.theory.arguments import LARGEST, MOST, SMALLEST, pair, pinned, scale, temperature_pair

__all__ = ["bulk_temperature_identical", "bulk_temperature_large"]


def bulk_temperature_identical(n: int, temperatures: Sequence[float] = (1.0, 0.0)) -> float:
    """Return the temperature of every site without bath, T_n = (T_L + T_R) / [2 (N - 2)].

    Exact for identical masses, any Ñ and k0, one bath of the same friction on each of two sites, and the N - 3 dark
    modes at rest: the N - 2 bulk sites share the one mode that feels the baths.

    Parameters
    ----------
    n : int
        Number of particles, 3 or more.
    temperatures : pair of float
        (T_L, T_R) ≥ 0 in units of energy.

    Returns
    -------
    float
        Temperature in units of energy.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 30 and section III B ("the bulk does not thermalize").

    Examples
    --------
    >>> import hotsprings as hs
    >>> print(f"{hs.theory.bulk_temperature_identical(100, temperatures=(1.5, 0.5)):.8f}")
    0.01020408
    """
    left, right = temperature_pair(temperatures)
    return (left + right) / (2.0 * (checks.count("n", n, 3, MOST) - 2))


def bulk_temperature_large(
    mass: Any, bath_masses: Sequence[float], k: float = 1.0, k0: float = 0.0,
    friction: float | Sequence[float] = 1.0, temperatures: Sequence[float] = (1.0, 0.0),
) -> FloatArray:
    """Return the large-N bulk temperature, T_n = (γ_L|A_R|² T_L + γ_R|A_L|² T_R) / (γ_L|A_R|² + γ_R|A_L|²).

    A_a = κ - m_a ω² + iωγ_a at ω² = κ/m_n, κ = k0 + k. Assumes the Kac factor, k0 = O(1), bulk masses that all differ
    (their spread fixed as N → ∞) and N ≫ γ²/(mk); the absolute error is O(1/N) at a site inside the spread. This is
    why a strongly graded network has a tilted profile.

    Parameters
    ----------
    mass : array_like
        Masses m_n > 0 of sites without bath, any length.
    bath_masses : pair of float
        Masses (m_L, m_R) > 0 of the bath sites.
    k, k0 : float
        Spring constant > 0 and pinning ≥ 0 (energy/length²).
    friction : float or pair of float
        γ of both baths, or (γ_L, γ_R), > 0 (mass/time).
    temperatures : pair of float
        (T_L, T_R) ≥ 0 in units of energy.

    Returns
    -------
    ndarray, shape of ``mass``
        Temperatures in units of energy.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 30 at large N (the limit is not in the paper).

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.theory.bulk_temperature_large([1.0, 2.0], (0.9, 1.1), temperatures=(1.5, 0.5)).round(8)
    array([1.        , 0.96677741])
    """
    raw = checks.regular("mass", mass, "be positive finite numbers")
    m = checks.positive_array("mass", np.atleast_1d(raw)).reshape(raw.shape)
    for site in np.flatnonzero((m.ravel() > LARGEST) | (m.ravel() < SMALLEST))[:1]:
        scale("mass", float(m.ravel()[site]))
    if checks.is_single(bath_masses):
        raise ArgumentError("bath_masses", "be a pair (m_L, m_R)", f"{checks.shown(bath_masses)} was given")
    masses, gamma = pair("bath_masses", bath_masses), pair("friction", friction)
    left, right = temperature_pair(temperatures)
    kappa = scale("k", k) + pinned(k0)
    a_left, a_right = ((kappa * (m - ma) / m) ** 2 + g**2 * kappa / m for ma, g in zip(masses, gamma, strict=True))
    from_left, from_right = gamma[0] * a_right, gamma[1] * a_left
    return np.asarray((from_left * left + from_right * right) / (from_left + from_right))
