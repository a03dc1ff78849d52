"""Small mean fields that differ in their masses only, one after the other: fluxes with what certifies them."""

from __future__ import annotations

import numpy as np

from hotsprings import checks
from hotsprings.certificate import Certificate
from hotsprings.checks import FloatArray
from hotsprings.network import MeanField
from hotsprings.response.few_sites import FewSites, Standing, solved, standing
from hotsprings.response.mean_field import UNIT_32
from hotsprings.response.tolerances import DOUBTED_FLUX, SOONER
from hotsprings.system import OpenNetwork

__all__ = ["AlikeFields", "alike_fields"]


class AlikeFields:
    """Mean fields as one system is, with other masses: what they share is looked at once."""

    def __init__(self, system: OpenNetwork, network: MeanField, given: Standing) -> None:
        self.given, self.kappa, self.temperature = given, network.kappa, system.temperature
        self.warmest = max(self.temperature.tolist()) or 1.0
        self.bright = np.ones(system.n_baths)
        self.n_expected = 2 * system.n_sites - int(given.static == 0.0)

    def conductance(self, masses: FloatArray) -> FloatArray | None:
        """Return what :func:`hotsprings.conductance` does, bit for bit; None where that is to be asked itself.

        That is where it would refuse, warn, or take another road.
        """
        masses.setflags(write=False)  # as those of a network: compiled loops know the difference
        squares = self.kappa / masses
        lowest, highest = float(squares.min()), float(squares.max())
        if not (lowest >= 1.0 / checks.HIGHEST and highest <= checks.HIGHEST):
            return None
        found = solved(masses, (lowest, highest), self.given)
        return found.sums[0] if found is not None and self._certified(found, highest) else None

    def _certified(self, found: FewSites, highest: float) -> bool:
        from hotsprings.kernels.identities import identities

        matrix, weight = found.sums
        weight, rates = weight[self.given.sites], found.rate.tolist()
        *_, missed, least, unbalanced = identities(matrix, weight, self.bright, weight, found.rate, self.temperature)
        poles = abs(float(found.resonances.imag.sum()) / float(found.rate.sum()) - 1.0)
        lost = UNIT_32 * max(rates) ** 2 / highest if len(rates) > 1 else 0.0
        within = 1.0 / checks.HIGHEST <= min(rates) <= max(rates) <= checks.HIGHEST
        certificate = Certificate(poles, missed, unbalanced / self.warmest, max(0.0, -least), 0.0, lost, 0.0,
                                  found.resonances.size, self.n_expected)
        return certificate.holds and lost <= SOONER * DOUBTED_FLUX and within


def alike_fields(system: OpenNetwork) -> AlikeFields | None:
    """Return the mean fields that differ from a system in their masses; None where it is none of few sites.

    Parameters
    ----------
    system : OpenNetwork
    """
    network, given = system.network, standing(system)
    if given is None or not isinstance(network, MeanField) or not system.white:
        return None
    return AlikeFields(system, network, given)
