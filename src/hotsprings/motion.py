"""What happens after a start: mean motion after a kick or a displacement, relaxation of all local temperatures."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError, CertificateError, DarkModeWarning, tell
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.drude import DrudeResponse
from hotsprings.response.evolution import Evolution
from hotsprings.response.leads import refuse_leads
from hotsprings.response.precise import SMALL
from hotsprings.response.precise_drude import PreciseDrudeResponse
from hotsprings.response.propagation import Motions, motions_of
from hotsprings.response.relaxing import tails
from hotsprings.response.rotating import tell_turned
from hotsprings.response.started import Started
from hotsprings.response.tolerances import DOUBTED, EPS, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["MeanMotion", "mean_motion", "relaxation"]

MOMENTS = 64  # at which it is looked how fast a motion has been
SURE = 0.01 * TOLERANCE  # part of a motion that may be lost, up to which a small network is not asked for more digits


class MeanMotion(NamedTuple):
    """Mean positions and velocities of every site.

    Attributes
    ----------
    position, velocity : ndarray, shape (n_times, n_sites)

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    >>> motion = hs.mean_motion(system, [1.0], kick=0)
    >>> motion.position.round(6), motion.velocity.round(6)
    (array([[0.519678, 0.091919]]), array([[0.103653, 0.212305]]))
    """

    position: FloatArray
    velocity: FloatArray

    def __repr__(self) -> str:
        n_times, n_sites = self.position.shape
        return (f"MeanMotion of {n_sites} sites at {n_times} times, positions up to {np.abs(self.position).max():.4g}, "
                f"velocities up to {np.abs(self.velocity).max():.4g}")


def _later(times: Any) -> FloatArray:
    """Return times ≥ 0, one after another."""
    values = checks.times("times", times)
    if values.ndim != 1 or not values.size:
        raise ArgumentError("times", "be a list of at least one time", f"shape {values.shape} was given")
    if values.min() < 0.0:
        raise ArgumentError("times", "be zero or more, from the start on", f"{values.min():g} is among them")
    return values


def _sizes(name: str, given: Any, n_sites: int) -> dict[int, float]:
    """Return {site: size} of a kick or a displacement: a pair (site, size), a site (size 1), or such a mapping."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {checks.index(f"{name} site", site, n_sites): checks.number(f"{name}[{site}]", size)
                for site, size in given.items()}
    if isinstance(given, tuple | list):
        if len(given) != 2:
            raise ArgumentError(name, "be a pair (site, size), a site, or {site: size}",
                                f"{checks.shown(given)} was given")
        return {checks.index(f"{name}[0]", given[0], n_sites): checks.number(f"{name}[1]", given[1])}
    return {checks.index(name, given, n_sites): 1.0}


def mean_motion(system: OpenNetwork, times: Any, kick: Any = None, displacement: Any = None) -> MeanMotion:
    """Return the mean positions and velocities after sites were kicked or displaced, all else at rest.

    v_i(t) = -p Σ_k ω_k (R_k)_ij exp(iω_k t) after a kick p of site j;
    q_i(t) = x Σ_k i (R_k)_ij (iω_k m_j + γ_j) exp(iω_k t) after a displacement x. Noise has no mean: temperatures do
    not matter.

    Parameters
    ----------
    system : OpenNetwork
    times : array_like, shape (n_times,)
        Times ≥ 0 since the start.
    kick, displacement : pair (site, size), site, or {site: size}
        Momenta and displacements at t = 0; the size of a site alone is 1.

    Returns
    -------
    MeanMotion
        ``.position`` and ``.velocity``, each of shape (n_times, n_sites). Modes that feel no bath ring on for ever; a
        free network ends displaced.

    Raises
    ------
    ArgumentError
        If neither is given, an argument is out of range, or a bath is a lead.
    CertificateError
        If the sums do not give back the start.

    References
    ----------
    Dhar, Adv. Phys. 57, 457 (2008), section 3: the Green function in time.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.MeanField([0.9, 1.3, 0.7, 1.1, 1.6], k=1.0, k0=0.5),
    ...                         [hs.Bath(0, 1.5, 0.8), hs.Bath(4, 0.5, 1.3)])
    >>> hs.mean_motion(system, [3.0], kick=(1, 1.0)).velocity[0].round(6).tolist()
    [0.026745, -0.633741, -0.064618, 0.06235, 0.062917]
    """
    system = checks.instance("system", system, OpenNetwork)
    moments = _later(times)
    kicks, shifts = (_sizes(*given, system.n_sites) for given in (("kick", kick), ("displacement", displacement)))
    if not kicks and not shifts:
        empty = "displacement" if kick is None and displacement is not None else "kick"
        raise ArgumentError(empty, f"name a site, or '{'kick' if empty == 'displacement' else 'displacement'}' must",
                            "neither does")
    refuse_leads(system, "motion in time")
    if system.n_sites > SMALL:
        found, part = _from_poles(system, moments, kicks, shifts)
        tell_turned(part, moments)
        return found
    try:
        if not _uneven(system):
            found, part = _from_poles(system, moments, kicks, shifts)
            if part <= SURE:
                return found
    except CertificateError:
        pass
    return _in_32_digits(system, moments, kicks, shifts)


def _uneven(system: OpenNetwork) -> bool:
    """Return whether eigenvectors in 16 digits leave slow motions between baths with memory too few."""
    response = response_of(system)
    if not isinstance(response, DrudeResponse) or isinstance(response, PreciseDrudeResponse):
        return False
    size = np.abs(response.poles.omega)
    return bool(EPS * size.max() > DOUBTED * size.min())


def _from_poles(system: OpenNetwork, times: FloatArray, kicks: dict[int, float], shifts: dict[int, float]
                ) -> tuple[MeanMotion, float]:
    """Return the motion from the poles of the response, and what part of it is not known."""
    position, velocity = np.zeros((2, times.size, system.n_sites))
    lost = np.zeros((2, times.size))
    start, speed, far, fast = np.zeros(system.n_sites), np.zeros(system.n_sites), 0.0, 0.0
    branches = response_of(system).branches()
    if len(branches) > 1 and system.n_sites <= SMALL:
        raise CertificateError("resonances nearly coincide: the motion is not taken from them")
    for weight, branch in branches:
        motions = motions_of(branch, sorted({*kicks, *shifts}))
        found, first, reach, off = _moved(motions, times, kicks, shifts)
        far, fast = max(far, reach[0]), max(fast, reach[1])
        position, velocity = position + weight * found.position, velocity + weight * found.velocity
        start, speed = start + weight * first.position[0], speed + weight * first.velocity[0]
        lost = lost + abs(weight) * off
    shift, kick = _given(shifts, system.n_sites), _given(kicks, system.n_sites) / system.network.masses
    misses = (_certify("positions", start, shift, far), _certify("velocities", speed, kick, fast))
    position += shift
    whole = np.array([_largest(x, first) for x, first in ((position, shift), (velocity, kick))])
    part = np.where(times > 0.0, lost / np.maximum(whole, TINY), 0.0)  # the start has its own certificate
    return MeanMotion(position, velocity), max(*misses, float(part.max()))


def _largest(found: FloatArray, start: FloatArray) -> FloatArray:
    """Return how far any site has gone up to each time, or what it started with, shape (n_times,)."""
    return np.asarray(np.maximum(np.maximum.accumulate(np.abs(found).max(axis=1)), np.abs(start).max()))


def _given(sizes: dict[int, float], n_sites: int) -> FloatArray:
    """Return the size at each site, shape (n_sites,)."""
    out = np.zeros(n_sites)
    out[list(sizes)] = list(sizes.values())
    return out


def _in_32_digits(system: OpenNetwork, times: FloatArray, kicks: dict[int, float], shifts: dict[int, float]
                  ) -> MeanMotion:
    """Return the motion of a small network in 32 digits: as it evolves; at many times, or late, from eigenvectors."""
    evolution = Evolution(system)
    if evolution.affordable(times):
        return MeanMotion(*evolution.moved(kicks, shifts, times))
    motion = Started(system, kicks, shifts)
    start = _given(kicks, system.n_sites) / system.network.masses
    found = MeanMotion(motion.position(times), motion.velocity(times))
    size = max(float(np.abs(start).max()), float(np.abs(motion.velocity(_before(motion, times))).max()))
    miss = np.abs(motion.velocity(np.zeros(1))[0] - start).max()
    if not max(miss, EPS * motion.reach()) <= TOLERANCE * size:
        raise CertificateError("resonances nearly coincide, and the motion is not known from them. Ask at fewer or "
                               "earlier times, or try frictions changed by 1 part in 1e4")
    tell_turned(motion.turned(times), times)
    return found


def _before(motion: Started, times: FloatArray) -> FloatArray:
    """Return times from the fastest motion's on, and those asked for: what was displaced moves most in between."""
    last, fastest = float(times.max()), float(np.abs(motion.amplitudes[0]).max(initial=0.0))
    first = 0.01 / fastest if fastest else last
    return np.append(np.geomspace(first, last, MOMENTS), times) if last > first else times


def _moved(motions: Motions, times: FloatArray, kicks: dict[int, float], shifts: dict[int, float]
           ) -> tuple[MeanMotion, MeanMotion, tuple[float, float], FloatArray]:
    """Return how far all starts take each site and how fast, the start that sums give back, sizes, and what is lost."""
    omega = motions.omega
    amplitude = np.zeros(motions.residues[next(iter(motions.residues))].shape, np.complex128)
    for site, size in kicks.items():
        amplitude += size * 1j * motions.residues[site]
    for site, size in shifts.items():
        amplitude += size * 1j * motions.residues[site] * (1j * omega * motions.mass[site] + motions.drag[site])
    speed = 1j * omega * amplitude
    found = MeanMotion(motions.turned(amplitude, times, True), motions.turned(speed, times))
    still, zero = motions.resting(kicks, shifts), np.zeros(1)
    first = MeanMotion(motions.turned(amplitude, zero) + still, motions.turned(speed, zero))
    lost = np.array([motions.lost(amplitude, times, True), motions.lost(speed, times)])
    return found, first, (motions.reach(amplitude), motions.reach(speed)), lost


def _certify(name: str, found: FloatArray, start: FloatArray, reach: float) -> float:
    """Refuse a motion that does not begin as it should; return by what part of its terms it does not."""
    miss, size = float(np.abs(found - start).max()), max(reach, float(np.abs(start).max()))
    if not miss <= TOLERANCE * size:
        raise CertificateError(f"the {name} at the start come out wrong by {miss:.1e}: resonances nearly coincide. "
                               "Try frictions changed by 1 part in 1e4, and report the system as an issue")
    return miss / size if size > 0.0 else 0.0


def relaxation(system: OpenNetwork, times: Any, initial_temperature: Any) -> FloatArray:
    """Return every local temperature on the way from equilibrium at T0 to the stationary state.

    T_n(t) = T_n(∞) + Σ_a (T0 - T_a) 2γ_a m_n [∫_t^∞ w_na(s)² ds - w_na(t)²/2ω_D],

    w_na(t) = -Σ_k ω_k (R_k)_na ω_D/(ω_D + iω_k) exp(iω_k t), ω_D = ∞ where noise is white. Baths are joined at t = 0,
    in equilibrium with where they find the network: those with memory remember no motion before.

    Parameters
    ----------
    system : OpenNetwork
        Between baths, white or with a cutoff; in the mean field O(N²) a time, else O(N³).
    times : array_like, shape (n_times,)
        Times ≥ 0 since the baths were joined.
    initial_temperature : float
        T0 ≥ 0 of the equilibrium at the start; an array of one per site only if all are the same (no other set of
        temperatures defines the positions at the start).

    Returns
    -------
    ndarray, shape (n_times, n_sites)
        Energy (k_B = 1). Modes that feel no bath stay at T0.

    Raises
    ------
    ArgumentError
        If an argument is out of range, or a bath is a lead.
    CertificateError
        If the sums do not give back T0 at t = 0.

    Warns
    -----
    DarkModeWarning
        If modes exist that never feel a bath: they keep T0.

    References
    ----------
    Risken, *The Fokker-Planck Equation*, section 10.2 (linear systems).

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.MeanField([0.9, 1.3, 0.7, 1.1, 1.6], k=1.0, k0=0.5),
    ...                         [hs.Bath(0, 1.5, 0.8), hs.Bath(4, 0.5, 1.3)])
    >>> hs.relaxation(system, [3.0], 0.9)[0].round(6).tolist()
    [1.40821, 0.906501, 0.906929, 0.905924, 0.589304]
    """
    system = checks.instance("system", system, OpenNetwork)
    moments, initial = _later(times), _uniform(initial_temperature, system.n_sites)
    refuse_leads(system, "relaxation")
    temperature, n_dark, means = _relaxing(system, moments, initial)
    if n_dark:
        tell(f"{n_dark} normal modes {means}: they keep the temperature they start with",
             DarkModeWarning)
    return temperature


def _relaxing(system: OpenNetwork, times: FloatArray, initial: float) -> tuple[FloatArray, int, str]:
    """Return what :func:`_relaxed` does; of a small network that misses its start as it evolves, or in 32 digits."""
    try:
        found, miss = _relaxed(system, times, initial)
        if system.n_sites > SMALL or (miss <= SURE and len(response_of(system).branches()) == 1):
            return found
    except CertificateError:
        if system.n_sites > SMALL:
            raise
    evolution = Evolution(system)
    if evolution.affordable(times, 5.0):
        response = response_of(system)
        n_dark, _ = response.dark_modes()
        return evolution.heated(system.temperature, initial, times), n_dark, response.dark_means
    return with_more_digits(system, lambda: _relaxed(system, times, initial), itemgetter(1))[0]


def _relaxed(system: OpenNetwork, moments: FloatArray, initial: float
             ) -> tuple[tuple[FloatArray, int, str], float]:
    """Return local temperatures at some times, the number of dark modes, what these are; and what T0 is missed by."""
    response = response_of(system)
    stationary = response.certified_sums()[1]
    n_dark, bright = response.dark_modes()
    tail = np.zeros((moments.size + 1, *stationary.shape))
    for weight, branch in response.branches():
        tail += weight * tails(branch, np.append(0.0, moments))
    tail *= 2.0 * system.network.masses[:, None] * system.friction
    miss = float(np.abs(tail[0] - stationary).max())
    if not miss <= TOLERANCE:
        raise CertificateError(f"at t = 0 the temperatures miss T0 by a relative {miss:.1e}: resonances nearly "
                               "coincide. Try frictions changed by 1 part in 1e4, and report the system as an issue")
    end = stationary @ system.temperature + (1.0 - bright) * initial
    found = np.asarray(end + tail[1:] @ (initial - system.temperature))
    return (found, n_dark, response.dark_means), miss


def _uniform(value: Any, n_sites: int) -> float:
    """Return the one temperature of the start."""
    if checks.is_single(value):
        return checks.moderate("initial_temperature", value)
    values = checks.array("initial_temperature", value, f"be a temperature, or {n_sites} equal ones")
    if values.size != n_sites or np.any(values != values[0]):
        given = f"{values.size} from {values.min():g} to {values.max():g} were given" if values.size else "it is empty"
        raise ArgumentError("initial_temperature", f"be one temperature, or {n_sites} equal ones: only an equilibrium "
                            "says where the sites are at the start", given)
    return checks.moderate("initial_temperature", float(values[0]))
