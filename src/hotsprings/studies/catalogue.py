"""The studies there are."""

from __future__ import annotations

import importlib

from hotsprings import checks
from hotsprings.errors import ArgumentError
from hotsprings.studies import MODULES
from hotsprings.studies.study import Study

__all__ = ["NAMES", "study"]

NAMES = tuple(MODULES)


def study(name: str) -> Study:
    """Return a study by its name.

    Parameters
    ----------
    name : str
        One of :data:`NAMES`.

    Returns
    -------
    Study

    Raises
    ------
    ArgumentError
        If there is none of that name.
    """
    if name not in MODULES:
        raise ArgumentError("name", f"be one of {', '.join(NAMES)} or all", f"{checks.shown(name)} was given")
    found: Study = importlib.import_module(f"hotsprings.studies.{MODULES[name]}").STUDY
    return found
