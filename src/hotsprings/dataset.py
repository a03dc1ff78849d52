"""The stationary state as a labelled dataset: dimensions, units, and where it came from."""

from __future__ import annotations

import datetime
import json
import platform
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from hotsprings.stationary import SteadyState

__all__ = ["LISTED_SITES", "made_by", "provenance", "state_dataset"]

LISTED_SITES = 2000  # longer lists are not in the model's JSON; masses and pinnings are in the variables


_VARIABLES = {  # name: (dimensions, long name, units)
    "heat_flux": (("bath",), "heat flux J_a from the bath into the network", "energy/time"),
    "conductance": (("bath", "bath_to"), "thermal conductance C_ab between two baths", "1/time (k_B = 1)"),
    "bath_weight": (("site", "bath"), "weight h_n^a of the bath in the local temperature", "1"),
    "local_temperature": (("site",), "local kinetic temperature T_n = m_n <v_n^2>", "energy (k_B = 1)"),
    "bright_weight": (("site",), "part of the local temperature that the baths set, sum of h_n^a over baths", "1"),
    "mass": (("site",), "mass", "mass"),
    "pinning": (("site",), "stiffness that pins the particle, the row sum of K", "energy/length^2"),
    "bath_temperature": (("bath",), "temperature of the bath", "energy (k_B = 1)"),
    "friction": (("bath",), "friction (drag coefficient) of the bath", "mass/time"),
    "resonance_frequency_re": (("resonance",), "angular frequency of the resonance, real part", "1/time"),
    "resonance_frequency_im": (("resonance",), "decay rate of the resonance, imaginary part of its frequency",
                               "1/time"),
}
_GROUPED = {  # the same where baths have names
    "group_heat_flux": (("group",), "heat flux from the group into the network", "energy/time"),
    "group_conductance": (("group", "group_to"), "thermal conductance between two groups, sum over their baths",
                          "1/time (k_B = 1)"),
}
_COORDINATES = {
    "site": ("site", "particle, counted from 0"),
    "bath": ("bath", "bath, in the order of the model"),
    "bath_to": ("bath_to", "bath, in the order of the model"),
    "bath_site": ("bath", "site that the bath touches, counted from 0"),
}


def state_dataset(state: SteadyState, seed: int | None = None) -> xr.Dataset:
    """Return a steady state as a dataset that can be written to netCDF and read back unchanged.

    Dimensions: site, bath, bath_to, resonance. Complex frequencies are pairs ``_re``, ``_im``. Every variable has
    ``units`` (reduced, k_B = 1) and ``long_name``; the dataset carries :func:`provenance`.

    Parameters
    ----------
    state : SteadyState
        The state.
    seed : int, optional
        Seed of the masses, where they were drawn at random.

    Returns
    -------
    xarray.Dataset
    """
    import xarray as xr

    system, frequency = state.system, np.asarray(state.resonances.frequency)
    values: dict[str, Any] = {
        name: getattr(state, name)
        for name in ("heat_flux", "conductance", "bath_weight", "local_temperature", "bright_weight")
    }
    values |= {"mass": system.network.masses, "bath_temperature": system.temperature, "friction": system.friction,
               "resonance_frequency_re": frequency.real, "resonance_frequency_im": frequency.imag}
    values["pinning"] = system.network.pinning
    labels = {"site": np.arange(system.n_sites), "bath": np.arange(system.n_baths),
              "bath_to": np.arange(system.n_baths), "bath_site": system.bath_sites}
    variables = {
        name: (dims, np.array(values[name], dtype=np.float64), {"long_name": title, "units": units})
        for name, (dims, title, units) in _VARIABLES.items() if name in values
    }
    coords = {name: (dim, labels[name], {"long_name": title}) for name, (dim, title) in _COORDINATES.items()}
    if system.groups:
        _add_groups(state, variables, coords)
    attrs = {"title": "Stationary state of a harmonic network between Langevin heat baths",
             **provenance(system.parameters(), seed), **_state_attrs(state)}
    return xr.Dataset(variables, coords, attrs)


def _add_groups(state: SteadyState, variables: dict[str, Any], coords: dict[str, Any]) -> None:
    """Add what speaks of groups: their fluxes and conductances, and the name of each bath."""
    names = list(state.system.groups)
    between = state.group_conductance
    matrix = np.array([[between.get((one, other), 0.0) for other in names] for one in names])
    values = {"group_heat_flux": np.array(list(state.group_heat_flux.values())), "group_conductance": matrix}
    for name, (dims, title, units) in _GROUPED.items():
        variables[name] = (dims, values[name], {"long_name": title, "units": units})
    for dim in ("group", "group_to"):
        coords[dim] = (dim, np.array(names, dtype=object), {"long_name": "name of the group of baths"})
    coords["bath_name"] = ("bath", np.array([bath.name or "" for bath in state.system.baths], dtype=object),
                           {"long_name": "name of the group that the bath is in, empty for none"})


def _state_attrs(state: SteadyState) -> dict[str, Any]:
    certificate = state.certificate
    return {
        "n_dark_modes": int(state.n_dark_modes),
        "dark_temperature": float(state.dark_temperature),
        "certificate_error": float(certificate.error),
        "certificate_tolerance": float(certificate.tolerance),
        "certificate_pole_sum": float(certificate.pole_sum),
        "certificate_sum_rule": float(certificate.sum_rule),
        "certificate_flux_balance": float(certificate.flux_balance),
        "certificate_positivity": float(certificate.positivity),
        "certificate_sampled_error": float(certificate.sampled_error),
        "certificate_conditioning": float(certificate.conditioning),
        "certificate_flux_doubt": float(certificate.flux_doubt),
    }


def provenance(system_parameters: dict[str, Any], seed: int | None = None) -> dict[str, Any]:
    """Return attributes that say what made a file: versions, time, and the model as JSON.

    Parameters
    ----------
    system_parameters : dict
        ``OpenNetwork.parameters()``. Lists of more than 2000 numbers are left out of the JSON; the dataset has
        masses and pinnings as variables, and of arbitrary springs the SHA-256 of their matrix stays.
    seed : int, optional
        Seed of whatever was random.

    Returns
    -------
    dict
        Strings and integers only; ``seed`` where one is given.
    """
    network = {
        key: value for key, value in system_parameters.get("network", {}).items()
        if not isinstance(value, list) or len(value) <= LISTED_SITES
    }
    attrs = made_by() | {"model": json.dumps({**system_parameters, "network": network})}
    if seed is not None:
        attrs["seed"] = int(seed) if seed < 2**63 else np.uint64(seed)
    return attrs


def made_by() -> dict[str, Any]:
    """Return attributes that say with what versions a file was made, and when."""
    from hotsprings import __version__

    return {"hotsprings_version": __version__,
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "python_version": platform.python_version(), "numpy_version": np.__version__}
