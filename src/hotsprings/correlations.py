"""Fluctuations in time: stationary correlations of positions and velocities, and their spectra."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import ArgumentError, CertificateError, DarkModeWarning
from hotsprings.response.choice import response_of
from hotsprings.response.drude import damping
from hotsprings.response.leads import refuse_leads
from hotsprings.response.response import Response
from hotsprings.response.rotating import rotating
from hotsprings.system import OpenNetwork

__all__ = ["correlation", "power_spectrum"]

TOLERANCE = 1e-9  # to which the identities of a correlation must hold


def _amplitudes(response: Response, i: int, j: int) -> tuple[ComplexArray, ComplexArray]:
    """Return A_k = 2i Σ_a γ_a T_a (R_k)_ia G_ja(-ω_k) of ⟨q_i(t) q_j(0)⟩, t > 0, and of ⟨q_j(t) q_i(0)⟩."""
    system = response.system
    sites = np.array([i, j])
    source = 2j * damping(system, response.poles.omega) * system.temperature[:, None] * response.right()
    left, mirrored = response.left(sites), response.mirrored(sites)
    return (np.asarray(left[0] * np.einsum("ak,ak->k", source, mirrored[1])),
            np.asarray(left[1] * np.einsum("ak,ak->k", source, mirrored[0])))


def _tell_dark(response: Response, *sites: int) -> None:
    """Warn where modes that never feel a bath move one of the sites."""
    n_dark, bright = response.dark_modes()
    moved = [site for site in sites if n_dark and bright[site] < 1.0]
    if moved:
        warnings.warn(f"{n_dark} normal modes {response.dark_means}, and site {moved[0]} moves in them: they keep "
                      "ringing as they did at the start, and are taken to be at rest here", DarkModeWarning,
                      stacklevel=3)


def correlation(system: OpenNetwork, i: int, j: int, times: Any, of: str = "velocity") -> FloatArray:
    """Return the stationary correlation of two sites, ⟨v_i(t) v_j(0)⟩ or ⟨q_i(t) q_j(0)⟩.

    ⟨q_i(t) q_j(0)⟩ = Σ_k A_k exp(iω_k t), A_k = 2i Σ_a γ_a T_a (R_k)_ia G_ja(-ω_k), t > 0; of velocities ω_k² A_k.

    Parameters
    ----------
    system : OpenNetwork
    i, j : int
        Sites; i = j is allowed.
    times : array_like
        Times of either sign, any shape: ⟨v_i(-t) v_j(0)⟩ = ⟨v_j(t) v_i(0)⟩, another function out of equilibrium.
    of : str
        "velocity" or "position".

    Returns
    -------
    ndarray, shape of times
        length²/time² (or length²); modes that feel no bath are taken to be at rest.

    Raises
    ------
    ArgumentError
        If an argument is out of range, positions are asked of a free network (they diffuse away), or a bath is a lead.
    CertificateError
        If both orders of the sites disagree at t = 0.

    Warns
    -----
    DarkModeWarning
        If modes that never feel a bath move one of the sites.

    References
    ----------
    Kubo, Toda, Hashitsume, *Statistical Physics* II, section 1.6; the sum by residues as in `steady_state`.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.MeanField([0.9, 1.3, 0.7, 1.1, 1.6], k=1.0, k0=0.5),
    ...                         [hs.Bath(0, 1.5, 0.8), hs.Bath(4, 0.5, 1.3)])
    >>> hs.correlation(system, 0, 3, [1.7, -1.7]).round(9).tolist()
    [0.112357127, 0.233108684]
    """
    system = checks.instance("system", system, OpenNetwork)
    i, j = checks.index("i", i, system.n_sites), checks.index("j", j, system.n_sites)
    values = checks.real_array("times", times)
    if of not in ("velocity", "position"):
        raise ArgumentError("of", 'be "velocity" or "position"', f"{checks.shown(of)} was given")
    refuse_leads(system, "correlations in time")
    response = response_of(system)
    if of == "position" and _free(system):
        raise ArgumentError("of", 'be "velocity" in a free network, whose positions diffuse away',
                            '"position" was given')
    out, start, size = np.zeros(values.size), 0.0, 0.0
    flat = values.ravel()
    for weight, branch in response.branches():
        forward, backward = _amplitudes(branch, i, j)
        if of == "velocity":
            forward, backward = forward * branch.poles.omega**2, backward * branch.poles.omega**2
        later = flat >= 0.0
        out[later] += weight * rotating(branch.poles, forward, flat[later])
        out[~later] += weight * rotating(branch.poles, backward, -flat[~later])
        start += weight * float(2.0 * np.sum(branch.poles.share * (forward - backward)).real)
        size += weight * float(2.0 * np.sum(branch.poles.share * np.abs(forward)))
    if not abs(start) <= TOLERANCE * abs(size):
        raise CertificateError(f"the correlations of sites {i} and {j} in both orders differ by a relative "
                               f"{abs(start) / abs(size):.1e} at t = 0: resonances nearly coincide. Try frictions "
                               "changed by 1 part in 1e4, and report the system as an issue")
    _tell_dark(response, i, j)
    return out.reshape(values.shape)


def _free(system: OpenNetwork) -> bool:
    """Return whether nothing holds the network in place: G diverges at ω = 0."""
    site = int(system.bath_sites[0])
    return bool(np.isinf(response_of(system).element(np.zeros(1), site, site)[0]))


def power_spectrum(system: OpenNetwork, omega: Any, i: int) -> FloatArray:
    """Return the power spectrum of the velocity of a site, S_i(ω) = ∫ ⟨v_i(t) v_i(0)⟩ exp(-iωt) dt.

    S_i(ω) = Σ_a 2γ_a T_a ω² |G_ia(ω)|²; its integral over 2π is ⟨v_i²⟩ = T_i/m_i.

    Parameters
    ----------
    system : OpenNetwork
    omega : array_like
        Angular frequencies, any sign and shape.
    i : int
        Site.

    Returns
    -------
    ndarray, shape of omega
        length²/time, ≥ 0; lines of modes that feel no bath are left out.

    Raises
    ------
    ArgumentError
        If an argument is out of range, or a bath is a lead.

    Warns
    -----
    DarkModeWarning
        If modes that never feel a bath move the site.

    References
    ----------
    Kubo, Toda, Hashitsume, *Statistical Physics* II, section 1.6 (Wiener-Khinchin).

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    >>> round(float(hs.power_spectrum(system, 0.5, 0)), 6)
    1.089048
    """
    system = checks.instance("system", system, OpenNetwork)
    frequencies = checks.frequencies("omega", omega)
    i = checks.index("i", i, system.n_sites)
    refuse_leads(system, "power spectra")
    response = response_of(system)
    gamma = damping(system, frequencies.ravel().astype(np.complex128)).real.reshape(system.n_baths, *frequencies.shape)
    total = np.zeros(frequencies.shape)
    for a, site in enumerate(system.bath_sites):
        flow = response.element(frequencies, i, int(site), times_omega=True)
        total += 2.0 * gamma[a] * system.temperature[a] * np.abs(flow) ** 2
    _tell_dark(response, i)
    return total
