"""Equilibrium correlations of the total energy current of networks on a line: the road of Green and Kubo."""

from __future__ import annotations

from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import BoolArray, ComplexArray, FloatArray
from hotsprings.errors import ArgumentError, CertificateError
from hotsprings.network import Network, is_network, positions_of
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.door import harmonic_only
from hotsprings.response.leads import refuse_leads
from hotsprings.response.modes import modal_problem
from hotsprings.response.precise import SMALL, all_modes
from hotsprings.response.response import Response
from hotsprings.response.rotating import tell_phases
from hotsprings.response.tolerances import EPS, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["current_correlation", "separations"]


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
    return with_more_digits(system, lambda: _between_baths(system, current, flat, T)).reshape(values.shape)


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


def _modes(network: Network) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return squared frequencies, mass-weighted normal modes, and which of them move."""
    if network.n_sites <= SMALL:  # which motions nothing holds is known exactly there, however stiff a spring
        exact, shapes = all_modes(network)
        return exact[:, 0], np.asarray(shapes[:, :, 0].T), exact[:, 0] > 0.0
    root = np.sqrt(network.masses)
    values, modes = np.linalg.eigh(network.stiffness() / np.outer(root, root))
    return values, modes, values > 4.0 * values.size * EPS * values[-1]


def _closed(network: Network, current: FloatArray, times: FloatArray, T: float) -> FloatArray:
    root = np.sqrt(network.masses)
    values, modes, moving = _modes(network)
    omega = np.sqrt(np.where(moving, values, 1.0))
    inner = modes.T @ (current / np.outer(root, root)) @ modes
    inner[~moving] = 0.0  # positions of a free mode do not enter
    even = (inner / omega[:, None]) ** 2
    odd = inner / omega[:, None] * (inner / omega[:, None]).T
    omega[~moving] = 0.0
    whole = np.array([even.sum(), np.sum(even * (omega[:, None] ** 2 + omega**2)) + 2.0 * np.sum(inner * inner.T)])
    _certify_moments(whole, _moments(network, current, modes[:, ~moving]))
    tell_phases(omega.astype(np.complex128), even.sum(axis=0) + even.sum(axis=1) + np.abs(odd).sum(axis=1), times)
    cos, sin = np.cos(np.outer(omega, times)), np.sin(np.outer(omega, times))
    return np.asarray(T * T * (np.einsum("jt,jt->t", cos, even @ cos) - np.einsum("jt,jt->t", sin, odd @ sin)))


def _moments(network: Network, current: FloatArray, free: FloatArray) -> FloatArray:
    """Return ⟨J_tot²⟩ and ⟨J̇_tot²⟩ at T = 1 from K⁻¹ alone, no modes and no poles, and the sizes of their terms (2, 2).

    ``free``: motions that K does not hold.

    tr(𝔍ᵀK⁻¹𝔍M⁻¹), and 2 tr(PP) + tr(𝔍M⁻¹𝔍ᵀM⁻¹) + tr(K⁻¹ P K Pᵀ) with P = 𝔍M⁻¹.
    """
    from scipy.linalg import solve

    K, masses = network.stiffness(), network.masses
    held = K + float(np.diag(K).max()) * free @ free.T
    solved, moved = solve(held, current, assume_a="pos"), current / masses
    first = float(np.sum(current * solved / masses))
    cross = 2.0 * float(np.sum(moved * moved.T))
    square = float(np.sum(moved * moved * masses / masses[:, None]) + np.sum(solved * ((moved @ K) / masses)))
    return np.array([[first, square + cross], [first, square]])


def _certify_moments(found: FloatArray, known: FloatArray) -> None:
    """Refuse a correlation that does not begin as that of equilibrium; ``known``: moments, and sizes of their terms.

    Rings of equal masses keep their current: ⟨J̇_tot²⟩ = 0, by terms that cancel.
    """
    miss = float(np.max(np.abs(found - known[0]) / np.maximum(known[1], TINY)))
    if not miss <= TOLERANCE:
        raise CertificateError(f"the energy current at t = 0 misses the equilibrium by a relative {miss:.1e} "
                               f"(tolerance {TOLERANCE:.0e}): the springs are too uneven for their modes in 16 "
                               "digits; report the system as an issue")


def _refuse_others(system: OpenNetwork, T: float) -> None:
    """Refuse leads, and baths of other temperatures."""
    refuse_leads(system, "correlations in time")
    for i, bath in enumerate(system.baths):
        if bath.temperature != T:
            raise ArgumentError("temperature", "be that of every bath (the correlation is one of equilibrium)",
                                f"{T:g} was given, and baths[{i}] is at {bath.temperature:g}")


def _between_baths(system: OpenNetwork, current: FloatArray, times: FloatArray, T: float) -> FloatArray:
    total, every = np.zeros(times.size + 1), np.append(0.0, times)
    for weight, branch in response_of(system).branches():
        total += weight * _wick(branch, current, every, T)
    _, modes, moving = _modes(system.network)
    _certify_moments(total[:1], T * T * _moments(system.network, current, modes[:, ~moving])[:, :1])
    return total[1:]


def _wick(response: Response, current: FloatArray, times: FloatArray, T: float) -> FloatArray:
    """Return Σ 𝔍_ij 𝔍_kl [⟨q_i(t)q_k⟩⟨v_j(t)v_l⟩ + ⟨q_i(t)v_l⟩⟨v_j(t)q_k⟩]."""
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
    tell_phases(np.append(omega, frequency).astype(np.complex128), sizes, times)
    out = np.empty(times.size)
    for k, t in enumerate(times):
        e = np.exp(1j * omega * t)
        c, s = T * np.cos(frequency * t), T * np.sin(frequency * t)
        qq = _product(far * e, near) + (bent * (c / frequency**2)) @ bent.T
        vv = _product(left * (e * w), -right * w) + (still * c) @ still.T
        qv = _product(far * e, -right * w) + (bent * (s / frequency)) @ still.T
        vq = _product(left * (e * w), near) - (still * (s / frequency)) @ bent.T
        if k == 0:
            _certify(qq, vv, qv, system, T)
        out[k] = np.sum(qq * vv) + np.sum(qv * vq)
    return out


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


def _certify(position: FloatArray, velocity: FloatArray, mixed: FloatArray, system: OpenNetwork, T: float) -> None:
    """Refuse a start that is not of equilibrium: ⟨v v⟩ = T/m, 𝔍ᵀ⟨q v⟩ = 0, beside the bounds by 𝔍ᵀ⟨q q⟩𝔍."""
    root = np.sqrt(system.network.masses)
    miss = float(np.abs(velocity * np.outer(root, root) - T * np.eye(system.n_sites)).max())
    bound = float(np.sqrt(T * np.diag(position).max(initial=0.0)))
    if not (miss <= TOLERANCE * T and np.abs(mixed * root).max() <= TOLERANCE * bound):
        raise CertificateError(f"the velocities at t = 0 miss the equilibrium by {miss:.1e}: resonances nearly "
                               "coincide. Try frictions changed by 1 part in 1e4, and report it as an issue")
