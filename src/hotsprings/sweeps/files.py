"""Plan files: a model file with a table ``[sweep]``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from hotsprings import checks
from hotsprings.config import Model, ModelError, read_model
from hotsprings.config.faults import argument_line
from hotsprings.config.fields import OptionalSeed, Table, checked
from hotsprings.config.files import parse
from hotsprings.errors import ArgumentError
from hotsprings.sweeps.axes import Axis, grid_values
from hotsprings.sweeps.models import read_key
from hotsprings.sweeps.observables import chosen
from hotsprings.sweeps.plan import Plan

__all__ = ["PlanFile", "load_plan", "parse_plan"]


def _axis_parameter(name: str, value: Any) -> Any:
    names = value if isinstance(value, list | tuple) else [value]
    if not names or not all(isinstance(part, str) for part in names):
        raise ArgumentError(name, 'be a key of the model such as "masses.n", or a list of keys',
                            f"{checks.shown(value)} was given")
    for key in names:
        read_key(name, key, Model.model_fields)
    return tuple(names)


def _observables(name: str, value: Any) -> tuple[str, ...]:
    words = _words(name, value)
    chosen(words)
    return words


def _values(name: str, value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not value:
        raise ArgumentError(name, "be a list of values, one or more", f"{checks.shown(value)} was given")
    return tuple(value)


def _grid(name: str, value: Any) -> Any:
    return None if value is None else grid_values(name, value)


def _words(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise ArgumentError(name, "be a list of texts", f"{checks.shown(value)} was given")
    return tuple(value)


def _side(name: str, value: Any) -> Any:
    if value is None or (isinstance(value, int | str) and not isinstance(value, bool)):
        return value
    if not isinstance(value, list | tuple) or not all(isinstance(part, int | str) for part in value):
        raise ArgumentError(name, "be the number of a bath, the name of a group, or a list of these",
                            f"{checks.shown(value)} was given")
    return tuple(value)


class _GridTable(Table):
    """Values one by one, or a grid of them."""

    values: Annotated[tuple[Any, ...] | None, checked(_values)] = None
    linspace: Annotated[tuple[Any, ...] | None, checked(_grid)] = None
    geomspace: Annotated[tuple[Any, ...] | None, checked(_grid)] = None

    def chosen(self, owner: str) -> tuple[Any, ...]:
        """Return the values; exactly one of the keys must be there."""
        given = [key for key in ("values", "linspace", "geomspace") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ArgumentError(owner, "have one of values, linspace, geomspace",
                                f"{' and '.join(given) or 'none'} {'were' if len(given) > 1 else 'was'} given")
        return tuple(getattr(self, given[0]))


class AxisTable(_GridTable):
    """One ``[[sweep.axes]]``: :class:`hotsprings.Axis`."""

    parameter: Annotated[tuple[str, ...], checked(_axis_parameter)] = Field(
        description='what changes, such as "masses.n", or a list of keys that change together')
    name: str = ""
    labels: Annotated[tuple[str, ...], checked(_words)] = ()


class SweepTable(Table):
    """``[sweep]``: the arguments of :class:`hotsprings.Plan`."""

    axes: list[AxisTable] = Field(default_factory=list)
    realisations: Annotated[int, checked(lambda name, value: checks.integer(name, value, 1))] = 1
    seed: OptionalSeed = None
    observables: Annotated[tuple[str, ...], checked(_observables)] = ("conductance",)
    omega: _GridTable | None = None
    source: Annotated[Any, checked(_side)] = None
    drain: Annotated[Any, checked(_side)] = None


class PlanFile(Model):
    """A whole plan file."""

    sweep: SweepTable = Field(description="a table headed [sweep]")

    def plan(self) -> Plan:
        """Return the plan.

        Raises
        ------
        ArgumentError, ModelError
            As :class:`hotsprings.Plan`; arguments are named by their place in the file.
        """
        table = self.sweep
        axes = []
        for i, row in enumerate(table.axes):
            owner = f"axes[{i}]"
            try:
                axes.append(Axis(row.parameter, row.chosen(owner), row.name, row.labels))
            except ArgumentError as err:
                place = err.argument if err.argument == owner else f"{owner}.{err.argument}"
                raise ArgumentError(place, err.requirement, err.given) from None
        omega = None if table.omega is None else table.omega.chosen("omega")
        return Plan(self, axes, table.realisations, table.seed, table.observables, omega, self.title,
                    table.source, table.drain)


def load_plan(path: str | Path) -> Plan:
    """Read and check a plan file.

    Parameters
    ----------
    path : path-like
        A TOML file such as ``hotsprings example sweep`` writes; files that it names are relative to it.

    Returns
    -------
    Plan

    Raises
    ------
    ModelError
        If the file cannot be read or is wrong.

    Examples
    --------
    >>> from pathlib import Path
    >>> import hotsprings as hs
    >>> from hotsprings.config import example
    >>> _ = Path("plan.toml").write_text(example("sweep"))
    >>> hs.sweeps.load_plan("plan.toml").n_tasks
    900
    """
    return parse_plan(read_model(path), str(path), Path(path).parent)


def parse_plan(text: str, source: str = "plan", directory: Path | None = None) -> Plan:
    """Check the text of a plan file; as :func:`load_plan`.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        What error messages call it.
    directory : Path, optional
        Where files that the model names are looked for; the current directory by default.

    Returns
    -------
    Plan

    Raises
    ------
    ModelError
        If the text is wrong.
    """
    found = parse(text, PlanFile, source, directory)
    try:
        return found.plan()
    except ArgumentError as err:
        raise ModelError(source, [argument_line(f"sweep.{err.argument}", err)]) from None
    except ModelError as err:
        raise ModelError(source, [f"{err.source}: {line}" for line in err.problems]) from None
