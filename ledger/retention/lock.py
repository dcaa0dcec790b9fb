"""
One run at a time: a file lock in the ledger's folder, or an advisory lock of the PostgreSQL server.

The file lock is freed when its process dies, the server's once the server has noticed that the connection is gone: a
moment later, in which the next run is told to try again. Two runs that get round a lock do no harm (a fence is laid
once), but they would both say that they had worked.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from ledger.usecases.retention.ports import RunInProgress


class FileLock:
    """A lock for the runs of one machine."""

    def __init__(self, folder: Path, *, name: str) -> None:
        self._path = folder / name

    @contextmanager
    def held(self) -> Iterator[None]:
        """
        Hold the lock for the length of a block.

        :raises RunInProgress: if another run holds it
        """
        handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as fault:
                raise RunInProgress from fault
            yield
        finally:
            os.close(handle)


class ServerLock:
    """A lock for the runs of every machine that uses one PostgreSQL schema."""

    def __init__(self, connection: Callable[[], AbstractContextManager[Any]], *, name: str) -> None:
        self._connection = connection
        self._name = name

    @contextmanager
    def held(self) -> Iterator[None]:
        """
        Hold the lock for the length of a block, on a connection kept for it alone.

        :raises RunInProgress: if another run holds it
        """
        with self._connection() as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (self._name,)).fetchone()
            if not row[0]:
                raise RunInProgress
            try:
                yield
            finally:
                connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (self._name,))
