"""The damped motion of small networks in 32 digits: eigenvectors by the QR algorithm, and sums over them.

Matrices are rows as in :mod:`precise`.

References
----------
Golub, Van Loan, *Matrix Computations*, section 7.5 (QR algorithm).
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.kernels import double_double as dd
from hotsprings.kernels.compiled import njit
from hotsprings.kernels.precise import NOTHING, UNIT, add_multiple, inner, real_root
from hotsprings.kernels.rows import along_rows

STEPS = 60  # of QR for one eigenvalue


@njit(error_model="numpy")
def drift(frequency, coupling):
    """Return A = [[0, Ω], [-Ω, -Σ c cᵀ]] of the modes, complex rows (n, 4, n); free modes have no position.

    ``frequency`` is (n_modes, 2), free modes (0) first, ``coupling`` (n_modes, 2, n_baths); velocities come last.
    """
    n, free = frequency.shape[0], 0
    while free < n and frequency[free, 0] == 0.0:
        free += 1
    b = n - free
    a = np.zeros((b + n, 4, b + n))
    for i in range(b):
        for part in range(2):
            a[i, part, b + free + i] = frequency[free + i, part]
            a[b + free + i, part, i] = -frequency[free + i, part]
    for i in range(n):
        for j in range(n):
            h, low = inner(coupling[i], coupling[j])
            a[b + i, 0, b + j], a[b + i, 1, b + j] = -h, -low
    return a


@njit(error_model="numpy")
def _givens(x, y):
    """Return c (real) and s of the rotation that takes (x, y) to (r, 0): c x + s y = r, -s* x + c y = 0."""
    size = max(dd.cabs(x), dd.cabs(y))
    if dd.cabs(y) <= NOTHING or size == 0.0:
        return (1.0, 0.0), (0.0, 0.0, 0.0, 0.0)
    unit = math.ldexp(1.0, -math.floor(math.log2(size)))
    x, y = dd.cscale(x, unit, 0.0), dd.cscale(y, unit, 0.0)
    ah, al = dd.square(x)
    bh, bl = dd.square(y)
    if ah == 0.0:
        rh, rl = real_root(bh, bl)
        rh, rl = dd.div(1.0, 0.0, rh, rl)
        return (0.0, 0.0), dd.cscale(dd.conjugate(y), rh, rl)
    h, low = dd.add(ah, al, bh, bl)
    root, norm = real_root(ah, al), real_root(h, low)
    c = dd.div(root[0], root[1], norm[0], norm[1])
    h, low = dd.mul(root[0], root[1], norm[0], norm[1])
    h, low = dd.div(1.0, 0.0, h, low)
    return c, dd.cscale(dd.cmul(x, dd.conjugate(y)), h, low)


@along_rows(4, 4)
def _mix(x, y, c, s):
    """Return c x + s y and -s* x + c y."""
    first = dd.cadd(dd.cscale(x, c[0], c[1]), dd.cmul(s, y))
    return first, dd.cadd(dd.cscale(y, c[0], c[1]), dd.cneg(dd.cmul(dd.conjugate(s), x)))


@njit(error_model="numpy")
def _transpose(out, source, height, width, shift, source_shift):
    """Fill the first ``height`` rows of out, from column ``shift`` on, with columns of the first ``width`` rows."""
    for i in range(height):
        for k in range(width):
            dd.put(out, i, k + shift, dd.number(source, k, i + source_shift))


@njit(error_model="numpy")
def _hessenberg(a):
    """Take away what is below the first subdiagonal, a = Z H Z*; return the rows of Zᵀ."""
    n = a.shape[0]
    z, columns = np.zeros((n, 4, n)), np.zeros((n, 4, n))
    cosines, sines = np.zeros((n, 2)), np.zeros((n, 4))
    for i in range(n):
        z[i, 0, i] = 1.0
    for k in range(n - 2):
        for i in range(n - 1, k + 1, -1):
            c, s = _givens(dd.number(a, i - 1, k), dd.number(a, i, k))
            cosines[i, 0], cosines[i, 1] = c
            dd.store(sines, i, s)
            if dd.cabs(s) > 0.0:
                _mix((a[i - 1], a[i]), k, n, (c, s))
            for part in range(4):
                a[i, part, k] = 0.0
        _transpose(columns, a, n - k - 1, n, np.int64(0), k + 1)
        for i in range(n - 1, k + 1, -1):
            if sines[i, 0] != 0.0 or sines[i, 2] != 0.0:
                turn = (cosines[i, 0], cosines[i, 1]), dd.conjugate(dd.load(sines, i))
                _mix((columns[i - k - 2], columns[i - k - 1]), 0, n, turn)
                _mix((z[i - 1], z[i]), 0, n, turn)
        _transpose(a, columns, n, n - k - 1, k + 1, np.int64(0))
    return z


@njit(error_model="numpy")
def _triangle(a, z):
    """Make a Hessenberg matrix triangular by QR steps, Zᵀ with it; return whether every eigenvalue was found."""
    n = a.shape[0]
    columns, cosines, sines = np.zeros((n, 4, n)), np.zeros((n, 2)), np.zeros((n, 4))
    stop, steps = n, 0
    while stop > 1:
        start = _block(a, stop)
        if start == stop - 1:
            stop, steps = stop - 1, 0
            continue
        steps += 1
        if steps > STEPS:
            return False
        shift = _shift(a, stop, steps)
        for i in range(start, stop):
            dd.put(a, i, i, dd.cadd(dd.number(a, i, i), dd.cneg(shift)))
        for i in range(start, stop - 1):
            c, s = _givens(dd.number(a, i, i), dd.number(a, i + 1, i))
            cosines[i, 0], cosines[i, 1] = c
            dd.store(sines, i, s)
            _mix((a[i], a[i + 1]), i, n, (c, s))
        _transpose(columns, a, stop - start, stop, np.int64(0), start)
        for i in range(start, stop - 1):
            turn = (cosines[i, 0], cosines[i, 1]), dd.conjugate(dd.load(sines, i))
            _mix((columns[i - start], columns[i - start + 1]), 0, min(i + 2, stop), turn)
            _mix((z[i], z[i + 1]), 0, n, turn)
        _transpose(a, columns, stop, stop - start, start, np.int64(0))
        for i in range(start, stop):
            dd.put(a, i, i, dd.cadd(dd.number(a, i, i), shift))
    return True


@njit(error_model="numpy")
def _block(a, stop):
    """Return where the block begins that ends before ``stop``: below a subdiagonal element that is nothing."""
    for start in range(stop - 1, 0, -1):
        near = math.hypot(a[start, 0, start], a[start, 2, start]) + math.hypot(a[start - 1, 0, start - 1],
                                                                               a[start - 1, 2, start - 1])
        if math.hypot(a[start, 0, start - 1], a[start, 2, start - 1]) <= max(UNIT * near, NOTHING):
            for part in range(4):
                a[start, part, start - 1] = 0.0
            return start
    return 0


@njit(error_model="numpy")
def _shift(a, stop, steps):
    """Return the eigenvalue of the last 2 × 2 block nearer to its corner; now and then something else."""
    p, q = dd.number(a, stop - 2, stop - 2), dd.number(a, stop - 2, stop - 1)
    r, t = dd.number(a, stop - 1, stop - 2), dd.number(a, stop - 1, stop - 1)
    if steps % 10 == 0:
        return dd.cadd(t, (0.75 * dd.cabs(r), 0.0, 0.43 * dd.cabs(r), 0.0))
    half = dd.cscale(dd.cadd(p, dd.cneg(t)), 0.5, 0.0)
    product = dd.cmul(q, r)
    root = dd.csqrt(dd.cadd(dd.cmul(half, half), product))
    if half[0] * root[0] + half[2] * root[2] < 0.0:
        root = dd.cneg(root)
    below = dd.cadd(half, root)
    if dd.cabs(below) <= NOTHING:
        return t
    return dd.cadd(t, dd.cneg(dd.cmul(product, dd.cinv(below))))


def schur(a: FloatArray) -> tuple[FloatArray, bool]:
    """Overwrite rows (n, 4, n) by the upper triangle T, a = Z T Z*; return Zᵀ, and whether T is one to 32 digits."""
    z = _hessenberg(a)
    return z, _triangle(a, z)


@njit(error_model="numpy")
def triangle_vectors(t):
    """Return the eigenvectors of an upper triangle (n, 4, n) as columns of a unit upper triangle."""
    n = t.shape[0]
    x, size = np.zeros((n, 4, n)), NOTHING
    for i in range(n):
        for j in range(i, n):
            size = max(size, math.hypot(t[i, 0, j], t[i, 2, j]))
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            add_multiple((x[i], x[j]), j, n, (dd.number(t, i, j),))
        x[i, 0, i] = 1.0
        for k in range(i + 1, n):
            corner = dd.number(t, k, k)
            gap = dd.cadd(corner, dd.cneg(dd.number(t, i, i)))
            near = UNIT * max(dd.cabs(corner), UNIT * size)
            if dd.cabs(gap) < near:
                gap = (near, 0.0, 0.0, 0.0)
            dd.put(x, i, k, dd.cmul(dd.number(x, i, k), dd.cinv(gap)))
    return x


@along_rows(2, 4)
def _add_square(total, x):
    """Return total + |x|²."""
    h, low = dd.square(x)
    return (dd.add(total[0], total[1], h, low),)


@along_rows(4, 4)
def _add_scaled(out, x, c):
    """Return out + c x for a real c."""
    return (dd.cadd(out, dd.cscale(x, c[0], c[1])),)


@njit(error_model="numpy")
def moving_parts(z, x, coupling):
    """Return what sums need of eigenvectors Z x, given Zᵀ, and their decay rates.

    That is all of them (n, 4, n), velocities v (n_modes) last, L = cᵀ v and R = (Z x)⁻¹ c (n_b, 4, n), and
    -Re s_k = Σ_a |c_a v_k|²/|x_k|² (n, 2): sums of positive terms, which keep their own digits.
    """
    n, n_modes, n_b = z.shape[0], coupling.shape[0], coupling.shape[2]
    first = n - n_modes
    vectors, left, right = np.zeros((n, 4, n)), np.zeros((n_b, 4, n)), np.zeros((n_b, 4, n))
    size, top, rates = np.zeros((2, n)), np.zeros((2, n)), np.zeros((n, 2))
    for i in range(n):
        for j in range(n):
            add_multiple((vectors[i], x[j]), j, n, (dd.number(z, j, i),))
        _add_square((size, vectors[i]), 0, n, ())
    for a in range(n_b):
        for i in range(n_modes):
            c = (coupling[i, 0, a], coupling[i, 1, a])
            _add_scaled((left[a], vectors[first + i]), 0, n, (c,))
            for k in range(n):
                e = dd.cscale(dd.conjugate(dd.number(z, k, first + i)), c[0], c[1])
                dd.put(right, a, k, dd.cadd(dd.number(right, a, k), e))
        _add_square((top, left[a]), 0, n, ())
        for k in range(n - 1, -1, -1):
            total = dd.number(right, a, k)
            for j in range(k + 1, n):
                total = dd.cadd(total, dd.cneg(dd.cmul(dd.number(x, k, j), dd.number(right, a, j))))
            dd.put(right, a, k, total)
    for k in range(n):
        rates[k, 0], rates[k, 1] = dd.div(top[0, k], top[1, k], size[0, k], size[1, k])
    return vectors, left, right, rates


@njit(error_model="numpy")
def inverse_gaps(s):
    """Return 1/(-s_k - s_l), rows (n, 4, n), of s (n, 4)."""
    n = s.shape[0]
    out = np.zeros((n, 4, n))
    for k in range(n):
        for m in range(k + 1):
            value = dd.cinv(dd.cneg(dd.cadd(dd.load(s, k), dd.load(s, m))))
            dd.put(out, k, m, value)
            dd.put(out, m, k, value)
    return out


@njit(error_model="numpy")
def _pair_sum(first, row, right, a, over, work):
    """Return 2 Σ_kl f_k r_k f_l r_l over_kl of two rows, over = 1/(-s_k - s_l): ∫ of a squared response."""
    n = first.shape[2]
    for k in range(n):
        dd.put(work, 0, k, dd.cmul(dd.number(first, row, k), dd.number(right, a, k)))
        dd.put(work, 1, k, (0.0, 0.0, 0.0, 0.0))
    for m in range(n):
        add_multiple((work[1], over[m]), 0, n, (dd.number(work, 0, m),))
    h = low = 0.0
    for k in range(n):
        value = dd.cmul(dd.number(work, 1, k), dd.number(work, 0, k))
        h, low = dd.add(h, low, value[0], value[1])
    return 2.0 * (h + low)


@njit(error_model="numpy")
def sums(modes, velocity, left, right, over):
    """Return 2 Σ_kl of all pairs of baths (n_b, n_b), and from sites to baths (n_sites, n_b).

    ``modes`` (n_modes, 2, n_sites): amplitudes of sites; the other arguments as :func:`moving_parts` and
    :func:`inverse_gaps` return them.
    """
    n_b, n, n_sites = right.shape[0], right.shape[2], modes.shape[2]
    between, sites = np.zeros((n_b, n_b)), np.zeros((n_sites, n_b))
    work = np.zeros((3, 4, n))
    for a in range(n_b):
        for b in range(n_b):
            between[a, b] = _pair_sum(left, a, right, b, over, work)
    for site in range(n_sites):
        for k in range(n):
            dd.put(work, 2, k, (0.0, 0.0, 0.0, 0.0))
        for j in range(velocity.shape[0]):
            _add_scaled((work[2], velocity[j]), 0, n, ((modes[j, 0, site], modes[j, 1, site]),))
        for a in range(n_b):
            sites[site, a] = _pair_sum(work, np.int64(2), right, a, over, work)
    return between, sites


@njit(error_model="numpy")
def site_factors(modes, velocity, right, over, keep):
    """Return x_nk = Σ_j modes_jn v_jk (n_sites, n_keep) and Σ_l x_nl r_al over_kl (n_sites, n_b, n_keep) of some poles.

    The second is what a site answers to a bath at -s_k, far from its own poles: terms that nearly cancel where a pole
    is fast.
    """
    n_b, n, n_sites = right.shape[0], right.shape[2], modes.shape[2]
    left = np.zeros((n_sites, keep.size), np.complex128)
    mirrored = np.zeros((n_sites, n_b, keep.size), np.complex128)
    work = np.zeros((3, 4, n))
    for site in range(n_sites):
        for k in range(n):
            dd.put(work, 2, k, (0.0, 0.0, 0.0, 0.0))
        for j in range(velocity.shape[0]):
            _add_scaled((work[2], velocity[j]), 0, n, ((modes[j, 0, site], modes[j, 1, site]),))
        for m in range(keep.size):
            left[site, m] = dd.capprox(dd.number(work, 2, keep[m]))
        for a in range(n_b):
            for k in range(n):
                dd.put(work, 0, k, dd.cmul(dd.number(work, 2, k), dd.number(right, a, k)))
                dd.put(work, 1, k, (0.0, 0.0, 0.0, 0.0))
            for m in range(n):
                add_multiple((work[1], over[m]), 0, n, (dd.number(work, 0, m),))
            for m in range(keep.size):
                mirrored[site, a, m] = dd.capprox(dd.number(work, 1, keep[m]))
    return left, mirrored
