"""The kinds of network that model files know: a new one is a file of its own and a line here."""

from __future__ import annotations

from hotsprings.network import chain, disorder, files, ions, lattice, mean_field, power_law
from hotsprings.network.keys import Kind

__all__ = ["KINDS"]

KINDS: dict[str, Kind] = {kind.name: kind for kind in (
    mean_field.KIND,
    power_law.KIND,
    chain.KIND,
    lattice.KIND,
    disorder.SPRINGS_KIND,
    disorder.CHAIN_KIND,
    files.KIND,
    ions.KIND,
)}
