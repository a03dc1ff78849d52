"""Statistics of heat: reference values to 50 digits, resolved quadrature, symmetry, edges, refusals."""

from dataclasses import replace

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.kernels import counting as counting_kernels
from hotsprings.response import counted, doubled
from hotsprings.response import counting as counting_module
from hotsprings.response.choice import in_32_digits
from hotsprings.response.counting import CountingSearch, PoleSum
from hotsprings.response.doubled import Doubled
from hotsprings.response.quanta import Quanta
from hotsprings.response.scattering import scatterings
from hotsprings.response.shot import resolved_noise
from hotsprings.response.transfer import Transfer
from hotsprings.statistics import cumulants, noise, rate_function, scaled_cumulant, uncertainty

from .oracles.open_cases import case
from .oracles.quadrature import resolved_points

REFERENCE = 1e-12  # what the theory page asks of its values


def close(value, reference, tolerance=REFERENCE):
    return value == pytest.approx(reference, rel=tolerance, abs=0.0)


def scattering(system, omega):
    """Return S(ω) = 1 - 2iω √γ' G √γ' by dense inverses, shape (n_omega, n_baths, n_baths)."""
    sites, every = system.bath_sites, np.arange(system.n_sites)
    edge = np.array([np.inf if bath.cutoff is None else bath.cutoff for bath in system.baths])
    memory = system.friction / (1.0 + 1j * omega[:, None] / edge)
    root = np.sqrt(memory.real)
    z = np.repeat(system.network.stiffness()[None].astype(complex), omega.size, axis=0)
    z[:, every, every] -= omega[:, None] ** 2 * system.network.masses
    z[:, sites, sites] += 1j * omega[:, None] * memory
    g = np.linalg.inv(z)[:, sites][:, :, sites]
    return np.eye(len(sites)) - 2j * omega[:, None, None] * root[:, :, None] * g * root[:, None]


def exponent_by_quadrature(system, counting):
    """Return -(1/4π) ∫ ln det[1 - T(Λ - S†ΛS)] dω."""
    omega, weight = resolved_points(hs.resonances(system).frequency)
    s = scattering(system, omega)
    inner = np.diag(counting) - np.einsum("kba,b,kbc->kac", s.conj(), counting, s)
    determinant = np.linalg.det(np.eye(system.n_baths) - system.temperature[:, None] * inner)
    return -float(weight @ np.log(determinant.real)) / (2.0 * np.pi)


def powers_by_quadrature(system, n):
    omega, weight = resolved_points(hs.resonances(system).frequency)
    return float(weight @ hs.transmittance(system, omega) ** n) / (2.0 * np.pi)


class TestReferences:
    @pytest.mark.parametrize(("name", "counting", "value"), [
        ("A", 0.2, 0.01722879186543611009238), ("A", -0.9, -0.01854945153991643547741),
        ("B", 0.2, 0.02465113516968223620211), ("E", 0.2, 0.02710763574190456893754)])
    def test_scaled_cumulant(self, name, counting, value):
        assert close(scaled_cumulant(case(name), counting), value)

    def test_scaled_cumulant_of_three_baths(self):
        assert close(scaled_cumulant(case("C"), [0.1, -0.3, 0.25]), 0.02207244151459926042743)

    def test_integrals_of_powers(self):
        second, third, fourth = 0.04447042663284241868342, 0.03376736447959084452883, 0.02719570135486107116927
        value = cumulants(case("A"))
        assert close(value[1], 0.1481210577702940901287)
        assert close(value[2], 0.2676516488069725731331)
        assert close(value[3], 12 * 0.75**2 * second + 24 * 0.75 * third + 6 * fourth)

    def test_free_network(self):
        flux = hs.steady_state(case("B")).heat_flux[0]
        assert close(cumulants(case("B"), order=2)[1], 2 * 0.75 * flux + 0.06793210899242930436844)

    def test_memory(self):
        """Drude baths: the zeros of 1 - c𝒯 once more."""
        baths = [hs.Bath(0, 1.5, 0.8, cutoff=2.0), hs.Bath(4, 0.5, 1.3, cutoff=3.5)]
        system = hs.OpenNetwork(case("A").network, baths)
        assert close(scaled_cumulant(system, 0.2), 0.01459706626646822259922)
        assert noise(system)[0, 0] == pytest.approx(cumulants(system, 2)[1], rel=1e-14)

    def test_memory_of_three_baths(self):
        """Eigenvalues of the doubled network, in 32 digits and in 16, against an integral of the determinant."""
        baths = [hs.Bath(0, 1.5, cutoff=2.0), hs.Bath(3, 0.8, 0.4), hs.Bath(5, 0.5, 0.6, cutoff=3.5)]
        system, counting = hs.OpenNetwork(case("E").network, baths), [0.1, -0.3, 0.25]
        value = scaled_cumulant(system, counting)
        assert value == pytest.approx(exponent_by_quadrature(system, counting), rel=1e-11)
        assert scaled_cumulant(system, 1.0 / system.temperature - counting) == pytest.approx(value, rel=1e-12)
        steps = 1e-3 * np.eye(3)
        second = (scaled_cumulant(system, steps) + scaled_cumulant(system, -steps)) / 1e-6
        np.testing.assert_allclose(second, np.diag(noise(system)), rtol=1e-5)  # h² κ_4/κ_2
        with pytest.raises(hs.ArgumentError, match="interval in which the mean"):
            scaled_cumulant(system, [2.0, 0.0, -2.0])
        white = hs.OpenNetwork(case("E").network, [replace(bath, cutoff=None) for bath in baths])
        fast = hs.OpenNetwork(case("E").network, [replace(bath, cutoff=1e9) for bath in baths])
        assert scaled_cumulant(fast, counting) == pytest.approx(scaled_cumulant(white, counting), rel=1e-8)

    def test_memory_in_long_chains(self):
        """Beyond 64 sites eigenvalues are of 16 digits: of two baths they are the zeros of 1 - c𝒯."""
        long = hs.OpenNetwork(hs.Chain(np.ones(70), 1.0, 0.2), [hs.Bath(0, 1.5, cutoff=2.0), hs.Bath(-1, 0.5, 0.7)])
        found, doubt = Doubled(long).exponent(np.array([0.3, 0.0]))
        assert found == pytest.approx(scaled_cumulant(long, 0.3), rel=1e-10)
        assert abs(found - scaled_cumulant(long, 0.3)) <= doubt <= 1e-10 * found

    def test_chain(self):
        assert close(cumulants(case("E"), order=2)[1], 0.2293840447042604386556)

    def test_noise_of_three_baths(self):
        value = noise(case("C"))
        assert close(value[0, 0], 0.25262940824427351614)
        assert close(value[0, 1], -0.18231553032919223522)
        assert close(value[1, 2], -0.024699834389251712539)

    def test_rate_function(self):
        system = case("A")
        flux = hs.steady_state(system).heat_flux[0]
        often, seldom = rate_function(system, [2.0 * flux, -2.0 * flux])
        assert close(often, 0.01237520241419613862645)
        assert close(seldom, 0.1966429911029991100847)


class TestAgainstQuadrature:
    """Panels that resolve every line; 32 nodes each leave 1e-12 of the integral."""

    @pytest.mark.parametrize("name", ["A", "B", "E"])
    def test_scaled_cumulant(self, name):
        system = case(name)
        omega, weight = resolved_points(hs.resonances(system).frequency)
        t = hs.transmittance(system, omega)
        for counting in (-1.7, -0.6, 1e-5, 0.45):
            c = counting * (0.75 * counting + 1.0)
            expected = -float(weight @ np.log1p(-c * t)) / (2.0 * np.pi)
            assert scaled_cumulant(system, counting) == pytest.approx(expected, rel=1e-11)

    @pytest.mark.parametrize("name", ["A", "B", "E"])
    def test_cumulants(self, name):
        system = case(name)
        i = [powers_by_quadrature(system, n) for n in (1, 2, 3, 4)]
        expected = [i[0], 1.5 * i[0] + i[1], 4.5 * i[1] + 2 * i[2], 6.75 * i[1] + 18 * i[2] + 6 * i[3]]
        np.testing.assert_allclose(cumulants(system), expected, rtol=1e-11)

    @pytest.mark.parametrize("name", ["C", "C0", "D"])
    def test_noise(self, name):
        system = case(name)
        omega, weight = resolved_points(hs.resonances(system).frequency)
        t, s = system.temperature, scattering(system, omega)
        w = np.einsum("kab,b,kcb->kac", s, t, s.conj())
        passing = np.abs(s) ** 2
        density = -t[:, None] ** 2 * passing.transpose(0, 2, 1) - t**2 * passing + np.abs(w) ** 2
        density += np.diag(t**2)
        expected = np.einsum("k,kab->ab", weight, density) / (2.0 * np.pi)
        np.testing.assert_allclose(noise(system), expected, rtol=1e-11, atol=1e-10)  # ε 1e5, the tail's weight

    @pytest.mark.parametrize("name", ["C", "C0", "D"])
    def test_many_baths(self, name):
        for counting in ([0.1, -0.3, 0.25], [0.0, 0.4, -0.2], [0.0, 0.0, -0.7]):
            expected = exponent_by_quadrature(case(name), counting)
            assert scaled_cumulant(case(name), counting) == pytest.approx(expected, rel=1e-11)

    def test_the_quadrature_itself_of_long_tails(self):
        """Eleven sites of a power law between strong baths: lines of 1e-6 beside one of 30; exact by Routh's table.

        Panels that ended at 300 widths were off by 6.04e-9 in I_1 here, cumulants by 4e-14.
        """
        pytest.importorskip("flint")
        from .search.exact import of_system
        from .search.moments import Moments
        from .search.oracle import Oracle

        network = hs.PowerLaw(np.ones(11), 0.5, periodic=True)
        system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 29.45), hs.Bath(5, 0.5, 29.45)])
        exact = Moments(Oracle(of_system(system)))
        np.testing.assert_allclose([powers_by_quadrature(system, n) for n in (1, 2, 3)], exact.powers(0, 1, 3),
                                   rtol=1e-12)
        np.testing.assert_allclose(cumulants(system, order=3), exact.cumulants(), rtol=1e-12)
        c = 0.2 * (0.75 * 0.2 + 1.0)
        omega, weight = resolved_points(hs.resonances(system).frequency)
        expected = -float(weight @ np.log1p(-c * hs.transmittance(system, omega))) / (2.0 * np.pi)
        assert scaled_cumulant(system, 0.2) == pytest.approx(expected, rel=1e-12)


class TestQuanta:
    """Counting quanta: values of mpmath (30 digits), limits, the symmetry."""

    def test_references(self):
        """The theory page prints …07713…, where mpmath gives …07213….."""
        assert close(scaled_cumulant(case("A"), 0.2, quantum=True), 0.0161124591170721377120349)
        mean, variance = cumulants(case("A"), order=2, quantum=True)
        assert close(variance, 0.1439397495814024297391)
        assert close(mean, 0.06375300032218501224405)

    @pytest.mark.parametrize("name", ["A", "B", "E"])
    def test_the_mean_is_that_of_the_resonances(self, name):
        for hbar in (0.1, 1.0, 30.0):
            found = cumulants(case(name), order=1, quantum=True, hbar=hbar)[0]
            assert found == pytest.approx(hs.quantum.heat_flux(case(name), hbar)[0], rel=1e-11)

    @pytest.mark.parametrize("name", ["A", "B", "E"])
    def test_symmetry(self, name):
        """μ(λ) = μ(-Δβ - λ): the integrand has it, the two halves of its rule do not know."""
        counting = np.array([-0.6, 0.1, 0.4])
        value = scaled_cumulant(case(name), counting, quantum=True)
        np.testing.assert_allclose(value, scaled_cumulant(case(name), -4.0 / 3.0 - counting, quantum=True), rtol=1e-11)

    @pytest.mark.parametrize("name", ["A", "B", "E"])
    def test_classical_limit(self, name):
        """The first correction is of the order ħ²."""
        apart = [cumulants(case(name), quantum=True, hbar=hbar) / cumulants(case(name)) - 1.0 for hbar in (0.04, 0.02)]
        np.testing.assert_allclose(apart[0] / apart[1], 4.0, rtol=0.02)
        found = scaled_cumulant(case(name), -0.4, quantum=True, hbar=1e-4)
        assert found == pytest.approx(scaled_cumulant(case(name), -0.4), rel=1e-7)

    def test_equilibrium(self):
        """Fluctuation and dissipation: the variance is 2T² times the quantum conductance, odd cumulants vanish."""
        system = hs.OpenNetwork(case("A").network, [hs.Bath(0, 0.7, 0.8), hs.Bath(4, 0.7, 1.3)])
        found = cumulants(system, quantum=True)
        assert found[1] == pytest.approx(0.98 * hs.quantum.conductance(system, 0.7)[0, 1], rel=1e-11)
        assert found[0] == found[2] == 0.0

    def test_cumulants_are_derivatives(self):
        system, h = case("A"), 0.01
        x = h * np.arange(-4, 5)
        fit = np.polynomial.polynomial.polyfit(x, scaled_cumulant(system, x, quantum=True), 8)
        np.testing.assert_allclose(fit[1:5] * [1, 2, 6, 24], cumulants(system, quantum=True), rtol=1e-5)

    def test_cold_bath(self):
        system = hs.OpenNetwork(case("A").network, [hs.Bath(0, 0.05, 0.8), hs.Bath(4, 0.0, 1.3)])
        mean, variance = cumulants(system, order=2, quantum=True)
        assert mean == pytest.approx(hs.quantum.heat_flux(system)[0], rel=1e-9)
        assert variance > 0.0
        assert scaled_cumulant(system, -50.0, quantum=True) < 0.0

    def test_refusals(self):
        with pytest.raises(hs.ArgumentError, match=r"two baths for the statistics of quanta.*it has 3"):
            scaled_cumulant(case("C"), [0.1, 0.0, 0.0], quantum=True)
        with pytest.raises(hs.ArgumentError, match=r"'counting' must lie between -2 and 0\.6666"):
            scaled_cumulant(case("A"), [0.1, 0.7], quantum=True)
        with pytest.raises(hs.ArgumentError, match="'hbar'"):
            cumulants(case("A"), quantum=True, hbar=0.0)

    def test_a_wrong_mean_is_refused(self, monkeypatch):
        """Negative control: Bose functions of a bath 1e-6 too warm."""
        right = Quanta._occupation
        monkeypatch.setattr(Quanta, "_occupation", lambda self, e, bath: right(self, e / (1.0 + 1e-6 * bath), bath))
        with pytest.raises(hs.CertificateError, match="the mean heat flux of quanta"):
            cumulants(case("A"), quantum=True, hbar=0.987)


class TestConsistency:
    def test_symmetry_of_the_scaled_cumulant(self):
        counting = np.linspace(-0.9, 0.4, 7)
        value, mirrored = (scaled_cumulant(case("A"), x) for x in (counting, -counting - 4.0 / 3.0))
        np.testing.assert_allclose(value, mirrored, rtol=1e-12)

    def test_symmetry_of_many_baths(self):
        """μ(λ) = μ(β - λ), exactly: the Gallavotti-Cohen symmetry with every bath counted."""
        system = case("C")
        counting = np.array([0.1, -0.3, 0.25])
        assert scaled_cumulant(system, 1.0 / system.temperature - counting) == pytest.approx(
            scaled_cumulant(system, counting), rel=1e-11)

    def test_two_of_three_baths_by_the_determinant_of_two(self):
        """A third bath of vanishing friction counts for nothing."""
        pair = case("A")
        third = hs.OpenNetwork(pair.network, [*pair.baths, hs.Bath(2, 0.7, 1e-9)])
        assert scaled_cumulant(third, [0.2, 0.0, 0.0]) == pytest.approx(scaled_cumulant(pair, 0.2), rel=1e-6)

    @pytest.mark.parametrize("name", ["A", "B", "E"])
    def test_noise_of_two_baths_is_the_second_cumulant(self, name):
        second = cumulants(case(name), order=2)[1]
        np.testing.assert_allclose(noise(case(name)), second * np.array([[1.0, -1.0], [-1.0, 1.0]]), rtol=1e-11)

    def test_noise_of_groups_is_a_sum(self):
        baths = hs.bath_group([0, 1], 1.5, name="hot") + hs.bath_group([6, 7], 0.5, name="cold") + [hs.Bath(4, 1.0)]
        system = hs.OpenNetwork(hs.Chain(np.linspace(0.8, 1.3, 8), k0=0.1), baths)
        every = noise(system)
        assert noise(system, "hot", "cold") == every[:2, 2:4].sum()
        assert noise(system, "hot", "hot") == every[:2, :2].sum() > 0.0
        assert noise(system, "hot", 4) == every[:2, 4].sum()
        for wrong, argument in (({"source": "hot"}, "drain"), ({"drain": "hot"}, "source"),
                                ({"source": "hot", "drain": "warm"}, "drain")):
            with pytest.raises(hs.ArgumentError, match=f"'{argument}'"):
                noise(system, **wrong)

    def test_noise_in_equilibrium(self):
        """Fluctuation and dissipation: 2T² times the conductances."""
        system = case("C")
        equal = hs.OpenNetwork(system.network, [hs.Bath(b.site, 0.8, b.friction) for b in system.baths])
        matrix = hs.conductance(equal)
        expected = 2.0 * 0.64 * (np.diag(matrix.sum(axis=1)) - matrix)
        np.testing.assert_allclose(noise(equal), expected, rtol=1e-11)

    def test_cumulants_are_derivatives(self):
        """A polynomial through μ near 0 has the cumulants as coefficients; its fifth order is left."""
        system, h = case("A"), 0.01
        x = h * np.arange(-4, 5)
        fit = np.polynomial.polynomial.polyfit(x, scaled_cumulant(system, x), 8)
        np.testing.assert_allclose(fit[1:5] * [1, 2, 6, 24], cumulants(system), rtol=1e-5)

    def test_narrow_lines(self):
        """Lines of height 1: I_2/I_1 → 1/2, I_3/I_1 → 3/8 in the mean field of many equal sites between equal baths."""
        system = hs.OpenNetwork(hs.MeanField(np.ones(1000), k0=1.0), [hs.Bath(0, 2.0), hs.Bath(1, 0.0)])
        first, second, third = cumulants(system, order=3)
        assert second / first / 2.0 == pytest.approx(0.5, abs=2e-3)
        assert third / first / 8.0 == pytest.approx(0.375, abs=2e-3)

    def test_one_particle(self):
        """Two halves tied hard: in phase they are one particle, μ = [Γ - sqrt(Γ² - 4γγ'TT'λ(λ+Δβ))]/2m; so too."""
        system = hs.OpenNetwork(hs.Chain([0.5, 0.5], 1e7), [hs.Bath(0, 1.5, 0.8), hs.Bath(1, 0.5, 1.3)])
        c = 0.3 * (0.75 * 0.3 + 1.0)
        expected = 2.0 * 0.5 * (2.1 - np.sqrt(2.1**2 - 4 * 0.8 * 1.3 * c))
        assert scaled_cumulant(system, 0.3) == pytest.approx(expected, rel=1e-6)


class TestEdges:
    def test_limit_at_full_transmission(self):
        """Where 𝒯 reaches 1 the interval ends at -1/T_1 and 1/T_0, μ in a square root."""
        system = hs.OpenNetwork(hs.MeanField(np.ones(8), k0=0.5), [hs.Bath(0, 1.5), hs.Bath(4, 0.5)])
        near = scaled_cumulant(system, 1 / 1.5 - np.array([4e-10, 1e-10]))
        edge = scaled_cumulant(system, 1 / 1.5)
        assert (edge - near[0]) / (edge - near[1]) == pytest.approx(2.0, rel=1e-3)
        assert scaled_cumulant(system, -2.0) == pytest.approx(edge, rel=1e-9)

    def test_beyond_the_edge(self):
        system = hs.OpenNetwork(hs.MeanField(np.ones(8), k0=0.5), [hs.Bath(0, 1.5), hs.Bath(4, 0.5)])
        with pytest.raises(hs.ArgumentError, match=r"'counting' must lie between -2 and 0.66666666"):
            scaled_cumulant(system, 0.67)

    def test_interval_is_wider_where_less_passes(self):
        system = case("A")
        c = 1.0 / PoleSum(*_residues(system)).peak
        end = (-1.0 + np.sqrt(1.0 + 3.0 * c)) / 1.5
        assert np.isfinite(scaled_cumulant(system, end * (1 - 1e-9)))
        with pytest.raises(hs.ArgumentError, match="lie between"):
            scaled_cumulant(system, end * (1 + 1e-9))

    def test_beyond_the_edge_of_many_baths(self):
        with pytest.raises(hs.ArgumentError, match=r"'counting' must be at most 0\.\d+ times"):
            scaled_cumulant(case("C"), [1.1, -0.8, 0.25])

    def test_bath_at_zero(self):
        """No heat comes out of it: h(q < 0) is infinite, μ falls to a finite value for λ → -∞ only."""
        system = hs.OpenNetwork(case("A").network, [hs.Bath(0, 1.5, 0.8), hs.Bath(4, 0.0, 1.3)])
        assert rate_function(system, -0.1) == np.inf
        flux = hs.steady_state(system).heat_flux[0]
        assert 0.0 < rate_function(system, 2.0 * flux) < 1.0
        assert rate_function(system, flux) == pytest.approx(0.0, abs=1e-15)
        assert scaled_cumulant(system, -1e3) < scaled_cumulant(system, -1.0) < 0.0

    @pytest.mark.parametrize("factor", [-3.0, -1.0, 0.0, 0.5, 1.0, 5.0, 300.0])
    def test_rate_function_is_the_transform(self, factor):
        """No λ of a grid gives more than h, and the best almost as much."""
        system = case("A")
        flux = factor * hs.steady_state(system).heat_flux[0]
        grid = np.linspace(-2.0264444, 0.6931111, 801)
        best = float(np.max(grid * flux - scaled_cumulant(system, grid)))
        value = rate_function(system, flux)
        assert value >= best - 1e-14
        assert value == pytest.approx(best, abs=2e-5 + 2e-3 * abs(flux))

    def test_rate_function_of_an_interval_far_wider_than_its_root(self):
        """c 𝒯 ≤ 1 allows |λ| of 1e18 where one site is held by 1e12; the roots are near 1. 500 digits."""
        held = hs.MeanField([1.0, 1.0], 1e-6, [0.1, 1e12], n_tilde=2.7)
        system = hs.OpenNetwork(held, [hs.Bath(1, 1.5, 0.002), hs.Bath(0, 0.5, 0.0018)])
        conductance = 5.2126200274358835e-40
        found = rate_function(system, [0.0, -conductance, 3.0 * conductance])
        np.testing.assert_allclose(found, [1.7375400091452946e-40, 6.950160036581178e-40, 6.950160036581177e-40],
                                   rtol=1e-12)

    def test_rate_function_near_the_mean_between_nearly_equal_temperatures(self):
        """λ = 5e-14, found relative to itself: h is 5e-5 of λq. 500 digits."""
        network = hs.MeanField([1.8, 1.4, 0.9], 0.3, [1.0, 0.0, 0.0], n_tilde=1.0)
        system = hs.OpenNetwork(network, [hs.Bath(0, 1.0 + 1e-9, 2.5), hs.Bath(2, 1.0, 2.1)])
        assert close(rate_function(system, 5.300187479984085e-11), 1.3249144868601065e-28, 1e-9)

    def test_uncertainty(self):
        system = case("A")
        mean, variance = cumulants(system, order=2)
        assert uncertainty(system) == pytest.approx(variance * (4.0 / 3.0) / mean, rel=1e-13)
        equal = hs.OpenNetwork(system.network, [hs.Bath(0, 1.0, 0.8), hs.Bath(4, 1.0, 1.3)])
        assert uncertainty(equal) == 2.0

    def test_equal_baths_of_a_free_chain(self):
        """Ordered, critically damped or symmetric: coinciding resonances make no difference."""
        system = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1.0, 1.0), [hs.Bath(0, 1.5, 2.0), hs.Bath(1, 0.5, 2.0)])
        omega = np.linspace(0.0, 400.0, 4_000_001)
        expected = -np.trapezoid(np.log1p(-0.2 * 1.15 * hs.transmittance(system, omega)), omega) / (2.0 * np.pi)
        assert scaled_cumulant(system, 0.2) == pytest.approx(expected, rel=1e-7)


class TestRefusals:
    @pytest.mark.parametrize("question", [cumulants, uncertainty])
    def test_more_than_two_baths(self, question):
        with pytest.raises(hs.ArgumentError, match=r"noise.*scaled_cumulant.*it has 3"):
            question(case("C"))
        with pytest.raises(hs.ArgumentError, match=r"noise.*scaled_cumulant"):
            rate_function(case("C"), 0.1)

    @pytest.mark.parametrize("order", [0, 5, 2.0, True])
    def test_order(self, order):
        with pytest.raises(hs.ArgumentError, match="'order'"):
            cumulants(case("A"), order=order)

    @pytest.mark.parametrize("counting", [np.nan, [0.1, np.inf], "0.1", [[0.1], [0.1, 0.2]], 1j, None])
    def test_counting(self, counting):
        with pytest.raises(hs.ArgumentError, match="'counting'"):
            scaled_cumulant(case("A"), counting)

    def test_shape(self):
        with pytest.raises(hs.ArgumentError, match=r"one element per bath \(3\)"):
            scaled_cumulant(case("C"), [0.1, 0.2])
        assert scaled_cumulant(case("C"), np.zeros((4, 2, 3))).shape == (4, 2)
        assert scaled_cumulant(case("A"), np.zeros((4, 2))).shape == (4, 2)

    def test_leads(self):
        system = hs.OpenNetwork(case("A").network, [hs.Lead(0, 1.5, k=2.0, mass=1.5), hs.Lead(4, 0.5, k=2.0, mass=1.5)])
        for question in (cumulants, noise, uncertainty, lambda s: scaled_cumulant(s, 0.1)):
            with pytest.raises(hs.ArgumentError, match="a Lead was given"):
                question(system)

    def test_groups_by_name(self):
        """λ of a group is that of each of its baths."""
        network = case("C").network
        system = hs.OpenNetwork(network, [*hs.bath_group([0, 1], 1.5, name="hot"), hs.Bath(5, 0.5, name="cold")])
        assert scaled_cumulant(system, {"hot": 0.2}) == scaled_cumulant(system, [0.2, 0.2, 0.0])
        with pytest.raises(hs.ArgumentError, match=r"name groups of baths \(hot, cold\)"):
            scaled_cumulant(system, {"warm": 0.2})

    def test_cold_bath(self):
        system = hs.OpenNetwork(case("A").network, [hs.Bath(0, 1.5), hs.Bath(4, 0.0)])
        with pytest.raises(hs.ArgumentError, match="above T = 0"):
            uncertainty(system)

    def test_lost_zero_is_noticed(self, monkeypatch):
        """A pole sum whose residue is wrong by one part in a million is not answered."""
        system = case("A")
        omega, rho = _residues(system)
        rho = rho.copy()
        rho[0] *= 1.0 + 1e-6
        assert PoleSum(omega, rho).balance > 1e-9
        assert PoleSum(omega, rho).zeros(0.3).trace > 1e-9


class TestEigenvaluesOfTheDoubledNetwork:
    """The net below the search of zeros: 32 digits, up to 64 sites."""

    @pytest.mark.parametrize(("name", "counting", "value"), [
        ("A", [0.2, 0.0], 0.01722879186543611009238), ("A", [0.0, 0.9], -0.01854945153991643547741),
        ("E", [0.2, 0.0], 0.02710763574190456893754), ("C", [0.1, -0.3, 0.25], 0.02207244151459926042743)])
    def test_references(self, name, counting, value):
        assert close(Doubled(case(name)).exponent(np.array(counting))[0], value)

    def test_symmetry_of_many_baths(self):
        """μ(λ) = μ(1/T - λ), bath by bath."""
        system, counting = case("C"), np.array([0.1, -0.3, 0.25])
        doubled = Doubled(system)
        assert close(doubled.exponent(1.0 / system.temperature - counting)[0], doubled.exponent(counting)[0])

    @pytest.mark.parametrize(("name", "counting"), [("A", 0.2), ("C", [0.1, -0.3, 0.25])])
    def test_it_answers_where_the_search_does_not(self, monkeypatch, name, counting):
        value = scaled_cumulant(case(name), counting)

        def lost(search):
            raise hs.CertificateError("lost")

        monkeypatch.setattr(CountingSearch, "found", lost)
        assert close(scaled_cumulant(case(name), counting), value)
        monkeypatch.setattr(counted, "SMALL", 0)
        with pytest.raises(hs.CertificateError, match="lost"):
            scaled_cumulant(case(name), counting)

    def test_a_zero_that_falls_on_a_pole_is_no_bare_error(self, monkeypatch):
        def divided(*arguments):
            raise ZeroDivisionError

        monkeypatch.setattr(counting_kernels, "doubled_sweep", divided)
        monkeypatch.setattr(counted, "SMALL", 0)
        with pytest.raises(hs.CertificateError, match="fell on a pole"):
            scaled_cumulant(case("C"), [0.1, -0.3, 0.25])

    def test_equal_baths_on_equal_sites(self):
        """Coinciding resonances, which the search refuses: three baths of a triangle, all of one strength."""
        baths = [hs.Bath(0, 1.5, 0.5), hs.Bath(1, 1.0, 0.5), hs.Bath(2, 0.5, 0.5)]
        system = hs.OpenNetwork(hs.MeanField([1.0] * 3, k0=1.0), baths)
        counting = np.array([0.3, 0.1, 0.0])
        omega, weight = resolved_points(hs.resonances(system).frequency)
        S, T, L = scattering(system, omega), system.temperature, np.diag(counting)
        inner = np.eye(3) - T[:, None] * (L - np.conj(np.swapaxes(S, 1, 2)) @ L @ S)
        value = -float(weight @ np.log(np.linalg.det(inner).real)) / (2.0 * np.pi)
        assert close(scaled_cumulant(system, counting), value, 1e-10)

    def test_beyond_the_interval(self):
        with pytest.raises(hs.ArgumentError, match="interval in which the mean"):
            Doubled(case("C")).exponent(np.array([3.0, 0.0, 0.0]))

    def test_what_terms_leave_of_each_other_is_asked_of_the_eigenvalues(self):
        """Faint heat between overdamped baths: 1e-5 of the zeros' offsets, of which the search knows 1e-12."""
        springs = [(0, 1, 1e-9), (1, 2, 0.4), (1, 3, 1e-5), (1, 4, 0.07)]
        baths = [hs.Bath(i, t, 1000.0) for i, t in enumerate([0.04, 1.6, 0.05, 0.2, 1.5])]
        matrix = np.zeros((5, 5))
        for i, j, k in springs:
            matrix[[i, j], [i, j]] += k
            matrix[[i, j], [j, i]] -= k
        system = hs.OpenNetwork(hs.Springs([1.0] * 5, matrix), baths)
        counting = [0.007, 0.012, 0.009, 0.003, 0.015]
        value, doubt = counted._exponent(system, np.array(counting))
        assert doubt > 1e-9 * abs(value)
        assert scaled_cumulant(system, counting) == Doubled(system).exponent(np.array(counting))[0]

    @pytest.mark.parametrize("asked", [True, False])
    def test_rate_function_where_the_zeros_know_little(self, monkeypatch, asked):
        """Negative control: six digits of μ, which the eigenvalues mend, or which are told."""
        system = case("A")
        flux = np.array([3.0, -2.0, 0.4]) * hs.steady_state(system).heat_flux[0]
        expected, exponent = rate_function(system, flux), Transfer.exponent

        def unsure(transfer, *at):
            value, _ = exponent(transfer, *at)
            return value * (1.0 + 1e-6), 1e-6 * abs(value)

        monkeypatch.setattr(Transfer, "exponent", unsure)
        if asked:
            np.testing.assert_allclose(rate_function(system, flux), expected, rtol=1e-11)
            return
        monkeypatch.setattr(counted, "SMALL", 0)
        with pytest.warns(hs.PrecisionWarning, match="large-deviation function"):
            rate_function(system, flux)

    @pytest.mark.parametrize("temperatures", [(1.3, 1.3, 1.3, 1.3), (1.3, 1.3, 1.3, 0.2)])
    def test_noise_of_equal_baths_where_nothing_else_knows_it(self, monkeypatch, temperatures):
        """2T² C by the fluctuation-dissipation theorem; of unequal ones, the negative control, it is refused."""
        def lost(*given):
            raise hs.CertificateError("lost")

        for road in ("scatterings_of", "_precisely"):
            monkeypatch.setattr(counted, road, lost)
        monkeypatch.setattr(counted, "resolved_noise", lambda *given: (np.zeros((4, 4)), np.zeros((4, 4)), np.inf))
        springs = hs.Lattice((2, 2), 1.0, k0=0.3)
        system = hs.OpenNetwork(springs, [hs.Bath(i, t, 1.0 + i) for i, t in enumerate(temperatures)])
        if len(set(temperatures)) > 1:
            with pytest.raises(hs.CertificateError, match="lost"):
                noise(system)
            return
        found, conductance = noise(system), hs.conductance(system)
        np.testing.assert_allclose(found, 2.0 * 1.3**2 * (np.diag(conductance.sum(axis=0)) - conductance), rtol=1e-14)

    def test_no_heat_passes(self):
        """Without a spring between the baths no heat passes, whatever their temperatures."""
        system = hs.OpenNetwork(hs.Springs([1.0, 1.0], np.eye(2)), [hs.Bath(0, 1.5), hs.Bath(1, 0.0)])
        assert list(rate_function(system, [0.0, 0.1, -0.1])) == [0.0, np.inf, np.inf]

    @pytest.mark.parametrize(("unit", "told"), [(1e-9, "PrecisionWarning"), (1e-3, "CertificateError")])
    def test_rounding_is_told(self, monkeypatch, unit, told):
        """Negative control: digits that are not there."""
        def lost(search):
            raise hs.CertificateError("lost")

        monkeypatch.setattr(CountingSearch, "found", lost)
        monkeypatch.setattr(doubled, "PRECISE_UNIT", unit)
        with (pytest.warns if told == "PrecisionWarning" else pytest.raises)(getattr(hs, told), match="±"):
            scaled_cumulant(case("A"), 0.2)

    def test_what_a_search_does_not_know_is_told(self, monkeypatch):
        monkeypatch.setattr(counted, "SMALL", 0)
        monkeypatch.setattr(counting_module, "SETTLED", 1e-6)
        with pytest.warns(hs.PrecisionWarning, match="known to"):
            scaled_cumulant(case("A"), 0.2)


def _residues(system):
    from hotsprings.response.choice import response_of

    return response_of(system).transmittance_residues(0, 1)


class TestNoiseOfBathsWithMemory:
    """Scattering of the noise that is white behind the memories: an integral, the second cumulant, limits."""

    NETWORK = hs.Springs([1.2, 0.8, 1.5, 0.9], np.array([[2.2, -1.0, 0.0, -0.7], [-1.0, 2.3, -0.8, 0.0],
                                                          [0.0, -0.8, 1.5, -0.4], [-0.7, 0.0, -0.4, 1.6]]))

    def baths(self, temperatures, cutoffs):
        return [hs.Bath(site, T, gamma, cutoff=edge) for site, T, gamma, edge in
                zip((0, 2, 3), temperatures, (0.8, 1.3, 0.5), cutoffs, strict=False)]

    def directly(self, system, nodes=40_000):
        """N_ab = (1/4π) ∫ {δ_ab T_a² - T_a²|S_ba|² - T_b²|S_ab|² + |(S T S†)_ab|²} dω, S from solves, ω = tan(x)."""
        x = 0.5 * np.pi * (np.arange(nodes) + 0.5) / nodes
        omega, weight = np.tan(x), 0.5 * np.pi / nodes / np.cos(x) ** 2
        S = scattering(system, omega)
        T = system.temperature
        W = np.abs(np.einsum("wac,c,wbc->wab", S, T, np.conj(S))) ** 2
        passed = np.abs(S) ** 2
        density = np.diag(T**2) - (T[:, None] ** 2 * passed.transpose(0, 2, 1) + T**2 * passed) + W
        return np.einsum("w,wab->ab", weight, density) / (2.0 * np.pi)

    @pytest.mark.parametrize(("temperatures", "cutoffs"), [
        ((1.5, 0.5), (2.0, 3.5)), ((1.5, 0.5, 1.1), (2.0, None, 0.7)), ((2.0, 0.0, 1.0), (1.0, 5.0, 2.0))])
    def test_against_an_integral_of_its_own(self, temperatures, cutoffs):
        system = hs.OpenNetwork(self.NETWORK, self.baths(temperatures, cutoffs))
        found = noise(system)
        np.testing.assert_allclose(found, self.directly(system), rtol=1e-6)  # midpoints: the step squared
        np.testing.assert_allclose(found.sum(axis=1), 0.0, atol=1e-12)
        np.testing.assert_allclose(found, found.T, rtol=1e-12)

    @pytest.mark.parametrize("cutoffs", [(2.0, None, 0.7), (2.0, 3.5, 0.3)])
    def test_every_road(self, cutoffs):
        """Sums over poles in 16 and in 32 digits, the integral over real frequencies, S(-ω)ᵀ S(ω) = 1."""
        system = hs.OpenNetwork(self.NETWORK, self.baths((1.5, 0.5, 1.1), cutoffs))
        (_, matrix), = scatterings(system)
        assert matrix.unitarity < 1e-13
        np.testing.assert_allclose(matrix.conductance, hs.conductance(system), rtol=1e-13)
        summed, precise = matrix.noise[0], in_32_digits(system)
        np.testing.assert_allclose(precise.noise(), summed, rtol=1e-13)
        np.testing.assert_allclose(resolved_noise(precise, system.temperature, 1e4)[0], summed, rtol=1e-12)

    def test_beyond_64_sites(self):
        baths = [hs.Bath(0, 1.5, cutoff=2.0), hs.Bath(40, 0.5), hs.Bath(-1, 1.0, cutoff=0.5)]
        system = hs.OpenNetwork(hs.PowerLaw(np.linspace(0.5, 1.5, 80), alpha=1.5, k0=0.1), baths)
        np.testing.assert_allclose(noise(system), self.directly(system), rtol=1e-5)  # midpoints, as above

    def test_fast_memory_is_white_noise(self):
        white = noise(hs.OpenNetwork(self.NETWORK, self.baths((1.5, 0.5, 1.1), (None, None, None))))
        fast = noise(hs.OpenNetwork(self.NETWORK, self.baths((1.5, 0.5, 1.1), (1e6, 2e6, 1e6))))
        np.testing.assert_allclose(fast, white, rtol=1e-5)

    @pytest.mark.parametrize("edges", [(2.0, 3.5), None])
    def test_equal_baths_have_the_noise_of_their_conductance(self, edges):
        baths = self.baths((0.7, 0.7), edges) if edges else [hs.Lead(0, 0.7, 2.0, 1.5), hs.Lead(3, 0.7, 2.0, 1.5)]
        system = hs.OpenNetwork(self.NETWORK, baths)
        assert noise(system)[0, 0] == pytest.approx(2.0 * 0.7**2 * hs.conductance(system)[0, 1], rel=1e-12)
        if edges:
            assert noise(system)[0, 0] == pytest.approx(cumulants(system, 2)[1], rel=1e-11)

    def test_strong_friction_beside_weak(self):
        """Modes would mix 1e6 into every element, and no integral came to an end. Nearly equal baths have the noise of
        equal ones, to their difference."""
        network = hs.PowerLaw(np.full(4, 7.0), alpha=3.0, k=0.1, k0=0.1, kac=True)
        found = []
        for apart in (0.0, 1e-9):
            baths = [hs.Bath(i, 1.0 + apart * i, gamma, cutoff=edge) for i, (gamma, edge) in
                     enumerate([(1.8e6, 3.0), (1.4e5, None), (3.5e-3, 0.2), (0.6, 40.0)])]
            found.append(noise(hs.OpenNetwork(network, baths)))
        np.testing.assert_allclose(found[1], found[0], atol=1e-8 * np.abs(found[0]).max())
