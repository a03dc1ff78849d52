"""What a model file may say of a kind of network: its keys, how each is checked, and a commented example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hotsprings import checks
from hotsprings.errors import ArgumentError

__all__ = ["DENSE", "ENDS", "NORMALISED", "REQUIRED", "Key", "Kind", "elements", "listed", "number_or_list", "one_of",
           "optional", "positive_or_list", "sites_of", "text"]

MAX_SITES = 10_000_000  # above it, a slip of the pen in a file; larger systems are made from Python
DENSE = 20_000  # sites: the stiffness matrix of more takes over 3 GiB, and its modes hours
REQUIRED: Any = object()
Check = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Key:
    """A key of a table ``[network]``.

    Attributes
    ----------
    check : callable
        Of the name and the value; returns the clean value or raises ArgumentError.
    default : object
        What it is where it is left out; REQUIRED where it may not be.
    about : str
        What an error says of a key that is missing.
    """

    check: Check
    default: Any = REQUIRED
    about: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of network in model files; one line of :mod:`hotsprings.network.kinds` makes it known everywhere.

    Attributes
    ----------
    name : str
        What ``kind`` says.
    build : callable
        Of the masses, shape (n_sites,) (not where the network brings its own), and the keys by name; returns the
        network.
    keys : dict
        Its keys besides ``kind``.
    title : str
        First line of the example.
    example : str
        The lines of the example below ``kind``, each with a remark.
    about : str
        The remark behind ``kind``.
    own_masses : bool
        Whether the network brings its masses, so that ``[masses]`` is to be left out.
    most_sites : int
        Largest number of sites in a file.
    n_sites : callable, optional
        Number of sites that the table itself tells, from its keys; then ``n`` may be left out in ``[masses]``.
    """

    name: str
    build: Callable[..., Any]
    keys: Mapping[str, Key]
    title: str
    example: str
    about: str = ""
    own_masses: bool = False
    most_sites: int = MAX_SITES
    n_sites: Callable[[Mapping[str, Any]], int] | None = field(default=None)


def elements(name: str, value: list[Any], check: Check) -> tuple[Any, ...]:
    """Check a list element by element; the error names the first wrong one and counts the rest."""
    clean: list[Any] = []
    wrong: list[ArgumentError] = []
    for i, element in enumerate(value):
        try:
            clean.append(check(f"{name}[{i}]", element))
        except ArgumentError as err:
            wrong.append(err)
    if wrong:
        first, more = wrong[0], len(wrong) - 1
        also = f" ({more} more element{'s are' if more > 1 else ' is'} wrong too)" if more else ""
        raise ArgumentError(first.argument, first.requirement, first.given + also)
    return tuple(clean)


def listed(check: Check, requirement: str) -> Check:
    """Return a check of a list, element by element."""

    def check_list(name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ArgumentError(name, requirement, f"{checks.shown(value)} ({type(value).__name__}) was given")
        return elements(name, list(value), check)

    return check_list


def number_or_list(name: str, value: Any) -> float | tuple[float, ...]:
    """Return a finite number, or a list of them."""
    if isinstance(value, list | tuple):
        return elements(name, list(value), checks.number)
    return checks.number(name, value, "be a finite number or a list of one per site")


def positive_or_list(name: str, value: Any) -> float | tuple[float, ...]:
    """Return a positive number, or a list of them."""
    return elements(name, list(value), checks.positive) if isinstance(value, list | tuple) else (
        checks.positive(name, value))


def text(name: str, value: Any) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(name, "be a text in quotes", f"{checks.shown(value)} was given")
    return value


def one_of(*allowed: str) -> Check:
    """Return a check of one of a few words."""

    def check_word(name: str, value: Any) -> str:
        if value not in allowed:
            raise ArgumentError(name, f"be {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}",
                                f"{checks.shown(value)} was given")
        return str(value)

    return check_word


def optional(check: Check) -> Check:
    """Return a check that lets None pass."""
    return lambda name, value: None if value is None else check(name, value)


def sites_of(name: str, value: Any) -> int:
    """Return a number of sites, two or more."""
    clean = checks.integer(name, value, 2)
    if clean > MAX_SITES:
        raise ArgumentError(name, f"be an integer from 2 to {MAX_SITES} in a model file", f"{clean} was given")
    return clean


def _ends(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return elements(name, list(value), one_of("free", "fixed"))
    return one_of("free", "fixed")(name, value)


NORMALISED = {  # of springs k/Ñ
    "k0": Key(number_or_list, 0.0),
    "kac": Key(optional(checks.boolean), None),
    "n_tilde": Key(optional(checks.positive), None),
}
NORMALISED_EXAMPLE = """\
k0 = 1.0              # pinning of every particle to its place: a number, or a list of one per particle; 0: free
kac = true            # true: Ñ = {factor} (Kac factor); false: Ñ = 1 (bare)
# n_tilde = 3.5       # any other Ñ > 0, instead of kac
"""
ENDS = {"k0": Key(number_or_list, 0.0), "ends": Key(_ends, "free")}
ENDS_EXAMPLE = """\
k0 = 0.0              # pinning of every particle: a number, or a list of one per particle
ends = "fixed"        # "fixed": wall springs hold both ends; "free"; or ["fixed", "free"]
"""
SEED = Key(checks.seed, 0)
POSITIVE = Key(checks.positive, 1.0)
SPREAD = Key(checks.non_negative, 0.5)
SWITCH = Key(checks.boolean, False)
