"""Zeros of 1 - c𝒯 in a large mean field in O(N): those of the doubled network's own secular function, gap by gap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.blocks import blocks
from hotsprings.response.counting import PoleSum, Zeros
from hotsprings.response.gap_sums import GapPoles
from hotsprings.response.mean_field import MeanFieldResponse
from hotsprings.response.response import Response
from hotsprings.response.tolerances import EPS
from hotsprings.response.zeros import MAX_PASSES

LARGE = 2000  # zeros in gaps from which they are counted through the tree
SMALL = 3e-4  # c below which Σ cⁿ I_n/n to the fourth loses fewer digits than the difference of zeros
MOST_LOST = 3000  # zeros that may be found one by one


@dataclass(frozen=True, eq=False)
class GapPoleSum(PoleSum):
    """A sum over poles most of which lie in gaps between the frequencies of single sites."""

    response: MeanFieldResponse

    @cached_property
    def gaps(self) -> GapPoles:
        """The same poles in units of the secular problem."""
        problem = self.response.problem
        return GapPoles(problem, self.response.zeros, self.omega / problem.scale, self.rho / problem.scale)

    def __call__(self, frequency: FloatArray) -> FloatArray:
        """Return 𝒯 at real frequencies, from Green's function."""
        system = self.response.system
        here, there = (int(site) for site in system.bath_sites)
        flow = self.response.element(frequency, here, there, times_omega=True)
        return np.asarray(4.0 * float(system.friction.prod()) * np.abs(flow) ** 2)

    @cached_property
    def _sums(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        below, slope, others = self.gaps.sums()
        return below, slope / self.response.problem.scale, others

    @cached_property
    def _lower(self) -> ComplexArray:
        return self.gaps.lower()

    def lower(self) -> ComplexArray:
        """Return Σ_l ρ_l/(ω_k + ω_l) at every pole."""
        return self._lower

    def sums(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return Σ_l ρ_l/(ω_k + ω_l), Σ_l ρ_l/(ω_k + ω_l)² and Σ_{l≠k} ρ_l/(ω_k - ω_l) at every pole."""
        return self._sums

    def exponent(self, c: float) -> tuple[float, float]:
        """Return μ(c), and what of it is not known."""
        if abs(c) >= SMALL:
            return super().exponent(c)
        from hotsprings.response.cumulants import powers

        order = np.arange(1, 5)
        terms = c**order / order * powers(self, 4)
        return float(terms.sum()), EPS * float(np.abs(terms).sum()) + SMALL * float(np.abs(terms[-1]))

    def slope(self, c: float) -> float:
        """Return dμ/dc."""
        if abs(c) >= SMALL:
            return super().slope(c)
        from hotsprings.response.cumulants import powers

        return float(np.sum(c ** np.arange(4) * powers(self, 4)))

    def _cross(self, c: float) -> tuple[float, int, int]:
        """Return 4c (uν)_0 (uν)_1 of the two baths and the groups they are merged in."""
        problem, sites = self.response.problem, self.response.system.bath_sites
        groups = problem.bath_group
        strength = problem.share[sites] * problem.baths[4, groups] * problem.baths[2, groups]
        return 4.0 * c * float(strength.prod()), int(groups[0]), int(groups[1])

    def _in_gaps(self, c: float, guess: ComplexArray) -> tuple[ComplexArray, ComplexArray, BoolArray]:
        """Return offsets from the anchors, ds/dx there, and which zeros settled, of those that were in gaps."""
        from hotsprings.kernels import gaps as kernel

        problem, zeros = self.response.problem, self.response.zeros
        p, b, nearby = problem.poles, problem.baths, problem.tree.own
        gap = zeros.anchors - (zeros.offsets.real < 0.0)
        anchors, state = np.zeros(p.shape[1], dtype=np.int64), np.full(p.shape[1], 2, dtype=np.int64)
        offsets, slopes = np.ones(p.shape[1], dtype=np.complex128), np.zeros(p.shape[1], dtype=np.complex128)
        largest = np.empty(p.shape[1])
        anchors[gap], offsets[gap], state[gap] = zeros.anchors, guess, 0
        field, todo = nearby.real_field(p, p[2]), gap
        for _ in range(MAX_PASSES):
            for block in blocks(todo.size, nearby.near_cost):
                kernel.complex_pass(p[0], p[1], p[2], field, b[0], b[1], b[2], b[4], *self._cross(c), todo[block],
                                    anchors, offsets, slopes, largest, state)
            todo = gap[state[gap] == 0]
            if not todo.size:
                break
        return offsets[gap], slopes[gap], state[gap] == 1

    def zeros(self, c: float) -> GapZerosOfCount:
        """Return the zeros of 1 - c𝒯: most by the gap iteration, a few one by one from the sum over poles."""
        unit = self.response.problem.scale**2
        known = self.response.zeros.offsets
        n, mirror = self.gaps.n_gap, self.gaps.mirror_of_gap
        offsets = self._guesses(c)
        start = known + offsets[:n] / unit
        start = start.real + 1j * np.maximum(start.imag, 1e-3 * known.imag)
        found, slopes, settled = self._in_gaps(c, start)
        offsets[:n][settled] = (found - known)[settled] * unit
        offsets[mirror][settled] = np.conj(offsets[:n][settled])
        lost = np.flatnonzero(~settled)
        if lost.size > MOST_LOST:
            raise CertificateError(f"{lost.size} of {n} zeros of 1 - c𝒯 (c = {c:.6g}) left their gaps: c is at the "
                                   "edge of what is allowed, or report the system as an issue")
        few = np.concatenate([self.gaps.few, lost, mirror.start + lost])
        self._search(c, offsets).found(few)
        return GapZerosOfCount(self, c, offsets, slopes, few)


@dataclass(frozen=True, eq=False)
class GapZerosOfCount(Zeros):
    """Zeros of 1 - c𝒯 with the slope of the secular function at those in gaps, and the numbers of the others."""

    secular_slopes: ComplexArray
    few: IntArray

    @property
    def trace(self) -> float:
        """|Σ (z_k² - ω_k²)| beyond what rounding makes of it, beside the sum of sizes.

        The offset η of each from its anchor is known to ε|η|, at random: the sum to ε sqrt(Σ|η|²), taken ten times.
        """
        poles = self.poles
        assert isinstance(poles, GapPoleSum)
        offset = poles.response.zeros.offsets
        rounding = 20.0 * EPS * float(np.sqrt(np.sum(np.abs(offset) ** 2))) * poles.response.problem.scale**2
        return float(max(0.0, abs(self.offsets.sum()) - rounding) / np.abs(self.offsets).sum())

    @cached_property
    def slope(self) -> float:
        """The derivative dμ/dc = -½ Σ_k Im dz_k/dc; in gaps dx/dc = -(∂s/∂c)/(∂s/∂x)."""
        from hotsprings.kernels.counting import slopes

        poles = self.poles
        assert isinstance(poles, GapPoleSum)
        problem, zeros = poles.response.problem, poles.response.zeros
        w, total = 2.0 * poles.omega * poles.rho, np.ones_like(self.offsets)
        slopes(poles.omega, w, self.offsets, self.few, total)
        by_c = np.zeros_like(self.offsets)
        by_c[self.few] = 1.0 / (self.c * self.c * total[self.few])
        n, mirror, unit = poles.gaps.n_gap, poles.gaps.mirror_of_gap, problem.scale**2
        own = np.zeros(n, dtype=bool)
        own[self.few[self.few < n]] = True
        cross, left, right = poles._cross(self.c)
        eta = zeros.offsets + self.offsets[:n] / unit
        x = problem.poles[0, zeros.anchors] + (problem.poles[1, zeros.anchors] + eta)
        odd, inverse = np.zeros_like(x), []
        for g in range(problem.baths.shape[1]):
            d, nu, u = problem.baths[0, g], problem.baths[2, g], problem.baths[4, g]
            a = (d - problem.poles[0, zeros.anchors]) + (problem.baths[1, g] - problem.poles[1, zeros.anchors]) - eta
            inverse.append(1.0 / (a * a + nu * nu * x))
            odd += u * nu * inverse[-1]
        product = inverse[left] * inverse[right]
        root = np.sqrt(odd * odd - cross * product)
        part = 0.5j * np.sqrt(x) * cross / self.c * product / root / self.secular_slopes * unit
        by_c[:n][~own] = part[~own]
        by_c[mirror][~own] = np.conj(part[~own])
        return -0.5 * float(np.sum((by_c / (2.0 * self.frequency)).imag))


def pole_sum(response: Response) -> PoleSum:
    """Return the pole sum of two baths, through the tree where there are many zeros in gaps."""
    omega, rho = response.transmittance_residues(0, 1)
    if isinstance(response, MeanFieldResponse) and response.zeros.anchors.size > LARGE:
        return GapPoleSum(omega, rho, response)
    return PoleSum(omega, rho, unsure=response.residue_doubt(omega))
