"""`ledger erasure`: requests for erasure, once `ledger subject erase` decided them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._shared import effective_option
from ledger.commands._words import Noun, argument
from ledger.translation import mark

if TYPE_CHECKING:
    from uuid import UUID

command = Noun("erasure", help=mark("Follow requests for erasure: confirm the decision, record the answer, list."))

_ERASURE = mark("REQUEST")
_ERASURE_HELP = mark("The reference of the request.")


@command.verb(
    "list",
    help=mark("List the requests for erasure, how many items go and stay, and what is left to do; it is recorded."),
    examples=("ledger erasure list",),
)
def list_(session: Session) -> None:
    """List the requests."""
    from ledger.commands._output import Column
    from ledger.usecases.retention.erasures import show

    columns = [
        Column("erasure", mark("Reference")), Column("subject", mark("Person")),
        Column("received_at", mark("Received")), Column("decided_at", mark("Decided")),
        Column("erased", mark("Erased")), Column("kept", mark("Kept")),
        Column("waits", mark("Waits for a second person")), Column("answered_at", mark("Answered")),
    ]  # fmt: skip
    rows = [
        {
            "erasure": one.id,
            "subject": one.subject,
            "received_at": one.received_at,
            "decided_at": one.decided_at,
            "erased": one.going,
            "kept": len(one.items) - one.going,
            "waits": one.waits,
            "answered_at": one.answered_at,
        }
        for one in show(session.desk, session.reading())
    ]
    session.output.listing(columns, rows, empty=mark("Nobody asked for an erasure."))


@command.verb(
    "confirm",
    writes=True,
    help=mark("Confirm a decision as the second person that the profile asks for; until then nothing goes."),
    examples=("ledger erasure confirm 1a2b3c4d",),
)
@argument("erasure", metavar=_ERASURE, help=_ERASURE_HELP)
def confirm_(session: Session, erasure: str) -> None:
    """Confirm a decision."""
    from ledger.usecases.retention.erasures import confirm

    recorded = confirm(session.desk, session.command, _reference(session, erasure))
    session.output.done(
        mark("Erasure confirmed: {erasure}. The next run destroys what was granted."),
        erasure=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "answer",
    writes=True,
    help=mark("Record that the person was told what became of each item, and by which means (GDPR 12)."),
    examples=("ledger erasure answer 1a2b3c4d mail",),
)
@argument("erasure", metavar=_ERASURE, help=_ERASURE_HELP)
@argument("means", type=Word("ledger.policies.vocabulary:ContactMeans"), help=mark("By which means."))
@effective_option()
def answer_(session: Session, erasure: str, means: Any, effective_at: datetime | None) -> None:
    """Record the answer."""
    from ledger.usecases.retention.erasures import answer

    recorded = answer(
        session.desk, session.command, _reference(session, erasure), means=means, effective_at=effective_at
    )
    session.output.done(mark("Answer recorded: {erasure}."), erasure=recorded.streams[0], repeated=recorded.repeated)


def _reference(session: Session, typed: str) -> UUID:
    from ledger.aggregates.erasure import Erasure

    return session.reference(Erasure, typed, name="request")
