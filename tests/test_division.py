"""Long chains by division: against closed forms, against modes of matrices, and by what must not pass."""

from __future__ import annotations

import signal
import threading
import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import eigh_tridiagonal
from threadpoolctl import threadpool_info, threadpool_limits

import hotsprings as hs
from hotsprings.kernels.threads import SMALL_MATRIX, in_ranges, one_blas_thread, side_by_side
from hotsprings.response.chain_data import chain_data
from hotsprings.response.chain_modes import ChainModes
from hotsprings.response.chains import ChainResponse
from hotsprings.response.choice import flux_response
from hotsprings.response.division import chain_parts, whole
from hotsprings.response.division_zeros import _Beside, sampled_moves
from hotsprings.response.long_chains import LONGEST, SHORT, LongChainResponse, long_chain
from hotsprings.response.modal import ModalResponse
from hotsprings.studies.chains import _random
from tests.oracles import chains

TOLERANCE = 1e-9  # of a certificate


def ends(network, friction=(1.0, 1.0)):
    return hs.OpenNetwork(network, [hs.Bath(0, 1.5, friction[0]), hs.Bath(-1, 0.5, friction[1])])


def by_modes(system):
    """Return the engine that knows every mode, at the bath sites."""
    return ModalResponse(system, everywhere=False, road="search")


def by_quadrature(system, found, a=0, b=1):
    """Return C_ab as an integral over frequencies, six points in each interval of a grid refined at every resonance."""
    data, omega = chain_data(system), found.poles.omega
    around = np.multiply.outer(omega.imag, 10.0 ** np.linspace(-2.0, 6.0, 60))
    grid = np.concatenate([[0.0, 4.0], omega.real, *(omega.real[:, None] + around), *(omega.real[:, None] - around)])
    grid = np.unique(np.clip(grid, 0.0, 4.0))
    nodes, weights = np.polynomial.legendre.leggauss(6)
    half = 0.5 * np.diff(grid)[:, None]
    w = (grid[:-1, None] + half * (1.0 + nodes)).ravel()
    i, j = system.bath_sites[[a, b]]
    green = ChainResponse(system, data).element(w, int(i), int(j))
    passed = 4.0 * system.friction[a] * system.friction[b] * w**2 * np.abs(green) ** 2
    return float(passed @ (half * weights).ravel()) / (2.0 * np.pi)


def random_system(seed, n=300, sites=(0, -1)):
    """Return a chain with random masses, springs and, every other time, pinning, and random frictions."""
    rng = np.random.default_rng(seed)
    k0 = rng.uniform(0.0, 0.3, n) if seed % 2 else 0.0
    chain = hs.Chain(rng.uniform(0.5, 1.5, n), rng.uniform(0.6, 1.4, n - 1), k0, "free" if seed % 4 < 2 else "fixed")
    return hs.OpenNetwork(chain, [hs.Bath(s, 1.0 + i, rng.uniform(0.2, 3.0)) for i, s in enumerate(sites)])


def mirrored_system(sites, n=301, friction=2.0):
    """Return a chain of random masses that is its own mirror image."""
    half = np.random.default_rng(3).uniform(0.9, 1.1, (n + 1) // 2)
    masses = np.concatenate([half, half[::-1][n % 2 :]])
    return hs.OpenNetwork(hs.Chain(masses, 1.0, 0.1), [hs.Bath(s, 1.0, friction) for s in sites])


def assert_same(system, found, rtol=1e-11):
    """Compare conductances with those of the modes of the matrix, relatively; and the sum rule at the baths."""
    other = by_modes(system).stationary_sums()[0]
    conductance, weight = found.stationary_sums()
    np.testing.assert_allclose(conductance, other, rtol=rtol, atol=0.0)
    np.testing.assert_allclose(weight.sum(axis=1), found.dark_modes()[1], rtol=0.0, atol=1e-11)


@pytest.mark.parametrize("n", [1, 2, 3, 33, 100, 1500])
def test_modes_of_a_matrix(n):
    """Against LAPACK, whose eigenvalues are good to some n ε of the largest; norms and second moments of the rows."""
    rng = np.random.default_rng(n)
    diagonal, off = rng.uniform(1.5, 2.5, n), rng.uniform(-1.0, 0.2, n - 1)
    sites = np.unique([0, n // 3, n - 1])
    parts = chain_parts(diagonal, off, sites)
    values, rows = whole(parts)
    exact, vectors = eigh_tridiagonal(diagonal, off) if n > 1 else (diagonal, np.ones((1, 1)))
    tolerance = 4e-16 * max(n, 8) * 4.0
    np.testing.assert_allclose(values[0], exact, rtol=0.0, atol=tolerance)
    np.testing.assert_allclose(rows @ rows.T, np.eye(sites.size), rtol=0.0, atol=1e-12)
    np.testing.assert_allclose((rows**2) @ values[0], diagonal[sites], rtol=1e-13)
    gap = np.diff(exact).min(initial=1.0)
    np.testing.assert_allclose(np.abs(rows), np.abs(vectors[sites]), rtol=0.0, atol=tolerance / gap)
    assert parts.moved < 1e-12


@pytest.mark.parametrize("friction", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("n", [1000, 10_001])
def test_ordered_chains(n, friction):
    """Rieder, Lebowitz and Lieb's flux between walls, and the free chain's: every resonance overlaps its neighbours."""
    exact = chains.rieder_lebowitz_lieb(n, 1.0, 1.0, friction, 1.5, 0.5)[0]
    fixed = ends(hs.Chain(np.ones(n), 1.0, ends="fixed"), (friction, friction))
    assert isinstance(flux_response(fixed), LongChainResponse)
    assert hs.conductance(fixed)[0, 1] == pytest.approx(exact, rel=1e-12)
    free = ends(hs.Chain(np.ones(n)), (friction, friction))
    assert hs.conductance(free)[0, 1] == pytest.approx(friction / (2.0 * (1.0 + friction**2)), rel=1e-12)


@pytest.mark.long
@pytest.mark.parametrize(("k0", "kind", "exact"), [
    (0.0, "free", 0.25), (0.0, "fixed", 0.25 * (3.0 - 5.0**0.5)),
    (0.5, "free", chains.roy_dhar(1.0, 0.0, 0.5, 1.0, 1.0))])
def test_a_million_sites(k0, kind, exact):
    """Every mode bright: against closed forms; the certificate is asked for by ``conductance``."""
    n = 1_000_000
    assert hs.conductance(ends(hs.Chain(np.ones(n), 1.0, k0, kind)))[0, 1] == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize(("k0", "end"), [(0.5, 0.0), (1.0, 0.7)])
def test_pinned_chains(k0, end):
    n = 4000
    pinning = np.full(n, k0)
    pinning[[0, -1]] += end
    exact = chains.roy_dhar(1.0, end, k0, 1.0, 1.0)
    assert hs.conductance(ends(hs.Chain(np.ones(n), 1.0, pinning)))[0, 1] == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("friction", [(1.0, 1.0), (30.0, 30.0), (100.0, 1.0)])
def test_crowded_resonances_settle_beside_their_modes(friction):
    """At the edge of a pinned band they are N times broader than they are apart: all but a few rest in their gaps.

    Guesses of modes alone leave 24, 75 and 110 of them, ever more with N, and a chain of a million is refused.
    """
    n = 20_000
    system = ends(hs.Chain(np.ones(n), 1.0, 0.5), friction)
    found = LongChainResponse(system)
    for sector in found._sectors[1]:
        search = _Beside(sector.modes)
        search.settle(np.flatnonzero(search.known))
        assert (~search.sound()).sum() <= 12
    exact = chains.long_ordered(1.0, 0.5, 1.0, friction)
    assert found.stationary_sums()[0][0, 1] == pytest.approx(exact, rel=1e-11)
    assert found.sure


@pytest.mark.parametrize(("n", "kind", "exact"), [
    (4000, "fixed", 0.08864490967565), (4001, "fixed", 0.08048835272014),
    (4000, "free", 0.15034325663435), (4001, "free", 0.15470655771275)])
def test_alternating_masses(n, kind, exact):
    masses = np.where(np.arange(n) % 2 == 0, 1.0, 2.0)
    assert hs.conductance(ends(hs.Chain(masses, 1.0, ends=kind)))[0, 1] == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sites", [(0, -1), (40,), (0, 150, -1), (70, 71, 200, 299)])
def test_random_chains(seed, sites):
    """Against modes by twisted factorisation; what the last bits decide is told."""
    system = random_system(seed, sites=sites)
    found = LongChainResponse(system)
    assert_same(system, found, rtol=max(1e-11, 100.0 * found.flux_doubt()))
    assert found.sure


@pytest.mark.parametrize("sites", [(0, 100), (50,), (10, 50, 90), (0, 10, 90, 100)])
@pytest.mark.parametrize("friction", [0.3, 6.0])
def test_mirrored_chains(sites, friction):
    """Even and odd resonances that coincide are in sectors of their own; by eigenvectors, and by quadrature."""
    system = mirrored_system(sites, n=101, friction=friction)
    found = LongChainResponse(system)
    assert len(found._sectors[1]) == (2 if len(sites) > 1 else 1)
    conductance, weight = found.stationary_sums()
    np.testing.assert_allclose(weight.sum(axis=1), found.dark_modes()[1], rtol=0.0, atol=1e-11)
    np.testing.assert_allclose(conductance, ModalResponse(system).stationary_sums()[0], rtol=1e-9)
    if len(sites) == 2:
        assert by_quadrature(system, found) == pytest.approx(conductance[0, 1], rel=1e-12)


def test_twins_that_rounding_cannot_tell_apart():
    """Modes at both ends that differ by 1e-15: even and odd ones, and no flux between them is lost."""
    system = mirrored_system((0, 300), friction=6.0)
    found = LongChainResponse(system)
    assert np.diff(found.modes.values[0]).min() < 1e-14
    assert found.stationary_sums()[0][0, 1] == pytest.approx(by_quadrature(system, found), rel=1e-12)


def test_coinciding_resonances():
    """Without the sectors, the detuned solves give the same."""
    system = ends(hs.Chain(np.ones(400), 1.0, ends="fixed"), (5.0, 5.0))
    found = LongChainResponse(system)
    found.reflection = None
    assert not found._gap(found.plain_sums()) < TOLERANCE
    exact = chains.rieder_lebowitz_lieb(400, 1.0, 1.0, 5.0, 1.5, 0.5)[0]
    assert found.stationary_sums()[0][0, 1] == pytest.approx(exact, rel=1e-10)


def test_disordered_chain_against_todays_road():
    n = 1500
    system = ends(hs.Chain(hs.masses.random(n, 1.0, 0.5, seed=5), 1.0, ends="fixed"))
    assert isinstance(flux_response(system), LongChainResponse)
    exact = by_modes(system).stationary_sums()[0][0, 1]
    assert hs.conductance(system)[0, 1] == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize(("n", "held", "seed"), [(300, "fixed", 0), (400, "free", 2), (800, "free", 3)])
def test_disordered_chains_below_the_long_ones(n, held, seed):
    """Resonances of width 1e-70, in the network changed in its last bits too: their offsets are carried over."""
    system = ends(hs.Chain(hs.masses.random(n, spread=0.5, seed=seed), ends=held))
    other = by_modes(system)
    assert other.poles.omega.imag.min() < 1e-40
    assert other.doubts[1] < 1e-9
    assert hs.conductance(system)[0, 1] == pytest.approx(by_quadrature(system, other), rel=1e-9)


def test_what_was_left_out():
    """Modes felt nowhere carry what is told of them: with a hundredfold threshold, the flux moves by that much."""
    system = ends(hs.Chain(hs.masses.random(3000, 1.0, 0.5, seed=5)))
    found = LongChainResponse(system)
    more = LongChainResponse(system, ChainModes(system, found.modes.values, found.modes.rows, False))
    more.modes.bright = np.asarray((np.abs(found.modes.rows) > 1e-4).any(axis=0))
    here, there = found.stationary_sums()[0][0, 1], more.plain_sums()[0][0, 1]
    assert 0.0 < here - there < 2.0 * more.left_out() * more.rate.max()
    assert found.left_out() < 1e-6 * more.left_out()


def test_too_localised_chains_take_another_road():
    """A flux of 1e-30 is decided by digits that division does not keep."""
    rng = np.random.default_rng(1)
    system = ends(hs.Chain(rng.uniform(0.5, 1.5, SHORT), 1.0, rng.uniform(0.0, 3.0, SHORT)))
    assert long_chain(system) is None
    assert isinstance(flux_response(system), ModalResponse)
    assert LongChainResponse(system).flux_doubt() > 1e-6


def test_doubt_is_told_where_there_is_no_other_road():
    n = LONGEST + 1
    rng = np.random.default_rng(1)
    system = ends(hs.Chain(rng.uniform(0.5, 1.5, n), 1.0, rng.uniform(0.0, 3.0, n)))
    with pytest.warns(hs.PrecisionWarning, match="is not known: it is a tiny part"):
        hs.conductance(system)


def test_uneven_and_short_chains_keep_their_road():
    rng = np.random.default_rng(0)
    uneven = ends(hs.Chain(np.ones(SHORT), 10.0 ** rng.uniform(-3.0, 0.0, SHORT - 1)))
    assert isinstance(flux_response(uneven), ChainResponse)
    assert long_chain(ends(hs.Chain(np.ones(SHORT - 1)))) is None
    assert long_chain(hs.OpenNetwork(hs.Chain(np.ones(SHORT)), [hs.Bath(i, 1.0) for i in range(9)])) is None
    assert long_chain(ends(hs.PowerLaw(np.ones(20), 1.5))) is None


@pytest.mark.parametrize(("friction", "held"), [((30.0, 30.0), 0.0), ((150.0, 1.0), 0.0)])
def test_strong_friction_alone_keeps_no_long_chain_from_its_modes(friction, held):
    system = ends(hs.Chain(hs.masses.random(SHORT, spread=0.2, seed=6), 1.0, held), friction)
    found = flux_response(system)
    assert isinstance(found, LongChainResponse)
    one_by_one = ChainResponse(system, chain_data(system)).stationary_sums()[0]
    assert abs(hs.conductance(system)[0, 1] / one_by_one[0, 1] - 1.0) < 1e-10
    graded = ends(hs.Chain(np.ones(SHORT), np.where(np.arange(SHORT - 1) == 500, 1e-4, 1.0)), friction)
    assert isinstance(flux_response(graded), ChainResponse)


def test_response_between_sites():
    system = random_system(1, n=300)
    omega = np.array([0.0, 0.3, 1.1, 5.0])
    found, other = LongChainResponse(system), ModalResponse(system)
    np.testing.assert_allclose(found.element(omega, 0, 20), other.element(omega, 0, 20), rtol=1e-9, atol=1e-14)
    poles, residues = found.transmittance_residues(0, 1)
    values = [np.sum(residues / (w - poles) + np.conj(residues) / (w - np.conj(poles))).real for w in omega]
    exact = 4.0 * np.prod(system.friction) * omega**2 * np.abs(found.element(omega, 0, 299)) ** 2
    np.testing.assert_allclose(values, exact, rtol=0.0, atol=1e-11)


class TestControls:
    """What the certificate must notice."""

    @staticmethod
    def disturbed(change):
        """Return the engine of a chain with its modes changed."""
        system = ends(hs.Chain(hs.masses.random(600, 1.0, 0.2, seed=2), 1.0, 0.2))
        found = LongChainResponse(system)
        values, rows = found.modes.values.copy(), found.modes.rows.copy()
        change(values, rows)
        other = LongChainResponse(system, ChainModes(system, values, rows, False))
        other.parts = found.parts
        return found, other

    def test_an_eigenvalue(self):
        def change(values, rows):
            values[0, 300] += 0.3 * (values[0, 301] - values[0, 300])

        found, other = self.disturbed(change)
        assert found.sampled_error() < 1e-12
        assert other.sampled_error() > 1e-7
        assert not other.sure

    def test_a_row(self):
        def change(values, rows):
            rows[0, 300] *= 1.0 + 1e-4

        assert self.disturbed(change)[1].sampled_error() > TOLERANCE

    def test_a_mode_that_is_missing(self):
        def change(values, rows):
            rows[:, np.argmax(rows[0] ** 2)] = 0.0

        other = self.disturbed(change)[1]
        assert other.sampled_error() > 1e-3
        assert not other.sure

    def test_a_resonance(self):
        found = self.disturbed(lambda values, rows: None)[0]
        zeros, modes = found.zeros[0], found._sectors[1][0].modes
        assert sampled_moves(modes, zeros, 20).max() < 1e-12
        moved = replace(zeros, offsets=zeros.offsets * (1.0 + 1e-6))
        assert sampled_moves(modes, moved, 20).min() > 1e-7

    def test_two_that_are_the_same(self):
        found = self.disturbed(lambda values, rows: None)[0]
        zeros = found.zeros[0]
        anchors, offsets, omega = zeros.anchors.copy(), zeros.offsets.copy(), zeros.omega.copy()
        anchors[200], offsets[200], omega[200] = anchors[201], offsets[201], omega[201]
        found.zeros = [replace(zeros, anchors=anchors, offsets=offsets, omega=omega)]
        assert found._gap(found.plain_sums()) > 1e-6

    def test_a_merge(self):
        """The change of last bits moves what depends on them, and nothing else."""
        found = self.disturbed(lambda values, rows: None)[0]
        values, rows = whole(found.parts, np.random.default_rng(0))
        assert 0.0 < np.abs(values[0] - found.modes.values[0]).max() < 5e-14
        assert 0.0 < np.abs(np.abs(rows) - np.abs(found.modes.rows)).max() < 1e-9


def test_no_warning_for_a_long_free_chain():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hs.conductance(ends(hs.Chain(hs.masses.random(5000, 1.0, 0.5, seed=5))))


class TestThreads:
    """Loops side by side: what was asked for is done once, an error is told, and Ctrl-C starts nothing more."""

    def test_ranges(self):
        done = np.zeros(1000, dtype=int)

        def kernel(first, last, one):
            done[first:last] += one

        in_ranges(kernel, done.size, 7, 1)
        assert np.all(done == 1)

    def test_an_error(self):
        with pytest.raises(ZeroDivisionError):
            side_by_side([lambda: None, lambda: 1 / 0, *[lambda: None] * 100])

    def test_interrupt(self, monkeypatch):
        monkeypatch.setattr("hotsprings.kernels.threads.alone", lambda: False)
        stopped, begun = threading.Event(), []

        def stop(*_):
            stopped.set()
            raise KeyboardInterrupt

        def call():
            begun.append(None)
            if len(begun) == 1:
                signal.raise_signal(signal.SIGINT)
            stopped.wait()

        before = signal.signal(signal.SIGINT, stop)
        try:
            with pytest.raises(KeyboardInterrupt):
                side_by_side([call] * 1000)
        finally:
            signal.signal(signal.SIGINT, before)
        assert len(begun) < 1000


def test_a_draw_of_last_bits_that_loses_residues_is_a_doubt_not_a_refusal():
    """Two localised modes of this chain meet in the changed network: what its sums then miss is told as a doubt."""
    masses = _random([2**14, 2**16], 40, 1).task(14).system().network.masses
    found = flux_response(hs.OpenNetwork(hs.Chain(masses), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]))
    assert isinstance(found, LongChainResponse)
    assert found._gap(found.changed(0).plain_sums()) > found.closed  # the control: the draw is of that kind
    assert 0.0 < found.flux_doubt() < 1e-10


class TestThreadsOfBlas:
    @staticmethod
    def now():
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    def test_one_while_anyone_asks_for_it(self):
        """Two that overlap: the first to go leaves it to the other."""
        with threadpool_limits(2, "blas"):
            first, second = one_blas_thread(), one_blas_thread()
            with first:
                second.__enter__()
                assert self.now() == {1}
            assert self.now() == {1}
            second.__exit__(None, None, None)
            assert self.now() == {2}
            with one_blas_thread(SMALL_MATRIX + 1):
                assert self.now() == {2}

    @pytest.mark.parametrize(("n", "threads"), [(80, {1}), (120, {2})])
    def test_eigenvectors_of_small_matrices(self, monkeypatch, n, threads):
        seen, eigh = [], np.linalg.eigh

        def watched(matrix):
            seen.append(self.now())
            return eigh(matrix)

        monkeypatch.setattr("hotsprings.kernels.threads.SMALL_MATRIX", 100)
        monkeypatch.setattr(np.linalg, "eigh", watched)
        network = hs.PowerLaw(np.random.default_rng(3).uniform(0.5, 1.5, n), 1.5)
        with threadpool_limits(2, "blas"):
            hs.steady_state(hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]))
            assert self.now() == {2}
        assert seen
        assert all(found == threads for found in seen)

    def test_an_error_gives_them_back(self):
        with threadpool_limits(2, "blas"):
            with pytest.raises(ValueError, match="within"), one_blas_thread():
                raise ValueError("within")
            assert self.now() == {2}
