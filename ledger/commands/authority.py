"""`ledger authority`: the disposal authorities that the archives gave."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._moments import Day
from ledger.commands._shared import effective_option
from ledger.commands._words import Noun, argument, option
from ledger.translation import mark

command = Noun(
    "authority", help=mark("Record the disposal authorities of the archives: without one, nothing is destroyed.")
)


@command.verb(
    "grant",
    writes=True,
    help=mark(
        "Record the standing agreement of the archives for a category and a range of dates.\n\n"
        "Destroying is eliminating public archives (Code du patrimoine L212-3): without an authority that covers "
        "category and date, what is due is restricted, not destroyed."
    ),
    examples=(
        'ledger authority grant working-data --from-day 01/01/2026 --reference "AD53 2026-014"',
        'ledger authority grant logs --from-day 01/01/2026 --to-day 31/12/2030 --reference "AD53 2026-015"',
    ),
)
@argument("category", type=Word("ledger.rules.retention_terms:RetentionClass"), help=mark("What may be destroyed."))
@option("--from-day", "first_day", type=Day(), required=True, help=mark("The first day covered."))
@option("--to-day", "last_day", type=Day(), help=mark("The last day covered; none if it is not given."))
@option("--reference", required=True, metavar=mark("TEXT"), help=mark("The reference of the archives' agreement."))
@effective_option(mark("When it was given, if not now."))
def grant_(
    session: Session,
    category: Any,
    first_day: date,
    last_day: date | None,
    reference: str,
    effective_at: datetime | None,
) -> None:
    """Record a disposal authority."""
    from ledger.usecases.retention.authorities import grant

    recorded = grant(
        session.desk,
        session.command,
        category=category,
        first_day=first_day,
        last_day=last_day,
        reference=reference,
        effective_at=effective_at,
    )
    session.output.done(
        mark("Disposal authority recorded: {authority}."), authority=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "revoke",
    writes=True,
    help=mark("End a disposal authority; what a run has begun under it is finished, nothing else is."),
    examples=("ledger authority revoke 1a2b3c4d",),
)
@argument("authority", metavar=mark("AUTHORITY"), help=mark("The reference of the authority."))
@effective_option()
def revoke_(session: Session, authority: str, effective_at: datetime | None) -> None:
    """End a disposal authority."""
    from ledger.aggregates.authority import Authority
    from ledger.usecases.retention.authorities import revoke

    recorded = revoke(
        session.desk,
        session.command,
        session.reference(Authority, authority, name="authority"),
        effective_at=effective_at,
    )
    session.output.done(
        mark("Disposal authority ended: {authority}."), authority=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "list",
    help=mark("List the disposal authorities, the ended ones included."),
    examples=("ledger authority list",),
)
def list_(session: Session) -> None:
    """List the disposal authorities."""
    from ledger.commands._output import Column
    from ledger.usecases.retention.authorities import show

    columns = [
        Column("authority", mark("Reference")), Column("kind", mark("Kind")), Column("category", mark("Category")),
        Column("first_day", mark("From")), Column("last_day", mark("To")), Column("visa", mark("Archives' reference")),
        Column("granted_at", mark("Given")), Column("revoked_at", mark("Ended")),
    ]  # fmt: skip
    rows = [
        {
            "authority": one.reference,
            "kind": one.kind,
            "category": one.category,
            "first_day": one.first_day,
            "last_day": one.last_day,
            "visa": one.visa,
            "granted_at": one.granted_at,
            "revoked_at": one.revoked_at,
        }
        for one in show(session.desk, session.reading())
    ]
    session.output.listing(columns, rows, empty=mark("The archives have given no authority: nothing can be destroyed."))
