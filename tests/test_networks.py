"""Chains, power laws, arbitrary and random springs, graphs: what they are, and what they refuse."""

from __future__ import annotations

import importlib
import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

import hotsprings as hs
from hotsprings.dataset import provenance
from hotsprings.network import Network, is_network

M = [1.0, 2.0, 0.5, 1.5, 3.0]
EXAMPLES = {
    "mean field": hs.MeanField(M, k=0.7, k0=[0, 1, 0, 2, 0]),
    "chain": hs.Chain(M, k=[1, 2, 3, 4], k0=0.1),
    "chain, fixed": hs.Chain(M, k=[1, 2, 3, 4], k0=[0, 1, 0, 2, 0], ends="fixed"),
    "chain, walls": hs.Chain(M, k=[9, 1, 2, 3, 4, 7], ends="fixed"),
    "chain of one": hs.Chain([2.0], k0=1.0),
    "power law": hs.PowerLaw(M, 1.5, k=2.0, k0=0.3),
    "ring": hs.PowerLaw(np.ones(5), 0.5, k0=0.3, kac=False, periodic=True),
    "springs": hs.Springs(M, hs.Chain(M, k0=1.0).stiffness() + 1.0),
    "random springs": hs.random_springs(M, seed=3, k0=[0, 1, 0, 2, 0]),
    "random chain": hs.random_chain(M, "power", exponent=0.5, seed=4, ends="fixed"),
    "graph": hs.from_graph(scipy.sparse.csr_array(np.ones((5, 5)) - np.eye(5)), M),
}
everything = pytest.mark.parametrize("net", EXAMPLES.values(), ids=EXAMPLES.keys())


def rebuilt(parameters):
    """Make a network again from what ``parameters`` says."""
    made = dict(parameters)
    kind = made.pop("kind")
    if kind == "springs":
        n = len(made["masses"])
        K = np.zeros((n, n))
        K[made["rows"], made["columns"]] = made["values"]
        return hs.Springs(made["masses"], np.triu(K) + np.triu(K, 1).T)
    return {"mean-field": hs.MeanField, "chain": hs.Chain, "power-law": hs.PowerLaw}[kind](**made)


def test_public_names():
    importlib.import_module("hotsprings.equilibrium")
    for name in ("Chain", "IonTrap", "MeanField", "PowerLaw", "Springs", "Thermodynamics", "bath_group", "from_graph",
                 "ion_crystal", "ion_positions", "random_chain", "random_springs", "read_network", "thermodynamics"):
        assert callable(getattr(hs, name))
        assert name in dir(hs)


def test_provenance_keeps_a_digest_of_long_lists():
    net = hs.random_springs(np.ones(70), seed=1)
    attrs = provenance(hs.OpenNetwork(net, [hs.Bath(0, 1.0)]).parameters())
    stored = json.loads(attrs["model"])["network"]
    assert "values" not in stored
    assert stored["sha256"] == net.parameters()["sha256"]
    assert "seed=1" in stored["source"]


# What every network promises.

@everything
def test_contract(net):
    assert isinstance(net, Network)
    assert is_network(net)
    assert not is_network(type(net))
    K = net.stiffness()
    assert K.dtype == np.float64
    assert K.shape == (net.n_sites, net.n_sites)
    np.testing.assert_array_equal(K, K.T)
    values = np.linalg.eigvalsh(K)
    assert values[0] >= -1e-14 * values[-1]
    np.testing.assert_allclose(net.pinning, K.sum(axis=1), rtol=0, atol=1e-14 * values[-1])
    assert net.structure in ("mean-field", "tridiagonal", "circulant", "dense")
    K[0, 0] = 77.0
    assert net.stiffness()[0, 0] != 77.0  # a copy


@everything
def test_parameters_remake_the_network(net):
    again = rebuilt(json.loads(json.dumps(net.parameters())))
    np.testing.assert_array_equal(again.stiffness(), net.stiffness())
    np.testing.assert_array_equal(again.masses, net.masses)
    assert again.structure == net.structure


@everything
def test_immutable_and_picklable(net):
    again = pickle.loads(pickle.dumps(net))
    assert again.parameters() == net.parameters()
    assert repr(again) == repr(net)
    for one in (net, again):
        for array in (one.masses, one.pinning):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 5.0
        with pytest.raises(AttributeError, match="is immutable: make a new one with another 'k'"):
            one.k = 2.0
        with pytest.raises(AttributeError, match="cannot be deleted"):
            del one._masses


@everything
def test_drawn(net):
    import matplotlib.pyplot as plt

    ax = hs.OpenNetwork(net, [hs.Bath(0, 1.0, 2.0)]).plot()
    n_springs = np.count_nonzero(np.triu(net.stiffness(), 1))
    coils = [line for line in ax.lines if line.get_alpha() == 0.75]
    assert len(coils) == n_springs
    plt.close(ax.figure)


def test_structures():
    assert {name: net.structure for name, net in EXAMPLES.items()} == {
        "mean field": "mean-field", "chain": "tridiagonal", "chain, fixed": "tridiagonal",
        "chain, walls": "tridiagonal", "chain of one": "tridiagonal", "power law": "dense", "ring": "circulant",
        "springs": "dense", "random springs": "dense", "random chain": "tridiagonal", "graph": "dense"}
    assert hs.PowerLaw([1, 1, 2], 1.0, periodic=True).structure == "dense"
    assert hs.PowerLaw([1, 1, 1], 1.0, k0=[1, 1, 2], periodic=True).structure == "dense"
    assert hs.Springs(M, hs.Chain(M).stiffness()).structure == "tridiagonal"


def test_reprs():
    assert repr(hs.Chain(M, k=2.0, ends="fixed")) == "Chain(N=5, m=0.5…3, k=2, k0=0, fixed ends)"
    assert repr(hs.Chain([1.0])) == "Chain(N=1, m=1, k=none, k0=0, free ends)"
    assert repr(hs.PowerLaw(np.ones(5), 0.0)) == "PowerLaw(N=5, m=1, α=0, k=1, k0=0, Ñ=4 (Kac), line)"
    assert repr(hs.PowerLaw(np.ones(5), 2.0, kac=False, periodic=True)).endswith("Ñ=1 (bare), ring)")
    assert repr(hs.Springs([1, 1], [[2, -1], [-1, 1]])) == "Springs(N=2, m=1, 1 springs k=1, k0=0…1)"
    assert repr(hs.Chain([1.0, 1.0 + 1e-9])).startswith("Chain(N=2, m≈1, k=1")
    assert repr(hs.Springs([1, 1], np.eye(2))) == "Springs(N=2, m=1, 0 springs, k0=1)"
    assert "from random_springs(mean=1, spread=0.5, seed=3, Ñ=4)" in repr(EXAMPLES["random springs"])


# What K is.

def energy(K, q):
    return 0.5 * q @ K @ q


def test_chain_energy():
    q, k, k0 = np.array([0.3, -1.0, 0.5, 2.0]), np.array([1.0, 2.0, 0.5]), np.array([0.0, 1.0, 0.2, 0.0])
    bulk = 0.5 * np.sum(k * np.diff(q) ** 2) + 0.5 * np.sum(k0 * q**2)
    assert energy(hs.Chain(np.ones(4), k, k0).stiffness(), q) == pytest.approx(bulk, rel=1e-14)
    walls = 0.5 * (1.0 * q[0] ** 2 + 0.5 * q[-1] ** 2)
    fixed = hs.Chain(np.ones(4), k, k0, ends="fixed")
    assert energy(fixed.stiffness(), q) == pytest.approx(bulk + walls, rel=1e-14)
    np.testing.assert_array_equal(fixed.walls, [1.0, 0.5])
    np.testing.assert_array_equal(fixed.pinning, [1.0, 1.0, 0.2, 0.5])
    own = hs.Chain(np.ones(4), [3.0, *k, 4.0], k0, ends="fixed")
    assert energy(own.stiffness(), q) == pytest.approx(bulk + 1.5 * q[0] ** 2 + 2.0 * q[-1] ** 2, rel=1e-14)
    np.testing.assert_array_equal(hs.Chain([1.0], 2.0, 0.5, "fixed").stiffness(), [[4.5]])


def test_chain_frequencies():
    n = 50  # both ends fixed: 4k sin²(jπ/2(n+1)); free: 4k sin²(jπ/2n)
    fixed = np.linalg.eigvalsh(hs.Chain(np.ones(n), 2.0, ends="fixed").stiffness())
    np.testing.assert_allclose(fixed, 8.0 * np.sin(np.arange(1, n + 1) * np.pi / (2 * n + 2)) ** 2, rtol=1e-13)
    free = np.linalg.eigvalsh(hs.Chain(np.ones(n), 2.0).stiffness())
    np.testing.assert_allclose(free, 8.0 * np.sin(np.arange(n) * np.pi / (2 * n)) ** 2, rtol=0, atol=1e-14)


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("kac", [False, True])
def test_power_law_elements(periodic, kac):
    n, alpha, k, k0 = 7, 1.3, 0.7, np.arange(7.0)
    r = np.abs(np.subtract.outer(np.arange(n), np.arange(n))).astype(float)
    r = np.minimum(r, n - r) if periodic else r
    np.fill_diagonal(r, np.inf)
    weight = r**-alpha
    n_tilde = weight.sum() / n if kac else 1.0
    net = hs.PowerLaw(np.ones(n), alpha, k, k0, kac, periodic=periodic)
    assert net.n_tilde == pytest.approx(n_tilde, rel=1e-15)
    K = k / n_tilde * (np.diag(weight.sum(axis=1)) - weight) + np.diag(k0)
    np.testing.assert_allclose(net.stiffness(), K, rtol=1e-14, atol=0)
    assert net.first_row() is None  # its pinnings differ


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("kac", [False, True])
def test_power_law_at_zero_is_the_mean_field(periodic, kac):
    net, mean = hs.PowerLaw(M, 0.0, 2.0, 0.3, kac, periodic=periodic), hs.MeanField(M, 2.0, 0.3, kac)
    assert net.n_tilde == mean.n_tilde
    np.testing.assert_allclose(net.stiffness(), mean.stiffness(), rtol=4e-16)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(hs.PowerLaw(M, 1e-3, 2.0, 0.3, kac).stiffness(), mean.stiffness(), rtol=1e-5)


def test_power_law_at_infinity_is_the_chain():
    for alpha in (60.0, 1e5):  # the second underflows
        net = hs.PowerLaw(M, alpha, 2.0, 0.3, kac=False)
        np.testing.assert_allclose(net.stiffness(), hs.Chain(M, 2.0, 0.3).stiffness(), rtol=1e-15, atol=1e-15)
    ring = hs.PowerLaw(M, 1e5, periodic=True)
    assert ring.n_tilde == 2.0
    assert ring.stiffness()[0].tolist() == [1.0, -0.5, 0.0, 0.0, -0.5]


def test_ring_modes_are_plane_waves():
    net = hs.PowerLaw(np.ones(12), 1.7, k0=0.2, periodic=True)
    waves = np.sort(np.fft.fft(net.first_row()).real)
    np.testing.assert_allclose(waves, np.linalg.eigvalsh(net.stiffness()), rtol=1e-13)


@pytest.mark.parametrize("sparse", [scipy.sparse.csr_array, scipy.sparse.coo_matrix, np.asarray, np.ndarray.tolist])
def test_springs_take_any_matrix(sparse):
    K = hs.Chain(M, k0=1.0).stiffness()
    np.testing.assert_array_equal(hs.Springs(M, sparse(K)).stiffness(), K)


def test_springs_symmetry_is_to_rounding():
    K = hs.Chain(M, k0=1.0).stiffness()
    K[0, 1] *= 1 + 1e-13
    assert np.array_equal(hs.Springs(M, K).stiffness(), hs.Springs(M, K).stiffness().T)
    K[0, 1] *= 1 + 1e-11
    with pytest.raises(hs.ArgumentError, match=r"symmetric .* element \(0, 1\)"):
        hs.Springs(M, K)


def test_springs_stability_boundary():
    K = hs.Chain(np.ones(6)).stiffness()  # free: lowest eigenvalue 0 to rounding
    top = np.linalg.eigvalsh(K)[-1]
    assert hs.Springs(np.ones(6), K - 0.9e-10 * top * np.eye(6)).n_sites == 6
    with pytest.raises(hs.ArgumentError, match="must be positive semidefinite, but its lowest eigenvalue is"):
        hs.Springs(np.ones(6), K - 1.1e-10 * top * np.eye(6))
    assert hs.Springs(np.ones(3), np.zeros((3, 3))).pinning.tolist() == [0.0, 0.0, 0.0]


def test_pinning_of_free_springs_is_zero():
    K = hs.random_springs(np.ones(40), seed=1).stiffness()
    assert np.any(K.sum(axis=1) != 0.0)  # rounding
    assert np.all(hs.Springs(np.ones(40), K).pinning == 0.0)
    assert np.all(hs.Springs(np.ones(40), K + 1e-9 * np.eye(40)).pinning != 0.0)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["chain", "power"]))
def test_negative_pinning_is_judged_by_the_lowest_eigenvalue(seed, kind):
    rng = np.random.default_rng(seed)
    k0 = rng.uniform(-0.3, 0.6, 5)

    def make(k0):
        return hs.Chain(np.ones(5), k0=k0) if kind == "chain" else hs.PowerLaw(np.ones(5), 0.8, k0=k0)

    K = make(0.0).stiffness() + np.diag(k0)
    if np.linalg.eigvalsh(K)[0] >= 0.0:
        np.testing.assert_allclose(make(k0).stiffness(), K, rtol=1e-15, atol=1e-15)
    else:
        with pytest.raises(hs.ArgumentError, match="'k0' must keep the stiffness matrix positive semidefinite"):
            make(k0)


EYE = np.eye(2)
BAD = [
    (lambda: hs.Chain([]), "'masses' must have at least 1 elements, but 0"),
    (lambda: hs.Chain([1, 1], k=0.0), "'k' must be a positive finite number, but 0.0"),
    (lambda: hs.Chain([1, 1, 1], k=[1.0, -1.0]), "'k' must be .*element 1 is -1.0"),
    (lambda: hs.Chain([1, 1, 1], k=[1.0]), r"'k' must have one element per spring \(2\), but 1 were given"),
    (lambda: hs.Chain([1, 1, 1], k=[1.0], ends="fixed"), r"'k' must have .* \(2, or 4 with those of the walls\)"),
    (lambda: hs.Chain([1], k=[], ends="fixed"), r"'k' must have one element per spring \(0, or 2"),
    (lambda: hs.Chain([1, 1, 1], k=[1.0] * 4), r"'k' must have one element per spring \(2\), but 4"),
    (lambda: hs.Chain([1, 1], ends="open"), "'ends' must be 'free' or 'fixed', or a pair of these, but 'open'"),
    (lambda: hs.Chain([1, 1], k0=[1.0]), r"'k0' must have one element per site \(2\)"),
    (lambda: hs.Chain([1, 1], k0=-0.1), "'k0' must keep the stiffness matrix positive semidefinite"),
    (lambda: hs.Chain([1, 1], k=1e300), "keep the largest K_nn/m_n between 1e-200 and 1e[+]200, but it is 1e[+]300"),
    (lambda: hs.PowerLaw([1.0], 1.0), "'masses' must have at least 2"),
    (lambda: hs.PowerLaw([1, 1], -1.0), "'alpha' must be a finite number, zero or more, but -1.0"),
    (lambda: hs.PowerLaw([1, 1], np.inf), "'alpha' must be a finite"),
    (lambda: hs.PowerLaw([1, 1], 1.0, k=-1.0), "'k' must be a positive"),
    (lambda: hs.PowerLaw([1, 1], 1.0, k=1e-300), "'k' must keep the largest"),
    (lambda: hs.PowerLaw([1, 1], 1.0, k0=-1.0), "'k0' must keep"),
    (lambda: hs.PowerLaw([1, 1], 1.0, kac=1), "'kac' must be True or False"),
    (lambda: hs.PowerLaw([1, 1], 1.0, periodic="yes"), "'periodic' must be True or False"),
    (lambda: hs.PowerLaw([1, 1], 1.0, n_tilde=0.0), "'n_tilde' must be a positive"),
    (lambda: hs.Springs([1, 1], "K"), "be a square matrix of finite numbers, dense or scipy.sparse, but 'K'"),
    (lambda: hs.Springs([1, 1], [[1.0, 2.0], [3.0]]), "not a regular array"),
    (lambda: hs.Springs([1, 1], np.ones((2, 3))), r"shape \(2, 3\) of float64"),
    (lambda: hs.Springs([1, 1], 1j * EYE), "complex128"),
    (lambda: hs.Springs([1, 1], [[1.0, np.nan], [np.nan, 1.0]]), r"element \(0, 1\) is nan"),
    (lambda: hs.Springs([1, 1, 1], EYE), r"'stiffness' must have one row per mass \(3\), but 2"),
    (lambda: hs.Springs([1, 1], [[1.0, 0.5], [0.4, 1.0]]),
     r"must be symmetric to 1e-12 .* \(0, 1\) is 0.5 and \(1, 0\) is 0.4"),
    (lambda: hs.Springs([1, 1], -EYE), "'stiffness' must be positive semidefinite, but its lowest eigenvalue is -1"),
    (lambda: hs.Springs([1, 1], 1e300 * EYE), "'stiffness' must keep the largest"),
    (lambda: hs.OpenNetwork(hs.Chain, [hs.Bath(0, 1)]), "'network' must be a network"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_gets_one_clear_error(call, message):
    with pytest.raises(hs.ArgumentError, match=message) as caught:
        call()
    assert str(caught.value).startswith("Argument '")


@pytest.mark.parametrize("network", [
    hs.Chain(np.ones(5), 1.0, 0.1, ends="fixed"), hs.Chain([1.0], [0.3, 0.7], 0.1, ends="fixed"),
    hs.Chain(np.ones(3), 1.0, 0.1, ends=("fixed", "free")), hs.Lattice((3, 2, 2), 1.0, 0.3, 0.1, ends="fixed")])
def test_pinning_keeps_what_its_sum_rounds(network):
    """0.1 + 1 is no double; in 32 digits k0 and the walls add up exactly."""
    from hotsprings.response.precise import springs_and_pinning

    exact = [sum(map(Fraction, map(float, terms))) for terms in zip(*network.pinning_terms, strict=True)]
    np.testing.assert_allclose(network.pinning, [float(x) for x in exact], rtol=3e-16)
    assert [Fraction(h) + Fraction(low) for h, low in springs_and_pinning(network)[1].tolist()] == exact


def test_a_mode_with_its_node_at_the_bath_is_dark_whatever_the_friction():
    chain = hs.Chain(np.ones(5), 1.0, 0.1, ends="fixed")  # sin(πjn/6) vanishes at the second site for j = 3
    for friction in (1.0, 1e6):
        state = hs.steady_state(hs.OpenNetwork(chain, [hs.Bath(1, 1.5, friction)]))
        assert state.n_dark_modes == 1
        np.testing.assert_allclose(state.bath_weight[:, 0], [2 / 3, 1.0, 2 / 3, 1.0, 2 / 3], atol=1e-12)
