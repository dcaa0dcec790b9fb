"""Joins reminders of breaches to the log, to the read models and to the channel that the settings name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.notifying.failures import ChannelAbsent, MailPasswordAbsent
from ledger.notifying.file import FileChannel
from ledger.notifying.mail import MailChannel
from ledger.notifying.program import ProgramChannel
from ledger.notifying.waiting import WaitingFile
from ledger.projections.breaches import breach_board
from ledger.settings import FileSettings, MailSettings
from ledger.usecases.breach.remind import OnBoard, board_of

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.usecases.breach.reminding import Channel
    from ledger.usecases.ports import Command

PASSWORD_VARIABLE = "LEDGER_SMTP_PASSWORD"  # noqa: S105  # the name of a variable, not its content
WAITING_FILE = "reminders.json"


def channel_of(ledger: Ledger) -> Channel:
    """
    Make the channel of one ledger.

    :raises ChannelAbsent: if its settings name none
    :raises MailPasswordAbsent: if a mail account has no password
    """
    chosen = ledger.settings.reminders
    if chosen is None:
        raise ChannelAbsent
    if isinstance(chosen, MailSettings):
        now = ledger.clock.now()
        return MailChannel(chosen, password=_password(chosen), ledger_id=ledger.settings.ledger_id, now=now)
    if isinstance(chosen, FileSettings):
        return FileChannel(ledger.locations.home / chosen.file)
    return ProgramChannel(chosen.command)


def _password(chosen: MailSettings) -> str:
    if not chosen.user:
        return ""
    try:
        found = Path(chosen.password_file).read_text(encoding="utf-8").strip() if chosen.password_file else ""
    except (OSError, ValueError):
        raise MailPasswordAbsent from None
    found = found or os.environ.get(PASSWORD_VARIABLE, "")
    if not found:
        raise MailPasswordAbsent
    return found


def waiting_of(ledger: Ledger) -> WaitingFile:
    """Make the memory of what the channel of one ledger waits for."""
    return WaitingFile(ledger.locations.home / WAITING_FILE)


def board_now(ledger: Ledger, command: Command, *, page: str) -> list[OnBoard]:
    """
    Give every deadline that the actor may see, nearest first, from lists that are up with the log.

    Where nothing runs at all nothing is opened, and no reading is recorded: a job may look every few minutes.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may see none
    """
    board = breach_board(ledger.current_views())
    if not board.running:
        return []
    return board_of(ledger.desk, command, board, ledger.events, page=page)
