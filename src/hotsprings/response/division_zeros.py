"""Resonances of very many modes: zeros of det D through the tree, and the sums of their residues at the bath sites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.progress import report
from hotsprings.response.blocks import blocks
from hotsprings.response.tree import Tree

if TYPE_CHECKING:
    from hotsprings.kernels.bath_zeros import Modes

WINDOW = 16  # neighbours on each side by which a zero is pushed apart
SWEEPS, FULL_SWEEPS, ATTEMPTS = 60, 100, 6
SETTLED = 1e-8  # relative move of an offset after which its square is left
GOOD_ENOUGH = 1e-6  # last move of the few that is let pass to the certificate (coinciding zeros rest at about 1e-8)
REACH = 4.0  # distances to the neighbours, or offsets, that a zero moves at most in one sweep
BROAD = 0.25  # offset over λ from which a resonance is found together with its mirror
FEW = 600  # zeros that are found with all others at once
NEAR_AXIS = 1e-5  # |Re ω| over |ω| up to which a zero and its mirror count half each
TERMS = 400.0  # of one sum through the tree, as blocks count them


@dataclass(frozen=True, eq=False)
class BrightModes:
    """Modes that feel a bath: λ (2, n) as double-doubles, ascending, c_aj (n_baths, n), and how many are free."""

    values: FloatArray
    coupling: FloatArray
    n_free: int

    @cached_property
    def tree(self) -> Modes:
        """The modes as the kernels take them."""
        from hotsprings.kernels import multipole
        from hotsprings.kernels.bath_zeros import Modes

        c, n = self.coupling, self.values.shape[1]
        pairs = [c[a] * c[b] for a in range(len(c)) for b in range(a, len(c))]
        products = np.array([*pairs, np.ones(n)])
        tree = Tree.of_gaps(self.values)
        own = tree.own
        fields = [own.real_field(self.values, row) for row in products[:-1]]
        charges = np.zeros((len(products), tree.radius.size, multipole.ORDER))
        if not tree.is_leaf:
            for out, row in zip(charges, products, strict=True):
                out[:] = multipole.charges(tree.real_moments(self.values, row), tree.centre, tree.radius)
        near = np.add.reduceat(own.near[:, 1] - own.near[:, 0], own.near_begin[:-1])
        return Modes(self.values[0], self.values[1], c, products, *fields[0][:4], np.array([f.far for f in fields]),
                     charges, int(near.max()))


@dataclass(frozen=True, eq=False)
class Zeros:
    """Zeros with Re ω ≥ 0: x = λ_anchor + offset, ω, and how often each counts (half beside the imaginary axis)."""

    anchors: IntArray
    offsets: ComplexArray
    omega: ComplexArray
    share: FloatArray


class _Search:
    """One zero for each mode, moved by its neighbours; those that fail are left to all zeros together."""

    def __init__(self, modes: BrightModes) -> None:
        from hotsprings.kernels import bath_zeros

        self.modes = modes
        lam = modes.values[0]
        n = lam.size
        self.anchors, self.offsets = np.arange(n), np.empty(n, np.complex128)
        bath_zeros.starts(modes.tree, self.offsets)
        right = self.offsets.real + 1j * np.maximum(self.offsets.imag, 1e-3 * np.abs(self.offsets))
        self.offsets = right.copy()
        self.omega = np.sqrt(lam + right)
        self.moves, self.last = np.zeros(n, np.complex128), np.full(n, np.inf)
        self.known = ~(np.abs(right) >= BROAD * lam)
        self.known[: modes.n_free] = False
        gap = np.diff(modes.values[0]) + np.diff(modes.values[1])
        beside = np.maximum(np.append(gap, 0.0), np.append(0.0, gap))
        self.limits = REACH * np.maximum(beside, np.abs(right))

    def settle(self) -> None:
        """Sweep until all known zeros rest."""
        from hotsprings.kernels import bath_zeros

        tree, todo = self.modes.tree, np.flatnonzero(self.known)
        for _ in range(SWEEPS):
            for block in blocks(todo.size, TERMS * len(tree.products)):
                bath_zeros.sweep(tree, WINDOW, todo[block], self.known, self.anchors, self.offsets, self.omega,
                                 self.moves)
            bath_zeros.apply_moves(tree, todo, self.limits, self.anchors, self.offsets, self.omega, self.moves,
                                   self.last)
            todo = todo[~(self.last[todo] <= SETTLED)]
            if not todo.size:
                break

    def sound(self) -> BoolArray:
        """Return which zeros rest, decay, and are not those of a neighbour."""
        good: BoolArray = self.known & (self.last <= SETTLED) & (self.offsets.imag > 0.0)
        good &= self.omega.real > NEAR_AXIS * np.abs(self.omega)
        high, low = self.modes.values
        order = np.lexsort((low[self.anchors] + self.offsets.real, high[self.anchors]))
        order = order[good[order]]
        for step in range(1, 4):
            a, b = order[:-step], order[step:]
            i, k = self.anchors[a], self.anchors[b]
            apart = (high[k] - high[i]) + (low[k] - low[i]) + (self.offsets[b] - self.offsets[a])
            good[b[np.abs(apart) <= 1e-6 * np.abs(self.offsets[b])]] = False
        return good


class _Few:
    """The zeros that are left, with their mirrors, pushed away by all that are known."""

    def __init__(self, modes: BrightModes, search: _Search, left: IntArray, known: ComplexArray) -> None:
        self.modes, self.known = modes, known
        lam = modes.values[0]
        pinned, free = left[left >= modes.n_free], left[left < modes.n_free]
        turn = 1e-2 * np.exp(2.4j * np.arange(2 * pinned.size))  # apart from each other, and no exact mirrors
        right = search.offsets[pinned]
        right = np.where(np.isfinite(right), right, 0.1j * lam[pinned])
        fall = 1j * (modes.coupling[:, free] ** 2).sum(axis=0) * (1.0 + 1e-3 * np.arange(free.size))
        self.anchors = np.concatenate([pinned, pinned, free])
        self.offsets = np.concatenate([right * (1.0 + turn[: right.size]),
                                       np.conj(right) * (1.0 + turn[right.size :]), fall**2 - lam[free]])
        root = np.sqrt(lam[self.anchors] + self.offsets)
        self.omega = np.where(root.imag < 0.0, -root, root)
        self.moves, self.last = np.zeros_like(self.omega), np.full(self.omega.size, np.inf)
        self.free = np.full(self.omega.size, np.inf)

    def settle(self) -> None:
        """Sweep until they rest, or circle within rounding."""
        from hotsprings.kernels import bath_zeros

        todo = np.arange(self.omega.size)
        best, idle = np.inf, 0
        re, im = np.ascontiguousarray(self.known.real), np.ascontiguousarray(self.known.imag)
        for _ in range(FULL_SWEEPS):
            for some in (todo,) if todo.size > 16 else todo[:, None]:
                bath_zeros.full_sweep(self.modes.tree, re, im, self.modes.n_free, some, self.anchors, self.offsets,
                                      self.omega, self.moves)
                bath_zeros.apply_moves(self.modes.tree, some, self.free, self.anchors, self.offsets, self.omega,
                                       self.moves, self.last)
            todo = todo[~(self.last[todo] <= 1e-14)]
            worst = float(self.last[todo].max(initial=0.0))
            idle = idle + 1 if worst >= 0.5 * best else 0
            best = min(best, worst)
            if not todo.size or (worst < 1e-12 and idle > 3):
                return


def find_zeros(modes: BrightModes) -> Zeros:
    """Return all zeros of det D with Re ω ≥ 0.

    Raises
    ------
    CertificateError
        If more than a few do not settle beside their modes, or one of these few not at all.
    """
    report(f"resonances of {modes.values.shape[1]:,} modes")
    search = _Search(modes)
    search.settle()
    good = search.sound()
    left = np.flatnonzero(~good)
    if left.size > FEW:
        raise CertificateError(f"{left.size} of {good.size} resonances did not settle beside their modes")
    return _completed(modes, search, good, left)


def _completed(modes: BrightModes, search: _Search, good: BoolArray, left: IntArray) -> Zeros:
    """Return the zeros that are known together with the few that are left."""
    few = _Few(modes, search, left, search.omega[good])
    few.settle()
    missing = int(np.sum(~(few.last < GOOD_ENOUGH)))
    if missing:
        raise CertificateError(f"{missing} of {2 * good.size - modes.n_free} resonances did not converge")
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
    from hotsprings.kernels import bath_zeros

    n, n_b = zeros.omega.size, len(rotation)
    matrix, mirrored = (np.empty((n, n_b, n_b), np.complex128) for _ in range(2))
    vector, slope = np.empty((n, n_b), np.complex128), np.empty(n, np.complex128)
    bath_zeros.null_vectors(modes.tree, *rows, zeros.anchors, zeros.offsets, zeros.omega, matrix, vector, slope,
                            mirrored)
    matrix, mirrored = (np.matmul(rotation, np.matmul(m, rotation.T)) for m in (matrix, mirrored))
    return Residues(matrix, vector @ rotation.T, slope, mirrored)


def sampled_moves(modes: BrightModes, zeros: Zeros, number: int) -> FloatArray:
    """Return by how much the offsets of a random sample of zeros change when all modes are summed."""
    from hotsprings.kernels import bath_zeros

    n = zeros.omega.size
    some = np.sort(np.random.default_rng(0).choice(n, min(number, n), replace=False))
    moves = np.empty(some.size)
    bath_zeros.direct_moves(modes.tree, zeros.anchors[some], zeros.offsets[some], zeros.omega[some], moves)
    return moves
