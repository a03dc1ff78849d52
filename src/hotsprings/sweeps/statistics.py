"""Means over realisations: their standard errors and bootstrap intervals."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from hotsprings.checks import FloatArray

__all__ = ["BCA", "CONFIDENCE", "FEWEST", "RESAMPLES", "bootstrap", "mean_and_error"]

CONFIDENCE = 0.95
RESAMPLES = 2000
FEWEST = 5  # realisations below which a bootstrap says nothing
BCA = 1000  # realisations up to which the interval is bias-corrected and accelerated
_AT_ONCE = 4_000_000  # values drawn at a time


def mean_and_error(values: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """Return the mean of the finite values along an axis, and its standard error s/√n.

    Parameters
    ----------
    values : ndarray
    axis : int

    Returns
    -------
    (ndarray, ndarray)
        NaN where there is no finite value, or only one for the error.
    """
    finite = np.isfinite(values)
    count = finite.sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(finite, values, 0.0).sum(axis=axis) / count
        deviation = np.where(finite, values - np.expand_dims(mean, axis), 0.0)
        error = np.sqrt((deviation**2).sum(axis=axis) / (count - 1.0) / count)
    error = np.where(count > 1, error, np.nan)
    return mean, error


def bootstrap(values: FloatArray, rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean of the finite values; NaN for fewer than five.

    Bias-corrected and accelerated (BCa) up to 1000 values: the quantiles Φ(z0 + (z0 ± z)/(1 - a (z0 ± z))) of the means
    of 2000 resamples, z0 = Φ⁻¹(part of them below the mean), a = Σ(x - x̄)³/(6 (Σ(x - x̄)²)^(3/2)); beyond that number,
    where the corrections are of the order of the noise of the resamples, the quantiles 0.025 and 0.975.

    Parameters
    ----------
    values : ndarray, shape (n,)
    rng : numpy Generator

    Returns
    -------
    (float, float)

    References
    ----------
    Efron, Tibshirani, An Introduction to the Bootstrap (1993), chapter 14.
    """
    clean = values[np.isfinite(values)]
    if clean.size < FEWEST:
        return float("nan"), float("nan")
    mean, spread = clean.mean(), float(np.ptp(clean))
    if spread == 0.0:
        return float(clean[0]), float(clean[0])
    deviation = (clean - mean) / spread
    rows = max(1, _AT_ONCE // clean.size)
    means = np.concatenate([
        deviation[rng.integers(0, clean.size, (min(rows, RESAMPLES - start), clean.size), dtype=np.int32)].mean(axis=1)
        for start in range(0, RESAMPLES, rows)])
    normal = NormalDist()
    tails = [0.5 * (1.0 - CONFIDENCE), 0.5 * (1.0 + CONFIDENCE)]
    if clean.size <= BCA:
        below = float(np.mean(means < 0.0) + 0.5 * np.mean(means == 0.0))
        bias = normal.inv_cdf(min(max(below, 0.5 / RESAMPLES), 1.0 - 0.5 / RESAMPLES))
        acceleration = float(np.sum(deviation**3) / (6.0 * np.sum(deviation**2) ** 1.5))
        shifted = [bias + normal.inv_cdf(tail) for tail in tails]
        tails = [normal.cdf(bias + z / (1.0 - acceleration * z)) for z in shifted]
    low, high = mean + spread * np.quantile(means, tails)
    return float(low), float(high)
