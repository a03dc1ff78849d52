"""Double-double arithmetic against 60-digit numbers; Cauchy sums against NumPy; zeros where they are hard to find."""

from __future__ import annotations

import subprocess
import sys

import numba
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
