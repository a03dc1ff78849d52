"""What a million particles show: where J ~ 1/N holds and where it does not, and a limit law against 10⁶ temperatures.

    python examples/million_particles.py      # a minute or two; writes docs/images/million.png and prints its numbers

(a) N·J/ΔT against N. With the Kac factor it is constant. Without it, it is so for graded masses (2/π as δ → 0), while
for random masses it depends on the masses of the two bath sites for ever: where these are equal, J ~ N^-1/2, because of
the √N modes that lie within the width of both bath sites, each of which carries the same heat.
(b) The temperatures of a million sites with random masses, against the limit law of `theory.bulk_temperature_large`.
(c) How far both are from each other, against N: 1/N where the temperature varies slowly with the mass.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import hotsprings as hs
from hotsprings.figures.style import DARK_LILAC, GREY, LIGHT_ORANGE, ROSE, new_figure, paper_style

IMAGE = Path(__file__).resolve().parent.parent / "docs" / "images" / "million.png"
SIZES = tuple(10**e for e in range(1, 7))
REALISATIONS = {10: 400, 100: 200, 1000: 100, 10_000: 40, 100_000: 12, 1_000_000: 4}
HOT, COLD = 1.5, 0.5


def scaled_flux(masses: np.ndarray, kac: bool) -> float:
    """Return N·J/ΔT between the first and the last site, k = γ = 1, k0 = 0."""
    system = hs.OpenNetwork(hs.MeanField(masses, kac=kac), [hs.Bath(0, HOT), hs.Bath(-1, COLD)])
    return float(masses.size * hs.conductance(system)[0, 1])


def random_masses(n: int, seed: int, equal_baths: bool) -> np.ndarray:
    """Return masses uniform on [0.9, 1.1]; ``equal_baths``: those of the two bath sites are 1."""
    masses = hs.masses.random(n, spread=0.1, seed=seed).copy()
    if equal_baths:
        masses[[0, -1]] = 1.0
    return masses


def ensemble(equal_baths: bool, kac: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each size the mean of N·J/ΔT over realisations, its standard error, and the median."""
    table = [[scaled_flux(random_masses(n, seed, equal_baths), kac) for seed in range(REALISATIONS[n])] for n in SIZES]
    return (np.array([np.mean(row) for row in table]),
            np.array([np.std(row, ddof=1) / np.sqrt(len(row)) for row in table]),
            np.array([np.median(row) for row in table]))


def temperatures(n: int, spread: float = 0.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return masses, exact temperatures and their limits for the bulk of n random masses, Kac, k0 = 0."""
    masses = hs.masses.random(n, spread=spread, seed=1).copy()
    masses[[0, -1]] = 1.0 - 0.6 * spread, 1.0 + 0.6 * spread
    state = hs.steady_state(hs.OpenNetwork(hs.MeanField(masses), [hs.Bath(0, HOT), hs.Bath(-1, COLD)]))
    limit = hs.theory.bulk_temperature_large(masses[1:-1], (masses[0], masses[-1]), temperatures=(HOT, COLD))
    return masses[1:-1], state.local_temperature[1:-1], limit


def draw() -> tuple[Any, dict[str, Any]]:
    """Return the figure and the numbers in it."""
    n = np.array(SIZES, dtype=float)
    graded = np.array([scaled_flux(hs.masses.graded(size, spread=0.1), False) for size in SIZES])
    numbers: dict[str, Any] = {"graded, bare": graded, "random, Kac": ensemble(False, True),
                               "random, bare": ensemble(False, False), "equal bath masses, bare": ensemble(True, False)}
    figure = new_figure(178, 64)
    fluxes, profile, distance = figure.subplots(1, 3, width_ratios=(1.25, 1.0, 1.0))
    looks = {"equal bath masses, bare": (ROSE, "^", ROSE), "random, bare": (LIGHT_ORANGE, "o", LIGHT_ORANGE),
             "random, Kac": (DARK_LILAC, "s", "white")}
    for name, (colour, marker, face) in looks.items():
        mean, error, _ = numbers[name]
        fluxes.errorbar(n, mean, error, fmt=marker, ms=4, color=colour, mfc=face, capsize=2, lw=0.8, label=name)
    fluxes.plot(n, graded, "D", ms=3.2, color=GREY, label="graded, bare")
    fluxes.plot(n, [size * hs.theory.heat_flux_identical(int(size)) for size in n], "-", color=DARK_LILAC, lw=0.8,
                zorder=1, label="identical masses")
    fluxes.axhline(2.0 / np.pi, color=GREY, lw=0.8, ls=(0, (4, 2)), zorder=1)
    fluxes.text(11, 2.0 / np.pi * 1.06, r"$2/\pi$", color=GREY, va="bottom")
    top = numbers["equal bath masses, bare"][0][-1]
    fluxes.plot(n[2:], 1.25 * top * np.sqrt(n[2:] / n[-1]), "-", color=ROSE, lw=0.7)
    fluxes.text(2e4, 1.55 * top * np.sqrt(2e4 / n[-1]), r"$\sqrt{N}$", color=ROSE, ha="right")
    fluxes.set(xscale="log", yscale="log", xlabel="$N$", ylabel=r"$N J/\Delta T$", ylim=(0.4, 60.0))
    fluxes.legend(loc="upper left", fontsize=6.8, borderaxespad=0.3, labelspacing=0.25)
    _draw_temperatures(profile, distance, numbers)
    for ax, letter in ((fluxes, "(a)"), (profile, "(b)"), (distance, "(c)")):
        ax.set_title(letter, loc="left", fontsize=8.5)
    return figure, numbers


def _draw_temperatures(profile: Any, distance: Any, numbers: dict[str, Any]) -> None:
    sizes, largest, typical = SIZES[1:], [], []
    for size in sizes:
        masses, exact, limit = temperatures(size)
        inside = np.abs(masses - 1.0) < 0.4  # the limit is for sites inside the spread
        largest.append(np.abs(exact - limit)[inside].max())
        typical.append(np.sqrt(np.mean((exact - limit)[inside] ** 2)))
    pick = np.random.default_rng(0).choice(masses.size, 1500, replace=False)
    order = np.argsort(masses[pick])
    profile.plot(masses[pick], exact[pick], ".", ms=2.2, color=LIGHT_ORANGE, label=r"1500 of $10^6$ sites, exact")
    profile.plot(masses[pick][order], limit[pick][order], "-", color=DARK_LILAC, lw=0.8, label="limit law")
    profile.set(xlabel="mass $m_n$", ylabel="local temperature $T_n$")
    profile.legend(loc="upper right", fontsize=7)
    n = np.array(sizes, dtype=float)
    distance.loglog(n, largest, "^", ms=4, color=ROSE, label="largest")
    distance.loglog(n, typical, "o", ms=4, color=DARK_LILAC, label="root mean square")
    distance.loglog(n, typical[-1] * n[-1] / n, "-", color=GREY, lw=0.7, label="$1/N$")
    distance.set(xlabel="$N$", ylabel=r"$|T_n - \mathrm{limit}|$, $|m_n-1|<0.4$")
    distance.legend(loc="lower left", fontsize=7)
    numbers["largest distance from the limit"], numbers["root mean square"] = largest, typical


def main(image: Path = IMAGE) -> None:
    """Write the picture and print the numbers."""
    with paper_style():
        figure, numbers = draw()
        figure.savefig(image)
    for name, values in numbers.items():
        if isinstance(values, tuple):
            mean, error, median = values
            cells = ", ".join(f"{a:.4f} ± {b:.1g} ({c:.3f})" for a, b, c in zip(mean, error, median, strict=True))
            print(f"{name}: mean ± standard error (median) of N·J/ΔT: {cells}")
        else:
            print(f"{name}: " + ", ".join(f"{value:.4g}" for value in values))


if __name__ == "__main__":
    main()
