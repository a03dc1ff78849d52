"""Observables of a sweep that answer questions of model files: each with the arguments of its table, or its defaults.

A family of questions adds its observables to ``asked_observables`` and nothing else knows of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    from hotsprings.sweeps.observables import Measurement, Observable

__all__ = ["asked_observables", "table_of"]

FLUX, CONDUCTANCE = "energy/time", "1/time (k_B = 1)"


def table_of(tables: Any, name: str) -> Any:
    """Return a table of a model, or one of defaults where the model has none, or where there is no model.

    Raises
    ------
    ArgumentError
        If it is missing and has a key without a default.
    """
    from hotsprings.config.questions import QUESTIONS

    given = None if tables is None else getattr(tables, name)
    if given is not None:
        return given
    kind = QUESTIONS[name].table
    needed = [key for key, field in kind.model_fields.items() if field.is_required()]
    if needed:
        raise ArgumentError("observables", f"be given with a table [{name}] in the model that says {', '.join(needed)}",
                            "there is none")
    return kind()


def asked_observables() -> tuple[Observable, ...]:
    """Return the observables that belong to questions."""
    from hotsprings.sweeps.observables import Observable

    def plain(name: str, measure: Any, dims: tuple[str, ...], about: str, units: str, sizes: Any = None,
              needs: str = "") -> Observable:
        return Observable(name, measure, dims, about, units, False, sizes=sizes, needs=needs)

    return (
        plain("statistics_cumulant", _cumulants, ("order",), "cumulants of the heat from bath 0 to bath 1, per unit of "
              "time", "energy^order/time", _order_sizes),
        plain("statistics_uncertainty", _uncertainty, (), "variance x entropy production / mean^2", "1"),
        plain("relaxation_temperature", _relaxation, ("relaxation_time", "site"), "local temperature on the way",
              "energy (k_B = 1)", _relaxation_sizes, needs="relaxation"),
        plain("correlation_value", _correlation, ("correlation_time",), "correlation of two sites in time",
              "length^2/time^2, or length^2", _correlation_sizes, needs="correlation"),
        plain("bond_correlation_value", _bond_correlation, ("bond_correlation_time",), "correlation of the heat "
              "current through a spring", "energy^2/time^2", _bond_correlation_sizes, needs="bond_correlation"),
        plain("power_spectrum_value", _spectrum, ("power_spectrum_omega",), "power spectrum of the velocity of a site",
              "length^2/time", _spectrum_sizes, needs="power_spectrum"),
        plain("mean_motion_position", lambda m: _motion(m).position, ("mean_motion_time", "site"),
              "mean position after the start", "length", _motion_sizes, needs="mean_motion"),
        plain("mean_motion_velocity", lambda m: _motion(m).velocity, ("mean_motion_time", "site"),
              "mean velocity after the start", "length/time", _motion_sizes, needs="mean_motion"),
        plain("current_correlation_value", _current_correlation, ("current_correlation_time",), "correlation of the "
              "total energy current in equilibrium", "energy^2 length^2/time^2", _current_sizes,
              needs="current_correlation"),
        plain("quantum_heat_flux", _quantum_flux, ("bath",), "quantum heat flux J_a from the bath into the network",
              FLUX),
        plain("quantum_conductance", _quantum_conductance, (), "quantum conductance between baths 0 and 1 at their "
              "mean temperature", CONDUCTANCE),
        plain("bond_heat_flux", _bond_flux, ("bond",), "heat flux through the spring", FLUX, _bond_sizes),
        plain("self_consistent_temperature", lambda m: _probed(m).temperature, ("bath",), "temperature of the bath "
              "where those that float carry no heat", "energy (k_B = 1)", needs="self_consistent"),
        plain("self_consistent_heat_flux", _probed_flux, ("bath",), "heat flux into the network, then", FLUX,
              needs="self_consistent"),
    )


def _quantum_flux(m: Measurement) -> FloatArray:
    from hotsprings.quantum import heat_flux

    return heat_flux(m.system, m.table("quantum").hbar)


def _quantum_conductance(m: Measurement) -> float:
    from hotsprings.quantum import conductance

    if m.system.n_baths < 2:
        raise ArgumentError("baths", "be two or more for a conductance", "there is one")
    T = float(m.system.temperature[:2].mean())
    return float(conductance(m.system, T, m.table("quantum").hbar, 0, 1))


def _bond_flux(m: Measurement) -> FloatArray:
    from hotsprings.bonds import bond_heat_flux

    return bond_heat_flux(m.system, m.table("bonds").bonds)


def _bond_sizes(system: OpenNetwork, tables: Any) -> dict[str, int]:
    from hotsprings.bonds import chosen_bonds

    return {"bond": len(chosen_bonds(system, table_of(tables, "bonds").bonds))}


def _probed(m: Measurement) -> OpenNetwork:
    from hotsprings.probes import self_consistent

    def solved() -> OpenNetwork:
        table = m.table("self_consistent")
        return self_consistent(m.system, table.floating, table.quantum, table.hbar)

    found: OpenNetwork = m.kept("self_consistent", solved)
    return found


def _probed_flux(m: Measurement) -> FloatArray:
    from hotsprings.probes import flux_of

    table = m.table("self_consistent")
    return np.asarray(flux_of(_probed(m), table.quantum, table.hbar))


def _cumulants(m: Measurement) -> FloatArray:
    from hotsprings.statistics import cumulants

    table = m.table("statistics")
    return cumulants(m.system, table.order, table.quantum, table.hbar)


def _order_sizes(system: OpenNetwork, tables: Any) -> dict[str, int]:
    return {"order": int(table_of(tables, "statistics").order)}


def _uncertainty(m: Measurement) -> float:
    from hotsprings.statistics import uncertainty

    return uncertainty(m.system)


def _relaxation(m: Measurement) -> FloatArray:
    from hotsprings.motion import relaxation

    table = m.table("relaxation")
    return relaxation(m.system, table.times, table.initial_temperature)


def _relaxation_sizes(system: OpenNetwork, tables: Any) -> dict[str, int]:
    return {"relaxation_time": len(table_of(tables, "relaxation").times)}


def _correlation(m: Measurement) -> FloatArray:
    from hotsprings.correlations import correlation

    table = m.table("correlation")
    return correlation(m.system, table.i, table.j, table.times, table.of)


def _correlation_sizes(system: OpenNetwork, tables: Any) -> dict[str, int]:
    return {"correlation_time": int(table_of(tables, "correlation").points)}


def _bond_correlation(m: Measurement) -> FloatArray:
    from hotsprings.bond_correlations import bond_correlation

    table = m.table("bond_correlation")
    return bond_correlation(m.system, table.i, table.j, table.times)


def _bond_correlation_sizes(system: OpenNetwork, tables: Any) -> dict[str, int]:
    return {"bond_correlation_time": int(table_of(tables, "bond_correlation").points)}


def _spectrum(m: Measurement) -> FloatArray:
    from hotsprings.correlations import power_spectrum

    table = m.table("power_spectrum")
    return power_spectrum(m.system, table.omega, table.i)


def _spectrum_sizes(system: OpenNetwork, tables: Any) -> dict[str, int]:
    return {"power_spectrum_omega": int(table_of(tables, "power_spectrum").points)}


def _motion(m: Measurement) -> Any:
    from hotsprings.motion import mean_motion

    table = m.table("mean_motion")
    return m.kept("mean_motion", lambda: mean_motion(m.system, table.times, table.kick, table.displacement))


def _motion_sizes(system: OpenNetwork, tables: Any) -> dict[str, int]:
    return {"mean_motion_time": len(table_of(tables, "mean_motion").times)}


def _current_correlation(m: Measurement) -> FloatArray:
    from hotsprings.config.questions.motions import current_correlation_of

    return current_correlation_of(m.system, m.table("current_correlation"))


def _current_sizes(system: OpenNetwork, tables: Any) -> dict[str, int]:
    return {"current_correlation_time": int(table_of(tables, "current_correlation").points)}
