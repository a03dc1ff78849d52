"""The command ``hotsprings``."""

from __future__ import annotations

from hotsprings.cli import models, papers, sweeps
from hotsprings.cli.app import app, main

__all__ = ["app", "main", "models", "papers", "sweeps"]
