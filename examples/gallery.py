"""Three pictures of more than one page of code: an ordered chain, the road from chain to mean field, an ion crystal.

    python examples/gallery.py      # writes docs/images/gallery-1.png, -2, -3 and prints their numbers

Each function computes with the public calls, draws one figure, and returns it with the numbers in it.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

import hotsprings as hs
from hotsprings.figures.style import COLD, DARK_LILAC, GREY, HOT, LIGHT_ORANGE, ROSE, new_figure, paper_style

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
Numbers = dict[str, Any]


# 1. The ordered chain

def closed_profile(n: int, nu: float, hot: float, cold: float) -> np.ndarray:
    """Return T_i of Rieder, Lebowitz and Lieb for ν = mk/γ² (n even): T_i = T̄ - (ΔT/2) ν φ_{2i-1}, i = 2 … n/2."""
    alpha = np.arccosh(1.0 + nu / 2.0)
    phi = np.sinh((n - np.arange(1, n)) * alpha) / np.sinh(n * alpha)  # φ_1 … φ_{n-1}
    lift = -nu * phi[0::2]
    lift[0] += 1.0  # the hot end itself
    return 0.5 * (hot + cold) + 0.5 * (hot - cold) * np.append(lift, -lift[::-1])


def ordered_chain(n: int = 12, couplings: tuple[float, ...] = (1.0, 0.1)) -> tuple[Any, Numbers]:
    """Draw the profile of the ordered chain with fixed ends between T = 1.5 and 0.5, whole and enlarged."""
    hot, cold, site = 1.5, 0.5, np.arange(1, n + 1)
    numbers: Numbers = {}
    with paper_style():
        figure = new_figure(178, 66)
        whole, inner = figure.subplots(1, 2)
        looks = ((DARK_LILAC, "-", "o", DARK_LILAC), (ROSE, (0, (4, 1.5)), "s", "white"))
        for nu, (colour, line, marker, face) in zip(couplings, looks, strict=False):
            system = hs.OpenNetwork(hs.Chain(np.ones(n), k=nu, ends="fixed"), [hs.Bath(0, hot), hs.Bath(-1, cold)])
            state, exact = hs.steady_state(system), closed_profile(n, nu, hot, cold)
            numbers[f"nu={nu:g}"] = {"temperature": state.local_temperature, "closed": exact,
                                     "heat_flux": float(state.heat_flux[0])}
            for ax in (whole, inner):
                ax.plot(site, exact, ls=line, color=colour, lw=1.0, zorder=2)
                ax.plot(site, state.local_temperature, marker, ms=4.5, color=colour, mfc=face, zorder=3)
            whole.plot([], [], ls=line, marker=marker, color=colour, mfc=face, lw=1.0, ms=4.5, label=rf"$\nu={nu:g}$")
        _finish_chain(whole, inner, n, 0.5 * (hot + cold))
    return figure, numbers


def _finish_chain(whole: Any, inner: Any, n: int, mean: float) -> None:
    for ax, letter in ((whole, "(a)"), (inner, "(b)")):
        ax.axhline(mean, color=GREY, lw=0.7, ls=":", zorder=1)
        ax.set(xlabel="site", ylabel="local temperature $T_n$", xlim=(0.3, n + 0.7), xticks=range(2, n + 1, 2))
        ax.text(0.03, 0.06, letter, transform=ax.transAxes)
    for x, T, colour, name, side in ((0.45, 1.5, HOT, "$T_L$", 1.0), (n - 0.45, 0.5, COLD, "$T_R$", 0.0)):
        whole.plot([x, x + 1.0], [T, T], "-", color=colour, lw=2.2)
        whole.annotate(name, (x + side, T), (4 if side else -4, 0), textcoords="offset points", va="center",
                       ha="left" if side else "right")
    whole.set_ylim(0.4, 1.6)
    whole.legend(loc="upper right", title=r"$\nu=mk/\gamma^2$")
    inner.set_ylim(mean - 0.039, mean + 0.039)
    inner.annotate("next to the hot end,\ncolder than the mean", (2.15, mean - 0.0285), (4.0, mean - 0.0315),
                   va="center", arrowprops={"arrowstyle": "-", "lw": 0.6, "color": GREY})
    inner.annotate("next to the cold end,\nhotter than the mean", (n - 1.15, mean + 0.0285), (n - 3.0, mean + 0.0315),
                   va="center", ha="right", arrowprops={"arrowstyle": "-", "lw": 0.6, "color": GREY})


# 2. From the chain to the mean field

def with_two_baths(network: Any) -> hs.OpenNetwork:
    """Return the network with equal baths on its first and its last site."""
    return hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])


def limits(masses: np.ndarray, k: float = 1.0) -> tuple[hs.Chain, hs.MeanField]:
    """Return what the power law is at α → ∞ (Ñ = 2(N-1)/N there) and at α = 0."""
    n = masses.size
    return hs.Chain(masses, k=k * n / (2 * (n - 1))), hs.MeanField(masses, k=k)


def band_average(system: hs.OpenNetwork, edges: np.ndarray) -> np.ndarray:
    """Return the mean of 𝒯 between neighbouring frequencies, exactly: no resonance is too narrow for it."""
    return np.diff(2.0 * np.pi * hs.spectrum.cumulative_heat_flux(system, edges)) / np.diff(edges)


def chain_to_mean_field(n: int = 64, exponents: tuple[float, ...] = (8.0, 3.0, 2.0, 1.5, 1.0, 0.0),
                        top: float = 1.5, rows: int = 201) -> tuple[Any, Numbers]:
    """Draw 𝒯(ω) of identical particles with springs r^-α for some α, and its average over bands for all α."""
    masses = np.ones(n)
    chain, mean_field = (with_two_baths(network) for network in limits(masses))
    numbers: Numbers = {"alpha": exponents, "omega": [], "transmittance": [], "conductance": [], "n_dark": [],
                        "limits": [float(_quiet(s).conductance[0, 1]) for s in (chain, mean_field)]}
    with paper_style():
        figure = new_figure(178, 92)
        curves, ground = figure.subplots(1, 2, width_ratios=(1.3, 1.0))
        for level, alpha in enumerate(exponents):
            system = with_two_baths(hs.PowerLaw(masses, alpha))
            state, omega = _quiet(system), hs.spectrum.frequency_grid(system, omega_max=top)
            value = hs.transmittance(system, omega)
            for name, item in (("omega", omega), ("transmittance", value), ("n_dark", state.n_dark_modes),
                               ("conductance", float(state.conductance[0, 1]))):
                numbers[name].append(item)
            _draw_curve(curves, omega, value, level, alpha, top, numbers["conductance"][-1])
        for system, level in ((chain, 0), (mean_field, len(exponents) - 1)):
            omega = np.linspace(0.0, top, 1501)
            curves.plot(omega, hs.transmittance(system, omega) - 1.25 * level, ls=(0, (1.5, 1.5)), lw=0.9,
                        color=LIGHT_ORANGE, zorder=4)
        curves.set(xlim=(0.0, top), ylim=(-1.25 * (len(exponents) - 1) - 0.12, 1.52), yticks=[],
                   xlabel=r"angular frequency $\omega$", ylabel=r"transmittance $\mathcal{T}(\omega)$, shifted")
        curves.plot([], [], ls=(0, (1.5, 1.5)), color=LIGHT_ORANGE, label="chain (top), mean field (bottom)")
        curves.legend(loc="upper left", borderaxespad=0.3)
        curves.set_title("(a)", loc="left", fontsize=8.5)
        ground.set_title("(b)", loc="left", fontsize=8.5)
        _draw_map(figure, ground, masses, top, rows)
    return figure, numbers


def _quiet(system: hs.OpenNetwork) -> hs.SteadyState:
    """Return the stationary state; dark modes are expected here and carry no heat."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.DarkModeWarning)
        return hs.steady_state(system)


def _draw_curve(ax: Any, omega: np.ndarray, value: np.ndarray, level: int, alpha: float, top: float,
                conductance: float) -> None:
    base = -1.25 * level
    ax.axhline(base, color=GREY, lw=0.4, zorder=1)
    ax.plot(omega, value + base, "-", color=DARK_LILAC, lw=0.6, zorder=3)
    ax.text(top * 1.02, base + 0.5, rf"$\alpha={alpha:g}$" + "\n" + rf"$J/\Delta T={conductance:.4f}$", va="center",
            fontsize=7.5, linespacing=1.3)


def _draw_map(figure: Any, ax: Any, masses: np.ndarray, top: float, rows: int) -> None:
    alpha, edges = np.linspace(0.0, 4.0, rows), np.linspace(0.0, top, 301)
    table = np.array([band_average(with_two_baths(hs.PowerLaw(masses, float(a))), edges) for a in alpha])
    step = alpha[1] - alpha[0]
    picture = ax.pcolormesh(edges, np.append(alpha - 0.5 * step, alpha[-1] + 0.5 * step), np.clip(table, 0.0, 1.0),
                            cmap="magma_r", vmin=0.0, vmax=1.0, rasterized=True)
    ax.set(xlabel=r"angular frequency $\omega$", ylabel=r"exponent $\alpha$", xlim=(0.0, top), ylim=(0.0, 4.0))
    figure.colorbar(picture, ax=ax, label=r"$\mathcal{T}$, averaged over bands of width $0.005$", pad=0.02)


# 3. The ion crystal

def ion_crystal(n: int = 20, cooled: int = 3, frictions: tuple[float, ...] = (0.1, 1.0)) -> tuple[Any, Numbers]:
    """Draw a crystal whose end ions are cooled to T = 1 and 0.2: the ions, the profile, the decay of the modes."""
    network, u = hs.ion_crystal(n), hs.ion_positions(n)
    hot, cold = 1.0, 0.2
    ends = {count: (range(count), range(n - count, n)) for count in (1, cooled)}
    systems = {(count, g): hs.OpenNetwork(network, hs.bath_group(left, hot, g) + hs.bath_group(right, cold, g))
               for count, (left, right) in ends.items() for g in frictions}
    states = {key: _quiet(system) for key, system in systems.items()}
    numbers: Numbers = {"position": u, "states": states}
    with paper_style():
        figure = new_figure(178, 82)
        panels = figure.subplot_mosaic([["trap", "decay"], ["profile", "decay"]], height_ratios=(1, 3.2),
                                       width_ratios=(1.25, 1.0))
        strong = states[cooled, frictions[-1]]
        _draw_trap(panels["trap"], u, strong.local_temperature, cooled, (cold, hot))
        _draw_profile(panels["profile"], u, [states[cooled, g] for g in frictions], frictions, (cold, hot))
        for name, letter in (("profile", "(a)"), ("decay", "(b)")):
            x, y = (0.06, 0.05) if name == "profile" else (0.97, 0.93)
            panels[name].text(x, y, letter, transform=panels[name].transAxes,
                              ha="right")
        _draw_decay(panels["decay"], {count: states[count, frictions[-1]] for count in ends}, frictions[-1])
    return figure, numbers


def _draw_trap(ax: Any, u: np.ndarray, T: np.ndarray, cooled: int, span: tuple[float, float]) -> None:
    reach = 1.12 * u[-1]
    ax.scatter(u, np.zeros(u.size), c=T, cmap="magma", vmin=span[0] - 0.15, vmax=span[1] + 0.15, s=42, zorder=3,
               edgecolors="black", linewidths=0.5)
    x = np.linspace(-reach, reach, 101)
    ax.plot(x, 0.75 * (x / reach) ** 2 - 0.95, color=GREY, lw=0.8, zorder=1)
    middle = 0.5 * float(u[0] + u[cooled - 1])
    for centre, colour, name, T_bath in ((middle, HOT, "$T_L$", span[1]), (-middle, COLD, "$T_R$", span[0])):
        half = 0.5 * float(u[cooled - 1] - u[0]) + 0.24
        ax.axvspan(centre - half, centre + half, color=colour, alpha=0.22, lw=0)
        ax.text(centre, 1.08, rf"laser, {name}$\,={T_bath:g}$", ha="center", va="bottom", fontsize=7.5)
    ax.text(0.0, 0.42, f"{u.size} ions", ha="center", fontsize=8)
    ax.set(xlim=(-reach, reach), ylim=(-1.0, 1.0))
    ax.axis("off")


def _draw_profile(ax: Any, u: np.ndarray, states: list[hs.SteadyState], frictions: tuple[float, ...],
                  span: tuple[float, float]) -> None:
    looks = (("s", "white", ROSE, (0, (4, 1.5))), ("o", DARK_LILAC, DARK_LILAC, "-"))
    for state, g, (marker, face, colour, line) in zip(states, frictions, looks, strict=False):
        ax.plot(u, state.local_temperature, marker=marker, mfc=face, color=colour, ls=line, lw=0.8, ms=4.2,
                label=rf"$\gamma={g:g}\,m\omega_z$", zorder=3)
    ax.axhline(0.5 * sum(span), color=GREY, lw=0.7, ls=":", zorder=1)
    ax.set(xlabel="position along the trap (units of $l$)", ylabel="local temperature $T_n$",
           xlim=(1.12 * u[0], 1.12 * u[-1]))
    ax.legend(loc="upper right")


def _draw_decay(ax: Any, states: dict[int, hs.SteadyState], friction: float) -> None:
    looks = (("^", "white", ROSE), ("o", DARK_LILAC, DARK_LILAC))
    for (count, state), (marker, face, colour) in zip(states.items(), looks, strict=True):
        frequency = state.resonances.frequency
        right = frequency[frequency.real > 0.0]
        ax.semilogy(right.real, right.imag, marker, ms=4.2, mfc=face, color=colour,
                    label=f"{count} cooled ion{'s' if count > 1 else ''} at each end")
    ax.set(xlabel=r"angular frequency $\mathrm{Re}\,\omega/\omega_z$",
           ylabel=r"decay rate $\mathrm{Im}\,\omega/\omega_z$", ylim=(1e-15, 10.0))
    ax.legend(loc="lower left", title=rf"$\gamma={friction:g}\,m\omega_z$", alignment="left")


# all of them

def _report(chain: Numbers, road: Numbers, ions: Numbers) -> None:
    for name, item in chain.items():
        error = np.abs(item["temperature"] - item["closed"]).max()
        print(f"1. chain, {name}: J = {item['heat_flux']:.10f}, T_1 = {item['temperature'][0]:.4f}, "
              f"T_2 = {item['temperature'][1]:.4f}, largest distance from the closed form {error:.1e}")
    for alpha, value, dark in zip(road["alpha"], road["conductance"], road["n_dark"], strict=True):
        print(f"2. α = {alpha:g}: J/ΔT = {value:.8f}, {dark} dark modes")
    print(f"   chain: {road['limits'][0]:.8f}, mean field: {road['limits'][1]:.8f}")
    for (count, friction), state in ions["states"].items():
        J, T = state.heat_flux, state.local_temperature
        print(f"3. {count} ions cooled at each end, γ = {friction:g}: J = {J[:count].sum():.8f} (all fluxes sum to "
              f"{J.sum():.0e}), T = {T[:count + 1].round(4)} …, slowest mode {state.resonances.decay_rate.min():.1e}, "
              f"{state.n_dark_modes} dark, conditioning {state.certificate.conditioning:.0e}")


def main(directory: Path = IMAGES) -> None:
    """Write the three pictures and print the numbers in them."""
    found = []
    for number, make in enumerate((ordered_chain, chain_to_mean_field, ion_crystal), start=1):
        with paper_style():
            figure, numbers = make()
            figure.savefig(directory / f"gallery-{number}.png")
        found.append(numbers)
    _report(*found)


if __name__ == "__main__":
    main()
