"""Packages that are compared with where they are installed, and never needed."""

from __future__ import annotations

import importlib
import warnings
from functools import cache
from typing import Any


@cache
def optional(name: str) -> Any | None:
    """Return a package, or None where it is not installed or does not load."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except (ImportError, ValueError, OSError):  # missing, or built for another NumPy
            return None
