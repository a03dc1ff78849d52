"""Fluctuations in time: stationary correlations of positions and velocities, and their spectra."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hotsprings import checks
from hotsprings.certificate import tell_dark, tell_last_bits
from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import ArgumentError, CertificateError, PrecisionWarning, tell
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.drude import damping
from hotsprings.response.leads import refuse_leads
from hotsprings.response.response import Response
from hotsprings.response.rotating import rotating, tell_turned, turned
from hotsprings.response.spectral import element
from hotsprings.response.tolerances import CONDITIONING, EPS, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["correlation", "power_spectrum"]

FAR = 64.0  # roundings away, where an element is many times what it is beside a zero, and no larger than on a line
ROUNDINGS = 1000.0  # of a Green element, relative to its modulus or beside it, that its imaginary part may be off by


def _amplitudes(response: Response, i: int, j: int, temperature: FloatArray | None = None
                ) -> tuple[ComplexArray, ComplexArray]:
    """Return A_k = 2i Σ_a γ_a T_a (R_k)_ia G_ja(-ω_k) of ⟨q_i(t) q_j(0)⟩, t > 0, and of ⟨q_j(t) q_i(0)⟩."""
    system = response.system
    sites, T = np.array([i, j]), system.temperature if temperature is None else temperature
    source = 2j * response.pole_damping() * T[:, None] * response.right()
    left, mirrored = response.left(sites), response.mirrored(sites)
    return (np.asarray(left[0] * np.einsum("ak,ak->k", source, mirrored[1])),
            np.asarray(left[1] * np.einsum("ak,ak->k", source, mirrored[0])))


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
        If an equal-time moment is missed at t = 0: both orders of the sites, the local temperature, or (the same sums
        between baths at one temperature) those of equilibrium.

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
    values = checks.times("times", times)
    if not isinstance(of, str) or of not in ("velocity", "position"):
        raise ArgumentError("of", 'be "velocity" or "position"', f"{checks.shown(of)} was given")
    refuse_leads(system, "correlations in time")
    loose = next((site for site in (i, j) if _free(system, site)), None) if of == "position" else None
    if loose is not None:
        raise ArgumentError("of", 'be "velocity" in a free network, whose positions diffuse away',
                            f'"position" was given, and nothing holds site {loose}')
    found = with_more_digits(system, lambda: _correlated(system, i, j, values.ravel(), of == "velocity"), _doubt)
    tell_turned(found.turned, np.abs(values))
    tell_dark(found.response, i, j)
    tell_last_bits(found.response)
    return found.values.reshape(values.shape)


class _Correlated(NamedTuple):
    """A correlation, the response it is from, what part roundings of the poles turn, and what is missed at t = 0."""

    values: FloatArray
    response: Response
    turned: float
    missed: float


def _doubt(found: _Correlated) -> float:
    """Return how far it may be off: what is missed at t = 0 is a tenth of it at least, or so."""
    return max(found.turned, 10.0 * found.missed)


def _correlated(system: OpenNetwork, i: int, j: int, times: FloatArray, velocity: bool) -> _Correlated:
    """Return a correlation whose start is certified."""
    response, part = response_of(system), 0.0
    out, later, start = np.zeros(times.size), times >= 0.0, _Start(response, i, j, velocity)
    for weight, branch in response.branches():
        forward, backward = _amplitudes(branch, i, j)
        if velocity:
            forward, backward = forward * branch.poles.omega**2, backward * branch.poles.omega**2
        out[later] += weight * rotating(branch.poles, forward, times[later])
        out[~later] += weight * rotating(branch.poles, backward, -times[~later])
        start.add(weight, branch, forward, backward)
        size = np.array([branch.poles.share * np.abs(x) for x in (forward, backward)]).T
        part = max(part, turned(branch.poles.omega, branch.pole_doubt(), size, np.abs(times)))
    return _Correlated(out, response, part, start.certified())


class _Start:
    """What a correlation is at t = 0, beside what is known of it: equal-time moments by other roads.

    Forward and backward ones agree; m_i⟨v_i²⟩ is the local temperature. Between baths that all had T = 1 the motion
    would be that of equilibrium, ⟨v_i v_j⟩ = δ_ij/m_i (less what dark modes hold), ⟨q_i v_j⟩ = 0 and ⟨q_i q_j⟩ =
    G_ij(0) = (K⁻¹)_ij: the fluctuation-dissipation theorem for the same residues and mirrored elements.
    """

    def __init__(self, response: Response, i: int, j: int, velocity: bool) -> None:
        self.response, self.i, self.j, self.velocity = response, i, j, velocity
        self.size = self.difference = self.value = self.even = self.odd = 0.0

    def add(self, weight: float, branch: Response, forward: ComplexArray, backward: ComplexArray) -> None:
        """Take in a branch and the amplitudes on it."""
        omega, share = branch.poles
        self.difference += weight * float(2.0 * np.sum(share * (forward - backward)).real)
        self.value += weight * float(2.0 * np.sum(share * forward).real)
        self.size += abs(weight) * float(2.0 * np.sum(share * np.abs(forward)))
        unit = _amplitudes(branch, self.i, self.j, np.ones(branch.system.n_baths))[0]
        scaled = unit * omega ** (2 if self.velocity else 0)
        self.even += weight * float(2.0 * np.sum(share * scaled).real)
        self.odd += weight * float(2.0 * np.sum(share * 1j * unit * omega).real)

    def misses(self) -> list[tuple[str, float]]:
        """Return what is missed, each relative to the bound of Schwarz."""
        system, T = self.response.system, self.response.system.temperature
        mass = system.network.masses[[self.i, self.j]]
        n_dark, bright = self.response.dark_modes()
        speed = 1.0 / float(np.sqrt(mass.prod()))
        found = [("both orders of the sites", abs(self.difference) / self.size if self.size > 0.0 else 0.0)]
        if self.velocity:
            own = float(bright[self.i]) / mass[0] if self.i == self.j else 0.0
            if self.i == self.j or not n_dark:
                found.append(("equilibrium", abs(self.even - own) / speed))
            if self.i == self.j and T.max() > 0.0:
                kinetic = float(self.response.certified_sums()[1][self.i] @ T)
                found.append(("the local temperature", abs(mass[0] * self.value - kinetic) / float(T.max())))
        elif not n_dark:
            zero = np.zeros(1)
            held = self.response.element(zero, self.i, self.j)[0].real
            reach = float(np.sqrt(np.prod([self.response.element(zero, s, s)[0].real for s in (self.i, self.j)])))
            found += [("equilibrium", abs(self.even - held) / reach),
                      ("equilibrium", abs(self.odd) / float(np.sqrt(reach * speed)))]
        return found

    def certified(self) -> float:
        """Return what is missed, and refuse what does not start as it must."""
        what, miss = max(self.misses(), key=lambda pair: pair[1] if pair[1] >= 0.0 else np.inf)
        if not miss <= TOLERANCE:
            raise CertificateError(f"the correlation of sites {self.i} and {self.j} misses {what} at t = 0 by a "
                                   f"relative {miss:.1e} (tolerance {TOLERANCE:.0e}): resonances nearly coincide. Try "
                                   "frictions changed by 1 part in 1e4, and report the system as an issue")
        return miss


def _free(system: OpenNetwork, site: int) -> bool:
    """Return whether nothing holds a site, or what springs join to it, in place: G diverges at ω = 0."""
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
    CertificateError
        If the same sum between baths at one temperature is not the dissipation, -2ω Im G_ii(ω) T.

    Warns
    -----
    DarkModeWarning
        If modes that never feel a bath move the site.
    PrecisionWarning
        If fewer than six digits are known: on a resonance narrower than the last bits of ω.

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
    total, even = np.zeros((2, *frequencies.shape))
    for a, site in enumerate(system.bath_sites):
        flow = element(response, frequencies, i, int(site), times_omega=True)
        total += 2.0 * gamma[a] * system.temperature[a] * np.abs(flow) ** 2
        even += 2.0 * gamma[a] * np.abs(flow) ** 2
    _certify_spectrum(response, frequencies, i, even)
    tell_dark(response, i)
    return np.asarray(total)


def _certify_spectrum(response: Response, omega: FloatArray, i: int, even: FloatArray) -> None:
    """Refuse a spectrum that is not the dissipation between baths at T = 1: Σ_a 2γ_a ω²|G_ia|² = -2ω Im G_ii(ω).

    G_ii is known to some roundings of its modulus, and of what the next frequencies have instead: no less may be
    missed, and where that is much it is told.
    """
    flow, below, above, beyond = (response.element(w, i, i, times_omega=True) for w in (
        omega, np.nextafter(omega, -np.inf), np.nextafter(omega, np.inf), omega * (1.0 + FAR * EPS)))
    with np.errstate(all="ignore"):
        step = np.where(omega == 0.0, 0.0, np.fmax(np.abs(below - flow), np.abs(above - flow)))
        miss = np.abs(even + 2.0 * flow.imag) - ROUNDINGS * np.fmax(EPS * np.abs(flow), step)
        size = np.abs(flow)
        unsure = np.where(np.abs(beyond) <= 0.1 * FAR * np.fmax(size, step), step / size, 0.0)  # not at a zero
    known = np.isfinite(flow) & np.isfinite(even)
    worst = float(np.max(np.where(known, miss / np.maximum(even, TINY), 0.0), initial=0.0))
    if not worst <= TOLERANCE:
        raise CertificateError(f"the spectrum of site {i} misses the dissipation by a relative {worst:.1e} (tolerance "
                               f"{TOLERANCE:.0e}): the Green elements are not known well enough; report the system as "
                               "an issue")
    narrow = known & (unsure > CONDITIONING)
    if narrow.any():
        tell(f"the spectrum of site {i} at {narrow.sum()} frequencies is on resonances so narrow that the next double "
             f"has another value, by a relative {float(unsure[narrow].max()):.1e}", PrecisionWarning)
