"""The plan of a sweep: a base, axes, realisations, observables; every task of it is known before the first is run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.sweeps.asked import table_of
from hotsprings.sweeps.axes import RESERVED, Axis, plain, plain_baths
from hotsprings.sweeps.bases import Base, FunctionBase, base_of
from hotsprings.sweeps.observables import Measurement, Observable, chosen
from hotsprings.system import OpenNetwork

__all__ = ["Plan", "Task"]

_SIZES = {"masses.n", "masses.values", "network.n"}  # parameters that change the number of sites


@dataclass(frozen=True)
class Task:
    """One system of a sweep, with what makes it: it can be built and solved alone.

    Attributes
    ----------
    number : int
        Its number, from 0: points in row-major order of the axes, the realisations of each in turn.
    place : tuple of int
        Index along each axis.
    realisation : int
    parameters : dict
        The swept parameters and their values.
    seeds : dict
        Seeds of what is random, drawn from SeedSequence(plan.seed, spawn_key=(point, realisation)).

    Examples
    --------
    >>> import hotsprings as hs
    >>> def chain(n):
    ...     return hs.OpenNetwork(hs.Chain([1.0] * n), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    ...
    >>> plan = hs.Plan(chain, {"n": [4, 8]})
    >>> task = plan.task(1)
    >>> task.parameters, task.system().n_sites
    ({'n': 8}, 8)
    """

    plan: Plan
    number: int
    place: tuple[int, ...]
    realisation: int
    parameters: dict[str, Any]
    seeds: dict[str, int]

    def system(self) -> OpenNetwork:
        """Return the system.

        Examples
        --------
        >>> import hotsprings as hs
        >>> def chain(n):
        ...     return hs.OpenNetwork(hs.Chain(hs.masses.identical(n)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> plan = hs.Plan(chain, {"n": [4, 8]})
        >>> plan.task(0).system()
        OpenNetwork of Chain(N=4, m=1, k=1, k0=0, free ends)
          bath 0: site 0, T=1.5, γ=1
          bath 1: site 3, T=0.5, γ=1
        """
        return self.plan.base.system(self.parameters, self.seeds)

    def measure(self, system: OpenNetwork | None = None) -> dict[str, FloatArray]:
        """Return the observables of its system, computed here and now.

        Bit for bit what :func:`hotsprings.sweep` has where this process has one thread too
        (``numba.set_num_threads(1)``; for networks other than the mean field, OMP_NUM_THREADS=1).

        Raises
        ------
        ArgumentError
            If an observable has another shape than at the first point of the plan.

        Examples
        --------
        >>> import hotsprings as hs
        >>> def chain(n):
        ...     return hs.OpenNetwork(hs.Chain(hs.masses.identical(n)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> plan = hs.Plan(chain, {"n": [4, 8]})
        >>> sorted(plan.task(0).measure())
        ['conductance']
        """
        plan = self.plan
        known = Measurement(self.system() if system is None else system, plan.base.dark_temperature(self.parameters),
                            plan.omega, any(observable.whole for observable in plan.observables), plan.source,
                            plan.drain, plan.base.questions(self.parameters))
        found = {o.name: np.asarray(o.measure(known), dtype=np.float64) for o in plan.observables}
        for name, shape in plan.inner_shapes.items():
            if found[name].shape != shape:
                raise ArgumentError("observables", f"have the same shape in every task ({name}: {shape})",
                                    f"here it is {found[name].shape}")
        return found


class Plan:
    """A sweep before it runs: every combination of the values of its axes, each with a number of realisations.

    Parameters
    ----------
    base : dict, Model or callable
        The tables of a model file (as ``tomllib`` reads them, or ``hotsprings.config.load_model``), or a function of
        the swept parameters, and of ``seed`` if it is random, that returns an OpenNetwork.
    axes : sequence of Axis, or dict
        What varies; ``{"masses.n": [10, 100]}`` is short for ``[Axis("masses.n", [10, 100])]``. One Axis of several
        parameters changes them together.
    realisations : int
        How many random systems at each point, 1 or more.
    seed : int
        Root of all seeds, 0 or more. A base that is random must be given it; tables of a model are random where their
        ``seed`` is left out, and are the same in all realisations where it is given.
    observables : sequence of str, or dict
        Names (:data:`hotsprings.sweeps.OBSERVABLES`); or {name: function of the SteadyState}, None for a known name.
    omega : array_like, optional
        Angular frequencies of the observable "transmittance".
    title : str
        A line about it.
    source, drain : int, str, or sequence of these, optional
        Baths or groups between which the observables "conductance", "scaled_conductance" and "transmittance" are; with
        more than two baths both must be given.

    Raises
    ------
    ArgumentError
        If an argument is out of range, or does not fit the base.
    ModelError
        If the tables are wrong, at the base or at a value of an axis; it carries all mistakes at once.

    Attributes
    ----------
    sizes : dict
        Lengths of the dimensions of the observables, at the first point; all tasks must agree with it.
    inner_shapes : dict
        Shape of each observable in one task.

    Examples
    --------
    >>> import hotsprings as hs
    >>> def chain(n):
    ...     return hs.OpenNetwork(hs.Chain([1.0] * n), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    ...
    >>> hs.Plan(chain, {"n": [4, 8]})
    Plan(n (2) × 1 realisations = 2 tasks, seed=0, observables: conductance)
    """

    def __init__(self, base: Any, axes: Sequence[Axis] | Mapping[str, Any] = (), realisations: int = 1,
                 seed: int | None = None, observables: Any = ("conductance",), omega: Any = None,
                 title: str = "", source: Any = None, drain: Any = None) -> None:
        self.axes = _axes(axes)
        self.base: Base = base_of(base)
        self.realisations = checks.integer("realisations", realisations, 1)
        self.observables: tuple[Observable, ...] = chosen(observables)
        self.omega = None if omega is None else np.atleast_1d(checks.frequencies("omega", omega))
        if not isinstance(title, str):
            raise ArgumentError("title", "be a text", f"{checks.shown(title)} was given")
        self.title = title
        self.source, self.drain = plain_baths(source), plain_baths(drain)
        self.seed = self._checked_seed(seed)
        self._refuse_observables()
        self._refuse_names()
        self._refuse_axes()
        self._refuse_sides()
        self.sizes = self._sizes()
        self.inner_shapes = {o.name: tuple(self.sizes[dim] for dim in o.dims) for o in self.observables}

    def _checked_seed(self, seed: int | None) -> int:
        if self.realisations > 1 and not self.base.random:
            raise ArgumentError("realisations", "be 1 where nothing is random",
                                f"{checks.shown(self.realisations)} were asked for, and the base has no seed to draw "
                                "(leave out the seeds of its tables)")
        if seed is None and self.base.random:
            raise ArgumentError("seed", "be given (the root of the seeds of all realisations)", "it is missing")
        clean = checks.integer("seed", 0 if seed is None else seed, 0)
        if clean >= 2**63:
            raise ArgumentError("seed", "be less than 2^63", f"{checks.shown(clean)} was given")
        return clean

    def _refuse_observables(self) -> None:
        names = [observable.name for observable in self.observables]
        if ("transmittance" in names) != (self.omega is not None):
            raise ArgumentError("omega", "be given with the observable \"transmittance\", and only with it",
                                "it is missing" if self.omega is None else f"the observables are {', '.join(names)}")
        varied = {parameter for axis in self.axes for parameter in axis.parameters}
        long = [o.name for o in self.observables if {"site", "bond"} & set(o.dims)]
        if long and varied & _SIZES:
            raise ArgumentError("observables", f"be without {long[0]} where the number of sites is swept "
                                "(bulk_temperature, or a function of the state)", f"{', '.join(names)} were given")

    def _refuse_names(self) -> None:
        """Refuse two things of one name in the results."""
        taken = {*RESERVED, *(name.replace(".", "_") for name in self.base.random)}

        def claim(owner: str, *names: str) -> None:
            for name in names:
                if name in taken:
                    raise ArgumentError(owner, "have a name of its own in the results", f"'{name}' is taken")
                taken.add(name)

        for observable in self.observables:
            claim("observables", *(observable.name + end for end in ("", "_mean", "_error", "_low", "_high")))
        for i, axis in enumerate(self.axes):
            claim(f"axes[{i}]", axis.name, *(name for name in axis.columns if name != axis.name))

    def _refuse_axes(self) -> None:
        taken: set[str] = set()
        for i, axis in enumerate(self.axes):
            if taken & set(axis.parameters):
                raise ArgumentError(f"axes[{i}]", "change parameters that no other axis changes",
                                    f"{', '.join(sorted(taken & set(axis.parameters)))} was given again")
            taken |= set(axis.parameters)
            self.base.refuse(dict.fromkeys(axis.parameters))
        first = self._first
        self.base.check(first)
        for needed in {observable.needs for observable in self.observables} - {""}:
            table_of(self.base.questions(first), needed)
        for axis in self.axes:
            for i in range(1, len(axis)):
                self.base.check(first | axis.at(i))

    @property
    def _first(self) -> dict[str, Any]:
        """Parameters of the first point."""
        return {name: value for axis in self.axes for name, value in axis.at(0).items()}

    def _refuse_sides(self) -> None:
        """Refuse a source or drain that the model does not have (of functions this is known when they are called)."""
        pairwise = {"conductance", "scaled_conductance", "transmittance"} & {o.name for o in self.observables}
        if pairwise and not isinstance(self.base, FunctionBase):
            system = self.base.system(self._first, dict.fromkeys(self.base.random, 0))
            if system.n_baths > 1:
                system.source_and_drain(self.source, self.drain)

    def _sizes(self) -> dict[str, int]:
        """Return the lengths of the dimensions of the observables, at the first point."""
        used = {dim for observable in self.observables for dim in observable.dims}
        found = {"omega": self.omega.size} if self.omega is not None else {}
        if used - found.keys():
            system = self.base.system(self._first, dict.fromkeys(self.base.random, 0))
            found |= {"bath": system.n_baths, "bath_to": system.n_baths, "site": system.n_sites}
            for observable in self.observables:
                found |= observable.sizes(system, self.base.questions(self._first)) if observable.sizes else {}
        return {dim: found[dim] for dim in found if dim in used}

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def n_points(self) -> int:
        """Number of combinations of values."""
        return math.prod(self.shape)

    @property
    def n_tasks(self) -> int:
        """Number of systems to solve."""
        return self.n_points * self.realisations

    def task(self, number: int) -> Task:
        """Return one task; it can be built and solved alone.

        Parameters
        ----------
        number : int
            From 0 to ``n_tasks - 1``.

        Returns
        -------
        Task

        Raises
        ------
        ArgumentError
            If there is no such task.

        Examples
        --------
        >>> import hotsprings as hs
        >>> def chain(n):
        ...     return hs.OpenNetwork(hs.Chain(hs.masses.identical(n)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> plan = hs.Plan(chain, {"n": [4, 8]})
        >>> plan.task(1).parameters
        {'n': 8}
        """
        number = checks.integer("number", number, 0)
        if number >= self.n_tasks:
            raise ArgumentError("number", f"be a task from 0 to {self.n_tasks - 1}",
                                f"{checks.shown(number)} was given")
        point, realisation = divmod(number, self.realisations)
        place, parameters = self._places(point)
        return Task(self, number, place, realisation, parameters, self.seeds(point, realisation))

    def _places(self, point: int) -> tuple[tuple[int, ...], dict[str, Any]]:
        """Return the index along each axis, and the parameters, of a point."""
        place: list[int] = []
        for axis in reversed(self.axes):
            point, i = divmod(point, len(axis))
            place.insert(0, i)
        parameters: dict[str, Any] = {}
        for axis, i in zip(self.axes, place, strict=True):
            parameters |= axis.at(i)
        return tuple(place), parameters

    def seeds(self, point: int, realisation: int) -> dict[str, int]:
        """Return the seeds of one realisation, 63 bits each, independent between tasks.

        Examples
        --------
        >>> import hotsprings as hs
        >>> def chain(n):
        ...     return hs.OpenNetwork(hs.Chain(hs.masses.identical(n)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> plan = hs.Plan(chain, {"n": [4, 8]})
        >>> plan.seeds(0, 0)  # nothing is random
        {}
        """
        names = self.base.random
        point = checks.integer("point", point, 0)
        realisation = checks.integer("realisation", realisation, 0)
        if not names:
            return {}
        words = np.random.SeedSequence(self.seed, spawn_key=(point, realisation)).generate_state(len(names), np.uint64)
        return {name: word >> 1 for name, word in zip(names, words.tolist(), strict=True)}

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What makes this plan, as plain values: results of plans that differ here are not mixed."""
        omega = None if self.omega is None else [float(w) for w in self.omega]
        found = {"base": self.base.identity(), "axes": [axis.identity() for axis in self.axes],
                 "realisations": self.realisations, "seed": self.seed,
                 "observables": [observable.identity() for observable in self.observables], "omega": omega}
        if self.source is not None or self.drain is not None:
            found |= {"source": self.source, "drain": self.drain}
        plain_values: dict[str, Any] = json.loads(json.dumps(found, default=plain))
        return plain_values

    def _repr_html_(self) -> str:
        from hotsprings.notebook import plan_html

        return plan_html(self)

    def __repr__(self) -> str:
        axes = " × ".join(f"{axis.name} ({len(axis)})" for axis in self.axes) or "one point"
        return (f"Plan({axes} × {self.realisations} realisations = {self.n_tasks:,} tasks, seed={self.seed}, "
                f"observables: {', '.join(observable.name for observable in self.observables)})")


def _axes(value: Any) -> tuple[Axis, ...]:
    if isinstance(value, Axis):
        return (value,)
    if isinstance(value, Mapping):
        return tuple(Axis(name, values) for name, values in value.items())
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(a, Axis) for a in value):
        raise ArgumentError("axes", "be a list of Axis, or a dictionary of parameters and their values",
                            f"{checks.shown(value)} was given")
    return tuple(value)
