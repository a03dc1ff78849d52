"""What the page says in words: numbers, certificate, warnings, mistakes. Whatever was typed is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hotsprings.certificate import Certificate
from hotsprings.explorer.answers import Answer, ClosedForm, between
from hotsprings.explorer.motion import Motion
from hotsprings.explorer.subject import Subject
from hotsprings.system import OpenNetwork

__all__ = ["certificate_sentence", "mistake", "motion_words", "named", "numbers_table", "warning_list"]


def named(subject: Subject) -> str:
    """Return what a system is called while it is shown or worked on: its kind and size.

    Examples
    --------
    >>> from hotsprings.explorer.presets import PRESETS
    >>> named(Subject(PRESETS["Fig. 5: graded profile, free"]))
    'mean-field, N = 20'
    """
    if subject.given is not None:
        return f"network made in Python, N = {subject.given.n_sites:,}"
    shape = subject.entry(("network", "shape"))
    if shape:
        return f"{subject.kind}, {' × '.join(map(str, shape))} sites"
    n = subject.entry(subject.size_key) if subject.size_key else None
    return subject.kind if n is None else f"{subject.kind}, N = {n:,}"


def numbers_table(answer: Answer, form: ClosedForm | None, source: str, drain: str) -> str:
    """Return the fluxes, the conductance and the closed form beside them, as a table."""
    state = answer.state
    system = state.system
    rows = [(f"heat flux from {name} ({_place(system, baths)})", f"{state.heat_flux[list(baths)].sum():+.12g}")
            for name, baths in system.contacts.items()]
    if len(system.contacts) > 1:
        C = between(system, state.conductance, source, drain)
        rows += [(f"conductance between {source} and {drain}", f"{C:.12g}"),
                 ("N × conductance", f"{state.system.n_sites * C:.12g}")]
    if form is not None:
        kind = "closed form" if form.exact else "closed form for identical masses"
        rows.append((kind, f"{form.heat_flux:+.12g}"))
        if form.heat_flux:
            rows.append(("relative difference of the exact flux from the closed form",
                         f"{state.heat_flux[0] / form.heat_flux - 1.0:+.2e}"))
    T, slow = state.local_temperature, state.resonances.slowest
    rows += [("local temperatures", f"{T.min():.8g} … {T.max():.8g}"),
             ("slowest resonance", f"{slow.real:.8g} + {slow.imag:.4g} i, lifetime {1.0 / slow.imag:.4g}")]
    if state.n_dark_modes:
        rows.append(("dark modes", f"{state.n_dark_modes:,} on {state.dark_sites.size:,} sites"))
    body = "".join(f"<tr><td>{escape(name)}</td><td class='number'>{_unbroken(value)}</td></tr>"
                   for name, value in rows)
    return f"<h2>Numbers</h2><table>{body}</table>"


def _place(system: OpenNetwork, baths: Sequence[int]) -> str:
    return f"site {system.bath_sites[baths[0]]}" if len(baths) == 1 else f"{len(baths)} sites"


def _unbroken(text: str) -> str:
    """Return text whose lines end between words only, not after the minus of an exponent."""
    return " ".join(f"<span>{escape(word)}</span>" for word in text.split())


def certificate_sentence(certificate: Certificate) -> str:
    """Return the certificate as a sentence."""
    text = (f"Certificate holds: every identity to {certificate.error:.1e} (tolerance {certificate.tolerance:.0e}), "
            f"{certificate.n_resonances:,} of {certificate.n_expected:,} resonances found")
    if certificate.conditioning > certificate.tolerance:
        text += f"; the last bits of the springs move some temperatures by {certificate.conditioning:.1e}"
    if certificate.sampled_error:
        text += f"; a sample solved again in 32 digits moves by {certificate.sampled_error:.1e}"
    return f"<div class='holds'>{escape(text)}.</div>"


def warning_list(warnings: tuple[str, ...]) -> str:
    """Return the warnings, each in a box."""
    return "".join(f"<p class='warns'>{escape(text[:1].upper() + text[1:])}</p>" for text in warnings)


def mistake(err: Exception) -> str:
    """Return what is wrong with the input, or why nothing is returned."""
    head = "" if isinstance(err, ValueError) else "No result is returned. "
    return f"<div class='wrong' role='alert'>{escape(head + str(err))}\nShown is the last system that was right.</div>"


def motion_words(found: Motion, rank: int, count: int) -> str:
    """Return what is known of one resonance."""
    omega = found.frequency
    text = (f"ω = {omega.real:.10g} + {omega.imag:.6g} i, number {rank} of {count:,} by lifetime; decays in "
            f"{1.0 / omega.imag:.4g}, moves {found.participation:.3g} sites; equation of motion to "
            f"{found.residual:.0e}")
    shaded = "; <span class='orange'>shaded</span>: how far each site swings"
    return f"<div class='small'>{escape(text)}{shaded}</div>"
