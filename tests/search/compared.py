"""Errors relative to what is right, the worst of many, lists put into one order."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

TINY = 1e-280  # below it a double has lost digits of its own


def relative(given, right, floor=TINY):
    """Return |given - right|/|right| per element, NaN counted as infinite."""
    given, right = np.asarray(given), np.asarray(right)
    with np.errstate(all="ignore"):
        off = np.abs(given - right) / np.maximum(np.abs(right), floor)
    return np.where(np.isnan(off), np.inf, off)


def matched(given, right):
    """Return ``given`` in the order of ``right``: pairs that are nearest to each other, beginning with the best."""
    if given.size != right.size:
        return None
    cost = np.abs(given[None, :] - right[:, None]) / np.maximum(np.abs(right), TINY)[:, None]
    rows, columns = linear_sum_assignment(np.log(cost + 1e-17))
    out = np.empty_like(given)
    out[rows] = given[columns]
    return out


def worst(label, off, allowed):
    """Return the element furthest beyond what it may be."""
    if not off.size:
        return label, 0.0, 0.0
    k = int(np.argmax(off / np.maximum(1e-9, 3.0 * allowed)))
    return label, float(off[k]), float(allowed[k])


def near_and_far(label, rows):
    """Yield the worst near the band, and the worst far above it, of rows (frequency is far, error, allowed)."""
    for far in (False, True):
        some = np.array([row[1:] for row in rows if row[0] == far]).reshape(-1, 2)
        yield worst(label + " far above the band" * far, *some.T)


def resonances_off(found, given, right, doubt, ask):
    """Yield how far resonances and decay rates, in the order of ``right``, are off; told by the doubt of ``found``."""
    simple, warned = np.isfinite(doubt), ask.told
    for label, off, allowed in (
            ("resonance", relative(given, right), doubt / np.abs(right)),
            ("decay rate", relative(given.imag, right.imag), doubt / np.abs(right.imag))):
        ask.told = warned or bool(off[simple].max(initial=0.0) <= 3.0 * found.doubt)  # what the result says of itself
        yield worst(label, off[simple], allowed[simple])
