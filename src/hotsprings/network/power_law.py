"""Springs between all pairs that weaken with a power of the distance."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, legible
from hotsprings.errors import ArgumentError
from hotsprings.network import keys
from hotsprings.network.base import MassiveNetwork, frozen, normalisation, per_site, plain, span

__all__ = ["PowerLaw"]

EPS = float(np.finfo(np.float64).eps)


class PowerLaw(MassiveNetwork):
    """Particles on a line or a ring, every pair coupled by a spring (k/Ñ) r^-α at distance r.

    K_ij = -(k/Ñ) r_ij^-α,  K_nn = k0_n + (k/Ñ) Σ_j r_nj^-α,  r_ij = |i - j|, on a ring min(|i - j|, N - |i - j|).
    The Kac factor is Ñ = (1/N) Σ_i Σ_{j≠i} r_ij^-α, the mean number of springs a site has, in units of the strongest:
    N - 1 at α = 0, the mean field. Without it Ñ = 1, and α → ∞ is the nearest-neighbour chain.

    Parameters
    ----------
    masses : array_like, shape (n_sites,)
        Positive masses, two or more.
    alpha : float
        Exponent α ≥ 0.
    k : float
        Spring constant, > 0 (energy/length²).
    k0 : float or array_like, shape (n_sites,)
        Pinning stiffness. Negative values are allowed where K stays positive semidefinite.
    kac : bool, optional
        True, the default: the Kac factor; False: Ñ = 1.
    n_tilde : float, optional
        Any Ñ > 0, in place of ``kac``.
    periodic : bool
        True: a ring; False: a line.

    Raises
    ------
    ArgumentError
        If an argument is out of range or K has a negative eigenvalue.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 1 (α = 0) and section IV; Andreucci, Lepri, Ruffo, Trombettoni,
    Phys. Rev. E 108, 024115 (2023).

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.PowerLaw([1, 1, 1, 1], alpha=2.0, periodic=True)
    PowerLaw(N=4, m=1, α=2, k=1, k0=0, Ñ=2.25 (Kac), ring)
    """

    __slots__ = ("_k0", "alpha", "k", "n_tilde", "periodic")
    joined: ClassVar[bool] = True
    _k0: FloatArray
    alpha: float
    k: float
    n_tilde: float
    periodic: bool

    def __init__(self, masses: Any, alpha: float, k: float = 1.0, k0: Any = 0.0, kac: bool | None = None,
                 n_tilde: float | None = None, periodic: bool = False) -> None:
        put = object.__setattr__
        super().__init__(masses, 2)
        put(self, "alpha", checks.non_negative("alpha", alpha))
        put(self, "k", checks.positive("k", k))
        put(self, "_k0", per_site("k0", k0, self.n_sites))
        put(self, "periodic", checks.boolean("periodic", periodic))
        put(self, "n_tilde", normalisation(kac, n_tilde, self._kac_factor()))
        with np.errstate(over="ignore"):
            self._refuse_extremes("k", np.abs(self._k0) + self.k / self.n_tilde * self._neighbours(self._decay()),
                                  self._k0)
        self._refuse_unstable()

    def _decay(self) -> FloatArray:
        """Return r^-α of site 0 from each other site, shape (n_sites - 1,)."""
        r = np.arange(1, self.n_sites)
        if self.periodic:
            r = np.minimum(r, self.n_sites - r)
        with np.errstate(under="ignore"):
            return np.asarray(r.astype(np.float64) ** -self.alpha)

    def _neighbours(self, decay: FloatArray) -> FloatArray:
        """Return Σ_j r_nj^-α of every site, shape (n_sites,), from that of site 0 from each other one."""
        if self.periodic:
            return np.full(self.n_sites, decay.sum())
        below = np.append(0.0, np.cumsum(decay))
        return np.asarray(below + below[::-1])

    def _kac_factor(self) -> float:
        if self.periodic:
            return float(self._decay().sum())
        return float(np.sum(2.0 * np.arange(self.n_sites - 1, 0, -1) * self._decay())) / self.n_sites

    def _refuse_unstable(self) -> None:
        if np.all(self._k0 >= 0.0):
            return
        values, worst = np.linalg.eigvalsh(self.stiffness()), int(np.argmin(self._k0))
        if values[0] < -4.0 * self.n_sites * EPS * values[-1]:
            raise ArgumentError("k0", "keep the stiffness matrix positive semidefinite",
                                f"k0[{worst}] = {self._k0[worst]:g} was given, and K has a negative eigenvalue")

    @property
    def structure(self) -> str:
        """"circulant" for a ring of equal masses and pinnings, where the modes are plane waves; else "dense"."""
        equal = bool(np.all(self.masses == self.masses[0]) and np.all(self._k0 == self._k0[0]))
        return "circulant" if self.periodic and equal else "dense"

    @property
    def k0(self) -> FloatArray:
        """Pinning, shape (n_sites,), read-only."""
        return self._k0

    @property
    def pinning(self) -> FloatArray:
        """Row sums of K, which are k0, shape (n_sites,), read-only."""
        return self._k0

    @property
    def positions(self) -> FloatArray | None:
        """Places 0 … n_sites - 1 on the line, shape (n_sites, 1); None on a ring."""
        return None if self.periodic else frozen(np.arange(self.n_sites)[:, None])

    def first_row(self) -> FloatArray | None:
        """Return the first row of K, of whose rotations K is made, where sites on a ring are equal; else None.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.PowerLaw(hs.masses.identical(4), 1.0, periodic=True).first_row()
        array([ 1. , -0.4, -0.2, -0.4])
        """
        if self.structure != "circulant":
            return None
        strength, decay = self.k / self.n_tilde, self._decay()
        return frozen(np.append(self._k0[0] + strength * self._neighbours(decay)[0], -strength * decay))

    def stiffness(self) -> FloatArray:
        """Return the dense stiffness matrix K, shape (n_sites, n_sites).

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.PowerLaw([1, 1, 1], 1.0, kac=False).stiffness()
        array([[ 1.5, -1. , -0.5],
               [-1. ,  2. , -1. ],
               [-0.5, -1. ,  1.5]])
        """
        checks.room("network", self.n_sites, self.n_sites, 1)
        n, decay, strength = self.n_sites, self._decay(), self.k / self.n_tilde
        mirrored = np.empty(2 * n - 1)  # K_ij = mirrored[n - 1 + |i - j|]: rows are windows that slide to the left
        mirrored[n:] = -strength * decay
        mirrored[: n - 1] = mirrored[:n - 1:-1]
        step = mirrored.strides[0]
        K = np.ndarray((n, n), np.float64, mirrored, (n - 1) * step, (-step, step)).copy()
        np.einsum("ii->i", K)[:] = self._k0 + strength * self._neighbours(decay)
        return K

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.PowerLaw([1, 1, 1], 1.0, kac=False).parameters()
        {'kind': 'power-law', 'masses': [1.0, 1.0, 1.0], 'alpha': 1.0, 'k': 1.0,
         'k0': 0.0, 'n_tilde': 1.0, 'periodic': False}
        """
        return {"kind": "power-law", "masses": self.masses.tolist(), "alpha": self.alpha, "k": self.k,
                "k0": plain(self._k0), "n_tilde": self.n_tilde, "periodic": self.periodic}

    @legible
    def __repr__(self) -> str:
        factor = " (Kac)" if self.n_tilde == self._kac_factor() else " (bare)" if self.n_tilde == 1.0 else ""
        return (f"PowerLaw(N={self.n_sites}, {span('m', self.masses)}, α={self.alpha:.4g}, k={self.k:.4g}, "
                f"{span('k0', self._k0)}, Ñ={self.n_tilde:.6g}{factor}, {'ring' if self.periodic else 'line'})")


KIND = keys.Kind(
    "power-law", PowerLaw,
    {"alpha": keys.Key(checks.non_negative, about="the exponent of the springs k/Ñ · r^-alpha, zero or more"),
     "k": keys.POSITIVE, **keys.NORMALISED, "periodic": keys.SWITCH},
    "Springs that weaken with distance", """\
alpha = 1.5           # exponent, zero or more
k = 1.0               # spring constant, > 0
periodic = false      # true: on a ring
""" + keys.NORMALISED_EXAMPLE.format(factor="mean of Σ r^-alpha"),
    "springs k/Ñ · r^-alpha between all pairs, r the distance on a line", most_sites=keys.DENSE)
