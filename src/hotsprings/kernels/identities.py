"""What every stationary state satisfies, in one pass: in small systems it is calls of numpy that take time."""

from __future__ import annotations

from hotsprings.kernels.arrays import floats
from hotsprings.kernels.compiled import njit


@njit(error_model="numpy")
def larger(a, b):
    """Return the larger number; NaN where one is."""
    return a if a >= b or a != a else b


@njit(error_model="numpy")
def identities(conductance, weight, bright, at_baths, rate, temperature):
    """Return what a stationary state is made of, and by how much its identities are missed.

    Parameters
    ----------
    conductance : (n_baths, n_baths)
    weight : (n_rows, n_baths)
        Bath weights h_n^a.
    bright : (n_rows,)
        What they must add up to.
    at_baths : (n_baths, n_baths)
        Bath weights of the bath sites.
    rate, temperature : (n_baths,)
        γ/m and T.

    Returns
    -------
    flux (n_baths,), local (n_rows,)
        J_a = Σ_b C_ab (T_a - T_b) and Σ_a h_n^a T_a.
    balance : (n_baths,)
        J_a m_a/γ_a - (T_a - T_a^kin).
    missed, lowest, unbalanced : float
        Largest error of Σ_a h_n^a; the least of all C_ab m_a/γ_a and h_n^a; the largest balance.
    """
    n_b, n = rate.size, bright.size
    flux, balance, local = floats(n_b), floats(n_b), floats(n)
    missed, lowest, unbalanced = 0.0, 0.0, 0.0
    for i in range(n):
        total, mean = 0.0, 0.0
        for a in range(n_b):
            value = weight[i, a]
            total += value
            mean += value * temperature[a]
            lowest = -larger(-lowest, -value)
        local[i] = mean
        missed = larger(missed, abs(total - bright[i]))
    for a in range(n_b):
        total, kinetic = 0.0, 0.0
        for b in range(n_b):
            kinetic += at_baths[a, b] * temperature[b]
            total += conductance[a, b] * (temperature[a] - temperature[b])
            lowest = -larger(-lowest, -conductance[a, b] / rate[a])
        flux[a] = total
        balance[a] = abs(total / rate[a] - (temperature[a] - kinetic))
        unbalanced = larger(unbalanced, balance[a])
    return flux, local, balance, missed, lowest, unbalanced
