"""Sweeps and ensembles: plans of many systems, run on every core, kept on disk, put together with their errors.

Every name is imported when it is first used: a worker is under way before the solver is loaded.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotsprings.sweeps.axes import Axis
    from hotsprings.sweeps.clusters import cluster
    from hotsprings.sweeps.files import load_plan
    from hotsprings.sweeps.observables import OBSERVABLES
    from hotsprings.sweeps.plan import Plan, Task
    from hotsprings.sweeps.pools import ExecutorPool, LocalPool
    from hotsprings.sweeps.runner import Progress, Status, sweep, sweep_status
    from hotsprings.sweeps.store import Record, Store, StoreError

_HOME = {
    "Axis": "axes", "cluster": "clusters", "load_plan": "files", "OBSERVABLES": "observables", "Plan": "plan",
    "Task": "plan", "ExecutorPool": "pools", "LocalPool": "pools", "Progress": "runner", "Status": "runner",
    "sweep": "runner", "sweep_status": "runner", "Record": "store", "Store": "store", "StoreError": "store",
}

__all__ = ["OBSERVABLES", "Axis", "ExecutorPool", "LocalPool", "Plan", "Progress", "Record", "Status", "Store",
           "StoreError", "Task", "cluster", "load_plan", "sweep", "sweep_status"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"hotsprings.sweeps.{_HOME[name]}"), name)
    raise AttributeError(f"module 'hotsprings.sweeps' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
