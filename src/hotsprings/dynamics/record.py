"""What a simulation keeps as it goes, and the file it can be continued from."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.dynamics.integrator import State, initial_state
from hotsprings.dynamics.plan import SITE_BLOCKS, Plan
from hotsprings.errors import ArgumentError
from hotsprings.io import FileError, write_aside

__all__ = ["Record", "kinetic_temperature", "new_record", "read_checkpoint", "write_checkpoint"]

LONGEST_HEADER = 4096  # bytes before the numbers of an array in a file


@dataclass(eq=False)
class Record:
    """Means over blocks of time, filled block by block.

    Attributes
    ----------
    state : State
        Where the replicas are.
    heat : ndarray, shape (replicas, n_blocks, parts, n_baths)
        Heat flux from each bath: work of friction and noise over time.
    at_bath : ndarray, shape (replicas, n_blocks, parts, n_baths)
        Kinetic temperature of its site.
    kinetic : ndarray, shape (replicas, 64, n_sites)
        Kinetic temperature of every site.
    order : ndarray, shape (replicas, n_blocks, parts)
        |⟨exp(iq)⟩| at the end of each part of a block, of rotors; else zero.
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

    def add(self, plan: Plan) -> None:
        """Take the sums of a block out of the state."""
        state, block = self.state, self.done - plan.warmup_blocks
        self.done += 1
        if block >= 0:
            self.heat[:, block] = state.heat / plan.part_time
            self.at_bath[:, block] = state.at_bath * plan.system.network.masses[plan.system.bath_sites] / plan.readings
            self.order[:, block] = state.order
            share = SITE_BLOCKS / plan.n_blocks
            self.kinetic[:, block * SITE_BLOCKS // plan.n_blocks] += share * kinetic_temperature(plan, state)
        state.empty()

    def arrays(self) -> dict[str, Any]:
        """Return every array by name."""
        return {**self.state.arrays(), "heat": self.heat, "at_bath": self.at_bath, "kinetic": self.kinetic,
                "order": self.order}


def new_record(plan: Plan) -> Record:
    """Return the record of a simulation that has not begun."""
    system = plan.system
    state = initial_state(system, plan.replicas, plan.seed, plan.initial_temperature, plan.parts)
    by_part = (plan.replicas, plan.n_blocks, plan.parts)
    return Record(state, np.zeros((*by_part, system.n_baths)), np.zeros((*by_part, system.n_baths)),
                  np.zeros((plan.replicas, SITE_BLOCKS, system.n_sites)), np.zeros(by_part))


def kinetic_temperature(plan: Plan, state: State) -> FloatArray:
    """Return m⟨v²⟩ of every site over the block that has just ended, shape (replicas, n_sites)."""
    masses, sites = plan.system.network.masses, plan.system.bath_sites
    square = state.square.copy()
    square[:, sites] = state.at_bath.sum(axis=1)
    return np.asarray(square * masses / (plan.parts * plan.readings))


def write_checkpoint(path: Path, plan: Plan, record: Record) -> None:
    """Write everything that is needed to go on, beside the old file, and put it in its place when it is whole."""
    head = json.dumps({"plan": plan.fingerprint(), "done": record.done, "seconds": record.seconds,
                       "digest": _digest(record)})
    with write_aside(path) as aside, aside.open("wb") as file:
        np.savez(file, head=np.array(head), **record.arrays())


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
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            head = json.loads(str(stored["head"]))
            differing = [key for key, value in plan.fingerprint().items() if head["plan"].get(key) != value]
            if not differing:
                _fill(record, head, stored)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, MemoryError, RecursionError, zlib.error,
            zipfile.BadZipFile, NotImplementedError) as err:
        reason = f" ({err})" if isinstance(err, _DamageError) else ""
        raise FileError(path, f"is not a checkpoint of a simulation, or it is damaged{reason}") from err
    if differing:
        raise ArgumentError("checkpoint", "belong to this simulation",
                            f"{path} differs in {', '.join(differing)}; give another file, or delete it")
    fault = _fault(plan, record, head.get("digest"))
    if fault:
        raise FileError(path, f"is a damaged checkpoint: {fault}")
    return record


class _DamageError(ValueError):
    """A part of a checkpoint that cannot be right."""


def _fill(record: Record, head: dict[str, Any], stored: Any) -> None:
    """Put the arrays of a file into a record; those of another shape or kind are refused before they are read."""
    for name, array in record.arrays().items():
        if stored.zip.getinfo(f"{name}.npy").file_size > array.nbytes + LONGEST_HEADER:
            raise _DamageError(f"{name} is too long")
        found = stored[name]
        if found.shape != array.shape or found.dtype != array.dtype:
            raise _DamageError(f"{name} has shape {found.shape} of {found.dtype}, not {array.shape} of {array.dtype}")
        array[...] = found
    if type(head["done"]) is not int or type(head["seconds"]) is not float:
        raise _DamageError("the number of blocks or of seconds is none")
    record.done, record.seconds = head["done"], head["seconds"]


def _fault(plan: Plan, record: Record, digest: str | None) -> str:
    """Return what cannot be right in a checkpoint, or an empty text; older ones have no digest."""
    total = plan.warmup_blocks + plan.n_blocks
    if not 0 <= record.done <= total:
        return f"block {record.done} of {total}"
    if not (np.isfinite(record.seconds) and record.seconds >= 0.0):
        return f"it took {record.seconds} s"
    if digest is not None and digest != _digest(record):
        return "its numbers are not those that were written"
    arrays = record.arrays()
    if not all(np.all(np.isfinite(array)) for name, array in arrays.items() if name not in ("random", "spare")):
        return "a number is not finite"
    measured = max(0, record.done - plan.warmup_blocks)
    if np.any(record.at_bath[:, measured:]) or np.any(record.heat[:, measured:]):
        return f"it has blocks beyond number {measured}"
    if measured and not np.all(np.any(record.at_bath[:, :measured], axis=(0, 2, 3))) and plan.system.temperature.any():
        return f"it lacks blocks before number {measured}"
    return "" if np.all(np.any(record.state.random, axis=1)) else "a stream of random numbers is all zero"


def _digest(record: Record) -> str:
    """Return what tells the numbers of a checkpoint from others."""
    digest = hashlib.sha256(f"{record.done} {float(record.seconds).hex()}".encode())
    for name, array in record.arrays().items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
