"""The engine of long chains: fluxes between baths from modes by division and resonances through the tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainGreen
from hotsprings.response.division import COUPLING, Parts, chain_parts, whole
from hotsprings.response.division_zeros import BrightModes, Residues, Zeros, find_zeros, residues, sampled_moves
from hotsprings.response.modal import ModalGreen
from hotsprings.system import OpenNetwork

EPS = float(np.finfo(np.float64).eps)
FELT = 1e-8  # component of a mode at a bath site from which it counts: with less it carries 1e-16 of γ/m
UNCERTAIN = 1e-11  # violation of the sum rules above which resonances are taken to coincide
DETUNINGS = (8e-3, 6.1e-3, 4.7e-3)  # relative shifts of the frictions where zeros coincide; the next if that meets more
EXTRAPOLATED = (1.6, -0.8, 8.0 / 35.0, -1.0 / 35.0)  # weights of means over ±δ … ±4δ in which δ², δ⁴ and δ⁶ cancel
UNMIXED = 1e-9  # foreign part of an even or odd mode, up to which mirror symmetry is relied upon
SAMPLE = 32  # resonances solved again
AT_A_TIME = 100_000  # zeros whose residues are summed together
SHORT, LONGEST = 1000, 20_000  # sites from which chains are long, and from which there is no other road
MOST_BATHS = 8  # sums of n_baths² pairs are carried through the tree
TRUSTED = 1e-10  # error of an identity, and doubt of a flux, up to which no other road is taken


@dataclass(frozen=True, eq=False)
class Sector:
    """Rows first … last-1 of the rotated baths, the modes that couple to them (numbers of bright modes), themselves."""

    rows: tuple[int, int]
    members: IntArray
    modes: BrightModes


class ChainModes:
    """Modes of a chain at its bath sites, and the sectors into which mirror symmetry splits them."""

    def __init__(self, system: OpenNetwork, values: FloatArray, rows: FloatArray, mirror: bool) -> None:
        self.values, self.rows, self.mirror = values, rows, mirror
        self.free = not np.any(system.network.pinning)
        if self.free:  # its row is left as it was found, so that rows stay orthonormal
            self.values = values.copy()
            self.values[:, 0] = 0.0

    @cached_property
    def bright(self) -> BoolArray:
        """Which modes are felt at a bath site."""
        return np.asarray((np.abs(self.rows) > FELT).any(axis=0))

    def turned(self, root: FloatArray, rotation: FloatArray, n_even: int) -> tuple[BrightModes, list[Sector]]:
        """Return the bright modes, coupled to rotated baths by ``root`` = sqrt(γ/m), and their sectors."""
        values = np.ascontiguousarray(self.values[:, self.bright])
        coupling = np.ascontiguousarray(rotation.T @ (self.rows[:, self.bright] * root[:, None]))
        even = np.flatnonzero(self.bright) % 2 == 0  # the parity of modes alternates, from the lowest on
        if not self.mirror or not _unmix(coupling, even, n_even, UNMIXED * float(root.max())):
            every = BrightModes(values, coupling, int(self.free))
            return every, [Sector((0, len(root)), np.arange(values.shape[1]), every)]
        sectors = []
        for members, rows, n_free in ((even, (0, n_even), int(self.free)), (~even, (n_even, len(root)), 0)):
            part = BrightModes(np.ascontiguousarray(values[:, members]),
                               np.ascontiguousarray(coupling[rows[0] : rows[1], members]), n_free)
            if rows[0] < rows[1] and members.any():
                sectors.append(Sector(rows, np.flatnonzero(members), part))
        return BrightModes(values, coupling, int(self.free)), sectors


def _unmix(coupling: FloatArray, even: BoolArray, n_even: int, tolerance: float) -> bool:
    """Make even and odd modes couple to even and odd baths alone, in place; return whether that could be done.

    An even and an odd mode beside each other may be so close that rounding has mixed them: they are turned back.
    """
    foreign = np.where(even, np.abs(coupling[n_even:]).max(axis=0, initial=0.0),
                       np.abs(coupling[:n_even]).max(axis=0, initial=0.0))
    mixed = np.flatnonzero(foreign > tolerance)
    if mixed.size % 2 or np.any(mixed[1::2] - mixed[::2] != 1) or np.any(even[mixed[::2]] == even[mixed[1::2]]):
        return False
    for pair in mixed.reshape(-1, 2):
        here, there = pair if even[pair[0]] else pair[::-1]
        first = np.linalg.svd(coupling[:n_even, pair])[2][0]
        second = np.array([-first[1], first[0]])
        turned = coupling[:n_even, pair] @ first, coupling[n_even:, pair] @ second
        coupling[:n_even, here], coupling[n_even:, there] = turned
    coupling[n_even:, even] = 0.0
    coupling[:n_even, ~even] = 0.0
    return True


def _bands(system: OpenNetwork) -> tuple[FloatArray, FloatArray]:
    """Return the diagonal and the off-diagonal of K."""
    network: Any = system.network
    diagonal, off = network.bands()
    return diagonal, off


def reflection(system: OpenNetwork) -> tuple[FloatArray, int] | None:
    """Return baths as even and odd combinations (orthogonal, columns), and how many are even; None if not mirrored."""
    diagonal, off = _bands(system)
    sites, friction, masses, n = system.bath_sites, system.friction, system.network.masses, system.n_sites
    if not (np.all(off < 0.0) and all(np.array_equal(a, a[::-1]) for a in (diagonal, off, masses))):
        return None
    partner = {int(site): a for a, site in enumerate(sites)}
    even, odd = [], []
    for a, site in enumerate(sites):
        b = partner.get(n - 1 - int(site))
        if b is None or friction[a] != friction[b]:
            return None
        unit = np.zeros((2, len(sites)))
        unit[0, a], unit[1, b] = 1.0, 1.0
        if a == b:
            even.append(unit[0])
        elif a < b:
            even.append((unit[0] + unit[1]) * np.sqrt(0.5))
            odd.append((unit[0] - unit[1]) * np.sqrt(0.5))
    return np.array(even + odd).T, len(even)


class LongChainGreen:
    """What passes between the baths of a long chain, in N log N: only the bath sites are known.

    References
    ----------
    Cuppen, Numer. Math. 36, 177 (1981); Dhar, Adv. Phys. 57, 457 (2008).
    """

    dark_means = f"are felt at no bath site (components below {FELT:.0e})"

    def __init__(self, system: OpenNetwork, modes: ChainModes | None = None, friction: FloatArray | None = None
                 ) -> None:
        self.system = system
        self.friction = system.friction if friction is None else friction
        self.mirrored = reflection(system) if friction is None else None
        if modes is not None:
            self.modes = modes

    @property
    def _rate(self) -> FloatArray:
        return np.asarray(self.friction / self.system.network.masses[self.system.bath_sites])

    @cached_property
    def parts(self) -> Parts:
        """The modes of both halves."""
        diagonal, off = _bands(self.system)
        masses = self.system.network.masses
        return chain_parts(diagonal / masses, off / np.sqrt(masses[:-1] * masses[1:]), self.system.bath_sites)

    @cached_property
    def modes(self) -> ChainModes:
        """The modes at the bath sites."""
        return ChainModes(self.system, *whole(self.parts), self.mirrored is not None)

    @cached_property
    def _sectors(self) -> tuple[BrightModes, list[Sector]]:
        rotation, n_even = self.mirrored if self.mirrored is not None else (np.eye(self._rate.size), self._rate.size)
        return self.modes.turned(np.sqrt(self._rate), rotation, n_even)

    @cached_property
    def zeros(self) -> list[Zeros]:
        """The zeros of det D of each sector."""
        return [find_zeros(sector.modes) for sector in self._sectors[1]]

    def _residues(self) -> Iterator[tuple[Zeros, Residues]]:
        """Yield zeros, some at a time, with their residues."""
        modes, sectors = self._sectors
        rotation = self.mirrored[0] if self.mirrored is not None else np.eye(self._rate.size)
        for sector, zeros in zip(sectors, self.zeros, strict=True):
            for start in range(0, zeros.omega.size, AT_A_TIME):
                part = slice(start, start + AT_A_TIME)
                some = Zeros(sector.members[zeros.anchors[part]], zeros.offsets[part], zeros.omega[part],
                             zeros.share[part])
                yield some, residues(modes, rotation, sector.rows, some)

    def resonance_frequencies(self) -> ComplexArray:
        """Return every pole of G that decays, mirrors included."""
        omega = np.concatenate([z.omega for z in self.zeros])
        share = np.concatenate([z.share for z in self.zeros])
        offset = np.concatenate([z.offsets for z in self.zeros])
        near = np.abs(omega.real) > omega.imag
        omega[near] = omega.real[near] + 1j * (offset.imag[near] / (2.0 * omega.real[near]))
        alone = np.abs(omega.real) <= 1e-13 * np.abs(omega)
        omega[alone] = 1j * omega.imag[alone]
        return np.append(omega, -np.conj(omega[share == 1.0]))

    def expected_resonances(self) -> int:
        """Return how many resonances there are: two for each bright mode, one for a free one."""
        return 2 * int(self.modes.bright.sum()) - int(self.modes.free)

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes, and the bright weight of the bath sites."""
        left_out = self.modes.rows[:, ~self.modes.bright]
        dark = (left_out**2).sum(axis=1)
        return left_out.shape[1], 1.0 - np.where(dark < 64 * EPS, 0.0, dark)

    @np.errstate(all="ignore")  # zeros that coincide give infinities and NaN, which the sum rules notice
    def _sums(self) -> tuple[FloatArray, FloatArray]:
        """Return the conductances, and the bath weights at the bath sites."""
        n_b = self._rate.size
        conductance, weight = np.zeros((n_b, n_b)), np.zeros((n_b, n_b))
        for zeros, found in self._residues():
            more = found.sums(zeros.share, self._rate)
            conductance, weight = conductance + more[0], weight + more[1]
        conductance = 0.5 * (conductance + conductance.T)
        np.fill_diagonal(conductance, 0.0)
        return conductance, weight

    def detuned(self, shift: float) -> LongChainGreen:
        """Return the operator with every friction changed by its own small factor, the modes kept."""
        change = 1.0 + shift * (0.5 + 1.0 / (1.0 + np.arange(self.system.n_baths)))
        modes = ChainModes(self.system, self.modes.values, self.modes.rows, False)
        return LongChainGreen(self.system, modes, self.friction * change)

    def stationary_sums(self) -> tuple[FloatArray, FloatArray]:
        """Return the conductance matrix and the bath weights of the bath sites, both (n_baths, n_baths).

        Where resonances coincide, detuned solves at ±δ … ±4δ are combined so that δ², δ⁴ and δ⁶ cancel.
        """
        conductance, weight = self._stationary
        return conductance.copy(), weight.copy()

    @cached_property
    def _stationary(self) -> tuple[FloatArray, FloatArray]:
        sums = self._sums()
        if self._gap(sums[1]) < UNCERTAIN:
            return sums
        tried = [(*sums, self._gap(sums[1]))]
        for shift in DETUNINGS:
            try:
                tried.append(self._extrapolated(shift))
            except CertificateError:
                continue
            if tried[-1][2] < UNCERTAIN:
                break
        conductance, weight, _ = min(tried, key=lambda one: one[2])
        return conductance, weight

    def _gap(self, weight: FloatArray) -> float:
        """Return the largest violation of the sum rule."""
        gap = float(np.abs(weight.sum(axis=1) - self.dark_modes()[1]).max())
        return gap if np.isfinite(gap) else np.inf

    def _extrapolated(self, shift: float) -> tuple[FloatArray, FloatArray, float]:
        """Return the sums from detuned solves, and the largest violation of the sum rule in one of them."""
        conductance, weight, worst = np.zeros(()), np.zeros(()), 0.0
        for k, part in enumerate(EXTRAPOLATED, start=1):
            for sign in (1.0, -1.0):
                one = self.detuned(sign * k * shift)._sums()
                conductance, weight = conductance + 0.5 * part * one[0], weight + 0.5 * part * one[1]
                worst = max(worst, self._gap(one[1]))
        return conductance, weight, worst

    def element(self, omega: FloatArray, i: int, j: int, times_omega: bool = False) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega, from site to site; infinite at a dark frequency of both sites."""
        data = chain_data(self.system)
        if data is None:
            return ModalGreen(self.system).element(omega, i, j, times_omega)
        return ChainGreen(self.system, data).element(omega, i, j, times_omega)

    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane and its residues there."""
        poles, values = [], []
        for zeros, found in self._residues():
            residue = 4.0 * found.vector[:, a] * found.vector[:, b] / found.slope * found.mirrored[:, a, b]
            pair = zeros.share == 1.0
            poles += [zeros.omega, -np.conj(zeros.omega[pair])]
            values += [residue, -np.conj(residue[pair])]
        return np.concatenate(poles), np.concatenate(values)

    def sampled_error(self) -> float:
        """Return the largest error of what the parts of the solution can be tried by.

        Norms and products of the rows, their second moments, and the relative change of a sample of eigenvalues of
        the merges, and of resonances, when all terms are summed.
        """
        rows = self.modes.rows
        diagonal = (_bands(self.system)[0] / self.system.network.masses)[self.system.bath_sites]
        norms = np.abs(rows @ rows.T - np.eye(len(rows))).max()
        first = np.abs((rows**2) @ self.modes.values[0] / diagonal - 1.0).max()
        zeros = [sampled_moves(s.modes, z, SAMPLE).max() for s, z in zip(self._sectors[1], self.zeros, strict=True)]
        return float(np.max([norms, first, *zeros, self.parts.moved]))

    def left_out(self) -> FloatArray:
        """Return Σ Γ_aΓ_b/Σ Γ_c over the modes left out, Γ_a = γ_a φ_a²/m_a: what they would add to C_ab."""
        width = self.modes.rows[:, ~self.modes.bright] ** 2 * self._rate[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(width > 0.0, width / width.sum(axis=0), 0.0)
        return np.asarray(share @ width.T)

    def conditioning(self) -> float:
        """Return how far the bath weights move when the last merge is done with numbers changed in their last bits."""
        return self._moves[0]

    def flux_doubt(self) -> float:
        """Return by what part of itself a conductance moves by the same, and what the modes left out would add."""
        return self._moves[1]

    @cached_property
    def _moves(self) -> tuple[float, float]:
        there = LongChainGreen(self.system)
        there.modes = ChainModes(self.system, *whole(self.parts, np.random.default_rng(0)), self.mirrored is not None)
        (c, h), left = self._stationary, self.left_out()
        try:
            other, weight = there._sums()
        except CertificateError:
            return np.inf, np.inf
        if self._gap(weight) > max(UNCERTAIN, 10.0 * self._gap(h)):
            return np.inf, np.inf
        off = ~np.eye(len(c), dtype=bool)
        size = np.maximum(np.abs(c), np.abs(other))[off]
        hidden = self.system.n_sites * COUPLING**2 * np.sqrt(np.outer(self._rate, self._rate))
        with np.errstate(divide="ignore"):  # what rounding may hide where no mode is seen at both baths
            doubt = (np.abs(c - other) + left + hidden)[off] / size
        moved = np.max([np.abs(h - weight).max(), np.abs((c - other) / self._rate[:, None]).max()])
        return float(moved), float(np.max(doubt, initial=0.0))

    @cached_property
    def trusted(self) -> bool:
        """Whether the identities hold so well, and the flux is so well known, that no other road is needed."""
        try:
            _, weight = self._stationary
        except CertificateError:
            return False
        pole_sum = abs(self.resonance_frequencies().imag.sum() / self._rate.sum() - 1.0)
        worst = np.max([pole_sum, self._gap(weight), self.sampled_error(), *self._moves])
        return bool(worst <= TRUSTED)


def long_chain(system: OpenNetwork) -> LongChainGreen | None:
    """Return this engine for a long chain; None for any other network, and where another road keeps more digits."""
    if system.network.structure != "tridiagonal" or system.n_sites < SHORT or system.n_baths > MOST_BATHS:
        return None
    found = LongChainGreen(system)
    return found if system.n_sites > LONGEST or found.trusted else None
