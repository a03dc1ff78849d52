"""Langevin heat baths."""

from __future__ import annotations

from dataclasses import dataclass

from hotsprings import checks

__all__ = ["Bath"]


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
