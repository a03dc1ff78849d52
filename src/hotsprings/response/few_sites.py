"""Mean fields of few sites, all different, by two compiled calls: what the general road finds, at less cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.network import MeanField
from hotsprings.response.grouping import RANGE, SecularProblem
from hotsprings.response.response import Poles, Sums
from hotsprings.response.sums import TRUSTED_LOSS
from hotsprings.response.tolerances import CLOSED, COINCIDING, FASTEST
from hotsprings.response.zeros import DIGITS_LOST, SecularZeros
from hotsprings.system import OpenNetwork

FEW = 128  # sites
ALL_PRECISE = 16  # sites up to which every zero is refined in 32 digits: that costs no more than to ask which need it


@dataclass(frozen=True, eq=False)
class FewSites:
    """The secular function of a mean field, its zeros and the sums over them, as ``kernels/few_sites`` returns them."""

    static: float
    scale: float
    columns: FloatArray
    baths: FloatArray
    order: IntArray
    anchors: IntArray
    share: FloatArray
    etas: FloatArray
    roots: FloatArray
    near: IntArray
    offsets: ComplexArray
    slopes: ComplexArray
    sums: Sums
    resonances: ComplexArray
    rate: FloatArray

    @cached_property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0, zeros in gaps in double precision first."""
        etas, roots = self.etas, self.roots
        real, imaginary = roots[:, 0] + roots[:, 1], roots[:, 2] + roots[:, 3]
        known = self.anchors >= 0
        imaginary[known] = (etas[known, 2] + etas[known, 3]) / (2.0 * real[known])
        omega = np.asarray((real + 1j * imaginary) * self.scale, dtype=np.complex128)
        if not self.near.size:
            return Poles(omega, self.share)
        x = self.columns[0, self.near] + (self.columns[1, self.near] + self.offsets)
        above = np.sqrt(x).real
        near = (above + 1j * (self.offsets.imag / (2.0 * above))) * self.scale
        return Poles(np.concatenate([near, omega]), np.concatenate([np.ones(near.size), self.share]))

    def problem(self, bath_sites: IntArray) -> SecularProblem:
        """Return the secular problem."""
        n_sites = self.order.size + bath_sites.size
        strength = np.empty(n_sites)
        strength[self.order], strength[bath_sites] = self.columns[2], self.baths[4]
        return SecularProblem(
            poles=self.columns, baths=self.baths, static=(self.static, 0.0), bulk_sites=self.order,
            bulk_group=np.arange(self.order.size), bath_group=np.arange(bath_sites.size), share=np.ones(n_sites),
            strength=strength, scale=self.scale)

    def zeros(self) -> SecularZeros:
        """Return the zeros, those in no gap anchored where a pole is near."""
        from hotsprings.kernels import secular

        etas = self.etas.copy()
        anchors, free = self.anchors.copy(), self.anchors < 0
        pole, offset = np.empty(int(free.sum()), dtype=np.int64), np.empty((int(free.sum()), 4))
        secular.anchor_roots(self.columns, self.roots[free], pole, offset)
        anchors[free], etas[free] = pole, offset
        return SecularZeros(self.near, self.offsets, self.slopes, anchors, etas, self.roots, self.share)


@dataclass(frozen=True)
class Standing:
    """What mean fields that differ in their masses only have in common, and the baths on them."""

    k: float
    n_tilde: float
    k0: FloatArray
    static: float
    coupling: float
    sites: IntArray
    friction: FloatArray


def standing(system: OpenNetwork) -> Standing | None:
    """Return what a small mean field is made of besides its masses; None of others."""
    network = system.network
    if system.n_sites > FEW or not isinstance(network, MeanField):
        return None
    return Standing(network.k, network.n_tilde, network.k0, network.static_secular, network.coupling,
                    system.bath_sites, system.friction)


def few_sites(system: OpenNetwork) -> FewSites | None:
    """Return everything about a small mean field; None where the general road is to decide.

    That is where sites are equal, zeros coincide, or something is as extreme as to be refused.
    """
    given, network = standing(system), system.network
    if given is None or not isinstance(network, MeanField):
        return None
    from hotsprings.kernels import ahead

    ahead.begin("few sites")
    return solved(network.masses, network.frequency_squares, given)


def solved(masses: FloatArray, frequency_squares: tuple[float, float], given: Standing) -> FewSites | None:
    """Return the same of the masses, the smallest and the largest κ/m, and all else."""
    from hotsprings.kernels import few_sites as kernels

    static, sites, friction = given.static, given.sites, given.friction
    rate = friction / masses[sites]
    scale = _unit(frequency_squares, given.coupling / float(masses[0]), rate.tolist())
    if not scale:
        return None
    limit = None if masses.size <= ALL_PRECISE else DIGITS_LOST
    try:
        good, lowest, columns, baths, order, n_found, n_near, *rest = kernels.zeros(
            masses, given.k, given.n_tilde, given.k0, static, scale, sites, friction, limit)
        if not good:
            return None
        anchors, share, etas, roots = (rows[:n_found] for rows in rest[:4])
        near, offsets, slopes = (line[:n_near] for line in rest[4:])
        conductance, weight, resonances, missed, loss = kernels.sums(
            static, sites, scale, lowest, columns, baths, order, anchors, share, etas, roots, near, offsets, slopes,
            limit)
    except ZeroDivisionError:  # of complex numbers that underflow
        return None
    found = FewSites(static, scale, columns, baths, order, anchors, share, etas, roots, near, offsets, slopes,
                     (conductance, weight), resonances, rate)
    return found if loss < TRUSTED_LOSS and missed < (CLOSED if found.near.size else COINCIDING) else None


def _unit(frequency_squares: tuple[float, float], some: float, rates: list[float]) -> float:
    """Return the unit of frequency, a power of two; 0 where frequencies are too far apart, or nearly."""
    lowest, highest = frequency_squares
    fastest = math.sqrt(highest)
    least = fastest * RANGE
    apart = min(math.sqrt(min(lowest, some)), *rates) < least or max(rates) > fastest * FASTEST
    return 0.0 if apart else 2.0 ** round(math.log2(fastest))
