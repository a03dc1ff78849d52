"""Equilibrium correlations of the total energy current of networks on a line: the road of Green and Kubo."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from hotsprings import checks
from hotsprings.checks import BoolArray, ComplexArray, FloatArray
from hotsprings.errors import ArgumentError, CertificateError
from hotsprings.network import Network, is_network, positions_of
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.door import harmonic_only
from hotsprings.response.evolution import Evolution
from hotsprings.response.leads import refuse_leads
from hotsprings.response.modes import modal_problem
from hotsprings.response.precise import SMALL, all_modes
from hotsprings.response.response import ROUNDINGS, Response
from hotsprings.response.rotating import tell_turned, turned, turns
from hotsprings.response.tolerances import EPS, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["current_correlation", "separations"]

SOFT = 1e-4  # of the highest λ: modes of which 16 digits of K may know fewer than ten
SURE = 0.01 * TOLERANCE  # part that may be lost, up to which a small network is not asked for more digits


def current_correlation(system_or_network: OpenNetwork | Network, times: Any, temperature: float) -> FloatArray:
    """Return the equilibrium correlation of the total energy current of a network on a line, ⟨J_tot(t) J_tot(0)⟩.

    J_tot = Σ_{i<j} (x_j - x_i) ½ k_ij (q_i - q_j)(v_i + v_j), k_ij = -K_ij. Closed, over normal modes, J_tot = qᵀ𝔍v:
    T² Σ_jk [𝔍_jk² cos ω_jt cos ω_kt/ω_j² - 𝔍_jk 𝔍_kj sin ω_jt sin ω_kt/(ω_j ω_k)]; between equal baths, by Wick, from
    the correlations of `correlation`. (1/NT²) ∫_0^t of it is the conductivity of Green and Kubo.

    Parameters
    ----------
    system_or_network : OpenNetwork or Network
        With positions on a line (Chain, PowerLaw, Lattice of one dimension, Springs with positions); on a ring x_j -
        x_i is the shorter way round. An OpenNetwork must have all baths at ``temperature``.
    times : array_like
        Times of any sign and shape (the correlation is even).
    temperature : float
        T ≥ 0 of the equilibrium.

    Returns
    -------
    ndarray, shape of times
        energy² length²/time².

    Raises
    ------
    ArgumentError
        If the network has no positions on a line, a bath has another temperature or is a lead.
    CertificateError
        If the sums over poles miss the equilibrium.

    Warns
    -----
    PrecisionWarning
        If a rounding of the frequencies turns what still rings by more than the ninth digit.

    References
    ----------
    Lepri, Livi, Politi, Phys. Rep. 377, 1 (2003), section 5; Tamaki, Saito, Phys. Rev. E 101, 042118 (2020) (long
    range).

    Examples
    --------
    >>> import hotsprings as hs
    >>> network = hs.PowerLaw([1.0, 1.7, 0.8, 1.2, 0.9, 1.4], 1.3, k0=0.3, n_tilde=1.0)
    >>> hs.current_correlation(network, [0.0, 0.7], 0.8).round(9).tolist()
    [3.528748344, 0.86052181]
    """
    opened = isinstance(system_or_network, OpenNetwork)
    network = system_or_network.network if isinstance(system_or_network, OpenNetwork) else system_or_network
    if not is_network(network):
        raise ArgumentError("system_or_network", "be an OpenNetwork or a network such as PowerLaw",
                            f"{checks.shown(network)} ({type(network).__name__}) was given")
    network, values = harmonic_only(network), np.abs(checks.times("times", times))
    T = checks.moderate("temperature", temperature)
    current = _current(network)
    flat = values.ravel()
    if not opened:
        return _closed(network, current, flat, T).reshape(values.shape)
    assert isinstance(system_or_network, OpenNetwork)
    system = system_or_network
    _refuse_others(system, T)
    return _opened(system, current, flat, T).reshape(values.shape)


def separations(network: Network) -> FloatArray:
    """Return x_j - x_i, shape (n_sites, n_sites), on a ring the shorter way round (0 where both are as long)."""
    n = network.n_sites
    around = getattr(network, "periodic", False)
    found = positions_of(network)
    if around is True or (isinstance(around, tuple) and around == (0,)):
        steps = np.subtract.outer(np.arange(n), np.arange(n)).T % n
        steps = np.where(2 * steps > n, steps - n, steps)
        return np.where(2 * steps == n, 0.0, steps)
    if found is None or found.shape[1] != 1:
        shape = "has none" if found is None else f"has them in {found.shape[1]} dimensions"
        raise ArgumentError("system_or_network", "have positions on a line (Chain, PowerLaw, one-dimensional Lattice)",
                            f"{type(network).__name__} {shape}")
    return np.asarray(found[:, 0] - found[:, 0, None])


def _current(network: Network) -> FloatArray:
    """Return 𝔍 of J_tot = qᵀ𝔍v; its columns sum to zero."""
    half = -0.5 * network.stiffness()
    np.fill_diagonal(half, 0.0)
    matrix = half * separations(network)
    np.fill_diagonal(matrix, matrix.sum(axis=1))
    return np.asarray(matrix)


class _Modes(NamedTuple):
    """Normal modes of a network, and its current between them.

    Attributes
    ----------
    values : ndarray, shape (n_modes,)
        Squared frequencies.
    shapes : ndarray, shape (n_sites, n_modes)
        Mass-weighted.
    moving : ndarray of bool, shape (n_modes,)
        Which are held.
    bent : ndarray, shape (n_modes, n_modes)
        𝔍_jk/ω_j, J_tot = Σ_jk (ω_j q_j) bent_jk v_k; 0 for free modes j, whose positions do not enter.
    frequency : ndarray, shape (n_modes, 2), optional
        In 32 digits.
    """

    values: FloatArray
    shapes: FloatArray
    moving: BoolArray
    bent: FloatArray
    frequency: FloatArray | None = None

    @property
    def omega(self) -> FloatArray:
        """Frequencies, 0 of free modes."""
        return np.sqrt(np.where(self.moving, self.values, 0.0))


def _modes(network: Network, current: FloatArray) -> _Modes:
    """Return them; of small networks from 32 digits, which motions nothing holds exactly, however stiff a spring."""
    root = np.sqrt(network.masses)
    if network.n_sites <= SMALL:
        from hotsprings.kernels import precise

        exact, shapes = all_modes(network)
        return _Modes(exact[:, 0], shapes[:, :, 0].T, exact[:, 0] > 0.0, _bent(network, exact[:, 0], shapes),
                      precise.roots(exact))
    values, modes = np.linalg.eigh(network.stiffness() / np.outer(root, root))
    moving = values > 4.0 * values.size * EPS * values[-1]
    inner = modes.T @ (current / np.outer(root, root)) @ modes
    inner[~moving] = 0.0
    return _Modes(values, modes, moving, inner / np.sqrt(np.where(moving, values, 1.0))[:, None])


def _bent(network: Network, values: FloatArray, shapes: FloatArray) -> FloatArray:
    """Return 𝔍_jk/ω_j spring by spring: what a soft mode stretches a stiff spring by is taken in 32 digits.

    ``values`` (n_modes,), 0 of free modes, ``shapes`` (n_modes, n_sites, 2).
    """
    from hotsprings.kernels import precise

    n, K = network.n_sites, network.stiffness()
    amplitude = precise.couplings(shapes, np.arange(n), np.ones(n), np.array(network.masses))
    i, j = np.nonzero(np.triu(K, 1))
    weight = -0.5 * K[i, j] * separations(network)[i, j]
    (first, low), (last, lower) = (np.moveaxis(amplitude[:, some], 2, 0) for some in (i, j))
    part = first - last
    back = part - first
    missed = (first - (part - back)) - (last + back)  # exactly what the rounded difference lacks
    stretched = part + (missed + (low - lower))
    stretched[values <= 0.0] = 0.0
    over = 1.0 / np.sqrt(np.where(values > 0.0, values, 1.0))
    return np.asarray((stretched * weight * over[:, None]) @ (first + last).T)


def _closed(network: Network, current: FloatArray, times: FloatArray, T: float) -> FloatArray:
    modes = _modes(network, current)
    omega, even, odd = modes.omega, modes.bent**2, modes.bent * modes.bent.T
    cross = 2.0 * np.sum(odd * np.outer(omega, omega))
    whole = np.array([even.sum(), np.sum(even * (omega[:, None] ** 2 + omega**2)) + cross])
    _certify_moments(whole, _moments(network, current, modes))
    if modes.frequency is None:
        size = even.sum(axis=0) + even.sum(axis=1) + np.abs(odd).sum(axis=1)
        tell_turned(turned(omega.astype(np.complex128), _doubt(network, omega), size, times), times)
        cos, sin = np.cos(np.outer(omega, times)), np.sin(np.outer(omega, times))
    else:
        cos, sin = turns(modes.frequency, times)
    return np.asarray(T * T * (np.einsum("jt,jt->t", cos, even @ cos) - np.einsum("jt,jt->t", sin, odd @ sin)))


def _doubt(network: Network, omega: FloatArray) -> FloatArray:
    """Return by how much frequencies in 16 digits may be off: by roundings of themselves, and of the highest λ."""
    stiff = 2.0 * float(np.max(network.stiffness().diagonal() / network.masses))
    return np.asarray(EPS * (ROUNDINGS * omega + stiff / np.where(omega > 0.0, omega, np.inf)))


def _moments(network: Network, current: FloatArray, modes: _Modes) -> FloatArray:
    """Return ⟨J_tot²⟩ and ⟨J̇_tot²⟩ at T = 1 from K⁻¹, no poles, and the sizes of their terms (2, 2).

    tr(𝔍ᵀK⁻¹𝔍M⁻¹), and 2 tr(PP) + tr(𝔍M⁻¹𝔍ᵀM⁻¹) + tr(K⁻¹ P K Pᵀ) with P = 𝔍M⁻¹. What soft modes, which 16 digits of K
    do not know, have in K⁻¹ is their own; they are stiffened to the top for all else.
    """
    root = np.sqrt(network.masses)
    W, moved = (a / np.outer(root, root) for a in (network.stiffness(), current))
    top = float(modes.values.max())
    soft = modes.values <= (SOFT * top if network.n_sites <= SMALL else 0.0)
    soft |= ~modes.moving
    shapes, less = modes.shapes[:, soft], 1.0 - np.where(modes.moving, modes.values, 0.0)[soft] / top
    try:
        solved = np.linalg.solve(W + top * (shapes * less) @ shapes.T, moved)
    except np.linalg.LinAlgError as err:
        raise CertificateError("the springs are too uneven for 16 digits to say what holds the network: report the "
                               "system as an issue") from err
    own = less @ modes.bent[soft] ** 2  # of each mode's velocity
    first = float(np.sum(moved * solved) + own.sum())
    cross = 2.0 * float(np.sum(moved * moved.T))
    square = float(np.sum(moved * moved) + np.sum(solved * (moved @ W)) + own @ modes.omega**2)
    return np.array([[first, square + cross], [first, square]])


def _certify_moments(found: FloatArray, known: FloatArray) -> float:
    """Refuse a correlation that does not begin as that of equilibrium, and return by how much it does not.

    ``known``: moments, and sizes of their terms.

    Rings of equal masses keep their current: ⟨J̇_tot²⟩ = 0, by terms that cancel.
    """
    miss = float(np.max(np.abs(found - known[0]) / np.maximum(known[1], TINY)))
    if not miss <= TOLERANCE:
        raise CertificateError(f"the energy current at t = 0 misses the equilibrium by a relative {miss:.1e} "
                               f"(tolerance {TOLERANCE:.0e}): the springs are too uneven for their modes in 16 "
                               "digits; report the system as an issue")
    return miss


def _refuse_others(system: OpenNetwork, T: float) -> None:
    """Refuse leads, and baths of other temperatures."""
    refuse_leads(system, "correlations in time")
    for i, bath in enumerate(system.baths):
        if bath.temperature != T:
            raise ArgumentError("temperature", "be that of every bath (the correlation is one of equilibrium)",
                                f"{T:g} was given, and baths[{i}] is at {bath.temperature:g}")


def _opened(system: OpenNetwork, current: FloatArray, times: FloatArray, T: float) -> FloatArray:
    """Return the correlation between equal baths from poles; of small networks that these miss, as they evolve."""
    if system.n_sites > SMALL:
        found, part = _between_baths(system, current, times, T)
        tell_turned(part, times)
        return found
    try:
        found, part = _between_baths(system, current, times, T)
        if part <= SURE and len(response_of(system).branches()) == 1:
            return found
    except CertificateError:
        pass
    evolution = Evolution(system)
    if evolution.affordable(times):
        modes = evolution.modes
        bent = _bent(system.network, modes.stiffness[:, 0], modes.shape)[evolution.held]
        return T * T * np.array([_evolved(bent, *evolution.blocks(float(t))) for t in times])
    found, part = with_more_digits(system, lambda: _between_baths(system, current, times, T), itemgetter(1))
    tell_turned(part, times)
    return found


def _evolved(bent: FloatArray, qq: FloatArray, qv: FloatArray, vq: FloatArray, vv: FloatArray) -> float:
    """Return Σ B_jk B_lm [⟨q_j(t) q_l⟩⟨v_k(t) v_m⟩ + ⟨q_j(t) v_m⟩⟨v_k(t) q_l⟩], q in units 1/ω_j: exp(At) at T = 1."""
    return float(np.sum((bent.T @ qq @ bent) * vv) + np.sum((bent.T @ qv) * (vq @ bent)))


def _between_baths(system: OpenNetwork, current: FloatArray, times: FloatArray, T: float) -> tuple[FloatArray, float]:
    """Return the correlation from poles, and what part of it roundings of the poles turn or its start misses."""
    total, every, part = np.zeros(times.size + 1), np.append(0.0, times), 0.0
    for weight, branch in response_of(system).branches():
        found, lost = _wick(branch, current, every, T)
        total, part = total + weight * found, max(part, lost)
    known = _moments(system.network, current, _modes(system.network, current))[:, :1]
    return total[1:], max(part, _certify_moments(total[:1], T * T * known))


def _wick(response: Response, current: FloatArray, times: FloatArray, T: float) -> tuple[FloatArray, float]:
    """Return Σ 𝔍_ij 𝔍_kl [⟨q_i(t)q_k⟩⟨v_j(t)v_l⟩ + ⟨q_i(t)v_l⟩⟨v_j(t)q_k⟩], and what part is lost of it."""
    system = response.system
    sites = np.arange(system.n_sites)
    omega, share = response.poles
    source = 2j * T * response.pole_damping() * response.right()
    left = response.left(sites)
    right = 2.0 * share * np.einsum("ak,jak->jk", source, response.mirrored(sites))
    far, near = current.T @ left, current.T @ right  # 𝔍ᵀ acts on positions
    w = 1j * omega
    frequency, shapes = _dark(response)
    still = shapes / np.sqrt(system.network.masses)[:, None]
    bent = current.T @ still
    sizes = np.append(np.linalg.norm(far, axis=0) * np.linalg.norm(near, axis=0),
                      T * (bent**2).sum(axis=0) / frequency**2)
    doubt = np.append(response.pole_doubt(), _doubt(system.network, frequency))
    part = turned(np.append(omega, frequency).astype(np.complex128), doubt, sizes, times)
    out = np.empty(times.size)
    for k, t in enumerate(times):
        e = np.exp(1j * omega * t)
        c, s = T * np.cos(frequency * t), T * np.sin(frequency * t)
        qq = _product(far * e, near) + (bent * (c / frequency**2)) @ bent.T
        vv = _product(left * (e * w), -right * w) + (still * c) @ still.T
        qv = _product(far * e, -right * w) + (bent * (s / frequency)) @ still.T
        vq = _product(left * (e * w), near) - (still * (s / frequency)) @ bent.T
        if k == 0:
            part = max(part, _certify(qq, vv, qv, system, T))
        out[k] = np.sum(qq * vv) + np.sum(qv * vq)
    return out, part


def _product(a: ComplexArray, b: ComplexArray) -> FloatArray:
    """Return Re a bᵀ."""
    return np.asarray(a.real @ b.real.T - a.imag @ b.imag.T)


def _dark(response: Response) -> tuple[FloatArray, FloatArray]:
    """Return frequencies and shapes of the modes that feel no bath: at the same temperature, they ring on."""
    n_dark, _ = response.dark_modes()
    if not n_dark:
        return np.ones(0), np.zeros((response.system.n_sites, 0))
    problem = modal_problem(response.system)
    return np.sqrt(problem.dark_stiffness), problem.dark_modes


def _certify(position: FloatArray, velocity: FloatArray, mixed: FloatArray, system: OpenNetwork, T: float) -> float:
    """Refuse a start that is not of equilibrium: ⟨v v⟩ = T/m, 𝔍ᵀ⟨q v⟩ = 0, beside the bounds by 𝔍ᵀ⟨q q⟩𝔍.

    Returns by how much it is missed.
    """
    if T == 0.0:
        return 0.0
    root = np.sqrt(system.network.masses)
    speeds = float(np.abs(velocity * np.outer(root, root) / T - np.eye(system.n_sites)).max())
    passing = float(np.abs(mixed * root).max()) / max(float(np.sqrt(T * np.diag(position).max(initial=0.0))), TINY)
    for what, miss in (("the velocities", speeds), ("positions beside velocities", passing)):
        if not miss <= TOLERANCE:
            raise CertificateError(f"{what} at t = 0 miss the equilibrium by a relative {miss:.1e} (tolerance "
                                   f"{TOLERANCE:.0e}): resonances nearly coincide. Try frictions changed by 1 part in "
                                   "1e4, and report it as an issue")
    return max(speeds, passing)
