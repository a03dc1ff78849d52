"""Crystals of ions in a linear trap: equilibrium positions, and the springs between displacements from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.network import keys
from hotsprings.network.base import frozen, per_site
from hotsprings.network.springs import Springs

__all__ = ["IonTrap", "ion_crystal", "ion_positions"]

BOLTZMANN = 1.380649e-23  # J/K, exact
ELEMENTARY_CHARGE = 1.602176634e-19  # C, exact
VACUUM_PERMITTIVITY = 8.8541878188e-12  # F/m, CODATA 2022
MOST_STEPS = 200
MOST_IONS = 20_000  # dense matrices of more take over 3 GiB


@dataclass(frozen=True)
class IonTrap:
    """The units of a trap: what mass, length, stiffness, friction and temperature 1 are in SI.

    l³ = q²/(4πε0 m ω_z²): at this distance the Coulomb force of two ions is that of the trap on one.

    Parameters
    ----------
    mass : float
        Mass of the reference ion (kg).
    omega : float
        Its axial angular frequency ω_z (rad/s).
    charge : float
        Charge q of each ion (C); one elementary charge by default.

    Raises
    ------
    ArgumentError
        If an argument is not a positive number.

    References
    ----------
    James, Appl. Phys. B 66, 181 (1998).

    Examples
    --------
    >>> import hotsprings as hs
    >>> trap = hs.IonTrap(mass=40 * 1.66054e-27, omega=2e6)  # calcium
    >>> print(f"{trap.length:.3g} m, {trap.temperature:.3g} K")
    9.54e-06 m, 1.75 K
    """

    mass: float
    omega: float
    charge: float = ELEMENTARY_CHARGE

    def __post_init__(self) -> None:
        for name in ("mass", "omega", "charge"):
            object.__setattr__(self, name, checks.positive(name, getattr(self, name)))

    @property
    def length(self) -> float:
        """The length l (m)."""
        return math.cbrt(self.charge**2 / (4.0 * math.pi * VACUUM_PERMITTIVITY * self.stiffness))

    @property
    def stiffness(self) -> float:
        """Stiffness m ω_z² (N/m)."""
        return self.mass * self.omega**2

    @property
    def friction(self) -> float:
        """Friction m ω_z (kg/s)."""
        return self.mass * self.omega

    @property
    def energy(self) -> float:
        """Energy m ω_z² l² (J)."""
        return self.stiffness * self.length**2

    @property
    def temperature(self) -> float:
        """Temperature m ω_z² l²/k_B (K)."""
        return self.energy / BOLTZMANN


def _forces(u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the gradient and the matrix |u_i - u_j|⁻³ (zero diagonal) of V = Σ u²/2 + Σ_{i<j} 1/|u_i - u_j|."""
    distance = u[:, None] - u[None, :]
    np.fill_diagonal(distance, np.inf)
    inverse = 1.0 / distance
    return u - (inverse * np.abs(inverse)).sum(axis=1), np.abs(inverse) ** 3


def _axial(cubes: FloatArray) -> FloatArray:
    """Return the axial Hessian: K_ii = 1 + 2 Σ_j |u_i - u_j|⁻³, K_ij = -2 |u_i - u_j|⁻³."""
    K = -2.0 * cubes
    np.fill_diagonal(K, 1.0 + 2.0 * cubes.sum(axis=1))
    return K


def ion_positions(n: int) -> FloatArray:
    """Return the equilibrium positions of n ions on the axis of a linear trap, in units of l.

    They solve u_i = Σ_{j<i} (u_i - u_j)⁻² - Σ_{j>i} (u_j - u_i)⁻², the minimum of a convex potential. Newton's method
    from equal spacings finds them to rounding.

    Parameters
    ----------
    n : int
        Number of ions, 1 or more.

    Returns
    -------
    ndarray, shape (n,)
        Ascending and exactly antisymmetric.

    Raises
    ------
    ArgumentError
        If n is not a positive integer.

    References
    ----------
    James, Appl. Phys. B 66, 181 (1998): equations of equilibrium, table of positions, and the fit of the spacing.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.ion_positions(3).round(8)
    array([-1.07721735,  0.        ,  1.07721735])
    """
    n = checks.count("n", n, 1, MOST_IONS)
    u = (np.arange(n) - 0.5 * (n - 1)) * 2.4 * n**-0.56
    for _ in range(MOST_STEPS):
        gradient, cubes = _forces(u)
        step = np.linalg.solve(_axial(cubes), gradient)
        closing = float(np.max(np.diff(step) / np.diff(u), initial=0.0))  # of the gap that shrinks fastest
        u = u - step * min(1.0, 0.5 / closing if closing > 0.0 else 1.0)
        u = 0.5 * (u - u[::-1])
        if np.abs(step).max() <= 4e-16 * n * max(1.0, float(np.abs(u).max())):
            return np.asarray(u)
    raise ArithmeticError(f"the positions of {n} ions did not settle in {MOST_STEPS} steps")  # pragma: no cover


def ion_crystal(n: int, masses: Any = 1.0, branch: str = "axial", ratio: float | None = None,
                trap: IonTrap | None = None) -> Springs:
    """Return a crystal of n ions in a linear trap as a network of the displacements along one axis.

    Axial:        K_ii = 1 + 2 Σ_j |u_i - u_j|⁻³,   K_ij = -2 |u_i - u_j|⁻³.
    Transverse:   K_ii = ratio² - Σ_j |u_i - u_j|⁻³,  K_ij = |u_i - u_j|⁻³.

    Without ``trap`` dimensionless: masses in units of the reference ion's m, stiffness of m ω_z², length of l
    (:class:`IonTrap`), frequencies of ω_z, friction of m ω_z. The trap holds every ion by the same spring whatever its
    mass; for a transverse pseudopotential, which does depend on mass, that is an approximation. Laser-cooled ions are
    baths on their sites.

    Parameters
    ----------
    n : int
        Number of ions, 1 or more.
    masses : float or array_like, shape (n,)
        Masses in units of the reference ion's, in the order of the positions.
    branch : {"axial", "x", "y"}
        Along the trap, or across it in one of the two directions.
    ratio : float, optional
        Transverse trap frequency over the axial one; needed, and above the zigzag instability, for "x" and "y".
    trap : IonTrap, optional
        Reference ion and trap frequency; the network is then in SI units (kg, N/m), to be used with temperatures in
        joules (k_B T) and frictions in kg/s.

    Returns
    -------
    Springs

    Raises
    ------
    ArgumentError
        If an argument is out of range or the line of ions would buckle; the message has the critical ratio.

    References
    ----------
    James, Appl. Phys. B 66, 181 (1998) (axial); Enzer et al., Phys. Rev. Lett. 85, 2466 (2000) (transverse,
    zigzag); Bermudez, Bruderer, Plenio, Phys. Rev. Lett. 111, 040601 (2013) (heat transport).

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.ion_crystal(3).stiffness().round(8)
    array([[ 2.8, -1.6, -0.2],
           [-1.6,  4.2, -1.6],
           [-0.2, -1.6,  2.8]])
    """
    u = ion_positions(n)
    if not isinstance(branch, str) or branch not in ("axial", "x", "y"):
        raise ArgumentError("branch", "be 'axial', 'x' or 'y'", f"{checks.shown(branch)} was given")
    if trap is not None:
        checks.instance("trap", trap, IonTrap)
    m = per_site("masses", masses, u.size)
    K = _axial(_forces(u)[1])
    words = f"ion_crystal(branch={branch}"
    if branch == "axial":
        if ratio is not None:
            raise ArgumentError("ratio", "be left out for the axial branch", f"{checks.shown(ratio)} was given")
    else:
        K = _transverse(K, branch, ratio)
        words += f", ratio={checks.number('ratio', ratio):g}"
    if trap is None:
        return Springs.stable(m, K, words + ")", frozen(u[:, None]))
    return Springs.stable(m * trap.mass, K * trap.stiffness, words + ", SI)", frozen(trap.length * u[:, None]))


def _transverse(axial: FloatArray, branch: str, ratio: Any) -> FloatArray:
    """Return the transverse Hessian, ratio² - (axial - 1)/2, or refuse where the line of ions buckles."""
    critical = math.sqrt(max(0.0, 0.5 * (float(np.linalg.eigvalsh(axial)[-1]) - 1.0)))
    known = f"above {critical:.10g}, where {len(axial)} ions buckle into a zigzag"
    if ratio is None:
        raise ArgumentError("ratio", f"be given for the {branch} branch, {known}", "it was left out")
    ratio = checks.within("ratio", ratio)
    if ratio <= critical:
        raise ArgumentError("ratio", f"be {known}", f"{ratio:.10g} was given")
    eye = np.eye(len(axial))
    return np.asarray(ratio**2 * eye - 0.5 * (axial - eye))


def _ions(name: str, value: Any) -> int:
    clean = keys.sites_of(name, value)
    if clean > keys.DENSE:
        raise ArgumentError(name, f'be at most {keys.DENSE} for kind = "ion-crystal" (dense)', f"{clean} was given")
    return clean


KIND = keys.Kind(
    "ion-crystal", ion_crystal,
    {"n": keys.Key(_ions, about="the number of ions, 2 or more"),
     "masses": keys.Key(keys.positive_or_list, 1.0), "branch": keys.Key(keys.one_of("axial", "x", "y"), "axial"),
     "ratio": keys.Key(keys.optional(checks.positive), None)},
    "Ions in a linear trap, the outermost laser-cooled", """\
n = 20                # number of ions
branch = "axial"      # "axial" | "x" | "y"
# ratio = 12.0        # transverse over axial trap frequency, for "x" and "y"
# masses = 1.0        # or a list of one per ion
""", "in units of the ion's mass, the axial trap frequency and James's length", own_masses=True,
    most_sites=keys.DENSE)
