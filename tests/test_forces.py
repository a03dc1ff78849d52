"""Forces against the slope of an energy that is written down here as a double loop."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import hotsprings as hs
from hotsprings.dynamics.forces import force_field
from hotsprings.kernels.trigonometry import sincos

SITES = (2, 3, 7, 8, 17)


def direction(base, i, j):
    """Return ±1 for the bond from i to j; on a ring along the shorter way round, 0 between opposite sites."""
    if not getattr(base, "periodic", False):
        return 1 if j > i else -1
    ahead = (j - i) % base.n_sites
    return (base.n_sites > 2 * ahead) - (base.n_sites < 2 * ahead)


def energy(network, q, cos=math.cos):
    base = getattr(network, "harmonic", network)
    n, K = base.n_sites, base.stiffness()

    def pair(r, s):
        if isinstance(network, hs.Rotors):
            return 1 - cos(r)
        if isinstance(network, hs.Anharmonic):
            return r**2 / 2 + s * network.cubic * r**3 / 3 + network.quartic * r**4 / 4
        return r**2 / 2

    total = 0
    for i in range(n):
        for j in range(i + 1, n):
            total += -K[i, j] * pair(q[j] - q[i], direction(base, i, j))
    pinning = base.pinning
    if isinstance(base, hs.Chain):
        pinning = base.k0
        total += base.walls[0] * pair(q[0], 1) + base.walls[1] * pair(-q[n - 1], 1)
    for i in range(n):
        total += pinning[i] * q[i] ** 2 / 2
        if isinstance(network, hs.Anharmonic):
            total += network.onsite_quartic * q[i] ** 4 / 4
    return total


def bases(n):
    m = np.ones(n)
    pinned = np.linspace(0.1, 0.4, n)
    return [hs.MeanField(m, k=0.7, k0=pinned), hs.MeanField(m, kac=False), hs.PowerLaw(m, 1.5, k0=pinned),
            hs.PowerLaw(m, 0.0), hs.PowerLaw(m, 0.7, k0=0.2, periodic=True), hs.Chain(m, k0=pinned),
            hs.Chain(m, np.linspace(0.5, 1.5, n + 1), ends="fixed"), hs.random_springs(m, seed=1, k0=0.2)]


def variants(base):
    return [base, hs.Anharmonic(base, cubic=0.3), hs.Anharmonic(base, quartic=0.7), hs.Rotors(base),
            hs.Anharmonic(base, cubic=-0.2, quartic=0.4, onsite_quartic=0.9), hs.Anharmonic(base, onsite_quartic=1.1)]


@pytest.mark.parametrize("n", SITES)
def test_forces_are_minus_the_slope_of_the_energy(n):
    rng = np.random.default_rng(n)
    for base in bases(n):
        for network in variants(base):
            q = rng.normal(size=n) + 1.0
            force = force_field(network).forces(q[None])[0]
            with mpmath.workdps(40):
                exact = [-mpmath.diff(lambda x, i=i, net=network, at=q: energy(
                    net, [*map(mpmath.mpf, at[:i]), x, *map(mpmath.mpf, at[i + 1:])], mpmath.cos), q[i], h=1e-12)
                    for i in range(0, n, max(1, n // 4))]
            scale = np.abs(force).max()
            np.testing.assert_allclose(force[::max(1, n // 4)], np.array(exact, float), rtol=0, atol=2e-13 * scale)


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8])
def test_rows_that_share_a_transform_or_a_product_do_not_mix(rows):
    q = np.random.default_rng(0).normal(size=(rows, 12))
    for base in bases(12):
        for network in variants(base):
            field = force_field(network)
            alone = np.concatenate([field.forces(row[None]) for row in q])
            np.testing.assert_allclose(field.forces(q), alone, rtol=0, atol=1e-13 * np.abs(alone).max())


def test_a_free_network_that_drifted_away_loses_no_digits():
    m = np.ones(16)
    q = np.random.default_rng(1).normal(size=(1, 16))
    far = q + 2.0**20
    near = far - 2.0**20  # the same displacements, rounded as the far ones are
    for base in (hs.MeanField(m), hs.PowerLaw(m, 1.0), hs.Chain(m), hs.random_springs(m, seed=1, k0=0.0)):
        for network in (hs.Anharmonic(base, cubic=0.3, quartic=0.5), hs.Rotors(base)):
            field = force_field(network)
            np.testing.assert_allclose(field.forces(far), field.forces(near), rtol=0, atol=1e-9)


def test_small_displacements_are_harmonic():
    q = 1e-5 * np.random.default_rng(1).normal(size=(1, 9))
    for base in bases(9):
        for network in variants(base)[1:]:
            np.testing.assert_allclose(force_field(network).forces(q), -q @ network.stiffness(), rtol=0, atol=1e-9)


def test_vector_sine_and_cosine():
    far = np.random.default_rng(0).uniform(-1e6, 1e6, 10000)
    q = np.concatenate([np.linspace(-50.0, 50.0, 10001), far, [0.0, -0.0]])
    s, c = np.empty_like(q), np.empty_like(q)
    sincos(q, s, c)
    np.testing.assert_allclose(s, np.sin(q), rtol=0, atol=3e-16)
    np.testing.assert_allclose(c, np.cos(q), rtol=0, atol=3e-16)


# networks with such springs

def test_exact_doors_refuse_them_in_one_wording():
    for network in (hs.Anharmonic(hs.MeanField(np.ones(4), k0=1.0), quartic=0.1), hs.Rotors(hs.Chain(np.ones(4)))):
        system = hs.OpenNetwork(network, [hs.Bath(0, 1.0), hs.Bath(-1, 0.5)])
        doors = [lambda s=system: hs.steady_state(s), lambda s=system: hs.resonances(s),
                 lambda s=system: hs.conductance(s), lambda s=system: hs.transmittance(s, 1.0),
                 lambda s=system: hs.green(s, 1.0, 0, 1), lambda n=network: hs.thermodynamics(n, 1.0),
                 lambda s=system: hs.spectrum.cumulative_heat_flux(s, np.array([1.0])),
                 lambda s=system: hs.spectrum.frequency_grid(s),
                 lambda s=system: hs.spectrum.local_density_of_states(s, 1.0, 0)]
        for door in doors:
            with pytest.raises(hs.ArgumentError, match=r"be harmonic .*hs\.dynamics\.simulate.*'\.harmonic'"):
                door()
        hs.steady_state(hs.OpenNetwork(network.harmonic, system.baths))


def test_arguments_are_checked():
    base = hs.MeanField(np.ones(4))
    for wrong, words in [({"quartic": -1.0}, "zero or more"), ({"onsite_quartic": -0.1}, "zero or more"),
                         ({"cubic": "a"}, "finite number")]:
        with pytest.raises(hs.ArgumentError, match=words):
            hs.Anharmonic(base, **wrong)
    with pytest.raises(hs.ArgumentError, match=r"wrap its '\.harmonic'"):
        hs.Rotors(hs.Anharmonic(base, quartic=1.0))
    with pytest.raises(hs.ArgumentError, match="be a network"):
        hs.Rotors(3)
    negative = hs.Springs(np.ones(2), [[1.0, 0.5], [0.5, 1.0]])
    with pytest.raises(hs.ArgumentError, match="no negative spring"):
        hs.Anharmonic(negative, quartic=1.0)
    hs.Anharmonic(negative, onsite_quartic=1.0)


def test_they_pickle_tell_their_parameters_and_are_immutable():
    import pickle

    for network in variants(hs.PowerLaw(np.ones(5), 1.5))[1:]:
        again = pickle.loads(pickle.dumps(network))
        assert again.parameters() == network.parameters()
        assert repr(again) == repr(network)
        assert network.parameters()["kind"] == "power-law"
        with pytest.raises(AttributeError):
            network.harmonic = None
        hs.OpenNetwork(network, [hs.Bath(0, 1.0)]).plot()
