"""The integrators: a splitting for any network, and the exact propagator of a harmonic one."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from hotsprings import checks
from hotsprings.checks import FloatArray
from hotsprings.dynamics.forces import HARMONIC, MEAN_FIELD, ForceField, force_field
from hotsprings.errors import ArgumentError
from hotsprings.network import AnharmonicNetwork
from hotsprings.system import OpenNetwork

__all__ = ["Exact", "Integrator", "Splitting", "State", "initial_state"]

FEW = 1e6  # particle-steps that are done before other threads have woken up
DENSEST = 1000  # sites up to which the exact propagator, two matrices of 4 N² numbers, is made


@dataclass(frozen=True, eq=False)
class State:
    """Where all replicas are, and what has been added up since the last time it was taken out.

    Attributes
    ----------
    q, v : ndarray, shape (replicas, n_sites)
        Positions and velocities.
    random : ndarray of uint64, shape (replicas, 4)
        State of each replica's stream of random numbers.
    spare : ndarray, shape (replicas, 1)
        The second of a pair of normal deviates, NaN where it is used.
    heat : ndarray, shape (replicas, parts, n_baths)
        Work of friction and noise of each bath, in each part of the time.
    at_bath : ndarray, shape (replicas, parts, n_baths)
        Sum of v² over readings, at the bath sites.
    square : ndarray, shape (replicas, n_sites)
        The same at every site (at those of baths of no use), over all parts.
    order : ndarray, shape (replicas, parts)
        |⟨exp(iq)⟩| of rotors at the end of each part.
    """

    q: FloatArray
    v: FloatArray
    random: npt.NDArray[np.uint64]
    spare: FloatArray
    heat: FloatArray
    at_bath: FloatArray
    square: FloatArray
    order: FloatArray

    def empty(self) -> None:
        """Set the sums to zero."""
        for sums in (self.heat, self.at_bath, self.square):
            sums[:] = 0.0

    def arrays(self) -> dict[str, Any]:
        """Return positions, velocities and random numbers: all that is needed to go on."""
        return {"q": self.q, "v": self.v, "random": self.random, "spare": self.spare}


def initial_state(system: OpenNetwork, replicas: int, seed: int, temperature: float, parts: int = 1) -> State:
    """Return replicas at q = 0 with Maxwellian velocities of twice a temperature, which half goes into the springs.

    Each replica has its own stream, whatever the number of replicas.
    """
    n, n_baths = system.n_sites, system.n_baths
    random, v = np.empty((replicas, 4), dtype=np.uint64), np.empty((replicas, n))
    for r, sequence in enumerate(np.random.SeedSequence(seed).spawn(replicas)):
        start, stream = sequence.spawn(2)
        random[r] = stream.generate_state(4, np.uint64)
        v[r] = np.random.default_rng(start).standard_normal(n)
    v *= np.sqrt(2.0 * temperature / system.network.masses)
    by_bath = (replicas, parts, n_baths)
    return State(np.zeros((replicas, n)), v, random, np.full((replicas, 1), np.nan), np.zeros(by_bath),
                 np.zeros(by_bath), np.zeros((replicas, n)), np.zeros((replicas, parts)))


class Integrator(Protocol):
    """What advances a state by whole steps, in place."""

    @property
    def works(self) -> bool:
        """Whether it counts the work of friction and noise."""
        ...

    def advance(self, state: State, n_steps: int, every: int) -> None:
        """Advance each part of the time by steps, reading temperatures after each ``every``-th."""
        ...


@dataclass(frozen=True, eq=False)
class Splitting:
    """Kick, half drift, bath, half drift (BAOAB from another starting point): one force per step, error O(dt²).

    Friction acts as (2m/dt) tanh(γ dt/2m), which is less than γ by a part (γ dt/m)²/12: stiff baths are refused.

    Attributes
    ----------
    system : OpenNetwork
    dt : float
        Time step.
    """

    system: OpenNetwork
    dt: float
    works: bool = field(default=True, init=False)

    @cached_property
    def force_field(self) -> ForceField:
        """The forces."""
        return force_field(self.system.network)

    @cached_property
    def _baths(self) -> FloatArray:
        """exp(-γ dt/2m), m and T/m of the bath sites, shape (3, n_baths)."""
        m = self.system.network.masses[self.system.bath_sites]
        return np.array([np.exp(-0.5 * self.dt * self.system.friction / m), m, self.system.temperature / m])

    def advance(self, state: State, n_steps: int, every: int) -> None:
        """Advance each part of the time by steps, reading temperatures after each ``every``-th."""
        from hotsprings.kernels import langevin
        from hotsprings.kernels.compiled import one_thread

        sums = (self.system.bath_sites, self._baths, state.random, state.spare, state.heat, state.at_bath, state.square)
        few = state.heat.shape[1] * n_steps * state.q.size < FEW
        with one_thread() if few else nullcontext():
            self._advance(langevin, state, sums, n_steps, every)

    def _advance(self, langevin: Any, state: State, sums: tuple[Any, ...], n_steps: int, every: int) -> None:
        field_, masses = self.force_field, self.system.network.masses
        if field_.network == MEAN_FIELD and field_.interaction == HARMONIC and not field_.terms.any():
            share = self.dt * field_.tables[0, 0] / masses
            pull = self.dt * field_.pinning / masses + masses.size * share
            langevin.mean_field_steps(state.q, state.v, pull, share, self.dt, *sums, n_steps, every)
        else:
            langevin.steps(*field_.arguments, state.q, state.v, self.dt / masses, self.dt, *sums, state.order, n_steps,
                           every)


@dataclass(frozen=True, eq=False)
class Exact:
    """The exact propagator of a harmonic network: x → e^{A dt} x + noise of covariance ∫ e^{At} D e^{Aᵀt} dt.

    x = (q, v). It has no error in the time step, however long, and costs O(N²) per step.

    Attributes
    ----------
    system : OpenNetwork
    dt : float
        Time step.
    """

    system: OpenNetwork
    dt: float
    works: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if isinstance(self.system.network, AnharmonicNetwork):
            raise ArgumentError("integrator", "be 'splitting' where springs are anharmonic", "'exact' was given")
        if self.system.n_sites > DENSEST:
            raise ArgumentError("integrator", f"be 'splitting' beyond {DENSEST} sites", "'exact' was given")

    @cached_property
    def _matrices(self) -> tuple[FloatArray, FloatArray]:
        """Return the transposes of e^{A dt} and of a square root of the covariance, shapes (2N, 2N), (rank, 2N)."""
        from scipy.linalg import expm

        system, n = self.system, self.system.n_sites
        m, sites = system.network.masses, system.bath_sites
        A, D = np.zeros((2 * n, 2 * n)), np.zeros((2 * n, 2 * n))
        A[:n, n:], A[n:, :n] = np.eye(n), -system.network.stiffness() / m[:, None]
        A[n + sites, n + sites] = -system.friction / m[sites]
        D[n + sites, n + sites] = 2.0 * system.friction * system.temperature / m[sites] ** 2
        halvings = max(0, int(np.ceil(np.log2(np.abs(A).sum(axis=1).max() * self.dt))) + 1)
        step = self.dt / 2.0**halvings
        block = expm(step * np.block([[-A, D], [np.zeros_like(A), A.T]]))  # Van Loan
        power = block[2 * n:, 2 * n:].T
        covariance = power @ block[:2 * n, 2 * n:]
        for _ in range(halvings):  # over twice the time
            covariance = covariance + power @ covariance @ power.T
            power = power @ power
        values, vectors = np.linalg.eigh(0.5 * (covariance + covariance.T))
        kept = values > 0.0
        return np.ascontiguousarray(power.T), np.ascontiguousarray((vectors[:, kept] * np.sqrt(values[kept])).T)

    def advance(self, state: State, n_steps: int, every: int) -> None:
        """Advance each part of the time by steps, reading temperatures after each ``every``-th."""
        from hotsprings.kernels.random import fill_normal

        power, root = self._matrices
        n = self.system.n_sites
        x, noise = np.hstack([state.q, state.v]), np.empty((len(state.q), len(root)))
        for part in range(state.heat.shape[1]):
            for step in range(1, n_steps + 1):
                fill_normal(state.random, state.spare, noise)
                x = x @ power + noise @ root
                if step % every == 0:
                    square = x[:, n:] ** 2
                    state.square[:] += square
                    state.at_bath[:, part] += square[:, self.system.bath_sites]
        state.q[:], state.v[:] = x[:, :n], x[:, n:]


def chosen_integrator(name: Any, system: OpenNetwork, dt: float) -> Integrator:
    """Return the integrator of this name."""
    if name == "splitting":
        return Splitting(system, dt)
    if name == "exact":
        return Exact(system, dt)
    raise ArgumentError("integrator", "be 'splitting' or 'exact'", f"{checks.shown(name)} was given")
