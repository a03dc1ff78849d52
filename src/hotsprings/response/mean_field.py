"""The mean-field engine: sites as poles, one scalar secular function, O(N) per frequency."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import CertificateError
from hotsprings.network import MeanField
from hotsprings.response.blocks import blocks
from hotsprings.response.grouping import SecularProblem, secular_problem
from hotsprings.response.sums import TRUSTED_LOSS, assemble, group_sums, zero_conductances
from hotsprings.response.tree import Interactions, Tree, worth_a_tree
from hotsprings.response.zeros import SecularZeros, find_zeros, sampled_error, zero_frequencies
from hotsprings.system import OpenNetwork

LOW = 0.25  # below this fraction of the lowest pole s(ω) is taken from s(0)
HUGE = 1e150  # stands for s at one of its poles
DETUNING = 1e-8  # relative shift of the frictions where two resonances coincide; its square is what is left
UNCERTAIN = 1e-11  # violation of the sum rules above which resonances are taken to coincide
ROUNDING = 2e-14  # the same where all zeros are known in 32 digits


class MeanFieldGreen:
    """G(ω) of a mean-field network between baths, by Sherman and Morrison.

    G_ij = δ_ij/A_i + (k/Ñ)/(A_i A_j s),  s = 1 - (k/Ñ) Σ 1/A_n,  A_n = κ_n - m_n ω² + iωγ_n.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 7-14.
    """

    dark_means = "never feel a bath"

    def __init__(self, system: OpenNetwork) -> None:
        self.system = system

    @cached_property
    def problem(self) -> SecularProblem:
        """The secular function, equal sites merged."""
        network = self.system.network
        assert isinstance(network, MeanField)
        return secular_problem(network, self.system.bath_sites, self.system.friction)

    @cached_property
    def zeros(self) -> SecularZeros:
        """Its zeros."""
        from hotsprings.kernels import ahead

        ahead.begin()
        return find_zeros(self.problem)

    def _column(self, site: int) -> tuple[bool, int]:
        """Return where a site is merged: (on a bath?, column of the problem's arrays)."""
        bath = np.flatnonzero(self.system.bath_sites == site)
        if bath.size:
            return True, int(self.problem.bath_group[bath[0]])
        return False, int(self.problem.bulk_group[np.flatnonzero(self.problem.bulk_sites == site)[0]])

    def _factor(self, column: tuple[bool, int], x: FloatArray, omega: FloatArray) -> ComplexArray:
        """Return α = A/m of one column, shape of omega."""
        on_bath, c = column
        rows = self.problem.baths if on_bath else self.problem.poles
        real = (rows[0, c] - x[0]) + (rows[1, c] - x[1])
        return np.asarray(real + 1j * omega * (rows[2, c] if on_bath else 0.0))

    @staticmethod
    def _pole_sum(poles: FloatArray, weight: int, x: FloatArray) -> FloatArray:
        """Return Σ_r poles[weight, r]/(d_r - x)."""
        from hotsprings.kernels import cauchy

        if not (x.shape[1] and poles.shape[1]):
            return np.zeros(x.shape[1])
        order = np.argsort(x[0], kind="stable")  # x = ω²: ties are the same frequency
        x = x[:, order]
        target = Tree.of_points(x, direct=not worth_a_tree(x.shape[1], poles.shape[1]))
        source = Tree.of_points(poles, direct=target.is_leaf)
        nearby = Interactions.between(target, source)
        field = nearby.real_field(poles, poles[weight])
        out = np.empty(x.shape[1])
        for block in blocks(x.shape[1], nearby.near_cost):
            out[order[block]] = cauchy.real_sums(poles[0], poles[1], poles[weight], x[0, block], x[1, block],
                                                 block.start, x.shape[1], field)
        return out

    def _secular_rest(self, x: FloatArray, omega: FloatArray, *left_out: tuple[bool, int]) -> ComplexArray:
        """Return s without the terms of some columns, so that it stays finite at their poles."""
        p, b = self.problem.poles, self.problem.baths
        keep = np.ones(p.shape[1], dtype=bool)
        keep[[c for on_bath, c in left_out if not on_bath]] = False
        total = self._pole_sum(p if keep.all() else np.ascontiguousarray(p[:, keep]), 2, x)
        s = np.asarray(1.0 - total, dtype=np.complex128)
        for g in range(b.shape[1]):
            if (True, g) not in left_out:
                s -= b[4, g] / self._factor((True, g), x, omega)
        s[np.isinf(s.real)] = HUGE
        return s

    def _secular_low(self, x: FloatArray, omega: FloatArray) -> ComplexArray:
        """Return s/ω (free) or s near ω = 0, without cancellation."""
        p, b = self.problem.poles, self.problem.baths
        s = omega * self._pole_sum(p, 4, x) + 0.0j
        for g in range(b.shape[1]):
            s += b[4, g] / b[0, g] * (omega - 1j * b[2, g]) / self._factor((True, g), x, omega)
        return np.asarray(-s if self.problem.free else self.problem.static[0] - omega * s)

    def _low(self, x: FloatArray, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij (times ω if asked) near ω = 0."""
        p, masses = self.problem, self.system.network.masses
        a, b = self._factor(self._column(i), x, omega), self._factor(self._column(j), x, omega)
        shared = p.strength[i] / masses[j] / (a * b * self._secular_low(x, omega))
        alone = (1.0 / (masses[i] * a)) if i == j else np.zeros(omega.size)
        if p.free:
            return np.asarray(shared + omega * alone if times_omega else shared / omega + alone)
        return np.asarray((shared + alone) * (omega if times_omega else 1.0))

    def _high(self, x: FloatArray, omega: FloatArray, i: int, j: int) -> ComplexArray:
        """Return G_ij away from ω = 0; exactly at a dark frequency of its own group it is infinite."""
        p, masses = self.problem, self.system.network.masses
        here, there = self._column(i), self._column(j)
        a, b = self._factor(here, x, omega), self._factor(there, x, omega)
        rest = self._secular_rest(x, omega, here, there)
        unit = p.strength[i] / masses[j]  # (k/Ñ)/(m_i m_j), scaled
        weight_i, weight_j = p.strength[i] / p.share[i], p.strength[j] / p.share[j]
        if here != there:
            return np.asarray(unit / (a * b * rest - weight_i * b - weight_j * a))
        if i != j:
            return np.asarray(unit / (a * (a * rest - weight_i)))
        if p.share[i] == 1.0:
            return np.asarray(rest / (masses[i] * (a * rest - weight_i)))
        return np.asarray((a * rest - weight_i * (1.0 - p.share[i])) / (masses[i] * a * (a * rest - weight_i)))

    def element(self, omega: FloatArray, i: int, j: int, times_omega: bool = False) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega; infinite where G has a pole on the real axis."""
        from hotsprings.kernels import double_double

        scale = self.problem.scale
        scaled = np.ascontiguousarray(omega.ravel()) / scale
        x = double_double.squares(scaled)
        low = x[0] < LOW * self.problem.lowest
        out = np.empty(scaled.size, dtype=np.complex128)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # infinite at poles on the real axis
            out[low] = self._low(x[:, low], scaled[low], i, j, times_omega)
            high = self._high(x[:, ~low], scaled[~low], i, j)
            out[~low] = high * scaled[~low] if times_omega else high
            out /= scale if times_omega else scale**2
        out[~np.isfinite(out)] = np.inf
        return out.reshape(omega.shape)

    def resonance_frequencies(self) -> ComplexArray:
        """Return every pole of G that decays, mirrors included; merged baths add their split-off pairs."""
        return zero_frequencies(self.problem, self.zeros) * self.problem.scale

    def expected_resonances(self) -> int:
        """Return how many resonances there must be: two for each bright mode, less ω = 0 in a free network."""
        return 2 * (self.system.n_sites - self.dark_modes()[0]) - int(self.problem.free)

    def conditioning(self) -> float:
        """Return 0: frequencies are formed from the masses in twice the precision."""
        return 0.0

    def flux_doubt(self) -> float:
        """Return 0, for the same reason."""
        return 0.0

    def sampled_error(self) -> float:
        """Return by how much a sample of resonances moves when all terms are summed, in 32 digits; 0 without a tree."""
        return sampled_error(self.problem, self.zeros)

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site, shape (n_sites,)."""
        p = self.problem
        bright = np.ones(self.system.n_sites)
        bright[p.bulk_sites] = p.share[p.bulk_sites]
        return p.bulk_sites.size - p.poles.shape[1], bright

    def _sums(self) -> tuple[FloatArray, FloatArray, bool]:
        sums = group_sums(self.problem, self.zeros)
        conductance, weight = assemble(self.problem, sums, self.system.n_sites, self.system.bath_sites)
        gap = np.abs(weight.sum(axis=1) - self.dark_modes()[1]).max()
        allowed = UNCERTAIN if self.zeros.anchors.size else ROUNDING
        return conductance, weight, bool(sums.loss < TRUSTED_LOSS and gap < allowed)

    def stationary_sums(self) -> tuple[FloatArray, FloatArray]:
        """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths).

        Where resonances coincide their residues diverge, although the sums are smooth in the friction: then the mean
        over frictions shifted by ±1e-8 is returned, whose error is of the order of the square.
        """
        try:
            conductance, weight, sure = self._sums()
        except CertificateError:
            sure = False
        if sure:
            return conductance, weight
        sides = [self.detuned(sign * DETUNING)._sums() for sign in (1.0, -1.0)]
        return 0.5 * (sides[0][0] + sides[1][0]), 0.5 * (sides[0][1] + sides[1][1])

    def detuned(self, shift: float) -> MeanFieldGreen:
        """Return the operator with every friction changed by a small factor, equal baths by the same one."""
        change = 1.0 + shift * (0.5 + 1.0 / (1.0 + self.problem.bath_group))
        baths = [replace(bath, friction=float(bath.friction * factor))
                 for bath, factor in zip(self.system.baths, change, strict=True)]
        return MeanFieldGreen(OpenNetwork(self.system.network, baths))

    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane and its residues there."""
        with np.errstate(all="ignore"):  # poles that coincide give infinities and NaN
            poles, residues = zero_conductances(self.problem, self.zeros, self.system.bath_sites, a, b)
        return poles * self.problem.scale, residues * self.problem.scale
