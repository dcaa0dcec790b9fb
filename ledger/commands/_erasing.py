"""What `ledger subject erase` shows: each item, what becomes of it, and on which ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.commands._context import Session
from ledger.commands._output import Column
from ledger.identifiers import short
from ledger.policies.erasure import KeepGround
from ledger.translation import mark

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from ledger.retention.erasing import Decision


def erase_subject(session: Session, subject: UUID, *, preview: bool, received_at: datetime | None) -> None:
    """Decide a request, or say what a decision would be."""
    erasing = session.ledger.erasing
    if preview:
        _show_items(session, erasing.preview(session.reading(), subject))
        return
    decision = erasing.decide(session.command, subject, received_at=received_at)
    assert decision.recorded is not None
    reference = decision.recorded.streams[0]
    if session.output.for_people:
        _show_items(session, decision)
    session.output.done(
        mark("Request {erasure} decided: {erased} erased by the next run, {kept} kept."),
        erasure=reference, erased=sum(each.kept is None for each in decision.items),
        kept=sum(each.kept is not None for each in decision.items),
        items=[{"item": each.item.id, "category": each.item.category, "kept": each.kept} for each in decision.items],
        repeated=decision.recorded.repeated,
    )  # fmt: skip
    if decision.persons > 1:
        session.output.say(mark("Somebody else confirms it: `ledger erasure confirm {erasure}`."), erasure=reference)
    if any(each.kept is KeepGround.OPEN for each in decision.items):
        session.output.say(mark("End what is open with the person first, then decide again."))
    session.output.say(
        mark("Tell the person within a month what became of each item: `ledger erasure answer {erasure}`."),
        erasure=short(reference),
    )


def _show_items(session: Session, decision: Decision) -> None:
    columns = [
        Column("item", mark("Reference")), Column("category", mark("Category")),
        Column("erased", mark("Erased")), Column("kept", mark("Kept because")), Column("until", mark("Until")),
    ]  # fmt: skip
    rows = [
        {
            "item": each.item.id,
            "category": each.item.category,
            "erased": each.kept is None,
            "kept": each.kept,
            "until": each.item.due_at if each.kept is not None else None,
        }
        for each in decision.items
    ]
    session.output.listing(columns, rows, empty=mark("Nothing is kept of this person any more."))
