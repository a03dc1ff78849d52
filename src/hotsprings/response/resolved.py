"""Conductances that are small beside what sums over poles cancel: integrals of a positive transmittance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotsprings.checks import FloatArray

if TYPE_CHECKING:
    from hotsprings.response.response import Response

NODES, FINER = 12, 20  # of Gauss-Legendre in each panel; what the two differ by is the error of the coarser
GRADING = 3.0  # by which panels grow with the distance from a pole: Bernstein ellipses of 3.4, errors of 3.4^-24
BEYOND = 2.0**24  # of the fastest pole: what is left beyond falls at least with 1/ω²
HALVINGS = 12
GOOD = 1e-13


def resolved_conductance(response: Response, a: int, b: int, most: int) -> tuple[float, float]:
    """Return C_ab = (1/2π) ∫_0^∞ 𝒯_ab dω and its relative error; infinite where more than ``most`` elements are needed.

    Panels are graded towards every pole and halved until two rules agree. Nothing cancels, so that C_ab has as many
    digits as the elements, however small it is.
    """
    edges = _edges(response)
    low, high = edges[:-1], edges[1:]
    total, lost, used = 0.0, 0.0, 0
    for _ in range(HALVINGS):
        used += low.size * (NODES + FINER)
        if used > most:
            return 0.0, np.inf
        coarse, fine = (_panels(response, a, b, low, high, n) for n in (NODES, FINER))
        error = np.abs(fine - coarse)
        whole = total + float(fine.sum())
        open_ = error > GOOD * whole / np.sqrt(low.size)
        total, lost = total + float(fine[~open_].sum()), lost + float(error[~open_].sum())
        if not np.any(open_):
            break
        low, high, left = low[open_], high[open_], fine[open_]
        middle = 0.5 * (low + high)
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    else:
        total, lost = total + float(left.sum()), lost + float(error.sum())
    return total / (2.0 * np.pi), lost / total if total > 0.0 else np.inf


def _edges(response: Response) -> FloatArray:
    """Return ascending edges of panels from 0, graded towards the poles."""
    omega = response.poles.omega
    place, width = np.abs(omega.real), omega.imag
    last = BEYOND * float(np.abs(omega).max())
    edges = [0.0, last]
    for x, w in zip(place, width, strict=True):
        steps = w * GRADING ** np.arange(-1.0, np.ceil(np.log(last / w) / np.log(GRADING)) + 1.0)
        edges += [x, *(x - steps), *(x + steps)]
    found = np.unique(np.clip(edges, 0.0, last))
    apart = np.abs(found[:, None] - place).min(axis=1) if place.size else found
    near = width.min() if width.size else 0.0
    keep = np.append(True, np.diff(found) > 0.05 * (apart[1:] + near))
    return np.append(found[keep], last) if found[keep][-1] < last else found[keep]


def _panels(response: Response, a: int, b: int, low: FloatArray, high: FloatArray, n: int) -> FloatArray:
    """Return the integrals of 𝒯_ab over panels, shape (n_panels,)."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    half = 0.5 * (high - low)
    omega = 0.5 * (high + low)[:, None] + half[:, None] * nodes
    sites, drag = response.system.bath_sites, response.drag(omega)
    flow = response.element(omega.ravel(), int(sites[a]), int(sites[b]), times_omega=True).reshape(omega.shape)
    return np.asarray(half * ((4.0 * drag[a] * drag[b] * (flow.real**2 + flow.imag**2)) @ weights))
