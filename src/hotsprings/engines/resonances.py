"""Resonances: the complex frequencies at which an open network rings and decays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings import checks
from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.engines.operator import GreenOperator, green_operator
from hotsprings.system import OpenNetwork

__all__ = ["Resonances", "resonances"]


@dataclass(frozen=True, eq=False, repr=False)
class Resonances:
    """Poles ω_k of the Green operator, motion ~ exp(iω_k t): Re ω_k oscillates, Im ω_k > 0 decays.

    Attributes
    ----------
    frequency : ndarray of complex, shape (n_resonances,)
        Sorted by real part; each with its mirror -ω*. Neither dark modes (which never decay) nor the free motion
        ω = 0 of an unpinned network are among them: n_resonances = 2 (n_sites - n_dark_modes), less one if free.
    """

    frequency: ComplexArray

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

    def __repr__(self) -> str:
        slow = self.slowest
        return (f"Resonances({len(self)}: |Re ω| ≤ {np.abs(self.frequency.real).max():.6g}, "
                f"slowest ω = {slow.real:.6g} + {slow.imag:.3g}i, lifetime {1.0 / slow.imag:.4g})")


def sorted_resonances(operator: GreenOperator) -> Resonances:
    """Return the resonances of an engine, sorted by real part."""
    frequency = operator.resonance_frequencies()
    frequency = frequency[np.lexsort((frequency.imag, frequency.real))]
    frequency.setflags(write=False)
    return Resonances(frequency)


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
        If a resonance did not converge.

    Notes
    -----
    Σ_k Im ω_k = Σ_a γ_a/m_a holds for them all together.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 13 (its zeros).
    """
    return sorted_resonances(green_operator(checks.instance("system", system, OpenNetwork)))
