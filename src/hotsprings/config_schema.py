"""The tables of a model file as pydantic models; every limit is the one of the Python classes they build."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from hotsprings import checks, masses
from hotsprings.baths import Bath
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.network import MeanField
from hotsprings.system import OpenNetwork

__all__ = ["MASS_KINDS", "MAX_SITES", "NETWORK_KINDS", "BathTable", "MassTable", "MeanFieldTable", "Model", "Table"]

MAX_SITES = 10_000_000  # above it, a slip of the pen in a file; larger systems are made from Python


def _checked(check: Callable[[str, Any], Any]) -> BeforeValidator:
    """Return a validator that applies a check of :mod:`hotsprings.checks` under the name of the field."""

    def validate(value: Any, info: ValidationInfo) -> Any:
        return check(str(info.field_name), value)

    return BeforeValidator(validate)


def _sites(name: str, value: Any) -> int:
    clean = checks.integer(name, value, 2)
    if clean > MAX_SITES:
        raise ArgumentError(name, f"be an integer from 2 to {MAX_SITES} in a model file", f"{clean} was given")
    return clean


def _elements(name: str, value: list[Any], check: Callable[[str, Any], float]) -> tuple[float, ...]:
    """Check a list element by element; the error names the first wrong one and counts the rest."""
    clean: list[float] = []
    wrong: list[ArgumentError] = []
    for i, element in enumerate(value):
        try:
            clean.append(check(f"{name}[{i}]", element))
        except ArgumentError as err:
            wrong.append(err)
    if wrong:
        first, more = wrong[0], len(wrong) - 1
        also = f" ({more} more element{'s are' if more > 1 else ' is'} wrong too)" if more else ""
        raise ArgumentError(first.argument, first.requirement, first.given + also)
    return tuple(clean)


def _mass_list(name: str, value: Any) -> tuple[float, ...]:
    if not isinstance(value, list | tuple):
        raise ArgumentError(name, "be a list of positive finite numbers",
                            f"{checks.shown(value)} ({type(value).__name__}) was given")
    clean = _elements(name, list(value), checks.positive)
    checks.positive_array(name, clean, 2)
    return clean


def _pinning(name: str, value: Any) -> float | tuple[float, ...]:
    if isinstance(value, list | tuple):
        return _elements(name, list(value), checks.number)
    return checks.number(name, value, "be a finite number or a list of one per site")


def _optional(check: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, value: None if value is None else check(name, value)


Count = Annotated[int, _checked(_sites)]
Integer = Annotated[int, _checked(checks.integer)]
Seed = Annotated[int, _checked(lambda name, value: checks.integer(name, value, 0))]
Positive = Annotated[float, _checked(checks.positive)]
NonNegative = Annotated[float, _checked(checks.non_negative)]


class Table(BaseModel):
    """A table of a model file: no unknown keys, no conversions, not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)


class IdenticalMasses(Table):
    """``kind = "identical"``: :func:`hotsprings.masses.identical`."""

    kind: Literal["identical"]
    n: Count = Field(description="the number of particles, 2 or more")
    mean: Positive = 1.0

    def build(self) -> FloatArray:
        """Return the masses, shape (n,)."""
        return masses.identical(self.n, self.mean)


class _SpreadMasses(Table):
    n: Count = Field(description="the number of particles, 2 or more")
    mean: Positive = 1.0
    spread: NonNegative = 0.1

    @field_validator("spread", mode="after")
    @classmethod
    def _below_mean(cls, value: float, info: ValidationInfo) -> float:
        if "mean" in info.data:  # absent where the mean itself is wrong
            masses.graded(2, info.data["mean"], value)
        return value


class GradedMasses(_SpreadMasses):
    """``kind = "graded"``: :func:`hotsprings.masses.graded`."""

    kind: Literal["graded"]

    def build(self) -> FloatArray:
        """Return the masses, shape (n,)."""
        return masses.graded(self.n, self.mean, self.spread)


class AlternatingMasses(_SpreadMasses):
    """``kind = "alternating"``: :func:`hotsprings.masses.alternating`."""

    kind: Literal["alternating"]

    def build(self) -> FloatArray:
        """Return the masses, shape (n,)."""
        return masses.alternating(self.n, self.mean, self.spread)


class RandomMasses(_SpreadMasses):
    """``kind = "random"``: :func:`hotsprings.masses.random`."""

    kind: Literal["random"]
    seed: Seed = 0

    def build(self) -> FloatArray:
        """Return the masses, shape (n,)."""
        return masses.random(self.n, self.mean, self.spread, self.seed)


class ListedMasses(Table):
    """``kind = "list"``: the masses one by one."""

    kind: Literal["list"]
    values: Annotated[tuple[float, ...], _checked(_mass_list)] = Field(description="the masses, a list of 2 or more")

    def build(self) -> FloatArray:
        """Return the masses, shape (n,)."""
        return checks.positive_array("values", self.values, 2)


class MeanFieldTable(Table):
    """``kind = "mean-field"``: :class:`hotsprings.MeanField`, its masses from ``[masses]``."""

    kind: Literal["mean-field"]
    k: Positive = 1.0
    k0: Annotated[float | tuple[float, ...], _checked(_pinning)] = 0.0
    kac: Annotated[bool | None, _checked(_optional(checks.boolean))] = None
    n_tilde: Annotated[float | None, _checked(_optional(checks.positive))] = None

    @field_validator("n_tilde", mode="after")
    @classmethod
    def _one_normalisation(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("kac") is not None:
            given = str(info.data["kac"]).lower()
            raise ArgumentError("n_tilde", "stand without 'kac' (true: Ñ = N - 1, false: Ñ = 1, n_tilde: any other Ñ)",
                                f"kac = {given} was given too")
        return value

    def build(self, mass: FloatArray) -> MeanField:
        """Return the network of these masses."""
        return MeanField(mass, self.k, self.k0, kac=self.kac is not False, n_tilde=self.n_tilde)


class BathTable(Table):
    """One ``[[baths]]``: :class:`hotsprings.Bath`."""

    site: Integer = Field(description="the particle it touches, an integer from 0, or from -1 for the last")
    temperature: NonNegative = Field(description="T, zero or more")
    friction: Positive = 1.0


class StateTable(Table):
    """``[state]``: the arguments of :func:`hotsprings.steady_state`."""

    dark_temperature: NonNegative = 0.0


MassTable = IdenticalMasses | GradedMasses | RandomMasses | AlternatingMasses | ListedMasses

# A second kind of network joins here and makes ``network`` below a union on its kind, as ``masses`` is one.
NETWORK_KINDS: dict[str, type[Table]] = {"mean-field": MeanFieldTable}
MASS_KINDS: dict[str, type[Table]] = {
    "identical": IdenticalMasses, "graded": GradedMasses, "random": RandomMasses,
    "alternating": AlternatingMasses, "list": ListedMasses,
}


class Model(Table):
    """A whole model file: masses, network, baths and the state that is asked for."""

    title: str = ""
    network: MeanFieldTable = Field(description="a table headed [network]")
    masses: Annotated[MassTable, Field(discriminator="kind")] = Field(description="a table headed [masses]")
    baths: list[BathTable] = Field(description="one table headed [[baths]] for every bath")
    state: StateTable = Field(default_factory=StateTable)

    @property
    def seed(self) -> int | None:
        """Seed of the masses where they are random."""
        return self.masses.seed if isinstance(self.masses, RandomMasses) else None

    def system(self) -> OpenNetwork:
        """Return the open network the file describes.

        Raises
        ------
        ArgumentError
            If its parts do not fit together.
        """
        baths = [Bath(bath.site, bath.temperature, bath.friction) for bath in self.baths]
        return OpenNetwork(self.network.build(self.masses.build()), baths)
