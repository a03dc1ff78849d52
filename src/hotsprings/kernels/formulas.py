"""Formulas of a few numbers, written once: for Python's floats, for compiled code, and for several numbers at a time.

A formula is a function by + - * /, ``fma`` and what a :class:`Number` has of numbers and tuples of numbers, without
branches. Compiled code that uses it gets the operations one by one, as they are written and each rounded by itself,
also within a loop that may reassociate. Nothing is typed or compiled for it alone, which takes a tenth of a second for
each function of numba's. Where one number is eight of them (``lanes.eight``), all are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from llvmlite import ir
from numba.core import cgutils, registry, types
from numba.extending import intrinsic

__all__ = ["Complex", "Formula", "Number", "filled", "flattened", "fma", "kind_of", "leaves"]

_DOUBLE = ir.DoubleType()
_STRICT, _STRICT_QUOTIENT = ("arcp",), ("contract",)  # mean nothing there, and keep numba's fastmath from adding others


class Number:
    """One double of a function that is being compiled; each operation rounds once."""

    suffix = "f64"  # of LLVM's names

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def _of(self, other: Any) -> Any:
        return other.value if isinstance(other, Number) else self.constant(float(other))

    def constant(self, value: float) -> Any:
        """Return a constant of the same kind."""
        return ir.Constant(_DOUBLE, value)

    def _made(self, value: Any) -> Any:
        return type(self)(self.builder, value)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Complex):
            return NotImplemented
        return self._made(self.builder.fadd(self.value, self._of(other), flags=_STRICT))

    def __radd__(self, other: float) -> Any:
        return self._made(self.builder.fadd(self._of(other), self.value, flags=_STRICT))

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, Complex):
            return NotImplemented
        return self._made(self.builder.fsub(self.value, self._of(other), flags=_STRICT))

    def __rsub__(self, other: float) -> Any:
        return self._made(self.builder.fsub(self._of(other), self.value, flags=_STRICT))

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Complex):
            return NotImplemented
        return self._made(self.builder.fmul(self.value, self._of(other), flags=_STRICT))

    def __rmul__(self, other: float) -> Any:
        return self._made(self.builder.fmul(self._of(other), self.value, flags=_STRICT))

    def __truediv__(self, other: Any) -> Any:
        return self._made(self.builder.fdiv(self.value, self._of(other), flags=_STRICT_QUOTIENT))

    def __rtruediv__(self, other: float) -> Any:
        return self._made(self.builder.fdiv(self._of(other), self.value, flags=_STRICT_QUOTIENT))

    def __neg__(self) -> Any:
        return self._made(self.builder.fneg(self.value))

    def fma(self, factor: Any, term: Any) -> Any:
        """Return self · factor + term, rounded once."""
        return self._made(self.builder.fma(self.value, self._of(factor), self._of(term)))

    def exceeds(self, least: Any, value: Any, other: Any) -> Any:
        """Return ``value`` where self is above ``least``, ``other`` elsewhere."""
        higher = self.builder.fcmp_ordered(">", self.value, self._of(least))
        return self._made(self.builder.select(higher, self._of(value), self._of(other)))

    def sqrt(self) -> Any:
        """Return the square root."""
        kind = ir.FunctionType(self.value.type, [self.value.type])
        root = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.sqrt.{self.suffix}")
        return self._made(self.builder.call(root, [self.value]))


class Complex:
    """A complex number of a formula, of two numbers; real ones are numbers as such."""

    def __init__(self, real: Any, imag: Any) -> None:
        self.real, self.imag = real, imag

    @property
    def parts(self) -> tuple[Any, Any]:
        """Real and imaginary part."""
        return self.real, self.imag

    def square(self) -> Any:
        """Return |z|²."""
        return fma(self.real, self.real, self.imag * self.imag)

    def __add__(self, other: Any) -> Complex:
        if isinstance(other, Complex):
            return Complex(self.real + other.real, self.imag + other.imag)
        return Complex(self.real + other, self.imag)

    __radd__ = __add__

    def __neg__(self) -> Complex:
        return Complex(-self.real, -self.imag)

    def __sub__(self, other: Any) -> Complex:
        return self + -other

    def __rsub__(self, other: Any) -> Complex:
        return -self + other

    def __mul__(self, other: Any) -> Complex:
        if isinstance(other, Complex):
            return Complex(fma(self.real, other.real, -(self.imag * other.imag)),
                           fma(self.real, other.imag, self.imag * other.real))
        return Complex(self.real * other, self.imag * other)

    __rmul__ = __mul__

    def turned(self) -> Complex:
        """Return i z."""
        return Complex(-self.imag, self.real)

    def inverse(self, square: Any = None) -> Complex:
        """Return 1/z; ``square``: another number than |z|² in its place."""
        over = 1.0 / (self.square() if square is None else square)
        return Complex(self.real * over, -(self.imag * over))

    def __truediv__(self, other: Complex) -> Complex:
        return self * other.inverse()

    def __rtruediv__(self, other: Any) -> Complex:
        return self.inverse() * other


class _Shape(Number):
    """What a formula is tried on, to see what it returns."""

    def __init__(self) -> None:
        pass

    def _same(self, *other: Any) -> Any:
        return NotImplemented if any(isinstance(one, Complex) for one in other) else self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _same
    fma = exceeds = sqrt = _same  # type: ignore[assignment]


class Formula:
    """A formula: called from Python it takes floats (or what acts as such), from compiled code doubles and tuples."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.__wrapped__ = function, function
        self.__doc__, self.__name__, self.__module__ = function.__doc__, function.__name__, function.__module__
        self._intrinsic = _written(function)

    @property
    def _numba_type_(self) -> Any:
        return registry.cpu_target.typing_context.resolve_value_type(self._intrinsic)

    def __call__(self, *args: Any) -> Any:
        """Return the value."""
        return self.function(*args)


def _written(function: Callable[..., Any]) -> Any:
    """Return the formula as an intrinsic of numba's: a function in the caller's module, which LLVM inlines."""
    parameters = list(inspect.signature(function).parameters.values())

    def definition(typingctx: Any, *given: Any) -> Any:
        kinds = [kind_of(argument) for argument in given]
        result = function(*(filled(kind, _Shape) for kind in kinds))
        signature = _typed(result, widest(kinds))(*kinds)

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            flat = [number for value, kind in zip(args, signature.args, strict=True)
                    for number in flattened(builder, value, kind)]
            body = _body(builder.module, function, signature)
            return builder.call(body, flat)

        return signature, codegen

    definition.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("typingctx", inspect.Parameter.POSITIONAL_OR_KEYWORD), *parameters])
    definition.__name__, definition.__doc__ = function.__name__, function.__doc__
    return intrinsic(definition)


def kind_of(argument: Any) -> Any:
    """Return doubles, or several of them, for the numbers in an argument."""
    if isinstance(argument, types.BaseTuple):
        return types.Tuple([kind_of(part) for part in argument])
    return argument if hasattr(argument, "broad") else types.float64


def widest(kinds: Any) -> Any:
    """Return the kind of several doubles where there is one, that of one double elsewhere."""
    return next((leaf for kind in kinds for leaf in leaves(kind) if hasattr(leaf, "broad")), types.float64)


def filled(kind: Any, number: Callable[[], Any]) -> Any:
    """Return numbers in the shape of an argument."""
    if isinstance(kind, types.BaseTuple):
        return tuple(filled(part, number) for part in kind)
    return number()


def _typed(result: Any, number: Any) -> Any:
    return types.Tuple([_typed(part, number) for part in result]) if isinstance(result, tuple) else number


def flattened(builder: Any, value: Any, kind: Any) -> list[Any]:
    """Return the doubles in an argument."""
    if not isinstance(kind, types.BaseTuple):
        return [value]
    parts: list[Any] = list(kind)
    return [number for i, part in enumerate(parts)
            for number in flattened(builder, builder.extract_value(value, i), part)]


def _body(module: Any, function: Callable[..., Any], signature: Any) -> Any:
    """Return the function that the formula is in a module, written when first asked for."""
    given = [leaf for kind in signature.args for leaf in leaves(kind)]
    shape = ".".join(str(len(leaves(kind))) for kind in signature.args)
    wide = widest(signature.args)
    if hasattr(wide, "broad"):
        shape += "." + "".join("v" if leaf == wide else "d" for leaf in given)
    name = f"{function.__module__}.{function.__name__}.{shape}"
    if name in module.globals:
        return module.globals[name]
    made = ir.Function(module, ir.FunctionType(_value_type(signature.return_type), [_value_type(k) for k in given]),
                       name)
    made.linkage = "linkonce_odr"
    made.attributes.add("alwaysinline")
    made.attributes.add("nounwind")
    builder = ir.IRBuilder(made.append_basic_block())
    number = wide.broad if hasattr(wide, "broad") else Number
    numbers = iter([number(builder, value) for value in made.args])
    result = function(*(filled(kind, lambda: next(numbers)) for kind in signature.args))
    builder.ret(_packed(builder, result, signature.return_type))
    return made


def leaves(kind: Any) -> list[Any]:
    """Return the types of the numbers in a type."""
    return [leaf for part in kind for leaf in leaves(part)] if isinstance(kind, types.BaseTuple) else [kind]


def _value_type(kind: Any) -> Any:
    if not isinstance(kind, types.BaseTuple):
        return kind.vector if hasattr(kind, "broad") else _DOUBLE
    parts = [_value_type(part) for part in kind]
    return ir.ArrayType(parts[0], len(parts)) if isinstance(kind, types.UniTuple) else ir.LiteralStructType(parts)


def _packed(builder: Any, result: Any, kind: Any) -> Any:
    if not isinstance(kind, types.BaseTuple):
        number = result if isinstance(result, Number) else Number(builder, ir.Constant(_DOUBLE, float(result)))
        return kind.broad(builder, number.value).value if hasattr(kind, "broad") else number.value
    made = ir.Constant(_value_type(kind), ir.Undefined)
    for i, (part, inner) in enumerate(zip(result, kind, strict=True)):
        made = builder.insert_value(made, _packed(builder, part, inner), i)
    return made


@Formula
def fma(a, b, c):
    """Fused multiply-add, a b + c with one rounding."""
    for factor, other in ((a, b), (b, a)):
        if isinstance(factor, Number):
            return factor.fma(other, c)
    return float(Fraction(a) * Fraction(b) + Fraction(c))
