"""Grant, revoke and list disposal authorities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.aggregates.authority import Authority, AuthorityKind
from ledger.aggregates.base import REGISTER, LinkKind
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import FactOpener, judging, reading
from ledger.usecases.ports import Command, Desk, Recorded


@dataclass(frozen=True)
class AuthorityShown:
    """One disposal authority on a page."""

    reference: UUID
    kind: AuthorityKind
    category: RetentionClass
    first_day: date
    last_day: date | None
    visa: str
    """The archives' own reference."""
    granted_at: datetime
    revoked_at: datetime | None
    ended_from: date | None = None
    """The earliest end that it covers, where a line of a slip gave it."""


def grant(
    desk: Desk,
    command: Command,
    *,
    category: RetentionClass,
    first_day: date,
    last_day: date | None,
    reference: str,
    effective_at: datetime | None = None,
) -> Recorded:
    """
    Record the archives' standing agreement for a category and a range of dates, both days included.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises AuthorityRangeInvalid: if the range ends before it begins
    :raises AuthorityReferenceMissing: if the archives' reference is empty
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        screen_note(reference)
        authority = Authority.grant(
            category=category,
            first_day=first_day,
            last_day=last_day,
            reference=reference,
            effective_at=not_future(effective_at or command.at, at=command.at),
        )
        return judgement.commit(authority)


def revoke(desk: Desk, command: Command, authority_id: UUID, *, effective_at: datetime | None = None) -> Recorded:
    """
    End a disposal authority; what a run has begun under it is finished, nothing else is.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises AuthorityRevoked: if it was revoked before
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        authority = desk.streams.load(Authority, authority_id)
        authority.revoke(effective_at=not_future(effective_at or command.at, at=command.at))
        return judgement.commit(authority)


def show(desk: Desk, command: Command) -> list[AuthorityShown]:
    """List every authority ever granted, the revoked ones included; the page is itself recorded."""
    found = all_authorities(desk)
    with reading(desk, command, page="authority.list", rows=len(found)) as opener:
        return [shown for authority in found if (shown := _shown(opener, authority)) is not None]


def all_authorities(desk: Desk) -> list[Authority]:
    """Give every authority, in the order in which they were granted."""
    ids = desk.streams.linked(REGISTER, LinkKind.AUTHORITY)
    found = desk.streams.load_all([(Authority, id_) for id_ in ids])
    return [authority for authority in found if isinstance(authority, Authority)]


def _shown(opener: FactOpener, authority: Authority) -> AuthorityShown | None:
    kind, category = opener.known(authority.kind), opener.known(authority.category)
    first_day = opener.known(authority.first_day)
    if kind is None or category is None or first_day is None:
        return None
    return AuthorityShown(
        authority.id,
        kind,
        category,
        first_day,
        opener.known(authority.last_day),
        opener.known(authority.reference) or "",
        authority.granted_at,
        authority.revoked_at,
        opener.known(authority.ended_from),
    )
