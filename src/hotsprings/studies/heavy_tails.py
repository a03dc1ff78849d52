"""Study 5: chains of heavy-tailed random springs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

from hotsprings.fits import ExponentFit
from hotsprings.studies.curves import BATHS, against, curve, fitted, in_words, panel, points, sure
from hotsprings.studies.study import Data, Findings, Study, Sweeper, ladder
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

TAILS = (0.3, 0.5, 0.7)
FRICTIONS = {"weak, γ = 0.00001": 1e-5, "matched, γ = 1": 1.0, "strong, γ = 100": 100.0}
CLAIMED = "weak, γ = 0.00001"  # few modes reach both ends, and each carries about γ/N
RUNGS = ([((16, 32, 64, 128), 60)],  # quick, full: sizes and realisations
         [((16, 32, 64, 128, 256, 512), 200), ((1024, 2048), 60), ((4096, 10240), 12)])


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    return {"springs": ladder(sweeper, "springs", _plan, RUNGS[not quick])}


def _plan(sizes: Sequence[int], realisations: int, rung: int) -> Plan:
    base = {"network": {"kind": "random-chain", "distribution": "power"}, "masses": {"kind": "identical", "n": 8},
            "baths": BATHS}
    names = [CLAIMED] if rung else list(FRICTIONS)  # long chains only where the claim is made
    axes = [Axis("masses.n", sizes), Axis("network.exponent", TAILS, "tail"),
            Axis("baths.friction", [FRICTIONS[name] for name in names], "friction", names)]
    return Plan(base, axes, realisations, seed=5 + rung, title="Heavy tails")


def _judge(data: Data) -> Findings:
    largest = int(data["springs"]["n"].values[-1])
    fits: dict[str, ExponentFit] = {}
    noisy = []
    for friction, tail in product(FRICTIONS, TAILS):
        name = f"μ = {tail:g}, {friction}"
        if sure(data["springs"], tail=tail, friction=friction):
            fits[name] = fitted(data["springs"], largest // 20, tail=tail, friction=friction)
        else:
            noisy.append(name)
    said = "; ".join(f"{name}: 1/N {against(fit, -1.0)}, {in_words(fit)}" for name, fit in fits.items()
                     if CLAIMED in name)
    other = "; ".join(f"{name}: {in_words(fit)}" for name, fit in fits.items() if CLAIMED not in name)
    rare = (f" So few realisations carry the mean that these need more of them for an exponent: {'; '.join(noisy)}."
            if noisy else "")
    return Findings(f"Baths that couple weakly: {said}. For comparison, {other}.{rare}{_failures(data)}", fits)


def _failures(data: Data) -> str:
    """Return what is missing from the means."""
    failed, total = (data["springs"].attrs[name] for name in ("n_failed", "n_tasks"))
    return f" {failed} of {total} chains could not be certified and are not in the means." if failed else ""


def _draw(data: Data, _: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    figure = new_figure(178.0, 70.0)
    for ax, friction, letter in zip(figure.subplots(1, 3, sharex=True, sharey=True), FRICTIONS, "abc", strict=True):
        panel(ax, f"({letter}) {friction}", data["springs"]["n"].values, r"$N\,J/\Delta T$")
        for i, tail in enumerate(TAILS):
            n, y, error = curve(data["springs"], tail=tail, friction=friction)
            points(ax, n, n * y, None if error is None else n * error, i, rf"$\mu={tail:g}$")
        ax.legend()
    return figure


STUDY = Study(
    name="heavy-tails", title="Chains of heavy-tailed random springs",
    claim="When the distribution of springs has a heavy tail (p(k) ~ k^(μ-1) at small k, μ < 1, so that ⟨1/k⟩ is "
          "infinite) and the baths are badly matched, the conductance scales as 1/N, as Fourier's law has it (Ash, "
          "Amir, Bar-Sinai, Oreg, Imry, PRB 101, 121403 (2020)).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(28.0, 3000.0))
