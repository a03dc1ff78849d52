"""Double-double arithmetic (about 32 digits), real and complex, as formulas for compiled code.

A real number is the unevaluated sum of two doubles ``(h, l)``; a complex one is the tuple ``(rh, rl, ih, il)``.
Error-free transformations after Dekker (1971) and Knuth.

References
----------
Hida, Li, Bailey, "Algorithms for quad-double precision floating point arithmetic", ARITH 15 (2001).
"""

from __future__ import annotations

import math
from typing import Any

from numba.core import cgutils, types
from numba.extending import intrinsic

from hotsprings.kernels.arrays import floats
from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.formulas import Formula, fma

EPSILON = 2.0**-104
NUMBER = types.UniTuple(types.float64, 4)


@Formula
def two_sum(a, b):
    """Return a + b and its rounding error."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@Formula
def quick_sum(a, b):
    """Return a + b and its rounding error, for |a| >= |b|."""
    s = a + b
    return s, b - (s - a)


@Formula
def difference(ah, al, bh, bl):
    """Return a - b rounded to double; strict also where it is inlined into a fastmath loop."""
    return (ah - bh) + (al - bl)


@Formula
def add(ah, al, bh, bl):
    """Return the sum of two real numbers."""
    s, e = two_sum(ah, bh)
    t, f = two_sum(al, bl)
    s, e = quick_sum(s, e + t)
    return quick_sum(s, e + f)


@Formula
def mul(ah, al, bh, bl):
    """Return the product of two real numbers."""
    p = ah * bh
    e = fma(ah, bh, -p) + (ah * bl + al * bh)
    return quick_sum(p, e)


@Formula
def reciprocal(ah, al):
    """Return 1/a of a real number, by one Newton step from the double quotient."""
    r = 1.0 / ah
    e = fma(-ah, r, 1.0) - al * r  # 1 - a r, exact but for its last bits
    h, low = quick_sum(r, r * e)
    return quick_sum(h, low + (r * e) * e)


@Formula
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


@Formula
def cadd(a, b):
    """Return the sum of two complex numbers."""
    rh, rl = add(a[0], a[1], b[0], b[1])
    ih, il = add(a[2], a[3], b[2], b[3])
    return rh, rl, ih, il


@Formula
def gather(total, a):
    """Return total + a for a long sum: the low parts are left to grow, see ``settle``; error n 2^-106 of n terms."""
    rh, re = two_sum(total[0], a[0])
    ih, ie = two_sum(total[2], a[2])
    return rh, total[1] + (re + a[1]), ih, total[3] + (ie + a[3])


@Formula
def settle(total):
    """Return a gathered sum as a complex number."""
    rh, rl = two_sum(total[0], total[1])
    ih, il = two_sum(total[2], total[3])
    return rh, rl, ih, il


@Formula
def cneg(a):
    """Return -a."""
    return -a[0], -a[1], -a[2], -a[3]


@Formula
def conjugate(a):
    """Return a*."""
    return a[0], a[1], -a[2], -a[3]


@Formula
def square(a):
    """Return |a|²."""
    ph, pl = mul(a[0], a[1], a[0], a[1])
    qh, ql = mul(a[2], a[3], a[2], a[3])
    return add(ph, pl, qh, ql)


@Formula
def cmul(a, b):
    """Return the product of two complex numbers."""
    ph, pl = mul(a[0], a[1], b[0], b[1])
    qh, ql = mul(a[2], a[3], b[2], b[3])
    rh, rl = add(ph, pl, -qh, -ql)
    ph, pl = mul(a[0], a[1], b[2], b[3])
    qh, ql = mul(a[2], a[3], b[0], b[1])
    ih, il = add(ph, pl, qh, ql)
    return rh, rl, ih, il


@Formula
def cscale(a, h, low):
    """Return a complex number times a real one."""
    rh, rl = mul(a[0], a[1], h, low)
    ih, il = mul(a[2], a[3], h, low)
    return rh, rl, ih, il


@Formula
def cinv(a):
    """Return 1/a of a complex number."""
    ph, pl = mul(a[0], a[1], a[0], a[1])
    qh, ql = mul(a[2], a[3], a[2], a[3])
    nh, nl = add(ph, pl, qh, ql)
    ih, il = reciprocal(nh, nl)
    return cscale((a[0], a[1], -a[2], -a[3]), ih, il)


@njit(error_model="numpy")
def cabs(a):
    """Return |a| rounded to double."""
    return math.hypot(a[0], a[2])


@njit(error_model="numpy")
def capprox(a):
    """Return a rounded to complex128."""
    return complex(a[0] + a[1], a[2] + a[3])


@njit(error_model="numpy")
def cfrom(z):
    """Return a complex128 number as double-double."""
    return z.real, 0.0, z.imag, 0.0


def _load(typingctx, rows, i):
    """Return the complex number in row i of an array (n, 4)."""
    return NUMBER(rows, types.intp), _reading(lambda i, part: (i, part))


def _store(typingctx, rows, i, a):
    """Write a complex number to row i of an array (n, 4)."""
    return types.void(rows, types.intp, NUMBER), _writing(lambda i, part: (i, part))


def _number(typingctx, rows, i, k):
    """Return the complex number at place k of row i of an array (n, 4, m)."""
    return NUMBER(rows, types.intp, types.intp), _reading(lambda i, k, part: (i, part, k))


def _put(typingctx, rows, i, k, a):
    """Write a complex number to place k of row i of an array (n, 4, m)."""
    return types.void(rows, types.intp, types.intp, NUMBER), _writing(lambda i, k, part: (i, part, k))


def _places(context, builder, kind, value, index, where, count=4):
    """Return pointers to the four parts of a number, or more; indices are not negative."""
    array = context.make_array(kind)(context, builder, value)
    shape, strides = cgutils.unpack_tuple(builder, array.shape), cgutils.unpack_tuple(builder, array.strides)
    return [cgutils.get_item_pointer2(context, builder, array.data, shape, strides, kind.layout,
                                      where(*index, context.get_constant(types.intp, part))) for part in range(count)]


def _reading(where):
    def codegen(context, builder, signature, args):
        places = _places(context, builder, signature.args[0], args[0], args[1:], where)
        return context.make_tuple(builder, signature.return_type, [builder.load(place) for place in places])

    return codegen


def _writing(where):
    def codegen(context, builder, signature, args):
        parts = cgutils.unpack_tuple(builder, args[-1])
        for place, part in zip(_places(context, builder, signature.args[0], args[0], args[1:-1], where), parts,
                               strict=True):
            builder.store(part, place)
        return context.get_dummy_value()

    return codegen


def _column(typingctx, rows, i):
    """Return the first six numbers of column i of an array (6, n)."""
    def codegen(context, builder, signature, args):
        places = _places(context, builder, signature.args[0], args[0], args[1:], lambda i, part: (part, i), 6)
        return context.make_tuple(builder, signature.return_type, [builder.load(place) for place in places])

    return types.UniTuple(types.float64, 6)(rows, types.intp), codegen


column: Any = intrinsic(_column)
load: Any = intrinsic(_load)
store: Any = intrinsic(_store)
number: Any = intrinsic(_number)
put: Any = intrinsic(_put)


@njit(error_model="numpy")
def csqrt(a):
    """Return the square root on the branch Re > 0, or Im > 0 where Re a < 0."""
    r = math.sqrt(0.5 * (math.hypot(a[0], a[2]) + abs(a[0])))
    if r == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    other = a[2] / (2.0 * r)
    start = (r, 0.0, other, 0.0) if a[0] >= 0.0 else (other, 0.0, r, 0.0)
    return cscale(cadd(start, cmul(a, cinv(start))), 0.5, 0.0)


@njit(error_model="numpy", parallel=True, work=lambda *args: 100 * args[-1].size)
def spring_ratios(k, n_tilde, n_sites, k0, masses):
    """Return κ/m and (k/Ñ)/m as double-doubles, shape (4, n): κ = k0 + n_sites k/Ñ."""
    out = floats((4, masses.size))
    gh, gl = div(k, 0.0, n_tilde, 0.0)
    nh, nl = mul(gh, gl, n_sites, 0.0)
    for i in prange(masses.size):
        h, low = add(nh, nl, k0[i], 0.0)
        out[0, i], out[1, i] = div(h, low, masses[i], 0.0)
        out[2, i], out[3, i] = div(gh, gl, masses[i], 0.0)
    return out


@njit(error_model="numpy", parallel=True, work=lambda a, _: 30 * a.size)
def divide_rows(a, b):
    """Return a/b for rows (h, l) of double-doubles, shape (2, n)."""
    out = floats((2, a.shape[1]))
    for i in prange(a.shape[1]):
        out[0, i], out[1, i] = div(a[0, i], a[1, i], b[0, i], b[1, i])
    return out


@njit(error_model="numpy", parallel=True, work=lambda a, _: 30 * a.size)
def multiply_rows(a, b):
    """Return a b for rows (h, l) of double-doubles, shape (2, n)."""
    out = floats((2, a.shape[1]))
    for i in prange(a.shape[1]):
        out[0, i], out[1, i] = mul(a[0, i], a[1, i], b[0, i], b[1, i])
    return out


@njit(error_model="numpy")
def squares(a):
    """Return a² of each double as a double-double, shape (2, n)."""
    out = floats((2, a.size))
    for i in range(a.size):
        out[0, i] = a[i] * a[i]
        out[1, i] = fma(a[i], a[i], -out[0, i])
    return out
