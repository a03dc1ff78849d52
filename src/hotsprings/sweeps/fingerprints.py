"""What tells one function from another: its source, and every value that its result may depend on."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

__all__ = ["fingerprint"]

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def fingerprint(function: Callable[..., Any]) -> str:
    """Return the name of a function with sixteen digits of a digest of all that it is made of.

    That is its source (or, without one, its code), its defaults, the variables of its closure, the globals that it
    uses, and the functions of its own module that it calls; of other modules, the names alone.

    Parameters
    ----------
    function : callable
        A function, method, partial, or object with ``__call__``.

    Returns
    -------
    str
        The same in every process.
    """
    digest = hashlib.sha256()
    for part in _parts(function, getattr(function, "__module__", None), set()):
        digest.update(part.encode() + b"\0")
    name = getattr(function, "__qualname__", type(function).__name__)
    return f"{name} {digest.hexdigest()[:16]}"


def _parts(value: Any, home: str | None, seen: set[int]) -> Iterator[str]:
    """Yield texts that tell a value from others; ``home`` is the module whose functions count by their source."""
    if isinstance(value, _PLAIN):
        yield repr(value)
        return
    if id(value) in seen:  # a function that calls itself
        return
    seen.add(id(value))
    if isinstance(value, np.ndarray | np.generic):
        yield f"{value.dtype} {value.shape} {hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from (*_parts(key, home, seen), *_parts(inner, home, seen))
    elif isinstance(value, list | tuple):
        for inner in (len(value), *value):
            yield from _parts(inner, home, seen)
    elif isinstance(value, set | frozenset):
        yield from sorted(" ".join(_parts(inner, home, seen)) for inner in value)
    elif isinstance(value, MethodType):
        yield from (*_parts(value.__func__, home, seen), *_parts(value.__self__, home, seen))
    elif isinstance(value, functools.partial):
        yield from _parts((value.func, value.args, value.keywords), home, seen)
    elif isinstance(value, FunctionType):
        yield from _function(value, home, seen)
    elif isinstance(value, type | ModuleType) or not hasattr(value, "__dict__"):
        yield _name(value)
        if isinstance(value, type) and value.__module__ == home:
            yield _source(value)
    else:
        yield from (*_parts(type(value), type(value).__module__, seen), *_parts(vars(value), home, seen))


def _function(function: FunctionType, home: str | None, seen: set[int]) -> Iterator[str]:
    if function.__module__ != home:
        yield _name(function)
        return
    yield _source(function)
    cells = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            cells[name] = cell.cell_contents
        except ValueError:  # not bound yet
            continue
    used = {name: function.__globals__[name] for name in sorted(_names(function.__code__))
            if name in function.__globals__}
    yield from _parts((function.__defaults__, function.__kwdefaults__, cells, used), home, seen)


def _names(code: CodeType) -> set[str]:
    """Return the global names in a code and in the functions within it."""
    return set(code.co_names).union(*(_names(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


def _name(value: Any) -> str:
    owner = value if isinstance(value, type | ModuleType | FunctionType) else type(value)
    return f"{getattr(owner, '__module__', '')} {getattr(owner, '__qualname__', owner.__name__)}"


def _source(value: Any) -> str:
    try:
        return inspect.getsource(value)
    except (OSError, TypeError):
        return _code(value.__code__) if isinstance(value, FunctionType) else _name(value)


def _code(code: CodeType) -> str:
    constants = [_code(c) if isinstance(c, CodeType) else repr(sorted(map(repr, c)) if isinstance(c, frozenset) else c)
                 for c in code.co_consts]
    return f"{code.co_code.hex()} {constants} {code.co_names}"
