"""A question to the browser: is it painted? What is not urgent waits for the answer, however slow the machine is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
from bokeh.models import ColumnDataSource, CustomJS

__all__ = ["Beat"]

#: Pictures are painted in the next frame or the one after; a page that is not in sight has no frames.
ANSWER = """
const {asked, painted} = cb_obj.data;
if (asked[0] != painted[0]) {
  let told = false;
  const tell = () => { if (!told) { told = true; cb_obj.data = {asked, painted: [...asked]}; } };
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(tell, 0)));
  setTimeout(tell, 1000);
}
"""


class Beat:
    """What the browser was asked last, and whether it has answered.

    Parameters
    ----------
    on_painted : callable
        Called when the browser has painted all that was sent before it was asked.
    """

    def __init__(self, on_painted: Callable[[], None]) -> None:
        self.source = ColumnDataSource({"asked": [0], "painted": [0]}, name="beat")
        self.source.js_on_change("data", CustomJS(code=ANSWER))
        self.source.on_change("data", self._heard)
        self.on_painted = on_painted
        self.asked = 0

    def ask(self) -> bool:
        """Ask; return whether there is a browser with a session of its own to answer."""
        document = self.source.document
        if document is None or document.session_context is None or pn.state.curdoc is not document:
            return False
        self.asked += 1
        self.source.data = {"asked": [self.asked], "painted": [self.asked - 1]}
        return True

    def _heard(self, attr: str, old: Any, new: Any) -> None:
        if list(new["painted"]) == [self.asked]:
            self.on_painted()
