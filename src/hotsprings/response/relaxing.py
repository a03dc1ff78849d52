"""The way to the stationary state: what the noise of every bath has yet to bring to every site."""

from __future__ import annotations

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.response.mean_field import MeanFieldResponse
from hotsprings.response.modes import cutoffs
from hotsprings.response.response import Response

CHUNK = 4_000_000  # complex numbers held at a time


def tails(response: Response, times: FloatArray) -> FloatArray:
    """Return ∫_t^∞ w_na(s)² ds - w_na(t)²/2ω_D, shape (n_times, n_sites, n_baths).

    w_na(t) = -Σ_k ω_k (R_k)_na ω_D/(ω_D + iω_k) exp(iω_k t) is the velocity of n after a kick by the noise of bath a,
    which hands it on within 1/ω_D; white noise does at once.
    """
    out = np.empty((times.size, response.system.n_sites, response.system.n_baths))
    if not isinstance(response, MeanFieldResponse):
        _double_sums(response, response.rows, times, out)
        if not response.system.white:
            _less_remembered(response, times, out)
        return out
    _double_sums(response, response.system.bath_sites, times, out)
    if response.problem.bulk_sites.size:
        _mean_field_bulk(response, times, out)
    return out


def _cauchy(response: Response, columns: ComplexArray) -> ComplexArray:
    """Return H_k = Σ_l f_l/(ω_k + ω_l) over all poles, f_l given with shares for Re ω ≥ 0, by columns."""
    omega = response.poles.omega
    out = np.empty_like(columns)
    step = max(1, CHUNK // omega.size)
    for k in range(0, omega.size, step):
        part = omega[k : k + step, None]
        out[k : k + step] = (1.0 / (part + omega)) @ columns + (1.0 / (part - np.conj(omega))) @ np.conj(columns)
    return out


def _kicks(response: Response) -> ComplexArray:
    """Return the right factors of w, shape (n_baths, n_poles)."""
    return np.asarray(-response.poles.omega * response.right() * response.handed_on())


def _less_remembered(response: Response, times: FloatArray, out: FloatArray) -> None:
    """Subtract w²/2ω_D of baths with memory."""
    omega, share = response.poles
    edge, kicks = cutoffs(response.system), _kicks(response)
    moving = response.left(response.rows)
    phase = 2.0 * share * np.exp(1j * np.multiply.outer(times, omega))
    for a in np.flatnonzero(np.isfinite(edge)):
        out[:, :, a] -= ((phase * kicks[a]) @ moving.T).real ** 2 / (2.0 * edge[a])


def _double_sums(response: Response, sites: IntArray, times: FloatArray, out: FloatArray) -> None:
    """Fill some sites by -2 Im Σ_k c_k e_k Σ_l c_l e_l/(ω_k + ω_l), O(N²) each."""
    omega, share = response.poles
    n_b = response.system.n_baths
    kicks = _kicks(response)
    phase = np.exp(1j * np.multiply.outer(times, omega))
    each = max(1, CHUNK // max(1, omega.size * n_b * times.size))
    for first in range(0, sites.size, each):
        some = sites[first : first + each]
        c = response.left(some)[:, None, None, :] * kicks[None, :, None, :] * phase  # (sites, baths, times, poles)
        columns = (share * c).reshape(-1, omega.size).T
        found = -2.0 * np.einsum("kc,kc->c", columns, _cauchy(response, np.ascontiguousarray(columns))).imag
        out[:, some] = found.reshape(some.size, n_b, times.size).transpose(2, 0, 1)


def _mean_field_bulk(response: MeanFieldResponse, times: FloatArray, out: FloatArray) -> None:
    """Fill the bulk in O(N²) a time: partial fractions in ω_l, with d - x_k from the stored offsets.

    c_k = g_k/(d - x_k), δ = √d: ∫ = -Im(S U)/δ - 2 Im Σ_k g_k e_k H_k/(d - x_k)², S = Σ_l g_l e_l/(δ - ω_l) and
    U = Σ_k g_k e_k/[(d - x_k)(δ + ω_k)] over all poles, split into even and odd parts of ω.
    """
    f, p = response.factors, response.problem
    n = f.slopes.size  # split-off pairs of equal baths move no site of the bulk
    omega, share = f.poles.omega[:n], f.poles.share[:n]
    kicks = -omega * response.right()[:, :n] * p.scale
    phase = np.exp(1j * np.multiply.outer(times * p.scale, omega))
    columns = (share * kicks[:, None, :] * phase).reshape(-1, n).T  # (n_poles, baths × times)
    padded = np.zeros((f.poles.omega.size, columns.shape[1]), np.complex128)
    padded[:n] = columns
    deep = columns * _cauchy(response, padded)[:n] * p.scale
    first = np.concatenate([columns, columns * omega[:, None]], axis=1)
    second = np.concatenate([first, deep], axis=1)
    width = columns.shape[1]
    known = f.anchors >= 0
    base = np.where(known, p.poles[:2, f.anchors], 0.0)
    groups = np.empty((p.poles.shape[1], width))
    step = max(1, CHUNK // n)
    for k in range(0, groups.shape[0], step):
        d = p.poles[:2, k : k + step, None]
        inverse = 1.0 / (((d[0] - base[0]) + (d[1] - base[1])) - f.offsets)
        x = inverse @ first
        y = (inverse * inverse) @ second
        root = np.sqrt(d[0])
        s = 2.0 * root * x[:, :width].real + 2j * x[:, width:].imag
        u = 2.0 * root * y[:, :width].real - 2j * y[:, width : 2 * width].imag
        groups[k : k + step] = -(s * u).imag / root - 2.0 * y[:, 2 * width :].imag
    found = groups[p.bulk_group] * p.strength[p.bulk_sites, None] ** 2 / p.scale
    shape = (p.bulk_sites.size, response.system.n_baths, times.size)
    out[:, p.bulk_sites] = found.reshape(shape).transpose(2, 0, 1)
