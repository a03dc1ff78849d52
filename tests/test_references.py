"""The engine against 50-digit references (tests/oracles/make_references.py), over the hard corners."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import hotsprings as hs

CASES = json.loads((Path(__file__).parent / "oracles" / "references.json").read_text())
CASES = CASES if isinstance(CASES, list) else CASES["cases"]


def solved(case):
    network = hs.MeanField(case["masses"], k=case["k"], k0=case["k0"], n_tilde=case["n_tilde"])
    baths = [hs.Bath(b["site"], b["temperature"], b["friction"]) for b in case["baths"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.DarkModeWarning)
        return hs.steady_state(hs.OpenNetwork(network, baths))


def numbers(text):
    return np.array(text, dtype=object).astype(np.float64)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_against_fifty_digits(case):
    """J to a relative 1e-12, T_n to 1e-10 of the highest temperature: what the package promises."""
    state, sites = solved(case), case["sites"]
    exact = numbers(case["conductance"])
    off = ~np.eye(len(exact), dtype=bool)
    np.testing.assert_allclose(state.conductance[off], exact[off], rtol=1e-12)
    np.testing.assert_allclose(state.bath_weight[sites], numbers(case["bath_weight"]), rtol=0, atol=1e-12)
    top = max(b["temperature"] for b in case["baths"]) or 1.0
    np.testing.assert_allclose(state.local_temperature[sites], numbers(case["local_temperature"]), rtol=0,
                               atol=1e-10 * top)
    # the sum over baths may cancel: its terms are good to 1e-12 each
    size = np.abs(exact * np.subtract.outer(state.system.temperature, state.system.temperature)).sum(axis=1)
    assert np.all(np.abs(state.heat_flux - numbers(case["heat_flux"])) <= 1e-12 * size)


def test_the_comparison_sees_a_change_of_one_part_in_a_million():
    case = next(c for c in CASES if len(c["baths"]) == 2 and len(set(c["masses"])) > 2)
    moved = {**case, "baths": [{**b, "friction": b["friction"] * (1 + 1e-6)} for b in case["baths"]]}
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(solved(moved).bath_weight[case["sites"]], numbers(case["bath_weight"]), rtol=0,
                                   atol=1e-12)


def test_the_references_cover_the_hard_corners():
    masses = [np.array(c["masses"]) for c in CASES]
    friction = [b["friction"] for c in CASES for b in c["baths"]]
    assert any(m.max() / m.min() > 1e5 for m in masses)
    assert any(0 < np.diff(np.sort(m)).max() < 1e-6 for m in masses)
    assert {len(c["baths"]) for c in CASES} >= {1, 2, 3, 4, 5}
    assert min(friction) <= 1e-3
    assert max(friction) >= 1e3
    assert {2, 3} <= {len(m) for m in masses}
    assert max(len(m) for m in masses) == 60
    assert any(c["n_tilde"] == 1.0 for c in CASES)
    assert any(not any(c["k0"]) for c in CASES)
