"""Lattices of equal layers: a chain for each mode across a layer, and what each two chains have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, reduce
from typing import Any, ClassVar, Self

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.progress import report
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.elements import kept_doubts, tell_elements
from hotsprings.response.pairs import Pairs
from hotsprings.response.response import Poles, Response, Sums, places, without_diagonal
from hotsprings.response.stack import Springs, Stack
from hotsprings.response.tolerances import CONDITIONING, EPS, TOLERANCE
from hotsprings.system import OpenNetwork

COLUMNS = 8  # sites of a layer where the last bits of a large lattice are tried
EVERY = 1024  # sites up to which they are tried at all
DRAWS = 1000  # of last bits, apart from lattice to lattice by less than from chain to chain


class LayeredResponse(Response):
    """G(ω) of a lattice of equal layers, baths on whole layers: G_(xy)(x'y') = Σ_s φ_s(y) φ_s(y') g^s_xx'(ω).

    Mode s across a layer, of stiffness κ_s, is a chain with κ_s more pinning; chains of equal κ are one. What a bath
    gives a site, and its share of the flux, joins each two of them,

        (1/π) ∫ ω² |G|² dω = Σ_κκ' Q_κ(y, y') Q_κ'(y, y') H_κκ'(x, x'),   H = (1/π) ∫ ω² g^κ g^κ'* dω,

    a sum over the poles of one with the other at -ω_k. Sum rules see H_κκ alone; that H_κκ' = H_κ'κ, sums over
    different poles, is what the others are checked by.

    References
    ----------
    Kundu, Chaudhuri, Roy, Dhar, Lebowitz, Spohn, EPL 90, 40001 (2010); Rieder, Lebowitz, Lieb, J. Math. Phys. 8, 1073
    (1967).
    """

    dark_means: ClassVar[str] = "feel no bath in any of the chains that the lattice falls apart into"

    def __init__(self, system: OpenNetwork, stack: Stack, engine: Callable[[OpenNetwork], Response],
                 everywhere: bool = True) -> None:
        super().__init__(system)
        self.stack, self._engine = stack, engine
        self.sites = np.arange(system.n_sites) if everywhere else np.asarray(system.bath_sites)
        self.springs = stack.springs
        self._near: dict[float, Self] = {}
        self._kept: tuple[Any, ComplexArray, FloatArray] | None = None
        self._once = False  # whether sums over the poles of one of two chains do

    @cached_property
    def chains(self) -> list[Response]:
        """A chain for each different κ."""
        found = []
        for number, kappa in enumerate(self.stack.modes[0]):
            report(f"chain {number + 1} of {self.stack.modes[0].size}")
            found.append(self._engine(self.stack.chain(float(kappa))))
        return found

    @property
    def detunings(self) -> tuple[tuple[float, float], ...]:  # type: ignore[override]
        """Weights and shifts of the frictions: those of the chain that asks for most."""
        return max((chain.detunings for chain in self.chains), key=len)

    @property
    def rows(self) -> IntArray:
        """Sites at which bath weights are known."""
        return self.sites

    def _is_sure(self) -> bool:
        return max(self.conditioning(), self.mismatch()) <= TOLERANCE and super()._is_sure()

    def _parts(self) -> Iterator[tuple[Response, FloatArray]]:
        """Yield each chain and its modes across a layer, (n_across, how many)."""
        yield from zip(self.chains, self.stack.modes[1], strict=True)

    @cached_property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0: those of each chain, for each of its modes."""
        found = [(np.tile(chain.poles.omega, phi.shape[1]), np.tile(chain.poles.share, phi.shape[1]))
                 for chain, phi in self._parts()]
        omega, share = zip(*found, strict=True)
        return Poles(np.concatenate(omega), np.concatenate(share))

    def left(self, sites: IntArray) -> ComplexArray:
        """Return the factor of the residues at some sites, shape (len(sites), n_poles)."""
        x, y = self.stack.place[:, sites]
        known, back = np.unique(x, return_inverse=True)
        return _spread(((phi[y], chain.left(known)[back]) for chain, phi in self._parts()), len(y))

    def right(self) -> ComplexArray:
        """Return the factor of the residues at the baths, shape (n_baths, n_poles)."""
        number, y = self.stack.bath
        return _spread(((phi[y], chain.right()[number]) for chain, phi in self._parts()), len(y))

    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Return G_ja(-ω_k), shape (len(sites), n_baths, n_poles)."""
        (x, y), (number, across) = self.stack.place[:, sites], self.stack.bath
        known, back = np.unique(x, return_inverse=True)
        out = []
        for one, (_, phi) in enumerate(self._parts()):
            g = self._at_mirrors(one, known)
            mine = np.empty((len(y), number.size, len(g)), np.complex128)
            for i, site in enumerate(y):
                q = self.stack.overlaps(np.full(across.size, site), across)
                for b in range(self.stack.at.size):
                    mine[i, number == b] = q[number == b] @ g[:, back[i], b].T
            out.append(np.tile(mine, phi.shape[1]))
        return np.concatenate(out, axis=2)

    def _at_mirrors(self, one: int, layers: IntArray) -> ComplexArray:
        """Return g of all chains at -ω_k of one, its own as its engine has it, (n_poles, n_rows, n_at, n_kappa)."""
        chain = self.chains[one]
        out = self.springs.mirrored(self.stack.at, layers, chain.poles.omega)
        out[..., one] = np.moveaxis(chain.mirrored(layers), 2, 0)
        return out

    @cached_property
    def _at_baths(self) -> list[tuple[ComplexArray, ComplexArray]]:
        """Residues of each chain (n_at, n_at, n_poles), and g of all chains at -ω_k, between covered layers."""
        return [(chain.left(self.stack.at)[:, None] * chain.right(), self._at_mirrors(one, self.stack.at))
                for one, chain in enumerate(self.chains)]

    @np.errstate(all="ignore")  # poles that coincide give infinities and NaN
    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane, mirrors included, and its residues there."""
        (x, there), (y, across) = self.stack.bath[:, [a, b]]
        q, (omega, share) = self.stack.overlaps(np.array([y]), np.array([across]))[0], self.poles
        found = []
        for (residue, g), (_, phi) in zip(self._at_baths, self._parts(), strict=True):
            found.append(np.outer(phi[y] * phi[across], residue[x, there] * (g[:, x, there] @ q)).ravel())
        friction = self.system.friction
        residues = 4.0 * friction[a] * friction[b] * omega**2 * np.concatenate(found)
        pair = share == 1.0
        return np.append(omega, -np.conj(omega[pair])), np.append(residues, -np.conj(residues[pair]))

    # what two chains have in common

    @property
    def _pairs(self) -> Pairs:
        return Pairs(self.stack, self.springs, self.chains, self.sites, self._once)

    def plain_sums(self) -> Sums:
        """Return the conductances, and the bath weights at the sites asked for."""
        return self._plain[0]

    @cached_property
    @np.errstate(all="ignore")  # zeros that coincide give infinities and NaN, which the sum rules notice
    def _plain(self) -> tuple[Sums, float]:
        """The sums, and by how much bath weights may be off by what two orders of summing differ: Σ_κ |Q_κ| ≤ 1."""
        s, (layers, some) = self.stack, self._pairs.known
        pairs, off = self._pairs.both_ways(layers)
        found, friction = s.contracted(pairs, some), self.system.friction
        weight = self._pairs.at_sites(found) * s.layers.masses[s.place[0, self.sites]][:, None] * friction
        at, (number, y) = np.searchsorted(layers, s.at), s.bath
        between = found[at] if some.size == s.n_across else s.contracted(pairs[at], np.arange(s.n_across))
        matrix = between[number[:, None], number, y[:, None], y] * np.outer(friction, friction)
        return (without_diagonal(matrix), weight), off

    def mismatch(self) -> float:
        """Return by how much bath weights may be off by what sums over the poles of one chain or the other differ."""
        if self._stationary is self.plain_sums():
            return self._plain[1]
        return max(self.detuned(shift)._plain[1] for _, shift in self.detunings)

    def sampled_error(self) -> float:
        """Return the same: what the sum rules do not see."""
        return self.mismatch()

    def closes(self, sums: Sums) -> bool:
        """Return whether no residue was lost, by the sum rules and by the two orders of summing."""
        return super().closes(sums) and (sums is not self.plain_sums() or self._plain[1] < self.closed)

    @np.errstate(all="ignore")
    def local_sums(self, weight: ComplexArray) -> FloatArray:
        """Return 2 Re Σ_k share_k weight_ka (R_k)_na G_na(-ω_k) at the sites of ``rows``, shape (n_rows, n_baths)."""
        split = self._split(weight)
        return super().local_sums(weight) if split is None else self._pairs.local_sums(split)

    def _split(self, weight: ComplexArray) -> list[ComplexArray] | None:
        """Return weights of the poles of each chain, (n_poles, n_baths); None where its modes have different ones."""
        out, start = [], 0
        for chain, phi in self._parts():
            size = chain.poles.omega.size
            mine = weight[start : start + size * phi.shape[1]].reshape(phi.shape[1], size, -1)
            if np.any(mine != mine[0]):
                return None
            out.append(mine[0])
            start += size * phi.shape[1]
        return out

    @cached_property
    def _branches(self) -> list[tuple[float, Response]]:
        """The response itself, or detuned ones whose weighted mean has no residue lost."""
        if all(len(chain.branches()) == 1 for chain in self.chains):
            return [(1.0, self)]
        return [(weight, self.detuned(shift)) for weight, shift in self.detunings]

    # elements, and what is dark

    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega; infinite exactly at a dark frequency of both sites."""
        (x, there), (y, across) = self.stack.place[:, [i, j]]
        flat = np.ascontiguousarray(omega.ravel())
        g, doubt = self._chain_elements(flat, int(x), int(there), times_omega)
        q = self.stack.overlaps(np.array([y]), np.array([across]))[0]
        q[np.abs(q) <= 4.0 * EPS] = 0.0
        with np.errstate(invalid="ignore"):
            terms = np.where(q[:, None] == 0.0, 0.0, q[:, None] * g)
            out, unsure = terms.sum(axis=0), (np.abs(terms) * (16.0 * EPS + doubt)).sum(axis=0)
            hard = np.flatnonzero(unsure > CONDITIONING * np.abs(out))
        out[~np.isfinite(out)] = np.inf
        if hard.size:
            tell_elements(float(np.max(unsure[hard] / np.abs(out[hard]))), flat[hard])
        return np.asarray(out.reshape(omega.shape))

    def _chain_elements(self, omega: FloatArray, x: int, there: int, times_omega: bool
                        ) -> tuple[ComplexArray, FloatArray]:
        """Return the element of every chain, (n_kappa, n_omega), and its doubt; those asked for last are kept."""
        key = (x, there, times_omega, omega.tobytes())
        if self._kept is None or self._kept[0] != key:
            doubt = np.zeros((len(self.chains), omega.size))
            found = doubt.astype(np.complex128)
            for g, unsure, chain in zip(found, doubt, self.chains, strict=True):
                with kept_doubts() as doubts:
                    g[:] = (_springs(chain) or chain)._element(omega, x, there, times_omega)
                for worst, where in doubts:
                    unsure[np.isin(omega, where)] = worst
            self._kept = key, found, doubt
        return self._kept[1], self._kept[2]

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site where it is known."""
        x, y = self.stack.place[:, self.sites]
        number, dark = 0, np.zeros(self.sites.size)
        for chain, phi in self._parts():
            here, bright = chain.dark_modes()
            if here:
                number += here * phi.shape[1]
                dark += (phi[y] ** 2).sum(axis=1) * (1.0 - bright[places(chain.rows, x)])
        return number, 1.0 - np.where(dark < 64 * EPS, 0.0, dark)

    def expected_resonances(self) -> int:
        """Return how many resonances there are: those of each chain, for each of its modes."""
        return sum(chain.expected_resonances() * phi.shape[1] for chain, phi in self._parts())

    def left_out(self) -> float:
        """Return at most how large a conductance passes through modes taken for dark, or between orders of summing."""
        dark = [chain.left_out() * phi.shape[1] for chain, phi in self._parts()]
        return float(np.sum(dark)) + self.mismatch()

    # lattices that are nearly the same

    def detuned(self, shift: float) -> Self:
        """Return the response with every friction changed by a small factor, one for each covered layer."""
        if shift not in self._near:
            gamma = self.springs.gamma.copy()
            gamma[self.stack.at] *= self.chains[0].detuning(shift)
            self._near[shift] = self._with([chain.detuned(shift) for chain in self.chains],
                                           self.springs._replace(gamma=gamma), self.sites)
        return self._near[shift]

    def _with(self, chains: list[Response], springs: Springs, sites: IntArray) -> Self:
        other = type(self)(self.system, self.stack, self._engine)
        other.chains, other.springs, other.sites = chains, springs, sites
        return other

    def changed(self, draw: int) -> Response | None:
        """Return the response of chains changed in their last bits, each by itself, in large lattices at some sites."""
        chains = [chain.changed(DRAWS * draw + one) or chain for one, chain in enumerate(self.chains)]
        kappa = self.springs.kappa
        noise = np.random.default_rng(draw).standard_normal(kappa.size)
        other = self._with(chains, self.springs._replace(kappa=kappa * (1.0 + EPS * noise)), self._delicate(chains))
        other._once = True
        return other

    def _delicate(self, chains: list[Response]) -> IntArray:
        """Return the sites of ``rows`` at which last bits are tried: layers that all chains know, few in large ones."""
        known = reduce(np.intersect1d, [chain.rows for chain in chains])
        x, y = self.stack.place[:, self.sites]
        keep = np.isin(x, known)
        if self.sites.size > EVERY:
            columns = np.random.default_rng(1).choice(self.stack.n_across, min(COLUMNS, self.stack.n_across), False)
            keep &= np.isin(y, np.append(columns, [0, self.stack.n_across - 1]))
        return np.asarray(self.sites[keep])

    def _displacement(self, other: Response) -> float:
        """Return how far resonances are from those of another response, each chain by itself."""
        assert isinstance(other, LayeredResponse)
        return max(mine._displacement(its)
                   for mine, its in zip(self.chains, other.chains, strict=True))


def _spread(parts: Iterator[tuple[FloatArray, ComplexArray]], n: int) -> ComplexArray:
    """Return φ_s(y) times a factor of the chain, for each mode s and pole, shape (n, n_poles)."""
    return np.concatenate([(phi[:, :, None] * factor[:, None, :]).reshape(n, -1) for phi, factor in parts], axis=1)


def _springs(chain: Response) -> ChainResponse | None:
    """Return what finds elements of a chain from its springs; None where one or a pinning is negative."""
    data = chain_data(chain.system)
    return None if data is None else ChainResponse(chain.system, data)
