"""Heat counted with one λ per bath: zeros of an exact polynomial, the determinant of the doubled network.

P(s²) = q(s) q(-s) det[1 - T(Λ - S(-s)ᵀΛS(s))], S = 1 - 2√γ sG √γ, has degree 2·deg q and the leading coefficient of
q(s)q(-s); its values at whole s are exact fractions, and with as many of them it is known. Then

    μ(λ) = -(1/4π) ∫ ln det dω = ½ (Σ Re s_P - Σ Re s_q),        zeros with Re s < 0 of both.
"""

from __future__ import annotations

import numpy as np
from flint import acb, acb_poly, arb, ctx, fmpq, fmpq_mat, fmpq_poly, fmpz_poly

from tests.search.exact import rational
from tests.search.oracle import LEAST, NoReferenceError, _known, _mirrored

DIGITS = 60  # bits that μ must keep


def exponent(oracle, counting):
    """Return μ(λ) of one λ per bath, a float."""
    whole = _doubled(oracle, [rational(float(x)) for x in counting])
    with ctx.workprec(max(LEAST, 32 * oracle.q.degree())):
        doubled = arb(0)
        for x, times in whole.complex_roots():
            root = x.sqrt().real
            if root.contains(0):
                raise NoReferenceError("beyond the interval: the mean of exp(λQ) is infinite")
            doubled += times * abs(root)
        damped = sum((times * z.real for z, times in oracle.q.complex_roots()), arb(0))
        value = (-doubled - damped) / 2
        if not (value.is_finite() and _known(value, DIGITS)):
            raise NoReferenceError("the scaled cumulant function is not settled")
        return float(value.mid())


def rate(oracle, counting):
    """Return q = μ'(λ) of two baths, a double, and h(q) = λq - μ(λ): what λ is off is of second order in h."""
    first, last = (rational(float(t)) for t in oracle.system.temperature)
    x = rational(counting)
    q_even, top = oracle.q * _mirrored(oracle.q), oracle.pair(0, 1)
    passed = 4 * oracle.friction[0] * oracle.friction[1] * oracle.unit**2
    half = fmpq_poly((top * _mirrored(top)).coeffs()[::2]) * passed
    whole = fmpq_poly(q_even.coeffs()[::2]) - half * (x * (first - last) + x * x * first * last)
    slope = whole.derivative()
    with ctx.workprec(max(LEAST, 32 * oracle.q.degree())):
        total = arb(0)
        for z, times in fmpz_poly(whole.numer().coeffs()).complex_roots():
            if times > 1:
                raise NoReferenceError("zeros of the doubled network coincide")
            root = z.sqrt()
            root = root if root.real > 0 else -root
            total += (acb_value(half, z) / acb_value(slope, z) / root).real
        flux = -total / 4 * (first - last + 2 * x * first * last)
        if not flux.is_finite():
            raise NoReferenceError("zeros of the doubled network are not told apart")
        flux = float(flux.mid())
    return flux, at_flux(oracle, counting, flux)


def acb_value(p, z):
    """Return a polynomial of fractions at a ball."""
    return acb_poly([acb(arb(c)) for c in p.coeffs()])(z)


def at_flux(oracle, counting, flux):
    """Return λq - μ(λ) of two baths, a float."""
    return float(counting) * flux - exponent(oracle, [counting, 0.0])


def _doubled(oracle, counting):
    """Return q(s) q(-s) det[…] as a polynomial of whole numbers in s².

    Of two baths it is q q(-s) - c f V V(-s), 𝒯 = f V V(-s)/q q(-s), c = Δλ(T_0 - T_1) + Δλ²T_0T_1, f = 4γ_0γ_1.
    """
    if len(counting) > 2:
        return _through(*_determinants(oracle, counting))
    first, last = (rational(float(t)) for t in oracle.system.temperature)
    step = counting[0] - counting[1]
    c = step * (first - last) + step * step * first * last
    passed = 4 * oracle.friction[0] * oracle.friction[1] * oracle.unit**2 * c
    top = oracle.pair(0, 1)
    both = fmpq_poly(oracle.q * _mirrored(oracle.q)) - passed * fmpq_poly(top * _mirrored(top))
    return fmpz_poly(fmpq_poly(both.coeffs()[::2]).numer().coeffs())


def _determinants(oracle, counting):
    """Return whole s > 0 and q(s) q(-s) det[1 - T(Λ - S(-s)ᵀΛS(s))] there, exact."""
    q, n_b = oracle.q, len(oracle.sites)
    T = [rational(float(t)) for t in oracle.system.temperature]
    edges = getattr(oracle, "edges", [None] * n_b)

    def drag(b, x):
        """γ of a bath; of one that remembers, whose B has ω_D/(ω_D + x) of γ' in it, with the rest of γ'."""
        return oracle.friction[b] * (1 if edges[b] is None else edges[b] / (edges[b] - x))

    points, values, s = [], [], 0
    while len(points) <= q.degree():
        s += 1
        here, back = fmpq(q(s)), fmpq(q(-s))
        if here == 0 or back == 0 or s in edges:
            continue
        # both conjugated by √γ', which is nowhere needed then: S → 1 - 2 sG γ', S(-s)ᵀ → 1 + 2 sG(-s) γ'
        S, R = ([[int(a == b) - 2 * oracle.unit * drag(b, x) * fmpq(oracle.B[oracle.sites[a]][b](x)) / below
                  for b in range(n_b)] for a in range(n_b)] for x, below in ((s, here), (-s, back)))
        M = fmpq_mat(n_b, n_b, [int(a == b) * (1 - T[a] * counting[a])
                                + T[a] * sum((R[a][e] * counting[e] * S[e][b] for e in range(n_b)), fmpq(0))
                                for a in range(n_b) for b in range(n_b)])
        points.append(fmpq(s * s))
        values.append(here * back * M.det())
    return points, values


def _through(points, values):
    """Return the polynomial through some points, whole multiples of it, by Newton's divided differences."""
    table = list(values)
    for k in range(1, len(points)):
        for i in range(len(points) - 1, k - 1, -1):
            table[i] = (table[i] - table[i - 1]) / (points[i] - points[i - k])
    out = fmpq_poly([0])
    for x, c in zip(reversed(points), reversed(table), strict=True):
        out = out * fmpq_poly([-x, 1]) + fmpq_poly([c])
    return fmpz_poly(out.numer().coeffs())


def drawn(system, rng):
    """Return λ per bath for which the mean of exp(ΣλQ) is finite: they differ by less than 1/(hottest bath)."""
    top = float(system.temperature.max()) or 1.0
    return rng.uniform(0.0, 0.95 / top, system.n_baths) * float(10.0 ** rng.uniform(-3.0, 0.0))


def step(moments, floating, hbar):
    """Return by how much Newton's method would move the temperatures of floating baths, of the hottest one.

    0 where they carry no heat of quanta; differences of the flux over 1e-7 of a temperature are its matrix.
    """
    T = np.asarray(moments.system.temperature, dtype=float)
    flux = moments.quantum_flux(hbar)[floating]
    matrix = np.empty((len(floating), len(floating)))
    for column, a in enumerate(floating):
        near = T.copy()
        near[a] *= 1.0 + 1e-7
        matrix[:, column] = (moments.at(near).quantum_flux(hbar)[floating] - flux) / (near[a] - T[a])
    return np.linalg.solve(matrix, flux) / T.max()
