"""Double-double arithmetic against 60-digit numbers; Cauchy sums against NumPy; zeros where they are hard to find."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp, mpc, mpf

import hotsprings as hs
from hotsprings.kernels import cauchy
from hotsprings.kernels import double_double as dd
from hotsprings.response.grouping import secular_problem
from hotsprings.response.tree import Interactions, Tree
from hotsprings.response.zeros import find_zeros

UNIT = mpf(2) ** -104


def exact(a):
    return mpc(mpf(a[0]) + mpf(a[1]), mpf(a[2]) + mpf(a[3]))


def random_numbers(count, seed):
    rng = np.random.default_rng(seed)
    high = rng.uniform(-1, 1, (count, 2)) * 10.0 ** rng.integers(-12, 12, (count, 2))
    low = high * rng.uniform(-1, 1, (count, 2)) * 2.0**-54
    return [tuple(float(v) for v in (h[0], x[0], h[1], x[1])) for h, x in zip(high, low, strict=True)]


@pytest.mark.parametrize("precision_lost", [False, True])
def test_double_double_is_good_to_its_last_bits(precision_lost):
    """Each operation within a few units of 2^-104; control: the same with the low parts dropped fails."""
    mp.dps = 60
    worst = 0.0
    for a, b in zip(random_numbers(300, 1), random_numbers(300, 2), strict=True):
        A, B = exact(a), exact(b)
        if precision_lost:
            a = (a[0], 0.0, a[2], 0.0)
        results = [(dd.cadd(a, b), A + B, abs(A) + abs(B)), (dd.cmul(a, b), A * B, abs(A * B)),
                   (dd.cinv(a), 1 / A, abs(1 / A)), (dd.cscale(a, b[0], b[1]), A * B.real, abs(A * B.real))]
        for got, want, size in results:
            worst = max(worst, float(abs(exact(got) - want) / size / UNIT))
        root = exact(dd.csqrt(a))
        worst = max(worst, float(abs(root**2 - A) / abs(A) / UNIT))
        assert root.imag > 0 if A.real < 0 else root.real > 0
        h, low = dd.div(a[0], a[1], b[0], b[1])
        worst = max(worst, float(abs((mpf(h) + mpf(low)) * B.real / A.real - 1) / UNIT))
    assert (worst < 8) is (not precision_lost)


@pytest.mark.parametrize(("spread", "n"), [(1e-15, 60), (1e-12, 60), (1e-7, 300), (0.3, 300)])
def test_zeros_stay_in_their_gaps(spread, n):
    """One zero per gap of nearly equal masses; the offset keeps its digits although x does not."""
    masses = 1.0 + spread * np.linspace(0.0, 1.0, n)
    masses = np.unique(masses)
    system = hs.OpenNetwork(hs.MeanField(masses, k0=0.5), [hs.Bath(0, 1.0), hs.Bath(-1, 2.0)])
    problem = secular_problem(system.network, system.bath_sites, system.friction)
    zeros = find_zeros(problem)
    anchors = np.concatenate([zeros.anchors, zeros.precise_anchors])
    offset = np.concatenate([zeros.offsets.real, zeros.precise_offsets[:, 0]])[anchors >= 0]
    width = np.concatenate([zeros.offsets.imag, zeros.precise_offsets[:, 2]])[anchors >= 0]
    d = problem.poles
    gaps = np.diff(d[0]) + np.diff(d[1])
    place = anchors[anchors >= 0] - (offset < 0)
    inside = (place >= 0) & (place < gaps.size) & (np.abs(width) < gaps.mean())
    assert np.unique(place[inside]).size == inside.sum() >= gaps.size - 2
    assert np.all(np.abs(offset[inside]) < gaps[place[inside]])
    assert np.all(width > 0.0)
    assert hs.steady_state(system).certificate.error < 1e-12


def test_fast_loops_keep_the_low_parts():
    """Poles that differ only below double precision; reassociated arithmetic would divide by zero or lose digits."""
    from hotsprings.kernels import gaps

    n = 100
    low = 1e-20 * np.arange(1.0, n + 1.0)
    ones = np.ones(n)
    lines, point = np.array([np.ones(n), low]), np.array([[1.0], [0.0]])
    field = Interactions.between(Tree.of_points(point, True), Tree.of_points(lines, True)).real_field(lines, ones)
    low_only = cauchy.real_sums(np.ones(n), low, ones, point[0], point[1], 0, 1, field)[0]
    assert low_only == pytest.approx(np.sum(1.0 / low), rel=1e-14)
    assert gaps.real_powers(np.ones(n), low, ones, 1.0, 0.0)[1] == pytest.approx(np.sum(1.0 / low**2), rel=1e-14)
    assert gaps.complex_powers(np.ones(n), low, ones, 1.0, 0.0, 0.0)[2] == pytest.approx(np.sum(1 / low**2), rel=1e-14)
