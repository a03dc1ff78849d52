"""Forces between all particles: O(N) in a mean field and a chain, O(N log N) on a lattice, O(N²) elsewhere.

``terms`` holds the coefficients c and b of the springs (``moments``) and that of q³ on site.
"""

from __future__ import annotations

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.dense_forces import dense_rotor, dense_springs
from hotsprings.kernels.lattice_forces import lattice_harmonic, lattice_polynomial, lattice_rotor
from hotsprings.kernels.mean_field_forces import mean_field_harmonic, mean_field_polynomial, mean_field_rotor
from hotsprings.kernels.trigonometry import sincos

MEAN_FIELD, CHAIN, LATTICE, DENSE = 0, 1, 2, 3
HARMONIC, POLYNOMIAL, ROTOR = 0, 1, 2
FAST = {"contract"}


@njit(cache=True, error_model="numpy", fastmath=FAST)
def on_site(q, pinning, quartic, force):
    """Add -k0 q - quartic q³."""
    for i in range(q.size):
        force[i] -= q[i] * (pinning[i] + quartic * q[i] * q[i])


@njit(cache=True, error_model="numpy", fastmath=FAST)
def chain(q, springs, interaction, c, b, scratch, force):
    """Fill the forces of neighbours and walls; ``springs`` (n + 1,) has those of the walls first and last."""
    n, pull = q.size, scratch[0]
    pull[0] = q[0]
    for i in range(1, n):
        pull[i] = q[i] - q[i - 1]
    pull[n] = -q[n - 1]
    if interaction == ROTOR:
        sincos(pull, scratch[1], scratch[2])
        for i in range(n + 1):
            pull[i] = springs[i] * scratch[1, i]
    else:
        for i in range(n + 1):
            r = pull[i]
            pull[i] = springs[i] * r * (1.0 + r * (c + b * r))
    for i in range(n):
        force[i] = pull[i + 1] - pull[i]


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
        if interaction == ROTOR:
            dense_rotor(q, tables[:q.shape[1]], scratch, force)
        else:
            dense_springs(q, tables, sums, interaction, c, b, scratch, force)
    else:
        for r in range(q.shape[0]):
            n = q.shape[1]
            if network == CHAIN:
                chain(q[r], tables[0], interaction, c, b, scratch, force[r])
            elif interaction == HARMONIC:
                mean_field_harmonic(q[r], tables[0, 0], force[r])
            elif interaction == POLYNOMIAL:
                mean_field_polynomial(q[r], tables[0, 0], c, b, scratch[0][:n], force[r])
            else:
                mean_field_rotor(q[r], tables[0, 0], scratch[0][:n], scratch[1][:n], force[r])
    for r in range(q.shape[0]):
        on_site(q[r], pinning, terms[2], force[r])
