"""A sweep as a table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.table import Table

from hotsprings.sweeps.plan import Plan, Task
from hotsprings.sweeps.runner import Progress, Status

if TYPE_CHECKING:
    import xarray as xr
    from rich.console import Console

__all__ = ["print_status", "print_sweep", "print_task", "progress_line"]

SHOWN = 40  # rows
SHOWN_FAILURES = 5


def print_sweep(plan: Plan, data: xr.Dataset, console: Console) -> None:
    """Print the numbers of every point with their standard errors."""
    scalars = [observable.name for observable in plan.observables if not observable.dims]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (*(axis.name for axis in plan.axes), *scalars):
        table.add_column(name, justify="right", overflow="fold")
    for row, place in enumerate(np.ndindex(plan.shape)):
        if row == SHOWN:
            table.caption = f"and {plan.n_points - SHOWN} more in the file"
            break
        where = [str(axis.coordinate[i]) for axis, i in zip(plan.axes, place, strict=True)]
        table.add_row(*where, *(_cell(data, name, place) for name in scalars))
    if plan.title:
        console.print(plan.title, style="bold", markup=False)
    console.print(table)
    others = [observable.name for observable in plan.observables if observable.dims]
    if others:
        console.print(f"in the file only: {', '.join(others)}")
    if data.attrs["n_failed"]:
        console.print(f"{data.attrs['n_failed']} tasks failed; the means are over the others")
        for line in data.attrs["failures"].splitlines()[:SHOWN_FAILURES]:
            console.print(f"  {line}", markup=False)


def _cell(data: xr.Dataset, name: str, place: tuple[int, ...]) -> str:
    if f"{name}_mean" not in data:
        return " ".join(_number(float(value)) for value in data[name].values[place])
    mean, error = (float(data[f"{name}_{part}"].values[place]) for part in ("mean", "error"))
    return f"{mean:.6g} ± {error:.1g}" if np.isfinite(error) else f"{_number(mean)} ± unknown"


def _number(value: float) -> str:
    return f"{value:.10g}" if np.isfinite(value) else "missing"


def print_status(plan: Plan, status: Status, console: Console) -> None:
    """Print what is in a store."""
    console.print(repr(plan), markup=False)
    console.print(f"{status.done} done, {status.failed} failed, {status.missing} missing")
    running = ", ".join(status.active)
    console.print(f"being worked on now: shard {running}" if running else "no run is working on it")
    for record in status.failures[: 4 * SHOWN_FAILURES]:
        task = plan.task(record.task)
        console.print(f"  task {record.task} ({_where(task)}): {record.error}", markup=False)


def print_task(task: Task, console: Console) -> None:
    """Run one task alone and print what makes it and what comes out."""
    console.print(f"task {task.number}: {_where(task)}", markup=False)
    system = task.system()
    console.print(repr(system), markup=False)
    for name, value in task.measure(system).items():
        shown = f"{value:.15g}" if value.ndim == 0 else np.array2string(value, precision=12, threshold=20)
        console.print(f"{name} = {shown}", markup=False)


def _where(task: Task) -> str:
    words = [f"{name} = {value}" for name, value in task.parameters.items()]
    words += [f"{name} = {seed}" for name, seed in task.seeds.items()]
    return ", ".join([*words, f"realisation {task.realisation}"])


def progress_line(progress: Progress) -> str:
    """Return how far a run is as one line."""
    failed = f", {progress.failed} failed" if progress.failed else ""
    return (f"{progress.done} of {progress.total} tasks{failed}, {_time(progress.seconds)} so far, about "
            f"{_time(progress.left)} left")


def _time(seconds: float) -> str:
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
