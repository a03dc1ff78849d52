"""Langevin heat baths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotsprings import checks
from hotsprings.errors import ArgumentError

__all__ = ["Bath", "bath_group"]


@dataclass(frozen=True)
class Bath:
    """A Langevin bath on one site: force -γ q' + η with ⟨η(t) η(t')⟩ = 2 γ T δ(t - t').

    Parameters
    ----------
    site : int
        The site it touches; negative sites count from the end.
    temperature : float
        T ≥ 0, in units of energy (k_B = 1).
    friction : float
        γ > 0, a drag coefficient (mass/time), not a rate.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 2-4.
    """

    site: int
    temperature: float
    friction: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "site", checks.integer("site", self.site))
        object.__setattr__(self, "temperature", checks.non_negative("temperature", self.temperature))
        object.__setattr__(self, "friction", checks.positive("friction", self.friction))


def bath_group(sites: Iterable[int], temperature: float, friction: float = 1.0) -> list[Bath]:
    """Return one bath of the same temperature and friction on each of a group of sites.

    The heat flux of the group is the sum over its baths, the conductance between two groups the sum over pairs; so is
    their transmittance, ``transmittance(system, omega, range(3), range(3, 7))`` for groups of three and four baths.

    Parameters
    ----------
    sites : iterable of int
        Distinct sites (coordinates of a molecule, say); negative ones count from the end.
    temperature : float
        T ≥ 0 of each, in units of energy (k_B = 1).
    friction : float
        γ > 0 of each, a drag coefficient (mass/time).

    Returns
    -------
    list of Bath

    Raises
    ------
    ArgumentError
        If there is no site, a site is given twice, or an argument is not a number in its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 2-4, for each site of the group.
    """
    if isinstance(sites, str) or not isinstance(sites, Iterable):
        raise ArgumentError("sites", "be a list of sites", f"{checks.shown(sites)} was given")
    clean = [checks.integer(f"sites[{i}]", site) for i, site in enumerate(sites)]
    if not clean:
        raise ArgumentError("sites", "hold at least one site", "it is empty")
    for i, site in enumerate(clean):
        if site in clean[:i]:
            raise ArgumentError(f"sites[{i}]", "differ from the sites before it", f"{site} is there twice")
    return [Bath(site, temperature, friction) for site in clean]
