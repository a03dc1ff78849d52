"""Parts of the matrix of the doubled network in 32 digits, rows as in :mod:`precise`."""

from __future__ import annotations

from hotsprings.kernels import double_double as dd
from hotsprings.kernels.compiled import njit


@njit(error_model="numpy")
def couple(matrix, row, column, coupling, weight):
    """Add Σ_a w_a c_ia c_ja on places (row + i, column + j) of a matrix (n, 4, n).

    ``coupling`` is (n_modes, 2, n_baths), ``weight`` (2, n_baths).
    """
    n, n_b = coupling.shape[0], coupling.shape[2]
    for i in range(n):
        for j in range(n):
            h = low = 0.0
            for a in range(n_b):
                ph, pl = dd.mul(coupling[i, 0, a], coupling[i, 1, a], coupling[j, 0, a], coupling[j, 1, a])
                ph, pl = dd.mul(ph, pl, weight[0, a], weight[1, a])
                h, low = dd.add(h, low, ph, pl)
            h, low = dd.add(matrix[row + i, 0, column + j], matrix[row + i, 1, column + j], h, low)
            matrix[row + i, 0, column + j], matrix[row + i, 1, column + j] = h, low
