"""The controls of a subject: which entries of the model can be changed, and by what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn

from hotsprings.explorer.dials import Range, choice, dial, number_box, switch
from hotsprings.explorer.presets import NETWORKS, PRESETS, fresh_network
from hotsprings.explorer.style import CONTROLS, TEXT
from hotsprings.explorer.subject import MOST_BATHS, Key, Subject, most_sites

__all__ = ["Controls"]

SPRING = Range(1e-3, 1e3, logarithmic=True)
SPANS: dict[str, tuple[str, Range]] = {
    "k": ("k, spring constant", SPRING),
    "k0": ("k0, pinning", Range(0.0, 4.0)),
    "n_tilde": ("Ñ", Range(0.1, 1e5, logarithmic=True)),
    "alpha": ("α, exponent of r^-α", Range(0.0, 6.0)),
    "ratio": ("ratio of trap frequencies", Range(1.0, 60.0, logarithmic=True)),
    "exponent": ("exponent of the springs", Range(0.1, 10.0, logarithmic=True)),
}
CHOICES = {
    "ends": ["free", "fixed"],
    "distribution": ["uniform", "power"],
    "branch": ["axial", "x", "y"],
}
MASSES = ["identical", "graded", "random", "alternating"]
FACTORS = {"N - 1 (Kac factor)": "kac", "1 (bare)": "bare", "another": "other"}


class Controls:
    """Everything that can be changed; each change gives the next subject to ``on_change``.

    Parameters
    ----------
    subject : Subject
        Where to start.
    on_change : callable
        Called with the new subject after every change.
    """

    def __init__(self, subject: Subject, on_change: Callable[[Subject], None]) -> None:
        self.subject = subject
        self.original = subject
        self.on_change = on_change
        self.column = pn.Column(sizing_mode="stretch_width", stylesheets=[CONTROLS], margin=0)
        self.build()

    def build(self) -> None:
        """Make the controls anew, for another kind of network or number of baths."""
        parts = [self._start()]
        if self.subject.given is None:
            parts += [_heading("Network"), *self._network(), *self._masses()]
        else:
            text = f"<div class='small'>{_escaped(self.subject.given)}</div>"
            parts += [_heading("Network"), pn.pane.HTML(text, stylesheets=[TEXT])]
        parts += [_heading("Baths"), *self._baths()]
        parts += [dial("temperature of dark modes", self.subject.dark_temperature, Range(0.0, 3.0),
                       self._setter(("state", "dark_temperature")))]
        self.column.objects = parts

    def change(self, subject: Subject, rebuild: bool = False) -> None:
        """Take another subject."""
        self.subject = subject
        if rebuild:
            self.build()
        self.on_change(subject)

    def _setter(self, key: Key, rebuild: bool = False) -> Callable[[Any], None]:
        return lambda value: self.change(self.subject.with_entry(key, value), rebuild)

    def _start(self) -> Any:
        options: dict[str, Any] = {"as it was opened": "", **{name: name for name in PRESETS}}
        current = next((name for name, preset in PRESETS.items() if preset == self.subject.document), "")
        if self.subject.document != self.original.document and not current:
            options = {"changed by hand": "changed", **options}
            current = "changed"
        return choice("Start from", current, options, self._preset, wide=True)

    def _preset(self, name: str) -> None:
        if name == "changed":
            return
        self.change(Subject(PRESETS[name]) if name else self.original, rebuild=True)

    def _network(self) -> list[Any]:
        table = self.subject.document["network"]
        kinds = list(NETWORKS) if table["kind"] in NETWORKS else [table["kind"], *NETWORKS]
        parts = [choice("kind", table["kind"], kinds, self._kind)]
        for name in table:
            if name == "shape":
                parts += [number_box(f"sites along axis {i}", length, self._setter(("network", "shape", i)), whole=True)
                          for i, length in enumerate(table["shape"])]
            elif name not in ("kind", "kac", "n_tilde", "n"):
                parts += self._entry(("network", name), table["kind"])
        if "kac" in table or "n_tilde" in table or table["kind"] in ("mean-field", "power-law", "random-springs"):
            parts += self._factor(table)
        if "n" in table:
            parts.append(self._size(("network", "n"), table["kind"]))
        return parts

    def _kind(self, kind: str) -> None:
        if kind in NETWORKS:
            document = fresh_network(kind, self.subject.document, most_sites(kind))
            self.change(Subject(document, self.subject.directory), rebuild=True)

    def _entry(self, key: Key, kind: str) -> list[Any]:
        value, name = self.subject.entry(key), str(key[-1])
        if isinstance(value, bool):
            return [switch(name, value, self._setter(key))]
        if name in CHOICES and isinstance(value, str):
            return [choice(name, value, CHOICES[name], self._setter(key))]
        if name == "seed":
            return [number_box("seed", value, self._setter(key), whole=True)]
        if name in ("mean", "spread") and isinstance(value, int | float):
            label = f"{name} of the springs"
            return [dial(label, value, SPRING if name == "mean" else Range(0.0, 1.0), self._setter(key))]
        if name in SPANS and isinstance(value, int | float):
            return [dial(*_labelled(name, value), self._setter(key))]
        return [pn.pane.HTML(f"<div class='small'>{_escaped(name)}: as in the model</div>", stylesheets=[TEXT],
                             margin=(2, 8))]

    def _factor(self, table: dict[str, Any]) -> list[Any]:
        given = "other" if "n_tilde" in table else "bare" if table.get("kac") is False else "kac"
        parts = [choice("Ñ, normalisation", given, FACTORS, self._normalised)]
        if given == "other":
            parts.append(dial(*_labelled("n_tilde", table["n_tilde"]), self._setter(("network", "n_tilde"))))
        return parts

    def _normalised(self, factor: str) -> None:
        subject = self.subject.with_entry(("network", "kac"), None).with_entry(("network", "n_tilde"), None)
        if factor == "other":
            subject = subject.with_entry(("network", "n_tilde"), 1.0)
        else:
            subject = subject.with_entry(("network", "kac"), factor == "kac")
        self.change(subject, rebuild=True)

    def _size(self, key: Key, kind: str) -> Any:
        span = Range(2, most_sites(kind), logarithmic=True, whole=True)
        return dial("N, number of sites", self.subject.entry(key), span, self._setter(key))

    def _masses(self) -> list[Any]:
        table = self.subject.document.get("masses")
        if not table:
            return []
        kinds = MASSES if table["kind"] in MASSES else [table["kind"], *MASSES]
        parts = [_heading("Masses"), choice("masses", table["kind"], kinds, self._mass_kind)]
        if "n" in table:
            parts.append(self._size(("masses", "n"), self.subject.kind))
        for name, label, span in (("mean", "mean mass", SPRING), ("spread", "spread of masses", Range(0.0, 1.0))):
            if name in table:
                parts.append(dial(label, table[name], span, self._setter(("masses", name))))
        if "seed" in table:
            parts.append(number_box("seed of masses", table["seed"], self._setter(("masses", "seed")), whole=True))
        return parts

    def _mass_kind(self, kind: str) -> None:
        if kind not in MASSES:
            return
        old = self.subject.document["masses"]
        n = old.get("n", len(old.get("values", [])) or 100)
        new: dict[str, Any] = {"kind": kind, "n": n, "mean": old.get("mean", 1.0)}
        if kind != "identical":
            new["spread"] = old.get("spread", 0.1)
        if kind == "random":
            new["seed"] = 1
        self.change(self.subject.with_entry(("masses",), new), rebuild=True)

    def _baths(self) -> list[Any]:
        baths = self.subject.document["baths"]
        parts: list[Any] = []
        for i, bath in enumerate(baths):
            parts += self._bath(i, bath)
        add = pn.widgets.Button(name="add a bath", disabled=len(baths) >= MOST_BATHS, margin=(3, 4))
        drop = pn.widgets.Button(name="remove the last", disabled=len(baths) <= 1, margin=(3, 4))
        add.on_click(lambda event: self._more_baths())
        drop.on_click(lambda event: self.change(self.subject.with_entry(("baths",), baths[:-1]), rebuild=True))
        return [*parts, pn.Row(add, drop, sizing_mode="stretch_width")]

    def _bath(self, i: int, bath: dict[str, Any]) -> list[Any]:
        name = str(bath.get("name") or f"bath {i}")
        parts = []
        if isinstance(bath.get("site"), int):
            parts.append(number_box(f"{name}: site", bath["site"], self._setter(("baths", i, "site")), whole=True))
        else:
            where = f"face {bath['face']}" if "face" in bath else f"{len(bath.get('sites', []))} sites"
            parts.append(pn.pane.HTML(f"<div>{_escaped(name)}: {_escaped(where)}</div>", stylesheets=[TEXT],
                                      margin=(2, 8)))
        for key, label, span in (("temperature", "T", Range(0.0, 3.0)), ("friction", "γ", SPRING),
                                 ("cutoff", "cutoff ω_D", SPRING), ("k", "k of the lead", SPRING),
                                 ("mass", "mass of the lead", SPRING)):
            if isinstance(bath.get(key), int | float):
                parts.append(dial(f"{name}: {label}", bath[key], span, self._setter(("baths", i, key))))
        return parts

    def _more_baths(self) -> None:
        baths = self.subject.document["baths"]
        taken = {site for bath in baths for site in [bath.get("site"), *bath.get("sites", [])]}
        site = next(site for site in range(10**6) if site not in taken)
        new = {"site": site, "temperature": 1.0, "friction": 1.0}
        self.change(self.subject.with_entry(("baths",), [*baths, new]), rebuild=True)


def _labelled(name: str, value: Any) -> tuple[str, Any, Range]:
    label, span = SPANS[name]
    return label, value, span


def _heading(text: str) -> Any:
    return pn.pane.HTML(f"<h2>{text}</h2>", stylesheets=[TEXT], margin=(5, 4, 0, 4))


def _escaped(value: Any) -> str:
    from html import escape

    return escape(str(value))
