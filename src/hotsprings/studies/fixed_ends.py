"""Study 2: the mean field with fixed ends, and its plateau at small sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotsprings.baths import Bath
from hotsprings.masses import identical, random
from hotsprings.network import MeanField
from hotsprings.studies.curves import against, curve, fitted, guide, in_words, panel, points, sizes
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan
from hotsprings.system import OpenNetwork
from hotsprings.theory import heat_flux_identical

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY", "plateau", "walled"]

WALLS = {"Kac, wall k": (True, False), "Kac, wall k/Ñ": (True, True), "bare, wall k": (False, False)}
SOFT = 1e-4  # spring constant of the plateau: γ²/(mk) = 10⁴ sites
SPREAD = 0.1


def _two_ends(network: MeanField) -> OpenNetwork:
    return OpenNetwork(network, [Bath(0, 1.5), Bath(-1, 0.5)])


def walled(n: int, wall: str, masses: str, seed: int) -> OpenNetwork:
    """Return a mean field, m = k = γ = 1, whose two bath sites are held by springs to walls."""
    kac, scaled = WALLS[wall]
    k0 = np.zeros(n)
    k0[[0, -1]] = 1.0 / (n - 1.0) if kac and scaled else 1.0
    m = identical(n) if masses == "identical" else random(n, 1.0, SPREAD, seed)
    return _two_ends(MeanField(m, 1.0, k0, kac=kac))


def plateau(n: int) -> OpenNetwork:
    """Return identical masses coupled so weakly that N ≪ γ²/(mk) up to N = 10⁴ (Kac, free)."""
    return _two_ends(MeanField(identical(n), SOFT))


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    walls = [Axis("n", sizes(10, 1000, 5) if quick else sizes(10, 10_000, 7)), Axis("wall", list(WALLS)),
             Axis("masses", ["identical", "random"])]
    small = Axis("n", sizes(3, 3_000_000, 9 if quick else 17))
    return {"walls": sweeper("walls", Plan(walled, walls, 10 if quick else 200, seed=2, title="Fixed ends")),
            "plateau": sweeper("plateau", Plan(plateau, [small], title="Plateau of the mean field"))}


def _judge(data: Data) -> Findings:
    fits = {f"{wall}, {masses} masses": fitted(data["walls"], 100, wall=wall, masses=masses)
            for wall in WALLS for masses in ("identical", "random")}
    fits["Kac, free, N ≫ γ²/(mk)"] = fitted(data["plateau"], 30 * int(1.0 / SOFT))
    walls = "; ".join(f"{name}: 1/N {against(fit, -1.0)}, {in_words(fit)}" for name, fit in fits.items())
    n, y, _ = curve(data["plateau"])
    low = y[n <= 100] / (0.5 * SOFT)
    text = (f"{walls}. With k = {SOFT:g}, J/ΔT is {low.min():.4f} to {low.max():.4f} times k/(2γ) for N ≤ 100: a "
            f"plateau until N reaches γ²/(mk) = {1.0 / SOFT:.0f}, and 1/N beyond.")
    return Findings(text, fits)


def _draw(data: Data, _: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    figure = new_figure(178.0, 75.0)
    left, right = figure.subplots(1, 2)
    panel(left, "(a) walls at the bath sites", data["walls"]["n"].values)
    for i, wall in enumerate(WALLS):
        for masses in ("identical", "random"):
            n, y, error = curve(data["walls"], wall=wall, masses=masses)
            points(left, n, y, error if masses == "random" else None, i, f"{wall}, {masses}", masses == "identical")
    guide(left, n, 0.5 * y[-1], -1.0, r"$1/N$")
    left.legend(fontsize=6)
    panel(right, rf"(b) $k = 10^{{{int(np.log10(SOFT))}}}$, Kac, free", data["plateau"]["n"].values)
    n, y, error = curve(data["plateau"])
    points(right, n, y, error, 0, "exact")
    right.plot(n, [heat_flux_identical(int(m), k=SOFT) for m in n], color="black", linewidth=0.8, linestyle=":",
               label="closed form")
    right.axhline(0.5 * SOFT, color="#6b6b6b", linewidth=0.8, linestyle="--", label=r"$k/(2\gamma)$")
    right.axvline(1.0 / SOFT, color="#6b6b6b", linewidth=0.8, linestyle=":")
    right.legend()
    return figure


STUDY = Study(
    name="fixed-ends", title="The mean field with fixed ends, and its plateau at small sizes",
    claim="\"The same scaling also holds if we include a fixed boundary condition (not shown)\" (Defaveri, Olivares, "
          "Anteneodo, arXiv:2111.01332, section IV); a plateau for N below γ²/(mk) (their Fig. 4).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(4.0, 130.0))
