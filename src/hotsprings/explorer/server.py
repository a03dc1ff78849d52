"""The server of the page: on this machine only, on a port of its own, closed with the command."""

from __future__ import annotations

import logging
import socket
import sys
import webbrowser
from typing import Any

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.explorer.needs import panel_module
from hotsprings.explorer.subject import Subject

__all__ = ["ADDRESS", "serve"]

ADDRESS = "127.0.0.1"
MOST_SESSIONS = 16  # pages open at once
LOGGERS = ("bokeh.server.views.ws", "panel", "panel.io.document")  # those that say so when a page is closed
MESSAGE = 1 << 20  # bytes that a browser may send at once


def serve(subject: Subject, port: int = 0, browser: bool = True) -> None:
    """Serve the explorer until the process is stopped; its address is the first line of the output.

    Parameters
    ----------
    subject : Subject
        What each page starts from; pages share nothing.
    port : int
        Of the loopback address; 0 takes one that is free.
    browser : bool
        Whether to open a browser on it.

    Raises
    ------
    ArgumentError
        If Panel is not installed, or the port is out of range or taken.
    """
    port = checks.integer("port", port, 0)
    if port > 65535:
        raise ArgumentError("port", "be from 0 (any that is free) to 65535", f"{port} was given")
    pn = panel_module()
    port = free_port(port)
    server = _server(pn, subject, port)
    address = f"http://{ADDRESS}:{port}/"
    server.start()
    server.io_loop.asyncio_loop.set_exception_handler(quiet_where_a_page_went)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(not_of_a_page_that_went)
    print(address, flush=True)
    print("hotsprings: open it in a browser on this machine; Ctrl-C ends it", file=sys.stderr)
    if browser:
        server.io_loop.call_later(0.1, lambda: webbrowser.open(address))
    try:
        server.io_loop.start()
    except KeyboardInterrupt:
        print("hotsprings: the explorer is closed", file=sys.stderr)
    finally:
        server.unlisten()


def quiet_where_a_page_went(loop: Any, context: dict[str, Any]) -> None:
    """Let a page that was closed while it was being written to go without a traceback; report all else."""
    from tornado.websocket import WebSocketClosedError

    if not isinstance(context.get("exception"), WebSocketClosedError):
        loop.default_exception_handler(context)


def not_of_a_page_that_went(record: logging.LogRecord) -> bool:
    """Return whether a line of the log is told: that a page was closed while it was being written to is not."""
    return not record.getMessage().startswith("Failed sending message as connection was closed")


def free_port(port: int) -> int:
    """Return the port, or one that is free for 0; refuse one that is taken."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((ADDRESS, port))
        except OSError as err:
            raise ArgumentError("port", "be free, and open to you", f"{port}: {err.strerror}") from None
        return int(trial.getsockname()[1])


def _server(pn: Any, subject: Subject, port: int) -> Any:
    from bokeh.models import CustomJS
    from panel.io.resources import LOCAL_DIST

    from hotsprings.explorer.page import Page
    from hotsprings.explorer.style import LOADING, PAGE

    open_pages = [0]

    def page() -> Any:
        if open_pages[0] >= MOST_SESSIONS:
            return pn.pane.Str(f"{MOST_SESSIONS} pages are open; close one and load this one again.")
        open_pages[0] += 1

        def closed(context: Any) -> None:
            open_pages[0] -= 1

        pn.state.on_session_destroyed(closed)
        # Panel says so only once the page is sent, too late for what changes before: that would come from elsewhere.
        document = pn.state.curdoc
        document.template_variables["dist_url"] = LOCAL_DIST
        document.template = LOADING
        document.js_on_event("document_ready", CustomJS(code="document.getElementById('loading')?.remove()"))
        return Page(subject).layout

    pn.config.raw_css = [PAGE]
    return pn.io.server.get_server(
        page, port=port, address=ADDRESS, title="hotsprings explorer", start=False, show=False,
        websocket_origin=[f"{ADDRESS}:{port}", f"localhost:{port}"], websocket_max_message_size=MESSAGE,
        autoreload=False, admin=False, check_unused_sessions_milliseconds=5000,
        unused_session_lifetime_milliseconds=10000, liveness=False)
