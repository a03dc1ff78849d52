"""Lattices: their springs against Kronecker sums of chains, their fluxes against Lyapunov equations."""

from __future__ import annotations

import functools
import pickle

import numpy as np
import pytest

import hotsprings as hs

SHAPES = [
    ((5,), (), "free"), ((4, 3), (), "free"), ((4, 3), (1,), "fixed"), ((3, 4), (0, 1), "free"),
    ((3, 2, 4), (2,), ("fixed", "free")), ((3, 3, 3), (), "fixed"), ((2, 1, 3), (), ("free", "fixed", "free")),
    ((3, 2, 2, 3), (0,), ("free", "fixed", "free")), ((1, 1), (), "free"),
]


def kronecker_sum(shape, periodic, ends):
    """K/k of the lattice: 1 ⊗ … ⊗ chain ⊗ … ⊗ 1, summed over the axes."""
    words = iter([ends] * len(shape) if isinstance(ends, str) else ends)
    parts = []
    for axis, length in enumerate(shape):
        one = np.diag(np.full(length - 1, -1.0), 1) + np.diag(np.full(length - 1, -1.0), -1)
        if axis in periodic:
            one[0, -1] -= 1.0
            one[-1, 0] -= 1.0
            word = "free"
        else:
            word = next(words)
        np.fill_diagonal(one, -one.sum(axis=1))
        if word == "fixed":
            one[0, 0] += 1.0
            one[-1, -1] += 1.0
        factors = [one if other == axis else np.eye(size) for other, size in enumerate(shape)]
        parts.append(functools.reduce(np.kron, factors))
    return sum(parts)


@pytest.mark.parametrize(("shape", "periodic", "ends"), SHAPES)
def test_springs_are_a_kronecker_sum_of_chains(shape, periodic, ends):
    n = int(np.prod(shape))
    k0 = np.linspace(0.1, 0.9, n)
    lattice = hs.Lattice(shape, np.linspace(1.0, 2.0, n).reshape(shape), 0.7, k0.reshape(shape), periodic, ends)
    K = 0.7 * kronecker_sum(shape, periodic, ends) + np.diag(k0)
    np.testing.assert_allclose(lattice.stiffness(), K, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(lattice.pinning, K.sum(axis=1), rtol=0, atol=1e-14)
    np.testing.assert_array_equal(lattice.bonds, np.argwhere(np.triu(K, 1)))
    np.testing.assert_array_equal(lattice.masses, np.linspace(1.0, 2.0, n))
    assert pickle.loads(pickle.dumps(lattice)) == lattice


@pytest.mark.parametrize(("shape", "periodic", "ends"), SHAPES)
def test_positions_tell_neighbours_and_faces(shape, periodic, ends):
    lattice = hs.Lattice(shape, 1.0, periodic=periodic, ends=ends)
    place = lattice.positions
    assert place.shape == (lattice.n_sites, len(shape))
    step = np.abs(place[lattice.bonds[:, 0]] - place[lattice.bonds[:, 1]])
    length = np.array(shape)
    step = np.where(np.isin(np.arange(len(shape)), periodic), np.minimum(step, length - step), step)
    np.testing.assert_array_equal(step.sum(axis=1), 1.0)
    for axis, size in enumerate(shape):
        np.testing.assert_array_equal(lattice.face(axis, "low"), np.flatnonzero(place[:, axis] == 0))
        last = np.flatnonzero(place[:, axis] == size - 1)
        np.testing.assert_array_equal(lattice.face(axis - len(shape), "high"), last)


def test_lattice_that_is_a_chain_or_a_ring_says_so():
    chain = hs.Lattice((1, 6, 1), np.linspace(1, 2, 6), ends=("free", "fixed", "free"))
    for mine, its in zip(chain.bands(), hs.Chain(chain.masses, ends="fixed").bands(), strict=True):
        np.testing.assert_array_equal(mine, its)
    ring = hs.Lattice(6, 1.3, 0.7, 0.2, periodic=0)
    np.testing.assert_array_equal(ring.first_row(), ring.stiffness()[0])
    assert ring.bands() is None
    assert hs.Lattice(6, 1.3, k0=np.arange(6.0), periodic=0).first_row() is None
    square = hs.Lattice((3, 3), 1.0)
    assert (square.bands(), square.first_row()) == (None, None)
    baths = [hs.Bath(0, 1.5), hs.Bath(3, 0.5, 2.0)]
    dense = hs.Springs(ring.masses, ring.stiffness())
    np.testing.assert_allclose(hs.conductance(hs.OpenNetwork(ring, baths)),
                               hs.conductance(hs.OpenNetwork(dense, baths)), rtol=1e-10)


def test_flux_through_a_lattice_is_that_of_the_lyapunov_equation():
    """Disordered masses, baths on two faces, each with its own temperature and friction."""
    from scipy.linalg import solve_continuous_lyapunov

    rng = np.random.default_rng(4)
    lattice = hs.Lattice((4, 3), rng.uniform(0.5, 1.5, (4, 3)), 1.3, 0.2, periodic=(1,), ends="fixed")
    system = hs.OpenNetwork(lattice, hs.bath_group(lattice.face(0, "low"), [1.5, 1.4, 1.3], [1.0, 0.7, 0.4], name="hot")
                            + hs.bath_group(lattice.face(0, "high"), 0.5, name="cold"))
    n, m, sites = lattice.n_sites, lattice.masses, system.bath_sites
    A, noise = np.zeros((2 * n, 2 * n)), np.zeros((2 * n, 2 * n))
    A[:n, n:], A[n:, :n] = np.eye(n), -lattice.stiffness() / m[:, None]
    A[n + sites, n + sites] = -system.friction / m[sites]
    noise[n + sites, n + sites] = 2.0 * system.friction * system.temperature / m[sites] ** 2
    kinetic = m * np.diag(solve_continuous_lyapunov(A, -noise))[n:]
    state = hs.steady_state(system)
    np.testing.assert_allclose(state.local_temperature, kinetic, rtol=1e-9)
    flux = system.friction / m[sites] * (system.temperature - kinetic[sites])
    np.testing.assert_allclose(state.heat_flux, flux, rtol=0, atol=1e-10)
    assert state.group_heat_flux["hot"] == pytest.approx(flux[:3].sum(), rel=1e-8)


BAD = [
    (lambda: hs.Lattice((), 1.0), "'shape' must hold the number of sites along one axis or more"),
    (lambda: hs.Lattice((3, 0), 1.0), r"'shape\[1\]' must be an integer, 1 or more, but 0"),
    (lambda: hs.Lattice((3, 2.0), 1.0), r"'shape\[1\]' must be an integer"),
    (lambda: hs.Lattice((3, 2), np.ones((2, 3))), r"'masses' must be .* one per site \(6\) or of shape \(3, 2\)"),
    (lambda: hs.Lattice((3, 2), np.ones(5)), r"'masses' must be a number, or one per site \(6\), but 5"),
    (lambda: hs.Lattice((3, 2), -1.0), "'masses' must be a positive finite number"),
    (lambda: hs.Lattice((3, 2), 1.0, 0.0), "'k' must be a positive"),
    (lambda: hs.Lattice((3, 2), 1.0, k0=-0.1), "'k0' must keep the stiffness matrix positive semidefinite"),
    (lambda: hs.Lattice((3, 2), 1.0, k0=[1.0]), r"'k0' must have one element per site \(6\)"),
    (lambda: hs.Lattice((3, 2), 1.0, periodic=(1,)), r"'periodic\[0\]' must be an axis of 3 sites or more, but axis 1"),
    (lambda: hs.Lattice((3, 3), 1.0, periodic=(1, -1)), r"'periodic\[1\]' must differ .* axis 1 is there twice"),
    (lambda: hs.Lattice((3, 3), 1.0, periodic=(2,)), r"'periodic\[0\]' must be an axis of the 2"),
    (lambda: hs.Lattice((3, 3), 1.0, periodic=True), "'periodic' must be the axes that close"),
    (lambda: hs.Lattice((3, 3), 1.0, ends="open"), "'ends' must be 'free' or 'fixed'"),
    (lambda: hs.Lattice((3, 3), 1.0, periodic=0, ends=("free", "fixed")), r"one per open axis \(1\), but 2"),
    (lambda: hs.Lattice((3, 3), 1.0).face(2, "low"), "'axis' must be an axis of the 2"),
    (lambda: hs.Lattice((3, 3), 1.0).face(0, "left"), "'side' must be 'low' or 'high', but 'left'"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_lattices_get_one_clear_error(call, message):
    with pytest.raises(hs.ArgumentError, match=message):
        call()


def test_overdamped_lattices_beyond_32_digits_by_default():
    """A strip of 3 × 22 between faces of friction 1e6: one chain per transverse mode, pinned by 2 - 2 cos(qπ/3)."""
    net = hs.Lattice((22, 3), 1.0, 1.0, 0.1)
    system = hs.OpenNetwork(net, hs.bath_group(net.face(0, "low"), 1.5, 1e6, name="left")
                            + hs.bath_group(net.face(0, "high"), 0.5, 1e6, name="right"))
    state = hs.steady_state(system)
    chains = [hs.Chain(np.ones(22), 1.0, 0.1 + 2.0 - 2.0 * np.cos(q * np.pi / 3.0)) for q in range(3)]
    exact = sum(hs.conductance(hs.OpenNetwork(chain, [hs.Bath(0, 1.5, 1e6), hs.Bath(-1, 0.5, 1e6)]))[0, 1]
                for chain in chains)
    assert state.group_conductance["left", "right"] == pytest.approx(exact, rel=1e-9)
    assert state.certificate.error < 1e-11
