"""Power laws in data: the exponent with its interval, the local exponents, and whether one power is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, legible
from hotsprings.errors import ArgumentError

__all__ = ["FEWEST", "ExponentFit", "fit_exponent"]

FEWEST = 3
NUMBERS = "be a one-dimensional array of positive finite numbers"
UNLIKELY = 0.01  # p-value below which the data do not support a single power
DRIFT = 0.02  # deviation of a local exponent of exact data from the fitted one, above which they do not
LARGEST_ERROR = 0.5  # relative; beyond it a logarithm is no longer Gaussian


@dataclass(frozen=True, eq=False, repr=False)
class ExponentFit:
    """The power law y = A x^ν that fits best, and how well.

    Attributes
    ----------
    exponent, error : float
        ν and its standard error, widened by sqrt(χ²/dof) where the scatter is larger than the errors of the data say.
    low, high : float
        Ends of the confidence interval of ν.
    confidence : float
        Its level.
    prefactor : float
        A.
    chi_square, p_value : float
        χ² of the fit of the logarithms and the probability of one as large; NaN for data without errors.
    single_power : bool
        Whether the data support one power: with errors, p ≥ 0.01; without, local exponents within 0.02 of ν.
    curvature, curvature_error : float
        d²ln y/d(ln x)² of a parabola through the logarithms: how fast the exponent changes.
    local_x, local_exponent, local_error : ndarray, shape (n_points - 1,)
        Exponent between neighbours, at their geometric mean; the errors are NaN for data without errors.

    Examples
    --------
    >>> import hotsprings as hs
    >>> fit = hs.fit_exponent([10, 20, 40, 80], [1.0, 0.5, 0.25, 0.125])
    >>> fit.single_power, [round(float(nu), 6) for nu in fit.local_exponent]
    (True, [-1.0, -1.0, -1.0])
    """

    exponent: float
    error: float
    low: float
    high: float
    confidence: float
    prefactor: float
    chi_square: float
    p_value: float
    single_power: bool
    curvature: float
    curvature_error: float
    local_x: FloatArray
    local_exponent: FloatArray
    local_error: FloatArray

    def __call__(self, x: Any) -> FloatArray:
        """Return A x^ν."""
        return np.asarray(self.prefactor * np.asarray(x, dtype=np.float64) ** self.exponent)

    def _repr_html_(self) -> str:
        from hotsprings.notebook import lines_html

        return lines_html(self)

    @legible
    def __repr__(self) -> str:
        text = (f"ExponentFit: ν = {self.exponent:.4f} ± {self.error:.2g}, {self.confidence:.0%} interval "
                f"[{self.low:.4f}, {self.high:.4f}]")
        if self.single_power:
            return text
        first, last = self.local_exponent[0], self.local_exponent[-1]
        why = "" if np.isnan(self.p_value) else f" (p = {self.p_value:.1g})"
        return f"{text}; the data do not support a single power{why}: local exponents {first:.3f} … {last:.3f}"


def fit_exponent(x: Any, y: Any, error: Any = None, confidence: float = 0.95) -> ExponentFit:
    """Return the exponent ν of y = A x^ν, by weighted least squares of the logarithms.

    ln y_i = ln A + ν ln x_i,  weights (y_i/error_i)²

    Parameters
    ----------
    x, y : array_like, shape (n_points,)
        Positive; three points or more, x ascending. xarray's ``ds.n`` and ``ds.conductance_mean`` will do.
    error : array_like, shape (n_points,), optional
        Standard errors of y; below half of y, so that its logarithm is near enough to Gaussian. Without them the data
        are taken to be exact, and the error of ν is what the deviations from the line say.
    confidence : float
        Level of the interval, between 0 and 1.

    Returns
    -------
    ExponentFit

    Raises
    ------
    ArgumentError
        If lengths differ, there are fewer than three points, or a value is out of range.

    References
    ----------
    Bevington, Robinson, Data Reduction and Error Analysis (2003), chapters 6, 11.

    Examples
    --------
    >>> import hotsprings as hs
    >>> fit = hs.fit_exponent([10, 20, 40, 80], [1.0, 0.5, 0.25, 0.125])
    >>> round(fit.exponent, 6)
    -1.0
    """
    lx, ly, sigma = _logarithms(x, y, error)
    confidence = checks.positive("confidence", confidence)
    if confidence >= 1.0:
        raise ArgumentError("confidence", "be between 0 and 1", f"{confidence:g} was given")
    from scipy.stats import chi2, norm, t

    weight = np.ones_like(lx) if sigma is None else sigma**-2.0
    (intercept, slope), covariance, square = _polynomial(lx, ly, weight, 1)
    dof = lx.size - 2
    scatter = square / dof
    widened = scatter if sigma is None else max(1.0, scatter)
    spread = float(np.sqrt(covariance[1, 1] * widened))
    given = sigma is not None and widened == 1.0
    quantile = float(norm.ppf(0.5 + 0.5 * confidence) if given else t.ppf(0.5 + 0.5 * confidence, dof))
    local = np.diff(ly) / np.diff(lx)
    none = np.full(local.size, np.nan)
    local_error = none if sigma is None else np.sqrt(sigma[1:] ** 2 + sigma[:-1] ** 2) / np.diff(lx)
    p_value = float("nan") if sigma is None else float(chi2.sf(square, dof))
    single = bool(np.abs(local - slope).max() <= DRIFT) if sigma is None else p_value >= UNLIKELY
    curvature, curvature_error = _curvature(lx, ly, weight, sigma is None)
    return ExponentFit(
        exponent=float(slope), error=spread, low=float(slope) - quantile * spread,
        high=float(slope) + quantile * spread, confidence=confidence, prefactor=float(np.exp(intercept)),
        chi_square=float("nan") if sigma is None else square, p_value=p_value, single_power=single,
        curvature=curvature, curvature_error=curvature_error, local_x=np.exp(0.5 * (lx[1:] + lx[:-1])),
        local_exponent=local, local_error=local_error)


def _logarithms(x: Any, y: Any, error: Any) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Return ln x, ln y and the standard errors of ln y."""
    clean_x = checks.positive_array("x", checks.regular("x", x, NUMBERS), FEWEST)
    clean_y = checks.positive_array("y", checks.regular("y", y, NUMBERS), FEWEST)
    if np.any(np.diff(clean_x) <= 0.0):
        raise ArgumentError("x", "ascend", f"{clean_x[1:][np.diff(clean_x) <= 0.0][0]:g} is not above the one before")
    if clean_y.size != clean_x.size:
        raise ArgumentError("y", f"have one element per x ({clean_x.size})", f"{clean_y.size} were given")
    if error is None:
        return np.log(clean_x), np.log(clean_y), None
    clean_error = checks.positive_array("error", checks.regular("error", error, NUMBERS), FEWEST)
    if clean_error.size != clean_x.size:
        raise ArgumentError("error", f"have one element per x ({clean_x.size})", f"{clean_error.size} were given")
    worst = int(np.argmax(clean_error / clean_y))
    if clean_error[worst] > LARGEST_ERROR * clean_y[worst]:
        raise ArgumentError("error", "be less than half of y (more realisations, or leave that point out)",
                            f"y[{worst}] = {clean_y[worst]:.4g} ± {clean_error[worst]:.4g} was given")
    return np.log(clean_x), np.log(clean_y), clean_error / clean_y


def _polynomial(lx: FloatArray, ly: FloatArray, weight: FloatArray,
                degree: int) -> tuple[FloatArray, FloatArray, float]:
    """Return the coefficients from the constant up, their covariance for these weights, and the weighted squares."""
    root = np.sqrt(weight)
    design = np.vander(lx, degree + 1, increasing=True) * root[:, None]
    coefficients, *_ = np.linalg.lstsq(design, ly * root, rcond=None)
    residual = ly * root - design @ coefficients
    return np.asarray(coefficients), np.asarray(np.linalg.inv(design.T @ design)), float(residual @ residual)


def _curvature(lx: FloatArray, ly: FloatArray, weight: FloatArray, exact: bool) -> tuple[float, float]:
    """Return twice the quadratic coefficient and its error (NaN where three points leave nothing to judge it by)."""
    coefficients, covariance, square = _polynomial(lx - lx.mean(), ly, weight, 2)
    dof = lx.size - 3
    if exact and dof == 0:
        return 2.0 * float(coefficients[2]), float("nan")
    scale = square / dof if exact else max(1.0, square / dof) if dof else 1.0
    return 2.0 * float(coefficients[2]), 2.0 * float(np.sqrt(covariance[2, 2] * scale))
