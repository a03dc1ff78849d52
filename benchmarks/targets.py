"""A million particles: seconds, memory, growth, and how far the sums through the tree are from the direct ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import hotsprings as hs
from benchmarks import extended
from benchmarks.children import ChildError, measured
from benchmarks.results import Section, Table
from benchmarks.systems import DIRECTLY, THROUGH_TREE, fresh, random_mean_field, summed
from benchmarks.timing import Timing, duration, medians, timed

Array = npt.NDArray[np.float64]
CASES = {"Kac, k0 = 1": (1.0, True), "Kac, k0 = 0": (0.0, True), "bare, k0 = 0": (0.0, False)}
SMALL, LARGE, HUGE = 10**5, 10**6, 10**7
WARM = 3000  # sites of the solve that loads the compiled loops
SAMPLE = 40  # frequencies of a kind that are summed in extended precision
BESIDE = 1e-13  # relative distance of a frequency from a pole
GIB = 2.0**30


def solve(sizes: list[int], k0: float, kac: bool, budget: float) -> dict[str, Any]:
    """Time the whole solve at several sizes in turns; certificate and flux at the last."""
    hs.steady_state(random_mean_field(WARM, k0, kac))
    systems = [random_mean_field(n, k0, kac) for n in sizes]
    times = medians(budget, *(lambda system=system: hs.steady_state(fresh(system)) for system in systems))
    state = hs.steady_state(systems[-1])
    return {"sizes": sizes, "wall": [t.wall for t in times], "processor": [t.processor for t in times],
            "certificate": state.certificate.error, "resonances": len(state.resonances),
            "flux": float(state.conductance[0, 1])}


def tree_and_direct(n: int, budget: float) -> dict[str, Any]:
    """Time the solve through the tree and by direct sums; the differences of J, T_n and the resonances."""
    system = random_mean_field(n)
    states = []
    times = []
    for direct in (THROUGH_TREE, DIRECTLY):
        with summed(direct):
            hs.steady_state(random_mean_field(WARM))
            times += medians(budget, lambda: states.append(hs.steady_state(fresh(system))))
    tree, plain = states[0], states[-1]
    widths = tree.resonances.decay_rate / plain.resonances.decay_rate
    return {"wall": [t.wall for t in times], "processor": [t.processor for t in times],
            "flux": abs(float(tree.conductance[0, 1] / plain.conductance[0, 1]) - 1.0),
            "temperature": float(np.abs(tree.local_temperature - plain.local_temperature).max()),
            "frequency": float(np.abs(tree.resonances.frequency.real / plain.resonances.frequency.real - 1.0).max()),
            "width": float(np.abs(widths - 1.0).max())}


def sweep(n: int, budget: float) -> dict[str, Any]:
    """Time n frequencies on n sites; the error of a sample of them, on a grid and beside poles."""
    system, rng = random_mean_field(n), np.random.default_rng(0)
    small = random_mean_field(WARM)
    hs.transmittance(small, np.linspace(0.01, 3.0, WARM))
    omega = np.linspace(0.0, 3.0, n)
    poles = np.sqrt(_pole_squares(system))
    place = rng.choice(n, n // 10, replace=False)
    omega[place] = poles[rng.integers(0, n, place.size)] * (1.0 + BESIDE * rng.choice([-1.0, 1.0], place.size))
    (time,) = medians(budget, lambda: hs.transmittance(fresh(system), omega))
    got = hs.transmittance(system, omega)
    result: dict[str, Any] = {"wall": time.wall}
    grid = np.delete(np.arange(n), place)
    for kind, among in (("grid", grid), ("beside", place)):
        pick = rng.choice(among, SAMPLE, replace=False)
        exact = extended.transmittance(system, omega[pick])
        result[kind] = None if exact is None else float(np.max(np.abs(got[pick] / exact - 1.0)))
    return result


def _pole_squares(system: hs.OpenNetwork) -> Array:
    network = system.network
    assert isinstance(network, hs.MeanField)
    return np.asarray((network.k0 + network.n_sites * network.k / network.n_tilde) / network.masses)


def once(n: int) -> dict[str, Any]:
    """Solve once."""
    hs.steady_state(random_mean_field(WARM))
    system = random_mean_field(n)
    states = []
    wall, _ = timed(lambda: states.append(hs.steady_state(system)))
    return {"wall": wall, "certificate": states[0].certificate.error, "flux": float(states[0].conductance[0, 1])}


def measure(full: bool) -> Section:
    """Return the table of goals and what was reached."""
    rows, raw = [], {}
    budget = 12.0 if full else 4.0
    for name, (k0, kac) in CASES.items():
        raw[name] = r = measured("targets.solve", sizes=[SMALL, LARGE], k0=k0, kac=kac, budget=budget)
        small, large = (Timing(w, p) for w, p in zip(r["wall"], r["processor"], strict=True))
        what = f"N = 10⁶, {name}"
        rows += [
            _row(f"{what}: J, all T_n, {r['resonances']:,} resonances", str(large), "≤ 20 s", large.seconds <= 20.0),
            _row("… peak memory", f"{r['peak_bytes'] / GIB:.2f} GiB", "≤ 2 GiB", r["peak_bytes"] <= 2.0 * GIB),
            _row("… certificate", f"{r['certificate']:.0e}", "≤ 1e-8", r["certificate"] <= 1e-8),
            _growth("… growth from N = 10⁵", large.seconds / small.seconds),
        ]
    raw["one thread"] = r = measured("targets.solve", threads=1, sizes=[SMALL, LARGE], k0=1.0, kac=True, budget=budget)
    small, large = (Timing(w, p) for w, p in zip(r["wall"], r["processor"], strict=True))
    rows.append(_growth(f"growth in processor time on one thread ({duration(small.busy)}, {duration(large.busy)})",
                        large.busy / small.busy))

    raw["direct"] = r = measured("targets.tree_and_direct", n=SMALL, budget=budget)
    tree, direct = (Timing(w, p) for w, p in zip(r["wall"], r["processor"], strict=True))
    rows += _against_direct(f"against direct sums, N = 10⁵ ({tree}, {direct})", direct.seconds / tree.seconds)
    if full:
        raw["direct, one thread"] = one = measured("targets.tree_and_direct", threads=1, n=SMALL, budget=budget)
        tree, direct = (Timing(w, p) for w, p in zip(one["wall"], one["processor"], strict=True))
        rows += _against_direct("… in processor time on one thread", direct.busy / tree.busy)
    rows += [_row("… difference of J, relative", f"{r['flux']:.0e}", "≤ 1e-11", r["flux"] <= 1e-11),
             _row("… largest difference of a T_n", f"{r['temperature']:.0e}", "≤ 1e-9", r["temperature"] <= 1e-9),
             _row("… of a frequency, of a width, relative", f"{r['frequency']:.0e}, {r['width']:.0e}", "", None)]

    raw["transmittance"] = r = measured("targets.sweep", n=LARGE, budget=budget)
    time = Timing(r["wall"], r["wall"])
    rows.append(_row("transmittance, 10⁶ frequencies × 10⁶ sites", str(time), "≤ 2 s", time.seconds <= 2.0))
    for kind, where in (("grid", "on a grid"), ("beside", f"{BESIDE:.0e} beside poles")):
        if r[kind] is not None:
            rows.append(_row(f"… error {where}, {SAMPLE} of them in extended precision", f"{r[kind]:.0e}", "≤ 1e-11",
                             r[kind] <= 1e-11))
    if full:
        rows += _ten_million(raw)
    return Section([Table("targets", "A million particles", ("what", "measured", "goal", "reached"), rows)], raw)


def _ten_million(raw: dict[str, Any]) -> list[tuple[str, ...]]:
    try:
        raw["ten million"] = r = measured("targets.once", n=HUGE)
    except ChildError as error:
        return [_row("N = 10⁷, Kac, k0 = 1", str(error), "works", False)]
    return [_row("N = 10⁷, Kac, k0 = 1: the same, certificate", f"{duration(r['wall'])} (once), "
                 f"{r['certificate']:.0e}", "works", r["certificate"] <= 1e-8),
            _row("… peak memory", f"{r['peak_bytes'] / GIB:.1f} GiB", "≤ 16 GiB", r["peak_bytes"] <= 16.0 * GIB)]


def _against_direct(what: str, ratio: float) -> list[tuple[str, ...]]:
    return [_row(what, f"{ratio:.0f} × faster", "≥ 40 ×", ratio >= 40.0)]


def _growth(what: str, ratio: float) -> tuple[str, ...]:
    return _row(what, f"{ratio:.1f} ×", "≤ 12 ×", ratio <= 12.0)


def _row(what: str, got: str, goal: str, reached: bool | None) -> tuple[str, ...]:
    return what, got, goal, "" if reached is None else "yes" if reached else "no"
