"""Exponents: known powers come back with honest intervals, and what is no power is called so."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chi2, linregress, norm, t

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


# Degrees of freedom, quantiles and thresholds, by closed forms of the straight line (Bevington, Robinson, chapter 6).


def noisy(points=7, size=0.02, seed=3):
    x = np.geomspace(10.0, 1000.0, points)
    return x, 2.0 * x**-0.5 * np.exp(size * np.random.default_rng(seed).normal(size=points))


@pytest.mark.parametrize("points", [3, 4, 9])
def test_the_error_of_exact_data_is_what_the_scatter_says(points):
    """Σ r²/(n - 2) over Σ (ln x - mean)², and Student's t with n - 2: a line has two parameters."""
    x, y = noisy(points)
    fit, line = hs.fit_exponent(x, y, confidence=0.8), linregress(np.log(x), np.log(y))
    assert fit.exponent == pytest.approx(line.slope, rel=1e-12)
    assert fit.prefactor == pytest.approx(np.exp(line.intercept), rel=1e-12)
    assert fit.error == pytest.approx(line.stderr, rel=1e-9)
    half = t.ppf(0.9, points - 2) * line.stderr
    assert fit.low == pytest.approx(line.slope - half, rel=1e-9)
    assert fit.high == pytest.approx(line.slope + half, rel=1e-9)
    assert fit.confidence == 0.8
    assert np.isnan(fit.chi_square)
    assert np.all(np.isnan(fit.local_error))


def weighted_line(x, y, error):
    """Return slope, its error for weights 1/σ², and χ², by the sums S, Sx, Sxx."""
    lx, ly, w = np.log(x), np.log(y), (y / error) ** 2
    total, sx, sxx, sy, sxy = w.sum(), (w * lx).sum(), (w * lx**2).sum(), (w * ly).sum(), (w * lx * ly).sum()
    det = total * sxx - sx**2
    slope, intercept = (total * sxy - sx * sy) / det, (sxx * sy - sx * sxy) / det
    return slope, np.sqrt(total / det), (w * (ly - intercept - slope * lx) ** 2).sum()


@pytest.mark.parametrize("factor", [0.3, 3.0])
def test_known_errors_are_widened_by_scatter_and_never_narrowed(factor):
    x, y = noisy(6)
    error = factor * 0.02 * y * np.array([1.0, 0.5, 2.0, 1.0, 0.7, 1.3])
    slope, spread, square = weighted_line(x, y, error)
    fit = hs.fit_exponent(x, y, error, confidence=0.9)
    assert fit.exponent == pytest.approx(slope, rel=1e-9)
    assert fit.chi_square == pytest.approx(square, rel=1e-9)
    assert fit.p_value == pytest.approx(chi2.sf(square, 4), rel=1e-9)
    wide = square > 4.0
    assert wide == (factor < 1.0)  # both sides are tried
    expected = spread * np.sqrt(square / 4.0) if wide else spread
    assert fit.error == pytest.approx(expected, rel=1e-9)
    quantile = t.ppf(0.95, 4) if wide else norm.ppf(0.95)
    assert fit.high - fit.exponent == pytest.approx(quantile * expected, rel=1e-9)
    assert fit.exponent - fit.low == pytest.approx(quantile * expected, rel=1e-9)
    relative = error / y
    np.testing.assert_allclose(fit.local_error, np.hypot(relative[1:], relative[:-1]) / np.diff(np.log(x)), rtol=1e-12)


def scaled_to(square):
    """Return x, y and errors of a power law whose χ² is ``square``."""
    x, y = noisy(7)
    return x, y, 0.01 * y * np.sqrt(weighted_line(x, y, 0.01 * y)[2] / square)


def test_one_power_is_given_up_at_one_percent():
    for p, supported in ((0.0101, True), (0.0099, False)):
        fit = hs.fit_exponent(*scaled_to(chi2.isf(p, 5)))
        assert fit.p_value == pytest.approx(p, rel=1e-9)
        assert fit.single_power == supported


def test_exact_data_are_one_power_to_within_two_hundredths():
    """Three points with local exponents ν ± d: the line has ν, and d decides."""
    x = np.array([1.0, 10.0, 100.0])
    for d, supported in ((0.0199, True), (0.0201, False)):
        y = np.array([1.0, 10.0 ** (d - 0.5), 10.0**-1.0])
        fit = hs.fit_exponent(x, y)
        np.testing.assert_allclose(fit.local_exponent, [d - 0.5, -d - 0.5], rtol=1e-12)
        assert fit.single_power == supported


def test_errors_up_to_half_are_taken():
    x, y = noisy(4)
    assert hs.fit_exponent(x, y, 0.4999 * y).error > 0.0
    with pytest.raises(hs.ArgumentError, match=r"less than half of y .* y\[2\]"):
        hs.fit_exponent(x, y, y * np.array([0.1, 0.1, 0.5001, 0.1]))


@pytest.mark.parametrize("factor", [None, 0.3, 3.0])
def test_curvature_is_that_of_the_parabola(factor):
    """d²ln y/d(ln x)² = 2c, its variance 4 var(c), scatter over n - 3 degrees of freedom."""
    x, y = noisy(6)
    error = None if factor is None else factor * 0.02 * y * np.array([1.0, 0.5, 2.0, 1.0, 0.7, 1.3])
    weight = np.ones(6) if error is None else y / error
    c, covariance = np.polyfit(np.log(x), np.log(y), 2, w=weight, cov="unscaled")
    square = np.sum((weight * (np.log(y) - np.polyval(c, np.log(x)))) ** 2)
    scale = square / 3.0 if error is None else max(1.0, square / 3.0)
    assert error is None or (scale > 1.0) == (factor < 1.0)
    fit = hs.fit_exponent(x, y, error)
    assert fit.curvature == pytest.approx(2.0 * c[0], rel=1e-6)
    assert fit.curvature_error == pytest.approx(2.0 * np.sqrt(covariance[0, 0] * scale), rel=1e-6)


def test_curvature_of_three_points():
    x, y = noisy(3)
    local = np.diff(np.log(y)) / np.diff(np.log(x))
    fit = hs.fit_exponent(x, y)
    assert fit.curvature == pytest.approx((local[1] - local[0]) / np.log(10.0), rel=1e-9)
    assert np.isnan(fit.curvature_error)  # nothing is left to judge it by
    known = hs.fit_exponent(x, y, 0.02 * y).curvature_error
    assert known == pytest.approx(0.02 * np.sqrt(6.0) / np.log(10.0) ** 2, rel=1e-9)  # (y₀ - 2y₁ + y₂)/h²
