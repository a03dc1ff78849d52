"""Closed forms against the numbers of the literature, direct inversion, integration, and the order of their errors."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from hotsprings import theory
from hotsprings.errors import ArgumentError

REFERENCES = json.loads((Path(__file__).parent / "oracles" / "references.json").read_text())
EPS = np.finfo(float).eps
KAC, BARE = None, 1.0


def invert(omega, n, k, k0, mass, baths, n_tilde):
    """Return G(ω) = Z⁻¹ of identical masses, by inversion; baths is {site: friction}."""
    nt = n - 1 if n_tilde is None else n_tilde
    Z = np.full((n, n), -k / nt, dtype=complex)
    np.fill_diagonal(Z, k0 + (n - 1) * k / nt - mass * omega**2)
    for site, friction in baths.items():
        Z[site, site] += 1j * omega * friction
    return np.linalg.inv(Z)


def integrated_conductance(n, k, k0, mass, left, right, n_tilde):
    """Return (1/4π) ∫ Σ 4 γ_a γ_b ω² |G_ab|² dω over a in left, b in right, by adaptive quadrature."""
    def spectrum(omega):
        G = invert(omega, n, k, k0, mass, {**left, **right}, n_tilde)
        return 4 * omega**2 * sum(left[a] * right[b] * abs(G[a, b]) ** 2 for a in left for b in right)

    nt = n - 1 if n_tilde is None else n_tilde
    marks = [math.sqrt(k0 / mass), math.sqrt((n * k / nt + k0) / mass)]
    top = 20 * max(marks)
    body = quad(spectrum, 0.0, top, points=[w for w in marks if w], limit=400, epsabs=1e-13, epsrel=1e-11)[0]
    tail = quad(lambda u: spectrum(1 / u) / u**2, 0.0, 1 / top, epsabs=1e-13, epsrel=1e-9)[0]
    return (body + tail) / (2 * math.pi)


def order(errors, ratio):
    """Return the observed orders of convergence of errors at sizes growing by ``ratio``."""
    errors = np.abs(errors)
    return np.log(errors[:-1] / errors[1:]) / math.log(ratio)


# --- exact transmittance: Eqs. 19-22 -------------------------------------------------------------------------------

NETWORKS = [(n, k0, nt) for n in (2, 3, 10) for k0 in (0.0, 0.7) for nt in (KAC, BARE, 0.37)]


@pytest.mark.parametrize(("n", "k0", "n_tilde"), NETWORKS)
def test_equation_19_is_the_inverse_of_z(n, k0, n_tilde):
    omega = np.concatenate([np.linspace(0.05, 4.0, 40), [20.0]])
    args = (n, 0.6, k0, 1.3, 0.9, n_tilde)
    direct = [4 * 0.9**2 * w**2 * abs(invert(w, n, 0.6, k0, 1.3, {0: 0.9, n - 1: 0.9}, n_tilde)[0, -1]) ** 2
              for w in omega]
    # forward error of inversion: eps times the condition number of Z, a few hundred here
    np.testing.assert_allclose(theory.transmittance_identical(omega, *args), direct, rtol=1e-11)


@pytest.mark.parametrize(("n", "k0", "n_tilde"), [*NETWORKS, (1000, 0.0, KAC), (1000, 0.02, BARE)])
def test_routes_to_the_exact_transmittance_agree(n, k0, n_tilde):
    omega = np.concatenate([[0.0, 1e-9], np.linspace(0.0, 4.0, 401), [-0.3, 50.0]])
    args = (n, 0.6, k0, 1.3, 0.9, n_tilde)
    exact = theory.transmittance_by_mismatch(omega, *args)
    np.testing.assert_allclose(theory.transmittance_identical(omega, *args), exact, rtol=1e-12, atol=1e-26)
    assert np.all((exact >= 0.0) & (exact <= 1.0))
    if k0 == 0.0:
        np.testing.assert_allclose(theory.transmittance_free(omega, n, 0.6, 1.3, 0.9, n_tilde), exact, rtol=1e-12,
                                   atol=1e-26)
        assert exact[0] == theory.transmittance_identical(0.0, *args) == 1.0


def test_equations_20_and_21_assemble_to_19():
    omega = np.linspace(0.1, 3.0, 30)
    args = (7, 0.6, 0.4, 1.3, 0.9, 2.5)
    top = (2 * 0.9 * omega * 0.6 / 2.5 * (7 * 0.6 / 2.5 + 0.4 - 1.3 * omega**2)) ** 2
    ratio = top / (theory.factor_f(omega, *args) * theory.factor_delta(omega, *args))
    np.testing.assert_allclose(ratio, theory.transmittance_identical(omega, *args), rtol=1e-13)
    # negative control: f with the stiffness of Eq. 8's a (N - 1 springs) in place of a - b
    wrong = top / (((6 * 0.6 / 2.5 + 0.4 - 1.3 * omega**2) ** 2 + (0.9 * omega) ** 2)
                   * theory.factor_delta(omega, *args))
    assert np.max(np.abs(wrong / ratio - 1.0)) > 1e-2


@pytest.mark.parametrize(("n_tilde", "values"), [
    (KAC, (0.60330395, 0.51000393, 0.50100000)), (BARE, (0.51197949, 0.50010199, 0.50000100)),
])
def test_half_height_of_figure_2(n_tilde, values):
    for n, value in zip((10, 100, 1000), values, strict=True):
        assert theory.transmittance_free(2.0 / n, n, n_tilde=n_tilde) == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("n_tilde", [KAC, BARE])
def test_zero_and_tail(n_tilde):
    for n in (10, 1000):
        nt = n - 1 if n_tilde is None else n_tilde
        for k0 in (0.0, 1.0):
            zero = math.sqrt(n / nt + k0)
            # near its zero 𝒯 is quadratic in ω, which is known to eps: at most of order (n eps)²
            assert theory.transmittance_identical(zero, n, k0=k0, n_tilde=n_tilde) < (100 * n * EPS) ** 2
            assert theory.transmittance_identical(0.9 * zero, n, k0=k0, n_tilde=n_tilde) > 1e-12
        omega = 1e3 * math.sqrt(n / nt)
        tail = 4.0 / (nt**2 * omega**6)
        assert theory.transmittance_free(omega, n, n_tilde=n_tilde) == pytest.approx(tail, rel=1e-5)


# --- peaks: Eqs. 23, 25-28 -----------------------------------------------------------------------------------------

PEAKS = [(KAC, (1.0573929, 1.0050635, 1.0005006)), (BARE, (1.0100896, 1.0001000, 1.0000010))]


@pytest.mark.parametrize(("n_tilde", "values"), PEAKS)
def test_peak_of_figure_3(n_tilde, values):
    sizes = (10, 100, 1000)
    for n, value in zip(sizes, values, strict=True):
        # known to half a unit of the last digit; 𝒯 falls from 1 over a width 1/(N A) ≥ 1/(2N)
        assert theory.transmittance_identical(value, n, k0=1.0, n_tilde=n_tilde) > 1 - (2 * n * 6e-8) ** 2
        assert theory.transmittance_identical(1.0, n, k0=1.0, n_tilde=n_tilde) < 1 - 1e-8
    errors = [theory.peak_frequency(n, k0=1.0, n_tilde=n_tilde) - v for n, v in zip(sizes, values, strict=True)]
    np.testing.assert_allclose(order(errors, 10), 2.0, atol=0.1)  # Eq. 25: O(1/N²) in both rows
    if n_tilde is not None:  # the next term, ω0 γ²/(m k N²)
        assert errors[1] == pytest.approx(-1e-4, rel=0.01)


def test_lorentzian_order():
    x = np.array([0.3, 1.0, 2.0, 5.0])
    for n_tilde, expected in ((KAC, 1.0), (BARE, 2.0)):
        errors = [np.max(np.abs(theory.transmittance_lorentzian(2 * x / n, n)
                                / theory.transmittance_free(2 * x / n, n, n_tilde=n_tilde) - 1))
                  for n in (1000, 2000, 4000)]
        np.testing.assert_allclose(order(errors, 2), expected, atol=0.05)
    assert theory.transmittance_lorentzian(0.0, 50) == 1.0
    assert theory.transmittance_lorentzian(2.0 / 50, 50) == pytest.approx(0.5, rel=1e-15)


def two_peaks_error(n, n_tilde, sharpness):
    x = np.array([-2.0, -0.5, 0.5, 1.0, 3.0])
    a = theory.peak_sharpness(kac=n_tilde is None)
    omega = theory.peak_frequency(n, n_tilde=n_tilde) + x / (n * a)
    exact = theory.transmittance_identical(omega, n, k0=1.0, n_tilde=n_tilde)
    return np.max(np.abs(sharpness(omega, n) / exact - 1))


@pytest.mark.parametrize("n_tilde", [KAC, BARE])
def test_two_peaks_order(n_tilde):
    sizes = (1000, 2000, 4000)
    errors = [two_peaks_error(n, n_tilde, lambda w, n: theory.transmittance_two_peaks(w, n, n_tilde=n_tilde))
              for n in sizes]
    np.testing.assert_allclose(order(errors, 2), 1.0, atol=0.05)
    # negative control: A of the other row does not converge
    other = BARE if n_tilde is None else KAC
    wrong = [two_peaks_error(n, n_tilde, lambda w, n: theory.transmittance_two_peaks(w, n, n_tilde=other))
             for n in sizes]
    assert min(wrong) > 0.1


def test_two_peaks_are_mirrors_and_integrate_to_equation_29():
    omega = np.linspace(0.5, 1.5, 21)
    np.testing.assert_allclose(theory.transmittance_two_peaks(-omega, 50), theory.transmittance_two_peaks(omega, 50),
                               rtol=1e-14)
    centre = theory.peak_frequency(50)
    area = 2 * quad(lambda w: theory.transmittance_two_peaks(w, 50), 0.0, 2 * centre, points=[centre])[0]
    area += 2 * quad(lambda w: theory.transmittance_two_peaks(w, 50), 2 * centre, np.inf)[0]
    assert area / (4 * math.pi) == pytest.approx(theory.heat_flux_large(50, k0=1.0), rel=1e-8)
    # it does not tend to Eq. 23, which is 1 there: 2 at ω = 0 as k0 → 0
    assert theory.transmittance_two_peaks(0.0, 50, k0=1e-12) == pytest.approx(2.0, rel=1e-6)


def test_single_peak_bound():
    assert theory.single_peak_bound(1.0, 1.0) == 0.0  # Fig. 3: vacuous
    assert theory.single_peak_bound(0.1, 0.02) < 0.0  # Fig. 4: vacuous
    assert theory.single_peak_bound(1.0, 1.0, kac=False) == 2.0
    assert theory.single_peak_bound(1.0, 0.0) == theory.single_peak_bound(1.0, 0.0, kac=False) == 4.0
    assert theory.peak_sharpness(2.0, 3.0, 0.5, 1.5) == pytest.approx(0.5 / 1.5 * (1 + 6.0 * 1.5**2 / 4.0), rel=1e-15)


def test_single_peak_bound_bare_counts_peaks():
    """Second row of Eq. 26: further maxima at N² well below the bound, none well above it."""
    def maxima(n, friction):
        omega = np.linspace(1e-3, 3 * math.sqrt(n + 1.0), 200_001)
        t = theory.transmittance_identical(omega, n, k0=0.01, friction=friction, n_tilde=BARE)
        zero = math.sqrt(n + 0.01)
        return int(np.sum((t[1:-1] > t[:-2]) & (t[1:-1] > t[2:]) & (omega[1:-1] < zero)))

    bound = theory.single_peak_bound(1.0, 0.01, friction=20.0, kac=False)
    assert bound == pytest.approx(4 * 400 - 8)
    assert maxima(int(0.5 * math.sqrt(bound)), 20.0) > 1
    assert maxima(int(2.0 * math.sqrt(bound)), 20.0) == 1


# --- heat flux: Eqs. 24, 29 and the exact forms --------------------------------------------------------------------


@pytest.mark.parametrize(("k0", "n_tilde", "value"), [
    (0.0, KAC, 0.49554013875124), (0.02, KAC, 0.16627868307283),
    (0.0, BARE, 0.50049548552070), (0.02, BARE, 0.50049448253680),
])
def test_flux_of_a_thousand(k0, n_tilde, value):
    assert 1000 * theory.heat_flux_identical(1000, k=0.1, k0=k0, n_tilde=n_tilde) == pytest.approx(value, rel=3e-14)


def identical_references():
    return [r for r in REFERENCES if len(set(r["masses"])) == 1 and len(r["baths"]) == 2 and len(set(r["k0"])) == 1]


def test_there_are_identical_references():
    assert len(identical_references()) >= 4


@pytest.mark.parametrize("stored", identical_references(), ids=lambda r: r["name"])
def test_flux_against_fifty_digits(stored):
    baths = stored["baths"]
    flux = theory.heat_flux_identical(
        len(stored["masses"]), stored["k"], stored["k0"][0], stored["masses"][0], [b["friction"] for b in baths],
        [b["temperature"] for b in baths], stored["n_tilde"])
    assert flux == pytest.approx(float(stored["heat_flux"][0]), rel=20 * EPS)
    if len(stored["masses"]) > 2:
        bulk = theory.bulk_temperature_identical(len(stored["masses"]), [b["temperature"] for b in baths])
        assert bulk == pytest.approx(float(stored["local_temperature"][1]), rel=5 * EPS)


CONFIGURATIONS = [(n, k0, g, nt) for n in (2, 3, 6) for k0 in (0.0, 0.4) for g, nt in (
    ((0.9, 0.9), KAC), ((0.5, 2.0), BARE), ((0.7, 1.9), 0.37))]


@pytest.mark.parametrize(("n", "k0", "friction", "n_tilde"), CONFIGURATIONS)
def test_flux_is_the_integral_of_the_transmittance(n, k0, friction, n_tilde):
    expected = integrated_conductance(n, 0.6, k0, 1.3, {0: friction[0]}, {n - 1: friction[1]}, n_tilde)
    assert theory.heat_flux_identical(n, 0.6, k0, 1.3, friction, n_tilde=n_tilde) == pytest.approx(expected, rel=1e-8)
    # negative controls: Ñ off by one unit, and the friction's mean in place of the pair
    assert theory.heat_flux_identical(n, 0.6, k0, 1.3, friction, n_tilde=(n_tilde or n - 1) + 1) != pytest.approx(
        expected, rel=1e-3)
    if friction[0] != friction[1]:
        mean = theory.heat_flux_identical(n, 0.6, k0, 1.3, sum(friction) / 2, n_tilde=n_tilde)
        assert mean != pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("n", "per_side"), [(4, 2), (7, 2), (6, 3), (8, 3)])
def test_equal_baths_integrate(n, per_side):
    left, right = dict.fromkeys(range(per_side), 0.9), dict.fromkeys(range(n - per_side, n), 0.9)
    expected = integrated_conductance(n, 0.6, 0.4, 1.3, left, right, 2.0)
    flux = theory.heat_flux_equal_baths(n, per_side, 0.6, 0.4, 1.3, 0.9, (2.0, 0.5), 2.0)
    assert flux == pytest.approx(1.5 * expected, rel=1e-8)


def test_equal_baths_with_one_a_side():
    for n in (2, 9):
        assert theory.heat_flux_equal_baths(n, 1, 0.6, 0.4, 1.3, 0.9) == pytest.approx(
            theory.heat_flux_identical(n, 0.6, 0.4, 1.3, 0.9), rel=5 * EPS)


@pytest.mark.parametrize("n_tilde", [KAC, BARE])
@pytest.mark.parametrize("k0", [0.0, 0.4])
def test_large_n_flux_order(k0, n_tilde):
    args = {"k": 0.6, "k0": k0, "mass": 1.3, "friction": 0.9, "temperatures": (1.5, 0.5), "n_tilde": n_tilde}
    errors = [theory.heat_flux_large(n, **args) / theory.heat_flux_identical(n, **args) - 1
              for n in (2000, 4000, 8000)]
    np.testing.assert_allclose(order(errors, 2), 1.0, atol=0.05)
    if k0 == 0.0:
        assert theory.heat_flux_large(50, **args) == pytest.approx(
            theory.heat_flux_free_large(50, 1.3, 0.9, (1.5, 0.5)), rel=5 * EPS)
    elif n_tilde is None:  # negative control: the free law does not hold for a pinned network with Kac factor
        assert theory.heat_flux_free_large(8000, 1.3, 0.9) / theory.heat_flux_identical(8000, 0.6, k0, 1.3, 0.9) > 1.5


def test_flux_is_antisymmetric_and_linear():
    forward = theory.heat_flux_identical(9, k0=0.3, friction=(0.5, 2.0), temperatures=(1.5, 0.5))
    assert forward > 0
    assert theory.heat_flux_identical(9, k0=0.3, friction=(0.5, 2.0), temperatures=(0.5, 1.5)) == -forward
    assert theory.heat_flux_identical(9, temperatures=(0.7, 0.7)) == 0.0


# --- the bare graded network ---------------------------------------------------------------------------------------


def weak_coupling_flux(n, spread):
    """Return N J/ΔT · m/γ → Σ_j u_L² u_R²/(u_L² + u_R²) over the undamped modes of bare graded free springs."""
    m = np.linspace(1 - spread, 1 + spread, n)
    K = n * np.eye(n) - 1.0
    _, phi = np.linalg.eigh(K / np.sqrt(np.outer(m, m)))
    left, right = phi[0] ** 2 / m[0], phi[-1] ** 2 / m[-1]
    return n * np.sum(left * right / (left + right))


def test_graded_constant():
    integral = quad(lambda t: 1 / (math.cosh(t) * (math.pi**2 + t * t)), 0.0, 40.0, epsabs=1e-14)[0]
    assert 0.5 + integral == pytest.approx(100 * theory.heat_flux_graded_bare(100), abs=1e-13)
    assert integral == pytest.approx(0.1366197724, abs=1e-10)


def test_graded_constant_is_the_limit_of_the_mode_sum():
    limit = theory.heat_flux_graded_bare(2) * 2
    errors = [weak_coupling_flux(n, 0.01) - limit for n in (75, 150, 300)]
    np.testing.assert_allclose(order(errors, 2), 1.0, atol=0.05)
    assert abs(errors[-1]) < 1e-3
    assert abs(weak_coupling_flux(300, 0.01) - 0.5) > 0.1  # negative control: Eq. 24's constant


# --- bulk temperature ----------------------------------------------------------------------------------------------


def reference(name):
    return next(r for r in REFERENCES if r["name"] == name)


@pytest.mark.parametrize(("name", "k0"), [("twenty graded free", 0.0), ("twenty graded pinned", 1.0)])
def test_bulk_temperature_of_figure_5(name, k0):
    stored = reference(name)
    m = np.array(stored["masses"])
    limit = theory.bulk_temperature_large(m[1:-1], (m[0], m[-1]), k0=k0, temperatures=(1.5, 0.5))
    exact = np.array(stored["local_temperature"], dtype=float)[1:-1]
    assert np.max(np.abs(limit - exact)) < 0.1 / 20  # O(1/N), with a coefficient of the order of the spread
    assert np.all(np.diff(limit) < 0.0)
    swapped = theory.bulk_temperature_large(m[1:-1], (m[-1], m[0]), k0=k0, temperatures=(1.5, 0.5))
    assert np.max(np.abs(swapped - exact)) > 0.1 / 20  # negative control


def test_bulk_temperature_limits():
    mass = np.array([0.5, 1.0, 2.0])
    equal = theory.bulk_temperature_large(mass, (0.6, 1.7), temperatures=(0.8, 0.8))
    np.testing.assert_allclose(equal, 0.8, rtol=4 * EPS)
    weights = theory.bulk_temperature_large(mass, (1.0, 1.0), friction=(1.0, 3.0))
    resonant = theory.bulk_temperature_large(1.0, (1.0, 1.0), friction=(1.0, 3.0))
    assert weights.shape == (3,)
    assert resonant.shape == ()
    assert resonant == pytest.approx(0.75)  # both bath sites in resonance: weights γ_L γ_R², γ_R γ_L²
    assert theory.bulk_temperature_identical(20, (1.5, 0.5)) == pytest.approx(1 / 18, rel=1e-15)


# --- arguments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [
    lambda: theory.heat_flux_identical(1),
    lambda: theory.heat_flux_identical(5, k=0.0),
    lambda: theory.heat_flux_identical(5, k0=-1.0),
    lambda: theory.heat_flux_identical(5, friction=(1.0, 0.0)),
    lambda: theory.heat_flux_identical(5, friction=(1.0, 1.0, 1.0)),
    lambda: theory.heat_flux_identical(5, temperatures=(1.0,)),
    lambda: theory.heat_flux_identical(5, temperatures=(1.0, -1.0)),
    lambda: theory.heat_flux_identical(5, n_tilde=0.0),
    lambda: theory.heat_flux_equal_baths(5, 3),
    lambda: theory.heat_flux_large(5, n_tilde=3.0),
    lambda: theory.heat_flux_graded_bare(5, mass=math.nan),
    lambda: theory.peak_frequency(5, k0=0.0),
    lambda: theory.transmittance_two_peaks(0.1, 5, n_tilde=2.0),
    lambda: theory.transmittance_identical([0.0, math.inf], 5),
    lambda: theory.transmittance_identical(1j, 5),
    lambda: theory.peak_sharpness(kac=1),
    lambda: theory.bulk_temperature_identical(2),
    lambda: theory.bulk_temperature_large([1.0, -1.0], (1.0, 1.0)),
    lambda: theory.bulk_temperature_large([1.0], 1.0),
])
def test_bad_arguments(call):
    with pytest.raises(ArgumentError, match=r"Argument '\w+' must .*, but .*\."):
        call()


def test_shape_follows_omega():
    for shape in ((), (3,), (2, 2)):
        omega = np.full(shape, 0.3)
        for function in (theory.transmittance_identical, theory.transmittance_free, theory.transmittance_by_mismatch,
                         theory.transmittance_lorentzian, theory.transmittance_two_peaks, theory.factor_f,
                         theory.factor_delta):
            assert function(omega, 5).shape == shape


def test_theory_never_touches_the_engines():
    script = ("import sys, hotsprings.theory;"
              "sys.exit(any(m.startswith(('hotsprings.response', 'hotsprings.kernels', 'numba', 'scipy'))"
              " for m in sys.modules))")
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
