"""Zeros of the quadratic pencil of a network between equal semi-infinite chains, and how it moves at them.

    Q(y) = y² + y (Λ + E - 2) + 1 - E

in normal coordinates, Λ_j = λ_j m_l/k_l, E = (m_l/m_a) Σ_a φ(a) φ(a)ᵀ over the sites that leads touch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.modes import ModalProblem
from hotsprings.system import OpenNetwork

CONTINUED = 1e-12  # singular value of the pencil at y = 0, in the largest, below which a motion is of the lead itself
STILL = 1e-9  # |y - 1| of free motions and |y + 1| at the edge of the band, where sin²θ takes the pole away
FAINT, ALONE, ROUNDS = 1e-3, 0.3, 12  # 1 - |y|² and shift, in gaps between modes, up to which one mode rings alone
SAME, UNSEEN = 1e-9, 1e-11  # by how much y may move when it is found so, and widths that eigenvalues do not tell
LIKE = 1e-2  # by how much of itself the width may move then
IN_BAND = 0.1  # ||y|² - 1| below which it is told by what the leads take, to rounding of itself


class Pencil(NamedTuple):
    """Normal coordinates u of a network between equal leads: q_n = Σ_j at_sites_nj u_j.

    Attributes
    ----------
    stiffness : ndarray, shape (n_modes,)
        λ_j of the modes that feel a lead.
    at_sites : ndarray, shape (n_sites, n_modes)
        φ_j(n)/sqrt(m_n).
    baths : ndarray of int, shape (n_baths,)
    masses : ndarray, shape (n_sites,)
    k, mass : float
        Spring and mass of the leads.
    n_free : int
        Modes without restoring force among them.
    """

    stiffness: FloatArray
    at_sites: FloatArray
    baths: IntArray
    masses: FloatArray
    k: float
    mass: float
    n_free: int

    @property
    def top(self) -> float:
        """The end of the band, W = 2 sqrt(k/m)."""
        return float(2.0 * np.sqrt(self.k / self.mass))

    @property
    def weight(self) -> FloatArray:
        """h_n^a of ∫ sin²θ |G_na|² dθ, 2k² m_n/(π m_l), shape (n_sites,)."""
        return np.asarray(2.0 * self.k**2 / (np.pi * self.mass) * self.masses)


class LeadZeros(NamedTuple):
    """G(y) = y Q(y)⁻¹,  Q(y)⁻¹ = Σ_k v_k w_kᵀ/(y - y_k) + V (y - N)⁻¹ Wᵀ,  y_k ≠ 0 and N nilpotent.

    Attributes
    ----------
    y : ndarray of complex, shape (n,)
    gap : ndarray, shape (n,)
        1 - |y|², to rounding of itself in the band.
    motions, answers : ndarray of complex, shape (n_sites, n)
        v_k and w_k.
    still : ndarray, shape (p, p)
        N, strictly upper triangular: motions which a lead goes on as if the network were a part of it.
    still_motions, still_answers : ndarray, shape (n_sites, p)
    kept : ndarray of bool, shape (n,)
        False for free motions, y = 1, and at the edge of the band, y = -1: no poles of sin²θ |G|².
    """

    y: ComplexArray
    gap: FloatArray
    motions: ComplexArray
    answers: ComplexArray
    still: FloatArray
    still_motions: FloatArray
    still_answers: FloatArray
    kept: BoolArray

    def squared(self, pencil: Pencil) -> ComplexArray:
        """Return ω_k² = (k/m)(2 - y - 1/y) = -(k/m)(1 - y)²/y, shape (n,)."""
        damped = self.y.imag * self.gap / np.abs(self.y) ** 2
        return np.asarray(pencil.k / pencil.mass * (-((1.0 - self.y) ** 2 / self.y).real + 1j * damped))

    def mirrored(self, sites: IntArray, baths: IntArray, at: IntArray) -> ComplexArray:
        """Return G_na(1/y_k) of the zeros ``at``, shape (len(sites), len(baths), len(at))."""
        y = self.y[at]
        distance = 1.0 - self.y[:, None] * y
        near = np.abs(self.y[:, None] - np.conj(y)).argmin(axis=0)
        paired = self.y[near] == np.conj(y)
        distance[near[paired], np.flatnonzero(paired)] = self.gap[at][paired]
        out = np.stack([(self.motions[sites] * self.answers[a]) @ (1.0 / distance) for a in baths], axis=1)
        if self.still.size:
            steps = np.eye(len(self.still)) - y[:, None, None] * self.still
            answers = np.linalg.solve(steps, self.still_answers[baths].T[None].astype(np.complex128))
            out += np.einsum("np,kpa->nak", self.still_motions[sites], answers)
        return np.asarray(out)


def pencil_of(system: OpenNetwork, k: float, mass: float, modes: ModalProblem) -> Pencil:
    """Return the pencil of a network between leads."""
    masses = system.network.masses
    return Pencil(modes.stiffness, modes.modes / np.sqrt(masses)[:, None], system.bath_sites, masses, k, mass,
                  modes.n_free)


def lead_zeros(pencil: Pencil) -> LeadZeros:
    """Return all zeros and motions: eigenvectors X and X⁻¹ of a companion matrix, so that coinciding zeros do no harm.

    Where sites are as heavy as their leads, y = 0 is a zero, of any multiplicity. Its motions are divided out first,
    step by step, because rounding scatters a zero of multiplicity p over a disc of radius eps^(1/p).
    """
    n, at = pencil.stiffness.size, pencil.at_sites / np.sqrt(pencil.k / pencil.mass)
    ends = pencil.k * at[pencil.baths].T @ at[pencil.baths]
    stiff = np.diag(pencil.stiffness * pencil.mass / pencil.k)
    companion = np.block([[np.zeros((n, n)), np.eye(n)], [ends - np.eye(n), 2.0 * np.eye(n) - stiff - ends]])
    basis, turned, p = _staircase(companion)
    still, across = turned[:p, :p], turned[:p, p:]
    try:
        y, x = np.linalg.eig(turned[p:, p:])
        inverse = np.linalg.inv(x)
    except np.linalg.LinAlgError as err:
        raise CertificateError("two resonances between these leads coincide: change a mass by 1 part in 1e6") from err
    coupled = across @ x
    before = np.stack([np.linalg.solve(z * np.eye(p) - still, c) for z, c in zip(y, coupled.T, strict=True)],
                      axis=1) if p and y.size else np.zeros((p, y.size))
    motions = at @ (basis[:n, :p] @ before + basis[:n, p:] @ x)
    answers = at @ (inverse @ basis[n:, p:].T).T
    still_answers = at @ (basis[n:, :p].T - before @ inverse @ basis[n:, p:].T).T
    y, motions = y.astype(np.complex128), motions.astype(np.complex128)
    answers = answers.astype(np.complex128)
    y, gap = _in_band(pencil, y, motions)
    for i in np.flatnonzero((np.abs(gap) < FAINT) & (y.imag > 0.0)):
        mirror = np.flatnonzero(y == np.conj(y[i]))
        found = _from_mode(pencil, complex(y[i]), float(gap[i])) if mirror.size == 1 else None
        if found is not None:
            y[i], gap[i], motions[:, i], answers[:, i] = found
            for line in (y, motions, answers):
                line[..., mirror[0]] = np.conj(line[..., i])
            gap[mirror[0]] = gap[i]
    return LeadZeros(y, gap, motions, answers, still, at @ basis[:n, :p], np.real(still_answers),
                     _poles(y, pencil.n_free))


def _from_mode(pencil: Pencil, y: complex, gap: float) -> tuple[complex, float, ComplexArray, ComplexArray] | None:
    """Return a faint resonance, y, 1 - |y|², v and w, from the mode j that it comes from; None where that has company.

    With φ_j taken out of G⁰: v_a = [(1 + Σ G⁰)⁻¹ φ_j]_a, ω² = λ_j + φ_jᵀ Σ v, Σ = k (1 - 1/y). Every amplitude, so
    1 - |y|² too, keeps the digits that φ_j has at the leads, however small it is there.
    """
    ratio, ends, at = pencil.k / pencil.mass, pencil.at_sites[pencil.baths], pencil.stiffness
    distance = np.abs(at - ratio * (2.0 - y - 1.0 / y))
    j = int(distance.argmin())
    rest = np.delete(np.arange(at.size), j)
    if distance[j] > ALONE * distance[rest].min(initial=np.inf):
        return None
    z, amplitude = y, np.ones(at.size, np.complex128)
    for _ in range(ROUNDS):
        pull, squared = pencil.k * (1.0 - 1.0 / z), ratio * (2.0 - z - 1.0 / z)
        loose = (ends[:, rest] / (at[rest] - squared)) @ ends[:, rest].T
        felt = np.linalg.solve(np.eye(len(ends)) + pull * loose, ends[:, j].astype(np.complex128))
        amplitude[rest] = -pull * (ends[:, rest].T @ felt) / (at[rest] - squared)
        taken = pencil.mass * float((np.abs(felt) ** 2).sum()) / float((np.abs(amplitude) ** 2).sum())
        modulus = np.sqrt(1.0 - taken)
        cosine = (2.0 - (at[j] + (pull * ends[:, j]) @ felt).real / ratio) / (modulus + 1.0 / modulus)
        if not abs(cosine) < 1.0:
            return None
        z = modulus * complex(np.exp(1j * np.arccos(cosine)))
    if not (abs(z - y) < SAME and (gap < UNSEEN or abs(taken / gap - 1.0) < LIKE)):
        return None
    v = pencil.at_sites @ amplitude
    v[pencil.baths] = felt
    slope = (amplitude**2 * (2.0 * ratio * (z - 1.0) + at)).sum() + pencil.k * (felt**2).sum()
    return z, taken, v, v / slope


def _staircase(matrix: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Return an orthogonal Z, Zᵀ A Z = [[N, ·], [0, B]] with N strictly upper triangular, B regular, and N's size."""
    size, turned, basis, p = np.linalg.norm(matrix, 2), matrix, np.eye(len(matrix)), 0
    while p < len(matrix):
        _, values, right = np.linalg.svd(turned[p:, p:])
        lost = int(np.sum(values <= CONTINUED * size))
        if not lost:
            break
        turn = np.eye(len(matrix))
        turn[p:, p:] = np.roll(right, lost, axis=0).T
        turned, basis = turn.T @ turned @ turn, basis @ turn
        turned[p:, p : p + lost] = 0.0
        p += lost
    return basis, turned, p


def _in_band(pencil: Pencil, y: ComplexArray, motions: ComplexArray) -> tuple[ComplexArray, FloatArray]:
    """Return zeros and 1 - |y|² = m_l Σ_a |v_a|²/Σ_n m_n |v_n|²: a sum of positive terms, which keeps narrow widths."""
    size = np.abs(motions) ** 2
    felt = pencil.mass * size[pencil.baths].sum(axis=0) / (pencil.masses @ size)
    gap = 1.0 - np.abs(y) ** 2
    near = (np.abs(gap) < IN_BAND) & (y.imag != 0.0) & (felt < 2.0 * IN_BAND)
    gap = np.where(near, felt, gap)
    return np.where(near, y / np.abs(y) * np.sqrt(np.maximum(1.0 - gap, 0.0)), y), gap


def _poles(y: ComplexArray, n_free: int) -> BoolArray:
    kept = np.abs(y + 1.0) > STILL
    kept[np.argsort(np.abs(y - 1.0))[:n_free]] = False
    return np.asarray(kept)


def bound_weight(pencil: Pencil, zeros: LeadZeros) -> tuple[int, FloatArray]:
    """Return how many states are bound outside the band, |y| > 1, and how much of each site moves in them, (n_sites,).

    They fall off as y^{-l} into the leads, which counts in their norm: Σ_n m u u + m_l Σ_a u_a u_a/(y y' - 1).
    """
    bound = np.flatnonzero(zeros.kept & (zeros.gap < 0.0))
    motion = zeros.motions[:, bound]
    first = motion[np.abs(motion).argmax(axis=0), np.arange(bound.size)]
    twins = zeros.y[bound].imag < 0.0  # of a pair that rounding took off the axis, both parts
    u = np.where(zeros.y[bound].imag == 0.0, (motion / first).real, np.where(twins, motion.imag, motion.real))
    u = u / np.sqrt(pencil.masses @ u**2)
    y, ends = zeros.y[bound].real, u[pencil.baths]
    norm = (u.T * pencil.masses) @ u + pencil.mass * (ends.T @ ends) / (np.outer(y, y) - 1.0)
    return bound.size, pencil.masses * np.einsum("ni,ni->n", u, np.linalg.solve(norm, u.T).T)
