"""What every network of springs tells, and what all of them share."""

from __future__ import annotations

from typing import Any, Protocol, TypeGuard, runtime_checkable

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError

__all__ = ["LARGEST", "Immutable", "MassiveNetwork", "Network", "frozen", "is_network", "per_site", "plain", "span"]

LARGEST = 1e200  # squares of frequencies beyond it would overflow where they are squared again


@runtime_checkable
class Network(Protocol):
    """What every network tells: its size, masses and stiffness matrix, and a line about itself."""

    @property
    def n_sites(self) -> int:
        """Number of particles N."""
        ...

    @property
    def masses(self) -> FloatArray:
        """Masses, shape (n_sites,), read-only."""
        ...

    @property
    def pinning(self) -> FloatArray:
        """Stiffness that holds each site in place, the row sums of K, shape (n_sites,), read-only."""
        ...

    @property
    def structure(self) -> str:
        """What K looks like: "mean-field", "tridiagonal", "circulant" (equal masses too) or "dense"."""
        ...

    def stiffness(self) -> FloatArray:
        """Return the stiffness matrix K, shape (n_sites, n_sites), symmetric and positive semidefinite."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists; "kind" names its class."""
        ...


def is_network(value: Any) -> TypeGuard[Network]:
    """Return whether ``value`` answers the questions of :class:`Network` (a class does not; its instances do)."""
    if isinstance(value, MassiveNetwork):  # quicker than to look at every name of the protocol
        return True
    return not isinstance(value, type) and isinstance(value, Network)


class Immutable:
    """An object whose attributes are set once, in ``__init__``; it pickles by its slots, arrays stay read-only."""

    __slots__ = ()

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: make a new one with another '{name}'")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: '{name}' cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        names = [name for kind in type(self).__mro__ for name in getattr(kind, "__slots__", ())]
        return _restored, (type(self), {name: getattr(self, name) for name in names})


def _restored(kind: type[Immutable], state: dict[str, Any]) -> Immutable:
    """Return the object with these slots (it was checked when it was made)."""
    new = kind.__new__(kind)
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
        object.__setattr__(new, name, value)
    return new


class MassiveNetwork(Immutable):
    """Masses, and the words that all networks share."""

    __slots__ = ("_masses",)
    _masses: FloatArray

    def __init__(self, masses: Any, minimum: int = 1) -> None:
        object.__setattr__(self, "_masses", checks.positive_array("masses", masses, minimum))

    @property
    def masses(self) -> FloatArray:
        """Masses, shape (n_sites,), read-only."""
        return self._masses

    @property
    def n_sites(self) -> int:
        """Number of particles N."""
        return int(self._masses.size)

    def _refuse_extremes(self, name: str, diagonal: FloatArray) -> None:
        """Refuse networks whose fastest K_nn/m_n is so large or so small that its square leaves floating point."""
        with np.errstate(over="ignore", invalid="ignore"):
            fastest = float(np.max(diagonal / self._masses))
        if not np.isfinite(fastest) or fastest > LARGEST or 0.0 < fastest < 1.0 / LARGEST:
            raise ArgumentError(name, f"keep the largest K_nn/m_n between {1.0 / LARGEST:.0e} and {LARGEST:.0e}",
                                f"it is {fastest:.3g}")


def per_site(name: str, value: Any, n_sites: int) -> FloatArray:
    """Return a finite number, or one per site, as a read-only array (n_sites,)."""
    if np.ndim(value) == 0:
        full = np.full(n_sites, checks.number(name, value))
        full.setflags(write=False)
        return full
    clean = checks.array(name, value, "be a finite number or one per site")
    if clean.shape != (n_sites,):
        raise ArgumentError(name, f"have one element per site ({n_sites})", f"{clean.size} were given")
    return clean


def frozen(values: Any) -> FloatArray:
    """Return a read-only float64 copy."""
    clean = np.array(values, dtype=np.float64)
    clean.setflags(write=False)
    return clean


def plain(values: FloatArray) -> float | list[float]:
    """Return one number where all are equal, else the list: as a model file says it."""
    uniform = values.size > 0 and bool(np.all(values == values[0]))
    return float(values[0]) if uniform else [float(v) for v in values]


def span(symbol: str, values: FloatArray) -> str:
    """Return values as ``repr`` shows them: one number, or the range; ≈ where its ends differ in no digit shown."""
    if not values.size:
        return f"{symbol}=none"
    low, high = f"{values.min():.4g}", f"{values.max():.4g}"
    if low != high:
        return f"{symbol}={low}…{high}"
    return f"{symbol}{'=' if values.min() == values.max() else '≈'}{low}"
