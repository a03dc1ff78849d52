"""Study: disordered squares and cubes between two faces of baths, free and pinned: heat through a face against L."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import xarray as xr

from hotsprings.fits import ExponentFit
from hotsprings.studies.curves import against, curve, fitted, guide, in_words, panel, points
from hotsprings.studies.study import Data, Findings, Study, Sweeper, ladder
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

DISORDER = 0.8  # masses uniform on [0.2, 1.8]
PINNING = {"free": 0.0, "pinned": 1.0}
RUNGS: dict[str, tuple[list[tuple[tuple[int, ...], int]], ...]] = {
    "square": ([((4, 6, 8, 11), 12)], [((4, 6, 8, 11, 16), 40), ((22, 32), 12)]),
    "cube": ([((3, 4, 5), 12)], [((3, 4, 5, 6), 40), ((7, 8), 16)])}  # quick, full: lengths and realisations
DIMENSION = {"square": 2, "cube": 3}
BATHS = [{"face": [0, "low"], "temperature": 1.5, "name": "hot"},
         {"face": [0, "high"], "temperature": 0.5, "name": "cold"}]


def _plan(shape: str, lengths: Sequence[int], realisations: int, rung: int) -> Plan:
    sides = DIMENSION[shape]
    base = {"network": {"kind": "lattice", "shape": [lengths[0]] * sides},
            "masses": {"kind": "random", "spread": DISORDER}, "baths": BATHS}
    axes = [Axis("network.k0", list(PINNING.values()), "k0"),
            Axis("network.shape", [[n] * sides for n in lengths], "n", [str(n) for n in lengths])]
    return Plan(base, axes, realisations, seed=10 + rung, source="hot", drain="cold", title=f"Disordered {shape}s")


def _per_area(data: xr.Dataset, sides: int) -> xr.Dataset:
    """Return the conductance of a face divided by its sites, against L as a number."""
    data = data.assign_coords(n=data["n"].values.astype(str).astype(int))
    area = data["n"] ** (sides - 1)
    return data.assign({name: data[name] / area for name in data if str(name).startswith("conductance")})


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    return {shape: _per_area(ladder(sweeper, shape, partial(_plan, shape), rungs[not quick]), DIMENSION[shape])
            for shape, rungs in RUNGS.items()}


def _fits(data: Data) -> dict[str, ExponentFit]:
    return {f"{shape}, {name}": fitted(data[shape], int(data[shape]["n"].values[-1]) // 4, k0=k0)
            for shape in RUNGS for name, k0 in PINNING.items()}


def _judge(data: Data) -> Findings:
    fits = _fits(data)
    flat, solid = fits["square, pinned"], fits["cube, pinned"]
    n = data["square"]["n"].values[-1]
    insulator = flat.exponent < -1.0 - 2.0 * flat.error or float(flat.local_exponent[-1]) < -1.1
    words = "faster than 1/L: they insulate" if insulator else "not faster than 1/L yet"
    return Findings(
        f"Pinned cubes: Fourier's law, J per area ~ 1/L, {against(solid, -1.0)}, {in_words(solid)}. Pinned squares: "
        f"{in_words(flat)} up to L = {n}, {words}. Free squares: {in_words(fits['square, free'])}; "
        f"free cubes: {in_words(fits['cube, free'])}.", fits)


def _draw(data: Data, findings: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    figure = new_figure(178.0, 75.0)
    for ax, (shape, found), letter in zip(figure.subplots(1, 2), data.items(), "ab", strict=False):
        panel(ax, f"({letter}) {shape}s, $m$ = {1 - DISORDER:g} … {1 + DISORDER:g}", found["n"].values,
              r"$J/(A\,\Delta T)$")
        ax.set_xlabel("$L$")
        for index, (name, k0) in enumerate(PINNING.items()):
            points(ax, *curve(found, k0=k0), index, f"{name}, $k_0={k0:g}$")
        n, y, _ = curve(found, k0=PINNING["pinned"])
        guide(ax, n, 1.5 * y[-1], -1.0, "$1/L$")
        ax.legend(loc="lower left")
    return figure


STUDY = Study(
    name="lattices", title="Disordered squares and cubes",
    claim="Heat through a disordered lattice falls with its length as the current per area: by Fourier's law (1/L) in "
          "pinned cubes, faster in pinned squares, which localisation makes insulators, more slowly where nothing is "
          "pinned (Kundu, Chaudhuri, Roy, Dhar, Lebowitz, Spohn, EPL 90, 40001 (2010)).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(20.0, 1450.0))
