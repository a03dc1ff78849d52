"""Where the results of a sweep survive: one SQLite database per shard in a directory, each commit on the disk."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from hotsprings import checks
from hotsprings.checks import IntArray
from hotsprings.errors import DamageWarning, StoreError, tell
from hotsprings.io import FileError, write_text
from hotsprings.sweeps.records import DIGESTS, TABLE, Record, sorted_out, sound_database, told_apart

__all__ = ["Record", "Store", "StoreError"]

PLAN = "plan.json"
_RECORDS = re.compile(r"records-(\d+)-of-(\d+)\.sqlite")


class Store:
    """Finished tasks of one plan: one SQLite database per shard, and the plan. A task is in it whole or not at all.

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
    width : int, optional
        How many numbers a result has; records of another length are damaged.

    Raises
    ------
    StoreError
        If the directory holds another plan (the difference is named), or cannot be used.

    Examples
    --------
    >>> import hotsprings as hs
    >>> def chain(n):
    ...     return hs.OpenNetwork(hs.Chain([1.0] * n), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    ...
    >>> plan = hs.Plan(chain, {"n": [4, 8]})
    >>> data = hs.sweep(plan, "chains.sweep", workers=1)
    >>> store = hs.sweeps.Store("chains.sweep", plan.identity)
    """

    def __init__(self, path: str | Path | None, identity: dict[str, Any], shard: tuple[int, int] = (0, 1),
                 create: bool = True, width: int | None = None) -> None:
        self.path, self.width = None if path is None else checks.file_name("store", path, "directory"), width
        self.shard = shard
        self._connection: sqlite3.Connection | None = None
        if self.path is not None:
            self._claim(identity, create)

    def _claim(self, identity: dict[str, Any], create: bool) -> None:
        """Make the directory, or see that it is of this plan."""
        assert self.path is not None
        plan = self.path / PLAN
        try:
            if create:
                self.path.mkdir(parents=True, exist_ok=True)
                if not plan.exists():
                    self._found(identity, plan)
            elif not plan.is_file():
                raise StoreError(self.path, "there is no store of a sweep here")
            found = json.loads(plan.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as err:
            raise StoreError(plan, f"is damaged ({err})") from err
        except StoreError:
            raise
        except FileError as err:
            raise StoreError(self.path, f"cannot be used: {err.reason}") from err
        except OSError as err:
            raise StoreError(self.path, f"cannot be used: {err.strerror or err}") from err
        lines = differences(found, identity)
        if lines:
            raise StoreError(self.path, "holds the results of another plan: " + "; ".join(lines[:5])
                             + ("; …" if len(lines) > 5 else "") + ". Give this plan another store")

    def _found(self, identity: dict[str, Any], plan: Path) -> None:
        assert self.path is not None
        with FileLock(self.path / "plan.lock"):
            if plan.exists():
                return
            if any(_RECORDS.fullmatch(entry.name) for entry in self.path.iterdir()):
                raise StoreError(self.path, f"has records but no {PLAN}, so it cannot be told of which plan")
            write_text(json.dumps(identity, indent=1, ensure_ascii=False), plan)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Open the records of this shard for this run alone."""
        if self.path is None:
            with closing(sqlite3.connect(":memory:")) as self._connection:
                self._connection.execute(TABLE)
                self._connection.execute(DIGESTS)
                yield
            return
        with self._alone(self.path), self._told():
            self._mend(self.path / self._file)
            with closing(sqlite3.connect(self.path / self._file)) as self._connection:
                self._connection.execute("PRAGMA synchronous=EXTRA")  # a commit outlives the loss of power
                with self._connection:
                    self._connection.execute(TABLE)
                    self._connection.execute(DIGESTS)
                yield
            self._connection = None

    def _mend(self, file: Path) -> None:
        """Put what is whole of a damaged database into a new one; tasks that are missing then are computed again."""
        if not file.exists():
            return
        with closing(sqlite3.connect(file)) as database:
            sound = sound_database(database)
            kept, lost = sorted_out(database, sound, self.width)
        if sound and not lost:
            return
        aside = file.with_name(f"{file.name}.damaged-{secrets.token_hex(4)}")
        fresh = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
        try:
            with closing(sqlite3.connect(fresh)) as self._connection:
                with self._connection:
                    self._connection.execute(TABLE)
                    self._connection.execute(DIGESTS)
                self.put(kept)
            file.rename(aside)
            fresh.rename(file)
        finally:
            self._connection = None
            fresh.unlink(missing_ok=True)
        file.with_name(f"{file.name}-journal").unlink(missing_ok=True)
        tell(f"{file}: is damaged: {told_apart(kept, lost)}; the others are computed again, and the damaged "
             f"file is kept as {aside.name}", DamageWarning)

    @contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        """Keep other runs from the same tasks."""
        lock = FileLock(path / self._file.replace(".sqlite", ".lock"), timeout=2.0)  # `--status` holds it for a moment
        try:
            lock.acquire()
        except Timeout:
            part = "" if self.shard == (0, 1) else f" shard {self.shard[0]}/{self.shard[1]} of"
            raise StoreError(path, f"another run is working on{part} this store; let it finish, or divide the "
                             "work with --shard i/n") from None
        except OSError as err:
            raise StoreError(path, f"cannot be written: {err.strerror or err}") from err
        try:
            others = [name for name in self.active(self._file) if not name.endswith(f"/{self.shard[1]}")]
            if others:
                raise StoreError(path, f"another run is working on shard {others[0]} of this store, which shares tasks "
                                 f"with {self.shard[0]}/{self.shard[1]}; let it finish, or divide the work alike")
            yield
        finally:
            self._connection = None
            lock.release()

    @property
    def _file(self) -> str:
        return f"records-{self.shard[0]}-of-{self.shard[1]}.sqlite"

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what errors of the database mean."""
        try:
            yield
        except sqlite3.Error as err:
            path = self.path or "memory"
            if isinstance(err, sqlite3.OperationalError):
                raise StoreError(path, f"cannot be read or written: {err}. What was finished before is safe; mend this "
                                 "(is the disk full?) and run the same command again") from err
            raise StoreError(path, f"is damaged: {err}") from err

    def put(self, records: Sequence[Record]) -> None:
        """Write finished tasks; when this returns they are on the disk."""
        assert self._connection is not None
        rows = [(r.task, None if r.values is None else np.asarray(r.values, dtype="<f8").tobytes(), r.error, r.seconds)
                for r in records]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", rows)
            self._connection.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?)",
                                         [(r.task, r.digest) for r in records])

    def _databases(self) -> Iterator[sqlite3.Connection]:
        if self._connection is not None:
            yield self._connection
        if self.path is None:
            return
        own = self._file if self._connection is not None else ""
        for file in sorted(self.path.iterdir()):
            if _RECORDS.fullmatch(file.name) and file.name != own:
                with closing(sqlite3.connect(file, timeout=60.0)) as connection:
                    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchone():
                        yield connection

    def records(self) -> Iterator[Record]:
        """Return one record per finished task, of all shards: a result before an error; what is damaged is none.

        Examples
        --------
        >>> import hotsprings as hs
        >>> def chain(n):
        ...     return hs.OpenNetwork(hs.Chain(hs.masses.identical(n)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> plan = hs.Plan(chain, {"n": [4, 8]})
        >>> data = hs.sweep(plan, "chains.sweep", workers=1)
        >>> [record.task for record in hs.sweeps.Store("chains.sweep", plan.identity).records()]
        [0, 1]
        """
        with self._told():
            found: dict[int, Record] = {}
            for database in self._databases():
                own = database is self._connection
                sound = own or sound_database(database)
                kept, lost = sorted_out(database, sound, self.width)
                if lost or not sound:
                    tell(f"{self.path}: records of another shard are damaged: {told_apart(kept, lost)}; run "
                         "that shard again", DamageWarning)
                for record in kept:
                    if record.task not in found or found[record.task].error is not None:
                        found[record.task] = record
        yield from sorted(found.values(), key=lambda record: (record.error is not None, record.task))

    def finished(self, failures: bool = True) -> IntArray:
        """Return the numbers of the tasks that are done; without ``failures``, of those that succeeded.

        Examples
        --------
        >>> import hotsprings as hs
        >>> def chain(n):
        ...     return hs.OpenNetwork(hs.Chain(hs.masses.identical(n)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> plan = hs.Plan(chain, {"n": [4, 8]})
        >>> data = hs.sweep(plan, "chains.sweep", workers=1)
        >>> hs.sweeps.Store("chains.sweep", plan.identity).finished()
        array([0, 1])
        """
        found = [record.task for record in self.records() if failures or record.error is None]
        return np.unique(np.array(found, dtype=np.int64))

    def failures(self) -> list[Record]:
        """Return the tasks that failed, in order.

        Examples
        --------
        >>> import hotsprings as hs
        >>> def chain(n):
        ...     return hs.OpenNetwork(hs.Chain(hs.masses.identical(n)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
        >>> plan = hs.Plan(chain, {"n": [4, 8]})
        >>> data = hs.sweep(plan, "chains.sweep", workers=1)
        >>> hs.sweeps.Store("chains.sweep", plan.identity).failures()
        []
        """
        return [record for record in self.records() if record.error is not None]

    def active(self, but: str = "") -> list[str]:
        """Return the shards that some run is working on now, but for one."""
        if self.path is None:
            return []
        busy = []
        for file in sorted(self.path.glob("records-*.lock")):
            if file.with_suffix(".sqlite").name == but:
                continue
            try:
                with FileLock(file, timeout=0):
                    pass
            except Timeout:
                busy.append(file.stem.removeprefix("records-").replace("-of-", "/"))
            except OSError:
                continue
        return busy


def audited(path: str | Path) -> tuple[int, int]:
    """Return how many tasks of a store are finished and how many failed, after looking at every record.

    Parameters
    ----------
    path : path-like
        The directory.

    Returns
    -------
    (int, int)

    Raises
    ------
    StoreError
        If it is no store, cannot be read, or anything in it is damaged.
    """
    plan = Path(path) / PLAN
    if not plan.is_file():
        raise StoreError(path, "there is no store of a sweep here")
    try:
        store = Store(path, json.loads(plan.read_text(encoding="utf-8")), create=False)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as err:
        raise StoreError(plan, f"is damaged ({err})") from err
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", DamageWarning)
        records = list(store.records())
    for warning in told:
        if issubclass(warning.category, DamageWarning):
            raise StoreError(path, "is damaged: some records are not what was written (the sweep computes them again)")
    failed = sum(record.error is not None for record in records)
    return len(records) - failed, failed


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

