"""Give the root key to another holder, and retire one: decided by whoever decides, and on record."""

from __future__ import annotations

from pathlib import Path

from ledger.aggregates.holder import HolderRecord, Retirement
from ledger.errors import Conflict, NotFound, Refused
from ledger.rules.personal_numbers import screen_note
from ledger.translation import mark
from ledger.usecases.keys.ports import HolderGone, HolderKeeper, HolderKept
from ledger.usecases.keys.turning import another, judge
from ledger.usecases.ports import Command, Desk


class RetirementUnexplained(Refused):
    """A holder retired without a reason."""

    sentence = mark("Say why this holder of the root key is retired.")
    advice = mark("Give the reason with --reason; name nobody in it, it is kept as long as the ledger.")


def export(desk: Desk, command: Command, keeper: HolderKeeper, *, name: str, place: Path) -> tuple[HolderKept, bool]:
    """
    Give the root key to a new holder in a folder, so that no copy of it is one that nobody tracks.

    Give what it holds, and whether that had been done before.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises Conflict: if the name or the place is taken
    """
    if desk.streams.recall(command) is not None:
        return keeper.enrol(name, place), True
    judge(desk, another(command), page="keys.export")
    kept = keeper.enrol(name, place)
    record = HolderRecord.enrol(kept.stream, name=name, epoch=kept.epoch, revives=kept.revives)
    return kept, not _recorded(desk, command, record)


def retire(
    desk: Desk, command: Command, keeper: HolderKeeper, name: str, *, how: Retirement, reason: str
) -> tuple[HolderGone, bool]:
    """
    Take a holder of the root key off for good, on the word of whoever decides that it is lost, or destroyed.

    There is no receipt for what it had. What waited for it is completed by the next turn, or `settle`. Give what became
    of it, and whether that had been done before.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises RetirementUnexplained: without a reason
    :raises NotFound: if there is no such holder
    :raises Refused: if no other holder has the living root
    """
    if desk.streams.recall(command) is not None:
        return keeper.retire(name, how=how), True
    judge(desk, another(command), page="keys.retire")
    if not reason.strip():
        raise RetirementUnexplained
    screen_note(reason)
    gone = keeper.retire(name, how=how)
    record = HolderRecord.retire(
        gone.stream, name=name, how=how, reason=reason.strip(), epochs=gone.epochs, revives=gone.revives
    )
    return gone, not _recorded(desk, command, record)


def _recorded(desk: Desk, command: Command, record: HolderRecord) -> bool:
    """Put it on record, once; False where it is already, under another command."""
    try:
        desk.streams.load(HolderRecord, record.id)
    except NotFound:
        pass
    else:
        return False
    try:
        desk.streams.commit(command, record)
    except Conflict:
        return False
    return True
