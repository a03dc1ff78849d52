"""Model files: the example loads, and each mistake gives one line with its key, what is allowed and what was given."""

from __future__ import annotations

import contextlib
import copy
import pickle
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hotsprings as hs
from hotsprings.config import Model, ModelError, example, load_model, parse_model
from hotsprings.config.examples import EXAMPLES
from hotsprings.config.faults import validated
from hotsprings.network.keys import MAX_SITES

EXAMPLE = example()


def _changed(*changes):
    """Return the example with lines replaced; each old text must be there, so that no test passes for nothing."""
    text = EXAMPLE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def _problems(text):
    with pytest.raises(ModelError) as caught:
        parse_model(text, "model.toml")
    return caught.value.problems


def test_the_example_loads_and_is_what_it_says():
    model = parse_model(EXAMPLE)
    system = model.system()
    np.testing.assert_array_equal(system.network.masses, hs.masses.graded(100, 1.0, 0.1))
    assert system.network.n_tilde == 99
    assert system.network.k0[0] == 1.0
    assert system.bath_sites.tolist() == [0, 99]
    assert system.temperature.tolist() == [1.5, 0.5]
    assert model.state.dark_temperature == 0.0
    assert model.seeds == {}
    assert model.title == tomllib.loads(EXAMPLE)["title"]


@pytest.mark.parametrize(("table", "expected"), [
    ('kind = "identical"\nn = 5\nmean = 2', hs.masses.identical(5, 2.0)),
    ('kind = "graded"\nn = 5\nmean = 2\nspread = 0.5', hs.masses.graded(5, 2.0, 0.5)),
    ('kind = "random"\nn = 5\nseed = 7', hs.masses.random(5, 1.0, 0.1, 7)),
    ('kind = "random"\nn = 5', hs.masses.random(5)),
    ('kind = "alternating"\nn = 5\nspread = 0.3', hs.masses.alternating(5, 1.0, 0.3)),
    ('kind = "list"\nvalues = [1, 2.5, 3]', np.array([1.0, 2.5, 3.0])),
])
def test_every_kind_of_masses(table, expected):
    text = f'[network]\nkind = "mean-field"\n[masses]\n{table}\n[[baths]]\nsite = 1\ntemperature = 1\n'
    np.testing.assert_array_equal(parse_model(text).system().network.masses, expected)


SITES = np.array([1.0, 1.1, 1.2, 1.3])
MASSES = "[masses]\nkind = 'list'\nvalues = [1.0, 1.1, 1.2, 1.3]\n"
NETWORKS = [  # the table, whether masses are given beside it, and what it must build
    ("kind = 'mean-field'\nk = 2\nkac = false", True, lambda: hs.MeanField(SITES, 2.0, kac=False)),
    ("kind = 'power-law'\nalpha = 1.5", True, lambda: hs.PowerLaw(SITES, 1.5)),
    ("kind = 'power-law'\nalpha = 0\nk = 2\nk0 = [1, 2, 3, 4]\nn_tilde = 3.5\nperiodic = true", True,
     lambda: hs.PowerLaw(SITES, 0.0, 2.0, [1.0, 2.0, 3.0, 4.0], n_tilde=3.5, periodic=True)),
    ("kind = 'chain'", True, lambda: hs.Chain(SITES)),
    ("kind = 'chain'\nk = [1, 2, 3]\nk0 = 0.5\nends = 'fixed'", True,
     lambda: hs.Chain(SITES, [1.0, 2.0, 3.0], 0.5, "fixed")),
    ("kind = 'random-springs'\nseed = 3\nkac = false\nk0 = 1", True,
     lambda: hs.random_springs(SITES, seed=3, kac=False, k0=1.0)),
    ("kind = 'random-chain'\ndistribution = 'power'\nexponent = 0.5\nseed = 4\nends = 'fixed'", True,
     lambda: hs.random_chain(SITES, "power", exponent=0.5, seed=4, ends="fixed")),
    ("kind = 'ion-crystal'\nn = 4\nbranch = 'x'\nratio = 9.0\nmasses = [1, 2, 2, 1]", False,
     lambda: hs.ion_crystal(4, [1.0, 2.0, 2.0, 1.0], "x", 9.0)),
]


@pytest.mark.parametrize(("table", "masses", "build"), NETWORKS, ids=[n[0].replace("\n", ", ") for n in NETWORKS])
def test_every_kind_of_network(table, masses, build):
    text = f"[network]\n{table}\n{MASSES if masses else ''}[[baths]]\nsite = 1\ntemperature = 1\n"
    network, wanted = parse_model(text).system().network, build()
    np.testing.assert_array_equal(network.stiffness(), wanted.stiffness())
    np.testing.assert_array_equal(network.masses, wanted.masses)
    assert type(network) is type(wanted)


def test_a_network_from_a_file_beside_the_model(tmp_path):
    K = hs.Chain(SITES, k0=1.0).stiffness()
    np.savez(tmp_path / "K.npz", stiffness=K)
    path = tmp_path / "model.toml"
    table = "kind = 'file'\npath = 'K.npz'\nmasses = 2.0\nfixed = [0]"
    path.write_text(f"[network]\n{table}\n[[baths]]\nsite = -1\ntemperature = 1\n")
    network = load_model(path).system().network
    np.testing.assert_array_equal(network.stiffness(), K[1:, 1:])
    assert network.masses.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(("table", "masses", "words"), [
    ("kind = 'power-law'", MASSES, ["network.alpha: must be given", "zero or more"]),
    ("kind = 'power-law'\nalpha = -1", MASSES, ["network.alpha: must be a finite number, zero or more", "-1"]),
    ("kind = 'power-law'\nalpha = 1", MASSES.replace("list", "identical").replace(
        "values = [1.0, 1.1, 1.2, 1.3]", "n = 30000"), ["masses.n: must be at most 20000", "30000 was given"]),
    ("kind = 'chain'\nk = [1, 2]", MASSES, ["network.k: must have one element per spring (3)", "2 were given"]),
    ("kind = 'chain'\nends = 'fix'", MASSES, ["network.ends: must be 'free' or 'fixed'", "'fix' was given"]),
    ("kind = 'chain'\nkac = true", MASSES, ["network.kac: does not fit", "mean-field"]),
    ("kind = 'random-springs'\nspread = 2", MASSES, ["network.spread: must be less than the mean (1)", "2 was given"]),
    ("kind = 'random-chain'\ndistribution = 'normal'", MASSES, ["network.distribution: must be 'uniform' or 'power'"]),
    ("kind = 'file'\npath = 'none.npz'", "", ["network.path: must be the name of a file", "none.npz"]),
    ("kind = 'ion-crystal'\nn = 4\nbranch = 'x'", "", ["network.ratio: must be given", "zigzag"]),
    ("kind = 'ion-crystal'\nn = 4", MASSES, ["masses: must be left out", "ion-crystal"]),
    ("kind = 'chain'", "", ["masses: must be given", "missing"]),
])
def test_mistakes_of_every_kind_of_network_are_one_line(table, masses, words):
    (line,) = _problems(f"[network]\n{table}\n{masses}[[baths]]\nsite = 1\ntemperature = 1\n")
    assert all(word in line for word in words), line


@pytest.mark.parametrize("kind", [kind for kind in EXAMPLES if kind not in ("file", "sweep")])
def test_every_example_is_a_model(kind):
    model = parse_model(example(kind))
    assert model.network.kind == (kind if kind != "dynamics" else "chain")
    assert len(model.system().contacts) == 2
    assert example(kind).count("\n[") >= 3


def test_there_is_no_example_of_an_unknown_kind():
    with pytest.raises(hs.ArgumentError, match="mean-field, power-law"):
        example("string-theory")


def test_normalisations_and_pinning_lists():
    assert parse_model(_changed(("kac = true", "kac = false"))).system().network.n_tilde == 1.0
    assert parse_model(_changed(("kac = true ", ""))).system().network.n_tilde == 99.0
    own = parse_model(_changed(("kac = true ", "n_tilde = 3.5 "))).system()
    assert own.network.n_tilde == 3.5
    pins = [0.1 * i for i in range(100)]
    np.testing.assert_array_equal(parse_model(_changed(("k0 = 1.0", f"k0 = {pins}"))).system().network.k0, pins)


ONE_MISTAKE = [  # what is changed, the key, and words that the line must hold
    ("k = 1.0 ", 'k = "1.0" ', "network.k:", ["positive finite number", "'1.0' (str)"]),
    ("k = 1.0 ", "k = true ", "network.k:", ["positive finite number", "True (bool)"]),
    ("k = 1.0 ", "k = nan ", "network.k:", ["positive finite number", "nan"]),
    ("k = 1.0 ", "k = 0 ", "network.k:", ["positive finite number", "0 was given"]),
    ("k = 1.0 ", "k = -1 ", "network.k:", ["positive finite number", "-1"]),
    ("k = 1.0 ", f"k = 1{'0' * 400} ", "network.k:", ["finite", "1000"]),
    ("k = 1.0 ", "k = 2024-01-01 ", "network.k:", ["positive finite number", "date"]),
    ("k0 = 1.0", "k0 = inf", "network.k0:", ["finite number or a list", "inf"]),
    ("k0 = 1.0", "k0 = -5.0", "network.k0:", ["positive semidefinite", "-5"]),
    ("k0 = 1.0", "k0 = [1.0, 2.0]", "network.k0:", ["one element per site (100)", "2 were given"]),
    ("k0 = 1.0", "k0 = [1.0, 'a', nan]", "network.k0[1]:", ["finite number", "'a' (str)", "1 more element is"]),
    ("k0 = 1.0", "k0 = []", "network.k0:", ["one element per site", "0 were given"]),
    ("kac = true", "kac = 1", "network.kac:", ["True or False", "1 (int)"]),
    ("# n_tilde", "n_tilde", "network.n_tilde:", ["without 'kac'", "kac = true"]),
    ("kac = true", "n_tilde = 0", "network.n_tilde:", ["positive finite number", "0 was given"]),
    ("kac = true", "kack = true", "network.kack:", ["did you mean 'kac'", "n_tilde"]),
    ('"mean-field"', '"meanfield"', "network.kind:", ['"mean-field"', "'meanfield'"]),
    ('kind = "mean-field"', "", "network.kind:", ['"mean-field"', "missing"]),
    ('"graded" ', '"granded" ', "masses.kind:", ['"alternating"', "'granded'"]),
    ('kind = "graded"', "", "masses.kind:", ['"graded"', "missing"]),
    ('kind = "graded"', "kind = 3", "masses.kind:", ['"graded"', "3 was given"]),
    ("# seed", "seed", "masses.seed:", ['kind = "graded"', 'only "random"', "spread"]),
    ("n = 100", "n = 1", "masses.n:", ["2 or more", "1 was given"]),
    ("n = 100", "n = 100.0", "masses.n:", ["integer", "100.0 (float)"]),
    ("n = 100", "n = '100'", "masses.n:", ["integer", "'100' (str)"]),
    ("n = 100", "", "masses.n:", ["2 or more", "missing"]),
    ("n = 100", f"n = {MAX_SITES + 1}", "masses.n:", [str(MAX_SITES), "was given"]),
    ("mean = 1.0", "mean = inf", "masses.mean:", ["positive finite number", "inf"]),
    ("mean = 1.0", "mean = -1", "masses.mean:", ["positive finite number", "-1"]),
    ("spread = 0.1", "spread = 1.0", "masses.spread:", ["less than the mean (1)", "1 was given"]),
    ("spread = 0.1", "spread = -0.1", "masses.spread:", ["zero or more", "-0.1"]),
    ("spread = 0.1", "spred = 0.1", "masses.spred:", ["did you mean 'spread'"]),
    ("[masses]", "[mass]", "mass:", ["did you mean 'masses'", "network"]),
    ("site = -1", "site = 100", "baths[1].site:", ["-100 to 99", "100 was given"]),
    ("site = -1", "site = -101", "baths[1].site:", ["-100 to 99", "-101 was given"]),
    ("site = -1", "site = 0", "baths[1].site:", ["differ", "baths[0] is on site 0"]),
    ("site = 0 ", "site = 99 ", "baths[1].site:", ["differ", "baths[0] is on site 99"]),
    ("site = -1", "site = 1.5", "baths[1].site:", ["integer", "1.5 (float)"]),
    ("site = -1", "", "baths[1].site:", ["particle", "missing"]),
    ("temperature = 0.5", "temperature = -0.5", "baths[1].temperature:", ["zero or more", "-0.5"]),
    ("temperature = 0.5", "temprature = 0.5", "baths[1].temprature:", ["did you mean 'temperature'"]),
    ("friction = 1.0 ", "friction = 0 ", "baths[0].friction:", ["positive finite number", "0 was given"]),
    ("dark_temperature = 0.0", "dark_temperature = -1", "state.dark_temperature:", ["zero or more", "-1"]),
    ("dark_temperature = 0.0", "dark = 0.0", "state.dark:", ["did you mean 'dark_temperature'"]),
    ("title = ", "titel = ", "titel:", ["did you mean 'title'", "masses"]),
    ("title = ", "title = 3 # ", "title:", ["string", "3 was given"]),
    ("[state]", "[[state]]", "state:", ["table", "was given"]),
    ("title = ", "answer = 42\ntitle = ", "answer:", ["not a key", "title, network"]),
]


@pytest.mark.parametrize(("old", "new", "key", "words"), ONE_MISTAKE, ids=[f"{m[2]}{m[1][:25]}" for m in ONE_MISTAKE])
def test_each_mistake_gives_exactly_one_line(old, new, key, words):
    problems = _problems(_changed((old, new)))
    assert len(problems) == 1, problems
    assert problems[0].startswith(key)
    assert "\n" not in problems[0]
    for word in words:
        assert word in problems[0]


def test_mistakes_in_lists_of_masses():
    text = '[network]\nkind = "mean-field"\n[masses]\nkind = "list"\nvalues = {}\n[[baths]]\nsite=0\ntemperature=1\n'
    for values, words in [
        ("[1, 2, -3, 0, true]", ["masses.values[2]:", "-3", "2 more elements are wrong"]),
        ("[1, nan]", ["masses.values[1]:", "nan"]),
        ("[1]", ["masses.values:", "at least 2"]),
        ("3", ["masses.values:", "be a list", "3 (int)"]),
    ]:
        (line,) = _problems(text.format(values))
        assert all(word in line for word in words), line


def test_a_default_that_does_not_fit_is_called_a_default():
    (line,) = _problems(_changed(("mean = 1.0", "mean = 0.05"), ("spread = 0.1", "")))
    assert line.startswith("masses.spread:")
    assert "0.1 is the default" in line


def test_all_mistakes_are_reported_at_once():
    problems = _problems(_changed(
        ("k = 1.0", 'k = "1.0"'), ("k0 = 1.0", "k0 = [1.0, 2.0]"), ("kac =", "kack ="), ('"graded" ', '"granded" '),
        ("spread = 0.1", "spread = 2"), ("site = -1", "site = 100"), ("temperature = 0.5", "temprature = -1"),
        ("dark_temperature = 0.0", "dark_temperature = '0'"),
    ))
    keys = [line.split(":")[0] for line in problems]
    assert sorted(keys) == sorted([
        "network.k", "network.k0", "network.kack", "masses.kind", "masses.spread", "baths[1].site",
        "baths[1].temprature", "baths[1].temperature", "state.dark_temperature",
    ])


def test_empty_and_shapeless_files():
    assert [line.split(":")[0] for line in _problems("")] == ["network", "baths", "masses"]
    keys = [line.split(":")[0] for line in _problems("network = 1\nmasses = [1, 2]\nbaths = [1]\nstate = 3\n")]
    assert keys == ["network", "masses", "baths[0]", "state"]
    (line,) = _problems(EXAMPLE.split("[[baths]]")[0] + "[baths]\nsite = 0\ntemperature = 1.0\n")
    assert "[[baths]]" in line
    (line,) = _problems(EXAMPLE.split("[network]")[0] + "baths = []\n[network]" + EXAMPLE.split("[network]")[1].split(
        "[[baths]]")[0])
    assert line.startswith("baths: must hold at least one bath")


@pytest.mark.parametrize("text", ["k = ", "a = [[", "a = " + "[" * 5000, f"n = 1{'0' * 5000}", "a = 1\na = 2"])
def test_broken_toml_is_one_line(text):
    (line,) = _problems(text)
    assert line.startswith("is not valid TOML")
    assert "\n" not in line


def test_a_syntax_error_names_its_line():
    (line,) = _problems(_changed(("k = 1.0 ", "k = ")))
    assert f"line {EXAMPLE[: EXAMPLE.index('k = 1.0')].count(chr(10)) + 1}" in line


def test_files_that_cannot_be_read(tmp_path):
    not_text = tmp_path / "picture.toml"
    not_text.write_bytes(b"\x89PNG\xff\xfe")
    for path, word in [(tmp_path / "none.toml", "no such file"), (tmp_path, "directory"), (not_text, "UTF-8"),
                       ("a\0b", "cannot be read"), (tmp_path / ("x" * 300), "cannot be read")]:
        with pytest.raises(ModelError, match=word) as caught:
            load_model(path)
        assert len(caught.value.problems) == 1
        assert str(caught.value).count("\n") == 0


def test_files_as_other_editors_write_them(tmp_path):
    path = tmp_path / "model.toml"
    path.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode())
    assert load_model(path) == parse_model(EXAMPLE)


def test_model_errors_survive_pickling():
    error = ModelError("a.toml", ["one", "two"])
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert str(error) == "a.toml: 2 errors\n  one\n  two"


_VALUES = st.one_of(
    st.booleans(), st.integers(-3, 120), st.just(10**400), st.floats(), st.text(max_size=4),
    st.lists(st.one_of(st.floats(), st.integers(-1, 3), st.text(max_size=2)), max_size=4),
    st.dictionaries(st.sampled_from(["kind", "n", "k"]), st.integers(0, 3), max_size=2),
    st.sampled_from(["mean-field", "list", "random", [{"site": 0, "temperature": 1}], [{}], []]),
)
_PATHS = [("network", key) for key in ("kind", "k", "k0", "kac", "n_tilde", "odd")]
_PATHS += [("masses", key) for key in ("kind", "n", "mean", "spread", "seed", "values", "odd")]
_PATHS += [("baths", 1, key) for key in ("site", "temperature", "friction", "odd")]
_PATHS += [("state", "dark_temperature"), ("baths", 0), ("network",), ("masses",), ("baths",), ("state",), ("odd",)]


def _put(place, path, value):
    """Set a value deep in a document, where there is such a place."""
    *above, last = path
    with contextlib.suppress(KeyError, IndexError, TypeError):
        for part in above:
            place = place[part]
        place[last] = value


@given(st.lists(st.tuples(st.sampled_from(_PATHS), _VALUES), max_size=4))
def test_any_document_gives_a_model_or_lines(changes):
    document = copy.deepcopy(tomllib.loads(EXAMPLE))
    for path, value in changes:
        _put(document, path, copy.deepcopy(value))
    before = copy.deepcopy(document)
    model, lines = validated(document, Model)
    assert (model is None) <= bool(lines)
    assert all(isinstance(line, str) and "\n" not in line and ":" in line for line in lines)
    assert len(set(lines)) == len(lines)
    assert repr(document) == repr(before)  # the checks work on a copy
    if model is not None and not lines:
        assert model.system().n_sites >= 2


def test_help_lists_the_kinds_that_are_registered(capsys):
    from hotsprings.cli import main
    from hotsprings.network.kinds import KINDS

    assert main(["example", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert f"{', '.join(list(KINDS)[:-1])} or {list(KINDS)[-1]}" in text


def test_the_names_that_others_have_for_keys_are_known(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text('[network]\nkind = "chain"\n[masses]\nkind = "identical"\nn = 4\n'
                    '[[baths]]\nsite = 0\nT = 300\ngamma = 1\n[[baths]]\nsite = -1\ntemperature = 1\n')
    with pytest.raises(ModelError) as caught:
        load_model(path)
    said = caught.value.problems
    assert any("did you mean 'friction'" in line for line in said)
    assert any("did you mean 'temperature'" in line for line in said)
    assert len(said) == 2  # neither is missed as well
