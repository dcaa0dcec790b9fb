"""
How a mandate ends: revoked, renounced, or ended by its term, a death, a guardianship, a later mandate.

A withdrawal is taken by whoever the person tells, in any house (convention 4.6: nothing gates it). Every other end is
recorded by the mandate's own house, or decided by the controller's delegate. What an end leaves to do says what the
mandate was for: it is told to that house, and to those who audit or decide, and to nobody else.

The end is on record first, so that nothing is granted any more; then what was looked at between the moment somebody of
the house was told and that record is marked for review; if that is cut short, the next command about the mandate
finishes it. Every partner that was dealt with is to be told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ledger.aggregates.mandate import Mandate
from ledger.errors import Conflict, Invalid, Refused
from ledger.identifiers import new_id
from ledger.policies.authority import may_destroy
from ledger.policies.mandate_life import Standing, standing_at
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import EndKind, RefusalCode
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.access.case import at_of, life_of, need_same_house
from ledger.usecases.access.irregular import flag_irregular_accesses
from ledger.usecases.agent.acting import Acting, acting
from ledger.usecases.gate import FactOpener, Judgement, judging
from ledger.usecases.mandate.dealings import Dealings, dealings_under
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.procedure.casework import unmoved


class EndNotRecordedSo(Invalid):
    """A kind of end that has a verb of its own, or follows from the last act."""

    sentence = mark("This kind of end is not recorded in this way.")
    advice = mark("Use `mandate revoke` or `mandate renounce`; the last act ends a mandate by itself.")


class EndRecordedWithThePerson(Invalid):
    """A death or a guardianship, which is recorded of the person and ends all that they gave."""

    sentence = mark("A death or a guardianship is recorded with the person: that ends every mandate they gave.")
    advice = mark("Use `ledger subject death` for a death, `ledger subject capacity` for a guardianship.")


class ToldElsewhere(Refused):
    """Somebody of another house says when the mandate's own house was told."""

    decision: ClassVar[RefusalCode] = RefusalCode.OTHER_HOUSE
    sentence = mark("This mandate is another house's: you can't say that it was told before now.")
    advice = mark("Leave --known-at out; if the person withdrew it earlier, give that day with --effective-at.")


class NotYetOver(Invalid):
    """The term has not come."""

    sentence = mark("The term of this mandate has not come yet.")
    advice = mark("There is nothing to record before; the person can withdraw it at any moment.")


@dataclass(frozen=True)
class MandateEnding:
    """The end of a mandate: the partners to tell, the acts (by number) and accesses to review."""

    recorded: Recorded
    partners: tuple[str, ...] = ()
    irregular_acts: tuple[int, ...] = ()
    irregular_accesses: tuple[UUID, ...] = ()
    left_to_its_house: bool = False
    """Whether what is left to do is not told to whoever recorded the end: the mandate's house has it on its list."""


_Rule = Callable[[Acting, Mandate, datetime], None]
"""Refuses an actor who may not record this end of this mandate; the instant is that of the command."""
_End = Callable[[Mandate, Dealings, Judgement], None]


def revoke(
    desk: Desk,
    command: Command,
    mandate_id: UUID,
    *,
    effective_at: datetime | None = None,
    known_at: datetime | None = None,
) -> MandateEnding:
    """
    Record that the person withdrew the mandate: at any moment, without a reason, told to anybody of any house.

    `known_at` is when somebody of the mandate's house was told; `effective_at` is the date of the withdrawal, if it is
    another. Told in another house, it is known to the mandate's when it is recorded, and not before.

    :raises ToldElsewhere: if somebody of another house says that the mandate's was told before
    :raises RefusedByRule: MANDATE_ALREADY_ENDED, MANDATE_VOID, IN_THE_FUTURE
    """
    told_at = at_of(command, known_at)

    def rule(actor: Acting, mandate: Mandate, at: datetime) -> None:
        if told_at < at and actor.agent.house != mandate.house and Power.DECIDE not in actor.powers:
            raise ToldElsewhere

    def end(mandate: Mandate, dealings: Dealings, judgement: Judgement) -> None:
        _must_not_be_over(judgement, mandate, at=max(told_at, effective_at or told_at))
        mandate.revoke(
            effective_at=effective_at or told_at,
            known_at=told_at,
            recorded_at=command.at,
            partners=dealings.partners,
            worked_at=dealings.worked_at,
        )

    return _ended(desk, command, mandate_id, rule, end)


def renounce(
    desk: Desk,
    command: Command,
    mandate_id: UUID,
    *,
    effective_at: datetime | None = None,
    known_at: datetime | None = None,
) -> MandateEnding:
    """
    Record that the house gave the mandate back; `known_at` is when the person was told (Code civil 2007).

    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING, OTHER_HOUSE, MANDATE_ALREADY_ENDED, MANDATE_VOID
    """
    told_at = at_of(command, known_at)

    def end(mandate: Mandate, dealings: Dealings, judgement: Judgement) -> None:
        _must_not_be_over(judgement, mandate, at=told_at)
        mandate.renounce(
            effective_at=effective_at or told_at,
            known_at=told_at,
            recorded_at=command.at,
            partners=dealings.partners,
            worked_at=dealings.worked_at,
        )

    return _ended(desk, command, mandate_id, _of_its_house, end)


def end_mandate(
    desk: Desk,
    command: Command,
    mandate_id: UUID,
    *,
    kind: EndKind,
    effective_at: datetime | None = None,
    known_at: datetime | None = None,
) -> MandateEnding:
    """
    Record an end that nobody of the two parties declares: the term, or a later mandate given elsewhere.

    The term ends a mandate by itself; recording it opens the duties that go with an end. A later mandate given to
    another house ends this one when this house is notified (Code civil 2006).

    :raises EndNotRecordedSo: for a kind of end that has a verb of its own
    :raises EndRecordedWithThePerson: for a death or a guardianship
    :raises NotYetOver: if the term has not come
    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING, OTHER_HOUSE, MANDATE_ALREADY_ENDED, MANDATE_VOID,
        IN_THE_FUTURE
    """
    told_at = at_of(command, known_at)
    match kind:
        case EndKind.EXPIRED:
            return _ended(desk, command, mandate_id, _of_its_house_or_the_job, _expiry(command))
        case EndKind.SUPERSEDED:
            end = _undeclared(command, kind, effective_at=told_at, known_at=told_at)
            return _ended(desk, command, mandate_id, _of_its_house, end)
        case EndKind.DEATH | EndKind.GUARDIANSHIP:
            raise EndRecordedWithThePerson(kind=kind)
    raise EndNotRecordedSo(kind=kind)


def end_with_the_person(
    desk: Desk, command: Command, mandate_id: UUID, *, kind: EndKind, known_at: datetime
) -> MandateEnding:
    """
    End a mandate by the death or the guardianship of whoever gave it, as part of recording that of the person.

    Whoever may record it of the person may in any house, for the power is gone in all of them (Code civil 2003). A
    house that was not told itself knows it once it is recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING, MANDATE_ALREADY_ENDED, MANDATE_VOID, IN_THE_FUTURE
    """

    def rule(actor: Acting, mandate: Mandate, at: datetime) -> None:
        actor.need(Power.RECEIVE)
        actor.need_secrecy(at=at)

    def end(mandate: Mandate, dealings: Dealings, judgement: Judgement) -> None:
        told = acting(desk, judgement).agent.house == mandate.house
        since = known_at if told else command.at
        _undeclared(command, kind, effective_at=since, known_at=since)(mandate, dealings, judgement)

    return _ended(desk, command, mandate_id, rule, end)


def _of_its_house(actor: Acting, mandate: Mandate, at: datetime) -> None:
    """Take an end from an agent of the mandate's house who has signed the undertaking, or from who decides."""
    if not actor.powers & {Power.RECEIVE, Power.DECIDE}:
        raise RefusedByRule(RefusalCode.ROLE_NOT_ALLOWED)
    if Power.DECIDE not in actor.powers:
        need_same_house(actor.agent, mandate.house)
    actor.need_secrecy(at=at)


def _of_its_house_or_the_job(actor: Acting, mandate: Mandate, at: datetime) -> None:
    """Take the end of a term from the nightly run too, whoever may start it: it is told nothing."""
    if may_destroy(actor.powers) is not None:
        _of_its_house(actor, mandate, at)


def _undeclared(command: Command, kind: EndKind, *, effective_at: datetime, known_at: datetime) -> _End:
    def end(mandate: Mandate, dealings: Dealings, judgement: Judgement) -> None:
        _must_not_be_over(judgement, mandate, at=max(effective_at, known_at))
        _end_by(command, mandate, dealings, kind, effective_at=effective_at, known_at=known_at)

    return end


def _expiry(command: Command) -> _End:
    def end(mandate: Mandate, dealings: Dealings, judgement: Judgement) -> None:
        over = _term(judgement, mandate, at=command.at)
        _end_by(command, mandate, dealings, EndKind.EXPIRED, effective_at=over, known_at=over)

    return end


def _end_by(
    command: Command,
    mandate: Mandate,
    dealings: Dealings,
    kind: EndKind,
    *,
    effective_at: datetime,
    known_at: datetime,
) -> None:
    mandate.end_by(
        kind,
        effective_at=effective_at,
        known_at=known_at,
        recorded_at=command.at,
        partners=dealings.partners,
        worked_at=dealings.worked_at,
    )


def _ended(desk: Desk, command: Command, mandate_id: UUID, rule: _Rule, end: _End) -> MandateEnding:
    """End it; if something was sent or kept under it in the very moment, once more with that."""
    seen = desk.streams.load(Mandate, mandate_id).version
    try:
        return _ended_once(desk, command, mandate_id, rule, end)
    except Conflict:
        if desk.streams.load(Mandate, mandate_id).version != seen:
            raise  # somebody else was faster on the mandate itself, and whoever asks must look at it again
        return _ended_once(desk, command, mandate_id, rule, end)


def _ended_once(desk: Desk, command: Command, mandate_id: UUID, rule: _Rule, end: _End) -> MandateEnding:
    if (done := desk.streams.recall(command)) is not None:
        return _again(desk, command, mandate_id, done)
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        mandate = desk.streams.load(Mandate, mandate_id)
        rule(actor, mandate, command.at)
        if mandate.end is not None:
            flag_irregular_accesses(desk, command, mandate)
        dealings = dealings_under(desk, judgement, mandate)
        end(mandate, dealings, judgement)
        partners, irregular = _left(judgement, mandate)
        recorded = judgement.commit(mandate, guards=unmoved(*dealings.procedures))
    accesses = flag_irregular_accesses(desk, command, desk.streams.load(Mandate, mandate_id))
    ending = MandateEnding(recorded, partners, irregular, accesses)
    return _told(ending, actor, mandate, at=command.at)


def _again(desk: Desk, command: Command, mandate_id: UUID, done: Recorded) -> MandateEnding:
    """Give the same answer again, and finish marking what is irregular if that was cut short."""
    mandate = desk.streams.load(Mandate, mandate_id)
    with judging(desk, replace(command, id=new_id(), request=b"")) as judgement:
        actor = acting(desk, judgement)
        partners, irregular = _left(judgement, mandate)
        judgement.read("mandate.end", rows=1)
    ending = MandateEnding(done, partners, irregular, flag_irregular_accesses(desk, command, mandate))
    return _told(ending, actor, mandate, at=command.at)


def _told(ending: MandateEnding, actor: Acting, mandate: Mandate, *, at: datetime) -> MandateEnding:
    """Give what an end leaves to do, or nothing of it to whoever may not know what the mandate was for."""
    sworn = actor.agent.undertaking_at is not None and actor.agent.undertaking_at <= at
    works_there = sworn and Power.RECEIVE in actor.powers and actor.agent.house == mandate.house
    if works_there or actor.powers & {Power.REVIEW, Power.DECIDE}:
        return ending
    return MandateEnding(ending.recorded, left_to_its_house=True)


def _left(opener: FactOpener, mandate: Mandate) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Give the partners to tell and the acts to review."""
    assert mandate.end is not None
    return opener.known(mandate.end.partners) or (), opener.known(mandate.end.irregular) or ()


def _term(judgement: Judgement, mandate: Mandate, *, at: datetime) -> datetime:
    ends_at = judgement.known(mandate.ends_at) if mandate.ends_at is not None else None
    if ends_at is None or at < ends_at:
        raise NotYetOver
    return ends_at


def _must_not_be_over(judgement: Judgement, mandate: Mandate, *, at: datetime) -> None:
    """Refuse an end that comes after the term, which had ended the mandate by itself."""
    life = life_of(judgement, mandate)
    if life.end is None and life.started_at is not None and standing_at(life, at) is Standing.ENDED:
        raise RefusedByRule(RefusalCode.MANDATE_ALREADY_ENDED)
