"""Exact heat transport through networks of harmonically coupled particles between Langevin heat baths.

Every public name is imported when it is first used, so that ``import hotsprings`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotsprings import dynamics, masses, spectrum, sweeps, theory
    from hotsprings.baths import Bath, bath_group
    from hotsprings.equilibrium import Thermodynamics, thermodynamics
    from hotsprings.errors import (
        ArgumentError,
        CertificateError,
        DarkModeWarning,
        InstabilityError,
        PrecisionWarning,
        RelaxationWarning,
        ShortRunError,
    )
    from hotsprings.fits import ExponentFit, fit_exponent
    from hotsprings.network import (
        Anharmonic,
        Chain,
        IonTrap,
        MeanField,
        PowerLaw,
        Rotors,
        Springs,
        from_graph,
        ion_crystal,
        ion_positions,
        random_chain,
        random_springs,
        read_network,
    )
    from hotsprings.response.resonances import Resonances, resonances
    from hotsprings.spectrum import green, transmittance
    from hotsprings.stationary import SteadyState, conductance, steady_state
    from hotsprings.sweeps import Axis, Plan, sweep, sweep_status
    from hotsprings.system import OpenNetwork

__version__ = "0.1.0"

_HOME = {
    "ArgumentError": "errors", "CertificateError": "errors", "DarkModeWarning": "errors", "PrecisionWarning": "errors",
    "InstabilityError": "errors", "RelaxationWarning": "errors", "ShortRunError": "errors",
    "Anharmonic": "network", "Rotors": "network",
    "Chain": "network", "MeanField": "network", "PowerLaw": "network", "Springs": "network",
    "from_graph": "network", "random_chain": "network", "random_springs": "network",
    "read_network": "network", "IonTrap": "network", "ion_crystal": "network", "ion_positions": "network",
    "Thermodynamics": "equilibrium", "thermodynamics": "equilibrium",
    "Bath": "baths", "bath_group": "baths", "OpenNetwork": "system",
    "green": "spectrum", "transmittance": "spectrum",
    "Resonances": "response.resonances", "resonances": "response.resonances",
    "SteadyState": "stationary", "conductance": "stationary", "steady_state": "stationary",
    "ExponentFit": "fits", "fit_exponent": "fits",
    "Axis": "sweeps", "Plan": "sweeps", "sweep": "sweeps", "sweep_status": "sweeps",
}
_MODULES = {"dynamics", "masses", "spectrum", "sweeps", "theory"}

__all__ = [
    "Anharmonic", "ArgumentError", "Axis", "Bath", "CertificateError", "Chain", "DarkModeWarning",
    "ExponentFit", "InstabilityError", "IonTrap", "MeanField", "OpenNetwork", "Plan", "PowerLaw",
    "PrecisionWarning", "RelaxationWarning", "Resonances", "Rotors", "ShortRunError", "Springs", "SteadyState",
    "Thermodynamics", "__version__", "bath_group", "conductance", "dynamics", "fit_exponent", "from_graph",
    "green", "ion_crystal", "ion_positions", "masses", "random_chain", "random_springs", "read_network",
    "resonances", "spectrum", "steady_state", "sweep", "sweep_status", "sweeps", "theory", "thermodynamics",
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
