"""The real twin of an open chain, K + ωΓ - ω²M: all its zeros are real, and as large as those of K + iωΓ - ω²M."""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.impedance import NODE, SMALL

LOWEST = 1e-150  # of the top: where brackets begin
CLOSE = 1e-2  # relative width of a bracket from which Newton's iteration is tried
MAX_STEPS = 200


@njit(cache=True, error_model="numpy", fastmath=False)
def real_sides(k, p, m, gamma, w, left, right, own):
    """Fill the same as ``impedance.sides`` for the twin, and return the number of zeros between 0 and ω."""
    n = m.size
    before, count = 0.0, 0
    for i in range(n):
        own[i] = p[i] + w * (gamma[i] - m[i] * w) + before
        if i + 1 < n:
            total = own[i] + k[i]
            if total == 0.0:
                total = SMALL * k[i]
            count += total < 0.0
            left[i] = k[i] / total
            before = left[i] * own[i]
    count += own[n - 1] < 0.0
    after = 0.0
    for i in range(n - 1, -1, -1):
        here = p[i] + w * (gamma[i] - m[i] * w) + after
        own[i] += after
        if i > 0:
            total = here + k[i - 1]
            if total == 0.0:
                total = SMALL * k[i - 1]
            right[i] = k[i - 1] / total
            after = right[i] * here
    return count


@njit(cache=True, error_model="numpy", fastmath=False)
def real_motion(m, gamma, w, left, right, own, z):
    """Fill the motion of the nearest zero; return the twist, where it is 1."""
    best, twist = -1.0, 0
    n = m.size
    for i in range(n):
        size = abs(own[i])
        weight = (2.0 * abs(w) * m[i] + gamma[i]) / size if size > 0.0 else math.inf
        if weight > best:
            best, twist = weight, i
    z[twist] = 1.0
    for i in range(twist - 1, -1, -1):
        z[i] = left[i] * z[i + 1]
    for i in range(twist + 1, n):
        z[i] = right[i] * z[i - 1]
    return twist


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def twin_zeros(k, p, m, gamma, sign, first, top, sites, omegas, rates):
    """Fill the zeros first, first + 1, … of one sign, in order of size; and zᵀΓz/zᵀMz of their motion z.

    Each is held in a bracket by Sturm counts, bisected on the scale of ln ω until it is alone and Newton's iteration
    stays inside.
    """
    n = m.size
    for j in prange(omegas.size):
        left, right, own, z = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
        low, high, below, above = LOWEST * top, top, -1, n + 1
        w = math.sqrt(low) * math.sqrt(high)
        for _ in range(MAX_STEPS):
            count = real_sides(k, p, m, gamma, sign * w, left, right, own)
            if count > first + j:
                high, above = w, count
            else:
                low, below = w, count
            new = -1.0
            if above - below == 1 and high < low * (1.0 + CLOSE):
                twist = real_motion(m, gamma, w, left, right, own, z)
                slope = 0.0
                for i in range(n):
                    slope += (sign * gamma[i] - 2.0 * w * m[i]) * z[i] * z[i]
                new = w - own[twist] / slope
            if not low <= new <= high:
                new = 0.5 * (low + high) if high < 2.0 * low else math.sqrt(low) * math.sqrt(high)
            moved = abs(new - w)
            w = new
            if moved <= 4e-16 * w:
                break
        real_sides(k, p, m, gamma, sign * w, left, right, own)
        real_motion(m, gamma, w, left, right, own, z)
        damping = inertia = 0.0
        for i in range(n):
            inertia += m[i] * z[i] * z[i]
        for r in range(sites.size):
            i = sites[r]
            beside = max(abs(z[i - 1]) if i > 0 else 0.0, abs(z[i + 1]) if i + 1 < n else 0.0)
            springs = (k[i - 1] if i > 0 else 0.0) + (k[i] if i + 1 < n else 0.0)
            held = abs(p[i] + w * (sign * gamma[i] - m[i] * w))  # what holds a site still by itself makes no node of it
            if abs(z[i]) > NODE * n * beside * min(1.0, springs / held if held > 0.0 else 1.0):
                damping += gamma[i] * z[i] * z[i]
        omegas[j] = w
        rates[j] = damping / inertia
