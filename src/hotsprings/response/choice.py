"""Which engine answers for which network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np

from hotsprings.errors import CertificateError
from hotsprings.network import MeanField, bands_of, first_row_of
from hotsprings.progress import report, shown
from hotsprings.response.at_baths import AtBathsResponse, at_baths
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.door import harmonic_only
from hotsprings.response.drude import DrudeResponse
from hotsprings.response.drude_zeros import SearchedDrudeResponse
from hotsprings.response.few_modes import few_modes
from hotsprings.response.layered import LayeredResponse
from hotsprings.response.leads import LeadResponse, has_leads
from hotsprings.response.long_chains import LongChainResponse, long_chain
from hotsprings.response.mean_field import MeanFieldResponse
from hotsprings.response.memory import last_kept
from hotsprings.response.mirror import Engine, MirrorResponse, halves
from hotsprings.response.modal import CHEAP, ModalResponse, Road
from hotsprings.response.modal_zeros import FEW_BATHS, seconds
from hotsprings.response.modes import modal_problem
from hotsprings.response.precise import SMALL
from hotsprings.response.precise_drude import PreciseDrudeResponse
from hotsprings.response.precise_leads import PreciseLeadResponse
from hotsprings.response.precise_modal import PreciseResponse
from hotsprings.response.profiles import profile
from hotsprings.response.response import Response, Sums
from hotsprings.response.stack import stack_of
from hotsprings.response.tolerances import TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["flux_response", "in_32_digits", "response_of", "with_more_digits"]

T = TypeVar("T")

WITHIN_32_DIGITS = 1e-28  # evenness of a chain whose modes keep digits of 32; how many, they say themselves
EIGENVECTORS = 1000  # sites beyond which detuned zeros serve where some coincide, instead of a minute of eigenvectors
BY_NEED = 128  # sites up to which 32 digits, some twenty seconds at most, are taken where 16 do not do
WINDOWED = 512  # modes from which, with more than a few baths, guesses cost less than eigenvalues


@last_kept
def response_of(system: OpenNetwork) -> Response:
    """Return the engine for the structure of this network; the last one is kept, with the modes and poles it found."""
    network = harmonic_only(system.network)
    if not system.white:
        return _between_leads(system) if has_leads(system) else _remembering(system)
    if isinstance(network, MeanField):
        field = MeanFieldResponse(system)
        return field if system.n_sites > SMALL or field.known else _surer(PreciseResponse(system), field)
    return (_chain(system, True) or profile(system) or _mirrored(system, True) or _layered(system, True)
            or _modal(system, True))


def _between_leads(system: OpenNetwork) -> Response:
    """Return the engine of leads; of a small network with modes of 32 digits, where those of 16 are not enough."""
    found = LeadResponse(system)
    if system.n_sites > SMALL or found.sure:
        return found
    precise = PreciseLeadResponse(system)
    return precise if found.modes.uncertain or precise.sure else found


def _remembering(system: OpenNetwork) -> Response:
    """Return the engine of baths with memory; of a small network in 32 digits, where 16 are not enough.

    Zeros of det D are searched from guesses, then from the eigenvalues of the motion; eigenvectors serve where neither
    closes, and in small networks.
    """
    if system.n_sites > SMALL:
        return _first_sure(*(partial(SearchedDrudeResponse, system, polished) for polished in (False, True)),
                           partial(DrudeResponse, system))
    found = DrudeResponse(system)
    if found.sure:
        return found
    precise = PreciseDrudeResponse(system)
    return precise if precise.sure or precise.solved else found


def _first_sure(*engines: Callable[[], Response]) -> Response:
    """Return the first engine that is sure, or the last."""
    *others, last = engines
    return next((found for engine in others if (found := engine()).sure), None) or last()


def with_more_digits(system: OpenNetwork, ask: Callable[[], T], doubt: Callable[[T], float] | None = None) -> T:
    """Return the answer to a question; where it is not certified, of a small network, from its modes in 32 digits.

    Where the answer tells a relative ``doubt`` above 1e-9, they are asked too, and the better answer is returned.
    """
    found: list[T] = []
    try:
        found.append(ask())
        if doubt is None or doubt(found[0]) <= TOLERANCE:
            return found[0]
    except CertificateError:
        if not _has_more_digits(system):
            raise
    if not _has_more_digits(system):
        return found[0]
    try:
        with response_of.instead(system, in_32_digits(system)):
            found.append(ask())
    except CertificateError:
        if not found:
            raise
    return found[0] if len(found) == 1 or doubt is None else min(found, key=doubt)


def _has_more_digits(system: OpenNetwork) -> bool:
    """Return whether there are 32 digits that have not been taken."""
    return (system.n_sites <= SMALL and not has_leads(system)
            and not isinstance(response_of(system), PreciseResponse | PreciseDrudeResponse))


def in_32_digits(system: OpenNetwork) -> PreciseResponse | PreciseDrudeResponse:
    """Return the engine of 32 digits of a small network between baths, with or without memory."""
    return PreciseResponse(system) if system.white else PreciseDrudeResponse(system)


def flux_response(system: OpenNetwork) -> Response:
    """Return an engine for what passes between baths: it knows the modes at the bath sites only, where that is safe."""
    network = harmonic_only(system.network)
    if isinstance(network, MeanField):
        return response_of(system)
    if system.white and (bands_of(network) is not None or first_row_of(network) is not None):
        return (_strongly_damped(system) or _chain(system, False) or long_chain(system) or _mirrored(system, False)
                or _modal(system, False))
    known = response_of.known(system)
    if known is not None or not system.white:
        return known or response_of(system)
    return _layered(system, False) or _at_baths(system) or response_of(system)


def _strongly_damped(system: OpenNetwork) -> LongChainResponse | None:
    """Return the engine of a long chain that is uneven for its baths alone, where its modes do in spite of them."""
    data = chain_data(system)
    return long_chain(system, certain=True) if data is not None and data.damped_only else None


@last_kept
def _at_baths(system: OpenNetwork) -> AtBathsResponse | None:
    return at_baths(system)


def _layered(system: OpenNetwork, everywhere: bool) -> LayeredResponse | None:
    """Return the engine of equal layers, if it is sure where eigenvectors of the whole would do."""
    stack = stack_of(system) if system.n_sites > SMALL else None
    if stack is None:
        return None
    found = LayeredResponse(system, stack, partial(_across, everywhere=everywhere), everywhere)
    return found if system.n_sites > EIGENVECTORS or found.sure else None


def _across(system: OpenNetwork, everywhere: bool = True) -> Response:
    """Return the engine of one of the chains that a lattice falls apart into, in 16 digits."""
    data = chain_data(system)
    if data is not None and data.uneven:
        return ChainResponse(system, data, everywhere)
    return _mirrored(system, everywhere, 0) or _searched(system, everywhere)


def _mirrored(system: OpenNetwork, everywhere: bool, small: int = SMALL) -> MirrorResponse | None:
    """Return the engine of a chain beyond some sites that is its own mirror image.

    What rings at one end only, and as well at the other, is two resonances closer than 16 digits tell: where they
    decide, its halves are taken spring by spring.
    """
    found = _by_halves(system, lambda half: _across(half.system(), everywhere)) if system.n_sites > small else None
    if found is None:
        return None
    data = found.data
    ordered = (data.m.min() == data.m.max() and data.k.min() == data.k.max()
               and np.ptp(data.p) <= data.k[0])  # nothing rings at one end only
    return found if ordered or found.exact or found.sure else _exactly_mirrored(system, everywhere)


def _exactly_mirrored(system: OpenNetwork, everywhere: bool) -> MirrorResponse | None:
    """Return the same, spring by spring, of a chain of any length."""
    return _by_halves(system, lambda half: ChainResponse(half.system(), half.data, everywhere))


def _by_halves(system: OpenNetwork, engine: Engine) -> MirrorResponse | None:
    """Return the engine of a chain that is its own mirror image, from one for each half; None of others."""
    data = chain_data(system)
    both = halves(data) if data is not None else None
    return None if data is None or both is None else MirrorResponse(system, data, both, engine)


def _chain(system: OpenNetwork, everywhere: bool) -> Response | None:
    """Return the engine of chains without modes, where modes would be uncertain; small ones get them in 32 digits.

    Resonances that 16 digits do not tell apart, 32 may, and the mirror that makes them so.
    """
    data = chain_data(system)
    if data is None or not data.uneven:
        return None
    found, mirrored = ChainResponse(system, data, everywhere), _exactly_mirrored(system, everywhere)
    small = system.n_sites <= SMALL and data.evenness > WITHIN_32_DIGITS
    if small and (data.overdamped or not found.sure):
        precise = PreciseResponse(system)
        if precise.sure:
            return precise
        if not found.known:
            return _surer(mirrored, precise)
    return found if mirrored is None or found.known else _surer(mirrored, found)


def _surer(found: MirrorResponse | PreciseResponse | None, other: Response) -> Response:
    return found if found is not None and found.sure else other


def _modal(system: OpenNetwork, everywhere: bool) -> Response:
    """Return the modal engine: where the network is small, by the first road that is sure, in 32 digits where none is.

    Zeros cost some milliseconds where eigenvectors cost a tenth of a second, and keep digits of narrow resonances.
    """
    if system.n_sites > SMALL:
        return _searched(system, everywhere)
    few = few_modes(system)
    if few is not None:
        return few
    roads: tuple[Road, ...] = ("search", "damped") if system.n_sites > CHEAP and system.n_baths <= FEW_BATHS else (
        "damped",)
    problem = modal_problem(system)
    for road in roads:
        found = ModalResponse(system, True, road)
        found.problem = problem
        if found.sure:
            return found
    precise = PreciseResponse(system)
    return precise if precise.sure else _surer(_exactly_mirrored(system, everywhere), precise)


def _searched(system: OpenNetwork, everywhere: bool) -> ModalResponse:
    """Return the modal engine by the first road whose sums close.

    Zeros of det D are searched from guesses (few baths, or many modes), then from the eigenvalues of the damped motion,
    eigenvectors serve where zeros coincide, and 32 digits where nothing else does.
    """
    with shown(system.n_sites, 0.0 if system.n_baths <= FEW_BATHS else seconds(system.n_sites, system.n_baths)):
        return _by_need(system, everywhere)


def _by_need(system: OpenNetwork, everywhere: bool) -> ModalResponse:
    report(f"modes of {system.n_sites:,} sites")
    problem, long = modal_problem(system, everywhere=everywhere), system.n_sites > EIGENVECTORS

    def by(road: Road) -> ModalResponse:
        response = ModalResponse(system, everywhere, road)
        response.problem = problem
        return response

    few = system.n_baths <= FEW_BATHS
    searched: list[Road] = ["search"] if few or problem.stiffness.size >= WINDOWED else []
    for road in (*searched, *(() if long and few else ("polished",))):
        found = by(road)
        if _closes(found, ModalResponse.stationary_sums if long else ModalResponse.plain_sums):
            return found
    if long and few:
        return found
    found = by("damped")
    if system.n_sites <= BY_NEED and (problem.uncertain or not _closes(found, ModalResponse.plain_sums)):
        return PreciseResponse(system)
    return found


def _closes(found: ModalResponse, sums: Callable[[ModalResponse], Sums]) -> bool:
    try:
        return found.closes(sums(found))
    except CertificateError:
        return False
