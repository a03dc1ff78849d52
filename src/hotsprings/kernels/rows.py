"""Rows of numbers with several parts each, four numbers at a time: what linear algebra in 32 digits consists of.

A row is a contiguous array (parts, n): (2, n) double-doubles, (4, n) complex ones. A step along rows is written once
for each kernel that takes it, and called there: inlined, its arithmetic would be compiled at every place again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from hotsprings.kernels.formulas import filled, flattened, kind_of, leaves
from hotsprings.kernels.lanes import Lane

__all__ = ["along_rows"]

LANES = 4  # 32 digits of complex numbers fill the registers: more at a time would be put aside and fetched again
_DOUBLE, _INDEX, _SHORT = ir.DoubleType(), ir.IntType(64), ir.IntType(32)
_VECTOR, _MASK = ir.VectorType(_DOUBLE, LANES), ir.VectorType(ir.IntType(1), LANES)
_POINTER = ir.PointerType(_DOUBLE)


class _Four(Lane):
    """Four doubles."""

    count = LANES


def along_rows(*parts: int) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that makes a step along rows of a formula for one place.

    Parameters
    ----------
    *parts : int
        How many parts the numbers of each row have.

    Returns
    -------
    callable
        Takes a function of the rows (tuples of parts) and of numbers, which returns what replaces the first rows; gives
        ``step(rows, start, stop, numbers)`` for compiled code: it changes places start … stop-1.
    """

    def made(body: Callable[..., Any]) -> Any:
        @intrinsic
        def step(typingctx: Any, rows: Any, start: Any, stop: Any, numbers: Any) -> Any:
            if len(rows) != len(parts) or any(a.ndim != 2 or a.layout != "C" for a in rows):
                raise TypeError(f"{body.__name__} takes {len(parts)} contiguous rows")
            signature = types.void(rows, types.int64, types.int64, kind_of(numbers))

            def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
                places = []
                for i, kind in enumerate(sig.args[0]):
                    row = context.make_array(kind)(context, builder, builder.extract_value(args[0], i))
                    places += [row.data, builder.extract_value(row.shape, 1)]
                loop = _function(builder.module, body, parts, sig.args[3])
                builder.call(loop, [*places, args[1], args[2], *flattened(builder, args[3], sig.args[3])])
                return context.get_dummy_value()

            return signature, codegen

        return step

    return made


def _function(module: Any, body: Callable[..., Any], parts: tuple[int, ...], numbers: Any) -> Any:
    """Return the loop as a function of a module, written when first asked for."""
    name = f"{body.__module__}.{body.__name__}"
    if name in module.globals:
        return module.globals[name]
    kinds = [_POINTER, _INDEX] * len(parts) + [_INDEX] * 2 + [_DOUBLE] * len(leaves(numbers))
    made = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    made.linkage = "linkonce_odr"
    for attribute in ("noinline", "nounwind"):
        made.attributes.add(attribute)
    builder = ir.IRBuilder(made.append_basic_block("entry"))
    start, stop = made.args[2 * len(parts) : 2 * len(parts) + 2]
    broad = iter([_Four(builder, spread(builder, value)) for value in made.args[2 * len(parts) + 2 :]])
    given = filled(numbers, lambda: next(broad))
    with cgutils.for_range_slice(builder, start, stop, _INDEX(LANES)) as (i, _):
        lanes = ir.Constant(ir.VectorType(_INDEX, LANES), list(range(LANES)))
        mask = builder.icmp_signed("<", lanes, spread(builder, builder.sub(stop, i)))
        places = [[_place(builder, made.args[2 * r], made.args[2 * r + 1], part, i) for part in range(count)]
                  for r, count in enumerate(parts)]
        rows = [tuple(_Four(builder, _read(builder, place, mask)) for place in row) for row in places]
        for row, new in zip(places, body(*rows, *given), strict=False):
            for place, value in zip(row, new, strict=True):
                _write(builder, place, mask, value.value)
    builder.ret_void()
    return made


def spread(builder: Any, value: Any) -> Any:
    """Return four times the same value."""
    kind = ir.VectorType(value.type, LANES)
    lanes = builder.insert_element(ir.Constant(kind, ir.Undefined), value, _SHORT(0))
    return builder.shuffle_vector(lanes, ir.Constant(kind, ir.Undefined), ir.Constant(ir.VectorType(_SHORT, LANES),
                                                                                      [0] * LANES))


def _place(builder: Any, pointer: Any, length: Any, part: int, i: Any) -> Any:
    first = builder.add(builder.mul(length, _INDEX(part)), i)
    return builder.bitcast(builder.gep(pointer, [first]), ir.PointerType(_VECTOR))


def _read(builder: Any, place: Any, mask: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [place.type, _SHORT, _MASK, _VECTOR])
    load = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.load.v{LANES}f64.p0")
    return builder.call(load, [place, _SHORT(8), mask, ir.Constant(_VECTOR, [1.0] * LANES)])


def _write(builder: Any, place: Any, mask: Any, value: Any) -> None:
    kind = ir.FunctionType(ir.VoidType(), [_VECTOR, place.type, _SHORT, _MASK])
    store = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.store.v{LANES}f64.p0")
    builder.call(store, [value, place, _SHORT(8), mask])
