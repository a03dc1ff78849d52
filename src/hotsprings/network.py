"""Networks of harmonic springs: masses and a stiffness matrix, by their structure."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError

__all__ = ["MeanField", "Network"]

NO_PINNING = 1e-60
LARGEST = 1e200  # squares of frequencies beyond it would overflow where they are squared again


class Network(Protocol):
    """What every network tells: its size, masses and stiffness matrix, and a line about itself."""

    @property
    def n_sites(self) -> int:
        """Number of particles N."""
        ...

    @property
    def masses(self) -> FloatArray:
        """Masses, shape (n_sites,)."""
        ...

    @property
    def k0(self) -> FloatArray:
        """Pinning of each site, shape (n_sites,)."""
        ...

    @property
    def free(self) -> bool:
        """Whether a displacement exists that costs no energy."""
        ...

    def stiffness(self) -> FloatArray:
        """Return the stiffness matrix K, shape (n_sites, n_sites)."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists."""
        ...


class MeanField:
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
    kac : bool
        True: Ñ = N - 1; False: Ñ = 1.
    n_tilde : float, optional
        Any Ñ > 0; overrides ``kac``.

    Raises
    ------
    ArgumentError
        If an argument is out of range or K has a negative eigenvalue.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 1.
    """

    __slots__ = ("_k0", "_masses", "k", "n_tilde")
    _k0: FloatArray
    _masses: FloatArray
    k: float
    n_tilde: float

    def __init__(
        self, masses: Any, k: float = 1.0, k0: Any = 0.0, kac: bool = True, n_tilde: float | None = None
    ) -> None:
        put = object.__setattr__
        put(self, "_masses", checks.positive_array("masses", masses, 2))
        put(self, "k", checks.positive("k", k))
        put(self, "_k0", self._pinning(k0))
        kac = checks.boolean("kac", kac)
        given = (self.n_sites - 1 if kac else 1) if n_tilde is None else n_tilde
        put(self, "n_tilde", checks.positive("n_tilde", given))
        self._refuse()

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"MeanField is immutable: make a new one with another '{name}'")

    def __reduce__(self) -> tuple[Any, ...]:
        return MeanField, (self.masses, self.k, self.k0, True, self.n_tilde)

    def _pinning(self, k0: Any) -> FloatArray:
        if np.ndim(k0) == 0:
            full = np.full(self.n_sites, checks.number("k0", k0))
            full.setflags(write=False)
            return full
        clean = checks.array("k0", k0, "be a finite number or one per site")
        if clean.shape != (self.n_sites,):
            raise ArgumentError("k0", f"have one element per site ({self.n_sites})", f"{clean.size} were given")
        return clean

    def _refuse(self) -> None:
        """Refuse what is unstable (K ≥ 0 iff all κ > 0 and s(0) = Σ k0/(N κ) ≥ 0) or beyond floating point."""
        worst = int(np.argmin(self.k0))
        message = f"k0[{worst}] = {self.k0[worst]:g} was given, and K has a negative eigenvalue"
        if np.any(self.kappa <= 0.0) or self.static_secular < 0.0:
            raise ArgumentError("k0", "keep the stiffness matrix positive semidefinite", message)
        with np.errstate(over="ignore"):
            frequency = self.kappa / self.masses
        if not np.all(np.isfinite(frequency)) or frequency.max() > LARGEST or frequency.min() < 1.0 / LARGEST:
            raise ArgumentError("k", f"keep every (k0 + N k/Ñ)/m between {1.0 / LARGEST:.0e} and {LARGEST:.0e}",
                                f"they range from {frequency.min():.3g} to {frequency.max():.3g}")

    @property
    def masses(self) -> FloatArray:
        """Masses, shape (n_sites,), read-only."""
        return self._masses

    @property
    def k0(self) -> FloatArray:
        """Pinning, shape (n_sites,), read-only."""
        return self._k0

    @property
    def n_sites(self) -> int:
        """Number of particles N."""
        return int(self._masses.size)

    @property
    def coupling(self) -> float:
        """Stiffness k/Ñ of each spring."""
        return self.k / self.n_tilde

    @property
    def kappa(self) -> FloatArray:
        """κ_n = k0_n + N k/Ñ, shape (n_sites,)."""
        return self.k0 + self.n_sites * self.coupling

    @property
    def static_secular(self) -> float:
        """s(0) = 1 - (k/Ñ) Σ 1/κ_n = (1/N) Σ k0_n/κ_n, in the form without cancellation; 0 when free.

        Values within rounding of zero count as zero (pinnings of both signs that balance leave one free mode), and so
        do those below 1e-60: no clock will see such a pinning.
        """
        share = self.k0 / self.kappa
        total = float(np.sum(share)) / self.n_sites
        rounding = 4.0 * np.finfo(float).eps * float(np.sum(np.abs(share))) / self.n_sites
        balanced = bool(np.any(self.k0 < 0.0)) and abs(total) <= rounding
        return 0.0 if balanced or abs(total) < NO_PINNING else total

    @property
    def free(self) -> bool:
        """Whether a displacement exists that costs no energy (k0 = 0: the centre of mass diffuses)."""
        return self.static_secular == 0.0

    def stiffness(self) -> FloatArray:
        """Return the dense stiffness matrix K, shape (n_sites, n_sites)."""
        K = np.full((self.n_sites, self.n_sites), -self.coupling)
        np.fill_diagonal(K, self.k0 + (self.n_sites - 1) * self.coupling)
        return K

    def parameters(self) -> dict[str, Any]:
        """Return what the network was made from, as plain numbers and lists."""
        uniform = bool(np.all(self.k0 == self.k0[0]))
        return {
            "kind": "mean-field",
            "masses": self.masses.tolist(),
            "k": self.k,
            "k0": float(self.k0[0]) if uniform else self.k0.tolist(),
            "n_tilde": self.n_tilde,
        }

    def __repr__(self) -> str:
        low, high = self.masses.min(), self.masses.max()
        mass = f"m={low:.4g}" if low == high else f"m={low:.4g}…{high:.4g}"
        low, high = self.k0.min(), self.k0.max()
        pin = f"k0={low:.4g}" if low == high else f"k0={low:.4g}…{high:.4g}"
        factor = {float(self.n_sites - 1): " (Kac)", 1.0: " (bare)"}.get(self.n_tilde, "")
        return f"MeanField(N={self.n_sites}, {mass}, k={self.k:.4g}, {pin}, Ñ={self.n_tilde:.6g}{factor})"
