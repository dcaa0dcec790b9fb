"""`ledger mandate revoke` to `account`: how a mandate ends, and what an end leaves to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._mandate_making import command
from ledger.commands._mandate_noun import MANDATE, MANDATE_HELP, reference_of
from ledger.commands._shared import effective_option, known_option
from ledger.commands._words import argument
from ledger.translation import mark

__all__ = ["command"]


@command.verb(
    "revoke",
    writes=True,
    help=mark(
        "Record that the person withdrew the mandate: at any moment, without a reason.\n\n"
        "--known-at is when somebody of the house was told; --effective-at the date of the withdrawal, if it is "
        "another, such as that of a letter. Any house may record it; another than the mandate's is not told what "
        "there is left to do."
    ),
    examples=("ledger mandate revoke 1a2b3c4d", 'ledger mandate revoke 1a2b3c4d --known-at "09/06/2026 11:00"'),
)
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@known_option()
@effective_option()
def revoke_(session: Session, mandate: str, known_at: datetime | None, effective_at: datetime | None) -> None:
    """Revoke a mandate."""
    from ledger.commands._ending import show_ending
    from ledger.usecases.mandate.ending import revoke

    ending = revoke(
        session.desk, session.command, reference_of(session, mandate), effective_at=effective_at, known_at=known_at
    )
    show_ending(session, ending)


@command.verb(
    "renounce",
    writes=True,
    help=mark("Record that the house gave the mandate back; --known-at is when the person was told."),
    examples=("ledger mandate renounce 1a2b3c4d",),
)
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@known_option()
@effective_option()
def renounce_(session: Session, mandate: str, known_at: datetime | None, effective_at: datetime | None) -> None:
    """Renounce a mandate."""
    from ledger.commands._ending import show_ending
    from ledger.usecases.mandate.ending import renounce

    ending = renounce(
        session.desk, session.command, reference_of(session, mandate), effective_at=effective_at, known_at=known_at
    )
    show_ending(session, ending)


@command.verb(
    "end",
    writes=True,
    help=mark(
        "Record an end that neither party declares: the term, or a later mandate elsewhere.\n\n"
        "A death or a guardianship is recorded with the person: `ledger subject death`, `ledger subject capacity`."
    ),
    examples=("ledger mandate end 1a2b3c4d expired", "ledger mandate end 1a2b3c4d superseded"),
)
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@argument("kind", type=Word("ledger.policies.vocabulary:EndKind"), help=mark("The kind of end."))
@known_option()
@effective_option()
def end(session: Session, mandate: str, kind: Any, known_at: datetime | None, effective_at: datetime | None) -> None:
    """Record another end."""
    from ledger.commands._ending import show_ending
    from ledger.usecases.mandate.ending import end_mandate

    ending = end_mandate(
        session.desk,
        session.command,
        reference_of(session, mandate),
        kind=kind,
        effective_at=effective_at,
        known_at=known_at,
    )
    show_ending(session, ending)


@command.verb(
    "tell",
    writes=True,
    help=mark("Record that a partner was told of the end: it is bound by it from then on."),
    examples=("ledger mandate tell 1a2b3c4d cnaf email",),
)
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@argument("partner", metavar=mark("PARTNER"), help=mark("The id of the partner."))
@argument("means", type=Word("ledger.policies.vocabulary:ContactMeans"), help=mark("By which means."))
@effective_option()
def tell(session: Session, mandate: str, partner: str, means: Any, effective_at: datetime | None) -> None:
    """Record that a partner was told."""
    from ledger.usecases.mandate.afterwards import tell_partner

    recorded = tell_partner(
        session.desk,
        session.command,
        reference_of(session, mandate),
        partner=partner,
        means=means,
        effective_at=effective_at,
    )
    session.output.done(
        mark("Partner told of the end of the mandate {mandate}."),
        mandate=recorded.streams[0], all_told=recorded.outcome == "ALL_TOLD", repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "account",
    writes=True,
    help=mark("Record that an account of what was done was given to the person, or to those who come after."),
    examples=("ledger mandate account 1a2b3c4d counter",),
)
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@argument("means", type=Word("ledger.policies.vocabulary:ContactMeans"), help=mark("By which means."))
@effective_option()
def account_(session: Session, mandate: str, means: Any, effective_at: datetime | None) -> None:
    """Record an account."""
    from ledger.usecases.mandate.afterwards import account

    recorded = account(
        session.desk, session.command, reference_of(session, mandate), means=means, effective_at=effective_at
    )
    session.output.done(
        mark("Account recorded for the mandate {mandate}."), mandate=recorded.streams[0], repeated=recorded.repeated
    )
