"""Chains that are their own mirror image: two chains of half the length, whose motion is even or odd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np

from hotsprings.baths import Bath
from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.network import Chain
from hotsprings.response.chain_data import ChainData
from hotsprings.response.chains import ChainResponse
from hotsprings.response.response import Poles, Response, displacement, places
from hotsprings.response.tolerances import CONDITIONING, EPS
from hotsprings.system import OpenNetwork

Engine = Callable[["Half"], Response]


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

    @property
    def data(self) -> ChainData:
        """It as a chain."""
        return ChainData(self.k, self.p, self.m, self.gamma)

    def system(self) -> OpenNetwork:
        """Return it as a chain between baths."""
        return OpenNetwork(Chain(self.m, self.k, self.p), [Bath(int(x), 1.0, float(self.gamma[x])) for x in self.at])


def halves(data: ChainData) -> tuple[Half, Half] | None:
    """Return the even and the odd half of a chain; None where it is not its mirror image.

    The site in the middle, where there is one, has half of everything in even motion and is a wall for odd motion; a
    spring in the middle is not felt by even motion, and held in its middle by odd motion.
    """
    n = data.m.size
    middle, half = n % 2 == 1, n // 2
    same = all(np.array_equal(a, a[::-1]) for a in (data.k, data.p, data.m, data.gamma))
    if not same or n < 3:
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

    What rings at one end only, and as well at the other, has two resonances at one place; each half has one of them,
    and what they differ by is not their difference, but what the halves differ by. Odd motion without a bath is dark.
    """

    def __init__(self, system: OpenNetwork, data: ChainData, both: tuple[Half, Half], engine: Engine) -> None:
        super().__init__(system)
        self.data, self.both, self._engine = data, both, engine
        self.element_work = 30.0 * system.n_sites
        place = np.arange(data.m.size)
        self._folded = np.minimum(place, place[::-1])
        self._side = np.sign(place[::-1] - place)

    @cached_property
    def responses(self) -> list[Response]:
        """The engines of the even half, and of the odd one if it feels a bath."""
        return [self._engine(half) for half in self.both if half.at.size]

    def _parts(self) -> Iterator[tuple[Half, Response]]:
        yield from zip(self.both, self.responses, strict=False)

    @property
    def dark_means(self) -> str:  # type: ignore[override]
        """What is said of modes that count as dark."""
        return self.responses[0].dark_means

    @property
    def exact(self) -> bool:
        """Whether its halves are taken spring by spring, so that their frequencies keep all their digits."""
        return all(isinstance(part, ChainResponse) for part in self.responses)

    def _is_sure(self) -> bool:
        return self.doubts[0] <= CONDITIONING and super()._is_sure()

    @property
    def rows(self) -> IntArray:
        """Sites at which both halves are known."""
        known = np.isin(self._folded, self.responses[0].rows)
        odd = np.isin(self._folded, self.responses[-1].rows) | (self._side == 0)
        return np.flatnonzero(known & odd)

    @cached_property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0, even ones first."""
        omega, share = zip(*(part.poles for part in self.responses), strict=True)
        return Poles(np.concatenate(omega), np.concatenate(share))

    def _seen(self, half: Half, sites: IntArray, known: IntArray) -> tuple[FloatArray, IntArray]:
        """Return 1, -1, or 0 at the middle of odd motion, and where the site of the half is among ``known``."""
        sign = np.where(half.parity > 0, 1.0, self._side[sites])
        return sign, np.asarray(places(known, np.where(sign != 0.0, self._folded[sites], half.at[0])))

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
        return np.asarray(sum(self._of_halves(sites)))

    def _of_halves(self, sites: IntArray) -> list[ComplexArray]:
        """Return what each half adds to G_ja(-ω_k)."""
        out = []
        for half, part in self._parts():
            sign, place = self._seen(half, sites, np.arange(half.m.size))
            at, bath = self._of_baths(half)
            rows, back = np.unique(place, return_inverse=True)
            g = np.concatenate([part.mirrored(rows) if part is own else self._crossed(half, rows, own.poles.omega)
                                for own in self.responses], axis=2)
            out.append(0.5 * (sign[:, None] * at)[..., None] * g[back[:, None], bath])
        return out

    @np.errstate(all="ignore")
    def cancelled(self) -> FloatArray:
        """Return the rounding of what cancels in each conductance: even and odd halves, pole by pole, and all poles."""
        friction, sites = self.system.friction, self.system.bath_sites
        weight = self.poles.share * np.abs(self.poles.omega) ** 2
        size = np.einsum("k,ak,bk,abk->ab", weight, np.abs(self.left(sites)), np.abs(self.right()),
                         sum(np.abs(g) for g in self._of_halves(sites)))
        lost = 4.0 * EPS * size * np.outer(friction, friction) / np.abs(self._stationary[0])
        np.fill_diagonal(lost, 0.0)
        return np.where(np.isfinite(lost), lost, 0.0)

    def _crossed(self, half: Half, rows: IntArray, omega: ComplexArray) -> ComplexArray:
        """Return G(-ω) of one half at the zeros of the other, shape (len(rows), n_baths, n_omega)."""
        from hotsprings.kernels.impedance import crossed

        own, last, k = self.both[half.parity > 0], self.data.m.size // 2, half.parity * self.data.k
        stiff, end = -k[last - 1], last - 1
        edge = (stiff, end, last) if half.parity > 0 else (stiff, last, end)
        if self.data.m.size % 2 == 0:
            edge = 2.0 * stiff, end, end
        out = np.empty((rows.size, half.at.size, omega.size), np.complex128)
        crossed(own[:4], half[:4], edge, half.at, rows, omega, out)
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
        if len(self.responses) == 1:
            number += self.both[1].m.size
            dark += np.where(self._side[self.rows] == 0, 0.0, 0.5)
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

    def _with(self, both: tuple[Half, Half], responses: list[Response], data: ChainData) -> Self:
        other = type(self)(self.system, data, both, self._engine)
        other.responses = responses
        return other

    def detuned(self, shift: float) -> Self:
        """Return the response with every friction changed by a small factor, of a bath and its mirror the same."""
        both = [half._replace(gamma=half.gamma.copy()) for half in self.both]
        for half, part in zip(both, self.responses, strict=False):
            half.gamma[half.at] *= part.detuning(shift)
        gamma = np.where(self._side == 0, 2.0, 1.0) * both[0].gamma[self._folded]
        return self._with((both[0], both[1]), [part.detuned(shift) for part in self.responses],
                          replace(self.data, gamma=gamma))

    def changed(self, draw: int) -> Self:
        """Return the response of halves changed in their last bits, or of a mirrored chain whose springs are."""
        if not self.exact:
            return self._with(self.both, [part.changed(2 * draw + number) or part
                                          for number, part in enumerate(self.responses)], self.data)
        data = self.data.changed(np.random.default_rng(draw))
        data = ChainData(*(np.where(np.arange(a.size) < a.size // 2, a, a[::-1])
                           for a in (data.k, data.p, data.m, data.gamma)))
        both = halves(data)
        assert both is not None
        parts = [part.near(half.data) for half, part in zip(both, self.responses, strict=False)
                 if isinstance(part, ChainResponse)]
        return self._with(both, [*parts], data)

    def _displacement(self, other: Response) -> float:
        """Return how far resonances are from those of another response, each half by itself."""
        assert isinstance(other, MirrorResponse)
        return max(displacement(mine.resonance_frequencies(), its.resonance_frequencies())
                   for mine, its in zip(self.responses, other.responses, strict=True))
