"""Green elements between baths that remember: b_a(ω) is what a bath adds to the stiffness of its site."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import Self

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.elements import settle_elements
from hotsprings.response.modes import ModalProblem, missed_at, modal_problem, moved_freely, static_response, unheld
from hotsprings.response.precise import own_numbers
from hotsprings.response.response import Response
from hotsprings.response.tolerances import DOUBTED, DOUBTED_RATES, EPS
from hotsprings.system import OpenNetwork

__all__ = ["Added", "RememberingResponse", "elements", "eliminated"]

Added = Callable[[float], ComplexArray]  # b_a at a frequency, shape (n_baths,)


class RememberingResponse(Response):
    """What baths with Drude memory and leads share: normal modes, and what the baths add to their sites' stiffness."""

    @cached_property
    def modes(self) -> ModalProblem:
        """The normal modes that feel a bath."""
        return modal_problem(self.system)

    @abstractmethod
    def _added(self, omega: float) -> ComplexArray:
        """Return what baths add to the stiffness of their sites at a frequency, shape (n_baths,)."""

    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij at real frequencies, or ω G_ij, finite at ω = 0 in free networks too."""
        return elements(self.system, self.modes, self._added, omega, i, j, times_omega)

    def changed(self, draw: int) -> RememberingResponse:
        """Return the response of the network changed in its last bits."""
        return self._changed(draw)

    def _changed(self, draw: int, known: ModalProblem | None = None) -> Self:
        """Return the same; its modes are turned from ``known`` ones, where there are."""
        modes = modal_problem(self.system, np.random.default_rng(draw), known=known)
        if modes.stiffness.size != self.modes.stiffness.size:
            raise CertificateError("the last bits of the network decide which modes feel a bath")
        return self._with(modes)

    def _with(self, modes: ModalProblem) -> Self:
        """Return the response of modes that are almost the same."""
        other = type(self)(self.system)
        other.modes = modes
        return other

    def _is_sure(self) -> bool:
        weights, fluxes, rates = self.doubts
        known = max(weights, fluxes) <= DOUBTED and rates <= DOUBTED_RATES and self.seen()
        return known and not self.modes.uncertain and self.modes.unresolved <= DOUBTED and super()._is_sure()


def elements(system: OpenNetwork, modes: ModalProblem, added: Added, omega: FloatArray, i: int, j: int,
             times_omega: bool) -> ComplexArray:
    """Return G_ij at real frequencies, or ω G_ij, from normal modes.

    Where these lose digits, far above the band and on narrow resonances, of a small network from its springs.
    """
    omega = np.asarray(omega, dtype=np.float64)
    out, doubt = _from_modes(system, modes, added, omega, i, j)
    dark, hidden = _dark(system, modes, added, omega, i, j)
    still = (omega == 0.0) & (modes.n_free > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        unknown = np.where(still, 0.0, (doubt + hidden) / np.abs(out + dark)).ravel()
    out = np.where(times_omega, (out + dark) * omega, out + dark)
    out[still] = _at_rest(system, modes, i, j, times_omega)
    flat = omega.ravel()

    def eliminate(hard: IntArray) -> None:
        out.reshape(-1)[hard] = eliminated(system, added, flat[hard], i, j, times_omega)

    settle_elements(unknown, flat, system.n_sites, eliminate)
    return out


def _amplitudes(system: OpenNetwork, modes: ModalProblem, sites: IntArray) -> FloatArray:
    """Return φ_j(i)/sqrt(m_i), shape (n, n_modes)."""
    return np.asarray(modes.modes[sites] / np.sqrt(system.network.masses[sites])[:, None])


def _from_modes(system: OpenNetwork, modes: ModalProblem, added: Added, omega: FloatArray, i: int, j: int
                ) -> tuple[ComplexArray, FloatArray]:
    """Return G_ij of the modes that feel a bath, and how much of it is rounding; 0 at rest where some are free.

    Rounding: of the solution, |x|ᵀ|Z||y|, of frequencies, of amplitudes at the two sites, and what all modes miss there
    of being orthonormal, as far as G reaches.
    """
    out, doubt = np.zeros(omega.shape, np.complex128), np.zeros(omega.shape)
    (here, there), ends = (_amplitudes(system, modes, np.asarray(s)) for s in ((i, j), system.bath_sites))
    top, (at_i, at_j) = float(modes.stiffness.max(initial=0.0)), 1.0 / np.sqrt(system.network.masses[[i, j]])
    every = np.concatenate([modes.modes[[i, j]], modes.dark_modes[[i, j]]], axis=1)
    missed = missed_at(every, i == j) * at_i * at_j
    for place, w in np.ndenumerate(omega):
        if w == 0.0 and modes.n_free:
            continue
        Z = np.diag(modes.stiffness - w * w) + (ends.T * added(w)) @ ends
        x, y = np.linalg.solve(Z, np.stack([there, here], axis=1)).T
        out[place] = here @ x
        doubt[place] = EPS * (np.abs(y) @ np.abs(Z) @ np.abs(x) + at_i * np.abs(x).sum() + at_j * np.abs(y).sum()
                              + top * np.linalg.norm(x) * np.linalg.norm(y))
        with np.errstate(invalid="ignore"):
            doubt[place] += missed * np.nanmax([np.linalg.norm(x) / np.linalg.norm(there),
                                                np.linalg.norm(y) / np.linalg.norm(here), 0.0])
    return out, doubt


def _at_rest(system: OpenNetwork, modes: ModalProblem, i: int, j: int, times_omega: bool) -> complex:
    """Return G_ij(0) of a free network, or what is left of ω G_ij there, fᵀ(iΓ)⁻¹g over free motions."""
    (here, there), ends = (_amplitudes(system, modes, np.asarray(s)) for s in ((i, j), system.bath_sites))
    free = modes.stiffness == 0.0
    if not times_omega:
        moves = moved_freely(here, there, free) or unheld(system.network, i, j)
        return np.inf if moves else static_response(here, there, modes.stiffness)[0]
    drag = (ends[:, free].T * system.friction) @ ends[:, free]
    return complex(here[free] @ np.linalg.solve(1j * drag, there[free]))


def _dark(system: OpenNetwork, modes: ModalProblem, added: Added, omega: FloatArray, i: int, j: int
          ) -> tuple[FloatArray, FloatArray]:
    """Return what modes that feel no bath add away from the baths, and what rounding may hide of them.

    They may feel a bath to ``unresolved``, and through it all others.
    """
    if not modes.dark_modes.size:
        return np.zeros(omega.shape), np.zeros(omega.shape)
    masses, at = system.network.masses, system.bath_sites
    away = 0.0 if np.any(np.isin((i, j), at)) else 1.0
    weight = away * modes.dark_modes[i] * modes.dark_modes[j] / np.sqrt(masses[i] * masses[j])
    top = max(float(modes.stiffness.max(initial=0.0)), float(modes.dark_stiffness.max()))
    pull = np.array([float(np.max(np.abs(added(w)) / masses[at])) for w in omega.ravel()]).reshape(omega.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = modes.dark_stiffness - omega[..., None] ** 2
        parts = EPS * (1.0 + top / np.abs(gap)) + modes.unresolved * (1.0 + pull[..., None] / np.abs(gap))
        return (weight / gap).sum(axis=-1), (2.0 * parts / np.sqrt(masses[i] * masses[j]) / np.abs(gap)).sum(axis=-1)


def eliminated(system: OpenNetwork, added: Added, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
    """Return G_ij at some real frequencies, or ω G_ij, from the springs by elimination in 32 digits."""
    from hotsprings.kernels import precise

    own, (off, pinning, masses, _) = own_numbers(system, i)
    baths = np.flatnonzero(np.isin(system.bath_sites, own))
    places, out = np.searchsorted(own, system.bath_sites[baths]), np.empty(omega.size, np.complex128)
    i, j = (int(np.searchsorted(own, site)) for site in (i, j))
    for k, w in enumerate(omega):
        drag, held, b = np.zeros(own.size), pinning.copy(), added(w)[baths]
        drag[places] = b.imag / w if w else system.friction[baths]
        held[places] = _sums(held[places], b.real)
        precise.elements(off, held, masses, drag, omega[k : k + 1], i, j, times_omega, out[k : k + 1])
    return out


def _sums(own: FloatArray, more: FloatArray) -> FloatArray:
    """Return double-doubles (n, 2) plus doubles (n,)."""
    total = own[:, 0] + more
    back = total - own[:, 0]
    return np.stack([total, (own[:, 0] - (total - back)) + (more - back) + own[:, 1]], axis=1)
