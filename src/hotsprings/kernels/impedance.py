"""Chains as springs in series and in parallel: what a site feels from either side, never a sum of two springs.

With o_i = p_i - m_i ω² + iω γ_i, what holds site i itself, the stiffness of everything up to site i, and from it on, is

    L_i = o_i + k_{i-1} L_{i-1}/(k_{i-1} + L_{i-1}),      R_i = o_i + k_i R_{i+1}/(k_i + R_{i+1}),

and G_ii = 1/(L_i + R_i - o_i). Each step is right for springs, masses and frictions changed by a few rounding errors
of their own, however far apart they are; the entries k_{i-1} + k_i + p_i of K lose a weak spring beside a stiff one.

References
----------
Dhillon, Parlett, Linear Algebra Appl. 387, 1 (2004), the differential qd recursions.
"""

from __future__ import annotations

import math

import numpy as np

from hotsprings.kernels.compiled import njit, prange

NEARBY = 1e-6  # relative correction up to which a zero is refined
SMALL = 1e-40  # of a spring, put in place of an exact zero of k + L
ALONE = (0.0, 0, 0)  # no edge: a chain's own zero
ELSEWHERE = 1e-3  # amplitude below which a site belongs to another motion that rings at the same frequency
NODE = 1e-14  # per site: a component this much smaller than its neighbours is a node, zero but for rounding


@njit(cache=True, error_model="numpy", fastmath=False)
def over(a, b):
    """Return a/b of complex numbers, b not zero."""
    n = b.real * b.real + b.imag * b.imag
    return complex((a.real * b.real + a.imag * b.imag) / n, (a.imag * b.real - a.real * b.imag) / n)


@njit(cache=True, error_model="numpy", fastmath=False)
def share(k, stiffness):
    """Return k/(k + L), the part of a displacement that passes over a spring."""
    total = stiffness + k
    if total == 0.0:
        total += SMALL * k
    return over(complex(k, 0.0), total)


@njit(cache=True, error_model="numpy", fastmath=False)
def sides(k, p, m, gamma, w, left, right, own):
    """Fill what holds each site itself, the share that each spring passes on leftwards and rightwards, and 1/G_ii.

    On return ``left[i]`` is k_i/(k_i + L_i), ``right[i]`` is k_{i-1}/(k_{i-1} + R_i), and ``own[i]`` is 1/G_ii.
    """
    n = m.size
    x = w * w
    before = 0.0j  # from the left
    for i in range(n):
        o = complex(p[i] - m[i] * x.real - gamma[i] * w.imag, gamma[i] * w.real - m[i] * x.imag)
        own[i] = o + before
        if i + 1 < n:
            left[i] = share(k[i], own[i])
            before = left[i] * own[i]
    after = 0.0j
    for i in range(n - 1, -1, -1):
        o = complex(p[i] - m[i] * x.real - gamma[i] * w.imag, gamma[i] * w.real - m[i] * x.imag)
        own[i] += after
        if i > 0:
            here = o + after
            right[i] = share(k[i - 1], here)
            after = right[i] * here


@njit(cache=True, error_model="numpy", fastmath=False)
def twist_at(m, gamma, w, own, given=-1):
    """Return the site that moves most in the nearest resonance, where it is not given."""
    if given >= 0:
        return given
    best, twist = -1.0, 0
    for i in range(m.size):
        size = abs(own[i])
        weight = (2.0 * abs(w) * m[i] + gamma[i]) / size if size > 0.0 else math.inf
        if weight > best:
            best, twist = weight, i
    return twist


@njit(cache=True, error_model="numpy", fastmath=False)
def motion(left, right, twist, z):
    """Fill the displacements that a unit displacement of one site causes."""
    z[twist] = 1.0
    for i in range(twist - 1, -1, -1):
        z[i] = left[i] * z[i + 1]
    for i in range(twist + 1, z.size):
        z[i] = right[i] * z[i - 1]


@njit(cache=True, error_model="numpy", fastmath=False)
def part_twists(k, p, m, gamma, omegas, before, twists):
    """Fill the sites that move most in resonances of equal frequency, each of which rings elsewhere.

    ``before`` is the number of the one before with that frequency, less than its own, -1 for the first. A site at rest
    in the motions of those before is taken, the best one of all where there is none.
    """
    n = m.size
    left, right, own = np.empty(n, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
    z, moving = np.empty(n, np.complex128), complex(math.inf, 0.0)
    for t in range(omegas.size):
        w, other = omegas[t], before[t]
        sides(k, p, m, gamma, w, left, right, own)
        twists[t] = twist_at(m, gamma, w, own)
        while other >= 0:
            motion(left, right, twists[other], z)
            for i in range(n):
                if not abs(z[i]) < ELSEWHERE:
                    own[i] = moving
            other = before[other]
        at_rest = twist_at(m, gamma, w, own)
        if own[at_rest] != moving:
            twists[t] = at_rest


@njit(cache=True, error_model="numpy", fastmath=False)
def slope_of(m, gamma, w, z):
    """Return zᵀ Z'(ω) z, Z' = -2ωM + iΓ."""
    total = 0.0j
    for i in range(m.size):
        total += (complex(0.0, gamma[i]) - 2.0 * w * m[i]) * z[i] * z[i]
    return total


@njit(cache=True, error_model="numpy", fastmath=False)
def log_derivative(k, p, m, gamma, w, left, right, own):
    """Return d ln det Z/dω = Σ_i Z'_ii G_ii, infinite on a zero."""
    sides(k, p, m, gamma, w, left, right, own)
    total = 0.0j
    for i in range(m.size):
        if own[i] == 0.0:
            return complex(math.inf, 0.0)
        total += over(complex(0.0, gamma[i]) - 2.0 * w * m[i], own[i])
    return total


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def corrections(k, p, m, gamma, fixed, todo, omegas, moves):
    """Fill the Ehrlich-Aberth correction of each zero of det Z in ``todo``, ``fixed`` zeros being known."""
    n = m.size
    for t in prange(todo.size):
        w = omegas[todo[t]]
        left, right, own = np.empty(n, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
        total = log_derivative(k, p, m, gamma, w, left, right, own)
        if total.real == math.inf:
            moves[todo[t]] = 0.0
            continue
        for o in range(omegas.size):
            apart = w - omegas[o]
            if o != todo[t] and apart != 0.0:
                total -= over(1.0 + 0.0j, apart)
        for o in range(fixed.size):
            apart = w - fixed[o]
            if apart != 0.0:
                total -= over(1.0 + 0.0j, apart)
        moves[todo[t]] = over(-1.0 + 0.0j, total) if total != 0.0 else complex(math.inf, 0.0)


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def polished(k, p, m, gamma, steps, omegas, last):
    """Refine each zero by Rayleigh quotients; its decay, where it oscillates, from Im ω = z*Γz/(2 z*Mz).

    ``last`` is the relative size of the last correction; one above 1e-6 is not made.
    """
    n = m.size
    for t in prange(omegas.size):
        left, right, own = np.empty(n, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
        z = np.empty(n, np.complex128)
        for _ in range(steps):
            w = omegas[t]
            sides(k, p, m, gamma, w, left, right, own)
            twist = twist_at(m, gamma, w, own)
            motion(left, right, twist, z)
            s = slope_of(m, gamma, w, z)
            step = over(own[twist], s) if s != 0.0 else 0.0j
            last[t] = abs(step) / abs(w)
            if not last[t] <= NEARBY:  # zeros that coincide leave Rayleigh quotients at a loss
                break
            new = w - step
            if abs(new.real) > new.imag:
                damping, inertia = 0.0, 0.0
                for i in range(n):
                    size = z[i].real * z[i].real + z[i].imag * z[i].imag
                    damping += gamma[i] * size
                    inertia += m[i] * size
                new = complex(new.real, 0.5 * damping / inertia)
            omegas[t] = new


@njit(cache=True, error_model="numpy", fastmath=False)
def mirrored_inverse(k, p, m, gamma, w, v, twist, left, right, own, diagonal, edge):
    """Fill the shares at -ω and the diagonal of G(-ω), ω a zero with null vector v, v = 1 at the twist.

    Beside the real axis 1/G_tt cancels; from Z(-ω) = Z(ω) - 2iωΓ it is -2iω Σ γ v u, u the motion at -ω. Where v is of
    a chain that ends otherwise, ``edge`` = (c, i, j) adds c v_i u_j to that, and the sites of both are summed.
    """
    n = m.size
    sides(k, p, m, gamma, -w, left, right, own)
    u = np.empty(n, np.complex128)
    motion(left, right, twist, u)
    stiff, i, j = edge
    between = stiff * (v[i] * u[j])
    damped, size = 0.0j, 0.0
    for i in range(min(n, v.size)):
        damped += gamma[i] * (v[i] * u[i])
        size += gamma[i] * abs(v[i] * u[i])
    largest = abs(p[twist]) + m[twist] * abs(w) ** 2 + gamma[twist] * abs(w)
    if twist > 0:
        largest += k[twist - 1] * abs(1.0 - left[twist - 1])
    if twist + 1 < n:
        largest += k[twist] * abs(1.0 - right[twist + 1])
    pivot = between - 2.0j * w * damped if 2.0 * abs(w) * size + abs(between) < largest else own[twist]
    size = max(abs(pivot.real), abs(pivot.imag))  # its square may leave floating point
    diagonal[twist] = over(1.0 + 0.0j, pivot / size) / size if size > 0.0 else complex(math.inf, 0.0)
    for i in range(twist - 1, -1, -1):
        diagonal[i] = left[i] / k[i] + left[i] * left[i] * diagonal[i + 1]
    for i in range(twist + 1, n):
        diagonal[i] = right[i] / k[i - 1] + right[i] * right[i] * diagonal[i - 1]


@njit(cache=True, error_model="numpy", fastmath=False)
def column(left, right, diagonal, twist, a, out):
    """Fill column a of G from its diagonal and the shares, which run away from the twist."""
    n = diagonal.size
    out[a] = diagonal[a]
    passed = 1.0 + 0.0j
    if a <= twist:
        for i in range(a - 1, -1, -1):
            out[i] = left[i] * out[i + 1]
        for i in range(a, n - 1):
            passed *= left[i] if i < twist else right[i + 1]
            out[i + 1] = passed * (diagonal[i + 1] if i < twist else diagonal[twist])
    else:
        for i in range(a + 1, n):
            out[i] = right[i] * out[i - 1]
        for i in range(a, 0, -1):
            passed *= right[i] if i > twist else left[i - 1]
            out[i - 1] = passed * (diagonal[i - 1] if i > twist else diagonal[twist])


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def residues(k, p, m, gamma, sites, omegas, twists, shares, parts, between, weights):
    """Fill ω² Res G_ab · G_ab(-ω) at each zero, and the bath weights that each of the ``parts`` of the zeros adds.

    ``twists``: the site that moves most, -1 where that is to be found. ``between`` has shape (zeros, n_b, n_b),
    ``weights`` (parts, n_sites, n_b).
    """
    n, n_b = m.size, sites.size
    for part in prange(parts):
        left, right, own = np.empty(n, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
        v, diagonal, g = np.empty(n, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
        for t in range(part, omegas.size, parts):
            w = omegas[t]
            sides(k, p, m, gamma, w, left, right, own)
            twist = twist_at(m, gamma, w, own, twists[t])
            motion(left, right, twist, v)
            factor = over(w * w, slope_of(m, gamma, w, v))
            mirrored_inverse(k, p, m, gamma, w, v, twist, left, right, own, diagonal, ALONE)
            for a in range(n_b):
                column(left, right, diagonal, twist, sites[a], g)
                here = factor * v[sites[a]]
                for b in range(n_b):
                    between[t, a, b] = here * v[sites[b]] * g[sites[b]]
                here *= 4.0j * shares[t] * gamma[sites[a]]
                for i in range(n):
                    weights[part, i, a] += m[i] * (here * v[i] * g[i]).real


@njit(cache=True, error_model="numpy", fastmath=False)
def from_baths(left, right, diagonal, twist, sites, rows, g, out):
    """Fill G from some sites to others, (n_rows, n_sites), with columns of G (n,) as scratch."""
    for a in range(sites.size):
        column(left, right, diagonal, twist, sites[a], g)
        for r in range(rows.size):
            out[r, a] = g[rows[r]]


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def factors(k, p, m, gamma, sites, rows, omegas, twists, first, second, mirrored):
    """Fill v at rows (n_rows, zeros), v/s at sites (n_b, zeros), s = vᵀ Z' v, and G(-ω) (n_rows, n_b, zeros).

    ``twists`` as in :func:`residues`.
    """
    n = m.size
    for t in prange(omegas.size):
        left, right, own = np.empty(n, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
        v, diagonal, g = np.empty(n, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
        w = omegas[t]
        sides(k, p, m, gamma, w, left, right, own)
        twist = twist_at(m, gamma, w, own, twists[t])
        motion(left, right, twist, v)
        slope = slope_of(m, gamma, w, v)
        for r in range(rows.size):
            first[r, t] = v[rows[r]]
        for a in range(sites.size):
            second[a, t] = over(v[sites[a]], slope)
        mirrored_inverse(k, p, m, gamma, w, v, twist, left, right, own, diagonal, ALONE)
        from_baths(left, right, diagonal, twist, sites, rows, g, mirrored[:, :, t])


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def crossed(own, other, edge, sites, rows, omegas, mirrored):
    """Fill G(-ω) of another chain (n_rows, n_b, zeros) at zeros of a chain that ends otherwise: (k, p, m, gamma) each.

    The difference of a zero from the other chain's own may be far below rounding of either.
    """
    k, p, m, gamma = other
    n = min(own[2].size, m.size)
    for t in prange(omegas.size):
        scratch, v, w = np.empty((3, own[2].size), np.complex128), np.empty(own[2].size, np.complex128), omegas[t]
        sides(own[0], own[1], own[2], own[3], w, scratch[0], scratch[1], scratch[2])
        twist = twist_at(own[2][:n], own[3][:n], w, scratch[2])
        motion(scratch[0], scratch[1], twist, v)
        left, right, inverse = np.empty(m.size, np.complex128), np.empty(m.size, np.complex128), np.empty(
            m.size, np.complex128)
        diagonal, g = np.empty(m.size, np.complex128), np.empty(m.size, np.complex128)
        mirrored_inverse(k, p, m, gamma, w, v, twist, left, right, inverse, diagonal, edge)
        from_baths(left, right, diagonal, twist, sites, rows, g, mirrored[:, :, t])


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def response(k, p, m, gamma, omegas, i, j, out, moved):
    """Fill G_ij at real frequencies, and what a part of all masses, pinnings and frictions changes it by, relative.

    G_ij is G_ii times the shares of the springs on the way to j, and ∂ log G_ij/∂o_n = -G_in G_nj/G_ij: G_nn on that
    way, beyond it G_ii or G_jj times the shares out to n, squared.
    """
    n = m.size
    first, last = min(i, j), max(i, j)
    for t in prange(omegas.size):
        left, right, own = np.empty(n, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
        sides(k, p, m, gamma, complex(omegas[t], 0.0), left, right, own)
        if own[last] == 0.0:
            out[t], moved[t] = complex(math.inf, 0.0), 0.0
            continue
        passed = over(1.0 + 0.0j, own[last])
        for s in range(last - 1, first - 1, -1):
            passed *= left[s]
        out[t] = passed
        x, w, total = omegas[t] * omegas[t], abs(omegas[t]), 0.0
        for s in range(first, last + 1):
            total += (p[s] + m[s] * x + gamma[s] * w) / abs(own[s])
        reach = 1.0 / abs(own[first])
        for s in range(first - 1, -1, -1):
            reach *= left[s].real ** 2 + left[s].imag ** 2
            total += (p[s] + m[s] * x + gamma[s] * w) * reach
        reach = 1.0 / abs(own[last])
        for s in range(last + 1, n):
            reach *= right[s].real ** 2 + right[s].imag ** 2
            total += (p[s] + m[s] * x + gamma[s] * w) * reach
        moved[t] = total


@njit(cache=True, error_model="numpy", fastmath=False, parallel=True)
def still(k, p, m, omegas, out):
    """Fill the motion of undamped modes at their real frequencies, Σ_i m_i z_i² = 1 in each row."""
    n = m.size
    none = np.zeros(n)
    for t in prange(omegas.size):
        left, right, own = np.empty(n, np.complex128), np.empty(n, np.complex128), np.empty(n, np.complex128)
        z = np.empty(n, np.complex128)
        w = complex(omegas[t], 0.0)
        sides(k, p, m, none, w, left, right, own)
        motion(left, right, twist_at(m, none, w, own), z)
        total = 0.0
        for i in range(n):
            total += m[i] * z[i].real ** 2
        for i in range(n):
            out[t, i] = z[i].real / math.sqrt(total)
