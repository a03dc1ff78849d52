"""Cauchy sums over points on a line in O(N): a tree of intervals, Chebyshev charges far away, direct sums nearby.

    φ(x) = Σ_r w_r/(y_r - x)

The sorted points are cut into ``n_leaves`` (a power of two) leaves of equal number, the leaves joined in pairs up to
the root: a heap, node i has the children 2i and 2i+1, the leaves are the nodes n_leaves … 2 n_leaves - 1. A node is an
interval, ``centre`` (high, low) and ``radius``. Two intervals are far from each other when the gap between them is at
least ``SEPARATION`` times the wider one: then 1/(y - x) is interpolated on both, and charges on ``ORDER`` Chebyshev
nodes of one give the values on those of the other by the same bare sum. What is left is nearby and summed directly,
with differences of double-doubles. The interpolation error is ρ^-ORDER, ρ = a + sqrt(a² - 1), a = 1 + 2 SEPARATION:
1e-15.

References
----------
Fong, Darve, "The black-box fast multipole method", J. Comput. Phys. 228, 8712 (2009).
Dehnen, "A hierarchical O(N) force calculation algorithm", J. Comput. Phys. 179, 27 (2002) (the walk over both trees).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.double_double import difference, fma
from hotsprings.kernels.lanes import Lane, lane_sums

ORDER = 24
SEPARATION = 0.6
THREADED = 512  # nodes of a level from which they are shared among threads
TINY = 1e-290  # radius of an interval that is one point

_ANGLE = (2.0 * np.arange(ORDER) + 1.0) * np.pi / (2.0 * ORDER)
NODES = np.cos(_ANGLE)
TRANSFORM = np.cos(np.outer(_ANGLE, np.arange(ORDER))) * (2.0 / ORDER)  # [j, k] = (2 - δ_k0) T_k(node j)/ORDER
TRANSFORM[:, 0] *= 0.5
TRANSPOSED = TRANSFORM.T.copy()
POWERS = np.zeros((ORDER, ORDER))  # [k, m]: coefficient of t^m in T_k
for _k in range(ORDER):
    POWERS[_k, : _k + 1] = np.polynomial.chebyshev.cheb2poly(np.eye(_k + 1)[_k])


class Field(NamedTuple):
    """A sum over sources as the leaves of targets see it: what is nearby, and a polynomial for what is far.

    ``centre`` (2, 2 n_leaves) and ``radius`` of the target nodes; ``near_begin`` (n_leaves + 1,) and ``near`` (n, 2):
    ranges of sources to be summed directly; ``far`` (n_leaves, ORDER): coefficients in t = (x - centre)/radius, of no
    rows where everything is nearby.
    """

    centre: npt.NDArray[np.float64]
    radius: npt.NDArray[np.float64]
    near_begin: npt.NDArray[np.int64]
    near: npt.NDArray[np.int64]
    far: npt.NDArray[np.float64]


@njit(cache=True, error_model="numpy")
def leaf_of(j, n, n_leaves):
    """Return the leaf of point j; leaf i begins at point (i n) // n_leaves."""
    return ((j + 1) * n_leaves - 1) // n


@njit(cache=True, error_model="numpy")
def intervals(lower, upper):
    """Return centre (2, 2 n_leaves) and radius (2 n_leaves,) of all nodes from the ends of the leaves, each (2, n)."""
    n_leaves = lower.shape[1]
    centre, radius = np.zeros((2, 2 * n_leaves)), np.zeros(2 * n_leaves)
    first, last = np.zeros(2 * n_leaves, np.int64), np.zeros(2 * n_leaves, np.int64)
    for i in range(2 * n_leaves - 1, 0, -1):
        if i >= n_leaves:
            first[i] = last[i] = i - n_leaves
        else:
            first[i], last[i] = first[2 * i], last[2 * i + 1]
        a, b = first[i], last[i]
        width = difference(upper[0, b], upper[1, b], lower[0, a], lower[1, a])
        centre[0, i], centre[1, i] = lower[0, a], lower[1, a] + 0.5 * width
        radius[i] = max(0.5 * width, TINY)
    return centre, radius


@njit(cache=True, error_model="numpy")
def _walk(ct, rt, cs, rs, far, near):
    """Pair all nodes of two trees as far or nearby; count the pairs, and write them if there is room."""
    fill = far.shape[0] + near.shape[0] > 0
    leaves_t, leaves_s = rt.size // 2, rs.size // 2
    stack = np.empty((512, 2), np.int64)
    stack[0] = 1
    top, n_far, n_near = 1, 0, 0
    while top > 0:
        top -= 1
        t, s = stack[top, 0], stack[top, 1]
        gap = abs(difference(ct[0, t], ct[1, t], cs[0, s], cs[1, s])) - rt[t] - rs[s]
        if gap >= 2.0 * SEPARATION * max(rt[t], rs[s]):
            if fill:
                far[n_far, 0], far[n_far, 1] = t, s
            n_far += 1
        elif t >= leaves_t and s >= leaves_s:
            if fill:
                near[n_near, 0], near[n_near, 1] = t - leaves_t, s - leaves_s
            n_near += 1
        elif s >= leaves_s or (t < leaves_t and rt[t] >= rs[s]):
            stack[top, 0], stack[top, 1] = 2 * t, s
            stack[top + 1, 0], stack[top + 1, 1] = 2 * t + 1, s
            top += 2
        else:
            stack[top, 0], stack[top, 1] = t, 2 * s
            stack[top + 1, 0], stack[top + 1, 1] = t, 2 * s + 1
            top += 2
    return n_far, n_near


@njit(cache=True, error_model="numpy")
def _by_target(pairs, n_targets):
    """Return where the sources of each target begin, shape (n_targets + 1,), and the sources in that order."""
    begin = np.zeros(n_targets + 1, np.int64)
    for k in range(pairs.shape[0]):
        begin[pairs[k, 0] + 1] += 1
    for t in range(n_targets):
        begin[t + 1] += begin[t]
    place, source = begin.copy(), np.empty(pairs.shape[0], np.int64)
    for k in range(pairs.shape[0]):
        t = pairs[k, 0]
        source[place[t]] = pairs[k, 1]
        place[t] += 1
    return begin, source


@njit(cache=True, error_model="numpy")
def _ascend(numbers):
    """Sort a few numbers, in place."""
    for i in range(1, numbers.size):
        number, k = numbers[i], i
        while k > 0 and numbers[k - 1] > number:
            numbers[k] = numbers[k - 1]
            k -= 1
        numbers[k] = number


@njit(cache=True, error_model="numpy")
def interactions(ct, rt, cs, rs, n_sources):
    """Return far_begin, far_source, far_offset (source nodes of each target node), near_begin, near (ranges of points).

    The offsets between centres are stored, not formed in the sums.
    """
    leaves_t, leaves_s = rt.size // 2, rs.size // 2
    nothing = np.empty((0, 2), np.int64)
    n_far, n_near = _walk(ct, rt, cs, rs, nothing, nothing)
    far, near = np.empty((n_far, 2), np.int64), np.empty((n_near, 2), np.int64)
    _walk(ct, rt, cs, rs, far, near)
    far_begin, far_source = _by_target(far, 2 * leaves_t)
    far_offset = np.empty(n_far)
    for t in range(2 * leaves_t):
        for k in range(far_begin[t], far_begin[t + 1]):
            s = far_source[k]
            far_offset[k] = difference(cs[0, s], cs[1, s], ct[0, t], ct[1, t])
    begin, leaf = _by_target(near, leaves_t)
    near_begin, ranges = np.zeros(leaves_t + 1, np.int64), np.empty((n_near, 2), np.int64)
    count = 0
    for t in range(leaves_t):
        mine = leaf[begin[t] : begin[t + 1]]
        _ascend(mine)
        start = count
        for s in mine:
            a, b = s * n_sources // leaves_s, (s + 1) * n_sources // leaves_s
            if count > start and ranges[count - 1, 1] == a:
                ranges[count - 1, 1] = b
            else:
                ranges[count, 0], ranges[count, 1] = a, b
                count += 1
        near_begin[t + 1] = count
    return far_begin, far_source, far_offset, near_begin, ranges[:count].copy()


@lane_sums
def _terms(x: Lane) -> tuple[Lane]:
    return (x,)


@lane_sums
def _products(x: Lane, y: Lane) -> tuple[Lane]:
    return (x * y,)


@njit(cache=True, error_model="numpy", fastmath=False)
def dot(x, y):
    """Return Σ x y."""
    return _products((x, y), 0, x.size, ())[0]


@njit(cache=True, error_model="numpy", parallel=True, work=lambda dh, *_: dh.size * ORDER)
def real_moments(dh, dl, w, centre, radius):
    """Return Σ w T_k(t) over each leaf, shape (2 n_leaves, ORDER): real points, t = (y - centre)/radius."""
    n_leaves, n = radius.size // 2, dh.size
    out = np.zeros((2 * n_leaves, ORDER))
    for i in prange(n_leaves):
        a, b = i * n // n_leaves, (i + 1) * n // n_leaves
        node = n_leaves + i
        scale = 1.0 / radius[node]
        t, old, new = np.empty(b - a), np.empty(b - a), np.empty(b - a)
        for r in range(b - a):
            t[r] = difference(dh[a + r], dl[a + r], centre[0, node], centre[1, node]) * scale
            old[r], new[r] = w[a + r] * t[r], w[a + r]
        for k in range(ORDER):
            out[node, k] = _terms((new,), 0, b - a, ())[0]
            for r in range(b - a):
                following = 2.0 * t[r] * new[r] - old[r]
                old[r] = new[r]
                new[r] = following
    return out


@njit(cache=True, error_model="numpy", parallel=True, work=lambda zh, *_: 2 * zh.size * ORDER)
def complex_moments(zh, ze, zy, wr, wi, centre, radius):
    """Return Re Σ w T_k(t) over each leaf, shape (2 n_leaves, ORDER): points zh + ze + i zy, weights wr + i wi."""
    n_leaves, n = radius.size // 2, zh.size
    out = np.zeros((2 * n_leaves, ORDER))
    for i in prange(n_leaves):
        a, b = i * n // n_leaves, (i + 1) * n // n_leaves
        node = n_leaves + i
        scale = 1.0 / radius[node]
        work = np.empty((6, b - a))
        x, y, old_r, old_i, new_r, new_i = work[0], work[1], work[2], work[3], work[4], work[5]
        for r in range(b - a):
            x[r] = difference(zh[a + r], ze[a + r], centre[0, node], centre[1, node]) * scale
            y[r] = zy[a + r] * scale
            new_r[r], new_i[r] = wr[a + r], wi[a + r]
            old_r[r] = wr[a + r] * x[r] - wi[a + r] * y[r]
            old_i[r] = wr[a + r] * y[r] + wi[a + r] * x[r]
        for k in range(ORDER):
            out[node, k] = _terms((new_r,), 0, b - a, ())[0]
            for r in range(b - a):
                next_r = 2.0 * (x[r] * new_r[r] - y[r] * new_i[r]) - old_r[r]
                next_i = 2.0 * (x[r] * new_i[r] + y[r] * new_r[r]) - old_i[r]
                old_r[r], old_i[r] = new_r[r], new_i[r]
                new_r[r], new_i[r] = next_r, next_i
    return out


@njit(cache=True, error_model="numpy", fastmath=False)
def _discharge(i, moments, charge):
    """Turn the moments of node i into charges on its Chebyshev nodes."""
    for j in range(ORDER):
        charge[i, j] = dot(TRANSFORM[j], moments[i])


@njit(cache=True, error_model="numpy", fastmath=False)
def _merge(i, moments, charge, centre, radius):
    """Turn the moments of both children of node i into charges, and add them to its moments."""
    for child in range(2 * i, 2 * i + 2):
        _discharge(child, moments, charge)
        shift = difference(centre[0, child], centre[1, child], centre[0, i], centre[1, i]) / radius[i]
        ratio = radius[child] / radius[i]
        for j in range(ORDER):
            t = shift + ratio * NODES[j]
            new, old = charge[child, j], charge[child, j] * t
            for k in range(ORDER):
                moments[i, k] += new
                old, new = new, fma(2.0 * t, new, -old)


@njit(cache=True, error_model="numpy", parallel=True, work=lambda moments, *_: 2 * moments.size * ORDER)
def charges(moments, centre, radius):
    """Return the charges on the Chebyshev nodes of every node, shape (2 n_leaves, ORDER); ``moments`` are completed."""
    size = radius.size // 2
    out = np.zeros_like(moments)
    while size > 1:
        size //= 2  # parents are size … 2 size - 1
        if size < THREADED:
            for i in range(size, 2 * size):
                _merge(i, moments, out, centre, radius)
        else:
            for q in prange(size):
                _merge(size + q, moments, out, centre, radius)
    _discharge(np.int64(1), moments, out)
    return out


@lane_sums
def _far_terms(charge: Lane, node: Lane, x: Lane, radius: Lane) -> tuple[Lane]:
    return (charge / radius.fma(node, x),)


@lane_sums
def _squared_far_terms(charge: Lane, node: Lane, x: Lane, radius: Lane) -> tuple[Lane]:
    q = 1.0 / radius.fma(node, x)
    return (charge * (q * q),)


def _far_work(charge, rt, rs, begin, source, *_):
    return source.size * ORDER**2


@njit(cache=True, error_model="numpy", parallel=True, work=_far_work)
def far_values(charge, rt, rs, begin, source, offset, squared):
    """Return the sum over the far nodes of each target node, on its Chebyshev nodes, shape (2 n_leaves, ORDER).

    ``squared``: the sum of w/(y - x)², which the derivative of the plain sum does not give where it is small.
    """
    out = np.zeros((rt.size, ORDER))
    for t in prange(rt.size):
        for k in range(begin[t], begin[t + 1]):
            s = source[k]
            for i in range(ORDER):
                x = offset[k] - rt[t] * NODES[i]
                if squared:
                    out[t, i] += _squared_far_terms((charge[s], NODES), 0, ORDER, (x, rs[s]))[0]
                else:
                    out[t, i] += _far_terms((charge[s], NODES), 0, ORDER, (x, rs[s]))[0]
    return out


@njit(cache=True, error_model="numpy", fastmath=False)
def _hand_down(i, values, centre, radius):
    """Add the polynomial of node i to the values of its children."""
    row = np.zeros(ORDER)
    for k in range(ORDER):
        row[k] = dot(TRANSPOSED[k], values[i])
    for child in range(2 * i, 2 * i + 2):
        shift = difference(centre[0, child], centre[1, child], centre[0, i], centre[1, i]) / radius[i]
        ratio = radius[child] / radius[i]
        for j in range(ORDER):
            t = shift + ratio * NODES[j]
            new, old = 0.0, 0.0
            for k in range(ORDER - 1, 0, -1):
                old, new = new, fma(2.0 * t, new, row[k] - old)
            values[child, j] += row[0] + t * new - old


@njit(cache=True, error_model="numpy", parallel=True, work=lambda values, *_: 2 * values.size * ORDER)
def polynomials(values, centre, radius):
    """Return the far sum in each leaf as coefficients of t^m, shape (n_leaves, ORDER); ``values`` are completed."""
    n_leaves = radius.size // 2
    size = 1
    while size < n_leaves:
        if size < THREADED:
            for i in range(size, 2 * size):
                _hand_down(i, values, centre, radius)
        else:
            for q in prange(size):
                _hand_down(size + q, values, centre, radius)
        size *= 2
    out = np.zeros((n_leaves, ORDER))
    for leaf in prange(n_leaves):
        for k in range(ORDER):
            total = dot(TRANSPOSED[k], values[n_leaves + leaf])
            for m in range(k + 1):
                out[leaf, m] += total * POWERS[k, m]
    return out


@njit(cache=True, error_model="numpy", fastmath=False)
def real_far(field, leaf, xh, xl):
    """Return the far sum at real x, its derivative and half its second derivative."""
    if field.far.shape[0] == 0:
        return 0.0, 0.0, 0.0
    node = field.radius.size // 2 + leaf
    scale = 1.0 / field.radius[node]
    t = difference(xh, xl, field.centre[0, node], field.centre[1, node]) * scale
    a = b = c = 0.0
    for m in range(ORDER - 1, -1, -1):
        c = fma(c, t, b)
        b = fma(b, t, a)
        a = fma(a, t, field.far[leaf, m])
    return a, b * scale, c * (scale * scale)


@njit(cache=True, error_model="numpy", fastmath=False)
def complex_far(field, leaf, xh, xl, y):
    """Return the far sum at x + iy, its derivative and half its second derivative, as six doubles."""
    if field.far.shape[0] == 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    node = field.radius.size // 2 + leaf
    scale = 1.0 / field.radius[node]
    t = difference(xh, xl, field.centre[0, node], field.centre[1, node]) * scale
    u = y * scale
    ar = ai = br = bi = cr = ci = 0.0
    for m in range(ORDER - 1, -1, -1):
        cr, ci = fma(cr, t, fma(-ci, u, br)), fma(cr, u, fma(ci, t, bi))
        br, bi = fma(br, t, fma(-bi, u, ar)), fma(br, u, fma(bi, t, ai))
        ar, ai = fma(ar, t, fma(-ai, u, field.far[leaf, m])), fma(ar, u, ai * t)
    return ar, ai, br * scale, bi * scale, cr * (scale * scale), ci * (scale * scale)
