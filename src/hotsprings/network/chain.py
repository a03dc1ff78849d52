"""Chains: springs between nearest neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, legible
from hotsprings.errors import ArgumentError
from hotsprings.network.base import MassiveNetwork, frozen, per_site, plain, span

__all__ = ["Chain", "chosen_ends"]

EPS = float(np.finfo(np.float64).eps)


def chosen_ends(ends: Any) -> str:
    """Return "free" or "fixed"."""
    if not isinstance(ends, str) or ends not in ("free", "fixed"):
        raise ArgumentError("ends", "be 'free' or 'fixed'", f"{checks.shown(ends)} was given")
    return ends


class Chain(MassiveNetwork):
    """Particles on a line, each held to its neighbours by a spring and to its place by k0.

    V = ½ Σ_i k_i (q_{i+1} - q_i)² + ½ Σ_i k0_i q_i², and with fixed ends ½ k_wall q² at the first and the last site.

    Parameters
    ----------
    masses : array_like, shape (n_sites,)
        Positive masses, one or more.
    k : float or array_like
        Spring constants, > 0 (energy/length²): one for all, or ``(n_sites - 1,)`` from the first spring to the last.
        With fixed ends the walls hold by ``k`` (a number), by ``k[0]`` and ``k[-1]``, or, where ``(n_sites + 1,)`` are
        given, by the first and the last of these.
    k0 : float or array_like, shape (n_sites,)
        Pinning stiffness. Negative values are allowed where K stays positive semidefinite.
    ends : {"free", "fixed"}
        Whether wall springs hold both ends.

    Raises
    ------
    ArgumentError
        If an argument is out of range or K has a negative eigenvalue.

    References
    ----------
    Rieder, Lebowitz, Lieb, J. Math. Phys. 8, 1073 (1967); Dhar, Adv. Phys. 57, 457 (2008), section 2.
    """

    __slots__ = ("_k", "_k0", "_walls", "ends")
    structure = "tridiagonal"
    _k: FloatArray
    _k0: FloatArray
    _walls: FloatArray
    ends: str

    def __init__(self, masses: Any, k: Any = 1.0, k0: Any = 0.0, ends: str = "free") -> None:
        put = object.__setattr__
        super().__init__(masses)
        put(self, "ends", chosen_ends(ends))
        springs, walls = self._springs(k)
        put(self, "_k", frozen(springs))
        put(self, "_walls", frozen(walls))
        put(self, "_k0", per_site("k0", k0, self.n_sites))
        with np.errstate(over="ignore"):
            self._refuse_extremes("k", np.abs(self.bands()[0]))
        self._refuse_unstable()

    def _springs(self, k: Any) -> tuple[FloatArray, FloatArray]:
        """Return the springs between sites (n_sites - 1,) and the two of the walls, zero where the ends are free."""
        n, free = self.n_sites, np.zeros(2)
        if np.ndim(k) == 0:
            one = checks.positive("k", k)
            return np.full(n - 1, one), free if self.ends == "free" else np.full(2, one)
        clean = checks.positive_array("k", k, 0)
        if clean.size == n - 1 and (self.ends == "free" or n > 1):
            return clean, free if self.ends == "free" else clean[[0, -1]]
        if clean.size == n + 1 and self.ends == "fixed":
            return clean[1:-1], clean[[0, -1]]
        wanted = f"one element per spring ({n - 1})" if self.ends == "free" else (
            f"one element per spring ({n - 1}, or {n + 1} with those of the walls)")
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
        total = self._k0.copy()
        total[0] += self._walls[0]
        total[-1] += self._walls[1]
        total.setflags(write=False)
        return total

    def bands(self) -> tuple[FloatArray, FloatArray]:
        """Return the diagonal (n_sites,) and the off-diagonal (n_sites - 1,) of K."""
        left = np.append(self._walls[0], self._k)
        right = np.append(self._k, self._walls[1])
        return left + right + self._k0, -self._k

    def stiffness(self) -> FloatArray:
        """Return the dense stiffness matrix K, shape (n_sites, n_sites)."""
        diagonal, off_diagonal = self.bands()
        return np.diag(diagonal) + np.diag(off_diagonal, 1) + np.diag(off_diagonal, -1)

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists."""
        springs = self._k if self.ends == "free" else np.concatenate([self._walls[:1], self._k, self._walls[1:]])
        k = plain(springs) if springs.size else 1.0  # a single free particle has no spring
        return {"kind": "chain", "masses": self.masses.tolist(), "k": k, "k0": plain(self._k0), "ends": self.ends}

    @legible
    def __repr__(self) -> str:
        return (f"Chain(N={self.n_sites}, {span('m', self.masses)}, {span('k', self._k)}, {span('k0', self._k0)}, "
                f"{self.ends} ends)")
