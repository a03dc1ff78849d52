"""Eigenvalues of a dense symmetric matrix and a few rows of its eigenvectors, without the others.

Householder's reduction W = Q T Qᵀ takes a third to a half of a diagonalisation, T is divided as a long chain is
(:mod:`.division`), and what is carried along, in place of the ends of the chain, are the rows asked for of Q.
"""

from __future__ import annotations

import numpy as np

from hotsprings.checks import FloatArray, IntArray
from hotsprings.progress import report
from hotsprings.response.division import projected_parts, whole
from hotsprings.response.tolerances import EPS, TINY

LEAST = 200  # sites from which it is faster than LAPACK's eigenvectors
CLOSE = 64.0  # roundings, times sqrt(n), to which the rows of eigenvectors keep their identities
RANGE = 1e100  # of elements, in which squares are numbers


def reduced_modes(matrix: FloatArray, sites: IntArray) -> tuple[FloatArray, FloatArray] | None:
    """Return all eigenvalues, ascending, and the eigenvectors at some sites, (n_sites, n).

    None where their identities do not hold as they do for any backward stable method.

    References
    ----------
    Golub, Van Loan, Matrix Computations (1996), 8.3; Cuppen, Numer. Math. 36, 177 (1981).
    """
    from scipy.linalg.lapack import dormqr, dsytrd, dsytrd_lwork

    n = len(matrix)
    top = float(np.abs(matrix).max(initial=0.0))
    if not 1.0 / RANGE < top < RANGE:
        return None
    report(f"reduction of {n:,} sites to a chain")
    columns = np.zeros((n, len(sites)), order="F")
    columns[sites, np.arange(len(sites))] = 1.0
    factors, diagonal, off, tau, failed = dsytrd(matrix, lower=1, lwork=int(dsytrd_lwork(n, lower=1)[0]))
    turned, _, unturned = dormqr("L", "T", factors[1:, :-1], tau, columns[1:], lwork=64 * len(sites))
    if failed or unturned:
        return None
    columns[1:] = turned
    parts = projected_parts(diagonal, off, columns.T)
    values, rows = whole(parts)
    kept = row_error(matrix[:, sites], sites, values[0], rows) <= CLOSE * EPS * np.sqrt(n) and parts.moved < 1e-10
    return (values[0], rows) if kept else None


def row_error(columns: FloatArray, sites: IntArray, values: FloatArray, rows: FloatArray) -> float:
    """Return by how much Σ φφ = 1, Σ λ φφ = W and Σ λ² φφ = W² fail at some sites; ``columns`` of W, (n, n_sites)."""
    top = max(float(np.abs(values).max(initial=0.0)), TINY)
    beside, scaled = columns / top, values / top
    return float(np.max([np.abs(rows @ rows.T - np.eye(len(rows))).max(),
                         np.abs((rows * scaled) @ rows.T - beside[sites]).max(),
                         np.abs((rows * scaled**2) @ rows.T - beside.T @ beside).max()]))
