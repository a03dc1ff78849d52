"""Small networks in 32 digits: normal modes by Jacobi rotations, and which of them feel a bath; Green elements.

Real matrices are arrays (n, 2, m) of double-doubles, complex ones (n, 4, m): each row has its parts one after another,
so that four numbers are worked on at a time (:mod:`rows`).

References
----------
Golub, Van Loan, *Matrix Computations*, section 8.5 (Jacobi).
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.kernels import double_double as dd
from hotsprings.kernels.compiled import njit
from hotsprings.kernels.formulas import Formula
from hotsprings.kernels.rows import along_rows

UNIT = 2.0**-104
SWEEPS = 40  # of rotations over the whole matrix
NOTHING = 1e-290  # squares of what is smaller leave floating point


def in_rows(a: FloatArray) -> FloatArray:
    """Return numbers (n, m, parts) as rows (n, parts, m), or those as numbers."""
    return np.ascontiguousarray(np.swapaxes(a, -1, -2))


@njit(error_model="numpy")
def real_root(h, low):
    """Return the square root of a positive real number."""
    r = math.sqrt(h)
    if r == 0.0:
        return 0.0, 0.0
    ph, pl = dd.mul(r, 0.0, r, 0.0)
    eh, el = dd.add(h, low, -ph, -pl)
    return dd.quick_sum(r, (eh + el) / (2.0 * r))


@njit(error_model="numpy")
def scaled_stiffness(off, pinning, masses):
    """Return M^{-1/2} K M^{-1/2}, shape (n, n, 2), from off-diagonals (n, n) and row sums (n, 2) of K.

    The diagonal is formed in 32 digits, so that a weak pinning beside stiff springs keeps its own.
    """
    n = masses.size
    root, out = np.zeros((n, 2)), np.zeros((n, n, 2))
    for i in range(n):
        root[i, 0], root[i, 1] = real_root(masses[i], 0.0)
    for i in range(n):
        h, low = pinning[i, 0], pinning[i, 1]
        for j in range(n):
            if j != i:
                h, low = dd.add(h, low, -off[i, j], 0.0)
                ph, pl = dd.mul(root[i, 0], root[i, 1], root[j, 0], root[j, 1])
                out[i, j, 0], out[i, j, 1] = dd.div(off[i, j], 0.0, ph, pl)
        out[i, i, 0], out[i, i, 1] = dd.div(h, low, masses[i], 0.0)
    return out


@njit(error_model="numpy")
def _rotation(a, b, off):
    """Return cosine and sine (double-doubles) of the rotation that takes [[a, off], [off, b]] to its diagonal."""
    h, low = off
    dh, dl = dd.add(b[0], b[1], -a[0], -a[1])
    th, tl = dd.div(0.5 * dh, 0.5 * dl, h, low)  # cot 2θ
    if abs(th) > 1e140:
        th, tl = dd.div(h, low, dh, dl)
    else:
        sh, sl = dd.mul(th, tl, th, tl)
        sh, sl = dd.add(sh, sl, 1.0, 0.0)
        sh, sl = real_root(sh, sl)
        if th < 0.0:
            sh, sl = -sh, -sl
        th, tl = dd.add(th, tl, sh, sl)
        th, tl = dd.div(1.0, 0.0, th, tl)
    ch, cl = dd.mul(th, tl, th, tl)
    ch, cl = dd.add(ch, cl, 1.0, 0.0)
    ch, cl = real_root(ch, cl)
    ch, cl = dd.div(1.0, 0.0, ch, cl)
    return (ch, cl), dd.mul(ch, cl, th, tl)


def _turned(x, y, c, s):
    """Return c x - s y and s x + c y."""
    ah, al = dd.mul(c[0], c[1], x[0], x[1])
    bh, bl = dd.mul(s[0], s[1], y[0], y[1])
    eh, el = dd.mul(s[0], s[1], x[0], x[1])
    fh, fl = dd.mul(c[0], c[1], y[0], y[1])
    return dd.add(ah, al, -bh, -bl), dd.add(eh, el, fh, fl)


_turn, _turn_rows = Formula(_turned), along_rows(2, 2)(_turned)


@njit(error_model="numpy")
def _turn_both(a, i, j, c, s):
    """Turn rows and columns i and j of a symmetric matrix."""
    _turn_rows((a[i], a[j]), 0, a.shape[0], (c, s))
    for k in (i, j):
        x, y = _turn((a[k, 0, i], a[k, 1, i]), (a[k, 0, j], a[k, 1, j]), c, s)
        a[k, 0, i], a[k, 1, i] = x
        a[k, 0, j], a[k, 1, j] = y
    for k in range(a.shape[0]):
        if k != i and k != j:
            for part in range(2):
                a[k, part, i], a[k, part, j] = a[i, part, k], a[j, part, k]


@njit(error_model="numpy")
def _modes(a):
    """Return the modes as rows (n, 2, n); ``a`` (n, 2, n) becomes diagonal."""
    n = a.shape[0]
    modes = np.zeros((n, 2, n))
    size = NOTHING
    for i in range(n):
        modes[i, 0, i] = 1.0
        size = max(size, abs(a[i, 0, i]))
    for _ in range(SWEEPS):
        quiet = True
        for i in range(n):
            for j in range(i + 1, n):
                h = a[i, 0, j]
                floor = max(math.sqrt(abs(a[i, 0, i])) * math.sqrt(abs(a[j, 0, j])), UNIT * size)
                if abs(h) <= UNIT * floor or abs(h) < NOTHING:
                    continue
                quiet = False
                c, s = _rotation((a[i, 0, i], a[i, 1, i]), (a[j, 0, j], a[j, 1, j]), (h, a[i, 1, j]))
                _turn_both(a, i, j, c, s)
                _turn_rows((modes[i], modes[j]), 0, n, (c, s))
        if quiet:
            break
    return modes


def normal_modes(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the eigenvalues (n, 2), not sorted, and the modes as rows (n, n, 2) of a symmetric matrix (n, n, 2).

    Entries are rotated away until they are below 1e-31 of the geometric mean of their diagonals: modes of very
    unequal frequencies keep their digits.
    """
    rows, place = in_rows(a), np.arange(len(a))
    modes = _modes(rows)
    return rows[place, :, place], in_rows(modes)


@njit(error_model="numpy")
def inner(x, y):
    """Return Σ x y of two rows (2, m)."""
    h = low = 0.0
    for k in range(x.shape[1]):
        ph, pl = dd.mul(x[0, k], x[1, k], y[0, k], y[1, k])
        h, low = dd.add(h, low, ph, pl)
    return h, low


@njit(error_model="numpy")
def _part(coupling, modes, start, stop):
    """Do what ``part_dark`` does to modes start … stop-1; rows (n, 2, n_baths) and (n, 2, n_sites)."""
    for _ in range(SWEEPS):
        quiet = True
        for i in range(start, stop):
            for j in range(i + 1, stop):
                h, low = inner(coupling[i], coupling[j])
                a, b = inner(coupling[i], coupling[i]), inner(coupling[j], coupling[j])
                if abs(h) <= 4.0 * UNIT * math.sqrt(a[0]) * math.sqrt(b[0]) or abs(h) < NOTHING:
                    continue
                quiet = False
                c, s = _rotation(a, b, (h, low))
                _turn_rows((coupling[i], coupling[j]), 0, coupling.shape[2], (c, s))
                _turn_rows((modes[i], modes[j]), 0, modes.shape[2], (c, s))
        if quiet:
            return


def part_dark(coupling: FloatArray, modes: FloatArray, start: int, stop: int) -> None:
    """Turn modes start … stop-1, degenerate, until their couplings (rows of (n, n_baths, 2)) are orthogonal.

    What cannot feel a bath is left with a coupling of zero.
    """
    if stop - start > 1:
        c, m = in_rows(coupling[start:stop]), in_rows(modes[start:stop])
        _part(c, m, 0, stop - start)
        coupling[start:stop], modes[start:stop] = in_rows(c), in_rows(m)


@njit(error_model="numpy")
def roots(values):
    """Return the square roots of real numbers (n, 2)."""
    out = np.zeros((values.shape[0], 2))
    for i in range(values.shape[0]):
        if values[i, 0] > 0.0:
            out[i, 0], out[i, 1] = real_root(values[i, 0], values[i, 1])
    return out


@njit(error_model="numpy")
def multiples(values, factor):
    """Return numbers (n, 2) times another one, (2,)."""
    out = np.empty(values.shape)
    for i in range(values.shape[0]):
        out[i, 0], out[i, 1] = dd.mul(values[i, 0], values[i, 1], factor[0], factor[1])
    return out


@njit(error_model="numpy")
def couplings(modes, sites, friction, masses):
    """Return c_aj = φ_j(a) sqrt(γ_a/m_a), shape (n_modes, n_baths, 2)."""
    out = np.zeros((modes.shape[0], sites.size, 2))
    for a in range(sites.size):
        rh, rl = dd.div(friction[a], 0.0, masses[sites[a]], 0.0)
        rh, rl = real_root(rh, rl)
        for j in range(modes.shape[0]):
            out[j, a, 0], out[j, a, 1] = dd.mul(modes[j, sites[a], 0], modes[j, sites[a], 1], rh, rl)
    return out


@along_rows(4, 4)
def add_multiple(out, x, factor):
    """Return out + factor x, all complex."""
    return (dd.cadd(out, dd.cmul(factor, x)),)


@njit(error_model="numpy")
def elements(off, pinning, masses, friction, omega, i, j, times_omega, out):
    """Fill G_ij = [(K - ω²M + iωΓ)⁻¹]_ij at real ω (times ω if asked) from the springs themselves.

    off (n, n), zero on the diagonal, pinning (n, 2), masses and friction (n,), omega and out (n_omega,).
    """
    n = masses.size
    for t in range(omega.size):
        z, weight = _motion(off, pinning, masses, friction, omega[t], 1)
        z[j, 0, n] = omega[t] if times_omega else 1.0
        _solve(z, weight)
        out[t] = complex(z[i, 0, n] + z[i, 1, n], z[i, 2, n] + z[i, 3, n])


@njit(error_model="numpy")
def flows(off, pinning, masses, friction, omega, sites, out):
    """Fill ω G between some sites, all of them by one elimination; out (n_sites, n_sites, n_omega), else as above."""
    n = masses.size
    for t in range(omega.size):
        z, weight = _motion(off, pinning, masses, friction, omega[t], sites.size)
        for b in range(sites.size):
            z[sites[b], 0, n + b] = omega[t]
        _solve(z, weight)
        for a in range(sites.size):
            for b in range(sites.size):
                row, c = z[sites[a]], n + b
                out[a, b, t] = complex(row[0, c] + row[1, c], row[2, c] + row[3, c])


@njit(error_model="numpy")
def _motion(off, pinning, masses, friction, w, n_sides):
    """Return K - ω²M + iωΓ and room for some right sides, (n, 4, n + n_sides), and what makes its rows alike, (n,).

    That is 1/sqrt of the sum of what each diagonal is made of: weighted so, rows compare whatever the units and masses.
    """
    n, weight = masses.size, np.ones(masses.size)
    xh = w * w
    xl = dd.fma(w, w, -xh)
    z = np.zeros((n, 4, n + n_sides))  # the last columns: the right sides, then the solutions
    for r in range(n):
        h, low = pinning[r, 0], pinning[r, 1]
        for c in range(n):
            h, low = dd.add(h, low, -off[r, c], 0.0)
            z[r, 0, c] = off[r, c]
        ph, pl = dd.mul(xh, xl, masses[r], 0.0)
        z[r, 0, r], z[r, 1, r] = dd.add(h, low, -ph, -pl)
        z[r, 2, r] = w * friction[r]
        z[r, 3, r] = dd.fma(w, friction[r], -z[r, 2, r])
        size = abs(pinning[r, 0]) + abs(ph) + abs(z[r, 2, r]) + np.sum(np.abs(off[r]))
        if size > 0.0:
            weight[r] = 1.0 / math.sqrt(size)
    return z, weight


@njit(error_model="numpy")
def _solve(a, weight):
    """Solve by elimination with partial pivoting: rows (n, 4, n + n_sides), right sides and then solutions last.

    Pivots are chosen among rows times ``weight`` (n,), exchanged with them: the row of a heavy site as the pivot of a
    light one's column would bury the springs of the others.
    """
    n, width = a.shape[0], a.shape[2]
    for k in range(n):
        best, most = k, math.hypot(a[k, 0, k], a[k, 2, k]) * weight[k]
        for i in range(k + 1, n):
            size = math.hypot(a[i, 0, k], a[i, 2, k]) * weight[i]
            if size > most:
                best, most = i, size
        if best != k:
            weight[k], weight[best] = weight[best], weight[k]
            for part in range(4):
                for j in range(width):
                    a[k, part, j], a[best, part, j] = a[best, part, j], a[k, part, j]
        over = dd.cinv(dd.number(a, k, k))
        for i in range(k + 1, n):
            factor = dd.cneg(dd.cmul(dd.number(a, i, k), over))
            add_multiple((a[i], a[k]), k + 1, width, (factor,))
    for i in range(n - 1, -1, -1):
        over = dd.cinv(dd.number(a, i, i))
        for side in range(n, width):
            total = dd.number(a, i, side)
            for k in range(i + 1, n):
                total = dd.cadd(total, dd.cneg(dd.cmul(dd.number(a, i, k), dd.number(a, k, side))))
            dd.put(a, i, side, dd.cmul(total, over))
