"""Other networks: the modal engine against a bare diagonalisation and a Lyapunov equation."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import eigh

import hotsprings as hs
from benchmarks.peers import scipy_lyapunov
from benchmarks.results import Section, Table
from benchmarks.systems import fresh, random_power_law
from benchmarks.timing import medians


def against_eigh(n: int, budget: float) -> tuple[str, ...]:
    """Time everything of a power-law network against the bare diagonalisation of the same matrix."""
    system = random_power_law(n)
    root = np.sqrt(system.network.masses)
    matrix = system.network.stiffness() / np.outer(root, root)
    ours, theirs = medians(budget, lambda: hs.steady_state(fresh(system)), lambda: eigh(matrix))
    certificate = hs.steady_state(system).certificate
    held = max(certificate.error, certificate.conditioning)
    return (f"power law 1.5, N = {n}: J, all T_n, certificate", str(ours), f"scipy eigh {theirs}",
            f"{ours.seconds / theirs.seconds:.1f} ×", f"certified to {held:.0e}")


def against_lyapunov(n: int, budget: float) -> tuple[str, ...]:
    """Time the modal engine against one dense Lyapunov solve."""
    system = random_power_law(n)
    ours, theirs = medians(budget, lambda: hs.steady_state(fresh(system)), lambda: scipy_lyapunov(system))
    state, (flux, local) = hs.steady_state(system), scipy_lyapunov(system)
    assert local is not None
    return (f"power law 1.5, N = {n}: J, all T_n", str(ours), f"scipy Lyapunov {theirs}",
            f"{theirs.seconds / ours.seconds:.0f} × faster",
            f"Lyapunov's T_n off by {np.abs(local - state.local_temperature).max():.0e}, "
            f"J by {abs(flux / state.conductance[0, 1] - 1.0):.0e}")


def measure(full: bool) -> Section:
    """Time them all."""
    budget = 6.0 if full else 1.0
    rows = [against_eigh(n, budget) for n in ((400, 1000, 2000) if full else (400,))]
    rows += [against_lyapunov(n, budget) for n in ((200, 400) if full else (200,))]
    raw: dict[str, Any] = {"rows": rows}
    return Section([Table("networks", "Other networks", ("what", "time", "against", "ratio", "accuracy"), rows)], raw)
