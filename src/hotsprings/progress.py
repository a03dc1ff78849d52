"""What a long calculation is doing, told to whoever listens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["LARGE", "listening", "report", "shown"]

LARGE = 100_000  # sites from which a calculation shows what it does

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
def shown(n_sites: int) -> Iterator[None]:
    """Show on a terminal what a large calculation does; silent for a small one, elsewhere, or if someone listens."""
    if n_sites < LARGE or _listener.get() is not None or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{n_sites:,} sites") as status, \
            listening(lambda stage: status.update(f"{n_sites:,} sites: {stage}")):
        yield
