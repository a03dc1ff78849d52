"""New arrays of compiled loops, made without numba's compiling a function of its own for each kind of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import cgutils, registry, types
from numba.extending import intrinsic
from numba.np.arrayobj import _empty_nd_impl

__all__ = ["floats", "integers", "truths", "waves", "zero_floats", "zero_truths", "zero_waves"]


class NewArray:
    """Makes arrays of one kind: ``floats(n)`` or ``floats((n, 4))``, in Python and in compiled code."""

    def __init__(self, dtype: Any, zero: bool = False) -> None:
        self.dtype, self.zero = dtype, zero
        self._intrinsic = _made(dtype, zero)

    @property
    def _numba_type_(self) -> Any:
        return registry.cpu_target.typing_context.resolve_value_type(self._intrinsic)

    def __call__(self, shape: Any) -> Any:
        """Return a new array, its elements not set, or 0."""
        return (np.zeros if self.zero else np.empty)(shape, self.dtype)


def _made(kind: Any, zero: bool) -> Any:
    @intrinsic
    def made(typingctx, shape):
        lengths = list(shape) if isinstance(shape, types.BaseTuple) else [shape]
        array = types.Array(_KINDS[kind], len(lengths), "C")

        def codegen(context, builder, signature, args):
            given = cgutils.unpack_tuple(builder, args[0]) if isinstance(signature.args[0], types.BaseTuple) else args
            kinds = list(signature.args[0]) if isinstance(signature.args[0], types.BaseTuple) else signature.args
            sizes = [context.cast(builder, size, one, types.intp) for size, one in zip(given, kinds, strict=True)]
            new = _empty_nd_impl(context, builder, array, sizes)
            if zero:
                cgutils.memset(builder, new.data, builder.mul(new.itemsize, new.nitems), 0)
            return new._getvalue()

        return array(shape), codegen

    return made


_KINDS = {np.float64: types.float64, np.complex128: types.complex128, np.int64: types.int64, np.bool_: types.boolean}
floats, waves, integers, truths = (NewArray(kind) for kind in _KINDS)
zero_floats, zero_waves, zero_truths = (NewArray(kind, True) for kind in (np.float64, np.complex128, np.bool_))
