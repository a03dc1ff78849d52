"""The ``[masses]`` of a model file: one table per way of choosing them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from hotsprings import checks, masses
from hotsprings.checks import FloatArray
from hotsprings.config.fields import NonNegative, OptionalCount, Positive, PositiveList, Seed, Table
from hotsprings.errors import ArgumentError

__all__ = ["MASS_KINDS", "MassTable"]


def number_of(n: int | None, n_sites: int | None) -> int:
    """Return the number of particles, as the table or the network says."""
    if n is None and n_sites is None:
        raise ArgumentError("masses.n", "be given (the number of particles, 2 or more)", "it is missing")
    if n is not None and n_sites is not None and n != n_sites:
        raise ArgumentError("masses.n", f"be the number of sites of the network ({n_sites}), or left out",
                            f"{n} was given")
    return int(n if n is not None else n_sites)  # type: ignore[arg-type]


class IdenticalMasses(Table):
    """``kind = "identical"``: :func:`hotsprings.masses.identical`."""

    kind: Literal["identical"]
    n: OptionalCount = None
    mean: Positive = 1.0

    def build(self, n_sites: int | None = None) -> FloatArray:
        """Return the masses, shape (n,), or as many as the network has sites."""
        return masses.identical(number_of(self.n, n_sites), self.mean)


class _SpreadMasses(Table):
    n: OptionalCount = None
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

    def build(self, n_sites: int | None = None) -> FloatArray:
        """Return the masses, shape (n,), or as many as the network has sites."""
        return masses.graded(number_of(self.n, n_sites), self.mean, self.spread)


class AlternatingMasses(_SpreadMasses):
    """``kind = "alternating"``: :func:`hotsprings.masses.alternating`."""

    kind: Literal["alternating"]

    def build(self, n_sites: int | None = None) -> FloatArray:
        """Return the masses, shape (n,), or as many as the network has sites."""
        return masses.alternating(number_of(self.n, n_sites), self.mean, self.spread)


class RandomMasses(_SpreadMasses):
    """``kind = "random"``: :func:`hotsprings.masses.random`."""

    kind: Literal["random"]
    seed: Seed = 0

    def build(self, n_sites: int | None = None) -> FloatArray:
        """Return the masses, shape (n,), or as many as the network has sites."""
        return masses.random(number_of(self.n, n_sites), self.mean, self.spread, self.seed)


class ListedMasses(Table):
    """``kind = "list"``: the masses one by one."""

    kind: Literal["list"]
    values: PositiveList = Field(description="the masses, a list of 2 or more")

    def build(self, n_sites: int | None = None) -> FloatArray:
        """Return the masses, shape (n,), or as many as the network has sites."""
        number_of(len(self.values), n_sites)
        return checks.positive_array("values", self.values, 2)


MassTable = IdenticalMasses | GradedMasses | RandomMasses | AlternatingMasses | ListedMasses

MASS_KINDS: dict[str, type[Table]] = {
    "identical": IdenticalMasses, "graded": GradedMasses, "random": RandomMasses,
    "alternating": AlternatingMasses, "list": ListedMasses,
}
