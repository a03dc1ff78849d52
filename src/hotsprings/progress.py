"""What a long calculation is doing, told to whoever listens."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["LARGE", "listening", "patient", "report", "shared", "shown", "unfinished"]

LARGE = 100_000  # sites from which a calculation shows what it does

shared = (ctypes.c_int64 * 7)()  # what the thread that watches for Ctrl-C looks at: see kernels/watch
unfinished = ctypes.create_string_buffer(4096)  # name of the file that is being written beside its place
_PATIENT = 2

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


def report(stage: str) -> None:
    """Tell the listener, if there is one, what is being done."""
    listener = _listener.get()
    if listener is not None:
        listener(stage)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Pass every report made within to a listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def patient() -> Iterator[None]:
    """Say that what is done within ends by itself, and soon, when Ctrl-C asks it to."""
    shared[_PATIENT] = 1
    try:
        yield
    finally:
        shared[_PATIENT] = 0


@contextmanager
def shown(n_sites: int) -> Iterator[None]:
    """Show on a terminal what a large calculation does; silent for a small one, elsewhere, or if someone listens."""
    if n_sites < LARGE or _listener.get() is not None or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{n_sites:,} sites") as status, \
            listening(lambda stage: status.update(f"{n_sites:,} sites: {stage}")):
        yield
