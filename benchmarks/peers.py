"""What everybody else does: Lyapunov equations, dense inverses with quadrature, kwant, multipoles in two dimensions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.integrate import quad
from scipy.linalg import solve_continuous_lyapunov

import hotsprings as hs
from benchmarks.optional import optional

Array = npt.NDArray[np.float64]
Answer = tuple[float, Array | None]  # J/ΔT and all T_n, where the method has them
GRID = 2000  # frequencies of the quadrature on a grid
REACH = 3.0  # its end, in units of the highest frequency
FINEST = 5  # of pyfmmlib's precisions: 1e-15


def _motion(system: hs.OpenNetwork) -> tuple[Array, Array]:
    """Return A and D of x' = A x + noise, <noise noise> = D, for x = (q, q')."""
    n, masses = system.n_sites, system.network.masses
    A, D = np.zeros((2 * n, 2 * n)), np.zeros((2 * n, 2 * n))
    A[:n, n:] = np.eye(n)
    A[n:, :n] = -system.network.stiffness() / masses[:, None]
    for site, gamma, temperature in zip(system.bath_sites, system.friction, system.temperature, strict=True):
        A[n + site, n + site] = -gamma / masses[site]
        D[n + site, n + site] = 2.0 * gamma * temperature / masses[site] ** 2
    return A, D


def _from_covariance(system: hs.OpenNetwork, covariance: Array) -> Answer:
    """Return J/ΔT, as what leaves the first bath, and all T_n."""
    masses, hot, cold = system.network.masses, *system.temperature[:2]
    local = masses * np.diag(covariance)[system.n_sites:]
    first = system.bath_sites[0]
    return float(system.friction[0] / masses[first] * (hot - local[first]) / (hot - cold)), local


def scipy_lyapunov(system: hs.OpenNetwork) -> Answer:
    """Return J/ΔT and all T_n from one dense Lyapunov equation, by scipy (Bartels and Stewart)."""
    A, D = _motion(system)
    return _from_covariance(system, solve_continuous_lyapunov(A, -D))


def slycot_lyapunov(system: hs.OpenNetwork) -> Answer:
    """Return the same by python-control with SLICOT (sb03md)."""
    A, D = _motion(system)
    return _from_covariance(system, need("control").lyap(A, D, method="slycot"))


def inverse(system: hs.OpenNetwork, omega: float) -> npt.NDArray[np.complex128]:
    """Return G(ω) = [K - ω²M + iωΓ]⁻¹ by np.linalg.inv."""
    Z = system.network.stiffness() - omega**2 * np.diag(system.network.masses) + 0j
    Z[system.bath_sites, system.bath_sites] += 1j * omega * system.friction
    return np.asarray(np.linalg.inv(Z), dtype=np.complex128)


def inverse_transmittance(system: hs.OpenNetwork, omega: Array) -> Array:
    """Return 𝒯(ω) between the first two baths from one dense inverse per frequency."""
    a, b = system.bath_sites[:2]
    green = np.array([inverse(system, float(w))[a, b] for w in omega])
    return np.asarray(4.0 * system.friction[0] * system.friction[1] * omega**2 * np.abs(green) ** 2)


def inverse_on_grid(system: hs.OpenNetwork) -> Answer:
    """Return J/ΔT and all T_n from dense inverses on a grid, by the trapezoidal rule."""
    masses, sites, gamma = system.network.masses, system.bath_sites, system.friction
    top = REACH * float(np.sqrt(np.diag(system.network.stiffness()) / masses).max())
    grid = np.linspace(0.0, top, GRID + 1)[1:]
    squares = np.array([np.abs(inverse(system, float(w))[:, sites]) ** 2 for w in grid]) * grid[:, None, None] ** 2
    integral = np.trapezoid(squares, grid, axis=0) + 0.5 * grid[0] * squares[0]
    local = 2.0 * masses / np.pi * (integral @ (gamma * system.temperature))
    return float(2.0 * gamma[0] * gamma[1] * integral[sites[0], 1] / np.pi), local


def inverse_by_quad(system: hs.OpenNetwork) -> Answer:
    """Return J/ΔT from dense inverses, by scipy's adaptive quadrature over all frequencies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # IntegrationWarning: the subdivisions ran out
        total, _ = quad(lambda w: float(inverse_transmittance(system, np.array([w]))[0]), 0.0, np.inf)
    return total / (2.0 * np.pi), None


def ours(system: hs.OpenNetwork) -> Answer:
    """Return J/ΔT and all T_n from hotsprings, resonances and certificate included."""
    state = hs.steady_state(hs.OpenNetwork(system.network, system.baths))
    return float(state.conductance[0, 1]), state.local_temperature


METHODS: dict[str, tuple[Callable[[hs.OpenNetwork], Answer], tuple[str, ...]]] = {  # and the packages it needs
    "hotsprings": (ours, ()),
    "scipy, Lyapunov": (scipy_lyapunov, ()),
    "python-control with slycot, Lyapunov": (slycot_lyapunov, ("control", "slycot")),
    f"np.linalg.inv on {GRID} frequencies": (inverse_on_grid, ()),
    "np.linalg.inv and scipy quad": (inverse_by_quad, ()),
}


def need(name: str) -> Any:
    """Return a package that is known to be there."""
    package = optional(name)
    assert package is not None
    return package


def kwant_system(system: hs.OpenNetwork) -> Any:
    """Return the network as a kwant system: H = M^-1/2 K M^-1/2, energy ω², each bath a lead of self-energy -iωγ/m."""
    kwant = need("kwant")
    root = np.sqrt(system.network.masses)
    hamiltonian = system.network.stiffness() / np.outer(root, root)
    sites = kwant.lattice.chain(norbs=1)
    builder = kwant.Builder()
    for i, value in enumerate(np.diag(hamiltonian)):
        builder[sites(i)] = value
    for i, j in zip(*np.nonzero(np.triu(hamiltonian, 1)), strict=True):
        builder[sites(int(i)), sites(int(j))] = hamiltonian[i, j]
    for site, gamma in zip(system.bath_sites, system.friction, strict=True):
        rate = gamma / system.network.masses[site]
        builder.leads.append(kwant.builder.SelfEnergyLead(_self_energy(rate), [sites(int(site))], []))
    return builder.finalized()


def _self_energy(rate: float) -> Callable[..., npt.NDArray[np.complex128]]:
    def value(energy: float, args: object = (), *, params: object = None) -> npt.NDArray[np.complex128]:
        return np.array([[-1j * np.sqrt(energy) * rate]])

    return value


def kwant_transmittance(built: Any, omega: Array) -> Array:
    """Return 𝒯(ω) between the first two leads of a kwant system."""
    kwant = need("kwant")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MUMPS is not available
        return np.array([kwant.greens_function(built, float(w * w)).transmission(1, 0) for w in omega])


def fmmlib_sum(y: Array, c: Array, x: Array) -> Array:
    """Return Σ_j c_j/(y_j - x_i) from pyfmmlib: the field of charges on a line of the plane."""
    n, m = y.size, x.size
    sources, targets = np.zeros((2, n), order="F"), np.zeros((2, m), order="F")
    sources[0], targets[0] = y, x
    none, plane = np.zeros(n, complex), np.zeros((2, n), order="F")
    field, hessian = np.zeros((2, m), complex, order="F"), np.zeros((3, m), complex, order="F")
    answer = need("pyfmmlib").lfmm2dparttarg(FINEST, sources, 1, c.astype(complex), 0, none, plane, 0, 0, 0, m, targets,
                                             0, np.zeros(m, complex), 1, field, 0, hessian)
    if answer[0]:
        raise RuntimeError(f"lfmm2dparttarg returned error {answer[0]}")
    return np.ascontiguousarray(-answer[5][0].real)  # its field is Σ c/(x - y)
