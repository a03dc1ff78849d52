"""What happens at each frequency: Green operator, transmittance, density of states, spectral heat current."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import ArgumentError, CertificateError, PrecisionWarning, tell
from hotsprings.response.choice import response_of
from hotsprings.response.elements import kept_doubts
from hotsprings.response.resonances import resonances
from hotsprings.response.spectral import element, fluxes_below
from hotsprings.response.tolerances import CONDITIONING, TINY
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cumulative_heat_flux", "frequency_grid", "green", "local_density_of_states", "plot_cumulative_heat_flux",
           "plot_transmittance", "transmittance"]


def __dir__() -> list[str]:
    return sorted(__all__)


MOST_POINTS = 10_000  # around each resonance
ABOVE_ONE = 1e-6  # by which rounding, beside a narrow resonance, may take a transmittance over its bound


Baths = int | str | Iterable[int | str]


def _pairs(system: OpenNetwork, source: Baths | None, drain: Baths | None) -> list[tuple[int, int]]:
    """Return every pair of a bath of the source and one of the drain."""
    here, there = system.source_and_drain(source, drain)
    return [(a, b) for a in here for b in there]


def green(system: OpenNetwork, omega: FloatArray | float, i: int, j: int) -> ComplexArray:
    """Return one element of the Green operator, G(ω) = [K - ω²M + iωΓ]⁻¹, at real frequencies.

    G_ij = δ_ij/A_i + (k/Ñ)/(A_i A_j s),  s = 1 - (k/Ñ) Σ 1/A_n  in the mean field; O(N) per frequency.

    Parameters
    ----------
    system : OpenNetwork
    omega : array_like of float, shape (n_omega,)
        Angular frequencies, any sign.
    i, j : int
        Sites; negative ones count from the end. i = j is allowed.

    Returns
    -------
    ndarray of complex, shape of omega
        Length/force = 1/stiffness; infinite at ω = 0 in a free network.

    Raises
    ------
    ArgumentError
        If a frequency is not real and finite, or a site out of range.

    Warns
    -----
    PrecisionWarning
        If fewer than six digits are known: on a resonance narrower than the last bits of ω, or far from all motion.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 6-14.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> hs.green(system, 1.0, 0, 2).round(10)
    (-0.2+0.4j)
    """
    system = checks.instance("system", system, OpenNetwork)
    frequencies = checks.frequencies("omega", omega)
    i, j = checks.index("i", i, system.n_sites), checks.index("j", j, system.n_sites)
    return element(response_of(system), frequencies, i, j)


def transmittance(system: OpenNetwork, omega: FloatArray | float, source: Baths | None = None,
                  drain: Baths | None = None) -> FloatArray:
    """Return the transmittance between two baths, 𝒯_ab(ω) = 4 γ_a γ_b ω² |G_ab(ω)|², or between two groups of baths.

    That of two groups is the sum over pairs, 𝒯_AB = Σ_{a∈A} Σ_{b∈B} 𝒯_ab = 4 ω² Tr[Γ_A G Γ_B G†] (Caroli); each pair
    costs one Green element.

    Parameters
    ----------
    system : OpenNetwork
    omega : array_like of float, shape (n_omega,)
        Angular frequencies, any sign.
    source, drain : int, str, or iterable of these
        Two baths by their numbers, counted as in ``system.baths``, or two groups by their names or the numbers of their
        baths. With more than two baths both must be given; of two baths, from bath 0 to bath 1 by default.

    Returns
    -------
    ndarray, shape of omega
        In [0, 1]; between groups, at most the number of baths of the smaller one.

    Raises
    ------
    ArgumentError
        If a frequency is not real and finite, there is no such bath or group, one is in both, or one is
        left out where there are more than two baths.
    CertificateError
        If the transmittance of two baths comes out above 1.

    Warns
    -----
    PrecisionWarning
        If fewer than six digits are known, once for all pairs: the sum over them tells how much each counts.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 17; Caroli, Combescot, Nozières, Saint-James, J. Phys. C 4, 916
    (1971).

    Examples
    --------
    >>> import hotsprings as hs
    >>> chain = hs.Chain([1, 1, 1, 1])
    >>> system = hs.OpenNetwork(chain, hs.bath_group([0, 1], 1.5, name="hot") + [hs.Bath(-1, 0.5, name="cold")])
    >>> hs.transmittance(system, [0.5, 1.0], "hot", "cold").round(10)
    array([0.89913632, 0.61538462])
    """
    system = checks.instance("system", system, OpenNetwork)
    frequencies = checks.frequencies("omega", omega)
    operator, total, unsure = response_of(system), np.zeros(frequencies.shape), np.zeros(frequencies.shape)
    sites, drag = system.bath_sites, operator.drag(frequencies)
    for a, b in _pairs(system, source, drain):
        with kept_doubts() as doubts:
            flow = element(operator, frequencies, int(sites[a]), int(sites[b]), times_omega=True)
        value = 4.0 * drag[a] * drag[b] * (flow.real**2 + flow.imag**2)
        for doubt, where in doubts:
            unsure += np.where(np.isin(np.abs(frequencies), np.abs(where)), 2.0 * doubt * value, 0.0)
        if not np.all(value <= 1.0 + ABOVE_ONE):
            raise CertificateError(f"the transmittance between baths {a} and {b} comes out as {np.max(value):.6g}, "
                                   "and 1 is its bound: report the system as an issue")
        total += np.minimum(value, 1.0)
    lost = ~(unsure <= CONDITIONING * total)
    if lost.any():
        at, worst = frequencies[lost], float(np.max(unsure[lost] / total[lost]))
        tell(f"the transmittance at {at.size} frequencies between {at.min():.6g} and {at.max():.6g} is known to a "
             f"relative {worst:.1e} only: it is small beside what the last bits of the network change there",
             PrecisionWarning)
    return total


def local_density_of_states(system: OpenNetwork, omega: FloatArray | float, site: int) -> FloatArray:
    """Return the density of vibrational states on one site, ρ_n(ω) = -(2 ω m_n/π) Im G_nn(ω).

    Taken as (2 m_n/π) Σ_a γ_a ω² |G_na|², the same without cancellation and never negative: each bath costs one Green
    element. Its integral over ω > 0 is the bright weight of the site (1 where no dark mode touches it).

    Parameters
    ----------
    system : OpenNetwork
    omega : array_like of float, shape (n_omega,)
        Angular frequencies, any sign.
    site : int
        Negative ones count from the end.

    Returns
    -------
    ndarray, shape of omega
        In 1/frequency.

    Raises
    ------
    ArgumentError
        If a frequency is not real and finite, or the site out of range.

    References
    ----------
    Dhar, Adv. Phys. 57, 457 (2008), section 3.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> hs.spectrum.local_density_of_states(system, [0.5, 1.0], 1).round(10)
    array([0.25705783, 0.25464791])
    """
    system = checks.instance("system", system, OpenNetwork)
    frequencies = checks.frequencies("omega", omega)
    n = checks.index("site", site, system.n_sites)
    operator, total = response_of(system), np.zeros(frequencies.shape)
    for drag, site in zip(operator.drag(frequencies), system.bath_sites, strict=True):
        flow = element(operator, frequencies, n, int(site), times_omega=True)
        total += drag * (flow.real**2 + flow.imag**2)
    return np.asarray(2.0 * system.network.masses[n] / np.pi * total)


def frequency_grid(system: OpenNetwork, points_per_resonance: int = 32, omega_max: float | None = None) -> FloatArray:
    """Return frequencies ≥ 0 that resolve every resonance, however narrow, and the ground between them.

    Around each resonance ω = Re ω_k ± Im ω_k sinh u, u equally spaced, half way to its neighbours; and a linear and a
    logarithmic background of 400 points each. It is for plots: the trapezoidal rule on it is right to some 5 % with 32
    points per resonance, 0.3 % with 128, 0.01 % with 512 (:func:`hotsprings.steady_state` needs no quadrature).

    Parameters
    ----------
    system : OpenNetwork
    points_per_resonance : int
        Points for each resonance, 4 or more.
    omega_max : float, optional
        Upper end; by default 1.2 × the highest resonance.

    Returns
    -------
    ndarray, shape (n_omega,)
        Sorted, without repetitions, from 0 to ``omega_max``.

    Raises
    ------
    ArgumentError
        If an argument is out of range.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> omega = hs.spectrum.frequency_grid(system)
    >>> float(omega[0]), bool((omega[1:] > omega[:-1]).all())
    (0.0, True)
    """
    count = checks.count("points_per_resonance", points_per_resonance, 4, MOST_POINTS) // 2
    frequency = resonances(checks.instance("system", system, OpenNetwork)).frequency
    frequency = frequency[frequency.real >= 0.0]
    top = 1.2 * float(np.abs(frequency).max()) if omega_max is None else checks.positive("omega_max", omega_max)
    real, width = frequency.real, np.maximum(frequency.imag, TINY)
    half = 0.5 * np.diff(real, prepend=-real[0], append=max(2.0 * top - real[-1], real[-1]))
    steps = np.linspace(0.0, 1.0, count + 1)
    sides = [sign * width[:, None] * np.sinh(steps * np.arcsinh(reach / width)[:, None])
             for sign, reach in ((-1.0, half[:-1]), (1.0, half[1:]))]
    around = real[:, None] + np.concatenate(sides, axis=1)
    low = min(1e-3 * float(np.abs(frequency).min()), top)
    grid = np.unique(np.concatenate([around.ravel(), np.linspace(0.0, top, 401), np.geomspace(low, top, 400)]))
    return np.asarray(grid[(grid >= 0.0) & (grid <= top)])


def cumulative_heat_flux(system: OpenNetwork, omega: FloatArray | float, source: Baths | None = None,
                         drain: Baths | None = None) -> FloatArray:
    """Return the heat flux carried below a frequency per temperature difference, (1/2π) ∫_0^ω 𝒯_ab dω', exactly.

    With the residues ρ_k of 𝒯 at its poles in the upper half plane, ∫_0^ω 𝒯 = Σ_k 2 Re{ρ_k [ln(ω_k - ω) - ln ω_k]}.
    For ω → ∞ it tends to the conductance C_ab, against which the residues are checked: it is known to 1e-9 of that, not
    of what little flows far below the first resonance (there 𝒯_ab(0) ω/2π has more digits). It costs a logarithm per
    frequency and resonance: about 1 s for 10⁴ of each.

    Parameters
    ----------
    system : OpenNetwork
    omega : array_like of float, shape (n_omega,)
        Angular frequencies ≥ 0.
    source, drain : int, str, or iterable of these
        As for :func:`transmittance`; of groups the sum over pairs.

    Returns
    -------
    ndarray, shape of omega
        In 1/time; multiply by T_a - T_b (the temperatures of the two groups).

    Raises
    ------
    ArgumentError
        If a frequency is negative or not finite, or a bath out of range or given twice.
    CertificateError
        If the residues do not add up to the conductance.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 16 with an upper limit.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> below = hs.spectrum.cumulative_heat_flux(system, [0.5, 1.0, 1e9])
    >>> below.round(10), hs.conductance(system)[0, 1].round(10)
    (array([0.0789793 , 0.15459045, 0.25      ]), 0.25)
    """
    system = checks.instance("system", system, OpenNetwork)
    frequencies = checks.frequencies("omega", omega)
    if np.any(frequencies < 0.0):
        raise ArgumentError("omega", "be 0 or more", f"{frequencies.min()} is among them")
    pairs = _pairs(system, source, drain)
    return fluxes_below(system, pairs, np.ascontiguousarray(frequencies.ravel())).reshape(frequencies.shape)


def _drawn(omega: Any) -> FloatArray:
    """Return frequencies to draw at, ascending."""
    found = np.unique(checks.frequencies("omega", omega))
    if not found.size:
        raise ArgumentError("omega", "hold at least one frequency", "it is empty")
    return found


def plot_transmittance(system: OpenNetwork, source: Baths | None = None, drain: Baths | None = None,
                       omega: FloatArray | None = None, ax: Axes | None = None) -> Axes:
    r"""Draw the transmittance between two baths or groups, every peak resolved, with the resonances on the floor.

    Parameters
    ----------
    system : OpenNetwork
    source, drain : int, str, or iterable of these
        As for :func:`transmittance`.
    omega : array_like of float, shape (n_omega,), optional
        Angular frequencies; those of :func:`frequency_grid` by default.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ArgumentError, CertificateError
        As :func:`transmittance`.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> hs.spectrum.plot_transmittance(system).get_ylabel()
    'transmittance $\\mathcal{T}(\\omega)$'
    """
    from hotsprings.figures import state as pictures

    grid = frequency_grid(system) if omega is None else _drawn(omega)
    values = transmittance(system, grid, source, drain)
    return pictures.plot_transmittance(grid, values, ax, resonances(system))


def plot_cumulative_heat_flux(system: OpenNetwork, source: Baths | None = None, drain: Baths | None = None,
                              omega: FloatArray | None = None, ax: Axes | None = None) -> Axes:
    r"""Draw the heat flux that is carried below each frequency between two baths or groups, and what it tends to.

    Parameters
    ----------
    system : OpenNetwork
    source, drain : int, str, or iterable of these
        As for :func:`transmittance`.
    omega : array_like of float, shape (n_omega,), optional
        Angular frequencies ≥ 0; those of :func:`frequency_grid` by default.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ArgumentError, CertificateError
        As :func:`cumulative_heat_flux`.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> hs.spectrum.plot_cumulative_heat_flux(system).get_xlabel()
    'angular frequency $\\omega$'
    """
    from hotsprings.figures import state as pictures

    grid = frequency_grid(system) if omega is None else _drawn(omega)
    flux = cumulative_heat_flux(system, grid, source, drain)
    total = float(cumulative_heat_flux(system, np.array([1e12 * (1.0 + grid.max())]), source, drain)[0])
    return pictures.plot_cumulative(grid, flux, ax, total)
