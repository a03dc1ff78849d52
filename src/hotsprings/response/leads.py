"""Semi-infinite chains as baths (Rubin): zeros of a quadratic pencil, logarithms instead of residues.

With ω² = (k/m)(2 - y - 1/y) of the leads, y = e^{iθ} and ω = W sin(θ/2), W = 2 sqrt(k/m), in their band, M' = M k/m,
E = k on the sites that leads touch, Z = Q(y)/y and

    Q(y) = y² M' + y (K + E - 2M') + M' - E = x² M' + x (K + E) + K,   x = y - 1.

Its zeros with |y| < 1 are resonances, those with |y| > 1 bound states, which no lead damps.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from hotsprings.baths import Lead
from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import ArgumentError, CertificateError
from hotsprings.response.band import band_sums
from hotsprings.response.modes import ModalProblem, modal_problem
from hotsprings.response.remembered import elements
from hotsprings.response.response import Poles, Response, Sums, without_diagonal
from hotsprings.response.tolerances import DOUBTED, DOUBTED_FLUX, DOUBTED_RATES, EPS, TOLERANCE
from hotsprings.system import OpenNetwork

__all__ = ["LeadResponse", "has_leads", "refuse_leads"]

VANISHING = 1e-9  # |y| below which a zero is taken for y = 0 (a site as heavy as its lead), and |y + 1| for y = -1
EQUAL = 1e-3  # relative difference of a site's mass and its lead's, below which h_aa comes from the sum rule
CONVERGED = 1e-11  # change of conductances (of the band) and weights by more nodes, where quadrature ends
NODES = 8, 12  # of a panel, no zero nearer to its middle than three halves: 5.8⁻¹⁶ and 5.8⁻²⁴ are left
ON_CIRCLE = 1e-11  # ||y| - 1| below which a motion is not damped


def has_leads(system: OpenNetwork) -> bool:
    """Return whether one of the baths is a semi-infinite lead."""
    return any(isinstance(bath, Lead) for bath in system.baths)


def refuse_leads(system: OpenNetwork, what: str) -> None:
    """Refuse what has no finite sum over resonances where leads have a band that ends."""
    for i, bath in enumerate(system.baths):
        if isinstance(bath, Lead):
            raise ArgumentError(f"baths[{i}]", f"be a Bath, with a cutoff perhaps, for {what}: a lead takes heat in a "
                                "band that ends, and only conductances and local temperatures are finite sums there "
                                "(integrate hs.transmittance or hs.green over the band for more)", "a Lead was given")


def _common(system: OpenNetwork) -> tuple[float, float]:
    """Return k and m of the leads; refuse leads of two kinds, and leads beside other baths."""
    first = next(bath for bath in system.baths if isinstance(bath, Lead))
    for i, bath in enumerate(system.baths):
        if not isinstance(bath, Lead):
            raise ArgumentError(f"baths[{i}]", "be a Lead as the others: a lead beside a bath with friction makes the "
                                "transmittance irrational, with no finite sum over resonances", "a Bath was given")
        if (bath.k, bath.mass) != (first.k, first.mass):
            raise ArgumentError(f"baths[{i}]", "have the k and mass of the other leads: two bands that end at "
                                "different frequencies leave an elliptic integral, no finite sum",
                                f"k = {bath.k:g}, mass = {bath.mass:g} beside k = {first.k:g}, mass = {first.mass:g}")
    return first.k, first.mass


class LeadResponse(Response):
    """A network between equal semi-infinite chains.

    C_ab = R_∞ W/2π - (1/π) Σ_k ρ_k artanh(W/ω_k) over all zeros, h_n^a from residues inside the circle |y| = 1.

    References
    ----------
    Rubin, Phys. Rev. 131, 964 (1963); Dhar, Roy, J. Stat. Phys. 125, 801 (2006).
    """

    dark_means: ClassVar[str] = "feel no lead, or are bound outside its band"

    def __init__(self, system: OpenNetwork) -> None:
        super().__init__(system)
        self.k, self.mass = _common(system)

    @cached_property
    def modes(self) -> ModalProblem:
        """The normal modes that feel a lead."""
        return modal_problem(self.system)

    @cached_property
    def _at_modes(self) -> FloatArray:
        """φ_j(i)/sqrt(M'_i), shape (n_sites, n_modes)."""
        scale = np.sqrt(self.system.network.masses * self.k / self.mass)
        return np.asarray(self.modes.modes / scale[:, None])

    @cached_property
    def zeros(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Zeros x = y - 1 of the pencil (n,), their motions (n_sites, n) and their answers to forces (n_sites, n).

        Q = x² M' + x (K + E) + K and Q⁻¹ = (1/x) Σ_k v_k w_kᵀ/(x - x_k): eigenvectors of [[0, Ω], [-Ω, -Ω² - E]] in
        normal modes, as of damped motion, so that slow motions keep their digits. x = 0 of free ones is not among them.
        """
        p, at = self.modes, self._at_modes[self.system.bath_sites]
        root, moving = np.sqrt(p.stiffness * self.mass / self.k), np.flatnonzero(p.stiffness > 0.0)
        n, first = root.size, moving.size
        A = np.zeros((first + n, first + n))
        A[np.arange(first), first + moving], A[first + moving, np.arange(first)] = root[moving], -root[moving]
        A[first:, first:] = -np.diag(root**2) - self.k * at.T @ at
        x, vectors = (part.astype(np.complex128) for part in np.linalg.eig(A))  # real zeros stay real
        inverse = np.linalg.inv(vectors)
        self._rounded = EPS * np.linalg.norm(A, 2) * np.linalg.norm(vectors, axis=0) * np.linalg.norm(inverse, axis=1)
        return x, np.asarray(self._at_modes @ vectors[first:]), np.asarray(self._at_modes @ inverse[:, first:].T)

    @cached_property
    def _kept(self) -> Any:
        """Zeros that are neither y = 0 nor the band edge y = -1, without weight."""
        x = self.zeros[0]
        keep = (np.abs(x + 1.0) > VANISHING) & (np.abs(x + 2.0) > VANISHING)
        if np.any(keep & (np.abs(_outside(x)) < ON_CIRCLE * np.abs(x))):
            raise CertificateError("a resonance in the band of the leads is not damped: a mode hardly feels them. Try "
                                   "masses changed by 1 part in 1e6, and report the system")
        return np.flatnonzero(keep)

    @cached_property
    def _mirrored(self) -> ComplexArray:
        """G_na(1/y_k) of the zeros kept, shape (n_sites, n_baths, n)."""
        x, v, w = self.zeros
        here = x[self._kept]
        cauchy = (1.0 + here) / (here * (here + x[:, None] + x[:, None] * here))
        return np.stack([(v * w[a]) @ cauchy for a in self.system.bath_sites], axis=1)

    @property
    def omega(self) -> ComplexArray:
        """ω_k of the zeros kept, Im ω ≥ 0."""
        x = self.zeros[0][self._kept]
        root = 1j * x * np.sqrt(self.k / self.mass) / np.sqrt(1.0 + x)
        real = (root.imag == 0.0) & (root.real < 0.0)
        return np.asarray(np.where((root.imag < 0.0) | real, -root, root))

    def resonance_doubt(self) -> float:
        """Return the largest relative change of a resonance, or of its decay rate, by last bits or by rounding of x."""
        x, omega = self.zeros[0][self._kept], self.omega
        decays = (_outside(x) < 0.0) & (omega.imag > 0.0)
        x, omega, moved = x[decays], omega[decays], self._rounded[self._kept][decays]
        part = moved * np.abs(1.0 / x - 0.5 / (1.0 + x)) * np.abs(omega) / omega.imag
        return max(super().resonance_doubt(), float(part.max(initial=0.0)))

    @property
    def poles(self) -> Poles:
        """Resonances, |y| < 1, with Re ω ≥ 0: not all there is to G, which has a cut along the band too."""
        omega = self.omega[_outside(self.zeros[0][self._kept]) < 0.0]
        omega = omega[(omega.real >= 0.0) & (omega.imag > 0.0)]
        return Poles(omega, np.where(omega.real > 0.0, 1.0, 0.5))

    def left(self, sites: IntArray) -> ComplexArray:
        """Refuse: G has a cut besides its poles."""
        refuse_leads(self.system, "this")
        raise AssertionError

    def right(self) -> ComplexArray:
        """Refuse: G has a cut besides its poles."""
        return self.left(self.system.bath_sites)

    def mirrored(self, sites: IntArray) -> ComplexArray:
        """Refuse: G has a cut besides its poles."""
        return self.left(sites)

    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Refuse: the band of the leads ends."""
        return self.left(self.system.bath_sites), self.right()

    def drag(self, omega: FloatArray) -> FloatArray:
        """Return γ_a'(ω) = k sin θ/ω at real frequencies, shape (n_baths, ...); 0 outside the band."""
        half = np.abs(omega) / (2.0 * np.sqrt(self.k / self.mass))
        value = self._friction() * np.sqrt(np.maximum((1.0 - half) * (1.0 + half), 0.0))
        return np.asarray(np.broadcast_to(value, (self.system.n_baths, *half.shape)))

    def decay_sum(self) -> float:
        """Return the sum of the decay rates as found: no identity is known for it."""
        return float(self.resonance_frequencies().imag.sum())

    def expected_resonances(self) -> int:
        """Return how many resonances were found: their number is not known beforehand."""
        return int(self.resonance_frequencies().size)

    def detuned(self, shift: float) -> LeadResponse:
        """Return the response itself: zeros that coincide do no harm to these sums."""
        return self

    def changed(self, draw: int) -> LeadResponse:
        """Return the response of the network changed in its last bits."""
        other = LeadResponse(self.system)
        other.modes = modal_problem(self.system, np.random.default_rng(draw))
        if other.modes.stiffness.size != self.modes.stiffness.size:
            raise CertificateError("the last bits of the network decide which modes feel a lead")
        return other

    @property
    def sure(self) -> bool:
        """Whether the digits at hand are enough: last bits move little, and sums close."""
        try:
            weights, fluxes, rates = self.doubts
            clear = not self.modes.uncertain and self.modes.unresolved <= DOUBTED
            known = max(weights, fluxes) <= DOUBTED and rates <= DOUBTED_RATES
            return clear and known and self.closes(self._stationary)
        except (CertificateError, np.linalg.LinAlgError):
            return False

    def _residues(self) -> tuple[ComplexArray, ComplexArray]:
        """Return x, and (y - 1/y)² v_n w_a G_na(1/y), v wᵀ the residues of Q⁻¹, (n_sites, n_baths, n), zeros kept."""
        x, v, w = self.zeros
        keep, at = self._kept, self.system.bath_sites
        x = x[keep]
        product = x * ((2.0 + x) / (1.0 + x)) ** 2 * v[:, None, keep] * w[at][None][:, :, keep]
        return x, product * self._mirrored

    def plain_sums(self) -> Sums:
        """Return the conductance matrix (n_baths, n_baths) and the bath weights (n_sites, n_baths).

        Where sites continue a lead, y = 0 is a multiple zero and residues are lost, and where little passes they leave
        little of each other: then by quadrature between the resonances, with more nodes once more.
        """
        sums, lost = None, np.inf
        try:
            sums, lost = self._residue_sums()
            if self.closes(sums) and lost <= DOUBTED_FLUX:
                return sums
        except (CertificateError, np.linalg.LinAlgError):
            pass
        fewer, more = (band_sums(self.system, self.k, self.mass, self.zeros[0], count) for count in NODES)
        moved = max(float(np.abs(new - old).max()) / size
                    for new, old, size in zip(more, fewer, (2.0 * np.sqrt(self.k / self.mass), 1.0), strict=True))
        if moved < CONVERGED and self.closes(more):
            return more
        if sums is not None and lost <= TOLERANCE and self.closes(sums):
            return sums
        raise CertificateError("neither the residues between these leads nor a quadrature over their band converge: a "
                               "mode hardly feels them. Try masses changed by 1 part in 1e6, and report the system")

    @np.errstate(all="ignore")
    def _residue_sums(self) -> tuple[Sums, float]:
        """Return them from residues, and the largest part of a conductance that is rounding of its terms."""
        x, terms = self._residues()
        at, omega, edge = self.system.bath_sites, self.omega, 2.0 * np.sqrt(self.k / self.mass)
        rho = self.k**2 * terms[at] * (self.k / self.mass) * x * (2.0 + x) / (1.0 + x) / (2.0 * omega)
        parts = rho * np.arctanh(edge / omega) / np.pi
        matrix = -parts.sum(axis=2).real + self._far() * edge / (2.0 * np.pi)
        size = np.abs(parts).sum(axis=2)
        lost = without_diagonal(np.where(size > 0.0, EPS * size / np.abs(matrix), 0.0))
        return (without_diagonal(matrix), self._weights(x, terms)), max(float(lost.max(initial=0.0)), self._at_centre())

    def _at_centre(self) -> float:
        """Return what zeros near y = 0 leave unknown: all, of sites nearly as heavy as their lead, or rounding of y."""
        x, heavy = self.zeros[0], self.system.network.masses[self.system.bath_sites] == self.mass
        if np.sum(np.abs(x + 1.0) <= VANISHING) != heavy.sum():
            return np.inf
        return EPS / float(np.abs(1.0 + x[self._kept]).min(initial=1.0))

    def _far(self) -> FloatArray:
        """Return R_∞ = 𝒯 at ω → ∞ as a rational function; not 0 between two sites as heavy as their leads."""
        at, m = self.system.bath_sites, self.system.network.masses
        heavy = [a for a in range(at.size) if m[at[a]] == self.mass]
        out = np.zeros((at.size, at.size))
        if len(heavy) > 1:
            sites = at[heavy]
            springs = self.system.network.stiffness()[np.ix_(sites, sites)]
            out[np.ix_(heavy, heavy)] = np.linalg.inv(springs - self.k * np.eye(len(heavy))) * springs
        return out

    def _weights(self, x: ComplexArray, terms: ComplexArray) -> FloatArray:
        at, m = self.system.bath_sites, self.system.network.masses
        sums = -(terms * np.sign(_outside(x))).sum(axis=2).real
        weight = -m[:, None] * self.k**2 / (2.0 * self.mass) * sums
        far = self._far()
        weight[at] += 0.5 * (far - np.diag(np.diag(far)))  # between sites as heavy as their leads y = 0 is a pole
        bright = self.dark_modes()[1]
        for a, site in enumerate(at):
            inertia = m[site] * self.k / self.mass
            if abs(m[site] / self.mass - 1.0) > EQUAL:
                weight[site, a] -= m[site] * self.k**2 / (2.0 * self.mass) / ((inertia - self.k) * inertia)
            else:
                weight[site, a] = bright[site] - np.delete(weight[site], a).sum()
        return np.asarray(weight)

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and bound states, and the bright weight of each site, shape (n_sites,)."""
        x, v, _ = self.zeros
        keep, m, at = self._kept, self.system.network.masses, self.system.bath_sites
        bound = keep[_outside(x[keep]) > 0.0]
        bright = 1.0 - (self.modes.dark_modes**2).sum(axis=1)
        if bound.size:
            u, beyond = (v[:, bound] / v[np.abs(v[:, bound]).argmax(axis=0), bound]).real, x[bound].real
            tails = beyond[:, None] + beyond + np.multiply.outer(beyond, beyond)  # y y' - 1, the motion along the lead
            shared = (u.T * m) @ u + self.mass * (u[at].T @ u[at]) / tails
            bright = bright - m * np.einsum("nk,kn->n", u, np.linalg.solve(shared, u.T))
        return self.modes.dark_modes.shape[1] + bound.size, np.asarray(bright)

    def _added(self, omega: float) -> ComplexArray:
        """Return Σ(ω) = k (1 - z), what leads add to the stiffness of their sites, shape (n_baths,).

        In the band it is mω²/2 + iωγ sqrt(1 - ω²/W²): half a mass of the lead less, and friction.
        """
        half = omega / (2.0 * np.sqrt(self.k / self.mass))
        if abs(half) <= 1.0:
            drag = self._friction() * np.sqrt((1.0 - half) * (1.0 + half))
            value = complex(0.5 * self.mass * omega * omega, omega * drag)
        else:
            value = complex(self.k + self.k / (abs(half) + np.sqrt((abs(half) - 1.0) * (abs(half) + 1.0))) ** 2)
        return np.full(self.system.n_baths, value)

    def _element(self, omega: FloatArray, i: int, j: int, times_omega: bool) -> ComplexArray:
        """Return G_ij at real frequencies; or ω G_ij."""
        return elements(self.system, self.modes, self._added, omega, i, j, times_omega)

    def _friction(self) -> float:
        return float(np.sqrt(self.k * self.mass))

    def branches(self) -> list[tuple[float, Response]]:
        """Return the response itself."""
        return [(1.0, self)]


def _outside(x: ComplexArray) -> FloatArray:
    """Return |y|² - 1 of y = 1 + x."""
    return np.asarray(2.0 * x.real + np.abs(x) ** 2)
