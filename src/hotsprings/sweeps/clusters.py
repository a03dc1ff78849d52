"""Dask clusters: the same plan on many machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.sweeps.pools import ExecutorPool, default_workers
from hotsprings.sweeps.worker import ONE_THREAD

__all__ = ["CLUSTERS", "cluster", "made_cluster"]

CLUSTERS = ("local", "slurm")


@contextmanager
def cluster(kind: str, n_workers: int | None = None, **options: Any) -> Iterator[ExecutorPool]:
    """Give a pool on a Dask cluster, and take the cluster down at the end.

    Parameters
    ----------
    kind : {"local", "slurm"}
        "local": Dask's local cluster. "slurm": ``dask_jobqueue.SLURMCluster``; queue, account, memory and the like as
        Dask's configuration says (``~/.config/dask/jobqueue.yaml``), by default one core and 4 GB per job.
    n_workers : int, optional
        How many workers, of one thread each; one per core of this machine by default.
    **options
        Passed to the cluster (before the configuration).

    Yields
    ------
    ExecutorPool

    Raises
    ------
    ArgumentError
        If there is no such kind, or the packages of the extra ``[cluster]`` are not installed.

    Examples
    --------
    >>> import hotsprings as hs
    >>> with hs.sweeps.cluster("local", 2) as pool:  # doctest: +SKIP
    ...     data = hs.sweep(plan, "results.sweep", pool=pool)
    """
    if kind not in CLUSTERS:
        raise ArgumentError("cluster", f"be one of {', '.join(CLUSTERS)}", f"{checks.shown(kind)} was given")
    workers = default_workers() if n_workers is None else checks.integer("workers", n_workers, 1)
    with made_cluster(kind, workers, options) as made:
        import distributed

        made.scale(workers)
        with distributed.Client(made) as client:  # type: ignore[no-untyped-call]
            yield ExecutorPool(client.get_executor(pure=False, retries=0), workers)


def made_cluster(kind: str, workers: int, options: dict[str, Any]) -> Any:
    """Return the cluster, with all its workers if it is local, with no job submitted if it is not."""
    try:
        if kind == "local":
            import distributed

            local: Any = distributed.LocalCluster
            return local(n_workers=workers, threads_per_worker=1, dashboard_address=None, env=ONE_THREAD, **options)
        import dask_jobqueue
    except ImportError as err:
        raise ArgumentError("cluster", "have its packages installed (pip install \"hotsprings[cluster]\")",
                            f"{err.name} is missing") from err
    from dask import config

    known = {key.replace("-", "_"): value for key, value in config.get("jobqueue.slurm", {}).items()
             if value is not None}
    known |= options
    cores = known.get("cores", 1)
    lines = [f"export {name}={value}" for name, value in ONE_THREAD.items()]
    given = options | {"cores": cores, "processes": cores, "memory": known.get("memory", "4GB"),
                       "job_script_prologue": [*lines, *known.get("job_script_prologue", [])]}
    return vars(dask_jobqueue)["SLURMCluster"](**given)
