"""More of the oracle: powers of the transmittance, covariances, quantum heat, and the way to the stationary state.

I_n = (1/4π) ∫ 𝒯ⁿ dω and covariances are integrals of |numerator/denominator|², once more by Routh's table: nothing is
said of single resonances, so that coinciding ones are no matter. Bose functions and times need the zeros of q and their
residues, in balls; where zeros coincide there is no reference.
"""

from __future__ import annotations

from functools import cached_property, wraps

import numpy as np
from flint import acb, arb, arb_mat, ctx, fmpz_poly

from tests.search.exact import rational
from tests.search.oracle import LEAST, NoReferenceError, Oracle, _known, _raised, _value

DIGITS = 60  # bits that a sum over zeros must keep


def routh(denominator, numerators, bits=None):
    """Return (1/2πi) ∫ |b/q|² ds of each numerator b as balls, q with its zeros in the left half plane."""
    degree = denominator.degree()

    def work():
        A = [arb(c) for c in reversed(denominator.coeffs())]
        rows = [[arb(0)] * len(numerators) for _ in range(degree)]
        for column, b in enumerate(numerators):
            for power, c in enumerate(b.coeffs()):
                rows[degree - 1 - power][column] = arb(c)
        total = [arb(0)] * len(numerators)
        for k in range(degree):
            if A[1].contains(0):
                return None
            alpha, beta = A[0] / A[1], [x / A[1] for x in rows[k]]
            for j in range(3, len(A), 2):
                rows[k + j - 1] = [x - A[j] * y for x, y in zip(rows[k + j - 1], beta, strict=True)]
            for i, y in enumerate(beta):
                total[i] += y * y / (2 * alpha)
            A = [A[j] - alpha * A[j + 1] if j % 2 == 0 and j + 1 < len(A) else A[j] for j in range(1, len(A))]
        return total if all(_known(x) for x in total) else None

    return _raised(bits or max(LEAST, 24 * degree), work)


def precisely(method):
    """Return a method that computes with as many bits as the zeros have."""

    @wraps(method)
    def wrapped(self, *args):
        before, ctx.prec = ctx.prec, max(LEAST, 16 * self.oracle.q.degree())
        try:
            return method(self, *args)
        finally:
            ctx.prec = before

    return wrapped


class Moments:
    """What else an oracle knows."""

    def __init__(self, oracle: Oracle):
        self.oracle, self.system = oracle, oracle.system

    def powers(self, a, b, order):
        """Return I_1 … I_order of two baths, floats."""
        o = self.oracle
        numerator = o.B[o.sites[a]][b]
        out = []
        for n in range(1, order + 1):
            value = routh(o.q**n, [numerator**n])[0]
            factor = (4 * o.friction[a] * o.friction[b] * o.unit**2) ** n
            out.append(float((value * factor / 2).mid()))
        return np.array(out)

    def cumulants(self):
        """Return the first three cumulants of the heat between two baths."""
        first, last = self.system.temperature
        product, step = float(first) * float(last), float(first) - float(last)
        i1, i2, i3 = self.powers(0, 1, 3)
        return np.array([i1 * step, 2.0 * product * i1 + step**2 * i2, 6.0 * product * step * i2 + 2.0 * step**3 * i3])

    def _position(self, i, a, other=None):
        """Return the numerator of G_ia, or of G_ia - G_ja in a free network."""
        b = self.oracle.B[i][a] if other is None else self.oracle.B[i][a] - self.oracle.B[other][a]
        c = b.coeffs()
        if c and c[0] != 0:
            raise NoReferenceError("positions without a stationary state")
        return fmpz_poly(c[1:])

    @precisely
    def product(self, left, right):
        """Return Σ_a 2γ_aT_a (1/2πi) ∫ x_a(s) y_a(-s)/(q(s)q(-s)) ds, for numerators by bath, a float."""
        o = self.oracle
        asked = [x + sign * y for x, y in zip(left, right, strict=True) for sign in (1, -1)]
        found = routh(o.q, asked)
        total, size = arb(0), arb(0)
        for a, (g, t) in enumerate(zip(o.friction, self.system.temperature, strict=True)):
            weight = 2 * g * rational(float(t)) * o.unit**2
            total += weight * (found[2 * a] - found[2 * a + 1]) / 4
            size += weight * (found[2 * a] + found[2 * a + 1]) / 4
        if not (total.is_zero() or total.rel_accuracy_bits() >= DIGITS or abs(total) < size * arb(2) ** -110):
            raise NoReferenceError("a covariance is not settled")
        return float(total.mid())

    def velocity(self, i, j):
        """Return ⟨v_i v_j⟩."""
        n_b = range(len(self.oracle.sites))
        return self.product([self.oracle.B[i][a] for a in n_b], [self.oracle.B[j][a] for a in n_b])

    def position(self, i, j):
        """Return ⟨q_i q_j⟩ of a network that is held."""
        n_b = range(len(self.oracle.sites))
        return self.product([self._position(i, a) for a in n_b], [self._position(j, a) for a in n_b])

    def stretch_velocity(self, i, j):
        """Return ⟨(q_i - q_j) v_j⟩."""
        n_b = range(len(self.oracle.sites))
        return self.product([self._position(i, a, j) for a in n_b], [self.oracle.B[j][a] for a in n_b])

    @precisely
    def self_consistent(self, floating):
        """Return the temperatures at which some baths carry no heat, floats."""
        o, T = self.oracle, [rational(float(t)) for t in self.system.temperature]
        n_b = len(o.sites)
        C = [[2 * o.friction[a] * o.friction[b] * o.integrals[o.sites[a]][b] if a != b else arb(0)
              for b in range(n_b)] for a in range(n_b)]

        def work():
            A = arb_mat(len(floating), len(floating))
            y = arb_mat(len(floating), 1)
            for r, a in enumerate(floating):
                for c, b in enumerate(floating):
                    A[r, c] = sum(C[a], arb(0)) if a == b else -C[a][b]
                y[r, 0] = sum((C[a][b] * T[b] for b in range(n_b) if b not in floating), arb(0))
            x = A.solve(y)
            return [float(x[r, 0].mid()) for r in range(len(floating))]

        out = np.array([float(t) for t in self.system.temperature])
        out[list(floating)] = _raised(LEAST, work)
        return out

    @cached_property
    @precisely
    def residues(self):
        """Zeros s_k of q, and B_na(s_k)/q'(s_k) times the unit by site and bath, as balls."""
        o = self.oracle
        if any(times > 1 for _, times in o.roots):
            raise NoReferenceError("resonances coincide")
        zeros, slope = [z for z, _ in o.roots], o.q.derivative()
        below = [_value(slope, z) for z in zeros]
        return zeros, [[[_value(b, z) * o.unit / d for z, d in zip(zeros, below, strict=True)] for b in row]
                       for row in o.B]

    @precisely
    def quantum_flux(self, hbar):
        """Return the quantum heat flux from each bath, floats; terms that cancel are summed in balls."""
        o, n_b = self.oracle, len(self.oracle.sites)
        zeros, c = self.residues
        total = [arb(0)] * n_b
        h = rational(float(hbar))
        for a in range(n_b):
            for b in range(a):
                there = [_value(o.B[o.sites[a]][b], -z) / _value(o.q, -z) * o.unit for z in zeros]
                # ω_kρ_k = -i s_k ρ_k, ρ_k = -i · 4γγ' · residue in s of |s G|²
                w = [-4 * o.friction[a] * o.friction[b] * z * x * y
                     for z, x, y in zip(zeros, c[o.sites[a]][b], there, strict=True)]
                value = self._energy(zeros, w, h, a) - self._energy(zeros, w, h, b)
                total[a] += value
                total[b] -= value
        if not all(_known(x, DIGITS) or x.contains(0) for x in total):
            raise NoReferenceError("the quantum flux is not settled")
        return np.array([float(x.mid()) for x in total])

    def _energy(self, zeros, weights, hbar, bath):
        """Return E(T) = (ħ/π) Σ ω_kρ_k ½[ln x - 1/(2x) - ψ(x)], x = -ħ s_k/(2πT)."""
        T = rational(float(self.system.temperature[bath]))
        if T == 0:
            return arb(0)
        total = acb(0)
        for z, w in zip(zeros, weights, strict=True):
            x = -z * arb(hbar) / (2 * arb.pi() * T)
            total += w * (x.log() - 1 / (2 * x) - x.digamma())
        return (total * hbar / (2 * arb.pi())).real

    @precisely
    def relaxation(self, time, initial):
        """Return T_n at one time after an equilibrium at a temperature, floats; modes that feel no bath keep it."""
        o = self.oracle
        zeros, c = self.residues
        t, start = rational(float(time)), rational(float(initial))
        phase = [(z * t).exp() for z in zeros]
        inverse = [[1 / (x + y) for y in zeros] for x in zeros]
        out, h = [], o.bath_weight_balls()
        for n, m in enumerate(o.m):
            value = arb(start)
            for a, g in enumerate(o.friction):
                T = rational(float(self.system.temperature[a]))
                e = [x * p for x, p in zip(c[n][a], phase, strict=True)]
                tail = -sum((x * sum((y * r for y, r in zip(e, row, strict=True)), acb(0))
                             for x, row in zip(e, inverse, strict=True)), acb(0)).real
                value += (T - start) * (h[n][a] - 2 * g * m * tail)
            if not _known(value, DIGITS):
                raise NoReferenceError("a temperature on the way is not settled")
            out.append(float(value.mid()))
        return np.array(out)
