"""What a sweep returns: one labelled dataset with every realisation, means, standard errors and intervals."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.dataset import made_by
from hotsprings.sweeps.plan import Plan
from hotsprings.sweeps.seeds import seed_table
from hotsprings.sweeps.statistics import CONFIDENCE, FEWEST, bootstrap, mean_and_error
from hotsprings.sweeps.store import Record

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["dataset"]

LISTED_FAILURES = 50


def dataset(plan: Plan, records: Sequence[Record]) -> xr.Dataset:
    """Return the records of a plan as a dataset.

    Parameters
    ----------
    plan : Plan
    records : sequence of Record
        NaN stands where a task is missing or failed.

    Returns
    -------
    xarray.Dataset
        As :func:`hotsprings.sweep` says.
    """
    import xarray as xr

    flat, seconds = _table(plan, records)
    variables: dict[str, Any] = {}
    column = 0
    for observable in plan.observables:
        inner = plan.inner_shapes[observable.name]
        width = math.prod(inner)
        values = flat[:, column:column + width].reshape(*plan.shape, plan.realisations, *inner)
        column += width
        attrs = {"long_name": observable.long_name, "units": observable.units}
        variables |= _variables(plan, observable.name, observable.dims, values, attrs)
    outer = (*(axis.name for axis in plan.axes), "realisation")
    variables["solver_seconds"] = (outer, seconds.reshape(*plan.shape, plan.realisations),
                                   {"long_name": "time in the solver, on one core", "units": "s"})
    variables |= _seeds(plan, outer)
    done = {record.task for record in records if record.error is None}
    failed = [record for record in records if record.error is not None]
    about: dict[str, Any] = {
             "title": plan.title or "Sweep", **made_by(), "n_tasks": plan.n_tasks, "n_finished": len(done),
             "n_failed": len(failed), "root_seed": plan.seed, "confidence": CONFIDENCE,
             "failures": "\n".join(f"task {r.task}: {r.error}" for r in failed[:LISTED_FAILURES]),
             "plan": json.dumps(plan.identity, ensure_ascii=False)}
    return xr.Dataset(variables, _coordinates(plan), about)


def _table(plan: Plan, records: Sequence[Record]) -> tuple[FloatArray, FloatArray]:
    """Return the observables, a row per task, and the seconds; NaN where there is nothing."""
    width = sum(math.prod(shape) for shape in plan.inner_shapes.values())
    flat, seconds = np.full((plan.n_tasks, width), np.nan), np.full(plan.n_tasks, np.nan)
    for record in records:
        seconds[record.task] = record.seconds
        if record.values is not None:
            flat[record.task] = record.values
    return flat, seconds


def _variables(plan: Plan, name: str, inner: tuple[str, ...], values: FloatArray,
               attrs: dict[str, str]) -> dict[str, Any]:
    """Return the values and, where they are random, their mean, standard error and interval."""
    axis = len(plan.axes)
    outer = tuple(a.name for a in plan.axes)
    found: dict[str, Any] = {name: ((*outer, "realisation", *inner), values, attrs)}
    if not plan.base.random or plan.realisations < 2:
        return found
    dims, about = (*outer, *inner), attrs["long_name"]
    mean, error = mean_and_error(values, axis)
    found[f"{name}_mean"] = (dims, mean, attrs | {"long_name": f"mean over realisations: {about}"})
    found[f"{name}_error"] = (dims, error, attrs | {"long_name": f"standard error of the mean: {about}"})
    if not inner and plan.realisations >= FEWEST:
        low, high = np.empty(plan.shape), np.empty(plan.shape)
        for i, place in enumerate(np.ndindex(plan.shape)):
            rng = np.random.default_rng(np.random.SeedSequence(plan.seed, spawn_key=(plan.n_points, i)))
            low[place], high[place] = bootstrap(values[place], rng)
        words = f"of the {CONFIDENCE:.0%} bootstrap interval of the mean: {about}"
        found[f"{name}_low"] = (dims, low, attrs | {"long_name": f"lower end {words}"})
        found[f"{name}_high"] = (dims, high, attrs | {"long_name": f"upper end {words}"})
    return found


def _seeds(plan: Plan, outer: tuple[str, ...]) -> dict[str, Any]:
    """Return the seed of every realisation, so that each can be made again alone."""
    names = plan.base.random
    if not names:
        return {}
    table = seed_table(plan.seed, plan.n_points, plan.realisations, len(names)).T
    return {name.replace(".", "_"): (outer, row.reshape(*plan.shape, plan.realisations),
                                     {"long_name": f"seed of the realisation ({name})"})
            for name, row in zip(names, table, strict=True)}


def _coordinates(plan: Plan) -> dict[str, Any]:
    coordinates: dict[str, Any] = {"realisation": ("realisation", np.arange(plan.realisations),
                                                   {"long_name": "realisation, counted from 0"})}
    for axis in plan.axes:
        coordinates[axis.name] = (axis.name, np.array(axis.coordinate), {"long_name": ", ".join(axis.parameters)})
        coordinates |= {name: (axis.name, np.array(values), {"long_name": f"{name}, which changes along {axis.name}"})
                        for name, values in axis.columns.items() if name != axis.name}
    for dim, size in plan.sizes.items():
        if dim != "omega":
            coordinates[dim] = (dim, np.arange(size), {"long_name": f"{dim.partition('_')[0]}, counted from 0"})
    if plan.omega is not None:
        coordinates["omega"] = ("omega", plan.omega, {"long_name": "angular frequency", "units": "1/time"})
    return coordinates
