"""
How a mandate ends: revoked, renounced, or ended by its term, a death, a guardianship, a later mandate.

The end is on record first, so that nothing is granted any more; then what was looked at between the moment somebody of
the house was told and that record is marked for review; if that is cut short, the next command about the mandate
finishes it. Every partner that was dealt with is to be told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ledger.aggregates.mandate import Mandate
from ledger.errors import Conflict, Invalid
from ledger.identifiers import new_id
from ledger.policies.mandate_life import Standing, standing_at
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import EndKind, RefusalCode
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.access.case import at_of, life_of, need_same_house
from ledger.usecases.access.irregular import flag_irregular_accesses
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, Judgement, judging
from ledger.usecases.mandate.dealings import Dealings, dealings_under
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.procedure.casework import unmoved


class EndNotRecordedSo(Invalid):
    """A kind of end that has a verb of its own, or follows from the last act."""

    sentence = mark("This kind of end is not recorded in this way.")
    advice = mark("Use `mandate revoke` or `mandate renounce`; the last act ends a mandate by itself.")


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


def revoke(
    desk: Desk,
    command: Command,
    mandate_id: UUID,
    *,
    effective_at: datetime | None = None,
    known_at: datetime | None = None,
) -> MandateEnding:
    """
    Record that the person withdrew the mandate: at any moment, without a reason, told to anybody of the house.

    `known_at` is when somebody of the house was told; `effective_at` is the date of the withdrawal, if it is another.

    :raises RefusedByRule: MANDATE_ALREADY_ENDED, MANDATE_VOID, IN_THE_FUTURE
    """
    told_at = at_of(command, known_at)

    def end(mandate: Mandate, dealings: Dealings, judgement: Judgement) -> None:
        _must_not_be_over(judgement, mandate, at=max(told_at, effective_at or told_at))
        mandate.revoke(
            effective_at=effective_at or told_at,
            known_at=told_at,
            recorded_at=command.at,
            partners=dealings.partners,
            worked_at=dealings.worked_at,
        )

    return _ended(desk, command, mandate_id, end)


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

    :raises RefusedByRule: ROLE_NOT_ALLOWED, OTHER_HOUSE, MANDATE_ALREADY_ENDED, MANDATE_VOID
    """
    told_at = at_of(command, known_at)

    def end(mandate: Mandate, dealings: Dealings, judgement: Judgement) -> None:
        actor = acting(desk, judgement)
        if not actor.powers & {Power.RECEIVE, Power.DECIDE}:
            raise RefusedByRule(RefusalCode.ROLE_NOT_ALLOWED)
        if Power.DECIDE not in actor.powers:
            need_same_house(actor.agent, mandate.house)
        _must_not_be_over(judgement, mandate, at=told_at)
        mandate.renounce(
            effective_at=effective_at or told_at,
            known_at=told_at,
            recorded_at=command.at,
            partners=dealings.partners,
            worked_at=dealings.worked_at,
        )

    return _ended(desk, command, mandate_id, end)


_RECORDED_BY_END = frozenset({EndKind.EXPIRED, EndKind.DEATH, EndKind.GUARDIANSHIP, EndKind.SUPERSEDED})


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
    Record an end that nobody of the two parties declares: term, death, guardianship, a later mandate elsewhere.

    The term ends a mandate by itself; recording it opens the duties that go with an end. A later mandate given to
    another house ends this one when this house is notified (Code civil 2006).

    :raises EndNotRecordedSo: for a kind of end that has a verb of its own
    :raises NotYetOver: if the term has not come
    :raises RefusedByRule: MANDATE_ALREADY_ENDED, MANDATE_VOID, IN_THE_FUTURE
    """
    if kind not in _RECORDED_BY_END:
        raise EndNotRecordedSo(kind=kind)
    told_at = at_of(command, known_at)

    def end(mandate: Mandate, dealings: Dealings, judgement: Judgement) -> None:
        if kind is EndKind.EXPIRED:
            begins = ends = _term(judgement, mandate, at=command.at)
        else:
            begins, ends = effective_at or told_at, told_at
            _must_not_be_over(judgement, mandate, at=max(begins, ends))
        if kind is EndKind.SUPERSEDED:
            begins = ends
        mandate.end_by(
            kind,
            effective_at=begins,
            known_at=ends,
            recorded_at=command.at,
            partners=dealings.partners,
            worked_at=dealings.worked_at,
        )

    return _ended(desk, command, mandate_id, end)


def _ended(
    desk: Desk, command: Command, mandate_id: UUID, end: Callable[[Mandate, Dealings, Judgement], None]
) -> MandateEnding:
    """End it; if something was sent or kept under it in the very moment, once more with that."""
    seen = desk.streams.load(Mandate, mandate_id).version
    try:
        return _ended_once(desk, command, mandate_id, end)
    except Conflict:
        if desk.streams.load(Mandate, mandate_id).version != seen:
            raise  # somebody else was faster on the mandate itself, and whoever asks must look at it again
        return _ended_once(desk, command, mandate_id, end)


def _ended_once(
    desk: Desk, command: Command, mandate_id: UUID, end: Callable[[Mandate, Dealings, Judgement], None]
) -> MandateEnding:
    if (done := desk.streams.recall(command)) is not None:
        return _again(desk, command, mandate_id, done)
    with judging(desk, command) as judgement:
        acting(desk, judgement)
        mandate = desk.streams.load(Mandate, mandate_id)
        if mandate.end is not None:
            flag_irregular_accesses(desk, command, mandate)
        dealings = dealings_under(desk, judgement, mandate)
        end(mandate, dealings, judgement)
        partners, irregular = _left(judgement, mandate)
        recorded = judgement.commit(mandate, guards=unmoved(*dealings.procedures))
    accesses = flag_irregular_accesses(desk, command, desk.streams.load(Mandate, mandate_id))
    return MandateEnding(recorded, partners, irregular, accesses)


def _again(desk: Desk, command: Command, mandate_id: UUID, done: Recorded) -> MandateEnding:
    """Give the same answer again, and finish marking what is irregular if that was cut short."""
    mandate = desk.streams.load(Mandate, mandate_id)
    with judging(desk, replace(command, id=new_id(), request=b"")) as judgement:
        partners, irregular = _left(judgement, mandate)
        judgement.read("mandate.end", rows=1)
    return MandateEnding(done, partners, irregular, flag_irregular_accesses(desk, command, mandate))


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
