"""How the heat current through one spring fluctuates in time, in the stationary state."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.bonds import springs
from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.covariances import covariance
from hotsprings.errors import ArgumentError, CertificateError
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.leads import refuse_leads
from hotsprings.response.response import Response
from hotsprings.response.rotating import rotating, tell_turned, turned
from hotsprings.response.tolerances import TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["bond_correlation"]



def bond_correlation(system: OpenNetwork, i: int, j: int, times: Any) -> FloatArray:
    """Return the stationary correlation of the heat current through a spring, ⟨j(t) j(0)⟩ - ⟨j⟩².

    j = ½ k (q_i - q_j)(v_i + v_j), k = -K_ij; with Δ = q_i - q_j, V = ½(v_i + v_j) and Wick's theorem
    k² [⟨Δ(t)Δ⟩⟨V(t)V⟩ + ⟨Δ(t)V⟩⟨V(t)Δ⟩], each a sum over resonances. Its integral over all times is the variance of
    the heat per time wherever the spring alone joins two parts of the network.

    Parameters
    ----------
    system : OpenNetwork
    i, j : int
        Two sites.
    times : array_like
        Times of either sign, any shape; the correlation is even.

    Returns
    -------
    ndarray, shape of times
        energy²/time².

    Raises
    ------
    ArgumentError
        If an argument is out of range, the sites are the same, or a bath is a lead.
    CertificateError
        If the sums miss, at t = 0, the covariances of the two sites.

    References
    ----------
    Saito, Dhar, Phys. Rev. E 83, 041121 (2011); Lepri, Livi, Politi, Phys. Rep. 377, 1 (2003), section 2.3.

    Examples
    --------
    >>> import hotsprings as hs
    >>> chain = hs.Chain([1.0, 1.7, 0.8, 1.2, 0.9, 1.4], ends="fixed")
    >>> system = hs.OpenNetwork(chain, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5, 0.6)])
    >>> hs.bond_correlation(system, 0, 1, [0.0, 2.0]).round(9).tolist()
    [0.494875049, -0.042240634]
    """
    system = checks.instance("system", system, OpenNetwork)
    i, j = checks.index("i", i, system.n_sites), checks.index("j", j, system.n_sites)
    if i == j:
        raise ArgumentError("j", "be another site than i", f"both are {i}")
    values = np.abs(checks.times("times", times))
    refuse_leads(system, "correlations in time")
    factors, part = with_more_digits(system, lambda: _known_factors(system, i, j, values.ravel()), itemgetter(1))
    tell_turned(part, values)
    stretch, motion, mixed, back = factors
    spring = float(springs(system, np.array([[i, j]]))[0])
    return np.asarray(spring**2 * (stretch * motion + mixed * back)).reshape(values.shape)


def _known_factors(system: OpenNetwork, i: int, j: int, times: FloatArray) -> tuple[FloatArray, float]:
    """Return the four factors, shape (4, n_times), and what part of them roundings of the poles turn."""
    every, part = np.append(0.0, times), 0.0
    factors = np.zeros((4, every.size))
    for weight, branch in response_of(system).branches():
        amplitudes = _factors(branch, i, j)
        factors += weight * rotating(branch.poles, amplitudes, every).T
        size = (branch.poles.share * np.abs(amplitudes)).T
        part = max(part, turned(branch.poles.omega, branch.pole_doubt(), size, times))
    _certify(system, i, j, factors[:, 0])
    return factors[:, 1:], part


def _factors(response: Response, i: int, j: int) -> ComplexArray:
    """Return amplitudes of ⟨ΔΔ⟩, ⟨VV⟩, ⟨ΔV⟩ and ⟨VΔ⟩, the first of each at later times, shape (4, n_poles)."""
    system, sites, omega = response.system, np.array([i, j]), response.poles.omega
    source = 2j * response.pole_damping() * system.temperature[:, None] * response.right()
    left, mirrored = response.left(sites), response.mirrored(sites)
    late = left[0] - left[1], 0.5j * omega * (left[0] + left[1])
    early = mirrored[0] - mirrored[1], -0.5j * omega * (mirrored[0] + mirrored[1])

    def product(first: ComplexArray, second: ComplexArray) -> ComplexArray:
        return np.asarray(first * np.einsum("ak,ak->k", source, second))

    return np.array([product(late[0], early[0]), product(late[1], early[1]), product(late[0], early[1]),
                     product(late[1], early[0])])


def _certify(system: OpenNetwork, i: int, j: int, start: FloatArray) -> None:
    """Refuse factors that do not begin as the covariances, which have a certificate of their own."""
    known = covariance(system, [i, j])
    stretch, speed = known.difference(i, j), float(known.velocity.sum()) / 4.0
    passing = 0.5 * float(known.position_velocity[0, 1] - known.position_velocity[1, 0])
    size = np.array([stretch, speed, np.sqrt(stretch * speed), np.sqrt(stretch * speed)])
    with np.errstate(invalid="ignore", divide="ignore"):
        miss = np.abs(start - np.array([stretch, speed, passing, passing])) / size
    worst = float(np.max(np.where(size > 0.0, miss, 0.0)))
    if not worst <= TOLERANCE:
        raise CertificateError(f"the correlation of the current through {i}-{j} misses the covariances at t = 0 by a "
                               f"relative {worst:.1e} (tolerance {TOLERANCE:.0e}): resonances nearly coincide. Try "
                               "frictions changed by 1 part in 1e4, and report the system as an issue")
