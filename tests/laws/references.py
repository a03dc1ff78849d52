"""References of the matrix: conductances and bath weights of every case, from exact fractions of polynomials.

``python -m tests.laws.references`` writes ``matrix_references.json`` (needs the extra ``search``; a second or two).
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("matrix_references.json")


@functools.cache
def _stored():
    return json.loads(FILE.read_text(encoding="utf-8"))


def reference(case):
    """Return the conductance matrix and the bath weights of a case."""
    found = _stored()[case]
    return np.array(found["conductance"]), np.array(found["bath_weight"])


def main():
    import hotsprings as hs
    from tests.laws.matrix import CASES, laplacian
    from tests.search.exact import Case
    from tests.search.oracle import Oracle

    found = {}
    for name, p in CASES.items():
        system = hs.OpenNetwork(hs.Springs(p.masses, laplacian(p)), p.baths)
        oracle = Oracle(Case(system, p.springs, p.pinning))
        found[name] = {"conductance": oracle.conductance().tolist(), "bath_weight": oracle.bath_weight().tolist()}
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
