"""
Ask to look at fields; the answer, yes or no, is on record before anything is opened.

A yes for stored values comes with a grant, which serves once, within seconds, in this process; a yes for what the
person shows, or the partner's portal displays, holds for a counter session. A repeated command gives the number of the
record only, never the values again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from ledger.aggregates.access import Access, Look
from ledger.aggregates.base import Scope
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import NOTE
from ledger.errors import Invalid, NotFound
from ledger.identifiers import new_id
from ledger.personal import Erased, Personal, Withheld
from ledger.policies.disclosure import Decision, Question, decide
from ledger.policies.vocabulary import AccessDecision, Gateway, Place, RefusalCode
from ledger.rules.personal_numbers import screen_note
from ledger.translation import mark
from ledger.usecases.access.case import (
    Case,
    agent_standing,
    annexes_of,
    case_standing,
    mandate_standings,
    never_kept,
    open_case,
    unique,
)
from ledger.usecases.access.codes import check_codes, check_fields
from ledger.usecases.access.completing import completes
from ledger.usecases.gate import FactOpener, Grant, Judgement, judging, open_values
from ledger.usecases.ports import Command, Desk, Guard, Recorded, ScopeOpen, own_scope


class NothingAsked(Invalid):
    """A look at no field."""

    sentence = mark("Say which data you need to look at.")


class NothingKept(NotFound):
    """No value is stored here for a field."""

    sentence = mark("No value of {reference} is kept here.")
    advice = mark("Have the person show it; most values pass through the partner's portal only.")


@dataclass(frozen=True, eq=False)
class AccessAnswer:
    """What was decided of a look; `grant` opens the stored values that were asked for, once."""

    access_id: UUID
    decision: RefusalCode | AccessDecision
    fields: tuple[str, ...] = ()
    gateway: Gateway | None = None
    until: datetime | None = None
    """When the counter session ends for which a look at shown or displayed data is granted."""
    grant: Grant | None = field(default=None, repr=False)
    repeated: bool = False
    erased: Mapping[str, Erased] = field(default_factory=dict)
    """Of a refused look at stored values of a case that is over: those that were kept and are destroyed by now."""

    @property
    def granted(self) -> bool:
        """Whether the look is allowed."""
        return self.decision is AccessDecision.GRANTED


def request(desk: Desk, command: Command, look: Look) -> AccessAnswer:
    """
    Ask to look at the fields of `look`; a refusal is an answer, not an error, and is on record like a yes.

    Who asks for a value that was kept, of a case that is over, is refused and told if it was destroyed, when and why.

    :raises NothingAsked: if no field is named
    :raises CodeMalformed: if something typed is no code
    :raises UnknownField: if a field is not in the vocabulary
    :raises NothingKept: if a stored value is asked for and none is stored
    :raises Conflict: if the mandate, the case or the agent changed in the meantime
    """
    _check(desk, look)
    if (done := desk.streams.recall(command)) is not None:
        return _again(desk, command, look, done)
    look = replace(look, fields=unique(look.fields), consented=unique(look.consented))
    with judging(desk, command) as judgement:
        case = open_case(desk, judgement, look.procedure, supervisor=look.supervisor)
        decision = decide(_question(desk, judgement, case, look, at=command.at))
        if decision.refusal is not None:
            access = Access.refuse(look, house=case.procedure.house, refusal=decision.refusal)
            recorded = judgement.commit(access, guards=case.guards(), outcome=decision.refusal.shown)
            if not recorded.repeated:
                erased = _erased(judgement, case.procedure, look, decision.refusal, by=command.at)
                return AccessAnswer(access.id, decision.refusal, look.fields, erased=erased)
        else:
            values = _stored_values(judgement, case, look) if look.place is Place.STORED else ()
            until = _until(desk, judgement, case, decision, at=command.at)
            access = _granted(look, case, decision, until)
            if look.present:
                case.note_presence(at=command.at, recorded_at=command.at)
            recorded = judgement.commit(
                access, case.procedure, guards=_guards(case, decision, look), outcome=AccessDecision.GRANTED
            )
    if recorded.repeated:
        return _again(desk, command, look, recorded)
    grant = Grant(access.id, granted_at=command.at, values=values) if values else None
    return AccessAnswer(access.id, AccessDecision.GRANTED, look.fields, decision.gateway, until, grant)


def _check(desk: Desk, look: Look) -> None:
    if not look.fields:
        raise NothingAsked
    check_fields(desk, (*_of_the_entry(look), *look.consented))
    check_codes((look.act, look.data_request, look.for_partner))
    screen_note(look.reference)
    screen_note(look.because)


def look_at_stored(
    desk: Desk, answer: AccessAnswer, *, at: datetime
) -> Mapping[str, Personal[object] | Erased | Withheld]:
    """
    Open the stored values that an answer grants, by field; once, within seconds.

    :raises NothingKept: if the answer grants none
    :raises GrantRefused: if it was used, or is too old
    """
    if answer.grant is None:
        raise NothingKept(reference=",".join(answer.fields))
    return dict(zip(answer.fields, open_values(desk, answer.grant, at=at), strict=True))


def _question(desk: Desk, opener: FactOpener, case: Case, look: Look, *, at: datetime) -> Question:
    completing = completes(opener, desk, case, act=look.act, because=look.because)
    return Question(
        agent=agent_standing(desk, opener, case, at=at, for_partner=bool(look.for_partner)),
        case=case_standing(opener, case.procedure),
        entry=case.entry,
        fields=_of_the_entry(look),
        place=look.place,
        mode=look.mode,
        present=look.present,
        informed=look.informed or opener.known(case.procedure.informed) is True,
        act=look.act,
        data_request=look.data_request,
        reference=look.reference,
        annexes=annexes_of(opener, case, at=at) if look.reference else frozenset(),
        mandates=mandate_standings(desk, opener, case, mode=look.mode, at=at, completing=completing),
        never_kept=never_kept(desk, look.fields),
        consented=frozenset(look.consented),
    )


def _of_the_entry(look: Look) -> tuple[str, ...]:
    """Give the fields that the entry must need: the house's own note, where it is kept, belongs to every procedure."""
    return tuple(field for field in look.fields if not (field == NOTE and look.place is Place.STORED))


def _stored_values(opener: FactOpener, case: Case, look: Look) -> tuple[Personal[str], ...]:
    """Give the last value kept for each field, unopened."""
    kept = {opener.known(value.field): value.value for value in case.procedure.values}
    missing = [name for name in look.fields if name not in kept]
    if missing:
        raise NothingKept(reference=",".join(missing))
    return tuple(kept[name] for name in look.fields)


def _until(desk: Desk, opener: FactOpener, case: Case, decision: Decision, *, at: datetime) -> datetime:
    """Give the end of the counter session, which the term of the mandate cuts short."""
    until: datetime = at + desk.law.profile.counter_session(case.on)
    for mandate in case.mandate(decision.mandate):
        ends_at = opener.known(mandate.ends_at) if mandate.ends_at is not None else None
        until = min(until, ends_at or until)
    return until


def _granted(look: Look, case: Case, decision: Decision, until: datetime) -> Access:
    assert decision.gateway is not None
    return Access.grant(
        look,
        house=case.procedure.house,
        gateway=decision.gateway,
        mandate=decision.mandate,
        reference=decision.reference,
        until=until,
    )


def _guards(case: Case, decision: Decision, look: Look) -> tuple[Guard, ...]:
    """Let the grant stand only if what it rests on has not moved, nor the data begun to be destroyed."""
    guards = case.guards(*case.relied_on(decision))
    if look.place is Place.STORED:
        guards = (*guards, ScopeOpen(own_scope(Scope.PROCEDURE_DATA, case.procedure.id)))
    return guards


def _again(desk: Desk, command: Command, look: Look, recorded: Recorded) -> AccessAnswer:
    """Give the answer that the command was given the first time, without the values."""
    access_id, granted = recorded.streams[0], recorded.outcome == AccessDecision.GRANTED
    decision = AccessDecision.GRANTED if granted else RefusalCode(recorded.outcome)
    if not _may_be_gone(look, decision):
        return AccessAnswer(access_id, decision, repeated=True)
    with judging(desk, replace(command, id=new_id(), request=b"")) as judgement:
        access, procedure = desk.streams.load(Access, access_id), desk.streams.load(Procedure, look.procedure)
        erased = _erased(judgement, procedure, look, decision, by=access.recorded_at)
        judgement.read("access.request", rows=len(erased))
    return AccessAnswer(access_id, decision, repeated=True, erased=erased)


def _may_be_gone(look: Look, decision: RefusalCode | AccessDecision) -> bool:
    """Say whether the look was at stored values, by somebody entitled to ask, of a case that is over."""
    return look.place is Place.STORED and decision in (RefusalCode.PROCEDURE_CLOSED, RefusalCode.RESTRICTED)


def _erased(
    judgement: Judgement, procedure: Procedure, look: Look, decision: RefusalCode | AccessDecision, *, by: datetime
) -> Mapping[str, Erased]:
    """Give what was kept of the fields asked for and had been destroyed by then; nothing is opened for it."""
    if not _may_be_gone(look, decision):
        return {}
    kept = {judgement.known(value.field): value.value for value in procedure.values}
    gone = {name: judgement.destroyed(kept[name]) for name in look.fields if name in kept}
    return {name: erased for name, erased in gone.items() if erased is not None and erased.when <= by}
