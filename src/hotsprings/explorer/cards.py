"""What stands on the page: status, numbers, six pictures with a line of text each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np
import panel as pn

from hotsprings.checks import ComplexArray, FloatArray
from hotsprings.explorer import words
from hotsprings.explorer.answers import Answer, ClosedForm, Spectrum, Told, between
from hotsprings.explorer.beat import Beat
from hotsprings.explorer.motion import Motion, motion
from hotsprings.explorer.pictures import (
    CumulativePicture,
    MotionPicture,
    ProfilePicture,
    ResonancePicture,
    SizePicture,
    TransmittancePicture,
)
from hotsprings.explorer.sizes import SizePoint
from hotsprings.explorer.style import CARD, CHOICE, LAYOUT, LEFT, MARKS, PICTURES, TEXT
from hotsprings.stationary import SteadyState

__all__ = ["Cards"]

PLAY = """
const data = source.data, n = data.x.length;
const draw = (phase) => { const d = source.data;
  for (let i = 0; i < d.x.length; i++) d.y[i] = d.re[i] * Math.cos(phase) - d.im[i] * Math.sin(phase);
  source.change.emit(); };
if (window.hotspringsTimer) { clearInterval(window.hotspringsTimer); window.hotspringsTimer = null; }
if (toggle.active) { let phase = 0;
  window.hotspringsTimer = setInterval(() => { phase = (phase + 0.12) % (2 * Math.PI); draw(phase); }, 50); }
else draw(0);
"""


PANELS = ("numbers", "spectrum", "resonances", "motion", "profile", "flux", "size")
BATHS = "<span class='red'>bars</span>: temperatures of the baths; open circles: sites that dark modes touch"


def _text(text: str = "", **more: Any) -> Any:
    return pn.pane.HTML(text, stylesheets=[TEXT], sizing_mode="stretch_width", margin=(2, 4), **more)


class Cards:
    """The panes of a page. Nothing here computes; each method shows what it is given."""

    def __init__(
        self, on_window: Callable[[tuple[float, float] | None], None], on_choice: Callable[[complex], None],
        on_rank: Callable[[int], None], on_pair: Callable[[], None], on_painted: Callable[[], None],
    ) -> None:
        self.source, self.drain = "bath 0", "bath 1"
        self.on_rank, self.on_pair = on_rank, on_pair
        self.transmittance = TransmittancePicture(on_window)
        self.resonances = ResonancePicture(on_choice)
        self.motion, self.profile = MotionPicture(), ProfilePicture()
        self.size, self.flux = SizePicture(), CumulativePicture()
        self.beat = Beat(on_painted)
        self.profile.figure.tags = [self.beat.source]  # a page knows what stands in something that it shows
        self.status, self.message = _text(), _text()
        self.numbers, self.proof = _text(), _text()
        self.notes = {name: _text() for name in ("spectrum", "resonances", "motion", "profile", "size", "flux")}
        self._solved = self._shown_name = ""
        self._filling = False
        self.panels: dict[str, Any] = {}
        self._make_widgets()

    def _make_widgets(self) -> None:
        self.axes = pn.widgets.RadioButtonGroup(name="axes", options=["linear", "logarithmic"], value="linear",
                                                margin=(2, 4))
        self.pane = pn.pane.Bokeh(self.transmittance.linear, sizing_mode="stretch_width")
        self.axes.param.watch(lambda event: setattr(self.pane, "object", getattr(self.transmittance, event.new)),
                              "value")
        self.rank = pn.widgets.IntInput(name="number, by lifetime", value=1, start=1, end=1,
                                        stylesheets=[CHOICE], margin=(2, 4), sizing_mode="stretch_width")
        self.rank.param.watch(self._ranked, "value")
        self.play = pn.widgets.Toggle(name="▶ let it swing", margin=(2, 4))
        self.play.jscallback(args={"source": self.motion.source}, value=PLAY.replace("toggle", "cb_obj"))
        self.between = [pn.widgets.Select(name=name, options=["bath 0", "bath 1"], value=value, stylesheets=[CHOICE],
                                          margin=(2, 4), sizing_mode="stretch_width")
                        for name, value in (("from", "bath 0"), ("to", "bath 1"))]
        for box in self.between:
            box.param.watch(self._paired, "value")
        self.flux_pane = pn.pane.Bokeh(self.flux.figure, sizing_mode="stretch_width")
        self.size_pane = pn.pane.Bokeh(self.size.figure, sizing_mode="stretch_width")
        self.pair_row = pn.Row(*self.between, visible=False, sizing_mode="stretch_width")

    def layout(self, controls: Any, downloads: list[Any]) -> Any:
        """Return the whole page."""
        head = pn.Column(_text("<h1>hotsprings explorer</h1>"), self.status, self.message,
                         sizing_mode="stretch_width", stylesheets=[CARD], margin=0)
        left = pn.Column(head, controls.column, self._card(pn.FlexBox(*downloads, margin=0)),
                         sizing_mode="stretch_width", margin=0, stylesheets=[LEFT])
        pictures = pn.Column(
            self._named("numbers", self.numbers, self.proof, self.pair_row),
            self._picture("Transmittance", self.pane, "spectrum", self.axes),
            self._picture("Resonances", self._shown(self.resonances.figure), "resonances"),
            self._picture("Motion of the chosen resonance", self._shown(self.motion.figure), "motion", self.rank,
                          self.play),
            self._picture("Temperature profile", self._shown(self.profile.figure), "profile"),
            self._picture("Where in the spectrum the heat flows", self.flux_pane, "flux"),
            self._picture("Heat flux against size", self.size_pane, "size"),
            sizing_mode="stretch_width", stylesheets=[PICTURES], margin=0)
        return pn.Column(left, pictures, sizing_mode="stretch_width", stylesheets=[LAYOUT], margin=0)

    def _shown(self, figure: Any) -> Any:
        return pn.pane.Bokeh(figure, sizing_mode="stretch_width")

    def _card(self, *parts: Any) -> Any:
        return pn.Column(*parts, sizing_mode="stretch_width", stylesheets=[CARD], margin=0)

    def _named(self, name: str, *parts: Any) -> Any:
        self.panels[name] = self._card(*parts)
        return self.panels[name]

    def _picture(self, title: str, pane: Any, note: str, *widgets: Any) -> Any:
        return self._named(note, _text(f"<h2>{title}</h2>"), *widgets, pane, self.notes[note])

    def ask_painted(self) -> bool:
        """Have the browser say when it has painted what it was sent; return whether there is one to ask."""
        return self.beat.ask()

    def push(self) -> None:
        """Send what changed to a notebook; a server sends it by itself."""
        if pn.state.curdoc is None:
            pn.io.push_notebook(*(pane for pane in (self.pane,)))

    def at_work(self, what: str, names: Sequence[str] = PANELS) -> None:
        """Say what the work is on, and mark the panels that show what was before as old."""
        kind = "old" if self._shown_name else "awaited"
        self._mark(kind, names)
        self._solved = f"shown: {self._shown_name}; " if self._shown_name else ""
        self.busy(f"at work: {escape(what)} …")

    def old(self, names: Sequence[str]) -> None:
        """Mark panels as those of the system before."""
        self._mark("old", names)

    def fresh(self, *names: str) -> None:
        """Take the mark from panels that show the present system."""
        self._mark("", names)

    def _mark(self, kind: str, names: Sequence[str]) -> None:
        for name in names:
            if self.panels[name].styles != MARKS[kind]:
                self.panels[name].styles = MARKS[kind]

    def busy(self, what: str) -> None:
        """Say that there is work."""
        self.status.object = f"<div class='busy' role='status'>{self._solved}{what}</div>"

    def solved(self, name: str, seconds: float) -> None:
        """Keep what is shown, and how long the solution took."""
        self._shown_name = escape(name)
        self._solved = f"{self._shown_name} solved in {1e3 * seconds:.0f} ms; "
        self.message.object = ""

    def done(self) -> None:
        """Say that all is shown."""
        self.fresh(*PANELS)
        self.status.object = f"<div class='done' role='status'>{self._solved}all is shown</div>"

    def wrong(self, err: Exception) -> None:
        """Say what is wrong; what is shown is of the system before."""
        if self._shown_name:
            self.old(PANELS)
        self.message.object = words.mistake(err)
        self.status.object = "<div class='busy' role='status'>not solved: see below</div>"

    def pairs(self, contacts: list[str]) -> None:
        """Offer the baths and groups there are; the first two where those chosen are no more."""
        if not {self.source, self.drain} <= set(contacts):
            self.source, self.drain = contacts[0], contacts[min(1, len(contacts) - 1)]
        self._filling = True
        for box, value in zip(self.between, (self.source, self.drain), strict=True):
            box.options = contacts
            box.value = value
        self._filling = False
        self.pair_row.visible = len(contacts) > 2

    def _paired(self, event: Any) -> None:
        source, drain = (box.value for box in self.between)
        if self._filling or source is None or drain is None:
            return
        if source == drain:
            self.message.object = words.mistake(ValueError("A transmittance is between two different baths."))
            return
        self.message.object = ""
        self.source, self.drain = source, drain
        self.on_pair()

    def state(self, answer: Answer, form: ClosedForm | None) -> None:
        """Show numbers, certificate, profile and resonances."""
        self.fresh("numbers", "profile", "resonances")
        state = answer.state
        self.numbers.object = words.numbers_table(answer, form, self.source, self.drain)
        self.proof.object = words.certificate_sentence(state.certificate) + words.warning_list(answer.warnings)
        n = state.system.n_sites
        sites, marks = self.profile.show(state), self.resonances.show(state)
        self._note("profile", BATHS + (
            "" if sites == n else f"; {sites:,} of {n:,} sites drawn, the lowest and highest of each run"))
        total = self.by_lifetime(state).size
        kept = "" if marks == total else f"{marks:,} of {total:,} drawn; "
        self._note("resonances", kept + "click one, or choose it by number, to see its motion "
                                        "(<span class='red'>circled</span>)")

    def by_lifetime(self, state: SteadyState) -> ComplexArray:
        """Return the resonances with Re ω ≥ 0, the one that lives longest first."""
        right = state.resonances.frequency
        right = right[(right.real >= 0.0) & (right.imag > 0.0)]
        return np.asarray(right[np.argsort(right.imag, kind="stable")])

    def slowest(self, state: SteadyState) -> None:
        """Show the motion of the resonance of the chosen rank in a new state."""
        right = self.by_lifetime(state)
        self.rank.end = int(right.size)
        frequency = complex(right[min(self.rank.value, right.size) - 1])
        self.move(state, frequency, motion(state.system, frequency))

    def move(self, state: SteadyState, frequency: complex, found: Motion) -> None:
        """Show the motion of a resonance."""
        self.fresh("motion")
        right = self.by_lifetime(state)
        rank = int(np.flatnonzero(right == frequency)[0]) + 1
        self._filling = True
        self.rank.value = rank
        self._filling = False
        self.play.value = False
        self.motion.show(found)
        self.resonances.choose(frequency)
        self.notes["motion"].object = words.motion_words(found, rank, right.size)

    def _ranked(self, event: Any) -> None:
        if not self._filling and event.new is not None:
            self.on_rank(int(event.new))

    def spectrum(self, found: Spectrum, state: SteadyState, window: tuple[float, float], new_window: bool) -> None:
        """Show the transmittance."""
        self.fresh("spectrum")
        self.pane.visible = True
        self.transmittance.show(found, state, window, new_window)
        kept = "all" if found.n_resolved == found.n_inside else f"{found.n_resolved:,} of"
        self._note("spectrum", f"{kept} {found.n_inside:,} resonances between ω = {window[0]:.4g} and {window[1]:.4g} "
                               "resolved (<span class='red'>ticks</span>), each with a point on its centre; zooming in "
                               "resolves more", found.warnings)

    def no_spectrum(self) -> None:
        """Say why there is no transmittance."""
        self.fresh("spectrum")
        self.pane.visible = False
        self._note("spectrum", "a transmittance needs two baths")

    def cumulative(self, omega: FloatArray, found: Sequence[Told], state: SteadyState) -> None:
        """Show the cumulative flux, found piece by piece."""
        self.fresh("flux")
        self.flux_pane.visible = True
        flux = np.concatenate([piece for piece, _ in found])
        self.flux.show(omega, flux, between(state.system, state.conductance, self.source, self.drain))
        self._note("flux", "exact, the integral of the transmittance and no sum over points; "
                           "<span class='orange'>dashed</span>: J/ΔT of all frequencies",
                   tuple(dict.fromkeys(text for _, texts in found for text in texts)))

    def no_cumulative(self, most: int) -> None:
        """Say why there is no cumulative flux."""
        self.fresh("flux")
        self.flux_pane.visible = False
        self._note("flux", f"left out without two baths and above {most:,} sites")

    def sizes(self, points: list[SizePoint]) -> None:
        """Show J(N) as far as it is known."""
        self.fresh("size")
        self.size_pane.visible = bool(points)
        self.size.show(points)
        self._note("size", "<span class='lilac'>points</span>: each solved exactly, all but N as on the left; "
                           "<span class='red'>circled</span>: this system" + (
                               "; <span class='orange'>line</span>: closed form for identical masses"
                               if any(np.isfinite(closed) for _, _, closed in points) else ""))

    def here(self, state: SteadyState) -> None:
        """Mark the present system in J(N)."""
        self.size.mark(state.system.n_sites, between(state.system, state.conductance, self.source, self.drain))

    def no_sizes(self, why: str) -> None:
        """Say why there is no J(N)."""
        self.fresh("size")
        self.size_pane.visible = False
        self._note("size", why)

    def _note(self, name: str, text: str, warned: tuple[str, ...] = ()) -> None:
        self.notes[name].object = f"<div class='small'>{text}</div>{words.warning_list(warned)}"
