"""Noise between baths that exchange little heat: an integral over real frequencies in which nothing cancels.

With S unitary, W = S T S† and T_a taken off every temperature, W_ab = Σ_c (T_c - T_a) S_ac S_bc*, so that, a ≠ b,

    -N_ab = (1/4π) ∫ {2 T_aT_b P_ab + (T_b - T_a)² P_ab Σ_{c≠b} P_cb - 2 (T_b - T_a) Re(S_ab S_bb* V*) - |V|²} dω,

P_ab = |S_ab|², V = Σ_{c≠a,b} (T_c - T_a) S_ac S_bc*: products of what passes; terms over poles are as large as γ/m.
"""

from __future__ import annotations

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.response.resolved import AVERAGED, BEYOND, INTEGRAL_WORK, SEEN, adaptive, panel_edges, rounded_values
from hotsprings.response.response import Response, balanced
from hotsprings.response.tolerances import EPS

WORK = 10.0  # times what conductances may take: one element for each pair of baths


def resolved_noise(response: Response, temperature: FloatArray, work: float | None = None
                   ) -> tuple[FloatArray, FloatArray, float]:
    """Return the noise and the conductances, (n_baths, n_baths), and the error of either relative to the largest.

    Infinite where a resonance is too narrow to be seen, or too many elements are needed; ``work``: ns that those of all
    pairs take at one frequency, 0 where they do not keep their digits; what the response says by default.
    """
    work = response.flows_work if work is None else work
    n_b, omega = temperature.size, response.poles.omega
    first, last = np.triu_indices(n_b, 1)
    found = np.zeros((2 * first.size, 2))
    narrow = np.abs(omega.real) / omega.imag
    if work and EPS * float(narrow.max(initial=0.0)) <= SEEN:
        found = _integrals(response, temperature, int(WORK * INTEGRAL_WORK / work))
    matrices = np.zeros((2, n_b, n_b))
    for matrix, row in zip(matrices, found[:, 0].reshape(2, -1), strict=True):
        matrix[first, last] = matrix[last, first] = row
    noise, conductance = matrices
    return balanced(noise), conductance, _unknown(response, found, temperature)


def _integrals(response: Response, temperature: FloatArray, most: int) -> FloatArray:
    """Return integrals of noise and conductance of all pairs, and what two rules differ by, (n_rows, 2); or zeros."""
    last = BEYOND * float(np.abs(response.poles.omega).max())
    edges = panel_edges(response.poles.omega, (), np.zeros(1), last)
    found = adaptive(lambda low, high, n: _panels(response, temperature, low, high, n), edges, most, groups=2)
    if found is None:
        return np.zeros((temperature.size * (temperature.size - 1), 2))
    return np.stack([part.sum(axis=1) for part in found[:2]], axis=1)


def _panels(response: Response, temperature: FloatArray, low: FloatArray, high: FloatArray, n: int
            ) -> tuple[FloatArray, FloatArray]:
    """Return the integrals of the noise and of the conductance of all pairs over panels, and their rounding.

    Shape (n_rows, n_panels).
    """
    nodes, weights = np.polynomial.legendre.leggauss(n)
    half = 0.5 * (high - low)
    omega = (0.5 * (high + low)[:, None] + half[:, None] * nodes).ravel()
    values = _densities(_scattering(response, omega), temperature).reshape(-1, low.size, n)
    half = half / (2.0 * np.pi)
    return half * (values @ weights), rounded_values(low, high, half * (np.abs(values) @ weights))


def _scattering(response: Response, omega: FloatArray) -> ComplexArray:
    """Return S_ab = δ_ab - 2iω √γ_a' G_ab √γ_b' at real frequencies, shape (n_baths, n_baths, n_omega)."""
    root = np.sqrt(response.drag(omega))
    out = -2j * root[:, None] * root * response.flows(omega)
    every = np.arange(len(root))
    out[every, every] += 1.0
    return np.asarray(out)


def _densities(S: ComplexArray, temperature: FloatArray) -> FloatArray:
    """Return N_ab and C_ab of each frequency, for all a < b: shape (2 n_pairs, n_omega)."""
    passed = np.abs(S) ** 2
    first, last = np.triu_indices(temperature.size, 1)
    noise, through = np.empty((2, first.size, S.shape[2]))
    for place, (a, b) in enumerate(zip(first, last, strict=True)):
        step, others = temperature - temperature[a], np.delete(np.arange(temperature.size), [a, b])
        rest = np.einsum("c,cw,cw->w", step[others], S[a, others], np.conj(S[b, others]))
        away = np.delete(passed[b], b, axis=0).sum(axis=0)
        noise[place] = -passed[a, b] * (2.0 * temperature[a] * temperature[b] + step[b] ** 2 * away)
        noise[place] += 2.0 * step[b] * (S[a, b] * np.conj(S[b, b] * rest)).real + np.abs(rest) ** 2
        through[place] = passed[a, b]
    return np.concatenate([noise, through])


def _unknown(response: Response, found: FloatArray, temperature: FloatArray) -> float:
    """Return the error of the integrals relative to the largest: of the rules, and of ω on narrow resonances."""
    noise, through = found.reshape(2, -1, 2)
    if not noise[:, 0].any():
        return float("inf")
    error = max(float(rows[:, 1].sum() / np.abs(rows[:, 0]).max()) for rows in (noise, through))
    top = float(temperature.max()) ** 2 / float(np.abs(noise[:, 0]).max())
    worst = 0.0
    for a, b in zip(*np.triu_indices(temperature.size, 1), strict=True):
        poles, residues = response.transmittance_residues(int(a), int(b))
        share = np.minimum(1.0, np.abs(residues) * top) * np.abs(poles.real) / poles.imag
        worst = max(worst, float(np.max(share, initial=0.0)))
    return error + AVERAGED * EPS * worst
