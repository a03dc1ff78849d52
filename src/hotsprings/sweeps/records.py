"""Records of finished tasks in a database, each with a digest that tells whether it is still what was written."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hotsprings.checks import FloatArray

__all__ = ["DIGESTS", "TABLE", "Record", "sorted_out", "sound_database", "told_apart"]

TABLE = """CREATE TABLE IF NOT EXISTS records (task INTEGER PRIMARY KEY, "values" BLOB, error TEXT,
seconds REAL NOT NULL)"""
DIGESTS = "CREATE TABLE IF NOT EXISTS digests (task INTEGER PRIMARY KEY, digest BLOB NOT NULL)"
_ROW = 'SELECT records.task, "values", error, seconds'


@dataclass(frozen=True)
class Record:
    """What one task came to: its observables, or its error.

    Examples
    --------
    >>> import hotsprings as hs
    >>> hs.sweeps.Record.__dataclass_fields__.keys()
    dict_keys(['task', 'values', 'error', 'seconds'])
    """

    task: int
    values: FloatArray | None
    error: str | None
    seconds: float

    @property
    def digest(self) -> bytes:
        """What is kept beside it, to tell whether it is still what was written."""
        values = b"" if self.values is None else np.asarray(self.values, dtype="<f8").tobytes()
        text = f"{self.task} {self.values is None} {self.error} {float(self.seconds).hex()} "
        return hashlib.blake2b(text.encode() + values, digest_size=16).digest()


def sound_database(database: sqlite3.Connection) -> bool:
    """Return whether SQLite finds a database in order."""
    try:
        return bool(database.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
    except sqlite3.OperationalError:  # not readable now: locked, or a disk that fails
        raise
    except sqlite3.DatabaseError:
        return False


def sorted_out(database: sqlite3.Connection, sound: bool, width: int | None) -> tuple[list[Record], int]:
    """Return the records of a database that are what was written, and how many others there are.

    Of a damaged database a row may be read twice, from either end.
    """
    kept: dict[int, Record] = {}
    lost = set()
    for row in _readable(database, sound):
        record = _whole(row, sound, width)
        if record is None:
            lost.add(row[0])
        else:
            kept[record.task] = record
    return list(kept.values()), len(lost - kept.keys())


def _whole(row: tuple[Any, ...], sound: bool, width: int | None) -> Record | None:
    """Return the record in a row, or None where it is not what was written.

    Rows of older stores have no digest: they count where the database is sound.
    """
    task, values, error, seconds, digest = row
    try:
        array = None if values is None else np.frombuffer(values, dtype="<f8")
        record = Record(int(task), array, error, float(seconds))
        fits = array is None or width is None or array.size == width
        genuine = record.digest == digest if digest is not None else sound
        named = (error is None) != (array is None) and isinstance(error, str | None)
    except (TypeError, ValueError):
        return None
    return record if fits and genuine and named else None


def _readable(database: sqlite3.Connection, sound: bool) -> Iterator[tuple[Any, ...]]:
    """Yield every row that can be read, and its digest; of a damaged database from both ends."""
    try:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError:
        return
    if "records" not in names:
        return
    query = f"{_ROW}, digest FROM records LEFT JOIN digests ON digests.task = records.task"
    if "digests" not in names:
        query = f"{_ROW}, NULL FROM records"
    for order in ("",) if sound else (" ORDER BY records.task", " ORDER BY records.task DESC"):
        try:
            yield from database.execute(query + order)
        except sqlite3.DatabaseError:
            if sound:
                raise


def told_apart(kept: Sequence[Record], lost: int) -> str:
    """Return how many records are whole, and how many are not, in words."""
    return f"{len(kept)} records are whole" + (f", {lost} are not what was written" if lost else "")
