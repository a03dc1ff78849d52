"""What a user feels: imports, help, the first run on a machine and the second."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.results import Section, Table
from benchmarks.timing import duration

COMMAND = "from hotsprings.cli import main; raise SystemExit(main())"  # what the console script does
SESSION = ("import hotsprings as hs\n"
           "network = hs.MeanField(hs.masses.random({n}, spread=0.1, seed=1), k0=1.0)\n"
           "print(hs.steady_state(hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])))\n")
IMPORT = "import time; start = time.perf_counter(); import hotsprings; print(time.perf_counter() - start)"


def python(code: str, *arguments: str, cache: Path | None = None, cwd: Path | None = None) -> float:
    """Return the seconds a new Python takes to run code; ``cache`` is where numba keeps compiled loops."""
    environment = os.environ | ({"NUMBA_CACHE_DIR": str(cache)} if cache else {})
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], env=environment, cwd=cwd, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - start


def imported() -> float:
    """Return the seconds of the import in a new Python, as that Python counts them: its own start is no part."""
    answer = subprocess.run([sys.executable, "-c", IMPORT], check=True, capture_output=True, text=True)
    return float(answer.stdout)


def measure(full: bool) -> Section:
    """Time everything from outside, the start of Python included."""
    runs = 9 if full else 5
    repeated = {"python -c pass": ("pass",), "hotsprings --help": (COMMAND, "--help"),
                "hotsprings --version": (COMMAND, "--version")}
    seconds: dict[str, list[float]] = {name: [] for name in repeated}
    for arguments in repeated.values():
        python(*arguments)
    for _ in range(runs):
        for name, arguments in repeated.items():
            seconds[name].append(python(*arguments))
        seconds.setdefault("import hotsprings", []).append(imported())
    typical = {name: median(values) for name, values in seconds.items()}
    rows = [("Python itself", duration(typical["python -c pass"]), "")]
    for name, goal in (("import hotsprings", 0.2), ("hotsprings --help", 0.5)):
        rows.append((name, duration(typical[name]), f"< {goal} s: {'yes' if typical[name] < goal else 'no'}"))
    with tempfile.TemporaryDirectory() as directory:
        where = Path(directory)
        cache, model = where / "cache", str(where / "model.toml")
        python(COMMAND, "example", "-o", model)
        for name in ("first hotsprings run on a machine", "second"):
            seconds[name] = [python(COMMAND, "run", model, "--force", cache=cache, cwd=where)]
            rows.append((name, duration(seconds[name][0]), ""))
        for name, n in (("then a first script, N = 1,000", 1000), ("first script with a tree, N = 100,000", 100_000),
                        ("second", 100_000)):
            key = f"{name}, N = {n}"
            seconds[key] = [python(SESSION.format(n=n), cache=cache)]
            rows.append((name, duration(seconds[key][0]), ""))
    note = ("Whole processes, from outside; the import alone as a new Python counts it (every name is imported when it "
            "is first used). The first run compiles the inner loops, which are then kept on disk.")
    return Section([Table("feel", "What a user feels", ("what", "time", "goal"), rows, note)], {"seconds": seconds})
