"""The secular function of a diagonal plus a rank-one part, and its zeros, in twice the precision.

    s(ω) = 1 - Σ_r w_r/(d_r - x) - Σ_g u_g/α_g,    α_g = D_g - x + iων_g,    x = ω²

``poles`` has the rows d, w, w/d and ``baths`` the rows D, ν, u, each as (high, low): shape (6, n).
For small x the constant is taken from ``static`` = s(0), known without cancellation:

    s(ω) = s(0) - x Σ_r (w_r/d_r)/(d_r - x) - Σ_g u_g (x - iων_g)/(α_g D_g)

A zero is kept as ω, and as the offset η = x - d_anchor from a pole (anchor -1: none, η = x).
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.kernels import double_double as dd
from hotsprings.kernels.arrays import floats, waves, zero_floats, zero_truths
from hotsprings.kernels.compiled import alone, exclusive, njit, prange
from hotsprings.kernels.formulas import Formula
from hotsprings.kernels.lanes import Lane, lane_folds, lane_sums
from hotsprings.kernels.scalars import higher, lower

NOTHING = (0.0, 0.0, 0.0, 0.0)
QUADRATIC = 1e-17  # a Newton step this small leaves an error of its square
THREADED = 10_000  # poles from which sums in double-double use all threads
PARTS = 64  # pieces they are cut into
ONE_BY_ONE = 1  # as ``threads``: the pieces one after the other; any other number: on all threads; None: no pieces
ASIDE = 0.1  # |Re ω|/|Im ω| below which a zero may be about to come to the axis
ON_AXIS = 1e-18  # real part over the whole, of a zero on the imaginary axis
MAX_STEPS = 6  # of Newton's method in double-double
SMALL = 0.25  # below this fraction of the lowest pole the form with s(0) is used


@Formula
def bath_factor(bath, shift, x, omega):
    """Return α = (D - shift) - (x - shift) + iων of a bath (D, ν, …) with x - shift given in ``x``."""
    gh, gl = dd.add(bath[0], bath[1], -shift[0], -shift[1])
    damping = dd.cscale(omega, bath[2], bath[3])
    return dd.cadd((gh, gl, 0.0, 0.0), dd.cadd(dd.cneg(x), (-damping[2], -damping[3], damping[0], damping[1])))


@Formula
def _of_bath(bath, shift, eta, omega, inverse):
    """Return u/α and -d(u/α)/dx of a bath (D, ν, u); d ln α/dx and -d²(u/α)/dx² as doubles. ``inverse`` = 1/ω."""
    q = dd.cinv(bath_factor(bath, shift, eta, omega))
    part = dd.cscale(q, bath[4], bath[5])
    half = dd.cscale(inverse, 0.5 * bath[2], 0.5 * bath[3])
    slope = dd.cadd((-1.0, 0.0, 0.0, 0.0), (-half[2], -half[3], half[0], half[1]))
    over = _times(_times((inverse[0], inverse[2]), (inverse[0], inverse[2])), (inverse[0], inverse[2]))
    change = _times((slope[0], slope[2]), (q[0], q[2]))  # α'/α
    square = _times(change, (slope[0], slope[2]))
    second = (0.25 * bath[2] * over[1] - 2.0 * square[0], -0.25 * bath[2] * over[0] - 2.0 * square[1])
    twice = _times(_times((part[0], part[2]), (q[0], q[2])), second)
    return part, dd.cmul(dd.cmul(part, q), slope), (*change, *twice)


def _times(a, b):
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


@Formula
def _of_bath_below(bath, part, x, omega):
    """Return (u/α - u/D) and u/D, from u/α, x and ω."""
    over = dd.div(1.0, 0.0, bath[0], bath[1])
    drag = dd.cscale(omega, bath[2], bath[3])
    change = dd.cadd(x, (drag[2], drag[3], -drag[0], -drag[1]))
    high, low = dd.mul(bath[4], bath[5], over[0], over[1])
    return dd.cscale(dd.cmul(part, change), over[0], over[1]), (high, low, 0.0, 0.0)


@njit(cache=True, error_model="numpy")
def lowest_pole(poles, baths):
    """Return the smallest of all d and D (infinite where there is none, which cannot happen)."""
    low = np.inf
    for r in range(poles.shape[1]):
        low = lower(low, poles[0, r])
    for g in range(baths.shape[1]):
        low = lower(low, baths[0, g])
    return low


def _carried(th, tl, ih, il, fh, fl, gh, gl, sr, si, lr, li, top,  # what is carried
             d, dl, v, vl, w, wl, sh, sl, er, el, ei, em):
    """Add the terms of one pole to Σ v/(d-x), Σ w/(d-x)² (both gathered), Σ w/(d-x)³, -Σ 1/(d-x), max |w/(d-x)|²."""
    rh, rl = dd.add(d, dl, -sh, -sl)
    rh, rl = dd.add(rh, rl, -er, -el)
    q = dd.cinv((rh, rl, -ei, -em))
    th, tl, ih, il = dd.gather((th, tl, ih, il), dd.cscale(q, v, vl))
    fh, fl, gh, gl = dd.gather((fh, fl, gh, gl), dd.cmul(q, dd.cscale(q, w, wl)))
    qr, qi = q[0], q[2]
    wr, wi = w * qr, w * qi
    ar, ai = qr * qr - qi * qi, 2.0 * (qr * qi)
    sr, si = sr + (wr * ar - wi * ai), si + (wr * ai + wi * ar)
    size = wr * wr + wi * wi
    return th, tl, ih, il, fh, fl, gh, gl, sr, si, lr - qr, li - qi, size.exceeds(top, size, top)


def _both(*carried):
    """Return what two lanes carry together."""
    a, b = carried[:13], carried[13:]
    plain = tuple(x + y for x, y in zip(a[8:12], b[8:12], strict=True))
    return *dd.gather(a[:4], b[:4]), *dd.gather(a[4:8], b[4:8]), *plain, a[12].exceeds(b[12], a[12], b[12])


_folded = lane_folds(_carried, _both, (0.0,) * 12 + (1.0,))


@njit(cache=True, error_model="numpy")
def _part(poles, row, start, stop, shift, eta):
    """Return Σ v/(d-x) of one row v, Σ w/(d-x)² (double-double), Σ w/(d-x)³, -Σ 1/(d-x), max |w/(d-x)| over a range."""
    s = _folded((poles[0], poles[1], poles[row], poles[row + 1], poles[2], poles[3]), start, stop,
                (shift[0], shift[1], eta[0], eta[1], eta[2], eta[3]))
    return (dd.settle((s[0], s[1], s[2], s[3])), dd.settle((s[4], s[5], s[6], s[7])), complex(s[8], s[9]),
            complex(s[10], s[11]), math.sqrt(s[12]))


def threads(poles: FloatArray) -> int | None:
    """Return in how many pieces sums over these poles are done: None, ``ONE_BY_ONE``, or ``PARTS`` on all threads."""
    return None if poles.shape[1] < THREADED else ONE_BY_ONE if alone() else PARTS


@njit(cache=True, error_model="numpy", parallel=True)
def _parts(poles, row, shift, eta, totals, firsts, rest, largest):
    """Fill the sums of ``_part`` over equal ranges, one row each, on all threads."""
    n, count = poles.shape[1], largest.size
    for k in prange(count):
        total, first, second, log_slope, top = _part(poles, row, k * n // count, (k + 1) * n // count, shift, eta)
        dd.store(totals, k, total)
        dd.store(firsts, k, first)
        rest[k, 0], rest[k, 1], largest[k] = second, log_slope, top


_parts_alone = _parts.alone


@njit(cache=True, error_model="numpy")
def _bulk(poles, row, shift, eta, threads):
    """Return what ``_part`` does, over all poles."""
    if threads is None:  # known when it is compiled: small systems do without what threads need
        return _part(poles, row, np.int64(0), poles.shape[1], shift, eta)
    totals, firsts = floats((PARTS, 4)), floats((PARTS, 4))
    rest, largest = waves((PARTS, 2)), floats(PARTS)
    if threads == ONE_BY_ONE:
        _parts_alone(poles, row, shift, eta, totals, firsts, rest, largest)
    else:
        _parts(poles, row, shift, eta, totals, firsts, rest, largest)
    total = (0.0, 0.0, 0.0, 0.0)
    first = (0.0, 0.0, 0.0, 0.0)
    second, log_slope, top = 0.0j, 0.0j, 1.0
    for k in range(PARTS):
        total, first = dd.cadd(total, dd.load(totals, k)), dd.cadd(first, dd.load(firsts, k))
        second += rest[k, 0]
        log_slope += rest[k, 1]
        top = higher(top, largest[k])
    return total, first, second, log_slope, top


@njit(cache=True, error_model="numpy")
def evaluate(poles, baths, static, lowest, anchor, eta, omega, threads):
    """Return s, ds/dx, 1 - Σ w/(d-x) (double-double), d²s/dx², d ln[Π(d-x) Πα]/dx (complex), the largest term."""
    shift = (poles[0, anchor], poles[1, anchor]) if anchor >= 0 else (0.0, 0.0)
    xh, xl = dd.add(shift[0], shift[1], eta[0], eta[1])
    x = (xh, xl, eta[2], eta[3])
    small = dd.cabs(x) < SMALL * lowest
    total, first, second, log_slope, largest = _bulk(poles, 4 if small else 2, shift, eta, threads)
    if small:
        s = dd.cadd((static[0], static[1], 0.0, 0.0), dd.cneg(dd.cmul(x, total)))
    else:
        s = dd.cadd((1.0, 0.0, 0.0, 0.0), dd.cneg(total))
    rest = s
    if small:
        largest = higher(dd.cabs(s), abs(static[0]))
    s_x = dd.cneg(first)
    s_xx = -2.0 * second
    inverse = dd.cinv(omega)
    for g in range(baths.shape[1]):
        part, by_x, (a, b, c, d) = _of_bath(dd.column(baths, g), shift, eta, omega, inverse)
        if small:
            part, constant = _of_bath_below(dd.column(baths, g), part, x, omega)
            rest = dd.cadd(rest, constant)
        s = dd.cadd(s, dd.cneg(part))
        largest = higher(largest, dd.cabs(part))
        s_x = dd.cadd(s_x, by_x)
        log_slope += complex(a, b)
        s_xx += complex(c, d)
    return s, s_x, rest, s_xx, log_slope, largest


@lane_sums
def _terms(d: Lane, w: Lane, xr: Lane, xi: Lane) -> tuple[Lane, Lane, Lane, Lane, Lane, Lane]:
    t = d - xr
    n = 1.0 / t.fma(t, xi * xi)
    qr, qi = t * n, xi * n
    sr, si = qr.fma(qr, -(qi * qi)), (qr + qr) * qi
    return w * qr, w * qi, w * sr, w * si, qr, qi


@njit(cache=True, error_model="numpy", fastmath=False)
def bulk_sums(d, w, xr, xi):
    """Return Σ w/(d-x), Σ w/(d-x)², Σ 1/(d-x) for one complex x, as six doubles."""
    return _terms((d, w), 0, d.size, (xr, xi))


@njit(cache=True, error_model="numpy")
def evaluate_double(poles, baths, static, lowest, omega):
    """Return s, ds/dω, d ln Π(d-x)Πα/dω and the largest term, in double precision."""
    x = omega * omega
    small = abs(x) < SMALL * lowest
    ar, ai, br, bi, cr, ci = bulk_sums(poles[0], poles[4] if small else poles[2], x.real, x.imag)
    total, plain = complex(ar, ai), complex(cr, ci)
    if small:
        s = static[0] - x * total
        _, _, br, bi, cr, ci = bulk_sums(poles[0], poles[2], x.real, x.imag)
    else:
        s = 1.0 - total
    s_omega = -2.0 * omega * complex(br, bi)
    log_slope = -2.0 * omega * plain
    largest = 1e-3 if small else 1.0
    for g in range(baths.shape[1]):
        alpha = (baths[0, g] - x) + 1j * omega * baths[2, g]
        if alpha == 0.0:
            alpha = 1e-17 * baths[0, g] + 0.0j
        slope = -2.0 * omega + 1j * baths[2, g]
        if small:
            s -= baths[4, g] * (x - 1j * omega * baths[2, g]) / (alpha * baths[0, g])
        else:
            s -= baths[4, g] / alpha
        s_omega += baths[4, g] * slope / (alpha * alpha)
        log_slope += slope / alpha
        largest = higher(largest, abs(baths[4, g] / alpha))
    return s, s_omega, log_slope, largest


@lane_sums
def _known_terms(kr: Lane, ki: Lane, wr: Lane, wi: Lane) -> tuple[Lane, Lane]:
    a, c, e = wr - kr, wr + kr, wi - ki
    square = e * e
    n, m = 1.0 / a.fma(a, square), 1.0 / c.fma(c, square)
    return a.fma(n, c * m), -(e * (n + m))


@njit(cache=True, error_model="numpy", fastmath=False)
def deflation_known(kr, ki, wr, wi):
    """Return Σ_l 1/(ω-ω_l) + 1/(ω+ω_l*) over known zeros ω_l = kr + i ki."""
    return _known_terms((kr, ki), 0, kr.size, (wr, wi))


@Formula
def _by_omega(w, s, by_x, log):
    """Return s, ds/dω and d ln/dω as doubles, from derivatives by x = ω²."""
    double = (2.0 * (w[0] + w[1]), 2.0 * (w[2] + w[3]))
    slope = _times(double, (by_x[0] + by_x[1], by_x[2] + by_x[3]))
    return (s[0] + s[1], s[2] + s[3]), slope, _times(double, log)


@Formula
def _repelled(repel, w, nudge, other):
    """Return repel + 1/(ω - ω'), or of ω - ω' + ω nudge (1 + i)."""
    real = (w[0] - other[0]) + (w[1] - other[1]) + nudge * (w[0] - w[2])
    imaginary = (w[2] - other[2]) + (w[3] - other[3]) + nudge * (w[0] + w[2])
    size = real * real + imaginary * imaginary
    return repel[0] + real / size, repel[1] - imaginary / size


@Formula
def _aberth_step(s, slope, log, repel):
    """Return -1/(s'/s + log - repel)."""
    size = s[0] * s[0] + s[1] * s[1]
    quotient = _times(slope, (s[0] / size, -s[1] / size))
    real, imaginary = (quotient[0] + log[0]) - repel[0], (quotient[1] + log[1]) - repel[1]
    size = real * real + imaginary * imaginary
    return -real / size, imaginary / size


@njit(error_model="numpy")
def _mirrored(roots, i):
    """Return whether a zero with Re ω > 0 has its exact mirror in the next row."""
    return roots[i, 0] > 0.0 and roots[i + 1, 0] == -roots[i, 0] and roots[i + 1, 2] == roots[i, 2]


@exclusive
@njit(cache=True, error_model="numpy")
def aberth(poles, baths, static, lowest, known_r, known_i, free, roots, precise, max_sweeps, threads):
    """Move ``roots`` (n, 4) onto the zeros of s that are not among ``known``; return sweeps and the last steps.

    Ehrlich-Aberth, one root after the other. ``precise`` evaluates s in double-double; None: in double.
    ``free``: ω = 0 is a zero, left out. A root whose next one is its exact mirror takes that along.
    """
    n = roots.shape[0]
    step = floats(n)
    step[:] = np.inf
    done = zero_truths(n)
    floor = 64.0 * dd.EPSILON if precise is not None else 4e-16
    target = 1e-29 if precise is not None else 1e-13
    nudge = 1e-22 if precise is not None else 1e-9
    sweeps, left = 0, n
    while sweeps < max_sweeps and left:
        sweeps += 1
        for i in range(n):
            if done[i] or (i > 0 and _mirrored(roots, i - 1)):
                continue
            w = dd.load(roots, i)
            paired = i + 1 < n and _mirrored(roots, i)
            if precise is not None:  # known when it is compiled
                value, by_x, _, _, log, largest = evaluate(poles, baths, static, lowest, np.int64(-1), dd.cmul(w, w), w,
                                                           threads)
                s, slope, log_slope = _by_omega(w, value, by_x, (log.real, log.imag))
            else:
                value, by_omega, log, largest = evaluate_double(poles, baths, static, lowest, dd.capprox(w))
                s, slope, log_slope = (value.real, value.imag), (by_omega.real, by_omega.imag), (log.real, log.imag)
            if s[0] == 0.0 and s[1] == 0.0:
                step[i], done[i] = 0.0, True
                left -= 1
                continue
            repel = deflation_known(known_r, known_i, w[0] + w[1], w[2] + w[3])
            if free:
                repel = _repelled(repel, w, 0.0, NOTHING)
            for j in range(n):
                if j != i:
                    other = dd.load(roots, j)
                    together = w[0] == other[0] and w[1] == other[1] and w[2] == other[2] and w[3] == other[3]
                    repel = _repelled(repel, w, nudge if together else 0.0, other)
            real, imaginary = _aberth_step(s, slope, log_slope, repel)
            if not (math.isfinite(real) and math.isfinite(imaginary)):
                real, imaginary = 6e-4 * w[0] - 8e-4 * w[2], 8e-4 * w[0] + 6e-4 * w[2]
            if paired and w[0] + real < ASIDE * w[2]:  # it comes to the axis, where mirrors part
                paired = False
            dd.store(roots, i, dd.cadd(w, (real, 0.0, imaginary, 0.0)))
            step[i] = math.hypot(real, imaginary) / dd.cabs(w)
            done[i] = step[i] < target or math.hypot(s[0], s[1]) < floor * largest
            left -= done[i]
            if paired:
                w = dd.load(roots, i)
                dd.store(roots, i + 1, (-w[0], -w[1], w[2], w[3]))
                step[i + 1], done[i + 1] = step[i], done[i]
                left -= done[i]
    return sweeps, step


@njit(cache=True, error_model="numpy")
def nearest_pole(poles, xh, xl, xi):
    """Return the pole nearest to x, or -1 where 0 is about as near."""
    n = poles.shape[1]
    if n == 0:
        return -1
    lo, hi = 0, n
    while lo < hi:
        mid = (lo + hi) // 2
        if poles[0, mid] < xh or (poles[0, mid] == xh and poles[1, mid] < xl):
            lo = mid + 1
        else:
            hi = mid
    best = lower(lo, n - 1)
    if lo > 0:
        below = math.hypot((xh - poles[0, lo - 1]) + (xl - poles[1, lo - 1]), xi)
        above = math.hypot((xh - poles[0, best]) + (xl - poles[1, best]), xi)
        if below < above:
            best = lo - 1
    distance = math.hypot((xh - poles[0, best]) + (xl - poles[1, best]), xi)
    return best if distance < 0.5 * poles[0, best] else -1


@njit(cache=True, error_model="numpy")
def anchor_roots(poles, roots, anchors, etas):
    """Fill anchor and offset of each zero ω of ``roots`` (n, 4)."""
    for i in range(roots.shape[0]):
        x = dd.cmul(dd.load(roots, i), dd.load(roots, i))
        a = nearest_pole(poles, x[0], x[1], x[2])
        anchors[i] = a
        if a >= 0:
            h, low = dd.add(x[0], x[1], -poles[0, a], -poles[1, a])
            dd.store(etas, i, (h, low, x[2], x[3]))
        else:
            dd.store(etas, i, x)


@Formula
def _step(eta, s, by_x):
    """Return the Newton step of η on η s(η)."""
    return dd.cneg(dd.cmul(dd.cmul(eta, s), dd.cinv(dd.cadd(s, dd.cmul(eta, by_x)))))


@njit(cache=True, error_model="numpy")
def anchored_step(poles, baths, static, lowest, anchor, eta, threads):
    """Return the offset of a zero after one Newton step, its ω, and the relative step."""
    xh, xl = dd.add(poles[0, anchor], poles[1, anchor], eta[0], eta[1])
    w = dd.csqrt((xh, xl, eta[2], eta[3]))
    s, s_x, _, _, _, _ = evaluate(poles, baths, static, lowest, anchor, eta, w, threads)
    move = _step(eta, s, s_x)
    last = dd.cabs(move) / dd.cabs(eta)
    eta = dd.cadd(eta, move)
    xh, xl = dd.add(poles[0, anchor], poles[1, anchor], eta[0], eta[1])
    return eta, dd.csqrt((xh, xl, eta[2], eta[3])), last


@exclusive
@njit(cache=True, error_model="numpy")
def refine(poles, baths, static, lowest, anchors, etas, roots, max_steps, threads):
    """Take Newton steps in η (anchored, on η s) or in ω (no anchor, on s), in place; return the last relative ones."""
    last = zero_floats(roots.shape[0])
    for i in range(roots.shape[0]):
        a = anchors[i]
        eta, w = dd.load(etas, i), dd.load(roots, i)
        for _ in range(max_steps):
            if a >= 0:
                eta, w, last[i] = anchored_step(poles, baths, static, lowest, a, eta, threads)
            else:
                s, s_x, _, _, _, _ = evaluate(poles, baths, static, lowest, np.int64(-1), eta, w, threads)
                move = dd.cneg(dd.cmul(s, dd.cinv(dd.cmul(dd.cscale(w, 2.0, 0.0), s_x))))
                last[i] = dd.cabs(move) / dd.cabs(w)
                w = dd.cadd(w, move)
                eta = dd.cmul(w, w)
            if last[i] < QUADRATIC:
                break
        dd.store(etas, i, eta)
        dd.store(roots, i, w)
    return last


@njit(error_model="numpy")
def square_root(poles, anchor, offset):
    """Return ω = sqrt(d_anchor + offset) with Re ω ≥ 0; the imaginary part keeps its relative accuracy."""
    x = poles[0, anchor] + (poles[1, anchor] + offset.real)
    real = math.sqrt(0.5 * (math.hypot(x, offset.imag) + x))
    return complex(real, offset.imag / (2.0 * real))


@njit(error_model="numpy")
def _pair(product, drag, double, n, out):
    """Write guesses (i drag ± sqrt(product - drag²))/double, a little off and above the axis, to rows n and n + 1."""
    square = product - drag * drag
    root = math.sqrt(abs(square))
    for sign in (1.0, -1.0):
        off = 1.0 + 1e-2 * (n + 1) / out.shape[0]  # no two are the same
        slow = product / (drag + root) if sign < 0.0 and drag > 0.0 else drag + root
        real, imaginary = (sign * root, drag) if square > 0.0 else (0.0, slow)
        size = math.hypot(real, imaginary) / double
        if n < out.shape[0]:
            out[n, 0] = (off * real - 0.3 * (off - 1.0) * imaginary) / double
            out[n, 2] = higher((off * imaginary + 0.3 * (off - 1.0) * real) / double, 1e-6 * size)
        n += 1


@njit(error_model="numpy")
def bath_starts(poles, baths, static, out, n):
    """Write distinct guesses as double-double ω to rows n … of ``out``: a pair for each bath, the collective one."""
    inertia, drag = 0.0, 0.0
    for r in range(poles.shape[1]):
        inertia += poles[4, r] / poles[0, r]
    for g in range(baths.shape[1]):
        inertia += baths[4, g] / (baths[0, g] * baths[0, g])
        drag += baths[4, g] * baths[2, g] / (baths[0, g] * baths[0, g])
        _pair(4.0 * baths[0, g], baths[2, g], 2.0, n + 2 * g, out)
    _pair(4.0 * inertia * static[0], drag, 2.0 * inertia, n + 2 * baths.shape[1], out)


@njit(error_model="numpy")
def starts(poles, baths, static, lost, offsets, count):
    """Return ``count`` distinct guesses as double-double ω (count, 4): zeros lost from gaps, then ``bath_starts``."""
    out = zero_floats((count, 4))
    n = lower(2 * lost.size, count)
    for i in range(n):
        a, offset = lost[i // 2], offsets[i // 2]
        h, low = dd.add(poles[0, a], poles[1, a], offset, 0.0)
        dd.store(out, i, dd.csqrt((h, low, abs(offset) * (0.05 if i % 2 == 0 else 0.055), 0.0)))
        if i % 2:  # every second one is a mirror
            out[i, 0], out[i, 1] = -out[i, 0], -out[i, 1]
    bath_starts(poles, baths, static, out, n)
    return out
