"""What passes between two baths: its scaled cumulant function of one parameter c, certified, branch by branch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError, CertificateError, PrecisionWarning, tell
from hotsprings.response.choice import flux_response, in_32_digits
from hotsprings.response.counting import PoleSum
from hotsprings.response.cumulants import doubts, powers
from hotsprings.response.gap_counting import pole_sum
from hotsprings.response.leads import refuse_leads
from hotsprings.response.memory import last_kept
from hotsprings.response.precise import SMALL
from hotsprings.response.response import Response
from hotsprings.response.tolerances import DOUBTED_FLUX, EPS, FAINT, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

FAINTEST = 1e-290  # c whose square, and whose product with a square, is no double
ROUNDING = 1e-13  # of c, by which it may be beyond the edge
DENSE = 1000  # sites up to which the edge c = 1 is taken from the eigenvalues of a damped motion
STEPS = 500  # times that λ grows fourfold, from the smallest doubles to the largest
NEARER = 41  # times that it comes half as near to the end of its interval
SLIGHT = 1e-32  # c up to which dμ/dc is the conductance, to a part c of it
SERIES = 1e-4  # largest c𝒯 up to which four powers of it leave 1e-17 of ln(1 - c𝒯)
TOLD = 4000  # poles up to which the rounding of the powers is estimated, O(N²)


@dataclass(frozen=True, eq=False)
class Transfer:
    """Two baths: μ depends on λ by c = λ(T_0 T_1 λ + T_0 - T_1) alone, which makes its symmetry exact.

    ``unsure``: the part of the conductance, and of what is counted with it, that is not known.
    """

    system: OpenNetwork
    branches: list[tuple[float, PoleSum]]
    conductance: float
    unsure: float

    @classmethod
    def of(cls, response: Response) -> Transfer:
        """Return the transfer of a system; its residues must add up to the conductance and have no first moment."""
        system = response.system
        branches = [(weight, pole_sum(branch)) for weight, branch in response.branches()]
        conductance = float(response.certified_sums()[0][0, 1])
        found = cls(system, branches, conductance, float(response.flux_doubts()[0, 1]))
        miss = abs(found._mean([poles.conductance for _, poles in branches]) - conductance)
        least = FAINT * float(np.min(system.friction / system.network.masses[system.bath_sites]))
        worst = max(miss / max(conductance, least), *(poles.balance for _, poles in branches))
        if conductance > least and not worst <= TOLERANCE:
            raise CertificateError(f"the residues of the transmittance miss the conductance or their moment by "
                                   f"{worst:.1e} (tolerance {TOLERANCE:.0e}): resonances nearly coincide. Try "
                                   "frictions changed by 1 part in 1e4, and report the system as an issue")
        return found

    @property
    def lost(self) -> float:
        """The part of what is counted that is not known, before terms cancel."""
        return max(self.unsure, *(poles.turned for _, poles in self.branches))

    def _mean(self, values: list[float]) -> float:
        """Return the mean of one value per branch."""
        return float(np.sum([weight * value for (weight, _), value in zip(self.branches, values, strict=True)]))

    @property
    def _range(self) -> tuple[float, float]:
        """T_0 T_1 and T_0 - T_1."""
        first, last = self.system.temperature
        return float(first * last), float(first - last)

    def parameter(self, counting: FloatArray) -> FloatArray:
        """Return c of λ."""
        product, step = self._range
        return np.asarray(counting * (product * counting + step))

    @cached_property
    def peak(self) -> float:
        """The largest transmittance."""
        return max(poles.peak for _, poles in self.branches)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The smallest and the largest λ for which μ is finite: c 𝒯 ≤ 1 at every frequency."""
        product, step = self._range
        top = 1.0 / min(self.peak, 1.0)
        if product == 0.0:
            ends = (-np.inf, top / step) if step > 0.0 else (top / step if step else -np.inf, np.inf)
            return (float(ends[0]), float(ends[1]))
        outer = abs(step) + float(np.sqrt(step * step + 4.0 * product * top))
        far, near = outer / (2.0 * product), 2.0 * top / outer
        return (-far, near) if step >= 0.0 else (-near, far)

    def exponent(self, c: float, counting: float) -> tuple[float, float]:
        """Return μ at c, and what of it is not known; ``counting`` is the λ that an error names."""
        if abs(c) <= FAINTEST or self.conductance == 0.0:
            return c * self.conductance, 0.0
        if self._is_faint(c):
            return self._series(c)
        if c > 1.0 - ROUNDING:
            low, high = self.interval
            dense = self.system.n_sites <= DENSE and self.system.white
            if not c * self.peak <= 1.0 + ROUNDING:
                raise ArgumentError("counting", f"lie between {low:.12g} and {high:.12g}: beyond, the mean of exp(λQ) "
                                    "is infinite", f"{counting:.12g} was given")
            if abs(c - 1.0) <= ROUNDING and dense:
                return self._edge()
            if c * self.peak >= 1.0 - ROUNDING and not dense:
                raise ArgumentError("counting", f"lie between {low:.12g} and {high:.12g}, beyond {DENSE} sites or "
                                    "between baths with memory not at the edges themselves",
                                    f"{counting:.12g} was given")
        found = [poles.exponent(c) for _, poles in self.branches]
        doubt = sum(abs(weight) * lost for (weight, _), (_, lost) in zip(self.branches, found, strict=True))
        value = self._mean([value for value, _ in found])
        return value, float(doubt) + self.unsure * abs(value)

    def _is_faint(self, c: float) -> bool:
        """Return whether c𝒯 is so small that four powers of it are all there is of ln(1 - c𝒯)."""
        return self._few and abs(c) * min(self.peak, 1.0) <= SERIES

    def _series(self, c: float) -> tuple[float, float]:
        """Return μ = Σ cⁿ I_n/n, the largest by far I_1 = C, and what of it is not known."""
        factors = c ** np.arange(1, 5) / np.arange(1, 5)
        total, rounding = self._powers(4)
        left = (SERIES**4 + self.unsure) * abs(c) * self.conductance
        return float(factors @ total), float(np.abs(factors[1:]) @ rounding[1:]) + left

    def _powers(self, order: int) -> tuple[FloatArray, FloatArray]:
        """Return I_1 … I_order from the poles, I_1 as it is known, and what rounding makes of them."""
        total = np.sum([weight * powers(poles, order) for weight, poles in self.branches], axis=0)
        total[0] = self.conductance
        rounding = np.zeros(order)
        if self._few:
            rounding = np.sum([abs(weight) * doubts(poles, order) for weight, poles in self.branches], axis=0)
        return total, rounding

    @property
    def _few(self) -> bool:
        return max(poles.omega.size for _, poles in self.branches) <= TOLD

    def _edge(self) -> tuple[float, float]:
        """Return the same at c = 1: 1 - 𝒯 = |Z'/Z|², Z' with the second friction reversed; zeros touch the axis."""
        network, n = self.system.network, self.system.n_sites
        root = np.sqrt(network.masses)
        gamma = np.zeros(n)
        gamma[self.system.bath_sites] = self.system.friction * np.array([1.0, -1.0])
        motion = np.block([[np.zeros((n, n)), np.eye(n)],
                           [-network.stiffness() / np.outer(root, root), -np.diag(gamma / network.masses)]])
        rate = float(np.sum(np.abs(gamma) / network.masses))
        decay = np.abs(np.linalg.eigvals(motion).real)
        return 0.5 * (rate - float(decay.sum())), EPS * float(np.abs(motion).max()) * decay.size

    def powers(self, order: int) -> FloatArray:
        """Return I_1 … I_order; they are moments of a positive measure on [0, 1]."""
        if self.conductance == 0.0:
            return np.zeros(order)
        total, rounding = self._powers(order)
        self._tell(total, rounding)
        slack = TOLERANCE * total[0]
        falling = np.all(np.diff(total) <= slack) and np.all(total >= -slack)
        if not (falling and np.all(total[1:-1] ** 2 <= total[:-2] * total[2:] + slack * total[0])):
            raise CertificateError(f"the integrals of powers of the transmittance come out as {total}, which no "
                                   "transmittance has: report the system as an issue")
        return np.asarray(total)

    def variance(self) -> tuple[float, float]:
        """Return 2 T_0T_1 I_1 + (T_0 - T_1)² I_2 and what of it is not known."""
        product, step = self._range
        (first, second), rounding = self._powers(2)
        value = 2.0 * product * float(first) + step**2 * float(second)
        return value, self.unsure * value + step**2 * float(rounding[1])

    def _tell(self, total: FloatArray, rounding: FloatArray) -> None:
        """Tell where less than nine digits of a power are known: little passes, and terms cancel."""
        doubt = self.unsure * np.abs(total)
        doubt[1:] += rounding[1:]
        unsure = np.flatnonzero(~(doubt <= TOLERANCE * np.abs(total)))
        if unsure.size:
            n = int(unsure[0])
            tell(f"the integral of the transmittance to the power {n + 1}, {total[n]:.3g}, is known to "
                 f"±{doubt[n]:.1g} only: so little passes that its terms cancel", PrecisionWarning)

    def slope(self, c: float) -> float:
        """Return dμ/dc."""
        if abs(c) <= SLIGHT:
            return self.conductance
        if self._is_faint(c):
            return float(c ** np.arange(4) @ self._powers(4)[0])
        return self._mean([poles.slope(c) for _, poles in self.branches])

    def conjugate(self, flux: float) -> float:
        """Return the λ at which μ' = q, infinite where no λ of the interval has q for its mean or a higher one."""
        product, step = self._range
        if self.conductance == 0.0 or (product == 0.0 and not flux * step > 0.0):
            still = flux == 0.0 and (self.conductance == 0.0 or step == 0.0)
            return 0.0 if still else np.inf
        return self._searched(flux)

    def _searched(self, flux: float) -> float:
        """Return the λ at which μ' = q: μ' rises from one end of the interval to the other, through the mean at 0."""
        from scipy.optimize import brentq

        product, step = self._range

        def excess(x: float) -> float:
            return (2.0 * product * x + step) * self.slope(float(self.parameter(np.array(x)))) - flux

        mean = excess(0.0)
        if mean == 0.0:
            return 0.0
        inner, outer = 0.0, 0.0
        for outer in self._outwards(mean):
            if excess(outer) * mean <= 0.0:
                return float(brentq(excess, inner, outer, xtol=TINY, rtol=8.0 * EPS))
            inner = outer
        return outer

    def _outwards(self, mean: float) -> Iterator[float]:
        """Give λ of growing size, from where μ' is ``mean`` less were μ a parabola, ever closer to the end.

        The first is as small as the flux is near the mean: a root is to be known relative to itself, for λ² counts.
        """
        product, step = self._range
        end = self.interval[1] if mean < 0.0 else self.interval[0]
        found = -mean / (self.conductance * (2.0 * product + step * step * min(self.peak, 1.0)))
        for _ in range(STEPS):
            if not abs(found) < 0.5 * abs(end):
                break
            yield found
            found *= 4.0
        for k in range(1, NEARER if np.isfinite(end) else 1):
            yield end * (1.0 - 0.5**k)


@last_kept
def transfer_of(system: OpenNetwork) -> Transfer:
    """Return what passes between two baths, checked, of a small network in 32 digits where 16 do not do.

    The last one is kept.
    """
    refuse_leads(system, "the statistics of heat")
    small, found = system.n_sites <= SMALL, None
    try:
        found = Transfer.of(flux_response(system))
    except CertificateError:
        if not small:
            raise
    if found is None:
        return Transfer.of(in_32_digits(system))
    if not small or found.lost <= DOUBTED_FLUX:
        return found
    try:
        return min(found, Transfer.of(in_32_digits(system)), key=attrgetter("lost"))
    except CertificateError:
        return found
