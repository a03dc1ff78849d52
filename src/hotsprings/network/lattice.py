"""Lattices: square, cubic, and their like in any dimension."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, IntArray
from hotsprings.errors import ArgumentError
from hotsprings.network import keys
from hotsprings.network.base import MassiveNetwork, frozen, mass_per_site, per_site, plain, span
from hotsprings.network.layers import Layers, Side, modes_across

__all__ = ["Lattice"]

EPS = float(np.finfo(np.float64).eps)
SHORTEST = 3  # sites of an axis that closes: of two, both springs would join the same pair


class Lattice(MassiveNetwork):
    """Particles on a square or cubic lattice, or its like in any dimension, springs k between nearest neighbours.

    V = ½ Σ_<ij> k (q_i - q_j)² + ½ Σ_i k0_i q_i², with ½ k q² more for every wall that holds a site; q is one
    displacement per site. Sites are numbered as NumPy numbers the elements of an array of that shape, the last axis
    fastest: the site at (x, y) of shape (a, b) is x b + y.

    Parameters
    ----------
    shape : int or sequence of int
        Sites along each axis.
    masses : float or array_like, shape (n_sites,) or ``shape``
        Positive masses; a number is the mass of all.
    k : float
        Spring constant, > 0 (energy/length²).
    k0 : float or array_like, shape (n_sites,) or ``shape``
        Pinning stiffness. Negative values are allowed where K stays positive semidefinite.
    periodic : int or sequence of int
        The axes that close, each of three sites or more; negative ones count from the last.
    ends : {"free", "fixed"} or a sequence of these
        Whether wall springs k hold both ends of the axes that are open: one word for all, or one per open axis.

    Raises
    ------
    ArgumentError
        If an argument is out of range or K has a negative eigenvalue.

    References
    ----------
    Kundu, Chaudhuri, Roy, Dhar, Lebowitz, Spohn, EPL 90, 40001 (2010): heat through disordered lattices.

    Examples
    --------
    Four by three sites between two groups of baths:

    >>> import hotsprings as hs
    >>> lattice = hs.Lattice((4, 3), masses=1.0, k=1.0, k0=0.1)
    >>> lattice.face(0, "low"), lattice.face(0, "high")
    (array([0, 1, 2]), array([ 9, 10, 11]))
    >>> system = hs.OpenNetwork(lattice, hs.bath_group(lattice.face(0, "low"), 1.5, name="hot")
    ...                         + hs.bath_group(lattice.face(0, "high"), 0.5, name="cold"))
    >>> system.groups
    {'hot': (0, 1, 2), 'cold': (3, 4, 5)}
    """

    __slots__ = ("_k0", "ends", "k", "periodic", "shape")
    joined: ClassVar[bool] = True
    _k0: FloatArray
    shape: tuple[int, ...]
    k: float
    periodic: tuple[int, ...]
    ends: str | tuple[str, ...]

    def __init__(self, shape: Any, masses: Any, k: float = 1.0, k0: Any = 0.0, periodic: Any = (),
                 ends: Any = "free") -> None:
        put = object.__setattr__
        sides = _sides(shape)
        n = math.prod(sides)
        super().__init__(mass_per_site("masses", _flat("masses", masses, sides), n))
        put(self, "shape", sides)
        put(self, "k", checks.positive("k", k))
        put(self, "_k0", per_site("k0", _flat("k0", k0, sides), n))
        put(self, "periodic", _closed(periodic, sides))
        put(self, "ends", _ends(ends, len(sides) - len(self.periodic)))
        with np.errstate(over="ignore"):
            self._refuse_extremes("k", np.abs(self._k0) + self.k * self._coordination(), self._k0)
        self._refuse_unstable()

    @property
    def open_axes(self) -> tuple[int, ...]:
        """The axes that do not close."""
        return tuple(axis for axis in range(len(self.shape)) if axis not in self.periodic)

    @property
    def fixed_axes(self) -> tuple[int, ...]:
        """The axes at whose ends walls hold the sites."""
        words = [self.ends] * len(self.open_axes) if isinstance(self.ends, str) else self.ends
        return tuple(axis for axis, word in zip(self.open_axes, words, strict=True) if word == "fixed")

    def face(self, axis: int, side: str) -> IntArray:
        """Return the sites of the first or the last layer along an axis, in ascending order.

        Parameters
        ----------
        axis : int
            Negative ones count from the last.
        side : {"low", "high"}
            The layer of index 0, or the other end.

        Returns
        -------
        ndarray of int

        Raises
        ------
        ArgumentError
            If there is no such axis or side.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Lattice((2, 3), 1.0).face(1, "high")
        array([2, 5])
        """
        axis = checks.index("axis", axis, len(self.shape), "axis")
        if not isinstance(side, str) or side not in ("low", "high"):
            raise ArgumentError("side", "be 'low' or 'high'", f"{checks.shown(side)} was given")
        return np.asarray(np.take(self._sites(), 0 if side == "low" else -1, axis=axis).ravel())

    @property
    def positions(self) -> FloatArray:
        """Indices of each site along the axes, in units of the lattice spacing, shape (n_sites, n_axes)."""
        return frozen(np.stack(np.unravel_index(np.arange(self.n_sites), self.shape), axis=1))

    @property
    def bonds(self) -> IntArray:
        """Pairs (i, j), i < j, of the sites that springs join, in ascending order, shape (n_bonds, 2)."""
        sites = self._sites()
        pairs = [np.empty((0, 2), dtype=np.int64)]
        for axis, length in enumerate(self.shape):
            low, high = np.take(sites, range(length - 1), axis), np.take(sites, range(1, length), axis)
            pairs.append(np.stack([low.ravel(), high.ravel()], axis=1))
            if axis in self.periodic:
                pairs.append(np.stack([self.face(axis, "low"), self.face(axis, "high")], axis=1))
        found = np.concatenate(pairs)
        return np.asarray(found[np.lexsort((found[:, 1], found[:, 0]))])

    @property
    def k0(self) -> FloatArray:
        """Pinning without the walls, shape (n_sites,), read-only."""
        return self._k0

    @property
    def pinning(self) -> FloatArray:
        """Row sums of K: k0, and the walls, shape (n_sites,), read-only."""
        return frozen(self._k0 + self.k * self._walls())

    @property
    def pinning_terms(self) -> tuple[FloatArray, ...]:
        """What the pinning is the sum of, before that is rounded: k0, and the walls one by one."""
        walls = self._walls()
        return (self._k0, *(np.asarray(self.k * (walls > n)) for n in range(int(walls.max(initial=0)))))

    @property
    def structure(self) -> str:
        """"tridiagonal" or "circulant" where the lattice is a chain or a ring of equal sites; else "dense"."""
        if self.bands() is not None:
            return "tridiagonal"
        return "dense" if self.first_row() is None else "circulant"

    def bands(self) -> tuple[FloatArray, FloatArray] | None:
        """Return the diagonal and the off-diagonal of K where the lattice is a chain; else None.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Lattice((3, 1), 1.0).bands()
        (array([1., 2., 1.]), array([-1., -1.]))
        >>> print(hs.Lattice((3, 2), 1.0).bands())
        None
        """
        if self.periodic or sum(length > 1 for length in self.shape) > 1:
            return None
        return self._k0 + self.k * self._coordination(), np.full(self.n_sites - 1, -self.k)

    def first_row(self) -> FloatArray | None:
        """Return the first row of K where the lattice is a ring of equal sites; else None.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Lattice((4,), 1.0, periodic=(0,)).first_row()
        array([ 2., -1.,  0., -1.])
        """
        equal = bool(np.all(self.masses == self.masses[0]) and np.all(self._k0 == self._k0[0]))
        if not equal or not self.periodic or max(self.shape) < self.n_sites or self.fixed_axes:
            return None
        row = np.zeros(self.n_sites)
        row[[0, 1, -1]] = self._k0[0] + 2.0 * self.k, -self.k, -self.k
        return frozen(row)

    def layers(self) -> tuple[Layers, ...]:
        """Return every way in which the lattice is a row of equal layers: along open axes, sites of a layer alike.

        Examples
        --------
        >>> import hotsprings as hs
        >>> [layers.sites.shape for layers in hs.Lattice((3, 2), 1.0).layers()]
        [(3, 2), (2, 3)]
        """
        found = (self._layers_along(axis) for axis in self.open_axes)
        return tuple(layers for layers in found if layers is not None)

    def _layers_along(self, axis: int) -> Layers | None:
        sites = np.moveaxis(self._sites(), axis, 0).reshape(self.shape[axis], -1)
        masses, k0 = self.masses[sites], self._k0[sites]
        if min(sites.shape) < 2 or np.any(masses != masses[:, :1]) or np.any(k0 != k0[:, :1]):
            return None
        pinning = k0[:, 0].copy()
        if axis in self.fixed_axes:
            pinning[[0, -1]] += self.k
        sides = [Side(self.shape[other], "periodic" if other in self.periodic else
                      "fixed" if other in self.fixed_axes else "free")
                 for other in range(len(self.shape)) if other != axis]
        return Layers(sites, masses[:, 0], np.full(len(sites) - 1, self.k), pinning, modes_across(sides, self.k))

    def stiffness(self) -> FloatArray:
        """Return the dense stiffness matrix K, shape (n_sites, n_sites).

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Lattice((2, 2), 1.0).stiffness()
        array([[ 2., -1., -1.,  0.],
               [-1.,  2.,  0., -1.],
               [-1.,  0.,  2., -1.],
               [ 0., -1., -1.,  2.]])
        """
        checks.room("network", self.n_sites, self.n_sites, 1)
        K = np.zeros((self.n_sites, self.n_sites))
        i, j = self.bonds.T
        K[i, j] = K[j, i] = -self.k
        np.fill_diagonal(K, self._k0 + self.k * self._coordination())
        return K

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Lattice((2, 1), 1.0, k0=0.5).parameters()
        {'kind': 'lattice', 'shape': [2, 1], 'masses': [1.0, 1.0], 'k': 1.0, 'k0': 0.5, 'periodic': [], 'ends': 'free'}
        """
        ends = self.ends if isinstance(self.ends, str) else list(self.ends)
        return {"kind": "lattice", "shape": list(self.shape), "masses": self.masses.tolist(), "k": self.k,
                "k0": plain(self._k0), "periodic": list(self.periodic), "ends": ends}

    def _sites(self) -> IntArray:
        return np.arange(self.n_sites).reshape(self.shape)

    def _walls(self) -> FloatArray:
        """Return the number of walls that hold each site, shape (n_sites,)."""
        walls = np.zeros(self.n_sites)
        for axis in self.fixed_axes:
            for side in ("low", "high"):
                walls[self.face(axis, side)] += 1.0
        return walls

    def _coordination(self) -> FloatArray:
        """Return the number of springs on each site, those of the walls among them, shape (n_sites,)."""
        springs = np.bincount(self.bonds.ravel(), minlength=self.n_sites).astype(np.float64)
        return np.asarray(springs + self._walls())

    def _refuse_unstable(self) -> None:
        """Refuse a negative eigenvalue; it takes a negative k0."""
        if np.all(self._k0 >= 0.0):
            return
        values, worst = np.linalg.eigvalsh(self.stiffness()), int(np.argmin(self._k0))
        if values[0] < -4.0 * self.n_sites * EPS * values[-1]:
            raise ArgumentError("k0", "keep the stiffness matrix positive semidefinite",
                                f"k0[{worst}] = {self._k0[worst]:g} was given, and K has a negative eigenvalue")

    def __repr__(self) -> str:
        words = [" × ".join(map(str, self.shape)), span("m", self.masses), f"k={self.k:.4g}", span("k0", self._k0)]
        if self.periodic:
            words.append(f"periodic {', '.join(map(str, self.periodic))}")
        if self.open_axes:
            words.append(f"{self.ends} ends" if isinstance(self.ends, str) else f"ends {', '.join(self.ends)}")
        return f"Lattice({', '.join(words)})"


def _sides(shape: Any) -> tuple[int, ...]:
    requirement = "hold the number of sites along one axis or more"
    single = checks.is_single(shape)
    sides = (checks.count("shape", shape, 1),) if single else tuple(
        checks.count(f"shape[{i}]", side, 1) for i, side in enumerate(checks.items("shape", shape, requirement)))
    if not sides:
        raise ArgumentError("shape", requirement, "it is empty")
    if math.prod(sides) > checks.MOST:
        raise ArgumentError("shape", f"have at most {checks.MOST} sites", f"it has {math.prod(sides)}")
    return sides


def _flat(name: str, value: Any, shape: tuple[int, ...]) -> Any:
    """Return an array of the shape of the lattice as one along the sites; anything else as it is."""
    if len(shape) < 2 or checks.is_single(value):
        return value
    requirement = f"be a number, one per site ({math.prod(shape)}) or of shape {shape}"
    raw = checks.regular(name, value, requirement)
    if raw.ndim < 2:
        return value
    if raw.shape != shape:
        raise ArgumentError(name, requirement, f"shape {raw.shape} was given")
    return raw.ravel()


def _closed(periodic: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    single = isinstance(periodic, int | np.integer) and not isinstance(periodic, bool)
    given = [periodic] if single else checks.items("periodic", periodic, "be the axes that close, such as (1,)")
    axes = [checks.index(f"periodic[{i}]", axis, len(shape), "axis") for i, axis in enumerate(given)]
    for i, axis in enumerate(axes):
        if axis in axes[:i]:
            raise ArgumentError(f"periodic[{i}]", "differ from the axes before it", f"axis {axis} is there twice")
        if shape[axis] < SHORTEST:
            raise ArgumentError(f"periodic[{i}]", f"be an axis of {SHORTEST} sites or more",
                                f"axis {axis} has {shape[axis]}")
    return tuple(sorted(axes))


def _ends(ends: Any, n_open: int) -> str | tuple[str, ...]:
    words = [ends] if isinstance(ends, str) or not isinstance(ends, list | tuple) else list(ends)
    if not all(isinstance(word, str) and word in ("free", "fixed") for word in words):
        raise ArgumentError("ends", "be 'free' or 'fixed', or one of these words per open axis",
                            f"{checks.shown(ends)} was given")
    if not isinstance(ends, str) and len(words) != n_open:
        raise ArgumentError("ends", f"be one word, or one per open axis ({n_open})", f"{len(words)} were given")
    return words[0] if len(set(words)) == 1 else "free" if not words else tuple(words)


KIND = keys.Kind(
    "lattice", lambda masses, shape, **rest: Lattice(shape, masses, **rest),
    {"shape": keys.Key(keys.listed(lambda name, value: checks.integer(name, value, 1),
                                   "be a list of the number of sites along each axis"),
                       about="the number of sites along each axis, a list such as [16, 16]"),
     "k": keys.POSITIVE, **keys.ENDS,
     "periodic": keys.Key(keys.listed(checks.integer, "be a list of axes"), ())},
    "A lattice between two groups of baths", """\
shape = [8, 8]        # sites along each axis, one axis or more; numbered with the last axis fastest
k = 1.0               # spring constant, > 0
k0 = 0.1              # pinning of every particle: a number, or a list of one per particle
periodic = [1]        # the axes that close; [] for none
ends = "free"         # of the other axes; "fixed": wall springs hold both ends; or a list of one word per open axis
""", "springs between nearest neighbours on a square or cubic lattice, or its like", most_sites=keys.DENSE,
    n_sites=lambda table: math.prod(table["shape"]))
