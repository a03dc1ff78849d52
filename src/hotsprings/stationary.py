"""The stationary state: heat fluxes, conductances, local temperatures, and proof that they are right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks, progress
from hotsprings.certificate import Certificate, certify, examined
from hotsprings.checks import FloatArray, IntArray, legible
from hotsprings.errors import DarkModeWarning, tell
from hotsprings.response.choice import flux_response, response_of
from hotsprings.response.resonances import Resonances, found_resonances
from hotsprings.system import ByName, OpenNetwork, shortened

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["SteadyState", "conductance", "steady_state"]


@dataclass(frozen=True, eq=False, repr=False)
class SteadyState:
    """The stationary state of an open network.

    Attributes
    ----------
    system : OpenNetwork
    heat_flux : ndarray, shape (n_baths,)
        J_a, from bath a into the network (energy/time); sums to zero.
    conductance : ndarray, shape (n_baths, n_baths)
        C_ab, J_a = Σ_b C_ab (T_a - T_b) (1/time); the diagonal is 0.
    bath_weight : ndarray, shape (n_sites, n_baths)
        h_n^a, the part of bath a in the local temperature of site n.
    local_temperature : ndarray, shape (n_sites,)
        T_n = m_n⟨q_n'²⟩ = Σ_a h_n^a T_a + (1 - bright weight) dark_temperature (energy, k_B = 1).
    bright_weight : ndarray, shape (n_sites,)
        Part of the motion of each site in modes that feel a bath; 1 where no dark mode touches it.
    n_dark_modes : int
        Modes that never feel a bath (outside the mean field: or with less than 1e-8 of the strongest coupling).
    dark_temperature : float
        Their kinetic temperature, which they keep from the initial state.
    resonances : Resonances
    certificate : Certificate

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> state = hs.steady_state(system)
    >>> state.heat_flux.round(10)
    array([ 0.25, -0.25])
    >>> state.local_temperature.round(10)
    array([1.25, 1.  , 0.75])
    >>> state.certificate.holds
    True
    """

    system: OpenNetwork
    heat_flux: FloatArray
    conductance: FloatArray
    bath_weight: FloatArray
    local_temperature: FloatArray
    bright_weight: FloatArray
    n_dark_modes: int
    dark_temperature: float
    resonances: Resonances
    certificate: Certificate

    def __setstate__(self, state: dict[str, Any]) -> None:
        for value in state.values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
        self.__dict__.update(state)

    @property
    def group_heat_flux(self) -> dict[str, float]:
        """Heat flux from each group into the network, the sum over its baths, by name (energy/time)."""
        return ByName({name: float(np.sum(self.heat_flux[list(baths)])) for name, baths in self.system.groups.items()})

    @property
    def group_conductance(self) -> dict[tuple[str, str], float]:
        """C_AB = Σ_{a∈A} Σ_{b∈B} C_ab between two groups, by both names: J/ΔT of groups of one temperature (1/time)."""
        groups = self.system.groups
        return ByName({(one, other): float(np.sum(self.conductance[np.ix_(groups[one], groups[other])]))
                       for one in groups for other in groups if one != other})

    @property
    def dark_sites(self) -> IntArray:
        """Sites that dark modes touch."""
        return np.flatnonzero(self.bright_weight < 1.0)

    def to_dataset(self) -> xarray.Dataset:
        """Return everything as an xarray Dataset, with dims, units and provenance.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> data = hs.steady_state(system).to_dataset()
        >>> dict(data.sizes)
        {'bath': 2, 'bath_to': 2, 'site': 3, 'resonance': 5}
        """
        from hotsprings.dataset import state_dataset

        return state_dataset(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the local temperatures against the site, the baths marked.

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
        >>> axes = hs.steady_state(system).plot()
        """
        from hotsprings.figures.state import plot_profile

        return plot_profile(self, ax)

    @property
    def contact_heat_flux(self) -> dict[str, float]:
        """Heat flux from each group, and from each bath without a name ("bath 2"), into the network (energy/time)."""
        return {name: float(np.sum(self.heat_flux[list(baths)])) for name, baths in self.system.contacts.items()}

    @property
    def contact_conductance(self) -> FloatArray:
        """C_AB between groups and baths without a name, in the order of ``system.contacts``, diagonal 0 (1/time)."""
        parts = [list(baths) for baths in self.system.contacts.values()]
        return np.array([[0.0 if one is other else np.sum(self.conductance[np.ix_(one, other)]) for other in parts]
                         for one in parts])

    def _repr_html_(self) -> str:
        from hotsprings.notebook import state_html

        return state_html(self)

    @legible
    def __repr__(self) -> str:
        t = self.local_temperature
        lines = [f"SteadyState of {self.system.network!r}"]
        told = zip(self.system.contact_lines(), self.contact_heat_flux.values(), strict=True)
        lines += shortened([f"  {line}, heat flux {flux:+.10g}" for line, flux in told], "baths")
        if len(self.system.contacts) == 2:
            c = float(self.contact_conductance[0, 1])
            lines.append(f"  conductance J/ΔT = {c:.12g}, N·J/ΔT = {self.system.n_sites * c:.12g}")
        lines.append(f"  local temperature {t.min():.6g} (site {int(t.argmin())}) … {t.max():.6g} "
                     f"(site {int(t.argmax())})")
        if self.n_dark_modes:
            lines.append(f"  {self.n_dark_modes} dark modes on {self.dark_sites.size} sites, "
                         f"kept at temperature {self.dark_temperature:g}")
        lines.append(f"  {self.resonances!r}")
        lines.append(f"  certificate: identities hold to {self.certificate.error:.1e}")
        if self.certificate.conditioning > self.certificate.tolerance:
            lines.append(f"  the last bits of the stiffness matrix move some temperatures by a relative "
                         f"{self.certificate.conditioning:.1e}")
        if self.certificate.flux_doubt > self.certificate.tolerance:
            lines.append(f"  and a heat flux by a relative {self.certificate.flux_doubt:.1e}")
        return "\n".join(lines)


def steady_state(system: OpenNetwork, dark_temperature: float = 0.0) -> SteadyState:
    """Return the exact stationary state, as finite sums over resonances.

    J_a = Σ_b C_ab (T_a - T_b),  C_ab = (1/4π) ∫ 4γ_aγ_b ω² |G_ab|² dω,
    T_n = Σ_a h_n^a T_a,  h_n^a = (γ_a m_n/π) ∫ ω² |G_na|² dω.

    Parameters
    ----------
    system : OpenNetwork
    dark_temperature : float
        Kinetic temperature ≥ 0 of the modes that never feel a bath: they keep what they had at the start.

    Returns
    -------
    SteadyState
        Fluxes in energy/time, temperatures in energy (k_B = 1).

    Raises
    ------
    ArgumentError
        If an argument is out of range.
    CertificateError
        If an identity fails by more than the tolerance of the certificate.

    Warns
    -----
    DarkModeWarning
        If modes exist that never feel a bath: the stationary state then depends on the initial one.
    PrecisionWarning
        If a conductance is known to less than six digits.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 15-17, 30.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> state = hs.steady_state(system)
    >>> print(f"{state.heat_flux[0]:.10f}")
    0.2500000000
    """
    operator = response_of(checks.instance("system", system, OpenNetwork))
    dark_temperature = checks.moderate("dark_temperature", dark_temperature)
    with progress.shown(system.n_sites):
        found = found_resonances(operator)
        matrix, weight = operator.stationary_sums()
        n_dark, bright = operator.dark_modes()
        certificate, flux, local = examined(operator, found, matrix, weight, bright, weight[system.bath_sites])
        if n_dark:
            local += (1.0 - bright) * dark_temperature
    certificate.refuse()
    certificate.warn()
    found = replace(found, doubt=operator.resonance_doubt())
    state = SteadyState(system, flux, matrix, weight, local, bright, n_dark, dark_temperature, found, certificate)
    for array in (flux, matrix, weight, local, bright):
        array.setflags(write=False)
    if n_dark:
        sites = state.dark_sites
        tell(f"{n_dark} normal modes {operator.dark_means} (they move {sites.size} sites, the first of them"
             f" site {sites[0]}): the stationary state depends on their initial energy, taken as temperature "
             f"{dark_temperature:g} (dark_temperature)", DarkModeWarning)
    return state


def conductance(system: OpenNetwork) -> FloatArray:
    """Return the conductance matrix alone, J_a = Σ_b C_ab (T_a - T_b); chains and rings need memory of order N n_baths.

    C_ab = (1/4π) ∫ 4γ_aγ_b ω² |G_ab|² dω

    Parameters
    ----------
    system : OpenNetwork
        Its temperatures do not matter.

    Returns
    -------
    ndarray, shape (n_baths, n_baths)
        1/time (k_B = 1); symmetric, the diagonal is 0.

    Raises
    ------
    ArgumentError
        If ``system`` is not an OpenNetwork.
    CertificateError
        If an identity fails at a bath site, a resonance is missing, or rounding of the network decides.

    Warns
    -----
    PrecisionWarning
        If a conductance is known to less than six digits.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 16, 17.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> hs.conductance(system).round(10)
    array([[0.  , 0.25],
           [0.25, 0.  ]])
    """
    operator = flux_response(checks.instance("system", system, OpenNetwork))
    with progress.shown(system.n_sites, operator.seconds):
        found = found_resonances(operator)
        matrix, weight = operator.stationary_sums()
    rows = operator.bath_rows
    weight, bright = weight[rows], operator.dark_modes()[1][rows]
    certificate = certify(operator, found, matrix, weight, bright, weight)
    certificate.refuse()
    certificate.warn()
    matrix.setflags(write=False)
    return matrix
