"""Heat baths: Langevin baths, with memory or without, and semi-infinite chains."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hotsprings import checks
from hotsprings.errors import ArgumentError

__all__ = ["AnyBath", "Bath", "Lead", "bath_group", "bath_parameters", "described"]


def _name(name: str, value: Any) -> str | None:
    """Return a name of a bath or a group; None where there is none."""
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ArgumentError(name, "be a name such as 'hot', or None", f"{checks.shown(value)} was given")
    return value


@dataclass(frozen=True)
class Bath:
    """A Langevin bath on one site: force -γ q' + η with ⟨η(t) η(t')⟩ = 2 γ T δ(t - t').

    With a cutoff ω_D the friction remembers, γ(t) = γ ω_D e^{-ω_D t} (Drude), and the noise is of the same colour,
    ⟨η(t) η(t')⟩ = T γ(|t - t'|).

    Parameters
    ----------
    site : int
        The site it touches; negative sites count from the end.
    temperature : float
        T ≥ 0, in units of energy (k_B = 1).
    friction : float
        γ > 0, a drag coefficient (mass/time), not a rate.
    cutoff : float, optional
        ω_D > 0 (1/time); white noise by default.
    name : str, optional
        Baths of one name are a group: ``system.groups``.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range, or the name is empty.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 2-4; Weiss, *Quantum Dissipative Systems* (World Scientific,
    2012), section 3.1: the Drude cutoff.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hot = hs.Bath(0, 1.5, name="hot")
    >>> hot.temperature, hot.friction, hot.name
    (1.5, 1.0, 'hot')
    """

    site: int
    temperature: float
    friction: float = 1.0
    cutoff: float | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "site", checks.integer("site", self.site))
        put(self, "temperature", checks.moderate("temperature", self.temperature))
        put(self, "friction", checks.positive("friction", self.friction))
        if self.cutoff is not None:
            put(self, "cutoff", checks.positive("cutoff", self.cutoff))
        put(self, "name", _name("name", self.name))

    @property
    def white(self) -> bool:
        """Whether its friction is without memory."""
        return self.cutoff is None


@dataclass(frozen=True)
class Lead:
    """A semi-infinite chain of equal masses and springs on one site, at rest at a temperature (Rubin's bath).

    Σ(ω) = k (1 - e^{-iθ}),  ω = 2 sqrt(k/m) sin(θ/2): what the chain, held to the site by one more spring k, adds to
    the stiffness of the site. It takes heat up to its band edge 2 sqrt(k/m).

    Parameters
    ----------
    site : int
        The site it is joined to; negative sites count from the end.
    temperature : float
        T ≥ 0, in units of energy (k_B = 1).
    k, mass : float
        Springs (energy/length²) and masses of the chain, > 0.
    name : str, optional
        Baths and leads of one name are a group: ``system.groups``.

    Raises
    ------
    ArgumentError
        If an argument is not a number in its range, or the name is empty.

    References
    ----------
    Rubin, Phys. Rev. 131, 964 (1963).

    Examples
    --------
    >>> import hotsprings as hs
    >>> lead = hs.Lead(0, 1.5, k=4.0, mass=1.0)
    >>> lead.band_edge, lead.friction
    (4.0, 2.0)
    """

    site: int
    temperature: float
    k: float
    mass: float
    name: str | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "site", checks.integer("site", self.site))
        put(self, "temperature", checks.moderate("temperature", self.temperature))
        put(self, "k", checks.positive("k", self.k))
        put(self, "mass", checks.positive("mass", self.mass))
        put(self, "name", _name("name", self.name))

    @property
    def friction(self) -> float:
        """Its friction at low frequencies, γ = sqrt(k m) (mass/time)."""
        return math.sqrt(self.k) * math.sqrt(self.mass)

    @property
    def band_edge(self) -> float:
        """The highest frequency 2 sqrt(k/m) that it takes (1/time)."""
        return 2.0 * math.sqrt(self.k / self.mass)

    @property
    def white(self) -> bool:
        """False: a chain remembers."""
        return False


AnyBath = Bath | Lead


def bath_group(sites: Iterable[int], temperature: Any, friction: Any = 1.0, cutoff: Any = None,
               name: str | None = None) -> list[Bath]:
    """Return one bath on each of a group of sites, of one temperature and friction or each of its own.

    The heat flux of the group is the sum over its baths, the conductance between two groups the sum over pairs; so is
    their transmittance, ``transmittance(system, omega, "hot", "cold")``.

    Parameters
    ----------
    sites : iterable of int
        Distinct sites (coordinates of a molecule, a face of a lattice); negative ones count from the end.
    temperature : float or array_like, shape (n,)
        T ≥ 0, in units of energy (k_B = 1): one for all, or one per site.
    friction : float or array_like, shape (n,)
        γ > 0, a drag coefficient (mass/time): one for all, or one per site.
    cutoff : float or array_like, shape (n,), optional
        ω_D > 0 of the memory (1/time): one for all, or one per site; white noise by default.
    name : str, optional
        Name of the group.

    Returns
    -------
    list of Bath

    Raises
    ------
    ArgumentError
        If there is no site, a site is given twice, there are not as many numbers as sites, or one is out of its range.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 2-4, for each site of the group.

    Examples
    --------
    >>> import hotsprings as hs
    >>> baths = hs.bath_group([0, 1], 1.5, friction=[1.0, 0.5], name="hot")
    >>> [(bath.site, bath.friction) for bath in baths]
    [(0, 1.0), (1, 0.5)]
    """
    clean = [checks.integer(f"sites[{i}]", site) for i, site in enumerate(checks.items("sites", sites,
                                                                                       "be a list of sites"))]
    if not clean:
        raise ArgumentError("sites", "hold at least one site", "it is empty")
    seen: set[int] = set()
    for i, site in enumerate(clean):
        if site in seen:
            raise ArgumentError(f"sites[{i}]", "differ from the sites before it", f"{site} is there twice")
        seen.add(site)
    columns = zip(clean, _each("temperature", temperature, len(clean), checks.moderate),
                  _each("friction", friction, len(clean), checks.positive),
                  [None] * len(clean) if cutoff is None else _each("cutoff", cutoff, len(clean), checks.positive),
                  strict=True)
    return [Bath(site, T, gamma, edge, name) for site, T, gamma, edge in columns]


def _each(name: str, value: Any, n_sites: int, check: Any) -> list[float]:
    """Return one number per site from one for all or from a list."""
    if checks.is_single(value):
        return [check(name, value)] * n_sites
    given = checks.items(name, value, f"be a number, or one per site ({n_sites})")
    if len(given) != n_sites:
        raise ArgumentError(name, f"be a number, or one per site ({n_sites})", f"{len(given)} were given")
    return [check(f"{name}[{i}]", number) for i, number in enumerate(given)]


def described(baths: Sequence[AnyBath]) -> str:
    """Return what baths share: their temperature, and friction and cutoff, or springs and masses of leads."""
    words = [_range("T", [bath.temperature for bath in baths])]
    langevin = [bath for bath in baths if isinstance(bath, Bath)]
    leads = [bath for bath in baths if isinstance(bath, Lead)]
    if langevin:
        words.append(_range("γ", [bath.friction for bath in langevin]))
        edges = [bath.cutoff for bath in langevin if bath.cutoff is not None]
        words += [_range("ω_D", edges)] if edges else []
    if leads:
        words += ["lead", _range("k", [lead.k for lead in leads]), _range("m", [lead.mass for lead in leads])]
    return ", ".join(words)


def _range(symbol: str, values: Sequence[float]) -> str:
    low, high = f"{min(values):.6g}", f"{max(values):.6g}"
    return f"{symbol}={low}" if low == high else f"{symbol}={low}…{high}"


def bath_parameters(site: int, bath: AnyBath) -> dict[str, Any]:
    """Return a bath as plain numbers; what is left out when a bath is made is left out here."""
    found: dict[str, Any] = {"site": site, "temperature": bath.temperature}
    if isinstance(bath, Lead):
        found |= {"kind": "lead", "k": bath.k, "mass": bath.mass}
    else:
        found |= {"friction": bath.friction} | ({} if bath.cutoff is None else {"cutoff": bath.cutoff})
    return found | ({} if bath.name is None else {"name": bath.name})
