"""A study: plans that are run, a figure, fitted exponents, and a paragraph on what was claimed and what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import xarray as xr

from hotsprings.dataset import made_by
from hotsprings.fits import ExponentFit
from hotsprings.sweeps import Plan, Progress, sweep
from hotsprings.sweeps.pools import LocalPool, default_workers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Findings", "Study", "Sweeper", "fits_dataset", "ladder", "run_study"]

Data = Mapping[str, xr.Dataset]


class Sweeper(Protocol):
    """Runs a plan under a name, kept where a killed study finds it again."""

    def __call__(self, name: str, plan: Plan) -> xr.Dataset:
        """Return its results."""
        ...


def ladder(sweeper: Sweeper, name: str, plan: Callable[[Sequence[int], int, int], Plan],
           rungs: Sequence[tuple[Sequence[int], int]]) -> xr.Dataset:
    """Return one sweep over sizes out of several, with fewer realisations of larger systems.

    Parameters
    ----------
    sweeper : Sweeper
    name : str
        Each rung is kept under it and its largest size.
    plan : callable
        (sizes, realisations, rung) to a plan along dimension ``n``; the number of the rung is for its seed.
    rungs : sequence of (sizes, realisations)
        Ascending; the first has the most realisations.

    Returns
    -------
    Dataset
        Where a size has fewer realisations the others are NaN, and their seeds 0.
    """
    parts = [sweeper(f"{name}-{sizes[-1]}", plan(sizes, many, i)) for i, (sizes, many) in enumerate(rungs)]
    whole = xr.concat(parts, "n", data_vars="all", join="outer", combine_attrs="override",
                      fill_value={seed: 0 for seed in parts[0] if str(seed).endswith("_seed")})
    counts = {count: sum(int(part.attrs[count]) for part in parts) for count in ("n_tasks", "n_finished", "n_failed")}
    failures = "; ".join(part.attrs["failures"] for part in parts if part.attrs["failures"])
    return whole.assign_attrs(counts, failures=failures, plan=[part.attrs["plan"] for part in parts])


@dataclass(frozen=True)
class Findings:
    """What came out.

    Attributes
    ----------
    text : str
        One paragraph.
    fits : dict
        Fitted exponents by the name of the curve.
    """

    text: str
    fits: Mapping[str, ExponentFit] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """One study.

    Attributes
    ----------
    name, title : str
    claim : str
        What was claimed, and by whom.
    compute : callable
        (quick, sweeper) to data: datasets by name.
    judge : callable
        Data to findings.
    draw : callable
        (data, findings) to a matplotlib figure.
    core_seconds : (float, float)
        What the quick and the full setting take on one core, as measured.
    """

    name: str
    title: str
    claim: str
    compute: Callable[[bool, Sweeper], Data]
    judge: Callable[[Data], Findings]
    draw: Callable[[Data, Findings], Figure]
    core_seconds: tuple[float, float]

    def estimate(self, quick: bool, workers: int | None = None) -> float:
        """Return about how many seconds it takes with so many processes."""
        start = 6.0  # workers that load the compiled loops
        return start + self.core_seconds[0 if quick else 1] / (workers or default_workers())


def run_study(study: Study, directory: Path, quick: bool = True, workers: int | None = None, overwrite: bool = False,
              listener: Callable[[Progress], None] | None = None) -> Findings:
    """Run a study and write ``NAME.png``, ``NAME.nc`` and ``NAME.md``; a killed one goes on where it was.

    Parameters
    ----------
    study : Study
    directory : Path
        Where to write; made if it is not there. Finished systems are kept in its ``NAME.sweep``.
    quick : bool
        Under a minute, with larger errors; or the full setting.
    workers : int, optional
        Processes; one per core by default.
    overwrite : bool
        Whether files of an earlier run may be replaced.
    listener : callable, optional
        Called with the progress of each sweep.

    Returns
    -------
    Findings

    Raises
    ------
    FileError
        If a file is there already and may not be replaced, or cannot be written.
    StoreError
        If the store of an earlier run cannot be used.
    """
    from hotsprings.figures.style import paper_style
    from hotsprings.io import check_target, write_dataset, write_figure, write_text

    directory.mkdir(parents=True, exist_ok=True)
    files = [directory / f"{study.name}.{suffix}" for suffix in ("png", "nc", "md")]
    for file in files:
        check_target(file, overwrite)

    pool = LocalPool(workers)

    def swept(name: str, plan: Plan) -> xr.Dataset:
        store = directory / f"{study.name}.sweep" / f"{name}-{'quick' if quick else 'full'}"
        return sweep(plan, store, pool=pool, listener=listener)

    try:
        data = study.compute(quick, swept)
    finally:
        pool.close()
    findings = study.judge(data)
    with paper_style():
        write_figure(study.draw(data, findings), files[0], overwrite)
    write_dataset(_tree(study, data, findings, quick), files[1], overwrite)
    write_text(as_markdown(study, findings), files[2], overwrite)
    return findings


def _tree(study: Study, data: Data, findings: Findings, quick: bool) -> Any:
    """Return all datasets as groups of one file, the fits among them."""
    parts = dict(data)
    if findings.fits:
        parts["fits"] = fits_dataset(findings.fits)
    about = {"title": study.title, "claim": study.claim, "finding": findings.text,
             "setting": "quick" if quick else "full", **made_by()}
    return xr.DataTree.from_dict({"/": xr.Dataset(attrs=about), **parts})


def fits_dataset(fits: Mapping[str, ExponentFit]) -> xr.Dataset:
    """Return fits as a dataset with the dimension ``curve``."""
    words = {"exponent": "exponent of the power law", "error": "its standard error", "low": "lower end of its interval",
             "high": "upper end of its interval", "prefactor": "prefactor", "p_value": "probability of so large a χ²",
             "single_power": "1 where the data support a single power"}
    variables = {name: ("curve", np.array([float(getattr(fit, name)) for fit in fits.values()]), {"long_name": text})
                 for name, text in words.items()}
    return xr.Dataset(variables, {"curve": ("curve", np.array(list(fits), dtype=object).astype(str))})


def as_markdown(study: Study, findings: Findings) -> str:
    """Return the study as a page: claim, figure, exponents, what came out."""
    parts = [f"# {study.title}", f"*Claimed:* {study.claim}", f"![{study.title}]({study.name}.png)",
             f"*Found:* {findings.text}"]
    if findings.fits:
        parts.append("\n".join(["| power law of | ν | 95 % interval | last local exponent | one power? |",
                                "|---|---|---|---|---|", *(_row(name, fit) for name, fit in findings.fits.items())]))
    parts.append(f"[data]({study.name}.nc)")
    return "\n\n".join(parts) + "\n"


def _row(name: str, fit: ExponentFit) -> str:
    last = f"{fit.local_exponent[-1]:.3f}"
    if np.isfinite(fit.local_error[-1]):
        last += f" ± {fit.local_error[-1]:.1g}"
    return (f"| {name} | {fit.exponent:.4f} ± {fit.error:.1g} | {fit.low:.4f} … {fit.high:.4f} | {last} | "
            f"{'yes' if fit.single_power else 'no'} |")
