"""What the keys of a model file may hold; every limit is the one of the Python classes they build."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from hotsprings import checks
from hotsprings.network import keys

__all__ = ["Integer", "Natural", "NonNegative", "Number", "OptionalCount", "OptionalNonNegative", "OptionalSeed",
           "OptionalTemperature", "Planck", "Points", "Positive", "PositiveList", "Seed", "Span", "Switch", "Table",
           "Temperature", "checked", "word"]

MOST_POINTS = 10**7  # of a curve: beyond it a slip of the pen


def checked(check: Callable[[str, Any], Any]) -> BeforeValidator:
    """Return a validator that applies a check of :mod:`hotsprings.checks` under the name of the field."""

    def validate(value: Any, info: ValidationInfo) -> Any:
        return check(str(info.field_name), value)

    return BeforeValidator(validate)


def _positives(name: str, value: Any) -> tuple[float, ...]:
    clean: tuple[float, ...] = keys.listed(checks.positive, "be a list of positive finite numbers")(name, value)
    checks.positive_array(name, clean, 2)
    return clean


def word(*allowed: str) -> BeforeValidator:
    """Return a validator that takes one of a few words."""
    return checked(keys.one_of(*allowed))


OptionalCount = Annotated[int | None, checked(keys.optional(keys.sites_of))]
Integer = Annotated[int, checked(checks.integer)]
Seed = Annotated[int, checked(checks.seed)]
Positive = Annotated[float, checked(checks.positive)]
NonNegative = Annotated[float, checked(checks.non_negative)]
Switch = Annotated[bool, checked(checks.boolean)]
OptionalSeed = Annotated[int | None, checked(keys.optional(checks.seed))]
Number = Annotated[float, checked(checks.number)]
OptionalNonNegative = Annotated[float | None, checked(keys.optional(checks.non_negative))]
Natural = Annotated[int, checked(lambda name, value: checks.count(name, value, 1))]
Points = Annotated[int, checked(lambda name, value: checks.count(name, value, 1, MOST_POINTS))]
Planck = Annotated[float, checked(checks.within)]
Span = Annotated[float, checked(lambda name, value: checks.within(name, value, 0.0))]
Temperature = Annotated[float, checked(checks.moderate)]
OptionalTemperature = Annotated[float | None, checked(keys.optional(checks.moderate))]
PositiveList = Annotated[tuple[float, ...], checked(_positives)]


class Table(BaseModel):
    """A table of a model file: no unknown keys, no conversions, not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)
