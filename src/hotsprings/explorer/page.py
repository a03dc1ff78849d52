"""The page: controls, pictures, and the loop that keeps the ones in step with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import panel as pn
from panel.io.state import set_curdoc

from hotsprings.errors import CertificateError
from hotsprings.explorer import answers, sizes, words
from hotsprings.explorer.cards import Cards
from hotsprings.explorer.controls import Controls
from hotsprings.explorer.motion import motion
from hotsprings.explorer.subject import Subject

__all__ = ["Page"]

WAIT = 0.004  # seconds between saying "at work" and working, in which the browser hears of it
AT_ONCE = 0.001  # where there is nothing to say
REST = 0.15  # since the browser has painted the first step, in which a hand on a slider goes on
PAINT = 0.2  # the same where no browser tells that it has
LAST = 0.3  # since the last change: one more word follows (`_follow`)
UNTOLD = 2.0  # after which work goes on though the browser has told nothing
QUICK = 0.15  # in which a solution needs no word that there is work
LATER = ("motion", "flux", "size")  # panels that wait for a hand to rest
REDRAW = 0.1  # between two pictures of a curve that grows
PIECE = 1e5  # logarithms of a cumulative flux that are some milliseconds
CUMULATIVE_MOST = 20_000  # sites up to which the cumulative flux follows by itself


class Page:
    """One explorer: what is asked for, what is shown, and nothing that another page shares.

    Work is cut into steps (state and spectrum, motion, cumulative flux, then J(N) size by size); a change between two
    steps drops those that are left. It starts when the browser has the page: Panel sends nothing that changes between
    the copy of the document that a browser takes and its word that it is drawn. What follows the first step waits until
    the browser has painted that, and a while for the next change, which waits for nothing.
    """

    def __init__(self, subject: Subject) -> None:
        self.cards = Cards(self._window, self._chosen, self._ranked, self._pair, self._painted)
        self.controls = Controls(subject, self._changed)
        self.window: tuple[float, float] | None = None
        self.answer: answers.Answer | None = None
        self.curve: tuple[str, list[sizes.SizePoint]] = ("", [])
        self._steps: Iterator[str] = iter(())
        self._first = False  # whether the next step is the first after a change
        self._left = False  # whether there may be more steps
        self._drop: Callable[[], Any] = _nothing  # takes back that there is a next step
        self.layout = self.cards.layout(self.controls, self.downloads())
        self.cards.axes.param.watch(lambda event: self._follow_up(), "value")
        self._changed(subject)

    def downloads(self) -> list[Any]:
        """Return the three buttons."""
        from hotsprings.explorer.downloads import buttons

        return buttons(lambda: self.answer, lambda: self.shown, lambda: (self.cards.source, self.cards.drain))

    def _changed(self, subject: Subject) -> None:
        quick = self._quick(subject)
        if not quick:
            self.cards.at_work(words.named(subject))
        self._ask(self._solve(subject, quick), AT_ONCE if quick else WAIT)

    def _quick(self, subject: Subject) -> bool:
        """Whether this is solved before anyone reads that there is work: as the one before, which was as large."""
        return (self.answer is not None and self.answer.seconds < QUICK
                and words.named(subject) == words.named(self.shown))

    def _window(self, window: tuple[float, float] | None) -> None:
        self.window = window
        if self.answer is not None:
            self.cards.at_work("another window", ("spectrum", "flux"))
            self._ask(self._again())

    def _pair(self) -> None:
        if self.answer is not None:
            self.cards.at_work("another pair of baths", ("numbers", "spectrum", "flux", "size"))
            self._ask(self._after_pair())

    def _ask(self, steps: Iterator[str], wait: float = WAIT) -> None:
        """Do these steps instead of those that are left; first let the browser hear that there is work."""
        self._steps = steps
        if not self._first:
            self._first = self._left = True
            self._schedule(wait)

    def _schedule(self, wait: float = WAIT, work: Callable[[], Any] | None = None) -> None:
        """Do the next step, or other work, after a while, and not what was to be done before."""
        self._drop()
        document = pn.state.curdoc
        if document is None or document.session_context is None:
            self._later(wait)
            return

        def step() -> None:
            with set_curdoc(document), pn.io.hold(document):  # styles from this machine; one message for all
                (work or self._step)()

        def wait_for_it() -> None:
            due = document.add_timeout_callback(step, max(1, round(1e3 * wait)))
            self._drop = lambda: document.remove_timeout_callback(due)

        pn.state.onload(wait_for_it)  # at once where it is loaded

    def _later(self, wait: float) -> None:
        """Do the next step when the loop of a notebook is free; at once where there is no loop."""
        import asyncio

        try:
            self._drop = asyncio.get_running_loop().call_later(wait, self._step).cancel
        except RuntimeError:
            self.finish()

    def finish(self) -> None:
        """Do all steps now."""
        self._first, self._left, self._drop = False, False, _nothing
        while self._advance():
            pass

    def _step(self) -> None:
        first, self._first, self._drop = self._first, False, _nothing
        self._left = self._advance()
        if self._left:
            self._schedule(WAIT if not first else UNTOLD if self.cards.ask_painted() else PAINT)
        self._follow_up()
        self.cards.push()

    def _painted(self) -> None:
        """Go on, after a while: the browser has painted the first step."""
        if self._left and not self._first:
            self._schedule(REST)

    def _follow_up(self) -> None:
        """Have one more word follow the last change, where a browser has a session of its own.

        Panel 1.9 keeps a message for ever that is written just as another one has gone out, unless one comes after it:
        the page would say that there is work when all is done.
        """
        document = pn.state.curdoc
        if not self._left and document is not None and document.session_context is not None:
            self._schedule(LAST, self._follow)

    def _follow(self) -> None:
        self._drop = _nothing
        self.cards.ask_painted()

    def _advance(self) -> bool:
        """Do one step, and say what the next is about where it tells; return whether there may be more."""
        steps = self._steps
        try:
            what = next(steps)
            if what:
                self.cards.busy(what)
        except StopIteration:
            return steps is not self._steps
        except (ValueError, CertificateError, MemoryError) as err:
            self._steps = iter(())
            self.cards.wrong(err)
            return False
        return True

    def _solve(self, subject: Subject, quick: bool = False) -> Iterator[str]:
        start = perf_counter()
        system = subject.system()
        found = answers.answer(system, subject.dark_temperature)
        new = self.answer is None or not np.array_equal(found.state.resonances.frequency,
                                                        self.answer.state.resonances.frequency)
        self.answer, self.shown = found, subject
        self.window = None if new else self.window
        self.cards.pairs(list(system.contacts))
        self.cards.state(found, answers.closed_form(system))
        self._spectrum(new)
        self.cards.solved(words.named(subject), perf_counter() - start)
        if quick:
            self.cards.old(LATER)
        yield "at work: the motion …"
        self.cards.slowest(found.state)
        yield "at work: where in the spectrum the heat flows …"
        yield from self._rest(subject)

    def _rest(self, subject: Subject) -> Iterator[str]:
        assert self.answer is not None
        yield from self._cumulative()
        yield from self._sizes(subject)
        self.cards.done()

    def _again(self) -> Iterator[str]:
        """Resolve the peaks of another window."""
        self._spectrum(self.window is None)
        yield "at work: where in the spectrum the heat flows …"
        yield from self._cumulative()
        self.cards.done()

    def _after_pair(self) -> Iterator[str]:
        assert self.answer is not None
        self.cards.state(self.answer, answers.closed_form(self.answer.state.system))
        self._spectrum(False)
        yield "at work: where in the spectrum the heat flows …"
        yield from self._rest(self.shown)

    def _spectrum(self, new_window: bool) -> None:
        assert self.answer is not None
        state = self.answer.state
        if len(state.system.contacts) < 2:
            self.cards.no_spectrum()
            return
        found = answers.spectrum(state, self.cards.source, self.cards.drain, self.window)
        self.cards.spectrum(found, state, self.window or answers.heat_window(state), new_window)

    def _cumulative(self) -> Iterator[str]:
        """Draw the cumulative flux, found in pieces between which a change is heard."""
        assert self.answer is not None
        state = self.answer.state
        if len(state.system.contacts) < 2 or state.system.n_sites > CUMULATIVE_MOST:
            self.cards.no_cumulative(CUMULATIVE_MOST)
            return
        omega = answers.few(np.linspace(*(self.window or answers.heat_window(state)), 400), state)
        pieces, found = int(min(omega.size, omega.size * len(state.resonances) // PIECE + 1)), []
        for part in np.array_split(omega, pieces):
            found.append(answers.cumulative(state, part, self.cards.source, self.cards.drain))
            yield ""
        self.cards.cumulative(omega, found, state)

    def _sizes(self, subject: Subject) -> Iterator[str]:
        """Draw J(N), one size after the other; a curve that stands is kept."""
        if self.answer is None or len(self.answer.state.system.contacts) < 2:
            self.cards.no_sizes("a heat flux needs two baths")
            return
        if not sizes.sizes_of(subject):
            self.cards.no_sizes("this network has no other size, or baths on sites that a smaller one lacks")
            return
        key, points = sizes.curve_key(subject, self.cards.source, self.cards.drain), []
        self.cards.here(self.answer.state)
        if key == self.curve[0]:
            return
        drawn = 0.0
        for point in sizes.flux_against_size(subject, self.cards.source, self.cards.drain):
            points.append(point)
            redraw = perf_counter() - drawn > REDRAW
            if redraw:
                self.cards.sizes(points)
                drawn = perf_counter()
            yield f"at work: N = {point[0]:,} …" if redraw else ""
        self.cards.sizes(points)
        self.curve = (key, points)

    def _chosen(self, frequency: complex) -> None:
        if self.answer is not None:
            self.cards.move(self.answer.state, frequency, motion(self.answer.state.system, frequency))
            self._follow_up()

    def _ranked(self, rank: int) -> None:
        if self.answer is not None:
            right = self.cards.by_lifetime(self.answer.state)
            self._chosen(complex(right[min(rank, right.size) - 1]))


def _nothing() -> None:
    """Take nothing back."""
