"""The zeros of det D: all resonances of a network at once, from its modes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hotsprings.checks import ComplexArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.modes import ModalProblem

MAX_SWEEPS = 100
ATTEMPTS = 10
SETTLED = 1e-14  # relative move of an offset at which a zero rests
GOOD_ENOUGH = 1e-6  # largest last move that is let pass to the certificate (coinciding zeros rest at about 1e-8)
FEW = 16
OVERLAPPING = 16.0  # width over distance of resonances from which they are followed from weaker baths
STRONGER, FOLLOWING = 4.0, 30  # factor from one strength to the next; sweeps at each
LARGEST_STEP = 0.5  # of |ω|, in one sweep


@dataclass(frozen=True, eq=False)
class ModalZeros:
    """Zeros of det D in the upper half plane (ω = 0 left out): x = λ_anchor + offset, and ω."""

    anchors: IntArray
    offsets: ComplexArray
    omega: ComplexArray


def _starts(problem: ModalProblem) -> tuple[IntArray, ComplexArray, ComplexArray]:
    """Return guesses x = λ + iω cᵀ D⁻¹ c, D without the mode itself, and their mirrors; one for a free mode."""
    from hotsprings.kernels import modal

    lam = problem.stiffness
    dressed = np.empty(lam.size, np.complex128)
    modal.dressed_damping(lam, problem.coupling, problem.products, dressed)
    pinned = np.flatnonzero(lam > 0.0)
    bare = (problem.coupling**2).sum(axis=0)
    right = 1j * np.sqrt(lam[pinned]) * dressed[pinned]
    right = right.real + 1j * np.maximum(right.imag, 1e-3 * np.abs(right))
    turn = 1e-2 * np.exp(2.4j * np.arange(2 * right.size))  # apart from each other, and no exact mirrors, which would
    left = np.conj(right) * (1.0 + turn[right.size :])      # stay mirrors and never part along the imaginary axis
    right = right * (1.0 + turn[: right.size])
    omega, mirror = np.sqrt(lam[pinned] + right), np.sqrt(lam[pinned] + left)
    free = np.flatnonzero(lam == 0.0)
    fall = 1j * bare[free] * (1.0 + 1e-3 * np.arange(free.size))
    return (np.concatenate([pinned, pinned, free]), np.concatenate([right, left, fall**2]),
            np.concatenate([omega, np.where(mirror.imag < 0.0, -mirror, mirror), fall]))


class _Search:
    """Ehrlich-Aberth iteration on the zeros of det D: where they are, and how far each moved last."""

    def __init__(self, problem: ModalProblem) -> None:
        self.problem, self.products = problem, problem.products
        self.anchors, self.offsets, self.omega = _starts(problem)
        self.moves, self.last = np.zeros_like(self.omega), np.full(self.omega.size, np.inf)

    def sweep(self, todo: IntArray) -> None:
        """Move some zeros; few are moved in turn, since together they may go in circles."""
        from hotsprings.kernels import modal

        p = self.problem
        for some in (todo,) if todo.size > FEW else todo[:, None]:
            modal.sweep(p.stiffness, self.products, len(p.coupling), p.n_free, some, self.anchors, self.offsets,
                        self.omega, self.moves)
            modal.apply_moves(p.stiffness, some, self.anchors, self.offsets, self.omega, self.moves, self.last,
                              LARGEST_STEP)

    def settle(self, todo: IntArray, sweeps: int) -> None:
        """Sweep until these zeros rest, or circle within rounding."""
        best, idle = np.inf, 0
        for _ in range(sweeps):
            self.sweep(todo)
            todo = todo[~(self.last[todo] <= SETTLED)]
            worst = float(self.last[todo].max(initial=0.0))
            idle = idle + 1 if worst >= 0.5 * best else 0
            best = min(best, worst)
            if not todo.size or (worst < 1e-12 and idle > 3):
                return

    def restart(self, i: int, attempt: int) -> None:
        """Put a zero that was caught beside a pole back near its start, further off at each attempt."""
        anchors, offsets, omega = _starts(self.problem)
        size = self.problem.stiffness[anchors[i]] * 10.0 ** (0.5 * attempt - 6.0)
        turned = offsets[i] + size * np.exp(1j * (0.7 + 2.4 * attempt)) * np.sign(omega[i].real or 1.0)
        root = np.sqrt(self.problem.stiffness[anchors[i]] + turned)
        root = root if root.imag >= 0.0 else -root
        self.anchors[i], self.offsets[i], self.omega[i] = anchors[i], turned, root
        self.last[i] = np.inf


def _overlap(problem: ModalProblem) -> float:
    """Return the width of a typical resonance, were it alone, over its distance from the next."""
    lam = problem.stiffness
    if lam.size < FEW:
        return 0.0
    width = np.sqrt(lam[1:]) * (problem.coupling[:, 1:] ** 2).sum(axis=0)
    gap = np.maximum(np.diff(lam), np.finfo(float).tiny)
    return float(np.median(width) / np.median(gap))


def _followed(problem: ModalProblem, overlap: float) -> _Search:
    """Return zeros that were followed from baths so weak that resonances are apart.

    Where they overlap strongly, those of N modes crowd into the gaps but for a few broad ones, and the guesses for
    single modes are far from all of them.
    """
    search: _Search | None = None
    for k in range(int(np.ceil(np.log(4.0 * max(overlap, 1.0)) / np.log(STRONGER))), -1, -1):
        weaker = _Search(replace(problem, coupling=problem.coupling * STRONGER ** (-0.5 * k)))
        if search is not None:
            weaker.anchors, weaker.offsets, weaker.omega = search.anchors, search.offsets, search.omega
        search = weaker
        search.settle(np.arange(search.omega.size), FOLLOWING if k else MAX_SWEEPS)
    assert search is not None
    return search


def find_zeros(problem: ModalProblem) -> ModalZeros:
    """Return all zeros of det D that decay, by Ehrlich-Aberth on all of them at once."""
    overlap = _overlap(problem)
    if overlap > OVERLAPPING:
        search = _followed(problem, overlap)
    else:
        search = _Search(problem)
        search.settle(np.arange(search.omega.size), MAX_SWEEPS)
        if np.count_nonzero(~(search.last < GOOD_ENOUGH)) > FEW:
            search = _followed(problem, max(overlap, OVERLAPPING))
    for attempt in range(ATTEMPTS):
        stuck = np.flatnonzero(~(search.last < GOOD_ENOUGH))
        if not stuck.size:
            break
        if stuck.size <= FEW:
            for i in stuck:
                search.restart(int(i), attempt)
        search.settle(stuck, MAX_SWEEPS)
    missing = int(np.sum(~(search.last < GOOD_ENOUGH)))
    if missing:
        raise CertificateError(f"{missing} of {search.last.size} resonances did not converge: change a mass or a "
                               "friction by 1 part in 1e6, and report the system as an issue")
    return ModalZeros(search.anchors, search.offsets, search.omega)
