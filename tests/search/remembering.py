"""The oracle of Drude baths: one more variable h for each, (ω_D + s) h = q of its site, and the fractions stay exact.

γ_a'(s) = γω_D²/((ω_D + s)(ω_D - s)), and s G_ia vanishes at s = -ω_D: B_ia is divisible by ω_D + s, so that with the
quotient times ω_D in its place every formula of white noise stands, γ constant. Between two baths both are divided out.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from flint import acb, arb, fmpq, fmpq_mat, fmpz, fmpz_mat, fmpz_poly

from tests.search.exact import rational
from tests.search.oracle import Oracle, _interpolation, _mirrored, _quotient, float_of


def cutoffs_of(system):
    """Return ω_D of every bath as rationals, None for white noise."""
    edges = system.cutoffs if hasattr(system, "cutoffs") else [bath.cutoff for bath in system.baths]
    return [None if edge is None else rational(edge) for edge in edges]


class RememberingOracle(Oracle):
    """Everything that is asked of one network between baths of white noise and Drude baths.

    B: numerators of s G_ia with the memory of bath a taken in; ``pair``: with that of both baths.
    """

    def _fractions(self):
        self.edges = cutoffs_of(self.system)
        n, n_b = len(self.m), len(self.sites)
        p, tops = self._polynomials()
        g = p.gcd(_mirrored(p))
        g = _quotient(g, fmpz_poly([g.content()]))
        s = fmpz_poly([0, 1])
        self.q = _quotient(p, g)
        bare = [[_quotient(s * tops[i * n_b + a], g) for a in range(n_b)] for i in range(n)]
        self.B = [[self._kept(bare[i][a], a) for a in range(n_b)] for i in range(n)]
        self._pairs = [[self._kept(self.B[self.sites[a]][b], a) if a != b else None for b in range(n_b)]
                       for a in range(n_b)]
        zeros = next(k for k, c in enumerate(p.coeffs()) if c != 0)
        self.n_free = 2 * (n - fmpq_mat([list(row) for row in self.K]).rank()) - zeros
        self.n_dark = (g.degree() - self.n_free) // 2
        self.n_resonances = self.q.degree()

    def _polynomials(self):
        """Return det and the cofactors of forces on bath sites as polynomials of whole numbers, times one unit."""
        n, n_b = len(self.m), len(self.sites)
        memory = [a for a in range(n_b) if self.edges[a] is not None]
        unit = fmpz(1)
        products = [self.friction[a] * self.edges[a] for a in memory]
        for x in [x for row in self.K for x in row] + self.m + self.friction + products:
            unit = unit * x.q // unit.gcd(x.q)
        self.unit = unit
        degree, size = 2 * n + len(memory), n + len(memory)
        kicks = fmpz_mat(size, n_b, [int(i == site) for i in range(size) for site in self.sites])
        values = []
        for s in range(1, degree + 2):
            P = self._whole(self._motion_matrix(fmpz(s), memory, size))
            det = P.det()
            x, below = P.solve(kicks).numer_denom()
            values.append([det, *(x * (det // below)).entries()[: n * n_b]])
        V, divisor = _interpolation(degree + 1)
        table = (V * fmpz_mat(values)).tolist()
        columns = [fmpz_poly([row[k] // divisor for row in table]) for k in range(len(values[0]))]
        return columns[0], columns[1:]

    def _motion_matrix(self, s, memory, size):
        """Return the enlarged P(s) as rows of rationals."""
        n = len(self.m)
        P = [[fmpq(0)] * size for _ in range(size)]
        for i in range(n):
            P[i][:n] = self.K[i]
            P[i][i] += self.m[i] * s * s
        for a, (site, g) in enumerate(zip(self.sites, self.friction, strict=True)):
            if a not in memory:
                P[site][site] += g * s
                continue
            k = n + memory.index(a)
            P[site][k] += s * g * self.edges[a]
            P[k][site], P[k][k] = fmpq(-1), self.edges[a] + s
        return P

    def _whole(self, P):
        """Return the matrix of whole numbers, its rows multiplied with the same ones at every s."""
        n = len(self.m)
        scale = [self.unit] * n + [edge.q for edge in self.edges if edge is not None]
        return fmpz_mat([[(x * c).p for x in row] for row, c in zip(P, scale, strict=True)])

    def _kept(self, top, a):
        """Return a numerator with (ω_D + s)/ω_D of a bath divided out; what it is multiplied with goes along."""
        edge = self.edges[a]
        if edge is None or top == 0:
            return top
        # ω_D = p/q: (p + q s) divides the whole polynomial, and the quotient times p is what is asked
        return _quotient(top, fmpz_poly([edge.p, edge.q])) * edge.p

    def pair(self, a, b):
        """Return the numerator of s G_ab between the sites of two baths, with what either remembers."""
        return self._pairs[a][b]

    @cached_property
    def between(self):
        """(1/2πi) ∫ |s G_ab|² ds between baths, with what both remember, as balls."""
        n_b = range(len(self.sites))
        found = iter(self._squares([self.pair(a, b) for a in n_b for b in n_b if a != b]))
        return [[next(found) if a != b else arb(0) for b in n_b] for a in n_b]

    def drag(self, omega):
        """Return γ_a'(ω) of each bath at a real frequency, floats (n_baths,)."""
        white = super().drag(omega)
        edges = np.array([np.inf if e is None else float_of(e) for e in self.edges])
        return white / (1.0 + (omega / edges) ** 2)

    def _baths_at(self, w):
        out = []
        for g, edge in zip(self.friction, self.edges, strict=True):
            s = acb(0, arb(w))
            out.append(s * g if edge is None else s * g * edge / (edge + s))
        return out

    def _pull(self, s):
        """Return by site the derivative of what baths add to P(s), and by how much unity in their numbers moves it."""
        slope, size = np.zeros((2, len(self.m)), dtype=complex)
        for site, g, edge in zip(self.sites, self.friction, self.edges, strict=True):
            g = float_of(g)
            if edge is None:
                slope[site], size[site] = g, abs(s) * g
            else:
                x = float_of(edge)
                apart = x + s or 2.0**-53 * x  # nearer than doubles tell
                slope[site] = g * (x / apart) ** 2
                size[site] = g * abs(s) * (x / abs(apart) + x * abs(s) / abs(apart) ** 2)
        return slope, size.real
