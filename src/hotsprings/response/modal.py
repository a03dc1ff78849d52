"""The modal engine: normal modes, an n_baths × n_baths secular matrix, any network."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar, Literal, Protocol, Self

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.blocks import blocks
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chains import ChainResponse
from hotsprings.response.damped import Motion, damped_motion
from hotsprings.response.elements import settle_elements
from hotsprings.response.modal_zeros import SearchedMotion, polished_motion, searched_motion
from hotsprings.response.modes import (
    CONTRAST,
    ModalProblem,
    energies,
    joined,
    missed_at,
    modal_problem,
    moved_freely,
    static_response,
    unheld,
)
from hotsprings.response.precise import SMALL, precise_elements, to_eliminate
from hotsprings.response.response import MEAN, Poles, Response, Sums, places
from hotsprings.response.tolerances import (
    CONDITIONING,
    DARK,
    DOUBTED,
    DOUBTED_RATES,
    DOUBTED_UNEVEN,
    EPS,
    NEAR_AXIS,
    PRECISE_UNIT,
)
from hotsprings.system import OpenNetwork

Road = Literal["damped", "search", "polished"]  # eigenvectors; zeros of det D from guesses, from eigenvalues
FAR_APART = tuple((0.5 * weight, sign * k * 8e-3)  # δ², δ⁴ and δ⁶ cancel; the error is 24² δ⁸ = 1e-14
                  for k, weight in enumerate((1.6, -0.8, 8.0 / 35.0, -1.0 / 35.0), start=1) for sign in (1.0, -1.0))
CHEAP = 16  # sites up to which 32 digits take some hundredths of a second: asked for a digit earlier
SAMPLE = 48  # sites of each kind where the last bits of the network are tried
# What does not ring, slower than SLOW of the fastest, is tried from the springs: so many, of networks of so many sites.
SLOW, SLOWEST_FEW, TRIED_UP_TO = 1e-3, 8, 1000
DARK_ENOUGH = 1e-6  # largest relative coupling that rounding may hide in a mode taken for dark


class Solution(Protocol):
    """Poles and residues over modes, in units of the couplings: G = Σ_k left_k right_kᵀ/(ω - ω_k), baths as c_a."""

    @property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0."""
        ...

    @property
    def right(self) -> ComplexArray:
        """Factors at the baths, shape (n_baths, n_poles)."""
        ...

    def left(self, rows: FloatArray) -> ComplexArray:
        """Return factors at sites with these mode amplitudes (n_rows, n_modes), shape (n_rows, n_poles)."""
        ...

    def motions(self, numbers: IntArray) -> ComplexArray:
        """Return what some poles move, any factor, shape (n_modes, n_numbers)."""
        ...

    def mirrored(self, rows: FloatArray) -> ComplexArray:
        """Return G at -ω_k from the same sites to the baths, shape (n_rows, n_baths, n_poles)."""
        ...

    def conductances(self) -> FloatArray:
        """Return C_ab, shape (n_baths, n_baths)."""
        ...

    def weights(self, rows: FloatArray) -> FloatArray:
        """Return the bath weights of sites with these mode amplitudes, shape (n_rows, n_baths)."""
        ...


class ModalResponse(Response):
    """G(ω) of any network between baths, from its normal modes: G_BB = g (1 + iωΓ g)⁻¹.

    Resonances are eigenvalues of the damped motion of the modes, or (few baths, many modes) zeros of det D(ω).

    References
    ----------
    Dhar, Adv. Phys. 57, 457 (2008).
    """

    vectors_lose: ClassVar[float] = 4.0 * EPS  # of the largest γ/m, of a conductance by LAPACK's eigenvectors
    dark_means: ClassVar[str] = (
        f"feel no bath, or so little (relative coupling below {DARK:.0e}) that they are dark in all but name")

    def __init__(self, system: OpenNetwork, everywhere: bool = True, road: Road = "damped") -> None:
        super().__init__(system)
        self.everywhere = everywhere
        self.road = road
        self.element_work = 5e3 + 12.0 * system.n_sites**3 if system.n_sites <= SMALL else 0.0
        self.sites = np.arange(system.n_sites) if everywhere else np.asarray(system.bath_sites)

    @property
    def detunings(self) -> tuple[tuple[float, float], ...]:  # type: ignore[override]
        """Weights and shifts of the frictions: zeros of det D lose more digits than eigenvectors where they meet."""
        return MEAN if self.road == "damped" else FAR_APART

    @cached_property
    def problem(self) -> ModalProblem:
        """The modes and their couplings."""
        return modal_problem(self.system, everywhere=self.everywhere)

    @cached_property
    def solution(self) -> Solution:
        """Its poles and residues."""
        if self.road == "damped":
            return damped_motion(self.problem)
        return (polished_motion if self.road == "polished" else searched_motion)(self.problem)

    @property
    def rows(self) -> IntArray:
        """Sites at which the modes are known."""
        return self.sites

    def residue_doubt(self, poles: ComplexArray) -> FloatArray:
        """Return the part by which rounding beside a strong damping turns residues of what rings, eps γ/m over |ω|."""
        ringing = np.abs(poles.real) > NEAR_AXIS * np.abs(poles)
        return np.where(ringing, EPS * float(self.rate.max()) / np.abs(poles), 0.0)

    def pole_doubt(self) -> FloatArray:
        """Return by how much each pole may be off: λ by roundings of the highest one, eigenvalues by the fastest."""
        return super().pole_doubt() + self.problem.moved(self.poles.omega)

    def _is_sure(self) -> bool:
        lost = self.solution.doubt if isinstance(self.solution, Motion) else 0.0
        local = np.diag(self.system.network.stiffness()) / self.system.network.masses
        even = local.max() <= CONTRAST * local.min()
        limit = (DOUBTED if self.system.n_sites > CHEAP else 0.1 * DOUBTED) if even else DOUBTED_UNEVEN
        known = max(self.doubts[:2]) <= limit and max(lost, self.doubts[2]) <= DOUBTED_RATES
        clear = not self.problem.uncertain and self.problem.unresolved <= DOUBTED
        return clear and known and super()._is_sure() and self.seen()

    @property
    def poles(self) -> Poles:
        """The poles with Re ω ≥ 0."""
        return self.solution.poles

    def _amplitudes(self, sites: IntArray) -> FloatArray:
        """Return φ_j(n)/sqrt(m_n), shape (len(sites), n_modes)."""
        modes = self.problem.modes[places(self.sites, sites)]
        return np.asarray(modes / np.sqrt(self.system.network.masses[sites])[:, None])

    def left(self, sites: IntArray) -> ComplexArray:
        """Return the factor of the residues at some sites, shape (len(sites), n_poles)."""
        return self.solution.left(self._amplitudes(sites))

    def right(self) -> ComplexArray:
        """Return the factor of the residues at the baths, shape (n_baths, n_poles)."""
        return np.asarray(self.solution.right / np.sqrt(self.system.friction)[:, None])

    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Return G_ja(-ω_k), shape (len(sites), n_baths, n_poles)."""
        return np.asarray(self.solution.mirrored(self._amplitudes(sites)) / np.sqrt(self.system.friction)[:, None])

    def expected_resonances(self) -> int:
        """Return how many resonances there are: two for each bright mode, one for a free one."""
        return 2 * self.problem.stiffness.size - self.problem.n_free

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site where the modes are known."""
        p = self.problem
        dark = (p.dark_modes**2).sum(axis=1)
        return p.dark_stiffness.size, 1.0 - np.where(dark < 64 * EPS, 0.0, dark)

    def left_out(self) -> float:
        """Return at most how large a conductance passes through modes taken for dark, c_a² c_b²/(c_a² + c_b²) each."""
        return self.problem.dark_stiffness.size * self.problem.unresolved**2

    def rounding(self) -> float:
        """Return how large a conductance may be rounding of eigenvectors."""
        return self.vectors_lose if self.road == "damped" else 0.0

    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij, or ω G_ij, shape of omega; infinite exactly at a dark frequency of both sites.

        On a frequency whose motion does not reach these sites it is what it is at the next doubles.
        """
        data = chain_data(self.system) if self.system.n_sites > SMALL else None
        if data is not None:  # spring by spring no small element is lost, and it takes less time
            return ChainResponse(self.system, data)._element(omega, i, j, times_omega)
        flat = np.ascontiguousarray(omega.ravel())
        out = self._summed(flat, i, j, times_omega)
        on = np.flatnonzero(~np.isfinite(out) & (flat != 0.0))
        if on.size:
            out[on] = self._between(flat[on], i, j, times_omega)
        out[~np.isfinite(out) | (self._moves_freely(i, j) & (flat == 0.0) & (not times_omega))] = np.inf
        return out.reshape(omega.shape)

    @np.errstate(invalid="ignore")
    def _between(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return the element on frequencies of dark modes: between those at the next doubles, or infinite.

        Beside a pole the next doubles differ more than those four times as far, beside a zero four times less.
        """

        def at(places: FloatArray) -> ComplexArray:
            found = self._summed(places, i, j, times_omega)
            hit = to_eliminate(np.where(np.isfinite(found), 0.0, np.inf), self.system.n_sites)
            if hit.size:  # where rounding of the modes puts a dark one
                found[hit] = precise_elements(self.system, places[hit], i, j, times_omega)
            return found

        below, above, under, over = (at(omega * (1.0 + side * EPS)) for side in (-1.0, 1.0, -4.0, 4.0))
        apart = np.abs(above - below)
        smooth = (apart <= CONDITIONING * np.abs(below)) | (2.0 * apart <= np.abs(over - under))
        return np.where(smooth, 0.5 * (below + above), np.inf)

    def _moves_freely(self, i: int, j: int) -> bool:
        """Return whether a motion without restoring force takes both sites along: G_ij diverges at ω = 0."""
        if not self.problem.n_free:
            return False
        first, second = self._amplitudes(np.array([i, j]))
        return moved_freely(first, second, np.arange(first.size) < self.problem.n_free) or unheld(
            self.system.network, i, j)

    def _summed(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return it from the modes, and where too many digits are lost from the springs themselves."""
        from hotsprings.kernels import modal

        p, out, doubt = self.problem, np.empty(omega.size, np.complex128), np.empty(omega.size)
        lam = np.ascontiguousarray(p.stiffness)
        f, g = np.ascontiguousarray(self._amplitudes(np.array([i, j])))
        later = times_omega and p.n_free == 0  # G is finite: ω comes in when its doubt is known
        missed = self._missed(i, j)
        for block in blocks(omega.size, p.products.size + 4 * f.size):
            modal.response(lam, p.coupling, p.products, f, g, omega[block], times_omega and not later, missed,
                           out[block], doubt[block])
        if later:
            out *= omega
        still = (omega == 0.0) & (times_omega or p.n_free > 0)
        if still.any():
            held = not (times_omega or self._moves_freely(i, j))
            out[still], doubt[still] = static_response(f, g, lam) if held else self._at_rest(f, g)
        dark, unsure = self._dark_element(omega, i, j)
        scale = omega if times_omega else np.ones(omega.size)
        with np.errstate(invalid="ignore", divide="ignore"):  # infinite doubt of nothing: taken from the springs
            unknown = doubt * np.abs(out) + unsure * np.abs(scale)
            out += dark * scale
            unknown = np.where(unknown <= DOUBTED * np.abs(out), 0.0, unknown / np.abs(out))
        if not (f.any() and g.any()) and joined(self.system.network, i, j):
            unknown[out == 0.0] = np.inf  # rounding took the site from all modes that ring: springs pass something on

        def eliminate(hard: IntArray) -> None:
            out[hard] = precise_elements(self.system, omega[hard], i, j, times_omega)
            self._without_cancelling(out, hard, omega, i, j, times_omega)

        settle_elements(unknown, omega, self.system.n_sites, eliminate)
        return out

    def _missed(self, i: int, j: int) -> float:
        """Return what all modes miss at two sites of being orthonormal, over sqrt(m_i m_j)."""
        at, root = np.array([i, j]), np.sqrt(self.system.network.masses[[i, j]])
        every = np.concatenate([self._amplitudes(at) * root[:, None], self.problem.dark_modes[places(self.sites, at)]],
                               axis=1)
        return missed_at(every, i == j) / float(root[0] * root[1])

    def _at_rest(self, f: FloatArray, g: FloatArray) -> tuple[complex, float]:
        """Return ω G_ij at ω = 0, what free modes leave of it, fᵀ(iC Cᵀ)⁻¹g, and its relative doubt; else 0."""
        free = slice(0, self.problem.n_free)
        drag = self.problem.coupling[:, free].T @ self.problem.coupling[:, free]
        values, axes = np.linalg.eigh(drag)
        here, there = axes.T @ f[free], axes.T @ g[free]
        if not values.size or not np.all(values > 0.0):
            return (0.0 if not values.size else np.inf), 0.0
        value, size = float(np.sum(here * there / values)), float(np.sum(np.abs(here * there) / values))
        doubt = values.size * EPS * size * values[-1] / values[0]
        return -1j * value, doubt / abs(value) if value else 0.0

    def _without_cancelling(self, out: ComplexArray, hard: IntArray, omega: FloatArray, i: int, j: int,
                            times_omega: bool) -> None:
        """Take elements of chains from their springs one by one where a stiff spring costs more than 32 digits have."""
        data = chain_data(self.system)
        if data is None:
            return
        stiffest = float(np.abs(self.system.network.stiffness().diagonal()).max())
        with np.errstate(all="ignore"):
            size = np.abs(out[hard]) / (np.abs(omega[hard]) if times_omega else 1.0)
        poor = hard[np.isfinite(size) & (self.system.n_sites * PRECISE_UNIT * stiffest * size > DOUBTED)]
        if poor.size:
            out[poor] = ChainResponse(self.system, data)._element(omega[poor], i, j, times_omega)

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def _dark_element(self, omega: FloatArray, i: int, j: int) -> tuple[FloatArray, FloatArray]:
        """Return what dark modes add away from the baths, and how much of it, or beside it, is not known.

        Where a bath sits, rounding alone would let them ring: there only what rounding may hide is doubted.
        """
        p, masses, out, unsure = self.problem, self.system.network.masses, np.zeros(omega.size), np.zeros(omega.size)
        here, there = (p.dark_modes[places(self.sites, np.array([n]))[0]] / np.sqrt(masses[n]) for n in (i, j))
        at_bath = bool(np.any(np.isin((i, j), self.system.bath_sites)))
        weight = self._hidden(here, i) * self._hidden(there, j) if at_bath else here * there
        top = max(float(p.stiffness.max(initial=0.0)), float(p.dark_stiffness.max(initial=0.0)))
        for k in np.flatnonzero(weight):
            gap = p.dark_stiffness[k] - omega**2
            term = weight[k] / gap
            unsure += np.abs(term) * (1.0 if at_bath else EPS * (2.0 + top / np.abs(gap)))
            out += 0.0 if at_bath else term
        return out, unsure if at_bath else unsure + self._through_baths(omega, i, j)

    def _through_baths(self, omega: FloatArray, i: int, j: int) -> FloatArray:
        """Return what dark modes may add through baths that they feel after all, away from these, to G_ij.

        By a coupling c a mode passes on c ω Σ_a c_a v_a, v the motion after a force on the other site, which loses
        ω² Σ_a |c_a v_a|² = ω |Im G_jj|.
        """
        p, masses = self.problem, self.system.network.masses
        felt, still = p.unresolved * np.sqrt(self.rate.max()), np.zeros(omega.size)
        if not felt:
            return still
        from hotsprings.kernels import modal

        lam, at = np.ascontiguousarray(p.stiffness), np.array([i, j])
        lost, ring, doubt = np.empty((2, omega.size)), np.empty(omega.size, np.complex128), np.empty(omega.size)
        for f, row in zip(self._amplitudes(at), lost, strict=True):
            f = np.ascontiguousarray(f)
            modal.response(lam, p.coupling, p.products, f, f, omega, False, 0.0, ring, doubt)
            row[:] = np.sqrt(np.abs(omega) * np.abs(ring.imag))
        here, there = np.abs(p.dark_modes[places(self.sites, at)]) / np.sqrt(masses[at])[:, None]
        for gap, x, y in zip(p.dark_stiffness, here, there, strict=True):
            pulled = felt / np.abs(gap - omega**2)
            still += pulled * (x * lost[1] + y * lost[0]) + x * y * np.abs(omega) * pulled**2
        return np.where(omega == 0.0, 0.0, still)

    def _hidden(self, amplitude: FloatArray, site: int) -> FloatArray:
        """Return the size of amplitudes of dark modes at a site, at least what rounding hides where a bath sits."""
        at = np.flatnonzero(np.asarray(self.system.bath_sites) == site)
        if not at.size:
            return np.abs(amplitude)
        least = self.problem.unresolved * np.sqrt(self.rate.max() / self.system.friction[at[0]])
        return np.asarray(np.maximum(np.abs(amplitude), least))

    def plain_sums(self) -> Sums:
        """Return the conductances, and the bath weights at the sites where the modes are known."""
        return self._plain

    @cached_property
    @np.errstate(all="ignore")  # zeros that coincide give infinities and NaN, which the sum rules notice
    def _plain(self) -> Sums:
        return self.solution.conductances(), self.solution.weights(self.problem.modes)

    def detuned(self, shift: float) -> Self:
        """Return the response with every friction changed by its own small factor, the modes kept."""
        change = np.sqrt(self.detuning(shift))
        return self._with(replace(self.problem, coupling=self.problem.coupling * change[:, None]))

    def _with(self, problem: ModalProblem, sites: IntArray | None = None) -> Self:
        """Return the same response for a problem that is almost the same, perhaps at fewer sites."""
        other = type(self)(self.system, self.everywhere, self.road)
        other.problem = problem
        other.sites = self.sites if sites is None else sites
        return other

    @property
    def n_changes(self) -> int:
        """How many draws of last bits are looked at."""
        return 2 if self.system.n_sites <= SAMPLE else 1

    def changed(self, draw: int) -> Response | None:
        """Return the response of the network changed in its last bits, in large networks at some sites only.

        Those are the baths, where the modes that change most easily are largest, and a random sample.
        """
        problem = modal_problem(self.system, np.random.default_rng(draw), self.everywhere, self.problem)
        unresolved = max(problem.unresolved, self.problem.unresolved)
        if problem.stiffness.size != self.problem.stiffness.size or unresolved > DARK_ENOUGH:
            raise CertificateError("the last bits of the network decide which modes feel a bath")
        rows = self._delicate_rows()
        fewer = replace(problem, modes=problem.modes[rows], dark_modes=problem.dark_modes[rows])
        other = self._with(fewer, self.sites[rows])
        if isinstance(self.solution, SearchedMotion) and self.closes(self.plain_sums()):
            other.solution = self.solution.moved(problem)  # zeros that coincide would not part again
        return other

    def resonance_doubt(self) -> float:
        """Return the largest relative change of a resonance by last bits, and what slow overdamped ones are off by.

        Strong baths leave little of det D there: up to 64 sites 32 digits are taken, beyond it is told.
        """
        found, n = super().resonance_doubt(), self.system.n_sites
        found = max(found, self._mixed_into_rates()) if n > SMALL else found
        return max(found, self._missed_at_rest()) if SMALL < n <= TRIED_UP_TO else found

    def _mixed_into_rates(self) -> float:
        """Return the largest relative change of the narrowest resonances' decay rates by eps of λ between any modes.

        δω = -uᵀ δΛ u of a motion u = a + ib over modes, uᵀ Z' u = 1: that of Im ω has the mean square
        4 ε² λ² (|a|² |b|² + (a·b)²). A draw of last bits may by chance leave a narrow one almost as it is.
        """
        omega, problem = self.poles.omega, self.problem
        narrow = np.argsort(omega.imag / np.abs(omega))[:SAMPLE]
        w, u = omega[narrow], self.solution.motions(narrow)
        with np.errstate(all="ignore"):
            u = u / np.sqrt(1j * ((problem.coupling @ u) ** 2).sum(axis=0) - 2.0 * w * (u**2).sum(axis=0))
            u = u * np.sqrt(problem.rounded)[:, None]
            square, across = (u.real**2).sum(axis=0) * (u.imag**2).sum(axis=0), (u.real * u.imag).sum(axis=0)
            moved = 2.0 * EPS * np.sqrt(square + across**2) / w.imag
        return float(moved.max(initial=0.0, where=np.isfinite(moved)))

    def _missed_at_rest(self) -> float:
        """Return the largest relative step to the zero of yᵀ(K + s²M - sΓ)y from the slowest that do not ring."""
        omega, network, at = self.poles.omega, self.system.network, self.system.bath_sites
        still = (np.abs(omega.real) <= NEAR_AXIS * np.abs(omega)) & (omega.imag < SLOW * np.abs(omega).max(initial=0.0))
        largest, K = 0.0, network.stiffness()
        drag = np.zeros(network.n_sites)
        drag[at] = self.system.friction
        for s in np.sort(omega.imag[still])[:SLOWEST_FEW].tolist():
            own = s * s * network.masses - s * drag
            y = np.random.default_rng(0).standard_normal(network.n_sites)
            try:
                for _ in range(3):
                    y = np.asarray(np.linalg.solve(K + np.diag(own), y / np.linalg.norm(y)), np.float64)
            except np.linalg.LinAlgError:  # it is the zero
                continue
            y /= np.linalg.norm(y)
            slope = float(y**2 @ (2.0 * s * s * network.masses - s * drag))
            step = (float(energies(network, y[:, None])[0, 0]) + float(y**2 @ own)) / slope
            largest = max(largest, abs(step) if np.isfinite(step) else 0.0)
        return largest

    def _delicate_rows(self) -> IntArray:
        """Return rows of the modes: all, or in large networks those that ``changed`` looks at."""
        modes, coupling = self.problem.modes, self.problem.coupling
        if len(modes) <= 4 * SAMPLE or not self.everywhere:
            return np.arange(len(modes))
        weakest = np.argsort((coupling**2).sum(axis=0))[:SAMPLE]
        closest = np.argsort(np.diff(self.problem.stiffness))[:SAMPLE]
        largest = np.abs(modes[:, np.concatenate([weakest, closest, closest + 1])]).argmax(axis=0)
        some = np.random.default_rng(1).choice(len(modes), SAMPLE, replace=False)
        return np.unique(np.concatenate([self.system.bath_sites, largest, some]))
