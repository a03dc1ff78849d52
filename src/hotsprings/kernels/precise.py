"""Small networks in 32 digits: normal modes by Jacobi rotations, the damped motion by the QR algorithm, sums over it.

Real matrices are arrays (n, m, 2) of double-doubles, complex ones (n, m, 4), as in :mod:`double_double`.

References
----------
Golub, Van Loan, *Matrix Computations*, sections 7.5 (QR algorithm), 8.5 (Jacobi).
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels import double_double as dd
from hotsprings.kernels.compiled import njit

UNIT = 2.0**-104
SWEEPS, STEPS = 40, 60  # of rotations over the whole matrix; of QR for one eigenvalue
NOTHING = 1e-290  # squares of what is smaller leave floating point


@njit(cache=True, error_model="numpy", fastmath=False)
def _real_root(h, low):
    """Return the square root of a positive real number."""
    r = math.sqrt(h)
    if r == 0.0:
        return 0.0, 0.0
    ph, pl = dd.mul(r, 0.0, r, 0.0)
    eh, el = dd.add(h, low, -ph, -pl)
    return dd.quick_sum(r, (eh + el) / (2.0 * r))


@njit(cache=True, error_model="numpy", fastmath=False)
def scaled_stiffness(off, pinning, masses):
    """Return M^{-1/2} K M^{-1/2}, shape (n, n, 2), from off-diagonals (n, n) and row sums (n, 2) of K.

    The diagonal is formed in 32 digits, so that a weak pinning beside stiff springs keeps its own.
    """
    n = masses.size
    root, out = np.empty((n, 2)), np.zeros((n, n, 2))
    for i in range(n):
        root[i, 0], root[i, 1] = _real_root(masses[i], 0.0)
    for i in range(n):
        h, low = pinning[i, 0], pinning[i, 1]
        for j in range(n):
            if j != i:
                h, low = dd.add(h, low, -off[i, j], 0.0)
                ph, pl = dd.mul(root[i, 0], root[i, 1], root[j, 0], root[j, 1])
                out[i, j, 0], out[i, j, 1] = dd.div(off[i, j], 0.0, ph, pl)
        out[i, i, 0], out[i, i, 1] = dd.div(h, low, masses[i], 0.0)
    return out


@njit(cache=True, error_model="numpy", fastmath=False)
def _rotation(a, b, h, low):
    """Return cosine and sine (double-doubles) of the rotation that takes [[a, h], [h, b]] to its diagonal."""
    dh, dl = dd.add(b[0], b[1], -a[0], -a[1])
    th, tl = dd.div(0.5 * dh, 0.5 * dl, h, low)  # cot 2θ
    if abs(th) > 1e140:
        th, tl = dd.div(h, low, dh, dl)
    else:
        sh, sl = dd.mul(th, tl, th, tl)
        sh, sl = dd.add(sh, sl, 1.0, 0.0)
        sh, sl = _real_root(sh, sl)
        if th >= 0.0:
            th, tl = dd.add(th, tl, sh, sl)
        else:
            th, tl = dd.add(th, tl, -sh, -sl)
        th, tl = dd.div(1.0, 0.0, th, tl)
    ch, cl = dd.mul(th, tl, th, tl)
    ch, cl = dd.add(ch, cl, 1.0, 0.0)
    ch, cl = _real_root(ch, cl)
    ch, cl = dd.div(1.0, 0.0, ch, cl)
    sh, sl = dd.mul(ch, cl, th, tl)
    return ch, cl, sh, sl


@njit(cache=True, error_model="numpy", fastmath=False)
def _turn(x, y, k, turn):
    """Replace rows x and y (n, 2) at place k by c x - s y and s x + c y."""
    ch, cl, sh, sl = turn
    ah, al = dd.mul(ch, cl, x[k, 0], x[k, 1])
    bh, bl = dd.mul(sh, sl, y[k, 0], y[k, 1])
    eh, el = dd.mul(sh, sl, x[k, 0], x[k, 1])
    fh, fl = dd.mul(ch, cl, y[k, 0], y[k, 1])
    x[k, 0], x[k, 1] = dd.add(ah, al, -bh, -bl)
    y[k, 0], y[k, 1] = dd.add(eh, el, fh, fl)


@njit(cache=True, error_model="numpy", fastmath=False)
def normal_modes(a):
    """Return the eigenvalues (n, 2), not sorted, and the modes as rows (n, n, 2); ``a`` (n, n, 2) is overwritten.

    Entries are rotated away until they are below 1e-31 of the geometric mean of their diagonals: modes of very
    unequal frequencies keep their digits.
    """
    n = a.shape[0]
    modes = np.zeros((n, n, 2))
    size = NOTHING
    for i in range(n):
        modes[i, i, 0] = 1.0
        size = max(size, abs(a[i, i, 0]))
    for _ in range(SWEEPS):
        quiet = True
        for i in range(n):
            for j in range(i + 1, n):
                h = a[i, j, 0]
                floor = max(math.sqrt(abs(a[i, i, 0])) * math.sqrt(abs(a[j, j, 0])), UNIT * size)
                if abs(h) <= UNIT * floor or abs(h) < NOTHING:
                    continue
                quiet = False
                turn = _rotation(a[i, i], a[j, j], a[i, j, 0], a[i, j, 1])
                for k in range(n):
                    _turn(a[i], a[j], k, turn)
                    _turn(modes[i], modes[j], k, turn)
                for k in range(n):  # the same from the right, by symmetry of what it meets
                    _turn_columns(a, k, i, j, turn)
        if quiet:
            break
    values = np.empty((n, 2))
    for i in range(n):
        values[i] = a[i, i]
    return values, modes


@njit(cache=True, error_model="numpy", fastmath=False)
def _turn_columns(a, k, i, j, turn):
    """Do the same to the elements i and j of row k."""
    pair = np.empty((2, 1, 2))
    pair[0, 0], pair[1, 0] = a[k, i], a[k, j]
    _turn(pair[0], pair[1], 0, turn)
    a[k, i], a[k, j] = pair[0, 0], pair[1, 0]


@njit(cache=True, error_model="numpy", fastmath=False)
def _inner(x, y):
    """Return Σ x y of two rows (m, 2)."""
    h = low = 0.0
    for k in range(x.shape[0]):
        ph, pl = dd.mul(x[k, 0], x[k, 1], y[k, 0], y[k, 1])
        h, low = dd.add(h, low, ph, pl)
    return h, low


@njit(cache=True, error_model="numpy", fastmath=False)
def part_dark(coupling, modes, start, stop):
    """Turn modes start … stop, degenerate, until their couplings (rows of (n, n_baths, 2)) are orthogonal.

    What cannot feel a bath is left with a coupling of zero.
    """
    for _ in range(SWEEPS):
        quiet = True
        for i in range(start, stop):
            for j in range(i + 1, stop):
                h, low = _inner(coupling[i], coupling[j])
                a, b = _inner(coupling[i], coupling[i]), _inner(coupling[j], coupling[j])
                if abs(h) <= 4.0 * UNIT * math.sqrt(a[0]) * math.sqrt(b[0]) or abs(h) < NOTHING:
                    continue
                quiet = False
                turn = _rotation(a, b, h, low)
                for k in range(coupling.shape[1]):
                    _turn(coupling[i], coupling[j], k, turn)
                for k in range(modes.shape[1]):
                    _turn(modes[i], modes[j], k, turn)
        if quiet:
            return


@njit(cache=True, error_model="numpy", fastmath=False)
def drift(frequency, coupling):
    """Return A = [[0, Ω], [-Ω, -Σ c cᵀ]] of the modes, complex (n, n, 4); free modes have no position.

    ``frequency`` is (n_modes, 2), free modes (0) first, ``coupling`` (n_modes, n_baths, 2); velocities come last.
    """
    n, free = frequency.shape[0], 0
    while free < n and frequency[free, 0] == 0.0:
        free += 1
    b = n - free
    a = np.zeros((b + n, b + n, 4))
    for i in range(b):
        for k in range(2):
            a[i, b + free + i, k] = frequency[free + i, k]
            a[b + free + i, i, k] = -frequency[free + i, k]
    for i in range(n):
        for j in range(n):
            h, low = _inner(coupling[i], coupling[j])
            a[b + i, b + j, 0], a[b + i, b + j, 1] = -h, -low
    return a


@njit(cache=True, error_model="numpy", fastmath=False)
def _givens(x, y):
    """Return c (real) and s of the rotation that takes (x, y) to (r, 0): c x + s y = r, -s* x + c y = 0."""
    size = max(dd.cabs(x), dd.cabs(y))
    if dd.cabs(y) <= NOTHING or size == 0.0:
        return (1.0, 0.0), (0.0, 0.0, 0.0, 0.0)
    unit = 2.0 ** -math.floor(math.log2(size))
    x, y = dd.cscale(x, unit, 0.0), dd.cscale(y, unit, 0.0)
    ah, al = dd.add(*dd.mul(x[0], x[1], x[0], x[1]), *dd.mul(x[2], x[3], x[2], x[3]))
    bh, bl = dd.add(*dd.mul(y[0], y[1], y[0], y[1]), *dd.mul(y[2], y[3], y[2], y[3]))
    h, low = dd.add(ah, al, bh, bl)
    if ah == 0.0:
        r = dd.div(1.0, 0.0, *_real_root(bh, bl))
        return (0.0, 0.0), dd.cscale((y[0], y[1], -y[2], -y[3]), r[0], r[1])
    root = _real_root(ah, al)
    norm = _real_root(h, low)
    c = dd.div(root[0], root[1], norm[0], norm[1])
    over = dd.div(1.0, 0.0, *dd.mul(root[0], root[1], norm[0], norm[1]))
    s = dd.cscale(dd.cmul(x, (y[0], y[1], -y[2], -y[3])), over[0], over[1])
    return c, s


@njit(cache=True, error_model="numpy", fastmath=False)
def _mix(x, y, c, s):
    """Return c x + s y and -s* x + c y."""
    first = dd.cadd(dd.cscale(x, c[0], c[1]), dd.cmul(s, y))
    conj = (s[0], s[1], -s[2], -s[3])
    second = dd.cadd(dd.cscale(y, c[0], c[1]), dd.cneg(dd.cmul(conj, x)))
    return first, second


@njit(cache=True, error_model="numpy", fastmath=False)
def _mix_rows(a, i, j, start, c, s):
    for k in range(start, a.shape[1]):
        x, y = _mix(dd.load(a[i], k), dd.load(a[j], k), c, s)
        dd.store(a[i], k, x)
        dd.store(a[j], k, y)


@njit(cache=True, error_model="numpy", fastmath=False)
def _mix_columns(a, i, j, stop, c, s):
    """Do the adjoint from the right, to columns i and j of the first ``stop`` rows."""
    conj = (s[0], s[1], -s[2], -s[3])
    for k in range(stop):
        x, y = _mix(dd.load(a[k], i), dd.load(a[k], j), c, conj)
        dd.store(a[k], i, x)
        dd.store(a[k], j, y)


@njit(cache=True, error_model="numpy", fastmath=False)
def schur(a):
    """Overwrite a (n, n, 4) by its upper triangle T, a = Z T Z*; return Z and whether every eigenvalue was found."""
    n = a.shape[0]
    z = np.zeros((n, n, 4))
    for i in range(n):
        z[i, i, 0] = 1.0
    for k in range(n - 2):
        for i in range(n - 1, k + 1, -1):
            if dd.cabs(dd.load(a[i], k)) > NOTHING:
                c, s = _givens(dd.load(a[i - 1], k), dd.load(a[i], k))
                _mix_rows(a, i - 1, i, k, c, s)
                _mix_columns(a, i - 1, i, n, c, s)
                _mix_columns(z, i - 1, i, n, c, s)
            a[i, k] = 0.0
    stop, steps = n, 0
    cosines, sines = np.empty((n, 2)), np.empty((n, 4))
    while stop > 1:
        start = stop - 1
        while start > 0:
            near = dd.cabs(dd.load(a[start], start)) + dd.cabs(dd.load(a[start - 1], start - 1))
            if dd.cabs(dd.load(a[start], start - 1)) <= max(UNIT * near, NOTHING):
                a[start, start - 1] = 0.0
                break
            start -= 1
        if start == stop - 1:
            stop, steps = stop - 1, 0
            continue
        steps += 1
        if steps > STEPS:
            return z, False
        shift = _shift(a, stop, steps)
        for i in range(start, stop):
            dd.store(a[i], i, dd.cadd(dd.load(a[i], i), dd.cneg(shift)))
        for i in range(start, stop - 1):
            c, s = _givens(dd.load(a[i], i), dd.load(a[i + 1], i))
            cosines[i, 0], cosines[i, 1] = c
            dd.store(sines, i, s)
            _mix_rows(a, i, i + 1, i, c, s)
        for i in range(start, stop - 1):
            c = (cosines[i, 0], cosines[i, 1])
            s = dd.load(sines, i)
            _mix_columns(a, i, i + 1, min(i + 2, stop), c, s)
            _mix_columns(z, i, i + 1, n, c, s)
        for i in range(start, stop):
            dd.store(a[i], i, dd.cadd(dd.load(a[i], i), shift))
    return z, True


@njit(cache=True, error_model="numpy", fastmath=False)
def _shift(a, stop, steps):
    """Return the eigenvalue of the last 2 × 2 block nearer to its corner; now and then something else."""
    p, q = dd.load(a[stop - 2], stop - 2), dd.load(a[stop - 2], stop - 1)
    r, t = dd.load(a[stop - 1], stop - 2), dd.load(a[stop - 1], stop - 1)
    if steps % 10 == 0:
        return dd.cadd(t, dd.cfrom(complex(0.75, 0.43) * dd.cabs(r)))
    half = dd.cscale(dd.cadd(p, dd.cneg(t)), 0.5, 0.0)
    root = dd.csqrt(dd.cadd(dd.cmul(half, half), dd.cmul(q, r)))
    if half[0] * root[0] + half[2] * root[2] < 0.0:
        root = dd.cneg(root)
    below = dd.cadd(half, root)
    if dd.cabs(below) <= NOTHING:
        return t
    return dd.cadd(t, dd.cneg(dd.cmul(dd.cmul(q, r), dd.cinv(below))))


@njit(cache=True, error_model="numpy", fastmath=False)
def triangle_vectors(t):
    """Return the eigenvectors of an upper triangle (n, n, 4) as columns of a unit upper triangle."""
    n = t.shape[0]
    x, size = np.zeros((n, n, 4)), NOTHING
    for i in range(n):
        for j in range(i, n):
            size = max(size, dd.cabs(dd.load(t[i], j)))
    for k in range(n):
        x[k, k, 0] = 1.0
        for i in range(k - 1, -1, -1):
            total = (0.0, 0.0, 0.0, 0.0)
            for j in range(i + 1, k + 1):
                total = dd.cadd(total, dd.cmul(dd.load(t[i], j), dd.load(x[j], k)))
            gap = dd.cadd(dd.load(t[k], k), dd.cneg(dd.load(t[i], i)))
            near = UNIT * max(dd.cabs(dd.load(t[k], k)), UNIT * size)
            if dd.cabs(gap) < near:
                gap = (near, 0.0, 0.0, 0.0)
            dd.store(x[i], k, dd.cmul(total, dd.cinv(gap)))
    return x


@njit(cache=True, error_model="numpy", fastmath=False)
def moving_parts(z, x, coupling):
    """Return what sums need of eigenvectors Z x: v (n_modes, n, 4), L = cᵀ v and R = (Z x)⁻¹ c (n_b, n, 4)."""
    n, n_modes, n_b = z.shape[0], coupling.shape[0], coupling.shape[1]
    first = n - n_modes
    velocity, left, right = np.zeros((n_modes, n, 4)), np.zeros((n_b, n, 4)), np.zeros((n_b, n, 4))
    for i in range(n_modes):
        for k in range(n):
            total = (0.0, 0.0, 0.0, 0.0)
            for j in range(k + 1):
                total = dd.cadd(total, dd.cmul(dd.load(z[first + i], j), dd.load(x[j], k)))
            dd.store(velocity[i], k, total)
    for a in range(n_b):
        for i in range(n_modes):
            h, low = coupling[i, a, 0], coupling[i, a, 1]
            for k in range(n):
                dd.store(left[a], k, dd.cadd(dd.load(left[a], k), dd.cscale(dd.load(velocity[i], k), h, low)))
                e = dd.load(z[first + i], k)
                e = (e[0], e[1], -e[2], -e[3])
                dd.store(right[a], k, dd.cadd(dd.load(right[a], k), dd.cscale(e, h, low)))
        for k in range(n - 1, -1, -1):
            total = dd.load(right[a], k)
            for j in range(k + 1, n):
                total = dd.cadd(total, dd.cneg(dd.cmul(dd.load(x[k], j), dd.load(right[a], j))))
            dd.store(right[a], k, total)
    return velocity, left, right


@njit(cache=True, error_model="numpy", fastmath=False)
def decay(t, z, x, left, rates):
    """Fill the decay rates -Re s_k = Σ_a |c_a v_k|²/|x_k|² of eigenvectors, positive and with their own digits."""
    n = t.shape[0]
    for k in range(n):
        top = (0.0, 0.0)
        for a in range(left.shape[0]):
            top = dd.add(top[0], top[1], *_square(dd.load(left[a], k)))
        size = (0.0, 0.0)
        for i in range(n):
            total = (0.0, 0.0, 0.0, 0.0)
            for j in range(k + 1):
                total = dd.cadd(total, dd.cmul(dd.load(z[i], j), dd.load(x[j], k)))
            size = dd.add(size[0], size[1], *_square(total))
        rates[k, 0], rates[k, 1] = dd.div(top[0], top[1], size[0], size[1])


@njit(cache=True, error_model="numpy", fastmath=False)
def _square(a):
    """Return |a|²."""
    ph, pl = dd.mul(a[0], a[1], a[0], a[1])
    qh, ql = dd.mul(a[2], a[3], a[2], a[3])
    return dd.add(ph, pl, qh, ql)


@njit(cache=True, error_model="numpy", fastmath=False)
def pair_sum(first, right, over):
    """Return Σ_kl f_k r_k f_l r_l over_kl, over = 1/(-s_k - s_l) (n, n, 4): twice it is ∫ of a squared response."""
    n = first.shape[0]
    product = np.empty((n, 4))
    for k in range(n):
        dd.store(product, k, dd.cmul(dd.load(first, k), dd.load(right, k)))
    h = low = 0.0
    for k in range(n):
        inner = (0.0, 0.0, 0.0, 0.0)
        for m in range(n):
            inner = dd.cadd(inner, dd.cmul(dd.load(product, m), dd.load(over[k], m)))
        value = dd.cmul(inner, dd.load(product, k))
        h, low = dd.add(h, low, value[0], value[1])
    return h + low


@njit(cache=True, error_model="numpy", fastmath=False)
def inverse_gaps(s, out):
    """Fill 1/(-s_k - s_l), shape (n, n, 4)."""
    for k in range(s.shape[0]):
        for m in range(k + 1):
            value = dd.cinv(dd.cneg(dd.cadd(dd.load(s, k), dd.load(s, m))))
            dd.store(out[k], m, value)
            dd.store(out[m], k, value)


@njit(cache=True, error_model="numpy", fastmath=False)
def all_sums(left, right, over, out):
    """Fill 2 Σ_kl of :func:`pair_sum` between all baths: left and right (n_b, n, 4), out (n_b, n_b)."""
    for a in range(left.shape[0]):
        for b in range(right.shape[0]):
            out[a, b] = 2.0 * pair_sum(left[a], right[b], over)


@njit(cache=True, error_model="numpy", fastmath=False)
def site_sums(modes, velocity, right, over, out):
    """Fill the same from sites with amplitudes ``modes`` (n_modes, n_sites, 2) to baths, out (n_sites, n_b)."""
    row = np.empty((velocity.shape[1], 4))
    for site in range(modes.shape[1]):
        for k in range(velocity.shape[1]):
            total = (0.0, 0.0, 0.0, 0.0)
            for j in range(velocity.shape[0]):
                total = dd.cadd(total, dd.cscale(dd.load(velocity[j], k), modes[j, site, 0], modes[j, site, 1]))
            dd.store(row, k, total)
        for a in range(right.shape[0]):
            out[site, a] = 2.0 * pair_sum(row, right[a], over)


@njit(cache=True, error_model="numpy", fastmath=False)
def elements(off, pinning, masses, friction, omega, i, j, times_omega, out):
    """Fill G_ij = [(K - ω²M + iωΓ)⁻¹]_ij at real ω (times ω if asked) from the springs themselves.

    off (n, n), zero on the diagonal, pinning (n, 2), masses and friction (n,), omega and out (n_omega,).
    """
    n = masses.size
    for t in range(omega.size):
        w = omega[t]
        xh = w * w
        xl: float = dd.fma(w, w, -xh)
        z, rhs = np.zeros((n, n, 4)), np.zeros((n, 1, 4))
        rhs[j, 0, 0] = w if times_omega else 1.0
        for r in range(n):
            h, low = pinning[r, 0], pinning[r, 1]
            for c in range(n):
                h, low = dd.add(h, low, -off[r, c], 0.0)
                z[r, c, 0] = off[r, c]
            ph, pl = dd.mul(xh, xl, masses[r], 0.0)
            z[r, r, 0], z[r, r, 1] = dd.add(h, low, -ph, -pl)
            z[r, r, 2] = w * friction[r]
            z[r, r, 3] = dd.fma(w, friction[r], -z[r, r, 2])
        solve(z, rhs)
        out[t] = dd.capprox(dd.load(rhs[i], 0))


@njit(cache=True, error_model="numpy", fastmath=False)
def solve(a, b):
    """Overwrite b (n, m, 4) with a⁻¹ b, by elimination with partial pivoting; a (n, n, 4) is lost."""
    n = a.shape[0]
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if dd.cabs(dd.load(a[i], k)) > dd.cabs(dd.load(a[best], k)):
                best = i
        for j in range(n):
            x, y = dd.load(a[k], j), dd.load(a[best], j)
            dd.store(a[k], j, y)
            dd.store(a[best], j, x)
        for j in range(b.shape[1]):
            x, y = dd.load(b[k], j), dd.load(b[best], j)
            dd.store(b[k], j, y)
            dd.store(b[best], j, x)
        over = dd.cinv(dd.load(a[k], k))
        for i in range(k + 1, n):
            factor = dd.cneg(dd.cmul(dd.load(a[i], k), over))
            for j in range(k + 1, n):
                dd.store(a[i], j, dd.cadd(dd.load(a[i], j), dd.cmul(factor, dd.load(a[k], j))))
            for j in range(b.shape[1]):
                dd.store(b[i], j, dd.cadd(dd.load(b[i], j), dd.cmul(factor, dd.load(b[k], j))))
    for j in range(b.shape[1]):
        for i in range(n - 1, -1, -1):
            total = dd.load(b[i], j)
            for k in range(i + 1, n):
                total = dd.cadd(total, dd.cneg(dd.cmul(dd.load(a[i], k), dd.load(b[k], j))))
            dd.store(b[i], j, dd.cmul(total, dd.cinv(dd.load(a[i], i))))


@njit(cache=True, error_model="numpy", fastmath=False)
def roots(values):
    """Return the square roots of real numbers (n, 2)."""
    out = np.zeros_like(values)
    for i in range(len(values)):
        if values[i, 0] > 0.0:
            out[i, 0], out[i, 1] = _real_root(values[i, 0], values[i, 1])
    return out


@njit(cache=True, error_model="numpy", fastmath=False)
def couplings(modes, sites, friction, masses):
    """Return c_aj = φ_j(a) sqrt(γ_a/m_a), shape (n_modes, n_baths, 2)."""
    out = np.empty((modes.shape[0], sites.size, 2))
    for a in range(sites.size):
        rh, rl = dd.div(friction[a], 0.0, masses[sites[a]], 0.0)
        rh, rl = _real_root(rh, rl)
        for j in range(modes.shape[0]):
            out[j, a, 0], out[j, a, 1] = dd.mul(modes[j, sites[a], 0], modes[j, sites[a], 1], rh, rl)
    return out
