"""What a model file may ask beside the stationary state: one table each, all answered by ``hotsprings run``.

A family of questions is a module here: a mixin of optional tables for the model, and an entry per table in its
``QUESTIONS``. Both are named below, and nothing else knows of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotsprings.config.questions.currents import QUESTIONS as CURRENTS
from hotsprings.config.questions.currents import CurrentTables
from hotsprings.config.questions.fluctuations import QUESTIONS as FLUCTUATIONS
from hotsprings.config.questions.fluctuations import FluctuationTables
from hotsprings.config.questions.motions import QUESTIONS as MOTIONS
from hotsprings.config.questions.motions import MotionTables
from hotsprings.config.questions.question import Answer, Quantity, Question
from hotsprings.errors import ArgumentError
from hotsprings.system import OpenNetwork

__all__ = ["QUESTIONS", "Answer", "Quantity", "Question", "Questions", "answers", "check_questions"]

QUESTIONS: dict[str, Question] = {**CURRENTS, **FLUCTUATIONS, **MOTIONS}


class Questions(CurrentTables, FluctuationTables, MotionTables):
    """The optional tables of all families."""


def _asked(tables: Questions) -> Iterator[tuple[str, Any]]:
    """Give the name and the table of each question of a model file."""
    for name in QUESTIONS:
        table = getattr(tables, name)
        if table is not None:
            yield name, table


def check_questions(tables: Questions, system: OpenNetwork) -> None:
    """Raise ArgumentError for the first key that does not fit the system; nothing is solved."""
    for name, table in _asked(tables):
        try:
            QUESTIONS[name].check(system, table)
        except ArgumentError as err:
            raise ArgumentError(f"{name}.{err.argument}", err.requirement, err.given) from None


def answers(tables: Questions, system: OpenNetwork) -> Iterator[tuple[str, Answer]]:
    """Give the answer to each question of a model file, with its name."""
    for name, table in _asked(tables):
        yield name, QUESTIONS[name].ask(system, table)
