"""How things look in a notebook: compact tables that take the colours of the page, light or dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

__all__ = ["card", "certificate_html", "currents_html", "lines_html", "network_html", "plan_html", "resonances_html",
           "state_html", "system_html", "table"]

SHOWN = 12  # rows of a table; of more, the first and the last
_CELL = "padding:1px 10px 1px 0;text-align:{align};border:0;background:transparent;color:inherit;white-space:nowrap"
_RULE = "border-bottom:1px solid currentColor;font-weight:600;opacity:0.8;"


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Return rows of texts as an HTML table, columns but the first aligned to the right where there is a head."""
    body = [list(row) for row in rows]
    if len(body) > SHOWN:
        half, gap = SHOWN // 2, [f"… {len(body) - 2 * (SHOWN // 2)} more …"]
        body = [*body[:half], gap + [""] * (len(body[0]) - 1), *body[-half:]]
    lines = []
    if head:
        lines.append(_row(head, "th", _RULE, True))
    lines += [_row(row, "td", "", bool(head)) for row in body]
    return ('<table style="border-collapse:collapse;border:0;margin:2px 0;font-size:inherit;color:inherit;'
            f'background:transparent">{"".join(lines)}</table>')


def _row(cells: Sequence[str], tag: str, extra: str, right: bool) -> str:
    styles = [_CELL.format(align="right" if right and i else "left") for i in range(len(cells))]
    text = "".join(f'<{tag} style="{extra}{style}">{escape(str(cell))}</{tag}>'
                   for cell, style in zip(cells, styles, strict=True))
    return f'<tr style="background:transparent">{text}</tr>'


def card(title: str, *parts: str) -> str:
    """Return a title and what is below it, in the colours of the page."""
    head = f'<div style="font-weight:600">{escape(title)}</div>'
    return f'<div style="color:inherit;line-height:1.35">{head}{"".join(parts)}</div>'


def lines_html(thing: Any) -> str:
    """Return anything by the lines of its ``repr``: sentences, and a table of those that are set in with a name."""
    first, *others = repr(thing).splitlines()
    rows = [list(line.strip().partition(": ")[::2]) for line in others]
    name = type(thing).__name__
    return card(name, _sentence(first.removeprefix(name).lstrip(": ")), table(rows) if rows else "")


def _sentence(text: str) -> str:
    return f'<div style="margin:2px 0">{escape(text)}</div>'


def network_html(network: Any) -> str:
    """Return a network: what its ``repr`` says, word by word."""
    return card(type(network).__name__, _sentence(_words(network)))


def _words(network: Any) -> str:
    text = repr(network)
    name = type(network).__name__
    return text[len(name) + 1:-1] if text.startswith(f"{name}(") and text.endswith(")") else text


def system_html(system: Any) -> str:
    """Return an open network: the network, and a row for every group or bath."""
    rows = [line.partition(": ")[::2] for line in system.contact_lines()]
    return card("OpenNetwork", _sentence(repr(system.network)), table([list(row) for row in rows]))


def state_html(state: Any) -> str:
    """Return a stationary state: fluxes, conductances, temperatures, and the sentence of its certificate."""
    flux = state.contact_heat_flux
    rows = [[*line.partition(": ")[::2], f"{value:+.10g}"]
            for line, value in zip(state.system.contact_lines(), flux.values(), strict=True)]
    parts = [_sentence(repr(state.system.network)), table(rows, ("", "", "heat flux"))]
    names = list(flux)
    if 2 < len(names) <= SHOWN:
        matrix = state.contact_conductance
        cells = [[name, *("" if i == j else f"{matrix[i, j]:.6g}" for j in range(len(names)))]
                 for i, name in enumerate(names)]
        parts.append(table(cells, ("conductance", *names)))
    t = state.local_temperature
    facts = []
    if len(names) == 2:
        c = float(state.contact_conductance[0, 1])
        facts.append(["J/ΔT", f"{c:.12g}"])
        facts.append(["N·J/ΔT", f"{state.system.n_sites * c:.12g}"])
    facts.append(["local temperature", f"{t.min():.6g} (site {int(t.argmin())}) … {t.max():.6g} "
                  f"(site {int(t.argmax())})"])
    if state.n_dark_modes:
        facts.append(["dark modes", f"{state.n_dark_modes}, kept at temperature {state.dark_temperature:g}"])
    return card("SteadyState", *parts, table(facts), _sentence(str(state.certificate)))


def resonances_html(resonances: Any, shown: int = 6) -> str:
    """Return resonances: how many, and those that live longest."""
    frequency = np.asarray(resonances.frequency)
    right = frequency[frequency.real >= 0.0]
    slow = right[np.argsort(right.imag, kind="stable")][:shown]
    rows = [[f"{w.real:.8g}", f"{w.imag:.4g}", f"{1.0 / w.imag:.4g}" if w.imag > 0.0 else "∞"] for w in slow]
    some = len(rows) < right.size
    more = f"; the {len(rows)} that live longest, with Re ω ≥ 0:" if some else ", those with Re ω ≥ 0:"
    return card("Resonances", _sentence(f"{frequency.size} in all, mirrors included{more}"),
                table(rows, ("Re ω", "Im ω (decay rate)", "lifetime")))


def currents_html(currents: Any, shown: int = 6) -> str:
    """Return heat through springs: how many, and the largest."""
    flux = np.asarray(currents.heat_flux)
    largest = np.argsort(-np.abs(flux), kind="stable")[:shown]
    rows = [[f"{i} → {j}", f"{value:+.10g}"]
            for (i, j), value in zip(currents.bonds[largest], flux[largest], strict=True)]
    some = f", the {len(rows)} that carry most" if len(rows) < flux.size else ""
    law = f"{flux.size} springs{some}; Kirchhoff's law at {currents.n_complete} sites to {currents.error:.1e}"
    return card("BondCurrents", _sentence(law), table(rows, ("spring", "heat flux")))


def certificate_html(certificate: Any) -> str:
    """Return a certificate: its sentence, and every number."""
    names = ("pole_sum", "sum_rule", "flux_balance", "positivity", "sampled_error", "conditioning", "flux_doubt")
    rows = [[name.replace("_", " "), f"{getattr(certificate, name):.2g}"] for name in names
            if hasattr(certificate, name)]
    return card("Certificate", _sentence(str(certificate)), table(rows, ("identity", "violated by")))


def plan_html(plan: Any) -> str:
    """Return the plan of a sweep: its axes, realisations and observables."""
    rows = [[axis.name, str(len(axis)), _shortly(axis.coordinate)] for axis in plan.axes]
    names = ", ".join(observable.name for observable in plan.observables)
    return card(plan.title or "Plan", table(rows, ("axis", "values", "")) if rows else "",
                table([["realisations", f"{plan.realisations}"], ["tasks", f"{plan.n_tasks:,}"],
                       ["seed", f"{plan.seed}"], ["observables", names]]))


def _shortly(values: Sequence[Any]) -> str:
    texts = [f"{value:.6g}" if isinstance(value, float) else str(value) for value in values]
    return ", ".join(texts) if len(texts) <= 5 else f"{texts[0]}, {texts[1]}, …, {texts[-1]}"
