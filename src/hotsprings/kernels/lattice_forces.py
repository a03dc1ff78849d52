"""Forces w(j - i) on a line or a ring: O(N log N), the sums of ``moments`` as convolutions.

``tables`` holds the spectra of w and of s w (imaginary) and, under them, the turns of the transform.
"""

from __future__ import annotations

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.fourier import forward, inverse
from hotsprings.kernels.moments import centred, combine
from hotsprings.kernels.trigonometry import sincos

FAST = {"contract"}


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
