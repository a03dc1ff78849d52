"""Small networks between leads whose modes 16 digits do not tell apart."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from hotsprings.errors import CertificateError
from hotsprings.response.lead_zeros import Pencil, pencil_of
from hotsprings.response.leads import LeadResponse
from hotsprings.response.modes import ModalProblem
from hotsprings.response.precise import PreciseModes, as_problem, precise_modes

__all__ = ["PreciseLeadResponse"]


class PreciseLeadResponse(LeadResponse):
    """The same of a small network, whose modes, and which of them feel a lead, are known in 32 digits."""

    @cached_property
    def in_32_digits(self) -> PreciseModes:
        """The normal modes that feel a lead."""
        return precise_modes(self.system)

    @cached_property
    def modes(self) -> ModalProblem:
        """The same, rounded."""
        return as_problem(self.in_32_digits)

    @cached_property
    def pencil(self) -> Pencil:
        """The network and its leads in normal coordinates, whose λ_j are known beyond 16 digits."""
        return pencil_of(self.system, self.k, self.mass, self.modes)._replace(beyond=self.in_32_digits.stiffness[:, 1])

    def changed(self, draw: int) -> PreciseLeadResponse:
        """Return the response with springs and pinnings changed at the end of 32 digits."""
        other = PreciseLeadResponse(self.system)
        other.in_32_digits = precise_modes(self.system, np.random.default_rng(draw))
        if other.modes.stiffness.size != self.modes.stiffness.size:
            raise CertificateError("even 32 digits do not tell which modes feel a lead")
        return other
