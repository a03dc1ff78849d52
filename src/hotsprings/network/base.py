"""What every network of springs tells, and what all of them share."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar, Protocol, TypeGuard, cast, runtime_checkable

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, IntArray
from hotsprings.errors import ArgumentError

__all__ = ["LARGEST", "Banded", "Bonded", "Circulant", "Immutable", "MassiveNetwork", "Network", "Placed", "bands_of",
           "bonds_of", "checked_network", "first_row_of", "frozen", "is_network", "mass_per_site", "normalisation",
           "per_site", "plain", "positions_of", "span"]

Bands = tuple[FloatArray, FloatArray]

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

    def stiffness(self) -> FloatArray:
        """Return the stiffness matrix K, shape (n_sites, n_sites), symmetric and positive semidefinite."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists; "kind" names its class."""
        ...


@runtime_checkable
class Banded(Protocol):
    """A network that may be a chain: it is solved by the short roads of tridiagonal matrices."""

    def bands(self) -> Bands | None:
        """Return the diagonal (n_sites,) and the off-diagonal (n_sites - 1,) of K; None where K has more."""
        ...


@runtime_checkable
class Circulant(Protocol):
    """A network that may be a ring of equal sites: its modes are plane waves."""

    def first_row(self) -> FloatArray | None:
        """Return the first row of K, of whose rotations K is made, shape (n_sites,); None where sites differ."""
        ...


@runtime_checkable
class Joined(Protocol):
    """A network that knows that springs join all its sites, directly or not: none is looked for in parts."""

    joined: ClassVar[bool]


@runtime_checkable
class Bonded(Protocol):
    """A network that knows which pairs of sites its springs join."""

    @property
    def bonds(self) -> IntArray | None:
        """Pairs (i, j), i < j, in ascending order, shape (n_bonds, 2); None where it does not know."""
        ...


@runtime_checkable
class Placed(Protocol):
    """A network whose sites have positions in space."""

    @property
    def positions(self) -> FloatArray | None:
        """Positions, shape (n_sites, dimension) (length); None where it does not know."""
        ...


def bands_of(network: Any) -> Bands | None:
    """Return the two bands of the K of a chain; None of any other network."""
    return network.bands() if hasattr(network, "bands") else None  # a Banded: quicker than to ask the protocol


def first_row_of(network: Any) -> FloatArray | None:
    """Return the first row of the K of a ring of equal sites; None of any other network."""
    return network.first_row() if hasattr(network, "first_row") else None


def joined_of(network: Any) -> bool:
    """Return whether a network knows that springs join all its sites, directly or not."""
    return bool(getattr(network, "joined", False))


def bonds_of(network: Any) -> IntArray | None:
    """Return the pairs of sites that springs join, where the network knows them."""
    return network.bonds if isinstance(network, Bonded) else None


def positions_of(network: Any) -> FloatArray | None:
    """Return the positions of the sites, where the network knows them."""
    return network.positions if isinstance(network, Placed) else None


def checked_network(value: Any) -> Network:
    """Return a network whose answers fit together: their shapes, and the bands or first row with the masses.

    Raises
    ------
    ArgumentError
        If it is no network, or an answer has another shape or a number that is not finite.
    """
    if isinstance(value, MassiveNetwork) and is_network(value):  # checked when it was made
        return value
    if not is_network(value):
        missing = [name for name in ("n_sites", "masses", "pinning", "stiffness", "parameters")
                   if not hasattr(value, name)]
        what = f" (it has no {', '.join(missing)})" if len(missing) < 5 else ""
        raise ArgumentError("network", "be a network such as MeanField",
                            f"{checks.shown(value)} ({type(value).__name__}){what} was given")
    network: Network = value
    n = checks.integer("network.n_sites", network.n_sites, 1)
    _answer("masses", network.masses, (n,))
    checks.positive_array("network.masses", network.masses)
    _answer("pinning", network.pinning, (n,))
    bands: Any = bands_of(network)
    if bands is not None:
        if not isinstance(bands, tuple) or len(bands) != 2:
            raise ArgumentError("network.bands()", "be two arrays, the diagonal and the off-diagonal of K, or None",
                                f"{checks.shown(bands)} came out")
        _answer("bands()[0]", bands[0], (n,))
        _answer("bands()[1]", bands[1], (n - 1,))
    _answer("first_row()", first_row_of(network), (n,))
    _answer("bonds", bonds_of(network), (None, 2))
    _answer("positions", positions_of(network), (n, None))
    return network


def _answer(name: str, value: Any, shape: tuple[int | None, ...]) -> None:
    """Refuse an answer of a network that is no array of finite numbers of a shape (None: any length)."""
    if value is None:
        return
    clean = np.asarray(value)
    fits = clean.ndim == len(shape) and all(want in (None, got) for want, got in zip(shape, clean.shape, strict=True))
    if not fits or clean.dtype.kind not in "iuf" or not np.all(np.isfinite(clean)):
        wanted = str(shape).replace("None", "any")
        raise ArgumentError(f"network.{name}", f"be an array of finite numbers of shape {wanted}",
                            f"it is of shape {clean.shape} and type {clean.dtype}")


def is_network(value: Any) -> TypeGuard[Network]:
    """Return whether ``value`` answers the questions of :class:`Network` (a class does not; its instances do)."""
    if isinstance(value, MassiveNetwork):  # quicker than to look at every name of the protocol
        return True
    return not isinstance(value, type) and isinstance(value, Network)


class Immutable:
    """An object whose attributes are set once, in ``__init__``; it pickles by its slots, arrays stay read-only.

    Two are equal where all slots are, those that ``_labels`` names left out.
    """

    __slots__ = ()
    _labels: ClassVar[tuple[str, ...]] = ()

    def _values(self) -> list[Any]:
        return [getattr(self, name) for name in _slots(cast(Any, type(self))) if name not in self._labels]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return NotImplemented
        return all(_same(mine, its) for mine, its in zip(self._values(), other._values(), strict=True))

    def __hash__(self) -> int:
        return hash((type(self), *(_digest(value) for value in self._values())))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: make a new one with another '{name}'")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: '{name}' cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), {name: getattr(self, name) for name in _slots(cast(Any, type(self)))})


@lru_cache(maxsize=256)
def _slots(kind: Any) -> list[str]:
    return [name for base in kind.__mro__ for name in getattr(base, "__slots__", ())]


def _same(mine: Any, its: Any) -> bool:
    if isinstance(mine, np.ndarray) or isinstance(its, np.ndarray):
        return np.array_equal(mine, its)
    return bool(mine == its)


def _digest(value: Any) -> Any:
    """Return something to hash: of an array three of its numbers, so that a hash costs nothing beside a solution."""
    if not isinstance(value, np.ndarray):
        return value
    n = value.size
    return (n, value.item(0), value.item(n // 2), value.item(n - 1)) if n else 0


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
    pinning_told: bool = True  # the pinning is what the network was made from, and no sum over a row of K

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

    def _repr_html_(self) -> str:
        from hotsprings.notebook import network_html

        return network_html(self)

    def _refuse_extremes(self, name: str, diagonal: FloatArray, pinning: Any = 0.0) -> None:
        """Refuse networks whose fastest K_nn/m_n is so large or so small that its square leaves floating point."""
        with np.errstate(over="ignore", invalid="ignore"):
            rates = diagonal / self._masses
        fastest = float(np.max(rates))
        if not np.isfinite(fastest) or fastest > LARGEST or 0.0 < fastest < 1.0 / LARGEST:
            site = int(np.argmax(rates))
            if abs(np.broadcast_to(pinning, rates.shape)[site]) > 0.5 * diagonal[site]:
                name = "k0"
            raise ArgumentError(name, f"keep the largest K_nn/m_n between {1.0 / LARGEST:.0e} and {LARGEST:.0e}",
                                f"it is {fastest:.3g}")


def per_site(name: str, value: Any, n_sites: int) -> FloatArray:
    """Return a finite number, or one per site, as a read-only array (n_sites,)."""
    if checks.is_single(value):
        full = np.full(n_sites, checks.number(name, value))
        full.setflags(write=False)
        return full
    clean = checks.array(name, value, "be a finite number or one per site")
    if clean.shape != (n_sites,):
        raise ArgumentError(name, f"have one element per site ({n_sites})", f"{clean.size} were given")
    return clean


def mass_per_site(name: str, value: Any, n_sites: int) -> FloatArray:
    """Return a positive number, or one per site, as a read-only array (n_sites,)."""
    if checks.is_single(value) and not isinstance(value, str):
        full = np.full(n_sites, checks.positive(name, value))
        full.setflags(write=False)
        return full
    clean = checks.positive_array(name, value)
    if clean.size != n_sites:
        raise ArgumentError(name, f"be a number, or one per site ({n_sites})", f"{clean.size} were given")
    return clean


def normalisation(kac: Any, n_tilde: Any, factor: float) -> float:
    """Return Ñ: the Kac factor (``kac`` True or left out), 1 (False), or the one given instead of ``kac``."""
    if kac is not None:
        kac = checks.boolean("kac", kac)
    if n_tilde is None:
        return checks.positive("n_tilde", 1.0 if kac is False else factor)
    if kac is not None:
        raise ArgumentError("n_tilde", "stand without 'kac' (True: the Kac factor, False: Ñ = 1, n_tilde: any other Ñ)",
                            f"kac = {kac} was given too")
    return checks.positive("n_tilde", n_tilde)


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
