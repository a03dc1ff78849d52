"""Quantum heat, covariances, bonds and self-consistent baths as tables of a model file."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from hotsprings import checks
from hotsprings.config.fields import Planck, Switch, Table, checked
from hotsprings.config.questions.question import Answer, Quantity, Question
from hotsprings.errors import ArgumentError
from hotsprings.system import OpenNetwork

__all__ = ["QUESTIONS", "BondsTable", "CovarianceTable", "CurrentTables", "QuantumTable", "SelfConsistentTable"]

FLUX, CONDUCTANCE = "energy/time", "1/time (k_B = 1)"
LARGEST = 2000  # sites of a covariance matrix in a file: three of 32 MB


def _listed(name: str, value: Any, requirement: str, check: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not value:
        raise ArgumentError(name, requirement, f"{checks.shown(value)} was given")
    return tuple(check(f"{name}[{i}]", element) for i, element in enumerate(value))


def _bond(name: str, value: Any) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ArgumentError(name, "be a pair of sites", f"{checks.shown(value)} was given")
    return checks.integer(name, value[0]), checks.integer(name, value[1])


def _bath(name: str, value: Any) -> int | str:
    return value if isinstance(value, str) else checks.integer(name, value)


Temperatures = Annotated[tuple[float, ...] | None, checked(
    lambda name, value: _listed(name, value, "be a list of temperatures, zero or more", checks.moderate))]
Sites = Annotated[tuple[int, ...] | None, checked(
    lambda name, value: _listed(name, value, "be a list of sites", checks.integer))]
Bonds = Annotated[tuple[tuple[int, int], ...] | None, checked(
    lambda name, value: _listed(name, value, "be a list of pairs of sites", _bond))]
Floating = Annotated[tuple[int | str, ...], checked(
    lambda name, value: _listed(name, [value] if isinstance(value, str | int) else value,
                                "be a list of numbers of baths, or of names of groups", _bath))]


class QuantumTable(Table):
    """``[quantum]``: :func:`hotsprings.quantum.heat_flux`, :func:`hotsprings.quantum.conductance`."""

    hbar: Planck = 1.0
    temperatures: Temperatures = None


class CovarianceTable(Table):
    """``[covariance]``: the arguments of :func:`hotsprings.covariance`."""

    sites: Sites = None


class BondsTable(Table):
    """``[bonds]``: the arguments of :func:`hotsprings.bond_heat_flux`."""

    bonds: Bonds = None


class SelfConsistentTable(Table):
    """``[self_consistent]``: the arguments of :func:`hotsprings.self_consistent`."""

    floating: Floating = Field(description="numbers of the baths that carry no heat, or names of groups")
    quantum: Switch = False
    hbar: Planck = 1.0


class CurrentTables(Table):
    """The optional tables of this family."""

    quantum: QuantumTable | None = None
    covariance: CovarianceTable | None = None
    bonds: BondsTable | None = None
    self_consistent: SelfConsistentTable | None = None


def _quantum(system: OpenNetwork, table: QuantumTable) -> Answer:
    from hotsprings import quantum

    flux = quantum.heat_flux(system, table.hbar)
    mean = float(system.temperature.mean())
    temperatures = np.array([mean] if table.temperatures is None else table.temperatures)
    matrix = quantum.conductance(system, temperatures, table.hbar)
    rows = [(f"quantum heat flux of bath {a}", f"{value:+.12g}") for a, value in enumerate(flux)]
    if system.n_baths == 2:
        quanta = quantum.conductance(system, temperatures, table.hbar, quanta=True)
        rows += [(f"quantum conductance at T = {T:.6g}", f"{g[0, 1]:.12g}, {q[0, 1]:.8g} quanta")
                 for T, g, q in zip(temperatures, matrix, quanta, strict=True)]
    return Answer(f"quantum, ħ = {table.hbar:g}", rows, {
        "quantum_heat_flux": Quantity(("bath",), flux, "quantum heat flux J_a from the bath into the network", FLUX),
        "quantum_conductance": Quantity(("quantum_temperature", "bath", "bath_to"), matrix,
                                        "quantum conductance dJ_ab/dT", CONDUCTANCE),
        "quantum_hbar": Quantity((), table.hbar, "reduced Planck constant", "energy time"),
    }, {"quantum_temperature": Quantity(("quantum_temperature",), temperatures, "temperature", "energy (k_B = 1)")},
        (lambda ax: quantum.plot_conductance(system, hbar=table.hbar, ax=ax)) if system.n_baths == 2 else None)


def _check_quantum(system: OpenNetwork, table: QuantumTable) -> None:
    from hotsprings.response.leads import refuse_leads

    refuse_leads(system, "quantum heat")


def _covariance(system: OpenNetwork, table: CovarianceTable) -> Answer:
    from hotsprings.covariances import covariance

    found = covariance(system, table.sites)
    dims = ("covariance_site", "covariance_site_to")
    quantities = {
        "covariance_position_velocity": Quantity(dims, found.position_velocity, "covariance <q_i v_j>",
                                                 "length^2/time"),
        "covariance_velocity": Quantity(dims, found.velocity, "covariance <v_i v_j>", "length^2/time^2")}
    if not found.free:
        quantities["covariance_position"] = Quantity(dims, found.position, "covariance <q_i q_j>", "length^2")
    rows = [("sites", str(found.sites.size)), ("certificate", f"identities hold to {found.error:.2g}")]
    coordinates = {dim: Quantity((dim,), found.sites, "site, counted from 0", "1") for dim in dims}
    return Answer("covariances", rows, quantities, coordinates)


def _check_covariance(system: OpenNetwork, table: CovarianceTable) -> None:
    from hotsprings.covariances import chosen_sites

    if table.sites is None and system.n_sites > LARGEST:
        raise ArgumentError("sites", f"be given for more than {LARGEST} sites", f"there are {system.n_sites}")
    chosen_sites("sites", table.sites, system.n_sites)


def _bonds(system: OpenNetwork, table: BondsTable) -> Answer:
    from hotsprings.bonds import bond_currents
    from hotsprings.figures.currents import draw_bonds

    found = bond_currents(system, table.bonds)
    order = np.argsort(-np.abs(found.heat_flux), kind="stable")
    rows = [(f"heat flux {i} → {j}", f"{value:+.12g}")
            for (i, j), value in zip(found.bonds[order], found.heat_flux[order], strict=True)]
    rows.insert(0, ("certificate", f"Kirchhoff's law at {found.n_complete} sites, to {found.error:.2g}"))
    return Answer("heat through the springs, largest first", rows, {
        "bond_heat_flux": Quantity(("bond",), found.heat_flux, "heat flux through the spring, from site to site_to",
                                   FLUX)},
        {"bond_site": Quantity(("bond",), found.bonds[:, 0], "site at one end of the spring", "1"),
         "bond_site_to": Quantity(("bond",), found.bonds[:, 1], "site at its other end", "1")},
        lambda ax: draw_bonds(found, ax))


def _check_bonds(system: OpenNetwork, table: BondsTable) -> None:
    from hotsprings.bonds import chosen_bonds

    chosen_bonds(system, table.bonds)


def _self_consistent(system: OpenNetwork, table: SelfConsistentTable) -> Answer:
    from hotsprings.probes import floating_baths, flux_of, self_consistent

    baths = floating_baths(system, table.floating)
    found = self_consistent(system, table.floating, table.quantum, table.hbar)
    flux = flux_of(found, table.quantum, table.hbar)
    rows = [(f"temperature of bath {a}", f"{found.temperature[a]:.12g}") for a in baths]
    rows += [(f"heat flux of bath {a}", f"{flux[a]:+.12g}") for a in range(found.n_baths) if a not in baths]
    return Answer(f"self-consistent baths{', quantum' if table.quantum else ''}", rows, {
        "self_consistent_temperature": Quantity(("bath",), found.temperature, "temperature of the bath where those "
                                                "that float carry no heat", "energy (k_B = 1)"),
        "self_consistent_heat_flux": Quantity(("bath",), flux, "heat flux into the network, then", FLUX)})


def _check_self_consistent(system: OpenNetwork, table: SelfConsistentTable) -> None:
    from hotsprings.probes import floating_baths

    floating_baths(system, table.floating)


QUESTIONS = {
    "quantum": Question(QuantumTable, _quantum, _check_quantum),
    "covariance": Question(CovarianceTable, _covariance, _check_covariance),
    "bonds": Question(BondsTable, _bonds, _check_bonds),
    "self_consistent": Question(SelfConsistentTable, _self_consistent, _check_self_consistent),
}
