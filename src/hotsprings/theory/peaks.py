"""Where the transmittance of identical masses is large at large N: Eqs. 23 and 25-28, expansions in 1/N."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.theory.arguments import FASTEST, MOST, from_kac, pinned, scale, springs

__all__ = [
    "peak_frequency", "peak_sharpness", "single_peak_bound", "transmittance_lorentzian", "transmittance_two_peaks",
]


def transmittance_lorentzian(omega: Any, n: int, mass: float = 1.0, friction: float = 1.0) -> FloatArray:
    """Return the peak of a free network, 𝒯(ω) ≃ 1 / [1 + N² (m/2γ)² ω²].

    Assumes identical masses, k0 = 0, N²/Ñ ≫ 4γ²/(mk) and ω² ≪ Nk/(Ñm). At fixed Nω the relative error is O(1/N)
    with the Kac factor and O(1/N²) without; in the tail (𝒯 ~ ω⁻⁶) it is wrong altogether.

    Parameters
    ----------
    omega : array_like
        Real angular frequencies, any shape.
    n : int
        Number of particles, 2 or more.
    mass, friction : float
        Mass and friction γ (mass/time), both > 0.

    Returns
    -------
    ndarray, shape of ``omega``
        In [0, 1].

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 23.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.theory.transmittance_lorentzian([0.01, 0.1], 100).round(8)
    array([0.8       , 0.03846154])
    """
    omega, n = checks.frequencies("omega", omega, FASTEST), checks.count("n", n, 2, MOST)
    width = 2.0 * scale("friction", friction) / (n * scale("mass", mass))
    return np.asarray(1.0 / (1.0 + (omega / width) ** 2))


def peak_frequency(
    n: int, k: float = 1.0, k0: float = 1.0, mass: float = 1.0, friction: float = 1.0, n_tilde: float | None = None
) -> float:
    """Return where the transmittance of a pinned network is 1, ω_c ≃ ω0 + (ω0/N) (kγ²/m)/(k² + ω0²γ²), ω0 = √(k0/m).

    Assumes identical masses and k0 > 0. That is the row of the Kac factor; without it ω_c ≃ ω0. The absolute error is
    O(1/N²) in both; for the bare network it is ω0 γ²/(m k N²) at leading order, which the paper does not give.

    Parameters
    ----------
    n : int
        Number of particles, 2 or more.
    k, k0 : float
        Spring constant and pinning (energy/length²), both > 0.
    mass, friction : float
        Mass and friction γ (mass/time), both > 0.
    n_tilde : float, optional
        N - 1 (the Kac factor, the default) or 1 (bare).

    Returns
    -------
    float
        Angular frequency; its mirror -ω_c is the other peak.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range, or ``n_tilde`` is neither N - 1 nor 1.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 25.

    Examples
    --------
    >>> import hotsprings as hs
    >>> print(f"{hs.theory.peak_frequency(100, k0=1.0):.8f}")
    1.00500000
    """
    net, gamma = springs(n, k, scale("k0", k0), mass, n_tilde), scale("friction", friction)
    bare = math.sqrt(net.k0 / net.mass)
    if not from_kac(net.n, net.n_tilde):
        return bare
    return bare + bare / net.n * (net.k * gamma**2 / net.mass) / (net.k**2 + (bare * gamma) ** 2)


def single_peak_bound(
    k: float = 1.0, k0: float = 1.0, mass: float = 1.0, friction: float = 1.0, kac: bool = True
) -> float:
    """Return the bound of the condition for one peak at ω > 0: N ≫ bound (Kac), N² ≫ bound (bare).

    Kac: (4kγ²/m) (k² - ω0²γ²)/(k² + ω0²γ²)²;  bare: 4γ²/(mk) - 2ω0²γ²/k²;  ω0² = k0/m.

    Assumes identical masses and k0 > 0. Leading order, relative O(1/N). Where the bound is 0 or negative the
    condition says nothing: the Kac row is vacuous as soon as k ≤ ω0 γ, which includes the paper's own Fig. 3 (0)
    and Fig. 4 (negative).

    Parameters
    ----------
    k, k0 : float
        Spring constant > 0 and pinning ≥ 0 (energy/length²).
    mass, friction : float
        Mass and friction γ (mass/time), both > 0.
    kac : bool
        True: Ñ = N - 1, first row; False: Ñ = 1, second row.

    Returns
    -------
    float
        Bound on N (Kac) or on N² (bare), a pure number; not clipped.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 26.

    Examples
    --------
    >>> import hotsprings as hs
    >>> print(f"{hs.theory.single_peak_bound():.8f}")
    0.00000000
    """
    k, k0 = scale("k", k), pinned(k0)
    m, gamma = scale("mass", mass), scale("friction", friction)
    drag2 = k0 / m * gamma**2
    if checks.boolean("kac", kac):
        return 4.0 * k * gamma**2 / m * (k**2 - drag2) / (k**2 + drag2) ** 2
    return 4.0 * gamma**2 / (m * k) - 2.0 * drag2 / k**2


def peak_sharpness(
    k: float = 1.0, k0: float = 1.0, mass: float = 1.0, friction: float = 1.0, kac: bool = True
) -> float:
    """Return A of the Lorentzians, A = (m/γ)(1 + ω0²γ²/k²) with the Kac factor, m/γ without; ω0² = k0/m.

    Assumes identical masses; the half width of a peak is 1/(N A), with a relative error of O(1/N).

    Parameters
    ----------
    k, k0, mass, friction, kac
        As in :func:`single_peak_bound`.

    Returns
    -------
    float
        A, a time.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 28.

    Examples
    --------
    >>> import hotsprings as hs
    >>> print(f"{hs.theory.peak_sharpness():.8f}")
    2.00000000
    """
    k, k0 = scale("k", k), pinned(k0)
    m, gamma = scale("mass", mass), scale("friction", friction)
    return m / gamma * (1.0 + k0 * gamma**2 / (m * k**2)) if checks.boolean("kac", kac) else m / gamma


def transmittance_two_peaks(
    omega: Any, n: int, k: float = 1.0, k0: float = 1.0, mass: float = 1.0, friction: float = 1.0,
    n_tilde: float | None = None,
) -> FloatArray:
    """Return the peaks of a pinned network, 𝒯(ω) ≃ Σ_{Ω = ±ω_c} 1 / [1 + N² A² (ω - Ω)²].

    Assumes identical masses, k0 > 0 and separate peaks, N A ω0 ≫ 1. At fixed N(ω - ω_c) the relative error is O(1/N),
    with ω_c of Eq. 25. It does not tend to Eq. 23 pointwise as k0 → 0 (it tends to 2 at ω = 0); only its integral does.

    Parameters
    ----------
    omega : array_like
        Real angular frequencies, any shape.
    n, k, k0, mass, friction, n_tilde
        As in :func:`peak_frequency`.

    Returns
    -------
    ndarray, shape of ``omega``
        May exceed 1 by the tail of the other peak, 1/(2 N A ω0)².

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range, or ``n_tilde`` is neither N - 1 nor 1.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 27.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.theory.transmittance_two_peaks([0.1, 1.0], 100).round(8)
    array([5.1000000e-05, 5.0000622e-01])
    """
    omega = checks.frequencies("omega", omega, FASTEST)
    centre = peak_frequency(n, k, k0, mass, friction, n_tilde)
    sharp = n * peak_sharpness(k, k0, mass, friction, from_kac(n, springs(n, k, k0, mass, n_tilde).n_tilde))
    return np.asarray(sum(1.0 / (1.0 + (sharp * (omega - peak)) ** 2) for peak in (centre, -centre)))
