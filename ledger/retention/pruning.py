"""
Headers of streams of which nothing else is left: due some time after the last of it was destroyed.

They are documents of a public service like everything else: without an authority of the archives they stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ledger.clock import UTC
from ledger.retention.planner import Action, Facts, Item, Standing, Step, plan
from ledger.rules.periods import local_day
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.ports import Desk
from ledger.usecases.retention.ports import Disposal, Emptied


@dataclass(frozen=True, kw_only=True)
class HeaderItem(Item):
    """The headers of one stream, which sealed nothing that is still there."""

    stream: Emptied


def header_steps(
    desk: Desk, disposal: Disposal, authorities: tuple[Standing, ...], *, at: datetime
) -> Iterator[Step[HeaderItem]]:
    """Give what becomes of the headers of every stream that is past everything, as far as something is due."""
    steps = plan(Facts(_items(desk, disposal, at=at), authorities), at)
    return (step for step in steps if step.action is not Action.KEEP)


def _items(desk: Desk, disposal: Disposal, *, at: datetime) -> Iterator[HeaderItem]:
    for stream in disposal.past_everything(before=at):
        due_at = desk.law.profile.term_end(RetentionClass.STREAM_HEADERS, runs_from=stream.destroyed_at, zone=UTC)
        yield HeaderItem(
            id=stream.stream_id,
            category=RetentionClass.STREAM_HEADERS,
            first_day=local_day(stream.first_at, UTC),
            last_day=local_day(stream.last_at, UTC),
            due_at=due_at,
            restricted=True,
            stream=stream,
        )
