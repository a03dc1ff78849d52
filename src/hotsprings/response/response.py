"""What every engine answers, and what all of them share: the Green operator of an open network as a sum over poles.

    G(ω) = Σ_k R_k/(ω - ω_k),    (R_k)_ia = left_i right_a,

over all poles that decay; each stationary quantity is Σ_k w(ω_k) (R_k)_ia G_ja(-ω_k) with a weight of its own.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar, NamedTuple, Self

import numpy as np

from hotsprings.checks import BoolArray, ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.modes import separate_parts
from hotsprings.response.resolved import INTEGRAL_WORK, resolved_conductance
from hotsprings.response.tolerances import CLOSED, DOUBTED_FLUX, EPS, FAINT_FLUX, SOONER, TOLERANCE
from hotsprings.system import OpenNetwork

Sums = tuple[FloatArray, FloatArray]
SLOWEST = 1e-70  # frequency whose fourth power is a normal number still
ROUNDINGS = 4.0  # of a pole, by which it may be off
AROUND = 16  # resonances in their order among which the nearest is sought first
PAIRS = 100_000  # of resonances compared at a time: some MiB, whatever their number
MEAN = ((2.0 / 3.0, 1e-4), (2.0 / 3.0, -1e-4), (-1.0 / 6.0, 2e-4), (-1.0 / 6.0, -2e-4))  # δ² cancels, δ⁴ is left


class Poles(NamedTuple):
    """Poles ω_k in the upper half plane with Re ω ≥ 0, shape (n_poles,), and how much of a pair each stands for.

    ``share`` is 1 where a pole stands for its mirror -ω* too, 1/2 near the imaginary axis, where each is its own or
    both are listed: a sum over all poles of f, f(-ω*) = f(ω)*, is 2 Re Σ share f.
    """

    omega: ComplexArray
    share: FloatArray


class Response(ABC):
    """G(ω) = [K - ω²M + iωΓ]⁻¹ of one open network: its poles, their residues, and sums over them.

    An engine answers the abstract methods; what follows from them is here, once: mirrors, sums, what is done where
    poles coincide, and how far the last bits of the network move a result.

    Attributes
    ----------
    system : OpenNetwork
    dark_means : str
        What is said of modes that count as dark.
    """

    detunings: ClassVar[tuple[tuple[float, float], ...]] = MEAN  # weights and relative shifts of the frictions
    closed: ClassVar[float] = CLOSED
    turns: ClassVar[float] = 4.0 * EPS  # of |ω|/Im ω, by which residues may be turned; 0 where 32 digits found them
    finest: ClassVar[bool] = False  # whether no other engine sees more of a conductance that comes out as 0
    element_work: float = 0.0  # ns that one Green element takes, where it keeps its digits however small; 0 elsewhere
    dark_means: ClassVar[str] = "never feel a bath"

    def __init__(self, system: OpenNetwork) -> None:
        self.system = system

    # what an engine answers

    @property
    @abstractmethod
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0."""

    @abstractmethod
    def left(self, sites: IntArray) -> ComplexArray:
        """Return the factor of the residues at some sites, shape (len(sites), n_poles)."""

    @abstractmethod
    def right(self) -> ComplexArray:
        """Return the factor of the residues at the baths, shape (n_baths, n_poles): (R_k)_ia = left_ik right_ak."""

    @abstractmethod
    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Return G_ja(-ω_k), shape (len(sites), n_baths, n_poles)."""

    @abstractmethod
    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij or ω G_ij at ω = 0 and at frequencies whose fourth power does not underflow, shape of omega."""

    @abstractmethod
    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site where it is known."""

    @abstractmethod
    def expected_resonances(self) -> int:
        """Return how many resonances there must be, mirrors counted."""

    @abstractmethod
    def detuned(self, shift: float) -> Self:
        """Return the response with every friction changed by its own factor near 1 + shift."""

    def changed(self, draw: int) -> Response | None:
        """Return the response of the network changed in its last bits; None where it is known beyond them."""
        return None

    def apart(self) -> BoolArray:
        """Return which baths no springs join, shape (n_baths, n_baths): C_ab = 0 exactly."""
        part = self._part
        if part is None:
            return np.zeros((self.system.n_baths, self.system.n_baths), dtype=bool)
        at_baths = part[self.system.bath_sites]
        return np.asarray(at_baths[:, None] != at_baths)

    def left_out(self) -> float:
        """Return at most how large a conductance, in the largest γ/m, passes through modes taken for dark."""
        return 0.0

    def cancelled(self) -> FloatArray:
        """Return the rounding of what cancels in each conductance, relative to it, where an engine knows it."""
        return np.zeros((self.system.n_baths, self.system.n_baths))

    def rounding(self) -> float:
        """Return how large a conductance, in the largest γ/m, may be rounding of what the sums are made of."""
        return 0.0

    def sampled_error(self) -> float:
        """Return by how much a sample of resonances moves when it is solved again in twice the precision."""
        return 0.0

    def drag(self, omega: FloatArray) -> FloatArray:
        """Return γ_a'(ω), what damps at real frequencies, shape (n_baths, ...): the friction, without memory."""
        return np.multiply.outer(self.system.friction, np.ones(np.shape(omega)))

    def pole_damping(self) -> ComplexArray:
        """Return γ_a'(ω_k) at the poles, shape (n_baths, n_poles): the friction, without memory."""
        return np.multiply.outer(self.system.friction, np.ones(self.poles.omega.size, np.complex128))

    def handed_on(self) -> ComplexArray:
        """Return what of its noise a bath has handed on at the poles, shape (n_baths, n_poles): all, without memory."""
        return np.ones((self.system.n_baths, self.poles.omega.size), np.complex128)

    def pole_doubt(self) -> FloatArray:
        """Return by how much each pole may be off, shape (n_poles,): some roundings of itself."""
        return np.asarray(ROUNDINGS * EPS * np.abs(self.poles.omega))

    def decay_sum(self) -> float:
        """Return what the decay rates of all resonances add up to, Σ_a γ_a/m_a without memory."""
        return math.fsum(self.rate.tolist())

    @property
    def n_changes(self) -> int:
        """How many draws of last bits are looked at."""
        return 1

    @property
    def seconds(self) -> float:
        """What a solution takes on two cores, to a factor of two or so; 0 where it is not worth telling."""
        return 0.0

    # what all share

    @property
    def flows_work(self) -> float:
        """Ns that `flows` takes for each frequency, where it keeps its digits however small it is; 0 elsewhere."""
        return 0.5 * self.element_work * self.system.n_baths * (self.system.n_baths + 1)

    def flows(self, omega: FloatArray) -> ComplexArray:
        """Return ω G between the bath sites at real frequencies (n_omega,), shape (n_baths, n_baths, n_omega)."""
        sites = [int(site) for site in self.system.bath_sites]
        out = np.empty((len(sites), len(sites), omega.size), np.complex128)
        for a, first in enumerate(sites):
            for b, last in enumerate(sites[: a + 1]):
                out[a, b] = out[b, a] = self.element(omega, first, last, times_omega=True)
        return out

    def element(self, omega: FloatArray, i: int, j: int, times_omega: bool = False) -> ComplexArray:
        """Return G_ij at real frequencies, shape of omega; or ω G_ij, finite at ω = 0 in free networks too.

        Below 1e-70 real and imaginary part go on as the powers of ω that they are there. Between sites that no springs
        join it is 0.
        """
        parts = self._part
        if parts is not None and parts[i] != parts[j]:
            return np.zeros(np.shape(omega), dtype=np.complex128)
        tiny = (omega != 0.0) & (np.abs(omega) < SLOWEST)
        if not np.any(tiny):
            return self._element(omega, i, j, times_omega)
        out = self._element(np.where(tiny, SLOWEST, omega), i, j, times_omega)
        here, above = self._element(np.array([1.0, 4.0]) * SLOWEST, i, j, times_omega)
        for part, first, second in ((out.real, here.real, above.real), (out.imag, here.imag, above.imag)):
            power = np.rint(np.log(abs(second / first)) / np.log(4.0)) if first and second else 0.0
            with np.errstate(over="ignore"):
                part[tiny] = first * np.abs(omega[tiny] / SLOWEST) ** power
        back = tiny & (omega < 0.0)
        out[back] = -np.conj(out[back]) if times_omega else np.conj(out[back])
        return out

    def detuning(self, shift: float) -> FloatArray:
        """Return the factors near 1 + shift of the frictions, each bath its own, shape (n_baths,)."""
        return np.asarray(1.0 + shift * (0.5 + 1.0 / (1.0 + np.arange(self.system.n_baths))))

    @cached_property
    def rate(self) -> FloatArray:
        """γ_a/m_a of the baths, shape (n_baths,)."""
        return np.asarray(self.system.friction / self.system.network.masses[self.system.bath_sites])

    @property
    def rows(self) -> IntArray:
        """Sites at which bath weights are known."""
        return np.arange(self.system.n_sites)

    @property
    def bath_rows(self) -> IntArray:
        """Where the bath sites are among the rows."""
        return places(self.rows, self.system.bath_sites)

    def resonance_frequencies(self) -> ComplexArray:
        """Return every pole that decays, mirrors included."""
        omega, share = self.poles
        return np.append(omega, -np.conj(omega[share == 1.0]))

    def resonances_in_order(self) -> ComplexArray:
        """Return the same, sorted by their real parts.

        Those of overdamped motion, which last bits put on either side of the axis, lie on it: Re ω ≥ 0 holds for them.
        """
        omega, share = self.poles
        pair = share == 1.0
        right, axis = _on_axis(omega[pair]), _on_axis(omega[~pair])
        right = right[np.argsort(right.real, kind="stable")]  # nearly in order as they are found
        axis = axis[np.lexsort((axis.imag, axis.real))]
        if ((right.real[1:] > right.real[:-1]).all()
                and (np.abs(axis.real).max(initial=0.0) < right.real[:1]).all()):  # mirrors come in order, too
            return np.concatenate([-np.conj(right[::-1]), axis, right])
        frequency = _on_axis(self.resonance_frequencies())
        return frequency[np.lexsort((frequency.imag, frequency.real))]

    @np.errstate(all="ignore")  # poles that coincide give infinities and NaN
    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane, mirrors included, and its residues there."""
        omega, share = self.poles
        sites, friction = self.system.bath_sites, self.system.friction
        residues = (4.0 * friction[a] * friction[b] * omega**2 * self.left(sites[[a]])[0] * self.right()[b]
                    * self.mirrored(sites[[a]])[0, b])
        pair = share == 1.0
        return np.append(omega, -np.conj(omega[pair])), np.append(residues, -np.conj(residues[pair]))

    @np.errstate(all="ignore")
    def local_sums(self, weight: ComplexArray) -> FloatArray:
        """Return 2 Re Σ_k share_k weight_ka (R_k)_na G_na(-ω_k) at the sites of ``rows``, shape (n_rows, n_baths)."""
        out = np.empty((self.rows.size, self.system.n_baths))
        factor = 2.0 * self.poles.share * weight.T * self.right()
        step = max(1, int(2e7 / max(1, factor.size)))
        for part in (slice(k, k + step) for k in range(0, self.rows.size, step)):
            sites = self.rows[part]
            out[part] = np.einsum("nk,ak,nak->na", self.left(sites), factor, self.mirrored(sites)).real
        return out

    @np.errstate(all="ignore")
    def plain_sums(self) -> Sums:
        """Return conductances (n_baths, n_baths) and bath weights (n_rows, n_baths) from the residues as they are."""
        omega, share = self.poles
        friction, masses, sites = self.system.friction, self.system.network.masses, self.system.bath_sites
        squared = omega**2
        between = np.einsum("k,ak,bk,abk->ab", 2j * share * squared, self.left(sites), self.right(),
                            self.mirrored(sites)).real * 2.0 * np.outer(friction, friction)
        weight = self.local_sums(np.repeat(2j * squared[:, None], sites.size, axis=1))
        return without_diagonal(between), weight * masses[self.rows, None] * friction

    @property
    def sure(self) -> bool:
        """Whether the digits at hand are enough, so that no other engine need be asked."""
        try:
            return self._is_sure()
        except (CertificateError, np.linalg.LinAlgError):
            return False

    def _is_sure(self) -> bool:
        """Return whether the digits at hand are enough: the sums close, last bits decide little."""
        return self.closes(self._stationary)

    def closes(self, sums: Sums) -> bool:
        """Return whether the bath weights add up to the bright weight: no residue was lost."""
        return bool(np.abs(sums[1].sum(axis=1) - self.dark_modes()[1]).max() < self.closed)

    def stationary_sums(self) -> Sums:
        """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_rows, n_baths).

        Where poles coincide their residues diverge, although the sums are smooth in the friction: then the mean over
        detuned frictions is returned.
        """
        return self._fluxes[0].copy(), self._stationary[1].copy()

    def certified_sums(self) -> Sums:
        """Return :meth:`stationary_sums`, for those who show no certificate of their own.

        Raises
        ------
        CertificateError
            If the bath weights do not add up to the bright weight, at bath sites to 1, or what passes between baths is
            not what they say, C_ab = (γ_a/m_a) h_a^b.
        """
        conductance, weight = self.stationary_sums()
        gap = self._gap(self._stationary)
        if self.system.white:
            at_baths = weight[places(self.rows, self.system.bath_sites)]
            apart = conductance / self.rate[:, None] - at_baths
            np.fill_diagonal(apart, at_baths.sum(axis=1) - 1.0)
            gap = float(np.max([gap, np.abs(apart).max()]))
        if not gap <= TOLERANCE:
            raise CertificateError(f"the sum rules of bath weights and conductances hold to {gap:.1e} only (tolerance "
                                   f"{TOLERANCE:.0e}): resonances were lost. Try frictions or masses changed by 1 part "
                                   "in 1e6, and report the system as an issue")
        return conductance, weight

    @cached_property
    def _part(self) -> IntArray | None:
        return separate_parts(self.system.network)

    @cached_property
    def _stationary(self) -> Sums:
        sums, error = self._tried()
        if sums is not None and self.closes(sums):
            return self._separated(sums)
        mean = self._mean()
        if mean is not None and np.isfinite(self._gap(mean)):
            return self._separated(mean)
        if sums is None:
            raise CertificateError(error)
        return self._separated(sums)

    def _separated(self, sums: Sums) -> Sums:
        """Return the sums without what rounding lets pass between parts that no springs join."""
        part = self._part
        if part is None:
            return sums
        at_baths = part[self.system.bath_sites]
        same = part[self.rows][:, None] == at_baths
        return np.where(at_baths[:, None] == at_baths, sums[0], 0.0), np.where(same, sums[1], 0.0)

    def _tried(self) -> tuple[Sums | None, str]:
        try:
            return self.plain_sums(), ""
        except CertificateError as err:
            return None, str(err)

    def _mean(self) -> Sums | None:
        """Return the weighted mean of the sums over detuned frictions."""
        try:
            found = [(weight, self.detuned(shift).plain_sums()) for weight, shift in self.detunings]
        except CertificateError:
            return None
        return (np.asarray(sum(weight * sums[0] for weight, sums in found)),
                np.asarray(sum(weight * sums[1] for weight, sums in found)))

    def _gap(self, sums: Sums) -> float:
        return float(np.abs(sums[1].sum(axis=1) - self.dark_modes()[1]).max())

    @cached_property
    def _branches(self) -> list[tuple[float, Response]]:
        """The response itself, or detuned ones whose weighted mean has no residue lost."""
        with np.errstate(all="ignore"):
            omega, share = self.poles
            sites = self.system.bath_sites
            size = self.left(sites) * self.right() * np.einsum("aak->ak", self.mirrored(sites)) * omega**2
            terms = 4.0 * np.outer(self.system.friction * self.rate, share).ravel() * size.ravel()
            lost = EPS * float(np.abs(terms).sum()) / float(self.rate.max()) if terms.size else 0.0
        if lost < self.closed:
            return [(1.0, self)]
        return [(weight, self.detuned(shift)) for weight, shift in MEAN]

    def branches(self) -> list[tuple[float, Response]]:
        """Return this response with weight 1, or detuned ones with weights that add to 1 where residues are lost.

        Sums linear in R G(-ω) may be added with the weights; others are evaluated on each and then averaged.
        """
        return self._branches

    # what the last bits of the network decide

    def conditioning(self) -> float:
        """Return how far conductances (in γ/m) and bath weights move when the network changes in its last bits."""
        return self._moves[0]

    def flux_doubt(self) -> float:
        """Return the largest relative change of a conductance by the same, or by what the sum rules miss."""
        return float(self._fluxes[1].max(initial=0.0))

    def flux_doubts(self) -> FloatArray:
        """Return the same for each conductance, shape (n_baths, n_baths)."""
        return np.minimum(self._fluxes[1], self.flux_doubt())

    @cached_property
    def _fluxes(self) -> tuple[FloatArray, FloatArray]:
        """Conductances, those that are small beside what cancels integrated, and their relative doubts."""
        matrix = self._stationary[0].copy()
        gap = 0.0 if self.closes(self._stationary) else self._gap(self._stationary)
        doubt = np.fmax(self._moves[1], self._of_fluxes(self.left_out() + self.rounding() + gap))
        doubt = np.fmax(doubt, self.cancelled())
        if not doubt.max(initial=0.0) > min(SOONER, 1.0) * DOUBTED_FLUX:  # none is integrated, however faint
            return matrix, np.maximum(doubt, doubt.T)
        apart = self.apart()
        matrix[apart] = doubt[apart] = 0.0
        left = self._of_fluxes(self.left_out())
        faint = np.abs(matrix) < FAINT_FLUX * self.rate.max()
        unsure = np.triu(doubt > np.where(faint, SOONER, 1.0) * DOUBTED_FLUX) & (matrix != 0.0)  # of 0 all is left out
        pairs = np.argwhere(unsure) if self.element_work else np.empty((0, 2), dtype=np.int64)
        for a, b in pairs:
            value, error = resolved_conductance(self, a, b, int(INTEGRAL_WORK / self.element_work / len(pairs)))
            if error + left[a, b] < doubt[a, b]:
                matrix[a, b] = matrix[b, a] = value
                doubt[a, b] = error + left[a, b]
        return matrix, np.triu(doubt) + np.triu(doubt, 1).T

    def _of_fluxes(self, part: float) -> FloatArray:
        """Return how large a part of the largest γ/m is beside each conductance, shape (n_baths, n_baths).

        One of exactly 0 is not known at all, unless no springs join its baths: modes taken for dark carry it.
        """
        size = np.abs(self._stationary[0])
        none = size == 0.0
        np.fill_diagonal(none, False)
        beside = np.divide(part * self.rate.max(), size, out=np.zeros(size.shape), where=size > 0.0)
        beside[none] = np.where(self.apart()[none], 0.0, np.inf)
        return np.asarray(beside)

    def seen(self) -> bool:
        """Return whether what was left out or rounded is little beside each conductance that an engine may see."""
        beside = self._of_fluxes(self.left_out() + self.rounding())
        return float(np.max(beside, where=np.isfinite(beside) | (not self.finest), initial=0.0)) <= TOLERANCE

    def unsure(self, flux: FloatArray) -> FloatArray:
        """Return what is not known of something proportional to each conductance; nothing of 0, (n_baths, n_baths)."""
        return doubted(flux, self.flux_doubts())

    def resonance_doubt(self) -> float:
        """Return the largest relative change of a resonance, or of its decay rate, by the same."""
        return self._moves[2]

    def residue_doubt(self, poles: ComplexArray) -> FloatArray:
        """Return by what part of itself the residue of 𝒯 at each pole may be turned that is not seen in their sum."""
        return np.zeros(poles.size)

    @property
    def doubts(self) -> tuple[float, float, float]:
        """The three, over all draws."""
        weights, fluxes, poles = self._moves
        return weights, float(np.max(fluxes)), poles

    @cached_property
    def _moves(self) -> tuple[float, FloatArray, float]:
        """How far weights and fluxes, each conductance by itself (n_baths, n_baths), and resonances move."""
        try:
            others = [self.changed(draw) for draw in range(self.n_changes)]
        except CertificateError:
            return np.inf, np.full((self.rate.size, self.rate.size), np.inf), np.inf
        moved = [self._moved(other) for other in others if other is not None]
        if not moved:
            return 0.0, np.zeros((self.rate.size, self.rate.size)), 0.0
        weights, fluxes, poles = zip(*moved, strict=True)
        return float(np.max(weights)), np.max(fluxes, axis=0), float(np.max(poles))

    def _moved(self, other: Response) -> tuple[float, FloatArray, float]:
        """Return how far bath weights, conductances by themselves and resonances are from another response's."""
        try:
            there = other._stationary
            poles = self._displacement(other)
        except CertificateError:
            return np.inf, np.full((self.rate.size, self.rate.size), np.inf), np.inf
        here = self._stationary
        weights = np.abs(here[1][places(self.rows, other.rows)] - there[1]).max()
        fluxes = np.abs((here[0] - there[0]) / self.rate[:, None]).max()
        return float(np.max([weights, fluxes])), relative_changes(here[0], there[0]), poles

    def _displacement(self, other: Response) -> float:
        """Return how far resonances are from those of another response."""
        return displacement(self.resonance_frequencies(), other.resonance_frequencies())


def _on_axis(frequency: ComplexArray) -> ComplexArray:
    """Return the same, those that are imaginary to rounding made so."""
    return np.asarray(np.where(np.abs(frequency.real) <= EPS * np.abs(frequency), 1j * frequency.imag, frequency))


def doubted(flux: FloatArray, doubts: FloatArray) -> FloatArray:
    """Return what is not known of fluxes known to relative doubts; nothing of 0, however much that is doubted."""
    return np.multiply(np.abs(flux), doubts, out=np.zeros(flux.shape), where=flux != 0.0)


def balanced(matrix: FloatArray) -> FloatArray:
    """Return a matrix with the diagonal that makes its rows sum to zero."""
    out = np.array(matrix)
    np.fill_diagonal(out, 0.0)
    np.fill_diagonal(out, -out.sum(axis=1))
    return out


def without_diagonal(conductance: FloatArray) -> FloatArray:
    """Return the symmetric part of a conductance matrix, its diagonal zero."""
    clean = 0.5 * (conductance + conductance.T)
    np.fill_diagonal(clean, 0.0)
    return clean


def relative_changes(here: FloatArray, there: FloatArray) -> FloatArray:
    """Return |C_ab - C'_ab|/|C_ab|, 0 on the diagonal and where both vanish, shape (n_baths, n_baths)."""
    size = np.maximum(np.abs(here), np.abs(there))
    np.fill_diagonal(size, 0.0)
    return np.asarray(np.where(size > 0.0, np.abs(here - there) / np.where(size > 0.0, size, 1.0), 0.0))


def displacement(here: ComplexArray, there: ComplexArray) -> float:
    """Return how far resonances are from the nearest of another list, relative to themselves and their decay rates."""
    if here.size != there.size:
        return float("inf")
    order = np.argsort(there.real)
    there, worst = there[order], 0.0
    for part in np.array_split(here, max(1, here.size * AROUND // PAIRS)):
        near = _nearest(part, there)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = np.maximum(np.abs(near - part) / np.abs(part), np.abs(near.imag - part.imag) / part.imag)
        worst = max(worst, float(np.max(moved, initial=0.0)))
    return worst


def _nearest(wanted: ComplexArray, known: ComplexArray) -> ComplexArray:
    """Return the nearest of known numbers, ascending in their real part, to each wanted one, shape (n_wanted,)."""
    start = np.clip(np.searchsorted(known.real, wanted.real) - AROUND // 2, 0, max(0, known.size - AROUND))
    some = known[start[:, None] + np.arange(min(AROUND, known.size))]
    distance = np.abs(wanted[:, None] - some)
    at = np.arange(wanted.size), distance.argmin(axis=1) if some.size else start
    near, least = some[at], distance[at]
    around = np.concatenate([[-np.inf], known.real, [np.inf]])
    left, right = wanted.real - around[start], around[start + min(AROUND, known.size) + 1] - wanted.real
    for k in np.flatnonzero(~(least <= np.minimum(left, right))):
        near[k] = known[np.abs(wanted[k] - known).argmin()]
    return np.asarray(near)


def places(known: IntArray, wanted: IntArray) -> IntArray:
    """Return where each wanted site is among the known ones."""
    order = np.argsort(known)
    return np.asarray(order[np.searchsorted(known, wanted, sorter=order)])
