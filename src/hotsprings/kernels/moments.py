"""Sums over pairs from sums over sites: the powers of q_j - q_i multiplied out.

Pairs act by w_ij (r + c s_ij r² + b r³), r = q_j - q_i, s_ij = ±1 the direction of the bond. That takes the sums over j
alone Φ_p(i) = Σ_j w_ij u_j^p and Ψ_p(i) = Σ_j s_ij w_ij u_j^p, with u measured from the centre, so that a network that
drifts away loses no digits.
"""

from __future__ import annotations

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.lanes import Lane, lane_sums

FAST = {"contract"}


@lane_sums
def _sum(q: Lane) -> tuple[Lane]:
    return (q,)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def centred(q, u):
    """Fill u = q - mean(q)."""
    mean = _sum((q,), 0, q.size, ())[0] / q.size
    for i in range(q.size):
        u[i] = q[i] - mean


@njit(cache=True, error_model="numpy", fastmath=FAST)
def combine(u, phi, psi, c, b, force):
    """Fill Φ1 - uΦ0 + c (Ψ2 - 2uΨ1 + u²Ψ0) + b (Φ3 - 3uΦ2 + 3u²Φ1 - u³Φ0)."""
    p0, p1, p2, p3 = phi[0], phi[1], phi[2], phi[3]
    s0, s1, s2 = psi[0], psi[1], psi[2]
    for i in range(u.size):
        x = u[i]
        even = p1[i] - x * p0[i]
        odd = s2[i] + x * (x * s0[i] - 2.0 * s1[i])
        third = p3[i] + x * (x * (3.0 * p1[i] - x * p0[i]) - 3.0 * p2[i])
        force[i] = even + c * odd + b * third
