"""
What is done in a procedure: keep a value, send data on. Each is one question to the gate, like a look.

What is refused is on record under its code, and nothing is written, kept or sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.access import Access, Look
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure_events import Circumstances
from ledger.personal import Personal
from ledger.policies.disclosure import Decision, Onward, Question, decide
from ledger.policies.vocabulary import Asked, Mode, Place
from ledger.rules.formats import check_value
from ledger.rules.personal_numbers import screen_note
from ledger.usecases.access.case import (
    Case,
    agent_standing,
    annexes_of,
    at_of,
    case_standing,
    mandate_standings,
    never_kept,
    open_case,
    required,
    unique,
)
from ledger.usecases.access.codes import check_codes, check_fields
from ledger.usecases.access.completing import completes
from ledger.usecases.gate import Judgement, judging
from ledger.usecases.mandate.dealings import find_partner
from ledger.usecases.ports import Command, Desk, Recorded


@dataclass(frozen=True)
class Doing:
    """Who does something in a procedure, and how; `act` is what the mandate must list."""

    procedure: UUID
    mode: Mode
    present: bool
    act: str = ""
    data_request: str = ""
    reference: str = ""
    informed: bool = False
    consented: tuple[str, ...] = ()
    supervisor: UUID | None = None
    because: str = ""
    """Why an act begun before the person's death could not wait (Code civil 1991)."""
    effective_at: datetime | None = None


def judged(
    desk: Desk,
    judgement: Judgement,
    case: Case,
    doing: Doing,
    *,
    asked: Asked,
    fields: tuple[str, ...],
    at: datetime,
    happened_at: datetime,
    keep: bool = False,
    onward: Onward | None = None,
    completing: bool = False,
) -> Decision:
    """
    Let the gate decide on something done; a mandate is judged at the instant at which it was done.

    What it refuses is on record with the procedure, like a look that it refuses.

    :raises CodeMalformed: if something typed is no code
    :raises UnknownField: if a field is not in the vocabulary
    :raises RefusedByRule: with the code of the refusal
    """
    check_fields(desk, (*fields, *doing.consented))
    check_codes((doing.act, doing.data_request, onward.recipient if onward is not None else ""))
    question = Question(
        agent=agent_standing(desk, judgement, case, at=at),
        case=case_standing(judgement, case.procedure),
        entry=case.entry,
        fields=fields,
        place=Place.PORTAL,
        mode=doing.mode,
        present=doing.present,
        informed=doing.informed or judgement.known(case.procedure.informed) is True,
        act=doing.act,
        data_request=doing.data_request,
        reference=doing.reference,
        annexes=annexes_of(judgement, case, at=at) if doing.reference else frozenset(),
        mandates=mandate_standings(
            desk, judgement, case, mode=doing.mode, at=happened_at, late=happened_at < at, completing=completing
        ),
        never_kept=never_kept(desk, fields),
        consented=frozenset(doing.consented),
        keep=keep,
        onward=onward,
    )
    decision = decide(question)
    if decision.refusal is not None:
        look = _look(doing, fields, asked=asked, recipient=onward.recipient if onward is not None else "")
        judgement.refuse(Access.refuse(look, house=case.procedure.house, refusal=decision.refusal), decision.refusal)
    return decision


def _look(doing: Doing, fields: tuple[str, ...], *, asked: Asked, recipient: str) -> Look:
    """Say what was asked, as the record of a refusal keeps it."""
    return Look(
        procedure=doing.procedure,
        fields=unique(fields),
        place=Place.PORTAL,
        mode=doing.mode,
        present=doing.present,
        informed=doing.informed,
        consented=unique(doing.consented),
        act=doing.act,
        data_request=doing.data_request,
        reference=doing.reference,
        supervisor=doing.supervisor,
        asked=asked,
        recipient=recipient,
        because=doing.because,
    )


def is_irregular(mandate: Mandate, happened_at: datetime) -> bool:
    """Say whether something was done under a mandate once its end was known, and is entered all the same."""
    return mandate.end is not None and happened_at >= mandate.end.binds_at


def circumstances(doing: Doing, decision: Decision) -> Circumstances:
    """Say how something was done, as the record keeps it."""
    assert decision.gateway is not None
    return Circumstances(
        gateway=decision.gateway,
        mode=doing.mode,
        mandate=decision.mandate,
        present=doing.present,
        supervisor=doing.supervisor,
        consented=unique(doing.consented),
    )


def keep_value(desk: Desk, command: Command, doing: Doing, *, field: str, value: Personal[str]) -> Recorded:
    """
    Store a value of the person, where the entry says why; the last one for a field is the one that counts.

    :raises RefusedByRule: NOT_KEPT, NEVER_STORED, NOT_NECESSARY, or what the gate says
    :raises ValueMalformed: if the value does not have the format of its field; it is not repeated
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        case = open_case(desk, judgement, doing.procedure, supervisor=doing.supervisor)
        decision = judged(
            desk,
            judgement,
            case,
            doing,
            asked=Asked.KEEP,
            fields=(field,),
            at=command.at,
            happened_at=command.at,
            keep=True,
        )
        checked = check_value(desk.law.catalogue.field(field), value.expose())
        if doing.present:
            case.note_presence(at=command.at, recorded_at=command.at)
        case.procedure.keep_value(field, checked, circumstances(doing, decision))
        return judgement.commit(case.procedure, guards=case.guards(*case.relied_on(decision)))


@dataclass(frozen=True)
class Sending:
    """What is sent, to whom; a commercial use takes consent and information for this very disclosure."""

    recipient: str
    fields: tuple[str, ...]
    commercial: bool = False
    consent: bool = False
    information: bool = False


def transmit(desk: Desk, command: Command, doing: Doing, sending: Sending) -> Recorded:
    """
    Send data to a recipient that the catalogue names. The procedure stays open: sent is not resolved.

    What was sent once the mandate's end was known, but before it was written down, is entered and is for review. Where
    the end is on record, a partner that was not known to be dealt with is to be told of it too (Code civil 2005).

    :raises RefusedByRule: NOT_A_RECIPIENT, CONSENT_MISSING, NOT_INFORMED, or what the gate says
    """
    screen_note(doing.reference)
    screen_note(doing.because)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        happened_at = at_of(command, doing.effective_at)
        fields = unique(sending.fields)
        case = open_case(desk, judgement, doing.procedure, supervisor=doing.supervisor)
        completing = completes(judgement, desk, case, act=doing.act, because=doing.because)
        onward = Onward(sending.recipient, sending.commercial, sending.consent, sending.information)
        decision = judged(
            desk,
            judgement,
            case,
            doing,
            asked=Asked.TRANSMIT,
            fields=fields,
            at=command.at,
            happened_at=happened_at,
            onward=onward,
            completing=completing,
        )
        if doing.present:
            case.note_presence(at=happened_at, recorded_at=command.at)
        case.procedure.transmit(
            sending.recipient,
            circumstances(doing, decision),
            fields=fields,
            act=doing.act,
            reference=decision.reference,
            commercial=sending.commercial,
            consent=sending.consent,
            information=sending.information,
            irregular=not completing
            and any(is_irregular(mandate, happened_at) for mandate in case.mandate(decision.mandate)),
            because=doing.because if completing else "",
            effective_at=happened_at,
            recorded_at=command.at,
        )
        partner, mandates = required(judgement, case.procedure.partner), case.mandate(decision.mandate)
        changed = [mandate for mandate in mandates if find_partner(judgement, mandate, partner)]
        return judgement.commit(case.procedure, *changed, guards=case.guards(*case.relied_on(decision)))
