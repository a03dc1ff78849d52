"""Controls: a number by slider and box, a choice, a switch. What is typed is read as a number and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import panel as pn

from hotsprings.explorer.style import BOX, DIAL, NARROW, SLIDER, WIDE

__all__ = ["Change", "Range", "choice", "dial", "number_box", "switch"]

Change = Callable[[Any], None]


@dataclass(frozen=True)
class Range:
    """What a slider spans; the box takes any number, and the model says what is wrong with it."""

    low: float
    high: float
    logarithmic: bool = False
    whole: bool = False

    def on_slider(self, value: float) -> float:
        """Return where the slider stands for a value."""
        inside = min(max(value, self.low), self.high)
        return math.log10(inside) if self.logarithmic else inside

    def of_slider(self, position: float) -> float | int:
        """Return the value of a position: a round number, four digits."""
        value = 10.0**position if self.logarithmic else position
        value = min(max(float(f"{value:.3g}" if self.logarithmic else f"{value:.4g}"), self.low), self.high)
        return round(value) if self.whole else value


def read_number(text: str, whole: bool) -> Any:
    """Return the number that a text is; the text itself where it is none, for the model to refuse."""
    clean = text.strip().replace("−", "-")
    try:
        value = float(clean)
    except ValueError:
        return text[:80]
    if whole and value.is_integer() and abs(value) < 2.0**63:
        return int(value)
    return value if math.isfinite(value) else text[:80]


def prompt(widget: Any) -> Any:
    """Return a widget that tells at once what changed: Panel would wait 50 ms for more."""
    widget._debounce = 1
    return widget


def number_box(label: str, value: Any, change: Change, whole: bool = False) -> Any:
    """Return a box for a number."""
    box = prompt(pn.widgets.TextInput(name=label, value=shown(value), stylesheets=[BOX], sizing_mode="stretch_width",
                                      margin=(1, 4), max_length=40))
    box.param.watch(lambda event: change(read_number(event.new, whole)), "value")
    return box


def dial(label: str, value: Any, span: Range, change: Change) -> Any:
    """Return a box and a slider for one number; each follows the other."""
    number = float(value) if isinstance(value, int | float) else span.low
    start, end = span.on_slider(span.low), span.on_slider(span.high)
    step = 0.01 if span.logarithmic else 1 if span.whole else (end - start) / 200.0
    slider = prompt(pn.widgets.FloatSlider(
        name=f"{label}: slider", value=span.on_slider(number), start=start, end=end, step=step, show_value=False,
        tooltips=False, stylesheets=[SLIDER], sizing_mode="stretch_width", margin=0))
    following = [False]

    def boxed(value: Any) -> None:
        if following[0]:
            return
        if isinstance(value, int | float):
            following[0] = True
            slider.value = span.on_slider(float(value))
            following[0] = False
        change(value)

    box = number_box(label, value, boxed, span.whole)

    def slid(event: Any) -> None:
        if following[0]:
            return
        value = span.of_slider(event.new)
        following[0] = True
        box.value = shown(value)
        following[0] = False
        change(value)

    slider.param.watch(slid, "value")
    return pn.Column(box, slider, sizing_mode="stretch_width", stylesheets=[DIAL], margin=0)


def choice(label: str, value: Any, options: dict[str, Any] | list[str], change: Change, wide: bool = False) -> Any:
    """Return a choice of some; a wide one leaves its label less room."""
    box = pn.widgets.Select(name=label, value=value, options=options, stylesheets=[WIDE if wide else NARROW],
                            sizing_mode="stretch_width", margin=(1, 4))
    box.param.watch(lambda event: change(event.new), "value")
    return box


def switch(label: str, value: bool, change: Change) -> Any:
    """Return a choice of yes and no."""
    return choice(label, bool(value), {"no": False, "yes": True}, change)


def shown(value: Any) -> str:
    """Return a number as a box shows it."""
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)
