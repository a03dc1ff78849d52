"""What a sweep returns: one labelled dataset with every realisation, means, standard errors and intervals."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.dataset import made_by
from hotsprings.sweeps.axes import Axis
from hotsprings.sweeps.plan import Plan
from hotsprings.sweeps.store import Record

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CONFIDENCE", "RESAMPLES", "bootstrap", "dataset"]

CONFIDENCE = 0.95
RESAMPLES = 2000
FEWEST = 5  # realisations below which a bootstrap says nothing
BCA = 1000  # realisations up to which the interval is bias-corrected and accelerated
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
    sizes = _sizes(plan, flat.shape[1])
    for observable in plan.observables:
        inner = tuple(sizes[dim] for dim in observable.dims)
        width = int(np.prod(inner, dtype=np.int64))
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
    return xr.Dataset(variables, _coordinates(plan, sizes), about)


def _table(plan: Plan, records: Sequence[Record]) -> tuple[FloatArray, FloatArray]:
    """Return the observables, a row per task, and the seconds; NaN where there is nothing."""
    width = max((record.values.size for record in records if record.values is not None), default=0)
    flat, seconds = np.full((plan.n_tasks, width), np.nan), np.full(plan.n_tasks, np.nan)
    for record in records:
        seconds[record.task] = record.seconds
        if record.values is not None:
            flat[record.task] = record.values
    return flat, seconds


def _sizes(plan: Plan, width: int) -> dict[str, int]:
    """Return the lengths of the inner dimensions; that of the sites from what is left of a record."""
    n_baths = 0
    if any("bath" in observable.dims for observable in plan.observables):
        n_baths = plan.task(0).system().n_baths
    sizes = {"bath": n_baths, "bath_to": n_baths, "omega": 0 if plan.omega is None else plan.omega.size, "site": 0}
    if any("site" in observable.dims for observable in plan.observables):
        others = sum(int(np.prod([sizes[dim] for dim in o.dims], dtype=np.int64))
                     for o in plan.observables if "site" not in o.dims)
        sizes["site"] = max(0, width - others)
    return sizes


def _variables(plan: Plan, name: str, inner: tuple[str, ...], values: FloatArray,
               attrs: dict[str, str]) -> dict[str, Any]:
    """Return the values and, where they are random, their mean, standard error and interval."""
    axis = len(plan.axes)
    outer = tuple(a.name for a in plan.axes)
    found: dict[str, Any] = {name: ((*outer, "realisation", *inner), values, attrs)}
    if not plan.base.random or plan.realisations < 2:
        return found
    dims, about = (*outer, *inner), attrs["long_name"]
    count = np.sum(np.isfinite(values), axis=axis)
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # all failed, or one left: NaN
        mean = np.nanmean(values, axis=axis)
        error = np.nanstd(values, axis=axis, ddof=1) / np.sqrt(count)
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


def bootstrap(values: FloatArray, rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean; NaN for fewer than five values.

    Parameters
    ----------
    values : ndarray, shape (n,)
        NaN is left out.
    rng : numpy Generator

    Returns
    -------
    (float, float)
        Bias-corrected and accelerated up to 1000 values, by percentiles beyond (Efron, Tibshirani 1993).
    """
    from scipy.stats import bootstrap as resampled

    clean = values[np.isfinite(values)]
    if clean.size < FEWEST:
        return float("nan"), float("nan")
    if np.ptp(clean) == 0.0:
        return float(clean[0]), float(clean[0])
    method = "BCa" if clean.size <= BCA else "percentile"
    found = resampled((clean,), np.mean, n_resamples=RESAMPLES, confidence_level=CONFIDENCE, method=method, rng=rng,
                      vectorized=True, batch=max(1, 10_000_000 // clean.size)).confidence_interval
    return float(found.low), float(found.high)


def _seeds(plan: Plan, outer: tuple[str, ...]) -> dict[str, Any]:
    """Return the seed of every realisation, so that each can be made again alone."""
    names = plan.base.random
    if not names:
        return {}
    table = np.array([[plan.seeds(point, r)[name] for point in range(plan.n_points) for r in range(plan.realisations)]
                      for name in names], dtype=np.int64)
    return {name.replace(".", "_"): (outer, row.reshape(*plan.shape, plan.realisations),
                                     {"long_name": f"seed of the realisation ({name})"})
            for name, row in zip(names, table, strict=True)}


def _coordinates(plan: Plan, sizes: dict[str, int]) -> dict[str, Any]:
    coordinates: dict[str, Any] = {"realisation": ("realisation", np.arange(plan.realisations),
                                                   {"long_name": "realisation, counted from 0"})}
    for axis in plan.axes:
        coordinates[axis.name] = (axis.name, np.array(axis.coordinate), {"long_name": ", ".join(axis.parameters)})
        if len(axis.parameters) > 1:
            coordinates |= _zipped(axis)
    used = {dim for observable in plan.observables for dim in observable.dims}
    for dim in used - {"omega"}:
        coordinates[dim] = (dim, np.arange(sizes[dim]), {"long_name": f"{dim.partition('_')[0]}, counted from 0"})
    if plan.omega is not None:
        coordinates["omega"] = ("omega", plan.omega, {"long_name": "angular frequency", "units": "1/time"})
    return coordinates


def _zipped(axis: Axis) -> dict[str, Any]:
    """Return a coordinate along the axis for each of its parameters that is a number everywhere."""
    found = {}
    for parameter in axis.parameters:
        values = [axis.at(i)[parameter] for i in range(len(axis))]
        name = parameter.replace("[", "_").replace("]", "").replace(".", "_")
        if name != axis.name and all(isinstance(v, int | float) for v in values):
            found[name] = (axis.name, np.array(values, dtype=np.float64), {"long_name": parameter})
    return found

