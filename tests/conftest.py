"""Settings for every test."""

from __future__ import annotations

import matplotlib
from hypothesis import settings

matplotlib.use("agg")
settings.register_profile("fixed", max_examples=60, derandomize=True, database=None, deadline=None)
settings.register_profile("wide", max_examples=2000, deadline=None, print_blob=True)
settings.load_profile("fixed")  # the same examples in every run; --hypothesis-profile=wide draws others, and more
