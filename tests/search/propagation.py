"""Time: correlations by residues, everything else by the exponential of the whole motion, both in balls."""

from __future__ import annotations

import numpy as np
from flint import acb, arb, arb_mat, ctx, fmpq_mat

from tests.search.exact import rational
from tests.search.oracle import LEAST, NoReferenceError, _known, _raised, _value

BITS, LONGEST = 160, 1 << 15  # bits that an exponential keeps beside its largest element, and of its numbers at most


def correlated(moments, i, j, time, velocity):
    """Return ⟨v_i(t) v_j(0)⟩ or ⟨q_i(t) q_j(0)⟩, a float: Σ_a 2γ_aT_a Σ_k e^{s_kt} Res_k(sG_ia) (sG_ja)(-s_k)."""
    o, t = moments.oracle, rational(float(abs(time)))
    i, j = (i, j) if time >= 0.0 else (j, i)
    zeros, c = moments.residues
    with ctx.workprec(max(LEAST, 16 * o.q.degree())):
        total, size = _over_zeros(moments, zeros, c, i, j, t, velocity)
        if not (total.is_finite() and (_known(total.real, 60) or abs(total.real) < size * arb(2) ** -110)):
            raise NoReferenceError("a correlation is not settled")
        return float(total.real.mid())


def _over_zeros(moments, zeros, c, i, j, t, velocity):
    """Return the sum over zeros and baths, and that of the sizes of its terms."""
    o = moments.oracle
    total, size = acb(0), arb(0)
    for a, (g, T) in enumerate(zip(o.friction, moments.system.temperature, strict=True)):
        weight = 2 * g * rational(float(T)) * o.unit
        for k, z in enumerate(zeros):
            back = _value(o.B[j][a], -z) / _value(o.q, -z)
            term = weight * c[i][a][k] * back * (z * t).exp()
            term = term if velocity else term / (-z * z)
            total += term
            size += abs(term)
    return total, size


def propagator(oracle, time, damped=True):
    """Return exp(At) of positions, velocities and forces of memories at one time, balls that keep ``BITS``."""
    rows, t = _drift(oracle, damped), rational(float(time))

    def work():
        E = (arb_mat([[arb(x) for x in row] for row in rows]) * arb(t)).exp()
        entries = E.entries()
        top = max(abs(x).upper() for x in entries)
        return E if all(x.is_finite() and x.rad() < top * arb(2) ** -BITS for x in entries) else None

    return _raised(LEAST, work, LONGEST)


def _drift(o, damped):
    """Return A of x' = Ax as rows of rationals, x = (q, v, f), f' = -ω_D f - γω_D v."""
    n = len(o.m)
    edges = getattr(o, "edges", [None] * len(o.sites)) if damped else []
    memory = [a for a, edge in enumerate(edges) if edge is not None]
    size = 2 * n + len(memory)
    A = [[rational(0.0)] * size for _ in range(size)]
    for i in range(n):
        A[i][n + i] = rational(1.0)
        for j in range(n):
            A[n + i][j] = -o.K[i][j] / o.m[i]
    for a, edge in enumerate(edges):
        site, g = o.sites[a], o.friction[a]
        if edge is None:
            A[n + site][n + site] -= g / o.m[site]
            continue
        k = 2 * n + memory.index(a)
        A[n + site][k] = 1 / o.m[site]
        A[k][k], A[k][n + site] = -edge, -g * edge
    return A


def moved(oracle, site, time, kicked):
    """Return positions and velocities after a unit kick, or a unit displacement, of one site, floats."""
    n, E = len(oracle.m), propagator(oracle, time)
    column, scale = (n + site, 1 / oracle.m[site]) if kicked else (site, 1)
    return np.array([[float((E[part * n + i, column] * scale).mid()) for i in range(n)] for part in (0, 1)])


def energy_current(oracle, separations, time, damped):
    """Return ⟨J_tot(t) J_tot(0)⟩ at T = 1, a float, J_tot = qᵀ𝔍v, by Wick; separations: x_j - x_i, whole numbers."""
    n, K = len(oracle.m), oracle.K
    J = [[-K[i][j] * int(separations[i][j]) / 2 if i != j else 0 for j in range(n)] for i in range(n)]
    for i in range(n):
        J[i][i] = sum(J[i], rational(0.0))
    held = fmpq_mat([list(row) for row in K])
    if held.rank() < n:
        held += fmpq_mat(n, n, [1] * (n * n))  # what a free motion adds is nothing to J
    if held.rank() < n:
        raise NoReferenceError("several free motions")
    E, inverse = propagator(oracle, time, damped), held.inv()
    with ctx.workprec(4 * LEAST):
        return _by_wick(n, E, arb_mat(n, n, [arb(x) for x in inverse.entries()]),
                        arb_mat(n, n, [arb(1 / oracle.m[i]) if i == j else arb(0) for i in range(n) for j in range(n)]),
                        arb_mat(n, n, [arb(x) for row in J for x in row]))


def _by_wick(n, E, position, speed, current):
    """Return Σ 𝔍_ij 𝔍_kl [⟨q_i(t)q_k⟩⟨v_j(t)v_l⟩ + ⟨q_i(t)v_l⟩⟨v_j(t)q_k⟩], a float."""

    def block(r, c):
        return arb_mat(n, n, [E[r * n + i, c * n + j] for i in range(n) for j in range(n)])

    first = current.transpose() * block(0, 0) * position * current
    second = current.transpose() * block(0, 1) * speed
    third = block(1, 0) * position * current
    fourth = block(1, 1) * speed
    total = sum((a * d + b * c for a, b, c, d in zip(first.entries(), second.entries(), third.entries(),
                                                     fourth.entries(), strict=True)), arb(0))
    return float(total.mid())
