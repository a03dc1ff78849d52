"""The run: blocks of time one after the other, watched, written down, and ended in good order."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings import checks, progress
from hotsprings.dynamics.integrator import chosen_integrator
from hotsprings.dynamics.plan import Plan, planned
from hotsprings.dynamics.record import Record, new_record, read_checkpoint, write_checkpoint
from hotsprings.dynamics.relaxation import relaxation
from hotsprings.dynamics.simulation import Simulation, simulation
from hotsprings.dynamics.trajectory import Trajectory
from hotsprings.errors import ArgumentError, DarkModeWarning, FileWarning, InstabilityError, RelaxationWarning, tell
from hotsprings.io import FileError, check_target
from hotsprings.network import AnharmonicNetwork
from hotsprings.system import OpenNetwork

__all__ = ["simulate"]

FORGOTTEN = 2.0  # lifetimes of the slowest amplitude after which 2 % of its energy is left
SAMPLED = 20.0  # lifetimes that make up a fair sample
RUNAWAY = 100.0  # mean kinetic temperature over that of the hottest bath (or of the start) that has no other reason


def simulate(system: OpenNetwork, duration: float, dt: float, replicas: int = 8, seed: int = 0,
             warmup: float | None = None, *, integrator: str = "splitting", initial_temperature: float | None = None,
             sample_every: int = 1, relaxation_time: float | None = None, checkpoint: str | Path | None = None,
             checkpoint_interval: float = 60.0, trajectory: Trajectory | None = None) -> Simulation:
    """Simulate independent replicas of an open network by Langevin dynamics, and measure its stationary state.

    M q'' = -∂V/∂q - Γ q' + η,  ⟨η_a(t) η_b(t')⟩ = 2 γ_a T_a δ_ab δ(t - t'),  V harmonic, :class:`Anharmonic` or
    :class:`Rotors`. The same seed gives the same bits, in any number of threads.

    Parameters
    ----------
    system : OpenNetwork
        Any network.
    duration : float
        Time that each replica is measured (rounded up to whole blocks).
    dt : float
        Time step; the error of the splitting is of its square, and 0.2/ω_max makes it some 0.3 %.
    replicas : int
        Independent copies, which run on all threads.
    seed : int
        Seed, 0 or more; each replica draws from its own stream.
    warmup : float, optional
        Time before the measurement. Default: a quarter of the duration.
    integrator : {"splitting", "exact"}
        "exact": the propagator of a harmonic network, without error in dt; the heat flux then comes from the kinetic
        temperatures.
    initial_temperature : float, optional
        The replicas start at q = 0 with velocities of twice this temperature, of which springs take half. Default: the
        mean of the baths. Dark modes keep what they get; 0 starts them at rest.
    sample_every : int
        Steps from one reading of the temperatures to the next.
    relaxation_time : float, optional
        Lifetime of the slowest mode, for the warning; for instance ``1/hs.resonances(system).slowest.imag``. Default:
        found from the matrices, up to 500 sites.
    checkpoint : path-like, optional
        A file written every ``checkpoint_interval`` seconds and at the end. Where it exists, the run goes on from it,
        to the same bits.
    checkpoint_interval : float
        Seconds.
    trajectory : Trajectory, optional
        Time series to write as they grow.

    Returns
    -------
    Simulation
        With what was measured so far (``complete`` False) if Ctrl-C stops it after the warm-up.

    Raises
    ------
    ArgumentError
        If an argument is out of range, dt beyond the stability limit, or the checkpoint of another simulation.
    InstabilityError
        If the energy runs away.
    FileError
        If a file cannot be written or read when it starts.

    Warns
    -----
    FileWarning
        If a file can no longer be written: the run goes on, and ``unwritten`` of the result says so if it stays so.
    RelaxationWarning
        If modes live longer than the run.
    DarkModeWarning
        If modes never feel a bath.

    References
    ----------
    Leimkuhler, Matthews, Appl. Math. Res. Express 2013, 34; Zhang et al., J. Phys. Chem. A 123, 6056 (2019).

    Examples
    --------
    >>> import hotsprings as hs
    >>> system = hs.OpenNetwork(hs.Chain([1, 1, 1]), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    >>> result = hs.dynamics.simulate(system, duration=500.0, dt=0.1, replicas=2, seed=1)
    >>> result.heat_flux.shape, result.complete
    ((2,), True)
    """
    plan = planned(system, duration, dt, replicas, seed, warmup, integrator, initial_temperature, sample_every)
    stepper = chosen_integrator(integrator, system, plan.dt)
    interval = checks.non_negative("checkpoint_interval", checkpoint_interval)
    path = None if checkpoint is None else check_target(checks.file_name("checkpoint", checkpoint))
    record = new_record(plan) if path is None else read_checkpoint(path, plan)
    if trajectory is not None:
        checks.instance("trajectory", trajectory, Trajectory).begin(plan, record.done)
        if path is not None and check_target(trajectory.path) == path:
            raise ArgumentError("trajectory", "have another name than the checkpoint", f"both are {path.name}")
    _warn(plan, None if relaxation_time is None else checks.positive("relaxation_time", relaxation_time))
    stepper.advance(record.state, 0, plan.every)  # compiles what is not compiled yet
    writer = _Writer(plan, record, path, interval, trajectory)
    with _shown(plan) as tell, _interruptible() as stopped, progress.patient():
        while record.done < plan.warmup_blocks + plan.n_blocks and not stopped():
            start = time.perf_counter()
            stepper.advance(record.state, plan.part_steps, plan.every)
            _refuse_runaway(plan, record)
            writer.take()
            record.seconds += time.perf_counter() - start
            tell(record.done)
            writer.write(last=False)
        writer.write(last=True)
    if record.done <= plan.warmup_blocks and stopped():
        raise KeyboardInterrupt
    return replace(simulation(plan, record, stepper.works), unwritten=writer.unwritten)


class _Writer:
    """Takes each block into the record, and writes the files from time to time."""

    def __init__(self, plan: Plan, record: Record, checkpoint: Path | None, interval: float,
                 trajectory: Trajectory | None) -> None:
        self.plan, self.record, self.checkpoint, self.interval = plan, record, checkpoint, interval
        self.trajectory, self.rows, self.written = trajectory, list[dict[str, Any]](), time.monotonic()
        self.unwritten: FileError | None = None

    def take(self) -> None:
        if self.trajectory is not None and self.record.done >= self.plan.warmup_blocks:
            self.rows.append(self.trajectory.row(self.plan, self.record))
        self.record.add(self.plan)

    def write(self, last: bool) -> None:
        """Write the trajectory first: a kill between the two leaves rows that the next run cuts off."""
        if not last and time.monotonic() - self.written < self.interval:
            return
        try:
            self._write()
        except FileError as err:
            if not isinstance(err.__cause__, OSError):  # not the disk
                raise
            if self.unwritten is None:
                tell(f"{err}; the simulation goes on and tries again later", FileWarning)
            self.unwritten = self._kept(err) if last else err
        else:
            self.unwritten = None
        self.written = time.monotonic()

    def _write(self) -> None:
        if self.trajectory is not None:
            self.trajectory.append(self.plan, self.rows, self.record.done)
            self.rows.clear()
        if self.checkpoint is not None:
            write_checkpoint(self.checkpoint, self.plan, self.record)

    def _kept(self, err: FileError) -> FileError:
        """Put the checkpoint among the temporary files, if they have room; return the error that says so."""
        if self.checkpoint is None:
            return err
        try:
            elsewhere = Path(tempfile.mkdtemp(prefix="hotsprings-kept-")) / self.checkpoint.name
            write_checkpoint(elsewhere, self.plan, self.record)
        except OSError:
            return err
        return FileError(err.path, f"{err.reason}; the checkpoint is kept in {elsewhere}")


def _refuse_runaway(plan: Plan, record: Record) -> None:
    """Raise InstabilityError if the energy of the last block is beyond all reason."""
    state, masses = record.state, plan.system.network.masses
    mean = float(np.mean(state.square @ masses)) / (plan.parts * plan.readings * masses.size)
    highest = max(float(plan.system.temperature.max()), plan.initial_temperature)
    if np.isfinite(mean) and np.all(np.isfinite(state.q)) and mean <= RUNAWAY * highest:
        return
    when = (record.done + 1) * plan.block_time
    broken = isinstance(plan.system.network, AnharmonicNetwork)
    raise InstabilityError(
        f"The energy ran away by time {when:.4g}: the mean kinetic temperature is {mean:.3g}, that of the hottest bath "
        f"or of the start {highest:.3g}. The time step {plan.dt:g} is too large"
        + (", or a spring without lower bound of its energy broke" if broken else "") + ". Nothing is returned")


def _warn(plan: Plan, relaxation_time: float | None) -> None:
    """Say before the start what the run cannot show: dark modes, and modes that outlive it."""
    system, enough = plan.system, min(plan.warmup / FORGOTTEN, plan.duration / SAMPLED)
    if isinstance(system.network, AnharmonicNetwork):
        return  # its modes exchange energy
    found = relaxation(system)
    if found is not None and found.n_dark:
        tell(f"{found.n_dark} of {system.n_sites} normal modes never feel a bath and keep the energy they "
             f"start with (initial_temperature {plan.initial_temperature:g})", DarkModeWarning)
    time_ = relaxation_time or (found.time if found is not None else 0.0)
    if time_ > enough:
        some = f"{found.alive(enough)} of {system.n_sites} modes" if found is not None else "the slowest modes"
        tell(f"{some} relax too slowly for this run (lifetimes up to {time_:.4g}; a warm-up of {FORGOTTEN:g} "
             f"and a duration of {SAMPLED:g} of them would do): temperatures where they move, and the heat "
             "they carry, depend on the start, which standard errors do not know. Disordered mean fields "
             "relax in a time of order N² and more", RelaxationWarning)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the run after the block; a second one stops it at once."""
    asked: list[int] = []

    def note(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    own = (threading.current_thread() is threading.main_thread()
           and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    if own:
        signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(asked)
    finally:
        if own:
            signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def _shown(plan: Plan) -> Iterator[Callable[[int], None]]:
    """Show a bar with the time left on a terminal; elsewhere tell whoever listens."""
    total = plan.warmup_blocks + plan.n_blocks
    if progress.in_notebook():
        with _timed_line(f"{plan.system.n_sites:,} sites, {plan.replicas} replicas", total) as tell:
            yield tell
        return
    if not sys.stderr.isatty():
        yield lambda done: progress.report(f"block {done} of {total}")
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
               TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("warm-up", total=total)

        def tell(done: int) -> None:
            bar.update(task, completed=done, description="warm-up" if done < plan.warmup_blocks else "measuring")

        yield tell


@contextmanager
def _timed_line(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Give what shows how many blocks are done, and how long the rest will take."""
    begun: list[tuple[int, float]] = []

    with progress.line(title) as tell:
        def update(done: int) -> None:
            if not begun:
                begun.append((done, time.monotonic()))
            blocks, seconds = done - begun[0][0], time.monotonic() - begun[0][1]
            left = f", {seconds * (total - done) / blocks:.0f} s left" if blocks else ""
            if tell is not None:
                tell(f"{done} of {total} blocks{left}", done / total)

        yield update
