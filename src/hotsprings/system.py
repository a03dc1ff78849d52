"""The open system: a network and the baths it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.baths import Bath
from hotsprings.checks import FloatArray, IntArray, legible
from hotsprings.errors import ArgumentError
from hotsprings.network import Network, is_network

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["OpenNetwork"]


@dataclass(frozen=True, eq=False)
class OpenNetwork:
    """A network in contact with Langevin baths, M q'' = -K q - Γ q' + η.

    Parameters
    ----------
    network : Network
        Masses and springs: MeanField, PowerLaw, Chain, Springs, or any object that answers the same questions.
    baths : sequence of Bath
        One or more baths on distinct sites.

    Raises
    ------
    ArgumentError
        If there is no bath, a site is out of range, or two baths share a site.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 2-7.
    """

    network: Network
    baths: Sequence[Bath]

    def __post_init__(self) -> None:
        if not is_network(self.network):
            raise ArgumentError("network", "be a network such as MeanField",
                                f"{checks.shown(self.network)} ({type(self.network).__name__}) was given")
        baths = (self.baths,) if isinstance(self.baths, Bath) else self.baths
        if isinstance(baths, str) or not isinstance(baths, Sequence):
            raise ArgumentError("baths", "be a list of Bath", f"{checks.shown(baths)} was given")
        for i, bath in enumerate(baths):
            if not isinstance(bath, Bath):
                raise ArgumentError(f"baths[{i}]", "be a Bath", f"{checks.shown(bath)} was given")
        if not baths:
            raise ArgumentError("baths", "hold at least one Bath", "it is empty")
        seen: dict[int, int] = {}
        for i, bath in enumerate(baths):
            site = checks.index(f"baths[{i}].site", bath.site, self.network.n_sites)
            if site in seen:
                raise ArgumentError(f"baths[{i}].site", "differ from the sites of the other baths",
                                    f"baths[{seen[site]}] is on site {site} too")
            seen[site] = i
        object.__setattr__(self, "baths", tuple(baths))
        for i, rate in enumerate(self.friction / self.network.masses[self.bath_sites]):
            if not 1.0 / checks.HIGHEST <= rate <= checks.HIGHEST:
                allowed = f"give a damping rate γ/m between {1.0 / checks.HIGHEST:.0e} and {checks.HIGHEST:.0e}"
                raise ArgumentError(f"baths[{i}].friction", allowed, f"it is {rate:.3g}")

    @property
    def n_sites(self) -> int:
        """Number of particles N."""
        return self.network.n_sites

    @property
    def n_baths(self) -> int:
        """Number of baths."""
        return len(self.baths)

    @property
    def bath_sites(self) -> IntArray:
        """Sites of the baths, counted from 0, shape (n_baths,)."""
        return np.array([bath.site % self.n_sites for bath in self.baths], dtype=np.int64)

    @property
    def friction(self) -> FloatArray:
        """Friction γ_a of the baths, shape (n_baths,)."""
        return np.array([bath.friction for bath in self.baths])

    @property
    def temperature(self) -> FloatArray:
        """Temperatures T_a of the baths, shape (n_baths,)."""
        return np.array([bath.temperature for bath in self.baths])

    def parameters(self) -> dict[str, Any]:
        """Return the whole system as plain numbers and lists (what a file needs to remake it)."""
        baths = [{"site": int(s), "temperature": b.temperature, "friction": b.friction}
                 for s, b in zip(self.bath_sites, self.baths, strict=True)]
        return {"network": self.network.parameters(), "baths": baths}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the system as in the paper's Fig. 1: particles, springs, pinning, baths.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib Axes
        """
        from hotsprings.figures.sketch import draw_system

        return draw_system(self, ax)

    @legible
    def __repr__(self) -> str:
        lines = [f"OpenNetwork of {self.network!r}"]
        lines += [f"  bath {i}: site {s}, T={b.temperature:.6g}, γ={b.friction:.6g}"
                  for i, (s, b) in enumerate(zip(self.bath_sites, self.baths, strict=True))]
        return "\n".join(lines)
