"""
Acts: done by the person helped, done in the person's name under a mandate, or struck from the mandate's list.

The last listed act that is done or struck ends the mandate, in the same append. One occurrence never ends a recurring
act, and an act of a procedure that is not opened yet is not done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import Aggregate
from ledger.aggregates.mandate import Mandate
from ledger.policies.mandate_life import ActStanding, End, act_standing
from ledger.policies.mandate_scope import MandateScope, is_exhausted
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import AfterEnd, Asked, EndKind, RefusalCode
from ledger.rules.personal_numbers import screen_note
from ledger.usecases.access.case import Case, at_of, life_of, open_case, required, scope_of
from ledger.usecases.access.codes import check_act
from ledger.usecases.access.completing import completes
from ledger.usecases.access.irregular import flag_irregular_accesses
from ledger.usecases.gate import FactOpener, Judgement, judging
from ledger.usecases.mandate.dealings import dealings_under, find_partner
from ledger.usecases.ports import Command, Desk, Guard, Recorded
from ledger.usecases.procedure.casework import unmoved, working_on_mandate
from ledger.usecases.procedure.doing import Doing, circumstances, judged


@dataclass(frozen=True)
class ActRecorded:
    """That an act is on record, and whether it was the last of its mandate."""

    recorded: Recorded
    exhausted: bool = False


def record_act(desk: Desk, command: Command, doing: Doing) -> ActRecorded:
    """
    Record that the act `doing.act` was done, at its own time.

    `doing.because` completes, after the person's death, an act that was begun and could not wait (Code civil 1991):
    one that the record shows as begun before the death was known. What was done once an end was known, but before it
    was written down, is entered and is for review; if its partner was not known to be dealt with, it is to be told too.

    :raises UnknownAct: if the entry has no such act
    :raises RefusedByRule: what the gate says: NO_MANDATE, OUT_OF_SCOPE, FORBIDDEN_ACT, MANDATE_ENDED, NOT_TRAINED ...
    """
    screen_note(doing.because)
    if (done := desk.streams.recall(command)) is not None:
        return _again(desk, command, done)
    with judging(desk, command) as judgement:
        happened_at = at_of(command, doing.effective_at)
        case = open_case(desk, judgement, doing.procedure, supervisor=doing.supervisor)
        check_act(case.entry, doing.act)
        completing = completes(judgement, desk, case, act=doing.act, because=doing.because)
        decision = judged(
            desk,
            judgement,
            case,
            doing,
            asked=Asked.ACT,
            fields=(),
            at=command.at,
            happened_at=happened_at,
            completing=completing,
        )
        if doing.present:
            case.note_presence(at=happened_at, recorded_at=command.at)
        case.procedure.do_act(
            doing.act, circumstances(doing, decision), effective_at=happened_at, recorded_at=command.at
        )
        changed: list[Aggregate] = [case.procedure]
        guards = case.guards(*case.relied_on(decision))
        exhausted: tuple[Guard, ...] | None = None
        for mandate in case.mandate(decision.mandate):
            because = doing.because if completing else ""
            _do(judgement, case, mandate, doing.act, happened_at=happened_at, because=because)
            find_partner(judgement, mandate, required(judgement, case.procedure.partner))
            exhausted = _end_if_exhausted(desk, judgement, mandate, happened_at=happened_at)
            changed.append(mandate)
        outcome = EndKind.EXHAUSTED if exhausted is not None else "OK"
        recorded = judgement.commit(*changed, guards=_each_once(guards, exhausted), outcome=outcome)
    return _flagged(desk, command, recorded, changed)


def strike_act(
    desk: Desk, command: Command, mandate_id: UUID, *, entry: str, act: str, effective_at: datetime | None = None
) -> ActRecorded:
    """
    Record that a listed act will not be done; it is not given any more.

    :raises RefusedByRule: OUT_OF_SCOPE if it is not listed, MANDATE_NOT_LIVE, MANDATE_ENDED
    """
    if (done := desk.streams.recall(command)) is not None:
        return _flagged(desk, command, done, [desk.streams.load(Mandate, mandate_id)])
    with judging(desk, command) as judgement:
        actor, mandate = working_on_mandate(desk, judgement, mandate_id)
        scope = _scope(judgement, mandate)
        if not scope.lists_act(entry, act):
            raise RefusedByRule(RefusalCode.OUT_OF_SCOPE)
        happened_at = at_of(command, effective_at)
        mandate.strike_act(entry, act, effective_at=happened_at, recorded_at=command.at)
        exhausted = _end_if_exhausted(desk, judgement, mandate, happened_at=happened_at)
        outcome = EndKind.EXHAUSTED if exhausted is not None else "OK"
        guards = _each_once(unmoved(actor.agent), exhausted)
        recorded = judgement.commit(mandate, guards=guards, outcome=outcome)
    return _flagged(desk, command, recorded, [mandate])


def _again(desk: Desk, command: Command, done: Recorded) -> ActRecorded:
    """Give the same answer again, and finish marking what is irregular if that was cut short."""
    changed: list[Aggregate] = []
    if done.outcome == EndKind.EXHAUSTED:
        changed = [desk.streams.load(Mandate, mandate_id) for mandate_id in done.streams[1:2]]
    return _flagged(desk, command, done, changed)


def _flagged(desk: Desk, command: Command, recorded: Recorded, changed: Iterable[Aggregate]) -> ActRecorded:
    """Mark what was looked at after the last act, where that act is entered late."""
    exhausted = recorded.outcome == EndKind.EXHAUSTED
    for mandate in changed:
        if exhausted and isinstance(mandate, Mandate):
            flag_irregular_accesses(desk, command, desk.streams.load(Mandate, mandate.id))
    return ActRecorded(recorded, exhausted)


def _each_once(guards: tuple[Guard, ...], more: tuple[Guard, ...] | None) -> tuple[Guard, ...]:
    return tuple(dict.fromkeys((*guards, *(more or ()))))


def _do(opener: Judgement, case: Case, mandate: Mandate, act: str, *, happened_at: datetime, because: str) -> None:
    mandate.do_act(
        case.entry.code,
        act,
        procedure=case.procedure.id,
        partner=required(opener, case.procedure.partner),
        effective_at=happened_at,
        recorded_at=opener.command.at,
        after_end=_ground(life_of(opener, mandate).end, happened_at, completing=bool(because)),
        reason=because,
    )


def _ground(end: End | None, happened_at: datetime, *, completing: bool) -> AfterEnd | None:
    if end is None:
        return None
    standing = act_standing(end, happened_at)
    if standing is ActStanding.IRREGULAR:
        return AfterEnd.URGENT_COMPLETION if completing else AfterEnd.IRREGULAR
    return AfterEnd.GOOD_FAITH if standing is ActStanding.GOOD_FAITH else None


def _end_if_exhausted(
    desk: Desk, opener: Judgement, mandate: Mandate, *, happened_at: datetime
) -> tuple[Guard, ...] | None:
    """End a mandate whose last act this was, and give what guards that end; None if something is left to do."""
    if mandate.end is not None:
        return None
    done = {(opener.known(act.entry) or "", opener.known(act.act) or "") for act in mandate.acts_done}
    if not is_exhausted(_scope(opener, mandate), done):
        return None
    dealings = dealings_under(desk, opener, mandate)
    last = max([happened_at, *(act.effective_at for act in mandate.acts_done)])
    mandate.end_by(
        EndKind.EXHAUSTED,
        effective_at=last,
        known_at=last,
        recorded_at=opener.command.at,
        partners=dealings.partners,
        worked_at=dealings.worked_at,
    )
    return unmoved(*dealings.procedures)


def _scope(opener: FactOpener, mandate: Mandate) -> MandateScope:
    scope = scope_of(opener, mandate)
    if scope is None:
        raise RefusedByRule(RefusalCode.MANDATE_ENDED)
    return scope
