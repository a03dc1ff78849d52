"""What a simulation will do: steps, blocks, settings; checked before anything starts."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.dynamics.relaxation import fastest_frequency
from hotsprings.errors import ArgumentError
from hotsprings.network import AnharmonicNetwork, Chain, MeanField, PowerLaw
from hotsprings.system import OpenNetwork

__all__ = ["SITE_BLOCKS", "Plan", "planned"]

SITE_BLOCKS = 64  # means over time that are kept of every site
PARTS = 16  # and of every bath for each of them, at least
LONGEST = 1e8  # particle-steps of a block, so that Ctrl-C and the progress bar need not wait
MOST_BLOCKS = 4096
MOST_REPLICAS = 10**6


@dataclass(frozen=True)
class Plan:
    """The settings of a simulation.

    Attributes
    ----------
    system : OpenNetwork
    dt : float
    n_blocks, warmup_blocks : int
        Blocks of time that are measured, and that come before.
    parts : int
        Parts of each, over which what baths do is averaged.
    part_steps : int
        Steps in each part.
    every : int
        Steps from one reading of the temperatures to the next.
    replicas, seed : int
    initial_temperature : float
    integrator : str

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> plan = hs.dynamics.simulate(system, duration=500.0, dt=0.1, replicas=2, seed=1).plan
    >>> plan.replicas, plan.integrator
    (2, 'splitting')
    """

    system: OpenNetwork
    dt: float
    n_blocks: int
    warmup_blocks: int
    parts: int
    part_steps: int
    every: int
    replicas: int
    seed: int
    initial_temperature: float
    integrator: str

    @property
    def block_steps(self) -> int:
        """Steps in a block."""
        return self.parts * self.part_steps

    @property
    def part_time(self) -> float:
        """Time that a part of a block lasts."""
        return self.part_steps * self.dt

    @property
    def block_time(self) -> float:
        """Time that a block lasts."""
        return self.block_steps * self.dt

    @property
    def duration(self) -> float:
        """Time that is measured."""
        return self.n_blocks * self.block_time

    @property
    def warmup(self) -> float:
        """Time before it."""
        return self.warmup_blocks * self.block_time

    @property
    def readings(self) -> int:
        """Readings of the temperatures in a part of a block."""
        return self.part_steps // self.every

    def fingerprint(self) -> dict[str, Any]:
        """Return what a checkpoint must agree in, as plain numbers; the system as the SHA-256 of its parameters.

        Examples
        --------
        >>> import hotsprings as hs
        >>> system = hs.OpenNetwork(hs.Chain([1, 2, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> result = hs.dynamics.simulate(system, duration=500.0, dt=0.1, replicas=2, seed=1)
        >>> result.plan.fingerprint()["integrator"]
        'splitting'
        """
        from hotsprings import __version__

        system = hashlib.sha256(json.dumps(self.system.parameters(), sort_keys=True).encode()).hexdigest()
        return {"system": system, "dt": self.dt, "duration": self.n_blocks, "warmup": self.warmup_blocks,
                "parts": self.parts, "steps": self.part_steps, "sample_every": self.every, "replicas": self.replicas,
                "seed": self.seed, "initial_temperature": self.initial_temperature, "integrator": self.integrator,
                "version": __version__}


def planned(system: Any, duration: Any, dt: Any, replicas: Any, seed: Any, warmup: Any, integrator: Any,
            initial_temperature: Any, sample_every: Any) -> Plan:
    """Return the plan for these arguments of ``simulate``, or say which cannot be."""
    system = checks.instance("system", system, OpenNetwork)
    system.refuse_memory()
    duration, dt = checks.positive("duration", duration), checks.positive("dt", dt)
    warm = 0.25 * duration if warmup is None else checks.non_negative("warmup", warmup)
    every = checks.count("sample_every", sample_every, 1)
    replicas, seed = checks.count("replicas", replicas, 1, MOST_REPLICAS), checks.seed("seed", seed)
    start = (float(np.mean(system.temperature)) if initial_temperature is None
             else checks.moderate("initial_temperature", initial_temperature))
    if not isinstance(integrator, str):
        raise ArgumentError("integrator", "be 'splitting' or 'exact'", f"{checks.shown(integrator)} was given")
    if integrator == "splitting":
        _refuse_unstable(system, dt)
    n_steps = duration / dt
    if not n_steps + warm / dt < 2.0**52:
        raise ArgumentError("duration" if duration >= warm else "warmup", f"be less than 2^52 steps of dt = {dt:g}",
                            f"{max(duration, warm):g} was given")
    n_blocks, parts = SITE_BLOCKS, PARTS if n_steps >= SITE_BLOCKS * PARTS * every else 1
    while n_blocks < MOST_BLOCKS and n_steps / n_blocks * replicas * system.n_sites * _weight(system) > LONGEST:
        n_blocks *= 2
    part_steps = every * max(1, math.ceil(n_steps / (n_blocks * parts * every) * (1.0 - 1e-12)))
    warmup_blocks = math.ceil(warm / (parts * part_steps * dt) * (1.0 - 1e-12))
    return Plan(system, dt, n_blocks, warmup_blocks, parts, part_steps, every, replicas, seed, start, str(integrator))


def _weight(system: OpenNetwork) -> float:
    """Return about what a particle-step costs, in those of a mean field."""
    network = system.network
    base = network.harmonic if isinstance(network, AnharmonicNetwork) else network
    if isinstance(base, MeanField | Chain):
        return 1.0
    return 10.0 if isinstance(base, PowerLaw) else max(1.0, system.n_sites / 50.0)


def _refuse_unstable(system: OpenNetwork, dt: float) -> None:
    """Refuse time steps beyond the stability limit of the harmonic part, 2/ω_max, and as long as a bath's memory m/γ.

    The splitting has (2m/dt) tanh(γ dt/2m) for γ, which is wrong by a part (γ dt/m)²/12.
    """
    fastest = fastest_frequency(system.network)
    if dt * fastest >= 2.0:
        raise ArgumentError("dt", f"be below the stability limit 2/ω_max = {2.0 / fastest:.4g} (a tenth of it is "
                            "accurate to some 0.3 %)", f"{dt:g} was given")
    memory = system.network.masses[system.bath_sites] / system.friction
    stiffest = int(np.argmin(memory))
    if dt >= memory[stiffest]:
        raise ArgumentError("dt", f"be below m/γ = {memory[stiffest]:.4g} of bath {stiffest} (a fifth of it is "
                            "accurate to some 0.3 %; integrator 'exact' has no such limit)", f"{dt:g} was given")
