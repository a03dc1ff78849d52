"""Random numbers inside compiled loops: xoshiro256++, one state per stream, and normal deviates from it.

References
----------
Blackman, Vigna, ACM Trans. Math. Softw. 47, 36 (2021); Marsaglia, Bray, SIAM Rev. 6, 260 (1964), the polar method.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit

UNIT = 2.0**-53


@njit(cache=True, inline="always")
def _rotated(x, k):
    return (x << np.uint64(k)) | (x >> np.uint64(64 - k))


@njit(cache=True)
def draw(state):
    """Return 64 random bits and advance the state, shape (4,) of uint64."""
    result = _rotated(state[0] + state[3], 23) + state[0]
    t = state[1] << np.uint64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= t
    state[3] = _rotated(state[3], 45)
    return result


@njit(cache=True)
def uniform(state):
    """Return a number in [0, 1)."""
    return float(draw(state) >> np.uint64(11)) * UNIT


@njit(cache=True)
def normal(state, spare):
    """Return a standard normal deviate; the second of each pair waits in ``spare``, shape (1,), NaN where none does."""
    if spare[0] == spare[0]:
        value = spare[0]
        spare[0] = math.nan
        return value
    while True:
        x = 2.0 * uniform(state) - 1.0
        y = 2.0 * uniform(state) - 1.0
        s = x * x + y * y
        if 0.0 < s < 1.0:
            scale = math.sqrt(-2.0 * math.log(s) / s)
            spare[0] = y * scale
            return x * scale


@njit(cache=True)
def fill_normal(states, spares, out):
    """Fill each row of ``out`` with normal deviates of its own stream."""
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[r, i] = normal(states[r], spares[r])
