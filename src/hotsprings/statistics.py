"""Statistics of the heat that passes: scaled cumulant function, cumulants, noise, large deviations, uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError, PrecisionWarning, tell
from hotsprings.response.choice import with_more_digits
from hotsprings.response.counted import between_many, between_two, exponents, noise_of, rates
from hotsprings.response.quanta import quanta_of
from hotsprings.response.scattering import by_bath
from hotsprings.response.tolerances import TOLERANCE
from hotsprings.response.transfer import transfer_of
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cumulants", "noise", "plot_rate_function", "rate_function", "scaled_cumulant", "uncertainty"]


def __dir__() -> list[str]:
    return sorted(__all__)


HIGHEST_ORDER = 4


def _two_baths(system: OpenNetwork, what: str) -> OpenNetwork:
    system = checks.instance("system", system, OpenNetwork)
    if system.n_baths != 2:
        raise ArgumentError("system", f"have two baths for {what} (for any number: hs.statistics.noise and "
                            "hs.statistics.scaled_cumulant)", f"it has {system.n_baths}")
    return system


def scaled_cumulant(system: OpenNetwork, counting: Any, quantum: bool = False, hbar: float = 1.0
                    ) -> float | FloatArray:
    """Return the scaled cumulant function μ(λ), ⟨exp Σ_a λ_a Q_a⟩ ~ exp(μ t), Q_a the heat from bath a.

    μ(λ) = -(1/4π) ∫ ln det[1 - T(Λ - S†ΛS)] dω = -½ Σ_k (Im z_k - Im ω_k), a finite sum over the zeros z_k of the
    determinant and the resonances ω_k; with two baths the determinant is 1 - c𝒯, c = λ(T_0 T_1 λ + T_0 - T_1).

    Parameters
    ----------
    system : OpenNetwork
    counting : float, array_like or mapping
        λ (1/energy). Two baths: any shape, and Q is the heat from bath 0 to bath 1. Otherwise one λ_a per bath on the
        last axis, or {name of a group: λ of all its baths}; only differences count.
    quantum : bool
        Whether heat is carried by quanta, between two baths: μ = -(1/2π) ∫_0^∞ ln{1 - 𝒯[n_0(1 + n_1)(e^{λħω} - 1) +
        n_1(1 + n_0)(e^{-λħω} - 1)]} dω, n_a the Bose functions; it has no finite sum, and is integrated between the
        known resonances, to nine digits or more; -1/T_1 < λ < 1/T_0.
    hbar : float
        ħ > 0, in units of energy × time; without effect on classical heat.

    Returns
    -------
    float or ndarray
        μ (1/time), of the shape of ``counting`` (without its last axis, if that counts baths).

    Raises
    ------
    ArgumentError
        If λ is not finite, of the wrong shape, or beyond the interval in which the mean is finite: 1 - c𝒯 > 0 (or the
        determinant) at every frequency.
    CertificateError
        If a zero is lost, the sums over poles fail their identities, or the integrals of quanta the mean flux.

    Warns
    -----
    PrecisionWarning
        If less than nine digits are known.

    References
    ----------
    Saito, Dhar, Phys. Rev. Lett. 99, 180601 (2007); Phys. Rev. E 83, 041121 (2011).

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.MeanField([0.9, 1.3, 0.7, 1.1, 1.6], k=1.0, k0=0.5),
    ...                         [hs.Bath(0, 1.5, 0.8), hs.Bath(4, 0.5, 1.3)])
    >>> round(hs.statistics.scaled_cumulant(system, 0.2), 12)
    0.017228791865
    """
    system = checks.instance("system", system, OpenNetwork)
    values = checks.real_array("counting", by_bath(system, counting))
    if _by_quanta(system, quantum, hbar):
        return _quantum_exponents(system, counting, values, hbar)
    if system.n_baths == 2 and not isinstance(counting, Mapping):
        rows = np.stack([values, np.zeros_like(values)], axis=-1).reshape(-1, 2)
        out = exponents(system, rows, between_two)
        return out.reshape(values.shape) if values.ndim else float(out[0])
    if not values.ndim or values.shape[-1] != system.n_baths:
        raise ArgumentError("counting", f"have one element per bath ({system.n_baths}) on its last axis",
                            f"its shape is {values.shape}")
    out = exponents(system, values.reshape(-1, system.n_baths), between_many)
    return out.reshape(values.shape[:-1]) if values.ndim > 1 else float(out[0])


def _by_quanta(system: OpenNetwork, quantum: bool, hbar: float) -> bool:
    """Return whether quanta are counted; refuse more than two baths."""
    checks.within("hbar", hbar)
    if checks.boolean("quantum", quantum) and system.n_baths != 2:
        raise ArgumentError("system", "have two baths for the statistics of quanta (their mean between any number: "
                            "hs.quantum.heat_flux)", f"it has {system.n_baths}")
    return bool(quantum)


def _quantum_exponents(system: OpenNetwork, counting: Any, values: FloatArray, hbar: float) -> float | FloatArray:
    """Return μ of quanta."""
    if isinstance(counting, Mapping):
        values = values[..., 0] - values[..., 1]
    quanta = quanta_of(system, float(hbar))
    low, high = quanta.interval
    if not np.all((values > low) & (values < high)):
        wrong = values[~((values > low) & (values < high))]
        raise ArgumentError("counting", f"lie between {low:.12g} and {high:.12g}, -1/T_1 and 1/T_0, for quanta",
                            f"{wrong.flat[0]:.12g} was given")
    out = np.array([quanta.exponent(float(x)) for x in values.ravel()])
    return out.reshape(values.shape) if values.ndim else float(out[0])


def cumulants(system: OpenNetwork, order: int = HIGHEST_ORDER, quantum: bool = False, hbar: float = 1.0) -> FloatArray:
    """Return the first cumulants of the heat from bath 0 to bath 1, per unit of time.

    κ_1 = I_1 ΔT, κ_2 = 2 T_0 T_1 I_1 + ΔT² I_2, κ_3 = 6 T_0 T_1 ΔT I_2 + 2 ΔT³ I_3,
    κ_4 = 12 (T_0 T_1)² I_2 + 24 T_0 T_1 ΔT² I_3 + 6 ΔT⁴ I_4, with I_n = (1/4π) ∫ 𝒯ⁿ dω as sums over poles.

    Parameters
    ----------
    system : OpenNetwork
        With two baths.
    order : int
        Number of cumulants, 1 to 4.
    quantum : bool
        Whether heat is carried by quanta: derivatives of the quantum μ of `scaled_cumulant`, integrals between the
        known resonances; the mean is held against the sum over resonances of :func:`hotsprings.quantum.heat_flux`.
    hbar : float
        ħ > 0, in units of energy × time; without effect on classical heat.

    Returns
    -------
    ndarray, shape (order,)
        Energyⁿ/time: mean (the heat flux), variance, third and fourth cumulant.

    Raises
    ------
    ArgumentError
        If there are not two baths, or ``order`` is out of range.
    CertificateError
        If the sums over poles fail an identity, or the integrals of quanta do.

    Warns
    -----
    PrecisionWarning
        If less than nine digits of the integral of a power of the transmittance are known.

    References
    ----------
    Saito, Dhar, Phys. Rev. E 83, 041121 (2011); quanta: Phys. Rev. Lett. 99, 180601 (2007).

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.MeanField([0.9, 1.3, 0.7, 1.1, 1.6], k=1.0, k0=0.5),
    ...                         [hs.Bath(0, 1.5, 0.8), hs.Bath(4, 0.5, 1.3)])
    >>> [round(float(value), 6) for value in hs.statistics.cumulants(system, order=3)]
    [0.0691, 0.148121, 0.267652]
    """
    system = _two_baths(system, "cumulants")
    order = checks.integer("order", order, 1)
    if order > HIGHEST_ORDER:
        raise ArgumentError("order", f"be at most {HIGHEST_ORDER}", f"{checks.shown(order)} was given")
    if _by_quanta(system, quantum, hbar):
        return quanta_of(system, float(hbar)).cumulants[:order].copy()
    first, last = system.temperature
    product, step = first * last, first - last
    i1, i2, i3, i4 = np.append(transfer_of(system).powers(order), np.zeros(HIGHEST_ORDER - order))
    return np.array([i1 * step, 2.0 * product * i1 + step**2 * i2, 6.0 * product * step * i2 + 2.0 * step**3 * i3,
                     12.0 * product**2 * i2 + 24.0 * product * step**2 * i3 + 6.0 * step**4 * i4])[:order]


def _pair(system: OpenNetwork, source: Any, drain: Any) -> tuple[list[int], list[int]] | None:
    """Return the baths of two groups, or of one twice; None where none is named."""
    if source is None and drain is None:
        return None
    for argument, value in (("source", source), ("drain", drain)):
        if value is None:
            raise ArgumentError(argument, "be given where the other group is", "it was left out")
    return system.bath_numbers("source", source), system.bath_numbers("drain", drain)


def noise(system: OpenNetwork, source: Any = None, drain: Any = None) -> FloatArray:
    """Return the noise of the heat currents, ∂²μ/∂λ_a∂λ_b at λ = 0: covariances of the heat per unit of time.

    N_ab = (1/4π) ∫ {δ_ab T_a² - T_a²|S_ba|² - T_b²|S_ab|² + |(S T S†)_ab|²} dω, as sums over poles.

    Parameters
    ----------
    system : OpenNetwork
        Any number of baths, with memory too (`cutoff`); leads at one temperature.
    source, drain : int, str or iterable of int, optional
        Two baths or groups of baths, or one twice: the covariance of the heat from the one with that from the other.

    Returns
    -------
    ndarray, shape (n_baths, n_baths)
        Energy²/time, symmetric, rows sum to zero; at equal temperatures 2T² times the matrix of conductances. Shape ()
        between groups.

    Raises
    ------
    ArgumentError
        If one of two groups is left out, or there is no such group.
    CertificateError
        If the conductances that come with it are not those of the stationary state.

    Warns
    -----
    PrecisionWarning
        If less than nine digits of the largest element are known.

    References
    ----------
    Saito, Dhar, Phys. Rev. E 83, 041121 (2011); physics of Büttiker, Phys. Rev. B 46, 12485 (1992).

    Examples
    --------
    >>> import hotsprings as hs
    >>> chain = hs.Chain([1.0, 1.7, 0.8, 1.2, 0.9, 1.4], 1.0, [1.0, 0, 0, 0, 0, 1.0])
    >>> system = hs.OpenNetwork(chain, [hs.Bath(0, 1.5), hs.Bath(5, 0.5, 0.6)])
    >>> round(float(hs.statistics.noise(system)[0, 0]), 10)
    0.2293840447
    """
    system = checks.instance("system", system, OpenNetwork)
    groups = _pair(system, source, drain)
    total, error = with_more_digits(system, lambda: noise_of(system), itemgetter(1))
    if error > TOLERANCE:
        tell(f"the noise of the heat currents is known to {error:.1e} of the largest only: so little passes "
             "between the baths that terms cancel", PrecisionWarning)
    return total if groups is None else np.asarray(total[np.ix_(*groups)].sum())


def rate_function(system: OpenNetwork, flux: Any) -> float | FloatArray:
    """Return the large-deviation function of the heat from bath 0 to bath 1, P(Q = qt) ~ exp[-h(q) t].

    h(q) = sup_λ [λq - μ(λ)], with the symmetry h(-q) - h(q) = q (1/T_1 - 1/T_0).

    Parameters
    ----------
    system : OpenNetwork
        With two baths.
    flux : float or array_like
        q (energy/time); h vanishes at the mean flux.

    Returns
    -------
    float or ndarray
        h ≥ 0 (1/time), of the shape of ``flux``; infinite for fluxes out of a bath at T = 0.

    Raises
    ------
    ArgumentError
        If there are not two baths or a flux is not finite.
    CertificateError
        As `scaled_cumulant`.

    Warns
    -----
    PrecisionWarning
        If less than nine digits are known.

    Notes
    -----
    The prefactor of exp(μt), due to energy stored at the ends, can make the true tails linear; it is not treated.

    References
    ----------
    Saito, Dhar, Phys. Rev. Lett. 99, 180601 (2007); Gallavotti, Cohen, Phys. Rev. Lett. 74, 2694 (1995).

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.MeanField([0.9, 1.3, 0.7, 1.1, 1.6], k=1.0, k0=0.5),
    ...                         [hs.Bath(0, 1.5, 0.8), hs.Bath(4, 0.5, 1.3)])
    >>> q = 2 * hs.steady_state(system).heat_flux[0]
    >>> rare, never = hs.statistics.rate_function(system, [q, -q])
    >>> round(float((never - rare) / q), 10)
    1.3333333333
    """
    system = _two_baths(system, "the large-deviation function")
    values = checks.real_array("flux", flux)
    out = rates(system, values.ravel())
    return out.reshape(values.shape) if values.ndim else float(out[0])


def uncertainty(system: OpenNetwork) -> float:
    """Return the thermodynamic uncertainty product of two baths, variance × entropy production / mean² ≥ 2.

    κ_2 (1/T_1 - 1/T_0)/κ_1 = 2 + ΔT² I_2/(T_0 T_1 I_1), I_n = (1/4π) ∫ 𝒯ⁿ dω.

    Parameters
    ----------
    system : OpenNetwork
        With two baths above T = 0.

    Returns
    -------
    float
        At least 2, which is its value in equilibrium.

    Raises
    ------
    ArgumentError
        If there are not two baths, or one is at T = 0 (the entropy production is infinite), or no heat passes.
    CertificateError
        If the sums over poles fail an identity.

    References
    ----------
    Barato, Seifert, Phys. Rev. Lett. 114, 158101 (2015).

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    >>> hs.statistics.uncertainty(system) > 2.0
    True
    """
    system = _two_baths(system, "the uncertainty product")
    if system.temperature.min() <= 0.0:
        cold = int(system.temperature.argmin())
        raise ArgumentError("system", "have both baths above T = 0: else the entropy production is infinite",
                            f"bath {cold} is at T = 0")
    first, second = transfer_of(system).powers(2)
    if first <= 0.0:
        raise ArgumentError("system", "let heat pass between its baths", "their conductance is 0")
    step = system.temperature[0] - system.temperature[1]
    return float(2.0 + step**2 * second / (system.temperature.prod() * first))


def plot_rate_function(system: OpenNetwork, flux: Any = None, ax: Axes | None = None) -> Axes:
    """Draw the large-deviation function of the heat from bath 0 to bath 1, with its symmetry.

    Parameters
    ----------
    system : OpenNetwork
        With two baths above T = 0.
    flux : array_like, shape (n,), optional
        q ≥ 0, of which both signs are drawn; by default far enough to see how the two sides differ.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ArgumentError
        As `rate_function`; or if a bath is at T = 0, where the symmetry says nothing.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 0.2), [hs.Bath(0, 1.5), hs.Bath(1, 0.5)])
    >>> ax = hs.statistics.plot_rate_function(system)
    >>> ax.get_xlabel()
    'flux $q$'
    """
    from hotsprings.figures.times import draw_rate_function

    uncertainty(system)
    mean, variance = cumulants(system, order=2)
    if flux is None:
        flux = np.linspace(0.0, abs(mean) + 4.0 * float(np.sqrt(variance * variance / system.temperature.prod())), 81)
    values = np.unique(np.abs(checks.real_array("flux", flux)))
    both = np.concatenate([-values[::-1], values])
    first, last = system.temperature
    rate = np.asarray(rate_function(system, both))
    return draw_rate_function(both, rate, float(mean), float(1.0 / last - 1.0 / first), ax)
