"""Where the results of a sweep survive: one SQLite database per shard in a directory, each commit on the disk."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from hotsprings.checks import FloatArray, IntArray
from hotsprings.io import write_text

__all__ = ["Record", "Store", "StoreError"]

PLAN = "plan.json"
_RECORDS = re.compile(r"records-(\d+)-of-(\d+)\.sqlite")
_TABLE = """CREATE TABLE IF NOT EXISTS records (task INTEGER PRIMARY KEY, "values" BLOB, error TEXT,
seconds REAL NOT NULL)"""


class StoreError(OSError):
    """A store that cannot be used; the message says why and what to do."""

    def __init__(self, path: str | Path, reason: str) -> None:
        self.path, self.reason = str(path), reason
        super().__init__(f"{path}: {reason}")

    def __reduce__(self) -> tuple[type[StoreError], tuple[str, str]]:
        return type(self), (self.path, self.reason)


@dataclass(frozen=True)
class Record:
    """What one task came to: its observables, or its error."""

    task: int
    values: FloatArray | None
    error: str | None
    seconds: float


class Store:
    """Finished tasks of one plan. A task is in it whole or not at all, whatever kills the run.

    Parameters
    ----------
    path : path-like or None
        The directory, made if it is not there; None keeps everything in memory.
    identity : dict
        The plan's (:attr:`Plan.identity`).
    shard : (int, int)
        Which part of how many this run computes: tasks whose number leaves remainder ``shard[0]``.
    create : bool
        Whether to make it where it is not there.

    Raises
    ------
    StoreError
        If the directory holds another plan (the difference is named), or cannot be used.
    """

    def __init__(self, path: str | Path | None, identity: dict[str, Any], shard: tuple[int, int] = (0, 1),
                 create: bool = True) -> None:
        self.path = None if path is None else Path(path)
        self.shard = shard
        self._connection: sqlite3.Connection | None = None
        if self.path is not None:
            if not create and not (self.path / PLAN).is_file():
                raise StoreError(self.path, "there is no store of a sweep here")
            self._claim(identity)

    def _claim(self, identity: dict[str, Any]) -> None:
        """Make the directory, or see that it is of this plan."""
        assert self.path is not None
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            plan = self.path / PLAN
            if not plan.exists():
                if any(_RECORDS.fullmatch(entry.name) for entry in self.path.iterdir()):
                    raise StoreError(self.path, f"has records but no {PLAN}, so it cannot be told of which plan")
                with FileLock(self.path / "plan.lock"):
                    if not plan.exists():
                        write_text(json.dumps(identity, indent=1, ensure_ascii=False), plan)
            found = json.loads(plan.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as err:
            raise StoreError(self.path / PLAN, f"is damaged ({err})") from err
        except OSError as err:
            if isinstance(err, StoreError):
                raise
            raise StoreError(self.path, f"cannot be used: {err.strerror or err}") from err
        lines = differences(found, identity)
        if lines:
            raise StoreError(self.path, "holds the results of another plan: " + "; ".join(lines[:5])
                             + ("; …" if len(lines) > 5 else "") + ". Give this plan another store")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Open the records of this shard for this run alone."""
        if self.path is None:
            with closing(sqlite3.connect(":memory:")) as self._connection:
                self._connection.execute(_TABLE)
                yield
            return
        name = f"records-{self.shard[0]}-of-{self.shard[1]}"
        lock = FileLock(self.path / f"{name}.lock", timeout=2.0)  # `--status` may hold it for a moment
        try:
            lock.acquire()
        except Timeout:
            part = "" if self.shard == (0, 1) else f" shard {self.shard[0]}/{self.shard[1]} of"
            raise StoreError(self.path, f"another run is working on{part} this store; let it finish, or divide the "
                             "work with --shard i/n") from None
        try:
            with closing(sqlite3.connect(self.path / f"{name}.sqlite")) as self._connection, self._told():
                self._connection.execute("PRAGMA synchronous=FULL")
                with self._connection:
                    self._connection.execute(_TABLE)
                yield
        finally:
            self._connection = None
            lock.release()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as err:
            raise StoreError(self.path or "memory", f"cannot be written: {err}. What was finished before is safe; mend "
                             "this (is the disk full?) and run the same command again") from err

    def put(self, records: Sequence[Record]) -> None:
        """Write finished tasks; when this returns they are on the disk."""
        assert self._connection is not None
        rows = [(r.task, None if r.values is None else np.asarray(r.values, dtype="<f8").tobytes(), r.error, r.seconds)
                for r in records]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", rows)

    def _databases(self) -> Iterator[sqlite3.Connection]:
        if self._connection is not None:
            yield self._connection
        if self.path is None:
            return
        own = f"records-{self.shard[0]}-of-{self.shard[1]}.sqlite" if self._connection is not None else ""
        for file in sorted(self.path.iterdir()):
            if _RECORDS.fullmatch(file.name) and file.name != own:
                with closing(sqlite3.connect(file)) as connection:
                    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchone():
                        yield connection

    def records(self) -> Iterator[Record]:
        """Return one record per finished task, of all shards; a result counts before an error."""
        with self._told():
            seen: set[int] = set()
            for failed in (False, True):
                query = f"SELECT * FROM records WHERE error IS {'NOT ' if failed else ''}NULL"
                for database in self._databases():
                    for task, values, error, seconds in database.execute(query):
                        if task not in seen:
                            seen.add(task)
                            array = None if values is None else np.frombuffer(values, dtype="<f8")
                            yield Record(task, array, error, seconds)

    def finished(self, failures: bool = True) -> IntArray:
        """Return the numbers of the tasks that are done; without ``failures``, of those that succeeded."""
        with self._told():
            query = "SELECT task FROM records" + ("" if failures else " WHERE error IS NULL")
            found = [task for database in self._databases() for (task,) in database.execute(query)]
        return np.unique(np.array(found, dtype=np.int64))

    def failures(self) -> list[Record]:
        """Return the tasks that failed."""
        return [record for record in self.records() if record.error is not None]

    def active(self) -> list[str]:
        """Return the shards that some run is working on now."""
        if self.path is None:
            return []
        busy = []
        for file in sorted(self.path.glob("records-*.lock")):
            try:
                with FileLock(file, timeout=0):
                    pass
            except Timeout:
                busy.append(file.stem.removeprefix("records-").replace("-of-", "/"))
            except OSError:
                continue
        return busy


def differences(old: Any, new: Any, path: str = "") -> list[str]:
    """Return where two nests of plain values differ, a line each: the key, what the store has, what the plan has."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = list(dict.fromkeys([*old, *new]))
        missing = "nothing"
        return [line for key in keys for line in differences(old.get(key, missing), new.get(key, missing),
                                                             f"{path}.{key}" if path else str(key))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [line for i, (a, b) in pairs for line in differences(a, b, f"{path}[{i}]")]
    return [] if old == new else [f"{path} is {_shown(old)} in the store and {_shown(new)} in the plan"]


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."

