"""Chains: springs between nearest neighbours."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, IntArray, legible
from hotsprings.errors import ArgumentError
from hotsprings.network import keys
from hotsprings.network.base import MassiveNetwork, frozen, per_site, plain, span

__all__ = ["Chain", "chosen_ends", "held_ends"]

EPS = float(np.finfo(np.float64).eps)


Ends = str | tuple[str, str]


def chosen_ends(ends: Any) -> Ends:
    """Return "free" or "fixed", or a word for each end where they differ."""
    if isinstance(ends, list | tuple) and len(ends) == 2 and all(_is_end(end) for end in ends):
        return str(ends[0]) if ends[0] == ends[1] else (str(ends[0]), str(ends[1]))
    if not _is_end(ends):
        raise ArgumentError("ends", "be 'free' or 'fixed', or a pair of these", f"{checks.shown(ends)} was given")
    return str(ends)


def held_ends(ends: Ends) -> tuple[bool, bool]:
    """Return whether a wall holds the first site, and the last."""
    first, last = (ends, ends) if isinstance(ends, str) else ends
    return first == "fixed", last == "fixed"


def _is_end(end: Any) -> bool:
    return isinstance(end, str) and end in ("free", "fixed")


class Chain(MassiveNetwork):
    """Particles on a line, each held to its neighbours by a spring and to its place by k0.

    V = ½ Σ_i k_i (q_{i+1} - q_i)² + ½ Σ_i k0_i q_i², and with fixed ends ½ k_wall q² at the first and the last site.

    Parameters
    ----------
    masses : array_like, shape (n_sites,)
        Positive masses, one or more.
    k : float or array_like
        Spring constants, > 0 (energy/length²): one for all, or ``(n_sites - 1,)`` from the first spring to the last.
        Walls hold by ``k`` (a number), by ``k[0]`` and ``k[-1]``, or by springs of their own where these are given too,
        in their place before the first and behind the last.
    k0 : float or array_like, shape (n_sites,)
        Pinning stiffness. Negative values are allowed where K stays positive semidefinite.
    ends : {"free", "fixed"} or a pair of these
        Whether wall springs hold both ends; or the first and the last.

    Raises
    ------
    ArgumentError
        If an argument is out of range or K has a negative eigenvalue.

    References
    ----------
    Rieder, Lebowitz, Lieb, J. Math. Phys. 8, 1073 (1967); Dhar, Adv. Phys. 57, 457 (2008), section 2.

    Examples
    --------
    >>> import hotsprings as hs
    >>> chain = hs.Chain([1, 2, 1], k=0.5, ends=("fixed", "free"))
    >>> chain
    Chain(N=3, m=1…2, k=0.5, k0=0, ends fixed and free)
    >>> chain.stiffness()
    array([[ 1. , -0.5,  0. ],
           [-0.5,  1. , -0.5],
           [ 0. , -0.5,  0.5]])
    """

    __slots__ = ("_k", "_k0", "_walls", "ends")
    joined: ClassVar[bool] = True
    structure = "tridiagonal"
    _k: FloatArray
    _k0: FloatArray
    _walls: FloatArray
    ends: Ends

    def __init__(self, masses: Any, k: Any = 1.0, k0: Any = 0.0, ends: Any = "free") -> None:
        put = object.__setattr__
        super().__init__(masses)
        put(self, "ends", chosen_ends(ends))
        springs, walls = self._springs(k)
        put(self, "_k", frozen(springs))
        put(self, "_walls", frozen(walls))
        put(self, "_k0", per_site("k0", k0, self.n_sites))
        with np.errstate(over="ignore"):
            self._refuse_extremes("k", np.abs(self.bands()[0]), self._k0)
        self._refuse_unstable()

    def _springs(self, k: Any) -> tuple[FloatArray, FloatArray]:
        """Return the springs between sites (n_sites - 1,) and the two of the walls, zero where the ends are free."""
        n, held = self.n_sites, np.array(held_ends(self.ends))
        walls = int(held.sum())
        if checks.is_single(k):
            one = checks.positive("k", k)
            return np.full(n - 1, one), np.where(held, one, 0.0)
        clean = checks.positive_array("k", k, 0)
        if clean.size == n - 1 and (not walls or n > 1):
            return clean, np.where(held, clean[[0, -1]], 0.0) if walls else np.zeros(2)
        if clean.size == n - 1 + walls:
            first, last = int(held[0]), clean.size - int(held[1])
            return clean[first:last], np.where(held, clean[[0, -1]], 0.0)
        own = ("", f", or {n} with that of the wall", f", or {n + 1} with those of the walls")[walls]
        wanted = f"one element per spring ({n - 1}{own})"
        raise ArgumentError("k", f"have {wanted}", f"{clean.size} were given")

    def _refuse_unstable(self) -> None:
        """Refuse a negative eigenvalue, seen by a negative pivot of K + tolerance; it takes a negative k0."""
        if np.all(self._k0 >= 0.0):
            return
        diagonal, off_diagonal = self.bands()
        largest = np.abs(diagonal).max() + 2.0 * np.abs(off_diagonal).max(initial=0.0)
        tolerance = 4.0 * self.n_sites * EPS * float(largest)
        pivot, worst = float(diagonal[0]) + tolerance, int(np.argmin(self._k0))
        for d, o in zip(diagonal[1:].tolist(), off_diagonal.tolist(), strict=True):
            if pivot <= 0.0:
                break
            pivot = d + tolerance - o * o / pivot
        if pivot <= 0.0:
            raise ArgumentError("k0", "keep the stiffness matrix positive semidefinite",
                                f"k0[{worst}] = {self._k0[worst]:g} was given, and K has a negative eigenvalue")

    @property
    def k(self) -> FloatArray:
        """Springs between neighbours, shape (n_sites - 1,), read-only."""
        return self._k

    @property
    def walls(self) -> FloatArray:
        """Springs from the first and the last site to the walls, shape (2,), read-only; zero where ends are free."""
        return self._walls

    @property
    def k0(self) -> FloatArray:
        """Pinning without the walls, shape (n_sites,), read-only."""
        return self._k0

    @property
    def pinning(self) -> FloatArray:
        """Row sums of K: k0, and the walls at the ends, shape (n_sites,), read-only."""
        return frozen(np.sum(self.pinning_terms, axis=0))

    @property
    def pinning_terms(self) -> tuple[FloatArray, ...]:
        """What the pinning is the sum of, before that is rounded: k0, and the walls at the ends."""
        walls = np.zeros(self.n_sites)
        walls[0] += self._walls[0]
        walls[-1] += self._walls[1] if self.n_sites > 1 else 0.0
        single = (np.full(1, self._walls[1]),) if self.n_sites == 1 else ()
        return (self._k0, walls, *single)

    @property
    def positions(self) -> FloatArray:
        """Places 0 … n_sites - 1 on the line, shape (n_sites, 1)."""
        return frozen(np.arange(self.n_sites)[:, None])

    @property
    def bonds(self) -> IntArray:
        """Pairs of neighbours (i, i + 1), shape (n_sites - 1, 2)."""
        first = np.arange(self.n_sites - 1)
        return np.stack([first, first + 1], axis=1)

    def bands(self) -> tuple[FloatArray, FloatArray]:
        """Return the diagonal (n_sites,) and the off-diagonal (n_sites - 1,) of K.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Chain([1, 1, 1], k=2.0, k0=0.5).bands()
        (array([2.5, 4.5, 2.5]), array([-2., -2.]))
        """
        left = np.append(self._walls[0], self._k)
        right = np.append(self._k, self._walls[1])
        return left + right + self._k0, -self._k

    def stiffness(self) -> FloatArray:
        """Return the dense stiffness matrix K, shape (n_sites, n_sites).

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Chain([1, 1], ends="fixed").stiffness()
        array([[ 2., -1.],
               [-1.,  2.]])
        """
        checks.room("network", self.n_sites, self.n_sites, 1)
        diagonal, off_diagonal = self.bands()
        return np.diag(diagonal) + np.diag(off_diagonal, 1) + np.diag(off_diagonal, -1)

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Chain([1, 2], k0=0.5).parameters()
        {'kind': 'chain', 'masses': [1.0, 2.0], 'k': 1.0, 'k0': 0.5, 'ends': 'free'}
        """
        before, after = (wall[:int(held)] for wall, held in
                         zip((self._walls[:1], self._walls[1:]), held_ends(self.ends), strict=True))
        springs = np.concatenate([before, self._k, after])
        k = plain(springs) if springs.size else 1.0  # a single free particle has no spring
        ends = self.ends if isinstance(self.ends, str) else list(self.ends)
        return {"kind": "chain", "masses": self.masses.tolist(), "k": k, "k0": plain(self._k0), "ends": ends}

    @legible
    def __repr__(self) -> str:
        ends = f"{self.ends} ends" if isinstance(self.ends, str) else f"ends {self.ends[0]} and {self.ends[1]}"
        return (f"Chain(N={self.n_sites}, {span('m', self.masses)}, {span('k', self._k)}, {span('k0', self._k0)}, "
                f"{ends})")


KIND = keys.Kind(
    "chain", Chain, {"k": keys.Key(keys.positive_or_list, 1.0), **keys.ENDS},
    "Chain of graded masses between two baths", """\
k = 1.0               # spring constant, or a list of one per spring
""" + keys.ENDS_EXAMPLE, "springs between nearest neighbours")
