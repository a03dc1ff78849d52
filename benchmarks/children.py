"""Measurements in a process of their own: for peak memory, for a number of threads, or from a cold start."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
THREADS = ("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class ChildError(RuntimeError):
    """A measurement ended with an error, or was killed."""


def environment(threads: int | None, cache: str | None = None) -> dict[str, str]:
    """Return the environment of a child with this number of threads, and with this place for compiled loops."""
    return (os.environ | ({name: str(threads) for name in THREADS} if threads else {})
            | ({"NUMBA_CACHE_DIR": cache} if cache else {}))


def measured(task: str, threads: int | None = None, cache: str | None = None, **arguments: Any) -> dict[str, Any]:
    """Return what the function "module.name" of this package returns in a new process, and its ``peak_bytes``."""
    child = subprocess.run([sys.executable, "-m", "benchmarks.children", task], cwd=ROOT,
                           env=environment(threads, cache),
                           input=json.dumps(arguments), capture_output=True, text=True, check=False)
    if child.returncode:
        reason = child.stderr.strip().splitlines()
        raise ChildError(f"{task}: {reason[-1] if reason else f'killed (exit code {child.returncode})'}")
    result: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return result


def peak_bytes() -> int:
    """Return the largest resident size of this process.

    Not ``ru_maxrss`` where there is something better: on Linux a child inherits that of its parent.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return 1024 * int(line.split()[1])
    import resource

    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else 1024 * size


def main() -> None:
    """Run one task; its arguments come as JSON, and so does the answer."""
    module, name = sys.argv[1].split(".")
    function = getattr(importlib.import_module(f"benchmarks.{module}"), name)
    result = function(**json.loads(sys.stdin.read()))
    print(json.dumps(result | {"peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main()
