"""The doubled network: motion and co-motion of heat that is counted; μ is a sum of its eigenvalues.

With x' = A x + …, A = A₀ - B Bᵀ in coordinates of the modes (B = c at the velocities) and S(s) = 1 - 2 Bᵀ(s - A)⁻¹B,
zeros of det[1 - T(Λ - S(-s)ᵀΛS(s))] are the eigenvalues of the Hamiltonian matrix

    [[A₀ - B(1 - 2TΛ)Bᵀ, -2B(T/τ)Bᵀ], [-2τBΛ(1 - TΛ)Bᵀ, A₀ + B(1 - 2TΛ)Bᵀ]],        A₀ᵀ = -A₀, any τ > 0,

which come as s and -s*, none on the axis where the mean of exp(ΣλQ) is finite. Nothing is divided out and none can
be lost, so that this answers where the search from resonances does not: where they coincide, hardly decay, or at once.
Drude baths take the energy of their memories, B = sqrt(ω_D) there: S is that between the sites but for phases of its
rows and columns, which no count of heat knows.

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
from hotsprings.response import damped, precise_drude
from hotsprings.response.modes import cutoffs, modal_problem
from hotsprings.response.precise import SMALL, precise_modes
from hotsprings.response.tolerances import EPS, PRECISE_UNIT
from hotsprings.system import OpenNetwork

LOST = 1e-3  # of μ: what is not even known to this is refused


class Doubled:
    """The scaled cumulant function from eigenvalues: in 32 digits up to ``SMALL`` sites, in 16 beyond."""

    def __init__(self, system: OpenNetwork) -> None:
        self.temperature = system.temperature
        edge = cutoffs(system)
        self.digits = 32 if system.n_sites <= SMALL else 16
        self.motion = (precise_drude.drift(precise_drude.heard(precise_modes(system), edge), edge)
                       if self.digits == 32 else damped.drift(modal_problem(system)))
        every = np.arange(len(self.motion[0]))
        self.taken = -(self.motion[0][every, :2, every] if self.digits == 32 else self.motion[0][every, every]).ravel()

    def exponent(self, counting: FloatArray) -> tuple[float, float]:
        """Return μ(λ) = ½ (tr B Bᵀ - Σ_{Re s > 0} Re s) of one λ per bath, and what of it is not known.

        tr B Bᵀ is Σ γ_a/m_a over white baths and Σ ω_D over others.
        """
        counting = counting - counting.min()
        if not (counting.any() and self.temperature.any()):
            return 0.0, 0.0
        half = _in_32_digits if self.digits == 32 else _in_16_digits
        right, rounding = half(*self.motion, self.temperature, counting)
        if not right[0, 0] > rounding and not _inside(self.temperature, counting):
            raise ArgumentError("counting", "lie in the interval in which the mean of exp(ΣλQ) is finite",
                                f"with {counting.tolist()} (less the smallest) a zero of the doubled network lies at "
                                "a real frequency")
        value = 0.5 * fsum([*self.taken, *-right.ravel()])
        if not rounding <= LOST * abs(value):
            raise CertificateError(f"the scaled cumulant function comes out as {value:.3g}, of which {self.digits} "
                                   f"digits leave ±{rounding:.1g}: too little passes between baths that damp so much. "
                                   "Take smaller frictions")
        return value, rounding


def _inside(temperature: FloatArray, counting: FloatArray) -> bool:
    """Return whether 1 - √T(Λ - S†ΛS)√T is positive whatever S is: its norm is at most max T (max λ - min λ)."""
    if temperature.size == 2:
        first, last = temperature
        apart = counting[0] - counting[1]
        return bool(apart * (first * last * apart + first - last) < 1.0)
    return bool(temperature.max() * np.ptp(counting) < 1.0)


def _weights(temperature: FloatArray, counting: FloatArray) -> list[tuple[int, int, list[Fraction]]]:
    """Return what multiplies B Bᵀ of each bath in the four blocks beside A₀, τ the highest temperature."""
    top = Fraction(float(temperature.max()))
    pairs = [(Fraction(float(t)), Fraction(float(x))) for t, x in zip(temperature, counting, strict=True)]
    return [(0, 0, [2 * t * x - 1 for t, x in pairs]), (0, 1, [-2 * t / top for t, _ in pairs]),
            (1, 0, [-2 * top * x * (1 - t * x) for t, x in pairs]), (1, 1, [1 - 2 * t * x for t, x in pairs])]


def _in_32_digits(drift: FloatArray, taken: FloatArray, temperature: FloatArray, counting: FloatArray
                  ) -> tuple[FloatArray, float]:
    """Return Re s of the eigenvalues with Re s > 0, ascending (n, 2), and what their sum may be off by.

    ``drift`` is (n, 4, n), ``taken`` (n_moving, 2, n_baths) of the last rows: A₀ is A where A is antisymmetric.
    """
    from hotsprings.kernels import damped, doubled

    n, first = len(drift), len(drift) - len(taken)
    lossless, matrix = drift.copy(), np.zeros((2 * n, 4, 2 * n))
    doubled.couple(lossless, first, first, taken, _parts([Fraction(1)] * taken.shape[2]))
    matrix[:n, :, :n] = matrix[n:, :, n:] = lossless
    for i, j, weights in _weights(temperature, counting):
        doubled.couple(matrix, i * n + first, j * n + first, taken, _parts(weights))
    size = float(np.abs(matrix[:, 0]).max())
    if not damped.schur(matrix)[1]:
        raise CertificateError("the doubled network was not resolved in 32 digits: report the system as an issue")
    every = np.arange(2 * n)
    return _right_half(matrix[every, :2, every], PRECISE_UNIT * size)


def _in_16_digits(drift: FloatArray, taken: FloatArray, temperature: FloatArray, counting: FloatArray
                  ) -> tuple[FloatArray, float]:
    """Return the same in doubles: ``drift`` is (n, n), ``taken`` (n, n_baths)."""
    lossless = drift + taken @ taken.T
    blocks = {(i, j): (taken * np.array(weights, dtype=np.float64)) @ taken.T
              for i, j, weights in _weights(temperature, counting)}
    matrix = np.block([[lossless + blocks[0, 0], blocks[0, 1]], [blocks[1, 0], lossless + blocks[1, 1]]])
    real = np.linalg.eigvals(matrix).real
    return _right_half(np.stack([real, np.zeros(real.size)], axis=1), EPS * float(np.abs(matrix).max()))


def _parts(numbers: list[Fraction]) -> FloatArray:
    """Return exact numbers as double-doubles (2, n)."""
    high = [float(x) for x in numbers]
    return np.array([high, [float(x - Fraction(h)) for x, h in zip(numbers, high, strict=True)]])


def _right_half(real: FloatArray, unit: float) -> tuple[FloatArray, float]:
    """Return the upper half of real parts (2n, 2), ascending, and what rounding, one ``unit`` each, makes of their sum.

    They come as s and -s*, which shows it too.
    """
    n, real = len(real) // 2, real[np.lexsort((real[:, 1], real[:, 0]))]
    left, right = real[:n][::-1], real[n:]
    return right, n * unit + float(np.abs((left[:, 0] + right[:, 0]) + (left[:, 1] + right[:, 1])).sum())
