"""Many baths on many modes: guesses in windows, products of matrices, what is stationary between two modes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.response import local_weights, modal_zeros, starts
from hotsprings.response.modal import ModalResponse
from hotsprings.response.modes import modal_problem
from hotsprings.response.tolerances import EPS
from tests.oracles import dense

CASES = {"pinned": {}, "free": {"k0": 0.0}, "soft": {"k0": 1e-6}, "weak": {"friction": 1e-5}}


def lattice(friction=1.0, k0=0.1, spread=0.3, shape=(9, 8)):
    """Return a disordered square between two faces of baths."""
    square = hs.Lattice(shape, hs.masses.random(shape[0] * shape[1], spread=spread, seed=1), k0=k0)
    return hs.OpenNetwork(square, hs.bath_group(square.face(0, "low"), 1.5, friction)
                          + hs.bath_group(square.face(0, "high"), 0.5, 1.3 * friction))


def zeros_and_weights(system, road):
    response = ModalResponse(system, True, road)
    return response, np.sort_complex(response.poles.omega), response.plain_sums()


@pytest.mark.parametrize("case", CASES)
def test_windows_of_modes_lead_to_the_zeros_of_lapack(case):
    """Two roads to the zeros, and a Lyapunov equation for what they carry."""
    system = lattice(**CASES[case])
    found, omega, (conductance, weight) = zeros_and_weights(system, "search")
    _, other, _ = zeros_and_weights(system, "polished")
    assert found.closes((conductance, weight))
    np.testing.assert_allclose(omega, other, rtol=1e-12, atol=EPS)
    if case == "free":  # the oracle is that of pinned networks
        return
    exact, exact_weight = dense.lyapunov_state(system)
    tolerance = 16 * EPS * dense.lyapunov_condition(system)
    np.testing.assert_allclose(weight, exact_weight, rtol=0, atol=tolerance)
    np.testing.assert_allclose(conductance, exact, rtol=0, atol=tolerance * found.rate.max())


def test_overdamped_baths_are_left_to_eigenvalues():
    system = lattice(friction=50.0)
    with pytest.raises(hs.CertificateError, match="overdamped baths"):
        ModalResponse(system, True, "search").plain_sums()
    found, _, sums = zeros_and_weights(system, "polished")
    assert found.closes(sums)


def test_guesses_that_do_not_settle_are_given_up(monkeypatch):
    monkeypatch.setattr(modal_zeros, "WORTH", 2)
    with pytest.raises(hs.CertificateError, match="do not settle from guesses"):
        ModalResponse(lattice(), True, "search").plain_sums()


def test_a_window_tells_the_zeros_beside_its_modes():
    """Half of the guesses are within a hundredth of the distance of modes; those of single modes are not."""
    problem = modal_problem(lattice(shape=(16, 12)))
    exact = ModalResponse(lattice(shape=(16, 12)), True, "polished").poles.omega

    def missed(start):
        right = start.omega[start.omega.real > 0.0]
        return np.median(np.abs(right[:, None] - exact).min(axis=1)) / np.median(np.diff(np.sort(exact.real)))

    assert missed(starts.windowed(problem)) < 0.01
    assert missed(starts.guesses(problem)) > 0.1


def residues(system):
    motion = ModalResponse(system, True, "polished").solution
    (keep, share), (y, slope, mirrored) = motion._half, motion._vectors
    return local_weights.Residues(motion.problem, motion.anchors[keep], motion.offsets[keep], motion.omega[keep], y,
                                  4j * share / slope, mirrored)


@pytest.mark.parametrize("close", [0.0, 1e-2, 1.0])
def test_weights_from_what_is_stationary_are_those_summed_site_by_site(close, monkeypatch):
    """Whatever counts as close: no pair of modes, some, most; and not the sum rule alone, to which only some add."""
    monkeypatch.setattr(local_weights, "CLOSE", close)
    found = residues(lattice())
    rows = found.problem.modes
    one, other = found.weights(rows), found._directly(rows)
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-13)
    monkeypatch.setattr(local_weights.Residues, "_close", lambda self: 2 * (np.empty(0, dtype=np.int64),))
    monkeypatch.setattr(local_weights.Residues, "_columns", lambda self, *args: args[-1].fill(0.0))
    assert np.abs(found.weights(rows) - other).max() > 0.1  # negative control: the sum rule does not see the others
    np.testing.assert_allclose(found.weights(rows).sum(axis=1), 1.0, atol=1e-12)


def test_blocks_of_small_rank_are_the_whole_matrix():
    rng = np.random.default_rng(0)
    values, rows = np.sort(rng.uniform(0.0, 8.0, 500)), rng.standard_normal((64, 500))
    gap = values - values[:, None]
    np.fill_diagonal(gap, np.inf)
    blocks, out = local_weights._Gaps(1.0 / gap), np.empty_like(rows)
    assert blocks.left.shape[1] < 300
    blocks.applied(rows, out)
    np.testing.assert_allclose(out, rows @ (1.0 / gap), rtol=0, atol=EPS * 500 * np.abs(1.0 / gap).max())


def test_pairs_of_modes_are_summed_in_blocks_of_small_rank_as_one_by_one(monkeypatch):
    """Many baths ask for blocks; few sum the pairs j > l alone."""
    found = residues(lattice())
    asked = []
    for name in ("_by_blocks", "_by_pairs"):
        plain = getattr(local_weights.Residues, name)
        monkeypatch.setattr(local_weights.Residues, name, lambda *args, f=plain: asked.append(f.__name__) or f(*args))
    few = found.weights(found.problem.modes)
    monkeypatch.setattr(local_weights, "WORTH", 1)
    np.testing.assert_allclose(found.weights(found.problem.modes), few, rtol=0, atol=1e-13)
    assert asked == ["_by_pairs", "_by_blocks"]


def test_last_bits_move_zeros_by_one_step(monkeypatch):
    """One Newton step is the search of the changed network; a change that it does not follow is searched."""
    system = lattice()
    solution = ModalResponse(system, True, "polished").solution
    other = modal_problem(system, np.random.default_rng(0), True, solution.problem)
    exact = modal_zeros.polished_motion(other).poles.omega
    searched = []
    search = modal_zeros.searched_motion
    monkeypatch.setattr(modal_zeros, "searched_motion", lambda *args: searched.append(args) or search(*args))
    moved = solution.moved(other).poles.omega
    assert not searched
    assert np.abs(moved - solution.poles.omega).max() > 0.0
    np.testing.assert_allclose(np.sort_complex(moved), np.sort_complex(exact), rtol=1e-13)
    far = replace(other, stiffness=other.stiffness * 1.001)
    moved = solution.moved(far).poles.omega
    assert searched
    np.testing.assert_allclose(np.sort_complex(moved), np.sort_complex(modal_zeros.polished_motion(far).poles.omega),
                               rtol=1e-13)
