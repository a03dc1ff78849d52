"""Langevin molecular dynamics: what exact results are compared with, and what goes on where they end.

Nothing here imports the exact engines, nor they this: each is an oracle for the other.
"""

from hotsprings.dynamics.plan import Plan
from hotsprings.dynamics.run import simulate
from hotsprings.dynamics.simulation import Simulation
from hotsprings.dynamics.statistics import Estimate
from hotsprings.dynamics.trajectory import Trajectory

__all__ = ["Estimate", "Plan", "Simulation", "Trajectory", "simulate"]


def __dir__() -> list[str]:
    return sorted(__all__)
