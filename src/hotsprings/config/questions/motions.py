"""Spectra, mean motion and the correlation of the energy current as tables of a model file."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.config.fields import Integer, OptionalTemperature, Points, Span, Switch, Table, checked
from hotsprings.config.questions.question import Answer, Quantity, Question, Timed
from hotsprings.errors import ArgumentError
from hotsprings.network import keys
from hotsprings.system import OpenNetwork

__all__ = ["QUESTIONS", "CurrentCorrelationTable", "MeanMotionTable", "MotionTables", "PowerSpectrumTable"]

TIME = "time"


def _start(name: str, value: Any) -> tuple[int, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ArgumentError(name, "be a site and a size, such as [0, 1.0]", f"{checks.shown(value)} was given")
    return checks.integer(f"{name}[0]", value[0]), checks.number(f"{name}[1]", value[1])


Start = Annotated[tuple[int, float] | None, checked(keys.optional(_start))]
Times = Annotated[tuple[float, ...], checked(keys.listed(checks.moderate, "be a list of times, zero or more"))]


class PowerSpectrumTable(Table):
    """``[power_spectrum]``: the arguments of :func:`hotsprings.power_spectrum`, at equally spaced frequencies."""

    i: Integer = 0
    until: Span = Field(description="the highest angular frequency, > 0")
    points: Points = 401

    @property
    def omega(self) -> FloatArray:
        """The frequencies, shape (points,)."""
        return np.linspace(0.0, self.until, self.points)


class MeanMotionTable(Table):
    """``[mean_motion]``: the arguments of :func:`hotsprings.mean_motion`."""

    times: Times = Field(description="times since the start, zero or more")
    kick: Start = None
    displacement: Start = None


class CurrentCorrelationTable(Timed):
    """``[current_correlation]``: the arguments of :func:`hotsprings.current_correlation`."""

    temperature: OptionalTemperature = None
    closed: Switch = True


class MotionTables(Table):
    """The optional tables of this family."""

    power_spectrum: PowerSpectrumTable | None = None
    mean_motion: MeanMotionTable | None = None
    current_correlation: CurrentCorrelationTable | None = None


def _power_spectrum(system: OpenNetwork, table: PowerSpectrumTable) -> Answer:
    from hotsprings.correlations import power_spectrum
    from hotsprings.figures.times import draw_spectrum

    omega = table.omega
    found = power_spectrum(system, omega, table.i)
    top = int(found.argmax())
    return Answer(f"power spectrum of the velocity of site {table.i}", [
        ("largest of these frequencies", f"{found[top]:.12g} at ω = {omega[top]:.6g}")], {
        "power_spectrum_value": Quantity(("power_spectrum_omega",), found, f"power spectrum of the velocity of site "
                                         f"{table.i}", "length^2/time")},
        {"power_spectrum_omega": Quantity(("power_spectrum_omega",), omega, "angular frequency", "1/time")},
        lambda ax: draw_spectrum(omega, found, ax))


def _check_power_spectrum(system: OpenNetwork, table: PowerSpectrumTable) -> None:
    from hotsprings.response.leads import refuse_leads

    refuse_leads(system, "power spectra")
    checks.index("i", table.i, system.n_sites)


def _mean_motion(system: OpenNetwork, table: MeanMotionTable) -> Answer:
    from hotsprings.figures.times import draw_motion
    from hotsprings.motion import mean_motion

    times = np.array(table.times)
    found = mean_motion(system, times, table.kick, table.displacement)
    rows = [(f"mean velocity at t = {t:.6g}", f"largest {row[k]:+.6g} (site {k})") for t, row, k in
            zip(times, found.velocity, np.abs(found.velocity).argmax(axis=1), strict=True)]
    dims = ("mean_motion_time", "site")
    return Answer("mean motion after the start", rows, {
        "mean_motion_position": Quantity(dims, found.position, "mean position", "length"),
        "mean_motion_velocity": Quantity(dims, found.velocity, "mean velocity", "length/time")},
        {"mean_motion_time": Quantity(("mean_motion_time",), times, "time since the start", TIME)},
        lambda ax: draw_motion(times, found.position, ax))


def _check_mean_motion(system: OpenNetwork, table: MeanMotionTable) -> None:
    from hotsprings.response.leads import refuse_leads

    refuse_leads(system, "motion in time")
    if table.kick is None and table.displacement is None:
        raise ArgumentError("kick", "be given, or a displacement", "neither was")
    for name, start in (("kick", table.kick), ("displacement", table.displacement)):
        if start is not None:
            checks.index(f"{name}[0]", start[0], system.n_sites)


def current_correlation_of(system: OpenNetwork, table: CurrentCorrelationTable) -> FloatArray:
    """Return the correlation of the energy current that a table asks for; T is the mean of the baths by default."""
    from hotsprings.energy_current import current_correlation

    T = float(system.temperature.mean()) if table.temperature is None else table.temperature
    return current_correlation(system.network if table.closed else system, table.times, T)


def _current_correlation(system: OpenNetwork, table: CurrentCorrelationTable) -> Answer:
    from hotsprings.figures.times import draw_correlation

    times, found = table.times, current_correlation_of(system, table)
    rows = [(f"<J(t) J(0)> at t = {times[k]:.6g}", f"{found[k]:+.12g}") for k in (0, times.size // 2, times.size - 1)]
    return Answer(f"energy current of the {'closed network' if table.closed else 'network between its baths'}", rows, {
        "current_correlation_value": Quantity(("current_correlation_time",), found, "correlation of the total energy "
                                              "current in equilibrium", "energy^2 length^2/time^2")},
        {"current_correlation_time": Quantity(("current_correlation_time",), times, "time", TIME)},
        lambda ax: draw_correlation(times, found, ax))


def _check_current_correlation(system: OpenNetwork, table: CurrentCorrelationTable) -> None:
    from hotsprings.energy_current import separations

    try:
        separations(system.network)
    except ArgumentError as err:
        raise ArgumentError("closed", f"be asked of a network that can {err.requirement}", err.given) from None
    T = float(system.temperature.mean()) if table.temperature is None else table.temperature
    if not table.closed and any(bath.temperature != T for bath in system.baths):
        raise ArgumentError("temperature", "be that of every bath, or closed = true",
                            f"the baths are at {', '.join(f'{t:g}' for t in system.temperature)}")


QUESTIONS: dict[str, Question] = {
    "power_spectrum": Question(PowerSpectrumTable, _power_spectrum, _check_power_spectrum),
    "mean_motion": Question(MeanMotionTable, _mean_motion, _check_mean_motion),
    "current_correlation": Question(CurrentCorrelationTable, _current_correlation, _check_current_correlation),
}
