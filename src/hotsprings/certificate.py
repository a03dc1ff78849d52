"""The certificate of a result: how far the identities that every exact result satisfies are from holding."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hotsprings.checks import FloatArray
from hotsprings.errors import CertificateError, DarkModeWarning, PrecisionWarning, tell
from hotsprings.response.precise import SMALL
from hotsprings.response.resonances import Resonances
from hotsprings.response.response import Response
from hotsprings.response.tolerances import CONDITIONING, TOLERANCE

__all__ = ["Certificate", "certify", "examined", "tell_dark", "tell_last_bits"]


@dataclass(frozen=True)
class Certificate:
    """How far the identities that every exact result satisfies are from holding.

    Attributes
    ----------
    pole_sum : float
        Relative error of Σ_k Im ω_k = Σ_a γ_a/m_a: every resonance found, none twice.
    sum_rule : float
        Largest error of Σ_a h_n^a = bright weight, over all sites.
    flux_balance : float
        Largest error of J_a = (γ_a/m_a)(T_a - T_a^kin), in units of (γ_a/m_a) max T; white baths only.
    positivity : float
        How far the smallest C_ab m_a/γ_a or h_n^a is below zero.
    conditioning : float
        How far the bath weights move when the stiffness matrix changes in its last bits (0 where it cannot matter).
    flux_doubt : float
        Largest relative change of a conductance by the same, told by a PrecisionWarning above 1e-6: a flux that is a
        tiny part of what a bath could give keeps fewer digits. Infinite where one of 0 is between baths
        that springs join.
    sampled_error : float
        Where sums went through a tree, relative change of a random sample of resonances when they are solved again in
        32 digits, all terms summed; in lattices of equal layers, what sums over the poles of one chain and over those
        of another differ where they must agree; of fluxes without eigenvectors, what the modes' identities miss at the
        bath sites; 0 elsewhere.
    n_resonances, n_expected : int
        Resonances found, and 2 (n_sites - n_dark_modes), less one in a free network.
    tolerance : float
        What ``error`` must not exceed.
    """

    pole_sum: float
    sum_rule: float
    flux_balance: float
    positivity: float
    conditioning: float
    flux_doubt: float
    sampled_error: float
    n_resonances: int
    n_expected: int
    tolerance: float = TOLERANCE

    @property
    def error(self) -> float:
        """The largest violation."""
        if self.n_resonances != self.n_expected:
            return float("inf")
        parts = self.pole_sum, self.sum_rule, self.flux_balance, self.positivity, self.sampled_error
        return math.nan if any(map(math.isnan, parts)) else max(parts)

    @property
    def holds(self) -> bool:
        """Whether every identity holds to the tolerance, and rounding of the network matters by at most 1e-6."""
        return self.error <= self.tolerance and self.conditioning <= CONDITIONING  # False for NaN

    def __str__(self) -> str:
        """Return the certificate as a sentence."""
        found = (f"all {self.n_expected} resonances were found" if self.n_resonances == self.n_expected else
                 f"{self.n_resonances} of {self.n_expected} resonances were found")
        kept = "hold" if self.error <= self.tolerance else "fail"
        known = max(self.conditioning, self.flux_doubt)
        doubt = ("the last bits of the network move nothing that can be seen" if known < 1e-16 else
                 f"the last bits of the network move the temperatures by up to {self.conditioning:.1e} and a "
                 f"conductance by up to {self.flux_doubt:.1e} of itself")
        return (f"{'Certified' if self.holds else 'Not certified'}: {found}, the identities of the stationary state "
                f"{kept} to {self.error:.1e} (tolerance {self.tolerance:.0e}), and {doubt}.")

    def _repr_html_(self) -> str:
        from hotsprings.notebook import certificate_html

        return certificate_html(self)

    def refuse(self) -> None:
        """Raise CertificateError unless the certificate holds."""
        if not self.holds:
            raise CertificateError(
                f"the identities of the stationary state hold to {self.error:.1e} (tolerance {self.tolerance:.0e};"
                f" pole sum {self.pole_sum:.1e}, sum rule {self.sum_rule:.1e}, flux balance {self.flux_balance:.1e},"
                f" sampled resonances {self.sampled_error:.1e}, conditioning {self.conditioning:.1e}, tolerance"
                f" {CONDITIONING:.0e}; {self.n_resonances} of {self.n_expected} resonances). No result is returned."
                f" {self._advice()}")

    def warn(self) -> None:
        """Tell by a PrecisionWarning where fewer than six digits of a conductance are known."""
        if not self.flux_doubt <= CONDITIONING:
            doubt = self.flux_doubt
            known = f"known to a relative {doubt:.1e} only" if math.isfinite(doubt) else "not known"
            tell(f"a conductance between two baths is {known}: it is a tiny part of the γ/m of its baths, and the last "
                 "bits of the network decide its digits (certificate.flux_doubt)", PrecisionWarning)

    def _advice(self) -> str:
        if not self.conditioning <= self.tolerance:
            return ("Modes nearly coincide or hardly feel a bath, and the last bits of the stiffness matrix decide: if "
                    "all springs are equal, use MeanField; else make equal what is meant to be equal")
        return "Try frictions or masses changed by 1 part in 1e6, and report the system as an issue"


def certify(operator: Response, found: Resonances, conductance: FloatArray, weight: FloatArray, bright: FloatArray,
            at_baths: FloatArray) -> Certificate:
    """Return how far the identities are from holding; ``at_baths`` are the bath weights of the bath sites."""
    return examined(operator, found, conductance, weight, bright, at_baths)[0]


def examined(operator: Response, found: Resonances, conductance: FloatArray, weight: FloatArray, bright: FloatArray,
             at_baths: FloatArray) -> tuple[Certificate, FloatArray, FloatArray]:
    """Return the same, J_a = Σ_b C_ab (T_a - T_b) (n_baths,), and Σ_a h_n^a T_a (n_rows,)."""
    from hotsprings.kernels.identities import identities

    system, temperature = operator.system, operator.system.temperature
    flux, local, balance, missed, lowest, unbalanced = identities(conductance, weight, bright, at_baths, operator.rate,
                                                                    temperature)
    if not system.white:  # with memory J is no longer (γ/m)(T - T_kin)
        unbalanced = float(balance[[bath.white for bath in system.baths]].max(initial=0.0))
    certificate = Certificate(
        pole_sum=found.pole_sum,
        sum_rule=missed,
        flux_balance=unbalanced / (max(temperature.tolist()) or 1.0),
        positivity=max(0.0, -lowest),
        conditioning=operator.conditioning(),
        flux_doubt=operator.flux_doubt(),
        sampled_error=operator.sampled_error(),
        n_resonances=len(found),
        n_expected=found.n_expected,
    )
    return certificate, flux, local


def tell_dark(response: Response, *sites: int) -> None:
    """Warn where modes that never feel a bath move one of the sites."""
    n_dark, bright = response.dark_modes()
    moved = [site for site in sites if n_dark and bright[site] < 1.0]
    if moved:
        tell(f"{n_dark} normal modes {response.dark_means}, and site {moved[0]} moves in them: they keep "
             "ringing as they did at the start, and are taken to be at rest here", DarkModeWarning)


def tell_last_bits(response: Response) -> None:
    """Warn where last bits move what the sites of a network beyond 32 digits do, by more than is promised.

    Identities do not see it: they hold for the network that is one rounding beside.
    """
    moved = response.conditioning() if response.system.n_sites > SMALL else 0.0
    if not moved <= TOLERANCE:
        by = f"by up to {moved:.1e}" if moved < 1.0 else "by more than can be told"
        tell("modes nearly coincide or hardly feel a bath, and the last bits of the stiffness matrix move temperatures "
             f"{by}, and correlations of sites that move in them: make equal what is meant to be equal, or use "
             "MeanField if all springs are", PrecisionWarning)
