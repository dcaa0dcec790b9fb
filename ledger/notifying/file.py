"""
Reminders appended to a file, one JSON object a line, for whatever reads it (a log collector, a screen in the hall).

The file itself remembers what was given: a run that was killed is settled by looking. It belongs to the one machine
that runs the job.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from ledger.notifying.failures import ReminderFileUnwritable
from ledger.notifying.letters import as_line
from ledger.usecases.breach.reminding import Letter, NotGiven, OutcomeUnknown


class FileChannel:
    """Appends letters to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def ready(self, letter: Letter) -> Iterator[_OpenFile]:
        """
        Open the file; another writer is waited for.

        :raises ReminderFileUnwritable: if it can't be opened
        """
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            raise ReminderFileUnwritable from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield _OpenFile(handle, as_line(letter))
        finally:
            os.close(handle)

    def was_given(self, reference: UUID) -> bool | None:
        """Look whether a whole line tells of a letter; None where there is no file, or it can't be read."""
        mark = f'"reference": "{reference.hex}"'.encode()
        try:
            with self._path.open("rb") as lines:
                return any(mark in line and line.endswith(b"\n") for line in lines)
        except OSError:
            return None


class _OpenFile:
    """A file that is open."""

    def __init__(self, handle: int, line: bytes) -> None:
        self._handle = handle
        self._line = line

    def give(self) -> None:
        """
        Append the line, durably.

        :raises NotGiven: if there was no room; what was written of it is taken back
        :raises OutcomeUnknown: if that failed too, or the disk does not say that it kept it
        """
        size = os.fstat(self._handle).st_size
        begun = size and os.pread(self._handle, 1, size - 1) != b"\n"  # a run was killed in the middle of a line
        line = b"\n" + self._line if begun else self._line
        try:
            written = os.write(self._handle, line)
        except OSError:
            written = 0
        try:
            if written < len(line):
                os.ftruncate(self._handle, size)
                raise NotGiven
            os.fsync(self._handle)
        except OSError:
            raise OutcomeUnknown from None
