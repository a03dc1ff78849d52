"""The ``[masses]`` of a model file: one table per way of choosing them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from hotsprings import checks, masses
from hotsprings.checks import FloatArray
from hotsprings.config.fields import Count, NonNegative, Positive, PositiveList, Seed, Table

__all__ = ["MASS_KINDS", "MassTable"]


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
    values: PositiveList = Field(description="the masses, a list of 2 or more")

    def build(self) -> FloatArray:
        """Return the masses, shape (n,)."""
        return checks.positive_array("values", self.values, 2)


MassTable = IdenticalMasses | GradedMasses | RandomMasses | AlternatingMasses | ListedMasses

MASS_KINDS: dict[str, type[Table]] = {
    "identical": IdenticalMasses, "graded": GradedMasses, "random": RandomMasses,
    "alternating": AlternatingMasses, "list": ListedMasses,
}
