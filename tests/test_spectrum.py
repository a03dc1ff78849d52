"""Green operator, transmittance, density of states, spectral current: against dense inversion and each other."""

from __future__ import annotations

import itertools
import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp, mpc, mpf, workdps
from scipy.integrate import quad

import hotsprings as hs
from hotsprings.response.modal import ModalResponse
from hotsprings.response.spectral import LOGARITHM, PoleSum
from tests.oracles import dense


def ends(network, friction=(1.0, 1.0)):
    return hs.OpenNetwork(network, [hs.Bath(0, 1.5, friction[0]), hs.Bath(-1, 0.5, friction[1])])


NETWORKS = {
    "random": hs.MeanField(hs.masses.random(9, 1.0, 0.4, seed=2), k=1.3, k0=0.4),
    "free": hs.MeanField(hs.masses.random(9, 1.0, 0.4, seed=2), k=1.3),
    "merged": hs.MeanField([1.0, 2.0, 2.0, 1.0, 2.0, 1.5, 1.0], k=0.7, k0=0.2, kac=False),
    "two": hs.MeanField([1.0, 3.0], k0=0.1),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_green_is_the_inverse(name):
    system = ends(NETWORKS[name], (0.7, 1.9))
    omega = np.array([0.05, 0.3, 0.77, 1.1, 1.6, 2.5, 9.0, -0.4])
    exact = np.array([dense.green_matrix(system, w) for w in omega])
    for i in range(system.n_sites):
        for j in range(system.n_sites):
            # the inverse is good to eps times the condition number of Z, largest in the free network at low ω
            np.testing.assert_allclose(hs.green(system, omega, i, j), exact[:, i, j], rtol=1e-12, atol=1e-14)


def test_green_beside_and_on_a_pole_of_one_site():
    """ω² = κ/m of a bulk site: A_n = 0 there; 50-digit inverse, to the distance of one rounding error."""
    masses = [1.0, 1.25, 2.0, 4.0]
    system = hs.OpenNetwork(hs.MeanField(masses, k=1.0, n_tilde=4.0), [hs.Bath(0, 1.0, 0.5), hs.Bath(3, 2.0, 0.25)])
    pole = np.sqrt(1.0 / 1.25)
    mp.dps = 50
    for omega in (pole, np.nextafter(pole, 2), pole * (1 + 1e-12), pole * (1 - 1e-7)):
        Z = mp.matrix(4, 4)
        for i in range(4):
            for j in range(4):
                Z[i, j] = -mpf(1) / 4 + (1 - masses[i] * mpf(float(omega)) ** 2 if i == j else 0)
        Z[0, 0] += 0.5j * mpf(float(omega))
        Z[3, 3] += 0.25j * mpf(float(omega))
        G = Z**-1
        for i, j in [(0, 3), (1, 1), (1, 0), (2, 1), (2, 2)]:
            assert complex(hs.green(system, omega, i, j)) == pytest.approx(complex(G[i, j]), rel=1e-13)


def test_a_network_at_rest():
    free = ends(NETWORKS["free"], (0.7, 1.9))
    assert np.isinf(hs.green(free, 0.0, 0, 1))
    # at ω → 0 all move together: 𝒯 = 4γ_Lγ_R/(γ_L+γ_R)², for every mass
    limit = 4 * 0.7 * 1.9 / 2.6**2
    np.testing.assert_allclose(hs.transmittance(free, [0.0, 1e-300, 1e-9]), limit, rtol=1e-12)
    rest = hs.spectrum.local_density_of_states(free, [0.0, 1e-9], 3)  # all move together: 2m/(π Σγ)
    np.testing.assert_allclose(rest, 2 * free.network.masses[3] / (np.pi * 2.6), rtol=1e-9)
    pinned = ends(NETWORKS["random"])
    assert hs.transmittance(pinned, 0.0) == 0.0
    K = pinned.network.stiffness()
    assert hs.green(pinned, 0.0, 2, 5).real == pytest.approx(np.linalg.inv(K)[2, 5], rel=1e-12)


def test_dark_modes_ring_for_ever():
    """Three sites of mass 2: their response has a pole on the real axis, that of other sites has none."""
    system = ends(NETWORKS["merged"])
    net = system.network
    frequency = np.sqrt(net.kappa[1] / net.masses[1])
    near = np.abs(hs.green(system, frequency * (1 + 1e-9), 1, 1))
    assert near > 1e6
    assert np.abs(hs.green(system, frequency * (1 + 1e-9), 0, 6)) < 1e-6  # a zero of the transmittance
    assert np.abs(hs.green(system, frequency, 5, 5)) < 10.0


def test_density_of_states_counts_the_modes():
    """∫ρ dω over ω > 0 is the bright weight; Gauss-Legendre between marks at every resonance."""
    system = ends(hs.MeanField([1.0, 2.0, 2.0, 1.3, 1.7], k=0.7, k0=0.2))
    marks = hs.spectrum.frequency_grid(system, omega_max=3e4)
    x, w = np.polynomial.legendre.leggauss(6)
    half = 0.5 * np.diff(marks)
    nodes = marks[:-1, None] + half[:, None] * (x + 1)
    with pytest.warns(hs.DarkModeWarning):
        bright = hs.steady_state(system).bright_weight
    for site in range(5):
        rho = hs.spectrum.local_density_of_states(system, nodes, site)
        if site in (0, 3, 4):
            assert rho.min() >= -1e-13
        # beyond the grid ρ → 2γ/(π m ω²) on a bath site, much less elsewhere
        tail = 2.0 / (np.pi * system.network.masses[site] * 3e4) if site in system.bath_sites else 0.0
        assert np.sum(rho * w * half[:, None]) == pytest.approx(bright[site] - tail, abs=1e-8)


@pytest.mark.parametrize("name", NETWORKS)
def test_spectral_current_against_quadrature(name):
    system = ends(NETWORKS[name], (0.7, 1.9))
    marks = hs.spectrum.frequency_grid(system, omega_max=6.0)
    x, w = np.polynomial.legendre.leggauss(8)
    half = 0.5 * np.diff(marks)
    nodes = marks[:-1, None] + half[:, None] * (x + 1)
    running = np.cumsum(np.sum(hs.transmittance(system, nodes) * w, axis=1) * half) / (2 * np.pi)
    exact = hs.spectrum.cumulative_heat_flux(system, marks)
    assert exact[0] == 0.0
    np.testing.assert_allclose(exact[1:], running, rtol=1e-9, atol=1e-14)


def test_spectral_current_of_identical_masses_includes_the_split_off_baths():
    system = ends(hs.MeanField(hs.masses.identical(30), k=0.4, k0=0.3))
    total = hs.spectrum.cumulative_heat_flux(system, 1e9)
    assert total == pytest.approx(hs.theory.heat_flux_identical(30, k=0.4, k0=0.3) * 1.0, rel=1e-11)


CRITICAL = 2.0 * np.sqrt(10.0 * 7 / 21)  # 2 sqrt(κ m) for m = 1
COINCIDING = {
    "two species, both baths critical": (hs.MeanField([1, 2, 1, 2, 2, 1, 2], k=10.0, n_tilde=21.0),
                                         (CRITICAL, CRITICAL * np.sqrt(2.0))),
    "equal, both baths critical": (hs.MeanField(np.full(10, 7.0), k=10.0, k0=1e-6, n_tilde=7.0), (20.0, 20.0)),
    "bath sites 1e-9 apart": (hs.MeanField([1.0, 1.0 + 1e-9], k=0.1, k0=30.0, n_tilde=6.0), (1.0, 1.0)),
    "all within 1e-8": (hs.MeanField(1.0 + 1e-8 * np.array([0, 1, 3, -2, 0.3, 0.9, 2.2]), k=0.1, k0=1.0), (1.0, 1.0)),
    "critical chain": (hs.Chain(np.ones(2)), (2.0, 2.0)),
    "critical ring": (hs.PowerLaw(np.ones(6), 1.5, k0=1.0, periodic=True), (2.0, 2.0)),
}


@pytest.mark.parametrize("name", COINCIDING)
def test_spectral_current_where_resonances_coincide(name):
    """Single residues diverge, their sum does not: against Gauss-Legendre between marks at every resonance."""
    network, friction = COINCIDING[name]
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, friction[0]), hs.Bath(1, 0.5, friction[1])])
    marks = hs.spectrum.frequency_grid(system)
    x, w = np.polynomial.legendre.leggauss(16)
    half = 0.5 * np.diff(marks)
    nodes = marks[:-1, None] + half[:, None] * (x + 1)
    running = np.cumsum(np.sum(hs.transmittance(system, nodes) * w, axis=1) * half) / (2 * np.pi)
    exact = hs.spectrum.cumulative_heat_flux(system, marks)
    np.testing.assert_allclose(exact[1:], running, rtol=0, atol=3e-11 * running[-1])


def test_residues_that_miss_the_conductance_are_refused(monkeypatch):
    from hotsprings.response.modal import ModalResponse

    residues = ModalResponse.transmittance_residues
    monkeypatch.setattr(ModalResponse, "transmittance_residues",
                        lambda self, a, b: tuple(x * (1.0, 1.00001)[i] for i, x in enumerate(residues(self, a, b))))
    monkeypatch.setattr("hotsprings.response.spectral.resolved_flux", lambda *given: (np.zeros(given[3].shape), np.inf))
    with pytest.raises(hs.CertificateError, match="miss the conductance"):
        hs.spectrum.cumulative_heat_flux(ends(hs.Chain(np.ones(3), k0=0.2)), 1.0)


def test_spectral_current_beside_a_narrow_resonance():
    """On and beside a frequency whose width is 1e-17 of it, where |z - x|²/|z|² - 1 rounds to -1."""
    from hotsprings.kernels.cauchy import logarithmic_sums

    pole, residue = 1.3 + 1e-17j, 0.2 + 0.7j
    x = np.array([1.3 * (1.0 - 1e-9), 1.3, 1.3 * (1.0 + 1e-12), 2.0])
    with mp.workdps(40):
        z = mp.mpc(pole)
        exact = [float(2 * (mp.mpc(residue) * (mp.log(z - mpf(v)) - mp.log(z))).real) for v in x]
    np.testing.assert_allclose(logarithmic_sums(x, np.array([pole]), np.array([residue])), exact, rtol=1e-13)


def test_density_of_states_keeps_its_digits_in_the_tail():
    """Far above the spectrum ρ is 1e-10 of Re G: against the 50-digit inverse."""
    masses, omega = [1.0, 1.25, 2.0, 4.0], 300.0
    system = hs.OpenNetwork(hs.MeanField(masses, n_tilde=4.0), [hs.Bath(0, 1.0, 0.5), hs.Bath(3, 2.0, 0.25)])
    with mp.workdps(50):
        Z = mp.matrix(4, 4)
        for i in range(4):
            for j in range(4):
                Z[i, j] = -mpf(1) / 4 + (1 - masses[i] * mpf(omega) ** 2 if i == j else 0)
        Z[0, 0] += 0.5j * mpf(omega)
        Z[3, 3] += 0.25j * mpf(omega)
        G = Z**-1
        exact = [float(-2 * omega * masses[n] / mp.pi * G[n, n].imag) for n in range(4)]
    found = [float(hs.spectrum.local_density_of_states(system, omega, n)) for n in range(4)]
    np.testing.assert_allclose(found, exact, rtol=1e-13)


@pytest.mark.parametrize("network", [
    hs.MeanField(hs.masses.random(9, 1.0, 0.4, seed=2), k=1.3, k0=0.4),
    hs.Chain(hs.masses.random(9, 1.0, 0.4, seed=2), ends="fixed")])
def test_transmittance_between_groups_of_baths(network):
    """Caroli's 4 ω² Tr[Γ_A G Γ_B G†] by dense inversion, and the heat that flows between the groups."""
    left, right = hs.bath_group([0, 1, 4], 1.5, 0.7), hs.bath_group([-1, -2], 0.5, 1.2)
    system = hs.OpenNetwork(network, left + right)
    omega, exact = np.linspace(0.1, 2.5, 9), []
    for w in omega:
        G = dense.green_matrix(system, w)
        here, there = np.zeros((9, 9)), np.zeros((9, 9))
        here[[0, 1, 4], [0, 1, 4]], there[[8, 7], [8, 7]] = 0.7, 1.2
        exact.append(4 * w**2 * np.trace(here @ G @ there @ G.conj().T).real)
    found = hs.transmittance(system, omega, range(3), [3, -1])
    np.testing.assert_allclose(found, exact, rtol=1e-11)
    assert found.max() <= 2.0
    np.testing.assert_allclose(hs.transmittance(system, omega, [3, 4], (0, 1, 2)), found, rtol=1e-12)
    # equal temperatures within a group: its flux is the conductance between the groups times ΔT
    between = hs.spectrum.cumulative_heat_flux(system, 1e9, range(3), [3, 4])
    state = hs.steady_state(system)
    assert between == pytest.approx(state.conductance[:3, 3:].sum(), rel=1e-8)
    assert state.heat_flux[:3].sum() == pytest.approx(state.conductance[:3, 3:].sum(), rel=1e-12)


def test_frequency_grid_resolves_every_resonance():
    system = ends(hs.MeanField(hs.masses.graded(200), k=0.1, kac=False))
    grid = hs.spectrum.frequency_grid(system)
    assert grid[0] == 0.0
    assert np.all(np.diff(grid) > 0.0)
    for w in hs.resonances(system).frequency:
        if w.real > 0:
            assert np.sum(np.abs(grid - w.real) < 3 * w.imag) >= 5
    coarse = np.linspace(0.0, grid[-1], grid.size)  # as many points, equally spaced: misses them
    narrow = min(hs.resonances(system).frequency, key=lambda w: w.imag if w.real > 0 else 1)
    assert np.sum(np.abs(coarse - narrow.real) < 3 * narrow.imag) == 0
    flux = 200 * np.trapezoid(hs.transmittance(system, grid), grid) / (2 * np.pi)
    assert flux == pytest.approx(200 * hs.steady_state(system).conductance[0, 1], rel=1e-2)


def test_the_example_of_the_trap():
    """quad returns 0.5006 with a small claimed error; the exact answer is 0.57457."""
    example = runpy.run_path(str(Path(__file__).parents[1] / "examples" / "quadrature_misses_resonances.py"))
    value, claimed = example["by_quad"]()
    assert value == pytest.approx(0.5006, abs=5e-4)
    assert claimed < 1e-3
    assert example["by_trapezoid_on_resolved_grid"]() == pytest.approx(0.57457421, rel=3e-4)
    assert 1000 * hs.steady_state(example["system"]).conductance[0, 1] == pytest.approx(0.57457421, abs=1e-8)


@pytest.mark.parametrize(("call", "message"), [
    (lambda s: hs.transmittance(s, 1j), "'omega' must be a real"),
    (lambda s: hs.transmittance(s, np.nan), "'omega' must be a real, finite"),
    (lambda s: hs.transmittance(s, "1"), "'omega' must be a real"),
    (lambda s: hs.transmittance(s, 1e78), "'omega' must be a real, finite .* below 1e"),
    (lambda s: hs.transmittance(s, [1, [2]]), "is not a regular array"),
    (lambda s: hs.transmittance(s, 1.0, 0, 0), "'drain' must differ from the source"),
    (lambda s: hs.transmittance(s, 1.0, [0], [1, 0]), "'drain' must differ from the source, but bath 0 is in both"),
    (lambda s: hs.transmittance(s, 1.0, [], 1), "'source' must hold at least one bath"),
    (lambda s: hs.transmittance(s, 1.0, [0, 0], 1), r"'source\[1\]' must differ .* bath 0 is there twice"),
    (lambda s: hs.transmittance(s, 1.0, [0, 2], 1), r"'source\[1\]' must be a bath of the 2"),
    (lambda s: hs.transmittance(s, 1.0, "0", 1), "'source' must be the number of a bath"),
    (lambda s: hs.transmittance(s, 1.0, 0, 2), "'drain' must be a bath of the 2"),
    (lambda s: hs.green(s, 1.0, 0, 99), "'j' must be a site of the 9"),
    (lambda s: hs.green(s, 1.0, 0.5, 1), "'i' must be an integer"),
    (lambda s: hs.spectrum.cumulative_heat_flux(s, -1.0), "'omega' must be 0 or more"),
    (lambda s: hs.spectrum.frequency_grid(s, 2), "'points_per_resonance' must be an integer, 4 or more"),
    (lambda s: hs.spectrum.frequency_grid(s, omega_max=0.0), "'omega_max' must be a positive"),
    (lambda s: hs.spectrum.local_density_of_states(s, 1.0, 9), "'site' must be a site"),
    (lambda s: hs.resonances(s.network), "'system' must be an OpenNetwork"),
])
def test_bad_arguments_are_named(call, message):
    with pytest.raises(hs.ArgumentError, match=message):
        call(ends(NETWORKS["random"]))


LINKED = hs.OpenNetwork(hs.Chain([1.0, 1.1, 1.1, 1.0], [1.0, 1e-13, 1.0], 0.3), [hs.Bath(0, 1.5), hs.Bath(3, 0.5)])


def test_fluxes_that_residues_cannot_resolve_are_integrals():
    """Halves that ring alike, joined by 1e-13: residues 1e13 times the flux cancel, a positive integrand does not."""
    omega = np.array([0.3, 0.6, 1.5, 0.0, 1e6])
    below = hs.spectrum.cumulative_heat_flux(LINKED, omega)

    def whole(top):
        edges = np.linspace(0.0, top, 40)
        return sum(quad(lambda w: float(hs.transmittance(LINKED, [w])[0]), a, b, epsabs=0.0, epsrel=1e-12)[0]
                   for a, b in itertools.pairwise(edges)) / (2.0 * np.pi)

    np.testing.assert_allclose(below[[0, 1, 2]], [whole(w) for w in omega[:3]], rtol=1e-10)
    assert below[3] == 0.0
    assert below[4] == pytest.approx(hs.conductance(LINKED)[0, 1], rel=1e-12)


def test_without_an_integral_such_a_flux_is_told(monkeypatch):
    monkeypatch.setattr("hotsprings.response.spectral.resolved_flux", lambda *given: (np.zeros(given[3].shape), np.inf))
    with pytest.warns(hs.PrecisionWarning, match="below a frequency is known to"):
        hs.spectrum.cumulative_heat_flux(hs.OpenNetwork(LINKED.network, LINKED.baths), [1.0])


def test_a_narrow_resonance_is_doubted_only_where_it_is(monkeypatch):
    """A flux beyond a resonance of width 4e-11 keeps its digits; one that ends on it takes 32, or is told."""
    k0 = [200.2, 65.66, 149.6, 27.17, 1.27e-5, 3.75e-3, 2.47e-2, 55.44]
    k = [0.8843, 0.6387, 1.246, 1.1939, 1.2478, 1.355, 1.4951]
    system = hs.OpenNetwork(hs.Chain(np.ones(8), k, k0), [hs.Bath(0, 1.5, 0.00714), hs.Bath(7, 0.5, 7.14)])
    narrow = max((z for z in hs.resonances(system).frequency if z.imag < 1e-10 * abs(z)), key=abs)
    whole = hs.conductance(system)[0, 1]
    assert whole < 1e-14
    assert hs.spectrum.cumulative_heat_flux(system, 1e3) == pytest.approx(whole, rel=1e-13)
    x = np.array([0.7, 0.97]) * abs(narrow.real)  # the next one below is at 8.196, wide 1.6e-7
    rng = np.linspace(*x, 200)
    half, (node, weight) = 0.5 * np.diff(rng), np.polynomial.legendre.leggauss(20)
    steps = hs.transmittance(system, (rng[:-1] + half)[:, None] + half[:, None] * node) @ weight
    here = hs.spectrum.cumulative_heat_flux(system, x)
    assert here[1] - here[0] == pytest.approx(float(half @ steps) / (2.0 * np.pi), abs=1e-12 * here[1])
    on_it = hs.spectrum.cumulative_heat_flux(system, abs(narrow.real))
    assert on_it / whole == pytest.approx(0.99999673779868, rel=2e-10)  # a hundred digits; its last bit moves 6e-11
    monkeypatch.setattr("hotsprings.response.choice.SMALL", 0)
    with pytest.warns(hs.PrecisionWarning, match="below a frequency is known to"):
        hs.spectrum.cumulative_heat_flux(hs.OpenNetwork(system.network, system.baths), abs(narrow.real))


def test_residues_that_a_strong_damping_turns_are_asked_of_32_digits():
    """γ/m = 1e8 beside frequencies of some units turns residues by 1e-8: their sum, the conductance, does not show it.

    References: a hundred digits.
    """
    system = hs.OpenNetwork(hs.ion_crystal(17, branch="axial"), [hs.Bath(0, 1.5, 1e8), hs.Bath(16, 0.5, 1e8)])
    omega, expected = np.array([1.5, 3.0, 5.0]), np.array([0.3113096250048938, 0.5618619705850217, 0.944441821716018])
    whole = hs.conductance(system)[0, 1]
    np.testing.assert_allclose(hs.spectrum.cumulative_heat_flux(system, omega), expected * whole, rtol=1e-13)
    turned = ModalResponse(system, True, "search")  # negative control: what 16 digits give, and what is said of it
    z, rho = turned.transmittance_residues(0, 1)
    off = np.abs(PoleSum(z, rho, 0.0, 0.0, whole, 0.0).fluxes(omega) - expected * whole).max()
    assert 1e-9 * whole < off < LOGARITHM * np.max(np.abs(rho) * turned.residue_doubt(z))


def test_elements_on_a_resonance_narrower_than_the_last_bits_are_told():
    chain = hs.OpenNetwork(hs.Chain([1.0, 1.0], 1e-9, [0.1, 2.0]), [hs.Bath(0, 1.5, 1.0)])
    field = hs.OpenNetwork(hs.MeanField([1.0, 2.0], 1e-9, [0.1, 2.0]), [hs.Bath(0, 1.5, 1.0)])
    many = np.linspace(0.2, 0.8, 4000)
    for system in (chain, field):
        narrow = min(hs.resonances(system).frequency, key=lambda z: z.imag).real
        with pytest.warns(hs.PrecisionWarning, match="known to a relative"):
            hs.green(system, abs(narrow), 1, 1)
        with pytest.warns(hs.PrecisionWarning, match="1 frequencies between"):
            hs.spectrum.local_density_of_states(system, np.append(many, abs(narrow)), 1)
        hs.green(system, many, 1, 1)  # warnings are errors here


def test_what_no_spring_joins_is_dark_at_rest():
    """A free part and a pinned one: 𝒯(0) between them is 0, in the free part that of two baths that drag it."""
    springs = np.zeros((4, 4))
    springs[0, 1] = springs[1, 0] = springs[2, 3] = springs[3, 2] = -1.0
    k0 = np.array([0.0, 0.0, 0.3, 0.0])
    network = hs.Springs(np.ones(4), springs + np.diag(k0 - springs.sum(axis=1)))
    system = hs.OpenNetwork(network, [hs.Bath(n, 1.0, 7000.0) for n in range(4)])
    at_rest = [hs.transmittance(system, 0.0, a, b) for a, b in ((0, 1), (0, 2), (2, 3))]
    np.testing.assert_allclose(at_rest, [1.0, 0.0, 0.0], atol=1e-14)


@pytest.mark.parametrize("spoilt", [0, 1], ids=["conductances", "weights"])
def test_sums_that_do_not_add_up_are_refused_by_all_that_use_them(monkeypatch, spoilt):
    from hotsprings.response.modal import ModalResponse

    sums = ModalResponse.stationary_sums
    monkeypatch.setattr(ModalResponse, "stationary_sums",
                        lambda self: tuple(x * (1.00001 if i == spoilt else 1.0) for i, x in enumerate(sums(self))))
    system = ends(hs.Chain(np.ones(3), k0=0.2))
    for ask in (hs.quantum.heat_flux, hs.statistics.cumulants, hs.bond_heat_flux,
                lambda it: hs.spectrum.cumulative_heat_flux(it, 1.0)):
        with pytest.raises(hs.CertificateError, match="sum rules of bath weights and conductances hold to"):
            ask(system)
    gathered = hs.covariance(system).velocity
    monkeypatch.undo()
    np.testing.assert_allclose(gathered, hs.covariance(system).velocity, rtol=0, atol=1e-14)


def test_a_zero_of_the_transmittance_is_not_doubted():
    """Identical masses: 𝒯 vanishes at the frequency of a single site, on which 1e-33 or 1e-31 comes out."""
    system = hs.OpenNetwork(hs.MeanField(np.ones(9)), [hs.Bath(0, 1.5), hs.Bath(8, 0.5)])
    assert hs.transmittance(system, np.sqrt(9.0 / 8.0)) < 1e-28  # warnings are errors here


def test_elements_need_no_poles(monkeypatch):
    from hotsprings.response.modal import ModalResponse

    def lost(self):
        raise hs.CertificateError("lost")

    system, omega = ends(hs.Chain([1.0, 1.1, 0.9], k0=0.2)), np.linspace(0.1, 2.0, 3000)
    right = hs.transmittance(system, omega)
    monkeypatch.setattr(ModalResponse, "poles", property(lost))
    other = hs.OpenNetwork(system.network, system.baths)
    np.testing.assert_allclose(hs.transmittance(other, omega), right, rtol=1e-13)


@pytest.mark.parametrize("friction", [1e-8, 1e-6, 1.0])
@pytest.mark.parametrize("n", [2, 20, 80])
def test_narrow_pairs_that_split_off_from_equal_baths_keep_the_phase_of_their_residues(n, friction):
    """Heat below a frequency of equal sites with equal baths, by the mean field and by the modes of the same matrix.

    Phases of 1e-16 |ω|/Γ would show as 1e-8 of the whole; sums of some ln(ω/Γ) = 20 keep 1e-14.
    """
    baths = [hs.Bath(0, 1.5, friction), hs.Bath(n - 1, 0.5, friction)]
    field = hs.MeanField(hs.masses.identical(n, 1.5), k=10.0, k0=0.1)
    omega = np.array([0.05, 1.0, 2.5, 3.0, 5.0, 20.0])
    ours, theirs = (hs.spectrum.cumulative_heat_flux(hs.OpenNetwork(network, baths), omega, 0, 1)
                    for network in (field, hs.Springs(field.masses, field.stiffness())))
    whole = hs.conductance(hs.OpenNetwork(field, baths))[0, 1]
    np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=2e-13 * whole)


@pytest.mark.parametrize("matrix", [False, True])
def test_exactly_on_a_dark_frequency_only_what_it_moves_is_infinite(matrix):
    """κ/m = 1 of three equal sites without a bath: they ring for ever, and hold still what the baths would move."""
    field = hs.MeanField(np.full(6, 7.0), 1.0, [1.0, 1.0, 1.0, 1.0, 1e3, 1.0], kac=False)
    network = hs.Springs(field.masses, field.stiffness()) if matrix else field
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 0.01), hs.Bath(5, 0.5, 0.01)])
    assert np.isinf(hs.green(system, [1.0], 1, 1)[0])
    assert np.isinf(hs.green(system, [1.0], 1, 2)[0])
    assert abs(hs.green(system, [1.0], 0, 5)[0]) < 1e-20  # Σ 1/α of the three is infinite: 0
    assert hs.transmittance(system, [1.0])[0] < 1e-40
    for i, j in ((0, 1), (1, 4), (4, 4)):
        exact, beside = hs.green(system, [1.0, 1.0 + 1e-7], i, j)
        assert abs(exact - beside) <= 1e-3 * abs(beside)  # resonances here are some 1e-3 wide


@pytest.mark.parametrize("n", [5, 80])
def test_a_star_on_the_frequency_of_its_leaves(n):
    """Leaves without a bath ring alike and hold the hub: nothing passes at ω = 1, exactly."""
    star = np.zeros((n, n))
    star[0, 1:] = star[1:, 0] = 1.0
    system = hs.OpenNetwork(hs.from_graph(star), [hs.Bath(1, 1.5), hs.Bath(2, 0.5)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.PrecisionWarning)
        assert hs.transmittance(system, [1.0])[0] < 1e-30
        assert np.isinf(hs.green(system, [1.0], 3, 4)[0])


def exact_element(system, omega, i, j):
    """Return G_ij of a chain in 60 digits: continued fractions from both ends."""
    net, n = system.network, system.n_sites
    with workdps(60):
        k, w = [mpf(-x) for x in net.bands()[1]], mpf(omega)
        gamma = np.zeros(n)
        gamma[system.bath_sites] = system.friction
        held = [mpc(mpf(net.pinning[s]) - w * w * mpf(net.masses[s]), w * mpf(gamma[s]))
                for s in range(n)]
        left, right = [held[0]], [held[-1]]
        for s in range(1, n):
            left.append(held[s] + k[s - 1] * left[-1] / (k[s - 1] + left[-1]))
            right.append(held[n - 1 - s] + k[n - 1 - s] * right[-1] / (k[n - 1 - s] + right[-1]))
        element = 1 / (left[j] + right[n - 1 - j] - held[j])
        for s in range(j - 1, i - 1, -1):
            element *= k[s] / (k[s] + left[s])
        return element


@pytest.mark.parametrize("n", [100, 1100])
def test_small_elements_of_chains_keep_their_digits(n):
    """Far from both sites and far outside the band an element is 1e-60 of what modes sum up."""
    system = hs.OpenNetwork(hs.Chain(hs.masses.random(n, spread=0.6, seed=1)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    for omega in (0.3, 2.1, 5.0):
        exact = exact_element(system, omega, 3, 60)
        assert abs(complex(hs.green(system, omega, 3, 60)) / exact - 1) < 1e-11
    assert abs(exact) < 1e-60


@pytest.mark.parametrize("net", [hs.Chain(np.ones(100), k0=1e-3), hs.Chain(np.ones(1100), k0=1e-3),
                                 hs.Lattice((34, 34), 1.0, k0=1e-3)], ids=["chain", "long chain", "layers"])
def test_on_resonances_narrower_than_their_last_bits_elements_are_told(net):
    """Of networks of any size; beside them, and on wide ones, nothing is."""
    ends = [0, net.n_sites - 1] if isinstance(net, hs.Chain) else [*net.face(0, "low"), *net.face(0, "high")]
    alone = hs.thermodynamics(net, 1.0).omega[1]
    for friction, far, told in ((1e-13, 0.0, True), (1e-13, 1e-4, False), (1.0, 0.0, False)):
        system = hs.OpenNetwork(net, [hs.Bath(int(site), 1.0, friction) for site in ends])
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            hs.green(system, alone * (1.0 + far), 0, 2)
        assert [w.category for w in found] == [hs.PrecisionWarning] * told
