"""Study: how heat fluctuates in mean field, chain and disordered chain; its symmetry, and the uncertainty bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.studies.curves import BATHS, COLOURS, curve, fitted, in_words, panel, points, sizes
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from hotsprings.system import OpenNetwork

__all__ = ["STUDY", "ratios"]

NETWORKS = {"mean field": {"kind": "mean-field"}, "chain between walls": {"kind": "chain", "ends": "fixed"},
            "disordered chain": {"kind": "chain", "ends": "free"}}
PRODUCT, STEP = 0.75, 1.0  # T_0 T_1 and T_0 - T_1 of the baths
SPREAD = 0.3
DRAWN = 32  # sites of the networks whose h(q) is drawn


def _document(name: str, n: int) -> dict[str, object]:
    random = name == "disordered chain"
    masses = {"kind": "random", "n": n, "spread": SPREAD} if random else {"kind": "identical", "n": n}
    return {"network": NETWORKS[name], "baths": BATHS, "masses": masses, "statistics": {"order": 3}}


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    data = {}
    for name in NETWORKS:
        last = {"mean field": 1000, "chain between walls": 256, "disordered chain": 256}[name]
        if quick:
            last = {"mean field": 250, "chain between walls": 64, "disordered chain": 32}[name]
        axis = Axis("masses.n", sizes(8, last, 5 if quick else 9))
        many = (8 if quick else 100) if name == "disordered chain" else 1
        data[name.replace(" ", "_")] = sweeper(name.replace(" ", "-"), Plan(
            _document(name, 8), [axis], many, seed=11,
            observables=["conductance", "statistics_cumulant", "statistics_uncertainty"],
            title=f"Fluctuations of heat, {name}"))
    return data


def ratios(data: xr.Dataset) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return N, I_2/I_1 and I_3/I_1 of the mean cumulants, and their standard errors (2, n_sizes) by a jackknife."""
    n = data["n"].values
    kappa = data["statistics_cumulant"].transpose("realisation", "n", "order").values
    many = len(kappa)
    second, third = _moments(kappa.mean(axis=0))
    if many < 2:
        return n, second, third, np.zeros((2, n.size))
    without = np.array([_moments((kappa.sum(axis=0) - one) / (many - 1)) for one in kappa])
    return n, second, third, np.sqrt((many - 1.0) * without.var(axis=0))


def _moments(kappa: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return I_2/I_1 and I_3/I_1 of cumulants, orders on the last axis."""
    second = (kappa[:, 1] / kappa[:, 0] * STEP - 2.0 * PRODUCT) / STEP**2
    return second, (kappa[:, 2] / kappa[:, 0] - 6.0 * PRODUCT * second) / (2.0 * STEP**2)


def _judge(data: Data) -> Findings:
    parts, fits = [], {}
    for name, found in data.items():
        fits[f"J, {name.replace('_', ' ')}"] = fitted(found, int(found["n"].values[-1]) // 8)
        n, second, third, error = ratios(found)
        bound = curve(found, "statistics_uncertainty")[1]
        parts.append(f"{name.replace('_', ' ')}, J with {in_words(fits[next(reversed(fits))])}: I_2/I_1 = "
                     f"{_with(second, error[0])}, I_3/I_1 = {_with(third, error[1])} at N = {n[-1]:g}, uncertainty "
                     f"product {bound.min():.4f} … {bound.max():.4f}")
    return Findings(f"{'; '.join(parts)}. Narrow lines of height 1 have 1/2 and 3/8. The product is never below 2, "
                    f"and h(-q) - h(q) = qΔβ to {max(map(_asymmetry, NETWORKS)):.0e} of h at N = {DRAWN}.", fits)


def _with(values: FloatArray, errors: FloatArray) -> str:
    """Return the last value, with its error where something is random."""
    return f"{values[-1]:.4f}" + (f" ± {errors[-1]:.1g}" if errors[-1] > 0.0 else "")


def _drawn(name: str) -> OpenNetwork:
    """Return the network of one kind whose h(q) is drawn."""
    from hotsprings.config import Model

    document = _document(name, DRAWN)
    if document["masses"]["kind"] == "random":  # type: ignore[index]
        document["masses"]["seed"] = 1  # type: ignore[index]
    return Model.model_validate(document).system()


def _asymmetry(name: str) -> float:
    """Return how far h(-q) - h(q) = qΔβ is from holding, relative to h(-q), at some fluxes."""
    from hotsprings.statistics import cumulants, rate_function

    system = _drawn(name)
    q = np.array([0.5, 1.0, 2.0, 3.0]) * float(cumulants(system, order=1)[0])
    there, back = np.asarray(rate_function(system, q)), np.asarray(rate_function(system, -q))
    return float(np.max(np.abs(back - there - q * STEP / PRODUCT) / back))


def _draw(data: Data, findings: Findings) -> Figure:
    from hotsprings.figures.style import new_figure
    from hotsprings.statistics import cumulants, rate_function

    figure = new_figure(178.0, 70.0)
    left, middle, right = figure.subplots(1, 3)
    first = next(iter(data.values()))
    panel(left, "(a) moments of the transmittance", first["n"].values, r"$I_n/I_1$", "linear")
    panel(middle, "(b) uncertainty product", first["n"].values, r"$\kappa_2\,\Delta\beta/\kappa_1$", "linear")
    for i, (name, found) in enumerate(data.items()):
        n, second, third, error = ratios(found)
        points(left, n, second, error[0], i, name.replace("_", " "))
        points(left, n, third, error[1], i, "", filled=False)
        points(middle, *curve(found, "statistics_uncertainty"), i, name.replace("_", " "))
        system = _drawn(name.replace("_", " "))
        q = np.linspace(-3.0, 3.0, 61) * float(cumulants(system, order=1)[0])
        h = np.asarray(rate_function(system, q)) / float(cumulants(system, order=1)[0])
        right.plot(q / q[-1] * 3.0, h, color=COLOURS[i])
        if i == 0:
            mirrored = h[::-1] - q / q[-1] * 3.0 * STEP / PRODUCT
            right.plot(q[::6] / q[-1] * 3.0, mirrored[::6], "k.", markersize=4.0, label=r"$h(-q) - q\,\Delta\beta$")
    middle.axhline(2.0, color="#6b6b6b", linewidth=0.8, linestyle=":")
    right.set(xlabel=r"$q/J$", ylabel=r"$h(q)/J$")
    right.set_title("(c) distribution of heat", loc="left")
    right.legend(loc="upper right", fontsize=7)
    left.set_ylim(top=left.get_ylim()[1] + 0.4 * np.ptp(left.get_ylim()))
    left.legend(loc="upper left", title="filled: $n=2$, open: $n=3$", title_fontsize=7, fontsize=7)
    return figure


STUDY = Study(
    name="fluctuations", title="Fluctuations of heat: mean field, chain, disordered chain",
    claim="The heat that passes between two baths obeys h(-q) - h(q) = qΔβ (Saito, Dhar, Phys. Rev. Lett. 99, 180601), "
          "and variance × entropy production / mean² is never below 2 (Barato, Seifert, Phys. Rev. Lett. 114, 158101).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(15.0, 240.0))
