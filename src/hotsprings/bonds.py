"""Heat through every spring: who carries it, with Kirchhoff's law at every site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import BoolArray, FloatArray, IntArray
from hotsprings.errors import ArgumentError, CertificateError, PrecisionWarning, tell
from hotsprings.network import MeanField, bands_of, bonds_of
from hotsprings.response.blocks import blocks
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.closed import turning_motions
from hotsprings.response.evolution import Evolution
from hotsprings.response.leads import refuse_leads
from hotsprings.response.mean_field import MeanFieldResponse
from hotsprings.response.modes import separate_parts
from hotsprings.response.precise import SMALL
from hotsprings.response.precise_drude import PreciseDrudeResponse
from hotsprings.response.precise_modal import PreciseResponse
from hotsprings.response.response import Response
from hotsprings.response.tolerances import DOUBTED_FLUX, FAINT, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BondCurrents", "bond_currents", "bond_heat_flux", "chosen_bonds", "springs"]

MANY = 4  # bonds per site from which the whole matrix is formed
WHOLE = 3000  # sites up to which it may be
CUT = 512  # sites up to which it is looked which springs a network other than a chain falls apart without


@dataclass(frozen=True, eq=False, repr=False)
class BondCurrents:
    """Heat through springs.

    Attributes
    ----------
    system : OpenNetwork
    bonds : ndarray, shape (n_bonds, 2)
        Pairs of sites (i, j).
    heat_flux : ndarray, shape (n_bonds,)
        J_{i→j} (energy/time).
    error : float
        How far J_{i→j} = -J_{j→i} and, at sites all of whose springs are among the bonds, Kirchhoff's law are from
        holding, relative to the largest flux.
    n_complete : int
        Number of those sites.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 2.0, 1.5], ends="fixed"), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> currents = hs.bond_currents(system)
    >>> currents.bonds.tolist(), currents.n_complete, currents.error < 1e-9
    ([[0, 1], [1, 2]], 3, True)
    """

    system: OpenNetwork
    bonds: IntArray
    heat_flux: FloatArray
    error: float
    n_complete: int

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the network with springs as thick as their currents.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib Axes

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> axes = hs.bond_currents(system).plot()
        """
        from hotsprings.figures.currents import draw_bonds

        return draw_bonds(self, ax)

    def _repr_html_(self) -> str:
        from hotsprings.notebook import currents_html

        return currents_html(self)

    def __repr__(self) -> str:
        top = np.abs(self.heat_flux).max(initial=0.0)
        return (f"BondCurrents through {len(self.bonds)} springs, largest {top:.6g}, "
                f"Kirchhoff's law at {self.n_complete} sites to {self.error:.1e}")


def bond_heat_flux(system: OpenNetwork, bonds: Any = None) -> FloatArray:
    """Return the stationary heat flux through springs, J_{i→j} = -K_ij ⟨(q_i - q_j) v_j⟩ = -J_{j→i}.

    A network that moves freely in several ways, as molecules do, stretches springs between coordinates for ever, and
    they take up energy: J is then what obeys Kirchhoff's law, -K_ij (⟨q_i v_j⟩ - ⟨q_j v_i⟩)/2, the same elsewhere.

    Σ_j J_{i→j} is J_a at the site of bath a and 0 elsewhere (Kirchhoff), and is checked wherever all springs of a site
    are among the bonds. In the mean field sites without baths exchange no heat: a star of currents from each bath.

    Parameters
    ----------
    system : OpenNetwork
    bonds : iterable of pairs of int, optional
        Pairs of sites (i, j). Default: ``network.bonds``, or every spring of the network; in the mean field those that
        touch a bath, the others carry nothing: (a, n) for each bath site a and every other site, once each.

    Returns
    -------
    ndarray, shape (n_bonds,)
        Energy/time, positive from i to j.

    Raises
    ------
    ArgumentError
        If an argument is out of range.
    CertificateError
        If Kirchhoff's law or J_{i→j} = -J_{j→i} is missed.

    Warns
    -----
    PrecisionWarning
        If less than nine digits of the largest flux are known: Kirchhoff's law, where the flux is below 1e-4 of the
        baths' γT/m, or the currents that the same sums give between equal baths say so.

    References
    ----------
    Rieder, Lebowitz, Lieb, J. Math. Phys. 8, 1073 (1967); Lepri, Livi, Politi, Phys. Rep. 377, 1 (2003), section 2.3.

    Examples
    --------
    >>> import hotsprings as hs
    >>> chain = hs.OpenNetwork(hs.Chain([1.0, 2.0, 1.5], ends="fixed"), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> through = hs.bond_heat_flux(chain)
    >>> bool(abs(through[0] - through[1]) < 1e-14), bool(abs(through[0] - hs.steady_state(chain).heat_flux[0]) < 1e-14)
    (True, True)
    """
    return bond_currents(system, bonds).heat_flux


def bond_currents(system: OpenNetwork, bonds: Any = None) -> BondCurrents:
    """Return the heat through springs with its certificate, as :func:`bond_heat_flux`.

    Parameters
    ----------
    system : OpenNetwork
    bonds : iterable of pairs of int, optional

    Returns
    -------
    BondCurrents

    Raises
    ------
    ArgumentError
        If an argument is out of range.
    CertificateError
        If Kirchhoff's law or J_{i→j} = -J_{j→i} is missed.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    >>> currents = hs.bond_currents(system)
    >>> currents.heat_flux.round(6), currents.n_complete
    (array([0.227273]), 2)
    """
    system = checks.instance("system", system, OpenNetwork)
    refuse_leads(system, "heat through springs")
    pairs = chosen_bonds(system, bonds)
    found, doubt = with_more_digits(system, lambda: _currents(system, pairs, bonds is None), itemgetter(1))
    if doubt > TOLERANCE:
        tell(f"the heat through springs is known to {doubt:.1e} of the largest flux only: it is a tiny part "
             "of the γT/m of the baths, or resonances nearly coincide", PrecisionWarning)
    return found


def _currents(system: OpenNetwork, pairs: IntArray, all_of_them: bool) -> tuple[BondCurrents, float]:
    """Return heat through springs that obeys Kirchhoff's law, and what of the largest is not known."""
    strength = springs(system, pairs)
    response = response_of(system)
    excess = _driving(system)
    if all_of_them and isinstance(response, MeanFieldResponse):
        return _certified(system, pairs, *_star_currents(response, pairs, excess))
    found = _summed(response, pairs, excess, strength, np.zeros((3, len(pairs))))
    try:
        return _certified(system, pairs, *found)
    except CertificateError:
        free = turning_motions(system.network)
        if free is not None:
            apart = _apart(free, pairs, system, excess)
            return _certified(system, pairs, *_summed(response, pairs, excess, strength, apart))
        if system.n_sites > SMALL:
            raise
    return _certified(system, pairs, *_gathered(system, pairs, excess, strength))


def _gathered(system: OpenNetwork, pairs: IntArray, excess: FloatArray, strength: FloatArray
              ) -> tuple[FloatArray, FloatArray]:
    """Return heat through springs of a small network as baths bring it, where resonances coincide, and J_ij + J_ji."""
    sites, place = np.unique(pairs, return_inverse=True)
    i, j = place.reshape(-1, 2).T
    bright = response_of(system).dark_modes()[1]
    # q relative to the first site, held or free: stretches do not know where all are
    mixed = Evolution(system).covariances(excess - excess.min(), sites, True, bright)[0][2]
    there, back = -strength * (mixed[i, j] - mixed[j, j]), -strength * (mixed[j, i] - mixed[i, i])
    return 0.5 * (there - back), there + back


def _summed(response: Response, pairs: IntArray, excess: FloatArray, strength: FloatArray, apart: FloatArray
            ) -> tuple[FloatArray, FloatArray, float]:
    """Return heat through springs, J_{i→j} + J_{j→i}, and what equal baths, or last bits, say is not known.

    ``apart``: what free motions make of the sums, as :func:`_apart` returns it.
    """
    system = response.system
    there, back, idle = (-strength * part for part in _stretches(response, pairs, excess) - apart)
    flux, asymmetry = 0.5 * (there - back), there + back
    idle = np.maximum(np.abs(idle) * float(np.abs(excess).max()) * 2.0,
                      _moved(response, pairs, excess, flux, strength, apart))
    unsure = float(max(idle.max(initial=0.0), np.abs(asymmetry).max(initial=0.0)))
    if unsure > DOUBTED_FLUX * float(np.abs(flux).max(initial=0.0)):
        for place, through, lost in _by_cuts(system, pairs, strength):
            flux[place], asymmetry[place], idle[place] = through, 0.0, lost
    return flux, asymmetry, float(idle.max(initial=0.0))


def _apart(free: FloatArray, pairs: IntArray, system: OpenNetwork, excess: FloatArray) -> FloatArray:
    """Return what sums over poles have in ⟨(q_i - q_j) v_j⟩, ⟨(q_j - q_i) v_i⟩, and the first of temperatures 1.

    D_jj - D_ij of the diffusion of free motions U, D = U G⁻¹ (UᵀΓTU) G⁻¹ Uᵀ, G = UᵀΓU: ⟨q vᵀ⟩ is antisymmetric but
    for D, and the pole at ω = 0 takes 2D from the sums over the others. Shape (3, n_pairs).
    """
    at, (i, j) = free[system.bath_sites], pairs.T
    inverse = np.linalg.pinv(at.T @ (system.friction[:, None] * at), hermitian=True)
    spread = [free @ inverse @ (at.T @ ((system.friction * T)[:, None] * at)) @ inverse @ free.T
              for T in (excess, np.ones(excess.size))]
    return np.array([spread[0][j, j] - spread[0][i, j], spread[0][i, i] - spread[0][i, j],
                     spread[1][j, j] - spread[1][i, j]])


def _driving(system: OpenNetwork) -> FloatArray:
    """Return the temperatures less the middle one of the part of the network they are on: equal ones drive nothing."""
    part, T = separate_parts(system.network), system.temperature
    at = np.zeros(T.size, dtype=np.int64) if part is None else part[system.bath_sites]
    middle = {p: 0.5 * (T[at == p].max() + T[at == p].min()) for p in set(at.tolist())}
    return np.asarray(T - np.array([middle[p] for p in at.tolist()]))


def _moved(response: Response, pairs: IntArray, excess: FloatArray, flux: FloatArray, strength: FloatArray,
           apart: FloatArray) -> FloatArray:
    """Return how far currents of a small network move with its last bits: they may run in circles that no site sees."""
    if response.system.n_sites > SMALL or isinstance(response, PreciseResponse | PreciseDrudeResponse):
        return np.zeros(len(pairs))
    try:
        other = response.changed(0)
    except CertificateError:
        return np.full(len(pairs), np.inf)
    if other is None:
        return np.zeros(len(pairs))
    there, back, _ = (-strength * part for part in _stretches(other, pairs, excess) - apart)
    return np.asarray(np.abs(0.5 * (there - back) - flux))


def _stretches(response: Response, pairs: IntArray, excess: FloatArray) -> FloatArray:
    """Return ⟨(q_i - q_j) v_j⟩, ⟨(q_j - q_i) v_i⟩, and the first of temperatures 1, of each pair, (3, n_pairs)."""
    none = np.ones(excess.size)
    if isinstance(response, PreciseResponse | PreciseDrudeResponse):
        (there, back), (idle, _) = (response.stretch_velocities(pairs, T).T for T in (excess, none))
        return np.array([there, back, idle])
    total = np.zeros((3, len(pairs)))
    for weight, branch in response.branches():
        total += weight * np.array([_one_way(branch, pairs, excess), _one_way(branch, pairs[:, ::-1], excess),
                                    _one_way(branch, pairs, none)])
    return total


def _by_cuts(system: OpenNetwork, pairs: IntArray, strength: FloatArray) -> Iterator[tuple[int, float, float]]:
    """Give the place of each spring without which the network falls apart, the heat between its two sides, its doubt.

    Σ C_ab (T_a - T_b) over baths a on the side of i and b on the other: Kirchhoff's law alone.
    """
    sites, T = system.bath_sites, system.temperature
    response = response_of(system)
    between = response.certified_sums()[0] * (T[:, None] - T)
    unsure = response.unsure(between)
    bands = bands_of(system.network)
    if bands is None and system.n_sites > CUT:
        return
    joined = None if bands is not None else np.array(system.network.stiffness()) != 0.0
    for place, (i, j) in enumerate(pairs):
        side = np.arange(system.n_sites) <= min(i, j) if joined is None else _side(joined, int(i), int(j))
        if strength[place] == 0.0 or side is None:
            continue
        here = side[sites] == side[i]
        over = np.ix_(here, ~here)
        yield place, float(between[over].sum()), float(unsure[over].sum())


def _side(joined: BoolArray, i: int, j: int) -> BoolArray | None:
    """Return which sites stay joined to i without the spring to j; None where j does."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    rest = joined.copy()
    rest[i, j] = rest[j, i] = False
    part = connected_components(csr_array(rest), directed=False)[1]
    return None if part[i] == part[j] else np.asarray(part == part[i])


def _certified(system: OpenNetwork, pairs: IntArray, flux: FloatArray, asymmetry: FloatArray, doubt: float = 0.0
               ) -> tuple[BondCurrents, float]:
    """Return currents that obey Kirchhoff's law, and what of the largest is not known; refuse others.

    ``doubt``: what the same sums give between equal baths, where nothing flows.
    """
    T = system.temperature
    into = (response_of(system).certified_sums()[0] * (T[:, None] - T)).sum(axis=1)
    worst, n_complete = _kirchhoff(system, pairs, flux, asymmetry, into)
    rate = float((system.friction / system.network.masses[system.bath_sites]).max())
    size = max(float(np.abs(flux).max(initial=0.0)), float(np.abs(into).max()), TINY)
    error = worst / size
    if not worst <= max(TOLERANCE * size, FAINT * rate * float(T.max())):
        raise CertificateError(f"Kirchhoff's law holds to {error:.1e} of the largest flux only (tolerance "
                               f"{TOLERANCE:.0e}). Try frictions or masses changed by 1 part in 1e6, and report the "
                               "system as an issue")
    flux.setflags(write=False)
    return BondCurrents(system, pairs, flux, error, n_complete), max(worst, doubt) / size


def _star_currents(response: MeanFieldResponse, pairs: IntArray, excess: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the currents of a mean field's star, in O(N) for each bath, and J_{i→j} + J_{j→i} between bath sites."""
    system = response.system
    flux, asymmetry = np.zeros(len(pairs)), np.zeros(len(pairs))
    direct = np.isin(pairs[:, 1], system.bath_sites)
    between = pairs[direct]
    for weight, branch in response.branches():
        assert isinstance(branch, MeanFieldResponse)
        star = np.zeros(0)
        for a, site in enumerate(system.bath_sites):
            star = -star if a == 1 and system.n_baths == 2 else branch.star(a, excess)
            mine = (pairs[:, 0] == site) & ~direct
            flux[mine] += weight * star[pairs[mine, 1]]
        strength = -weight * springs(system, between)
        there, back = _one_way(branch, between, excess), _one_way(branch, between[:, ::-1], excess)
        flux[direct] += 0.5 * strength * (there - back)
        asymmetry[direct] += strength * (there + back)
    return flux, asymmetry


def chosen_bonds(system: OpenNetwork, bonds: Any) -> IntArray:
    """Return pairs of sites, checked; those of the network for None."""
    network, n = system.network, system.n_sites
    if bonds is None:
        own = bonds_of(network)
        return _star(system) if isinstance(network, MeanField) else (
            _found_bonds(network) if own is None else np.asarray(own, dtype=np.int64).reshape(-1, 2))
    given: list[Any] = checks.items("bonds", bonds, "be pairs of sites")
    for i, bond in enumerate(given):
        pair = checks.items(f"bonds[{i}]", bond, "be a pair of sites")
        if len(pair) != 2:
            raise ArgumentError(f"bonds[{i}]", "be a pair of sites", f"{checks.shown(bond)} was given")
        a, b = (checks.index(f"bonds[{i}][{k}]", site, n) for k, site in enumerate(pair))
        if a == b:
            raise ArgumentError(f"bonds[{i}]", "join two sites", f"{checks.shown(bond)} was given")
        given[i] = (a, b)
    return np.array(given, dtype=np.int64).reshape(-1, 2)


def _star(system: OpenNetwork) -> IntArray:
    """Return the springs of a mean field that touch a bath, once each."""
    found, seen = [], np.zeros(system.n_sites, dtype=bool)
    for site in system.bath_sites:
        seen[site] = True
        others = np.flatnonzero(~seen)
        found.append(np.stack([np.full(others.size, site), others], axis=1))
    return np.concatenate(found)


def _found_bonds(network: Any) -> IntArray:
    """Return i < j wherever K_ij is not zero."""
    bands = bands_of(network)
    if bands is not None:
        first = np.flatnonzero(bands[1])
        return np.stack([first, first + 1], axis=1)
    return np.argwhere(np.triu(network.stiffness(), 1)).astype(np.int64)


def springs(system: OpenNetwork, pairs: IntArray) -> FloatArray:
    """Return K_ij of each pair."""
    network, (i, j) = system.network, pairs.T
    if isinstance(network, MeanField):
        return np.full(len(pairs), -network.coupling)
    bands = bands_of(network)
    if bands is not None:
        off = np.append(bands[1], 0.0)
        return np.where(np.abs(i - j) == 1, off[np.minimum(i, j)], 0.0)
    return np.asarray(network.stiffness()[i, j])


def _weights(response: Any, excess: FloatArray) -> Any:
    """Return 2 γ_a ω_k T_a share times the right factors of the residues, shape (n_baths, n_poles)."""
    omega, share = response.poles
    return 2.0 * excess[:, None] * response.pole_damping() * omega * share * response.right()


def _one_way(response: Any, pairs: IntArray, excess: FloatArray) -> FloatArray:
    """Return ⟨(q_i - q_j) v_j⟩ of each pair, with temperatures ``excess``."""
    factor = _weights(response, excess)
    touched = np.unique(pairs)
    if len(pairs) > MANY * touched.size and touched.size <= WHOLE:
        return _by_matrix(response, pairs, touched, factor)
    out = np.empty(len(pairs))
    for block in _blocks(pairs, factor.shape[1]):
        sites, place = np.unique(pairs[block], return_inverse=True)
        place = place.reshape(-1, 2)
        left = response.left(sites)
        moving = np.einsum("ak,jak->jk", factor, response.mirrored(sites))
        i, j = place.T
        out[block] = 2.0 * ((left[i] - left[j]) * moving[j]).sum(axis=1).real
    return out


def _blocks(pairs: IntArray, n_poles: int) -> Iterator[slice]:
    """Give slices of the pairs that keep memory in bounds."""
    yield from blocks(len(pairs), 10 * max(n_poles, 1))


def _by_matrix(response: Any, pairs: IntArray, sites: IntArray, factor: Any) -> FloatArray:
    left = response.left(sites)
    moving = np.einsum("ak,jak->jk", factor, response.mirrored(sites))
    matrix = 2.0 * (left.real @ moving.real.T - left.imag @ moving.imag.T)
    i, j = np.searchsorted(sites, pairs).T
    return np.asarray(matrix[i, j] - matrix[j, j])


def _kirchhoff(system: OpenNetwork, pairs: IntArray, flux: FloatArray, asymmetry: FloatArray, into: FloatArray
               ) -> tuple[float, int]:
    """Return the largest violation, and the number of sites that it was looked at."""
    n = system.n_sites
    net: FloatArray = np.asarray(np.bincount(pairs[:, 0], flux, n) - np.bincount(pairs[:, 1], flux, n), np.float64)
    net[system.bath_sites] -= into
    complete = _complete(system, pairs)
    worst = max(float(np.abs(net[complete]).max(initial=0.0)), 0.5 * float(np.abs(asymmetry).max(initial=0.0)))
    return worst, int(complete.sum())


def _complete(system: OpenNetwork, pairs: IntArray) -> Any:
    """Return whether all springs of each site are among the pairs, in the mean field all that carry heat."""
    n, network = system.n_sites, system.network
    degree = np.bincount(pairs.ravel(), minlength=n)
    if np.unique(pairs.min(axis=1, initial=n) * n + pairs.max(axis=1, initial=0)).size < len(pairs):
        return np.zeros(n, dtype=bool)  # a bond given twice counts twice
    if isinstance(network, MeanField):
        at_baths = np.isin(pairs, system.bath_sites)
        live = np.bincount(pairs[at_baths.any(axis=1)].ravel(), minlength=n)
        needed = np.full(n, system.n_baths)
        needed[system.bath_sites] = n - 1
        return live == needed
    bands = bands_of(network)
    if bands is not None:
        joined = bands[1] != 0.0
        return degree >= np.append(joined, 0) + np.append(0, joined)
    K = network.stiffness()
    return degree >= np.count_nonzero(K, axis=1) - (np.diag(K) != 0.0)
