"""Model files: the tables they may hold, what is wrong with one, and the open network it describes."""

from __future__ import annotations

from hotsprings.config.examples import example
from hotsprings.config.files import ModelError, load_model, parse_model, read_model
from hotsprings.config.model import Model

__all__ = ["Model", "ModelError", "example", "load_model", "parse_model", "read_model"]


def __dir__() -> list[str]:
    return sorted(__all__)
