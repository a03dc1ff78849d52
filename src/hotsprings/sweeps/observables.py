"""What is measured at every point of a sweep."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError, DarkModeWarning
from hotsprings.sweeps.asked import asked_observables, table_of
from hotsprings.sweeps.fingerprints import fingerprint
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    from hotsprings.stationary import SteadyState

__all__ = ["OBSERVABLES", "Measurement", "Observable", "chosen"]


@dataclass
class Measurement:
    """One system with what has been computed of it: nothing is computed twice, nothing that is not asked for."""

    system: OpenNetwork
    dark_temperature: float = 0.0
    omega: FloatArray | None = None
    whole: bool = True  # whether some observable needs the whole state
    source: Any = None  # baths or groups between which conductance and transmittance are
    drain: Any = None
    tables: Any = None  # of the model, for what they ask
    _kept: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> SteadyState:
        """The stationary state."""
        if "state" not in self._kept:
            from hotsprings.stationary import steady_state  # here, so that a plan is read without the solver

            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DarkModeWarning)  # n_dark_modes is an observable
                self._kept["state"] = steady_state(self.system, self.dark_temperature)
        state: SteadyState = self._kept["state"]
        return state

    @property
    def conductance(self) -> FloatArray:
        """The conductance matrix, by the fluxes alone where no observable needs more."""
        if self.whole:
            return self.state.conductance
        if "conductance" not in self._kept:
            from hotsprings.stationary import conductance

            self._kept["conductance"] = conductance(self.system)
        return np.asarray(self._kept["conductance"])

    def table(self, name: str) -> Any:
        """Return the table of a question, or its defaults."""
        return table_of(self.tables, name)

    def kept(self, name: str, solve: Callable[[], Any]) -> Any:
        """Return what ``solve`` returned when it was first asked for."""
        if name not in self._kept:
            self._kept[name] = solve()
        return self._kept[name]

    def pair(self) -> float:
        """Return C between the source and the drain, of two baths between these."""
        if self.system.n_baths < 2:
            raise ArgumentError("baths", "be two or more for a conductance", "there is one")
        if self.system.n_baths == 2 and self.source is None and self.drain is None:  # most often, and quickly
            return float(self.conductance[0, 1])
        here, there = self.system.source_and_drain(self.source, self.drain)
        return float(self.conductance[np.ix_(here, there)].sum())

    def heat_flux(self) -> FloatArray:
        """Return J_a."""
        T = self.system.temperature
        return np.asarray(np.sum(self.conductance * (T[:, None] - T), axis=1))

    def bulk(self) -> FloatArray:
        """Return the local temperatures of the sites without a bath."""
        return np.delete(self.state.local_temperature, self.system.bath_sites)

    def spectrum(self) -> FloatArray:
        """Return 𝒯 between the source and the drain, of two baths between these."""
        from hotsprings.spectrum import transmittance

        assert self.omega is not None
        return transmittance(self.system, self.omega, self.source, self.drain)


@dataclass(frozen=True)
class Observable:
    """A number, or an array over sites, baths or frequencies."""

    name: str
    measure: Callable[[Measurement], Any]
    dims: tuple[str, ...] = ()
    long_name: str = ""
    units: str = ""
    whole: bool = True  # needs the whole state, not the fluxes alone
    own: Callable[[SteadyState], Any] | None = None  # of the user
    sizes: Callable[[OpenNetwork, Any], dict[str, int]] | None = None  # of dimensions of its own
    needs: str = ""  # the table of a model without which it cannot be

    def identity(self) -> str:
        """Return its name, with the digest of the source of one of the user's."""
        return self.name if self.own is None else f"{self.name}: {fingerprint(self.own)}"


def _known() -> dict[str, Observable]:
    found = (
        Observable("conductance", Measurement.pair, (), "conductance J/ΔT from source to drain", "1/time (k_B = 1)",
                   False),
        Observable("scaled_conductance", lambda m: m.system.n_sites * m.pair(), (), "N J/ΔT from source to drain",
                   "1/time (k_B = 1)", False),
        Observable("heat_flux", Measurement.heat_flux, ("bath",), "heat flux J_a from the bath into the network",
                   "energy/time", False),
        Observable("conductance_matrix", lambda m: m.conductance, ("bath", "bath_to"),
                   "thermal conductance C_ab between two baths", "1/time (k_B = 1)", False),
        Observable("local_temperature", lambda m: m.state.local_temperature, ("site",),
                   "local kinetic temperature T_n = m_n <v_n^2>", "energy (k_B = 1)"),
        Observable("bulk_temperature", lambda m: m.bulk().mean() if m.bulk().size else np.nan, (),
                   "mean local temperature of the sites without a bath", "energy (k_B = 1)"),
        Observable("bulk_temperature_spread", lambda m: m.bulk().std() if m.bulk().size else np.nan, (),
                   "standard deviation of the local temperature over the sites without a bath", "energy (k_B = 1)"),
        Observable("slowest_decay_rate", lambda m: m.state.resonances.decay_rate.min(), (),
                   "smallest decay rate of a resonance", "1/time"),
        Observable("largest_frequency", lambda m: np.abs(m.state.resonances.frequency.real).max(), (),
                   "largest |Re ω| of a resonance", "1/time"),
        Observable("n_dark_modes", lambda m: float(m.state.n_dark_modes), (), "modes that never feel a bath", "1"),
        Observable("certificate", lambda m: m.state.certificate.error, (),
                   "largest violation of an identity that the exact state satisfies", "1"),
        Observable("transmittance", Measurement.spectrum, ("omega",), "transmittance from source to drain", "1",
                   False),
    )
    return {observable.name: observable for observable in found + asked_observables()}


OBSERVABLES = _known()


def chosen(value: Any) -> tuple[Observable, ...]:
    """Return the observables named, and those given as functions of the stationary state.

    Parameters
    ----------
    value : sequence of str, or mapping
        Names among :data:`OBSERVABLES`; or {name: function} where a function takes a SteadyState and returns a number
        (None stands for the observable of that name).

    Returns
    -------
    tuple of Observable

    Raises
    ------
    ArgumentError
        If there is none, one is unknown, or one is there twice.
    """
    pairs = value.items() if isinstance(value, Mapping) else [(name, None) for name in _names(value)]
    found: list[Observable] = []
    for name, function in pairs:
        if function is not None:
            found.append(_own(name, function))
        elif isinstance(name, str) and name in OBSERVABLES:
            found.append(OBSERVABLES[name])
        else:
            raise ArgumentError("observables", f"be among {', '.join(OBSERVABLES)}",
                                f"{checks.shown(name)} was given")
    if not found:
        raise ArgumentError("observables", "name at least one observable", "none was given")
    if len({observable.name for observable in found}) < len(found):
        raise ArgumentError("observables", "be named once each", f"{checks.shown(list(value))} was given")
    return tuple(found)


def _names(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Sequence):
        raise ArgumentError("observables", f"be a list of names among {', '.join(OBSERVABLES)}",
                            f"{checks.shown(value)} was given")
    return list(value)


def _own(name: Any, function: Any) -> Observable:
    if not isinstance(name, str) or not name.isidentifier() or name in OBSERVABLES:
        raise ArgumentError("observables", "have a name of its own for each function",
                            f"{checks.shown(name)} was given")
    if not callable(function):
        raise ArgumentError(f"observables['{name}']", "be a function of the stationary state",
                            f"{checks.shown(function)} was given")
    def measure(m: Measurement) -> float:
        found = np.asarray(function(m.state))
        if found.ndim or found.dtype.kind not in "biuf":
            raise ArgumentError(f"observables['{name}']", "return a number", f"{checks.shown(found)} came out")
        return float(found)

    about = (getattr(function, "__doc__", None) or name).strip() or name
    return Observable(name, measure, (), about.splitlines()[0], "", own=function)

