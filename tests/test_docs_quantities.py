"""The Python blocks of the pages on quantum heat and currents run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parent.parent / "docs"


@pytest.mark.parametrize("page", ["quantum.md", "currents.md"])
def test_blocks_run(page):
    blocks = re.findall(r"```python\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    exec(compile("\n".join(blocks), page, "exec"), {})
