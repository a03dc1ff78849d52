"""Forces between all particles: O(N) in a mean field and a chain, O(N log N) on a lattice, matrix products elsewhere.

Pairs act by w_ij (r + c s_ij r² + b r³), r = q_j - q_i, s_ij = ±1 the direction of the bond, or by w_ij sin r. Powers of r
are multiplied out into sums over j alone, Φ_p(i) = Σ_j w_ij u_j^p and Ψ_p(i) = Σ_j s_ij w_ij u_j^p, with u measured from
the centre, so that a network that drifts away loses no digits. ``terms`` holds c, b and the coefficient of q³ on site.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hotsprings.kernels.fourier import forward, inverse
from hotsprings.kernels.trigonometry import sincos

FAST = {"contract", "reassoc", "arcp", "nsz"}
MEAN_FIELD, CHAIN, LATTICE, DENSE = 0, 1, 2, 3
HARMONIC, POLYNOMIAL, ROTOR = 0, 1, 2


@njit(cache=True, error_model="numpy", fastmath=FAST)
def centred(q, u):
    """Fill u = q - mean(q)."""
    total = 0.0
    for i in range(q.size):
        total += q[i]
    mean = total / q.size
    for i in range(q.size):
        u[i] = q[i] - mean


@njit(cache=True, error_model="numpy", fastmath=FAST)
def on_site(q, pinning, quartic, force):
    """Add -k0 q - quartic q³."""
    for i in range(q.size):
        force[i] -= q[i] * (pinning[i] + quartic * q[i] * q[i])


@njit(cache=True, error_model="numpy", fastmath=FAST)
def combine(u, phi, psi, c, b, force):
    """Fill Φ1 - uΦ0 + c (Ψ2 - 2uΨ1 + u²Ψ0) + b (Φ3 - 3uΦ2 + 3u²Φ1 - u³Φ0)."""
    p0, p1, p2, p3 = phi[0], phi[1], phi[2], phi[3]
    s0, s1, s2 = psi[0], psi[1], psi[2]
    for i in range(u.size):
        x = u[i]
        even = p1[i] - x * p0[i]
        odd = s2[i] + x * (x * s0[i] - 2.0 * s1[i])
        third = p3[i] + x * (x * (3.0 * p1[i] - x * p0[i]) - 3.0 * p2[i])
        force[i] = even + c * odd + b * third


@njit(cache=True, error_model="numpy", fastmath=FAST)
def mean_field_harmonic(q, w, force):
    """Fill w Σ_j (q_j - q_i)."""
    total = 0.0
    for i in range(q.size):
        total += q[i]
    for i in range(q.size):
        force[i] = w * (total - q.size * q[i])


@njit(cache=True, error_model="numpy", fastmath=FAST)
def mean_field_polynomial(q, w, c, b, u, force):
    """Fill w Σ_j (r + c s_ij r² + b r³) by moments; the direction of bonds takes sums over the sites on either side."""
    centred(q, u)
    n = u.size
    m1 = m2 = m3 = 0.0
    for i in range(n):
        square = u[i] * u[i]
        m1 += u[i]
        m2 += square
        m3 += square * u[i]
    for i in range(n):
        x = u[i]
        force[i] = w * ((m1 - n * x) + b * (m3 + x * (x * (3.0 * m1 - n * x) - 3.0 * m2)))
    if c != 0.0:
        below1 = below2 = 0.0
        for i in range(n):  # Σ_j s_ij u_j^p: those above less those below
            x = u[i]
            s1 = m1 - x - 2.0 * below1
            s2 = m2 - x * x - 2.0 * below2
            force[i] += w * c * (s2 + x * (x * (n - 1.0 - 2.0 * i) - 2.0 * s1))
            below1 += x
            below2 += x * x


@njit(cache=True, error_model="numpy", fastmath=FAST)
def mean_field_rotor(q, w, sine, cosine, force):
    """Fill w Σ_j sin(q_j - q_i) by the order parameter."""
    sincos(q, sine, cosine)
    s = c = 0.0
    for i in range(q.size):
        s += sine[i]
        c += cosine[i]
    for i in range(q.size):
        force[i] = w * (cosine[i] * s - sine[i] * c)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def chain(q, springs, interaction, c, b, pull, sine, force):
    """Fill the forces of neighbours and walls; ``springs`` (n + 1,) has those of the walls first and last."""
    n = q.size
    pull[0] = q[0]
    for i in range(1, n):
        pull[i] = q[i] - q[i - 1]
    pull[n] = -q[n - 1]
    if interaction == ROTOR:
        sincos(pull[:n + 1], sine[:n + 1], pull[:n + 1])
        for i in range(n + 1):
            pull[i] = springs[i] * sine[i]
    else:
        for i in range(n + 1):
            r = pull[i]
            pull[i] = springs[i] * r * (1.0 + r * (c + b * r))
    for i in range(n):
        force[i] = pull[i + 1] - pull[i]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def convolve(re, im, n, spectrum, odd, turn, out_re, out_im):
    """Fill the convolution of re + i im, (L,), zero from n on, with a real kernel; ``odd``: its spectrum is imaginary.

    ``re``, ``im`` hold the spectrum on entry; ``out`` may be the same arrays.
    """
    if odd:
        for k in range(re.size):
            a, d = re[k], im[k]
            out_re[k], out_im[k] = -d * spectrum[k], a * spectrum[k]
    else:
        for k in range(re.size):
            out_re[k], out_im[k] = re[k] * spectrum[k], im[k] * spectrum[k]
    inverse(out_re, out_im, turn)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _transformed(a, d, turn, re, im):
    n = a.size
    re[:n] = a
    re[n:] = 0.0
    im[:n] = d
    im[n:] = 0.0
    forward(re, im, turn)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def lattice_harmonic(q, tables, sums, scratch, force):
    """Fill Σ_j w(i-j) (q_j - q_i) of one row or two, which share a transform."""
    n, re, im, last = q.shape[1], scratch[0], scratch[1], q.shape[0] - 1
    u, v = scratch[2][:n], scratch[3][:n]
    centred(q[0], u)
    centred(q[last], v)
    _transformed(u, v, tables[2:], re, im)
    convolve(re, im, n, tables[0], False, tables[2:], re, im)
    for i in range(n):
        force[0, i] = re[i] - u[i] * sums[0, i]
    if last:
        for i in range(n):
            force[1, i] = im[i] - v[i] * sums[0, i]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def lattice_polynomial(q, tables, sums, c, b, scratch, force):
    """Fill Σ_j w(i-j) (r + c s r² + b r³) of one row or two; u and u² share a transform, so do the u³ of two rows."""
    n, rows, turn = q.shape[1], q.shape[0], tables[2:]
    re, im = scratch[0], scratch[1]
    phi = scratch[2:10, :n]  # Φ0 Φ1 Φ2 Φ3 of row 0, then of row 1
    psi = scratch[10:16, :n]
    u = scratch[16:18, :n]
    for r in range(rows):
        centred(q[r], u[r])
        phi[4 * r] = sums[0]
        psi[3 * r] = sums[1]
        psi[3 * r + 1:3 * r + 3] = 0.0
        for i in range(n):
            phi[4 * r + 2, i] = u[r, i] * u[r, i]
            phi[4 * r + 3, i] = phi[4 * r + 2, i] * u[r, i]
        _transformed(u[r], phi[4 * r + 2], turn, re, im)
        if c != 0.0:
            convolve(re, im, n, tables[1], True, turn, scratch[18], scratch[19])
            psi[3 * r + 1] = scratch[18, :n]
            psi[3 * r + 2] = scratch[19, :n]
        convolve(re, im, n, tables[0], False, turn, re, im)
        phi[4 * r + 1] = re[:n]
        phi[4 * r + 2] = im[:n]
    if b != 0.0:
        _transformed(phi[3], phi[4 * rows - 1], turn, re, im)
        convolve(re, im, n, tables[0], False, turn, re, im)
        phi[3] = re[:n]
        if rows > 1:
            phi[7] = im[:n]
    for r in range(rows):
        combine(u[r], phi[4 * r:4 * r + 4], psi[3 * r:3 * r + 3], c, b, force[r])


@njit(cache=True, error_model="numpy", fastmath=FAST)
def lattice_rotor(q, tables, scratch, force):
    """Fill Σ_j w(i-j) sin(q_j - q_i) = Im e^{-iq_i} Σ_j w(i-j) e^{iq_j}."""
    n, re, im = q.shape[1], scratch[0], scratch[1]
    sine, cosine = scratch[2][:n], scratch[3][:n]
    for r in range(q.shape[0]):
        sincos(q[r], sine, cosine)
        _transformed(cosine, sine, tables[2:], re, im)
        convolve(re, im, n, tables[0], False, tables[2:], re, im)
        for i in range(n):
            force[r, i] = cosine[i] * im[i] - sine[i] * re[i]


@njit(cache=True, error_model="numpy")
def _spread(values, out, p):
    for r in range(values.shape[0]):
        out[r, p] = values[r]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def dense(q, tables, sums, interaction, c, b, force):
    """Fill the forces of any springs, all rows in one matrix product; ``tables`` is W, and under it s_ji w_ij."""
    n = q.shape[1]
    W = tables[:n]
    u = np.empty_like(q)
    if interaction == ROTOR:
        cosine = np.empty_like(q)
        for r in range(q.shape[0]):
            sincos(q[r], u[r], cosine[r])
        s, k = np.dot(u, W), np.dot(cosine, W)
        for r in range(q.shape[0]):
            for i in range(n):
                force[r, i] = cosine[r, i] * s[r, i] - u[r, i] * k[r, i]
        return
    for r in range(q.shape[0]):
        centred(q[r], u[r])
    phi, psi = np.zeros((q.shape[0], 4, n)), np.zeros((q.shape[0], 3, n))
    for r in range(q.shape[0]):
        phi[r, 0], psi[r, 0] = sums[0], sums[1]
    _spread(np.dot(u, W), phi, 1)
    if interaction == POLYNOMIAL:
        if c != 0.0:
            _spread(np.dot(u, tables[n:]), psi, 1)
            _spread(np.dot(u * u, tables[n:]), psi, 2)
        if b != 0.0:
            _spread(np.dot(u * u, W), phi, 2)
            _spread(np.dot(u * u * u, W), phi, 3)
    for r in range(q.shape[0]):
        combine(u[r], phi[r], psi[r], c, b, force[r])


@njit(cache=True, error_model="numpy", fastmath=FAST)
def forces(network, interaction, terms, pinning, tables, sums, q, scratch, force):
    """Fill the forces on a few rows of positions, shapes (rows, n); see the module for the meaning of the arrays."""
    c, b = terms[0], terms[1]
    if network == LATTICE:
        if interaction == HARMONIC:
            lattice_harmonic(q, tables, sums, scratch, force)
        elif interaction == POLYNOMIAL:
            lattice_polynomial(q, tables, sums, c, b, scratch, force)
        else:
            lattice_rotor(q, tables, scratch, force)
    elif network == DENSE:
        dense(q, tables, sums, interaction, c, b, force)
    else:
        for r in range(q.shape[0]):
            n = q.shape[1]
            if network == CHAIN:
                chain(q[r], tables[0], interaction, c, b, scratch[0], scratch[1], force[r])
            elif interaction == HARMONIC:
                mean_field_harmonic(q[r], tables[0, 0], force[r])
            elif interaction == POLYNOMIAL:
                mean_field_polynomial(q[r], tables[0, 0], c, b, scratch[0][:n], force[r])
            else:
                mean_field_rotor(q[r], tables[0, 0], scratch[0][:n], scratch[1][:n], force[r])
    for r in range(q.shape[0]):
        on_site(q[r], pinning, terms[2], force[r])
