"""Models to start from: the networks of the paper's Figs. 2 to 5, and one of each kind."""

from __future__ import annotations

import copy
import math
from typing import Any

__all__ = ["NETWORKS", "PRESETS", "fresh_network"]

Document = dict[str, Any]


def _document(title: str, masses: Document, **network: Any) -> Document:
    baths = [{"site": site, "temperature": T, "friction": 1.0} for site, T in ((0, 1.5), (-1, 0.5))]
    return {"title": title, "network": {"kind": "mean-field", **network}, "masses": masses, "baths": baths,
            "state": {"dark_temperature": 0.0}}


def _masses(kind: str, n: int, **more: Any) -> Document:
    return {"kind": kind, "n": n, "mean": 1.0} | ({} if kind == "identical" else {"spread": 0.1}) | more


#: arXiv:2111.01332; in all of them m = γ = 1, T = 1.5 and 0.5 (random masses: seed = N).
PRESETS: dict[str, Document] = {
    "Fig. 2: free, identical masses": _document(
        "Fig. 2: transmittance, free", _masses("identical", 100), k=1.0, k0=0.0, kac=True),
    "Fig. 2: the same without Kac factor": _document(
        "Fig. 2: transmittance, free and bare", _masses("identical", 100), k=1.0, k0=0.0, kac=False),
    "Fig. 3: pinned, identical masses": _document(
        "Fig. 3: transmittance, pinned", _masses("identical", 100), k=1.0, k0=1.0, kac=True),
    "Fig. 4: graded masses, Kac": _document(
        "Fig. 4: heat flux against size", _masses("graded", 300), k=0.1, k0=0.0, kac=True),
    "Fig. 4: random masses, bare": _document(
        "Fig. 4: heat flux against size, bare", _masses("random", 300, seed=300), k=0.1, k0=0.0, kac=False),
    "Fig. 4: random masses, pinned": _document(
        "Fig. 4: heat flux against size, pinned", _masses("random", 300, seed=300), k=0.1, k0=0.02, kac=True),
    "Fig. 5: graded profile, free": _document(
        "Fig. 5: local temperatures", _masses("graded", 20), k=1.0, k0=0.0, kac=True),
    "Fig. 5: random profile, pinned": _document(
        "Fig. 5: local temperatures, pinned", _masses("random", 20, seed=20), k=1.0, k0=1.0, kac=True),
}

NETWORKS: dict[str, Document] = {
    "mean-field": {"k": 1.0, "k0": 0.0, "kac": True},
    "power-law": {"alpha": 1.5, "k": 1.0, "k0": 0.0, "kac": True, "periodic": False},
    "lattice": {"shape": [6, 8], "k": 1.0, "k0": 0.1, "periodic": [], "ends": "free"},
    "chain": {"k": 1.0, "k0": 0.0, "ends": "fixed"},
    "random-springs": {"mean": 1.0, "spread": 0.5, "seed": 1, "k0": 0.0, "kac": True},
    "random-chain": {"distribution": "uniform", "mean": 1.0, "spread": 0.5, "seed": 1, "k0": 0.0, "ends": "fixed"},
    "ion-crystal": {"n": 20, "branch": "axial"},
}


def fresh_network(kind: str, document: Document, most: int) -> Document:
    """Return the document with a network of another kind, its masses and baths kept where they fit."""
    new = copy.deepcopy(document)
    shape = new.get("network", {}).get("shape")
    old = math.prod(shape) if shape else (new.get("masses") or new.get("network") or {}).get("n") or 20
    n = min(int(old), most)
    new["title"] = ""
    new["network"] = {"kind": kind, **NETWORKS[kind]}
    if not all("site" in bath for bath in new["baths"]):  # faces of a lattice
        new["baths"] = _document("", {})["baths"]
    if kind == "lattice":
        new["masses"] = {key: value for key, value in _masses("graded", 0).items() if key != "n"}
    elif kind == "ion-crystal":
        new.pop("masses", None)
        new["network"]["n"] = min(n, 100)
    elif "n" in new.get("masses", {}) and n > 1:
        new["masses"]["n"] = n
    else:
        new["masses"] = _masses("graded", n)
    return new
