"""Sweeps and ensembles: plans of many systems, run on every core, kept on disk, put together with their errors."""

from __future__ import annotations

from hotsprings.sweeps.axes import Axis
from hotsprings.sweeps.files import load_plan
from hotsprings.sweeps.observables import OBSERVABLES
from hotsprings.sweeps.plan import Plan, Task
from hotsprings.sweeps.pools import ExecutorPool, LocalPool, cluster
from hotsprings.sweeps.runner import Progress, Status, sweep, sweep_status
from hotsprings.sweeps.store import Record, Store, StoreError

__all__ = ["OBSERVABLES", "Axis", "ExecutorPool", "LocalPool", "Plan", "Progress", "Record", "Status", "Store",
           "StoreError", "Task", "cluster", "load_plan", "sweep", "sweep_status"]
