"""Stationary states from exact fractions of polynomials: no modes, no iteration, every rounding bounded.

s G_ia(s) = B_ia(s)/q(s) with s = iω: det and cofactors of the whole-number matrix K + sΓ + s²M at whole s,
interpolated; what undamped motion they share, the greatest common divisor of det(s) and det(-s), divided out. Then q
has its zeros in the left half plane only, and

    (1/2πi) ∫ |B/q|² ds = Σ_k β_k²/(2 α_k)

by the recursion of Åström, Jury and Agniel (Routh's table): numbers in balls, their precision doubled until the radius
leaves forty digits. Resonances are the zeros of q, found to any precision with their multiplicities.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
from flint import acb, acb_mat, arb, ctx, fmpq, fmpq_mat, fmpz, fmpz_mat, fmpz_poly

from tests.search.exact import rational

LEAST, MOST, WANTED = 400, 1 << 16, 130  # bits: of the first try, of the last, and right in the end


class NoReferenceError(ArithmeticError):
    """The oracle cannot tell."""


@lru_cache(maxsize=64)
def _interpolation(n):
    """Return the matrix (n, n) and the divisor that turn values at 1 … n into coefficients."""
    return fmpq_mat(n, n, [fmpq(x) ** k for x in range(1, n + 1) for k in range(n)]).inv().numer_denom()


def _mirrored(p):
    return fmpz_poly([c if k % 2 == 0 else -c for k, c in enumerate(p.coeffs())])


def _quotient(p, g):
    whole, rest = divmod(p, g)
    if rest != 0:
        raise NoReferenceError("an undamped factor does not divide a numerator")
    return whole


def _raised(precision, work, most=MOST):
    """Return ``work()`` at the first precision at which it knows enough, beginning with ``precision`` bits."""
    while precision <= most:
        with ctx.workprec(precision):
            try:
                found = work()
            except ZeroDivisionError:
                found = None
        if found is not None:
            return found
        precision *= 2
    raise NoReferenceError(f"not settled with {most} bits")


def _known(x, bits=WANTED):
    return x.is_zero() or x.rel_accuracy_bits() >= bits


class Oracle:
    """Everything that is asked of one open network, from its exact fractions."""

    def __init__(self, case):
        self.system = case.system
        self.case = case
        self.m = [rational(x) for x in self.system.network.masses]
        self.friction = [rational(x) for x in self.system.friction]
        self.sites = [int(s) for s in self.system.bath_sites]
        self.K = case.stiffness()
        self._fractions()

    def _fractions(self):
        n, sites = len(self.m), self.sites
        numbers = [x for row in self.K for x in row] + self.m + self.friction
        unit = fmpz(1)
        for x in numbers:
            unit = unit * x.q // unit.gcd(x.q)
        K = [[(x * unit).p for x in row] for row in self.K]
        M, G = [(x * unit).p for x in self.m], [fmpz(0)] * n
        for site, g in zip(sites, self.friction, strict=True):
            G[site] = (g * unit).p
        kicks = fmpz_mat(n, len(sites), [int(i == s) for i in range(n) for s in sites])
        values = []
        for s in range(1, 2 * n + 2):
            P = fmpz_mat([[K[i][j] + (G[i] * s + M[i] * s * s if i == j else 0) for j in range(n)] for i in range(n)])
            det = P.det()
            top, below = P.solve(kicks).numer_denom()
            values.append([det, *(top * (det // below)).entries()])
        V, divisor = _interpolation(2 * n + 1)
        table = (V * fmpz_mat(values)).tolist()
        columns = [fmpz_poly([row[k] // divisor for row in table]) for k in range(len(values[0]))]
        p, s = columns[0], fmpz_poly([0, 1])
        g = p.gcd(_mirrored(p))
        g = _quotient(g, fmpz_poly([g.content()]))
        self.q = _quotient(p, g)
        self.unit = unit
        self.B = [[_quotient(s * columns[1 + i * len(sites) + a], g) for a in range(len(sites))] for i in range(n)]
        zeros = next(k for k, c in enumerate(p.coeffs()) if c != 0)
        self.n_free = 2 * (n - fmpq_mat([list(row) for row in self.K]).rank()) - zeros  # those that a bath feels
        self.n_dark = (g.degree() - self.n_free) // 2
        self.n_resonances = self.q.degree()

    @cached_property
    def integrals(self):
        """(1/2πi) ∫ |s G_ia|² ds as balls, rows of sites."""
        flat = self._squares([b for row in self.B for b in row])
        n_b = len(self.sites)
        return [flat[i : i + n_b] for i in range(0, len(flat), n_b)]

    def _squares(self, columns):
        """Return (1/2πi) ∫ |b/q|² ds times the squared unit of each numerator b, as balls."""
        degree = self.q.degree()
        asked = [k for k, b in enumerate(columns) if b != 0]

        def work():
            A = [arb(c) for c in reversed(self.q.coeffs())]
            rows = [[arb(0)] * len(asked) for _ in range(degree)]  # highest power first
            for column, k in enumerate(asked):
                for power, c in enumerate(columns[k].coeffs()):
                    rows[degree - 1 - power][column] = arb(c)
            total = [arb(0)] * len(columns)
            for k in range(degree):  # A has degree - k + 1 coefficients
                if A[1].contains(0):
                    return None
                alpha, beta = A[0] / A[1], [x / A[1] for x in rows[k]]
                for j in range(3, len(A), 2):
                    rows[k + j - 1] = [x - A[j] * y for x, y in zip(rows[k + j - 1], beta, strict=True)]
                for place, y in zip(asked, beta, strict=True):
                    total[place] += y * y / (2 * alpha)
                A = [A[j] - alpha * A[j + 1] if j % 2 == 0 and j + 1 < len(A) else A[j] for j in range(1, len(A))]
            total = [x * self.unit**2 for x in total]
            return total if all(_known(x) for x in total) else None

        return _raised(max(LEAST, 24 * degree), work)

    def bath_weight(self):
        """Return h_n^a = 2 γ_a m_n I_na, floats (n_sites, n_baths)."""
        return np.array([[float((x * g * m * 2).mid()) for x, g in zip(row, self.friction, strict=True)]
                         for row, m in zip(self.integrals, self.m, strict=True)])

    def bath_weight_balls(self):
        """Return the same as balls, rows of sites."""
        return [[x * g * m * 2 for x, g in zip(row, self.friction, strict=True)]
                for row, m in zip(self.integrals, self.m, strict=True)]

    def pair(self, a, b):
        """Return the numerator of s G_ab between the sites of two baths, with what either remembers."""
        return self.B[self.sites[a]][b]

    @cached_property
    def between(self):
        """(1/2πi) ∫ |s G_ab|² ds between baths, as balls."""
        return [self.integrals[site] for site in self.sites]

    def conductance(self):
        """Return C_ab = 2 γ_a γ_b I_ab, floats (n_baths, n_baths), zero diagonal."""
        C = np.array([[float((x * a * b * 2).mid()) for x, b in zip(row, self.friction, strict=True)]
                      for row, a in zip(self.between, self.friction, strict=True)])
        np.fill_diagonal(C, 0.0)
        return C

    def drag(self, omega):
        """Return γ_a'(ω) of each bath at a real frequency, floats (n_baths,)."""
        return np.array([float_of(g) for g in self.friction])

    @cached_property
    def roots(self):
        """Zeros of q as (ball, multiplicity)."""
        with ctx.workprec(max(LEAST, 16 * self.q.degree())):
            return self.q.complex_roots()

    def resonances(self):
        """Return the resonances ω = -is as complex doubles with relative accuracy in both parts."""
        found = [complex(float(z.imag.mid()), -float(z.real.mid())) for z, times in self.roots for _ in range(times)]
        return np.array(found, dtype=complex)

    def root_doubts(self):
        """Return |δω| of each resonance, were every number that the network is made of wrong by 2⁻⁵²."""
        doubts = []
        mass = self.system.network.masses
        for z, times in self.roots:
            if times > 1:
                doubts += [np.inf] * times
                continue
            v = self._motion(z)
            s = complex(z.mid())
            squares = np.abs(v) ** 2
            pull, size = self._pull(s)
            slope = abs(np.sum(v * v * (2.0 * s * mass + pull)))
            inner = np.sum(squares * (size + abs(s) ** 2 * mass))
            doubts.append(2.0**-52 * (inner + sensitivity(self.case, v, v)) / slope if slope > 0.0 else np.inf)
        return np.array(doubts)

    def _pull(self, s):
        """Return by site the derivative of what baths add to P(s), and by how much unity in their numbers moves it."""
        gamma = np.zeros(len(self.m))
        gamma[self.sites] = self.system.friction
        return gamma, abs(s) * gamma

    def _motion(self, z):
        """Return the motion of a resonance, its largest element 1, as doubles made of exact numbers."""
        with ctx.workprec(max(LEAST, 16 * self.q.degree())):
            best = None
            for a in range(len(self.sites)):
                column = [_value(row[a], z) for row in self.B]
                sizes = [abs(x).mid() for x in column]  # exact numbers: those beyond doubles too
                if best is None or max(sizes) > best[0]:
                    k = sizes.index(max(sizes))
                    best = (sizes[k], column, k)
            _, column, k = best
            self._exact = [x / column[k] for x in column]
            return np.array([complex(x.mid()) for x in self._exact])

    def green(self, omega, i, j):
        """Return G_ij at one real frequency, and by how much 2⁻⁵² in every number of the network could move it."""
        n, w = len(self.m), rational(omega)

        def work():
            P = acb_mat(n, n)
            for r in range(n):
                for c in range(n):
                    P[r, c] = acb(arb(self.K[r][c]))
                P[r, r] -= acb(arb(w * w * self.m[r]))
            for site, x in zip(self.sites, self._baths_at(w), strict=True):
                P[site, site] += x
            X = P.solve(acb_mat(n, 2, [int(r == c) for r in range(n) for c in (i, j)]), algorithm="lu")
            x = X[i, 1]
            if not (x.is_zero() or x.rel_accuracy_bits() >= WANTED or abs(x).upper() < arb(2) ** -1070):
                return None
            return complex(x.mid()), np.array([[complex(X[r, c].mid()) for c in (0, 1)] for r in range(n)])

        if omega == 0.0 and fmpq_mat([list(row) for row in self.K]).det() == 0:
            raise NoReferenceError("free: G(0) is infinite")
        value, both = _raised(LEAST, work)
        u, v = both.T
        mass, springs = self.system.network.masses, sensitivity(self.case, u, v)
        rest = np.sum(np.abs(u * v) * (self._pull(1j * omega)[1] + omega**2 * mass))
        return value, 2.0**-52 * float(springs + rest)

    def _baths_at(self, w):
        """Return what each bath adds to the stiffness of its site at a rational frequency, balls."""
        return [acb(0, arb(w * g)) for g in self.friction]

    def cumulative(self, omega, a, b):
        """Return (1/2π) ∫_0^ω 𝒯_ab; only where no resonance of the pair coincides with another."""
        if any(times > 1 for _, times in self.roots):
            raise NoReferenceError("resonances coincide")
        with ctx.workprec(max(LEAST, 16 * self.q.degree())):
            B, slope, w = self.pair(a, b), self.q.derivative(), arb(omega)
            total = acb(0)
            for z, _ in self.roots:
                r = _value(B, z) / _value(slope, z) * _value(B, -z) / _value(self.q, -z)
                total += r * ((1 - acb(0, w) / z).log() - (1 + acb(0, w) / z).log())
            value = total * self.unit**2 * 4 * self.friction[a] * self.friction[b] / (2 * arb.pi())
            value = value.imag
            if not _known(value, 60):
                raise NoReferenceError("the cumulative flux is not settled")
            return float(value.mid())

    @cached_property
    def closed(self):
        """Return squared frequencies of the network without baths, zero ones left out, ascending."""
        n = len(self.m)
        A = fmpq_mat([[self.K[i][j] / self.m[i] for j in range(n)] for i in range(n)])
        p = A.charpoly()
        with ctx.workprec(LEAST):
            whole = fmpz_poly((p.numer() if hasattr(p, "numer") else p).coeffs())
            found = sorted(float(z.real.mid()) for z, times in whole.complex_roots() for _ in range(times))
        return np.array([x for x in found if x != 0.0])


def float_of(x):
    """Return the nearest double of a rational."""
    return int(x.p) / int(x.q)


def sensitivity(case, u, v):
    """Return by how much unity in every spring and pinning moves uᵀKv, at most."""
    terms = case.energy_terms()
    if terms is None:
        return np.abs(u) @ np.abs(case.system.network.stiffness()) @ np.abs(v)
    return np.sum(terms[1] * np.abs(terms[0] @ u) * np.abs(terms[0] @ v))


def _value(p, z):
    """Return a whole polynomial at a ball, by Horner."""
    total = acb(0)
    for c in reversed(p.coeffs()):
        total = total * z + c
    return total
