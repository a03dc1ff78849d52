"""What makes a first compilation short: parts without machine code, new arrays and choices without functions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hotsprings.kernels import arrays, scalars
from hotsprings.kernels.compiled import njit
from hotsprings.kernels.parts import _Part

PAIRS = [(1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (-0.0, 0.0), (math.nan, 1.0), (1.0, math.nan), (math.inf, -math.inf)]


@njit(error_model="numpy")
def inner(x, y):
    """Return x/y, or raise."""
    if y == 0.0:
        raise ZeroDivisionError("no number")
    return scalars.higher(x, scalars.lower(y, 3.0)) / y


@njit(error_model="numpy")
def outer(x, y):
    """Return the sum of three of them."""
    total = 0.0
    for i in range(3):
        total += inner(x + i, y)
    return total


@njit(error_model="numpy")
def made(n):
    """Return one array of each kind."""
    return (arrays.floats(n), arrays.waves((n, 2)), arrays.integers(n), arrays.truths(n), arrays.zero_floats((n, n, 3)),
            arrays.zero_waves(n), arrays.zero_truths((n, 4)))


@njit(error_model="numpy")
def chosen(a, b):
    """Return both."""
    return scalars.higher(a, b), scalars.lower(a, b)


def test_a_part_is_linked_and_has_no_machine_code_of_its_own():
    assert outer(1.0, 2.0) == outer.py_func(1.0, 2.0) == (2.0 + 2.0 + 3.0) / 2.0
    if not inner.inner.overloads:  # an earlier run left machine code of the whole, for which no part was compiled
        outer.outer.recompile()
    part, = inner.inner.overloads.values()
    assert isinstance(part.library, _Part)
    assert part.library.get_pointer_to_function(part.fndesc.llvm_func_name) == 0
    whole, = outer.outer.overloads.values()  # what Python calls has
    assert whole.library.get_pointer_to_function(whole.fndesc.llvm_func_name) != 0


def test_an_exception_of_a_part_comes_through():
    with pytest.raises(ZeroDivisionError, match="no number"):
        outer(1.0, 0.0)


def test_a_part_may_be_called_from_python_too():
    assert inner(1.0, 2.0) == 1.0


def test_new_arrays_are_those_of_numpy():
    for one, other in zip(made(5), made.py_func(5), strict=True):
        assert (one.shape, one.dtype, one.flags.c_contiguous) == (other.shape, other.dtype, True)
    for zero in made(5)[4:]:
        assert not zero.any()


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_the_larger_and_the_smaller_number_are_chosen_as_python_does(a, b):
    np.testing.assert_array_equal(chosen(a, b), chosen.py_func(a, b))
    assert [math.copysign(1.0, x) for x in chosen(a, b)] == [math.copysign(1.0, x) for x in chosen.py_func(a, b)]


def test_whole_numbers_stay_whole():
    assert chosen(2, 7) == (7, 2)
    assert all(isinstance(x, int) for x in chosen(2, 7))
