"""Conductances that are small beside what sums over poles cancel: integrals of a positive transmittance."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.response.tolerances import EPS

if TYPE_CHECKING:
    from hotsprings.response.response import Response

Weight = Callable[[FloatArray], FloatArray]

INTEGRAL_WORK = 5e8  # ns at most for all integrals of a system
NODES, FINER = 12, 20  # of Gauss-Legendre in each panel; what the two differ by is the error of the coarser
GRADING = 3.0  # by which panels grow with the distance from a pole: Bernstein ellipses of 3.4, errors of 3.4^-24
BEYOND = 2.0**24  # of the fastest pole: what is left beyond falls at least with 1/ω²
THINNED = 0.5  # of its distance from the nearest pole, by which an edge is at least from the one before
HALVINGS = 12
WORTH = 1e-11  # of the whole, above which roundings are averaged by halving panels all the same
ROUNDED = 4.0  # ω/(panel) roundings of a value, below which two rules are not asked to agree
GOOD = 1e-13
SEEN, AVERAGED = 1e-3, 0.15  # rounding of ω over the width of a resonance: largest; what a sum leaves of it


def resolved_conductance(response: Response, a: int, b: int, most: int) -> tuple[float, float]:
    """Return C_ab = (1/2π) ∫_0^∞ 𝒯_ab dω and its relative error; infinite where more than ``most`` elements are needed.

    Panels are graded towards every pole and halved until two rules agree. Nothing cancels, so that C_ab has as many
    digits as the elements, however small it is.
    """
    found, error = resolved_flux(response, a, b, np.array([np.inf]), most)
    return float(found[0]), error


def resolved_mean(response: Response, a: int, b: int, weight: Weight, scales: tuple[float, ...]) -> tuple[float, float]:
    """Return (1/2π) ∫_0^∞ w(ω) 𝒯_ab dω of a weight ≥ 0 that is smooth on some ``scales``, and its error."""
    if not response.element_work:
        return 0.0, np.inf
    most = int(INTEGRAL_WORK / response.element_work)
    found, error = resolved_flux(response, a, b, np.array([np.inf]), most, weight, scales)
    return float(found[0]), error * float(found[0]) if found[0] else np.inf


def resolved_flux(response: Response, a: int, b: int, omega: FloatArray, most: int, weight: Weight = np.ones_like,
                  scales: tuple[float, ...] = ()) -> tuple[FloatArray, float]:
    """Return (1/2π) ∫_0^ω w 𝒯_ab dω' at some ω ≥ 0, shape of omega, and the error relative to the largest of them.

    The weight is smooth on some ``scales`` beside ω = 0. Frequencies are doubles: on a resonance of width Γ the
    transmittance is known to ε|ω|/Γ at each, a seventh of it in the sum over some forty, times its share; one that is
    narrower than some roundings cannot be seen at all.
    """
    narrow = np.abs(response.poles.omega.real) / response.poles.omega.imag
    if EPS * float(narrow.max(initial=0.0)) > SEEN:
        return np.zeros(omega.shape), np.inf
    if narrow.size * NODES > most:
        return np.zeros(omega.shape), np.inf
    last = BEYOND * float(np.abs(response.poles.omega).max())
    ends, place = np.unique(np.minimum(omega, last), return_inverse=True)
    last = last if np.any(omega > last) else float(ends[-1])
    edges = panel_edges(response.poles.omega, scales, np.append(ends, 0.0), last)
    found = adaptive(lambda low, high, n: _panels(response, a, b, weight, low, high, n), edges, most, worth=WORTH)
    if found is None:
        return np.zeros(omega.shape), np.inf
    values, errors, high = found
    part = np.bincount(np.searchsorted(ends, high), values[0], minlength=ends.size)  # of the integral, between ends
    total = float(part.sum())
    if not total:
        return np.zeros(omega.shape), np.inf
    poles, residues = response.transmittance_residues(a, b)  # pairs split off from equal baths may be left out
    parts = 2.0 * np.pi * np.abs(residues) * weight(np.abs(poles.real))
    shares = np.minimum(1.0, parts / total) * np.abs(poles.real) / poles.imag
    unknown = float(errors.sum()) / total + AVERAGED * EPS * float(np.max(shares, initial=0.0))
    return np.cumsum(part)[place].reshape(omega.shape) / (2.0 * np.pi), unknown


def adaptive(panels: Callable[[FloatArray, FloatArray, int], tuple[FloatArray, FloatArray | float]], edges: FloatArray,
             most: int, groups: int = 1, worth: float = np.inf) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return integrals over panels (n_rows, n_panels), what two rules differ by, and where each ends.

    ``panels`` returns the integrals between some ends by a rule of n points, and their rounding. Panels are halved till
    two rules agree, to that (and to a part ``worth`` of the whole: more nodes average roundings) or beside the largest
    integral of each of the ``groups`` of rows; None where that takes more than ``most`` points.
    """
    low, high, used, total, done = edges[:-1], edges[1:], 0, 0.0, []
    for halving in range(HALVINGS):
        used += low.size * (NODES + FINER)
        if used > most:
            return None
        (coarse, _), (fine, rounding) = (panels(low, high, n) for n in (NODES, FINER))
        error = np.abs(fine - coarse)
        size = np.abs(total + fine.sum(axis=1)).reshape(groups, -1).max(axis=1)
        allowed = np.repeat(GOOD * size / np.sqrt(low.size), len(fine) // groups)[:, None]
        enough = np.minimum(rounding, worth / GOOD * allowed)
        open_ = np.any(error > np.maximum(allowed, enough), axis=0) & (halving < HALVINGS - 1)
        done.append((fine[:, ~open_], error[:, ~open_], high[~open_]))
        total = total + fine[:, ~open_].sum(axis=1)
        if not np.any(open_):
            break
        middle = 0.5 * (low[open_] + high[open_])
        low, high = np.append(low[open_], middle), np.append(middle, high[open_])
    values, errors, ends = (np.concatenate(part, axis=-1) for part in zip(*done, strict=True))
    return values, errors, ends


def panel_edges(omega: ComplexArray, scales: tuple[float, ...], asked: FloatArray, last: float) -> FloatArray:
    """Return ascending edges of panels from 0 to ``last``, graded towards the poles; those asked for among them."""
    place, width = np.append(np.abs(omega.real), np.zeros(len(scales))), np.append(omega.imag, scales)
    edges = [0.0, last]
    for x, w in zip(place, width, strict=True):
        steps = w * GRADING ** np.arange(-1.0, max(0.0, np.ceil(np.log((last + x) / w) / np.log(GRADING))) + 1.0)
        edges += [x, *(x - steps), *(x + steps)]
    found = np.unique(np.clip(edges, 0.0, last))
    near = np.sort(place)
    after = np.searchsorted(near, found).clip(1, max(1, near.size - 1))
    apart = np.minimum(np.abs(found - near[after - 1]), np.abs(found - near[after.clip(max=near.size - 1)]))
    kept = _thinned(found, THINNED * (apart + width.min()))
    return np.unique(np.concatenate([kept, asked, [last]]))


def _thinned(edges: FloatArray, least: FloatArray) -> FloatArray:
    """Return the first of ascending edges and those that are as far from the last one kept as is said at each."""
    kept = [0]
    for k, (x, step) in enumerate(zip(edges.tolist(), least.tolist(), strict=True)):
        if x - edges[kept[-1]] > step:
            kept.append(k)
    return edges[kept]


def rounded_values(low: FloatArray, high: FloatArray, sizes: FloatArray) -> FloatArray:
    """Return what rounding of ω makes of integrals over panels that are as long as what is in them is wide."""
    return np.asarray(ROUNDED * EPS * high / (high - low) * sizes)


def _panels(response: Response, a: int, b: int, weight: Weight, low: FloatArray, high: FloatArray, n: int
            ) -> tuple[FloatArray, FloatArray]:
    """Return the integrals of w 𝒯_ab over panels, and their rounding, shape (1, n_panels)."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    half = 0.5 * (high - low)
    omega = 0.5 * (high + low)[:, None] + half[:, None] * nodes
    sites, drag = response.system.bath_sites, response.drag(omega)
    flow = response.element(omega.ravel(), int(sites[a]), int(sites[b]), times_omega=True).reshape(omega.shape)
    found = half * ((4.0 * drag[a] * drag[b] * (flow.real**2 + flow.imag**2) * weight(omega)) @ weights)
    return found[None], rounded_values(low, high, found)[None]
