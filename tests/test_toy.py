"""The page a newcomer reads first, against 50-digit references, to the accuracy its arithmetic can have.

Poles and residues come from one eigenproblem of size 2N, whose forward error is 2N · eps · cond(V); a damped pole then
divides by its own distance from the axis, so the tolerance is 2N · eps · cond(V) · max|λ| / min(-Re λ), nothing fitted.
"""

from __future__ import annotations

import importlib.util
import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from hotsprings import theory

ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("toy", ROOT / "toy.py")
assert SPEC is not None
assert SPEC.loader is not None
toy = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(toy)

SMALL = [r for r in json.loads((ROOT / "tests" / "oracles" / "references.json").read_text()) if len(r["masses"]) <= 20]
# slowest decay within 1e-12 of the axis: double precision cannot tell these modes from dark ones
BEYOND = {
    "cluster of masses within 1e-7", "cluster of masses within 1e-7, bare, weak friction",
    "pair of masses 1e-7 apart", "four baths on sites 1e-8 apart",
    "friction 1e3",
}


class Problem:
    """A stored reference as toy.py takes it, with what its arithmetic can be expected to resolve."""

    def __init__(self, stored):
        self.masses = np.array(stored["masses"])
        self.K = toy.mean_field(self.masses, stored["k"], stored["k0"], stored["n_tilde"])
        self.sites = [bath["site"] for bath in stored["baths"]]
        self.friction = np.array([bath["friction"] for bath in stored["baths"]])
        self.conductance = np.array(stored["conductance"], dtype=float)
        self.weight = np.array(stored["bath_weight"], dtype=float)
        n = len(self.masses)
        Gamma = toy.damping(n, self.sites, self.friction)
        companion = np.block([[np.zeros((n, n)), np.eye(n)], [-self.K / self.masses[:, None],
                                                              -Gamma / self.masses[:, None]]])
        poles, V = np.linalg.eig(companion)
        decay = -poles.real / abs(poles).max()
        self.n_damped = int(np.sum(decay > 1e-12))
        self.n_expected = 2 * n - 2 * stored["n_dark_modes"] - (not any(stored["k0"]))
        self.tolerance = 2 * n * np.finfo(float).eps * np.linalg.cond(V) / decay[decay > 1e-12].min()

    def error(self, friction):
        conductance, weight = toy.stationary(self.K, self.masses, self.sites, friction)
        scale = self.conductance.max() or 1.0
        return max(abs(conductance - self.conductance).max() / scale, abs(weight - self.weight).max())


@pytest.mark.parametrize("stored", [r for r in SMALL if r["name"] not in BEYOND], ids=lambda r: r["name"])
def test_toy_against_fifty_digits(stored):
    problem = Problem(stored)
    assert problem.n_damped == problem.n_expected
    assert problem.error(problem.friction) < problem.tolerance
    if problem.tolerance < 1e-4:  # negative control: a friction wrong by 1000 tolerances must show
        wrong = problem.error(problem.friction * (1.0 + 1000.0 * problem.tolerance))
        assert len(problem.sites) == 1 or wrong > problem.tolerance


@pytest.mark.parametrize("stored", [r for r in SMALL if r["name"] in BEYOND], ids=lambda r: r["name"])
def test_what_is_beyond_the_toy(stored):
    """Modes are mistaken for dark ones, and it shows in the number of damped poles and in the bath weights."""
    problem = Problem(stored)
    assert problem.n_damped < problem.n_expected
    assert problem.error(problem.friction) > 1e-3


@pytest.mark.parametrize(("k0", "n_tilde"), [(0.0, None), (0.4, 1.0), (0.4, 2.5)])
def test_transmittance_of_identical_masses(k0, n_tilde):
    omega = np.linspace(0.1, 4.0, 50)
    K = toy.mean_field(np.full(6, 1.3), 0.6, k0, n_tilde)
    found = toy.transmittance(K, np.full(6, 1.3), [0, 5], [0.9, 0.9], omega)
    np.testing.assert_allclose(found, theory.transmittance_identical(omega, 6, 0.6, k0, 1.3, 0.9, n_tilde), rtol=1e-11)


def test_flux_is_the_integral_of_the_transmittance():
    masses, omega = np.array([0.7, 1.9, 1.2]), np.linspace(0.0, 80.0, 20_001)
    K = toy.mean_field(masses, 0.8, 0.4)
    conductance, _ = toy.stationary(K, masses, [0, 2], [0.3, 2.0])
    spectrum = toy.transmittance(K, masses, [0, 2], [0.3, 2.0], omega)
    assert conductance[0, 1] == pytest.approx(np.trapezoid(spectrum, omega) / (2 * np.pi), rel=1e-8)
    assert conductance[0, 1] == pytest.approx(conductance[1, 0], rel=1e-12)


def test_example_prints_the_graded_network(capsys):
    runpy.run_path(str(ROOT / "toy.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "J = 0.02506873816 " in printed
    assert "1.477438" in printed


def test_toy_is_short():
    assert len((ROOT / "toy.py").read_text().splitlines()) < 120
