"""Means with standard errors, or with the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import ShortRunError

__all__ = ["ENOUGH", "Estimate", "estimate"]

ENOUGH = 50.0  # autocorrelation times that each replica must last
BLOCKS = 64  # over all replicas, from which an error is taken: it is itself good to 9 %
FEWEST = 8  # from which an autocorrelation time is taken


@dataclass(frozen=True, eq=False)
class Estimate:
    """A measured quantity.

    Attributes
    ----------
    name : str
        What it is, for messages.
    value : ndarray, shape (n,)
        The mean over time and replicas.
    spread : ndarray, shape (n,)
        Its standard error; NaN where the run is too short for one.
    autocorrelation_time : ndarray, shape (n,)
        τ, the time from which readings are independent: variance of the mean = variance · τ/(duration · replicas). A
        lower bound where the run is too short.
    duration : float
        Time that each replica was measured.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> flux = hs.dynamics.simulate(system, duration=500.0, dt=0.1, replicas=2, seed=1).flux
    >>> flux.name, flux.value.shape, flux.duration >= 500.0
    ('heat flux', (2,), True)
    """

    name: str
    value: FloatArray
    spread: FloatArray
    autocorrelation_time: FloatArray
    duration: float

    @property
    def needed(self) -> float:
        """Duration from which every element has a standard error (at least; the longer the run, the better known)."""
        return ENOUGH * float(self.autocorrelation_time.max(initial=0.0))

    @property
    def error(self) -> FloatArray:
        """The standard error.

        Raises
        ------
        ShortRunError
            If the run is shorter than 50 autocorrelation times of an element, or has less than 64 blocks.
        """
        missing = np.flatnonzero(np.isnan(self.spread))
        if missing.size:
            some = f" at {missing.size} of {self.spread.size} places" if self.spread.size > 1 else ""
            worst = float(self.autocorrelation_time.max()) or self.duration
            raise ShortRunError(
                f"The {self.name} has no standard error{some}: each replica lasts {self.duration / worst:.3g}"
                f" autocorrelation times (of {worst:.4g}), and {ENOUGH:g} are needed. Take a duration of at least"
                f" {max(self.needed, self.duration):.4g}")
        return self.spread


def estimate(name: str, blocks: FloatArray, block_time: float, variance: FloatArray | None = None) -> Estimate:
    """Return mean, standard error and autocorrelation time from means over consecutive blocks of time.

    Neighbouring blocks are joined in twos, fours, … The variance of the joined means times their length tells τ: the
    largest over all lengths of which there are at least 8. The error is that of the longest ones of which there are
    64, all replicas together.

    Parameters
    ----------
    name : str
        What it is.
    blocks : ndarray, shape (replicas, n_blocks, n)
        Means over each block.
    block_time : float
        Its length.
    variance : ndarray, shape (n,), optional
        Variance of a single reading. Default: that of the blocks as they are, so that τ is at least their length.

    Returns
    -------
    Estimate

    References
    ----------
    Flyvbjerg, Petersen, J. Chem. Phys. 91, 461 (1989); Sokal, lectures on Monte Carlo methods (1996).
    """
    replicas, n_blocks, n = blocks.shape
    mean = blocks.mean(axis=(0, 1))
    tau, error, width = np.zeros(n), np.full(n, np.nan), 1
    while replicas * (n_blocks // width) >= FEWEST:
        count = n_blocks // width
        joined = blocks[:, n_blocks - width * count:].reshape(replicas, count, width, n).mean(axis=2)
        scatter = np.sum((joined - mean) ** 2, axis=(0, 1)) / (replicas * count - 1)
        if variance is None:
            variance = scatter
        with np.errstate(divide="ignore", invalid="ignore"):
            long = np.where(variance > 0.0, scatter / variance, 0.0) * width * block_time
        tau = np.maximum(tau, long)
        if replicas * count >= BLOCKS:
            error = np.sqrt(scatter / (replicas * count))
        width *= 2
    duration = n_blocks * block_time
    error[~(duration >= ENOUGH * tau)] = np.nan
    for array in (mean, error, tau):
        array.setflags(write=False)
    return Estimate(name, mean, error, tau if width > 1 else np.full(n, duration), duration)
