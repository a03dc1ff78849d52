"""What is wrong with a model file: every mistake at once, one line each, in the file's own words."""

from __future__ import annotations

import copy
import difflib
from typing import Any, Generic, TypeVar, get_args

import numpy as np
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from hotsprings import checks
from hotsprings.config.bath_tables import BathTable, places
from hotsprings.config.fields import Table
from hotsprings.config.mass_tables import MASS_KINDS
from hotsprings.config.model import Model
from hotsprings.config.network_tables import NETWORK_KINDS
from hotsprings.errors import ArgumentError
from hotsprings.network import MeanField, Network
from hotsprings.network.kinds import KINDS

__all__ = ["argument_line", "table_class", "validated"]

_KINDS: dict[str, dict[str, type[Table]]] = {"network": dict(NETWORK_KINDS), "masses": MASS_KINDS}
MEANT = {"gamma": "friction", "damping": "friction", "γ": "friction", "t": "temperature", "kt": "temperature",
         "omega_d": "cutoff"}  # what others call them
_Loc = tuple[Any, ...]
M = TypeVar("M", bound=Model)


def validated(document: dict[str, Any], root: type[M]) -> tuple[M | None, list[str]]:
    """Check a parsed model file.

    Misspelt keys and kinds are noted and put right in a copy, and the rest is checked all the same.

    Parameters
    ----------
    document : dict
        The file, as ``tomllib`` returns it.
    root : type
        :class:`Model`, or what adds tables to it.

    Returns
    -------
    model : root or None
        None where a table is wrong in itself.
    lines : list of str
        The mistakes; empty for a good file.
    """
    return _Validation(document, root).outcome()


def argument_line(path: str, err: ArgumentError) -> str:
    """Return the line for a refused argument: the key, what it must be, what was given."""
    return f"{path}: must {err.requirement}, but {err.given}"


def _untagged(loc: _Loc) -> _Loc:
    """Leave out the kind that pydantic puts into a location: ('masses', 'graded', 'n') → ('masses', 'n')."""
    return tuple(part for i, part in enumerate(loc) if not (i == 1 and part in _KINDS.get(loc[0], {})))


def _path(loc: _Loc) -> str:
    """('baths', 1, 'site') → 'baths[1].site'."""
    text = ""
    for part in _untagged(loc):
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _tables_of(annotation: Any) -> list[type[Table]]:
    """Return the tables in the annotation of a field: itself, the elements of a list, the members of a union."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return [annotation]
    return [table for part in get_args(annotation) for table in _tables_of(part)]


def table_class(root: type[Table], loc: _Loc, kind: Any = None) -> type[Table]:
    """Return the class of the table at a location, of a certain kind where there are several."""
    cls = root
    for part in loc:
        if part in cls.model_fields:
            tables = _tables_of(cls.model_fields[part].annotation)
            cls = _KINDS[loc[0]][kind] if len(tables) > 1 else tables[0]
    return cls


def _keys(cls: type[Table]) -> list[str]:
    return sorted(cls.model_fields, key=lambda key: key != "kind")


class _Validation(Generic[M]):
    """One file on its way through the checks: the copy that is put right, and the lines so far."""

    def __init__(self, document: dict[str, Any], root: type[M]) -> None:
        self.document: dict[str, Any] = copy.deepcopy(document)
        self.root = root
        self.lines: list[str] = []
        self.guessed: set[str] = set()  # tables whose kind is a guess

    def outcome(self) -> tuple[M | None, list[str]]:
        while True:
            try:
                model = self.root.model_validate(self.document)
            except ValidationError as failure:
                faults: list[dict[str, Any]] = [dict(fault) for fault in failure.errors(include_url=False)]
                if not [fault for fault in faults if self._put_right(fault)]:
                    self.lines += [self._fault_line(fault) for fault in faults]
                    wrong = {_path(fault["loc"]) for fault in faults}
                    return None, self.lines + _crossed(self.document, wrong)
            else:
                return model, self.lines + _crossed(self.document, set())

    def _put_right(self, fault: dict[str, Any]) -> bool:
        """Note an unknown key or kind and put it right, so that validation can go on; False for other faults."""
        loc: _Loc = fault["loc"]
        if fault["type"] == "extra_forbidden":
            self._put_key_right(loc)
            return True
        name = loc[0]
        tag = fault["type"] in {"union_tag_invalid", "union_tag_not_found"}
        if name in _KINDS and (tag or (loc[-1] == "kind" and fault["type"] in {"literal_error", "missing"})):
            kinds, table = _KINDS[name], self.document[name]
            given = f"{checks.shown(table['kind'])} was given" if "kind" in table else "it is missing"
            allowed = ", ".join(f'"{kind}"' for kind in kinds)
            self.lines.append(f"{name}.kind: must be one of {allowed}, but {given}")
            near = difflib.get_close_matches(str(table.get("kind", "")), kinds, 1)
            if not near:
                self.guessed.add(name)
            table["kind"] = near[0] if near else max(kinds, key=lambda kind: len(table.keys() & _keys(kinds[kind])))
            return True
        return False

    def _table(self, loc: _Loc) -> dict[str, Any]:
        """Return the table that a key is in."""
        place: Any = self.document
        for part in _untagged(loc)[:-1]:
            place = place[part]
        table: dict[str, Any] = place
        return table

    def _class(self, loc: _Loc) -> type[Table]:
        """Return the class of the table that a key is in."""
        name = loc[0]
        kind = self.document[name].get("kind") if name in _KINDS and len(loc) > 1 else None
        return table_class(self.root, _untagged(loc)[:-1], kind)

    def _put_key_right(self, loc: _Loc) -> None:
        """Note an unknown key; rename it where the nearest known one is free, drop it otherwise."""
        key, name, table = loc[-1], loc[0], self._table(loc)
        kinds = _KINDS.get(name, {}) if len(loc) > 1 else {}
        allowed = _keys(self._class(loc))
        value = table.pop(key)
        fitting = [f'"{other}"' for other, cls in kinds.items() if key in _keys(cls)]
        if fitting:
            if name not in self.guessed:
                self.lines.append(f'{_path(loc)}: does not fit kind = "{table.get("kind")}", only '
                                  f'{" or ".join(fitting)} (keys of "{table.get("kind")}": {", ".join(allowed)})')
            return
        known = list(dict.fromkeys([*allowed, *(other for cls in kinds.values() for other in _keys(cls))]))
        meant = [MEANT[key.lower()]] if MEANT.get(key.lower()) in known else []
        near = [] if name in self.guessed else meant or difflib.get_close_matches(key.lower(), known, 1, cutoff=0.4)
        if near and near[0] not in allowed:  # of another kind: only if nothing of this kind is near
            near = difflib.get_close_matches(key.lower(), allowed, 1, cutoff=0.4) or near
        hint = f", did you mean '{near[0]}'?" if near else ""
        self.lines.append(f"{_path(loc)}: is not a key of a model file{hint} (known here: {', '.join(allowed)})")
        if near and near[0] in allowed and near[0] not in table and (
                meant or difflib.get_close_matches(key.lower(), near)):
            table[near[0]] = value

    def _fault_line(self, fault: dict[str, Any]) -> str:
        """Return one line for what pydantic found: the key, what it must be, what was given."""
        loc: _Loc = fault["loc"]
        error = fault.get("ctx", {}).get("error")
        if isinstance(error, ArgumentError):
            owner = _path(loc[:-1])
            if loc[-1] not in self._table(loc):
                given = error.given.replace("was given", "is the default")
                error = ArgumentError(error.argument, error.requirement, given)
            return argument_line(f"{owner}.{error.argument}" if owner else error.argument, error)
        path, given = _path(loc), f"{checks.shown(fault['input'])} was given"
        if fault["type"] == "missing":
            field: FieldInfo = self._class(loc).model_fields[loc[-1]]
            return f"{path}: must be given ({field.description}), but it is missing"
        if fault["type"] == "list_type" and _tables_of(self._class(loc).model_fields[loc[-1]].annotation):
            return f"{path}: must be a list of tables, each headed [[{path}]] in double brackets, but {given}"
        if fault["type"] == "string_type":
            return f"{path}: must be a string, but {given}"
        if fault["type"].startswith(("model_", "dict_")):
            hint = ' (a list of masses goes there as kind = "list", values = [...])' if path == "masses" else ""
            return f"{path}: must be a table{hint}, but {given}"
        return f"{path}: {fault['msg'].replace('Input should be', 'must be', 1)}, but {given}"


def _crossed(document: dict[str, Any], wrong: set[str]) -> list[str]:
    """Check what no key shows alone (sites, lengths, stability), wherever the needed keys are right themselves."""
    size, network, lines = _crossed_network(document, wrong)
    if "masses" not in document and not _own_masses(document):
        lines = ["masses: must be given (a table headed [masses]), but it is missing"]
    return lines + _crossed_baths(document, wrong, size, network)


def _own_masses(document: dict[str, Any]) -> bool:
    network = document.get("network")
    kind = network.get("kind") if isinstance(network, dict) else None
    return isinstance(kind, str) and kind in KINDS and KINDS[kind].own_masses


def _size(document: dict[str, Any], wrong: set[str]) -> int | None:
    """Return the number of particles, where it can be told."""
    name = "network" if _own_masses(document) else "masses"
    table = document.get(name)
    if not isinstance(table, dict) or f"{name}.n" in wrong or f"{name}.values" in wrong:
        return None
    return len(table["values"]) if table.get("kind") == "list" else table.get("n")


def _crossed_network(document: dict[str, Any], wrong: set[str]) -> tuple[int | None, Network | None, list[str]]:
    """Build the network where its tables are right; return its size, itself, and what is wrong with it."""
    network, size = document.get("network"), _size(document, wrong)
    if not isinstance(network, dict):
        return size, None, []
    try:
        if not any(path.startswith(("network", "masses")) for path in wrong):
            tables = {key: document[key] for key in ("network", "masses") if key in document}
            model = Model.model_validate({**tables, "baths": []})
            built = model.network.interacting(model.network.build(model.mass()))
            return built.n_sites, built, []
        if size is not None and "network.k0" not in wrong:  # the length of a list can be told without the rest
            MeanField(np.ones(size), k0=np.abs(network.get("k0", 0.0)))
    except ArgumentError as err:
        table = err.argument.partition(".")[0]
        owner = "" if table in ("masses", "network") and table not in network else "network."
        return size, None, [argument_line(f"{owner}{err.argument}", err)]
    return size, None, []


def _crossed_baths(document: dict[str, Any], wrong: set[str], size: int | None, network: Network | None) -> list[str]:
    baths = document.get("baths")
    if baths == []:
        return ["baths: must hold at least one bath, a table headed [[baths]], but it is empty"]
    lines: list[str] = []
    seen: dict[int, str] = {}
    for i, row in enumerate(baths if isinstance(baths, list) else []):
        owner = f"baths[{i}]"
        if not isinstance(row, dict) or any(path.startswith((f"{owner}.site", f"{owner}.face")) for path in wrong):
            continue
        try:
            found = places(row, size, network)
            if network is not None and not any(path.startswith(f"{owner}.") for path in wrong):
                BathTable.model_validate(row).baths(network)
        except ArgumentError as err:
            lines.append(argument_line(f"{owner}.{err.argument}", err))
            continue
        for key, site in found:
            if site in seen:
                lines.append(f"{owner}.{key}: must differ from the sites of the other baths, "
                             f"but {seen[site]} is on site {site} too")
                break
        for _, site in found:
            seen.setdefault(site, owner)
    return lines
