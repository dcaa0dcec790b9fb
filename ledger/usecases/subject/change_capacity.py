"""Record whether a person can sign alone, and who signs for or beside them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.subject import LegalCapacity
from ledger.errors import Refused
from ledger.policies.vocabulary import Capacity, EndKind
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import judging
from ledger.usecases.house.days import day_in
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.subject.mandates import end_mandates
from ledger.usecases.subject.persons import standing
from ledger.usecases.subject.typed import covered


class RepresentativeCannotSign(Refused):
    """A representative who is dead, or could not sign for themselves."""

    sentence = mark("The representative named can't sign.")
    advice = mark("Check who represents the person now, and register that person.")


def change_capacity(
    desk: Desk,
    command: Command,
    subject_id: UUID,
    *,
    capacity: Capacity,
    representative: UUID | None = None,
    within: tuple[str, ...] = (),
    effective_at: datetime | None = None,
    known_at: datetime | None = None,
) -> Recorded:
    """
    Record from when a person can, or can't, sign alone (Code civil 388, 425 and following).

    A guardianship ends the mandates that the person had signed themselves (Code civil 2003).

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not receive people
    :raises CoverUnknown: if `within` holds anything but codes of the catalogue
    :raises RepresentativeMissing: if somebody else must sign and nobody is named
    :raises RepresentativeCannotSign: if the one named is dead, or can't sign alone
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.RECEIVE)
        actor.need_secrecy(at=command.at)
        known = not_future(known_at or command.at, at=command.at)
        since = not_future(effective_at or known, at=known)
        subject = standing(desk.streams, subject_id)
        signer = standing(desk.streams, representative) if representative else None
        if signer is not None and (
            signer.died_at is not None or judgement.known(signer.capacity) not in (Capacity.ADULT, Capacity.SAFEGUARD)
        ):
            raise RepresentativeCannotSign
        covers = covered(desk.law.catalogue, within, on=day_in(desk, judgement, command.house, command.at))
        subject.change_capacity(
            LegalCapacity(capacity, signer.id if signer else None, covers), effective_at=since, known_at=known
        )
        if capacity is Capacity.GUARDIANSHIP:
            end_mandates(desk, judgement, subject.id, kind=EndKind.GUARDIANSHIP, known_at=known)
        return judgement.commit(subject)
