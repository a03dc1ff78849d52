"""Networks with random spring constants."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError, UnstableError
from hotsprings.network import keys
from hotsprings.network.base import normalisation, per_site
from hotsprings.network.chain import Chain, chosen_ends, held_ends
from hotsprings.network.springs import Springs

__all__ = ["laplacian", "random_chain", "random_springs"]

Distribution = str | Callable[[np.random.Generator, int], Any]


def laplacian(weights: FloatArray, k0: FloatArray) -> FloatArray:
    """Return K of springs w_ij (symmetric, zero diagonal) and pinning k0: K_ij = -w_ij, K_ii = k0_i + Σ_j w_ij."""
    K = -weights
    np.fill_diagonal(K, k0 + weights.sum(axis=1))
    return K


def of_weights(masses: FloatArray, weights: FloatArray, pinning: FloatArray, source: str, name: str) -> Springs:
    """Return the network of springs w_ij; what cannot be is told of the pinning, or of the argument they are from."""
    K = laplacian(weights, pinning)
    try:
        if not np.all(pinning >= 0.0):
            Springs(masses, K)  # refuses what is not stable
        return Springs.stable(masses, K, source, pinning=pinning)
    except ArgumentError as err:
        worst = int(np.argmax(np.abs(np.diag(K)) / masses))
        held = isinstance(err, UnstableError) or abs(pinning[worst]) > 0.5 * abs(K[worst, worst])
        raise ArgumentError("k0" if held else name, "keep the stiffness matrix positive semidefinite" if isinstance(
            err, UnstableError) else err.requirement, err.given) from None


def _refuse_named(mean: Any, spread: Any, exponent: Any = 1.0) -> None:
    """Refuse numbers that are none, though another distribution may not ask for them."""
    checks.positive("mean", mean)
    checks.non_negative("spread", spread)
    checks.positive("exponent", exponent)


def _uniform(rng: np.random.Generator, size: int, mean: Any, spread: Any) -> FloatArray:
    mean, spread = checks.positive("mean", mean), checks.non_negative("spread", spread)
    if spread >= mean:
        raise ArgumentError("spread", f"be less than the mean ({mean:g}), so that spring constants stay positive",
                            f"{spread:g} was given")
    if mean + spread > checks.HIGHEST or mean - spread < checks.LOWEST:
        raise ArgumentError("mean", f"keep spring constants from {checks.LOWEST:.0e} to {checks.HIGHEST:.0e}",
                            f"{mean:g} was given")
    return rng.uniform(mean - spread, mean + spread, size)


def _from_callable(distribution: Any, rng: np.random.Generator, size: int) -> FloatArray:
    frozen = hasattr(distribution, "rvs")  # of scipy.stats
    if not frozen:
        try:
            inspect.signature(distribution).bind(rng, size)
        except (TypeError, ValueError):
            raise ArgumentError("distribution", "take two arguments, (rng, size)",
                                f"{checks.shown(distribution)} does not") from None
    drawn = distribution.rvs(size=size, random_state=rng) if frozen else distribution(rng, size)
    clean = checks.array("distribution", drawn, "return a one-dimensional array of positive finite numbers")
    if clean.size != size:
        raise ArgumentError("distribution", f"return one spring constant per spring ({size})",
                            f"{clean.size} were returned")
    if np.any(clean <= 0.0):
        raise ArgumentError("distribution", "return positive spring constants",
                            f"{clean[clean <= 0.0][0]:g} is among them")
    return clean


def _name(distribution: Any) -> str:
    return distribution if isinstance(distribution, str) else str(getattr(distribution, "__name__", "a distribution"))


def random_springs(masses: Any, mean: float = 1.0, spread: float = 0.5, seed: int = 0, k0: Any = 0.0,
                   kac: bool | None = None, n_tilde: float | None = None, distribution: Distribution = "uniform"
                   ) -> Springs:
    """Return a network of all-to-all springs with random constants k_ij/Ñ, the mean field with disorder in its springs.

    Parameters
    ----------
    masses : array_like, shape (n_sites,)
        Positive masses, two or more.
    mean, spread : float
        k_ij is uniform on [mean - spread, mean + spread], 0 ≤ spread < mean (energy/length²).
    seed : int
        Seed, 0 or more, of ``numpy.random.default_rng``; the same seed gives the same springs.
    k0 : float or array_like, shape (n_sites,)
        Pinning stiffness.
    kac : bool, optional
        True, the default: Ñ = n_sites - 1; False: Ñ = 1.
    n_tilde : float, optional
        Any Ñ > 0, in place of ``kac``.
    distribution : "uniform", callable or scipy.stats distribution
        A function ``(rng, size)`` that returns ``size`` positive constants, or a frozen distribution with ``rvs``;
        it takes the place of mean and spread.

    Returns
    -------
    Springs

    Raises
    ------
    ArgumentError
        If an argument is out of range, a spring constant is not positive, or K has a negative eigenvalue.

    References
    ----------
    Schmidt, Kottos, Shapiro, Phys. Rev. E 88, 022126 (2013).

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.random_springs([1, 1, 1, 1], seed=1).n_sites
    4
    """
    m = checks.positive_array("masses", masses, 2)
    n, rng = m.size, np.random.default_rng(checks.seed("seed", seed))
    size = n * (n - 1) // 2
    checks.room("masses", n, n, 2)
    _refuse_named(mean, spread)
    if isinstance(distribution, str) and distribution == "uniform":
        drawn, law = _uniform(rng, size, mean, spread), f"mean={float(mean):g}, spread={float(spread):g}"
    elif callable(distribution) or hasattr(distribution, "rvs"):
        drawn, law = _from_callable(distribution, rng, size), f"distribution={_name(distribution)}"
    else:
        raise ArgumentError("distribution", "be 'uniform', a function of (rng, size), or a scipy.stats distribution",
                            f"{checks.shown(distribution)} was given")
    factor = normalisation(kac, n_tilde, n - 1.0)
    weights = np.zeros((n, n))
    weights[np.triu_indices(n, 1)] = drawn / factor
    pinning = per_site("k0", k0, n)
    return of_weights(m, weights + weights.T, pinning, f"random_springs({law}, seed={seed}, Ñ={factor:g})",
                      "mean" if isinstance(distribution, str) else "distribution")


def random_chain(masses: Any, distribution: Distribution = "uniform", mean: float = 1.0, spread: float = 0.5,
                 exponent: float = 1.0, seed: int = 0, k0: Any = 0.0, ends: Any = "free") -> Chain:
    """Return a nearest-neighbour chain with independent random spring constants, those of the walls among them.

    Parameters
    ----------
    masses : array_like, shape (n_sites,)
        Positive masses, two or more.
    distribution : "uniform", "power", callable or scipy.stats distribution
        "uniform": k on [mean - spread, mean + spread]. "power": k = mean · U^{1/μ} with U uniform on (0, 1], of density
        μ k^{μ-1}/mean^μ: for μ < 1 weak springs abound and ⟨1/k⟩ is infinite (mean is then the largest constant). A
        function ``(rng, size)`` that returns ``size`` positive constants, or a frozen distribution with ``rvs``.
    mean, spread : float
        Scale (energy/length²) and half width of the named distributions; 0 ≤ spread < mean.
    exponent : float
        μ > 0 of "power".
    seed : int
        Seed, 0 or more, of ``numpy.random.default_rng``; the same seed gives the same springs.
    k0 : float or array_like, shape (n_sites,)
        Pinning stiffness.
    ends : {"free", "fixed"} or a pair of these
        Whether wall springs, random too, hold both ends; or the first and the last.

    Returns
    -------
    Chain

    Raises
    ------
    ArgumentError
        If an argument is out of range, a spring constant is not positive, or K has a negative eigenvalue.

    References
    ----------
    Ash, Amir, Bar-Sinai, Oreg, Imry, arXiv:1908.04314 (2020); Dhar, Adv. Phys. 57, 457 (2008), section 3.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.random_chain([1, 1, 1, 1], "power", exponent=0.5, seed=1)
    Chain(N=4, m=1, k=0.002454…0.7325, k0=0, free ends)
    """
    m = checks.positive_array("masses", masses, 2)
    rng = np.random.default_rng(checks.seed("seed", seed))
    _refuse_named(mean, spread, exponent)
    size = m.size - 1 + sum(held_ends(chosen_ends(ends)))
    if isinstance(distribution, str) and distribution == "uniform":
        drawn = _uniform(rng, size, mean, spread)
    elif isinstance(distribution, str) and distribution == "power":
        scale, power = checks.positive("mean", mean), 1.0 / checks.positive("exponent", exponent)
        drawn = scale * (1.0 - rng.random(size)) ** power
    elif callable(distribution) or hasattr(distribution, "rvs"):
        drawn = _from_callable(distribution, rng, size)
    else:
        raise ArgumentError("distribution", "be 'uniform', 'power', a function of (rng, size), or a scipy.stats "
                            "distribution", f"{checks.shown(distribution)} was given")
    return Chain(m, drawn, k0, ends)


SPRINGS_KIND = keys.Kind(
    "random-springs", random_springs,
    {"mean": keys.POSITIVE, "spread": keys.SPREAD, "seed": keys.SEED, **keys.NORMALISED},
    "All-to-all springs with random constants", """\
mean = 1.0            # k_ij uniform between mean - spread and mean + spread
spread = 0.5
seed = 1
""" + keys.NORMALISED_EXAMPLE.format(factor="N - 1"),
    "every pair is joined by a spring k_ij/Ñ", most_sites=keys.DENSE)

CHAIN_KIND = keys.Kind(
    "random-chain", random_chain,
    {"distribution": keys.Key(keys.one_of("uniform", "power"), "uniform"), "mean": keys.POSITIVE,
     "spread": keys.SPREAD, "exponent": keys.POSITIVE, "seed": keys.SEED, **keys.ENDS},
    "Chain of random springs", """\
distribution = "power" # "power": mean · U^(1/exponent), U uniform on (0, 1]; "uniform": between mean ± spread
mean = 1.0
exponent = 0.5        # for "power": below 1 weak springs abound
# spread = 0.5        # for "uniform"
seed = 1
""" + keys.ENDS_EXAMPLE, "springs between nearest neighbours, drawn at random")
