"""Networks of few sites whose modes are apart and bright, by one compiled call: the modal engine, for less."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.response.modal import CHEAP, ModalResponse
from hotsprings.response.modal_zeros import FEW_BATHS, SearchedMotion
from hotsprings.response.modes import CONTRAST, ROUNDINGS, ModalProblem
from hotsprings.response.response import Sums
from hotsprings.response.tolerances import DOUBTED, DOUBTED_RATES, EPS, TOLERANCE
from hotsprings.system import OpenNetwork

LEAST = 1e-6  # of the largest: λ of a mode that is held, gaps, couplings, below which the general road decides
MISSED = 1e-12  # by sum rules of bath weights and resonances: some hundred roundings
DRAWS = 2  # of last bits


class FewModesResponse(ModalResponse):
    """The modal engine of a network that ``kernels/few_modes`` has answered for."""

    def __init__(self, system: OpenNetwork, rate: FloatArray, values: FloatArray, vectors: FloatArray, free: int,
                 moved: tuple[float, float, float], doubt: float, found: list[Any]) -> None:
        super().__init__(system, road="search")
        self.rate = rate
        self.values, self.vectors, self.free = values, vectors, free
        self.moved, self.doubt = moved, doubt
        *self.sums, self.anchors, self.offsets, self.omega, resonances = found
        self.resonances: ComplexArray = resonances

    @cached_property
    def problem(self) -> ModalProblem:
        """The modes and their couplings, none dark."""
        sites, n = self.system.bath_sites, self.values.size
        return ModalProblem(
            stiffness=self.values, coupling=np.ascontiguousarray(self.vectors[sites] * np.sqrt(self.rate)[:, None]),
            modes=self.vectors, dark_stiffness=np.empty(0), dark_modes=np.empty((n, 0)), n_free=self.free,
            unresolved=0.0, uncertain=False, rounded=np.zeros(n), memory=np.zeros(sites.size))

    @cached_property
    def solution(self) -> SearchedMotion:
        """Its zeros of det D."""
        return SearchedMotion(self.problem, self.anchors, self.offsets, self.omega)

    def plain_sums(self) -> Sums:
        """Return the conductances, and the bath weights of all sites."""
        return self.sums[0], self.sums[1]

    @cached_property
    def _stationary(self) -> Sums:
        return self._separated(self.plain_sums())  # that they close has been seen

    def expected_resonances(self) -> int:
        """Return how many resonances there are: two for each mode, one for a free one."""
        return 2 * self.values.size - self.free

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return that there is no dark mode."""
        return 0, np.ones(self.values.size)

    def _with(self, problem: ModalProblem, sites: IntArray | None = None) -> ModalResponse:  # type: ignore[override]
        """Return the general response of a problem that is almost the same, perhaps at fewer sites."""
        other = ModalResponse(self.system)
        other.problem = problem
        return other if sites is None else other._with(problem, sites)

    @property
    def _moves(self) -> tuple[float, FloatArray, float]:
        weights, fluxes, poles = self.moved
        return weights, np.full((self.rate.size, self.rate.size), fluxes), poles

    @property
    def _fluxes(self) -> tuple[FloatArray, FloatArray]:
        return self._stationary[0], np.full(self.sums[0].shape, self.doubt)

    def flux_doubt(self) -> float:
        """Return the largest relative change of a conductance by last bits, or by rounding of vectors."""
        return self.doubt

    @property
    def bath_rows(self) -> IntArray:
        """Where the bath sites are among the rows, which are all sites."""
        return self.system.bath_sites

    def resonance_frequencies(self) -> ComplexArray:
        """Return every pole that decays, mirrors included."""
        return self.resonances

    def resonances_in_order(self) -> ComplexArray:
        """Return the same, sorted by their real parts."""
        return self.resonances


def few_modes(system: OpenNetwork) -> FewModesResponse | None:
    """Return the response of a small network; None where the general road is to decide.

    That is where sites are very unequal, a mode is soft, near another one or hardly feels a bath, a resonance is near
    the imaginary axis, or anything moves too much with the last bits.
    """
    from hotsprings.kernels import few_modes as kernels

    n, sites, masses = system.n_sites, system.bath_sites, system.network.masses
    if sites.size > FEW_BATHS or n < 2:
        return None
    root, rate = np.sqrt(masses), system.friction / masses[sites]
    matrix = system.network.stiffness() / (root[:, None] * root)
    local = matrix.diagonal().tolist()
    if not max(local) <= CONTRAST * min(local):
        return None
    values, vectors = np.linalg.eigh(matrix)
    free = int(not system.network.pinning.any())
    if free:
        values[0], vectors[:, 0] = 0.0, root / math.sqrt(masses.sum())
    limit = DOUBTED if n > CHEAP else 0.1 * DOUBTED
    missed, small, moved, *found = kernels.solve(values, vectors, sites, np.sqrt(rate), free, _draws(n),
                                                    np.abs(matrix).sum(axis=1).max(), LEAST)
    rounding = ModalResponse.vectors_lose * small
    known = moved[0] <= limit and moved[1] <= limit and moved[2] <= DOUBTED_RATES
    sure = missed <= MISSED and known and rounding <= TOLERANCE
    doubt = max(moved[1], rounding)
    return FewModesResponse(system, rate, values, vectors, free, moved, doubt, found) if sure else None


@lru_cache(maxsize=64)
def _draws(n: int) -> FloatArray:
    """Return changes of the last bits of a matrix whose rows add up to 1, shape (DRAWS, n, n)."""
    noise = np.array([np.random.default_rng(draw).standard_normal((n, n)) for draw in range(DRAWS)])
    return np.asarray((noise + noise.swapaxes(1, 2)) * (ROUNDINGS * EPS / np.sqrt(n) / 2.0))
