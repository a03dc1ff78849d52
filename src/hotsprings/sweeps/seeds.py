"""Seeds of many realisations at once: ``numpy.random.SeedSequence``, the same words, a hundred times faster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from hotsprings.checks import IntArray

__all__ = ["generator_states", "seed_table", "seeds_of"]

Words = npt.NDArray[np.uint32]
_POOL = 4
_A, _MULT_A, _B, _MULT_B = 0x43B0D7E5, 0x931E8875, 0x8B51F9DD, 0x58F38DED
_LEFT, _RIGHT = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)
_SHIFT = np.uint32(16)
_PCG, _ALL = 0x2360ED051FC65DA44385DF649FCCF645, (1 << 128) - 1


class _Hash:
    """The hash of SeedSequence; its constant moves on with every word."""

    def __init__(self, start: int, factor: int) -> None:
        self.constant, self.factor = start, factor

    def __call__(self, words: Words) -> Words:
        words = words ^ np.uint32(self.constant)
        self.constant = self.constant * self.factor & 0xFFFFFFFF
        words = words * np.uint32(self.constant)
        return words ^ words >> _SHIFT


def _mixed(x: Words, y: Words) -> Words:
    found: Words = _LEFT * x - _RIGHT * y
    return found ^ found >> _SHIFT


def seed_table(root: int, n_points: int, realisations: int, n_seeds: int) -> IntArray:
    """Return the seeds of all tasks of a plan, 63 bits each.

    Row p·realisations + r holds ``SeedSequence(root, spawn_key=(p, r)).generate_state(n_seeds, uint64) >> 1``.

    Parameters
    ----------
    root : int
        0 ≤ root < 2^64.
    n_points, realisations, n_seeds : int

    Returns
    -------
    ndarray of int64, shape (n_points * realisations, n_seeds)

    References
    ----------
    The algorithm is fixed by NumPy (NEP 19; O'Neill, randutils).
    """
    task = np.arange(n_points * realisations, dtype=np.int64)
    return seeds_of(root, task // realisations, task % realisations, n_seeds)


def seeds_of(root: int, point: IntArray, realisation: IntArray, n_seeds: int) -> IntArray:
    """Return the seeds of some tasks, (n_tasks, n_seeds), from their points and realisations, (n_tasks,) each."""
    key = [point.astype(np.uint32), realisation.astype(np.uint32)]
    entropy = [np.full(1, word, dtype=np.uint32) for word in (root & 0xFFFFFFFF, root >> 32, 0, 0)]
    return (_generated(entropy, key, n_seeds) >> np.uint64(1)).astype(np.int64)


def _generated(entropy: list[Words], key: list[Words], count: int) -> npt.NDArray[np.uint64]:
    """Return ``SeedSequence(entropy, spawn_key=key).generate_state(count, uint64)`` of many, shape (n, count)."""
    hashed = _Hash(_A, _MULT_A)
    pool = [hashed(word) for word in entropy]
    for source in range(_POOL):
        for target in range(_POOL):
            if source != target:
                pool[target] = _mixed(pool[target], hashed(pool[source]))
    for word in key:
        pool = [_mixed(old, hashed(word)) for old in pool]
    hashed = _Hash(_B, _MULT_B)
    words = [hashed(pool[i % _POOL]).astype(np.uint64) for i in range(2 * count)]
    return np.stack([low | high << np.uint64(32) for low, high in zip(words[::2], words[1::2], strict=True)], axis=1)


def generator_states(seeds: IntArray) -> Iterator[dict[str, Any]]:
    """Yield the states of ``numpy.random.default_rng(seed).bit_generator``, of each seed below 2^63.

    References
    ----------
    The algorithm is fixed by NumPy; O'Neill, PCG: A family of simple fast space-efficient statistically good
    algorithms for random number generation, HMC-CS-2014-0905 (2014).
    """
    known = seeds.astype(np.uint64)
    low, high = (known & np.uint64(0xFFFFFFFF)).astype(np.uint32), (known >> np.uint64(32)).astype(np.uint32)
    nothing = np.zeros(1, dtype=np.uint32)
    for one, two, three, four in _generated([low, high, nothing, nothing], [], 4).tolist():
        step = ((three << 64 | four) << 1 | 1) & _ALL
        state = ((step + (one << 64 | two)) * _PCG + step) & _ALL
        yield {"bit_generator": "PCG64", "state": {"state": state, "inc": step}, "has_uint32": 0, "uinteger": 0}
