"""`ledger loss`: data that should live and are lost."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._shared import effective_option
from ledger.commands._words import Noun, argument, option
from ledger.errors import Invalid
from ledger.translation import mark

if TYPE_CHECKING:
    from uuid import UUID

command = Noun("loss", help=mark("Tell that data which should live are lost, and list the losses."))


class KeyReferenceWrong(Invalid):
    """What was given is no key."""

    sentence = mark("The reference of a key is 32 digits and letters from a to f.")
    advice = mark("Copy it from the message that named it, or give --count without --data-key.")


@command.verb(
    "declare",
    writes=True,
    help=mark(
        "Tell that a key is lost, or that something was destroyed too early.\n\n"
        "It is a breach of availability: the controller's delegate finds it among the duties and qualifies it. Anybody "
        "enrolled may tell. A key that was told of before is not told again."
    ),
    examples=(
        "ledger loss declare premature-destruction --count 1",
        "ledger loss declare lost-key --data-key 6f9619ff8b864011b42d00cf4fc964ff",
    ),
)
@argument("kind", type=Word("ledger.aggregates.loss:LossKind"), help=mark("What happened."))
@option(
    "--data-key", "keys", multiple=True, metavar=mark("KEY"), help=mark("The reference of a key; several may be given.")
)
@option("--count", type=int, metavar="N", help=mark("How many records were lost, where the keys don't tell."))
@effective_option(mark("When it was certain, if not now."))
def declare(
    session: Session, kind: Any, keys: tuple[str, ...], count: int | None, effective_at: datetime | None
) -> None:
    """Tell a loss."""
    from ledger.aggregates.loss import FoundBy
    from ledger.usecases.loss.record import record

    recorded = record(
        session.desk,
        session.command,
        kind=kind,
        keys=[_key(typed) for typed in keys],
        found_by=FoundBy.PERSON,
        count=count,
        aware_at=effective_at,
    )
    if recorded is None:
        session.output.done(mark("This was told before; nothing was recorded again."), loss=None, repeated=True)
        return
    session.output.done(
        mark("Loss recorded: {loss}. The controller's delegate has to qualify it: see `ledger duty list`."),
        loss=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


@command.verb("list", help=mark("List the losses, the oldest first."), examples=("ledger loss list",))
def list_(session: Session) -> None:
    """List the losses."""
    from ledger.commands._output import Column
    from ledger.usecases.loss.show import show

    columns = [
        Column("loss", mark("Reference")), Column("kind", mark("What happened")), Column("found_by", mark("Found by")),
        Column("count", mark("Number")), Column("aware_at", mark("Known since")),
        Column("keys", mark("Keys"), for_people=False),
    ]  # fmt: skip
    rows = [
        {
            "loss": one.loss,
            "kind": one.kind,
            "found_by": one.found_by,
            "count": one.count,
            "aware_at": one.aware_at,
            "keys": list(one.keys),
        }
        for one in show(session.desk, session.reading())
    ]
    session.output.listing(columns, rows, empty=mark("No loss was recorded."))


def _key(typed: str) -> UUID:
    from uuid import UUID

    try:
        return UUID(hex=typed.strip())
    except ValueError:
        raise KeyReferenceWrong from None
