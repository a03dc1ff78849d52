"""All local temperatures of a long even chain: resonances by division, and what they give site by site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.progress import report
from hotsprings.response.chain_data import ChainData, chain_data
from hotsprings.response.chains import ChainResponse, terms
from hotsprings.response.long_chains import MOST_BATHS, SHORT, TRUSTED, LongChainResponse
from hotsprings.response.response import MEAN, Poles, Response, Sums, relative_changes, without_diagonal
from hotsprings.response.tolerances import CONDITIONING, EPS, GOOD_ENOUGH, VANISHING
from hotsprings.system import OpenNetwork

CLOSED_SITE_BY_SITE = 1e-10  # violation of the sum rules above which residues are taken to be lost
WORK = 4e6  # resonances times sites that a thread takes before it looks up: some tenths of a second
STEPS = 2  # of Newton's iteration from zeros that division found to some 1e-13
TOGETHER = 16  # such parts whose bath weights are held at once
INTEGRATED = 2000  # sites up to which a small conductance is found as an integral
ALL_MODES = 5000  # sites up to which the modes at every site can be held instead
DRESSED = 1e8  # by which friction at a bath site may change how fast a mode decays there
PAIR = 1e-2  # of the distance to the next but one, below which two zeros are taken for one that is double
DARK = 256  # modes whose motion is held at once


class Solved(NamedTuple):
    """Zeros with Re ω ≥ 0, ω² Res G_ab G_ab(-ω) at each, bath weights (n_sites, n_baths), and dark frequencies.

    Which zeros nearly coincide with another, and the bath weights of the rest.
    """

    poles: Poles
    between: ComplexArray
    weights: FloatArray
    dark: FloatArray
    meeting: BoolArray
    apart: FloatArray


class ProfileResponse(ChainResponse):
    """G(ω) of a long even chain: the zeros that division finds, and the rest site by site, in N² and little memory.

    References
    ----------
    Dhillon, Parlett, Linear Algebra Appl. 387, 1 (2004); Cuppen, Numer. Math. 36, 177 (1981).
    """

    detunings = MEAN
    closed = CLOSED_SITE_BY_SITE

    def __init__(self, system: OpenNetwork, data: ChainData, flux: LongChainResponse | None = None) -> None:
        super().__init__(system, data)
        self.element_work = self.element_work if system.n_sites <= INTEGRATED else 0.0
        self.flux = LongChainResponse(system) if flux is None else flux

    @cached_property
    def guesses(self) -> Poles:
        """The zeros that division found, and the frequencies of modes that it saw at no bath."""
        omega, share = self.flux.poles
        modes = self.flux.modes
        weak = np.sqrt(np.maximum(modes.values[0, ~modes.bright] + modes.values[1, ~modes.bright], 0.0))
        return Poles(np.append(omega, weak), np.append(share, np.ones(weak.size)))

    def _summed(self, omega: ComplexArray, share: FloatArray, weights: FloatArray) -> tuple[ComplexArray, ComplexArray]:
        """Return the zeros refined and ω² Res G_ab G_ab(-ω) at each, and add what they give to the bath weights."""
        from hotsprings.kernels.profiles import profiles
        from hotsprings.kernels.threads import side_by_side

        d, last, weakest, n_b = self.data, np.zeros(omega.size), self._faint / DRESSED, self.rate.size
        omega, between = omega.copy(), np.empty((omega.size, n_b, n_b), np.complex128)
        count = -(-omega.size * d.m.size // int(WORK))
        count += count % 2 if count > 1 else 0  # as many for either of two threads
        parts = [slice(i * omega.size // count, (i + 1) * omega.size // count) for i in range(count)]
        for i in range(0, count, TOGETHER):
            report(f"{omega.size:,} resonances, site by site ({i / count:.0%})")
            each = np.zeros((min(TOGETHER, count - i), *weights.shape))
            side_by_side(partial(profiles, d.k, d.p, d.m, d.gamma, self.sites_of_baths, STEPS, weakest, omega[part],
                                 share[part], last[part], between[part], some)
                         for part, some in zip(parts[i : i + TOGETHER], each, strict=True))
            weights += each.sum(axis=0)
        restless = int(np.sum(~(last < GOOD_ENOUGH)))
        if restless:
            raise CertificateError(f"{restless} of {omega.size} resonances did not converge")
        return omega, between

    @property
    def sites_of_baths(self) -> IntArray:
        """Sites of the baths, shape (n_baths,)."""
        return np.asarray(self.system.bath_sites)

    @property
    def _faint(self) -> float:
        """Decay rate of a mode whose coupling is just not dark."""
        return 0.5 * VANISHING**2 * float(self.rate.max())

    @cached_property
    def solved(self) -> Solved:
        """The zeros refined, and what they give; dark modes are told by what they would couple to baths undressed."""
        omega, share = self.guesses.omega.copy(), self.guesses.share
        n_b, meeting = self.rate.size, _meeting(omega)
        between, weights = np.empty((omega.size, n_b, n_b), np.complex128), np.zeros((2, n_b, self.data.m.size))
        for pair in (0, 1):
            some = np.flatnonzero(meeting == bool(pair))
            omega[some], between[some] = self._summed(omega[some], share[some], weights[pair])
        dark = omega.imag == 0.0
        doubtful = np.flatnonzero((omega.imag > 0.0) & (omega.imag < self._faint * DRESSED) & ~meeting)
        doubtful = doubtful[self._coupling(omega.real[doubtful]) <= VANISHING * np.sqrt(self.rate.max())]
        if doubtful.size:  # what they gave is taken back
            self._summed(omega[doubtful], -share[doubtful], weights[0])
            dark[doubtful] = True
        return Solved(Poles(omega[~dark], share[~dark]), between[~dark], weights.sum(axis=0).T, omega.real[dark],
                      meeting[~dark], weights[0].T)

    @cached_property
    def _pairs(self) -> list[tuple[float, Poles, ComplexArray, FloatArray]]:
        """Zeros that nearly coincide, detuned, with what they give, and the weights of a mean of their sums."""
        near, found = self.solved.poles.omega[self.solved.meeting], []
        for part, shift in self.detunings if near.size else ():
            other = self.detuned(shift)
            omega, share = other.guesses
            some = np.argpartition(np.abs(omega[:, None] - near).min(axis=1), near.size - 1)[: near.size]
            weights = np.zeros((self.rate.size, self.data.m.size))
            omega, between = other._summed(omega[some], share[some], weights)
            found.append((part, Poles(omega, share[some]), between, weights.T))
        return found

    def _mean(self) -> Sums | None:
        """Return the sums over zeros that stand apart, and over the others the weighted mean of detuned sums."""
        found = self.solved
        try:
            pairs = self._pairs
        except CertificateError:
            pairs = []
        conductance, weights = self._conductance(*self._alone), found.apart.copy()
        for part, poles, between, more in pairs:
            conductance, weights = conductance + part * self._conductance(poles.share, between), weights + part * more
        mean = without_diagonal(conductance), weights[self.rows]
        return mean if pairs and self.closes(mean) else super()._mean()

    @property
    def _alone(self) -> tuple[FloatArray, ComplexArray]:
        """How often zeros that stand apart count, and their residues."""
        rest = ~self.solved.meeting
        return self.solved.poles.share[rest], self.solved.between[rest]

    @np.errstate(all="ignore")
    def cancelled(self) -> FloatArray:
        """Return the rounding of terms that cancel in each conductance, relative to it, shape (n_baths, n_baths)."""
        if self.closes(self.plain_sums()) or not self._pairs:
            return super().cancelled()
        share, between = self._alone
        size = terms(Poles(self.solved.poles.omega[~self.solved.meeting], share), between)
        size = size + sum(abs(part) * terms(poles, residues) for part, poles, residues, _ in self._pairs)
        return self._lost(size, self._stationary[0])

    def _coupling(self, omega: FloatArray) -> FloatArray:
        """Return sqrt(Σ_a γ_a z_a²) of the undamped modes of these frequencies, Σ m z² = 1."""
        return np.concatenate([np.zeros(0), *(np.sqrt((z[:, self.sites_of_baths] ** 2) @ self.system.friction)
                                              for z in self._undamped(omega))])

    def _undamped(self, omega: FloatArray) -> Iterator[FloatArray]:
        """Yield the motion of modes at their real frequencies, Σ m z² = 1, some at a time."""
        from hotsprings.kernels.impedance import still

        d = self.data
        for start in range(0, omega.size, DARK):
            some = omega[start : start + DARK]
            z = np.empty((some.size, d.m.size))
            still(d.k, d.p, d.m, some, z)
            yield z

    @property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0."""
        return self.solved.poles

    @property
    def _residues(self) -> tuple[ComplexArray, FloatArray]:
        return self.solved.between, self.solved.weights

    def expected_resonances(self) -> int:
        """Return how many resonances there are: two for each bright mode, one for a free one."""
        return 2 * (self.data.m.size - self.solved.dark.size) - int(self.data.free)

    @cached_property
    def _dark_weight(self) -> FloatArray:
        """Part of the motion of each site in dark modes."""
        total = np.zeros(self.data.m.size)
        for z in self._undamped(self.solved.dark):
            total += self.data.m * (z**2).sum(axis=0)
        return total

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site."""
        dark = self._dark_weight
        return self.solved.dark.size, 1.0 - np.where(dark < 64 * EPS, 0.0, dark)

    def detuned(self, shift: float) -> ProfileResponse:
        """Return the response with every friction changed by its own small factor, zeros sought afresh."""
        gamma = self.data.gamma.copy()
        gamma[self.system.bath_sites] *= self.detuning(shift)
        return ProfileResponse(self.system, replace(self.data, gamma=gamma), self.flux.detuned(shift))

    def changed(self, draw: int) -> ProfileResponse:
        """Return the response of springs, pinnings, masses and frictions changed in their last bits."""
        other = ProfileResponse(self.system, self.data.changed(np.random.default_rng(draw)), self.flux)
        poles, dark = self.solved.poles, self.solved.dark
        other.guesses = Poles(np.append(poles.omega, dark), np.append(poles.share, np.ones(dark.size)))
        return other

    def left_out(self) -> float:
        """Return at most how large a conductance passes through modes taken for dark."""
        return self.solved.dark.size * VANISHING**2

    def _moved(self, other: Response) -> tuple[float, FloatArray, float]:
        """Return how far bath weights, conductances by themselves and resonances are from another response's."""
        lost = np.inf, np.full((self.rate.size, self.rate.size), np.inf), np.inf
        try:
            there, here = other.plain_sums(), self.plain_sums()
            if not self.closes(here):  # single residues are lost, sums are not
                here, there = self._stationary, other._stationary
            poles, known = other.poles.omega, self.poles.omega
        except CertificateError:
            return lost
        if poles.size != known.size:
            return lost
        weights = np.abs(here[1] - there[1]).max()
        fluxes = np.abs((here[0] - there[0]) / self.rate[:, None]).max()
        moved = np.maximum(np.abs(poles / known - 1.0), np.abs(poles.imag / known.imag - 1.0)).max(initial=0.0)
        return float(np.max([weights, fluxes])), relative_changes(here[0], there[0]), float(moved)

    def _is_sure(self) -> bool:
        pole_sum = abs(self.resonance_frequencies().imag.sum() / self.rate.sum() - 1.0)
        missed, doubt = max(pole_sum, self._gap(self._stationary)), max(self.conditioning(), self.flux_doubt())
        return bool(missed <= TRUSTED and doubt <= CONDITIONING)


def _meeting(omega: ComplexArray) -> BoolArray:
    """Return which zeros have one other much nearer than all the rest, such as an even and an odd one of a chain."""
    from scipy.spatial import KDTree

    points = np.stack([omega.real, omega.imag], axis=1)
    away = KDTree(points).query(points, k=3)[0]  # itself, the nearest, the next; infinite where there are fewer
    return np.asarray((away[:, 1] < PAIR * away[:, 2]) & np.isfinite(away[:, 2]), dtype=bool)


def profile(system: OpenNetwork) -> ProfileResponse | None:
    """Return this engine for a long even chain; None for any other network, and where another road is surer."""
    if not system.n_sites >= SHORT or system.n_baths > MOST_BATHS:
        return None
    data = chain_data(system)
    if data is None:
        return None
    found = ProfileResponse(system, data)
    return found if system.n_sites > ALL_MODES or found.sure else None
