"""By which names stiffness matrices and masses go, in files that name what they hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from hotsprings.errors import ArgumentError

__all__ = ["MASSES", "PAIRS", "STIFFNESS", "SYMBOLS", "first_key", "only_key"]

PAIRS = ("force_constants", "fc2")  # four axes are Φ[i, j, α, β], as phonopy and phono3py have them
STIFFNESS = ("stiffness", "K", "hessian", *PAIRS, "return_hessian", "hess")
MASSES = ("masses", "m", "mass", "atomic_masses")
SYMBOLS = ("symbols", "elements")


def only_key(path: Path, there: Collection[str], wanted: Sequence[str]) -> str | None:
    """Return the one of the wanted names that is there; several are refused."""
    found = [name for name in there if first_key([name], wanted) is not None]
    if len(found) > 1:
        raise ArgumentError("path", "hold one of the names by which it goes",
                            f"{path.name} holds {' and '.join(map(repr, found[:4]))}")
    return found[0] if found else None


def first_key(there: Collection[str], wanted: Sequence[str]) -> str | None:
    """Return the first of the wanted names that is there; case does not matter, except for one letter."""
    for key in wanted:
        for name in there:
            if name == key or (len(key) > 1 and name.casefold() == key.casefold()):
                return name
    return None
