"""Semi-infinite chains as baths (Rubin): zeros of a quadratic pencil, logarithms instead of residues.

With ω² = (k/m)(2 - y - 1/y) of the leads, y = e^{iθ} and ω = W sin(θ/2), W = 2 sqrt(k/m), in their band, and
M' = M k/m, E = k on the sites that leads touch,

    Z = Q(y)/y,   Q(y) = y² M' + y (K + E - 2M') + M' - E.

Its zeros with |y| < 1 are resonances, those with |y| > 1 bound states, which no lead damps.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import numpy as np

from hotsprings.baths import Lead
from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import ArgumentError, CertificateError
from hotsprings.response.lead_sums import BROAD, NARROW, band_integrals, upper_root
from hotsprings.response.lead_zeros import IN_BAND, LeadZeros, Pencil, bound_weight, lead_zeros, pencil_of
from hotsprings.response.remembered import RememberingResponse
from hotsprings.response.response import Poles, Response, Sums, without_diagonal
from hotsprings.response.tolerances import ON_AXIS, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["LeadResponse", "has_leads", "refuse_leads"]

DIGIT = 0.1  # of what the certificate lets pass, above which residues near the band are not taken


def has_leads(system: OpenNetwork) -> bool:
    """Return whether one of the baths is a semi-infinite lead."""
    return any(isinstance(bath, Lead) for bath in system.baths)


def refuse_leads(system: OpenNetwork, what: str) -> None:
    """Refuse what has no finite sum over resonances where leads have a band that ends."""
    for i, bath in enumerate(system.baths):
        if isinstance(bath, Lead):
            raise ArgumentError(f"baths[{i}]", f"be a Bath, with a cutoff perhaps, for {what}: a lead takes heat in a "
                                "band that ends, and only conductances and local temperatures are finite sums there "
                                "(integrate hs.transmittance or hs.green over the band for more)", "a Lead was given")


def _common(system: OpenNetwork) -> tuple[float, float]:
    """Return k and m of the leads; refuse leads of two kinds, and leads beside other baths."""
    first = next(bath for bath in system.baths if isinstance(bath, Lead))
    for i, bath in enumerate(system.baths):
        if not isinstance(bath, Lead):
            raise ArgumentError(f"baths[{i}]", "be a Lead as the others: a lead beside a bath with friction makes the "
                                "transmittance irrational, with no finite sum over resonances", "a Bath was given")
        if (bath.k, bath.mass) != (first.k, first.mass):
            raise ArgumentError(f"baths[{i}]", "have the k and mass of the other leads: two bands that end at "
                                "different frequencies leave an elliptic integral, no finite sum",
                                f"k = {bath.k:g}, mass = {bath.mass:g} beside k = {first.k:g}, mass = {first.mass:g}")
    return first.k, first.mass


class LeadResponse(RememberingResponse):
    """A network between equal semi-infinite chains.

    C_ab = -(1/π) Σ_k ρ_k artanh(W/ω_k) and h_n^a from residues inside the circle |y| = 1, of zeros near the band; 𝒯 and
    |G_na|² without them are smooth there, and integrated.

    References
    ----------
    Rubin, Phys. Rev. 131, 964 (1963); Dhar, Roy, J. Stat. Phys. 125, 801 (2006).
    """

    dark_means: ClassVar[str] = "feel no lead, or are bound outside its band"

    def __init__(self, system: OpenNetwork) -> None:
        super().__init__(system)
        self.k, self.mass = _common(system)

    @cached_property
    def pencil(self) -> Pencil:
        """The network and its leads in normal coordinates."""
        return pencil_of(self.system, self.k, self.mass, self.modes)

    @cached_property
    def zeros(self) -> LeadZeros:
        """All zeros of the pencil."""
        return lead_zeros(self.pencil)

    @cached_property
    def _inside(self) -> tuple[IntArray, ComplexArray]:
        """Which zeros have |y| < 1, and their ω."""
        inside = np.flatnonzero(self.zeros.kept & (self.zeros.gap > 0.0))
        return inside, upper_root(self.zeros.squared(self.pencil)[inside])

    @property
    def poles(self) -> Poles:
        """Resonances, |y| < 1, with Re ω ≥ 0: not all there is to G, which has a cut along the band too."""
        omega = self._inside[1]
        omega = np.where(np.abs(omega.real) <= ON_AXIS * np.abs(omega), 1j * omega.imag, omega)
        omega = omega[(omega.real >= 0.0) & (omega.imag > 0.0)]
        return Poles(omega, np.where(omega.real > 0.0, 1.0, 0.5))

    def left(self, sites: IntArray) -> ComplexArray:
        """Refuse: G has a cut besides its poles."""
        refuse_leads(self.system, "this")
        raise AssertionError

    def right(self) -> ComplexArray:
        """Refuse: G has a cut besides its poles."""
        return self.left(self.system.bath_sites)

    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Refuse: G has a cut besides its poles."""
        return self.left(sites)

    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Refuse: the band of the leads ends."""
        return self.left(self.system.bath_sites), self.right()

    def drag(self, omega: FloatArray) -> FloatArray:
        """Return γ_a'(ω) = k sin θ/ω at real frequencies, shape (n_baths, ...); 0 outside the band."""
        half = np.abs(omega) / self.pencil.top
        value = np.sqrt(self.k * self.mass) * np.sqrt(np.maximum((1.0 - half) * (1.0 + half), 0.0))
        return np.asarray(np.broadcast_to(value, (self.system.n_baths, *half.shape)))

    def decay_sum(self) -> float:
        """Return the sum of the decay rates as found: no identity is known for it."""
        return float(self.resonance_frequencies().imag.sum())

    def expected_resonances(self) -> int:
        """Return how many resonances were found: their number is not known beforehand."""
        return int(self.resonance_frequencies().size)

    def detuned(self, shift: float) -> LeadResponse:
        """Return the response itself: coinciding zeros do no harm to sums over eigenvectors and their inverse."""
        return self

    def plain_sums(self) -> Sums:
        """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths).

        From residues of what is not broad; where these do not close, of what is narrower than rounding only.
        """
        return self._sums[0]

    @cached_property
    def _sums(self) -> tuple[Sums, float]:
        """Conductances and bath weights, and the error of the first."""
        scale = 2.0 * self.k**2 / np.pi
        for broadest in (BROAD, NARROW):
            try:
                between, local, error = band_integrals(self.pencil, self.zeros, broadest)
            except CertificateError:
                if broadest == NARROW:
                    raise
                continue
            found = without_diagonal(scale * between), self.pencil.weight[:, None] * local
            if scale * error <= DIGIT * TOLERANCE * self.pencil.top and self._gap(found) <= DIGIT * TOLERANCE:
                break
        return found, scale * error

    def _mean(self) -> Sums | None:
        """Return None: nothing is gained by detuning."""
        return None

    def cancelled(self) -> FloatArray:
        """Return what two rules of quadrature differ by, relative to each conductance, shape (n_baths, n_baths)."""
        size = np.abs(self._sums[0][0])
        return np.asarray(np.where(size > 0.0, self._sums[1] / np.where(size > 0.0, size, 1.0), 0.0))

    def resonance_doubt(self) -> float:
        """Return the largest relative change of a resonance or its decay rate by last bits, or by rounding of x."""
        zeros, (inside, omega) = self.zeros, self._inside
        rings = (omega.real >= 0.0) & (omega.imag > 0.0)
        inside, omega, x = inside[rings], omega[rings], zeros.x[inside][rings]
        moved = np.abs(omega * (1.0 / x - 0.5 / (1.0 + x))) * zeros.doubt[inside]
        faint = (zeros.gap[inside] < IN_BAND * np.abs(x)) & (x.imag != 0.0)  # decay rates known from what leads take
        part = moved / np.where(faint, np.abs(omega), omega.imag)
        return max(super().resonance_doubt(), float(part.max(initial=0.0)))

    def sampled_error(self) -> float:
        """Return what two rules of quadrature differ by, beside the width of the band."""
        return self._sums[1] / self.pencil.top

    @cached_property
    def _dark(self) -> tuple[int, FloatArray]:
        count, bound = bound_weight(self.pencil, self.zeros)
        dark = self.modes.dark_modes
        return dark.shape[1] + count, 1.0 - (dark**2).sum(axis=1) - bound

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and bound states, and the bright weight of each site, shape (n_sites,)."""
        return self._dark

    def _added(self, omega: float) -> ComplexArray:
        """Return Σ(ω) = k (1 - z), what leads add to the stiffness of their sites, shape (n_baths,).

        In the band it is mω²/2 + iωγ sqrt(1 - ω²/W²): half a mass of the lead less, and friction.
        """
        half = omega / self.pencil.top
        if abs(half) <= 1.0:
            drag = np.sqrt(self.k * self.mass) * np.sqrt((1.0 - half) * (1.0 + half))
            value = complex(0.5 * self.mass * omega * omega, omega * drag)
        else:
            value = complex(self.k + self.k / (abs(half) + np.sqrt((abs(half) - 1.0) * (abs(half) + 1.0))) ** 2)
        return np.full(self.system.n_baths, value)

    def branches(self) -> list[tuple[float, Response]]:
        """Return the response itself."""
        return [(1.0, self)]

