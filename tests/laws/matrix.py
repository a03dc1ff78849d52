"""The matrix of the laws: hard systems, each in every form of network that can hold it, and so on every engine.

A system is masses, springs w_ij, pinnings and baths. The same physics as a mean field, a power law, a chain, a graph or
a stiffness matrix takes different engines; each must obey every law, and all must agree. ``KNOWN`` lists what does not
yet, with the number of the fault; a strict xfail tells when it does.
"""

from __future__ import annotations

import functools
import warnings
from typing import NamedTuple

import numpy as np
import pytest

import hotsprings as hs


class Physics(NamedTuple):
    """Masses (n,), springs (n, n), pinnings (n,), baths."""

    masses: np.ndarray
    springs: np.ndarray
    pinning: np.ndarray
    baths: list


def complete(n, w=1.0):
    return w * (np.ones((n, n)) - np.eye(n))


def path(springs):
    return np.diag(springs, 1) + np.diag(springs, -1)


def ring(n):
    return np.roll(np.eye(n), 1, axis=0) + np.roll(np.eye(n), -1, axis=0)


def square(rows, columns):
    one = np.kron(np.eye(rows), path(np.ones(columns - 1)))
    return one + np.kron(path(np.ones(rows - 1)), np.eye(columns))


def two(n, friction=1.0, other=None):
    return [hs.Bath(0, 1.5, friction), hs.Bath(n - 1, 0.5, friction if other is None else other)]


def groups(first, last, friction=1.0):
    return hs.bath_group(first, 1.5, friction) + hs.bath_group(last, 0.5, friction)


def made(masses, springs, pinning, baths):
    n = len(springs)
    return Physics(np.broadcast_to(np.asarray(masses, float), (n,)).copy(), np.asarray(springs, float),
                   np.broadcast_to(np.asarray(pinning, float), (n,)).copy(), baths)


STIFF = np.array([1.0, 1.0, 1e14, 1.0])
CASES = {
    "one site": made(2.0, [[0.0]], 0.5, [hs.Bath(0, 1.5, 0.3)]),
    "two sites, free": made([1.0, 2.0], complete(2), 0.0, two(2)),
    "two sites, critically damped": made(1.0, complete(2), 1.0, two(2, 2.0)),
    "two sites, pinned by 1e-12": made(1.0, complete(2), 1e-12, two(2)),
    "complete, equal": made(1.0, complete(5), 0.1, two(5)),
    "complete, free": made(1.0, complete(5), 0.0, two(5, 1.0, 0.3)),
    "complete, masses 1e-13 apart": made(1.0 + 1e-13 * np.arange(5), complete(5), 0.1, two(5)),
    "complete, masses 1e-6 apart": made(1.0 + 1e-6 * np.arange(5), complete(5), 0.1, two(5)),
    "complete, overdamped": made(1.0, complete(3), 0.1, two(3, 1e6)),
    "complete, three overdamped": made(1.0, complete(6), 0.1, groups(range(3), range(5, 6), 1e4)),
    "complete, a bath everywhere": made(1.0, complete(5), 0.2, groups(range(2), range(2, 5))),
    "complete, one site held 1e14 times stiffer": made([1.0, 1.1, 0.9, 1.3], complete(4), STIFF, two(4)),
    "path, masses alternate": made([1.0, 2.0, 1.0, 2.0, 1.0], path(np.ones(4)), 0.0, two(5)),
    "path, a link of 1e-14": made(1.0, path([1.0, 1e-14, 1.0]), 0.3, two(4)),
    "path, weak baths": made([1.0, 1.3, 0.8], path([1.0, 0.7]), 1e-5, two(3, 1e-8)),
    "ring, dark modes": made(1.0, ring(6), 0.1, two(6)),
    "ring, one bath overdamped": made(0.1, ring(6), 1e-5, two(6, 182.0, 0.02)),
    "square, groups": made(1.0, square(3, 3), 0.1, groups(range(3), range(6, 9))),
    "square, groups overdamped": made(1.0, square(3, 3), 0.1, groups(range(3), range(6, 9), 1e4)),
    "square, masses 1e-10 apart": made(1.0 + 1e-10 * np.arange(9), square(3, 3), 0.1, groups(range(3), range(6, 9))),
    "three directions": made(1.0, np.kron(path(np.ones(3)), np.eye(3)), 0.0, groups(range(3), range(9, 12))),
    "a stranger apart": made(1.0, np.kron(np.diag([1.0, 1.0]), complete(2)), 0.3, two(4)),
}


def all_to_all(physics):
    n = len(physics.masses)
    off = physics.springs[~np.eye(n, dtype=bool)]
    return n > 1 and bool(np.all(off == off[0])) and off[0] > 0.0


def on_a_line(physics):
    links = np.diag(physics.springs, 1)
    return bool(np.all(links > 0.0)) and not np.any(np.triu(physics.springs, 2))


def laplacian(physics):
    return np.diag(physics.springs.sum(axis=1) + physics.pinning) - physics.springs


FORMS = {  # name: (whether it can hold the system, the network)
    "mean field": (all_to_all, lambda p: hs.MeanField(p.masses, p.springs[0, 1], p.pinning, kac=False)),
    "power law": (all_to_all, lambda p: hs.PowerLaw(p.masses, 0.0, p.springs[0, 1], p.pinning, kac=False)),
    "chain": (on_a_line, lambda p: hs.Chain(p.masses, np.diag(p.springs, 1), p.pinning)),
    "graph": (lambda p: True, lambda p: hs.from_graph(p.springs, p.masses, k0=p.pinning)),
    "matrix": (lambda p: True, lambda p: hs.Springs(p.masses, laplacian(p))),
}

MODAL = ("power law", "graph", "matrix")
RIGHT, MOVED = "forms_agree_with_exact_fractions", "sites_have_no_order"
PASSES = "transmittance_is_a_probability"

KNOWN: list = []  # (case, forms, laws that they break (tests are named after the laws), the fault)

MATRIX = [(case, form) for case, physics in CASES.items() for form, (holds, _) in FORMS.items() if holds(physics)]


def fault(case, form, law):
    """Return the fault that stands in the way, or None."""
    return next((text for name, forms, laws, text in KNOWN if name == case and form in forms and law in laws), None)


def over_matrix(test):
    """Run a law over the whole matrix, its faults marked."""
    law = test.__name__.removeprefix("test_")
    cells = []
    for case, form in MATRIX:
        reason = fault(case, form, law)
        marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
        cells.append(pytest.param(case, form, id=f"{case}; {form}", marks=marks))
    return pytest.mark.parametrize(("case", "form"), cells)(test)


def network(case, form):
    return FORMS[form][1](CASES[case])


@functools.cache
def system(case, form):
    return hs.OpenNetwork(network(case, form), CASES[case].baths)


def solved(asked, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.DarkModeWarning)
        return hs.steady_state(asked, **kwargs)


@functools.cache
def outcome(case, form):
    """Return the state, or why there is none: once for all laws."""
    try:
        return solved(system(case, form))
    except Exception as err:
        return err


def state(case, form):
    found = outcome(case, form)
    if isinstance(found, Exception):
        raise found
    return found
