"""Merge a person who was registered twice."""

from __future__ import annotations

from uuid import UUID

from ledger.aggregates.subject import Subject
from ledger.errors import Refused
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import Judgement, judging
from ledger.usecases.ports import Command, Desk, Recorded, StreamAt


class DuplicatesDiffer(Refused):
    """Two references that don't say the same of one person's life or capacity."""

    sentence = mark("The two references differ in whether the person lives, or can sign alone.")
    advice = mark("Correct the reference that stays first, then merge again.")


def merge(desk: Desk, command: Command, *, duplicate: UUID, survivor: UUID) -> Recorded:
    """
    Record that one reference is a duplicate of another; afterwards both lead to the survivor.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not receive people
    :raises SubjectMerged: if either was merged before
    :raises DuplicatesDiffer: if the survivor would lose a death or a protection that the duplicate has
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.RECEIVE)
        actor.need_secrecy(at=command.at)
        twice, stays = desk.streams.load(Subject, duplicate), desk.streams.load(Subject, survivor)
        twice.merge_into(stays)
        if _life(judgement, twice) != _life(judgement, stays):
            raise DuplicatesDiffer
        return judgement.commit(twice, guards=(StreamAt(stays.id, stays.version),))


def _life(judgement: Judgement, subject: Subject) -> tuple[object, ...]:
    capacity, representative = judgement.known(subject.capacity), judgement.known(subject.representative)
    return subject.died_at is None, capacity, representative
