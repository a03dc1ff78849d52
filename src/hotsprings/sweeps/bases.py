"""What a sweep starts from: a model file's tables, or a function that builds the system."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.sweeps.fingerprints import fingerprint
from hotsprings.system import OpenNetwork

__all__ = ["Base", "FunctionBase", "base_of"]


class Base(Protocol):
    """What builds the system of a task."""

    @property
    def random(self) -> tuple[str, ...]:
        """The parameters that are seeds."""
        ...

    def refuse(self, parameters: Mapping[str, Any]) -> None:
        """Raise where these parameters cannot be."""
        ...

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Raise where no system can be built with these parameters."""
        ...

    def system(self, parameters: Mapping[str, Any], seeds: Mapping[str, int]) -> OpenNetwork:
        """Return the system."""
        ...

    def dark_temperature(self, parameters: Mapping[str, Any]) -> float:
        """Return what modes that feel no bath keep."""
        ...

    def questions(self, parameters: Mapping[str, Any]) -> Any:
        """Return the model whose tables say what is asked; None where there is none."""
        ...

    def identity(self) -> Any:
        """Return plain values that tell this base from others."""
        ...


class FunctionBase:
    """A function of the swept parameters, and of ``seed`` if it is random, that returns an OpenNetwork."""

    def __init__(self, function: Callable[..., OpenNetwork]) -> None:
        self.function = function
        self.name = getattr(function, "__name__", type(function).__name__)
        try:
            self.signature = inspect.signature(function)
        except (TypeError, ValueError) as err:
            raise ArgumentError("base", "be a function whose arguments can be told", f"{err}") from err

    @property
    def random(self) -> tuple[str, ...]:
        """("seed",) where the function has such an argument."""
        return ("seed",) if "seed" in self.signature.parameters else ()

    def refuse(self, parameters: Mapping[str, Any]) -> None:
        """Raise ArgumentError where the function does not take these parameters."""
        known = self.signature.parameters
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values()):
            return
        for name in parameters:
            if name not in known or name == "seed":
                raise ArgumentError("parameter", f"be an argument of {self.name}{self.signature}, other than seed",
                                    f"{name!r} was given")

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Do nothing: what a function makes of its arguments is known when it is called."""

    def system(self, parameters: Mapping[str, Any], seeds: Mapping[str, int]) -> OpenNetwork:
        """Return what the function returns."""
        system = self.function(**parameters, **seeds)
        if not isinstance(system, OpenNetwork):
            raise ArgumentError("base", "return an OpenNetwork",
                                f"{self.name} returned {checks.shown(system)}")
        return system

    def dark_temperature(self, _: Mapping[str, Any]) -> float:
        """Return 0."""
        return 0.0

    def questions(self, _: Mapping[str, Any]) -> None:
        """Return None: all is asked with defaults."""

    def identity(self) -> Any:
        """Return the function's name and the digest of what it is made of."""
        return {"function": fingerprint(self.function)}


def base_of(value: Any) -> Base:
    """Return the base for a function, a model, or the tables of one; see :class:`hotsprings.Plan`."""
    if callable(value):
        return FunctionBase(value)
    from hotsprings.sweeps.models import model_base  # here, so that functions do without the checks of model files

    return model_base(value)
