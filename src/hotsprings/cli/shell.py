"""Manners in a shell: one line for a warning, one message and an exit code for a failure, never a traceback."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from cyclopts import CycloptsError

__all__ = ["guarded", "interruptible", "orderly_end", "printable", "tidy_warnings"]

TERMINATED = 128 + int(signal.SIGTERM)
STOPPED = "stopped; no file was left half written"


@contextmanager
def tidy_warnings() -> Iterator[None]:
    """Show each warning as one line on stderr, once."""
    import warnings

    seen: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        text = " ".join(str(message).split())
        if text not in seen:
            seen.add(text)
            print(f"hotsprings: warning: {printable(text)}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield


@contextmanager
def orderly_end() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that files being written are cleaned up."""
    def stop(*_: Any) -> None:
        raise SystemExit(TERMINATED)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # a callback of the compiler drops what is raised in it: the thread of `interruptible` ends the process then
    before, told = signal.signal(signal.SIGTERM, stop), sys.unraisablehook
    sys.unraisablehook = lambda lost: None if isinstance(lost.exc_value, SystemExit | KeyboardInterrupt) else told(lost)
    try:
        yield
    finally:
        sys.unraisablehook = told
        signal.signal(signal.SIGTERM, before)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C or SIGTERM end what is done within in two seconds, also where a library does not let Python act.

    On Windows, and outside the main thread, Python alone does what it can.
    """
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return
    from hotsprings import progress
    from hotsprings.kernels import watch

    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    watch.start(reading)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
    finally:
        progress.shared[1] = 1
        signal.set_wakeup_fd(before)
        os.close(writing)


def guarded(command: Callable[[], Any]) -> int:
    """Run a command; every failure ends in one message on stderr and an exit code.

    Parameters
    ----------
    command : callable
        What to run, without arguments.

    Returns
    -------
    int
        0: done. 1: the computation failed. 2: bad input. 130: stopped by Ctrl-C, 143: by SIGTERM.
    """
    try:
        command()
        sys.stdout.flush()
    except CycloptsError as err:
        return _fail(" ".join(str(err).split()) + " (hotsprings --help shows what there is)", 2)
    except KeyboardInterrupt:
        return _fail(STOPPED, 130)
    except BrokenPipeError:  # the reader of our output has gone, as in `hotsprings example | head -1`
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as err:
        if isinstance(err.__context__, BrokenPipeError):  # rich ends so where the reader has gone
            return 0
        if err.code == TERMINATED:
            return _fail(STOPPED, TERMINATED)
        raise
    except MemoryError:
        return _fail("not enough memory for a system of this size", 1)
    except Exception as err:
        return _fail(*_explained(err))
    return 0


def _explained(err: Exception) -> tuple[str, int]:
    """Return the message for an exception and the exit code."""
    if type(err).__module__.startswith("hotsprings."):
        if isinstance(err, ArithmeticError | RuntimeError):  # no answer to be had
            return str(err), 1
        if isinstance(err, ValueError | OSError):
            return str(err), 2
    if isinstance(err, OSError):
        return f"{err.filename or 'a file'}: {err.strerror or err}", 2
    if os.environ.get("HOTSPRINGS_TRACEBACK"):
        raise err
    return (f"an error of the program, not of your input: {type(err).__name__}: {err} "
            "(HOTSPRINGS_TRACEBACK=1 shows where; please report it)"), 1


def printable(text: str) -> str:
    """Return a text with its control characters spelt out: what a file says must not command the terminal."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text)


def _fail(message: str, code: int) -> int:
    with suppress(OSError, ValueError):
        print(f"hotsprings: {printable(message)}", file=sys.stderr)
    return code
