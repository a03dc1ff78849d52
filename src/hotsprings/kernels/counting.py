"""Zeros of 1 - c𝒯 beside the poles of 𝒯 = Σ_k w_k/(x - x_k), x = ω², and Cauchy sums over poles."""

from __future__ import annotations

import numpy as np

from hotsprings.kernels.compiled import njit, prange


def _sweep_work(omega, w, c, offsets, todo, moves):
    return 3.0 * todo.size * omega.size


@njit(cache=True, error_model="numpy", parallel=True, work=_sweep_work)
def aberth_sweep(omega, w, c, offsets, todo, moves):
    """Fill the Ehrlich-Aberth moves of some zeros, kept as offsets of ω² from that of their pole; no zero moves yet.

    The numerator of 1 - c𝒯 is h_k(δ) Π_{l≠k}(x - x_l) with h_k = δ [1 - c Σ_{l≠k} w_l/(x - x_l)] - c w_k, so nothing
    cancels where a zero is near its pole, and x - x_l = (ω_k - ω_l)(ω_k + ω_l) + δ_k.
    """
    n = omega.size
    for i in prange(todo.size):
        k = todo[i]
        delta = offsets[k]
        total, slope, others = 0.0j, 0.0j, 0.0j
        for j in range(n):
            if j != k:
                q = 1.0 / ((omega[k] - omega[j]) * (omega[k] + omega[j]) + delta)
                wq = w[j] * q
                total += wq
                slope -= wq * q
                others -= offsets[j] * q / (1.0 / q - offsets[j])
        h = delta * (1.0 - c * total) - c * w[k]
        by_delta = (1.0 - c * total) - delta * c * slope
        moves[k] = -h / (by_delta + h * others)


@njit(cache=True, error_model="numpy", parallel=True, work=lambda omega, w, offsets, todo, out: todo.size * omega.size)
def slopes(omega, w, offsets, todo, out):
    """Fill -d𝒯/dx = Σ_l w_l/(x - x_l)² at the zeros x = x_k + δ_k that are named."""
    for i in prange(todo.size):
        k = todo[i]
        total = 0.0j
        for j in range(omega.size):
            q = 1.0 / ((omega[k] - omega[j]) * (omega[k] + omega[j]) + offsets[k])
            total += w[j] * q * q
        out[k] = total


@njit(cache=True, error_model="numpy", parallel=True, work=lambda omega, rho, targets, *_: targets.size * omega.size)
def lower_sums(omega, rho, targets, value, slope):
    """Fill Σ_l ρ_l/(ω_k + ω_l) and Σ_l ρ_l/(ω_k + ω_l)² at the poles k that are named."""
    for i in prange(targets.size):
        k = targets[i]
        a, b = 0.0j, 0.0j
        for j in range(omega.size):
            q = 1.0 / (omega[k] + omega[j])
            a += rho[j] * q
            b += rho[j] * q * q
        value[k], slope[k] = a, b


@njit(cache=True, error_model="numpy", parallel=True, work=lambda omega, rho, targets, *_: targets.size * omega.size)
def upper_sums(omega, rho, targets, out):
    """Fill Σ_{l≠k} ρ_l/(ω_k - ω_l) at the poles k that are named."""
    for i in prange(targets.size):
        k = targets[i]
        total = 0.0j
        for j in range(omega.size):
            if j != k:
                apart = omega[k] - omega[j]
                total += rho[j] / apart if apart != 0.0 else complex(np.nan, np.nan)
        out[k] = total


@njit(cache=True, error_model="numpy", parallel=True, work=lambda omega, _, frequency, out: frequency.size * omega.size)
def transmittances(omega, rho, frequency, out):
    """Fill Σ_k 2ω_kρ_k/(ω² - ω_k²) at real frequencies, as ρ/(ω - ω_k) - ρ/(ω + ω_k)."""
    for i in prange(frequency.size):
        total = 0.0
        for k in range(omega.size):
            total += (rho[k] / (frequency[i] - omega[k]) - rho[k] / (frequency[i] + omega[k])).real
        out[i] = total


@njit(cache=True, error_model="numpy")
def scattering(omega, u, v, at, pole, delta, matrices):
    """Fill S(ω), S(-ω) and the derivatives by ω of both at ω = at + δ, where ``at`` is the pole of that number.

    S(ω) = 1 + Σ_k u_k v_kᵀ/(ω - ω_k); matrices (4, n_b, n_b); ``pole`` -1: none.
    """
    n_b = u.shape[1]
    matrices[:] = 0.0
    for a in range(n_b):
        matrices[0, a, a] = 1.0
        matrices[1, a, a] = 1.0
    for k in range(omega.size):
        p = 1.0 / (delta if k == pole else (at - omega[k]) + delta)
        q = 1.0 / (at + omega[k] + delta)
        for a in range(n_b):
            for b in range(n_b):
                s = u[k, a] * v[k, b]
                matrices[0, a, b] += s * p
                matrices[1, a, b] -= s * q
                matrices[2, a, b] -= s * p * p
                matrices[3, a, b] += s * q * q


@njit(cache=True, error_model="numpy")
def _logarithmic_slope(f, slope):
    """Return tr(F⁻¹F') by elimination in place; a pivot that vanishes, where det F does, is taken as 1e-30."""
    n = f.shape[0]
    for i in range(n):
        p = i
        for r in range(i + 1, n):
            if abs(f[r, i]) > abs(f[p, i]):
                p = r
        for c in range(n):
            f[i, c], f[p, c] = f[p, c], f[i, c]
            slope[i, c], slope[p, c] = slope[p, c], slope[i, c]
        if f[i, i] == 0.0:
            f[i, i] = 1e-30
        for r in range(i + 1, n):
            ratio = f[r, i] / f[i, i]
            for c in range(i, n):
                f[r, c] -= ratio * f[i, c]
            for c in range(n):
                slope[r, c] -= ratio * slope[i, c]
    total = 0.0j
    for c in range(n):
        for i in range(n - 1, c - 1, -1):  # row i of F⁻¹F', column c
            for r in range(i + 1, n):
                slope[i, c] -= f[i, r] * slope[r, c]
            slope[i, c] /= f[i, i]
        total += slope[c, c]
    return total


def _doubled_work(omega, u, v, temperature, counting, offsets, todo, moves):
    return todo.size * omega.size * 8.0 * u.shape[1] ** 2


@njit(cache=True, error_model="numpy", parallel=True, work=_doubled_work)
def doubled_sweep(omega, u, v, temperature, counting, offsets, todo, moves):
    """Fill the Ehrlich-Aberth moves of zeros of det[1 - T(Λ - S(-ω)ᵀ Λ S(ω))], kept as offsets from their poles.

    S(-ω)ᵀ S(ω) = 1 takes λ_a off in row a: F_ab = δ_ab + T_a Σ_c (λ_c - λ_a) S_ca(-ω) S_cb(ω), in which nothing that is
    as large as 1 cancels where little passes between baths.
    """
    n, n_b = omega.size, u.shape[1]
    for i in prange(todo.size):
        k = todo[i]
        m = np.empty((4, n_b, n_b), np.complex128)
        scattering(omega, u, v, omega[k], k, offsets[k], m)
        f = np.zeros((n_b, n_b), np.complex128)
        slope = np.zeros((n_b, n_b), np.complex128)
        for a in range(n_b):
            f[a, a] = 1.0
            for c in range(n_b):
                if c != a:
                    weight = temperature[a] * (counting[c] - counting[a])
                    for b in range(n_b):
                        f[a, b] += weight * m[1, c, a] * m[0, c, b]
                        slope[a, b] += weight * (m[3, c, a] * m[0, c, b] + m[1, c, a] * m[2, c, b])
        ratio = _logarithmic_slope(f, slope)
        w = omega[k] + offsets[k]
        ratio += 1.0 / offsets[k] + 1.0 / (w + omega[k]) - 0.5 / w
        for j in range(n):
            if j != k:
                p = 1.0 / (((omega[k] - omega[j]) + offsets[k]) * (w + omega[j]))
                shift = offsets[j] * (2.0 * omega[j] + offsets[j])
                ratio -= 2.0 * w * shift * p / (1.0 / p - shift)
        moves[k] = -1.0 / ratio
