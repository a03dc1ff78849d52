"""The oracle of semi-infinite leads: whole polynomials in y = e^{iθ}, integrals over the band from poles in balls.

With ω² = (k/m)(2 - y - 1/y), M' = M k/m and E = k on the sites that leads touch, Z = Q(y)/y,

    Q(y) = y²M' + y(K + E - 2M') + M' - E,   F_na = (y² - 1) adj Q_na / det Q = (y - 1/y) G_na,

common factors divided out, so that undamped motion, free motion and the ends of the band are no matter. Then

    C_ab = (k²W/4π) ∫_0^π |F_ab|² cos(θ/2) dθ,   h_n^a = (m_n k²/2πm) ∫_0^π |F_na|² dθ,   W = 2√(k/m).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from flint import acb, acb_mat, arb, ctx, fmpq, fmpq_mat, fmpz, fmpz_mat, fmpz_poly

from tests.search.exact import rational
from tests.search.oracle import LEAST, NoReferenceError, _interpolation, _known, _raised, _value, sensitivity

AT_CENTRE = 1e-9  # |y| of zeros, 1e4 bands away, that belong to sites as heavy as their lead to so many digits
SETTLED = 60  # bits that sums must keep


class LeadOracle:
    """Everything that is asked of one network between equal leads."""

    def __init__(self, case):
        self.case, self.system = case, case.system
        self.m = [rational(x) for x in self.system.network.masses]
        self.sites = [int(s) for s in self.system.bath_sites]
        self.K = case.stiffness()
        lead = self.system.baths[0]
        self.k, self.mass = rational(lead.k), rational(lead.mass)
        self._fractions()

    def _fractions(self):
        n, n_b, touched = len(self.m), len(self.sites), set(self.sites)
        M, E = [x * self.k / self.mass for x in self.m], [self.k if i in touched else fmpq(0) for i in range(n)]
        unit = fmpz(1)
        for x in [x for row in self.K for x in row] + M + E:
            unit = unit * x.q // unit.gcd(x.q)
        kicks = fmpz_mat(n, n_b, [int(i == s) for i in range(n) for s in self.sites])
        values = []
        for x in range(1, 2 * n + 2):  # at y = 1 + x > 1 nothing is singular
            y = fmpz(x + 1)
            Q = fmpz_mat([[((self.K[i][j] * y + (y * y * M[i] + y * (E[i] - 2 * M[i]) + M[i] - E[i] if i == j else 0))
                            * unit).p for j in range(n)] for i in range(n)])
            det = Q.det()
            top, below = Q.solve(kicks).numer_denom()
            values.append([det, *(top * (det // below)).entries()])
        V, divisor = _interpolation(2 * n + 1)
        back = fmpz_poly([-1, 1])
        table = (V * fmpz_mat(values)).tolist()
        p, *tops = (fmpz_poly([row[k] // divisor for row in table])(back) for k in range(len(values[0])))
        common = p
        for top in tops:
            common = common.gcd(top)
        self.unit, self.p = unit, p // common
        self.tops = [[tops[i * n_b + a] // common for a in range(n_b)] for i in range(n)]
        self.n_dark = n - self._observed()
        self.told_apart = common.degree() == 2 * self.n_dark  # else zeros that coincide went with the common ones
        self.n_bound = sum(times for y, times in self.zeros if y.imag.contains(0) and y.real < -1)

    def _observed(self):
        """Return how many modes feel a lead: the rank of (S, AS, A²S, …), A = M⁻¹K."""
        n = len(self.m)
        A = fmpq_mat([[self.K[i][j] / self.m[i] for j in range(n)] for i in range(n)])
        rows = [fmpq_mat(n, len(self.sites), [int(i == s) for i in range(n) for s in self.sites])]
        for _ in range(n - 1):
            rows.append(A * rows[-1])
        return fmpq_mat([[block[i, a] for block in rows for a in range(len(self.sites))] for i in range(n)]).rank()

    @cached_property
    def zeros(self):
        """Zeros of det Q but those that no force on a bath site excites, as (ball, multiplicity)."""
        with ctx.workprec(max(LEAST, 16 * self.p.degree())):
            return [(y, times) for y, times in self.p.complex_roots() if y != 0] if self.p.degree() > 0 else []

    def resonances(self):
        """Return ω of the zeros within the circle that decay, complex doubles, and what 2⁻⁵² does to each."""
        if not self.told_apart:
            raise NoReferenceError("zeros coincide")
        found, doubts = [], []
        with ctx.workprec(max(LEAST, 16 * self.p.degree())):
            for y, times in self.zeros:
                size = abs(y)
                if not size < 1 or size < AT_CENTRE or (y.imag.contains(0) and y.real < 0):
                    continue
                w = (arb(self.k / self.mass) * (2 - y - 1 / y)).sqrt()
                w = w if w.imag > 0 else -w
                doubt = self._root_doubt(y, w) if times == 1 else np.inf
                found += [complex(w.mid())] * times
                doubts += [doubt] * times
        return np.array(found, dtype=complex), np.array(doubts)

    def _root_doubt(self, y, w):
        best = None
        for a in range(len(self.sites)):
            column = [_value(row[a], y) for row in self.tops]
            sizes = [abs(x).mid() for x in column]
            if best is None or max(sizes) > best[0]:
                best = max(sizes), column, sizes.index(max(sizes))
        v = np.array([complex((x / best[1][best[2]]).mid()) for x in best[1]])
        ends = np.isin(np.arange(len(self.m)), self.sites)
        mass, omega = self.system.network.masses, complex(w.mid())
        k, m = float(self.system.baths[0].k), float(self.system.baths[0].mass)
        slope = -2.0 * omega * mass - ends * 2.0 * omega * m / (complex((y * y - 1).mid()))
        moved = sensitivity(self.case, v, v) + np.sum(np.abs(v) ** 2 * (abs(omega) ** 2 * mass
                                                                        + ends * self._size(complex(y.mid()), k)))
        whole = abs(np.sum(v * v * slope))
        return 2.0**-52 * moved / whole if whole > 0.0 else np.inf

    @staticmethod
    def _size(y, k):
        """Return by how much unity in the numbers of a lead moves Σ = k(1 - 1/y)."""
        return k * abs(1.0 - 1.0 / y) + 2.0 * k * abs(1.0 - y) / max(abs(y * (1.0 + y)), 1e-300)

    def green(self, omega, i, j):
        """Return G_ij at one real frequency ω > 0, and by how much 2⁻⁵² in every number could move it."""
        n, w = len(self.m), rational(omega)

        def work():
            c = arb(1 - w * w * self.mass / (2 * self.k))
            z = acb(c, -(1 - c * c).sqrt()) if 1 - c * c > 0 else acb(c + (c * c - 1).sqrt())
            if not z.is_finite():
                return None
            P = acb_mat([[acb(arb(self.K[r][s])) for s in range(n)] for r in range(n)])
            for r in range(n):
                P[r, r] -= arb(w * w * self.m[r])
            for site in self.sites:
                P[site, site] += arb(self.k) * (1 - z)
            X = P.solve(acb_mat(n, 2, [int(r == c) for r in range(n) for c in (i, j)]), algorithm="lu")
            x = X[i, 1]
            if not (x.is_zero() or x.rel_accuracy_bits() >= SETTLED or abs(x).upper() < arb(2) ** -1070):
                return None
            return complex(x.mid()), complex(z.mid()), np.array(
                [[complex(X[r, c].mid()) for c in (0, 1)] for r in range(n)])

        if omega == 0.0:
            raise NoReferenceError("at rest")
        value, z, both = _raised(LEAST, work)
        u, v = both.T
        ends = np.isin(np.arange(n), self.sites)
        rest = omega**2 * self.system.network.masses + ends * self._size(1.0 / z, float(self.system.baths[0].k))
        moved = sensitivity(self.case, u, v) + np.sum(np.abs(u * v) * rest)
        return value, 2.0**-52 * float(moved)

    def drag(self, omega):
        """Return γ'(ω) = (k/ω) sin θ = [km (1 - ω²/W²)]^½, 0 beyond the band."""
        left = float(1 - rational(omega) ** 2 * self.mass / (4 * self.k))
        return np.sqrt(float(self.k * self.mass) * max(left, 0.0))

    def conductance(self, a, b):
        """Return C_ab, a float."""
        value = self._integral(self.tops[self.sites[a]][b], True)
        return float((value * arb(self.k) ** 2 * (arb(self.k) / arb(self.mass)).sqrt() / (2 * arb.pi())).mid())

    def bath_weight(self, n, a):
        """Return h_n^a, a float."""
        value = self._integral(self.tops[n][a], False)
        return float((value * arb(self.m[n] * self.k**2 / (2 * self.mass)) / arb.pi()).mid())

    def _integral(self, top, half_angle):
        """Return ∫_0^π |F|² dθ, times cos(θ/2) where that is asked: |F|² is rational in u = 2 cos θ, with poles u_k.

        ∫ dθ/(u - u_k) = -π/√(u_k² - 4), and with cos(θ/2) it is artanh(1/τ)/2τ, τ² = (2 - u_k)/4.
        """
        if top == 0:
            return arb(0)
        whole = top * fmpz_poly([-1, 0, 1])
        shared = whole.gcd(self.p)
        up, down = (_in_cosines(x) for x in (whole // shared, self.p // shared))

        def work():
            roots = down.complex_roots() if down.degree() > 0 else []
            if any(times > 1 for _, times in roots):
                raise NoReferenceError("zeros coincide")
            slope, total = down.derivative(), acb(0)
            far = arb(up.leading_coefficient()) / arb(down.leading_coefficient()) if up.degree() == down.degree() else 0
            for u, _ in roots:
                if u.imag.contains(0) and abs(u) < 2:
                    raise NoReferenceError("a motion in the band is not damped")
                tau = ((2 - u) / 4).sqrt()
                part = (1 / tau).atanh() / (2 * tau) if half_angle else -arb.pi() / ((u - 2).sqrt() * (u + 2).sqrt())
                total += _value(up, u) / _value(slope, u) * part
            total = total.real + far * (2 if half_angle else arb.pi())
            return total if total.is_finite() and _known(total, SETTLED) else None

        if up.degree() > down.degree():
            raise NoReferenceError("a site as heavy as its lead, and more")
        return _raised(max(LEAST, 24 * down.degree()), work, 1 << 13) * self.unit**2


def _in_cosines(p):
    """Return p(y) p(1/y) as a polynomial of u = y + 1/y."""
    c = p.coeffs()
    c = c[next(k for k, x in enumerate(c) if x != 0):]  # |y| = 1: a power of y is nothing
    c = (fmpz_poly(c) * fmpz_poly(c[::-1])).coeffs()
    middle = len(c) // 2
    before, here = fmpz_poly([2]), fmpz_poly([0, 1])
    total = fmpz_poly([c[middle]])
    for j in range(1, middle + 1):
        total += here * c[middle + j]
        before, here = here, fmpz_poly([0, 1]) * here - before
    return total

