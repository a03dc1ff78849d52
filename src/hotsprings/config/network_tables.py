"""The ``[network]`` of a model file: one table per kind of network."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from hotsprings.checks import FloatArray
from hotsprings.config.fields import (
    MAX_SITES,
    Count,
    Fraction,
    Integers,
    NonNegative,
    Number,
    NumberOrList,
    OptionalPositive,
    OptionalPositiveOrList,
    OptionalSwitch,
    OptionalText,
    Positive,
    PositiveOrList,
    Seed,
    Switch,
    Table,
    Text,
    word,
)
from hotsprings.errors import ArgumentError
from hotsprings.network import (
    Anharmonic,
    Chain,
    MeanField,
    Network,
    PowerLaw,
    Rotors,
    Springs,
    ion_crystal,
    random_chain,
    random_springs,
    read_network,
)

__all__ = ["NETWORK_KINDS", "NetworkTable"]

DENSE = 20_000  # sites: the stiffness matrix of more takes over 3 GiB, and its modes hours


class AnharmonicTable(Table):
    """``[network.anharmonic]``: the terms of :class:`hotsprings.Anharmonic`."""

    cubic: Number = 0.0
    quartic: NonNegative = 0.0
    onsite_quartic: NonNegative = 0.0


class _NetworkTable(Table):
    most_sites: ClassVar[int] = MAX_SITES
    own_masses: ClassVar[bool] = False
    anharmonic: AnharmonicTable | None = None
    rotors: Switch = False

    @field_validator("rotors", mode="after")
    @classmethod
    def _one_interaction(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("anharmonic") is not None:
            raise ArgumentError("rotors", "stand without [network.anharmonic]", "both were given")
        return value

    def interacting(self, harmonic: Network) -> Network:
        """Return the network with the interaction that the table asks for on its springs."""
        if self.rotors:
            return Rotors(harmonic)
        terms = self.anharmonic
        return harmonic if terms is None else Anharmonic(harmonic, terms.cubic, terms.quartic, terms.onsite_quartic)


class _Normalised(_NetworkTable):
    """Springs k/Ñ: with the Kac factor, without, or any Ñ."""

    k0: NumberOrList = 0.0
    kac: OptionalSwitch = None
    n_tilde: OptionalPositive = None

    @field_validator("n_tilde", mode="after")
    @classmethod
    def _one_normalisation(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("kac") is not None:
            given = str(info.data["kac"]).lower()
            raise ArgumentError("n_tilde", "stand without 'kac' (true: the Kac factor, false: Ñ = 1, n_tilde: any "
                                "other Ñ)", f"kac = {given} was given too")
        return value


class MeanFieldTable(_Normalised):
    """``kind = "mean-field"``: :class:`hotsprings.MeanField`, its masses from ``[masses]``."""

    kind: Literal["mean-field"]
    k: Positive = 1.0

    def build(self, mass: FloatArray) -> MeanField:
        """Return the network of these masses."""
        return MeanField(mass, self.k, self.k0, kac=self.kac is not False, n_tilde=self.n_tilde)


class PowerLawTable(_Normalised):
    """``kind = "power-law"``: :class:`hotsprings.PowerLaw`."""

    most_sites: ClassVar[int] = DENSE
    kind: Literal["power-law"]
    alpha: NonNegative = Field(description="the exponent of the springs k/Ñ · r^-alpha, zero or more")
    k: Positive = 1.0
    periodic: Switch = False

    def build(self, mass: FloatArray) -> PowerLaw:
        """Return the network of these masses."""
        return PowerLaw(mass, self.alpha, self.k, self.k0, kac=self.kac is not False, n_tilde=self.n_tilde,
                        periodic=self.periodic)


class ChainTable(_NetworkTable):
    """``kind = "chain"``: :class:`hotsprings.Chain`."""

    kind: Literal["chain"]
    k: PositiveOrList = 1.0
    k0: NumberOrList = 0.0
    ends: Annotated[str, word("free", "fixed")] = "free"

    def build(self, mass: FloatArray) -> Chain:
        """Return the network of these masses."""
        return Chain(mass, self.k, self.k0, self.ends)


class RandomSpringsTable(_Normalised):
    """``kind = "random-springs"``: :func:`hotsprings.random_springs`."""

    most_sites: ClassVar[int] = DENSE
    kind: Literal["random-springs"]
    mean: Positive = 1.0
    spread: NonNegative = 0.5
    seed: Seed = 0

    def build(self, mass: FloatArray) -> Springs:
        """Return the network of these masses."""
        return random_springs(mass, self.mean, self.spread, self.seed, self.k0, kac=self.kac is not False,
                              n_tilde=self.n_tilde)


class RandomChainTable(_NetworkTable):
    """``kind = "random-chain"``: :func:`hotsprings.random_chain`."""

    kind: Literal["random-chain"]
    distribution: Annotated[str, word("uniform", "power")] = "uniform"
    mean: Positive = 1.0
    spread: NonNegative = 0.5
    exponent: Positive = 1.0
    seed: Seed = 0
    k0: NumberOrList = 0.0
    ends: Annotated[str, word("free", "fixed")] = "free"

    def build(self, mass: FloatArray) -> Chain:
        """Return the network of these masses."""
        return random_chain(mass, self.distribution, self.mean, self.spread, self.exponent, self.seed, self.k0,
                            self.ends)


class FileTable(_NetworkTable):
    """``kind = "file"``: :func:`hotsprings.read_network`, with the masses in the file or here."""

    own_masses: ClassVar[bool] = True
    kind: Literal["file"]
    path: Text = Field(description="the file with the stiffness matrix, relative to the model file")
    masses: OptionalPositiveOrList = None
    fixed: Integers = ()
    coordinates: Annotated[str, word("xyz", "any")] = "any"
    noise: Fraction = 0.0
    format: OptionalText = None

    def build(self, mass: FloatArray) -> Springs:
        """Return the network of the file; ``mass`` is not used."""
        return read_network(self.path, self.masses, self.fixed, None if self.coordinates == "any" else "xyz",
                            self.noise, self.format)


class IonCrystalTable(_NetworkTable):
    """``kind = "ion-crystal"``: :func:`hotsprings.ion_crystal`, dimensionless."""

    own_masses: ClassVar[bool] = True
    most_sites: ClassVar[int] = DENSE
    kind: Literal["ion-crystal"]
    n: Count = Field(description="the number of ions, 2 or more")
    masses: PositiveOrList = 1.0
    branch: Annotated[str, word("axial", "x", "y")] = "axial"
    ratio: OptionalPositive = None

    @field_validator("n", mode="after")
    @classmethod
    def _dense(cls, value: int) -> int:
        if value > DENSE:
            raise ArgumentError("n", f'be at most {DENSE} for kind = "ion-crystal" (dense)', f"{value} was given")
        return value

    def build(self, mass: FloatArray) -> Springs:
        """Return the network of the ions' displacements; ``mass`` is not used."""
        return ion_crystal(self.n, self.masses, self.branch, self.ratio)


NetworkTable = (MeanFieldTable | PowerLawTable | ChainTable | RandomSpringsTable | RandomChainTable | FileTable
                | IonCrystalTable)

NETWORK_KINDS: dict[str, type[_NetworkTable]] = {
    "mean-field": MeanFieldTable, "power-law": PowerLawTable, "chain": ChainTable,
    "random-springs": RandomSpringsTable, "random-chain": RandomChainTable, "file": FileTable,
    "ion-crystal": IonCrystalTable,
}

