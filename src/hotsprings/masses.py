"""Mass configurations of the paper (section III A)."""

from __future__ import annotations

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError

__all__ = ["alternating", "graded", "identical", "random"]


def __dir__() -> list[str]:
    return sorted(__all__)


def _mean_spread(mean: float, spread: float) -> tuple[float, float]:
    mean = checks.positive("mean", mean)
    spread = checks.non_negative("spread", spread)
    if spread >= mean:
        raise ArgumentError("spread", f"be less than the mean ({mean:g}), so that masses stay positive",
                            f"{spread:g} was given")
    return mean, spread


def identical(n: int, mean: float = 1.0) -> FloatArray:
    """Return n equal masses, m_n = mean.

    Parameters
    ----------
    n : int
        Number of particles, 1 or more.
    mean : float
        The mass, > 0, in any unit consistent with stiffness and friction.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ArgumentError
        If n is not a positive integer or mean not a positive number.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, section III A.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.masses.identical(3, 2.0)
    array([2., 2., 2.])
    """
    return np.full(checks.count("n", n, 1), checks.positive("mean", mean))


def graded(n: int, mean: float = 1.0, spread: float = 0.1) -> FloatArray:
    """Return masses that grow linearly, m_i = mean - spread + 2 spread i/(n-1), i = 0 … n-1.

    Parameters
    ----------
    n : int
        Number of particles, 1 or more (one particle has the mean mass).
    mean, spread : float
        Mean and half range δ, 0 ≤ spread < mean.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, section III A, "graded".

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.masses.graded(5, 1.0, 0.2)
    array([0.8, 0.9, 1. , 1.1, 1.2])
    """
    n = checks.count("n", n, 1)
    mean, spread = _mean_spread(mean, spread)
    return np.array([mean]) if n == 1 else mean - spread + 2.0 * spread * (np.arange(n) / (n - 1))


def random(n: int, mean: float = 1.0, spread: float = 0.1, seed: int = 0) -> FloatArray:
    """Return independent masses, uniform on [mean - spread, mean + spread].

    Parameters
    ----------
    n : int
        Number of particles, 1 or more.
    mean, spread : float
        Centre and half width δ, 0 ≤ spread < mean.
    seed : int
        Seed, 0 or more, of ``numpy.random.default_rng``; the same seed gives the same masses.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, section III A, "random".

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.masses.random(4, seed=1).round(6)
    array([1.002364, 1.090093, 0.928832, 1.08973 ])
    """
    n = checks.count("n", n, 1)
    mean, spread = _mean_spread(mean, spread)
    seed = checks.seed("seed", seed)
    return drawn(np.random.default_rng(seed), n, mean, spread)


def drawn(generator: np.random.Generator, n: int, mean: float, spread: float) -> FloatArray:
    """Return what ``random`` draws, from a generator and checked numbers."""
    return generator.uniform(mean - spread, mean + spread, n)


def alternating(n: int, mean: float = 1.0, spread: float = 0.1) -> FloatArray:
    """Return masses mean - spread and mean + spread in turn, the lighter one first.

    Parameters
    ----------
    n : int
        Number of particles, 1 or more.
    mean, spread : float
        Mean and half difference δ, 0 ≤ spread < mean.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, section III B, "alternating".

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.masses.alternating(4, 1.0, 0.25)
    array([0.75, 1.25, 0.75, 1.25])
    """
    n = checks.count("n", n, 1)
    mean, spread = _mean_spread(mean, spread)
    return np.where(np.arange(n) % 2 == 0, mean - spread, mean + spread)
