"""Study: self-consistent baths on every site: Fourier's law in chains and mean fields, against closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings.baths import Bath
from hotsprings.checks import FloatArray
from hotsprings.masses import identical, random
from hotsprings.network import Chain, MeanField
from hotsprings.studies.curves import against, curve, fitted, in_words, panel, points, sizes
from hotsprings.studies.study import Data, Findings, Study, Sweeper
from hotsprings.sweeps import Axis, Plan
from hotsprings.system import OpenNetwork

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["STUDY", "closed_form", "conductivity", "probed"]

HOT, COLD, FRICTION = 1.5, 0.5, 1.0
PINNING = {"pinned chain": 1.0, "free chain": 0.0, "mean field": 0.5, "disordered chain": 0.0}
SPREAD = 0.8  # of the masses of the disordered chain
WEAK = 0.3  # friction of its probes
DRAWN = 24  # sites of the profiles


def probed(n: int, kind: str, seed: int = 1) -> OpenNetwork:
    """Return a network with a bath on every site; all but the two at its ends are probes, at the mean temperature."""
    masses = random(n, 1.0, SPREAD, seed) if kind == "disordered chain" else identical(n)
    network = (MeanField(masses, k0=PINNING[kind]) if kind == "mean field" else Chain(masses, 1.0, PINNING[kind]))
    inner = WEAK if kind == "disordered chain" else FRICTION
    baths = [Bath(i, 0.5 * (HOT + COLD), inner, name="probes") for i in range(1, n - 1)]
    return OpenNetwork(network, [Bath(0, HOT, FRICTION), *baths, Bath(n - 1, COLD, FRICTION)])


def conductivity(k: float, k0: float, friction: float) -> float:
    """Return κ of the infinite ordered chain with baths everywhere, k²/{γ[k0 + 2k + √(k0(k0 + 4k))]}."""
    return float(k**2 / (friction * (k0 + 2.0 * k + np.sqrt(k0 * (k0 + 4.0 * k)))))


def closed_form(n: int, kind: str) -> float:
    """Return J/ΔT of the free chain and of the mean field, exact at every N."""
    if kind == "free chain":
        return float(FRICTION / (2.0 * (1.0 + (n - 1.0) * FRICTION**2)))
    alpha = n / (n - 1.0)
    return float(FRICTION / n * alpha**2 / (alpha**2 + 2.0 * FRICTION**2 * (2.0 * PINNING[kind] + alpha)))


def probe_flux(state: Any) -> float:
    """Heat flux J through the probed network, energy/time."""
    temperature = _temperatures(state.system)
    return float(np.sum(state.conductance[0] * (temperature[0] - temperature)))


def probe_conductivity(state: Any) -> float:
    """J over the step of temperature in the middle, energy/time."""
    temperature, middle = _temperatures(state.system), state.system.n_sites // 2
    step = float(temperature[middle - 1] - temperature[middle])
    return probe_flux(state) / step if step > 1e-9 else float("nan")


def _temperatures(system: OpenNetwork) -> FloatArray:
    """Return the self-consistent temperatures of all baths, in the order of the sites."""
    from hotsprings.probes import self_consistent

    temperature = self_consistent(system, "probes").temperature
    return np.asarray(temperature[np.argsort(system.bath_sites)])


def _compute(quick: bool, sweeper: Sweeper) -> Data:
    n = Axis("n", sizes(4, 32 if quick else 64, 4 if quick else 7))
    observables = {"probe_flux": probe_flux, "probe_conductivity": probe_conductivity}
    ordered = Plan(probed, [n, Axis("kind", [kind for kind in PINNING if kind != "disordered chain"])], 1, seed=1,
                   observables=observables, title="Probes, ordered networks")
    random_masses = Plan(probed, [n, Axis("kind", ["disordered chain"])], 20 if quick else 300, seed=12,
                         observables=observables, title="Probes, disordered chains")
    return {"ordered": sweeper("ordered", ordered), "disordered": sweeper("disordered", random_masses)}


def _part(data: Data, kind: str, name: str) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    return curve(data["disordered" if kind == "disordered chain" else "ordered"], name, kind=kind)


def _judge(data: Data) -> Findings:
    largest = int(data["ordered"]["n"].values[-1])
    fits = {kind: fitted(data["disordered" if kind == "disordered chain" else "ordered"], largest // 4,
                         name="probe_flux", kind=kind) for kind in PINNING}
    misses = []
    for kind in ("free chain", "mean field"):
        n, y, _ = _part(data, kind, "probe_flux")
        misses.append(float(np.max(np.abs(y / [closed_form(int(m), kind) for m in n] - 1.0))))
    n, kappa, _ = _part(data, "pinned chain", "probe_conductivity")
    known = conductivity(1.0, PINNING["pinned chain"], FRICTION)
    said = "; ".join(f"{kind}: 1/N {against(fit, -1.0)}, {in_words(fit)}" for kind, fit in fits.items())
    n, y, error = _part(data, "disordered chain", "probe_flux")
    doubt = "" if error is None else f" ± {n[-1] * error[-1]:.3f}"
    return Findings(
        f"Fourier's law, J ~ 1/N, at the largest N: {said}. In the middle of the pinned chain J over the step of "
        f"temperature is {kappa[-1]:.10f} at N = {largest}, the formula of the infinite chain {known:.10f} "
        f"({abs(kappa[-1] / known - 1.0):.0e} apart). The closed forms at finite N hold to {misses[0]:.0e} (free "
        f"chain) and {misses[1]:.0e} (mean field). Disordered chain with probes of friction {WEAK:g}: N J = "
        f"{n[-1] * y[-1]:.3f}{doubt} at N = {largest}.", fits)


def _draw(data: Data, _: Findings) -> Figure:
    from hotsprings.figures.style import new_figure

    figure = new_figure(178.0, 68.0)
    left, middle, right = figure.subplots(1, 3)
    panel(left, "(a) heat flux; crosses: closed forms", data["ordered"]["n"].values, r"$N\,J/\Delta T$", "linear")
    for i, kind in enumerate(PINNING):
        n, y, error = _part(data, kind, "probe_flux")
        points(left, n, n * y, None if error is None else n * error, i, kind)
        if kind in ("free chain", "mean field"):
            left.plot(n, [m * closed_form(int(m), kind) for m in n], "kx", markersize=5.5, markeredgewidth=0.7)
    left.set_ylim(bottom=0.0)
    _draw_profiles(middle)
    _draw_distance(right, data)
    return figure


def _draw_profiles(ax: Axes) -> None:
    """Draw the temperatures of the probes along the network."""
    for i, kind in enumerate(PINNING):
        temperature = _temperatures(probed(DRAWN, kind))
        points(ax, np.arange(DRAWN, dtype=np.float64), temperature, None, i, kind)
    ax.set(xlabel="site", ylabel="self-consistent temperature")
    ax.set_title(f"(b) profiles, $N={DRAWN}$", loc="left")
    ax.legend(loc="upper right", fontsize=7)


def _draw_distance(ax: Axes, data: Data) -> None:
    """Draw how far J over the step of temperature in the middle is from the conductivity of the infinite chain."""
    n, kappa, _ = _part(data, "pinned chain", "probe_conductivity")
    apart = np.maximum(np.abs(kappa / conductivity(1.0, PINNING["pinned chain"], FRICTION) - 1.0), 1e-16)
    ax.semilogy(n, apart, color="black", marker="o", markersize=3.5, linewidth=0.9)
    ax.set(xlabel="$N$", ylabel=r"$|\kappa_N/\kappa_\infty - 1|$")
    ax.set_title("(c) pinned chain, in the middle", loc="left")


STUDY = Study(
    name="probes", title="Self-consistent baths: Fourier's law",
    claim="With self-consistent baths on every site the ordered harmonic chain obeys Fourier's law, with κ = "
          "k²/{γ[k0 + 2k + √(k0(k0 + 4k))]} (Bonetto, Lebowitz, Lukkarinen, J. Stat. Phys. 116, 783 (2004)).",
    compute=_compute, judge=_judge, draw=_draw, core_seconds=(12.0, 100.0))
