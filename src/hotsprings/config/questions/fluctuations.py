"""Statistics of heat, correlations in time and relaxation as tables of a model file."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from hotsprings import checks
from hotsprings.config.fields import Integer, Natural, Planck, Switch, Table, Temperature, checked, word
from hotsprings.config.questions.question import Answer, Quantity, Question, Timed
from hotsprings.errors import ArgumentError
from hotsprings.network import keys
from hotsprings.system import OpenNetwork

__all__ = ["QUESTIONS", "BondCorrelationTable", "CorrelationTable", "FluctuationTables", "RelaxationTable",
           "StatisticsTable"]

NAMES = ("mean (heat flux)", "variance (noise)", "third cumulant", "fourth cumulant")
Numbers = Annotated[tuple[float, ...] | None, checked(
    keys.optional(keys.listed(checks.number, "be a list of numbers")))]
Times = Annotated[tuple[float, ...], checked(
    keys.listed(checks.moderate, "be a list of times, zero or more"))]


class StatisticsTable(Table):
    """``[statistics]``: :mod:`hotsprings.statistics`."""

    order: Natural = 4
    counting: Numbers = None
    fluxes: Numbers = None
    quantum: Switch = False
    hbar: Planck = 1.0


class CorrelationTable(Timed):
    """``[correlation]``: the arguments of :func:`hotsprings.correlation`, at equally spaced times."""

    i: Integer = 0
    j: Integer = 0
    of: Annotated[Literal["velocity", "position"], word("velocity", "position")] = "velocity"


class BondCorrelationTable(Timed):
    """``[bond_correlation]``: the arguments of :func:`hotsprings.bond_correlation`, at equally spaced times."""

    i: Integer = 0
    j: Integer = 1


class RelaxationTable(Table):
    """``[relaxation]``: the arguments of :func:`hotsprings.relaxation`."""

    times: Times = Field(description="times since the start, zero or more")
    initial_temperature: Temperature = Field(description="temperature of the equilibrium at the start")


class FluctuationTables(Table):
    """The optional tables of this family."""

    statistics: StatisticsTable | None = None
    correlation: CorrelationTable | None = None
    bond_correlation: BondCorrelationTable | None = None
    relaxation: RelaxationTable | None = None


def _statistics(system: OpenNetwork, table: StatisticsTable) -> Answer:
    from hotsprings import statistics

    if system.n_baths != 2:
        noise = statistics.noise(system)
        rows = [(f"noise of bath {a}", f"{noise[a, a]:.12g}") for a in range(system.n_baths)]
        return Answer("statistics of heat", rows, {"statistics_noise": Quantity(
            ("bath", "bath_to"), noise, "covariances of the heat from the baths, per unit of time", "energy^2/time")})
    found = statistics.cumulants(system, table.order, table.quantum, table.hbar)
    rows = [(name, f"{value:.12g}") for name, value in zip(NAMES, found, strict=False)]
    quantities = {"statistics_cumulant": Quantity(("statistics_order",), found, "cumulants of the heat from bath 0 to "
                                                  "bath 1, per unit of time", "energy^order/time")}
    coordinates = {"statistics_order": Quantity(("statistics_order",), np.arange(1, found.size + 1), "order", "1")}
    if system.temperature.min() > 0.0 and not table.quantum:
        product = statistics.uncertainty(system)
        rows.append(("uncertainty product, at least 2", f"{product:.12g}"))
        quantities["statistics_uncertainty"] = Quantity((), product, "variance x entropy production / mean^2", "1")
    exponent = partial(statistics.scaled_cumulant, quantum=table.quantum, hbar=table.hbar)
    for key, name, ask, units in (("counting", "statistics_scaled_cumulant", exponent, "1/energy"),
                                  ("fluxes", "statistics_rate_function", statistics.rate_function, "energy/time")):
        at = getattr(table, key)
        if at is not None:
            dim = f"statistics_{key}"
            quantities[name] = Quantity((dim,), ask(system, at), name[11:].replace("_", " "), "1/time")
            coordinates[dim] = Quantity((dim,), np.array(at), key, units)
    if table.quantum:
        quantities["statistics_hbar"] = Quantity((), table.hbar, "reduced Planck constant", "energy time")
        return Answer(f"statistics of quanta of heat, ħ = {table.hbar:g}", rows, quantities, coordinates)
    return Answer("statistics of heat", rows, quantities, coordinates,
                  lambda ax: statistics.plot_rate_function(system, ax=ax))


def _check_statistics(system: OpenNetwork, table: StatisticsTable) -> None:
    from hotsprings.response.leads import refuse_leads
    from hotsprings.statistics import HIGHEST_ORDER

    refuse_leads(system, "the statistics of heat")
    if table.order > HIGHEST_ORDER:
        raise ArgumentError("order", f"be at most {HIGHEST_ORDER}", f"{table.order} was given")
    for key in ("counting", "fluxes"):
        if getattr(table, key) is not None and system.n_baths != 2:
            raise ArgumentError(key, "be left out where there are not two baths", f"there are {system.n_baths}")
    if table.quantum and system.n_baths != 2:
        raise ArgumentError("quantum", "be false where there are not two baths", f"there are {system.n_baths}")
    if table.quantum and table.fluxes is not None:
        raise ArgumentError("fluxes", "be left out where quanta are counted (quantum = true)", "they were given")


def _correlation(system: OpenNetwork, table: CorrelationTable) -> Answer:
    from hotsprings.correlations import correlation
    from hotsprings.figures.times import draw_correlation

    times = table.times
    found = correlation(system, table.i, table.j, times, table.of)
    units = "length^2/time^2" if table.of == "velocity" else "length^2"
    symbol = "v" if table.of == "velocity" else "q"
    rows = [(f"<{symbol}_{table.i}(t) {symbol}_{table.j}(0)> at t = {times[k]:.6g}", f"{found[k]:+.12g}")
            for k in (0, times.size // 2, times.size - 1)]
    return Answer(f"correlation of {table.of} between sites {table.i} and {table.j}", rows, {
        "correlation_value": Quantity(("correlation_time",), found, f"correlation of the {table.of} of site {table.i} "
                                      f"later with that of site {table.j}", units)},
        {"correlation_time": Quantity(("correlation_time",), times, "time", "time")},
        lambda ax: draw_correlation(times, found, ax))


def _check_correlation(system: OpenNetwork, table: CorrelationTable | BondCorrelationTable) -> None:
    from hotsprings.response.leads import refuse_leads

    refuse_leads(system, "correlations in time")
    checks.index("i", table.i, system.n_sites)
    checks.index("j", table.j, system.n_sites)


def _bond_correlation(system: OpenNetwork, table: BondCorrelationTable) -> Answer:
    from hotsprings.bond_correlations import bond_correlation
    from hotsprings.figures.times import draw_correlation

    times = table.times
    found = bond_correlation(system, table.i, table.j, times)
    rows = [(f"<dj(t) dj(0)> at t = {times[k]:.6g}", f"{found[k]:+.12g}") for k in (0, times.size // 2, times.size - 1)]
    return Answer(f"heat current through the spring between sites {table.i} and {table.j}", rows, {
        "bond_correlation_value": Quantity(("bond_correlation_time",), found, "correlation of the heat current through "
                                           f"the spring between sites {table.i} and {table.j}", "energy^2/time^2")},
        {"bond_correlation_time": Quantity(("bond_correlation_time",), times, "time", "time")},
        lambda ax: draw_correlation(times, found, ax))


def _check_bond_correlation(system: OpenNetwork, table: BondCorrelationTable) -> None:
    _check_correlation(system, table)
    if checks.index("i", table.i, system.n_sites) == checks.index("j", table.j, system.n_sites):
        raise ArgumentError("j", "be another site than i", f"both are {table.i}")


def _relaxation(system: OpenNetwork, table: RelaxationTable) -> Answer:
    from hotsprings.figures.times import draw_relaxation
    from hotsprings.motion import relaxation

    times = np.array(table.times)
    found = relaxation(system, times, table.initial_temperature)
    rows = [(f"local temperature at t = {t:.6g}", f"{row.min():.6g} (site {row.argmin()}) … {row.max():.6g} "
             f"(site {row.argmax()})") for t, row in zip(times, found, strict=True)]
    return Answer(f"relaxation from T = {table.initial_temperature:g}", rows, {
        "relaxation_temperature": Quantity(("relaxation_time", "site"), found, "local temperature on the way",
                                           "energy (k_B = 1)")},
        {"relaxation_time": Quantity(("relaxation_time",), times, "time since the baths were joined", "time")},
        lambda ax: draw_relaxation(times, found, ax))


def _check_relaxation(system: OpenNetwork, table: RelaxationTable) -> None:
    from hotsprings.response.leads import refuse_leads

    refuse_leads(system, "relaxation")


QUESTIONS: dict[str, Question] = {
    "statistics": Question(StatisticsTable, _statistics, _check_statistics),
    "correlation": Question(CorrelationTable, _correlation, _check_correlation),
    "bond_correlation": Question(BondCorrelationTable, _bond_correlation, _check_bond_correlation),
    "relaxation": Question(RelaxationTable, _relaxation, _check_relaxation),
}


