"""The exact transmittance of identical masses: Eqs. 19-22 and a second route to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.theory.arguments import FASTEST, scale, springs

__all__ = [
    "factor_delta", "factor_f", "transmittance_by_mismatch", "transmittance_free", "transmittance_identical",
]


def factor_f(
    omega: Any, n: int, k: float = 1.0, k0: float = 0.0, mass: float = 1.0, friction: float = 1.0,
    n_tilde: float | None = None,
) -> FloatArray:
    """Return the factor f of Eq. 19, f(ω) = (N k/Ñ + k0 - m ω²)² + γ² ω²: exact, any N and Ñ.

    It is |A|² of a bath site; its zeros are the damped antisymmetric motion of the two bath sites.

    Parameters
    ----------
    omega : array_like
        Real angular frequencies, any shape.
    n : int
        Number of particles, 2 or more.
    k, k0 : float
        Spring constant > 0 and pinning ≥ 0 (energy/length²).
    mass, friction : float
        Mass and friction γ (mass/time), both > 0.
    n_tilde : float, optional
        Ñ > 0; N - 1 by default.

    Returns
    -------
    ndarray, shape of ``omega``
        In units of stiffness².

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 20.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.theory.factor_f([0.1, 1.0], 100).round(8)
    array([1.01020203, 1.00010203])
    """
    omega, gamma = checks.frequencies("omega", omega, FASTEST), scale("friction", friction)
    return np.asarray(springs(n, k, k0, mass, n_tilde).alpha(omega) ** 2 + (gamma * omega) ** 2)


def factor_delta(
    omega: Any, n: int, k: float = 1.0, k0: float = 0.0, mass: float = 1.0, friction: float = 1.0,
    n_tilde: float | None = None,
) -> FloatArray:
    """Return the factor Δ of Eq. 19, Δ(ω) = γ²ω² (2k/Ñ + p)² + p² (N k/Ñ + p)², p = k0 - m ω²: exact.

    Parameters
    ----------
    omega, n, k, k0, mass, friction, n_tilde
        As in :func:`factor_f`.

    Returns
    -------
    ndarray, shape of ``omega``
        In units of stiffness⁴.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 21.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.theory.factor_delta([0.1, 1.0], 100).round(8)
    array([1.0106000e-04, 9.6010611e-01])
    """
    omega, gamma = checks.frequencies("omega", omega, FASTEST), scale("friction", friction)
    net = springs(n, k, k0, mass, n_tilde)
    p = net.pinning(omega)
    return np.asarray((gamma * omega * (2.0 * net.coupling + p)) ** 2 + (p * net.alpha(omega)) ** 2)


def transmittance_identical(
    omega: Any, n: int, k: float = 1.0, k0: float = 0.0, mass: float = 1.0, friction: float = 1.0,
    n_tilde: float | None = None,
) -> FloatArray:
    """Return the transmittance, 𝒯(ω) = 4 γ² ω² k² (N k/Ñ + k0 - m ω²)² / [f(ω) Δ(ω) Ñ²].

    Exact for identical masses, equal friction, any N, Ñ and k0. Where f Δ = 0 on the real axis (ω = 0 of a free
    network; m ω² = κ for N = 2) its limit is returned.

    Parameters
    ----------
    omega, n, k, k0, mass, friction, n_tilde
        As in :func:`factor_f`.

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
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 19.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.theory.transmittance_identical([0.1, 1.0], 100, k0=1.0).round(8)
    array([1.04000e-06, 5.05025e-01])
    """
    net, gamma = springs(n, k, k0, mass, n_tilde), scale("friction", friction)
    omega = checks.frequencies("omega", omega, FASTEST)
    numerator = (2.0 * gamma * omega * net.coupling * net.alpha(omega)) ** 2
    denominator = factor_f(omega, n, k, k0, mass, gamma, n_tilde) * factor_delta(omega, n, k, k0, mass, gamma, n_tilde)
    regular = denominator > 0.0
    limit = np.where(omega == 0.0, 1.0, 4.0 * net.coupling**2 / ((gamma * omega) ** 2 + 4.0 * net.coupling**2))
    return np.asarray(np.where(regular, numerator / np.where(regular, denominator, 1.0), limit))


def transmittance_free(
    omega: Any, n: int, k: float = 1.0, mass: float = 1.0, friction: float = 1.0, n_tilde: float | None = None
) -> FloatArray:
    """Return the transmittance without pinning, 𝒯 = 4γ²k²(Nk/Ñ - mω²)² / {Ñ² f [m²ω² f - 4γ²k(mω²/Ñ - k/Ñ²)]}.

    Exact for identical masses, k0 = 0, equal friction, any N and Ñ; 𝒯(0) = 1. The bracket is Δ/ω² of Eq. 21, formed
    here as the sum of squares it is, without the subtraction.

    Parameters
    ----------
    omega, n, k, mass, friction, n_tilde
        As in :func:`factor_f`.

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
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 22.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.theory.transmittance_free([0.1, 1.0], 100).round(8)
    array([3.998393e-02, 4.000000e-08])
    """
    net, gamma = springs(n, k, 0.0, mass, n_tilde), scale("friction", friction)
    omega = checks.frequencies("omega", omega, FASTEST)
    # N = 2: alpha = 2k/Ñ - m ω² divides numerator and bracket alike and is left out of both
    shared = np.ones_like(omega) if net.n == 2 else net.alpha(omega)
    rest = np.ones_like(omega) if net.n == 2 else 2.0 * net.coupling - net.mass * omega**2
    bracket = (gamma * rest) ** 2 + (net.mass * omega * shared) ** 2
    f = factor_f(omega, n, k, 0.0, mass, gamma, n_tilde)
    return np.asarray((2.0 * gamma * net.coupling * shared) ** 2 / (f * bracket))


def transmittance_by_mismatch(
    omega: Any, n: int, k: float = 1.0, k0: float = 0.0, mass: float = 1.0, friction: float = 1.0,
    n_tilde: float | None = None,
) -> FloatArray:
    """Return the transmittance as 𝒯 = 1/(1 + X²), X = [α² p + γ²ω² (p + β)] / (γ ω β α).

    p = k0 - m ω², α = N k/Ñ + p, β = 2k/Ñ. The same as Eq. 19 for all parameters; here 0 ≤ 𝒯 ≤ 1 is plain, 𝒯 = 1
    exactly where X = 0, and 𝒯 = 0 where α = 0 (N > 2), at m ω² = N k/Ñ + k0.

    Parameters
    ----------
    omega, n, k, k0, mass, friction, n_tilde
        As in :func:`factor_f`.

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
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 19, rearranged.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.theory.transmittance_by_mismatch([0.1, 1.0], 100).round(8)
    array([3.998393e-02, 4.000000e-08])
    """
    net, gamma = springs(n, k, k0, mass, n_tilde), scale("friction", friction)
    omega = checks.frequencies("omega", omega, FASTEST)
    beta, p, alpha = 2.0 * net.coupling, net.pinning(omega), net.alpha(omega)
    drag = gamma * omega
    # above / below = X, both divided by what they share: ω when free, α = p + β when N = 2
    drag_over, p_over = (gamma, -net.mass * omega) if net.k0 == 0.0 else (drag, p)
    below = beta * drag_over * (1.0 if net.n == 2 else alpha)
    above = alpha * p_over + drag * drag_over if net.n == 2 else alpha**2 * p_over + drag * drag_over * (p + beta)
    return np.asarray(below**2 / (below**2 + above**2))
