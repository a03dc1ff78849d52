"""The command ``hotsprings``."""

from __future__ import annotations

from hotsprings.cli import dynamics, explorers, models, papers, sweeps
from hotsprings.cli.app import app, main

__all__ = ["app", "dynamics", "explorers", "main", "models", "papers", "sweeps"]
