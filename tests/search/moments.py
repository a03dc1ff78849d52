"""More of the oracle: powers of the transmittance, covariances, quantum heat, and the way to the stationary state.

I_n = (1/4π) ∫ 𝒯ⁿ dω and covariances are integrals of |numerator/denominator|², once more by Routh's table: nothing is
said of single resonances, so that coinciding ones are no matter. Bose functions and times need the zeros of q and their
residues, in balls; where zeros coincide there is no reference.
"""

from __future__ import annotations

from functools import cached_property, wraps
from itertools import pairwise
from types import SimpleNamespace

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
        with ctx.workprec(max(LEAST, 16 * self.oracle.q.degree())):
            return method(self, *args)

    return wrapped


class Moments:
    """What else an oracle knows."""

    def __init__(self, oracle: Oracle):
        self.oracle, self.system = oracle, oracle.system

    def at(self, temperature):
        """Return the same with baths of other temperatures, on the same zeros."""
        other = Moments(self.oracle)
        other.system = SimpleNamespace(temperature=temperature)
        other.residues = self.residues
        return other

    def powers(self, a, b, order):
        """Return I_1 … I_order of two baths, floats."""
        o = self.oracle
        numerator = o.pair(a, b)
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
        C = [[2 * o.friction[a] * o.friction[b] * o.between[a][b] if a != b else arb(0)
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
        n_b, h = len(self.oracle.sites), rational(float(hbar))
        zeros, total = self.residues[0], [arb(0)] * n_b
        for a in range(n_b):
            for b in range(a):
                w = self._passing(a, b)
                value = self._energy(zeros, w, h, a) - self._energy(zeros, w, h, b)
                total[a] += value
                total[b] -= value
        if not all(x.is_finite() and (_known(x, DIGITS) or x.contains(0)) for x in total):
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

    def _passing(self, a, b):
        """Return ω_kρ_k of the transmittance between two baths, as balls.

        They are -i s_k ρ_k, ρ_k = -i · 4γγ' · residue in s of |s G|².
        """
        o = self.oracle
        top, slope = o.pair(a, b), o.q.derivative()
        squares = [_value(top, z) / _value(slope, z) * _value(top, -z) / _value(o.q, -z) for z in self.residues[0]]
        return [-4 * o.friction[a] * o.friction[b] * o.unit**2 * z * x
                for z, x in zip(self.residues[0], squares, strict=True)]

    @precisely
    def quantum_conductance(self, temperature, hbar):
        """Return 𝒢_ab = (ħ/2πT) Σ ω_kρ_k x [ψ₁(x) - 1/x - 1/(2x²)] of the first and the last bath, a float."""
        zeros, T, h = self.residues[0], rational(float(temperature)), rational(float(hbar))
        total = acb(0)
        for z, w in zip(zeros, self._passing(0, len(self.oracle.sites) - 1), strict=True):
            x = -z * arb(h) / (2 * arb.pi() * T)
            total += w * x * (x.polygamma(acb(1)) - 1 / x - 1 / (2 * x * x))
        total = (total * h / (2 * arb.pi() * T)).real
        if not (total.is_finite() and (_known(total, DIGITS) or total.contains(0))):
            raise NoReferenceError("the quantum conductance is not settled")
        return float(total.mid())

    @precisely
    def quantum_motion(self, i, j, hbar, power):
        """Return ⟨q_i q_j⟩ (power 0) or ⟨v_i v_j⟩ (2) with zero-point motion, a float.

        -Σ_a (2ħ/π) Σ_k γ_a ω_k^(1+power) σ_k [ψ(x_k) + 1/(2x_k)], at T = 0 with ln(-iω_k); held networks.
        """
        o, h = self.oracle, rational(float(hbar))
        zeros, c = self.residues
        total, size = acb(0), arb(0)
        for a, (g, t) in enumerate(zip(o.friction, self.system.temperature, strict=True)):
            T = rational(float(t))
            for k, z in enumerate(zeros):
                back = [_value(o.B[n][a], -z) / _value(o.q, -z) * o.unit / -z for n in (i, j)]
                sigma = acb(0, -1) * (c[i][a][k] / z * back[1] + c[j][a][k] / z * back[0]) / 2
                w = acb(0, -1) * z
                if T == 0:
                    energy = (-z).log()
                else:
                    x = -z * arb(h) / (2 * arb.pi() * T)
                    energy = x.digamma() + 1 / (2 * x)
                term = -2 * h * g / arb.pi() * w ** (1 + power) * sigma * energy
                total += term
                size += abs(term)
        if not (total.is_finite() and (_known(total.real, DIGITS) or abs(total.real) < size * arb(2) ** -110)):
            raise NoReferenceError("a covariance of quanta is not settled")
        return float(total.real.mid())

    @precisely
    def quantum_variance(self, hbar):
        """Return (ħ²/2π) ∫ ω² {𝒯 [n_0 (1 + n_1) + n_1 (1 + n_0)] + 𝒯² (n_0 - n_1)²} dω of two baths, a float.

        An integral in balls between the resonances and the thermal frequencies, to some ten digits.
        """
        o = self.oracle
        h = arb(rational(float(hbar)))
        T = [arb(rational(float(t))) for t in self.system.temperature]
        top, factor = o.pair(0, 1), 4 * o.friction[0] * o.friction[1] * o.unit**2

        def bose(w, t):
            return 1 / ((h * w / t).exp() - 1) if t != 0 else acb(0)

        def integrand(w, _):
            s = acb(0, 1) * w
            passed = factor * _value(top, s) * _value(top, -s) / (_value(o.q, s) * _value(o.q, -s))
            first, last = bose(w, T[0]), bose(w, T[1])
            return w * w * passed * (first * (1 + last) + last * (1 + first) + passed * (first - last) ** 2)

        warm = max(t for t in T if t != 0) / h
        end = warm * 200  # e^-200 beyond
        marks = [abs(z).mid() for z, _ in o.roots] + [t / h for t in T if t != 0]
        marks = sorted({float(m) for m in marks if m < end})
        edges = [arb(2) ** -200 * min(warm, *(arb(m) for m in marks)), *(arb(m) for m in marks), end]
        total = sum((acb.integral(integrand, acb(a), acb(b), rel_tol=arb(2) ** -70, eval_limit=10**5)
                     for a, b in pairwise(edges)), acb(0)).real * h * h / (2 * arb.pi())
        if not _known(total, 40):
            raise NoReferenceError("the variance of quanta is not settled")
        return float(total.mid())

    @precisely
    def noise(self):
        """Return the noise of the heat currents, floats (n_baths, n_baths), from the residues of S T S†.

        S_ab = δ_ab f_a(s)/f_a(-s) - 2 √(γ_aγ_b) f_a f_b s G_ab, f = ω_D/(ω_D + s) of a memory, 1 of white noise: phases
        that |S T S†| does not see, and the zeros are its only poles. One f is in B already.
        """
        o, n_b = self.oracle, len(self.oracle.sites)
        zeros, c = self.residues
        edges = getattr(o, "edges", [None] * n_b)

        def kept(a, z):
            return acb(1) if edges[a] is None else edges[a] / (edges[a] + z)

        T = [rational(float(t)) for t in self.system.temperature]
        root = [arb(g).sqrt() for g in o.friction]
        w = []  # residues in s of (S T S(-s)ᵀ)_ab
        for k, z in enumerate(zeros):
            back = [[-2 * root[a] * root[b] * kept(a, -z) * _value(o.B[o.sites[a]][b], -z) / _value(o.q, -z) * o.unit
                     + int(a == b) * kept(a, -z) / kept(a, z) for b in range(n_b)] for a in range(n_b)]
            here = [[-2 * root[a] * root[b] * kept(a, z) * c[o.sites[a]][b][k] for b in range(n_b)]
                    for a in range(n_b)]
            w.append([[sum((here[a][e] * T[e] * back[b][e] for e in range(n_b)), acb(0)) for b in range(n_b)]
                      for a in range(n_b)])
        C = [[2 * o.friction[a] * o.friction[b] * o.between[a][b] if a != b else arb(0)
              for b in range(n_b)] for a in range(n_b)]
        out = np.empty((n_b, n_b))
        for a in range(n_b):
            for b in range(n_b):
                # (1/4π) ∫ |V_ab|² dω = -½ Σ_kl [w_k w_l of ab and of ba]/(s_k + s_l)
                value = sum(((w[k][a][b] * w[m][a][b] + w[k][b][a] * w[m][b][a]) / (x + y)
                             for k, x in enumerate(zeros) for m, y in enumerate(zeros)), acb(0)) / -2
                value -= (T[a] ** 2 + T[b] ** 2) * C[a][b]
                if a == b:
                    value += 2 * T[a] ** 2 * sum(C[a], arb(0)) + T[a] * sum((x[a][a] for x in w), acb(0))
                if not (value.is_finite() and (_known(value.real, DIGITS) or value.real.contains(0))):
                    raise NoReferenceError("the noise is not settled")
                out[a, b] = float(value.real.mid())
        return out

    @precisely
    def relaxation(self, time, initial):
        """Return T_n at one time after an equilibrium at a temperature, floats; modes that feel no bath keep it."""
        o = self.oracle
        zeros, c = self.residues
        t, start = rational(float(time)), rational(float(initial))
        phase = [(z * t).exp() for z in zeros]
        inverse = [[1 / (x + y) for y in zeros] for x in zeros]
        edges = getattr(o, "edges", [None] * len(o.friction))
        out, h = [], o.bath_weight_balls()
        for n, m in enumerate(o.m):
            value = arb(start)
            for a, g in enumerate(o.friction):
                T = rational(float(self.system.temperature[a]))
                e = [x * p for x, p in zip(c[n][a], phase, strict=True)]
                tail = -sum((x * sum((y * r for y, r in zip(e, row, strict=True)), acb(0))
                             for x, row in zip(e, inverse, strict=True)), acb(0)).real
                if edges[a] is not None:  # what its memory has not handed on yet
                    tail -= sum(e, acb(0)).real ** 2 / (2 * edges[a])
                value += (T - start) * (h[n][a] - 2 * g * m * tail)
            if not _known(value, DIGITS):
                raise NoReferenceError("a temperature on the way is not settled")
            out.append(float(value.mid()))
        return np.array(out)
