"""The whole motion of small networks, step by step instead of resonance by resonance: exp(At) in 32 digits.

Nothing is left out and nothing need be told apart: modes that feel no bath, resonances that coincide, parts that
nothing holds. x = (ω_j q_j, memories, v_j) over all modes obeys x' = Ax, A + Aᵀ ≤ 0, and in equilibrium ⟨x xᵀ⟩ = T.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hotsprings.checks import BoolArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.modes import cutoffs
from hotsprings.response.precise import PreciseModes, all_modes
from hotsprings.response.precise_drude import drift
from hotsprings.response.tolerances import PRECISE_UNIT, TINY, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["Evolution", "every_mode"]

AT_REST, FAINT_HEAT = 1e-13, 1e-36  # part that a doubling moves no more; of T, what a mode has gathered that feels none
SERIES, AFFORDABLE = 20.0, 3e9  # products that a short time takes; multiplications in 32 digits of some seconds


def every_mode(system: OpenNetwork) -> PreciseModes:
    """Return all modes of a small network, dark ones too, with their couplings to its baths."""
    from hotsprings.kernels import precise

    values, shape = all_modes(system.network)
    coupling = precise.couplings(shape, np.asarray(system.bath_sites), system.friction, np.array(system.network.masses))
    return PreciseModes(values, precise.roots(values), coupling, shape, np.empty(0), np.empty((0, system.n_sites)), 0.0)


@dataclass(frozen=True, eq=False)
class Evolution:
    """The motion of a small network under its baths.

    Attributes
    ----------
    system : OpenNetwork
    """

    system: OpenNetwork

    @cached_property
    def modes(self) -> PreciseModes:
        """All modes."""
        return every_mode(self.system)

    @cached_property
    def held(self) -> BoolArray:
        """Which modes are held, shape (n_modes,): ascending, the free ones first."""
        return np.asarray(self.modes.frequency[:, 0] > 0.0)

    @cached_property
    def _remembering(self) -> IntArray:
        """Numbers of the baths that remember."""
        return np.flatnonzero(np.isfinite(cutoffs(self.system)))

    @property
    def n_memory(self) -> int:
        """How many baths remember."""
        return self._remembering.size

    @property
    def _memories(self) -> slice:
        """Where in x their memories stand."""
        held = int(self.held.sum())
        return slice(held, held + self.n_memory)

    @cached_property
    def amplitude(self) -> FloatArray:
        """φ_j(n)/sqrt(m_n) in 32 digits, shape (n_modes, n_sites, 2)."""
        from hotsprings.kernels import precise

        n = self.system.n_sites
        return np.asarray(precise.couplings(self.modes.shape, np.arange(n), np.ones(n),
                                            np.array(self.system.network.masses)))

    @cached_property
    def _drift(self) -> FloatArray:
        """A, rows (n, 2, n)."""
        return np.ascontiguousarray(drift(self.modes, cutoffs(self.system))[0][:, :2])

    @cached_property
    def fastest(self) -> float:
        """The norm of A, largest row."""
        return float(np.abs(self._drift[:, 0]).sum(axis=1).max(initial=0.0))

    def affordable(self, times: FloatArray, products: float = 1.0) -> bool:
        """Return whether it takes some seconds at most, so many products a step, and leaves nine digits of 32."""
        doublings = SERIES + np.maximum(0.0, np.log2(np.maximum(16.0 * self.fastest * times, 1.0)))
        work = products * float(len(self._drift)) ** 3 * float(doublings.sum())
        return work <= AFFORDABLE and self.fastest * float(times.max(initial=0.0)) * PRECISE_UNIT <= 0.1 * TOLERANCE

    def grown(self, time: float) -> FloatArray:
        """Return exp(At) - 1, shape (n, n, 2)."""
        from hotsprings.kernels import exponential
        from hotsprings.kernels.precise import in_rows

        return in_rows(exponential.grown(self._drift, time))

    def blocks(self, time: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return exp(At), rounded, between ω q of held modes and v of all: (q, q), (q, v), (v, q), (v, v)."""
        found, held = self.grown(time), int(self.held.sum())
        whole = found[:, :, 0] + found[:, :, 1] + np.eye(len(found))
        q, v = slice(0, held), slice(len(whole) - self.held.size, None)
        return whole[q, q], whole[q, v], whole[v, q], whole[v, v]

    def moved(self, kicks: dict[int, float], shifts: dict[int, float], times: FloatArray
              ) -> tuple[FloatArray, FloatArray]:
        """Return positions and velocities after momenta and displacements by site at t = 0, (n_times, n_sites) each.

        Sums over modes are taken in 32 digits, so that early times keep theirs where nothing has arrived yet.
        """
        out, free, n = np.empty((2, times.size, self.system.n_sites)), int(np.sum(~self.held)), self.held.size
        unit = 2.0 ** np.ceil(np.log2(max(float(times.max(initial=0.0)), TINY)))  # of free modes' positions
        A, start = self._drifting(unit), self._start(kicks, shifts, unit)
        last = len(A) - free - n
        for k, t in enumerate(times):
            state = self._after(A, start, float(t))
            _certify(start[: len(A) - free], state[: len(A) - free])
            stretched = np.concatenate([state[len(A) - free :], state[: last - self.n_memory]])
            out[0, k] = self._at_sites(self._over_frequency(stretched, unit))
            out[1, k] = self._at_sites(state[last : len(A) - free])
        return out[0], out[1]

    def heated(self, temperature: FloatArray, initial: float, times: FloatArray) -> FloatArray:
        """Return local temperatures on the way from equilibrium at T0, shape (n_times, n_sites).

        ⟨x xᵀ⟩ = exp(At) D exp(At)ᵀ + Σ_a T_a P_a, P_a = 2 ∫_0^t exp(As) b_a b_aᵀ exp(As)ᵀ ds, D = T0 but for memories,
        which begin at the temperatures of their baths; between baths at one temperature nothing changes:
        exp(At) exp(At)ᵀ + Σ_a P_a = 1.
        """
        masses = self.system.network.masses
        out, unit = np.empty((times.size, masses.size)), np.ones(temperature.size)
        noise = np.concatenate([self._noise(temperature), self._noise(unit)])
        first = np.full(len(self._drift), initial)
        first[self._memories] = temperature[self._remembering]
        for k, t in enumerate(times):
            moved, gained, even = self._spread(noise, float(t))
            miss = float(np.abs(masses * self._own(moved @ moved.T + even) - 1.0).max())
            if not miss <= TOLERANCE:
                raise CertificateError(f"between baths at one temperature the local temperatures change by {miss:.1e}: "
                                       "report the system as an issue")
            out[k] = masses * self._own((moved * first) @ moved.T + gained)
        return out

    def covariances(self, temperature: FloatArray, sites: IntArray, free: bool, bright: FloatArray
                    ) -> tuple[tuple[FloatArray, ...], float]:
        """Return ⟨q q⟩, the same relative to the first site, ⟨q v⟩, ⟨v v⟩ of some sites, and what is missed of them.

        From modes at rest at t = -∞; ``free``: q relative to the first site everywhere. Between baths at T = 1 modes
        that feel them have 1, others 0: the square of ⟨x xᵀ⟩ is itself, and sites have their ``bright`` weight
        (n_sites,), or something has not been heated yet.
        """
        from hotsprings.kernels import exponential
        from hotsprings.kernels.double_double import divide_rows

        n, held = len(self._drift), int(self.held.sum())
        noise = np.concatenate([self._noise(temperature), self._noise(np.ones(temperature.size))])
        longest = int(np.log2(0.01 * TOLERANCE / (exponential.SHORT * PRECISE_UNIT)))
        found, still = exponential.stationary(self._drift, noise, self.fastest, longest, AT_REST, FAINT_HEAT)
        if not still:
            raise CertificateError("the slowest motions have not come to rest when 32 digits are used up: a bath damps "
                                   "so fast, or a mode feels the baths so little. Take smaller frictions, or hold what "
                                   "moves slowly")
        C, even = found[:n], found[n:, 0] + found[n:, 1]
        moving = np.ascontiguousarray(np.moveaxis(self.amplitude[:, sites], 0, 2))
        over = np.repeat(self.modes.frequency[self.held].T[:, None], sites.size, axis=1).reshape(2, -1)
        lying = moving[:, :, self.held].swapaxes(0, 1).reshape(2, -1)
        place = divide_rows(np.ascontiguousarray(lying), np.ascontiguousarray(over)).reshape(2, sites.size, held)
        place = np.ascontiguousarray(place.swapaxes(0, 1))
        first = np.zeros((sites.size, 2, sites.size))
        first[:, 0] = np.eye(sites.size)
        first[:, 0, 0] -= 1.0
        apart = np.zeros(place.shape)
        exponential.add_product(apart, first, place)
        q, v = slice(0, held), slice(n - self.held.size, n)
        position = apart if free else place
        parts = (_between(position, C[q, :, q], position), _between(apart, C[q, :, q], apart),
                 _between(position, C[q, :, v], moving), _between(moving, C[v, :, v], moving))
        heated = self.system.network.masses * self._own(even[v, v])
        missed = float(max(np.abs(even @ even - even).max(), np.abs(heated - bright).max()))
        if not missed <= TOLERANCE:
            raise CertificateError(f"the identities of what baths bring hold to {missed:.1e} only (tolerance "
                                   f"{TOLERANCE:.0e}). Try frictions or masses changed by 1 part in 1e6, and report "
                                   "the system as an issue")
        return parts, missed

    def _noise(self, weight: FloatArray) -> FloatArray:
        """Return Σ_a 2 w_a b_a b_aᵀ, rows (n, 2, n): of white baths into velocities, of others into their memories."""
        from hotsprings.kernels import exponential, precise
        from hotsprings.kernels.double_double import multiply_rows

        n, moving = len(self._drift), slice(len(self._drift) - self.held.size, None)
        coupling, out = self.modes.coupling, np.zeros((n, 2, n))  # (n_modes, n_baths, 2)
        twice, edge = np.zeros(coupling.shape), cutoffs(self.system)
        twice[:, :, 0] = np.where(np.isinf(edge), 2.0 * weight, 0.0)
        # in 32 digits, for sites without a bath feel what is left of modes that cancel there
        strength = multiply_rows(*(np.ascontiguousarray(x.reshape(-1, 2).T) for x in (coupling, twice)))
        square = np.zeros((self.held.size, 2, self.held.size))
        exponential.add_product(square, precise.in_rows(strength.T.reshape(coupling.shape)),
                                np.ascontiguousarray(np.moveaxis(coupling, 0, 2)))
        out[moving, :, moving] = square
        for row, a in enumerate(self._remembering, self._memories.start):
            out[row, 0, row] = 2.0 * weight[a] * edge[a]
        return out

    def _spread(self, noise: FloatArray, time: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return velocities of exp(At), (n_modes, n), and what each noise has brought them, (n_modes, n_modes) each."""
        from hotsprings.kernels import exponential

        n, moving = len(self._drift), slice(len(self._drift) - self.held.size, None)
        found, gained = exponential.heated(self._drift, noise, time)
        first, second = (gained[part, 0] + gained[part, 1] for part in (slice(0, n), slice(n, None)))
        return (found[:, 0] + found[:, 1] + np.eye(n))[moving], first[moving, moving], second[moving, moving]

    def _own(self, spread: FloatArray) -> FloatArray:
        """Return Σ_jk φ_j(n) φ_k(n)/m_n ⟨v_j v_k⟩, shape (n_sites,)."""
        at = self.amplitude[:, :, 0]
        return np.asarray(np.einsum("jn,jk,kn->n", at, spread, at))

    def _drifting(self, unit: float) -> FloatArray:
        """Return A with positions of free modes, over a time, behind all else, rows (n, 2, n)."""
        free = np.flatnonzero(~self.held)
        n, first = len(self._drift), len(self._drift) - self.held.size
        out = np.zeros((n + free.size, 2, n + free.size))
        out[:n, :, :n] = self._drift
        out[n + np.arange(free.size), 0, first + free] = 1.0 / unit
        return out

    def _start(self, kicks: dict[int, float], shifts: dict[int, float], unit: float) -> FloatArray:
        """Return x at t = 0, the positions of free modes, over a time, last, rows (n, 2, 1)."""
        from hotsprings.kernels import exponential, precise
        from hotsprings.kernels.double_double import multiply_rows

        rows, masses = precise.in_rows(self.amplitude), self.system.network.masses
        momentum, shift = np.zeros((2, masses.size, 2, 1))
        momentum[list(kicks), 0, 0] = list(kicks.values())
        for site, size in shifts.items():
            shift[site, 0, 0] = size * masses[site]
        velocity, position = np.zeros((2, len(rows), 2, 1))
        exponential.add_product(velocity, rows, momentum)
        exponential.add_product(position, rows, shift)
        kept = multiply_rows(_flat(position[self.held]), _flat(self.modes.frequency[self.held, :, None]))
        return np.concatenate([_rows(kept), np.zeros((self.n_memory, 2, 1)), velocity, position[~self.held] / unit])

    @staticmethod
    def _after(A: FloatArray, start: FloatArray, time: float) -> FloatArray:
        """Return exp(At) x, rows (n, 2, 1)."""
        from hotsprings.kernels import exponential

        out = start.copy()
        exponential.add_product(out, exponential.grown(A, time), start)
        return out

    def _over_frequency(self, stretched: FloatArray, unit: float) -> FloatArray:
        """Return positions of modes, free ones first, from ω q, or q over a time, rows (n_modes, 2, 1)."""
        from hotsprings.kernels.double_double import divide_rows

        free = int(np.sum(~self.held))
        held = divide_rows(_flat(stretched[free:]), _flat(self.modes.frequency[free:, :, None]))
        return np.concatenate([unit * stretched[:free], _rows(held)])

    def _at_sites(self, state: FloatArray) -> FloatArray:
        """Return Σ_j φ_j(n)/sqrt(m_n) x_j, rounded, shape (n_sites,)."""
        from hotsprings.kernels import exponential

        out = np.zeros((self.system.n_sites, 2, 1))
        exponential.add_product(out, np.ascontiguousarray(np.moveaxis(self.amplitude, 0, 2)), state)
        return np.asarray(out[:, 0, 0] + out[:, 1, 0])


def _certify(start: FloatArray, state: FloatArray) -> None:
    """Refuse a motion that has more energy than it began with."""
    before, after = float((start[:, 0] ** 2).sum()), float((state[:, 0] ** 2).sum())
    if not after <= before * (1.0 + TOLERANCE):
        raise CertificateError("the motion gains energy: report the system as an issue")


def _between(left: FloatArray, block: FloatArray, right: FloatArray) -> FloatArray:
    """Return left block rightᵀ, rounded; rows (n_sites, 2, n)."""
    from hotsprings.kernels import exponential

    half, out = np.zeros((len(left), 2, block.shape[2])), np.zeros((len(left), 2, len(right)))
    exponential.add_product(half, left, np.ascontiguousarray(block))
    exponential.add_product(out, half, np.ascontiguousarray(right.T))
    return np.asarray(out[:, 0] + out[:, 1])


def _flat(rows: FloatArray) -> FloatArray:
    """Return a column of double-doubles (n, 2, 1) as rows (2, n)."""
    return np.ascontiguousarray(rows[:, :, 0].T)


def _rows(flat: FloatArray) -> FloatArray:
    """Return rows (2, n) of double-doubles as a column (n, 2, 1)."""
    return np.ascontiguousarray(flat.T[:, :, None])
