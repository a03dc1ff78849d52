"""Functions that are only ever parts of compiled ones: made machine code with those that call them, not by themselves.

numba optimises every function, makes it machine code, links it into each that calls it and does both again there. What
no one calls from Python can do without the first time: a third of the time that a first calculation compiles.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.untyped_passes import InlineClosureLikes, WithLifting

__all__ = ["LoopCompiler", "PartCompiler"]


class _Part(JITCodeLibrary):  # type: ignore[misc]
    """LLVM's code of a function and of all that it calls, to be linked."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    @property
    def codegen(self) -> Any:
        """Who keeps the environment of its machine code: there is none."""
        return self

    def set_env(self, env_name: str, env: Any) -> None:
        """Keep nothing."""

    def get_pointer_to_function(self, name: str) -> int:
        """Return that there is no machine code."""
        return 0


class LoopCompiler(Compiler):  # type: ignore[misc]
    """numba's compiler without what no loop here needs: ``with``, functions in functions, expressions of arrays."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes."""
        pipeline, = super().define_pipelines()
        if not self.state.flags.auto_parallel.enabled:
            pipeline.passes = [step for step in pipeline.passes if step[0] not in _NOT_NEEDED]
        return [pipeline]


class PartCompiler(LoopCompiler):
    """The same, without the last step."""

    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *rest: Any) -> None:
        super().__init__(typingctx, targetctx, library or _Part(targetctx.codegen(), "part"), *rest)


_NOT_NEEDED = (WithLifting, InlineClosureLikes)
