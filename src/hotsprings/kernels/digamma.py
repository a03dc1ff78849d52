"""Digamma and trigamma functions of complex arguments, Re x > 0, in the forms in which nothing cancels.

    ψ(x) = ln x - 1/(2x) - L(x),     ψ₁(x) = 1/x + 1/(2x²) + P(x)

L and P are what the Bose function leaves beyond its classical and zero-point parts, L ~ Σ B_2j/(2j x^2j) and
P ~ Σ B_2j/x^(2j+1). From |x| = ``FAR`` on these series are summed; below, the argument is raised by

    L(x) - L(x+1) = -ln(1 + 1/x) + 1/(2x) + 1/(2x+2) = Σ_n 4n/(2n+1) u^(2n+1),  u = 1/(2x+1),
    P(x) - P(x+1) = 1/(2 x² (x+1)²),

the first by its series where |x| > ``NEAR``: L keeps its digits where it is small.

References
----------
Abramowitz, Stegun, *Handbook of Mathematical Functions* (1964), 6.3.18, 6.4.12.
"""

from __future__ import annotations

import cmath

import numpy as np

from hotsprings.kernels.compiled import njit, prange

FAR = 10.0  # the last term of the series kept is 1e-17 of the first there
NEAR = 3.0
BERNOULLI = np.array([1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
                      -174611 / 330])  # B_2, B_4, …
EULER_GAMMA = 0.57721566490153286061


@njit(cache=True, error_model="numpy")
def _step(x):
    """Return L(x) - L(x + 1)."""
    if abs(x) < NEAR:
        return -cmath.log(1.0 + 1.0 / x) + 0.5 / x + 0.5 / (x + 1.0)
    u = 1.0 / (2.0 * x + 1.0)
    square, total = u * u, 0.0j
    for n in range(11, 0, -1):
        total = square * (total + 4.0 * n / (2.0 * n + 1.0))
    return u * total


@njit(cache=True, error_model="numpy")
def _far(x, first, slope):
    """Return Σ_{j > first} of B_2j/(2j x^2j), or of B_2j/x^2j."""
    inverse, total = 1.0 / (x * x), 0.0j
    for j in range(BERNOULLI.size, first, -1):
        total = inverse * (total + BERNOULLI[j - 1] / (1.0 if slope else 2.0 * j))
    return total * inverse**first


@njit(cache=True, error_model="numpy")
def excess(x, first):
    """Return L(x) less the first terms of its series, ln x - 1/(2x) - ψ(x) - Σ_{j ≤ first} B_2j/(2j x^2j)."""
    if abs(x) >= FAR:
        return _far(x, first, False)
    total, y = 0.0j, x
    while abs(y) < FAR:
        total += _step(y)
        y += 1.0
    total += _far(y, 0, False)
    power = 1.0 + 0.0j
    for j in range(1, first + 1):
        power /= x * x
        total -= BERNOULLI[j - 1] / (2.0 * j) * power
    return total


@njit(cache=True, error_model="numpy")
def excess_slope(x, first):
    """Return x P(x) less the first terms of its series, x ψ₁(x) - 1 - 1/(2x) - Σ_{j ≤ first} B_2j/x^2j."""
    if abs(x) >= FAR:
        return _far(x, first, True)
    total, y = 0.0j, x
    while abs(y) < FAR:
        total += 0.5 / (y * (y + 1.0)) ** 2
        y += 1.0
    total = x * (total + _far(y, 0, True) / y)
    power = 1.0 + 0.0j
    for j in range(1, first + 1):
        power /= x * x
        total -= BERNOULLI[j - 1] * power
    return total


@njit(cache=True, error_model="numpy")
def digamma_above(x):
    """Return ψ(1 + x)."""
    y, total = 1.0 + x, 0.0j
    while abs(y) < FAR:
        total -= 1.0 / y
        y += 1.0
    return total + cmath.log(y) - 0.5 / y - _far(y, 0, False)


@njit(cache=True, error_model="numpy")
def trigamma_above(x):
    """Return ψ₁(1 + x)."""
    y, total = 1.0 + x, 0.0j
    while abs(y) < FAR:
        total += 1.0 / (y * y)
        y += 1.0
    return total + (1.0 + 0.5 / y + _far(y, 0, True)) / y


@njit(cache=True, error_model="numpy", parallel=True, work=lambda x, *_: 20.0 * x.size)
def excesses(x, first, slope):
    """Return ``excess`` or ``excess_slope`` of each x (n,), complex, Re x > 0.

    Examples
    --------
    >>> import numpy as np
    >>> float(excesses(np.array([1.0 + 0.0j]), 0, False)[0].real)  # Euler's constant - 1/2
    0.0772156649015328...
    """
    out = np.empty_like(x)
    for k in prange(x.size):
        out[k] = excess_slope(x[k], first) if slope else excess(x[k], first)
    return out


@njit(cache=True, error_model="numpy", parallel=True, work=lambda x, *_: 20.0 * x.size)
def digammas_above(x, slope):
    """Return ψ(1 + x), or ψ₁(1 + x), of each x (n,), complex, Re x > 0."""
    out = np.empty_like(x)
    for k in prange(x.size):
        out[k] = trigamma_above(x[k]) if slope else digamma_above(x[k])
    return out
