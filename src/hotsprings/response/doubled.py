"""The doubled network: motion and co-motion of heat that is counted; μ is a sum of its eigenvalues.

With x' = A x + …, A = A₀ - B Bᵀ in coordinates of the modes (B = c at the velocities) and S(s) = 1 - 2 Bᵀ(s - A)⁻¹B,
zeros of det[1 - T(Λ - S(-s)ᵀΛS(s))] are the eigenvalues of the Hamiltonian matrix

    [[A₀ - B(1 - 2TΛ)Bᵀ, -2B(T/τ)Bᵀ], [-2τBΛ(1 - TΛ)Bᵀ, A₀ + B(1 - 2TΛ)Bᵀ]],        A₀ᵀ = -A₀, any τ > 0,

which come as s and -s*, none on the axis where the mean of exp(ΣλQ) is finite. Nothing is divided out and none can
be lost, so that this answers where the search from resonances does not: where they coincide, hardly decay, or at once.

References
----------
Touchette, Phys. Rep. 478, 1 (2009), for tilted generators; Saito, Dhar, Phys. Rev. E 83, 041121 (2011).
"""

from __future__ import annotations

from fractions import Fraction
from math import fsum

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError, CertificateError
from hotsprings.response.precise import PreciseModes, precise_modes
from hotsprings.response.tolerances import PRECISE_UNIT
from hotsprings.system import OpenNetwork

LOST = 1e-3  # of μ: what is not even known to this is refused


class Doubled:
    """The scaled cumulant function of a system of up to ``SMALL`` sites, from eigenvalues in 32 digits."""

    def __init__(self, system: OpenNetwork) -> None:
        self.temperature = system.temperature
        self.modes = precise_modes(system)

    def exponent(self, counting: FloatArray) -> tuple[float, float]:
        """Return μ(λ) = ½ (Σ γ_a/m_a - Σ_{Re s > 0} Re s) of one λ per bath, and what of it is not known."""
        counting = counting - counting.min()
        if not (counting.any() and self.temperature.any()):
            return 0.0, 0.0
        matrix, rate = _matrix(self.modes, self.temperature, counting)
        right, rounding = _right_half(matrix)
        if not right[0, 0] > rounding and not _inside(self.temperature, counting):
            raise ArgumentError("counting", "lie in the interval in which the mean of exp(ΣλQ) is finite",
                                f"with {counting.tolist()} (less the smallest) a zero of the doubled network lies at "
                                "a real frequency")
        value = 0.5 * fsum([*rate.ravel(), *-right.ravel()])
        if not rounding <= LOST * abs(value):
            raise CertificateError(f"the scaled cumulant function comes out as {value:.3g}, of which 32 digits leave "
                                   f"±{rounding:.1g}: too little passes between baths that damp so much. Take smaller "
                                   "frictions")
        return value, rounding


def _inside(temperature: FloatArray, counting: FloatArray) -> bool:
    """Return whether 1 - √T(Λ - S†ΛS)√T is positive whatever S is: its norm is at most max T (max λ - min λ)."""
    if temperature.size == 2:
        first, last = temperature
        apart = counting[0] - counting[1]
        return bool(apart * (first * last * apart + first - last) < 1.0)
    return bool(temperature.max() * np.ptp(counting) < 1.0)


def _matrix(modes: PreciseModes, temperature: FloatArray, counting: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the Hamiltonian matrix (n, 4, n), and the diagonal of B Bᵀ (n/2, 2)."""
    from hotsprings.kernels import damped, doubled
    from hotsprings.kernels.precise import in_rows

    coupling, top = in_rows(modes.coupling), Fraction(float(temperature.max()))
    drift = damped.drift(modes.frequency, coupling)
    n, first = len(drift), len(drift) - len(coupling)
    pairs = [(Fraction(float(t)), Fraction(float(x))) for t, x in zip(temperature, counting, strict=True)]
    matrix = np.zeros((2 * n, 4, 2 * n))
    matrix[:n, :, :n] = matrix[n:, :, n:] = drift
    for i, j, weights in ((0, 0, [2 * t * x - 1 for t, x in pairs]), (0, n, [-2 * t / top for t, _ in pairs]),
                          (n, 0, [-2 * top * x * (1 - t * x) for t, x in pairs]),
                          (n, n, [1 - 2 * t * x for t, x in pairs])):
        doubled.couple(matrix, i + first, j + first, coupling, _parts(weights))
    every = np.arange(n)
    return matrix, -drift[every, :2, every]


def _parts(numbers: list[Fraction]) -> FloatArray:
    """Return exact numbers as double-doubles (2, n)."""
    high = [float(x) for x in numbers]
    return np.array([high, [float(x - Fraction(h)) for x, h in zip(numbers, high, strict=True)]])


def _right_half(matrix: FloatArray) -> tuple[FloatArray, float]:
    """Return Re s of the eigenvalues with Re s > 0 (n/2, 2), and what their sum may be off by."""
    from hotsprings.kernels import damped

    n, size = len(matrix) // 2, float(np.abs(matrix[:, 0]).max())
    if not damped.schur(matrix)[1]:
        raise CertificateError("the doubled network was not resolved in 32 digits: report the system as an issue")
    every = np.arange(2 * n)
    real = matrix[every, :2, every]
    real = real[np.lexsort((real[:, 1], real[:, 0]))]
    left, right = real[:n][::-1], real[n:]
    pairs = np.abs((left[:, 0] + right[:, 0]) + (left[:, 1] + right[:, 1]))  # s and -s*: what rounding does to them
    rounding = n * PRECISE_UNIT * size
    return right, rounding + float(pairs.sum())
