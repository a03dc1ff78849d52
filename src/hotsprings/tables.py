"""The stationary state as a table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.markup import escape
from rich.table import Table

from hotsprings.checks import FloatArray

if TYPE_CHECKING:
    from rich.console import Console

    from hotsprings.stationary import SteadyState
    from hotsprings.units import Units

__all__ = ["contact_rows", "print_answer", "print_state", "state_lines"]

SHOWN_BATHS = 6  # larger conductance matrices are in the file only
SHOWN_ROWS = 20


def print_state(state: SteadyState, title: str, seconds: float, console: Console,
                units: Units | None = None) -> None:
    """Print what a physicist looks at first: baths and fluxes, conductances, extremes, resonances, certificate.

    Parameters
    ----------
    state : SteadyState
        The state.
    title : str
        A line above it; empty for none.
    seconds : float
        Computing time.
    console : rich.console.Console
        Where to print.
    units : Units, optional
        What the numbers are in; SI columns and lines are added.
    """
    if title:
        console.print(title, style="bold", markup=False)
    console.print(repr(state.system.network), markup=False)
    console.print(_baths(state, units))
    if 2 < len(state.system.contacts) <= SHOWN_BATHS:
        console.print(_conductances(state))
    si = [] if units is None else _si_lines(state, units)
    console.print(_pairs([*state_lines(state), *si, ("computing time", f"{seconds:.3g} s")]))


def print_answer(title: str, rows: list[tuple[str, str]], console: Console) -> None:
    """Print what a question of a model file came to: a title, and rows of what and its value.

    Parameters
    ----------
    title : str
        A line above the rows.
    rows : list of (str, str)
        What, and its value; of more than twenty the first are shown.
    console : rich.console.Console
        Where to print.
    """
    more = len(rows) - SHOWN_ROWS
    shown = rows if more <= 0 else [*rows[:SHOWN_ROWS], ("", f"and {more} more in the file")]
    console.print(f"\n{title}", markup=False)
    console.print(_pairs(shown))


def _pairs(rows: list[tuple[str, str]]) -> Table:
    """Return a table of two columns without a head."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(name, text)
    return table


def contact_rows(state: SteadyState, units: Units | None = None) -> list[tuple[str, ...]]:
    """Return a row for each group and each bath without a name: name, site, temperature, friction, flux, local T.

    With units, the temperature in K and the flux in W stand at its end.
    """
    system = state.system
    rows: list[tuple[str, ...]] = []
    grouped = bool(system.groups)
    for (name, baths), flux in zip(system.contacts.items(), state.contact_heat_flux.values(), strict=True):
        numbers, sites = list(baths), system.bath_sites[list(baths)]
        where = str(sites[0]) if len(sites) == 1 else f"{len(sites)} sites"
        si = () if units is None else (_span(units.to_kelvin(system.temperature[numbers]), 8),
                                       f"{units.to_watt(flux): .8g}")
        rows.append((name if grouped else str(numbers[0]), where, _span(system.temperature[numbers]),
                     _span(system.friction[numbers]), f"{flux: .12g}", _span(state.local_temperature[sites], 12),
                     *si))
    return rows


def _span(values: FloatArray, digits: int = 10) -> str:
    """Return a number, or the range of several that differ."""
    low, high = f"{values.min():.{digits}g}", f"{values.max():.{digits}g}"
    return low if low == high else f"{values.min():.6g} … {values.max():.6g}"


def _baths(state: SteadyState, units: Units | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    first = "group" if state.system.groups else "bath"
    for name in (first, "site", "temperature", "friction", "heat flux into network", "local temperature"):
        table.add_column(name, justify="right", overflow="fold")
    for name in ("temperature [K]", "heat flux [W]") if units is not None else ():
        table.add_column(name, justify="right", overflow="fold")
    rows = contact_rows(state, units)
    for row in rows[:SHOWN_ROWS]:
        table.add_row(*map(escape, row))
    if len(rows) > SHOWN_ROWS:
        table.caption = f"and {len(rows) - SHOWN_ROWS} more in the file"
    return table


def _conductances(state: SteadyState) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("conductance", justify="right", no_wrap=True)
    names, matrix = list(map(escape, state.system.contacts)), state.contact_conductance
    for name in names:
        table.add_column(f"to {name}", justify="right", overflow="fold")
    for a, name in enumerate(names):
        cells = ["" if a == b else f"{matrix[a, b]:.8g}" for b in range(len(names))]
        table.add_row(f"from {name}", *cells)
    return table


def state_lines(state: SteadyState) -> list[tuple[str, str]]:
    """Return what there is to say of a state besides its baths, as names and texts."""
    system, temperature = state.system, state.local_temperature
    lines = []
    if len(system.contacts) == 2:
        conductance = float(state.contact_conductance[0, 1])
        lines.append(("conductance J/ΔT", f"{conductance:.12g}"))
        lines.append(("N·J/ΔT", f"{system.n_sites * conductance:.12g}"))
    hot, cold = int(np.argmax(temperature)), int(np.argmin(temperature))
    lines.append(("warmest site", f"{hot} at T = {temperature[hot]:.10g}"))
    lines.append(("coldest site", f"{cold} at T = {temperature[cold]:.10g}"))
    lines.append(("slowest resonance", _slowest(np.asarray(state.resonances.frequency))))
    lines.append(("dark modes", _dark(state)))
    proof = state.certificate
    lines.append(("certificate", f"identities hold to {proof.error:.2g} (tolerance {proof.tolerance:.2g}): pole sum "
                  f"{proof.pole_sum:.2g}, sum rule {proof.sum_rule:.2g}, flux balance {proof.flux_balance:.2g}"))
    return lines


def _si_lines(state: SteadyState, units: Units) -> list[tuple[str, str]]:
    """Return what a laboratory would measure: W/K, K, ps."""
    lines, temperature = [], state.local_temperature
    if len(state.system.contacts) == 2:
        conductance = float(state.contact_conductance[0, 1])
        lines.append(("conductance in SI", f"{units.to_watt_per_kelvin(conductance):.8g} W/K"))
    lines.append(("temperatures in SI", f"{units.to_kelvin(temperature.min()):.8g} to "
                  f"{units.to_kelvin(temperature.max()):.8g} K"))
    lines.append(("unit of time", f"{units.time:.8g} s (mass {units.mass}, length {units.length}, "
                  f"energy {units.energy})"))
    return lines


def _slowest(frequency: np.ndarray) -> str:
    moving = frequency[frequency.imag > 0.0]
    if not moving.size:
        return "none"
    slow = moving[np.argmin(moving.imag)]
    return (f"ω = {abs(slow.real):.10g}, decay rate {slow.imag:.6g} of the amplitude, "
            f"lifetime {1.0 / slow.imag:.6g}")


def _dark(state: SteadyState) -> str:
    count = int(state.n_dark_modes)
    if not count:
        return "none: every mode feels a bath, and the stationary state is unique"
    one = count == 1
    who = "1 mode never feels a bath and keeps its" if one else f"{count} modes never feel a bath and keep their"
    return (f"{who} initial energy (dark_temperature = {state.dark_temperature:g}); the local temperatures of "
            f"{len(state.dark_sites)} sites depend on it, the heat fluxes do not")
