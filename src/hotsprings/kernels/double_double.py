"""Double-double arithmetic (about 32 digits), real and complex, as compiled scalar functions.

A real number is the unevaluated sum of two doubles ``(h, l)``; a complex one is the tuple ``(rh, rl, ih, il)``.
Error-free transformations after Dekker (1971) and Knuth. ``fastmath=False`` is said at each function: without it numba
lets a callee inherit the fastmath of whoever calls it first, and the low parts are optimised away.

References
----------
Hida, Li, Bailey, "Algorithms for quad-double precision floating point arithmetic", ARITH 15 (2001).
"""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.extending import intrinsic

from hotsprings.kernels.compiled import njit, prange

EPSILON = 2.0**-104


@intrinsic
def fma(typingctx, a, b, c):
    """Fused multiply-add, a b + c with one rounding."""

    def codegen(context, builder, signature, args):
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), codegen


@njit(cache=True, error_model="numpy", fastmath=False)
def two_sum(a, b):
    """Return a + b and its rounding error."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@njit(cache=True, error_model="numpy", fastmath=False)
def quick_sum(a, b):
    """Return a + b and its rounding error, for |a| >= |b|."""
    s = a + b
    return s, b - (s - a)


@njit(cache=True, error_model="numpy", fastmath=False)
def difference(ah, al, bh, bl):
    """Return a - b rounded to double; strict also where it is inlined into a fastmath loop."""
    return (ah - bh) + (al - bl)


@njit(cache=True, error_model="numpy", fastmath=False)
def add(ah, al, bh, bl):
    """Return the sum of two real numbers."""
    s, e = two_sum(ah, bh)
    t, f = two_sum(al, bl)
    s, e = quick_sum(s, e + t)
    return quick_sum(s, e + f)


@njit(cache=True, error_model="numpy", fastmath=False)
def mul(ah, al, bh, bl):
    """Return the product of two real numbers."""
    p = ah * bh
    e = fma(ah, bh, -p) + (ah * bl + al * bh)
    return quick_sum(p, e)


@njit(cache=True, error_model="numpy", fastmath=False)
def reciprocal(ah, al):
    """Return 1/a of a real number, by one Newton step from the double quotient."""
    r = 1.0 / ah
    e = fma(-ah, r, 1.0) - al * r  # 1 - a r, exact but for its last bits
    h, low = quick_sum(r, r * e)
    return quick_sum(h, low + (r * e) * e)


@njit(cache=True, error_model="numpy", fastmath=False)
def div(ah, al, bh, bl):
    """Return the quotient of two real numbers, corrected once."""
    q = ah / bh
    ph, pl = mul(q, 0.0, bh, bl)
    rh, rl = add(ah, al, -ph, -pl)
    q2 = rh / bh
    ph, pl = mul(q2, 0.0, bh, bl)
    rh, rl = add(rh, rl, -ph, -pl)
    h, low = quick_sum(q, q2)
    return add(h, low, rh / bh, 0.0)


@njit(cache=True, error_model="numpy", fastmath=False)
def cadd(a, b):
    """Return the sum of two complex numbers."""
    rh, rl = add(a[0], a[1], b[0], b[1])
    ih, il = add(a[2], a[3], b[2], b[3])
    return rh, rl, ih, il


@njit(cache=True, error_model="numpy", fastmath=False)
def gather(total, a):
    """Return total + a for a long sum: the low parts are left to grow, see ``settle``; error n 2^-106 of n terms."""
    rh, re = two_sum(total[0], a[0])
    ih, ie = two_sum(total[2], a[2])
    return rh, total[1] + (re + a[1]), ih, total[3] + (ie + a[3])


@njit(cache=True, error_model="numpy", fastmath=False)
def settle(total):
    """Return a gathered sum as a complex number."""
    rh, rl = two_sum(total[0], total[1])
    ih, il = two_sum(total[2], total[3])
    return rh, rl, ih, il


@njit(cache=True, error_model="numpy", fastmath=False)
def cneg(a):
    """Return -a."""
    return -a[0], -a[1], -a[2], -a[3]


@njit(cache=True, error_model="numpy", fastmath=False)
def cmul(a, b):
    """Return the product of two complex numbers."""
    ph, pl = mul(a[0], a[1], b[0], b[1])
    qh, ql = mul(a[2], a[3], b[2], b[3])
    rh, rl = add(ph, pl, -qh, -ql)
    ph, pl = mul(a[0], a[1], b[2], b[3])
    qh, ql = mul(a[2], a[3], b[0], b[1])
    ih, il = add(ph, pl, qh, ql)
    return rh, rl, ih, il


@njit(cache=True, error_model="numpy", fastmath=False)
def cscale(a, h, low):
    """Return a complex number times a real one."""
    rh, rl = mul(a[0], a[1], h, low)
    ih, il = mul(a[2], a[3], h, low)
    return rh, rl, ih, il


@njit(cache=True, error_model="numpy", fastmath=False)
def cinv(a):
    """Return 1/a of a complex number."""
    ph, pl = mul(a[0], a[1], a[0], a[1])
    qh, ql = mul(a[2], a[3], a[2], a[3])
    nh, nl = add(ph, pl, qh, ql)
    ih, il = reciprocal(nh, nl)
    return cscale((a[0], a[1], -a[2], -a[3]), ih, il)


@njit(cache=True, error_model="numpy", fastmath=False)
def cabs(a):
    """Return |a| rounded to double."""
    return math.hypot(a[0], a[2])


@njit(cache=True, error_model="numpy", fastmath=False)
def capprox(a):
    """Return a rounded to complex128."""
    return complex(a[0] + a[1], a[2] + a[3])


@njit(cache=True, error_model="numpy", fastmath=False)
def cfrom(z):
    """Return a complex128 number as double-double."""
    return z.real, 0.0, z.imag, 0.0


@njit(cache=True, error_model="numpy", fastmath=False)
def load(rows, i):
    """Return the complex number in row i of an array (n, 4)."""
    return rows[i, 0], rows[i, 1], rows[i, 2], rows[i, 3]


@njit(cache=True, error_model="numpy", fastmath=False)
def store(rows, i, a):
    """Write a complex number to row i of an array (n, 4)."""
    rows[i, 0], rows[i, 1], rows[i, 2], rows[i, 3] = a


@njit(cache=True, error_model="numpy", fastmath=False)
def csqrt(a):
    """Return the square root on the branch Re > 0, or Im > 0 where Re a < 0."""
    z = complex(a[0], a[2])
    r = math.sqrt(0.5 * (abs(z) + abs(z.real)))
    if r == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    root = complex(r, z.imag / (2.0 * r)) if z.real >= 0.0 else complex(z.imag / (2.0 * r), r)
    start = cfrom(root)
    return cscale(cadd(start, cmul(a, cinv(start))), 0.5, 0.0)


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True, work=lambda *args: 100 * args[-1].size)
def spring_ratios(k, n_tilde, n_sites, k0, masses):
    """Return κ/m and (k/Ñ)/m as double-doubles, shape (4, n): κ = k0 + n_sites k/Ñ."""
    out = np.empty((4, masses.size))
    gh, gl = div(k, 0.0, n_tilde, 0.0)
    nh, nl = mul(gh, gl, n_sites, 0.0)
    for i in prange(masses.size):
        h, low = add(nh, nl, k0[i], 0.0)
        out[0, i], out[1, i] = div(h, low, masses[i], 0.0)
        out[2, i], out[3, i] = div(gh, gl, masses[i], 0.0)
    return out


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True, work=lambda a, _: 30 * a.size)
def divide_rows(a, b):
    """Return a/b for rows (h, l) of double-doubles, shape (2, n)."""
    out = np.empty((2, a.shape[1]))
    for i in prange(a.shape[1]):
        out[0, i], out[1, i] = div(a[0, i], a[1, i], b[0, i], b[1, i])
    return out


@njit(cache=True, error_model="numpy", fastmath=False)
def squares(a):
    """Return a² of each double as a double-double, shape (2, n)."""
    out = np.empty((2, a.size))
    for i in range(a.size):
        out[0, i] = a[i] * a[i]
        out[1, i] = fma(a[i], a[i], -out[0, i])
    return out
