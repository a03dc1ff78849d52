"""Complex fast Fourier transforms for convolutions: in place, real and imaginary parts apart, length a power of two.

Forward leaves the frequencies in bit-reversed order, inverse takes them so: a product of two spectra needs no other.
Two stages are done per pass over the data. ``turn`` holds exp(-iπ j/h) at h + j, rows cosine and sine.
"""

from __future__ import annotations

from hotsprings.kernels.compiled import njit

FAST = {"contract"}


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _first(re, im, turn, h):
    """One stage of the forward transform, pairs h apart."""
    for j in range(h):
        ar, ai, br, bi = re[j], im[j], re[j + h], im[j + h]
        dr, di, c, s = ar - br, ai - bi, turn[0, h + j], turn[1, h + j]
        re[j], im[j] = ar + br, ai + bi
        re[j + h], im[j + h] = dr * c - di * s, dr * s + di * c


@njit(cache=True, error_model="numpy", fastmath=FAST)
def forward(re, im, turn):
    """Replace x by Σ_j x_j exp(-2πi jk/L), k in bit-reversed order; shapes (L,), turn (2, L)."""
    n = re.size
    h = n // 2
    even = True
    size = n
    while size > 1:
        size //= 2
        even = not even
    if not even and h >= 1:
        _first(re, im, turn, h)
        h //= 2
    while h >= 2:
        q = h // 2
        for start in range(0, n, 2 * h):
            r0, r1 = re[start:start + q], re[start + q:start + h]
            r2, r3 = re[start + h:start + h + q], re[start + h + q:start + 2 * h]
            i0, i1 = im[start:start + q], im[start + q:start + h]
            i2, i3 = im[start + h:start + h + q], im[start + h + q:start + 2 * h]
            for j in range(q):
                c, s, e, f = turn[0, h + j], turn[1, h + j], turn[0, q + j], turn[1, q + j]
                ar, ai, br, bi = r0[j] + r2[j], i0[j] + i2[j], r1[j] + r3[j], i1[j] + i3[j]
                dr, di, gr, gi = r0[j] - r2[j], i0[j] - i2[j], r1[j] - r3[j], i1[j] - i3[j]
                cr, ci = dr * c - di * s, dr * s + di * c
                er, ei = gr * s + gi * c, gi * s - gr * c  # times -i exp(-iπ j/h)
                r0[j], i0[j] = ar + br, ai + bi
                ur, ui, vr, vi = ar - br, ai - bi, cr - er, ci - ei
                r1[j], i1[j] = ur * e - ui * f, ur * f + ui * e
                r2[j], i2[j] = cr + er, ci + ei
                r3[j], i3[j] = vr * e - vi * f, vr * f + vi * e
        h //= 4


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _last(re, im, turn, h):
    """One stage of the inverse transform, pairs h apart."""
    for j in range(h):
        c, s, br, bi = turn[0, h + j], turn[1, h + j], re[j + h], im[j + h]
        er, ei = br * c + bi * s, bi * c - br * s
        ar, ai = re[j], im[j]
        re[j], im[j] = ar + er, ai + ei
        re[j + h], im[j + h] = ar - er, ai - ei


@njit(cache=True, error_model="numpy", fastmath=FAST)
def inverse(re, im, turn):
    """Replace X, in bit-reversed order, by Σ_k X_k exp(2πi jk/L); divide by L yourself."""
    n = re.size
    q = 1
    while 4 * q <= n:
        h = 2 * q
        for start in range(0, n, 2 * h):
            r0, r1 = re[start:start + q], re[start + q:start + h]
            r2, r3 = re[start + h:start + h + q], re[start + h + q:start + 2 * h]
            i0, i1 = im[start:start + q], im[start + q:start + h]
            i2, i3 = im[start + h:start + h + q], im[start + h + q:start + 2 * h]
            for j in range(q):
                c, s, e, f = turn[0, h + j], turn[1, h + j], turn[0, q + j], turn[1, q + j]
                pr, pi = r1[j] * e + i1[j] * f, i1[j] * e - r1[j] * f
                mr, mi = r3[j] * e + i3[j] * f, i3[j] * e - r3[j] * f
                ar, ai, br, bi = r0[j] + pr, i0[j] + pi, r0[j] - pr, i0[j] - pi
                gr, gi, kr, ki = r2[j] + mr, i2[j] + mi, r2[j] - mr, i2[j] - mi
                cr, ci = gr * c + gi * s, gi * c - gr * s
                dr, di = kr * s - ki * c, kr * c + ki * s  # times i exp(iπ j/h)
                r0[j], i0[j] = ar + cr, ai + ci
                r1[j], i1[j] = br + dr, bi + di
                r2[j], i2[j] = ar - cr, ai - ci
                r3[j], i3[j] = br - dr, bi - di
        q *= 4
    if 2 * q <= n:
        _last(re, im, turn, q)
