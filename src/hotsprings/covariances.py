"""Covariances of positions and velocities in the stationary state, classical and quantum."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.certificate import tell_dark, tell_last_bits
from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import ArgumentError, CertificateError, PrecisionWarning, tell
from hotsprings.network import MeanField
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.closed import refuse_turning
from hotsprings.response.evolution import Evolution
from hotsprings.response.leads import refuse_leads
from hotsprings.response.modes import cutoffs, parts_of
from hotsprings.response.precise import SMALL, springs_and_pinning
from hotsprings.response.response import Response
from hotsprings.response.tolerances import DOUBTED, EPS, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["Covariance", "chosen_sites", "covariance", "quantum_covariance"]

ROUNDINGS = 8.0  # of the terms of an equation of motion: of positions, of stiffnesses, of products and their sum
BEYOND = 10.0  # times what identities miss, that an element may be off by
SAMPLE = 3  # sites whose positions are held against K⁻¹
WHOLE = 2000  # sites up to which the equation of motion is looked at
FAR = 1e9  # |x| from which ln x - 1/(2x) - ψ(x) is zero in double precision


@dataclass(frozen=True, eq=False, repr=False)
class Covariance:
    """Stationary covariances of some sites; without the part of modes that feel no bath.

    Attributes
    ----------
    sites : ndarray, shape (n,)
        Sites of the rows and columns.
    position_velocity : ndarray, shape (n, n)
        ⟨q_i v_j⟩, antisymmetric (length²/time); quantum: symmetrised; of free networks ⟨(q_i - q_j) v_j⟩.
    free : bool
        Whether nothing holds the network in place: its positions have no stationary state, only their differences.
    error : float
        How far the identities are from holding, relative to their terms.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    >>> found = hs.covariance(system)
    >>> round(found.difference(0, 1), 6), found.position_velocity.round(6)[0].tolist()
    (0.909091, [0.0, 0.227273])
    """

    sites: IntArray
    position_velocity: FloatArray
    free: bool
    error: float
    _position: FloatArray  # ⟨q_i q_j⟩; of free networks what follows
    _relative: FloatArray  # ⟨(q_i - q_0)(q_j - q_0)⟩ with the first of the sites, or the same as _position
    _velocity: FloatArray
    _unbounded: BoolArray  # sites whose ⟨v²⟩ diverges

    @property
    def position(self) -> FloatArray:
        """⟨q_i q_j⟩, shape (n, n) (length²)."""
        if self.free:
            raise ArgumentError("system", "be held in place for the covariances of its positions (a pinning k0 > 0); "
                                "'.difference(i, j)' has those of their differences", "it is free, and diffuses away")
        return self._position

    @property
    def velocity(self) -> FloatArray:
        """⟨v_i v_j⟩, shape (n, n) (length²/time²); of quantum systems refused where a ⟨v_a²⟩ among them diverges."""
        if self._unbounded.any():
            site = int(self.sites[np.argmax(self._unbounded)])
            raise ArgumentError("sites", "leave out the site of a bath of white noise, whose <v^2> diverges with "
                                "zero-point motion: give its bath a 'cutoff' (Drude), or ask "
                                "'.velocity_product(i, j)' for the others", f"site {site} is among them")
        return self._velocity

    def _first(self, n: int) -> Covariance:
        """Return those of the first n sites alone."""
        some = np.s_[:n, :n]
        return Covariance(self.sites[:n], self.position_velocity[some], self.free, self.error, self._position[some],
                          self._relative[some], self._velocity[some], self._unbounded[:n])

    def velocity_product(self, i: int, j: int) -> float:
        """Return ⟨v_i v_j⟩ of two of the sites, by their numbers in the network.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> print(f"{hs.covariance(system).velocity_product(0, 1):.6f}")
        -0.071429
        """
        a, b = self._place("i", i), self._place("j", j)
        if a == b and self._unbounded[a]:
            raise ArgumentError("i", "be no site of a bath of white noise, whose <v^2> diverges with zero-point "
                                "motion: give its bath a 'cutoff' (Drude)", f"{i} was given")
        return float(self._velocity[a, b])

    def difference(self, i: int, j: int) -> float:
        """Return ⟨(q_i - q_j)²⟩ of two of the sites, by their numbers in the network.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> print(f"{hs.covariance(system).difference(0, 1):.6f}")
        1.142857
        """
        a, b = self._place("i", i), self._place("j", j)
        c = self._relative
        return float(c[a, a] - 2.0 * c[a, b] + c[b, b])

    def _place(self, name: str, site: int) -> int:
        found = np.flatnonzero(self.sites == checks.integer(name, site))
        if not found.size:
            raise ArgumentError(name, "be among the sites of the covariance", f"{checks.shown(site)} was given")
        return int(found[0])

    def _repr_html_(self) -> str:
        from hotsprings.notebook import lines_html

        return lines_html(self)

    def __repr__(self) -> str:
        return (f"Covariance of {self.sites.size} sites{' of a free network' if self.free else ''}, identities hold to "
                f"{self.error:.1e}")


def chosen_sites(name: str, sites: Any, n_sites: int) -> IntArray:
    """Return numbers of sites; all for None."""
    if sites is None:
        return np.arange(n_sites)
    found = [checks.index(f"{name}[{i}]", site, n_sites)
             for i, site in enumerate(checks.items(name, sites, "be a list of sites"))]
    if not found:
        raise ArgumentError(name, "hold at least one site", "it is empty")
    seen: set[int] = set()
    for i, site in enumerate(found):
        if site in seen:
            raise ArgumentError(f"{name}[{i}]", "differ from the sites before it", f"{site} is there twice")
        seen.add(site)
    return np.array(found, dtype=np.int64)


def covariance(system: OpenNetwork, sites: Any = None) -> Covariance:
    """Return the stationary covariances of positions and velocities, as sums over resonances.

    ⟨q_i q_j⟩ = 2i Σ_a γ_aT_a Σ_k (R_k)_ia G_ja(-ω_k),  ⟨q_i v_j⟩ = 2 Σ_a γ_aT_a Σ_k ω_k (R_k)_ia G_ja(-ω_k),

    ⟨v_i v_j⟩ as the first with ω_k². Modes that feel no bath keep what they had, and are left out.

    Parameters
    ----------
    system : OpenNetwork
    sites : iterable of int, optional
        Which; all by default. Negative ones count from the end.

    Returns
    -------
    Covariance
        ``.position``, ``.position_velocity`` and ``.velocity``, each (n, n) for n sites; in a free network
        ``.position`` is refused, ``.difference(i, j)`` = ⟨(q_i - q_j)²⟩ stands.

    Raises
    ------
    ArgumentError
        If an argument is out of range.
    CertificateError
        If the kinetic temperatures, ⟨q_i v_i⟩ = 0, (all sites) the equation of motion of ⟨q_i v_j⟩, or K⁻¹ between
        baths at one temperature is missed.

    Warns
    -----
    DarkModeWarning
        If modes that never feel a bath move one of the sites: they are taken to be at rest.

    References
    ----------
    Rieder, Lebowitz, Lieb, J. Math. Phys. 8, 1073 (1967): the covariance of the ordered chain.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 2.0], k0=0.5), [hs.Bath(0, 0.8), hs.Bath(1, 0.8)])
    >>> hs.covariance(system).position.round(6)  # equal temperatures: T times the inverse of K
    array([[0.96, 0.64],
           [0.64, 0.96]])
    """
    system = checks.instance("system", system, OpenNetwork)
    chosen = chosen_sites("sites", sites, system.n_sites)
    found, response = _best(system, chosen)
    tell_dark(response, *chosen)
    tell_last_bits(response)
    return found


def _best(system: OpenNetwork, chosen: IntArray) -> tuple[Covariance, Response]:
    """Return the classical covariances of some sites from resonances, or where these fail in small networks by time.

    Where neither holds together with the motion of all neighbours, those of the sites themselves are told to be so.
    """
    every, n_dark = _with_neighbours(system, chosen), response_of(system).dark_modes()[0]
    try:
        return with_more_digits(system, lambda: _classical(system, chosen, every, n_dark), _doubt)
    except CertificateError as err:
        if system.n_sites > SMALL:
            raise
        missed = err
    with suppress(CertificateError):
        return _gathered(system, chosen), response_of(system)
    if every.size == chosen.size:
        raise missed
    found = with_more_digits(system, lambda: _classical(system, chosen, chosen, n_dark), _doubt)
    tell("the covariances of these sites have certificates of their own only: the motion of all that springs join to "
         "them does not close", PrecisionWarning)
    return found


def _gathered(system: OpenNetwork, chosen: IntArray) -> Covariance:
    """Return the classical covariances of some sites of a small network as baths bring them, in 32 digits.

    The bright weight shows whether all that feels a bath has been heated by it.
    """
    sums = Sums(system, chosen)
    _refuse_parts(sums)
    bright = sums.response.dark_modes()[1]
    (position, relative, mixed, velocity), error = Evolution(system).covariances(system.temperature, chosen, sums.free,
                                                                                 bright)
    return sums.covariance(position, relative, mixed, velocity, error)


def _doubt(found: tuple[Covariance, Response]) -> float:
    """Return how far covariances may be off: identities may miss less than a single element (seen: a fifth)."""
    return BEYOND * found[0].error


def _classical(system: OpenNetwork, chosen: IntArray, every: IntArray, n_dark: int) -> tuple[Covariance, Response]:
    """Return the classical covariances of some sites, certified with others behind them, and their response.

    One that takes more modes for dark than the stationary state does is refused.
    """
    sums, T = Sums(system, every), system.temperature
    if sums.response.dark_modes()[0] > n_dark:
        raise CertificateError("32 digits take slow motions for dark ones: report the system as an issue")

    def weights(response: Any, power: int) -> ComplexArray:
        omega = response.poles.omega
        return np.asarray(2.0 * (1j if power % 2 == 0 else 1.0) * T[:, None] * response.pole_damping() * omega**power)

    velocity, mixed, position = (sums.total(weights, power) for power in (2, 1, 0))
    relative = _relative(sums, weights, position)
    error = max(_classical_error(sums, position, relative, mixed, velocity), _static_error(sums))
    _refuse(error, sums)
    return sums.covariance(position, relative, mixed, velocity, error)._first(chosen.size), sums.response


def _with_neighbours(system: OpenNetwork, chosen: IntArray) -> IntArray:
    """Return sites, in small networks with all that springs join to them behind: their equation of motion certifies."""
    if system.n_sites > SMALL:
        return chosen
    part = parts_of(system.network.stiffness())
    others = np.flatnonzero(np.isin(part, part[chosen]))
    return np.append(chosen, np.setdiff1d(others, chosen))


def _relative(sums: Sums, weights: Any, position: FloatArray) -> FloatArray:
    """Return ⟨(q_i - q_0)(q_j - q_0)⟩ by themselves where all sites swing so far together that they lose digits."""
    own = np.diag(position)
    apart = np.abs(own[:, None] + own - 2.0 * position)
    np.fill_diagonal(apart, np.inf)
    if sums.free or not EPS * np.abs(own).max() > DOUBTED * apart.min(initial=np.inf):
        return position
    return sums.total(weights, 0, True)


def quantum_covariance(system: OpenNetwork, sites: Any, hbar: float) -> Covariance:
    """Return the symmetrised quantum covariances (see :func:`hotsprings.quantum.covariance`)."""
    chosen = chosen_sites("sites", sites, system.n_sites)
    found, response = with_more_digits(system, lambda: _quantum(system, chosen, hbar), _doubt)
    tell_dark(response, *chosen)
    tell_last_bits(response)
    return found


def _quantum(system: OpenNetwork, chosen: IntArray, hbar: float) -> tuple[Covariance, Response]:
    """Return the quantum covariances of some sites, and the response they are from."""
    from hotsprings.kernels.digamma import excesses

    sums, T = Sums(system, chosen), system.temperature

    def weights(response: Any, power: int) -> ComplexArray:
        omega = response.poles.omega
        energy = np.log(-1j * omega / np.abs(omega).max()) + np.zeros((T.size, 1))
        for a in np.flatnonzero(T > 0.0):
            x = -1j * omega * (hbar / (2.0 * np.pi * T[a]))
            far = np.abs(x) > FAR
            energy[a] -= np.where(far, 0.0, excesses(np.where(far, 1.0, x), 0, False))
        factor = -(2.0 * hbar / np.pi) * (-1j if power == 1 else 1.0)
        return np.asarray(factor * response.pole_damping() * omega ** (power + 1) * energy)

    error = max(*(_moment_error(sums, power) for power in (0, 2)), _static_error(sums))
    velocity, mixed, position = (sums.total(weights, power) for power in (2, 1, 0))
    relative = _relative(sums, weights, position)
    unbounded = np.isin(chosen, system.bath_sites[np.isinf(cutoffs(system))])
    _refuse(error, sums)
    return sums.covariance(position, relative, mixed, velocity, error, unbounded), sums.response


class Sums:
    """Sums Σ_a Σ_k w_ak (R_k)_ia G_ja(-ω_k) over some sites; positions relative to the first site in free networks."""

    def __init__(self, system: OpenNetwork, sites: IntArray) -> None:
        refuse_leads(system, "covariances")
        self.system, self.sites = system, sites
        self.response = response_of(system)
        self.free = bool(np.isinf(self.response.element(np.zeros(1), int(sites[0]), int(sites[0]))[0]))
        self._parts = [(weight, r, r.left(sites), r.right(), r.mirrored(sites))
                       for weight, r in self.response.branches()]

    def total(self, weights: Any, power: int, relative: bool = False) -> FloatArray:
        """Return the real sum, shape (n, n), for weights (n_baths, n_poles) of the poles of each branch.

        ``relative``: of positions relative to the first site, as in free networks.
        """
        n = self.sites.size
        out, relative = np.zeros((n, n)), relative or self.free
        for share, r, left, right, mirrored in self._parts:
            rows = left - left[:1] if relative and power < 2 else left
            columns = mirrored - mirrored[:1] if relative and power < 1 else mirrored
            factor = 2.0 * share * r.poles.share * right * weights(r, power)
            for a in range(self.system.n_baths):
                first = rows * factor[a]
                out += first.real @ columns[:, a].real.T - first.imag @ columns[:, a].imag.T
        return out

    def size(self, weights: Any, power: int) -> FloatArray:
        """Return a bound of the moduli of the terms of :meth:`total`, shape (n, n)."""
        out = np.zeros(self.sites.size)
        for share, r, left, right, mirrored in self._parts:
            rows = left - left[:1] if self.free and power < 2 else left
            columns = mirrored - mirrored[:1] if self.free and power < 1 else mirrored
            factor = np.abs(2.0 * share * r.poles.share * right * weights(r, power))
            out += np.einsum("ik,ak,iak->i", np.abs(rows), factor, np.abs(columns))
        return np.sqrt(np.outer(out, out))

    def covariance(self, position: FloatArray, relative: FloatArray, mixed: FloatArray, velocity: FloatArray,
                   error: float, unbounded: BoolArray | None = None) -> Covariance:
        """Return the result, symmetrised; in free networks ⟨q_i v_j⟩ is that of (q_i - q_j) v_j."""
        if self.free:
            mixed = mixed - np.diag(mixed)
        position, relative, mixed, velocity = (0.5 * (c + sign * c.T) for c, sign in (
            (position, 1.0), (relative, 1.0), (mixed, -1.0), (velocity, 1.0)))
        for array in (position, relative, mixed, velocity):
            array.setflags(write=False)
        none = np.zeros(self.sites.size, dtype=bool)
        return Covariance(self.sites, mixed, self.free, error, position, relative, velocity,
                          none if unbounded is None else unbounded)


def _refuse(error: float, sums: Sums) -> None:
    if not error <= TOLERANCE:
        _refuse_parts(sums)
        refuse_turning(sums.system.network, "covariances")
        raise CertificateError(f"the identities of the covariances hold to {error:.1e} only (tolerance "
                               f"{TOLERANCE:.0e}). Try frictions or masses changed by 1 part in 1e6, and report the "
                               "system as an issue")


def _refuse_parts(sums: Sums) -> None:
    """Refuse sites of several parts of which one is free: it diffuses away from the others."""
    if isinstance(sums.system.network, MeanField):
        return
    part, zero = parts_of(sums.system.network.stiffness())[sums.sites], np.zeros(1)
    if np.any(part != part[0]) and any(np.isinf(sums.response.element(zero, int(i), int(i))[0]) for i in sums.sites):
        site = int(sums.sites[np.argmax(part != part[0])])
        raise ArgumentError("sites", "lie in one connected part of a free network, or of one with a free part: parts "
                            "diffuse away from each other", f"no springs join {int(sums.sites[0])} and {site}")


def _miss(array: FloatArray, size: float) -> float:
    """Return the largest element of what should vanish, relative to a size."""
    return float(np.abs(array).max()) / max(size, TINY)


def _classical_error(sums: Sums, position: FloatArray, relative: FloatArray, mixed: FloatArray, velocity: FloatArray
                     ) -> float:
    """Return how far m⟨v²⟩ = T_n, the symmetries, and for all sites the equation of motion, are from holding.

    ⟨v_i v_j⟩ m_j = Σ_l ⟨q_i q_l⟩ K_lj + ⟨q_i v_j⟩ γ_j, the stationarity of ⟨q_i v_j⟩, of baths of white noise; in free
    networks, and where sites swing far together, with q_i - q_0 for q_i, v_i - v_0 for v_i.
    """
    system = sums.system
    mixed = mixed - np.diag(mixed) if sums.free else mixed
    slow = np.sqrt(np.abs(np.outer(np.diag(velocity), np.diag(position))))
    errors = [_kinetic_error(sums, velocity),
              *(_miss(c - c.T, float(np.abs(c).max())) for c in (position, relative)),
              _miss(mixed + mixed.T, max(float(np.abs(mixed).max()), float(slow.max())))]
    if _whole(sums) and np.all(np.isinf(cutoffs(system))):
        errors.append(_motion_error(sums, position, relative, mixed, velocity))
    return max(errors)


def _kinetic_error(sums: Sums, velocity: FloatArray) -> float:
    """Return how far m⟨v²⟩ = T_n is from holding, of the hottest bath."""
    system, T = sums.system, sums.system.temperature
    kinetic = (sums.response.certified_sums()[1] @ T)[sums.sites]
    return _miss(system.network.masses[sums.sites] * np.diag(velocity) - kinetic, float(T.max()))


def _whole(sums: Sums) -> bool:
    """Return whether no spring leads out of the sites, and they are few enough for their equation of motion."""
    n = sums.system.n_sites
    if n > SMALL:
        return sums.sites.size == n <= WHOLE
    return not np.any(np.delete(sums.system.network.stiffness(), sums.sites, axis=0)[:, sums.sites])


def _static_error(sums: Sums) -> float:
    """Return by how much, between baths at T = 1, ⟨q_i q_j⟩ = G_ij(0) is missed at some of the sites.

    The first from poles, a slow one above all, the second from the springs alone.
    """
    response = sums.response
    if sums.free or response.dark_modes()[0]:
        return 0.0
    some = sums.sites[np.unique(np.linspace(0, sums.sites.size - 1, SAMPLE).astype(int))]

    def weights(response: Any, power: int) -> ComplexArray:
        return np.asarray(2j * response.pole_damping())

    found, zero = Sums(sums.system, some).total(weights, 0), np.zeros(1)
    known = np.array([[response.element(zero, int(i), int(j))[0].real for j in some] for i in some])
    if not np.all(np.isfinite(known)):
        _refuse_parts(sums)
    size = np.sqrt(np.abs(np.diag(known)))
    return float((np.abs(found - known) / np.outer(size, size)).max())


def _motion_error(sums: Sums, position: FloatArray, relative: FloatArray, mixed: FloatArray, velocity: FloatArray
                  ) -> float:
    system, order = sums.system, sums.sites
    gamma = np.zeros(system.n_sites)
    gamma[system.bath_sites] = system.friction
    K, moving = system.network.stiffness()[np.ix_(order, order)], velocity
    forced = relative @ K
    if sums.free or relative is not position:  # ⟨(q_i - q_0) v_j⟩; of free networks from P_ij = ⟨(q_i - q_j) v_j⟩
        mixed, moving = mixed - mixed[:1], velocity - velocity[:1]
    if relative is not position:  # what holds each site pulls at q_0 too
        forced += np.outer(position[:, 0] - position[0, 0], _pinning(system)[order])
    inertia = moving * system.network.masses[order]
    lost = ROUNDINGS * EPS * float((np.abs(relative) @ np.abs(K)).max())
    miss = np.abs(inertia - forced - mixed * gamma[order])
    return _miss(np.maximum(miss - lost, 0.0), float(np.abs(inertia).max()))


def _pinning(system: OpenNetwork) -> FloatArray:
    """Return the row sums of K, of small networks as if no spring had been rounded beside them."""
    if system.n_sites > SMALL:
        return np.asarray(system.network.pinning)
    return np.asarray(springs_and_pinning(system.network)[1][:, 0])


def _moment_error(sums: Sums, power: int) -> float:
    """Return by how much Σ_k ω_k σ_k = 0 (0) or 2 Σ_k ω_k³ σ_k = δ_ia δ_ja/m_a² (2) are missed, relative to the terms.

    With memory the second vanishes too, for it is taken with γ_a'(ω_k)/γ_a.
    """
    system = sums.system
    gamma, mass = system.friction, system.network.masses[system.bath_sites]

    def weights(response: Any, power: int) -> ComplexArray:
        omega = response.poles.omega
        return np.asarray(response.pole_damping() / gamma[:, None] * omega ** (power + 1))

    total, size = sums.total(weights, power), sums.size(weights, power)
    total = 0.5 * (total + total.T)
    if power == 2:
        for a in np.flatnonzero(np.isinf(cutoffs(system))):
            own = sums.sites == system.bath_sites[a]
            total[np.ix_(own, own)] -= 0.5 / mass[a] ** 2
    return float((np.abs(total) / np.maximum(size, TINY)).max())

