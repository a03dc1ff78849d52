"""The larger and the smaller of two numbers, which numba compiles as a function of its own for each kind of them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from numba.core import registry, types
from numba.extending import intrinsic

__all__ = ["higher", "lower"]


class Chosen:
    """One of two numbers: the first where the comparison holds, in Python and in compiled code."""

    def __init__(self, sign: str, holds: Callable[[Any, Any], Any]) -> None:
        self.holds = holds
        self._intrinsic = _chosen(sign)

    @property
    def _numba_type_(self) -> Any:
        return registry.cpu_target.typing_context.resolve_value_type(self._intrinsic)

    def __call__(self, a: Any, b: Any) -> Any:
        """Return it."""
        return a if self.holds(a, b) else b


def _chosen(sign: str) -> Any:
    @intrinsic
    def chosen(typingctx, a, b):
        whole = isinstance(a, types.Integer) and isinstance(b, types.Integer)
        kind = types.int64 if whole else types.float64

        def codegen(context, builder, signature, args):
            one, other = (context.cast(builder, value, given, kind)
                          for value, given in zip(args, signature.args, strict=True))
            holds = builder.icmp_signed(sign, one, other) if whole else builder.fcmp_ordered(sign, one, other)
            return builder.select(holds, one, other)

        return kind(a, b), codegen

    return chosen


higher, lower = Chosen(">", operator.gt), Chosen("<", operator.lt)
