"""Sums through the tree against the same sums in extended precision, over points as masses may place them."""

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.kernels import cauchy, multipole
from hotsprings.response import tree as tree_module
from hotsprings.response.mean_field import MeanFieldResponse
from hotsprings.response.tree import Interactions, Tree

N = 6000
WIDE = np.longdouble  # 64 bits of mantissa at least where the tests run; the sums below lose none of double's 53
SPACINGS = ("even", "uniform", "two clusters", "narrow clusters", "log-normal", "one far away", "pairs", "geometric")


def spaced(name: str, n: int = N, seed: int = 0) -> np.ndarray:
    """Return n distinct sorted positions > 0 as double-doubles, shape (2, n)."""
    rng = np.random.default_rng(seed)
    high, low = np.sort(rng.uniform(1.0, 2.0, n)), np.zeros(n)
    if name == "even":
        high = np.linspace(1.0, 2.0, n)
    elif name in ("two clusters", "narrow clusters"):
        width = 1e-3 if name == "two clusters" else 1e-11
        high = np.sort(np.repeat([1.0, 3.0], n // 2))
        low = np.concatenate([np.sort(rng.uniform(0.0, width, n // 2)) for _ in range(2)])
    elif name == "log-normal":
        high = np.sort(np.exp(2.0 * rng.normal(size=n)))
    elif name == "one far away":
        high[-1] = 1e6
    elif name == "pairs":
        high, low = np.repeat(high[: n // 2], 2), np.tile([0.0, 1e-17], n // 2)
    elif name == "geometric":
        high, low = np.ones(n), 2.0 ** -np.linspace(45.0, 1.0, n)
    total = high + low
    return np.array([total, (high - total) + low])


def gap_points(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets that place one point in each gap (and one behind the last), and the width of each gap."""
    width = np.diff(points[0]) + np.diff(points[1])
    width = np.append(width, width[-1])
    return np.random.default_rng(7).uniform(0.2, 0.8, width.size) * width, width


def small_leaves(monkeypatch) -> None:
    monkeypatch.setattr(tree_module, "DIRECT", 50)


@pytest.mark.parametrize("name", SPACINGS)
def test_real_sums(name, monkeypatch):
    """Σ w/(y - x) in and between the points; the error is that of double, of the sum of |w/(y - x)| and of its growth
    by a rounding of x. Control: half the charges are not enough."""
    small_leaves(monkeypatch)
    y, rng = spaced(name), np.random.default_rng(1)
    w = rng.uniform(0.0, 1.0, N)
    offset, _ = gap_points(y)
    x = np.array([y[0], y[1] + offset])
    target, source = Tree.of_points(x), Tree.of_points(y)
    nearby = Interactions.between(target, source)
    assert nearby.near_cost < N / 3
    assert nearby.far_source.size
    field = nearby.real_field(y, w)
    got = cauchy.real_sums(y[0], y[1], w, x[0], x[1], 0, N, field)
    crippled = cauchy.real_sums(y[0], y[1], w, x[0], x[1], 0, N, field._replace(far=0.999999 * field.far))
    worst, control = 0.0, 0.0
    for i in rng.integers(0, N, 60):
        t = (y[0].astype(WIDE) - x[0, i]) + (y[1].astype(WIDE) - x[1, i])
        exact, size = (w / t).sum(), np.abs(w / t).sum()
        worst, control = max(worst, abs(got[i] - exact) / size), max(control, abs(crippled[i] - exact) / size)
    assert worst < 2e-14  # 1e-15 of interpolation on either side, times the Lebesgue constant 2.8 squared
    assert control > 1e-9


@pytest.mark.parametrize("name", SPACINGS)
def test_squared_sums(name, monkeypatch):
    """Re Σ a/(d - z)² at every pole over one complex z per gap, with weights ~ gap² as residues have."""
    small_leaves(monkeypatch)
    d, rng = spaced(name), np.random.default_rng(2)
    offset, width = gap_points(d)
    depth = 1e-3 * width
    a = width**2 * (rng.uniform(0.5, 1.0, N) + 1e-3j * rng.normal(size=N))
    weights = np.array([a.real, a.imag, -a.imag, a.real])
    rest = d[1] + offset
    own = Tree.of_gaps(d).own
    assert own.far_source.size
    fields = [own.squared_field(d[0], rest, depth, *weights[i : i + 2]) for i in (0, 2)]
    got = cauchy.squared_sums(d[0], d[1], d[0], rest, depth, weights, 0, N, *fields)
    worst = 0.0
    for r in rng.integers(0, N, 60):
        t = (d[0].astype(WIDE) - d[0, r]) + (rest.astype(WIDE) - d[1, r]) + 1j * depth.astype(WIDE)
        exact, size = (a / t**2).sum(), np.abs(a / t**2).sum()
        worst = max(worst, abs(got[r, 0] - exact.real) / size, abs(got[r, 1] + exact.imag) / size)
    assert worst < 1e-13  # as above, times the order (the derivative of the interpolated kernel)


@pytest.mark.parametrize("n_targets", [1, 3, 500, 20_000])
def test_targets_anywhere(n_targets, monkeypatch):
    """Targets below, within and above the points, few and many, equal ones too."""
    small_leaves(monkeypatch)
    y, w, rng = spaced("uniform"), np.ones(N), np.random.default_rng(3)
    x = np.sort(np.concatenate([rng.uniform(-3.0, 6.0, n_targets - n_targets // 3), np.full(n_targets // 3, 2.5)]))
    x = np.array([x, np.zeros(n_targets)])
    field = Interactions.between(Tree.of_points(x), Tree.of_points(y)).real_field(y, w)
    got = cauchy.real_sums(y[0], y[1], w, x[0], x[1], 0, n_targets, field)
    pick = rng.integers(0, n_targets, min(n_targets, 200))
    t = y[0].astype(WIDE) - x[0, pick, None]
    assert np.max(np.abs(got[pick] - (1 / t).sum(axis=1)) / np.abs(1 / t).sum(axis=1)) < 2e-14


def test_every_pair_is_far_or_near_once():
    """The walk covers each source for each target exactly once."""
    source, target = Tree.of_points(spaced("log-normal", 900)), Tree.of_points(spaced("two clusters", 700, 4))
    pairs = Interactions.between(target, source)
    count = np.zeros((700, 900), dtype=int)

    def points(node, tree):
        first, last = node, node
        while first < tree.radius.size // 2:
            first, last = 2 * first, 2 * last + 1
        leaves = tree.radius.size // 2
        return slice((first - leaves) * tree.n_points // leaves, (last + 1 - leaves) * tree.n_points // leaves)

    for t in range(1, target.radius.size):
        for k in range(pairs.far_begin[t], pairs.far_begin[t + 1]):
            count[points(t, target), points(pairs.far_source[k], source)] += 1
    leaves = target.radius.size // 2
    for leaf in range(leaves):
        for a, b in pairs.near[pairs.near_begin[leaf] : pairs.near_begin[leaf + 1]]:
            count[points(leaves + leaf, target), a:b] += 1
    assert np.all(count == 1)
    assert all(multipole.leaf_of(j, 700, leaves) == next(
        i for i in range(leaves) if i * 700 // leaves <= j < (i + 1) * 700 // leaves) for j in range(700))


def masses(name: str, n: int) -> np.ndarray:
    """Return n masses of each kind that would trouble a tree."""
    rng = np.random.default_rng(5)
    plain = hs.masses.random(n, 1.0, 0.1, seed=1).copy()
    if name == "graded":
        return hs.masses.graded(n, 1.0, 0.5)
    if name == "alloy":
        return np.where(rng.random(n) < 0.3, 1.0, 3.0) * (1.0 + 1e-9 * rng.random(n))
    if name == "log-normal":
        return np.exp(2.0 * rng.normal(size=n))
    if name == "heavy impurity":
        plain[n // 2] = 1e4
    if name == "pairs":
        plain[1::2] = plain[::2] * (1.0 + 1e-13)
    if name == "geometric":
        return 1.0 + np.concatenate([2.0 ** -np.linspace(1, 45, n // 2), np.linspace(1, 2, n - n // 2)])
    return plain


@pytest.mark.parametrize(("k0", "kac"), [(1.0, True), (0.0, True), (0.0, False)])
@pytest.mark.parametrize("name", ["random", "graded", "alloy", "log-normal", "heavy impurity", "pairs", "geometric"])
def test_solving_through_the_tree_or_directly(name, k0, kac, monkeypatch):
    """The same conductance, temperatures and resonances, to the rounding of both."""
    network = hs.MeanField(masses(name, 4000), k=1.0, k0=k0, kac=kac)
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(1234, 1.0, 0.3), hs.Bath(-1, 0.5)])
    results = []
    for direct in (50, 10**9):
        monkeypatch.setattr(tree_module, "DIRECT", direct)
        engine = MeanFieldResponse(system)
        assert engine.problem.tree.is_leaf is (direct > 50)
        conductance, weight = engine.stationary_sums()
        results.append((conductance, weight, np.sort_complex(engine.resonance_frequencies())))
    (c, h, f), (c2, h2, f2) = results
    np.testing.assert_allclose(c, c2, rtol=1e-12, atol=1e-16)
    assert np.abs(h - h2).max() < 1e-11
    np.testing.assert_allclose(f.real, f2.real, rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(f.imag, f2.imag, rtol=1e-10)  # DIGITS_LOST roundings, and those of a sum of N terms
    assert np.abs(h.sum(axis=1) - engine.dark_modes()[1]).max() < 1e-11


def test_green_through_the_tree(monkeypatch):
    """Beside the poles and on a grid, frequencies in any order; the same as directly.

    G ~ 1/(α_i α_j s): a rounding of s counts 1/|s| times, which is large beside a resonance, for either road.
    """
    system = hs.OpenNetwork(hs.MeanField(masses("random", 3000), k0=1.0), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    site = np.sqrt((1.0 + 3000 / 2999) / system.network.masses)
    omega = np.concatenate([site * (1.0 + 1e-13), site * (1.0 - 1e-7), np.linspace(0.0, 3.0, 3001)])
    omega = np.random.default_rng(0).permutation(omega)
    values = []
    for direct in (50, 10**9):
        monkeypatch.setattr(tree_module, "DIRECT", direct)
        values.append(MeanFieldResponse(system).element(omega, 0, 2999))
    ends = system.network.masses[[0, 2999]]
    alpha = (1.0 + 3000 / 2999) / ends - omega[:, None] ** 2 + 1j * omega[:, None] / ends
    s = np.abs(1.0 / (2999 * ends.prod() * alpha.prod(axis=1) * values[1]))
    assert np.max(np.abs(values[0] / values[1] - 1.0) * np.minimum(s, 1.0)) < 1e-13
    assert np.quantile(np.abs(values[0] / values[1] - 1.0), 0.99) < 1e-11
