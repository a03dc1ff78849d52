"""Study: how heat fluctuates in mean field, chain and disordered chain; its symmetry, and the uncertainty bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.studies.curves import BATHS, curve, panel, points, sizes
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

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
        axis = Axis("masses.n", sizes(8, last if not quick else last // 4, 5 if quick else 9))
        many = (8 if quick else 100) if name == "disordered chain" else 1
        data[name.replace(" ", "_")] = sweeper(name.replace(" ", "-"), Plan(
            _document(name, 8), [axis], many, seed=11, observables=["statistics_cumulant", "statistics_uncertainty"],
            title=f"Fluctuations of heat, {name}"))
    return data


def ratios(data: xr.Dataset) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return N, I_2/I_1 and I_3/I_1 of the mean cumulants."""
    n, kappa, _ = curve(data, "statistics_cumulant")
    second = (kappa[:, 1] / kappa[:, 0] * STEP - 2.0 * PRODUCT) / STEP**2
    third = (kappa[:, 2] / kappa[:, 0] - 6.0 * PRODUCT * second) / (2.0 * STEP**2)
    return n, second, third


def _judge(data: Data) -> Findings:
    parts = []
    for name, found in data.items():
        n, second, third = ratios(found)
        bound = curve(found, "statistics_uncertainty")[1]
        parts.append(f"{name.replace('_', ' ')}: I_2/I_1 = {second[-1]:.4f}, I_3/I_1 = {third[-1]:.4f} at "
                     f"N = {n[-1]:g}, uncertainty product {bound.min():.4f} … {bound.max():.4f}")
    return Findings(f"{'; '.join(parts)}. Narrow lines of height 1 have 1/2 and 3/8. The product is never below 2.")


def _draw(data: Data, findings: Findings) -> Figure:
    from hotsprings.config import Model
    from hotsprings.figures.style import new_figure
    from hotsprings.statistics import cumulants, rate_function

    figure = new_figure(178.0, 70.0)
    left, middle, right = figure.subplots(1, 3)
    first = next(iter(data.values()))
    panel(left, "(a) moments of the transmittance", first["n"].values, r"$I_n/I_1$", "linear")
    panel(middle, "(b) uncertainty product", first["n"].values, r"$\kappa_2\,\Delta\beta/\kappa_1$", "linear")
    for i, (name, found) in enumerate(data.items()):
        n, second, third = ratios(found)
        points(left, n, second, None, i, name.replace("_", " "))
        points(left, n, third, None, i, "", filled=False)
        points(middle, n, curve(found, "statistics_uncertainty")[1], None, i, name.replace("_", " "))
        document = _document(name.replace("_", " "), DRAWN)
        if document["masses"]["kind"] == "random":  # type: ignore[index]
            document["masses"]["seed"] = 1  # type: ignore[index]
        system = Model.model_validate(document).system()
        q = np.linspace(-3.0, 3.0, 61) * float(cumulants(system, order=1)[0])
        h = np.asarray(rate_function(system, q)) / float(cumulants(system, order=1)[0])
        right.plot(q / q[-1] * 3.0, h, label=name.replace("_", " "))
    middle.axhline(2.0, color="#6b6b6b", linewidth=0.8, linestyle=":")
    right.set(xlabel=r"$q/J$", ylabel=r"$h(q)/J$")
    right.set_title("(c) distribution of heat", loc="left")
    left.legend()
    return figure


STUDY = Study(
    name="fluctuations", title="Fluctuations of heat: mean field, chain, disordered chain",
    claim="The heat that passes between two baths obeys h(-q) - h(q) = qΔβ (Saito, Dhar, Phys. Rev. Lett. 99, 180601), "
          "and variance × entropy production / mean² is never below 2 (Barato, Seifert, Phys. Rev. Lett. 114, 158101).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(10.0, 120.0))
