"""Resonances: the complex frequencies at which an open network rings and decays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import ComplexArray, FloatArray, legible
from hotsprings.errors import CertificateError, PrecisionWarning, tell
from hotsprings.response.choice import response_of
from hotsprings.response.response import Response
from hotsprings.response.tolerances import CONDITIONING, TOLERANCE
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TOLERANCE", "Resonances", "resonances"]

@dataclass(frozen=True, eq=False, repr=False)
class Resonances:
    """Poles ω_k of the Green operator, motion ~ exp(iω_k t): Re ω_k oscillates, Im ω_k > 0 decays.

    Attributes
    ----------
    frequency : ndarray of complex, shape (n_resonances,)
        Sorted by real part; each with its mirror -ω*. Neither dark modes (which never decay) nor the free motion
        ω = 0 of an unpinned network are among them.
    n_expected : int
        How many there must be: 2 (n_sites - n_dark_modes), less one in a free network.
    pole_sum : float
        Relative error of Σ_k Im ω_k = Σ_a γ_a/m_a, which holds when all are found and none twice.
    doubt : float
        Largest relative change of one, or of its decay rate, by the last bits of the network.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> found = hs.resonances(system)
    >>> len(found), found.n_expected
    (5, 5)
    >>> print(f"{found.slowest:.4f}")
    1.6661+0.1424j
    """

    frequency: ComplexArray
    n_expected: int
    pole_sum: float
    doubt: float = 0.0

    def __setstate__(self, state: dict[str, Any]) -> None:
        for value in state.values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
        self.__dict__.update(state)

    def __len__(self) -> int:
        return int(self.frequency.size)

    @property
    def decay_rate(self) -> FloatArray:
        """Im ω_k, the rate at which the amplitude decays, shape (n_resonances,)."""
        return np.asarray(self.frequency.imag)

    @property
    def slowest(self) -> complex:
        """The resonance that lives longest, with Re ω ≥ 0."""
        right = self.frequency[self.frequency.real >= 0.0]
        return complex(right[np.argmin(right.imag)])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the resonances in the complex plane, decay rates on a logarithmic axis.

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
        >>> axes = hs.resonances(system).plot()
        """
        from hotsprings.figures.state import plot_resonances

        return plot_resonances(self, ax)

    def _repr_html_(self) -> str:
        from hotsprings.notebook import resonances_html

        return resonances_html(self)

    @legible
    def __repr__(self) -> str:
        if not len(self):
            return "Resonances(none)"
        slow = self.slowest
        return (f"Resonances({len(self)}: |Re ω| ≤ {np.abs(self.frequency.real).max():.6g}, "
                f"slowest ω = {slow.real:.6g} + {slow.imag:.3g}i, lifetime {1.0 / slow.imag:.4g})")


def found_resonances(operator: Response) -> Resonances:
    """Return the resonances of an engine, sorted by real part, with what they can be checked by."""
    frequency = operator.resonances_in_order()
    frequency.setflags(write=False)
    expected = operator.decay_sum()
    gap = abs(float(frequency.imag.sum()) / expected - 1.0) if expected else 0.0  # 0: a chain that its leads continue
    return Resonances(frequency, operator.expected_resonances(), gap)


def resonances(system: OpenNetwork) -> Resonances:
    """Return all resonances of an open network, the zeros of det(K - ω²M + iωΓ) that decay.

    Parameters
    ----------
    system : OpenNetwork

    Returns
    -------
    Resonances
        ``.frequency`` complex, in units of sqrt(stiffness/mass), sorted by real part.

    Raises
    ------
    ArgumentError
        If ``system`` is not an OpenNetwork.
    CertificateError
        If a resonance did not converge, or their number or Σ_k Im ω_k = Σ_a γ_a/m_a shows that one is missing.

    Warns
    -----
    PrecisionWarning
        If the last bits of the network move one, or its decay rate, by more than a relative 1e-6.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 13 (its zeros).

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> hs.resonances(system)
    Resonances(5: |Re ω| ≤ 1.66615, slowest ω = 1.66615 + 0.142i, lifetime 7.023)
    """
    operator = response_of(checks.instance("system", system, OpenNetwork))
    found = found_resonances(operator)
    if len(found) != found.n_expected or not found.pole_sum <= TOLERANCE or not np.all(found.decay_rate > 0.0):
        raise CertificateError(
            f"{len(found)} of {found.n_expected} resonances found, the sum of their widths off by {found.pole_sum:.1e}."
            " Try frictions or masses changed by 1 part in 1e6, and report the system as an issue")
    found = replace(found, doubt=operator.resonance_doubt())
    if not found.doubt <= CONDITIONING:
        tell(f"a resonance or its decay rate is known to a relative {found.doubt:.1e} only: the last bits of "
             "the network decide (resonances.doubt)", PrecisionWarning)
    return found
