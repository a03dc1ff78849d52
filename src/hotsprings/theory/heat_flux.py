"""The heat flux: exact for identical masses, the paper's large-N laws, and the bare graded network."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.theory.arguments import MOST, from_kac, pair, scale, springs, temperature_pair
from hotsprings.theory.peaks import peak_sharpness

__all__ = [
    "heat_flux_equal_baths", "heat_flux_free_large", "heat_flux_graded_bare", "heat_flux_identical", "heat_flux_large",
]


def _difference(temperatures: Sequence[float]) -> float:
    hot, cold = temperature_pair(temperatures)
    return hot - cold


def heat_flux_identical(
    n: int, k: float = 1.0, k0: float = 0.0, mass: float = 1.0, friction: float | Sequence[float] = 1.0,
    temperatures: Sequence[float] = (1.0, 0.0), n_tilde: float | None = None,
) -> float:
    """Return the heat flux, J/ΔT = γ_L γ_R k² (N-1) / {(γ_L+γ_R) [m k² (N-1)² + γ_L γ_R Ñ (k + k0 Ñ)]}.

    Exact for identical masses with one bath on each of two sites: any N ≥ 2, Ñ > 0, k0 ≥ 0 and frictions.

    Parameters
    ----------
    n : int
        Number of particles, 2 or more.
    k, k0 : float
        Spring constant > 0 and pinning ≥ 0 (energy/length²).
    mass : float
        Mass of every particle, > 0.
    friction : float or pair of float
        γ of both baths, or (γ_L, γ_R), > 0 (mass/time).
    temperatures : pair of float
        (T_L, T_R) ≥ 0 in units of energy; the default gives J/ΔT.
    n_tilde : float, optional
        Ñ > 0; N - 1 (the Kac factor) by default, 1 is the bare network.

    Returns
    -------
    float
        J in energy/time, from the left bath through the network into the right one.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 16 with Eq. 19, integrated exactly (not in the paper).

    Examples
    --------
    >>> import hotsprings as hs
    >>> print(f"{hs.theory.heat_flux_identical(100, k0=1.0):.8f}")
    0.00251256
    """
    net, (left, right) = springs(n, k, k0, mass, n_tilde), pair("friction", friction)
    inertia = net.mass * net.k**2 * (net.n - 1) ** 2
    drag = left * right * net.n_tilde * (net.k + net.k0 * net.n_tilde)
    conductance = left * right / (left + right) * net.k**2 * (net.n - 1) / (inertia + drag)
    return conductance * _difference(temperatures)


def heat_flux_equal_baths(
    n: int, per_side: int, k: float = 1.0, k0: float = 0.0, mass: float = 1.0, friction: float = 1.0,
    temperatures: Sequence[float] = (1.0, 0.0), n_tilde: float | None = None,
) -> float:
    """Return the flux between p equal baths a side, J/ΔT = (γ/2) p (N-p) k² / [m k² (N-p)² + γ² Ñ (p k + k0 Ñ)].

    Exact for identical masses with p baths at T_L and p at T_R on 2p different sites, N ≥ 2p; p = 1 is the equal
    friction case of :func:`heat_flux_identical`.

    Parameters
    ----------
    n : int
        Number of particles N, 2 p or more.
    per_side : int
        Baths a side p, 1 or more.
    k, k0, mass, temperatures, n_tilde
        As in :func:`heat_flux_identical`.
    friction : float
        γ > 0 of every bath (mass/time).

    Returns
    -------
    float
        J in energy/time, from the left baths together into the right ones.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range or N < 2 p.

    References
    ----------
    Checked against 15-digit numerics; not in the paper.

    Examples
    --------
    >>> import hotsprings as hs
    >>> print(f"{hs.theory.heat_flux_equal_baths(100, per_side=2):.8f}")
    0.00999796
    """
    net, gamma = springs(n, k, k0, mass, n_tilde), scale("friction", friction)
    p = checks.count("per_side", per_side, 1, MOST)
    if net.n < 2 * p:
        raise ArgumentError("n", f"be at least 2 per_side = {2 * p}", f"{net.n} was given")
    others = net.n - p
    inertia = net.mass * net.k**2 * others**2
    drag = gamma**2 * net.n_tilde * (p * net.k + net.k0 * net.n_tilde)
    return 0.5 * gamma * p * others * net.k**2 / (inertia + drag) * _difference(temperatures)


def heat_flux_free_large(
    n: int, mass: float = 1.0, friction: float = 1.0, temperatures: Sequence[float] = (1.0, 0.0)
) -> float:
    """Return the large-N flux without pinning, J/ΔT ≃ γ/(2 m N), with or without Kac factor.

    Assumes identical masses (or, with the Kac factor only, a small spread of them) and N ≫ γ²/(mk) (Kac; below it
    J ≈ kΔT/(2γ)) or N² ≫ γ²/(mk) (bare). The relative error is O(1/N). For unequal masses without Kac factor the
    prefactor is another one: :func:`heat_flux_graded_bare`.

    Parameters
    ----------
    n : int
        Number of particles, 2 or more.
    mass, friction : float
        Mass and friction γ (mass/time), both > 0.
    temperatures : pair of float
        (T_L, T_R) ≥ 0 in units of energy; the default gives J/ΔT.

    Returns
    -------
    float
        J in energy/time.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 24.

    Examples
    --------
    >>> import hotsprings as hs
    >>> print(f"{hs.theory.heat_flux_free_large(100):.8f}")
    0.00500000
    """
    rate = scale("friction", friction) / scale("mass", mass)
    return rate / (2.0 * checks.count("n", n, 2, MOST)) * _difference(temperatures)


def heat_flux_large(
    n: int, k: float = 1.0, k0: float = 0.0, mass: float = 1.0, friction: float = 1.0,
    temperatures: Sequence[float] = (1.0, 0.0), n_tilde: float | None = None,
) -> float:
    """Return the large-N flux with pinning, J/ΔT ≃ 1/(2 A N), A of Eq. 28.

    Assumes identical masses; equals Eq. 24 when k0 = 0. The relative error is O(1/N).

    Parameters
    ----------
    n, k, k0, mass, temperatures
        As in :func:`heat_flux_identical`.
    friction : float
        γ > 0 of both baths (mass/time).
    n_tilde : float, optional
        N - 1 (the Kac factor, the default) or 1 (bare).

    Returns
    -------
    float
        J in energy/time.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range, or ``n_tilde`` is neither N - 1 nor 1.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 29.

    Examples
    --------
    >>> import hotsprings as hs
    >>> print(f"{hs.theory.heat_flux_large(100, k0=1.0):.8f}")
    0.00250000
    """
    net = springs(n, k, k0, mass, n_tilde)
    sharpness = peak_sharpness(k, k0, mass, friction, from_kac(net.n, net.n_tilde))
    return _difference(temperatures) / (2.0 * sharpness * net.n)


def heat_flux_graded_bare(
    n: int, mass: float = 1.0, friction: float = 1.0, temperatures: Sequence[float] = (1.0, 0.0)
) -> float:
    """Return the large-N flux of slightly graded masses on bare free springs, N J/ΔT → (γ/m) (1/2 + I) = 2γ/(πm).

    Assumes Ñ = 1, k0 = 0, masses m - δ … m + δ in equal steps with a bath on the lightest and one on the heaviest,
    equal friction, N ≫ γ²/(mkδ²), and then δ → 0. The limit is approached slowly, with a relative error of
    O(γ²/(mkδ²N)) + O(δ²).

    Each normal mode carries Γ_LΓ_R/(Γ_L + Γ_R), Γ_a = γ u_a². The centre of mass, u_a² = 1/(Nm), gives 1/2. Every
    other mode sits in a gap between poles, at μ = κ/ω² between two masses, a fraction y of the way up and θ into the
    gap: with steps h, Σ_n 1/(μ - m_n) = [π cot πθ + ln(y/(1-y))]/h = N/μ → π cot πθ = -ln(y/(1-y)) as δ → 0, and
    u_L² = 1/{m N² y² [π² + ln²(y/(1-y))]}, u_R² the same with 1 - y. Summed over the N gaps, with t = ln(y/(1-y)):
    I = ∫ dt / [2 cosh t (π² + t²)] = 2/π - 1/2 = 0.13661977….

    Parameters
    ----------
    n : int
        Number of particles, 2 or more.
    mass, friction : float
        Mean mass m and friction γ (mass/time) of both baths, > 0.
    temperatures : pair of float
        (T_L, T_R) ≥ 0 in units of energy; the default gives J/ΔT.

    Returns
    -------
    float
        J in energy/time.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Weak-coupling mode sum; not in the paper, whose text expects Eq. 24 (1/2) here.

    Examples
    --------
    >>> import hotsprings as hs
    >>> print(f"{hs.theory.heat_flux_graded_bare(100):.8f}")
    0.00636620
    """
    n, rate = checks.count("n", n, 2, MOST), scale("friction", friction) / scale("mass", mass)
    return 2.0 / math.pi * rate / n * _difference(temperatures)
