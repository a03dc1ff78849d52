"""Realisations of one point that differ in random masses only: what they share is made and checked once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import masses
from hotsprings.checks import FloatArray
from hotsprings.config.mass_tables import RandomMasses
from hotsprings.sweeps.models import ModelBase
from hotsprings.sweeps.observables import Measurement
from hotsprings.sweeps.records import Record
from hotsprings.sweeps.seeds import generator_states, seeds_of

if TYPE_CHECKING:
    from hotsprings.sweeps.alike import AlikeFields
    from hotsprings.sweeps.plan import Plan

__all__ = ["records"]

FEWEST = 8  # tasks of a point from which it is worth looking at what they share
FLUXES = {"conductance", "scaled_conductance", "heat_flux", "conductance_matrix"}  # observables of C_ab alone


def records(plan: Plan, tasks: list[int], alone: Callable[[Plan, int], Record]) -> Iterator[Record]:
    """Yield the record of each task, as ``alone`` returns it, bit for bit, at less cost where many are alike."""
    for point, group in groupby(tasks, key=lambda task: task // plan.realisations):
        first, *numbers = group
        record = alone(plan, first)
        yield record
        found = _Point.of(plan, point) if len(numbers) >= FEWEST and record.error is None else None
        if found is None:
            yield from (alone(plan, number) for number in numbers)
            continue
        realisation = np.array(numbers, dtype=np.int64) - point * plan.realisations
        seeds = seeds_of(plan.seed, np.full(realisation.size, point), realisation, 1)[:, 0]
        for number, state in zip(numbers, generator_states(seeds), strict=True):
            yield found.record(number, state) or alone(plan, number)


class _Point:
    """A point of a plan: random masses on a small mean field, of which fluxes are asked."""

    def __init__(self, plan: Plan, known: Measurement, fields: AlikeFields, table: RandomMasses) -> None:
        self.plan, self.known, self.fields, self.table = plan, known, fields, table
        self.n = known.system.n_sites
        self.generator = np.random.Generator(np.random.PCG64(0))

    @classmethod
    def of(cls, plan: Plan, point: int) -> _Point | None:
        """Return it; None where tasks have more in them, or its first one cannot be."""
        from hotsprings.sweeps.alike import alike_fields

        base = plan.base
        if not isinstance(base, ModelBase) or base.random != ("masses.seed",) or not {
                observable.name for observable in plan.observables} <= FLUXES:
            return None
        try:
            task = plan.task(point * plan.realisations)
            system, table = task.system(), base.questions(task.parameters).masses
        except Exception:  # every task says so itself
            return None
        fields = alike_fields(system)
        known = Measurement(system, whole=False, source=plan.source, drain=plan.drain)
        return cls(plan, known, fields, table) if fields and isinstance(table, RandomMasses) else None

    def record(self, number: int, state: dict[str, Any]) -> Record | None:
        """Return the record of a task; None where it is to be done as any other.

        Its masses are those of ``masses.random`` with its seed, from a generator set to the state that this has.
        """
        self.generator.bit_generator.state = state
        drawn = masses.drawn(self.generator, self.n, self.table.mean, self.table.spread)
        start = time.perf_counter()
        matrix = self.fields.conductance(drawn)
        if matrix is None:
            return None
        values = self._values(matrix)
        return Record(number, values, None, time.perf_counter() - start)

    def _values(self, matrix: FloatArray) -> FloatArray:
        self.known._kept["conductance"] = matrix
        found = [np.asarray(observable.measure(self.known), dtype=np.float64).ravel()
                 for observable in self.plan.observables]
        return found[0] if len(found) == 1 else np.concatenate(found)
