"""Noise of the heat currents of small networks in 32 digits: sums over pairs of poles whose terms nearly cancel."""

from __future__ import annotations

import numpy as np

from hotsprings.kernels import double_double as dd
from hotsprings.kernels.compiled import njit
from hotsprings.kernels.precise import add_multiple


@njit(error_model="numpy")
def _at_baths(coupling, velocity):
    """Return L_ak = Σ_j c_ja v_jk, rows (n_b, 4, n)."""
    n_b, n = coupling.shape[2], velocity.shape[2]
    out = np.zeros((n_b, 4, n))
    for a in range(n_b):
        for j in range(velocity.shape[0]):
            add_multiple((out[a], velocity[j]), 0, n, ((coupling[j, 0, a], coupling[j, 1, a], 0.0, 0.0),))
    return out


@njit(error_model="numpy")
def _folded(row, over, out, place):
    """Fill a row of out with Σ_l x_l over_kl."""
    n = over.shape[0]
    for k in range(n):
        dd.put(out, place, k, (0.0, 0.0, 0.0, 0.0))
    for m in range(n):
        add_multiple((out[place], over[m]), 0, n, (dd.number(row, 0, m),))


@njit(error_model="numpy")
def _mirrored(left, right, over):
    """Return S_ab(-s_k) = δ_ab - 2 Σ_l L_al R_bl over_kl, rows (n_b², 4, n)."""
    n_b, n = right.shape[0], right.shape[2]
    out, work = np.zeros((n_b * n_b, 4, n)), np.zeros((1, 4, n))
    for a in range(n_b):
        for b in range(n_b):
            for k in range(n):
                dd.put(work, 0, k, dd.cscale(dd.cmul(dd.number(left, a, k), dd.number(right, b, k)), -2.0, 0.0))
            _folded(work, over, out, a * n_b + b)
            if a == b:
                for k in range(n):
                    dd.put(out, a * n_b + b, k, dd.cadd(dd.number(out, a * n_b + b, k), (1.0, 0.0, 0.0, 0.0)))
    return out


@njit(error_model="numpy")
def noise(coupling, velocity, right, over, temperature):
    """Return N_ab = Q_ab + Q_ba - (T_a² + T_b²) C_ab of all pairs a ≠ b, shape (n_b, n_b), its diagonal 0.

    Q_ab = ½ Σ_kl w_k w_l over_kl, over_kl = -1/(s_k + s_l), with w_k = -2 L_ak Σ_c R_ck (T_c - T_a) S_bc(-s_k) the
    residues of Σ_c (T_c - T_a) S_ac(s) S_bc(-s); C_ab = -Σ_k L_ak R_bk S_ab(-s_k).
    """
    n_b, n = right.shape[0], right.shape[2]
    left = _at_baths(coupling, velocity)
    mirrored = _mirrored(left, right, over)
    total, work = np.zeros((n_b, n_b, 2)), np.zeros((2, 4, n))
    for a in range(n_b):
        for b in range(n_b):
            if a == b:
                continue
            h = low = 0.0
            for k in range(n):
                value = (0.0, 0.0, 0.0, 0.0)
                for c in range(n_b):
                    if c != a:
                        step = dd.two_sum(temperature[c], -temperature[a])
                        term = dd.cmul(dd.number(right, c, k), dd.number(mirrored, b * n_b + c, k))
                        value = dd.cadd(value, dd.cscale(term, step[0], step[1]))
                dd.put(work, 0, k, dd.cscale(dd.cmul(dd.number(left, a, k), value), -2.0, 0.0))
                through = dd.cmul(dd.number(left, a, k), dd.number(right, b, k))
                through = dd.cmul(through, dd.number(mirrored, a * n_b + b, k))
                h, low = dd.add(h, low, through[0], through[1])
            for t in (temperature[a], temperature[b]):
                square = dd.mul(t, 0.0, t, 0.0)
                part = dd.mul(h, low, square[0], square[1])
                part = dd.mul(part[0], part[1], 0.5, 0.0)  # each pair comes twice
                total[a, b, 0], total[a, b, 1] = dd.add(total[a, b, 0], total[a, b, 1], part[0], part[1])
            _folded(work, over, work, np.int64(1))
            for k in range(n):
                value = dd.cmul(dd.number(work, 0, k), dd.number(work, 1, k))
                total[a, b, 0], total[a, b, 1] = dd.add(total[a, b, 0], total[a, b, 1], 0.5 * value[0],
                                                        0.5 * value[1])
    out = np.zeros((n_b, n_b))
    for a in range(n_b):
        for b in range(n_b):
            h, low = dd.add(total[a, b, 0], total[a, b, 1], total[b, a, 0], total[b, a, 1])
            out[a, b] = h + low
    return out
