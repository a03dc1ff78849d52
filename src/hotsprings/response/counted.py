"""Which road answers for what is counted: the scaled cumulant function, and the noise of the heat currents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from operator import itemgetter

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError, CertificateError, PrecisionWarning, tell
from hotsprings.response.choice import in_32_digits, response_of
from hotsprings.response.doubled import Doubled
from hotsprings.response.leads import has_leads, refuse_leads
from hotsprings.response.precise import SMALL
from hotsprings.response.precise_drude import PreciseDrudeResponse
from hotsprings.response.precise_modal import PreciseResponse
from hotsprings.response.response import Response
from hotsprings.response.scattering import scatterings, scatterings_of
from hotsprings.response.shot import resolved_noise
from hotsprings.response.tolerances import DOUBTED_FLUX, TOLERANCE
from hotsprings.response.transfer import transfer_of
from hotsprings.system import OpenNetwork

__all__ = ["between_many", "between_two", "exponents", "noise_of", "rates"]

PRECISE = PreciseResponse | PreciseDrudeResponse
DRAWN = 4.0  # times what one draw of last bits moves
BEYOND = 100.0  # times the relative error of the conductances from the same poles, by which noise may be off
EDGE = 1e-13  # of the counting parameter, by which it may be beyond the edge: rounding
SOLVE, PER_SITE = 4e4, 12.0  # ns for the Green elements between baths with memory at a frequency; for each site cubed
GIVEN = 1e-14  # of λq, by which h(q) may be off: what the last bits of q make of it

Known = tuple[float, float]
Searched = Callable[[OpenNetwork, FloatArray], list[Known]]


def exponents(system: OpenNetwork, rows: FloatArray, searched: Searched) -> FloatArray:
    """Return μ of each row of λ by a search of zeros; where it leaves little, of small systems from eigenvalues."""
    try:
        found = searched(system, rows)
    except CertificateError:
        if system.n_sites > SMALL:
            raise
        found = [(0.0, np.inf)] * len(rows)
    unsure = [k for k, (value, doubt) in enumerate(found) if not doubt <= DOUBTED_FLUX * abs(value)]
    if unsure and system.n_sites <= SMALL:
        doubled = Doubled(system)
        for k in unsure:
            found[k] = _surer(found[k], partial(doubled.exponent, rows[k]))
    for value, doubt in found:
        if doubt > TOLERANCE * abs(value):
            tell(f"the scaled cumulant function, {value:.3g}, is known to ±{doubt:.1g} only: it is what the "
                 "terms of its sum leave of each other", PrecisionWarning)
            break
    return np.array([value for value, _ in found])


def _surer(found: Known, other: Callable[[], Known]) -> Known:
    """Return a number, and what of it is not known, or those of another road where they are known better."""
    try:
        return min(found, other(), key=itemgetter(1))
    except CertificateError:
        if not np.isfinite(found[1]):
            raise
        return found


def between_two(system: OpenNetwork, rows: FloatArray) -> list[tuple[float, float]]:
    """Return μ between two baths of each row of λ, and what of it is not known."""
    transfer, counting = transfer_of(system), rows[:, 0] - rows[:, 1]
    return [transfer.exponent(float(c), float(x)) for c, x in zip(transfer.parameter(counting), counting, strict=True)]


def between_many(system: OpenNetwork, rows: FloatArray) -> list[tuple[float, float]]:
    """Return the same of any number of baths; of baths with memory from eigenvalues."""
    refuse_leads(system, "the statistics of heat")
    exponent = partial(_exponent, system) if system.white else Doubled(system).exponent
    return [exponent(row) for row in rows]


def _exponent(system: OpenNetwork, counting: FloatArray) -> tuple[float, float]:
    """Return μ of one λ per bath, and what of it is not known."""
    counting = counting - counting.min()
    if not counting.any():
        return 0.0, 0.0
    total, lost = 0.0, 0.0
    for weight, matrix in scatterings(system):
        strongest = matrix.strongest(counting)
        if strongest > 1.0 + EDGE:
            raise ArgumentError("counting", f"be at most {1.0 / strongest:.6g} times what it is, beyond which the mean "
                                "of exp(ΣλQ) is infinite", f"{counting.tolist()} (less the smallest) was given")
        value, doubt = matrix.exponent(counting)
        total, lost = total + weight * value, lost + abs(weight) * doubt
    return total, lost


def rates(system: OpenNetwork, flux: FloatArray) -> FloatArray:
    """Return h(q) = sup_λ [λq - μ(λ)] between two baths of each q, by eigenvalues where zeros leave too little."""
    found = [_rate(system, float(q)) for q in flux]
    for value, doubt, least in found:
        if doubt > max(TOLERANCE * value, least):
            tell(f"the large-deviation function, {value:.3g}, is known to ±{doubt:.1g} only: it is what the "
                 "terms of a sum leave of each other", PrecisionWarning)
            break
    return np.array([value for value, _, _ in found])


def _rate(system: OpenNetwork, flux: float) -> tuple[float, float, float]:
    """Return h(q), what of it is not known, and what of it the rounding of q may hide.

    At its λ, λq - μ(λ) is largest: a λ that is off by a part δ takes a part of the order δ² from it.
    """
    transfer = transfer_of(system)
    try:
        counting = transfer.conjugate(flux)
    except CertificateError:
        if system.n_sites > SMALL:
            raise
        mean = transfer.conductance * float(system.temperature[0] - system.temperature[1])
        return _largest(system, flux, transfer.interval[1 if flux > mean else 0])
    if counting in (0.0, np.inf):
        return counting, 0.0, 0.0
    size = abs(counting * flux)
    value, doubt = transfer.exponent(float(transfer.parameter(np.array(counting))), counting)
    if doubt > max(TOLERANCE * (counting * flux - value), GIVEN * size) and system.n_sites <= SMALL:
        with suppress(ArgumentError, CertificateError):
            better, rounding = Doubled(system).exponent(np.array([counting, 0.0]))
            apart = (doubt + abs(better - value)) / max(abs(better), rounding)
            value, doubt = min((value, doubt), (better, rounding + size * apart**2), key=itemgetter(1))
    return max(counting * flux - value, 0.0), doubt, GIVEN * size


def _largest(system: OpenNetwork, flux: float, end: float) -> tuple[float, float, float]:
    """Return the same from eigenvalues alone: λq - μ(λ) is concave, and half the digits of λ leave all of its largest.

    λ is sought from 0 to one ``end`` of the interval, and no nearer to it than 2⁻⁴⁰ of itself.
    """
    from scipy.optimize import minimize_scalar

    if not np.isfinite(end):
        raise CertificateError("the zeros that the large-deviation function needs were lost, and a bath is at T = 0: "
                               "report the system as an issue")
    doubled, end = Doubled(system), end * (1.0 - 2.0**-40)
    found = minimize_scalar(lambda x: doubled.exponent(np.array([x, 0.0]))[0] - x * flux, method="bounded",
                            bounds=(min(end, 0.0), max(end, 0.0)), options={"xatol": 2.0**-30 * abs(end)})
    size, doubt = abs(found.x * flux), doubled.exponent(np.array([found.x, 0.0]))[1]
    return max(-float(found.fun), 0.0), doubt + 2.0**-44 * size, GIVEN * size


def noise_of(system: OpenNetwork) -> tuple[FloatArray, float]:
    """Return the noise, its rows summing to zero, and what of the largest is not known.

    Sums over poles; where these leave fewer than ten digits, what equal baths or two of them have, the sums in 32
    digits, and an integral are tried in turn.
    """
    response = response_of(system)
    known, apart = response.certified_sums()[0], response.apart()
    if not (system.temperature.any() and known.any()):
        return np.zeros(known.shape), 0.0
    if np.ptp(system.temperature):
        refuse_leads(system, "the statistics of heat")
    best, error, lost = np.zeros(known.shape), np.inf, ""
    for road in _roads(response, known):
        try:
            noise, unknown = road()
        except CertificateError as err:
            lost = lost or str(err)
            continue
        if unknown < error:
            best, error = noise, unknown
        if error <= DOUBTED_FLUX:
            break
    best[apart] = best[apart.sum(axis=1) == system.n_baths - 1] = 0.0
    if not np.isfinite(error):
        raise CertificateError(lost or "the conductances that come with the noise are not those of the state: "
                               "resonances nearly coincide; report the system as an issue")
    return best, error


def _roads(response: Response, known: FloatArray) -> Iterator[Callable[[], tuple[FloatArray, float]]]:
    """Give what returns the noise and the part of the largest that is not known, the cheapest first."""
    system = response.system
    if has_leads(system):  # at one temperature
        yield partial(_in_equilibrium, response, known)
        return
    yield partial(_summed, response, known)
    if np.ptp(system.temperature) == 0.0:
        yield partial(_in_equilibrium, response, known)
    if system.n_baths == 2:
        yield partial(_of_two, system)
    if system.n_sites <= SMALL:
        yield partial(_precisely, system)
    yield partial(_integrated, response, known)


def _summed(response: Response, known: FloatArray) -> tuple[FloatArray, float]:
    """Return the noise from sums over poles, and what of the largest is not known.

    They give conductances too, which must be those of the state: what the noise is off by has been up to fifty times
    what they are.
    """
    parts = [(weight, *matrix.noise, matrix.conductance) for weight, matrix in scatterings_of(response)]
    noise, passed = (np.asarray(sum(part[0] * part[k] for part in parts)) for k in (1, 3))
    if not noise.any():
        return noise, 0.0
    doubt = float(sum(abs(weight) * rounding for weight, _, rounding, _ in parts) / np.abs(noise).max())
    return noise, _finite(max(doubt, BEYOND * float(np.abs(passed - known).max() / known.max())))


def _precisely(system: OpenNetwork) -> tuple[FloatArray, float]:
    """Return the noise from sums over poles in 32 digits, whose last bits say what is not known of it."""
    known = response_of(system)
    response = known if isinstance(known, PRECISE) else in_32_digits(system)
    conductance, other = response.certified_sums()[0], response.changed(0)
    noise, top = response.noise(), conductance.max()
    size = float(np.abs(noise).max())
    moved = float(np.abs(noise - other.noise()).max()) if isinstance(other, PRECISE) else np.inf
    lost = float(np.max(response.unsure(conductance))) / float(top) if top else 0.0
    return noise, max(DRAWN * moved / size, lost) if size else 0.0


def _integrated(response: Response, known: FloatArray) -> tuple[FloatArray, float]:
    """Return the noise from an integral, and what of the largest is not known; conductances come with it too."""
    system = response.system
    work = None if system.white else SOLVE + PER_SITE * system.n_sites**3
    noise, conductance, error = resolved_noise(response, system.temperature, work)
    return noise, _finite(max(error, float(np.abs(conductance - known).max() / known.max())))


def _finite(error: float) -> float:
    """Return an error, infinite where not a digit is left: conductances are those of another system."""
    return error if error < 1.0 else np.inf


def _in_equilibrium(response: Response, conductance: FloatArray) -> tuple[FloatArray, float]:
    """Return the noise of equal baths, 2T² times what each conducts, and what of the largest is not known."""
    matrix = np.diag(conductance.sum(axis=1)) - conductance
    lost = float(np.max(response.unsure(conductance)) / conductance.max())
    return 2.0 * float(response.system.temperature[0]) ** 2 * matrix, lost


def _of_two(system: OpenNetwork) -> tuple[FloatArray, float]:
    """Return the noise between two baths from the first two powers of their transmittance, and what is not known."""
    try:
        variance, doubt = transfer_of(system).variance()
    except CertificateError:
        return np.zeros((2, 2)), np.inf
    return variance * np.array([[1.0, -1.0], [-1.0, 1.0]]), doubt / abs(variance) if variance else np.inf
