"""What moves against what in small networks, ⟨(q_i - q_j) v_j⟩, in 32 digits: tiny beside the terms of its sums."""

from __future__ import annotations

import numpy as np

from hotsprings.kernels import double_double as dd
from hotsprings.kernels.compiled import njit
from hotsprings.kernels.precise import add_multiple, real_root


@njit(error_model="numpy")
def _amplitudes(modes, masses, velocity):
    """Return y_nk = Σ_j φ_j(n) v_jk/sqrt(m_n), rows (n_sites, 4, n)."""
    n_sites, n = masses.size, velocity.shape[2]
    out = np.zeros((n_sites, 4, n))
    for site in range(n_sites):
        root = real_root(masses[site], 0.0)
        inverse = dd.reciprocal(root[0], root[1])
        for j in range(velocity.shape[0]):
            h, low = dd.mul(modes[j, 0, site], modes[j, 1, site], inverse[0], inverse[1])
            add_multiple((out[site], velocity[j]), 0, n, ((h, low, 0.0, 0.0),))
    return out


@njit(error_model="numpy")
def _drive(y, site, right, over, temperature, out):
    """Add Σ_a T_a r_ak Σ_l y_l r_al over_kl of a site to its row of out; the last row is scratch."""
    n, last = right.shape[2], out.shape[0] - 1
    for a in range(right.shape[0]):
        for k in range(n):
            dd.put(out, last, k, (0.0, 0.0, 0.0, 0.0))
        for m in range(n):
            moved = dd.cmul(dd.number(y, site, m), dd.number(right, a, m))
            add_multiple((out[last], over[m]), 0, n, (moved,))
        for k in range(n):
            term = dd.cscale(dd.cmul(dd.number(out, last, k), dd.number(right, a, k)), temperature[a], 0.0)
            dd.put(out, site, k, dd.cadd(dd.number(out, site, k), term))


@njit(error_model="numpy")
def stretch_velocities(modes, masses, velocity, right, over, temperature, pairs):
    """Return ⟨(q_i - q_j) v_j⟩ and ⟨(q_j - q_i) v_i⟩ of pairs of sites, shape (n_pairs, 2).

    2 Σ_a T_a Σ_kl (y_ik - y_jk) r_ak y_jl r_al over_kl/s_k, over_kl = -1/(s_k + s_l), so that 1/s_k = -2 over_kk.
    """
    n, n_sites = right.shape[2], masses.size
    y = _amplitudes(modes, masses, velocity)
    driven = np.zeros((n_sites + 1, 4, n))
    for site in range(n_sites):
        _drive(y, site, right, over, temperature, driven)
    out = np.empty((pairs.shape[0], 2))
    for p in range(pairs.shape[0]):
        for way in range(2):
            i, j = pairs[p, way], pairs[p, 1 - way]
            h = low = 0.0
            for k in range(n):
                apart = dd.cadd(dd.number(y, i, k), dd.cneg(dd.number(y, j, k)))
                term = dd.cmul(dd.cmul(apart, dd.number(over, k, k)), dd.number(driven, j, k))
                h, low = dd.add(h, low, term[0], term[1])
            out[p, way] = -4.0 * (h + low)
    return out
