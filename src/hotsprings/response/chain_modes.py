"""Modes of a chain at its bath sites; even and odd ones apart, where it is its own mirror image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotsprings.checks import BoolArray, FloatArray, IntArray
from hotsprings.network import bands_of
from hotsprings.response.bright_modes import BrightModes
from hotsprings.system import OpenNetwork

FELT = 1e-8  # component of a mode at a bath site from which it counts: with less it carries 1e-16 of γ/m
UNMIXED = 1e-9  # foreign part of an even or odd mode, over sqrt(γ/m), up to which it is left out
SLIGHT, TURNED = 3e-7, 1e-2  # the same where it is this part of its own: what its square, 1e-13, adds to a flux


@dataclass(frozen=True, eq=False)
class Sector:
    """Rows first … last-1 of the rotated baths, the modes that couple to them (numbers of bright modes), themselves."""

    rows: tuple[int, int]
    members: IntArray
    modes: BrightModes


class ChainModes:
    """Modes of a chain at its bath sites, and the sectors into which mirror symmetry splits them."""

    def __init__(self, system: OpenNetwork, values: FloatArray, rows: FloatArray, mirror: bool) -> None:
        self.values, self.rows, self.mirror = values, rows, mirror
        self.free = not np.any(system.network.pinning)
        if self.free:  # its row is left as it was found, so that rows stay orthonormal
            self.values = values.copy()
            self.values[:, 0] = 0.0

    @cached_property
    def bright(self) -> BoolArray:
        """Which modes are felt at a bath site."""
        return np.asarray((np.abs(self.rows) > FELT).any(axis=0))

    def turned(self, root: FloatArray, rotation: FloatArray, n_even: int) -> tuple[BrightModes, list[Sector]]:
        """Return the bright modes, coupled to rotated baths by ``root`` = sqrt(γ/m), and their sectors."""
        values = np.ascontiguousarray(self.values[:, self.bright])
        coupling = np.ascontiguousarray(rotation.T @ (self.rows[:, self.bright] * root[:, None]))
        even = np.flatnonzero(self.bright) % 2 == 0  # the parity of modes alternates, from the lowest on
        if not self.mirror or not _unmix(coupling, even, n_even, float(root.max())):
            every = BrightModes(values, coupling, int(self.free))
            return every, [Sector((0, len(root)), np.arange(values.shape[1]), every)]
        sectors = []
        for members, rows, n_free in ((even, (0, n_even), int(self.free)), (~even, (n_even, len(root)), 0)):
            part = BrightModes(np.ascontiguousarray(values[:, members]),
                               np.ascontiguousarray(coupling[rows[0] : rows[1], members]), n_free)
            if rows[0] < rows[1] and members.any():
                sectors.append(Sector(rows, np.flatnonzero(members), part))
        return BrightModes(values, coupling, int(self.free)), sectors


def _unmix(coupling: FloatArray, even: BoolArray, n_even: int, top: float) -> bool:
    """Make even and odd modes couple to even and odd baths alone, in place; return whether that could be done.

    An even and an odd mode beside each other may be so close that rounding has mixed them: they are turned back.
    """
    sizes = np.abs(coupling[:n_even]).max(axis=0, initial=0.0), np.abs(coupling[n_even:]).max(axis=0, initial=0.0)
    own, foreign = np.where(even, *sizes), np.where(even, *sizes[::-1])
    mixed = np.flatnonzero(foreign > top * np.maximum(UNMIXED, np.minimum(SLIGHT, TURNED * own / top)))
    if mixed.size % 2 or np.any(mixed[1::2] - mixed[::2] != 1) or np.any(even[mixed[::2]] == even[mixed[1::2]]):
        return False
    for pair in mixed.reshape(-1, 2):
        here, there = pair if even[pair[0]] else pair[::-1]
        first = np.linalg.svd(coupling[:n_even, pair])[2][0]
        second = np.array([-first[1], first[0]])
        turned = coupling[:n_even, pair] @ first, coupling[n_even:, pair] @ second
        coupling[:n_even, here], coupling[n_even:, there] = turned
    coupling[n_even:, even] = 0.0
    coupling[:n_even, ~even] = 0.0
    return True


def bands(system: OpenNetwork) -> tuple[FloatArray, FloatArray]:
    """Return the diagonal and the off-diagonal of K of a chain."""
    found = bands_of(system.network)
    assert found is not None
    return found


def reflection(system: OpenNetwork) -> tuple[FloatArray, int] | None:
    """Return baths as even and odd combinations (orthogonal, columns), and how many are even; None if not mirrored."""
    diagonal, off = bands(system)
    sites, friction, masses, n = system.bath_sites, system.friction, system.network.masses, system.n_sites
    if not (np.all(off < 0.0) and all(np.array_equal(a, a[::-1]) for a in (diagonal, off, masses))):
        return None
    partner = {int(site): a for a, site in enumerate(sites)}
    even, odd = [], []
    for a, site in enumerate(sites):
        b = partner.get(n - 1 - int(site))
        if b is None or friction[a] != friction[b]:
            return None
        unit = np.zeros((2, len(sites)))
        unit[0, a], unit[1, b] = 1.0, 1.0
        if a == b:
            even.append(unit[0])
        elif a < b:
            even.append((unit[0] + unit[1]) * np.sqrt(0.5))
            odd.append((unit[0] - unit[1]) * np.sqrt(0.5))
    return np.array(even + odd).T, len(even)
