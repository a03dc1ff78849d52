"""The reference: every public name of the package, found in its ``__all__`` and written down when the site is built."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import hotsprings as hs

TITLES = {"Networks": "hotsprings.network", "Errors and warnings": "hotsprings.errors"}


def homes() -> dict[str, list[str]]:
    """Return the names of the package itself, by the section they belong to."""
    found: dict[str, list[str]] = {title: [] for title in ("Networks", "Systems, states, spectra",
                                                           "Errors and warnings")}
    for name in hs.__all__:
        value: Any = getattr(hs, name)
        if name.startswith("__") or isinstance(value, ModuleType):
            continue
        home = getattr(value, "__module__", "")
        title = next((title for title, start in TITLES.items() if home.startswith(start)), "Systems, states, spectra")
        found[title].append(f"hotsprings.{name}")
    return found


def modules() -> dict[str, list[str]]:
    """Return the names of the public modules."""
    found = {}
    for name in hs.__all__:
        value: Any = getattr(hs, name)
        if isinstance(value, ModuleType):
            names = [each for each in value.__all__ if callable(getattr(value, each))]
            found[f"hotsprings.{name}"] = [f"hotsprings.{name}.{each}" for each in names]
    return found


def listed(names: list[str]) -> str:
    """Return an autosummary table; what is also listed elsewhere is listed there."""
    return "\n.. autosummary::\n   :toctree: reference\n\n" + "".join(f"   {name}\n" for name in names)


def written() -> str:
    """Return the whole reference as reStructuredText."""
    parts = []
    seen: set[int] = set()
    for title, names in homes().items():
        parts.append(f"{title}\n{'-' * len(title)}\n{listed(names)}")
        seen |= {id(getattr(hs, name.rsplit('.', 1)[1])) for name in names}
    for module, names in modules().items():
        owner = getattr(hs, module.rsplit(".", 1)[1])
        own = [name for name in names if id(getattr(owner, name.rsplit(".", 1)[1])) not in seen]
        doc = (inspect.getdoc(owner) or "").splitlines()[0]
        parts.append(f"{module}\n{'-' * len(module)}\n\n{doc}\n{listed(own)}")
    return "\n".join(parts)


def write(path: Path) -> Path:
    """Write the reference where it changed; return where."""
    text = written()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path


def escaped(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Escape the bars of |G|² in docstrings, which reStructuredText would take for a substitution."""
    for i, line in enumerate(lines):
        if "|" in line and not line.lstrip().startswith((">>>", "...")):
            parts = re.split(r"(``[^`]*``)", line)
            lines[i] = "".join(part if part.startswith("``") else part.replace("|", r"\|") for part in parts)


def setup(app: Any) -> dict[str, Any]:
    """Escape docstrings before numpydoc reads them."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", escaped, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
