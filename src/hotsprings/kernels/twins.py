"""The real twin of an open chain, K + ωΓ - ω²M: all its zeros are real, and as large as those of K + iωΓ - ω²M."""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.impedance import NODE, SMALL

CLOSE = 1e-2  # relative width of a bracket from which Newton's iteration is tried
STILL = 4e-16  # relative step at which a zero is found
TOGETHER = 8  # frequencies that are counted side by side, so that no division waits for another
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
def sturm_counts(k, p, m, gamma, frequencies, counts):
    """Fill the number of zeros between 0 and each signed frequency: what ``real_sides`` returns, eight at a time."""
    n = m.size
    for block in prange((frequencies.size + TOGETHER - 1) // TOGETHER):
        here = min(TOGETHER, frequencies.size - block * TOGETHER)
        w, before, count = np.ones(TOGETHER), np.zeros(TOGETHER), np.zeros(TOGETHER, np.int64)
        for r in range(here):
            w[r] = frequencies[block * TOGETHER + r]
        for i in range(n - 1):
            pinning, friction, inertia, spring = p[i], gamma[i], m[i], k[i]
            for r in range(TOGETHER):
                own = pinning + w[r] * (friction - inertia * w[r]) + before[r]
                total = own + spring
                if total == 0.0:
                    total = SMALL * spring
                count[r] += total < 0.0
                before[r] = spring / total * own
        for r in range(here):
            own = p[n - 1] + w[r] * (gamma[n - 1] - m[n - 1] * w[r]) + before[r]
            counts[block * TOGETHER + r] = count[r] + (own < 0.0)


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def twin_zeros(k, p, m, gamma, sign, first, lows, highs, belows, aboves, sites, omegas, rates):
    """Move ``omegas`` from within brackets to the zeros first, first + 1, … of one sign; fill zᵀΓz/zᵀMz of each.

    Each is held in its bracket, with so many zeros below either end, by Sturm counts, and bisected on the scale
    of ln ω until it is alone and Newton's iteration stays inside.
    """
    n = m.size
    for j in prange(omegas.size):
        left, right, own, z = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
        low, high, below, above, w = lows[j], highs[j], belows[j], aboves[j], omegas[j]
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
            if moved <= STILL * w:
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
