"""Forces in a mean field, w between all pairs: O(N), by moments or by the order parameter."""

from __future__ import annotations

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.lanes import Lane, lane_sums
from hotsprings.kernels.moments import centred
from hotsprings.kernels.trigonometry import sincos

FAST = {"contract"}


@lane_sums
def _sum(q: Lane) -> tuple[Lane]:
    return (q,)


@lane_sums
def _moments(u: Lane) -> tuple[Lane, Lane, Lane]:
    square = u * u
    return u, square, square * u


@njit(cache=True, error_model="numpy", fastmath=FAST)
def mean_field_harmonic(q, w, force):
    """Fill w Σ_j (q_j - q_i)."""
    total = _sum((q,), 0, q.size, ())[0]
    for i in range(q.size):
        force[i] = w * (total - q.size * q[i])


@njit(cache=True, error_model="numpy", fastmath=FAST)
def mean_field_polynomial(q, w, c, b, u, force):
    """Fill w Σ_j (r + c s_ij r² + b r³) by moments; the direction of bonds takes sums over the sites on either side."""
    centred(q, u)
    n = u.size
    m1, m2, m3 = _moments((u,), 0, n, ())
    for i in range(n):
        x = u[i]
        force[i] = w * ((m1 - n * x) + b * (m3 + x * (x * (3.0 * m1 - n * x) - 3.0 * m2)))
    if c != 0.0:
        below1 = below2 = 0.0
        for i in range(n):  # Σ_j s_ij u_j^p: those above less those below
            x = u[i]
            s1 = m1 - x - 2.0 * below1
            s2 = m2 - x * x - 2.0 * below2
            force[i] += w * c * (s2 + x * (x * (n - 1.0 - 2.0 * i) - 2.0 * s1))
            below1 += x
            below2 += x * x


@njit(cache=True, error_model="numpy", fastmath=FAST)
def mean_field_rotor(q, w, sine, cosine, force):
    """Fill w Σ_j sin(q_j - q_i) by the order parameter."""
    sincos(q, sine, cosine)
    s, c = _sum((sine,), 0, q.size, ())[0], _sum((cosine,), 0, q.size, ())[0]
    for i in range(q.size):
        force[i] = w * (cosine[i] * s - sine[i] * c)
