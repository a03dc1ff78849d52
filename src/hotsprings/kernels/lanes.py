"""Sums in eight lanes: element i is added in lane i mod 8, and the lanes are added as a tree, on every machine.

A compiler that may reassociate adds in an order of its own, which it chooses anew for each place where a loop is
inlined: then a result depends on who called first. Here the order is part of the program, and the loop is made of
vector instructions without the compiler's help.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from hotsprings.kernels.formulas import Number

__all__ = ["LANES", "VECTOR", "Lane", "broadcast", "lane_folds", "lane_stores", "lane_sums"]

LANES = 8
_DOUBLE, _INDEX = ir.DoubleType(), ir.IntType(64)
VECTOR = ir.VectorType(_DOUBLE, LANES)


class Lane(Number):
    """Eight doubles of a loop that is being written down; ``fma`` rounds once, the other operations each by itself."""

    count: int = LANES

    @property
    def suffix(self) -> str:  # type: ignore[override]
        """That of LLVM's names."""
        return f"v{self.count}f64"

    def _made(self, value: Any) -> Any:
        made = Lane(self.builder, value)
        made.count = self.count
        return made

    def constant(self, value: float) -> Any:
        """Return so many times the same."""
        return ir.Constant(ir.VectorType(_DOUBLE, self.count), [value] * self.count)

    def fma(self, factor: Lane, term: Lane | float) -> Lane:
        """Return self · factor + term."""
        kind = ir.FunctionType(self.value.type, [self.value.type] * 3)
        fused = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.fma.{self.suffix}")
        return self._made(self.builder.call(fused, [self.value, self._of(factor), self._of(term)]))

    def above(self, least: Lane, value: Lane) -> Lane:
        """Return ``value`` where self is above ``least`` or no number, and 0 elsewhere."""
        higher = self.builder.fcmp_unordered(">", self.value, least.value)
        return self._made(self.builder.select(higher, value.value, ir.Constant(VECTOR, [0.0] * LANES)))


Body = Callable[..., tuple[Lane, ...]]


def lane_sums(body: Body, stores: int = 0) -> Any:
    """Return a sum that compiled code can call, from a function that returns the terms of one element.

    Parameters
    ----------
    body : callable
        Takes a :class:`Lane` for each array and each number, and returns the terms, a tuple of Lanes.
    stores : int
        How many of the first arrays get new elements: what the body returns before the terms.

    Returns
    -------
    intrinsic
        ``sums(arrays, start, stop, numbers)``: tuples of contiguous float64 arrays and of floats; returns the sums over
        start … stop-1, a tuple of floats.
    """
    n_sums = int(body.__annotations__["return"].count("Lane")) - stores

    def write(builder: Any, pointers: list[Any], numbers: list[Any]) -> _Loop:
        return _Loop(builder, body, pointers, numbers, n_sums, stores)

    return _loop(body, body.__code__.co_argcount, n_sums, write)


def lane_stores(body: Body, stores: int) -> Any:
    """Return a loop that gives the first ``stores`` of its arrays new elements, those the body returns.

    Called as a sum of :func:`lane_sums`; returns nothing.
    """
    def write(builder: Any, pointers: list[Any], numbers: list[Any]) -> _Loop:
        return _Loop(builder, body, pointers, numbers, 0, stores)

    return _loop(body, body.__code__.co_argcount, 0, write)


def lane_folds(body: Body, join: Body, start: tuple[float, ...]) -> Any:
    """Return a loop that carries numbers on from element to element, in eight lanes that are joined at its end.

    Parameters
    ----------
    body : callable
        Takes a :class:`Lane` for each number carried, each array and each number; returns the numbers carried on.
    join : callable
        Takes the numbers of two lanes, one after the other, and returns those of both.
    start : tuple of float
        The numbers carried of no element.

    Returns
    -------
    intrinsic
        ``folds(arrays, start, stop, numbers)``, as that of :func:`lane_sums`; returns the numbers carried.
    """

    def write(builder: Any, pointers: list[Any], numbers: list[Any]) -> _Loop:
        return _Fold(builder, body, pointers, numbers, join, start)

    return _loop(body, body.__code__.co_argcount - len(start), len(start), write)


def _loop(body: Body, count: int, n_sums: int, write: Callable[..., _Loop]) -> Any:
    """Return the intrinsic of a loop over ``count`` arrays and numbers."""

    @intrinsic
    def looped(typingctx: Any, arrays: Any, start: Any, stop: Any, numbers: Any) -> Any:
        if len(arrays) + len(numbers) != count or any(a.ndim != 1 or a.layout != "C" for a in arrays):
            raise TypeError(f"{body.__name__} takes {count} contiguous arrays and numbers")
        given = types.Tuple([types.float64] * len(numbers))
        result = types.UniTuple(types.float64, n_sums) if n_sums else types.void
        signature = result(arrays, types.int64, types.int64, given)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            pointers = [context.make_array(kind)(context, builder, builder.extract_value(args[0], i)).data
                        for i, kind in enumerate(sig.args[0])]
            broad = [broadcast(builder, builder.extract_value(args[3], i)) for i in range(len(sig.args[3]))]
            totals = write(builder, pointers, broad).sums(args[1], args[2])
            return context.make_tuple(builder, sig.return_type, totals) if n_sums else context.get_dummy_value()

        return signature, codegen

    return looped


def broadcast(builder: Any, value: Any) -> Any:
    """Return eight times the same."""
    lanes = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(lanes, ir.Constant(VECTOR, ir.Undefined),
                                  ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


class _Loop:
    """The loop over eight elements at a time, and its end, where lanes without an element add nothing."""

    def __init__(self, builder: Any, body: Body, pointers: list[Any], numbers: list[Any], n_sums: int,
                 stores: int) -> None:
        self.stores = stores
        self.builder, self.body, self.pointers, self.numbers = builder, body, pointers, numbers
        self.totals = [cgutils.alloca_once(builder, VECTOR) for _ in range(n_sums)]
        self.start: tuple[float, ...] = (0.0,) * n_sums

    def sums(self, start: Any, stop: Any) -> list[Any]:
        """Write the loop; return the sum of each term."""
        builder = self.builder
        for total, value in zip(self.totals, self.start, strict=True):
            builder.store(ir.Constant(VECTOR, [value] * LANES), total)
        length = builder.sub(stop, start)
        length = builder.select(builder.icmp_signed(">", length, _INDEX(0)), length, _INDEX(0))
        rest = builder.and_(length, _INDEX(LANES - 1))
        whole = builder.sub(length, rest)
        with cgutils.for_range_slice(builder, start, builder.add(start, whole), _INDEX(LANES)) as (i, _):
            self._add(i, None)
        with builder.if_then(builder.icmp_signed(">", rest, _INDEX(0))):
            lane = ir.Constant(ir.VectorType(_INDEX, LANES), list(range(LANES)))
            self._add(builder.add(start, whole), builder.icmp_signed("<", lane, self._spread(rest)))
        return self._joined([builder.load(total) for total in self.totals])

    def _joined(self, totals: list[Any]) -> list[Any]:
        return [self._across(total) for total in totals]

    def _spread(self, value: Any) -> Any:
        empty = ir.Constant(ir.VectorType(_INDEX, LANES), ir.Undefined)
        lanes = self.builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(lanes, empty, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))

    def _add(self, i: Any, mask: Any) -> None:
        """Add the terms of eight elements from i on; of those in the mask, where there is one."""
        builder = self.builder
        elements = [Lane(builder, self._read(pointer, i, mask)) for pointer in self.pointers]
        terms = self.body(*elements, *(Lane(builder, number) for number in self.numbers))
        for pointer, new in zip(self.pointers, terms[:self.stores], strict=False):
            self._write(pointer, i, mask, new.value)
        for total, term in zip(self.totals, terms[self.stores:], strict=True):
            value = term.value
            if mask is not None:
                value = builder.select(mask, value, ir.Constant(VECTOR, [0.0] * LANES))
            builder.store(builder.fadd(builder.load(total), value), total)

    def _read(self, pointer: Any, i: Any, mask: Any) -> Any:
        builder = self.builder
        place = builder.bitcast(builder.gep(pointer, [i]), ir.PointerType(VECTOR))
        if mask is None:
            return builder.load(place, align=8)
        kind = ir.FunctionType(VECTOR, [ir.PointerType(VECTOR), ir.IntType(32), mask.type, VECTOR])
        masked = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.load.v{LANES}f64.p0")
        return builder.call(masked, [place, ir.IntType(32)(8), mask, ir.Constant(VECTOR, [1.0] * LANES)])

    def _write(self, pointer: Any, i: Any, mask: Any, value: Any) -> None:
        builder = self.builder
        place = builder.bitcast(builder.gep(pointer, [i]), ir.PointerType(VECTOR))
        if mask is None:
            builder.store(value, place, align=8)
            return
        kind = ir.FunctionType(ir.VoidType(), [VECTOR, ir.PointerType(VECTOR), ir.IntType(32), mask.type])
        masked = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.store.v{LANES}f64.p0")
        builder.call(masked, [value, place, ir.IntType(32)(8), mask])

    def _across(self, lanes: Any) -> Any:
        builder = self.builder
        parts = [builder.extract_element(lanes, ir.Constant(ir.IntType(32), i)) for i in range(LANES)]
        while len(parts) > 1:
            half = len(parts) // 2
            parts = [builder.fadd(parts[i], parts[i + half]) for i in range(half)]
        return parts[0]


class _Fold(_Loop):
    """The same where what is carried is more than a sum of each."""

    def __init__(self, builder: Any, body: Body, pointers: list[Any], numbers: list[Any], join: Body,
                 start: tuple[float, ...]) -> None:
        super().__init__(builder, body, pointers, numbers, len(start), 0)
        self.join, self.start = join, start

    def _add(self, i: Any, mask: Any) -> None:
        builder = self.builder
        old = [Lane(builder, builder.load(total)) for total in self.totals]
        elements = [Lane(builder, self._read(pointer, i, mask)) for pointer in self.pointers]
        new = self.body(*old, *elements, *(Lane(builder, number) for number in self.numbers))
        for total, before, after in zip(self.totals, old, new, strict=True):
            value = after.value if mask is None else builder.select(mask, after.value, before.value)
            builder.store(value, total)

    def _joined(self, totals: list[Any]) -> list[Any]:
        """Join one half of the lanes with the other, until one is left."""
        builder, count = self.builder, LANES
        while count > 1:
            count //= 2
            halves = [[self._half(total, range(first, first + count)) for total in totals] for first in (0, count)]
            totals = [lane.value for lane in self.join(*halves[0], *halves[1])]
        return [builder.extract_element(total, ir.Constant(ir.IntType(32), 0)) for total in totals]

    def _half(self, lanes: Any, places: range) -> Lane:
        which = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), list(places))
        half = Lane(self.builder, self.builder.shuffle_vector(lanes, ir.Constant(lanes.type, ir.Undefined), which))
        half.count = len(places)
        return half
