"""The result of a simulation: means with standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, legible
from hotsprings.dynamics.plan import SITE_BLOCKS, Plan
from hotsprings.dynamics.record import Record
from hotsprings.dynamics.statistics import Estimate, estimate
from hotsprings.errors import ArgumentError
from hotsprings.io import FileError
from hotsprings.network import Rotors
from hotsprings.system import OpenNetwork, shortened

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["Simulation", "simulation"]


@dataclass(frozen=True, eq=False, repr=False)
class Simulation:
    """What was measured in the stationary state of a network by Langevin dynamics.

    Every ``…_error`` raises ShortRunError where the run is shorter than 50 autocorrelation times.

    Attributes
    ----------
    plan : Plan
        The settings: ``system``, ``dt``, ``duration``, ``warmup``, ``replicas``, ``seed``, ``integrator``.
    flux, kinetic_flux, temperature : Estimate
        Value, ``spread`` (standard error, NaN where there is none) and ``autocorrelation_time`` of each.
    order : Estimate or None
        |⟨exp(iq)⟩| of rotors, shape (1,).
    particle_steps : int
        Sites × replicas × steps, the warm-up included.
    wall_time : float
        Seconds, of all runs that a checkpoint joins.
    complete : bool
        Whether it ran to its end.
    unwritten : FileError or None
        Why its checkpoint or trajectory could not be written, and where else the former is.
    of_contacts, of_contacts_kinetic : Estimate or None
        Heat flux from each group and from each bath without a name, where there are groups of several baths.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> result = hs.dynamics.simulate(system, duration=2000.0, dt=0.1, replicas=4, seed=1)
    >>> bool(abs(result.deviation(hs.steady_state(system).heat_flux)).max() < 5.0)
    True
    """

    plan: Plan
    flux: Estimate
    kinetic_flux: Estimate
    temperature: Estimate
    order: Estimate | None
    particle_steps: int
    wall_time: float
    complete: bool
    of_contacts: Estimate | None = None
    of_contacts_kinetic: Estimate | None = None
    unwritten: FileError | None = None

    @property
    def system(self) -> OpenNetwork:
        """The system."""
        return self.plan.system

    @property
    def contact_flux(self) -> Estimate:
        """Heat flux from each group, and from each bath without a name, in the order of ``system.contacts``."""
        return self.flux if self.of_contacts is None else self.of_contacts

    @property
    def contact_kinetic_flux(self) -> Estimate:
        """The same from the kinetic temperatures of the bath sites."""
        return self.kinetic_flux if self.of_contacts_kinetic is None else self.of_contacts_kinetic

    @property
    def duration(self) -> float:
        """Time that each replica was measured."""
        return self.flux.duration

    @property
    def heat_flux(self) -> FloatArray:
        """Heat flux from each bath, work of friction and noise (Stratonovich), shape (n_baths,)."""
        return self.flux.value

    @property
    def heat_flux_error(self) -> FloatArray:
        """Its standard error, shape (n_baths,)."""
        return self.flux.error

    @property
    def heat_flux_kinetic(self) -> FloatArray:
        """The same from (γ/m)(T_a - T_a^kin), shape (n_baths,): a second way, with a larger error."""
        return self.kinetic_flux.value

    @property
    def heat_flux_kinetic_error(self) -> FloatArray:
        """Its standard error, shape (n_baths,)."""
        return self.kinetic_flux.error

    @property
    def local_temperature(self) -> FloatArray:
        """m_n⟨v_n²⟩, shape (n_sites,)."""
        return self.temperature.value

    @property
    def local_temperature_error(self) -> FloatArray:
        """Its standard error, shape (n_sites,)."""
        return self.temperature.error

    def deviation(self, heat_flux: Any) -> FloatArray:
        """Return (measured - given)/standard error of the heat fluxes, shape (n_baths,).

        Parameters
        ----------
        heat_flux : array_like, shape (n_baths,)
            What to compare with, such as the exact ``hs.steady_state(system).heat_flux``.

        Returns
        -------
        ndarray

        Raises
        ------
        ShortRunError
            If the run is too short for a standard error.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> result = hs.dynamics.simulate(system, duration=500.0, dt=0.1, replicas=2, seed=1)
        >>> z = result.deviation(hs.steady_state(system).heat_flux)
        >>> bool(abs(z).max() < 4.0)
        True
        """
        known = checks.real_array("heat_flux", heat_flux)
        if known.shape not in ((), self.heat_flux.shape):
            raise ArgumentError("heat_flux", f"be a number, or one per bath ({self.heat_flux.size})",
                                f"shape {known.shape} was given")
        return np.asarray((self.heat_flux - known) / self.heat_flux_error)

    def to_dataset(self) -> xarray.Dataset:
        """Return everything as an xarray Dataset; errors are NaN where the run is too short for them.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> result = hs.dynamics.simulate(system, duration=500.0, dt=0.1, replicas=2, seed=1)
        >>> dict(result.to_dataset().sizes)
        {'bath': 2, 'site': 3}
        """
        from hotsprings.dynamics.labelled import simulation_dataset

        return simulation_dataset(self)

    def plot(self, ax: Axes | None = None, exact: Any = None) -> Axes:
        """Draw the local temperatures with error bars, and over them those of an exact state where one is given.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        exact : SteadyState, optional
            Its ``local_temperature`` is drawn as a line.

        Returns
        -------
        matplotlib Axes

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> result = hs.dynamics.simulate(system, duration=500.0, dt=0.1, replicas=2, seed=1)
        >>> axes = result.plot(exact=hs.steady_state(system))
        """
        from hotsprings.figures.simulation import plot_simulation

        return plot_simulation(self, ax, exact)

    def _repr_html_(self) -> str:
        from hotsprings.notebook import lines_html

        return lines_html(self)

    @legible
    def __repr__(self) -> str:
        plan, t = self.plan, self.local_temperature
        lines = [f"Simulation of {self.system.network!r}",
                 f"  {plan.replicas} replicas, time {self.duration:.6g} after {plan.warmup:.6g}, dt={plan.dt:g}, "
                 f"{plan.integrator}, seed {plan.seed}" + ("" if self.complete else ", stopped early")]
        told = self.system.contact_lines()
        lines += shortened([f"  {line}, heat flux {_quoted(self.contact_flux, a)} (kinetic "
                            f"{_quoted(self.contact_kinetic_flux, a)})" for a, line in enumerate(told)], "baths")
        hot, cold = int(t.argmax()), int(t.argmin())
        lines.append(f"  local temperature {_quoted(self.temperature, cold)} (site {cold}) … "
                     f"{_quoted(self.temperature, hot)} (site {hot})")
        if self.order is not None:
            lines.append(f"  order parameter {_quoted(self.order, 0)}")
        for estimated in (self.flux, self.temperature):
            if np.isnan(estimated.spread).any():
                lines.append(f"  {estimated.name}: no standard error below a duration of {estimated.needed:.4g} or so")
        speed = self.particle_steps / self.wall_time if self.wall_time > 0.0 else 0.0
        lines.append(f"  {self.particle_steps:.3g} particle-steps in {self.wall_time:.3g} s ({speed:.2g}/s)")
        return "\n".join(lines)


def _quoted(estimated: Estimate, i: int) -> str:
    """Return value ± error, to two digits of the error; without an error, the value and a question mark."""
    value, error = estimated.value[i], estimated.spread[i]
    if not error > 0.0:
        return f"{value:+.5g} ± ?" if np.isnan(error) else f"{value:+.5g}"
    digits = max(0, 1 - int(np.floor(np.log10(error))))
    return f"{value:+.{digits}f} ± {error:.{digits}f}"


def simulation(plan: Plan, record: Record, works: bool) -> Simulation:
    """Return the result of the blocks that are done."""
    system, masses = plan.system, plan.system.network.masses
    measured = record.done - plan.warmup_blocks
    per_site = plan.n_blocks // SITE_BLOCKS
    site_blocks = measured // per_site
    kinetic = record.kinetic[:, :site_blocks] if site_blocks else record.kinetic[:, :1] * (per_site / measured)
    site_time = plan.block_time * (per_site if site_blocks else measured)
    temperature = estimate("local temperature", kinetic, site_time, 2.0 * kinetic.mean(axis=(0, 1)) ** 2)
    heat, at_bath, order_ = (array[:, :measured].reshape(plan.replicas, measured * plan.parts, -1)
                             for array in (record.heat, record.at_bath, record.order))
    rate = system.friction / masses[system.bath_sites]
    kinetic_flux = estimate("kinetic heat flux", rate * (system.temperature - at_bath), plan.part_time,
                            2.0 * (rate * at_bath.mean(axis=(0, 1))) ** 2)
    flux = estimate("heat flux", heat, plan.part_time) if works else kinetic_flux
    parts = [list(baths) for baths in system.contacts.values()]
    of_contacts = of_contacts_kinetic = None
    if len(parts) < system.n_baths:
        by_contact = np.stack([(rate * (system.temperature - at_bath))[..., part].sum(axis=-1) for part in parts], -1)
        of_contacts_kinetic = estimate("kinetic heat flux of a group", by_contact, plan.part_time)
        summed = np.stack([heat[..., part].sum(axis=-1) for part in parts], -1)
        of_contacts = estimate("heat flux of a group", summed, plan.part_time) if works else of_contacts_kinetic
    order = None
    if isinstance(system.network, Rotors):
        order = estimate("order parameter", order_, plan.part_time)
    steps = record.done * plan.block_steps * plan.replicas * system.n_sites
    return Simulation(plan, flux, kinetic_flux, temperature, order, steps, record.seconds,
                      measured == plan.n_blocks, of_contacts, of_contacts_kinetic)
