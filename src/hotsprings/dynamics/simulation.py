"""The result of a simulation: means with standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings.checks import FloatArray, legible
from hotsprings.dynamics.plan import SITE_BLOCKS, Plan
from hotsprings.dynamics.record import Record
from hotsprings.dynamics.statistics import Estimate, estimate
from hotsprings.io import FileError
from hotsprings.network import Rotors
from hotsprings.system import OpenNetwork

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
    """

    plan: Plan
    flux: Estimate
    kinetic_flux: Estimate
    temperature: Estimate
    order: Estimate | None
    particle_steps: int
    wall_time: float
    complete: bool
    unwritten: FileError | None = None

    @property
    def system(self) -> OpenNetwork:
        """The system."""
        return self.plan.system

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
        """
        return np.asarray((self.heat_flux - np.asarray(heat_flux)) / self.heat_flux_error)

    def to_dataset(self) -> xarray.Dataset:
        """Return everything as an xarray Dataset; errors are NaN where the run is too short for them."""
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
        """
        from hotsprings.figures.simulation import plot_simulation

        return plot_simulation(self, ax, exact)

    @legible
    def __repr__(self) -> str:
        plan, t = self.plan, self.local_temperature
        lines = [f"Simulation of {self.system.network!r}",
                 f"  {plan.replicas} replicas, time {self.duration:.6g} after {plan.warmup:.6g}, dt={plan.dt:g}, "
                 f"{plan.integrator}, seed {plan.seed}" + ("" if self.complete else ", stopped early")]
        for a, (site, bath) in enumerate(zip(self.system.bath_sites, self.system.baths, strict=True)):
            lines.append(f"  bath {a}: site {site}, T={bath.temperature:.6g}, γ={bath.friction:.6g}, heat flux "
                         f"{_quoted(self.flux, a)} (kinetic {_quoted(self.kinetic_flux, a)})")
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
    order = None
    if isinstance(system.network, Rotors):
        order = estimate("order parameter", order_, plan.part_time)
    steps = record.done * plan.block_steps * plan.replicas * system.n_sites
    return Simulation(plan, flux, kinetic_flux, temperature, order, steps, record.seconds,
                      measured == plan.n_blocks)
