"""Self-consistent baths: temperatures at which some of the baths carry no heat (Büttiker's probes)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter

import numpy as np

from hotsprings import checks
from hotsprings import quantum as quanta
from hotsprings.checks import FloatArray, IntArray
from hotsprings.errors import ArgumentError, CertificateError, PrecisionWarning, tell
from hotsprings.response.bose import PairSum
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.response import doubted
from hotsprings.response.tolerances import EPS, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["floating_baths", "flux_of", "self_consistent"]

ITERATIONS = 100
CONVERGED = 1e-14  # relative change of the temperatures, at which Newton's iteration ends
NEARLY = 1e-9  # the same, from which fluxes are integrals where their poles leave too few digits
SHARE = 1e-11  # of what a floating bath exchanges at all, to which its flux to one other must be known
STEEP, ROUGH = 1e-6, 1e-3  # the same of the derivatives, or of themselves: they decide how fast the iteration ends
Floating = int | str | Iterable[int | str]


def self_consistent(system: OpenNetwork, floating: Floating, quantum: bool = False, hbar: float = 1.0) -> OpenNetwork:
    """Return the system with the temperatures of its floating baths such that they carry no heat on average.

    Σ_b C_ab (T_a - T_b) = 0 for each floating bath a: one linear solve, whose matrix is an M-matrix, so that the
    temperatures are unique and lie between those of the others. Quantum, Σ_b E_ab(T_a) - E_ab(T_b) = 0 by Newton's
    method, which starts from the temperatures that the floating baths have where all lie within those of the others
    (give it the system of the point before in a sweep), and from the classical ones otherwise.

    Parameters
    ----------
    system : OpenNetwork
    floating : int, str, or iterable of them
        Numbers of baths, or names of groups; not all baths.
    quantum : bool
        Whether heat is carried by quanta.
    hbar : float
        ħ > 0, in units of energy × time; without effect on classical heat.

    Returns
    -------
    OpenNetwork
        Its ``temperature`` has the solution.

    Raises
    ------
    ArgumentError
        If an argument is out of range, all baths float, or some exchange heat among themselves only.
    CertificateError
        If a floating bath is left with a heat flux.

    Warns
    -----
    PrecisionWarning
        If the temperatures are known to less than nine digits.

    References
    ----------
    Bolsterli, Rich, Visscher, Phys. Rev. A 1, 1086 (1970); Bonetto, Lebowitz, Lukkarinen, J. Stat. Phys. 116, 783
    (2004); Visscher, Rich, Phys. Rev. A 12, 675 (1975): quantum.

    Examples
    --------
    >>> import hotsprings as hs
    >>> baths = [hs.Bath(0, 1.5), hs.Bath(1, 0.0), hs.Bath(2, 0.0), hs.Bath(3, 0.5)]
    >>> probed = hs.self_consistent(hs.OpenNetwork(hs.Chain([1.0] * 4, ends="fixed"), baths), [1, 2])
    >>> probed.temperature.round(4)
    array([1.5   , 1.1174, 0.8826, 0.5   ])
    """
    system = checks.instance("system", system, OpenNetwork)
    loose = floating_baths(system, floating)
    checks.boolean("quantum", quantum)
    hbar = checks.within("hbar", hbar)
    response = response_of(system)
    matrix = np.asarray(response.certified_sums()[0])
    _refuse_islands(matrix, loose)
    T = _classical(matrix, system.temperature, loose)
    if quantum:
        T, doubt = with_more_digits(system, lambda: _Newton(system, loose, hbar).solved(T), itemgetter(1))
        if doubt > TOLERANCE:
            tell(f"the temperatures of floating baths are known to a relative {doubt:.1e} only: their fluxes "
                 "of quanta are what terms that nearly cancel leave", PrecisionWarning)
    else:
        doubt = _classical_doubt(matrix, response.flux_doubts(), T, loose)
        if not doubt <= TOLERANCE:
            tell(f"the temperatures of floating baths are known to {doubt:.1e} of the hottest only: the last bits of "
                 "the network decide the digits of their conductances (certificate.flux_doubt)", PrecisionWarning)
        _refuse_flux(_fluxes(matrix, T)[loose], float((matrix * np.abs(T[:, None] - T)).max()),
                     T.size * EPS * float(T.max()) * matrix.sum(axis=1)[loose])
    baths = [replace(bath, temperature=float(t)) for bath, t in zip(system.baths, T, strict=True)]
    return OpenNetwork(system.network, baths)


def floating_baths(system: OpenNetwork, floating: Floating) -> IntArray:
    """Return the numbers of baths that float, sorted.

    Parameters
    ----------
    system : OpenNetwork
    floating : int, str, or iterable of them
        Numbers of baths, or names of groups.

    Returns
    -------
    ndarray, shape (n_floating,)

    Raises
    ------
    ArgumentError
        If there is none, one is unknown or there twice, or none is left to fix the temperatures.
    """
    found = system.bath_numbers("floating", floating)
    if len(found) == system.n_baths:
        raise ArgumentError("floating", "leave a bath whose temperature is fixed", "all baths were given")
    return np.array(sorted(found), dtype=np.int64)


def flux_of(system: OpenNetwork, by_quanta: bool = False, hbar: float = 1.0) -> FloatArray:
    """Return the heat flux from each bath into the network, classical or quantum, shape (n_baths,)."""
    if by_quanta:
        return quanta.heat_flux(system, hbar)
    return _fluxes(np.asarray(response_of(system).certified_sums()[0]), system.temperature)


def _fluxes(matrix: FloatArray, T: FloatArray) -> FloatArray:
    return np.asarray((matrix * (T[:, None] - T)).sum(axis=1))


def _refuse_islands(matrix: FloatArray, loose: IntArray) -> None:
    """Refuse floating baths that no chain of conductances joins to a fixed one."""
    reached = np.ones(len(matrix), dtype=bool)
    reached[loose] = False
    while True:
        further = reached | (matrix[:, reached] > 0.0).any(axis=1)
        if np.array_equal(further, reached):
            break
        reached = further
    if not reached.all():
        raise ArgumentError("floating", "be baths that exchange heat with one whose temperature is fixed, directly or "
                            "through others", f"bath {int(np.argmin(reached))} does not")


def _classical(matrix: FloatArray, T: FloatArray, loose: IntArray) -> FloatArray:
    """Return temperatures with no classical flux at the floating baths, means of others with positive weights.

    Baths are taken out one by one, what passes through them put between the others: nothing cancels, however far apart
    conductances are (Grassmann, Taksar, Heyman).
    """
    out, left = T.copy(), matrix.copy()
    for a in loose:
        share = left[a] / left[a].sum()
        left += np.outer(left[:, a], share)
        left[a], left[:, a] = share, 0.0
        np.fill_diagonal(left, 0.0)
    for a in loose[::-1]:
        out[a] = left[a] @ out
    return out


def _classical_doubt(matrix: FloatArray, doubts: FloatArray, T: FloatArray, loose: IntArray) -> float:
    """Return how far temperatures move with conductances in their relative ``doubts``, in the hottest one.

    L δT = Σ_b δC_ab (T_b - T_a), L the Laplacian of the floating baths, whose inverse is positive; they stay between
    the temperatures that are fixed.
    """
    fixed = np.delete(T, loose)
    spread = float(fixed.max() - fixed.min())
    moved = doubted(matrix * np.abs(T[:, None] - T), doubts)[loose].sum(axis=1)
    if not spread or not moved.any():
        return 0.0
    out = matrix[loose].sum(axis=1)
    among = matrix[np.ix_(loose, loose)] / out[:, None]
    np.fill_diagonal(among, 0.0)
    try:
        far = float(np.abs(np.linalg.solve(np.eye(loose.size) - among, moved / out)).max())
    except np.linalg.LinAlgError:
        far = np.inf
    return min(far if far == far else np.inf, spread) / float(fixed.max())


def _refuse_flux(flux: FloatArray, size: float, rounding: FloatArray) -> None:
    """Refuse temperatures that leave more of a flux than their own rounding does."""
    if not np.all(np.abs(flux) <= TOLERANCE * size + rounding):
        raise CertificateError(f"a floating bath is left with a heat flux of {np.abs(flux).max():.1e}, where "
                               f"{size:.1e} passes between two baths: report the system as an issue")


def _inverse(slope: FloatArray) -> FloatArray:
    """Return the inverse of what fluxes of floating baths change by with their temperatures."""
    try:
        return np.asarray(np.linalg.inv(slope), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise CertificateError("floating baths exchange so many more quanta with each other than with those of fixed "
                               "temperature, above 1e16 times, that what they have together is lost. Take their heat "
                               "for classical, or let only one of them float") from None


class _Newton:
    """Newton's method for the temperatures at which floating baths exchange no quanta of heat."""

    def __init__(self, system: OpenNetwork, loose: IntArray, hbar: float) -> None:
        self.system, self.loose, self.hbar = system, loose, hbar
        self.pairs: list[tuple[int, int, PairSum]] = [
            (a, b, pair) for a, b, pair in quanta.pair_sums(system) if a in loose or b in loose]

    def solved(self, start: FloatArray) -> tuple[FloatArray, float]:
        """Return the temperatures, and how much of those that float is not known."""
        loose, own = self.loose, self.system.temperature
        fixed = np.delete(own, loose)
        low, high = float(fixed.min()), float(fixed.max())
        T = own.copy() if np.all((own[loose] > low) & (own[loose] < high)) else start.copy()
        if low == high:
            return start, 0.0
        T[loose] = np.maximum(T[loose], low + 1e-6 * (high - low))
        poles_only = np.full(T.size, np.inf)
        carried, change = poles_only, np.inf
        for _ in range(ITERATIONS):
            flux, slope, _, doubts = self._at(T, carried)
            resolved = bool(np.all(np.abs(flux[loose]) <= self._rounding(T, slope, doubts)))
            if carried is not poles_only and (resolved or change <= CONVERGED):
                break
            if carried is not poles_only or resolved or change <= NEARLY:
                carried = np.abs(slope) @ T
            step = _inverse(slope[np.ix_(loose, loose)]) @ flux[loose]
            new = np.clip(T[loose] - step, np.maximum(low, 0.1 * T[loose]), high)
            change = float(np.abs(new / T[loose] - 1.0).max())
            T[loose] = new
        flux, slope, size, doubts = self._at(T, carried)
        _refuse_flux(flux[loose], size, self._rounding(T, slope, doubts))
        inverse = np.abs(_inverse(slope[np.ix_(loose, loose)]))
        return T, float(np.max(inverse @ (doubts + np.abs(flux))[loose] / T[loose]))

    def _rounding(self, T: FloatArray, slope: FloatArray, doubts: FloatArray) -> FloatArray:
        """Return what sums over poles, and temperatures that are doubles, leave of the fluxes at floating baths."""
        return np.asarray((doubts + EPS * (np.abs(slope) @ T))[self.loose])

    def _at(self, T: FloatArray, carried: FloatArray) -> tuple[FloatArray, FloatArray, float, FloatArray]:
        """Return the fluxes of the baths, their derivatives by the temperatures, the largest between two, doubts.

        ``carried``, Σ_b |∂J_a/∂T_b| T_b, is what a pair of baths must not be known better than to rounding of.
        """
        n, hbar, size = T.size, self.hbar, 0.0
        flux, slope, doubts = np.zeros(n), np.zeros((n, n)), np.zeros(n)
        carried = np.where(np.isin(np.arange(n), self.loose), carried, np.inf)
        for a, b, pair in self.pairs:
            enough = float(min(carried[a], carried[b]))
            value, doubt = pair.flux(float(T[a]), float(T[b]), hbar, SHARE * enough)
            doubts[[a, b]] += abs(doubt)
            flux[a] += value
            flux[b] -= value
            at_a, at_b = (self._slope(pair, float(t), STEEP * enough / max(float(t), TINY)) for t in (T[a], T[b]))
            slope[a, a] += at_a
            slope[a, b] -= at_b
            slope[b, b] += at_b
            slope[b, a] -= at_a
            size = max(size, abs(value))
        return flux, slope, size, doubts

    def _slope(self, pair: PairSum, temperature: float, enough: float) -> float:
        """Return the derivative of what a pair carries by one of its temperatures."""
        value, doubt = pair.slope(temperature, self.hbar, np.inf)
        return value if doubt <= ROUGH * abs(value) else pair.slope(temperature, self.hbar, enough)[0]
