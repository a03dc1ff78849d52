"""Zeros of 1 - c𝒯(ω): what the statistics of the heat between two baths is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.search import Search
from hotsprings.response.tolerances import NEAR_AXIS, TOLERANCE

SETTLED = 1e-12  # relative move of an offset at which a zero rests: Newton's next one is its square
RESTING = 1e-7  # the same where rounding, next to a double zero, allows no more
CANDIDATES = 16  # local maxima of the transmittance that are followed
SHIFTS = np.array([0.0, -1.0, -0.4, 0.4, 1.0])  # of a resonance's width, where its peak is looked for


def beside(omega: ComplexArray) -> tuple[FloatArray, FloatArray]:
    """Return frequencies ω ≥ 0 where poles may peak, 0 first, and the width of the resonance that each is beside.

    Poles on the axis are those of overdamped motion, whichever side of it rounding puts them.
    """
    omega = omega[omega.real >= -NEAR_AXIS * np.abs(omega)]
    width = omega.imag[:, None]
    grid = np.append(0.0, np.abs(omega.real[:, None] + SHIFTS * width).ravel())
    return grid, np.append(width.min(initial=1.0), np.repeat(width, SHIFTS.size))


class CountingSearch(Search):
    """Offsets, from the poles, of the zeros of a network that counts; ``moved`` fills the moves of those to do."""

    what = "zeros of the network that counts"
    settled, good_enough, few = SETTLED, RESTING, 0

    def __init__(self, guesses: ComplexArray, moved: Callable[[ComplexArray, IntArray, ComplexArray], None]) -> None:
        super().__init__(guesses)
        self.moved, self.moves = moved, np.empty_like(guesses)

    def sweep(self, todo: IntArray) -> None:
        """Move these once."""
        try:
            self.moved(self.omega, todo, self.moves)
        except ZeroDivisionError:
            raise CertificateError("a zero of the network that counts fell on a pole or on another zero: change a mass "
                                   "or a friction by 1 part in 1e6") from None
        self.omega[todo] += self.moves[todo]
        self.last[todo] = np.abs(self.moves[todo]) / np.abs(self.omega[todo])


@dataclass(frozen=True, eq=False)
class PoleSum:
    """𝒯(ω) = Σ_k 2ω_kρ_k/(ω² - ω_k²) over all poles in the upper half plane, mirrors included.

    ``unsure``: the part of itself by which each ρ_k may be off, beside its rounding.
    """

    omega: ComplexArray
    rho: ComplexArray
    unsure: FloatArray | float = field(default=0.0, kw_only=True)

    @cached_property
    def turned(self) -> float:
        """The same of all of them together."""
        size = np.abs(self.rho)
        return float(np.sum(size * self.unsure)) / (float(size.sum()) or 1.0)

    def __call__(self, frequency: FloatArray) -> FloatArray:
        """Return 𝒯 at real frequencies."""
        from hotsprings.kernels.counting import transmittances

        out = np.empty(frequency.size)
        transmittances(self.omega, self.rho, np.ascontiguousarray(frequency), out)
        return out

    @cached_property
    def conductance(self) -> float:
        """I_1 = (i/2) Σ ρ_k."""
        return -0.5 * float(self.rho.imag.sum())

    @cached_property
    def balance(self) -> float:
        """|Σ ω_kρ_k| beside Σ |ω_kρ_k|: a sum that vanishes where all poles are there."""
        parts = self.omega * self.rho
        size = float(np.abs(parts).sum())
        return float(abs(parts.sum())) / size if size > 0.0 else 0.0

    @cached_property
    def peak(self) -> float:
        """The largest 𝒯(ω), sought beside every resonance."""
        from scipy.optimize import minimize_scalar

        grid, width = beside(self.omega)
        value = self(grid)
        best = float(value.max())
        for i in np.argsort(value)[-CANDIDATES:]:
            ends = grid[i] - width[i], grid[i] + width[i]
            found = minimize_scalar(lambda w: -self(np.array([w]))[0], bounds=ends, method="bounded",
                                    options={"xatol": 1e-9 * width[i]})
            best = max(best, -float(found.fun))
        return best

    def lower(self) -> ComplexArray:
        """Return Σ_l ρ_l/(ω_k + ω_l) at every pole."""
        from hotsprings.kernels.counting import lower_sums

        below, slope = np.empty_like(self.omega), np.empty_like(self.omega)
        lower_sums(self.omega, self.rho, np.arange(self.omega.size), below, slope)
        return below

    def sums(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return Σ_l ρ_l/(ω_k + ω_l), Σ_l ρ_l/(ω_k + ω_l)² and Σ_{l≠k} ρ_l/(ω_k - ω_l) at every pole."""
        from hotsprings.kernels.counting import lower_sums, upper_sums

        every = np.arange(self.omega.size)
        below, slope, others = (np.empty_like(self.omega) for _ in range(3))
        lower_sums(self.omega, self.rho, every, below, slope)
        upper_sums(self.omega, self.rho, every, others)
        return below, slope, others

    def zeros(self, c: float) -> Zeros:
        """Return the zeros of 1 - c𝒯, by Ehrlich-Aberth from those of single resonances."""
        return Zeros(self, c, self._search(c, self._guesses(c)).found())

    def _search(self, c: float, offsets: ComplexArray) -> CountingSearch:
        """Return the search of the zeros of 1 - c𝒯 that begins, in place, with some offsets."""
        from hotsprings.kernels.counting import aberth_sweep

        weights = 2.0 * self.omega * self.rho
        return CountingSearch(offsets, lambda *moving: aberth_sweep(self.omega, weights, c, *moving))

    def certified(self, c: float) -> Zeros:
        """Return the zeros of 1 - c𝒯, none lost."""
        zeros = self.zeros(c)
        if not zeros.trace <= TOLERANCE:
            raise CertificateError(f"zeros of 1 - c𝒯 (c = {c:.6g}) were lost: the sum of their squares is off by a "
                                   f"relative {zeros.trace:.1e}. Report the system as an issue")
        return zeros

    def exponent(self, c: float) -> tuple[float, float]:
        """Return μ(c) = -(1/4π) ∫ ln(1 - c𝒯) dω, and what of it is not known."""
        zeros = self.certified(c)
        return zeros.exponent, zeros.doubt + self.turned * abs(zeros.exponent)

    def slope(self, c: float) -> float:
        """Return dμ/dc."""
        return self.certified(c).slope

    def _guesses(self, c: float) -> ComplexArray:
        """Return the offset in ω² of the zero beside each pole, of it and its mirror alone."""
        w, x = 2.0 * self.omega * self.rho, self.omega * self.omega
        depth = x.imag
        alone = np.abs(depth) <= 1e-6 * np.abs(x)
        alone &= x.real < 0.0
        root = np.sqrt((c * w.real) ** 2 - depth**2 - 2.0 * c * depth * w.imag + 0.0j)
        shifts = c * w.real + np.array([[1.0], [-1.0]]) * root
        pick = np.where((shifts[0].imag * depth >= shifts[1].imag * depth), 0, 1)
        guess = shifts[pick, np.arange(w.size)] - 1j * depth
        turned = np.abs(root.imag) == 0.0  # both on the axis: a broad resonance, or at the edge
        guess[turned] = (c * w)[turned]
        guess[alone] = (c * w)[alone]
        small = np.abs(guess) <= 0.1 * np.abs(c * w)
        guess[small] = (c * w)[small]
        return np.asarray(guess * (1.0 + 1e-3j))


@dataclass(frozen=True, eq=False)
class Zeros:
    """Zeros of 1 - c𝒯: offsets of ω² from the pole beside each."""

    poles: PoleSum
    c: float
    offsets: ComplexArray

    @cached_property
    def frequency(self) -> ComplexArray:
        """The zeros z_k in the upper half plane, in the order of the poles."""
        root = np.sqrt(self.poles.omega**2 + self.offsets)
        return np.where(root.imag < 0.0, -root, root)

    @cached_property
    def _rises(self) -> FloatArray:
        """Im (z_k - ω_k), a difference that is never formed."""
        return np.asarray((self.offsets / (self.frequency + self.poles.omega)).imag)

    @property
    def exponent(self) -> float:
        """The scaled cumulant function μ = -½ Σ Im (z_k - ω_k)."""
        return -0.5 * float(np.sum(self._rises))

    @property
    def doubt(self) -> float:
        """What of μ is not known: zeros move by as much of themselves as their sum of squares misses."""
        return 0.5 * max(self.trace, SETTLED) * float(np.abs(self._rises).sum())

    @cached_property
    def slope(self) -> float:
        """The derivative dμ/dc = ½ Im Σ_k 1/(c² 𝒯'(z_k))."""
        from hotsprings.kernels.counting import slopes

        total, w = np.empty_like(self.offsets), 2.0 * self.poles.omega * self.poles.rho
        slopes(self.poles.omega, w, self.offsets, np.arange(total.size), total)
        return -0.5 * float(np.sum((1.0 / (self.c * self.c * total) / (2.0 * self.frequency)).imag))

    @property
    def trace(self) -> float:
        """|Σ (z_k² - ω_k²)| beside Σ |z_k² - ω_k²|: it vanishes with Σ ω_kρ_k."""
        return float(abs(self.offsets.sum()) / np.abs(self.offsets).sum())
