"""What one system answers, and what of it is drawn: numbers only, no page."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from hotsprings import theory
from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.network import MeanField
from hotsprings.spectrum import cumulative_heat_flux, transmittance
from hotsprings.stationary import SteadyState, steady_state
from hotsprings.system import OpenNetwork

__all__ = ["Answer", "ClosedForm", "Spectrum", "answer", "between", "closed_form", "cumulative", "drawn", "few",
           "heat_window", "numbers", "resolving_grid", "spectrum"]

Told = tuple[Any, tuple[str, ...]]  # what was found, and what was warned of

POINTS = 2000  # frequencies of a spectrum
DRAWN = 1000  # marks in a picture
COST = 2e7  # logarithms of a cumulative flux that are a fraction of a second


@dataclass(frozen=True, eq=False)
class Answer:
    """The stationary state, what was warned of on the way, and how long it took."""

    state: SteadyState
    warnings: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The transmittance between two baths in a window of frequencies.

    Attributes
    ----------
    omega, transmittance : ndarray
        Ascending; the real part of every resonance in the window is among them as far as there is room.
    n_inside, n_resolved : int
        Resonances in the window, and those that are resolved.
    warnings : tuple of str
        What was warned of on the way.
    """

    omega: FloatArray
    transmittance: FloatArray
    n_inside: int
    n_resolved: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClosedForm:
    """A heat flux in closed form, J_0 into the network, and whether this system is the one it is exact for."""

    heat_flux: float
    exact: bool


def numbers(system: OpenNetwork, contact: int | str) -> tuple[int, ...]:
    """Return the baths of a group by its name, of "bath 2", or of the number of one."""
    return (contact,) if isinstance(contact, int) else system.contacts[contact]


def between(system: OpenNetwork, matrix: FloatArray, source: int | str, drain: int | str) -> float:
    """Return a conductance between two contacts, the sum over their baths."""
    return float(matrix[np.ix_(numbers(system, source), numbers(system, drain))].sum())


def told(work: Callable[[], Any]) -> Told:
    """Return what some work returns and what it warns of, each text once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = work()
    return found, tuple(dict.fromkeys(" ".join(str(each.message).split()) for each in caught))


def answer(system: OpenNetwork, dark_temperature: float = 0.0) -> Answer:
    """Return the stationary state with every warning as text, each once."""
    start = perf_counter()
    state, warned = told(lambda: steady_state(system, dark_temperature=dark_temperature))
    return Answer(state, warned, perf_counter() - start)


def heat_window(state: SteadyState) -> tuple[float, float]:
    """Return frequencies from 0 to somewhat above the highest resonance that oscillates."""
    top = float(np.abs(state.resonances.frequency.real).max())
    return 0.0, 1.15 * top if top > 0.0 else 1.15 * float(state.resonances.frequency.imag.max())


def resolving_grid(frequency: ComplexArray, low: float, high: float, points: int = POINTS) -> tuple[FloatArray, int]:
    """Return about ``points`` frequencies of a window that resolve its resonances, and how many are resolved.

    Every resonance gets its centre and ω = Re ω_k ± Im ω_k sinh u, u equally spaced, half way to its neighbours; in a
    crowd the centre and the middle between neighbours; where not even these find room, every second, third, …

    Parameters
    ----------
    frequency : ndarray of complex
        Resonances, sorted by real part.
    low, high : float
        The window.
    points : int
        How many frequencies; a fifth of them is equally spaced.
    """
    inside = frequency[(frequency.real >= low) & (frequency.real <= high)]
    ground = [np.linspace(low, high, points // 5), np.geomspace(max(low, 1e-4 * high), high, points // 10)]
    room = points - sum(each.size for each in ground)
    step = max(1, -(-3 * inside.size // room))
    kept = inside[::step]
    if not kept.size:
        return np.unique(np.concatenate(ground)), 0
    half = 0.5 * np.diff(kept.real, prepend=2.0 * low - kept.real[0], append=2.0 * high - kept.real[-1])
    sides = max(1, min(24, (room // kept.size - 1) // 2))
    steps, width = np.arange(1, sides + 1) / sides, kept.imag
    around = [kept.real]
    for sign, reach in ((-1.0, half[:-1]), (1.0, half[1:])):
        reach = np.maximum(reach, 0.0)
        around.append((kept.real[:, None] + sign * width[:, None] * np.sinh(
            steps * np.arcsinh(reach / width)[:, None])).ravel())
    grid = np.unique(np.concatenate([*around, *ground]))
    return grid[(grid >= low) & (grid <= high)], int(kept.size)


def spectrum(
    state: SteadyState, source: int | str, drain: int | str, window: tuple[float, float] | None = None,
) -> Spectrum:
    """Return the transmittance between two baths, its peaks resolved in the window."""
    low, high = window or heat_window(state)
    frequency = state.resonances.frequency
    omega, resolved = resolving_grid(frequency, low, high)
    inside = int(np.count_nonzero((frequency.real >= low) & (frequency.real <= high)))
    found, warned = told(lambda: transmittance(
        state.system, omega, numbers(state.system, source), numbers(state.system, drain)))
    return Spectrum(omega, found, inside, resolved, warned)


def few(omega: FloatArray, state: SteadyState) -> FloatArray:
    """Return as many of the frequencies as a cumulative flux is found at within some fraction of a second."""
    most = int(np.clip(COST / len(state.resonances), 40, 500))
    return omega[:: max(1, -(-omega.size // most))]


def cumulative(state: SteadyState, omega: FloatArray, source: int | str, drain: int | str) -> Told:
    """Return the exact heat flux per temperature difference below each frequency, and what was warned of."""
    return told(lambda: cumulative_heat_flux(
        state.system, omega, numbers(state.system, source), numbers(state.system, drain)))


def closed_form(system: OpenNetwork) -> ClosedForm | None:
    """Return the closed form for identical masses of the same mean, where the network is a mean field of two baths."""
    network = system.network
    if not isinstance(network, MeanField) or system.n_baths != 2 or not system.white:
        return None
    if np.any(network.k0 != network.k0[0]) or network.k0[0] < 0.0:
        return None
    mean = float(network.masses.mean())
    flux = theory.heat_flux_identical(
        network.n_sites, network.k, float(network.k0[0]), mean, tuple(system.friction), tuple(system.temperature),
        network.n_tilde)
    return ClosedForm(flux, bool(np.all(network.masses == network.masses[0])))


def drawn(values: FloatArray, most: int = DRAWN, always: IntArray | None = None) -> IntArray:
    """Return which of many values are drawn: all, or the lowest and highest of equal runs, and some named ones.

    Examples
    --------
    >>> import numpy as np
    >>> drawn(np.array([0.0, 5.0, 1.0, -2.0, 1.0, 1.0]), most=4)
    array([0, 1, 3, 4])
    """
    n = values.size
    if n <= most:
        return np.arange(n)
    edges = np.linspace(0, n, most // 2 + 1).astype(np.int64)[:-1]
    length = -(-n // (most // 2))
    runs = np.minimum(edges[:, None] + np.arange(length), n - 1)
    table = values[runs]
    rows = np.arange(edges.size)
    chosen = [runs[rows, table.argmin(axis=1)], runs[rows, table.argmax(axis=1)]]
    return np.unique(np.concatenate(chosen + ([] if always is None else [always])))
