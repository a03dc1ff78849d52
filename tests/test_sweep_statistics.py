"""Standard errors and bootstrap intervals against distributions that are known, with controls that must fail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hotsprings.sweeps.statistics import BCA, bootstrap, mean_and_error

TRIALS = 400
BOUNDS = stats.binom.ppf([1e-4, 1.0 - 1e-4], TRIALS, [0.925, 0.965]) / TRIALS
"""Coverage of a sound 95 % interval: the bootstrap's own is 0.925 to 0.965 here, and counting 400 trials blurs it."""


def _coverage(draw, mean, interval):
    rng = np.random.default_rng(11)
    found = [interval(draw(rng), rng) for _ in range(TRIALS)]
    return np.mean([low <= mean <= high for low, high in found])


@pytest.mark.parametrize(("draw", "mean"), [
    (lambda rng: rng.normal(3.0, 2.0, 60), 3.0),
    (lambda rng: rng.exponential(2.0, 120), 2.0),
    (lambda rng: rng.uniform(-1.0, 1.0, 1001), 0.0),
], ids=["normal", "exponential", "many uniform"])
def test_the_intervals_hold_the_mean_as_often_as_they_say(draw, mean):
    assert BOUNDS[0] <= _coverage(draw, mean, bootstrap) <= BOUNDS[1]


def test_intervals_that_are_wrong_are_found_out():
    def narrow(values, rng):
        low, high = bootstrap(values, rng)
        return 0.5 * (low + values.mean()), 0.5 * (high + values.mean())

    def of_the_values(values, rng):
        return tuple(np.quantile(values, [0.025, 0.975]))

    for wrong in (narrow, of_the_values):
        assert not BOUNDS[0] <= _coverage(lambda rng: rng.normal(3.0, 2.0, 60), 3.0, wrong) <= BOUNDS[1]


def test_intervals_are_those_of_scipy():
    rng = np.random.default_rng(3)
    for size, method in ((25, "BCa"), (300, "BCa"), (BCA + 1, "percentile")):
        values = rng.lognormal(1.0, 1.0, size)
        wanted = stats.bootstrap((values,), np.mean, n_resamples=40_000, method=method, rng=rng).confidence_interval
        found = np.mean([bootstrap(values, np.random.default_rng(i)) for i in range(20)], axis=0)
        np.testing.assert_allclose(found, wanted, atol=0.03 * (wanted.high - wanted.low))


def test_an_interval_scales_with_the_values_and_needs_five_of_them():
    values = np.random.default_rng(1).normal(1.0, 0.1, 40)
    low, high = bootstrap(values, np.random.default_rng(2))
    assert low < values.mean() < high
    for scale in (1e-200, 1e200):  # squares would leave floating point
        np.testing.assert_allclose(bootstrap(scale * values, np.random.default_rng(2)), (scale * low, scale * high))
    assert bootstrap(np.append(values, [np.nan, np.inf]), np.random.default_rng(2)) == (low, high)
    assert bootstrap(np.full(7, 2.5), np.random.default_rng(2)) == (2.5, 2.5)
    assert np.isnan(bootstrap(np.array([1.0, 2.0, 3.0, 4.0, np.nan]), np.random.default_rng(2))).all()


def test_the_standard_error_is_the_spread_of_means():
    rng = np.random.default_rng(8)
    values = rng.exponential(1.0, (3, 4000, 25))
    values[:, :, 20:] = np.nan
    mean, error = mean_and_error(values, 2)
    assert mean.shape == error.shape == (3, 4000)
    expected = 1.0 / np.sqrt(20)
    spread = np.sqrt(np.mean(error**2))
    assert abs(spread / expected - 1.0) < 5.0 * np.sqrt(8.0 / 20 / 12_000)  # Var s²/σ⁴ = 8/n for the exponential
    assert abs(mean.std() / expected - 1.0) < 5.0 / np.sqrt(2.0 * 12_000) * 1.3
    assert abs(np.sqrt(np.mean(error**2) * 20 / 25) / expected - 1.0) > 0.05  # n counted with what is missing


def test_means_of_little():
    values = np.array([[np.nan, np.nan], [2.0, np.inf], [1.0, 3.0]])
    mean, error = mean_and_error(values, 1)
    np.testing.assert_array_equal(mean, [np.nan, 2.0, 2.0])
    np.testing.assert_array_equal(error, [np.nan, np.nan, 1.0])
