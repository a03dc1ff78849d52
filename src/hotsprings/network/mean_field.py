"""The mean field: all particles coupled to all by equal springs."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, legible
from hotsprings.errors import ArgumentError
from hotsprings.network import keys
from hotsprings.network.base import LARGEST, MassiveNetwork, normalisation, per_site, plain, span

__all__ = ["MeanField"]

NO_PINNING = 1e-60
EPS = float(np.finfo(np.float64).eps)


class MeanField(MassiveNetwork):
    """All particles coupled to all by equal springs k/Ñ, each pinned by k0 (Eq. 1).

    K_nn = k0_n + (N-1) k/Ñ,  K_nj = -k/Ñ.  With the Kac factor Ñ = N - 1; without it Ñ = 1.

    Parameters
    ----------
    masses : array_like, shape (n_sites,)
        Positive masses, two or more.
    k : float
        Spring constant, > 0 (energy/length²).
    k0 : float or array_like, shape (n_sites,)
        Pinning stiffness; 0 is a free network. Negative values are allowed where K stays positive semidefinite.
    kac : bool, optional
        True, the default: Ñ = N - 1; False: Ñ = 1.
    n_tilde : float, optional
        Any Ñ > 0, in place of ``kac``.

    Raises
    ------
    ArgumentError
        If an argument is out of range or K has a negative eigenvalue.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 1.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.MeanField(hs.masses.graded(100), k0=0.5)
    MeanField(N=100, m=0.9…1.1, k=1, k0=0.5, Ñ=99 (Kac))
    >>> hs.MeanField([1, 1, 1], k=2.0).stiffness()
    array([[ 2., -1., -1.],
           [-1.,  2., -1.],
           [-1., -1.,  2.]])
    """

    __slots__ = ("_frequencies", "_k0", "_static", "k", "n_tilde")
    joined: ClassVar[bool] = True
    structure = "mean-field"
    _k0: FloatArray
    _frequencies: tuple[float, float]
    _static: float
    k: float
    n_tilde: float

    def __init__(
        self, masses: Any, k: float = 1.0, k0: Any = 0.0, kac: bool | None = None, n_tilde: float | None = None
    ) -> None:
        put = object.__setattr__
        super().__init__(masses, 2)
        put(self, "k", checks.positive("k", k))
        put(self, "_k0", per_site("k0", k0, self.n_sites))
        put(self, "n_tilde", normalisation(kac, n_tilde, self.n_sites - 1.0))
        kappa = self.kappa
        put(self, "_frequencies", self._refuse(kappa))
        put(self, "_static", self._static_secular(kappa))

    def __reduce__(self) -> tuple[Any, ...]:
        return MeanField, (self.masses, self.k, self.k0, None, self.n_tilde)

    def _refuse(self, kappa: FloatArray) -> tuple[float, float]:
        """Refuse what is unstable (K ≥ 0 iff all κ > 0 and s(0) = Σ k0/(N κ) ≥ 0) or beyond floating point.

        Returns the smallest and the largest κ/m.
        """
        worst = int(self._k0.argmin())
        if self._k0[worst] < 0.0 and (kappa.min() <= 0.0 or self._static_secular(kappa) < 0.0):
            raise ArgumentError("k0", "keep the stiffness matrix positive semidefinite",
                                f"k0[{worst}] = {self.k0[worst]:g} was given, and K has a negative eigenvalue")
        with np.errstate(over="ignore"):
            frequency = kappa / self._masses
        lowest, highest = float(frequency.min()), float(frequency.max())
        if not (lowest >= 1.0 / LARGEST and highest <= LARGEST):
            raise ArgumentError("k", f"keep every (k0 + N k/Ñ)/m between {1.0 / LARGEST:.0e} and {LARGEST:.0e}",
                                f"they range from {lowest:.3g} to {highest:.3g}")
        return lowest, highest

    @property
    def k0(self) -> FloatArray:
        """Pinning, shape (n_sites,), read-only."""
        return self._k0

    @property
    def pinning(self) -> FloatArray:
        """Row sums of K, which are k0, shape (n_sites,), read-only."""
        return self._k0

    @property
    def coupling(self) -> float:
        """Stiffness k/Ñ of each spring."""
        return self.k / self.n_tilde

    @property
    def kappa(self) -> FloatArray:
        """κ_n = k0_n + N k/Ñ, shape (n_sites,)."""
        return self.k0 + self.n_sites * self.coupling

    @property
    def frequency_squares(self) -> tuple[float, float]:
        """The smallest and the largest κ_n/m_n."""
        return self._frequencies

    @property
    def static_secular(self) -> float:
        """s(0) = 1 - (k/Ñ) Σ 1/κ_n = (1/N) Σ k0_n/κ_n, in the form without cancellation; 0 when free.

        Values within rounding of zero count as zero (pinnings of both signs that balance leave one free mode), and so
        do those below 1e-60: no clock will see such a pinning.
        """
        return self._static

    def _static_secular(self, kappa: FloatArray) -> float:
        if not self._k0.any():
            return 0.0
        share = self._k0 / kappa
        total = float(share.sum()) / self.n_sites
        if abs(total) < NO_PINNING:
            return 0.0
        if self._k0.min() < 0.0:
            rounding = 4.0 * EPS * float(np.abs(share).sum()) / self.n_sites
            return 0.0 if abs(total) <= rounding else total
        return total

    @property
    def free(self) -> bool:
        """Whether a displacement exists that costs no energy (k0 = 0: the centre of mass diffuses)."""
        return self.static_secular == 0.0

    def stiffness(self) -> FloatArray:
        """Return the dense stiffness matrix K, shape (n_sites, n_sites).

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.MeanField([1, 1, 1], kac=False).stiffness()
        array([[ 2., -1., -1.],
               [-1.,  2., -1.],
               [-1., -1.,  2.]])
        """
        checks.room("network", self.n_sites, self.n_sites, 1)
        K = np.full((self.n_sites, self.n_sites), -self.coupling)
        np.fill_diagonal(K, self.k0 + (self.n_sites - 1) * self.coupling)
        return K

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.MeanField([1, 2], k0=1.0).parameters()
        {'kind': 'mean-field', 'masses': [1.0, 2.0], 'k': 1.0, 'k0': 1.0, 'n_tilde': 1.0}
        """
        return {
            "kind": "mean-field",
            "masses": self.masses.tolist(),
            "k": self.k,
            "k0": plain(self.k0),
            "n_tilde": self.n_tilde,
        }

    @legible
    def __repr__(self) -> str:
        factor = {1.0: " (bare)", float(self.n_sites - 1): " (Kac)"}.get(self.n_tilde, "")
        return (f"MeanField(N={self.n_sites}, {span('m', self.masses)}, k={self.k:.4g}, {span('k0', self.k0)}, "
                f"Ñ={self.n_tilde:.6g}{factor})")


KIND = keys.Kind(
    "mean-field", MeanField, {"k": keys.POSITIVE, **keys.NORMALISED},
    "Graded mean-field network between two baths", """\
k = 1.0               # spring constant, > 0
""" + keys.NORMALISED_EXAMPLE.format(factor="N - 1"),
    "every pair of particles is joined by a spring k/Ñ (Eq. 1 of arXiv:2111.01332)")
