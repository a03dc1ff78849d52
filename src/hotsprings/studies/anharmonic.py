"""Study: mean fields of FPUT springs and of rotors between two baths, by molecular dynamics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotsprings import dynamics
from hotsprings.baths import Bath
from hotsprings.dataset import made_by
from hotsprings.fits import ExponentFit, fit_exponent
from hotsprings.network import Anharmonic, MeanField, Network, Rotors
from hotsprings.studies.curves import in_words, through
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["STUDY", "data", "figure", "paragraph"]

QUICK_SIZES, FULL_SIZES = (8, 16, 32, 64), (8, 16, 32, 64, 128, 256)
TEMPERATURES = {"FPUT-β": (1.5, 0.5), "rotors": (0.45, 0.15)}  # rotors are ordered at their mean, 0.3 < 1/2
STEPS = {"FPUT-β": 0.05, "rotors": 0.1}
PRECISION = {True: 0.04, False: 0.01}  # of each flux, which sets the duration
REPLICAS = 8


def _network(model: str, n: int) -> Network:
    base = MeanField(np.ones(n))
    return Rotors(base) if model == "rotors" else Anharmonic(base, quartic=1.0)


def _duration(n: int, mean: float, gap: float, precision: float) -> float:
    """Return the time after which the flux is known to a precision: ⟨δQ²⟩ = 2 T² C t at T, with J = C ΔT, C ≈ 1/2N."""
    return 2.0 * mean**2 * (2.0 * n) / (gap * precision) ** 2 / REPLICAS


def data(quick: bool, seed: int) -> xr.Dataset:
    """Return the heat flux against the size for both models, with standard errors.

    Parameters
    ----------
    quick : bool
        Four sizes to 4 % each, or six to 1 %.
    seed : int
        Seed of the molecular dynamics.

    Returns
    -------
    xarray.Dataset
        ``heat_flux`` and ``heat_flux_error`` (model, n), the mean of what goes in and what comes out.
    """
    import xarray as xr

    sizes = QUICK_SIZES if quick else FULL_SIZES
    flux, error = np.empty((2, len(TEMPERATURES), len(sizes)))
    for i, (model, (hot, cold)) in enumerate(TEMPERATURES.items()):
        for j, n in enumerate(sizes):
            system = OpenNetwork(_network(model, n), [Bath(0, hot), Bath(-1, cold)])
            duration = _duration(n, 0.5 * (hot + cold), hot - cold, PRECISION[quick])
            run = dynamics.simulate(system, duration, STEPS[model], REPLICAS, seed + 1000 * i + j, sample_every=10)
            flux[i, j], error[i, j] = through(run)
    attrs = {**made_by(), "seed": seed, "n_failed": 0, "title": "Mean fields beyond the harmonic one"}
    units = {"units": "energy/time"}
    return xr.Dataset(
        {"heat_flux": (("model", "n"), flux, {"long_name": "heat flux through the network", **units}),
         "heat_flux_error": (("model", "n"), error, {"long_name": "standard error of heat_flux", **units}),
         "temperature_difference": ("model", [h - c for h, c in TEMPERATURES.values()], {"units": "energy (k_B = 1)"})},
        {"model": list(TEMPERATURES), "n": list(sizes)}, attrs)


def _fits(dataset: xr.Dataset) -> dict[str, ExponentFit]:
    return {str(model): fit_exponent(dataset["n"].values, dataset["heat_flux"].sel(model=model).values,
                                     dataset["heat_flux_error"].sel(model=model).values)
            for model in dataset["model"].values}


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
    parts = []
    for model, fit in _fits(dataset).items():
        rows = dataset.sel(model=model)
        scaled = rows["n"] * rows["heat_flux"] / rows["temperature_difference"]
        spread = rows["n"] * rows["heat_flux_error"] / rows["temperature_difference"]
        parts.append(f"{model}: {in_words(fit)}, and N·J/ΔT goes from "
                     f"{float(scaled[0]):.3f} ± {float(spread[0]):.3f} at N = {int(rows['n'][0])} to "
                     f"{float(scaled[-1]):.3f} ± {float(spread[-1]):.3f} at N = {int(rows['n'][-1])}")
    return ("Mean fields with end baths carry J ~ 1/N beyond the harmonic case too (Iubini et al., PRE 97, 032102 "
            "(2018)). " + "; ".join(parts) + ".")


def figure(dataset: xr.Dataset) -> Figure:
    """Draw J/ΔT and N·J/ΔT against N for both models.

    Parameters
    ----------
    dataset : xarray.Dataset
        Of :func:`data`.

    Returns
    -------
    matplotlib Figure
    """
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    from hotsprings.figures.style import SERIES, new_figure

    drawn = new_figure(178.0, 70.0)
    n = dataset["n"].values
    labels = (r"(a)  $J/\Delta T$", r"(b)  $NJ/\Delta T$")
    for power, (ax, label) in enumerate(zip(drawn.subplots(1, 2), labels, strict=True)):
        for (colour, _, marker), model in zip(SERIES[1:], dataset["model"].values, strict=False):
            rows = dataset.sel(model=model)
            scale = n**power / float(rows["temperature_difference"])
            ax.errorbar(n, scale * rows["heat_flux"], scale * rows["heat_flux_error"], fmt=marker, color=colour, ms=4.0,
                        elinewidth=0.9, capsize=1.5, label=str(model))
        ax.plot(n, 0.5 * n ** (power - 1.0), ls=":", lw=0.9, color="0.4", label="harmonic, large $N$: $1/2N$")
        ax.set_xscale("log")
        ax.set_xticks(n)
        ax.xaxis.set_major_formatter(ScalarFormatter())
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_xlabel("$N$")
        ax.set_title(label, loc="left")
        ax.set_yscale("linear" if power else "log")
        if power:
            ax.set_ylim(0.0, None)
    ax.legend(loc="best")
    return drawn


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    return {"current": data(quick, 4)}


STUDY = Study(
    name="anharmonic", title="Mean fields of FPUT springs and of rotors",
    claim="With end baths the current of the mean-field FPUT-β and XY models is ~ 1/N (Iubini, Di Cintio, Lepri, Livi, "
          "Casetti, PRE 97, 032102 (2018); arXiv:2111.01332, section I).",
    compute=_compute, judge=lambda found: Findings(paragraph(found["current"]), _fits(found["current"])),
    draw=lambda found, _: figure(found["current"]), core_seconds=(7.0, 800.0))
