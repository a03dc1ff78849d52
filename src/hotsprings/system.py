"""The open system: a network and the baths it touches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.baths import AnyBath, Bath, Lead, bath_parameters, described
from hotsprings.checks import FloatArray, IntArray, legible
from hotsprings.errors import ArgumentError
from hotsprings.network import Network, checked_network

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ByName", "OpenNetwork", "shortened"]


class ByName(dict[Any, float]):
    """Numbers of groups by name, or by pairs of names; where there is none of a name, those that there are are told."""

    def __missing__(self, name: Any) -> float:
        raise KeyError(f"{name!r} is none of {', '.join(map(repr, self)) or 'these: no bath has a name'}")


@dataclass(frozen=True, eq=False)
class OpenNetwork:
    """A network in contact with Langevin baths, M q'' = -K q - Γ q' + η.

    Parameters
    ----------
    network : Network
        Masses and springs: MeanField, PowerLaw, Chain, Lattice, Springs, or any object that answers the same questions.
    baths : sequence of Bath or Lead
        One or more baths on distinct sites; those of one name are a group.

    Raises
    ------
    ArgumentError
        If there is no bath, a site is out of range, two baths share a site, or an answer of the network does not fit.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 2-7.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5, name="hot"), hs.Bath(-1, 0.5, name="cold")])
    OpenNetwork of Chain(N=3, m=1, k=1, k0=0, free ends)
      hot: site 0, T=1.5, γ=1
      cold: site 2, T=0.5, γ=1
    """

    network: Network
    baths: Sequence[AnyBath]

    def __post_init__(self) -> None:
        network = checked_network(self.network)
        object.__setattr__(self, "baths", _checked_baths(self.baths, network.n_sites))
        masses = network.masses
        for i, bath in enumerate(self.baths):
            rate = bath.friction / float(masses[bath.site])
            if not checks.LOWEST <= rate <= checks.HIGHEST:
                allowed = f"give a damping rate γ/m between {checks.LOWEST:.0e} and {checks.HIGHEST:.0e}"
                raise ArgumentError(f"baths[{i}].{'friction' if isinstance(self.baths[i], Bath) else 'k'}", allowed,
                                    f"it is {rate:.3g}")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, OpenNetwork):
            return NotImplemented
        return self.network == other.network and self._standing() == other._standing()

    def __hash__(self) -> int:
        n = self.network.n_sites
        return hash((self.network, *((bath.site % n, bath.temperature) for bath in self.baths)))

    def _standing(self) -> list[tuple[int, AnyBath]]:
        """Return each bath with its site counted from 0."""
        return [(bath.site % self.n_sites, bath if bath.site >= 0 else replace(bath, site=bath.site % self.n_sites))
                for bath in self.baths]

    @property
    def n_sites(self) -> int:
        """Number of particles N."""
        return self.network.n_sites

    @property
    def n_baths(self) -> int:
        """Number of baths."""
        return len(self.baths)

    @cached_property
    def _of_baths(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Sites, frictions and temperatures; copies are handed out, which is faster than to make them anew."""
        n, baths = self.n_sites, self.baths
        sites = np.array([bath.site % n for bath in baths], dtype=np.int64)
        return sites, np.array([bath.friction for bath in baths]), np.array([bath.temperature for bath in baths])

    @property
    def bath_sites(self) -> IntArray:
        """Sites of the baths, counted from 0, shape (n_baths,)."""
        return self._of_baths[0].copy()

    @property
    def friction(self) -> FloatArray:
        """Friction γ_a of the baths, of leads and baths with a cutoff at low frequencies, shape (n_baths,)."""
        return self._of_baths[1].copy()

    @property
    def temperature(self) -> FloatArray:
        """Temperatures T_a of the baths, shape (n_baths,)."""
        return self._of_baths[2].copy()

    @cached_property
    def white(self) -> bool:
        """Whether the friction of every bath is without memory."""
        return all(bath.white for bath in self.baths)

    def refuse_memory(self) -> None:
        """Raise where a bath remembers: what is asked for is known for white baths only.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> system.refuse_memory()  # both baths are white
        """
        for i, bath in enumerate(self.baths):
            if isinstance(bath, Lead):
                raise ArgumentError(f"baths[{i}]", "be a Langevin bath here (Bath(site, temperature, lead.friction) is "
                                    "what the lead is at low frequencies)", "a Lead was given")
            if bath.cutoff is not None:
                raise ArgumentError(f"baths[{i}].cutoff", "be left out here (white noise)",
                                    f"{bath.cutoff:g} was given")

    @property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """Numbers of the baths of each name, in the order of ``baths``; baths without a name are in none."""
        found: dict[str, list[int]] = {}
        for i, bath in enumerate(self.baths):
            if bath.name is not None:
                found.setdefault(bath.name, []).append(i)
        return {name: tuple(numbers) for name, numbers in found.items()}

    @property
    def contacts(self) -> dict[str, tuple[int, ...]]:
        """What heat passes between: the groups by their names, then every bath without one, by itself ("bath 2")."""
        alone = {f"bath {i}": (i,) for i, bath in enumerate(self.baths) if bath.name is None}
        return {**self.groups, **alone}

    def bath_numbers(self, argument: str, baths: int | str | Iterable[int | str]) -> list[int]:
        """Return the numbers of one bath, of a group by its name, or of several of these.

        Parameters
        ----------
        argument : str
            What an error calls the argument.
        baths : int, str, or iterable of these
            Numbers of baths (negative ones count from the end) and names of groups.

        Returns
        -------
        list of int
            Counted from 0, none twice.

        Raises
        ------
        ArgumentError
            If there is no such bath or group, one is there twice, or there is none.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), hs.bath_group([0, 1], 1.5, name="hot") + [hs.Bath(2, 0.5)])
        >>> system.bath_numbers("source", "hot"), system.bath_numbers("drain", -1)
        ([0, 1], [2])
        """
        if isinstance(baths, str):
            return list(self._group(argument, baths))
        if not isinstance(baths, Iterable | bytes) or (isinstance(baths, np.ndarray) and not baths.ndim):
            return [checks.index(argument, baths, self.n_baths, "bath")]
        found: list[int] = []
        for i, value in enumerate(checks.items(argument, baths, "be a bath, a group, or a list of these")):
            here = f"{argument}[{i}]"
            numbers = self._group(here, value) if isinstance(value, str) else (
                checks.index(here, value, self.n_baths, "bath"),)
            for bath in numbers:
                if bath in found:
                    raise ArgumentError(here, "differ from the baths before it", f"bath {bath} is there twice")
                found.append(bath)
        if not found:
            raise ArgumentError(argument, "hold at least one bath", "it is empty")
        return found

    def _group(self, argument: str, name: str) -> tuple[int, ...]:
        groups = self.groups
        if name not in groups:
            known = ", ".join(repr(known) for known in groups)
            raise ArgumentError(argument, f"be a bath of the {self.n_baths} there are or a group ({known})" if groups
                                else f"be the number of a bath (0 to {self.n_baths - 1}), as none has a name",
                                f"{checks.shown(name)} was given")
        return groups[name]

    def source_and_drain(self, source: Any = None, drain: Any = None) -> tuple[list[int], list[int]]:
        """Return the numbers of the baths that heat comes from and of those that it goes to.

        Parameters
        ----------
        source, drain : int, str, or iterable of these, optional
            As :meth:`bath_numbers`. May be left out where there are two baths: from bath 0 to bath 1, or to or from the
            other one.

        Returns
        -------
        source, drain : list of int

        Raises
        ------
        ArgumentError
            If one is left out where there are not two baths, a bath is in both, or as :meth:`bath_numbers`.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(2, 0.5)])
        >>> system.source_and_drain(), system.source_and_drain(1)
        (([0], [1]), ([1], [0]))
        """
        if self.n_baths != 2 and (source is None or drain is None):
            argument, other = ("source", "drain") if source is None else ("drain", "source")
            names = ", ".join(map(repr, self.groups)) or "numbers of baths, such as range(3) and range(3, 6), or names"
            raise ArgumentError(argument, f"be given, as '{other}' must be, where there are {self.n_baths} baths: the "
                                f"two groups that heat passes between ({names})", "it was left out")
        if source is None:
            source = 0 if drain is None else self._others("drain", drain)
        here = self.bath_numbers("source", source)
        there = self.bath_numbers("drain", self._others("source", here) if drain is None else drain)
        both = sorted(set(here) & set(there))
        if both:
            alone = len(here) == len(there) == 1
            raise ArgumentError("drain", "differ from the source",
                                f"both are bath {both[0]}" if alone else f"bath {both[0]} is in both")
        return here, there

    def _others(self, argument: str, baths: Any) -> list[int]:
        """Return the baths that are not among these."""
        taken = self.bath_numbers(argument, baths)
        left = [bath for bath in range(self.n_baths) if bath not in taken]
        if not left:
            raise ArgumentError(argument, "leave a bath for the other side", "all baths are in it")
        return left

    def parameters(self) -> dict[str, Any]:
        """Return the whole system as plain numbers and lists (what a file needs to remake it).

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> system.parameters()["baths"][0]
        {'site': 0, 'temperature': 1.5, 'friction': 1.0}
        """
        baths = [bath_parameters(site, bath) for site, bath in self._standing()]
        return {"network": self.network.parameters(), "baths": baths}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the system as the paper does: particles, springs, pinning, baths.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib Axes

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> axes = system.plot()
        """
        from hotsprings.figures.sketch import draw_system

        return draw_system(self, ax)

    @legible
    def __repr__(self) -> str:
        lines = [f"OpenNetwork of {self.network!r}"]
        lines += shortened([f"  {line}" for line in self.contact_lines()], "baths")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from hotsprings.notebook import system_html

        return system_html(self)

    def contact_lines(self) -> list[str]:
        """Return a line about each contact: a bath and its numbers, or a group and what its baths share.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> system.contact_lines()
        ['bath 0: site 0, T=1.5, γ=1', 'bath 1: site 2, T=0.5, γ=1']
        """
        lines = []
        for name, numbers in self.contacts.items():
            baths = [self.baths[i] for i in numbers]
            sites = [int(bath.site % self.n_sites) for bath in baths]
            where = f"site {sites[0]}" if len(sites) == 1 else f"{len(sites)} sites ({_listed(sites)})"
            lines.append(f"{name}: {where}, {described(baths)}")
        return lines


def shortened(lines: list[str], what: str, most: int = 12) -> list[str]:
    """Return a list of lines, those in the middle of a long one counted."""
    if len(lines) <= most:
        return lines
    half = most // 2
    return [*lines[:half], f"  … {len(lines) - 2 * half} more {what} …", *lines[-half:]]


def _listed(sites: Sequence[int]) -> str:
    """Return sites as a reader takes them in: 0…7 where they follow each other, else the first few."""
    if list(sites) == list(range(sites[0], sites[0] + len(sites))) and len(sites) > 2:
        return f"{sites[0]}…{sites[-1]}"
    return ", ".join(map(str, sites)) if len(sites) <= 4 else f"{', '.join(map(str, sites[:3]))}, …, {sites[-1]}"


def _checked_baths(given: Any, n_sites: int) -> tuple[AnyBath, ...]:
    """Return baths on distinct sites that exist."""
    baths = (given,) if isinstance(given, Bath | Lead) else given
    if not isinstance(baths, list | tuple) and (isinstance(baths, str) or not isinstance(baths, Sequence)):
        raise ArgumentError("baths", "be a list of Bath or Lead", f"{checks.shown(baths)} was given")
    for i, bath in enumerate(baths):
        if not isinstance(bath, AnyBath):
            raise ArgumentError(f"baths[{i}]", "be a Bath or a Lead", f"{checks.shown(bath)} was given")
    if not baths:
        raise ArgumentError("baths", "hold at least one Bath", "it is empty")
    seen: dict[int, int] = {}
    for i, bath in enumerate(baths):
        site = checks.index(f"baths[{i}].site", bath.site, n_sites)
        if site in seen:
            raise ArgumentError(f"baths[{i}].site", "differ from the sites of the other baths",
                                f"baths[{seen[site]}] is on site {site} too")
        seen[site] = i
    return tuple(baths)
