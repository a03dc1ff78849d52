"""What `hotsprings check` says of each kind of file: all that running it would refuse before it computes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hotsprings.config import Model
    from hotsprings.system import OpenNetwork

__all__ = ["checked_model", "checked_plan", "checked_store", "is_plan"]


def is_plan(text: str) -> bool:
    """Return whether a file has a table of a sweep; one that is no TOML is told as a model."""
    import tomllib

    try:
        return "sweep" in tomllib.loads(text)
    except (ValueError, RecursionError):
        return False


def checked_model(text: str, path: Path) -> str:
    """Return what a model file describes, or raise what running it would."""
    from hotsprings.cli.costs import estimate
    from hotsprings.config import ModelError, parse_model
    from hotsprings.errors import ArgumentError
    from hotsprings.network import AnharmonicNetwork

    loaded = parse_model(text, str(path), directory=path.parent)
    system = loaded.system()
    lines = [str(system)]
    if loaded.units is not None:
        kelvin = loaded.units.build().to_kelvin(np.unique([bath.temperature for bath in system.baths]))
        lines.append(f"Temperatures of the baths: {', '.join(f'{T:.4g}' for T in kelvin)} K")
    try:
        if loaded.dynamics is not None:
            lines.append(_simulation(loaded, system))
        if not isinstance(system.network, AnharmonicNetwork):
            _refused_before(system)
            lines.append(str(estimate(system)))
        elif loaded.dynamics is None:
            raise ArgumentError("dynamics", "be given (a table headed [dynamics]): springs that are not harmonic are "
                                "simulated (hotsprings simulate), not solved", "it is missing")
    except ArgumentError as err:
        raise ModelError(str(path), [f"{err.argument}: must {err.requirement}, but {err.given}"]) from None
    return "\n".join(lines)


def _refused_before(system: OpenNetwork) -> None:
    """Raise what the solver says of a network before it solves it."""
    from hotsprings.network import MeanField

    if system.white and isinstance(system.network, MeanField):
        from hotsprings.response.grouping import secular_problem

        secular_problem(system.network, system.bath_sites, system.friction)


def _simulation(loaded: Model, system: OpenNetwork) -> str:
    """Return what a simulation would do."""
    from hotsprings.dynamics.integrator import chosen_integrator
    from hotsprings.dynamics.plan import planned
    from hotsprings.errors import ArgumentError

    assert loaded.dynamics is not None
    settings = loaded.dynamics.model_dump()
    integrator = settings["integrator"]
    try:
        plan = planned(system, **settings)
        chosen_integrator(integrator, system, plan.dt)
    except ArgumentError as err:
        raise ArgumentError(f"dynamics.{err.argument}", err.requirement, err.given) from None
    steps = (plan.n_blocks + plan.warmup_blocks) * plan.block_steps
    return f"{plan.replicas} replicas of {steps:,} steps, of which a part of {plan.warmup:.6g} in time warms up"


def checked_plan(text: str, path: Path) -> str:
    """Return what a plan would do, or raise what running it would."""
    from hotsprings.sweeps.files import parse_plan

    plan = parse_plan(text, str(path), path.parent)
    return f"{plan!r}"


def checked_store(path: Path) -> str:
    """Return what is in a store, or raise where it is damaged."""
    from hotsprings.sweeps.store import audited

    done, failed = audited(path)
    return f"a store of a sweep: {done} tasks finished, {failed} failed"
