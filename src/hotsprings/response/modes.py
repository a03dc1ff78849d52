"""Normal modes of any network and how they couple to the baths; dark ones found by rank in degenerate blocks."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np

from hotsprings import checks
from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.network import Network, bands_of, first_row_of, joined_of
from hotsprings.response.tolerances import DARK, EPS, SHARED, TINY, VANISHING
from hotsprings.system import OpenNetwork

MATRICES = 3  # of all pairs of sites that are there at once, at least, while modes are found
COMPLETE = 1e-10  # Σ_j φ_j(n)² - 1, above which the modes of a chain are found by dense diagonalisation instead
SOFT = 1e-3  # of the highest λ: where less than it holds a mode together, its λ is not known as zero
PINNED = 1e-6  # of K_nn that must be left in its Cholesky factor, for that to carry enough digits
ROUNDINGS = 3.0  # of the largest row that LAPACK was seen to lose of a soft eigenvalue (26 sites, k0 = 1e-5)
APART = 1e3  # gaps between modes, in units of the noise, from which the first order has three digits of the change
FIRST_ORDER = 1e-3  # angle by which rounding turns modes, up to which what it mixes is known to first order
MERGED = 1e-3  # of ω c²: width within which modes are taken for degenerate, from which that is doubtful
FAINTEST = 1e-13  # part of a free motion in a site's, below which it is rounding: √(m/Σm) of sites that it does move
ROWS = 512  # modes whose mixing is found at a time
FEW_ROWS = 20  # part of all rows of the eigenvectors, up to which these are found without the others
LOW, APART_BY = 1e-6, 2.0  # of the highest λ, up to which modes are low where pinned; times them that the next one is
RESOLVED = 8.0  # roundings of the diagonal of K below which the λ that sums over its rows leave is none
WAVES = 20_000_000  # terms of the sums over a ring that its low waves may take
CONTRAST, GRADED_UP_TO = 100.0, 500  # of K_nn/m_n over the sites, from which modes are found by Jacobi rotations; sites


def cutoffs(system: OpenNetwork) -> FloatArray:
    """Return ω_D of every bath, infinite where its noise is white, shape (n_baths,)."""
    return np.array([np.inf if (edge := getattr(bath, "cutoff", None)) is None else edge for bath in system.baths])


def moved_freely(first: FloatArray, second: FloatArray, free: BoolArray) -> bool:
    """Return whether a motion without restoring force takes two sites along: G_ij diverges at ω = 0.

    ``first``, ``second``: amplitudes of the modes at the sites; ``free``: which modes are free. Sites of a part that is
    held have of them what rounding leaves.
    """
    f, g = first[free], second[free]
    part = [float(np.linalg.norm(x)) for x in (f, g)]
    least = [FAINTEST * float(np.linalg.norm(x)) for x in (first, second)]
    return part[0] > least[0] and part[1] > least[1] and abs(float(f @ g)) > SHARED * part[0] * part[1]


def joined(network: Network, i: int, j: int) -> bool:
    """Return whether springs join two sites, over others too."""
    part = separate_parts(network)
    return part is None or bool(part[i] == part[j])


def unheld(network: Network, i: int, j: int) -> bool:
    """Return whether springs join two sites and nothing pins what they join: both move freely, however light one is."""
    part = separate_parts(network)
    return joined(network, i, j) and not np.any(network.pinning if part is None else network.pinning[part == part[i]])


def static_response(first: FloatArray, second: FloatArray, stiffness: FloatArray) -> tuple[float, float]:
    """Return G_ij(0) of sites that no free mode moves, Σ φ_j φ_j/λ_j over the others, and its relative doubt."""
    bound = stiffness > 0.0
    terms = first[bound] * second[bound] / stiffness[bound]
    value, size = float(terms.sum()), float(np.abs(terms).sum())
    return value, terms.size * EPS * size / abs(value) if value else 0.0


def missed_at(rows: FloatArray, same: bool) -> float:
    """Return what all modes at two sites (2, n_modes), or twice at the same one, miss of being orthonormal."""
    return float(np.abs(rows @ rows.T - (np.ones((2, 2)) if same else np.eye(2))).sum())


@dataclass(frozen=True, eq=False)
class ModalProblem:
    """D(ω) = 1 + iωE + iω Σ_j c_j c_jᵀ/(λ_j - ω²) over the bright modes.

    Attributes
    ----------
    stiffness : ndarray, shape (n_modes,)
        λ_j, ascending; 0 for free modes.
    coupling : ndarray, shape (n_baths, n_modes)
        c_aj = φ_j(a) sqrt(γ_a/m_a).
    modes : ndarray, shape (n_sites, n_modes)
        φ_j(n), orthonormal, of the bright modes.
    dark_stiffness, dark_modes : ndarray
        The same of the modes that feel no bath.
    n_free : int
        Bright modes without restoring force.
    unresolved : float
        Largest coupling, relative to sqrt(γ/m), that a mode taken for dark has, or that rounding could have hidden.
    uncertain : bool
        Whether a mode was taken for free that the springs do not leave free, or for dark by the width alone.
    rounded : ndarray, shape (n_modes,)
        The size of what each λ is rounded with, 0 where couplings keep their digits.
    memory : ndarray, shape (n_baths,)
        The diagonal of E: 1/ω_D of baths with memory, 0 of white noise.
    """

    stiffness: FloatArray
    coupling: FloatArray
    modes: FloatArray
    dark_stiffness: FloatArray
    dark_modes: FloatArray
    n_free: int
    unresolved: float
    uncertain: bool
    rounded: FloatArray
    memory: FloatArray

    def moved(self, omega: ComplexArray) -> FloatArray:
        """Return what roundings of the highest λ, and of the fastest pole, move each pole by, shape (n_poles,)."""
        size = np.abs(omega)
        with np.errstate(divide="ignore"):
            return np.asarray(EPS * (size.max(initial=0.0) + self.stiffness.max(initial=0.0) / size))

    @property
    def products(self) -> FloatArray:
        """c_a c_b for a ≤ b, shape (n_baths (n_baths + 1)/2, n_modes)."""
        c = self.coupling
        return np.array([c[a] * c[b] for a in range(len(c)) for b in range(a, len(c))])


def _clusters(values: FloatArray, width: FloatArray) -> list[tuple[int, int]]:
    """Return the (start, stop) of each run of ascending values, each within its ``width`` of the one before."""
    cuts = np.flatnonzero(np.diff(values) > width[1:]) + 1
    return list(zip(np.append(0, cuts), np.append(cuts, values.size), strict=True))


def modal_problem(system: OpenNetwork, last_bits: np.random.Generator | None = None, everywhere: bool = True,
                  known: ModalProblem | None = None) -> ModalProblem:
    """Return the modes of M^{-1/2} K M^{-1/2}, degenerate blocks rotated so that as few as possible feel a bath.

    ``last_bits`` adds noise of the size of rounding errors to the matrix, to see what the result owes to them.
    ``everywhere``: the modes at every site, or at the bath sites only (memory of order N n_baths in chains and rings).
    ``known``: the problem without that noise, from which the modes are turned where all of them are apart.
    """
    rows = np.arange(system.n_sites) if everywhere else system.bath_sites
    network = system.network
    banded = bands_of(network) is not None
    ring = not banded and first_row_of(network) is not None
    checks.room("system", system.n_sites, rows.size if banded or ring else system.n_sites, MATRICES)
    if banded:
        found = _chain_modes(network, last_bits, rows)
        if found is not None:
            return split_modes(*found[:2], system, everywhere, exact_tails=True, scale=found[2])
    if ring and last_bits is None:
        values, vectors, scale = _ring_modes(network, rows)
        return split_modes(values, vectors, system, everywhere, scale=scale)
    graded = _graded_modes(network, last_bits)
    if graded is not None:
        return split_modes(graded[0], graded[1][rows], system, everywhere, scale=graded[0])
    root = np.sqrt(network.masses)
    matrix, turned = network.stiffness() / np.outer(root, root), None
    if last_bits is not None:
        noise = last_bits.standard_normal(matrix.shape)
        noise += noise.T
        noise *= ROUNDINGS * EPS * np.abs(matrix).sum(axis=1).max() / np.sqrt(len(matrix)) / 2.0
        turned = None if known is None else _turned(known, noise)
        if turned is None:
            matrix += noise
    values, vectors, scale = _held(network, *(_some_rows(matrix, rows) if turned is None else turned))
    return split_modes(values, vectors, system, everywhere, scale=scale)


def stiffnesses(network: Network) -> FloatArray:
    """Return λ of all modes alone, ascending, low ones of pinned networks by what holds them; 0 where it is nothing."""
    if bands_of(network) is None and first_row_of(network) is not None:
        values, _, scale = _ring_modes(network, np.empty(0, np.int64))
    else:
        values, scale = _dense_stiffnesses(network)
    return np.where(values > 4.0 * values.size * EPS * scale, values, 0.0)


def _dense_stiffnesses(network: Network) -> tuple[FloatArray, FloatArray]:
    """Return λ and what each is rounded with; eigenvectors are asked for where some are low."""
    graded = _graded_modes(network, None)
    if graded is not None:
        return graded[0], graded[0]
    root = np.sqrt(network.masses)
    matrix = network.stiffness() / np.outer(root, root)
    values = np.linalg.eigvalsh(matrix)
    if not (values[0] <= LOW * values[-1] and _held_by_terms(network)):
        return values, np.full(values.size, _highest(values))
    held = _held(network, *np.linalg.eigh(matrix))
    order = np.argsort(held[0], kind="stable")
    return held[0][order], held[2][order]


def _one_sign(stiffness: FloatArray) -> bool:
    """Return whether all springs of K pull, as those along one direction do."""
    return bool(np.count_nonzero(stiffness > 0.0) <= len(stiffness))


def _held_by_terms(network: Network) -> bool:
    """Return whether something is pinned, and what holds a motion is a sum of terms that do not cancel.

    Rows of a K with springs of both signs, as those of molecules, say nothing of a low λ that K itself does not.
    """
    if not np.any(network.pinning) or getattr(network, "pinning_told", False):
        return bool(np.any(network.pinning))
    return bool(np.all(network.pinning >= 0.0)) and _one_sign(network.stiffness())


def _rounded(network: Network, diagonal: FloatArray, u: FloatArray) -> FloatArray:
    """Return what rounding of the diagonal of K may make of the λ of motions u = φ/sqrt(m), shape (n_modes,).

    Nothing where the pinning is what the network was made from, and no sum over a row of K.
    """
    if getattr(network, "pinning_told", False):
        return np.zeros(u.shape[1])
    return np.asarray(RESOLVED * EPS * np.abs(diagonal) @ u**2)


def energies(network: Network, u: FloatArray) -> FloatArray:
    """Return uᵀKu of motions (n_sites, n), pinnings and springs one by one, shape (n, n)."""
    springs = -network.stiffness()
    np.fill_diagonal(springs, 0.0)
    force = network.pinning[:, None] * u + np.stack([(springs * (x[:, None] - x)).sum(axis=1) for x in u.T], axis=1)
    found = u.T @ force
    return np.asarray(0.5 * (found + found.T))


def _lost(highest: float, count: int) -> float:
    """Return what is left of the λ of a free motion by what diagonalisation knows of it."""
    return highest * (4.0 * count * EPS) ** 2


def _held(network: Network, values: FloatArray, vectors: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return modes, low ones by what holds them, and the size of what each λ is rounded with.

    Of a motion u = φ/sqrt(m) that LAPACK knows to δ, λ = Σ p u² + Σ k (u_i - u_j)², pinnings and springs one by one, is
    known to δ² of the highest λ: a pinning of 1e-12 keeps its digits. Modes at some sites only stay as they are.
    """
    scale = np.full(values.size, _highest(values))
    known = len(vectors) == values.size and _held_by_terms(network)
    count = int(np.searchsorted(values, LOW * scale[0])) if known else 0
    while 0 < count < values.size and values[count] < APART_BY * values[count - 1]:
        count -= 1
    if not count:
        return values, vectors, scale
    u = vectors[:, :count] / np.sqrt(network.masses)[:, None]
    own, turn = np.linalg.eigh(energies(network, u))
    least = _lost(scale[0], values.size)
    nothing = np.maximum(least, _rounded(network, np.diag(network.stiffness()), u @ turn))
    values, vectors = values.copy(), vectors.copy()
    values[:count] = np.where(own > nothing, own, 0.0)
    vectors[:, :count] = vectors[:, :count] @ turn
    scale[:count] = max(float(own[-1]), least)
    return values, vectors, scale


def _some_rows(matrix: FloatArray, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return all eigenvalues and some rows of the eigenvectors: without the others where that is safe and faster."""
    from hotsprings.kernels.threads import one_blas_thread
    from hotsprings.response.reduction import LEAST, reduced_modes

    with one_blas_thread(len(matrix)):
        found = reduced_modes(matrix, rows) if len(matrix) >= LEAST and len(rows) < len(matrix) // FEW_ROWS else None
        if found is None:
            values, vectors = np.linalg.eigh(matrix)
            found = values, vectors[rows]
    return found


def _turned(known: ModalProblem, noise: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Return eigenvalues and eigenvectors (at the known sites) after a small change, to first order; None if too large.

    Gaussian noise looks the same in all orthonormal bases, so that what is drawn counts as its elements between modes.
    Seven digits of the change are more than it is known to.
    """
    from hotsprings.kernels.threads import one_blas_thread

    values = np.append(known.stiffness, known.dark_stiffness)
    order = np.argsort(values, kind="stable")
    values, vectors = values[order], np.concatenate([known.modes, known.dark_modes], axis=1)[:, order]
    if not np.diff(values).min(initial=np.inf) > APART * np.abs(noise).max():
        return None
    gaps = values - values[:, None]
    np.fill_diagonal(gaps, np.inf)
    turn = np.divide(noise, gaps, out=gaps).astype(np.float32)
    with one_blas_thread(len(turn)):
        return values + noise.diagonal(), vectors + vectors.astype(np.float32) @ turn


def _chain_modes(network: Any, last_bits: np.random.Generator | None, rows: IntArray
                 ) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return eigenvalues and eigenvectors of a chain at some sites; None where the vectors are not complete.

    And the size of what each λ is rounded with: low ones of a pinned chain that is known at every site are, as those of
    other networks, sums over pinnings and springs.
    """
    from scipy.linalg import eigvalsh_tridiagonal

    from hotsprings.kernels.tridiagonal import eigenvectors

    diagonal, off = network.bands()
    d, e = diagonal / network.masses, off / np.sqrt(network.masses[:-1] * network.masses[1:])
    if last_bits is not None:
        d, e = (band * (1.0 + EPS * last_bits.standard_normal(band.size)) for band in (d, e))
    values = eigvalsh_tridiagonal(d, e) if d.size > 1 else d.copy()
    width = 4.0 * values.size * EPS * _highest(values)
    values[values <= width] = 0.0
    vectors = np.empty((rows.size, values.size))
    eigenvectors(d, e, values, width, rows, vectors)
    if not np.all(np.abs((vectors**2).sum(axis=1) - 1.0) < COMPLETE):
        return None
    scale = np.full(values.size, _highest(values))
    for k in np.flatnonzero(values <= LOW * scale) if rows.size == values.size and _held_by_terms(network) else ():
        u = vectors[:, k] / np.sqrt(network.masses)
        own = network.pinning @ u**2 - off @ np.diff(u) ** 2
        values[k] = own if own > max(_lost(scale[0], values.size), _rounded(network, diagonal, u[:, None])[0]) else 0.0
        scale[k] = max(abs(own), TINY)
    order = np.argsort(values, kind="stable")
    return values[order], vectors[:, order], scale[order]


def _graded_modes(network: Any, last_bits: np.random.Generator | None) -> tuple[FloatArray, FloatArray] | None:
    """Return all modes of a pinned network of very unequal sites by Jacobi rotations; None of any other network.

    Diagonalisation loses digits of low modes to ε times the highest. Singular values of L/sqrt(m), K = L Lᵀ, found by
    one-sided Jacobi rotations, lose none to unequal masses (Demmel, Veselić, SIAM J. Matrix Anal. Appl. 13, 1204
    (1992); Drmač, Veselić, ibid. 29, 1322 (2008): LAPACK's gejsv).
    """
    from scipy.linalg.lapack import dgejsv

    stiffness, root = network.stiffness(), np.sqrt(network.masses)
    local = np.diag(stiffness) / network.masses
    if len(local) > GRADED_UP_TO or not local.max() > CONTRAST * local.min() > 0.0:
        return None
    if last_bits is not None:
        size, noise = np.sqrt(np.diag(stiffness)), last_bits.standard_normal(stiffness.shape)
        # what the rotations lose is of this size, entry by entry
        stiffness = stiffness + EPS * np.outer(size, size) * (noise + noise.T) / 2.0
    try:
        factor = np.linalg.cholesky(stiffness)
    except np.linalg.LinAlgError:  # free, or not stable beyond rounding
        return None
    if not np.all(np.diag(factor) ** 2 > PINNED * np.diag(stiffness)):
        return None
    size, _, vectors, scale, _, failed = dgejsv((factor / root[:, None]).T, joba=0, jobu=0, jobv=0, jobt=1)
    if failed:
        return None
    return (size[::-1] * (scale[0] / scale[1])) ** 2, vectors[:, ::-1]


def _ring_modes(network: Any, rows: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the Fourier modes of a ring of equal particles at some sites, in exactly degenerate pairs.

    And the size of what each λ is rounded with: low ones of a pinned ring are sums of positive terms.
    """
    n, row = network.n_sites, network.first_row()
    spectrum = np.fft.rfft(row).real / network.masses[0]
    scale = np.full(spectrum.size, _highest(spectrum))
    told = getattr(network, "pinning_told", False)
    low = np.flatnonzero(spectrum <= LOW * scale[0])[: WAVES // n] if _held_by_terms(network) else np.empty(0, np.int64)
    for k in low:
        stretched = 2.0 * np.sin(np.pi * (np.arange(1, n) * k % n) / n) ** 2
        own = (network.pinning[0] - row[1:] @ stretched) / network.masses[0]
        spectrum[k] = own if told or own > RESOLVED * EPS * row[0] / network.masses[0] else 0.0
        scale[k] = max(abs(spectrum[k]), TINY)
    wave = np.repeat(np.arange(spectrum.size), 2)[1 : n + 1]  # 0, 1, 1, 2, 2, …
    phase = 2.0 * np.pi * ((rows[:, None] * wave) % n) / n
    sine = np.append(False, np.arange(n - 1) % 2 == 1)
    vectors = np.sqrt(2.0 / n) * np.where(sine, np.sin(phase), np.cos(phase))
    vectors[:, (wave == 0) | (2 * wave == n)] /= np.sqrt(2.0)
    values = spectrum[wave]
    order = np.argsort(values, kind="stable")
    return values[order], vectors[:, order], scale[wave][order]


def _highest(values: FloatArray) -> float:
    """Return the largest of some eigenvalues, above zero."""
    return max(float(np.abs(values).max()), TINY)


def _may_be_held(system: OpenNetwork, modes: FloatArray, everywhere: bool) -> bool:
    """Return whether modes taken for free may be held: something is pinned, or they live where all is soft.

    Diagonalisation knows λ to eps of the highest one; K itself, of a mode φ, to eps φᵀ|W|φ, W = M^{-1/2} K M^{-1/2}.
    """
    network = system.network
    if np.any(network.pinning):
        return True
    if not everywhere:
        return False
    stiffness, part = network.stiffness(), separate_parts(network)
    one_each = _one_sign(stiffness)  # free motion of each part
    if one_each and modes.shape[1] > (1 if part is None else part.max() + 1):
        return True
    amplitude = np.abs(modes) / np.sqrt(network.masses)[:, None]
    size = np.abs(stiffness)
    known = np.einsum("ij,ij->j", amplitude, size @ amplitude)
    return bool(np.any(known < SOFT * np.max(np.diag(size) / network.masses)))


def _mixed(values: FloatArray, strength: FloatArray, size: FloatArray, width: FloatArray, first: IntArray,
           last: IntArray) -> FloatArray:
    """Return [Σ_k (size_j size_k |c_k|/(λ_j - λ_k))²]^½ over modes of other blocks: what rounding mixes into each.

    Rounding turns a mode towards another by its size over their distance, at least ``width``.
    """
    out, place, felt = np.empty(values.size), np.arange(values.size), size * strength
    for part in (slice(k, k + ROWS) for k in range(0, values.size, ROWS)):
        turned = values[part, None] - values
        np.maximum(np.abs(turned, out=turned), width[part, None], out=turned)
        np.divide(felt, turned, out=turned)
        turned[(place >= first[part, None]) & (place < last[part, None])] = 0.0
        out[part] = size[part] * np.linalg.norm(turned, axis=1)
    return out


def split_modes(values: FloatArray, vectors: FloatArray, system: OpenNetwork, everywhere: bool = True,
                exact_tails: bool = False, scale: FloatArray | None = None) -> ModalProblem:
    """Return the problem made from all modes (ascending, orthonormal), given at every site or at the bath sites.

    ``scale``: the size of what each λ is rounded with; None: that of the highest.
    ``exact_tails``: small components keep their digits, so that only couplings that vanish in floating point are dark.
    """
    n = values.size
    at_baths = system.bath_sites if everywhere else np.arange(system.n_baths)
    rate = np.sqrt(system.friction / system.network.masses[system.bath_sites])
    scale = np.full(n, _highest(values)) if scale is None else scale
    width = 4.0 * n * EPS * scale  # below it rounding cannot tell eigenvalues apart
    size = np.sqrt(8.0 * EPS * np.sqrt(n) * scale)  # of the rounding between two modes, the product of theirs
    soft = values <= width
    values = np.where(soft, 0.0, values)
    vectors = vectors.copy()
    strength = np.linalg.norm(vectors[at_baths] * rate[:, None], axis=0)
    first, last = np.arange(n), np.arange(1, n + 1)  # the block of each mode
    merged = False  # whether modes are taken for degenerate that a bath may tell apart
    for start, stop in _clusters(values, np.zeros(n) if exact_tails else width):
        if stop - start == 1:
            continue
        _, felt, turn = np.linalg.svd(vectors[at_baths, start:stop] * rate[:, None], full_matrices=True)
        vectors[:, start:stop] = vectors[:, start:stop] @ turn.T
        values[start:stop] = values[start:stop].mean()
        strength[start:stop] = np.append(felt, np.zeros(stop - start))[: stop - start]
        broad = MERGED * felt[0] ** 2 * np.sqrt(values[start])
        merged |= bool(felt[0] > DARK * rate.max() and 0.0 < broad < width[stop - 1])
        first[start:stop], last[start:stop] = start, stop
    top, lost = float(rate.max()), 0.0
    uncertain = merged or (bool(np.any(soft)) and _may_be_held(system, vectors[:, soft], everywhere))
    if exact_tails:
        bright = strength > VANISHING * top
        lost = float(strength[~bright].max(initial=0.0)) / top
    else:
        angle = _angles(values, size, width, first, last)
        hidden = (_mixed(values, strength, size, width, first, last) if angle.max(initial=0.0) <= FIRST_ORDER
                  else angle * top)
        bright = strength > np.maximum(hidden, DARK * top)
        uncertain |= bool(np.any(strength[~bright] > hidden[~bright]))
        lost = float(np.maximum(hidden, strength)[~bright].max(initial=0.0)) / top
    coupling = np.ascontiguousarray(vectors[at_baths][:, bright] * rate[:, None])
    modes = vectors[:, bright]
    if everywhere:
        modes[without_bath(system)] = 0.0
    return ModalProblem(
        stiffness=values[bright], coupling=coupling, modes=modes, dark_stiffness=values[~bright],
        dark_modes=vectors[:, ~bright], n_free=int(np.sum(values[bright] == 0.0)), unresolved=lost,
        uncertain=uncertain, rounded=np.where(exact_tails, 0.0, scale[bright]), memory=1.0 / cutoffs(system))


def _angles(values: FloatArray, size: FloatArray, width: FloatArray, first: IntArray, last: IntArray) -> FloatArray:
    """Return the angle by which rounding turns each mode towards its neighbours; 0 where all are degenerate."""
    around, sizes = np.concatenate([[-np.inf], values, [np.inf]]), np.concatenate([[0.0], size, [0.0]])
    below = sizes[first] / np.maximum(values - around[first], width)
    above = sizes[last + 1] / np.maximum(around[last + 1] - values, width)
    return np.asarray(size * np.maximum(below, above))


def separate_parts(network: Network) -> IntArray | None:
    """Return the number of the connected part of each site, shape (n_sites,); None where all are joined."""
    if joined_of(network):
        return None
    return _found_parts(cast("Hashable", network))


def without_bath(system: OpenNetwork) -> IntArray:
    """Return the sites that springs join to no bath: whatever rounding mixes, no bright mode moves them."""
    part = separate_parts(system.network)
    return np.flatnonzero([] if part is None else ~np.isin(part, part[system.bath_sites]))


@lru_cache(maxsize=1)
def _found_parts(network: Hashable) -> IntArray | None:
    stiffness = cast("Network", network).stiffness()
    part = None if np.all(stiffness[0] != 0.0) else parts_of(stiffness)
    return part if part is not None and part.max() > 0 else None


def parts_of(stiffness: FloatArray) -> IntArray:
    """Return the number of the connected part of each site, shape (n_sites,), counted from 0."""
    part, number = np.full(len(stiffness), -1), -1
    for first in range(len(stiffness)):
        if part[first] >= 0:
            continue
        number, new = number + 1, np.array([first])
        while new.size:
            part[new] = number
            new = np.flatnonzero((stiffness[new] != 0.0).any(axis=0) & (part < 0))
    return part
