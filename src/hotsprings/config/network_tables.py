"""The ``[network]`` of a model file: a table for every kind of :data:`hotsprings.network.kinds.KINDS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union

from pydantic import Field, ValidationInfo, create_model, field_validator

from hotsprings.checks import FloatArray
from hotsprings.config.fields import NonNegative, Number, Switch, Table, checked
from hotsprings.errors import ArgumentError
from hotsprings.network import Anharmonic, Network, Rotors
from hotsprings.network.keys import REQUIRED, Kind
from hotsprings.network.kinds import KINDS

__all__ = ["NETWORK_KINDS", "NetworkBase", "NetworkTable"]


class AnharmonicTable(Table):
    """``[network.anharmonic]``: the terms of :class:`hotsprings.Anharmonic`."""

    cubic: Number = 0.0
    quartic: NonNegative = 0.0
    onsite_quartic: NonNegative = 0.0


class NetworkBase(Table):
    """What the tables of all kinds of network share; the class of each has its kind and that kind's keys besides."""

    of: ClassVar[Kind]
    anharmonic: AnharmonicTable | None = None
    rotors: Switch = False

    @field_validator("rotors", mode="after")
    @classmethod
    def _one_interaction(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("anharmonic") is not None:
            raise ArgumentError("rotors", "stand without [network.anharmonic]", "both were given")
        return value

    @field_validator("n_tilde", mode="after", check_fields=False)
    @classmethod
    def _one_normalisation(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("kac") is not None:
            given = str(info.data["kac"]).lower()
            raise ArgumentError("n_tilde", "stand without 'kac' (true: the Kac factor, false: Ñ = 1, n_tilde: any "
                                "other Ñ)", f"kac = {given} was given too")
        return value

    @property
    def values(self) -> dict[str, Any]:
        """The keys of the kind and their values."""
        return {key: getattr(self, key) for key in self.of.keys}

    @property
    def n_sites(self) -> int | None:
        """Number of sites, where the table itself tells it."""
        return None if self.of.n_sites is None else self.of.n_sites(self.values)

    def build(self, mass: FloatArray) -> Network:
        """Return the network of these masses (which are not used where it brings its own)."""
        network: Network = self.of.build(*(() if self.of.own_masses else (mass,)), **self.values)
        return network

    def interacting(self, harmonic: Network) -> Network:
        """Return the network with the interaction that the table asks for on its springs."""
        if self.rotors:
            return Rotors(harmonic)
        terms = self.anharmonic
        return harmonic if terms is None else Anharmonic(harmonic, terms.cubic, terms.quartic, terms.onsite_quartic)


def _table(kind: Kind) -> type[NetworkBase]:
    fields: dict[str, Any] = {"kind": (Literal[kind.name], ...)}
    for name, key in kind.keys.items():
        about = Field(description=key.about or None) if key.default is REQUIRED else Field(default=key.default)
        fields[name] = (Annotated[Any, checked(key.check)], about)
    table = create_model(f"{kind.name.title().replace('-', '')}Table", __base__=NetworkBase, **fields)
    table.__doc__ = f'``kind = "{kind.name}"``: {kind.about}.'
    table.of = kind
    return table


NETWORK_KINDS: dict[str, type[NetworkBase]] = {name: _table(kind) for name, kind in KINDS.items()}

if TYPE_CHECKING:
    NetworkTable = NetworkBase
else:
    NetworkTable = Annotated[Union[tuple(NETWORK_KINDS.values())], Field(discriminator="kind")]  # noqa: UP007
