"""References beyond double precision, by roads the package does not take.

``stationary``: J and some T_n of a mean field with two baths as sums of residues at 50 digits, over zeros that start
from LAPACK's eigenvalues of the equations of motion. ``transmittance``: all terms summed in extended precision, the
nearest poles as exact fractions. ``chain_transmittance``: the determinant of a chain by its recursion, at 50 digits.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

import hotsprings as hs
from benchmarks.optional import optional

Array = npt.NDArray[np.float64]
DIGITS = 50
AGREED = 1e-25  # to which the identities of the reference must hold
NEAREST = 16  # poles whose distance is taken as an exact fraction
WIDE = np.longdouble


class ReferenceFailedError(RuntimeError):
    """An identity of the reference does not hold."""


def stationary(system: hs.OpenNetwork, sites: list[int]) -> tuple[float, Array] | None:
    """Return J/ΔT and T_n at bulk sites, right to all digits of a double; None without mpmath."""
    mpmath = optional("mpmath")
    if mpmath is None:
        return None
    with mpmath.workdps(DIGITS):
        return _residue_sums(mpmath.mp, system, sites)


def _residue_sums(mp: Any, system: hs.OpenNetwork, sites: list[int]) -> tuple[float, Array]:
    net, mpf = system.network, mp.mpf  # exact: every parameter is a double
    assert isinstance(net, hs.MeanField)
    coupling = mpf(float(net.k)) / mpf(float(net.n_tilde))
    masses = [mpf(float(m)) for m in net.masses]
    kappa = [mpf(float(x)) + net.n_sites * coupling for x in net.k0]
    left, right = (int(site) for site in system.bath_sites)
    friction = {left: mpf(float(system.friction[0])), right: mpf(float(system.friction[1]))}

    def bath(site: int, omega: Any) -> Any:
        return (kappa[site] - masses[site] * omega * omega) ** 2 + (friction[site] * omega) ** 2

    def secular(omega: Any) -> tuple[Any, Any]:
        """Return s(ω) and its derivative."""
        x, value, slope = omega * omega, mp.mpf(0), mp.mpf(0)
        for n, m in enumerate(masses):
            if n in friction:
                q = 1 / (kappa[n] - m * x + 1j * omega * friction[n])
                slope += (1j * friction[n] - 2 * m * omega) * q * q
            else:
                q = 1 / (kappa[n] - m * x)
                slope -= 2 * omega * m * q * q
            value += q
        return 1 - coupling * value, coupling * slope

    flux, damping = mp.mpf(0), mp.mpf(0)
    weight = {n: [mp.mpf(0), mp.mpf(0)] for n in sites}
    for start, count in _starts(system):
        omega = mp.mpc(start)
        for _ in range(12):
            value, slope = secular(omega)
            step = value / slope
            omega -= step
            if abs(step) < mp.mpf(10) ** (-0.6 * DIGITS) * abs(omega):  # its square is left
                break
        _, slope = secular(omega)
        damping += count * omega.imag
        at_left, at_right = bath(left, omega), bath(right, omega)
        over = -coupling * omega / (slope * (friction[left] * at_right + friction[right] * at_left))
        flux += count * (friction[left] * friction[right] * over).real
        for n, h in weight.items():
            common = masses[n] * over / (kappa[n] - masses[n] * omega * omega) ** 2
            h[0] += count * (common * friction[left] * at_right).real
            h[1] += count * (common * friction[right] * at_left).real
    expected = sum(friction[site] / masses[site] for site in friction)
    error = max([abs(damping / expected - 1), *(abs(h[0] + h[1] - 1) for h in weight.values())])
    if not error < AGREED:
        raise ReferenceFailedError(f"the identities of the reference hold to {float(error):.1e} only")
    hot, cold = (mp.mpf(float(t)) for t in system.temperature)
    return float(flux), np.array([float(h[0] * hot + h[1] * cold) for h in weight.values()])


def _starts(system: hs.OpenNetwork) -> list[tuple[complex, int]]:
    """Return the eigenfrequencies with Re ω ≥ 0, and 2 for those that have a mirror, 1 on the imaginary axis."""
    n, root = system.n_sites, np.sqrt(system.network.masses)
    motion = np.zeros((2 * n, 2 * n))
    motion[:n, n:] = np.eye(n)
    motion[n:, :n] = -system.network.stiffness() / np.outer(root, root)
    for site, gamma in zip(system.bath_sites, system.friction, strict=True):
        motion[n + site, n + site] = -gamma / system.network.masses[site]
    omega = -1j * np.linalg.eigvals(motion)
    top = np.abs(omega).max()
    omega = omega[np.abs(omega) > 1e-6 * top]  # the free motion of an unpinned network, which carries nothing
    axis = np.abs(omega.real) < 1e-9 * top
    pairs = omega[(omega.real > 0.0) & ~axis]
    return [(complex(z), 2) for z in pairs] + [(1j * float(z.imag), 1) for z in omega[axis]]


def transmittance(system: hs.OpenNetwork, omega: Array) -> Array | None:
    """Return 𝒯(ω) between two baths of a mean field, all terms in extended precision; None where there is none."""
    net = system.network
    if np.finfo(WIDE).nmant < 63:
        return None
    assert isinstance(net, hs.MeanField)
    coupling = Fraction(net.k) / Fraction(net.n_tilde)
    masses, kappa = net.masses.astype(WIDE), net.k0.astype(WIDE) + _wide(coupling * net.n_sites)
    b = _wide(coupling)
    left, right = (int(site) for site in system.bath_sites)
    gamma = system.friction.astype(WIDE)
    out = np.empty(omega.size)
    for i, w in enumerate(omega):
        exact, wide = Fraction(float(w)), WIDE(w)
        stiffness = kappa - masses * (wide * wide)
        for n in np.argpartition(np.abs(stiffness), NEAREST)[:NEAREST]:
            stiffness[n] = _wide(Fraction(net.k0[n]) + coupling * net.n_sites - Fraction(net.masses[n]) * exact**2)
        ends = stiffness[[left, right]] + 1j * wide * gamma
        stiffness[[left, right]] = np.inf
        secular = 1 - b * (np.sum(1 / stiffness) + np.sum(1 / ends))
        size = np.abs(b / (ends[0] * ends[1] * secular))
        out[i] = float(4 * gamma[0] * gamma[1] * wide * wide * size * size)
    return out


def _wide(value: Fraction) -> np.longdouble:
    """Return a fraction in extended precision."""
    high = float(value)
    return WIDE(high) + WIDE(float(value - Fraction(high)))


def chain_transmittance(system: hs.OpenNetwork, omega: Array) -> Array | None:
    """Return 𝒯(ω) of a chain with a bath at either end from det(K - ω²M + iωΓ); None without mpmath."""
    mpmath = optional("mpmath")
    if mpmath is None:
        return None
    n = system.n_sites
    stiffness = system.network.stiffness()
    diagonal, beside = np.diag(stiffness), np.diag(stiffness, 1)
    out = np.empty(omega.size)
    with mpmath.workdps(DIGITS):
        mpf = mpmath.mpf
        masses, ends = [mpf(float(m)) for m in system.network.masses], [mpf(float(g)) for g in system.friction]
        for i, w in enumerate(omega):
            x, damping = mpf(float(w)) ** 2, {0: 1j * mpf(float(w)) * ends[0], n - 1: 1j * mpf(float(w)) * ends[1]}
            before, now, product = mpf(0), mpf(1), mpf(1)
            for j in range(n):
                link = mpf(float(beside[j - 1])) if j else mpf(0)
                product *= link if j else 1
                term = mpf(float(diagonal[j])) - masses[j] * x + damping.get(j, mpf(0))
                before, now = now, term * now - link * link * before
            out[i] = float(4 * ends[0] * ends[1] * x * abs(product / now) ** 2)
    return out
