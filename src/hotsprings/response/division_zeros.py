"""Resonances of very many modes: zeros of det D through the tree, and the sums of their residues at the bath sites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Protocol

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.progress import report
from hotsprings.response.bright_modes import BrightModes, corrections, damping
from hotsprings.response.search import Search
from hotsprings.response.small_systems import null_vectors, solved
from hotsprings.response.tolerances import NEAR_AXIS, TINY

WINDOW = 16  # neighbours on each side by which a zero is pushed apart
SWEEPS = 24
REACH = 4.0  # distances to the neighbours, or offsets, that a zero moves at most in one sweep
BROAD = 0.25  # offset over λ from which a resonance is found together with its mirror
FEW = 600  # zeros that are found with all others at once
ZEROS = 5000  # that a thread sums before it looks up
CLOSE = 1e-6  # relative distance from which zeros are told apart by their offsets
LARGEST_STEP = 0.5  # of |ω|, in one sweep
TWICE = 1e-6  # distance over their size up to which offsets belong to the same zero


@dataclass(frozen=True, eq=False)
class Zeros:
    """Zeros with Re ω ≥ 0: x = λ_anchor + offset, ω, and how often each counts (half beside the imaginary axis)."""

    anchors: IntArray
    offsets: ComplexArray
    omega: ComplexArray
    share: FloatArray

    def part(self, some: slice | IntArray) -> Zeros:
        """Return some of them."""
        return Zeros(self.anchors[some], self.offsets[some], self.omega[some], self.share[some])


def shares(n: int) -> list[slice]:
    """Return slices of n zeros, each of so many that they take some tenths of a second."""
    count = max(1, -(-n // ZEROS))
    return [slice(i * n // count, (i + 1) * n // count) for i in range(count)]


class _Beside(Search):
    """One zero for each mode, moved by its neighbours; those that fail are left to all zeros together."""

    settled: ClassVar[float] = 1e-8  # its square is left
    few: ClassVar[int] = 0  # those that go in circles are left to all together, too

    def __init__(self, modes: BrightModes) -> None:
        lam = modes.values[0]
        self.modes, self.anchors, self.offsets = modes, np.arange(lam.size), np.empty(lam.size, np.complex128)
        self._each(lam.size, self._start)
        right = self._crowded(self.offsets)
        right = right.real + 1j * np.maximum(right.imag, 1e-3 * np.abs(right))
        self.offsets = right.copy()
        super().__init__(np.sqrt(lam + right))
        self.known = ~(np.abs(right) >= BROAD * lam)
        self.known[: modes.n_free] = False
        beside = np.maximum(np.append(modes.gaps, 0.0), np.append(0.0, modes.gaps))
        self.limits = REACH * np.maximum(beside, np.abs(right))

    @staticmethod
    def _each(n: int, call: Callable[[slice], None]) -> None:
        """Call it for parts of n zeros, threads together."""
        from hotsprings.kernels.threads import side_by_side

        side_by_side([partial(call, part) for part in shares(n)])

    @np.errstate(all="ignore")
    def _start(self, part: slice) -> None:
        """Fill iω c_jᵀ D_j⁻¹ c_j, D_j without the mode itself."""
        omega, c = np.sqrt(np.maximum(self.modes.values[0, part], 0.0)) + 0.0j, self.modes.coupling[:, part]
        d, _ = self.modes.damping(omega, self.anchors[part], np.zeros(omega.size, np.complex128))
        self.offsets[part] = 1j * omega * (c * solved(d, c[:, None])[:, 0]).sum(axis=0)

    def _crowded(self, alone: ComplexArray) -> ComplexArray:
        """Return guesses among neighbours, from those of modes alone: tan(πη/gap) = π η_alone/gap.

        Seen from λ_j, the other modes are poles at about equal distances, D = D_j - iω (π c²/gap) cot(πη/gap). Where
        they overlap strongly there is a zero in each gap, and the one taken here is behind the mode.
        """
        gap = np.append(self.modes.gaps, np.inf)
        with np.errstate(all="ignore"):
            found = gap / np.pi * np.arctan(np.pi * alone / gap)
        found = np.where(found.real < -0.25 * gap, found + gap, found)
        return np.where((gap > 0.0) & np.isfinite(found), found, alone)

    def sweep(self, todo: IntArray) -> None:
        """Move these zeros once."""
        moves = np.empty(todo.size, np.complex128)
        self._each(todo.size, partial(self._move, todo, moves))
        move_zeros(self, self.modes, todo, moves, self.limits[todo])

    @np.errstate(all="ignore")
    def _move(self, todo: IntArray, moves: ComplexArray, part: slice) -> None:
        """Fill the corrections of a part of these zeros."""
        from hotsprings.kernels.bath_moves import from_neighbours

        some = todo[part]
        rest = np.empty(some.size, np.complex128)
        from_neighbours(self.modes.tree, WINDOW, some, self.known, self.anchors, self.offsets, self.omega, rest)
        moves[part] = corrections(*self.modes.damping(self.omega[some], self.anchors[some], self.offsets[some]), rest)

    def sound(self) -> BoolArray:
        """Return which zeros rest, decay, and are not those of a neighbour."""
        good: BoolArray = self.known & (self.last <= self.settled) & (self.offsets.imag > 0.0)
        good &= self.omega.real > NEAR_AXIS * np.abs(self.omega)
        high, low = self.modes.values
        order = np.lexsort((low[self.anchors] + self.offsets.real, high[self.anchors]))
        order = order[good[order]]
        for step in range(1, 4):
            a, b = order[:-step], order[step:]
            i, k = self.anchors[a], self.anchors[b]
            apart = (high[k] - high[i]) + (low[k] - low[i]) + (self.offsets[b] - self.offsets[a])
            good[b[np.abs(apart) <= TWICE * np.abs(self.offsets[b])]] = False
        return good


class _Few(Search):
    """The zeros that are left, with their mirrors, pushed away by all that are known."""

    settled: ClassVar[float] = 1e-12  # rounding of the sums moves them by 1e-13
    patience: ClassVar[int] = 1  # together they cost what one of them costs

    def __init__(self, modes: BrightModes, beside: _Beside, left: IntArray, known: ComplexArray) -> None:
        self.modes = modes
        self.re, self.im = np.ascontiguousarray(known.real), np.ascontiguousarray(known.imag)
        lam = modes.values[0]
        pinned, free = left[left >= modes.n_free], left[left < modes.n_free]
        turn = 1e-2 * np.exp(2.4j * np.arange(2 * pinned.size))  # apart from each other, and no exact mirrors
        right = beside.offsets[pinned]
        right = np.where(np.isfinite(right), right, 0.1j * lam[pinned])
        fall = 1j * (modes.coupling[:, free] ** 2).sum(axis=0) * (1.0 + 1e-3 * np.arange(free.size))
        self.anchors = np.concatenate([pinned, pinned, free])
        self.offsets = np.concatenate([right * (1.0 + turn[: right.size]),
                                       np.conj(right) * (1.0 + turn[right.size :]), fall**2 - lam[free]])
        root = np.sqrt(lam[self.anchors] + self.offsets)
        super().__init__(np.where(root.imag < 0.0, -root, root))

    @np.errstate(all="ignore")
    def sweep(self, todo: IntArray) -> None:
        """Move these zeros once."""
        omega, rows = self.omega[todo], len(self.modes.tree.products)
        first, second = self.modes.sums(self.anchors[todo], self.offsets[todo], rows)
        rest = -2.0 * omega * first[:, -1] - np.array([self._repulsion(int(i)) for i in todo])
        if self.modes.n_free:
            rest -= self.modes.n_free / omega
        moves = corrections(*damping(omega, first, second, len(self.modes.coupling)), rest)
        move_zeros(self, self.modes, todo, moves, np.full(todo.size, np.inf))

    def _repulsion(self, i: int) -> complex:
        """Return Σ 1/(ω - ω_l) over all other zeros, their mirrors too; offsets tell apart what is close."""
        from hotsprings.kernels.modal import repulsion

        w = self.omega[i]
        right = repulsion(w.real, w.imag, self.re, self.im, 0.0)
        left = repulsion(-w.real, w.imag, self.re, self.im, 0.0)
        high, low = self.modes.values[:, self.anchors]
        apart = w - self.omega
        near = np.abs(apart) <= CLOSE * abs(w)
        offset = (high[i] - high) + (low[i] - low) + (self.offsets[i] - self.offsets)
        terms = 1.0 / np.where(near, offset / (w + self.omega), apart)
        terms[~np.isfinite(terms)] = 0.0
        terms[i] = 0.0
        return complex(right[0] - left[0], right[1] + left[1]) + complex(terms.sum())


class _Moving(Protocol):
    """Zeros as the searches keep them."""

    anchors: IntArray
    offsets: ComplexArray
    omega: ComplexArray
    last: FloatArray


def move_zeros(search: _Moving, modes: BrightModes, todo: IntArray, moves: ComplexArray, limits: FloatArray) -> None:
    """Move zeros, each by at most its limit in x, and note the relative size of each move of an offset."""
    w = search.omega[todo]
    m = np.where(np.isfinite(moves), moves, 1e-3 * (0.6 + 0.8j) * (np.abs(w) + 1e-30))
    with np.errstate(divide="ignore", invalid="ignore"):
        m *= np.fmin(1.0, LARGEST_STEP * np.abs(w) / np.abs(m))
        by = m * (2.0 * w + m)
        m *= np.fmin(1.0, limits / np.abs(by))
    by = m * (2.0 * w + m)
    eta = search.offsets[todo] + by
    search.last[todo] = np.abs(by) / np.where(eta != 0.0, np.abs(eta), np.abs(by) + TINY)
    anchors, offsets = modes.anchored(search.anchors[todo], eta)
    search.anchors[todo], search.offsets[todo] = anchors, offsets
    root = np.sqrt((modes.values[0, anchors] + (modes.values[1, anchors] + offsets.real)) + 1j * offsets.imag)
    search.omega[todo] = np.where(np.abs(root - (w + m)) <= np.abs(root + (w + m)), root, -root)


def find_zeros(modes: BrightModes) -> Zeros:
    """Return all zeros of det D with Re ω ≥ 0.

    Raises
    ------
    CertificateError
        If more than a few do not settle beside their modes, or one of these few not at all.
    """
    report(f"resonances of {modes.values.shape[1]:,} modes")
    search = _Beside(modes)
    search.settle(np.flatnonzero(search.known), SWEEPS)
    good = search.sound()
    left = np.flatnonzero(~good)
    if left.size > FEW:
        raise CertificateError(f"{left.size} of {good.size} resonances did not settle beside their modes")
    return _completed(modes, search, good, left)


def _completed(modes: BrightModes, search: _Beside, good: BoolArray, left: IntArray) -> Zeros:
    """Return the zeros that are known together with the few that are left."""
    few = _Few(modes, search, left, search.omega[good])
    few.found()
    axis = np.abs(few.omega.real) <= NEAR_AXIS * np.abs(few.omega)
    keep = (few.omega.real > 0.0) | axis
    share = np.append(np.ones(int(good.sum())), np.where(axis[keep], 0.5, 1.0))
    return Zeros(np.append(search.anchors[good], few.anchors[keep]), np.append(search.offsets[good], few.offsets[keep]),
                 np.append(search.omega[good], few.omega[keep]), share)


@dataclass(frozen=True, eq=False)
class Residues:
    """At each zero, in the basis of the baths: D, y with D y = 0, yᵀ D' y and (2 - D)⁻¹."""

    matrix: ComplexArray
    vector: ComplexArray
    slope: ComplexArray
    mirrored: ComplexArray

    def sums(self, share: FloatArray, rate: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the conductances, and the bath weights at the bath sites, both (n_baths, n_baths)."""
        y, p = self.vector, self.mirrored
        factor = 4j * share / self.slope
        between = np.einsum("k,kr,ka,kra->ra", factor, y, y, p).real
        felt = np.einsum("krb,kb->kr", self.matrix, y) - y
        other = np.matmul(self.matrix, p) - p
        weight = -np.einsum("k,ka,kr,kra->ra", factor, y, felt, other).real / rate[:, None]
        return between, weight


def residues(modes: BrightModes, rotation: FloatArray, rows: tuple[int, int], zeros: Zeros) -> Residues:
    """Return the residues at zeros of the rows of D given by their first and last, of couplings in a rotated basis."""
    n, n_b, own = zeros.omega.size, len(rotation), slice(*rows)
    d, derivative = modes.damping(zeros.omega, *modes.anchored(zeros.anchors, zeros.offsets))
    vector = np.zeros((n_b, n), np.complex128)
    vector[own] = null_vectors(d[own, own])
    slope = np.einsum("ak,abk,bk->k", vector, derivative, vector)
    eye = np.eye(n_b)[:, :, None]
    mirrored = solved(2.0 * eye - d, np.broadcast_to(eye, d.shape).astype(np.complex128))
    matrix, mirrored = (np.matmul(rotation, np.matmul(np.moveaxis(m, 2, 0), rotation.T)) for m in (d, mirrored))
    return Residues(matrix, vector.T @ rotation.T, slope, mirrored)


@np.errstate(all="ignore")
def sampled_moves(modes: BrightModes, zeros: Zeros, number: int) -> FloatArray:
    """Return by how much the offsets of a random sample of zeros change when all modes are summed."""
    n = zeros.omega.size
    some = zeros.part(np.sort(np.random.default_rng(0).choice(n, min(number, n), replace=False)))
    d, slope = modes.damping(some.omega, some.anchors, some.offsets, directly=True)
    moves = corrections(d, slope, 2.0 * some.omega / some.offsets)
    return np.asarray(np.abs(2.0 * some.omega * moves / some.offsets))
