"""Study: the equilibrium correlation of the energy current of power-law chains, the road of Green and Kubo."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.fits import ExponentFit, fit_exponent
from hotsprings.studies.curves import BATHS, COLOURS, MARKERS, against, in_words, panel, points
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["STUDY", "conductivity", "expected"]

QUICK = (0.0, 0.5, 1.0, 1.25, 1.5, 2.0, 3.0, 8.0)
FULL = (0.0, 0.25, 0.5, 0.75, 1.0, 1.125, 1.25, 1.375, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 8.0)
SHOWN = (0.0, 1.0, 1.5, 2.0, 8.0)
STEADY = 0.05  # local exponent at the largest N, below which a correlation has settled
OBSERVED = ["current_correlation_value"]
SPREAD = 0.3  # of random masses
FACTORS = {"Kac": True, "bare": False}
PINNING = {"pinned": 1.0, "free": 0.0}
UNTIL, POINTS = 60.0, 301


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    size = Axis("masses.n", [2**p for p in range(4, 8 if quick else 11)])
    pinning = Axis("network.k0", list(PINNING.values()), "pinning", list(PINNING))
    axes = [size, Axis("network.alpha", QUICK if quick else FULL),
            Axis("network.kac", list(FACTORS.values()), "factor", list(FACTORS)), pinning]
    ordered = Plan(_base("identical"), axes, observables=OBSERVED, title="Energy current of power laws")
    axes = [Axis("masses.n", size.values[: 4 if quick else 6]), Axis("network.alpha", SHOWN), pinning]
    disordered = Plan(_base("random"), axes, 8 if quick else 30, seed=14, observables=OBSERVED,
                      title="Energy current, random masses")
    return {"identical": sweeper("identical", ordered), "random": sweeper("random", disordered)}


def _base(kind: str) -> dict[str, object]:
    """Return the model of a ring, closed: its baths only make it a system."""
    masses = {"kind": kind, "n": 16, **({"spread": SPREAD} if kind == "random" else {})}
    return {"network": {"kind": "power-law", "alpha": 1.0, "periodic": True}, "masses": masses, "baths": BATHS,
            "current_correlation": {"until": UNTIL, "points": POINTS, "temperature": 1.0}}


def _per_site(data: xr.Dataset, **where: object) -> FloatArray:
    """Return C(t)/(N T²) of every realisation, shape (n_realisations, n_sizes, n_times)."""
    part = data["current_correlation_value"].sel(where)
    return np.asarray(part.transpose("realisation", "n", "current_correlation_time").values
                      / data["n"].values[:, None])


def conductivity(per_site: FloatArray) -> FloatArray:
    """Return κ(t) = ∫_0^t C/(N T²), the same shape, by the trapezoidal rule."""
    step = UNTIL / (per_site.shape[-1] - 1)
    steps = 0.5 * step * (per_site[..., 1:] + per_site[..., :-1])
    return np.concatenate([np.zeros((*per_site.shape[:-1], 1)), np.cumsum(steps, axis=-1)], axis=-1)


def _mean(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean over realisations and its standard error."""
    many = len(values)
    error = values.std(axis=0, ddof=1) / np.sqrt(many) if many > 1 else np.zeros(values.shape[1:])
    return values.mean(axis=0), error


def expected(alpha: float) -> float:
    """Return the exponent of C(0)/N in N with the Kac factor: Σ_r r² k_r², springs k_r = r^-α/Ñ, pinned."""
    return 1.0 if alpha <= 1.0 else max(3.0 - 2.0 * alpha, 0.0)


def _fits(data: xr.Dataset) -> dict[str, ExponentFit]:
    n = data["n"].values
    upper = n >= n[-1] // 8
    return {f"{factor}, {pinning}, α = {alpha:g}": fit_exponent(
        n[upper], _per_site(data, factor=factor, pinning=pinning, alpha=alpha)[0, upper, 0])
        for factor, pinning, alpha in product(FACTORS, PINNING, data["alpha"].values)}


def _settled(data: xr.Dataset, fits: dict[str, ExponentFit]) -> str:
    """Return from which α on C(0)/N no longer changes with size."""
    said = []
    for factor, pinning in product(FACTORS, PINNING):
        local = {float(a): float(fits[f"{factor}, {pinning}, α = {a:g}"].local_exponent[-1])
                 for a in data["alpha"].values}
        steady = [a for a in local if all(abs(local[b]) <= STEADY for b in local if b >= a)]
        said.append(f"{factor}, {pinning}: " + (f"from α = {min(steady):g}" if steady else "at no α"))
    return "; ".join(said)


def _judge(data: Data) -> Findings:
    found = data["identical"]
    fits, n = _fits(found), int(found["n"].values[-1])
    some = "; ".join(f"{factor}, {pinning}, α = {a:g}: {in_words(fits[f'{factor}, {pinning}, α = {a:g}'])}"
                     for factor, pinning in product(FACTORS, PINNING) for a in (0.0, 1.0, 1.25, 2.0))
    laws = "; ".join(f"α = {a:g}: {expected(a):g} {against(fits[f'Kac, pinned, α = {a:g}'], expected(a))}"
                     for a in (0.0, 1.25, 2.0))
    drift = max(float(np.max(np.abs(x / x[..., :1] - 1.0))) for factor, pinning, a in
                product(FACTORS, PINNING, found["alpha"].values)
                for x in [_per_site(found, factor=factor, pinning=pinning, alpha=a)])
    late = "; ".join(f"{pinning}, α = {a:g}: {_late(data['random'], pinning, a)}" for pinning in PINNING for a in SHOWN)
    return Findings(
        f"With size, identical masses, C(0)/N ~ N^ν up to N = {n}: {some}. Σ_r r²k_r² of pinned sites with the "
        f"Kac factor has ν = 1 for α < 1 and 3 - 2α up to 3/2 ({laws}). It stays within N^±{STEADY:g} "
        f"({_settled(found, fits)}). In time, rings of identical masses keep their current (C(t) = C(0) to "
        f"{drift:.0e}) and κ(t) grows as t for ever. With random masses κ({UNTIL:g})/κ({UNTIL / 2:g}) is, at N = "
        f"{int(data['random']['n'].values[-1])}, {late} (1 where it has converged, 2 where it grows as t).", fits)


def _late(data: xr.Dataset, pinning: str, alpha: float) -> str:
    """Return κ at the end over κ at half the time, at the largest N, with its error by a jackknife."""
    kappa = conductivity(_per_site(data, pinning=pinning, alpha=alpha))[:, -1, :]
    half, many = kappa.shape[1] // 2, len(kappa)
    value = kappa[:, -1].mean() / kappa[:, half].mean()
    if many < 2:
        return f"{value:.2f}"
    without = (kappa.sum(axis=0) - kappa) / (many - 1)
    error = np.sqrt((many - 1.0) * np.var(without[:, -1] / without[:, half]))
    return f"{value:.2f} ± {error:.1g}"


def _draw(data: Data, findings: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    figure = new_figure(178.0, 118.0)
    (size, exponents), (decay, kappa) = figure.subplots(2, 2)
    found = data["identical"]
    panel(size, "(a) identical masses, pinned, Kac", found["n"].values, "$C(0)/NT^2$")
    for i, alpha in enumerate(SHOWN):
        y = _per_site(found, factor="Kac", pinning="pinned", alpha=alpha)[0, :, 0]
        points(size, found["n"].values, y, None, i, rf"$\alpha={alpha:g}$")
    _draw_exponents(exponents, found, findings)
    _draw_times(decay, kappa, data["random"])
    size.set_ylim(top=8.0 * size.get_ylim()[1])
    size.legend(ncols=3, loc="upper left", fontsize=7, columnspacing=1.0)
    return figure


def _draw_times(decay: Axes, kappa: Axes, data: xr.Dataset) -> None:
    """Draw C(t)/C(0) and κ(t) of random masses at the largest N, with a band of one standard error."""
    times = np.linspace(0.0, UNTIL, data.sizes["current_correlation_time"])
    n = int(data["n"].values[-1])
    for i, alpha in enumerate(SHOWN):
        for ax, pinning, scale in ((decay, "pinned", False), (kappa, "free", True)):
            values = _per_site(data, pinning=pinning, alpha=alpha)[:, -1, :]
            y, error = _mean(conductivity(values) / values[:, :1].mean() if scale else values / values[:, :1].mean())
            ax.plot(times, y, color=COLOURS[i], linewidth=0.9)
            ax.fill_between(times, y - error, y + error, color=COLOURS[i], alpha=0.25, linewidth=0)
    decay.axhline(0.0, color="#6b6b6b", linewidth=0.6)
    decay.set(xlabel="time $t$", ylabel="$C(t)/C(0)$")
    decay.set_title(f"(c) random masses, pinned, $N={n}$", loc="left")
    kappa.set(xlabel="time $t$", ylabel=r"$\int_0^t C/C(0)$")
    kappa.set_title(f"(d) random masses, free, $N={n}$", loc="left")


def _draw_exponents(ax: Axes, found: xr.Dataset, findings: Findings) -> None:
    """Draw the exponents of C(0)/N against α, over those expected of pinned sites with the Kac factor."""
    alphas = found["alpha"].values[found["alpha"].values <= 4.0]
    fine = np.linspace(0.0, alphas[-1], 301)
    ax.plot(fine, [expected(a) for a in fine], color="black", linewidth=0.8, linestyle=":",
            label="Kac, pinned: expected")
    for i, (factor, pinning) in enumerate(product(FACTORS, PINNING)):
        y = [findings.fits[f"{factor}, {pinning}, α = {a:g}"].exponent for a in alphas]
        ax.plot(alphas, y, color=COLOURS[i], marker=MARKERS[i], markersize=3.5, linewidth=0.9,
                label=f"{factor}, {pinning}")
    ax.set(xlabel=r"$\alpha$", ylabel=r"exponent of $C(0)/N$ in $N$")
    ax.set_title("(b) exponents in $N$, identical masses", loc="left")
    ax.legend(fontsize=7)


STUDY = Study(
    name="green-kubo", title="Energy-current correlation of power-law rings",
    claim="For long-range interactions there is a regime in which the correlation of the energy current diverges with "
          "the system size at fixed time, with momentum conserved or not (Tamaki, Saito, Phys. Rev. E 101, 042118 "
          "(2020), for chains with momentum exchange).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(8.0, 125.0))
