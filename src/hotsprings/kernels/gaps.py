"""One zero of the secular function in every gap between neighbouring poles, in double precision.

A zero is kept as the index of the nearer pole and its complex offset η from it. The poles within ``WINDOW`` of the gap
are summed exactly at every step; those further to the left and to the right act as s1 + t s2 + t² s3/(1 - t s4/s3), an
effective pole each that has the first four of their sums Σ w/(d - x)^p where they were last summed (a fourth-order,
monotone model). Where poles are in a tree (see ``multipole``), only the nearby ones are summed so; the far ones enter
by their polynomial. Two full sums per zero are usually enough, a real one and a complex one.

Up to eight neighbouring gaps of a leaf are solved side by side, a lane for each: they have the same poles nearby.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from hotsprings.kernels.arrays import floats
from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.eights import LANES, anywhere, lane_quotients, lane_targets, lanes_in, put_lanes, spread
from hotsprings.kernels.formulas import Complex, Formula
from hotsprings.kernels.gap_terms import (
    bath_term,
    bent_step,
    doubled_factor,
    doubled_term,
    first_guess,
    flat,
    inverse,
    pairs,
    powers,
    root,
)
from hotsprings.kernels.multipole import leaf_of

WINDOW = 8
NEARBY = 1500  # terms of a sum through a tree, about
BROAD = 0.1  # imaginary part over the radius of a leaf up to which the polynomial of the far poles keeps its digits
SETTLED = 1e-6  # last move over the distance to the nearest far pole; its fourth power is left (in the slope, its cube)
CLOSE = 1e-2  # last relative step of a start, by Newton; its cube is left
NEAR = 1e-5  # the same of a zero, and one more step is taken
STEPS, REAL_STEPS = 30, 60
BLOCK = 32  # terms that are added one after the other: sums of more, as such, would round worse
PIECE = 256  # gaps that a thread takes at a time
AWAY = 1e150  # where there is no pole
NONE = (0.0, 0.0, 0.0, 0.0)
_borrowing = njit(error_model="numpy", fastmath=False, _nrt=False)  # counts no references to arrays: half of the time


def _added(sums, terms):
    return tuple(total + part for total, part in zip(sums, flat(terms), strict=True))


@lane_quotients
def _real_sums(place, dh, dl, w, ah, e):
    return powers((yield (dh - ah) + (dl - e)), w, 4)


@lane_targets
def _complex_sums(sums, place, dh, dl, w, ah, e, y):
    return _added(sums, powers(inverse(dh, dl, ah, e, y), w, 4))


def _other(place, anchor, w):
    """Return w, but 0 of the anchor."""
    apart = place - anchor
    return (apart * apart).exceeds(0.0, w, 0.0)


@lane_quotients
def _real_others(place, dh, dl, w, anchor, ah, e):
    return powers((yield (dh - ah) + (dl - e)), _other(place, anchor, w), 3)


@lane_targets
def _complex_others(carried, place, dh, dl, w, anchor, ah, e, y):
    *sums, top = carried
    terms = powers(inverse(dh, dl, ah, e, y), _other(place, anchor, w), 3)
    size = terms[0].square()
    return *_added(sums, terms), size.exceeds(top, size, top)


@lane_targets
def _bath_sums(sums, place, d, dl, nu, u, ah, e, y, wr, wi, hr, hi):
    return _added(sums, bath_term((d, dl, nu, u), (ah, e, y), (wr, wi), (hr, hi)))


@lane_targets
def _doubled_sums(sums, place, d, dl, nu, u, ah, e, y):
    a, q, slope = doubled_factor((d, dl, nu), (ah, e, y), Complex(ah + e, y))
    even, odd = q * u, q * (u * nu)
    return _added(sums, (a * even, -(even * (1.0 + a * slope)), odd, -(odd * slope)))


def _numbers(parts):
    """Return four numbers, complex ones where there are parts of such."""
    return pairs(parts) if len(parts) == 8 else parts


def _expansion(sums, place, coefficient, *t):
    """Take one step of Horner's scheme for value, slope, half the curvature and so on."""
    old, at = _numbers(sums), Complex(*t) if len(t) == 2 else t[0]
    return flat([old[0] * at + coefficient, *(new * at + before for before, new in pairwise(old))])


_far_sums = lane_targets(_expansion, backwards=True)


@Formula
def _in_leaf(at, high, low, scale):
    """Return x = (high, low, imaginary) as the polynomial of a leaf takes it."""
    return ((at[0] - high) + (at[1] - low)) * scale, *(part * scale for part in at[2:])


def _ratio(over, under):
    """Return a/b, 0 where b is."""
    if isinstance(under, Complex):
        square = under.square()
        return over * under.inverse(square.exceeds(0.0, square, 1.0))
    return (under * under).exceeds(0.0, over / under, 0.0)


@Formula
def _model_of(left, right, far, scale):
    """Return what is beyond the window as ``_modelled`` takes it: of each side and far away, from four sums."""
    sides = [flat((*side[:3], _ratio(side[3], side[2]))) for side in (_numbers(left), _numbers(right))]
    value, slope, bend, third = _numbers(far)
    square = scale * scale
    return *sides, flat((value, slope * scale, bend * square, third * (square * scale)))


def _of_side(side, t):
    """Return s1 + t s2 + t² s3/(1 - t s4/s3), its slope and half its curvature."""
    q = 1.0 / (1.0 - t * side[3])
    bent = q * side[2]
    return side[0] + t * (side[1] + t * bent), side[1] + t * bent * (1.0 + q), bent * q * q


def _modelled(beyond, within, t):
    """Return all sums and their slope and half curvature at t: three sums ``within``, what is beyond by its model."""
    left, right, far = (_numbers(parts) for parts in beyond)
    left, right = _of_side(left, t), _of_side(right, t)
    rest = (far[0] + t * (far[1] + t * (far[2] + t * far[3])), far[1] + t * (2.0 * far[2] + t * (3.0 * far[3])),
            far[2] + t * (3.0 * far[3]))
    return [a + b + c + d for a, b, c, d in zip(left, right, rest, within, strict=True)]


@Formula
def _both(some, others):
    """Return the sums of numbers."""
    return tuple(a + b for a, b in zip(some, others, strict=True))


def _around(sums, nothing):
    """Return a function that sums what is beyond the window, by ``sums`` where it is nearby."""

    @_borrowing
    def side(poles, first, last, at, total):
        for p in range(first, last, BLOCK):
            total = _both(sums(poles, p, min(p + BLOCK, last), at, spread(nothing)), total)
        return total

    @_borrowing
    def around(poles, field, leaf, lo, hi, at):
        left, right, far = spread(nothing), spread(nothing), spread(nothing)
        for k in range(field.near_begin[leaf], field.near_begin[leaf + 1]):
            p, q = field.near[k, 0], field.near[k, 1]
            left = side(poles, p, min(q, lo), at, left)
            right = side(poles, max(p, hi), q, at, right)
        node = field.radius.size // 2 + leaf
        scale = 1.0 / field.radius[node]
        if field.far.shape[0]:
            t = _in_leaf(at, field.centre[0, node], field.centre[1, node], scale)
            far = _far_sums((field.far[leaf],), 0, field.far.shape[1], t, far)
        return _model_of(left, right, far, scale)

    return around


_real_around, _complex_around = _around(_real_sums, NONE), _around(_complex_sums, NONE + NONE)


@Formula
def _root_at(ah, e, y):
    """Return ω and i/(2ω)."""
    return flat(Complex(*part) for part in root((ah + e, y)))


@_borrowing
def _of_baths(baths, cross, group, other, ah, e, y):
    """Return the bath term and its derivative by x, as four numbers, at eight points."""
    at = (ah, e, y)
    if cross is None:  # known when it is compiled
        return _bath_sums(baths, 0, baths[0].size, at + _root_at(ah, e, y), spread(NONE))
    d, dl, nu, _ = baths
    sums = _doubled_sums(baths, 0, d.size, at, spread(NONE + NONE))
    return doubled_term(sums, (d[group], dl[group], nu[group]), (d[other], dl[other], nu[other]), at, cross)

@Formula
def _middle(below, above):
    """Return the length of the gap between two poles (high, low, weight, …), and where it is half of it."""
    gap = (above[0] - below[0]) + (above[1] - below[1])
    return gap, below[1] + 0.5 * gap


@Formula
def _nearer(below, above, gap, beyond, within):
    """Return the zero's nearer pole (high, low, weight, place), its side of that, and where ``_real_step`` begins."""
    middle = 1.0 - (beyond[0][0] + beyond[1][0] + beyond[2][0] + within)
    anchor = tuple(middle.exceeds(0.0, b, a) for a, b in zip(below, above, strict=True))
    sign, other, here = middle.exceeds(0.0, -1.0, 1.0), middle.exceeds(0.0, below[2], above[2]), anchor[2]
    return anchor, sign, (0.0, 0.5 * gap, first_guess(middle, here, other, gap, sign), 0.0, 1.0)


@Formula
def _place(anchor, sign, state):
    """Return the offset, and its low part with that of the pole."""
    eta = sign * state[2]
    return eta, anchor[1] + eta


@Formula
def _real_step(anchor, sign, gap, beyond, within, state):
    """Take a step to the zero of the real model, kept in a bracket; 0 follows where it was the last.

    ``state``: the bracket of |η|, |η|, dη s/dη, and whether it goes on.
    """
    low, high, y, _, going = state
    eta = sign * y
    value, slope, bend = _modelled(beyond, within, eta - sign * (0.5 * gap))  # seen from the middle of the gap
    h = 1.0 - value
    phi = anchor[2] + eta * h  # η s(η): positive between the pole and the zero
    low, high = phi.exceeds(0.0, y, low), phi.exceeds(0.0, high, y)
    first = h - eta * slope
    close = CLOSE * (y * first)  # above |phi| where Newton's step is short; the bent one is at saddles too
    follows = (close * close).exceeds(phi * phi, 0.0, going)
    otherwise = follows.exceeds(0.0, 0.5 * (low + high), y)
    new = y + sign * bent_step(anchor[2], eta, h, -slope, -bend)
    new = new.exceeds(low, high.exceeds(new, new, otherwise), otherwise)
    return low, high, going.exceeds(0.0, new, y), first, follows


@Formula
def _shifted(eta, slope, value):
    """Return η where baths have moved it to, to first order; where that is much, without them."""
    shift = Complex(*value[:2]) * (eta / slope)
    small = (0.01 * (eta * eta)).exceeds(shift.square(), 1.0, 0.0)
    return eta + small.exceeds(0.0, shift.real, 0.0), small.exceeds(0.0, shift.imag, 0.0)


_gap_ends = lanes_in(8)


@_borrowing
def _together(todo, k, n, n_leaves):
    """Return how many gaps from the one at k on are solved side by side: one leaf's, among eight neighbours."""
    first, count = todo[k], 1
    stop = min(first + LANES, (leaf_of(first, n, n_leaves) + 1) * n // n_leaves)
    while k + count < todo.size and first < todo[k + count] < stop:
        count += 1
    return count


@_borrowing
def _start_some(poles, field, baths, todo, anchors, offsets, rows):
    """Fill anchors and offsets of gaps that are solved side by side."""
    dh, dl, w = poles
    n = dh.size
    last = todo.size - 1
    for lane in range(LANES):
        j = todo[min(lane, last)]
        for side in range(2):
            rows[4 * side, lane], rows[4 * side + 1, lane] = dh[j + side], dl[j + side]
            rows[4 * side + 2, lane], rows[4 * side + 3, lane] = w[j + side], j + side
    ends = _gap_ends(rows)
    below, above = ends[:4], ends[4:]
    lo, hi = max(0, todo[0] - WINDOW + 1), min(n, todo[last] + WINDOW + 1)
    gap, e = _middle(below, above)
    beyond = _real_around(poles, field, leaf_of(todo[0], n, field.near_begin.size - 1), lo, hi, (below[0], e))
    within = _real_sums(poles, lo, hi, (below[0], e), spread(NONE))
    anchor, sign, state = _nearer(below, above, gap, beyond, within[0])
    for _ in range(REAL_STEPS):
        eta, e = _place(anchor, sign, state)
        others = _real_others(poles, lo, hi, (anchor[3], anchor[0], e), spread(NONE[:3]))
        state = _real_step(anchor, sign, gap, beyond, others, state)
        if not anywhere(state[4]):
            break
    eta, e = _place(anchor, sign, state)
    put_lanes(rows, (anchor[3], *_shifted(eta, state[3], _of_baths(baths, None, 0, 0, anchor[0], e, 0.0))))
    for k in range(todo.size):
        anchors[todo[k]], offsets[todo[k]] = np.int64(rows[0, k]), complex(rows[1, k], rows[2, k])


@_borrowing
def _start_piece(poles, field, baths, todo, anchors, offsets, rows):
    k = 0
    while k < todo.size:
        count = _together(todo, k, poles[0].size, field.near_begin.size - 1)
        _start_some(poles, field, baths, todo[k : k + count], anchors, offsets, rows)
        k += count


def _terms(dh, dl, w, field, bath_d, bath_dl, nu, u, todo, *_):
    return todo.size * min(dh.size, NEARBY)


@njit(cache=True, error_model="numpy", parallel=True, work=_terms)
def starts(dh, dl, w, field, bath_d, bath_dl, nu, u, todo, anchors, offsets):
    """Fill anchor and offset of the zero in the gaps named in ``todo``, from one full sum per gap.

    The offset is that of 1 - Σ w/(d-x), moved by the baths to first order.
    """
    for piece in prange((todo.size + PIECE - 1) // PIECE):
        _start_piece((dh, dl, w), field, (bath_d, bath_dl, nu, u), todo[piece * PIECE : (piece + 1) * PIECE], anchors,
                     offsets, floats((8, LANES)))

@Formula
def _low(anchor, now):
    """Return the low part of x."""
    return anchor[1] + now[0]


@Formula
def _step(anchor, start, beyond, within, of_baths, now):
    """Take a step to the zero of the model.

    ``now``: η, the slope without the anchor, the largest |term|² of the others, whether a step was short, and
    whether it goes on.
    """
    near, going = now[5:]
    eta = Complex(*now[:2])
    value, slope, bend = _modelled(beyond, pairs(within[:6]), eta - Complex(*start))
    h, slope = 1.0 - (value + Complex(*of_baths[:2])), -(slope + Complex(*of_baths[2:]))
    new = eta + bent_step(anchor[2], eta, h, slope, -bend)
    newton = (anchor[2] + eta * h).square(), (eta * (h + eta * slope)).square()
    short = (NEAR * NEAR * newton[1]).exceeds(newton[0], 1.0, near)
    taken = (*new.parts, *slope.parts, within[6], short)
    return *(going.exceeds(0.0, a, b) for a, b in zip(taken, now, strict=False)), near.exceeds(0.0, 0.0, going)


def _distance(pole, anchor, start):
    return Complex((pole[0] - anchor[0]) + (pole[1] - (anchor[1] + start[0])), -start[1]).square()


@Formula
def _found(anchor, start, below, above, around, broad, now):
    """Return η, the slope, the largest term, and 1 where the zero is settled, 0 where not yet, 2 where it is lost.

    ``below``, ``above``: of the anchor, what of its gap is there; ``around``: the first poles beyond the window.
    """
    eta, over = Complex(*now[:2]), Complex(*now[:2]).inverse()
    own = over * anchor[2]
    slope, top = Complex(*now[2:4]) - own * over, own.square()
    left, right = (_distance(pole, anchor, start) for pole in around)
    reach = left.exceeds(right, right, left)
    moved = (eta - Complex(*start)).square()
    state = moved.exceeds(SETTLED * SETTLED * reach, 0.0, 1.0)
    for larger, smaller in ((eta.real, -below), (above, eta.real), (broad, eta.imag), (now[5], 0.0)):
        state = larger.exceeds(smaller, state, 2.0)
    state = eta.imag.exceeds(0.0, state, (-eta.imag).exceeds(0.0, 2.0, state))
    return *eta.parts, *slope.parts, top.exceeds(now[4], top, now[4]).sqrt(), state


@_borrowing
def _pass_some(poles, field, baths, cross, group, other, todo, anchors, offsets, slopes, largest, state, rows):
    """Sum all poles once at the zeros of gaps that are solved side by side, and solve the local model."""
    dh, dl, w = poles
    n, n_leaves, last = dh.size, field.near_begin.size - 1, todo.size - 1
    for lane in range(LANES):
        j = todo[min(lane, last)]
        a, eta = anchors[j], offsets[j]
        gap = (dh[j + 1] - dh[j]) + (dl[j + 1] - dl[j])
        rows[0, lane], rows[1, lane], rows[2, lane], rows[3, lane] = dh[a], dl[a], w[a], a
        rows[4, lane], rows[5, lane] = eta.real, eta.imag
        rows[6, lane], rows[7, lane] = (a - j) * gap, (j + 1 - a) * gap
    given = _gap_ends(rows)
    anchor, start = given[:4], given[4:6]
    leaf = leaf_of(todo[0], n, n_leaves)
    lo, hi = max(0, todo[0] - WINDOW + 1), min(n, todo[last] + WINDOW + 1)
    beyond = _complex_around(poles, field, leaf, lo, hi, (anchor[0], _low(anchor, start), start[1]))
    now = start + spread((0.0, 0.0, 1.0, 0.0, 1.0))
    nothing = spread((0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0))
    for _ in range(STEPS):
        e, y = _low(anchor, now), now[1]
        within = _complex_others(poles, lo, hi, (anchor[3], anchor[0], e, y), nothing)
        now = _step(anchor, start, beyond, within, _of_baths(baths, cross, group, other, anchor[0], e, y), now)
        if not anywhere(now[6]):
            break
    around = ((dh[lo - 1], dl[lo - 1]) if lo > 0 else (-AWAY, 0.0), (dh[hi], dl[hi]) if hi < n else (AWAY, 0.0))
    broad = BROAD * field.radius[n_leaves + leaf] if field.far.shape[0] else AWAY
    put_lanes(rows, _found(anchor, start, given[6], given[7], around, broad, now))
    for k in range(todo.size):
        j = todo[k]
        slopes[j], largest[j], state[j] = complex(rows[2, k], rows[3, k]), rows[4, k], np.int64(rows[5, k])
        if state[j] < 2:
            offsets[j] = complex(rows[0, k], rows[1, k])


@_borrowing
def _pass_piece(poles, field, baths, cross, group, other, todo, anchors, offsets, slopes, largest, state, rows):
    k = 0
    while k < todo.size:
        count = _together(todo, k, poles[0].size, field.near_begin.size - 1)
        _pass_some(poles, field, baths, cross, group, other, todo[k : k + count], anchors, offsets, slopes, largest,
                   state, rows)
        k += count


def _terms_of_zeros(dh, dl, w, field, bath_d, bath_dl, nu, u, cross, group, other, todo, *_):
    return todo.size * min(dh.size, NEARBY)


@njit(cache=True, error_model="numpy", parallel=True, work=_terms_of_zeros)
def complex_pass(dh, dl, w, field, bath_d, bath_dl, nu, u, cross, group, other, todo, anchors, offsets, slopes, largest,
                 state):
    """Sum all poles once at each zero named in ``todo``, solve the local model, update in place.

    ``cross``: None, or that of the doubled network of bath groups ``group`` and ``other`` (``gap_terms.doubled_term``).
    ``state``: 0 go on, 1 settled, 2 lost (left its gap, or the local solution did not converge).
    """
    for piece in prange((todo.size + PIECE - 1) // PIECE):
        _pass_piece((dh, dl, w), field, (bath_d, bath_dl, nu, u), cross, group, other,
                    todo[piece * PIECE : (piece + 1) * PIECE], anchors, offsets, slopes, largest, state,
                    floats((8, LANES)))
