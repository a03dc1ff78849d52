"""Sine and cosine of whole arrays, in straight-line code that a compiler turns into vector instructions.

Quarter turns are taken off in three parts of π/2 (Cody and Waite); the rest, at most π/4, goes into the polynomials of
the Cephes library. Errors are below 2e-16 for |q| up to about a million turns, where three parts no longer do.
"""

from __future__ import annotations

import numpy as np

from hotsprings.kernels.compiled import njit

TURNS = 2.0 / np.pi
PI_A, PI_B, PI_C = 1.570796251296997070312, 7.549789415861596353e-8, 5.390302858158119e-15  # π/2 in parts
S1, S2, S3 = -1.66666666666666307295e-1, 8.33333333332211858878e-3, -1.98412698295895385996e-4
S4, S5, S6 = 2.75573136213857245213e-6, -2.50507477628578072866e-8, 1.58962301576546568060e-10
C1, C2, C3 = 4.16666666666665929218e-2, -1.38888888888730564116e-3, 2.48015872888517045348e-5
C4, C5, C6 = -2.75573141792967388112e-7, 2.08757008419747316778e-9, -1.13585365213876817300e-11


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def sincos(q, sine, cosine):
    """Fill ``sine`` and ``cosine`` of the angles ``q``, shape (n,)."""
    for i in range(q.size):
        turns = np.floor(q[i] * TURNS + 0.5)
        x = ((q[i] - turns * PI_A) - turns * PI_B) - turns * PI_C
        z = x * x
        s = x + x * z * (S1 + z * (S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))))
        c = 1.0 - 0.5 * z + z * z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))))
        quarter = turns - 4.0 * np.floor(0.25 * turns)  # 0, 1, 2, 3
        odd = quarter == 1.0 or quarter == 3.0
        first = c if odd else s
        second = s if odd else c
        sine[i] = -first if quarter >= 2.0 else first
        cosine[i] = -second if (quarter == 1.0 or quarter == 2.0) else second
