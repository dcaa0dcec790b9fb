"""
Reminders through a program of the house: a message to a telephone, a ticket, a chat.

The program gets one JSON object on its standard input, and no shell reads its arguments. Its exit code is the answer: 0
says that it gave the reminder, any other that it did not. One that is killed, or stopped for taking too long, has not
answered.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from ledger.limits import PROGRAM_WAIT
from ledger.notifying.failures import ProgramAbsent
from ledger.notifying.letters import as_line
from ledger.usecases.breach.reminding import Letter, NotGiven, OutcomeUnknown

_PASSED_ON = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ")
"""What the program sees of the environment: no address of a database, no password."""


class ProgramChannel:
    """Starts a program for each letter."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)

    @contextmanager
    def ready(self, letter: Letter) -> Iterator[_Start]:
        """
        See that the program can be started.

        :raises ProgramAbsent: if it can't
        """
        program = shutil.which(self._command[0])
        if program is None:
            raise ProgramAbsent
        here = str(Path(program).absolute())  # it starts in another folder
        yield _Start((here, *self._command[1:]), as_line(letter))

    def was_given(self, reference: UUID) -> bool | None:
        """Tell nothing: the program was asked once."""
        return None


class _Start:
    """A program that is there."""

    def __init__(self, command: tuple[str, ...], said: bytes) -> None:
        self._command = command
        self._said = said

    def give(self) -> None:
        """
        Run it.

        :raises NotGiven: if it could not be started, or says that it gave nothing
        :raises OutcomeUnknown: if it was killed, or took too long and was stopped
        """
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            started = subprocess.Popen(  # noqa: S603  # the administrator names it in ledger.toml; no shell is involved
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd="/", env=environment, start_new_session=True,
            )  # fmt: skip
        except OSError:
            raise NotGiven from None
        with started:
            try:
                started.communicate(self._said, timeout=PROGRAM_WAIT.total_seconds())
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(started.pid, signal.SIGKILL)
                raise OutcomeUnknown from None
        if started.returncode < 0:
            raise OutcomeUnknown
        if started.returncode:
            raise NotGiven
