"""What happens at each frequency: Green operator, transmittance, density of states, spectral heat current."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hotsprings import checks
from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import ArgumentError, CertificateError
from hotsprings.response.blocks import blocks
from hotsprings.response.operator import green_operator
from hotsprings.response.resonances import resonances
from hotsprings.response.spectral import transmittance_poles
from hotsprings.system import OpenNetwork

__all__ = ["cumulative_heat_flux", "frequency_grid", "green", "local_density_of_states", "transmittance"]

ABOVE_ONE = 1e-6  # by which rounding, beside a narrow resonance, may take a transmittance over its bound


def _group(name: str, baths: int | Iterable[int], n_baths: int) -> list[int]:
    """Return the numbers of one bath or of several, counted from 0, none twice."""
    if isinstance(baths, str) or not isinstance(baths, Iterable):
        return [checks.index(name, baths, n_baths, "bath")]
    group = [checks.index(f"{name}[{i}]", bath, n_baths, "bath") for i, bath in enumerate(baths)]
    if not group:
        raise ArgumentError(name, "hold at least one bath", "it is empty")
    for i, bath in enumerate(group):
        if bath in group[:i]:
            raise ArgumentError(f"{name}[{i}]", "differ from the baths before it", f"bath {bath} is there twice")
    return group


def _pairs(system: OpenNetwork, source: int | Iterable[int], drain: int | Iterable[int]) -> list[tuple[int, int]]:
    """Return every pair of a bath of the source and one of the drain."""
    here, there = _group("source", source, system.n_baths), _group("drain", drain, system.n_baths)
    both = sorted(set(here) & set(there))
    if both:
        alone = len(here) == len(there) == 1
        raise ArgumentError("drain", "differ from the source",
                            f"both are bath {both[0]}" if alone else f"bath {both[0]} is in both")
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

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eqs. 6-14.
    """
    system = checks.instance("system", system, OpenNetwork)
    frequencies = checks.frequencies("omega", omega)
    i, j = checks.index("i", i, system.n_sites), checks.index("j", j, system.n_sites)
    return green_operator(system).element(frequencies, i, j)


def transmittance(system: OpenNetwork, omega: FloatArray | float, source: int | Iterable[int] = 0,
                  drain: int | Iterable[int] = 1) -> FloatArray:
    """Return the transmittance between two baths, 𝒯_ab(ω) = 4 γ_a γ_b ω² |G_ab(ω)|², or between two groups of baths.

    That of two groups is the sum over pairs, 𝒯_AB = Σ_{a∈A} Σ_{b∈B} 𝒯_ab = 4 ω² Tr[Γ_A G Γ_B G†] (Caroli); each pair
    costs one Green element.

    Parameters
    ----------
    system : OpenNetwork
    omega : array_like of float, shape (n_omega,)
        Angular frequencies, any sign.
    source, drain : int or iterable of int
        Numbers of the two baths, counted as in ``system.baths``, or of all baths of two groups that share none.

    Returns
    -------
    ndarray, shape of omega
        In [0, 1]; between groups, at most the number of baths of the smaller one.

    Raises
    ------
    ArgumentError
        If a frequency is not real and finite, a bath is out of range or given twice, or a group is empty.
    CertificateError
        If the transmittance of two baths comes out above 1.

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Eq. 17; Caroli, Combescot, Nozières, Saint-James, J. Phys. C 4, 916
    (1971).
    """
    system = checks.instance("system", system, OpenNetwork)
    frequencies = checks.frequencies("omega", omega)
    operator, total = green_operator(system), np.zeros(frequencies.shape)
    sites, friction = system.bath_sites, system.friction
    for a, b in _pairs(system, source, drain):
        flow = operator.element(frequencies, int(sites[a]), int(sites[b]), times_omega=True)
        value = 4.0 * friction[a] * friction[b] * (flow.real**2 + flow.imag**2)
        if not np.all(value <= 1.0 + ABOVE_ONE):
            raise CertificateError(f"the transmittance between baths {a} and {b} comes out as {np.max(value):.6g}, "
                                   "and 1 is its bound: report the system as an issue")
        total += np.minimum(value, 1.0)
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
    """
    system = checks.instance("system", system, OpenNetwork)
    frequencies = checks.frequencies("omega", omega)
    n = checks.index("site", site, system.n_sites)
    operator, total = green_operator(system), np.zeros(frequencies.shape)
    for friction, site in zip(system.friction, system.bath_sites, strict=True):
        flow = operator.element(frequencies, n, int(site), times_omega=True)
        total += friction * (flow.real**2 + flow.imag**2)
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
    """
    count = checks.integer("points_per_resonance", points_per_resonance, 4) // 2
    frequency = resonances(checks.instance("system", system, OpenNetwork)).frequency
    frequency = frequency[frequency.real >= 0.0]
    top = 1.2 * float(np.abs(frequency).max()) if omega_max is None else checks.positive("omega_max", omega_max)
    real, width = frequency.real, np.maximum(frequency.imag, np.finfo(float).tiny)
    half = 0.5 * np.diff(real, prepend=-real[0], append=max(2.0 * top - real[-1], real[-1]))
    steps = np.linspace(0.0, 1.0, count + 1)
    sides = [sign * width[:, None] * np.sinh(steps * np.arcsinh(reach / width)[:, None])
             for sign, reach in ((-1.0, half[:-1]), (1.0, half[1:]))]
    around = real[:, None] + np.concatenate(sides, axis=1)
    low = min(1e-3 * float(np.abs(frequency).min()), top)
    grid = np.unique(np.concatenate([around.ravel(), np.linspace(0.0, top, 401), np.geomspace(low, top, 400)]))
    return np.asarray(grid[(grid >= 0.0) & (grid <= top)])


def cumulative_heat_flux(system: OpenNetwork, omega: FloatArray | float, source: int | Iterable[int] = 0,
                         drain: int | Iterable[int] = 1) -> FloatArray:
    """Return the heat flux carried below a frequency per temperature difference, (1/2π) ∫_0^ω 𝒯_ab dω', exactly.

    With the residues ρ_k of 𝒯 at its poles in the upper half plane, ∫_0^ω 𝒯 = Σ_k 2 Re{ρ_k [ln(ω_k - ω) - ln ω_k]}.
    For ω → ∞ it tends to the conductance C_ab, against which the residues are checked. It costs a logarithm per
    frequency and resonance: about 1 s for 10⁴ of each.

    Parameters
    ----------
    system : OpenNetwork
    omega : array_like of float, shape (n_omega,)
        Angular frequencies ≥ 0.
    source, drain : int or iterable of int
        Numbers of the two baths, or of all baths of two groups that share none: then the sum over pairs.

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
    """
    system = checks.instance("system", system, OpenNetwork)
    frequencies = checks.frequencies("omega", omega)
    if np.any(frequencies < 0.0):
        raise ArgumentError("omega", "be 0 or more", f"{frequencies.min()} is among them")
    pairs = _pairs(system, source, drain)
    from hotsprings.kernels.cauchy import logarithmic_sums

    flat, total = np.ascontiguousarray(frequencies.ravel()), np.zeros(frequencies.size)
    for found in transmittance_poles(green_operator(system), pairs):
        for block in blocks(flat.size, 10 * found.poles.size):
            total[block] += logarithmic_sums(flat[block], found.poles, found.residues)
    return (total / (2.0 * np.pi)).reshape(frequencies.shape)
