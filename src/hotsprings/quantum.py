"""Quantum heat: fluxes, conductances and covariances with zero-point motion, ħ an argument and k_B = 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks, progress
from hotsprings.checks import FloatArray
from hotsprings.covariances import Covariance, quantum_covariance
from hotsprings.errors import ArgumentError, CertificateError, PrecisionWarning, tell
from hotsprings.response.bose import PairSum, pair_sum
from hotsprings.response.choice import response_of, with_more_digits
from hotsprings.response.leads import refuse_leads
from hotsprings.response.precise import SMALL
from hotsprings.response.tolerances import TINY
from hotsprings.spectrum import _pairs
from hotsprings.system import OpenNetwork
from hotsprings.units import Units

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["conductance", "covariance", "heat_flux", "pair_sums", "plot_conductance"]


def __dir__() -> list[str]:
    return sorted(__all__)


SHARE = 1e-11  # of the largest flux of a bath to another, to which each is known
KNOWN = 1e-9  # relative uncertainty of a flux above which it is told
Group = int | str | Iterable[int | str]


def heat_flux(system: OpenNetwork, hbar: float = 1.0, source: Group | None = None, drain: Group | None = None
              ) -> FloatArray:
    """Return the quantum heat flux from each bath into the network, or between two groups of baths.

    J_a = Σ_b (1/2π) ∫_0^∞ ħω 𝒯_ab(ω) [n(ω, T_a) - n(ω, T_b)] dω = Σ_b E_ab(T_a) - E_ab(T_b),

    E_ab(T) = (ħ/π) Σ_k ω_kρ_k ½[ln x - 1/(2x) - ψ(x)] at x = ħω_k/(2πiT), with the residues ρ_k of 𝒯_ab at its
    poles: no quadrature. T = 0 is allowed, of one bath or of all; at low temperature what cancels is taken from 𝒯 at
    ω = 0.

    Parameters
    ----------
    system : OpenNetwork
    hbar : float
        ħ > 0, in units of energy × time (k_B = 1).
    source, drain : int, str or iterable of int, optional
        Two baths or groups of baths: the heat from the one to the other alone.

    Returns
    -------
    ndarray, shape (n_baths,)
        Energy/time; sums to zero. Shape () between groups.

    Raises
    ------
    ArgumentError
        If an argument is out of range, or a bath is a semi-infinite lead.
    CertificateError
        If the residues do not add up to the classical conductance, their moments do not vanish, or heat flows from
        cold to hot.

    Warns
    -----
    PrecisionWarning
        If a flux is known to less than nine digits.

    References
    ----------
    Dhar, Roy, J. Stat. Phys. 125, 801 (2006); Rego, Kirczenow, Phys. Rev. Lett. 81, 232 (1998).

    Examples
    --------
    >>> import hotsprings as hs
    >>> chain = hs.Chain([1.0, 1.7, 0.8, 1.2, 0.9, 1.4], ends="fixed")
    >>> system = hs.OpenNetwork(chain, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5, 0.6)])
    >>> print(f"{hs.quantum.heat_flux(system)[0]:.12f}")
    0.097534097535
    """
    system, hbar = _checked(system, hbar)
    values, doubts = with_more_digits(system, lambda: _fluxes(system, hbar, source, drain), _relative_doubt)
    _tell("the largest quantum heat flux from a bath to another", values, doubts)
    if (source, drain) != (None, None):
        return np.asarray(sum(values[a, b] for a, b in _pairs(system, source, drain)))
    return np.asarray(values.sum(axis=1))


def _fluxes(system: OpenNetwork, hbar: float, source: Group | None, drain: Group | None
            ) -> tuple[FloatArray, FloatArray]:
    """Return the heat flux between each two baths and what of it is not known, shape (n_baths, n_baths)."""
    T = system.temperature
    values = np.zeros((system.n_baths, system.n_baths))
    doubts = np.zeros_like(values)
    pairs = list(pair_sums(system, source, drain))
    for enough in (np.inf, SHARE):  # integrals, which take long, only where the poles leave too little of a row
        largest = np.abs(values).max(axis=1)
        for a, b, pair in pairs:
            least = enough * float(min(largest[a], largest[b]))
            if enough < np.inf and doubts[a, b] <= least:
                continue
            value, doubt = pair.flux(float(T[a]), float(T[b]), hbar, least if enough < np.inf else np.inf)
            values[a, b], values[b, a] = value, -value
            doubts[a, b] = doubts[b, a] = doubt
    for a, b, _ in pairs:
        if values[a, b] * (T[a] - T[b]) < -abs(doubts[a, b] * (T[a] - T[b])):
            raise CertificateError(f"the quantum heat flux between baths {a} and {b} comes out as {values[a, b]:.3g}, "
                                   "from cold to hot: report the system as an issue")
    return values, doubts


def conductance(system: OpenNetwork, temperature: FloatArray | float, hbar: float = 1.0, source: Group | None = None,
                drain: Group | None = None, quanta: bool = False) -> FloatArray:
    """Return the quantum conductance between baths near equilibrium, 𝒢_ab(T) = dJ_ab/dT.

    𝒢_ab = (1/2π) ∫_0^∞ ħω 𝒯_ab ∂n/∂T dω = (ħ/2πT) Σ_k ω_kρ_k x [ψ₁(x) - 1/x - 1/(2x²)],  x = ħω_k/(2πiT).

    In a free network 𝒢 → t_0 quanta as T → 0, with t_0 = 𝒯_ab(0); in a pinned one it falls as T³. It tends to the
    classical conductance at high temperature.

    Parameters
    ----------
    system : OpenNetwork
        Its temperatures do not matter.
    temperature : float or array_like
        T ≥ 0, in units of energy (k_B = 1).
    hbar : float
        ħ > 0, in units of energy × time.
    source, drain : int, str or iterable of int, optional
        Two baths or groups of baths: the conductance between them alone.
    quanta : bool
        In units of the quantum of conductance, π² k_B² T/3h = πT/6ħ in these units.

    Returns
    -------
    ndarray, shape of temperature + (n_baths, n_baths)
        1/time (k_B = 1), or quanta; the diagonal is 0. The shape of ``temperature`` between groups.

    Raises
    ------
    ArgumentError
        If an argument is out of range, or a bath is a semi-infinite lead.
    CertificateError
        If the residues do not add up to the classical conductance, or their moments do not vanish.

    Warns
    -----
    PrecisionWarning
        If a conductance is known to less than nine digits of itself.

    References
    ----------
    Rego, Kirczenow, Phys. Rev. Lett. 81, 232 (1998); Mingo, Phys. Rev. B 74, 125402 (2006).

    Examples
    --------
    >>> import hotsprings as hs
    >>> free = hs.OpenNetwork(hs.Chain([1.0, 1.0, 1.0], ends="free"), [hs.Bath(0, 1.0), hs.Bath(-1, 1.0)])
    >>> hs.quantum.conductance(free, [0.0, 0.01], source=0, drain=1, quanta=True).round(4)
    array([1.    , 0.9998])
    """
    system, hbar = _checked(system, hbar)
    T = checks.temperatures("temperature", temperature)
    checks.boolean("quanta", quanta)
    out, doubts = with_more_digits(system, lambda: _conductances(system, T, hbar, source, drain), _largest_doubt)
    if not quanta:
        out[T == 0.0] = 0.0
    else:
        unit = np.where(T > 0.0, np.pi * T / (6.0 * hbar), 1.0)[..., None, None]
        out, doubts = out / unit, doubts / unit
    for place in np.ndindex(T.shape):
        _tell(f"the quantum conductance at T = {T[place]:.3g}", *(_each(x[place]) for x in (out, doubts)))
    if (source, drain) != (None, None):
        return np.asarray(sum(out[..., a, b] for a, b in _pairs(system, source, drain)))
    return out


def _conductances(system: OpenNetwork, T: FloatArray, hbar: float, source: Group | None, drain: Group | None
                  ) -> tuple[FloatArray, FloatArray]:
    """Return 𝒢 between each two baths, and what of it is not known, shape of T + (n_baths, n_baths).

    At T = 0 the number of quanta stands for it.
    """
    out, doubts = np.zeros((2, *T.shape, system.n_baths, system.n_baths))
    for a, b, pair in pair_sums(system, source, drain):
        for place, t in np.ndenumerate(T):
            value, doubt = pair.slope(float(t), hbar) if t > 0.0 else ((pair.static or (np.nan,))[0], 0.0)
            out[(*place, a, b)] = out[(*place, b, a)] = value
            doubts[(*place, a, b)] = doubts[(*place, b, a)] = doubt
    return out, doubts


def covariance(system: OpenNetwork, sites: Any = None, hbar: float = 1.0) -> Covariance:
    """Return symmetrised covariances of positions and velocities with zero-point motion.

    ⟨q_i q_j⟩ = -Σ_a (2ħ/π) Σ_k γ_a ω_k σ_k [ψ(x_k) + 1/(2x_k)],  σ_k = ½[(R_k)_ia G_ja(-ω_k) + (i ↔ j)],

    x_k = ħω_k/(2πiT_a); for velocities ω_k³ in place of ω_k, for ⟨q_i v_j⟩ (antisymmetric) ω_k² with the difference.
    With a bath of white noise ⟨v_a²⟩ of its own site diverges: give the bath a ``cutoff``.

    Parameters
    ----------
    system : OpenNetwork
    sites : iterable of int, optional
        Which; all by default.
    hbar : float
        ħ > 0, in units of energy × time (k_B = 1).

    Returns
    -------
    Covariance
        ``.position``, ``.position_velocity`` and ``.velocity``, each (n, n); free networks: ``.difference(i, j)``.

    Raises
    ------
    ArgumentError
        If an argument is out of range, or a bath is a semi-infinite lead.
    CertificateError
        If a sum rule fails.

    References
    ----------
    Grabert, Schramm, Ingold, Phys. Rep. 168, 115 (1988), section 7: one oscillator, with the Drude cutoff.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 1.0, 1.0], k0=0.3), [hs.Bath(0, 0.0), hs.Bath(-1, 0.0)])
    >>> motion = hs.quantum.covariance(system, [1])
    >>> bool(motion.position[0, 0] * motion.velocity[0, 0] > 0.25)  # the uncertainty principle, at T = 0
    True
    """
    system, hbar = _checked(system, hbar)
    return quantum_covariance(system, sites, hbar)


def plot_conductance(system: OpenNetwork, temperature: Any = None, hbar: float | None = None,
                     source: Group | None = None, drain: Group | None = None, ax: Axes | None = None,
                     units: Units | None = None) -> Axes:
    """Draw the quantum conductance between two baths or groups against T, beside its quantum and the classical value.

    Parameters
    ----------
    system : OpenNetwork
    temperature : array_like, shape (n,), optional
        T > 0; by default from a hundredth of the lowest |ħω_k| to ten times the highest.
    hbar : float, optional
        ħ > 0, in units of energy × time (k_B = 1); by default 1, or that of ``units``.
    source, drain : int, str or iterable of int, optional
        Two baths or groups of baths; with two baths from the first to the second.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.
    units : Units, optional
        What the numbers are in: the axes are in kelvin and pW/K then (``temperature`` is k_B T as everywhere).

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ArgumentError
        As :func:`conductance`; or if ``units`` and another ``hbar`` than theirs are given.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    >>> [line.get_label() for line in hs.quantum.plot_conductance(system).lines][1:]
    ['classical', 'quantum conductance']
    """
    from hotsprings.figures.currents import draw_conductance

    system, hbar = _checked(system, _planck(hbar, units))
    here, there = system.source_and_drain(source, drain)
    matrix = response_of(system).certified_sums()[0]
    if temperature is None:
        size = np.abs(response_of(system).poles.omega)
        temperature = hbar * np.geomspace(1e-2 * size.min(), 10.0 * size.max(), 121)
    T = np.unique(checks.temperatures("temperature", temperature))
    values = conductance(system, T, hbar, here, there)
    return draw_conductance(T, values, float(matrix[np.ix_(here, there)].sum()), hbar, ax, units)


def _planck(hbar: float | None, units: Units | None) -> float:
    """Return ħ, of the units where there are any."""
    if units is None:
        return 1.0 if hbar is None else hbar
    own = checks.instance("units", units, Units).hbar
    if hbar is not None and checks.within("hbar", hbar) != own:
        raise ArgumentError("hbar", f"be that of the units, {own:.10g}, or be left out", f"{hbar!r} was given")
    return own


def _checked(system: OpenNetwork, hbar: float) -> tuple[OpenNetwork, float]:
    system = checks.instance("system", system, OpenNetwork)
    refuse_leads(system, "quantum heat")
    return system, checks.within("hbar", hbar)


def pair_sums(system: OpenNetwork, source: Group | None = None, drain: Group | None = None
              ) -> Iterator[tuple[int, int, PairSum]]:
    """Give the poles and residues of each pair of baths, of two groups or of all.

    Parameters
    ----------
    system : OpenNetwork
    source, drain : int, str or iterable of int, optional
        Two baths or groups of baths; every pair by default.

    Yields
    ------
    tuple of int, int and PairSum
        The two baths, and the sum over the poles of their 𝒯_ab; pairs that exchange no heat are left out.

    Raises
    ------
    ArgumentError
        If the groups are no baths of the system, or overlap.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    >>> [(a, b, round(pair.conductance, 6)) for a, b, pair in hs.quantum.pair_sums(system)]
    [(0, 1, 0.227273)]
    """
    if source is None and drain is None:
        pairs = [(a, b) for a in range(system.n_baths) for b in range(a + 1, system.n_baths)]
    else:
        pairs = _pairs(system, source, drain)
    with progress.shown(system.n_sites):
        response = response_of(system)
        matrix = response.certified_sums()[0] if pairs else np.zeros((1, 1))
        doubts = response.flux_doubts() if pairs and system.n_sites <= SMALL else np.zeros(matrix.shape)
    for a, b in pairs:
        if matrix[a, b] > 0.0:
            yield a, b, pair_sum(response, a, b, float(matrix[a, b]), float(doubts[a, b]))


def _each(matrix: FloatArray) -> FloatArray:
    """Return the elements above the diagonals of matrices (…, n, n), each a row of its own, shape (…, n_pairs, 1)."""
    first, last = np.triu_indices(matrix.shape[-1], 1)
    return np.asarray(matrix[..., first, last, None])


def _largest_doubt(known: tuple[FloatArray, FloatArray]) -> float:
    """Return the largest doubt of a pair relative to itself."""
    return _relative_doubt((_each(known[0]), _each(known[1])))


def _relative_doubt(known: tuple[FloatArray, FloatArray]) -> float:
    """Return the largest doubt relative to the largest in its row."""
    values, doubts = (np.abs(array).max(axis=-1) for array in known)
    with np.errstate(divide="ignore"):
        return float(np.max(doubts / np.where((values > 0.0) | (doubts > 0.0), values, 1.0), initial=0.0))


def _tell(what: str, values: FloatArray, doubts: FloatArray) -> None:
    """Tell by a PrecisionWarning where less than nine digits are known of the largest in a row."""
    largest, doubt = np.abs(values).max(axis=1), doubts.max(axis=1)
    wrong = np.flatnonzero(doubt > KNOWN * largest)
    if wrong.size:
        a = int(wrong[np.argmax(doubt[wrong] / np.maximum(largest[wrong], TINY))])
        tell(f"{what}, {largest[a]:.3g}, is known to ±{doubt[a]:.1g} only: terms that nearly cancel decide its digits",
             PrecisionWarning)
