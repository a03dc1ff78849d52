"""Print the table of speeds and errors: ``python -m benchmarks`` (about a minute)."""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.linalg import eigh

import hotsprings as hs
from benchmarks.peers import complex_sum, lyapunov, real_sum
from benchmarks.timing import medians


def random_system(n: int) -> hs.OpenNetwork:
    """Return random masses (δ = 0.1, Kac, k0 = 1) between two baths."""
    network = hs.MeanField(hs.masses.random(n, 1.0, 0.1, seed=1), k=1.0, k0=1.0)
    return hs.OpenNetwork(network, [hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 1.0)])


def fresh(system: hs.OpenNetwork) -> hs.OpenNetwork:
    """Return the same system anew: the engine of the last one is kept, and would answer at once."""
    return hs.OpenNetwork(system.network, system.baths)


def against_lyapunov(table: Table, n: int, runs: int) -> None:
    """Time J and all T_n against one dense Lyapunov solve."""
    system = random_system(n)
    ours, theirs = medians(runs, lambda: hs.steady_state(fresh(system)), lambda: lyapunov(system))
    state, (flux, local) = hs.steady_state(system), lyapunov(system)
    error = np.abs(local - state.local_temperature).max()
    table.add_row(f"J, all T_n, N = {n}", f"{1e3 * ours:.2f} ms", f"scipy Lyapunov {1e3 * theirs:.0f} ms",
                  f"{theirs / ours:.0f} × faster", f"Lyapunov's T_n off by {error:.0e}, "
                  f"J by {abs(flux / state.conductance[0, 1] - 1):.0e}; ours certified to "
                  f"{state.certificate.error:.0e}")


def against_bare_sums(table: Table, n: int, runs: int) -> None:
    """Time the whole solve, and the transmittance, in units of bare Cauchy sums."""
    system, rng = random_system(n), np.random.default_rng(0)
    y, c, x = np.sort(rng.uniform(1.0, 2.0, n)), rng.uniform(0.0, 1.0, n), rng.uniform(1.0, 2.0, n)
    out = np.empty((2, n))
    omega = np.linspace(0.01, 3.0, n)
    solve, sweep, bare, plain = medians(
        runs, lambda: hs.steady_state(fresh(system)), lambda: hs.transmittance(fresh(system), omega),
        lambda: complex_sum(y, c, x, 1e-6 * x, out[0], out[1]), lambda: real_sum(y, c, x, out[0]))
    state = hs.steady_state(system)
    table.add_row(f"J, all T_n, {len(state.resonances)} resonances, N = {n}", f"{1e3 * solve:.0f} ms",
                  f"bare N × N Cauchy sum {1e3 * bare:.1f} ms", f"{solve / bare:.1f} sums",
                  f"certified to {state.certificate.error:.0e}; {n * n / bare / 1e9:.1f}e9 terms/s")
    table.add_row(f"transmittance, {n} ω × {n} sites", f"{1e3 * sweep:.1f} ms", f"bare real sum {1e3 * plain:.1f} ms",
                  f"{sweep / plain:.2f} ×", f"{n * n / plain / 1e9:.1f}e9 terms/s")


def against_eigh(table: Table, n: int, runs: int) -> None:
    """Time everything of a power-law network against the bare diagonalisation of the same matrix."""
    network = hs.PowerLaw(hs.masses.random(n, 1.0, 0.1, seed=1), 1.5, k0=1.0)
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 1.0)])
    root = np.sqrt(network.masses)
    matrix = network.stiffness() / np.outer(root, root)
    ours, theirs = medians(runs, lambda: hs.steady_state(fresh(system)), lambda: eigh(matrix))
    state = hs.steady_state(system)
    table.add_row(f"power law 1.5: J, all T_n, certificate, N = {n}", f"{1e3 * ours:.0f} ms",
                  f"scipy eigh {1e3 * theirs:.0f} ms", f"{ours / theirs:.1f} ×",
                  f"certified to {max(state.certificate.error, state.certificate.conditioning):.0e}")


def power_law_against_lyapunov(table: Table, n: int, runs: int) -> None:
    """Time the modal engine against one dense Lyapunov solve."""
    network = hs.PowerLaw(hs.masses.random(n, 1.0, 0.1, seed=1), 1.5, k0=1.0)
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 1.0)])
    ours, theirs = medians(runs, lambda: hs.steady_state(fresh(system)), lambda: lyapunov(system))
    table.add_row(f"power law 1.5: J, all T_n, N = {n}", f"{1e3 * ours:.1f} ms",
                  f"scipy Lyapunov {1e3 * theirs:.0f} ms", f"{theirs / ours:.0f} × faster", "")


def long_chain(table: Table, n: int) -> None:
    """Time the flux of a long chain (no peer can hold its matrices)."""
    for name, masses in (("ordered", hs.masses.identical(n)), ("disordered", hs.masses.random(n, 1.0, 0.5, seed=1))):
        system = hs.OpenNetwork(hs.Chain(masses, ends="fixed"), [hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 1.0)])
        start = time.perf_counter()
        flux = hs.conductance(system)[0, 1]
        seconds = time.perf_counter() - start
        table.add_row(f"{name} chain, flux, N = {n}", f"{seconds:.1f} s", "", "", f"J/ΔT = {flux:.12g}")


def main() -> None:
    """Run everything and print the table."""
    table = Table(title="hotsprings: medians after a warm-up, ratios in one run")
    for column in ("what", "time", "against", "ratio", "accuracy"):
        table.add_column(column)
    for n, runs in ((50, 9), (100, 9), (200, 5), (400, 3)):
        against_lyapunov(table, n, runs)
    for n in (1000, 10_000):
        against_bare_sums(table, n, 7)
    for n, runs in ((400, 7), (1000, 5)):
        against_eigh(table, n, runs)
    power_law_against_lyapunov(table, 400, 3)
    long_chain(table, 10_000)
    Console(width=170).print(table)


if __name__ == "__main__":
    main()
