"""The modal engine: modes as poles, an n_baths × n_baths secular matrix, any network."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.blocks import blocks
from hotsprings.response.modal_zeros import ModalZeros, find_zeros
from hotsprings.response.modes import DARK, ModalProblem, modal_problem
from hotsprings.system import OpenNetwork

UNCERTAIN = 1e-11  # violation of the sum rules above which resonances are taken to coincide
DETUNINGS = (8e-3, 6.1e-3, 4.7e-3)  # relative shifts of the frictions where zeros coincide; the next if that meets more
EXTRAPOLATED = (1.6, -0.8, 8.0 / 35.0, -1.0 / 35.0)  # weights of means over ±δ … ±4δ in which δ², δ⁴ and δ⁶ cancel
SAMPLE = 48  # sites of each kind where the last bits of the network are tried
DARK_ENOUGH = 1e-6  # largest relative coupling that rounding may hide in a mode taken for dark
CHUNK = 512  # zeros summed at a time
NEAR_AXIS, ON_AXIS = 1e-5, 1e-13


class ModalGreen:
    """G(ω) of any network between baths, from its normal modes: G_BB = g (1 + iωΓ g)⁻¹.

    References
    ----------
    Dhar, Adv. Phys. 57, 457 (2008); resonances: det D(ω) = 0.
    """

    dark_means = f"feel no bath, or so little (relative coupling below {DARK:.0e}) that they are dark in all but name"

    def __init__(self, system: OpenNetwork, everywhere: bool = True) -> None:
        self.system = system
        self.everywhere = everywhere  # or the modes are known at the bath sites only

    @cached_property
    def problem(self) -> ModalProblem:
        """The modes and their couplings."""
        return modal_problem(self.system, everywhere=self.everywhere)

    @cached_property
    def zeros(self) -> ModalZeros:
        """The zeros of det D."""
        return find_zeros(self.problem)

    @cached_property
    def _half(self) -> tuple[ComplexArray, FloatArray, ComplexArray, ComplexArray, ComplexArray, IntArray]:
        """Zeros with Re ω ≥ 0: ω, share, null vector y, yᵀ D' y, (2 - D)⁻¹, and their numbers."""
        from hotsprings.kernels import modal

        z, p = self.zeros, self.problem
        axis = np.abs(z.omega.real) <= NEAR_AXIS * np.abs(z.omega)  # all of these, mirrors or not, count half
        keep = np.flatnonzero((z.omega.real > 0.0) | axis)
        n_b = len(p.coupling)
        y, slope = np.empty((keep.size, n_b), np.complex128), np.empty(keep.size, np.complex128)
        mirrored = np.empty((keep.size, n_b, n_b), np.complex128)
        modal.null_vectors(p.stiffness, p.products, n_b, z.anchors[keep], z.offsets[keep], z.omega[keep], y, slope,
                           mirrored)
        return z.omega[keep], np.where(axis[keep], 0.5, 1.0), y, slope, mirrored, keep

    def resonance_frequencies(self) -> ComplexArray:
        """Return every pole of G that decays, mirrors included."""
        z = self.zeros
        omega = z.omega.copy()
        near = np.abs(omega.real) > omega.imag
        omega[near] = omega.real[near] + 1j * (z.offsets.imag[near] / (2.0 * omega.real[near]))
        alone = np.abs(omega.real) <= ON_AXIS * np.abs(omega)
        omega[alone] = 1j * omega.imag[alone]
        return omega

    def expected_resonances(self) -> int:
        """Return how many resonances there are: two for each bright mode, one for a free one."""
        return 2 * self.problem.stiffness.size - self.problem.n_free

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site where the modes are known."""
        p = self.problem
        dark = (p.dark_modes**2).sum(axis=1)
        return p.dark_stiffness.size, 1.0 - np.where(dark < 64 * np.finfo(float).eps, 0.0, dark)

    def element(self, omega: FloatArray, i: int, j: int, times_omega: bool = False) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega; infinite exactly at a dark frequency of both sites."""
        from hotsprings.kernels import modal

        p, masses = self.problem, self.system.network.masses
        flat = np.ascontiguousarray(omega.ravel())
        out = np.empty(flat.size, np.complex128)
        f, g = (np.ascontiguousarray(p.modes[n] / np.sqrt(masses[n])) for n in (i, j))
        for block in blocks(flat.size, p.products.size + 4 * f.size):
            modal.response(p.stiffness, p.coupling, p.products, f, g, flat[block], times_omega, out[block])
        weight = p.dark_modes[i] * p.dark_modes[j] / np.sqrt(masses[i] * masses[j])
        if np.any(np.isin((i, j), self.system.bath_sites)):
            weight[:] = 0.0  # a mode that touches a bath site by rounding only is not to ring there undamped
        with np.errstate(divide="ignore", invalid="ignore"):
            for k in np.flatnonzero(weight):
                out += weight[k] / (p.dark_stiffness[k] - flat**2) * (flat if times_omega else 1.0)
        out[~np.isfinite(out)] = np.inf
        return out.reshape(omega.shape)

    @np.errstate(all="ignore")  # as in the sums
    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane and its residues there."""
        omega, share, y, slope, mirrored, _ = self._half
        residues = 4.0 * y[:, a] * y[:, b] / slope * mirrored[:, a, b]
        pair = share == 1.0
        return np.append(omega, -np.conj(omega[pair])), np.append(residues, -np.conj(residues[pair]))

    @np.errstate(all="ignore")  # zeros that coincide give infinities and NaN, which the sum rules notice
    def _sums(self) -> tuple[FloatArray, FloatArray]:
        """Return the conductances, and the bath weights at the sites where the modes are known."""
        p, z = self.problem, self.zeros
        omega, share, y, slope, mirrored, keep = self._half
        weight = (2.0 * share / slope)[:, None] * y  # (zeros, baths)
        conductance = (1j * np.einsum("ka,kb,kab->ab", 2.0 * weight, y, mirrored)).real
        conductance = 0.5 * (conductance + conductance.T)
        np.fill_diagonal(conductance, 0.0)
        factors = 2j * omega[:, None] ** 2 * weight
        if not self.everywhere:
            return conductance, self._few_rows(y, mirrored, factors, keep)
        base = np.append(p.stiffness, 0.0)[z.anchors[keep]]  # anchor -1: 0
        bath_weight = np.zeros((len(p.modes), len(p.coupling)))
        for part in (slice(k, k + CHUNK) for k in range(0, keep.size, CHUNK)):
            inverse = 1.0 / ((p.stiffness[:, None] - base[part]) - z.offsets[keep[part]])  # (modes, zeros)
            left = _project(p.modes, inverse * (p.coupling.T @ y[part].T))
            for a in range(len(p.coupling)):
                right = _project(p.modes, inverse * (p.coupling.T @ mirrored[part, :, a].T))
                bath_weight[:, a] += ((left * right) @ factors[part, a]).real
        return conductance, bath_weight

    def _few_rows(self, y: ComplexArray, mirrored: ComplexArray, factors: ComplexArray, keep: IntArray) -> FloatArray:
        """Return the bath weights at the bath sites alone."""
        from hotsprings.kernels import modal

        p, z = self.problem, self.zeros
        n_rows, n_b = len(p.modes), len(p.coupling)
        pairs = np.array([row * c for row in p.modes for c in p.coupling])
        out = np.empty((keep.size, n_rows, n_b))
        for part in blocks(keep.size, pairs.size):
            modal.row_sums(p.stiffness, pairs, n_rows, n_b, z.anchors[keep[part]], z.offsets[keep[part]], y[part],
                           mirrored[part], factors[part], out[part])
        return np.asarray(out.sum(axis=0))

    def detuned(self, shift: float) -> ModalGreen:
        """Return the operator with every friction changed by its own small factor, the modes kept."""
        change = np.sqrt(1.0 + shift * (0.5 + 1.0 / (1.0 + np.arange(self.system.n_baths))))
        coupling = self.problem.coupling * change[:, None]
        return self._with(replace(self.problem, coupling=coupling))

    def _with(self, problem: ModalProblem) -> ModalGreen:
        """Return the same operator for a problem that is almost the same."""
        other = ModalGreen(self.system, self.everywhere)
        other.problem = problem
        return other

    def stationary_sums(self) -> tuple[FloatArray, FloatArray]:
        """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths).

        Where resonances coincide, their residues are lost although the sums are smooth in the friction: then detuned
        solves at ±δ … ±4δ are combined so that δ², δ⁴ and δ⁶ cancel. The error is 24² δ⁸ = 1e-14; the zeros are √δ
        apart, so that residues lose two digits.
        """
        conductance, weight, _ = self._stationary
        return conductance.copy(), weight.copy()

    @cached_property
    def _stationary(self) -> tuple[FloatArray, FloatArray, float]:
        """The sums, and by how much frictions were shifted for them."""
        bright = self.dark_modes()[1]
        try:
            sums = self._sums()
            if np.abs(sums[1].sum(axis=1) - bright).max() < UNCERTAIN:
                return *sums, 0.0
        except CertificateError:
            pass
        tried = []
        for shift in DETUNINGS:
            tried.append((*self._extrapolated(shift), shift))
            if tried[-1][2] < UNCERTAIN:
                break
        conductance, weight, _, shift = min(tried, key=lambda sums: sums[2])
        return conductance, weight, shift

    def _extrapolated(self, shift: float) -> tuple[FloatArray, FloatArray, float]:
        """Return the sums from detuned solves, and the largest violation of the sum rule in one of them."""
        conductance, weight, worst = np.zeros(()), np.zeros(()), 0.0
        for k, part in enumerate(EXTRAPOLATED, start=1):
            for sign in (1.0, -1.0):
                one = self.detuned(sign * k * shift)._sums()
                conductance, weight = conductance + 0.5 * part * one[0], weight + 0.5 * part * one[1]
                gap = float(np.abs(one[1].sum(axis=1) - self.dark_modes()[1]).max())
                worst = max(worst, gap) if np.isfinite(gap) else np.inf
        return conductance, weight, worst

    def sampled_error(self) -> float:
        """Return 0: every sum is direct."""
        return 0.0

    def conditioning(self) -> float:
        """Return how far conductances and bath weights move when the stiffness matrix changes in its last bits.

        The bath weights are compared at the baths, where the modes that change most easily are largest (the closest
        pairs, those that hardly feel a bath), and at a random sample of sites. Small networks are tried three times.
        """
        return self._moves[0]

    def flux_doubt(self) -> float:
        """Return the largest relative change of a conductance when the stiffness matrix changes in its last bits."""
        return self._moves[1]

    @cached_property
    def _moves(self) -> tuple[float, float]:
        draws = 3 if self.system.n_sites <= SAMPLE else 1
        weights, fluxes = zip(*(self._moved(np.random.default_rng(seed)) for seed in range(draws)), strict=True)
        return float(np.max(weights)), float(np.max(fluxes))

    def _moved(self, last_bits: np.random.Generator) -> tuple[float, float]:
        """Return how far both move by one draw of noise, and the conductances by themselves."""
        problem = modal_problem(self.system, last_bits, self.everywhere)
        doubt = max(problem.unresolved, self.problem.unresolved)
        if problem.stiffness.size != self.problem.stiffness.size or doubt > DARK_ENOUGH:
            return float("inf"), float("inf")
        rows = self._delicate_sites()
        fewer = replace(problem, modes=problem.modes[rows], dark_modes=problem.dark_modes[rows])
        conductance, weight, shift = self._stationary
        if shift:  # of many detuned solves, one tells as much
            (conductance, weight), there = self.detuned(shift)._sums(), self._with(fewer).detuned(shift)._sums()
        else:
            there = self._with(fewer)._sums()
        rate = self.system.friction / self.system.network.masses[self.system.bath_sites]
        moved = np.abs(weight[rows] - there[1]).max(), np.abs((conductance - there[0]) / rate[:, None]).max()
        return float(np.max(moved)), relative_change(conductance, there[0])

    def _delicate_sites(self) -> IntArray:
        """Return rows of the modes: all, or in large networks those that ``conditioning`` looks at."""
        modes, coupling = self.problem.modes, self.problem.coupling
        if len(modes) <= 4 * SAMPLE or not self.everywhere:
            return np.arange(len(modes))
        weakest = np.argsort((coupling**2).sum(axis=0))[:SAMPLE]
        closest = np.argsort(np.diff(self.problem.stiffness))[:SAMPLE]
        largest = np.abs(modes[:, np.concatenate([weakest, closest, closest + 1])]).argmax(axis=0)
        some = np.random.default_rng(1).choice(len(modes), SAMPLE, replace=False)
        return np.unique(np.concatenate([self.system.bath_sites, largest, some]))


def _project(modes: FloatArray, amplitude: ComplexArray) -> ComplexArray:
    """Return modes @ amplitude, as two real products."""
    return np.asarray(modes @ amplitude.real + 1j * (modes @ amplitude.imag))


def relative_change(here: FloatArray, there: FloatArray) -> float:
    """Return the largest |C_ab - C'_ab|/|C_ab| off the diagonal; 0 for a single bath, or where both vanish."""
    off = ~np.eye(len(here), dtype=bool)
    size = np.maximum(np.abs(here), np.abs(there))[off]
    return float(np.max(np.abs(here - there)[off] / np.where(size > 0.0, size, 1.0), initial=0.0))
