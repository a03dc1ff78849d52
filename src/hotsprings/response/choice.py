"""Which response answers for a system (interim: eigenvectors of the damped motion for all)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hotsprings.response.door import harmonic_only
from hotsprings.response.drude import DrudeResponse
from hotsprings.system import OpenNetwork

__all__ = ["response_of"]


@lru_cache(maxsize=1)
def response_of(system: OpenNetwork) -> Any:
    """Return the response of a system; the last one is kept."""
    harmonic_only(system.network)
    return DrudeResponse(system)
