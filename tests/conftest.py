"""Settings for every test."""

from __future__ import annotations

import os

import matplotlib
from hypothesis import settings

matplotlib.use("agg")
settings.register_profile("ci", derandomize=True, deadline=None)  # the same examples in every run
if os.environ.get("CI"):
    settings.load_profile("ci")
