"""Exact heat transport through networks of harmonically coupled particles between Langevin heat baths.

Every public name is imported when it is first used, so that ``import hotsprings`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotsprings import dynamics, masses, quantum, spectrum, statistics, sweeps, theory
    from hotsprings.baths import Bath, Lead, bath_group
    from hotsprings.bond_correlations import bond_correlation
    from hotsprings.bonds import BondCurrents, bond_currents, bond_heat_flux
    from hotsprings.correlations import correlation, power_spectrum
    from hotsprings.covariances import Covariance, covariance
    from hotsprings.energy_current import current_correlation
    from hotsprings.equilibrium import Thermodynamics, thermodynamics
    from hotsprings.errors import (
        ArgumentError,
        AsymmetryWarning,
        CertificateError,
        DarkModeWarning,
        InstabilityError,
        PrecisionWarning,
        RelaxationWarning,
        ShortRunError,
    )
    from hotsprings.explorer import explore
    from hotsprings.fits import ExponentFit, fit_exponent
    from hotsprings.motion import MeanMotion, mean_motion, relaxation
    from hotsprings.network import (
        Anharmonic,
        Chain,
        IonTrap,
        Lattice,
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
    from hotsprings.probes import self_consistent
    from hotsprings.response.resonances import Resonances, resonances
    from hotsprings.spectrum import green, transmittance
    from hotsprings.stationary import SteadyState, conductance, steady_state
    from hotsprings.sweeps import Axis, Plan, sweep, sweep_status
    from hotsprings.system import OpenNetwork
    from hotsprings.units import Units

__version__ = "0.1.0"

_HOME = {
    "ArgumentError": "errors", "CertificateError": "errors", "DarkModeWarning": "errors", "PrecisionWarning": "errors",
    "AsymmetryWarning": "errors", "Units": "units",
    "InstabilityError": "errors", "RelaxationWarning": "errors", "ShortRunError": "errors",
    "Anharmonic": "network", "Rotors": "network",
    "Chain": "network", "Lattice": "network", "MeanField": "network", "PowerLaw": "network", "Springs": "network",
    "from_graph": "network", "random_chain": "network", "random_springs": "network",
    "read_network": "network", "IonTrap": "network", "ion_crystal": "network", "ion_positions": "network",
    "Thermodynamics": "equilibrium", "thermodynamics": "equilibrium",
    "Bath": "baths", "Lead": "baths", "bath_group": "baths", "OpenNetwork": "system",
    "correlation": "correlations", "power_spectrum": "correlations", "current_correlation": "energy_current",
    "MeanMotion": "motion", "mean_motion": "motion", "relaxation": "motion",
    "bond_correlation": "bond_correlations",
    "BondCurrents": "bonds", "bond_currents": "bonds", "bond_heat_flux": "bonds",
    "Covariance": "covariances", "covariance": "covariances", "self_consistent": "probes",
    "green": "spectrum", "transmittance": "spectrum",
    "Resonances": "response.resonances", "resonances": "response.resonances",
    "SteadyState": "stationary", "conductance": "stationary", "steady_state": "stationary",
    "explore": "explorer",
    "ExponentFit": "fits", "fit_exponent": "fits",
    "Axis": "sweeps", "Plan": "sweeps", "sweep": "sweeps", "sweep_status": "sweeps",
}
_MODULES = {"dynamics", "masses", "quantum", "spectrum", "statistics", "sweeps", "theory"}

__all__ = [
    "Anharmonic", "ArgumentError", "AsymmetryWarning", "Axis", "Bath", "BondCurrents", "CertificateError",
    "Chain", "Covariance", "DarkModeWarning", "ExponentFit", "InstabilityError", "IonTrap", "Lattice", "Lead",
    "MeanField", "MeanMotion", "OpenNetwork", "Plan", "PowerLaw", "PrecisionWarning", "RelaxationWarning",
    "Resonances", "Rotors", "ShortRunError", "Springs", "SteadyState", "Thermodynamics", "Units", "__version__",
    "bath_group", "bond_correlation", "bond_currents", "bond_heat_flux", "conductance", "correlation", "covariance",
    "current_correlation", "dynamics", "explore", "fit_exponent", "from_graph", "green", "ion_crystal",
    "ion_positions", "masses", "mean_motion", "power_spectrum", "quantum", "random_chain", "random_springs",
    "read_network", "relaxation", "resonances", "self_consistent", "spectrum", "statistics", "steady_state",
    "sweep", "sweep_status", "sweeps", "theory", "thermodynamics", "transmittance",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"hotsprings.{name}")
    if name in _HOME:
        found = globals()[name] = getattr(importlib.import_module(f"hotsprings.{_HOME[name]}"), name)
        return found
    raise AttributeError(f"module 'hotsprings' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
