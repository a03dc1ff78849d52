"""Where zeros of det D are looked for: beside each mode, in windows of modes, or beside eigenvalues that are known."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.progress import report
from hotsprings.response.modes import ModalProblem
from hotsprings.response.tolerances import NEAR_AXIS

LEAST, MOST = 64, 32  # modes whose zeros a window tells, with as many on either side; windows
BROAD = 0.5  # Im ω over Re ω beyond which a zero and its mirror are not looked for as one
KNOWN = 1e-10  # of the largest λ, to which eigenvalues of a window are told from λ


class Start(NamedTuple):
    """Where zeros are looked for: x = λ_anchor + offset, and ω on its branch.

    A resonance that is narrower than the rounding of ω has its width in the offset alone; started from ω it would begin
    far from its zero and its pole, where these cancel, and find neither.
    """

    anchors: IntArray
    offsets: ComplexArray
    omega: ComplexArray
    paired: BoolArray  # which stand for their mirrors too


def guesses(problem: ModalProblem) -> Start:
    """Return guesses x = λ + iω cᵀ D⁻¹ c, D without the mode itself, and their mirrors; one for what else falls."""
    from hotsprings.kernels import modal

    lam = problem.stiffness
    dressed = np.empty(lam.size, np.complex128)
    modal.dressed_damping(lam, problem.coupling, problem.products, problem.memory, dressed)
    pinned = np.flatnonzero(lam > 0.0)
    right = 1j * np.sqrt(lam[pinned]) * dressed[pinned]
    right = right.real + 1j * np.maximum(right.imag, 1e-3 * np.abs(right))
    return _joined(problem, _both(problem, pinned, right))


def _both(problem: ModalProblem, anchors: IntArray, right: ComplexArray) -> Start:
    """Return guesses at x = λ + right and at their mirrors."""
    turn = _turns(2 * right.size)
    left, right = np.conj(right) * (1.0 + turn[right.size :]), right * (1.0 + turn[: right.size])
    omega, mirror = (np.sqrt(problem.stiffness[anchors] + side) for side in (right, left))
    return Start(np.append(anchors, anchors), np.append(right, left),
                 np.append(omega, np.where(mirror.imag < 0.0, -mirror, mirror)), np.zeros(2 * right.size, dtype=bool))


def _turns(n: int) -> ComplexArray:
    """Return small numbers that take guesses apart: exact mirrors would stay so, and never part along the axis."""
    return np.asarray(1e-2 * np.exp(2.4j * np.arange(n)))


def _joined(problem: ModalProblem, *starts: Start) -> Start:
    """Return guesses together, with one for each free mode and one, i ω_D, for each memory."""
    free = np.flatnonzero(problem.stiffness == 0.0)
    fall = 1j * (problem.coupling[:, free] ** 2).sum(axis=0) * (1.0 + 1e-3 * np.arange(free.size))
    starts = (*starts, Start(free, fall**2, fall, np.zeros(free.size, dtype=bool)))
    cutoff = 1.0 / problem.memory[problem.memory > 0.0]
    fall = 1j * cutoff * (1.0 + _turns(cutoff.size))
    starts = (*starts, Start(np.full(fall.size, -1), fall**2, fall, np.zeros(fall.size, dtype=bool)))
    return Start(*(np.concatenate(part) for part in zip(*starts, strict=True)))


def anchored(problem: ModalProblem, omega: ComplexArray) -> Start:
    """Return zeros as offsets from the nearest modes; but beside the axis one stands for its mirror too."""
    lam = problem.stiffness
    omega = omega[omega.real >= -NEAR_AXIS * np.abs(omega)]
    above = np.clip(np.searchsorted(lam, (omega**2).real), 1, lam.size - 1) if lam.size > 1 else np.zeros(
        omega.size, dtype=np.int64)
    anchors = np.where(np.abs(lam[above - 1] - omega**2) < np.abs(lam[above] - omega**2), above - 1, above)
    root = np.sqrt(lam[anchors])
    return Start(anchors, (omega - root) * (omega + root), omega, omega.real > NEAR_AXIS * np.abs(omega))


def windowed(problem: ModalProblem) -> Start:
    """Return guesses from eigenvalues of windows of modes; what is too broad for these shares the decay that is left.

    Modes beyond a window add iω D⁻¹ = A + A' (x - x₀) to it: (λ + cᵀ (A - A' x₀) c) u = x (1 - cᵀ A' c) u.
    """
    from hotsprings.kernels.threads import side_by_side

    lam, n = problem.stiffness, problem.stiffness.size
    core = max(LEAST, -(-n // MOST))
    if (problem.coupling**2).sum(axis=1).max() > np.sqrt(lam[-1]):
        raise CertificateError("overdamped baths: resonances beside the imaginary axis are not guessed")
    report(f"guesses of {n:,} resonances")
    found: dict[int, tuple[IntArray, ComplexArray]] = {}
    try:
        side_by_side(partial(_window, problem, first, core, found) for first in range(0, n, core))
    except np.linalg.LinAlgError as err:
        raise CertificateError(f"guesses of resonances failed: {err}") from err
    anchors, offsets = (np.concatenate([found[k][i] for k in sorted(found)]) for i in (0, 1))
    omega = np.sqrt(lam[anchors] + offsets)
    damping = (problem.coupling**2).sum(axis=0)
    still = damping >= np.sqrt(lam)  # modes that hardly ring, if at all
    number = n - int(still.sum())
    known = np.argsort(omega.imag, kind="stable")
    known = known[(omega.imag[known] > 0.0) & ~still[anchors[known]]][:number]
    missing = number - known.size
    places = np.flatnonzero(~still)[((np.arange(missing) + 0.5) * number / max(1, missing)).astype(np.int64)]
    decay = 0.5 * damping[~still].sum() - omega.imag[known].sum()
    shared = np.sqrt(lam[places]) + 1j * max(decay / max(1, missing), omega.imag[known].max(initial=0.0))
    broad = omega.imag >= BROAD * omega.real
    narrow, broad = known[~broad[known]], known[broad[known]]
    beside = Start(anchors[narrow], offsets[narrow], omega[narrow], np.ones(narrow.size, dtype=bool))
    both = _both(problem, np.append(anchors[broad], places), np.append(offsets[broad], shared**2 - lam[places]))
    soft = np.flatnonzero(still & (lam > 0.0))
    falls = 1j * np.append(damping[soft], lam[soft] / damping[soft]) * (1.0 + _turns(2 * soft.size))
    return _joined(problem, beside, both, Start(np.full(falls.size, -1), falls**2, falls, falls.imag < 0.0))


def _window(problem: ModalProblem, first: int, core: int, found: dict[int, tuple[IntArray, ComplexArray]]) -> None:
    """Find the zeros beside the modes from ``first`` on: the nearest modes and the offsets from these."""
    lam, c = problem.stiffness, problem.coupling
    last = min(first + core, lam.size)
    own = slice(max(0, first - core), min(last + core, lam.size))
    x = max(lam[first:last].mean(), KNOWN * lam[-1])
    far, near, over = np.delete(c, own, axis=1), c[:, own], 1.0 / (np.delete(lam, own) - x)
    sums, squares, w = (far * over) @ far.T + np.diag(problem.memory), (far * over**2) @ far.T, np.sqrt(x)
    inverse = np.linalg.inv(np.eye(len(c)) + 1j * w * sums)
    value = 1j * w * inverse
    slope = 0.5j / w * inverse + inverse @ (0.5 * sums + x * squares) @ inverse
    moved = np.diag(lam[own]) + near.T @ (value - x * slope) @ near
    zeros = np.linalg.eigvals(np.linalg.solve(np.eye(moved.shape[0]) - near.T @ slope @ near, moved))
    lowest, highest = (0.5 * (lam[k - 1] + lam[k]) if 0 < k < lam.size else np.inf * (k or -1) for k in (first, last))
    zeros = zeros[(zeros.real >= lowest) & (zeros.real < highest)]
    anchors = own.start + np.abs(zeros[:, None] - lam[own]).argmin(axis=1)
    offsets = zeros - lam[anchors]
    alone = np.einsum("aj,ab,bj->j", c[:, anchors], value, c[:, anchors])
    found[first] = anchors, np.where(np.abs(offsets) > KNOWN * lam[-1], offsets, alone)
