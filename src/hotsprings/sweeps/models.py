"""Model files as what a sweep starts from."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Container, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from hotsprings import checks
from hotsprings.baths import AnyBath
from hotsprings.config import Model, ModelError
from hotsprings.config.bath_tables import NEW
from hotsprings.config.faults import validated
from hotsprings.config.questions import QUESTIONS
from hotsprings.errors import ArgumentError
from hotsprings.system import OpenNetwork

__all__ = ["ModelBase", "model_base", "read_key"]

_KEY = re.compile(r"(?P<table>\w+)(?:\[(?P<index>\d+)\])?\.(?P<key>\w+)")


def read_key(argument: str, name: str, tables: Container[str]) -> re.Match[str]:
    """Return table, index and key that the name of a parameter is made of; refuse one of none of the tables."""
    found = _KEY.fullmatch(name)
    if found is None or found["table"] not in tables:
        raise ArgumentError(argument, "be a key of the model, such as \"masses.n\", \"network.k0\", "
                            "\"baths[0].friction\" or \"baths.friction\" (all baths)", f"{name!r} was given")
    return found


class ModelBase:
    """The tables of a model file, some keys of which a sweep replaces; seeds that they give stay as they are."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = copy.deepcopy(dict(document))
        network = self.document.get("network")
        if isinstance(network, dict) and isinstance(network.get("path"), str):
            network["path"] = str(Path(network["path"]).absolute())  # workers may be elsewhere
        model, lines = validated(self.document, Model)
        if model is None or lines:
            raise ModelError("base", lines)
        self.model = model
        self._baths: tuple[Any, tuple[AnyBath, ...]] = (None, ())  # of the last point
        self._random = tuple(key for key in model.seeds if "seed" not in self.document[key.partition(".")[0]])

    def __getstate__(self) -> dict[str, Any]:
        return {"document": self.document}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["document"])  # type: ignore[misc]

    @property
    def random(self) -> tuple[str, ...]:
        """Keys of the seeds of what is random: of the tables whose seed is not given."""
        return self._random

    def refuse(self, parameters: Mapping[str, Any]) -> None:
        """Raise ArgumentError where a parameter is not a key of a model file, or is a seed."""
        tables = {key: value for key, value in self.document.items()
                  if isinstance(value, list if key == "baths" else dict)}
        for name in parameters:
            found = read_key("parameter", name, tables)
            if found["index"] is not None:
                checks.index(f"parameter {found['table']}", int(found["index"]), len(tables[found["table"]]), "bath")
            if name in self.random:
                raise ArgumentError("parameter", "be no seed (realisations draw their own from the seed of the sweep)",
                                    f"{name!r} was given")

    def _changed(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        changed = copy.deepcopy(self.document)
        for name, value in parameters.items():
            found = _KEY.fullmatch(name)
            assert found is not None
            place = changed[found["table"]]
            rows = place if found["index"] is None else [place[int(found["index"])]]
            for row in rows if isinstance(rows, list) else [rows]:
                row[found["key"]] = list(value) if isinstance(value, tuple) else value
        return changed

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Raise ModelError with every mistake of the model with these parameters."""
        _, lines = validated(self._changed(parameters), Model)
        if lines:
            given = ", ".join(f"{name} = {checks.shown(value)}" for name, value in parameters.items())
            raise ModelError(f"the sweep, at {given}" if given else "the sweep", lines)

    def system(self, parameters: Mapping[str, Any], seeds: Mapping[str, int]) -> OpenNetwork:
        """Return the system of the model with these parameters and seeds."""
        point = tuple(parameters.items())
        model = _point(self, point)
        network = model.built(seeds)
        if self._baths[0] != (point, network.n_sites):  # realisations have the same
            self._baths = (point, network.n_sites), model.thermostats(network)
        return OpenNetwork(network, self._baths[1])

    def dark_temperature(self, parameters: Mapping[str, Any]) -> float:
        """Return ``[state] dark_temperature``."""
        return _point(self, tuple(parameters.items())).state.dark_temperature

    def questions(self, parameters: Mapping[str, Any]) -> Model:
        """Return the model, whose tables say what is asked."""
        return _point(self, tuple(parameters.items()))

    def identity(self) -> Any:
        """Return the tables with every default, and the digest of a file in place of its name."""
        known = self.model.model_dump(mode="python", exclude={"title"})
        for name in QUESTIONS:  # what is not asked leaves the identity of older plans as it was
            if known[name] is None:
                del known[name]
        for key in self._random:
            known[key.partition(".")[0]].pop("seed")
        known["baths"] = [{key: value for key, value in bath.items() if key not in NEW or value != NEW[key]}
                          for bath in known["baths"]]  # so that stores of earlier versions go on
        network = known["network"]
        if network["kind"] == "file":
            network["sha256"] = hashlib.sha256(Path(network.pop("path")).read_bytes()).hexdigest()
        return {"model": known}


@lru_cache(maxsize=64)
def _point(base: ModelBase, parameters: tuple[tuple[str, Any], ...]) -> Model:
    """Return the model of one point; its realisations differ in their seeds only."""
    return Model.model_validate(base._changed(dict(parameters)))


def model_base(value: Any) -> ModelBase:
    """Return the base for a model, or for the tables of one.

    Raises
    ------
    ArgumentError
        If it is neither.
    ModelError
        If the tables are wrong.
    """
    if isinstance(value, Model):
        return ModelBase(value.model_dump(mode="python", exclude_unset=True, exclude={"sweep"}))
    if isinstance(value, Mapping):
        return ModelBase(value)
    raise ArgumentError("base", "be the tables of a model (a dictionary), or a function that returns an OpenNetwork",
                        f"{checks.shown(value)} ({type(value).__name__}) was given")
