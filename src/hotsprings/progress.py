"""What a long calculation is doing, told to whoever listens."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

__all__ = ["LARGE", "in_notebook", "line", "listening", "patient", "report", "shared", "shown", "unfinished"]

LARGE, LONG = 100_000, 20.0  # sites, or seconds where known, from which a calculation shows what it does

shared = (ctypes.c_int64 * 7)()  # what the thread that watches for Ctrl-C looks at: see kernels/watch
unfinished = ctypes.create_string_buffer(4096)  # name of the file that is being written beside its place
_PATIENT = 2
_SILENT = nullcontext()

Tell = Callable[[str, float | None], None]
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


def in_notebook() -> bool:
    """Return whether this runs in a notebook, where a bar is a part of the page."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ in ("ZMQInteractiveShell", "Shell")  # Jupyter's kernel, Colab's


@contextmanager
def line(title: str) -> Iterator[Tell | None]:
    """Give what shows a text, and a bar for a part of 1 where it is known, in a notebook or on a terminal; else None.

    The line is gone when the block ends.
    """
    if in_notebook():
        with _notebook_line(title) as tell:
            yield tell
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status(title) as status:
            def tell_terminal(text: str, part: float | None = None) -> None:
                status.update(f"{title}: {_percent(part)}{text}")

            yield tell_terminal
    else:
        yield None


def _percent(part: float | None) -> str:
    return "" if part is None else f"{part:.0%}, "


@contextmanager
def _notebook_line(title: str) -> Iterator[Tell]:
    """Show a bar by the notebook's own display, without widgets."""
    import time
    from html import escape

    from IPython.display import HTML, display

    handle, last = display(HTML(escape(title)), display_id=True), [0.0]

    def tell(text: str, part: float | None = None) -> None:
        now = time.monotonic()
        if now - last[0] < 0.1 and part != 1.0:  # the page has other things to do
            return
        last[0] = now
        bar = "" if part is None else f'<progress value="{part:.4f}" max="1" style="vertical-align:middle"></progress> '
        handle.update(HTML(f'<span style="color:inherit">{escape(title)}: {bar}{escape(text)}</span>'))

    try:
        yield tell
    finally:
        handle.update(HTML(""))


@contextmanager
def patient() -> Iterator[None]:
    """Say that what is done within ends by itself, and soon, when Ctrl-C asks it to."""
    shared[_PATIENT] = 1
    try:
        yield
    finally:
        shared[_PATIENT] = 0


def shown(n_sites: int, seconds: float = 0.0) -> AbstractContextManager[None]:
    """Show on a terminal or in a notebook what a large calculation does; silent for a small one, or if one listens.

    ``seconds`` that it will take, if that is known.
    """
    small = n_sites < LARGE and seconds < LONG
    return _SILENT if small or _listener.get() is not None else _told(n_sites, seconds)


@contextmanager
def _told(n_sites: int, seconds: float) -> Iterator[None]:
    about = f", about {seconds:.0f} s" if seconds >= 1.0 else ""
    with line(f"{n_sites:,} sites{about}") as tell:
        if tell is None:
            yield
            return
        with listening(lambda stage: tell(stage, None)):
            yield
