"""Any harmonic network: a stiffness matrix as it is."""

from __future__ import annotations

import hashlib
from math import fsum
from typing import Any, Self

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, IntArray, legible
from hotsprings.errors import ArgumentError, UnstableError
from hotsprings.network.base import MassiveNetwork, frozen, mass_per_site, span

__all__ = ["NEGATIVE", "Springs", "square_matrix"]

ASYMMETRY = 1e-12  # largest |K_ij - K_ji| over the largest |K_ij|
NEGATIVE = 1e-10  # largest negative eigenvalue, over the largest of any sign
EPS = float(np.finfo(np.float64).eps)


def square_matrix(name: str, value: Any, verb: str = "be") -> FloatArray:
    """Return a dense or scipy.sparse matrix as a fresh square float64 array of finite numbers; files ``hold`` one."""
    requirement = f"{verb} a square matrix of finite numbers, dense or scipy.sparse"
    if hasattr(value, "toarray"):
        if len(value.shape) == 2:
            checks.room(name, value.shape[1], value.shape[0], 1)
        value = value.toarray()
    raw = checks.regular(name, value, requirement)
    if raw.dtype.kind not in "iuf" or raw.ndim != 2 or raw.shape[0] != raw.shape[1]:
        kind = f"shape {raw.shape} of {raw.dtype}" if raw.ndim else f"{checks.shown(value)}"
        raise ArgumentError(name, requirement, f"{kind} was given")
    clean = np.array(raw, dtype=np.float64)
    bad = np.argwhere(~np.isfinite(clean))
    if bad.size:
        i, j = bad[0]
        raise ArgumentError(name, requirement, f"element ({i}, {j}) is {clean[i, j]}")
    return clean


def symmetric(name: str, K: FloatArray, tolerance: float) -> FloatArray:
    """Return (K + Kᵀ)/2 where the two differ by no more than ``tolerance`` times the largest element."""
    gap = np.abs(K - K.T)
    i, j = np.unravel_index(int(np.argmax(gap)), K.shape) if K.size else (0, 0)
    if K.size and gap[i, j] > tolerance * np.abs(K).max():
        raise ArgumentError(name, f"be symmetric to {tolerance:.0e} of its largest element",
                            f"element ({i}, {j}) is {K[i, j]:.10g} and ({j}, {i}) is {K[j, i]:.10g}")
    return np.asarray(0.5 * K + 0.5 * K.T)


def _refuse_unstable(name: str, K: FloatArray) -> None:
    """Refuse eigenvalues below -1e-10 of the largest: Cholesky says at once that there is none, else they are found."""
    shift = NEGATIVE * float(np.abs(np.diag(K)).max(initial=0.0))  # no more than the largest eigenvalue
    try:
        np.linalg.cholesky(K + shift * np.eye(len(K)))
    except np.linalg.LinAlgError:
        values = np.linalg.eigvalsh(K)
        if values[0] < -NEGATIVE * np.abs(values).max():
            error = UnstableError(
                name, "be positive semidefinite",
                f"its lowest eigenvalue is {values[0]:.6g} (the highest {values[-1]:.6g}), so the network is unstable")
            error.lowest, error.highest = float(values[0]), float(values[-1])
            raise error from None


def _placed(positions: Any, n_sites: int) -> FloatArray | None:
    """Return checked positions, read-only."""
    if positions is None:
        return None
    requirement = f"be an array of finite numbers, a row per site ({n_sites}) of one to three coordinates"
    raw = checks.regular("positions", positions, requirement)
    if raw.dtype.kind not in "iuf" or raw.ndim != 2 or len(raw) != n_sites or not 1 <= raw.shape[1] <= 3:
        raise ArgumentError("positions", requirement, f"shape {raw.shape} of {raw.dtype} was given")
    if not np.all(np.isfinite(raw)):
        raise ArgumentError("positions", requirement, f"{raw[~np.isfinite(raw)][0]} is among them")
    return frozen(raw)


class Springs(MassiveNetwork):
    """Any harmonic network: masses and a symmetric positive semidefinite stiffness matrix K, V = ½ qᵀKq.

    The pinning is in K: its row sums. Sites may be any coordinates, such as x, y, z of the atoms of a molecule.

    Parameters
    ----------
    masses : float or array_like, shape (n_sites,)
        Positive masses; a number is the mass of all.
    stiffness : array_like or scipy.sparse matrix, shape (n_sites, n_sites)
        K (energy/length²), symmetric to 1e-12 of its largest element (made so exactly), without an eigenvalue
        below -1e-10 of its largest.
    positions : array_like, shape (n_sites, dimension), optional
        Where the sites are (length), for pictures; of coordinates x, y, z, the place of their atom.

    Raises
    ------
    ArgumentError
        If K is not a square matrix of finite numbers, not of the size of the masses, not symmetric, or has a
        negative eigenvalue.

    References
    ----------
    Dhar, Adv. Phys. 57, 457 (2008), section 3: the general harmonic network.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.Springs(1.0, [[2, -1], [-1, 2]])
    Springs(N=2, m=1, 1 springs k=1, k0=1)
    """

    __slots__ = ("_K", "_pinning", "_positions", "pinning_told", "source", "structure")
    _labels = ("_positions", "pinning_told", "source", "structure")
    _K: FloatArray
    _pinning: FloatArray
    _positions: FloatArray | None
    source: str
    structure: str

    def __init__(self, masses: Any, stiffness: Any, positions: Any = None) -> None:
        K = square_matrix("stiffness", stiffness)
        one = checks.is_single(masses) and not isinstance(masses, str)
        super().__init__(mass_per_site("masses", masses, max(1, len(K))) if one else masses)
        if len(K) != self.n_sites:
            raise ArgumentError("stiffness", f"have one row per mass ({self.n_sites})", f"{len(K)} were given")
        K = symmetric("stiffness", K, ASYMMETRY)
        self._keep(K, "", _placed(positions, self.n_sites))
        _refuse_unstable("stiffness", K)

    @classmethod
    def stable(cls, masses: Any, stiffness: FloatArray, source: str, positions: FloatArray | None = None,
               pinning: FloatArray | None = None) -> Self:
        """Return the network of a K that is known to be exactly symmetric and stable, with a line about its origin.

        ``pinning`` are row sums that are known better than a sum of the doubles in K tells.

        Examples
        --------
        >>> import numpy as np
        >>> import hotsprings as hs
        >>> hs.Springs.stable([1.0, 1.0], np.array([[1.5, -0.5], [-0.5, 1.5]]), "from my own assembly").source
        'from my own assembly'
        """
        new = cls.__new__(cls)
        MassiveNetwork.__init__(new, masses)
        new._keep(stiffness, source, positions, pinning)
        return new

    def labelled(self, source: str) -> Self:
        """Return the same network with a line about where it comes from, as ``repr`` shows it.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Springs([1, 1], [[1.5, -0.5], [-0.5, 1.5]]).labelled("water").source
        'water'
        """
        return type(self).stable(self.masses, self._K, source, self._positions, self._told)

    def placed(self, positions: Any) -> Self:
        """Return the same network with its sites at these positions, shape (n_sites, dimension), for pictures.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Springs([1, 1], [[1.5, -0.5], [-0.5, 1.5]]).placed([[0.0, 0.0], [0.0, 1.0]]).positions
        array([[0., 0.],
               [0., 1.]])
        """
        return type(self).stable(self.masses, self._K, self.source, _placed(positions, self.n_sites), self._told)

    def _keep(self, K: FloatArray, source: str, positions: FloatArray | None, pinning: FloatArray | None = None
              ) -> None:
        with np.errstate(over="ignore"):
            self._refuse_extremes("stiffness", np.diag(K))
        K.setflags(write=False)
        object.__setattr__(self, "_K", K)
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "_positions", positions)
        object.__setattr__(self, "structure", "dense" if np.triu(K, 2).any() else "tridiagonal")
        object.__setattr__(self, "pinning_told", pinning is not None)
        if pinning is None:
            pinning, size = np.array([fsum(row) for row in K]), np.abs(K).sum(axis=1)
            pinning[np.abs(pinning) <= 4.0 * EPS * np.sqrt(self.n_sites) * size] = 0.0
        object.__setattr__(self, "_pinning", frozen(pinning))

    @property
    def _told(self) -> FloatArray | None:
        return self._pinning if self.pinning_told else None

    @property
    def pinning(self) -> FloatArray:
        """Row sums of K, zero where they are within rounding of it, shape (n_sites,), read-only."""
        return self._pinning

    @property
    def bonds(self) -> IntArray:
        """Pairs (i, j), i < j, of the sites that springs join, those with K_ij ≠ 0, shape (n_bonds, 2)."""
        return np.argwhere(np.triu(self._K, 1))

    @property
    def positions(self) -> FloatArray | None:
        """Where the sites are, shape (n_sites, dimension), read-only; None where it was not said."""
        return self._positions

    def bands(self) -> tuple[FloatArray, FloatArray] | None:
        """Return the diagonal (n_sites,) and the off-diagonal (n_sites - 1,) of a tridiagonal K, None of another.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Springs([1, 1], [[1.5, -0.5], [-0.5, 1.5]]).bands()
        (array([1.5, 1.5]), array([-0.5]))
        """
        if self.structure != "tridiagonal":
            return None
        return np.diag(self._K).copy(), np.diag(self._K, 1).copy()

    def stiffness(self) -> FloatArray:
        """Return a copy of the stiffness matrix K, shape (n_sites, n_sites).

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Springs([1, 1], [[1.5, -0.5], [-0.5, 1.5]]).stiffness()
        array([[ 1.5, -0.5],
               [-0.5,  1.5]])
        """
        return self._K.copy()

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists.

        K as its non-zero elements on and above the diagonal (``rows``, ``columns``, ``values``), and the SHA-256 of
        its float64 bytes, which stays where a file leaves long lists out.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Springs([1, 1], [[1.5, -0.5], [-0.5, 1.5]]).parameters()["values"]
        [1.5, -0.5, 1.5]
        """
        rows, columns = np.nonzero(np.triu(self._K))
        return {
            "kind": "springs", "source": self.source, "masses": self.masses.tolist(), "rows": rows.tolist(),
            "columns": columns.tolist(), "values": self._K[rows, columns].tolist(),
            "sha256": hashlib.sha256(np.ascontiguousarray(self._K).tobytes()).hexdigest(),
        }

    @legible
    def __repr__(self) -> str:
        upper = self._K[np.triu_indices(self.n_sites, 1)]
        springs = f"{np.count_nonzero(upper)} springs"
        if springs != "0 springs":
            springs += f" {span('k', -upper[upper != 0.0])}"
        origin = f", from {self.source}" if self.source else ""
        return f"Springs(N={self.n_sites}, {span('m', self.masses)}, {springs}, {span('k0', self._pinning)}{origin})"
