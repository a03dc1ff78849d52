"""Zeros of the quadratic pencil of a network between equal semi-infinite chains, and how it moves at them.

    Q(y) = x² + x (Λ + E) + Λ,   x = y - 1,

in normal coordinates, Λ_j = λ_j m_l/k_l, E = (m_l/m_a) Σ_a φ(a) φ(a)ᵀ over the sites that leads touch: a damped motion
in x, so that slow ones keep their digits, x = 0 of free ones is no zero, and (x - A)⁻¹ of a matrix A is all there is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.modes import ModalProblem
from hotsprings.response.tolerances import EPS
from hotsprings.system import OpenNetwork

CONTINUED = 1e-13  # singular value of 1 + A, in the largest, below which a motion is of the lead itself
UNEVEN = 1e4  # elements of A above which singular values do not tell that
CENTRE = 1e-9  # |y| below which a zero belongs to a site as heavy as its lead, to as many digits
STILL = 1e-9  # |y + 1| at the edge of the band, where sin²θ takes the pole away
FAINT, ALONE, ROUNDS = 1e-3, 0.3, 12  # 1 - |y|² and shift, in gaps between modes, up to which one mode rings alone
SAME, UNSEEN = 1e-9, 1e-11  # by how much y may move when it is found so, and widths that eigenvalues do not tell
LIKE = 1e-2  # by how much of itself the width may move then
CLEAR = 0.1  # mixing of two eigenvectors up to which it is mended
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
    beyond : ndarray, shape (n_modes,)
        What 16 digits leave out of λ_j, where it is known.
    """

    stiffness: FloatArray
    at_sites: FloatArray
    baths: IntArray
    masses: FloatArray
    k: float
    mass: float
    beyond: FloatArray

    @property
    def top(self) -> float:
        """The end of the band, W = 2 sqrt(k/m)."""
        return float(2.0 * np.sqrt(self.k / self.mass))

    @property
    def weight(self) -> FloatArray:
        """h_n^a of ∫ sin²θ |G_na|² dθ, 2k² m_n/(π m_l), shape (n_sites,)."""
        return np.asarray(2.0 * self.k**2 / (np.pi * self.mass) * self.masses)


class LeadZeros(NamedTuple):
    """G(y) = (y/x) [Σ_k x_k v_k w_kᵀ/(x - x_k) + V (y - N)⁻¹ Wᵀ],  x = y - 1, x_k ≠ -1 and N nilpotent.

    Attributes
    ----------
    x : ndarray of complex, shape (n,)
        y_k - 1.
    gap : ndarray, shape (n,)
        1 - |y|², to rounding of itself in the band.
    doubt : ndarray, shape (n,)
        Rounding of x.
    motions, answers : ndarray of complex, shape (n_sites, n)
        v_k and w_k.
    still : ndarray, shape (p, p)
        N, strictly upper triangular: motions which a lead goes on as if the network were a part of it.
    still_motions, still_answers : ndarray, shape (n_sites, p)
    """

    x: ComplexArray
    gap: FloatArray
    doubt: FloatArray
    motions: ComplexArray
    answers: ComplexArray
    still: FloatArray
    still_motions: FloatArray
    still_answers: FloatArray

    @property
    def y(self) -> ComplexArray:
        """Zeros y_k, shape (n,)."""
        return np.asarray(1.0 + self.x)

    @property
    def kept(self) -> BoolArray:
        """False at the edge of the band, y = -1: no pole of sin²θ |G|²; and at y = 0, in the leads; shape (n,)."""
        return np.asarray((np.abs(self.x + 2.0) > STILL) & (np.abs(self.y) > CENTRE))

    @property
    def turn(self) -> ComplexArray:
        """Twice i sin θ, y - 1/y, shape (n,)."""
        return np.asarray(self.x * (2.0 + self.x) / (1.0 + self.x))

    def squared(self, pencil: Pencil) -> ComplexArray:
        """Return ω_k² = (k/m)(2 - y - 1/y) = -(k/m) x²/y, shape (n,)."""
        y = np.where(self.y == 0.0, EPS, self.y)
        damped = self.x.imag * self.gap / np.abs(y) ** 2
        return np.asarray(pencil.k / pencil.mass * (-(self.x**2 / y).real + 1j * damped))

    def mirrored(self, sites: IntArray, baths: IntArray, at: IntArray) -> ComplexArray:
        """Return G_na(1/y_k) of the zeros ``at``, shape (len(sites), len(baths), len(at))."""
        here = self.x[at]
        if not here.size:
            return np.zeros((len(sites), len(baths), 0), np.complex128)
        distance = -(self.x[:, None] + here + self.x[:, None] * here)  # 1 - y y_k
        near = np.abs(self.x[:, None] - np.conj(here)).argmin(axis=0)
        paired = self.x[near] == np.conj(here)
        distance[near[paired], np.flatnonzero(paired)] = self.gap[at][paired]
        out = np.stack([(self.motions[sites] * (self.x * self.answers[a])) @ (1.0 / distance) for a in baths], axis=1)
        if self.still.size:
            steps = np.eye(len(self.still)) - self.y[at][:, None, None] * self.still
            answers = np.linalg.solve(steps, self.still_answers[baths].T[None].astype(np.complex128))
            out += np.einsum("np,kpa->nak", self.still_motions[sites], answers)
        return np.asarray(-out * self.y[at] / here)


def pencil_of(system: OpenNetwork, k: float, mass: float, modes: ModalProblem) -> Pencil:
    """Return the pencil of a network between leads."""
    masses = system.network.masses
    return Pencil(modes.stiffness, modes.modes / np.sqrt(masses)[:, None], system.bath_sites, masses, k, mass,
                  np.zeros(modes.stiffness.size))


def lead_zeros(pencil: Pencil) -> LeadZeros:
    """Return all zeros and motions: eigenvectors X and X⁻¹ of A, so that coinciding zeros do no harm.

    Where sites are as heavy as their leads, y = 0 is a zero, of any multiplicity. Its motions are divided out first,
    step by step, because rounding scatters a zero of multiplicity p over a disc of radius eps^(1/p).
    """
    motion, at = _damped_motion(pencil), pencil.at_sites / np.sqrt(pencil.k / pencil.mass)
    size, first = len(motion), len(motion) - pencil.stiffness.size
    continued = np.abs(pencil.masses[pencil.baths] / pencil.mass - 1.0) < 8.0 * EPS
    even = np.any(continued) and np.abs(motion).max() < UNEVEN
    basis, turned, p = _staircase(motion + np.eye(size)) if even else (np.eye(size), motion, 0)
    still, across = turned[:p, :p], turned[:p, p:]
    regular = basis[:, p:].T @ motion @ basis[:, p:]
    try:
        x, vectors, inverse, doubt = _eigenvectors(regular)
    except np.linalg.LinAlgError as err:
        raise CertificateError("two resonances between these leads coincide: change a mass by 1 part in 1e6") from err
    coupled = across @ vectors
    before = np.stack([np.linalg.solve((1.0 + z) * np.eye(p) - still, c) for z, c in zip(x, coupled.T, strict=True)],
                      axis=1) if p and x.size else np.zeros((p, x.size))
    motions = (at @ (basis[first:, :p] @ before + basis[first:, p:] @ vectors)).astype(np.complex128)
    answers = (at @ (inverse @ basis[first:, p:].T).T).astype(np.complex128) / x
    still_answers = np.real(at @ (basis[first:, :p].T - before @ inverse @ basis[first:, p:].T).T)
    x, gap = _in_band(pencil, x.astype(np.complex128), motions)
    zeros = LeadZeros(x, gap, doubt, motions, answers, still, at @ basis[first:, :p], still_answers)
    _sharpen(pencil, zeros)
    return zeros


def _damped_motion(pencil: Pencil) -> FloatArray:
    """Return A = [[0, Λ^½], [-Λ^½, -Λ - E]], the first part without the free modes."""
    root, ends = np.sqrt(pencil.stiffness * pencil.mass / pencil.k), pencil.at_sites[pencil.baths]
    moving = np.flatnonzero(root > 0.0)
    n, first = root.size, moving.size
    motion = np.zeros((first + n, first + n))
    motion[np.arange(first), first + moving], motion[first + moving, np.arange(first)] = root[moving], -root[moving]
    motion[first:, first:] = -np.diag(root**2) - pencil.mass * ends.T @ ends
    return motion


def _sharpen(pencil: Pencil, zeros: LeadZeros) -> None:
    """Write faint resonances, as they come from the modes of the network, over what eigenvectors say, with mirrors."""
    x, gap = zeros.x, zeros.gap
    for i in np.flatnonzero((np.abs(gap) < FAINT) & (x.imag > 0.0)):
        mirror = np.flatnonzero(x == np.conj(x[i]))
        found = _from_mode(pencil, complex(x[i]), float(gap[i])) if mirror.size == 1 else None
        if found is not None:
            x[i], gap[i], zeros.motions[:, i], zeros.answers[:, i] = found
            for line in (x, zeros.motions, zeros.answers):
                line[..., mirror[0]] = np.conj(line[..., i])
            gap[mirror[0]], zeros.doubt[[i, mirror[0]]] = gap[i], EPS * abs(x[i])


def _eigenvectors(A: FloatArray) -> tuple[ComplexArray, ComplexArray, ComplexArray, FloatArray]:
    """Return eigenvalues x, eigenvectors X, X⁻¹ and the rounding of x, each at its own size.

    LAPACK's lose ε|A|. What X⁻¹ A X has off its diagonal mends them, to second order, and the vectors to first.
    """
    first, vectors = np.linalg.eig(A)
    inverse = np.linalg.inv(vectors)
    turned = inverse @ A @ vectors
    x = turned.diagonal().copy()
    np.fill_diagonal(turned, 0.0)
    apart = x - x[:, None]
    clear = np.abs(turned) < CLEAR * np.abs(apart)
    mixing = np.where(clear, turned, 0.0) / np.where(clear, apart, 1.0)
    more = (turned * mixing.T).sum(axis=1)
    vectors = vectors + vectors @ mixing
    x = x + more
    x[first.imag == 0.0], vectors[:, first.imag == 0.0] = x[first.imag == 0.0].real, vectors[:, first.imag == 0.0].real
    upper = np.flatnonzero(first.imag > 0.0)  # LAPACK puts the mirror of each behind it
    x[upper + 1], vectors[:, upper + 1] = np.conj(x[upper]), np.conj(vectors[:, upper])
    inverse = np.linalg.inv(vectors)
    doubt = 8.0 * EPS * np.einsum("ki,ij,jk->k", np.abs(inverse), np.abs(A), np.abs(vectors), optimize=True)
    blurred = np.sqrt(np.where(clear, 0.0, np.abs(turned * turned.T))).sum(axis=0)  # of two that are not told apart
    return x, vectors, inverse, doubt + blurred + np.abs(more) * np.abs(mixing).sum(axis=0)


def _from_mode(pencil: Pencil, x: complex, gap: float) -> tuple[complex, float, ComplexArray, ComplexArray] | None:
    """Return a faint resonance, x, 1 - |y|², v and w, from the mode j that it comes from; None where that has company.

    With φ_j taken out of G⁰: v_a = [(1 + Σ G⁰)⁻¹ φ_j]_a, ω² = λ_j + φ_jᵀ Σ v, Σ = k x/y. Every amplitude, so 1 - |y|²
    too, keeps the digits that φ_j has at the leads, however small it is there.
    """
    ratio, ends, at = pencil.k / pencil.mass, pencil.at_sites[pencil.baths], pencil.stiffness
    distance = np.abs(at + ratio * x * x / (1.0 + x))
    j = int(distance.argmin())
    rest = np.delete(np.arange(at.size), j)
    if distance[j] > ALONE * distance[rest].min(initial=np.inf):
        return None
    found, amplitude, shift = x, np.ones(at.size, np.complex128), -ratio * x * x / (1.0 + x) - at[j]
    apart = (at[rest] - at[j]) + (pencil.beyond[rest] - pencil.beyond[j])
    for _ in range(ROUNDS):
        pull = pencil.k * found / (1.0 + found)
        loose = (ends[:, rest] / (apart - shift)) @ ends[:, rest].T
        felt = np.linalg.solve(np.eye(len(ends)) + pull * loose, ends[:, j].astype(np.complex128))
        amplitude[rest] = -pull * (ends[:, rest].T @ felt) / (apart - shift)
        shift = (pull * ends[:, j]) @ felt
        taken = pencil.mass * float((np.abs(felt) ** 2).sum()) / float((np.abs(amplitude) ** 2).sum())
        modulus = np.sqrt(1.0 - taken)
        less = -taken / (1.0 + modulus)  # |y| - 1
        half = ((at[j] + shift).real / ratio + less * less / modulus) / (modulus + 1.0 / modulus)
        if not 0.0 < half < 2.0:  # 1 - cos θ
            return None
        found = less + modulus * complex(-half, np.sqrt(half * (2.0 - half)))
    if not (abs(found - x) < SAME * abs(x) and (gap < UNSEEN or abs(taken / gap - 1.0) < LIKE)):
        return None
    v = pencil.at_sites @ amplitude
    v[pencil.baths] = felt
    slope = (amplitude**2 * (2.0 * ratio * found + at)).sum() + pencil.k * (felt**2).sum()
    return found, taken, v, v / slope


def _staircase(matrix: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Return an orthogonal Z, Zᵀ (1 + A) Z = [[N, ·], [0, B]], N strictly upper triangular, B regular, and N's size."""
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


def _in_band(pencil: Pencil, x: ComplexArray, motions: ComplexArray) -> tuple[ComplexArray, FloatArray]:
    """Return zeros and 1 - |y|² = m_l Σ_a |v_a|²/Σ_n m_n |v_n|²: a sum of positive terms, which keeps narrow widths."""
    size = np.abs(motions) ** 2
    felt = pencil.mass * size[pencil.baths].sum(axis=0) / (pencil.masses @ size)
    gap = -(2.0 * x.real + np.abs(x) ** 2)
    near = (np.abs(gap) < IN_BAND * np.abs(x)) & (x.imag != 0.0) & (felt < 2.0 * IN_BAND * np.abs(x))
    gap = np.where(near, felt, gap)
    real = np.where(near, -0.5 * (gap + np.abs(x) ** 2), x.real)
    return real + 1j * x.imag, gap


def bound_weight(pencil: Pencil, zeros: LeadZeros) -> tuple[int, FloatArray]:
    """Return how many states are bound outside the band, |y| > 1, and how much of each site moves in them, (n_sites,).

    They fall off as y^{-l} into the leads, which counts in their norm: Σ_n m u u + m_l Σ_a u_a u_a/(y y' - 1).
    """
    bound = np.flatnonzero(zeros.gap < -32.0 * EPS)
    motion = zeros.motions[:, bound]
    first = motion[np.abs(motion).argmax(axis=0), np.arange(bound.size)]
    twins = zeros.x[bound].imag < 0.0  # of a pair that rounding took off the axis, both parts
    u = np.where(zeros.x[bound].imag == 0.0, (motion / first).real, np.where(twins, motion.imag, motion.real))
    u = u / np.sqrt(pencil.masses @ u**2)
    x, ends = zeros.x[bound].real, u[pencil.baths]
    norm = (u.T * pencil.masses) @ u + pencil.mass * (ends.T @ ends) / (x[:, None] + x + np.outer(x, x))
    return bound.size, pencil.masses * np.einsum("ni,ni->n", u, np.linalg.solve(norm, u.T).T)
