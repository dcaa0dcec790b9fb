"""
Give data because a text requires or allows it, outside the catalogue: a requisition, a danger, an offence.

It takes the text, its reference and the decision of the controller's delegate. Where a child or a vulnerable person is
in danger and it can't wait, one acts first and the delegate reviews after (Code penal 226-14).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from ledger.aggregates.access import Access, Look
from ledger.aggregates.agent import Agent
from ledger.aggregates.base import Aggregate, Scope
from ledger.aggregates.house import House
from ledger.aggregates.procedure import Procedure
from ledger.errors import NotFound
from ledger.personal import Personal
from ledger.policies.outcomes import DisclosureQuestion, refusal_of_disclosure
from ledger.policies.vocabulary import Asked, DisclosureGround, DisclosureMoment, Gateway, Mode, Place, RefusalCode
from ledger.rules.catalogue import ExchangeKind
from ledger.rules.periods import local_day
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.usecases.access.case import at_of, entry_of, never_kept, unique
from ledger.usecases.access.codes import check_fields
from ledger.usecases.access.request import NothingKept
from ledger.usecases.agent.acting import acting, powers_at
from ledger.usecases.gate import FactOpener, Grant, Judgement, judging
from ledger.usecases.house.days import zone_of
from ledger.usecases.ports import Command, Desk, Guard, Recorded, ScopeOpen, StreamAt, own_scope


@dataclass(frozen=True)
class LegalDisclosure:
    """What is given, to whom, by which text; `decided_by` is the controller's delegate."""

    procedure: UUID
    recipient: str
    ground: DisclosureGround
    text: str
    """The article, or the act of the authority."""
    reference: str = ""
    fields: tuple[str, ...] = ()
    moment: DisclosureMoment = DisclosureMoment.DECIDED_BEFORE
    decided_by: UUID | None = None
    open_stored: bool = False
    """Whether values kept here are to be opened for it."""
    for_partner: bool = False
    """Whether a local partner asks, whose presence in the house is no title."""
    note: str = ""
    effective_at: datetime | None = None


@dataclass(frozen=True, eq=False)
class Disclosed:
    """That a disclosure is on record; `grant` opens the kept values that it names, once."""

    recorded: Recorded
    access_id: UUID | None = None
    fields: tuple[str, ...] = ()
    grant: Grant | None = field(default=None, repr=False)


def disclose(desk: Desk, command: Command, disclosure: LegalDisclosure) -> Disclosed:
    """
    Record a disclosure that a text requires or allows, then let the values that it names be opened.

    :raises RefusedByRule: NO_TITLE, SOLE_BENEFIT, NO_REFERENCE, NO_DECISION, ROLE_NOT_ALLOWED, NO_UNDERTAKING,
        NEVER_STORED, OTHER_HOUSE, RESTRICTED for values past their term, which only the delegate opens, in person
    :raises UnknownField: if a field is not in the vocabulary
    :raises NoteRefused: if a text is too long, or holds a social security number
    :raises NothingKept: if a kept value is to be opened and none is kept
    """
    for text in (disclosure.text, disclosure.reference, disclosure.recipient, disclosure.note):
        screen_note(text)
    check_fields(desk, disclosure.fields)
    if (done := desk.streams.recall(command)) is not None:
        return Disclosed(done)
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        procedure = desk.streams.load(Procedure, disclosure.procedure)
        decider = _decider(desk, judgement, disclosure)
        refusal = refusal_of_disclosure(
            DisclosureQuestion(
                powers=actor.powers,
                undertaking=_has_sworn(actor.agent, at=command.at),
                departed=False,
                ground=disclosure.ground,
                moment=disclosure.moment,
                reference=disclosure.reference if disclosure.text.strip() else "",
                decided=decider is not None,
                for_partner=disclosure.for_partner,
                exchanged=_exchanged(desk, judgement, procedure, disclosure),
                opens_restricted=disclosure.open_stored and procedure.is_restricted,
            )
        )
        if refusal is None and disclosure.open_stored and never_kept(desk, disclosure.fields):
            refusal = RefusalCode.NEVER_STORED
        if refusal is None and Power.DECIDE not in actor.powers and actor.agent.house != procedure.house:
            refusal = RefusalCode.OTHER_HOUSE
        if refusal is not None:
            look = _look(procedure, disclosure, unique(disclosure.fields))
            judgement.refuse(Access.refuse(look, house=procedure.house, refusal=refusal), refusal)
        disclosure = replace(
            disclosure, moment=_moment(disclosure, by_decider=decider is not None and decider.id == actor.agent.id)
        )
        return _recorded(judgement, procedure, disclosure, judged_on=[actor.agent, *([decider] if decider else [])])


def _moment(disclosure: LegalDisclosure, *, by_decider: bool) -> DisclosureMoment:
    """Say how it was decided; the word of an agent that the delegate decided is reviewed like what could not wait."""
    if disclosure.moment is DisclosureMoment.URGENT_DANGER:
        return DisclosureMoment.URGENT_DANGER
    return DisclosureMoment.DECIDED_BY_WHO_GIVES if by_decider else DisclosureMoment.DECIDED_BEFORE


def _decider(desk: Desk, judgement: Judgement, disclosure: LegalDisclosure) -> Agent | None:
    """Give the controller's delegate who decided, or None where whoever is named may not decide."""
    if disclosure.decided_by is None or disclosure.moment is DisclosureMoment.URGENT_DANGER:
        return None
    at = judgement.command.at
    try:
        decider = desk.streams.load(Agent, disclosure.decided_by)
    except NotFound:
        return None
    powers = powers_at(desk, judgement, decider, frozenset(judgement.known(decider.roles) or ()), at=at)
    return decider if Power.DECIDE in powers and decider.serves_at(at) else None


def _exchanged(desk: Desk, judgement: Judgement, procedure: Procedure, disclosure: LegalDisclosure) -> bool:
    """Say whether a text opened some of the fields to this procedure, to inform the person of a right."""
    zone = zone_of(judgement, desk.streams.load(House, procedure.house))
    entry = entry_of(desk, judgement, procedure, on=local_day(judgement.command.at, zone), zone=zone)
    return any(
        exchange.kind is ExchangeKind.LEGAL_EXCHANGE and not set(exchange.fields).isdisjoint(disclosure.fields)
        for exchange in entry.exchanges
    )


def _recorded(
    judgement: Judgement, procedure: Procedure, disclosure: LegalDisclosure, *, judged_on: list[Agent]
) -> Disclosed:
    command = judgement.command
    fields = unique(disclosure.fields)
    values = _kept(judgement, procedure, fields) if disclosure.open_stored else ()
    procedure.disclose(
        disclosure.recipient,
        ground=disclosure.ground,
        moment=disclosure.moment,
        text=disclosure.text,
        reference=disclosure.reference,
        fields=fields,
        decided_by=disclosure.decided_by,
        note=disclosure.note,
        effective_at=at_of(command, disclosure.effective_at),
        recorded_at=command.at,
    )
    guards: list[Guard] = [StreamAt(agent.id, agent.version) for agent in judged_on]
    changed: list[Aggregate] = [procedure]
    if values:
        changed.append(_access(procedure, disclosure, fields, until=command.at))
        guards.append(ScopeOpen(own_scope(Scope.PROCEDURE_DATA, procedure.id)))
    recorded = judgement.commit(*changed, guards=tuple(guards))
    if not values or recorded.repeated:
        return Disclosed(recorded, fields=fields)
    access_id = changed[-1].id
    return Disclosed(recorded, access_id, fields, Grant(access_id, granted_at=command.at, values=values))


def _look(procedure: Procedure, disclosure: LegalDisclosure, fields: tuple[str, ...]) -> Look:
    return Look(
        procedure=procedure.id,
        fields=fields,
        place=Place.STORED,
        mode=Mode.ASSIST,
        present=False,
        reference=disclosure.reference,
        asked=Asked.DISCLOSE,
        recipient=disclosure.recipient,
    )


def _access(procedure: Procedure, disclosure: LegalDisclosure, fields: tuple[str, ...], *, until: datetime) -> Access:
    return Access.grant(
        _look(procedure, disclosure, fields),
        house=procedure.house,
        gateway=Gateway.LEGAL_EXCHANGE,
        mandate=None,
        reference=disclosure.reference or disclosure.text,
        until=until,
    )


def _kept(opener: FactOpener, procedure: Procedure, fields: tuple[str, ...]) -> tuple[Personal[str], ...]:
    kept = {opener.known(value.field): value.value for value in procedure.values}
    missing = [name for name in fields if name not in kept]
    if missing or not fields:
        raise NothingKept(reference=",".join(missing))
    return tuple(kept[name] for name in fields)


def _has_sworn(agent: Agent, *, at: datetime) -> bool:
    return agent.undertaking_at is not None and agent.undertaking_at <= at
