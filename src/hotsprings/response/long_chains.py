"""The engine of long chains: fluxes between baths from modes by division and resonances through the tree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.network import bands_of
from hotsprings.response.bright_modes import BrightModes
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chain_modes import FELT, ChainModes, Sector, bands, reflection
from hotsprings.response.chains import ChainResponse
from hotsprings.response.division import COUPLING, Parts, chain_parts, whole
from hotsprings.response.division_zeros import Residues, Zeros, find_zeros, residues, sampled_moves, shares
from hotsprings.response.modal import FAR_APART, ModalResponse
from hotsprings.response.response import Poles, Response, Sums, places, relative_changes, without_diagonal
from hotsprings.response.tolerances import CONDITIONING, EPS, ON_AXIS
from hotsprings.system import OpenNetwork

SCALES = (1.0, 0.7625, 0.5875)  # of the shifts of the frictions where zeros coincide; the next where that meets more
SAMPLE = 32  # resonances solved again
SHORT, LONGEST = 1000, 20_000  # sites from which chains are long, and from which there is no other road
MOST_BATHS = 8  # sums of n_baths² pairs are carried through the tree
SECONDS = 1e-6  # a site and level; half of it where few modes feel a bath
TRUSTED = 1e-10  # error of an identity, and doubt of a flux, up to which no other road is taken


class LongChainResponse(Response):
    """What passes between the baths of a long chain, in N log N: only the bath sites are known.

    References
    ----------
    Cuppen, Numer. Math. 36, 177 (1981); Dhar, Adv. Phys. 57, 457 (2008).
    """

    detunings = FAR_APART
    dark_means = f"are felt at no bath site (components below {FELT:.0e})"

    def __init__(self, system: OpenNetwork, modes: ChainModes | None = None, change: FloatArray | None = None) -> None:
        super().__init__(system)
        self.change = np.ones(system.n_baths) if change is None else change  # of the frictions
        self.reflection = reflection(system) if change is None else None
        if modes is not None:
            self.modes = modes

    @property
    def rows(self) -> IntArray:
        """Sites at which bath weights are known."""
        return np.asarray(self.system.bath_sites)

    @property
    def seconds(self) -> float:
        """What a solution takes on two cores, to a factor of two or so."""
        return float(SECONDS * self.system.n_sites * np.log2(self.system.n_sites))

    @cached_property
    def parts(self) -> Parts:
        """The modes of both halves."""
        diagonal, off = bands(self.system)
        masses = self.system.network.masses
        return chain_parts(diagonal / masses, off / np.sqrt(masses[:-1] * masses[1:]), self.system.bath_sites)

    @cached_property
    def modes(self) -> ChainModes:
        """The modes at the bath sites."""
        return ChainModes(self.system, *whole(self.parts), self.reflection is not None)

    @cached_property
    def _sectors(self) -> tuple[BrightModes, list[Sector]]:
        rotation, n_even = self.reflection or (np.eye(self.rate.size), self.rate.size)
        return self.modes.turned(np.sqrt(self.rate * self.change), rotation, n_even)

    @cached_property
    def zeros(self) -> list[Zeros]:
        """The zeros of det D of each sector."""
        return [find_zeros(sector.modes) for sector in self._sectors[1]]

    def _residues(self) -> Iterator[tuple[Zeros, Residues]]:
        """Yield zeros, some at a time, with their residues."""
        modes, sectors = self._sectors
        rotation = self.reflection[0] if self.reflection else np.eye(self.rate.size)
        for sector, zeros in zip(sectors, self.zeros, strict=True):
            for part in shares(zeros.omega.size):
                some = zeros.part(part)
                some = Zeros(sector.members[some.anchors], some.offsets, some.omega, some.share)
                yield some, residues(modes, rotation, sector.rows, some)

    @cached_property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0, decay rates from the offsets."""
        omega = np.concatenate([z.omega for z in self.zeros])
        offset = np.concatenate([z.offsets for z in self.zeros])
        near = np.abs(omega.real) > omega.imag
        omega[near] = omega.real[near] + 1j * (offset.imag[near] / (2.0 * omega.real[near]))
        alone = np.abs(omega.real) <= ON_AXIS * np.abs(omega)
        omega[alone] = 1j * omega.imag[alone]
        return Poles(omega, np.concatenate([z.share for z in self.zeros]))

    @cached_property
    def _factors(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """G(ω)_ab = i y_a y_b/(ω s (ω - ω_k)) beside a pole: both factors at the baths, and G(-ω_k)."""
        root = np.sqrt(self.system.friction)
        found = list(self._residues())
        omega = np.concatenate([zeros.omega for zeros, _ in found])
        y = np.concatenate([one.vector for _, one in found]).T / root[:, None]
        mirrored = np.concatenate([np.matmul(one.matrix, one.mirrored) - one.mirrored for _, one in found])
        mirrored = np.moveaxis(mirrored, 0, 2) / (1j * omega * root[:, None, None] * root[:, None])
        return 1j * y / omega, y / np.concatenate([one.slope for _, one in found]), mirrored

    def left(self, sites: IntArray) -> ComplexArray:
        """Return the factor of the residues at some bath sites, shape (len(sites), n_poles)."""
        return self._factors[0][places(self.rows, sites)]

    def right(self) -> ComplexArray:
        """Return the factor of the residues at the baths, shape (n_baths, n_poles)."""
        return self._factors[1]

    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Return G_ja(-ω_k) of some bath sites, shape (len(sites), n_baths, n_poles)."""
        return self._factors[2][places(self.rows, sites)]

    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega, from site to site; infinite at a dark frequency of both sites."""
        data = chain_data(self.system)
        other = ModalResponse(self.system) if data is None else ChainResponse(self.system, data)
        return other._element(omega, i, j, times_omega)

    def expected_resonances(self) -> int:
        """Return how many resonances there are: two for each bright mode, one for a free one."""
        return 2 * int(self.modes.bright.sum()) - int(self.modes.free)

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes, and the bright weight of the bath sites."""
        left_out = self.modes.rows[:, ~self.modes.bright]
        dark = (left_out**2).sum(axis=1)
        return left_out.shape[1], 1.0 - np.where(dark < 64 * EPS, 0.0, dark)

    @np.errstate(all="ignore")  # zeros that coincide give infinities and NaN, which the sum rules notice
    def plain_sums(self) -> Sums:
        """Return the conductances, and the bath weights at the bath sites."""
        n_b = self.rate.size
        conductance, weight = np.zeros((n_b, n_b)), np.zeros((n_b, n_b))
        for zeros, found in self._residues():
            more = found.sums(zeros.share, self.rate * self.change)
            conductance, weight = conductance + more[0], weight + more[1]
        return without_diagonal(conductance), weight

    def detuned(self, shift: float) -> LongChainResponse:
        """Return the response with every friction changed by its own small factor, the modes kept."""
        modes = ChainModes(self.system, self.modes.values, self.modes.rows, False)
        return LongChainResponse(self.system, modes, self.detuning(shift))

    def _mean(self) -> Sums | None:
        """Return the best weighted mean of the sums over detuned frictions: where some coincide, other shifts."""
        tried: list[tuple[Sums, float]] = []
        for scale in SCALES:
            try:
                tried.append(self._detuned_sums(scale))
            except CertificateError:
                continue
            if tried[-1][1] < self.closed:
                break
        return min(tried, key=lambda one: one[1])[0] if tried else None

    def _detuned_sums(self, scale: float) -> tuple[Sums, float]:
        """Return the sums from detuned solves, and the largest violation of the sum rule in one of them."""
        conductance, weight, worst = np.zeros(()), np.zeros(()), 0.0
        for part, shift in self.detunings:
            one = self.detuned(scale * shift).plain_sums()
            conductance, weight = conductance + part * one[0], weight + part * one[1]
            worst = float(np.max([worst, self._gap(one)]))
        return (conductance, weight), worst if np.isfinite(worst) else np.inf

    def sampled_error(self) -> float:
        """Return the largest error of what the parts of the solution can be tried by.

        Norms and products of the rows, their second moments, and the relative change of a sample of eigenvalues of
        the merges, and of resonances, when all terms are summed.
        """
        rows = self.modes.rows
        diagonal = (bands(self.system)[0] / self.system.network.masses)[self.system.bath_sites]
        norms = np.abs(rows @ rows.T - np.eye(len(rows))).max()
        first = np.abs((rows**2) @ self.modes.values[0] / diagonal - 1.0).max()
        zeros = [sampled_moves(s.modes, z, SAMPLE).max() for s, z in zip(self._sectors[1], self.zeros, strict=True)]
        return float(np.max([norms, first, *zeros, self.parts.moved]))

    def left_out(self) -> float:
        """Return at most how large a conductance, in the largest γ/m, passes through modes that were left out.

        Σ Γ_aΓ_b/Σ Γ_c, Γ_a = γ_a φ_a²/m_a, and what rounding may hide of modes that are seen at one bath only.
        """
        width = self.modes.rows[:, ~self.modes.bright] ** 2 * self.rate[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(width > 0.0, width / width.sum(axis=0), 0.0)
        through = share @ width.T
        np.fill_diagonal(through, 0.0)
        return float(through.max() / self.rate.max()) + self.system.n_sites * COUPLING**2

    def changed(self, draw: int) -> LongChainResponse:
        """Return the response after a last merge with numbers changed in their last bits."""
        values, rows = whole(self.parts, np.random.default_rng(draw))
        return LongChainResponse(self.system, ChainModes(self.system, values, rows, self.reflection is not None))

    def _moved(self, other: Response) -> tuple[float, FloatArray, float]:
        """Return how far bath weights and conductances move; of resonances nothing is known beyond the bright ones."""
        lost = np.inf, np.full((self.rate.size, self.rate.size), np.inf), np.inf
        try:
            (c, h), there = self._stationary, other.plain_sums()
        except CertificateError:
            return lost
        if not self._gap(there) < CONDITIONING:  # what residues lose below that is in the changes
            return lost
        weights = np.max([np.abs(h - there[1]).max(), np.abs((c - there[0]) / self.rate[:, None]).max()])
        return float(weights), relative_changes(c, there[0]), np.inf

    def _is_sure(self) -> bool:
        pole_sum = abs(self.resonance_frequencies().imag.sum() / self.rate.sum() - 1.0)
        found = pole_sum, self._gap(self._stationary), self.sampled_error(), self.conditioning(), self.flux_doubt()
        return bool(np.max(found) <= TRUSTED)


def long_chain(system: OpenNetwork, certain: bool = False) -> LongChainResponse | None:
    """Return this engine for a long chain; None for any other network, and where another road keeps more digits.

    There is none in reasonable time beyond some length, so that this one is not asked, unless it must be ``certain``.
    """
    found = bands_of(system.network)
    if found is None or not np.all(found[1] < 0.0) or system.n_sites < SHORT or system.n_baths > MOST_BATHS:
        return None
    response = LongChainResponse(system)
    return response if (system.n_sites > LONGEST and not certain) or response.sure else None
