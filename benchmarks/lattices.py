"""Lattices between two faces of baths: ordered ones by their chains, disordered ones against LAPACK's ``eig``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import hotsprings as hs
from benchmarks.children import ChildError, measured
from benchmarks.results import Section, Table
from benchmarks.systems import fresh
from benchmarks.timing import duration, timed

RATIO = 2.5  # times of eig, at most
SECONDS, MINUTES, GIB = 10.0, 20.0, 8.0  # for 32 × 32 and for 64 × 64, at most


def between_faces(lattice: hs.Lattice) -> hs.OpenNetwork:
    """Return a lattice with a bath at each site of the first and the last layer."""
    return hs.OpenNetwork(lattice, hs.bath_group(lattice.face(0, "low"), 1.5, name="hot")
                          + hs.bath_group(lattice.face(0, "high"), 0.5, name="cold"))


def disordered(side: int) -> hs.OpenNetwork:
    """Return a square of random masses between two faces of baths."""
    return between_faces(hs.Lattice((side, side), hs.masses.random(side**2, spread=0.2, seed=1), k0=0.1))


def once(call: Callable[[], object]) -> tuple[float, Any]:
    """Return the seconds of one call, and what it returned."""
    found: list[object] = []
    seconds, _ = timed(lambda: found.append(call()))
    return seconds, found[0]


def verdict(seconds: float, most: float) -> tuple[str, str]:
    """Return a goal, and whether it was reached."""
    return f"≤ {most:g} s", "yes" if seconds <= most else "no"


def whole(shape: tuple[int, ...], most: float) -> tuple[str, ...]:
    """Time everything of an ordered lattice."""
    seconds, state = once(lambda: hs.steady_state(fresh(between_faces(hs.Lattice(shape, 1.0)))))
    held = max(state.certificate.error, state.certificate.conditioning)
    size = f"ordered {' × '.join(map(str, shape))}, {state.system.n_baths} baths"
    return (f"{size}: all C_ab, T_n, resonances, certificate",
            f"{duration(seconds)} (once)", *verdict(seconds, most), f"certified to {held:.0e}")


def fluxes(shape: tuple[int, ...], most: float) -> tuple[str, ...]:
    """Time the conductances of an ordered lattice; all together they are those of its chains."""
    system = between_faces(hs.Lattice(shape, 1.0, k0=0.1))
    half = system.n_baths // 2
    seconds, matrix = once(lambda: hs.conductance(fresh(system)))
    kappa = 0.1 + 4.0 * np.sin(0.5 * np.pi * np.arange(shape[1]) / shape[1]) ** 2
    one, two = 2.0 + kappa + 2.0, 4.0  # Λ and Ω of Roy and Dhar, free ends, k = m = γ = 1
    exact = float(np.sum(1.0 / (one + np.sqrt(one**2 - two**2))))
    off = abs(float(matrix[:half, half:].sum()) / exact - 1.0)
    return (f"ordered, pinned {' × '.join(map(str, shape))}, {system.n_baths} baths: all C_ab, certificate",
            f"{duration(seconds)} (once)", *verdict(seconds, most), f"Σ C_ab off by {off:.0e} from Roy and Dhar's")


def against_eig(side: int) -> tuple[str, ...]:
    """Time everything of a disordered lattice against the eigenvectors of its damped motion."""
    system = disordered(side)
    root, n = np.sqrt(system.network.masses), system.n_sites
    rate = np.zeros(n)
    rate[system.bath_sites] = system.friction / system.network.masses[system.bath_sites]
    springs = system.network.stiffness() / np.outer(root, root)
    motion = np.block([[np.zeros((n, n)), np.eye(n)], [-springs, -np.diag(rate)]])
    ours, state = once(lambda: hs.steady_state(fresh(system)))
    theirs, _ = once(lambda: np.linalg.eig(motion))
    held = max(state.certificate.error, state.certificate.conditioning)
    return (f"disordered {side} × {side}, {system.n_baths} baths: all C_ab, T_n, resonances, certificate",
            f"{duration(ours)} (once); LAPACK's eig of the {2 * n} × {2 * n} motion {duration(theirs)}",
            f"≤ {RATIO:g} × eig" + (f" and ≤ {SECONDS:g} s" if side == 32 else ""),
            "yes" if ours <= RATIO * theirs and (side != 32 or ours <= SECONDS) else "no",
            f"{ours / theirs:.1f} × eig; certified to {held:.0e}")


def solved(side: int) -> dict[str, float]:
    """Solve a disordered lattice in a process of its own."""
    seconds, state = once(lambda: hs.steady_state(disordered(side)))
    return {"seconds": seconds, "held": max(state.certificate.error, state.certificate.conditioning)}


def largest(side: int) -> tuple[str, ...]:
    """Time a disordered lattice too large for LAPACK's eig, with its peak memory."""
    what = f"disordered {side} × {side}, {2 * side} baths: all C_ab, T_n, resonances, certificate"
    try:
        found = measured("lattices.solved", side=side)
    except ChildError as err:
        return what, "", f"≤ {MINUTES:g} min", "no", str(err)
    minutes, peak = found["seconds"] / 60.0, found["peak_bytes"] / 2.0**30
    return (what, f"{minutes:.1f} min (once), {peak:.1f} GiB", f"≤ {MINUTES:g} min and ≤ {GIB:g} GiB",
            "yes" if minutes <= MINUTES and peak <= GIB else "no", f"certified to {found['held']:.0e}")


def measure(full: bool) -> Section:
    """Time them all, after small ones that compile what is needed."""
    hs.steady_state(between_faces(hs.Lattice((12, 10), 1.0)))
    hs.steady_state(disordered(9))
    rows = [whole((64, 64), 20.0), whole((16, 16, 16), 20.0), against_eig(32 if full else 16)]
    if full:
        rows.insert(2, fluxes((200, 200), 60.0))
        rows.append(largest(64))
    table = Table("lattices", "Lattices", ("what", "time", "goal", "reached", "accuracy"), rows)
    return Section([table], {"rows": rows})
