"""The paper's statements on the Green operator and the transmittance (Eqs. 12-28, Figs. 1-3), judged."""

from __future__ import annotations

import numpy as np
import xarray as xr

from hotsprings import theory
from hotsprings.network import MeanField
from hotsprings.spectrum import transmittance
from hotsprings.studies.paper.data import two_ends, unit_frequencies
from hotsprings.studies.paper.extras import algebra_errors, slope
from hotsprings.studies.paper.rows import FAILS, Row, Section, by_size, exactly, holds_if, leading

__all__ = ["algebra", "figure_1", "figure_2", "figure_3", "misprints"]

SIZES = (10, 100, 1000)


def figure_1() -> Section:
    """Return the section of the sketch, which states nothing."""
    caption = ("The system: particles coupled all to all by springs k/Ñ, pinned by k0, the first and the last in "
               "contact with Langevin baths. Sites are numbered from 0.")
    return Section("The system", 1, caption, ())


def algebra() -> Section:
    """Return the section on Eqs. 12-22, checked against determinants and inverses of Z."""
    errors = algebra_errors()
    rows = [Row(f"Eq. {number}: {what}", f"largest relative deviation {errors[number]:.1e}",
                exactly(errors[number]))
            for number, what in (("12", "the modulus of the minors"), ("13", "the modulus of det Z"),
                                 ("14", "the Green operator off the diagonal, any masses"),
                                 ("18", "G_1N for identical masses"))]
    error = _error_19()
    rows.append(Row("Eqs. 19-21: the transmittance of identical masses, \"valid for any Ñ\"",
                    f"against the Green operator, Ñ = N - 1, 1 and 3.7: {error:.1e}", exactly(error)))
    error = _error_22()
    rows.append(Row("Eq. 22: the same for k0 = 0", f"{error:.1e}", exactly(error)))
    caption = ("Checked at three frequencies against determinants and inverses of Z: N = 7 random masses (identical "
               "ones for Eqs. 18-22), Ñ = N - 1, 1 and 3.7, k0 = 0 and 0.3.")
    return Section("The Green operator", 0, caption, rows)


def _error_19() -> float:
    omega, worst = np.array([0.31, 0.9, 1.7]), 0.0
    for n_tilde in (6.0, 1.0, 3.7):
        for k0 in (0.0, 0.3):
            exact = transmittance(two_ends(MeanField(np.ones(7), k0=k0, n_tilde=n_tilde)), omega)
            paper = theory.transmittance_identical(omega, 7, k0=k0, n_tilde=n_tilde)
            worst = max(worst, float(np.max(np.abs(paper / exact - 1.0))))
    return worst


def _error_22() -> float:
    omega, worst, n = np.array([0.31, 0.9, 1.7]), 0.0, 7
    for n_tilde in (6.0, 1.0, 3.7):
        exact = transmittance(two_ends(MeanField(np.ones(n), n_tilde=n_tilde)), omega)
        paper = theory.transmittance_free(omega, n, n_tilde=n_tilde)
        worst = max(worst, float(np.max(np.abs(paper / exact - 1.0))))
    return worst


def figure_2(ds: xr.Dataset) -> Section:
    """Return the section of Fig. 2."""
    rows = []
    origin = float(np.max(np.abs(ds["origin"] - 1.0)))
    rows.append(Row("𝒯 has its absolute maximum, 1, at ω = 0", f"|𝒯(0) - 1| ≤ {origin:.1e}", exactly(origin)))
    rows += _more_maxima()
    at_zero = float(ds["at_zero"].max())
    rows.append(Row("𝒯 = 0 at ω = sqrt(Nk/(Ñm))", f"𝒯 there ≤ {at_zero:.1e}", exactly(at_zero, 1e-25)))
    for factor in ("Kac", "bare"):
        half = {n: float(ds["half"].sel(factor=factor, size=n)) for n in SIZES}
        worst = {n: float(np.max(np.abs(_near(ds, factor, n)))) for n in SIZES}
        rows.append(Row(f"Eq. 23, {factor}: 𝒯(2γ/(mN)) = 1/2", by_size(half, 8),
                        leading({n: abs(2.0 * value - 1.0) for n, value in half.items()})))
        rows.append(Row(f"Eq. 23, {factor}: the whole peak, ω up to 10 half widths",
                        "largest deviation of 𝒯 " + by_size(worst, 2), leading(worst)))
    rows += [_tail_row(ds), *_one_over_n_squared()]
    caption = ("Transmittance of identical masses, m = k = γ = 1, k0 = 0; (a, b) with the Kac factor, (c, d) without. "
               "Insets: the tail, Ñ²𝒯, with its law in black. (b, d): the main peak, Eq. 23 in black.")
    return Section("Transmittance without pinning", 2, caption, rows)


def _near(ds: xr.Dataset, factor: str, n: int) -> xr.DataArray:
    """Return 𝒯 - Eq. 23 within ten half widths of ω = 0."""
    one = ds.sel(factor=factor, size=n)
    difference: xr.DataArray = (one["transmittance"] - one["lorentzian"]).where(one["omega"] <= 20.0 / n, 0.0)
    return difference


def _more_maxima() -> list[Row]:
    """Judge "additional maxima with 𝒯 < 1 can emerge for small N": they reach 1 when N²/Ñ < 2γ²/(mk)."""
    k, n = 0.1, 10
    extra = unit_frequencies(n, k, 0.0, n - 1.0)
    system = two_ends(MeanField(np.ones(n), k=k))
    value = float(transmittance(system, extra[-1:])[0]) if extra.size else float("nan")
    with_extra = [size for size in range(3, 60) if unit_frequencies(size, k, 0.0, size - 1.0).size]
    exact = (f"at Fig. 4's parameters (k = 0.1, Kac) and N = {n}, 𝒯 = {value:.15g} at ω = {extra[-1]:.6g}; such a "
             f"second maximum of height 1 exists for N = {min(with_extra)} … {max(with_extra)}, that is "
             "N²/Ñ < 2γ²/(mk)")
    return [Row("Additional maxima, for small N, have 𝒯 < 1", exact, holds_if(abs(value - 1.0) > 1e-9))]


def _tail_row(ds: xr.Dataset) -> Row:
    """Judge the tail: ω⁶Ñ²𝒯 → 4γ²k²/m⁴, within the grid at ω = 1000."""
    ratio = {}
    for factor in ("Kac", "bare"):
        for n in SIZES:
            one = ds.sel(factor=factor, size=n).isel(point=-1)
            scale = (n - 1.0) ** 2 if factor == "Kac" else 1.0
            ratio[f"{factor} {n}"] = float(one["transmittance"] * scale * one["omega"] ** 6 / 4.0)
    worst = max(abs(value - 1.0) for value in ratio.values())
    return Row("For large ω, 𝒯 ~ 1/(ω⁶Ñ²)", f"ω⁶Ñ²𝒯 m⁴/(4γ²k²) at ω = 1000 is 1 within {worst:.1e}",
               holds_if(worst < 0.01, f"law 4γ²k²/(Ñ²m⁴ω⁶), {100 * worst:.2g} % at ω = 1000"))


def _one_over_n_squared() -> list[Row]:
    """Judge 𝒯 ~ 1/N² at a fixed frequency: at any with Kac, only in the dominant region without."""
    sizes = (1000, 2000, 4000, 8000)
    exponent = {}
    for kac in (True, False):
        for omega in (0.5, 3.0, 300.0):
            values = [transmittance(two_ends(MeanField(np.ones(n), kac=kac)), np.array([omega]))[0] for n in sizes]
            exponent[kac, omega] = slope(sizes, values)
    kac_ok = all(abs(exponent[True, omega] + 2.0) < 0.02 for omega in (0.5, 3.0, 300.0))
    bare_ok = abs(exponent[False, 0.5] + 2.0) < 0.02 and abs(exponent[False, 300.0]) < 0.2
    shown = {kac: ", ".join(f"{exponent[kac, omega]:.3f} at ω = {omega:g}" for omega in (0.5, 3.0, 300.0))
             for kac in (True, False)}
    return [Row("With the Kac factor, 𝒯 ~ 1/N² at any ω but the maximum and the zeros", f"exponent {shown[True]}",
                holds_if(kac_ok)),
            Row("Without it not at any frequency, but in the dominant region", f"exponent {shown[False]}",
                holds_if(bare_ok))]


def figure_3(ds: xr.Dataset) -> Section:
    """Return the section of Fig. 3."""
    rows = []
    for factor in ("Kac", "bare"):
        one = ds.sel(factor=factor)
        peak = {n: float(one["peak"].sel(size=n)) for n in SIZES}
        off = {n: abs(float(one["peak_theory"].sel(size=n)) / peak[n] - 1.0) for n in SIZES}
        rows.append(Row(f"Eq. 25, {factor}: the peak ω_c", f"{by_size(peak, 9)}; Eq. 25 is off by {by_size(off, 2)}",
                        leading(off)))
    height = float(np.max(np.abs(ds["at_peak"] - 1.0)))
    rows.append(Row("𝒯(ω_c) = 1", f"|𝒯 - 1| ≤ {height:.1e} at the exact ω_c", exactly(height)))
    n = 1000
    shift = float(ds["peak"].sel(factor="bare", size=n)) - 1.0
    rows.append(Row("Eq. 25, bare: the next term is O(N⁻²)",
                    f"it is ω0γ²/(mkN²): (ω_c - ω0) mkN²/(ω0γ²) = {shift * n**2:.7g} at N = {n}",
                    holds_if(abs(shift * n**2 - 1.0) < 0.01)))
    rows += _eq_26()
    for factor in ("Kac", "bare"):
        worst = {n: _peak_error(ds, factor, n) for n in SIZES}
        rows.append(Row(f"Eqs. 27, 28, {factor}: the whole peak, 10 half widths around ω_c",
                        "largest deviation of 𝒯 " + by_size(worst, 2), leading(worst)))
    sum_at_zero = float(np.asarray(theory.transmittance_two_peaks(np.array([0.0]), 100, k0=1e-20, n_tilde=99.0))[0])
    rows.append(Row("Eq. 27 recovers Eq. 23 as k0 → 0 (implied: Eq. 29 \"recovers Eq. 24\")",
                    f"as k0 → 0 it gives 𝒯(0) → {sum_at_zero:g}, more than 1, with peaks half as wide; only the "
                    "integral, hence Eq. 29, goes over", FAILS + " pointwise, holds for the integral"))
    caption = ("As Fig. 2 with k0 = 1. In (b, d) Eq. 27 with the peak of Eq. 25 and the width of Eq. 28 in black.")
    return Section("Transmittance with pinning", 3, caption, rows)


def _peak_error(ds: xr.Dataset, factor: str, n: int) -> float:
    """Return the largest |𝒯 - Eq. 27| within ten half widths of ω_c."""
    one = ds.sel(factor=factor, size=n)
    width = 1.0 / (n * (2.0 if factor == "Kac" else 1.0))
    inside = abs(one["omega"] - one["peak"]) <= 10.0 * width
    return float(abs(one["transmittance"] - one["lorentzian"]).where(inside, 0.0).max())


def _eq_26() -> list[Row]:
    """Judge Eq. 26, the size from which there is one peak only, against the count of exact ones."""
    rows = []
    for k, k0, figure in ((1.0, 1.0, 3), (0.1, 0.02, 4)):
        for kac in (True, False):
            bound = theory.single_peak_bound(k=k, k0=k0, kac=kac)
            several = [n for n in range(3, 400) if unit_frequencies(n, k, k0, n - 1.0 if kac else 1.0).size > 1]
            exact = (f"right-hand side {bound:.4g}" + ("" if kac else f" (N ≫ {max(bound, 0.0) ** 0.5:.3g})") + "; "
                     + (f"several maxima of height 1 up to N = {max(several)}" if several
                        else "one maximum of height 1 at every N ≥ 3"))
            vacuous = kac and bound <= 0.0
            verdict = FAILS + " as a condition (zero or negative: it says nothing)" if vacuous else holds_if(
                not several or max(several) <= bound**0.5, "to leading order")
            rows.append(Row(f"Eq. 26, {'Kac' if kac else 'bare'}, Fig. {figure}'s parameters: other peaks are avoided "
                            "for N well above", exact, verdict))
    return rows


def misprints() -> Section:
    """Return the section of what is misprinted, or needs a word to be read right."""
    pairs = [
        ("Eq. 15", "the product of noise and velocity is Stratonovich's; J = (γ/m_1)(T_L - T_1)"),
        ("Eqs. 19, 22", "w means ω"),
        ("\"(ii) … Eq. (22) takes the maximal value 1\"", "Eq. 19 is meant: Eq. 22 is for k0 = 0"),
        ("After Eq. 26: \"(see Fig. 2)\"", "Fig. 3"),
        ("Caption of Fig. 3: \"the same used in Fig. 3\"", "Fig. 2"),
        ("Fig. 4: \"numerical integration of Eq. (17)\", \"by integrating Eq. (17)\"", "Eq. 16"),
        ("Fig. 5: \"corresponding to the cases shown in Fig. 4\"",
         "its parameters differ: k = 1, k0 = 0 and 1, N = 20"),
    ]
    return Section("Misprints", 0, "", [Row(where, meant, "misprint") for where, meant in pairs])
