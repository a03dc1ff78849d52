"""The mean-field engine: sites as poles, one scalar secular function, O(N) per frequency."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from hotsprings.baths import Bath
from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.network import MeanField
from hotsprings.response.blocks import blocks
from hotsprings.response.few_sites import FewSites, few_sites
from hotsprings.response.grouping import SecularProblem, secular_problem
from hotsprings.response.mean_field_poles import ZeroFactors, zero_factors
from hotsprings.response.response import Poles, Response, Sums
from hotsprings.response.sums import (
    KEPT_LOSS,
    GroupSums,
    assemble,
    bulk_sums,
    group_sums,
    single_sums,
    zero_conductances,
)
from hotsprings.response.tolerances import (
    CLOSED,
    COINCIDING,
    DOUBTED,
    DOUBTED_FLUX,
    EPS,
    PRECISE_UNIT,
    SOONER,
    TOLERANCE,
)
from hotsprings.response.tree import Interactions, Tree, worth_a_tree
from hotsprings.response.zeros import SecularZeros, find_zeros, from_split, half_frequencies, sampled_error, split_pairs
from hotsprings.system import OpenNetwork

FAR = 1e42  # of the highest frequency: above it only the powers of ω are left, whatever the frictions
UNIT_32 = 2.0**-104  # rounding of double-double arithmetic
IN_32_DIGITS = 1e6  # terms of sums that are carried in 32 digits: some hundredths of a second
CROWD = 100.0  # by which slow poles of n baths that hardly differ lose more than those of two, times n²
DETUNING = 1e-8  # relative shift of the frictions where two zeros in 32 digits coincide; its square is what is left


class MeanFieldResponse(Response):
    """G(ω) of a mean-field network between baths, by Sherman and Morrison.

    G_ij = δ_ij/A_i + (k/Ñ)/(A_i A_j s),  s = 1 - (k/Ñ) Σ 1/A_n,  A_n = κ_n - m_n ω² + iωγ_n.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 7-14.
    """

    detunings: ClassVar[tuple[tuple[float, float], ...]] = ((0.5, DETUNING), (0.5, -DETUNING))

    def resonance_frequencies(self) -> ComplexArray:
        """Return every pole that decays, mirrors included."""
        return super().resonance_frequencies() if self.few is None else self.few.resonances

    def resonances_in_order(self) -> ComplexArray:
        """Return the same, sorted by their real parts."""
        return super().resonances_in_order() if self.few is None else self.few.resonances

    def conditioning(self) -> float:
        """Return 0: κ/m is known beyond its last bits."""
        return 0.0

    @property
    def bath_rows(self) -> IntArray:
        """Where the bath sites are among the rows, which are all sites."""
        return self.system.bath_sites

    @cached_property
    def rate(self) -> FloatArray:
        """γ_a/m_a of the baths, shape (n_baths,)."""
        return super().rate if self.few is None else self.few.rate

    def stationary_sums(self) -> Sums:
        """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths)."""
        if self.few is None or self._lost > SOONER * DOUBTED_FLUX:  # where conductances may have to be integrated
            return super().stationary_sums()
        return self.few.sums[0].copy(), self.few.sums[1].copy()

    def flux_doubt(self) -> float:
        """Return the largest relative change of a conductance by last bits, or by what the sum rules miss."""
        return super().flux_doubt() if self.few is None or self._lost > SOONER * DOUBTED_FLUX else self._lost

    @property
    def element_work(self) -> float:  # type: ignore[override]
        """Ns that one Green element takes."""
        return 1e3 + 10.0 * self.system.n_sites

    @cached_property
    def few(self) -> FewSites | None:
        """All of it at once, where sites are few and differ."""
        return few_sites(self.system)

    @property
    def known(self) -> bool:
        """Whether all zeros were told from the poles beside them, and no residue was lost."""
        if self._crowded > SOONER * DOUBTED_FLUX:
            return False
        if self.few is not None:
            return True
        try:
            return bool(np.isfinite(self.poles.omega).all()) and self._gap(self._stationary) <= TOLERANCE
        except CertificateError:
            return False

    @cached_property
    def problem(self) -> SecularProblem:
        """The secular function, equal sites merged."""
        if self.few is not None:
            return self.few.problem(self.system.bath_sites)
        network = self.system.network
        assert isinstance(network, MeanField)
        return secular_problem(network, self.system.bath_sites, self.system.friction)

    @cached_property
    def zeros(self) -> SecularZeros:
        """Its zeros."""
        if self.few is not None:
            return self.few.zeros()
        from hotsprings.kernels import ahead

        ahead.begin("mean field")
        return find_zeros(self.problem)

    def _column(self, site: int) -> tuple[bool, int]:
        """Return where a site is merged: (on a bath?, column of the problem's arrays)."""
        bath = np.flatnonzero(self.system.bath_sites == site)
        if bath.size:
            return True, int(self.problem.bath_group[bath[0]])
        return False, int(self.problem.bulk_group[np.flatnonzero(self.problem.bulk_sites == site)[0]])

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

    @cached_property
    def _static(self) -> tuple[float, float]:
        """s(0) = Σ k0/κ/N in 32 digits, of long networks in 16."""
        from hotsprings.kernels import double_double as dd

        network, n = self.system.network, self.system.n_sites
        assert isinstance(network, MeanField)
        if n > IN_32_DIGITS / 100.0 or self.problem.free:
            return self.problem.static
        kappa = dd.spring_ratios(network.k, network.n_tilde, float(n), network.k0, np.ones(n))[:2]
        parts = dd.divide_rows(np.stack([network.k0, np.zeros(n)]), kappa)
        high = math.fsum(parts[0])
        quotient = dd.div(high, math.fsum([*parts.ravel(), -high]), float(n), 0.0)
        return float(quotient[0]), float(quotient[1])

    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega; infinite where G has a pole on the real axis.

        Sums that are long go through the tree, in doubles, where at most 1e-10 is lost by that. Far above everything
        only the powers of ω are left.
        """
        scaled = np.ascontiguousarray(omega.ravel()) / self.problem.scale
        w = np.clip(scaled, -FAR, FAR)
        n_poles = self.problem.poles.shape[1]
        if w.size * n_poles <= IN_32_DIGITS:
            out = self._elements(w, i, j)[0]
        else:
            out, doubt = self._elements(w, i, j, direct=False)
            hard = ~(doubt <= DOUBTED)
            out[hard] = self._elements(w[hard], i, j)[0]
        falls = (2 if i == j else 4) - int(self.problem.free)
        with np.errstate(divide="ignore", invalid="ignore"):
            out *= np.divide(w, scaled, out=np.ones_like(w), where=scaled != w) ** falls
            if not self.problem.free:
                out *= scaled if times_omega else 1.0
            elif not times_omega:
                out /= scaled
            out /= self.problem.scale if times_omega else self.problem.scale**2
        out[~np.isfinite(out)] = np.inf
        return out.reshape(omega.shape)

    def _elements(self, w: FloatArray, i: int, j: int, direct: bool = True) -> tuple[ComplexArray, FloatArray]:
        """Return G_ij, or ω G_ij of a free network, in the problem's units, and what it owes to rounding of doubles."""
        from hotsprings.kernels import double_double
        from hotsprings.kernels import mean_field_elements as kernels

        p, masses = self.problem, self.system.network.masses
        columns = self._column(i), self._column(j)
        poles, baths = (_without(rows, [c for on_bath, c in columns if on_bath == which])
                        for which, rows in ((False, p.poles), (True, p.baths)))
        sums, out, loss = np.zeros((w.size, 2)), np.empty(w.size, np.complex128), np.empty(w.size)
        if direct:
            kernels.pole_sums(poles, w, sums)
        else:
            sums[:, 0] = self._pole_sum(poles, 4, double_double.squares(w))
        pair = np.stack([p.baths[:, c] if on_bath else p.poles[[0, 1, 2, 3, 2, 3], c] * [1.0, 1.0, 0.0, 0.0, 1.0, 1.0]
                         for on_bath, c in columns], axis=1)
        kind = kernels.SELF if i == j else kernels.TOGETHER if columns[0] == columns[1] else kernels.ACROSS
        unit = 1.0 / masses[i] if i == j else p.strength[i] / masses[j]
        kernels.elements(sums, baths, pair, w, self._static, kind, unit,
                         p.strength[i] * (1.0 / p.share[i] - 1.0), out, loss)
        return out, loss if direct else EPS * loss * _nearby(poles, w, sums)

    @cached_property
    def factors(self) -> ZeroFactors:
        """What the residues at its zeros are made of."""
        return zero_factors(self.problem, self.zeros, self.system.network.masses[self.system.bath_sites])

    @cached_property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0; equal baths add their split-off pairs."""
        if self.few is not None:
            return self.few.poles
        omega, share = half_frequencies(self.problem, self.zeros)
        pairs = [np.tile(pair[(pair.real > 0.0) | (pair.real == 0.0)], count - 1)
                 for _, count, pair in split_pairs(self.problem)]
        split = np.concatenate([np.empty(0, dtype=np.complex128), *pairs])
        shares = np.where(split.real > 0.0, 1.0, 0.5)
        both = np.asarray(np.concatenate([omega, split]) * self.problem.scale, dtype=np.complex128)
        return Poles(both, np.concatenate([share, shares]))

    def _inverse_factor(self, site: int) -> ComplexArray:
        """Return 1/α of a site at every pole; at split-off poles infinite on the group's own baths."""
        on_bath, c = self._column(site)
        f, p = self.factors, self.problem.poles
        with np.errstate(divide="ignore", invalid="ignore"):
            if on_bath:
                return np.asarray(1.0 / f.alphas[c])
            known = f.anchors >= 0
            base = np.where(known[:, None], p[:2, f.anchors].T, 0.0)
            alpha = ((p[0, c] - base[:, 0]) + (p[1, c] - base[:, 1])) - f.offsets
            split = from_split(self.problem, [g for g, _ in f.split], f.poles.omega[alpha.size :], *p[:2, c])
            return np.asarray(1.0 / np.append(alpha, split))

    def left(self, sites: IntArray) -> ComplexArray:
        """Return the factor of the residues at some sites, shape (len(sites), n_poles)."""
        n, f = self.factors.slopes.size, self.factors
        out = np.zeros((len(sites), f.poles.omega.size), np.complex128)
        baths = self.system.bath_sites
        for i, site in enumerate(sites):
            out[i, :n] = self.problem.strength[site] * self._inverse_factor(int(site))[:n]
            for k, (_, vector) in enumerate(f.split):
                out[i, n + k] = vector[baths == site].sum()
        return out

    def right(self) -> ComplexArray:
        """Return the factor of the residues at the baths, shape (n_baths, n_poles)."""
        f, p = self.factors, self.problem
        n, masses = f.slopes.size, self.system.network.masses[self.system.bath_sites]
        out = np.empty((self.system.n_baths, f.poles.omega.size), np.complex128)
        out[:, :n] = 1.0 / (masses[:, None] * f.alphas[p.bath_group, :n] * (2.0 * f.poles.omega[:n] * f.slopes))
        for k, (g, vector) in enumerate(f.split):
            out[:, n + k] = vector / (1j * p.baths[2, g] - 2.0 * f.poles.omega[n + k])
        return np.asarray(out / p.scale)

    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Return G_ja(-ω_k), shape (len(sites), n_baths, n_poles)."""
        f, p, masses = self.factors, self.problem, self.system.network.masses
        baths = self.system.bath_sites
        over = self._mirrored_baths()
        out = np.empty((len(sites), baths.size, f.poles.omega.size), np.complex128)
        for i, site in enumerate(sites):
            on_bath, c = self._column(int(site))
            own = over[c] if on_bath else self._inverse_factor(int(site))
            for a, bath in enumerate(baths):
                out[i, a] = p.strength[site] / masses[bath] * own * over[p.bath_group[a]] / f.mirror
                if bath == site:
                    out[i, a] += own / masses[site]
        return np.asarray(out / p.scale**2)

    def _mirrored_baths(self) -> ComplexArray:
        """Return 1/α_g(-ω_k), shape (n_bath_groups, n_poles)."""
        return np.asarray(1.0 / (self.factors.alphas - 2j * self.factors.poles.omega * self.problem.baths[2, :, None]))

    @np.errstate(all="ignore")
    def local_sums(self, weight: ComplexArray) -> FloatArray:
        """Return 2 Re Σ_k share_k weight_ka (R_k)_na G_na(-ω_k) at every site, through the tree."""
        f, p, z = self.factors, self.problem, self.zeros
        n, n_gap = f.slopes.size, z.anchors.size
        masses = self.system.network.masses[self.system.bath_sites]
        common = 2.0 * f.poles.share[:n] / (2.0 * f.poles.omega[:n] * f.slopes * f.mirror[:n]) / p.scale**3
        group = p.bath_group
        bath = 1.0 / (masses[:, None] ** 2 * f.alphas[group, :n]) * self._mirrored_baths()[group, :n]
        terms = weight[:n].T * common * bath
        sums = np.zeros((p.poles.shape[1], group.size))
        if n_gap:
            parts = np.stack([terms[:, :n_gap].real, terms[:, :n_gap].imag], axis=1)
            sums += bulk_sums(p, z, np.ascontiguousarray(parts))
        for k in range(n_gap, n):
            column = 1.0 / self._bulk_alphas(k) ** 2
            sums += (column[:, None] * terms[:, k]).real
        out = np.empty((self.system.n_sites, group.size))
        out[p.bulk_sites] = p.strength[p.bulk_sites, None] ** 2 * sums[p.bulk_group]
        sites = self.system.bath_sites
        factor = 2.0 * f.poles.share * weight.T * self.right()
        out[sites] = np.einsum("nk,ak,nak->na", self.left(sites), factor, self.mirrored(sites)).real
        return out

    @np.errstate(all="ignore")
    def star(self, a: int, excess: FloatArray) -> FloatArray:
        """Return the heat from bath a to every site without a bath, through the tree; 0 at bath sites, (n_sites,).

        J_{a→n} = Σ_b (T_a - T_b) (i/2) Σ_k ρ_k^ab (k/Ñ)/A_n(ω_k), with temperatures ``excess``.
        """
        p, z, n_gap = self.problem, self.zeros, self.zeros.anchors.size
        omega, share = half_frequencies(p, z)
        n, first = omega.size, omega.size + int((share == 1.0).sum())
        found = [(excess[a] - excess[b], *self.transmittance_residues(a, b))
                 for b in range(self.system.n_baths) if b != a]
        terms = 1j * share * np.asarray(sum(difference * rho[:n] for difference, _, rho in found))
        sums = single_sums(p, z, terms[:n_gap]) if n_gap else np.zeros(p.poles.shape[1])
        for k in range(n_gap, n):
            sums += (terms[k] / self._bulk_alphas(k)).real
        for difference, poles, rho in found:  # pairs split off from equal baths
            for w, residue in zip(poles[first:] / p.scale, rho[first:], strict=True):
                sums += (0.5j * difference * residue / (p.poles[0] - w * w + p.poles[1])).real
        out = np.zeros(self.system.n_sites)
        out[p.bulk_sites] = p.strength[p.bulk_sites] * sums[p.bulk_group]
        return out

    def _bulk_alphas(self, k: int) -> ComplexArray:
        """Return d_r - x_k of every bulk pole."""
        p, a = self.problem.poles, self.factors.anchors[k]
        high, low = p[:2, a] if a >= 0 else (0.0, 0.0)
        return np.asarray(((p[0] - high) + (p[1] - low)) - self.factors.offsets[k])

    def expected_resonances(self) -> int:
        """Return how many resonances there must be: two for each bright mode, less ω = 0 in a free network."""
        if self.few is not None:
            return 2 * self.system.n_sites - int(self.few.static == 0.0)
        return 2 * (self.system.n_sites - self.dark_modes()[0]) - int(self.problem.free)

    def sampled_error(self) -> float:
        """Return by how much a sample of resonances moves when all terms are summed, in 32 digits; 0 without a tree."""
        return 0.0 if self.few is not None else sampled_error(self.problem, self.zeros)

    @cached_property
    def _lost(self) -> float:
        """What 32 digits leave unknown of conductances: the square of the fastest pole beside that of the band.

        Slow poles of baths that are nearly equal differ from their α by inertia alone, ω² beside γω.
        """
        return max(self._inertia, self._crowded) if self.rate.size > 1 else 0.0

    @cached_property
    def _inertia(self) -> float:
        """What inertia is of slow poles beside -iκ/γ, in units of 32 digits."""
        network = self.system.network
        assert isinstance(network, MeanField)
        return float(UNIT_32 * max(self.rate.tolist()) ** 2 / network.frequency_squares[1])

    @cached_property
    def _crowded(self) -> float:
        """What is lost of slow poles between baths that hardly differ, relative to what they differ by.

        They lie at -iκ/γ (1 + mκ/γ²): where frictions are equal, masses that differ by 1e-11 leave 1e-25 of it at γ =
        10⁷, and residues are products over the whole crowd (7e-4 seen of six baths, where 32 digits leave 6e-7 of two).
        """
        n_b, inertia = self.rate.size, self._inertia
        if n_b < 2 or CROWD * n_b**2 * inertia < EPS * DOUBTED_FLUX:
            return 0.0
        friction, masses = self.system.friction, self.system.network.masses[self.system.bath_sites]
        order = np.lexsort((masses, friction))
        first, second = order[:-1], order[1:]
        apart = np.maximum(np.abs(friction[second] - friction[first]) / friction[second],
                           np.abs(masses[second] - masses[first]) / masses[second] * UNIT_32 / inertia)
        differ = apart > 0.0
        return CROWD * n_b**2 * UNIT_32 / float(apart[differ].min()) if differ.any() else 0.0

    def cancelled(self) -> FloatArray:
        """Return the same for each conductance, with what residues lost, shape (n_baths, n_baths)."""
        lost = self._group_sums.loss if self.few is None else 0.0
        kept = lost * PRECISE_UNIT if lost < KEPT_LOSS else 0.0
        return max(self._lost, kept) * (1.0 - np.eye(self.rate.size))

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site, shape (n_sites,)."""
        if self.few is not None:
            return 0, np.ones(self.system.n_sites)
        p = self.problem
        bright = np.ones(self.system.n_sites)
        bright[p.bulk_sites] = p.share[p.bulk_sites]
        return p.bulk_sites.size - p.poles.shape[1], bright

    @cached_property
    def _group_sums(self) -> GroupSums:
        return group_sums(self.problem, self.zeros)

    def plain_sums(self) -> Sums:
        """Return conductances and bath weights."""
        if self.few is not None:
            return self.few.sums
        return assemble(self.problem, self._group_sums, self.system.n_sites, self.system.bath_sites)

    def closes(self, sums: Sums) -> bool:
        """Return whether the bath weights add up, and rounding has not grown too much."""
        if self.few is not None and sums is self.few.sums:
            return True  # else they would not be there
        return self._group_sums.loss < KEPT_LOSS and super().closes(sums)

    @property
    def closed(self) -> float:  # type: ignore[override]
        """Violation of the sum rules from which zeros coincide."""
        return CLOSED if self.zeros.anchors.size else COINCIDING

    def detuned(self, shift: float) -> MeanFieldResponse:
        """Return the operator with every friction changed by a small factor, equal baths by the same one."""
        change = 1.0 + shift * (0.5 + 1.0 / (1.0 + self.problem.bath_group))
        baths = [replace(bath, friction=float(bath.friction * factor))
                 for bath, factor in zip(self.system.baths, change, strict=True) if isinstance(bath, Bath)]
        return MeanFieldResponse(OpenNetwork(self.system.network, baths))

    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane and its residues there."""
        with np.errstate(all="ignore"):  # poles that coincide give infinities and NaN
            poles, residues = zero_conductances(self.problem, self.zeros, self.system.bath_sites, a, b)
        return poles * self.problem.scale, residues * self.problem.scale


def _without(rows: FloatArray, columns: list[int]) -> FloatArray:
    return np.ascontiguousarray(np.delete(rows, columns, axis=1)) if columns else rows


def _nearby(poles: FloatArray, omega: FloatArray, sums: FloatArray) -> FloatArray:
    """Return how much larger than a sum over poles the terms of the two nearest ones are, at least 1."""
    ends = np.concatenate([[-np.inf], poles[0], [np.inf]])
    weights, x = np.concatenate([[0.0], poles[4], [0.0]]), omega**2
    after = np.searchsorted(poles[0], x) + 1
    with np.errstate(all="ignore"):
        terms = np.maximum(weights[after] / (ends[after] - x), weights[after - 1] / (x - ends[after - 1]))
        return np.asarray(np.fmax(1.0, terms / np.abs(sums[:, 0])))
