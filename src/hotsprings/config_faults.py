"""What is wrong with a model file: every mistake at once, one line each, in the file's own words."""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np
from pydantic import ValidationError

from hotsprings import checks
from hotsprings.config_schema import MASS_KINDS, NETWORK_KINDS, BathTable, Model, Table
from hotsprings.errors import ArgumentError
from hotsprings.network import MeanField

__all__ = ["argument_line", "validated"]

_KINDS: dict[str, dict[str, type[Table]]] = {"network": NETWORK_KINDS, "masses": MASS_KINDS}
_Loc = tuple[Any, ...]


def validated(document: dict[str, Any]) -> tuple[Model | None, list[str]]:
    """Check a parsed model file.

    Misspelt keys and kinds are noted and put right in a copy, and the rest is checked all the same.

    Parameters
    ----------
    document : dict
        The file, as ``tomllib`` returns it.

    Returns
    -------
    model : Model or None
        None where a table is wrong in itself.
    lines : list of str
        The mistakes; empty for a good file.
    """
    copy = {key: dict(value) if isinstance(value, dict) else value for key, value in document.items()}
    if isinstance(copy.get("baths"), list):
        copy["baths"] = [dict(bath) if isinstance(bath, dict) else bath for bath in copy["baths"]]
    lines: list[str] = []
    guessed: set[str] = set()
    while True:
        try:
            model = Model.model_validate(copy)
        except ValidationError as failure:
            faults: list[dict[str, Any]] = [dict(fault) for fault in failure.errors(include_url=False)]
            if not [fault for fault in faults if _put_right(copy, fault, lines, guessed)]:
                lines += [_fault_line(copy, fault) for fault in faults]
                return None, lines + _crossed(copy, {_path(fault["loc"]) for fault in faults})
        else:
            return model, lines + _crossed(copy, set())


def argument_line(path: str, err: ArgumentError) -> str:
    """Return the line for a refused argument: the key, what it must be, what was given."""
    return f"{path}: must {err.requirement}, but {err.given}"


def _path(loc: _Loc) -> str:
    """('baths', 1, 'site') → 'baths[1].site'; the kind that pydantic puts into the location is left out."""
    text = ""
    for i, part in enumerate(loc):
        if i == 1 and part in _KINDS.get(loc[0], {}):
            continue
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _put_right(copy: dict[str, Any], fault: dict[str, Any], lines: list[str], guessed: set[str]) -> bool:
    """Note an unknown key or kind and put it right, so that validation can go on; False for other faults."""
    loc: _Loc = fault["loc"]
    if fault["type"] == "extra_forbidden":
        _put_key_right(copy, loc, lines, guessed)
        return True
    name = loc[0]
    tag = fault["type"] in {"union_tag_invalid", "union_tag_not_found"}
    if name in _KINDS and (tag or (loc[-1] == "kind" and fault["type"] in {"literal_error", "missing"})):
        kinds, table = _KINDS[name], copy[name]
        allowed = ("one of " if len(kinds) > 1 else "") + ", ".join(f'"{kind}"' for kind in kinds)
        given = f"{checks.shown(table['kind'])} was given" if "kind" in table else "it is missing"
        lines.append(f"{name}.kind: must be {allowed}, but {given}")
        near = difflib.get_close_matches(str(table.get("kind", "")), kinds, 1)
        if not near:
            guessed.add(name)
        table["kind"] = near[0] if near else max(kinds, key=lambda kind: len(table.keys() & _keys(kinds[kind])))
        return True
    return False


def _put_key_right(copy: dict[str, Any], loc: _Loc, lines: list[str], guessed: set[str]) -> None:
    """Note an unknown key; rename it where the nearest known one is free, drop it otherwise."""
    key, name = loc[-1], loc[0]
    table, kinds = copy, _KINDS.get(name, {})
    if len(loc) > 1:
        table = copy["baths"][loc[1]] if name == "baths" else copy[name]
    kind = table.get("kind") if kinds else None
    allowed = _keys(_table_class(loc, kind))
    value = table.pop(key)
    fitting = [f'"{other}"' for other, cls in kinds.items() if key in _keys(cls)]
    if fitting:
        if name not in guessed:
            lines.append(f'{_path(loc)}: does not fit kind = "{kind}", only {" or ".join(fitting)}'
                         f' (keys of "{kind}": {", ".join(allowed)})')
        return
    known = list(dict.fromkeys([*allowed, *(other for cls in kinds.values() for other in _keys(cls))]))
    near = [] if name in guessed else difflib.get_close_matches(key.lower(), known, 1, cutoff=0.4)
    hint = f", did you mean '{near[0]}'?" if near else ""
    lines.append(f"{_path(loc)}: is not a key of a model file{hint} (known here: {', '.join(allowed)})")
    if near and near[0] in allowed and near[0] not in table and difflib.get_close_matches(key.lower(), near):
        table[near[0]] = dict(value) if isinstance(value, dict) else value


def _table_class(loc: _Loc, kind: Any) -> type[Table]:
    if len(loc) == 1:
        return Model
    if loc[0] == "baths":
        return BathTable
    if loc[0] in _KINDS:
        return _KINDS[loc[0]][kind]
    annotation = Model.model_fields[loc[0]].annotation
    assert isinstance(annotation, type)
    return annotation


def _keys(cls: type[Table]) -> list[str]:
    return sorted(cls.model_fields, key=lambda key: key != "kind")


def _fault_line(copy: dict[str, Any], fault: dict[str, Any]) -> str:
    """Return one line for what pydantic found: the key, what it must be, what was given."""
    loc: _Loc = fault["loc"]
    error = fault.get("ctx", {}).get("error")
    if isinstance(error, ArgumentError):
        owner = _path(loc[:-1])
        section = copy.get(loc[0])
        if isinstance(section, dict) and loc[-1] not in section:
            error = ArgumentError(error.argument, error.requirement, error.given.replace("was given", "is the default"))
        return argument_line(f"{owner}.{error.argument}", error)
    path, given = _path(loc), f"{checks.shown(fault['input'])} was given"
    if fault["type"] == "missing":
        kind = copy[loc[0]].get("kind") if loc[0] in _KINDS and len(loc) > 1 else None
        field = _table_class(tuple(part for part in loc if part != kind), kind).model_fields[loc[-1]]
        return f"{path}: must be given ({field.description}), but it is missing"
    if path == "baths":
        return f"baths: must be a list of tables, each headed [[baths]] in double brackets, but {given}"
    if fault["type"] == "string_type":
        return f"{path}: must be a string, but {given}"
    if fault["type"].startswith(("model_", "dict_")):
        hint = ' (a list of masses goes there as kind = "list", values = [...])' if path == "masses" else ""
        return f"{path}: must be a table{hint}, but {given}"
    return f"{path}: {fault['msg']}, but {given}"


def _crossed(copy: dict[str, Any], wrong: set[str]) -> list[str]:
    """Check what no key shows alone (sites, lengths, stability), wherever the needed keys are right themselves."""
    size = _size(copy, wrong)
    return _crossed_network(copy, wrong, size) + _crossed_baths(copy, wrong, size)


def _size(copy: dict[str, Any], wrong: set[str]) -> int | None:
    table = copy.get("masses")
    if not isinstance(table, dict) or "masses.n" in wrong or "masses.values" in wrong:
        return None
    return len(table["values"]) if table.get("kind") == "list" else table.get("n")


def _crossed_network(copy: dict[str, Any], wrong: set[str], size: int | None) -> list[str]:
    network = copy.get("network")
    if not isinstance(network, dict) or size is None or "network.k0" in wrong:
        return []
    k0 = network.get("k0", 0.0)
    whole = not any(path.startswith(("network", "masses")) for path in wrong)
    try:
        if whole:
            tables = Model.model_validate({"network": network, "masses": copy["masses"], "baths": []})
            tables.network.build(tables.masses.build())
        else:  # the length of a list of pinnings can be told without the rest
            MeanField(np.ones(size), k0=np.abs(k0))
    except ArgumentError as err:
        return [argument_line(f"network.{err.argument}", err)]
    return []


def _crossed_baths(copy: dict[str, Any], wrong: set[str], size: int | None) -> list[str]:
    baths = copy.get("baths")
    if baths == []:
        return ["baths: must hold at least one bath, a table headed [[baths]], but it is empty"]
    lines: list[str] = []
    seen: dict[int, int] = {}
    for i, bath in enumerate(baths if isinstance(baths, list) else []):
        path = f"baths[{i}].site"
        if not isinstance(bath, dict) or "site" not in bath or path in wrong:
            continue
        try:
            site = checks.index("site", bath["site"], size) if size else bath["site"]
        except ArgumentError as err:
            lines.append(argument_line(path, err))
            continue
        if site in seen:
            lines.append(f"{path}: must differ from the sites of the other baths, "
                         f"but baths[{seen[site]}] is on site {site} too")
        seen.setdefault(site, i)
    return lines
