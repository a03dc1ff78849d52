"""The modal engine against 50-digit references (tests/oracles/make_network_references.py), over the hard corners."""

from __future__ import annotations

import base64
import json
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest

import hotsprings as hs
from tests.oracles.network_cases import cases

STORED = Path(__file__).parent / "oracles" / "network_references.json"
RECORDS = {r["name"]: r for r in json.loads(STORED.read_text())}
SYSTEMS = cases()


def numbers(text):
    return np.array(text, dtype=object).astype(np.float64)


def stiffness(record):
    K = np.frombuffer(zlib.decompress(base64.b64decode(record["stiffness"])))
    return K.reshape(2 * (int(np.sqrt(K.size)),))


def system(name):
    """Return the system of a case; if this machine's powers round differently, with the stored stiffness."""
    built, K = SYSTEMS[name], stiffness(RECORDS[name])
    if np.array_equal(built.network.stiffness(), K):
        return built
    return hs.OpenNetwork(hs.Springs(built.network.masses, K), built.baths)


def solved(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.DarkModeWarning)
        return hs.steady_state(system(name))


def test_every_case_has_its_reference():
    assert list(RECORDS) == list(SYSTEMS)
    assert all(np.allclose(SYSTEMS[name].network.stiffness(), stiffness(RECORDS[name]), rtol=1e-14) for name in RECORDS)


# Two modes, even and odd under reflection, lie so near each other that the rounding of K/sqrt(m m') in doubles turns
# them by more than 1e-10: no calculation that starts from that matrix knows the profile better; the certificate tells.
ILL_CONDITIONED = {"power 0.5, identical", "power 0.5, close masses"}
# Three equal overdamped baths: exactly degenerate resonances, told apart by frictions changed by 8e-3. The bath weights
# of order 1 then carry 1e-14, and the conductances are a thousandth of them.
DEGENERATE = {"springs, overdamped group": 1e-11}


@pytest.mark.parametrize("name", RECORDS)
def test_against_fifty_digits(name):
    """J to a relative 1e-12, T_n to 1e-10 of the highest temperature: what the package promises."""
    state, record = solved(name), RECORDS[name]
    exact = numbers(record["conductance"])
    off = ~np.eye(len(exact), dtype=bool)
    np.testing.assert_allclose(state.conductance[off], exact[off], rtol=DEGENERATE.get(name, 1e-12))
    T, doubt = state.system.temperature, state.certificate.conditioning
    assert doubt < 1e-10 or name in ILL_CONDITIONED
    atol = max(1e-10, 10.0 * doubt) * T.max()
    np.testing.assert_allclose(state.local_temperature, numbers(record["bath_weight"]) @ T, rtol=0, atol=atol)


@pytest.mark.parametrize("name", [name for name in RECORDS if "wide masses" in name])
def test_unequal_masses_lose_nothing(name):
    """Masses from 1e-3 to 1e3: normwise diagonalisation would lose five digits of the low modes."""
    state, record = solved(name), RECORDS[name]
    exact = numbers(record["conductance"])
    np.testing.assert_allclose(state.conductance[0, 1], exact[0, 1], rtol=1e-13)
    assert state.certificate.conditioning < 1e-13


def test_the_comparison_sees_a_change_of_one_part_in_a_billion():
    """Negative control."""
    name = "power 1.5, Kac, random, pinned"
    built = system(name)
    baths = [hs.Bath(b.site, b.temperature, b.friction * (1.0 + 1e-9)) for b in built.baths]
    moved = hs.steady_state(hs.OpenNetwork(built.network, baths)).conductance
    assert abs(moved[0, 1] / numbers(RECORDS[name]["conductance"])[0, 1] - 1.0) > 1e-11
