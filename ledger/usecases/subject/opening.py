"""
Open personal values that are no procedure's: people's identities, agents' names, houses' contacts.

The record of the look is durable before the grant is made, and a repeated command gives nothing again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ledger.errors import Conflict
from ledger.personal import Erased, Personal, Withheld
from ledger.translation import mark
from ledger.usecases.gate import Grant, open_values
from ledger.usecases.ports import Command, Desk, Recorded

Opened = Personal[Any] | Erased | Withheld
"""A value, or why it can't be given."""


class ShownOnce(Conflict):
    """A look was asked for twice under one command id: the second time gives nothing."""

    sentence = mark("This was shown once already, and is not shown again by the same command.")
    advice = mark("Ask again with a new command: it is recorded as a look of its own.")


def opened_after(desk: Desk, command: Command, recorded: Recorded, values: Sequence[Personal[Any]]) -> list[Opened]:
    """
    Open values, in their order, under the record of the look that was just made.

    :raises ShownOnce: if the record was made by an earlier use of the command
    """
    if recorded.repeated:
        raise ShownOnce
    grant = Grant(access_id=recorded.streams[0], granted_at=command.at, values=tuple(values))
    return cast("list[Opened]", open_values(desk, grant, at=command.at))
