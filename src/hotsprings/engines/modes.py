"""Normal modes of any network and how they couple to the baths; dark ones found by rank in degenerate blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings.checks import FloatArray, IntArray
from hotsprings.system import OpenNetwork

EPS = float(np.finfo(float).eps)
DARK = 1e-8  # relative coupling below which a mode is dark in all but name: it decays 1e16 times too slowly


@dataclass(frozen=True, eq=False)
class ModalProblem:
    """D(ω) = 1 + iω Σ_j c_j c_jᵀ/(λ_j - ω²) over the bright modes.

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
        Largest coupling, relative to sqrt(γ/m), that rounding could have hidden in a mode taken for dark.
    """

    stiffness: FloatArray
    coupling: FloatArray
    modes: FloatArray
    dark_stiffness: FloatArray
    dark_modes: FloatArray
    n_free: int
    unresolved: float

    @property
    def products(self) -> FloatArray:
        """c_a c_b for a ≤ b, shape (n_baths (n_baths + 1)/2, n_modes)."""
        c = self.coupling
        return np.array([c[a] * c[b] for a in range(len(c)) for b in range(a, len(c))])


def _clusters(values: FloatArray, width: float) -> list[tuple[int, int]]:
    """Return the (start, stop) of each run of ascending values whose neighbours are within ``width``."""
    cuts = np.flatnonzero(np.diff(values) > width) + 1
    return list(zip(np.append(0, cuts), np.append(cuts, values.size), strict=True))


def modal_problem(system: OpenNetwork, last_bits: np.random.Generator | None = None) -> ModalProblem:
    """Return the modes of M^{-1/2} K M^{-1/2}, degenerate blocks rotated so that as few as possible feel a bath.

    ``last_bits`` adds noise of the size of rounding errors to the matrix, to see what the result owes to them.
    """
    root = np.sqrt(system.network.masses)
    matrix = system.network.stiffness() / np.outer(root, root)
    if last_bits is not None:
        noise = last_bits.standard_normal(matrix.shape)
        matrix += EPS * np.abs(matrix).sum(axis=1).max() / np.sqrt(len(matrix)) * (noise + noise.T) / 2.0
    values, vectors = np.linalg.eigh(matrix)
    return split_modes(values, vectors, system)


def split_modes(values: FloatArray, vectors: FloatArray, system: OpenNetwork) -> ModalProblem:
    """Return the problem made from all modes (ascending, orthonormal)."""
    sites, n = system.bath_sites, values.size
    rate = np.sqrt(system.friction / system.network.masses[sites])
    width = 4.0 * n * EPS * max(float(np.abs(values).max()), np.finfo(float).tiny)
    values = np.where(values <= width, 0.0, values)
    noise = 8.0 * EPS * np.sqrt(n) * float(rate.max()) * max(float(np.abs(values).max()), np.finfo(float).tiny)
    vectors = vectors.copy()
    bright = np.zeros(n, dtype=bool)
    lost = 0.0
    for start, stop in _clusters(values, width):
        block = vectors[sites, start:stop] * rate[:, None]
        if stop - start == 1:
            size = np.array([np.linalg.norm(block)])
        else:
            _, size, turn = np.linalg.svd(block, full_matrices=True)
            vectors[:, start:stop] = vectors[:, start:stop] @ turn.T
            values[start:stop] = values[start:stop].mean()
            size = np.append(size, np.zeros(stop - start))[: stop - start]
        around = values[[i for i in (start - 1, stop) if 0 <= i < n]]
        gap = float(np.abs(around - values[start]).min(initial=np.abs(values).max()))
        threshold = noise / max(gap, width)  # rounding turns modes towards their neighbours by that angle
        bright[start:stop] = size > max(threshold, DARK * float(rate.max()))
        if not np.all(bright[start:stop]):
            lost = max(lost, threshold / float(rate.max()))
    coupling = vectors[sites][:, bright] * rate[:, None]
    return ModalProblem(
        stiffness=values[bright], coupling=coupling, modes=vectors[:, bright], dark_stiffness=values[~bright],
        dark_modes=vectors[:, ~bright], n_free=int(np.sum(values[bright] == 0.0)), unresolved=lost)


def localised_sites(problem: ModalProblem) -> IntArray:
    """Return the sites that dark modes touch."""
    return np.flatnonzero((problem.dark_modes**2).sum(axis=1) > 64.0 * EPS)
