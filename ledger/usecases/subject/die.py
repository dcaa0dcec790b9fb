"""Record a person's death, or take back one that was recorded by mistake."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.policies.vocabulary import EndKind
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.subject.mandates import end_mandates
from ledger.usecases.subject.persons import standing


def die(
    desk: Desk,
    command: Command,
    subject_id: UUID,
    *,
    effective_at: datetime | None = None,
    known_at: datetime | None = None,
) -> Recorded:
    """
    Record that a person died at `effective_at`, as the house was told at `known_at`; it ends the mandates they gave.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not receive people
    :raises SubjectDead: if it is recorded already
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.RECEIVE)
        actor.need_secrecy(at=command.at)
        known = not_future(known_at or command.at, at=command.at)
        subject = standing(desk.streams, subject_id)
        died = not_future(effective_at or known, at=known)
        subject.die(effective_at=died, known_at=known)
        end_mandates(desk, judgement, subject.id, kind=EndKind.DEATH, known_at=known)
        return judgement.commit(subject)


def withdraw_death(desk: Desk, command: Command, subject_id: UUID) -> Recorded:
    """
    Take back a death recorded by mistake (GDPR 16). The mandates that it ended stay ended: they are signed anew.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not receive people
    :raises SubjectNotDead: if none is recorded
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.RECEIVE)
        actor.need_secrecy(at=command.at)
        subject = standing(desk.streams, subject_id)
        subject.withdraw_death()
        return judgement.commit(subject)
