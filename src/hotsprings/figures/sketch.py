"""The system as a sketch: particles, springs, pinning and baths, as in the paper's Fig. 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hotsprings.figures.maps import contact_colours, draw_map, places_of
from hotsprings.figures.style import DARK_LILAC, GREY, LIGHT_ORANGE, given_axes, paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_system"]

_MOST = 7  # particles drawn before an ellipsis takes over
_RADIUS = 0.2  # of a particle of mean mass
_GROUND = -0.95  # where pinning springs end
_CELLAR = -1.75  # where baths of inner sites stand
_FloatArray = npt.NDArray[np.float64]


def draw_system(system: Any, ax: Axes | None = None) -> Axes:
    """Draw an open network: discs (area ∝ mass), a spring for every pair, pinning, walls, baths.

    Sites stand where they are, in lattices, molecules and graphs; on a line in all other networks.

    At most seven particles are drawn, the bath sites among them where there are up to five; dots stand for the
    rest. Sites are numbered from 0, as everywhere in the package.

    Parameters
    ----------
    system : OpenNetwork
        Any open network: its ``network`` has masses and springs, its ``baths`` sites and temperatures.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    References
    ----------
    Defaveri, Olivares, Anteneodo, arXiv:2111.01332, Fig. 1.
    """
    with paper_style():
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots(figsize=(5.2, 2.9), layout="constrained")[1]
        ax = given_axes(ax)
        places = places_of(system.network)
        if places is not None:
            draw_map(system, places, ax)
            return ax
        sites = _shown_sites(system.n_sites, [int(s) for s in system.bath_sites])
        place = _places(sites)
        radius = _radii(system.network.masses, sites)
        _draw_springs(ax, system.network, sites, place)
        _draw_pinning(ax, system.network, sites, place, radius)
        _draw_walls(ax, system.network, sites, place, radius)
        _draw_baths(ax, system, sites, place, radius)
        _draw_particles(ax, system, sites, place, radius)
        _frame(ax, place)
    return ax


def _shown_sites(n_sites: int, bath_sites: list[int]) -> list[int]:
    """Return the sites to draw: the first five baths, then sites from both ends towards the middle."""
    shown = set(sorted(bath_sites)[:5])
    outside_in = [site for pair in zip(range(n_sites), range(n_sites - 1, -1, -1), strict=True) for site in pair]
    for site in outside_in[: 2 * _MOST]:
        if len(shown) < min(_MOST, n_sites):
            shown.add(site)
    return sorted(shown)


def _places(sites: list[int]) -> dict[int, float]:
    """Return the horizontal position of every site drawn; a gap in the numbers leaves room for dots."""
    place, x = {}, 0.0
    for before, site in zip([sites[0], *sites], sites, strict=False):
        x += 0.0 if site == before else (1.0 if site == before + 1 else 1.7)
        place[site] = x
    return place


def _radii(masses: _FloatArray, sites: list[int]) -> dict[int, float]:
    """Return radii with area ∝ mass, kept between half and one and three quarters of the usual size."""
    mean = float(np.mean(masses))
    return {s: _RADIUS * float(np.clip(np.sqrt(masses[s] / mean), 0.5, 1.75)) for s in sites}


def _strengths(network: Any, sites: list[int]) -> dict[tuple[int, int], float]:
    """Return the stiffness of each spring drawn, relative to the strongest one drawn."""
    pairs = [(i, j) for i in sites for j in sites if i < j]
    if hasattr(network, "coupling"):  # all springs are equal: no matrix needed
        return dict.fromkeys(pairs, 1.0)
    bands = network.bands() if hasattr(network, "bands") else None
    if bands is not None:  # nor here
        off_diagonal = bands[1]
        raw = {(i, j): abs(float(off_diagonal[i])) for i, j in pairs if j == i + 1}
    else:
        K = network.stiffness()
        raw = {pair: abs(float(K[pair])) for pair in pairs}
    strongest = max(raw.values(), default=0.0)
    return {pair: value / strongest for pair, value in raw.items() if value > 0.0}


def _coil(start: tuple[float, float], end: tuple[float, float], turns: int, amplitude: float) -> _FloatArray:
    """Return the points (2, n) of a straight spring between two points."""
    t = np.linspace(0.0, 1.0, 24 * turns + 1)
    axis = np.array(end) - np.array(start)
    normal = np.array([-axis[1], axis[0]]) / (np.hypot(*axis) or 1.0)
    envelope = amplitude * np.clip(np.minimum(t, 1 - t) / 0.12, 0.0, 1.0) * np.sin(2 * np.pi * turns * t)
    return np.array(start)[:, None] + np.outer(axis, t) + np.outer(normal, envelope)


def _arc(x0: float, x1: float) -> _FloatArray:
    """Return the points (2, n) of a coiled arc above the line of particles."""
    span = x1 - x0
    height = 0.52 * span**0.75
    turns = round(6 * span)
    t = np.linspace(0.0, 1.0, 24 * turns + 1)
    angle = np.pi * (1 - t)
    envelope = 0.035 * np.clip((np.minimum(t, 1 - t) * span - 0.12) / 0.6, 0.0, 1.0)  # smooth feet
    wiggle = envelope * np.sin(2 * np.pi * turns * t)
    x = 0.5 * (x0 + x1) + (0.5 * span + wiggle) * np.cos(angle)
    return np.array([x, (height + wiggle) * np.sin(angle)])


def _draw_springs(ax: Axes, network: Any, sites: list[int], place: dict[int, float]) -> None:
    for (i, j), strength in _strengths(network, sites).items():
        ax.plot(*_arc(place[i], place[j]), color=DARK_LILAC, lw=0.25 + 0.45 * np.sqrt(strength), alpha=0.75, zorder=1)
    if getattr(network, "n_tilde", None) is not None:
        x0, x1 = place[sites[0]], place[sites[-1]]
        ax.text(0.5 * (x0 + x1), 0.52 * (x1 - x0) ** 0.75 + 0.1, r"$k/\tilde{N}$", ha="center", va="bottom",
                fontsize=11, color=DARK_LILAC)


def _pinning(network: Any, sites: list[int]) -> dict[int, float]:
    """Return the pinning stiffness of each site drawn."""
    pinning = network.k0 if hasattr(network, "walls") else network.pinning  # walls are drawn as walls
    largest = float(np.max(np.abs(pinning)))
    return {s: float(pinning[s]) for s in sites if abs(pinning[s]) > 1e-12 * largest}


def _draw_pinning(ax: Axes, network: Any, sites: list[int], place: dict[int, float], radius: dict[int, float]) -> None:
    pinned = _pinning(network, sites)
    for site in pinned:
        x = place[site]
        ax.plot(*_coil((x, -radius[site]), (x, _GROUND), 5, 0.07), color=GREY, lw=0.8, zorder=1)
        ax.plot([x - 0.2, x + 0.2], [_GROUND, _GROUND], color=GREY, lw=1.0)
        for dx in np.linspace(-0.16, 0.2, 5):
            ax.plot([x + dx, x + dx - 0.09], [_GROUND, _GROUND - 0.1], color=GREY, lw=0.6)
    if pinned:
        right = list(pinned)[len(pinned) // 2]
        ax.text(place[right] + 0.16, 0.5 * _GROUND - 0.1, "$k_0$", color=GREY, ha="left", va="center", fontsize=10)


def _held(network: Any) -> tuple[bool, bool]:
    """Return whether a wall holds the first site, and the last."""
    before, after = getattr(network, "walls", (0.0, 0.0))
    return bool(before), bool(after)


def _draw_walls(ax: Axes, network: Any, sites: list[int], place: dict[int, float], radius: dict[int, float]) -> None:
    """Draw a spring to a hatched wall beyond each end that is held."""
    for held, site, side in zip(_held(network), (sites[0], sites[-1]), (-1.0, 1.0), strict=True):
        if not held:
            continue
        x, end = place[site], place[site] + 0.85 * side
        ax.plot(*_coil((x + side * radius[site], 0.0), (end, 0.0), 5, 0.07), color=DARK_LILAC, lw=0.8, zorder=1)
        ax.plot([end, end], [-0.35, 0.35], color=GREY, lw=1.0)
        for y in np.linspace(-0.3, 0.35, 6):
            ax.plot([end, end + 0.1 * side], [y, y - 0.09], color=GREY, lw=0.6)


def _bath_labels(temperature: _FloatArray) -> list[str]:
    if len(temperature) == 2:
        return ["T_L", "T_R"]
    return ["T"] if len(temperature) == 1 else [f"T_{{{a}}}" for a in range(len(temperature))]


def _bath_colours(system: Any) -> list[str]:
    """Return the colour of each bath: that of its group."""
    colours = contact_colours(system)
    found = {bath: colours[name] for name, baths in system.contacts.items() for bath in baths}
    return [found[bath] for bath in range(len(system.baths))]


def _draw_baths(ax: Axes, system: Any, sites: list[int], place: dict[int, float], radius: dict[int, float]) -> None:
    colours = _bath_colours(system)
    labels = [f"${symbol}$" if bath.name is None else bath.name
              for symbol, bath in zip(_bath_labels(system.temperature), system.baths, strict=True)]
    for site, label, colour, bath_temperature in zip(system.bath_sites, labels, colours, system.temperature,
                                                     strict=True):
        if site not in place:
            continue
        x = place[site]
        side = -1 if site == sites[0] else 1 if site == sites[-1] else 0
        if (side < 0 and _held(system.network)[0]) or (side > 0 and _held(system.network)[1]):
            side = 0  # the wall is there
        centre = (x + 1.05 * side, 0.0) if side else (x, _CELLAR)
        _draw_box(ax, centre, label, f"{bath_temperature:.3g}", colour)
        _draw_wave(ax, (x, 0.0), centre, radius[site], colour)


def _draw_box(ax: Axes, centre: tuple[float, float], label: str, value: str, colour: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    width, height = 0.66, 0.66
    ax.add_patch(FancyBboxPatch((centre[0] - width / 2, centre[1] - height / 2), width, height,
                                boxstyle="round,pad=0,rounding_size=0.12", fc=colour, ec="black", lw=0.7, zorder=4))
    symbol = label.startswith("$")
    if symbol:
        ax.text(centre[0], centre[1] + 0.1, label, ha="center", va="center", color="white", zorder=5, fontsize=11)
    else:  # a name stands below its box, where it has room
        ax.text(centre[0], centre[1] - 0.42, label, ha="center", va="top", color=colour, zorder=5, parse_math=False,
                fontsize=7.5)
    ax.text(centre[0], centre[1] - (0.19 if symbol else 0.0), value, ha="center", va="center", color="white",
            fontsize=min(6.5 if symbol else 8.0, 44.0 / len(value)), zorder=5)


def _draw_wave(ax: Axes, site: tuple[float, float], bath: tuple[float, float], radius: float, colour: str) -> None:
    """Draw the contact of a bath: a wavy line from the particle's rim to the bath's box."""
    axis = np.array(bath) - np.array(site)
    unit = axis / np.hypot(*axis)
    start, end = np.array(site) + radius * unit, np.array(bath) - 0.33 * unit
    if axis[1]:  # an inner bath: leave the pinning spring free
        start, end = start + np.array([0.0, 0.02]), end
        t = np.linspace(0.0, 1.0, 200)
        bow = 0.34 * np.sin(np.pi * t) + 0.05 * np.sin(2 * np.pi * 7 * t) * np.sin(np.pi * t)
        points = start[:, None] + np.outer(end - start, t) + np.outer([-1.0, 0.0], bow)
    else:
        points = _coil((start[0], start[1]), (end[0], end[1]), 3, 0.06)
    ax.plot(*points, color=colour, lw=1.5, zorder=2)


def _draw_particles(ax: Axes, system: Any, sites: list[int], place: dict[int, float], radius: dict[int, float]) -> None:
    from matplotlib.patches import Circle

    colour = dict(zip((int(s) for s in system.bath_sites), _bath_colours(system), strict=True))
    for before, site in zip([sites[0], *sites], sites, strict=False):
        ax.add_patch(Circle((place[site], 0.0), radius[site], fc=colour.get(site, LIGHT_ORANGE), ec="black", lw=0.7,
                            zorder=3))
        _number(ax, site, (place[site], 0.0), radius[site], "white" if site in colour else "black")
        if site > before + 1:
            middle = 0.5 * (place[before] + place[site])
            ax.plot(middle + np.array([-0.14, 0.0, 0.14]), [0.0] * 3, "o", ms=2.0, color="black", zorder=3)


def _number(ax: Axes, site: int, centre: tuple[float, float], radius: float, colour: str) -> None:
    """Write the number of a site into its disc, or beside a disc too small for it."""
    digits = len(str(site))
    if radius >= 0.058 * (1 + digits):
        ax.text(centre[0], centre[1] - 0.01, f"{site}", ha="center", va="center", color=colour, zorder=4,
                fontsize=6.5 if radius >= 0.075 * (1 + digits) else 5.2)
    else:
        ax.text(centre[0] + 0.14, centre[1] - radius - 0.04, f"{site}", ha="left", va="top", fontsize=6.5)


def _frame(ax: Axes, place: dict[int, float]) -> None:
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.autoscale_view()
    (low, high), middle = ax.get_xlim(), 0.5 * (min(place.values()) + max(place.values()))
    half = max(high - middle, middle - low, 2.6)
    ax.set_xlim(middle - half, middle + half)
