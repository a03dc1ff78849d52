"""Sweeps: many systems, run on every core, kept on disk."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotsprings.cli.app import Output, Switch, app, checked_output, console
from hotsprings.cli.shell import tidy_warnings
from hotsprings.errors import ArgumentError

if TYPE_CHECKING:
    from hotsprings.sweeps import Plan, Progress

__all__ = ["sweep", "told"]

QUIET = 30.0  # seconds between lines of progress where there is no terminal


@app.command
def sweep(
    plan: Path, /, *, output: Output = None, store: Path | None = None, workers: int | None = None,
    shard: str | None = None, status: Switch = False, task: int | None = None, retry_failed: Switch = False,
    cluster: str | None = None, force: Switch = False,
) -> None:
    """Run a plan: every combination of its values, every realisation; a killed run goes on where it was.

    Example: `hotsprings example sweep -o plan.toml`, `hotsprings sweep plan.toml`

    Parameters
    ----------
    plan
        The plan file (TOML): a model file with a table [sweep].
    output
        The netCDF file to write. Default: the plan's name with .nc, in the current directory.
    store
        The directory where finished tasks are kept. Default: the plan's name with .sweep, in the current directory.
    workers
        Processes, one thread each. Default: one per core.
    shard
        i/n: compute part i of n (i from 0), for runs that share a store, such as a job array.
    status
        Show what is in the store, and compute nothing.
    task
        Run this task alone and show its numbers; the store is left alone.
    retry_failed
        Compute tasks that failed again.
    cluster
        Run on Dask: local (its local cluster) or slurm (dask-jobqueue, as Dask's configuration says).
    force
        Replace the output file if it exists already.
    """
    from hotsprings.sweeps import load_plan
    from hotsprings.sweeps.tables import print_status, print_task

    loaded = load_plan(plan)
    store = Path(f"{plan.stem}.sweep") if store is None else store
    screen = console(sys.stdout)
    if task is not None:
        if not 0 <= task < loaded.n_tasks:
            raise ArgumentError("task", f"be from 0 to {loaded.n_tasks - 1}", f"{task} was given")
        with tidy_warnings():
            print_task(loaded.task(task), screen)
    elif status:
        from hotsprings.sweeps import sweep_status

        print_status(loaded, sweep_status(loaded, store), screen)
    else:
        output = checked_output(plan, output, None, force)
        _computed(loaded, output, store, workers, _part(shard), retry_failed, cluster, force)


def _computed(plan: Plan, output: Path, store: Path, workers: int | None, shard: tuple[int, int], retry_failed: bool,
              cluster: str | None, force: bool) -> None:
    from hotsprings.errors import SweepError
    from hotsprings.io import write_or_keep
    from hotsprings.sweeps import cluster as on_cluster
    from hotsprings.sweeps import sweep as swept
    from hotsprings.sweeps.tables import print_sweep

    made = on_cluster(cluster, workers) if cluster else nullcontext()
    with tidy_warnings(), _kept_after_all(store), made as pool, told(plan.title or "sweep") as listener:
        data = swept(plan, store, workers=workers, shard=shard, pool=pool, retry_failed=retry_failed,
                     listener=listener)
    left = plan.n_tasks - data.attrs["n_finished"] - data.attrs["n_failed"]
    if left:
        print(f"store   {store}: {left} of {plan.n_tasks} tasks are left for other shards, the last of which writes "
              f"{output}")
        return
    try:
        write_or_keep(data, output, overwrite=force or shard[1] > 1)  # two shards may both be the last
    finally:
        print_sweep(plan, data, console(sys.stdout))
    print(f"store   {store}\ndata    {output}")
    if data.attrs["n_failed"] == plan.n_tasks:
        raise SweepError(f"all {plan.n_tasks} tasks failed")


@contextmanager
def _kept_after_all(store: Path) -> Iterator[None]:
    """Say what a stopped run leaves."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        print(f"hotsprings: what was finished is in {store}; the same command goes on from there", file=sys.stderr)
        raise


def _part(shard: str | None) -> tuple[int, int]:
    if shard is None:
        return 0, 1
    parts = shard.split("/")
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise ArgumentError("shard", "be i/n, such as 0/8", f"{shard!r} was given")
    return int(parts[0]), int(parts[1])


@contextmanager
def told(what: str) -> Iterator[Callable[[Progress], None]]:
    """Give a listener that shows the progress on stderr: a bar on a terminal, else a line now and then."""
    from hotsprings.sweeps.tables import progress_line

    screen = console(sys.stderr)
    if not screen.is_terminal:
        last = [time.monotonic()]

        def line(progress: Progress) -> None:
            if time.monotonic() - last[0] > QUIET:
                last[0] = time.monotonic()
                print(f"hotsprings: {what}: {progress_line(progress)}", file=sys.stderr)

        yield line
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar(TextColumn(what), BarColumn(), TextColumn("{task.description}"), console=screen, transient=True) as bar:
        task: Any = bar.add_task("starting the workers", total=None)

        def update(progress: Progress) -> None:
            bar.update(task, completed=progress.done, total=progress.total, description=progress_line(progress))

        yield update
