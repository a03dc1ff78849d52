"""The paper, reproduced: figures, data and a report that puts every statement beside the exact one."""

from __future__ import annotations

from hotsprings.studies.paper.reproduce import reproduce

__all__ = ["reproduce"]
