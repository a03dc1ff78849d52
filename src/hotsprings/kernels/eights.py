"""Eight doubles as one number of compiled code: of formulas, and of loops over sources that eight targets share.

The targets lie in the lanes, so that sums over few sources need no sum over lanes at their end, and what is done with
the sums is done for eight targets at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

from hotsprings.kernels.lanes import LANES, VECTOR, Lane, broadcast

__all__ = ["LANES", "anywhere", "eight", "lane_quotients", "lane_targets", "lanes_in", "put_lanes", "spread"]

_DOUBLE, _INDEX = ir.DoubleType(), ir.IntType(64)


class _Eight(types.Type):  # type: ignore[misc]
    """Eight doubles as a number of compiled code."""

    vector = VECTOR

    def __init__(self) -> None:
        super().__init__(name="eight")

    @staticmethod
    def broad(builder: Any, value: Any) -> Lane:
        """Return eight doubles, of one where only one is given."""
        return Lane(builder, value if value.type == VECTOR else broadcast(builder, value))


@register_model(_Eight)
class _Model(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, dmm: Any, kind: Any) -> None:
        super().__init__(dmm, kind, VECTOR)


eight = _Eight()


def lane_targets(body: Callable[..., Any], backwards: bool = False) -> Any:
    """Return a loop over sources, the same for eight targets, that carries numbers on for each of these.

    Parameters
    ----------
    body : callable
        Takes the numbers carried, a list of :class:`Lane`, and one for the place of the source, each array and each
        number; returns the numbers carried on.
    backwards : bool
        Whether it begins with the last source.

    Returns
    -------
    intrinsic
        ``carry(arrays, start, stop, numbers, carried)``: contiguous float64 arrays of sources, numbers of the targets
        (eights or floats) and what is carried (eights); returns that, a tuple of eights.
    """
    return _over_sources(body, (1,), lambda old, sources, given: body(old, *sources[0], *given), backwards)


def lane_quotients(terms: Callable[..., Any]) -> Any:
    """Return the same for sums of quotients, two of which share one division: it takes as long as all the rest.

    ``terms`` is a generator: it yields what it divides by, is sent the inverse, and returns what is added.
    """
    def add(old: list[Lane], sources: list[Any], given: list[Lane]) -> Any:
        running = [terms(*source, *given) for source in sources]
        new = [_sent(one, over) for one, over in zip(running, _inverses([next(one) for one in running]), strict=True)]
        return [sum(several[1:], several[0]) for several in zip(*new, old, strict=True)]

    return _over_sources(terms, (2, 1), add)


def _inverses(numbers: list[Lane]) -> list[Any]:
    if len(numbers) == 1:
        return [1.0 / numbers[0]]
    one, other = numbers
    over = 1.0 / (one * other)
    return [over * other, over * one]


def _sent(running: Any, value: Lane) -> Any:
    try:
        running.send(value)
    except StopIteration as end:
        return end.value
    raise TypeError("one division only")


def _over_sources(body: Callable[..., Any], together: tuple[int, ...], add: Callable[..., Any],
                  backwards: bool = False) -> Any:
    """Return the loop: so many sources together, and the rest."""

    @intrinsic
    def carry(typingctx: Any, arrays: Any, start: Any, stop: Any, numbers: Any, carried: Any) -> Any:
        if any(array.ndim != 1 or array.layout != "C" for array in arrays):
            raise TypeError(f"{body.__name__} takes contiguous arrays")
        kinds = types.Tuple([kind if kind == eight else types.float64 for kind in numbers])
        signature = carried(arrays, types.int64, types.int64, kinds, carried)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            pointers = [context.make_array(kind)(context, builder, builder.extract_value(args[0], i)).data
                        for i, kind in enumerate(sig.args[0])]
            given = [eight.broad(builder, value) for value in cgutils.unpack_tuple(builder, args[3])]
            places = [cgutils.alloca_once_value(builder, value) for value in cgutils.unpack_tuple(builder, args[4])]
            begin, end = args[1], args[2]
            for width in together:
                whole = builder.add(begin, builder.and_(builder.sub(end, begin), _INDEX(-width)))
                with cgutils.for_range_slice(builder, begin, whole, _INDEX(width)) as (i, _):
                    if backwards:
                        i = builder.sub(builder.add(begin, builder.sub(end, i)), _INDEX(1))
                    sources = []
                    for k in range(width):
                        at = builder.add(i, _INDEX(k))
                        values = [builder.sitofp(at, _DOUBLE), *(builder.load(builder.gep(p, [at])) for p in pointers)]
                        sources.append([Lane(builder, broadcast(builder, value)) for value in values])
                    old = [Lane(builder, builder.load(place)) for place in places]
                    for place, lane in zip(places, add(old, sources, given), strict=True):
                        builder.store(lane.value, place)
                begin = builder.select(builder.icmp_signed(">", whole, begin), whole, begin)
            return context.make_tuple(builder, sig.return_type, [builder.load(place) for place in places])

        return signature, codegen

    return carry


def _spread(typingctx: Any, numbers: Any) -> Any:
    """Return floats as eights, each eight times the same."""
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        values = [broadcast(builder, value) for value in cgutils.unpack_tuple(builder, args[0])]
        return context.make_tuple(builder, sig.return_type, values)

    return types.UniTuple(eight, len(numbers))(types.UniTuple(types.float64, len(numbers))), codegen


def lanes_in(count: int) -> Any:
    """Return ``read(rows)``: the first rows of a contiguous array (n, 8), a tuple of eights."""

    @intrinsic
    def read(typingctx: Any, rows: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            row = _row(context, builder, sig.args[0], args[0])
            values = [builder.load(row(i), align=8) for i in range(count)]
            return context.make_tuple(builder, sig.return_type, values)

        return types.UniTuple(eight, count)(rows), codegen

    return read


def _put_lanes(typingctx: Any, rows: Any, lanes: Any) -> Any:
    """Write eights to the first rows of a contiguous array (n, 8)."""
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        row = _row(context, builder, sig.args[0], args[0])
        for i, value in enumerate(cgutils.unpack_tuple(builder, args[1])):
            builder.store(value, row(i), align=8)
        return context.get_dummy_value()

    return types.void(rows, lanes), codegen


def _row(context: Any, builder: Any, kind: Any, rows: Any) -> Callable[[int], Any]:
    data = context.make_array(kind)(context, builder, rows).data
    return lambda i: builder.bitcast(builder.gep(data, [_INDEX(LANES * i)]), ir.PointerType(VECTOR))


def _anywhere(typingctx: Any, lanes: Any) -> Any:
    """Return whether any of eight numbers is above 0."""
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        above = builder.fcmp_ordered(">", args[0], ir.Constant(VECTOR, [0.0] * LANES))
        return builder.icmp_unsigned("!=", builder.bitcast(above, ir.IntType(LANES)), ir.IntType(LANES)(0))

    return types.boolean(lanes), codegen


spread: Any = intrinsic(_spread)
put_lanes: Any = intrinsic(_put_lanes)
anywhere: Any = intrinsic(_anywhere)
