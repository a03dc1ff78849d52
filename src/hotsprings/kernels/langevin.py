"""Langevin dynamics of many replicas: kick, half drift, bath, half drift, each replica on one thread.

The bath's part of a step solves m v' = -γ v + η exactly, so that what it gives, m(v'² - v²)/2, is the work of friction
and noise. Temperatures are read in the middle of the step, between the two half drifts; at a bath site in the middle of
the bath's part, where the mean of v² given its values before and after is known: no other reading is as accurate.
"""

from __future__ import annotations

import numpy as np

from hotsprings.kernels.compiled import njit, prange
from hotsprings.kernels.forces import ROTOR, forces
from hotsprings.kernels.lanes import Lane, lane_sums
from hotsprings.kernels.random import normal

FAST = {"contract"}


@njit(cache=True, error_model="numpy")
def _bath_step(baths, a, dt, q, v, random, spare, heat, square, reading):
    """Take bath a's part at its site, where the drift of a whole step is done already; return the new v and q.

    ``baths`` has the rows exp(-γ dt/2m), m, T/m.
    """
    h, m, heat_per_mass = baths[0, a], baths[1, a], baths[2, a]
    before, decay = v, h * h
    after = decay * before + np.sqrt((1.0 - decay * decay) * heat_per_mass) * normal(random, spare)
    heat[a] += 0.5 * m * (after - before) * (after + before)
    if reading:
        middle = h * (before + after) / (1.0 + decay)
        square[a] += middle * middle + heat_per_mass * (1.0 - decay) / (1.0 + decay)
    return after, q + 0.5 * dt * (after - before)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _kick_drift(q, v, force, kick, dt):
    for i in range(q.size):
        v[i] += kick[i] * force[i]
        q[i] += dt * v[i]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _read(v, square):
    for i in range(v.size):
        square[i] += v[i] * v[i]


def _moved(q: Lane, v: Lane, pull: Lane, share: Lane, total: Lane, dt: Lane) -> tuple[Lane, Lane, Lane]:
    speed = share.fma(total, v) - pull * q
    place = dt.fma(speed, q)
    return place, speed, place


def _moved_and_read(q: Lane, v: Lane, square: Lane, pull: Lane, share: Lane, total: Lane, dt: Lane
                    ) -> tuple[Lane, Lane, Lane, Lane]:
    place, speed, _ = _moved(q, v, pull, share, total, dt)
    return place, speed, speed.fma(speed, square), place


_pass = lane_sums(_moved, stores=2)  # kick and drift a harmonic mean field in one pass; Σ q
_reading_pass = lane_sums(_moved_and_read, stores=3)  # and add v² to the readings


@lane_sums
def _sum(q: Lane) -> tuple[Lane]:
    return (q,)


def _steps_work(q, *args):
    return 4.0 * q.size * args[-4].shape[1] * args[-2]


@njit(cache=True, error_model="numpy", parallel=True, work=_steps_work)
def mean_field_steps(q, v, pull, share, dt, sites, baths, random, spare, heat, at_bath, square, n_steps, every):
    """Advance a harmonic mean field by as many parts of ``n_steps`` as ``heat`` and ``at_bath`` have.

    Those, (replicas, parts, n_baths), take what each part adds; v² is added to ``square``, (replicas, n_sites).
    """
    for r in prange(q.shape[0]):
        x, u, total = q[r], v[r], _sum((q[r],), 0, q.shape[1], ())[0]
        for part in range(heat.shape[1]):
            for step in range(n_steps):
                reading = (step + 1) % every == 0
                if reading:
                    total = _reading_pass((x, u, square[r], pull, share), 0, x.size, (total, dt))[0]
                else:
                    total = _pass((x, u, pull, share), 0, x.size, (total, dt))[0]
                for a in range(sites.size):
                    i = sites[a]
                    old = x[i]
                    u[i], x[i] = _bath_step(baths, a, dt, old, u[i], random[r], spare[r], heat[r, part],
                                            at_bath[r, part], reading)
                    total += x[i] - old


@njit(cache=True, error_model="numpy", parallel=True,
      work=lambda *args: 20.0 * args[9].size * args[-5].shape[1] * args[-2])
def steps(network, interaction, terms, pinning, tables, sums, group, n_scratch, length,
          q, v, kick, dt, sites, baths, random, spare, heat, at_bath, square, order, n_steps, every):
    """Advance any network, as above; ``group`` replicas go together (two share a transform, four a matrix product).

    Of rotors, ``order`` (replicas, parts) takes |⟨exp(iq)⟩| at the end of each part.
    """
    n_groups = (q.shape[0] + group - 1) // group
    for g in prange(n_groups):
        first, last = g * group, min((g + 1) * group, q.shape[0])
        x, u = q[first:last], v[first:last]
        force, scratch = np.empty(x.shape), np.empty((n_scratch, length))
        for part in range(heat.shape[1]):
            for step in range(n_steps):
                reading = (step + 1) % every == 0
                forces(network, interaction, terms, pinning, tables, sums, x, scratch, force)
                for r in range(last - first):
                    _kick_drift(x[r], u[r], force[r], kick, dt)
                    if reading:
                        _read(u[r], square[first + r])
                    for a in range(sites.size):
                        i, row = sites[a], first + r
                        u[r, i], x[r, i] = _bath_step(baths, a, dt, x[r, i], u[r, i], random[row], spare[row],
                                                      heat[row, part], at_bath[row, part], reading)
            if interaction == ROTOR:
                for r in range(last - first):
                    order[first + r, part] = _order(x[r])


@njit(cache=True, error_model="numpy")
def _order(q):
    s = c = 0.0
    for i in range(q.size):
        s += np.sin(q[i])
        c += np.cos(q[i])
    return np.sqrt(s * s + c * c) / q.size


@njit(cache=True, error_model="numpy")
def forces_of(network, interaction, terms, pinning, tables, sums, group, n_scratch, length, q):
    """Return the forces on rows of positions, shape (rows, n)."""
    force, scratch = np.empty(q.shape), np.empty((n_scratch, length))
    for first in range(0, q.shape[0], group):
        last = min(first + group, q.shape[0])
        forces(network, interaction, terms, pinning, tables, sums, q[first:last], scratch, force[first:last])
    return force
