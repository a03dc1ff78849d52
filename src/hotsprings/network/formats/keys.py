"""By which names stiffness matrices and masses go, in files that name what they hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence

__all__ = ["MASSES", "PAIRS", "STIFFNESS", "SYMBOLS", "first_key"]

PAIRS = ("force_constants", "fc2")  # four axes are Φ[i, j, α, β], as phonopy and phono3py have them
STIFFNESS = ("stiffness", "K", "hessian", *PAIRS, "return_hessian", "hess")
MASSES = ("masses", "m", "mass", "atomic_masses")
SYMBOLS = ("symbols", "elements")


def first_key(there: Collection[str], wanted: Sequence[str]) -> str | None:
    """Return the first of the wanted names that is there; case does not matter, except for one letter."""
    for key in wanted:
        for name in there:
            if name == key or (len(key) > 1 and name.casefold() == key.casefold()):
                return name
    return None
