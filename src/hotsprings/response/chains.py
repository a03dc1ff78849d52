"""Chains of any springs, however far apart: resonances of the chain itself, site by site, without normal modes."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.blocks import blocks
from hotsprings.response.chain_data import ChainData, Starts, starts
from hotsprings.response.modal import NEAR_AXIS, UNCERTAIN, relative_change
from hotsprings.response.modes import VANISHING
from hotsprings.system import OpenNetwork

EPS = float(np.finfo(np.float64).eps)
DETUNING = 1e-4  # relative shift of the frictions where resonances coincide
MAX_SWEEPS = 200
SETTLED = 1e-14  # relative move at which a zero rests
ON_AXIS = 1e-10  # |Re ω|/|ω| at which a zero is put on the imaginary axis
RESTING = 1e-11  # largest last move of zeros that circle within rounding
GOOD_ENOUGH = 1e-6  # largest last move that is let pass to the certificate (coinciding zeros rest at about 1e-8)
FEW, MOST_STUCK = 16, 64
LARGEST_STEP = 0.7  # of |ω|, in one sweep
WORK = 20.0  # of one site beside that of one term of a sum
PARTS = 8  # in which bath weights are summed, each with its own array


class _Search:
    """Ehrlich-Aberth iteration on the zeros of det Z, from guesses in ``omega``."""

    def __init__(self, data: ChainData, begin: Starts) -> None:
        self.data, self.omega = data, begin.omega.copy()
        self.fixed = np.concatenate([begin.dark, -begin.dark, [0.0] if data.free else []]).astype(np.complex128)
        self.moves, self.last = np.zeros_like(self.omega), np.full(self.omega.size, np.inf)

    def sweep(self, todo: IntArray) -> None:
        """Move some zeros; few are moved in turn."""
        from hotsprings.kernels.impedance import corrections

        d = self.data
        for some in self._together(todo):
            corrections(d.k, d.p, d.m, d.gamma, self.fixed, some, self.omega, self.moves)
            move, w = self.moves[some], self.omega[some]
            size = np.abs(w)
            move = np.where(np.isfinite(move), move, 1e-3 * (0.6 + 0.8j) * size)
            limit = LARGEST_STEP * size / np.maximum(np.abs(move), LARGEST_STEP * size)
            self.omega[some] = w + limit * move
            self.last[some] = np.abs(limit * move) / np.abs(self.omega[some])

    def _together(self, todo: IntArray) -> list[IntArray]:
        """Return groups of zeros that are moved at once."""
        if todo.size <= FEW:
            return list(todo[:, None])
        return [todo[block] for block in blocks(todo.size, WORK * self.data.m.size)]

    def settle(self, todo: IntArray, sweeps: int) -> None:
        """Sweep until these rest, or circle within rounding."""
        best, idle = np.inf, 0
        for _ in range(sweeps):
            self.sweep(todo)
            todo = todo[~(self.last[todo] <= SETTLED)]
            worst = float(self.last[todo].max(initial=0.0))
            idle = idle + 1 if worst >= 0.5 * best else 0
            best = min(best, worst)
            if not todo.size or (worst < RESTING and idle > 3):
                return


def find_resonances(data: ChainData, begin: Starts) -> ComplexArray:
    """Return the zeros of det Z that decay, all of them, from guesses."""
    from hotsprings.kernels.impedance import polished

    search = _Search(data, begin)
    search.settle(np.arange(search.omega.size), MAX_SWEEPS)
    stuck = np.flatnonzero(~(search.last < GOOD_ENOUGH))
    if stuck.size:
        search.settle(stuck[:MOST_STUCK], MAX_SWEEPS)
    missing = int(np.sum(~(search.last < GOOD_ENOUGH)))
    if missing:
        raise CertificateError(f"{missing} of {search.last.size} resonances did not converge: change a mass or a "
                               "friction by 1 part in 1e6, and report the system as an issue")
    omega = search.omega
    for block in blocks(omega.size, WORK * data.m.size):
        polished(data.k, data.p, data.m, data.gamma, 2, omega[block], search.last[block])
    axis = np.abs(omega.real) <= ON_AXIS * np.abs(omega)
    omega[axis] = 1j * omega.imag[axis]
    return omega


class ChainGreen:
    """G(ω) of a chain as springs in series and in parallel; resonances as zeros of det Z, Z = K - ω²M + iωΓ.

    With Z v = 0 and s = vᵀ Z' v at a resonance, C_ab = 2i γ_a γ_b Σ ω² (v_a v_b/s) G_ab(-ω). Springs, masses, pinnings
    and frictions enter each by itself, so that it does not matter by how many powers of ten they differ.

    References
    ----------
    Dhillon, Parlett, Linear Algebra Appl. 387, 1 (2004); Dhar, Adv. Phys. 57, 457 (2008).
    """

    dark_means = f"feel no bath, or so little (relative coupling below {VANISHING:.0e}) that their decay underflows"

    def __init__(self, system: OpenNetwork, data: ChainData, everywhere: bool = True) -> None:
        self.system, self.data = system, data
        self.rows = np.arange(system.n_sites) if everywhere else np.asarray(system.bath_sites)

    @cached_property
    def _starts(self) -> Starts:
        return starts(self.data, np.asarray(self.system.bath_sites))

    @cached_property
    def _resonances(self) -> ComplexArray:
        return find_resonances(self.data, self._starts)

    def _near(self, data: ChainData) -> ChainGreen:
        """Return the engine of a chain so similar that resonances are sought from the known ones."""
        other = ChainGreen(self.system, data)
        other.rows = self.rows
        other._starts = Starts(self._resonances, self._starts.dark)
        return other

    @cached_property
    def _half(self) -> tuple[ComplexArray, FloatArray]:
        """Resonances with Re ω ≥ 0, and how often each counts: all near the axis, mirrors or not, count half."""
        omega = self._resonances
        axis = np.abs(omega.real) <= NEAR_AXIS * np.abs(omega)
        keep = (omega.real > 0.0) | axis
        return omega[keep], np.where(axis[keep], 0.5, 1.0)

    @cached_property
    def _residues(self) -> tuple[ComplexArray, FloatArray]:
        """ω² Res G_ab G_ab(-ω) at each resonance with Re ω ≥ 0, and the bath weights of all sites."""
        from hotsprings.kernels.impedance import residues

        d, sites = self.data, np.asarray(self.system.bath_sites)
        omega, share = self._half
        between = np.empty((omega.size, sites.size, sites.size), np.complex128)
        weight = np.zeros((PARTS, d.m.size, sites.size))
        for part in blocks(omega.size, WORK * d.m.size):
            residues(d.k, d.p, d.m, d.gamma, sites, omega[part], share[part], PARTS, between[part], weight)
        return between, weight.sum(axis=0)

    def resonance_frequencies(self) -> ComplexArray:
        """Return every pole of G that decays, mirrors included."""
        omega, share = self._half
        return np.append(omega, -np.conj(omega[share == 1.0]))

    def expected_resonances(self) -> int:
        """Return how many resonances there are: two for each bright mode, one for a free one."""
        return 2 * (self.data.m.size - self._starts.dark.size) - int(self.data.free)

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

    def element(self, omega: FloatArray, i: int, j: int, times_omega: bool = False) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega; infinite exactly at a dark frequency of both sites."""
        from hotsprings.kernels.impedance import response

        d = self.data
        flat = np.ascontiguousarray(omega.ravel())
        out = np.empty(flat.size, np.complex128)
        for block in blocks(flat.size, WORK * d.m.size):
            response(d.k, d.p, d.m, d.gamma, flat[block], i, j, out[block])
        if times_omega:
            still = flat == 0.0
            with np.errstate(invalid="ignore"):
                out *= flat
            out[still] = -1j / d.gamma.sum() if d.free else 0.0
        return out.reshape(omega.shape)

    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane and its residues there."""
        omega, share = self._half
        friction = self.system.friction
        residues = 4.0 * friction[a] * friction[b] * self._residues[0][:, a, b]
        pair = share == 1.0
        return np.append(omega, -np.conj(omega[pair])), np.append(residues, -np.conj(residues[pair]))

    @np.errstate(all="ignore")  # zeros that coincide give infinities and NaN, which the sum rules notice
    def _sums(self) -> tuple[FloatArray, FloatArray]:
        """Return the conductances, and the bath weights at the sites asked for."""
        between, weight = self._residues
        sites = np.asarray(self.system.bath_sites)
        gamma = self.data.gamma[sites]
        conductance = (4j * np.einsum("k,kab->ab", self._half[1], between)).real * np.outer(gamma, gamma)
        conductance = 0.5 * (conductance + conductance.T)
        np.fill_diagonal(conductance, 0.0)
        return conductance, weight[self.rows]

    def detuned(self, shift: float) -> ChainGreen:
        """Return the operator with every friction changed by its own small factor."""
        change = 1.0 + shift * (0.5 + 1.0 / (1.0 + np.arange(self.system.n_baths)))
        gamma = self.data.gamma.copy()
        gamma[self.system.bath_sites] *= change
        other = ChainGreen(self.system, replace(self.data, gamma=gamma))
        other.rows = self.rows
        return other

    def stationary_sums(self) -> tuple[FloatArray, FloatArray]:
        """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths).

        Where resonances coincide, four detuned solves at ±δ and ±2δ are combined so that δ² cancels.
        """
        bright = self.dark_modes()[1]
        try:
            sums = self._sums()
            if np.abs(sums[1].sum(axis=1) - bright).max() < UNCERTAIN:
                return sums
        except CertificateError:
            pass
        sides = [self.detuned(k * DETUNING)._sums() for k in (1.0, -1.0, 2.0, -2.0)]
        one, two = ([0.5 * (a + b) for a, b in zip(*pair, strict=True)] for pair in (sides[:2], sides[2:]))
        conductance, weight = ((4.0 * a - b) / 3.0 for a, b in zip(one, two, strict=True))
        return conductance, weight

    def sampled_error(self) -> float:
        """Return 0: every sum is direct."""
        return 0.0

    def conditioning(self) -> float:
        """Return how far the bath weights move when springs, pinnings, masses, frictions change in their last bits."""
        return self._moves[0]

    def flux_doubt(self) -> float:
        """Return the largest relative change of a conductance by the same."""
        return self._moves[1]

    @cached_property
    def _moves(self) -> tuple[float, float]:
        other = self._near(self.data.changed(np.random.default_rng(0)))
        here, there = self.stationary_sums(), other.stationary_sums()
        rate = self.system.friction / self.system.network.masses[self.system.bath_sites]
        moved = np.abs(here[1] - there[1]).max(), np.abs((here[0] - there[0]) / rate[:, None]).max()
        return float(np.max(moved)), relative_change(here[0], there[0])
