"""``python -m tests.kills``: kill sweeps and simulations at random moments, resume them, compare every bit.

Each is started, killed by SIGKILL once or twice at a moment drawn from the time that it takes, started again to its
end, and compared with one that was left alone. Ends with 1 where a bit differs, something is lost, or a process stays.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import xarray as xr

from tests.sweep_cases import group, same, start, until
from tests.test_dynamics import PROGRAM

PLAN = """
[network]
kind = "power-law"
alpha = 1.5
k0 = 0.5
[masses]
kind = "random"
n = 6
spread = 0.2
[[baths]]
site = 0
temperature = 1.5
[[baths]]
site = -1
temperature = 0.5
[sweep]
realisations = 300
seed = 3
observables = ["conductance", "local_temperature", "slowest_decay_rate"]
[[sweep.axes]]
parameter = "network.k0"
values = [0.5, 0.8]
"""


def sweep(folder):
    """Start a sweep; what it writes is ``plan.nc``."""
    (folder / "plan.toml").write_text(PLAN)
    return start("-m", "hotsprings.cli", "sweep", "plan.toml", cwd=folder)


def simulation(folder):
    """Start a simulation that writes its checkpoint after every block."""
    return start("-c", PROGRAM, folder / "run", folder / "path.nc", "2000.0", cwd=folder)


KINDS = {"sweeps": sweep, "simulations": simulation}


def results(folder):
    """Return what was written, by name; of a file that was being written when it was killed a hidden one is left."""
    return {path.name: xr.load_dataset(path, engine="h5netcdf") for path in sorted(folder.glob("[!.]*.nc"))}


def finish(process):
    """Wait for the end; what it printed is told where it failed."""
    out, err = process.communicate(timeout=900)
    if process.returncode:
        raise SystemExit(f"failed ({process.returncode}):\n{out}{err}")


def kill(process):
    """Kill the parent alone; return whether it was running, once all its children have ended."""
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    try:
        until(lambda: not group(process.pid), 30.0)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    return running


def tried(begin, wanted, seconds, rng):
    """Kill and resume one; return how often it was killed while it ran."""
    with tempfile.TemporaryDirectory() as directory:
        folder, kills = Path(directory), 0
        for _ in range(rng.choice((1, 1, 2))):
            process = begin(folder)
            time.sleep(rng.uniform(0.0, seconds))
            kills += kill(process)
            if (folder / "plan.nc").exists():  # written before the kill: a sweep does not overwrite it
                (folder / "plan.nc").unlink()
        finish(begin(folder))
        found = results(folder)
        assert found.keys() == wanted.keys(), sorted(found)
        for name, data in wanted.items():
            same(found[name], data)
        return kills


def alone(begin):
    """Return the results of one that is left alone, and the seconds that it takes from the second time on."""
    for _ in range(2):
        with tempfile.TemporaryDirectory() as directory:
            began = time.perf_counter()
            finish(begin(Path(directory)))
            seconds, wanted = time.perf_counter() - began, results(Path(directory))
    return wanted, seconds


def main():
    """Return 1 where something differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="of each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=list(KINDS), action="append", help="these only")
    given = parser.parse_args()
    failed, counts = 0, Counter()
    for name in given.kind or KINDS:
        begin = KINDS[name]
        rng, (wanted, seconds) = random.Random(given.seed), alone(begin)
        for i in range(given.count):
            try:
                counts[name] += tried(begin, wanted, seconds, rng)
            except AssertionError as err:
                failed += 1
                print(f"{name} {i}: {str(err).strip()[:500]}", flush=True)
            print(f"{name}: {i + 1} of {given.count}, {counts[name]} kills while running", end="\r", flush=True)
        print(f"{name}: {given.count} resumed, {counts[name]} kills while running, {failed} failed in all", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
