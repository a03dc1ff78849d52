"""The numbers behind the paper's Figs. 2-5, one data set per figure: computed here, drawn elsewhere."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from hotsprings import __version__, masses, theory
from hotsprings.baths import Bath
from hotsprings.checks import FloatArray
from hotsprings.errors import DarkModeWarning
from hotsprings.network import MeanField
from hotsprings.spectrum import transmittance
from hotsprings.stationary import SteadyState, steady_state
from hotsprings.system import OpenNetwork

__all__ = ["SIZES", "conductance", "configuration", "data_2", "data_3", "data_4", "data_5", "solve", "two_ends",
           "unit_frequencies"]

FACTORS = ("Kac", "bare")
CONFIGURATIONS = ("identical", "graded", "random")
SIZES = (3, 4, 5, 6, 8, 10, 13, 18, 24, 32, 42, 56, 75, 100, 133, 178, 237, 300, 422, 562, 750, 1000)
SPREAD = 0.1
N_SEEDS = 10


def two_ends(network: MeanField, friction: float = 1.0) -> OpenNetwork:
    """Return the paper's system: baths at T = 1.5 and 0.5 on the first and the last particle."""
    return OpenNetwork(network, [Bath(0, 1.5, friction), Bath(-1, 0.5, friction)])


def solve(system: OpenNetwork) -> SteadyState:
    """Return the stationary state, dark modes at rest; the study counts them itself, so no warning is given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DarkModeWarning)
        return steady_state(system)


def configuration(name: str, n: int, spread: float = SPREAD, seed: int | None = None) -> FloatArray:
    """Return the masses of one of the paper's configurations, mean 1; the seed of random ones is n by default."""
    if name == "identical":
        return masses.identical(n)
    if name == "graded":
        return masses.graded(n, spread=spread)
    return masses.random(n, spread=spread, seed=n if seed is None else seed)


def unit_frequencies(n: int, k: float, k0: float, n_tilde: float, friction: float = 1.0) -> FloatArray:
    """Return all ω > 0 where 𝒯 of n identical unit masses is exactly 1, ascending.

    𝒯 = 1/(1 + X²) with X ∝ α² p + γ² ω² (p + β), p = k0 - ω², α = Nk/Ñ + p, β = 2k/Ñ: the positive roots of a
    cubic in y = ω² (of a quadratic when k0 = 0, where 𝒯(0) = 1 as well).
    """
    a, beta = n * k / n_tilde + k0, 2.0 * k / n_tilde
    pinned = np.polynomial.Polynomial([k0, -1.0])
    cubic = np.polynomial.Polynomial([a, -1.0]) ** 2 * pinned
    cubic = cubic + friction**2 * np.polynomial.Polynomial([0.0, 1.0]) * (pinned + beta)
    y = (cubic // np.polynomial.Polynomial([0.0, 1.0]) if k0 == 0.0 else cubic).roots()
    real = np.real(y[np.abs(np.imag(y)) < 1e-9 * np.abs(y)])
    return np.asarray(np.sort(np.sqrt(real[real > 0.0])))


def data_2() -> xr.Dataset:
    """Return the data of Fig. 2: 𝒯(ω) of identical masses, m = k = γ = 1, k0 = 0, N = 10, 100, 1000.

    Returns
    -------
    Dataset
        ``omega``, ``transmittance`` and ``lorentzian`` (Eq. 23), dims (factor, size, point); ``zero`` (where 𝒯
        vanishes), ``at_zero``, ``origin`` = 𝒯(0), ``half`` = 𝒯(2γ/(mN)), dims (factor, size).
    """
    ds = _spectra(0.0, lambda omega, n, n_tilde: theory.transmittance_lorentzian(omega, n))
    ds["origin"] = _per_size("transmittance at omega = 0", lambda n, n_tilde: _value(n, 0.0, n_tilde, 0.0))
    ds["half"] = _per_size("transmittance at the half width 2 gamma/(m N) of Eq. 23",
                           lambda n, n_tilde: _value(n, 0.0, n_tilde, 2.0 / n))
    return ds


def data_3() -> xr.Dataset:
    """Return the data of Fig. 3: as Fig. 2 with k0 = 1.

    Returns
    -------
    Dataset
        As :func:`data_2`, ``lorentzian`` after Eq. 27; ``peak`` (the exact ω_c), ``peak_theory`` (Eq. 25) and
        ``at_peak`` = 𝒯(ω_c), dims (factor, size).
    """
    ds = _spectra(1.0, lambda omega, n, n_tilde: theory.transmittance_two_peaks(
        omega, n, k0=1.0, n_tilde=n_tilde))
    ds["peak"] = _per_size("exact omega_c", lambda n, n_tilde: float(unit_frequencies(n, 1.0, 1.0, n_tilde)[-1]))
    ds["peak_theory"] = _per_size("omega_c of Eq. 25", lambda n, n_tilde: theory.peak_frequency(
        n, k0=1.0, n_tilde=n_tilde))
    ds["at_peak"] = _per_size("transmittance at the exact omega_c", lambda n, n_tilde: _value(
        n, 1.0, n_tilde, float(unit_frequencies(n, 1.0, 1.0, n_tilde)[-1])))
    return ds


def _spectra(k0: float, approximation: Callable[[FloatArray, int, float], FloatArray]) -> xr.Dataset:
    """Return grid, exact transmittance and approximation for both factors and the three sizes, and the zero of 𝒯."""
    sizes = (10, 100, 1000)
    dims = ("factor", "size", "point")
    shape = (len(FACTORS), len(sizes))
    omega, exact, approximate = (np.empty((*shape, N_POINTS)) for _ in range(3))
    for where in np.ndindex(shape):
        n = sizes[where[1]]
        n_tilde = float(n - 1) if where[0] == 0 else 1.0
        omega[where] = _grid(n, k0, n_tilde)
        exact[where] = transmittance(two_ends(MeanField(np.ones(n), k0=k0, n_tilde=n_tilde)), omega[where])
        approximate[where] = approximation(omega[where], n, n_tilde)
    ds = xr.Dataset(
        {"transmittance": (dims, exact, _text("transmittance, exact", "1")),
         "lorentzian": (dims, approximate, _text("transmittance, Lorentzian approximation", "1"))},
        coords={"factor": list(FACTORS), "size": list(sizes),
                "omega": (dims, omega, _text("angular frequency", "sqrt(k/m)"))},
        attrs=_about(f"Transmittance of identical masses, m = k = gamma = 1, k0 = {k0:g}"),
    )
    ds["zero"] = _per_size("where the transmittance vanishes", lambda n, n_tilde: (n / n_tilde + k0) ** 0.5)
    ds["at_zero"] = _per_size("transmittance there",
                              lambda n, n_tilde: _value(n, k0, n_tilde, (n / n_tilde + k0) ** 0.5))
    return ds


def _grid(n: int, k0: float, n_tilde: float) -> FloatArray:
    """Return N_POINTS frequencies that resolve the peak (width ~ 1/N), the zero and the tail."""
    zero = (n / n_tilde + k0) ** 0.5
    peak = float(unit_frequencies(n, 1.0, k0, n_tilde)[-1]) if k0 else 0.0
    near = np.geomspace(1e-9, 0.5, 400)
    parts = [np.geomspace(1e-5, 1e3, 1200), np.linspace(0.0, 2.5, 500), np.linspace(0.0, 2.5 * zero, 500)]
    parts += [np.concatenate([c * (1 - near), [c], c * (1 + near)]) for c in (zero, peak or 1.0 / n)]
    return np.sort(np.concatenate(parts))


N_POINTS = 1200 + 500 + 500 + 2 * 801


def _per_size(name: str, value: Callable[[int, float], float]) -> xr.DataArray:
    """Return a number for both factors and the three sizes of Figs. 2 and 3."""
    table = [[value(n, float(n - 1) if factor == "Kac" else 1.0) for n in (10, 100, 1000)] for factor in FACTORS]
    return xr.DataArray(table, dims=("factor", "size"), attrs=_text(name, "1"))


def _value(n: int, k0: float, n_tilde: float, omega: float) -> float:
    """Return the exact transmittance of n identical masses, m = k = γ = 1, at one frequency."""
    return float(transmittance(two_ends(MeanField(np.ones(n), k0=k0, n_tilde=n_tilde)), np.array([omega]))[0])


def data_4() -> xr.Dataset:
    """Return the data of Fig. 4: J/ΔT against N, γ = 1, k = 0.1, k0 = 0 and 0.02, with and without Kac factor.

    Returns
    -------
    Dataset
        ``conductance`` = J/ΔT, dims (factor, pinning, masses, size), random masses with seed N;
        ``random_conductance``, dims (factor, pinning, seed, size), of ten other seeds; ``closed_form`` (identical
        masses, physics.md section 4) and ``theory`` (Eqs. 24, 29), dims (factor, pinning, size).
    """
    pinning, k = (0.0, 0.02), 0.1
    shape = (len(FACTORS), len(pinning), len(SIZES))
    exact = np.empty((*shape[:2], len(CONFIGURATIONS), shape[2]))
    seeds = np.empty((*shape[:2], N_SEEDS, shape[2]))
    closed, law = np.empty(shape), np.empty(shape)
    for s, n in enumerate(SIZES):
        for f, p in np.ndindex(shape[:2]):
            n_tilde = float(n - 1) if f == 0 else 1.0
            for c, name in enumerate(CONFIGURATIONS):
                exact[f, p, c, s] = conductance(configuration(name, n), k, pinning[p], n_tilde)
            for seed in range(N_SEEDS):
                drawn = configuration("random", n, seed=100_000 + seed)
                seeds[f, p, seed, s] = conductance(drawn, k, pinning[p], n_tilde)
            closed[f, p, s] = theory.heat_flux_identical(n, k=k, k0=pinning[p], n_tilde=n_tilde)
            law[f, p, s] = theory.heat_flux_large(n, k=k, k0=pinning[p], n_tilde=n_tilde)
    unit, lead = "gamma/m", ("factor", "pinning")
    return xr.Dataset(
        {"conductance": ((*lead, "masses", "size"), exact, _text("J / (T_L - T_R), exact", unit)),
         "random_conductance": ((*lead, "seed", "size"), seeds, _text("J / (T_L - T_R), ten random networks", unit)),
         "closed_form": ((*lead, "size"), closed, _text("J / (T_L - T_R), identical masses, closed form", unit)),
         "theory": ((*lead, "size"), law, _text("J / (T_L - T_R), Eqs. 24 and 29", unit))},
        coords={"factor": list(FACTORS), "pinning": ("pinning", list(pinning), _text("k0", "any")),
                "masses": list(CONFIGURATIONS), "size": list(SIZES), "seed": np.arange(N_SEEDS) + 100_000},
        attrs=_about("Heat flux against size; k = 0.1, gamma = 1, mean mass 1, spread 0.1; random masses: seed = N"),
    )


def conductance(m: FloatArray, k: float, k0: Any, n_tilde: float) -> float:
    """Return J/ΔT between the ends, γ = 1."""
    return float(solve(two_ends(MeanField(m, k=k, k0=k0, n_tilde=n_tilde))).conductance[0, 1])


def data_5() -> xr.Dataset:
    """Return the data of Fig. 5: local temperatures, N = 20, k = γ = 1, T = 1.5 and 0.5, k0 = 0 and 1.

    Returns
    -------
    Dataset
        ``temperature``, dims (factor, pinning, masses, site); ``heat_flux`` and ``n_dark_modes``,
        dims (factor, pinning, masses). The paper's figure is the factor "Kac".
    """
    n, pinning = 20, (0.0, 1.0)
    shape = (len(FACTORS), len(pinning), len(CONFIGURATIONS))
    temperature, flux, dark = np.empty((*shape, n)), np.empty(shape), np.empty(shape, dtype=np.int64)
    for f, p, c in np.ndindex(shape):
        n_tilde = float(n - 1) if f == 0 else 1.0
        m = configuration(CONFIGURATIONS[c], n)
        state = solve(two_ends(MeanField(m, k0=pinning[p], n_tilde=n_tilde)))
        temperature[f, p, c] = state.local_temperature
        flux[f, p, c], dark[f, p, c] = state.heat_flux[0], state.n_dark_modes
    dims = ("factor", "pinning", "masses")
    return xr.Dataset(
        {"temperature": ((*dims, "site"), temperature, _text("local temperature (k_B = 1)", "energy")),
         "heat_flux": (dims, flux, _text("heat flux from the left bath", "energy/time")),
         "n_dark_modes": (dims, dark, _text("modes that feel no bath", "1"))},
        coords={"factor": list(FACTORS), "pinning": ("pinning", list(pinning), _text("k0", "any")),
                "masses": list(CONFIGURATIONS), "site": np.arange(n)},
        attrs=_about("Local temperatures; N = 20, k = gamma = 1, T = 1.5 and 0.5, spread 0.1; random masses: seed = N"),
    )


def _text(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


def _about(title: str) -> dict[str, str]:
    return {"title": title, "source": f"hotsprings {__version__}", "references": "arXiv:2111.01332"}
