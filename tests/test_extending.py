"""The page on extending is run as it stands, and a new kind is known everywhere by its one line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

import hotsprings as hs
from tests.oracles.dense import lyapunov_state

PAGE = (Path(__file__).parent.parent / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.S | re.M)


@pytest.fixture(scope="module")
def names():
    matplotlib.use("Agg")
    found: dict[str, object] = {"__name__": "page"}
    sys.modules["page"] = type(sys)("page")
    for block in BLOCKS:
        exec(compile(block, "docs/extending.md", "exec"), found)
    import matplotlib.pyplot as plt

    plt.close("all")
    return found


def test_the_star_is_right(names):
    state = names["state"]
    np.testing.assert_allclose(state.conductance, lyapunov_state(state.system)[0], rtol=1e-9)


def test_the_engine_agrees_with_the_package_in_all_that_it_inherits(names):
    engine = names["engine"]
    omega = np.linspace(0.0, 3.0, 7)
    np.testing.assert_allclose(engine.element(omega, 1, 2), hs.green(engine.system, omega, 1, 2), rtol=1e-11)
    np.testing.assert_allclose(np.sort_complex(engine.resonance_frequencies()),
                               np.sort_complex(hs.resonances(engine.system).frequency), rtol=1e-11)
    mean, plain = engine._mean(), engine.plain_sums()
    np.testing.assert_allclose(mean[0], plain[0], rtol=1e-11)  # δ⁴ of detunings of 2e-4 is 1e-15


def test_the_page_has_a_network_an_engine_an_observable_and_a_quantity(names):
    assert len(BLOCKS) >= 7
    assert {"Star", "KIND", "hottest", "ballistic_bound"} <= names.keys()
    assert names["data"].hottest.shape == (2, 1)


def test_one_line_makes_a_kind_known_to_files_examples_and_errors():
    """In a process of its own, where the line is added before model files are first read."""
    code = "\n".join([BLOCKS[0], BLOCKS[2], """
from hotsprings.network import kinds
kinds.KINDS["star"] = KIND
from hotsprings import config
from hotsprings.sweeps.files import parse_plan
text = config.example("star")
system = config.parse_model(text).system()
assert type(system.network).__name__ == "Star", system
for bad in (text.replace('"star"', '"stern"'), text.replace('k0 = 0.3', 'k0 = -1'), text.replace('k0 = 0.3', 'k9 = 1')):
    try:
        config.parse_model(bad)
    except config.ModelError as err:
        print(err)
try:
    config.example("stern")
except hs.ArgumentError as err:
    print(err)
"""])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for words in ('"ion-crystal", "star"', "network.k0: must be a finite number, zero or more",
                  "network.k9: is not a key", "ion-crystal, star"):
        assert words in done.stdout


class Plain:
    """A network of the user's: the five answers, and whatever else a test adds."""

    n_sites = 3
    masses = np.array([1.0, 1.3, 0.8])
    pinning = np.array([0.2, 0.2, 0.2])

    def stiffness(self):
        return np.array([[1.2, -1.0, 0.0], [-1.0, 2.2, -1.0], [0.0, -1.0, 1.2]])

    def parameters(self):
        return {"kind": "plain"}


BATHS = [hs.Bath(0, 1.5), hs.Bath(2, 0.5)]


def test_a_claimed_structure_without_the_answer_is_nothing():
    network = type("Claims", (Plain,), {"structure": "tridiagonal"})()
    expected = hs.conductance(hs.OpenNetwork(hs.Chain(Plain.masses, k0=0.2), BATHS))
    for found in (hs.conductance(hs.OpenNetwork(network, BATHS)),
                  hs.steady_state(hs.OpenNetwork(network, BATHS)).conductance):
        np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_a_network_with_bands_is_a_chain():
    bands = (np.array([1.2, 2.2, 1.2]), np.array([-1.0, -1.0]))
    network = type("Bands", (Plain,), {"bands": lambda self: bands})()
    np.testing.assert_allclose(hs.conductance(hs.OpenNetwork(network, BATHS)),
                               hs.conductance(hs.OpenNetwork(hs.Chain(Plain.masses, k0=0.2), BATHS)), rtol=1e-10)


@pytest.mark.parametrize(("answers", "message"), [
    ({"bands": lambda self: (np.ones(3), np.ones(3))}, r"'network.bands\(\)\[1\]' must be an array .* shape \(2,\)"),
    ({"bands": lambda self: np.ones(3)}, r"'network.bands\(\)' must be two arrays"),
    ({"first_row": lambda self: np.ones(2)}, r"'network.first_row\(\)' must be an array"),
    ({"bonds": np.ones(3, dtype=int)}, r"'network.bonds' must be an array .* shape \(any, 2\)"),
    ({"positions": np.full((3, 2), np.nan)}, "'network.positions' must be an array of finite numbers"),
    ({"masses": np.array([1.0, -1.0, 1.0])}, "'network.masses' must be"),
    ({"masses": np.ones(2)}, r"'network.masses' must be an array .* shape \(3,\)"),
    ({"pinning": np.ones(4)}, "'network.pinning' must be an array"),
    ({"n_sites": 0}, "'network.n_sites' must be an integer, 1 or more"),
])
def test_answers_that_do_not_fit_are_refused_when_the_system_is_made(answers, message):
    with pytest.raises(hs.ArgumentError, match=message):
        hs.OpenNetwork(type("Wrong", (Plain,), answers)(), BATHS)


def test_what_is_missing_is_named():
    with pytest.raises(hs.ArgumentError, match="it has no pinning, stiffness, parameters"):
        hs.OpenNetwork(type("Half", (), {"n_sites": 2, "masses": np.ones(2)})(), BATHS)
