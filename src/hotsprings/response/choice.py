"""Which engine answers for which network."""

from __future__ import annotations

from functools import lru_cache

from hotsprings.errors import CertificateError
from hotsprings.network import MeanField, bands_of, first_row_of
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.door import memoryless
from hotsprings.response.mean_field import MeanFieldResponse
from hotsprings.response.modal import ModalResponse, PreciseResponse
from hotsprings.response.precise import SMALL
from hotsprings.response.response import Response
from hotsprings.system import OpenNetwork

__all__ = ["flux_response", "response_of"]


@lru_cache(maxsize=1)
def response_of(system: OpenNetwork) -> Response:
    """Return the engine for the structure of this network; the last one is kept, with the modes and poles it found."""
    if isinstance(memoryless(system).network, MeanField):
        return MeanFieldResponse(system)
    return _chain(system, True) or _modal(system, True)


def flux_response(system: OpenNetwork) -> Response:
    """Return an engine for what passes between baths: chains and rings keep their modes at the bath sites only."""
    if bands_of(memoryless(system).network) is not None or first_row_of(system.network) is not None:
        return _chain(system, False) or _modal(system, False)
    return response_of(system)


def _chain(system: OpenNetwork, everywhere: bool) -> ChainResponse | None:
    """Return the engine of chains without modes, where the modes would be uncertain."""
    data = chain_data(system)
    return ChainResponse(system, data, everywhere) if data is not None and data.uneven else None


def _modal(system: OpenNetwork, everywhere: bool) -> ModalResponse:
    """Return the modal engine: small networks by eigenvectors, in as many digits as it takes; large ones by search,
    and by eigenvectors where zeros coincide.
    """
    if system.n_sites <= SMALL:
        found = ModalResponse(system)
        return found if found.sure else PreciseResponse(system)
    searched = ModalResponse(system, everywhere, search=True)
    try:
        if searched.closes(searched.plain_sums()):
            return searched
    except CertificateError:
        pass
    damped = ModalResponse(system, everywhere)
    damped.problem = searched.problem
    return damped
