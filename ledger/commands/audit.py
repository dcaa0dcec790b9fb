"""`ledger audit`: the journal of accesses, by house and period, by person, by agent; and how much of what there was."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from ledger.commands._context import Session
from ledger.commands._moments import Day
from ledger.commands._words import Noun, argument, option
from ledger.errors import Invalid
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.commands._journal import Wanted
    from ledger.policies.vocabulary import AccessDecision, RefusalCode

command = Noun(
    "audit", help=mark("Read the journal of accesses: who, when, what, why, under what, allowed or refused.")
)


class PeriodReversed(Invalid):
    """The period ends before it begins."""

    sentence = mark("The period ends before it begins.")
    advice = mark("Give the first day with --since, and the last one with --until.")


class DecisionUnknown(Invalid):
    """The code is that of no decision."""

    sentence = mark("No decision has this code.")
    advice = mark("Give GRANTED, or a refusal code such as NOT_NECESSARY: the journal shows them.")


_LIMIT = mark("At most so many.")
_BEFORE = mark("Go on before this position of the last page.")
_SINCE = mark("From this day on.")
_UNTIL = mark("Up to this day, included.")


@command.verb(
    "trail",
    help=mark("Show the whole journal, latest first, of a house or a period; the reading is itself in the journal."),
    examples=("ledger audit trail --since 01/06/2026 --until 30/06/2026", "ledger audit trail --csv > journal.csv"),
)
@option("--house", metavar=mark("HOUSE"), help=mark("Only this house."))
@option("--since", type=Day(), help=_SINCE)
@option("--until", type=Day(), help=_UNTIL)
@option("--decision", metavar=mark("CODE"), help=mark("Only this decision: GRANTED, or a refusal code."))
@option("--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help=_LIMIT)
@option("--before", type=click.IntRange(min=1), metavar=mark("POSITION"), help=_BEFORE)
def trail(
    session: Session,
    house: str | None,
    since: date | None,
    until: date | None,
    decision: str | None,
    limit: int,
    before: int | None,
) -> None:
    """Show the journal."""
    from ledger.aggregates.house import House

    _show(
        session,
        house=session.reference(House, house, name="--house") if house else None,
        since=_midnight(session, since),
        until=_midnight(session, until, next_day=True),
        decision=_decided(decision) if decision else None,
        limit=limit,
        before=before,
    )


@command.verb(
    "subject",
    help=mark("Show who looked at a person's data, latest first, under every reference that the person has."),
    examples=("ledger audit subject 1a2b3c4d",),
)
@argument("subject", metavar=mark("PERSON"), help=mark("The reference of the person."))
@option("--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help=_LIMIT)
@option("--before", type=click.IntRange(min=1), metavar=mark("POSITION"), help=_BEFORE)
def subject_(session: Session, subject: str, limit: int, before: int | None) -> None:
    """Show the journal of one person."""
    from ledger.aggregates.subject import Subject

    _show(session, subject=session.reference(Subject, subject, name="person"), limit=limit, before=before)


@command.verb(
    "agent",
    help=mark(
        "Show what an agent looked at, latest first, and how often the agent helped or acted in people's names.\n\n"
        "Without a reference: yourself. Nothing of a month is found once its key is destroyed."
    ),
    examples=("ledger audit agent 1a2b3c4d --since 01/01/2026", "ledger audit agent"),
)
@argument("agent", metavar=mark("AGENT"), required=False, help=mark("The reference of the agent."))
@option("--since", type=Day(), help=_SINCE)
@option("--until", type=Day(), help=_UNTIL)
@option("--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help=_LIMIT)
@option("--before", type=click.IntRange(min=1), metavar=mark("POSITION"), help=_BEFORE)
def agent_(
    session: Session, agent: str | None, since: date | None, until: date | None, limit: int, before: int | None
) -> None:
    """Show the journal of one agent."""
    from ledger.aggregates.agent import Agent
    from ledger.rules.periods import local_day

    last = until or local_day(session.at, session.zone)
    first = since or date(max(last.year - 1, 1), last.month, 1)
    _show(
        session,
        agent=session.reference(Agent, agent, name="agent") if agent else session.reading().actor,
        since=_midnight(session, first),
        until=_midnight(session, last, next_day=True),
        limit=limit,
        before=before,
    )


@command.verb(
    "counts",
    help=mark(
        "Show how much of what was recorded, by day, in a house or in all: mandates, procedures, looks, refusals.\n\n"
        "The figures tell of nobody; of gateways they tell whether it was a mandate."
    ),
    examples=("ledger audit counts --since 01/06/2026 --until 30/06/2026", "ledger audit counts --csv > figures.csv"),
)
@option("--house", metavar=mark("HOUSE"), help=mark("Only this house."))
@option("--since", type=Day(), help=_SINCE)
@option("--until", type=Day(), help=_UNTIL)
def counts(session: Session, house: str | None, since: date | None, until: date | None) -> None:
    """Show counts by day."""
    from ledger.aggregates.house import House
    from ledger.commands._counts import show_counts

    show_counts(
        session,
        house=session.reference(House, house, name="--house") if house else None,
        since=_midnight(session, since),
        until=_midnight(session, until, next_day=True),
    )


def _show(session: Session, *, since: datetime | None = None, until: datetime | None = None, **wanted: Any) -> None:
    from ledger.commands._journal import Wanted, show_journal

    if since is not None and until is not None and since >= until:
        raise PeriodReversed
    asked: Wanted = Wanted(since=since, until=until, **wanted)
    show_journal(session, asked)


def _decided(code: str) -> AccessDecision | RefusalCode:
    """
    Read the code of a decision.

    :raises DecisionUnknown: if it is none: an empty page would say that there was nothing of the kind
    """
    from ledger.policies.vocabulary import AccessDecision, RefusalCode

    known: dict[str, AccessDecision | RefusalCode] = {each.value: each for each in (*AccessDecision, *RefusalCode)}
    found = known.get(code.strip().upper().replace("-", "_"))
    if found is None:
        raise DecisionUnknown
    return found


def _midnight(session: Session, day: date | None, *, next_day: bool = False) -> datetime | None:
    from datetime import timedelta

    from ledger.rules.periods import midnight

    if day is None:
        return None
    return midnight(day + timedelta(days=1) if next_day else day, session.zone)
