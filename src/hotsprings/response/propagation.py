"""Residues of G between any two sites, with the modes that feel no bath: how a start propagates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.response.mean_field import MeanFieldResponse
from hotsprings.response.modes import cutoffs, modal_problem
from hotsprings.response.precise import SMALL
from hotsprings.response.response import Poles, Response
from hotsprings.response.rotating import rotating
from hotsprings.response.tolerances import EPS

SYMMETRIC = 1e-8  # to which Σ_k ω_k (R_k)_ij must be a mode's share, for the residues to be taken from single poles
DENSE = 1500  # sites up to which eigenvectors of the whole motion are found where they are not


@dataclass(frozen=True, eq=False)
class Motions:
    """Poles of G, undamped ones too, and (R_k)_ij of some sites j at all sites i.

    Attributes
    ----------
    poles : Poles
        Those with Re ω ≥ 0.
    residues : dict of int to ndarray (n_sites, n_poles)
        By site j.
    mass : dict of int to float
    drag : dict of int to ndarray or float
        γ_j(ω_k) of each of the sites, 0 off the baths.
    doubt : ndarray, shape (n_poles,)
        By how much each pole may be off.
    free : bool
        Whether nothing holds the network: the pole at ω = 0 is not among these.
    """

    poles: Poles
    residues: dict[int, ComplexArray]
    mass: dict[int, float]
    drag: dict[int, ComplexArray | float]
    doubt: FloatArray
    free: bool

    @property
    def omega(self) -> ComplexArray:
        """The poles."""
        return self.poles.omega

    def turned(self, amplitude: ComplexArray, times: FloatArray, grown: bool = False) -> FloatArray:
        """Return Σ_k A_k exp(iω_k t), shape (n_times, n_sites); ``grown``: less what it is at t = 0."""
        return rotating(self.poles, amplitude, times, grown)

    def lost(self, amplitude: ComplexArray, times: FloatArray, grown: bool = False) -> FloatArray:
        """Return how far :meth:`turned` may be off by roundings and by doubts of the poles, shape (n_times,)."""
        size, out = 2.0 * np.abs(amplitude) * self.poles.share, np.empty(times.size)
        for k, t in enumerate(times):
            with np.errstate(under="ignore"):
                left = np.exp(-self.omega.imag * t)
            turning = np.minimum(np.abs(self.omega) * t, 2.0) if grown else left
            out[k] = (size @ (EPS * turning + self.doubt * t * left)).max()
        return out

    def reach(self, amplitude: ComplexArray) -> float:
        """Return Σ_k |A_k| of the site that may go farthest."""
        return float(np.max(2.0 * np.abs(amplitude) @ self.poles.share, initial=0.0))

    def resting(self, kicks: dict[int, float], shifts: dict[int, float]) -> FloatArray:
        """Return where a free network comes to rest, shape (n_sites,): what the sum over poles lacks at t = 0."""
        n = next(iter(self.residues.values())).shape[0]
        out = np.zeros(n)
        for site, size in kicks.items():
            out -= size * self._sum(1j * self.residues[site])
        for site, size in shifts.items():
            missing = -self._sum(1j * self.residues[site] * (1j * self.omega * self.mass[site] + self.drag[site]))
            missing[site] += 1.0
            out += size * missing
        whole = float(out.mean())
        return np.full(n, whole) if np.abs(out).max(initial=0.0) > 0.0 and self.free else np.zeros(n)

    def _sum(self, amplitude: ComplexArray) -> FloatArray:
        return np.asarray(2.0 * (amplitude * self.poles.share).sum(axis=1).real)


def motions_of(response: Response, sites: list[int]) -> Motions:
    """Return how starts at some sites propagate."""
    system = response.system
    edge, gamma = cutoffs(system), dict(zip(system.bath_sites.tolist(), system.friction.tolist(), strict=True))
    found = _from_poles(response, sites) or _from_eigenvectors(response, sites)
    poles, residues, doubt = found
    drag: dict[int, ComplexArray | float] = {}
    for site in sites:
        drag[site] = gamma.get(site, 0.0)
        if site in gamma:
            drag[site] = gamma[site] / (1.0 + 1j * poles.omega / float(edge[list(gamma).index(site)]))
    origin = response.element(np.zeros(1), int(system.bath_sites[0]), int(system.bath_sites[0]))[0]
    masses = {j: float(system.network.masses[j]) for j in sites}
    return Motions(poles, residues, masses, drag, doubt, bool(np.isinf(origin)))


_Found = tuple[Poles, dict[int, ComplexArray], FloatArray]


def _from_poles(response: Response, sites: list[int]) -> _Found | None:
    """Return R_ij = x_i x_j right_a/left_a with the best bath a; None where poles that coincide mix."""
    n_dark, _ = response.dark_modes()
    poles = response.poles
    at, right = response.left(response.system.bath_sites), response.right()
    best = np.abs(at).argmax(axis=0)
    column = np.arange(best.size)
    with np.errstate(all="ignore"):
        ratio = right[best, column] / at[best, column]
    every = response.left(np.arange(response.system.n_sites))
    residues, doubt = {j: every * (every[j] * ratio) for j in sites}, response.pole_doubt()
    dark: tuple[FloatArray, FloatArray] | None = _dark(response) if n_dark else None
    if dark is not None:
        poles = Poles(np.append(poles.omega, dark[0]), np.append(poles.share, np.ones(dark[0].size)))
        masses, stiff = response.system.network.masses, float(np.abs(poles.omega).max()) ** 2
        with np.errstate(divide="ignore"):
            doubt = np.append(doubt, EPS * (dark[0] + stiff / dark[0]))
        for j in sites:
            still = dark[1] * dark[1][j] / np.sqrt(masses * masses[j])[:, None] / (-2.0 * dark[0])
            residues[j] = np.concatenate([residues[j], still.astype(np.complex128)], axis=1)
    return (poles, residues, doubt) if _whole(response, poles, residues) else None


def _dark(response: Response) -> tuple[FloatArray, FloatArray]:
    """Return frequencies of the modes that feel no bath, and their shapes (n_sites, n_dark)."""
    if isinstance(response, MeanFieldResponse):
        return _dark_of_mean_field(response)
    problem = modal_problem(response.system)
    return np.sqrt(np.maximum(problem.dark_stiffness, 0.0)), problem.dark_modes


def _dark_of_mean_field(response: MeanFieldResponse) -> tuple[FloatArray, FloatArray]:
    """Return the relative motions within each group of equal sites."""
    problem, masses = response.problem, response.system.network.masses
    omega, shapes = [], []
    for group in np.flatnonzero(np.bincount(problem.bulk_group) > 1):
        members = problem.bulk_sites[problem.bulk_group == group]
        common = np.sqrt(1.0 / masses[members])
        basis = np.linalg.svd((common / np.linalg.norm(common))[None], full_matrices=True)[2][1:]
        whole = np.zeros((masses.size, members.size - 1))
        whole[members] = basis.T
        shapes.append(whole)
        omega.append(np.full(members.size - 1, np.sqrt(problem.poles[0, group]) * problem.scale))
    return np.concatenate(omega), np.concatenate(shapes, axis=1)


def _whole(response: Response, poles: Poles, residues: dict[int, ComplexArray]) -> bool:
    """Return whether -Σ_k ω_k (R_k)_ij = δ_ij/m_j: no residue was lost or mixed."""
    masses = response.system.network.masses
    for j, residue in residues.items():
        start = -2.0 * (poles.omega * residue * poles.share).sum(axis=1).real * masses[j]
        start[j] -= 1.0
        if not np.abs(start).max() <= SYMMETRIC:
            return False
    return True


def _from_eigenvectors(response: Response, sites: list[int]) -> _Found:
    """Return the residues from all eigenvectors of the motion and their inverse, undamped ones too."""
    from hotsprings.errors import CertificateError

    system, n = response.system, response.system.n_sites
    if n <= SMALL or n > DENSE or np.any(np.isfinite(cutoffs(system))):
        raise CertificateError("resonances nearly coincide, and the residues between single sites are not known. Try "
                               "masses or frictions changed by 1 part in 1e4, and report the system as an issue")
    root = np.sqrt(system.network.masses)
    rate = np.zeros(n)
    rate[system.bath_sites] = system.friction / system.network.masses[system.bath_sites]
    springs = system.network.stiffness() / np.outer(root, root)
    motion = np.block([[np.zeros((n, n)), np.eye(n)], [-springs, -np.diag(rate)]])
    s, x = np.linalg.eig(motion)
    inverse = np.linalg.inv(x)
    moving = np.abs(s) > 1e-12 * np.abs(s).max()
    axis = np.abs(s.imag) <= 1e-9 * np.abs(s)
    keep = moving & ((s.imag > 0.0) | axis)
    omega = -1j * s[keep]
    residues = {j: x[:n, keep] / root[:, None] * (-1j * inverse[keep, n + j] / root[j]) for j in sites}
    doubt = np.full(omega.size, EPS * float(np.abs(s).max()))
    return Poles(omega, np.where(axis[keep], 0.5, 1.0)), residues, doubt
