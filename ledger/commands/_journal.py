"""
Pages of the journal of accesses: who, when, what, why, under what, allowed or refused.

Who may see it: whoever audits or decides sees all; an agent sees the accesses of the agent's own house, and what the
agent did. Every page is itself in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.commands._context import Session
from ledger.commands._output import Column
from ledger.commands._pages import capped, events_at, house_seen_by, page
from ledger.personal import Erased, Fact, Withheld
from ledger.policies.vocabulary import AccessDecision, Mode, RefusalCode, ReviewResult
from ledger.projections.access_journal import (
    JournalRow,
    Look,
    journal,
    journal_of_agent,
    journal_of_procedure,
    journal_of_subject,
    share_of_modes,
    who,
)
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import Acting
from ledger.usecases.gate import FactOpener

COLUMNS = [
    Column("at", mark("When")), Column("look", mark("What")), Column("asked", mark("Asked"), for_people=False),
    Column("reference", mark("Reference")),
    Column("agent", mark("Who")), Column("house", mark("House"), for_people=False),
    Column("decision", mark("Decision")), Column("gateway", mark("Gateway"), for_people=False),
    Column("procedure", mark("Procedure")), Column("fields", mark("Fields")),
    Column("place", mark("Place"), for_people=False), Column("mode", mark("Mode"), for_people=False),
    Column("under", mark("Under what")), Column("review", mark("Review")),
    Column("position", mark("Position"), for_people=False),
]  # fmt: skip
"""People see what fits on a screen; programs and spreadsheets get everything (--json, --csv)."""
_FACTS = (
    "asked",
    "through",
    "fields",
    "place",
    "mode",
    "act",
    "data_request",
    "reference",
    "mandate",
    "recipient",
    "page",
    "text",
)


COUNTED_AT_ONCE = 200
"""How many looks of an agent are opened together to be counted."""


@dataclass(frozen=True)
class Wanted:
    """Which part of the journal is asked for."""

    accesses_only: bool = False
    house: UUID | None = None
    procedure: UUID | None = None
    subject: UUID | None = None
    agent: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    decision: AccessDecision | RefusalCode | None = None
    review: Any = None
    limit: int = 50
    before: int | None = None


def show_journal(session: Session, wanted: Wanted) -> None:
    """Show a page of the journal."""
    reading = _Reading(session, wanted)
    count = reading.count_modes if wanted.agent is not None else None
    shown = page(session, "audit.journal", rows=reading.rows, row=reading.row, also=count)
    session.output.listing(_columns(session, shown), shown, empty=mark("The journal has nothing of the kind."))
    if wanted.agent is not None and reading.modes:
        share = share_of_modes(reading.modes)
        session.output.say(
            mark("Helping the person: {assist}; in the person's name: {act_for}; destroyed since: {unknown}."),
            assist=share.assist, act_for=share.act_for, unknown=share.unknown,
        )  # fmt: skip
    if reading.found and len(reading.found) == capped(wanted.limit):
        session.output.say(mark("More: --before {position}"), position=reading.found[-1].position)


def _columns(session: Session, rows: Sequence[Mapping[str, Any]]) -> Sequence[Column]:
    """Give the columns; people don't see one that is empty all the way down."""
    if not session.output.for_people:
        return COLUMNS
    return [column for column in COLUMNS if any(row.get(column.key) for row in rows)]


class _Reading:
    """One page in the making: its rows, their events, and who did what."""

    def __init__(self, session: Session, wanted: Wanted) -> None:
        self._session = session
        self._wanted = wanted
        self._views = session.ledger.current_views()
        self._events: dict[int, Any] = {}
        self._actors: dict[int, UUID | None] = {}
        self.found: list[JournalRow] = []
        self.modes: list[Mode | Erased | Withheld] = []

    def rows(self, actor: Acting) -> Sequence[JournalRow]:
        """Give the rows that the actor may see."""
        self.found = [row for row in self._asked(actor) if self._shown_to(actor, row)]
        agents = self._session.desk.streams.linked(REGISTER, LinkKind.AGENT)
        self._actors = who(self._session.ledger.agent_months, self.found, agents)
        self._events = events_at(self._session, (row.position for row in self.found))
        return self.found

    def row(self, opener: FactOpener, row: JournalRow) -> Mapping[str, Any] | None:
        """Open what one row says; None where the exact refusal is not the one asked for."""
        event = self._events.get(row.position)
        facts = {
            name: opener.open(getattr(event, name)) for name in _FACTS if isinstance(getattr(event, name, None), Fact)
        }
        decision = _decision(row, opener, event)
        if self._wanted.decision not in (None, decision):
            return None
        return {
            "at": row.recorded_at,
            "look": Look(row.look),
            "asked": facts.get("asked"),
            "reference": row.reference,
            "agent": self._actors.get(row.position),
            "house": row.house,
            "decision": decision,
            "gateway": facts.get("through"),
            "procedure": row.procedure,
            "fields": facts.get("fields"),
            "place": facts.get("place"),
            "mode": facts.get("mode"),
            "under": _under(facts),
            "review": ReviewResult(row.review) if row.review else None,
            "position": row.position,
        }

    def _asked(self, actor: Acting) -> list[JournalRow]:
        wanted, limit = self._wanted, capped(self._wanted.limit)
        streams = self._session.desk.streams
        if not (wanted.procedure or wanted.accesses_only or wanted.agent == actor.agent.id):
            actor.need(Power.READ_JOURNAL)
        if wanted.procedure is not None:
            return journal_of_procedure(self._views, wanted.procedure, limit=limit, before=wanted.before)
        if wanted.subject is not None:
            return journal_of_subject(self._views, streams, wanted.subject, limit=limit, before=wanted.before)
        if wanted.agent is not None:
            return self._of_agent(wanted.agent, limit=limit, before=wanted.before)
        return journal(
            self._views,
            house=wanted.house if Power.READ_JOURNAL in actor.powers else house_seen_by(actor),
            since=wanted.since,
            until=wanted.until,
            look=Look.ACCESS if wanted.accesses_only else None,
            decision=_shown(wanted.decision),
            review=wanted.review,
            limit=limit,
            before=wanted.before,
        )

    def count_modes(self, opener: FactOpener) -> None:
        """Open how the person was helped in every look allowed to the agent over the period, not only on this page."""
        assert self._wanted.agent is not None
        before: int | None = None
        while part := self._of_agent(self._wanted.agent, limit=COUNTED_AT_ONCE, before=before):
            before = part[-1].position
            looks = [row for row in part if row.look == Look.ACCESS and row.decision == AccessDecision.GRANTED]
            events = events_at(self._session, (row.position for row in looks))
            modes = [event.mode for event in events.values()]
            opener.expect(*modes)
            self.modes += [opener.open(mode) for mode in modes]

    def _of_agent(self, agent: UUID, *, limit: int, before: int | None) -> list[JournalRow]:
        since, until = self._wanted.since, self._wanted.until
        assert since is not None
        assert until is not None
        months = self._session.ledger.agent_months
        return journal_of_agent(self._views, months, agent, since=since, until=until, limit=limit, before=before)

    def _shown_to(self, actor: Acting, row: JournalRow) -> bool:
        """Say whether a row is the actor's to see: an agent's own looks, and those of the agent's own house."""
        if Power.READ_JOURNAL in actor.powers or self._wanted.agent == actor.agent.id:
            return True
        return row.house == house_seen_by(actor)


def _shown(decision: AccessDecision | RefusalCode | None) -> str | None:
    """Give the code under which a decision stands in the rows; the exact one is sealed where it would tell too much."""
    return decision.shown if isinstance(decision, RefusalCode) else decision


def _decision(row: JournalRow, opener: FactOpener, event: Any) -> Any:
    """Give the exact refusal where it can be opened, else what the header shows."""
    refusal = getattr(event, "refusal", None)
    exact = opener.known(refusal) if isinstance(refusal, Fact) else None
    if exact or row.decision == AccessDecision.GRANTED:
        return exact or AccessDecision.GRANTED
    return RefusalCode(row.decision) if row.decision in set(RefusalCode) else row.decision


def _under(facts: Mapping[str, Any]) -> Any:
    """Say under what it was: the mandate, the text, the act, the page."""
    names = ("mandate", "reference", "act", "data_request", "recipient", "text", "page")
    said = [facts[name] for name in names if facts.get(name)]
    return said or None
