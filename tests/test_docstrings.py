"""Every public name shows an example, and every example is run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import warnings

import matplotlib
import numpy as np
import pytest

import hotsprings as hs

MODULES = ["hotsprings", *sorted(f"hotsprings.{name}" for name in hs._MODULES)]
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def public():
    """Every public callable by its name, once."""
    found = {}
    for module in map(importlib.import_module, MODULES):
        for name in module.__all__:
            value = getattr(module, name)
            if callable(value) and not (isinstance(value, type) and issubclass(value, Exception | Warning)):
                found[f"{module.__name__}.{name}"] = value
    return {name: value for i, (name, value) in enumerate(found.items()) if value not in list(found.values())[:i]}


PUBLIC = public()


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_show_an_example(name):
    value = PUBLIC[name]
    text = inspect.getdoc(value) or ""
    assert text.strip(), f"{name} has no docstring"
    assert "Examples\n--------" in text, f"{name} shows no example"
    assert ">>> " in text.partition("Examples\n--------")[2]


# What the modules call of each other's: the example of the class shows what a user does.
BETWEEN_MODULES = {"Trajectory": {"chosen", "begin", "row", "append"}, "Store": {"writing", "put", "active"},
                   "LocalPool": {"submit", "close"}, "ExecutorPool": {"submit", "close"}}


def methods():
    """Every public method of a public class, by its name, once."""
    found = {}
    for name, value in PUBLIC.items():
        for method in vars(value) if isinstance(value, type) else ():
            plain = inspect.unwrap(getattr(value, method))
            if inspect.isfunction(plain) and not method.startswith("_") \
                    and method not in BETWEEN_MODULES.get(value.__name__, ()):
                found[f"{name}.{method}"] = plain
    return found


METHODS = methods()


@pytest.mark.parametrize("name", METHODS)
def test_public_methods_show_an_example(name):
    assert ">>> " in (inspect.getdoc(METHODS[name]) or "").partition("Examples\n--------")[2], f"{name} shows none"


def _examples():
    finder = doctest.DocTestFinder(exclude_empty=True, recurse=True)
    seen = {}
    for name, value in PUBLIC.items():
        for example in finder.find(value, name, module=inspect.getmodule(value), globs={}):
            if example.examples:
                seen[example.name] = example
    return seen


EXAMPLES = _examples()


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run(name, tmp_path, monkeypatch):
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    test = EXAMPLES[name]
    test.globs = {}
    lines = []
    with warnings.catch_warnings(), np.printoptions(legacy="1.25", precision=8, suppress=False):
        warnings.simplefilter("ignore")
        result = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=lines.append, clear_globs=False)
    import matplotlib.pyplot as plt

    plt.close("all")
    assert result.attempted > 0
    assert result.failed == 0, "".join(lines)


def test_a_wrong_example_fails():
    """The control: the runner above sees a wrong number."""
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert doctest.DocTestRunner(optionflags=OPTIONS, verbose=False).run(test, out=lambda text: None).failed == 1


@pytest.mark.parametrize("name", [*MODULES, "hotsprings.network", "hotsprings.config", "hotsprings.io"])
def test_modules_show_their_names_and_nothing_else(name):
    module = importlib.import_module(name)
    assert dir(module) == sorted(module.__all__)
    for entry in module.__all__:
        assert hasattr(module, entry)
