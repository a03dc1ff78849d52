"""What a simulation keeps as it goes, and the file it can be continued from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hotsprings.checks import FloatArray
from hotsprings.dynamics.integrator import State, initial_state
from hotsprings.dynamics.plan import SITE_BLOCKS, Plan
from hotsprings.errors import ArgumentError
from hotsprings.io import FileError, write_aside
from hotsprings.network import Rotors

__all__ = ["Record", "new_record", "read_checkpoint", "write_checkpoint"]


@dataclass(eq=False)
class Record:
    """Means over blocks of time, filled block by block.

    Attributes
    ----------
    state : State
        Where the replicas are.
    heat : ndarray, shape (replicas, n_blocks, n_baths)
        Heat flux from each bath: work of friction and noise over time.
    at_bath : ndarray, shape (replicas, n_blocks, n_baths)
        Kinetic temperature of its site.
    kinetic : ndarray, shape (replicas, 64, n_sites)
        Kinetic temperature of every site.
    order : ndarray, shape (replicas, n_blocks)
        |⟨exp(iq)⟩| at the end of each block, of rotors; else zero.
    done : int
        Blocks done, those of the warm-up included.
    seconds : float
        Wall time they took.
    """

    state: State
    heat: FloatArray
    at_bath: FloatArray
    kinetic: FloatArray
    order: FloatArray
    done: int = 0
    seconds: float = 0.0
    pending: list[dict[str, FloatArray]] = field(default_factory=list)

    def add(self, plan: Plan) -> None:
        """Take the sums of a block out of the state."""
        state, block = self.state, self.done - plan.warmup_blocks
        self.done += 1
        if block >= 0:
            masses, sites = plan.system.network.masses, plan.system.bath_sites
            kinetic = state.square * masses / plan.readings
            at_bath = state.at_bath * masses[sites] / plan.readings
            kinetic[:, sites] = at_bath
            self.heat[:, block] = state.heat / plan.block_time
            self.at_bath[:, block] = at_bath
            self.kinetic[:, block * SITE_BLOCKS // plan.n_blocks] += kinetic * (SITE_BLOCKS / plan.n_blocks)
            if isinstance(plan.system.network, Rotors):
                self.order[:, block] = np.abs(np.exp(1j * state.q).mean(axis=1))
        state.empty()

    def arrays(self) -> dict[str, Any]:
        """Return every array by name."""
        return {**self.state.arrays(), "heat": self.heat, "at_bath": self.at_bath, "kinetic": self.kinetic,
                "order": self.order}


def new_record(plan: Plan) -> Record:
    """Return the record of a simulation that has not begun."""
    system = plan.system
    state = initial_state(system, plan.replicas, plan.seed, plan.initial_temperature)
    by_bath = (plan.replicas, plan.n_blocks, system.n_baths)
    return Record(state, np.zeros(by_bath), np.zeros(by_bath), np.zeros((plan.replicas, SITE_BLOCKS, system.n_sites)),
                  np.zeros((plan.replicas, plan.n_blocks)))


def write_checkpoint(path: Path, plan: Plan, record: Record) -> None:
    """Write everything that is needed to go on, beside the old file, and put it in its place when it is whole."""
    head = json.dumps({"plan": plan.fingerprint(), "done": record.done, "seconds": record.seconds})
    with write_aside(path) as aside, aside.open("wb") as file:
        arrays: Mapping[str, npt.NDArray[Any]] = record.arrays()
        np.savez(file, head=np.array(head), **arrays)


def read_checkpoint(path: Path, plan: Plan) -> Record:
    """Return the record of an earlier run of the same plan, or a new one where there is no file.

    Raises
    ------
    FileError
        If the file is not a checkpoint, or damaged.
    ArgumentError
        If it belongs to another simulation.
    """
    record = new_record(plan)
    if not path.exists():
        return record
    try:
        with np.load(path, allow_pickle=False) as stored:
            head = json.loads(str(stored["head"]))
            differing = [key for key, value in plan.fingerprint().items() if head["plan"].get(key) != value]
            if not differing:
                for name, array in record.arrays().items():
                    array[...] = stored[name]
                record.done, record.seconds = int(head["done"]), float(head["seconds"])
    except (OSError, ValueError, KeyError, TypeError, EOFError) as err:
        raise FileError(path, "is not a checkpoint of a simulation, or it is damaged") from err
    if differing:
        raise ArgumentError("checkpoint", "belong to this simulation",
                            f"{path} differs in {', '.join(differing)}; give another file, or delete it")
    return record
