"""Baths with Drude memory on networks of many modes: zeros of det D, as without memory.

Behind its memory the noise of a bath is white, and what passes is |2D⁻¹ - 1|² with

    D(ω) = 1 + iωE + iω Σ_j c_j c_jᵀ/(λ_j - ω²),    E = 1/ω_D,    D(-ω) = 2 - D(ω):

searches, residues and sums are those of :mod:`modal_zeros`. Forces on the sites themselves are 1 + iω/ω_D times as
strong as the noise.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.response.drude import DrudeBaths
from hotsprings.response.modal import FAR_APART
from hotsprings.response.modal_zeros import SearchedMotion, polished_motion, searched_motion
from hotsprings.response.modes import ModalProblem
from hotsprings.response.response import Poles, Response, Sums
from hotsprings.system import OpenNetwork

__all__ = ["SearchedDrudeResponse"]


class SearchedDrudeResponse(DrudeBaths):
    """G(ω) between baths with memory as a sum over the zeros of det D, from guesses or (``polished``) eigenvalues."""

    detunings = FAR_APART

    def __init__(self, system: OpenNetwork, polished: bool = False) -> None:
        super().__init__(system)
        self.polished = polished

    @cached_property
    def solution(self) -> SearchedMotion:
        """The zeros."""
        return (polished_motion if self.polished else searched_motion)(self.modes)

    @property
    def poles(self) -> Poles:
        """The poles that decay, Re ω ≥ 0."""
        return self.solution.poles

    def _force(self, sign: float) -> ComplexArray:
        """Return (1 ± iω_k/ω_D)/√γ, shape (n_baths, n_poles)."""
        behind = 1.0 + sign * 1j * np.multiply.outer(self.modes.memory, self.poles.omega)
        return np.asarray(behind / np.sqrt(self.system.friction)[:, None])

    def left(self, sites: Any) -> ComplexArray:
        """Return left factors of the residues, shape (len(sites), n_poles)."""
        return self.solution.left(self._at_modes[np.asarray(sites)])

    def right(self) -> ComplexArray:
        """Return right factors of the residues, shape (n_baths, n_poles)."""
        return np.asarray(self.solution.right * self._force(1.0))

    def mirrored(self, sites: Any) -> ComplexArray:
        """Return G_ja(-ω_k), shape (len(sites), n_baths, n_poles)."""
        return np.asarray(self.solution.mirrored(self._at_modes[np.asarray(sites)]) * self._force(-1.0))

    def plain_sums(self) -> Sums:
        """Return the conductances (n_baths, n_baths) and the bath weights (n_sites, n_baths)."""
        return self._plain

    @cached_property
    @np.errstate(all="ignore")  # zeros that coincide give infinities and NaN, which the sum rules notice
    def _plain(self) -> Sums:
        return self.solution.conductances(), self.solution.weights(self.modes.modes)

    def pole_doubt(self) -> FloatArray:
        """Return by how much each pole may be off: λ by roundings of the highest one."""
        return super().pole_doubt() + self.modes.moved(self.poles.omega)

    def _is_sure(self) -> bool:
        return Response._is_sure(self)  # what last bits move, the next engine knows no better

    def detuned(self, shift: float) -> Self:
        """Return the response with every friction changed by its own small factor, the modes kept."""
        return self._with(replace(self.modes, coupling=self.modes.coupling * np.sqrt(self.detuning(shift))[:, None]))

    def changed(self, draw: int) -> Self:
        """Return the response of the network changed in its last bits."""
        other = self._changed(draw, self.modes)
        if self.closes(self.plain_sums()):
            other.solution = self.solution.moved(other.modes)  # zeros that coincide would not part again
        return other

    def _with(self, modes: ModalProblem) -> Self:
        other = type(self)(self.system, self.polished)
        other.modes = modes
        return other
