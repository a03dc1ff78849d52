"""The pictures of the page, in Bokeh: each is made once and then takes new numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.events import RangesUpdate, Reset, Tap
from bokeh.models import ColumnDataSource, CustomJSTickFormatter, HoverTool, LogScale
from bokeh.plotting import figure

from hotsprings.checks import FloatArray
from hotsprings.explorer.answers import Spectrum, drawn
from hotsprings.explorer.motion import Motion
from hotsprings.explorer.ranges import axis_range, fit, span
from hotsprings.explorer.sizes import SizePoint
from hotsprings.figures.style import COLD, DARK_LILAC, GREY, HOT, LIGHT_ORANGE, ROSE
from hotsprings.stationary import SteadyState

__all__ = ["CumulativePicture", "MotionPicture", "ProfilePicture", "ResonancePicture", "SizePicture",
           "TransmittancePicture", "bath_colours"]

TICK = (-0.044, -0.016)  # below the transmittance, where a resonance is
FEW = 8  # numbers that travel as text; each array of more comes in a message of its own
FONT = "system-ui, 'DejaVu Sans', sans-serif"
POWERS = """
if (tick == 0) return "0";
const a = Math.abs(tick), top = Math.max(...ticks.map(Math.abs));
if (top >= 0.01 && top < 10000) return String(Number(tick.toPrecision(4)));
const e = Math.floor(Math.log10(a) + 1e-9), m = Number((tick / 10 ** e).toPrecision(3));
const up = String(e).split("").map(c => c == "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[+c]).join("");
return (m == 1 ? "" : m + "·") + "10" + up;
"""
DECADES = POWERS.replace("top >= 0.01 && top < 10000", "a >= 1 && a < 10000")


def put(source: ColumnDataSource, **columns: Any) -> None:
    """Give a source other columns; one that stands there already is not sent again, nor painted."""
    new = {name: column for name, column in columns.items() if not _same(source.data[name], column)}
    if new:
        source.data.update({name: column.tolist() if isinstance(column, np.ndarray) and column.size <= FEW else column
                            for name, column in new.items()})


def _same(old: Any, new: Any) -> bool:
    return np.array_equal(old, new, equal_nan=np.asarray(new).dtype.kind == "f" and len(old) > 0)


def _figure(x_label: str, y_label: str, **more: Any) -> Any:
    made = figure(height=270, sizing_mode="stretch_width", min_width=250, x_axis_label=x_label, y_axis_label=y_label,
                  tools="pan,box_zoom,wheel_zoom,reset,save", toolbar_location="above", output_backend="canvas",
                  background_fill_color="white", border_fill_color="white", **more)
    made.toolbar.logo = None
    made.toolbar.active_scroll = None  # the wheel moves the page until the reader asks otherwise
    made.toolbar.active_drag = None  # and so does a finger
    for axis, scale in zip((made.xaxis[0], made.yaxis[0]), (made.x_scale, made.y_scale), strict=True):
        axis.formatter = CustomJSTickFormatter(code=DECADES if isinstance(scale, LogScale) else POWERS)
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font = axis.major_label_text_font = FONT
        axis.axis_label_text_font_size, axis.major_label_text_font_size = "13px", "12px"
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = GREY
    made.grid.grid_line_color = "#ececf2"
    made.outline_line_color = None
    return made


class TransmittancePicture:
    """𝒯(ω) on linear and on logarithmic axes; zooming asks for the peaks of the window."""

    def __init__(self, on_window: Callable[[tuple[float, float] | None], None]) -> None:
        self.curve = ColumnDataSource({"x": [], "y": []}, name="transmittance")
        self.ticks = ColumnDataSource({"x": [], "y": []})
        self.on_window = on_window
        self.linear = self._drawn("linear", x_range=axis_range(0.0, 1.0), y_range=axis_range(-0.06, 1.04))
        self.logarithmic = self._drawn("log", x_range=axis_range(1e-4, 1.0), y_range=axis_range(1e-6, 1.0))

    def _drawn(self, scale: str, **ranges: Any) -> Any:
        made = _figure("angular frequency ω", "transmittance 𝒯(ω)", x_axis_type=scale, y_axis_type=scale, **ranges)
        curve = made.line("x", "y", source=self.curve, color=DARK_LILAC, line_width=1.2)
        if scale == "linear":
            made.line("x", "y", source=self.ticks, color=ROSE, alpha=0.7)
            made.on_event(RangesUpdate, self._zoomed)
            made.on_event(Reset, lambda event: self.on_window(None))
        made.add_tools(HoverTool(tooltips=[("ω", "@x{0.000000}"), ("𝒯", "@y{0.0000e0}")], mode="vline",
                                 line_policy="nearest", renderers=[curve]))
        return made

    def _zoomed(self, event: Any) -> None:
        low, high = max(float(event.x0), 0.0), float(event.x1)
        if high > low:
            self.on_window((low, high))

    def show(self, found: Spectrum, state: SteadyState, window: tuple[float, float], new_window: bool) -> None:
        """Draw the spectrum; the axes go back to the window where the system is new."""
        positive = np.maximum(found.transmittance, 1e-300)
        real = state.resonances.frequency.real
        inside = real[(real >= window[0]) & (real <= window[1])]
        inside = inside[:: max(1, inside.size // 1000)]
        put(self.curve, x=found.omega, y=positive)
        put(self.ticks, x=np.repeat(inside, 3), y=np.tile([*TICK, np.nan], inside.size))
        if new_window:
            self.linear.x_range.update(start=window[0], end=window[1], reset_start=window[0], reset_end=window[1])
            self.linear.y_range.update(start=-0.06, end=1.04)
        some = found.omega[found.omega > 0.0]
        span(self.logarithmic.x_range, float(some[0]), window[1])
        fit(self.logarithmic.y_range, found.transmittance, logarithmic=True)


class ResonancePicture:
    """The resonances in the plane, decay upwards; a click chooses the nearest."""

    def __init__(self, on_choice: Callable[[complex], None]) -> None:
        self.marks = ColumnDataSource({"x": [], "y": []}, name="resonances")
        self.chosen = ColumnDataSource({"x": [], "y": []})
        self.on_choice = on_choice
        self.figure = _figure("Re ω  (oscillation)", "Im ω  (decay rate)", y_axis_type="log",
                              x_range=axis_range(0.0, 1.0), y_range=axis_range(1e-6, 1.0))
        self.figure.yaxis[0].ticker.num_minor_ticks = 0  # they crowd where a decade has major ticks of its own
        self.figure.scatter("x", "y", source=self.marks, size=7, fill_color=DARK_LILAC, line_color=None,
                            alpha=0.7)
        self.figure.scatter("x", "y", source=self.chosen, size=15, marker="circle", fill_color=None,
                            line_color=HOT, line_width=2.5)
        self.figure.add_tools(HoverTool(tooltips=[("ω", "@x{0.0000000} + @y{0.0000e0} i")]))
        self.figure.on_event(Tap, self._tapped)
        self._right = np.zeros(0, dtype=np.complex128)

    def show(self, state: SteadyState) -> int:
        """Draw the resonances; return how many of them are drawn."""
        right = state.resonances.frequency
        right = right[(right.real >= 0.0) & (right.imag > 0.0)]
        extreme = np.array([right.imag.argmin(), right.imag.argmax(), right.real.argmax()])
        shown = right[drawn(np.log(right.imag), always=extreme)]
        self._right = shown
        put(self.marks, x=shown.real, y=shown.imag)
        fit(self.figure.x_range, shown.real)
        fit(self.figure.y_range, shown.imag, logarithmic=True)
        return int(shown.size)

    def choose(self, frequency: complex) -> None:
        """Mark one resonance."""
        put(self.chosen, x=[frequency.real], y=[frequency.imag])

    def _tapped(self, event: Any) -> None:
        if event.x is None or event.y is None or not event.y > 0.0 or not self._right.size:
            return
        real, decay = self._right.real, np.log(self._right.imag)
        across = (real - event.x) / (np.ptp(real) or 1.0)
        upwards = (decay - np.log(event.y)) / (np.ptp(decay) or 1.0)
        self.on_choice(complex(self._right[np.argmin(across**2 + upwards**2)]))


class MotionPicture:
    """One resonance in motion: where each site is at a phase, between the envelopes."""

    def __init__(self) -> None:
        self.source = ColumnDataSource({name: [] for name in ("x", "y", "re", "im", "up", "down")}, name="motion")
        self.figure = _figure("site", "displacement", x_range=axis_range(0.0, 1.0), y_range=axis_range(-1.1, 1.1))
        self.figure.varea("x", "down", "up", source=self.source, color=LIGHT_ORANGE, alpha=0.25)
        self.figure.line("x", "y", source=self.source, color=DARK_LILAC, alpha=0.4)
        self.figure.scatter("x", "y", source=self.source, size=5, color=DARK_LILAC)

    def show(self, found: Motion) -> None:
        """Draw the motion at phase zero."""
        v = found.amplitude
        site = drawn(np.abs(v))
        v = v[site]
        put(self.source, x=site, y=v.real, re=v.real, im=v.imag, up=np.abs(v), down=-np.abs(v))
        fit(self.figure.x_range, site.astype(np.float64))


class ProfilePicture:
    """The local temperatures, dark sites open, baths as bars of their temperature."""

    def __init__(self) -> None:
        self.sites = ColumnDataSource({"x": [], "y": []}, name="profile")
        self.touched = ColumnDataSource({"x": [], "y": []})
        self.baths = ColumnDataSource({"x0": [], "x1": [], "y": [], "color": []})
        self.figure = _figure("site", "local temperature Tₙ", x_range=axis_range(0.0, 1.0),
                              y_range=axis_range(0.0, 1.0))
        self.figure.segment("x0", "y", "x1", "y", source=self.baths, color="color", line_width=4)
        self.figure.scatter("x", "y", source=self.sites, size=6, line_color=None, fill_color=DARK_LILAC)
        self.figure.scatter("x", "y", source=self.touched, size=5, line_color=DARK_LILAC, fill_color="white")
        self.figure.add_tools(HoverTool(tooltips=[("site", "@x"), ("T", "@y{0.00000000}")]))

    def show(self, state: SteadyState) -> int:
        """Draw the profile; return how many sites are drawn."""
        T, system = state.local_temperature, state.system
        shown = drawn(T, always=system.bath_sites)
        dark = state.bright_weight[shown] < 1.0 - 1e-6
        for source, some in ((self.sites, shown[~dark]), (self.touched, shown[dark])):
            put(source, x=some, y=T[some])
        reach = max(0.03 * system.n_sites, 0.4)
        left, right = system.bath_sites - reach, system.bath_sites + reach
        put(self.baths, x0=left, x1=right, y=system.temperature, color=bath_colours(system.temperature))
        fit(self.figure.x_range, np.concatenate([left, right, shown]))
        fit(self.figure.y_range, np.concatenate([T[shown], system.temperature]))
        return int(shown.size)


def bath_colours(temperature: FloatArray) -> list[str]:
    """Return a colour for each bath: the hottest, the coldest, and those between them.

    Examples
    --------
    >>> import numpy as np
    >>> hot, cold, middle = bath_colours(np.array([1.5, 0.5, 1.0]))
    >>> len({hot, cold, middle})
    3
    """
    low, high = float(temperature.min()), float(temperature.max())
    if low == high:
        return [LIGHT_ORANGE] * temperature.size
    return [HOT if high == T else COLD if low == T else LIGHT_ORANGE for T in temperature]


class SizePicture:
    """J/ΔT against N on logarithmic axes, the closed form, and where the present system is."""

    def __init__(self) -> None:
        self.curve, self.closed, self.here = (
            ColumnDataSource({"x": [], "y": []}, name=name) for name in ("size", "closed form", "size here"))
        self.figure = _figure("number of sites N", "J/ΔT", x_axis_type="log", y_axis_type="log",
                              x_range=axis_range(1.0, 100.0), y_range=axis_range(1e-4, 1.0))
        self.figure.line("x", "y", source=self.closed, color=LIGHT_ORANGE, line_width=2.5)
        self.figure.scatter("x", "y", source=self.curve, color=DARK_LILAC, size=6)
        self.figure.line("x", "y", source=self.curve, color=DARK_LILAC, line_width=1)
        self.figure.scatter("x", "y", source=self.here, size=14, fill_color=None, line_color=HOT, line_width=2.5)

    def show(self, points: list[SizePoint]) -> None:
        """Draw the curve as far as it is known."""
        table = np.array(points, dtype=np.float64).reshape(-1, 3)
        known = np.isfinite(table[:, 2])
        put(self.curve, x=table[:, 0], y=table[:, 1])
        put(self.closed, x=table[known, 0], y=table[known, 2])
        self._fit()

    def mark(self, n: int, conductance: float) -> None:
        """Mark the present system."""
        put(self.here, x=[n], y=[conductance])
        self._fit()

    def _fit(self) -> None:
        for axis, name in ((self.figure.x_range, "x"), (self.figure.y_range, "y")):
            sources = (self.curve, self.closed, self.here)
            fit(axis, np.concatenate([np.asarray(source.data[name], dtype=np.float64) for source in sources]), True)


class CumulativePicture:
    """The heat flux carried below a frequency, and the whole of it."""

    def __init__(self) -> None:
        self.curve, self.whole = (ColumnDataSource({"x": [], "y": []}, name=name) for name in ("flux", "whole flux"))
        self.figure = _figure("angular frequency ω", "J(ω)/ΔT below ω", x_range=axis_range(0.0, 1.0),
                              y_range=axis_range(0.0, 1.0))
        self.figure.line("x", "y", source=self.whole, color=LIGHT_ORANGE, line_width=2.5, line_dash="dashed")
        self.figure.line("x", "y", source=self.curve, color=DARK_LILAC, line_width=1.6)

    def show(self, omega: FloatArray, flux: FloatArray, whole: float) -> None:
        """Draw the curve."""
        put(self.curve, x=omega, y=flux)
        put(self.whole, x=omega[[0, -1]], y=[whole, whole])
        span(self.figure.x_range, float(omega[0]), float(omega[-1]))
        fit(self.figure.y_range, np.append(flux, whole))
