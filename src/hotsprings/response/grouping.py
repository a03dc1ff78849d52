"""The mean field as a secular function: equal sites merged into one, everything in double-double.

Sites with the same κ/m that carry no bath (or baths with the same κ/m and γ/m) move against each other without
moving the mean force: those coordinates split off exactly, dark ones in the bulk, damped ones on baths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotsprings.checks import FloatArray, IntArray
from hotsprings.errors import ArgumentError
from hotsprings.network import MeanField
from hotsprings.progress import report
from hotsprings.response.tolerances import FASTEST
from hotsprings.response.tree import Tree

RANGE = 1e-24  # of the highest frequency: rates and frequencies of other sites must not be further below or above
SAME = 1e-30  # relative difference of κ/m below which two ratios of doubles are the same number


@dataclass(frozen=True, eq=False)
class SecularProblem:
    """s(ω) = 1 - Σ_r w_r/(d_r - x) - Σ_g u_g/(D_g - x + iων_g), in frequency units of ``scale``.

    Attributes
    ----------
    poles : ndarray, shape (6, n_groups)
        d, w, w/d of the merged bulk sites as (high, low) rows, sorted by d.
    baths : ndarray, shape (6, n_bath_groups)
        D, ν, u of the merged bath sites.
    static : tuple of float
        s(0) as (high, low), without cancellation.
    bulk_sites, bulk_group : ndarray, shape (n_bulk,)
        Bulk sites and the column of ``poles`` each belongs to.
    bath_group : ndarray, shape (n_baths,)
        Column of ``baths`` of each bath.
    share : ndarray, shape (n_sites,)
        (1/m_n)/Σ 1/m over the group of the site: its part of the symmetric motion.
    strength : ndarray, shape (n_sites,)
        k/(Ñ m_n scale²).
    scale : float
        Unit of frequency, a power of two.
    """

    poles: FloatArray
    baths: FloatArray
    static: tuple[float, float]
    bulk_sites: IntArray
    bulk_group: IntArray
    bath_group: IntArray
    share: FloatArray
    strength: FloatArray
    scale: float

    @cached_property
    def tree(self) -> Tree:
        """The poles in a tree; what lies in the gap behind a pole belongs to its leaf."""
        return Tree.of_gaps(self.poles)

    @property
    def free(self) -> bool:
        """Whether ω = 0 is a zero of s (a mode that costs nothing)."""
        return self.static[0] == 0.0

    @property
    def lowest(self) -> float:
        """The smallest of all d and D."""
        return float(min(self.poles[0].min(initial=np.inf), self.baths[0].min(initial=np.inf)))

    @property
    def n_zeros(self) -> int:
        """Number of zeros of s, mirrored ones and ω = 0 included."""
        return 2 * int(self.poles.shape[1] + self.baths.shape[1])


def _groups(keys: list[tuple[FloatArray, FloatArray]]) -> tuple[IntArray, IntArray]:
    """Return the order that sorts by the keys, and the start of each run of equal ones."""
    order = np.argsort(keys[0][0])  # without ties there is one order
    if len(keys) > 1 or np.any(np.diff(keys[0][0][order]) == 0.0):
        order = np.lexsort([part for high, low in reversed(keys) for part in (low, high)])
    new = np.zeros(order.size, dtype=bool)
    new[:1] = True
    for high, low in keys:
        h, low_sorted = high[order], low[order]
        gap = (h[1:] - h[:-1]) + (low_sorted[1:] - low_sorted[:-1])
        new[1:] |= np.abs(gap) > SAME * np.abs(h[1:])
    return order, np.flatnonzero(new)


def _group_sums(values: FloatArray, starts: IntArray) -> FloatArray:
    """Sum double-double columns (2, n), already in order, over runs that begin at ``starts``; shape (2, n_runs)."""
    ends = np.append(starts[1:], values.shape[1])
    if starts.size == values.shape[1]:
        return values.copy()
    out = np.empty((2, starts.size))
    for i, (a, b) in enumerate(zip(starts, ends, strict=True)):
        high, low = values[0, a:b], values[1, a:b]
        out[0, i] = math.fsum(high)
        out[1, i] = math.fsum([*high, *low, -out[0, i]])
    return out


def _refuse_extremes(network: MeanField, rates: FloatArray, ratios: FloatArray) -> None:
    """Refuse numbers that floating point can hold one by one, but not multiplied with each other."""
    fastest, slowest = math.sqrt(ratios[0].max()), math.sqrt(ratios[0].min())
    if not slowest >= fastest * RANGE:
        raise ArgumentError("masses", f"keep the frequencies sqrt(κ/m) within a factor {1 / RANGE:.0e} of each other",
                            f"they go from {slowest:.3g} to {fastest:.3g}")
    if not math.sqrt(ratios[2].max()) >= fastest * RANGE:
        raise ArgumentError("k", f"be no weaker than {RANGE**2:.0e} of the pinning per particle",
                            f"{network!r} was given")
    for i, rate in enumerate(rates):
        if not fastest * RANGE <= rate <= fastest * FASTEST:
            allowed = f"give a damping rate γ/m of {RANGE:.0e} to {FASTEST:.0e} times the highest frequency"
            raise ArgumentError(f"baths[{i}].friction", allowed, f"it is {rate:.3g}, that {fastest:.3g}")


def secular_problem(network: MeanField, sites: IntArray, friction: FloatArray) -> SecularProblem:
    """Return the secular problem of a mean field with baths on some sites (or none), equal sites merged."""
    from hotsprings.kernels import double_double as dd

    n, masses = network.n_sites, network.masses
    report("sorting the sites")
    ratios = dd.spring_ratios(network.k, network.n_tilde, float(n), network.k0, masses)
    _refuse_extremes(network, friction / masses[sites], ratios)
    scale = 2.0 ** round(0.5 * math.log2(float(ratios[0].max())))
    ratios = ratios / scale**2
    d, w = ratios[:2], ratios[2:]
    bulk = np.delete(np.arange(n), sites)
    share = np.ones(n)

    order, starts = _groups([(d[0, bulk], d[1, bulk])])
    members = bulk[order]
    weights = _group_sums(w[:, members], starts)
    first = d[:, members[starts]]
    group = np.zeros(bulk.size, dtype=np.int64)
    group[starts[1:]] = 1
    group = np.cumsum(group)
    share[members] = w[0, members] / weights[0, group]
    poles = np.concatenate([first, weights, dd.divide_rows(weights, np.ascontiguousarray(first))])

    none = np.zeros(sites.size)
    nu = dd.divide_rows(np.stack([friction, none]), np.stack([masses[sites], none])) / scale
    b_order, b_starts = _groups([(d[0, sites], d[1, sites]), (nu[0], nu[1])])
    b_members = sites[b_order]
    b_weights = _group_sums(w[:, b_members], b_starts)
    b_runs = np.zeros(sites.size, dtype=np.int64)
    b_runs[b_starts[1:]] = 1
    bath_group = np.empty(sites.size, dtype=np.int64)
    bath_group[b_order] = np.cumsum(b_runs)
    share[sites] = w[0, sites] / b_weights[0, bath_group]
    first_baths = b_order[b_starts]
    baths = np.concatenate([d[:, sites[first_baths]], nu[:, first_baths], b_weights])
    return SecularProblem(
        poles=np.ascontiguousarray(poles), baths=np.ascontiguousarray(baths),
        static=(network.static_secular, 0.0), bulk_sites=members, bulk_group=group, bath_group=bath_group,
        share=share, strength=w[0].copy(), scale=scale,
    )
