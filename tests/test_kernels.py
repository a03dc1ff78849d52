"""Double-double arithmetic against 60-digit numbers; Cauchy sums against NumPy; zeros where they are hard to find."""

from __future__ import annotations

import subprocess
import sys

import numba
import numpy as np
import pytest
from mpmath import mp, mpc, mpf

import hotsprings as hs
from hotsprings.kernels import cauchy, secular
from hotsprings.kernels import double_double as dd
from hotsprings.kernels.eights import anywhere, lane_quotients, lane_targets, lanes_in, put_lanes, spread
from hotsprings.kernels.formulas import Complex, Formula
from hotsprings.response.grouping import secular_problem
from hotsprings.response.tree import Interactions, Tree
from hotsprings.response.zeros import find_zeros, gap_zeros

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


@pytest.mark.parametrize("fastmath", [False, True])
def test_formulas_are_the_same_compiled_and_in_python(fastmath):
    """Also in a function that may reassociate; control: what is written out there loses its low parts."""
    def results(a, b):
        return (dd.cmul(a, b), dd.cadd(a, b), dd.cinv(a), dd.csqrt(a), dd.settle(dd.gather(a, b)), dd.square(a),
                dd.div(a[0], a[1], b[0], b[1]), dd.fma(a[0], b[0], -a[0]), dd.difference(a[0], a[1], b[0], b[1]))

    @numba.njit(error_model="numpy", fastmath=fastmath)
    def error_of_sum(a, b):
        s = a + b
        return (a - (s - (s - a))) + (b - (s - a))

    compiled = numba.njit(error_model="numpy", fastmath=fastmath)(results)
    for a, b in zip(random_numbers(50, 3), random_numbers(50, 4), strict=True):
        assert compiled(a, b) == results(a, b)
    assert (error_of_sum(1.0, 1e-17) == 1e-17) is (not fastmath)


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (0, 1), (3, 4), (0, 4), (1, 10), (0, 11)])
def test_a_step_along_rows_is_the_formula_at_each_place_and_nothing_beyond(start, stop):
    from hotsprings.kernels.precise import add_multiple

    @numba.njit
    def step(out, x, factor, start, stop):
        add_multiple((out, x), start, stop, (factor,))

    out, x = (np.ascontiguousarray(np.array(random_numbers(11, seed)).T) for seed in (5, 6))
    factor, before = random_numbers(1, 7)[0], out.copy()
    step(out, x, factor, start, stop)
    for k in range(11):
        old = tuple(before[:, k].tolist())
        new = dd.cadd(old, dd.cmul(factor, tuple(x[:, k].tolist()))) if start <= k < stop else old
        assert tuple(out[:, k].tolist()) == new


COMPILED = """
import sys
import numba
from numba.core import event

class Names(event.Listener):
    def on_start(self, event):
        print(event.data["dispatcher"].py_func.__module__)
    def on_end(self, event):
        pass

event.register("numba:compile", Names())
numba.config.CACHE_DIR, numba.config.NUMBA_NUM_THREADS = sys.argv[1], 1
import hotsprings as hs
network = hs.PowerLaw([1.0, 1.1, 0.9, 1.3], 2.0, k0=[1.0, 1.0, 1e14, 1.0])
hs.steady_state(hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]))
"""


def test_little_is_compiled_for_a_first_answer_in_32_digits(tmp_path):
    """Each function takes numba a tenth of a second and more; copies of rows between arrays compile its strings too."""
    run = subprocess.run([sys.executable, "-c", COMPILED, str(tmp_path)], capture_output=True, text=True, check=True)
    modules = run.stdout.split()
    assert 10 < len(modules) <= 40
    assert {name.split(".")[0] for name in modules} == {"hotsprings", "numba"}
    assert not [name for name in modules if "unicode" in name]


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
    from hotsprings.kernels.gap_terms import complex_powers, real_powers

    n = 100
    low = 1e-20 * np.arange(1.0, n + 1.0)
    ones = np.ones(n)
    lines, point = np.array([np.ones(n), low]), np.array([[1.0], [0.0]])
    field = Interactions.between(Tree.of_points(point, True), Tree.of_points(lines, True)).real_field(lines, ones)
    low_only = cauchy.real_sums(np.ones(n), low, ones, point[0], point[1], 0, 1, field)[0]
    assert low_only == pytest.approx(np.sum(1.0 / low), rel=1e-14)
    assert real_powers(np.ones(n), low, ones, 1.0, 0.0)[1] == pytest.approx(np.sum(1.0 / low**2), rel=1e-14)
    assert complex_powers(np.ones(n), low, ones, 1.0, 0.0, 0.0)[2] == pytest.approx(np.sum(1 / low**2), rel=1e-14)


def _quotients(place, d, w, x):
    q = yield d - x
    return w * q, place * q


def _polynomial(sums, place, coefficient, t):
    return (sums[0] * t + coefficient,)


_quotient_sums, _from_the_highest = lane_quotients(_quotients), lane_targets(_polynomial, backwards=True)
_two_rows = lanes_in(2)


@Formula
def _of_both(x, t, scale):
    z = Complex(x, t) / Complex(t, scale)
    return (z * z - 1.0).parts, z.square().sqrt().exceeds(1.0, 2.0, x)


@numba.njit
def _for_eight_targets(rows, d, w, start, stop, out):
    x, t = _two_rows(rows)
    (re, im), chosen = _of_both(x, t, 0.5)
    sums, polynomial = spread((1.0, 0.0)), spread((0.0,))
    sums = _quotient_sums((d, w), start, stop, (x,), sums)
    polynomial = _from_the_highest((w,), start, stop, (t,), polynomial)
    put_lanes(out, (*sums, re, im, chosen, *polynomial))
    return anywhere(chosen)


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (5, 2), (3, 4), (0, 4), (1, 12), (0, 13)])
def test_sources_are_the_same_for_eight_targets(start, stop):
    rng = np.random.default_rng(6)
    rows, d, w, out = 1.0 + rng.random((2, 8)), rng.random(13), rng.random(13), np.empty((6, 8))
    assert _for_eight_targets(rows, d, w, start, stop, out)
    (x, t), part = rows, slice(start, max(start, stop))
    q = 1.0 / (d[part, None] - x)
    z = (x + 1j * t) / (t + 0.5j)
    polynomial = np.polynomial.polynomial.polyval(t, np.append(w[part], 0.0))
    by_numpy = [1.0 + w[part] @ q, np.arange(13.0)[part] @ q, (z * z - 1.0).real, (z * z).imag,
                np.where(np.abs(z) > 1.0, 2.0, x), polynomial]
    np.testing.assert_allclose(out, by_numpy, rtol=1e-13, atol=1e-15)


def test_zeros_in_gaps_do_not_depend_on_those_beside_them():
    """One by one, on all threads or in eights; those that are not asked for stay as they are."""
    from hotsprings.kernels import gaps

    network = hs.MeanField(hs.masses.random(1800, 1.0, 0.1, seed=3), k0=1.0)
    problem = secular_problem(network, np.array([0, 5]), np.array([1.0, 2.0]))
    p, b = problem.poles, problem.baths
    given = p[0], p[1], p[2], problem.tree.own.real_field(p, p[2]), b[0], b[1], b[2], b[4]
    n = p.shape[1] - 1

    def solved(todo, starts, complex_pass):
        anchors, offsets, state = np.full(n, -1), np.zeros(n, complex), np.zeros(n, np.int64)
        slopes, largest = np.zeros(n, complex), np.zeros(n)
        starts(*given, todo, anchors, offsets)
        for _ in range(2):
            complex_pass(*given, None, 0, 0, todo, anchors, offsets, slopes, largest, state)
        assert np.all(state[todo] == 1)
        return anchors, offsets, slopes, largest

    every, few = np.arange(n), np.arange(3, n, 9)
    rest = np.setdiff1d(every, few)
    together = solved(every, gaps.starts.alone, gaps.complex_pass.alone)
    alone = solved(few, gaps.starts.alone, gaps.complex_pass.alone)
    for of_all, of_one in zip(together, alone, strict=True):
        np.testing.assert_allclose(of_one[few], of_all[few], rtol=1e-13)
        assert np.all(of_one[rest] == of_one[rest[0]])
    for one, other in zip(together, solved(every, gaps.starts.all, gaps.complex_pass.all), strict=True):
        np.testing.assert_array_equal(one, other)


SADDLE = [1.000000080438028, 1.0000000451814128, 1.000000038379169, 1.0000000624923366]


@pytest.mark.parametrize(("masses", "k0", "kac", "friction", "digits"), [
    (hs.masses.random(1400, 1.0, 0.1, seed=3), 1.0, True, 1.0, 5e-16),  # sums of 1400 terms, one after the other: 9e-16
    (SADDLE, 1e-6, False, 2.0942798200814352e-08, 5e-16),  # steps are short beside a saddle of η s too
])
def test_what_settled_in_a_gap_is_a_zero(masses, k0, kac, friction, digits):
    """One step in 32 digits moves it by roundings; root mean square of those over |η|."""
    problem = secular_problem(hs.MeanField(masses, k0=k0, kac=kac), np.array([1]), np.array([friction]))
    found = gap_zeros(problem)
    found = found.take(found.settled)
    offsets, roots = np.zeros((2, found.anchors.size, 4))
    offsets[:, 0], offsets[:, 2] = found.offsets.real, found.offsets.imag
    secular.refine(problem.poles, problem.baths, problem.static, problem.lowest, found.anchors, offsets, roots, 1,
                   secular.threads(problem.poles))
    moved = np.hypot(offsets[:, 0] - found.offsets.real + offsets[:, 1],
                     offsets[:, 2] - found.offsets.imag + offsets[:, 3]) / np.abs(found.offsets)
    assert moved.size >= len(masses) - 3
    assert np.sqrt(np.mean(moved**2)) < digits
