"""Means over blocks whose variance, autocorrelation time and error are known in closed form, at every threshold."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.dynamics.statistics import estimate


def pattern(*signs, count, replicas=1):
    """Return blocks (replicas, count, 1) that repeat a pattern of readings."""
    return np.resize(np.array(signs, dtype=float), (replicas, count))[..., None]


def test_variance_has_one_degree_of_freedom_less_than_blocks():
    """+ - + - …: the variance of n readings is n/(n - 1); as a single reading has variance 1, τ = n/(n - 1) blocks."""
    for count, replicas in ((8, 1), (4, 2), (50, 3)):
        found = estimate("x", pattern(1, -1, count=count, replicas=replicas), 0.5, np.ones(1))
        n = count * replicas
        assert found.autocorrelation_time[0] == pytest.approx(0.5 * n / (n - 1), rel=1e-14)
        assert found.duration == count * 0.5


def test_readings_of_unknown_variance_are_compared_with_themselves():
    """Then τ is one block at least, exactly that where longer blocks scatter less."""
    found = estimate("x", pattern(1, -1, count=80), 0.25)
    assert found.autocorrelation_time[0] == pytest.approx(0.25, rel=1e-14)


def test_joined_blocks_tell_the_autocorrelation_time():
    """+ + - - …: pairs are + and -, their variance n/(n - 1) with n pairs, times two blocks; fours vanish."""
    found = estimate("x", pattern(1, 1, -1, -1, count=160), 3.0, np.ones(1))
    assert found.autocorrelation_time[0] == pytest.approx(3.0 * 2.0 * 80.0 / 79.0, rel=1e-14)
    fours = estimate("x", pattern(1, 1, 1, 1, -1, -1, -1, -1, count=160), 3.0, np.ones(1))
    assert fours.autocorrelation_time[0] == pytest.approx(3.0 * 4.0 * 40.0 / 39.0, rel=1e-14)


def test_times_come_from_eight_blocks_or_more():
    """Sixteen readings make eight pairs; fifteen do not, and of seven readings nothing is said."""
    signs = (1, 1, -1, -1)
    found = estimate("x", pattern(*signs, count=16), 1.0, np.ones(1)).autocorrelation_time[0]
    assert found == pytest.approx(2.0 * 8.0 / 7.0, rel=1e-14)
    blocks = pattern(*signs, count=15)
    found = estimate("x", blocks, 1.0, np.ones(1)).autocorrelation_time[0]
    assert found == pytest.approx(np.sum((blocks - blocks.mean()) ** 2) / 14.0, rel=1e-13)
    few = estimate("x", pattern(*signs, count=7), 2.0, np.ones(1))
    assert few.autocorrelation_time[0] == few.duration == 14.0
    assert np.isnan(few.spread[0])
    assert estimate("x", pattern(1, -1, count=4, replicas=2), 2.0).autocorrelation_time[0] == pytest.approx(2.0)


def test_the_error_is_that_of_the_longest_of_64_blocks():
    """+ - …: pairs vanish. 128 readings make 64 pairs, error 0; 126 make 63, and the error is sqrt(1/125)."""
    assert estimate("x", pattern(1, -1, count=128), 1.0, np.ones(1)).spread[0] == 0.0
    found = estimate("x", pattern(1, -1, count=126), 1.0, np.ones(1))
    assert found.error[0] == pytest.approx(np.sqrt(1.0 / 125.0), rel=1e-14)
    two = estimate("x", np.concatenate([pattern(1, -1, count=63), -pattern(1, -1, count=63)]), 1.0, np.ones(1))
    assert two.error[0] == pytest.approx(np.sqrt(1.0 / 125.0), rel=1e-14)  # 62 pairs
    several = estimate("x", pattern(1, -1, count=64, replicas=2), 1.0, np.ones(1))  # 64 pairs, over all replicas
    assert several.error[0] == 0.0
    assert estimate("x", pattern(1, -1, count=64), 1.0, np.ones(1)).error[0] == pytest.approx(np.sqrt(1.0 / 63.0))
    assert np.isnan(estimate("x", pattern(1, -1, count=62), 1.0, np.ones(1)).spread[0])


def test_longer_blocks_leave_out_the_beginning():
    """Of an odd number of readings the first is dropped: the oldest, still nearest to the start."""
    pairs = np.zeros((1, 17, 1))
    pairs[0, [0, 1], 0] = 8.5  # mean 1; only one half of it is left when the first is dropped
    two, one = 2.0 * (7.5**2 + 7) / 7.0, (2 * 7.5**2 + 15) / 16.0
    broken = 2.0 * ((4.25 - 1) ** 2 + 7) / 7.0
    assert two > one > broken
    assert estimate("x", pairs[:, ::-1], 1.0, np.ones(1)).autocorrelation_time[0] == pytest.approx(two, rel=1e-13)
    assert estimate("x", pairs, 1.0, np.ones(1)).autocorrelation_time[0] == pytest.approx(one, rel=1e-13)


def test_an_error_takes_fifty_autocorrelation_times():
    """τ = n/(n - 1)/variance of one reading: variance just above and below what makes 50 τ the duration."""
    n = 100
    edge = 50.0 / (n - 1)
    blocks = pattern(1, -1, count=n)
    long = estimate("x", blocks, 1.0, np.array([edge * (1.0 + 1e-12)]))
    assert long.error[0] == pytest.approx(np.sqrt(1.0 / (n - 1)), rel=1e-14)
    assert long.needed == pytest.approx(long.duration, rel=1e-9)
    short = estimate("heat flux", blocks, 1.0, np.array([edge * (1.0 - 1e-12)]))
    with pytest.raises(hs.ShortRunError, match="The heat flux has no standard error: each replica lasts 50"):
        _ = short.error


def test_what_never_varies_has_no_autocorrelation():
    found = estimate("x", np.full((2, 64, 3), 7.0), 1.0)
    assert np.all(found.autocorrelation_time == 0.0)
    assert np.all(found.error == 0.0)
    assert np.all(found.value == 7.0)
    with pytest.raises(ValueError, match="read-only"):
        found.value[0] = 0.0


def test_elements_are_judged_one_by_one():
    blocks = np.concatenate([pattern(1, -1, count=128), pattern(*[1] * 64, *[-1] * 64, count=128)], axis=2)
    found = estimate("temperature", blocks, 1.0)
    assert not np.isnan(found.spread[0])
    assert np.isnan(found.spread[1])
    with pytest.raises(hs.ShortRunError, match="at 1 of 2 places"):
        _ = found.error
