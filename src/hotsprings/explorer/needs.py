"""What the explorer needs beyond the package itself."""

from __future__ import annotations

import importlib
from typing import Any

from hotsprings.errors import ArgumentError

__all__ = ["panel_module"]


def panel_module() -> Any:
    """Return the module ``panel``, or say how to get it.

    Raises
    ------
    ArgumentError
        If it is not installed.
    """
    try:
        return importlib.import_module("panel")
    except ModuleNotFoundError as err:
        raise ArgumentError("explore", "have its packages installed (pip install \"hotsprings[explore]\")",
                            f"there is no {err.name}") from None
