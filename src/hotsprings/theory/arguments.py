"""The arguments the closed forms share, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError

__all__ = ["FASTEST", "LARGEST", "MOST", "SMALLEST", "Springs", "from_kac", "pair", "pinned", "scale", "springs",
           "temperature_pair"]

SMALLEST, LARGEST, FASTEST, MOST = 1e-36, 1e36, 1e30, 10**30  # whose powers stay within floating point


def scale(name: str, value: Any) -> float:
    """Return a positive number."""
    return checks.within(name, value, SMALLEST, LARGEST)


def pinned(k0: Any) -> float:
    """Return a pinning, zero or more."""
    return checks.moderate("k0", k0, LARGEST)


class Springs(NamedTuple):
    """Identical masses m on springs k/Ñ, each pinned by k0: coupling = k/Ñ, kappa = N k/Ñ + k0."""

    n: int
    k: float
    k0: float
    mass: float
    n_tilde: float

    @property
    def coupling(self) -> float:
        """Stiffness k/Ñ of one spring."""
        return self.k / self.n_tilde

    def pinning(self, omega: FloatArray) -> FloatArray:
        """Return p = k0 - m ω²."""
        return self.k0 - self.mass * omega**2

    def alpha(self, omega: FloatArray) -> FloatArray:
        """Return α = N k/Ñ + k0 - m ω², the diagonal A of a site without bath."""
        return self.n * self.coupling + self.pinning(omega)


def springs(n: Any, k: Any, k0: Any, mass: Any, n_tilde: Any) -> Springs:
    """Return the checked network of identical masses; ``n_tilde=None`` is the Kac factor N - 1."""
    n = checks.count("n", n, 2, MOST)
    return Springs(
        n, scale("k", k), pinned(k0), scale("mass", mass),
        float(n - 1) if n_tilde is None else scale("n_tilde", n_tilde),
    )


def from_kac(n: int, n_tilde: float) -> bool:
    """Return whether Ñ is the Kac factor; the paper's expansions know only Ñ = N - 1 and Ñ = 1."""
    if n_tilde not in (float(n - 1), 1.0):
        raise ArgumentError("n_tilde", f"be n - 1 = {n - 1} (Kac) or 1 (bare), the two cases of this expansion",
                            f"{n_tilde:g} was given")
    return n_tilde == float(n - 1)


def pair(name: str, value: Any) -> tuple[float, float]:
    """Return a positive number, or one per bath (left, right), as two floats."""
    if checks.is_single(value):
        clean = scale(name, value)
        return clean, clean
    two = checks.positive_array(name, value, 2)
    if two.size != 2:
        raise ArgumentError(name, "be one number or a pair (left, right)", f"{two.size} were given")
    return scale(f"{name}[0]", float(two[0])), scale(f"{name}[1]", float(two[1]))


def temperature_pair(value: Sequence[float]) -> tuple[float, float]:
    """Return the temperatures (T_L, T_R) >= 0 of the two baths."""
    two = checks.array("temperatures", value, "be a pair (T_L, T_R) of finite numbers, zero or more")
    if two.size != 2 or np.any((two < 0.0) | (two > checks.HIGHEST)):
        raise ArgumentError("temperatures", "be a pair (T_L, T_R) of finite numbers, zero or more",
                            f"{checks.shown(value)} was given")
    return float(two[0]), float(two[1])
