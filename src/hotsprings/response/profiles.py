"""All local temperatures of a long even chain: resonances by division, and what they give site by site."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import CertificateError
from hotsprings.progress import report
from hotsprings.response.chain_data import ChainData, chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.long_chains import MOST_BATHS, SHORT, TRUSTED, LongChainResponse
from hotsprings.response.response import MEAN, Poles, Response, relative_change
from hotsprings.response.tolerances import CONDITIONING, EPS, GOOD_ENOUGH, VANISHING
from hotsprings.system import OpenNetwork

CLOSED_SITE_BY_SITE = 1e-10  # violation of the sum rules above which residues are taken to be lost
WORK = 4e6  # resonances times sites that a thread takes before it looks up: some tenths of a second
STEPS = 2  # of Newton's iteration from zeros that division found to some 1e-13
TOGETHER = 16  # such parts whose bath weights are held at once
ALL_MODES = 5000  # sites up to which the modes at every site can be held instead
DARK = 256  # modes whose motion is held at once


class Solved(NamedTuple):
    """Zeros with Re ω ≥ 0, ω² Res G_ab G_ab(-ω) at each, the bath weights (n_sites, n_baths), and dark frequencies."""

    poles: Poles
    between: ComplexArray
    weights: FloatArray
    dark: FloatArray


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
        self.flux = LongChainResponse(system) if flux is None else flux

    @property
    def _weakest(self) -> float:
        return VANISHING**2 * float(self.rate.max())

    @cached_property
    def guesses(self) -> Poles:
        """The zeros that division found, and the frequencies of modes that it saw at no bath."""
        omega, share = self.flux.poles
        modes = self.flux.modes
        weak = np.sqrt(np.maximum(modes.values[0, ~modes.bright] + modes.values[1, ~modes.bright], 0.0))
        return Poles(np.append(omega, weak), np.append(share, np.ones(weak.size)))

    @cached_property
    def solved(self) -> Solved:
        """The zeros refined, and what they give."""
        from hotsprings.kernels.profiles import profiles
        from hotsprings.kernels.threads import side_by_side

        d, sites = self.data, np.asarray(self.system.bath_sites)
        (start, share), n_b = self.guesses, sites.size
        omega, last, between = start.copy(), np.zeros(start.size), np.empty((start.size, n_b, n_b), np.complex128)
        count = -(-start.size * d.m.size // int(WORK))
        parts = [slice(i * start.size // count, (i + 1) * start.size // count) for i in range(count)]
        weights = np.zeros((n_b, d.m.size))
        for i in range(0, count, TOGETHER):
            report(f"{start.size:,} resonances, site by site ({i / count:.0%})")
            each = np.zeros((min(TOGETHER, count - i), n_b, d.m.size))
            side_by_side(partial(profiles, d.k, d.p, d.m, d.gamma, sites, STEPS, self._weakest, omega[part],
                                 share[part], last[part], between[part], some)
                         for part, some in zip(parts[i : i + TOGETHER], each, strict=True))
            weights += each.sum(axis=0)
        if not np.all(last < GOOD_ENOUGH):
            raise CertificateError(f"{int(np.sum(~(last < GOOD_ENOUGH)))} of {omega.size} resonances did not converge")
        bright = omega.imag > 0.0
        return Solved(Poles(omega[bright], share[bright]), between[bright], weights.T, omega.real[~bright])

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
        from hotsprings.kernels.impedance import still

        d, total = self.data, np.zeros(self.data.m.size)
        for start in range(0, self.solved.dark.size, DARK):
            some = self.solved.dark[start : start + DARK]
            z = np.empty((some.size, d.m.size))
            still(d.k, d.p, d.m, some, z)
            total += d.m * (z**2).sum(axis=0)
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

    def _moved(self, other: Response) -> tuple[float, float, float]:
        """Return how far bath weights, conductances by themselves and resonances are from another response's."""
        try:
            there, here = other.plain_sums(), self.plain_sums()
            poles, known = other.poles.omega, self.poles.omega
        except CertificateError:
            return np.inf, np.inf, np.inf
        if poles.size != known.size:
            return np.inf, np.inf, np.inf
        if not self.closes(here):  # single residues are lost, sums are not
            here, there = self.stationary_sums(), other.stationary_sums()
        weights = np.abs(here[1] - there[1]).max()
        fluxes = np.abs((here[0] - there[0]) / self.rate[:, None]).max()
        moved = np.maximum(np.abs(poles / known - 1.0), np.abs(poles.imag / known.imag - 1.0)).max(initial=0.0)
        return float(np.max([weights, fluxes])), relative_change(here[0], there[0]), float(moved)

    @cached_property
    def trusted(self) -> bool:
        """Whether the identities hold at every site, and the last bits of the network decide nothing that is told."""
        try:
            sums = self.stationary_sums()
            pole_sum = abs(self.resonance_frequencies().imag.sum() / self.rate.sum() - 1.0)
            return bool(max(pole_sum, self._gap(sums)) <= TRUSTED and max(self.doubts[:2]) <= CONDITIONING)
        except CertificateError:
            return False


def profile(system: OpenNetwork) -> ProfileResponse | None:
    """Return this engine for a long even chain; None for any other network, and where another road is surer."""
    if not system.n_sites >= SHORT or system.n_baths > MOST_BATHS:
        return None
    data = chain_data(system)
    if data is None:
        return None
    found = ProfileResponse(system, data)
    return found if system.n_sites > ALL_MODES or found.trusted else None
