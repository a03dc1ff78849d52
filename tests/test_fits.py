"""Exponents: known powers come back with honest intervals, and what is no power is called so."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chi2, norm

import hotsprings as hs

X = np.geomspace(10.0, 1000.0, 7)


def test_an_exact_power_is_found_exactly():
    fit = hs.fit_exponent(X, 3.0 * X**-1.5)
    assert fit.exponent == pytest.approx(-1.5, abs=1e-12)
    assert fit.prefactor == pytest.approx(3.0, rel=1e-12)
    assert fit.single_power
    assert np.isnan(fit.p_value)
    np.testing.assert_allclose(fit(X), 3.0 * X**-1.5)
    np.testing.assert_allclose(fit.local_exponent, -1.5)
    np.testing.assert_allclose(fit.local_x, np.sqrt(X[1:] * X[:-1]))


def test_intervals_cover_the_truth_as_often_as_they_say():
    """At least 90 % of the intervals of 90 % hold the truth (binomial, 1e-6), and they are not much wider."""
    rng, hits, widths, n = np.random.default_rng(1), 0, [], 400
    y, relative = 2.0 * X**-0.5, 0.03
    for _ in range(n):
        fit = hs.fit_exponent(X, y * np.exp(relative * rng.normal(size=X.size)), relative * y, confidence=0.9)
        hits += fit.low <= -0.5 <= fit.high
        widths.append(fit.high - fit.low)
    assert hits >= binom.ppf(1e-6, n, 0.9)
    known = 2.0 * norm.ppf(0.95) * relative / np.sqrt(np.sum((np.log(X) - np.log(X).mean()) ** 2))
    assert known * (1.0 - 1e-9) <= np.median(widths) < 1.5 * known  # wider only where χ² is above its mean


def test_errors_taken_too_small_are_found_out():
    """With a third of the true errors χ² is 9 χ²₅; it passes the 1 % point of χ²₅ with the probability below."""
    rng, n = np.random.default_rng(2), 100
    y = 2.0 * X**-0.5
    noisy = [y * np.exp(0.03 * rng.normal(size=X.size)) for _ in range(n)]
    power = chi2.sf(chi2.isf(0.01, 5) / 9.0, 5)
    assert sum(not hs.fit_exponent(X, z, 0.01 * z).single_power for z in noisy) >= binom.ppf(1e-6, n, power)
    assert sum(not hs.fit_exponent(X, z, 0.03 * z).single_power for z in noisy) <= binom.isf(1e-6, n, 0.01)


def test_two_powers_are_not_one():
    y = X**-0.5 + 30.0 * X**-1.5
    for error in (None, 1e-3 * y):
        fit = hs.fit_exponent(X, y, error)
        assert not fit.single_power
        assert "do not support a single power" in repr(fit)
        assert fit.curvature > 5.0 * fit.curvature_error
        assert fit.local_exponent[0] < -1.0 < fit.local_exponent[-1]


def test_large_errors_hide_a_second_power():
    y = X**-0.5 + 0.1 * X**-1.5
    assert hs.fit_exponent(X, y, 0.2 * y).single_power


@pytest.mark.parametrize(("arguments", "words"), [
    (([1.0, 2.0], [1.0, 2.0]), "at least 3 elements"),
    (([1.0, 2.0, 2.0], [1.0, 2.0, 3.0]), "'x' must ascend"),
    (([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0]), "one element per x"),
    (([1.0, 2.0, 3.0], [1.0, -2.0, 3.0]), "positive"),
    (([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0.1, 0.1]), "at least 3"),
    (([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0.1, 1.9, 0.1]), "less than half of y"),
    (([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], None, 1.0), "between 0 and 1"),
])
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(hs.ArgumentError, match=words):
        hs.fit_exponent(*arguments)
