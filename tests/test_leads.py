"""Networks between semi-infinite leads: crystals that their leads continue, faint resonances, bound states."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.response.choice import response_of
from hotsprings.response.lead_sums import BROAD, NARROW, band_integrals, columns
from hotsprings.response.leads import LeadResponse


def between(network, left, right, k=1.0, mass=1.0):
    hot = [hs.Lead(int(site), 2.0, k, mass, name="hot") for site in left]
    return hs.OpenNetwork(network, hot + [hs.Lead(int(site), 1.0, k, mass, name="cold") for site in right])


def ribbon(length, width, k0=0.0, k=1.0, mass=1.0):
    lattice = hs.Lattice((length, width), 1.0, k0=k0)
    return between(lattice, range(width), range((length - 1) * width, length * width), k, mass)


def midpoint(system, nodes=6000):
    """Return C_ab and h_n^a by the midpoint rule in θ, ω = W sin(θ/2), each G a solve of its own."""
    network, sites = system.network, system.bath_sites
    k, mass = system.baths[0].k, system.baths[0].mass
    theta = np.pi * (np.arange(nodes) + 0.5) / nodes
    omega = 2.0 * np.sqrt(k / mass) * np.sin(0.5 * theta)
    at = np.zeros((network.n_sites, sites.size))
    at[sites, np.arange(sites.size)] = 1.0
    drag = k * (1.0 - np.exp(-1j * theta))
    z = (network.stiffness() - (omega**2)[:, None, None] * np.diag(network.masses)
         + drag[:, None, None] * (at @ at.T))
    s = np.abs(np.linalg.solve(z, at[None])) ** 2 * (np.sin(theta) ** 2 * np.pi / nodes)[:, None, None]
    matrix = 2.0 * k * k / np.pi * np.einsum("wab,w->ab", s[:, sites], np.sqrt(k / mass) * np.cos(0.5 * theta))
    local = 2.0 * k * k / (np.pi * mass) * network.masses[:, None] * s.sum(axis=0)
    np.fill_diagonal(matrix, 0.0)
    return matrix, local


@pytest.mark.parametrize(("length", "width", "k0", "k", "mass"), [
    (2, 2, 0.0, 1.0, 1.0), (2, 2, 0.0, 1.0, 1.2), (2, 2, 0.2, 0.7, 1.0), (3, 3, 0.2, 1.0, 1.0), (3, 3, 0.0, 1.0, 1.0),
    (4, 3, 0.0, 1.0, 1.0), (3, 4, 0.3, 1.0, 1.0 + 1e-9), (3, 3, 0.1, 1.3, 1.0 - 1e-6)])
def test_ribbons_that_leads_continue(length, width, k0, k, mass):
    """Zeros at y = 0 of any multiplicity, states at the edge of the band, bound states that coincide: the midpoint rule
    is good to |y|^(2M), M = 6000, or to its step squared where the band ends in a resonance."""
    system = ribbon(length, width, k0, k, mass)
    state = hs.steady_state(system)
    matrix, local = midpoint(system)
    edge = 1e-11 if k0 else 2e-7
    np.testing.assert_allclose(state.conductance, matrix, atol=edge)
    np.testing.assert_allclose(state.bath_weight, local, atol=edge)
    flux = state.heat_flux[:width]
    np.testing.assert_allclose(flux, flux[::-1], rtol=1e-11)  # the lattice is its own mirror image


@pytest.mark.parametrize("width", [6, 10])
def test_transverse_modes_are_chains(width):
    """Leads on both faces share nothing with the transverse motion: J is that of chains pinned by 2 - 2 cos(πj/n)."""
    flux = hs.steady_state(ribbon(5, width, 0.1)).heat_flux[:width].sum()
    single = [hs.steady_state(between(hs.Chain(np.ones(5), k0=0.1 + 2.0 - 2.0 * np.cos(np.pi * j / width)), [0], [4]))
              for j in range(width)]
    assert flux == pytest.approx(sum(state.heat_flux[0] for state in single), rel=1e-11)


@pytest.mark.parametrize("n", [6, 30, 100])
def test_sites_that_continue_the_leads_change_nothing(n):
    """With more links of the leads counted as sites, C and the weights within stay: also of modes that hardly reach
    them (1 - |y|² down to 1e-30 at n = 100)."""
    masses = 1.0 + np.random.default_rng(n).uniform(size=n)
    short = hs.steady_state(between(hs.Chain(masses), [0], [n - 1]))
    longer = hs.Chain(np.concatenate([np.ones(2), masses, np.ones(3)]))
    long = hs.steady_state(between(longer, [0], [n + 4]))
    assert long.conductance[0, 1] == pytest.approx(short.conductance[0, 1], rel=1e-10)
    np.testing.assert_allclose(long.bath_weight[2 : n + 2], short.bath_weight, atol=1e-9)


@pytest.mark.parametrize("network", [
    hs.MeanField(np.linspace(1.0, 2.0, 40), kac=True), hs.PowerLaw(np.ones(40), alpha=1.5),
    hs.PowerLaw(np.linspace(1.0, 2.0, 30), alpha=1.2), hs.Chain(np.ones(100), k0=0.1)], ids=lambda net: net.n_sites)
def test_broad_networks_hold_in_their_leads(network):
    """Refused before: widths down to 1e-13 in the band, of networks that are as heavy as their leads."""
    system = between(network, [0], [network.n_sites - 1])
    state = hs.steady_state(system)
    assert state.certificate.holds
    np.testing.assert_allclose(state.bath_weight.sum(axis=1), state.bright_weight, atol=1e-10)


@pytest.mark.parametrize("network", [hs.Chain([1.0, 2.0, 1.4, 1.1], k0=0.2),
                                     hs.MeanField([1.0, 1.3, 2.0, 1.7], kac=True)])
def test_residues_and_panels_agree(network):
    """Resonances by their residues, or every one of them by panels: the same function added and taken away."""
    operator = LeadResponse(between(network, [0], [3], mass=1.5))
    first, second = (band_integrals(operator.pencil, operator.zeros, limit) for limit in (BROAD, NARROW))
    np.testing.assert_allclose(first[0], second[0], rtol=1e-11)
    np.testing.assert_allclose(first[1], second[1], rtol=1e-11)


def test_residues_that_are_off_are_mended_or_refused():
    """Negative control: what is taken away and added is the same function, so that a broad residue that is off leaves
    what panels find; one of 1 - |y|² below 1e-9 leaves what no panel resolves."""
    broad = LeadResponse(between(hs.Chain([1.0, 2.0, 1.4, 1.1], k0=0.2), [0], [3], mass=1.5))
    right = broad.certified_sums()[0]
    off = LeadResponse(broad.system)
    off.zeros = broad.zeros._replace(motions=1.001 * broad.zeros.motions)
    np.testing.assert_allclose(off.certified_sums()[0], right, atol=1e-10)
    faint = LeadResponse(between(hs.Chain(1.0 + np.random.default_rng(100).uniform(size=100)), [0], [99]))
    assert faint.certified_sums()[1].max() < 1.0
    assert np.abs(faint.zeros.gap).min() < 1e-9
    off = LeadResponse(faint.system)
    off.zeros = faint.zeros._replace(motions=1.001 * faint.zeros.motions)
    with pytest.raises(hs.CertificateError):
        off.certified_sums()


def test_resonances_of_continued_sites_are_not_scattered():
    """y = 0 of multiplicity p is divided out. A site of mass M in an infinite chain: y = 1 and (M - 2)/M, no other."""
    assert len(hs.resonances(between(hs.Chain(np.ones(12)), [0], [11]))) == 0
    heavy = hs.resonances(between(hs.Chain([1.0, 1.0, 3.0, 1.0, 1.0]), [0], [4]))
    np.testing.assert_allclose(heavy.frequency, [1j * np.sqrt(4.0 / 3.0)], rtol=1e-12, atol=1e-14)


def test_elements_inside_and_beyond_the_band():
    """[K - ω²M + k(1 - z)]⁻¹ of the springs, on both sides of the edge, z = e^{-iθ} or in the circle."""
    system = between(hs.Chain([1.0, 2.0, 1.4], k0=0.2), [0], [2], mass=1.5)
    lead, operator = system.baths[0], response_of(system)
    for w in (0.0, 0.4, 1.2, 1.7, 3.0):
        c = 1.0 - w * w * lead.mass / (2.0 * lead.k)
        z = c - 1j * np.sqrt(1.0 - c * c) if abs(c) <= 1.0 else c + np.sqrt(c * c - 1.0)
        Z = system.network.stiffness() - w * w * np.diag(system.network.masses) + 0j
        Z[[0, 2], [0, 2]] += lead.k * (1.0 - z)
        for i, j in ((0, 2), (1, 1)):
            assert operator.element(np.array([w]), i, j)[0] == pytest.approx(np.linalg.inv(Z)[i, j], rel=1e-12)


def test_elements_of_the_integrand():
    """What is integrated, from the modes at many angles at once, is what `element` answers, from a solve each."""
    operator = response_of(between(hs.Chain([1.0, 2.0, 1.4], k0=0.2), [0], [2], mass=1.5))
    theta = np.array([1e-3, 0.4, 1.2, 2.7, np.pi - 1e-3])
    omega = operator.pencil.top * np.sin(0.5 * theta)
    found = columns(operator.pencil, omega, np.exp(-1j * theta))
    for site in range(3):
        np.testing.assert_allclose(found[site, 1], operator.element(omega, site, 2), rtol=1e-9)


@pytest.mark.parametrize("pinning", [0.0, 1.0])
def test_one_site_that_continues_its_lead(pinning):
    """No zero is left: y = 0 is all there is without pinning. The site comes to the temperature of its lead."""
    state = hs.steady_state(between(hs.Springs([1.0], [[pinning]]), [0], []))
    assert state.local_temperature == pytest.approx([2.0], rel=1e-12)


def test_which_slow_motion_is_held_is_known_in_small_networks():
    """A part held by one spring of 1e-14 is no free motion: its resonance, ω = (k/μ)^½, is there with its width."""
    system = between(hs.Chain([1.0, 1.0, 1.0, 2.0, 1.3], k=[1.0, 1e-14, 1.0, 1.0]), [2], [4], mass=0.9)
    found = hs.resonances(system)
    slow = found.frequency[(found.frequency.real > 0.0) & (np.abs(found.frequency) < 1e-3)]
    assert slow.real == pytest.approx([np.sqrt(1e-14 / 2.0)], rel=1e-6)  # two sites on a spring to a heavy rest
    assert slow.imag[0] > 0.0
