"""Plan files: the example is what it says, and each mistake is one line: the key, what is allowed, what was given."""

from __future__ import annotations

import pytest

import hotsprings as hs
from hotsprings.config import ModelError, example
from hotsprings.sweeps import load_plan
from hotsprings.sweeps.files import parse_plan

PLAN = """
title = "A plan"
[network]
kind = "mean-field"
k0 = 0.5
[masses]
kind = "random"
n = 10
[[baths]]
site = 0
temperature = 1.5
[[baths]]
site = -1
temperature = 0.5
[sweep]
realisations = 3
seed = 1
observables = ["conductance", "transmittance"]
omega = {linspace = [0.0, 2.0, 5]}
[[sweep.axes]]
parameter = "masses.n"
geomspace = [10, 1000, 3]
[[sweep.axes]]
parameter = ["network.k", "network.kac"]
values = [[1.0, true], [2.0, false]]
name = "springs"
labels = ["soft", "hard"]
"""


def test_the_example_is_a_plan():
    plan = parse_plan(example("sweep"))
    assert plan.shape == (6, 3)
    assert plan.axes[0].values == (10, 20, 39, 77, 152, 300)
    assert plan.axes[1].coordinate == ["Kac", "Kac, pinned", "bare"]
    assert plan.n_tasks == 18 * 50
    assert plan.title == "Heat flux against size, with disorder"
    last = plan.task(plan.n_tasks - 1).system().network
    assert (last.n_sites, last.n_tilde, last.k) == (300, 1.0, 0.1)


def test_a_file_is_the_plan_of_python(tmp_path):
    (tmp_path / "plan.toml").write_text(PLAN)
    plan = load_plan(tmp_path / "plan.toml")
    base = {"network": {"kind": "mean-field", "k0": 0.5}, "masses": {"kind": "random", "n": 10},
            "baths": [{"site": 0, "temperature": 1.5}, {"site": -1, "temperature": 0.5}]}
    springs = hs.Axis(["network.k", "network.kac"], [(1.0, True), (2.0, False)], "springs", ["soft", "hard"])
    same = hs.Plan(base, [hs.Axis("masses.n", [10, 100, 1000]), springs], 3, 1, ["conductance", "transmittance"],
                   [0.0, 0.5, 1.0, 1.5, 2.0])
    assert plan.identity == same.identity
    assert plan.task(17).seeds == same.task(17).seeds


def test_values_of_grids():
    text = PLAN.replace("geomspace = [10, 1000, 3]", "{}").replace("masses.n", "masses.spread")
    for line, values in [("linspace = [0.1, 0.3, 3]", (0.1, 0.2, 0.3)), ("geomspace = [0.01, 1e-1, 2]", (0.01, 0.1)),
                         ("values = [0.2]", (0.2,)), ("linspace = [0, 0, 4]", (0,))]:
        assert parse_plan(text.replace("{}", line)).axes[0].values == pytest.approx(values)


ONE_MISTAKE = [  # what is changed, the key, and words that the line must hold
    ("[sweep]\n", "[sweeps]\n", "sweeps", ["did you mean 'sweep'"]),
    ("seed = 1\n", "", "sweep.seed:", ["must be given", "missing"]),
    ("seed = 1\n", "seed = -1\n", "sweep.seed:", ["0 or more", "-1 was given"]),
    ("seed = 1\n", "seed = 'a'\n", "sweep.seed:", ["integer", "'a' (str)"]),
    ("seed = 1\n", "sed = 1\n", "sweep.sed:", ["did you mean 'seed'", "realisations"]),
    ("realisations = 3", "realisations = 0", "sweep.realisations:", ["1 or more", "0 was given"]),
    ("realisations = 3", "realisations = 2.5", "sweep.realisations:", ["integer", "2.5 (float)"]),
    ("realisations", "realizations", "sweep.realizations:", ["did you mean 'realisations'"]),
    ('"random"', '"graded"', "sweep.realisations:", ["be 1 where nothing is random", "3 were asked for"]),
    ("n = 10\n", "n = 10\nseed = 2\n", "sweep.realisations:", ["nothing is random", "leave out the seeds"]),
    ('["conductance", "transmittance"]', '["conductanse", "transmittance"]', "sweep.observables:",
     ["be among conductance", "'conductanse' was given"]),
    ('["conductance", "transmittance"]', "[]", "sweep.observables:", ["at least one"]),
    ('["conductance", "transmittance"]', '"conductance"', "sweep.observables:", ["list of texts", "'conductance'"]),
    ('["conductance", "transmittance"]', '["transmittance", "local_temperature"]', "sweep.observables:",
     ["without local_temperature"]),
    ("omega = {linspace = [0.0, 2.0, 5]}\n", "", "sweep.omega:", ["transmittance", "missing"]),
    ("omega = {linspace = [0.0, 2.0, 5]}", "omega = [1.0]", "sweep.omega:", ["table", "[1.0] was given"]),
    ("omega = {linspace = [0.0, 2.0, 5]}", "omega = {values = ['a']}", "sweep.omega:", ["frequency", "'a'"]),
    ("linspace = [0.0, 2.0, 5]", "linspace = [0.0, 2.0]", "sweep.omega.linspace:", ["[first, last, number]"]),
    ("linspace = [0.0, 2.0, 5]", "linspace = [0.0, 2.0, 0]", "sweep.omega.linspace[2]:", ["1 or more", "0 was given"]),
    ("linspace = [0.0, 2.0, 5]", "linspace = [0.0, nan, 3]", "sweep.omega.linspace[1]:", ["finite", "nan"]),
    ("linspace = [0.0, 2.0, 5]", "", "sweep.omega:", ["one of values, linspace, geomspace", "none was given"]),
    ("geomspace = [10, 1000, 3]", "geomspace = [0, 9, 3]", "sweep.axes[0].geomspace[0]:", ["positive", "0 was given"]),
    ("geomspace = [10, 1000, 3]", "geomspace = 10", "sweep.axes[0].geomspace:", ["[first, last, number]", "10"]),
    ("geomspace = [10, 1000, 3]", "", "sweep.axes[0]:", ["one of values, linspace, geomspace", "none was given"]),
    ("geomspace = [10, 1000, 3]", "values = [5]\nlinspace = [1, 2, 2]", "sweep.axes[0]:", ["values and linspace were"]),
    ("geomspace = [10, 1000, 3]", "values = 5", "sweep.axes[0].values:", ["list of values", "5 was given"]),
    ("geomspace = [10, 1000, 3]", "values = [5, 5]", "sweep.axes[0].values[1]:", ["differ", "5 is there twice"]),
    ("geomspace = [10, 1000, 3]", "values = [5, 1.5]", "at masses.n = 1.5", ["masses.n: must be an integer", "1.5"]),
    ("geomspace = [10, 1000, 3]", "values = [5, 1]", "at masses.n = 1", ["masses.n:", "2 or more"]),
    ("geomspace =", "geomspce =", "sweep.axes[0].geomspce:", ["did you mean 'geomspace'"]),
    ('parameter = "masses.n"', "", "sweep.axes[0].parameter:", ["must be given", "missing"]),
    ('parameter = "masses.n"', "parameter = 3", "sweep.axes[0].parameter:", ["key of the model", "3 was given"]),
    ('parameter = "masses.n"', 'parameter = "n"', "sweep.axes[0].parameter:", ["key of the model", "'n' was given"]),
    ('parameter = "masses.n"', 'parameter = "masses.m"', "masses.m", ["is not a key", "did you mean"]),
    ('parameter = "masses.n"', 'parameter = "network.n_tilde"', "network.n_tilde", ["without 'kac'"]),
    ('parameter = "masses.n"', 'parameter = "baths[3].k"', "sweep.parameter baths:", ["bath of the 2 there are"]),
    ('name = "springs"', 'name = "n"', "sweep.axes[1]:", ["a name of its own", "'n' is taken"]),
    ('name = "springs"', 'name = "two words"', "sweep.axes[1].name:", ["be a name", "'two words'"]),
    ('labels = ["soft", "hard"]', 'labels = ["soft"]', "sweep.axes[1].labels:", ["one label per value (2)", "1 were"]),
    ("[[1.0, true], [2.0, false]]", "[[1.0, true], [2.0]]", "sweep.axes[1].values[1]:", ["each of the 2 parameters"]),
    ("[[1.0, true], [2.0, false]]", "[[1.0, true], [2.0, 3]]", "network.kac", ["True or False", "3 (int)"]),
    ('"network.kac"]', '"masses.n"]', "sweep.axes[1]:", ["no other axis changes", "masses.n"]),
    ("k0 = 0.5", "k0 = -5.0", "network.k0:", ["positive semidefinite"]),
    ("k0 = 0.5", "ko = 0.5", "network.ko:", ["did you mean"]),
]


@pytest.mark.parametrize(("old", "new", "key", "words"), ONE_MISTAKE, ids=[f"{m[2]}{m[1][:25]}" for m in ONE_MISTAKE])
def test_each_mistake_gives_exactly_one_line(old, new, key, words):
    assert old in PLAN
    with pytest.raises(ModelError) as caught:
        parse_plan(PLAN.replace(old, new, 1), "plan.toml")
    (line,) = caught.value.problems
    assert key in line
    assert "\n" not in line
    for word in words:
        assert word in line, line


def test_several_mistakes_are_told_at_once():
    text = PLAN.replace("k0 = 0.5", "k0 = 'a'").replace("realisations = 3", "realisations = 0").replace("seed", "sed")
    text = text.replace('parameter = "masses.n"', 'parameter = "mass.n"').replace('"conductance", ', '"conductanse", ')
    with pytest.raises(ModelError) as caught:
        parse_plan(text, "plan.toml")
    assert len(caught.value.problems) == 5
    assert str(caught.value).startswith("plan.toml: 5 errors\n")


def test_axes_that_are_no_list_are_told_how_they_are_written():
    text = example("sweep")
    head, _, _ = text.partition("[[sweep.axes]]")
    with pytest.raises(ModelError, match=r"sweep\.axes: must be a list of tables, each headed \[\[sweep\.axes\]\]"):
        parse_plan(head + "[sweep.axes]\n'network.k0' = [0.0, 1.0]\n")
