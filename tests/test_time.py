"""Motion in time: reference values to 50 digits, matrix exponentials of the drift, Lyapunov equations, spectra."""

from decimal import Decimal

import numpy as np
import pytest
import scipy.linalg

import hotsprings as hs
from hotsprings import bond_correlations, correlations, energy_current, motion
from hotsprings.response.evolution import Evolution
from hotsprings.response.response import Response

from .oracles import dense
from .oracles.open_cases import case
from .oracles.quadrature import resolved_points

LATTICE = hs.OpenNetwork(hs.Lattice((3, 3), np.ones(9), k0=0.2),
                         [*hs.bath_group([0, 1, 2], 1.5), hs.Bath(8, 0.5)])
CHAIN = hs.OpenNetwork(hs.Chain(np.ones(5), 1.0, 0.3), [hs.Bath(0, 1.5, 0.8), hs.Bath(-1, 0.5, 1.1)])
EQUAL = hs.OpenNetwork(hs.MeanField([1.0, 1.0, 1.0, 2.0, 1.0, 1.3], k0=0.3),
                       [hs.Bath(0, 1.5, 0.8), hs.Bath(4, 0.5, 0.8)])


def propagator(system, t):
    """Return exp(A t) for x = (q, v)."""
    n, m = system.n_sites, system.network.masses
    gamma = np.diag(dense.friction_matrix(system))
    drift = np.block([[np.zeros((n, n)), np.eye(n)], [-system.network.stiffness() / m[:, None], -np.diag(gamma / m)]])
    return scipy.linalg.expm(drift * t), drift


def covariance(system):
    """Return the stationary covariance of (q, v), by a Lyapunov equation (pinned, no dark modes)."""
    n, m = system.n_sites, system.network.masses
    _, drift = propagator(system, 0.0)
    noise = np.zeros((2 * n, 2 * n))
    for site, gamma, t in zip(system.bath_sites, system.friction, system.temperature, strict=True):
        noise[n + site, n + site] = 2.0 * gamma * t / m[site] ** 2
    return scipy.linalg.solve_continuous_lyapunov(drift, -noise)


def remembering(system, initial):
    """Return drift and noise of (q, v, memories), and its covariance where baths are joined to an equilibrium.

    m v' = -K q + f, f' = -ω_D f - γω_D v + √(2γT) ω_D ξ: what a bath remembers is in equilibrium at its temperature.
    """
    n, m, noisy = system.n_sites, system.network.masses, [b for b in system.baths if b.cutoff]
    drift = scipy.linalg.block_diag(propagator(system, 0.0)[1], np.zeros((len(noisy), len(noisy))))
    noise, start = np.zeros_like(drift), np.zeros_like(drift)
    start[:2 * n, :2 * n] = initial * scipy.linalg.block_diag(np.linalg.inv(system.network.stiffness()),
                                                              np.diag(1.0 / m))
    row = 2 * n
    for site, bath in zip(system.bath_sites, system.baths, strict=True):
        if bath.cutoff is None:
            noise[n + site, n + site] = 2.0 * bath.friction * bath.temperature / m[site] ** 2
            continue
        drift[n + site, n + site] += bath.friction / m[site]  # not at once
        drift[n + site, row], drift[row, n + site] = 1.0 / m[site], -bath.friction * bath.cutoff
        drift[row, row], start[row, row] = -bath.cutoff, bath.friction * bath.cutoff * bath.temperature
        noise[row, row] = 2.0 * bath.friction * bath.temperature * bath.cutoff**2
        row += 1
    return drift, noise, start


class TestCorrelation:
    @pytest.mark.parametrize(("i", "j", "value"), [(0, 0, -0.5811553675577265746375), (1, 1, -0.1880756144910828472909),
                                                   (0, 3, 0.1123571270243232636403), (3, 0, 0.2331086837284547267539)])
    def test_references(self, i, j, value):
        assert hs.correlation(case("A"), i, j, 1.7) == pytest.approx(value, rel=1e-12)

    @pytest.mark.parametrize("name", ["A", "C", "D", "E", "chain", "lattice"])
    def test_against_the_propagator(self, name):
        system = {"chain": CHAIN, "lattice": LATTICE}.get(name) or case(name)
        n, sigma, times = system.n_sites, covariance(system), np.array([0.0, 0.4, 2.3, 7.7])
        exact = np.array([propagator(system, t)[0] @ sigma for t in times])
        for i, j in ((0, 0), (0, n - 1), (2, 1)):
            velocity = hs.correlation(system, i, j, times)
            np.testing.assert_allclose(velocity, exact[:, n + i, n + j], atol=1e-11)
            np.testing.assert_allclose(hs.correlation(system, i, j, times, of="position"), exact[:, i, j], atol=1e-11)
            np.testing.assert_allclose(hs.correlation(system, j, i, -times), velocity, rtol=1e-14, atol=1e-15)

    @pytest.mark.parametrize("system", [case("B"), EQUAL])
    def test_starts_at_the_local_temperature(self, system):
        state = hs.steady_state(system)
        for i in range(system.n_sites):
            start = hs.correlation(system, i, i, 0.0)
            assert start == pytest.approx(state.local_temperature[i] / system.network.masses[i], rel=1e-12)

    def test_equilibrium_is_the_answer_to_a_kick(self):
        """Fluctuation and dissipation: ⟨v_i(t) v_j(0)⟩ = T v_i(t) after a kick p = 1 of site j."""
        system = hs.OpenNetwork(case("C").network, [hs.Bath(b.site, 0.7, b.friction) for b in case("C").baths])
        times = np.linspace(0.0, 9.0, 7)
        answer = hs.mean_motion(system, times, kick=(3, 1.0)).velocity
        for i in range(6):
            np.testing.assert_allclose(hs.correlation(system, i, 3, times), 0.7 * answer[:, i], atol=1e-13)

    def test_shapes_and_refusals(self):
        system = case("A")
        assert hs.correlation(system, 0, 1, np.zeros((2, 3))).shape == (2, 3)
        with pytest.raises(hs.ArgumentError, match="'times'"):
            hs.correlation(system, 0, 1, [0.0, np.nan])
        with pytest.raises(hs.ArgumentError, match="'of' must be"):
            hs.correlation(system, 0, 1, 0.0, of="momentum")
        with pytest.raises(hs.ArgumentError, match="diffuse away"):
            hs.correlation(case("B"), 0, 1, 0.0, of="position")
        with pytest.raises(hs.ArgumentError, match="'j'"):
            hs.correlation(system, 0, 5, 0.0)

    def test_dark_modes_are_told(self):
        with pytest.warns(hs.DarkModeWarning, match="keep ringing"):
            hs.correlation(EQUAL, 1, 1, 0.0)


    @pytest.mark.parametrize(("i", "j", "of", "what"), [
        (0, 0, "velocity", "the local temperature|equilibrium"), (0, 3, "velocity", "equilibrium"),
        (0, 3, "position", "equilibrium")])
    def test_a_wrong_residue_is_refused(self, monkeypatch, i, j, of, what):
        """Negative control: one residue off by 1e-6 is seen in the equal-time moments, whichever the sites."""
        right = correlations._amplitudes

        def wrong(*args):
            forward, backward = right(*args)
            change = np.ones(forward.size)
            change[1] += 1e-6
            return forward * change, backward * change

        hs.correlation(case("A"), i, j, 1.0, of=of)
        monkeypatch.setattr(correlations, "_amplitudes", wrong)
        with pytest.raises(hs.CertificateError, match=f"misses ({what}) at t = 0"):
            hs.correlation(case("A"), i, j, 1.0, of=of)

    def test_both_orders_of_the_sites_are_compared(self, monkeypatch):
        right = correlations._amplitudes
        monkeypatch.setattr(correlations, "_amplitudes", lambda *args: (right(*args)[0], 1.000001 * right(*args)[1]))
        with pytest.raises(hs.CertificateError, match="both orders"):
            hs.correlation(case("C"), 0, 3, 1.0)

    @pytest.mark.parametrize("name", ["A", "B", "C", "C0", "D", "E", "chain", "lattice", "equal"])
    def test_the_moments_hold_to_rounding(self, name):
        """What the certificate misses is three powers of ten below what it lets pass."""
        system = {"chain": CHAIN, "lattice": LATTICE, "equal": EQUAL}.get(name) or case(name)
        response = correlations.response_of(system)
        for velocity in (True, False) if name not in ("B", "C0") else (True,):
            start = correlations._Start(response, 0, 2, velocity)
            for weight, branch in response.branches():
                pair = correlations._amplitudes(branch, 0, 2)
                start.add(weight, branch, *(a * branch.poles.omega ** (2 * velocity) for a in pair))
            assert max(miss for _, miss in start.misses()) < 1e-12


class TestSpectrum:
    @pytest.mark.parametrize("name", ["A", "B", "C", "E"])
    def test_integral_is_the_local_temperature(self, name):
        system = case(name)
        omega, weight = resolved_points(hs.resonances(system).frequency)
        state = hs.steady_state(system)
        for i in range(system.n_sites):
            area = float(weight @ hs.power_spectrum(system, omega, i)) / np.pi
            assert area == pytest.approx(state.local_temperature[i] / system.network.masses[i], rel=1e-9)

    def test_is_the_transform_of_the_correlation(self):
        system = case("A")
        times = np.linspace(0.0, 5000.0, 500_001)  # the slowest resonance has decayed by exp(-25)
        c = hs.correlation(system, 1, 1, times)
        for w in (0.3, 1.1):
            area = 2.0 * scipy.integrate.simpson(c * np.cos(w * times), x=times)
            assert hs.power_spectrum(system, w, 1) == pytest.approx(area, rel=1e-6)


    @pytest.mark.parametrize("name", ["A", "B", "C0", "E", "chain", "lattice", "equal"])
    def test_is_the_dissipation(self, name):
        """Between baths at T = 0.7: -2ω Im G_ii(ω) T, where nothing cancels."""
        system = {"chain": CHAIN, "lattice": LATTICE, "equal": EQUAL}.get(name) or case(name)
        equal = hs.OpenNetwork(system.network, [hs.Bath(b.site, 0.7, b.friction) for b in system.baths])
        omega = np.array([0.2, 0.6, 0.9])
        expected = -1.4 * omega * hs.green(equal, omega, 0, 0).imag
        np.testing.assert_allclose(hs.power_spectrum(equal, omega, 0), expected, rtol=1e-11)

    def test_a_wrong_friction_is_refused(self, monkeypatch):
        """Negative control: the frictions of the sum off by 1e-6, those of the Green elements not."""
        right = correlations.damping
        monkeypatch.setattr(correlations, "damping", lambda *args: 1.000001 * right(*args))
        with pytest.raises(hs.CertificateError, match="misses the dissipation by a relative 1"):
            hs.power_spectrum(case("A"), [0.3, 1.0], 1)


class TestMotion:
    def test_reference(self):
        expected = [0.0267450464871047463, -0.633741051594786559, -0.0646183214868425735, 0.0623503467979339077,
                    0.0629174769216310904]
        found = hs.mean_motion(case("A"), [3.0], kick=(1, 1.0))
        np.testing.assert_allclose(found.velocity[0], expected, rtol=1e-12)

    @pytest.mark.parametrize("name", ["A", "B", "C", "C0", "D", "E", "chain", "lattice", "equal"])
    def test_against_the_propagator(self, name):
        system = {"chain": CHAIN, "lattice": LATTICE, "equal": EQUAL}.get(name) or case(name)
        n, m, times = system.n_sites, system.network.masses, np.array([0.0, 0.3, 2.0, 11.0])
        found = hs.mean_motion(system, times, kick={1: 0.7, 0: -0.2}, displacement=(2, 0.4))
        start = np.zeros(2 * n)
        start[n], start[n + 1], start[2] = -0.2 / m[0], 0.7 / m[1], 0.4
        exact = np.array([propagator(system, t)[0] @ start for t in times])
        np.testing.assert_allclose(found.position, exact[:, :n], atol=1e-11)
        np.testing.assert_allclose(found.velocity, exact[:, n:], atol=1e-11)

    def test_displaced_bath_site(self):
        system, n = case("A"), 5
        found = hs.mean_motion(system, [1.3], displacement=0)
        np.testing.assert_allclose(found.position[0], propagator(system, 1.3)[0][:n, 0], atol=1e-12)

    def test_refusals(self):
        with pytest.raises(hs.ArgumentError, match="neither"):
            hs.mean_motion(case("A"), [1.0])
        with pytest.raises(hs.ArgumentError, match="'times' must be zero or more"):
            hs.mean_motion(case("A"), [-1.0], kick=0)
        with pytest.raises(hs.ArgumentError, match="'kick"):
            hs.mean_motion(case("A"), [1.0], kick=(9, 1.0))
        with pytest.raises(hs.ArgumentError, match=r"pair \(site, size\)"):
            hs.mean_motion(case("A"), [1.0], kick=(1, 2.0, 3.0))


class TestRelaxation:
    def test_reference(self):
        expected = [1.40821017507397044, 0.906501433502298312, 0.906928629224938271, 0.905923819313197579,
                    0.589303755096932794]
        np.testing.assert_allclose(hs.relaxation(case("A"), [3.0], 0.9)[0], expected, rtol=1e-12)

    @pytest.mark.parametrize("name", ["A", "C", "D", "E", "chain", "lattice"])
    def test_against_the_propagator(self, name):
        """Σ(t) = Σ(∞) + e^{At} [Σ(0) - Σ(∞)] e^{Aᵀt}, Σ(0) = T0 (K⁻¹, M⁻¹)."""
        system = {"chain": CHAIN, "lattice": LATTICE}.get(name) or case(name)
        n, m, end = system.n_sites, system.network.masses, covariance(system)
        start = 0.9 * scipy.linalg.block_diag(np.linalg.inv(system.network.stiffness()), np.diag(1.0 / m))
        times = np.array([0.0, 0.2, 3.0, 20.0])
        found = hs.relaxation(system, times, 0.9)
        for t, row in zip(times, found, strict=True):
            step = propagator(system, t)[0]
            sigma = end + step @ (start - end) @ step.T
            np.testing.assert_allclose(row, m * np.diag(sigma)[n:], atol=1e-11)

    @pytest.mark.parametrize("network", [
        case("A").network, hs.Chain([0.9, 1.4, 0.7, 1.1], k0=0.3, ends=("fixed", "free")),
        hs.PowerLaw(np.linspace(0.6, 1.8, 70), 1.5, k0=0.2)], ids=["mean field", "chain", "in 16 digits"])
    @pytest.mark.parametrize("edges", [(2.0, 3.5), (2.0, None), (None, 40.0)])
    def test_with_memory(self, network, edges):
        """Against the propagator of sites and memories together; also where it is followed without resonances."""
        last = network.n_sites - 1
        system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 0.8, edges[0]), hs.Bath(last, 0.5, 1.3, edges[1])])
        drift, noise, start = remembering(system, 0.9)
        end = scipy.linalg.solve_continuous_lyapunov(drift, -noise)
        times, moving = np.array([0.0, 0.2, 3.0, 20.0]), slice(network.n_sites, 2 * network.n_sites)
        found, expected = hs.relaxation(system, times, 0.9), np.empty((times.size, network.n_sites))
        for k, t in enumerate(times):
            step = scipy.linalg.expm(drift * t)
            sigma = end + step @ (start - end) @ step.T
            expected[k] = network.masses * np.diag(sigma)[moving]
        np.testing.assert_allclose(found, expected, atol=1e-10)
        if network.n_sites < 10:
            np.testing.assert_allclose(Evolution(system).heated(system.temperature, 0.9, times), expected, atol=1e-12)

    def test_memory_in_equilibrium_and_at_once(self):
        """Baths at T0 change nothing; a memory of 1e-9 is none: what it changes is of the order of γ/(m ω_D)."""
        network, times = case("A").network, [0.0, 0.3, 3.0]
        even = hs.OpenNetwork(network, [hs.Bath(0, 0.9, 0.8, 2.0), hs.Bath(4, 0.9, 1.3, 0.1)])
        np.testing.assert_allclose(hs.relaxation(even, times, 0.9), 0.9, rtol=1e-12)
        short = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 0.8, 1e9), hs.Bath(4, 0.5, 1.3, 1e9)])
        np.testing.assert_allclose(hs.relaxation(short, times, 0.9), hs.relaxation(case("A"), times, 0.9), rtol=1e-8)

    @pytest.mark.parametrize("system", [case("B"), EQUAL])
    def test_from_start_to_end(self, system):
        late = hs.relaxation(system, [0.0, 1e6], 0.9)
        np.testing.assert_allclose(late[0], 0.9, rtol=1e-12)
        np.testing.assert_allclose(late[1], hs.steady_state(system, dark_temperature=0.9).local_temperature, rtol=1e-12)

    def test_mean_field_as_any_network(self):
        """Partial fractions against double sums over the poles of the same springs."""
        rng = np.random.default_rng(3)
        field = hs.MeanField(rng.uniform(0.5, 1.5, 60), k0=0.2)
        baths = [hs.Bath(0, 1.5), hs.Bath(30, 0.5, 0.3), hs.Bath(59, 0.7)]
        springs = hs.Springs(field.masses, field.stiffness())
        times = [0.0, 1.0, 30.0, 1000.0]
        found = hs.relaxation(hs.OpenNetwork(field, baths), times, 2.0)
        np.testing.assert_allclose(found, hs.relaxation(hs.OpenNetwork(springs, baths), times, 2.0), atol=1e-10)

    def test_dark_modes_keep_their_temperature(self):
        with pytest.warns(hs.DarkModeWarning, match="keep the temperature"):
            hs.relaxation(EQUAL, [1.0], 0.9)

    def test_refusals(self):
        with pytest.raises(hs.ArgumentError, match="only an equilibrium"):
            hs.relaxation(case("A"), [1.0], [1.0, 2.0, 1.0, 1.0, 1.0])
        with pytest.raises(hs.ArgumentError, match="'initial_temperature'"):
            hs.relaxation(case("A"), [1.0], -1.0)
        leads = hs.OpenNetwork(case("A").network, [hs.Lead(0, 1.5, 2.0, 1.5), hs.Lead(4, 0.5, 2.0, 1.5)])
        with pytest.raises(hs.ArgumentError, match="relaxation"):
            hs.relaxation(leads, [1.0], 1.0)


LINE = [1.0, 1.7, 0.8, 1.2, 0.9, 1.4]


class TestCurrentCorrelation:
    @pytest.mark.parametrize(("k0", "values"), [
        (0.3, [3.52874834362484, 0.860521809741866, -0.348270296362726]),
        (0.0, [4.0963138893429765, 1.4206588024146050, -2.5564510763464121])])  # the second by mpmath, 40 digits
    def test_references(self, k0, values):
        network = hs.PowerLaw(LINE, 1.3, k0=k0, n_tilde=1.0)
        np.testing.assert_allclose(hs.current_correlation(network, [0.0, 0.7, 3.1], 0.8), values, rtol=1e-12)

    @pytest.mark.parametrize("network", [hs.PowerLaw(LINE, 1.3, k0=0.3), hs.Chain(LINE, 1.0, 0.2),
                                         hs.PowerLaw(LINE, 0.7, k0=0.2, periodic=True)])
    @pytest.mark.parametrize("friction", [1e-9, 0.7])
    def test_between_equal_baths(self, network, friction):
        """Wick's theorem with exp(At) and the covariance of equilibrium; weak baths give the closed network."""
        system = hs.OpenNetwork(network, [hs.Bath(0, 0.8, friction), hs.Bath(4, 0.8, friction)])
        n, times = 6, np.array([0.0, 0.7, 3.1])
        sigma = 0.8 * scipy.linalg.block_diag(np.linalg.inv(network.stiffness()), np.diag(1.0 / network.masses))
        k, x = -network.stiffness(), np.subtract.outer(np.arange(6), np.arange(6)).T.astype(float)
        if getattr(network, "periodic", False):
            x = np.where(np.abs(x) == 3, 0.0, np.where(x > 3, x - 6, np.where(x < -3, x + 6, x)))
        j = 0.5 * k * x
        np.fill_diagonal(j, 0.0)
        np.fill_diagonal(j, j.sum(axis=1))
        expected = []
        for t in times:
            c = propagator(system, t)[0] @ sigma
            qq, qv, vq, vv = c[:n, :n], c[:n, n:], c[n:, :n], c[n:, n:]
            expected.append(np.einsum("ij,kl,ik,jl", j, j, qq, vv) + np.einsum("ij,kl,il,jk", j, j, qv, vq))
        np.testing.assert_allclose(hs.current_correlation(system, times, 0.8), expected, rtol=1e-9, atol=1e-11)
        if friction == 1e-9:
            np.testing.assert_allclose(hs.current_correlation(network, times, 0.8), expected, atol=1e-7)

    @pytest.mark.parametrize("network", [
        hs.PowerLaw(LINE, 1.3, k0=0.3), hs.PowerLaw(LINE, 0.0), hs.Chain(LINE, 1.0),
        hs.PowerLaw(LINE, 0.7, periodic=True),
        hs.Springs(np.ones(6), scipy.linalg.block_diag(*2 * [[[1, -1, 0], [-1, 2, -1], [0, -1, 1]]]),
                   positions=np.arange(6.0)[:, None])])
    def test_moments_at_the_start(self, network):
        """⟨J²⟩ and ⟨J̇²⟩ from K⁻¹ are C(0) and -C''(0), here by differences; two free parts make no difference."""
        current = energy_current._current(network)
        (first, second), _ = energy_current._moments(network, current, energy_current._modes(network, current))
        h = 1e-2
        c = hs.current_correlation(network, h * np.arange(4), 1.0)
        assert c[0] == pytest.approx(first, rel=1e-12)
        fit = np.polynomial.polynomial.polyfit((h * np.arange(4)) ** 2, c, 3)
        assert -2.0 * fit[1] == pytest.approx(second, rel=1e-6)

    @pytest.mark.parametrize("k0", [0.0, 0.4])
    def test_rings_of_equal_masses_keep_their_current(self, k0):
        """𝔍 is antisymmetric and commutes with K: J̇_tot = 0, by terms that cancel."""
        ring = hs.PowerLaw(np.ones(16), 1.25, 1.0, k0, periodic=True)
        c = hs.current_correlation(ring, [0.0, 1.0, 77.0], 0.8)
        np.testing.assert_allclose(c, c[0], rtol=1e-12)
        assert c[0] > 0.0

    @pytest.mark.parametrize("which", [0, 2])
    def test_wrong_modes_are_refused(self, monkeypatch, which):
        """Negative control: one frequency, or one mode turned into another, by 1e-6."""
        right = energy_current.all_modes

        def wrong(network):
            values, modes = right(network)
            if which == 0:
                values[2] *= 1.000001
            else:
                modes[2] += 1e-6 * modes[3]
            return values, modes

        network = hs.PowerLaw(LINE, 1.3, k0=0.3)
        hs.current_correlation(network, [0.5], 0.8)
        monkeypatch.setattr(energy_current, "all_modes", wrong)
        with pytest.raises(hs.CertificateError, match="misses the equilibrium by a relative"):
            hs.current_correlation(network, [0.5], 0.8)

    def test_wrong_sums_between_baths_are_refused(self, monkeypatch):
        """t = 0 is looked at though it is not among the times; small ones are answered as they evolve."""
        small, large = (hs.OpenNetwork(hs.Chain(np.resize(LINE, n), 1.0, 0.2), [hs.Bath(0, 0.8), hs.Bath(5, 0.8)])
                        for n in (6, 65))
        known = hs.current_correlation(small, [2.0], 0.8)
        right = Response.pole_damping
        monkeypatch.setattr(Response, "pole_damping", lambda response: 1.000001 * right(response))
        with pytest.raises(hs.CertificateError, match="miss the equilibrium"):
            hs.current_correlation(large, [2.0], 0.8)
        np.testing.assert_allclose(hs.current_correlation(small, [2.0], 0.8), known, rtol=1e-12)

    def test_free_between_baths_is_the_limit_of_pinning(self):
        """To the first order of a pinning of 1e-7."""
        ends = [hs.Bath(0, 0.8, 0.5), hs.Bath(5, 0.8, 0.9)]
        free, pinned = (hs.OpenNetwork(hs.Chain(LINE, 1.0, k0), ends) for k0 in (0.0, 1e-7))
        times = [0.0, 0.9, 4.0]
        np.testing.assert_allclose(hs.current_correlation(free, times, 0.8), hs.current_correlation(pinned, times, 0.8),
                                   rtol=1e-5)

    def test_refusals(self):
        with pytest.raises(hs.ArgumentError, match="positions on a line"):
            hs.current_correlation(case("A").network, [0.0], 1.0)
        with pytest.raises(hs.ArgumentError, match="2 dimensions"):
            hs.current_correlation(hs.Lattice((2, 2), np.ones(4)), [0.0], 1.0)
        with pytest.raises(hs.ArgumentError, match=r"baths\[1\] is at 0\.5"):
            hs.current_correlation(case("E"), [0.0], 1.5)
        with pytest.raises(hs.ArgumentError, match="'system_or_network'"):
            hs.current_correlation("chain", [0.0], 1.5)


class TestBondCorrelation:
    def test_references(self):
        found = hs.bond_correlation(case("E"), 0, 1, [0.0, 2.0, -2.0])
        expected = [0.4948750489486316538786, -0.04224063446390508951076, -0.04224063446390508951076]
        np.testing.assert_allclose(found, expected, rtol=1e-12)

    @pytest.mark.parametrize("name", ["A", "C", "E", "lattice"])
    def test_against_the_propagator(self, name):
        """Wick's theorem with exp(At) and the covariance of a Lyapunov equation."""
        system = LATTICE if name == "lattice" else case(name)
        n, sigma, times = system.n_sites, covariance(system), np.array([0.0, 0.7, 3.1])
        spring = system.network.stiffness()[0, 1]
        stretch, motion = np.zeros((2, 2 * n))
        stretch[[0, 1]], motion[[n, n + 1]] = [1.0, -1.0], 0.5
        expected = []
        for t in times:
            c = propagator(system, t)[0] @ sigma
            expected.append(spring**2 * ((stretch @ c @ stretch) * (motion @ c @ motion)
                                         + (stretch @ c @ motion) * (motion @ c @ stretch)))
        np.testing.assert_allclose(hs.bond_correlation(system, 0, 1, times), expected, atol=1e-11)

    def test_its_integral_is_the_variance_of_the_heat(self):
        """Where one spring joins both halves; Simpson's rule on lags until all has decayed by e^-20."""
        system = case("E")
        slowest = hs.resonances(system).decay_rate.min()
        times = np.linspace(0.0, 20.0 / slowest, 20_001)
        area = 2.0 * scipy.integrate.simpson(hs.bond_correlation(system, 2, 3, times), x=times)
        assert area == pytest.approx(hs.statistics.cumulants(system, order=2)[1], rel=1e-6)

    def test_free_network_is_the_limit_of_pinning(self):
        free, pinned = (hs.OpenNetwork(hs.MeanField(case("B").network.masses, k0=k0), case("B").baths)
                        for k0 in (0.0, 1e-7))
        times = [0.0, 0.9, 4.0]
        np.testing.assert_allclose(hs.bond_correlation(free, 0, 2, times), hs.bond_correlation(pinned, 0, 2, times),
                                   rtol=1e-5)

    def test_refusals(self, monkeypatch):
        with pytest.raises(hs.ArgumentError, match="'j' must be another site"):
            hs.bond_correlation(case("E"), 1, 1, 0.0)
        right = bond_correlations._factors
        monkeypatch.setattr(bond_correlations, "_factors", lambda *args: 1.000001 * right(*args))
        with pytest.raises(hs.CertificateError, match="misses the covariances"):
            hs.bond_correlation(case("E"), 0, 1, 0.0)


OVERDAMPED = hs.OpenNetwork(hs.Chain(np.ones(4)), [hs.Bath(0, 1.0, 50.0)])


@pytest.mark.parametrize("system", [CHAIN, LATTICE, EQUAL, OVERDAMPED])
def test_the_start_alone_is_an_answer(system):
    """Positions are zero there, and were once held to a part of zero."""
    kicked = hs.mean_motion(system, [0.0], kick=(1, 2.0))
    moved = hs.mean_motion(system, [0.0], displacement=(1, 2.0))
    speed = np.where(np.arange(system.n_sites) == 1, 2.0 / system.network.masses[1], 0.0)
    np.testing.assert_allclose(kicked.velocity[0], speed, atol=1e-11)
    np.testing.assert_allclose(kicked.position[0], 0.0, atol=1e-11)
    np.testing.assert_allclose(moved.velocity[0], 0.0, atol=1e-11)
    np.testing.assert_allclose(moved.position[0], 2.0 * (np.arange(system.n_sites) == 1), atol=1e-11)


def test_a_start_that_is_missed_is_refused(monkeypatch):
    """A small network is answered from all eigenvectors then, unless these miss it too."""
    right = hs.mean_motion(CHAIN, [0.7], kick=1)
    monkeypatch.setattr(motion.Motions, "resting", lambda self, kicks, shifts: np.full(self.residues[1].shape[0], 1e-6))
    with pytest.raises(hs.CertificateError, match="positions at the start"):
        hs.mean_motion(hs.OpenNetwork(hs.Chain(np.ones(65)), [hs.Bath(0, 1.0)]), [0.0], kick=1)
    other = hs.mean_motion(CHAIN, [0.7], kick=1)
    np.testing.assert_allclose(other.position, right.position, rtol=0, atol=1e-14)
    np.testing.assert_allclose(other.velocity, right.velocity, rtol=0, atol=1e-14)
    monkeypatch.setattr(motion.Evolution, "affordable", lambda self, times, products=1.0: False)
    by_eigenvectors = hs.mean_motion(CHAIN, [0.7], kick=1)
    np.testing.assert_allclose(by_eigenvectors.position, right.position, rtol=0, atol=1e-14)
    fast = motion.Started.velocity
    monkeypatch.setattr(motion.Started, "velocity", lambda self, times: 1.00001 * fast(self, times))
    with pytest.raises(hs.CertificateError, match="resonances nearly coincide"):
        hs.mean_motion(CHAIN, [0.0], kick=1)


CRITICAL = hs.OpenNetwork(hs.Chain([1.0], k0=1.0), [hs.Bath(0, 0.7, 2.0)])
TWINS = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1e-7, k0=1.0), [hs.Bath(0, 0.7, 2.0), hs.Bath(1, 0.7, 2.0)])


def test_critical_damping():
    """One resonance twice, q = t e^-t, of which there is one eigenvector; then two beside each other."""
    t = np.array([0.0, 0.5, 2.0, 30.0])
    kicked, moved = hs.mean_motion(CRITICAL, t, kick=0), hs.mean_motion(CRITICAL, t, displacement=0)
    np.testing.assert_allclose(kicked.position[:, 0], t * np.exp(-t), rtol=1e-14)
    np.testing.assert_allclose(kicked.velocity[:, 0], (1.0 - t) * np.exp(-t), rtol=1e-14)
    np.testing.assert_allclose(moved.position[:, 0], (1.0 + t) * np.exp(-t), rtol=1e-14)
    both = hs.mean_motion(TWINS, t[1:], kick=0).position.sum(axis=1)
    np.testing.assert_allclose(both, t[1:] * np.exp(-t[1:]), rtol=1e-14)


def test_relaxation_at_critical_damping():
    """T(t) = T + (T0 - T)(⟨v v⟩ of E Eᵀ), E = exp(At) of one oscillator: e^-2t (t² + (1 - t)²) of the velocity."""
    t = np.array([0.3, 1.5])
    left = np.exp(-2.0 * t) * (t**2 + (1.0 - t) ** 2)
    np.testing.assert_allclose(hs.relaxation(CRITICAL, t, 1.9)[:, 0], 0.7 + 1.2 * left, rtol=1e-13)


def test_a_motion_that_gains_energy_is_refused(monkeypatch):
    """Negative control."""
    right = motion.Evolution._after
    monkeypatch.setattr(motion.Evolution, "_after", staticmethod(lambda *args: 10.0 * right(*args)))
    with pytest.raises(hs.CertificateError, match="gains energy"):
        hs.mean_motion(CRITICAL, [0.3], kick=0)


def test_what_baths_at_one_temperature_change_is_refused(monkeypatch):
    """Negative control."""
    right = motion.Evolution._noise
    monkeypatch.setattr(motion.Evolution, "_noise", lambda self, weight: 1.000001 * right(self, weight))
    with pytest.raises(hs.CertificateError, match="local temperatures change"):
        motion.Evolution(CRITICAL).heated(np.array([0.7]), 1.9, np.array([1.0]))


def test_free_parts_drift_beside_held_ones():
    """Momentum over friction, x(∞) = p/γ of a free site; its neighbour without a spring, held, keeps its place."""
    system = hs.OpenNetwork(hs.Springs([1.0, 2.0], np.diag([0.0, 3.0])), [hs.Bath(0, 1.0, 0.5), hs.Bath(1, 1.0)])
    position, velocity = motion.Evolution(system).moved({0: 1.0}, {1: 0.1}, np.array([2.0, 200.0]))
    np.testing.assert_allclose(position[:, 0], 2.0 * -np.expm1(-0.5 * np.array([2.0, 200.0])), rtol=1e-14)
    np.testing.assert_allclose(velocity[0, 0], np.exp(-1.0), rtol=1e-14)
    assert abs(position[1, 1]) < 1e-20


def test_late_closed_motion_keeps_its_phase():
    """Two sites, J_tot = ½ k (q_0 - q_1)(v_0 + v_1), cos √2 t: √2 in 30 digits, π too."""
    t = 10**12
    phase = Decimal("1.41421356237309504880168872421") * t % (2 * Decimal("3.14159265358979323846264338328"))
    first, found = hs.current_correlation(hs.Chain([1.0, 1.0], 1.0), [0.0, t], 1.0)
    assert found == pytest.approx(first * np.cos(float(phase)), rel=1e-14)


def test_heat_reaches_sites_without_a_bath_through_springs_alone():
    """Modes of light bath sites under strong friction cancel at the heavy one: T_a times their noise in 32 digits."""
    network = hs.MeanField([0.002, 0.003, 0.2], k=1.0, k0=1e-5)
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 3e7), hs.Bath(1, 0.3, 3e7)])
    by_poles = hs.relaxation(system, [1e6], 0.9)[0]
    followed = motion.Evolution(system).heated(system.temperature, 0.9, np.array([1e6]))[0]
    np.testing.assert_allclose(followed, by_poles, rtol=1e-10)
