"""Networks whose sites have places: lattices, graphs and molecules, drawn where they are."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hotsprings.figures.style import COLD, DARK_LILAC, GREY, HOT, LIGHT_ORANGE, ROSE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Places", "contact_colours", "contact_label", "draw_map", "framed", "mark_contacts", "places_of", "plot_map",
           "said_of_others", "stubs"]

_MOST_BONDS = 20_000  # springs drawn
_MAJORISED, _ROUNDS = 500, 60  # nodes of a graph that is laid out with care; rounds of it
_SKETCHED = 7  # sites from which a graph without places is laid out by itself
_SPARSE = 4.0  # springs per site up to which that shows anything
_FAINT = 0.05  # part of the strongest spring below which others are not drawn, where nearly all sites are joined
_NAMED = 5  # groups and baths named in a legend
_SLANT = np.array([0.42, 0.30])  # where the third axis goes on paper
_FloatArray = npt.NDArray[np.float64]
_IntArray = npt.NDArray[np.int64]

OTHERS = ("#3a7d44", "#e0b100", ROSE, "#4fb3bf")  # groups between the hottest and the coldest


class Places(NamedTuple):
    """Where sites are drawn: a point for every place, and which place each site is at (x, y, z of an atom share one).

    point : ndarray, shape (n_places, 2);  place : ndarray of int, shape (n_sites,);  spacing : float, of neighbours.
    """

    point: _FloatArray
    place: _IntArray
    spacing: float


def places_of(network: Any) -> Places | None:
    """Return where the sites of a network are drawn; None where a line says it as well."""
    positions = getattr(network, "positions", None)
    if positions is not None and np.ptp(positions, axis=0)[1:].any():
        known, place = np.unique(np.asarray(positions), axis=0, return_inverse=True)
        flat = known if known.shape[1] == 2 else known[:, :2] + known[:, 2:3] * _SLANT if known.shape[1] == 3 else (
            _principal(known))
        if known.shape[1] == 3 and not np.ptp(known[:, 2]):
            flat = known[:, :2]
        elif known.shape[1] == 3 and _is_flat(known):
            flat = _principal(known)
        return Places(np.asarray(flat), np.asarray(place).ravel(), _spacing(flat))
    bonds = getattr(network, "bonds", None) if positions is None else None
    n = network.n_sites
    if bonds is None or n <= _SKETCHED or not n <= len(bonds) + 1 or len(bonds) > _SPARSE * n:
        return None
    point = _laid_out(n, bonds)
    return Places(point, np.arange(n), _spacing(point))


def _is_flat(points: _FloatArray) -> bool:
    """Return whether points lie in a plane, such as the atoms of benzene."""
    extent = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(extent[-1] < 0.02 * extent[0])


def _principal(points: _FloatArray) -> _FloatArray:
    """Return points of many dimensions in the plane of their largest extent."""
    centred = points - points.mean(axis=0)
    return np.asarray(centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T)


def _laid_out(n: int, bonds: _IntArray) -> _FloatArray:
    """Return places of a graph's nodes whose distances follow the number of edges between them.

    Stress majorisation (Gansner, Koren, North 2005) with weights of one over the square of the distance, from two
    coordinates of classical scaling; large graphs stay there.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import shortest_path

    edges = coo_array((np.ones(len(bonds)), (bonds[:, 0], bonds[:, 1])), shape=(n, n))
    apart = shortest_path(edges.tocsr(), directed=False, unweighted=True)
    apart[~np.isfinite(apart)] = 1.0 + apart[np.isfinite(apart)].max()  # parts that no edge joins
    square = apart**2
    inner = -0.5 * (square - square.mean(axis=0) - square.mean(axis=1)[:, None] + square.mean())
    value, vector = np.linalg.eigh(inner)
    point = np.asarray(vector[:, -2:] * np.sqrt(np.maximum(value[-2:], 1e-12)))
    if n > 1 and _closest(point).min() < 1e-6 * np.ptp(point):
        point += 1e-3 * np.random.default_rng(0).standard_normal(point.shape)  # twins part
    return point if n > _MAJORISED else _majorised(point, apart)


def _majorised(point: _FloatArray, apart: _FloatArray) -> _FloatArray:
    """Return places with less stress Σ (|x_i - x_j|/d_ij - 1)², by solving the majorant again and again."""
    np.fill_diagonal(apart, 1.0)
    weight = apart**-2
    np.fill_diagonal(weight, 0.0)
    back = np.linalg.pinv(np.diag(weight.sum(axis=1)) - weight)
    for _ in range(_ROUNDS):
        step = point[:, None] - point[None]
        now = np.hypot(step[..., 0], step[..., 1])
        pull = np.where(now > 0.0, weight * apart / np.where(now > 0.0, now, 1.0), 0.0)
        point = back @ (point * pull.sum(axis=1)[:, None] - pull @ point)
    return point


def _spacing(points: _FloatArray) -> float:
    """Return the median distance to the nearest neighbour."""
    return float(np.median(_closest(points))) or 1.0 if len(points) > 1 else 1.0


def _closest(points: _FloatArray) -> _FloatArray:
    """Return the distance of each point from the nearest other."""
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(points).query(points, 2)[0][:, 1])


def _size(ax: Axes, spacing: float, points: _FloatArray) -> float:
    """Return the area (points²) of a disc of 0.45 of the spacing, when the axes show all points and equal scales."""
    extent = np.ptp(points, axis=0) + 2.0 * spacing
    box = ax.get_window_extent()
    per_unit = min(box.width / extent[0], box.height / extent[1]) * 72.0 / ax.figure.dpi
    return float(np.clip((0.45 * spacing * per_unit) ** 2, 4.0, 400.0))


def _draw_bonds(ax: Axes, network: Any, places: Places, width: float) -> None:
    from matplotlib.collections import LineCollection

    bonds = getattr(network, "bonds", None)
    if bonds is None or len(bonds) > _MOST_BONDS:
        return
    ends, strength = _joined(network, np.asarray(bonds), places.place)
    lines = places.point[ends]
    length = np.hypot(*(lines[:, 1] - lines[:, 0]).T)
    closing = length > 3.0 * places.spacing if hasattr(network, "periodic") else np.zeros(len(length), dtype=bool)
    ax.add_collection(LineCollection(list(lines[~closing]), colors=DARK_LILAC, linewidths=width * strength[~closing],
                                     alpha=0.6, zorder=1))
    outer = [stub for start, end in lines[closing] for stub in stubs(start, end, places.spacing)]
    ax.add_collection(LineCollection(outer, colors=DARK_LILAC, linewidths=width, alpha=0.6, zorder=1,
                                     linestyles=(0, (1.5, 1.0))))


def _joined(network: Any, bonds: _IntArray, place: _IntArray) -> tuple[_IntArray, _FloatArray]:
    """Return pairs of places that springs join, each once, and how strongly: 1 all, where they are few at each site.

    In Hessians nearly all pairs are joined: there, a strength relative to the strongest, of those above a twentieth.
    """
    pairs, which = np.unique(np.sort(place[bonds], axis=1), axis=0, return_inverse=True)
    strength: _FloatArray = np.ones(len(pairs))
    if len(bonds) > _SPARSE * network.n_sites:
        k = np.abs(network.stiffness()[bonds[:, 0], bonds[:, 1]])
        strength = np.asarray(np.sqrt(np.bincount(np.asarray(which).ravel(), k**2, minlength=len(pairs))))
    apart = pairs[:, 0] != pairs[:, 1]
    pairs, strength = pairs[apart], strength[apart] / (strength[apart].max(initial=0.0) or 1.0)
    return pairs[strength >= _FAINT], strength[strength >= _FAINT]


def stubs(start: _FloatArray, end: _FloatArray, spacing: float) -> list[list[_FloatArray]]:
    """Return two short lines outwards for a spring that closes an axis, in place of one across the lattice."""
    step = 0.6 * spacing * (end - start) / np.hypot(*(end - start))
    return [[start, start - step], [end, end + step]]


def _draw_walls(ax: Axes, network: Any, places: Places) -> None:
    """Draw a hatched wall, and springs to it, along each face that a wall holds (of flat lattices)."""
    if len(getattr(network, "shape", ())) != 2:
        return
    for axis in network.fixed_axes:
        for side, sign in (("low", -1.0), ("high", 1.0)):
            face = places.point[places.place[network.face(axis, side)]]
            out = np.zeros(2)
            out[axis] = sign * places.spacing
            for point in face:
                ax.plot(*np.transpose([point, point + 0.7 * out]), color=GREY, lw=0.8, zorder=1)
            along = np.zeros(2)
            along[1 - axis] = 0.5 * places.spacing
            edge = np.array([face.min(axis=0) - along, face.max(axis=0) + along]) + 0.7 * out
            edge[:, axis] = face[0, axis] + 0.7 * out[axis]
            ax.plot(*edge.T, color=GREY, lw=2.4, solid_capstyle="butt", zorder=1)


def contact_colours(system: Any) -> dict[str, str]:
    """Return the colour of each group or bath: the hottest red, the coldest blue, others in colours of their own.

    Where there are too many for that, those between are shaded by their temperature.
    """
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    warm = {name: float(np.mean(system.temperature[list(baths)])) for name, baths in system.contacts.items()}
    low, high = min(warm.values()), max(warm.values())
    if low == high:
        return dict.fromkeys(warm, ROSE)
    if len(warm) > len(OTHERS) + 2:
        shades = LinearSegmentedColormap.from_list("baths", [COLD, LIGHT_ORANGE, HOT])
        return {name: to_hex(shades((each - low) / (high - low))) for name, each in warm.items()}
    others = cycle(OTHERS)
    return {name: HOT if each == high else COLD if each == low else next(others) for name, each in warm.items()}


def said_of_others(ax: Axes, n_contacts: int, named: int) -> None:
    """Let a legend say how many groups and baths it does not name."""
    if n_contacts > named:
        ax.plot([], [], " ", label=f"… and {n_contacts - named} more")


def contact_label(system: Any, name: str) -> str:
    """Return what a legend says of a group or bath: its name and temperature."""
    warm = system.temperature[list(system.contacts[name])]
    low, high = f"{warm.min():.4g}", f"{warm.max():.4g}"
    return f"{name}, $T$ = {low}" if low == high else f"{name}, $T$ = {low} … {high}"


def mark_contacts(ax: Axes, system: Any, places: Places, size: float | _FloatArray, filled: bool) -> None:
    """Draw every bath at its place in the colour of its group: a disc of that area (points²), or a ring around it."""
    colours, area = contact_colours(system), np.broadcast_to(size, len(places.point))
    for i, (name, baths) in enumerate(system.contacts.items()):
        where = np.unique(places.place[system.bath_sites[list(baths)]])
        at = places.point[where]
        ax.scatter(at[:, 0], at[:, 1], s=area[where] if filled else 1.5 * area[where],
                   facecolors=colours[name] if filled else "none", zorder=4,
                   edgecolors="black" if filled else colours[name], linewidths=0.6 if filled else 1.5,
                   label=contact_label(system, name) if i < _NAMED else None)
    said_of_others(ax, len(system.contacts), _NAMED)


def framed(ax: Axes, places: Places) -> None:
    """Show all places on equal scales, without a frame."""
    low, high = places.point.min(axis=0), places.point.max(axis=0)
    ax.set_aspect("equal")
    ax.set_xlim(low[0] - 1.1 * places.spacing, high[0] + 1.1 * places.spacing)
    ax.set_ylim(low[1] - 1.1 * places.spacing, high[1] + 1.1 * places.spacing)
    ax.set_axis_off()


def draw_map(system: Any, places: Places, ax: Axes) -> None:
    """Draw a system at its places: springs as lines, walls hatched, baths coloured by their temperature."""
    network = system.network
    framed(ax, places)
    size = _size(ax, places.spacing, places.point)
    mass = np.bincount(places.place, network.masses) / np.bincount(places.place)
    area = size * np.clip(mass / mass.mean(), 0.25, 3.0)
    _draw_bonds(ax, network, places, 0.9 if size > 20.0 else 0.5)
    _draw_walls(ax, network, places)
    bare = np.ones(len(area))  # a disc below the disc of a bath would show at its rim
    bare[places.place[system.bath_sites]] = 0.0
    ax.scatter(places.point[:, 0], places.point[:, 1], s=area * bare,
               facecolors=LIGHT_ORANGE, edgecolors="black", linewidths=0.6, zorder=3)
    mark_contacts(ax, system, places, area, filled=True)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=min(3, len(system.contacts)), frameon=False)


def plot_map(state: Any, places: Places, ax: Axes) -> None:
    """Draw the local temperature of every site at its place in colour, the baths ringed in theirs."""
    framed(ax, places)
    size = _size(ax, places.spacing, places.point)
    _draw_bonds(ax, state.system.network, places, 0.8)
    _draw_walls(ax, state.system.network, places)
    warm = np.bincount(places.place, state.local_temperature) / np.bincount(places.place)
    drawn = ax.scatter(places.point[:, 0], places.point[:, 1], s=1.2 * size, c=warm,
                       cmap="plasma", edgecolors="none", zorder=3)
    beside = ax.inset_axes((1.04, 0.08, 0.045, 0.84))  # goes with the map, whose scales are equal, to the middle
    ax.figure.colorbar(drawn, cax=beside, label="local temperature $T_n$")
    mark_contacts(ax, state.system, places, size, filled=False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=min(3, len(state.system.contacts)), frameon=False)
