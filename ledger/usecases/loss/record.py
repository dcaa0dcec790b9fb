"""Record that data which should live were lost, once for each key, and open the duty to qualify the breach."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.loss import FoundBy, Loss, LossKind
from ledger.errors import Conflict
from ledger.limits import LOSS_KEYS
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.retention.holds import book_of

_ATTEMPTS = 5
"""How often somebody else may be faster before it is given up."""


def record(
    desk: Desk,
    command: Command,
    *,
    kind: LossKind,
    keys: Collection[UUID],
    found_by: FoundBy,
    count: int | None = None,
    aware_at: datetime | None = None,
) -> Recorded | None:
    """
    Record a loss; None where every one of its keys was told of before.

    Whoever is enrolled tells it, a job too: nobody should have to ask. `count` says how many records were lost where
    the keys don't; `aware_at` is when there was reasonable certainty, if not now. A loss without keys is told as often
    as it is recorded.

    :raises NotEnrolled: if the actor is not enrolled
    :raises RefusedByRule: IN_THE_FUTURE
    :raises LossEmpty: if nothing was lost
    :raises Conflict: if others kept recording losses at the same time
    """
    for _ in range(_ATTEMPTS):
        try:
            return _recorded(desk, command, kind, keys, found_by, count=count or 0, aware_at=aware_at or command.at)
        except Conflict as fault:  # somebody else recorded a loss at the same instant, perhaps of the same keys
            faster = fault
    raise faster


def _recorded(
    desk: Desk,
    command: Command,
    kind: LossKind,
    keys: Collection[UUID],
    found_by: FoundBy,
    *,
    count: int,
    aware_at: datetime,
) -> Recorded | None:
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement)
        since, before = not_future(aware_at, at=command.at), losses(desk)
        told = told_before(judgement, before, kind) if keys else set()
        new = tuple(key for key in dict.fromkeys(keys) if key not in told)
        if keys and not new:
            judgement.read("loss.record", rows=0)
            return None
        parts = [new[start : start + LOSS_KEYS] for start in range(0, max(1, len(new)), LOSS_KEYS)]
        counts = [len(part) for part in parts]
        counts[0] = max(counts[0], count - sum(counts[1:]))
        found = [
            Loss.found(
                kind=kind, keys=part, count=how_many, found_by=found_by, aware_at=since,
                loss=_reference(desk, len(before) + number),
            )
            for number, (part, how_many) in enumerate(zip(parts, counts, strict=True))
        ]  # fmt: skip
        return judgement.commit(*found)


def _reference(desk: Desk, before: int) -> UUID:
    """
    Name the loss that follows so many others, by the one book that every ledger has.

    Two that are recorded at once would bear the same name, so the second is refused, and looks again at what is told.
    """
    return uuid5(book_of(desk).id, f"loss {before + 1}")


def losses(desk: Desk) -> list[Loss]:
    """Give every loss, in the order in which they were recorded."""
    return [desk.streams.load(Loss, each) for each in desk.streams.linked(REGISTER, LinkKind.LOSS)]


def told_before(opener: FactOpener, before: Sequence[Loss], kind: LossKind) -> set[UUID]:
    """Give the keys of which this was told before."""
    earlier = [each for each in before if opener.known(each.kind) is kind]
    return {key for each in earlier for key in opener.known(each.keys) or ()}
