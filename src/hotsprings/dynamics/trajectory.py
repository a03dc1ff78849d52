"""Time series of chosen observables, in a netCDF file that grows with the run."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hotsprings import checks
from hotsprings.dataset import provenance
from hotsprings.dynamics.plan import Plan
from hotsprings.errors import ArgumentError
from hotsprings.io import SLACK, FileError, check_target, reserve, write_aside

if TYPE_CHECKING:
    from hotsprings.dynamics.record import Record

__all__ = ["Trajectory"]

IN_MEMORY = 2**28  # bytes up to which the file is put together in memory

_OBSERVABLES = {  # name: (dimension after replica, long name, units)
    "heat_flux": ("bath", "heat flux from the bath into the network, mean over the interval", "energy/time"),
    "kinetic_temperature": ("site", "m v^2, mean over the interval", "energy (k_B = 1)"),
    "position": ("site", "position at the end of the interval", "length"),
    "velocity": ("site", "velocity at the end of the interval", "length/time"),
}


@dataclass(frozen=True)
class Trajectory:
    """Which observables a simulation writes to a netCDF file as it goes, one row per block of time.

    Attributes
    ----------
    path : path-like
        The file. It grows beside itself and is put in its place when whole, so that a kill leaves the last whole one.
    observables : sequence of str
        Among "heat_flux", "kinetic_temperature", "position", "velocity".
    sites : sequence of int, optional
        Which sites; negative ones count from the end. Default: those of the baths.

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> path = hs.dynamics.Trajectory("path.nc")
    >>> result = hs.dynamics.simulate(system, duration=500.0, dt=0.1, replicas=2, trajectory=path)
    """

    path: str | Path
    observables: Sequence[str] = ("heat_flux", "kinetic_temperature")
    sites: Sequence[int] | None = None

    def __post_init__(self) -> None:
        names = (self.observables,) if isinstance(self.observables, str) else tuple(checks.items(
            "observables", self.observables, "be a list of names"))
        for name in names:
            if not isinstance(name, str) or name not in _OBSERVABLES:
                raise ArgumentError("observables", f"be among {', '.join(_OBSERVABLES)}",
                                    f"{checks.shown(name)} was given")
        object.__setattr__(self, "observables", names)
        checks.file_name("path", self.path)
        if self.sites is not None:
            object.__setattr__(self, "sites", tuple(checks.items("sites", self.sites, "be a list of sites")))

    def chosen(self, plan: Plan) -> Any:
        """Return the sites, counted from 0."""
        if self.sites is None:
            return plan.system.bath_sites
        return np.array([checks.index(f"sites[{i}]", site, plan.system.n_sites) for i, site in enumerate(self.sites)],
                        dtype=np.int64)

    def begin(self, plan: Plan, done: int) -> None:
        """Check the file: none may be there before the first block, and one must be there after it.

        Raises
        ------
        FileError
            If it cannot be written, is there already, or is not there.
        """
        target = check_target(self.path)
        self.chosen(plan)
        if done > plan.warmup_blocks and not target.exists():
            raise FileError(self.path, "is not there, and the checkpoint is of a run that has begun to write it")
        if done <= plan.warmup_blocks and target.exists():
            raise FileError(self.path, "exists already and is left as it is")

    def row(self, plan: Plan, record: Record) -> dict[str, Any]:
        """Return the observables of the block that has just ended, before its sums are taken out of the state."""
        from hotsprings.dynamics.record import kinetic_temperature

        state, sites = record.state, self.chosen(plan)
        every = {"heat_flux": state.heat.mean(axis=1) / plan.part_time,
                 "kinetic_temperature": kinetic_temperature(plan, state)[:, sites],
                 "position": state.q[:, sites].copy(), "velocity": state.v[:, sites].copy()}
        return {name: every[name] for name in self.observables}

    def append(self, plan: Plan, rows: list[dict[str, Any]], done: int) -> None:
        """Write rows, the last of which is that of block ``done`` - 1; rows that a killed run wrote further are cut."""
        if not rows:
            return
        stop = done - plan.warmup_blocks
        size = Path(self.path).stat().st_size if Path(self.path).exists() else 0
        more = sum(array.nbytes for row in rows for array in row.values())
        with write_aside(self.path) as aside:
            if size + more <= IN_MEMORY:  # HDF5 crashes where a disk is full
                held = io.BytesIO(Path(self.path).read_bytes() if size else b"")
                self._extend(held, plan, rows, stop)
                aside.write_bytes(held.getbuffer())
            else:
                reserve(aside, size + more + more // 10 + SLACK)
                if size:
                    shutil.copyfile(self.path, aside)
                self._extend(aside, plan, rows, stop)

    def _extend(self, where: Any, plan: Plan, rows: list[dict[str, Any]], stop: int) -> None:
        import h5netcdf

        start = stop - len(rows)
        try:
            with h5netcdf.File(where, "a") as file:
                if "time" not in file.dimensions:
                    self._define(file, plan)
                if file.dimensions["time"].size < start:
                    raise FileError(self.path, "lacks rows that the checkpoint says were written")
                file.resize_dimension("time", stop)
                file["time"][start:stop] = plan.warmup + plan.block_time * np.arange(start + 1, stop + 1)
                for name in self.observables:
                    file[name][start:stop] = np.array([row[name] for row in rows])
        except (RuntimeError, KeyError, ValueError, TypeError) as err:  # what HDF5 says of a damaged file
            raise FileError(self.path, f"cannot be gone on with: {err}") from err

    def _define(self, file: Any, plan: Plan) -> None:
        sites = self.chosen(plan)
        file.dimensions = {"time": None, "replica": plan.replicas, "bath": plan.system.n_baths, "site": len(sites)}
        time = file.create_variable("time", ("time",), "f8")
        time.attrs["long_name"] = "time at the end of the interval, the warm-up included"
        file.create_variable("site", ("site",), "i8", data=sites)
        for name in self.observables:
            last, title, units = _OBSERVABLES[name]
            variable = file.create_variable(name, ("time", "replica", last), "f8")
            variable.attrs["long_name"], variable.attrs["units"] = title, units
        for key, value in provenance(plan.system.parameters(), plan.seed).items():
            file.attrs[key] = value
