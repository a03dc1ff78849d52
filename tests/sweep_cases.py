"""Systems and scripts that the tests of sweeps share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import hotsprings as hs

MODEL = {"network": {"kind": "mean-field", "k": 0.1, "k0": 0.5}, "masses": {"kind": "random", "n": 8, "spread": 0.2},
         "baths": [{"site": 0, "temperature": 1.5}, {"site": -1, "temperature": 0.5}]}
BATHS = [hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 1.0)]

# A sweep whose tasks take PAUSE seconds without the solver, each of them noted in a file; argv: store, file,
# realisations, shard. What is computed depends on the seed alone.
SCRIPT = '''
import os, sys, time
import hotsprings as hs
from hotsprings.sweeps.observables import Observable
from hotsprings.sweeps.runner import run

def system(x, seed):
    time.sleep(float(os.environ.get("PAUSE", "0")))
    with open(sys.argv[2], "a") as file:
        file.write(f"{seed}\\n")
    return hs.OpenNetwork(hs.MeanField([1.0 + x, 1.0 + seed * 2.0**-64, 1.0]), [hs.Bath(0, 1.0), hs.Bath(1, 0.5)])

def plan(realisations):
    made = hs.Plan(system, {"x": [0.1, 0.2, 0.3]}, realisations, 7)
    made.observables = (Observable("probe", lambda m: m.system.network.masses.sum() / 3.0),)
    made.inner_shapes = {"probe": ()}
    return made

if __name__ == "__main__":
    part, count = map(int, sys.argv[4].split("/")) if len(sys.argv) > 4 else (0, 1)
    run(plan(int(sys.argv[3])), sys.argv[1], workers=2, shard=(part, count))
    print("done")
'''


def network(n=6, k0=0.5, seed=0):
    """Return a small open network."""
    return hs.OpenNetwork(hs.MeanField(hs.masses.random(n, spread=0.2, seed=seed), k=0.3, k0=k0), BATHS)


def start(*argv, pause=0.0, **options):
    """Start a script of Python in a process group of its own."""
    options.setdefault("env", os.environ | {"PAUSE": str(pause)})
    options.setdefault("preexec_fn", lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # tests may run in the back
    return subprocess.Popen([sys.executable, *map(str, argv)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, start_new_session=True, **options)


def group(leader):
    """Return the processes of a group that run, with their command lines; zombies have ended."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, _, pgrp = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
                if int(pgrp) == leader and state != "Z":
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def until(condition, seconds=900.0, step=0.01):
    """Wait until something is true; only what never happens takes until the end, however busy the machine is."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(step)
    return found


def same(one, other):
    """Assert that two datasets are equal, bit for bit, but for the time they took."""
    assert set(one.variables) == set(other.variables)
    for name in one.variables:
        if name != "solver_seconds":
            assert one[name].dims == other[name].dims
            assert one[name].dtype == other[name].dtype
            np.testing.assert_array_equal(one[name].values, other[name].values, err_msg=name)
            if one[name].dtype == np.float64:
                assert one[name].values.tobytes() == other[name].values.tobytes(), name


def lines(path):
    """Return the whole lines of a file that another process writes to; none where it is not there yet."""
    return Path(path).read_text().splitlines() if os.path.exists(path) else []  # noqa: PTH110
