"""The modal engine at the bath sites alone: fluxes of dense networks without the eigenvectors of the others."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from hotsprings import checks
from hotsprings.response.bright_modes import BrightModes
from hotsprings.response.division_zeros import find_zeros
from hotsprings.response.modal import ModalResponse
from hotsprings.response.modal_zeros import SearchedMotion
from hotsprings.response.modes import MATRICES, parts_of
from hotsprings.response.reduction import LEAST, row_error
from hotsprings.system import OpenNetwork

TRUSTED = 1e-10  # error of an identity up to which the eigenvectors are not asked for
MOST_BATHS = 8  # sums of n_baths² pairs are taken over all modes


class AtBathsResponse(ModalResponse):
    """Zeros of det D from modes that are known at the bath sites only, and tried by their identities there."""

    @cached_property
    def solution(self) -> SearchedMotion:
        """Zeros beside their modes, as in long chains."""
        p = self.problem
        values = np.array([p.stiffness, np.zeros(p.stiffness.size)])
        found = find_zeros(BrightModes(values, p.coupling, p.n_free))
        return SearchedMotion(p, found.anchors, found.offsets, found.omega)

    def sampled_error(self) -> float:
        """Return by how much Σ φφ = 1, Σ λ φφ = W and Σ λ² φφ = W² over all modes fail at the bath sites."""
        p, sites, root = self.problem, self.system.bath_sites, np.sqrt(self.system.network.masses)
        columns = self.system.network.stiffness()[:, sites] / (root[:, None] * root[sites])
        values = np.append(p.stiffness, p.dark_stiffness)
        return row_error(columns, sites, values, np.concatenate([p.modes, p.dark_modes], axis=1))

    def _is_sure(self) -> bool:
        found = self.closes(self.plain_sums())
        missed = abs(self.resonance_frequencies().imag.sum() / self.rate.sum() - 1.0) if found else np.inf
        return bool(np.max([missed, self.sampled_error()]) <= TRUSTED)


def at_baths(system: OpenNetwork) -> AtBathsResponse | None:
    """Return this engine for a network large enough; None of any other, of one in parts, and where it is not sure."""
    if system.n_sites < LEAST or system.n_baths > MOST_BATHS:
        return None
    checks.room("system", system.n_sites, system.n_sites, MATRICES - 1)  # no eigenvectors
    if parts_of(system.network.stiffness()).any():
        return None
    found = AtBathsResponse(system, everywhere=False, road="search")
    return found if found.sure else None
