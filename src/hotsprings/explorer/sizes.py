"""The heat flux against the number of sites, everything else as it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from hotsprings.errors import CertificateError
from hotsprings.explorer.answers import between, closed_form
from hotsprings.explorer.subject import Subject
from hotsprings.stationary import conductance

__all__ = ["SizePoint", "curve_key", "flux_against_size", "sizes_of"]

SizePoint = tuple[int, float, float]  # N, J/ΔT, closed form (nan where there is none)

MOST = {"mean-field": 10_000, "chain": 300, "random-chain": 300}
DENSE_MOST = 64


def sizes_of(subject: Subject) -> list[int]:
    """Return the sizes of the curve, geometrically from as many as there are baths; none where N is not free."""
    if subject.size_key is None or not all(isinstance(b.get("site"), int) for b in subject.document["baths"]):
        return []
    least = max(2, *(int(b["site"]) + 1 if b["site"] >= 0 else -int(b["site"]) for b in subject.document["baths"]),
                len(subject.document["baths"]))
    most = MOST.get(subject.kind, DENSE_MOST)
    if least * 2 > most:
        return []
    return sorted({round(n) for n in np.geomspace(max(least, 3), most, 14)})


def curve_key(subject: Subject, source: int | str, drain: int | str) -> str:
    """Return what the curve depends on: all but N and the temperatures."""
    key = subject.size_key
    same = subject.with_entry(key, 2) if key else subject
    for i in range(len(same.document["baths"])):
        same = same.with_entry(("baths", i, "temperature"), 1.0)
    return f"{same.text() if key else ''}{source}>{drain}"


def flux_against_size(subject: Subject, source: int | str, drain: int | str) -> Iterator[SizePoint]:
    """Give N, J/ΔT and its closed form, size by size; a size that is refused is left out."""
    key = subject.size_key
    for n in sizes_of(subject):
        assert key is not None
        try:
            system = subject.with_entry(key, n).system()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = between(system, conductance(system), source, drain)
        except (ValueError, CertificateError):  # two baths on one site, say
            continue
        form = closed_form(system)
        gap = float(system.temperature[0] - system.temperature[1]) if system.n_baths == 2 else 0.0
        yield n, value, form.heat_flux / gap if form is not None and gap else float("nan")
