"""Chains of any springs, however far apart: resonances of the chain itself, site by site, without normal modes."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.blocks import blocks
from hotsprings.response.chain_data import ChainData, Starts, starts
from hotsprings.response.elements import tell_elements
from hotsprings.response.response import Poles, Response, Sums, without_diagonal
from hotsprings.response.search import Search
from hotsprings.response.tolerances import (
    CONDITIONING,
    DOUBTED_RATES,
    DOUBTED_UNEVEN,
    EPS,
    NEAR_AXIS,
    TOLERANCE,
    VANISHING,
)
from hotsprings.system import OpenNetwork

ON_AXIS = 1e-10  # |Re ω|/|ω| at which a zero is put on the imaginary axis
LARGEST_STEP = 0.7  # of |ω|, in one sweep
ROUNDINGS = 4.0  # of springs, masses and frictions, of an element; a tenth of it was seen beside narrow resonances
WORK = 20.0  # of one site beside that of one term of a sum
PARTS = 8  # in which bath weights are summed, each with its own array
NEIGHBOURS = 16  # among which the nearest pole that does not coincide is sought
COINCIDING = 64.0 * EPS  # relative distance at which poles are one to rounding
FEW, DRAWS = 64, 3  # sites up to which so many draws of last bits are looked at
APART = 1e-6  # relative distance to which starts that coincide are moved


class ChainSearch(Search):
    """Ehrlich-Aberth on det Z, some zeros known beforehand."""

    def __init__(self, data: ChainData, begin: Starts) -> None:
        super().__init__(begin.omega.copy())
        self.data = data
        self.fixed = np.concatenate([begin.dark, -begin.dark, [0.0] if data.free else []]).astype(np.complex128)
        self.moves = np.zeros_like(self.omega)

    def sweep(self, todo: IntArray) -> None:
        """Move these zeros once."""
        from hotsprings.kernels.impedance import corrections

        d = self.data
        for block in blocks(todo.size, WORK * d.m.size):
            some = todo[block]
            corrections(d.k, d.p, d.m, d.gamma, self.fixed, some, self.omega, self.moves)
            move, w = self.moves[some], self.omega[some]
            size = np.abs(w)
            move = np.where(np.isfinite(move), move, 1e-3 * (0.6 + 0.8j) * size)
            limit = LARGEST_STEP * size / np.maximum(np.abs(move), LARGEST_STEP * size)
            self.omega[some] = w + limit * move
            self.last[some] = np.abs(limit * move) / np.abs(self.omega[some])


def find_resonances(data: ChainData, begin: Starts) -> ComplexArray:
    """Return the zeros of det Z that decay, all of them, from guesses."""
    from hotsprings.kernels.impedance import polished

    search = ChainSearch(data, begin)
    omega = search.found()
    for block in blocks(omega.size, WORK * data.m.size):
        polished(data.k, data.p, data.m, data.gamma, 2, omega[block], search.last[block])
    axis = np.abs(omega.real) <= ON_AXIS * np.abs(omega)
    omega[axis] = 1j * omega.imag[axis]
    return omega


class ChainResponse(Response):
    """G(ω) of a chain as springs in series and in parallel; resonances as zeros of det Z, Z = K - ω²M + iωΓ.

    With Z v = 0 and s = vᵀ Z' v at a resonance, C_ab = 2i γ_a γ_b Σ ω² (v_a v_b/s) G_ab(-ω). Springs, masses, pinnings
    and frictions enter each by itself, so that it does not matter by how many powers of ten they differ.

    References
    ----------
    Dhillon, Parlett, Linear Algebra Appl. 387, 1 (2004); Dhar, Adv. Phys. 57, 457 (2008).
    """

    dark_means = f"feel no bath, or so little (relative coupling below {VANISHING:.0e}) that their decay underflows"

    def __init__(self, system: OpenNetwork, data: ChainData, everywhere: bool = True) -> None:
        super().__init__(system)
        self.data = data
        self.sites = np.arange(system.n_sites) if everywhere else np.asarray(system.bath_sites)
        self.element_work = 30.0 * system.n_sites

    @property
    def n_changes(self) -> int:
        """How many draws of last bits are looked at: one may leave two sites that ring alike as they are."""
        return DRAWS if self.system.n_sites <= FEW else 1

    @property
    def rows(self) -> IntArray:
        """Sites at which bath weights are known."""
        return self.sites

    def _is_sure(self) -> bool:
        known = max(self.doubts[:2]) <= DOUBTED_UNEVEN and self.doubts[2] <= DOUBTED_RATES
        return known and not self._starts.dark.size and super()._is_sure()

    @property
    def known(self) -> bool:
        """Whether no temperature is left to the last bits, or to residues that were lost."""
        try:
            return self.doubts[0] <= CONDITIONING and self._gap(self._stationary) <= TOLERANCE
        except CertificateError:
            return False

    @cached_property
    def _starts(self) -> Starts:
        return starts(self.data, np.asarray(self.system.bath_sites))

    @cached_property
    def _resonances(self) -> ComplexArray:
        return find_resonances(self.data, self._starts)

    def near(self, data: ChainData) -> ChainResponse:
        """Return the engine of a chain so similar that resonances are sought from the known ones."""
        other = ChainResponse(self.system, data)
        other.sites = self.sites
        try:
            known = self._resonances
        except CertificateError:
            return other
        turn = APART * np.exp(2.4j * np.arange(known.size))
        twin = np.array([np.sum(np.abs(w - known) < APART * abs(w)) > 1 for w in known], dtype=bool)
        other._starts = Starts(np.where(twin, known * (1.0 + turn), known), self._starts.dark)
        return other

    @cached_property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0: all near the axis, mirrors or not, count half."""
        omega = self._resonances
        axis = np.abs(omega.real) <= NEAR_AXIS * np.abs(omega)
        keep = (omega.real > 0.0) | axis
        return Poles(omega[keep], np.where(axis[keep], 0.5, 1.0))

    @cached_property
    def _twists(self) -> IntArray:
        """The site that moves most in each resonance whose frequency others share to rounding, -1 elsewhere."""
        from hotsprings.kernels.impedance import part_twists

        omega, d = self.poles.omega, self.data
        twists, order = np.full(omega.size, -1), np.lexsort((omega.real, omega.imag))
        near = np.abs(np.diff(omega[order])) <= COINCIDING * np.abs(omega[order[1:]])
        together = np.append(near, False) | np.append(False, near)
        some, before = order[together], np.where(np.append(False, near), 0, -1)[together]
        before[before == 0] = np.flatnonzero(before == 0) - 1
        found = np.empty(some.size, dtype=np.int64)
        part_twists(d.k, d.p, d.m, d.gamma, omega[some], before, found)
        twists[some] = found
        return twists

    def _factors(self, rows: IntArray) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return the factors of the residues at sites and at baths, and G at the mirrored poles."""
        from hotsprings.kernels.impedance import factors

        d, sites, omega = self.data, np.asarray(self.system.bath_sites), self.poles.omega
        left = np.empty((rows.size, omega.size), np.complex128)
        right = np.empty((sites.size, omega.size), np.complex128)
        mirror = np.empty((rows.size, sites.size, omega.size), np.complex128)
        factors(d.k, d.p, d.m, d.gamma, sites, np.asarray(rows), omega, self._twists, left, right, mirror)
        return left, right, mirror

    def left(self, sites: IntArray) -> ComplexArray:
        """Return the factor of the residues at some sites, shape (len(sites), n_poles)."""
        return self._factors(sites)[0]

    def right(self) -> ComplexArray:
        """Return the factor of the residues at the baths, shape (n_baths, n_poles)."""
        return self._factors(np.empty(0, dtype=np.int64))[1]

    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Return G_ja(-ω_k), shape (len(sites), n_baths, n_poles)."""
        return self._factors(sites)[2]

    @cached_property
    def _residues(self) -> tuple[ComplexArray, FloatArray]:
        """ω² Res G_ab G_ab(-ω) at each resonance with Re ω ≥ 0, and the bath weights of all sites."""
        from hotsprings.kernels.impedance import residues

        d, sites = self.data, np.asarray(self.system.bath_sites)
        omega, share = self.poles
        between = np.empty((omega.size, sites.size, sites.size), np.complex128)
        weight = np.zeros((PARTS, d.m.size, sites.size))
        for part in blocks(omega.size, WORK * d.m.size):
            residues(d.k, d.p, d.m, d.gamma, sites, omega[part], self._twists[part], share[part], PARTS, between[part],
                     weight)
        return between, weight.sum(axis=0)

    def expected_resonances(self) -> int:
        """Return how many resonances there are: two for each bright mode, one for a free one."""
        return 2 * (self.data.m.size - self._starts.dark.size) - int(self.data.free)

    def left_out(self) -> float:
        """Return at most how large a conductance passes through modes taken for dark."""
        return self._starts.dark.size * VANISHING**2

    @cached_property
    def _still(self) -> FloatArray:
        """Motion of the dark modes, sqrt(m_n) z_n, shape (n_dark, n_sites)."""
        from hotsprings.kernels.impedance import still

        d, dark = self.data, self._starts.dark
        z = np.empty((dark.size, d.m.size))
        still(d.k, d.p, d.m, dark, z)
        return z * np.sqrt(d.m)

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site where it is known."""
        dark = (self._still[:, self.rows] ** 2).sum(axis=0)
        return len(self._still), 1.0 - np.where(dark < 64 * EPS, 0.0, dark)

    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega; infinite exactly at a dark frequency of both sites.

        Where last bits decide, beside a resonance narrower than these, it is told.
        """
        from hotsprings.kernels.impedance import response

        d = self.data
        flat = np.ascontiguousarray(omega.ravel())
        out, moved = np.empty(flat.size, np.complex128), np.empty(flat.size)
        for block in blocks(flat.size, WORK * d.m.size):
            response(d.k, d.p, d.m, d.gamma, flat[block], i, j, out[block], moved[block])
        lost = ROUNDINGS * EPS * moved > CONDITIONING
        if lost.any():
            tell_elements(ROUNDINGS * EPS * float(moved[lost].max()), flat[lost])
        if times_omega:
            still = flat == 0.0
            with np.errstate(invalid="ignore"):
                out *= flat
            out[still] = -1j / d.gamma.sum() if d.free else 0.0
        return out.reshape(omega.shape)

    @np.errstate(all="ignore")  # zeros that coincide give infinities and NaN, which the sum rules notice
    def plain_sums(self) -> Sums:
        """Return the conductances, and the bath weights at the sites asked for."""
        between, weight = self._residues
        return without_diagonal(self._conductance(self.poles.share, between)), weight[self.rows]

    def _conductance(self, share: FloatArray, between: ComplexArray) -> FloatArray:
        """Return what some residues give, shape (n_baths, n_baths)."""
        gamma = self.data.gamma[self.system.bath_sites]
        return np.asarray((4j * np.einsum("k,kab->ab", share, between)).real * np.outer(gamma, gamma))

    @np.errstate(all="ignore")
    def cancelled(self) -> FloatArray:
        """Return the rounding of terms that cancel in each conductance, relative to it, shape (n_baths, n_baths).

        A residue is known to eps |z|/|z - z'|, z' the nearest other pole.
        """
        return self._lost(terms(self.poles, self._residues[0]), self._conductance(self.poles.share, self._residues[0]))

    def _lost(self, size: FloatArray, conductance: FloatArray) -> FloatArray:
        """Return rounding of terms of this size relative to what is left of them, in units of γ_a γ_b."""
        gamma = self.data.gamma[self.system.bath_sites]
        left = np.abs(conductance) / (4.0 * np.outer(gamma, gamma))
        lost = np.where(size > 0.0, EPS * size / left, 0.0)  # NaN where none is told: taken for nothing
        np.fill_diagonal(lost, 0.0)
        return np.asarray(lost)

    def detuned(self, shift: float) -> ChainResponse:
        """Return the operator with every friction changed by its own small factor."""
        change = self.detuning(shift)
        gamma = self.data.gamma.copy()
        gamma[self.system.bath_sites] *= change
        return self.near(replace(self.data, gamma=gamma))

    def changed(self, draw: int) -> ChainResponse:
        """Return the response of springs, pinnings, masses and frictions changed in their last bits."""
        return self.near(self.data.changed(np.random.default_rng(draw)))


def terms(poles: Poles, between: ComplexArray) -> FloatArray:
    """Return Σ |residue| |z|/|z - z'|, z' the nearest other pole, shape (n_baths, n_baths)."""
    return np.asarray(np.einsum("k,kab->ab", np.abs(poles.share) * _closeness(poles.omega), np.abs(between)))


def _closeness(omega: ComplexArray) -> FloatArray:
    """Return |z|/|z - z'| of each pole and its nearest other one, at least 1.

    Those that coincide to rounding ring elsewhere, or their residues are lost, which the sum rules notice.
    """
    if omega.size < 2:
        return np.ones(omega.size)
    from scipy.spatial import cKDTree

    points = np.stack([omega.real, omega.imag], axis=1)
    apart = cKDTree(points).query(points, k=min(omega.size, NEIGHBOURS))[0][:, 1:]
    apart = np.where(apart > COINCIDING * np.abs(omega[:, None]), apart, np.inf).min(axis=1)
    return np.asarray(np.maximum(1.0, np.abs(omega) / apart))
