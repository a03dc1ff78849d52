"""Many chains that differ by their pinning alone: Green elements of all of them at once, at any complex frequency.

What holds everything up to a site, and from it on, is as in ``impedance``; here the chains are the inner loop, real and
imaginary parts in arrays of their own, so that several are taken at a time.
"""

from __future__ import annotations

import numpy as np

from hotsprings.kernels.compiled import njit, prange

TOGETHER = 32  # chains in one block: what they need stays in the cache
CONTRACT = {"contract"}


@njit(error_model="numpy", fastmath=CONTRACT)
def passed_on(k, kappa, own, wave, here, out):
    """Fill k/(k + L) and replace L by L k/(k + L) + o of the next site, o = ``own`` + κ + i ``wave``."""
    for s in range(kappa.size):
        re, im = here[0, s] + k, here[1, s]
        size = k / (re * re + im * im)
        re, im = re * size, -im * size
        out[0, s], out[1, s] = re, im
        a, b = here[0, s], here[1, s]
        here[0, s] = own + kappa[s] + (a * re - b * im)
        here[1, s] = wave + (a * im + b * re)


@njit(error_model="numpy", fastmath=CONTRACT)
def both_sides(k, p, m, gamma, kappa, w, at, here, left, right, inverse):
    """Fill the shares that springs pass on leftwards and rightwards, and 1/G of the sites ``at``, at frequency -w.

    Arrays of chains have a second axis of real and imaginary part: ``left``, ``right`` (n_sites, 2, n_chains),
    ``inverse`` (len(at), 2, n_chains), ``here`` (2, n_chains) is scratch.
    """
    n, x = m.size, w * w
    for i in range(n):
        own, wave = p[i] - m[i] * x.real + gamma[i] * w.imag, -(gamma[i] * w.real + m[i] * x.imag)
        if i == 0:
            for s in range(kappa.size):
                here[0, s], here[1, s] = own + kappa[s], wave
        else:
            passed_on(k[i - 1], kappa, own, wave, here, left[i - 1])
        for b in range(at.size):
            if at[b] == i:
                inverse[b] = here
    for i in range(n - 1, -1, -1):
        own, wave = p[i] - m[i] * x.real + gamma[i] * w.imag, -(gamma[i] * w.real + m[i] * x.imag)
        if i == n - 1:
            for s in range(kappa.size):
                here[0, s], here[1, s] = own + kappa[s], wave
        else:
            passed_on(k[i], kappa, own, wave, here, right[i + 1])
        for b in range(at.size):
            if at[b] == i:
                for s in range(kappa.size):
                    inverse[b, 0, s] += here[0, s] - (own + kappa[s])
                    inverse[b, 1, s] += here[1, s] - wave


@njit(error_model="numpy", fastmath=CONTRACT)
def times(here, share):
    """Multiply complex numbers by others, in place."""
    for s in range(here.shape[1]):
        a, b = here[0, s], here[1, s]
        here[0, s] = a * share[0, s] - b * share[1, s]
        here[1, s] = a * share[1, s] + b * share[0, s]


@njit(error_model="numpy", fastmath=CONTRACT)
def start(inverse, here):
    """Fill 1/z."""
    for s in range(here.shape[1]):
        a, b = inverse[0, s], inverse[1, s]
        size = 1.0 / (a * a + b * b)
        here[0, s], here[1, s] = a * size, -b * size


@njit(error_model="numpy", fastmath=CONTRACT)
def add_real(weight, here, out):
    """Add Re weight z."""
    for s in range(out.size):
        out[s] += weight.real * here[0, s] - weight.imag * here[1, s]


def _work(k, p, m, gamma, kappa, at, rows, omegas, weights, out):
    return 4.0 * omegas.size * m.size * kappa.size


@njit(error_model="numpy", fastmath=CONTRACT, parallel=True, work=_work)
def weighted_sums(k, p, m, gamma, kappa, at, rows, omegas, weights, out):
    """Add Re Σ_k weights[r, b, k] G_{x_r, x_b}(-ω_k) of every chain, x_r the sites of ``rows``, x_b those of ``at``.

    ``rows[i]`` is the place of site i in ``out`` or -1; ``weights`` (n_rows, n_at, n_poles); ``out`` (n_rows, n_at,
    n_chains), chain s with pinning p + ``kappa[s]``.
    """
    n, n_c = m.size, kappa.size
    for block in prange((n_c + TOGETHER - 1) // TOGETHER):
        low, high = block * TOGETHER, min((block + 1) * TOGETHER, n_c)
        some = kappa[low:high]
        here = np.empty((2, some.size))
        left, right = np.empty((n, 2, some.size)), np.empty((n, 2, some.size))
        inverse, add = np.empty((at.size, 2, some.size)), np.zeros((out.shape[0], at.size, some.size))
        for t in range(omegas.size):
            both_sides(k, p, m, gamma, some, omegas[t], at, here, left, right, inverse)
            for b in range(at.size):
                start(inverse[b], here)
                for i in range(at[b], -1, -1):
                    if i < at[b]:
                        times(here, left[i])
                    if rows[i] >= 0:
                        add_real(weights[rows[i], b, t], here, add[rows[i], b])
                start(inverse[b], here)
                for i in range(at[b] + 1, n):
                    times(here, right[i])
                    if rows[i] >= 0:
                        add_real(weights[rows[i], b, t], here, add[rows[i], b])
        for r in range(out.shape[0]):
            for b in range(at.size):
                for s in range(some.size):
                    out[r, b, low + s] += add[r, b, s]


@njit(error_model="numpy", fastmath=CONTRACT)
def elements(k, p, m, gamma, kappa, at, rows, omegas, out):
    """Fill G_{x_r, x_b}(-ω_k) of every chain, ``out`` (n_poles, n_rows, n_at, n_chains)."""
    n, n_c = m.size, kappa.size
    here = np.empty((2, n_c))
    left, right, inverse = np.empty((n, 2, n_c)), np.empty((n, 2, n_c)), np.empty((at.size, 2, n_c))
    for t in range(omegas.size):
        both_sides(k, p, m, gamma, kappa, omegas[t], at, here, left, right, inverse)
        for b in range(at.size):
            start(inverse[b], here)
            for i in range(at[b], -1, -1):
                if i < at[b]:
                    times(here, left[i])
                if rows[i] >= 0:
                    for s in range(n_c):
                        out[t, rows[i], b, s] = complex(here[0, s], here[1, s])
            start(inverse[b], here)
            for i in range(at[b] + 1, n):
                times(here, right[i])
                if rows[i] >= 0:
                    for s in range(n_c):
                        out[t, rows[i], b, s] = complex(here[0, s], here[1, s])
