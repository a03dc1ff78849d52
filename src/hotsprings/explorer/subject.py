"""What is explored: a model file as a document whose entries the controls change, or a system made in Python."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hotsprings import checks
from hotsprings.baths import AnyBath, Lead
from hotsprings.errors import ArgumentError
from hotsprings.network import MeanField, Network
from hotsprings.system import OpenNetwork

__all__ = ["MOST_BATHS", "MOST_SITES", "Key", "Subject", "entry", "most_sites", "toml_text"]

Key = Sequence[str | int]

MOST_SITES = {"mean-field": 100_000, "chain": 1000, "random-chain": 1000}  # what answers while a slider moves
DENSE_MOST = 400
MOST_BATHS = 8  # tables of baths or groups
MOST_CONTACTS = 64  # baths of all groups together


def most_sites(kind: str) -> int:
    """Return the largest network of a kind that can be followed by hand."""
    return MOST_SITES.get(kind, DENSE_MOST)


@dataclass(frozen=True, eq=False)
class Subject:
    """A model as nested tables, as TOML holds them; a network that no model file can say stands beside it.

    Attributes
    ----------
    document : dict
        Tables and keys of a model file.
    directory : Path, optional
        What files named in it are relative to.
    given : Network, optional
        The network itself, where it was made in Python; then ``document`` has baths only.
    """

    document: dict[str, Any]
    directory: Path | None = None
    given: Network | None = None

    @staticmethod
    def of(model: str | Path | OpenNetwork | None) -> Subject:
        """Return the subject of a model file, a system, or of the first preset.

        Raises
        ------
        ArgumentError
            If it is none of these, or has more sites or baths than can be followed by hand.
        ModelError
            If the file is wrong.
        """
        if model is None:
            from hotsprings.explorer.presets import PRESETS

            return Subject(copy.deepcopy(next(iter(PRESETS.values()))))
        if isinstance(model, OpenNetwork):
            subject = _of_system(model)
        elif isinstance(model, str | Path):
            subject = _of_file(Path(model))
        else:
            raise ArgumentError("model", "be the path of a model file or an OpenNetwork",
                                f"{checks.shown(model)} was given")
        subject.system()
        return subject

    def with_entry(self, key: Key, value: Any) -> Subject:
        """Return the subject with one entry changed, or taken out where the value is None."""
        document = copy.deepcopy(self.document)
        table: Any = document
        for part in key[:-1]:
            table = table[part] if isinstance(part, int) else table.setdefault(part, {})
        if value is None:
            table.pop(key[-1], None)
        else:
            table[key[-1]] = value
        return replace(self, document=document)

    def entry(self, key: Key) -> Any:
        """Return one entry, None where there is none."""
        return entry(self.document, key)

    @property
    def kind(self) -> str:
        """The kind of its network; "given" for one made in Python."""
        return "given" if self.given is not None else str(self.entry(("network", "kind")))

    @property
    def size_key(self) -> Key | None:
        """Where the number of sites stands; None where the network brings its own."""
        for key in (("masses", "n"), ("network", "n")):
            if isinstance(self.entry(key), int):
                return key
        return None

    def text(self) -> str:
        """Return the model file.

        Raises
        ------
        ArgumentError
            If the network was made in Python.
        """
        if self.given is not None:
            raise ArgumentError("network", "be one that a model file can name", f"{self.given!r} was made in Python")
        return toml_text(self.document)

    def system(self) -> OpenNetwork:
        """Return the open network, everything checked, sizes first.

        Raises
        ------
        ArgumentError, ModelError
            If an entry is wrong, or there are more sites or baths than can be followed by hand.
        """
        baths = self.entry(("baths",)) or []
        if len(baths) > MOST_BATHS:
            raise ArgumentError("baths", f"be at most {MOST_BATHS} here", f"there are {len(baths)}")
        if self.given is not None:
            _bounded(self.given, "given")
            return _few(OpenNetwork(self.given, _made(self.given, baths)))
        self._refuse_large()
        from hotsprings.config import parse_model

        system = parse_model(self.text(), "model", directory=self.directory).system()
        _bounded(system.network, self.kind)
        return _few(system)

    @property
    def dark_temperature(self) -> float:
        """Temperature that dark modes keep."""
        return float(self.entry(("state", "dark_temperature")) or 0.0)

    def _refuse_large(self) -> None:
        n = self.size_key and self.entry(self.size_key)
        shape = self.entry(("network", "shape"))
        if isinstance(shape, list) and all(isinstance(length, int) for length in shape):
            n = math.prod(shape)
        if n and n > most_sites(self.kind):
            raise ArgumentError(".".join(map(str, self.size_key or ("network", "shape"))),
                                f"be at most {most_sites(self.kind):,} for kind = \"{self.kind}\" in the explorer",
                                f"{n:,} was given")


def entry(document: dict[str, Any], key: Key) -> Any:
    """Return one entry of nested tables, None where there is none."""
    table: Any = document
    for part in key:
        try:
            table = table[part]
        except (KeyError, IndexError, TypeError):
            return None
    return table


def _bounded(network: Network, kind: str) -> Network:
    most = MOST_SITES["mean-field"] if isinstance(network, MeanField) else most_sites(kind)
    if network.n_sites > most:
        raise ArgumentError("model", f"have at most {most:,} sites to be followed by hand",
                            f"it has {network.n_sites:,}")
    return network


def _of_system(system: OpenNetwork) -> Subject:
    return Subject({"baths": [_table(system, numbers) for numbers in system.contacts.values()]}, given=system.network)


def _table(system: OpenNetwork, numbers: Sequence[int]) -> dict[str, Any]:
    """Return the table of a model file for the baths of one contact."""
    table: dict[str, Any] = {"kind": "lead" if isinstance(system.baths[numbers[0]], Lead) else "bath"}
    for key in ("name", "temperature", "friction", "cutoff", "k", "mass"):
        values = [getattr(system.baths[number], key, None) for number in numbers]
        if values[0] is not None:
            table[key] = values[0] if all(value == values[0] for value in values) else values
    sites = [int(system.bath_sites[number]) for number in numbers]
    return table | ({"site": sites[0]} if len(sites) == 1 else {"sites": sites})


def _made(network: Network, tables: Sequence[dict[str, Any]]) -> list[AnyBath]:
    from hotsprings.config.bath_tables import BathTable

    return [bath for table in tables for bath in BathTable(**table).baths(network)]


def _few(system: OpenNetwork) -> OpenNetwork:
    if system.n_baths > MOST_CONTACTS:
        raise ArgumentError("baths", f"be at most {MOST_CONTACTS} in all groups together here",
                            f"there are {system.n_baths}")
    return system


def _of_file(path: Path) -> Subject:
    import tomllib

    from hotsprings.config import parse_model, read_model

    text = read_model(path)
    document = tomllib.loads(text) if _fits(text) else {}
    subject = Subject(document, path.parent)
    if document:
        subject._refuse_large()
    parse_model(text, str(path), directory=path.parent)
    document.pop("dynamics", None)
    _complete(document)
    return subject


def _complete(document: dict[str, Any]) -> None:
    """Write down what the file leaves to the defaults, so that it has a control."""
    from hotsprings.config.mass_tables import MASS_KINDS
    from hotsprings.config.network_tables import NETWORK_KINDS

    for name, kinds in (("network", NETWORK_KINDS), ("masses", MASS_KINDS)):
        table = document.get(name, {})
        for key, field in getattr(kinds.get(table.get("kind")), "model_fields", {}).items():
            if (isinstance(field.default, int | float | str) and field.default is not False) or key == "periodic":
                table.setdefault(key, field.default)
    if "n_tilde" not in document["network"] and "kac" in NETWORK_KINDS[document["network"]["kind"]].model_fields:
        document["network"].setdefault("kac", True)
    for bath in document["baths"]:
        if bath.get("kind", "bath") == "bath":
            bath.setdefault("friction", 1.0)
    document.setdefault("state", {}).setdefault("dark_temperature", 0.0)


def _fits(text: str) -> bool:
    """Return whether the text is TOML at all; what is wrong with it is told by the parser of model files."""
    import tomllib

    try:
        return isinstance(tomllib.loads(text).get("network"), dict)
    except (ValueError, RecursionError):
        return False


def toml_text(document: dict[str, Any]) -> str:
    """Return nested tables as TOML: numbers, words, switches and lists of numbers.

    Parameters
    ----------
    document : dict
        Tables of tables and values, and lists of tables.

    Returns
    -------
    str

    Examples
    --------
    >>> print(toml_text({"title": "two", "network": {"k": 0.1}, "baths": [{"site": 0}]}), end="")
    title = "two"
    <BLANKLINE>
    [network]
    k = 0.1
    <BLANKLINE>
    [[baths]]
    site = 0
    """
    lines: list[str] = []
    _write(document, "", lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def _write(table: dict[str, Any], name: str, lines: list[str]) -> None:
    inner = {key: value for key, value in table.items() if isinstance(value, dict) or _is_tables(value)}
    lines += [f"{key} = {_value(value)}" for key, value in table.items() if key not in inner]
    for key, value in inner.items():
        full = f"{name}.{key}" if name else key
        for each in value if isinstance(value, list) else [value]:
            lines += ["", f"[[{full}]]" if isinstance(value, list) else f"[{full}]"]
            _write(each, full, lines)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return repr(value)
