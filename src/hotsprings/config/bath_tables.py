"""The ``[[baths]]`` of a model file: a bath, a lead, or a group of either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from hotsprings import checks
from hotsprings.baths import AnyBath, Lead, bath_group
from hotsprings.config.fields import Table, checked, word
from hotsprings.errors import ArgumentError
from hotsprings.network import Network, keys

__all__ = ["NEW", "BathTable", "places"]

NEW = {"kind": "bath", "sites": None, "face": None, "cutoff": None, "name": None, "k": None, "mass": None}


def _face(name: str, value: Any) -> tuple[int, str]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ArgumentError(name, 'be an axis and a side, such as [0, "low"]', f"{checks.shown(value)} was given")
    return checks.integer(f"{name}[0]", value[0]), keys.one_of("low", "high")(f"{name}[1]", value[1])


def _temperatures(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return keys.elements(name, list(value), checks.moderate)
    return checks.moderate(name, value)


_Sites = keys.optional(keys.listed(checks.integer, "be a list of integers"))
_Positives = keys.optional(keys.positive_or_list)
_OptionalPositive = keys.optional(checks.positive)


class BathTable(Table):
    """One ``[[baths]]``: :class:`hotsprings.Bath`, :class:`hotsprings.Lead`, or a group on several sites."""

    kind: Annotated[str, word("bath", "lead")] = "bath"
    name: Annotated[str | None, checked(keys.optional(keys.text))] = None
    site: Annotated[int | None, checked(keys.optional(checks.integer))] = None
    sites: Annotated[tuple[int, ...] | None, checked(_Sites)] = None
    face: Annotated[tuple[int, str] | None, checked(keys.optional(_face))] = None
    temperature: Annotated[Any, checked(_temperatures)] = Field(description="T, zero or more")
    friction: Annotated[Any, checked(keys.positive_or_list)] = 1.0
    cutoff: Annotated[Any, checked(_Positives)] = None
    k: Annotated[float | None, checked(_OptionalPositive)] = None
    mass: Annotated[float | None, checked(_OptionalPositive)] = None

    def baths(self, network: Network) -> list[AnyBath]:
        """Return the baths of this table on a network.

        Raises
        ------
        ArgumentError
            If its keys do not fit together, or the network has no such site or face.
        """
        found = [site for _, site in places(self.model_dump(), network.n_sites, network)]
        sites = [self.site] if self.site is not None else list(self.sites or found)
        if self.kind == "bath":
            self._refuse(("k", "mass"), 'kind = "lead"')
            return list(bath_group(sites, self._numbers("temperature", sites), self._numbers("friction", sites),
                                   self._numbers("cutoff", sites), self.name))
        self._refuse(("cutoff", "friction"), 'kind = "bath"')
        temperature = self._numbers("temperature", sites)
        warm = temperature if isinstance(temperature, tuple) else [temperature] * len(sites)
        return [Lead(site, T, _given("k", self.k), _given("mass", self.mass), self.name)
                for site, T in zip(sites, warm, strict=True)]

    def _numbers(self, key: str, sites: list[int]) -> Any:
        value = getattr(self, key)
        if isinstance(value, tuple) and len(value) != len(sites):
            raise ArgumentError(key, f"be a number, or one per site ({len(sites)})", f"{len(value)} were given")
        return value

    def _refuse(self, names: tuple[str, ...], owner: str) -> None:
        for name in names:
            if name in self.model_fields_set and getattr(self, name) is not None:
                raise ArgumentError(name, f"be left out where it is not {owner}", f"{getattr(self, name)} was given")


def _given(name: str, value: float | None) -> float:
    if value is None:
        raise ArgumentError(name, 'be given where kind = "lead"', "it is missing")
    return value


def places(row: Mapping[str, Any], n_sites: int | None, network: Any = None) -> list[tuple[str, int]]:
    """Return the sites of a table, each with the key that names it; counted from 0 where their number is known."""
    given = [key for key in ("site", "sites", "face") if row.get(key) is not None]
    if not given:
        raise ArgumentError("site", "be given (the particle it touches, an integer from 0, or from -1 for the last; or "
                            "'sites', a list of them; or 'face')", "it is missing")
    if len(given) > 1:
        raise ArgumentError(given[1], f"stand without '{given[0]}'", "both were given")
    if given[0] == "face":
        if network is None:
            return []
        if not hasattr(network, "face"):
            raise ArgumentError("face", "be left out on a network that has none (a lattice has)",
                                f"{list(row['face'])} was given")
        try:
            return [("face", int(site)) for site in network.face(*row["face"])]
        except ArgumentError as err:
            raise ArgumentError("face", err.requirement, err.given) from None
    found = [("site", row["site"])] if given[0] == "site" else [
        (f"sites[{i}]", site) for i, site in enumerate(row["sites"])]
    if not found:
        raise ArgumentError("sites", "hold at least one site", "it is empty")
    return [(key, checks.index(key, site, n_sites) if n_sites else site) for key, site in found]
