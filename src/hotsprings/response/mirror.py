"""Chains that are their own mirror image: two chains of half the length, whose motion is even or odd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np

from hotsprings.baths import Bath
from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.network import Chain
from hotsprings.response.chain_data import ChainData
from hotsprings.response.chains import ChainResponse
from hotsprings.response.response import Poles, Response, displacement, places
from hotsprings.response.stack import Springs
from hotsprings.response.tolerances import EPS
from hotsprings.system import OpenNetwork

Engine = Callable[[OpenNetwork], Response]


class Half(NamedTuple):
    """Springs, pinnings, masses and frictions of what stands for one parity, and that parity, 1 or -1."""

    k: FloatArray
    p: FloatArray
    m: FloatArray
    gamma: FloatArray
    parity: int

    @property
    def at(self) -> IntArray:
        """Sites of its baths."""
        return np.flatnonzero(self.gamma)

    def mirrored(self, rows: IntArray, omega: ComplexArray) -> ComplexArray:
        """Return G at -ω, shape (len(rows), n_baths, n_omega)."""
        springs = Springs(self.k, self.p, self.m, self.gamma, np.zeros(1))
        return np.moveaxis(springs.mirrored(self.at, rows, omega)[..., 0], 0, 2)

    def system(self) -> OpenNetwork:
        """Return it as a chain between baths."""
        return OpenNetwork(Chain(self.m, self.k, self.p), [Bath(int(x), 1.0, float(self.gamma[x])) for x in self.at])


def halves(data: ChainData) -> tuple[Half, Half] | None:
    """Return the even and the odd half of a chain; None where it is not its mirror image, or one feels no bath.

    The site in the middle, where there is one, has half of everything in even motion and is a wall for odd motion; a
    spring in the middle is not felt by even motion, and held in its middle by odd motion.
    """
    n = data.m.size
    middle, half = n % 2 == 1, n // 2
    same = all(np.array_equal(a, a[::-1]) for a in (data.k, data.p, data.m, data.gamma))
    if not same or n < 4 or not np.any(data.gamma[:half]):
        return None
    one = slice(0, half + int(middle))
    even = Half(data.k[:half - 1 + int(middle)], data.p[one].copy(), data.m[one].copy(), data.gamma[one].copy(), 1)
    odd = Half(data.k[: half - 1], data.p[:half].copy(), data.m[:half], data.gamma[:half], -1)
    for array in (even.p, even.m, even.gamma) if middle else ():
        array[-1] *= 0.5
    odd.p[-1] += data.k[half - 1] * (1.0 if middle else 2.0)
    return even, odd


class MirrorResponse(Response):
    """G(ω) of a chain between baths that is its own mirror image: G_xx' = ½ (G⁺ ± G⁻), of its even and its odd half.

    What rings at one end only, and as well at the other, has two resonances at one place; each half has one of them.
    """

    dark_means = "feel no bath"

    def __init__(self, system: OpenNetwork, data: ChainData, both: tuple[Half, Half], engine: Engine) -> None:
        super().__init__(system)
        self.data, self.both, self._engine = data, both, engine
        place = np.arange(data.m.size)
        self._folded = np.minimum(place, place[::-1])
        self._side = np.sign(place[::-1] - place)

    @cached_property
    def responses(self) -> list[Response]:
        """The engines of the even and the odd half."""
        return [self._engine(half.system()) for half in self.both]

    def _parts(self) -> Iterator[tuple[Half, Response]]:
        yield from zip(self.both, self.responses, strict=True)

    @property
    def rows(self) -> IntArray:
        """Sites at which both halves are known."""
        known = np.isin(self._folded, self.responses[0].rows)
        odd = np.isin(self._folded, self.responses[1].rows) | (self._side == 0)
        return np.flatnonzero(known & odd)

    @cached_property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0, even ones first."""
        omega, share = zip(*(part.poles for part in self.responses), strict=True)
        return Poles(np.concatenate(omega), np.concatenate(share))

    def _seen(self, half: Half, sites: IntArray, known: IntArray) -> tuple[FloatArray, IntArray]:
        """Return 1, -1, or 0 at the middle of odd motion, and where the site of the half is among ``known``."""
        sign = np.where(half.parity > 0, 1.0, self._side[sites])
        return sign, np.asarray(places(known, np.where(sign != 0.0, self._folded[sites], known[0])))

    def _of_baths(self, half: Half) -> tuple[FloatArray, IntArray]:
        return self._seen(half, self.system.bath_sites, half.at)

    def left(self, sites: IntArray) -> ComplexArray:
        """Return the factor of the residues at some sites, shape (len(sites), n_poles)."""
        out = []
        for half, part in self._parts():
            sign, place = self._seen(half, sites, np.arange(half.m.size))
            out.append(sign[:, None] * part.left(place))
        return np.concatenate(out, axis=1)

    def right(self) -> ComplexArray:
        """Return the factor of the residues at the baths, shape (n_baths, n_poles)."""
        out = []
        for half, part in self._parts():
            sign, place = self._of_baths(half)
            out.append(0.5 * sign[:, None] * part.right()[place])
        return np.concatenate(out, axis=1)

    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Return G_ja(-ω_k), shape (len(sites), n_baths, n_poles)."""
        out = np.zeros((len(sites), self.system.n_baths, self.poles.omega.size), np.complex128)
        start = 0
        for own in self.responses:
            stop = start + own.poles.omega.size
            for half, part in self._parts():
                known = np.arange(half.m.size)
                sign, place = self._seen(half, sites, known)
                at, bath = self._of_baths(half)
                rows, back = np.unique(place, return_inverse=True)
                g = part.mirrored(rows) if part is own else half.mirrored(rows, own.poles.omega)
                out[..., start:stop] += 0.5 * (sign[:, None] * at)[..., None] * g[back[:, None], bath]
            start = stop
        return out

    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega."""
        return ChainResponse(self.system, self.data)._element(omega, i, j, times_omega)

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site where it is known."""
        number, dark = 0, np.zeros(self.rows.size)
        for half, part in self._parts():
            here, bright = part.dark_modes()
            _, place = self._seen(half, self.rows, part.rows)
            number += here
            dark += np.where(self._side[self.rows] == 0, np.maximum(half.parity, 0), 0.5) * (1.0 - bright[place])
        return number, 1.0 - np.where(dark < 64 * EPS, 0.0, dark)

    def expected_resonances(self) -> int:
        """Return how many resonances there are."""
        return sum(part.expected_resonances() for part in self.responses)

    def left_out(self) -> float:
        """Return at most how large a conductance passes through modes taken for dark."""
        return sum(part.left_out() for part in self.responses)

    @property
    def detunings(self) -> tuple[tuple[float, float], ...]:  # type: ignore[override]
        """Weights and shifts of the frictions: those of the half that asks for most."""
        return max((part.detunings for part in self.responses), key=len)

    def detuning(self, shift: float) -> FloatArray:
        """Return the factors near 1 + shift of the frictions, of a bath and its mirror the same, shape (n_baths,)."""
        return self.responses[0].detuning(shift)[self._of_baths(self.both[0])[1]]

    def _with(self, responses: list[Response]) -> Self:
        other = type(self)(self.system, self.data, self.both, self._engine)
        other.responses = responses
        return other

    def detuned(self, shift: float) -> Self:
        """Return the response with every friction changed by a small factor, of a bath and its mirror the same."""
        return self._with([part.detuned(shift) for part in self.responses])

    def changed(self, draw: int) -> Self:
        """Return the response of halves changed in their last bits."""
        return self._with([part.changed(2 * draw + number) or part for number, part in enumerate(self.responses)])

    def _displacement(self, other: Response) -> float:
        """Return how far resonances are from those of another response, each half by itself."""
        assert isinstance(other, MirrorResponse)
        return max(displacement(mine.resonance_frequencies(), its.resonance_frequencies())
                   for mine, its in zip(self.responses, other.responses, strict=True))
