"""The modal engine of small networks, in 32 digits."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.damped import FAINT, PreciseMotion, precise_motion
from hotsprings.response.modal import ModalResponse, Road, Solution
from hotsprings.response.modes import ModalProblem
from hotsprings.response.precise import PreciseModes, as_problem, precise_flows, precise_modes
from hotsprings.response.response import Response, Sums, balanced, places
from hotsprings.response.tolerances import PRECISE_DARK, PRECISE_UNIT
from hotsprings.system import OpenNetwork

QR_LOSES = 16.0  # times what one draw of last bits moves slow decays: seen where 1e-18 stands beside a damping of 1e7


class PreciseResponse(ModalResponse):
    """The same for small networks, in 32 digits: springs that differ by 1e14, overdamped baths, near twins."""

    vectors_lose: ClassVar[float] = PRECISE_UNIT / 16.0
    turns: ClassVar[float] = 0.0
    finest: ClassVar[bool] = True
    dark_means: ClassVar[str] = f"feel no bath to a relative coupling of {PRECISE_DARK:.0e}"

    def __init__(self, system: OpenNetwork, everywhere: bool = True, road: Road = "damped") -> None:
        super().__init__(system)
        self._kept: tuple[tuple[int, ...], tuple[ComplexArray, ComplexArray]] | None = None

    @cached_property
    def modes(self) -> PreciseModes:
        """The modes in 32 digits."""
        return precise_modes(self.system)

    @cached_property
    def problem(self) -> ModalProblem:
        """The modes and their couplings, rounded."""
        return as_problem(self.modes)

    @cached_property
    def precise(self) -> PreciseMotion:
        """The damped motion in 32 digits."""
        return precise_motion(self.modes)

    @property
    def solution(self) -> Solution:
        """Its poles and residues, rounded."""
        return self.precise.motion

    def left(self, sites: IntArray) -> ComplexArray:
        """Return the factor of the residues at some sites, summed in 32 digits, shape (len(sites), n_poles)."""
        return np.asarray(self._at(sites)[0] / np.sqrt(self.system.network.masses[sites])[:, None])

    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Return G_ja(-ω_k), summed in 32 digits, shape (len(sites), n_baths, n_poles)."""
        scale = np.sqrt(np.multiply.outer(self.system.network.masses[sites], self.system.friction))
        return np.asarray(self._at(sites)[1] / scale[:, :, None])

    def _at(self, sites: IntArray) -> tuple[ComplexArray, ComplexArray]:
        """Return factors of modes' amplitudes at sites, without masses and frictions; the last ones are kept."""
        key = tuple(int(site) for site in sites)
        if self._kept is None or self._kept[0] != key:
            self._kept = key, self.precise.at_sites(self.modes.shape[:, places(self.sites, np.asarray(sites))])
        return self._kept[1]

    def stretch_velocities(self, pairs: IntArray, temperature: FloatArray) -> FloatArray:
        """Return ⟨(q_i - q_j) v_j⟩ and ⟨(q_j - q_i) v_i⟩ of pairs of sites, summed in 32 digits, shape (n_pairs, 2)."""
        from hotsprings.kernels.precise import in_rows
        from hotsprings.kernels.stretches import stretch_velocities

        return np.asarray(stretch_velocities(in_rows(self.modes.shape), np.array(self.system.network.masses),
                                             *self.precise.factors, temperature, pairs))

    def noise(self) -> FloatArray:
        """Return the noise of the heat currents, rows summing to zero, in 32 digits, shape (n_baths, n_baths)."""
        from hotsprings.kernels.noise import noise
        from hotsprings.kernels.precise import in_rows

        return balanced(noise(in_rows(self.modes.coupling), *self.precise.factors, self.system.temperature))

    def expected_resonances(self) -> int:
        """Return how many resonances there are: two for each bright mode, one for a free one."""
        return super().expected_resonances() - 2 * len(self.precise.dark)

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site."""
        number, bright = super().dark_modes()
        slow = self.precise.dark @ self.problem.modes.T
        return number + len(slow), bright - (slow**2).sum(axis=0)

    def left_out(self) -> float:
        """Return at most how large a conductance passes through modes taken for dark, or through motions that are."""
        return super().left_out() + FAINT * len(self.precise.dark)

    def plain_sums(self) -> Sums:
        """Return the conductances and the bath weights, summed in 32 digits."""
        return self.precise.sums

    def detuned(self, shift: float) -> Self:
        """Return the response with every friction changed by its own small factor."""
        other = super().detuned(shift)
        change = np.sqrt(self.detuning(shift))
        other.modes = replace(self.modes, coupling=self.modes.coupling * change[:, None])
        return other

    def residue_doubt(self, poles: ComplexArray) -> FloatArray:
        """Return 0: in 32 digits nothing is turned."""
        return np.zeros(poles.size)

    def pole_doubt(self) -> FloatArray:
        """Return by how much each pole may be off: roundings of itself."""
        return Response.pole_doubt(self)

    def resonance_doubt(self) -> float:
        """Return the largest relative change of a resonance, or of its decay rate, and what the QR iteration loses."""
        return max(QR_LOSES * Response.resonance_doubt(self), self.precise.motion.doubt)

    @property
    def n_changes(self) -> int:
        """How many draws of last bits are looked at."""
        return 1

    @cached_property
    def _impedances(self) -> ChainResponse | None:
        """The same chain spring by spring, where no stiff one costs digits."""
        data = chain_data(self.system)
        return None if data is None else ChainResponse(self.system, data)

    @property
    def flows_work(self) -> float:
        """Ns that `flows` takes for each frequency: one elimination in 32 digits, of chains an element of each pair."""
        n, n_baths = self.system.n_sites, self.system.n_baths
        return 5e3 + 30.0 * n**2 * (n + 2 * n_baths) if self._impedances is None else self._impedances.flows_work

    def flows(self, omega: FloatArray) -> ComplexArray:
        """Return ω G between the bath sites at real frequencies (n_omega,), shape (n_baths, n_baths, n_omega)."""
        return precise_flows(self.system, omega) if self._impedances is None else self._impedances.flows(omega)

    def changed(self, draw: int) -> Response | None:
        """Return the response with springs and pinnings changed at the end of 32 digits."""
        other = type(self)(self.system)
        other.modes = precise_modes(self.system, np.random.default_rng(draw))
        if len(other.modes.stiffness) != len(self.modes.stiffness):
            raise CertificateError("even 32 digits do not tell which modes feel a bath")
        return other
