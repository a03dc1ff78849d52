"""Study: who carries the heat, spring by spring, in a mean field, a power law and a disordered chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings.baths import Bath
from hotsprings.checks import FloatArray
from hotsprings.masses import random
from hotsprings.network import Chain, MeanField, PowerLaw
from hotsprings.studies.curves import UNSURE, curve, fitted, in_words, panel, points, sizes
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["STUDY", "between", "current_matrix"]

SPREAD, PINNED = 0.3, 0.2
KINDS = {"mean field": 0.0, "power law, α = 0.5": 0.5, "power law, α = 1": 1.0, "power law, α = 1.5": 1.5,
         "disordered chain": float("inf")}
SWEPT = tuple(KINDS)[:-1]  # in a chain each spring carries all of it
MAPS = ("mean field", "power law, α = 1", "disordered chain")
DRAWN = 24  # sites of the maps
SEED = 4  # of their masses


def between(n: int, kind: str, seed: int = SEED) -> OpenNetwork:
    """Return a network of random masses with baths at its ends."""
    masses, alpha = random(n, 1.0, SPREAD, seed), KINDS[kind]
    network = (MeanField(masses, k0=PINNED) if alpha == 0.0 else
               PowerLaw(masses, alpha, k0=PINNED) if np.isfinite(alpha) else Chain(masses, 1.0, PINNED))
    return OpenNetwork(network, [Bath(0, 1.5), Bath(-1, 0.5)])


def current_matrix(system: OpenNetwork) -> FloatArray:
    """Return J_{i→j} of every spring, antisymmetric, in units of the heat flux, shape (n_sites, n_sites)."""
    from hotsprings.bonds import bond_currents
    from hotsprings.stationary import conductance

    found = bond_currents(system)
    out = np.zeros((system.n_sites, system.n_sites))
    i, j = found.bonds.T
    out[i, j] = found.heat_flux / float(conductance(system)[0, 1] * (system.temperature[0] - system.temperature[1]))
    return np.asarray(out - out.T)


def direct_share(state: Any) -> float:
    """Share of the heat that the spring from the hot to the cold site carries."""
    return float(current_matrix(state.system)[0, -1])


def mean_length(state: Any) -> float:
    """Mean length of the springs that carry the heat across the middle, weighted by their currents."""
    n = state.system.n_sites
    site = np.arange(n)
    across = current_matrix(state.system)[: n // 2, n // 2:]
    return float(np.sum(across * (site[None, n // 2:] - site[: n // 2, None])))


def backward_share(state: Any) -> float:
    """Sum of the currents across the middle that flow backward, in units of the heat flux."""
    n = state.system.n_sites
    across = current_matrix(state.system)[: n // 2, n // 2:]
    return float(-across[across < 0.0].sum())


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    axes = [Axis("n", sizes(8, 32 if quick else 256, 3 if quick else 6)), Axis("kind", SWEPT)]
    observables = {"direct_share": direct_share, "mean_length": mean_length, "backward_share": backward_share}
    return {"springs": sweeper("springs", Plan(between, axes, 5 if quick else 30, seed=13, observables=observables,
                                               title="Currents through springs"))}


def _judge(data: Data) -> Findings:
    found = data["springs"]
    n = int(found["n"].values[-1])
    fits = {f"mean length, {kind}": fitted(found, n // 8, name="mean_length", kind=kind) for kind in SWEPT}
    fits["share of the direct spring, mean field"] = fitted(found, n // 8, name="direct_share", kind="mean field")
    parts = []
    for kind in SWEPT:
        direct, length, back = (_last(found, name, kind) for name in ("direct_share", "mean_length", "backward_share"))
        parts.append(f"{kind}: the direct spring carries {direct}, those across the middle are {length} sites "
                     f"long, {back} flows back there")
    said = "; ".join(f"{name}: {in_words(fit)}" for name, fit in fits.items())
    return Findings(f"In parts of the heat, at N = {n}, {'; '.join(parts)}. With size, {said}. In the mean "
                    "field no heat passes between two sites without baths: all of it goes from the hot site to each "
                    "other, and from each to the cold one. In a chain every spring carries all of it.", fits)


def _last(data: xr.Dataset, name: str, kind: str) -> str:
    """Return a quantity at the largest N, with its standard error."""
    _, y, error = curve(data, name, kind=kind)
    return f"{y[-1]:.4g}" + (f" ± {error[-1]:.1g}" if error is not None and error[-1] > 1e-9 else "")


def _draw(data: Data, _: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    found = data["springs"]
    figure = new_figure(178.0, 118.0)
    grid = figure.add_gridspec(2, 6)
    axes = [figure.add_subplot(grid[0, 2 * i:2 * i + 2]) for i in range(3)]
    for ax, kind, letter in zip(axes, MAPS, "abc", strict=True):
        image = _draw_map(ax, kind, letter)
    figure.colorbar(image, ax=axes, shrink=0.8, label=r"$J_{i\to j}/J$", extend="both")
    below = [figure.add_subplot(grid[1, :3]), figure.add_subplot(grid[1, 3:])]
    for ax, name, title in zip(below, ("direct_share", "mean_length"), (
            "(d) share of the spring from hot to cold", "(e) mean length of springs across the middle"), strict=True):
        panel(ax, title, found["n"].values, "share of $J$" if name == "direct_share" else "sites")
        for i, kind in enumerate(SWEPT):
            n, y, error = curve(found, name, kind=kind)
            known = np.ones(n.size, dtype=bool) if error is None else error < UNSURE * y
            points(ax, n[known], y[known], None if error is None else error[known], i, kind)
    below[0].legend(loc="lower left")
    return figure


def _draw_map(ax: Axes, kind: str, letter: str) -> Any:
    """Draw the matrix of currents of one network: red from row to column, blue back."""
    from matplotlib.colors import LinearSegmentedColormap, SymLogNorm

    from hotsprings.figures.style import COLD, HOT

    colours = LinearSegmentedColormap.from_list("current", [COLD, "white", HOT])
    image = ax.imshow(current_matrix(between(DRAWN, kind)), cmap=colours, norm=SymLogNorm(1e-3, vmin=-1.0, vmax=1.0),
                      interpolation="nearest")
    ax.set(xlabel="to site $j$", ylabel="from site $i$")
    ax.set_title(f"({letter}) {kind}", loc="left")
    return image


STUDY = Study(
    name="currents", title="Who carries the heat, spring by spring",
    claim="In the mean field the heat goes through the bulk, each site of which stays near the mean temperature "
          "(Defaveri, Olivares, Anteneodo, arXiv:2111.01332); which springs carry it is not said.",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(12.0, 145.0))
