"""A simulation as a labelled dataset: dimensions, units, and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings.dataset import provenance

if TYPE_CHECKING:
    import xarray as xr

    from hotsprings.dynamics.simulation import Simulation

__all__ = ["simulation_dataset"]

_ENERGY = "energy (k_B = 1)"
_MEASURED = {  # name: (attribute, dimension, long name, units)
    "heat_flux": ("flux", "bath", "heat flux from the bath into the network", "energy/time"),
    "heat_flux_kinetic": ("kinetic_flux", "bath", "heat flux by (gamma/m)(T - T_kin)", "energy/time"),
    "local_temperature": ("temperature", "site", "local kinetic temperature T_n = m_n <v_n^2>", _ENERGY),
}
_GIVEN = {
    "mass": ("site", "mass", "mass"),
    "pinning": ("site", "stiffness that pins the particle, the row sum of K", "energy/length^2"),
    "bath_temperature": ("bath", "temperature of the bath", _ENERGY),
    "friction": ("bath", "friction (drag coefficient) of the bath", "mass/time"),
}


def simulation_dataset(result: Simulation) -> xr.Dataset:
    """Return a simulation as a dataset: each quantity, its ``_error`` (NaN: none) and its ``_autocorrelation_time``.

    Parameters
    ----------
    result : Simulation
        The simulation.

    Returns
    -------
    xarray.Dataset
    """
    import xarray as xr

    system, plan = result.system, result.plan
    variables: dict[str, Any] = {}
    for name, (attribute, dim, title, units) in _MEASURED.items():
        measured = getattr(result, attribute)
        for suffix, values, what, unit in (("", measured.value, title, units),
                                           ("_error", measured.spread, f"standard error of {name}", units),
                                           ("_autocorrelation_time", measured.autocorrelation_time,
                                            f"autocorrelation time of {name}", "time")):
            variables[name + suffix] = ((dim,), np.array(values), {"long_name": what, "units": unit})
    if result.order is not None:
        for suffix, values in (("", result.order.value), ("_error", result.order.spread)):
            variables[f"order_parameter{suffix}"] = (
                (), float(values[0]), {"long_name": "|<exp(iq)>|" + suffix.replace("_", ", standard "), "units": "1"})
    given = {"mass": system.network.masses, "pinning": system.network.pinning,
             "bath_temperature": system.temperature, "friction": system.friction}
    for name, (dim, title, units) in _GIVEN.items():
        variables[name] = ((dim,), np.array(given[name]), {"long_name": title, "units": units})
    coords = {"site": np.arange(system.n_sites), "bath": np.arange(system.n_baths),
              "bath_site": ("bath", system.bath_sites)}
    attrs = {"title": "Stationary state of a network between Langevin heat baths, by molecular dynamics",
             **provenance(system.parameters(), plan.seed), "dt": plan.dt, "duration": result.duration,
             "warmup": plan.warmup, "replicas": plan.replicas, "integrator": plan.integrator,
             "sample_every": plan.every, "initial_temperature": plan.initial_temperature,
             "particle_steps": result.particle_steps, "wall_time": result.wall_time, "complete": int(result.complete)}
    return xr.Dataset(variables, coords, attrs)
