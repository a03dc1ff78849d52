"""Resonances between leads: zeros of the pencil in x = y - 1, so that slow ones keep their digits."""

from __future__ import annotations

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.errors import CertificateError
from hotsprings.response.modes import ModalProblem
from hotsprings.response.tolerances import EPS
from hotsprings.system import OpenNetwork

__all__ = ["lead_resonances"]

AT_CENTRE = 1e-9  # |y| of zeros, 10⁴ bands away, that belong to sites as heavy as their lead to so many digits
ON_CIRCLE = 1e-11  # of |x|: below that |y|² - 1 does not tell whether a motion in the band is damped, nor how fast


def lead_resonances(system: OpenNetwork, modes: ModalProblem, k: float, mass: float, n_still: int
                    ) -> tuple[ComplexArray, FloatArray]:
    """Return ω of every resonance, |y| < 1 and Im ω > 0, and by what part of its decay rate rounding may move each.

    ``n_still`` zeros are at y = 0, of sites exactly as heavy as their lead: those nearest to it, scattered by rounding.

    Q = x² M' + x (K + E) + K has the zeros of [[0, Ω], [-Ω, -Ω² - E]] in normal modes, as damped motion has; x = 0 of
    free ones is not among them, and ω² = -(k/m) x²/(1 + x).
    """
    at, root = system.bath_sites, np.sqrt(modes.stiffness * mass / k)
    ends = modes.modes[at] / np.sqrt(system.network.masses[at] * k / mass)[:, None]
    moving, n = np.flatnonzero(root > 0.0), root.size
    first = moving.size
    A = np.zeros((first + n, first + n))
    A[np.arange(first), first + moving], A[first + moving, np.arange(first)] = root[moving], -root[moving]
    A[first:, first:] = -np.diag(root**2) - k * ends.T @ ends
    x, vectors = (part.astype(np.complex128) for part in np.linalg.eig(A))  # of a real matrix: real zeros stay real
    try:
        inverse = np.linalg.inv(vectors)
    except np.linalg.LinAlgError as err:
        raise CertificateError("resonances between these leads coincide: change a mass by 1 part in 1e6") from err
    moved = EPS * np.linalg.norm(A, 2) * np.linalg.norm(vectors, axis=0) * np.linalg.norm(inverse, axis=1)
    kept = np.sort(np.argsort(np.abs(1.0 + x), kind="stable")[n_still:])
    x, moved = x[kept], moved[kept]
    outside = 2.0 * x.real + np.abs(x) ** 2  # |y|² - 1
    near = (np.abs(outside) < ON_CIRCLE * np.abs(x)) & (np.abs(x + 2.0) > AT_CENTRE)
    lost = bool(np.any(near | (np.abs(x) <= moved)))
    inside = (outside < 0.0) & (np.abs(1.0 + x) > AT_CENTRE) & (np.abs(x) > 0.0)
    x, moved = x[inside], moved[inside]
    omega = 1j * x * np.sqrt(k / mass) / np.sqrt(1.0 + x)
    omega = np.where(omega.imag < 0.0, -omega, omega)
    decays = omega.imag > 0.0
    x, omega, moved = x[decays], omega[decays], moved[decays]
    part = moved * np.abs(1.0 / x - 0.5 / (1.0 + x)) * np.abs(omega) / omega.imag
    return omega, np.full(part.shape, np.inf) if lost else np.asarray(part)
