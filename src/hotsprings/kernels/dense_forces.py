"""Forces of any springs: O(N²), a few replicas sharing each pass over the matrix."""

from __future__ import annotations

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.moments import centred, combine
from hotsprings.kernels.trigonometry import sincos

POLYNOMIAL = 1  # as in forces
FAST = {"contract"}


@njit(cache=True, error_model="numpy", fastmath=FAST)
def product(u, W, out):
    """Fill out = u W, shapes (rows, n), (n, n): four rows of W at a time, which stay near while all rows of u use them.

    No BLAS is called: the loop runs in many threads at once, and must give the same bits in any number of them.
    """
    rows, n = u.shape
    out[:] = 0.0
    whole = n - n % 4
    for j in range(0, whole, 4):
        a, b, c, d = W[j], W[j + 1], W[j + 2], W[j + 3]
        for r in range(0, rows - rows % 2, 2):
            x, y = out[r], out[r + 1]
            xa, xb, xc, xd = u[r, j], u[r, j + 1], u[r, j + 2], u[r, j + 3]
            ya, yb, yc, yd = u[r + 1, j], u[r + 1, j + 1], u[r + 1, j + 2], u[r + 1, j + 3]
            for i in range(n):
                x[i] += (xa * a[i] + xb * b[i]) + (xc * c[i] + xd * d[i])
                y[i] += (ya * a[i] + yb * b[i]) + (yc * c[i] + yd * d[i])
        if rows % 2:
            x = out[rows - 1]
            xa, xb, xc, xd = u[rows - 1, j], u[rows - 1, j + 1], u[rows - 1, j + 2], u[rows - 1, j + 3]
            for i in range(n):
                x[i] += (xa * a[i] + xb * b[i]) + (xc * c[i] + xd * d[i])
    for j in range(whole, n):
        for r in range(rows):
            for i in range(n):
                out[r, i] += u[r, j] * W[j, i]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def dense_rotor(q, W, scratch, force):
    """Fill Σ_j w_ij sin(q_j - q_i) of a few rows; ``scratch`` has four times as many."""
    n, rows = q.shape[1], q.shape[0]
    sine, cosine = scratch[:rows], scratch[rows:2 * rows]
    of_sine, of_cosine = scratch[2 * rows:3 * rows], scratch[3 * rows:4 * rows]
    for r in range(rows):
        sincos(q[r], sine[r], cosine[r])
    product(sine, W, of_sine)
    product(cosine, W, of_cosine)
    for r in range(rows):
        for i in range(n):
            force[r, i] = cosine[r, i] * of_sine[r, i] - sine[r, i] * of_cosine[r, i]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def dense_springs(q, tables, sums, interaction, c, b, scratch, force):
    """Fill the forces of any springs; ``tables`` is W, under it s_ji w_ij; ``scratch`` has nine times the rows of q."""
    n, rows = q.shape[1], q.shape[0]
    W = tables[:n]
    u = scratch[:rows]
    power = scratch[rows:2 * rows]
    phi = scratch[2 * rows:6 * rows].reshape((rows, 4, n))
    psi = scratch[6 * rows:9 * rows].reshape((rows, 3, n))
    phi[:, 2:], psi[:, 1:] = 0.0, 0.0
    for r in range(rows):
        centred(q[r], u[r])
        phi[r, 0], psi[r, 0] = sums[0], sums[1]
    product(u, W, phi[:, 1])
    if interaction == POLYNOMIAL:
        power[:] = u * u
        if c != 0.0:
            product(u, tables[n:], psi[:, 1])
            product(power, tables[n:], psi[:, 2])
        if b != 0.0:
            product(power, W, phi[:, 2])
            power *= u
            product(power, W, phi[:, 3])
    for r in range(rows):
        combine(u[r], phi[r], psi[r], c, b, force[r])
