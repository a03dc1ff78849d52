"""A whole model file as a pydantic model: masses, network, baths, and the state that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

import numpy as np
from pydantic import Field

from hotsprings.baths import AnyBath
from hotsprings.checks import FloatArray
from hotsprings.config.bath_tables import BathTable
from hotsprings.config.fields import (
    Natural,
    OptionalNonNegative,
    OptionalTemperature,
    Positive,
    Seed,
    Table,
    Temperature,
    checked,
    word,
)
from hotsprings.config.mass_tables import MassTable
from hotsprings.config.network_tables import NetworkTable
from hotsprings.config.questions import Questions
from hotsprings.errors import ArgumentError
from hotsprings.network import Network
from hotsprings.system import OpenNetwork
from hotsprings.units import Units

__all__ = ["BathTable", "DynamicsTable", "Model", "StateTable"]

T = TypeVar("T", bound=Table)
_unit = checked(lambda name, value: Units(**{name: value}) and value)


class StateTable(Table):
    """``[state]``: the arguments of :func:`hotsprings.steady_state`."""

    dark_temperature: Temperature = 0.0


class DynamicsTable(Table):
    """``[dynamics]``: the arguments of :func:`hotsprings.dynamics.simulate`."""

    duration: Positive = Field(description="the time that each replica is measured")
    dt: Positive = Field(description="the time step")
    replicas: Natural = 8
    seed: Seed = 0
    warmup: OptionalNonNegative = None
    integrator: Annotated[str, word("splitting", "exact")] = "splitting"
    initial_temperature: OptionalTemperature = None
    sample_every: Natural = 1


class UnitsTable(Table):
    """``[units]``: the arguments of :class:`hotsprings.Units`."""

    mass: Annotated[float | str, _unit] = "amu"
    length: Annotated[float | str, _unit] = "angstrom"
    energy: Annotated[float | str, _unit] = "eV"

    def build(self) -> Units:
        """Return the units."""
        return Units(self.mass, self.length, self.energy)


class Model(Questions):
    """A whole model file."""

    title: str = ""
    network: NetworkTable = Field(description="a table headed [network]")
    masses: Annotated[MassTable, Field(discriminator="kind")] | None = Field(
        default=None, description="a table headed [masses]")
    baths: list[BathTable] = Field(description="one table headed [[baths]] for every bath")
    state: StateTable = Field(default_factory=StateTable)
    dynamics: DynamicsTable | None = None
    units: UnitsTable | None = None

    @property
    def seeds(self) -> dict[str, int]:
        """Seeds of what is random, by their keys: "masses.seed", "network.seed", "dynamics.seed"."""
        tables = {"masses": self.masses, "network": self.network, "dynamics": self.dynamics}
        return {f"{name}.seed": seed for name, table in tables.items()
                if (seed := getattr(table, "seed", None)) is not None}

    def mass(self, seed: int | None = None) -> FloatArray:
        """Return the masses, of another seed where one is given; none where the network brings its own.

        Raises
        ------
        ArgumentError
            If they are missing, given twice, or too many for this kind of network.
        """
        kind = self.network.of
        if self.masses is None:
            if not kind.own_masses:
                raise ArgumentError("masses", "be given (a table headed [masses])", "it is missing")
            return np.empty(0)
        if kind.own_masses:
            raise ArgumentError("masses", f'be left out for kind = "{kind.name}", which has masses of its own',
                                "it was given")
        n_sites = self.network.n_sites
        if n_sites is not None and n_sites > kind.most_sites:
            raise ArgumentError("network.shape", f"have at most {kind.most_sites} sites (dense)", f"it has {n_sites}")
        mass = _seeded(self.masses, seed).build(n_sites)
        if mass.size > kind.most_sites:
            raise ArgumentError("masses.n", f'be at most {kind.most_sites} for kind = "{kind.name}" (dense)',
                                f"{mass.size} was given")
        return mass

    def system(self) -> OpenNetwork:
        """Return the open network the file describes.

        Raises
        ------
        ArgumentError
            If its parts do not fit together.
        """
        network = self.built({})
        return OpenNetwork(network, self.thermostats(network))

    def built(self, seeds: Mapping[str, int]) -> Network:
        """Return the network, with other seeds of what is random ("masses.seed", "network.seed")."""
        table = _seeded(self.network, seeds.get("network.seed"))
        return table.interacting(table.build(self.mass(seeds.get("masses.seed"))))

    def thermostats(self, network: Network) -> tuple[AnyBath, ...]:
        """Return the baths on a network."""
        found: list[AnyBath] = []
        for i, table in enumerate(self.baths):
            try:
                found += table.baths(network)
            except ArgumentError as err:
                raise ArgumentError(f"baths[{i}].{err.argument}", err.requirement, err.given) from None
        return tuple(found)


def _seeded(table: T, seed: int | None) -> T:
    return table if seed is None else table.model_copy(update={"seed": seed})
