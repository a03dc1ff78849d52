"""Chains as their springs, pinnings, masses and frictions, and guesses of all their resonances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.network import bands_of
from hotsprings.response.blocks import blocks
from hotsprings.response.tolerances import EPS, VANISHING
from hotsprings.system import OpenNetwork

UNEVEN = 1e-2  # smallest over largest k/m below which normal modes are not relied upon
TWIN_WORK = 50.0  # of one site, Newton's steps together, beside that of one term of a sum
COUNT_WORK = 2.0  # the same of one count
LOWEST = 1e-150  # of the highest frequency: where brackets begin
SHORT = 100  # sites up to which each zero is bracketed by itself
OVERDAMPED = 10.0  # damping rate over the highest frequency above which they are not either
BEYOND = 200.0  # the same above which long chains lose so many digits that their modes are not tried
LOST_BESIDE = 1e4  # the same above which sums over the residues of the others lose digits that 32 keep


@dataclass(frozen=True, eq=False)
class ChainData:
    """Springs, pinnings, masses and frictions of a chain, all that its motion depends on."""

    k: FloatArray
    p: FloatArray
    m: FloatArray
    gamma: FloatArray

    @property
    def free(self) -> bool:
        """Whether nothing holds it."""
        return not np.any(self.p)

    @property
    def evenness(self) -> float:
        """Softest k/m over the square of the fastest rate or frequency: how far apart all that happens is."""
        if self.k.size == 0:
            return 1.0
        soft = float(np.min(self.k / np.maximum(self.m[1:], self.m[:-1])))
        return soft / max(self._stiffest, self._fastest**2)

    @property
    def overdamped(self) -> bool:
        """Whether a bath damps so much faster than anything rings that residues lose digits beside its own."""
        return self._fastest**2 > LOST_BESIDE**2 * self._stiffest

    @property
    def _stiffest(self) -> float:
        """Largest k/m or k0/m."""
        springs = self.k / np.minimum(self.m[1:], self.m[:-1])
        return max(float(np.max(springs, initial=0.0)), float(np.max(self.p / self.m)))

    @property
    def uneven(self) -> bool:
        """Whether frequencies may lie so far apart that eigenvalues of a matrix cannot hold them all."""
        return self.graded or self._fastest > OVERDAMPED * float(np.sqrt(self._stiffest))

    @property
    def damped_only(self) -> bool:
        """Whether it is uneven for its baths alone, and not so much that modes are of no use."""
        return self.uneven and not self.graded and self._fastest <= BEYOND * float(np.sqrt(self._stiffest))

    @property
    def graded(self) -> bool:
        """Whether it is uneven without its baths."""
        return float(np.min(self.k / np.maximum(self.m[1:], self.m[:-1]), initial=np.inf)) < UNEVEN * self._stiffest

    @property
    def _fastest(self) -> float:
        """Largest γ/m."""
        return float(np.max(self.gamma / self.m))

    def changed(self, rng: np.random.Generator) -> ChainData:
        """Return the same with every spring, pinning, mass and friction changed in its last bits."""
        return ChainData(*(a * (1.0 + EPS * rng.standard_normal(a.size)) for a in (self.k, self.p, self.m, self.gamma)))


def chain_data(system: OpenNetwork) -> ChainData | None:
    """Return the springs of a chain; None where a spring or a pinning is negative or a spring is missing."""
    if bands_of(system.network) is None:
        return None
    gamma = np.zeros(system.n_sites)
    gamma[system.bath_sites] = system.friction
    return spring_data(system.network, gamma)


def spring_data(network: Any, gamma: FloatArray) -> ChainData | None:
    """Return the same for a network and the friction of each of its sites."""
    bands = bands_of(network)
    if bands is None:
        return None
    k, p = -bands[1], np.array(network.pinning)
    if np.any(k <= 0.0) or np.any(p < 0.0):
        return None
    return ChainData(k, p, np.array(network.masses), gamma)


def closed_frequencies(data: ChainData) -> FloatArray:
    """Return the frequencies of a chain without baths, each to relative accuracy; 0 once where nothing holds it."""
    still = ChainData(data.k, data.p, data.m, np.zeros(data.m.size))
    moving, _ = _twin(still, 1.0, int(data.free), _top(data), np.empty(0, dtype=np.int64))
    return np.append(np.zeros(int(data.free)), moving)


def _top(data: ChainData) -> float:
    """Return a frequency above all zeros of the twins: λ ≤ max Σ_j |K_ij|/m_i, and friction adds γ/m at most."""
    springs = np.append(0.0, data.k) + np.append(data.k, 0.0)
    return 2.0 * float(np.sqrt(np.max((2.0 * springs + data.p) / data.m)) + np.max(data.gamma / data.m))


def _twin(data: ChainData, sign: float, first: int, top: float, sites: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the zeros of one sign of the real twin from number ``first`` on, and zᵀΓz/zᵀMz of each, Γ at ``sites``."""
    from hotsprings.kernels.twins import twin_zeros

    n = data.m.size
    brackets = np.full((2, n - first), [[LOWEST * top], [top]])
    numbers = np.full((2, n - first), [[-1], [n + 1]])
    w, rate = np.sqrt(brackets[0]) * np.sqrt(brackets[1]), np.empty(n - first)
    if n > SHORT:
        _narrow(data, sign, first, brackets, numbers, w)
    for part in blocks(w.size, TWIN_WORK * n):
        twin_zeros(data.k, data.p, data.m, data.gamma, sign, first + part.start, *brackets[:, part], *numbers[:, part],
                   sites, w[part], rate[part])
    return w, rate


def _narrow(data: ChainData, sign: float, first: int, brackets: FloatArray, numbers: IntArray, w: FloatArray) -> None:
    """Cut brackets by Sturm counts until they are narrow and their zeros alone, each where it was cut last at ``w``.

    Zeros that share a bracket share the count, which they do until they part: two counts a zero instead of thirty.
    """
    from hotsprings.kernels.twins import CLOSE, STILL, sturm_counts

    (low, high), (below, above), wide = brackets, numbers, np.arange(w.size)
    number = first + wide
    w[:] = 0.0
    while wide.size:
        cut = _middles(low[wide], high[wide])
        moved = np.abs(cut - w[wide]) > STILL * cut
        wide, cut = wide[moved], cut[moved]
        shared, which = np.unique(cut, return_inverse=True)
        counts = np.empty(shared.size, dtype=np.int64)
        for part in blocks(shared.size, COUNT_WORK * data.m.size):
            sturm_counts(data.k, data.p, data.m, data.gamma, sign * shared[part], counts[part])
        w[wide], count = cut, counts[which]
        more = count > number[wide]
        high[wide[more]], above[wide[more]] = cut[more], count[more]
        low[wide[~more]], below[wide[~more]] = cut[~more], count[~more]
        wide = wide[(above[wide] - below[wide] != 1) | (high[wide] >= low[wide] * (1.0 + CLOSE))]


def _middles(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return where brackets are cut: in the middle, of the scale of ln ω while they are wide."""
    return np.where(high < 2.0 * low, 0.5 * (low + high), np.sqrt(low) * np.sqrt(high))


@dataclass(frozen=True, eq=False)
class Starts:
    """Guesses of all resonances, and the frequencies of modes that feel no bath."""

    omega: ComplexArray
    dark: FloatArray


def starts(data: ChainData, sites: IntArray) -> Starts:
    """Return guesses from the real twin: its zeros in size, the roots of ω²zᵀMz - iω zᵀΓz - zᵀKz in direction."""
    top = _top(data)
    guesses, still = [], np.empty(0)
    weakest = VANISHING**2 * float(np.max(data.gamma / data.m))
    for sign in (1.0, -1.0):
        first = 1 if data.free and sign < 0.0 else 0
        w, rate = _twin(data, sign, first, top, sites)
        dark = rate <= weakest if sign > 0.0 else _same(w, rate, still)
        still = w[dark]
        w, rate = w[~dark], rate[~dark]
        stiff = w * np.maximum(w - sign * rate, 0.0)  # zᵀKz/zᵀMz
        root = np.sqrt(np.abs(4.0 * stiff - rate**2))
        along = 0.5 * (sign * root + 1j * rate)
        larger = 0.5j * (rate + root)
        axis = larger if sign > 0.0 else 2j * stiff / (rate + root)
        guess = np.where(4.0 * stiff > rate**2, along, axis)
        turn = 1e-2 * np.exp(2.4j * (np.arange(w.size) + (0.5 if sign > 0.0 else 0.0)))
        guesses.append(guess + turn * np.minimum(rate, np.abs(guess)))
    return Starts(np.concatenate(guesses), still)


def _same(w: FloatArray, rate: FloatArray, still: FloatArray) -> BoolArray:
    """Return which zeros of the other sign belong to modes that feel no bath: the nearest, the weaker of two as near.

    The twins' frictions ±Γ turn such a mode into itself, but may let its tails end in bath sites unlike.
    """
    found = np.zeros(w.size, dtype=bool)
    for frequency in still:
        apart = np.abs(w / frequency - 1.0)
        near = np.flatnonzero((apart <= 2.0 * apart.min(initial=np.inf, where=~found) + w.size * EPS) & ~found)
        found[near[np.argmin(rate[near])]] = True
    return found
