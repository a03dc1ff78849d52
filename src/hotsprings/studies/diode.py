"""Study: mass-graded anharmonic chains as diodes for heat, against the range of the springs, by molecular dynamics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotsprings import dynamics, masses
from hotsprings.baths import Bath
from hotsprings.dataset import made_by
from hotsprings.network import Anharmonic, PowerLaw
from hotsprings.stationary import conductance
from hotsprings.studies.curves import points, through
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["STUDY", "data", "figure", "paragraph"]

RANGES = {True: (0.0, 1.5, 6.0), False: (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 6.0)}  # exponents α of the springs
SIZES = {True: (12,), False: (12, 24)}
DURATION = {True: 1.5e3, False: 4e4}
GRADING = 0.8  # masses from 1.8 to 0.2
HOT, COLD, QUARTIC, STEP, REPLICAS = 5.0, 0.1, 1.0, 0.02, 8  # the φ⁴ of each site shifts light sites and hot ones up


def _harmonic(n: int, alpha: float) -> PowerLaw:
    return PowerLaw(masses.graded(n, 1.0, GRADING), alpha, kac=True)


def _flux(n: int, alpha: float, quartic: float, heavy_is_hot: bool, duration: float, seed: int) -> tuple[float, float]:
    """Return the heat flux from the hot to the cold end and its standard error; the heavy sites come first."""
    ends = (HOT, COLD) if heavy_is_hot else (COLD, HOT)
    network = Anharmonic(_harmonic(n, alpha), onsite_quartic=quartic)
    system = OpenNetwork(network, [Bath(0, ends[0]), Bath(-1, ends[1])])
    run = dynamics.simulate(system, duration, STEP, REPLICAS, seed, sample_every=25)
    flux, error = through(run)
    return flux if heavy_is_hot else -flux, error


def data(quick: bool, seed: int) -> xr.Dataset:
    """Return the heat flux both ways against size and range, with standard errors, and the harmonic one.

    Parameters
    ----------
    quick : bool
        One size and three ranges, or two sizes and seven ranges.
    seed : int
        Seed of the molecular dynamics.

    Returns
    -------
    xarray.Dataset
        ``heat_flux`` and ``heat_flux_error`` (springs, way, n, alpha): springs harmonic (the control) or anharmonic,
        way "heavy hot" or "light hot"; ``exact`` (n, alpha), of the harmonic ones either way.
    """
    import xarray as xr

    sizes, ranges, duration = SIZES[quick], RANGES[quick], DURATION[quick]
    flux, error = np.empty((2, 2, 2, len(sizes), len(ranges)))
    exact = np.empty((len(sizes), len(ranges)))
    for j, n in enumerate(sizes):
        for k, alpha in enumerate(ranges):
            between = OpenNetwork(_harmonic(n, alpha), [Bath(0, HOT), Bath(-1, COLD)])
            exact[j, k] = float(conductance(between)[0, 1]) * (HOT - COLD)
            for s, quartic in enumerate((0.0, QUARTIC)):
                for way, heavy in enumerate((True, False)):
                    number = seed + 1000 * (2 * s + way) + 10 * k + j
                    flux[s, way, j, k], error[s, way, j, k] = _flux(n, alpha, quartic, heavy, duration, number)
    dims, units = ("springs", "way", "n", "alpha"), {"units": "energy/time"}
    return xr.Dataset(
        {"heat_flux": (dims, flux, {"long_name": "heat flux from the hot to the cold end", **units}),
         "heat_flux_error": (dims, error, {"long_name": "standard error of heat_flux", **units}),
         "exact": (("n", "alpha"), exact, {"long_name": "exact heat flux of the harmonic network", **units})},
        {"springs": ["harmonic", "anharmonic"], "way": ["heavy hot", "light hot"], "n": list(sizes),
         "alpha": list(ranges)}, {**made_by(), "seed": seed, "n_failed": 0, "title": "Mass-graded chains as diodes"})


def _rectification(dataset: xr.Dataset, springs: str) -> tuple[xr.DataArray, xr.DataArray]:
    """Return (J₊ - J₋)/(J₊ + J₋), J₊ with the heavy end hot, and its standard error, over n and alpha."""
    part = dataset.sel(springs=springs)
    first, second = (part["heat_flux"].sel(way=way) for way in dataset["way"].values)
    d_first, d_second = (part["heat_flux_error"].sel(way=way) for way in dataset["way"].values)
    total = first + second
    doubt = 2.0 * ((second * d_first) ** 2 + (first * d_second) ** 2) ** 0.5 / total**2
    return (first - second) / total, doubt


def paragraph(dataset: xr.Dataset) -> str:
    """Return what was claimed and what came out, in one paragraph.

    Parameters
    ----------
    dataset : xarray.Dataset
        Of :func:`data`.

    Returns
    -------
    str
    """
    part, doubt = _rectification(dataset, "anharmonic")
    control, its = _rectification(dataset, "harmonic")
    z = float((abs(control) / its).max())
    n = int(dataset["n"][-1])
    at = "; ".join(f"α = {float(alpha):g}: {float(part.sel(n=n, alpha=alpha)):+.3f} ± "
                   f"{float(doubt.sel(n=n, alpha=alpha)):.1g}" for alpha in dataset["alpha"].values)
    return (f"With the heavy end hot the flux is J₊, else J₋; (J₊ - J₋)/(J₊ + J₋) at N = {n}: {at}. Harmonic springs, "
            f"which rectify nothing, as the control: at most {z:.1f} standard errors from 0.")


def figure(dataset: xr.Dataset) -> Figure:
    """Draw the rectification against the range of the springs, and the fluxes both ways.

    Parameters
    ----------
    dataset : xarray.Dataset
        Of :func:`data`.

    Returns
    -------
    matplotlib Figure
    """
    from hotsprings.figures.style import new_figure

    drawn = new_figure(178.0, 75.0)
    left, right = drawn.subplots(1, 2)
    alpha, n = dataset["alpha"].values, int(dataset["n"][-1])
    for i, way in enumerate(dataset["way"].values):
        rows = dataset.sel(springs="anharmonic", way=way, n=n)
        points(left, alpha, rows["heat_flux"].values, rows["heat_flux_error"].values, i, str(way))
    rows = dataset.sel(springs="anharmonic", n=n)
    left.plot(alpha, dataset["exact"].sel(n=n), ls=":", lw=0.9, color="0.4", label="harmonic, exact")
    left.set(xlabel=r"range of the springs, $\alpha$", ylabel="$J$", yscale="log")
    left.set_title(f"(a) $N={n}$", loc="left")
    left.set_ylim(0.05 * float(rows["heat_flux"].clip(1e-3).min()), None)
    left.legend(loc="lower right")
    for i, size in enumerate(dataset["n"].values):
        part, doubt = (x.sel(n=size) for x in _rectification(dataset, "anharmonic"))
        points(right, alpha, part.values, doubt.values, i, f"$N={size}$")
    part, doubt = (x.sel(n=n) for x in _rectification(dataset, "harmonic"))
    right.errorbar(alpha, part, doubt, color="0.4", marker="x", ms=3.5, lw=0.0, elinewidth=0.9, capsize=1.5,
                   label=f"harmonic, $N={n}$")
    right.axhline(0.0, color="0.7", lw=0.6)
    right.set(xlabel=r"range of the springs, $\alpha$", ylabel=r"$(J_+-J_-)/(J_++J_-)$")
    right.set_title("(b) rectification", loc="left")
    right.legend()
    return drawn


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    return {"diode": data(quick, 21)}


STUDY = Study(
    name="diode", title="Mass-graded anharmonic chains as diodes for heat",
    claim="Mass-graded chains with a φ⁴ potential on each site carry more heat one way than the other, and the range "
          "of the springs may increase this (what the introduction of arXiv:2111.01332 quotes as [17-22]); harmonic "
          "ones rectify nothing.",
    compute=_compute, judge=lambda found: Findings(paragraph(found["diode"])),
    draw=lambda found, _: figure(found["diode"]), core_seconds=(10.0, 820.0))
