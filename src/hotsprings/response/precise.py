"""Small networks in 32 digits: exact springs, normal modes by Jacobi rotations, and which of them feel a bath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.network import Network
from hotsprings.response.modes import ModalProblem, parts_of, without_bath
from hotsprings.response.tolerances import DOUBTED, EPS, PRECISE_DARK, PRECISE_UNIT, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

SMALL = 64  # sites up to which 32 digits, some seconds at most, are the net below 16
PER_ELEMENT, MOST_WORK = 6.0, 2e9  # ns for each site cubed that an element takes from the springs; ns that a call takes
MOST = 8  # elements beyond SMALL that a call takes so: of whole spectra more would cost a hundred times the others


@dataclass(frozen=True, eq=False)
class PreciseModes:
    """Bright modes as double-doubles (last axis), ascending, free ones first; dark ones rounded.

    Attributes
    ----------
    stiffness, frequency : ndarray, shape (n_modes, 2)
        λ_j and its root; 0 for free modes.
    coupling : ndarray, shape (n_modes, n_baths, 2)
        c_aj = φ_j(a) sqrt(γ_a/m_a).
    shape : ndarray, shape (n_modes, n_sites, 2)
        φ_j.
    dark_stiffness, dark_shape : ndarray, shape (n_dark,), (n_dark, n_sites)
        The modes that feel no bath.
    unresolved : float
        Largest coupling, relative to the strongest possible, that one of these has or that rounding could have hidden.
    """

    stiffness: FloatArray
    frequency: FloatArray
    coupling: FloatArray
    shape: FloatArray
    dark_stiffness: FloatArray
    dark_shape: FloatArray
    unresolved: float


def springs_and_pinning(network: Network) -> tuple[FloatArray, FloatArray]:
    """Return the off-diagonals of K (n, n), zero on the diagonal, and its row sums as double-doubles (n, 2).

    Where the network says more about its pinning than the doubles on the diagonal of K can, the pinning is taken, walls
    and all: their sum may be no double, and a mode that they leave dark would be bright.
    """
    off, pinning = np.array(network.stiffness()), _exact_sums(getattr(network, "pinning_terms", (network.pinning,)))
    diagonal = off.diagonal().copy()
    np.fill_diagonal(off, 0.0)
    exact = np.empty((len(off), 2))
    for i, row in enumerate(off):
        exact[i] = _exact_sum([diagonal[i], *row[row != 0.0]])
    rounding = 8.0 * EPS * (np.abs(off).sum(axis=1) + np.abs(diagonal)) * np.sqrt(len(off))
    told = np.abs(exact[:, 0] - pinning[:, 0]) <= rounding
    if not getattr(network, "pinning_told", False):  # a sum over doubles: only where it was rounded to something else
        told &= np.abs(exact[:, 0] - pinning[:, 0]) > 2.0 * EPS * np.abs(exact[:, 0])
    exact[told] = pinning[told]
    return off, exact


def _exact_sums(terms: tuple[FloatArray, ...]) -> FloatArray:
    """Return sums of arrays as double-doubles, shape (n, 2)."""
    return np.array([_exact_sum(row) for row in zip(*terms, strict=True)]).reshape(-1, 2)


def _exact_sum(terms: Sequence[float]) -> tuple[float, float]:
    """Return a sum of doubles as a double-double."""
    high = fsum(terms)
    return high, fsum([*terms, -high])


def all_modes(network: Network, last_bits: np.random.Generator | None = None) -> tuple[FloatArray, FloatArray]:
    """Return eigenvalues (n, 2) and modes (n, n_sites, 2) of M^{-1/2} K M^{-1/2} in 32 digits; free modes are 0.

    ``last_bits`` changes the matrix at the end of its 32 digits, to see what the result owes to them.
    """
    from hotsprings.kernels import precise

    off, pinning = springs_and_pinning(network)
    matrix = precise.scaled_stiffness(off, pinning, np.array(network.masses))
    if last_bits is not None:
        draw = last_bits.standard_normal(off.shape)
        matrix[..., 1] += PRECISE_UNIT * matrix[..., 0] * (draw + draw.T)
    values, modes = precise.normal_modes(matrix)
    order = np.lexsort((values[:, 1], values[:, 0]))
    values, modes = values[order], modes[order]
    values[_free(network, values, modes, off, pinning)] = 0.0
    return values, modes


def precise_modes(system: OpenNetwork, last_bits: np.random.Generator | None = None) -> PreciseModes:
    """Return the modes of M^{-1/2} K M^{-1/2} in 32 digits, degenerate ones turned so that few feel a bath."""
    from hotsprings.kernels import ahead, precise

    ahead.begin("32 digits")
    values, modes, part = _by_parts(system.network, *all_modes(system.network, last_bits))
    coupling = precise.couplings(modes, np.asarray(system.bath_sites), system.friction,
                                 np.array(system.network.masses))
    noise = PRECISE_UNIT * len(values) * np.maximum(_absolute(system.network, modes), TINY)
    gaps = np.diff(values[:, 0]) + np.diff(values[:, 1])
    gaps[np.diff(part) != 0] = np.inf  # modes of parts that no spring joins never mix, however near
    cuts = np.concatenate([[0], np.flatnonzero(gaps > np.maximum(noise[1:], noise[:-1])) + 1, [len(values)]])
    dark, lost = np.zeros(len(values), dtype=bool), 0.0
    most_felt = np.sqrt(system.friction / system.network.masses[system.bath_sites])
    strongest = float(most_felt.max())
    for start, stop in pairwise(cuts):
        precise.part_dark(coupling, modes, start, stop)
        values[start:stop] = values[start]
        turned = 8.0 * _turned(values, coupling[:, :, 0], noise, part, start, stop)
        felt = coupling[start:stop, :, 0]
        strength = np.sqrt((felt**2).sum(axis=1))
        dark[start:stop] = np.all(np.abs(felt) <= turned, axis=1) | (strength <= strongest * PRECISE_DARK)
        if np.any(here := dark[start:stop]):
            lost = max(lost, float(np.max(turned[here] / most_felt)), float(strength[here].max()) / strongest)
    order = np.lexsort((values[:, 1], values[:, 0]))
    values, coupling, modes, dark = values[order], coupling[order], modes[order], dark[order]
    bright = ~dark
    modes[np.ix_(bright, without_bath(system))] = 0.0
    return PreciseModes(values[bright], precise.roots(values[bright]), np.ascontiguousarray(coupling[bright]),
                        np.ascontiguousarray(modes[bright]), values[dark, 0], modes[dark, :, 0], lost)


def _turned(values: FloatArray, coupling: FloatArray, noise: FloatArray, part: IntArray, start: int, stop: int
            ) -> FloatArray:
    """Return what rounding adds to the couplings of degenerate modes start … stop - 1, shape (stop - start, n_baths).

    It turns them by the angle noise/|λ_j - λ| towards mode j, of what that one feels: weakly felt modes close together
    hide nothing. What they get so turns them into each other, by the angle that makes their couplings orthogonal.
    """
    gap = np.abs((values[:, 0] - values[start, 0]) + (values[:, 1] - values[start, 1]))
    rounded = np.maximum(noise, noise[start:stop].max())
    others = part == part[start]
    others[start:stop] = False
    angle = rounded[others] / np.maximum(gap, rounded)[others]
    given = ((angle[:, None] * coupling[others]) ** 2).sum(axis=0)
    own = coupling[start:stop] ** 2
    size = own.sum(axis=1, keepdims=True)
    shared = own * np.minimum(given.sum() / np.where(size > 0.0, size, np.inf), 1.0)
    return np.asarray(np.sqrt(given + (shared.sum(axis=0) - shared)))


def _by_parts(network: Network, values: FloatArray, modes: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return modes part by part of what springs join, and the number of the part of each."""
    part = _places(modes, parts_of(network.stiffness()))
    order = np.lexsort((values[:, 1], values[:, 0], part))
    return values[order], modes[order], part[order]


def _places(modes: FloatArray, part: IntArray) -> IntArray:
    """Return the part of each mode: that of the site which moves most."""
    return np.asarray(part[np.abs(modes[:, :, 0]).argmax(axis=1)])


def _absolute(network: Network, modes: FloatArray) -> FloatArray:
    """Return Σ |φ_n| |K_nm| |φ_m|/sqrt(m_n m_m) of each mode, which rounding of K is a part of, shape (n_modes,)."""
    amplitude = np.abs(modes[:, :, 0]) / np.sqrt(network.masses)
    return np.asarray(np.einsum("ji,ik,jk->j", amplitude, np.abs(network.stiffness()), amplitude))


def _free(network: Network, values: FloatArray, modes: FloatArray, off: FloatArray, pinning: FloatArray) -> BoolArray:
    """Return which modes (ascending) cost nothing: one for each part that nothing pins, and what 32 digits lose."""
    part = parts_of(off)
    held = np.bincount(part, np.any(pinning != 0.0, axis=1)) > 0
    free = values[:, 0] <= 4.0 * len(values) * PRECISE_UNIT * _absolute(network, modes)
    parts, slowest = np.unique(_places(modes, part), return_index=True)
    free[slowest[~held[parts]]] = True
    return np.asarray(free)


def as_problem(modes: PreciseModes, cutoff: FloatArray | float = np.inf) -> ModalProblem:
    """Return modes and their couplings, rounded; ``cutoff``: ω_D of the baths."""
    return ModalProblem(
        stiffness=modes.stiffness[:, 0], coupling=np.ascontiguousarray(modes.coupling[:, :, 0].T),
        modes=np.ascontiguousarray(modes.shape[:, :, 0].T), dark_stiffness=modes.dark_stiffness,
        dark_modes=modes.dark_shape.T, n_free=int(np.sum(modes.stiffness[:, 0] == 0.0)), unresolved=modes.unresolved,
        uncertain=False, rounded=np.zeros(len(modes.stiffness)),
        memory=np.broadcast_to(1.0 / np.asarray(cutoff), modes.coupling.shape[1:2]))


def to_eliminate(doubt: FloatArray, n_sites: int) -> IntArray:
    """Return which elements, known to a relative ``doubt`` from the modes, are taken from the springs instead.

    Of a small network all that are not known to 1e-11; of a larger one those beyond what is promised, the least known
    first, a few that take two seconds at most.
    """
    if n_sites <= SMALL:
        return np.flatnonzero(doubt > DOUBTED)
    order = np.argsort(-doubt, kind="stable")[: min(MOST, int(MOST_WORK / (PER_ELEMENT * n_sites**3)))]
    return order[doubt[order] > TOLERANCE]


def precise_elements(system: OpenNetwork, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
    """Return G_ij at real frequencies (times ω if asked) from the springs themselves, by elimination in 32 digits.

    Only what springs join to i takes part. Where nothing holds that, G(0) is infinite, and ω G → -i/Σγ as ω → 0.
    """
    from hotsprings.kernels import precise

    own, numbers = own_numbers(system, i)
    if j not in own:
        return np.zeros(omega.size, np.complex128)
    out = np.empty(omega.size, np.complex128)
    i, j = (int(np.searchsorted(own, site)) for site in (i, j))
    precise.elements(*numbers, omega, i, j, times_omega, out)
    if not np.any(numbers[1]):
        drag = float(numbers[3].sum())
        out[omega == 0.0] = -1j / drag if times_omega and drag > 0.0 else np.inf
    return out


def precise_flows(system: OpenNetwork, omega: FloatArray) -> ComplexArray:
    """Return ω G between the baths at real frequencies, not 0, the same way, shape (n_baths, n_baths, n_omega)."""
    from hotsprings.kernels import precise

    part, sites = parts_of(springs_and_pinning(system.network)[0]), system.bath_sites
    out = np.zeros((sites.size, sites.size, omega.size), np.complex128)
    for number in np.unique(part[sites]):
        own, numbers = _numbers(system, part == number)
        here = np.flatnonzero(part[sites] == number)
        found = np.empty((here.size, here.size, omega.size), np.complex128)
        precise.flows(*numbers, omega, np.searchsorted(own, sites[here]), found)
        out[np.ix_(here, here)] = found
    return out


def own_numbers(system: OpenNetwork, site: int) -> tuple[IntArray, tuple[FloatArray, ...]]:
    """Return the sites that springs join to one, and the springs, pinnings, masses and frictions of what is there."""
    part = parts_of(springs_and_pinning(system.network)[0])
    return _numbers(system, part == part[site])


def _numbers(system: OpenNetwork, some: BoolArray) -> tuple[IntArray, tuple[FloatArray, ...]]:
    """Return these sites, and the springs, pinnings, masses and frictions of what is there."""
    own = np.flatnonzero(some)
    off, pinning = springs_and_pinning(system.network)
    friction = np.zeros(system.n_sites)
    friction[system.bath_sites] = system.friction
    return own, (off[np.ix_(own, own)], pinning[own], np.array(system.network.masses[own]), friction[own])
