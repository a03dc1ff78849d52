"""What the keys of a model file may hold; every limit is the one of the Python classes they build."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from hotsprings import checks
from hotsprings.errors import ArgumentError

__all__ = ["MAX_SITES", "Count", "Fraction", "Integer", "Integers", "Natural", "NonNegative", "Number",
           "NumberOrList", "OptionalNonNegative", "OptionalPositive", "OptionalPositiveOrList", "OptionalSeed",
           "OptionalSwitch", "OptionalText", "Positive", "PositiveList", "PositiveOrList", "Seed", "Switch", "Table",
           "Text", "checked", "word"]

MAX_SITES = 10_000_000  # above it, a slip of the pen in a file; larger systems are made from Python


def checked(check: Callable[[str, Any], Any]) -> BeforeValidator:
    """Return a validator that applies a check of :mod:`hotsprings.checks` under the name of the field."""

    def validate(value: Any, info: ValidationInfo) -> Any:
        return check(str(info.field_name), value)

    return BeforeValidator(validate)


def _sites(name: str, value: Any) -> int:
    clean = checks.integer(name, value, 2)
    if clean > MAX_SITES:
        raise ArgumentError(name, f"be an integer from 2 to {MAX_SITES} in a model file", f"{clean} was given")
    return clean


def _elements(name: str, value: list[Any], check: Callable[[str, Any], Any]) -> tuple[Any, ...]:
    """Check a list element by element; the error names the first wrong one and counts the rest."""
    clean: list[Any] = []
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


def _listed(name: str, value: Any, requirement: str, check: Callable[[str, Any], Any]) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ArgumentError(name, requirement, f"{checks.shown(value)} ({type(value).__name__}) was given")
    return _elements(name, list(value), check)


def _positives(name: str, value: Any) -> tuple[float, ...]:
    clean = _listed(name, value, "be a list of positive finite numbers", checks.positive)
    checks.positive_array(name, clean, 2)
    return clean


def _number_or_list(name: str, value: Any) -> float | tuple[float, ...]:
    if isinstance(value, list | tuple):
        return _elements(name, list(value), checks.number)
    return checks.number(name, value, "be a finite number or a list of one per site")


def _positive_or_list(name: str, value: Any) -> float | tuple[float, ...]:
    return _elements(name, list(value), checks.positive) if isinstance(value, list | tuple) else (
        checks.positive(name, value))


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(name, "be a text in quotes", f"{checks.shown(value)} was given")
    return value


def word(*allowed: str) -> BeforeValidator:
    """Return a validator that takes one of a few words."""

    def check(name: str, value: Any) -> str:
        if value not in allowed:
            raise ArgumentError(name, f"be {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}",
                                f"{checks.shown(value)} was given")
        return str(value)

    return checked(check)


def _fraction(name: str, value: Any) -> float:
    clean = checks.non_negative(name, value)
    if clean >= 1.0:
        raise ArgumentError(name, "be zero or more and less than 1", f"{checks.shown(value)} was given")
    return clean


def _optional(check: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, value: None if value is None else check(name, value)


Count = Annotated[int, checked(_sites)]
Integer = Annotated[int, checked(checks.integer)]
Seed = Annotated[int, checked(checks.seed)]
Positive = Annotated[float, checked(checks.positive)]
NonNegative = Annotated[float, checked(checks.non_negative)]
Fraction = Annotated[float, checked(_fraction)]
Switch = Annotated[bool, checked(checks.boolean)]
Text = Annotated[str, checked(_text)]
NumberOrList = Annotated[float | tuple[float, ...], checked(_number_or_list)]
PositiveOrList = Annotated[float | tuple[float, ...], checked(_positive_or_list)]
OptionalSeed = Annotated[int | None, checked(_optional(checks.seed))]
Number = Annotated[float, checked(checks.number)]
OptionalNonNegative = Annotated[float | None, checked(_optional(checks.non_negative))]
OptionalPositive = Annotated[float | None, checked(_optional(checks.positive))]
Natural = Annotated[int, checked(lambda name, value: checks.integer(name, value, 1))]
OptionalPositiveOrList = Annotated[float | tuple[float, ...] | None, checked(_optional(_positive_or_list))]
OptionalSwitch = Annotated[bool | None, checked(_optional(checks.boolean))]
OptionalText = Annotated[str | None, checked(_optional(_text))]
PositiveList = Annotated[tuple[float, ...], checked(_positives)]
Integers = Annotated[tuple[int, ...], checked(
    lambda name, value: _listed(name, value, "be a list of integers", checks.integer))]


class Table(BaseModel):
    """A table of a model file: no unknown keys, no conversions, not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)
