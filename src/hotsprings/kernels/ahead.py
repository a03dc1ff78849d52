"""The first calculation on a machine: a second process compiles what is needed last, while this one begins.

Both keep what they compile in the same place; who comes to a kernel that the other is at waits for it. Where there is
one core, one thread, or no place for compiled code, nothing is started.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numba
from numba import types

from hotsprings.kernels import compiled

__all__ = ["begin", "main"]

_COMMAND = "from hotsprings.kernels.ahead import main; main({!r})"
Work = list[tuple[Any, tuple[Any, ...]]]


def _mean_field() -> Work:
    from hotsprings.kernels import cauchy, residues, secular
    from hotsprings.kernels.multipole import Field

    line, rows, table = types.float64[::1], types.float64[:, ::1], types.float64[:, :, ::1]
    numbers, waves, one, count = types.int64[::1], types.complex128[::1], types.float64, types.int64
    field = types.NamedTuple((rows, line, numbers, types.int64[:, ::1], rows), Field)
    problem = (rows, rows, types.UniTuple(one, 2), one)
    return [
        (secular.refine.__wrapped__, (*problem, numbers, rows, rows, count, types.none)),
        (residues.precise_sums.__wrapped__, (*problem, numbers, rows, rows, line, types.none)),
        (residues.bulk_residues.alone, (rows, numbers, rows, table, line)),
        (residues.gap_sums.alone, (rows, rows, numbers, waves, waves)),
        (cauchy.squared_sums.alone, (line, line, line, line, line, rows, count, count, field, field)),
    ]


def _few_sites() -> Work:
    from hotsprings.kernels import few_sites, identities

    line, rows, one = types.float64[::1], types.float64[:, ::1], types.float64
    numbers, waves = types.int64[::1], types.complex128[::1]
    return [(few_sites.sums, (one, numbers, one, one, rows, rows, numbers, numbers, line, rows, rows, numbers, waves,
                              waves, types.none)),
            (identities.identities, (rows, rows, line, rows, line, line))]


def _precise() -> Work:
    from hotsprings.kernels import damped

    rows, table = types.float64[:, ::1], types.float64[:, :, ::1]
    return [(damped.moving_parts, (table,) * 3), (damped.sums, (table,) * 5),
            (damped.triangle_vectors, (table,)), (damped.inverse_gaps, (rows,))]


# what is compiled in what order, and the types it is for
STAGES = {"few sites": _few_sites, "mean field": _mean_field, "32 digits": _precise}


def begin(stage: str) -> None:
    """Start the second process, if there is anything to compile and a core to do it.

    Parameters
    ----------
    stage : str
        A key of ``STAGES``.
    """
    if stage in compiled.helpers or compiled.alone() or _cores() < 2 or not sys.executable or _frozen():
        return
    later = [kernel for kernel, _ in STAGES[stage]() if not _kept(kernel)]
    if not later or not compiled._place():
        compiled.helpers[stage] = compiled.Helper(None, frozenset())
        return
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    known = {"NUMBA_CACHE_DIR": numba.config.CACHE_DIR} if numba.config.CACHE_DIR else {}
    try:
        process = subprocess.Popen([sys.executable, "-c", _COMMAND.format(stage)], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=os.environ | known | {"PYTHONPATH": paths})
    except OSError:
        process = None
    compiled.helpers[stage] = compiled.Helper(process, frozenset(kernel.py_func for kernel in later))
    atexit.register(_end, process, os.getpid())


def _kept(kernel: Any) -> bool:
    """Return whether there is compiled code of a kernel."""
    try:
        return bool(kernel.outer._cache._cache_file._load_index())
    except Exception:  # no cache, or a damaged one
        return False


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _frozen() -> bool:
    return bool(getattr(sys, "frozen", False))


def _end(process: subprocess.Popen[bytes] | None, owner: int) -> None:
    if process is not None and os.getpid() == owner:
        process.kill()
        process.communicate()


def main(stage: str) -> None:
    """Compile; end at once when the process that asked for it has ended."""
    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    for kernel, arguments in STAGES[stage]():
        kernel.outer.compile(arguments)
    os._exit(0)
