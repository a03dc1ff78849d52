"""Exact heat transport through networks of harmonically coupled particles between Langevin heat baths.

Every public name is imported when it is first used, so that ``import hotsprings`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotsprings import masses, spectrum, theory
    from hotsprings.baths import Bath
    from hotsprings.engines.resonances import Resonances, resonances
    from hotsprings.errors import ArgumentError, CertificateError, DarkModeWarning
    from hotsprings.network import MeanField
    from hotsprings.spectrum import green, transmittance
    from hotsprings.stationary import SteadyState, steady_state
    from hotsprings.system import OpenNetwork

__version__ = "0.1.0"

_HOME = {
    "ArgumentError": "errors", "CertificateError": "errors", "DarkModeWarning": "errors",
    "MeanField": "network", "Bath": "baths", "OpenNetwork": "system",
    "green": "spectrum", "transmittance": "spectrum",
    "Resonances": "engines.resonances", "resonances": "engines.resonances",
    "SteadyState": "stationary", "steady_state": "stationary",
}
_MODULES = {"masses", "spectrum", "theory"}

__all__ = [
    "ArgumentError", "Bath", "CertificateError", "DarkModeWarning", "MeanField", "OpenNetwork", "Resonances",
    "SteadyState", "__version__", "green", "masses", "resonances", "spectrum", "steady_state", "theory",
    "transmittance",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"hotsprings.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(f"hotsprings.{_HOME[name]}"), name)
    raise AttributeError(f"module 'hotsprings' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
