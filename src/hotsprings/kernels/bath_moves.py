"""What pushes a zero of det D away from its neighbours (see ``bath_zeros``)."""

from __future__ import annotations

import math

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.double_double import difference
from hotsprings.kernels.modal import over


@njit(error_model="numpy", fastmath=False)
def from_neighbours(modes, window, todo, known, anchors, offsets, omegas, rest):
    """Fill 2ω Σ 1/(x - λ) - 2ω Σ 1/(x - x_k) over the modes and the other zeros near by, for each of ``todo``."""
    for t in range(todo.size):
        i = todo[t]
        a, eta = anchors[i], offsets[i]
        total = 0.0j
        for r in range(max(0, i - window), min(anchors.size, i + window + 1)):
            base = difference(modes.high[a], modes.low[a], modes.high[r], modes.low[r])
            total += over(1.0 + 0.0j, complex(base + eta.real, eta.imag))
            if r != i and known[r]:
                b, other = anchors[r], offsets[r]
                base = difference(modes.high[a], modes.low[a], modes.high[b], modes.low[b])
                q = over(1.0 + 0.0j, complex(base + (eta.real - other.real), eta.imag - other.imag))
                if math.isfinite(q.real) and math.isfinite(q.imag):
                    total -= q
        rest[t] = 2.0 * omegas[i] * total
