"""How the loops are compiled: where the code is kept, on how many threads it runs, and who may stop it.

Every kernel releases the GIL, so that Ctrl-C is seen while it runs. What numba compiles for all threads is compiled for
one thread too, from the same source and to the same bits: that takes a quarter of the time, and does for small systems,
for one thread, and in a child of ``fork``, where GNU OpenMP cannot start again.
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import os
import pickle
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba import prange
from numba.core import event, types
from numba.core.caching import FunctionCache, NullCache
from numba.extending import intrinsic

from hotsprings import progress
from hotsprings.errors import CacheWarning, tell
from hotsprings.kernels.parts import LoopCompiler, PartCompiler

__all__ = ["Kernel", "Threaded", "apart", "exclusive", "njit", "prange"]

SHARED = 4e6  # terms of a sum (of some nanoseconds each) from which all threads together are worth their compilation
WAIT = 0.1  # seconds between looks at what another process compiles
_crowd = threading.RLock()  # numba's own thread pool (where there is no OpenMP or TBB) serves one caller at a time
_forked = [False]
beside = threading.local()  # threads that work side by side say so: ``beside.on``
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _forked.__setitem__(0, True))


class Kernel:
    """One loop: called from Python with its code kept; in compiled code a part of whoever calls it, not kept by itself.

    What only Python needs (a wrapper, a file) is made for those alone that Python calls, which halves compilation.
    """

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        self.py_func, self.__wrapped__ = function, function
        self.__doc__, self.__name__, self.__module__ = function.__doc__, function.__name__, function.__module__
        self.outer = _dispatcher(function, options)
        part = {} if options.get("parallel") else {"pipeline_class": PartCompiler}
        self.inner = numba.njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, **part, **options)(function)

    @property
    def _numba_type_(self) -> Any:
        return types.Dispatcher(self.inner)

    def __call__(self, *args: Any) -> Any:
        """Run the loop."""
        return self.outer(*args)


class Threaded:
    """One loop compiled twice when needed: for one thread, and for all.

    Called from Python, it takes all threads where ``work(*args)`` terms are worth it; from compiled code, always.
    """

    def __init__(self, function: Callable[..., Any], options: dict[str, Any],
                 work: Callable[..., float] | None) -> None:
        self.work, self.__doc__, self.__name__ = work, function.__doc__, function.__name__
        self.py_func, self.__wrapped__, self.__module__ = function, function, function.__module__
        self.alone = Kernel(function, options)
        self.all = Kernel(function, {**options, "parallel": True})

    @property
    def _numba_type_(self) -> Any:
        return types.Dispatcher(self.all.inner)

    def __call__(self, *args: Any) -> Any:
        """Run the loop."""
        if alone() or (self.work is not None and self.work(*args) < SHARED):
            return self.alone(*args)
        with _crowd:
            return self.all(*args)


def alone() -> bool:
    """Return whether a loop has one thread only: the process was told so or forked, or others work beside this one."""
    return bool(_forked[0] or numba.config.NUMBA_NUM_THREADS == 1 or getattr(beside, "on", False))


def exclusive(kernel: Any) -> Any:
    """Return a kernel that starts threads within as a function of Python: one caller at a time, none after a fork."""

    def call(*args: Any) -> Any:
        with _crowd:
            return kernel(*args)

    call.__doc__, call.__name__ = kernel.__doc__, kernel.py_func.__name__
    call.__wrapped__ = kernel  # type: ignore[attr-defined]
    return call


def njit(function: Callable[..., Any] | None = None, *, work: Callable[..., float] | None = None,
         **options: Any) -> Any:
    """Compile a function as ``numba.njit`` does, the code kept where there is a place for it.

    Parameters
    ----------
    function : callable, optional
    work : callable, optional
        With ``parallel=True``: returns from the arguments how many terms a call sums.
    **options
        Those of ``numba.njit``; ``cache`` is taken as true.

    Returns
    -------
    Kernel, or Threaded with ``parallel=True``; a dispatcher of numba's for what is inlined where it is called
    """
    if function is None:
        return lambda later: njit(later, work=work, **options)
    options.pop("cache", None)
    if options.pop("parallel", False):
        return Threaded(function, options, work)
    if options.get("inline") == "always":
        return numba.njit(**options)(function)
    return Kernel(function, options)


@intrinsic
def apart(typingctx: Any) -> Any:
    """Keep the function that says this a function of its own, not copied to where it is called: for long ones."""
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), codegen


def _dispatcher(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    loop = {} if options.get("parallel") else {"pipeline_class": LoopCompiler}
    dispatcher = numba.njit(nogil=True, no_cfunc_wrapper=True, **loop, **options)(function)
    try:
        dispatcher._cache = _Cache(function, bool(options.get("parallel"))) if _place() else NullCache()
    except (RuntimeError, OSError):  # a function without a file, or a place that has gone
        dispatcher._cache = NullCache()
    return dispatcher


class _Cache(FunctionCache):  # type: ignore[misc]
    """Compiled code on the disk, stale when any kernel changes, and never a reason to fail."""

    def __init__(self, function: Callable[..., Any], parallel: bool) -> None:
        super().__init__(function)
        file = self._cache_file
        file._source_stamp = _stamp()
        if parallel:
            base = self._impl.filename_base.replace("-", "-all-", 1)
            file._index_name, file._data_name_pattern = f"{base}.nbi", f"{base}.{{number:d}}.nbc"
            file._index_path = str(Path(file._cache_path) / file._index_name)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is kept, or None where there is nothing or it cannot be read."""
        try:
            found = super().load_overload(sig, target_context)
            while found is None and any(helper.is_at(self._py_func) for helper in helpers.values()):
                found = super().load_overload(sig, target_context)
        except Exception:  # a damaged file raises anything
            return None
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, if there is room for it."""
        try:
            try:
                super().save_overload(sig, data)
            except (pickle.PickleError, EOFError, ValueError, TypeError, AttributeError, ImportError, IndexError):
                Path(self._cache_file._index_path).unlink(missing_ok=True)  # the index is damaged: a new one
                super().save_overload(sig, data)
        except OSError as err:
            self.disable()
            _say(f"compiled code cannot be kept in {self.cache_path} ({err.strerror or err})")


class Helper:
    """A second process that compiles (see ``ahead``), and the functions that it will have compiled when it ends."""

    def __init__(self, process: subprocess.Popen[bytes] | None, functions: frozenset[Callable[..., Any]]) -> None:
        self.process, self.functions = process, functions

    def is_at(self, function: Callable[..., Any]) -> bool:
        """Return whether it may yet compile a function, after a moment's wait."""
        if self.process is None or function not in self.functions:
            return False
        try:
            self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            return True
        self.functions -= {function}  # it has ended: one more look
        return True


helpers: dict[str, Helper] = {}  # by what they compile


@cache
def _stamp() -> str:
    """Return a digest of all kernels: a kernel is compiled again when one that it calls has changed."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def _place() -> bool:
    """Return whether compiled code can be kept; a directory that goes when the process ends is better than none."""
    probe: Callable[..., Any] = _stamp.__wrapped__
    try:
        FunctionCache(probe)
    except (RuntimeError, OSError):
        pass
    else:
        return True
    try:
        directory = tempfile.mkdtemp(prefix="hotsprings-")
    except OSError:
        _say("there is no place to keep compiled code")
        return False
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(directory, ignore_errors=True)

    atexit.register(remove)
    numba.config.CACHE_DIR = directory
    os.environ["NUMBA_CACHE_DIR"] = directory  # for the processes of a sweep
    _say("there is no lasting place to keep compiled code")
    return True


@cache
def _say(what: str) -> None:
    tell(f"{what}, so kernels are compiled anew in every run, which takes some seconds each time: set "
         "NUMBA_CACHE_DIR to a directory that can be written", CacheWarning)


class _Teller(event.Listener):  # type: ignore[misc]
    """Reports that a kernel is being compiled, and spares it the walks of Python's collector over all that there is."""

    def __init__(self) -> None:
        self.depth, self.collecting = 0, False

    def on_start(self, event: Any) -> None:
        """Report the kernel."""
        if self.depth == 0:
            self.collecting = gc.isenabled()
            gc.disable()
        self.depth += 1
        function = event.data["dispatcher"].py_func
        if function.__module__.startswith("hotsprings."):
            progress.report(f"compiling, once on this machine ({function.__name__})")

    def on_end(self, event: Any) -> None:
        """Let the collector go on."""
        self.depth -= 1
        if self.depth == 0 and self.collecting:
            if not gc.get_freeze_count():
                gc.freeze()  # as if it had walked over all that there is now, and not for nothing
                gc.unfreeze()
            gc.enable()


event.register("numba:compile", _Teller())


@contextmanager
def one_thread() -> Iterator[None]:
    """Let the calling thread do all the work."""
    if alone():
        yield
        return
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)
